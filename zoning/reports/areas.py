"""The zones of a comparison as GeoJSON, for a GIS."""

from __future__ import annotations

import json
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from zoning.editions import RESTRICTED_MARK, Edition
from zoning.staffing import OptionOutcome, StaffingComparison
from zoning.zones import service_areas

# A millionth of a degree is about 0.1 m.
COORDINATE_DIGITS = 6
AREAS_MEANING = (
    "A zone's area is the ground nearest to its schools in a straight line: a picture of the "
    "plan, not attendance areas."
)


def zones_geojson(comparison: StaffingComparison, *, edition: Edition) -> bytes:
    """The zones of all options in one layer, told apart by ``option_id``.

    RFC 7946: EPSG:4326, outer rings anticlockwise. Zones without ground in the
    district have no geometry. Members beside the features say what the areas
    are, and what travel times are an estimate of; a restricted file says so.
    """
    document: dict[str, Any] = {"type": "FeatureCollection", "name": "zones"}
    if edition is Edition.RESTRICTED:
        document |= {"edition": str(edition), "mark": RESTRICTED_MARK}
    document |= {
        "district": comparison.district.name,
        "attribution": comparison.district.attribution,
        "meaning": AREAS_MEANING,
        "estimate": comparison.emergency_times.estimate,
        "features": [f for outcome in comparison.outcomes for f in _features(outcome, comparison)],
    }
    return (json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")


def _features(outcome: OptionOutcome, comparison: StaffingComparison) -> list[dict[str, Any]]:
    if outcome.plan is None:
        return []
    district = comparison.district
    areas = service_areas(outcome.plan, district.schools, outline=district.outline)
    names = district.schools["name"]
    return [
        {
            "type": "Feature",
            "properties": {
                "option_id": outcome.option_id,
                "option": outcome.label,
                "zone_id": zone.zone_id,
                "kind": str(zone.kind),
                "high_school_id": zone.high_school_id,
                "high_school": names.get(zone.high_school_id) if zone.high_school_id else None,
                "buildings": len(zone.building_ids),
            },
            "geometry": _geometry(areas.geometry.loc[zone.zone_id]),
        }
        for zone in outcome.plan.zones
    ]


def _geometry(area: BaseGeometry) -> dict[str, Any] | None:
    whole = shapely.set_precision(area, 10.0**-COORDINATE_DIGITS)
    parts = [
        part
        for part in shapely.get_parts(whole)
        if part.geom_type == "Polygon" and not part.is_empty
    ]
    if not parts:
        return None
    polygons = [_rings(shapely.orient_polygons(part)) for part in parts]
    if len(polygons) == 1:
        return {"type": "Polygon", "coordinates": polygons[0]}
    return {"type": "MultiPolygon", "coordinates": polygons}


def _rings(polygon: shapely.Polygon) -> list[list[list[float]]]:
    return [
        [[round(x, COORDINATE_DIGITS), round(y, COORDINATE_DIGITS)] for x, y in ring.coords]
        for ring in (polygon.exterior, *polygon.interiors)
    ]
