"""How long a call waits for an officer: simulated school-days, with intervals."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from zoning.demand import CallRates
from zoning.errors import OptionError, typed
from zoning.patrol import PatrolSchedule, require_buildings, require_zones_reachable
from zoning.response.assumptions import ResponseAssumptions
from zoning.response.checks import (
    require_drives,
    require_hours,
    require_same_buildings,
    require_same_officers,
    require_timetable,
)
from zoning.response.intervals import (
    BATCH,
    ResponseDifference,
    ResponseSample,
    SampledFigure,
    figure_keys,
    half_width_of,
    mean_response,
    plain_figures,
)
from zoning.response.offered_load import OfferedLoad
from zoning.response.simulated_district import SimulatedDays, SimulatedDistrict
from zoning.roads.traffic import TravelByHour
from zoning.roads.travel.travel_times import TravelTimes
from zoning.schools import buildings as buildings_of
from zoning.units import counted, minutes
from zoning.zones.plan import ZonePlan

Floats = NDArray[np.float64]

_FIRST_DAYS: Final = 500
"""Days simulated before the precision is looked at: 20 batches."""
_RANGE_DAYS: Final = 100
"""Days on which the ends of the ranges are compared with the values used."""


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
        mean over zones.
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


@typed
def estimate_response(
    plan: ZonePlan,
    schedule: PatrolSchedule | Sequence[PatrolSchedule],
    times: TravelTimes,
    *,
    schools: gpd.GeoDataFrame,
    calls: CallRates,
    assumptions: ResponseAssumptions | None = None,
    times_by_hour: TravelByHour = (),
    empty_posts: ArrayLike | None = None,
) -> ResponseEstimate:
    """Response to calls, by simulation of school-days with officers on their timetables.

    Calls are a Poisson process in the hours of each building. When a call has been handled
    (dispatch), the nearest free officer of the zone is sent; else, with mutual aid, the free
    officer with the shortest drive from where they are; else it waits for the first officer
    who may answer it. Half of the calls take the next nearest free officer as well; if none
    is free, outside police are the second. An officer who is done drives back to the
    first stop of the timetable that can still be reached before its end. An officer answers
    calls that come from the beginning of the shift to its end, and those that still wait then;
    on the drives from and to the base too, and in the break unless the assumptions say otherwise.

    The figures are those of a call from each building at moments spread evenly over all
    simulated days, weighted by its calls: a Poisson call sees the same officers as a moment
    at random. Dispatch, turnout and the spread of the drive enter a mean by their own means.
    The calls depend on the seed, the building and the day alone, so that options on the same
    schools answer the same calls (`compare_responses`).

    Parameters
    ----------
    plan
        The zones.
    schedule
        A day of each zone's officers, or several days of the same officers, such as drawn ones:
        simulated school-days use them in turn, so that the figures are those that a call meets.
    times
        Seconds by the emergency profile, from building to building.
    schools
        Table of `zoning.read_schools`, for the school hours. That of a half day has its bells,
        and then ``schedule`` and ``calls`` are those of the half day.
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

    Raises
    ------
    PlanError
        If the plan names buildings the schools do not have.
    DemandError
        If plan and call rates do not hold the same buildings.
    ScheduleError
        If the timetable is not of this plan, changes buildings faster than any car, or
        officers' days lie outside a building's school hours; or if several timetables are
        not of the same officers.
    OptionError
        If times by the hour overlap, or empty posts do not fit the officers.
    UnreachableError
        If buildings of one zone cannot be reached from one another.
    NetworkError
        If a building has no travel times.

    References
    ----------
    Larson and Odoni (1981), Urban Operations Research, chapters 5 and 7. Wolff (1982),
    Poisson arrivals see time averages, Operations Research 30.
    """
    schedules = [schedule] if isinstance(schedule, PatrolSchedule) else list(schedule)
    district = _checked(
        plan,
        schedules,
        times,
        schools=schools,
        calls=calls,
        assumptions=assumptions,
        times_by_hour=times_by_hour,
        empty_posts=empty_posts,
    )
    for one in schedules:
        require_drives(one, times, times_by_hour)
    load = OfferedLoad.of(district)
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
        return math.nan if self.sample is None else mean_response(self.sample).value

    def figures(self) -> dict[str, float]:
        """``mean_s``, ``median_s``, ``p90_s`` and ``share_within_<t>_s``; NaN if overloaded."""
        of, thresholds = self.sample, self.assumptions.thresholds_s
        if of is None:
            return dict.fromkeys(figure_keys(thresholds), math.nan)
        return plain_figures(of.expected_s, of.response_s, of.weight, thresholds)

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
    schedule: PatrolSchedule | Sequence[PatrolSchedule],
    times: TravelTimes,
    *,
    schools: gpd.GeoDataFrame,
    calls: CallRates,
    days: int,
    assumptions: ResponseAssumptions | None = None,
    times_by_hour: TravelByHour = (),
    empty_posts: ArrayLike | None = None,
) -> SimulatedResponse:
    """Simulate so many school-days as `estimate_response` does, without its tables and ranges.

    Parameters and errors are those of `estimate_response`; the days are the first of its days, so
    that `compare_responses` can pair them. The timetable is kept where roads are slower than those
    it was planned for, as in snow: its drives are not checked.
    """
    district = _checked(
        plan,
        [schedule] if isinstance(schedule, PatrolSchedule) else list(schedule),
        times,
        schools=schools,
        calls=calls,
        assumptions=assumptions,
        times_by_hour=times_by_hour,
        empty_posts=empty_posts,
    )
    load = OfferedLoad.of(district)
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
    if days > BATCH:
        days -= days % BATCH
    mine, its = (
        estimate.sample.figures(days, estimate.assumptions.thresholds_s)
        for estimate in (one, other)
        if estimate.sample is not None
    )
    found = {}
    for key in mine.keys() & its.keys():
        value = mine[key].value - its[key].value
        half = half_width_of(mine[key].influence - its[key].influence)
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
    if days > BATCH:
        days -= days % BATCH
    mine, its = mean_response(one.sample.first(days)), mean_response(other.sample.first(days))
    value, half = mine.value - its.value, half_width_of(mine.influence - its.influence)
    return ResponseDifference(value=value, low=value - half, high=value + half)


def _checked(
    plan: ZonePlan,
    schedules: Sequence[PatrolSchedule],
    times: TravelTimes,
    *,
    schools: gpd.GeoDataFrame,
    calls: CallRates,
    assumptions: ResponseAssumptions | None,
    times_by_hour: TravelByHour,
    empty_posts: ArrayLike | None,
) -> SimulatedDistrict:
    """Check the inputs of a simulation; raises as `estimate_response` does."""
    schools_buildings = buildings_of(schools)
    require_buildings(plan, schools_buildings)
    require_same_buildings(plan, calls)
    for schedule in schedules:
        require_timetable(plan, schedule)
    require_same_officers(plan, schedules)
    require_zones_reachable(plan, times)
    for schedule in schedules:
        require_hours(plan, schedule, schools_buildings)
    return SimulatedDistrict.of(
        plan,
        schedules,
        times,
        schools=schools,
        calls=calls,
        assumed=assumptions or ResponseAssumptions(),
        times_by_hour=times_by_hour,
        empty_posts=empty_posts,
    )


# How long it is simulated.


def _run_until_precise(district: SimulatedDistrict) -> SimulatedDays:
    """Simulate in blocks until the interval of the mean is narrow enough, or the days run out."""
    assumed = district.assumed
    run = district.simulate(min(_FIRST_DAYS, assumed.max_days))
    while run.sample.days < assumed.max_days:
        days, half = run.sample.days, mean_response(run.sample).half_width
        if half <= assumed.precision_s:
            break
        # The half-width falls with the root of the days; a tenth more, for it is an estimate.
        needed = days * 1.1 * (half / assumed.precision_s) ** 2 if math.isfinite(half) else math.inf
        more = min(max(needed - days, _FIRST_DAYS), assumed.max_days - days)
        more = min(-(-int(more) // BATCH) * BATCH, assumed.max_days - days)
        run = run.joined(district.simulate(more, first_day=days))
    return run


def _at_range_end(district: SimulatedDistrict, run: SimulatedDays, end: int) -> float:
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
    if OfferedLoad.of(at_end).is_overloaded:
        return math.nan
    other = at_end.simulate(days).sample
    return (
        mean_response(run.sample).value
        + mean_response(other).value
        - mean_response(run.sample.first(days)).value
    )


# The tables.


def _building_table(district: SimulatedDistrict, run: SimulatedDays | None) -> pd.DataFrame:
    thresholds = district.assumed.thresholds_s
    zone_ids = [zone.zone_id for zone in district.plan.zones]
    rows = []
    for b, home in enumerate(district.timetables.home):
        row: dict[str, object] = {
            "zone_id": zone_ids[home],
            "calls_per_day": float(district.rates[b]),
        }
        if run is None:
            row |= dict.fromkeys(figure_keys(thresholds), math.nan)
            row |= {"mean_half_width_s": math.nan, "own_officer_share": math.nan}
        else:
            sample = run.sample
            expected, answered = sample.expected_s[:, b], ~np.isnan(sample.expected_s[:, b])
            weight = np.where(answered, run.density[:, b], 0.0)
            row |= plain_figures(expected, sample.response_s[:, b], weight, thresholds)
            alone = replace(sample, expected_s=expected[:, None], weight=weight[:, None])
            density = run.density[:, b].sum()
            own = run.density[run.own[:, b] == 1, b].sum()
            row["mean_half_width_s"] = mean_response(alone).half_width
            row["own_officer_share"] = float(own / density) if density else math.nan
        rows.append(row)
    return pd.DataFrame(rows, index=pd.Index(district.ids, name="building_id", dtype=object))


def _zone_table(
    district: SimulatedDistrict,
    run: SimulatedDays | None,
    by_building: pd.DataFrame,
    load: OfferedLoad,
) -> pd.DataFrame:
    thresholds = district.assumed.thresholds_s
    means = by_building["mean_s"]
    busy = np.full(len(district.plan.zones), math.nan) if run is None else _busy(district, run)
    rows = []
    for o, zone in enumerate(district.plan.zones):
        at = np.flatnonzero(district.timetables.home == o)
        row: dict[str, object] = {"calls_per_day": float(district.rates[at].sum())}
        if run is None:
            row |= dict.fromkeys(figure_keys(thresholds), math.nan)
            row |= {"busy_fraction": math.nan, "own_officer_share": math.nan}
        else:
            expected, response = run.sample.expected_s[:, at], run.sample.response_s[:, at]
            calls = district.weights[at]
            chances = run.density[:, at] * (calls if calls.any() else np.ones(len(at)))
            weight = np.where(np.isnan(expected), 0.0, chances)
            row |= plain_figures(expected, response, weight, thresholds)
            total = chances.sum()
            row["busy_fraction"] = float(busy[o])
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
    district: SimulatedDistrict,
    run: SimulatedDays | None,
    by_building: pd.DataFrame,
    load: OfferedLoad,
    ends: tuple[float, float],
) -> DistrictResponse:
    thresholds = district.assumed.thresholds_s
    means = by_building["mean_s"]
    worst = str(means.idxmax()) if means.notna().any() else district.ids[0]
    nothing = SampledFigure(value=math.nan, influence=np.full(2, math.nan))
    figures = dict.fromkeys(figure_keys(thresholds), nothing)
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


def _shares(district: SimulatedDistrict, run: SimulatedDays) -> tuple[float, float, float, float]:
    """Busy fraction; shares of calls with the own officer, with none free, without an answer."""
    busy = _busy(district, run)
    weight = run.density * district.rates
    total = weight.sum()
    parts = (run.own == 1, run.none_free, np.isnan(run.drive_s))
    own, none_free, outside = (float(weight[part].sum() / total) for part in parts)
    staffed = busy[~np.isnan(busy)]
    return float(staffed.mean()) if len(staffed) else math.nan, own, none_free, outside


def _busy(district: SimulatedDistrict, run: SimulatedDays) -> Floats:
    """Share of the time of each zone's officers spent on calls; NaN if nobody is ever there."""
    lengths = district.by_zone(district.lengths_s())
    busy = district.by_zone(run.busy_s.mean(axis=0))
    share = np.full(len(busy), math.nan)
    np.divide(busy, lengths, out=share, where=lengths > 0)
    return share


def _routine(district: SimulatedDistrict, run: SimulatedDays) -> dict[str, float]:
    """The figures of routine calls where there are both kinds."""
    rates = district.rates * (1 - district.emergency)
    if not (district.is_urgent and rates.any()):
        return {}
    alone = replace(district, rates=rates, emergency=np.zeros_like(rates))  # on the same calls
    sample = alone.simulate(run.sample.days).sample
    return plain_figures(
        sample.expected_s, sample.response_s, sample.weight, district.assumed.thresholds_s
    )


def _notices(
    district: SimulatedDistrict, by_zone: pd.DataFrame, figures: DistrictResponse
) -> Iterator[str]:
    assumed = district.assumed
    if district.times.estimate:
        yield district.times.estimate
    officers = counted(len(district.timetables.serves), "officer")
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
