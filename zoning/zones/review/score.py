"""Score plans and zones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd

from zoning.errors import PlanError, typed
from zoning.zones.arrays import Bools, Floats, Indices, Numbers
from zoning.zones.plan import Zone, ZonePlan
from zoning.zones.request.costs import ZoneCost, counts_moves, zone_amounts
from zoning.zones.request.objective import AlignmentMode, Objective
from zoning.zones.request.problem import ZoneProblem
from zoning.zones.review.naming import choose_high_school
from zoning.zones.search.continuity import Stability, least_moved
from zoning.zones.search.zone_space import ZoneSpace, stability_of, zone_space

Group = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CostTerm:
    """One part of an objective.

    Attributes
    ----------
    text
        What is charged and at what price.
    amount, unit
        The amount in the plan, and its unit.
    seconds
        The contribution to the objective, building-seconds.
    """

    text: str
    amount: float
    unit: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanScore:
    """How good a plan is for a problem.

    Attributes
    ----------
    objective_s
        Building-seconds: travel, the price of misalignment, and every other cost.
    mean_travel_s
        Mean expected travel of a call, seconds. The officer is where the objective
        assumes: at each building of the zone for its share of the time, or waiting
        at the best one.
    longest_drive_s
        The longest drive between two buildings of a zone, seconds.
    misaligned
        Schools outside their feeder's zone.
    with_feeder
        Schools that feed a high school and are in a patrol zone.
    moved
        Buildings that left the zone they are in today; None without such a rule
        or cost.
    terms
        The parts of the objective, which add up to it.
    """

    objective_s: float
    mean_travel_s: float
    longest_drive_s: float
    misaligned: int
    with_feeder: int
    moved: int | None = None
    terms: tuple[CostTerm, ...] = ()

    @property
    def aligned_share(self) -> float:
        """Share of schools with a feeder that are in its zone; NaN if none has one."""
        if self.with_feeder == 0:
            return float("nan")
        return 1 - self.misaligned / self.with_feeder


@typed
def score(plan: ZonePlan, problem: ZoneProblem) -> PlanScore:
    """Score the patrol zones of a plan, drawn by the optimiser or by hand.

    Without feeders nothing is misaligned, whatever zones are named after. A zone
    without a high school counts as aligned with the one that most of its
    schools feed; in a zone aligned with a high school that none feeds, every
    school that feeds one is misaligned.

    Raises
    ------
    PlanError
        If the plan's buildings are not the problem's; names them.
    """
    require_same_buildings(plan, problem)
    zones = [_zone_numbers(zone, problem) for zone in plan.patrol_zones]
    travel = float(building_travel(plan, problem)["weighted_s"].sum())
    misaligned = sum(
        misaligned_schools(at, zone.high_school_id, problem)
        for at, zone in zip(zones, plan.patrol_zones, strict=True)
    )
    stability = stability_of(problem)
    groups = [tuple(int(k) for k in at) for at in zones]
    moved = None if stability is None else stability.moved_in_plan(groups)
    terms = _list_terms(groups, problem, travel=travel, misaligned=misaligned, moved=moved or 0)
    return PlanScore(
        objective_s=sum(term.seconds for term in terms),
        mean_travel_s=travel / float(problem.call_weight.sum()),
        longest_drive_s=max(float(problem.seconds[np.ix_(at, at)].max()) for at in zones),
        misaligned=misaligned,
        with_feeder=int(problem.with_feeder.sum()),
        moved=moved,
        terms=terms,
    )


def _list_terms(
    groups: Sequence[Group], problem: ZoneProblem, *, travel: float, misaligned: int, moved: int
) -> tuple[CostTerm, ...]:
    own = problem.own_objective
    if own is None:
        terms = [CostTerm(text="travel", amount=travel, unit="building-seconds", seconds=travel)]
    else:
        terms = [cost_term(own, _sum_amounts(own, groups, problem))]
    if problem.feeders_given and problem.alignment.mode is not AlignmentMode.OFF:
        terms.append(
            CostTerm(
                text=f"alignment: {problem.alignment}",
                amount=misaligned,
                unit="misaligned schools",
                seconds=problem.alignment.charge_s * misaligned if misaligned else 0.0,
            )
        )
    of_zones = problem.zone_costs
    terms += [
        cost_term(cost, _sum_amounts(cost, groups, problem))
        for cost in of_zones
        if not counts_moves(cost)
    ]
    terms += [
        cost_term(cost, moved + (_sum_amounts(cost, groups, problem) if cost in of_zones else 0))
        for cost in problem.moving_costs
    ]
    return tuple(terms)


def _sum_amounts(cost: ZoneCost, groups: Sequence[Group], problem: ZoneProblem) -> float:
    return sum(zone_amount(cost, group, problem) for group in groups)


def zone_amount(cost: ZoneCost, group: Group, problem: ZoneProblem) -> float:
    """Compute the amount of a cost in one zone; 0 without buildings."""
    if not group:
        return 0.0
    return float(zone_amounts(cost, np.array([group], dtype=np.int32), problem)[0])


def cost_term(cost: ZoneCost, amount: float) -> CostTerm:
    """Price an amount of a cost."""
    return CostTerm(text=cost.text, amount=amount, unit=cost.unit, seconds=amount * cost.price_s)


def misaligned_schools(at: Indices, high_school_id: str | None, problem: ZoneProblem) -> int:
    """Count the misaligned schools of a zone."""
    schools = problem.high_school_ids
    if high_school_id in schools:
        return int(problem.misaligned[at, schools.index(high_school_id)].sum())
    if high_school_id is not None:
        return int(problem.with_feeder[at].sum())
    return int(problem.misaligned[at].sum(axis=0).min()) if schools else 0


# Our choice: far above the drives inside a town's zones. A longer drive mostly means that one
# building lies far from all others, and an officer at one end is no help at the other.
LONG_DRIVE_S = 3600.0


def long_drive(plan: ZonePlan, problem: ZoneProblem) -> str:
    """Describe the longest drive inside a zone if it is over an hour; else ''."""
    drives = []
    for zone in plan.patrol_zones:
        at = _zone_numbers(zone, problem)
        between = problem.seconds[np.ix_(at, at)]
        a, b = np.unravel_index(int(between.argmax()), between.shape)
        ends = [problem.name(problem.building_ids[at[k]]) for k in (a, b)]
        drives.append((float(between[a, b]), zone.zone_id, ends))
    longest, zone_id, ends = max(drives, key=lambda d: d[0])
    if longest <= LONG_DRIVE_S:
        return ""
    return f"the longest drive of {zone_id} is {longest / 60:.0f} min, from {' to '.join(ends)}"


@typed
def building_travel(plan: ZonePlan, problem: ZoneProblem) -> pd.DataFrame:
    """Expected travel to a call at each building.

    Returns
    -------
    DataFrame
        Index ``building_id`` in the plan's order; columns ``zone_id``,
        ``travel_s`` (expected seconds to a call there, the officer being where
        the objective says) and ``weighted_s`` (times the building's calls
        relative to the district's mean).
    """
    rows = []
    for zone in plan.patrol_zones:
        at = _zone_numbers(zone, problem)
        seconds = travel_to_each(at, problem)
        rows += [
            (problem.building_ids[k], zone.zone_id, float(s), float(s * problem.call_weight[k]))
            for k, s in zip(at, seconds, strict=True)
        ]
    frame = pd.DataFrame(rows, columns=["building_id", "zone_id", "travel_s", "weighted_s"])
    return frame.set_index("building_id")


def _zone_numbers(zone: Zone, problem: ZoneProblem) -> Indices:
    return np.array(sorted(problem.position(b) for b in zone.building_ids), dtype=np.int32)


def require_same_buildings(plan: ZonePlan, problem: ZoneProblem) -> None:
    """Raise unless the plan's patrol zones hold the buildings of the problem."""
    planned = {b for zone in plan.patrol_zones for b in zone.building_ids}
    to_divide = set(problem.building_ids)
    missing, added = to_divide - planned, planned - to_divide
    faults = [
        f"{what}: {', '.join(sorted(ids))}"
        for what, ids in (("in no zone", missing), ("not to be zoned", added))
        if ids
    ]
    if faults:
        raise PlanError("the plan's buildings are not the problem's", faults)


def travel_to_each(at: Indices, problem: ZoneProblem) -> Floats:
    """Expected seconds to a call at each building of a zone."""
    between = problem.seconds[np.ix_(at, at)]
    if problem.objective is Objective.STATION:
        return np.asarray(between[int((between @ problem.call_weight[at]).argmin())])
    shares = np.asarray(problem.presence)[at]
    return np.asarray(shares @ between / shares.sum())


T = TypeVar("T", float, Floats)


def round_cost(seconds: T) -> T:
    """Round costs so that sums of the same numbers compare as equal in any order."""
    return np.round(seconds, 6)  # type: ignore[no-any-return]


# Numbers for a zone without a high school, and with one that is not in the problem.
_NO_SCHOOL = -1
_UNKNOWN_SCHOOL = -2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ZoneValues:
    """Figures of many zones, one row a zone; all 0 for a zone without buildings.

    Attributes
    ----------
    travel_s
        Building-seconds that the objective charges for travel.
    misaligned
        Schools outside the zone of their feeder.
    cost_s
        Building-seconds: the zone's contribution to the objective, without strict
        alignment (which has no price) and moved buildings (which depend on the
        whole plan).
    longest_drive_s
        The longest drive inside the zone.
    allowed
        Whether the zone keeps the sizes, the alignment and every rule.
    """

    travel_s: Floats
    misaligned: Numbers
    cost_s: Floats
    longest_drive_s: Floats
    allowed: Bools


@dataclass(frozen=True, slots=True, eq=False)
class ZoneValuer:
    """Computes the contribution of any zones of a problem to a plan's score.

    Attributes
    ----------
    space
        The problem's zones and their costs.
    """

    problem: ZoneProblem
    space: ZoneSpace

    @classmethod
    def of(cls, problem: ZoneProblem) -> ZoneValuer:
        """Build the zone space of a problem."""
        return cls(problem, zone_space(problem))

    def group(self, zone: Zone) -> Group:
        """The numbers of a zone's buildings that are to be divided, sorted."""
        known = set(self.problem.building_ids)
        return tuple(sorted(self.problem.position(b) for b in zone.building_ids if b in known))

    def school_after(self, school: str | None, group: Group) -> str | None:
        """The high school of a zone after its buildings changed.

        The zone keeps its high school while one of its schools feeds it or, without
        feeders, while it is in the zone; else it gets the one of a new zone. A zone
        without a high school stays without.
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
        """The high school of a zone split off one with this high school."""
        return None if school is None else self.school_of(group)

    def school_of(self, group: Group) -> str | None:
        """The high school of a zone of a new plan; None without buildings."""
        return choose_high_school(self.problem, self.space, group) if group else None

    def values(self, zones: Sequence[Group], schools: Sequence[str | None]) -> ZoneValues:
        """The figures of zones with these high schools."""
        number = {school: k for k, school in enumerate(self.problem.high_school_ids)}
        # Without feeders a high school is only a name, so an unknown one is no fault.
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
            allowed=np.ones(len(zones), dtype=bool),
        )
        for size in np.unique(sizes[sizes > 0]):
            at = np.flatnonzero(sizes == size)
            table = np.array([zones[k] for k in at.tolist()], dtype=np.int32)
            self._fill(found, at, table, named[at])
        return found

    def _fill(self, found: ZoneValues, at: Numbers, table: Indices, named: Numbers) -> None:
        """Compute the rows ``at``, of zones of one size."""
        problem, space = self.problem, self.space
        between = problem.seconds[table[:, :, None], table[:, None, :]]
        found.travel_s[at] = space.travel.costs(table)
        found.longest_drive_s[at] = between.max(axis=(1, 2))
        found.misaligned[at] = self._count_misaligned(table, named)
        price = problem.alignment.charge_s
        charged = price * found.misaligned[at] if math.isfinite(price) else 0.0
        found.cost_s[at] = found.travel_s[at] + charged
        for extra in space.extras:
            found.cost_s[at] += extra.costs(table)
        low, high = space.sizes
        fits = low <= table.shape[1] <= high
        found.allowed[at] = fits & self._school_allowed(table, named) & space.rules.allows(table)

    def _count_misaligned(self, table: Indices, named: Numbers) -> Numbers:
        problem = self.problem
        if not problem.high_school_ids:
            return np.zeros(len(table), dtype=np.intp)
        outside = problem.misaligned[table].sum(axis=1)
        with_it = outside[np.arange(len(table)), np.maximum(named, 0)]
        some = np.where(named == _NO_SCHOOL, outside.min(axis=1), with_it)
        everyone = problem.with_feeder[table].sum(axis=1)
        return np.asarray(np.where(named == _UNKNOWN_SCHOOL, everyone, some), dtype=np.intp)

    def _school_allowed(self, table: Indices, named: Numbers) -> Bools:
        """Whether strict alignment and the rules allow the high school of each zone."""
        allowed: Bools = named != _UNKNOWN_SCHOOL
        for choice in self.space.choices:
            open_to = np.isfinite(choice.totals(table))
            with_it = open_to[np.arange(len(table)), np.maximum(named, 0)]
            allowed &= np.where(named == _NO_SCHOOL, open_to.any(axis=1), with_it)
        return allowed


@dataclass(frozen=True, slots=True, eq=False)
class MovedCount:
    """Counts moved buildings for plans that differ in a few zones.

    Attributes
    ----------
    stayed
        Shape (zones, zones today): buildings of each zone in each of today's.
    """

    stability: Stability
    stayed: Numbers

    @classmethod
    def of(cls, stability: Stability, groups: Sequence[Group]) -> MovedCount:
        """Count the buildings that a plan's zones share with today's."""
        return cls(stability, stability.count_shared(groups))

    @property
    def limit(self) -> float:
        """The most buildings that may move; ``inf`` without a limit."""
        return math.inf if self.stability.most is None else self.stability.most

    def after(self, changed: Mapping[int, Group]) -> int:
        """Count moved buildings after some zones, by number, changed or were added."""
        size = max((*changed, len(self.stayed) - 1)) + 1
        stayed = np.zeros((size, self.stayed.shape[1]), dtype=np.intp)
        stayed[: len(self.stayed)] = self.stayed
        stayed[list(changed)] = self.stability.count_shared(changed.values())
        return least_moved(stayed)
