"""Handle districts across the antimeridian: one coordinate system, and shapes cut at 180 degrees.

Longitudes jump from 180 to -180 there, so that the middle of two places beside it seems to
lie in Greenwich, and a shape across it seems to go round the globe.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS

DEGREES: Final = "EPSG:4326"
_TURN: Final = 360.0
_HALF: Final = 180.0


def unwrap(lon: NDArray[np.float64]) -> NDArray[np.float64]:
    """Remove the jump from longitudes: places on both sides of 180 become 179, 180, 181."""
    if len(lon) and np.nanmax(lon) - np.nanmin(lon) > _HALF:
        return np.where(lon < 0, lon + _TURN, lon)
    return lon


def metric_crs(places: gpd.GeoSeries | gpd.GeoDataFrame) -> CRS:
    """Choose the UTM zone of some places, also on both sides of 180 degrees."""
    degrees = places.geometry.to_crs(DEGREES)
    xy = shapely.get_coordinates(degrees.to_numpy())
    xy = xy[np.isfinite(xy).all(axis=1)]
    if not len(xy):
        return CRS(places.estimate_utm_crs())
    lon = unwrap(xy[:, 0])
    east = float(lon.min() + lon.max()) / 2
    return _utm_zone(
        east - _TURN if east > _HALF else east, float(xy[:, 1].min() + xy[:, 1].max()) / 2
    )


@lru_cache(maxsize=64)  # PROJ takes 0.1 s to list its zones, and a run asks ten times
def _utm_zone(lon: float, lat: float) -> CRS:
    return CRS(gpd.GeoSeries.from_xy([lon], [lat], crs=DEGREES).estimate_utm_crs())


def in_degrees(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Convert shapes to EPSG:4326; cut areas at 180 degrees, and let lines run on past it.

    Ground is cut in two at 180 degrees, as GeoJSON asks for (RFC 7946, section 3.1.9).
    A line stays in one piece, its longitudes running on past 180, so that it can be
    drawn and measured.
    """
    degrees = shapes.to_crs(DEGREES)
    west, _, east, _ = shapely.bounds(degrees.to_numpy()).T
    across = np.flatnonzero(east - west > _HALF)
    if not len(across):
        return degrees
    mended = degrees.to_numpy(copy=True)
    mended[across] = [_mend(shape) for shape in mended[across]]
    return gpd.GeoSeries(mended, index=degrees.index, crs=DEGREES)


def _mend(shape: Any) -> Any:
    onward = shapely.transform(shape, lambda xy: np.stack([unwrap(xy[:, 0]), xy[:, 1]], axis=1))
    if onward.geom_type not in {"Polygon", "MultiPolygon"}:
        return onward
    _, south, east, north = onward.bounds
    here = onward.intersection(shapely.box(0.0, south, _HALF, north))
    beyond = onward.intersection(shapely.box(_HALF, south, east, north))
    beyond = shapely.transform(beyond, lambda xy: xy - (_TURN, 0.0))
    parts = shapely.get_parts(shapely.get_parts([here, beyond]))
    ground = parts[shapely.area(parts) > 0]
    return shapely.multipolygons(ground) if len(ground) != 1 else ground[0]
