"""sfdfac: a compiler for spiking neural networks that learn on the chip."""

from sfdfa_compiler.version import __version__

__all__ = ["__version__"]
