"""Interpret OpenStreetMap's tags for drivers; shared by extracts and OSMnx graphs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from zoning.roads.sources.classes import OSM_CLASSES, PRIVATE, WORDS, words_of
from zoning.roads.sources.columns import SpeedUnit, speeds_kph
from zoning.roads.sources.finishing import select_classes
from zoning.roads.sources.options import BuildOptions, ServiceRoads
from zoning.roads.streets.build_report import FindingKind, ReportDraft, value_counts

ATTRIBUTION: Final = "© OpenStreetMap contributors, ODbL (openstreetmap.org/copyright)"
"""What the Open Database Licence asks of every map drawn from the data."""

_OSM: Final[Mapping[str, Any]] = WORDS["osm"]
_ACCESS_KEYS: Final[list[str]] = _OSM["access_keys"]
_CONDITIONAL_ACCESS: Final = frozenset(f"{key}:conditional" for key in _ACCESS_KEYS)
KEYS: Final = frozenset(
    {*_ACCESS_KEYS, *_CONDITIONAL_ACCESS, *_OSM["way_keys"], *_OSM["node_keys"]}
)
"""Keys of ways and nodes that are read, besides those that begin with `KEY_START`."""
KEY_START: Final = "maxspeed:"
BARRIERS: Final = frozenset(_OSM["barriers"])
_CONTROLS: Final = words_of("osm_controls")
_DIRECTIONS: Final = words_of("osm_oneway")
_RANKS: Final = {
    highway: k for k, highway in enumerate(h for h in OSM_CLASSES if not h.endswith("_link"))
}


def road_class(tags: Mapping[str, str]) -> str:
    """Road class of a way: ``private`` if it is not open to all, ``''`` if it is no street.

    Of the access tags the most particular to cars counts: ``motorcar``,
    ``motor_vehicle``, ``vehicle``, ``access``. Squares (``area=yes``) are no
    streets.
    """
    highway = tags.get("highway", "")
    ours = OSM_CLASSES.get(highway, "")
    access = next((tags[key] for key in _ACCESS_KEYS if key in tags), "yes")
    if not ours or access in _OSM["closed"] or tags.get("area") == "yes":
        return ""
    if access in _OSM["private"]:
        return PRIVATE
    return "freeway" if highway == "trunk" and tags.get("motorroad") == "yes" else ours


def is_minor_service(tags: Mapping[str, str]) -> bool:
    """True if a way is a driveway, parking aisle, drive-through or emergency way."""
    return tags.get("highway") == "service" and tags.get("service", "") in _OSM["minor_service"]


def direction(tags: Mapping[str, str]) -> str:
    """One-way code of a way, ``''`` where the tag is not understood.

    Without a tag, roundabouts and motorways are one-way, other streets not.
    """
    given = tags.get("oneway")
    if given is not None:
        return _DIRECTIONS.get(given, "")
    return "FT" if is_round(tags) or tags.get("highway") == "motorway" else "B"


def is_round(tags: Mapping[str, str]) -> bool:
    """True if a way is the ring of a roundabout."""
    return tags.get("junction", "") in _OSM["round"]


def rank(tags: Mapping[str, str]) -> int:
    """Rank of a way's class in `OSM_CLASSES`, 0 the most important; ``_link`` ranks as its road."""
    return _RANKS.get(tags.get("highway", "").removesuffix("_link"), len(_RANKS))


def control_of(tags: Mapping[str, str]) -> str:
    """Kind of control at a node, ``''`` if cars do not wait there."""
    if tags.get("traffic_signals") in _OSM["dark_signals"]:
        return ""
    return control(tags.get("highway", ""))


def control_direction(tags: Mapping[str, str]) -> str:
    """Tagged direction of the way in which a signal or sign applies; ``''`` if untagged."""
    highway = tags.get("highway", "")
    return tags.get(f"{highway}:direction") or tags.get("direction", "")


def is_for_all(tags: Mapping[str, str]) -> bool:
    """True if a stop sign is tagged as an all-way stop."""
    return tags.get("stop") in {"all", "all_way"}


def control(highway: str) -> str:
    """Kind of control at a node, ``''`` if its ``highway`` tag names none."""
    return _CONTROLS.get(highway, "")


def street_name(tags: Mapping[str, str]) -> str:
    """Name of a way, its reference number if it has no name."""
    return tags.get("name") or tags.get("ref", "")


def select_streets(
    tags: Sequence[Mapping[str, str]], options: BuildOptions, draft: ReportDraft
) -> tuple[NDArray[np.intp], NDArray[np.str_]]:
    """Select the ways that are streets of a network: positions, and the class of each.

    What is left out is counted: ways closed to cars, minor service roads unless
    the options take all, and what `select_classes` leaves out.
    """
    given = np.array([road_class(one) for one in tags], dtype=str)
    closed = np.flatnonzero(given == "")
    through_only = options.service is ServiceRoads.THROUGH
    minor = np.array([through_only and is_minor_service(one) for one in tags], dtype=bool)
    draft.add(
        FindingKind.LEFT_OUT,
        "closed",
        "ways closed to cars, or squares",
        len(closed),
        value_counts(tags[int(k)].get("highway", "") for k in closed),
    )
    draft.add(
        FindingKind.LEFT_OUT,
        "minor_service",
        "driveways, parking aisles, drive-throughs and emergency ways",
        int((minor & (given != "")).sum()),
    )
    streets = np.flatnonzero((given != "") & ~minor)
    ours, is_kept = select_classes(given[streets], options, draft)
    return streets[is_kept], ours[is_kept]


def directions_of(tags: Sequence[Mapping[str, str]], draft: ReportDraft) -> NDArray[np.str_]:
    """One-way code of every way; an unknown tag counts as both ways and is reported."""
    codes = np.array([direction(one) for one in tags], dtype=str)
    by_the_hour = _OSM["oneway_by_the_hour"]
    given = [one["oneway"] for one, code in zip(tags, codes, strict=True) if not code]
    unknown = [code for code in given if code not in by_the_hour]
    draft.add(
        FindingKind.GUESSED,
        "oneway_unknown",
        "ways with a one-way tag that is not understood, taken both ways",
        len(unknown),
        value_counts(unknown),
    )
    draft.add(
        FindingKind.NOT_MODELLED,
        "oneway_by_the_hour",
        "ways whose direction changes by the hour, taken both ways",
        len(given) - len(unknown),
        value_counts(code for code in given if code in by_the_hour),
    )
    return np.where(codes == "", "B", codes)


def kph_of_tags(
    maxspeeds: Sequence[str], options: BuildOptions, draft: ReportDraft
) -> NDArray[np.float64]:
    """Speed limit of every way, km/h; a number without a unit is km/h, as the tag says."""
    return speeds_kph(
        maxspeeds,
        unit=SpeedUnit.KMH,
        plausible=options.plausible_kph,
        draft=draft,
        column="maxspeed",
    )


def count_other_ways(others: Mapping[str, int], draft: ReportDraft) -> None:
    """Count the ways that are no streets, by value of ``highway``; unknown values apart."""
    for is_known, code, words in (
        (True, "not_streets", "ways of a kind that no car drives"),
        (False, "class_unknown", "ways whose highway tag is not understood, left out"),
    ):
        found = {value: n for value, n in others.items() if (value in _OSM["no_cars"]) == is_known}
        values = value_counts(Counter(found).elements())
        draft.add(FindingKind.LEFT_OUT, code, words, sum(found.values()), values)


def count_conditions(tags: Sequence[Mapping[str, str]], draft: ReportDraft) -> None:
    """Count conditional limits, directions and access, which are ignored."""
    for code, words, count in (
        (
            "limits_in_part",
            "ways with speed limits for one direction, lane or time, ignored",
            sum(any(key.startswith("maxspeed:") for key in one) for one in tags),
        ),
        (
            "oneway_conditional",
            "ways or lanes whose direction changes at times, ignored",
            sum("oneway:conditional" in one or "lanes:reversible" in one for one in tags),
        ),
        (
            "access_conditional",
            "ways closed or open to cars at times, ignored",
            sum(not _CONDITIONAL_ACCESS.isdisjoint(one) for one in tags),
        ),
    ):
        draft.add(FindingKind.NOT_MODELLED, code, words, count)
