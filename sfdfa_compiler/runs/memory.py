"""Memory that ends while a program is at work: a message with a place, not a traceback."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from sfdfa_compiler.diagnostics import Rule, place

OUT_OF_MEMORY = Rule(
    code="SNN537",
    message="this machine has not enough memory for that",
    help="take fewer samples, `--samples N`, or make the layers smaller",
)

P = ParamSpec("P")
Result = TypeVar("Result")


def enough_memory(work: Callable[P, Result]) -> Callable[P, Result]:
    """Of a function that works with the program at `path`: it ends with SNN537 there."""

    @functools.wraps(work)
    def with_a_place(*args: P.args, **more: P.kwargs) -> Result:
        try:
            return work(*args, **more)
        except MemoryError as error:
            path = inspect.signature(work).bind(*args, **more).arguments["path"]
            raise OUT_OF_MEMORY.error(place(path)) from error

    return with_a_place
