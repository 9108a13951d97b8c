"""The zones of a comparison as GeoJSON, for a GIS."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from zoning.disclosure import PublicOption, PublicView, RestrictedView
from zoning.editions import Edition
from zoning.staffing import StaffingComparison
from zoning.zones import ZonePlan, zone_shapes

# A millionth of a degree is about 0.1 m.
COORDINATE_DIGITS = 6
_SHAPE_DIGITS = {"area_m2": 0, "polsby_popper": 3, "reock": 3, "diameter_s": 1}


def zones_geojson(view: PublicView | RestrictedView) -> bytes:
    """The zones of all options in one layer, told apart by ``option_id``.

    RFC 7946: EPSG:4326, outer rings anticlockwise. Zones without ground in the
    district have no geometry. Members beside the features say what the areas are,
    and what travel times are an estimate of. A restricted file says so, and has the
    columns of `zoning.zones.zone_shapes` besides.
    """
    document: dict[str, Any] = {"type": "FeatureCollection", "name": "zones"}
    if isinstance(view, RestrictedView):
        document |= {"edition": str(Edition.RESTRICTED), "mark": view.mark}
        public, shapes = view.public, _shapes_of_options(view.comparison)
    else:
        public, shapes = view, {}
    document |= {
        "district": public.district,
        "attribution": public.attribution,
        "meaning": public.meaning,
        "estimate": public.estimate,
        "features": [
            feature
            for option in public.options
            for feature in _features(option, shapes.get(option.option_id, {}))
        ],
    }
    return (json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")


def _shapes_of_options(comparison: StaffingComparison) -> dict[str, dict[str, dict[str, Any]]]:
    return {
        outcome.option_id: shape_columns(outcome.plan, comparison)
        for outcome in comparison.outcomes
        if outcome.plan is not None
    }


def _features(
    option: PublicOption, shapes: Mapping[str, Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    zones = option.zones.drop(columns="geometry").to_dict("index")
    for (zone_id, zone), area in zip(zones.items(), option.zones.geometry, strict=True):
        yield {
            "type": "Feature",
            "properties": {
                "option_id": option.option_id,
                "option": option.label,
                "zone_id": zone_id,
                "kind": zone["kind"],
                "high_school_id": zone["high_school_id"],
                "high_school": zone["high_school"],
                "buildings": len(zone["building_ids"]),
                "label": zone["label"],
                "colour": zone["colour"],
                **shapes.get(str(zone_id), {}),
            },
            "geometry": _geometry(area),
        }


def shape_columns(plan: ZonePlan, comparison: StaffingComparison) -> dict[str, dict[str, Any]]:
    """Compactness and drive-time diameter by zone. Restricted: it tells drives between schools."""
    district = comparison.district
    shapes = zone_shapes(
        plan,
        district.schools,
        comparison.emergency_times,
        outline=district.outline,
        network=district.network,
    )
    columns = ("area_m2", "parts", "contiguous", "polsby_popper", "reock", "diameter_s")
    return {
        str(zone_id): {
            **{column: _value(column, shapes.at[zone_id, column]) for column in columns},
            **{end: _text(shapes.at[zone_id, end]) for end in ("diameter_from", "diameter_to")},
        }
        for zone_id in shapes.index
    }


def _text(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)


def _value(column: str, value: Any) -> float | bool | None:
    if column == "contiguous":
        return bool(value)
    if not math.isfinite(value):
        return None
    digits = _SHAPE_DIGITS.get(column, 0)
    return round(float(value), digits) if digits else round(float(value))


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
