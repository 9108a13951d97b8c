"""Graphs of OSMnx in files: GraphML, and GeoPackage with a layer of nodes and one of edges."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import ParseError

import geopandas as gpd
import networkx as nx
import pyogrio

from zoning.errors import NetworkError, typed
from zoning.inputs import require_kind
from zoning.roads.road_network import RoadNetwork
from zoning.roads.sources import osm_tags
from zoning.roads.sources.containers import GRAPH_ENDINGS
from zoning.roads.sources.line_files import unreadable
from zoning.roads.sources.options import BuildOptions
from zoning.roads.sources.osmnx_graphs import from_osmnx

_NODES: Final = frozenset({"osmid", "x", "y"})
_EDGES: Final = frozenset({"u", "v", "key"})


@typed
def read_graph(
    path: str | Path,
    *,
    options: BuildOptions | None = None,
    source: str | None = None,
    attribution: str = osm_tags.ATTRIBUTION,
) -> RoadNetwork:
    """The network of a graph of OSMnx in a file; its ``report`` says what was done.

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
    """Whether a file is a graph: GraphML, or a GeoPackage with the layers that OSMnx writes.

    Raises
    ------
    NetworkError
        If it ends in ``.gpkg`` and is of another kind.
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
        raise unreadable(path, str(error) or type(error).__name__) from error
    return graph


def _geopackage(path: Path) -> nx.Graph[Any]:
    if not is_graph(path):
        raise unreadable(path, "it has no layers nodes and edges as OSMnx writes them")
    nodes, edges = (gpd.read_file(path, layer=layer) for layer in ("nodes", "edges"))
    # OSMnx writes one edge of each street unless told otherwise, and its ends as from and to.
    graph: nx.Graph[Any] = nx.MultiGraph() if "from" in edges else nx.MultiDiGraph()
    graph.graph["crs"] = nodes.crs
    graph.add_nodes_from((row["osmid"], row) for row in nodes.to_dict("records"))
    graph.add_edges_from((row["u"], row["v"], row) for row in edges.to_dict("records"))
    return graph
