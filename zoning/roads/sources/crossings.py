"""Where lines meet away from their ends: shared vertices, crossings, ends on other lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from zoning.roads.sources.noding import LEAST_SNAP_M, TOUCH_M, Cuts, Vertices, numbered


def meetings_inside(
    lines: NDArray[Any],
    levels: NDArray[np.str_],
    *,
    layers: NDArray[np.str_],
    crs: str,
    snap_m: float,
    bridged: NDArray[np.bool_],
) -> Cuts:
    """Every place inside a line where it meets another at its level, or itself.

    That is: a vertex that another line has too, an end that lies on it, a
    crossing. Lines may also just pass there, one over the other, so which of
    these are junctions is for the caller to say.

    Parameters
    ----------
    lines, levels, crs
        As for `joined_at_ends`. A line whose ends differ in level meets nothing
        inside.
    layers
        Shape (n,), lines of different layers do not meet where they cross
        without a vertex.
    snap_m
        An end this near to another line lies on it, metres; at least a
        millimetre is allowed for.
    bridged
        Shape (n,), lines that cross others on a bridge or below one, so that
        only their ends, and single ends on them, meet others.
    """
    snap_m = max(snap_m, LEAST_SNAP_M)
    points = Vertices.of(lines, crs=crs)
    level = np.asarray(pd.factorize(levels.T.ravel())[0]).reshape(2, -1).T
    ground = level[:, 0] == level[:, 1]
    flat = np.asarray(shapely.linestrings(points.metres, indices=points.line))
    tree = shapely.STRtree(flat)
    inside = _Inside(points=points, flat=flat, tree=tree, level=level, bridged=bridged)
    _, layer = np.unique(layers, return_inverse=True)
    found = [
        inside.shared_vertices(),
        inside.crossings(ground & ~bridged, layer.ravel()),
        inside.ends_on_lines(snap_m),
    ]
    line = np.concatenate([each.line for each in found])
    at = np.round(np.concatenate([each.at for each in found]), 1)
    cuts = Cuts(
        line=line,
        along_m=np.concatenate([each.along_m for each in found]),
        place=numbered(at[:, 0], at[:, 1]),
        crossing=np.concatenate([each.crossing for each in found]),
        end=np.concatenate([each.end for each in found]),
        off_m=np.concatenate([each.off_m for each in found]),
    )
    return cuts.of_kind((cuts.along_m > snap_m) & (cuts.along_m < points.length_m[line] - snap_m))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Found:
    """Lines, how far along them something is, where that is in metres, and what it is."""

    line: NDArray[np.intp]
    along_m: NDArray[np.float64]
    at: NDArray[np.float64]
    crossing: NDArray[np.bool_]
    end: NDArray[np.bool_]
    off_m: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Inside:
    """Lines prepared for finding where they meet away from their ends."""

    points: Vertices
    flat: NDArray[Any]
    tree: shapely.STRtree
    level: NDArray[np.intp]
    bridged: NDArray[np.bool_]

    @property
    def ground(self) -> NDArray[np.bool_]:
        return np.asarray(self.level[:, 0] == self.level[:, 1])

    def shared_vertices(self) -> _Found:
        """Inner vertices at the place of another vertex of the same level."""
        points, inner = self.points, self.points.inner()
        line = points.line
        height = self.level[line, 0].copy()
        height[points.last] = self.level[:, 1]
        spot = numbered(points.place, height)
        n = int(spot.max(initial=-1)) + 1
        # A line that changes its level, or is bridged, shares its ends only.
        free = self.ground[line]
        count = np.bincount(spot[~inner | (free & ~self.bridged[line])], minlength=n)
        ends = np.bincount(spot[~inner], minlength=n)
        plain_ends = np.bincount(spot[~inner & ~self.bridged[line]], minlength=n)
        on_bridge = (ends > 0) & (plain_ends <= 1)
        shared = inner & free & np.where(self.bridged[line], on_bridge[spot], count[spot] > 1)
        which = np.flatnonzero(shared)
        return _Found(
            line=line[which],
            along_m=points.along[which],
            at=points.metres[which],
            crossing=np.zeros(len(which), dtype=bool),
            end=ends[spot[which]] == 1,
            off_m=np.zeros(len(which)),
        )

    def crossings(self, free: NDArray[np.bool_], layer: NDArray[np.intp]) -> _Found:
        """Where two lines cross; ``crossing`` is False where both have a vertex there."""
        one, other = self.tree.query(self.flat)
        box = shapely.bounds(self.flat)
        shared = np.minimum(box[one, 2:], box[other, 2:]) - np.maximum(box[one, :2], box[other, :2])
        pair = (
            (one < other)
            & free[one]
            & free[other]
            & (self.level[one, 0] == self.level[other, 0])
            & (layer[one] == layer[other])
        )
        one, other, shared = one[pair], other[pair], shared[pair]
        # Neighbours do not cross if both are straight, or their boxes share no more than that end.
        straight = self.points.last - self.points.first == 1
        apart = (straight[one] & straight[other]) | (shared <= LEAST_SNAP_M).all(axis=1)
        pair = ~(apart & self._share_an_end(one, other))
        one, other = one[pair], other[pair]
        cross = shapely.crosses(self.flat[one], self.flat[other])
        one, other = one[cross], other[cross]
        where, pair_of = _meeting_points(self.flat[one], self.flat[other])
        one, other = one[pair_of], other[pair_of]
        along = [shapely.line_locate_point(self.flat[line], where) for line in (one, other)]
        vertex = self._near_vertex(one, along[0]) & self._near_vertex(other, along[1])
        n = 2 * len(where)
        return _Found(
            line=np.concatenate([one, other]),
            along_m=np.concatenate(along),
            at=shapely.get_coordinates(np.concatenate([where, where])),
            crossing=np.concatenate([~vertex, ~vertex]),
            end=np.zeros(n, dtype=bool),
            off_m=np.zeros(n),
        )

    def _share_an_end(self, one: NDArray[np.intp], other: NDArray[np.intp]) -> NDArray[np.bool_]:
        ends = self.points.place[np.column_stack([self.points.first, self.points.last])]
        return np.asarray((ends[one][:, :, None] == ends[other][:, None, :]).any(axis=(1, 2)))

    def _near_vertex(self, line: NDArray[np.intp], along: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether a vertex of the line is within 0.1 m of a distance along it."""
        run = self.points.runs()
        at = run.start[line] + along
        after = np.clip(np.searchsorted(run.at, at), 1, len(run.at) - 1)
        gap = np.minimum(np.abs(run.at[after] - at), np.abs(run.at[after - 1] - at))
        return np.asarray(gap <= TOUCH_M)

    def ends_on_lines(self, snap_m: float) -> _Found:
        """Ends that lie on another line, or on their own, away from its ends."""
        points = self.points
        tip_rows = np.concatenate([points.first, points.last])
        owner = np.concatenate([np.arange(len(self.flat))] * 2)
        height = self.level.T.ravel()
        spot = numbered(points.place[tip_rows], height)
        ends = np.bincount(spot)
        plain_ends = np.bincount(spot[~self.bridged[owner]], minlength=len(ends))
        # One tip a place stands for all that end there.
        _, one = np.unique(spot, return_index=True)
        tips = shapely.points(points.metres[tip_rows[one]])
        found, touched = self.tree.query(tips, predicate="dwithin", distance=snap_m)
        tip = one[found]
        meets = (
            self.ground[touched]
            & (height[tip] == self.level[touched, 0])
            & (~self.bridged[touched] | (plain_ends[spot[tip]] <= 1))
            # A line that ends there is near by itself.
            & ~((ends[spot[tip]] > 1) & self._ends_at(touched, points.place[tip_rows[tip]]))
        )
        found, tip, touched = found[meets], tip[meets], touched[meets]
        return _Found(
            line=touched,
            along_m=shapely.line_locate_point(self.flat[touched], tips[found]),
            at=points.metres[tip_rows[tip]],
            crossing=np.zeros(len(tip), dtype=bool),
            end=ends[spot[tip]] == 1,
            off_m=shapely.distance(self.flat[touched], tips[found]),
        )

    def _ends_at(self, line: NDArray[np.intp], place: NDArray[np.intp]) -> NDArray[np.bool_]:
        first, last = self.points.place[self.points.first], self.points.place[self.points.last]
        return np.asarray((first[line] == place) | (last[line] == place))


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
