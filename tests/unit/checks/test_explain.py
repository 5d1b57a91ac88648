"""Every code has a page, and the page's example gives exactly that code."""

import re
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

import pytest

import sfdfa_compiler
from sfdfa_compiler import explain
from sfdfa_compiler.diagnostics import Rule
from tests.ui.semantic.harness import check_text

EXAMPLE = re.compile(r"```snn\n(.*?)```", re.DOTALL)
BEFORE_RUNS = [code for code in explain.codes() if code < "SNN500"]


def all_rules() -> Iterator[tuple[str, str, Rule]]:
    """Every rule with the module and the name that it has there; several times if imported."""
    for info in walk_packages(sfdfa_compiler.__path__, "sfdfa_compiler."):
        if info.name.endswith(".__main__"):
            continue
        for name, value in vars(import_module(info.name)).items():
            if isinstance(value, Rule):
                yield info.name, name, value


def rules() -> dict[str, dict[str, set[int]]]:
    """For each code and module, the rules of that code that stand in the module."""
    found: dict[str, dict[str, set[int]]] = {}
    for module, _, rule in all_rules():
        found.setdefault(rule.code, {}).setdefault(module, set()).add(id(rule))
    return found


RULES = rules()


@pytest.mark.parametrize("code", sorted(RULES))
def test_a_code_belongs_to_one_module(code: str) -> None:
    """Several wordings of one code stand side by side, so that no code is used twice by chance."""
    assert re.fullmatch(r"SNN\d{3}", code)
    everywhere = set().union(*RULES[code].values())
    assert everywhere in RULES[code].values()


def test_every_rule_says_what_to_type() -> None:
    """A place may word it better; where it does not, the rule's own help is shown."""
    assert {(rule.code, name) for _, name, rule in all_rules() if not rule.help} == set()


@pytest.mark.parametrize("code", sorted(RULES))
def test_every_rule_has_a_page(code: str) -> None:
    assert code in explain.codes()


@pytest.mark.parametrize("code", explain.codes())
def test_every_page_has_a_rule(code: str) -> None:
    assert code in RULES


@pytest.mark.parametrize("code", explain.codes())
def test_page_begins_with_its_title(code: str) -> None:
    page = explain.page(code)
    assert page is not None
    assert re.match(rf"# {code}: \S.*\n\n\S", page)
    assert explain.title(code)


@pytest.mark.parametrize("code", BEFORE_RUNS)
def test_example_gives_exactly_this_code(code: str) -> None:
    examples = EXAMPLE.findall(explain.page(code) or "")
    assert examples
    for example in examples:
        _, found = check_text(example)
        assert {diagnostic.code for diagnostic in found} == {code}


def test_unknown_page() -> None:
    assert explain.page("SNN999") is None
    assert explain.page("snn201") == explain.page("SNN201")
    assert explain.title("SNN999") == ""
