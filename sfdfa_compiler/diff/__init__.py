"""`sfdfac diff`: run targets side by side and find the first bit that differs."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Unpack

from sfdfa_compiler.codegen.optional import devices
from sfdfa_compiler.diagnostics import Source, Span, UserError
from sfdfa_compiler.diff.across import Figures, compare_profiles, figures_in_words
from sfdfa_compiler.diff.sessions import (
    Agreement,
    compare_forward,
    compare_states,
    compare_training,
)
from sfdfa_compiler.diff.words import as_record, in_words
from sfdfa_compiler.machine import Machine, choose, first_profile
from sfdfa_compiler.runs.bench import Bench, Purpose, set_up
from sfdfa_compiler.runs.memory import enough_memory
from sfdfa_compiler.runs.options import Options, TrainOptions, check_ranges, checked, settings_of

__all__ = ["Comparison", "compare"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What came out: equal bits, a first divergence, or, across profiles, figures."""

    targets: tuple[str, ...]
    profiles: tuple[str, ...]  # one, unless the targets share none
    agreements: tuple[Agreement, ...] = ()  # of the first target with each other one
    figures: tuple[Figures, ...] = ()  # of each target, across profiles
    text: str  # the report
    record: tuple[dict[str, Any], ...] = ()  # the same for programs

    @property
    def identical(self) -> bool:
        """Whether no bit differs; across profiles nothing is promised, so nothing can fail."""
        return all(found.divergence is None for found in self.agreements)


@enough_memory
def compare(
    path: Path | str,
    targets: Sequence[str] | str,
    *,
    batches: int = 0,
    **options: Unpack[Options],
) -> Comparison:
    """Compare targets on the test set, and on the first batches of a training.

    Args:
        path: A `.snn` file or a build directory.
        targets: Two or more, or a text of them with commas; each is compared with the first.
        batches: How many batches to train; they come from the whole training set.
        options: As for `test`. `samples` limits the test set, as `test_samples` does, and `device`
            is for the targets that have it.

    Raises:
        UserError: Whatever is wrong with the program, the data or a target.
    """
    options = checked("compare", options, Options)
    check_ranges({"batches": batches})
    targets = names_of(targets) if isinstance(targets, str) else tuple(targets)
    if len(targets) < 2:
        raise ValueError("name two targets, as in reference,native")
    machines = [_chosen(number, targets) for number in range(len(targets))]
    device = options.get("device")
    if device and all(device not in devices(machine.target) for machine in machines):
        choose(targets[-1], device=device)  # says which there are
    profile = options.get("profile") or first_profile([machine.target for machine in machines])
    of_both = options.pop("samples", None)  # in vain for training: its batches are counted
    if options.get("test_samples") is None:
        options["test_samples"] = of_both
    purpose = Purpose(
        command="diff --train" if batches else "diff",
        learns=batches > 0 and profile is not None,
        judges=profile is None,
        compares=True,
    )
    with contextlib.ExitStack() as stack:
        benches = []
        for target, machine in zip(targets, machines, strict=True):
            asked: TrainOptions = {
                **options,
                "target": target,
                "profile": profile or machine.profile,
                "device": device if device in devices(machine.target) else None,
            }
            bench = set_up(path, settings_of(asked), asked, purpose)
            benches.append(stack.enter_context(bench))
        if profile is None:
            figures = compare_profiles(benches)
            return Comparison(
                targets=targets,
                profiles=tuple(bench.machine.profile for bench in benches),
                figures=figures,
                record=tuple(asdict(each) for each in figures),
                text=figures_in_words(figures),
            )
        agreements = [_compare(benches[0], other, batches) for other in benches[1:]]
    time = benches[0].session.schedule.time
    texts = [
        in_words((targets[0], target), found, time)
        for target, found in zip(targets[1:], agreements, strict=True)
    ]
    return Comparison(
        targets=targets,
        profiles=(profile,),
        agreements=tuple(agreements),
        text="".join(texts),
        record=tuple(
            as_record((targets[0], target), found)
            for target, found in zip(targets[1:], agreements, strict=True)
        ),
    )


def names_of(targets: str) -> tuple[str, ...]:
    """`reference, native` as two names."""
    return tuple(name.strip() for name in targets.split(",") if name.strip())


def _chosen(number: int, targets: Sequence[str]) -> Machine:
    """One of the targets; what is wrong with its name is said at its place among the others.

    Raises:
        UserError: SNN533, or what the target says if it cannot run here.
    """
    name = targets[number]
    try:
        return choose(name)
    except UserError as error:
        start = len(",".join([*targets[:number], ""]))
        where = Span(Source("--targets", ",".join(targets)), start, start + len(name))
        found = [
            replace(each, primary=where) if each.primary.source.name == "--target" else each
            for each in error.diagnostics
        ]
        raise UserError(found) from error


def _compare(one: Bench, other: Bench, batches: int) -> Agreement:
    """Forward, then learning, then all that was learned; up to the first divergence."""
    found = Agreement()
    sessions = one.session, other.session
    start = one.session.state()
    try:
        if compare_forward(*sessions, one.test, found):
            compare_training(*sessions, one.train, batches, one.seed, found)
        if found.divergence is None:
            compare_states(*sessions, found)
    finally:
        one.session.load(start)
    return found
