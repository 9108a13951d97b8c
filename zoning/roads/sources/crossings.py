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
    # Every line beside the others near it; the diagonal of its box stands for the box.
    low = np.minimum.reduceat(points.metres, points.first) - snap_m
    high = np.maximum.reduceat(points.metres, points.first) + snap_m
    diagonals = shapely.linestrings(np.stack([low, high], axis=1))
    one, other = shapely.STRtree(diagonals).query(diagonals)
    inside = _Inside(
        points=points,
        low=low,
        high=high,
        near=(one[one != other], other[one != other]),
        level=level,
        bridged=bridged,
        snap_m=snap_m,
    )
    _, layer = np.unique(layers, return_inverse=True)
    found = [
        inside.shared_vertices(),
        inside.crossings(ground & ~bridged, layer.ravel()),
        inside.ends_on_lines(),
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
        junctions=int((np.bincount(points.place[~points.inner()]) >= 3).sum()),
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
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    near: tuple[NDArray[np.intp], NDArray[np.intp]]
    level: NDArray[np.intp]
    bridged: NDArray[np.bool_]
    snap_m: float

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
        one, other = self.near
        pair = (
            (one < other)
            & free[one]
            & free[other]
            & (self.level[one, 0] == self.level[other, 0])
            & (layer[one] == layer[other])
        )
        one, other = one[pair], other[pair]
        apart = self._apart_from_an_end(one, other)
        one, other = one[~apart], other[~apart]
        flat = self._flat(np.union1d(one, other))
        cross = shapely.crosses(flat[one], flat[other])
        one, other = one[cross], other[cross]
        where, pair_of = _meeting_points(flat[one], flat[other])
        one, other = one[pair_of], other[pair_of]
        along = [shapely.line_locate_point(flat[line], where) for line in (one, other)]
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

    def _flat(self, which: NDArray[np.intp]) -> NDArray[Any]:
        """Some of the lines in metres, at their own positions."""
        flat = np.full(len(self.low), None, dtype=object)
        chosen = np.zeros(len(flat), dtype=bool)
        chosen[which] = True
        inside = chosen[self.points.line]
        flat[chosen] = shapely.linestrings(
            self.points.metres[inside],
            indices=(np.cumsum(chosen) - 1)[self.points.line[inside]],
        )
        return flat

    def _apart_from_an_end(
        self, one: NDArray[np.intp], other: NDArray[np.intp]
    ) -> NDArray[np.bool_]:
        """Which pairs share an end and lead away from it within angles that do not overlap.

        They meet there only. That spares most neighbours an exact test.
        """
        places = self.points.place[np.column_stack([self.points.first, self.points.last])]
        same = (places[one][:, :, None] == places[other][:, None, :]).reshape(-1, 4)
        side = same.argmax(axis=1)
        at, width = self._angles()
        a, b = (one, side // 2), (other, side % 2)
        turn = (at[b] - at[a]) % (2 * np.pi)
        back = (at[a] - at[b]) % (2 * np.pi)
        # A billionth of a turn keeps what only differs by rounding.
        apart = (turn > width[a] + 1e-9) & (back > width[b] + 1e-9)
        return np.asarray(same.any(axis=1) & apart & (width[a] < np.pi) & (width[b] < np.pi))

    def _angles(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Where the angle begins within which a line lies as seen from each end, and its width.

        Shape (n_lines, 2), radians.
        """
        points = self.points
        begins, widths = [], []
        for end, beside in ((points.first, points.first + 1), (points.last, points.last - 1)):
            away = points.metres - points.metres[end][points.line]
            angle = np.arctan2(away[:, 1], away[:, 0])
            first = angle[beside]
            turned = (angle - first[points.line] + np.pi) % (2 * np.pi) - np.pi
            turned[(away == 0).all(axis=1)] = 0.0
            low = np.minimum.reduceat(turned, points.first)
            begins.append(first + low)
            widths.append(np.maximum.reduceat(turned, points.first) - low)
        return np.column_stack(begins), np.column_stack(widths)

    def _near_vertex(self, line: NDArray[np.intp], along: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether a vertex of the line is within 0.1 m of a distance along it."""
        run = self.points.runs()
        at = run.start[line] + along
        after = np.clip(np.searchsorted(run.at, at), 1, len(run.at) - 1)
        gap = np.minimum(np.abs(run.at[after] - at), np.abs(run.at[after - 1] - at))
        return np.asarray(gap <= TOUCH_M)

    def ends_on_lines(self) -> _Found:
        """Ends that lie on another line, or on their own, away from its ends."""
        points = self.points
        n = len(self.low)
        rows = np.concatenate([points.first, points.last])
        height = self.level.T.ravel()
        spot = numbered(points.place[rows], height)
        ends = np.bincount(spot)
        plain_ends = np.bincount(spot[~np.tile(self.bridged, 2)], minlength=len(ends))
        one, other = self.near
        itself = np.arange(n)
        tip = np.concatenate([one, n + one, itself, n + itself])
        touched = np.concatenate([other, other, itself, itself])
        at = points.metres[rows]
        near = (
            ((at[tip] >= self.low[touched]) & (at[tip] <= self.high[touched])).all(axis=1)
            & self.ground[touched]
            & (height[tip] == self.level[touched, 0])
            & (~self.bridged[touched] | (plain_ends[spot[tip]] <= 1))
        )
        tip, touched = tip[near], touched[near]
        # A line that ends there too is near by itself, unless it runs past the place once more.
        place, line_ends = points.place[rows], points.place[[points.first, points.last]]
        meets = ~((ends[spot[tip]] > 1) & (line_ends[:, touched] == place[tip]).any(axis=0))
        # One tip a place stands for all that end there.
        _, first = np.unique(spot[tip[meets]] * n + touched[meets], return_index=True)
        tip, touched = tip[meets][first], touched[meets][first]
        along, off = np.zeros(len(tip)), np.full(len(tip), np.inf)
        own = touched == tip % n
        along[own], off[own] = self._nearest_inside(touched[own], at[tip[own]])
        rest = np.flatnonzero(~own)
        flat, tips = self._flat(np.unique(touched[rest])), shapely.points(at[tip[rest]])
        hit = shapely.dwithin(flat[touched[rest]], tips, self.snap_m)
        rest, tips = rest[hit], tips[hit]
        along[rest] = shapely.line_locate_point(flat[touched[rest]], tips)
        off[rest] = shapely.distance(flat[touched[rest]], tips)
        close = off <= self.snap_m
        tip = tip[close]
        return _Found(
            line=touched[close],
            along_m=along[close],
            at=at[tip],
            crossing=np.zeros(len(tip), dtype=bool),
            end=ends[spot[tip]] == 1,
            off_m=off[close],
        )

    def _nearest_inside(
        self, line: NDArray[np.intp], at: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """How far along each line a place is nearest, not at its ends if possible; metres off."""
        points = self.points
        segments = points.last[line] - points.first[line]
        which = np.repeat(np.arange(len(line)), segments)
        step = np.arange(len(which)) - np.repeat(np.cumsum(segments) - segments, segments)
        row = points.first[line][which] + step
        start, run = points.metres[row], points.metres[row + 1] - points.metres[row]
        span = np.hypot(*run.T)
        share = ((at[which] - start) * run).sum(axis=1) / np.maximum(span, 1e-12) ** 2
        share = np.clip(share, 0.0, 1.0)
        off = np.hypot(*(at[which] - start - run * share[:, None]).T)
        along = points.along[row] + share * span
        # The end itself is no place inside: it would hide where a line comes back to its end.
        off[(along <= self.snap_m) | (along >= points.length_m[line][which] - self.snap_m)] = np.inf
        if not len(off):
            return np.zeros(0), np.zeros(0)
        least = np.minimum.reduceat(off, np.cumsum(segments) - segments)
        hits = np.flatnonzero(off == least[which])
        best = hits[np.unique(which[hits], return_index=True)[1]]
        return along[best], least


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
