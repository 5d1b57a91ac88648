"""`sfdfac check --emit`: a stage of the compiler as text."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from sfdfa_compiler.diagnostics import UserError
from sfdfa_compiler.dsl import parse, read_source
from sfdfa_compiler.dsl.tree import Word
from sfdfa_compiler.program import Program


def emitted(program: Program, stage: str, target: str | None, profile: str) -> str:
    """The complete program, its plan, or the code that a target generates."""
    if stage == "ir":
        return program.text
    from sfdfa_compiler import driver

    schedule = driver.plan(program.graph, profile)
    if stage == "schedule":
        from sfdfa_compiler.schedule.text import to_text

        return to_text(schedule)
    from sfdfa_compiler.machine import choose

    artifact = driver.emit(program, choose(target, profile, to_run=False), schedule)
    return "\n".join(f"==> {name} <==\n{text}" for name, text in artifact.files.items())


def tree_text(path: Path) -> str:
    """The syntax tree, a construct a line, parts indented; places are left out.

    Raises:
        UserError: If the syntax is wrong.
    """
    file, found = parse(read_source(path))
    if found:
        raise UserError(found)
    return "".join(f"{line}\n" for statement in file.statements for line in _lines(statement, 0))


def _lines(node: object, depth: int, name: str = "") -> Iterator[str]:
    head = "    " * depth + (f"{name}: " if name else "")
    if isinstance(node, tuple):
        for item in node:
            yield from _lines(item, depth, name)
    elif isinstance(node, Word) or not dataclasses.is_dataclass(node):
        if node is not None:
            yield f"{head}{node}"
    else:
        yield f"{head}{type(node).__name__.lower()}"
        for field in dataclasses.fields(node):
            if field.name != "span":
                yield from _lines(getattr(node, field.name), depth + 1, field.name)
