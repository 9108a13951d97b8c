"""Read graphs of OSMnx, in memory and in files, and places downloaded through it.

OSMnx puts the values of merged edges in a Python set and makes a list of it: the order differs
from run to run and says nothing about lengths. So nothing here depends on the order of a list.
"""

from __future__ import annotations

import ast
import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import ParseError

import geopandas as gpd
import networkx as nx
import numpy as np
import platformdirs
import pyogrio
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from zoning.errors import NetworkError, first_few, typed
from zoning.inputs import require_kind
from zoning.roads.road_network import RoadNetwork
from zoning.roads.sources import osm_tags
from zoning.roads.sources.classes import OSM_CLASSES, PRIVATE
from zoning.roads.sources.files import GRAPH_ENDINGS, unreadable_file
from zoning.roads.sources.finishing import finish_network
from zoning.roads.sources.links import Links, in_degrees, lengths_m
from zoning.roads.sources.options import BuildOptions
from zoning.roads.streets.build_report import FindingKind, ReportDraft
from zoning.roads.streets.tables import SHORTER_M, SHORTER_SHARE

_NODES: Final = frozenset({"osmid", "x", "y"})
_EDGES: Final = frozenset({"u", "v", "key"})
WAY_TAGS: Final = (
    *("access", "area", "highway", "junction", "maxspeed", "motor_vehicle", "motorcar"),
    *("motorroad", "name", "oneway", "ref", "service", "vehicle"),
)
_RANKS: Final[Mapping[str, int]] = {
    **{value: rank for rank, value in enumerate(reversed(list(OSM_CLASSES)), start=1)},
    "service": len(OSM_CLASSES) + 1,
}
"""Rank of each drivable ``highway`` value among those of one edge: local streets first."""
_MISSING: Final = frozenset({"", "nan", "none", "null"})
_DIRECTIONS: Final = {
    "no_edge_back": "streets that are not one-way by their tags, but have no edge back, taken "
    "one-way as their edge runs",
    "two_way_by_tag": "streets with one edge in a graph that keeps one edge of each, two-way by "
    "their tags (all_oneway)",
    "implied_one_way": "motorways and roundabouts without a one-way tag, one-way as in a file "
    "where OSMnx made edges both ways",
    "implied_unknown": "motorways and roundabouts without a one-way tag, taken both ways since the "
    "graph does not say which way they run",
    "way_lost": "streets whose tags say one-way, taken both ways as their edges run",
}


def from_osmnx(
    graph: nx.Graph[Any],
    *,
    options: BuildOptions | None = None,
    source: str = "OpenStreetMap, a graph of OSMnx",
    attribution: str = osm_tags.ATTRIBUTION,
) -> RoadNetwork:
    """Build the network of a graph that OSMnx made; its ``report`` lists guesses and repairs.

    An edge and its twin the other way round, of the same ways and shape, are one
    two-way link; an edge without a twin is one-way. In a graph that keeps one edge
    of a two-way street (undirected, or made with ``all_oneway``) the ``oneway``
    tag says which streets are two-way. Motorways and roundabouts are one-way, as
    in a file, unless tagged otherwise: OSMnx itself takes most of them both ways.

    Where edges that OSMnx merged list several values, one is chosen, whatever their
    order: the value that closes the edge to cars, the least important class, the
    alphabetically first name. Of speed limits the harmonic mean is taken. ``length`` is
    taken where given, else measured; ``speed_kph`` and ``travel_time`` are not read,
    since OSMnx fills them in.

    Parameters
    ----------
    graph
        Nodes with ``x`` and ``y`` in ``graph.graph['crs']``; edges with
        ``highway``, optionally ``osmid``, ``name``, ``ref``, ``maxspeed``,
        ``access`` and the like, ``length`` (metres), ``geometry``. Values may be
        text, as in plain GraphML. Simplified or not; it is not changed.
    options
        What to keep, and what to put where the map says nothing. Links are
        merged unless it says not to.
    source
        Where the streets come from, in words for a planner.
    attribution
        To be shown on every map of the network.

    Raises
    ------
    NetworkError
        If it is no graph, or names no coordinate system, a node has no place, no
        street is left, or an undirected graph has one-way streets and does not
        say (``from``, ``to``) which way they run.
    """
    if not isinstance(graph, nx.Graph):
        raise NetworkError(
            f"a graph of streets is wanted, not a {type(graph).__name__}",
            remedy="Of tables of nodes and edges, osmnx.graph_from_gdfs(nodes, edges) makes one.",
        )
    choices = options if options is not None else BuildOptions()
    draft = ReportDraft()
    return finish_network(
        _links(graph, choices, draft),
        options=choices,
        merge=True,
        draft=draft,
        source=source,
        attribution=attribution,
    )


def from_place(
    place: str,
    *,
    options: BuildOptions | None = None,
    cache_folder: str | Path | None = None,
) -> RoadNetwork:
    """Build the network of a place, downloaded from OpenStreetMap through OSMnx.

    The servers' answers are cached, so that the same place is downloaded
    once and then read offline; delete the folder to get a newer map. Needs the
    extra ``osm`` and, the first time, the internet.

    Parameters
    ----------
    place
        As one would type it into the search of OpenStreetMap, for example
        ``'Albemarle County, Virginia, USA'``.
    options
        As for `from_osmnx`.
    cache_folder
        Folder of the cache; by default the platform's folder for caches, below
        ``zoning/openstreetmap``, if None.

    Raises
    ------
    NetworkError
        If the extra is missing, the place is not found, the download fails, or
        no street is left.
    """
    try:
        import osmnx  # noqa: PLC0415
        import requests  # noqa: PLC0415
    except ImportError as error:
        raise NetworkError(
            "downloading streets needs the package osmnx",
            remedy="Install it with: pip install 'zoning[osm]'",
        ) from error
    folder = (
        Path(cache_folder)
        if cache_folder is not None
        else platformdirs.user_cache_path("zoning") / "openstreetmap"
    )
    streets = "|".join(OSM_CLASSES)
    with _settings_of(osmnx, cache_folder=folder):
        try:
            graph = osmnx.graph_from_place(
                place,
                simplify=False,
                retain_all=True,
                custom_filter=f'["highway"~"^({streets})$"]',
            )
        except (ValueError, TypeError, OSError, requests.RequestException) as error:
            raise NetworkError(
                f"the streets of {place!r} cannot be downloaded",
                [f"{type(error).__name__}: {error}"],
                "Check the spelling and the connection, or download an extract of the region and "
                "build from that file.",
            ) from error
    return from_osmnx(graph, options=options, source=f"OpenStreetMap, {place}")


@contextmanager
def _settings_of(osmnx: Any, *, cache_folder: Path) -> Iterator[None]:
    """Set OSMnx's settings, which are global, and restore the user's afterwards."""
    ours = {
        "use_cache": True,
        "cache_folder": str(cache_folder),
        "useful_tags_way": list(WAY_TAGS),
    }
    theirs = {name: getattr(osmnx.settings, name) for name in ours}
    try:
        for name, value in ours.items():
            setattr(osmnx.settings, name, value)
        yield
    finally:
        for name, value in theirs.items():
            setattr(osmnx.settings, name, value)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Nodes:
    """Nodes of a graph in its order."""

    number: Mapping[Hashable, int]
    ids: NDArray[np.str_]
    places: NDArray[np.float64]
    control: NDArray[np.str_]


def _nodes(graph: nx.Graph[Any], crs: CRS) -> _Nodes:
    ids = [str(node) for node in graph.nodes]
    places = np.array(
        [
            (number_of(data.get("x")), number_of(data.get("y")))
            for _, data in graph.nodes(data=True)
        ],
        dtype=np.float64,
    ).reshape(-1, 2)
    degrees = in_degrees(gpd.points_from_xy(places[:, 0], places[:, 1]), crs)
    lon, lat = shapely.get_x(degrees), shapely.get_y(degrees)
    lost = np.flatnonzero(~(np.isfinite(lon) & (np.abs(lon) <= 180) & (np.abs(lat) <= 90)))
    faults = [f"node {ids[k]}: x {places[k, 0]:g}, y {places[k, 1]:g}" for k in lost]
    if faults:
        raise NetworkError(
            f"{len(faults):,} nodes of the graph have no place in {crs.name}", first_few(faults)
        )
    if len(set(ids)) < len(ids):
        raise NetworkError("some nodes of the graph are called the same when written as text")
    return _Nodes(
        number={node: k for k, node in enumerate(graph.nodes)},
        ids=np.array(ids, dtype=str),
        places=np.column_stack([lon, lat]),
        control=np.array(
            [
                osm_tags.control(next(iter(values_of(data.get("highway"))), ""))
                for _, data in graph.nodes(data=True)
            ],
            dtype=str,
        ),
    )


def _links(graph: nx.Graph[Any], options: BuildOptions, draft: ReportDraft) -> Links:
    crs = _crs_of(graph)
    nodes = _nodes(graph, crs)
    edges = _edges(graph)
    data = [one for _, _, one in edges]
    tail = np.array([nodes.number[u] for u, _, _ in edges], dtype=np.intp)
    head = np.array([nodes.number[v] for _, v, _ in edges], dtype=np.intp)
    lines = _shapes(data, nodes, tail, head, crs)
    tags = [tags_of(one) for one in data]
    _count_edges(data, graph, draft)
    row, oneway = oneway_codes(
        group_edges(data, tail, head, lines),
        tags,
        edges,
        is_directed=graph.is_directed(),
        draft=draft,
    )

    tags = [tags[k] for k in row]
    kept, ours = osm_tags.select_streets(tags, options, draft)
    solid = shapely.length(lines[row[kept]]) > 0
    draft.add(FindingKind.LEFT_OUT, "zero_length", "edges of no length", int((~solid).sum()))
    kept, ours = kept[solid], ours[solid]
    row, tags = row[kept], [tags[k] for k in kept]
    measured = lengths_m(lines[row])
    stated = np.array([number_of(data[k].get("length")) for k in row], dtype=np.float64)
    short = stated < measured * (1 - SHORTER_SHARE) - SHORTER_M
    draft.add(
        FindingKind.REPAIRED,
        "length_short",
        "edges whose length is less than that of their line, which is taken instead",
        int(short.sum()),
    )
    return Links(
        junction_ids=nodes.ids,
        lon=nodes.places[:, 0],
        lat=nodes.places[:, 1],
        control=nodes.control,
        start=tail[row],
        end=head[row],
        lines=lines[row],
        length_m=np.where(np.isfinite(stated) & ~short, stated, measured),
        oneway=oneway[kept],
        kph=mean_kph([data[k] for k in row], options, draft),
        road_class=ours,
        area=np.full(len(row), ""),
        name=np.array([osm_tags.street_name(one) for one in tags], dtype=str),
    )


def _edges(graph: nx.Graph[Any]) -> list[tuple[Any, Any, dict[str, Any]]]:
    """Orient edges as their OpenStreetMap ways run, where an undirected graph recorded it."""
    edges = list(graph.edges(data=True))
    if graph.is_directed():
        return edges
    return [
        (v, u, data) if runs(data, v, u) and not runs(data, u, v) else (u, v, data)
        for u, v, data in edges
    ]


def _count_edges(data: list[dict[str, Any]], graph: nx.Graph[Any], draft: ReportDraft) -> None:
    kind = "directed edges of the graph" if graph.is_directed() else "edges of an undirected graph"
    draft.add(FindingKind.READ, "edges", kind, len(data))
    several = {
        key: sum(len(values_of(one.get(key))) > 1 for one in data)
        for key in ("highway", "maxspeed")
    }
    draft.add(
        FindingKind.GUESSED,
        "several_classes",
        "merged edges that list several classes, of which the least important counts, or one "
        "that is no street",
        several["highway"],
    )
    draft.add(
        FindingKind.GUESSED,
        "several_limits",
        "merged edges that list several limits without their lengths, driven at the harmonic mean "
        "(osmnx.simplify_graph with edge_attrs_differ=['highway', 'maxspeed'] keeps them apart)",
        several["maxspeed"],
    )
    draft.add(
        FindingKind.LEFT_OUT,
        "imputed_speeds",
        "speeds and times that OSMnx filled in (speed_kph, travel_time), which are no limits",
        sum("speed_kph" in one or "travel_time" in one for one in data),
    )


def _crs_of(graph: nx.Graph[Any]) -> CRS:
    try:
        return CRS.from_user_input(graph.graph.get("crs"))
    except CRSError as error:
        raise NetworkError(
            "the graph does not say which coordinate system it is in",
            remedy="Set graph.graph['crs']; longitude and latitude are 'EPSG:4326'.",
        ) from error


def _shapes(
    data: list[dict[str, Any]],
    nodes: _Nodes,
    tail: NDArray[np.intp],
    head: NDArray[np.intp],
    crs: CRS,
) -> NDArray[Any]:
    """Make the line of every edge in degrees, from its tail; straight without a geometry."""
    lines = np.empty(len(data), dtype=object)
    lines[:] = shapely.linestrings(np.stack([nodes.places[tail], nodes.places[head]], axis=1))
    given = [line_of(one.get("geometry")) for one in data]
    drawn = np.array([k for k, line in enumerate(given) if line is not None], dtype=np.intp)
    if len(drawn):
        shapes = np.array([given[k] for k in drawn], dtype=object)
        shapes = np.asarray(shapely.force_2d(in_degrees(shapes, crs)), dtype=object)
        begin = shapely.get_coordinates(shapely.get_point(shapes, 0))
        ahead = np.hypot(*(begin - nodes.places[tail[drawn]]).T)
        back = np.hypot(*(begin - nodes.places[head[drawn]]).T)
        shapes[ahead > back] = shapely.reverse(shapes[ahead > back])
        lines[drawn] = shapes
    return lines


@typed
def read_graph(
    path: str | Path,
    *,
    options: BuildOptions | None = None,
    source: str | None = None,
    attribution: str = osm_tags.ATTRIBUTION,
) -> RoadNetwork:
    """Build the network of an OSMnx graph in a file; its ``report`` lists guesses and repairs.

    Parameters
    ----------
    path
        ``.graphml``, written by OSMnx or by NetworkX (whose values may be text), or
        ``.gpkg`` as OSMnx writes it, directed or not; read only.
    options, attribution
        As for `from_osmnx`.
    source
        Where the streets come from, in words for a planner; the file's name if
        None.

    Raises
    ------
    NetworkError
        If the file is missing or is not what its ending says, or as for
        `from_osmnx`.
    """
    place = Path(path)
    if not place.is_file():
        raise NetworkError(f"{place} is not there", remedy="Check the path.")
    is_graphml = place.name.lower().endswith(GRAPH_ENDINGS)
    graph = _graphml(place) if is_graphml else _geopackage(place)
    return from_osmnx(
        graph,
        options=options,
        source=source if source is not None else f"OpenStreetMap, a graph in {place.name}",
        attribution=attribution,
    )


def is_graph(path: Path) -> bool:
    """True if a file is a graph: GraphML, or a GeoPackage with the layers that OSMnx writes.

    Raises `NetworkError` if it ends in ``.gpkg`` and is of another kind.
    """
    if path.name.lower().endswith(GRAPH_ENDINGS):
        return True
    if path.suffix.lower() != ".gpkg" or not path.is_file():
        return False
    require_kind(path, shown=path, error=NetworkError)
    try:
        layers = {str(name) for name, _ in pyogrio.list_layers(path)}
        return {"nodes", "edges"} <= layers and all(
            wanted <= set(pyogrio.read_info(path, layer=layer)["fields"])
            for layer, wanted in (("nodes", _NODES), ("edges", _EDGES))
        )
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError):
        return False


def _graphml(path: Path) -> nx.Graph[Any]:
    require_kind(path, shown=path, error=NetworkError)
    try:
        graph: nx.Graph[Any] = nx.read_graphml(path, force_multigraph=True)
    except (ParseError, nx.NetworkXException, OSError, ValueError, KeyError, TypeError) as error:
        raise unreadable_file(path, str(error) or type(error).__name__) from error
    return graph


def _geopackage(path: Path) -> nx.Graph[Any]:
    if not is_graph(path):
        raise unreadable_file(path, "it has no layers nodes and edges as OSMnx writes them")
    nodes, edges = (gpd.read_file(path, layer=layer) for layer in ("nodes", "edges"))
    # By default OSMnx writes one edge a street, with its ends in columns from and to.
    graph: nx.Graph[Any] = nx.MultiGraph() if "from" in edges else nx.MultiDiGraph()
    graph.graph["crs"] = nodes.crs
    graph.add_nodes_from((row["osmid"], row) for row in nodes.to_dict("records"))
    graph.add_edges_from((row["u"], row["v"], row) for row in edges.to_dict("records"))
    return graph


def values_of(value: object) -> Sequence[str]:
    """Distinct values of an attribute as text, sorted; text that looks like a list is parsed.

    GraphML holds no lists, so OSMnx and people write them as ``"['a', 'b']"``.
    """
    if value is None:
        return ()
    if isinstance(value, str):
        return _values_in(value)
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        return sorted({text for one in value for text in values_of(one)})
    return _values_in(str(value))


@lru_cache(maxsize=100_000)  # distinct names and limits of a county's edges
def _values_in(text: str) -> tuple[str, ...]:
    plain = text.strip()
    if plain.startswith(("[", "{", "(")):
        # A street may be called '[Alley'.
        with suppress(ValueError, SyntaxError, MemoryError, RecursionError):
            held = ast.literal_eval(plain)
            if isinstance(held, list | tuple | set | frozenset):
                return tuple(values_of(list(held)))
    return () if plain.casefold() in _MISSING else (plain,)


def number_of(value: object) -> float:
    """Convert a number, or text of one, to a float; NaN if it is none."""
    if isinstance(value, bool):
        return math.nan
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return math.nan


def line_of(value: object) -> Any:
    """Parse the LineString of a ``geometry``, also from WKT; None if it is none."""
    if isinstance(value, str):
        value = shapely.from_wkt(value, on_invalid="ignore")
    if isinstance(value, shapely.MultiLineString):
        value = shapely.line_merge(value)
    return value if isinstance(value, shapely.LineString) and not value.is_empty else None


def tags_of(data: Mapping[str, Any]) -> dict[str, str]:
    """Tags of an edge as text, one value a key, like the tags of a way.

    A car drives the whole of a merged edge or nothing, so of several values the
    one that stops it counts: not a street before a street, closed before private
    before open, one-way before two-way, a driveway before an alley. Of several
    street classes the least important one counts: of two, its default speed is the
    nearer to the harmonic mean of both. A service road gives way to any other, since
    many a street ends as one. Of names the first in the alphabet counts. Of limits
    see `mean_kph`.
    """
    tags = {}
    for key in WAY_TAGS:
        values = values_of(data[key]) if key in data else ()
        if len(values) == 1:
            tags[key] = values[0]
        elif values:
            tags[key] = min(values, key=lambda value, key=key: (_rank(key, value), value))  # type: ignore[misc]
    return tags


def _rank(key: str, value: str) -> int:
    """Rank of a value among several of a merged edge; the lowest rank is used."""
    match key:
        case "highway":
            rank = _RANKS.get(value, 0)
        case "access" | "motor_vehicle" | "motorcar" | "vehicle":
            meaning = osm_tags.road_class({"highway": "residential", key: value})
            rank = {"": 0, PRIVATE: 1}.get(meaning, 2)
        case "oneway" | "junction":
            rank = int(osm_tags.direction({key: value.lower()}) == "B")
        case "service":
            rank = int(not osm_tags.is_minor_service({"highway": "service", key: value}))
        case "area":
            rank = int(value != "yes")
        case _:
            rank = 0
    return rank


def mean_kph(
    data: Sequence[Mapping[str, Any]], options: BuildOptions, draft: ReportDraft
) -> NDArray[np.float64]:
    """Limit of every edge, km/h: the harmonic mean of its known limits, NaN without any.

    How much of a merged edge has which limit is lost. Its time is a sum of length
    over limit, so the harmonic mean gives the right time where the parts are
    equally long, and is right on average where any part may be the long one. The
    arithmetic mean is faster than that, always.
    """
    values = [values_of(one.get("maxspeed")) for one in data]
    edge = np.repeat(np.arange(len(values)), [len(one) for one in values])
    kph = osm_tags.kph_of_tags([value for one in values for value in one], options, draft)
    known = np.isfinite(kph)
    count = np.bincount(edge[known], minlength=len(data))
    slowness = np.bincount(edge[known], weights=1 / kph[known], minlength=len(data))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(count > 0, count / slowness, np.nan), dtype=np.float64)


def runs(data: Mapping[str, Any], u: object, v: object) -> bool:
    """True if an edge of an undirected graph originally ran from one node to the other."""
    return str(data.get("from")) == str(u) and str(data.get("to")) == str(v)


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """Edges with the same OpenStreetMap ways and the same shape.

    ``along`` run as the first of them does, ``back`` the other way; ``has_back``
    is whether any edge leads back, be its shape another.
    """

    along: list[int]
    back: list[int]
    has_back: bool


def group_edges(
    data: list[dict[str, Any]],
    tail: NDArray[np.intp],
    head: NDArray[np.intp],
    lines: NDArray[Any],
) -> list[Street]:
    """Group edges by street, in the order of each street's first edge."""
    shapes = shapely.to_wkb(shapely.normalize(lines))
    groups: dict[tuple[int, int, str, bytes], list[int]] = defaultdict(list)
    ends = list(zip(tail.tolist(), head.tolist(), strict=True))
    for k, one in enumerate(data):
        ways = " ".join(values_of(one.get("osmid")))
        groups[min(ends[k]), max(ends[k]), ways, shapes[k]].append(k)
    pairs = set(ends)
    streets = []
    for edges in groups.values():
        first = edges[0]
        u, v = ends[first]
        if u == v:
            along = [k for k in edges if shapely.equals_exact(lines[first], lines[k])]
        else:
            along = [k for k in edges if ends[k] == (u, v)]
        back = sorted(set(edges) - set(along))
        has_back = bool(back) or (u != v and (v, u) in pairs)
        streets.append(Street(along=along, back=back, has_back=has_back))
    return streets


def oneway_codes(
    streets: list[Street],
    tags: list[dict[str, str]],
    edges: list[tuple[Any, Any, dict[str, Any]]],
    *,
    is_directed: bool,
    draft: ReportDraft,
) -> tuple[NDArray[np.intp], NDArray[np.str_]]:
    """Choose the edge that represents each street, and the street's one-way code along it."""
    tagged = [_drop_false_oneway(tags[street.along[0]]) for street in streets]
    # OSMnx reverses ways tagged oneway=-1, so a one-way edge runs in the driving direction.
    one_way = osm_tags.directions_of(tagged, draft) != "B"
    twin = np.array([street.has_back for street in streets], dtype=bool)
    # If most two-way streets have a single edge, the graph holds one edge a street: use the tags.
    by_edges = is_directed and bool((~one_way & twin).sum() >= (~one_way & ~twin).sum())
    row = np.array([street.along[0] for street in streets], dtype=np.intp)
    code = np.full(len(streets), "B", dtype="U2")
    found: Counter[str] = Counter()
    for k, (street, tag) in enumerate(zip(streets, tagged, strict=True)):
        if not one_way[k]:
            if by_edges and not street.back:
                code[k] = "FT"
            code_of_finding = "no_edge_back" if by_edges else "two_way_by_tag"
            found[code_of_finding] += is_directed and not street.has_back
            continue
        if is_directed and not street.back:
            code[k] = "FT"
            continue
        is_tagged = "oneway" in tag
        ways = {
            e: _runs_forward(edges[e], is_tagged=is_tagged, is_directed=is_directed)
            for e in [*street.along, *street.back]
        }
        forward = [e for e, way in ways.items() if way]
        if forward and not (street.back and len(forward) == len(ways)):
            row[k], code[k] = forward[0], "FT"
            found["implied_one_way"] += not is_tagged
        elif not is_directed and ways[street.along[0]] is False:
            code[k] = "TF"
            found["implied_one_way"] += 1
        else:
            found["way_lost" if is_tagged else "implied_unknown"] += 1
    if found["way_lost"] and (not is_directed or not (code == "FT").any()):
        raise NetworkError(
            f"the graph does not say which way its {found['way_lost']:,} one-way streets run",
            ["they have edges both ways, or the graph is undirected"],
            "Give the directed graph as OSMnx made it, before it was made undirected.",
        )
    for finding, words in _DIRECTIONS.items():
        draft.add(FindingKind.GUESSED, finding, words, found[finding])
    return row, code


def _runs_forward(
    edge: tuple[Any, Any, dict[str, Any]], *, is_tagged: bool, is_directed: bool
) -> bool | None:
    """True if an edge runs in its street's driving direction; None if the graph does not say.

    A street that ``is_tagged`` as one-way had one edge, which ran as it is driven,
    and whose ends OSMnx keeps as ``from`` and ``to``. Any other had two, of which
    the one against the way is marked ``reversed``.
    """
    u, v, data = edge
    sure = runs(data, u, v) if "from" in data or is_tagged or not is_directed else True
    if not sure:
        return None
    if is_tagged:
        return True
    marks = values_of(data.get("reversed"))
    return marks[0] == "False" if len(marks) == 1 else None


def _drop_false_oneway(tags: Mapping[str, str]) -> dict[str, str]:
    """Drop the ``oneway`` False that OSMnx writes for a missing tag or ``no``."""
    oneway = tags.get("oneway", "").lower()
    rest = {key: value for key, value in tags.items() if key != "oneway"}
    return rest if oneway in {"", "false"} else rest | {"oneway": oneway}
