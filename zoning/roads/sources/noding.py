"""Noding: join lines at their ends, and cut them where they meet inside."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from zoning.roads.streets.tables import metres_of

# Places closer than a millimetre differ only by rounding.
LEAST_SNAP_M: Final = 0.001
# Six decimals of a degree, as files have, round places to 0.1 m.
TOUCH_M: Final = 0.1
# Vertices within 0.1 mm are one place: our choice.
_PLACE_DECIMALS: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Vertices:
    """The vertices of some lines, one after another, in ``degrees`` and in ``metres``.

    ``line`` is the line of each, rising; ``first`` and ``last`` are the rows of both
    ends of each line; ``along`` is metres from the start of the line; ``place`` is
    the same number where vertices are at one place.
    """

    degrees: NDArray[np.float64]
    metres: NDArray[np.float64]
    line: NDArray[np.intp]
    first: NDArray[np.intp]
    last: NDArray[np.intp]
    along: NDArray[np.float64]
    place: NDArray[np.intp]

    @classmethod
    def of(cls, lines: NDArray[Any], *, crs: str) -> Vertices:
        """The vertices of lines in degrees; ``crs`` is a projected system, metres."""
        degrees, line = shapely.get_coordinates(lines, return_index=True)
        first = np.searchsorted(line, np.arange(len(lines)))
        metres = metres_of(degrees, crs)
        step = np.hypot(*np.diff(metres, axis=0, prepend=metres[:1]).T)
        step[first] = 0.0
        total = np.cumsum(step)
        rounded = np.round(degrees, _PLACE_DECIMALS)
        return cls(
            degrees=degrees,
            metres=metres,
            line=line,
            first=first,
            last=np.append(first[1:], len(line)) - 1,
            along=total - total[first][line],
            place=number_rows(*rounded.T),
        )

    @property
    def length_m(self) -> NDArray[np.float64]:
        """Metres of each line."""
        return self.along[self.last]

    def end_to_end(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Where each line starts and where each vertex is, all lines laid end to end.

        A kilometre lies between them, so that no place of one is near a place of the next.
        """
        start = np.concatenate([[0.0], np.cumsum(self.length_m + 1000.0)[:-1]])
        return start, start[self.line] + self.along

    def inner(self) -> NDArray[np.bool_]:
        """True for vertices that are not ends."""
        inner = np.ones(len(self.line), dtype=bool)
        inner[self.first] = False
        inner[self.last] = False
        return inner


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cuts:
    """Places inside lines where they meet others; arrays of shape (n_cuts,).

    ``line`` is the line to cut, ``along_m`` how far from its start, ``at`` where in
    metres. ``crossing`` is True where lines cross without a vertex there, ``end``
    True where a single end is there, a dead end if it does not meet the line,
    ``off_m`` how far an end is from the line.
    """

    line: NDArray[np.intp]
    along_m: NDArray[np.float64]
    at: NDArray[np.float64]
    crossing: NDArray[np.bool_]
    end: NDArray[np.bool_]
    off_m: NDArray[np.float64]

    def of_kind(self, which: NDArray[np.bool_]) -> Cuts:
        """Select the cuts of one kind."""
        return Cuts(**{f.name: getattr(self, f.name)[which] for f in fields(self)})

    def places(self, which: NDArray[np.bool_]) -> int:
        """Count the distinct places, to a decimetre, of some cuts."""
        return int(number_rows(*np.round(self.at[which], 1).T).max(initial=-1)) + 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pieces:
    """Lines in degrees cut where they meet others.

    ``of`` is the line each is a piece of, rising; ``levels`` of both ends is text of
    shape (n_pieces, 2).
    """

    lines: NDArray[Any]
    of: NDArray[np.intp]
    levels: NDArray[np.str_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JoinedLines:
    """Lines with their ends brought together at junctions.

    ``lon`` and ``lat`` of the junctions are in the order they are met; ``start`` and
    ``end`` are positions of junctions; the ends of ``lines`` are moved to their
    junctions, and ``moved`` is how many places of ends were.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    start: NDArray[np.intp]
    end: NDArray[np.intp]
    lines: NDArray[Any]
    moved: int


def join_ends(
    lines: NDArray[Any],
    levels: NDArray[np.str_],
    *,
    crs: str,
    snap_m: float,
    lonely_join: bool = False,
) -> JoinedLines:
    """Join ends of one level within a distance of each other at one junction.

    Ends that are near in a row are one junction, at the first of them; ends of
    different levels are never joined, even at one place.

    Parameters
    ----------
    levels
        Shape (n, 2), level of both ends, text.
    crs
        Projected system to measure in, metres.
    snap_m
        Largest distance, metres; 0 joins ends at exactly one place only.
    lonely_join
        Whether the one end of its level at a place joins the others there: where
        the level is that of a whole line, a bridge still begins on the ground.
    """
    n = len(lines)
    places, row = shapely.get_coordinates(lines, return_index=True)
    first = np.searchsorted(row, np.arange(n))
    last = np.append(first[1:], len(row)) - 1
    ends = np.concatenate([places[first], places[last]])
    level = np.asarray(pd.factorize(levels.T.ravel())[0])
    if lonely_join:
        spot = number_rows(ends[:, 0], ends[:, 1])
        level = _join_lonely(_find_near(ends, spot, None, crs=crs, snap_m=snap_m), level)
    place = number_rows(ends[:, 0], ends[:, 1], level)
    group = _find_near(ends, place, level, crs=crs, snap_m=snap_m)

    _, met, junction = np.unique(group, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(met))
    junction, met = rank[junction.ravel()], np.sort(met)
    at = ends[met]
    off = (ends != at[junction]).any(axis=1)
    fixed = lines
    moved = off[:n] | off[n:]
    if moved.any():
        places[first], places[last] = at[junction[:n]], at[junction[n:]]
        fixed = lines.copy()
        fixed[moved] = shapely.linestrings(
            places[moved[row]], indices=(np.cumsum(moved) - 1)[row[moved[row]]]
        )
    return JoinedLines(
        lon=at[:, 0].copy(),
        lat=at[:, 1].copy(),
        start=junction[:n].astype(np.intp),
        end=junction[n:].astype(np.intp),
        lines=fixed,
        moved=len(np.unique(place[off])),
    )


def number_rows(*columns: NDArray[Any]) -> NDArray[np.intp]:
    """Number the distinct rows of some columns, in the order they are met."""
    number = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        codes, distinct = pd.factorize(column)
        number = pd.factorize(number * max(len(distinct), 1) + codes)[0]
    return np.asarray(number, dtype=np.intp)


def _find_near(
    ends: NDArray[np.float64],
    place: NDArray[np.intp],
    level: NDArray[np.intp] | None,
    *,
    crs: str,
    snap_m: float,
) -> NDArray[np.intp]:
    """Group ends within the snapping distance on one level; return each end's group number."""
    if snap_m == 0:
        return place
    _, at = np.unique(place, return_index=True)
    pairs = cKDTree(metres_of(ends[at], crs)).query_pairs(snap_m, output_type="ndarray")
    if level is not None:
        pairs = pairs[level[at][pairs[:, 0]] == level[at][pairs[:, 1]]]
    links = coo_array((np.ones(len(pairs)), pairs.T), shape=(len(at),) * 2)
    _, group = connected_components(links, directed=False)
    return np.asarray(group, dtype=np.intp)[place]


def _join_lonely(spot: NDArray[np.intp], level: NDArray[np.intp]) -> NDArray[np.intp]:
    """Correct levels: an end alone on its level at a spot takes the most frequent level there."""
    kinds, which, count = np.unique(
        np.column_stack([spot, level]), axis=0, return_inverse=True, return_counts=True
    )
    which = which.ravel()
    to = kinds[:, 1].copy()
    # Sort so that the most frequent level of each spot comes first.
    order = np.lexsort((kinds[:, 1], -count, kinds[:, 0]))
    leads = order[np.append(True, np.diff(kinds[order, 0]) != 0)]
    main = np.empty(int(spot.max()) + 1, dtype=np.intp)
    main[kinds[leads, 0]] = kinds[leads, 1]
    lonely = count == 1
    to[lonely] = main[kinds[lonely, 0]]
    return np.asarray(to[which], dtype=np.intp)


def cut(
    lines: NDArray[Any], levels: NDArray[np.str_], cuts: Cuts, *, crs: str, snap_m: float
) -> Pieces:
    """Cut lines into pieces; merge cuts closer together than the snapping distance.

    ``lines``, ``levels``, ``crs``: as for `join_ends`; a line that is cut has one level.
    """
    which, number = np.unique(cuts.line, return_inverse=True)
    pieces, piece_of = _cut_pieces(
        Vertices.of(lines[which], crs=crs), number.ravel(), cuts.along_m, snap_m=snap_m
    )
    whole = np.setdiff1d(np.arange(len(lines)), which)
    of = np.concatenate([whole, which[piece_of]])
    order = np.argsort(of, kind="stable")
    of = of[order]
    first = np.append(True, of[1:] != of[:-1])
    last = np.append(first[1:], True)
    return Pieces(
        lines=np.concatenate([lines[whole], pieces])[order],
        of=of,
        levels=np.column_stack(
            [
                np.where(first, levels[of, 0], levels[of, 1]),
                np.where(last, levels[of, 1], levels[of, 0]),
            ]
        ),
    )


def _cut_pieces(
    points: Vertices, line: NDArray[np.intp], along: NDArray[np.float64], *, snap_m: float
) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Pieces of lines cut at distances along them, in order, and the line of each."""
    start, vertex_at = points.end_to_end()
    order = np.lexsort((along, line))
    line, along = line[order], along[order]
    at = start[line] + along
    apart = np.diff(at, prepend=-np.inf) > max(snap_m, LEAST_SNAP_M)
    line, at = line[apart], at[apart]
    after = np.searchsorted(vertex_at, at)
    before = np.maximum(after - 1, 0)
    after = np.minimum(after, len(vertex_at) - 1)
    nearest = np.where(vertex_at[after] - at < at - vertex_at[before], after, before)
    is_vertex = np.abs(vertex_at[nearest] - at) <= LEAST_SNAP_M
    span = np.maximum(vertex_at[after] - vertex_at[before], 1e-12)  # Avoid division by zero.
    share = ((at - vertex_at[before]) / span)[:, None]
    between = points.degrees[before] * (1 - share) + points.degrees[after] * share

    new = ~is_vertex
    places = np.concatenate([points.degrees, between[new]])
    whose = np.concatenate([points.line, line[new]])
    breaks = np.zeros(len(places), dtype=bool)
    breaks[nearest[is_vertex]] = True
    breaks[len(points.line) :] = True
    sequence = np.argsort(np.concatenate([vertex_at, at[new]]), kind="stable")
    # Each cut ends one piece and begins the next.
    twice = np.repeat(sequence, 1 + breaks[sequence])
    begins = np.append(True, (whose[twice][1:] != whose[twice][:-1]) | (twice[1:] == twice[:-1]))
    piece = np.cumsum(begins) - 1
    return np.asarray(shapely.linestrings(places[twice], indices=piece)), whose[twice][begins]


def find_meetings(
    lines: NDArray[Any],
    levels: NDArray[np.str_],
    *,
    layers: NDArray[np.str_],
    crs: str,
    snap_m: float,
    bridged: NDArray[np.bool_],
) -> tuple[Cuts, int]:
    """Find every place inside a line where it meets another at its level, or itself.

    That is: a vertex that another line has too, an end that lies on it, a
    crossing. Lines may also just pass there, one over the other, so which of
    these are junctions is for the caller to say. And the number of places where
    three ends of lines or more meet.

    Parameters
    ----------
    lines, levels, crs
        As for `join_ends`. A line whose ends differ in level meets nothing
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
    # Query the spatial index by the diagonal of each line's box, which spans the same box.
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
    cuts = Cuts(
        **{f.name: np.concatenate([getattr(each, f.name) for each in found]) for f in fields(Cuts)}
    )
    along, length = cuts.along_m, points.length_m[cuts.line]
    junctions = int((np.bincount(points.place[~points.inner()]) >= 3).sum())
    return cuts.of_kind((along > snap_m) & (along < length - snap_m)), junctions


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Inside:
    """Spatial index of lines that finds where they meet away from their ends."""

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

    def shared_vertices(self) -> Cuts:
        """Inner vertices at the place of another vertex of the same level."""
        points, inner = self.points, self.points.inner()
        line = points.line
        height = self.level[line, 0].copy()
        height[points.last] = self.level[:, 1]
        spot = number_rows(points.place, height)
        n = int(spot.max(initial=-1)) + 1
        # A line that changes level, or is bridged, meets others at its ends only.
        free = self.ground[line]
        count = np.bincount(spot[~inner | (free & ~self.bridged[line])], minlength=n)
        ends = np.bincount(spot[~inner], minlength=n)
        plain_ends = np.bincount(spot[~inner & ~self.bridged[line]], minlength=n)
        on_bridge = (ends > 0) & (plain_ends <= 1)
        shared = inner & free & np.where(self.bridged[line], on_bridge[spot], count[spot] > 1)
        which = np.flatnonzero(shared)
        return Cuts(
            line=line[which],
            along_m=points.along[which],
            at=points.metres[which],
            crossing=np.zeros(len(which), dtype=bool),
            end=ends[spot[which]] == 1,
            off_m=np.zeros(len(which)),
        )

    def crossings(self, free: NDArray[np.bool_], layer: NDArray[np.intp]) -> Cuts:
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
        apart = self._meet_at_end_only(one, other)
        one, other = one[~apart], other[~apart]
        flat = self._flat(np.union1d(one, other))
        cross = shapely.crosses(flat[one], flat[other])
        one, other = one[cross], other[cross]
        where, pair_of = _meeting_points(flat[one], flat[other])
        one, other = one[pair_of], other[pair_of]
        along = [shapely.line_locate_point(flat[line], where) for line in (one, other)]
        vertex = self._near_vertex(one, along[0]) & self._near_vertex(other, along[1])
        n = 2 * len(where)
        return Cuts(
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

    def _meet_at_end_only(
        self, one: NDArray[np.intp], other: NDArray[np.intp]
    ) -> NDArray[np.bool_]:
        """Pairs of lines that share an end and diverge from it, within angles that do not overlap.

        They meet there only. That spares most neighbours an exact test.
        """
        places = self.points.place[np.column_stack([self.points.first, self.points.last])]
        same = (places[one][:, :, None] == places[other][:, None, :]).reshape(-1, 4)
        side = same.argmax(axis=1)
        at, width = self._angles()
        a, b = (one, side // 2), (other, side % 2)
        turn = (at[b] - at[a]) % (2 * np.pi)
        back = (at[a] - at[b]) % (2 * np.pi)
        # A tolerance of 1e-9 turns for rounding.
        apart = (turn > width[a] + 1e-9) & (back > width[b] + 1e-9)
        return np.asarray(same.any(axis=1) & apart & (width[a] < np.pi) & (width[b] < np.pi))

    def _angles(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Start and width of the angle that a line spans as seen from each of its ends.

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
        """True if the line has a vertex within 0.1 m of a distance along it."""
        start, vertex_at = self.points.end_to_end()
        at = start[line] + along
        after = np.clip(np.searchsorted(vertex_at, at), 1, len(vertex_at) - 1)
        gap = np.minimum(np.abs(vertex_at[after] - at), np.abs(vertex_at[after - 1] - at))
        return np.asarray(gap <= TOUCH_M)

    def ends_on_lines(self) -> Cuts:
        """Ends that lie on another line, or on their own, away from its ends."""
        points = self.points
        n = len(self.low)
        rows = np.concatenate([points.first, points.last])
        height = self.level.T.ravel()
        spot = number_rows(points.place[rows], height)
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
        # A line that ends there too is always near; it counts only if it passes the place again.
        place, line_ends = points.place[rows], points.place[[points.first, points.last]]
        meets = ~((ends[spot[tip]] > 1) & (line_ends[:, touched] == place[tip]).any(axis=0))
        # One end represents all ends at a place.
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
        return Cuts(
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
        """Nearest position along each line, away from its ends if possible, and the metres off."""
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
        # Exclude the end itself, which would hide the place where a line returns to its end.
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
    """Find points where pairs of lines meet, and the pair of each; overlaps meet at their ends."""
    parts, pair = shapely.get_parts(shapely.intersection(one, other), return_index=True)
    parts, deeper = shapely.get_parts(parts, return_index=True)
    pair = pair[deeper]
    is_point = shapely.get_type_id(parts) == shapely.GeometryType.POINT
    overlaps, whose = parts[~is_point], pair[~is_point]
    return (
        np.concatenate([parts[is_point], *(shapely.get_point(overlaps, side) for side in (0, -1))]),
        np.concatenate([pair[is_point], whose, whose]),
    )
