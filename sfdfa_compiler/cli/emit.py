"""`sfdfac check --emit`: a stage of the compiler as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from sfdfa_compiler.diagnostics import UserError
from sfdfa_compiler.dsl import parse, read_source
from sfdfa_compiler.dsl.tree import (
    Argument,
    Binary,
    Broken,
    Call,
    Item,
    Listing,
    Missing,
    Name,
    Negation,
    Number,
    Quantity,
    Setting,
    Statement,
    Text,
    Value,
)
from sfdfa_compiler.program import Program


def emitted(program: Program, stage: str, target: str | None, profile: str) -> str:
    """The complete program, its plan, or the code that a target generates."""
    if stage == "ir":
        return program.text
    from sfdfa_compiler.schedule.lower import lower

    schedule = lower(program.graph, profile)
    if stage == "schedule":
        from sfdfa_compiler.schedule.text import to_text

        return to_text(schedule)
    from sfdfa_compiler import driver
    from sfdfa_compiler.machine import choose

    artifact = driver.emit(program, choose(target, profile, to_run=False), schedule)
    return "\n".join(f"==> {name} <==\n{text}" for name, text in artifact.files.items())


def tree_text(path: Path) -> str:
    """The syntax tree: a statement a line, blocks indented, every operation in brackets.

    Raises:
        UserError: If the syntax is wrong.
    """
    file, found = parse(read_source(path))
    if found:
        raise UserError(found)
    return "".join(f"{line}\n" for line in _block(file.statements, 0))


def _block(statements: Sequence[Statement], depth: int) -> Iterator[str]:
    for statement in statements:
        match statement:
            case Setting():
                yield "    " * depth + f"setting {_setting(statement)}"
            case Item(words, shape, args, text, block):
                parts = ["item", *map(str, words)]
                parts += [_value(shape)] if shape else []
                parts += [f"({_arguments(args)})"] if args is not None else []
                parts += [_value(text)] if text else []
                yield "    " * depth + " ".join(parts)
                yield from _block(block.statements if block else (), depth + 1)
            case Broken():
                yield "    " * depth + "broken"


def _setting(setting: Setting) -> str:
    return f"{setting.name} {setting.op} {_value(setting.value)}"


def _arguments(arguments: Sequence[Argument]) -> str:
    return ", ".join(
        _setting(argument) if isinstance(argument, Setting) else _value(argument)
        for argument in arguments
    )


def _value(value: Value) -> str:
    match value:
        case Number(text):
            return text
        case Quantity(number, unit):
            return f"{number} {unit}"
        case Text(text):
            return f'"{text}"'
        case Name(word):
            return str(word)
        case Call(word, args):
            return f"{word}({_arguments(args)})"
        case Listing(items):
            return f"[{', '.join(map(_value, items))}]"
        case Negation(operand):
            return f"(-{_value(operand)})"
        case Binary(op, left, right):
            return f"({_value(left)} {op} {_value(right)})"
        case Missing():
            return "missing"
