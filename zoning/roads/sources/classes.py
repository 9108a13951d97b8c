"""Road classes: those of a full street map, and how sources' own classes map to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zoning.errors import NetworkError
from zoning.roads.build_report import FindingKind, ReportDraft, value_counts
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


ARTERIAL_KPH: Final = 64.0
COLLECTOR_KPH: Final = 48.0
_SHOWN: Final = 20
# Values that only OpenStreetMap and only NENA's data model have.
_OSM_ONLY: Final = frozenset(("motorway", "trunk", "tertiary", "living street", "motorway link"))
_OSM_STREETS: Final = frozenset(word.replace("_", " ") for word in OSM_CLASSES)
_NENA_ONLY: Final = frozenset(
    ("vehicular trail", "bridle path", "parking lot", "walkway", "stairway", "primary road")
)
_CFCC: Final = re.compile(r"[a-hpx]\d\d")
_HPMS_ZEROS: Final = re.compile(r"^0+(?=\d)| 0+$")
_MTFCC: Final = re.compile(r"[a-z]\d{4}")


def line_classes(
    values: NDArray[np.str_],
    kph: NDArray[np.float64],
    *,
    given: Mapping[str, str],
    draft: ReportDraft,
    column: str = "",
) -> NDArray[np.str_]:
    """Our class of every line, one of `CLASS_CHOICES`.

    A class that is not known is guessed from the speed if there is one: at least
    64 km/h (40 mph) is taken for arterial, at least 48 km/h (30 mph) for
    collector, anything else for local; never for freeway or ramp, which no
    building is joined to. The bounds are our choice. Without a speed it is taken
    as local, and the report asks what it is.

    Parameters
    ----------
    values
        As the source writes them; ``''`` is unknown.
    kph
        Shape (n,), km/h, NaN unknown.
    given
        The user's class of a value, which wins over what is understood.
    draft
        Takes the counts of classes that were understood, guessed, and not known.
    column
        What the source calls the column, which tells whose words they are.

    Raises
    ------
    NetworkError
        If ``given`` maps to something that is not a class.
    """
    wrong = [f"{value}={to}" for value, to in given.items() if to not in CLASS_CHOICES]
    if wrong:
        raise NetworkError(
            "road classes are mapped to something that is not a class",
            wrong,
            f"Map each to one of {', '.join(CLASS_CHOICES)}.",
        )
    row, found = pd.factorize(values)
    distinct = [str(value) for value in found]
    counts = dict(zip(distinct, np.bincount(row, minlength=len(found)).tolist(), strict=True))
    ours = {value.strip().casefold(): to for value, to in given.items()}
    plain = {value: value.strip().casefold() for value in distinct}
    meaning = understood(distinct, column=column)
    meaning |= {value: ours[word] for value, word in plain.items() if word in ours}
    draft.add(
        FindingKind.READ,
        "class_words",
        "lines whose class is understood, or mapped",
        sum(counts[value] for value, to in meaning.items() if to != MISSING),
        [
            f"{value!r} {to} × {counts[value]:,}"
            for value, to in sorted(meaning.items(), key=lambda item: (-counts[item[0]], item[0]))
            if to != MISSING
        ],
        most=_SHOWN,
    )
    known = [meaning.get(value, "" if word else MISSING) for value, word in plain.items()]
    told = np.array(known, dtype=str)[row]
    blank, unknown = told == MISSING, told == ""
    _say_unknown(values, blank, unknown, np.isnan(kph), draft)
    by_speed = np.select(
        [kph >= ARTERIAL_KPH, kph >= COLLECTOR_KPH], ["arterial", "collector"], "local"
    )
    return np.where(blank | unknown, by_speed, told)


def _say_unknown(
    values: NDArray[np.str_],
    blank: NDArray[np.bool_],
    unknown: NDArray[np.bool_],
    no_speed: NDArray[np.bool_],
    draft: ReportDraft,
) -> None:
    for kind, code, words, which in (
        (
            FindingKind.GUESSED,
            "class_missing",
            "lines without a road class, guessed from their speed",
            blank & ~no_speed,
        ),
        (
            FindingKind.GUESSED,
            "class_missing_local",
            "lines without a road class or a speed, taken as local streets",
            blank & no_speed,
        ),
        (
            FindingKind.GUESSED,
            "class_unknown",
            "lines of an unknown road class, guessed from their speed; map it with --class "
            "VALUE=CLASS",
            unknown & ~no_speed,
        ),
        (
            FindingKind.TO_DECIDE,
            "class_unknown_local",
            "lines of an unknown road class and without a speed, taken as local streets; say what "
            "each value is with --class VALUE=CLASS, or 'VALUE=leave out' (in Python: classes=)",
            unknown & no_speed,
        ),
    ):
        listed = value_counts(values[which & (values != "")])
        draft.add(kind, code, words, int(which.sum()), listed, most=_SHOWN)


def is_openstreetmap(values: Iterable[str], *, column: str) -> bool:
    """Whether the words of a class column are OpenStreetMap's.

    A column *highway* may also hold the numbers of routes.
    """
    words = {_words(value) for value in set(values)}
    return (
        _bare(column) == "fclass"
        or bool(words & _OSM_ONLY)
        or (_bare(column) == "highway" and bool(words & _OSM_STREETS))
    )


def understood(values: Iterable[str], *, column: str) -> dict[str, str]:
    """What values of a class column mean, those left out that are not understood.

    ``column`` is its name: the same word, *primary*, is a freeway in NENA's data
    model and an arterial in OpenStreetMap.

    Returns
    -------
    dict
        Value -> one of `CLASS_CHOICES`, or `MISSING`.
    """
    distinct = {value: _words(value) for value in set(values) if value.strip()}
    lookups = _lookups(distinct.values(), _bare(column))
    meaning = {}
    for value, words in distinct.items():
        found = next((to for look in lookups if (to := look(words)) is not None), None)
        if found is not None:
            meaning[value] = found
    return meaning


def _lookups(words: Iterable[str], column: str) -> list[Callable[[str], str | None]]:
    """How to look a value up, in order, for the kind of column it is."""
    listed = list(words)

    def mostly(pattern: re.Pattern[str]) -> bool:
        return bool(listed) and sum(map(bool, map(pattern.fullmatch, listed))) > len(listed) / 2

    lookups: list[Callable[[str], str | None]] = [CLASS_WORDS.get, _by_keyword]
    if column.startswith("mtfcc") or mostly(_MTFCC):
        # All other features of the Bureau's maps: streams, rails, boundaries, landmarks.
        lookups.append(lambda w: LEAVE_OUT if _MTFCC.fullmatch(w) and w[0] != "s" else None)
    elif column.startswith("cfcc") or mostly(_CFCC):
        lookups.insert(0, _by_cfcc)
    elif column == "fsystem":
        # 1, 01 or 1.0, as the kind of column has it.
        lookups.insert(0, lambda w: HPMS_CLASSES.get(_HPMS_ZEROS.sub("", w)))
    elif not is_openstreetmap(listed, column=column) and (
        column == "roadclass" or _NENA_ONLY.intersection(listed)
    ):
        lookups.insert(0, NENA_WORDS.get)
    return lookups


def _by_cfcc(words: str) -> str | None:
    if not _CFCC.fullmatch(words):
        return None
    if words[0] != "a":
        return LEAVE_OUT
    return CFCC_CLASSES.get(words, CFCC_CLASSES.get(words[:2]))


def _by_keyword(words: str) -> str | None:
    padded = f" {words} "
    return next(
        (
            to
            for to, keywords in CLASS_KEYWORDS
            if any(f" {keyword} " in padded for keyword in keywords)
        ),
        None,
    )


def _words(value: str) -> str:
    """A value in small letters, with single spaces for all signs."""
    return re.sub(r"[\W_]+", " ", value.casefold()).strip()


def _bare(name: str) -> str:
    return re.sub(r"[^0-9a-z]", "", name.casefold())
