"""The arithmetic, once: micro-functions as expression graphs.

NumPy is imported only by those who import `evaluate`, `exact` or `ops`.
"""

from sfdfa_compiler.arith.nodes import (
    BOOL,
    FLOAT32,
    FLOAT64,
    INT32,
    INT64,
    UINT32,
    Expr,
    Format,
    Micro,
    Recipe,
)

__all__ = [
    "BOOL",
    "FLOAT32",
    "FLOAT64",
    "INT32",
    "INT64",
    "UINT32",
    "Expr",
    "Format",
    "Micro",
    "Recipe",
]
