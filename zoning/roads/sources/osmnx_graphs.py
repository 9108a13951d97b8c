"""Graphs of OSMnx, and places downloaded through it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import networkx as nx
import numpy as np
import platformdirs
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from zoning.errors import NetworkError, first_few
from zoning.roads.build_report import FindingKind, ReportDraft
from zoning.roads.network import RoadNetwork
from zoning.roads.sources import osm_tags
from zoning.roads.sources.classes import OSM_CLASSES
from zoning.roads.sources.finishing import finished, kept_classes
from zoning.roads.sources.links import Links, lengths_m
from zoning.roads.sources.options import BuildOptions
from zoning.roads.tables import SHORTER_M, SHORTER_SHARE

_WAY_TAGS: Final = (
    "access",
    "area",
    "highway",
    "junction",
    "maxspeed",
    "motor_vehicle",
    "motorcar",
    "motorroad",
    "name",
    "oneway",
    "ref",
    "service",
    "vehicle",
)


def from_osmnx(
    graph: nx.MultiDiGraph[Any],
    *,
    options: BuildOptions | None = None,
    source: str = "OpenStreetMap, a graph of OSMnx",
    attribution: str = osm_tags.ATTRIBUTION,
) -> RoadNetwork:
    """The network of a graph that OSMnx made; its ``report`` says what was done.

    An edge and its twin the other way round, of the same way and shape, are one
    two-way link; an edge without a twin is one-way, whatever its ``oneway`` says.
    Where edges that OSMnx merged list several values, the first class and name
    count, and the mean of the limits. ``length`` is taken where given, else
    measured; ``speed_kph`` and ``travel_time`` are not read, since OSMnx fills
    them in.

    Parameters
    ----------
    graph
        Nodes with ``x`` and ``y`` in ``graph.graph['crs']``; edges with
        ``highway``, optionally ``osmid``, ``name``, ``ref``, ``maxspeed``,
        ``access`` and the like, ``length`` (metres), ``geometry``. Simplified
        or not; it is not changed.
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
        If the graph names no coordinate system, a node has no place, or no
        street is left.
    """
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
        "useful_tags_way": list(_WAY_TAGS),
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


def _nodes(graph: nx.MultiDiGraph[Any], crs: CRS) -> _Nodes:
    ids = [str(node) for node in graph.nodes]
    places = np.array(
        [(_number(data.get("x")), _number(data.get("y"))) for _, data in graph.nodes(data=True)],
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
            [osm_tags.control(_first(data.get("highway"))) for _, data in graph.nodes(data=True)],
            dtype=str,
        ),
    )


def _links(graph: nx.MultiDiGraph[Any], options: BuildOptions, draft: ReportDraft) -> Links:
    crs = _crs_of(graph)
    nodes = _nodes(graph, crs)
    edges = list(graph.edges(data=True))
    tail = np.array([nodes.number[u] for u, _, _ in edges], dtype=np.intp)
    head = np.array([nodes.number[v] for _, v, _ in edges], dtype=np.intp)
    lines = _shapes(edges, nodes, tail, head, crs)
    draft.add(FindingKind.READ, "edges", "directed edges of the graph", len(edges))
    draft.add(
        FindingKind.GUESSED,
        "several_classes",
        "edges that list several classes, of which the first counts",
        sum(isinstance(data.get("highway"), list) for _, _, data in edges),
    )
    row, oneway = _paired(edges, tail, head, lines)

    tags = [_tags(edges[k][2]) for k in row]
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
    stated = np.array([_number(edges[k][2].get("length")) for k in row], dtype=np.float64)
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
        kph=osm_tags.kph_of_tags([one.get("maxspeed", "") for one in tags], options, draft),
        road_class=ours,
        area=np.full(len(row), ""),
        name=np.array([osm_tags.street_names(one) for one in tags], dtype=str),
    )


def _crs_of(graph: nx.MultiDiGraph[Any]) -> CRS:
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
    edges: list[tuple[Any, Any, dict[str, Any]]],
    nodes: _Nodes,
    tail: NDArray[np.intp],
    head: NDArray[np.intp],
    crs: CRS,
) -> NDArray[Any]:
    """Line of every edge in degrees; straight where it has no geometry."""
    lines = np.empty(len(edges), dtype=object)
    lines[:] = shapely.linestrings(np.stack([nodes.places[tail], nodes.places[head]], axis=1))
    drawn = [k for k, (_, _, data) in enumerate(edges) if data.get("geometry") is not None]
    if drawn:
        shapes = np.array([edges[k][2]["geometry"] for k in drawn], dtype=object)
        lines[drawn] = shapely.force_2d(_in_degrees(shapes, crs))
    return lines


def _paired(
    edges: list[tuple[Any, Any, dict[str, Any]]],
    tail: NDArray[np.intp],
    head: NDArray[np.intp],
    lines: NDArray[Any],
) -> tuple[NDArray[np.intp], NDArray[np.str_]]:
    """The edge that stands for each link, and the link's one-way code along it."""
    shapes = shapely.to_wkb(shapely.normalize(lines))
    groups: dict[tuple[int, int, str, bytes], list[int]] = defaultdict(list)
    for k, (_, _, data) in enumerate(edges):
        low, high = sorted((int(tail[k]), int(head[k])))
        groups[low, high, str(data.get("osmid")), shapes[k]].append(k)
    first = [members[0] for members in groups.values()]
    both = [
        any(not shapely.equals_exact(lines[members[0]], lines[k]) for k in members[1:])
        for members in groups.values()
    ]
    return np.array(first, dtype=np.intp), np.where(np.array(both, dtype=bool), "B", "FT")


def _tags(data: Mapping[str, Any]) -> dict[str, str]:
    """Tags of an edge as text, as a way in a file has them."""
    tags = {key: _first(data[key]) for key in _WAY_TAGS if key in data and key != "oneway"}
    limits = data.get("maxspeed")
    if isinstance(limits, list):
        tags["maxspeed"] = ";".join(str(limit) for limit in limits)
    return {key: value for key, value in tags.items() if value}


def _first(value: object) -> str:
    if isinstance(value, list):
        return _first(value[0]) if value else ""
    missing = value is None or (isinstance(value, float) and math.isnan(value))
    return "" if missing else str(value)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float | np.number) else math.nan
