"""Names and numbers for the zones of a partition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count

import numpy as np

from zoning.zones.arrays import Floats
from zoning.zones.plan import Zone, ZoneKind, ZonePlan
from zoning.zones.request.question import Question
from zoning.zones.search.zone_space import ZoneSpace, today_of


def named_plan(problem: Question, space: ZoneSpace, groups: Sequence[tuple[int, ...]]) -> ZonePlan:
    """Name and number the zones: by high school, then by building id.

    A zone that continues one of today's plan keeps its name.
    """
    drafts = sorted(
        (
            aligned_with(problem, space, group) or "",
            tuple(sorted(problem.building_ids[k] for k in group)),
            tuple(group),
        )
        for group in groups
    )
    names = _names(problem, space, [group for _, _, group in drafts])
    patrol = [
        Zone(zone_id=name, building_ids=members, high_school_id=school or None)
        for name, (school, members, _) in zip(names, drafts, strict=True)
    ]
    return ZonePlan((*patrol, *dedicated_posts(problem, taken=names)))


def dedicated_posts(problem: Question, *, taken: Sequence[str] = ()) -> tuple[Zone, ...]:
    """A zone of its own for each building whose officer stays there."""
    fresh = fresh_ids("Post", taken)
    return tuple(
        Zone(zone_id=next(fresh), building_ids=(building,), kind=ZoneKind.DEDICATED)
        for building in problem.dedicated
    )


def _names(problem: Question, space: ZoneSpace, groups: Sequence[tuple[int, ...]]) -> list[str]:
    today = today_of(problem)
    if today is None or space.stability is None:
        fresh = fresh_ids("Zone", ())
        return [next(fresh) for _ in groups]
    before = [zone.zone_id for zone in today.patrol_zones]
    fresh = fresh_ids("Zone", [zone.zone_id for zone in today.zones])
    continued = space.stability.continued(groups)
    return [next(fresh) if k is None else before[k] for k in continued]


def fresh_ids(word: str, taken: Sequence[str]) -> Iterator[str]:
    """``'Zone 1'``, ``'Zone 2'`` ... without those taken."""
    return (name for k in count(1) if (name := f"{word} {k}") not in taken)


def aligned_with(problem: Question, space: ZoneSpace, group: tuple[int, ...]) -> str | None:
    """The high school that a zone is aligned with or, without feeders, named after.

    The one that most of the zone's schools feed. Among equals, as all are without
    feeders: regular before alternative programs, then those inside the zone, the
    largest first, then the nearest. Only one that the rules allow, where there is
    one.
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
