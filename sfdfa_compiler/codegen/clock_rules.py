"""What can go wrong in a run in a clock profile: SNN570 and SNN571."""

from enum import StrEnum

from sfdfa_compiler.diagnostics import Rule, UserError, place
from sfdfa_compiler.schedule import Clock


class Sum(StrEnum):
    """Sums that can overflow."""

    RECEIVED = "the weights received"
    POTENTIALS = "the potentials"


OVERFLOW = Rule(
    code="SNN570",
    message="{what} of `{layer}` do not fit {bits} bits any more",
    notes=("what `clock:{formats}` would compute from here on is not defined",),
    help="scale threshold and weights of the layer down together, or show fewer input spikes",
)
OTHER_FORMAT = Rule(
    code="SNN571",
    message="`{layer}` has whole-number weights from {low:,} to {high:,}, "
    "and `clock:{formats}` keeps {least:,} to {most:,}",
    notes=("whole numbers are taken as they are: these are of another profile",),
    help="give the weights of an event profile: they are rounded to what this one keeps",
)


def overflow(what: Sum, layer: str, clock: Clock, sample: int, step: int) -> UserError:
    """SNN570: the error that ends a run; `sample` as the data set counts."""
    return OVERFLOW.error(
        place(f"sample {sample}, step {step}"),
        what=what,
        layer=layer,
        bits=clock.formats.potential.format.width,
        formats=clock.formats.name,
    )
