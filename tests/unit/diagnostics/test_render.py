"""The layout of messages: marks stand below what they mark."""

from sfdfa_compiler.diagnostics import Label, Rule, Source, Span, UserError, place, render

RULE = Rule(code="SNN999", message="{what} is wrong", label="here", help="write `x`")


def span(source: Source, text: str) -> Span:
    start = (source.text or "").index(text)
    return Span(source, start, start + len(text))


def test_one_place() -> None:
    source = Source("a.snn", "first\n  second third\n")
    assert render([RULE.at(span(source, "second"), what="it")]) == (
        "error[SNN999]: it is wrong\n"
        " --> a.snn:2:3\n"
        "  |\n"
        "2 |   second third\n"
        "  |   ^^^^^^ here\n"
        "  = help: write `x`\n"
    )


def test_several_places_of_one_line_hang_below_it() -> None:
    source = Source("a.snn", "one two three")
    related = [Label(span(source, "one"), "first"), Label(span(source, "two"), "second")]
    text = render([RULE.at(span(source, "three"), what="it", related=related, help="")])
    assert text == (
        "error[SNN999]: it is wrong\n"
        " --> a.snn:1:9\n"
        "  |\n"
        "1 | one two three\n"
        "  | --- --- ^^^^^ here\n"
        "  | |   |\n"
        "  | |   second\n"
        "  | |\n"
        "  | first\n"
    )


def test_a_mark_inside_another() -> None:
    source = Source("a.snn", "outer inner outer")
    related = [Label(Span(source, 0, 17), "all of it")]
    text = render([RULE.at(span(source, "inner"), what="it", related=related, help="")])
    assert text.endswith("  | ------^^^^^------ here\n  | |\n  | all of it\n")


def test_lines_in_between_are_left_out() -> None:
    source = Source("a.snn", "".join(f"line{n}\n" for n in range(1, 13)))
    related = [Label(span(source, "line2"), "and here")]
    text = render([RULE.at(span(source, "line12"), what="it", related=related, help="")])
    assert text.splitlines()[2:] == [
        "   |",
        " 2 | line2",
        "   | ----- and here",
        "...",
        "12 | line12",
        "   | ^^^^^^ here",
    ]


def test_another_source_has_its_own_listing() -> None:
    first, second = Source("a.snn", "abc"), Source("--set", "x=1")
    related = [Label(span(second, "x"), "there"), Label(place("w.npz"), "read from here")]
    text = render([RULE.at(span(first, "b"), what="it", related=related, help="")])
    assert text.splitlines()[1:] == [
        " --> a.snn:1:2",
        "  |",
        "1 | abc",
        "  |  ^ here",
        " ::: --set:1:1",
        "  |",
        "1 | x=1",
        "  | - there",
        " ::: w.npz: read from here",
    ]


def test_a_file_without_text() -> None:
    assert render([RULE.at(place("w.npz"), what="it")]) == (
        "error[SNN999]: it is wrong\n --> w.npz: here\n  = help: write `x`\n"
    )


def test_long_lines_are_cut_around_the_mark() -> None:
    source = Source("a.snn", "x" * 500 + "here" + "y" * 500)
    lines = render([RULE.at(span(source, "here"), what="it", help="")]).splitlines()
    assert max(len(line) for line in lines) < 200
    column = lines[3].index("here")
    assert lines[4][column : column + 4] == "^^^^"
    assert lines[3].startswith("1 | ... x")
    assert lines[3].endswith("y ...")


def test_what_a_terminal_would_act_on_is_not_printed() -> None:
    source = Source("a.snn", "\tab\x1b[31m\x00\udcff\n")
    text = render([RULE.at(span(source, "ab"), what="it", help="")])
    assert "1 |  ab\ufffd[31m\ufffd\ufffd\n  |  ^^ here" in text
    text.encode("utf-8")


def test_the_end_of_a_file_can_be_marked() -> None:
    for text in ("", "abc", "abc\n"):
        source = Source("a.snn", text)
        assert "^ here" in render([RULE.at(Span(source, len(text), len(text)), what="it")])


def test_a_span_over_several_lines_is_marked_to_the_end_of_its_first() -> None:
    source = Source("a.snn", "one {\n  two\n}\n")
    assert "  |     ^ here\n" in render([RULE.at(Span(source, 4, 13), what="it")])


def test_at_most_a_hundred_are_shown() -> None:
    source = Source("a.snn", "x")
    many = [RULE.at(Span(source, 0, 1), what=f"number {n}") for n in range(130)]
    text = render(many)
    assert text.count("error[SNN999]") == 100
    assert text.endswith("... and 30 more\n")


def test_errors_are_sorted_and_none_twice() -> None:
    source = Source("a.snn", "one two")
    second = RULE.at(span(source, "two"), what="it")
    first = RULE.at(span(source, "one"), what="it")
    assert UserError([second, first, second]).diagnostics == (first, second)
