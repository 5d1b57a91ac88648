"""The C structures that Python fills: declared once, printed as C and mirrored for ctypes."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

from sfdfa_compiler.codegen.structures import Field, mirror

SOURCE: tuple[Field, ...] = (
    ("E", "const real *"),
    ("neuron", "const uint32_t *"),
    ("epoch", "const uint32_t *"),
    ("offsets", "const int64_t *"),
)

WORKER: tuple[Field, ...] = (
    ("gradient", "real *"),  # of one block; zero between blocks
    ("shard", "real *"),  # the same for the second and later shards
    ("keys", "struct sfd_key *"),  # spikes of one sample
    ("fired", "uint32_t *"),  # neurons of one sample
    ("words", "uint32_t *"),  # a random word for each
    ("P", "real *"),  # neurons of a layer
    ("Q", "real *"),
    ("left", "int32_t *"),  # blocks of a layer
)

LAYER: tuple[Field, ...] = (
    ("number", "int32_t"),
    ("size", "int32_t"),
    ("lanes", "int32_t"),  # size, padded
    ("blocks", "int32_t"),
    ("max_spikes", "int32_t"),
    ("source", "int32_t"),  # input that it hears, or -1
    ("source_layer", "int32_t"),  # layer that it hears, or -1
    ("source_size", "int32_t"),
    ("most_instants", "int64_t"),  # per sample
    ("most_spikes", "int64_t"),  # per sample
    ("most_heard", "int64_t"),  # spikes of the source per sample
    ("purpose", "uint32_t"),  # Philox counter word 2 of its perturbations
    ("per_spike", "int32_t"),  # whether delta is per spike (BP) or per neuron
    ("block", "const struct sfd_block *"),
    ("weight", "real *"),  # of a block: [pre][width]; m, v, gradient alike
    ("m", "real *"),
    ("v", "real *"),
    ("gradient", "real *"),  # for a trace, else NULL
    ("accumulators", "real *"),  # [shard], each as weight: where processes share them, else NULL
    ("feedback", "real *"),  # [class][lanes]
    ("active", "uint8_t *"),  # [pre]: whether it ever had an event
    ("instants", "struct sfd_instant *"),  # what it hears: [sample][most_instants]
    ("instant_count", "uint32_t *"),
    ("heard", "const uint32_t **"),  # [sample]: neuron of each event heard
    ("spikes", "struct sfd_spike *"),  # its logs: [sample][block][lanes * max_spikes]
    ("logged", "int32_t *"),  # [sample][block]
    ("counts", "uint32_t *"),  # [sample][lanes]
    ("activity", "uint32_t *"),  # [lanes]: spikes in the batches that were tallied
    ("muted", "uint32_t *"),  # [lanes]: samples in which it fell mute
    ("sorted_E", "real *"),  # its sorted spikes: [sample][most_spikes]
    ("sorted_neuron", "uint32_t *"),
    ("sorted_epoch", "uint32_t *"),
    ("position", "uint32_t *"),  # place in the log -> place in the sorted list
    ("spike_count", "uint32_t *"),  # [sample]
    ("perturbation", "real *"),  # [sample][lanes]
    ("grades", "real *"),  # of its sorted spikes
    ("heard_grades", "const real *"),  # of its source's sorted spikes
    ("derivative", "real *"),  # of the output: [sample][class]
    ("penalty", "real *"),  # [lanes]
    ("delta", "real *"),  # [sample][lanes], or of its sorted spikes
    ("handed", "real *"),  # BP: of its sorted spikes
)

NET: tuple[Field, ...] = (
    ("pool", "struct sfd_pool *"),
    ("layers", "struct sfd_layer *"),
    ("sources", "const struct sfd_source *"),
    ("workers", "struct sfd_worker *"),
    ("rows", "const int64_t *"),  # [sample]: which of the data set
    ("labels", "const int64_t *"),  # of the data set
    ("normal", "const float *"),  # 65,536 quantiles
    ("derivative", "const real *"),  # of the output layer
    ("threads", "int32_t"),
    ("layer_count", "int32_t"),
    ("output", "int32_t"),
    ("classes", "int32_t"),
    ("samples", "int32_t"),  # of the batch at hand
    ("begin", "int32_t"),  # those that this process works on
    ("end", "int32_t"),
    ("shards", "int32_t"),
    ("first_shard", "int32_t"),  # those of its samples
    ("end_shard", "int32_t"),
    ("step", "uint32_t"),
    ("key0", "uint32_t"),
    ("key1", "uint32_t"),
    ("stop_epoch", "uint32_t"),
    ("stop", "real"),
)


@dataclass(frozen=True)
class Structures:
    """The ctypes mirrors for one width of `real`."""

    source: type[ctypes.Structure]
    worker: type[ctypes.Structure]
    layer: type[ctypes.Structure]
    net: type[ctypes.Structure]


def structures(width: int, constants: tuple[str, ...]) -> Structures:
    """Mirrors of the C structures; `constants` are a layer's further members of type real."""
    types = {"real": ctypes.c_float if width == 32 else ctypes.c_double}
    return Structures(
        source=mirror("Source", SOURCE, types),
        worker=mirror("Worker", WORKER, types),
        layer=mirror("Layer", LAYER + tuple((name, "real") for name in constants), types),
        net=mirror("Net", NET, types),
    )


def sizes(library: ctypes.CDLL, kinds: Structures) -> dict[str, int]:
    """C's sizes of its records in bytes; the mirrors must agree with C.

    Raises:
        RuntimeError: If they do not: the library is of another version.
    """
    names = ("net", "layer", "worker", "source", "instant", "spike", "key", "block")
    found = {name: int(library.sfd_size_of(index)) for index, name in enumerate(names)}
    for name in ("net", "layer", "worker", "source"):
        if ctypes.sizeof(getattr(kinds, name)) != found[name]:
            raise RuntimeError(f"struct sfd_{name} of the library is not the one expected")
    return found
