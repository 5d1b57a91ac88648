"""One pass over a set without learning."""

from __future__ import annotations

from collections.abc import Callable

from sfdfa_compiler.codegen import Forward, Session
from sfdfa_compiler.ir import Readout
from sfdfa_compiler.training.samples import Rows, Samples
from sfdfa_compiler.training.tally import Tally

AT_ONCE = 500  # samples of an evaluation at once, at least


def evaluate(
    session: Session,
    samples: Samples,
    rows: Rows,
    readout: Readout | None,
    *,
    record: Callable[[Forward], None] | None = None,
    after_batch: Callable[[Tally], None] = lambda tally: None,
) -> Tally:
    """Run the session forward over some samples.

    Args:
        session: What runs; its state does not change.
        samples: A set.
        rows: Which of its samples, in order.
        readout: How to judge the output; None if there is nothing to judge.
        record: Receives every batch with all its spikes.
        after_batch: Called behind every batch; may raise to stop.
    """
    tally = Tally()
    for batch in samples.batches(rows, max(session.schedule.batch, AT_ONCE)):
        with tally.watch.running():
            forward = session.forward(batch, record=record is not None)
        labels = None if samples.labels is None else samples.labels[batch.rows]
        tally.add(forward, labels, readout)
        if record:
            record(forward)
        after_batch(tally)
    return tally
