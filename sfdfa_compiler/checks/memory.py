"""SNN212: sizes that no machine holds."""

from __future__ import annotations

from collections.abc import Iterator

from sfdfa_compiler.checks.registry import CheckContext, check, where
from sfdfa_compiler.diagnostics import Diagnostic, Label, Rule
from sfdfa_compiler.ir import Graph, Population

MOST_BYTES = 64 * 2**30
NEURON_BYTES = 16  # two parts of the potential, spike count, one place in a list of spikes

MEMORY = Rule(
    code="SNN212",
    message="{what} would need {memory} of memory",
    label="{size}",
    notes=("the compiler stops at 64 GiB; training needs four times as much as the weights",),
    help="make the layer smaller",
)


@check(MEMORY)
def memory(graph: Graph, context: CheckContext) -> Iterator[Diagnostic]:
    """One message for each population that is too large: for its largest weights, or for itself."""
    weight_bytes = 8 if context.profile == "event64" else 4
    needs: dict[str, list[tuple[int, str, tuple[Label, ...]]]] = {}  # by the population to blame
    for projection in graph.projections:
        ends = [graph.population(name) for name in (projection.source, projection.target)]
        small, large = sorted(ends, key=lambda population: population.size)
        size = small.size * large.size * weight_bytes
        what = f"the weights from `{projection.source}` to `{projection.target}`"
        needs.setdefault(large.name, []).append((size, what, (_size(small),)))
    for population in graph.populations:
        itself = (population.size * NEURON_BYTES, f"the neurons of `{population.name}`", ())
        most = max(needs.get(population.name, []), default=itself, key=lambda need: need[0])
        size, what, related = most if most[0] > MOST_BYTES else itself
        if size > MOST_BYTES:
            here, memory = _size(population), bytes_in_words(size)
            yield MEMORY.at(here.span, related=related, what=what, memory=memory, size=here.text)


def _size(population: Population) -> Label:
    words = f"{count_in_words(population.size)} neurons"
    return Label(where(population.spans, "shape", "name"), words)


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
