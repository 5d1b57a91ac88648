"""The words of the language: its settings and values, and what each of them takes.

This table and that of `statements.py` are the only places that know them. Elaboration reads files
by it, and did-you-mean suggestions look here. The grammar knows no words.

Defaults and bounds are written as a user would write them: `2 * tau_syn`, `200 ms`, `10 %`.
"""

from __future__ import annotations

from typing import Final

from sfdfa_compiler.dsl.entries import (
    Bound,
    CallForm,
    Kind,
    SettingForm,
    Takes,
    ValueForm,
)

# ---------------------------------------------------------------- settings

ABOVE_ZERO = Bound("0", open=True)
FROM_ZERO = Bound("0")
FROM_ONE = Bound("1")
BELOW_ONE = Bound("1", open=True)
MOST_WHOLE = Bound("2_147_483_647")  # whole numbers are 32-bit integers in every target


def _time(summary: str, default: str | None = None) -> SettingForm:
    return SettingForm(kind=Kind.TIME, summary=summary, default=default, low=ABOVE_ZERO)


def _number(
    summary: str,
    default: str | None = None,
    low: Bound | None = FROM_ZERO,
    high: Bound | None = None,
) -> SettingForm:
    return SettingForm(kind=Kind.NUMBER, summary=summary, default=default, low=low, high=high)


def _whole(summary: str, default: str | None = None, low: Bound = FROM_ONE) -> SettingForm:
    return SettingForm(kind=Kind.WHOLE, summary=summary, default=default, low=low, high=MOST_WHOLE)


def _word(summary: str, *words: str, feature: str = "") -> SettingForm:
    """One of `words`; the first is the default."""
    return SettingForm(
        kind=Kind.WORD, summary=summary, default=words[0], words=words, feature=feature
    )


SIZE: Final = SettingForm(kind=Kind.WHOLE, summary="neurons along one axis", low=FROM_ONE)
SPIKE_TIME: Final = SettingForm(kind=Kind.TIME, summary="time of an input spike", low=FROM_ZERO)

# ---------------------------------------------------------------- calls


def _calls(*forms: CallForm) -> dict[str, CallForm]:
    return {form.word: form for form in forms}


ENCODERS: Final = _calls(
    CallForm(
        word="ttfs",
        summary="time to first spike: x in [0, 1] spikes at window * (1 - x); 0 stays silent",
        settings={"window": _time("the time in which all values have spiked")},
    ),
    CallForm(word="spikes", summary="the data are events, used as recorded"),
    CallForm(
        word="times",
        summary="spike times in the file, one list per neuron",
        takes=Takes.LISTS,
    ),
    CallForm(
        word="rate",
        summary="x in [0, 1] is a rate of random spikes",
        settings={
            "peak": SettingForm(kind=Kind.FREQUENCY, summary="the rate of x = 1", low=ABOVE_ZERO)
        },
        feature="rate",
    ),
)

MODELS: Final = _calls(
    CallForm(
        word="lif",
        summary="leaky integrate-and-fire neurons, reset by subtraction",
        settings={
            "tau_syn": _time("synaptic time constant"),
            "tau_mem": _time("membrane time constant", "2 * tau_syn"),
            "threshold": _number("potential at which a neuron fires", low=ABOVE_ZERO),
            "max_spikes": _whole("spikes a sample after which a neuron is mute", "30"),
        },
    ),
    CallForm(
        word="leaky",
        summary="leaky integrators that never fire, to be read out by their potential",
        settings={"tau_mem": _time("membrane time constant")},
        feature="leaky",
    ),
)


def _connection(word: str, summary: str, feature: str = "", **settings: SettingForm) -> CallForm:
    """A kind of connection: its own settings, then those that every connection has."""
    every = {
        "weight": SettingForm(kind=Kind.WEIGHTS, summary="start weights, [source][neuron]"),
        "delay": SettingForm(
            kind=Kind.DELAYS,
            summary="time from a spike to its arrival",
            default="0 ms",
            low=FROM_ZERO,
            feature="delay",
        ),
        "learn": _word("whether the learner changes the weights", "true", "false"),
    }
    return CallForm(word=word, summary=summary, settings={**settings, **every}, feature=feature)


def _extent(summary: str, default: str | None, low: Bound) -> SettingForm:
    return SettingForm(kind=Kind.EXTENT, summary=summary, default=default, low=low)


CONNECTIONS: Final = _calls(
    _connection("dense", "every source neuron to every neuron"),
    _connection(
        "sparse",
        "each pair with a probability",
        feature="sparse",
        probability=_number(
            "share of the pairs that are connected", low=ABOVE_ZERO, high=Bound("1")
        ),
    ),
    _connection("one_to_one", "neuron i to neuron i", feature="one_to_one"),
    _connection(
        "conv",
        "a kernel that moves over the rows and columns of [channels, rows, columns]",
        feature="conv",
        kernel=_extent("rows and columns of the kernel", None, FROM_ONE),
        stride=_extent("how far it moves", "1", FROM_ONE),
        padding=_extent("silent rows and columns around the source", "0", FROM_ZERO),
    ),
    _connection(
        "pool",
        "squares of a channel become one neuron each",
        feature="pool",
        size=_extent("rows and columns of a square", None, FROM_ONE),
    ),
)

READOUTS: Final = _calls(
    CallForm(
        word="spike_count",
        summary="the neuron with the most spikes names the class",
        settings={
            "correct": _number("spikes wanted from the neuron of the label", "15"),
            "other": _number("spikes wanted from every other neuron", "3"),
            "wanted": _word("where the wanted counts come from", "label", "data", feature="wanted"),
        },
    ),
    CallForm(
        word="first_spike",
        summary="the neuron that fires first names the class",
        settings={
            "loss": _word("what training makes small", "mse", "cross_entropy"),
            "tau": _time("time scale of the loss", "1 ms"),
        },
        feature="first_spike",
    ),
    CallForm(
        word="potential",
        summary="the highest potential names the class",
        settings={"loss": _word("what training makes small", "cross_entropy", "mse")},
        feature="potential",
    ),
)


def _rate(summary: str, default: str | None = None, low: Bound | None = ABOVE_ZERO) -> SettingForm:
    return SettingForm(kind=Kind.RATE, summary=summary, default=default, low=low)


OPTIMISERS: Final = _calls(
    CallForm(
        word="adam",
        summary="Adam; with a layer in front, for that layer only",
        settings={
            "rate": _rate("learning rate", "3e-3"),
            "beta1": _number("decay of the mean gradient", "0.9", high=BELOW_ONE),
            "beta2": _number("decay of the mean square", "0.999", high=BELOW_ONE),
            "epsilon": _number("added to the root", "1e-8", low=ABOVE_ZERO),
        },
        takes=Takes.MAYBE_A_LAYER,
    ),
    CallForm(
        word="sgd",
        summary="plain stochastic gradient descent; with a layer in front, for that layer only",
        settings={"rate": _rate("learning rate")},
        takes=Takes.MAYBE_A_LAYER,
    ),
)

PENALTIES: Final = _calls(
    CallForm(
        word="rate_penalty",
        summary="pulls the mean spike count of a hidden layer to a target",
        settings={
            "strength": _number("how strongly it pulls"),
            "target": _number("spikes per sample"),
        },
        takes=Takes.A_LAYER,
    ),
)

PARTS: Final = {**OPTIMISERS, **PENALTIES}

# ---------------------------------------------------------------- blocks that hold settings

NETWORK: Final = {"window": _time("how long a sample is shown", "200 ms")}

LEARNER: Final = {
    "local_gradient": SettingForm(
        kind=Kind.GRADIENT,
        summary="eq. 18 (`modified`) or eq. 17 (`exact`), or a rule of this file",
        default="modified",  # unless the learner brings another
        words=("modified", "exact"),
    ),
    "batch": _whole("samples per update", "50"),
    "epochs": _whole("passes over the training set", "30"),
    "shards": _whole("accumulators of the gradient, for several workers", "1"),
    "feedback_rate": _rate("learning rate of the feedback weights", "1e-4", low=None),
    "feedback": SettingForm(kind=Kind.FEEDBACK, summary="initial feedback weights", default="0"),
    "halvings": _whole("clock profile: halvings of the learning rate", "4", low=FROM_ZERO),
    "reset_trace": _word("clock profile: keep trace r of eq. 20", "false", "true"),
}

_STEP = _time("length of a step", "1 ms")
_LATENCY = _whole("steps from a spike to its arrival", "1")


def _weight_format(default: str) -> SettingForm:
    return SettingForm(kind=Kind.FORMAT, summary="format of the weights", default=default)


TARGETS: Final[dict[str, dict[str, SettingForm]]] = {
    "reference": {},
    "native": {},
    "cuda": {},
    "loihi2": {"dt": _STEP, "weight": _weight_format("fix(8)"), "latency": _LATENCY},
    "spinnaker": {
        "dt": _STEP,
        "weight": _weight_format("fix(16)"),
        "latency": _LATENCY,
        "neurons_per_core": _whole("neurons that one core simulates", "64"),
        "activity": SettingForm(
            kind=Kind.NUMBER,
            summary="the largest share of a layer that spikes in one step",
            default="100 %",
            low=ABOVE_ZERO,
            high=Bound("1"),
            promise=True,
        ),
    },
}

# ---------------------------------------------------------------- values that are calls

DISTRIBUTIONS: Final = {
    form.word: form
    for form in (
        ValueForm(word="uniform", written="uniform(-1, 1)", least=2, most=2),
        ValueForm(word="normal", written="normal(0, 0.5)", least=2, most=2),
        ValueForm(word="constant", written="constant(0.5)", most=1),
    )
}

SPREAD: Final = _number("standard deviation of `normal`")

SCHEDULES: Final = {
    form.word: form
    for form in (
        ValueForm(
            word="step",
            written="step(1e-4, 2.7e-3, at = 10)",
            least=2,
            settings={"at": _whole("epochs from which on the second value holds, the third ...")},
        ),
        ValueForm(
            word="decay",
            written="decay(3e-3, factor = 0.5, every = 10)",
            most=1,
            settings={
                "factor": _number("what the value is multiplied by", low=ABOVE_ZERO),
                "every": _whole("after so many epochs"),
            },
        ),
        ValueForm(word="cosine", written="cosine(3e-3)", most=1),
    )
}

FILE: Final = ValueForm(word="file", written='file("weights.npz", "hidden/weight")', most=2)
FIX: Final = ValueForm(word="fix", written="fix(8)", most=2)
FIX_WIDTH: Final = SettingForm(kind=Kind.WHOLE, summary="width", low=Bound("2"), high=Bound("32"))
FIX_FRACTION: Final = SettingForm(
    kind=Kind.WHOLE, summary="fraction", low=FROM_ZERO, high=Bound("31")
)

VALUES: Final = {**DISTRIBUTIONS, **SCHEDULES, "file": FILE, "fix": FIX}

# ---------------------------------------------------------------- names, features

RESERVED: Final = frozenset(  # not to be given as names; units are reserved too
    {"true", "false", "network", "readout", "learner", "target"}
    | {"sparse", "one_to_one", "conv", "pool", "delay"}
)

# What is sayable but not in the common core of all targets, as the messages call it. Capabilities
# of targets name features by these keys.
FEATURES: Final[dict[str, str]] = {
    "sparse": "`sparse` connections",
    "one_to_one": "`one_to_one` connections",
    "conv": "`conv` connections",
    "pool": "`pool` connections",
    "delay": "delays",
    "cycle": "recurrent connections",
    "second_source": "a second `from` into one layer",
    "rate": "`rate` coding",
    "leaky": "the model `leaky`",
    "first_spike": "the readout `first_spike`",
    "potential": "the readout `potential`",
    "wanted": "wanted counts from the data",
    "rule": "the statement `rule`",
}
