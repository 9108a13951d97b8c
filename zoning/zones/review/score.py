"""Figures of a plan: functions of the assignment, whoever made it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from zoning.errors import PlanError, typed
from zoning.zones.arrays import Floats, Indices
from zoning.zones.plan import Zone, ZonePlan
from zoning.zones.request.alignment import AlignmentMode
from zoning.zones.request.costs import OwnCost, ZoneCost
from zoning.zones.request.question import Objective, Question
from zoning.zones.search.zone_space import stability_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CostTerm:
    """One part of an objective.

    Attributes
    ----------
    text
        What is charged and at what price.
    amount, unit
        How much of it the plan has.
    seconds
        What that adds to the objective, building-seconds.
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
        Seconds an average call waits for travel, each call weighing the same,
        from where the objective takes the officer to be: at each building of the
        zone for its share of the time, or waiting at the best one.
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
def score(plan: ZonePlan, problem: Question) -> PlanScore:
    """Score the patrol zones of a plan, drawn by the optimiser or by hand.

    Without feeders nothing is misaligned, whatever zones are named after. A zone
    without a high school counts as aligned with the one that most of its
    schools feed; in a zone aligned with a high school that nobody feeds, every
    school that feeds one is misaligned.

    Raises
    ------
    PlanError
        If the plan's buildings are not the problem's; names them.
    """
    zones = plan.patrol_zones
    require_same_buildings(plan, problem)
    tables = [zone_table(zone, problem) for zone in zones]
    travel = float(building_travel(plan, problem)["weighted_s"].sum())
    misaligned = sum(_misaligned(z, t, problem) for z, t in zip(zones, tables, strict=True))
    terms = _terms(tables, problem, travel=travel, misaligned=misaligned)
    stability = stability_of(problem)
    groups = [tuple(int(k) for k in table[0]) for table in tables]
    return PlanScore(
        objective_s=sum(term.seconds for term in terms),
        mean_travel_s=travel / float(problem.call_weight.sum()),
        longest_drive_s=max(float(problem.seconds[np.ix_(t[0], t[0])].max()) for t in tables),
        misaligned=misaligned,
        with_feeder=int(problem.with_feeder.sum()),
        moved=None if stability is None else stability.moved_in_plan(groups),
        terms=terms,
    )


# An hour from one end of a zone to the other: an officer at one is no help at the other. A default
# of ours, far above what zones of a town have; mostly one building lies far from all others.
LONG_DRIVE_S = 3600.0


def long_drive(plan: ZonePlan, problem: Question) -> str:
    """The longest drive inside a zone in a sentence, if it is over an hour; else ''."""
    drives = []
    for zone in plan.patrol_zones:
        at = zone_table(zone, problem)[0]
        between = problem.seconds[np.ix_(at, at)]
        a, b = np.unravel_index(int(between.argmax()), between.shape)
        ends = [problem.name(problem.building_ids[at[k]]) for k in (a, b)]
        drives.append((float(between[a, b]), zone.zone_id, ends))
    longest, zone_id, ends = max(drives, key=lambda d: d[0])
    if longest <= LONG_DRIVE_S:
        return ""
    return f"the longest drive of {zone_id} is {longest / 60:.0f} min, from {' to '.join(ends)}"


@typed
def building_travel(plan: ZonePlan, problem: Question) -> pd.DataFrame:
    """How long a call at each building waits for its officer's travel.

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
        at = zone_table(zone, problem)[0]
        seconds = travel_to_each(at, problem)
        rows += [
            (problem.building_ids[k], zone.zone_id, float(s), float(s * problem.call_weight[k]))
            for k, s in zip(at, seconds, strict=True)
        ]
    frame = pd.DataFrame(rows, columns=["building_id", "zone_id", "travel_s", "weighted_s"])
    return frame.set_index("building_id")


def zone_table(zone: Zone, problem: Question) -> Indices:
    """A zone's building numbers, shape (1, size)."""
    return np.array([sorted(problem.position(b) for b in zone.building_ids)], dtype=np.int32)


def require_same_buildings(plan: ZonePlan, problem: Question) -> None:
    """Raise unless the plan's patrol zones hold the buildings of the problem."""
    planned = {b for zone in plan.patrol_zones for b in zone.building_ids}
    asked = set(problem.building_ids)
    faults = [
        f"{what}: {', '.join(sorted(ids))}"
        for what, ids in (("in no zone", asked - planned), ("not to be zoned", planned - asked))
        if ids
    ]
    if faults:
        raise PlanError("the plan's buildings are not the problem's", faults)


def travel_to_each(at: Indices, problem: Question) -> Floats:
    """Expected seconds to a call at each building of a zone."""
    between = problem.seconds[np.ix_(at, at)]
    if problem.objective is Objective.STATION:
        return np.asarray(between[int((between @ problem.call_weight[at]).argmin())])
    shares = np.asarray(problem.presence)[at]
    return np.asarray(shares @ between / shares.sum())


def _own(cost: ZoneCost, tables: Sequence[Indices], problem: Question) -> CostTerm:
    amount = sum(float(cost.amounts(table, problem)[0]) for table in tables)
    return CostTerm(text=cost.text, amount=amount, unit=cost.unit, seconds=amount * cost.price_s)


def _misaligned(zone: Zone, table: Indices, problem: Question) -> int:
    at = table[0]
    if zone.high_school_id in problem.high_school_ids:
        return int(problem.misaligned[at, problem.high_school_ids.index(zone.high_school_id)].sum())
    if zone.high_school_id is not None:
        return int(problem.with_feeder[at].sum())
    if problem.high_school_ids:
        return int(problem.misaligned[at].sum(axis=0).min())
    return 0


def _terms(
    tables: Sequence[Indices],
    problem: Question,
    *,
    travel: float,
    misaligned: int,
) -> tuple[CostTerm, ...]:
    terms = []
    if isinstance(problem.objective, OwnCost):
        terms.append(_own(problem.objective, tables, problem))
    else:
        terms.append(
            CostTerm(text="travel", amount=travel, unit="building-seconds", seconds=travel)
        )
    if problem.feeders_given and problem.alignment.mode is not AlignmentMode.OFF:
        charged = problem.alignment.charge_s * misaligned if misaligned else 0.0
        terms.append(
            CostTerm(
                text=f"alignment: {problem.alignment}",
                amount=misaligned,
                unit="misaligned schools",
                seconds=charged,
            )
        )
    terms += [_own(cost, tables, problem) for cost in problem.zone_costs]
    stability = stability_of(problem)
    if stability is not None:
        moved = stability.moved_in_plan([tuple(int(k) for k in t[0]) for t in tables])
        terms += [
            CostTerm(text=c.text, amount=moved, unit=c.unit, seconds=moved * c.price_s)
            for c in problem.moving_costs
        ]
    return tuple(terms)
