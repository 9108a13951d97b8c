"""Checking plain junction and link tables before a network is made of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from zoning.errors import NetworkError
from zoning.roads.streets.antimeridian import unwrapped
from zoning.roads.streets.speeds import FASTEST_KPH

JUNCTION_COLUMNS: Final = ("junction_id", "lon", "lat")
LINK_COLUMNS: Final = ("from_junction", "to_junction", "length_m", "road_class", "area")
ONEWAY_CODES: Final = ("B", "FT", "TF")
CONTROLS: Final = ("", "none", "signal", "stop", "yield", "roundabout")
SHORTER_SHARE: Final = 0.01
SHORTER_M: Final = 1.0
OFF_JUNCTION_M: Final = 30.0
EAST: Final = 180.0
SOUTH: Final = -80.0
NORTH: Final = 84.0
# The next pole of a UTM zone is 90 degrees of longitude off; a few thousand kilometres short of it
# the metres are of no use. No street network is as wide.
FAR_KM: Final = 2_000.0
# Mean radius of the Earth (IUGG).
EARTH_KM: Final = 6371.0
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
    """The columns of both tables as arrays, or one error with every fault.

    Row 1 is the first row of a table after its header.

    Raises
    ------
    NetworkError
        As documented at `zoning.roads.RoadNetwork.from_tables`.
    """
    faults = _missing_columns("junctions", junctions, JUNCTION_COLUMNS)
    faults += _missing_columns("links", links, LINK_COLUMNS)
    if faults:
        raise _unusable(faults)

    ids = as_text(junctions["junction_id"])
    lon, lat = numbers(junctions["lon"]), numbers(junctions["lat"])
    on_earth = np.isfinite(lon) & (np.abs(lon) <= EAST) & (lat >= SOUTH) & (lat <= NORTH)
    control = _optional_text(junctions, "control", otherwise="")
    faults += _junction_faults(junctions, ids, on_earth)
    faults += _not_one_of("junctions", "control", control, CONTROLS)

    start, end = (_rows_named(ids, as_text(links[c])) for c in ("from_junction", "to_junction"))
    length_m = numbers(links["length_m"])
    oneway = _optional_text(links, "oneway", otherwise="B")
    faults += _link_faults(links, start, end, length_m)
    faults += _not_one_of("links", "oneway", oneway, ONEWAY_CODES)
    kph, unlike = _speeds(links)
    faults += unlike
    approach = [_optional_text(links, c, otherwise="") for c in ("control_from", "control_to")]
    for column, texts in zip(("control_from", "control_to"), approach, strict=True):
        faults += _not_one_of("links", column, texts, CONTROLS)

    if not on_earth.any():
        raise _unusable([*faults, "junctions: no row has a usable place"])
    crs = utm_of(lon[on_earth], lat[on_earth])
    far_km = np.where(on_earth, km_from_middle(lon, lat), 0.0)
    faults += row_faults(
        "junctions",
        far_km > FAR_KM,
        lambda k: (
            f"lon {_cell(junctions, 'lon', k)}, lat {_cell(junctions, 'lat', k)} are "
            f"{far_km[k]:,.0f} km from the middle of the others: correct it, or leave it out with "
            "its links"
        ),
    )
    usable = on_earth & (far_km <= FAR_KM)
    x, y = np.full(len(lon), np.nan), np.full(len(lon), np.nan)
    x[usable], y[usable] = metres_of(np.column_stack([lon, lat])[usable], crs).T
    joined = (start >= 0) & (end >= 0)
    ends = np.stack(
        [np.stack([x[start], y[start]], axis=1), np.stack([x[end], y[end]], axis=1)], axis=1
    )
    ends[~joined] = np.nan
    lines, askew = _lines(links, ends, crs)
    faults += askew
    straight = np.hypot(*(ends[:, 0] - ends[:, 1]).T)
    straight[~(length_m > 0)] = np.nan
    faults += row_faults(
        "links",
        _too_short(length_m, straight),
        lambda k: (
            f"length_m {length_m[k]:.1f} is shorter than the straight line between its ends, "
            f"{straight[k]:.1f} m, by more than the {SHORTER_SHARE:.0%} and {SHORTER_M:g} m allowed"
        ),
    )
    if faults:
        raise _unusable(faults)
    return StreetTables(
        junction_ids=tuple(ids.tolist()),
        lon=lon,
        lat=lat,
        x=x,
        y=y,
        crs=crs,
        control=control,
        start=start,
        end=end,
        length_m=length_m,
        road_class=as_text(links["road_class"]),
        area=as_text(links["area"]),
        name=_optional_text(links, "name", otherwise=""),
        oneway=oneway,
        kph=kph,
        control_from=approach[0],
        control_to=approach[1],
        lines=lines,
    )


def sound_tables(tables: StreetTables, degrees: NDArray[Any]) -> StreetTables | None:
    """The tables with metres, if `check_tables` would find no fault in them; else None.

    For a source that made the arrays itself: the same conditions, without the
    cost of turning them into text and back.

    Parameters
    ----------
    tables
        In which ``x``, ``y``, ``crs`` and ``lines`` are still to be filled.
    degrees
        Shape (n_links,), LineString of every link, EPSG:4326.
    """
    lon, lat, start, end = tables.lon, tables.lat, tables.start, tables.end
    on_earth = np.isfinite(lon) & (np.abs(lon) <= EAST) & (lat >= SOUTH) & (lat <= NORTH)
    places, link = shapely.get_coordinates(degrees, return_index=True)
    ids = np.array(tables.junction_ids, dtype=str)
    if not (
        len(start)
        and len(set(tables.junction_ids)) == len(ids)
        and not (ids == "").any()
        and (np.char.strip(ids) == ids).all()
        and on_earth.all()
        and (km_from_middle(lon, lat) <= FAR_KM).all()
        and all(
            np.isin(control, CONTROLS).all()
            for control in (tables.control, tables.control_from, tables.control_to)
        )
        and (start != end).all()
        and (np.isfinite(tables.length_m) & (tables.length_m > 0)).all()
        and not (tables.road_class == "").any()
        and not (tables.area == "").any()
        and np.isin(tables.oneway, ONEWAY_CODES).all()
        and (np.isnan(tables.kph) | ((tables.kph > 0) & (tables.kph <= FASTEST_KPH))).all()
        and (shapely.get_type_id(degrees) == shapely.GeometryType.LINESTRING).all()
        and (shapely.get_num_coordinates(degrees) > 0).all()
        and np.isfinite(places).all()
    ):
        return None
    crs = utm_of(lon, lat)
    x, y = metres_of(np.column_stack([lon, lat]), crs).T
    flat = metres_of(places, crs)
    first = np.searchsorted(link, np.arange(len(degrees)))
    last = np.searchsorted(link, np.arange(len(degrees)), side="right") - 1
    off = [
        np.hypot(x[at] - flat[row, 0], y[at] - flat[row, 1])
        for at, row in ((start, first), (end, last))
    ]
    straight = np.hypot(x[start] - x[end], y[start] - y[end])
    if (np.maximum(*off) > OFF_JUNCTION_M).any() or _too_short(tables.length_m, straight).any():
        return None
    lines = np.asarray(shapely.linestrings(flat, indices=link))
    return replace(tables, x=x.copy(), y=y.copy(), crs=crs, lines=lines)


def _too_short(length_m: NDArray[np.float64], straight: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(length_m < straight * (1 - SHORTER_SHARE) - SHORTER_M)


def _junction_faults(
    junctions: pd.DataFrame, ids: NDArray[np.str_], on_earth: NDArray[np.bool_]
) -> list[str]:
    first = {i: k for k, i in reversed(list(enumerate(ids.tolist())))}
    repeats = np.array([i != "" and first[i] != k for k, i in enumerate(ids.tolist())], dtype=bool)
    return [
        *row_faults("junctions", ids == "", lambda _: "has no junction_id"),
        *row_faults(
            "junctions",
            repeats,
            lambda k: f"junction_id {str(ids[k])!r} also in row {first[str(ids[k])] + 1}",
        ),
        *row_faults(
            "junctions",
            ~on_earth,
            lambda k: (
                f"lon {_cell(junctions, 'lon', k)}, lat {_cell(junctions, 'lat', k)} are not "
                f"degrees between latitudes {SOUTH:g} and {NORTH:g}: missing, swapped or projected"
            ),
        ),
    ]


def _link_faults(
    links: pd.DataFrame,
    start: NDArray[np.intp],
    end: NDArray[np.intp],
    length_m: NDArray[np.float64],
) -> list[str]:
    faults = ["links: the table is empty"] if len(links) == 0 else []
    for column, at in (("from_junction", start), ("to_junction", end)):
        faults += row_faults("links", at < 0, _unknown_junction(links, column))
    faults += row_faults(
        "links",
        (start >= 0) & (start == end),
        lambda k: f"leads from {_cell(links, 'from_junction', k)} to itself",
    )
    faults += row_faults(
        "links",
        ~(np.isfinite(length_m) & (length_m > 0)),
        lambda k: f"length_m {_cell(links, 'length_m', k)} is not a number above 0",
    )
    faults += row_faults("links", as_text(links["road_class"]) == "", lambda _: "has no road_class")
    return faults + row_faults("links", as_text(links["area"]) == "", lambda _: "has no area")


def _not_one_of(
    table: str, column: str, values: NDArray[np.str_], known: tuple[str, ...]
) -> list[str]:
    listed = ", ".join(value for value in known if value)
    return row_faults(
        table,
        ~np.isin(values, known),
        lambda k: f"{column} {str(values[k])!r} is not one of {listed}",
    )


def _speeds(links: pd.DataFrame) -> tuple[NDArray[np.float64], list[str]]:
    """Speeds the links came with, NaN where the cell is blank; and what is wrong with them."""
    if "speed_kph" not in links.columns:
        return np.full(len(links), np.nan), []
    kph = numbers(links["speed_kph"])
    wrong = (as_text(links["speed_kph"]) != "") & ~((kph > 0) & (kph <= FASTEST_KPH))
    return kph, row_faults(
        "links",
        wrong,
        lambda k: (
            f"speed_kph {_cell(links, 'speed_kph', k)} is not a number above 0 and at most "
            f"{FASTEST_KPH:.0f}; leave it blank where it is not known"
        ),
    )


def _lines(
    links: pd.DataFrame, ends: NDArray[np.float64], crs: str
) -> tuple[NDArray[Any], list[str]]:
    """The line of every link in ``crs``, None where it has none; and what is wrong with them.

    ``ends`` are the two junctions of every link, shape (n_links, 2, 2), metres.
    """
    lines = np.full(len(links), None, dtype=object)
    if "geometry" not in links.columns:
        usable = np.isfinite(ends).all(axis=(1, 2))
        lines[usable] = shapely.linestrings(ends[usable])
        return lines, []
    degrees = links["geometry"].to_numpy(dtype=object)
    usable = (shapely.get_type_id(degrees) == shapely.GeometryType.LINESTRING) & ~shapely.is_empty(
        degrees
    )
    places, link = shapely.get_coordinates(degrees, return_index=True)
    usable[link[~np.isfinite(places).all(axis=1)]] = False
    faults = row_faults("links", ~usable, lambda _: "the geometry is not a line")
    lines[usable] = _in_metres(degrees[usable], crs)
    off = np.full(len(links), np.nan)
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


def _unknown_junction(links: pd.DataFrame, column: str) -> Callable[[int], str]:
    return lambda k: f"{column} {_cell(links, column, k)} is not in the junctions"


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
    """One line a wrong row, the first twenty of a kind in full."""
    rows = [int(k) for k in np.flatnonzero(wrong)]
    lines = [f"{table} row {k + 1}: {what(k)}" for k in rows[:_SHOWN]]
    if len(rows) > _SHOWN:
        more = ", ".join(str(k + 1) for k in rows[_SHOWN : 2 * _SHOWN])
        tail = " ..." if len(rows) > 2 * _SHOWN else ""
        lines.append(f"{table}: and {len(rows) - _SHOWN} more rows like it: {more}{tail}")
    return lines


def numbers(column: pd.Series) -> NDArray[np.float64]:
    """Cells as numbers, NaN where they are not."""
    return np.array(pd.to_numeric(column, errors="coerce"), dtype=np.float64)


def _optional_text(frame: pd.DataFrame, column: str, *, otherwise: str) -> NDArray[np.str_]:
    """A column as text, or the same word in every row if there is no such column."""
    return as_text(frame[column]) if column in frame.columns else np.full(len(frame), otherwise)


def as_text(column: pd.Series) -> NDArray[np.str_]:
    """Cells as stripped text, missing as ``''``; whole floats lose their ``.0``."""
    if column.dtype == object:
        return np.array([_plain(value) for value in column.tolist()], dtype=str)
    # Values of one type: each distinct one is written once.
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


def _cell(frame: pd.DataFrame, column: str, row: int) -> str:
    """A cell as given, quoted, for a fault."""
    return repr(_plain(frame[column].iloc[row]))


def _rows_named(ids: NDArray[np.str_], wanted: NDArray[np.str_]) -> NDArray[np.intp]:
    """Row of the first junction with each id, -1 where there is none."""
    first = {i: k for k, i in reversed(list(enumerate(ids.tolist()))) if i}
    return np.array([first.get(i, -1) for i in wanted.tolist()], dtype=np.intp)


def km_from_middle(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Kilometres from the median place on a sphere; NaN where a place is not a number."""
    there = np.isfinite(lon) & np.isfinite(lat)
    if not there.any():
        return np.full(len(lon), np.nan)
    lon, lat = unwrapped(np.where(there, lon, np.nan)), np.where(there, lat, np.nan)
    south, north = np.radians(lat), np.radians(np.median(lat[there]))
    east = np.radians(lon - np.median(lon[there]))
    across = np.sin((south - north) / 2) ** 2
    along = np.cos(south) * np.cos(north) * np.sin(east / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(across + along, 0.0, 1.0))))


def utm_of(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> str:
    """The UTM zone of the median place, so that one stray place does not choose it."""
    middle = (float(np.median(unwrapped(lon))) + 180.0) % 360.0
    zone = min(int(middle // 6) + 1, 60)
    return f"EPSG:{(32600 if np.median(lat) >= 0 else 32700) + zone}"


def metres_of(degrees: NDArray[np.float64], crs: str) -> NDArray[np.float64]:
    """Places in metres of a projected system; ``degrees`` is (n, 2), longitude first."""
    x, y = _to_metres(crs).transform(degrees[:, 0], degrees[:, 1])
    return np.column_stack([x, y])


@lru_cache(maxsize=8)
def _to_metres(crs: str) -> Transformer:
    return Transformer.from_crs("EPSG:4326", crs, always_xy=True)


def _in_metres(lines: NDArray[Any], crs: str) -> NDArray[Any]:
    """Lines in degrees brought to a projected system, without their heights."""
    places, line = shapely.get_coordinates(lines, return_index=True)
    return np.asarray(shapely.linestrings(metres_of(places, crs), indices=line))
