"""A whole file: finds the network, reads its statements in order, puts the graph together."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction

from sfdfa_compiler import ir
from sfdfa_compiler.diagnostics import Edit, Label, Span, errors
from sfdfa_compiler.dsl import tree
from sfdfa_compiler.dsl.entries import Place, StatementForm
from sfdfa_compiler.dsl.forms import NETWORK, TARGETS
from sfdfa_compiler.dsl.statements import statements
from sfdfa_compiler.elaborate import messages
from sfdfa_compiler.elaborate.connections import find_cycles, projections
from sfdfa_compiler.elaborate.exact import Exact, Model, Settings, Unresolved, Wrong
from sfdfa_compiler.elaborate.expressions import evaluate, number
from sfdfa_compiler.elaborate.kinds import as_number, require_known
from sfdfa_compiler.elaborate.learner import read_learner, read_readout
from sfdfa_compiler.elaborate.populations import (
    Populations,
    read_input,
    read_layer,
)
from sfdfa_compiler.elaborate.rule import read_rule
from sfdfa_compiler.elaborate.settings import complete, model, read
from sfdfa_compiler.elaborate.spelling import nearest
from sfdfa_compiler.elaborate.state import State
from sfdfa_compiler.elaborate.statements import accept, body, items, recognise, require_form
from sfdfa_compiler.units import Quantity


def find_network(state: State) -> tree.Item | None:
    """The one `network` of the file; what else stands at its top level is reported."""
    networks: list[tree.Item] = []
    for statement in state.file.statements:
        match statement:
            case tree.Setting():
                _top_level_setting(state, statement)
            case tree.Item(words):
                with suppress(Wrong):
                    form = recognise(state, statement, Place.FILE)
                    if networks:
                        first = Label(networks[0].words[0].span, "first here")
                        what = "the network of a file"
                        state.fail(messages.TWICE.at(words[0].span, what=what, related=[first]))
                    networks.append(statement)
                    require_form(state, statement, form)
            case tree.Broken():
                pass
    if not networks and not state.diagnostics and not state.file.broken_lines:
        start = Span(state.file.source)
        state.report(
            messages.MISSING_STATEMENT.at(
                start, owner="this file", what="`network`", written="network NAME { ... }"
            )
        )
    return networks[0] if networks else None


def build(state: State, network: tree.Item) -> ir.Graph:
    """The graph of a network; parts that are wrong are left out."""
    reader = _Reader(state, network)
    reader.define_names()
    reader.read_statements()
    return reader.graph()


def _top_level_setting(state: State, setting: tree.Setting) -> None:
    """`language = 1`; constants stand inside the network."""
    name = setting.name
    if name.text != "language":
        advice = "constants stand inside the network"
        state.report(
            messages.UNKNOWN_STATEMENT.at(
                name.span, help=advice, name=name.text, place=Place.FILE.value
            )
        )
        return
    with suppress(Wrong):
        version = number(state, setting.value)
        if version != Quantity(Fraction(1)):
            state.report(messages.LANGUAGE.at(setting.span, found=version))


class _Reader:
    """Reads one network, statement by statement."""

    def __init__(self, state: State, network: tree.Item) -> None:
        self.state = state
        self.network = network
        self.populations = Populations()
        self.window = Settings()
        self.once: dict[str, tree.Item] = {}  # `readout`, `learner`
        self.rules: dict[str, tree.Item] = {}
        self.targets: dict[str, ir.TargetOptions] = {}

    def define_names(self) -> None:
        """Enter all names first: a source may stand below the layer that reads it."""
        table = statements(Place.NETWORK)
        for statement in body(self.network.block):
            match statement:
                case tree.Setting(name, _, value) if name.text not in NETWORK:
                    self.state.define(name, "constant", value)
                case tree.Item((word, name, *_)):
                    form = table.get(word.text) or table.get(nearest(word.text, table) or "")
                    if form is not None and form.defines:
                        self.state.define(name, form.word)
                case _:
                    pass

    def read_statements(self) -> None:
        """In file order, so that a constant is known from its line on."""
        block = self.network.block
        for statement in body(block):
            match statement:
                case tree.Setting(name):
                    with suppress(Wrong):
                        self._window(statement) if name.text in NETWORK else self._constant(
                            statement
                        )
                case tree.Item():
                    form = accept(self.state, statement, block, Place.NETWORK, *NETWORK)
                    if form:
                        with suppress(Wrong):
                            self._statement(statement, form)
                case tree.Broken():
                    pass

    def _statement(self, item: tree.Item, form: StatementForm) -> None:
        match form.word:
            case "input":
                read_input(self.state, self.populations, item)
            case "layer":
                read_layer(self.state, self.populations, item)
            case "target":
                self._target(item)
            case "rule":
                self.rules.setdefault(item.words[1].text, item)
                read_rule(self.state, item)
            case word if word in self.once:
                first = Label(self.once[word].words[0].span, "first here")
                span = item.words[0].span
                self.state.report(messages.TWICE.at(span, what=f"`{word}`", related=[first]))
            case word:
                self.once[word] = item

    def _window(self, setting: tree.Setting) -> None:
        """`window = 200 ms`: a setting, and a constant for the lines below."""
        state, name = self.state, setting.name
        if name.text in self.window.spans:
            first = Label(self.window.spans[name.text], "first here")
            state.fail(messages.TWICE.at(setting.span, what=f"`{name}`", related=[first]))
        self.window = read(state, "the network", [setting], NETWORK)
        state.define(name, "constant")
        found = state.definitions[name.text]
        found.reached = found.used = True
        found.value = self.window.values[name.text]

    def _constant(self, setting: tree.Setting) -> None:
        """`NAME = value`: a quantity, a distribution, a neuron, or any other value."""
        state, name, value = self.state, setting.name, setting.value
        definition = state.definitions[name.text]
        if definition.word is not name:
            return  # defined twice
        try:
            if setting.op.text != "=":
                advice = "a constant is set with `=`, also one that holds a distribution"
                state.fail(
                    messages.WRONG_OPERATOR.at(
                        setting.op.span,
                        name=name.text,
                        wanted="=",
                        found=setting.op.text,
                        advice=advice,
                    )
                )
            definition.value = self._resolved(evaluate(state, value), value.span)
            if isinstance(definition.value, Model):
                state.models.append(name.text)
        finally:
            definition.reached = True

    def _resolved(self, value: Exact, span: Span) -> Exact:
        """A word cannot be a constant's value, unless it names a model."""
        if not isinstance(value, Unresolved):
            return value
        if value.args is None:
            return as_number(self.state, value, span, "a constant")
        require_known(self.state, value)
        return model(self.state, value, span)

    def _target(self, item: tree.Item) -> None:
        """`target NAME { settings }`."""
        state, name = self.state, item.words[1]
        forms = TARGETS.get(name.text)
        if forms is None:
            state.unknown(messages.UNKNOWN_NAME, name, TARGETS, kind="target", name=name.text)
        if name.text in self.targets:
            first = Label(self.targets[name.text].spans["name"], "first here")
            what = f"the block of `{name}`"
            state.fail(messages.TWICE.at(name.span, what=what, related=[first]))
        owner = f"the target `{name}`"
        written = [part for part in body(item.block) if isinstance(part, tree.Setting)]
        for _ in items(state, item.block, Place.TARGET, *forms):
            pass  # a target has no statements but `allow`
        settings = complete(state, owner, read(state, owner, written, forms), forms, name.span)
        spans = {"name": name.span, **settings.spans}
        self.targets[name.text] = ir.TargetOptions(name=name.text, settings={}, spans=spans)
        values = {key: settings.option(key, form.kind) for key, form in forms.items()}
        self.targets[name.text] = replace(self.targets[name.text], settings=values)

    # ------------------------------------------------------------ the graph

    def graph(self) -> ir.Graph:
        """Put the parts together."""
        state, populations = self.state, self.populations
        readout: ir.Readout | None = None
        learner: ir.LearnerSpec | None = None
        if "readout" in self.once:
            with suppress(Wrong):
                readout = read_readout(state, self.once["readout"])
        if "learner" in self.once:
            with suppress(Wrong):
                layers = state.named("layer")
                learner = read_learner(state, self.once["learner"], layers, self.rules)
        edges = projections(state, populations.connections, populations.shapes)
        find_cycles(state, populations.connections)
        self._require_populations()
        window = complete(state, "the network", self.window, NETWORK, self.network.words[0].span)
        self._unused_constants()
        nodes = populations.nodes
        spans = {"name": self.network.words[-1].span, **window.spans}
        return ir.Graph(
            name=self.network.words[-1].text,
            window=window.number("window") if window.values["window"] else math.nan,
            nx=ir.digraph(
                nodes.values(), [p for p in edges if p.source in nodes and p.target in nodes]
            ),
            readout=readout,
            learner=learner,
            targets=self.targets,
            features=tuple(state.features),
            allows=tuple(state.allows),
            whole=state.complete and not errors(state.diagnostics) and not state.file.broken_lines,
            spans=spans,
        )

    def _require_populations(self) -> None:
        """A network has an input and a layer."""
        state, name = self.state, self.network.words[-1]
        block = body(self.network.block)
        if state.file.broken_lines or any(isinstance(part, tree.Broken) for part in block):
            return
        if any(message.code == messages.UNKNOWN_STATEMENT.code for message in state.diagnostics):
            return
        for word, written in (
            ("input", "input image[28, 28] { encode ttfs(window = 100 ms) }"),
            (
                "layer",
                "layer hidden[100] { from image dense(...), lif(...) }",
            ),
        ):
            if not state.named(word):
                state.report(
                    messages.MISSING_STATEMENT.at(
                        name.span, owner=f"the network `{name}`", what=f"`{word}`", written=written
                    )
                )

    def _unused_constants(self) -> None:
        state = self.state
        for name in state.named("constant"):
            definition = state.definitions[name]
            if definition.used or definition.value is None:
                continue
            near = nearest(name, NETWORK)
            advice = f"is it `{near}`? That is the only setting of a network" if near else None
            edits = [Edit(definition.word.span, near)] if near else []
            state.report(
                messages.UNUSED_CONSTANT.at(
                    definition.word.span, help=advice, edits=edits, name=name
                )
            )
