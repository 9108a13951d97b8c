"""The named estimate for a district without streets."""

from __future__ import annotations

import math
from typing import Final

import geopandas as gpd
import numpy as np

from zoning.errors import NetworkError
from zoning.roads.streets.antimeridian import metric_crs
from zoning.roads.streets.speeds import FASTEST_KPH
from zoning.roads.travel.access import points_of
from zoning.roads.travel.profiles import Profile, profile_named
from zoning.roads.travel.travel_times import TravelTimes
from zoning.units import KPH_PER_MPH, metres_per_second

DETOUR: Final = 1.3
SPEED_KPH: Final = 40.0


def straight_line_times(
    schools: gpd.GeoDataFrame,
    *,
    detour: float = DETOUR,
    speed_kph: float = SPEED_KPH,
    profile: str | Profile = "free_flow",
) -> TravelTimes:
    """Travel times without streets: a straight line, a detour and one speed.

    Rivers, railways and freeways are not seen, so a building across one looks
    nearer than it is; the sentence in ``estimate`` must be shown on every output.

    Parameters
    ----------
    schools
        From `zoning.read_schools`, or buildings (index ``building_id``).
    detour
        Road metres per straight metre, at least 1. Default 1.3; published
        ratios are 1.2 to 1.3.
    speed_kph
        Average speed, km/h. Default 40 (25 mph), the planning sanity figure.
    profile
        Its ``factor`` multiplies the speed; without road classes, its
        exceptions do not apply.

    Returns
    -------
    TravelTimes
        Symmetric; ``metres`` is the straight line times the detour. Distances
        are taken in the UTM zone of the buildings, within 0.1 % in a district.

    Raises
    ------
    NetworkError
        If a building has no usable place, or detour or speed make no sense.
    """
    chosen = profile_named(profile)
    faults = []
    if not (math.isfinite(detour) and detour >= 1):
        faults.append(f"detour {detour!r} is not a number of at least 1")
    if not (math.isfinite(speed_kph) and 0 < speed_kph <= FASTEST_KPH):
        faults.append(f"speed_kph {speed_kph!r} is not above 0 and at most {FASTEST_KPH:.0f}")
    if faults:
        raise NetworkError("no straight-line estimate can be made", faults)

    points = points_of(schools)
    places = points.geometry.to_crs(metric_crs(points))
    x, y = places.x.to_numpy(), places.y.to_numpy()
    metres = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :]) * detour
    kph = speed_kph * chosen.factor
    sentence = (
        f"Straight-line estimate, no streets were used: {detour:g} times the straight line "
        f"at {kph:g} km/h ({kph / KPH_PER_MPH:.0f} mph)."
    )
    return TravelTimes(
        ids=tuple(points.index),
        seconds=metres / metres_per_second(kph),
        metres=metres,
        profile=chosen.name,
        source="straight line between the buildings",
        estimate=sentence,
        driving=chosen,
    )
