"""Read node and link tables of the General Modeling Network Specification (GMNS)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from zoning.errors import NetworkError, typed
from zoning.inputs import LARGEST_STREETS_BYTES, require_kind, require_size
from zoning.roads.road_network import RoadNetwork
from zoning.roads.sources.classes import LEAVE_OUT, WORDS, line_classes, words_of
from zoning.roads.sources.columns import SpeedUnit, parse_speed_unit, speeds_kph
from zoning.roads.sources.files import parse_crs
from zoning.roads.sources.finishing import finish_network, select_classes
from zoning.roads.sources.links import Links, in_degrees, lengths_m
from zoning.roads.sources.options import BuildOptions
from zoning.roads.streets.build_report import FindingKind, ReportDraft, value_counts
from zoning.roads.streets.tables import (
    CONTROLS,
    OFF_JUNCTION_M,
    SHORTER_M,
    SHORTER_SHARE,
    numbers,
    row_faults,
)
from zoning.units import METRES_PER_MILE

Columns = Mapping[str, NDArray[np.str_]]
"""Columns of the specification as stripped text, ``''`` where a cell or a column is missing."""

_GMNS: Final[Mapping[str, Any]] = WORDS["gmns"]
_REQUIRED: Final = {
    "node": ("node_id", "x_coord", "y_coord"),
    "link": ("from_node_id", "to_node_id"),
}
# Other column names, as DTALite and osm2gmns write them.
_OTHER_NAMES: Final = {"control_type": "ctrl_type", "link_type_name": "facility_type"}
_DIRECTED: Final = words_of("gmns_directed")
_WHOLE: Final = re.compile(r"(-?\d+)\.0+")
# Of the links that do not say whether they are one-way, at least half have a link back where the
# table has one link for each direction.
_BOTH_WAYS_SHARE: Final = 0.5

_LENGTH_UNITS: Final = words_of("gmns_lengths")
_METRES: Final = {"m": 1.0, "km": 1000.0, "mi": METRES_PER_MILE, "ft": 0.3048}
_SPEED_UNITS: Final = words_of("gmns_speeds")
# A link is as long as its line, give or take rounding, or a bend where only its ends are given.
_FITS: Final = (0.9, 1.45)
# A stated unit gets a wider tolerance; the next unit is 1.6 times as long.
_LEAST_RATIO: Final = 0.8
_MOST_RATIO: Final = 3.0
# Limits in mph often end in 5, in km/h hardly ever; no limit in the United States is above 85 mph.
_FIVES_SHARE: Final = 0.25
_HIGHEST_MPH: Final = 85.0
_TOO_FAST_SHARE: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class GmnsUnits:
    """Units of a GMNS folder; None takes each from ``config.csv``, else infers it from the data.

    Attributes
    ----------
    length
        Of ``length``: ``m``, ``km``, ``mi`` or ``ft``. By default the one in
        which links are as long as their lines.
    speed
        Of ``free_speed``: ``mph`` or ``kmh``. By default km/h with metres and
        kilometres, mph with miles and feet, unless the numbers contradict it.
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
        _parse_length_unit(self.length)
        _parse_speed_unit(self.speed)


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
    """Build a street network from ``node.csv`` and ``link.csv``; its ``report`` lists repairs.

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
        direction or geometry cannot be read. Or the units cannot be inferred, see
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
    frames = read_tables(place, ("node", "link"))
    draft.add(FindingKind.READ, "rows", "rows of link.csv", len(frames["link"]))
    nodes, links = _columns(frames)
    links = _add_geometries(links, _optional(place, "geometry"))
    config = _config(place)
    table = _check(
        nodes,
        links,
        crs=_system(given.crs or config.get("crs"), draft),
        has_link_each_way="from_biway" in frames["link"],
        draft=draft,
    )
    measured = lengths_m(table.lines)
    metres, speed_unit = _units(
        given,
        config,
        length=table.length,
        measured=measured,
        speeds=links["free_speed"],
        draft=draft,
    )
    network_links = _links(
        table,
        links,
        length_m=_lengths(table, measured, metres, draft),
        speed_unit=speed_unit,
        uses=_car_uses(_optional(place, "use_group")),
        classes=words_of("class_gmns") | dict(classes or {}),
        options=choices,
        draft=draft,
    )
    unused = [name for name in _GMNS["unused"] if (place / f"{name}.csv").is_file()]
    draft.add(
        FindingKind.NOT_MODELLED,
        "tables",
        "tables of lanes, movements, segments, signals and times of day, ignored",
        len(unused),
        [f"{name}.csv" for name in unused],
    )
    return finish_network(
        network_links,
        options=choices,
        merge=False,
        draft=draft,
        source=source if source is not None else f"GMNS tables in {place.name}",
        attribution=attribution,
    )


def read_tables(folder: Path, names: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """Read CSV tables of a folder by name, every cell as text; all faults in one error."""
    tables, faults = {}, []
    for name in names:
        path = folder / f"{name}.csv"
        try:
            require_kind(path, shown=path, error=NetworkError)
            require_size(path, most_bytes=LARGEST_STREETS_BYTES, shown=path, error=NetworkError)
            # Read as text, since 'NA' can be a street's name and ids have leading zeros.
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


def _optional(folder: Path, name: str) -> pd.DataFrame | None:
    return read_tables(folder, (name,))[name] if (folder / f"{name}.csv").is_file() else None


def _config(folder: Path) -> dict[str, str]:
    frame = _optional(folder, "config")
    if frame is None or not len(frame):
        return {}
    return {str(name).strip().casefold(): str(_texts(frame, name)[0]) for name in frame.columns}


def _columns(frames: Mapping[str, pd.DataFrame]) -> list[Columns]:
    """Map the columns of each table; raise `NetworkError` if one is missing or a table is empty."""
    columns: list[Columns] = []
    faults = []
    for table, frame in frames.items():
        names = _names(table, frame)
        faults += [f"{table}.csv: no column {c}" for c in _REQUIRED[table] if c not in names]
        columns.append({field: _texts(frame, names.get(field, "")) for field in _GMNS[table]})
    faults += [f"{table}.csv: the table is empty" for table in frames if not len(frames[table])]
    if faults:
        raise NetworkError("the GMNS tables cannot be used", faults)
    return columns


def _names(table: str, frame: pd.DataFrame) -> dict[str, str]:
    """Map our columns to the table's, ignoring case; Shapefiles cut names to ten letters."""
    theirs = {str(column).strip().casefold(): str(column) for column in reversed(frame.columns)}
    names = {ours: theirs[other] for other, ours in _OTHER_NAMES.items() if other in theirs}
    for field in _GMNS[table]:
        for name in (field[:10], field):
            if name in theirs:
                names[field] = theirs[name]
    return names


def _texts(frame: pd.DataFrame, column: str) -> NDArray[np.str_]:
    """Read a column as stripped text, '' where a cell or the column is missing."""
    if column not in frame.columns:
        return np.full(len(frame), "")
    plain = (str(value).strip() for value in frame[column])
    missing = frozenset(_GMNS["missing"])
    return np.array([text if text.casefold() not in missing else "" for text in plain], dtype=str)


def _add_geometries(links: Columns, geometries: pd.DataFrame | None) -> Columns:
    """The links, with the geometry that geometry.csv has under their geometry_id."""
    if geometries is None or "geometry" not in geometries or "geometry_id" not in geometries:
        return links
    ids = _ids(_texts(geometries, "geometry_id")).tolist()
    known = dict(zip(ids, _texts(geometries, "geometry").tolist(), strict=True))
    by_id = np.array([known.get(i, "") for i in _ids(links["geometry_id"]).tolist()], dtype=str)
    own = links["geometry"]
    return {**links, "geometry": np.where(own == "", by_id, own)}


def _ids(texts: NDArray[np.str_]) -> NDArray[np.str_]:
    """Clean ids: whole numbers lose the ``.0`` that a blank elsewhere in the column causes."""
    return np.array([_WHOLE.sub(r"\1", text) for text in texts.tolist()], dtype=str)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Tables:
    """Checked columns: of nodes ``ids``, ``control`` and ``places`` (degrees), of links the rest.

    ``tail`` and ``head`` are positions of nodes, ``oneway`` is ``B`` or ``FT``,
    ``length`` is as given, NaN where blank or 0, ``lines`` are in degrees, straight
    where none is given.
    """

    ids: NDArray[np.str_]
    control: NDArray[np.str_]
    places: NDArray[np.float64]
    tail: NDArray[np.intp]
    head: NDArray[np.intp]
    oneway: NDArray[np.str_]
    length: NDArray[np.float64]
    lines: NDArray[Any]


def _check(
    nodes: Columns, links: Columns, *, crs: CRS, has_link_each_way: bool, draft: ReportDraft
) -> _Tables:
    """Check the columns of both tables; raise one error with every fault."""
    ids = _ids(nodes["node_id"])
    repeated = pd.Index(ids).duplicated()
    nameless = np.asarray(ids == "")
    index = pd.Index(ids[~repeated])
    tail, head = (
        np.asarray(index.get_indexer(pd.Index(_ids(links[column]))), dtype=np.intp)
        for column in ("from_node_id", "to_node_id")
    )
    xy = np.column_stack([numbers(pd.Series(nodes[c])) for c in ("x_coord", "y_coord")])
    _require_degrees(nodes, xy, crs)
    places = _places(xy, crs)
    directed: NDArray[np.str_] = np.char.lower(links["directed"])
    length = numbers(pd.Series(links["length"]))
    drawn: NDArray[np.bool_] = np.asarray(links["geometry"] != "")
    lines = _lines(links["geometry"], places[tail], places[head], crs)

    def written(columns: Columns, name: str, row: int) -> str:
        return f"{name} {str(columns[name][row])!r}"

    faults = [
        *row_faults("node", nameless, lambda _: "has no node_id"),
        *row_faults("node", repeated & ~nameless, lambda k: f"node_id {ids[k]} is repeated"),
        *row_faults(
            "node",
            np.asarray(np.isnan(places).any(axis=1)),
            lambda k: (
                f"{written(nodes, 'x_coord', k)}, {written(nodes, 'y_coord', k)} are no place in "
                f"{crs.name}"
            ),
        ),
        *row_faults(
            "link", tail < 0, lambda k: f"{written(links, 'from_node_id', k)} is not in node.csv"
        ),
        *row_faults(
            "link", head < 0, lambda k: f"{written(links, 'to_node_id', k)} is not in node.csv"
        ),
        *row_faults(
            "link",
            ~np.isin(directed, ["", *_DIRECTED]),
            lambda k: f"{written(links, 'directed', k)} is neither true nor false",
        ),
        *row_faults(
            "link",
            (links["length"] != "") & ~np.isfinite(length),
            lambda k: f"{written(links, 'length', k)} is not a number",
        ),
        *row_faults(
            "link",
            drawn & np.asarray(shapely.is_missing(lines)),
            lambda _: "the geometry is not a line in WKT",
        ),
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
        value_counts(links["length"][length <= 0]),
    )
    control = np.char.lower(nodes["ctrl_type"])
    draft.add(
        FindingKind.NOT_MODELLED,
        "stops_in_part",
        "junctions where only some approaches stop (2_stop), whose signs are ignored since the "
        "tables do not say which",
        int((control == "2_stop").sum()),
    )
    return _Tables(
        ids=ids,
        control=np.array([_control(text) for text in control.tolist()], dtype=str),
        places=places,
        tail=tail,
        head=head,
        oneway=_oneway(directed, tail, head, is_sure=has_link_each_way, draft=draft),
        length=np.where(length > 0, length, np.nan),
        lines=_orient_lines(lines, drawn, places[tail], places[head], draft),
    )


def _require_degrees(nodes: Columns, xy: NDArray[np.float64], crs: CRS) -> None:
    """Raise `NetworkError` if the system is in degrees and most coordinates are not degrees."""
    projected = np.asarray((np.abs(xy) > (180, 90)).any(axis=1))
    if crs.is_geographic and projected.mean() > 0.5:
        k = int(projected.argmax())
        x, y = str(nodes["x_coord"][k]), str(nodes["y_coord"][k])
        raise NetworkError(
            f"{int(projected.sum()):,} of {len(projected):,} nodes are no places in {crs.name}",
            [f"x_coord {x!r}, y_coord {y!r} are not degrees"],
            "Say their coordinate system with --crs, such as EPSG:32619 (in Python: "
            "GmnsUnits(crs='EPSG:32619')), or in crs of config.csv.",
        )


def _places(xy: NDArray[np.float64], crs: CRS) -> NDArray[np.float64]:
    """Longitude and latitude of every node, NaN where there is none."""
    degrees = in_degrees(shapely.points(xy), crs)
    places = np.column_stack([shapely.get_x(degrees), shapely.get_y(degrees)])
    places[~(np.abs(places) <= (180, 90)).all(axis=1)] = np.nan
    return places


def _lines(
    given: NDArray[np.str_], tail: NDArray[np.float64], head: NDArray[np.float64], crs: CRS
) -> NDArray[Any]:
    """Parse the line of each link: straight where none is given, None where it is invalid."""
    ends = np.stack([tail, head], axis=1)
    lines = np.full(len(given), None, dtype=object)
    straight = (given == "") & np.isfinite(ends).all(axis=(1, 2))
    lines[straight] = shapely.linestrings(ends[straight])
    drawn = given != ""
    if drawn.any():
        is_json = np.char.startswith(given[drawn], "{")
        shapes = np.empty(len(is_json), dtype=object)
        shapes[~is_json] = shapely.from_wkt(given[drawn][~is_json], on_invalid="ignore")
        shapes[is_json] = shapely.from_geojson(given[drawn][is_json], on_invalid="ignore")
        several = shapely.get_type_id(shapes) == shapely.GeometryType.MULTILINESTRING
        shapes[several] = shapely.line_merge(shapes[several])
        shapes[shapely.get_type_id(shapes) != shapely.GeometryType.LINESTRING] = None
        lines[drawn] = in_degrees(shapely.force_2d(shapes), crs)
    return lines


def _orient_lines(
    lines: NDArray[Any],
    drawn: NDArray[np.bool_],
    tail: NDArray[np.float64],
    head: NDArray[np.float64],
    draft: ReportDraft,
) -> NDArray[Any]:
    """Orient lines from node to node; one that ends far from its nodes becomes straight."""

    def metres(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
        return lengths_m(shapely.linestrings(np.stack([a, b], axis=1)))

    begin, end = (shapely.get_coordinates(shapely.get_point(lines, at)) for at in (0, -1))
    ahead = np.maximum(metres(begin, tail), metres(end, head))
    turned = np.maximum(metres(begin, head), metres(end, tail))
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


def _oneway(
    directed: NDArray[np.str_],
    tail: NDArray[np.intp],
    head: NDArray[np.intp],
    *,
    is_sure: bool,
    draft: ReportDraft,
) -> NDArray[np.str_]:
    """Find one-way codes; a blank ``directed`` counts as true if links exist in both directions.

    It ``is_sure`` for tables of osm2gmns, known by a column of theirs.

    Raises `NetworkError` if most of the links that do not say it have no link back.
    """
    blank = np.flatnonzero(np.asarray(directed == ""))
    pairs = set(zip(head.tolist(), tail.tolist(), strict=True))
    back = sum((int(tail[k]), int(head[k])) in pairs for k in blank)
    if not is_sure and back < _BOTH_WAYS_SHARE * len(blank):
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
        "links without a value in directed, taken one-way since the table has links both ways",
        len(blank),
        [f"{back:,} have"],
    )
    return np.array([_DIRECTED.get(value, "FT") for value in directed.tolist()], dtype=str)


def _control(text: str) -> str:
    if text == "no_control":
        return "none"
    if text.endswith("stop"):
        return "" if text == "2_stop" else "stop"
    return text if text in CONTROLS else ""


def _lengths(
    table: _Tables, measured: NDArray[np.float64], metres: float, draft: ReportDraft
) -> NDArray[np.float64]:
    """Metres of every link: as given, but its line's length if shorter than the straight line."""
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
    # A line may end at the stop line, short of its node.
    along = np.where(measured < least, straight, measured)
    return np.where(np.isnan(given) | short, along, given)


def _links(
    table: _Tables,
    columns: Columns,
    *,
    length_m: NDArray[np.float64],
    speed_unit: SpeedUnit | None,
    uses: frozenset[str],
    classes: Mapping[str, str],
    options: BuildOptions,
    draft: ReportDraft,
) -> Links:
    kph = speeds_kph(
        columns["free_speed"].tolist(),
        unit=speed_unit,
        plausible=options.plausible_kph,
        draft=draft,
        column="free_speed",
    )
    road_class = line_classes(columns["facility_type"], kph, given=classes, draft=draft)
    streets = _streets(columns, road_class, length_m, uses, draft)
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
        name=columns["name"][kept],
    )


def _streets(
    columns: Columns,
    road_class: NDArray[np.str_],
    length_m: NDArray[np.float64],
    uses: frozenset[str],
    draft: ReportDraft,
) -> NDArray[np.intp]:
    """Select rows that cars may use and that are streets longer than zero."""
    # 0 lanes close a link whose uses are not given, unless no link of the table has lanes.
    lanes = numbers(pd.Series(columns["lanes"]))
    laneless = (lanes == 0) & bool((lanes > 0).any())
    given = columns["allowed_uses"]
    words = [_words(text) for text in given.tolist()]
    named = np.array([bool(some) for some in words], dtype=bool)
    for_cars = np.array([bool(some & uses) for some in words], dtype=bool)
    closed = np.where(named, ~for_cars, laneless)
    no_street = road_class == LEAVE_OUT
    empty = length_m == 0
    for code, what, which, values in (
        (
            "closed",
            "links whose allowed_uses name no kind of car, or without a lane",
            closed,
            value_counts(given[closed].tolist()),
        ),
        (
            "not_streets",
            "links of a class that is not a street",
            no_street,
            value_counts(columns["facility_type"][no_street].tolist()),
        ),
        (
            "zero_length",
            "links of no length",
            empty,
            [f"row {k + 1}" for k in np.flatnonzero(empty)],
        ),
    ):
        draft.add(FindingKind.LEFT_OUT, code, what, int(which.sum()), values)
    return np.flatnonzero(~closed & ~no_street & ~empty)


def _car_uses(groups: pd.DataFrame | None) -> frozenset[str]:
    """Find the uses, and the (nested) groups of uses, that include cars."""
    found = set(_GMNS["car_uses"])
    if groups is None:
        return frozenset(found)
    names, uses = _texts(groups, "use_group"), map(_words, _texts(groups, "uses").tolist())
    held = dict(zip(names.tolist(), uses, strict=True))
    for _ in held:
        found |= {group.casefold() for group, uses in held.items() if uses & found}
    return frozenset(found)


def _words(text: str) -> set[str]:
    return {word.strip() for word in re.split(r"[,;|]", text.casefold()) if word.strip()}


def _system(named: str | None, draft: ReportDraft) -> CRS:
    """Find the coordinate system of the tables: longitude and latitude if none is named."""
    draft.add(
        FindingKind.GUESSED,
        "crs",
        "coordinate system that neither config.csv nor the options give, taken by default",
        int(not named),
        ["EPSG:4326"],
    )
    return parse_crs(named or "EPSG:4326")


def _units(
    given: GmnsUnits,
    config: Mapping[str, str],
    *,
    length: NDArray[np.float64],
    measured: NDArray[np.float64],
    speeds: NDArray[np.str_],
    draft: ReportDraft,
) -> tuple[float, SpeedUnit | None]:
    """Find metres per unit of ``length``, and the unit of speeds without one.

    ``length`` is as given, NaN unknown, ``measured`` is metres along the lines.

    Raises `NetworkError` if a unit is unknown, the lengths cannot be in the one the user gave, or
    a unit is not given and cannot be inferred: asks for all of these at once.
    """
    both = np.isfinite(length) & (measured > 0)
    ratio = float(np.median(length[both] / measured[both])) if both.any() else None
    fitting = _infer_length_unit(ratio)
    by_user = _parse_length_unit(given.length)
    by_config = None if by_user else _parse_length_unit(config.get("long_length"))
    named = by_user or by_config
    unit = named or fitting
    if by_config and fitting not in {None, by_config}:
        unit = fitting
        draft.add(
            FindingKind.REPAIRED,
            "length_unit",
            f"lengths that cannot be in {by_config}, as config.csv says, since links would be "
            f"{(ratio or 0) * _METRES[by_config]:,.4g} times as long as their lines; taken as "
            f"{fitting}",
            int(both.sum()),
        )
    elif named and ratio is not None and named != fitting:
        _require_length_unit(ratio * _METRES[named], fitting)
    speed = named_speed = _parse_speed_unit(given.speed or config.get("speed"))
    numbers_given = pd.to_numeric(pd.Series(speeds), errors="coerce").to_numpy(dtype=np.float64)
    kinds = numbers_given[np.isfinite(numbers_given) & (numbers_given > 0)]
    faults = [] if unit or ratio is None else [_describe_ratio(ratio)]
    if len(kinds) and speed is None:
        speed = SpeedUnit.KMH if unit in {"m", "km"} else SpeedUnit.MPH
        unknown = [f"speeds in free_speed have no unit ({_range(kinds)})"]
        faults += _reasons_against(speed, kinds) if unit else unknown
    elif len(kinds) and speed is SpeedUnit.MPH and not given.speed:
        faults += [f"{why}, but config.csv says {speed}" for why in _reasons_against(speed, kinds)]
    if faults:
        raise NetworkError(
            "the units of the tables cannot be inferred",
            faults,
            "Say both with --length-unit and --speed-unit (in Python: GmnsUnits(length='m', "
            "speed='kmh')), or in long_length and speed of config.csv.",
        )
    assumed = [
        *([f"lengths in {unit}"] if ratio is not None and not named else []),
        *([f"speeds in {speed}"] if len(kinds) and named_speed is None else []),
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


def _parse_length_unit(name: str | None) -> str | None:
    if not name:
        return None
    unit = _LENGTH_UNITS.get(name.strip().lower())
    if unit is None:
        raise NetworkError(
            f"{name!r} is not a unit of length", remedy=f"Use one of {', '.join(_METRES)}."
        )
    return unit


def _parse_speed_unit(name: SpeedUnit | str | None) -> SpeedUnit | None:
    if not name:
        return None
    return parse_speed_unit(_SPEED_UNITS.get(str(name).strip().lower(), name))


def _infer_length_unit(ratio: float | None) -> str | None:
    """Infer the unit in which links are as long as their lines, if there is one."""
    low, high = _FITS
    fits = {
        unit: abs(np.log(ratio * metres))
        for unit, metres in _METRES.items()
        if ratio is not None and low <= ratio * metres <= high
    }
    return min(fits, key=lambda unit: fits[unit]) if fits else None


def _require_length_unit(ratio: float, fitting: str | None) -> None:
    """Raise `NetworkError` if another unit fits better than the stated one, or none fits."""
    if fitting is None and _LEAST_RATIO <= ratio <= _MOST_RATIO:
        return
    raise NetworkError(
        "the lengths cannot be in the unit that was given",
        [
            f"the median link is {ratio:.3g} times as long as its line",
            *([f"they fit {fitting}"] if fitting else []),
        ],
        "Say the unit with --length-unit (in Python: GmnsUnits(length='m')), or in long_length of "
        "config.csv.",
    )


def _describe_ratio(ratio: float) -> str:
    times = ", ".join(f"{ratio * metres:.3g} in {unit}" for unit, metres in _METRES.items())
    return f"lengths: median ratio of link to line length: {times}"


def _reasons_against(unit: SpeedUnit, speeds: NDArray[np.float64]) -> list[str]:
    """Give the evidence in the numbers against a unit of speed."""
    if unit is SpeedUnit.KMH:
        odd = speeds % 10 == 5
        what, share = "end in 5, as limits in mph do and those in km/h do not", _FIVES_SHARE
    else:
        odd = speeds > _HIGHEST_MPH
        what, share = f"are above {_HIGHEST_MPH:g}, more than any limit in mph", _TOO_FAST_SHARE
    if odd.mean() < share:
        return []
    return [f"{int(odd.sum()):,} of {len(odd):,} speeds in free_speed {what} ({_range(speeds)})"]


def _range(speeds: NDArray[np.float64]) -> str:
    return f"from {speeds.min():g} to {speeds.max():g}"
