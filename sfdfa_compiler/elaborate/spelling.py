"""What a misspelt word means: the name that looks most like it, as long as looking is cheap."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import Any, Final

from sfdfa_compiler.diagnostics import Diagnostic, Edit, Rule
from sfdfa_compiler.dsl.tree import Word

MOST_PAIRS: Final = 4_000_000  # of letters compared in one elaboration: a third of a second
MOST_LISTED: Final = 20  # names in a message that says which there are


@dataclass(slots=True)
class Spelling:
    """Looks misspelt words up, for one elaboration.

    Each word is compared with every name, so a long file of unknown words would take the square of
    its length. When `MOST_PAIRS` is reached, the messages that follow name no nearest word.
    """

    pairs: int = 0  # of letters compared so far

    def nearest(self, word: str, options: Sequence[str]) -> str | None:
        """The option that looks most like a word, if one does and looking is not too much."""
        if self.pairs >= MOST_PAIRS:
            return None
        pairs = self.pairs + len(word) * sum(map(len, options))
        self.pairs = min(pairs, MOST_PAIRS)
        return nearest(word, options) if pairs < MOST_PAIRS else None

    def did_you_mean(
        self,
        rule: Rule,
        word: Word,
        options: Sequence[str],
        *,
        otherwise: str = "",
        **words: Any,  # noqa: ANN401 - what fills the braces of the rule
    ) -> Diagnostic:
        """A message about a word that is none of `options`, with the nearest as a fix-it.

        Where nothing is near, the help is `otherwise`, or says what there is.
        """
        near = self.nearest(word.text, options)
        if near:
            advice, edits = f"did you mean `{near}`?", [Edit(word.span, near)]
        else:
            advice, edits = otherwise or listed(options), []
        return rule.at(word.span, help=escaped(advice) or None, edits=edits, **words)


def nearest(word: str, options: Iterable[str]) -> str | None:
    """The option that looks most like a word, if one does; for the few words of the language."""
    folded = {option.lower(): option for option in options}
    matches = get_close_matches(word.lower(), folded, 1, 0.6)
    return folded[matches[0]] if matches else None


def listed(options: Sequence[str]) -> str:
    """Which options there are, the first of them."""
    shown = [f"`{option}`" for option in dict.fromkeys(islice(options, MOST_LISTED))]
    rest = f" and {len(options) - MOST_LISTED:,} more" if len(options) > MOST_LISTED else ""
    return f"known: {', '.join(shown)}{rest}" if shown else ""


def escaped(text: str) -> str:
    """A text that `Rule.at` formats without change."""
    return text.replace("{", "{{").replace("}", "}}")
