"""An officer is away for a day: neighbours take the buildings over, the others keep their day."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from zoning.errors import ScheduleError, UnreachableError, first_few, typed
from zoning.patrol.day_problem import PresenceKind
from zoning.patrol.day_search import DayEffort
from zoning.patrol.planning import PatrolTravel, day_problem, make_officer_day
from zoning.patrol.schedule import OfficerDay, PatrolSchedule
from zoning.patrol.working_day import QUICK, PlannedShift, on_shift, plan_together
from zoning.roads.traffic import TravelByHour
from zoning.roads.travel.travel_times import TravelTimes
from zoning.schools import buildings as buildings_of
from zoning.units import clock, counted, minutes
from zoning.zones.plan import Zone, ZoneKind, ZonePlan

NEIGHBOURS: Final = 4
"""Officers who are asked to take a building over: those with the nearest buildings. Our choice."""
_TRIAL: Final = DayEffort(orders=300, proof_buildings=0)
"""A day to compare who takes a building, in a few thousandths of a second."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AbsenceCover:
    """A day on which officers are away. Restricted: who is away, routes, times and gaps.

    Attributes
    ----------
    schedule
        The day of everyone who is there. Officers who take no building over keep theirs.
    plan
        The zones of that day, with the buildings that moved; for `zoning.estimate_response`.
    taken_over
        Columns ``building_id``, ``from_zone_id``, ``to_zone_id``.
    changed_ids
        Officers whose day is another one, sorted.
    presences
        The presences that are met on one of the two days alone: the columns of
        `PatrolSchedule.presences` without ``met``, and ``was_met``, ``is_met``.
    buildings
        Index ``building_id`` of those that the changed and the absent officers visit; columns
        ``visits_before``, ``visits_after``, ``longest_gap_before_s``, ``longest_gap_after_s``.
    words
        What changes and what is lost, one sentence each.
    """

    schedule: PatrolSchedule
    plan: ZonePlan
    taken_over: pd.DataFrame
    changed_ids: tuple[str, ...]
    presences: pd.DataFrame
    buildings: pd.DataFrame
    words: tuple[str, ...]


@typed
def cover_absence(
    schedule: PatrolSchedule,
    plan: ZonePlan,
    schools: gpd.GeoDataFrame,
    times: TravelTimes,
    *,
    away: Sequence[str],
    times_by_hour: TravelByHour = (),
    effort: DayEffort = QUICK,
) -> AbsenceCover:
    """Plan a day on which officers are away.

    Each building of a zone without an officer goes to a neighbour in whose day most weight of
    presences is met, then whose longest gap is shortest, then who drives least; the building for
    which the choice matters most is decided first. It is a greedy choice: that no other one
    loses less is not proved. Who takes a building over keeps the shift, and the day within it is
    planned anew. Where a second officer of the zone is there, that officer stays with it.

    Parameters
    ----------
    schedule
        The day as planned, of this plan.
    away
        Ids of officers, as in the schedule; the first officer of a zone has the zone's id.
    times, times_by_hour
        As for `plan_patrols`.
    effort
        How long to search for short gaps and drives of each day that changes.

    Raises
    ------
    ScheduleError
        If nobody, or nobody known, is away, the plan is not that of the schedule, or no officer
        is left who patrols.
    UnreachableError
        If no officer who is left can drive to a building.
    """
    away = [away] if isinstance(away, str) else list(away)
    _require_known(schedule, plan, away)
    gone = set(away)
    left = [day for day in schedule.days if day.officer_id not in gone]
    staffed = {day.zone_id for day in left}
    without = [
        zone
        for zone in plan.zones
        if schedule.days_of(zone.zone_id) and zone.zone_id not in staffed
    ]
    short = {day.zone_id for day in schedule.days if day.officer_id in gone} & staffed
    desk = _Desk(
        schedule=schedule,
        travel=PatrolTravel.of(times, times_by_hour, schedule.assumptions.base),
        officers={zone: [day for day in left if day.zone_id == zone] for zone in staffed},
    )
    receivers = [
        zone for zone in plan.zones if zone.kind is ZoneKind.PATROL and zone.zone_id in staffed
    ]
    if without and not receivers:
        raise ScheduleError(
            f"nobody is left to take over {', '.join(zone.zone_id for zone in without)}",
            ["every officer who patrols is away; dedicated officers stay at their building"],
            "Name fewer officers as away, or give the zones a relief officer.",
        )
    homes = desk.assign(without, receivers, times)
    members = {zone.zone_id: set(zone.building_ids) for zone in plan.zones}
    for building, home in homes.items():
        members[home].add(building)
    involved = {*homes.values(), *short}
    days: list[OfficerDay] = []
    for zone in plan.zones:
        if zone.zone_id in involved:
            days += desk.plan_days(zone.zone_id, frozenset(members[zone.zone_id]), effort)
        else:
            days += desk.officers.get(zone.zone_id, [])
    empty = {zone.zone_id for zone in without}
    new_plan = ZonePlan(
        tuple(
            replace(zone, building_ids=tuple(sorted(members[zone.zone_id])))
            for zone in plan.zones
            if zone.zone_id not in empty
        )
    )
    taken = pd.DataFrame(
        [
            (building, zone.zone_id, homes[building])
            for zone in without
            for building in zone.building_ids
        ],
        columns=["building_id", "from_zone_id", "to_zone_id"],
    )
    covered = replace(schedule, days=tuple(days))
    touched = sorted({b for zone in involved | empty for b in members[zone]})
    presences, buildings = _compare(schedule, covered, touched)
    changed = tuple(sorted(day.officer_id for day in days if day not in schedule.days))
    names = buildings_of(schools)["name"]
    words = (
        f"Away: {', '.join(dict.fromkeys(away))}.",
        *(
            f"{home} takes over {', '.join(_called(names, b) for b in of_zone['building_id'])}."
            for home, of_zone in taken.groupby("to_zone_id", sort=True)
        ),
        *_change_words(covered, changed),
        *_loss_words(schedule, covered, presences, buildings, names),
    )
    return AbsenceCover(
        schedule=replace(covered, notices=(*schedule.notices, *words)),
        plan=new_plan,
        taken_over=taken,
        changed_ids=changed,
        presences=presences,
        buildings=buildings,
        words=words,
    )


def _require_known(schedule: PatrolSchedule, plan: ZonePlan, away: Sequence[str]) -> None:
    known = [day.officer_id for day in schedule.days]
    faults = []
    for officer in away:
        if officer not in known:
            near = difflib.get_close_matches(str(officer), known, n=1)
            faults.append(
                f"{officer!r} is no officer of the schedule" + (f"; {near[0]}?" if near else "")
            )
    zones = {zone.zone_id for zone in plan.zones}
    faults += [
        f"{i} has no zone in the plan"
        for i in dict.fromkeys(day.zone_id for day in schedule.days if day.zone_id not in zones)
    ]
    if not away:
        faults.append("nobody is away")
    if faults:
        raise ScheduleError(
            "the absence cannot be covered",
            faults,
            "Give ids of officers of the schedule, and the plan that it was made for.",
        )


@dataclass(slots=True, eq=False)
class _Desk:
    """Plans days of the officers who are left, and remembers those that were tried."""

    schedule: PatrolSchedule
    travel: PatrolTravel
    officers: dict[str, list[OfficerDay]]
    tried: dict[tuple[str, frozenset[str]], tuple[int, int, int]] = field(default_factory=dict)

    def plan(
        self, zone_id: str, ids: frozenset[str], effort: DayEffort
    ) -> tuple[PlannedShift, ...]:
        """Plan the officers of a zone anew for some buildings, each in the shift of the day."""
        school_day, assumed = self.schedule.school_day, self.schedule.assumptions
        is_open = [building for building in ids if building in school_day.hours]
        shifts = [(day.start_s, day.end_s) for day in self.officers[zone_id]]
        whole = day_problem(is_open, school_day, self.travel, assumptions=assumed, shift=shifts[0])
        problems = [on_shift(whole, shift, assumptions=assumed) for shift in shifts]
        return plan_together(problems, effort=effort)

    def plan_days(
        self, zone_id: str, ids: frozenset[str], effort: DayEffort
    ) -> Iterator[OfficerDay]:
        """The officers' days of `plan`."""
        shifts = self.plan(zone_id, ids, effort)
        presences = self.schedule.school_day.presences_at(ids)
        for day, shift in zip(self.officers[zone_id], shifts, strict=True):
            yield make_officer_day(
                zone_id,
                replace(shift.problem, presences=presences),
                shift.planned,
                self.travel.base_id,
                officer_id=day.officer_id,
            )

    def value(self, zone_id: str, ids: frozenset[str]) -> tuple[int, int, int]:
        """Weight met, longest gap and driving of a zone's day, the last two below 0."""
        key = zone_id, ids
        if key not in self.tried:
            shifts = self.plan(zone_id, ids, _TRIAL)
            hours = self.schedule.school_day.hours
            first = shifts[0].problem
            is_open = np.array([hours[b] for b in first.building_ids], dtype=np.int64)
            first = replace(first, open_s=is_open[:, 0], close_s=is_open[:, 1])
            stops = [shift.planned.stops for shift in shifts]
            stays = sum(stop.departure_s - stop.arrival_s for one in stops for stop in one)
            spans = sum(one[-1].departure_s - one[0].arrival_s for one in stops)
            self.tried[key] = (
                sum(shift.planned.weight for shift in shifts),
                -first.longest_gap_s(*stops),
                stays - spans,
            )
        return self.tried[key]

    def assign(
        self, without: Sequence[Zone], receivers: Sequence[Zone], times: TravelTimes
    ) -> dict[str, str]:
        """Find who takes over each building of the zones without an officer."""
        near = {
            building: _nearest(building, receivers, times)
            for zone in without
            for building in zone.building_ids
        }
        lost = sorted(building for building, zones in near.items() if not zones)
        if lost:
            raise UnreachableError(
                f"{counted(len(lost), 'building')} cannot be taken over",
                [f"{b}: no officer who is left can drive there and back" for b in first_few(lost)],
                "Repair the street network there, or keep the officer of these buildings.",
            )
        members = {zone.zone_id: frozenset(zone.building_ids) for zone in receivers}
        hours = self.schedule.school_day.hours
        homes = {b: zones[0] for b, zones in near.items() if b not in hours}  # closed that day
        waiting = sorted(set(near) - set(homes))
        while waiting:
            gains = {
                building: sorted(
                    (
                        (*self._gain(zone, members[zone], building), -rank, zone)
                        for rank, zone in enumerate(near[building])
                    ),
                    reverse=True,
                )
                for building in waiting
            }
            # First the building that loses most if its best officer takes others instead.
            building = max(waiting, key=lambda b: (_regret(gains[b]), gains[b][0], b))
            zone = gains[building][0][-1]
            members[zone] = members[zone] | {building}
            homes[building] = zone
            waiting.remove(building)
        return homes

    def _gain(self, zone: str, members: frozenset[str], building: str) -> tuple[int, int, int]:
        before = self.value(zone, members)
        after = self.value(zone, members | {building})
        return after[0] - before[0], min(after[1], 0), after[2] - before[2]


def _regret(gains: Sequence[tuple[int, int, int, int, str]]) -> int:
    return gains[0][0] - gains[1][0] if len(gains) > 1 else gains[0][0]


def _nearest(building: str, receivers: Sequence[Zone], times: TravelTimes) -> list[str]:
    """The zones with the nearest buildings whose officer can drive there and back."""
    at = times.positions([building])[0]
    found = []
    for rank, zone in enumerate(receivers):
        own = times.positions(zone.building_ids)
        both = times.seconds[own, at] + times.seconds[at, own]
        if np.isfinite(both).all():
            found.append((float(both.min()), rank, zone.zone_id))
    return [zone for _, _, zone in sorted(found)[:NEIGHBOURS]]


# What changes.


def _compare(
    before: PatrolSchedule, after: PatrolSchedule, touched: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    old, new = before.presences(), after.presences()
    table = old.drop(columns="met").assign(was_met=old["met"], is_met=new["met"])
    presences = table[table["was_met"] != table["is_met"]].reset_index(drop=True)
    here = [building for building in touched if building in before.school_day.hours]
    idle, idle_after = before.idleness().loc[here], after.idleness().loc[here]
    buildings = pd.DataFrame(
        {
            "visits_before": idle["visits"],
            "visits_after": idle_after["visits"],
            "longest_gap_before_s": idle["longest_gap_s"],
            "longest_gap_after_s": idle_after["longest_gap_s"],
        }
    )
    return presences, buildings


def _called(names: pd.Series[str], building_id: str) -> str:
    name = names[building_id]
    return str(name) if name == building_id else f"{name} ({building_id})"


def _change_words(after: PatrolSchedule, changed: Sequence[str]) -> Iterator[str]:
    keep = len(after.days) - len(changed)
    if changed:
        yield (
            f"{counted(len(changed), 'officer')} with another day: {', '.join(changed)}"
            + (f"; {counted(keep, 'officer')} as before." if keep else ".")
        )
    else:
        yield "Every other officer keeps the day as it was."


def _loss_words(
    before: PatrolSchedule,
    after: PatrolSchedule,
    presences: pd.DataFrame,
    buildings: pd.DataFrame,
    names: pd.Series[str],
) -> Iterator[str]:
    counts = []
    for kind in PresenceKind:
        (old, wished), (new, _) = before.count_presences(kind), after.count_presences(kind)
        if wished:
            counts.append(f"{new} of {wished} at {kind} ({old} before)")
    yield f"Presences met: {', '.join(counts)}."
    lost = presences[presences["was_met"]]
    if len(lost):
        named = [
            f"{kind} at {names[b]} {'' if bell != bell else clock(bell)}".rstrip()  # noqa: PLR0124
            for b, kind, bell in lost[["building_id", "kind", "bell_s"]].itertuples(
                index=False, name=None
            )
        ]
        yield f"Lost: {', '.join(first_few(named))}."
    if len(buildings):
        gaps, later = buildings["longest_gap_before_s"], buildings["longest_gap_after_s"]
        worst = str(later.idxmax())
        yield (
            "Longest time without a visit at a school of these officers: "
            f"{minutes(later.max(), digits=0)}, at {names[worst]}, where it was "
            f"{minutes(float(gaps[worst]), digits=0)}; the longest of all was "
            f"{minutes(gaps.max(), digits=0)}."
        )
    unvisited = sorted(set(after.unvisited_ids) - set(before.unvisited_ids))
    if unvisited:
        yield f"No visit fits at {', '.join(_called(names, b) for b in unvisited)}."
