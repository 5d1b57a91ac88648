"""A network as a picture: SVG text, populations from left to right in the order of execution."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from sfdfa_compiler.ir import (
    Constant,
    Encoder,
    FromFile,
    Graph,
    Input,
    LifLayer,
    Listed,
    Normal,
    Population,
    Projection,
    Recorded,
    Times,
    Ttfs,
    Uniform,
)
from sfdfa_compiler.units import TIME, in_words

WIDTH, HEIGHT, GAP = 190, 118, 130  # of a box, and between two columns [pixels]
MARGIN, TITLE = 30, 40
ROW = HEIGHT + 50
DEPTH = 24  # of a feedback arrow below the boxes, for every column that it goes back

STYLE = """\
text { font: 13px system-ui, sans-serif; fill: #1d2733; }
.title { font-size: 17px; font-weight: 600; }
.name { font-size: 15px; font-weight: 600; }
.small { font-size: 11px; fill: #5a6776; }
.box { fill: #ffffff; stroke: #4a6fa5; stroke-width: 1.5; }
.input { fill: #f1f5ea; stroke: #6a8f3c; }
.output { fill: #fdf3e7; stroke: #c9761b; }
.arrow { fill: none; stroke: #4a6fa5; stroke-width: 1.5; marker-end: url(#head); }
.feedback { fill: none; stroke: #c9761b; stroke-width: 1.3; stroke-dasharray: 5 4;
  marker-end: url(#back); }
"""


def network_svg(graph: Graph) -> str:
    """The picture of a network."""
    return "".join(f"{line}\n" for line in _lines(graph))


def _lines(graph: Graph) -> Iterator[str]:
    places = _places(graph)
    columns = 1 + max(column for column, _ in places.values())
    rows = 1 + max(row for _, row in places.values())
    width = 2 * MARGIN + columns * WIDTH + (columns - 1) * GAP
    below = DEPTH * columns if _feedback(graph) else 0
    height = TITLE + 2 * MARGIN + rows * ROW - (ROW - HEIGHT) + below
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-label={quoteattr(graph.name)}>'
    )
    yield f"<style>\n{STYLE}</style>"
    yield "<defs>"
    for name, colour in (("head", "#4a6fa5"), ("back", "#c9761b")):
        yield (
            f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
            f'markerHeight="8" orient="auto"><path d="M0,0 L8,4 L0,8 z" fill="{colour}"/></marker>'
        )
    yield "</defs>"
    yield f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
    learner = f", learns with {graph.learner.name}" if graph.learner else ""
    title = f"{graph.name}: {in_words(graph.window, TIME)} a sample{learner}"
    yield _text(MARGIN, TITLE, title, "title")
    for projection in graph.projections:
        yield from _arrow(graph, projection, places)
    yield from _backwards(graph, places)
    for population in graph.populations:
        yield from _box(graph, population, *_corner(places[population.name]))
    yield "</svg>"


def _places(graph: Graph) -> dict[str, tuple[int, int]]:
    """Column and row of every population: behind all that it reads, as far left as it can be."""
    columns = dict.fromkeys((source.name for source in graph.inputs), 0)
    for layer in graph.execution_order:
        columns[layer.name] = 1 + max(columns[p.source] for p in graph.into(layer.name))
    rows: dict[int, int] = {}
    places = {}
    for population in graph.populations:
        column = columns[population.name]
        places[population.name] = (column, rows.get(column, 0))
        rows[column] = rows.get(column, 0) + 1
    return places


def _corner(place: tuple[int, int]) -> tuple[int, int]:
    column, row = place
    return MARGIN + column * (WIDTH + GAP), TITLE + MARGIN + row * ROW


def _box(graph: Graph, population: Population, x: int, y: int) -> Iterator[str]:
    kind = "input" if isinstance(population, Input) else ""
    if graph.readout and population.name == graph.readout.layer:
        kind = "output"
    yield (f'<rect class="box {kind}" x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="8"/>')
    shape = " x ".join(f"{length:,}" for length in population.shape)
    yield _text(x + 12, y + 24, population.name, "name")
    neurons = f"{shape} neuron" + ("" if population.size == 1 else "s")
    for index, line in enumerate((neurons, *_details(graph, population))):
        yield _text(x + 12, y + 44 + 16 * index, line, "small" if index else "")


def _details(graph: Graph, population: Population) -> Iterator[str]:
    match population:
        case Input(encoder=encoder):
            yield _encoding(encoder)
        case LifLayer():
            syn, mem = in_words(population.tau_syn, TIME), in_words(population.tau_mem, TIME)
            yield f"lif: tau {syn}, {mem}"
            yield f"threshold {population.threshold:.4g}"
            yield f"at most {population.max_spikes} spikes"
    if graph.readout and population.name == graph.readout.layer:
        yield f"spike count: {graph.readout.correct:g} or {graph.readout.other:g}"


def _encoding(encoder: Encoder) -> str:
    match encoder:
        case Ttfs(window):
            return f"time to first spike, {in_words(window, TIME)}"
        case Recorded():
            return "spikes as recorded"
        case Times(times):
            return f"{sum(map(len, times)):,} spikes in the file"


def _arrow(
    graph: Graph, projection: Projection, places: dict[str, tuple[int, int]]
) -> Iterator[str]:
    x0, y0 = _corner(places[projection.source])
    x1, y1 = _corner(places[projection.target])
    x0, y0, y1 = x0 + WIDTH, y0 + HEIGHT // 2, y1 + HEIGHT // 2
    bend = (x0 + x1) // 2
    yield f'<path class="arrow" d="M{x0},{y0} C{bend},{y0} {bend},{y1} {x1 - 2},{y1}"/>'
    count = graph.population(projection.source).size * graph.layer(projection.target).size
    middle = (y0 + y1) // 2
    yield _text(bend, middle - 22, f"{count:,}", "", anchor="middle")
    yield _text(bend, middle - 8, _weights(projection), "small", anchor="middle")
    if not projection.learn:
        yield _text(bend, middle + 16, "does not learn", "small", anchor="middle")


def _weights(projection: Projection) -> str:
    match projection.weight:
        case Uniform(low, high):
            return f"uniform({low:g}, {high:g})"
        case Normal(mean, sd):
            return f"normal({mean:g}, {sd:g})"
        case Constant(value):
            return f"all {value:g}"
        case Listed():
            return "in the file"
        case FromFile(path):
            return path


def _feedback(graph: Graph) -> list[LifLayer]:
    """Hidden layers that hear of the error directly."""
    from sfdfa_compiler.learners import LEARNERS

    if graph.learner is None or graph.readout is None:
        return []
    kind = LEARNERS.get(graph.learner.name)
    return list(graph.hidden) if kind and kind.feedback is not None else []


def _backwards(graph: Graph, places: dict[str, tuple[int, int]]) -> Iterator[str]:
    """Dashed arrows from the output to all layers that it tells of its error, below the boxes."""
    layers = _feedback(graph)
    if graph.readout is None or not layers:
        return
    output = places[graph.readout.layer]
    x0, y0 = _corner(output)
    x0, y0 = x0 + WIDTH // 2, y0 + HEIGHT
    deepest = 0
    for layer in layers:
        x1, y1 = _corner(places[layer.name])
        x1, y1 = x1 + WIDTH // 2, y1 + HEIGHT
        depth = max(y0, y1) + DEPTH * (1 + output[0] - places[layer.name][0])
        deepest = max(deepest, depth)
        yield f'<path class="feedback" d="M{x0},{y0} C{x0},{depth} {x1},{depth} {x1},{y1 + 3}"/>'
    yield _text(x0, deepest - 8, "error, by direct feedback", "small", anchor="middle")


def _text(x: int, y: int, text: str, kind: str, anchor: str = "start") -> str:
    attributes = f' class="{kind}"' if kind else ""
    if anchor != "start":
        attributes += f' text-anchor="{anchor}"'
    return f'<text x="{x}" y="{y}"{attributes}>{escape(text)}</text>'
