"""Checking GMNS node and link tables before links are made of them."""

from __future__ import annotations

import re
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
from zoning.roads.sources.links import lengths_m
from zoning.roads.streets.build_report import FindingKind, ReportDraft, value_counts
from zoning.roads.streets.tables import CONTROLS, OFF_JUNCTION_M, numbers, row_faults

_DIRECTED: Final[Mapping[str, str]] = {
    **dict.fromkeys(("1", "1.0", "true", "yes", "t", "y"), "FT"),
    **dict.fromkeys(("0", "0.0", "false", "no", "f", "n"), "B"),
}
_NODE_COLUMNS: Final = ("node_id", "x_coord", "y_coord")
_LINK_COLUMNS: Final = ("from_node_id", "to_node_id")
_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "node": (*_NODE_COLUMNS, "ctrl_type"),
    "link": (
        *_LINK_COLUMNS,
        *("link_id", "name", "directed", "geometry_id", "geometry", "dir_flag", "length"),
        *("facility_type", "free_speed", "lanes", "allowed_uses"),
    ),
}
"""Columns of ours; a Shapefile on the way cuts their names to ten letters."""
_OTHER_NAMES: Final[Mapping[str, str]] = {
    "control_type": "ctrl_type",
    "link_type_name": "facility_type",
}
"""Names that DTALite and osm2gmns use."""
_MISSING: Final = frozenset({"", "nan", "null", "<null>"})
"""Blank and NaN are the specification's; databases write the others."""
_BOTH_WAYS_SHARE: Final = 0.5
_WHOLE: Final = re.compile(r"(-?\d+)\.0+")


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
    length
        Shape (n_links,), as given; NaN where blank or 0.
    lines
        Shape (n_links,), LineString in degrees, straight where none is given.
    """

    ids: NDArray[np.str_]
    control: NDArray[np.str_]
    places: NDArray[np.float64]
    tail: NDArray[np.intp]
    head: NDArray[np.intp]
    oneway: NDArray[np.str_]
    length: NDArray[np.float64]
    lines: NDArray[Any]


def checked_gmns(
    nodes: pd.DataFrame, rows: pd.DataFrame, *, crs: CRS, draft: ReportDraft
) -> GmnsTables:
    """The columns of both tables as arrays, or one error with every fault.

    Parameters
    ----------
    nodes, rows
        As `with_our_names` makes them.
    crs
        Of the coordinates and geometries.
    draft
        Takes what was guessed and repaired.

    Raises
    ------
    NetworkError
        As documented at `zoning.roads.sources.gmns.read_gmns`.
    """
    _require_columns(nodes, rows)
    ids, places = _ids(nodes, "node_id"), _places(nodes, crs)
    number = {i: k for k, i in reversed(list(enumerate(ids.tolist())))}
    nameless = np.array([i == "" for i in ids.tolist()], dtype=bool)
    repeated = np.array([number[i] != k for k, i in enumerate(ids.tolist())], dtype=bool)
    tail, head = (
        np.array([number.get(i, -1) for i in _ids(rows, column).tolist()], dtype=np.intp)
        for column in ("from_node_id", "to_node_id")
    )
    directed = np.char.lower(texts(rows, "directed"))
    stated = texts(rows, "length")
    length = numbers(pd.Series(stated))
    wrong_length = (stated != "") & ~np.isfinite(length)
    drawn, lines = _lines(rows, places, tail, head, crs)
    unread = drawn & np.asarray(shapely.is_missing(lines))
    lost = np.array(np.isnan(places).any(axis=1), dtype=bool)
    if crs.is_geographic and _are_projected(nodes).mean() > 0.5:
        raise _elsewhere(nodes, crs)
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
            ~np.isin(directed, ["", *_DIRECTED]),
            lambda k: f"directed {rows['directed'].iloc[k]!r} is neither true nor false",
        ),
        *row_faults("link", wrong_length, lambda k: f"length {str(stated[k])!r} is not a number"),
        *row_faults("link", unread, lambda _: "the geometry is not a line in WKT"),
    ]
    if faults:
        raise NetworkError(
            "the GMNS tables cannot be used",
            faults,
            "Correct these rows (row 1 is the first after the header).",
        )
    draft.add(
        FindingKind.REPAIRED,
        "length_not_positive",
        "lengths that are not above 0, treated as unknown",
        int((length <= 0).sum()),
        value_counts(stated[length <= 0]),
    )
    control = np.char.lower(texts(nodes, "ctrl_type"))
    draft.add(
        FindingKind.NOT_MODELLED,
        "stops_in_part",
        "junctions where only some approaches stop (2_stop), whose signs are ignored since the "
        "tables do not say which",
        int((control == "2_stop").sum()),
    )
    return GmnsTables(
        ids=ids,
        control=np.array([_control(text) for text in control.tolist()], dtype=str),
        places=places,
        tail=tail,
        head=head,
        oneway=_oneway(directed, tail, head, sure="from_biway" in rows, draft=draft),
        length=np.where(length > 0, length, np.nan),
        lines=_from_node_to_node(lines, drawn, places[tail], places[head], draft),
    )


def with_our_names(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """A table with our columns under the names of the specification, and '' for missing cells.

    A name may be cut to ten letters, as in a Shapefile, or be in capitals.
    """
    plain = {str(column): str(column).strip().casefold() for column in frame.columns}
    cut = {field[:10]: field for field in _FIELDS[table] if len(field) > 10}
    cut |= {field: field for field in _FIELDS[table]}
    names: dict[str, str] = {}
    for theirs, name in plain.items():
        ours = cut.get(name) or cut.get(_OTHER_NAMES.get(name, ""))
        if ours is not None and (ours == name or ours not in {*plain.values(), *names.values()}):
            names[theirs] = ours
    frame = frame.rename(columns=names)
    return frame.loc[:, ~frame.columns.duplicated()]


def with_geometries(rows: pd.DataFrame, geometries: pd.DataFrame | None) -> pd.DataFrame:
    """The links, with the geometry that geometry.csv has under their geometry_id."""
    if geometries is None or "geometry" not in geometries or "geometry_id" not in geometries:
        return rows
    known = dict(zip(_ids(geometries, "geometry_id"), texts(geometries, "geometry"), strict=True))
    own = texts(rows, "geometry").tolist()
    by_id = [known.get(i, "") for i in _ids(rows, "geometry_id").tolist()]
    return rows.assign(geometry=[a or b for a, b in zip(own, by_id, strict=True)])


def _oneway(
    directed: NDArray[np.str_],
    tail: NDArray[np.intp],
    head: NDArray[np.intp],
    *,
    sure: bool,
    draft: ReportDraft,
) -> NDArray[np.str_]:
    """One-way codes; where ``directed`` is blank, links each way show that it is true.

    It is ``sure`` for tables of osm2gmns, known by a column of theirs.

    Raises
    ------
    NetworkError
        If most of the links that do not say it have no link back.
    """
    blank = np.flatnonzero(directed == "")
    pairs = set(zip(head.tolist(), tail.tolist(), strict=True))
    back = sum((int(tail[k]), int(head[k])) in pairs for k in blank)
    if not sure and back < _BOTH_WAYS_SHARE * len(blank):
        raise NetworkError(
            "link.csv does not say which links are one-way",
            [
                f"directed is blank in {len(blank):,} of {len(directed):,} rows, of which {back:,} "
                "have a link back"
            ],
            "Fill the column directed: true where a link leads from from_node_id to to_node_id "
            "only, false where it is open both ways.",
        )
    draft.add(
        FindingKind.GUESSED,
        "directed",
        "links that do not say whether they are directed, taken one-way since the table has links "
        "each way",
        len(blank),
        [f"{back:,} have"],
    )
    return np.array([_DIRECTED.get(value, "FT") for value in directed.tolist()], dtype=str)


def _from_node_to_node(
    lines: NDArray[Any],
    drawn: NDArray[np.bool_],
    tail: NDArray[np.float64],
    head: NDArray[np.float64],
    draft: ReportDraft,
) -> NDArray[Any]:
    """Lines turned to run from node to node, whatever ``dir_flag`` says; else straight ones."""
    begin = shapely.get_coordinates(shapely.get_point(lines, 0))
    end = shapely.get_coordinates(shapely.get_point(lines, -1))
    ahead = np.maximum(_metres(begin, tail), _metres(end, head))
    turned = np.maximum(_metres(begin, head), _metres(end, tail))
    lines = np.where(drawn & (turned < ahead), shapely.reverse(lines), lines)
    off = drawn & (np.minimum(ahead, turned) > OFF_JUNCTION_M)
    draft.add(
        FindingKind.REPAIRED,
        "line_off",
        f"links whose line ends more than {OFF_JUNCTION_M:g} m from their nodes, taken straight",
        int(off.sum()),
        [f"row {k + 1}" for k in np.flatnonzero(off)],
    )
    return np.where(off, shapely.linestrings(np.stack([tail, head], axis=1)), lines)


def _metres(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return lengths_m(shapely.linestrings(np.stack([a, b], axis=1)))


def _are_projected(nodes: pd.DataFrame) -> NDArray[np.bool_]:
    """Which nodes have numbers that are no degrees."""
    x, y = np.abs(numbers(nodes["x_coord"])), np.abs(numbers(nodes["y_coord"]))
    return (x > 180) | (y > 90)


def _elsewhere(nodes: pd.DataFrame, crs: CRS) -> NetworkError:
    projected = _are_projected(nodes)
    first = nodes.iloc[int(projected.argmax())]
    return NetworkError(
        f"{int(projected.sum()):,} of {len(projected):,} nodes are no places in {crs.name}",
        [f"x_coord {first['x_coord']!r}, y_coord {first['y_coord']!r} are not degrees"],
        "Say their coordinate system with --crs, such as EPSG:32619 (in Python: "
        "GmnsUnits(crs='EPSG:32619')), or in crs of config.csv.",
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
        shapes = _shapes(given[drawn])
        lines[drawn] = gpd.GeoSeries(shapes, crs=crs).to_crs("EPSG:4326").to_numpy()
    return drawn, lines


def _shapes(given: NDArray[np.str_]) -> NDArray[Any]:
    """LineStrings from WKT or GeoJSON, parts that follow one another joined; else None."""
    is_json = np.char.startswith(given, "{")
    shapes = np.empty(len(given), dtype=object)
    shapes[~is_json] = shapely.from_wkt(given[~is_json], on_invalid="ignore")
    shapes[is_json] = shapely.from_geojson(given[is_json], on_invalid="ignore")
    several = shapely.get_type_id(shapes) == shapely.GeometryType.MULTILINESTRING
    shapes[several] = shapely.line_merge(shapes[several])
    shapes[shapely.get_type_id(shapes) != shapely.GeometryType.LINESTRING] = None
    return np.asarray(shapely.force_2d(shapes))


def texts(frame: pd.DataFrame, column: str) -> NDArray[np.str_]:
    """A column as stripped text, '' where it is missing; blank throughout if there is none."""
    if column not in frame.columns:
        return np.full(len(frame), "")
    plain = (str(value).strip() for value in frame[column])
    return np.array([text if text.casefold() not in _MISSING else "" for text in plain], dtype=str)


def _ids(frame: pd.DataFrame, column: str) -> NDArray[np.str_]:
    """Ids as text; whole numbers lose the ``.0`` that a blank elsewhere in the column brings."""
    ids = [_WHOLE.sub(r"\1", text) for text in texts(frame, column).tolist()]
    return np.array(ids, dtype=str)


def _unknown(rows: pd.DataFrame, column: str, row: int) -> str:
    return f"{column} {rows[column].iloc[row]!r} is not in node.csv"


def _control(text: str) -> str:
    if text == "no_control":
        return "none"
    if text.endswith("stop"):
        return "" if text == "2_stop" else "stop"
    return text if text in CONTROLS else ""
