"""The C structures of the clock profiles: printed as C and mirrored for ctypes."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

import numpy as np

from sfdfa_compiler.arith import Format
from sfdfa_compiler.arith.clock import ClockFormats
from sfdfa_compiler.arith.ops import dtype
from sfdfa_compiler.codegen.clock_rules import Sum
from sfdfa_compiler.codegen.structures import Field, declarations, mirror

SOURCE: tuple[Field, ...] = (
    ("offsets", "const int64_t *"),
    ("step", "const uint32_t *"),
    ("neuron", "const uint32_t *"),
    ("count", "const uint32_t *"),
)

WORKER: tuple[Field, ...] = (
    ("mem", "sfd_potential *"),  # the membrane's part of the potential
    ("syn", "sfd_potential *"),  # the synapse's part
    ("received", "sfd_total *"),  # in the step at hand
)

OVERFLOW: tuple[Field, ...] = (
    ("layer", "int32_t"),
    ("step", "int32_t"),
    ("found", "int32_t"),  # which of SUMS, from 1
)

LAYER: tuple[Field, ...] = (
    ("number", "int32_t"),
    ("size", "int32_t"),
    ("lanes", "int32_t"),  # size, padded
    ("source", "int32_t"),  # input that it hears, or -1
    ("source_layer", "int32_t"),  # layer that it hears, or -1
    ("delay", "uint32_t"),  # steps from sending to arrival
    ("max_spikes", "uint32_t"),
    ("most_added", "uint64_t"),  # weights in a step
    ("most_sent", "int64_t"),  # spikes in a sample
    ("theta", "sfd_potential"),
    ("left_mem", "sfd_decay"),  # what a step leaves of a potential
    ("left_syn", "sfd_decay"),
    ("weight", "const sfd_weight *"),  # [pre][lanes]
    ("counts", "uint32_t *"),  # [sample][lanes]
    ("sent", "uint32_t *"),  # [sample]: how many spikes
    ("sent_step", "uint32_t *"),  # [sample][most_sent], by step, then neuron
    ("sent_neuron", "uint32_t *"),
)

NET: tuple[Field, ...] = (
    ("pool", "struct sfd_pool *"),
    ("layers", "struct sfd_layer *"),
    ("sources", "const struct sfd_source *"),
    ("workers", "struct sfd_worker *"),
    ("overflow", "struct sfd_overflow *"),  # [sample]
    ("rows", "const int64_t *"),  # [sample]: which of the data set
    ("samples", "int32_t"),  # of the batch at hand
    ("steps", "uint32_t"),
)

SUMS = (Sum.RECEIVED, Sum.POTENTIALS)
LANES = 16  # neurons side by side; rows of neurons are padded to a multiple of it

STRUCTURES = {"net": NET, "layer": LAYER, "worker": WORKER, "source": SOURCE, "overflow": OVERFLOW}


def members() -> dict[str, list[str]]:
    """C member declarations of all structures."""
    return {name: declarations(fields) for name, fields in STRUCTURES.items()}


def types(formats: ClockFormats) -> dict[str, Format]:
    """The types that depend on the profile, by their C name without prefix."""
    return {
        "weight": formats.weight.format,
        "potential": formats.potential.format,
        "total": formats.total.format,
        "decay": formats.decay.format,
    }


@dataclass(frozen=True)
class Structures:
    """The ctypes mirrors for the formats of a profile."""

    net: type[ctypes.Structure]
    layer: type[ctypes.Structure]
    worker: type[ctypes.Structure]
    source: type[ctypes.Structure]
    overflow: type[ctypes.Structure]


def structures(formats: ClockFormats, library: ctypes.CDLL) -> Structures:
    """The mirrors, compared with the library's own sizes.

    Raises:
        RuntimeError: If they differ: the library is of another version.
    """
    numbers = {
        f"sfd_{name}": np.ctypeslib.as_ctypes_type(dtype(format))
        for name, format in types(formats).items()
    }
    kinds = {name: mirror(name, fields, numbers) for name, fields in STRUCTURES.items()}
    for index, (name, kind) in enumerate(kinds.items()):
        if ctypes.sizeof(kind) != library.sfd_size_of(index):
            raise RuntimeError(f"struct sfd_{name} of the library is not the one expected")
    return Structures(**kinds)
