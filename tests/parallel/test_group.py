"""Groups without MPI: who was started how, what is missing, and last words."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sfdfa_compiler.parallel import Alone, FollowedError, join
from sfdfa_compiler.parallel.launch import Place, place_of
from tests.helpers.small import write_small

ROOT = Path(__file__).resolve().parents[2]
MPICH = {"PMI_RANK": "2", "PMI_SIZE": "3", "MPI_LOCALNRANKS": "2"}
OPEN_MPI = {"OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "4"}


@pytest.mark.parametrize(
    ("environment", "place"),
    [
        ({}, None),
        ({"PMI_RANK": "0", "PMI_SIZE": "1"}, None),
        ({"PMI_RANK": "x", "PMI_SIZE": "3"}, None),
        (MPICH, Place(2, 3, 2)),
        (OPEN_MPI, Place(1, 4, 4)),
        (OPEN_MPI | {"OMPI_COMM_WORLD_LOCAL_SIZE": "2"}, Place(1, 4, 2)),
    ],
)
def test_the_launcher_is_known_by_its_environment(environment, place):
    assert place_of(environment) == place


def test_a_process_alone_imports_no_mpi():
    code = "import sys; from sfdfa_compiler.parallel import join; join(); print(*sys.modules)"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PMI", "OMPI"))}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "sfdfa_compiler.parallel" in done.stdout
    assert "mpi4py" not in done.stdout


def test_alone():
    group = Alone()
    group.meet()
    group.agree({"data": "x"})
    assert group.fail(1)
    assert not group.stopping
    group.ask_to_stop()
    assert group.stopping


@pytest.mark.parametrize(
    ("module", "message"),
    [
        ("raise ModuleNotFoundError(\"No module named 'mpi4py'\")", "mpi4py is not installed"),
        ("raise RuntimeError('cannot load MPI library')", "mpi4py cannot be used: cannot load"),
    ],
)
@pytest.mark.parametrize("rank", [0, 1])
def test_no_mpi(rank, module, message, tmp_path):
    """Process 0 says what to install; the others end with the same code."""
    (tmp_path / "mpi4py.py").write_text(module)
    path = write_small(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "sfdfa_compiler", "train", path.name, "--data", "digits.npz"],
        cwd=tmp_path,
        env=os.environ
        | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}", "PMI_RANK": str(rank), "PMI_SIZE": "2"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    if rank == 0:
        assert "error[SNN561]: 2 processes were started, but " + message in done.stderr
        assert "pip install 'sfdfac[mpi]'" in done.stderr
    else:
        assert done.stderr == ""


def test_two_mpi_libraries(monkeypatch):
    """A launcher that mpi4py's library does not know: every process believes to be alone."""
    pytest.importorskip("mpi4py", reason="comes with the tools of a developer")
    code = (
        "from sfdfa_compiler.parallel.join import join\n"
        "from sfdfa_compiler.parallel.launch import Place\n"
        "from sfdfa_compiler.diagnostics import UserError\n"
        "try: join(Place(0, 2, 2))\n"
        "except UserError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "SNN561" in done.stdout
    assert "different MPI libraries" in done.stdout


BROKEN = """\
from mpi4py import MPI
from sfdfa_compiler.diagnostics import UserError
from sfdfa_compiler.parallel.launch import Place
from sfdfa_compiler.parallel.mpi import MpiGroup
class Broken:
    def Iallgatherv(self, *_):
        raise MPI.Exception(MPI.ERR_OTHER)
group = MpiGroup(Place(0, 1, 1))
group.meet()
group._comm = Broken()
try:
    group.meet()
except UserError as error:
    print(error)
print(group.fail(1))
group.close()
print(MPI.Is_finalized())
"""


def test_a_connection_that_breaks():
    """Each process says so, and ends without the farewell that the others cannot answer."""
    done = subprocess.run(
        [sys.executable, "-c", BROKEN], cwd=ROOT, capture_output=True, text=True, check=True
    )
    said, speaks, finalized = done.stdout.splitlines()
    assert said.startswith("SNN564: a process of this training is gone: ")
    assert (speaks, finalized) == ("True", "False")


WORDS = """\
import os, sys
from sfdfa_compiler.parallel import last_words
with last_words("these are the words"):
    {end}
"""


@pytest.mark.parametrize(
    ("end", "spoken"),
    [
        ("pass", False),
        ("raise SystemExit(3)", False),
        ("os.kill(os.getpid(), 9)", True),
        ("os._exit(0)", True),
    ],
)
def test_last_words(end, spoken):
    """They are heard if the process had no chance to leave the block."""
    done = subprocess.run(
        [sys.executable, "-c", WORDS.format(end=end)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ("these are the words\n" if spoken else "")


def test_who_follows_keeps_the_code():
    assert FollowedError(70).code == 70
    assert isinstance(join(None if place_of({}) is None else Place(0, 1, 1)), Alone)
