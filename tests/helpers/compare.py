"""Comparing the stages of a batch, bit by bit."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

import numpy as np

from sfdfa_compiler.codegen import Trace
from sfdfa_compiler.data.events import Events


def assert_same_bits(got: Trace, wanted: Trace) -> None:
    """Both traces have the same stages, and every stage the same bits."""
    for ours, theirs in zip_longest(got, wanted):
        assert ours is not None, f"no stage {theirs.name} {theirs.layer}"
        assert theirs is not None, f"one stage too many: {ours.name} {ours.layer}"
        assert (ours.name, ours.layer) == (theirs.name, theirs.layer)
        where = f"{ours.name} of {ours.layer}"
        if isinstance(ours.value, Events):
            assert isinstance(theirs.value, Events), where
            for part in ("offsets", "E", "neuron", "epoch"):
                _same(getattr(ours.value, part), getattr(theirs.value, part), f"{where}: {part}")
        else:
            _same(ours.value, theirs.value, where)


def stage(trace: Trace, name: str, layer: str | None = None) -> Any:
    """The value of the one stage of that name (and layer)."""
    (value,) = (s.value for s in trace if s.name == name and layer in (None, s.layer))
    return value


def _same(got: np.ndarray | None, wanted: np.ndarray | None, where: str) -> None:
    if got is None or wanted is None:
        assert got is wanted, where
        return
    assert got.shape == wanted.shape, where
    assert got.dtype == wanted.dtype, where
    bits = f"V{got.dtype.itemsize}"
    differ = np.flatnonzero(
        np.ravel(np.ascontiguousarray(got).view(bits))
        != np.ravel(np.ascontiguousarray(wanted).view(bits))
    )
    if len(differ):
        at = np.unravel_index(differ[0], got.shape)
        raise AssertionError(f"{where} at {at}: {got[at]!r} is not {wanted[at]!r}")
