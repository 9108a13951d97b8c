"""Lines brought together at junctions: where their ends meet, and where they cross."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

LEAST_SNAP_M = 0.001


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pieces:
    """Lines cut where they meet others.

    Attributes
    ----------
    lines
        Shape (n_pieces,), LineString in degrees.
    of
        Shape (n_pieces,), the line each is a piece of; rising.
    levels
        Shape (n_pieces, 2), level of both ends, text.
    """

    lines: NDArray[Any]
    of: NDArray[np.intp]
    levels: NDArray[np.str_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Joined:
    """Lines with their ends brought together at junctions.

    Attributes
    ----------
    lon, lat
        Shape (n_junctions,), degrees, in the order they are met.
    start, end
        Shape (n_lines,), positions of junctions.
    lines
        Shape (n_lines,), LineString in degrees, ends moved to their junctions.
    moved
        How many distinct end places were moved.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    start: NDArray[np.intp]
    end: NDArray[np.intp]
    lines: NDArray[Any]
    moved: int


def joined_at_ends(
    lines: NDArray[Any], levels: NDArray[np.str_], *, crs: str, snap_m: float
) -> Joined:
    """A junction wherever ends of one level are at most a distance apart.

    Ends that are near in a row are one junction, at the first of them; ends of
    different levels are never joined, even at one place.

    Parameters
    ----------
    lines
        Shape (n,), LineString in degrees.
    levels
        Shape (n, 2), level of both ends, text.
    crs
        Projected system to measure in, metres.
    snap_m
        Largest distance, metres; 0 joins ends at exactly one place only.
    """
    n = len(lines)
    places, row = shapely.get_coordinates(lines, return_index=True)
    first = np.searchsorted(row, np.arange(n))
    last = np.searchsorted(row, np.arange(n), side="right") - 1
    ends = np.concatenate([places[first], places[last]])
    _, level = np.unique(levels.T.ravel(), return_inverse=True)
    keyed = np.column_stack([ends, level])
    distinct, place = np.unique(keyed, axis=0, return_inverse=True)
    place = place.ravel()
    group = _near(distinct, crs=crs, snap_m=snap_m)[place]

    _, met, junction = np.unique(group, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(met))
    junction, met = rank[junction.ravel()], np.sort(met)
    at = ends[met]
    off = (ends != at[junction]).any(axis=1)
    fixed = lines
    if off.any():
        places = places.copy()
        places[first], places[last] = at[junction[:n]], at[junction[n:]]
        fixed = shapely.linestrings(places, indices=row)
    return Joined(
        lon=at[:, 0].copy(),
        lat=at[:, 1].copy(),
        start=junction[:n].astype(np.intp),
        end=junction[n:].astype(np.intp),
        lines=fixed,
        moved=len(np.unique(place[off])),
    )


def _near(distinct: NDArray[np.float64], *, crs: str, snap_m: float) -> NDArray[np.intp]:
    """Group number of each (lon, lat, level), groups made of neighbours on one level."""
    if snap_m == 0:
        return np.arange(len(distinct))
    metres = _metres(distinct[:, :2], crs)
    pairs = cKDTree(metres).query_pairs(snap_m, output_type="ndarray")
    pairs = pairs[distinct[pairs[:, 0], 2] == distinct[pairs[:, 1], 2]]
    links = coo_array((np.ones(len(pairs)), pairs.T), shape=(len(distinct),) * 2)
    _, group = connected_components(links, directed=False)
    return np.asarray(group, dtype=np.intp)


def cut_at_crossings(
    lines: NDArray[Any],
    levels: NDArray[np.str_],
    *,
    crs: str,
    snap_m: float,
    bridged: NDArray[np.bool_],
) -> Pieces:
    """Every line cut where it crosses or touches another at its level.

    Parameters
    ----------
    lines, levels, crs
        As for `joined_at_ends`. A line whose ends differ in level crosses
        nothing.
    snap_m
        An end this near to another line touches it, metres; at least a
        millimetre is allowed for.
    bridged
        Shape (n,), lines that cross others on a bridge or below one, so that
        only their ends meet others.
    """
    snap_m = max(snap_m, LEAST_SNAP_M)
    places, row = shapely.get_coordinates(lines, return_index=True)
    flat = shapely.linestrings(_metres(places, crs), indices=row)
    tree = shapely.STRtree(flat)
    level_ground = levels[:, 0] == levels[:, 1]

    one, other = tree.query(flat, predicate="intersects")
    crossing = (
        (one < other)
        & level_ground[one]
        & level_ground[other]
        & (levels[one, 0] == levels[other, 0])
        & ~bridged[one]
        & ~bridged[other]
    )
    one, other = one[crossing], other[crossing]
    where, pair = _meeting_points(flat[one], flat[other])
    cut_line = np.concatenate([one[pair], other[pair]])
    cut_at = np.concatenate([where, where])

    for side in (0, -1):
        tips = shapely.get_point(flat, side)
        tip, touched = tree.query(tips, predicate="dwithin", distance=snap_m)
        touching = level_ground[touched] & (levels[tip, side] == levels[touched, 0])
        cut_line = np.concatenate([cut_line, touched[touching]])
        cut_at = np.concatenate([cut_at, tips[tip[touching]]])

    along = shapely.line_locate_point(flat[cut_line], cut_at)
    inside = (along > snap_m) & (along < shapely.length(flat[cut_line]) - snap_m)
    return _cut(lines, levels, flat, cut_line[inside], along[inside], snap_m=snap_m)


def _meeting_points(
    one: NDArray[Any], other: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Points where pairs of lines meet, and the pair of each; overlaps meet at their ends."""
    parts, pair = shapely.get_parts(shapely.intersection(one, other), return_index=True)
    parts, deeper = shapely.get_parts(parts, return_index=True)
    pair = pair[deeper]
    is_point = shapely.get_type_id(parts) == shapely.GeometryType.POINT
    overlaps, whose = parts[~is_point], pair[~is_point]
    return (
        np.concatenate([parts[is_point], *(shapely.get_point(overlaps, side) for side in (0, -1))]),
        np.concatenate([pair[is_point], whose, whose]),
    )


def _cut(
    lines: NDArray[Any],
    levels: NDArray[np.str_],
    flat: NDArray[Any],
    cut_line: NDArray[np.intp],
    along: NDArray[np.float64],
    *,
    snap_m: float,
) -> Pieces:
    """The lines in pieces; cuts closer together than the snapping distance are one."""
    order = np.lexsort((along, cut_line))
    cut_line, along = cut_line[order], along[order]
    pieces: list[Any] = []
    of: list[int] = []
    ends: list[tuple[str, str]] = []
    bounds = np.searchsorted(cut_line, np.arange(len(lines) + 1))
    for k, line in enumerate(lines.tolist()):
        before, after = str(levels[k, 0]), str(levels[k, 1])
        cuts = _apart(along[bounds[k] : bounds[k + 1]], snap_m)
        parts = [line] if not len(cuts) else _parts(line, flat[k], cuts)
        pieces += parts
        of += [k] * len(parts)
        ends += [
            (before if number == 0 else after, before if number < len(parts) - 1 else after)
            for number in range(len(parts))
        ]
    return Pieces(
        lines=np.array(pieces, dtype=object),
        of=np.array(of, dtype=np.intp),
        levels=np.array(ends, dtype=str).reshape(-1, 2),
    )


def _apart(along: NDArray[np.float64], least: float) -> NDArray[np.float64]:
    """Rising distances without those that follow another too closely."""
    return along[np.diff(along, prepend=-np.inf) > least]


def _parts(line: Any, flat: Any, cuts: NDArray[np.float64]) -> list[Any]:
    """A line in degrees cut at distances in metres along the same line projected."""
    degrees, metres = shapely.get_coordinates(line), shapely.get_coordinates(flat)
    at = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(metres, axis=0).T))])
    cut_places = np.column_stack([np.interp(cuts, at, degrees[:, axis]) for axis in (0, 1)])
    marks = [0.0, *cuts.tolist(), float(at[-1])]
    heads = [degrees[0], *cut_places]
    tails = [*cut_places, degrees[-1]]
    return [
        shapely.LineString([head, *degrees[(at > low) & (at < high)], tail])
        for low, high, head, tail in zip(marks[:-1], marks[1:], heads, tails, strict=True)
    ]


def _metres(degrees: NDArray[np.float64], crs: str) -> NDArray[np.float64]:
    points = gpd.GeoSeries(gpd.points_from_xy(degrees[:, 0], degrees[:, 1]), crs="EPSG:4326")
    return np.asarray(shapely.get_coordinates(points.to_crs(crs).to_numpy()), dtype=np.float64)
