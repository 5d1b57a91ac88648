"""Where kernels run: the CPU, by fibers, or a GPU, by CuPy. Both own arrays and launch by name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from sfdfa_compiler.targets.cuda.execute import Kernels

Array = NDArray[Any]
CPU_BLOCKS = 4  # of a grid on the CPU: each has a thread of the system
ALIGNMENT = 64  # bytes: a memory transaction of a warp, at least


class Memory(Protocol):
    """An array on a device."""

    @property
    def address(self) -> int:
        """Where it lies, for kernels."""
        ...

    @property
    def bytes(self) -> int:
        """Its size."""
        ...

    @property
    def item_bytes(self) -> int:
        """Size of an element."""
        ...

    def write(self, values: Array) -> None:
        """Replace its content; as many elements as `values` has, from the first on."""
        ...

    def read(self, first: int | None = None) -> Array:
        """A copy of its content, or of so many of its first elements, flat."""
        ...


class Device(Protocol):
    """Something that kernels run on."""

    name: str  # "cuda:0"
    launches: int  # so far

    @property
    def free(self) -> int | None:
        """Bytes that can still be allocated; None: nobody counts."""
        ...

    def zeros(self, shape: int | tuple[int, ...], dtype: DTypeLike) -> Memory:
        """An array of zeros."""
        ...

    def launch(self, kernel: str, net: Memory, reached: Iterable[Memory], dynamic: int) -> None:
        """Start a kernel over a grid that is on the device as a whole; launches run in order."""
        ...


class HostArray:
    """An array that the CPU's kernels reach."""

    def __init__(self, shape: int | tuple[int, ...], dtype: DTypeLike) -> None:
        """All zeros, aligned."""
        kind = np.dtype(dtype)
        size = int(np.prod(shape)) * kind.itemsize
        raw = np.zeros(size + ALIGNMENT, np.uint8)
        start = -raw.ctypes.data % ALIGNMENT
        self.array: Array = raw[start : start + size].view(kind).reshape(shape)

    @property
    def address(self) -> int:
        """Where it lies."""
        return self.array.ctypes.data

    @property
    def bytes(self) -> int:
        """Its size."""
        return self.array.nbytes

    @property
    def item_bytes(self) -> int:
        """Size of an element."""
        return self.array.itemsize

    def write(self, values: Array) -> None:
        """Replace its content."""
        self.array.reshape(-1)[: values.size] = np.ravel(values)

    def read(self, first: int | None = None) -> Array:
        """A copy of its content, or of so many of its first elements, flat."""
        return self.array.copy() if first is None else self.array.reshape(-1)[:first].copy()


class Cpu:
    """The kernels' text, compiled for this machine and executed by fibers."""

    def __init__(self, library: Path, blocks: int = CPU_BLOCKS, order: int | None = None) -> None:
        """Load a library that `cpu.library.build` made; `order`: of threads, see `execute`."""
        self.name = "cpu"
        self.launches = 0
        self._kernels = Kernels(library)
        self._blocks = blocks
        self._order = order

    @property
    def free(self) -> None:
        """The system's memory is not counted."""

    def zeros(self, shape: int | tuple[int, ...], dtype: DTypeLike) -> HostArray:
        """An array of zeros."""
        return HostArray(shape, dtype)

    def launch(self, kernel: str, net: Memory, reached: Iterable[Memory], dynamic: int) -> None:
        """Run a kernel, to its end."""
        from sfdfa_compiler.targets.cuda.lower import THREADS

        self.launches += 1
        self._kernels.launch(
            kernel,
            _array(net),
            grid=self._blocks,
            block=THREADS,
            dynamic_bytes=dynamic,
            order=self._order,
            cooperative=True,
            buffers=[_array(memory) for memory in reached if memory.bytes],
        )


def _array(memory: Memory) -> Array:
    if not isinstance(memory, HostArray):
        raise TypeError("an array of another device")
    return memory.array
