"""Checkpoints: the state of a training in one sealed file, `checkpoint.npz`.

It is an ordinary `.npz` archive whose comment holds the SHA-256 of everything in front of it, so
damage anywhere in the file is found before a single number of it is used.
"""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.codegen import State
from sfdfa_compiler.data.archive import npz, read_npz
from sfdfa_compiler.diagnostics import place
from sfdfa_compiler.files import reason, write
from sfdfa_compiler.training.course import Course
from sfdfa_compiler.training.rules import BAD_CHECKPOINT, NO_RUN, OTHER_PROGRAM
from sfdfa_compiler.training.settings import Settings

NAME = "checkpoint.npz"
SCHEMA = 1
KINDS = ("weights", "feedback", "m", "v")  # the arrays of a State
SEAL = b"sfdfac sha256 "
SEALED = len(SEAL) + 64  # bytes of the comment


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A training as it stood: `course` says how far, `state` what had been learned."""

    program: str  # stable text of the program, without the number of epochs
    profile: str
    settings: Settings
    data: str  # digest of the samples
    state: State
    course: Course


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint in one step.

    Raises:
        UserError: SNN521; the checkpoint that was there before is as it was.
    """
    state, tally = checkpoint.state, checkpoint.course.tally
    arrays: dict[str, NDArray[Any]] = {
        f"{kind}/{layer}": array for kind in KINDS for layer, array in getattr(state, kind).items()
    }
    arrays |= {f"activity/{layer}": array for layer, array in tally.activity.items()}
    about = {
        "schema": SCHEMA,
        "program": checkpoint.program,
        "profile": checkpoint.profile,
        "settings": dataclasses.asdict(checkpoint.settings),
        "data": checkpoint.data,
        "step": state.step,
        "course": checkpoint.course.to_json(),
    }
    arrays["about"] = np.frombuffer(json.dumps(about).encode(), np.uint8)
    write(path, _sealed(npz(arrays)))


def load(folder: Path) -> Checkpoint:
    """The checkpoint of a run folder.

    Raises:
        UserError: SNN522 if there is none, SNN523 if it cannot be used.
    """
    path = folder / NAME
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise NO_RUN.error(place(folder)) from error
    except OSError as error:
        raise BAD_CHECKPOINT.error(place(path), why=reason(error)) from error
    if not _is_whole(content):
        raise BAD_CHECKPOINT.error(place(path), why="it is damaged")
    try:
        return _parse(read_npz(content))
    except (KeyError, TypeError, ValueError) as error:
        why = "another version of sfdfac wrote it"
        raise BAD_CHECKPOINT.error(place(path), why=why) from error


def check_program(folder: Path, checkpoint: Checkpoint, program: str) -> None:
    """The program is the one that was trained.

    Raises:
        UserError: SNN524 with the first difference of the two.
    """
    if program == checkpoint.program:
        return
    pair = checkpoint.program.splitlines(), program.splitlines()
    changes = [
        line
        for line in difflib.unified_diff(*pair, n=0, lineterm="")
        if line.startswith(("-", "+")) and not line.startswith(("---", "+++"))
    ]
    then = next((line[1:].strip() for line in changes if line[0] == "-"), "nothing")
    now = next((line[1:].strip() for line in changes if line[0] == "+"), "nothing")
    raise OTHER_PROGRAM.error(place(folder / NAME), notes=[f"then: {then}", f"now:  {now}"])


def _parse(arrays: dict[str, NDArray[Any]]) -> Checkpoint:
    about = json.loads(arrays.pop("about").tobytes())
    if about["schema"] != SCHEMA:
        raise ValueError("another schema")
    kinds: dict[str, dict[str, NDArray[Any]]] = {kind: {} for kind in (*KINDS, "activity")}
    for key, array in arrays.items():
        kind, layer = key.split("/")
        kinds[kind][layer] = array
    course = Course.from_json(about["course"])
    course.tally.activity = kinds.pop("activity")
    return Checkpoint(
        program=about["program"],
        profile=about["profile"],
        settings=Settings.from_json(about["settings"]),
        data=about["data"],
        state=State(step=about["step"], **kinds),
        course=course,
    )


def _sealed(archive: bytes) -> bytes:
    """The archive with its digest as comment; the last two bytes are the comment's length."""
    body = archive[:-2] + SEALED.to_bytes(2, "little")
    return body + SEAL + hashlib.sha256(body).hexdigest().encode()


def _is_whole(content: bytes) -> bool:
    body, seal = content[:-SEALED], content[-SEALED:]
    return seal == SEAL + hashlib.sha256(body).hexdigest().encode()
