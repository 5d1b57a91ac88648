"""Build the package once from a copy of the tree, and install it into an environment of its own."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*command: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command; if it fails, so does the test, with what it printed."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        pytest.fail(f"{command} gave {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done


@dataclass(frozen=True)
class Installed:
    """A fresh environment with the wheel in it, and a folder far from the checkout."""

    bin: Path
    folder: Path

    def python(self, *arguments: object, **environment: str) -> str:
        """What the environment's Python prints."""
        return run(self.bin / "python", *arguments, cwd=self.folder, **environment).stdout

    def sfdfac(self, *arguments: object, **environment: str) -> str:
        """What the installed `sfdfac` prints."""
        return run(self.bin / "sfdfac", *arguments, cwd=self.folder, **environment).stdout

    def install(self, *what: object) -> None:
        """Add packages."""
        pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        self.python(*pip, *what)


@pytest.fixture(scope="session")
def source_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that git knows or would add, as they are now; links stay links."""
    listing = run("git", "ls-files", "-z", "-co", "--exclude-standard", cwd=ROOT).stdout
    copy = tmp_path_factory.mktemp("source")
    for name in filter(None, listing.split("\0")):
        if (ROOT / name).exists():  # a deleted file stays in git's list until the commit
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name, follow_symlinks=False)
    return copy


@pytest.fixture(scope="session")
def dist(source_tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the sdist and the wheel that was made from the sdist, as `build` does."""
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", out, source_tree, cwd=out)
    return out


@pytest.fixture(scope="session")
def wheel(dist: Path) -> Path:
    """The wheel."""
    (path,) = dist.glob("sfdfac-*.whl")
    return path


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel in a fresh environment, with what it depends on and nothing else."""
    environment = tmp_path_factory.mktemp("fresh") / "venv"
    folder = tmp_path_factory.mktemp("elsewhere")
    run(sys.executable, "-m", "venv", environment, cwd=folder)
    result = Installed(environment / "bin", folder)
    result.install(wheel)
    return result


@pytest.fixture(scope="session")
def dummy_target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Source of a package with a target, copied so that its build leaves nothing here."""
    copy = tmp_path_factory.mktemp("third_party") / "dummy_target"
    return Path(shutil.copytree(Path(__file__).parent / "dummy_target", copy))
