"""`sfdfac data`: data sets by name."""

from __future__ import annotations

import click


@click.group()
def data() -> None:
    """List and download data sets."""


@data.command("list")
def list_() -> None:
    """List what `--data` knows by name."""
    import os
    from pathlib import Path

    from sfdfa_compiler.data.catalogue import CATALOGUE
    from sfdfa_compiler.data.load import BESIDE, SAMPLE, cache

    click.echo(f"{SAMPLE}: 2,000 + 500 digits of MNIST, inside sfdfac, used unless --data is given")
    own = Path(os.environ.get("SFDFAC_DATA", BESIDE))
    folders = sorted(own.iterdir()) if own.is_dir() else []
    here = {folder.name: folder for folder in folders if folder.is_dir()}
    for name in dict.fromkeys((*here, *CATALOGUE)):
        folder = here.get(name, cache() / name)
        click.echo(f"{name}: {folder if folder.is_dir() else f'sfdfac data get {name}'}")


@data.command("get")
@click.argument("name")
def get(name: str) -> None:
    """Download a data set and check it against its published checksums."""
    from sfdfa_compiler.cli.progress import download_bar
    from sfdfa_compiler.data.download import get

    with download_bar() as progress:
        folder = get(name, progress)
    click.echo(f"{name}: {folder}; use it with `--data {name}`")
