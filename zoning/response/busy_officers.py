"""Busy officers of a plan: who answers, and what calls wait, when an officer is on another call."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zoning.demand import CallRates
from zoning.errors import OptionError, ScheduleError, UnreachableError, first_few, typed
from zoning.patrol import (
    OfficerDay,
    PatrolSchedule,
    require_buildings,
    require_zones_reachable,
)
from zoning.response.assumptions import ResponseAssumptions
from zoning.response.checks import require_same_buildings, require_timetable
from zoning.response.hypercube import (
    SECONDS_PER_HOUR,
    Hypercube,
    HypercubeResult,
    WhenAllBusy,
    solve_hypercube,
)
from zoning.response.simulated_district import officers_in_order
from zoning.roads.travel.travel_times import TravelTimes
from zoning.schools import buildings as buildings_of
from zoning.units import clock, counted
from zoning.zones.plan import ZoneKind, ZonePlan

Floats = NDArray[np.float64]

EXACT_OFFICERS_OF_A_PLAN: Final = 10
"""Up to this many officers who help one another are solved exactly: a day has ten stretches or
more, and the results shall not depend on whether numba is installed."""

APPROXIMATION_ERROR: Final = (
    "Who answers is approximate: on random systems of 4 to 12 officers, busy fractions were within "
    "0.014 of the exact ones where officers were busy up to a fifth of the time and within 0.06 "
    "where they were busier, and the shares of a building's calls that an officer answers within "
    "0.05."
)

_SETTLED_S: Final = 1.0
"""The time a call takes is settled when no officer's changes by more than this."""

_MAX_CALIBRATIONS: Final = 20
"""Random districts need 3 to 6 until the time a call takes is settled."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BusyOfficers:
    """Busy fractions, who answers, and waits, over a school-day.

    Attributes
    ----------
    zones
        Index ``zone_id`` (the plan's order). ``calls_per_day``; ``busy_fraction``, the share
        of the officer's day spent on calls, as first or second officer; and over the zone's
        calls (over its buildings alike where it has none) ``own_share``, the share answered by
        the zone's own officer, ``none_free``, the share that finds nobody free who may be
        sent, ``mean_wait_s`` in the queue, and ``mean_s``, dispatch, turnout, wait and drive of
        the calls that our officers answer. For the restricted edition only.
    buildings
        Index ``building_id`` (sorted); ``zone_id`` and the same columns but the busy fraction.
        For the restricted edition only.
    officers
        Their number.
    calls_per_day
        Of the district.
    busy_fraction, own_share, none_free, mean_wait_s, mean_s
        Mean busy fraction of the officers, and the figures over all calls. Share,
        wait and mean are None if the officers cannot keep up.
    when_all_busy
        What ``none_free`` means: the share of calls that wait, or that others answer.
    overloaded
        Stretches of the day, seconds after midnight, in which more calls come to officers than
        they can finish. There the queue grows without end; empty where calls do not queue.
    is_exact
        Whether the chains were solved exactly.
    notices
        Plain sentences; no school is named.
    """

    zones: pd.DataFrame = field(repr=False)
    buildings: pd.DataFrame = field(repr=False)
    officers: int
    calls_per_day: float
    busy_fraction: float
    own_share: float | None
    none_free: float
    mean_wait_s: float | None
    mean_s: float | None
    when_all_busy: WhenAllBusy
    overloaded: tuple[tuple[float, float], ...]
    is_exact: bool
    notices: tuple[str, ...]


@typed
def estimate_busy_officers(
    plan: ZonePlan,
    schedule: PatrolSchedule,
    times: TravelTimes,
    *,
    schools: gpd.GeoDataFrame,
    calls: CallRates,
    assumptions: ResponseAssumptions | None = None,
    second_officer_share: float = 0.5,
    mutual_aid: bool = True,
    when_all_busy: WhenAllBusy | str = WhenAllBusy.QUEUE,
    exact_up_to: int = EXACT_OFFICERS_OF_A_PLAN,
) -> BusyOfficers:
    """Share out the calls of a school-day among officers who may be busy.

    The day is cut into stretches of an hour at most, at the starts and ends of the officers'
    days. In each the hypercube model is solved as if it went on for ever. A call goes to the
    zone's own officer; if busy, to the free patrol officer with the least expected drive by the
    timetable. Dedicated officers serve their own building only, and nobody serves it for them.
    An officer who shares calls with nobody has no second officer. An officer is busy from being
    sent: turnout, drive, and time on scene. A second officer is sent only if one is free. Officers
    are called in their breaks.

    Parameters
    ----------
    plan, schedule, times, schools, calls
        As for `estimate_response`.
    assumptions
        Dispatch, turnout, and time on scene; the defaults if None.
    second_officer_share
        Share of calls to which the next free officer goes as well, if there is one; else the
        second comes from outside. Default half (CPSM 2015 counted 1.6 units a call).
    mutual_aid
        Whether patrol officers answer for one another.
    when_all_busy
        Whether a call that finds nobody free waits, or others answer it.
    exact_up_to
        Solve exactly up to so many officers who help one another.

    Raises
    ------
    PlanError, DemandError, ScheduleError, NetworkError
        As `estimate_response`.
    UnreachableError
        If buildings of one zone cannot be reached from one another; or if calls queue and a
        patrol officer cannot reach a building.
    OptionError
        If an option makes no sense, or an officer waits outside or serves the whole district.

    Notes
    -----
    Larson and Odoni (1981), chapter 5; the model of each stretch is that of Green and Kolesar
    (1991), The pointwise stationary approximation. Fails where a queue lasts from one stretch
    into the next, and does not see that an officer who has just finished is still there.
    """
    assumed = assumptions or ResponseAssumptions()
    busy_rule = WhenAllBusy.of(when_all_busy)
    schools_buildings = buildings_of(schools)
    require_buildings(plan, schools_buildings)
    require_same_buildings(plan, calls)
    require_timetable(plan, schedule)
    require_zones_reachable(plan, times)
    _require_zoned(plan, schedule)
    hours = _call_hours(plan, schedule, schools_buildings)
    day = _Day(plan, schedule, times, hours, calls, assumed.turnout_s + assumed.on_scene_s)
    model = _Model(second_officer_share, mutual_aid, busy_rule, exact_up_to)
    sums = _Sums.of_zeros(len(day.building_ids), len(schedule.days))
    overloaded: list[tuple[float, float]] = []
    is_exact = True
    for from_s, to_s in pairwise(day.edges()):
        stretch = day.stretch(from_s, to_s)
        if not len(stretch.buildings):
            continue
        result = _solve(stretch, model)
        sums.add(stretch, result)
        is_exact &= result.is_exact
        if result.overloaded:
            overloaded.append((from_s, to_s))
    by_building = _building_table(day, sums, assumed)
    by_zone = _zone_table(day, sums, by_building)
    whole = _weigh(by_building, by_building["calls_per_day"])
    keeps_up = not overloaded
    return BusyOfficers(
        zones=by_zone,
        buildings=by_building,
        officers=len(schedule.days),
        calls_per_day=float(by_building["calls_per_day"].sum()),
        busy_fraction=float(by_zone["busy_fraction"].mean()),
        own_share=whole["own_share"] if keeps_up else None,
        none_free=whole["none_free"],
        mean_wait_s=whole["mean_wait_s"] if keeps_up else None,
        mean_s=whole["mean_s"] if keeps_up else None,
        when_all_busy=busy_rule,
        overloaded=tuple(overloaded),
        is_exact=is_exact,
        notices=tuple(_notices(day, overloaded, is_exact=is_exact)),
    )


@dataclass(frozen=True, slots=True)
class _Model:
    """What is assumed of all stretches of the day."""

    second: float
    mutual_aid: bool
    when_all_busy: WhenAllBusy
    exact_up_to: int


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A part of the day in which nothing changes.

    Attributes
    ----------
    seconds
        Its length.
    building_ids
        The buildings that are open.
    buildings, officers
        Which of the plan are open, or on duty.
    weight
        Shape (n_buildings,), the share of a building's day.
    calls_per_hour
        Shape (n_buildings,).
    drive_s
        Shape (n_officers, n_buildings), expected from where the timetable has the officer.
    own
        Shape (n_buildings, n_officers), whether the officer on duty is one of the zone.
    helps
        Shape (n_officers,), whether the officer is on patrol.
    at_call_s
        What a call takes besides the drive.
    """

    seconds: float
    building_ids: tuple[str, ...]
    buildings: NDArray[np.int64]
    officers: NDArray[np.int64]
    weight: Floats
    calls_per_hour: Floats
    drive_s: Floats
    own: NDArray[np.bool_]
    helps: NDArray[np.bool_]
    at_call_s: float

    def preferences(self, *, mutual_aid: bool) -> tuple[tuple[int, ...], ...]:
        """The zone's officers, then other patrol officers, each by expected drive."""
        lists = []
        for i, is_own in enumerate(self.own):
            drives = self.drive_s[:, i]
            nearest = [int(j) for j in np.argsort(drives, kind="stable")]
            own = [j for j in nearest if is_own[j]]
            others = [
                j for j in nearest if not is_own[j] and self.helps[j] and math.isfinite(drives[j])
            ]
            lists.append((*own, *(others if mutual_aid and self.helps[own[0]] else ())))
        return tuple(lists)


@dataclass(frozen=True, slots=True)
class _Day:
    """The inputs of a school-day."""

    plan: ZonePlan
    schedule: PatrolSchedule
    times: TravelTimes
    hours: Mapping[str, tuple[float, float]]
    calls: CallRates
    at_call_s: float

    @property
    def building_ids(self) -> tuple[str, ...]:
        return self.plan.building_ids

    def edges(self) -> list[float]:
        """Starts and ends of officers' days, and hours between them."""
        days = self.schedule.days
        changes = sorted({float(t) for day in days for t in (day.start_s, day.end_s)})
        edges: list[float] = changes[:1]
        for begin, end in pairwise(changes):
            pieces = math.ceil((end - begin) / SECONDS_PER_HOUR)
            edges += [begin + (end - begin) * k / pieces for k in range(1, pieces + 1)]
        return edges

    def stretch(self, from_s: float, to_s: float) -> _Stretch:
        """The part of the day between two edges."""
        days = officers_in_order(self.plan, self.schedule)
        on_duty = [k for k, day in enumerate(days) if day.start_s <= from_s and to_s <= day.end_s]
        zones = {zone.zone_id: zone for zone in self.plan.zones}
        there = np.array([days[k].zone_id for k in on_duty], dtype=object)
        home = {b: zone.zone_id for zone in self.plan.zones for b in zone.building_ids}
        weights = [
            _overlap(self.hours[b], from_s, to_s) if b in self.hours else 0.0
            for b in self.building_ids
        ]
        is_open = [
            i for i, b in enumerate(self.building_ids) if weights[i] > 0 and home[b] in there
        ]
        ids = [self.building_ids[i] for i in is_open]
        weight = np.array([weights[i] for i in is_open])
        per_day = self.calls.per_day[ids].to_numpy(dtype=np.float64)
        return _Stretch(
            seconds=to_s - from_s,
            building_ids=tuple(ids),
            buildings=np.array(is_open, dtype=np.int64),
            officers=np.array(on_duty, dtype=np.int64),
            weight=weight,
            calls_per_hour=per_day * weight * SECONDS_PER_HOUR / (to_s - from_s),
            drive_s=_expected_drives([days[k] for k in on_duty], self.times, ids, from_s, to_s),
            own=np.array([home[b] for b in ids], dtype=object)[:, None] == there,
            helps=np.array([zones[z].kind is ZoneKind.PATROL for z in there], dtype=np.bool_),
            at_call_s=self.at_call_s,
        )


def _require_zoned(plan: ZonePlan, schedule: PatrolSchedule) -> None:
    """Raise `OptionError` for officers whom this model does not have."""
    faults = [f"{d.officer_id} serves the whole district" for d in schedule.days if not d.zone_id]
    faults += [f"{z.zone_id} is on call" for z in plan.zones if z.kind is ZoneKind.ON_CALL]
    if faults:
        raise OptionError(
            "this model has only officers who patrol a zone or stay at a building",
            first_few(faults),
            "Simulate the school-days instead: zoning.estimate_response.",
        )


def _call_hours(
    plan: ZonePlan, schedule: PatrolSchedule, buildings: pd.DataFrame
) -> dict[str, tuple[float, float]]:
    """School hours of each building, when its calls come, within the day of its officer."""
    times = buildings[["bell_start_s", "bell_end_s"]].to_numpy(np.float64)
    bells = dict(zip(buildings.index, times, strict=True))
    hours = {}
    for zone in plan.zones:
        days = schedule.days_of(zone.zone_id)
        if not days:  # closed today
            continue
        begin, until = min(day.start_s for day in days), max(day.end_s for day in days)
        for building in zone.building_ids:
            opens, closes = bells[building]  # NaN where unknown
            start, end = np.fmax(opens, begin), np.fmin(closes, until)
            hours[building] = (float(start), float(end))
    faults = [
        f"{building}: {clock(opens)} to {clock(closes)}"
        for building, (opens, closes) in hours.items()
        if closes <= opens
    ]
    if faults:
        raise ScheduleError(
            f"{len(faults)} buildings have no officer during their school hours",
            faults,
            "Plan the patrols again with the bell times of these schools.",
        )
    return hours


def _overlap(hours: tuple[float, float], from_s: float, to_s: float) -> float:
    """Share of the hours that lies between two moments."""
    opens, closes = hours
    return max(min(closes, to_s) - max(opens, from_s), 0.0) / (closes - opens)


def _expected_drives(
    days: Sequence[OfficerDay],
    times: TravelTimes,
    building_ids: Sequence[str],
    from_s: float,
    to_s: float,
) -> Floats:
    """Expected drive of each officer to each building, from where the timetable has them."""
    columns = times.positions(building_ids)
    drives = np.empty((len(days), len(columns)))
    for j, day in enumerate(days):
        # A drive counts as being at its nearer end.
        stops = day.stops
        halfway = [(leaves + arrives) / 2 for (_, _, leaves), (_, arrives, _) in pairwise(stops)]
        bounds = np.clip([day.start_s, *halfway, day.end_s], from_s, to_s)
        shares = np.diff(bounds) / (to_s - from_s)
        there = np.flatnonzero(shares > 0)
        rows = times.positions([stops[k][0] for k in there])
        drives[j] = shares[there] @ times.seconds[np.ix_(rows, columns)]
    return drives


def _solve(stretch: _Stretch, model: _Model) -> HypercubeResult:
    """Solve a stretch with the time that calls take, which depends on who answers them.

    Larson and Odoni's calibration of mean service times: solve, take the mean drive of each
    officer to the calls answered, and solve again.
    """
    preferences = stretch.preferences(mutual_aid=model.mutual_aid)
    if model.when_all_busy is WhenAllBusy.QUEUE and model.mutual_aid:
        _require_all_reachable(stretch)
    own = stretch.own / stretch.own.sum(axis=1, keepdims=True)
    drive = _mean_drive(stretch, own, np.zeros(len(stretch.officers)))
    for round_ in range(_MAX_CALIBRATIONS):
        is_last = round_ == _MAX_CALIBRATIONS - 1
        problem = Hypercube(
            calls_per_hour=stretch.calls_per_hour,
            service_per_hour=SECONDS_PER_HOUR / (stretch.at_call_s + drive),
            preferences=preferences,
            second_officer_share=model.second,
            when_all_busy=model.when_all_busy,
        )
        result = solve_hypercube(problem, exact_up_to=1)
        shares = np.nan_to_num(result.answered + result.helped)
        better = _mean_drive(stretch, shares, drive)
        if is_last or float(np.abs(better - drive).max()) < _SETTLED_S:
            break
        drive = better
    if len(stretch.officers) > 1 and model.exact_up_to > 1:
        return solve_hypercube(problem, exact_up_to=model.exact_up_to)
    return result


def _mean_drive(stretch: _Stretch, shares: Floats, otherwise: Floats) -> Floats:
    """Mean drive of each officer to the calls answered; ``otherwise`` where there are none."""
    calls = stretch.calls_per_hour[:, None] * shares
    drives = np.where(shares > 0, stretch.drive_s.T, 0.0)
    total = calls.sum(axis=0)
    means = otherwise.copy()
    np.divide((calls * drives).sum(axis=0), total, out=means, where=total > 0)
    return means


def _require_all_reachable(stretch: _Stretch) -> None:
    finite = np.isfinite(stretch.drive_s[stretch.helps])
    shared = np.flatnonzero(stretch.helps[stretch.own.argmax(axis=1)])
    lost = np.zeros(len(stretch.own), dtype=np.bool_)
    lost[shared] = ~finite[:, shared].all(axis=0)
    if lost.any():
        ids = [
            building
            for building, is_lost in zip(stretch.building_ids, lost, strict=True)
            if is_lost
        ]
        raise UnreachableError(
            f"{counted(len(ids), 'building')} cannot be reached by every patrol officer, so whose "
            "turn it is in the queue cannot be said",
            first_few(ids),
            "Repair the street network there, let others answer when all are busy, or give up "
            "mutual aid.",
        )


@dataclass(frozen=True, slots=True)
class _Sums:
    """Sums over the stretches of a day, by building and by officer."""

    own: Floats
    answered: Floats
    none_free: Floats
    wait: Floats
    drive: Floats
    busy_seconds: Floats

    @classmethod
    def of_zeros(cls, buildings: int, officers: int) -> _Sums:
        own, answered, none_free, wait, drive = np.zeros((5, buildings))
        return cls(own, answered, none_free, wait, drive, np.zeros(officers))

    def add(self, stretch: _Stretch, result: HypercubeResult) -> None:
        """Add a stretch, each building by its share of the day."""
        at, weight = stretch.buildings, stretch.weight
        ours = result.answered.sum(axis=1)
        self.own[at] += weight * (result.answered * stretch.own).sum(axis=1)
        self.answered[at] += weight * ours
        self.none_free[at] += weight * result.none_free
        self.wait[at] += weight * result.mean_wait_s
        travel = np.where(ours == 0, 0.0, result.mean_travel_s(stretch.drive_s))
        self.drive[at] += weight * ours * travel
        self.busy_seconds[stretch.officers] += stretch.seconds * result.busy


def _building_table(day: _Day, sums: _Sums, assumed: ResponseAssumptions) -> pd.DataFrame:
    home = {b: zone.zone_id for zone in day.plan.zones for b in zone.building_ids}
    ids = list(day.building_ids)
    # Overloaded officers answer in the end, after a wait without end.
    endless = ~np.isfinite(sums.wait)
    drive = np.divide(
        sums.drive, sums.answered, out=np.full(len(ids), np.nan), where=sums.answered > 0
    )
    fixed = assumed.dispatch_s + assumed.turnout_s
    return pd.DataFrame(
        {
            "zone_id": [home[b] for b in ids],
            "calls_per_day": day.calls.per_day[ids].to_numpy(dtype=np.float64),
            "own_share": sums.own,
            "none_free": sums.none_free,
            "mean_wait_s": sums.wait,
            "mean_s": np.where(endless, np.inf, fixed + sums.wait + drive),
        },
        index=pd.Index(ids, name="building_id", dtype=object),
    )


_FIGURES: Final = ("own_share", "none_free", "mean_wait_s", "mean_s")


def _weigh(table: pd.DataFrame, calls: pd.Series[float]) -> dict[str, float]:
    """Means over calls, or over the buildings alike where there are none."""
    weights = calls.to_numpy(dtype=np.float64)
    if not weights.any():
        weights = np.ones(len(table))
    called = weights > 0  # an endless wait of a building without calls concerns nobody
    return {
        name: float(np.average(table[name].to_numpy(np.float64)[called], weights=weights[called]))
        for name in _FIGURES
    }


def _zone_table(day: _Day, sums: _Sums, by_building: pd.DataFrame) -> pd.DataFrame:
    rows = []
    officers = officers_in_order(day.plan, day.schedule)
    for zone in day.plan.zones:
        own = [k for k, officer in enumerate(officers) if officer.zone_id == zone.zone_id]
        part = by_building.loc[list(zone.building_ids)]
        rows.append(
            {
                "calls_per_day": float(part["calls_per_day"].sum()),
                "busy_fraction": float(sums.busy_seconds[own].sum())
                / (sum(officers[k].length_s for k in own) or math.nan),
            }
            | _weigh(part, part["calls_per_day"])
        )
    index = pd.Index([zone.zone_id for zone in day.plan.zones], name="zone_id", dtype=object)
    return pd.DataFrame(rows, index=index)


def _notices(day: _Day, overloaded: Sequence[tuple[float, float]], *, is_exact: bool) -> list[str]:
    notices = []
    if overloaded:
        per_school = float(day.calls.per_day.mean())
        notices.append(
            f"At {per_school:.2f} calls a school-day {counted(len(day.schedule.days), 'officer')} "
            "cannot keep up: in a part of the day more calls come than they can finish, and the "
            "queue never ends."
        )
    if not is_exact:
        notices.append(APPROXIMATION_ERROR)
    return notices
