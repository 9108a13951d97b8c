"""A network as tables and graphs that other tools know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd

from zoning.roads.streets.antimeridian import in_degrees

if TYPE_CHECKING:
    from zoning.roads.road_network import RoadNetwork

_METRES_PER_KM: Final = 1000.0


def links_frame(network: RoadNetwork) -> gpd.GeoDataFrame:
    """The streets for a map; see `zoning.roads.RoadNetwork.links_frame`."""
    link, first, count = np.unique(network.link_id, return_index=True, return_counts=True)
    start, end = network.link_ends()
    ids = np.array(network.node_ids)
    codes = np.where(network.along[first], "FT", "TF")
    control = np.full((2, len(network.lines)), "", dtype=network.approach.dtype)
    control[network.along.astype(np.intp), network.link_id] = network.approach
    return gpd.GeoDataFrame(
        {
            "from_junction": ids[start],
            "to_junction": ids[end],
            "length_m": network.length_m[first],
            "speed_kph": network.speed_kph[first],
            "road_class": network.road_class[first],
            "area": network.area[first],
            "name": network.name[first],
            "oneway": np.where(count > 1, "B", codes),
            "control_from": control[0, link],
            "control_to": control[1, link],
        },
        geometry=in_degrees(gpd.GeoSeries(network.lines, crs=network.crs)).to_numpy(),
        index=pd.Index(link, name="link_id"),
        crs="EPSG:4326",
    )


def networkx_graph(network: RoadNetwork) -> nx.MultiDiGraph[str]:
    """The network as a networkx graph; see `zoning.roads.RoadNetwork.to_networkx`."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(crs=network.crs, source=network.source)
    for k, node in enumerate(network.node_ids):
        graph.add_node(
            node,
            lon=float(network.lon[k]),
            lat=float(network.lat[k]),
            x=float(network.x[k]),
            y=float(network.y[k]),
        )
    for k in range(len(network.edge_from)):
        graph.add_edge(
            network.node_ids[network.edge_from[k]],
            network.node_ids[network.edge_to[k]],
            key=int(network.link_id[k]),
            length_m=float(network.length_m[k]),
            speed_kph=float(network.speed_kph[k]),
            travel_time_s=float(network.travel_time_s[k]),
            road_class=str(network.road_class[k]),
            area=str(network.area[k]),
            name=str(network.name[k]),
        )
    return graph


def counts(network: RoadNetwork) -> dict[str, float]:
    """Counts and kilometres; see `zoning.roads.RoadNetwork.describe`."""
    link, first, directions = np.unique(network.link_id, return_index=True, return_counts=True)
    km = network.length_m[first] / _METRES_PER_KM
    road_class = network.road_class[first]
    return {
        "junctions": len(network.node_ids),
        "links": len(link),
        "one_way_links": int((directions == 1).sum()),
        "kilometres": float(km.sum()),
    } | {
        f"kilometres_{c}": float(km[road_class == c].sum()) for c in np.unique(road_class).tolist()
    }
