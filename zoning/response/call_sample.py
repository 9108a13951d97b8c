"""Sampled calls: each depends on the seed, its building and its day alone, not on the option."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from zoning.demand import CallRates
from zoning.errors import DemandError
from zoning.response.assumptions import ResponseAssumptions
from zoning.schools import buildings as buildings_of

Floats = NDArray[np.float64]

# What a random number of a call is for: its gap to the call before along the axis of rates, etc.
(_GAP, _TIME, _DISPATCH, _TURNOUT, _ON_SCENE, _DRIVE, _SECOND, _SECOND_DRIVE, _KIND) = range(9)
_HOUR_S: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CallSample:
    """Calls of simulated school-days, by day and then by the moment an officer is sent.

    Attributes
    ----------
    ids
        Building ids.
    days
        Number of school-days.
    starts
        Shape (days + 1,): the calls of day d are those from ``starts[d]`` to ``starts[d + 1]``.
    building
        Shape (calls,), position in ``ids``.
    call_s
        Time of the call, seconds after midnight.
    dispatch_s, turnout_s, on_scene_s
        Seconds.
    drive_factor, second_drive_factor
        Multiple of the travel time, of the first and of a second officer.
    needs_second, is_emergency
        Booleans.
    """

    ids: tuple[str, ...]
    days: int
    starts: NDArray[np.int64]
    building: NDArray[np.int64]
    call_s: Floats
    dispatch_s: Floats
    turnout_s: Floats
    on_scene_s: Floats
    drive_factor: Floats
    second_drive_factor: Floats
    needs_second: NDArray[np.bool_]
    is_emergency: NDArray[np.bool_]

    @property
    def ready_s(self) -> Floats:
        """When an officer is sent, if one is free: the call and its handling."""
        return self.call_s + self.dispatch_s


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CallTimes:
    """When in a school-day the calls of each building come.

    Attributes
    ----------
    edges
        Shape (buildings, k + 1), seconds after midnight, ascending in a row.
    shares
        Shape (buildings, k), share of a building's calls between two edges, uniform there.
    """

    edges: Floats
    shares: Floats

    @property
    def span(self) -> tuple[float, float]:
        """First and last moment at which any call comes."""
        some = self.shares > 0
        return float(self.edges[:, :-1][some].min()), float(self.edges[:, 1:][some].max())

    def at(self, building: NDArray[np.int64], uniform: Floats) -> Floats:
        """The times of calls from numbers between 0 and 1."""
        reached = np.cumsum(self.shares, axis=1)
        k = (reached[building] < uniform[:, None]).sum(axis=1).clip(0, self.shares.shape[1] - 1)
        share = self.shares[building, k]
        before = reached[building, k] - share
        part = np.divide(uniform - before, share, out=np.zeros_like(share), where=share > 0)
        low, high = self.edges[building, k], self.edges[building, k + 1]
        return np.asarray(low + part.clip(0, 1) * (high - low))

    def density(self, moments: Floats) -> Floats:
        """Share of a building's calls a second, shape (moments, buildings)."""
        found = np.zeros((len(moments), len(self.edges)))
        at = moments[:, None]
        for k in np.flatnonzero(self.shares.any(axis=0)).tolist():
            begin, end, share = self.edges[:, k], self.edges[:, k + 1], self.shares[:, k]
            width = end - begin
            rate = np.divide(share, width, out=np.zeros_like(share), where=width > 0)
            found += np.where((begin <= at) & (at < end), rate, 0.0)
        return found


def call_times(
    calls: CallRates, schools: gpd.GeoDataFrame, *, day: tuple[float, float]
) -> CallTimes:
    """When calls come: by the hours of the call rates if they have any, else by the open hours.

    Parameters
    ----------
    calls
        If it has ``hourly`` (index building id, columns hours of the day, 0 to 23), calls
        follow it, uniform over the part of an hour in which the building is open, or over
        the hour if it is closed. Otherwise they are uniform over the hours of the building.
    schools
        Table of `zoning.read_schools`, for the hours of the buildings.
    day
        Start and end, seconds after midnight, of the hours of a building without bells.

    Raises
    ------
    DemandError
        If the hours of a building are not a stretch of time; names every such building.
    """
    ids = [str(i) for i in calls.per_day.index]
    hourly = calls.hourly
    rows = buildings_of(schools).reindex(ids)
    opens = rows["bell_start_s"].fillna(day[0]).to_numpy(np.float64)
    closes = rows["bell_end_s"].fillna(day[1]).to_numpy(np.float64)
    faults = [i for i, a, b in zip(ids, opens, closes, strict=True) if not a < b]
    if hourly is None:
        if faults:
            raise DemandError("buildings close before they open", faults)
        return CallTimes(edges=np.column_stack([opens, closes]), shares=np.ones((len(ids), 1)))
    table = pd.DataFrame(hourly).reindex(index=ids).fillna(0.0)
    hours = np.array([float(h) for h in table.columns])
    order = np.argsort(hours)
    weight = table.to_numpy(np.float64)[:, order]
    begin = np.tile(hours[order] * _HOUR_S, (len(ids), 1))
    end = begin + _HOUR_S
    open_from, open_to = np.maximum(begin, opens[:, None]), np.minimum(end, closes[:, None])
    is_open = open_from < open_to
    silent = weight.sum(axis=1) <= 0  # no calls: any of its hours counts alike
    weight[silent] = np.where(is_open, open_to - open_from, 0.0)[silent]
    weight[weight.sum(axis=1) <= 0] = 1.0
    # An edge at both ends of every hour, for hours may be left out or open in part.
    edges = np.empty((len(ids), 2 * len(hours)))
    edges[:, ::2] = np.where(is_open, open_from, begin)
    edges[:, 1::2] = np.where(is_open, open_to, end)
    shares = np.zeros((len(ids), edges.shape[1] - 1))
    shares[:, ::2] = weight / weight.sum(axis=1, keepdims=True)
    return CallTimes(edges=edges, shares=shares)


def sample_calls(
    calls: CallRates,
    schools: gpd.GeoDataFrame,
    *,
    day: tuple[float, float],
    assumptions: ResponseAssumptions | None = None,
    days: int = 1000,
    first_day: int = 0,
    hours: CallTimes | None = None,
) -> CallSample:
    """Sample the calls of school-days.

    The calls of a building and day are points of a Poisson process in the plane of time
    and rate: a call takes place if its rate is at most the building's calls a day. So the
    calls at one rate are among those at every higher rate, and a call keeps its time and
    its components whatever the plan, the other schools and the rates (common random numbers).

    Parameters
    ----------
    calls, schools, day
        See `call_times`.
    assumptions
        Components, shares and the seed; the defaults if None.
    days, first_day
        How many school-days, and the number of the first: days 0 to 999 are the same
        in one sample and in two.
    hours
        Of `call_times` of these calls and schools, if known.
    """
    assumed = assumptions or ResponseAssumptions()
    ids = tuple(str(i) for i in calls.per_day.index)
    rates = calls.per_day.to_numpy(np.float64)
    keys = _keys(assumed.seed, ids)
    numbers = np.arange(first_day, first_day + days, dtype=np.uint64)
    with np.errstate(over="ignore"):
        stream = _mix(keys[None, :] ^ _mix(numbers)[:, None]).ravel()
    building = np.tile(np.arange(len(ids)), days)
    day_of = np.repeat(np.arange(days), len(ids))
    reached = np.zeros(len(stream))
    found: list[tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]] = []
    number = 0
    while len(stream) or not found:  # the next call along the axis of rates, where there is one
        with np.errstate(over="ignore"):
            call = _mix(stream + np.uint64(number))
        reached = reached - np.log(_uniform(call, _GAP))
        kept = reached <= rates[building]
        stream, building, day_of = stream[kept], building[kept], day_of[kept]
        reached = reached[kept]
        found.append((call[kept], building, day_of))
        number += 1
    key, where, when = (np.concatenate(part) for part in zip(*found, strict=True))
    call_s = (hours or call_times(calls, schools, day=day)).at(where, _uniform(key, _TIME))
    dispatch_s = lognormal(assumed.dispatch_s, assumed.dispatch_spread, _uniform(key, _DISPATCH))
    order = np.lexsort((key, call_s + dispatch_s, when))
    key, where, when = key[order], where[order], when[order]
    emergency = emergency_shares(calls, ids, assumed)[where]
    is_emergency = _uniform(key, _KIND) < emergency
    slower = np.where(is_emergency, 1.0, assumed.routine_drive_factor)
    spread = assumed.drive_spread
    return CallSample(
        ids=ids,
        days=days,
        starts=np.searchsorted(when, np.arange(days + 1)).astype(np.int64),
        building=where.astype(np.int64),
        call_s=call_s[order],
        dispatch_s=dispatch_s[order],
        turnout_s=lognormal(assumed.turnout_s, assumed.turnout_spread, _uniform(key, _TURNOUT)),
        on_scene_s=lognormal(assumed.on_scene_s, assumed.on_scene_spread, _uniform(key, _ON_SCENE)),
        drive_factor=drive_factor(spread, _uniform(key, _DRIVE)) * slower,
        second_drive_factor=drive_factor(spread, _uniform(key, _SECOND_DRIVE)) * slower,
        needs_second=_uniform(key, _SECOND) < assumed.second_officer_share,
        is_emergency=is_emergency,
    )


def lognormal(mean: float, spread: float, uniform: ArrayLike) -> Floats:
    """Lognormal numbers of this mean and coefficient of variation, from numbers in (0, 1)."""
    sigma = math.sqrt(math.log1p(spread**2))
    return np.asarray(mean * np.exp(sigma * ndtri(uniform) - sigma**2 / 2))


def drive_factor(spread: float, uniform: ArrayLike) -> Floats:
    """Lognormal numbers of median 1 and this coefficient of variation."""
    return np.asarray(np.exp(math.sqrt(math.log1p(spread**2)) * ndtri(uniform)))


def mean_drive_factor(spread: float) -> float:
    """The mean of `drive_factor`."""
    return math.sqrt(1 + spread**2)


def emergency_shares(
    calls: CallRates, ids: tuple[str, ...], assumed: ResponseAssumptions
) -> Floats:
    """Share of the calls of each building that are emergencies, shape (buildings,)."""
    known = calls.emergency_share
    return np.full(len(ids), assumed.emergency_share if known is None else known)


def _keys(seed: int, ids: tuple[str, ...]) -> NDArray[np.uint64]:
    digests = (hashlib.blake2b(f"{seed}/{i}".encode(), digest_size=8).digest() for i in ids)
    return np.array([int.from_bytes(d, "little") for d in digests], dtype=np.uint64)


def _uniform(key: NDArray[np.uint64], purpose: int) -> Floats:
    """Numbers in (0, 1), one a key and purpose."""
    with np.errstate(over="ignore"):
        bits = _mix(key + np.uint64(purpose + 1) * _GOLDEN)
    return np.asarray(((bits >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53)


# The finaliser of SplitMix64 (Steele, Lea and Flood 2014) and the odd number nearest to 2^64 over
# the golden ratio: a counter goes in, independent bits come out, so that any call can be made
# without those before it.
_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)


def _mix(key: NDArray[np.uint64]) -> NDArray[np.uint64]:
    with np.errstate(over="ignore"):
        key = (key + _GOLDEN).astype(np.uint64)
        key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(key ^ (key >> np.uint64(31)), dtype=np.uint64)
