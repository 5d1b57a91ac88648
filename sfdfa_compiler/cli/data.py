"""`sfdfac data`: data sets by name."""

from __future__ import annotations

import click


@click.group()
def data() -> None:
    """List and download data sets."""


@data.command("list")
def list_() -> None:
    """List the data sets that can be downloaded, and those that are here."""
    from sfdfa_compiler.data.catalogue import CATALOGUE
    from sfdfa_compiler.data.load import SAMPLE, cache

    click.echo(f"{SAMPLE}: 2,000 + 500 digits of MNIST, inside sfdfac, used unless --data is given")
    for name in CATALOGUE:
        here = (cache() / name).is_dir()
        click.echo(f"{name}: {cache() / name if here else f'sfdfac data get {name}'}")


@data.command("get")
@click.argument("name")
def get(name: str) -> None:
    """Download a data set and check it against its published checksums."""
    from sfdfa_compiler.cli.progress import download_bar
    from sfdfa_compiler.data.download import get

    with download_bar() as progress:
        folder = get(name, progress)
    click.echo(f"{name}: {folder}; use it with `--data {name}`")
