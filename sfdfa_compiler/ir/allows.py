"""Warnings that a file silences with `allow`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sfdfa_compiler.diagnostics import Diagnostic, Level
from sfdfa_compiler.ir.nodes import Allow


def silence(
    diagnostics: Iterable[Diagnostic], allows: Sequence[Allow]
) -> tuple[list[Diagnostic], tuple[Allow, ...]]:
    """The messages that stay, and the allows that silenced nothing. Errors always stay."""
    kept = []
    useful: set[int] = set()
    for diagnostic in diagnostics:
        silencers = {index for index, allow in enumerate(allows) if _silences(allow, diagnostic)}
        useful |= silencers
        if not silencers:
            kept.append(diagnostic)
    return kept, tuple(allow for index, allow in enumerate(allows) if index not in useful)


def _silences(allow: Allow, diagnostic: Diagnostic) -> bool:
    span, block = diagnostic.primary, allow.block
    return (
        diagnostic.level is Level.WARNING
        and diagnostic.code == allow.code
        and span.source == block.source
        and block.start <= span.start <= block.end
    )
