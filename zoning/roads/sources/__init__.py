"""Readers of street networks: OpenStreetMap, OSMnx graphs, centrelines, GMNS tables."""

from zoning.roads.sources.centrelines import read_centrelines
from zoning.roads.sources.classes import AREAS, CLASS_CHOICES, ROAD_CLASSES, STREET_SPEEDS
from zoning.roads.sources.columns import SpeedUnit
from zoning.roads.sources.gmns import GmnsUnits, read_gmns
from zoning.roads.sources.openstreetmap import read_openstreetmap
from zoning.roads.sources.options import BuildOptions, ServiceRoads
from zoning.roads.sources.osmnx_graphs import from_osmnx, from_place, read_graph

__all__ = [
    "AREAS",
    "CLASS_CHOICES",
    "ROAD_CLASSES",
    "STREET_SPEEDS",
    "BuildOptions",
    "GmnsUnits",
    "ServiceRoads",
    "SpeedUnit",
    "from_osmnx",
    "from_place",
    "read_centrelines",
    "read_gmns",
    "read_graph",
    "read_openstreetmap",
]
