"""The command line `sfdfac`: options, exit codes, printing; no logic.

Every command imports what it needs when it runs, so that `--help` starts at once.
"""

from sfdfa_compiler.cli.data import data
from sfdfa_compiler.cli.group import Commands
from sfdfa_compiler.cli.machines import targets
from sfdfa_compiler.cli.programs import check, explain, fmt, graph, new
from sfdfa_compiler.cli.work import build, diff, run, test, train

main = Commands(
    "sfdfac",
    [new, check, fmt, explain, targets, build, run, train, test, diff, graph, data],
)

__all__ = ["main"]
