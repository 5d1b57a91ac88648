"""`--set path=value`: each override replaces a setting in the syntax tree, or adds it.

The new setting keeps its place in the command line, so whatever is wrong with its value is shown
there; elaboration does not know the difference. A path that leads nowhere is reported here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NoReturn

from sfdfa_compiler.diagnostics import Diagnostic, Span
from sfdfa_compiler.dsl import tree
from sfdfa_compiler.dsl.forms import LEARNER, MODELS, NETWORK, PARTS, TARGETS
from sfdfa_compiler.elaborate import messages
from sfdfa_compiler.elaborate.edits import (
    find,
    in_block,
    items_of,
    merged,
    positional,
    replaced,
    with_arg,
)
from sfdfa_compiler.elaborate.exact import Wrong
from sfdfa_compiler.elaborate.spelling import Spelling, nearest
from sfdfa_compiler.elaborate.statements import body


def apply_overrides(
    file: tree.File, overrides: Sequence[tree.Override]
) -> tuple[tree.File, list[Diagnostic]]:
    """The file with all overrides in place, a later one before an earlier one."""
    diagnostics: list[Diagnostic] = []
    for override in overrides:
        statements = list(file.statements)
        for index, statement in enumerate(statements):
            if isinstance(statement, tree.Item) and statement.words[0].text == "network":
                with suppress(Wrong):
                    statements[index] = _Edit(override, statement, diagnostics).network()
                break
        file = replace(file, statements=tuple(statements))
    return file, diagnostics


@dataclass(slots=True)
class _Edit:
    """One override at work on a network."""

    override: tree.Override
    item: tree.Item
    diagnostics: list[Diagnostic]

    # ------------------------------------------------------------ paths

    def network(self) -> tree.Item:
        """The network with the new value.

        Raises:
            Wrong: If the path leads nowhere.
        """
        first, *rest = self.override.path
        match first.text, rest:
            case "network", [name]:
                if name.text not in NETWORK:
                    self._unknown("setting of a network", name, NETWORK)
                setting = self._setting(name)
                return in_block(self.item, lambda old: merged(old, setting, first=True))
            case "readout", [name]:
                return self._statement(
                    "readout", (), lambda old: with_arg(old, self._setting(name))
                )
            case "learner", [name]:
                return self._statement("learner", (), lambda old: self._set_in_block(old, name))
            case "learner", [part, *layer, name] if len(layer) < 2:
                return self._statement(
                    "learner", (), lambda old: self._part(old, part, layer, name)
                )
            case "target", [target, name]:
                return self._target(target, name)
            case (("network" | "readout" | "learner" | "target"), _):
                return self._no_path(first.text, rest)
            case _:
                return self._defined(first, rest)

    def _defined(self, first: tree.Word, rest: Sequence[tree.Word]) -> tree.Item:
        """A path that begins with a name of the file."""
        kinds = self._names()
        kind = kinds.get(first.text)
        if kind is None:
            options = [*kinds, "network", "readout", "learner", "target"]
            self._unknown("name", first, options)
        match kind, [word.text for word in rest]:
            case "constant", []:
                return self._constant(first, self._new_value)
            case "constant", [_]:
                return self._constant(first, lambda old: self._in_call(old, rest[0]))
            case (("input" | "layer"), ["size"]):
                return self._statement(kind, (first,), self._resized)
            case "input", ["encode", _]:
                return self._inner("input", first, rest[0], (), rest[1])
            case "layer", ["from", _, _]:
                return self._inner("layer", first, rest[0], (rest[1],), rest[2])
            case "layer", [_, _]:
                return self._model(first, rest[0], rest[1])
            case _:
                return self._no_path(kind, rest)

    # ------------------------------------------------------------ statements

    def _statement(
        self,
        word: str,
        names: Sequence[tree.Word],
        change: Callable[[tree.Item], tree.Item],
    ) -> tree.Item:
        """Change the statement `word NAMES ...` of the network."""
        found = find(self.item, word, names)
        if found is None:
            self._unknown("statement", names[0] if names else self.override.path[0], ())
        return replaced(self.item, found, change(found))

    def _set_in_block(self, item: tree.Item, name: tree.Word) -> tree.Item:
        if name.text in PARTS:
            self._no_path("learner", (name,))
        return in_block(item, lambda old: merged(old, self._setting(name)))

    def _part(
        self, learner: tree.Item, part: tree.Word, layers: Sequence[tree.Word], name: tree.Word
    ) -> tree.Item:
        """`learner.adam.rate`, `learner.adam.output.rate`; a part that is not written is added."""
        if part.text not in PARTS:
            self._unknown("part of a learner", part, (*PARTS, *LEARNER))
        setting = self._setting(name)
        wanted = [layer.text for layer in layers]
        for item in items_of(learner):
            if item.words[0].text == part.text and positional(item) == wanted:
                return replaced(learner, item, with_arg(item, setting))
        names = tuple(tree.Name(layer, layer.span) for layer in layers)
        added = tree.Item((part,), None, (*names, setting), None, None, part.span)
        return in_block(learner, lambda old: (*old, added))

    def _target(self, target: tree.Word, name: tree.Word) -> tree.Item:
        """A target's setting; a block that is not written is added."""
        if target.text not in TARGETS:
            self._unknown("target", target, TARGETS)
        setting = self._setting(name)
        found = find(self.item, "target", (target,))
        if found is not None:
            changed = in_block(found, lambda old: merged(old, setting))
            return replaced(self.item, found, changed)
        block = tree.Block((setting,), setting.span)
        added = tree.Item((self.override.path[0], target), None, None, None, block, target.span)
        return in_block(self.item, lambda old: (*old, added))

    def _inner(
        self,
        kind: str,
        owner: tree.Word,
        word: tree.Word,
        names: Sequence[tree.Word],
        setting: tree.Word,
    ) -> tree.Item:
        """A setting in a statement of an input's or a layer's block."""

        def change(item: tree.Item) -> tree.Item:
            found = find(item, word.text, names)
            if found is None:
                options = [other.words[1].text for other in items_of(item) if len(other.words) > 1]
                self._unknown("source" if names else "statement", (*names, word)[0], options)
            return replaced(item, found, with_arg(found, self._setting(setting)))

        return self._statement(kind, (owner,), change)

    def _model(self, layer: tree.Word, model: tree.Word, setting: tree.Word) -> tree.Item:
        """`hidden.lif.threshold`, also where the file says `cell`."""

        def change(item: tree.Item) -> tree.Item:
            found = {
                name: inner for inner in items_of(item) if (name := self._model_of(inner.words[0]))
            }
            if model.text not in found:
                self._unknown("model", model, (*found, "from", "size"))
            inner = found[model.text]
            return replaced(item, inner, with_arg(inner, self._setting(setting)))

        return self._statement("layer", (layer,), change)

    def _model_of(self, word: tree.Word) -> str | None:
        """The language's name of the model that a word stands for."""
        constants = self._constants()
        name = word.text
        for _ in range(len(constants) + 1):
            match constants.get(name):
                case tree.Setting(value=tree.Call(inner)):
                    name = inner.text
                case tree.Setting(value=tree.Name(inner)):
                    name = inner.text
                case _:
                    break
        return name if name in MODELS else None

    # ------------------------------------------------------------ values

    def _setting(self, name: tree.Word) -> tree.Setting:
        """The new setting, in the command line."""
        override = self.override
        span = Span(override.source, name.span.start, override.value.span.end)
        return tree.Setting(name, override.op, override.value, span)

    def _constant(
        self, name: tree.Word, change: Callable[[tree.Setting], tree.Setting]
    ) -> tree.Item:
        found = self._constants()[name.text]
        return replaced(self.item, found, change(found))

    def _new_value(self, constant: tree.Setting) -> tree.Setting:
        return replace(self._setting(self.override.path[-1]), name=constant.name)

    def _in_call(self, constant: tree.Setting, name: tree.Word) -> tree.Setting:
        """`cell.max_spikes`: a setting of the model that a constant holds."""
        call = constant.value
        if not isinstance(call, tree.Call):
            self._no_path("constant", (name,))
        args: tuple[tree.Argument, ...] = merged(call.args, self._setting(name))
        return replace(constant, value=replace(call, args=args))

    def _resized(self, item: tree.Item) -> tree.Item:
        """`hidden.size`: a number, or a list for a shape."""
        value = self.override.value
        shape = value if isinstance(value, tree.Listing) else tree.Listing((value,), value.span)
        return replace(item, shape=shape)

    # ------------------------------------------------------------ names

    def _constants(self) -> dict[str, tree.Setting]:
        return {
            statement.name.text: statement
            for statement in reversed(body(self.item.block))
            if isinstance(statement, tree.Setting) and statement.name.text not in NETWORK
        }

    def _names(self) -> dict[str, str]:
        """What each name of the file is."""
        names = dict.fromkeys(self._constants(), "constant")
        for item in items_of(self.item):
            if item.words[0].text in ("input", "layer") and len(item.words) > 1:
                names[item.words[1].text] = item.words[0].text
        return names

    def _unknown(self, kind: str, word: tree.Word, options: Iterable[str]) -> NoReturn:
        message = Spelling().did_you_mean(
            messages.NO_SUCH_PATH, word, [*options], kind=kind, name=word.text
        )
        self.diagnostics.append(message)
        raise Wrong

    def _no_path(self, kind: str, rest: Sequence[tree.Word]) -> NoReturn:
        """A path that is too short or too long, or goes on with a misspelt word."""
        known = _SECOND_WORDS.get(kind, ())
        if rest and rest[0].text not in known and nearest(rest[0].text, known):
            self._unknown("setting", rest[0], known)
        first, last = self.override.path[0].span, self.override.path[-1].span
        span = Span(first.source, first.start, last.end)
        paths = ", ".join(f"`{path}`" for path in _PATHS[kind])
        self.diagnostics.append(
            messages.NO_SUCH_PATH.at(
                span, kind="setting", name=span.text, help=f"a path is written {paths}"
            )
        )
        raise Wrong


_PATHS: Mapping[str, Sequence[str]] = {
    "network": ("network.window",),
    "readout": ("readout.correct",),
    "learner": ("learner.batch", "learner.adam.rate", "learner.adam.LAYER.rate"),
    "target": ("target.NAME.dt",),
    "constant": ("CONSTANT", "CONSTANT.max_spikes"),
    "input": ("INPUT.size", "INPUT.encode.window"),
    "layer": ("LAYER.size", "LAYER.lif.threshold", "LAYER.from.SOURCE.weight"),
}


_SECOND_WORDS = {"input": ("size", "encode"), "layer": ("size", "from", *MODELS)}
