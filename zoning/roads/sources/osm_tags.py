"""What OpenStreetMap's tags say to a driver; shared by extracts and OSMnx graphs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from zoning.roads.sources.classes import OSM_CLASSES, PRIVATE
from zoning.roads.sources.options import BuildOptions, ServiceRoads
from zoning.roads.sources.values import SpeedUnit, speeds_kph
from zoning.roads.streets.build_report import FindingKind, ReportDraft, value_counts

ATTRIBUTION: Final = "© OpenStreetMap contributors, ODbL (openstreetmap.org/copyright)"
"""What the Open Database Licence asks of every map drawn from the data."""

_ACCESS_KEYS: Final = ("motorcar", "motor_vehicle", "vehicle", "access")
KEYS: Final = frozenset(
    {
        *_ACCESS_KEYS,
        *(f"{key}:conditional" for key in _ACCESS_KEYS),
        "area",
        "barrier",
        "highway",
        "junction",
        "lanes:reversible",
        "maxspeed",
        "motorroad",
        "name",
        "oneway",
        "oneway:conditional",
        "ref",
        "restriction",
        "route",
        "service",
        # Of nodes.
        "direction",
        "give_way:direction",
        "stop",
        "stop:direction",
        "traffic_signals",
        "traffic_signals:direction",
    }
)
"""Keys that mean something here, of ways and nodes."""
KEY_STARTS: Final = "maxspeed:"
_CLOSED: Final = frozenset(
    {"no", "agricultural", "forestry", "military", "emergency", "bus", "psv"}
)
_PRIVATE: Final = frozenset({"private", "residents", "permit", "delivery"})
_NOT_THROUGH: Final = frozenset({"driveway", "parking_aisle", "drive-through", "emergency_access"})
_ROUND: Final = frozenset({"roundabout", "circular"})
_DIRECTIONS: Final[Mapping[str, str]] = {
    "yes": "FT",
    "true": "FT",
    "1": "FT",
    "-1": "TF",
    "reverse": "TF",
    "no": "B",
    "false": "B",
    "0": "B",
}
_BY_THE_HOUR: Final = frozenset({"reversible", "alternating"})
_NO_CARS: Final = frozenset(
    {
        "footway", "cycleway", "path", "pedestrian", "steps", "track", "bridleway", "corridor",
        "platform", "elevator", "ladder", "via_ferrata", "bus_guideway", "busway", "raceway",
        "escape", "emergency_bay", "emergency_access_point", "rest_area", "services",
        "construction", "proposed", "planned", "abandoned", "disused", "razed", "demolished",
        "removed", "dismantled", "no", "crossing", "bus_stop", "street_lamp", "trailhead",
    }
)  # fmt: skip
"""Values of ``highway`` that no car drives: paths, what is not there yet or no more, places."""
_CONTROLS: Final[Mapping[str, str]] = {
    "traffic_signals": "signal",
    "stop": "stop",
    "give_way": "yield",
    "mini_roundabout": "roundabout",
}
# Signals that are dark or blink unless a fire engine, a train or a tram comes.
_DARK_SIGNALS: Final = frozenset({"emergency", "blinker", "blink_mode", "level_crossing"})
_RANKS: Final = {
    highway: k for k, highway in enumerate(h for h in OSM_CLASSES if not h.endswith("_link"))
}
BARRIERS: Final = frozenset(
    {"bollard", "block", "bump_gate", "chain", "gate", "jersey_barrier", "lift_gate", "swing_gate"}
)


def road_class(tags: Mapping[str, str]) -> str:
    """Our class of a way, ``private`` if it is not open to all, ``''`` if it is no street.

    Of the access tags the most particular to cars counts: ``motorcar``,
    ``motor_vehicle``, ``vehicle``, ``access``. Squares (``area=yes``) are no
    streets.
    """
    highway = tags.get("highway", "")
    ours = OSM_CLASSES.get(highway, "")
    access = next((tags[key] for key in _ACCESS_KEYS if key in tags), "yes")
    if not ours or access in _CLOSED or tags.get("area") == "yes":
        return ""
    if access in _PRIVATE:
        return PRIVATE
    return "freeway" if highway == "trunk" and tags.get("motorroad") == "yes" else ours


def is_drivable(tags: Mapping[str, str]) -> bool:
    """Whether ``highway`` is one of a street, open to cars or not."""
    return tags.get("highway", "") in OSM_CLASSES


def is_minor_service(tags: Mapping[str, str]) -> bool:
    """Whether a way is a driveway, parking aisle, drive-through or emergency way."""
    return tags.get("highway") == "service" and tags.get("service", "") in _NOT_THROUGH


def direction(tags: Mapping[str, str]) -> str:
    """One-way code of a way, ``''`` where the tag is not understood.

    Without a tag, roundabouts and motorways are one-way, other streets not.
    """
    given = tags.get("oneway")
    if given is not None:
        return _DIRECTIONS.get(given, "")
    implied = tags.get("junction", "") in _ROUND or tags.get("highway") == "motorway"
    return "FT" if implied else "B"


def is_round(tags: Mapping[str, str]) -> bool:
    """Whether a way is the ring of a roundabout."""
    return tags.get("junction", "") in _ROUND


def rank(tags: Mapping[str, str]) -> int:
    """Place of a way's class among `OSM_CLASSES`, the most important first; links like roads."""
    return _RANKS.get(tags.get("highway", "").removesuffix("_link"), len(_RANKS))


def control_of(tags: Mapping[str, str]) -> str:
    """Kind of control at a node, ``''`` if its tags name none that cars wait for."""
    if tags.get("traffic_signals") in _DARK_SIGNALS:
        return ""
    return control(tags.get("highway", ""))


def control_direction(tags: Mapping[str, str]) -> str:
    """Direction of the way in which a signal or sign holds, as tagged; ``''`` if it is not."""
    highway = tags.get("highway", "")
    return tags.get(f"{highway}:direction") or tags.get("direction", "")


def is_for_all(tags: Mapping[str, str]) -> bool:
    """Whether a stop sign says that every approach has one."""
    return tags.get("stop") in {"all", "all_way"}


def control(highway: str) -> str:
    """Kind of control at a node, ``''`` if its ``highway`` tag names none."""
    return _CONTROLS.get(highway, "")


def street_names(tags: Mapping[str, str]) -> str:
    """Name of a way, its reference number if it has no name."""
    return tags.get("name") or tags.get("ref", "")


def counted_classes(
    given: Sequence[str], tags: Sequence[Mapping[str, str]], draft: ReportDraft
) -> NDArray[np.bool_]:
    """Which ways are open streets or private ones; those closed to cars are counted."""
    is_open = np.array([bool(ours) for ours in given], dtype=bool)
    draft.add(
        FindingKind.LEFT_OUT,
        "closed",
        "ways closed to cars, or squares",
        int((~is_open).sum()),
        value_counts(tags[int(k)].get("highway", "") for k in np.flatnonzero(~is_open)),
    )
    return is_open


def without_minor_service(
    tags: Sequence[Mapping[str, str]], options: BuildOptions, draft: ReportDraft
) -> NDArray[np.bool_]:
    """Which ways are kept when only service roads that lead through are streets."""
    minor = np.array([is_minor_service(one) for one in tags], dtype=bool)
    if options.service is not ServiceRoads.THROUGH:
        minor[:] = False
    draft.add(
        FindingKind.LEFT_OUT,
        "minor_service",
        "driveways, parking aisles, drive-throughs and emergency ways",
        int(minor.sum()),
    )
    return ~minor


def directions_of(tags: Sequence[Mapping[str, str]], draft: ReportDraft) -> NDArray[np.str_]:
    """One-way code of every way; a tag that is not understood is both ways, and counted."""
    codes = np.array([direction(one) for one in tags], dtype=str)
    given = [tags[int(k)]["oneway"] for k in np.flatnonzero(codes == "")]
    unknown = [code for code in given if code not in _BY_THE_HOUR]
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
        value_counts(code for code in given if code in _BY_THE_HOUR),
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
    for is_known, kind, code, words in (
        (True, FindingKind.LEFT_OUT, "not_streets", "ways of a kind that no car drives"),
        (
            False,
            FindingKind.LEFT_OUT,
            "class_unknown",
            "ways whose highway tag is not understood, left out",
        ),
    ):
        found = {value: n for value, n in others.items() if (value in _NO_CARS) == is_known}
        draft.add(kind, code, words, sum(found.values()), value_counts(Counter(found).elements()))


def count_conditions(tags: Sequence[Mapping[str, str]], draft: ReportDraft) -> None:
    """Count limits, directions and access that hold in part or at times, which are ignored."""
    access = {f"{key}:conditional" for key in _ACCESS_KEYS}
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
            sum(not access.isdisjoint(one) for one in tags),
        ),
    ):
        draft.add(FindingKind.NOT_MODELLED, code, words, count)
