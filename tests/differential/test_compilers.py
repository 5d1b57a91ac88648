"""gcc and clang, three levels, three sanitizers: the same bits, and nothing to complain about."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from sfdfa_compiler.targets.native.compiler import find_compiler
from tests.differential.sanitized import compiled, programs, train

ROOT = Path(__file__).resolve().parents[2]
SANITIZERS = {
    "address": ("libasan.so", "ASAN_OPTIONS", "detect_leaks=0"),
    "undefined": ("libubsan.so", "UBSAN_OPTIONS", "print_stacktrace=1"),
    "thread": ("libtsan.so", "TSAN_OPTIONS", "exitcode=66"),
}


@cache
def wanted() -> str:
    """The weights as the default compiler and flags give them, with one thread."""
    return train((), threads=1)


def needs(tool: str) -> None:
    if shutil.which(tool) is None:
        if os.environ.get("CI"):
            pytest.fail(f"{tool} is missing")
        pytest.skip(f"needs {tool}")


@pytest.mark.slow
@pytest.mark.parametrize("level", ["-O0", "-O1", "-O3"])
@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_same_bits_from_every_compiler(compiler, level, monkeypatch):
    needs(compiler)
    expected = wanted()
    monkeypatch.setenv("CC", compiler)
    assert compiler in find_compiler().name
    assert train((level,), threads=2) == expected


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
def test_same_bits_from_any_number_of_threads(threads):
    assert train((), threads=threads) == wanted()


@pytest.mark.slow
@pytest.mark.parametrize("sanitizer", SANITIZERS)
def test_clean_under(sanitizer, monkeypatch):
    """No bad access, no undefined behaviour, no race; and the bits do not change."""
    needs("gcc")
    expected = wanted()
    monkeypatch.setenv("CC", "gcc")
    library, options, value = SANITIZERS[sanitizer]
    found = subprocess.run(
        ["gcc", f"-print-file-name={library}"], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert Path(found).is_absolute(), f"{library} is not installed"
    flags = (f"-fsanitize={sanitizer}", "-fno-sanitize-recover=all", "-g", "-O1")
    for net in programs():
        compiled(net, flags)
    done = subprocess.run(
        [sys.executable, "-m", "tests.differential.sanitized", *flags],
        env={**os.environ, "LD_PRELOAD": found, options: value},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip() == expected
