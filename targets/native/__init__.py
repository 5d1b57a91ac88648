"""C11 for the user's own processor: the embedded default target."""

from sfdfa_compiler.targets.native.target import TARGET

__all__ = ["TARGET"]
