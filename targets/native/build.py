"""C files -> a shared library, in the build directory or in the user's cache."""

from __future__ import annotations

import hashlib
import platform
import re
from pathlib import Path

from sfdfa_compiler.codegen import Artifact, Build
from sfdfa_compiler.codegen.host import Compiler, clear, clear_way, fill, processor
from sfdfa_compiler.diagnostics import Rule, place
from sfdfa_compiler.files import reason
from sfdfa_compiler.targets.native.compiler import find_compiler

FLAGS = (
    "-std=c11",
    "-O3",
    "-march=native",
    "-ffp-contract=off",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-fPIC",
    "-shared",
    "-pthread",
)
# gcc unrolls loops over lanes completely, or jams them into the loop outside, before it looks for
# vectors, and then finds none: 1.4 times slower.
GCC_FLAGS = ("--param", "max-completely-peel-times=8", "-fno-loop-unroll-and-jam")
X86_FLAGS = ("-mprefer-vector-width=512",)
LIBRARY = "libnet.so"
STAMP = "libnet.stamp"
ALONE = "infer.c"  # a program of its own beside the library

FAILED = Rule(
    code="SNN541",
    message="{compiler} could not compile the generated code",
    notes=(
        "this is a fault of sfdfac or of the compiler's installation, not of the program",
        "{output}",
    ),
    help="try another compiler: `CC=clang sfdfac ...`; if it fails too, please report it",
)
UNWRITABLE = Rule(
    code="SNN542",
    message="cannot write the build: {reason}",
    help="{advice}, or make room",
)


def build(artifact: Artifact, out: Path | None, extra: tuple[str, ...] = ()) -> Build:
    """Compile the C files of an artifact.

    Args:
        artifact: The files, by name.
        out: Where they and the library go; None: the user's cache, where a library that was made
            from the same code by the same compiler for the same processor is used again.
        extra: Further compiler flags (sanitizers in tests).

    Raises:
        UserError: SNN540, SNN543 no compiler, SNN541 it failed, SNN542 the folder cannot be
            written.
    """
    compiler = find_compiler()
    flags = (*flags_for(compiler), *extra)
    folder = out if out is not None else cache_folder() / cache_key(artifact, compiler, flags)
    cached = out is None and _intact(folder)
    try:
        if out is None and not cached:
            clear_way(folder, (LIBRARY, STAMP))
        if not cached:
            _compile(artifact, compiler, flags, folder)
    except OSError as error:
        advice = "choose another folder with -o" if out else "choose another cache: XDG_CACHE_HOME"
        raise UNWRITABLE.error(place(folder), reason=reason(error), advice=advice) from error
    return Build(
        path=folder,
        facts={
            "compiler": compiler.version,
            "flags": list(flags),
            "cached": cached,
            "library": LIBRARY,
        },
    )


def flags_for(compiler: Compiler) -> tuple[str, ...]:
    """What a compiler is told: the same bits from all of them, and loops over lanes as vectors."""
    gcc = () if compiler.is_clang else GCC_FLAGS
    x86 = X86_FLAGS if platform.machine().lower() in ("x86_64", "amd64") else ()
    return (*FLAGS, *gcc, *x86)


def command(sources: list[str]) -> str:
    """A command line that a person may type to make the program beside the library."""
    shared = {"-fPIC", "-shared", "-Werror"}
    flags = [flag for flag in FLAGS if flag not in shared]
    return " ".join(["cc", *flags, *sources, "-o", "infer", "-lm"])


def cache_folder() -> Path:
    """Where compiled libraries are kept."""
    from platformdirs import user_cache_path

    return user_cache_path("sfdfac") / "native"


def clear_cache() -> int:
    """Delete all cached builds; return how many there were."""
    return clear(cache_folder())


def cache_key(artifact: Artifact, compiler: Compiler, flags: tuple[str, ...]) -> str:
    """What a library depends on: code without comments, compiler, flags, processor; hex."""
    digest = hashlib.sha256()
    for name, text in sorted(artifact.files.items()):
        if name.endswith((".c", ".h")) and name != ALONE:
            code = re.sub(r"/[*].*?[*]/", "", text, flags=re.DOTALL)
            code = "\n".join(line for line in code.splitlines() if line.strip())
            digest.update(f"{name}\0{code}\0".encode())
    for part in (*compiler.command, compiler.version, *flags, processor()):
        digest.update(f"{part}\0".encode())
    return digest.hexdigest()[:32]


def usable(folder: Path) -> Path:
    """Where the library of a build lies: there, or in the cache, if it is for another machine.

    A build directory may come from a machine with another processor; then its sources are compiled
    again.
    """
    if _intact(folder):
        return folder
    sources = sorted(path for path in folder.iterdir() if path.suffix in (".c", ".h"))
    texts = {path.name: path.read_text(encoding="utf-8") for path in sources}
    return build(Artifact(texts), None).path


def _stamp(library: Path) -> str:
    """What tells that a library is whole and for this processor."""
    return hashlib.sha256(library.read_bytes() + processor().encode()).hexdigest()


def _intact(folder: Path) -> bool:
    """Whether a library is what was compiled, for this processor: else it is built again."""
    try:
        return (folder / STAMP).read_text().strip() == _stamp(folder / LIBRARY)
    except (OSError, UnicodeDecodeError):
        return False


def _compile(artifact: Artifact, compiler: Compiler, flags: tuple[str, ...], folder: Path) -> None:
    sources = sorted(name for name in artifact.files if name.endswith(".c") and name != ALONE)

    def make(work: Path) -> list[str]:
        for name, text in artifact.files.items():
            (work / name).write_text(text, encoding="utf-8")
        compiler.run((*flags, *sources, "-o", LIBRARY, "-lm"), work, LIBRARY, FAILED)
        (work / STAMP).write_text(_stamp(work / LIBRARY) + "\n")
        return sorted(path.name for path in work.iterdir())

    fill(folder, make)
