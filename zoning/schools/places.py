"""Locate the schools of a table in degrees, and detect likely errors."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from scipy.spatial import cKDTree

from zoning.errors import SchoolDataError
from zoning.geotables import DEGREES
from zoning.schools.cells import as_text, is_missing
from zoning.schools.table import Table, plain_name

_WEB_MERCATOR: Final = "EPSG:3857"
# West, south, east, north of the United States with its territories in the Atlantic and Alaska.
_STATES_DEG: Final = (-180.0, 17.0, -64.0, 72.0)
# The contiguous states with the sign of their longitudes lost.
_UNSIGNED_STATES_DEG: Final = (66.0, 24.0, 125.0, 50.0)
# Eastings and northings of UTM north of the equator, in metres.
_UTM_M: Final = ((100_000.0, 900_000.0), (1_000_000.0, 9_400_000.0))
# Equatorial radius and squared eccentricity of the WGS 84 ellipsoid.
_EQUATOR_RADIUS_M: Final = 6_378_137.0
_ECCENTRICITY_SQUARED: Final = 0.00669437999014
# The outermost schools are those of Esperanza (63 S) and Longyearbyen (78 N).
_SCHOOLS_BETWEEN_DEG: Final = (-65.0, 80.0)
# A default: more than the way from one remote town of a district to the next.
_GAP_M: Final = 150_000.0
# A default: in a district spread thin the farthest school is a few times as far as the median.
_MAX_TIMES_MEDIAN: Final = 10.0
# Of two places nobody can tell which one is far from the rest.
_MIN_TO_COMPARE: Final = 3
# Bounds are boxes and their margin is some 25 km: a place at a border is not held against it.
_STATE_MARGIN_DEG: Final = 0.25
# The westernmost Aleutians lie beyond the date line.
_ALEUTIANS_FROM_DEG: Final = 172.0
# As city portals write a place: well-known text, or latitude and longitude at the end of a text.
_NUMBER: Final = r"-?[0-9]{1,3}\.[0-9]{2,}"
_POINT: Final = re.compile(
    rf"POINT ?\((?P<east>{_NUMBER})[ ,]+(?P<north>{_NUMBER})\)"
    rf"|\(?(?P<lat>{_NUMBER}), ?(?P<lon>{_NUMBER})\)?\s*$"
    rf"|\[ ?(?P<x>{_NUMBER}), ?(?P<y>{_NUMBER}) ?\]"  # GeoJSON
)
# A column of text holds places if at least this share of its cells do.
_MOSTLY_POINTS: Final = 0.8


@dataclass(frozen=True, slots=True)
class State:
    """A state of the United States, the District of Columbia, or an inhabited territory.

    Attributes
    ----------
    bounds_deg
        West, south, east, north: of the Census Bureau's cartographic boundaries,
        rounded outwards; of Alaska without what lies beyond the date line.
    fips
        The two digits that NCES's ids begin with.
    """

    bounds_deg: tuple[float, ...]
    fips: str
    name: str


def _read_states() -> dict[str, State]:
    text = files("zoning.schools").joinpath("state_bounds.csv").read_text(encoding="utf-8")
    return {
        letters: State(tuple(map(float, bounds)), fips, name)
        for letters, *bounds, fips, name in list(csv.reader(text.splitlines()))[1:]
    }


STATES: Final[Mapping[str, State]] = _read_states()
"""By their two letters."""

Degrees = NDArray[np.float64]
Metres = NDArray[np.float64]


def require_system(crs: str) -> CRS:
    """Parse the coordinate system that the planner names.

    Raises
    ------
    SchoolDataError
        If there is none of that name.
    """
    try:
        return CRS.from_user_input(crs)
    except CRSError as error:
        raise SchoolDataError(
            f"{crs!r} is not a known coordinate system",
            remedy="Give a code such as EPSG:2246, as the GIS shows it for the layer.",
        ) from error


def locate_schools(table: Table, *, by_columns: bool, crs: CRS | None) -> tuple[Degrees, Degrees]:
    """Find latitude and longitude of every school in degrees, NaN where a fault was recorded.

    Parameters
    ----------
    by_columns
        True to read columns though the table has geometry.
    crs
        Of x and y, or of geometry without one, as the planner names it.
    """
    if table.raw.shapes is not None and not by_columns:
        return _from_points(table.raw.shapes, table, crs)
    unknown = np.full(len(table), np.nan)
    lacking = [c for c in ("latitude", "longitude") if not table.has(c)]
    if lacking:
        if (read := _from_texts(table)) is not None:
            return read
        for ours in lacking:
            table.add_missing_column(ours)
        table.faults.remedies.append(
            "A list without places needs them from a second file about the same schools, such as "
            "NCES's EDGE: a second --schools of zoning new (in Python and a study: details). Or "
            "geocode its addresses."
        )
        return unknown, unknown
    found = {ours: table.numbers(ours, min_value=-math.inf) for ours in ("latitude", "longitude")}
    empty = {ours: [_is_empty(cell) for cell in table.cells(ours)] for ours in found}
    for row in range(len(table)):
        gone = [f"no {ours}" for ours in found if empty[ours][row]]
        if gone:
            table.faults.add(row, ", ".join(gone))
    x, y = found["longitude"], found["latitude"]
    names = " and ".join(table.column_of[ours] for ours in ("longitude", "latitude"))
    if crs is None or crs.is_geographic:
        if _are_no_degrees(table, x, y, names):
            return unknown, unknown
    elif _are_degrees(x, y):
        table.faults.add(
            None, f"{names} look like degrees, not like {crs.name}: leave --crs out, or map others"
        )
        return unknown, unknown
    if crs is not None:
        there = np.isfinite(x) & np.isfinite(y)
        to_degrees = Transformer.from_crs(crs, DEGREES, always_xy=True)
        x, y = (np.where(there, values, np.nan) for values in to_degrees.transform(x, y))
    return y, x


def _from_texts(table: Table) -> tuple[Degrees, Degrees] | None:
    """Parse places written in one column: ``POINT (-85.7 38.2)`` or ``(38.2, -85.7)``; or None."""
    for name in table.find_unread([plain_name(name) for name in table.raw.cells]):
        texts = [as_text(cell) for cell in table.raw.cells[name]]
        found = [None if text is None else _POINT.search(text) for text in texts]
        there = [text for text in texts if text is not None]
        if not there or sum(m is not None for m in found) < _MOSTLY_POINTS * len(there):
            continue
        table.also_read.append(name)
        table.notices.append(f"places read from {name}")
        latitude, longitude = np.full((2, len(table)), np.nan)
        for row, (text, match) in enumerate(zip(texts, found, strict=True)):
            if match is None:
                table.faults.add(row, "no place" if text is None else f"{name} has no place")
                continue
            latitude[row] = float(match["lat"] or match["north"] or match["y"])
            longitude[row] = float(match["lon"] or match["east"] or match["x"])
        return latitude, longitude
    return None


def _from_points(points: gpd.GeoSeries, table: Table, crs: CRS | None) -> tuple[Degrees, Degrees]:
    known = {row for row, _ in table.raw.faults if row is not None}
    single = points.copy()
    for row, shape in enumerate(points):
        if shape is None or shape.is_empty or not np.isfinite(shape.bounds).all():
            if row not in known:
                table.faults.add(row, "no geometry")
            single.iloc[row] = None
        elif shape.geom_type == "MultiPoint" and len(shape.geoms) == 1:
            single.iloc[row] = shape.geoms[0]
        elif shape.geom_type != "Point":
            table.faults.add(row, f"geometry is a {shape.geom_type}, not a point")
            single.iloc[row] = None
    unknown = np.full(len(points), np.nan)
    if single.crs is None:
        if crs is None and table.raw.assumed_crs is None:
            table.faults.add(
                None,
                "no coordinate reference system, so degrees cannot be told from feet; save it "
                "with one (for a Shapefile, the .prj file) or name it with --crs EPSG:CODE (in "
                "Python: crs='EPSG:CODE')",
            )
            return unknown, unknown
        single = single.set_crs(crs or table.raw.assumed_crs)
    elif crs is not None and not crs.equals(single.crs, ignore_axis_order=True):
        table.faults.add(
            None,
            f"it is in {single.crs.name}, and {crs.name} was named: --crs is for files that "
            "do not say their coordinate system",
        )
        return unknown, unknown
    if single.crs.is_geographic and _are_no_degrees(
        table, single.x.to_numpy(), single.y.to_numpy(), "the points"
    ):
        return unknown, unknown
    degrees = single.to_crs(DEGREES)
    return degrees.y.to_numpy(), degrees.x.to_numpy()


def _are_no_degrees(table: Table, x: Degrees, y: Degrees, what: str) -> bool:
    """True if most places cannot be degrees; then one fault says what they look like."""
    there = np.isfinite(x) & np.isfinite(y)
    far = there & ((np.abs(x) > 180) | (np.abs(y) > 180))
    if 2 * far.sum() <= there.sum():
        return False
    east, north = float(np.median(x[far])), float(np.median(y[far]))
    table.faults.add(
        None,
        f"{what} are not degrees, for example {x[far][0]:.10g} and {y[far][0]:.10g}: "
        f"{_looks_like(east, north)}",
    )
    return True


def _are_degrees(x: Degrees, y: Degrees) -> bool:
    there = np.isfinite(x) & np.isfinite(y)
    return bool(there.any() and (np.abs(x[there]) <= 180).all() and (np.abs(y[there]) <= 90).all())


def _looks_like(x: float, y: float) -> str:
    west, south, east, north = _STATES_DEG
    to_degrees = Transformer.from_crs(_WEB_MERCATOR, DEGREES, always_xy=True)
    lon, lat = to_degrees.transform(x, y)
    if west <= lon <= east and south <= lat <= north:
        return (
            "they look like metres of Web Mercator; if they are, say so with --crs EPSG:3857 "
            "(in Python: crs='EPSG:3857')"
        )
    for digits in range(3, 9):  # eastings and northings of the states are not negative
        if x < 0 and west <= x / 10**digits <= east and south <= y / 10**digits <= north:
            return "they look like degrees that lost their decimal point: export them again"
    (low_x, high_x), (low_y, high_y) = _UTM_M
    unit = "metres of a UTM zone or feet of a state plane"
    if not (low_x <= x <= high_x and low_y <= y <= high_y):
        unit = "feet or metres of a projected system, such as a state plane"
    return (
        f"they look like {unit}; name their coordinate system with --crs EPSG:CODE "
        "(in Python: crs='EPSG:CODE'), as the GIS shows it for the layer"
    )


def _is_empty(cell: object) -> bool:
    return as_text(cell) is None or is_missing(cell)


def earth_metres(latitude: Degrees, longitude: Degrees) -> Metres:
    """Convert places to metres from the centre of the Earth, on the WGS 84 ellipsoid.

    Straight-line distances between them are exact, across zones of any
    projection and across the date line; against the way along the ground they
    are 0.1 % short at 1,000 km and equal to the millimetre within a campus.

    Returns
    -------
    ndarray
        Shape (n, 3), metres.
    """
    phi, lam = np.radians(latitude), np.radians(longitude)
    normal = _EQUATOR_RADIUS_M / np.sqrt(1 - _ECCENTRICITY_SQUARED * np.sin(phi) ** 2)
    return np.column_stack(
        (
            normal * np.cos(phi) * np.cos(lam),
            normal * np.cos(phi) * np.sin(lam),
            normal * (1 - _ECCENTRICITY_SQUARED) * np.sin(phi),
        )
    )


def place_faults(latitude: Degrees, longitude: Degrees) -> dict[int, str]:
    """Find faults of each coordinate pair, by position; empty if there are none.

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
    """Make a notice if all places would be in the United States with minus signs.

    Empty if a `state` is given, against which `state_faults` checks the places.
    """
    west, south, east, north = _UNSIGNED_STATES_DEG
    is_there = (longitude >= west) & (longitude <= east) & (latitude >= south) & (latitude <= north)
    if state is not None or not len(latitude) or not is_there.all():
        return []
    return [
        f"all schools lie east of Greenwich, at longitude {_deg(float(longitude[0]))}: if they are "
        "in the United States, the minus sign is missing; --state checks it"
    ]


def _far_from_the_rest(lat: Degrees, lon: Degrees) -> dict[int, str]:
    if len(lat) < _MIN_TO_COMPARE:
        return {}
    where = earth_metres(lat, lon)
    distance = np.linalg.norm(where - np.median(where, axis=0), axis=1)
    inside = _connected_to(where, int(np.argmin(distance)))
    far = ~inside & (distance > _MAX_TIMES_MEDIAN * np.median(distance))
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


def _connected_to(where: Metres, start: int) -> NDArray[np.bool_]:
    inside = np.zeros(len(where), dtype=bool)
    inside[start] = True
    while not inside.all():
        out = np.flatnonzero(~inside)
        gap, _ = cKDTree(where[inside]).query(where[out])
        near = out[gap <= _GAP_M]
        if not len(near):
            break
        inside[near] = True
    return inside


def _within_gap(rest: cKDTree, lat: float, lon: float) -> bool:
    gap, _ = rest.query(earth_metres(np.array([lat]), np.array([lon])))
    return bool(gap[0] <= _GAP_M)


def _has_schools(lat: float, lon: float) -> bool:
    return _SCHOOLS_BETWEEN_DEG[0] <= lat <= _SCHOOLS_BETWEEN_DEG[1] and abs(lon) <= 180


def _swapped(lat: float, lon: float) -> str:
    return f"latitude {_deg(lat)} and longitude {_deg(lon)} look swapped"


def _deg(value: float) -> str:
    return f"{round(value, 6)!r}".removesuffix(".0")


def state_faults(latitude: Degrees, longitude: Degrees, state: str) -> dict[int, str]:
    """Find places outside a state, by position, with the correction that would put them inside.

    Nothing is said of a state whose bounds are not known (those of the United
    States, the District of Columbia and the five inhabited territories are).

    Parameters
    ----------
    latitude, longitude
        Shape (n,), degrees; NaN where unknown.
    state
        Two letters.
    """
    if state not in STATES:
        return {}
    inside = is_in_state(latitude, longitude, state)
    known = np.isfinite(latitude) & np.isfinite(longitude)
    ways = (
        ("looks to lack its minus sign", is_in_state(latitude, -longitude, state)),
        ("look swapped", is_in_state(longitude, latitude, state)),
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
            at = [other for other in STATES if is_in_state(latitude[k], longitude[k], other, 0.0)]
            faults[k] = f"{place}" + (f", perhaps in {' or '.join(at)}" if at else "")
    return faults


def is_in_state(
    latitude: Degrees, longitude: Degrees, state: str, margin: float = _STATE_MARGIN_DEG
) -> NDArray[np.bool_]:
    """Whether places are within the bounds of a state, or within a margin of them in degrees."""
    west, south, east, north = STATES[state].bounds_deg
    across = (longitude >= west - margin) & (longitude <= east + margin)
    if state == "AK":
        across |= longitude >= _ALEUTIANS_FROM_DEG
    within: NDArray[np.bool_] = across & (latitude >= south - margin) & (latitude <= north + margin)
    return within
