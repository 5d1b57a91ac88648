"""The messages of the front end, SNN001 to SNN008, and the list that collects them."""

from __future__ import annotations

from sfdfa_compiler.diagnostics import Rule

UNEXPECTED = Rule(code="SNN001", message="{found} cannot stand here", label="expected {expected}")
CHARACTER = Rule(code="SNN002", message="{found} has no meaning here")
UNCLOSED = Rule(code="SNN004", message="`{bracket}` is never closed", label="opened here")
UNCLOSED_BLOCK = Rule(code="SNN005", message="`{{` is never closed", label="opened here")
SURPLUS = Rule(code="SNN006", message="`{bracket}` closes nothing", help="remove it")
LIMIT = Rule(code="SNN008", message="{what}")
