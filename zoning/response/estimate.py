"""How long a call waits for the officer who patrols its zone, and the assumptions behind it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Annotated, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from zoning.demand import CallRates
from zoning.errors import DemandError, OptionError, ScheduleError
from zoning.patrol import OfficerDay, PatrolSchedule, require_buildings, require_zones_reachable
from zoning.roads.travel.travel_times import TravelTimes
from zoning.schools import buildings as buildings_of
from zoning.settings import MINUTES, SECONDS, Setting, settings
from zoning.units import clock, counted, minutes
from zoning.zones.plan import ZonePlan


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseAssumptions:
    """Dispatch, turnout, time on scene, and their ranges; all are defaults.

    Attributes
    ----------
    dispatch_s
        From the call to the officer being sent, seconds. Default 90; a 1980
        study of police found a median of 2:13 (OJP NCJ 71109).
    turnout_s
        From being sent to driving off, seconds. Default 45, for an officer
        already in or near the car; 60 to 80 is usual in fire and emergency
        medical services.
    thresholds_s
        Whole seconds within which the share of calls is reported, ascending.
        Default 3, 5, 8 and 10 minutes; police reached 51 severe events in a
        median of 3 minutes (FBI Law Enforcement Bulletin).
    on_scene_s
        At the building, seconds; used for the busy fraction only. Default 30
        minutes; a comparison of cities found 28.7 (CPSM 2015).
    dispatch_range_s, turnout_range_s
        Low and high value, seconds. Default 60 to 133 and 30 to 80.
    travel_factor_range
        Low and high multiple of the travel times, which are assumed to be those of
        an emergency drive, 1.35 times as fast as traffic. Default 0.83, the
        38.5 % that lights and sirens were found to save in a city (a drive 1.63
        times as fast, 1.35 / 1.63), to 1.35, a drive without them.

    The ranges contain other plausible assumptions. They are not a confidence interval.

    Raises
    ------
    OptionError
        If a value makes no sense or lies outside its own range; every fault in
        one error.
    """

    dispatch_s: Annotated[
        float,
        Setting(meaning="From the call to the officer being sent.", unit=SECONDS, at_least=0),
    ] = 90.0
    turnout_s: Annotated[
        float,
        Setting(meaning="From being sent to driving off.", unit=SECONDS, at_least=0),
    ] = 45.0
    thresholds_s: Annotated[
        tuple[int, ...],
        Setting(
            meaning="Times within which the share of calls is reported, ascending.",
            unit=MINUTES,
            above=0,
        ),
    ] = (180, 300, 480, 600)
    on_scene_s: Annotated[
        float,
        Setting(
            meaning="Time at the building; used for the busy share of an officer only.",
            unit=MINUTES,
            at_least=0,
        ),
    ] = 1800.0
    dispatch_range_s: Annotated[
        tuple[float, float],
        Setting(meaning="Low and high value of the dispatch.", unit=SECONDS, at_least=0),
    ] = (60.0, 133.0)
    turnout_range_s: Annotated[
        tuple[float, float],
        Setting(meaning="Low and high value of the turnout.", unit=SECONDS, at_least=0),
    ] = (30.0, 80.0)
    travel_factor_range: Annotated[
        tuple[float, float],
        Setting(meaning="Low and high multiple of the travel times to a call.", at_least=0),
    ] = (0.83, 1.35)

    def __post_init__(self) -> None:
        faults = list(self._faults())
        if faults:
            raise OptionError("the response assumptions cannot be used", faults)

    def _faults(self) -> Iterator[str]:
        for name in ("dispatch_s", "turnout_s", "on_scene_s"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                yield f"{name} is {value}, not a number of seconds of at least 0"
        for name, (low, high), value in (
            ("dispatch_range_s", self.dispatch_range_s, self.dispatch_s),
            ("turnout_range_s", self.turnout_range_s, self.turnout_s),
            ("travel_factor_range", self.travel_factor_range, 1.0),
        ):
            if not (math.isfinite(high) and 0 <= low <= high):
                yield f"{name} is ({low}, {high}), not a range from a low to a high value"
            elif not low <= value <= high:
                yield f"{name} is ({low}, {high}), which leaves out the value used, {value}"
        if not self.thresholds_s:
            yield "thresholds_s is empty"
        if any(t != int(t) or t <= 0 for t in self.thresholds_s) or any(
            b <= a for a, b in pairwise(self.thresholds_s)
        ):
            yield f"thresholds_s is {self.thresholds_s}, not ascending whole seconds above 0"


_ROUNDING: Final = 1e-9
"""Cumulated shares within this of a quantile, or of 1, count as reaching it (float rounding)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictResponse:
    """Response over all calls of the district.

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
        not a confidence interval.
    """

    mean_s: float
    median_s: float
    p90_s: float
    worst_building_id: str
    worst_building_mean_s: float
    share_within: Mapping[int, float]
    mean_low_s: float
    mean_high_s: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ResponseEstimate:
    """Response by building, zone and district.

    Attributes
    ----------
    buildings
        Index ``building_id`` (sorted); columns ``zone_id``, ``calls_per_day``,
        ``mean_s``, ``median_s``, ``p90_s`` (seconds) and, for every threshold
        t, ``share_within_<t>_s`` (0 to 1). For the restricted edition only.
    zones
        Index ``zone_id`` (the plan's order); the same figures over the zone's
        calls (over its buildings alike where it has none), and
        ``busy_fraction``, the calls' demand for the officer's time over the
        length of the day (above 1: more than one officer can serve), and
        ``worst_building_id``, of the longest mean response.
    district
        The figures over all calls.
    assumptions
        What was assumed.
    notices
        Plain sentences on what a planner should know; no school is named.
    """

    buildings: pd.DataFrame = field(repr=False)
    zones: pd.DataFrame = field(repr=False)
    district: DistrictResponse
    assumptions: ResponseAssumptions
    notices: tuple[str, ...]

    def __repr__(self) -> str:
        return (
            f"ResponseEstimate({counted(len(self.buildings), 'building')}, "
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
) -> ResponseEstimate:
    """Response to calls, with each officer where the timetable says.

    The result is exact; nothing is sampled. Call times are uniform over the school's
    hours, as far as they lie in the officer's day (over the whole day if the hours are
    unknown). The zone's officer is where the timetable says; time on the road counts as
    being at the nearer end. The response is dispatch, turnout and the drive from there,
    so a building's response is a discrete mixture with the officer's share of time at
    each place as weights, and a zone's or the district's is the mixture of its
    buildings' by calls.

    The officer is taken to be free: waiting for a busy officer and backup from another
    zone are not modelled. The busy fraction says how often that assumption holds.

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
        Dispatch, turnout, thresholds and ranges; the defaults if None.

    Raises
    ------
    PlanError
        If the plan names buildings the schools do not have.
    DemandError
        If plan and call rates do not hold the same buildings.
    ScheduleError
        If the timetable is not of this plan, or an officer's day lies outside a
        building's school hours.
    UnreachableError
        If buildings of one zone cannot be reached from one another.
    NetworkError
        If a building has no travel times.

    References
    ----------
    Larson and Odoni (1981), Urban Operations Research, chapter 5.
    """
    assumed = assumptions or ResponseAssumptions()
    schools_buildings = buildings_of(schools)
    require_buildings(plan, schools_buildings)
    _require_same_buildings(plan, calls)
    _require_timetable(plan, schedule)
    require_zones_reachable(plan, times)
    hours = _call_hours(plan, schedule, schools_buildings)

    per_day = calls.per_day
    row_of = {building: k for k, building in enumerate(times.ids)}
    waiting = assumed.dispatch_s + assumed.turnout_s
    response: dict[str, Mixture] = {}
    for zone in plan.zones:
        day = schedule.day_of(zone.zone_id)
        for building in zone.building_ids:
            shares = presence(day, *hours[building])
            drives = times.seconds[[row_of[place] for place in shares], row_of[building]]
            response[building] = Mixture.of(waiting + drives, list(shares.values()))

    by_building = _building_table(plan, response, per_day, assumed.thresholds_s)
    by_zone = _zone_table(plan, schedule, response, per_day, assumed)
    district = _district(response, per_day, by_building, assumed)
    return ResponseEstimate(
        buildings=by_building,
        zones=by_zone,
        district=district,
        assumptions=assumed,
        notices=tuple(_notices(times, by_zone, district, assumed)),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mixture:
    """A discrete distribution of seconds.

    Attributes
    ----------
    seconds
        Shape (k,), ascending, read-only.
    shares
        Shape (k,), probability of each value, summing to 1, read-only.
    """

    seconds: NDArray[np.float64]
    shares: NDArray[np.float64]

    @classmethod
    def of(cls, seconds: ArrayLike, weights: ArrayLike) -> Mixture:
        """Make the distribution of values with these weights.

        Parameters
        ----------
        seconds
            Shape (k,), in any order.
        weights
            Shape (k,), none negative, at least one positive.
        """
        values = np.asarray(seconds, dtype=np.float64)
        shares = np.asarray(weights, dtype=np.float64)
        order = np.argsort(values, kind="stable")
        values, shares = values[order], shares[order] / shares.sum()
        values.flags.writeable = False
        shares.flags.writeable = False
        return cls(seconds=values, shares=shares)

    @classmethod
    def blend(cls, parts: Sequence[Mixture], weights: ArrayLike) -> Mixture:
        """Mix distributions with these weights."""
        chances = np.asarray(weights, dtype=np.float64)
        return cls.of(
            np.concatenate([part.seconds for part in parts]),
            np.concatenate(
                [part.shares * chance for part, chance in zip(parts, chances, strict=True)]
            ),
        )

    @property
    def mean(self) -> float:
        """Mean, in seconds."""
        return float(self.seconds @ self.shares)

    def quantile(self, share: float) -> float:
        """Quantile: the smallest value that at least this share does not exceed, seconds."""
        reached = np.cumsum(self.shares) >= share - _ROUNDING
        return float(self.seconds[int(np.argmax(reached))])

    def share_within(self, seconds: float) -> float:
        """Share, 0 to 1, of at most ``seconds``."""
        share = float(self.shares[self.seconds <= seconds + _ROUNDING].sum())
        return 1.0 if share >= 1 - _ROUNDING else share


def presence(day: OfficerDay, from_s: float, to_s: float) -> dict[str, float]:
    """Share of an interval of an officer's day spent at each building.

    Time on the road counts as being at the nearer end: the first half of a
    drive at its origin, the second half at its destination.

    Parameters
    ----------
    day
        The officer's timetable.
    from_s, to_s
        The interval, seconds after midnight, within the officer's day.

    Returns
    -------
    dict
        Building id to share, in order of first visit; the shares sum to 1.
    """
    halfway = [(a.departure_s + b.arrival_s) / 2 for a, b in pairwise(day.visits)]
    bounds = [float(day.start_s), *halfway, float(day.end_s)]
    shares: dict[str, float] = {}
    for visit, (begin, end) in zip(day.visits, pairwise(bounds), strict=True):
        seconds = min(end, to_s) - max(begin, from_s)
        if seconds > 0:
            building = visit.building_id
            shares[building] = shares.get(building, 0.0) + seconds / (to_s - from_s)
    return shares


def _figures(mixture: Mixture, thresholds_s: Iterable[int]) -> dict[str, float]:
    return {
        "mean_s": mixture.mean,
        "median_s": mixture.quantile(0.5),
        "p90_s": mixture.quantile(0.9),
    } | {f"share_within_{t}_s": mixture.share_within(t) for t in thresholds_s}


def _building_table(
    plan: ZonePlan,
    response: Mapping[str, Mixture],
    per_day: pd.Series[float],
    thresholds_s: Sequence[int],
) -> pd.DataFrame:
    home = {building: zone.zone_id for zone in plan.zones for building in zone.building_ids}
    ids = plan.building_ids
    return pd.DataFrame(
        [
            {"zone_id": home[building], "calls_per_day": float(per_day[building])}
            | _figures(response[building], thresholds_s)
            for building in ids
        ],
        index=pd.Index(ids, name="building_id", dtype=object),
    )


def _zone_table(
    plan: ZonePlan,
    schedule: PatrolSchedule,
    response: Mapping[str, Mixture],
    per_day: pd.Series[float],
    assumed: ResponseAssumptions,
) -> pd.DataFrame:
    rows = []
    for zone in plan.zones:
        ids = sorted(zone.building_ids)
        rates = per_day[ids].to_numpy(dtype=np.float64)
        total = float(rates.sum())
        parts = [response[building] for building in ids]
        mixture = Mixture.blend(parts, rates if total > 0 else np.ones(len(ids)))
        day = schedule.day_of(zone.zone_id)
        travel = mixture.mean - assumed.dispatch_s - assumed.turnout_s
        rows.append(
            {"calls_per_day": total}
            | _figures(mixture, assumed.thresholds_s)
            | {
                "busy_fraction": total * (travel + assumed.on_scene_s) / (day.end_s - day.start_s),
                "worst_building_id": max(ids, key=lambda building: response[building].mean),
            }
        )
    index = pd.Index([zone.zone_id for zone in plan.zones], name="zone_id", dtype=object)
    return pd.DataFrame(rows, index=index)


def _district(
    response: Mapping[str, Mixture],
    per_day: pd.Series[float],
    by_building: pd.DataFrame,
    assumed: ResponseAssumptions,
) -> DistrictResponse:
    ids = list(by_building.index)
    mixture = Mixture.blend(
        [response[building] for building in ids], per_day[ids].to_numpy(dtype=np.float64)
    )
    travel = mixture.mean - assumed.dispatch_s - assumed.turnout_s
    low, high = (
        assumed.dispatch_range_s[end]
        + assumed.turnout_range_s[end]
        + assumed.travel_factor_range[end] * travel
        for end in (0, 1)
    )
    worst = max(ids, key=lambda building: response[building].mean)
    return DistrictResponse(
        mean_s=mixture.mean,
        median_s=mixture.quantile(0.5),
        p90_s=mixture.quantile(0.9),
        worst_building_id=worst,
        worst_building_mean_s=response[worst].mean,
        share_within={int(t): mixture.share_within(t) for t in assumed.thresholds_s},
        mean_low_s=low,
        mean_high_s=high,
    )


def _call_hours(
    plan: ZonePlan, schedule: PatrolSchedule, buildings: pd.DataFrame
) -> dict[str, tuple[float, float]]:
    """School hours of each building, when its calls come, clipped to the officer's day."""
    opens = dict(zip(buildings.index, buildings["bell_start_s"], strict=True))
    closes = dict(zip(buildings.index, buildings["bell_end_s"], strict=True))
    hours: dict[str, tuple[float, float]] = {}
    faults: list[str] = []
    for zone in plan.zones:
        day = schedule.day_of(zone.zone_id)
        for building in zone.building_ids:
            start, end = _clip(opens[building], closes[building], day)
            hours[building] = (start, end)
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
    return hours


def _clip(opens: float, closes: float, day: OfficerDay) -> tuple[float, float]:
    start = day.start_s if np.isnan(opens) else max(opens, day.start_s)
    end = day.end_s if np.isnan(closes) else min(closes, day.end_s)
    return float(start), float(end)


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


def _require_timetable(plan: ZonePlan, schedule: PatrolSchedule) -> None:
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


def _notices(
    times: TravelTimes,
    by_zone: pd.DataFrame,
    district: DistrictResponse,
    assumed: ResponseAssumptions,
) -> list[str]:
    busy = by_zone["busy_fraction"]
    notices = [times.estimate] if times.estimate else []
    notices.append(
        "Response assumes the zone's officer is free; the average officer is busy with calls "
        f"{100 * float(busy.mean()):.0f} % of the day, and neither waiting for a busy officer nor "
        "backup from another zone is counted."
    )
    overloaded = int((busy > 1).sum())
    if overloaded:
        notices.append(
            f"Zones with more calls than one officer can serve: {overloaded}. "
            "Their response is longer than shown."
        )
    low, high = assumed.dispatch_range_s
    notices.append(
        f"The mean lies between {minutes(district.mean_low_s)} and "
        f"{minutes(district.mean_high_s)} over the assumed ranges (dispatch {low:.0f} to "
        f"{high:.0f} s, turnout {assumed.turnout_range_s[0]:.0f} to "
        f"{assumed.turnout_range_s[1]:.0f} s, travel times "
        f"{assumed.travel_factor_range[0]:.2f} to {assumed.travel_factor_range[1]:.2f} of those "
        "used); this is not a confidence interval."
    )
    silent = [str(zone_id) for zone_id in by_zone.index[by_zone["calls_per_day"] == 0]]
    if silent:
        notices.append(
            f"{', '.join(silent)}: no calls, so the zone's figures count its buildings alike."
        )
    return notices
