"""Runs test kernels from a library built with a sanitizer, in a process of their own.

    python -m tests.cuda.runtime.sanitized VARIANT [KERNEL...]

Prints each kernel, the order and whether its bits were right. All right ones, unless some are
named; the sanitizer's library must be loaded before Python (`cpu.library.preload`).
"""

import sys

from sfdfa_compiler.targets.cuda.cpu.library import Variant, build
from sfdfa_compiler.targets.cuda.execute import Kernels
from tests.cuda.runtime.cases import RIGHT, SOURCE, blocks, neighbours, product, tree_sum

SMALL = {
    "tree_sum": tree_sum(blocks=2, block=64, n=50),
    "product": product(rows=70, columns=40),
    "neighbours": neighbours(),
    "blocks": blocks(),
}


def main(variant: str, *names: str) -> None:
    """Run the kernels under three orders."""
    kernels = Kernels(build(SOURCE, Variant(variant)))
    small = [
        case.named(name)
        for name in names
        for prefix, case in SMALL.items()
        if name.startswith(prefix)
    ]
    for case in small or RIGHT:
        for order in (0, 1, 2):
            written, _ = case.run(kernels, order=order, workers=1)
            print(case.kernel, order, "right" if case.is_right(written) else "wrong", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
