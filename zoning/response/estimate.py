"""How long a call waits for an officer: simulated school-days, with intervals."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from zoning.demand import CallRates
from zoning.errors import DemandError, OptionError, ScheduleError, typed
from zoning.patrol import OfficerDay, PatrolSchedule, require_buildings, require_zones_reachable
from zoning.response.assumptions import OUTSIDE, ResponseAssumptions
from zoning.response.call_sample import (
    CallSample,
    CallTimes,
    call_times,
    drive_factor,
    emergency_shares,
    lognormal,
    mean_drive_factor,
    sample_calls,
)
from zoning.response.simulation import CALL, VISIT, Events, Roads, Timetables, answer_calls
from zoning.roads.travel.travel_times import TravelTimes
from zoning.schools import buildings as buildings_of
from zoning.units import clock, counted, minutes
from zoning.zones.plan import ZoneKind, ZonePlan

Floats = NDArray[np.float64]

_LOOKS: Final = 4
"""Moments of each simulated day at which the answer to a call from every building is looked up."""
_BATCH: Final = 25
"""Days in a batch: its 100 moments cover the day evenly, so that batches are alike."""
_FIRST_DAYS: Final = 500
"""Days simulated before the precision is looked at: 20 batches."""
_RANGE_DAYS: Final = 100
"""Days on which the ends of the ranges are compared with the values used."""
_STEPS: Final = tuple(1.1673039782614187 ** -(k + 1) for k in range(4))
"""Steps of a Kronecker sequence that fills four dimensions evenly; the number is the root of
x^5 = x + 1 (Roberts 2018, the generalised golden ratio)."""
_SECONDS_A_DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictResponse:
    """Response over the calls of the district, emergencies where calls are told apart.

    Every response is NaN if the officers are overloaded.

    Attributes
    ----------
    mean_s, median_s, p90_s
        Mean, median and 90th percentile, seconds.
    worst_building_id, worst_building_mean_s
        The building with the longest mean response and that mean, seconds. For
        the restricted edition only.
    share_within
        Share of calls, 0 to 1, answered within so many seconds.
    mean_low_s, mean_high_s
        The mean at the low and at the high end of every assumed range, seconds;
        not a confidence interval. NaN where officers cannot keep up.
    interval
        95 % confidence interval of a figure, by ``mean_s``, ``median_s``, ``p90_s`` and
        ``share_within_<t>_s``.
    calls_per_day
        Calls of the district in a school-day.
    busy_fraction
        Share of the day that officers are on a call, second officers included;
        mean over officers.
    own_officer_share
        Share of calls that the officer of the zone answers.
    none_free_share
        Share of calls at which no officer who may answer is free.
    outside_share
        Share of calls that no officer answers; they are left out of the response.
    offered_load
        Time that the calls ask of officers, second officers included, over the time that
        officers are on duty.
    is_overloaded
        Whether calls ask for more time than the officers who may answer them have.
    routine
        The figures of routine calls, by the keys of ``interval``; empty if there are none.
    days
        Simulated school-days; 0 if overloaded.
    model
        What gave the figures, in words.
    """

    mean_s: float
    median_s: float
    p90_s: float
    worst_building_id: str
    worst_building_mean_s: float
    share_within: Mapping[int, float]
    mean_low_s: float
    mean_high_s: float
    interval: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    calls_per_day: float = math.nan
    busy_fraction: float = math.nan
    own_officer_share: float = math.nan
    none_free_share: float = math.nan
    outside_share: float = 0.0
    offered_load: float = math.nan
    is_overloaded: bool = False
    routine: Mapping[str, float] = field(default_factory=dict)
    days: int = 0
    model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ResponseSample:
    """What the figures are computed of: the answer to a call from each building at many moments.

    Attributes
    ----------
    days
        School-days, ``len(response_s) / days`` moments each.
    response_s
        Shape (moments, buildings), sampled response, seconds; NaN if no officer answers.
    expected_s
        The same with dispatch, turnout and the spread of the drive at their means.
    weight
        Calls that each entry stands for, up to a factor; 0 if no officer answers.
    """

    days: int
    response_s: Floats
    expected_s: Floats
    weight: Floats
    _known: dict[tuple[int, tuple[int, ...]], dict[str, _Figure]] = field(
        repr=False, default_factory=dict
    )

    def figures(self, days: int, thresholds_s: Sequence[int]) -> dict[str, _Figure]:
        """The figures of the first days, kept: each is compared with several options."""
        key = days, tuple(thresholds_s)
        if key not in self._known:
            self._known[key] = _figures(self.first(days), thresholds_s)
        return self._known[key]

    def first(self, days: int) -> ResponseSample:
        """The sample of the first days."""
        looks = days * (len(self.response_s) // self.days)
        return ResponseSample(
            days=days,
            response_s=self.response_s[:looks],
            expected_s=self.expected_s[:looks],
            weight=self.weight[:looks],
        )

    def batch_sums(self, values: Floats) -> Floats:
        """Weighted sums of values, by batch of days, shape (batches,)."""
        looks = _BATCH * (len(self.response_s) // self.days)
        products = np.where(self.weight > 0, self.weight * values, 0.0).sum(axis=1)
        return np.add.reduceat(products, np.arange(0, len(products), looks))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ResponseEstimate:
    """Response by building, zone and district.

    Attributes
    ----------
    buildings
        Index ``building_id`` (sorted); columns ``zone_id``, ``calls_per_day``,
        ``mean_s``, ``median_s``, ``p90_s`` (seconds) and, for every threshold
        t, ``share_within_<t>_s`` (0 to 1); ``mean_half_width_s``, of the 95 % interval of the
        mean, and ``own_officer_share``. For the restricted edition only.
    zones
        Index ``zone_id`` (the plan's order); the same figures over the zone's
        calls (over its buildings alike where it has none), and
        ``busy_fraction``, the share of the day that the officer is on a call,
        ``offered_load``, the time that the zone's calls ask of one officer over the length
        of the day, and ``worst_building_id``, of the longest mean response.
    district
        The figures over all calls.
    assumptions
        What was assumed.
    notices
        Plain sentences on what a planner should know; no school is named.
    sample
        For `compare_responses`; None if overloaded.
    """

    buildings: pd.DataFrame = field(repr=False)
    zones: pd.DataFrame = field(repr=False)
    district: DistrictResponse
    assumptions: ResponseAssumptions
    notices: tuple[str, ...]
    sample: ResponseSample | None = field(repr=False, default=None)

    def __repr__(self) -> str:
        what = counted(len(self.buildings), "building")
        if self.district.is_overloaded:
            return f"ResponseEstimate({what}, overloaded)"
        return (
            f"ResponseEstimate({what}, "
            f"mean {minutes(self.district.mean_s)}, 90th percentile {minutes(self.district.p90_s)})"
        )


def estimate_response(
    plan: ZonePlan,
    schedule: PatrolSchedule,
    times: TravelTimes,
    *,
    schools: gpd.GeoDataFrame,
    calls: CallRates,
    assumptions: ResponseAssumptions | None = None,
    times_by_hour: Sequence[tuple[float, float, TravelTimes]] = (),
    empty_posts: ArrayLike | None = None,
    breaks: Mapping[str, Sequence[tuple[float, float]]] | None = None,
) -> ResponseEstimate:
    """Response to calls, by simulation of school-days with officers on their timetables.

    Calls are a Poisson process in the hours of each building. When a call has been handled
    (dispatch), the zone's own officer is sent if free; else, with mutual aid, the free
    officer with the shortest drive from where they are; else it waits for the first officer
    who may answer it. Half of the calls take the next nearest free officer as well; if none
    is free, outside police are the second. An officer who is done drives back to the
    first stop of the timetable that can still be reached before its end. An officer answers
    calls that come before the end of the day, and those that still wait then.

    The figures are those of a call from each building at moments spread evenly over all
    simulated days, weighted by its calls: a Poisson call sees the same officers as a moment
    at random. Dispatch, turnout and the spread of the drive enter a mean by their own means.
    The calls depend on the seed, the building and the day alone, so that options on the same
    schools answer the same calls (`compare_responses`).

    Parameters
    ----------
    plan, schedule
        The zones and a day of each zone's officer.
    times
        Seconds by the emergency profile, from building to building.
    schools
        Table of `zoning.read_schools`, for the school hours.
    calls
        Call rates of exactly the plan's buildings.
    assumptions
        Components of the response, who answers, and the precision; the defaults if None.
    times_by_hour
        Travel times that hold from one time to another, seconds after midnight, in place of
        ``times``; they must not overlap.
    empty_posts
        Shape (days, officers) in the order of the plan's zones: True where nobody
        staffs the post that day. Days are used in turn.
    breaks
        By zone id, stretches in which its officer is not sent, seconds after midnight.

    Raises
    ------
    PlanError
        If the plan names buildings the schools do not have.
    DemandError
        If plan and call rates do not hold the same buildings.
    ScheduleError
        If the timetable is not of this plan, or an officer's day lies outside a
        building's school hours.
    OptionError
        If times by the hour overlap, or empty posts or breaks do not fit the plan.
    UnreachableError
        If buildings of one zone cannot be reached from one another.
    NetworkError
        If a building has no travel times.

    References
    ----------
    Larson and Odoni (1981), Urban Operations Research, chapters 5 and 7. Wolff (1982),
    Poisson arrivals see time averages, Operations Research 30.
    """
    district = _checked(
        plan,
        schedule,
        times,
        schools=schools,
        calls=calls,
        assumptions=assumptions,
        times_by_hour=times_by_hour,
        empty_posts=empty_posts,
        breaks=breaks,
    )
    load = _Load.of(district)
    if load.is_overloaded:
        run, low, high = None, math.nan, math.nan
    else:
        run = _run_until_precise(district)
        low, high = (_at_range_end(district, run, end) for end in (0, 1))
    by_building = _building_table(district, run)
    by_zone = _zone_table(district, run, by_building, load)
    figures = _district_figures(district, run, by_building, load, (low, high))
    return ResponseEstimate(
        buildings=by_building,
        zones=by_zone,
        district=figures,
        assumptions=district.assumed,
        notices=tuple(_notices(district, by_zone, figures)),
        sample=None if run is None else run.sample,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimulatedResponse:
    """What a short simulation gives, for comparing many variants: see `simulate_response`.

    Attributes
    ----------
    ids
        Building ids, the columns of the sample.
    sample
        None if the officers are overloaded.
    outside_share, offered_load, is_overloaded
        As for `DistrictResponse`.
    headroom
        Multiple of the calls from which the officers cannot keep up; ``inf`` if outside police
        take what they cannot.
    assumptions
        What was assumed.
    """

    ids: tuple[str, ...]
    sample: ResponseSample | None = field(repr=False)
    outside_share: float
    offered_load: float
    is_overloaded: bool
    headroom: float
    assumptions: ResponseAssumptions

    @property
    def mean_s(self) -> float:
        """Mean response over the calls, seconds; NaN if overloaded."""
        return math.nan if self.sample is None else _mean(self.sample).value

    def figures(self) -> dict[str, float]:
        """``mean_s``, ``median_s``, ``p90_s`` and ``share_within_<t>_s``; NaN if overloaded."""
        of, thresholds = self.sample, self.assumptions.thresholds_s
        if of is None:
            return dict.fromkeys(_keys(thresholds), math.nan)
        return _plain_figures(of.expected_s, of.response_s, of.weight, thresholds)

    def building_means(self) -> pd.Series[float]:
        """Mean response of each building, seconds; NaN if nobody answers. Restricted."""
        index = pd.Index(self.ids, name="building_id", dtype=object)
        if self.sample is None:
            return pd.Series(math.nan, index=index, name="mean_s")
        sums = np.where(self.sample.weight > 0, self.sample.weight * self.sample.expected_s, 0.0)
        with np.errstate(invalid="ignore"):
            means = sums.sum(axis=0) / self.sample.weight.sum(axis=0)
        return pd.Series(means, index=index, name="mean_s")


def simulate_response(
    plan: ZonePlan,
    schedule: PatrolSchedule,
    times: TravelTimes,
    *,
    schools: gpd.GeoDataFrame,
    calls: CallRates,
    days: int,
    assumptions: ResponseAssumptions | None = None,
    times_by_hour: Sequence[tuple[float, float, TravelTimes]] = (),
    empty_posts: ArrayLike | None = None,
) -> SimulatedResponse:
    """Simulate so many school-days as `estimate_response` does, without its tables and ranges.

    Parameters and errors are those of `estimate_response`; the days are the first of its days, so
    that `compare_responses` can pair them.
    """
    district = _checked(
        plan,
        schedule,
        times,
        schools=schools,
        calls=calls,
        assumptions=assumptions,
        times_by_hour=times_by_hour,
        empty_posts=empty_posts,
        breaks=None,
    )
    load = _Load.of(district)
    run = None if load.is_overloaded else district.simulate(days)
    return SimulatedResponse(
        ids=district.ids,
        sample=None if run is None else run.sample,
        outside_share=math.nan if run is None else _shares(district, run)[-1],
        offered_load=load.total,
        is_overloaded=load.is_overloaded,
        headroom=load.headroom,
        assumptions=district.assumed,
    )


def _checked(
    plan: ZonePlan,
    schedule: PatrolSchedule,
    times: TravelTimes,
    *,
    schools: gpd.GeoDataFrame,
    calls: CallRates,
    assumptions: ResponseAssumptions | None,
    times_by_hour: Sequence[tuple[float, float, TravelTimes]],
    empty_posts: ArrayLike | None,
    breaks: Mapping[str, Sequence[tuple[float, float]]] | None,
) -> _District:
    """Check the inputs of a simulation; raises as `estimate_response` does."""
    assumed = assumptions or ResponseAssumptions()
    schools_buildings = buildings_of(schools)
    require_buildings(plan, schools_buildings)
    _require_same_buildings(plan, calls)
    require_timetable(plan, schedule)
    require_zones_reachable(plan, times)
    _require_hours(plan, schedule, schools_buildings)
    return _District.of(
        plan,
        schedule,
        times,
        schools=schools,
        calls=calls,
        assumed=assumed,
        times_by_hour=times_by_hour,
        empty_posts=empty_posts,
        breaks=breaks or {},
    )


# What is simulated.


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _District:
    """The inputs as arrays, in the order of the plan's building ids and zones."""

    plan: ZonePlan
    schools: gpd.GeoDataFrame
    calls: CallRates
    times: TravelTimes
    assumed: ResponseAssumptions
    ids: tuple[str, ...]
    rates: Floats
    emergency: Floats
    timetables: Timetables
    roads: Roads
    hours: CallTimes
    day: tuple[float, float]
    empty: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        plan: ZonePlan,
        schedule: PatrolSchedule,
        times: TravelTimes,
        *,
        schools: gpd.GeoDataFrame,
        calls: CallRates,
        assumed: ResponseAssumptions,
        times_by_hour: Sequence[tuple[float, float, TravelTimes]],
        empty_posts: ArrayLike | None,
        breaks: Mapping[str, Sequence[tuple[float, float]]],
    ) -> _District:
        ids = tuple(plan.building_ids)
        days = [schedule.day_of(zone.zone_id) for zone in plan.zones]
        empty = np.zeros((1, len(days)), bool) if empty_posts is None else np.asarray(empty_posts)
        _require_options(plan, empty, times_by_hour, breaks)
        rates = calls.per_day[list(ids)]
        hourly = getattr(calls, "hourly", None)
        by_hour = {} if hourly is None else {"hourly": hourly.loc[list(ids)]}
        ordered = replace(calls, per_day=rates, **by_hour)
        day = float(min(d.start_s for d in days)), float(max(d.end_s for d in days))
        roads = _roads(ids, times, times_by_hour, assumed)
        return cls(
            plan=plan,
            schools=schools,
            calls=ordered,
            times=times,
            assumed=assumed,
            ids=ids,
            rates=np.asarray(rates, dtype=np.float64),
            emergency=emergency_shares(ordered, ids, assumed),
            timetables=_timetables(
                plan, days, ids=ids, seconds=roads.seconds, breaks=breaks, assumed=assumed
            ),
            roads=roads,
            hours=call_times(ordered, schools, day=day),
            day=day,
            empty=empty.astype(bool),
        )

    @property
    def lengths_s(self) -> Floats:
        """Shape (officers,): mean length of an officer's day; an empty post has none."""
        first, last = self.timetables.first[:-1], self.timetables.first[1:] - 1
        visits = self.timetables.visits
        whole = visits["departure_s"][last] - visits["arrival_s"][first]
        return np.asarray(whole * (1 - self.empty.mean(axis=0)))

    @property
    def weights(self) -> Floats:
        """Shape (buildings,): calls that the figures count, emergencies where there are any."""
        emergencies = self.rates * self.emergency
        return emergencies if emergencies.any() else self.rates

    @property
    def is_urgent(self) -> bool:
        """Whether the figures count emergencies."""
        return bool((self.rates * self.emergency).any())

    @property
    def slower(self) -> float:
        """Factor of the drives that the figures count."""
        return 1.0 if self.is_urgent else self.assumed.routine_drive_factor

    def simulate(self, days: int, *, first_day: int = 0, no_calls: bool = False) -> _Run:
        """Simulate some school-days."""
        assumed = self.assumed
        sample = sample_calls(
            self.calls,
            self.schools,
            day=self.day,
            assumptions=assumed,
            days=0 if no_calls else days,
            first_day=first_day,
            hours=self.hours,
        )
        looks = np.arange(first_day * _LOOKS, (first_day + days) * _LOOKS)
        fill = [(0.5 + (looks + 1) * step) % 1.0 for step in _STEPS]
        begin, end = self.hours.span
        call_s: Floats = np.asarray(begin + fill[0] * (end - begin))
        dispatch_s = lognormal(assumed.dispatch_s, assumed.dispatch_spread, fill[1])
        order = np.lexsort((call_s + dispatch_s, np.repeat(np.arange(days), _LOOKS)))
        call_s, dispatch_s = call_s[order], dispatch_s[order]
        turnout_s = lognormal(assumed.turnout_s, assumed.turnout_spread, fill[2])[order]
        factor = drive_factor(assumed.drive_spread, fill[3])[order] * self.slower
        outcome = answer_calls(
            self.timetables,
            self.roads,
            Events(
                starts=np.zeros(days + 1, dtype=np.int64) if no_calls else sample.starts,
                calls=_records(sample),
                looks=np.stack([call_s, call_s + dispatch_s], axis=1).reshape(days, _LOOKS, 2),
            ),
            ~self.empty[(first_day + np.arange(days)) % len(self.empty)],
            queue=assumed.when_all_busy != OUTSIDE,
            urgent=self.is_urgent,
        )
        flat = (days * _LOOKS, len(self.ids))
        wait, drive = outcome.wait_s.reshape(flat), outcome.drive_s.reshape(flat)
        mean_factor = mean_drive_factor(assumed.drive_spread) * self.slower
        density = self.hours.density(call_s)
        return _Run(
            sample=ResponseSample(
                days=days,
                response_s=(dispatch_s + turnout_s)[:, None] + wait + drive * factor[:, None],
                expected_s=assumed.dispatch_s + assumed.turnout_s + wait + drive * mean_factor,
                weight=np.where(np.isnan(wait), 0.0, density * self.weights),
            ),
            density=density,
            own=outcome.own.reshape(flat),
            none_free=~(wait == 0),
            drive_s=drive,
            busy_s=outcome.busy_s,
            late=outcome.late,
            calls=len(sample.call_s),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Run:
    """Simulated days: the sample, and by entry of it the density of calls and who answers."""

    sample: ResponseSample
    density: Floats
    own: NDArray[np.int8]
    none_free: NDArray[np.bool_]
    drive_s: Floats
    busy_s: Floats
    late: NDArray[np.int64]
    calls: int

    def joined(self, other: _Run) -> _Run:
        """These days and others after them."""

        def join(mine: object, its: object, names: Sequence[str]) -> dict[str, Any]:
            return {n: np.concatenate([getattr(mine, n), getattr(its, n)]) for n in names}

        days = self.sample.days + other.sample.days
        joined = join(self.sample, other.sample, ("response_s", "expected_s", "weight"))
        names = ("density", "own", "none_free", "drive_s", "busy_s", "late")
        return replace(
            self,
            sample=ResponseSample(days=days, **joined),
            calls=self.calls + other.calls,
            **join(self, other, names),
        )


def _records(sample: CallSample) -> NDArray[np.void]:
    """The calls as the loop takes them."""
    calls = np.zeros(len(sample.call_s), dtype=CALL)
    for name in ("building", "call_s", "ready_s", "turnout_s", "on_scene_s"):
        calls[name] = getattr(sample, name)
    calls["factor"], calls["second_factor"] = sample.drive_factor, sample.second_drive_factor
    calls["needs_second"], calls["is_emergency"] = sample.needs_second, sample.is_emergency
    return calls


def _roads(
    ids: Sequence[str],
    times: TravelTimes,
    times_by_hour: Sequence[tuple[float, float, TravelTimes]],
    assumed: ResponseAssumptions,
) -> Roads:
    """The periods of the day, each with its travel times; ``times`` fill the gaps."""
    until: list[float] = []
    tables: list[TravelTimes] = []
    clock_s = 0.0
    for begin, end, own in sorted(times_by_hour, key=lambda period: period[0]):
        if begin > clock_s:
            until.append(float(begin))
            tables.append(times)
        until.append(float(end))
        tables.append(own)
        clock_s = end
    return Roads(
        until_s=np.array([*until, math.inf]),
        seconds=np.stack([t.subset(ids).seconds for t in (*tables, times)]),
        return_factor=assumed.routine_drive_factor,
    )


def _timetables(
    plan: ZonePlan,
    days: Sequence[OfficerDay],
    *,
    ids: Sequence[str],
    seconds: Floats,
    breaks: Mapping[str, Sequence[tuple[float, float]]],
    assumed: ResponseAssumptions,
) -> Timetables:
    row = {building: k for k, building in enumerate(ids)}
    visits = [
        (row[visit.building_id], visit.arrival_s, visit.departure_s)
        for day in days
        for visit in day.visits
    ]
    pauses = [sorted(breaks.get(zone.zone_id, ())) for zone in plan.zones]
    filled = np.full((len(days), max(map(len, pauses)), 2), math.inf)
    home = np.empty(len(ids), dtype=np.int64)
    serves = np.zeros((len(days), len(ids)), dtype=np.bool_)
    reachable: NDArray[np.bool_] = np.asarray(np.isfinite(seconds).all(axis=0))
    for o, (zone, day) in enumerate(zip(plan.zones, days, strict=True)):
        own = [row[building] for building in zone.building_ids]
        stops = sorted({row[visit.building_id] for visit in day.visits})
        roves = zone.kind is not ZoneKind.DEDICATED or assumed.fixed_officers_help
        if assumed.mutual_aid and roves:  # there and back
            serves[o] = reachable[stops].all(axis=0) & reachable[:, stops].all(axis=1)
        serves[o, own] = True
        home[own] = o
        filled[o, : len(pauses[o])] = np.reshape(pauses[o], (-1, 2))
    return Timetables(
        first=np.cumsum([0, *(len(day.visits) for day in days)]),
        visits=np.array(visits, dtype=VISIT),
        breaks=filled,
        serves=serves,
        home=home,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Load:
    """What the calls ask of the officers, over the time they are on duty.

    Attributes
    ----------
    by_zone
        Shape (zones,): of the first officers of the zone's calls; ``inf`` if the post is
        always empty.
    total
        Of all officers, second officers included.
    is_overloaded
        Whether a queue would never end.
    headroom
        Multiple of the calls from which it would not.
    """

    by_zone: Floats
    total: float
    is_overloaded: bool
    headroom: float

    @classmethod
    def of(cls, district: _District) -> _Load:
        """The load with drives of officers who are on the timetable."""
        assumed, timetables = district.assumed, district.timetables
        idle = district.simulate(_BATCH, no_calls=True)
        known = np.where(np.isnan(idle.drive_s), 0.0, idle.density)
        drives = (known * np.nan_to_num(idle.drive_s)).sum(axis=0) / np.maximum(
            known.sum(axis=0), 1e-300
        )
        routine = 1 + (1 - district.emergency) * (assumed.routine_drive_factor - 1)
        slower = mean_drive_factor(assumed.drive_spread) * routine
        service = assumed.turnout_s + drives * slower + assumed.on_scene_s
        asked = np.bincount(
            timetables.home,
            weights=district.rates * service,
            minlength=len(district.plan.zones),
        )
        has = district.lengths_s
        # An officer who answers no call of another zone only serves the own zone.
        own = np.array([timetables.home == o for o in range(len(has))])
        helps = (timetables.serves & ~own).any(axis=1)
        seconds = assumed.second_officer_share * asked.sum() if helps.any() else 0.0
        excess = np.maximum(asked - has, 0.0)[~helps]
        if helps.any():
            # A second officer is only sent if one is free, so seconds make no queue longer.
            is_overloaded = asked[helps].sum() + excess.sum() >= has[helps].sum()
        else:
            # Where a post is empty, nobody answers: only the days with an officer have a queue.
            staffed = 1 - district.empty.mean(axis=0)
            is_overloaded = bool(((asked * staffed >= has) & (asked * staffed > 0)).any())
        with np.errstate(divide="ignore", invalid="ignore"):
            by_zone = np.where(asked > 0, asked / has, 0.0)
        everybody = has.sum()
        return cls(
            by_zone=by_zone,
            total=float((asked.sum() + seconds) / everybody) if everybody else math.inf,
            is_overloaded=bool(is_overloaded) and assumed.when_all_busy != OUTSIDE,
            headroom=math.inf if assumed.when_all_busy == OUTSIDE else _headroom(asked, has, helps),
        )


def _headroom(asked: NDArray[Any], has: Floats, helps: NDArray[np.bool_]) -> float:
    """Multiple of the calls from which a queue would never end; ``inf`` without calls.

    What officers who help each other are asked for as first officers, with what those who serve
    one zone cannot do, grows with the calls, in pieces of straight lines.
    """
    if not asked.any():
        return math.inf
    if not helps.any():
        return float((has[asked > 0] / asked[asked > 0]).min())
    total, alone = asked[helps].sum(), ~helps & (asked > 0)
    filled = has[alone] / asked[alone]  # from this multiple on, one who serves alone is full
    turns, spare = np.sort(filled), has[helps].sum()
    for before in [0.0, *turns.tolist()]:
        full = filled <= before
        slope = total + asked[alone][full].sum()
        if slope <= 0:
            continue
        root = (spare + has[alone][full].sum()) / slope
        beyond = turns[turns > before]
        if root <= (beyond[0] if len(beyond) else math.inf):
            return float(root)
    return math.inf


# How long it is simulated.


def _run_until_precise(district: _District) -> _Run:
    """Simulate in blocks until the interval of the mean is narrow enough, or the days run out."""
    assumed = district.assumed
    run = district.simulate(min(_FIRST_DAYS, assumed.max_days))
    while run.sample.days < assumed.max_days:
        days, half = run.sample.days, _mean(run.sample).half_width
        if half <= assumed.precision_s:
            break
        # The half-width falls with the root of the days; a tenth more, for it is an estimate.
        needed = days * 1.1 * (half / assumed.precision_s) ** 2 if math.isfinite(half) else math.inf
        more = min(max(needed - days, _FIRST_DAYS), assumed.max_days - days)
        more = min(-(-int(more) // _BATCH) * _BATCH, assumed.max_days - days)
        run = run.joined(district.simulate(more, first_day=days))
    return run


def _at_range_end(district: _District, run: _Run, end: int) -> float:
    """The mean with every assumption at one end of its range: the same calls, fewer days.

    NaN if officers cannot keep up there.
    """
    assumed = district.assumed
    there = replace(
        assumed,
        dispatch_s=assumed.dispatch_range_s[end],
        dispatch_range_s=(assumed.dispatch_range_s[end],) * 2,
        turnout_s=assumed.turnout_range_s[end],
        turnout_range_s=(assumed.turnout_range_s[end],) * 2,
    )
    factor = assumed.travel_factor_range[end]
    roads = district.roads._replace(
        seconds=district.roads.seconds * factor,
        return_factor=assumed.routine_drive_factor / (factor or 1.0),
    )
    days = min(_RANGE_DAYS, run.sample.days)
    at_end = replace(district, assumed=there, roads=roads)
    if _Load.of(at_end).is_overloaded:
        return math.nan
    other = at_end.simulate(days).sample
    return _mean(run.sample).value + _mean(other).value - _mean(run.sample.first(days)).value


# The figures, with what each batch of days adds to them.


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Figure:
    """A figure, and the influence of each batch of days on it, whose mean is 0."""

    value: float
    influence: Floats

    @property
    def half_width(self) -> float:
        """Half the width of the 95 % confidence interval; ``inf`` from a single batch."""
        return _half_width(self.influence)

    @property
    def interval(self) -> tuple[float, float]:
        half = self.half_width
        return self.value - half, self.value + half


def _half_width(influence: Floats) -> float:
    n = len(influence)
    if n < 2:
        return math.inf
    return float(stdtrit(n - 1, 0.975) * influence.std(ddof=1) / math.sqrt(n))


def _ratio(sample: ResponseSample, values: Floats) -> _Figure:
    """A weighted mean: the ratio of two sums over batches."""
    sums, weights = sample.batch_sums(values), sample.batch_sums(np.ones_like(values))
    if not weights.sum() > 0:
        return _Figure(value=math.nan, influence=np.full(len(sums), math.nan))
    value = sums.sum() / weights.sum()
    return _Figure(value=float(value), influence=(sums - value * weights) / weights.mean())


def _mean(sample: ResponseSample) -> _Figure:
    return _ratio(sample, sample.expected_s)


def _quantile_figure(
    sample: ResponseSample, level: float, values: Floats, weights: Floats
) -> _Figure:
    """A percentile; its influence is that of the share below it over the density there."""
    value = _quantile(values, weights, level)
    share = _ratio(sample, (sample.response_s <= value).astype(float))
    half = min(share.half_width, 0.5)
    low, high = (_quantile(values, weights, level + side * half) for side in (-1, 1))
    slope = (high - low) / (2 * half) if half > 0 else 0.0
    return _Figure(value=value, influence=-share.influence * slope)


def _sorted(values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """The values that count, ascending, and their cumulated shares."""
    counts = weights > 0
    values, weights = values[counts], weights[counts]
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    return values[order], reached / reached[-1] if len(reached) else reached


def _quantile(values: Floats, reached: Floats, level: float) -> float:
    if not len(values):
        return math.nan
    # Cumulated shares within this of a quantile count as reaching it (float rounding).
    at = int(np.searchsorted(reached, level - 1e-9))
    return float(values[min(at, len(values) - 1)])


def _figures(sample: ResponseSample, thresholds_s: Sequence[int]) -> dict[str, _Figure]:
    """Every figure of a sample, by its key."""
    ordered = _sorted(sample.response_s, sample.weight)
    return {
        "mean_s": _mean(sample),
        "median_s": _quantile_figure(sample, 0.5, *ordered),
        "p90_s": _quantile_figure(sample, 0.9, *ordered),
    } | {
        f"share_within_{t}_s": _ratio(sample, (sample.response_s <= t).astype(float))
        for t in thresholds_s
    }


def _plain_figures(
    expected: Floats, response: Floats, weight: Floats, thresholds_s: Sequence[int]
) -> dict[str, float]:
    """The figures of entries, without intervals."""
    counts = weight > 0
    total = weight[counts].sum()
    if not total > 0:
        return dict.fromkeys(_keys(thresholds_s), math.nan)
    values, reached = _sorted(response, weight)
    return {
        "mean_s": float((weight[counts] * expected[counts]).sum() / total),
        "median_s": _quantile(values, reached, 0.5),
        "p90_s": _quantile(values, reached, 0.9),
    } | {
        f"share_within_{t}_s": float(reached[at - 1]) if at else 0.0
        for t, at in ((t, int(np.searchsorted(values, t, side="right"))) for t in thresholds_s)
    }


def _keys(thresholds_s: Sequence[int]) -> list[str]:
    return ["mean_s", "median_s", "p90_s", *(f"share_within_{t}_s" for t in thresholds_s)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseDifference:
    """A figure of one option less that of another, on the same calls.

    Attributes
    ----------
    value
        The difference; below 0: the first is smaller.
    low, high
        Its 95 % confidence interval, from the differences of the same days.
    """

    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out 0; otherwise there is no clear difference."""
        return self.low > 0 or self.high < 0


@typed
def compare_responses(
    one: ResponseEstimate | SimulatedResponse, other: ResponseEstimate | SimulatedResponse
) -> dict[str, ResponseDifference]:
    """Differences of the district's figures, with paired intervals over the days both simulated.

    Both estimates must be made with one seed, so that they answer the same calls.

    Returns
    -------
    dict
        By ``mean_s``, ``median_s``, ``p90_s`` and ``share_within_<t>_s``, as far as both have
        the figure; empty if either is overloaded.

    Raises
    ------
    OptionError
        If the seeds differ.
    """
    if one.assumptions.seed != other.assumptions.seed:
        raise OptionError("the responses were simulated with different seeds")
    if one.sample is None or other.sample is None:
        return {}
    days = min(one.sample.days, other.sample.days)
    if days > _BATCH:
        days -= days % _BATCH
    mine, its = (
        estimate.sample.figures(days, estimate.assumptions.thresholds_s)
        for estimate in (one, other)
        if estimate.sample is not None
    )
    found = {}
    for key in mine.keys() & its.keys():
        value = mine[key].value - its[key].value
        half = _half_width(mine[key].influence - its[key].influence)
        found[key] = ResponseDifference(value=value, low=value - half, high=value + half)
    return {key: found[key] for key in mine if key in found}


def compare_means(
    one: ResponseEstimate | SimulatedResponse, other: ResponseEstimate | SimulatedResponse
) -> ResponseDifference | None:
    """The difference of the means alone, as of `compare_responses`; None if either is overloaded.

    Many comparisons of means take a tenth of the time: percentiles have to sort.
    """
    if one.sample is None or other.sample is None:
        return None
    days = min(one.sample.days, other.sample.days)
    if days > _BATCH:
        days -= days % _BATCH
    mine, its = _mean(one.sample.first(days)), _mean(other.sample.first(days))
    value, half = mine.value - its.value, _half_width(mine.influence - its.influence)
    return ResponseDifference(value=value, low=value - half, high=value + half)


# The tables.


def _building_table(district: _District, run: _Run | None) -> pd.DataFrame:
    thresholds = district.assumed.thresholds_s
    zone_ids = [zone.zone_id for zone in district.plan.zones]
    rows = []
    for b, home in enumerate(district.timetables.home):
        row: dict[str, object] = {
            "zone_id": zone_ids[home],
            "calls_per_day": float(district.rates[b]),
        }
        if run is None:
            row |= dict.fromkeys(_keys(thresholds), math.nan)
            row |= {"mean_half_width_s": math.nan, "own_officer_share": math.nan}
        else:
            sample = run.sample
            expected, answered = sample.expected_s[:, b], ~np.isnan(sample.expected_s[:, b])
            weight = np.where(answered, run.density[:, b], 0.0)
            row |= _plain_figures(expected, sample.response_s[:, b], weight, thresholds)
            alone = replace(sample, expected_s=expected[:, None], weight=weight[:, None])
            density = run.density[:, b].sum()
            own = run.density[run.own[:, b] == 1, b].sum()
            row["mean_half_width_s"] = _mean(alone).half_width
            row["own_officer_share"] = float(own / density) if density else math.nan
        rows.append(row)
    return pd.DataFrame(rows, index=pd.Index(district.ids, name="building_id", dtype=object))


def _zone_table(
    district: _District, run: _Run | None, by_building: pd.DataFrame, load: _Load
) -> pd.DataFrame:
    thresholds = district.assumed.thresholds_s
    means = by_building["mean_s"]
    rows = []
    for o, zone in enumerate(district.plan.zones):
        at = np.flatnonzero(district.timetables.home == o)
        row: dict[str, object] = {"calls_per_day": float(district.rates[at].sum())}
        if run is None:
            row |= dict.fromkeys(_keys(thresholds), math.nan)
            row |= {"busy_fraction": math.nan, "own_officer_share": math.nan}
        else:
            expected, response = run.sample.expected_s[:, at], run.sample.response_s[:, at]
            calls = district.weights[at]
            chances = run.density[:, at] * (calls if calls.any() else np.ones(len(at)))
            weight = np.where(np.isnan(expected), 0.0, chances)
            row |= _plain_figures(expected, response, weight, thresholds)
            total = chances.sum()
            length = district.lengths_s[o]
            row["busy_fraction"] = (
                float(run.busy_s[:, o].mean() / length) if length > 0 else math.nan
            )
            own = chances[run.own[:, at] == 1].sum()
            row["own_officer_share"] = float(own / total) if total else math.nan
        row["offered_load"] = float(load.by_zone[o])
        ids = sorted(zone.building_ids)
        known = means[ids].dropna()
        row["worst_building_id"] = ids[0] if known.empty else known.idxmax()
        rows.append(row)
    index = pd.Index([zone.zone_id for zone in district.plan.zones], name="zone_id", dtype=object)
    return pd.DataFrame(rows, index=index)


def _district_figures(
    district: _District,
    run: _Run | None,
    by_building: pd.DataFrame,
    load: _Load,
    ends: tuple[float, float],
) -> DistrictResponse:
    thresholds = district.assumed.thresholds_s
    means = by_building["mean_s"]
    worst = str(means.idxmax()) if means.notna().any() else district.ids[0]
    nothing = _Figure(value=math.nan, influence=np.full(2, math.nan))
    figures = dict.fromkeys(_keys(thresholds), nothing)
    figures = figures if run is None else run.sample.figures(run.sample.days, thresholds)
    shares = (math.nan,) * 4 if run is None else _shares(district, run)
    busy, own, none_free, outside = shares
    days = 0 if run is None else run.sample.days
    return DistrictResponse(
        mean_s=figures["mean_s"].value,
        median_s=figures["median_s"].value,
        p90_s=figures["p90_s"].value,
        worst_building_id=worst,
        worst_building_mean_s=float(means[worst]),
        share_within={int(t): figures[f"share_within_{t}_s"].value for t in thresholds},
        mean_low_s=ends[0],
        mean_high_s=ends[1],
        interval={
            key: _inside(figure.interval, key.startswith("share"))
            for key, figure in figures.items()
        },
        calls_per_day=float(district.rates.sum()),
        busy_fraction=busy,
        own_officer_share=own,
        none_free_share=none_free,
        outside_share=outside,
        offered_load=load.total,
        is_overloaded=load.is_overloaded,
        routine={} if run is None else _routine(district, run),
        days=days,
        model=f"simulation of {counted(days, 'school-day')}" if days else "overloaded",
    )


def _inside(interval: tuple[float, float], is_share: bool) -> tuple[float, float]:
    low, high = interval
    return (max(low, 0.0), min(high, 1.0)) if is_share else (max(low, 0.0), high)


def _shares(district: _District, run: _Run) -> tuple[float, float, float, float]:
    """Busy fraction; shares of calls with the own officer, with none free, without an answer."""
    lengths = district.lengths_s
    staffed = lengths > 0
    busy = run.busy_s.mean(axis=0)[staffed] / lengths[staffed]
    weight = run.density * district.rates
    total = weight.sum()
    parts = (run.own == 1, run.none_free, np.isnan(run.drive_s))
    own, none_free, outside = (float(weight[part].sum() / total) for part in parts)
    return float(busy.mean()) if len(busy) else math.nan, own, none_free, outside


def _routine(district: _District, run: _Run) -> dict[str, float]:
    """The figures of routine calls where there are both kinds."""
    rates = district.rates * (1 - district.emergency)
    if not (district.is_urgent and rates.any()):
        return {}
    alone = replace(district, rates=rates, emergency=np.zeros_like(rates))  # on the same calls
    sample = alone.simulate(run.sample.days).sample
    return _plain_figures(
        sample.expected_s, sample.response_s, sample.weight, district.assumed.thresholds_s
    )


def _require_same_buildings(plan: ZonePlan, calls: CallRates) -> None:
    planned = set(plan.building_ids)
    rated = set(calls.per_day.index)
    faults = [
        f"{what}: {', '.join(sorted(ids))}"
        for what, ids in (
            ("in the plan without a call rate", planned - rated),
            ("with a call rate but in no zone", rated - planned),
        )
        if ids
    ]
    if faults:
        raise DemandError(
            "the plan and the call rates are not about the same buildings",
            faults,
            "Make both from the same schools.",
        )


def require_timetable(plan: ZonePlan, schedule: PatrolSchedule) -> None:
    """Raise `ScheduleError` unless every zone has a day, which visits its own buildings alone."""
    days = {day.zone_id: day for day in schedule.days}
    zones = {zone.zone_id: zone for zone in plan.zones}
    faults = [f"{zone_id} has no officer's day" for zone_id in zones if zone_id not in days]
    for zone_id, day in days.items():
        if zone_id not in zones:
            faults.append(f"{zone_id} is not a zone of the plan")
            continue
        visited = {visit.building_id for visit in day.visits}
        faults += [
            f"the officer of {zone_id} visits {building}, which is in another zone"
            for building in sorted(visited - set(zones[zone_id].building_ids))
        ]
    if faults:
        raise ScheduleError(
            "the timetable is not one of this plan", faults, "Plan the patrols of this plan."
        )


def _require_hours(plan: ZonePlan, schedule: PatrolSchedule, buildings: pd.DataFrame) -> None:
    """Raise `ScheduleError` if a building is open only while its zone's officer is off duty."""
    faults: list[str] = []
    bells = dict(
        zip(
            buildings.index,
            buildings[["bell_start_s", "bell_end_s"]].to_numpy(np.float64),
            strict=True,
        )
    )
    for zone in plan.zones:
        day = schedule.day_of(zone.zone_id)
        for building in zone.building_ids:
            opens, closes = bells[building]
            start = day.start_s if np.isnan(opens) else max(opens, day.start_s)
            end = day.end_s if np.isnan(closes) else min(closes, day.end_s)
            if end <= start:
                faults.append(
                    f"{building} in {zone.zone_id}: the officer's day is "
                    f"{clock(day.start_s)} to {clock(day.end_s)}"
                )
    if faults:
        raise ScheduleError(
            f"{len(faults)} buildings have no officer during their school hours",
            faults,
            "Plan the patrols again with the bell times of these schools.",
        )


def _require_options(
    plan: ZonePlan,
    empty: NDArray[np.bool_],
    times_by_hour: Sequence[tuple[float, float, TravelTimes]],
    breaks: Mapping[str, Sequence[tuple[float, float]]],
) -> None:
    faults: list[str] = []
    if empty.ndim != 2 or empty.shape[1] != len(plan.zones) or not len(empty):
        faults.append(
            f"empty_posts has shape {empty.shape}, {len(plan.zones)} officers need "
            f"(days, {len(plan.zones)})"
        )
    zone_ids = {zone.zone_id for zone in plan.zones}
    faults += [
        f"breaks name {zone}, which is not a zone" for zone in sorted(breaks.keys() - zone_ids)
    ]
    stretches = {"times_by_hour": [(a, b) for a, b, _ in times_by_hour]} | {
        f"the breaks of {zone}": list(pauses) for zone, pauses in breaks.items()
    }
    for what, found in stretches.items():
        ordered = sorted(found)
        faults += [
            f"{what} have a stretch from {clock(a)} to {clock(b)}, which is none"
            for a, b in ordered
            if not 0 <= a < b <= _SECONDS_A_DAY
        ]
        faults += [
            f"{what} overlap at {clock(after[0])}"
            for before, after in pairwise(ordered)
            if after[0] < before[1]
        ]
    if faults:
        raise OptionError("the response cannot be simulated", faults)


def _notices(
    district: _District, by_zone: pd.DataFrame, figures: DistrictResponse
) -> Iterator[str]:
    assumed = district.assumed
    if district.times.estimate:
        yield district.times.estimate
    officers = counted(len(by_zone), "officer")
    rate = (
        f"{figures.calls_per_day:.3g} calls a school-day "
        f"({figures.calls_per_day / len(district.ids):.2g} a building)"
    )
    if figures.is_overloaded:
        share = f"{100 * figures.offered_load:.0f} % of the officers' time"
        if figures.offered_load >= 1:
            yield (
                f"At {rate} {officers} cannot keep up: the queue never ends. Calls ask for "
                f"{share}, so no response is given."
            )
            return
        alone = int((by_zone["offered_load"] >= 1).sum())
        yield (
            f"At {rate} {officers} cannot keep up: calls ask for {share}, but for more than the "
            f"officers have of {counted(alone, 'zone')}, whom nobody helps enough. Their queue "
            "never ends, so no response is given."
        )
        return
    yield (
        f"Response is simulated on {counted(figures.days, 'school-day')} with {rate}. The "
        f"average officer is busy with calls {100 * figures.busy_fraction:.0f} % of the day; the "
        f"zone's own officer answers {_percent(figures.own_officer_share)} of the calls, and at "
        f"{_percent(figures.none_free_share)} no officer who may answer is free."
    )
    low, high = figures.interval["mean_s"]
    reached = (high - low) / 2 <= assumed.precision_s
    yield (
        f"By chance of the simulation the mean may be off by {(high - low) / 2:.1f} s (95 % "
        "confidence)"
        + ("." if reached else f", more than the {assumed.precision_s:g} s asked for.")
    )
    if figures.outside_share > 0:
        yield (
            f"No officer answers {_percent(figures.outside_share)} of the calls; the response "
            "leaves them out."
        )
    low, high = assumed.dispatch_range_s
    ends = f"lies between {minutes(figures.mean_low_s)} and {minutes(figures.mean_high_s)}"
    if math.isnan(figures.mean_high_s):
        ends = (
            f"is {minutes(figures.mean_low_s)} at the low end, and officers cannot keep up at the "
            "high end,"
        )
    yield (
        f"The mean {ends} over the assumed ranges (dispatch {low:.0f} to "
        f"{high:.0f} s, turnout {assumed.turnout_range_s[0]:.0f} to "
        f"{assumed.turnout_range_s[1]:.0f} s, travel times "
        f"{assumed.travel_factor_range[0]:.2f} to {assumed.travel_factor_range[1]:.2f} of those "
        "used); this is not a confidence interval."
    )
    silent = [str(zone_id) for zone_id in by_zone.index[by_zone["calls_per_day"] == 0]]
    if silent:
        yield (f"{', '.join(silent)}: no calls, so the zone's figures count its buildings alike.")


def _percent(share: float) -> str:
    return "under 1 %" if 0 < share < 0.01 else f"{100 * share:.0f} %"
