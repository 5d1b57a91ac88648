"""Pictures of a run as PNG and SVG, with the extra `plot`; of a network as SVG, without it."""

from __future__ import annotations

import io
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from sfdfa_compiler.files import write
from sfdfa_compiler.report.network import network_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sfdfa_compiler.runs import Result

__all__ = ["MISSING", "can_draw", "draw", "network_svg"]

MISSING = "no pictures: matplotlib is not installed (pip install 'sfdfac[plot]')"


def can_draw() -> bool:
    """Whether matplotlib is installed."""
    return find_spec("matplotlib") is not None


def draw(result: Result, folder: Path | str) -> list[Path]:
    """Draw what there is to draw of a run: its curves, spikes and potentials of one sample.

    Args:
        result: Of `train`, `test` or `run`.
        folder: Where the pictures go.

    Returns:
        The files written.

    Raises:
        ImportError: If matplotlib is not installed.
        UserError: SNN521 if they cannot be written.
    """
    from sfdfa_compiler.report.curves import curves
    from sfdfa_compiler.report.spikes import potentials, raster
    from sfdfa_compiler.schedule import Window

    figures: dict[str, Figure] = {}
    if len(result.history) > 1:
        figures["curves"] = curves(result.history)
    figures["raster"] = raster(result)
    if isinstance(result.schedule.time, Window):
        figures["potentials"] = potentials(result)
    return [path for name, figure in figures.items() for path in _save(figure, Path(folder, name))]


def _save(figure: Figure, path: Path) -> list[Path]:
    import matplotlib as mpl

    written = []
    for suffix, metadata in ((".png", {"Software": None}), (".svg", {"Date": None})):
        content = io.BytesIO()
        with mpl.rc_context({"svg.hashsalt": path.name, "svg.fonttype": "none"}):
            figure.savefig(content, format=suffix[1:], metadata=metadata, dpi=150)
        file = path.with_suffix(suffix)
        write(file, content.getvalue())
        written.append(file)
    return written
