"""The header for hosts: C11 and C++17 without a warning, and the structures that Python fills."""

import ctypes
import subprocess

import pytest

from sfdfa_compiler.targets.cuda import TARGET, layout
from sfdfa_compiler.targets.cuda.lower import constant_names
from tests.helpers import courses, nets

NET = nets.random_program(3, sizes=(6, 40, 33, 5), shards=2)
NAMES = ("SFD_FORWARD", "SFD_LEARN", "SFD_SENSE", "SFD_JUDGE", "SFD_ADAPT")
LANGUAGES = {"c": ("gcc", "-std=c11"), "cpp": ("g++", "-std=c++17")}
KINDS = {
    "sfd_source": layout.structures(()).source,
    "sfd_layer": layout.structures(constant_names(NET.schedule)).layer,
    "sfd_net": layout.structures(()).net,
}


@pytest.mark.parametrize("suffix", LANGUAGES)
def test_a_host_sees_what_python_fills(suffix, tmp_path):
    compiler, standard = LANGUAGES[suffix]
    wanted = {
        f"{name}.{field}": getattr(kind, field).offset
        for name, kind in KINDS.items()
        for field, _ in kind._fields_
    }
    wanted |= {f"sfd_step.{name}": layout.STEP_RECORD.fields[name][1] for name, _ in layout.STEP}
    sizes = {name: ctypes.sizeof(kind) for name, kind in KINDS.items()}
    sizes |= {"sfd_step": layout.STEP_RECORD.itemsize, "sfd_spike": 16}
    prints = [
        *(f'printf("%zu\\n", offsetof({name.replace(".", ", ")}));' for name in wanted),
        *(f'printf("%zu\\n", sizeof({name}));' for name in sizes),
    ]
    program = tmp_path / f"host.{suffix}"
    lines = ["#include <stddef.h>", "#include <stdio.h>", '#include "net.h"']
    lines += ["int main(void)", "{", *prints, *(f"puts({name});" for name in NAMES)]
    lines += ["return SFD_LAYER_LAYER2 - 2;", "}", ""]
    program.write_text("\n".join(lines))
    files = TARGET.emit(NET.schedule, courses.ORIGIN).files
    (tmp_path / "net.h").write_text(files["net.h"])
    flags = ["-Wall", "-Wextra", "-Werror", "-pedantic", standard]
    subprocess.run([compiler, *flags, str(program), "-o", str(tmp_path / "host")], check=True)
    done = subprocess.run([tmp_path / "host"], check=True, capture_output=True, text=True)
    words = done.stdout.split()
    numbers, kernels = words[: -len(NAMES)], words[-len(NAMES) :]
    assert list(map(int, numbers)) == [*wanted.values(), *sizes.values()]
    assert all(f" {kernel}(" in files["net.cu"] for kernel in kernels)
    assert len(set(kernels)) == len(NAMES)
