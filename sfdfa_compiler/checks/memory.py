"""SNN212: sizes that no machine holds."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.checks.registry import CheckContext, check, where
from sfdfa_compiler.diagnostics import Diagnostic, Label, Rule
from sfdfa_compiler.ir import Graph

MOST_BYTES = 64 * 2**30
NEURON_BYTES = 16  # two parts of the potential, spike count, one place in a list of spikes

MEMORY = Rule(
    code="SNN212",
    message="{what} would need {memory} of memory",
    label="{size} neurons",
    notes=("the compiler stops at 64 GiB; training needs four times as much as the weights",),
    help="make the layer smaller",
)


@check(MEMORY)
def memory(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """Weights first; of a population alone only if none of its connections is too large."""
    weight_bytes = 8 if context.profile == "event64" else 4
    blamed = set()
    for projection in graph.projections:
        ends = [graph.population(name) for name in (projection.source, projection.target)]
        small, large = sorted(ends, key=lambda population: population.size)
        need = small.size * large.size * weight_bytes
        if need > MOST_BYTES:
            blamed.add(large.name)
            yield MEMORY.at(
                where(large.spans, "name"),
                related=[
                    Label(where(small.spans, "name"), f"{count_in_words(small.size)} neurons")
                ],
                what=f"the weights from `{projection.source}` to `{projection.target}`",
                memory=bytes_in_words(need),
                size=count_in_words(large.size),
            )
    for population in graph.populations:
        need = population.size * NEURON_BYTES
        if need > MOST_BYTES and population.name not in blamed:
            yield MEMORY.at(
                where(population.spans, "name"),
                what=f"the neurons of `{population.name}`",
                memory=bytes_in_words(need),
                size=count_in_words(population.size),
            )


def bytes_in_words(count: int) -> str:
    """`2.9 TiB`; beyond the named units a power of ten."""
    if count.bit_length() > 70:
        return f"{count_in_words(count)} bytes"
    value, unit = float(count), "bytes"
    for larger in ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB"):
        if value >= 1024:
            value, unit = value / 1024, larger
    return f"{value:.3g} {unit}"


def count_in_words(count: int) -> str:
    """`1,000,000`; beyond 18 digits a power of ten, which any count has room for."""
    digits = int(count.bit_length() * 0.30103)
    return f"{count:,}" if digits < 18 else f"about 10^{digits}"
