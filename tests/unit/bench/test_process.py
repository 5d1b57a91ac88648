"""Processes, the machine, and what single measurements are made of: no time is asserted."""

import sys

import numpy as np
import pytest

from bench import machine, process, resident, scaling, threads
from sfdfa_compiler.driver import check


def test_output_and_processor_time_of_a_process():
    finished = process.run([sys.executable, "-c", "print(sum(range(10**6)))"])
    assert finished.output == "499999500000\n"
    assert finished.cpu > 0
    assert finished.wall > 0


def test_the_environment_is_added_to():
    finished = process.run(
        [sys.executable, "-c", "import os; print(os.environ['BENCH'])"], {"BENCH": "5"}
    )
    assert finished.output == "5\n"


def test_a_process_that_fails_ends_the_benchmark():
    with pytest.raises(SystemExit, match="no such thing"):
        process.run([sys.executable, "-c", "raise SystemExit('no such thing')"])


def test_python_finds_its_compiled_files(monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert "PYTHONDONTWRITEBYTECODE" not in process.clean_environment()


def test_the_name_of_a_processor():
    text = "processor : 0\ncpu family : 6\nmodel : 85\nmodel name : Some CPU @ 2\n\nmodel : 9\n"
    assert machine.processor(text) == "Some CPU @ 2 (family 6, model 85)"


def test_a_processor_without_a_name_has_words_all_the_same():
    assert machine.processor("")


def test_an_entry_of_the_process_status():
    text = "VmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n"
    assert resident.status("VmRSS", text) == 1024 * 1024
    with pytest.raises(SystemExit, match="VmSwap"):
        resident.status("VmSwap", text)


def test_processors_at_work():
    # user, nice, system and steal work; idle and iowait do not
    assert machine.busy("cpu  100 20 30 4000 500 0 6 44 0 0\ncpu0 1 1 1 1\n") == pytest.approx(2.0)
    assert machine.busy() > 0


def test_the_verdict_on_a_busy_machine():
    assert "NOT quiet while fsdd ran" in threads.verdict({"mnist": 0.01, "fsdd": 0.8})
    assert "NOT" not in threads.verdict({"mnist": 0.01, "fsdd": 0.02})


def pair(one, many, others=0.0):
    return threads.Pair(
        {"learn": {"wall": one, "cpu": 1.0}}, {"learn": {"wall": many, "cpu": 1.1}}, others
    )


def test_speed_ups_are_formed_pair_by_pair():
    pairs = [pair(2.0, 1.0), pair(4.0, 2.0, 0.04), pair(6.0, 4.0)]
    cells = threads.row("net", "learn", pairs)
    assert cells[4] == "2.00 (1.50 to 2.00)"
    assert cells[5] == "1.10 (1.10 to 1.10)"
    assert cells[6] == "0.04"


def test_disturbed_pairs_are_left_out():
    pairs = [pair(1, 1, 0.9), pair(2, 1, 0.02), pair(3, 1, 0.3), pair(4, 1, 0.01)]
    assert [each.one["learn"]["wall"] for each in threads.quietest(pairs, 2)] == [2, 4]


def test_random_events_are_what_a_session_takes():
    events = scaling.random_events(30, 4)
    assert np.diff(events.offsets).tolist() == [30] * 4
    assert events.E.dtype == np.float32
    assert (np.diff(events.E.reshape(4, 30), axis=1) >= 0).all()
    assert events.E.min() >= 1
    assert events.neuron.max() < scaling.SOURCE


@pytest.mark.parametrize("series", scaling.SERIES, ids=lambda series: series.name)
def test_the_networks_of_the_series_are_programs(series, tmp_path):
    assert len(set(series.points)) == len(series.points)
    for point in series.points:
        path = tmp_path / "scaling.snn"
        path.write_text(point.program, encoding="utf-8")
        graph = check(path).graph
        assert graph.layer("hidden").size == point.neurons
        assert graph.layer("hidden").threshold > 1 / 8
