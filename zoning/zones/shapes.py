"""The shapes of a plan's zones: compactness, drive-time diameter, contiguity."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from zoning.errors import typed
from zoning.roads.road_network import RoadNetwork
from zoning.roads.streets.antimeridian import metric_crs
from zoning.roads.travel.profiles import Profile
from zoning.roads.travel.travel_times import TravelTimes
from zoning.zones.areas import adjacent_buildings, building_areas, zones_of
from zoning.zones.plan import Zone, ZonePlan


@typed
def zone_shapes(
    plan: ZonePlan,
    schools: gpd.GeoDataFrame,
    times: TravelTimes,
    *,
    outline: BaseGeometry | None = None,
    network: RoadNetwork | None = None,
    profile: str | Profile | None = None,
) -> gpd.GeoDataFrame:
    """The service areas of a plan with their size, compactness and diameter.

    Compactness describes the area drawn on the map, which depends on how ground
    is shared out; the diameter depends on the zone's buildings only. Areas and
    lengths are taken in the UTM zone of the district.

    Parameters
    ----------
    times
        Seconds between the plan's buildings, for the diameter.
    outline, network
        As for `service_areas`.
    profile
        As for `service_areas`; that of ``times``, where it is known, if None.

    Raises
    ------
    PlanError
        As for `service_areas`.
    NetworkError
        As for `service_areas`; also if a building has no travel times.

    Returns
    -------
    GeoDataFrame
        `service_areas`, and for each zone:

        ``area_m2``
            Square metres inside the district.
        ``parts``
            Separate pieces of ground; 0 if the zone has none.
        ``contiguous``
            Whether borders between the buildings' areas connect all of the zone.
        ``polsby_popper``
            4 π area / perimeter²: 1 for a disc, towards 0 for a ragged or
            stretched area; NaN without ground. An area along a winding outline
            scores low for the outline's sake.
        ``reock``
            Area over that of the smallest circle around it: 1 for a disc; NaN
            without ground. Blind to a ragged edge.
        ``diameter_s``
            The longest travel time from one building of the zone to another,
            seconds, either way round; ``inf`` where there is no way, 0 for a
            zone of one building.
        ``diameter_from``, ``diameter_to``
            The pair of buildings it is between; None for a zone of one building.

    References
    ----------
    Polsby and Popper (1991), The third criterion: compactness as a procedural
    safeguard against partisan gerrymandering, Yale Law & Policy Review 9.
    Reock (1961), Measuring compactness as a requirement of legislative
    apportionment, Midwest Journal of Political Science 5.
    """
    areas = building_areas(
        plan.building_ids,
        schools,
        outline=outline,
        network=network,
        profile=profile or times.driving or "emergency",
    )
    zones = zones_of(plan, areas)
    flat = zones.geometry.to_crs(metric_crs(areas)).to_numpy()
    area_m2, perimeter_m = shapely.area(flat), shapely.length(flat)
    circle_m2 = math.pi * shapely.minimum_bounding_radius(flat) ** 2
    adjacent = set(adjacent_buildings(areas))
    farthest = [_farthest(zone, times) for zone in plan.zones]
    with np.errstate(invalid="ignore"):
        return zones.assign(
            area_m2=area_m2,
            parts=shapely.get_num_geometries(flat) * ~shapely.is_empty(flat),
            contiguous=[is_connected(zone.building_ids, adjacent) for zone in plan.zones],
            polsby_popper=4 * math.pi * area_m2 / perimeter_m**2,
            reock=area_m2 / circle_m2,
            diameter_s=[seconds for seconds, _, _ in farthest],
            diameter_from=[origin for _, origin, _ in farthest],
            diameter_to=[destination for _, _, destination in farthest],
        )


def is_connected(building_ids: Collection[str], adjacent: Iterable[tuple[str, str]]) -> bool:
    """Whether steps between adjacent buildings lead from any one to all the others.

    Parameters
    ----------
    building_ids
        Steps lead through these only.
    adjacent
        Pairs from `adjacent_buildings`; others than of these are passed over.
    """
    left = set(building_ids)
    beside: dict[str, set[str]] = {building: set() for building in left}
    for a, b in adjacent:
        if a in left and b in left:
            beside[a].add(b)
            beside[b].add(a)
    reached = [left.pop()] if left else []
    while reached:
        found = beside[reached.pop()] & left
        left -= found
        reached.extend(found)
    return not left


def _farthest(zone: Zone, times: TravelTimes) -> tuple[float, str | None, str | None]:
    """Seconds, origin and destination of the longest way; of equals, the first by id."""
    if len(zone.building_ids) == 1:
        return 0.0, None, None
    ids = sorted(zone.building_ids)
    at = times.positions(ids)
    seconds = times.seconds[np.ix_(at, at)].copy()
    np.fill_diagonal(seconds, -1.0)
    k, m = np.unravel_index(int(np.argmax(seconds)), seconds.shape)
    return float(seconds[k, m]), ids[int(k)], ids[int(m)]
