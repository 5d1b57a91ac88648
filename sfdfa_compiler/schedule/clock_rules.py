"""What can be wrong with a program in a clock profile: SNN420 to SNN427, in a run SNN570 and 571.

Each code has its page in `explain/`.
"""

from sfdfa_compiler.diagnostics import Level, Rule

UNKNOWN_FORMATS = Rule(
    code="SNN420",
    message="there are no number formats of the name `{name}`",
    help="{advice}",
)
NO_STEP = Rule(
    code="SNN421",
    message="a window of {window} is too short for a step of {dt}",
    notes=("a sample has floor(window / dt + 1/2) steps, and that is 0 here",),
    help="write a shorter `dt` into the block `target {target}`",
)
NO_DECAY = Rule(
    code="SNN422",
    message="with steps of {dt}, `{name}` = {tau} of `{layer}` rounds to {what}",
    notes=("in a step {share} is lost; `clock:{formats}` keeps it in units of 1 / {unit:,}",),
    help="for this time constant, choose `dt` from {least} to {most}",
)
BAD_THRESHOLD = Rule(
    code="SNN423",
    message="`clock:{formats}` cannot keep the threshold of `{layer}`, {threshold}",
    notes=("it keeps {least} to {most}",),
    help="scale threshold and weights of the layer together: the network stays the same",
)
TOO_MANY_SPIKES = Rule(
    code="SNN424",
    message="`clock:{formats}` counts up to {most} spikes of a neuron, not {found}",
    help="write `max_spikes = {most}`, or less",
)
NO_ROOM = Rule(
    code="SNN425",
    message="the weights that `{layer}` receives in a step can overflow in `clock:{formats}`",
    notes=("it hears {size:,} neurons; {most:,} weights can be added up without a doubt",),
    help="make the source smaller, or give the layer narrower weights: `weight = fix(...)`",
)
BAD_WEIGHT_FORMAT = Rule(
    code="SNN426",
    message="`clock:{formats}` cannot keep weights as `{written}`",
    notes=("it has {width} bits for a weight, and sums with {fraction} fraction bits",),
    help="write `fix({width})`, or leave `weight` out",
)
CLIPPED = Rule(
    code="SNN427",
    message="weights of `{layer}` are clipped in `clock:{formats}`",
    level=Level.WARNING,
    notes=("it keeps {least} to {most}",),
    help="scale threshold and weights of the layer together: the network stays the same",
)
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
