"""Checking GMNS node and link tables before links are made of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from zoning.errors import NetworkError
from zoning.roads.tables import CONTROLS, numbers, row_faults

_DIRECTED: Final[Mapping[str, str]] = {
    **dict.fromkeys(("1", "true", "yes", "t", "y"), "FT"),
    **dict.fromkeys(("0", "false", "no", "f", "n"), "B"),
}
_NODE_COLUMNS: Final = ("node_id", "x_coord", "y_coord")
_LINK_COLUMNS: Final = ("from_node_id", "to_node_id", "directed")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GmnsTables:
    """Checked columns of both tables.

    Attributes
    ----------
    ids, control
        Shape (n_nodes,), text.
    places
        Shape (n_nodes, 2), degrees.
    tail, head
        Shape (n_links,), positions of nodes.
    oneway
        Shape (n_links,), ``B`` or ``FT``.
    length_m
        Shape (n_links,), metres; NaN where blank.
    lines
        Shape (n_links,), LineString in degrees, straight where none is given.
    """

    ids: NDArray[np.str_]
    control: NDArray[np.str_]
    places: NDArray[np.float64]
    tail: NDArray[np.intp]
    head: NDArray[np.intp]
    oneway: NDArray[np.str_]
    length_m: NDArray[np.float64]
    lines: NDArray[Any]


def checked_gmns(nodes: pd.DataFrame, rows: pd.DataFrame, *, metres: float, crs: CRS) -> GmnsTables:
    """The columns of both tables as arrays, or one error with every fault.

    Parameters
    ----------
    metres
        Metres in one of the unit of ``length``.
    crs
        Of the coordinates and geometries.

    Raises
    ------
    NetworkError
        As documented at `zoning.roads.sources.gmns.read_gmns`.
    """
    _require_columns(nodes, rows)
    ids, places = texts(nodes, "node_id"), _places(nodes, crs)
    number = {i: k for k, i in reversed(list(enumerate(ids.tolist())))}
    nameless = np.array([i == "" for i in ids.tolist()], dtype=bool)
    repeated = np.array([number[i] != k for k, i in enumerate(ids.tolist())], dtype=bool)
    tail, head = (
        np.array([number.get(i, -1) for i in texts(rows, column).tolist()], dtype=np.intp)
        for column in ("from_node_id", "to_node_id")
    )
    directed = [value.lower() for value in texts(rows, "directed").tolist()]
    stated = texts(rows, "length")
    has_length = np.array([text != "" for text in stated.tolist()], dtype=bool)
    length_m = numbers(pd.Series(stated)) * metres
    drawn, lines = _lines(rows, places, tail, head, crs)
    unread = drawn & np.asarray(shapely.is_missing(lines))
    lost = np.array(np.isnan(places).any(axis=1), dtype=bool)
    faults = [
        *row_faults("node", nameless, lambda _: "has no node_id"),
        *row_faults("node", repeated & ~nameless, lambda k: f"node_id {ids[k]} is repeated"),
        *row_faults(
            "node",
            lost,
            lambda k: (
                f"x_coord {nodes['x_coord'].iloc[k]!r}, y_coord {nodes['y_coord'].iloc[k]!r} are "
                f"no place in {crs.name}"
            ),
        ),
        *row_faults("link", tail < 0, lambda k: _unknown(rows, "from_node_id", k)),
        *row_faults("link", head < 0, lambda k: _unknown(rows, "to_node_id", k)),
        *row_faults(
            "link",
            np.array([value not in _DIRECTED for value in directed], dtype=bool),
            lambda k: f"directed {rows['directed'].iloc[k]!r} is neither true nor false",
        ),
        *row_faults(
            "link",
            has_length & ~(np.isfinite(length_m) & (length_m > 0)),
            lambda k: f"length {str(stated[k])!r} is not a number above 0",
        ),
        *row_faults("link", unread, lambda _: "the geometry is not a line in WKT"),
    ]
    if faults:
        raise NetworkError(
            "the GMNS tables cannot be used",
            faults,
            "Correct these rows (row 1 is the first after the header).",
        )
    return GmnsTables(
        ids=ids,
        control=np.array([_control(text) for text in texts(nodes, "ctrl_type")], dtype=str),
        places=places,
        tail=tail,
        head=head,
        oneway=np.array([_DIRECTED[value] for value in directed], dtype=str),
        length_m=length_m,
        lines=lines,
    )


def _require_columns(nodes: pd.DataFrame, rows: pd.DataFrame) -> None:
    faults = [
        f"{table}.csv: no column {column}"
        for table, frame, needed in (("node", nodes, _NODE_COLUMNS), ("link", rows, _LINK_COLUMNS))
        for column in needed
        if column not in frame.columns
    ]
    faults += [
        f"{table}.csv: the table is empty"
        for table, frame in (("node", nodes), ("link", rows))
        if not len(frame)
    ]
    if faults:
        raise NetworkError("the GMNS tables cannot be used", faults)


def _places(nodes: pd.DataFrame, crs: CRS) -> NDArray[np.float64]:
    """Longitude and latitude of every node, NaN where there is none."""
    points = gpd.points_from_xy(numbers(nodes["x_coord"]), numbers(nodes["y_coord"]))
    degrees = gpd.GeoSeries(points, crs=crs).to_crs("EPSG:4326").to_numpy()
    places = np.column_stack([shapely.get_x(degrees), shapely.get_y(degrees)])
    with np.errstate(invalid="ignore"):
        places[~((np.abs(places[:, 0]) <= 180) & (np.abs(places[:, 1]) <= 90))] = np.nan
    return places


def _lines(
    rows: pd.DataFrame,
    places: NDArray[np.float64],
    tail: NDArray[np.intp],
    head: NDArray[np.intp],
    crs: CRS,
) -> tuple[NDArray[np.bool_], NDArray[Any]]:
    """Which links have a geometry, and the line of each; None where it cannot be read."""
    given = texts(rows, "geometry")
    drawn = np.array([text != "" for text in given.tolist()], dtype=bool)
    lines = np.full(len(rows), None, dtype=object)
    placed = ~drawn & np.isfinite(places[tail]).all(axis=1) & np.isfinite(places[head]).all(axis=1)
    lines[placed] = shapely.linestrings(np.stack([places[tail], places[head]], axis=1)[placed])
    if drawn.any():
        shapes = shapely.force_2d(shapely.from_wkt(given[drawn], on_invalid="ignore"))
        shapes[shapely.get_type_id(shapes) != shapely.GeometryType.LINESTRING] = None
        lines[drawn] = gpd.GeoSeries(shapes, crs=crs).to_crs("EPSG:4326").to_numpy()
        against = drawn & (texts(rows, "dir_flag") == "-1")
        lines[against] = shapely.reverse(lines[against])
    return drawn, lines


def texts(frame: pd.DataFrame, column: str) -> NDArray[np.str_]:
    """A column as stripped text; blank throughout if there is none."""
    if column not in frame.columns:
        return np.full(len(frame), "")
    return np.array([str(value).strip() for value in frame[column]], dtype=str)


def _unknown(rows: pd.DataFrame, column: str, row: int) -> str:
    return f"{column} {rows[column].iloc[row]!r} is not in node.csv"


def _control(text: str) -> str:
    plain = text.lower()
    if plain.endswith("stop"):
        return "stop"
    return plain if plain in CONTROLS else ""
