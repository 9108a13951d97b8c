"""Access legs: how a building off the network reaches its nearest street."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from zoning.errors import NetworkError
from zoning.schools import buildings

if TYPE_CHECKING:
    from zoning.roads.network import RoadNetwork

MAX_ACCESS_M: Final = 5000.0
"""Default longest straight access leg, metres: beyond it, the wrong streets were loaded."""

_SAME_PLACE_M = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AccessLegs:
    """Where each building meets the streets; arrays of shape (n,).

    Attributes
    ----------
    ids
        Building ids.
    lon, lat
        The buildings, degrees.
    link
        The link each building is joined to, a row of ``network.lines``.
    share
        How far along that link, 0 at its start to 1 at its end.
    straight_m
        Straight metres from the building to the link.
    metres
        Metres driven on the leg: straight times the access detour.
    """

    ids: tuple[str, ...]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    link: NDArray[np.intp]
    share: NDArray[np.float64]
    straight_m: NDArray[np.float64]
    metres: NDArray[np.float64]


def points_of(schools: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The buildings of an inventory, in EPSG:4326, with every place checked.

    A frame whose index is called ``building_id`` is taken as buildings already.

    Raises
    ------
    NetworkError
        If there is no CRS, an id repeats, or a geometry is not a usable point;
        names them all.
    """
    is_buildings = isinstance(schools, gpd.GeoDataFrame) and schools.index.name == "building_id"
    frame = schools if is_buildings else buildings(schools)
    if frame.crs is None:
        raise NetworkError(
            "the buildings have no coordinate system",
            remedy="Set it with set_crs; longitude and latitude are EPSG:4326.",
        )
    points = frame.geometry.to_crs("EPSG:4326")
    ids = [str(i) for i in frame.index]
    usable = ((points.geom_type == "Point") & ~points.is_empty).to_numpy(copy=True)
    placed = shapely.get_coordinates(points.to_numpy()[usable])
    usable[usable] = np.isfinite(placed).all(axis=1)
    faults = [f"{ids[k]} has no usable point" for k in np.flatnonzero(~usable)]
    faults += [f"{ids[k]} appears twice" for k in np.flatnonzero(frame.index.duplicated())]
    if faults:
        raise NetworkError("the buildings cannot be put on the streets", faults)
    return gpd.GeoDataFrame(geometry=points.to_numpy(), index=ids, crs="EPSG:4326")


def reach(
    network: RoadNetwork, points: gpd.GeoDataFrame, *, max_access_m: float = MAX_ACCESS_M
) -> AccessLegs:
    """Join every point to the nearest place on the nearest accessible link.

    Of links equally near, the first in the link table; a place within a
    millimetre of a junction is the junction.

    Parameters
    ----------
    points
        From `points_of`: index of ids, Point geometry, EPSG:4326.
    max_access_m
        Longest straight leg, metres.

    Raises
    ------
    NetworkError
        If no link is accessible, or naming every point that is too far.
    """
    closed = network.speeds.no_access_from
    open_links = np.unique(network.link_id[~np.isin(network.road_class, closed)])
    if not len(open_links):
        raise NetworkError(
            "no street can be reached from a building",
            [f"every link is one of {', '.join(closed)}"],
        )
    degrees = points.geometry.to_numpy()
    places = points.geometry.to_crs(network.crs).to_numpy()
    tree = shapely.STRtree(network.lines[open_links])
    # A place that cannot be projected has infinite coordinates and no nearest link.
    projected = np.flatnonzero(np.isfinite(shapely.get_x(places)))
    row, hit = tree.query_nearest(places[projected], all_matches=True)
    row = projected[row]
    order = np.lexsort((hit, row))
    found, first = np.unique(row[order], return_index=True)

    link = np.zeros(len(points), dtype=np.intp)
    link[found] = open_links[hit[order][first]]
    lines = network.lines[link]
    straight_m = np.full(len(points), np.inf)
    straight_m[found] = shapely.distance(lines[found], places[found])
    ids = tuple(str(i) for i in points.index)
    too_far = np.flatnonzero(~(straight_m <= max_access_m))
    if len(too_far):
        raise NetworkError(
            f"{len(too_far)} buildings are more than {max_access_m:,.0f} m from every street "
            "of the network",
            [f"{ids[k]}: {_metres_or_unknown(float(straight_m[k]))}" for k in too_far],
            "The network does not cover the district: load one that does, or leave these out.",
        )
    length = shapely.length(lines)
    metres_along = shapely.line_locate_point(lines, places)
    share = np.clip(metres_along / length, 0.0, 1.0)
    share[metres_along < _SAME_PLACE_M] = 0.0
    share[length - metres_along < _SAME_PLACE_M] = 1.0
    return AccessLegs(
        ids=ids,
        lon=shapely.get_x(degrees),
        lat=shapely.get_y(degrees),
        link=link,
        share=share,
        straight_m=straight_m,
        metres=straight_m * network.speeds.access_detour,
    )


def _metres_or_unknown(metres: float) -> str:
    return f"{metres:,.0f} m" if np.isfinite(metres) else "off the map of the network"
