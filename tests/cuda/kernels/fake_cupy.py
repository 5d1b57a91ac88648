"""As much of CuPy as the target and launch.py call, on the CPU: arrays, launches by fibers.

The kernels that it "loads" are executed from their text, so a session on this GPU shows that the
target calls CuPy rightly and gets the right bits; not that a GPU does.
"""

from __future__ import annotations

import weakref
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from sfdfa_compiler.targets.cuda.cpu import library
from sfdfa_compiler.targets.cuda.execute import Kernels

STREAM = 2  # a handle that nobody would guess


class CUDARuntimeError(RuntimeError):
    """What CuPy raises."""


class CUDADriverError(RuntimeError):
    """What CuPy raises."""


class OutOfMemoryError(MemoryError):
    """What CuPy raises."""


class Array:
    """An array whose content the host reaches by `get` and `set` alone."""

    def __init__(self, cupy, content):
        self._cupy = cupy
        self._content = content
        self.data = SimpleNamespace(ptr=content.ctypes.data)
        self.nbytes, self.dtype, self.size = content.nbytes, content.dtype, content.size
        self.itemsize = content.itemsize

    def reshape(self, *shape):
        return Array(self._cupy, self._content.reshape(*shape))

    def __getitem__(self, key):
        return Array(self._cupy, self._content[key])

    def set(self, values):
        assert values.dtype == self.dtype
        assert values.shape == self._content.shape
        self._cupy.log.append("write")
        self._content[...] = values

    def get(self):
        self._cupy.log.append("read")
        return self._content.copy()


class FakeCupy:
    """The module. `log` has what happened, in order: a word for each, and launches by kernel.

    Args:
        source: The text of the kernels.
        count: GPUs that are there.
        memory: Bytes of each.
        capability: Architecture.
        error: What the driver says instead of an answer.
        driver: Its version; 0 is none.
        refuses: What fails: "allocate", "load", "launch".
    """

    def __init__(
        self,
        source,
        *,
        count=1,
        memory=2**34,
        capability="90",
        error="",
        driver=13000,
        refuses=(),
    ):
        self.log = []
        self.launches = []
        self.loaded = []
        self.most_used = 0
        self._source = source
        self.memory = memory
        self._refuses = refuses
        self._alive = weakref.WeakValueDictionary()
        self.cuda = SimpleNamespace(
            runtime=SimpleNamespace(
                CUDARuntimeError=CUDARuntimeError,
                getDeviceCount=lambda: self._count(count, error),
                driverGetVersion=lambda: driver,
                runtimeGetVersion=lambda: 13000,
            ),
            driver=SimpleNamespace(CUDADriverError=CUDADriverError),
            memory=SimpleNamespace(OutOfMemoryError=OutOfMemoryError),
            Device=self._device(capability),
            get_current_stream=lambda: SimpleNamespace(ptr=STREAM),
        )

    def _device(self, capability):
        fake = self

        class Device:
            def __init__(self, number=0):
                self.number = number
                self.pci_bus_id = f"0000:{number:02X}:00.0"
                self.compute_capability = capability
                self.attributes = {
                    "MultiProcessorCount": 2,
                    "MaxSharedMemoryPerMultiprocessor": 228 * 1024,
                }

            def use(self):
                pass

            @property
            def mem_info(self):
                return fake.memory - fake.used, 2 * fake.memory

        return Device

    @staticmethod
    def _count(count, error):
        if error:
            raise CUDARuntimeError(error)
        return count

    @property
    def used(self):
        return sum(array.nbytes for array in self._alive.values())

    def get_default_memory_pool(self):
        return SimpleNamespace(free_bytes=lambda: 0)

    def zeros(self, shape, dtype):
        self.log.append("allocate")
        content = np.zeros(shape, dtype)
        if self.used + content.nbytes > self.memory or "allocate" in self._refuses:
            raise OutOfMemoryError(f"Out of memory allocating {content.nbytes} bytes")
        self._alive[content.ctypes.data] = content
        self.most_used = max(self.most_used, self.used)
        return Array(self, content)

    def asarray(self, values):
        array = self.zeros(values.shape, values.dtype)
        array.set(np.ascontiguousarray(values))
        return array

    def RawModule(self, *, path, enable_cooperative_groups):  # noqa: N802 - CuPy's name
        assert enable_cooperative_groups
        assert Path(path).stat().st_size > 1000
        if "load" in self._refuses:
            raise CUDADriverError("CUDA_ERROR_UNSUPPORTED_PTX_VERSION")
        self.loaded.append(Path(path).name)
        kernels = Kernels(library.build(self._source))

        def get_function(name):
            if name not in kernels.names:
                raise CUDADriverError("CUDA_ERROR_NOT_FOUND: named symbol not found")
            return Function(lambda *call: self._launch(kernels, name, *call))

        return SimpleNamespace(get_function=get_function)

    def _launch(self, kernels, name, grid, block, arguments, shared_mem):
        if "launch" in self._refuses:
            raise CUDADriverError("CUDA_ERROR_LAUNCH_FAILED: unspecified launch failure")
        (pointer,) = arguments
        assert isinstance(pointer, np.uint64)
        self.log.append(name)
        self.launches.append((name, grid, block, shared_mem))
        net = self._alive[int(pointer)]
        shape = {"grid": grid, "block": block, "dynamic_bytes": shared_mem}
        kernels.launch(name, net, **shape, cooperative=True)


def no_machine_code(monkeypatch):
    """Leave the CUDA compiler out: it takes seconds, and this CuPy needs nothing of it."""
    made = SimpleNamespace(cubins={90: 2000 * b" "}, ptx=2000 * " ")
    name = "sfdfa_compiler.targets.cuda.gpu.compile_kernels"
    monkeypatch.setattr(name, lambda text, architectures: made)


class Function:
    """A kernel, with what the driver says of it."""

    num_regs, shared_size_bytes, max_dynamic_shared_size_bytes = 64, 64, 0

    def __init__(self, launch):
        self._launch = launch

    def __call__(self, grid, block, arguments, *, shared_mem=0):
        self._launch(grid, block, arguments, shared_mem)
