"""Access legs: the link from a building to its nearest street.

Buildings are joined to the nearest street of the largest strongly connected part, since a plan
cannot use a street without a path to and from the rest. A building beside another part is moved
to the largest one, unless the other part looks like a settlement that the streets do not reach:

- it has at least `OWN_JUNCTIONS` junctions and `OWN_SHARE` of those of the largest part, or
- a building would be moved by more than `FAR_M`, and it has `OWN_JUNCTIONS` junctions or
  two buildings stand beside it.

There the buildings stay where they are, and a notice says so: a leg drawn across a river
would be a wrong figure.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from zoning.errors import DistrictNotice, NetworkError, first_few
from zoning.roads.streets.streets import Streets
from zoning.schools.buildings import building_places
from zoning.units import counted

MAX_ACCESS_M: Final = 5000.0
"""Default longest straight access leg, metres: beyond it, these are the wrong streets."""

OWN_JUNCTIONS: Final = 50
"""Junctions from which a part that is cut off may be a place of its own.

Mapping faults, gated estates and campuses cut off fewer; a village has more.
"""

OWN_SHARE: Final = 0.1
"""Share of the largest part's junctions from which another part counts as its equal."""

FAR_M: Final = 1000.0
"""Straight metres by which a leg may grow before the part is taken for a place of its own.

A main street is rarely farther from an estate or a campus; a mile of water often is.
"""

# Shorter moves, as between the carriageways of a divided street, would be printed as "0 m".
_MIN_MOVE_M = 0.5
# A place this near to a junction is the junction: coordinates are no more precise.
_SAME_PLACE_M = 1e-3
# Number of names that a message lists; it counts the others.
_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AccessLegs:
    """The point where each building is joined to the streets; arrays of shape (n,).

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
    farther_m
        Straight metres by which the leg is longer than to the nearest street of
        all, because that is cut off; 0 where the building is joined to it.
    """

    ids: tuple[str, ...]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    link: NDArray[np.intp]
    share: NDArray[np.float64]
    straight_m: NDArray[np.float64]
    metres: NDArray[np.float64]
    farther_m: NDArray[np.float64]


def points_of(schools: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Check the points of an inventory's buildings and convert them to EPSG:4326.

    A frame whose index is called ``building_id`` is taken as buildings already.

    Raises `NetworkError` if there is no CRS, an id repeats, or a geometry is not a usable point;
    names them all.
    """
    is_buildings = isinstance(schools, gpd.GeoDataFrame) and schools.index.name == "building_id"
    frame = schools if is_buildings else building_places(schools)
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


def join_buildings(
    network: Streets, points: gpd.GeoDataFrame, *, max_access_m: float = MAX_ACCESS_M
) -> AccessLegs:
    """Join every building to the nearest point of the nearest usable street, with warnings.

    That is an accessible link of the largest part of the network (see the module),
    or of any part with ``network.keep_islands``. Of links equally near, those of the
    largest part before others, then the first in the link table; a place within a
    millimetre of a junction is the junction.

    ``points``: from `points_of`: index of ids, Point geometry, EPSG:4326.
    ``max_access_m``: Longest straight leg, metres.

    Warns
    -----
    DistrictNotice
        Naming the points moved off a part that is cut off and by how much, and those
        left beside one.

    Raises `NetworkError` if no link is accessible, or naming every point that is too far.
    """
    legs, stays = find_access_legs(network, points, max_access_m=max_access_m)
    for words in (_describe_moved(legs), stays):
        if words:
            # Skip this function, its caller and the network's method: warn at the user's line.
            warnings.warn(words, DistrictNotice, stacklevel=4)
    return legs


def find_access_legs(
    network: Streets, points: gpd.GeoDataFrame, *, max_access_m: float
) -> tuple[AccessLegs, str]:
    """Find the access legs of `join_buildings`, without warnings.

    Returns the legs, and a notice on the buildings left beside a part that is cut off; ``''`` if
    there are none.
    """
    closed = network.speeds.no_access_from
    is_open = np.zeros(len(network.lines), dtype=bool)
    is_open[network.link_id] = ~np.isin(network.road_class, closed)
    if not is_open.any():
        raise NetworkError(
            "no street can be reached from a building",
            [f"every link is one of {', '.join(closed)}"],
        )
    degrees = points.geometry.to_numpy()
    places = points.geometry.to_crs(network.crs).to_numpy()
    ids = tuple(str(i) for i in points.index)
    parts = Parts.of(network, is_open)
    link, straight_m = _nearest(network, places, is_open, first=parts.inside)
    too_far = np.flatnonzero(~(straight_m <= max_access_m))
    if len(too_far):
        raise NetworkError(
            f"{len(too_far)} buildings are more than {max_access_m:,.0f} m from every street "
            "of the network",
            first_few([f"{ids[k]}: {_metres_or_unknown(float(straight_m[k]))}" for k in too_far]),
            "The network does not cover the district: load one that does, or leave these out.",
        )
    farther_m, stays = np.zeros(len(ids)), ""
    off = np.flatnonzero(~parts.inside[link])
    if len(off) and parts.inside.any() and not network.keep_islands:
        other, other_m = _nearest(network, places[off], parts.inside, first=parts.inside)
        part = parts.beside(network, link[off])
        own = parts.are_own(part, other_m - straight_m[off])
        if own.any():
            stays = _describe_left(
                [ids[k] for k in off[own]], parts, part[own], (other_m - straight_m[off])[own]
            )
        if own.all() and len(off) == len(ids) and len(np.unique(part)) == 1:
            # All buildings are beside one part: it is the district's, whatever else was loaded.
            stays = ""
        moved, to, to_m = off[~own], other[~own], other_m[~own]
        _require_near(ids, moved, to_m, parts.junctions[part[~own]], max_access_m)
        farther_m[moved] = to_m - straight_m[moved]
        link[moved], straight_m[moved] = to, to_m
    lines = network.lines[link]
    length = shapely.length(lines)
    metres_along = shapely.line_locate_point(lines, places)
    share = np.clip(metres_along / length, 0.0, 1.0)
    share[metres_along < _SAME_PLACE_M] = 0.0
    share[length - metres_along < _SAME_PLACE_M] = 1.0
    legs = AccessLegs(
        ids=ids,
        lon=shapely.get_x(degrees),
        lat=shapely.get_y(degrees),
        link=link,
        share=share,
        straight_m=straight_m,
        metres=straight_m * network.speeds.access_detour,
        farther_m=farther_m,
    )
    return legs, stays


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parts:
    """The connected parts of a network that buildings may be joined to.

    Attributes
    ----------
    inside
        Shape (n_links,), True for the accessible links of the largest part.
    part
        Shape (n_nodes,), 0 in the largest part; the remaining network splits into
        parts 1 and up, directions ignored.
    junctions
        By part, how many junctions it has; of the largest, those of ``inside``.
    """

    inside: NDArray[np.bool_]
    part: NDArray[np.intp]
    junctions: NDArray[np.intp]

    @classmethod
    def of(cls, network: Streets, is_open: NDArray[np.bool_]) -> Parts:
        """Find the parts of a network from its accessible links, shape (n_links,).

        The largest is the strongly connected one with the most junctions on
        accessible links; of equals the one with more metres of these, then the first.
        """
        n = len(network.node_ids)
        strong = connected_parts(n, network.edge_from, network.edge_to, "strong")
        start, end = network.link_ends()
        within = is_open & (strong[start] == strong[end])
        served = np.unique(np.concatenate([start[within], end[within]]))
        count = np.bincount(strong[served], minlength=n)
        length_m = np.zeros(len(network.lines))
        length_m[network.link_id] = network.length_m
        metres = np.bincount(strong[start[within]], length_m[within], minlength=n)
        _, first = np.unique(strong, return_index=True)
        of_parts = slice(len(first))
        largest = np.lexsort((first, -metres[of_parts], -count[of_parts]))[0]
        inside = within & (strong[start] == largest)
        rest = strong != largest
        apart = rest[network.edge_from] & rest[network.edge_to]
        weak = connected_parts(n, network.edge_from[apart], network.edge_to[apart], "weak")
        part = np.zeros(n, dtype=np.intp)
        part[rest] = np.unique(weak[rest], return_inverse=True)[1].ravel() + 1
        junctions = np.bincount(part)
        junctions[0] = count[largest]
        return cls(inside=inside, part=part, junctions=junctions)

    def beside(self, network: Streets, link: NDArray[np.intp]) -> NDArray[np.intp]:
        """Find the part that each link belongs to, or leads to or from."""
        start, end = (self.part[ends[link]] for ends in network.link_ends())
        return np.maximum(start, end)

    def are_own(self, part: NDArray[np.intp], farther_m: NDArray[np.float64]) -> NDArray[np.bool_]:
        """True for parts beside buildings that are settlements of their own.

        Parameters
        ----------
        part
            By building off the largest part.
        farther_m
            By building, straight metres by which its leg would grow.
        """
        many = self.junctions >= OWN_JUNCTIONS
        rival = many & (self.junctions >= OWN_SHARE * self.junctions[0])
        crowd = np.bincount(part, minlength=len(many)) > 1
        far = np.bincount(part, farther_m > FAR_M, minlength=len(many)) > 0
        own = rival | (far & (many | crowd))
        return np.asarray(own[part])


def connected_parts(
    n: int, tail: NDArray[np.intp], head: NDArray[np.intp], connection: str
) -> NDArray[np.intp]:
    """The part that each of n junctions is in; ``connection`` is ``'strong'`` or ``'weak'``."""
    edges = coo_array((np.ones(len(tail)), (tail, head)), shape=(n, n))
    _, part = connected_components(edges, directed=True, connection=connection)
    return np.asarray(part, dtype=np.intp)


def _nearest(
    network: Streets,
    places: NDArray[np.object_],
    among: NDArray[np.bool_],
    *,
    first: NDArray[np.bool_],
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Find the nearest link to each place, and its metres; links of ``first`` take precedence."""
    links = np.flatnonzero(among)
    tree = shapely.STRtree(network.lines[links])
    # A place that cannot be projected has infinite coordinates and no nearest link.
    projected = np.flatnonzero(np.isfinite(shapely.get_x(places)))
    row, hit = tree.query_nearest(places[projected], all_matches=True)
    row, hit = projected[row], links[hit]
    order = np.lexsort((hit, ~first[hit], row))
    found, at = np.unique(row[order], return_index=True)
    link = np.zeros(len(places), dtype=np.intp)
    link[found] = hit[order][at]
    straight_m = np.full(len(places), np.inf)
    straight_m[found] = shapely.distance(network.lines[link[found]], places[found])
    return link, straight_m


def _require_near(
    ids: Sequence[str],
    moved: NDArray[np.intp],
    straight_m: NDArray[np.float64],
    junctions: NDArray[np.intp],
    max_access_m: float,
) -> None:
    """Raise `NetworkError` if a building is too far from the part it would be moved to."""
    too_far = np.flatnonzero(~(straight_m <= max_access_m))
    if len(too_far):
        raise NetworkError(
            f"{counted(len(too_far), 'building')} beside streets that are cut off, and more than "
            f"{max_access_m:,.0f} m from the rest of the network",
            first_few(
                [
                    f"{ids[moved[k]]}: its street is in a part of "
                    f"{counted(int(junctions[k]), 'junction')}, the largest part is "
                    f"{straight_m[k]:,.0f} m away"
                    for k in too_far
                ]
            ),
            "Repair the streets there (a bridge, a one-way code, a street that is missing), leave "
            "these buildings out, or keep islands: keep_islands = true under [streets] of a study, "
            "network.with_islands() in Python.",
        )


def _describe_moved(legs: AccessLegs) -> str:
    """Name the buildings moved away from streets that are cut off; ``''`` if there are none."""
    moved = np.flatnonzero(legs.farther_m >= _MIN_MOVE_M)
    if not len(moved):
        return ""
    moved = moved[np.argsort(-legs.farther_m[moved], kind="stable")]
    named = _list_few(
        f"{legs.ids[k]} ({legs.farther_m[k]:,.0f} m farther, {legs.straight_m[k]:,.0f} m in all)"
        for k in moved
    )
    words = (
        f"{counted(len(moved), 'building')} joined to a street farther off than the nearest, "
        f"which cannot be driven to and from the rest of the streets: {named}."
    )
    far = [legs.ids[k] for k in moved if legs.farther_m[k] > FAR_M]
    if far:
        words += (
            f" More than {FAR_M:,.0f} m is far: see whether a bridge, a ferry or a street is "
            f"missing near {_list_few(far)}."
        )
    return words


def _describe_left(
    ids: Sequence[str],
    parts: Parts,
    part: NDArray[np.intp],
    farther_m: NDArray[np.float64],
) -> str:
    """Name the buildings left beside streets that are cut off, with the reason."""
    groups = [np.flatnonzero(part == k).tolist() for k in np.unique(part)]
    named = "; ".join(
        first_few(
            [
                f"{_list_few(ids[k] for k in group)} ({counted(len(group), 'building')} in a part "
                f"of {counted(int(parts.junctions[part[group[0]]]), 'junction')}, up to "
                f"{farther_m[group].max():,.0f} m farther from the largest, of "
                f"{parts.junctions[0]:,})"
                for group in groups
            ],
            _NAMED,
        )
    )
    return (
        f"{counted(len(ids), 'building')} left beside streets that are cut off from the largest "
        f"part, since these look like a place of their own and not like a fault: {named}. There "
        "is no way between them and the others: add the bridge or the ferry as a street, plan "
        "them apart, or build the streets with --largest-only to join them across."
    )


def _list_few(names: Iterable[str]) -> str:
    return ", ".join(first_few(list(names), _NAMED))


def _metres_or_unknown(metres: float) -> str:
    return f"{metres:,.0f} m" if np.isfinite(metres) else "off the map of the network"
