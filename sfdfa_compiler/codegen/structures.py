"""C structures that Python fills: declared once, printed as C and mirrored for ctypes."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from typing import Any

Field = tuple[str, str]  # name, C type

SCALARS = {
    "int32_t": ctypes.c_int32,
    "int64_t": ctypes.c_int64,
    "uint32_t": ctypes.c_uint32,
    "uint64_t": ctypes.c_uint64,
}


def declarations(fields: tuple[Field, ...]) -> list[str]:
    """C member declarations, without semicolons."""
    return [f"{kind}{'' if kind.endswith('*') else ' '}{name}" for name, kind in fields]


def mirror(
    name: str, fields: tuple[Field, ...], types: Mapping[str, Any]
) -> type[ctypes.Structure]:
    """The ctypes mirror of a C structure; `types` are those beyond C's own, by name."""
    known = {**SCALARS, **types}
    members = [
        (field, ctypes.c_void_p if kind.endswith("*") else known[kind]) for field, kind in fields
    ]
    return type(name, (ctypes.Structure,), {"_fields_": members})
