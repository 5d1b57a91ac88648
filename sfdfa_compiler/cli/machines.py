"""`sfdfac targets`: what programs can run on."""

from __future__ import annotations

from typing import Any

import click

from sfdfa_compiler.cli import options


@click.group(invoke_without_command=True)
@options.as_json
@click.pass_context
def targets(ctx: click.Context, as_json: bool) -> None:
    """List what programs can run on, and what each can do."""
    if ctx.invoked_subcommand:
        return
    found = _found()
    if as_json:
        import json

        click.echo(json.dumps(found, indent=2))
        return
    for target in found:
        click.echo(target["name"])
        for key in ("profiles", "learners", "learners in clock profiles", "features", "devices"):
            if target[key]:
                click.echo(f"    {key}: {', '.join(target[key])}")
        missing = "; ".join(target["obstacles"])
        click.echo(f"    cannot run here: {missing}" if missing else "    can run here")


@targets.command("cache")
@click.option("--clear", is_flag=True, help="Delete what is kept; it is built again when needed.")
def cache(clear: bool) -> None:
    """Show where targets keep compiled programs, or delete them."""
    from sfdfa_compiler.codegen import find_target, target_entries
    from sfdfa_compiler.codegen.optional import cache_folder, clear_cache

    for name in target_entries():
        target = find_target(name)
        folder = cache_folder(target)
        if folder is None:
            continue
        if clear:
            count = clear_cache(target)
            click.echo(f"{name}: {count} build{'s' * (count != 1)} deleted from {folder}")
        else:
            size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
            click.echo(f"{name}: {folder}, {size / 1e6:.1f} MB")


def _found() -> list[dict[str, Any]]:
    from sfdfa_compiler.codegen import find_target, target_entries
    from sfdfa_compiler.codegen.optional import devices, obstacles, rank

    targets = sorted(map(find_target, target_entries()), key=rank)
    return [
        {
            "name": target.name,
            "profiles": list(target.capabilities.profiles),
            "learners": sorted(target.capabilities.learners),
            "learners in clock profiles": sorted(target.capabilities.clock_learners),
            "features": sorted(target.capabilities.features),
            "devices": list(devices(target)),
            "obstacles": [diagnostic.message for diagnostic in obstacles(target)],
        }
        for target in targets
    ]
