"""The one template environment: strict, no escaping, block tags in column 0."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def environment() -> Environment:
    """Templates of all targets, by path under `templates/`: "native/forward.c.j2"."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("sfdfa_compiler.templates", ""),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # C, not HTML
    )


def render(template: str, **context: object) -> str:
    """Fill a template."""
    return environment().get_template(template).render(**context)
