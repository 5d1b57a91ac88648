"""The closed set of operations: how NumPy does each. C is in `codegen.c_printer`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.arith.exact import fma32, fma64
from sfdfa_compiler.arith.nodes import Format

Array = NDArray[Any]

NUMPY: dict[str, Callable[..., Array]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "neg": np.negative,
    "abs": np.abs,
    "sqrt": np.sqrt,
    "min": np.minimum,
    "max": np.maximum,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "xor": np.bitwise_xor,
    "shr": np.right_shift,
    "shl": np.left_shift,
    "select": np.where,
}

FMA = {32: fma32, 64: fma64}


def dtype(format: Format) -> np.dtype[Any]:
    """The NumPy type that holds a format."""
    return np.dtype(np.bool_ if format.kind == "bool" else str(format.storage))
