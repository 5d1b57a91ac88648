"""What `sfdfac new` writes: an example under another name."""

from __future__ import annotations

import difflib
import re
from importlib.resources import files
from pathlib import Path

import click

from sfdfa_compiler.dsl.forms import RESERVED
from sfdfa_compiler.files import write


def starter(path: Path, example: str) -> str:
    """The text of an example, its network named as the file."""
    name = path.stem
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) or name in RESERVED:
        advice = "use letters, digits and `_`, a letter first, and no word of the language"
        raise click.BadParameter(f"`{name}` cannot name a network: {advice}", param_hint="NAME")
    folder = files("sfdfa_compiler.examples")
    examples = {e.name[:-4]: e for e in folder.iterdir() if e.name.endswith(".snn")}
    if example not in examples:
        close = difflib.get_close_matches(example, examples, n=1)
        advice = f"there are {', '.join(sorted(examples))}"
        if close:
            advice = f"did you mean `{close[0]}`?"
        raise click.BadParameter(f"there is no example `{example}`; {advice}", param_hint="--like")
    text = examples[example].read_text(encoding="utf-8")
    text = text.replace(f"examples/{example}.snn", str(path))
    return re.sub(rf"\bnetwork {example}\b", f"network {name}", text)


def write_starter(path: Path, text: str) -> None:
    """Write it, but never over something."""
    if path.exists():
        raise click.BadParameter(f"{path} exists already", param_hint="NAME")
    write(path, text)
