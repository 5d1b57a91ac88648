"""`python -m sfdfa_compiler` is `sfdfac`."""

from sfdfa_compiler.cli import main

main(prog_name="sfdfac")
