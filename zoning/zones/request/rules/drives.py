"""Rules about drives: inside a zone, and from its high school."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from zoning.errors import OptionError, first_few, typed_fields
from zoning.units import minutes
from zoning.zones.arrays import Floats
from zoning.zones.plan import Zone
from zoning.zones.request.restrictions import Restrictions
from zoning.zones.request.rules.base import Easing, Ground, numbers


@typed_fields
@dataclass(frozen=True, slots=True, kw_only=True)
class LongestDrive:
    """No drive between two buildings of a zone, one way or the other, takes longer."""

    limit_s: float
    depends_on_count: ClassVar[bool] = False

    def __post_init__(self) -> None:
        _require_positive("the longest drive", self.limit_s)

    @property
    def text(self) -> str:
        """The rule in plain words."""
        return f"no drive over {minutes(self.limit_s)} inside a zone"

    def faults(self, ground: Ground) -> list[str]:  # noqa: ARG002
        """Always makes sense."""
        return []

    def broken_by(self, zone: Zone, ground: Ground) -> str | None:
        """The longest drive, if it is too long."""
        at = numbers(zone, ground)
        between = ground.seconds[np.ix_(at, at)]
        a, b = np.unravel_index(int(between.argmax()), between.shape)
        if between[a, b] <= self.limit_s:
            return None
        one, other = (ground.name(ground.building_ids[at[k]]) for k in (a, b))
        return f"{one} to {other} is {_over(between[a, b], self.limit_s)}"

    def restrictions(self, ground: Ground) -> Restrictions:
        """Pairs too far from one another are apart."""
        return Restrictions(apart=_both_ways(ground.seconds) > self.limit_s)

    def easings(self, ground: Ground) -> list[Easing]:
        """Each longer drive there is between two buildings."""
        longer = np.unique(_both_ways(ground.seconds))
        return [
            Easing(f"allow drives of {_exact(s)} inside a zone", replace(self, limit_s=float(s)))
            for s in longer[longer > self.limit_s]
        ]


@typed_fields
@dataclass(frozen=True, slots=True, kw_only=True)
class FromHighSchool:
    """No building is farther from the high school its zone is aligned with or named after."""

    limit_s: float
    depends_on_count: ClassVar[bool] = False

    def __post_init__(self) -> None:
        _require_positive("the longest drive from the high school", self.limit_s)

    @property
    def text(self) -> str:
        """The rule in plain words."""
        return f"no building over {minutes(self.limit_s)} from its zone's high school"

    def faults(self, ground: Ground) -> list[str]:
        """Needs high schools that the travel times know."""
        if not ground.high_school_ids:
            return [f"{self.text}: there is no high school that zones could have"]
        unknown = np.isnan(ground.from_high_school).any(axis=0)
        lost = [ground.high_school_ids[k] for k in np.flatnonzero(unknown)]
        return [f"{self.text}: no travel times from {', '.join(first_few(lost))}"] if lost else []

    def broken_by(self, zone: Zone, ground: Ground) -> str | None:
        """The farthest building, if it is too far."""
        if zone.high_school_id not in ground.high_school_ids:
            return "the zone has no high school"
        school = ground.high_school_ids.index(zone.high_school_id)
        at = numbers(zone, ground)
        away = ground.from_high_school[at, school]
        far = int(away.argmax())
        if away[far] <= self.limit_s:
            return None
        return (
            f"{ground.name(ground.building_ids[at[far]])} from {ground.name(zone.high_school_id)} "
            f"is {_over(away[far], self.limit_s)}"
        )

    def restrictions(self, ground: Ground) -> Restrictions:
        """Buildings too far away are not in a zone aligned with the high school."""
        return Restrictions(away=ground.from_high_school > self.limit_s)

    def easings(self, ground: Ground) -> list[Easing]:
        """Each longer drive there is from a high school."""
        longer = np.unique(ground.from_high_school)
        return [
            Easing(
                f"allow {_exact(s)} from the zone's high school", replace(self, limit_s=float(s))
            )
            for s in longer[longer > self.limit_s]
        ]


def _require_positive(what: str, seconds: float) -> None:
    if not (math.isfinite(seconds) and seconds > 0):
        raise OptionError(f"{what} is {seconds} seconds", remedy="Give a number above 0.")


def _exact(seconds: float) -> str:
    """Minutes rounded up to a hundredth, so that a limit as printed allows it."""
    return f"{math.ceil(seconds / 0.6 - 1e-9) / 100:.2f} min"


def _both_ways(seconds: Floats) -> Floats:
    return np.maximum(seconds, seconds.T)


def _over(seconds: float, limit_s: float) -> str:
    """A drive and the limit it exceeds, with as many digits as tell them apart."""
    for digits in range(1, 7):
        drive, limit = f"{seconds / 60:.{digits}f}", f"{limit_s / 60:.{digits}f}"
        if drive != limit:
            break
    return f"{drive} min, over {limit} min"
