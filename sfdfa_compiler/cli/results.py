"""What a run gave, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sfdfa_compiler.runs import Result


def in_words(result: Result) -> str:
    """A few lines for the end of a command."""
    return "".join(f"{line}\n" for line in _lines(result))


def _lines(result: Result) -> Iterator[str]:
    record = result.record
    data = f"data {record['data']}" if record["data"] else "spikes of the file"
    yield f"{record['network']} on {record['target']}, {record['profile']}, {data}"
    if record["test_accuracy"] is not None:
        yield f"  test: {_percent(record['test_accuracy'])} of {record['test_samples']:,} right"
    if len(result.history) > 1:
        best = _percent(record["best_test_accuracy"])
        yield f"  best on test: {best}, after epoch {record['best_test_epoch'] + 1}"
    if "validation_accuracy" in record:
        yield (
            f"  best on validation: {_percent(record['validation_accuracy'])}, after epoch "
            f"{record['validation_epoch'] + 1}, where test was "
            f"{_percent(record['validated_test_accuracy'])}"
        )
    yield from _activity(record)
    for name, what in (("train", "training"), ("infer", "inference")):
        if record.get(f"{name}_samples_per_s"):
            wall, cpu = record[f"{name}_samples_per_s"], record[f"{name}_samples_per_cpu_s"]
            speed = f"{_rate(wall)} samples/s"
            yield f"  {what}: {speed}" + (f", {_rate(cpu)} per CPU second" if cpu else "")
    if result.folder:
        files = sorted(path.name for path in result.folder.iterdir() if path.name[0] != ".")
        yield f"  {result.folder}: {', '.join(files)}"


def _activity(record: dict[str, Any]) -> Iterator[str]:
    spikes = ", ".join(f"{layer} {n:.1f}" for layer, n in record["spikes_per_sample"].items())
    yield f"  spikes a sample: {spikes}"
    dead = {layer: n for layer, n in record["dead"].items() if n}
    if dead:
        yield f"  never fired: {', '.join(f'{n:,} of {layer}' for layer, n in dead.items())}"
    mute = {layer: n for layer, n in record["saturated"].items() if n}
    if mute:
        words = ", ".join(f"{n:,} in {layer}" for layer, n in mute.items())
        yield f"  reached max_spikes and fell mute, over all samples: {words}"


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def _rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"
