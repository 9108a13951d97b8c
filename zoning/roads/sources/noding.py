"""Lines brought together at junctions: where their ends meet, and where they cross."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from zoning.roads.streets.tables import metres_of

LEAST_SNAP_M: Final = 0.001
# A file with six decimals of a degree rounds places to 0.1 m.
TOUCH_M: Final = 0.1
# Vertices that agree to 0.1 mm are one place.
_PLACE_DECIMALS: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """Lines laid end to end: where each starts, and where each vertex is, metres."""

    start: NDArray[np.float64]
    at: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Vertices:
    """The vertices of some lines, one after another, in degrees and in metres.

    Attributes
    ----------
    degrees, metres
        Shape (n_vertices, 2).
    line
        Shape (n_vertices,), the line of each; rising.
    first, last
        Shape (n_lines,), the row of both ends of each line.
    along
        Shape (n_vertices,), metres from the start of the line.
    place
        Shape (n_vertices,), the same number where vertices are at one place.
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
            place=numbered(*rounded.T),
        )

    @property
    def length_m(self) -> NDArray[np.float64]:
        """Metres of each line."""
        return self.along[self.last]

    def runs(self) -> Run:
        """All lines laid end to end, a kilometre apart."""
        start = np.concatenate([[0.0], np.cumsum(self.length_m + 1000.0)[:-1]])
        return Run(start=start, at=start[self.line] + self.along)

    def inner(self) -> NDArray[np.bool_]:
        """Which vertices are no ends."""
        inner = np.ones(len(self.line), dtype=bool)
        inner[self.first] = False
        inner[self.last] = False
        return inner


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cuts:
    """Places inside lines where they meet others; arrays of shape (n_cuts,).

    ``line`` is the line to cut, ``along_m`` how far from its start, ``place``
    numbers the places. ``crossing`` is True where lines cross without a vertex
    there, ``end`` True where a single end is there, a dead end if it does not
    meet the line, ``off_m`` how far an end is from the line. ``junctions`` is at
    how many places three ends of lines or more meet.
    """

    line: NDArray[np.intp]
    along_m: NDArray[np.float64]
    place: NDArray[np.intp]
    crossing: NDArray[np.bool_]
    end: NDArray[np.bool_]
    off_m: NDArray[np.float64]
    junctions: int

    def of_kind(self, which: NDArray[np.bool_]) -> Cuts:
        """Some of the cuts."""
        return Cuts(
            line=self.line[which],
            along_m=self.along_m[which],
            place=self.place[which],
            crossing=self.crossing[which],
            end=self.end[which],
            off_m=self.off_m[which],
            junctions=self.junctions,
        )

    def places(self, which: NDArray[np.bool_]) -> int:
        """At how many places some of the cuts are."""
        return len(np.unique(self.place[which]))


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
    lines: NDArray[Any],
    levels: NDArray[np.str_],
    *,
    crs: str,
    snap_m: float,
    lonely_join: bool = False,
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
        spot = numbered(ends[:, 0], ends[:, 1])
        level = _with_the_others(_near(ends, spot, None, crs=crs, snap_m=snap_m), level)
    place = numbered(ends[:, 0], ends[:, 1], level)
    group = _near(ends, place, level, crs=crs, snap_m=snap_m)

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
    return Joined(
        lon=at[:, 0].copy(),
        lat=at[:, 1].copy(),
        start=junction[:n].astype(np.intp),
        end=junction[n:].astype(np.intp),
        lines=fixed,
        moved=len(np.unique(place[off])),
    )


def numbered(*columns: NDArray[Any]) -> NDArray[np.intp]:
    """Equal rows of some columns have equal numbers, in the order they are met."""
    number = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        codes, distinct = pd.factorize(column)
        number = pd.factorize(number * max(len(distinct), 1) + codes)[0]
    return np.asarray(number, dtype=np.intp)


def _near(
    ends: NDArray[np.float64],
    place: NDArray[np.intp],
    level: NDArray[np.intp] | None,
    *,
    crs: str,
    snap_m: float,
) -> NDArray[np.intp]:
    """Group number of each end; groups are made of neighbours on one level."""
    if snap_m == 0:
        return place
    _, at = np.unique(place, return_index=True)
    pairs = cKDTree(metres_of(ends[at], crs)).query_pairs(snap_m, output_type="ndarray")
    if level is not None:
        pairs = pairs[level[at][pairs[:, 0]] == level[at][pairs[:, 1]]]
    links = coo_array((np.ones(len(pairs)), pairs.T), shape=(len(at),) * 2)
    _, group = connected_components(links, directed=False)
    return np.asarray(group, dtype=np.intp)[place]


def _with_the_others(spot: NDArray[np.intp], level: NDArray[np.intp]) -> NDArray[np.intp]:
    """Levels of ends, the one end of its level at a spot on the level of most others there."""
    kinds, which, count = np.unique(
        np.column_stack([spot, level]), axis=0, return_inverse=True, return_counts=True
    )
    which = which.ravel()
    to = kinds[:, 1].copy()
    # By spot, the level of most ends first.
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
    """The lines in pieces; cuts closer together than the snapping distance are one.

    Parameters
    ----------
    lines, levels, crs
        As for `joined_at_ends`; a line that is cut has one level.
    """
    which, number = np.unique(cuts.line, return_inverse=True)
    pieces, piece_of = _in_pieces(
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


def _in_pieces(
    points: Vertices, line: NDArray[np.intp], along: NDArray[np.float64], *, snap_m: float
) -> tuple[NDArray[Any], NDArray[np.intp]]:
    """Pieces of lines cut at distances along them, in order, and the line of each."""
    run = points.runs()
    order = np.lexsort((along, line))
    line, along = line[order], along[order]
    at = run.start[line] + along
    apart = np.diff(at, prepend=-np.inf) > max(snap_m, LEAST_SNAP_M)
    line, at = line[apart], at[apart]
    after = np.searchsorted(run.at, at)
    before = np.maximum(after - 1, 0)
    after = np.minimum(after, len(run.at) - 1)
    nearest = np.where(run.at[after] - at < at - run.at[before], after, before)
    is_vertex = np.abs(run.at[nearest] - at) <= LEAST_SNAP_M
    share = ((at - run.at[before]) / np.maximum(run.at[after] - run.at[before], 1e-12))[:, None]
    between = points.degrees[before] * (1 - share) + points.degrees[after] * share

    new = ~is_vertex
    places = np.concatenate([points.degrees, between[new]])
    whose = np.concatenate([points.line, line[new]])
    breaks = np.zeros(len(places), dtype=bool)
    breaks[nearest[is_vertex]] = True
    breaks[len(points.line) :] = True
    sequence = np.argsort(np.concatenate([run.at, at[new]]), kind="stable")
    # A place where a line is cut ends one piece and begins the next.
    twice = np.repeat(sequence, 1 + breaks[sequence])
    begins = np.append(True, (whose[twice][1:] != whose[twice][:-1]) | (twice[1:] == twice[:-1]))
    piece = np.cumsum(begins) - 1
    return np.asarray(shapely.linestrings(places[twice], indices=piece)), whose[twice][begins]
