"""Streets, speeds and travel times: from a network to the table the rest needs."""

from zoning.roads.network import RoadNetwork
from zoning.roads.profiles import PROFILES, ClassFactor, Profile
from zoning.roads.reading import read_network
from zoning.roads.speeds import DEFAULT_SPEEDS, ClassSpeed, SpeedTable
from zoning.roads.straight_line import straight_line_times
from zoning.roads.travel_times import TravelTimes

__all__ = [
    "DEFAULT_SPEEDS",
    "PROFILES",
    "ClassFactor",
    "ClassSpeed",
    "Profile",
    "RoadNetwork",
    "SpeedTable",
    "TravelTimes",
    "read_network",
    "straight_line_times",
]
