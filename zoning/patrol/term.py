"""The patrol days of a rotation or a term: a schedule for each day, and what they add up to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import Final

import geopandas as gpd
import pandas as pd

from zoning.errors import ScheduleError, first_few, typed
from zoning.patrol.assumptions import PatrolAssumptions
from zoning.patrol.day_problem import DayProblem, PresenceKind, WishedPresence
from zoning.patrol.day_search import DayEffort
from zoning.patrol.drawn_days import DrawAssumptions, draw_days
from zoning.patrol.key import KeyedStream, PatrolKey
from zoning.patrol.planning import (
    PatrolTravel,
    day_problem,
    make_officer_days,
    make_schedule,
    open_buildings,
    prepare_day,
)
from zoning.patrol.presences import conflict_of
from zoning.patrol.rotation import DayClass, DaySet, Item, items_of, rotate
from zoning.patrol.schedule import OfficerDay, PatrolSchedule
from zoning.patrol.school_day import SchoolDay
from zoning.patrol.working_day import PlannedShift, plan_shifts, plan_together, ways_to_work
from zoning.roads.traffic import TravelByHour
from zoning.roads.travel.travel_times import TravelTimes
from zoning.schools.calendar import SchoolCalendar
from zoning.units import clock, counted
from zoning.zones.plan import Zone, ZonePlan

Day = date | int
"""A date, or the number of a day of a rotation, from 1."""

ROTATION_DAYS: Final = 10
"""Two school weeks."""
ROTATION_EFFORT: Final = DayEffort(
    orders=4_000, quick_labels=5_000, quick_width=20, proof_labels=20_000, proof_buildings=5
)
"""A day in about three hundredths of a second: a rotation has some hundred different ones."""
WANTED_COLUMNS: Final = ("building_id", "kind", "day")
"""Columns of wanted presences; a day is a date, a weekday, or the number of a day."""
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PatrolTerm:
    """The patrol days of a rotation or a term. Restricted: routes, times and gaps.

    Attributes
    ----------
    schedules
        The schedule of each day, in order.
    rotations
        The number of the rotation that each day is in, from 1.
    bounds
        Of rotations whose days are all planned. Columns ``rotation``, ``zone_id``, ``kind`` (all:
        of all kinds together) and ``least_share_bound``: no rotation of these days, with the
        wanted presences first, gives every building of the zone a larger share.
    wanted
        Columns ``day``, ``building_id``, ``kind``, ``is_met``, ``why`` (empty if met).
    """

    schedules: Mapping[Day, PatrolSchedule]
    rotations: Mapping[Day, int]
    bounds: pd.DataFrame
    wanted: pd.DataFrame
    notices: tuple[str, ...] = ()
    _zone_of: Mapping[str, str] = field(repr=False)

    def __repr__(self) -> str:
        return f"PatrolTerm({counted(len(self.schedules), 'day')})"

    def visits(self) -> pd.DataFrame:
        """Every stop of every day: ``day`` and the columns of `PatrolSchedule.to_frame`."""
        return self._stack(lambda schedule: schedule.to_frame())

    def presences(self) -> pd.DataFrame:
        """Every wished presence of every day.

        Columns ``day``, ``zone_id``, ``bell`` (which of the building's bells of the day, from 1)
        and those of `PatrolSchedule.presences`.
        """
        table = self._stack(lambda schedule: schedule.presences())
        table.insert(1, "zone_id", table["building_id"].map(self._zone_of))
        ordered = table.sort_values("open_s", kind="stable")
        bell = ordered.groupby(["day", "building_id", "kind"]).cumcount() + 1
        table.insert(4, "bell", bell.sort_index())
        return table

    def _stack(self, table_of: Callable[[PatrolSchedule], pd.DataFrame]) -> pd.DataFrame:
        tables = []
        for day, schedule in self.schedules.items():
            table = table_of(schedule)
            table.insert(0, "day", [day] * len(table))
            tables.append(table)
        return pd.concat(tables, ignore_index=True)

    def shares(self) -> pd.DataFrame:
        """How often each building's arrival, lunch and dismissal is met.

        Returns
        -------
        DataFrame
            Columns ``rotation``, ``zone_id``, ``building_id``, ``kind``, ``bell``, ``wished``
            (days), ``met`` (days), ``share``.
        """
        table = self.presences()
        table["rotation"] = table["day"].map(self.rotations)
        by = ["rotation", "zone_id", "building_id", "kind", "bell"]
        found = table.groupby(by)["met"].agg(wished="size", met="sum").reset_index()
        found["share"] = found["met"] / found["wished"]
        return found

    def fairness(self) -> pd.DataFrame:
        """The least and the greatest share of each kind, by zone.

        Returns
        -------
        DataFrame
            Columns ``rotation``, ``zone_id``, ``kind``, ``least_share``, ``greatest_share``,
            ``least_share_bound`` (no rotation has a larger least share of that kind, whatever it
            does to the others), ``is_proved`` (whether the least share is the largest possible).
        """
        shares = self.shares()
        everything = shares.assign(kind="all")
        by = ["rotation", "zone_id", "kind"]
        grouped = pd.concat([shares, everything], ignore_index=True).groupby(by)
        found = grouped["share"].agg(least_share="min", greatest_share="max").reset_index()
        found = found.merge(self.bounds, on=by, how="left")
        found["is_proved"] = found["least_share"] >= found["least_share_bound"] - 1e-9
        return found

    def district_fairness(self) -> pd.DataFrame:
        """The least and the greatest share of each kind in the whole district.

        Columns ``rotation``, ``kind``, ``least_share``, ``greatest_share``,
        ``least_share_bound``, ``is_proved``, as in `fairness`.
        """
        grouped = self.fairness().groupby(["rotation", "kind"])
        found = grouped.agg(
            least_share=("least_share", "min"),
            greatest_share=("greatest_share", "max"),
            least_share_bound=("least_share_bound", "min"),
        ).reset_index()
        found["is_proved"] = found["least_share"] >= found["least_share_bound"] - 1e-9
        return found

    def by_day(self, times: TravelTimes | None = None) -> pd.DataFrame:
        """What each day takes and gives; sum it for the term.

        Returns
        -------
        DataFrame
            Index ``day``; ``officers``, ``officer_hours``, ``overtime_hours``, ``visits``,
            ``arrivals_met``, ``arrivals_wished`` and the same of lunches and dismissals,
            ``longest_gap_s``, and ``metres`` driven (NaN without distances).
        """
        rows = []
        for day, schedule in self.schedules.items():
            row: dict[str, object] = {
                "day": day,
                "officers": len(schedule.days),
                "officer_hours": schedule.officer_hours,
                "overtime_hours": schedule.overtime_hours,
                "visits": sum(not v.is_break for one in schedule.days for v in one.visits),
            }
            for kind in PresenceKind:
                met, wished = schedule.count_presences(kind)
                row |= {f"{kind.plural}_met": met, f"{kind.plural}_wished": wished}
            row["longest_gap_s"] = float(schedule.idleness()["longest_gap_s"].max())
            row["metres"] = None if times is None else schedule.metres_per_day(times)
            rows.append(row)
        table = pd.DataFrame(rows).set_index("day")
        return table.astype({"metres": "float64"})


@typed
def plan_rotation(
    plan: ZonePlan,
    schools: gpd.GeoDataFrame,
    times: TravelTimes,
    *,
    days: int = ROTATION_DAYS,
    wanted: pd.DataFrame | None = None,
    assumptions: PatrolAssumptions | None = None,
    times_by_hour: TravelByHour = (),
    wishes: pd.DataFrame | None = None,
    effort: DayEffort | None = ROTATION_EFFORT,
    key: PatrolKey | None = None,
    drawing: DrawAssumptions | None = None,
) -> PatrolTerm:
    """Plan several school days so that each building gets its share of presences.

    One day cannot meet everything; over the days of a rotation the least share of a building's
    arrivals, lunches and dismissals is as large as possible in every zone, then the next. See
    `zoning.patrol.rotation.rotate`. A rotation of one day is the plan of the day.

    Parameters
    ----------
    days
        Number of school days, all with the bells of the schools.
    wanted
        Presences that are wanted on certain days, columns `WANTED_COLUMNS`: they come before
        fairness.
    effort
        How long to search for short gaps and drives of each day.
    key
        If given, it orders the turns of days that are alike, and each day is drawn among those
        that meet the presences of its turn, by random numbers of the key for the rotation, the day
        and the officer: the same key, days and plan give the same timetables. See
        `zoning.read_patrol_key`.
    drawing
        How far a drawn day may be from the planned one.

    Other parameters and errors are those of `plan_patrols`.
    """
    if days < 1:
        raise ScheduleError(f"a rotation of {days} days has no day", remedy="Give 1 or more.")
    return _plan_days(
        plan,
        dict.fromkeys(range(1, days + 1), schools),
        times,
        rotation_days=days,
        wanted=wanted,
        assumptions=assumptions or PatrolAssumptions(),
        times_by_hour=times_by_hour,
        wishes=wishes,
        effort=effort,
        key=key,
        drawing=drawing,
    )


@typed
def plan_term(
    plan: ZonePlan,
    schools: gpd.GeoDataFrame,
    times: TravelTimes,
    *,
    calendar: SchoolCalendar,
    first: date | None = None,
    last: date | None = None,
    rotation_days: int = ROTATION_DAYS,
    wanted: pd.DataFrame | None = None,
    assumptions: PatrolAssumptions | None = None,
    times_by_hour: TravelByHour = (),
    wishes: pd.DataFrame | None = None,
    effort: DayEffort | None = ROTATION_EFFORT,
    key: PatrolKey | None = None,
    drawing: DrawAssumptions | None = None,
) -> PatrolTerm:
    """Plan the school days of a calendar, in rotations of so many days each.

    Parameters that are not listed, and errors, are those of `plan_rotation`. Traffic by the hour is
    that given, on shortened days too.

    Parameters
    ----------
    schools
        From `zoning.read_schools`, with the regular bells; a day has those of the calendar.
    first, last
        The dates to plan, both included; all school days if None.
    rotation_days
        School days of a rotation, counted from the first of the calendar, so that a date has the
        same day whichever dates are asked for; the last rotation may be shorter. Days with other
        bells are part of it.

    Raises
    ------
    ScheduleError
        If no school day is between the dates.
    """
    chosen = [
        day
        for day in calendar.school_days
        if (first is None or day >= first) and (last is None or day <= last)
    ]
    if not chosen or rotation_days < 1:
        span = f"{first or 'the beginning'} to {last or 'the end'}"
        raise ScheduleError(
            f"no rotation of {rotation_days} days from {span} of {calendar.source}",
            remedy="Give dates with school days between them, and 1 day or more.",
        )
    whole = calendar.school_days
    begin = whole.index(chosen[0]) // rotation_days
    end = whole.index(chosen[-1]) // rotation_days + 1
    days = whole[begin * rotation_days : end * rotation_days]
    return _plan_days(
        plan,
        {day: calendar.schools_on(schools, day) for day in days},
        times,
        kept=frozenset(chosen),
        first_rotation=begin + 1,
        rotation_days=rotation_days,
        wanted=wanted,
        assumptions=assumptions or PatrolAssumptions(),
        times_by_hour=times_by_hour,
        wishes=wishes,
        effort=effort,
        key=key,
        drawing=drawing,
    )


def _plan_days(
    plan: ZonePlan,
    schools_on: Mapping[Day, gpd.GeoDataFrame],
    times: TravelTimes,
    *,
    rotation_days: int,
    kept: Collection[Day] | None = None,
    first_rotation: int = 1,
    wanted: pd.DataFrame | None,
    assumptions: PatrolAssumptions,
    times_by_hour: TravelByHour,
    wishes: pd.DataFrame | None,
    effort: DayEffort | None,
    key: PatrolKey | None,
    drawing: DrawAssumptions | None,
) -> PatrolTerm:
    """Plan the days that are kept, all if None, of whole rotations."""
    made: dict[int, tuple[SchoolDay, PatrolTravel]] = {}
    for schools in schools_on.values():
        if id(schools) not in made:
            made[id(schools)] = prepare_day(
                plan,
                schools,
                times,
                assumptions=assumptions,
                times_by_hour=times_by_hour,
                wishes=wishes,
            )
    travel = next(iter(made.values()))[1]
    day_of = {day: made[id(schools)][0] for day, schools in schools_on.items()}
    wants = _read_wanted(wanted, day_of)
    rotations = {day: k // rotation_days + first_rotation for k, day in enumerate(schools_on)}
    asked = [day for day in day_of if kept is None or day in kept]
    unfinished = {rotations[day] for day in day_of if day not in asked}
    planner = _ZonePlanner(travel=travel, assumptions=assumptions, effort=effort)
    days: dict[Day, list[OfficerDay]] = {day: [] for day in asked}
    bounds, answers = [], []
    for zone in plan.zones:
        classes = {day: planner.class_of(zone, day_of[day], wants.get(day, ())) for day in day_of}
        for rotation in dict.fromkeys(rotations.values()):
            of_rotation = {
                day: one
                for day, one in classes.items()
                if one is not None and rotations[day] == rotation
            }
            if not of_rotation:
                continue
            alike = tuple(of_rotation.values())
            sets, bound = planner.rotate(alike)
            if key is not None:
                rng = key.stream("turns", next(iter(of_rotation)), zone.zone_id)
                sets = _shuffled(sets, alike, rng)
            if rotation not in unfinished:
                bounds += [(rotation, zone.zone_id, kind, share) for kind, share in bound.items()]
            for (day, one), chosen in zip(of_rotation.items(), sets, strict=True):
                if day not in days:
                    continue
                shifts = planner.plan(one, chosen)
                if key is not None:
                    shifts = planner.draw(shifts, key, day, zone.zone_id, drawing)
                days[day] += make_officer_days(zone.zone_id, shifts, one.presences, travel.base_id)
                answers += list(_answer(day, one, shifts, wants.get(day, ())))
    schedules = {
        day: make_schedule(
            officer_days, plan, schools_on[day], travel, day_of[day], assumptions=assumptions
        )
        for day, officer_days in days.items()
    }
    columns = ["rotation", "zone_id", "kind", "least_share_bound"]
    answered = pd.DataFrame(answers, columns=["day", "building_id", "kind", "is_met", "why"])
    return PatrolTerm(
        schedules=schedules,
        rotations={day: rotations[day] for day in asked},
        bounds=pd.DataFrame(bounds, columns=columns).astype(
            {"rotation": "int64", "least_share_bound": "float64"}
        ),
        wanted=answered,
        notices=(*_missed_wanted_notice(answered), *_undrawn_notice(planner.undrawn)),
        _zone_of={b: zone.zone_id for zone in plan.zones for b in zone.building_ids},
    )


def _shuffled(
    sets: Sequence[DaySet], classes: Sequence[DayClass], rng: KeyedStream
) -> tuple[DaySet, ...]:
    """Give the days that are alike their presences in an order that nobody can compute.

    Whoever has the inputs can compute the rotation, and with its order the day on which no
    officer comes to a school. The shares are the same in any order.
    """
    shuffled = list(sets)
    for one in {id(each): each for each in classes}.values():
        days = [k for k, each in enumerate(classes) if each is one]
        for day, other in zip(days, rng.permutation(len(days)).tolist(), strict=True):
            shuffled[day] = sets[days[other]]
    return tuple(shuffled)


@dataclass(slots=True, eq=False)
class _ZonePlanner:
    """Plans days of zones, each different day once."""

    travel: PatrolTravel
    assumptions: PatrolAssumptions
    effort: DayEffort | None
    classes: dict[object, DayClass] = field(default_factory=dict)
    rotated: dict[object, tuple[tuple[DaySet, ...], dict[str, float]]] = field(default_factory=dict)
    planned: dict[object, tuple[PlannedShift, ...]] = field(default_factory=dict)
    alone: dict[int, tuple[PlannedShift, ...]] = field(default_factory=dict)
    undrawn: dict[str, list[Day]] = field(default_factory=dict)

    def class_of(
        self, zone: Zone, school_day: SchoolDay, wants: Sequence[tuple[str, PresenceKind]]
    ) -> DayClass | None:
        """The class of a zone's day; the same object for days that are alike, None if closed."""
        ids = open_buildings(zone, school_day)
        if not ids:
            return None
        presences = school_day.presences_at(ids)
        wanted = frozenset(item for item in items_of(presences) if item[:2] in set(wants))
        hours = tuple(school_day.hours[building] for building in ids)
        key = (zone.zone_id, ids, hours, presences, wanted)
        if key not in self.classes:
            problem = day_problem(ids, school_day, self.travel, assumptions=self.assumptions)
            shifts = plan_shifts(problem, assumptions=self.assumptions, effort=self.effort)
            one = DayClass(
                shifts=ways_to_work(problem, assumptions=self.assumptions),
                wanted=wanted,
                planned=_met_by(problem, shifts),
            )
            self.classes[key] = one
            self.alone[id(one)] = shifts
        return self.classes[key]

    def rotate(self, classes: tuple[DayClass, ...]) -> tuple[tuple[DaySet, ...], dict[str, float]]:
        key = tuple(map(id, classes))
        if key not in self.rotated:
            found = rotate(classes)
            bounds = {
                "all" if kind is None else str(kind): _reachable(bound, kind, classes)
                for kind, bound in found.least_share_bound.items()
            }
            self.rotated[key] = found.sets, bounds
        return self.rotated[key]

    def plan(self, one: DayClass, chosen: DaySet) -> tuple[PlannedShift, ...]:
        """Plan the timetables of a day whose presences are chosen."""
        if chosen.is_plan:
            return self.alone[id(one)]
        key = (id(one), chosen.way, chosen.shares)
        if key not in self.planned:
            shifts = plan_together(one.shifts[chosen.way], effort=self.effort, shares=chosen.shares)
            self.planned[key] = _with_bound(shifts, chosen)
        return self.planned[key]

    def draw(
        self,
        shifts: Sequence[PlannedShift],
        key: PatrolKey,
        day: Day,
        zone_id: str,
        drawing: DrawAssumptions | None,
    ) -> tuple[PlannedShift, ...]:
        """Draw each officer's day among those that meet what the planned one meets."""
        drawn = []
        for shift in shifts:
            kept = shift.problem.met(shift.planned.stops)
            problem = replace(
                shift.problem,
                presences=kept,
                dwell_s=min(self.assumptions.shortest_stay_s, shift.problem.dwell_s),
            )
            planned = replace(shift.planned, weight=sum(wish.weight for wish in kept))
            rng = key.stream("day", day, zone_id, shift.name)
            try:
                (stops,) = draw_days(problem, planned, rng=rng, assumptions=drawing)
            except ScheduleError:  # none was found within the bound of driving
                self.undrawn.setdefault(zone_id, []).append(day)
                drawn.append(shift)
                continue
            # A drawn day is among the best in presences alone.
            planned = replace(
                shift.planned,
                stops=stops,
                gap_bound_s=None,
                is_driving_proved=False,
                engine=f"{shift.planned.engine}; drawn",
            )
            drawn.append(replace(shift, planned=planned))
        return tuple(drawn)


def _met_by(problem: DayProblem, shifts: Sequence[PlannedShift]) -> tuple[WishedPresence, ...]:
    """The wished presences of a problem that the officers of its zone meet."""
    return problem.met(*(shift.planned.stops for shift in shifts))


def _with_bound(shifts: tuple[PlannedShift, ...], chosen: DaySet) -> tuple[PlannedShift, ...]:
    """State what is proved of the day against all presences, not those of its turn alone."""
    weight = sum(shift.planned.weight for shift in shifts[:-1])
    last = shifts[-1]
    planned = replace(
        last.planned,
        weight_bound=max(last.planned.weight, chosen.weight_bound - weight),
        engine=f"{last.planned.engine}; the presences of its turn in the rotation",
    )
    return (*shifts[:-1], replace(last, planned=planned))


def _reachable(bound: Fraction, kind: PresenceKind | None, classes: Sequence[DayClass]) -> float:
    """The largest share that is no more than a bound and can be one: a number of days of those."""
    asked: dict[Item, int] = {}
    for one in classes:
        for item in items_of(one.presences):
            if kind is None or item[1] is kind:
                asked[item] = asked.get(item, 0) + 1
    return float(max(Fraction(int(bound * days), days) for days in asked.values()))


# What is wanted on certain days.


def _read_wanted(
    wanted: pd.DataFrame | None, day_of: Mapping[Day, SchoolDay]
) -> dict[Day, list[tuple[str, PresenceKind]]]:
    """Read what is wanted by day; every fault in one error."""
    if wanted is None:
        return {}
    missing = [column for column in WANTED_COLUMNS if column not in wanted]
    if missing:
        raise ScheduleError(
            "the wanted presences cannot be used",
            [f"there is no column {column!r}" for column in missing],
            f"Give the columns {', '.join(WANTED_COLUMNS)}.",
        )
    known = {wish.building_id for one in day_of.values() for wish in one.presences}
    faults: list[str] = []
    read: dict[Day, list[tuple[str, PresenceKind]]] = {}
    rows = wanted.loc[:, list(WANTED_COLUMNS)].itertuples(index=False, name=None)
    for row, (building, kind, when) in enumerate(rows, start=1):
        try:
            asked = str(building), PresenceKind(str(kind).strip().casefold())
        except ValueError:
            faults.append(f"row {row}: {kind!r} is none of {', '.join(PresenceKind)}")
            continue
        if asked[0] not in known:
            faults.append(f"row {row}: no presence is wished at {building!r}")
            continue
        days = [day for day in day_of if _is_on(day, when)]
        if not days:
            faults.append(f"row {row}: {str(when)!r} is none of the days that are planned")
            continue
        wished = [
            day
            for day in days
            if any((w.building_id, w.kind) == asked for w in day_of[day].presences)
        ]
        if not wished:
            faults.append(f"row {row}: no {asked[1]} is wished at {building!r} on {str(when)!r}")
        for day in wished:
            if asked not in read.setdefault(day, []):
                read[day].append(asked)
    if faults:
        raise ScheduleError(
            "the wanted presences cannot be used",
            faults,
            "Give buildings where such a presence is wished, and a day as a date (2026-11-02), a "
            "weekday (Monday) or the number of a day of the rotation.",
        )
    return read


def _is_on(day: Day, when: object) -> bool:
    """Whether a day is the one that is meant: a date, a weekday, or a number."""
    if isinstance(day, int):
        return str(when).strip().removesuffix(".0") == str(day)
    if isinstance(when, date):
        return (when.year, when.month, when.day) == (day.year, day.month, day.day)
    text = str(when).strip().casefold()
    return text in (day.isoformat(), _WEEKDAYS[day.weekday()])


def _answer(
    day: Day,
    one: DayClass,
    shifts: Sequence[PlannedShift],
    wants: Sequence[tuple[str, PresenceKind]],
) -> Iterator[tuple[Day, str, str, bool, str]]:
    """Say of each wanted presence of a zone's day whether it is met, and if not, why."""
    wanted = [item for item in sorted(one.wanted) if item[:2] in set(wants)]
    if not wanted:
        return
    problem = one.shifts[0][0]
    met = set(_met_by(problem, shifts))
    items = items_of(problem.presences)
    row = {wish: k for k, wish in enumerate(problem.presences)}
    kept = [row[items[item]] for item in wanted if items[item] in met]
    for item in wanted:
        is_met = items[item] in met
        why = "" if is_met else _why_missed(one, row[items[item]], kept)
        yield day, item[0], str(item[1]), is_met, why


def _why_missed(one: DayClass, at: int, kept: Sequence[int]) -> str:
    if len(one.shifts) > 1 or len(one.shifts[0]) > 1:
        return "no plan of the zone's shifts meets more of what is wanted on that day"
    problem = one.shifts[0][0]
    conflict = conflict_of(problem, at, kept)
    if conflict is None:
        return "no day that meets it has as much weight of what is wanted"
    if not conflict.others:
        return "no timetable of the shift meets it at all"
    others = [problem.presences[k] for k in conflict.others]
    named = ", ".join(f"the {w.kind} at {w.building_id} {clock(w.open_s)}" for w in others)
    return f"no timetable of the shift meets it together with {named}, also wanted on that day"


def _missed_wanted_notice(answers: pd.DataFrame) -> Iterator[str]:
    missed = answers[~answers["is_met"].astype(bool)]
    if len(missed):
        named = [
            f"{building} {kind} on {day}: {why}"
            for day, building, kind, why in missed[
                ["day", "building_id", "kind", "why"]
            ].itertuples(index=False, name=None)
        ]
        yield f"Wanted and not met: {'; '.join(first_few(named))}."


def _undrawn_notice(undrawn: Mapping[str, Sequence[Day]]) -> Iterator[str]:
    if undrawn:
        named = [
            f"{zone} on {', '.join(first_few([str(day) for day in days]))}"
            for zone, days in undrawn.items()
        ]
        yield (
            f"Planned, not drawn, and so the same whenever its turn comes: {'; '.join(named)}. No "
            "other day that meets as much was found within the bound of driving; allow more "
            "extra driving."
        )
