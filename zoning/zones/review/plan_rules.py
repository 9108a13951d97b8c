"""The rules of a problem that a plan or some of its zones break."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from zoning.errors import PlanError, first_few
from zoning.units import counted
from zoning.zones.plan import Zone, ZoneKind, ZonePlan
from zoning.zones.request.alignment import AlignmentMode
from zoning.zones.request.question import Question
from zoning.zones.request.rules import BrokenRule, broken
from zoning.zones.review.edits import unknown_building
from zoning.zones.review.zone_values import ZoneValuer


def patrolled(plan: ZonePlan, problem: Question) -> ZonePlan:
    """The plan as it is scored: in patrol zones, the problem's buildings and no others.

    Raises
    ------
    PlanError
        If the plan has a building that the problem does not know.
    """
    divided, dedicated = set(problem.building_ids), set(problem.dedicated)
    known = divided | dedicated
    unknown = [b for b in plan.building_ids if b not in known]
    if unknown:
        raise PlanError(
            f"the plan has {counted(len(unknown), 'building')} that the problem does not know",
            first_few([unknown_building(b, known, problem, where="problem") for b in unknown]),
        )
    zones = []
    for zone in plan.zones:
        members = tuple(b for b in zone.building_ids if b in divided)
        if members:
            zones.append(replace(zone, building_ids=members, kind=ZoneKind.PATROL))
    return ZonePlan(tuple(zones))


def named_zones(zones: Sequence[Zone], valuer: ZoneValuer) -> list[Zone]:
    """Zones that all name a high school, where that matters for a rule or the score."""
    problem, rules = valuer.problem, valuer.space.rules
    charged = problem.feeders_given and problem.alignment.mode is not AlignmentMode.OFF
    if not problem.high_school_ids or not (charged or rules.own_school or rules.away is not None):
        return list(zones)
    return [
        replace(zone, high_school_id=valuer.school_of(valuer.group(zone)))
        if zone.high_school_id is None
        or not (problem.feeders_given or zone.high_school_id in problem.high_school_ids)
        else zone
        for zone in zones
    ]


def broken_by_zones(zones: Sequence[Zone], problem: Question) -> list[BrokenRule]:
    """The sizes, the alignment and the rules that zones break, zones as in `named_zones`."""
    return [
        *_sizes(zones, problem),
        *_alignment(zones, problem),
        *broken(zones, problem.zone_rules, problem),
    ]


def broken_by_plan(plan: ZonePlan, valuer: ZoneValuer) -> list[BrokenRule]:
    """What a plan as a whole breaks: how many zones, who stays, how many moved."""
    problem = valuer.problem
    return [
        *_number(plan, problem),
        *_dedicated(plan, problem),
        *_moved(patrolled(plan, problem), valuer),
    ]


def _sizes(zones: Sequence[Zone], problem: Question) -> Iterator[BrokenRule]:
    low, high = problem.sizes
    for zone in zones:
        size = len(zone.building_ids)
        has = f"has {counted(size, 'building')}"
        if size < low:
            rule = f"at least {counted(low, 'building')} in a zone"
            yield BrokenRule(rule=rule, zone_id=zone.zone_id, reason=f"{has}, at least {low}")
        if size > high:
            rule = f"at most {counted(high, 'building')} in a zone"
            yield BrokenRule(rule=rule, zone_id=zone.zone_id, reason=f"{has}, at most {high}")


def _number(plan: ZonePlan, problem: Question) -> Iterator[BrokenRule]:
    if problem.zones is None:
        return
    fewest, most = problem.fewest_and_most
    count = len(plan.patrol_zones)
    if not fewest <= count <= most:
        asked = counted(most, "zone") if fewest == most else f"{fewest} to {most} zones"
        yield BrokenRule(
            rule=asked,
            zone_id=None,
            reason=f"the plan has {counted(count, 'patrol zone')}, not {asked.split(' zone')[0]}",
        )


def _dedicated(plan: ZonePlan, problem: Question) -> Iterator[BrokenRule]:
    rule = "dedicated officers are alone at their buildings"
    home = {b: zone for zone in plan.zones for b in zone.building_ids}
    for building in problem.dedicated:
        name = problem.name(building)
        zone = home.get(building)
        if zone is None:
            reason = f"{name} was to have an officer of its own, and is in no zone"
            yield BrokenRule(rule=rule, zone_id=None, reason=reason)
        elif zone.kind is ZoneKind.PATROL:
            reason = f"{name} was to have an officer of its own"
            yield BrokenRule(rule=rule, zone_id=zone.zone_id, reason=reason)
    for zone in plan.zones:
        if zone.kind is not ZoneKind.DEDICATED:
            continue
        names = [problem.name(b) for b in zone.building_ids]
        if len(names) > 1:
            reason = f"its officer stays at one building, but it has {listed(names)}"
            yield BrokenRule(rule=rule, zone_id=zone.zone_id, reason=reason)
        to_patrol = [problem.name(b) for b in zone.building_ids if b not in problem.dedicated]
        if to_patrol:
            reason = f"no officer who stays was asked for at {listed(to_patrol)}"
            yield BrokenRule(rule=rule, zone_id=zone.zone_id, reason=reason)


def _alignment(zones: Sequence[Zone], problem: Question) -> Iterator[BrokenRule]:
    if not problem.feeders_given:
        return
    strict = problem.alignment.mode is AlignmentMode.STRICT
    for zone in zones:
        if zone.high_school_id is None:
            continue
        if zone.high_school_id not in problem.high_school_ids:
            yield BrokenRule(
                rule="zones are aligned with high schools of the district",
                zone_id=zone.zone_id,
                reason=f"is aligned with {zone.high_school_id!r}, which is not among them",
            )
            continue
        if not strict:
            continue
        school = problem.high_school_ids.index(zone.high_school_id)
        outside = [
            problem.name(b)
            for b in zone.building_ids
            if problem.misaligned[problem.position(b), school]
        ]
        if outside:
            verb = "feeds" if len(outside) == 1 else "feed"
            yield BrokenRule(
                rule="alignment: strict",
                zone_id=zone.zone_id,
                reason=f"{listed(outside)} {verb} another high school than "
                f"{problem.name(zone.high_school_id)}",
            )


def _moved(scored: ZonePlan, valuer: ZoneValuer) -> Iterator[BrokenRule]:
    problem, stability = valuer.problem, valuer.space.stability
    if stability is None:
        return
    groups = [valuer.group(zone) for zone in scored.zones]
    now = {
        k: before
        for group, before in zip(groups, stability.continued(groups), strict=True)
        for k in group
    }
    moved = [
        problem.name(building)
        for k, building in enumerate(problem.building_ids)
        if stability.today[k] >= 0 and stability.today[k] != now[k]
    ]
    for rule in problem.moving:
        if len(moved) > rule.most:
            reason = f"{counted(len(moved), 'building')} moved, at most {rule.most}: "
            reason += listed(moved)
            yield BrokenRule(rule=rule.text, zone_id=None, reason=reason)


def listed(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    return ", ".join(first_few(names))
