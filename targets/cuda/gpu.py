"""A GPU through CuPy: arrays on the device, kernels from machine code or PTX.

CuPy is only the launcher: the kernels are compiled by nvcc or NVRTC with this project's flags.
Nothing here runs where there is no GPU; what can fail before a launch has a message.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from sfdfa_compiler.diagnostics import Rule, place
from sfdfa_compiler.schedule import AT_ONCE, Schedule
from sfdfa_compiler.schedule.bound import memory_bound
from sfdfa_compiler.targets.cuda.compile import ARCHITECTURES, OLDEST, compile_kernels
from sfdfa_compiler.targets.cuda.devices import Memory
from sfdfa_compiler.targets.cuda.lower import RESIDENT, THREADS, dynamic_bytes
from sfdfa_compiler.targets.cuda.resources import MULTIPROCESSORS, occupancy

Array = NDArray[Any]
STATIC_SHARED = 48 * 1024  # more dynamic shared memory than this has to be asked for

NO_CUPY = Rule(
    code="SNN584",
    message="CuPy is not installed, and it is what launches kernels on a GPU",
    help="`pip install 'sfdfac[cuda]'`, or `--device cpu`: the same kernels, executed on the CPU",
)
NO_DEVICE = Rule(
    code="SNN585",
    message="there is no GPU `{device}`: {why}",
    notes=("{found}",),
    help="`--device cpu` executes the same kernels on the CPU",
)
NO_MEMORY = Rule(
    code="SNN586",
    message="this network needs {needed} MiB on the GPU, and {free} MiB are free there",
    notes=("of these, {batch} MiB are for a batch of {samples} samples",),
    help="{advice}",
)
TOO_OLD = Rule(
    code="SNN588",
    message="the GPU `{device}` has the architecture sm_{architecture}: sm_{oldest} is the oldest",
    help="`--device cpu` executes the same kernels on the CPU",
)


class DeviceArray:
    """An array on the GPU."""

    def __init__(self, array: Any) -> None:  # noqa: ANN401 - CuPy has no types
        """Take over an array of CuPy's."""
        self.array = array

    @property
    def address(self) -> int:
        """Where it lies."""
        return int(self.array.data.ptr)

    @property
    def bytes(self) -> int:
        """Its size."""
        return int(self.array.nbytes)

    def write(self, values: Array) -> None:
        """Replace its content."""
        flat = np.ascontiguousarray(values).reshape(-1).view(self.array.dtype)
        self.array.reshape(-1)[: flat.size].set(flat)

    def read(self) -> Array:
        """A copy of its content."""
        content: Array = self.array.get()
        return content


class Gpu:
    """One GPU."""

    def __init__(self, source: str, name: str, schedule: Schedule) -> None:
        """Find it, see that the network fits, compile for it.

        Args:
            source: The text of the kernels.
            name: `cuda:0`.
            schedule: For the memory that is needed.

        Raises:
            UserError: SNN584 no CuPy, SNN585 no such device or driver, SNN586 not enough memory,
                SNN588 too old a device, and what the compiler says.
        """
        self.name = name
        self._cupy = _cupy()
        number = int(name.rpartition(":")[2])
        self._device = self._find(number)
        self._device.use()
        self._check_memory(schedule)
        architecture = int(self._device.compute_capability)
        if architecture < OLDEST:
            raise TOO_OLD.error(place(name), device=name, architecture=architecture, oldest=OLDEST)
        self._blocks = self._load(source, architecture, dynamic_bytes(schedule))

    def zeros(self, shape: int | tuple[int, ...], dtype: DTypeLike) -> DeviceArray:
        """An array of zeros."""
        kind = np.dtype(dtype)
        if kind.fields:  # CuPy has no records: their bytes
            return DeviceArray(self._cupy.zeros(int(np.prod(shape)) * kind.itemsize, np.uint8))
        return DeviceArray(self._cupy.zeros(shape, kind))

    def launch(self, kernel: str, net: Memory, reached: Iterable[Memory], dynamic: int) -> None:
        """Queue a kernel over a grid that is on the device as a whole."""
        del reached
        function = self._module.get_function(kernel)
        if dynamic > STATIC_SHARED:
            function.max_dynamic_shared_size_bytes = dynamic
        pointer = np.uint64(net.address)
        function((self._blocks,), (THREADS,), (pointer,), shared_mem=dynamic)

    def _find(self, number: int) -> Any:  # noqa: ANN401 - a device of CuPy's
        runtime = self._cupy.cuda.runtime
        try:
            count = runtime.getDeviceCount()
        except runtime.CUDARuntimeError as error:
            raise self._missing(str(error), "the driver answers no call") from error
        if number >= count:
            raise self._missing("it is not there", f"there are {count}, from cuda:0 on")
        return self._cupy.cuda.Device(number)

    def _missing(self, why: str, found: str) -> Exception:
        return NO_DEVICE.error(place(self.name), device=self.name, why=why, found=found)

    def _check_memory(self, schedule: Schedule) -> None:
        """Before anything is allocated: what would fit is known."""
        free, _ = self._device.mem_info
        needed = memory_bound(schedule)
        lasting = sum(each.bytes for each in schedule.buffers.values() if each.life.name == "RUN")
        if needed <= free:
            return
        fitting = int((free - lasting) * schedule.room / max(1, needed - lasting))
        advice = (
            f"`--set learner.batch={fitting}` fits"
            if fitting >= AT_ONCE
            else "make its layers smaller"
        )
        raise NO_MEMORY.error(
            place(self.name),
            needed=needed >> 20,
            free=free >> 20,
            batch=(needed - lasting) >> 20,
            samples=schedule.room,
            advice=advice,
        )

    def _load(self, source: str, architecture: int, dynamic: int) -> int:
        """Compile and load the kernels; how many blocks the device holds at once."""
        known = [number for number in ARCHITECTURES if number <= architecture]
        exact = architecture in ARCHITECTURES
        compiled = compile_kernels(source, [architecture] if exact else [known[-1]])
        with tempfile.TemporaryDirectory(prefix="sfdfac-cuda-") as folder:
            file = Path(folder, "net.cubin" if exact else "net.ptx")
            file.write_bytes(compiled.cubins[architecture] if exact else compiled.ptx.encode())
            self._module = self._cupy.RawModule(path=str(file), enable_cooperative_groups=True)
            self._module.get_function("sfd_net_forward")  # loads it while the file is there
        (resources,) = compiled.resources.values()
        model = architecture if architecture in MULTIPROCESSORS else known[-1]
        resident = min(
            occupancy(each, THREADS, model, dynamic).blocks for each in resources.values()
        )
        count = int(self._device.attributes["MultiProcessorCount"])
        return count * max(1, min(RESIDENT, resident))


def _cupy() -> Any:  # noqa: ANN401 - a module without types
    try:
        import cupy
    except ImportError as error:
        raise NO_CUPY.error(place("cupy")) from error
    return cupy
