"""Rules about where a zone's buildings are: drives, its high school, contiguity."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from zoning.errors import OptionError, first_few, typed_fields
from zoning.units import minutes
from zoning.zones.arrays import Floats
from zoning.zones.plan import Zone
from zoning.zones.request.restrictions import Restrictions
from zoning.zones.request.rules.base import (
    Easing,
    ProblemData,
    RuleDefaults,
    building_numbers,
    list_names,
)


@typed_fields
@dataclass(frozen=True, slots=True, kw_only=True)
class LongestDrive(RuleDefaults):
    """No drive between two buildings of a zone, in either direction, exceeds ``limit_s``."""

    limit_s: float
    depends_on_count: ClassVar[bool] = False

    def __post_init__(self) -> None:
        _require_positive("the longest drive", self.limit_s)

    @property
    def text(self) -> str:
        """The rule in plain words."""
        return f"no drive over {minutes(self.limit_s)} inside a zone"

    def broken_by(self, zone: Zone, problem: ProblemData) -> str | None:
        """The longest drive, if it exceeds the limit."""
        at = building_numbers(zone, problem)
        between = problem.seconds[np.ix_(at, at)]
        a, b = np.unravel_index(int(between.argmax()), between.shape)
        if between[a, b] <= self.limit_s:
            return None
        one, other = (problem.name(problem.building_ids[at[k]]) for k in (a, b))
        return f"{one} to {other} is {_describe_excess(between[a, b], self.limit_s)}"

    def restrictions(self, problem: ProblemData) -> Restrictions:
        """Forbid pairs of buildings that are too far apart."""
        return Restrictions(apart=_longer_direction(problem.seconds) > self.limit_s)

    def easings(self, problem: ProblemData) -> list[Easing]:
        """Raise the limit to each longer drive between two buildings."""
        longer = np.unique(_longer_direction(problem.seconds))
        return [
            Easing(
                f"allow drives of {_round_up_minutes(s)} inside a zone",
                replace(self, limit_s=float(s)),
                float(s) / self.limit_s - 1,
            )
            for s in longer[longer > self.limit_s]
        ]


@typed_fields
@dataclass(frozen=True, slots=True, kw_only=True)
class FromHighSchool(RuleDefaults):
    """No building is more than ``limit_s`` from its zone's high school."""

    limit_s: float
    depends_on_count: ClassVar[bool] = False

    def __post_init__(self) -> None:
        _require_positive("the longest drive from the high school", self.limit_s)

    @property
    def text(self) -> str:
        """The rule in plain words."""
        return f"no building over {minutes(self.limit_s)} from its zone's high school"

    def faults(self, problem: ProblemData) -> list[str]:
        """Faults if there is no high school, or one has no travel times."""
        if not problem.high_school_ids:
            return [f"{self.text}: there is no high school"]
        unknown = np.isnan(problem.from_high_school).any(axis=0)
        lost = [problem.high_school_ids[k] for k in np.flatnonzero(unknown)]
        return [f"{self.text}: no travel times from {', '.join(first_few(lost))}"] if lost else []

    def broken_by(self, zone: Zone, problem: ProblemData) -> str | None:
        """The farthest building, if it exceeds the limit."""
        if zone.high_school_id not in problem.high_school_ids:
            return "the zone has no high school"
        school = problem.high_school_ids.index(zone.high_school_id)
        at = building_numbers(zone, problem)
        away = problem.from_high_school[at, school]
        far = int(away.argmax())
        if away[far] <= self.limit_s:
            return None
        return (
            f"{problem.name(problem.building_ids[at[far]])} from "
            f"{problem.name(zone.high_school_id)} is {_describe_excess(away[far], self.limit_s)}"
        )

    def restrictions(self, problem: ProblemData) -> Restrictions:
        """Forbid buildings in zones whose high school is too far away."""
        return Restrictions(away=problem.from_high_school > self.limit_s)

    def easings(self, problem: ProblemData) -> list[Easing]:
        """Raise the limit to each longer drive from a high school."""
        longer = np.unique(problem.from_high_school)
        return [
            Easing(
                f"allow {_round_up_minutes(s)} from the zone's high school",
                replace(self, limit_s=float(s)),
                float(s) / self.limit_s - 1,
            )
            for s in longer[longer > self.limit_s]
        ]


@dataclass(frozen=True, slots=True)
class HoldsHighSchool(RuleDefaults):
    """A zone holds the building of the high school it is aligned with or named after."""

    depends_on_count: ClassVar[bool] = False

    @property
    def text(self) -> str:
        """The rule in plain words."""
        return "a zone holds its own high school"

    def faults(self, problem: ProblemData) -> list[str]:
        """A fault if no high school is among the buildings to divide."""
        if not any(problem.building_of(h) in problem.building_ids for h in problem.high_school_ids):
            return [f"{self.text}: no high school is among the buildings to divide"]
        return []

    def broken_by(self, zone: Zone, problem: ProblemData) -> str | None:
        """The high school, if it is not in the zone."""
        if zone.high_school_id not in problem.high_school_ids:
            return "the zone has no high school"
        if problem.building_of(zone.high_school_id) in zone.building_ids:
            return None
        return f"{problem.name(zone.high_school_id)}, its high school, is not in the zone"

    def restrictions(self, problem: ProblemData) -> Restrictions:  # noqa: ARG002
        """Require the high school's building in the zone."""
        return Restrictions(own_school=True)

    def easings(self, problem: ProblemData) -> list[Easing]:  # noqa: ARG002
        """Only dropping the rule."""
        return [Easing("allow zones without their own high school", None)]


@dataclass(frozen=True, slots=True)
class Contiguous(RuleDefaults):
    """A zone's buildings are connected: no building of another zone lies between.

    Attributes
    ----------
    neighbours
        Pairs of building ids whose areas meet, from `zoning.adjacent_buildings`.
    """

    neighbours: tuple[tuple[str, str], ...] = field(repr=False)
    depends_on_count: ClassVar[bool] = False

    @property
    def text(self) -> str:
        """The rule in plain words."""
        return "zones are contiguous"

    def faults(self, problem: ProblemData) -> list[str]:
        """A fault if a building has no neighbour."""
        met = {b for pair in self.neighbours for b in pair}
        alone = [b for b in problem.building_ids if b not in met]
        if alone and len(problem.building_ids) > 1:
            return [f"{self.text}: no neighbours are known of {', '.join(first_few(alone))}"]
        return []

    def broken_by(self, zone: Zone, problem: ProblemData) -> str | None:
        """The buildings that are cut off from the zone's largest part."""
        parts = connected_parts(zone.building_ids, self.neighbours)
        if len(parts) == 1:
            return None
        cut_off = sorted(set(zone.building_ids) - max(parts, key=len))
        verb = "is" if len(cut_off) == 1 else "are"
        return f"{list_names(cut_off, problem)} {verb} cut off by other zones"

    def restrictions(self, problem: ProblemData) -> Restrictions:
        """Require that a zone is connected through neighbours."""
        n = len(problem.building_ids)
        touching = np.zeros((n, n), dtype=bool)
        known = set(problem.building_ids)
        for one, other in self.neighbours:
            if one in known and other in known:
                i, j = problem.position(one), problem.position(other)
                touching[i, j] = touching[j, i] = True
        return Restrictions(touching=(touching,))

    def easings(self, problem: ProblemData) -> list[Easing]:  # noqa: ARG002
        """Only dropping the rule."""
        return [Easing("allow zones in several parts", None)]


def connected_parts(
    building_ids: Collection[str], adjacent: Iterable[tuple[str, str]]
) -> list[set[str]]:
    """Find the connected components of some buildings, ordered by their first id.

    Parameters
    ----------
    adjacent
        Pairs of neighbours; pairs with any other building are ignored.
    """
    beside: dict[str, set[str]] = {b: set() for b in building_ids}
    for one, other in adjacent:
        if one in beside and other in beside:
            beside[one].add(other)
            beside[other].add(one)
    parts: list[set[str]] = []
    left = set(beside)
    while left:
        part: set[str] = set()
        waiting = [min(left)]
        while waiting:
            building = waiting.pop()
            if building not in part:
                part.add(building)
                waiting.extend(beside[building])
        parts.append(part)
        left -= part
    return parts


def _require_positive(what: str, seconds: float) -> None:
    if not (math.isfinite(seconds) and seconds > 0):
        raise OptionError(f"{what} is {seconds} seconds", remedy="Give a number above 0.")


def _round_up_minutes(seconds: float) -> str:
    """Minutes rounded up to a hundredth, so that the printed limit allows the drive."""
    return f"{math.ceil(seconds / 0.6 - 1e-9) / 100:.2f} min"


def _longer_direction(seconds: Floats) -> Floats:
    return np.maximum(seconds, seconds.T)


def _describe_excess(seconds: float, limit_s: float) -> str:
    """A drive and the limit it exceeds, with enough digits to differ."""
    for digits in range(1, 7):
        drive, limit = f"{seconds / 60:.{digits}f}", f"{limit_s / 60:.{digits}f}"
        if drive != limit:
            break
    return f"{drive} min, over {limit} min"
