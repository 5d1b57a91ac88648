"""The way in: `sfdfac`, and `python -m sfdfa_compiler`.

Nothing is imported before `main` runs, so that Ctrl-C has one answer from the start.
"""


def main() -> None:
    """Run the command line."""
    try:
        from sfdfa_compiler.cli import main as command_line

        command_line(prog_name="sfdfac")
    except KeyboardInterrupt:  # while modules are imported; commands have their own answer
        import sys

        sys.stderr.write("\nstopped\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
