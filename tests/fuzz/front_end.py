"""Fuzz the front end: `python -m tests.fuzz.front_end --inputs 10000 --seed 1`.

Texts are made from the examples by random changes, and the laws of `tests.dsl.laws` are held
against each. An input that takes longer than it may, or memory that grows, is a failure like any
other; it is printed so that it can be made a test. With `--atheris`, atheris chooses the inputs
instead (if it is installed), guided by the lines that they reach.
"""

import argparse
import random
import resource
import sys
import time

from tests.dsl.laws import assert_front_end
from tests.fuzz.corpus import mutant

MOST_SECONDS = 2.0  # CPU time of one input
MOST_GROWTH = 200  # MB in the whole run


def one_input(text: str) -> None:
    """Hold the laws against one text, within its time.

    Raises:
        AssertionError: With the text, if it fails.
    """
    before = time.process_time()
    try:
        assert_front_end(text)
    except Exception as error:
        raise AssertionError(f"failed on {text!r}") from error
    seconds = time.process_time() - before
    assert seconds < MOST_SECONDS, f"{seconds:.1f} s for {text[:1000]!r}"


def run(inputs: int, seed: int) -> None:
    """So many inputs; the same ones for the same seed."""
    random_ = random.Random(seed)
    one_input(mutant(random_))  # builds the tables
    before = _peak_megabytes()
    for _ in range(inputs):
        one_input(mutant(random_))
    growth = _peak_megabytes() - before
    assert growth < MOST_GROWTH, f"memory grew by {growth:.0f} MB"


def run_atheris(arguments: list[str]) -> None:
    """Let atheris choose the inputs; does not return."""
    import atheris

    def test_bytes(data: bytes) -> None:
        one_input(data.decode("utf-8", "surrogateescape"))

    atheris.instrument_all()
    atheris.Setup([sys.argv[0], *arguments], test_bytes)
    atheris.Fuzz()


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--atheris", nargs=argparse.REMAINDER, help="options of libFuzzer follow")
    options = parser.parse_args()
    if options.atheris is not None:
        run_atheris(options.atheris)
    before = time.process_time()
    run(options.inputs, options.seed)
    seconds = time.process_time() - before
    print(f"{options.inputs:,} inputs, {seconds:.1f} CPU seconds, peak {_peak_megabytes():.0f} MB")


if __name__ == "__main__":
    main()
