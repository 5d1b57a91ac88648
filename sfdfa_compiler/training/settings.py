"""What a run depends on besides its program and its target: enough to repeat it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from sfdfa_compiler.diagnostics import Diagnostic, UserError, place
from sfdfa_compiler.training.rules import OTHER_SETTING

_WORDS = {
    "profile": "another profile",
    "data": "other data",
    "samples": "another number of samples",
    "test_samples": "another number of test samples",
    "seed": "another seed",
    "weights": "other initial weights",
    "validate": "another validation",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Options of the command line by their names; None or False: not given."""

    target: str | None = None  # the only one that may change: all have the same bits
    profile: str | None = None
    data: str | None = None  # None: the digits of the package
    samples: int | None = None
    test_samples: int | None = None
    seed: int | None = None
    weights: str | None = None
    validate: bool = False
    overrides: tuple[str, ...] = ()

    def resumed(self, given: Settings) -> Settings:
        """These settings for a run that goes on; `given` may repeat them and add overrides.

        Raises:
            UserError: SNN525 for everything that is given and differs.
        """
        found: list[Diagnostic] = []
        for name, what in _WORDS.items():
            here, there = getattr(given, name), getattr(self, name)
            option = "--" + name.replace("_", "-")
            if here is not None and here is not False and here != there:
                found.append(
                    OTHER_SETTING.at(
                        place(option),
                        option=option,
                        what=what,
                        here=_shown(here),
                        there=_shown(there),
                    )
                )
        if found:
            raise UserError(found)
        target = given.target or self.target
        overrides = self.overrides + given.overrides  # of two for one value the last will count
        return dataclasses.replace(self, target=target, overrides=overrides)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Settings:
        """The inverse of `dataclasses.asdict`."""
        return cls(**{**values, "overrides": tuple(values["overrides"])})


def _shown(value: object) -> str:
    if value is None or isinstance(value, bool):
        return "yes" if value else "none"
    return f"`{value}`"
