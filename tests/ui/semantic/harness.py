"""Check a program as the command line would, without its targets.

A first line such as `# sfdfac check FILE --set hidden.size=3 --target chip` gives options. The two
targets stand for what differs between real ones: `native` does all learning in continuous time,
`chip` has delays, learns locally and has the clock profile only.
"""

import shlex
from argparse import ArgumentParser

from sfdfa_compiler.checks import CheckContext, run_checks
from sfdfa_compiler.diagnostics import Diagnostic, Source
from sfdfa_compiler.dsl import parse, parse_override
from sfdfa_compiler.elaborate import elaborate
from sfdfa_compiler.ir import Capabilities, Graph

TARGETS = {
    "native": Capabilities(
        profiles=("event32", "event64", "clock"), learners=frozenset({"sfdfa", "dfa", "bp"})
    ),
    "chip": Capabilities(
        profiles=("clock",),
        learners=frozenset(),
        clock_learners=frozenset({"sfdfa", "dfa"}),
        features=frozenset({"delay"}),
    ),
}

OPTIONS = ArgumentParser(exit_on_error=False)
OPTIONS.add_argument("command", nargs="*")
OPTIONS.add_argument("--set", action="append", default=[])
OPTIONS.add_argument("--profile", default="event32")
OPTIONS.add_argument("--target")
OPTIONS.add_argument("--samples", type=int)


def check_text(text: str, name: str = "example.snn") -> tuple[Graph | None, list[Diagnostic]]:
    """The graph and everything that is said about a program, in the order of printing."""
    first = text.partition("\n")[0]
    line = first.removeprefix("# sfdfac ") if first.startswith("# sfdfac ") else ""
    options = OPTIONS.parse_args(shlex.split(line))
    file, found = parse(Source(name, text))
    overrides = []
    for argument in options.set:
        override, wrong = parse_override(Source("--set", argument))
        overrides += [override] if override else []
        found += wrong
    graph, more = elaborate(file, overrides)
    found += more
    if graph:
        context = CheckContext(
            profile=options.profile,
            target=options.target,
            capabilities=TARGETS,
            samples=options.samples,
        )
        found += run_checks(graph, context)
    return graph, sorted(dict.fromkeys(found), key=lambda diagnostic: diagnostic.sort_key)
