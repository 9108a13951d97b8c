"""What OpenStreetMap's tags say to a driver; shared by extracts and OSMnx graphs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from zoning.roads.build_report import FindingKind, ReportDraft, value_counts
from zoning.roads.sources.classes import OSM_CLASSES, PRIVATE
from zoning.roads.sources.options import BuildOptions, ServiceRoads
from zoning.roads.sources.values import SpeedUnit, speeds_kph

ATTRIBUTION: Final = "© OpenStreetMap contributors, ODbL (openstreetmap.org/copyright)"
"""What the Open Database Licence asks of every map drawn from the data."""

_ACCESS_KEYS: Final = ("motorcar", "motor_vehicle", "vehicle", "access")
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
    "alternating": "B",
}
_CONTROLS: Final[Mapping[str, str]] = {
    "traffic_signals": "signal",
    "stop": "stop",
    "give_way": "yield",
    "mini_roundabout": "roundabout",
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
    unknown = np.flatnonzero(codes == "")
    draft.add(
        FindingKind.GUESSED,
        "oneway_unknown",
        "ways with a one-way tag that is not understood or changes by the hour, taken both ways",
        len(unknown),
        value_counts(tags[int(k)]["oneway"] for k in unknown),
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
