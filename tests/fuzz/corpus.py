"""What the fuzzer starts from: the examples, and pieces that make parsers stumble."""

import random
from importlib.resources import files

EXAMPLES = tuple(
    entry.read_text(encoding="utf-8")
    for entry in sorted(files("sfdfa_compiler.examples").iterdir(), key=lambda entry: entry.name)
    if entry.name.endswith(".snn")
)
SMALL = (
    """\
rule stdp(tau = 20 ms, up = 1, down = 0.5) {   # a rule
    pre x(decay = tau)

    on pre { x += 1, eligibility -= down * y }
}
allow SNN230 "why"
""",
    """\
network two {
    # comment
    tau_syn = 10 ms     # behind
    window  = (2 * tau_syn - 1 ms) / 3 ^ -2
    input x[2] { encode times([0.4 ms, 4.2 ms], [1.1 ms]) }
    layer y[3, 3]
    {
        from x dense(weight = [[2.5, 1], [-2.0, 3]], delay ~ uniform(0 ms, 30 ms))
        lif(
            tau_syn = tau_syn,    # behind
            # of its own
            threshold = 1,
        )
    }
    target loihi2 { dt = 1 ms, weight = fix(8), activity <= 10 % }
}
""",
    'a = f((1 + b) * 2 - -c, [1, 2], d = g(e), "text")\n',
)
_PIECES = (
    "( ) [ ] { } , ; : := == = ~ <= += -= < >= + - * ** / // /* */ ^ . .. % # \" ' \\ "
    "\n \r\n \r \t #x\n ,\n {\n }\n \n\n \0 \ufeff \udcff \x1b[31m \u2212 \u00d7 \u201c 1\xa0ms "
    "28x28 28\tx\t28 1. .5 1e5 1e999 1_000 1__0 10% 100ms µs μs τ größe 中文 _x input layer output "
    "network readout learner target rule from dense lif( uniform( file( "
    "0000000000000000000000000000000000000000000000000000000000000001"
)
PIECES = tuple(_PIECES.split(" "))


def mutant(random_: random.Random) -> str:
    """A small program, or a part of an example, after a few random changes."""
    if random_.random() < 0.5:
        text = random_.choice(SMALL)
    else:
        text = random_.choice(EXAMPLES)
        start = random_.randrange(len(text))
        text = text[start : start + random_.choice((20, 100, 400))]
    for _ in range(random_.choice((0, 1, 1, 1, 2, 3, 8))):
        text = _changed(text, random_)
    return text


def _changed(text: str, random_: random.Random) -> str:
    begin = random_.randrange(len(text) + 1)
    end = min(len(text), begin + random_.choice((0, 0, 1, 2, 5, 20)))
    piece = random_.choice(PIECES)
    match random_.randrange(7):
        case 0:  # insert
            return text[:begin] + piece + text[begin:]
        case 1:  # insert, with blanks
            return f"{text[:begin]} {piece} {text[begin:]}"
        case 2:  # replace
            return text[:begin] + piece + text[end:]
        case 3:  # delete
            return text[:begin] + text[end:]
        case 4:  # repeat
            return text[:begin] + text[begin:end] * random_.choice((2, 3, 40)) + text[end:]
        case 5:  # move
            return text[:begin] + text[end:] + text[begin:end]
        case _:  # any character
            return text[:begin] + chr(random_.randrange(0x3000)) + text[end:]
