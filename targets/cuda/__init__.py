"""CUDA C++: deterministic kernels that train, on a GPU or executed on the CPU."""

from sfdfa_compiler.targets.cuda.target import TARGET

__all__ = ["TARGET"]
