"""Check plain junction and link tables, and project them to metres."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from zoning.errors import NetworkError
from zoning.roads.streets.antimeridian import unwrap
from zoning.roads.streets.speeds import FASTEST_KPH

JUNCTION_COLUMNS: Final = ("junction_id", "lon", "lat")
LINK_COLUMNS: Final = ("from_junction", "to_junction", "length_m", "road_class", "area")
ONEWAY_CODES: Final = ("B", "FT", "TF")
CONTROLS: Final = ("", "none", "signal", "stop", "yield", "roundabout")

SHORTER_SHARE: Final = 0.01
SHORTER_M: Final = 1.0
"""A link may be this much shorter than the straight line between its ends.

Coordinates are rounded to metres, and lengths are often taken on a sphere, where they
differ by up to half a per cent from those on the ellipsoid.
"""

OFF_JUNCTION_M: Final = 30.0
"""Metres that an end of a line may lie off its junction: the width of a large crossing."""

EAST: Final = 180.0
SOUTH: Final = -80.0
NORTH: Final = 84.0
"""The latitudes that the UTM zones cover."""

# UTM has a singularity 90 degrees of longitude from its zone, and its metres are useless from a few
# thousand kilometres short of it. No street network is as wide.
FAR_KM: Final = 2_000.0
# Mean radius of the Earth (IUGG).
EARTH_KM: Final = 6371.0
# Faults of one kind described in full; of the others only row numbers are listed.
_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StreetTables:
    """Checked columns of the two tables; ``x``, ``y`` and ``lines`` are metres in ``crs``.

    ``control`` is ``''`` where it is not known, ``kph`` NaN where the data give
    no speed; ``lines`` are straight where the data give no geometry.
    """

    junction_ids: tuple[str, ...]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    crs: str
    control: NDArray[np.str_]
    start: NDArray[np.intp]
    end: NDArray[np.intp]
    length_m: NDArray[np.float64]
    road_class: NDArray[np.str_]
    area: NDArray[np.str_]
    name: NDArray[np.str_]
    oneway: NDArray[np.str_]
    kph: NDArray[np.float64]
    control_from: NDArray[np.str_]
    control_to: NDArray[np.str_]
    lines: NDArray[Any]


def check_tables(junctions: pd.DataFrame, links: pd.DataFrame) -> StreetTables:
    """Convert the columns of both tables to arrays, or raise one error with every fault.

    Row 1 is the first row of a table after its header.

    Raises `NetworkError` as documented at `zoning.roads.RoadNetwork.from_tables`.
    """
    faults = _missing_columns("junctions", junctions, JUNCTION_COLUMNS)
    faults += _missing_columns("links", links, LINK_COLUMNS)
    if faults:
        raise _unusable(faults)
    ids = as_text(junctions["junction_id"])
    start, end = (_find_rows(ids, as_text(links[c])) for c in ("from_junction", "to_junction"))
    kph = np.full(len(links), np.nan)
    if "speed_kph" in links.columns:
        kph = numbers(links["speed_kph"])
        # A cell that is neither blank nor a number must not pass for blank.
        kph[np.isnan(kph) & (as_text(links["speed_kph"]) != "")] = np.inf
    lon, lat = numbers(junctions["lon"]), numbers(junctions["lat"])
    tables = StreetTables(
        junction_ids=tuple(ids.tolist()),
        lon=lon,
        lat=lat,
        x=lon,
        y=lat,
        crs="",
        control=_optional_text(junctions, "control", otherwise=""),
        start=start,
        end=end,
        length_m=numbers(links["length_m"]),
        road_class=as_text(links["road_class"]),
        area=as_text(links["area"]),
        name=_optional_text(links, "name", otherwise=""),
        oneway=_optional_text(links, "oneway", otherwise="B"),
        kph=kph,
        control_from=_optional_text(links, "control_from", otherwise=""),
        control_to=_optional_text(links, "control_to", otherwise=""),
        lines=np.full(len(links), None, dtype=object),
    )
    degrees = links["geometry"].to_numpy(dtype=object) if "geometry" in links.columns else None

    def cell(column: str, row: int) -> str:
        frame = junctions if column in JUNCTION_COLUMNS else links
        return repr(_plain(frame[column].iloc[row]))

    return _project(tables, degrees, cell)


def check_arrays(tables: StreetTables, degrees: NDArray[Any]) -> StreetTables:
    """Project checked arrays to metres, or raise one error with every fault as `check_tables` does.

    For a source that made the arrays itself: it saves turning them into text and back.

    ``tables``: their ``x``, ``y``, ``crs`` and ``lines`` are not filled yet.
    ``degrees``: Shape (n_links,), LineString of every link, EPSG:4326.
    """

    def cell(column: str, row: int) -> str:
        if column in LINK_COLUMNS[:2]:
            at = {"from_junction": tables.start, "to_junction": tables.end}[column]
            return repr(tables.junction_ids[at[row]])
        values = {"lon": tables.lon, "lat": tables.lat, "length_m": tables.length_m}
        return repr(_plain(float(values.get(column, tables.kph)[row])))

    return _project(tables, degrees, cell)


def _project(
    tables: StreetTables, degrees: NDArray[Any] | None, cell: Callable[[str, int], str]
) -> StreetTables:
    """Project the tables to metres, or raise one error with every fault.

    ``degrees`` are the lines of the links, None for straight ones; ``cell`` gives the
    value of a column and row as it was read, quoted.
    """
    lon, lat, start, end = tables.lon, tables.lat, tables.start, tables.end
    length_m = tables.length_m
    on_earth = np.isfinite(lon) & (np.abs(lon) <= EAST) & (lat >= SOUTH) & (lat <= NORTH)
    faults = [*_junction_faults(tables, on_earth, cell), *_link_faults(tables, cell)]
    if not on_earth.any():
        raise _unusable([*faults, "junctions: no row has a usable place"])
    crs = utm_of(lon[on_earth], lat[on_earth])
    far_km = np.where(on_earth, km_from_middle(lon, lat), 0.0)
    faults += row_faults(
        "junctions",
        far_km > FAR_KM,
        lambda k: (
            f"lon {cell('lon', k)}, lat {cell('lat', k)} are {far_km[k]:,.0f} km from the middle "
            "of the others: correct it, or leave it out with its links"
        ),
    )
    usable = on_earth & (far_km <= FAR_KM)
    xy = np.full((len(lon), 2), np.nan)
    xy[usable] = metres_of(np.column_stack([lon, lat])[usable], crs)
    ends = np.stack([xy[start], xy[end]], axis=1)
    ends[(start < 0) | (end < 0)] = np.nan
    lines, off_junction = _lines(degrees, ends, crs)
    faults += off_junction
    straight = np.hypot(*(ends[:, 0] - ends[:, 1]).T)
    straight[~(length_m > 0)] = np.nan
    faults += row_faults(
        "links",
        length_m < straight * (1 - SHORTER_SHARE) - SHORTER_M,
        lambda k: (
            f"length_m {length_m[k]:.1f} is shorter than the straight line between its ends, "
            f"{straight[k]:.1f} m, by more than the {SHORTER_SHARE:.0%} and {SHORTER_M:g} m allowed"
        ),
    )
    if faults:
        raise _unusable(faults)
    return replace(tables, x=xy[:, 0].copy(), y=xy[:, 1].copy(), crs=crs, lines=lines)


def _junction_faults(
    tables: StreetTables, on_earth: NDArray[np.bool_], cell: Callable[[str, int], str]
) -> Iterator[str]:
    ids = np.array(tables.junction_ids, dtype=str)
    repeats = pd.Series(ids).duplicated().to_numpy() & (ids != "")
    yield from row_faults("junctions", ids == "", lambda _: "has no junction_id")
    yield from row_faults(
        "junctions",
        repeats,
        lambda k: f"junction_id {str(ids[k])!r} also in row {np.argmax(ids == ids[k]) + 1}",
    )
    yield from row_faults(
        "junctions",
        ~on_earth,
        lambda k: (
            f"lon {cell('lon', k)}, lat {cell('lat', k)} are not degrees between latitudes "
            f"{SOUTH:g} and {NORTH:g}: missing, swapped or projected"
        ),
    )
    yield from _not_one_of("junctions", "control", tables.control, CONTROLS)


def _link_faults(tables: StreetTables, cell: Callable[[str, int], str]) -> Iterator[str]:
    start, end, length_m, kph = tables.start, tables.end, tables.length_m, tables.kph
    if not len(start):
        yield "links: the table is empty"
    rows = partial(row_faults, "links")
    yield from rows(
        start < 0, lambda k: f"from_junction {cell('from_junction', k)} is not in the junctions"
    )
    yield from rows(
        end < 0, lambda k: f"to_junction {cell('to_junction', k)} is not in the junctions"
    )
    yield from rows(
        (start >= 0) & (start == end), lambda k: f"leads from {cell('from_junction', k)} to itself"
    )
    yield from rows(
        ~(np.isfinite(length_m) & (length_m > 0)),
        lambda k: f"length_m {cell('length_m', k)} is not a number above 0",
    )
    yield from rows(tables.road_class == "", lambda _: "has no road_class")
    yield from rows(tables.area == "", lambda _: "has no area")
    yield from _not_one_of("links", "oneway", tables.oneway, ONEWAY_CODES)
    yield from rows(
        ~(np.isnan(kph) | ((kph > 0) & (kph <= FASTEST_KPH))),
        lambda k: (
            f"speed_kph {cell('speed_kph', k)} is not a number above 0 and at most "
            f"{FASTEST_KPH:.0f}; leave it blank where it is not known"
        ),
    )
    for column in ("control_from", "control_to"):
        yield from _not_one_of("links", column, getattr(tables, column), CONTROLS)


def _not_one_of(
    table: str, column: str, values: NDArray[np.str_], known: tuple[str, ...]
) -> list[str]:
    listed = ", ".join(value for value in known if value)
    return row_faults(
        table,
        ~np.isin(values, known),
        lambda k: f"{column} {str(values[k])!r} is not one of {listed}",
    )


def _lines(
    degrees: NDArray[Any] | None, ends: NDArray[np.float64], crs: str
) -> tuple[NDArray[Any], list[str]]:
    """Project the line of every link to ``crs``, None where it has none; return faults too.

    ``ends`` are the two junctions of every link, shape (n_links, 2, 2), metres.
    """
    lines = np.full(len(ends), None, dtype=object)
    if degrees is None:
        usable = np.isfinite(ends).all(axis=(1, 2))
        lines[usable] = shapely.linestrings(ends[usable])
        return lines, []
    usable = (shapely.get_type_id(degrees) == shapely.GeometryType.LINESTRING) & ~shapely.is_empty(
        degrees
    )
    places, link = shapely.get_coordinates(degrees, return_index=True)
    usable[link[~np.isfinite(places).all(axis=1)]] = False
    faults = row_faults("links", ~usable, lambda _: "the geometry is not a line")
    # get_coordinates drops heights.
    places, line = shapely.get_coordinates(degrees[usable], return_index=True)
    lines[usable] = shapely.linestrings(metres_of(places, crs), indices=line)
    off = np.full(len(ends), np.nan)
    for number, junction in ((0, ends[:, 0]), (-1, ends[:, 1])):
        given = shapely.get_coordinates(shapely.get_point(lines[usable], number))
        off[usable] = np.fmax(off[usable], np.hypot(*(given - junction[usable]).T))
    return lines, faults + row_faults(
        "links",
        ~(off <= OFF_JUNCTION_M) & ~np.isnan(off),
        lambda k: (
            f"the geometry does not run from its from_junction to its to_junction: an end is "
            f"{off[k]:,.0f} m off, more than the {OFF_JUNCTION_M:g} m allowed"
        ),
    )


def _unusable(faults: list[str]) -> NetworkError:
    return NetworkError(
        "the street tables cannot be used",
        faults,
        "Correct these rows (row 1 is the first after the header).",
    )


def _missing_columns(table: str, frame: pd.DataFrame, needed: tuple[str, ...]) -> list[str]:
    missing = [column for column in needed if column not in frame.columns]
    return [f"{table}: no column {', '.join(missing)}"] if missing else []


def row_faults(table: str, wrong: NDArray[np.bool_], what: Callable[[int], str]) -> list[str]:
    """List the wrong rows, one line each; the first twenty of a kind in full."""
    rows = [int(k) for k in np.flatnonzero(wrong)]
    lines = [f"{table} row {k + 1}: {what(k)}" for k in rows[:_SHOWN]]
    if len(rows) > _SHOWN:
        more = ", ".join(str(k + 1) for k in rows[_SHOWN : 2 * _SHOWN])
        tail = " ..." if len(rows) > 2 * _SHOWN else ""
        lines.append(f"{table}: and {len(rows) - _SHOWN} more rows like it: {more}{tail}")
    return lines


def numbers(column: pd.Series) -> NDArray[np.float64]:
    """Convert cells to numbers, NaN where they are not."""
    return np.array(pd.to_numeric(column, errors="coerce"), dtype=np.float64)


def _optional_text(frame: pd.DataFrame, column: str, *, otherwise: str) -> NDArray[np.str_]:
    """Read a column as text, or a default word in every row if the column is missing."""
    return as_text(frame[column]) if column in frame.columns else np.full(len(frame), otherwise)


def as_text(column: pd.Series) -> NDArray[np.str_]:
    """Convert cells to stripped text, missing ones to ``''``; whole floats lose their ``.0``."""
    if column.dtype == object:
        return np.array([_plain(value) for value in column.tolist()], dtype=str)
    # If all values have one type, convert each distinct value only once.
    which, distinct = pd.factorize(column)
    plain = str.strip if column.dtype == "str" else _plain
    texts = np.array([*map(plain, distinct.tolist()), ""], dtype=str)
    return np.asarray(texts[which])


def _plain(value: object) -> str:
    if value is None or value is pd.NA:
        return ""
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        if value.is_integer():
            return str(int(value))
    return str(value).strip()


def _find_rows(ids: NDArray[np.str_], wanted: NDArray[np.str_]) -> NDArray[np.intp]:
    """Find the row of the first junction with each id, -1 where there is none."""
    first = {i: k for k, i in reversed(list(enumerate(ids.tolist()))) if i}
    return np.array([first.get(i, -1) for i in wanted.tolist()], dtype=np.intp)


def km_from_middle(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Kilometres from the median place on a sphere; NaN where a place is not a number."""
    there = np.isfinite(lon) & np.isfinite(lat)
    if not there.any():
        return np.full(len(lon), np.nan)
    lon, lat = unwrap(np.where(there, lon, np.nan)), np.where(there, lat, np.nan)
    south, north = np.radians(lat), np.radians(np.median(lat[there]))
    east = np.radians(lon - np.median(lon[there]))
    across = np.sin((south - north) / 2) ** 2
    along = np.cos(south) * np.cos(north) * np.sin(east / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(across + along, 0.0, 1.0))))


def utm_of(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> str:
    """Choose the UTM zone of the median place, so that a stray place has no influence."""
    middle = (float(np.median(unwrap(lon))) + 180.0) % 360.0
    zone = min(int(middle // 6) + 1, 60)
    return f"EPSG:{(32600 if np.median(lat) >= 0 else 32700) + zone}"


def metres_of(degrees: NDArray[np.float64], crs: str) -> NDArray[np.float64]:
    """Project places to metres; ``degrees`` is (n, 2), longitude first."""
    x, y = _to_metres(crs).transform(degrees[:, 0], degrees[:, 1])
    return np.column_stack([x, y])


@lru_cache(maxsize=8)
def _to_metres(crs: str) -> Transformer:
    return Transformer.from_crs("EPSG:4326", crs, always_xy=True)
