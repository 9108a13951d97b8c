"""A district as arrays, and its simulated school-days."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

import geopandas as gpd
import numpy as np
from numpy.typing import ArrayLike, NDArray

from zoning.demand import CallRates
from zoning.patrol import OfficerDay, PatrolSchedule
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
from zoning.response.checks import require_options
from zoning.response.intervals import ResponseSample
from zoning.response.simulation import CALL, VISIT, Events, Roads, Timetables, answer_calls
from zoning.roads.traffic import TravelByHour
from zoning.roads.travel.travel_times import TravelTimes
from zoning.zones.plan import ZoneKind, ZonePlan

Floats = NDArray[np.float64]

_LOOKS: Final = 4
"""Moments of each simulated day at which the answer to a call from every building is looked up."""
_STEPS: Final = (
    0.6180339887498949,
    *(1.2207440846057596 ** -(k + 1) for k in range(3)),
)
"""Steps of Kronecker sequences: the golden ratio fills the time of day evenly, so that a batch of
days covers it; the others fill dispatch, turnout and drive, of the root of x^4 = x + 1 (Roberts
2018, the generalised golden ratio). One sequence for all four has a step close to 6/7, with which
the moments of a batch lie in seven clusters that cover a third of the day."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SimulatedDistrict:
    """The inputs as arrays, in the order of the plan's building ids, zones and their officers."""

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
        schedules: Sequence[PatrolSchedule],
        times: TravelTimes,
        *,
        schools: gpd.GeoDataFrame,
        calls: CallRates,
        assumed: ResponseAssumptions,
        times_by_hour: TravelByHour = (),
        empty_posts: ArrayLike | None = None,
    ) -> SimulatedDistrict:
        """Put the inputs into arrays; raises `OptionError` if they do not fit one another."""
        ids = tuple(plan.building_ids)
        days = [officers_in_order(plan, schedule) for schedule in schedules]
        n = len(days[0])
        empty = np.zeros((1, n), bool) if empty_posts is None else np.asarray(empty_posts)
        require_options(n, empty, times_by_hour)
        rates = calls.per_day[list(ids)]
        hourly = None if calls.hourly is None else calls.hourly.loc[list(ids)]
        ordered = replace(calls, per_day=rates, hourly=hourly)
        every = [day for one in days for day in one]
        day = float(min(d.start_s for d in every)), float(max(d.end_s for d in every))
        elsewhere = {place for d in every for place, _, _ in d.stops} - set(ids)
        places = [*ids, *sorted(elsewhere)]
        roads = _roads(places, times, times_by_hour, assumed)
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
                plan, days, places=places, seconds=roads.seconds, assumed=assumed
            ),
            roads=roads,
            hours=call_times(ordered, schools, day=day),
            day=day,
            empty=empty.astype(bool),
        )

    def by_zone(self, of_officers: NDArray[Any]) -> NDArray[Any]:
        """Sums over the officers of each zone, in the first axis or the only one.

        Officers of the whole district, if there are any, are one more zone at the end.
        """
        zones = self.timetables.zones
        return np.array([of_officers[a:b].sum(axis=0) for a, b in pairwise(zones)])

    def lengths_s(self, *, on_call: bool = False) -> Floats:
        """Shape (officers,): mean length of an officer's day; an empty post has none.

        Parameters
        ----------
        on_call
            Leave out breaks in which the officer is not called.
        """
        first, last = self.timetables.first[:, :-1], self.timetables.first[:, 1:] - 1
        visits = self.timetables.visits
        whole = visits["departure_s"][last] - visits["arrival_s"][first]
        if on_call:
            begin, end = np.moveaxis(self.timetables.breaks, -1, 0)
            whole = whole - np.where(np.isfinite(end), end - begin, 0.0).sum(axis=-1)
        days = np.arange(math.lcm(len(whole), len(self.empty)))  # both are used in turn
        there = whole[days % len(whole)] * ~self.empty[days % len(self.empty)]
        return np.asarray(there.mean(axis=0))

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

    def simulate(self, days: int, *, first_day: int = 0, no_calls: bool = False) -> SimulatedDays:
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
                calls=call_records(sample),
                looks=np.stack([call_s, call_s + dispatch_s], axis=1).reshape(days, _LOOKS, 2),
            ),
            ~self.empty[(first_day + np.arange(days)) % len(self.empty)],
            queue=assumed.when_all_busy != OUTSIDE,
            urgent=self.is_urgent,
            first_day=first_day,
        )
        flat = (days * _LOOKS, len(self.ids))
        wait, drive = outcome.wait_s.reshape(flat), outcome.drive_s.reshape(flat)
        mean_factor = mean_drive_factor(assumed.drive_spread) * self.slower
        density = self.hours.density(call_s)
        return SimulatedDays(
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
class SimulatedDays:
    """Simulated days: the sample, and by entry of it the density of calls and who answers."""

    sample: ResponseSample
    density: Floats
    own: NDArray[np.int8]
    none_free: NDArray[np.bool_]
    drive_s: Floats
    busy_s: Floats
    late: NDArray[np.int64]
    calls: int

    def joined(self, other: SimulatedDays) -> SimulatedDays:
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


def call_records(sample: CallSample) -> NDArray[np.void]:
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
    times_by_hour: TravelByHour,
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


def officers_in_order(plan: ZonePlan, schedule: PatrolSchedule) -> list[OfficerDay]:
    """The days of the officers, zone by zone in the order of the plan, then of the district."""
    ids = (*(zone.zone_id for zone in plan.zones), "")
    return [day for zone_id in ids for day in schedule.days_of(zone_id)]


def _timetables(
    plan: ZonePlan,
    days: Sequence[Sequence[OfficerDay]],
    *,
    places: Sequence[str],
    seconds: Floats,
    assumed: ResponseAssumptions,
) -> Timetables:
    """The timetables as arrays; the first places are the buildings of the plan."""
    row = {building: k for k, building in enumerate(places)}
    stops = [[day.stops for day in one] for one in days]
    breaks = [[() if assumed.on_call_in_break else day.breaks for day in one] for one in days]
    longest = max(len(pauses) for one in breaks for pauses in one)
    filled = np.full((len(days), len(days[0]), longest, 2), math.inf)
    for t, o in np.ndindex(filled.shape[:2]):
        filled[t, o, : len(breaks[t][o])] = np.reshape(breaks[t][o], (-1, 2))
    counts = [[len(day) for day in one] for one in stops]
    ends = np.cumsum(counts).reshape(len(days), -1)
    home = np.empty(len(plan.building_ids), dtype=np.int64)
    floats = [day for day in days[0] if not day.zone_id]
    serves = np.zeros((len(plan.zones), len(home)), dtype=np.bool_)
    reachable = np.logical_and.reduce(np.isfinite(seconds), axis=0)
    officers = [sum(day.zone_id == zone.zone_id for day in days[0]) for zone in plan.zones]
    for z, zone in enumerate(plan.zones):
        own = [row[building] for building in zone.building_ids]
        roves = zone.kind is not ZoneKind.DEDICATED or assumed.fixed_officers_help
        if assumed.mutual_aid and roves:  # there and back
            both_ways = reachable[own].all(axis=0) & reachable[:, own].all(axis=1)
            serves[z] = both_ways[: len(home)]
        serves[z, own] = True
        home[own] = z
    groups = np.repeat(serves, officers, axis=0)
    if floats:  # those of the whole district come last, as one more group of officers
        at = [[row[place] for place, _, _ in day.stops] for day in floats]
        both = [reachable[k].all(axis=0) & reachable[:, k].all(axis=1) for k in at]
        groups = np.concatenate([groups, np.array(both)[:, : len(home)]])
        officers.append(len(floats))
    return Timetables(
        first=np.concatenate([ends[:, :1] - np.array(counts)[:, :1], ends], axis=1),
        visits=np.array(
            [
                (row[place], arrival, departure)
                for one in stops
                for day in one
                for place, arrival, departure in day
            ],
            dtype=VISIT,
        ),
        breaks=filled,
        serves=groups,
        zones=np.cumsum([0, *officers]),
        home=home,
    )
