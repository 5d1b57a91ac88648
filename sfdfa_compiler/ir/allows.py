"""Warnings that a file silences with `allow`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sfdfa_compiler.diagnostics import Diagnostic, Level, Span
from sfdfa_compiler.ir.nodes import Allow


def silence(
    diagnostics: Iterable[Diagnostic], allows: Sequence[Allow]
) -> tuple[list[Diagnostic], tuple[Allow, ...]]:
    """The messages that stay, and the allows that silenced nothing. Errors always stay."""
    by_code: dict[str, dict[Span, list[int]]] = {}  # then by block: there are few of those
    for index, allow in enumerate(allows):
        by_code.setdefault(allow.code, {}).setdefault(allow.block, []).append(index)
    kept = []
    useful: set[int] = set()
    for diagnostic in diagnostics:
        blocks = by_code.get(diagnostic.code, {}) if diagnostic.level is Level.WARNING else {}
        silencers = [block for block in blocks if _encloses(block, diagnostic.primary)]
        for block in silencers:
            useful.update(blocks[block])
        if not silencers:
            kept.append(diagnostic)
    return kept, tuple(allow for index, allow in enumerate(allows) if index not in useful)


def _encloses(block: Span, span: Span) -> bool:
    return span.source == block.source and block.start <= span.start <= block.end
