"""What holds for every text, right or wrong: used by the property tests and by the fuzzer."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from sfdfa_compiler.diagnostics import Diagnostic, Source, Span, UserError, render
from sfdfa_compiler.dsl import format_text, parse, parse_override
from sfdfa_compiler.dsl.nesting import MOST_NESTING
from sfdfa_compiler.dsl.report import MOST_SHOWN


def nodes(value: object, depth: int = 0) -> Iterator[tuple[object, int]]:
    """All nodes of a tree with their depth, the outer before the inner."""
    if isinstance(value, tuple):
        for part in value:
            yield from nodes(part, depth)
    elif is_dataclass(value) and not isinstance(value, (Span, Source)):
        yield value, depth
        for each in fields(value):
            yield from nodes(getattr(value, each.name), depth + 1)


def assert_spans(tree: object, text: str) -> None:
    """Every node's span lies in the text and in that of the node around it."""
    around: list[Span] = [Span(Source("", text), 0, len(text))]
    for node, depth in nodes(tree):
        span = getattr(node, "span", None)
        if span is None:
            continue
        del around[depth + 1 :]
        around += [around[-1]] * (depth + 1 - len(around))
        assert around[depth].start <= span.start <= span.end <= around[depth].end, node
        around.append(span)


def assert_diagnostics(diagnostics: list[Diagnostic], text: str) -> None:
    """They lie in the text, their edits too, say what to do, and can be printed."""
    assert len(diagnostics) <= MOST_SHOWN
    assert diagnostics == sorted(diagnostics, key=lambda diagnostic: diagnostic.sort_key)
    for diagnostic in diagnostics:
        assert diagnostic.helps
        edits = [edit for help_ in diagnostic.helps for edit in help_.edits]
        labels = [label.span for label in diagnostic.related]
        for span in (diagnostic.primary, *labels, *(edit.span for edit in edits)):
            assert span.source.text is None or 0 <= span.start <= span.end <= len(text)
    render(diagnostics).encode("utf-8")


def assert_front_end(text: str) -> None:
    """Reading, formatting and reading as an override never fails in another way than by words."""
    source = Source("fuzz.snn", text)
    file, diagnostics = parse(source)
    assert_diagnostics(diagnostics, text)
    assert_spans(file, text)
    assert max(depth for _, depth in nodes(file)) <= 3 * MOST_NESTING
    if diagnostics:
        assert file.broken_lines or not file.complete
    else:
        assert_formatted(source)
    override, diagnostics = parse_override(Source("--set", text))
    assert_diagnostics(diagnostics, text)
    assert (override is None) == bool(diagnostics)
    if override:
        assert_spans(override, text)


def assert_formatted(source: Source) -> None:
    """Formatting does not change what a text says, and a formatted text does not change."""
    formatted = Source(source.name, format_text(source))
    again, diagnostics = parse(formatted)
    assert diagnostics == []
    assert again == parse(source)[0]
    assert format_text(formatted) == formatted.text


def is_refused(source: Source) -> bool:
    """Whether the formatter leaves a text alone."""
    try:
        format_text(source)
    except UserError:
        return True
    return False
