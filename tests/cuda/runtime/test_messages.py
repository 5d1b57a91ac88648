"""Messages about CUDA compilers and kernels, as their pages show them; those of devices stand in
tests/cuda/kernels."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from sfdfa_compiler import explain
from sfdfa_compiler.diagnostics import UserError, render
from sfdfa_compiler.targets.cuda import compile as cuda
from sfdfa_compiler.targets.cuda.cpu import library
from sfdfa_compiler.targets.cuda.execute import ORDER, Kernels, order_from_environment

SOURCE = 'extern "C" __global__ void one(sfd_out<int> out)\n{\n    out[threadIdx.x] = 1;\n}\n'
FAULTY = SOURCE.replace("threadIdx.x", "threadIdx.x + 1").replace("one", "forward")
NVCC = (
    '[ "$1" = --version ] && echo "release {release}, V{release}.1" && exit 0\n'
    '[ "$1" = --list-gpu-code ] && echo sm_75 && echo sm_80 && echo sm_90 && exit 0\n'
    "echo no room for a temporary file\nexit 1"
)


@pytest.fixture
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Makes a program that is found before all others."""

    def make(name, text):
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
        monkeypatch.setenv("PATH", str(folder), prepend=":")

    return make


def no_compiler_580(program, monkeypatch, tmp_path):
    monkeypatch.setattr(cuda, "_nvcc", lambda: "")
    monkeypatch.setattr(cuda, "_nvrtc", lambda: None)
    cuda.compile_kernels(SOURCE)


def it_refuses_581(program, monkeypatch, tmp_path):
    program("nvcc", NVCC.format(release="13.0"))
    cuda.compile_kernels(SOURCE, [80])


def an_unknown_architecture_582(program, monkeypatch, tmp_path):
    program("nvcc", NVCC.format(release="13.0"))
    cuda.compile_kernels(SOURCE, [61, 80])


def an_old_compiler_583(program, monkeypatch, tmp_path):
    monkeypatch.setattr(cuda, "_nvrtc", lambda: None)
    program("nvcc", NVCC.format(release="11.8"))
    cuda.compile_kernels(SOURCE)


def no_cpp_compiler_590(program, monkeypatch, tmp_path):
    monkeypatch.setenv("CXX", "nocxx")
    library.build(SOURCE)


def a_spoilt_cpp_compiler_591(program, monkeypatch, tmp_path):
    program("spoilt", '[ "$1" = --version ] && echo spoilt 1 && exit 0\necho no room >&2\nexit 1')
    monkeypatch.setenv("CXX", "spoilt")
    library.build(SOURCE)


def a_file_in_the_way_592(program, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    Path("cache").mkdir()
    Path("cache/sfdfac").write_text("")
    monkeypatch.setattr(library, "cache_folder", lambda: Path("cache/sfdfac/cuda"))
    library.build(SOURCE)


def a_kernel_that_goes_too_far_593(program, monkeypatch, tmp_path):
    kernels = Kernels(library.build(FAULTY, library.Variant.CHECKED))
    kernels.launch("forward", np.zeros(128, np.int32), grid=1, block=128)


def an_order_without_a_name_594(program, monkeypatch, tmp_path):
    monkeypatch.setenv(ORDER, "sideways")
    order_from_environment()


def a_variant_without_a_name_597(program, monkeypatch, tmp_path):
    monkeypatch.setenv(library.VARIANT, "bogus")
    library.variant_from_environment()


CASES = {
    f"SNN{name.rpartition('_')[2]}": case
    for name, case in list(globals().items())
    if re.search(r"_\d{3}$", name) and callable(case)
}


@pytest.mark.usefixtures("_own_cache")
@pytest.mark.parametrize("code", CASES)
def test_the_message_is_that_of_the_page(code, program, monkeypatch, tmp_path):
    with pytest.raises(UserError) as caught:
        CASES[code](program, monkeypatch, tmp_path)
    shown = re.search(r"```text\n(.*?)```", explain.page(code), re.DOTALL)[1].strip()
    assert render(caught.value.diagnostics).strip() == shown


def test_every_code_has_a_case():
    found = [code for code in explain.codes() if "SNN580" <= code <= "SNN597"]
    elsewhere = {*(f"SNN{code}" for code in range(584, 590)), "SNN595", "SNN596"}  # of the GPU
    assert [code for code in found if code not in elsewhere] == sorted(CASES)


@pytest.mark.usefixtures("_own_cache")
def test_a_full_disk(tmp_path):
    """No file may grow beyond 100 bytes: a coded message, and nothing half-written."""
    program = (
        "import sys, resource\n"
        "from sfdfa_compiler.diagnostics import UserError\n"
        "from sfdfa_compiler.targets.cuda.cpu.library import build\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "try:\n"
        "    build(sys.argv[1])\n"
        "except UserError as error:\n"
        "    print(error.diagnostics[0].code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, SOURCE], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() in {"SNN591", "SNN592"}
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]


@pytest.mark.usefixtures("_own_cache")
def test_a_damaged_library_is_built_again():
    path = library.build(SOURCE)
    before = path.stat().st_ino
    assert library.build(SOURCE).stat().st_ino == before
    path.write_bytes(path.read_bytes()[:-100])
    assert library.build(SOURCE).stat().st_ino != before
    out = np.zeros(3, np.int32)
    Kernels(path).launch("one", out, grid=1, block=3)
    assert out.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    "line",
    [
        "atomicAdd(&out[0], 1.0f);",
        "atomicAdd(&wide[0], 1.0);",
        "out[0] = __expf(out[0]);",
        "out[0] = fmaxf(out[0], 1.0f);",
        "out[0] = rsqrtf(out[0]);",
    ],
)
def test_what_is_not_in_the_dialect_does_not_compile(line):
    text = 'extern "C" __global__ void bad(float *out, double *wide)\n{\n    (void)wide;\n'
    text += f"    {line}\n}}\n"
    library.build(text.replace(line, "out[0] = 1.0f;"))
    with pytest.raises(UserError) as caught:
        library.build(text)
    assert "kernels.cu:4" in caught.value.diagnostics[0].notes[1]


def test_nvcc_is_taken_if_it_is_there(monkeypatch, tmp_path, program):
    program("nvcc", NVCC.format(release="13.7"))
    assert cuda.find_toolchain().name == "nvcc 13.7"
    monkeypatch.setattr(shutil, "which", lambda name: name if name == "gcc" else None)
    nvidia = tmp_path / "site-packages" / "nvidia"
    packages = SimpleNamespace(submodule_search_locations=[str(nvidia)])
    monkeypatch.setattr(cuda, "find_spec", lambda name: packages if name == "nvidia" else True)
    assert cuda.find_toolchain().name.startswith("NVRTC 13")
    (nvidia / "cu13" / "bin").mkdir(parents=True)
    shutil.copy(tmp_path / "bin" / "nvcc", nvidia / "cu13" / "bin" / "nvcc")
    assert cuda.find_toolchain().name == "nvcc 13.7"


@pytest.mark.parametrize(
    "text", ["exit 1", NVCC.format(release="11.8"), "echo nothing"], ids=["broken", "old", "dumb"]
)
def test_an_nvcc_that_cannot_work_does_not_hide_nvrtc(program, text):
    program("nvcc", text)
    assert cuda.find_toolchain().name.startswith("NVRTC 13")


def test_nvcc_needs_a_host_compiler(program, monkeypatch, tmp_path):
    program("nvcc", NVCC.format(release="13.7"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}")
    monkeypatch.delenv("NVCC_CCBIN", raising=False)
    assert cuda.find_toolchain().name.startswith("NVRTC 13")
    monkeypatch.setenv("NVCC_CCBIN", "/a/compiler")
    assert cuda.find_toolchain().name == "nvcc 13.7"


def test_a_variant_by_its_name(monkeypatch):
    monkeypatch.setenv(library.VARIANT, "checked")
    assert library.variant_from_environment() is library.Variant.CHECKED
