"""`python -m sfdfa_compiler` is `sfdfac`."""

from sfdfa_compiler.cli import main

if __name__ == "__main__":
    main(prog_name="sfdfac")
