"""The messages of elaboration: names, settings, statements (1xx), shapes and references to layers.

Those about units and exact arithmetic, SNN101 and SNN112 to SNN114, stand in `units.py`.
"""

from sfdfa_compiler.diagnostics import Level, Rule
from sfdfa_compiler.units import ASCII_UNITS

UNKNOWN_NAME = Rule(
    code="SNN102",
    message="there is no {kind} `{name}`",
    help="define `{name}`, or write another name",
)
DEFINED_BELOW = Rule(
    code="SNN103",
    message="`{name}` is used before it is defined",
    help="move line {line} up: a constant stands above its first use",
)
CIRCLE = Rule(
    code="SNN103",
    message="`{name}` is made of itself: it needs {needs}",
    help="write `{name} = ...` without constants that need `{name}`",
)
WRONG_KIND = Rule(
    code="SNN104", message="{what} takes {wanted}", label="this is {found}", help="write {wanted}"
)
TWICE = Rule(code="SNN105", message="{what} is given twice", help="remove one of the two")
RENAME = "choose another name for one of the two"  # help of TWICE
UNKNOWN_SETTING = Rule(
    code="SNN106", message="{owner} has no setting `{name}`", help="remove it: there is none at all"
)
MISSING_SETTING = Rule(
    code="SNN107",
    message="{owner} needs `{name}`",
    label="without `{name}`",
    notes=("it decides the result, so it has no default",),
    help="write `{name} {example}`, for example",
)
WRONG_OPERATOR = Rule(
    code="SNN108",
    message="`{name}` is written with `{wanted}` here",
    label="not with `{found}`",
    help="{advice}",
)
UNNAMED = Rule(
    code="SNN109",
    message="every value in `{owner}( )` has a name",
    label="this one has none",
    help="write its name and `=` in front of it",
)
UNKNOWN_UNIT = Rule(
    code="SNN110", message="`{unit}` is not a unit", help=f"write one of the units {ASCII_UNITS}"
)
ELECTRICAL_UNIT = Rule(
    code="SNN111",
    message="`{unit}` has no use here",
    notes=("potentials, weights and thresholds are plain numbers in one common scale",),
    help="write the number alone",
)
VALUE_COUNT = Rule(
    code="SNN115",
    message="`{owner}` takes {wanted}",
    label="{found} here",
    help="it is written `{written}`",
)
NOT_ASCENDING = Rule(
    code="SNN116",
    message="{what} must ascend",
    label="{second} does not lie above {first}",
    help="write the smaller one first, and none twice",
)
NOT_WHOLE = Rule(
    code="SNN117",
    message="{what} is a whole number",
    label="this is {found}",
    help="write it without a fraction: `{above}`, for example",
)
OUT_OF_RANGE = Rule(
    code="SNN118",
    message="{what} must be {range}",
    label="this is {found}",
    help="write a value that is {range}",
)
UNIT_AS_VALUE = Rule(
    code="SNN119",
    message="`{unit}` is a unit: it follows its number directly",
    help="write `{example}`",
)
UNKNOWN_STATEMENT = Rule(
    code="SNN120", message="`{name}` does not begin a statement of {place}", help="remove it"
)
WRONG_FORM = Rule(
    code="SNN121",
    message="this statement has another form",
    label="{difference}",
    help="it is written `{written}`",
)
RESERVED_NAME = Rule(code="SNN122", message="`{name}` is {why}", help="choose another name")
MISSING_STATEMENT = Rule(code="SNN123", message="{owner} has no {what}", help="write `{written}`")
UNUSED_CONSTANT = Rule(
    code="SNN124",
    message="the constant `{name}` is never used",
    level=Level.WARNING,
    help="remove it",
)
NOT_A_MODEL = Rule(
    code="SNN125",
    message="`{name}` is not a neuron model",
    label="it is {found}",
    help="a model is written `cell = lif(tau_syn = 10 ms, threshold = 1)`",
)
LANGUAGE = Rule(
    code="SNN126",
    message="this file is written in language {found}; this compiler knows 1",
    help="use a newer sfdfac",
)
NO_SUCH_PATH = Rule(
    code="SNN127",
    message="`--set` finds no {kind} `{name}`",
    help="write it into the file: `--set` only changes what is there",
)
UNKNOWN_CODE = Rule(
    code="SNN128", message="there is no message `{code}`", help="`sfdfac explain` lists them"
)

SHAPES = Rule(code="SNN211", message="{what} does not fit", label="{found} here", help="{advice}")

SECOND_PENALTY = Rule(
    code="SNN302", message="a second `rate_penalty` for `{layer}`", help="remove one of the two"
)
NO_SPIKES = Rule(
    code="SNN303",
    message="`{word}` needs a layer that learns from its spikes",
    label="this is {found}",
    help="name a hidden layer",
)
