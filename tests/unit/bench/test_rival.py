"""What a hand-written program is told, and what it says."""

from pathlib import Path

import numpy as np
import pytest

from bench import rival
from sfdfa_compiler.data import Images, Spikes
from sfdfa_compiler.driver import check

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
SOURCE = """\
/* A program.
 *
 * gcc -O3 -ffp-contract=off -fopenmp program.c -lm -o program
 * example: ./program dir=DIR
 */
#include <stdio.h> /* gcc -O0 */
"""
LINE = "ep {} loss 1.0 train 5 test 6 | train {}/s infer {}/s | fwd 69% | spikes 215 29 | align 2.6"


def test_flags_stand_in_the_first_comment():
    assert rival.flags_of(SOURCE) == ["-O3", "-ffp-contract=off", "-fopenmp"]


def test_a_program_that_does_not_say_how_to_compile_it():
    with pytest.raises(SystemExit, match="begins with `gcc`"):
        rival.flags_of("/* nothing */ // gcc -O3 x.c")


def test_speeds_of_one_epoch():
    speeds = rival.speeds("reading\n" + LINE.format(1, 9876, 19876) + "\n")
    assert speeds == rival.Speeds(9876, 19876, (215, 29))


def test_speeds_of_several_epochs_are_those_of_all_samples_together():
    lines = LINE.format(1, 100, 200) + "\n" + LINE.format(2, 300, 600)
    speeds = rival.speeds(lines)
    assert (speeds.learn, speeds.infer) == pytest.approx((150, 300))


def test_output_that_cannot_be_read():
    with pytest.raises(SystemExit, match="cannot read"):
        rival.speeds("Segmentation fault")


def test_settings_of_a_network():
    told = dict(word.split("=") for word in rival.arguments(check(EXAMPLES / "fsdd.snn").graph))
    assert told["hidden"] == "128"
    assert told["classes"] == "10"
    assert [float(th) for th in told["th"].split(",")] == pytest.approx([1, 1.2])
    assert (told["owlo"], told["owhi"], told["wlo"], told["whi"]) == ("-0.9", "1.1", "-1.0", "1.0")
    assert {name: float(told[name]) for name in ("tau_s", "sim", "lr", "alpha", "cap")} == {
        "tau_s": 0.1,
        "sim": 1,
        "lr": 1e-3,
        "alpha": 1e-4,
        "cap": 30,
    }
    assert (told["beta"], told["nhat"], told["yt"], told["yf"]) == ("0.03", "2.0", "15.0", "3.0")


def test_settings_of_two_hidden_layers():
    graph = check(EXAMPLES / "fashion_mnist.snn").graph
    assert {"hidden=400,400", "learner=sfdfa"} <= set(rival.arguments(graph))


def test_another_batch_is_not_compared():
    graph = check(EXAMPLES / "mnist.snn", ["learner.batch=20"]).graph
    with pytest.raises(SystemExit, match="batches of 50"):
        rival.arguments(graph)


def test_images_as_idx(tmp_path):
    pixels = np.arange(2 * 784).reshape(2, 784).astype(np.uint8)
    index = np.arange(2, dtype=np.int64)
    images = Images(labels=np.array([3, 7], np.int64), index=index, origin="x", pixels=pixels)
    rival.write_images(images, tmp_path, "train")
    written = (tmp_path / "train-images-idx3-ubyte").read_bytes()
    assert written[:8] == bytes([0, 0, 8, 3, 0, 0, 0, 2])
    assert np.frombuffer(written, np.uint8, offset=16).reshape(2, 784).tolist() == pixels.tolist()
    assert (tmp_path / "train-labels-idx1-ubyte").read_bytes()[8:] == bytes([3, 7])


def test_spikes_by_time_and_unit(tmp_path):
    spikes = Spikes(
        labels=np.array([4, 1], np.int64),
        index=np.arange(2, dtype=np.int64),
        origin="x",
        offsets=np.array([0, 3, 4], np.int64),
        times=np.array([0.5, 0.5, 0.75, 0.25], np.float16),
        units=np.array([9, 2, 1, 5], np.uint32),
    )
    rival.write_spikes(spikes, tmp_path / "spikes.bin")
    written = (tmp_path / "spikes.bin").read_bytes()
    assert np.frombuffer(written, "<i4", 3).tolist() == [2, 4, 3]
    first = np.frombuffer(written, rival.SPIKE, 3, offset=12)
    assert first["time"].tolist() == [0.5, 0.5, 0.75]
    assert first["unit"].tolist() == [2, 9, 1]
    assert np.frombuffer(written, "<i4", 2, offset=36).tolist() == [1, 1]
    assert len(written) == 36 + 8 + 8
