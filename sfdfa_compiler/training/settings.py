"""What a run depends on besides its program and its target: enough to repeat it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from sfdfa_compiler.diagnostics import Diagnostic, UserError, place
from sfdfa_compiler.training.rules import OTHER_SETTING

_WORDS = {
    "profile": "arithmetic",
    "data": "data",
    "samples": "training samples",
    "test_samples": "test samples",
    "seed": "random numbers",
    "weights": "initial weights",
    "validate": "validation",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Options of the command line by their names; None or False: not given."""

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
            if here not in (None, False) and here != there:
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
        added = tuple(text for text in given.overrides if text not in self.overrides)
        return dataclasses.replace(self, overrides=self.overrides + added)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Settings:
        """The inverse of `dataclasses.asdict`."""
        return cls(**{**values, "overrides": tuple(values["overrides"])})


def _shown(value: object) -> str:
    return "none" if value in (None, False) else "yes" if value is True else f"`{value}`"
