"""Finds a C compiler: `$CC`, then cc, gcc, clang, then the package `ziglang`."""

from __future__ import annotations

from sfdfa_compiler.codegen import host
from sfdfa_compiler.diagnostics import Rule

MISSING = Rule(
    code="SNN540",
    message="there is no C compiler: {tried}",
    notes=("the target `native` compiles the C code that it generates",),
    help="install gcc or clang, or `pip install ziglang`, or use `--target reference`",
)


def find_compiler() -> host.Compiler:
    """The first compiler that answers; SNN540 if none does, SNN543 if `CC` has loose flags."""
    return host.find_compiler("CC", ("cc", "gcc", "clang"), MISSING, "native")
