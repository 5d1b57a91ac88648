"""The golden reference: a target that evaluates the plan's micro-functions on NumPy arrays."""

from sfdfa_compiler.interpreter.target import TARGET

__all__ = ["TARGET"]
