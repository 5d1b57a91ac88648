"""No compiler, a bad one, no room, a damaged cache: the message of its page, or a new build."""

import re
import resource
import shutil
import subprocess
import sys

import pytest

from sfdfa_compiler import explain
from sfdfa_compiler.codegen import Artifact
from sfdfa_compiler.diagnostics import UserError, render
from sfdfa_compiler.targets.cuda.cpu.library import find_compiler as find_cxx
from sfdfa_compiler.targets.native.build import (
    LIBRARY,
    build,
    cache_folder,
    clear_cache,
    usable,
)
from sfdfa_compiler.targets.native.compiler import find_compiler

ARTIFACT = Artifact({"one.c": "int one(void);\nint one(void)\n{\n    return 1;\n}\n"})


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def message(error: UserError) -> str:
    return render(error.diagnostics).strip()


def shown(code: str) -> str:
    """The message that the page of a code shows."""
    return re.search(r"```text\n(.*?)```", explain.page(code), re.DOTALL)[1].strip()


def compiler(folder, monkeypatch, name, text):
    """Make a program `name` the compiler."""
    folder.mkdir()
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    monkeypatch.setenv("CC", name)


def test_no_compiler(monkeypatch):
    monkeypatch.setenv("CC", "nocc")
    with pytest.raises(UserError) as caught:
        build(ARTIFACT, None)
    assert message(caught.value) == shown("SNN540")


def test_a_compiler_that_fails(tmp_path, monkeypatch):
    script = '[ "$1" = --version ] && echo spoilt 1 && exit 0\necho no room for a.out >&2\nexit 1'
    compiler(tmp_path / "bin", monkeypatch, "spoilt", script)
    with pytest.raises(UserError) as caught:
        build(ARTIFACT, None)
    assert message(caught.value) == shown("SNN541")
    assert not list(cache_folder().rglob("*.so"))


def test_a_folder_that_cannot_be(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "note.txt").write_text("no folder")
    with pytest.raises(UserError) as caught:
        build(ARTIFACT, (tmp_path / "note.txt" / "build").relative_to(tmp_path))
    assert message(caught.value) == shown("SNN542")


def test_a_cache_that_cannot_be(tmp_path, monkeypatch):
    """`-o` would not help: the cache lies elsewhere."""
    (tmp_path / "note.txt").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "note.txt"))
    with pytest.raises(UserError) as caught:
        build(ARTIFACT, None)
    assert "error[SNN542]: cannot write the build: not a directory" in message(caught.value)
    assert "help: choose another cache: XDG_CACHE_HOME, or make room" in message(caught.value)


def test_a_compiler_that_makes_nothing(monkeypatch):
    monkeypatch.setenv("CC", "/bin/true")
    with pytest.raises(UserError) as caught:
        build(ARTIFACT, None)
    assert "error[SNN541]" in message(caught.value)
    assert "it ended well, but there is no libnet.so" in message(caught.value)


@pytest.mark.parametrize("variable", ["CC", "CXX"])
@pytest.mark.parametrize(
    ("flags", "why"),
    [
        ("-ffast-math", "`-ffast-math` would change results"),
        ("-O2 -Ofast", "`-Ofast` would change results"),
        ("-funsafe-math-optimizations", "would change results"),
        ("-ffp-contract=fast", "would change results"),
        ("-mdaz-ftz", "would change results"),
        ("'", "no closing quotation"),
    ],
)
def test_flags_that_change_bits(monkeypatch, variable, flags, why):
    find = {"CC": find_compiler, "CXX": find_cxx}[variable]
    monkeypatch.setenv(variable, f"gcc {flags}")
    with pytest.raises(UserError) as caught:
        find()
    assert f"error[SNN543]: `{variable}` is not the command" in message(caught.value)
    assert why in message(caught.value)


def test_the_page_about_flags(monkeypatch):
    monkeypatch.setenv("CC", "gcc -ffast-math")
    with pytest.raises(UserError) as caught:
        build(ARTIFACT, None)
    assert message(caught.value) == shown("SNN543")


def test_flags_that_do_not_touch_arithmetic(monkeypatch):
    monkeypatch.setenv("CC", "gcc -pipe -march=native -fmessage-length=0")
    assert find_compiler().command[1:] == ("-pipe", "-march=native", "-fmessage-length=0")


def test_a_full_disk(tmp_path):
    """No file may grow beyond 100 bytes: a coded message, and nothing half-written."""
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from sfdfa_compiler.diagnostics import UserError\n"
        "from tests.bad_input.native.test_builds import ARTIFACT, build\n"
        "try:\n"
        "    build(ARTIFACT, Path(sys.argv[1]))\n"
        "except UserError as error:\n"
        "    print(*(found.code for found in error.diagnostics))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "out")],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (40, 40)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() in ("SNN541", "SNN542")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_build_is_used_again():
    assert [build(ARTIFACT, None).facts["cached"] for _ in range(2)] == [False, True]
    assert clear_cache() == 1
    assert build(ARTIFACT, None).facts["cached"] is False


@pytest.mark.parametrize("spoil", [b"", b"no library", None])
def test_a_damaged_build_is_made_again(spoil):
    library = build(ARTIFACT, None).path / LIBRARY
    whole = library.read_bytes()
    if spoil is None:
        library.with_suffix(".stamp").unlink()
    else:
        library.write_bytes(spoil)
    assert build(ARTIFACT, None).facts["cached"] is False
    assert library.read_bytes() == whole


def test_what_is_in_the_way_of_a_build_is_removed():
    folder = build(ARTIFACT, None).path
    shutil.rmtree(folder)
    folder.write_text("no folder")
    assert build(ARTIFACT, None).facts["cached"] is False
    (folder / LIBRARY).unlink()
    (folder / LIBRARY).mkdir()
    assert build(ARTIFACT, None).facts["cached"] is False
    (cache_folder() / "stray").write_text("no build")
    assert clear_cache() == 2


def test_comments_do_not_count():
    """A program with other constants has other comments, and the same code."""
    commented = Artifact({"one.c": "/* another program */\n" + ARTIFACT.files["one.c"]})
    build(ARTIFACT, None)
    assert build(commented, None).facts["cached"] is True


def test_a_build_of_another_machine_is_made_again(tmp_path, monkeypatch):
    folder = build(ARTIFACT, tmp_path / "out").path
    assert usable(folder) == folder
    monkeypatch.setattr("sfdfa_compiler.targets.native.build.processor", lambda: "another")
    assert usable(folder) != folder
    assert (usable(folder) / LIBRARY).is_file()
