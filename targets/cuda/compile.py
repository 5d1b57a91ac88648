"""CUDA C++ text -> PTX and cubins, offline: by nvcc, or by NVRTC from Python packages.

Neither needs a driver or a device. Every operation is rounded once and as it is written: no
contraction, no flush to zero, division and square root to the last bit.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from sfdfa_compiler.diagnostics import Diagnostic, Rule, UserError, place
from sfdfa_compiler.targets.cuda.resources import Resources, parse_report

ARCHITECTURES = (75, 80, 90, 100, 120)  # cubins; every other device takes the PTX
OLDEST = 75  # what the PTX is for
OLDEST_CUDA = (12, 8)  # the first that knows sm_120
SOURCE = "kernels.cu"

# The same words for both; nvcc has these as its defaults but for -fmad.
ROUNDING = ("-fmad=false", "-ftz=false", "-prec-div=true", "-prec-sqrt=true")
NVCC_FLAGS = ("-std=c++17", *ROUNDING, "-Werror", "all-warnings")
NVRTC_FLAGS = ("-std=c++17", *(f"-{flag}" for flag in ROUNDING))

MISSING = Rule(
    code="SNN580",
    message="there is no CUDA compiler",
    notes=(
        "nvcc is not there, does not answer, or has no gcc beside it; NVRTC is not installed",
        "neither a driver nor a GPU is needed to compile",
    ),
    help="`pip install 'sfdfac[cuda]'` brings NVRTC; or install the CUDA toolkit",
)
FAILED = Rule(
    code="SNN581",
    message="{compiler} could not compile the kernels for sm_{architecture}",
    notes=(
        "this is a fault of sfdfac or of the compiler's installation, not of the program",
        "{output}",
    ),
    help="please report it, with this message; `--target native` does without",
)
UNKNOWN = Rule(
    code="SNN582",
    message="{compiler} does not know the architecture sm_{architecture}",
    notes=("it knows {known}",),
    help="install another CUDA release, or let `pip install --upgrade 'sfdfac[cuda]'` bring NVRTC",
)
TOO_OLD = Rule(
    code="SNN583",
    message="{compiler} is too old: CUDA {oldest} or later is needed",
    notes=("no older one compiles for all of {architectures}",),
    help="`pip install --upgrade 'sfdfac[cuda]'`, or install a newer CUDA toolkit",
)


class Toolchain(Protocol):
    """A compiler for CUDA C++ that answered."""

    @property
    def name(self) -> str:
        """Which one, with its version: `nvcc 13.0`."""
        ...

    def architectures(self) -> tuple[int, ...]:
        """What it compiles for, ascending."""
        ...

    def ptx(self, source: str, architecture: int) -> str:
        """The intermediate text."""
        ...

    def cubin(self, source: str, architecture: int) -> tuple[bytes, str]:
        """Machine code, and the assembler's report on registers and memory."""
        ...


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a build directory gets."""

    toolchain: str
    ptx: str  # for the oldest architecture
    cubins: Mapping[int, bytes]  # by architecture
    resources: Mapping[int, Mapping[str, Resources]]  # by architecture and kernel


def compile_kernels(
    source: str,
    architectures: Iterable[int] = ARCHITECTURES,
    toolchain: Toolchain | None = None,
) -> Compiled:
    """Compile the text of a .cu file.

    Args:
        source: The text; it includes nothing.
        architectures: What to make machine code for, as numbers: 90 for sm_90.
        toolchain: Else nvcc if it can work here, else NVRTC.

    Raises:
        UserError: SNN580 no compiler, SNN581 it refused, SNN582 unknown architecture, SNN583 too
            old a compiler.
    """
    toolchain = toolchain or find_toolchain()
    wanted = sorted(set(architectures))
    known = toolchain.architectures()
    for architecture in (OLDEST, *wanted):
        if architecture not in known:
            raise UNKNOWN.error(
                place("cuda"),
                compiler=toolchain.name,
                architecture=architecture,
                known=", ".join(f"sm_{number}" for number in known),
            )
    made = {architecture: toolchain.cubin(source, architecture) for architecture in wanted}
    return Compiled(
        toolchain=toolchain.name,
        ptx=toolchain.ptx(source, OLDEST),
        cubins={architecture: cubin for architecture, (cubin, _) in made.items()},
        resources={architecture: parse_report(words) for architecture, (_, words) in made.items()},
    )


def find_toolchain() -> Toolchain:
    """Nvcc if it can work here, else NVRTC; SNN583 if there are but old ones, SNN580 if none is."""
    old: list[Diagnostic] = []
    for compiler in (Nvcc, Nvrtc) if _has_host_compiler() else (Nvrtc,):
        try:
            return compiler()
        except UserError as error:
            old += [found for found in error.diagnostics if found.code == TOO_OLD.code]
    if old:
        raise UserError(old)
    raise MISSING.error(place("cuda"))


class Nvcc:
    """The toolkit's own compiler; it needs a C++ compiler beside it."""

    def __init__(self) -> None:
        """Ask it for its version; SNN580 if it does not answer, SNN583 if it is too old."""
        self.command = _nvcc()
        found = re.search(r"release (\d+)\.(\d+)", _answer(self.command, "--version"))
        if not found:
            raise MISSING.error(place("nvcc"))
        self.version = (int(found[1]), int(found[2]))
        _check_age(self.name, self.version)

    @property
    def name(self) -> str:
        """Which one, with its version."""
        return "nvcc {}.{}".format(*self.version)

    def architectures(self) -> tuple[int, ...]:
        """What it compiles for."""
        listed = re.findall(r"sm_(\d+)", _answer(self.command, "--list-gpu-code"))
        return tuple(sorted(int(number) for number in listed))

    def ptx(self, source: str, architecture: int) -> str:
        """The intermediate text."""
        made, _ = self._run(source, architecture, "-ptx")
        return made.decode()

    def cubin(self, source: str, architecture: int) -> tuple[bytes, str]:
        """Machine code, and ptxas's report."""
        return self._run(source, architecture, "-cubin", "-Xptxas", "-v")

    def _run(self, source: str, architecture: int, *kind: str) -> tuple[bytes, str]:
        with tempfile.TemporaryDirectory(prefix="sfdfac-cuda-") as folder:
            work = Path(folder)
            (work / SOURCE).write_text(source, encoding="utf-8")
            command = [self.command, *NVCC_FLAGS, f"-arch=sm_{architecture}", *kind]
            done = subprocess.run(
                [*command, SOURCE, "-o", "made"],
                cwd=work,
                capture_output=True,
                text=True,
                check=False,
            )
            output = (done.stdout + done.stderr).strip()
            if done.returncode:
                raise _failure(self.name, architecture, output)
            return (work / "made").read_bytes(), output


class Nvrtc:
    """The compiler as a library, from the packages cuda-bindings and nvidia-cuda-nvrtc."""

    def __init__(self) -> None:
        """Load it; SNN580 if it is not installed, SNN583 if it is too old."""
        library = _nvrtc()
        if library is None:
            raise MISSING.error(place("nvrtc"))
        self._nvrtc = library
        self.version: tuple[int, int] = self._call("nvrtcVersion")
        _check_age(self.name, self.version)

    @property
    def name(self) -> str:
        """Which one, with its version."""
        return "NVRTC {}.{}".format(*self.version)

    def architectures(self) -> tuple[int, ...]:
        """What it compiles for."""
        (found,) = self._call("nvrtcGetSupportedArchs")
        return tuple(sorted(found))

    def ptx(self, source: str, architecture: int) -> str:
        """The intermediate text."""
        made, _ = self._compile(source, f"compute_{architecture}", "PTX")
        return made.rstrip(b"\0").decode()

    def cubin(self, source: str, architecture: int) -> tuple[bytes, str]:
        """Machine code, and the report of the assembler inside of the library."""
        return self._compile(source, f"sm_{architecture}", "CUBIN", "--ptxas-options=-v")

    def _compile(self, source: str, target: str, kind: str, *more: str) -> tuple[bytes, str]:
        (program,) = self._call("nvrtcCreateProgram", source.encode(), SOURCE.encode(), 0, [], [])
        try:
            flags = (*NVRTC_FLAGS, f"--gpu-architecture={target}", *more)
            options = [flag.encode() for flag in flags]
            (status,) = self._nvrtc.nvrtcCompileProgram(program, len(options), options)
            log = self._fetch(program, "ProgramLog").rstrip(b"\0").decode(errors="replace").strip()
            # NVRTC cannot be told to take warnings for errors.
            if status != self._nvrtc.nvrtcResult.NVRTC_SUCCESS or ": warning" in log:
                raise _failure(self.name, int(target.rpartition("_")[2]), log or str(status))
            return self._fetch(program, kind), log
        finally:
            self._call("nvrtcDestroyProgram", program)

    def _fetch(self, program: object, what: str) -> bytes:
        (size,) = self._call(f"nvrtcGet{what}Size", program)
        made = bytes(size)
        self._call(f"nvrtcGet{what}", program, made)
        return made

    def _call(self, name: str, *arguments: object) -> tuple[Any, ...]:
        """Call a function of the library; what it returns behind its status."""
        status, *results = getattr(self._nvrtc, name)(*arguments)
        if status != self._nvrtc.nvrtcResult.NVRTC_SUCCESS:
            raise RuntimeError(f"{name}: {status}")
        return tuple(results)


def _nvcc() -> str:
    """The command: that on PATH, else that of the package nvidia-cuda-nvcc; empty for none."""
    folders = getattr(find_spec("nvidia"), "submodule_search_locations", None) or ()
    packaged = [str(path) for folder in folders for path in Path(folder).glob("*/bin/nvcc")]
    return shutil.which("nvcc") or next(iter(packaged), "")


def _has_host_compiler() -> bool:
    """Whether nvcc finds the C++ compiler that it calls: that of a variable, else gcc."""
    return "NVCC_CCBIN" in os.environ or any(map(shutil.which, ("gcc", "g++", "cl")))


@cache
def _nvrtc() -> Any:  # noqa: ANN401 - a module of cuda-bindings, which has no types
    """The module, if it and the library that it loads are installed; else None."""
    if find_spec("cuda") is None or find_spec("cuda.bindings") is None:
        return None
    from cuda.bindings import nvrtc

    try:
        nvrtc.nvrtcVersion()
    except Exception:  # each version has another class for a library that is not found
        return None
    return nvrtc


def _answer(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _check_age(name: str, version: tuple[int, int]) -> None:
    if version < OLDEST_CUDA:
        raise TOO_OLD.error(
            place("cuda"),
            compiler=name,
            oldest="{}.{}".format(*OLDEST_CUDA),
            architectures=", ".join(f"sm_{number}" for number in ARCHITECTURES),
        )


def _failure(compiler: str, architecture: int, output: str) -> Exception:
    return FAILED.error(
        place(SOURCE), compiler=compiler, architecture=architecture, output=output[:2000]
    )
