"""Where each state lies, to tell places that cannot be in it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

# West, south, east, north in degrees: the bounds of the Census Bureau's cartographic boundaries,
# rounded outwards. Alaska lies on both sides of the date line.
_BOUNDS: Final = {
    "AL": (-88.5, 30.1, -84.8, 35.1),
    "AK": (-180.0, 51.1, -129.9, 71.5),
    "AZ": (-114.9, 31.3, -109.0, 37.1),
    "AR": (-94.7, 33.0, -89.6, 36.6),
    "CA": (-124.5, 32.5, -114.1, 42.1),
    "CO": (-109.1, 36.9, -102.0, 41.1),
    "CT": (-73.8, 40.9, -71.7, 42.1),
    "DE": (-75.8, 38.4, -74.9, 39.9),
    "DC": (-77.2, 38.7, -76.9, 39.0),
    "FL": (-87.7, 24.4, -79.9, 31.1),
    "GA": (-85.7, 30.3, -80.7, 35.1),
    "HI": (-178.5, 18.8, -154.7, 28.6),
    "ID": (-117.3, 41.9, -111.0, 49.1),
    "IL": (-91.6, 36.9, -87.0, 42.6),
    "IN": (-88.1, 37.7, -84.7, 41.8),
    "IA": (-96.7, 40.3, -90.1, 43.6),
    "KS": (-102.1, 36.9, -94.5, 40.1),
    "KY": (-89.6, 36.4, -81.9, 39.2),
    "LA": (-94.1, 28.8, -88.7, 33.1),
    "ME": (-71.1, 42.9, -66.9, 47.5),
    "MD": (-79.5, 37.8, -74.9, 39.8),
    "MA": (-73.6, 41.1, -69.8, 42.9),
    "MI": (-90.5, 41.6, -82.1, 48.4),
    "MN": (-97.3, 43.4, -89.4, 49.4),
    "MS": (-91.7, 30.1, -88.0, 35.1),
    "MO": (-95.8, 35.9, -89.0, 40.7),
    "MT": (-116.1, 44.3, -104.0, 49.1),
    "NE": (-104.1, 39.9, -95.3, 43.1),
    "NV": (-120.1, 34.9, -114.0, 42.1),
    "NH": (-72.6, 42.6, -70.6, 45.4),
    "NJ": (-75.6, 38.8, -73.8, 41.4),
    "NM": (-109.1, 31.3, -102.9, 37.1),
    "NY": (-79.8, 40.4, -71.7, 45.1),
    "NC": (-84.4, 33.7, -75.4, 36.6),
    "ND": (-104.1, 45.9, -96.5, 49.1),
    "OH": (-84.9, 38.3, -80.5, 42.4),
    "OK": (-103.1, 33.6, -94.4, 37.1),
    "OR": (-124.6, 41.9, -116.4, 46.3),
    "PA": (-80.6, 39.7, -74.6, 42.6),
    "RI": (-71.9, 41.1, -71.0, 42.1),
    "SC": (-83.4, 32.0, -78.4, 35.3),
    "SD": (-104.1, 42.4, -96.4, 46.0),
    "TN": (-90.4, 34.9, -81.6, 36.7),
    "TX": (-106.7, 25.8, -93.5, 36.6),
    "UT": (-114.1, 36.9, -109.0, 42.1),
    "VT": (-73.5, 42.7, -71.4, 45.1),
    "VA": (-83.7, 36.5, -75.1, 39.5),
    "WA": (-124.9, 45.5, -116.9, 49.1),
    "WV": (-82.7, 37.1, -77.7, 40.7),
    "WI": (-92.9, 42.4, -86.2, 47.4),
    "WY": (-111.1, 40.9, -104.0, 45.1),
    "PR": (-68.0, 17.8, -65.2, 18.6),
    "VI": (-65.2, 17.6, -64.5, 18.5),
    "GU": (144.6, 13.2, 145.0, 13.7),
    "MP": (144.8, 14.0, 146.1, 20.6),
    "AS": (-171.2, -14.7, -168.1, -11.0),
}
# A quarter of a degree, some 25 km, is not held against a place: boxes are no borders.
_MARGIN_DEG: Final = 0.25

Degrees = NDArray[np.float64]


def state_faults(latitude: Degrees, longitude: Degrees, state: str) -> dict[int, str]:
    """Places that are not in a state, by position, with what would bring them there.

    Nothing is said of a state whose bounds are not known (those of the United
    States, the District of Columbia and the five inhabited territories are).

    Parameters
    ----------
    latitude, longitude
        Shape (n,), degrees; NaN where unknown.
    state
        Two letters.
    """
    if state not in _BOUNDS:
        return {}
    inside = _inside(latitude, longitude, state)
    known = np.isfinite(latitude) & np.isfinite(longitude)
    ways = (
        ("looks to lack its minus sign", _inside(latitude, -longitude, state)),
        ("look swapped", _inside(longitude, latitude, state)),
    )
    faults = {}
    for k in np.flatnonzero(known & ~inside).tolist():
        place = f"latitude {latitude[k]:.6g} and longitude {longitude[k]:.6g} are not in {state}"
        how = next((way for way, there in ways if there[k]), "")
        if how == "look swapped":
            faults[k] = f"{place}: they {how}"
        elif how:
            faults[k] = f"{place}: the longitude {how}"
        else:
            at = [other for other in _BOUNDS if _inside(latitude[k], longitude[k], other, 0.0)]
            faults[k] = f"{place}" + (f", perhaps in {' or '.join(at)}" if at else "")
    return faults


def _inside(
    latitude: Degrees, longitude: Degrees, state: str, margin: float = _MARGIN_DEG
) -> NDArray[np.bool_]:
    west, south, east, north = _BOUNDS[state]
    across = (longitude >= west - margin) & (longitude <= east + margin)
    if state == "AK":
        across |= longitude >= 172.0  # the westernmost Aleutians
    within: NDArray[np.bool_] = across & (latitude >= south - margin) & (latitude <= north + margin)
    return within
