"""As much of CuPy as the target calls, on the CPU: arrays, devices, and launches by fibers.

The kernels that it "loads" are executed from their text, so a session on this GPU shows that the
target calls CuPy rightly and gets the right bits; not that a GPU does.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np

from sfdfa_compiler.targets.cuda.cpu import library
from sfdfa_compiler.targets.cuda.execute import Kernels


class CUDARuntimeError(RuntimeError):
    """What CuPy raises."""


class Array:
    """An array whose content the host reaches by `get` and `set` alone."""

    def __init__(self, content):
        self._content = content
        self.data = SimpleNamespace(ptr=content.ctypes.data)
        self.nbytes, self.dtype = content.nbytes, content.dtype

    def reshape(self, *shape):
        return Array(self._content.reshape(*shape))

    def __getitem__(self, key):
        return Array(self._content[key])

    def set(self, values):
        assert values.dtype == self.dtype
        self._content[...] = values

    def get(self):
        return self._content.copy()


class FakeCupy:
    """The module."""

    def __init__(self, source, *, count=1, free=2**34, capability="90", error=""):
        self.launches = []
        self._source = source
        self._keep = []
        self.cuda = SimpleNamespace(
            runtime=SimpleNamespace(
                CUDARuntimeError=CUDARuntimeError, getDeviceCount=lambda: self._count(count, error)
            ),
            Device=lambda number: SimpleNamespace(
                use=lambda: None,
                mem_info=(free, 2 * free),
                compute_capability=capability,
                attributes={"MultiProcessorCount": 2},
                number=number,
            ),
        )

    @staticmethod
    def _count(count, error):
        if error:
            raise CUDARuntimeError(error)
        return count

    def zeros(self, shape, dtype):
        self._keep.append(np.zeros(shape, dtype))
        return Array(self._keep[-1])

    def RawModule(self, *, path, enable_cooperative_groups):  # noqa: N802 - CuPy's name
        assert enable_cooperative_groups
        assert Path(path).stat().st_size > 1000
        kernels = Kernels(library.build(self._source))

        def get_function(name):
            assert name in kernels.names

            def launch(grid, block, arguments, shared_mem):
                assert isinstance(arguments[0], np.uint64)
                (address,) = (int(pointer) for pointer in arguments)
                (net,) = (array for array in self._keep if array.ctypes.data == address)
                self.launches.append((name, grid, block, shared_mem))
                kernels.launch(
                    name, net, grid=grid, block=block, dynamic_bytes=shared_mem, cooperative=True
                )

            return launch

        return SimpleNamespace(get_function=get_function)
