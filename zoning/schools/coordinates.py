"""Where the schools of a table are: its points or its columns, in degrees."""

from __future__ import annotations

import math
import re

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from zoning.errors import SchoolDataError
from zoning.schools.cells import as_text, is_missing
from zoning.schools.columns import missing_column, plain_name
from zoning.schools.table import Table

DEGREES = "EPSG:4326"
WEB_MERCATOR = "EPSG:3857"
# West, south, east, north of the United States with its territories in the Atlantic and Alaska.
_STATES_DEG = (-180.0, 17.0, -64.0, 72.0)
# Eastings and northings of UTM north of the equator, in metres.
_UTM_M = ((100_000.0, 900_000.0), (1_000_000.0, 9_400_000.0))

# As city portals write a place: well-known text, or latitude and longitude at the end of a text.
_NUMBER = r"-?[0-9]{1,3}\.[0-9]{2,}"
_POINT = re.compile(
    rf"POINT ?\((?P<east>{_NUMBER})[ ,]+(?P<north>{_NUMBER})\)"
    rf"|\(?(?P<lat>{_NUMBER}), ?(?P<lon>{_NUMBER})\)?\s*$"
    rf"|\[ ?(?P<x>{_NUMBER}), ?(?P<y>{_NUMBER}) ?\]"  # GeoJSON
)
# Of a column this part must be places, or it holds something else.
_MOSTLY_POINTS = 0.8

Degrees = NDArray[np.float64]


def known_system(crs: str | None) -> CRS | None:
    """The coordinate system that the planner names.

    Raises
    ------
    SchoolDataError
        If it is none that is known.
    """
    if crs is None:
        return None
    try:
        return CRS.from_user_input(crs)
    except CRSError as error:
        raise SchoolDataError(
            f"{crs!r} is no coordinate system that is known",
            remedy="Give a code such as EPSG:2246, as the GIS shows it for the layer.",
        ) from error


def places(table: Table, *, by_columns: bool, crs: CRS | None) -> tuple[Degrees, Degrees]:
    """Latitude and longitude in degrees, NaN where a fault has been recorded."""
    if table.raw.points is not None and not by_columns:
        return _of_points(table.raw.points, table, crs)
    unknown = np.full(len(table), np.nan)
    lacking = [c for c in ("latitude", "longitude") if not table.has(c)]
    if lacking:
        if (read := _of_texts(table)) is not None:
            return read
        for ours in lacking:
            table.faults.add(None, missing_column(ours, table.raw))
        return unknown, unknown
    found = {ours: table.numbers(ours, least=-math.inf) for ours in ("latitude", "longitude")}
    empty = {ours: [_is_empty(cell) for cell in table.cells(ours)] for ours in found}
    for row in range(len(table)):
        gone = [f"no {ours}" for ours in found if empty[ours][row]]
        if gone:
            table.faults.add(row, ", ".join(gone))
    x, y = found["longitude"], found["latitude"]
    names = " and ".join(table.columns.of[ours] for ours in ("longitude", "latitude"))
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


def _of_texts(table: Table) -> tuple[Degrees, Degrees] | None:
    """Places written in one column: ``POINT (-85.7 38.2)`` or ``(38.2, -85.7)``; or None."""
    for name in table.unread([plain_name(name) for name in table.raw.cells]):
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


def _of_points(points: gpd.GeoSeries, table: Table, crs: CRS | None) -> tuple[Degrees, Degrees]:
    known = {row for row, _ in table.raw.found if row is not None}
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
                "no coordinate reference system, so nobody can tell degrees from feet; "
                "save it with one (for a Shapefile, the .prj file) or name it with --crs "
                "EPSG:CODE (in Python: crs='EPSG:CODE')",
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
    """Whether most places cannot be degrees; then one fault says what they look like."""
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
    to_degrees = Transformer.from_crs(WEB_MERCATOR, DEGREES, always_xy=True)
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
