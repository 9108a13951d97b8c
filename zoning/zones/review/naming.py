"""Names, numbers and high schools of the zones of a plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count, islice

import numpy as np

from zoning.zones.arrays import Floats
from zoning.zones.plan import Zone, ZoneKind, ZonePlan
from zoning.zones.request.problem import ZoneProblem
from zoning.zones.search.continuity import Stability
from zoning.zones.search.zone_space import ZoneSpace, today_of


def name_zones(
    problem: ZoneProblem, space: ZoneSpace, groups: Sequence[tuple[int, ...]]
) -> ZonePlan:
    """Turn a partition into a plan: number zones by high school, then by building id.

    A zone that continues one of today's plan keeps its name.
    """
    drafts = sorted(
        (
            choose_high_school(problem, space, group) or "",
            tuple(sorted(problem.building_ids[k] for k in group)),
            tuple(group),
        )
        for group in groups
    )
    names = _choose_names(problem, space, [group for _, _, group in drafts])
    patrol = [
        Zone(zone_id=name, building_ids=members, high_school_id=school or None)
        for name, (school, members, _) in zip(names, drafts, strict=True)
    ]
    return ZonePlan((*patrol, *dedicated_posts(problem.dedicated, taken=names)))


def dedicated_posts(building_ids: Sequence[str], *, taken: Sequence[str] = ()) -> tuple[Zone, ...]:
    """Make a dedicated zone for each of these buildings."""
    fresh = fresh_ids("Post", taken)
    return tuple(
        Zone(zone_id=next(fresh), building_ids=(building,), kind=ZoneKind.DEDICATED)
        for building in building_ids
    )


def _choose_names(
    problem: ZoneProblem, space: ZoneSpace, groups: Sequence[tuple[int, ...]]
) -> list[str]:
    today = today_of(problem)
    if today is None or space.stability is None:
        return list(islice(fresh_ids("Zone", ()), len(groups)))
    before = [zone.zone_id for zone in today.patrol_zones]
    fresh = fresh_ids("Zone", [zone.zone_id for zone in today.zones])
    continued = space.stability.continued(groups)
    return [next(fresh) if k is None else before[k] for k in continued]


def fresh_ids(word: str, taken: Sequence[str]) -> Iterator[str]:
    """Generate the zone ids ``'Zone 1'``, ``'Zone 2'`` ... that are not taken."""
    return (name for k in count(1) if (name := f"{word} {k}") not in taken)


def choose_high_school(
    problem: ZoneProblem, space: ZoneSpace, group: tuple[int, ...]
) -> str | None:
    """Choose the high school that a zone is aligned with or, without feeders, named after.

    It is the one that most of the zone's schools feed. Ties (without feeders all
    tie) go to a regular before an alternative program, then to the largest high
    school inside the zone, then to the nearest. High schools that the rules forbid
    are skipped unless all are forbidden.
    """
    schools = problem.high_school_ids
    if not schools:
        return None
    at = np.array(group)
    outside = problem.misaligned[at].sum(axis=0)
    with np.errstate(invalid="ignore"):
        away = problem.from_high_school[at].mean(axis=0)
    away = np.where(np.isnan(away), np.inf, away)
    forbidden = np.zeros(len(outside), dtype=bool)
    for choice in space.choices:
        charged: Floats = choice.totals(at[None].astype(np.int32))[0]
        forbidden = ~np.isfinite(charged)
    members = {problem.building_ids[k] for k in group}
    inside = [problem.building_of(school) in members for school in schools]
    students = np.nan_to_num(np.array(problem.high_school_students))
    best = min(
        range(len(schools)),
        key=lambda h: (
            forbidden[h],
            outside[h],
            schools[h] in problem.alternative_high_schools,
            not inside[h],
            -students[h] if inside[h] else 0.0,
            away[h],
            h,
        ),
    )
    return schools[best]


def rename_after(plan: ZonePlan, before: ZonePlan) -> ZonePlan:
    """Rename the zones of a plan after those of another plan that they continue.

    Patrol zones are matched so that the fewest buildings move, as by
    `compare_plans`; officers who stay, by their building. A zone that continues
    none is called ``'Zone 1'``, ``'Zone 2'`` ... or ``'Post 1'`` ..., without the
    names of the plan before.
    """
    taken = [zone.zone_id for zone in before.zones]
    zones, posts = fresh_ids("Zone", taken), fresh_ids("Post", taken)
    continued = match_zones(plan.patrol_zones, before.patrol_zones)
    same_post = {z.building_ids: z.zone_id for z in before.zones if z.kind is ZoneKind.DEDICATED}
    named = []
    for zone in plan.zones:
        if zone.kind is ZoneKind.DEDICATED:
            name = same_post.get(zone.building_ids) or next(posts)
        else:
            name = continued.get(zone.zone_id) or next(zones)
        named.append(replace(zone, zone_id=name))
    return ZonePlan(tuple(named))


def match_zones(zones: Sequence[Zone], before: Sequence[Zone]) -> dict[str, str]:
    """Match each zone to the earlier zone it continues, so that the fewest buildings move."""
    if not zones or not before:
        return {}
    home = {building: k for k, zone in enumerate(before) for building in zone.building_ids}
    ids = [building for zone in zones for building in zone.building_ids]
    number = {building: k for k, building in enumerate(ids)}
    today = np.array([home.get(building, -1) for building in ids], dtype=np.intp)
    groups = [tuple(number[building] for building in zone.building_ids) for zone in zones]
    matched = zip(zones, Stability(today=today).continued(groups), strict=True)
    return {zone.zone_id: before[k].zone_id for zone, k in matched if k is not None}
