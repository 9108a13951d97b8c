"""Tables of zones, buildings, schools and streets, as every edition may show them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import geopandas as gpd
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from zoning.roads.streets.antimeridian import metric_crs
from zoning.schools.buildings import high_school_ids
from zoning.schools.levels import PROGRAM_WORDS
from zoning.staffing import StaffingComparison
from zoning.staffing.comparison import EMERGENCY_PROFILE
from zoning.symbols import ZONE_FILLS
from zoning.zones import Zone, ZoneKind, ZonePlan, building_areas
from zoning.zones.areas import adjacent_buildings, zones_of

_NUMBERED: Final = re.compile(r"(zone|post)\s+(\w{1,5})", re.IGNORECASE)
_TOUCHING_M: Final = 1.0  # simplification can separate areas that share a border by this


class ZoneGround(NamedTuple):
    """The ground of an option's zones.

    Attributes
    ----------
    areas
        As `zoning.service_areas` gives them: by travel time of an officer on the way
        to a call where the district has streets, else as the crow flies.
    neighbours
        Ids of the adjacent buildings of each, sorted: see `zoning.adjacent_buildings`.
    """

    areas: gpd.GeoDataFrame
    neighbours: Mapping[str, tuple[str, ...]]


def zone_grounds(comparison: StaffingComparison) -> dict[str, ZoneGround]:
    """The ground of every option that has zones, by ``option_id``."""
    if comparison.scenarios:
        return {i: of for part in comparison.parts for i, of in zone_grounds(part).items()}
    district = comparison.district
    of_buildings: dict[tuple[str, ...], tuple[gpd.GeoDataFrame, Mapping[str, tuple[str, ...]]]] = {}
    grounds = {}
    for outcome in comparison.outcomes:
        if outcome.plan is None:
            continue
        ids = outcome.plan.building_ids
        if ids not in of_buildings:
            areas = building_areas(
                ids,
                district.schools,
                outline=district.outline,
                network=district.network,
                profile=comparison.emergency_times.driving or EMERGENCY_PROFILE,
            )
            of_buildings[ids] = (areas, _neighbours(areas))
        areas, neighbours = of_buildings[ids]
        grounds[outcome.option_id] = ZoneGround(zones_of(outcome.plan, areas), neighbours)
    return grounds


def _neighbours(areas: gpd.GeoDataFrame) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {str(building): [] for building in areas.index}
    for one, other in adjacent_buildings(areas):
        found[one].append(other)
        found[other].append(one)
    return {building: tuple(sorted(others)) for building, others in found.items()}


def zone_table(
    plan: ZonePlan | None,
    ground: ZoneGround | None,
    buildings: gpd.GeoDataFrame,
    names: pd.Series[str],
) -> gpd.GeoDataFrame:
    """Make `PublicOption.zones`; ``names`` of schools by id."""
    zones = () if plan is None or ground is None else plan.zones
    ids = [zone.zone_id for zone in zones]
    shapes = gpd.GeoSeries([], crs=4326) if ground is None else ground.areas.geometry.loc[ids]
    high_schools = [zone.high_school_id for zone in zones]
    table = {
        "label": [
            label if zone.officers < 2 else f"{label} ×{zone.officers}"
            for label, zone in zip(short_labels(ids), zones, strict=True)
        ],
        "kind": [str(zone.kind) for zone in zones],
        "officer": [zone.officer for zone in zones],
        "officers": [zone.officers for zone in zones],
        "high_school_id": high_schools,
        "high_school": [None if h is None else names.get(h, h) for h in high_schools],
        "building_ids": [zone.building_ids for zone in zones],
        "colour": _colour_zones(zones, shapes, buildings.geometry),
    }
    frame = pd.DataFrame(table, index=pd.Index(ids, name="zone_id", dtype="str"), dtype=object)
    return gpd.GeoDataFrame(frame, geometry=list(shapes), crs=4326)


def with_command_areas(
    zones: gpd.GeoDataFrame, command_areas: Mapping[str, str]
) -> gpd.GeoDataFrame:
    """Add the commander's area of each zone and its colour, if zones are grouped."""
    if not command_areas:
        return zones
    area_of = [command_areas[zone_id] for zone_id in zones.index]
    flat = zones.geometry.to_crs(metric_crs(zones.geometry)).buffer(0)
    merged = flat.groupby(area_of).agg(lambda shapes: shapes.union_all())
    colours = neighbouring_colours(list(merged), colours=len(ZONE_FILLS))
    colour_of = dict(zip(merged.index, colours, strict=True))
    return zones.assign(command_area=area_of, command_colour=[colour_of[a] for a in area_of])


def short_labels(zone_ids: Sequence[str]) -> list[str]:
    """Shorten ids as `short_label`, except where two would be the same: ``'7'``, ``'Zone 7'``."""
    labels = [short_label(zone_id) for zone_id in zone_ids]
    shared = {label for label, times in Counter(labels).items() if times > 1}
    return [
        zone_id if label in shared else label
        for zone_id, label in zip(zone_ids, labels, strict=True)
    ]


def short_label(zone_id: str) -> str:
    """``'7'`` for ``'Zone 7'``, ``'P7'`` for ``'Post 7'``; any other name as it is."""
    numbered = _NUMBERED.fullmatch(zone_id)
    if numbered is None:
        return zone_id
    return numbered[2] if numbered[1].lower() == "zone" else f"P{numbered[2]}"


def is_numbered(zone_id: str) -> bool:
    """Whether a zone has only a number, ``'Zone 7'``, and no name of its own."""
    numbered = _NUMBERED.fullmatch(zone_id)
    return numbered is not None and numbered[2].isdigit()


def _colour_zones(zones: Sequence[Zone], shapes: gpd.GeoSeries, points: gpd.GeoSeries) -> list[int]:
    """Colour zones; one without an area is placed at its first building."""
    if not zones:
        return []
    metric = metric_crs(points)
    at = points.loc[[zone.building_ids[0] for zone in zones]].to_crs(metric)
    flat = shapes.to_crs(metric)
    lying = [point if area.is_empty else area for point, area in zip(at, flat, strict=True)]
    return neighbouring_colours(lying, colours=len(ZONE_FILLS))


def neighbouring_colours(areas: Sequence[BaseGeometry], *, colours: int) -> list[int]:
    """Colour areas so that areas that touch differ.

    The area with most colours around it is coloured next (Brelaz 1979, DSATUR), with
    the free colour used least so far. With too few colours, neighbours can have the
    same; a planar map needs at most four.

    Parameters
    ----------
    areas
        Polygons in metres; within 1 m of each other counts as touching.
    """
    touching: list[set[int]] = [set() for _ in areas]
    pairs = shapely.STRtree(areas).query(areas, predicate="dwithin", distance=_TOUCHING_M)
    for one, other in pairs.T.tolist():
        touching[one] |= {other} - {one}
    colour: dict[int, int] = {}
    while len(colour) < len(areas):
        around = {
            i: {colour[j] for j in touching[i] if j in colour}
            for i in range(len(areas))
            if i not in colour
        }
        chosen = max(around, key=lambda i: (len(around[i]), len(touching[i]), -i))
        used = list(colour.values())
        colour[chosen] = min(range(colours), key=lambda c: (c in around[chosen], used.count(c), c))
    return [colour[i] for i in range(len(areas))]


def place_table(
    plan: ZonePlan | None, ground: ZoneGround | None, buildings: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Make `PublicOption.places`."""
    neighbours = {} if ground is None else ground.neighbours
    rows = [
        (
            building,
            zone.zone_id,
            zone.kind is ZoneKind.DEDICATED,
            _is_aligned(buildings["feeders"][building], zone),
            neighbours.get(building, ()),
        )
        for zone in (() if plan is None else plan.zones)
        for building in zone.building_ids
    ]
    columns = ["building_id", "zone_id", "full_time_officer", "aligned", "neighbours"]
    return pd.DataFrame(rows, columns=columns, dtype=object).set_index("building_id")


def _is_aligned(feeders: Sequence[Sequence[str]], zone: Zone) -> bool | None:
    """Whether every school of the building feeds the zone's high school; None if none feeds one."""
    if zone.kind is ZoneKind.DEDICATED or not feeders or zone.high_school_id is None:
        return None
    return all(zone.high_school_id in of_school for of_school in feeders)


def school_table(schools: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """What every map may show of the buildings: see `PublicView.schools`."""
    high = set(high_school_ids(schools))
    shown = buildings[["name", "level", "programs", "geometry"]].copy()
    shown["programs"] = [
        tuple(PROGRAM_WORDS[p] for p in programs) for programs in shown["programs"]
    ]
    held = [tuple(i for i in ids if i in high) for ids in buildings["school_ids"]]
    shown.insert(3, "high_school", list(map(bool, held)))
    return shown.assign(high_school_ids=held, feeds=buildings["feeders"])


def high_school_names(schools: gpd.GeoDataFrame) -> dict[str, str]:
    """Make `PublicView.high_schools`; one that is not in the list is named by its id."""
    names = schools["name"]
    return {i: str(names.get(i, i)) for i in high_school_ids(schools)}


def street_table(links: gpd.GeoDataFrame) -> gpd.GeoDataFrame | None:
    """What every map shows of the streets; None without any."""
    return None if links.empty else links[["road_class", "name", "geometry"]].to_crs(4326)
