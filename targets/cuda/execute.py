"""Launches CUDA kernels on the CPU: the same shape of call that a device takes."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.diagnostics import Rule, UserError, place

Array = NDArray[Any]
Argument = Array | np.generic | ctypes.Structure
Shape = int | tuple[int, ...]

ORDER = "SFDFAC_CUDA_ORDER"
ASCENDING, DESCENDING = 0, 1
MOST_THREADS = 1024  # of a block
MOST_RESIDENT = 1024  # blocks of a cooperative launch: each has a thread of the system

STOPPED = Rule(
    code="SNN593",
    message="the kernel `{kernel}` stopped on the CPU: {fault}",
    label="{what}",
    notes=(
        "block {block}, thread {thread}{line}",
        "the kernels are sfdfac's own, so this is its fault, not the program's",
    ),
    help="please report it, with the program and its seed; `--target reference` has no kernels",
)
UNKNOWN_ORDER = Rule(
    code="SNN594",
    message="unknown order of threads `{order}`",
    help=f"{ORDER} is `ascending`, `descending`, or the seed of a random order, such as `7`",
)


class Fault(IntEnum):
    """Why a launch ended early; the numbers are those of cpu/runtime.h."""

    DIVERGENT_BARRIER = 1
    INCOMPLETE_BARRIER = 2
    MISSING_LANE = 3
    MIXED_COLLECTIVES = 4
    FOREIGN_LANE = 5
    DEADLOCK = 6
    OUT_OF_RANGE = 7
    STACK_OVERFLOW = 8
    DIVISION_BY_ZERO = 9
    TRAP = 10
    NOT_COOPERATIVE = 11
    NO_RESOURCES = 12

    @property
    def words(self) -> str:
        """As a person says it."""
        return self.name.lower().replace("_", " ")


class KernelError(UserError):
    """A kernel did what no kernel may: the launch ended, the process goes on."""

    def __init__(self, kernel: str, report: _Report) -> None:
        """Take over what the runtime reported."""
        self.fault = Fault(report.fault)
        self.kernel = kernel
        self.block = tuple(report.block)
        self.thread = tuple(report.thread)
        self.line = report.line or None  # of the kernels' text
        self.what = report.text.decode(errors="replace")
        diagnostic = STOPPED.at(
            place(f"kernel {kernel}"),
            kernel=kernel,
            fault=self.fault.words,
            what=self.what,
            block=self.block,
            thread=self.thread,
            line=f", line {self.line} of the kernels" if self.line else "",
        )
        super().__init__([diagnostic])


@dataclass(frozen=True, slots=True)
class Traffic:
    """Bytes that the threads asked for; 0 unless the library is `Variant.CHECKED`."""

    loads: int
    stores: int


@dataclass(frozen=True, slots=True)
class Launch:
    """What a finished launch has done."""

    switches: int  # from one thread to another
    arrays: tuple[Traffic, ...]  # for each array: arguments, then buffers; overlapping ones share
    whole: Traffic  # of all global memory
    shared: Traffic


# ---------------------------------------------------------------- cpu/runtime.h, mirrored


class _Traffic(ctypes.Structure):
    _fields_ = (("loads", ctypes.c_uint64), ("stores", ctypes.c_uint64))


class _Buffer(ctypes.Structure):
    _fields_ = (("start", ctypes.c_size_t), ("bytes", ctypes.c_uint64), ("traffic", _Traffic))


class _Request(ctypes.Structure):
    _fields_ = (
        ("kernel", ctypes.c_int32),
        ("grid", ctypes.c_uint32 * 3),
        ("block", ctypes.c_uint32 * 3),
        ("dynamic_bytes", ctypes.c_uint32),
        ("workers", ctypes.c_uint32),
        ("order", ctypes.c_uint32),
        ("cooperative", ctypes.c_uint32),
        ("buffers", ctypes.c_uint32),
        ("buffer", ctypes.POINTER(_Buffer)),
        ("arguments", ctypes.POINTER(ctypes.c_void_p)),
    )


class _Report(ctypes.Structure):
    fault: int
    line: int
    block: Sequence[int]
    thread: Sequence[int]
    text: bytes
    _fields_ = (
        ("fault", ctypes.c_int32),
        ("line", ctypes.c_int32),
        ("block", ctypes.c_uint32 * 3),
        ("thread", ctypes.c_uint32 * 3),
        ("switches", ctypes.c_uint64),
        ("shared", _Traffic),
        ("text", ctypes.c_char * 1024),
    )


# ---------------------------------------------------------------- launching


class Kernels:
    """The kernels of a library that `cpu.library.build` made."""

    def __init__(self, library: Path) -> None:
        """Load it. A sanitized one needs `cpu.library.preload` in the process's environment."""
        self._library = ctypes.CDLL(str(library))
        self._library.sfd_kernel_name.restype = ctypes.c_char_p
        self._index: dict[str, int] = {}
        while (name := self._library.sfd_kernel_name(len(self._index))) is not None:
            self._index[name.decode()] = len(self._index)

    @property
    def names(self) -> tuple[str, ...]:
        """What can be launched, by name."""
        return tuple(sorted(self._index))

    def launch(
        self,
        name: str,
        *arguments: Argument,
        grid: Shape,
        block: Shape,
        dynamic_bytes: int = 0,
        order: int | None = None,
        workers: int | None = None,
        cooperative: bool = False,
        buffers: Sequence[Array] = (),
    ) -> Launch:
        """Run a kernel over a grid, to its end.

        Args:
            name: The kernel.
            arguments: Its parameters: arrays for pointers, else NumPy scalars or structures.
            grid: Blocks, along up to three axes.
            block: Threads of a block, likewise.
            dynamic_bytes: Dynamic shared memory.
            order: Of threads and blocks: 0 ascending, 1 descending, else the seed of a random one;
                None: what the environment's SFDFAC_CUDA_ORDER says, or ascending.
            workers: Threads of the system, at most; None: one for each processor.
            cooperative: All blocks run at once, so that they may call `sfd_grid_sync`.
            buffers: Further arrays that the kernel reaches, through pointers in structures.

        Raises:
            KernelError: The kernel did what no kernel may.
            UserError: SNN594, the environment names no order.
            ValueError: The call itself is wrong: a bug of the caller.
        """
        sizes = self._parameters(name)
        cells = [_cell(argument) for argument in arguments]
        if [ctypes.sizeof(cell) for cell in cells] != sizes:
            given = [ctypes.sizeof(cell) for cell in cells]
            raise ValueError(f"{name} takes parameters of {sizes} bytes, got {given}")
        arrays = [*(a for a in arguments if isinstance(a, np.ndarray)), *buffers]
        ranges, which = _ranges(arrays)
        pointers = [ctypes.addressof(cell) for cell in cells]
        request = _Request(
            kernel=self._index[name],
            grid=_shape(grid, (2**31 - 1, 65535, 65535)),
            block=_shape(block, (MOST_THREADS, MOST_THREADS, 64)),
            dynamic_bytes=dynamic_bytes,
            workers=workers or os.cpu_count() or 1,
            order=order_from_environment() if order is None else order,
            cooperative=cooperative,
            buffers=len(ranges),
            buffer=ranges,
            arguments=(ctypes.c_void_p * len(pointers))(*pointers),
        )
        if prod(request.block) > MOST_THREADS:
            raise ValueError(f"a block has at most {MOST_THREADS} threads, not {block}")
        if cooperative and prod(request.grid) > MOST_RESIDENT:
            raise ValueError(f"a cooperative launch has at most {MOST_RESIDENT} blocks here")
        report = _Report()
        if self._library.sfd_launch(ctypes.byref(request), ctypes.byref(report)):
            raise KernelError(name, report)
        return Launch(
            switches=report.switches,
            arrays=tuple(_traffic(ranges[index].traffic) for index in which),
            whole=Traffic(
                sum(one.traffic.loads for one in ranges), sum(one.traffic.stores for one in ranges)
            ),
            shared=_traffic(report.shared),
        )

    def _parameters(self, name: str) -> list[int]:
        """Bytes of each parameter."""
        if name not in self._index:
            raise ValueError(f"no kernel {name}, only {', '.join(self.names)}")
        sizes = ctypes.POINTER(ctypes.c_uint32)()
        count = self._library.sfd_kernel_parameters(self._index[name], ctypes.byref(sizes))
        return [sizes[i] for i in range(count)]


def parse_order(text: str) -> int:
    """`ascending`, `descending` or a seed -> what `launch` takes; SNN594 for other words."""
    named = {"ascending": ASCENDING, "descending": DESCENDING}
    if text in named:
        return named[text]
    if not text.isascii() or not text.isdigit():
        raise UNKNOWN_ORDER.error(place(ORDER), order=text)
    return 2 + int(text) % (2**32 - 2)


def order_from_environment() -> int:
    """The order that SFDFAC_CUDA_ORDER names; ascending if it names none."""
    return parse_order(os.environ.get(ORDER, "ascending"))


def _cell(argument: Argument) -> Any:  # noqa: ANN401 - any ctypes object
    """A ctypes object that holds an argument as the kernel reads it."""
    if isinstance(argument, np.ndarray):
        if not argument.flags.c_contiguous:
            raise ValueError("arrays must be contiguous")
        return ctypes.c_void_p(argument.ctypes.data)
    if isinstance(argument, np.generic):
        return (ctypes.c_char * argument.itemsize).from_buffer_copy(argument.tobytes())
    if isinstance(argument, ctypes.Structure):
        return argument
    raise TypeError(f"{argument!r} has no size of its own: use an array or a NumPy scalar")


def _shape(shape: Shape, most: tuple[int, ...]) -> Any:  # noqa: ANN401 - a ctypes array
    axes = (shape,) if isinstance(shape, int) else shape
    axes = (*axes, 1, 1)[:3] if len(axes) <= 3 else axes
    if len(axes) != 3 or any(not 1 <= n <= m for n, m in zip(axes, most, strict=True)):
        raise ValueError(f"{shape} is no shape of a launch")
    return (ctypes.c_uint32 * 3)(*axes)


def _ranges(arrays: Sequence[Array]) -> tuple[Any, list[int]]:
    """Disjoint pieces of memory, by address, and for each array the one that holds it."""
    spans = [(array.ctypes.data, array.ctypes.data + array.nbytes) for array in arrays]
    pieces: list[list[int]] = []
    for start, end in sorted(spans):
        if pieces and start < pieces[-1][1]:
            pieces[-1][1] = max(pieces[-1][1], end)
        elif not pieces or (start, end) != tuple(pieces[-1]):
            pieces.append([start, end])
    found = [
        next(i for i, (low, high) in enumerate(pieces) if low <= start and end <= high)
        for start, end in spans
    ]
    buffers = (_Buffer * len(pieces))()
    for buffer, (start, end) in zip(buffers, pieces, strict=True):
        buffer.start, buffer.bytes = start, end - start
    return buffers, found


def _traffic(counted: Any) -> Traffic:  # noqa: ANN401 - a _Traffic; ctypes fields have no types
    return Traffic(counted.loads, counted.stores)
