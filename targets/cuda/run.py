"""A session of the target cuda: one launch a batch, on a GPU or on the CPU."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.codegen import Batch, Forward, State, Trace
from sfdfa_compiler.diagnostics import Diagnostic
from sfdfa_compiler.schedule import BatchPlace, Schedule, step_scalars
from sfdfa_compiler.targets.cuda import layout
from sfdfa_compiler.targets.cuda.data import DataSets, Piece
from sfdfa_compiler.targets.cuda.devices import Device
from sfdfa_compiler.targets.cuda.emit import inputs
from sfdfa_compiler.targets.cuda.lower import LAUNCHES
from sfdfa_compiler.targets.cuda.memory import check_memory
from sfdfa_compiler.targets.cuda.network import Network

Array = NDArray[Any]


class CudaSession:
    """A state on a device, and the kernels that change it.

    An epoch goes without the host: its order and all numbers that change with a batch are on the
    device before the first launch, each launch takes the next batch, and figures are read behind
    the last one.
    """

    def __init__(self, schedule: Schedule, state: State, device: Device, seed: int) -> None:
        """Allocate all buffers, take the state over; SNN586 if the device is too small."""
        check_memory(schedule, device)
        self.schedule = schedule
        self.device = device
        sources = inputs(schedule)
        self.network = Network(schedule, device, sources, seed)
        self.layers = self.network.layers
        self.data = DataSets(schedule, sources, device)
        self.batches = 0  # walked through so far, by `device.launches` launches
        self._step = 0
        self.load(state)

    # ------------------------------------------------------------ the protocol

    def forward(self, batch: Batch, *, record: bool = False) -> Forward:
        """Run the forward phases; what is recorded is read after each launch."""
        parts: list[Forward] = []
        rows, room = batch.rows, self.schedule.room
        while not parts or len(rows):
            chosen = replace(batch, rows=rows[:room] if record else rows)
            piece = self.data.bring(chosen, room)
            steps = np.zeros((1, len(self.layers)), layout.STEP_RECORD)
            found = self._walk("forward", piece, room, steps)
            if record:
                spikes = {layer.name: layer.events(len(piece)) for layer in self.layers}
                found = replace(found, spikes=spikes)
            parts.append(found)
            rows = rows[len(piece) :]
        return Forward.join(parts)

    def learn(self, batch: Batch, place: BatchPlace, trace: Trace | None = None) -> Forward:
        """Train on one batch."""
        piece = self._labelled(batch, len(batch))
        found = self._walk(
            "learn", piece, len(batch), self._steps([place]), traced=trace is not None
        )
        if trace is not None:
            self._tell(trace, len(batch))
        return found

    def learn_on(
        self, rest: Batch, step: int, epoch: int, go_on: Callable[[], bool] = lambda: True
    ) -> Forward:
        """Train on batches of an epoch, as many as fit into memory: see `codegen.optional`."""
        size = self.schedule.batch
        piece = self._labelled(rest, size)
        places = [
            BatchPlace(step + number, epoch, min(size, len(piece) - start))
            for number, start in enumerate(range(0, len(piece), size))
        ]
        return self._walk("learn", piece, size, self._steps(places), go_on)

    def state(self) -> State:
        """A copy of the state."""
        state = State(weights={}, step=self._step)
        for layer in self.layers:
            state.weights[layer.name] = layer.synapses("weight")
            if layer.has("m"):
                state.m[layer.name] = layer.synapses("m")
                state.v[layer.name] = layer.synapses("v")
            if layer.has("feedback"):
                state.feedback[layer.name] = layer.feedback()
        return state

    def load(self, state: State) -> None:
        """Replace the state."""
        self._step = state.step
        for layer in self.layers:
            layer.load(state)

    def close(self) -> None:
        """Let the data go."""
        self.data.drop()

    @property
    def notices(self) -> tuple[Diagnostic, ...]:
        """Warnings about how it had to run."""
        return tuple(self.data.notices)

    @property
    def buffer_bytes(self) -> int:
        """Bytes of all buffers that the session holds on the device."""
        return sum(memory.bytes for memory in (*self.network.memory, *self.data.memory))

    # ------------------------------------------------------------ batches

    def _walk(
        self,
        walk: str,
        piece: Piece,
        size: int,
        steps: Array,
        go_on: Callable[[], bool] = lambda: True,
        *,
        traced: bool = False,
    ) -> Forward:
        """Batch after batch of a piece, as long as one may go on."""
        self.network.begin(piece, size, steps, traced=traced)
        before, batches, samples = self.device.launches, 0, 0
        while not batches or (samples < len(piece) and go_on()):
            self.network.launch(walk)
            batches += 1
            samples = min(samples + size, len(piece))
        if self.device.launches - before != LAUNCHES * batches:
            raise RuntimeError(f"{self.device.launches - before} launches for {batches} batches")
        self.batches += batches
        self._step += batches if walk == "learn" else 0
        return self.network.results(samples)

    def _labelled(self, batch: Batch, size: int) -> Piece:
        if batch.labels is None:
            raise ValueError("learning needs labels")
        if size > self.schedule.room:
            raise ValueError(f"a batch has at most {self.schedule.room} samples, not {size}")
        return self.data.bring(batch, size)

    def _steps(self, places: list[BatchPlace]) -> Array:
        """What changes with the batch: a record for each batch and layer."""
        records = np.zeros((len(places), len(self.layers)), layout.STEP_RECORD)
        number = {layer.name: index for index, layer in enumerate(self.layers)}
        for record, place in zip(records, places, strict=True):
            record["number"] = place.step & 0xFFFFFFFF
            for phase in self.schedule.learn:
                for name, value in step_scalars(self.schedule, phase, place).items():
                    record[name][number[phase.layer]] = value
        return records

    def _tell(self, trace: Trace, samples: int) -> None:
        """Every stage of the batch, in the order of the test vectors."""
        for stage in ("spikes", "counts", "perturbation", "derivative", "feedback", "delta"):
            for layer in self.layers:
                value = layer.stage(stage, samples)
                if value is not None:
                    trace.add(stage, layer.name, value)
        for layer in self.layers:
            if layer.plan.learns:
                trace.add("gradient", layer.name, layer.synapses("gradient"))
        for layer in self.layers:
            trace.add("weights", layer.name, layer.synapses("weight"))
