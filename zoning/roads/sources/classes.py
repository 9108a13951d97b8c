"""The road classes of a full street map, and how sources' own classes map to them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from zoning.roads.streets.speeds import SpeedTable
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

MISSING: Final = "missing"
"""What a word means that says that the class is not known."""

CLASS_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{word.replace("_", " "): to for word, to in OSM_CLASSES.items()},
        "tertiary link": "collector",
        **dict.fromkeys(
            ("other", "unknown", "none", "null", "n a", "na", "undefined", "unassigned", "tbd"),
            MISSING,
        ),
        **dict.fromkeys(
            (
                *("bus guideway", "corridor", "escape", "raceway", "platform", "elevator"),
                *("ladder", "via ferrata", "rest area", "services", "emergency bay"),
            ),
            LEAVE_OUT,
        ),
        "track": LEAVE_OUT,
        **{f"track grade{grade}": LEAVE_OUT for grade in range(1, 6)},
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
        "s1780": LEAVE_OUT,
        "s1810": LEAVE_OUT,
        "s1820": LEAVE_OUT,
        "s1830": LEAVE_OUT,
        "s2000": LEAVE_OUT,
    }
)
"""Whole values of a class column, in small letters and with spaces for other signs.

OpenStreetMap's values, and the feature class codes of the Census Bureau's
TIGER/Line roads (MTFCC: S1100 primary, S1200 secondary, S1400 local, S1630 ramp,
S1640 service drive, S1730 alley, S1740 private; the rest are vehicular trails for
four-wheel drive, walks, stairs, parking lots, paths and medians). A number is
never understood: every county counts differently.
"""

NENA_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "primary": "freeway",
        "primary road": "freeway",
        "secondary": "arterial",
        "secondary road": "arterial",
    }
)
"""Road classes of NENA's NG9-1-1 data model that mean something else in OpenStreetMap.

They are the Census Bureau's: a primary road has limited access and is reached by
ramps, a secondary road is a main artery that is not limited access.
"""

CFCC_CLASSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "a0": MISSING,
        "a1": "freeway",
        "a2": "arterial",
        "a3": "arterial",
        "a4": "local",
        "a5": LEAVE_OUT,
        "a60": "local",
        "a61": "local",
        "a62": "local",
        "a63": "ramp",
        "a64": "service",
        "a65": LEAVE_OUT,
        "a69": LEAVE_OUT,
        "a70": LEAVE_OUT,
        "a71": LEAVE_OUT,
        "a72": LEAVE_OUT,
        "a73": "service",
        "a74": PRIVATE,
    }
)
"""The Census Bureau's older codes (CFCC), by their first two or all three signs.

A1 primary with limited access, A2 primary without, A3 secondary, A4 local, A5
vehicular trail, A61 cul-de-sac, A62 traffic circle, A63 ramp, A64 service drive,
A65 ferry, A71 walkway, A72 stairs, A73 alley, A74 driveway.
"""

HPMS_CLASSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "1": "freeway",
        "2": "freeway",
        "3": "arterial",
        "4": "arterial",
        "5": "collector",
        "6": "collector",
        "7": "local",
    }
)
"""Functional systems of the Highway Performance Monitoring System (item F_SYSTEM).

1 Interstate, 2 other freeways and expressways, 3 other principal arterials, 4
minor arterials, 5 and 6 major and minor collectors, 7 local.
"""

CLASS_KEYWORDS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    (
        LEAVE_OUT,
        (
            *("walkway", "walk", "sidewalk", "pedestrian", "footpath", "footway", "crosswalk"),
            *("stair", "stairs", "stairway", "steps", "bridle", "bridleway", "equestrian"),
            *("trail", "trails", "path", "pathway", "bike", "bicycle", "bikeway", "cycleway"),
            *("cycle", "greenway", "ski", "snowmobile", "atv", "ohv", "golf", "boat", "parking"),
            *("railroad", "railway", "rail", "tram", "busway", "ferry", "runway", "taxiway"),
            *("river", "stream", "creek", "canal", "ditch", "shoreline", "hydrography", "water"),
            *("pipeline", "boundary", "median", "paper", "unbuilt", "unopened", "vacated"),
            *("abandoned", "proposed", "planned", "construction", "closed", "razed"),
        ),
    ),
    ("ramp", ("ramp", "ramps", "interchange")),
    (PRIVATE, ("private", "driveway")),
    ("service", ("alley", "alleyway", "service", "frontage", "access road")),
    (
        "freeway",
        (
            *("interstate", "freeway", "freeways", "expressway", "expressways", "motorway"),
            *("turnpike", "tollway", "limited access", "controlled access"),
        ),
    ),
    (
        "arterial",
        (
            *("arterial", "arterials", "thoroughfare", "us highway", "us route", "u s highway"),
            *("u s route", "state highway", "state route", "state road"),
        ),
    ),
    ("collector", ("collector", "collectors", "county highway", "county route")),
    (
        "local",
        (
            *("local", "residential", "neighborhood", "subdivision", "cul de sac"),
            *("city street", "county road", "township road"),
        ),
    ),
)
"""Words within a value of a class column that say its class, the first that is met.

Names of the Federal Highway Administration's functional classes and the words of
states and counties. What no car drives comes first, then what leads somewhere
else than its other words say (a ramp of an interstate, a service drive along it).
"""
