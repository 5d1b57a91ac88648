"""Syntax tree to graph IR: the only part of the compiler that knows both.

`elaborate` reads a file by the tables of `dsl`. It never stops at the first error: what is
wrong is reported once and left out, and nothing is computed from it. What no target can do yet is
read and checked all the same, and recorded as a `Feature` for the checks to decide about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sfdfa_compiler.diagnostics import Diagnostic
from sfdfa_compiler.dsl.tree import File, Override
from sfdfa_compiler.elaborate.network import build, find_network
from sfdfa_compiler.elaborate.overrides import apply_overrides
from sfdfa_compiler.elaborate.state import State
from sfdfa_compiler.ir import Graph, silence

__all__ = ["elaborate"]


def elaborate(
    file: File, overrides: Sequence[Override] = ()
) -> tuple[Graph | None, list[Diagnostic]]:
    """The graph of a file with the values of `--set` in place, and what is wrong with it.

    The messages are sorted by position, none twice. The graph is None if the file has no network.
    If there are errors, also of the parser, it is not `whole`: checks can still be run on it, so
    that all messages come at once, and nothing else can.
    """
    file, found = apply_overrides(file, overrides)
    state = State(file, found)
    network = find_network(state)
    graph = build(state, network) if network else None
    found, unused = silence(dict.fromkeys(state.diagnostics), state.allows)
    found.sort(key=lambda diagnostic: diagnostic.sort_key)
    return graph and replace(graph, allows=unused), found
