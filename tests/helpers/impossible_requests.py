"""Twenty kinds of impossible request on a real district, each with the set that is to be named.

Every request has rules beside it that are no trouble, so that the set has to be found.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoning import (
    Alignment,
    Apart,
    AtMostMoved,
    FromHighSchool,
    InZone,
    Locked,
    LongestDrive,
    NotInZone,
    SolverLimits,
    Together,
    Workload,
    Zone,
    ZonePlan,
    ZoneProblem,
    load_district,
    solve,
)
from zoning.zones import Rule


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Impossible:
    """An impossible request.

    Attributes
    ----------
    name
        What is wrong with it.
    problem
        The request.
    conflict
        The set to be named.
    """

    name: str
    problem: ZoneProblem
    conflict: set[str]


def jefferson() -> ZoneProblem:
    """The 143 buildings of Jefferson County in 30 zones, by the library's own street times."""
    district = load_district("jefferson")
    assert district.network is not None
    times = district.network.travel_times(district.schools, profile="emergency")
    return ZoneProblem.from_schools(district.schools, times)


def todays_plan(base: ZoneProblem) -> ZonePlan:
    """A plan of the request without rules, within 2 % of the best."""
    plan = solve(base, SolverLimits(gap=0.02)).plan
    assert plan is not None
    return plan


def impossible_requests(base: ZoneProblem, today: ZonePlan) -> list[Impossible]:
    """The twenty, from a request without rules and a plan that keeps it."""
    ids = base.building_ids
    between = np.maximum(base.seconds, base.seconds.T)
    near = np.argsort(between, axis=1, kind="stable")
    homes = {b: zone for zone in today.patrol_zones for b in zone.building_ids}
    sizes = {zone.zone_id: len(zone.building_ids) for zone in today.patrol_zones}
    small = [zone for zone in today.patrol_zones if sizes[zone.zone_id] == 3]
    large = [zone for zone in today.patrol_zones if sizes[zone.zone_id] >= 5]
    # Harmless: near neighbours together, far ones apart, and a drive that is long enough.
    closest = int(between[np.arange(len(ids)), near[:, 1]].argmin())
    harmless = (
        Together((ids[closest], ids[near[closest, 1]])),
        Apart((ids[closest], ids[near[closest, -1]])),
        LongestDrive(limit_s=20 * 60.0),
        Workload(column="enrollment", at_most=12_000),
    )

    def locked(number: int, *building_ids: str) -> Locked:
        return Locked(Zone(zone_id=f"Zone {number}", building_ids=tuple(sorted(building_ids))))

    def members(building: int, count: int) -> tuple[str, ...]:
        return tuple(ids[k] for k in near[building, :count])

    only = (base.misaligned == 0) & (base.with_feeder > 0)[:, None]
    only &= (only.sum(axis=1) == 1)[:, None]
    feeds = [np.flatnonzero(only[:, h]) for h in range(len(base.high_school_ids))]
    of_two = (ids[feeds[0][0]], ids[feeds[1][0]])
    strangers = (small[0].building_ids[0], small[1].building_ids[0])
    outsider = next(b for b in ids if homes[b].zone_id != large[0].zone_id)

    def made(name: str, *rules: Rule, conflict: set[str], **asked: Any) -> Impossible:
        problem = dataclasses.replace(base, rules=(*harmless, *rules), **asked)
        return Impossible(name=name, problem=problem, conflict=conflict)

    def said(*rules: Rule) -> set[str]:
        return {rule.text for rule in rules}

    most, least = "at most 7 buildings in a zone", "at least 3 buildings in a zone"
    overlapping = locked(1, *members(9, 4)), locked(2, *members(9, 3), ids[near[9, 5]])
    big = locked(1, *members(20, 9))
    lock_two = Locked(small[0]), Locked(small[1])
    join_two = Together(of_two)
    lonely, crowded = LongestDrive(limit_s=10 * 60.0), LongestDrive(limit_s=4 * 60.0)
    from_school = FromHighSchool(limit_s=8 * 60.0)
    busy = Workload(column="calls", at_most=1.2)
    tight = Workload(column="enrollment", at_most=3_300)
    stay, few = AtMostMoved(today=today, most=0), AtMostMoved(today=today, most=3)
    join = Together(strangers)
    both = Together((ids[3], ids[near[3, 1]])), Apart((ids[3], ids[near[3, 1]]))
    lock, part = Locked(large[1]), Apart(large[1].building_ids[:2])
    inside = InZone(outsider, large[0]), NotInZone(outsider, large[0])
    enter, shut = InZone(outsider, large[2]), Locked(large[2])
    other = Together((ids[50], ids[near[50, 1]])), Apart((ids[50], ids[near[50, 1]]))
    return [
        made("too few zones", zones=20, conflict={"20 zones", most}),
        made("too many zones", zones=48, conflict={"48 zones", least}),
        made(
            "locks too small for so few zones",
            *lock_two,
            zones=21,
            conflict={"21 zones", most, *said(*lock_two)},
        ),
        made("locks overlap", *overlapping, conflict=said(*overlapping)),
        made("a lock too big", big, conflict={most, *said(big)}),
        made(
            "strict, feeders of two together",
            join_two,
            alignment=Alignment.strict(),
            conflict={"strict alignment", *said(join_two)},
        ),
        made(
            "strict with too few zones",
            alignment=Alignment.strict(),
            zones=21,
            conflict={"strict alignment", "21 zones", most},
        ),
        made(
            "feeders too small for the sizes",
            alignment=Alignment.strict(),
            zones=None,
            min_size=10,
            max_size=14,
            conflict={"strict alignment", "at least 10 buildings in a zone"},
        ),
        made("a building too far from all", lonely, conflict={least, *said(lonely)}),
        made(
            "drives too short for so few zones",
            crowded,
            min_size=None,
            conflict={"30 zones", *said(crowded)},
        ),
        made("too far from every high school", from_school, conflict=said(from_school)),
        made("a building above the workload", busy, conflict=said(busy)),
        made("a workload below the mean", tight, conflict={"30 zones", *said(tight)}),
        made("nothing moves, two together", stay, join, conflict=said(stay, join)),
        made("few move, fewer zones", few, zones=28, conflict={"28 zones", *said(few)}),
        made("together and apart", *both, conflict=said(*both)),
        made("a lock with two apart", lock, part, conflict=said(lock, part)),
        made("in and not in", *inside, conflict=said(*inside)),
        made("in a locked zone", enter, shut, conflict=said(enter, shut)),
        made(
            "three at once",
            *both,
            *other,
            busy,
            conflict=said(busy),
        ),
    ]
