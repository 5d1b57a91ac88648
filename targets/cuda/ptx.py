"""Audits PTX: nothing in it may round otherwise than the source says.

The PTX and not the machine code is audited: there, division and square root are loops of fused
operations, and rightly so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """An instruction that does not belong there."""

    kernel: str
    line: int  # of the PTX, from 1
    instruction: str
    why: str


# Of an instruction's name, without predicate and operands; the first that matches tells.
_FORBIDDEN = tuple(
    (re.compile(pattern), why)
    for pattern, why in (
        (r"\.approx\b", "an approximation"),
        (r"\.full\b", "an approximation"),
        (r"^(ex2|lg2|sin|cos|tanh|rsqrt)\.", "an approximation"),
        (r"\.ftz\b", "subnormals become zero"),
        (r"\.f64\b", "double precision"),
        (r"^(atom|red)\..*\.(f16|f16x2|bf16|bf16x2|f32|f64)\b", "the order of the sum is open"),
        (r"^(add|sub|mul)\.f32\b", "the assembler may fuse it"),
        (r"^(add|sub|mul|div|sqrt|rcp)\.(?!rn\b).*\bf32\b", "not rounded to nearest, once"),
        (r"^(min|max)\..*\bf32\b", "zeros and NaN differ from those of a CPU"),
    )
)
_FUSED = re.compile(r"^(fma|mad)\..*\bf32\b")
_ENTRY = re.compile(r"\.(?:entry|func)\s+(?:\([^)]*\)\s*)?([\w$]+)")
_INSTRUCTION = re.compile(r"^\s*(?:@!?%\w+\s+)?([a-z][\w.:]*)\s")
_WRITTEN, _END = "// begin inline asm", "// end inline asm"


def audit(ptx: str, fused: int = 0) -> list[Finding]:
    """What must not be in the PTX of a module.

    Args:
        ptx: Its text.
        fused: How many fused multiply-adds the source has that are not `sfd_fma`. That one is
            written in assembly, which the PTX marks; any other beyond this number was made by the
            compiler.
    """
    findings = []
    made = []
    for kernel, number, name, text, written in _instructions(ptx):
        for pattern, why in _FORBIDDEN:
            if pattern.search(name):
                findings.append(Finding(kernel, number, text, why))
                break
        if _FUSED.search(name) and not written:
            made.append(Finding(kernel, number, text, "fused, and not written so"))
    return sorted(findings + made[fused:], key=lambda finding: finding.line)


def count_fused(ptx: str) -> dict[str, int]:
    """For each kernel and function, how many fused multiply-adds it has, written or made."""
    counts: dict[str, int] = {}
    for kernel, _, name, _, _ in _instructions(ptx):
        counts.setdefault(kernel, 0)
        counts[kernel] += bool(_FUSED.search(name))
    return counts


def _instructions(ptx: str) -> Iterator[tuple[str, int, str, str, bool]]:
    """Kernel, line, name, text and whether it was written as assembly, of every instruction."""
    kernel, written = "", False
    for number, line in enumerate(ptx.splitlines(), start=1):
        if line.strip() in (_WRITTEN, _END):
            written = line.strip() == _WRITTEN
        elif entry := _ENTRY.search(line):
            kernel = entry[1]
        elif instruction := _INSTRUCTION.match(line):
            yield kernel, number, instruction[1], line.strip(), written
