"""No bad access, no undefined behaviour and no race in kernels that train; and the bits stay."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sfdfa_compiler.targets.cuda.cpu.library import Variant, build, preload
from tests.cuda.mutations import RACES
from tests.cuda.programs import case_of, final_state, open_reference, wanted
from tests.cuda.sanitized import SHARED, digest, kernels, weights_digest

ROOT = Path(__file__).resolve().parents[2]
RACE = 66  # what ThreadSanitizer ends with

pytestmark = pytest.mark.slow


@pytest.fixture
def sanitized(monkeypatch):
    """Exit status, output and complaints of a process that trains under a sanitizer."""
    monkeypatch.setenv("CXX", "g++")
    return run


def run(variant, batches, order, *names):
    for name in names:  # here, as a compiler under a sanitizer is slow
        build(kernels(name, batches)[1], variant)
    return subprocess.run(
        [sys.executable, "-m", "tests.cuda.sanitized", variant, str(batches), order, *names],
        cwd=ROOT,
        env={**os.environ, **preload(variant)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.mark.parametrize(
    ("variant", "batches", "names"),
    [
        (Variant.ADDRESS, 3, ("sfdfa", "one_neuron")),
        (Variant.ADDRESS, 3, ("long_window_bp", "bp_shards")),
        (Variant.ADDRESS, 1, ("spill", "two_inputs", "dfa_shards")),
        (Variant.THREAD, 1, ("sfdfa", "one_neuron")),
        (Variant.THREAD, 1, ("long_window_bp", "bp_shards")),
    ],
)
@pytest.mark.parametrize("order", ["ascending", "1"])
def test_clean(sanitized, variant, batches, order, names):
    done = sanitized(variant, batches, order, *names)
    assert done.returncode == 0, done.stderr[-3000:]
    found = dict(line.split() for line in done.stdout.splitlines())
    assert found == {name: digest(wanted(name, batches)) for name in names}


@pytest.mark.parametrize("variant", [Variant.ADDRESS, Variant.THREAD])
def test_clean_where_sessions_share_batches(sanitized, variant):
    names = ("bp_shards", "dfa_shards")
    done = sanitized(variant, 2, "1", *(f"{SHARED}{name}" for name in names))
    assert done.returncode == 0, done.stderr[-3000:]
    cases = [case_of(name, 2) for name in names]
    states = [final_state(case, open_reference(case)) for case in cases]
    assert done.stdout.split()[1::2] == [weights_digest(state) for state in states]


@pytest.mark.parametrize("fault", [*RACES, "missing double buffer"])
def test_a_race_is_found(sanitized, fault):
    done = sanitized(Variant.THREAD, 1, "ascending", fault)
    assert done.returncode == RACE, done.stderr[-3000:]
    assert "data race" in done.stderr
    assert "kernels.cu" in done.stderr
