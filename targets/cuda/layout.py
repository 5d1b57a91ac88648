"""The structures that kernels read: printed as C, mirrored for ctypes."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sfdfa_compiler.codegen.structures import Field, mirror

SOURCE: tuple[Field, ...] = (
    ("E", "real *"),
    ("neuron", "uint32_t *"),
    ("offsets", "const int64_t *"),
)

STEP: tuple[Field, ...] = (
    ("alpha", "real"),
    ("rate", "real"),
    ("factor", "real"),
    ("c1", "real"),
    ("c2", "real"),
    ("N", "real"),
    ("number", "uint32_t"),  # batches done before
)

LAYER: tuple[Field, ...] = (
    ("weight", "real *"),  # [pre][lanes]; m, v, gradient alike
    ("m", "real *"),
    ("v", "real *"),
    ("gradient", "real *"),  # for a trace, else NULL
    ("accumulators", "real *"),  # [shard][pre][lanes], if processes share a batch, else NULL
    ("feedback", "real *"),  # [class][lanes]
    ("spikes", "float4 *"),  # spikes: [sample][max_spikes][lanes] of E, z, A, element
    ("log_epoch", "uint32_t *"),
    ("counts", "uint32_t *"),  # [sample][lanes]
    ("sorted_E", "real *"),  # elements for those who hear it: [sample][most_elements]
    ("sorted_neuron", "uint32_t *"),
    ("sorted_spike", "uint32_t *"),  # which of the neuron's spikes
    ("order", "uint32_t *"),  # like the log: which element a spike is
    ("element_count", "uint32_t *"),  # [sample]
    ("keys", "uint64_t *"),  # [sample][most_keys]: long lists are sorted here
    ("grades", "real *"),  # of its elements
    ("perturbation", "real *"),  # [sample][lanes]
    ("derivative", "real *"),  # of the output: [sample][lanes]
    ("penalty", "real *"),  # [lanes]
    ("delta", "real *"),  # [sample][lanes], or of its elements
    ("handed", "real *"),  # BP: of its elements
    ("sums", "real *"),  # BP: [element heard][lanes / 32]
    ("activity", "uint32_t *"),  # [lanes]: spikes since the cursor stood at 0
    ("muted", "uint32_t *"),  # [lanes]: samples since then in which it fell mute
    ("results", "uint32_t *"),  # of the output: [sample in order][size] spikes, else NULL
    ("number", "uint32_t"),
    ("size", "uint32_t"),
    ("lanes", "uint32_t"),  # size, padded to whole warps
    ("max_spikes", "uint32_t"),
    ("source", "uint32_t"),  # input that it hears, or SFD_MARKER
    ("source_layer", "uint32_t"),  # layer that it hears, or SFD_MARKER
    ("source_size", "uint32_t"),
    ("most_elements", "uint32_t"),  # per sample
    ("most_keys", "uint32_t"),  # per sample
    ("most_heard", "uint32_t"),  # elements of its source, per sample (BP)
    ("purpose", "uint32_t"),  # Philox counter word 2 of its perturbations
    ("per_spike", "uint32_t"),  # whether delta is of its elements (BP)
)

NET: tuple[Field, ...] = (
    ("layers", "const sfd_layer *"),
    ("sources", "const sfd_source *"),
    ("steps", "const sfd_step *"),  # [batch][layer]
    ("order", "const int64_t *"),  # where samples lie in the sources, in the order of the batches
    ("names", "const int64_t *"),  # their numbers in the data set's file, likewise
    ("labels", "const int64_t *"),  # of the samples in the sources
    ("normal", "const real *"),  # 65,536 quantiles
    ("cursor", "uint32_t *"),  # which batch comes next
    ("launches", "uint32_t *"),  # so far: they take turns with the barriers
    ("barriers", "uint32_t *"),  # two
    ("batch", "uint32_t"),  # samples of a full batch
    ("total", "uint32_t"),  # samples in `order`
    ("layer_count", "uint32_t"),
    ("output", "uint32_t"),
    ("classes", "uint32_t"),
    ("shards", "uint32_t"),
    ("first_shard", "uint32_t"),  # those of this process: all, unless processes share a batch
    ("end_shard", "uint32_t"),
    ("key0", "uint32_t"),
    ("key1", "uint32_t"),
    ("stop_epoch", "uint32_t"),
    ("stop", "real"),
)

REAL = {"real": ctypes.c_float}
NONE = 0xFFFFFFFF
STEP_RECORD = np.dtype([(n, np.uint32 if kind == "uint32_t" else np.float32) for n, kind in STEP])


@dataclass(frozen=True)
class Structures:
    """The ctypes mirrors."""

    source: type[ctypes.Structure]
    layer: type[ctypes.Structure]
    net: type[ctypes.Structure]


def structures(constants: tuple[str, ...]) -> Structures:
    """Mirrors of the structures; `constants` are a layer's further members of type real."""
    further = tuple((name, "real") for name in constants)
    return Structures(
        source=mirror("Source", SOURCE, REAL),
        layer=mirror("Layer", LAYER + further, REAL),
        net=mirror("Net", NET, REAL),
    )


def as_bytes(mirror: Any) -> NDArray[np.uint8]:  # noqa: ANN401 - a structure or an array of them
    """The bytes of structures: a view, for copying to a device."""
    return np.frombuffer(mirror, np.uint8)
