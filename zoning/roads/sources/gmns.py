"""Node and link tables by the names of the General Modeling Network Specification."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from zoning.errors import NetworkError, typed
from zoning.inputs import LARGEST_STREETS_BYTES, require_kind, require_size
from zoning.roads.build_report import FindingKind, ReportDraft, value_counts
from zoning.roads.network import RoadNetwork
from zoning.roads.sources.classes import LEAVE_OUT, line_classes
from zoning.roads.sources.columns import SpeedUnit, speed_unit_named, speeds_kph
from zoning.roads.sources.finishing import finished, select_classes
from zoning.roads.sources.links import Links, lengths_m
from zoning.roads.sources.options import BuildOptions
from zoning.roads.tables import (
    CONTROLS,
    OFF_JUNCTION_M,
    SHORTER_M,
    SHORTER_SHARE,
    numbers,
    row_faults,
)
from zoning.units import METRES_PER_MILE

_CAR_USES: Final = frozenset(
    {"all", "auto", "car", "drive", "sov", "hov", "hov2", "hov3", "hov3+", "truck"}
)


# What GMNS tables call links that are no streets, and ramps.
_CLASSES: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("bikeway", "crosswalk", "cycletrack", "sidewalk", "walkway", "shared use path"), LEAVE_OUT
    ),
    **dict.fromkeys(("centroid_connector", "connector", "transit", "railway"), LEAVE_OUT),
    **dict.fromkeys(("on-ramp", "off-ramp"), "ramp"),
}
_UNUSED: Final = (
    *("lane", "lane_tod", "link_tod", "movement", "movement_tod", "segment", "segment_lane"),
    *("segment_tod", "segment_lane_tod", "signal_controller", "signal_timing_plan", "curb_seg"),
)


@typed
def read_gmns(
    folder: str | Path,
    *,
    units: GmnsUnits | None = None,
    classes: Mapping[str, str] | None = None,
    options: BuildOptions | None = None,
    source: str | None = None,
    attribution: str = "",
) -> RoadNetwork:
    """A street network from ``node.csv`` and ``link.csv``; its ``report`` says what was done.

    Of nodes: ``node_id``, ``x_coord``, ``y_coord``, optional ``ctrl_type``. Of
    links: ``from_node_id``, ``to_node_id``, ``directed`` (true is one-way; where it
    is blank, links each way show it), and optional ``link_id``, ``length``
    (measured where blank), ``facility_type`` (class), ``free_speed``, ``name``,
    ``geometry`` (WKT; or ``geometry_id``, of geometry.csv), ``lanes`` and
    ``allowed_uses`` (a link without a lane or a use for cars is left out, groups
    as in use_group.csv). Walks, cycleways and zone connectors are no streets.
    Blank and NaN are missing values. Lanes, movements, segments, signal timings
    and times of day are not modelled.

    Parameters
    ----------
    folder
        Holds both files, UTF-8; ``config.csv`` may give the units
        (``long_length``, ``speed``, ``crs``).
    units
        Units given by the user, which win over ``config.csv``.
    classes
        Value of ``facility_type`` -> our class, as for
        `zoning.roads.read_centrelines`.
    options
        What to keep, and what to put where the tables say nothing. Links are
        not merged unless asked.
    source
        Where the streets come from, in words for a planner; the folder's name
        if None.
    attribution
        To be shown on every map of the network.

    Raises
    ------
    NetworkError
        Every fault at once, with row numbers (row 1 follows the header): a file
        or column is missing, an id is unknown or repeated, a place, length,
        direction or geometry cannot be read. Or the units cannot be told, see
        `GmnsUnits`.

    References
    ----------
    General Modeling Network Specification, Zephyr Foundation: tables ``node``,
    ``link`` and ``config``.
    """
    place = Path(folder)
    choices = options if options is not None else BuildOptions()
    given = units if units is not None else GmnsUnits()
    draft = ReportDraft()
    tables = read_tables(place, ("node", "link"))
    nodes = with_our_names("node", tables["node"])
    rows = with_geometries(with_our_names("link", tables["link"]), _optional(place, "geometry"))
    config = _config(place)
    draft.add(FindingKind.READ, "rows", "rows of link.csv", len(rows))
    table = checked_gmns(nodes, rows, crs=system_of(given.crs, config, draft), draft=draft)
    measured = lengths_m(table.lines)
    metres, speed_unit = units_of(
        given,
        config,
        length=table.length,
        measured=measured,
        speeds=texts(rows, "free_speed"),
        draft=draft,
    )
    links = _links(
        table,
        rows,
        length_m=_lengths(table, measured, metres, draft),
        speed_unit=speed_unit,
        uses=_car_uses(_optional(place, "use_group")),
        classes={**_CLASSES} | dict(classes or {}),
        options=choices,
        draft=draft,
    )
    unused = [name for name in _UNUSED if (place / f"{name}.csv").is_file()]
    draft.add(
        FindingKind.NOT_MODELLED,
        "tables",
        "tables of lanes, movements, segments, signals and times of day, ignored",
        len(unused),
        [f"{name}.csv" for name in unused],
    )
    return finished(
        links,
        options=choices,
        merge=False,
        draft=draft,
        source=source if source is not None else f"GMNS tables in {place.name}",
        attribution=attribution,
    )


def _optional(folder: Path, name: str) -> pd.DataFrame | None:
    return read_tables(folder, (name,))[name] if (folder / f"{name}.csv").is_file() else None


def _config(folder: Path) -> dict[str, str]:
    frame = _optional(folder, "config")
    if frame is None or not len(frame):
        return {}
    return {str(name).strip().casefold(): str(texts(frame, name)[0]) for name in frame.columns}


def _car_uses(groups: pd.DataFrame | None) -> frozenset[str]:
    """Uses and groups of uses that a car is among; a group may hold groups."""
    found = set(_CAR_USES)
    held = (
        {}
        if groups is None
        else dict(zip(texts(groups, "use_group"), map(_words, texts(groups, "uses")), strict=True))
    )
    for _ in held:
        found |= {str(group).casefold() for group, uses in held.items() if uses & found}
    return frozenset(found)


def _words(text: str) -> set[str]:
    return {word.strip() for word in re.split(r"[,;|]", text.casefold()) if word.strip()}


def read_tables(folder: Path, names: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """CSV tables of a folder by name, every cell as text; all faults in one error."""
    tables, faults = {}, []
    for name in names:
        path = folder / f"{name}.csv"
        try:
            require_kind(path, shown=path, error=NetworkError)
            require_size(path, most_bytes=LARGEST_STREETS_BYTES, shown=path, error=NetworkError)
            # As text: 'NA' can be a street, and ids keep their leading zeros.
            tables[name] = pd.read_csv(path, dtype=str, keep_default_na=False)
        except FileNotFoundError:
            faults.append(f"{path} does not exist")
        except NetworkError as e:
            faults.append(f"{path} cannot be read: {'; '.join(e.faults) or e}")
        except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as e:
            faults.append(f"{path} cannot be read as a CSV table: {e}")
    if faults:
        raise NetworkError("the street network cannot be read", faults)
    return tables


def _lengths(
    table: GmnsTables, measured: NDArray[np.float64], metres: float, draft: ReportDraft
) -> NDArray[np.float64]:
    """Metres of every link: as given, unless that is less than the straight line."""
    draft.add(
        FindingKind.GUESSED,
        "length_measured",
        "links without a length, measured along their line",
        int(np.isnan(table.length).sum()),
    )
    ends = np.stack([table.places[table.tail], table.places[table.head]], axis=1)
    straight = lengths_m(np.asarray(shapely.linestrings(ends)))
    least = straight * (1 - SHORTER_SHARE) - SHORTER_M
    given = table.length * metres
    short = given < least
    draft.add(
        FindingKind.REPAIRED,
        "length_short",
        "links whose length is less than the straight line between their ends; that of their line "
        "is taken instead",
        int(short.sum()),
        [f"row {k + 1}: {given[k]:.1f} m for {straight[k]:.1f} m" for k in np.flatnonzero(short)],
    )
    # A line may end short of its node, at the stop line.
    along = np.where(measured < least, straight, measured)
    return np.where(np.isnan(given) | short, along, given)


def _links(
    table: GmnsTables,
    rows: pd.DataFrame,
    *,
    length_m: NDArray[np.float64],
    speed_unit: SpeedUnit | None,
    uses: frozenset[str],
    classes: Mapping[str, str],
    options: BuildOptions,
    draft: ReportDraft,
) -> Links:
    kph = speeds_kph(
        texts(rows, "free_speed").tolist(),
        unit=speed_unit,
        plausible=options.plausible_kph,
        draft=draft,
        column="free_speed",
    )
    road_class = line_classes(texts(rows, "facility_type"), kph, given=classes, draft=draft)
    streets = _streets(rows, road_class, length_m, uses, draft)
    kept_class, is_kept = select_classes(road_class[streets], options, draft)
    kept = streets[is_kept]
    return Links(
        junction_ids=table.ids,
        lon=table.places[:, 0],
        lat=table.places[:, 1],
        control=table.control,
        start=table.tail[kept],
        end=table.head[kept],
        lines=table.lines[kept],
        length_m=length_m[kept],
        oneway=table.oneway[kept],
        kph=kph[kept],
        road_class=kept_class[is_kept],
        area=np.full(len(kept), ""),
        name=texts(rows, "name")[kept],
    )


def _streets(
    rows: pd.DataFrame,
    road_class: NDArray[np.str_],
    length_m: NDArray[np.float64],
    uses: frozenset[str],
    draft: ReportDraft,
) -> NDArray[np.intp]:
    """Rows that cars may use and that are streets of some length."""
    words = [_words(text) for text in texts(rows, "allowed_uses").tolist()]
    # No lane for motor vehicles closes a link whose uses are not given, unless none has any.
    lanes = numbers(pd.Series(texts(rows, "lanes")))
    laneless = (lanes == 0) & bool((lanes > 0).any())
    for_cars = np.array(
        [
            bool(some & uses) if some else not none
            for some, none in zip(words, laneless, strict=True)
        ],
        dtype=bool,
    )
    no_street = road_class == LEAVE_OUT
    empty = length_m == 0
    draft.add(
        FindingKind.LEFT_OUT,
        "closed",
        "links whose allowed_uses name no kind of car, or without a lane",
        int((~for_cars).sum()),
        value_counts(texts(rows, "allowed_uses")[~for_cars].tolist()),
    )
    draft.add(
        FindingKind.LEFT_OUT,
        "not_streets",
        "links of a class that is not a street",
        int(no_street.sum()),
        value_counts(texts(rows, "facility_type")[no_street].tolist()),
    )
    draft.add(
        FindingKind.LEFT_OUT,
        "zero_length",
        "links of no length",
        int(empty.sum()),
        [f"row {k + 1}" for k in np.flatnonzero(empty)],
    )
    return np.flatnonzero(for_cars & ~no_street & ~empty)


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


_UNITS: Final[Mapping[str, tuple[str, ...]]] = {
    "m": ("m", "meter", "meters", "metre", "metres"),
    "km": ("km", "kilometer", "kilometers", "kilometre", "kilometres"),
    "mi": ("mi", "mile", "miles"),
    "ft": ("ft", "foot", "feet", "us survey foot", "us survey feet"),
}
_NAMES: Final = {name: unit for unit, names in _UNITS.items() for name in names}
_METRES: Final = {"m": 1.0, "km": 1000.0, "mi": METRES_PER_MILE, "ft": 0.3048}
_SPEED_UNITS: Final[Mapping[str, SpeedUnit]] = {
    **dict.fromkeys(("mph", "mi/h", "miles per hour", "miles/hour"), SpeedUnit.MPH),
    **dict.fromkeys(("kmh", "kph", "km/h", "kmph", "kilometers per hour"), SpeedUnit.KMH),
}
# A link is as long as its line, give or take rounding, or a bend where only its ends are given.
_FITS: Final = (0.9, 1.45)
# A unit that somebody named is believed a bit longer; the next unit is 1.6 times as long.
_LEAST_RATIO: Final = 0.8
_MOST_RATIO: Final = 3.0
# Limits in mph often end in 5, in km/h hardly ever; no limit in the United States is above 85 mph.
_FIVES_SHARE: Final = 0.25
_HIGHEST_MPH: Final = 85.0
_TOO_FAST_SHARE: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class GmnsUnits:
    """Units of a GMNS folder; None takes them from its ``config.csv``, else from what shows.

    Attributes
    ----------
    length
        Of ``length``: ``m``, ``km``, ``mi`` or ``ft``. By default the one in
        which links are as long as their lines.
    speed
        Of ``free_speed``: ``mph`` or ``kmh``. By default km/h beside metres and
        kilometres, mph beside miles and feet, unless the numbers speak against it.
    crs
        Of ``x_coord``, ``y_coord`` and ``geometry``. Default EPSG:4326.

    Raises
    ------
    NetworkError
        If a unit is not known.
    """

    length: str | None = None
    speed: SpeedUnit | str | None = None
    crs: str | None = None

    def __post_init__(self) -> None:
        _length_named(self.length)
        _speed_named(self.speed)


def system_of(given: str | None, config: Mapping[str, str], draft: ReportDraft) -> CRS:
    """The coordinate system; `NetworkError` if it is none."""
    named = given or config.get("crs")
    try:
        system = CRS.from_user_input(named or "EPSG:4326")
    except CRSError as error:
        raise NetworkError(
            f"{named!r} is not a coordinate system", remedy="Give a code such as EPSG:4326."
        ) from error
    draft.add(
        FindingKind.GUESSED,
        "crs",
        "coordinate system that neither config.csv nor the options give, taken by default",
        int(not named),
        ["EPSG:4326"],
    )
    return system


def units_of(
    given: GmnsUnits,
    config: Mapping[str, str],
    *,
    length: NDArray[np.float64],
    measured: NDArray[np.float64],
    speeds: NDArray[np.str_],
    draft: ReportDraft,
) -> tuple[float, SpeedUnit | None]:
    """Metres in a unit of ``length``, and the unit of speeds that name none.

    Parameters
    ----------
    length
        Shape (n_links,), as given, NaN unknown.
    measured
        Shape (n_links,), metres along the lines.
    speeds
        Shape (n_links,), as given, '' unknown.

    Raises
    ------
    NetworkError
        If a unit is unknown, the lengths cannot be in the one the user gave, or
        a unit is not given and cannot be told: asks for all of these at once.
    """
    both = np.isfinite(length) & (measured > 0)
    ratio = float(np.median(length[both] / measured[both])) if both.any() else None
    fitting = _fitting(ratio)
    told = _length_named(given.length)
    if told is not None and ratio is not None and told != fitting:
        _require_like(ratio * _METRES[told], fitting)
    says = _length_named(config.get("long_length"))
    unit = told or says or fitting
    if told is None and says is not None and fitting not in {None, says}:
        unit = fitting
        draft.add(
            FindingKind.REPAIRED,
            "length_unit",
            f"lengths that cannot be in {says}, as config.csv says, since links would be "
            f"{(ratio or 0) * _METRES[says]:,.4g} times as long as their lines; taken as {fitting}",
            int(both.sum()),
        )
    elif told is None and says is not None and ratio is not None and says != fitting:
        _require_like(ratio * _METRES[says], fitting)
    speed = named = _speed_named(given.speed or config.get("speed"))
    numbers = np.array([float(text) for text in speeds.tolist() if _is_number(text)])
    faults = [] if unit or ratio is None else [_unfit(ratio)]
    if len(numbers) and speed is None:
        speed = SpeedUnit.KMH if unit in {"m", "km"} else SpeedUnit.MPH
        unknown = [f"speeds in free_speed have no unit ({_range(numbers)})"]
        faults += _against(speed, numbers) if unit else unknown
    elif len(numbers) and speed is SpeedUnit.MPH and not given.speed:
        faults += [f"{why}, but config.csv says {speed}" for why in _against(speed, numbers)]
    if faults:
        raise NetworkError(
            "the units of the tables cannot be told",
            faults,
            "Say both with --length-unit and --speed-unit (in Python: GmnsUnits(length='m', "
            "speed='kmh')), or in long_length and speed of config.csv.",
        )
    assumed = [
        *([f"lengths in {unit}"] if ratio is not None and not (told or says) else []),
        *([f"speeds in {speed}"] if len(numbers) and named is None else []),
    ]
    draft.add(
        FindingKind.GUESSED,
        "units",
        "units that neither config.csv nor the options give; lengths are in the unit in which "
        "links are as long as their lines, speeds per hour in the same system",
        len(assumed),
        assumed,
    )
    return _METRES[unit or "m"], speed


def _length_named(name: str | None) -> str | None:
    if not name:
        return None
    if name.strip().lower() not in _NAMES:
        raise NetworkError(
            f"{name!r} is not a unit of length", remedy=f"Use one of {', '.join(_METRES)}."
        )
    return _NAMES[name.strip().lower()]


def _speed_named(name: SpeedUnit | str | None) -> SpeedUnit | None:
    if not name:
        return None
    return _SPEED_UNITS.get(str(name).strip().lower()) or speed_unit_named(name)


def _fitting(ratio: float | None) -> str | None:
    """The unit in which links are as long as their lines, if there is one."""
    low, high = _FITS
    fits = {
        unit: abs(np.log(ratio * metres))
        for unit, metres in _METRES.items()
        if ratio is not None and low <= ratio * metres <= high
    }
    return min(fits, key=lambda unit: fits[unit]) if fits else None


def _require_like(ratio: float, fitting: str | None) -> None:
    """Refuse a unit that was named, if another fits or links are far from their lines."""
    if fitting is None and _LEAST_RATIO <= ratio <= _MOST_RATIO:
        return
    raise NetworkError(
        "the lengths cannot be in the unit that was given",
        [
            f"in the middle, a link is {ratio:.3g} times as long as its line",
            *([f"they fit {fitting}"] if fitting else []),
        ],
        "Say the unit with --length-unit (in Python: GmnsUnits(length='m')), or in long_length of "
        "config.csv.",
    )


def _unfit(ratio: float) -> str:
    times = ", ".join(f"{ratio * metres:.3g} in {unit}" for unit, metres in _METRES.items())
    return f"lengths: in the middle, a link is so many times as long as its line: {times}"


def _against(unit: SpeedUnit, numbers: NDArray[np.float64]) -> list[str]:
    """What in the numbers speaks against a unit."""
    if unit is SpeedUnit.KMH:
        odd = numbers % 10 == 5
        what, share = "end in 5, as limits in mph do and those in km/h do not", _FIVES_SHARE
    else:
        odd = numbers > _HIGHEST_MPH
        what, share = f"are above {_HIGHEST_MPH:g}, more than any limit in mph", _TOO_FAST_SHARE
    if odd.mean() < share:
        return []
    return [f"{int(odd.sum()):,} of {len(odd):,} speeds in free_speed {what} ({_range(numbers)})"]


def _range(numbers: NDArray[np.float64]) -> str:
    return f"from {numbers.min():g} to {numbers.max():g}"


def _is_number(text: str) -> bool:
    try:
        return np.isfinite(float(text)) and float(text) > 0
    except ValueError:
        return False
