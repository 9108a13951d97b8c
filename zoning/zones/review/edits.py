"""Edits of a plan: moves, swaps, merges and splits."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product

import numpy as np

from zoning.errors import PlanError
from zoning.schools.school_names import nearest
from zoning.zones.arrays import Floats, Numbers
from zoning.zones.plan import Zone, ZoneKind, ZonePlan, suggest, unknown_zone
from zoning.zones.request.objective import Objective
from zoning.zones.request.problem import ZoneProblem
from zoning.zones.review.naming import fresh_ids
from zoning.zones.review.score import Group, MovedCount, ZoneValuer, round_cost

# A zone of 14 buildings has 16,382 divisions, which are compared in under a second.
_ALL_DIVISIONS_UP_TO = 14
# The search starts from this many pairs of buildings, the farthest first. A zone of 28 buildings,
# four times the programme's largest, has 378 pairs, so all of them are tried.
_SEED_PAIRS = 400


@dataclass(frozen=True, slots=True)
class Edited:
    """A plan after an edit.

    Attributes
    ----------
    notes
        Sentences on what changed besides the edit itself.
    """

    plan: ZonePlan
    notes: tuple[str, ...] = ()


def move(plan: ZonePlan, problem: ZoneProblem, building_id: str, *, to: str) -> Edited:
    """Move a building to another zone; see `PlanCheck.move`."""
    target = _require_patrol_zone(plan, problem, to)
    source = _require_movable(plan, problem, building_id)
    if source.zone_id == to:
        raise PlanError(f"{problem.name(building_id)} is in {to} already")
    members = {
        source.zone_id: [b for b in source.building_ids if b != building_id],
        to: [*target.building_ids, building_id],
    }
    return _replace_members(plan, problem, members)


def swap(plan: ZonePlan, problem: ZoneProblem, building_id: str, other_id: str) -> Edited:
    """Exchange two buildings of different zones; see `PlanCheck.swap`."""
    one = _require_movable(plan, problem, building_id)
    other = _require_movable(plan, problem, other_id)
    if one.zone_id == other.zone_id:
        raise PlanError(
            f"{problem.name(building_id)} and {problem.name(other_id)} are both in {one.zone_id}"
        )
    members = {
        zone.zone_id: [*(b for b in zone.building_ids if b != leaves), enters]
        for zone, leaves, enters in ((one, building_id, other_id), (other, other_id, building_id))
    }
    return _replace_members(plan, problem, members)


def merge(
    plan: ZonePlan, problem: ZoneProblem, zone_ids: Collection[str], *, into: str | None
) -> Edited:
    """Merge several zones; see `PlanCheck.merge`."""
    named = list(dict.fromkeys(zone_ids))
    if len(named) < 2 or len(named) < len(zone_ids):
        raise PlanError(
            f"cannot merge {', '.join(zone_ids) or 'no zones'}",
            remedy="Name two or more different zones.",
        )
    zones = [_require_patrol_zone(plan, problem, zone_id) for zone_id in named]
    name = named[0] if into is None else into
    _require_free(name, [z.zone_id for z in plan.zones if z.zone_id not in named])
    heir = next((zone for zone in zones if zone.zone_id == name), zones[0])
    left = ZonePlan(
        tuple(
            replace(heir, zone_id=name) if zone is heir else zone
            for zone in plan.zones
            if zone is heir or zone not in zones
        )
    )
    members = {name: [b for zone in zones for b in zone.building_ids]}
    return _replace_members(left, problem, members)


def split(
    plan: ZonePlan,
    problem: ZoneProblem,
    zone_id: str,
    building_ids: Collection[str] | None,
    *,
    new_zone_id: str | None,
) -> Edited:
    """Split a zone in two; see `PlanCheck.split`."""
    zone = _require_patrol_zone(plan, problem, zone_id)
    taken = [z.zone_id for z in plan.zones]
    name = next(fresh_ids("Zone", taken)) if new_zone_id is None else new_zone_id
    _require_free(name, taken)
    valuer = ZoneValuer.of(problem)
    if len(valuer.group(zone)) < 2:
        raise PlanError(f"{zone_id} has one building: it cannot be split")
    notes: tuple[str, ...] = ()
    if building_ids is None:
        leaving, notes = _find_best_division(plan, zone, valuer)
    else:
        leaving = _require_part(plan, problem, zone, building_ids)
    halves = (
        replace(zone, building_ids=tuple(b for b in sorted(zone.building_ids) if b not in leaving)),
        Zone(zone_id=name, building_ids=tuple(sorted(leaving)), high_school_id=zone.high_school_id),
    )
    at = plan.zones.index(zone)
    divided = ZonePlan((*plan.zones[:at], *halves, *plan.zones[at + 1 :]))
    members = {half.zone_id: half.building_ids for half in halves}
    edited = _replace_members(divided, problem, members, new_zone_id=name)
    return replace(edited, notes=(*notes, *edited.notes))


def _replace_members(
    plan: ZonePlan,
    problem: ZoneProblem,
    members: Mapping[str, Iterable[str]],
    *,
    new_zone_id: str | None = None,
) -> Edited:
    """Replace the buildings of zones, and remove zones without any.

    The high school of the new zone is chosen as for a zone of a new plan; the
    others keep theirs while a school of the zone feeds it or, without feeders,
    while it is in the zone.
    """
    valuer = ZoneValuer.of(problem)
    zones, notes = [], []
    for zone in plan.zones:
        if zone.zone_id not in members:
            zones.append(zone)
            continue
        now = replace(zone, building_ids=tuple(sorted(members[zone.zone_id])))
        if not now.building_ids:
            notes.append(f"{zone.zone_id} has no building left and is gone")
            continue
        group = valuer.group(now)
        if zone.zone_id == new_zone_id:
            school = valuer.school_of_new(zone.high_school_id, group)
        else:
            school = valuer.school_after(zone.high_school_id, group)
            if school != zone.high_school_id:
                notes.append(_describe_new_school(zone, school, problem))
        zones.append(replace(now, high_school_id=school))
    return Edited(ZonePlan(tuple(zones)), tuple(notes))


def _describe_new_school(zone: Zone, school: str | None, problem: ZoneProblem) -> str:
    now = "no high school" if school is None else problem.name(school)
    if not problem.feeders_given:
        return f"{zone.zone_id} is named after {now} now"
    before = problem.name(zone.high_school_id or "")
    return f"{zone.zone_id} is aligned with {now} now: none of its schools feeds {before}"


def _require_movable(plan: ZonePlan, problem: ZoneProblem, building_id: str) -> Zone:
    """Find the zone of a building; raise if the building cannot be moved."""
    if building_id not in plan.building_ids:
        raise PlanError(unknown_building(building_id, plan.building_ids, problem))
    if building_id in problem.dedicated:
        raise PlanError(
            f"{problem.name(building_id)} has an officer of its own",
            remedy="Leave it out of the problem's dedicated buildings to put it in a zone.",
        )
    return plan.zone_of(building_id)


def _require_patrol_zone(plan: ZonePlan, problem: ZoneProblem, zone_id: str) -> Zone:
    zone = next((z for z in plan.zones if z.zone_id == zone_id), None)
    if zone is None:
        known = [z.zone_id for z in plan.patrol_zones]
        raise PlanError(unknown_zone(zone_id, known))
    if zone.kind is not ZoneKind.PATROL:
        raise PlanError(
            f"{zone_id} is no patrol zone: its officer stays at "
            + ", ".join(problem.name(b) for b in zone.building_ids)
        )
    return zone


def _require_part(
    plan: ZonePlan, problem: ZoneProblem, zone: Zone, building_ids: Collection[str]
) -> set[str]:
    """Raise unless these are some but not all buildings of a zone."""
    faults = [
        unknown_building(b, plan.building_ids, problem)
        if b not in plan.building_ids
        else f"{problem.name(b)} is in {plan.zone_of(b).zone_id}"
        for b in building_ids
        if b not in zone.building_ids
    ]
    if not building_ids:
        faults.append("no building is named")
    elif set(building_ids) >= set(zone.building_ids):
        faults.append("every building of it is named")
    if faults:
        raise PlanError(f"{zone.zone_id} cannot be split this way", faults)
    return set(building_ids)


def _require_free(zone_id: str, taken: Collection[str]) -> None:
    if zone_id in taken:
        raise PlanError(
            f"there is a zone {zone_id!r} already",
            remedy=f"Choose another id; {next(fresh_ids('Zone', list(taken)))!r} is free.",
        )


def unknown_building(
    given: str, known: Collection[str], problem: ZoneProblem, *, where: str = "plan"
) -> str:
    """Say that there is no such building, with the nearest ids and names."""
    ids_by_name = {problem.name(b): b for b in known}
    near = [
        *difflib.get_close_matches(given, known, n=3),
        *(ids_by_name[name] for name in nearest(given, ids_by_name)),
    ]
    listed = [
        b if problem.name(b) == b else f"{b} ({problem.name(b)})" for b in dict.fromkeys(near)
    ]
    return f"there is no building {given!r} in the {where}; {suggest(listed, sorted(known))}"


def _find_best_division(
    plan: ZonePlan, zone: Zone, valuer: ZoneValuer
) -> tuple[set[str], tuple[str, ...]]:
    """Find the buildings that leave in the best division of a zone, and notes on the search.

    Divisions are ranked by the violation of the bounds on sizes, then by whether
    every rule is kept, then (for ``worst``) by the longest drive, then by the
    objective.
    """
    divisions = _Divisions.of(plan, zone, valuer)
    group = divisions.group
    notes: tuple[str, ...] = ()
    if len(group) <= _ALL_DIVISIONS_UP_TO:
        parts = [part for size in range(1, len(group)) for part in combinations(group, size)]
        best = divisions.best(parts)
    else:
        best, tried = _search_divisions(divisions)
        notes = (
            f"{zone.zone_id} has {len(zone.building_ids)} buildings, too many to try every "
            f"division: this is the best of {tried:,} that were tried",
        )
    return {valuer.problem.building_ids[k] for k in best}, notes


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Divisions:
    """The divisions of one zone of a plan, and their ranking."""

    valuer: ZoneValuer
    group: Group
    school: str | None
    number: int
    zones: int
    longest_elsewhere_s: float
    moved: MovedCount | None

    @classmethod
    def of(cls, plan: ZonePlan, zone: Zone, valuer: ZoneValuer) -> _Divisions:
        zones = plan.patrol_zones
        groups = [valuer.group(z) for z in zones]
        number = zones.index(zone)
        longest = valuer.values(groups, [z.high_school_id for z in zones]).longest_drive_s
        stability = valuer.space.stability
        return cls(
            valuer=valuer,
            group=groups[number],
            school=zone.high_school_id,
            number=number,
            zones=len(zones),
            longest_elsewhere_s=float(np.delete(longest, number).max(initial=0.0)),
            moved=None if stability is None else MovedCount.of(stability, groups),
        )

    def best(self, parts: Sequence[Group]) -> Group:
        """The part that leaves in the best division; ties go to the smaller part."""
        keys = self.keys(parts)
        return parts[int(np.lexsort([np.arange(len(parts)), *keys[::-1]])[0])]

    def keys(self, parts: Sequence[Group]) -> list[Floats]:
        """Sort keys of divisions, most important first; smaller is better."""
        valuer = self.valuer
        rests = [tuple(k for k in self.group if k not in part) for part in parts]
        stay = valuer.values(rests, [valuer.school_after(self.school, g) for g in rests])
        leave = valuer.values(parts, [valuer.school_of_new(self.school, g) for g in parts])
        sizes = np.array([len(part) for part in parts])
        allowed = stay.allowed & leave.allowed
        cost = stay.cost_s + leave.cost_s
        if self.moved is not None:
            moved = np.array(
                [
                    self.moved.after({self.number: rest, self.zones: part})
                    for part, rest in zip(parts, rests, strict=True)
                ]
            )
            cost += self.moved.stability.price_s * moved
            allowed &= moved <= self.moved.limit
        longest = np.zeros(len(parts))
        if valuer.problem.objective is Objective.WORST:
            here = np.maximum(stay.longest_drive_s, leave.longest_drive_s)
            longest = np.maximum(here, self.longest_elsewhere_s)
        return [
            (
                self._count_outside_bounds(sizes)
                + self._count_outside_bounds(len(self.group) - sizes)
            ).astype(np.float64),
            (~allowed).astype(np.float64),
            longest,
            round_cost(cost),
            sizes.astype(np.float64),
        ]

    def _count_outside_bounds(self, sizes: Numbers) -> Numbers:
        """Number of buildings by which zones violate the bounds on sizes."""
        low, high = self.valuer.space.sizes
        return np.maximum(low - sizes, 0) + np.maximum(sizes - high, 0)


def _search_divisions(divisions: _Divisions) -> tuple[Group, int]:
    """Search a good division of a zone too large for all; return it and the number tried.

    Starts divide the zone by the nearer of two buildings; local search improves the
    best of them by moves and swaps.
    """
    group = np.array(divisions.group)
    seconds = divisions.valuer.problem.seconds
    away = (seconds + seconds.T)[np.ix_(group, group)]
    pairs = sorted(combinations(range(len(group)), 2), key=lambda pair: -away[pair])[:_SEED_PAIRS]
    parts = []
    for a, b in pairs:
        nearer = away[a] < away[b]
        nearer[a] = True
        parts += [tuple(group[side].tolist()) for side in (nearer, ~nearer)]
    best, tried = divisions.best(parts), len(parts)
    while True:
        near = _list_neighbours(best, divisions.group)
        better = divisions.best([best, *near])
        tried += len(near)
        if better == best:
            return best, tried
        best = better


def _list_neighbours(part: Group, group: Group) -> list[Group]:
    """List the parts that one move or swap leads to."""
    rest = [k for k in group if k not in part]
    fewer = [tuple(k for k in part if k != out) for out in part]
    more = [tuple(sorted((*part, into))) for into in rest]
    swapped = [
        tuple(sorted((*(k for k in part if k != out), into))) for out, into in product(part, rest)
    ]
    return [p for p in (*fewer, *more, *swapped) if 0 < len(p) < len(group)]
