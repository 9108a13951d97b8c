"""Streets, speeds and travel times: from a network to a table of travel times."""

from zoning.roads.calibration import Calibration, FitError, calibrate
from zoning.roads.quality import NetworkQuality, network_quality
from zoning.roads.reading import read_network
from zoning.roads.road_network import RoadNetwork, Snapped
from zoning.roads.saved import load_network, save_network
from zoning.roads.sources import (
    STREET_SPEEDS,
    BuildOptions,
    GmnsUnits,
    ServiceRoads,
    SpeedUnit,
    from_osmnx,
    from_place,
    read_centrelines,
    read_gmns,
    read_graph,
    read_openstreetmap,
)
from zoning.roads.streets.build_report import BuildReport
from zoning.roads.streets.speeds import DEFAULT_SPEEDS, ClassSpeed, SpeedTable
from zoning.roads.streets.streets import Streets
from zoning.roads.travel.isochrones import isochrones
from zoning.roads.travel.profiles import (
    PROFILES,
    STREET_DELAYS,
    ClassFactor,
    JunctionDelay,
    Profile,
    read_profile,
)
from zoning.roads.travel.travel_times import TravelTimes, straight_line_times
from zoning.roads.trips import read_trips

__all__ = [
    "DEFAULT_SPEEDS",
    "PROFILES",
    "STREET_DELAYS",
    "STREET_SPEEDS",
    "BuildOptions",
    "BuildReport",
    "Calibration",
    "ClassFactor",
    "ClassSpeed",
    "FitError",
    "GmnsUnits",
    "JunctionDelay",
    "NetworkQuality",
    "Profile",
    "RoadNetwork",
    "ServiceRoads",
    "Snapped",
    "SpeedTable",
    "SpeedUnit",
    "Streets",
    "TravelTimes",
    "calibrate",
    "from_osmnx",
    "from_place",
    "isochrones",
    "load_network",
    "network_quality",
    "read_centrelines",
    "read_gmns",
    "read_graph",
    "read_network",
    "read_openstreetmap",
    "read_profile",
    "read_trips",
    "save_network",
    "straight_line_times",
]
