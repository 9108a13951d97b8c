"""Encode shapes for a page compactly, and find places for labels.

Lines and rings are whole numbers of 1e-5 degree (about a metre), the first
point in full and every further point as the step from the one before:
``(lon, lat, step_lon, step_lat, ...)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

STEPS_PER_DEGREE = 100_000
STREET_TOLERANCE_M = 8.0
# Wider than the shift of a line by rounding, narrower than the length of a zone border.
_EDGE_M = 2.0
LABEL_GRID = 28
SCHOOL_CLEARANCE = 0.7

Steps = tuple[int, ...]
Spot = tuple[int, int]
Area = tuple[tuple[Steps, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Streets:
    """The quiet background: lines by weight, and the freeways' names.

    Attributes
    ----------
    freeways, arterials, others
        Lines of the two-way links, simplified to 8 m and joined.
    names
        Text and place of one label a freeway.
    """

    freeways: tuple[Steps, ...] = ()
    arterials: tuple[Steps, ...] = ()
    others: tuple[Steps, ...] = ()
    names: tuple[tuple[str, Spot], ...] = ()


def steps_of(coordinates: NDArray[np.float64]) -> Steps:
    """Encode a line of longitudes and latitudes, shape (n, 2), degrees, as steps."""
    return whole_steps(np.rint(coordinates[:, :2] * STEPS_PER_DEGREE).astype(np.int64))


def whole_steps(whole: NDArray[np.int64]) -> Steps:
    """Encode a line of whole numbers of 1e-5 degree, shape (n, 2), as steps."""
    moves = np.diff(whole, axis=0)
    moved = moves[moves.any(axis=1)]
    return tuple(np.vstack([whole[:1], moved]).ravel().tolist())


def spot_of(point: BaseGeometry) -> Spot:
    """Round a point in degrees to whole numbers of 1e-5 degree."""
    return round(point.x * STEPS_PER_DEGREE), round(point.y * STEPS_PER_DEGREE)


def lines_of(geometry: BaseGeometry) -> tuple[Steps, ...]:
    """Encode the parts of a line or multi-line; drop those that shrink to a point."""
    lines = (steps_of(shapely.get_coordinates(part)) for part in shapely.get_parts(geometry))
    return tuple(line for line in lines if len(line) > 2)


def area_of(geometry: BaseGeometry) -> Area:
    """Encode the polygons of a polygon or multi-polygon, each as its rings, shell first."""
    return tuple(
        tuple(steps_of(shapely.get_coordinates(ring)) for ring in shapely.get_rings(part))
        for part in shapely.get_parts(geometry)
        if isinstance(part, shapely.Polygon) and not part.is_empty
    )


def inner_borders(zones: Sequence[BaseGeometry]) -> list[BaseGeometry]:
    """Find each zone's border with other zones, without the outer edge of all zones.

    Where no outline of the district is known, that edge is a line around the
    schools, and drawn it would pass for the district's border.

    ``zones``: polygons in metres that cover some ground without overlap.
    """
    edge = shapely.buffer(shapely.boundary(shapely.union_all(zones)), _EDGE_M)
    return [shapely.difference(shapely.boundary(zone), edge) for zone in zones]


def street_background(links: gpd.GeoDataFrame, *, metric: Any) -> Streets:
    """Make background lines from ``road_class``, ``name`` and geometry of two-way links.

    ``metric`` is the coordinate reference system, in metres, to simplify them in.
    """
    if links.empty:
        return Streets()
    flat = links.to_crs(metric)
    road_class = flat["road_class"].to_numpy()
    freeway, arterial = road_class == "freeway", road_class == "arterial"

    def joined(chosen: NDArray[np.bool_]) -> BaseGeometry:
        parts = shapely.get_parts(flat.geometry.to_numpy()[chosen])
        merged = shapely.line_merge(shapely.multilinestrings(parts))
        return shapely.simplify(merged, STREET_TOLERANCE_M)

    def degrees(geometry: BaseGeometry) -> BaseGeometry:
        return gpd.GeoSeries([geometry], crs=flat.crs).to_crs(4326).iloc[0]

    first_names = flat["name"].fillna("").astype(str).str.split("/").str[0].str.strip().to_numpy()
    names = []
    for name in sorted(set(first_names[freeway]) - {""}):
        parts = shapely.get_parts(joined(freeway & (first_names == name)))
        longest = parts[int(np.argmax(shapely.length(parts)))]
        names.append((name, spot_of(degrees(longest.interpolate(0.5, normalized=True)))))
    return Streets(
        freeways=lines_of(degrees(joined(freeway))),
        arterials=lines_of(degrees(joined(arterial))),
        others=lines_of(degrees(joined(~freeway & ~arterial))),
        names=tuple(names),
    )


def label_places(area: BaseGeometry, schools: NDArray[np.float64]) -> list[BaseGeometry]:
    """Find a point well inside each part of an area, clear of schools, for a label.

    ``area``: polygon or multi-polygon, metres.
    ``schools``: Shape (n, 2), metres, of the schools to keep clear of.

    Returns one point a part, the largest part first.
    """
    parts = shapely.get_parts(area)
    largest_first = np.argsort(-shapely.area(parts), kind="stable")
    taken = shapely.multipoints(schools)
    return [_find_roomiest(parts[k], taken) for k in largest_first]


def _find_roomiest(part: BaseGeometry, taken: BaseGeometry) -> BaseGeometry:
    west, south, east, north = part.bounds
    x, y = np.meshgrid(np.linspace(west, east, LABEL_GRID), np.linspace(south, north, LABEL_GRID))
    grid = shapely.points(x.ravel(), y.ravel())
    inside = grid[shapely.contains_properly(part, grid)]
    if not len(inside):
        return part.representative_point()
    room = np.minimum(
        shapely.distance(inside, part.boundary), SCHOOL_CLEARANCE * shapely.distance(inside, taken)
    )
    return inside[int(np.argmax(room))]


def consecutive(stops: Sequence[str]) -> list[tuple[str, str]]:
    """List the distinct drives between consecutive stops, in order."""
    return list(dict.fromkeys((a, b) for a, b in pairwise(stops) if a != b))
