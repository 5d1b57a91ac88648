"""How the cost of a sample grows with spikes that come in, spikes that go out, and neurons.

    python -m bench.scaling --plot docs/results/scaling

One hidden layer hears random events; one quantity is varied, the others stay about the same: the
more events, the smaller the weights, so that neurons go on firing as they do. What counts is
processor time of the native target on one thread. A line is fitted to the medians.

Thresholds stay above 1/8: at and below it the quick test that spares most neurons the exact one
promises nothing (`alert_level` in sfdfa_compiler/arith/event.py), and a sample costs several times
as much.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench import machine
from bench.figures import Line, Spread, alternate, fit, table
from sfdfa_compiler import Batch, Events, Session, open_session
from sfdfa_compiler.schedule import BatchPlace

SOURCE, CLASSES, SAMPLES = 700, 10, 200
TAU, LAST = 0.26, 0.1  # membrane time constant, latest event [s]
PASSES = ("infer", "learn")
PROGRAM = """\
network scaling {{
    window = 200 ms

    input source[{source}] {{
        encode spikes
    }}
    layer hidden[{neurons}] {{
        from source dense(weight ~ uniform(-{weight:.6f}, {weight:.6f}))
        lif(tau_syn = 130 ms, threshold = {threshold:.6f})
    }}
    layer output[{classes}] {{
        from hidden dense(weight ~ uniform(-1, 1))
        lif(tau_syn = 130 ms, threshold = 2.7)
    }}
    readout output spike_count(correct = 15, other = 3)

    learner sfdfa {{
        adam(rate = 1e-9)
        batch = 50
    }}
}}
"""


@dataclass(frozen=True, slots=True)
class Point:
    """A network and its input."""

    events: int = 400  # a sample
    neurons: int = 800  # of the hidden layer
    threshold: float = 0.8

    @property
    def program(self) -> str:
        """Its text; weights are such that potentials are the same for any number of events."""
        return PROGRAM.format(
            source=SOURCE,
            neurons=self.neurons,
            weight=(150 / self.events) ** 0.5,
            threshold=self.threshold,
            classes=CLASSES,
        )


@dataclass(frozen=True, slots=True)
class Series:
    """One quantity, varied."""

    name: str
    label: str
    points: tuple[Point, ...]


SIZES = (100, 200, 400, 800, 1600, 3200)
SERIES = (
    Series("events", "input spikes a sample", tuple(Point(events=n) for n in SIZES)),
    Series("neurons", "hidden neurons", tuple(Point(neurons=n) for n in SIZES)),
    Series(
        "spikes",
        "hidden spikes a sample",
        tuple(Point(threshold=x) for x in (3.2, 1.6, 0.8, 0.4, 0.25, 0.15)),
    ),
)
HEADER = (
    "varied",
    "input spikes",
    "hidden neurons",
    "hidden spikes",
    "infer, CPU µs a sample",
    "learn, CPU µs a sample",
)


def random_events(count: int, samples: int, seed: int = 0) -> Events:
    """`count` events a sample, uniform in time and over the input neurons."""
    random = np.random.default_rng(seed)
    times = np.sort(random.uniform(0, LAST, (samples, count)), axis=1)
    return Events(
        offsets=np.arange(samples + 1, dtype=np.int64) * count,
        E=np.exp(times / TAU).astype(np.float32).reshape(-1),
        neuron=random.integers(0, SOURCE, samples * count).astype(np.uint32),
    )


@dataclass(slots=True)
class Probe:
    """A session at one point, to be measured again and again."""

    point: Point
    session: Session
    batch: Batch
    hidden_spikes: float = 0.0  # a sample

    def measure(self) -> dict[str, float]:
        """CPU microseconds a sample of both passes."""
        return {"infer": self._timed(self._infer), "learn": self._timed(self._learn)}

    def x(self, name: str) -> float:
        """The quantity that a series varies."""
        values = {"events": self.point.events, "neurons": self.point.neurons}
        return values.get(name, self.hidden_spikes)

    def _infer(self) -> None:
        forward = self.session.forward(self.batch)
        self.hidden_spikes = float(forward.activity["hidden"].sum()) / len(self.batch)

    def _learn(self) -> None:
        size = self.session.schedule.batch
        for step, start in enumerate(range(0, SAMPLES, size)):
            rows = self.batch.rows[start : start + size]
            part = Batch(events=self.batch.events, rows=rows, labels=self.batch.labels)
            self.session.learn(part, BatchPlace(step, 0, len(rows)))

    def _timed(self, work: Callable[[], None]) -> float:
        start = time.process_time()
        work()
        return (time.process_time() - start) / SAMPLES * 1e6


@contextmanager
def probe(point: Point) -> Iterator[Probe]:
    """Open a session at a point."""
    rows = np.arange(SAMPLES, dtype=np.int64)
    events = {"source": random_events(point.events, SAMPLES)}
    batch = Batch(events=events, rows=rows, labels=rows % CLASSES)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "scaling.snn")
        path.write_text(point.program, encoding="utf-8")
        session = open_session(path, target="native", threads=1)
    with closing(session):
        found = Probe(point, session, batch)
        found.measure()  # once unseen: caches and pages
        yield found


@dataclass(frozen=True, slots=True)
class Outcome:
    """A series, measured: points by x, ascending, and the lines through their medians."""

    series: Series
    x: list[float]
    y: dict[str, list[Spread]]  # by pass
    lines: dict[str, Line]
    rows: list[list[str]]


def measure(series: Series, runs: int) -> Outcome:
    """Measure all points of a series in turn, so many times."""
    with ExitStack() as stack:
        probes = [stack.enter_context(probe(point)) for point in series.points]
        sides = {f"{series.name} {i}": each.measure for i, each in enumerate(probes)}
        results = list(alternate(sides, runs, lambda text: print(text, file=sys.stderr)).values())
        x = [each.x(series.name) for each in probes]
        y = {
            what: [Spread.of([run[what] for run in result]) for result in results]
            for what in PASSES
        }
        rows = [
            [
                series.name,
                str(each.point.events),
                str(each.point.neurons),
                f"{each.hidden_spikes:.0f}",
                *(y[what][i].text(".1f") for what in PASSES),
            ]
            for i, each in enumerate(probes)
        ]
    lines = {what: fit(x, [spread.median for spread in y[what]]) for what in PASSES}
    return Outcome(series, x, y, lines, rows)


def plot(outcomes: list[Outcome], path: Path) -> None:
    """A panel for each series, as PNG and SVG."""
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4 * len(outcomes), 3.6), layout="constrained")
    for axes, outcome in zip(
        np.atleast_1d(figure.subplots(1, len(outcomes))), outcomes, strict=True
    ):
        for what, colour in zip(PASSES, ("tab:blue", "tab:orange"), strict=True):
            line, spreads = outcome.lines[what], outcome.y[what]
            ends = np.array([0, max(outcome.x)])
            axes.plot(ends, line.intercept + line.slope * ends, color=colour, linewidth=1)
            medians = [spread.median for spread in spreads]
            around = [
                [spread.median - spread.least for spread in spreads],
                [spread.greatest - spread.median for spread in spreads],
            ]
            label = f"{what}, R² = {line.r_squared:.4f}"
            axes.errorbar(outcome.x, medians, around, fmt="o", color=colour, label=label)
        axes.set(xlabel=outcome.series.label, xlim=(0, None), ylim=(0, None))
        axes.legend(frameon=False)
    figure.axes[0].set_ylabel("CPU µs a sample")
    path.parent.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context({"svg.hashsalt": path.name, "svg.fonttype": "none"}):
        figure.savefig(path.with_suffix(".png"), dpi=150, metadata={"Software": None})
        figure.savefig(path.with_suffix(".svg"), metadata={"Date": None})


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.scaling", description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--plot", type=Path, metavar="PATH", help="writes PATH.png and PATH.svg")
    given = parser.parse_args()
    print(machine.describe() + "\n")
    outcomes = [measure(series, given.runs) for series in SERIES]
    print(table(HEADER, [row for outcome in outcomes for row in outcome.rows]) + "\n")
    rows = [
        [
            outcome.series.name,
            what,
            f"{line.intercept:.1f}",
            f"{line.slope:.4f}",
            f"{line.r_squared:.4f}",
        ]
        for outcome in outcomes
        for what, line in outcome.lines.items()
    ]
    print(table(("varied", "pass", "µs at 0", "µs for one more", "R²"), rows))
    if given.plot:
        plot(outcomes, given.plot)


if __name__ == "__main__":
    main()
