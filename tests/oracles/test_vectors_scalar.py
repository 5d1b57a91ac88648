"""The scalar form against the test vectors: two readings of the same page, to the last bit."""

from collections.abc import Iterator
from itertools import count, islice

import numpy as np
import pytest

from sfdfa_compiler import ir
from sfdfa_compiler.arith import draw
from sfdfa_compiler.codegen import Batch, Trace, initial_state
from sfdfa_compiler.diagnostics import Source
from sfdfa_compiler.dsl import parse
from sfdfa_compiler.elaborate import elaborate
from sfdfa_compiler.schedule import BatchPlace, lower_event
from tests.helpers import vectors
from tests.oracles.scalar_session import ScalarSession

# Small enough to be trained to the end; the largest of them has a smaller last batch.
WHOLE = ("deep_bp", "long_window", "long_window_bp", "one_neuron", "saturated")


@pytest.mark.parametrize("name", vectors.NAMES)
def test_the_first_batch(name, real_data):
    wanted = wanted_lines(name)
    until = [line for line, _ in wanted].index("batch 0 weights") + 1
    assert list(islice(train(name, real_data), until)) == wanted[:until]


@pytest.mark.parametrize("name", vectors.NAMES)
def test_the_order_of_the_samples(name):
    wanted = vectors.expected(name)
    for epoch in range(2):
        order = draw.epoch_order(wanted.seed, np.arange(wanted.samples), epoch)
        digest = vectors.digest(order.astype(np.uint32))
        assert dict(wanted.lines)[f"order {epoch}"] == digest


@pytest.mark.slow
@pytest.mark.parametrize("name", WHOLE)
def test_all_batches(name, real_data):
    assert list(train(name, real_data)) == wanted_lines(name)


def wanted_lines(name) -> list[tuple[str, str]]:
    """What the file says, but for the order of the samples, which has a test of its own."""
    return [line for line in vectors.expected(name).lines if not line[0].startswith("order")]


def train(name, real_data) -> Iterator[tuple[str, str]]:
    """The lines of a training as they come about, but for those of the order."""
    wanted = vectors.expected(name)
    graph = read(name)
    window = vectors.window_of(graph.window, graph.layers[0].tau_mem)
    state = initial_state(graph, lower_event(graph, "event32", window), wanted.seed)
    images, labels = vectors.read_images(real_data(wanted.data), wanted.samples)
    events = {"image": vectors.encode(images, graph.inputs[0].encoder.window, window)}
    session = ScalarSession(graph, window, state, wanted.seed)
    yield from vectors.first_lines(state)
    steps = count()
    for epoch in range(graph.learner.epochs):
        order = draw.epoch_order(wanted.seed, np.arange(wanted.samples), epoch)
        for start in range(0, wanted.samples, graph.learner.batch):
            rows, step, trace = order[start : start + graph.learner.batch], next(steps), Trace()
            batch = Batch(events=events, rows=rows, labels=labels)
            session.learn(batch, BatchPlace(step, epoch, len(rows)), trace)
            yield from vectors.batch_lines(trace, step, [layer.name for layer in graph.layers])
    yield vectors.last_line(session.state)


def read(name) -> ir.Graph:
    path = vectors.FOLDER / f"{name}.snn"
    file, syntax = parse(Source(path.name, path.read_text()))
    graph, found = elaborate(file)
    assert graph is not None
    assert [*syntax, *found] == []
    return graph
