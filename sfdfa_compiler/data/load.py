"""From what stands behind `--data` to a data set: where it lies, and which reader takes it."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import platformdirs

from sfdfa_compiler.data import hdf5, idx, npz
from sfdfa_compiler.data.catalogue import CATALOGUE
from sfdfa_compiler.data.files import all_of
from sfdfa_compiler.data.fit import check_labels
from sfdfa_compiler.data.model import DataFile, Dataset, Images, Split
from sfdfa_compiler.data.rules import MISMATCH, NOT_FOUND, UNKNOWN_LAYOUT, UNREADABLE
from sfdfa_compiler.diagnostics import Label, Source, Span, place

BESIDE = Path("../shared/data")  # data sets of those who keep them beside the project
SAMPLE = "sample"  # the name of the digits that come with the package


def cache() -> Path:
    """The folder that `sfdfac data get` fills."""
    return platformdirs.user_cache_path("sfdfac") / "data"


def load(
    name_or_path: str | Path | None = None, *, environ: Mapping[str, str] = os.environ
) -> Dataset:
    """Read a data set.

    Args:
        name_or_path: A name (`mnist`, or any folder in `$SFDFAC_DATA`), a folder, or a `.npz`,
            `.h5` or `.h5.gz` file. None: the digits that come with the package.
        environ: Where `SFDFAC_DATA` is looked up; unset means `../shared/data`, if it is there.

    Raises:
        UserError: SNN500 to SNN512, with everything that is wrong with the files.
    """
    if name_or_path is None or name_or_path == SAMPLE:
        return _read_folder(resources.files("sfdfa_compiler.data.sample"), name=SAMPLE)
    path = find(os.fspath(name_or_path), environ)
    return _read_folder(path, name=path.name) if path.is_dir() else _read_file(path)


def find(name_or_path: str, environ: Mapping[str, str]) -> Path:
    """Where a data set lies: a folder in `$SFDFAC_DATA` or in the cache, or any path.

    Raises:
        UserError: SNN500, which says where it was looked for.
    """
    folders: list[Path] = []
    if "/" not in name_or_path and name_or_path not in ("", ".", ".."):  # a name
        folders = [home / name_or_path for home in (*_homes(environ), cache())]
    # Unlike those of Path, these functions say no to what can be no file's name.
    for folder in folders:
        if os.path.isdir(folder):  # noqa: PTH112
            return folder
    if os.path.exists(name_or_path):  # noqa: PTH110
        return Path(name_or_path)
    argument = Source("--data", name_or_path)
    raise NOT_FOUND.error(
        Span(argument, 0, len(name_or_path)),
        name=name_or_path,
        notes=["looked for " + ", ".join([*map(str, folders), name_or_path])],
        help=_advice(name_or_path),
    )


def _homes(environ: Mapping[str, str]) -> list[Path]:
    """`$SFDFAC_DATA`; where it is not set, `../shared/data`, if there is such a folder."""
    if home := environ.get("SFDFAC_DATA"):
        return [Path(home)]
    return [BESIDE] if "SFDFAC_DATA" not in environ and BESIDE.is_dir() else []


def _advice(name: str) -> str | None:
    if name in CATALOGUE:
        return f"`sfdfac data get {name}` downloads it"
    if close := difflib.get_close_matches(name, [*CATALOGUE, SAMPLE], n=1):
        return f"did you mean `{close[0]}`?"
    return None


def _read_file(path: Path) -> Dataset:
    if path.name.endswith(".npz"):
        splits, file = npz.read_splits(path)
        return _dataset(path.stem, splits, None, [file])
    if path.name.endswith((".h5", ".h5.gz")):
        split, classes, file = hdf5.read_spikes(path)
        return _dataset(path.name.removesuffix(".gz").removesuffix(".h5"), [split], classes, [file])
    why = "its name ends with neither .npz nor .h5 nor .h5.gz"
    raise UNKNOWN_LAYOUT.error(place(path), why=why)


def _read_folder(folder: Traversable, *, name: str) -> Dataset:
    try:
        entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    except OSError as error:
        raise UNREADABLE.error(place(folder), why=error.strerror or error) from error
    if found := idx.find(entries, folder=str(folder)):
        return _read_idx(found, folder=str(folder), name=name)
    pair = [_hdf5_of(entries, part, folder=str(folder)) for part in idx.PARTS]
    read = all_of(*(partial(hdf5.read_spikes, path) for path in pair))
    splits = [split for split, _, _ in read]
    classes = max((classes for _, classes, _ in read if classes is not None), default=None)
    return _dataset(name, splits, classes, [file for _, _, file in read])


def _read_idx(found: Mapping[idx.Role, Traversable], *, folder: str, name: str) -> Dataset:
    missing = [" ".join(role) for role in idx.ROLES if role not in found]
    if missing:
        why = f"it has no IDX file of {', '.join(missing)}"
        raise UNKNOWN_LAYOUT.error(place(folder), why=why)
    read = all_of(
        *(
            partial(
                idx.read_pair,
                found[part, "images"],
                found[part, "labels"],
                origin=f"{folder}, {part} set",
            )
            for part in idx.PARTS
        )
    )
    splits = [split for split, _ in read]
    return _dataset(name, splits, None, [file for _, files in read for file in files])


def _hdf5_of(entries: Sequence[Traversable], part: str, *, folder: str) -> Traversable:
    """The only file NAME_PART.h5, or its compressed form if the plain one is not there."""
    found = [entry for entry in entries if entry.name.endswith(f"_{part}.h5")]
    found = found or [entry for entry in entries if entry.name.endswith(f"_{part}.h5.gz")]
    if len(found) != 1:
        names = ", ".join(entry.name for entry in found)
        why = f"{names} could all be the {part} set" if found else f"it has no {part} set"
        raise UNKNOWN_LAYOUT.error(place(folder), why=why)
    return found[0]


def _dataset(
    name: str, splits: Sequence[Split], classes: int | None, files: Iterable[DataFile]
) -> Dataset:
    """The parts together; a single set is the training and the test set."""
    train, test = splits[0], splits[-1]
    if isinstance(train, Images) and isinstance(test, Images) and train.width != test.width:
        raise MISMATCH.error(
            place(test.origin),
            why=f"images of {test.width:,} and of {train.width:,} pixels",
            related=[Label(place(train.origin), f"{train.width:,} pixels")],
        )
    if type(train) is not type(test):
        raise MISMATCH.error(place(test.origin), why="one set has images, the other spikes")
    labels = [split.labels for split in splits if split.labels is not None]
    if classes is None:
        classes = max((int(of_split.max()) + 1 for of_split in labels), default=0)
    for split in splits:
        check_labels(split, classes, why=f"the file names {classes} classes")
    return Dataset(name=name, train=train, test=test, classes=classes, provenance=tuple(files))
