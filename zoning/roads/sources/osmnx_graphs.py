"""Graphs of OSMnx, and places downloaded through it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import platformdirs
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from zoning.errors import NetworkError, first_few
from zoning.roads.road_network import RoadNetwork
from zoning.roads.sources import osm_tags
from zoning.roads.sources.classes import OSM_CLASSES
from zoning.roads.sources.finishing import finished, kept_classes
from zoning.roads.sources.graph_directions import grouped, oneway_codes, runs
from zoning.roads.sources.graph_tags import (
    WAY_TAGS,
    limits_of,
    line_of,
    mean_kph,
    number_of,
    tags_of,
    values_of,
)
from zoning.roads.sources.links import Links, lengths_m
from zoning.roads.sources.options import BuildOptions
from zoning.roads.streets.build_report import FindingKind, ReportDraft
from zoning.roads.streets.tables import SHORTER_M, SHORTER_SHARE


def from_osmnx(
    graph: nx.Graph[Any],
    *,
    options: BuildOptions | None = None,
    source: str = "OpenStreetMap, a graph of OSMnx",
    attribution: str = osm_tags.ATTRIBUTION,
) -> RoadNetwork:
    """The network of a graph that OSMnx made; its ``report`` says what was done.

    An edge and its twin the other way round, of the same ways and shape, are one
    two-way link; an edge without a twin is one-way. In a graph that keeps one edge
    of a two-way street (undirected, or made with ``all_oneway``) the ``oneway``
    tag says which streets are two-way. Motorways and roundabouts are one-way, as
    in a file, unless tagged otherwise: OSMnx itself takes most of them both ways.

    Where edges that OSMnx merged list several values, the rule of
    `zoning.roads.sources.graph_tags` chooses, whatever their order: what stops a
    car, the least important class, the first name in the alphabet, the harmonic
    mean of the limits. ``length`` is taken where given, else measured;
    ``speed_kph`` and ``travel_time`` are not read, since OSMnx fills them in.

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
    return finished(
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
    """The network of a place, downloaded from OpenStreetMap through OSMnx.

    The answers of the servers are kept, so that the same place is downloaded
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
        Where the answers are kept; the folder of the platform for caches, below
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
    """OSMnx keeps its settings in a module: set ours, and put the user's back after."""
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
    degrees = _in_degrees(gpd.points_from_xy(places[:, 0], places[:, 1]), crs)
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
        grouped(data, tail, head, lines),
        tags,
        edges,
        is_directed=graph.is_directed(),
        draft=draft,
    )

    tags = [tags[k] for k in row]
    given = [osm_tags.road_class(one) for one in tags]
    kept = np.flatnonzero(osm_tags.counted_classes(given, tags, draft))
    kept = kept[osm_tags.without_minor_service([tags[k] for k in kept], options, draft)]
    ours, is_kept = kept_classes(np.array(given, dtype=str)[kept], options, draft)
    kept, ours = kept[is_kept], ours[is_kept]
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
        kph=_limits([data[k] for k in row], options, draft),
        road_class=ours,
        area=np.full(len(row), ""),
        name=np.array([osm_tags.street_names(one) for one in tags], dtype=str),
    )


def _edges(graph: nx.Graph[Any]) -> list[tuple[Any, Any, dict[str, Any]]]:
    """Edges with their ends in the order of the map, where an undirected graph kept it."""
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
    for key, code, words in (
        (
            "highway",
            "several_classes",
            "merged edges that list several classes, of which the least important counts, or one "
            "that is no street",
        ),
        (
            "maxspeed",
            "several_limits",
            "merged edges that list several limits without their lengths, driven at the harmonic "
            "mean (osmnx.simplify_graph with edge_attrs_differ=['highway', 'maxspeed'] keeps them "
            "apart)",
        ),
    ):
        draft.add(
            FindingKind.GUESSED, code, words, sum(len(values_of(one.get(key))) > 1 for one in data)
        )
    draft.add(
        FindingKind.LEFT_OUT,
        "imputed_speeds",
        "speeds and times that OSMnx filled in (speed_kph, travel_time), which are no limits",
        sum("speed_kph" in one or "travel_time" in one for one in data),
    )


def _limits(
    data: list[dict[str, Any]], options: BuildOptions, draft: ReportDraft
) -> NDArray[np.float64]:
    texts, edge = limits_of(data)
    return mean_kph(osm_tags.kph_of_tags(texts, options, draft), edge, len(data))


def _crs_of(graph: nx.Graph[Any]) -> CRS:
    try:
        return CRS.from_user_input(graph.graph.get("crs"))
    except CRSError as error:
        raise NetworkError(
            "the graph does not say which coordinate system it is in",
            remedy="Set graph.graph['crs']; longitude and latitude are 'EPSG:4326'.",
        ) from error


def _in_degrees(shapes: Any, crs: CRS) -> NDArray[Any]:
    return np.asarray(gpd.GeoSeries(shapes, crs=crs).to_crs("EPSG:4326").to_numpy())


def _shapes(
    data: list[dict[str, Any]],
    nodes: _Nodes,
    tail: NDArray[np.intp],
    head: NDArray[np.intp],
    crs: CRS,
) -> NDArray[Any]:
    """Line of every edge in degrees, from its tail; straight where it has no geometry."""
    lines = np.empty(len(data), dtype=object)
    lines[:] = shapely.linestrings(np.stack([nodes.places[tail], nodes.places[head]], axis=1))
    given = [line_of(one.get("geometry")) for one in data]
    drawn = np.array([k for k, line in enumerate(given) if line is not None], dtype=np.intp)
    if len(drawn):
        shapes = np.array([given[k] for k in drawn], dtype=object)
        shapes = np.asarray(shapely.force_2d(_in_degrees(shapes, crs)), dtype=object)
        begin = shapely.get_coordinates(shapely.get_point(shapes, 0))
        ahead = np.hypot(*(begin - nodes.places[tail[drawn]]).T)
        back = np.hypot(*(begin - nodes.places[head[drawn]]).T)
        shapes[ahead > back] = shapely.reverse(shapes[ahead > back])
        lines[drawn] = shapes
    return lines
