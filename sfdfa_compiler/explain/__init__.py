"""The long texts behind the codes: one page `SNNxxx.md` for every message."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def codes() -> tuple[str, ...]:
    """All codes that have a page, ascending."""
    names = (entry.name for entry in files(__name__).iterdir())
    return tuple(sorted(name[:-3] for name in names if name.endswith(".md")))


def page(code: str) -> str | None:
    """The page of a code, in Markdown; None if there is none. Case does not count."""
    code = code.upper()
    if code not in codes():
        return None
    return files(__name__).joinpath(f"{code}.md").read_text(encoding="utf-8")


def title(code: str) -> str:
    """The short title of a code's page: the first line, without the code; empty without a page."""
    first, _, _ = (page(code) or "").partition("\n")
    return first.partition(": ")[2]
