"""Severe events: how far the nearest officer on duty is, whoever's zone it is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zoning.errors import OptionError, ScheduleError, typed
from zoning.patrol import OfficerDay, PatrolSchedule, require_buildings
from zoning.response.assumptions import ResponseAssumptions
from zoning.response.checks import require_timetable
from zoning.response.positions import drives_from_road
from zoning.roads.travel.travel_times import TravelTimes
from zoning.schools import buildings as buildings_of
from zoning.schools.buildings import CLOSED
from zoning.units import clock, counted, minutes
from zoning.zones.plan import ZonePlan

_STEP_S: Final = 60
"""Officers are placed at the middle of every minute: bells are whole minutes."""
_ROUNDING_S: Final = 1e-9
"""A response this much over a threshold is within it: dispatch, turnout and drive are a sum."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictCoverage:
    """Who is near a severe event, over the district.

    Attributes
    ----------
    buildings_within
        By threshold in seconds, the share of buildings, 0 to 1, that an officer can reach
        within it at every minute of their school hours, on every day given.
    students_within
        Share of students, averaged over the minutes of their school hours; NaN where no
        enrolment is known.
    minutes_within
        Share of school-minutes: minutes of school hours, summed over the buildings.
    without_officer
        Share of school-minutes at which no officer of the district is on duty. Restricted.
    """

    buildings_within: Mapping[int, float]
    students_within: Mapping[int, float]
    minutes_within: Mapping[int, float]
    without_officer: float

    def figures(self) -> dict[str, float]:
        """The figures by column: ``severe_buildings_within_<t>_s`` and so on."""
        kinds = {
            "buildings": self.buildings_within,
            "students": self.students_within,
            "minutes": self.minutes_within,
        }
        within = {
            f"severe_{kind}_within_{t}_s": share
            for kind, shares in kinds.items()
            for t, share in shares.items()
        }
        return within | {"severe_without_officer": self.without_officer}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SevereCoverage:
    """Coverage of severe events by building, day and district.

    Attributes
    ----------
    buildings
        Index ``building_id`` (sorted); columns ``zone_id``, ``students``, ``open_s`` (school
        hours, seconds a day), ``mean_s`` and ``worst_s`` (response of the nearest officer:
        mean while any is on duty, and the longest minute; seconds, ``inf`` where a minute
        has none), ``share_within_<t>_s`` for every threshold t (share of its minutes),
        ``without_officer`` (share of its minutes), ``gap_s_per_day`` and ``longest_gap_s``
        (its gaps, see ``gaps``: seconds a day, and the longest). Restricted.
    gaps
        One row a stretch of school hours in which the nearest officer needs more than
        ``gap_s`` or none is on duty: ``day`` (position of the timetable), ``building_id``,
        ``start_s``, ``end_s`` (seconds after midnight), ``worst_s``. Restricted.
    days
        One row a timetable: ``minutes_within_<t>_s`` and ``without_officer``. Restricted.
    district
        The figures over all buildings and days.
    gap_s
        The response from which a stretch counts as a gap, seconds.
    assumptions
        Dispatch, turnout and thresholds that were used.
    notices
        Plain sentences on what was assumed; no school is named.
    """

    buildings: pd.DataFrame = field(repr=False)
    gaps: pd.DataFrame = field(repr=False)
    days: pd.DataFrame = field(repr=False)
    district: DistrictCoverage
    gap_s: float
    assumptions: ResponseAssumptions
    notices: tuple[str, ...]

    def __repr__(self) -> str:
        within = ", ".join(
            f"{share:.1%} within {minutes(t)}" for t, share in self.district.minutes_within.items()
        )
        return f"SevereCoverage({counted(len(self.buildings), 'building')}; minutes: {within})"


@typed
def cover_severe_events(
    plan: ZonePlan,
    schedules: PatrolSchedule | Sequence[PatrolSchedule],
    times: TravelTimes,
    *,
    schools: gpd.GeoDataFrame,
    assumptions: ResponseAssumptions | None = None,
    gap_s: float | None = None,
) -> SevereCoverage:
    """Response of the nearest officer on duty to a severe event, at every minute of school.

    Everyone drops everything: the nearest officer comes, whoever's zone it is and whatever
    the officer is doing. The response is mean dispatch, mean turnout and the drive; what an
    officer needs to break off a call is not known and not counted. Officers are where the
    timetable says at the middle of each minute; on the road, where the road puts them
    (`zoning.response.positions`). A minute of which a part lies in school hours counts by
    that part.

    Parameters
    ----------
    plan
        The zones.
    schedules
        One timetable of the plan, or several days; each day counts alike.
    times
        Seconds by the emergency profile, from building to building, of the whole district.
    schools
        Table of `zoning.read_schools`, for school hours and enrolment; a building that is closed
        that day (`SchoolCalendar.schools_on`) is left out.
    assumptions
        Dispatch, turnout and thresholds; the defaults if None.
    gap_s
        Response beyond which a stretch of school hours is a gap, seconds; the second
        largest threshold if None (8 minutes by default).

    Raises
    ------
    OptionError
        If there is no timetable, or ``gap_s`` is not a positive number.
    PlanError
        If the plan names buildings the schools do not have.
    ScheduleError
        If a timetable is not of this plan.
    NetworkError
        If a building has no travel times.
    """
    assumed = assumptions or ResponseAssumptions()
    days = [schedules] if isinstance(schedules, PatrolSchedule) else list(schedules)
    gap = float(assumed.thresholds_s[-2:][0]) if gap_s is None else float(gap_s)
    if not days or not gap > 0:
        raise OptionError(
            "no timetable was given" if not days else f"gap_s is {gap_s}, not above 0 seconds"
        )
    schools_buildings = buildings_of(schools)
    require_buildings(plan, schools_buildings)
    for schedule in days:
        require_timetable(plan, schedule)

    closed = schools_buildings.get(CLOSED, {})
    ids = sorted(b for b in plan.building_ids if not closed.get(b, False))
    hours, without_hours = _school_hours(schools_buildings.loc[ids], days)
    edges, open_s = _open_minutes(hours)
    moments = edges + _STEP_S / 2
    waiting = assumed.dispatch_s + assumed.turnout_s
    at = times.positions(ids)
    index = pd.Index(ids, name="building_id", dtype=object)
    tables: dict[int, pd.DataFrame] = {}
    gaps: list[tuple[int, str, float, float, float]] = []
    for k, schedule in enumerate(days):
        response = waiting + nearest_drives(schedule.days, moments, times, at)
        on_duty = np.zeros(len(moments), dtype=bool)
        for day in schedule.days:
            on_duty[slice(*np.searchsorted(moments, (day.start_s, day.end_s)))] = True
        tables[k] = _seconds(response, open_s, on_duty, assumed.thresholds_s, index)
        for column, first, last in _stretches((response > gap + _ROUNDING_S) & (open_s > 0)):
            begin = max(float(edges[first]), float(hours[column, 0]))
            end = min(float(edges[last]) + _STEP_S, float(hours[column, 1]))
            longest = float(response[first : last + 1, column].max())
            gaps.append((k, ids[column], begin, end, longest))
    seconds = pd.concat(tables, names=["day"])
    gap_table = pd.DataFrame(gaps, columns=["day", "building_id", "start_s", "end_s", "worst_s"])
    table = _building_table(plan, seconds, gap_table, assumed.thresholds_s)
    table.insert(1, "students", schools_buildings.loc[ids, "enrollment"].to_numpy(dtype=float))
    return SevereCoverage(
        buildings=table,
        gaps=gap_table,
        days=_day_table(seconds, assumed.thresholds_s),
        district=_district(table, assumed.thresholds_s),
        gap_s=gap,
        assumptions=assumed,
        notices=tuple(_notices(times, assumed, without_hours, len(days), len(ids))),
    )


def nearest_drives(
    days: Sequence[OfficerDay], moments: Floats, times: TravelTimes, at: NDArray[np.intp]
) -> Floats:
    """Seconds to each building from the nearest officer on duty, at each moment.

    Returns
    -------
    ndarray
        Shape (n_moments, n_buildings); ``inf`` where no officer is on duty or none has a way.
        Parameters are those of `officer_drives`.
    """
    nearest = np.full((len(moments), len(at)), np.inf)
    for on_duty, drives in officer_drives(days, moments, times, at):
        np.minimum(nearest[on_duty], drives, out=nearest[on_duty])
    return nearest


def officer_drives(
    days: Sequence[OfficerDay], moments: Floats, times: TravelTimes, at: NDArray[np.intp]
) -> Iterator[tuple[slice, Floats]]:
    """Seconds to each building from each officer in turn.

    Parameters
    ----------
    days
        The officers' days.
    moments
        Shape (n_moments,), seconds after midnight, ascending.
    times
        Seconds of the drive.
    at
        Shape (n_buildings,), positions of the buildings in ``times``.

    Yields
    ------
    slice, ndarray
        Which moments the officer is on duty, and the seconds then, shape (those, n_buildings).
    """
    for day in days:
        on_duty = slice(*np.searchsorted(moments, (day.start_s, day.end_s)))
        when = moments[on_duty]
        buildings, arrivals, departures = zip(*day.stops, strict=True)
        place = times.positions(buildings)
        arrival, departure = np.array([arrivals, departures], dtype=np.float64)
        last = np.searchsorted(arrival, when, side="right") - 1
        drives = times.seconds[place[last][:, None], at]
        road = np.flatnonzero(when >= departure[last])
        if len(road):
            leaves = last[road]
            a, b = place[leaves], place[leaves + 1]
            share = (when[road] - departure[leaves]) / (arrival[leaves + 1] - departure[leaves])
            drives[road] = drives_from_road(
                share[:, None],
                from_a_s=times.seconds[a[:, None], at],
                from_b_s=times.seconds[b[:, None], at],
                a_to_b_s=times.seconds[a, b][:, None],
                b_to_a_s=times.seconds[b, a][:, None],
            )
        yield on_duty, drives


def _school_hours(
    buildings: pd.DataFrame, schedules: Sequence[PatrolSchedule]
) -> tuple[Floats, int]:
    """First and last second of school of each building, and how many have no known hours.

    Where a bell is not known, the first or last second of any officer's day is used.
    """
    days = [day for schedule in schedules for day in schedule.days]
    hours = buildings[["bell_start_s", "bell_end_s"]].to_numpy(dtype=np.float64, copy=True)
    unknown = np.isnan(hours)
    hours[unknown[:, 0], 0] = min(day.start_s for day in days)
    hours[unknown[:, 1], 1] = max(day.end_s for day in days)
    if faults := [
        f"{building}: {clock(opens)} to {clock(closes)}"
        for building, (opens, closes) in zip(buildings.index, hours, strict=True)
        if closes <= opens
    ]:
        raise ScheduleError(
            f"{len(faults)} buildings have no school hours, with the officers' day for bells "
            "that are not known",
            faults,
            "Give bell_start and bell_end for these schools.",
        )
    return hours, int(unknown.any(axis=1).sum())


def _open_minutes(hours: Floats) -> tuple[Floats, Floats]:
    """Starts of the minutes of the day, and seconds of each in each building's school hours."""
    first, last = np.floor(hours[:, 0].min() / _STEP_S), np.ceil(hours[:, 1].max() / _STEP_S)
    edges = np.arange(first, last) * _STEP_S
    ends = np.minimum(edges[:, None] + _STEP_S, hours[:, 1])
    return edges, np.maximum(ends - np.maximum(edges[:, None], hours[:, 0]), 0.0)


def _seconds(
    response: Floats,
    open_s: Floats,
    on_duty: NDArray[np.bool_],
    thresholds_s: Sequence[int],
    index: pd.Index[str],
) -> pd.DataFrame:
    """Seconds of one day's school hours by what is true of them; one row a building."""
    comes = np.isfinite(response)
    columns: dict[object, Floats] = {
        t: np.where(response <= t + _ROUNDING_S, open_s, 0.0).sum(axis=0) for t in thresholds_s
    }
    return pd.DataFrame(
        columns
        | {
            "open": open_s.sum(axis=0),
            "without": open_s[~on_duty].sum(axis=0),
            "comes": np.where(comes, open_s, 0.0).sum(axis=0),
            "response": (np.where(comes, response, 0.0) * open_s).sum(axis=0),
            "worst": np.where(open_s > 0, response, 0.0).max(axis=0),
        },
        index=index,
    )


def _stretches(beyond: NDArray[np.bool_]) -> Iterator[tuple[int, int, int]]:
    """Column, first and last row of every run of true values, column by column."""
    edges = np.diff(beyond.astype(np.int8), axis=0, prepend=0, append=0).T
    starts, ends = np.argwhere(edges == 1), np.argwhere(edges == -1)
    for (column, first), (_, after) in zip(starts.tolist(), ends.tolist(), strict=True):
        yield column, first, after - 1


def _building_table(
    plan: ZonePlan, seconds: pd.DataFrame, gaps: pd.DataFrame, thresholds_s: Sequence[int]
) -> pd.DataFrame:
    of_building = seconds.groupby(level="building_id")
    total = of_building.sum()
    home = {building: zone.zone_id for zone in plan.zones for building in zone.building_ids}
    lengths = (gaps["end_s"] - gaps["start_s"]).groupby(gaps["building_id"])
    return pd.DataFrame(
        {
            "zone_id": [home[building] for building in total.index],
            "open_s": of_building["open"].mean(),
            "mean_s": total["response"] / total["comes"],
            "worst_s": of_building["worst"].max(),
            **{f"share_within_{t}_s": total[t] / total["open"] for t in thresholds_s},
            "without_officer": total["without"] / total["open"],
            "gap_s_per_day": lengths.sum().reindex(total.index).fillna(0.0) / of_building.size(),
            "longest_gap_s": lengths.max().reindex(total.index).fillna(0.0).astype(float),
        }
    )


def _day_table(seconds: pd.DataFrame, thresholds_s: Sequence[int]) -> pd.DataFrame:
    total = seconds.groupby(level="day").sum()
    return pd.DataFrame(
        {f"minutes_within_{t}_s": total[t] / total["open"] for t in thresholds_s}
        | {"without_officer": total["without"] / total["open"]}
    )


def _district(buildings: pd.DataFrame, thresholds_s: Sequence[int]) -> DistrictCoverage:
    known = buildings["students"].fillna(0.0)

    def mean(column: str, weights: pd.Series[float]) -> float:
        total = float(weights.sum())
        share = float((buildings[column] * weights).sum()) / total if total > 0 else math.nan
        return 1.0 if share > 1 - _ROUNDING_S else share

    columns = {int(t): f"share_within_{t}_s" for t in thresholds_s}
    return DistrictCoverage(
        buildings_within={
            t: float((buildings["worst_s"] <= t + _ROUNDING_S).mean()) for t in columns
        },
        students_within={t: mean(column, known) for t, column in columns.items()},
        minutes_within={t: mean(column, buildings["open_s"]) for t, column in columns.items()},
        without_officer=mean("without_officer", buildings["open_s"]),
    )


def _notices(
    times: TravelTimes, assumed: ResponseAssumptions, without_hours: int, days: int, buildings: int
) -> Iterator[str]:
    if times.estimate:
        yield times.estimate
    yield (
        "Severe events: the nearest officer on duty comes, whoever's zone it is and whatever the "
        f"officer is doing, with {assumed.dispatch_s:.0f} s of dispatch and "
        f"{assumed.turnout_s:.0f} s of turnout; officers are placed at every minute of "
        f"{counted(days, 'day')} of the timetable. It is not the time until enough officers are "
        "there."
    )
    if without_hours:
        yield (
            f"School hours are not known of {without_hours} of {counted(buildings, 'building')}: "
            "the first start and the last end of any officer's day are used."
        )
