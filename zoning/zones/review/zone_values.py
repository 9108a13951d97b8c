"""What many zones would be worth as zones of a plan, each with the high school it names."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from zoning.zones.arrays import Bools, Floats, Indices, Numbers
from zoning.zones.plan import Zone
from zoning.zones.request.question import Question
from zoning.zones.review.naming import aligned_with
from zoning.zones.search.continuity import Stability
from zoning.zones.search.zone_space import ZoneSpace, zone_space

Group = tuple[int, ...]

_NO_SCHOOL = -1
_UNKNOWN_SCHOOL = -2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ZoneValues:
    """Figures of zones, one row a zone; all 0 for a zone without buildings.

    Attributes
    ----------
    travel_s
        Building-seconds that the objective charges for travel.
    misaligned
        Schools outside the zone of their feeder.
    cost_s
        Building-seconds: what the zone adds to the objective of a plan. Strict
        alignment has no price, and moved buildings are a matter of the whole
        plan: both are left out.
    longest_drive_s
        The longest drive inside the zone.
    kept
        Whether the zone keeps the sizes, the alignment and every rule.
    """

    travel_s: Floats
    misaligned: Numbers
    cost_s: Floats
    longest_drive_s: Floats
    kept: Bools


@dataclass(frozen=True, slots=True, eq=False)
class ZoneValuer:
    """Figures of any zones of a problem: a plan's score, taken apart.

    Attributes
    ----------
    space
        The problem's zones and their costs.
    """

    problem: Question
    space: ZoneSpace

    @classmethod
    def of(cls, problem: Question) -> ZoneValuer:
        """For a problem."""
        return cls(problem, zone_space(problem))

    def group(self, zone: Zone) -> Group:
        """The numbers of a zone's buildings, as far as they are to be divided."""
        known = set(self.problem.building_ids)
        return tuple(sorted(self.problem.position(b) for b in zone.building_ids if b in known))

    def school_after(self, school: str | None, group: Group) -> str | None:
        """The high school of a zone after its buildings changed.

        The one it names while one of its schools feeds that or, without feeders,
        while it is in the zone; else the one that a new zone is given; none if it
        names none.
        """
        problem = self.problem
        if school in problem.high_school_ids:
            at = list(group)
            outside = problem.misaligned[at, problem.high_school_ids.index(school)]
            inside = problem.building_of(school) in {problem.building_ids[k] for k in group}
            fed = (problem.with_feeder[at] > outside).any()
            if fed if problem.feeders_given else inside:
                return school
        return self.school_of_new(school, group)

    def school_of_new(self, school: str | None, group: Group) -> str | None:
        """The high school of a new zone, made from one that names ``school``."""
        return None if school is None else self.school_of(group)

    def school_of(self, group: Group) -> str | None:
        """The high school that a zone of a new plan is given; None without buildings."""
        return aligned_with(self.problem, self.space, group) if group else None

    def values(self, zones: Sequence[Group], schools: Sequence[str | None]) -> ZoneValues:
        """Figures of zones that name these high schools."""
        number = {school: k for k, school in enumerate(self.problem.high_school_ids)}
        # Without feeders a high school is only a name, and any other school's does as well.
        other = _UNKNOWN_SCHOOL if self.problem.feeders_given else _NO_SCHOOL
        named = np.array(
            [_NO_SCHOOL if s is None else number.get(s, other) for s in schools],
            dtype=np.intp,
        )
        sizes = np.array([len(zone) for zone in zones], dtype=np.intp)
        found = ZoneValues(
            travel_s=np.zeros(len(zones)),
            misaligned=np.zeros(len(zones), dtype=np.intp),
            cost_s=np.zeros(len(zones)),
            longest_drive_s=np.zeros(len(zones)),
            kept=np.ones(len(zones), dtype=bool),
        )
        for size in np.unique(sizes[sizes > 0]):
            at = np.flatnonzero(sizes == size)
            table = np.array([zones[k] for k in at.tolist()], dtype=np.int32)
            self._fill(found, at, table, named[at])
        return found

    def _fill(self, found: ZoneValues, at: Numbers, table: Indices, named: Numbers) -> None:
        """The rows ``at``: zones of one size."""
        problem, space = self.problem, self.space
        between = problem.seconds[table[:, :, None], table[:, None, :]]
        found.travel_s[at] = space.travel.costs(table)
        found.longest_drive_s[at] = between.max(axis=(1, 2))
        found.misaligned[at] = self._misaligned(table, named)
        price = problem.alignment.charge_s
        charged = price * found.misaligned[at] if math.isfinite(price) else 0.0
        found.cost_s[at] = found.travel_s[at] + charged
        for extra in space.extras:
            found.cost_s[at] += extra.costs(table)
        low, high = space.sizes
        fits = low <= table.shape[1] <= high
        found.kept[at] = fits & self._school_allowed(table, named) & space.rules.allows(table)

    def _misaligned(self, table: Indices, named: Numbers) -> Numbers:
        problem = self.problem
        if not problem.high_school_ids:
            return np.zeros(len(table), dtype=np.intp)
        outside = problem.misaligned[table].sum(axis=1)
        with_it = outside[np.arange(len(table)), np.maximum(named, 0)]
        some = np.where(named == _NO_SCHOOL, outside.min(axis=1), with_it)
        everyone = problem.with_feeder[table].sum(axis=1)
        return np.asarray(np.where(named == _UNKNOWN_SCHOOL, everyone, some), dtype=np.intp)

    def _school_allowed(self, table: Indices, named: Numbers) -> Bools:
        """Whether strict alignment and the rules about high schools let zones name theirs."""
        allowed: Bools = named != _UNKNOWN_SCHOOL
        for choice in self.space.choices:
            open_to = np.isfinite(choice.totals(table))
            with_it = open_to[np.arange(len(table)), np.maximum(named, 0)]
            allowed &= np.where(named == _NO_SCHOOL, open_to.any(axis=1), with_it)
        return allowed


@dataclass(frozen=True, slots=True, eq=False)
class MovedCount:
    """How many buildings have left today's zones, for plans that differ in a few zones.

    Attributes
    ----------
    stayed
        Shape (zones, zones today): buildings of each zone in each of today's.
    """

    stability: Stability
    stayed: Numbers

    @classmethod
    def of(cls, stability: Stability, groups: Sequence[Group]) -> MovedCount:
        """For a plan of these zones."""
        rows = [_in_each_today(stability, group) for group in groups]
        return cls(stability, np.array(rows, dtype=np.intp))

    @property
    def limit(self) -> float:
        """How many may move; ``inf`` where any number may."""
        return math.inf if self.stability.most is None else self.stability.most

    def after(self, changed: Mapping[int, Group]) -> int:
        """How many have moved when zones have other buildings, or new numbers any."""
        size = max((*changed, len(self.stayed) - 1)) + 1
        stayed = np.zeros((size, self.stayed.shape[1]), dtype=np.intp)
        stayed[: len(self.stayed)] = self.stayed
        for zone, group in changed.items():
            stayed[zone] = _in_each_today(self.stability, group)
        kept = stayed[linear_sum_assignment(stayed, maximize=True)].sum()
        return int(stayed.sum() - kept)


def _in_each_today(stability: Stability, group: Group) -> Numbers:
    before = stability.today[list(group)]
    return np.bincount(before[before >= 0], minlength=stability.zones)
