"""Changing a plan by hand: moves, swaps, merges and splits, and what they do to the zones."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from zoning.errors import PlanError, first_few
from zoning.zones.files.school_names import nearest
from zoning.zones.plan import Zone, ZoneKind, ZonePlan
from zoning.zones.request.question import Question
from zoning.zones.review.naming import fresh_ids
from zoning.zones.review.splitting import best_division
from zoning.zones.review.zone_values import ZoneValuer


@dataclass(frozen=True, slots=True)
class Edited:
    """A plan that was changed.

    Attributes
    ----------
    notes
        What changed besides what was asked for, in plain words.
    """

    plan: ZonePlan
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class PlanEditor:
    """Changes of one plan.

    Attributes
    ----------
    plan
        The plan; it does not change.
    problem
        What the plan is for.
    """

    plan: ZonePlan
    problem: Question

    def moved(self, building_id: str, *, to: str) -> Edited:
        """One building in another zone; see `ZonePlan.move`."""
        target = self._patrol_zone(to)
        source = self._home(building_id)
        if source.zone_id == to:
            raise PlanError(f"{self._called(building_id)} is in {to} already")
        return self._changed(
            {
                source.zone_id: [b for b in source.building_ids if b != building_id],
                to: [*target.building_ids, building_id],
            }
        )

    def swapped(self, building_id: str, other_building_id: str) -> Edited:
        """Two buildings in one another's zone; see `ZonePlan.swap`."""
        one, other = self._home(building_id), self._home(other_building_id)
        if one.zone_id == other.zone_id:
            raise PlanError(
                f"{self._called(building_id)} and {self._called(other_building_id)} "
                f"are both in {one.zone_id}"
            )
        return self._changed(
            {
                zone.zone_id: [*(b for b in zone.building_ids if b != leaves), enters]
                for zone, leaves, enters in (
                    (one, building_id, other_building_id),
                    (other, other_building_id, building_id),
                )
            }
        )

    def merged(self, zone_ids: Collection[str], *, into: str | None) -> Edited:
        """Several zones made one; see `ZonePlan.merge`."""
        named = list(dict.fromkeys(zone_ids))
        if len(named) < 2 or len(named) < len(zone_ids):
            raise PlanError(
                f"cannot merge {', '.join(zone_ids) or 'no zones'}",
                remedy="Name two or more different zones.",
            )
        zones = [self._patrol_zone(zone_id) for zone_id in named]
        name = named[0] if into is None else into
        others = [z.zone_id for z in self.plan.zones if z.zone_id not in named]
        self._require_free(name, others)
        heir = next((zone for zone in zones if zone.zone_id == name), zones[0])
        rest = ZonePlan(
            tuple(
                replace(heir, zone_id=name) if zone is heir else zone
                for zone in self.plan.zones
                if zone is heir or zone not in zones
            )
        )
        return PlanEditor(rest, self.problem)._changed(
            {name: [b for zone in zones for b in zone.building_ids]}
        )

    def divided(
        self, zone_id: str, building_ids: Collection[str] | None, *, new_zone_id: str | None
    ) -> Edited:
        """One zone made two; see `ZonePlan.split`."""
        zone = self._patrol_zone(zone_id)
        taken = [z.zone_id for z in self.plan.zones]
        name = next(fresh_ids("Zone", taken)) if new_zone_id is None else new_zone_id
        self._require_free(name, taken)
        valuer = ZoneValuer.of(self.problem)
        if len(valuer.group(zone)) < 2:
            raise PlanError(f"{zone_id} has one building: there is nothing to split")
        notes: tuple[str, ...] = ()
        if building_ids is None:
            division = best_division(self.plan, zone, valuer)
            leaving = set(division.leaving)
            if not division.every_way:
                notes = (
                    f"{zone_id} has {len(zone.building_ids)} buildings, too many to try every "
                    f"division: this is the best of {division.tried:,} that were tried",
                )
        else:
            leaving = self._part(zone, building_ids)
        staying = [b for b in zone.building_ids if b not in leaving]
        new = Zone(
            zone_id=name, building_ids=tuple(sorted(leaving)), high_school_id=zone.high_school_id
        )
        halves = (replace(zone, building_ids=tuple(sorted(staying))), new)
        at = self.plan.zones.index(zone)
        plan = ZonePlan((*self.plan.zones[:at], *halves, *self.plan.zones[at + 1 :]))
        edited = PlanEditor(plan, self.problem)._changed(
            {half.zone_id: half.building_ids for half in halves}, fresh=name
        )
        return replace(edited, notes=(*notes, *edited.notes))

    def _changed(self, members: Mapping[str, Iterable[str]], *, fresh: str | None = None) -> Edited:
        """Zones with other buildings; a zone without any is gone.

        The high school of the zone ``fresh`` is chosen anew, as for a zone of a
        new plan; the others keep theirs while a school of the zone feeds it or,
        without feeders, while it is in the zone.
        """
        valuer = ZoneValuer.of(self.problem)
        zones, notes = [], []
        for zone in self.plan.zones:
            if zone.zone_id not in members:
                zones.append(zone)
                continue
            now = replace(zone, building_ids=tuple(sorted(members[zone.zone_id])))
            if not now.building_ids:
                notes.append(f"{zone.zone_id} has no building left and is gone")
                continue
            group = valuer.group(now)
            if zone.zone_id == fresh:
                school = valuer.school_of_new(zone.high_school_id, group)
            else:
                school = valuer.school_after(zone.high_school_id, group)
                if school != zone.high_school_id:
                    notes.append(self._realigned(zone, school))
            zones.append(replace(now, high_school_id=school))
        return Edited(ZonePlan(tuple(zones)), tuple(notes))

    def _realigned(self, zone: Zone, school: str | None) -> str:
        now = "no high school" if school is None else self.problem.name(school)
        if not self.problem.feeders_given:
            return f"{zone.zone_id} is named after {now} now"
        before = self.problem.name(zone.high_school_id or "")
        return f"{zone.zone_id} is aligned with {now} now: none of its schools feeds {before}"

    def _home(self, building_id: str) -> Zone:
        """The zone of a building that can be moved."""
        if building_id not in self.plan.building_ids:
            raise PlanError(unknown_building(building_id, self.plan.building_ids, self.problem))
        if building_id in self.problem.dedicated:
            raise PlanError(
                f"{self._called(building_id)} has an officer of its own",
                remedy="Leave it out of the problem's dedicated buildings to put it in a zone.",
            )
        return self.plan.zone_of(building_id)

    def _patrol_zone(self, zone_id: str) -> Zone:
        zone = next((z for z in self.plan.zones if z.zone_id == zone_id), None)
        if zone is None:
            known = [z.zone_id for z in self.plan.patrol_zones]
            near = difflib.get_close_matches(zone_id, known, n=3)
            raise PlanError(f"there is no zone {zone_id!r}; {_near_or_all(near, known)}")
        if zone.kind is not ZoneKind.PATROL:
            raise PlanError(
                f"{zone_id} is no patrol zone: its officer stays at "
                + ", ".join(self._called(b) for b in zone.building_ids)
            )
        return zone

    def _part(self, zone: Zone, building_ids: Collection[str]) -> set[str]:
        """Some but not all buildings of a zone."""
        faults = [
            unknown_building(b, self.plan.building_ids, self.problem)
            if b not in self.plan.building_ids
            else f"{self._called(b)} is in {self.plan.zone_of(b).zone_id}"
            for b in building_ids
            if b not in zone.building_ids
        ]
        if not building_ids:
            faults.append("no building is named to leave it")
        elif set(building_ids) >= set(zone.building_ids):
            faults.append("every building would leave it")
        if faults:
            raise PlanError(f"{zone.zone_id} cannot be split like that", faults)
        return set(building_ids)

    def _require_free(self, zone_id: str, taken: Collection[str]) -> None:
        if zone_id in taken:
            raise PlanError(
                f"there is a zone {zone_id!r} already",
                remedy=f"Choose another id; {next(fresh_ids('Zone', list(taken)))!r} is free.",
            )

    def _called(self, building_id: str) -> str:
        return self.problem.name(building_id)


def unknown_building(
    given: str, known: Collection[str], problem: Question, *, where: str = "plan"
) -> str:
    """Say that there is no such building, and whose id or name is near."""
    called = {problem.name(b): b for b in known}
    near = [
        *difflib.get_close_matches(given, known, n=3),
        *(called[name] for name in nearest(given, called)),
    ]
    listed = [
        b if problem.name(b) == b else f"{b} ({problem.name(b)})" for b in dict.fromkeys(near)
    ]
    return f"there is no building {given!r} in the {where}; {_near_or_all(listed, sorted(known))}"


def _near_or_all(near: Sequence[str], known: Sequence[str]) -> str:
    return f"near: {', '.join(near)}" if near else f"there are {', '.join(first_few(known))}"
