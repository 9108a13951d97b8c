"""The road classes of a full street map, and how sources' own classes map to them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from zoning.roads.speeds import SpeedTable
from zoning.units import KPH_PER_MPH

ROAD_CLASSES: Final = ("freeway", "arterial", "collector", "local", "service", "ramp")
AREAS: Final = ("urban", "suburban", "rural")
PRIVATE: Final = "private"
LEAVE_OUT: Final = "leave out"
CLASS_CHOICES: Final = (*ROAD_CLASSES, PRIVATE, LEAVE_OUT)
"""What a value of a class column can be mapped to."""

_MPH: Final = {
    "freeway": (55, 65, 70),
    "arterial": (35, 45, 55),
    "collector": (30, 35, 45),
    "local": (25, 25, 35),
    "service": (15, 15, 15),
    "ramp": (35, 40, 45),
}

STREET_SPEEDS: Final = SpeedTable.from_mapping(
    {
        (road_class, area): round(mph * KPH_PER_MPH, 1)
        for road_class, by_area in _MPH.items()
        for area, mph in zip(AREAS, by_area, strict=True)
    },
    note="posted speeds where the data give them, else default limits by road class and area",
    include_stops=False,
)
"""Speeds of streets whose limit is not known: our choice, not a measurement.

Usual posted limits, in miles per hour, urban / suburban / rural: freeway
55 / 65 / 70, arterial 35 / 45 / 55, collector 30 / 35 / 45, local 25 / 25 / 35,
service 15, ramp 35 / 40 / 45. They sit beside limits that the data give, so they
are limits too, without the stops at signals that `zoning.roads.DEFAULT_SPEEDS`
includes: every driving profile adds those (`zoning.roads.STREET_DELAYS`).
Kentucky's own limits without a sign are 65 on interstates, 55 on other state
highways, 35 in business and residential districts and 15 in off-street parking
(KRS 189.390).
"""

OSM_CLASSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "motorway": "freeway",
        "motorway_link": "ramp",
        "trunk": "arterial",
        "trunk_link": "arterial",
        "primary": "arterial",
        "primary_link": "arterial",
        "secondary": "arterial",
        "secondary_link": "arterial",
        "tertiary": "collector",
        "tertiary_link": "collector",
        "unclassified": "local",
        "residential": "local",
        "living_street": "local",
        "road": "local",
        "service": "service",
    }
)
"""Drivable values of OpenStreetMap's ``highway`` and our class for each.

Tracks, busways, footways and what is under construction are not streets here.
Only motorways are freeways, unless a trunk road is tagged ``motorroad=yes``:
a building may stand on any other street.
"""

CLASS_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **OSM_CLASSES,
        "freeway": "freeway",
        "interstate": "freeway",
        "ramp": "ramp",
        "arterial": "arterial",
        "principal arterial": "arterial",
        "major arterial": "arterial",
        "minor arterial": "arterial",
        "collector": "collector",
        "major collector": "collector",
        "minor collector": "collector",
        "local": "local",
        "local street": "local",
        "local road": "local",
        "alley": "service",
        "private": PRIVATE,
        "private road": PRIVATE,
        "driveway": PRIVATE,
        "footway": LEAVE_OUT,
        "path": LEAVE_OUT,
        "pedestrian": LEAVE_OUT,
        "trail": LEAVE_OUT,
        "s1100": "freeway",
        "s1200": "arterial",
        "s1400": "local",
        "s1500": LEAVE_OUT,
        "s1630": "ramp",
        "s1640": "service",
        "s1710": LEAVE_OUT,
        "s1720": LEAVE_OUT,
        "s1730": "service",
        "s1740": PRIVATE,
        "s1750": LEAVE_OUT,
        "s1780": "service",
        "s1820": LEAVE_OUT,
        "s1830": LEAVE_OUT,
    }
)
"""Words for road classes that need no explanation, in small letters.

English names, OpenStreetMap's values, and the feature class codes of the Census
Bureau's TIGER/Line roads (MTFCC: S1100 primary, S1200 secondary, S1400 local,
S1630 ramp, S1640 service drive, S1730 alley, S1740 private, S1780 parking lot;
the rest are trails, walks and stairs). A number is never understood: every
county counts differently.
"""
