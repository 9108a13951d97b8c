"""Zones as areas on the ground, for maps."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from zoning.errors import PlanError
from zoning.schools import buildings
from zoning.zones.plan import ZonePlan

_MARGIN_M = 1500.0


def service_areas(
    plan: ZonePlan, schools: gpd.GeoDataFrame, *, outline: BaseGeometry | None = None
) -> gpd.GeoDataFrame:
    """The ground nearest to each zone's buildings, as the crow flies.

    A picture of the plan, not attendance areas: an area is all the ground whose
    nearest building (straight line) is in the zone, clipped to the district.
    Buildings at one point share their ground.

    Parameters
    ----------
    outline
        The district, EPSG:4326; if None, 1.5 km around the buildings' hull.
        A building outside it has no area.

    Raises
    ------
    PlanError
        If the plan names buildings the schools do not have.

    Returns
    -------
    GeoDataFrame
        Index ``zone_id``, in the plan's order; columns ``high_school_id``,
        ``kind``, ``buildings`` (how many), (Multi)Polygons in EPSG:4326.
    """
    known = buildings(schools)
    unknown = [b for b in plan.building_ids if b not in known.index]
    if unknown:
        raise PlanError("the plan's buildings are not the schools'", [", ".join(unknown)])
    places = known.loc[list(plan.building_ids)]
    flat = places.geometry.to_crs(places.estimate_utm_crs())
    district = (
        shapely.union_all(flat.to_numpy()).convex_hull.buffer(_MARGIN_M)
        if outline is None
        else gpd.GeoSeries([outline], crs=4326).to_crs(flat.crs).iloc[0]
    )
    cell_of = dict(zip(plan.building_ids, _cells(flat, district), strict=True))
    rows = [
        {
            "zone_id": zone.zone_id,
            "high_school_id": zone.high_school_id,
            "kind": str(zone.kind),
            "buildings": len(zone.building_ids),
            "geometry": shapely.union_all([cell_of[b] for b in zone.building_ids]),
        }
        for zone in plan.zones
    ]
    areas = gpd.GeoDataFrame(rows, geometry="geometry", crs=flat.crs).set_index("zone_id")
    return areas.to_crs(4326)


def _cells(points: gpd.GeoSeries, district: BaseGeometry) -> list[BaseGeometry]:
    """The part of the district nearest to each point, in the points' order."""
    coordinates = shapely.get_coordinates(points.to_numpy())
    sites, site_of = np.unique(coordinates, axis=0, return_inverse=True)
    reach = district.union(shapely.MultiPoint(sites)).envelope.buffer(_MARGIN_M)
    if len(sites) == 1:
        cells = np.array([district])
    else:
        cells = shapely.get_parts(
            shapely.voronoi_polygons(shapely.MultiPoint(sites), extend_to=reach, ordered=True)
        )
    return [cells[k].intersection(district) for k in site_of]
