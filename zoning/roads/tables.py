"""Checking plain junction and link tables before a network is made of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zoning.errors import NetworkError

JUNCTION_COLUMNS: Final = ("junction_id", "lon", "lat")
LINK_COLUMNS: Final = ("from_junction", "to_junction", "length_m", "road_class", "area")
ONEWAY_CODES: Final = ("B", "FT", "TF")
SHORTER_SHARE: Final = 0.01
SHORTER_M: Final = 1.0
EAST: Final = 180.0
SOUTH: Final = -80.0
NORTH: Final = 84.0
_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StreetTables:
    """Checked columns of the two tables; ``x``, ``y`` are metres in ``crs``."""

    junction_ids: tuple[str, ...]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    crs: str
    start: NDArray[np.intp]
    end: NDArray[np.intp]
    length_m: NDArray[np.float64]
    road_class: NDArray[np.str_]
    area: NDArray[np.str_]
    name: NDArray[np.str_]
    oneway: NDArray[np.str_]


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

    ids = _text(junctions["junction_id"])
    lon, lat = _numbers(junctions["lon"]), _numbers(junctions["lat"])
    on_earth = np.isfinite(lon) & (np.abs(lon) <= EAST) & (lat >= SOUTH) & (lat <= NORTH)
    faults += _junction_faults(junctions, ids, on_earth)

    start, end = (_rows_named(ids, _text(links[c])) for c in ("from_junction", "to_junction"))
    length_m = _numbers(links["length_m"])
    oneway = _text(links["oneway"]) if "oneway" in links.columns else np.full(len(links), "B")
    faults += _link_faults(links, start, end, length_m, oneway)

    if not on_earth.any():
        raise _unusable([*faults, "junctions: no row has a usable place"])
    x, y, crs = _projected(lon, lat, on_earth)
    straight = np.hypot(x[start] - x[end], y[start] - y[end])
    straight[(start < 0) | (end < 0) | ~(length_m > 0)] = np.nan
    faults += _rows(
        "links",
        length_m < straight * (1 - SHORTER_SHARE) - SHORTER_M,
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
        start=start,
        end=end,
        length_m=length_m,
        road_class=_text(links["road_class"]),
        area=_text(links["area"]),
        name=_text(links["name"]) if "name" in links.columns else np.full(len(links), ""),
        oneway=oneway,
    )


def _junction_faults(
    junctions: pd.DataFrame, ids: NDArray[np.str_], on_earth: NDArray[np.bool_]
) -> list[str]:
    first = {i: k for k, i in reversed(list(enumerate(ids.tolist())))}
    repeats = np.array([i != "" and first[i] != k for k, i in enumerate(ids.tolist())], dtype=bool)
    return [
        *_rows("junctions", ids == "", lambda _: "has no junction_id"),
        *_rows(
            "junctions",
            repeats,
            lambda k: f"junction_id {str(ids[k])!r} also in row {first[str(ids[k])] + 1}",
        ),
        *_rows(
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
    oneway: NDArray[np.str_],
) -> list[str]:
    faults = ["links: the table is empty"] if len(links) == 0 else []
    for column, at in (("from_junction", start), ("to_junction", end)):
        faults += _rows("links", at < 0, _unknown_junction(links, column))
    faults += _rows(
        "links",
        (start >= 0) & (start == end),
        lambda k: f"leads from {_cell(links, 'from_junction', k)} to itself",
    )
    faults += _rows(
        "links",
        ~(np.isfinite(length_m) & (length_m > 0)),
        lambda k: f"length_m {_cell(links, 'length_m', k)} is not a number above 0",
    )
    faults += _rows("links", _text(links["road_class"]) == "", lambda _: "has no road_class")
    faults += _rows("links", _text(links["area"]) == "", lambda _: "has no area")
    faults += _rows(
        "links",
        ~np.isin(oneway, ONEWAY_CODES),
        lambda k: f"oneway {str(oneway[k])!r} is not one of {', '.join(ONEWAY_CODES)}",
    )
    return faults


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


def _rows(table: str, wrong: NDArray[np.bool_], what: Callable[[int], str]) -> list[str]:
    """One line a wrong row, the first twenty of a kind in full."""
    rows = [int(k) for k in np.flatnonzero(wrong)]
    lines = [f"{table} row {k + 1}: {what(k)}" for k in rows[:_SHOWN]]
    if len(rows) > _SHOWN:
        more = ", ".join(str(k + 1) for k in rows[_SHOWN : 2 * _SHOWN])
        tail = " ..." if len(rows) > 2 * _SHOWN else ""
        lines.append(f"{table}: and {len(rows) - _SHOWN} more rows like it: {more}{tail}")
    return lines


def _numbers(column: pd.Series) -> NDArray[np.float64]:
    return np.array(pd.to_numeric(column, errors="coerce"), dtype=np.float64)


def _text(column: pd.Series) -> NDArray[np.str_]:
    """Cells as stripped text, missing as ``''``; whole floats lose their ``.0``."""
    return np.array([_plain(value) for value in column.tolist()], dtype=str)


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


def _projected(
    lon: NDArray[np.float64], lat: NDArray[np.float64], on_earth: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64], str]:
    """Metres in the UTM zone of the junctions; NaN where a place is unusable."""
    degrees = gpd.GeoSeries(gpd.points_from_xy(lon[on_earth], lat[on_earth]), crs="EPSG:4326")
    crs = degrees.estimate_utm_crs()
    metres = degrees.to_crs(crs)
    x, y = np.full(len(lon), np.nan), np.full(len(lon), np.nan)
    x[on_earth], y[on_earth] = metres.x.to_numpy(), metres.y.to_numpy()
    return x, y, crs.to_string()
