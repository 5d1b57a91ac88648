"""What can go wrong in a run in a clock profile: SNN570 and SNN571."""

from sfdfa_compiler.diagnostics import Rule

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
