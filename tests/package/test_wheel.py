"""The wheel holds every file that the program reads when it runs, and one top-level name."""

import re
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SIBLINGS = ("dsl", "targets", "templates", "examples")

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("package")]


@pytest.fixture(scope="module")
def names(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def tracked(*folders):
    listing = subprocess.run(
        ["git", "ls-files", "-z", *folders], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [name for name in listing.split("\0") if name and not (ROOT / name).is_symlink()]


def test_the_wheel_has_one_top_level_name(names):
    assert {name.split("/")[0] for name in names} == {"sfdfa_compiler"}


def test_every_tracked_file_of_the_package_is_in_the_wheel(names):
    expected = {name for name in tracked("sfdfa_compiler") if (ROOT / name).is_file()}
    expected |= {f"sfdfa_compiler/{name}" for name in tracked(*SIBLINGS) if (ROOT / name).is_file()}
    assert expected - names == set()


@pytest.mark.parametrize(
    "pattern",
    [
        r"dsl/snn\.lark",
        r"examples/tiny\.snn",
        r"examples/mnist\.snn",
        r"templates/native/\w+\.(c|h)\.j2",
        r"targets/\w+/.*\.toml",
        r"explain/SNN201\.md",
        r"data/sample/.*images.*\.gz",
        r"py\.typed",
    ],
)
def test_the_wheel_has(names, pattern):
    assert [name for name in names if re.fullmatch(f"sfdfa_compiler/{pattern}", name)]


def test_the_wheel_has_no_rubbish(names):
    assert [name for name in names if "__pycache__" in name or name.endswith((".pyc", ".so"))] == []


def test_the_sdist_can_be_built_from(dist):
    (sdist,) = dist.glob("sfdfac-*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "setup.py", "LICENSE", "README.md", "dsl/snn.lark"} <= names


def test_the_wheel_says_where_to_start(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (path,) = (n for n in archive.namelist() if n.endswith(".dist-info/entry_points.txt"))
        text = archive.read(path).decode()
    assert "sfdfac = sfdfa_compiler.__main__:main" in text
    assert "native = sfdfa_compiler.targets.native:TARGET" in text
