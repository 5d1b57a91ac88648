"""Programs of `n` statements, each kind with its own reason to take the square of that."""

from collections.abc import Callable

LIF = "lif(tau_syn = 10 ms, threshold = 1)"
DENSE = "dense(weight = 1)"


def network(*lines: str) -> str:
    return "\nnetwork long {\n" + "\n".join(lines) + "\n}\n"


def each(line: str, n: int) -> str:
    """The line for 0, 1 ... in place of `@`, and what follows in place of `+`."""
    return "\n".join(line.replace("@", str(i)).replace("+", str(i + 1)) for i in range(n))


PROGRAMS: dict[str, Callable[[int], str]] = {
    "names that are unknown": lambda n: network(each("x@ = y@", n)),
    "long names that are unknown": lambda n: network(each(f"{'a' * 90}@ = {'a' * 80}@b", n)),
    "units that are unknown": lambda n: network(each("x@ = 1 m@", n)),
    "each constant above the one it needs": lambda n: network(each("x@ = x+", n), f"x{n} = 1"),
    "a circle of constants": lambda n: network(each("x@ = x+", n), f"x{n} = x0"),
    "constants that nobody uses": lambda n: network(each("x@ = 1", n)),
    "warnings that are allowed": lambda n: network(each('x@ = 1\nallow SNN124 "test"', n)),
    "sources that are unknown": lambda n: network(
        each(f"layer h@[1] {{ from x@ {DENSE}, {LIF} }}", n)
    ),
    "models that are unknown": lambda n: network(
        each(f"m@ = {LIF}\nlayer h@[1] {{ from h0 {DENSE}, l@ }}", n)
    ),
    "models in constants": lambda n: network(
        "input x[1] { encode spikes }", each(f"m@ = {LIF}\nlayer h@[1] {{ from x {DENSE}, m@ }}", n)
    ),
    "a deep network": lambda n: network(
        "input h0[1] { encode spikes }",
        each(f"layer h+[1] {{ from h@ {DENSE}, {LIF} }}", n),
        f"readout h{n} spike_count",
        "learner sfdfa { }",
    ),
    "many sources of one layer": lambda n: network(
        f"layer y[1] {{ {LIF}", each(f"from h@ {DENSE}", n), "}"
    ),
    "parts of a learner": lambda n: network(
        each(f"layer h@[1] {{ from h@ {DENSE}, {LIF} }}", n),
        "learner sfdfa {",
        each("rate_penalty(h@, strength = 1, target = 1)\nadam(h@, rate = 1)", n),
        "}",
    ),
    "settings that are unknown": lambda n: network("learner sfdfa {", each("bach@ = 1", n), "}"),
    "inputs": lambda n: network(each("input x@[1] { encode spikes }", n)),
    "rules": lambda n: network(each("rule r@(a) { pre x@\n on pre { x@ = y@ } }", n)),
    "states of a rule": lambda n: network(
        "rule r(a) {", each("pre x@(decay = tau_syn)\non pre { x@ += y@ }", n), "}"
    ),
    "statements that are unknown": lambda n: network(
        each(f"layr h@[1] {{ from x@ {DENSE}, {LIF} }}", n)
    ),
}
