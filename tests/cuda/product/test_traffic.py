"""The manifest's arithmetic against the bytes that the CPU's runtime counts, array by array."""

import numpy as np
import pytest

from sfdfa_compiler import ir
from sfdfa_compiler.codegen import Batch
from sfdfa_compiler.schedule import BatchPlace
from sfdfa_compiler.targets.cuda import TARGET, traffic
from sfdfa_compiler.targets.cuda.cpu import library
from sfdfa_compiler.targets.cuda.devices import Cpu
from sfdfa_compiler.targets.cuda.run import CudaSession
from tests.helpers import courses, nets

PENALTY = ir.RatePenalty(strength=0.3, target=1.5)
PROGRAMS = {
    "sfdfa": {"sizes": (6, 40, 33, 5), "penalty": PENALTY},
    "dfa_shards": {"sizes": (9, 37, 4), "learner": "dfa", "shards": 2},
    "bp_frozen": {"sizes": (6, 35, 12, 4), "learner": "bp", "frozen": {1}},
    "long": {"sizes": (6, 40, 5), "window": 4.0},
    "tiles": {"sizes": (6, 300, 5)},
}
SAMPLES = 7
DATA_DECIDES = {"keys", "feedback"}  # how a long list is sorted; which neurons fired


class Counting(Cpu):
    """Keeps what each launch did, by the address of each array."""

    def launch(self, kernel, net, reached, dynamic):
        self._before = list(reached)
        super().launch(kernel, net, self._before, dynamic)

    def traffic(self, memory):
        """Of an array, in the last launch: argument first, then buffers."""
        reached = [each for each in self._before if each.bytes]
        return self.last.arrays[1 + [id(each) for each in reached].index(id(memory))]


@pytest.fixture(params=PROGRAMS)
def walked(request, monkeypatch):
    """A session behind one launch of each kind, what was counted, and what happened."""
    net = nets.random_program(5, batch=SAMPLES, **PROGRAMS[request.param])
    text = TARGET.emit(net.schedule, courses.ORIGIN).files["net.cu"]
    device = Counting(library.build(text, library.Variant.CHECKED))
    kernels = device._kernels

    def launch(*arguments, real=kernels.launch, **options):
        device.last = real(*arguments, **options)

    monkeypatch.setattr(kernels, "launch", launch)
    session = CudaSession(net.schedule, net.state(), device, net.seed)
    events = nets.random_events(5, net, SAMPLES)
    labels = np.zeros(SAMPLES, np.int64)
    batch = Batch(events={"input": events}, rows=np.arange(SAMPLES), labels=labels)
    return net.schedule, session, batch


def activity(schedule, found, batch):
    spikes = {name: int(each.sum()) for name, each in found.activity.items()}
    inputs = {"input": len(batch.events["input"].E)}
    heard = {plan.name: {**spikes, **inputs}[plan.source] for plan in schedule.layers}
    return traffic.Activity(samples=len(batch), heard=heard, spikes=spikes)


@pytest.mark.parametrize("learning", [False, True])
def test_bytes_stored_are_those_of_the_formula(walked, learning):
    schedule, session, batch = walked
    place = BatchPlace(0, 0, SAMPLES)
    found = session.learn(batch, place) if learning else session.forward(batch)
    happened = activity(schedule, found, batch)
    assert min(happened.spikes.values()) > 0
    for layer in session.layers:
        plan, name = layer.plan, layer.name
        formulas = traffic.stores(schedule, plan, learning=learning)
        arrays = layer.arrays()
        if plan.is_output:
            arrays["results"] = session.network._memory["results"]
        counted = {
            key: session.device.traffic(each).stores
            for key, each in arrays.items()
            if each.bytes and key not in DATA_DECIDES
        }
        wanted = {key: each.of(happened, name) for key, each in formulas.items()}
        assert {key: value for key, value in counted.items() if value} == wanted, name
        loaded = session.device.traffic(arrays["weight"]).loads
        asked = traffic.weight_loads(schedule, plan, learning=learning).of(happened, name)
        if plan.source_is_input or not learning:  # else grades and BP ask for more
            assert loaded == asked
        else:
            assert loaded >= asked


def test_moments_are_read_and_written_once(walked):
    _, session, batch = walked
    session.learn(batch, BatchPlace(0, 0, SAMPLES))
    for layer in session.layers:
        for name in ("m", "v"):
            if layer.has(name) and layer.plan.learns:
                counted = session.device.traffic(layer.arrays()[name])
                size = 4 * layer.plan.source_size * layer.sizes.lanes
                assert (counted.loads, counted.stores) == (size, size)
