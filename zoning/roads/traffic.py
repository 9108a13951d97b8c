"""Travel times by the hour: slower around arrival and dismissal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import geopandas as gpd
import numpy as np

from zoning.errors import typed
from zoning.roads.road_network import RoadNetwork
from zoning.roads.travel.travel_times import TravelTimes
from zoning.schools import buildings as buildings_of

TravelByHour = Sequence[tuple[float, float, TravelTimes]]
"""Periods of the day: from, to (seconds after midnight), and the travel times that hold."""
BEFORE_S: Final = 1800
AFTER_S: Final = 900
"""Our choice: traffic of arrival begins half an hour before the first bell of the district and
ends a quarter of an hour after the last; that of dismissal begins a quarter of an hour before the
first dismissal and ends half an hour after the last."""


@typed
def travel_by_hour(
    network: RoadNetwork, schools: gpd.GeoDataFrame, times: TravelTimes
) -> TravelByHour:
    """Scale travel times by the traffic of arrival, midday and dismissal.

    A drive takes as much longer than ``times`` say as a drive by the profile of the hour takes
    longer than one by ``free_flow``, pair by pair.

    Parameters
    ----------
    network
        Streets; the profiles are those of `zoning.roads.PROFILES`.
    schools
        Table of `zoning.read_schools`, for the bells.
    times
        Seconds by the profile of a call, or of patrols.

    Returns
    -------
    tuple
        Periods for `zoning.plan_patrols` and `zoning.estimate_response`: from, to (seconds after
        midnight) and travel times. Empty if no school has both bells.
    """
    free, slowed = school_traffic(network, schools)
    return carry_over(slowed, of=free, to=times)


def school_traffic(
    network: RoadNetwork, schools: gpd.GeoDataFrame
) -> tuple[TravelTimes, TravelByHour]:
    """Compute the times of free flow and those of arrival, midday and dismissal.

    `carry_over` puts several travel times into the same traffic; there are no periods if no
    school has both bells.
    """
    free = network.travel_times(schools, profile="free_flow")
    bells = buildings_of(schools)[["bell_start_s", "bell_end_s"]]
    (first, close), (last, latest) = bells.min().astype(float), bells.max().astype(float)
    if not np.isfinite([first, last, close, latest]).all():
        return free, ()
    arrival = max(first - BEFORE_S, 0.0), last + AFTER_S
    dismissal = max(close - AFTER_S, arrival[1]), latest + BEFORE_S
    periods = {
        "school_arrival": arrival,
        "midday": (arrival[1], dismissal[0]),
        "school_dismissal": dismissal,
    }
    slowed = []
    for profile, (begin, end) in periods.items():
        if begin < end:
            slowed.append((begin, end, network.travel_times(schools, profile=profile)))
    return free, tuple(slowed)


def carry_over(by_hour: TravelByHour, *, of: TravelTimes, to: TravelTimes) -> TravelByHour:
    """The same traffic on other travel times, such as those with a street closed.

    Parameters
    ----------
    by_hour
        Periods made for the times ``of``.
    of, to
        Travel times of the same buildings; those of a period become those of ``to``, as much
        longer, pair by pair, as the period's are longer than those of ``of``.
    """
    base = of.subset(to.ids).seconds
    carried = []
    for begin, end, times in by_hour:
        hour = times.subset(to.ids).seconds
        known = np.isfinite(base) & np.isfinite(hour) & (base > 0)
        factor = np.divide(hour, base, out=np.ones_like(base), where=known)
        carried.append((begin, end, replace(to, seconds=to.seconds * factor)))
    return tuple(carried)
