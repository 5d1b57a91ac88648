"""CUDA C++ text -> a shared library for this CPU, kept in the user's cache."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from collections.abc import Callable
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

from sfdfa_compiler.codegen import host
from sfdfa_compiler.diagnostics import Rule, place
from sfdfa_compiler.files import reason

MISSING = Rule(
    code="SNN590",
    message="there is no C++ compiler: {tried}",
    notes=("without a GPU, CUDA kernels are compiled for the CPU and executed there",),
    help="install g++ or clang++, or `pip install ziglang`, or use `--target reference`",
)
FAILED = Rule(
    code="SNN591",
    message="{compiler} could not compile the CUDA kernels for the CPU",
    notes=(
        "this is a fault of sfdfac or of the compiler's installation, not of the program",
        "{output}",
    ),
    help="try another compiler: `CXX=clang++ sfdfac ...`; if it fails too, please report it",
)
UNWRITABLE = Rule(
    code="SNN592",
    message="cannot keep the compiled CUDA kernels: {reason}",
    help="make room, or choose another cache with XDG_CACHE_HOME",
)


class Variant(StrEnum):
    """What a library is built for."""

    PLAIN = "plain"  # speed
    CHECKED = "checked"  # every access through the dialect's words in range, and counted
    ADDRESS = "address"  # AddressSanitizer and UndefinedBehaviorSanitizer
    THREAD = "thread"  # ThreadSanitizer: finds races between threads and between blocks


VARIANT = "SFDFAC_CUDA_VARIANT"  # environment: which one `--device cpu` runs
UNKNOWN_VARIANT = Rule(
    code="SNN597",
    message="unknown variant of the kernels `{variant}`",
    help=f"{VARIANT} is {', '.join(f'`{each}`' for each in Variant)}",
)
COMMON = ("-std=c++17", "-fPIC", "-Wall", "-Wextra", "-Werror")
# One rounding per operation; all that nvcc takes for granted; a full stack touches its guard page.
KERNELS = (
    "-DSFD_ON_CPU",
    "-march=native",
    "-ffp-contract=off",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-fno-strict-aliasing",
    "-fstack-clash-protection",
    "-Wno-unknown-pragmas",
)
SANITIZERS = {
    Variant.ADDRESS: (
        "-fsanitize=address,undefined,float-cast-overflow",
        "-fno-sanitize-recover=all",
    ),
    Variant.THREAD: ("-fsanitize=thread",),
}
OPTIMISED = {
    Variant.PLAIN: ("-O2",),
    Variant.CHECKED: ("-O2", "-DSFD_CHECKED"),
    Variant.ADDRESS: ("-O1", "-g"),
    Variant.THREAD: ("-O1", "-g"),
}
RUNTIME_DEFINES = {Variant.ADDRESS: ("-DSFD_ASAN",), Variant.THREAD: ("-DSFD_TSAN",)}
RUNTIME = ("fiber.cpp", "block.cpp", "launch.cpp")
FIBERS = ("-DSFD_UCONTEXT",)  # what the runtime too must know
HEADERS = ("cuda_on_cpu.h", "seen.h", "memory.h", "runtime.h", "fiber.h")
LIBRARY = "libkernels.so"

_COMMENT = re.compile(r"/[*].*?[*]/|//[^\n]*", re.DOTALL)
_KERNEL = re.compile(
    r"__global__\s+(?:void\s+)?(?:__launch_bounds__\s*\((?:[^()]|\([^()]*\))*\)\s*)?(?:void\s+)?(?!__)(\w+)\s*\("
)


def dialect() -> str:
    """What stands at the top of every .cu file, before its kernels."""
    return _text("dialect.h")


def variant_from_environment() -> Variant:
    """What SFDFAC_CUDA_VARIANT names, else the plain one; SNN597 for other words."""
    name = os.environ.get(VARIANT, Variant.PLAIN)
    if name not in [*Variant]:
        raise UNKNOWN_VARIANT.error(place(VARIANT), variant=name)
    return Variant(name)


def kernel_names(source: str) -> tuple[str, ...]:
    """The kernels that a text defines, in its order."""
    return tuple(dict.fromkeys(_KERNEL.findall(_COMMENT.sub(" ", source))))


def build(
    source: str,
    variant: Variant = Variant.PLAIN,
    *,
    defines: tuple[str, ...] = (),
    compiler: host.Compiler | None = None,
) -> Path:
    """Compile kernels for this CPU, or find them compiled.

    Args:
        source: The text of a .cu file in the dialect of the project (`dialect()` at its top).
        variant: What the library is for.
        defines: Further flags, such as `-DTILE=64`; `-DSFD_UCONTEXT` takes the portable fibers.
        compiler: Else the first of `$CXX`, c++, g++, clang++, ziglang.

    Returns:
        The library, for `execute.Kernels`.

    Raises:
        UserError: SNN590 no compiler, SNN591 it failed, SNN592 the cache cannot be written.
    """
    compiler = compiler or find_compiler()
    runtime = _runtime(compiler, variant, tuple(set(defines) & set(FIBERS)))
    texts = {name: _text(name) for name in HEADERS}
    texts |= {"kernels.cu": source, "library.cpp": _library_text(source)}
    sanitizers = SANITIZERS.get(variant, ())
    flags = (*COMMON, *KERNELS, *OPTIMISED[variant], *sanitizers, *defines)
    link = ("-shared", "-pthread", *sanitizers)

    def make(work: Path, folder: Path) -> None:
        where = f"-fdebug-prefix-map={work}={folder}"
        compiler.run((*flags, where, "-c", "library.cpp"), work, "library.o", FAILED)
        linked = (*link, "library.o", str(runtime), "-o", LIBRARY)
        compiler.run(linked, work, LIBRARY, FAILED)

    return _made(texts, compiler, (*flags, *link, runtime.parent.name), LIBRARY, make)


def _runtime(compiler: host.Compiler, variant: Variant, defines: tuple[str, ...]) -> Path:
    """The runtime as one object; not sanitized, or a race detector would see the scheduler."""
    texts = {name: _text(name) for name in (*RUNTIME, *HEADERS)}
    texts["runtime.cpp"] = "".join(f'#include "{name}"\n' for name in RUNTIME)
    flags = (*COMMON, "-O2", *RUNTIME_DEFINES.get(variant, ()), *defines)

    def make(work: Path, _: Path) -> None:
        compiler.run((*flags, "-c", "runtime.cpp"), work, "runtime.o", FAILED)

    return _made(texts, compiler, flags, "runtime.o", make)


def cache_folder() -> Path:
    """Where compiled kernels are kept."""
    from platformdirs import user_cache_path

    return user_cache_path("sfdfac") / "cuda"


def preload(variant: Variant, compiler: host.Compiler | None = None) -> dict[str, str]:
    """The environment that a process needs to load a library of a variant; empty for most.

    A sanitizer must be there before everything else, so it cannot come with the library.
    """
    names = {Variant.ADDRESS: "libasan.so", Variant.THREAD: "libtsan.so"}
    if variant not in names:
        return {}
    command = (compiler or find_compiler()).command
    asked = [*command, f"-print-file-name={names[variant]}"]
    path = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    return {"LD_PRELOAD": path, "ASAN_OPTIONS": "detect_leaks=0", "TSAN_OPTIONS": "exitcode=66"}


# ---------------------------------------------------------------- the compiler


def find_compiler() -> host.Compiler:
    """The first C++ compiler that answers; SNN590 if none does, SNN543 if `CXX` has loose flags."""
    return host.find_compiler("CXX", ("c++", "g++", "clang++"), MISSING, "cuda on the CPU")


# ---------------------------------------------------------------- texts and the cache


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _library_text(source: str) -> str:
    exports = [f"SFD_EXPORT({name})" for name in kernel_names(source)]
    return "\n".join(['#include "cuda_on_cpu.h"', '#include "kernels.cu"', *exports, ""])


def _made(
    texts: dict[str, str],
    compiler: host.Compiler,
    flags: tuple[str, ...],
    product: str,
    make: Callable[[Path, Path], None],
) -> Path:
    """A product in the cache: the one that is there, if it is whole, or a new one.

    `make` gets the folder with the texts, where it shall leave the product, and the one where it
    will stay.
    """
    digest = hashlib.sha256()
    for part in (
        *sorted(texts.items()),
        compiler.command,
        compiler.version,
        flags,
        host.processor(),
    ):
        digest.update(f"{part}\0".encode())
    folder = cache_folder() / digest.hexdigest()[:32]
    path = folder / product
    if _intact(path):
        return path

    def filled(work: Path) -> list[str]:
        for name, text in texts.items():
            (work / name).write_text(text, encoding="utf-8")
        make(work, folder)
        _stamp(work / product).write_text(_digest(work / product) + "\n")
        sources = [name for name in texts if name == "kernels.cu"]  # debuggers show it
        return [*sources, product, _stamp(path).name]

    try:
        host.clear_way(folder, (product, _stamp(path).name))
        host.fill(folder, filled)
    except OSError as error:
        raise UNWRITABLE.error(place(cache_folder()), reason=reason(error)) from error
    return path


def _stamp(product: Path) -> Path:
    return product.with_suffix(".stamp")


def _digest(product: Path) -> str:
    return hashlib.sha256(product.read_bytes()).hexdigest()


def _intact(product: Path) -> bool:
    """Whether a product is what was made: else it is made again."""
    try:
        return _stamp(product).read_text().strip() == _digest(product)
    except (OSError, UnicodeDecodeError):
        return False
