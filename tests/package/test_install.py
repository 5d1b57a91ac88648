"""The installed program works far from the checkout, with a third party's target, without cc."""

import json
import shutil

import pytest

from sfdfa_compiler import __version__

SHORT = ("--seed", 1, "--samples", 100, "--test-samples", 20, "--set", "learner.epochs=1")

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("package")]


@pytest.fixture(scope="module")
def tiny(installed):
    """A copy of the smallest example, as a user would make one."""
    code = "from importlib.resources import files; print(files('sfdfa_compiler.examples'))"
    examples = installed.python("-c", code).strip()
    assert examples.startswith(str(installed.bin.parent))
    return shutil.copy(f"{examples}/tiny.snn", installed.folder)


def result(installed, run):
    return json.loads((installed.folder / run / "run.json").read_text(encoding="utf-8"))


def test_it_says_its_version(installed):
    assert installed.sfdfac("--version").split()[-1] == __version__


def test_it_checks_an_example(installed, tiny):
    installed.sfdfac("check", tiny)


def test_it_trains_an_example(installed, tiny):
    installed.sfdfac("train", tiny, "--seed", 1, "-o", "native")
    assert result(installed, "native")["target"] == "native"
    assert (installed.folder / "native" / "weights.npz").is_file()


def test_a_page_of_a_code_is_there(installed):
    assert "tau_mem" in installed.sfdfac("explain", "SNN201")


@pytest.fixture(scope="module")
def no_compiler(installed, tmp_path_factory):
    """Environment variables of a machine on which no program can be found."""
    return {"PATH": str(tmp_path_factory.mktemp("empty")), "CC": ""}


def test_without_a_compiler_the_interpreter_trains_to_the_same_bits(installed, tiny, no_compiler):
    installed.sfdfac("train", tiny, *SHORT, "-o", "native-too")
    installed.sfdfac("train", tiny, *SHORT, "-o", "fallback", **no_compiler)
    fallback = result(installed, "fallback")
    assert fallback["target"] == "reference"
    assert fallback["weights_sha256"] == result(installed, "native-too")["weights_sha256"]


def test_third_parties_come_through_the_same_door(installed, tiny, dummy_target):
    installed.install(dummy_target)
    assert "dummy" in installed.sfdfac("targets")
    installed.sfdfac("build", tiny, "--target", "dummy", "-o", "plan")
    plan = (installed.folder / "plan" / "plan.txt").read_text(encoding="utf-8")
    assert "forward hidden\n" in plan
    for target in ("dummy", "reference"):
        arguments = ("--target", target, *SHORT, "-o", f"run-{target}")
        installed.sfdfac("train", tiny, *arguments)
    assert result(installed, "run-dummy")["target"] == "dummy"
    digests = {
        result(installed, f"run-{name}")["weights_sha256"] for name in ("dummy", "reference")
    }
    assert len(digests) == 1
