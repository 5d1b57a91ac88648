"""A GPU through CuPy: arrays on the device, kernels from machine code or PTX.

CuPy is only the launcher: the kernels are compiled by nvcc or NVRTC with this project's flags, or
lie in the build directory. What can fail before a launch has a message, and so has what CuPy
raises.
"""

from __future__ import annotations

import hashlib
import platform
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from sfdfa_compiler.diagnostics import Rule, place
from sfdfa_compiler.schedule import Schedule
from sfdfa_compiler.targets.cuda.compile import ARCHITECTURES, OLDEST, compile_kernels
from sfdfa_compiler.targets.cuda.devices import Memory
from sfdfa_compiler.targets.cuda.emit import KERNELS
from sfdfa_compiler.targets.cuda.lower import RESIDENT, THREADS, dynamic_bytes, walks_of
from sfdfa_compiler.targets.cuda.resources import MULTIPROCESSORS, Resources, occupancy

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
TOO_OLD = Rule(
    code="SNN588",
    message="the GPU `{device}` has the architecture sm_{architecture}: sm_{oldest} is the oldest",
    help="`--device cpu` executes the same kernels on the CPU",
)
OLD_DRIVER = Rule(
    code="SNN595",
    message="the driver is too old: it knows CUDA {driver}, the installed CuPy needs {needed}",
    help="install a newer driver, or `--device cpu`: the same kernels, executed on the CPU",
)
REFUSED = Rule(
    code="SNN596",
    message="the GPU `{device}` could not {what}",
    notes=("{why}",),
    help="`--device cpu` executes the same kernels on the CPU, with checks that no GPU makes",
)


class DeviceArray:
    """An array on the GPU."""

    def __init__(self, array: Any, gpu: Gpu) -> None:  # noqa: ANN401 - CuPy has no types
        """Take over an array of CuPy's."""
        self.array = array
        self._gpu = gpu

    @property
    def address(self) -> int:
        """Where it lies."""
        return int(self.array.data.ptr)

    @property
    def bytes(self) -> int:
        """Its size."""
        return int(self.array.nbytes)

    @property
    def item_bytes(self) -> int:
        """Size of an element."""
        return int(self.array.itemsize)

    def write(self, values: Array) -> None:
        """Replace its content."""
        with self._gpu.asked("take data"):
            flat = np.ascontiguousarray(values).reshape(-1).view(self.array.dtype)
            self.array.reshape(-1)[: flat.size].set(flat)

    def read(self, first: int | None = None) -> Array:
        """A copy of its content; waits for all launches."""
        with self._gpu.asked("finish its work"):
            array = self.array if first is None else self.array.reshape(-1)[:first]
            content: Array = array.get()
        return content


class Gpu:
    """One GPU."""

    def __init__(self, folder: Path, name: str, schedule: Schedule, behind: int = 0) -> None:
        """Find it, and load machine code or PTX for it.

        Args:
            folder: The build: kernels as text, and compiled if it is a build directory.
            name: `cuda:0`.
            schedule: For the shared memory that is needed.
            behind: Take the GPU so many places behind that one, as if they stood in a circle.

        Raises:
            UserError: SNN584 no CuPy, SNN585 no such device, SNN588 too old a device, SNN595 too
                old a driver, SNN596 it refused, and what the compiler says.
        """
        self.name = name
        self.launches = 0
        self._cupy = _cupy()
        self._device = self._find(int(name.rpartition(":")[2]), behind)
        with self.asked("be opened"):
            self._device.use()
            architecture = int(self._device.compute_capability)
        if architecture < OLDEST:
            raise TOO_OLD.error(place(name), device=name, architecture=architecture, oldest=OLDEST)
        self._walks = [f"sfd_net_{walk.name}" for walk in walks_of(schedule)]
        self._kernels = self._load(folder, architecture, dynamic_bytes(schedule))

    @property
    def free(self) -> int:
        """Bytes that can still be allocated."""
        free, _ = self._device.mem_info
        return int(free) + int(self._cupy.get_default_memory_pool().free_bytes())

    def zeros(self, shape: int | tuple[int, ...], dtype: DTypeLike) -> DeviceArray:
        """An array of zeros."""
        kind = np.dtype(dtype)
        size = int(np.prod(shape))
        with self.asked(f"give {size * kind.itemsize} bytes of memory"):
            if kind.fields:  # CuPy has no records: their bytes
                return DeviceArray(self._cupy.zeros(size * kind.itemsize, np.uint8), self)
            return DeviceArray(self._cupy.zeros(shape, kind), self)

    @property
    def nccl(self) -> Any:  # noqa: ANN401 - a module without types
        """CuPy's side of NCCL; its `available` says whether NCCL is installed."""
        from cupy.cuda import nccl

        return nccl

    @property
    def stream(self) -> int:
        """Where launches queue."""
        return int(self._cupy.cuda.get_current_stream().ptr)

    @property
    def unique_name(self) -> bytes | None:
        """32 bytes that no other GPU has, on any machine; None without NCCL."""
        if not self.nccl.available:
            return None
        return hashlib.sha256(f"{platform.node()} {self._device.pci_bus_id}".encode()).digest()

    def launch(self, kernel: str, net: Memory, reached: Iterable[Memory], dynamic: int) -> None:
        """Queue a kernel over a grid that is on the device as a whole."""
        del reached
        self.launches += 1
        with self.asked("launch a kernel"):
            pointer = np.uint64(net.address)
            self._kernels[kernel]((self._blocks,), (THREADS,), (pointer,), shared_mem=dynamic)

    @contextmanager
    def asked(self, what: str, *further: type[Exception]) -> Iterator[None]:
        """What CuPy raises, and `further` errors, have a message: SNN596."""
        cuda = self._cupy.cuda
        raised = (
            cuda.runtime.CUDARuntimeError,
            cuda.driver.CUDADriverError,
            cuda.memory.OutOfMemoryError,
            *further,
        )
        try:
            yield
        except raised as error:
            words = {"device": self.name, "what": what, "why": str(error)}
            raise REFUSED.error(place(self.name), **words) from error

    def _find(self, number: int, behind: int) -> Any:  # noqa: ANN401 - a device of CuPy's
        runtime = self._cupy.cuda.runtime
        try:
            driver, needed = runtime.driverGetVersion(), runtime.runtimeGetVersion()
            if 0 < driver // 1000 < needed // 1000:
                words = {"driver": _version(driver), "needed": _version(needed)}
                raise OLD_DRIVER.error(place(self.name), **words)
            count = runtime.getDeviceCount() if driver else 0
        except runtime.CUDARuntimeError as error:
            raise self._missing(str(error), "the driver answers no call") from error
        if not driver:
            raise self._missing("no driver is installed", "a driver comes with the GPU, not by pip")
        if number >= count:
            raise self._missing("it is not there", f"there are {count}, from cuda:0 on")
        number = (number + behind) % count
        self.name = f"cuda:{number}"
        return self._cupy.cuda.Device(number)

    def _missing(self, why: str, found: str) -> Exception:
        return NO_DEVICE.error(place(self.name), device=self.name, why=why, found=found)

    def _load(self, folder: Path, architecture: int, dynamic: int) -> dict[str, Any]:
        """The kernels; from the build directory if it has them compiled, else compiled now."""
        exact = architecture in ARCHITECTURES
        name = f"net.sm_{architecture}.cubin" if exact else "net.ptx"
        if (folder / name).is_file():
            code = (folder / name).read_bytes()
        else:
            text = (folder / KERNELS).read_text(encoding="utf-8")
            compiled = compile_kernels(text, [architecture] if exact else [])
            code = compiled.cubins[architecture] if exact else compiled.ptx.encode()
        # CuPy remembers what it loaded by its path, so every load has a path of its own.
        with tempfile.TemporaryDirectory(prefix="sfdfac-cuda-") as temporary:
            file = Path(temporary, name)
            file.write_bytes(code)
            return self._functions(file, architecture, dynamic)

    def _functions(self, file: Path, architecture: int, dynamic: int) -> dict[str, Any]:
        """Load a file; find out how many blocks the device holds at once."""
        known = max(number for number in MULTIPROCESSORS if number <= architecture)
        functions, blocks = {}, RESIDENT
        with self.asked("load the kernels"):
            module = self._cupy.RawModule(path=str(file), enable_cooperative_groups=True)
            for kernel in self._walks:
                function = module.get_function(kernel)
                if dynamic > STATIC_SHARED:
                    function.max_dynamic_shared_size_bytes = dynamic
                used = Resources(int(function.num_regs), int(function.shared_size_bytes), 0, 0)
                blocks = min(blocks, occupancy(used, THREADS, known, dynamic).blocks)
                functions[kernel] = function
            count = int(self._device.attributes["MultiProcessorCount"])
        self._blocks = count * max(1, blocks)
        return functions


def _version(number: int) -> str:
    """13020 -> 13.2."""
    return f"{number // 1000}.{number % 1000 // 10}"


def _cupy() -> Any:  # noqa: ANN401 - a module without types
    try:
        import cupy
    except ImportError as error:
        raise NO_CUPY.error(place("cupy")) from error
    return cupy
