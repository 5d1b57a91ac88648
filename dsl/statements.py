"""The statements of the language: where each may stand and how it is written.

What the settings in them take says `forms.py`.
"""

from __future__ import annotations

from typing import Final

from sfdfa_compiler.dsl.entries import Need, Place, StatementForm
from sfdfa_compiler.dsl.forms import MODELS, PARTS

STATEMENTS: Final = (
    StatementForm(
        word="network",
        places=(Place.FILE,),
        written="network NAME { ... }",
        words=2,
        block=Need.MUST,
    ),
    StatementForm(
        word="input",
        places=(Place.NETWORK,),
        written="input NAME[28, 28] { encode ttfs(window = 100 ms) }",
        words=2,
        shape=Need.MUST,
        block=Need.MUST,
        defines=True,
    ),
    StatementForm(
        word="layer",
        places=(Place.NETWORK,),
        written="layer NAME[800] { from SOURCE dense(...), lif(...) }",
        words=2,
        shape=Need.MUST,
        block=Need.MUST,
        defines=True,
    ),
    StatementForm(
        word="readout",
        places=(Place.NETWORK,),
        written="readout LAYER spike_count(correct = 15, other = 3)",
        words=3,
        args=Need.MAY,
    ),
    StatementForm(
        word="learner",
        places=(Place.NETWORK,),
        written="learner sfdfa { ... }",
        words=2,
        block=Need.MAY,
    ),
    StatementForm(
        word="target",
        places=(Place.NETWORK,),
        written="target loihi2 { dt = 1 ms }",
        words=2,
        block=Need.MUST,
    ),
    StatementForm(
        word="rule",
        places=(Place.NETWORK,),
        written="rule NAME(tau = 20 ms) { ... }",
        words=2,
        args=Need.MAY,
        block=Need.MUST,
        defines=True,
    ),
    StatementForm(
        word="encode",
        places=(Place.INPUT,),
        written="encode ttfs(window = 100 ms)",
        words=2,
        args=Need.MAY,
    ),
    StatementForm(
        word="from",
        places=(Place.LAYER,),
        written="from SOURCE dense(weight ~ uniform(-1, 1))",
        words=3,
        args=Need.MAY,
    ),
    *(
        StatementForm(
            word=model,
            places=(Place.LAYER,),
            written=f"{model}({', '.join(f'{name} = ...' for name in form.settings)})",
            words=1,
            args=Need.MAY,
        )
        for model, form in MODELS.items()
    ),
    *(
        StatementForm(
            word=part,
            places=(Place.LEARNER,),
            written=f"{part}({', '.join(f'{name} = ...' for name in form.settings)})",
            words=1,
            args=Need.MAY,
        )
        for part, form in PARTS.items()
    ),
    *(
        StatementForm(
            word=state,
            places=(Place.RULE,),
            written=f"{state} NAME(decay = tau_mem)",
            words=2,
            args=Need.MAY,
        )
        for state in ("pre", "post", "synapse")
    ),
    StatementForm(
        word="on",
        places=(Place.RULE,),
        written="on pre { ... }",
        words=2,
        block=Need.MUST,
    ),
    StatementForm(
        word="allow",
        places=(
            Place.NETWORK,
            Place.INPUT,
            Place.LAYER,
            Place.LEARNER,
            Place.TARGET,
            Place.RULE,
        ),
        written='allow SNN309 "why"',
        words=2,
        text=Need.MUST,
    ),
)


def statements(place: Place) -> dict[str, StatementForm]:
    """The statements that may stand in a place, by their first word."""
    return {form.word: form for form in STATEMENTS if place in form.places}


# ---------------------------------------------------------------- inside a rule

RULE_EVENTS: Final = ("pre", "post", "step", "end")
RULE_FUNCTIONS: Final = {"min": 2, "max": 2, "abs": 1, "within": 3}  # numbers of values
RULE_NAMES: Final = (  # what a rule reads besides its own states and parameters
    "weight",
    "potential",
    "current",
    "threshold",
    "tau_mem",
    "tau_syn",
    "spikes",
    "error",
)
ELIGIBILITY: Final = "eligibility"  # the one state that every rule has
