"""The checks: one rule, one code, one file. Every module beside this one registers its own."""

from importlib import import_module
from pkgutil import iter_modules

from sfdfa_compiler.checks.registry import CHECKS, Check, CheckContext, check, run_checks

for _module in sorted(info.name for info in iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")

__all__ = ["CHECKS", "Check", "CheckContext", "check", "run_checks"]
