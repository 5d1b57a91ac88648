"""Do these data fit this network? Asked when both are known, with the place of either."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

import numpy as np

from sfdfa_compiler.data.model import Images, Labels, Spikes, Split
from sfdfa_compiler.data.rules import BAD_LABEL, NO_LABELS, WRONG_ENCODER, WRONG_SIZE
from sfdfa_compiler.diagnostics import Label, Span, place
from sfdfa_compiler.ir import Input, Recorded, Times, Ttfs


def check_input(split: Split, input: Input) -> None:
    """The input's encoder can encode the data, and its size is theirs.

    Raises:
        UserError: SNN514, SNN513.
    """
    match input.encoder, split:
        case Times(), _:  # brings its own data
            return
        case Ttfs(), Images():
            if input.size == split.width:
                return
            needed, related = f"{split.width:,}", Label(place(split.origin), "images of that size")
        case Recorded(), Spikes():
            if input.size >= split.width:
                return
            needed, related = f"at least {split.width:,}", _largest_unit(split)
        case (Ttfs() | Recorded()) as encoder, _:
            wants_images = isinstance(encoder, Ttfs)
            raise WRONG_ENCODER.error(
                _place(input, "encode"),
                input=input.name,
                wanted="images" if wants_images else "recorded spikes",
                found="recorded spikes" if wants_images else "images",
                encode="encode spikes" if wants_images else "encode ttfs(window = 100 ms)",
                related=[Label(place(split.origin), "the data")],
            )
        case _ as unreachable:
            assert_never(unreachable)
    raise WRONG_SIZE.error(
        _place(input, "name"),
        input=input.name,
        size=input.size,
        needed=needed,
        shape=split.width,
        related=[related],
    )


def labels_of(split: Split, classes: int, *, readout: Span | None = None) -> Labels:
    """The labels, for a network with so many output neurons.

    Args:
        split: The samples.
        classes: Number of output neurons.
        readout: Where the user wrote that number.

    Raises:
        UserError: SNN515 if there are no labels, SNN511 if one has no output neuron.
    """
    if split.labels is None:
        raise NO_LABELS.error(place(split.origin))
    neurons = f"{classes:,} output neuron{'s' * (classes != 1)}"
    related = [Label(readout, neurons)] if readout else []
    wanted = split.labels.max(initial=0) + 1
    larger = f"give the layer that is read out {wanted:,} neurons"
    if readout and readout.text:
        larger = f"write `layer {readout.text}[{wanted}]`"
    check_labels(
        split,
        classes,
        why=f"there {'are' if classes != 1 else 'is'} {neurons}",
        related=related,
        help=f"{larger}, or choose other data with `--data`",
    )
    return split.labels


def check_labels(
    split: Split,
    classes: int,
    *,
    why: str,
    related: Iterable[Label] = (),
    help: str | None = None,
) -> None:
    """Every label, if there are any, is below `classes`.

    Raises:
        UserError: SNN511 with the first that is not.
    """
    if split.labels is None or split.labels.max(initial=0) < classes:
        return
    sample = int(np.argmax(split.labels >= classes))
    where = place(f"{split.origin}, label of sample {split.index[sample]}")
    label = split.labels[sample]
    raise BAD_LABEL.error(where, label=label, why=why, related=related, help=help)


def _largest_unit(split: Spikes) -> Label:
    spike = int(np.argmax(split.units))
    sample = int(np.searchsorted(split.offsets, spike, side="right")) - 1
    where = place(f"{split.origin}, sample {split.index[sample]}")
    return Label(where, f"unit {split.units[spike]:,} fires")


def _place(input: Input, field: str) -> Span:
    return input.spans.get(field) or place(f"input {input.name}")
