"""Names, numbers and high schools of the zones of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from types import MappingProxyType
from typing import Final

import numpy as np

from zoning.errors import first_few
from zoning.schools.school_names import plain
from zoning.zones.arrays import Floats
from zoning.zones.plan import Zone, ZoneKind, ZonePlan
from zoning.zones.request.problem import ZoneProblem
from zoning.zones.search.continuity import Stability
from zoning.zones.search.zone_space import ZoneSpace, today_of

_WORDS: Final = {ZoneKind.PATROL: "Zone", ZoneKind.DEDICATED: "Post", ZoneKind.ON_CALL: "Zone"}


def name_zones(
    problem: ZoneProblem,
    space: ZoneSpace,
    groups: Sequence[tuple[int, ...]],
    *,
    before: ZonePlan | None = None,
) -> ZonePlan:
    """Turn a partition into a plan: number zones by high school, then by building id.

    Then the zones get the names that the problem gives, and those of today's plan (of
    ``before``, if none counts moves) that they continue; see `rename_after`.
    """
    drafts = sorted(
        (
            choose_high_school(problem, space, group) or "",
            tuple(sorted(problem.building_ids[k] for k in group)),
        )
        for group in groups
    )
    patrol = [
        Zone(zone_id=f"Zone {k}", building_ids=members, high_school_id=school or None)
        for k, (school, members) in enumerate(drafts, start=1)
    ]
    numbered = ZonePlan((*patrol, *dedicated_posts(problem.dedicated)))
    return rename_after(numbered, today_of(problem) or before, given=problem.zone_names)


def dedicated_posts(building_ids: Sequence[str]) -> tuple[Zone, ...]:
    """Make a dedicated zone for each of these buildings: ``'Post 1'``, ``'Post 2'`` ..."""
    return tuple(
        Zone(zone_id=f"Post {k}", building_ids=(building,), kind=ZoneKind.DEDICATED)
        for k, building in enumerate(building_ids, start=1)
    )


def fresh_ids(word: str, taken: Iterable[str], *, first: int = 1) -> Iterator[str]:
    """Generate the zone ids ``'Zone 1'``, ``'Zone 2'`` ... unlike those that are taken."""
    unlike = {plain(name) for name in taken}
    return (name for k in count(first) if plain(name := f"{word} {k}") not in unlike)


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


def rename_after(
    plan: ZonePlan,
    before: ZonePlan | None,
    *,
    given: Mapping[str, str] = MappingProxyType({}),
) -> ZonePlan:
    """Name the zones of a plan: as given, else as before, else by a number.

    A patrol zone that holds a building of ``given`` gets its name. Of several names,
    the zone gets the one that it has in the plan before, else the first. Every other
    zone keeps the name of the zone it continues. Patrol zones are matched so that the
    fewest buildings move, as by `compare_plans`; officers who stay, by their building.
    The rest are ``'Zone 31'``, ``'Zone 32'`` ... or ``'Post 4'`` ... after a plan of 30
    zones and 3 posts, without the names of that plan: no name passes to other buildings,
    and the number of a zone that got a name stays free. Without a plan before they keep
    their own number.

    Parameters
    ----------
    given
        Names of patrol zones by a building of theirs.
    """
    continued = {} if before is None else continued_names(plan, before)
    names = _choose_given(plan, continued, given)
    used = {plain(name) for name in names.values()}
    for zone_id, name in continued.items():
        if zone_id not in names and plain(name) not in used:
            names[zone_id] = name
    taken = {*given.values(), *names.values()}
    if before is None:
        unlike = {plain(name) for name in taken}
        numbered = (zone.zone_id for zone in plan.zones if zone.zone_id not in names)
        names |= {zone_id: zone_id for zone_id in numbered if plain(zone_id) not in unlike}
        taken.update(names.values())
    else:
        taken |= {zone.zone_id for zone in before.zones}
    kinds = [] if before is None else [zone.kind for zone in before.zones]
    fresh = {
        kind: fresh_ids(word, taken, first=kinds.count(kind) + 1) for kind, word in _WORDS.items()
    }
    return ZonePlan(
        tuple(
            replace(zone, zone_id=names.get(zone.zone_id) or next(fresh[zone.kind]))
            for zone in plan.zones
        )
    )


def continued_names(plan: ZonePlan, before: ZonePlan) -> dict[str, str]:
    """Find the name of the earlier zone that each zone continues."""
    posts = {z.building_ids: z.zone_id for z in before.zones if z.kind is ZoneKind.DEDICATED}
    same = {
        zone.zone_id: posts[zone.building_ids]
        for zone in plan.zones
        if zone.kind is ZoneKind.DEDICATED and zone.building_ids in posts
    }
    on_call = [[z for z in of.zones if z.kind is ZoneKind.ON_CALL] for of in (plan, before)]
    return match_zones(plan.patrol_zones, before.patrol_zones) | match_zones(*on_call) | same


def _choose_given(
    plan: ZonePlan, continued: Mapping[str, str], given: Mapping[str, str]
) -> dict[str, str]:
    """Choose the given name of each patrol zone that has one."""
    names = {}
    for zone in plan.patrol_zones:
        choices = [name for building, name in given.items() if building in zone.building_ids]
        now = plain(continued.get(zone.zone_id, ""))
        if choices:
            names[zone.zone_id] = next((c for c in choices if plain(c) == now), choices[0])
    return names


def describe_unused_names(
    plan: ZonePlan, problem: ZoneProblem, before: ZonePlan | None = None
) -> tuple[str, ...]:
    """Say which given names a plan does not use as given, and which zones lost theirs by one."""
    notices = []
    own = []
    for building, name in problem.zone_names.items():
        zone = plan.zone_of(building)
        if zone.kind is ZoneKind.DEDICATED:
            own.append(f"{name!r} of {problem.name(building)}")
        elif zone.zone_id != name:
            notices.append(
                f"the name {name!r} is not used: {problem.name(building)} lies in "
                f"{zone.zone_id!r}, and a zone has one name"
            )
    if own:
        notices.append(
            "names are given to patrol zones, not to schools with an officer of their own: "
            + ", ".join(first_few(own))
        )
    before = today_of(problem) or before
    if before is not None:
        chosen = {plain(name) for name in problem.zone_names.values()}
        notices += [
            f"{now!r} continues the zone {was!r}, whose name is given to another zone"
            for now, was in continued_names(plan, before).items()
            if plain(was) in chosen
            and plain(now) not in chosen
            and any(plain(zone.zone_id) == plain(was) for zone in plan.zones)
        ]
    return tuple(notices)


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
