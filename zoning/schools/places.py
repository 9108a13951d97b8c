"""Are these coordinates where schools could be? Swapped, lost, or far from the rest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

EQUATOR_RADIUS_M = 6_378_137.0
ECCENTRICITY_SQUARED = 0.00669437999014
SOUTHERNMOST_SCHOOL_DEG = -65.0
NORTHERNMOST_SCHOOL_DEG = 80.0
GAP_M = 150_000.0
TIMES_FARTHER = 10.0
FEWEST_TO_COMPARE = 3

Degrees = NDArray[np.float64]
Metres = NDArray[np.float64]


def earth_metres(latitude: Degrees, longitude: Degrees) -> Metres:
    """Places as metres from the centre of the Earth, on the WGS 84 ellipsoid.

    Straight-line distances between them are exact, across zones of any
    projection and across the date line; against the way along the ground they
    are 0.1 % short at 1,000 km and equal to the millimetre within a campus.

    Returns
    -------
    ndarray
        Shape (n, 3), metres.
    """
    phi, lam = np.radians(latitude), np.radians(longitude)
    normal = EQUATOR_RADIUS_M / np.sqrt(1 - ECCENTRICITY_SQUARED * np.sin(phi) ** 2)
    return np.column_stack(
        (
            normal * np.cos(phi) * np.cos(lam),
            normal * np.cos(phi) * np.sin(lam),
            normal * (1 - ECCENTRICITY_SQUARED) * np.sin(phi),
        )
    )


def place_faults(latitude: Degrees, longitude: Degrees) -> dict[int, str]:
    """What is wrong with each coordinate pair, by position; empty if nothing.

    A pair is wrong by itself when it is not in degrees, is exactly (0, 0), or
    lies south of 65 S or north of 80 N, where there are no schools; it *looks
    swapped* when it would be right the other way round. For all of the United
    States (longitudes beyond -65) that finds a table swapped as a whole.

    A pair is *far from the rest* when a gap of more than 150 km separates it
    from the group that holds more than half of the schools, and it is more than
    ten times as far from their middle as the median school. The gap keeps
    remote towns and islands that lead from one to the next; the factor keeps
    districts spread thin. An error that moves a school by less is not found.

    Parameters
    ----------
    latitude, longitude
        Shape (n,), degrees; NaN where unknown (never a fault here).
    """
    faults = {}
    usable = np.zeros(len(latitude), dtype=bool)
    for k, (lat, lon) in enumerate(zip(latitude.tolist(), longitude.tolist(), strict=True)):
        if not (np.isfinite(lat) and np.isfinite(lon)):
            if np.isinf(lat) or np.isinf(lon):
                faults[k] = "the coordinates are outside their reference system"
        elif lat == 0 and lon == 0:
            faults[k] = "latitude 0 and longitude 0 stand for an unknown place"
        elif _has_schools(lat, lon):
            usable[k] = True
        elif _has_schools(lon, lat):
            faults[k] = _swapped(lat, lon)
        elif abs(lat) > 90 or abs(lon) > 180:
            faults[k] = (
                f"latitude {_deg(lat)} and longitude {_deg(lon)} are not degrees "
                "(-90 to 90 and -180 to 180)"
            )
        else:
            faults[k] = f"latitude {_deg(lat)} is beyond where schools are (65 S to 80 N)"
    at = np.flatnonzero(usable)
    for k, fault in _far_from_the_rest(latitude[at], longitude[at]).items():
        faults[int(at[k])] = fault
    return faults


def east_notice(latitude: Degrees, longitude: Degrees, state: str | None) -> list[str]:
    """A word about a list that would be in the United States if it had minus signs.

    The box is that of the contiguous states; with a `state` their places are checked anyway.
    """
    west, south, east, north = 66.0, 24.0, 125.0, 50.0
    is_there = (longitude >= west) & (longitude <= east) & (latitude >= south) & (latitude <= north)
    if state is not None or not len(latitude) or not is_there.all():
        return []
    return [
        f"all schools lie east of Greenwich, at longitude {_deg(float(longitude[0]))}: if they are "
        "in the United States, the minus sign is missing; --state checks it"
    ]


def _far_from_the_rest(lat: Degrees, lon: Degrees) -> dict[int, str]:
    if len(lat) < FEWEST_TO_COMPARE:
        return {}
    where = earth_metres(lat, lon)
    distance = np.linalg.norm(where - np.median(where, axis=0), axis=1)
    inside = _reached_from(where, int(np.argmin(distance)))
    far = ~inside & (distance > TIMES_FARTHER * np.median(distance))
    if 2 * int(inside.sum()) <= len(lat) or not far.any():
        return {}
    rest = cKDTree(where[inside])
    faults = {}
    for k in np.flatnonzero(far).tolist():
        la, lo = float(lat[k]), float(lon[k])
        flips = {
            _swapped(la, lo): (lo, la),
            f"longitude {_deg(lo)} looks to have the wrong sign": (la, -lo),
            f"latitude {_deg(la)} looks to have the wrong sign": (-la, lo),
        }
        near = (text for text, (a, b) in flips.items() if _within_gap(rest, a, b))
        faults[k] = next(
            near,
            f"latitude {_deg(la)} and longitude {_deg(lo)} are "
            f"{distance[k] / 1000:,.0f} km from the rest of the schools",
        )
    return faults


def _reached_from(where: Metres, start: int) -> NDArray[np.bool_]:
    inside = np.zeros(len(where), dtype=bool)
    inside[start] = True
    while not inside.all():
        out = np.flatnonzero(~inside)
        gap, _ = cKDTree(where[inside]).query(where[out])
        near = out[gap <= GAP_M]
        if not len(near):
            break
        inside[near] = True
    return inside


def _within_gap(rest: cKDTree, lat: float, lon: float) -> bool:
    gap, _ = rest.query(earth_metres(np.array([lat]), np.array([lon])))
    return bool(gap[0] <= GAP_M)


def _has_schools(lat: float, lon: float) -> bool:
    return SOUTHERNMOST_SCHOOL_DEG <= lat <= NORTHERNMOST_SCHOOL_DEG and abs(lon) <= 180


def _swapped(lat: float, lon: float) -> str:
    return f"latitude {_deg(lat)} and longitude {_deg(lon)} look swapped"


def _deg(value: float) -> str:
    return f"{round(value, 6)!r}".removesuffix(".0")
