"""Training a test vector on any session, and the lines that come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import numpy as np

from sfdfa_compiler import ir
from sfdfa_compiler.arith import draw
from sfdfa_compiler.codegen import Batch, Device, Origin, Session, State, Trace, initial_state
from sfdfa_compiler.codegen import find_target as find
from sfdfa_compiler.diagnostics import Source
from sfdfa_compiler.dsl import parse
from sfdfa_compiler.elaborate import elaborate
from sfdfa_compiler.schedule import BatchPlace, Schedule, lower_event
from tests.helpers import vectors

Opener = Callable[[ir.Graph, Schedule, State, int], Session]
ORIGIN = Origin(source="test.snn", digest="0" * 64, version="0")


def target(name: str, threads: int = 1) -> Opener:
    """How a registered target opens a session, built in the cache."""

    def open_session(graph: ir.Graph, schedule: Schedule, state: State, seed: int) -> Session:
        del graph
        chosen = find(name)
        build = chosen.build(chosen.emit(schedule, ORIGIN), None)
        return chosen.open(build, schedule, state, Device(threads=threads), seed)

    return open_session


def read(name: str) -> ir.Graph:
    """The program of a test vector."""
    path = vectors.FOLDER / f"{name}.snn"
    file, syntax = parse(Source(path.name, path.read_text()))
    graph, found = elaborate(file)
    assert graph is not None
    assert [*syntax, *found] == []
    return graph


def lines(name: str, real_data: Callable[[str], Path], opener: Opener) -> Iterator[tuple[str, str]]:
    """The lines of a training as they come about, but for those of the order."""
    wanted = vectors.expected(name)
    graph = read(name)
    window = vectors.window_of(graph.window, graph.layers[0].tau_mem)
    schedule = lower_event(graph, "event32", window)
    state = initial_state(graph, schedule, wanted.seed)
    images, labels = vectors.read_images(real_data(wanted.data), wanted.samples)
    events = {"image": vectors.encode(images, graph.inputs[0].encoder.window, window)}
    session = opener(graph, schedule, state, wanted.seed)
    yield from vectors.first_lines(state)
    steps = count()
    for epoch in range(graph.learner.epochs):
        order = draw.epoch_order(wanted.seed, np.arange(wanted.samples), epoch)
        for start in range(0, wanted.samples, graph.learner.batch):
            rows, step, trace = order[start : start + graph.learner.batch], next(steps), Trace()
            batch = Batch(events=events, rows=rows, labels=labels)
            session.learn(batch, BatchPlace(step, epoch, len(rows)), trace)
            yield from vectors.batch_lines(trace, step, [layer.name for layer in graph.layers])
    yield vectors.last_line(session.state())
    session.close()
