"""What all tests share: a home of their own, the real data sets, quiet settings of the tools.

The tests run programs as a user does, and those keep caches in the user's home. So every run gets a
home in a temporary folder, for itself and all processes that it starts; its workers share it, and
with it the cache of compiled programs.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parents[1]
DATA = "SFDFAC_DATA"
HOME = "SFDFAC_TEST_HOME"  # set while a run of the tests is going on

hypothesis.settings.register_profile(
    "repeatable", deadline=None, derandomize=True, database=None, print_blob=True
)
hypothesis.settings.register_profile("searching", deadline=None)


def pytest_configure(config: pytest.Config) -> None:
    """Set the environment before any test module is imported."""
    hypothesis.settings.load_profile("repeatable" if os.environ.get("CI") else "searching")
    beside = ROOT.parent / "shared" / "data"
    if DATA not in os.environ and beside.is_dir():
        os.environ[DATA] = str(beside)
    if HOME in os.environ:  # a worker, or a test that runs pytest: there is a home already
        return
    home = tempfile.mkdtemp(prefix="sfdfac-tests-")
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))
    os.environ |= {
        HOME: home,
        "PIP_CACHE_DIR": os.environ.get("PIP_CACHE_DIR", str(Path("~/.cache/pip").expanduser())),
        "HOME": home,
        "XDG_CACHE_HOME": str(Path(home, "cache")),
        "MPLBACKEND": "agg",
    }


@pytest.fixture(scope="session")
def real_data() -> Callable[[str], Path]:
    """Folder of a real data set by name, such as `mnist`: skips without it, in CI fails."""

    def find(name: str) -> Path:
        folder = Path(os.environ.get(DATA, "")) / name
        if DATA in os.environ and folder.is_dir():
            return folder
        message = f"needs the data set {name}: set {DATA} to the folder that holds it"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)

    return find
