"""The grammar: no conflict, and the front end knows every terminal of it."""

import logging
from importlib.resources import files

import pytest
from lark import Lark, logger

from sfdfa_compiler.dsl.build import Builder
from sfdfa_compiler.dsl.grammar import Reduction, grammar

GRAMMAR = files("sfdfa_compiler.dsl").joinpath("snn.lark").read_text(encoding="utf-8")


def conflicts(text: str, caplog: pytest.LogCaptureFixture) -> list[str]:
    """What lark says, in passing, about conflicts that it resolves by itself."""
    with caplog.at_level(logging.DEBUG, logger=logger.name):
        Lark(text, parser="lalr", lexer="basic", start=["file", "override"], debug=True)
    return [line for line in caplog.messages if "onflict" in line]


@pytest.fixture(autouse=True)
def _log_of_lark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logger, "propagate", True)


def test_no_conflict(caplog: pytest.LogCaptureFixture) -> None:
    assert conflicts(GRAMMAR, caplog) == []


def test_a_conflict_would_be_seen(caplog: pytest.LogCaptureFixture) -> None:
    ambiguous = GRAMMAR.replace("?value   : value PLUS product", "?value   : value PLUS value")
    assert ambiguous != GRAMMAR
    assert conflicts(ambiguous, caplog)


@pytest.mark.parametrize("start", ["file", "override"])
def test_every_node_has_a_builder(start: str) -> None:
    nodes = {
        action.node
        for row in grammar(start).actions.values()
        for action in row.values()
        if isinstance(action, Reduction) and action.node
    }
    assert nodes
    assert [node for node in nodes if not hasattr(Builder, node)] == []


def test_any_character_is_the_last_terminal() -> None:
    assert list(grammar("file").terminals)[-1] == "UNKNOWN"
