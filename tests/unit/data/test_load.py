"""Where data sets are found, and what comes out of good files."""

import gzip
import struct
from hashlib import sha256
from importlib import resources

import h5py
import numpy as np
import pytest

from sfdfa_compiler.data import Images, Spikes, cache, load
from sfdfa_compiler.data.sample.make_sample import main as make_sample

SAMPLE = resources.files("sfdfa_compiler.data.sample")


def idx(array):
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def write_digits(folder, *, samples=3, prefix="", test="t10k", dot="-", packed=()):
    """Four IDX files; returns the training pixels."""
    folder.mkdir(parents=True)
    pixels = np.arange(samples * 6, dtype=np.uint8).reshape(samples, 2, 3)
    content = {"images": ("3", idx(pixels)), "labels": ("1", idx(pixels[:, 0, 0] % 3))}
    for part in ("train", test):
        for kind, (dimensions, data) in content.items():
            name = f"{prefix}{part}-{kind}{dot}idx{dimensions}-ubyte"
            if kind in packed:
                (folder / f"{name}.gz").write_bytes(gzip.compress(data))
            else:
                (folder / name).write_bytes(data)
    return pixels


# ---------------------------------------------------------------- the digits in the package


def test_the_sample_is_the_default():
    dataset = load(environ={})
    assert dataset.name == "sample"
    assert dataset.classes == 10
    assert np.bincount(dataset.train.labels).tolist() == 10 * [200]
    assert np.bincount(dataset.test.labels).tolist() == 10 * [50]
    assert dataset.train.pixels.shape == (2000, 784)
    assert dataset.train.index.tolist() == list(range(2000))
    assert load("sample").provenance == dataset.provenance


def test_the_sample_is_unchanged():
    digests = {
        "t10k-images": "97ec3e530cd55441a2c634c869ee2db6ac4224e52db5b7b8f60743ac7c976ec7",
        "t10k-labels": "ff9110acc0bd87bce7a4ef183f1e00fcd66145d7f0db2ed8cd3aee4b1f6d5b03",
        "train-images": "5742f398058fe36aaf1b8edb1051aa6ed96831e24fd15bf6ac80362ceb9942bc",
        "train-labels": "5845824a1405e379f337fe3db6e4fa8614766ce3767bbb4825466b35c5ac044b",
    }
    found = {
        entry.name.partition("-idx")[0]: sha256(gzip.decompress(entry.read_bytes())).hexdigest()
        for entry in SAMPLE.iterdir()
        if entry.name.endswith(".gz")
    }
    assert found == digests


def test_the_sample_is_small_and_attributed():
    sizes = [len(entry.read_bytes()) for entry in SAMPLE.iterdir() if entry.name.endswith(".gz")]
    assert sum(sizes) < 450_000
    licence = SAMPLE.joinpath("LICENSE.md").read_text(encoding="utf-8")
    assert "LeCun" in licence
    assert "Attribution-ShareAlike" in licence


def test_the_sample_can_be_made_again(real_data, tmp_path):
    make_sample(str(real_data("mnist")), tmp_path)
    for path in tmp_path.iterdir():
        shipped = SAMPLE.joinpath(path.name).read_bytes()
        assert gzip.decompress(path.read_bytes()) == gzip.decompress(shipped)


# ---------------------------------------------------------------- where data lie


def test_names_are_looked_up_in_order(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    environ = {"SFDFAC_DATA": str(tmp_path / "shared")}
    here, cached, shared = tmp_path / "digits", cache() / "digits", tmp_path / "shared" / "digits"
    for samples, place in enumerate((here, cached, shared), start=1):
        write_digits(place, samples=samples)
        assert len(load("digits", environ=environ).train) == samples
    assert len(load("digits", environ={}).train) == 2
    assert len(load("digits", environ={"SFDFAC_DATA": ""}).train) == 2
    assert len(load("./digits", environ=environ).train) == 1
    assert len(load(str(here), environ=environ).train) == 1


def test_dots_are_no_names(tmp_path, monkeypatch):
    write_digits(tmp_path / "shared" / "nested" / "inner")
    write_digits(tmp_path / "digits", samples=1)
    (tmp_path / "digits" / "deeper").mkdir()
    (tmp_path / "shared" / "nested" / "inner" / "none").mkdir()
    monkeypatch.chdir(tmp_path / "digits" / "deeper")
    environ = {"SFDFAC_DATA": str(tmp_path / "shared" / "nested" / "inner" / "none")}
    assert len(load("..", environ=environ).train) == 1


@pytest.mark.parametrize(
    "layout",
    [
        {},
        {"packed": ("images", "labels")},
        {"packed": ("labels",), "dot": "."},
        {"prefix": "emnist-balanced-", "test": "test", "packed": ("images",)},
    ],
)
def test_idx_files_under_all_their_names(tmp_path, layout):
    pixels = write_digits(tmp_path / "digits", **layout)
    dataset = load(str(tmp_path / "digits"))
    assert np.array_equal(dataset.train.pixels, pixels.reshape(3, 6))
    assert dataset.train.labels.tolist() == [0, 0, 0]
    assert not dataset.single


def test_a_plain_file_under_a_name_of_a_compressed_one(tmp_path):
    write_digits(tmp_path / "digits")
    path = tmp_path / "digits" / "train-images-idx3-ubyte"
    path.rename(path.with_name(f"{path.name}.gz"))
    assert len(load(str(tmp_path / "digits")).train) == 3


def test_a_file_that_is_there_twice_is_read_plain(tmp_path):
    write_digits(tmp_path / "digits")
    (tmp_path / "digits" / "train-images-idx3-ubyte.gz").write_bytes(b"never read")
    assert len(load(str(tmp_path / "digits")).train) == 3


def test_provenance_has_the_digest_of_every_file(tmp_path):
    write_digits(tmp_path / "digits", packed=("images",))
    files = load(str(tmp_path / "digits")).provenance
    assert len(files) == 4
    for path in (tmp_path / "digits").iterdir():
        digest = sha256(path.read_bytes()).hexdigest()
        assert (str(path), digest) in {(file.name, file.sha256) for file in files}


# ---------------------------------------------------------------- HDF5 and npz


def write_speech(path, rows, *, keys=None):
    with h5py.File(path, "w") as file:
        times = file.create_dataset("spikes/times", (len(rows),), h5py.vlen_dtype(np.float16))
        units = file.create_dataset("spikes/units", (len(rows),), h5py.vlen_dtype(np.uint16))
        for sample, row in enumerate(rows):
            times[sample] = np.array([time for time, _ in row], np.float16)
            units[sample] = np.array([unit for _, unit in row], np.uint16)
        file["labels"] = np.arange(len(rows), dtype=np.uint16)
        if keys:
            file["extra/keys"] = np.array(keys, "S9")


def test_a_pair_of_hdf5_files(tmp_path):
    write_speech(
        tmp_path / "x_train.h5", [[(0.5, 7), (0.75, 3)], [], [(0.25, 1)]], keys=["a", "b", "c", "d"]
    )
    write_speech(tmp_path / "x.h5", [[(0.125, 9)]])
    packed = gzip.compress((tmp_path / "x.h5").read_bytes())
    (tmp_path / "x_test.h5.gz").write_bytes(packed)
    dataset = load(str(tmp_path))
    assert isinstance(dataset.train, Spikes)
    assert dataset.train.times.tolist() == [0.5, 0.75, 0.25]
    assert dataset.train.units.tolist() == [7, 3, 1]
    assert dataset.train.offsets.tolist() == [0, 2, 2, 3]
    assert dataset.train.labels.tolist() == [0, 1, 2]
    assert (dataset.classes, len(dataset.test), dataset.test.width) == (4, 1, 10)


def test_only_silent_samples_are_samples(tmp_path):
    write_speech(tmp_path / "x.h5", [[], []])
    split = load(str(tmp_path / "x.h5")).train
    assert (len(split), split.width, len(split.times)) == (2, 0, 0)


@pytest.mark.parametrize("dtype", [np.uint8, np.float16, np.float32, np.float64, ">f4"])
def test_images_in_npz(tmp_path, dtype):
    pixels = np.array([[[0, 1], [1, 0]]], dtype)
    np.savez(tmp_path / "x.npz", images=pixels)
    dataset = load(str(tmp_path / "x.npz"))
    assert dataset.single
    assert isinstance(dataset.train, Images)
    assert dataset.train.pixels.tolist() == [[0, 1, 1, 0]]
    assert dataset.train.labels is None
    assert (dataset.name, dataset.classes) == ("x", 0)


def test_a_training_and_a_test_set_in_npz(tmp_path):
    spikes = {"times": [0.5, 0.1], "units": [2, 1], "labels": [1, 0]}
    parts = {
        f"{part}_{key}": np.array(array)
        for part in ("train", "test")
        for key, array in spikes.items()
    }
    np.savez(tmp_path / "x.npz", **parts, train_offsets=[0, 1, 2], test_offsets=[0, 0, 2])
    with pytest.raises(Exception, match="SNN509"):  # 0.5 s and 0.1 s in one test sample
        load(str(tmp_path / "x.npz"))
    np.savez(tmp_path / "x.npz", **parts, train_offsets=[0, 1, 2], test_offsets=[0, 1, 2])
    dataset = load(str(tmp_path / "x.npz"))
    assert not dataset.single
    assert dataset.classes == 2
    assert dataset.test.times.tolist() == [0.5, 0.1]


def test_take_and_first_keep_the_place_in_the_file(tmp_path):
    write_speech(tmp_path / "x.h5", [[(0.5, 7), (0.75, 3)], [], [(0.25, 1)]])
    split = load(str(tmp_path / "x.h5")).train
    chosen = split.take(np.array([2, 0, 2]))
    assert chosen.index.tolist() == chosen.labels.tolist() == [2, 0, 2]
    assert chosen.offsets.tolist() == [0, 1, 3, 4]
    assert chosen.units.tolist() == [1, 7, 3, 1]
    assert len(split.first(2)) == 2
    assert len(split.first(99)) == 3
    images = load().train.take(np.array([5, 3])).take(np.array([1]))
    assert images.index.tolist() == [3]


# ---------------------------------------------------------------- real data

DIGITS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


@pytest.mark.parametrize(
    ("name", "sizes", "classes", "width", "labels"),
    [
        ("mnist", (60_000, 10_000), 10, 784, DIGITS),
        ("fashion-mnist", (60_000, 10_000), 10, 784, 10 * [1000]),
        ("emnist47", (37_600, 4_700), 47, 784, 47 * [100]),
        ("fsdd-spikes", (2_700, 300), 10, 700, 10 * [30]),
    ],
)
def test_real_data_sets(real_data, name, sizes, classes, width, labels):
    real_data(name)
    dataset = load(name)
    assert (len(dataset.train), len(dataset.test)) == sizes
    assert (dataset.classes, dataset.train.width) == (classes, width)
    assert np.bincount(dataset.test.labels).tolist() == labels


def test_real_spikes_are_all_there(real_data):
    real_data("fsdd-spikes")
    dataset = load("fsdd-spikes")
    assert len(dataset.train.times) + len(dataset.test.times) == 16_724_328
