"""A session of the target cuda: one launch a batch, on a GPU or on the CPU; three if shared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.codegen import Batch, Forward, State, Trace
from sfdfa_compiler.codegen.given import Given, check_state
from sfdfa_compiler.codegen.layers import state_of, tell
from sfdfa_compiler.diagnostics import Diagnostic
from sfdfa_compiler.parallel import Exchange
from sfdfa_compiler.schedule import BatchPlace, Schedule, step_scalars
from sfdfa_compiler.targets.cuda import layout
from sfdfa_compiler.targets.cuda.data import DataSets, Piece
from sfdfa_compiler.targets.cuda.devices import Device
from sfdfa_compiler.targets.cuda.emit import inputs
from sfdfa_compiler.targets.cuda.lower import LAUNCHES, LAUNCHES_TOGETHER
from sfdfa_compiler.targets.cuda.memory import check_memory
from sfdfa_compiler.targets.cuda.network import Network
from sfdfa_compiler.targets.cuda.together import Together

Array = NDArray[Any]


class CudaSession:
    """A state on a device, and the kernels that change it.

    An epoch goes without the host: its order and all numbers that change with a batch are on the
    device before the first launch, each launch takes the next batch, and figures are read behind
    the last one.
    """

    def __init__(
        self,
        schedule: Schedule,
        state: State,
        device: Device,
        seed: int,
        exchange: Exchange | None = None,
    ) -> None:
        """Allocate all buffers, take the state over; SNN586 if the device is too small.

        Args:
            schedule: The plan.
            state: What to start from.
            device: What runs the kernels.
            seed: Of all random numbers.
            exchange: The processes that learn together; None: this one learns alone.
        """
        shared = exchange is not None and schedule.shards > 1  # else there is only one
        check_memory(schedule, device, shared=shared)
        self.schedule = schedule
        self.device = device
        self._given = Given(schedule)
        sources = inputs(schedule)
        self.network = Network(schedule, device, sources, seed, shared=shared)
        self.layers = self.network.layers
        self._together = (
            Together(schedule, self.layers, device, exchange) if exchange and shared else None
        )
        self.data = DataSets(schedule, sources, device)
        self.batches = 0  # walked through so far, by `device.launches` launches
        self._step = 0
        self.load(state)

    # ------------------------------------------------------------ the protocol

    def forward(self, batch: Batch, *, record: bool = False) -> Forward:
        """Run the forward phases; what is recorded is read after each launch."""
        self._given.check(batch)
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
        if self._together and trace is not None:
            raise ValueError("a batch is traced in one process")
        piece = self._labelled(batch, len(batch))
        found = self._walk(
            "learn", piece, len(batch), self._steps([place]), traced=trace is not None
        )
        if trace is not None:
            tell(self.layers, trace, len(batch))
        return found

    def learn_on(
        self, rest: Batch, step: int, epoch: int, go_on: Callable[[], bool] = lambda: True
    ) -> Forward:
        """Train on batches of an epoch, as many as fit into memory: see `codegen.optional`.

        Processes that share them meet within each batch, so they come back behind each.
        """
        size = self.schedule.batch
        if self._together:
            first = replace(rest, rows=rest.rows[:size])
            return self.learn(first, BatchPlace(step, epoch, len(first)))
        piece = self._labelled(rest, size)
        places = [
            BatchPlace(step + number, epoch, min(size, len(piece) - start))
            for number, start in enumerate(range(0, len(piece), size))
        ]
        return self._walk("learn", piece, size, self._steps(places), go_on)

    def state(self) -> State:
        """A copy of the state."""
        return state_of(self.layers, self._step)

    def load(self, state: State) -> None:
        """Replace the state."""
        check_state(state, self.schedule)
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
        together = self._together if walk == "learn" else None
        shards = together.shards if together else None
        self.network.begin(piece, size, steps, traced=traced, shards=shards)
        before, batches, samples = self.device.launches, 0, 0
        while not batches or (samples < len(piece) and go_on()):
            if together:
                together.learn(self.network, min(size, len(piece) - samples))
            else:
                self.network.launch(walk)
            batches += 1
            samples = min(samples + size, len(piece))
        expected = batches * (LAUNCHES_TOGETHER if together else LAUNCHES)
        if self.device.launches - before != expected:
            raise RuntimeError(f"{self.device.launches - before} launches for {batches} batches")
        self.batches += batches
        self._step += batches if walk == "learn" else 0
        found = self.network.results(samples)
        if together:
            together.finish()
        return found

    def _labelled(self, batch: Batch, size: int) -> Piece:
        self._given.check(batch, learn=True)
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
