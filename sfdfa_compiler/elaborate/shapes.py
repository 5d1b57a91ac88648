"""Whether the shape of a layer fits what it reads; a message says which shape would."""

from __future__ import annotations

from math import prod

from sfdfa_compiler import ir
from sfdfa_compiler.diagnostics import Span
from sfdfa_compiler.elaborate import messages
from sfdfa_compiler.elaborate.exact import Exact, Listed, Settings
from sfdfa_compiler.elaborate.state import State
from sfdfa_compiler.units import Quantity

Shape = tuple[int, ...]


def check_shapes(
    state: State,
    kind: str,
    settings: Settings,
    projection: ir.Projection,
    source: Shape,
    target: Shape,
) -> None:
    """Compare the shapes at the two ends of a connection, and that of a list of weights.

    Raises:
        Wrong: If they do not fit.
    """
    if isinstance(projection.weight, ir.Listed):
        _weights(state, projection.weight, projection.spans["weight"], prod(source), prod(target))
    wanted: Shape | None = None
    match kind:
        case "one_to_one":
            wanted = source
            if prod(source) == prod(target):
                return
        case "conv":
            rows, columns = _grid(state, projection, source)
            kernel, stride = _pair(settings.exact("kernel")), _pair(settings.exact("stride"))
            padding = _pair(settings.exact("padding"))
            across = tuple(
                (length + 2 * pad - width) // step + 1
                for length, pad, width, step in zip(
                    (rows, columns), padding, kernel, stride, strict=True
                )
            )
            wanted = (target[0], *across)
        case "pool":
            rows, columns = _grid(state, projection, source)
            size = _pair(settings.exact("size"))
            wanted = (_channels(source), rows // size[0], columns // size[1])
        case _:
            return
    if wanted != target:
        state.fail(
            messages.SHAPES.at(
                projection.spans["kind"],
                what=f"the shape of `{projection.target}`",
                found=f"{_text(source)} into {_text(target)}",
                advice=f"write the shape {_text(wanted)}",
            )
        )


def _weights(state: State, weight: ir.Listed, span: Span, rows: int, columns: int) -> None:
    found = sorted({len(row) for row in weight.rows})
    if len(weight.rows) != rows:
        words = f"{len(weight.rows)} lists"
    elif found != [columns]:
        words = f"lists of {', '.join(map(str, found))}"
    else:
        return
    state.fail(
        messages.SHAPES.at(
            span,
            what="the list of weights",
            found=words,
            advice=f"weights are [source][neuron]: write {rows} lists of {columns}",
        )
    )


def _grid(state: State, projection: ir.Projection, source: Shape) -> tuple[int, int]:
    """Rows and columns of a source."""
    if len(source) not in (2, 3):
        state.fail(
            messages.SHAPES.at(
                projection.spans["kind"],
                what=f"`{projection.source}`",
                found=f"its shape is {_text(source)}",
                advice="write it as [rows, columns] or [channels, rows, columns]",
            )
        )
    return source[-2], source[-1]


def _channels(source: Shape) -> int:
    return source[0] if len(source) == 3 else 1


def _pair(value: Exact) -> tuple[int, int]:
    """`5` or `[5, 3]`: one number for rows and columns, or one for each."""
    items = value.items if isinstance(value, Listed) else (value, value)
    rows, columns = (int(item.value) for item in items if isinstance(item, Quantity))
    return rows, columns


def _text(shape: Shape) -> str:
    return str(list(shape))
