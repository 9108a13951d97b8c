"""Plan the timetable of every officer from a zone plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from zoning.errors import PlanError, ScheduleError, UnreachableError, first_few
from zoning.patrol.assumptions import LongDay, PatrolAssumptions
from zoning.patrol.day_problem import DayProblem, Ints, PlannedDay, WishedPresence, latest_departure
from zoning.patrol.day_search import DayEffort
from zoning.patrol.schedule import (
    SECONDS_PER_HOUR,
    Activity,
    DayProof,
    OfficerDay,
    PatrolSchedule,
    Visit,
    visits_by_building,
)
from zoning.patrol.school_day import SchoolDay, make_school_day
from zoning.patrol.standby import (
    Standby,
    fill_shift,
    stand_by,
    standby_notices,
    stay_together,
    with_shift,
)
from zoning.patrol.working_day import PlannedShift, on_shift, plan_shifts
from zoning.roads.traffic import TravelByHour
from zoning.roads.travel.travel_times import TravelTimes
from zoning.schools import buildings as buildings_of
from zoning.units import clock, counted
from zoning.zones.plan import Zone, ZoneKind, ZonePlan


def plan_patrols(
    plan: ZonePlan,
    schools: gpd.GeoDataFrame,
    times: TravelTimes,
    *,
    assumptions: PatrolAssumptions | None = None,
    times_by_hour: TravelByHour = (),
    wishes: pd.DataFrame | None = None,
    effort: DayEffort | None = None,
    standby: Sequence[Standby] = (),
    shifts_s: Mapping[str, int] | None = None,
) -> PatrolSchedule:
    """Plan one day of every officer.

    A day is planned layer by layer, and each layer says what is proved: first the
    presences at arrival, lunch and dismissal by their weights, then the longest time
    that a building is without a visit while it is open, then the driving. See
    `zoning.patrol.DayProof`. An officer with one building stays there. Nobody goes into a
    zone on call without a call.

    Parameters
    ----------
    plan
        The zones; their buildings must be buildings of the schools.
    schools
        Table of `zoning.read_schools`; with the bells of a day, that of
        `SchoolCalendar.schools_on`.
    times
        Seconds, and metres if known, from building to building by the profile
        officers patrol with; must hold every building of the plan, and the base.
    assumptions
        Stays, windows, shift, break and the default day; the defaults if None.
    times_by_hour
        Periods of the day with other times: from, to (seconds after midnight) and the
        times, as of `zoning.travel_by_hour`. Elsewhere ``times`` hold.
    wishes
        What single buildings wish in place of the assumptions; see
        `zoning.patrol.WISH_COLUMNS`.
    effort
        How long to search for short gaps and drives, and for proofs; presences are
        proved whatever it is. The whole of `DayEffort` if None, which takes seconds
        for each zone.
    standby
        Officers who wait outside the schools: those of zones on call, and floats.
    shifts_s
        Length of a full shift by zone id, seconds, where it is not that of the assumptions. An
        officer of one building is there so long, around a shorter school day.

    Raises
    ------
    PlanError
        If the plan names buildings the schools do not have.
    ScheduleError
        If a dedicated officer has several buildings, a building closes before it
        opens, or the wishes cannot be read.
    UnreachableError
        If buildings of one zone cannot be reached from one another, or not from the
        base.
    NetworkError
        If a building has no travel times.
    """
    assumed = assumptions or PatrolAssumptions()
    school_day, travel = prepare_day(
        plan, schools, times, assumptions=assumed, times_by_hour=times_by_hour, wishes=wishes
    )
    own_shifts = shifts_s or {}
    waiting = list(stand_by(standby, school_day, assumptions=assumed))
    days = [
        day
        for zone in plan.zones
        for day in (
            [one for one in waiting if one.zone_id == zone.zone_id]
            if zone.kind is ZoneKind.ON_CALL
            else plan_zone(
                zone,
                school_day,
                travel,
                assumptions=assumed,
                effort=effort,
                shift_s=own_shifts.get(zone.zone_id),
            )
        )
    ]
    days += [one for one in waiting if not one.zone_id]
    return make_schedule(
        days,
        plan,
        schools,
        travel,
        school_day,
        assumptions=assumed,
        notices=_unproved_notice(days),
    )


def prepare_day(
    plan: ZonePlan,
    schools: gpd.GeoDataFrame,
    times: TravelTimes,
    *,
    assumptions: PatrolAssumptions,
    times_by_hour: TravelByHour = (),
    wishes: pd.DataFrame | None = None,
) -> tuple[SchoolDay, PatrolTravel]:
    """Check a plan against the schools and the streets, and find what a day asks for."""
    buildings = buildings_of(schools)
    require_buildings(plan, buildings)
    _require_one_building_each(plan)
    require_zones_reachable(plan, times)
    travel = PatrolTravel.of(times, times_by_hour, assumptions.base)
    school_day = make_school_day(
        buildings.loc[list(plan.building_ids)], assumptions=assumptions, wishes=wishes
    )
    return school_day, travel


def make_schedule(
    days: Sequence[OfficerDay],
    plan: ZonePlan,
    schools: gpd.GeoDataFrame,
    travel: PatrolTravel,
    school_day: SchoolDay,
    *,
    assumptions: PatrolAssumptions,
    notices: Iterable[str] = (),
) -> PatrolSchedule:
    """Put the days of all officers together, with what a planner should know of them."""
    schedule = PatrolSchedule(days=tuple(days), assumptions=assumptions, school_day=school_day)
    estimate = travel.periods[0].estimate
    return replace(
        schedule,
        notices=(
            *([estimate] if estimate else []),
            *_hours_notice(school_day, assumptions, len(plan.building_ids)),
            *_long_day_notice(schedule, plan, travel),
            *_closed_notice(plan, school_day),
            *standby_notices(schedule.days),
            *notices,
            *_unvisited_notices(schedule, plan, buildings_of(schools)),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PatrolTravel:
    """Whole seconds between buildings by the hour.

    Attributes
    ----------
    begins_s
        Shape (periods,): when each period begins, seconds after midnight, from 0.
    periods
        The travel times of each period.
    base_id
        Building where shifts begin and end; None: at the first and last school.
    """

    begins_s: Ints
    periods: tuple[TravelTimes, ...]
    base_id: str | None

    @classmethod
    def of(cls, times: TravelTimes, by_hour: TravelByHour, base_id: str | None) -> PatrolTravel:
        """Fill the day with periods: those given, and the times between them."""
        found = {0: times}
        for begin, end, hour in sorted(by_hour, key=lambda period: period[0]):
            found[int(begin)] = hour
            found[int(end)] = times
        begins = sorted(found)
        return cls(
            begins_s=np.array(begins, dtype=np.int64),
            periods=tuple(found[begin] for begin in begins),
            base_id=base_id,
        )

    def drives(self, building_ids: Sequence[str]) -> tuple[Ints, Ints, Ints]:
        """Seconds among buildings, from the base and to it, rounded up, by period.

        Raises
        ------
        UnreachableError
            If two buildings, or the base and a building, are not connected in both directions.
        """
        among, out, back = [], [], []
        for times in self.periods:
            at = times.positions(building_ids)
            among.append(times.seconds[np.ix_(at, at)])
            if self.base_id is None:
                out.append(np.zeros(len(at)))
                back.append(np.zeros(len(at)))
            else:
                base = times.positions([self.base_id])[0]
                out.append(times.seconds[base, at])
                back.append(times.seconds[at, base])
        tables = [np.ceil(np.stack(table)) for table in (among, out, back)]
        apart = np.argwhere(~np.isfinite(tables[0]).all(axis=0)).tolist()
        if apart:
            raise UnreachableError(
                f"{counted(len(apart), 'pair')} of buildings have no route between them",
                first_few([f"{building_ids[i]} to {building_ids[j]}" for i, j in apart]),
                "Repair the street network there, or let no officer go to both.",
            )
        lost = [
            building
            for k, building in enumerate(building_ids)
            if not (np.isfinite(tables[1][:, k]).all() and np.isfinite(tables[2][:, k]).all())
        ]
        if lost:
            raise UnreachableError(
                f"{counted(len(lost), 'building')} cannot be driven to",
                [f"{b}: no way from or to the base {self.base_id}" for b in first_few(lost)],
                "Repair the street network there, or choose another base.",
            )
        among_s, out_s, back_s = (table.astype(np.int64) for table in tables)
        return among_s, out_s, back_s


def day_problem(
    building_ids: Sequence[str],
    school_day: SchoolDay,
    travel: PatrolTravel,
    *,
    assumptions: PatrolAssumptions,
    shift: tuple[int, int] | None = None,
) -> DayProblem:
    """State the day of an officer of some buildings as numbers.

    Parameters
    ----------
    building_ids
        The officer's buildings. Their order in the problem follows from hours, wishes and drives,
        and from ids only where all of these are equal: other ids do not make another day.
    shift
        Begin and end, seconds after midnight; None: from the first opening to the last closing,
        with the drives from and to the base.
    """
    ids = tuple(sorted(building_ids))
    among, out, back = travel.drives(ids)
    order = _order(ids, school_day, among, out, back)
    ids = tuple(ids[k] for k in order)
    among, out, back = among[:, order][:, :, order], out[:, order], back[:, order]
    hours = [school_day.hours.get(building, (0, 0)) for building in ids]
    start, end = shift or whole_day(ids, school_day, out, back)
    base_wish = min((school_day.longest_gap_s.get(b, 0) for b in ids), default=0)
    problem = DayProblem(
        building_ids=ids,
        period_begins_s=travel.begins_s,
        drive_s=among,
        from_base_s=out,
        to_base_s=back,
        open_s=np.array([opens for opens, _ in hours], dtype=np.int64),
        close_s=np.array([closes for _, closes in hours], dtype=np.int64),
        presences=tuple(
            sorted(school_day.presences_at(ids), key=lambda wish: ids.index(wish.building_id))
        ),
        start_s=start,
        end_s=end,
        dwell_s=assumptions.dwell_s,
        presence_s=assumptions.presence_s,
        longest_stay_s=assumptions.longest_stay_s,
        break_s=0,
        break_from_s=start,
        break_to_s=start,
        wished_gap_s=np.array(
            [school_day.longest_gap_s.get(b, base_wish) for b in ids], dtype=np.int64
        ),
        wished_visits=np.array([school_day.least_visits.get(b, 0) for b in ids], dtype=np.int64),
    )
    return on_shift(problem, (start, end), assumptions=assumptions)


def _order(
    ids: Sequence[str], school_day: SchoolDay, among: Ints, out: Ints, back: Ints
) -> list[int]:
    """Sort buildings by what the day asks of them, then by their drives, then by id.

    Returns their positions among the ids.
    """
    wishes: dict[str, list[tuple[int, int, str, int]]] = {building: [] for building in ids}
    for wish in school_day.presences_at(ids):
        wishes[wish.building_id].append((wish.open_s, wish.close_s, wish.kind, wish.weight))
    keys = [
        (
            school_day.hours.get(building, (0, 0)),
            wishes[building],
            school_day.least_visits.get(building, 0),
            school_day.longest_gap_s.get(building, 0),
            [
                sorted(d.ravel().tolist())
                for d in (among[:, k], among[:, :, k], out[:, k], back[:, k])
            ],
            building,
        )
        for k, building in enumerate(ids)
    ]
    return sorted(range(len(ids)), key=keys.__getitem__)


def whole_day(
    building_ids: Sequence[str], school_day: SchoolDay, out: Ints, back: Ints
) -> tuple[int, int]:
    """From the first opening to the last closing, with the drives from and to the base."""
    hours = [school_day.hours[b] for b in building_ids if b in school_day.hours]
    return (
        max(0, min(opens for opens, _ in hours) - int(out.max())),
        max(closes for _, closes in hours) + int(back.max()),
    )


def plan_zone(
    zone: Zone,
    school_day: SchoolDay,
    travel: PatrolTravel,
    *,
    assumptions: PatrolAssumptions,
    long_day: LongDay | None = None,
    effort: DayEffort | None = None,
    shift_s: int | None = None,
) -> tuple[OfficerDay, ...]:
    """Plan the days of the officers of a zone; none if all its buildings are closed.

    Parameters
    ----------
    long_day
        How a day longer than a shift is staffed; that of the assumptions if None.
    effort
        How long to search for short gaps and drives.
    shift_s
        Length of a full shift here; that of the assumptions if None.
    """
    ids = open_buildings(zone, school_day)
    if not ids:
        return ()
    own = with_shift(assumptions, shift_s)
    problem = day_problem(ids, school_day, travel, assumptions=own)
    shifts = plan_shifts(problem, assumptions=own, long_day=long_day, effort=effort)
    days = make_officer_days(zone.zone_id, shifts, problem.presences, travel.base_id)
    if shift_s is not None:
        days = tuple(replace(day, shift_s=shift_s) for day in days)
    if zone.kind is not ZoneKind.DEDICATED:
        return days
    return tuple(
        one
        for day in days
        for one in stay_together(
            fill_shift(day), school_day, officers=zone.officers, assumptions=own
        )
    )


def make_officer_days(
    zone_id: str,
    shifts: Sequence[PlannedShift],
    presences: tuple[WishedPresence, ...],
    base_id: str | None,
) -> tuple[OfficerDay, ...]:
    """Make the days of a zone's officers; a building that one of them visits is visited."""
    days = [
        make_officer_day(
            zone_id,
            replace(shift.problem, presences=presences),
            shift.planned,
            base_id,
            officer_id=f"{zone_id} ({shift.name})" if shift.name else "",
        )
        for shift in shifts
        if shift.planned.stops  # an officer who can reach no school while it is open has no day
    ]
    seen = set(visits_by_building(day.visits for day in days))
    return tuple(
        replace(day, unvisited_ids=tuple(b for b in day.unvisited_ids if b not in seen))
        for day in days
    )


def open_buildings(zone: Zone, school_day: SchoolDay) -> tuple[str, ...]:
    """The buildings of a zone with open hours on the day."""
    return tuple(building for building in zone.building_ids if building in school_day.hours)


def make_officer_day(
    zone_id: str,
    problem: DayProblem,
    planned: PlannedDay,
    base_id: str | None,
    *,
    officer_id: str = "",
) -> OfficerDay:
    """Make an officer's day of the stops that were planned; the shift is no longer than they."""
    ids = problem.building_ids
    visits = tuple(
        Visit(
            building_id=ids[stop.place],
            arrival_s=stop.arrival_s,
            departure_s=stop.departure_s,
            activity=Activity.BREAK if stop.is_break else Activity.VISIT,
            present_for=()
            if stop.is_break
            else tuple(
                dict.fromkeys(
                    wish.kind
                    for wish in problem.presences
                    if wish.building_id == ids[stop.place]
                    and wish.is_met_by(
                        stop.arrival_s, stop.departure_s, presence_s=problem.presence_s
                    )
                )
            ),
        )
        for stop in planned.stops
    )
    first, last = planned.stops[0], planned.stops[-1]
    drives, base = problem.drives_with_base(), problem.size
    start = latest_departure(problem.period_begins_s, drives, base, first.place, first.arrival_s)
    after = problem.period_begins_s.searchsorted(last.departure_s, side="right") - 1
    stays = visits_by_building([visits])
    return OfficerDay(
        zone_id=zone_id,
        officer_id=officer_id,
        start_s=int(start),
        end_s=last.departure_s + int(problem.to_base_s[after, last.place]),
        visits=visits,
        base_id=base_id,
        unvisited_ids=tuple(sorted(building for building in ids if building not in stays)),
        proof=DayProof(
            engine=planned.engine,
            weight=planned.weight,
            weight_bound=planned.weight_bound,
            longest_gap_s=problem.longest_gap_s(planned.stops),
            gap_bound_s=planned.gap_bound_s,
            is_driving_proved=planned.is_driving_proved,
        ),
    )


def require_buildings(plan: ZonePlan, buildings: pd.DataFrame) -> None:
    """Raise `PlanError` unless every building of the plan is one of the schools'."""
    known = set(buildings.index)
    unknown = [
        f"{zone.zone_id}: {building}"
        for zone in plan.zones
        for building in zone.building_ids
        if building not in known
    ]
    if unknown:
        raise PlanError(
            f"{len(unknown)} buildings of the plan are not among the schools' buildings",
            unknown,
            "The id of a building is the campus_id of its schools; virtual schools have none.",
        )


def _require_one_building_each(plan: ZonePlan) -> None:
    crowded = [
        f"{zone.zone_id}: {', '.join(zone.building_ids)}"
        for zone in plan.zones
        if zone.kind is ZoneKind.DEDICATED and len(zone.building_ids) > 1
    ]
    if crowded:
        raise ScheduleError(
            f"{len(crowded)} dedicated officers have more than one building",
            crowded,
            "Make these patrol zones, or give each building its own officer.",
        )


def require_zones_reachable(plan: ZonePlan, times: TravelTimes) -> None:
    """Raise unless every building of a zone is reachable from every other.

    Raises
    ------
    UnreachableError
        Naming the pairs and their zones.
    NetworkError
        Naming the buildings the table does not have.
    """
    ids = plan.building_ids
    row = dict(zip(ids, times.positions(ids).tolist(), strict=True))
    pairs = []
    for zone in plan.zones:
        if not zone.officers:
            continue  # nobody drives between them
        at = [row[building] for building in zone.building_ids]
        if not np.isfinite(times.seconds[np.ix_(at, at)]).all():
            inside = times.subset(zone.building_ids)
            pairs += [f"{zone.zone_id}: {a} to {b}" for a, b in inside.unreachable_pairs()]
    if pairs:
        raise UnreachableError(
            f"{len(pairs)} pairs of buildings of one zone have no route between them",
            first_few(pairs),
            "Repair the street network there, or put these buildings in other zones.",
        )


def _hours_notice(
    school_day: SchoolDay, assumptions: PatrolAssumptions, buildings: int
) -> Iterable[str]:
    assumed = school_day.assumed_ids
    if assumed:
        start, end = clock(assumptions.day_start_s), clock(assumptions.day_end_s)
        which = "All buildings" if len(assumed) == buildings else ", ".join(assumed)
        yield (
            f"{which}: a bell is unknown; without a start no arrival is timed and the opening is "
            f"the default {start}, without a dismissal the closing is the default {end}."
        )


def _long_day_notice(
    schedule: PatrolSchedule, plan: ZonePlan, travel: PatrolTravel
) -> Iterable[str]:
    """Say which zones' school days are longer than a shift, and what was chosen for them."""
    assumed, school_day = schedule.assumptions, schedule.school_day
    lengths = {}
    for zone in plan.zones:
        ids = open_buildings(zone, school_day)
        if ids and zone.kind is not ZoneKind.ON_CALL:
            _, out, back = travel.drives(ids)
            start, end = whole_day(ids, school_day, out, back)
            if end - start > assumed.shift_s:
                lengths[zone.zone_id] = (end - start) / SECONDS_PER_HOUR
    if not lengths:
        return
    days = [day for zone in lengths for day in schedule.days_of(zone)]
    hours = sum(day.length_s for day in days) / SECONDS_PER_HOUR
    shift = assumed.shift_s / SECONDS_PER_HOUR
    which = (
        f"All {counted(len(lengths), 'zone')}"
        if len(lengths) == len(plan.zones) > 1
        else ", ".join(lengths)
    )
    chosen = {
        LongDay.OVERTIME: (
            f"one officer works all of it: {hours:.1f} officer-hours, of which "
            f"{max(0.0, hours - shift * len(days)):.1f} are overtime"
        ),
        LongDay.ONE_SHIFT: (
            f"one officer works one shift, and the rest of the day has none: {hours:.1f} "
            "officer-hours"
        ),
        LongDay.SECOND_SHIFT: (f"two officers work overlapping shifts: {hours:.1f} officer-hours"),
    }[assumed.long_day]
    least, most = (f"{length(lengths.values()):.1f}" for length in (min, max))
    yield (
        f"{which}: the school day of {least if least == most else f'{least} to {most}'} h "
        f"is longer than the shift of {shift:.1f} h; {chosen} (long_day: {assumed.long_day})."
    )


def _closed_notice(plan: ZonePlan, school_day: SchoolDay) -> Iterable[str]:
    closed = [z.zone_id for z in plan.zones if z.officers and not open_buildings(z, school_day)]
    if closed:
        yield f"{', '.join(closed)}: no building is open, so that no officer has a day there."


def _unproved_notice(days: Sequence[OfficerDay]) -> Iterable[str]:
    unproved = [d.officer_id for d in days if d.proof and not d.proof.are_presences_proved]
    if unproved:
        yield (
            f"{', '.join(unproved)}: the presences are the best that were found within the work "
            "limit, not proved to be the most."
        )


def _unvisited_notices(
    schedule: PatrolSchedule, plan: ZonePlan, buildings: pd.DataFrame
) -> Iterable[str]:
    unvisited = set(schedule.unvisited_ids)
    for zone in plan.zones:
        ids = sorted(unvisited & set(zone.building_ids))
        if ids and zone.kind is not ZoneKind.ON_CALL:
            names = buildings.loc[ids, "name"]
            named = ", ".join(f"{name} ({i})" for name, i in zip(names, ids, strict=True))
            days = schedule.days_of(zone.zone_id)
            start, end = min(d.start_s for d in days), max(d.end_s for d in days)
            yield (
                f"{zone.zone_id}: the day from {clock(start)} to {clock(end)} is too short to "
                f"visit {named}."
            )
