"""Zones as areas on the ground: service areas, adjacent buildings, compactness."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import Voronoi, cKDTree
from shapely.geometry.base import BaseGeometry

from zoning.errors import PlanError, typed
from zoning.roads.road_network import RoadNetwork
from zoning.roads.streets.antimeridian import in_degrees, metric_crs
from zoning.roads.travel.nearest import reached_places
from zoning.roads.travel.profiles import Profile
from zoning.roads.travel.travel_times import TravelTimes
from zoning.schools import buildings
from zoning.zones.plan import Zone, ZonePlan
from zoning.zones.request.rules.geography import connected_parts

BY_TRAVEL_TIME: Final = "travel time"
BY_STRAIGHT_LINE: Final = "straight line"

MARGIN_M: Final = 1500.0
"""Where no outline is known, areas end this far around the hull of the buildings, metres."""

# A shorter border is a corner, or what smoothing and coordinates of 1 cm leave of one.
_SHARED_M = 1.0
# A default of ours: takes out the steps that borders make between single points of streets.
_SMOOTHING_M = 80.0
# Far dummy points, this many district sizes away, make every Voronoi cell of the district finite,
# and change none of its borders inside the district.
_GUARDS_AWAY = 12.0


class _Sites(NamedTuple):
    """Points that make Voronoi cells, shape (n, 2) in metres, and the place each belongs to."""

    xy: NDArray[np.float64]
    place: NDArray[np.intp]


class _Faces(NamedTuple):
    """Polygons that cover the district without overlap, and the place of each."""

    shape: NDArray[Any]
    place: NDArray[np.intp]


@typed
def service_areas(
    plan: ZonePlan,
    schools: gpd.GeoDataFrame,
    *,
    outline: BaseGeometry | None = None,
    network: RoadNetwork | None = None,
    profile: str | Profile = "emergency",
) -> gpd.GeoDataFrame:
    """The ground nearest to each zone's buildings, clipped to the district.

    A picture of the plan, not attendance areas: the areas of the zone's
    buildings together (see `building_areas`).

    Parameters
    ----------
    outline
        The district, EPSG:4326; if None, 1.5 km around the buildings' hull.
    network
        Streets, to measure nearness by travel time; if None, by straight-line distance.
    profile
        Driving profile of the officers. Default ``emergency``.

    Raises
    ------
    PlanError
        If the plan names buildings the schools do not have, or the outline is
        not an area.
    NetworkError
        If a building is too far from every street, or the profile is unknown.

    Returns
    -------
    GeoDataFrame
        Index ``zone_id``, in the plan's order; columns ``high_school_id``,
        ``kind``, ``buildings`` (how many), ``method`` (``'travel time'`` or
        ``'straight line'``), (Multi)Polygons in EPSG:4326.
    """
    areas = building_areas(
        plan.building_ids, schools, outline=outline, network=network, profile=profile
    )
    return zones_of(plan, areas)


def zones_of(plan: ZonePlan, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The service areas of a plan from the `building_areas` of its buildings."""
    return gpd.GeoDataFrame(
        {
            "high_school_id": [zone.high_school_id for zone in plan.zones],
            "kind": [str(zone.kind) for zone in plan.zones],
            "buildings": [len(zone.building_ids) for zone in plan.zones],
            "method": [areas.at[zone.building_ids[0], "method"] for zone in plan.zones],
        },
        geometry=[
            shapely.union_all(areas.geometry.loc[list(zone.building_ids)].to_numpy())
            for zone in plan.zones
        ],
        index=pd.Index([zone.zone_id for zone in plan.zones], name="zone_id", dtype="str"),
        crs=areas.crs,
    )


def building_areas(
    building_ids: Sequence[str],
    schools: gpd.GeoDataFrame,
    *,
    outline: BaseGeometry | None = None,
    network: RoadNetwork | None = None,
    profile: str | Profile = "emergency",
) -> gpd.GeoDataFrame:
    """The ground nearest to each of some buildings, clipped to the district.

    Without a network, the ground nearest in a straight line (Voronoi cells).
    With one, every place on the streets goes to the building it is reached from
    soonest, and other ground goes with the nearest place on a street that a
    building may be joined to, which is how `RoadNetwork.travel_times` would
    reach it.

    Areas by travel time are simplified for a map: a part cut off from its building goes
    to the neighbour with the longest shared border (1.5 % of the ground on the included
    streets), and corners of less than 80 m by 80 m are removed from borders
    (Visvalingam and Whyatt 1993), as long as every building stays inside its own area.
    The areas still cover the district without overlap.

    Buildings at one point have the same area; there is no other overlap. A building
    outside the outline gets the ground inside that is nearest to it; if there is none,
    its geometry is empty.

    Parameters
    ----------
    building_ids
        The buildings that share the ground; others are as if they were not there.
    outline, network, profile
        As for `service_areas`.

    Raises
    ------
    PlanError, NetworkError
        As for `service_areas`; also if a building is named twice, or none is.

    Returns
    -------
    GeoDataFrame
        Index ``building_id``, in the order given; column ``method`` (``'travel
        time'`` or ``'straight line'``), (Multi)Polygons in EPSG:4326.

    References
    ----------
    Erwig (2000), The graph Voronoi diagram with applications, Networks 36.
    Visvalingam and Whyatt (1993), Line generalisation by repeated elimination of
    points, The Cartographic Journal 30.
    """
    homes = _homes(building_ids, schools)
    crs = metric_crs(homes) if network is None else network.crs
    flat = shapely.get_coordinates(homes.geometry.to_crs(crs).to_numpy())
    _, first, place_of = np.unique(flat, axis=0, return_index=True, return_inverse=True)
    spots = flat[first]
    district = _district(outline, spots, crs)
    if network is None:
        cells = _dissolved(_faces(_Sites(spots, np.arange(len(spots))), district), len(spots))
    else:
        reached = reached_places(network, homes.iloc[first], profile=profile)
        xy = np.stack([reached.x, reached.y], axis=1)
        faces = _in_one_piece(_faces(_Sites(xy, reached.building), district), spots)
        cells = _smoothed(_dissolved(faces, len(spots)), spots)
    return gpd.GeoDataFrame(
        {"method": BY_STRAIGHT_LINE if network is None else BY_TRAVEL_TIME},
        geometry=in_degrees(gpd.GeoSeries(cells[place_of], crs=crs)).to_numpy(),
        index=homes.index,
        crs="EPSG:4326",
    )


@typed
def adjacent_buildings(areas: gpd.GeoDataFrame) -> tuple[tuple[str, str], ...]:
    """Buildings whose areas share a border, as pairs.

    A border of at least 1 m: areas that meet in a corner are not neighbours.
    Buildings at one point are neighbours of each other and have the same
    neighbours. A building without ground has none.

    Parameters
    ----------
    areas
        From `building_areas`.

    Returns
    -------
    tuple
        Pairs of ids, each pair and the pairs sorted.
    """
    flat = areas.geometry.to_crs(metric_crs(areas)).to_numpy()
    ids = areas.index.to_numpy()
    one, other = shapely.STRtree(flat).query(flat, predicate="intersects")
    once = one < other
    one, other = one[once], other[once]
    # The border of an area with its twin, at the same point, is all of it.
    shared_m = shapely.length(
        shapely.intersection(shapely.boundary(flat[one]), shapely.boundary(flat[other]))
    )
    touching = shared_m >= _SHARED_M
    pairs = zip(ids[one[touching]].tolist(), ids[other[touching]].tolist(), strict=True)
    return tuple(sorted((a, b) if a < b else (b, a) for a, b in pairs))


def _homes(building_ids: Sequence[str], schools: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The locations of the buildings, in the order given."""
    known = buildings(schools)
    unknown = [b for b in building_ids if b not in known.index]
    if unknown:
        raise PlanError("the plan's buildings are not the schools'", [", ".join(unknown)])
    twice = [b for b, count in Counter(building_ids).items() if count > 1]
    if twice:
        raise PlanError("buildings are named twice", [", ".join(twice)])
    if not building_ids:
        raise PlanError("there is no building to share the ground among")
    return known.loc[list(building_ids), ["geometry"]]


def _district(outline: BaseGeometry | None, spots: NDArray[np.float64], crs: Any) -> BaseGeometry:
    if outline is None:
        return shapely.multipoints(spots).convex_hull.buffer(MARGIN_M)
    if outline.is_empty or outline.geom_type not in {"Polygon", "MultiPolygon"}:
        raise PlanError(
            "the outline is not an area",
            [f"it is {'empty' if outline.is_empty else f'a {outline.geom_type}'}"],
            "Give a Polygon or MultiPolygon in EPSG:4326, or none.",
        )
    if not outline.is_valid:
        raise PlanError(
            "the outline is not an area",
            [shapely.is_valid_reason(outline)],
            "Repair it in a GIS, or with shapely.make_valid.",
        )
    return gpd.GeoSeries([outline], crs=4326).to_crs(crs).iloc[0]


def _faces(sites: _Sites, district: BaseGeometry) -> _Faces:
    """The district cut along the Voronoi borders between places.

    All borders and the outline are noded together, so that faces share their
    vertices: they neither overlap nor leave gaps.
    """
    west, south, east, north = district.union(shapely.multipoints(sites.xy)).bounds
    middle = np.array([(west + east) / 2, (south + north) / 2])
    turn = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    guards = (
        _GUARDS_AWAY
        * max(east - west, north - south)
        * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    )
    _, once = np.unique(sites.xy, axis=0, return_index=True)
    xy, place = sites.xy[once], sites.place[once]
    diagram = Voronoi(np.concatenate([xy - middle, guards]))

    pair = diagram.ridge_points
    ours = (pair < len(xy)).all(axis=1)
    ours[ours] = place[pair[ours, 0]] != place[pair[ours, 1]]
    ends = [diagram.ridge_vertices[k] for k in np.flatnonzero(ours)]
    corners = diagram.vertices[np.array(ends, dtype=np.intp).reshape(-1, 2)]
    lines = shapely.linestrings(corners + middle)
    near = shapely.intersects(lines, shapely.box(*district.bounds))
    noded = shapely.union_all([*lines[near], district.boundary])
    shapes = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    inside = shapely.point_on_surface(shapes)
    shapely.prepare(district)
    within = shapely.contains(district, inside)
    _, nearest = cKDTree(xy).query(shapely.get_coordinates(inside[within]))
    return _Faces(shapes[within], place[nearest])


def _in_one_piece(faces: _Faces, spots: NDArray[np.float64]) -> _Faces:
    """Leave each place one face, and give its others to the neighbour with most border.

    The face a place keeps is the one its building stands in, else its largest.
    A face is assigned once a neighbour is; the faces of an island without any
    place's own face stay as they are.
    """
    away = ~shapely.intersects(faces.shape, shapely.points(spots)[faces.place])
    order = np.lexsort((-shapely.area(faces.shape), away, faces.place))
    _, first = np.unique(faces.place[order], return_index=True)
    settled = np.zeros(len(faces.place), dtype=bool)
    settled[order[first]] = True

    place = faces.place.copy()
    loose = np.flatnonzero(~settled)
    row, other = shapely.STRtree(faces.shape).query(faces.shape[loose], predicate="intersects")
    one = loose[row]
    border_m = shapely.length(
        shapely.intersection(
            shapely.boundary(faces.shape[one]), shapely.boundary(faces.shape[other])
        )
    )
    while True:
        usable = ~settled[one] & settled[other] & (border_m > 0)
        if not usable.any():
            return _Faces(faces.shape, place)
        shared_m = pd.Series(border_m[usable]).groupby([one[usable], place[other[usable]]]).sum()
        for face, to in shared_m.groupby(level=0).idxmax():
            place[face] = to
            settled[face] = True


def _dissolved(faces: _Faces, n_places: int) -> NDArray[Any]:
    """Merge the faces of each place; empty where it has none."""
    cells = np.empty(n_places, dtype=object)
    cells[:] = [shapely.union_all(faces.shape[faces.place == k]) for k in range(n_places)]
    return cells


def _smoothed(cells: NDArray[Any], spots: NDArray[np.float64]) -> NDArray[Any]:
    """Smooth the borders as far as every building stays inside its own area."""
    homes = shapely.points(spots)
    at_home = shapely.intersects(cells, homes)
    tolerance_m = _SMOOTHING_M
    while tolerance_m > 1:
        simpler = shapely.coverage_simplify(cells, tolerance_m, simplify_boundary=False)
        if (shapely.intersects(simpler, homes) == at_home).all():
            return np.asarray(simpler)
        tolerance_m /= 2
    return cells


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
    """Whether adjacent buildings connect a zone.

    Parameters
    ----------
    building_ids
        The buildings of the zone.
    adjacent
        Pairs from `adjacent_buildings`; pairs with any other building are ignored.
    """
    return len(connected_parts(building_ids, adjacent)) < 2


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
