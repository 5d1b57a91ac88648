"""Templates have loops, memory and calls; arithmetic on a network's state is in micro-functions."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.j2"))

ROUNDS = re.compile(r"\b(?:fma|sqrt|exp|log|pow|fabs)f?\(")
CHANGES_AN_ELEMENT = re.compile(r"(\w+)\[[^\]]*\]\s*[-+*/]=")
COUNTERS = {"start"}  # sort.c.j2: how many events each bucket has


def code(text):
    """A template without its comments, C's and Jinja's."""
    return re.sub(r"/\*.*?\*/|\{#.*?#\}|//[^\n]*", "", text, flags=re.DOTALL)


def arithmetic(text):
    """Words in a template that round, or that change an array's element by arithmetic."""
    text = code(text)
    changed = [name for name in CHANGES_AN_ELEMENT.findall(text) if name not in COUNTERS]
    return ROUNDS.findall(text) + changed


def test_there_are_templates():
    assert len(TEMPLATES) > 10


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT / "templates")))
def test_no_arithmetic_on_state(path):
    assert arithmetic(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("line", ["a[i] = fmaf(w, F, a[i]);", "b[lane] -= theta * up;", "sqrt(d)"])
def test_the_rule_finds_arithmetic(line):
    assert arithmetic(line)


def test_the_rule_leaves_comments_and_counters_alone():
    assert not arithmetic("/* b[i] -= theta */ {# fma(x) #} start[k] += n; i += 1; // sqrt(x)")
