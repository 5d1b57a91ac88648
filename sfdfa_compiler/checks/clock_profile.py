"""SNN420: a clock profile without number formats."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.checks.registry import CheckContext, check
from sfdfa_compiler.diagnostics import Diagnostic, UserError
from sfdfa_compiler.ir import Graph
from sfdfa_compiler.schedule.formats import UNKNOWN_FORMATS, clock_formats


@check(UNKNOWN_FORMATS)
def clock_profile(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """A target must have formats of that name."""
    del graph
    if not context.event:
        try:
            clock_formats(context.profile)
        except UserError as error:
            yield from error.diagnostics
