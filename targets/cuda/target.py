"""Target `cuda`: one persistent kernel a batch, on a GPU, or on the CPU without one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sfdfa_compiler.codegen import Artifact, Build, Device, Origin
from sfdfa_compiler.ir import Capabilities
from sfdfa_compiler.learners import LEARNERS
from sfdfa_compiler.schedule import Schedule

if TYPE_CHECKING:  # NumPy: not for those who only ask for capabilities
    from sfdfa_compiler.codegen import Session, State

MOST_GPUS = 8


class Cuda:
    """CUDA C++ for the plan of the profile event32."""

    name = "cuda"
    rank = 50  # used where it is named
    devices = ("cuda:0", "cpu", *(f"cuda:{number}" for number in range(1, MOST_GPUS)))
    capabilities = Capabilities(
        profiles=("event32",), learners=frozenset(LEARNERS), shared=frozenset({"event32"})
    )

    def emit(self, schedule: Schedule, origin: Origin) -> Artifact:
        """CUDA text, header, launcher: no compiler is needed for that."""
        from sfdfa_compiler.targets.cuda.build import check_sizes
        from sfdfa_compiler.targets.cuda.emit import emit

        check_sizes(schedule)
        return emit(schedule, origin)

    def build(self, artifact: Artifact, out: Path | None) -> Build:
        """With `out`, PTX and cubins too, if there is a CUDA compiler; else just the text."""
        from sfdfa_compiler.targets.cuda.build import build

        return build(artifact, out)

    def open(
        self, build: Build, schedule: Schedule, state: State, device: Device, seed: int
    ) -> Session:
        """Start a session on a GPU, or with the device `cpu` on the CPU.

        Processes that train together take one GPU after the other, from the one named on.
        """
        from sfdfa_compiler.targets.cuda.build import check_sizes, kernels_text
        from sfdfa_compiler.targets.cuda.run import CudaSession

        check_sizes(schedule)
        exchange = device.exchange
        if device.name == "cpu":
            from sfdfa_compiler.targets.cuda.cpu import library
            from sfdfa_compiler.targets.cuda.devices import Cpu

            source = kernels_text(build.path)
            cpu = Cpu(library.build(source, library.variant_from_environment()))
            return CudaSession(schedule, state, cpu, seed, exchange)
        from sfdfa_compiler.targets.cuda.gpu import Gpu

        behind = exchange.rank % exchange.neighbours if exchange else 0
        gpu = Gpu(build.path, device.name, schedule, behind)
        return CudaSession(schedule, state, gpu, seed, exchange)

    def cache_folder(self) -> Path:
        """Where compiled kernels lie."""
        from sfdfa_compiler.targets.cuda.cpu.library import cache_folder

        return cache_folder()

    def clear_cache(self) -> int:
        """Delete compiled kernels; return how many there were."""
        from sfdfa_compiler.targets.cuda.build import clear_cache

        return clear_cache()


TARGET = Cuda()
