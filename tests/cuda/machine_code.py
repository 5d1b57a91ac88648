"""What the compilers make of the kernels: a table of registers and memory, for the golden file.

    python -m tests.cuda.machine_code > tests/cuda/resources.txt

writes it anew, with nvcc and NVRTC 13.0 (their releases are pinned, so the figures are exact). Say
in the commit why they changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from sfdfa_compiler.schedule import Schedule
from sfdfa_compiler.targets.cuda import TARGET
from sfdfa_compiler.targets.cuda.compile import Compiled, Nvcc, Nvrtc, compile_kernels
from sfdfa_compiler.targets.cuda.emit import KERNELS
from sfdfa_compiler.targets.cuda.lower import THREADS, dynamic_bytes
from sfdfa_compiler.targets.cuda.resources import occupancy
from tests.cuda.programs import case_of, program_of, read_example
from tests.helpers import courses

GOLDEN = Path(__file__).with_name("resources.txt")
TOOLCHAINS = {"nvcc": Nvcc, "NVRTC": Nvrtc}
# One for each text of kernels that the examples have; emnist, fsdd, shd and tiny have mnist's.
EXAMPLES = ("mnist", "fashion_mnist", "mnist_bp", "mnist_dfa", "two_inputs")
SAME_AS_MNIST = ("emnist", "fsdd", "shd", "tiny")
OTHERS = ("sfdfa_exact", "dfa_shards", "bp_shards", "long_window", "long_window_bp")
PROGRAMS = (*EXAMPLES, *(f"case {name}" for name in OTHERS))
HEAD = "compiler program architecture kernel registers shared dynamic spilt stack occupancy"


def schedule_of(program: str) -> Schedule:
    """The plan of an example, or of a case of `programs`."""
    kind, _, name = program.rpartition(" ")
    return case_of(name).net.schedule if kind else program_of(read_example(name), 1).schedule


def text_of(program: str) -> str:
    """Its kernels."""
    return TARGET.emit(schedule_of(program), courses.ORIGIN).files[KERNELS]


@cache
def compiled(program: str, toolchain: str) -> Compiled:
    """Its machine code."""
    return compile_kernels(text_of(program), toolchain=TOOLCHAINS[toolchain]())


def rows(program: str, toolchain: str) -> Iterator[str]:
    """Its lines of the table."""
    dynamic = dynamic_bytes(schedule_of(program))
    for architecture, kernels in compiled(program, toolchain).resources.items():
        for kernel, used in kernels.items():
            share = occupancy(used, THREADS, architecture, dynamic).share
            yield (
                f"{toolchain} {program.replace(' ', ':')} sm_{architecture} {kernel} "
                f"{used.registers} {used.shared_bytes} {dynamic} "
                f"{used.spill_bytes} {used.stack_bytes} {share:.0%}"
            )


if __name__ == "__main__":
    print(HEAD)
    for chosen in TOOLCHAINS:
        for each in PROGRAMS:
            print(*rows(each, chosen), sep="\n", flush=True)
