"""Links between junctions: the common form of every source's data."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Geod

_ELLIPSOID: Final = Geod(ellps="WGS84")
CONTROL_TYPE: Final = "U10"
"""Wide enough for every kind of control."""
# Step of the length formula; its error grows with the square: 1e-9 times tan^2 of the latitude.
_GAUSS_M: Final = 1_000.0
_LINK_COLUMNS: Final = (
    *("start", "end", "lines", "length_m", "oneway", "kph", "road_class", "area", "name"),
    "approach",
)
SIGN_BEFORE_JUNCTION_M: Final = 50.0
SIGNAL_BEFORE_JUNCTION_M: Final = 30.0
"""How far before a junction what belongs to it may stand, metres: our choice.

Stop lines lie up to some 25 m before the middle of a wide junction, and a sign stands
before the line. A signal without a direction may as well be that of a pedestrian
crossing, which stops both directions: it must be nearer.
"""
ALL_STOP: Final = "all stop"
"""Control of one approach: a stop sign tagged as one of an all-way stop."""
# Controls in ascending order of delay.
_DEARER: Final = ("", "none", "yield", "roundabout", "stop", "signal")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Links:
    """Links and the junctions they join, as every source gives them.

    Attributes
    ----------
    junction_ids
        Shape (n_junctions,), unique.
    lon, lat
        Shape (n_junctions,), degrees.
    control
        Shape (n_junctions,), one of `zoning.roads.streets.tables.CONTROLS`.
    start, end
        Shape (n_links,), positions of the junctions at both ends.
    lines
        Shape (n_links,), LineString in degrees, from start to end.
    length_m
        Shape (n_links,), metres driven.
    oneway
        Shape (n_links,), ``B``, ``FT`` or ``TF``.
    kph
        Shape (n_links,), km/h; NaN where the source gives none.
    road_class, name
        Shape (n_links,), text.
    area
        Shape (n_links,), text; ``''`` where the source gives none.
    approach
        Shape (n_links, 2), what drivers who arrive at the start (column 0) or the
        end (column 1) of a link wait for there, in the words of ``control``; ``''``
        where that of the junction holds. None of them by default.
    """

    junction_ids: NDArray[np.str_]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    control: NDArray[np.str_]
    start: NDArray[np.intp]
    end: NDArray[np.intp]
    lines: NDArray[Any]
    length_m: NDArray[np.float64]
    oneway: NDArray[np.str_]
    kph: NDArray[np.float64]
    road_class: NDArray[np.str_]
    area: NDArray[np.str_]
    name: NDArray[np.str_]
    approach: NDArray[np.str_] = field(default_factory=lambda: np.empty((0, 2), dtype=CONTROL_TYPE))

    def __post_init__(self) -> None:
        if not len(self.approach):
            none = np.full((len(self.start), 2), "", dtype=CONTROL_TYPE)
            object.__setattr__(self, "approach", none)

    def rows(self, which: NDArray[np.intp] | NDArray[np.bool_]) -> Links:
        """Select some links, with all junctions."""
        return replace(self, **{column: getattr(self, column)[which] for column in _LINK_COLUMNS})

    def used_junctions(self) -> Links:
        """Drop junctions that no link touches."""
        used = np.unique(np.concatenate([self.start, self.end]))
        place = np.full(len(self.junction_ids), -1, dtype=np.intp)
        place[used] = np.arange(len(used))
        return replace(
            self,
            junction_ids=self.junction_ids[used],
            lon=self.lon[used],
            lat=self.lat[used],
            control=self.control[used],
            start=place[self.start],
            end=place[self.end],
        )


def in_degrees(shapes: Any, crs: CRS) -> NDArray[Any]:
    """Shapes in longitude and latitude."""
    return np.asarray(gpd.GeoSeries(shapes, crs=crs).to_crs("EPSG:4326").to_numpy())


def lengths_m(lines: NDArray[Any]) -> NDArray[np.float64]:
    """Metres along each line in degrees, on the WGS 84 ellipsoid.

    Steps up to about a kilometre, nearly all of them, by the radii of curvature in
    their middle (Gauss's mid-latitude formula), which is right to 1 in 10^8 and
    ten times faster than the exact geodesic that longer ones get.
    """
    places, row = shapely.get_coordinates(lines, return_index=True)
    same = row[1:] == row[:-1]
    here, there = places[:-1][same], places[1:][same]
    across, up = np.radians(there - here).T
    middle = np.radians((here[:, 1] + there[:, 1]) / 2)
    bent = 1 - _ELLIPSOID.es * np.sin(middle) ** 2
    east = across * np.cos(middle) / np.sqrt(bent)
    north = up * (1 - _ELLIPSOID.es) / bent**1.5
    metres = _ELLIPSOID.a * np.hypot(east, north)
    long = np.flatnonzero((metres > _GAUSS_M) | (np.abs(across) > np.pi))
    if len(long):
        one, other = here[long], there[long]
        metres[long] = _ELLIPSOID.inv(one[:, 0], one[:, 1], other[:, 0], other[:, 1])[2]
    return np.bincount(row[1:][same], weights=metres, minlength=len(lines)).astype(np.float64)


def merge_chains(links: Links) -> Links:
    """Merge every chain of links with equal attributes into one link.

    Two links become one where they are the only ones at a junction where nothing
    is waited for, and agree in speed, class, area, name and, taken in one direction,
    in one-way code. So the time between junctions stays what it was, and the geometry
    is kept. Delays need the chains merged: a short link between two junctions with
    signals shows that they are one crossing (`zoning.roads.travel.profiles`). A chain
    runs from that of its two end links that comes first.
    """
    chains = _chains(*_joins(links))
    if len(chains) == len(links.start):
        return links
    link, turned = np.array([step for chain in chains for step in chain], dtype=np.intp).T
    sizes = np.array([len(chain) for chain in chains])
    first = np.cumsum(sizes) - sizes
    last = first + sizes - 1
    ends = np.stack([links.start, links.end], axis=1)
    from_, to = (link[first], turned[first]), (link[last], 1 - turned[last])
    code = links.oneway[link[first]]
    lines, length_m = links.lines[link[first]], links.length_m[link[first]]
    is_chain = sizes > 1
    number = np.repeat(np.cumsum(is_chain) - 1, sizes)
    part = np.repeat(is_chain, sizes)
    parts = links.lines[link[part]]
    parts = np.where(turned[part] == 1, shapely.reverse(parts), parts)
    places, row = shapely.get_coordinates(parts, return_index=True)
    chain = number[part][row]
    # A link's first place repeats the last one of the link before it in the chain.
    again = np.append(False, (row[1:] != row[:-1]) & (chain[1:] == chain[:-1]))
    lines[is_chain] = shapely.linestrings(places[~again], indices=chain[~again])
    bounds = np.cumsum(sizes[is_chain])[:-1]
    length_m[is_chain] = [one.sum() for one in np.split(links.length_m[link[part]], bounds)]
    return replace(
        links.rows(link[first]),
        start=ends[from_],
        end=ends[to],
        lines=lines,
        length_m=length_m,
        oneway=np.where(turned[first] == 1, _reverse_oneway(code), code),
        approach=np.stack([links.approach[from_], links.approach[to]], axis=1),
    ).used_junctions()


def _reverse_oneway(oneway: NDArray[np.str_]) -> NDArray[np.str_]:
    """Reverse the one-way codes of links."""
    return np.select([oneway == "FT", oneway == "TF"], ["TF", "FT"], "B")


def _joins(links: Links) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Find the link that continues each end of each link, -1 where a chain ends, and its end there.

    Shapes (n_links, 2); end 0 is the start of a link.
    """
    n = len(links.start)
    follower, side = np.full((n, 2), -1, dtype=np.intp), np.zeros((n, 2), dtype=np.intp)
    junction = np.concatenate([links.start, links.end])
    order = np.argsort(junction, kind="stable")
    is_pair = np.bincount(junction, minlength=len(links.junction_ids)) == 2
    is_pair &= links.control == ""
    # 'none' marks the rings of roundabouts, whose traffic waits for nobody.
    is_pair[junction[~np.isin(links.approach.T.ravel(), ["", "none"])]] = False
    at = np.searchsorted(junction[order], np.flatnonzero(is_pair))
    (a, a_side), (b, b_side) = ((end % n, end // n) for end in (order[at], order[at + 1]))
    turned = _reverse_oneway(links.oneway)
    # Into the junction along a, out of it along b.
    into = np.where(a_side == 1, links.oneway[a], turned[a])
    out = np.where(b_side == 0, links.oneway[b], turned[b])
    alike = (
        (a != b)
        & (into == out)
        & ((links.kph[a] == links.kph[b]) | (np.isnan(links.kph[a]) & np.isnan(links.kph[b])))
        & (links.road_class[a] == links.road_class[b])
        & (links.area[a] == links.area[b])
        & (links.name[a] == links.name[b])
    )
    a, a_side, b, b_side = a[alike], a_side[alike], b[alike], b_side[alike]
    follower[a, a_side], side[a, a_side] = b, b_side
    follower[b, b_side], side[b, b_side] = a, a_side
    return follower, side


def _chains(follower: NDArray[np.intp], side: NDArray[np.intp]) -> list[list[tuple[int, int]]]:
    """Every link once, in chains of (link, 1 if taken against its line), by first link."""
    link_after, side_after = follower.tolist(), side.tolist()
    seen = [False] * len(link_after)
    chains = []
    # Rings have no end: they are the links left over after all chains with ends.
    ends = [k for k, after in enumerate(link_after) if -1 in after]
    for k in [*ends, *range(len(link_after))]:
        link, entered = k, int(link_after[k][0] != -1 and -1 in link_after[k])
        chain = []
        while link != -1 and not seen[link]:
            seen[link] = True
            chain.append((link, entered))
            link, entered = link_after[link][1 - entered], side_after[link][1 - entered]
        if chain:
            chains.append(chain)
    return sorted(chains)


def move_controls_to_approaches(links: Links) -> Links:
    """Move every sign or signal that stands before a junction to that approach of the junction.

    Mappers put them where drivers stop: on the street, at a node where nothing else
    meets. One for a direction goes to the end of the approach ahead of it; another
    to that of the nearest junction that can be driven to from it. A junction is
    where three links or more meet, and at most 50 m away (30 m for a signal without
    a direction). What finds none stays where it is, for example the signal of a
    pedestrian crossing between two junctions. Of several on one approach the one
    that costs most stays.
    """
    approach, control = links.approach.copy(), links.control.astype(CONTROL_TYPE)
    ends = _Ends(links)
    lone = ends.count == 2
    at = np.stack([links.start, links.end], axis=1)
    waiting = ~np.isin(approach, ["", "none"]) & lone[at]
    moves = [
        ((link, side), ends.ahead((link, side), SIGN_BEFORE_JUNCTION_M))
        for link, side in np.argwhere(waiting).tolist()
    ]
    for (link, side), found in moves:
        kind = str(approach[link, side])
        if found is not None:
            approach[link, side] = ""
            _assign_control(kind, found, at, approach, control)
        elif kind == ALL_STOP:
            approach[link, side] = "stop"
    for node in np.flatnonzero(lone & (control != "") & (control != "none")).tolist():
        kind = str(control[node])
        limit_m = SIGNAL_BEFORE_JUNCTION_M if kind == "signal" else SIGN_BEFORE_JUNCTION_M
        both = [ends.ahead(end, limit_m) for end in ends.of(node)]
        reached = [found for found in both if found is not None]
        control[node] = "" if reached else kind.replace(ALL_STOP, "stop")
        if reached:
            _assign_control(kind, min(reached), at, approach, control)
    return replace(links, approach=approach, control=control)


def _assign_control(
    kind: str,
    found: tuple[float, int, int],
    at: NDArray[np.intp],
    approach: NDArray[np.str_],
    control: NDArray[np.str_],
) -> None:
    """Give an approach a control, unless it has one that costs more time."""
    _, link, side = found
    if kind == ALL_STOP:
        node = at[link, side]
        control[node] = control[node] or "stop"
    elif _DEARER.index(kind) > _DEARER.index(str(approach[link, side])):
        approach[link, side] = kind


class _Ends:
    """The ends of links, (link, 0 for its start or 1 for its end), by junction."""

    def __init__(self, links: Links) -> None:
        self._at = np.stack([links.start, links.end], axis=1)
        self._order = np.argsort(self._at.ravel(), kind="stable")
        n = len(links.junction_ids)
        self.count = np.bincount(self._at.ravel(), minlength=n)
        self._first = np.searchsorted(self._at.ravel()[self._order], np.arange(n + 1))
        self._length_m, self._oneway = links.length_m, links.oneway

    def of(self, node: int) -> list[tuple[int, int]]:
        """Find the ends that meet at a junction."""
        found = self._order[self._first[node] : self._first[node + 1]]
        return [divmod(k, 2) for k in found.tolist()]

    def ahead(self, end: tuple[int, int], limit_m: float) -> tuple[float, int, int] | None:
        """Metres from an end to the next junction ahead, and the approach there.

        None if there is no junction within the limit, or it may not be driven to.
        """
        metres, (link, side) = 0.0, end
        while True:
            here = [other for other in self.of(int(self._at[link, side])) if other != (link, side)]
            if len(here) != 1:
                return (metres, link, side) if here and metres else None
            link, side = here[0][0], 1 - here[0][1]
            metres += float(self._length_m[link])
            if metres > limit_m or self._oneway[link] == ("FT", "TF")[side == 1]:
                return None


def open_loops(links: Links) -> tuple[Links, int]:
    """Cut every closed loop in two halfway; returns the links and the number of loops.

    A network has no link from a junction to itself; the cut adds a junction
    named after the loop's own.
    """
    loops = np.flatnonzero(links.start == links.end)
    if not len(loops):
        return links, 0
    halves = [_halve(links.lines[k]) for k in loops.tolist()]
    n_junctions = len(links.junction_ids)
    middle = np.arange(n_junctions, n_junctions + len(loops))
    places = shapely.get_coordinates(shapely.get_point([back for _, back in halves], 0))
    taken = set(links.junction_ids.tolist())
    ids = []
    for k in loops.tolist():
        own = str(links.junction_ids[links.start[k]])
        number = 1
        while f"{own}-loop{number}" in taken:
            number += 1
        taken.add(f"{own}-loop{number}")
        ids.append(f"{own}-loop{number}")
    twice = links.rows(np.concatenate([np.arange(len(links.start)), loops]))
    start, end, lines = twice.start.copy(), twice.end.copy(), twice.lines.copy()
    length_m, approach = twice.length_m.copy(), twice.approach.copy()
    second = len(links.start) + np.arange(len(loops))
    end[loops], start[second] = middle, middle
    approach[loops, 1] = approach[second, 0] = ""
    for k, row, (out, back) in zip(loops.tolist(), second.tolist(), halves, strict=True):
        lines[k], lines[row] = out, back
        one, other = lengths_m(np.array([out, back], dtype=object))
        length_m[k] *= one / (one + other)
        length_m[row] *= other / (one + other)
    return replace(
        twice,
        junction_ids=np.concatenate([links.junction_ids, np.array(ids, dtype=str)]),
        lon=np.concatenate([links.lon, places[:, 0]]),
        lat=np.concatenate([links.lat, places[:, 1]]),
        control=np.concatenate([links.control, np.full(len(loops), "", dtype=str)]),
        start=start,
        end=end,
        lines=lines,
        length_m=length_m,
        approach=approach,
    ), len(loops)


def _halve(line: shapely.LineString) -> tuple[shapely.LineString, shapely.LineString]:
    """Cut a line in degrees at the vertex nearest to halfway, or halfway if it has no other."""
    places = shapely.get_coordinates(line)
    if len(places) == 2:
        places = np.array([places[0], places.mean(axis=0), places[1]])
    pieces = shapely.linestrings(np.stack([places[:-1], places[1:]], axis=1))
    along = np.cumsum(lengths_m(pieces))
    at = 1 + int(np.argmin(np.abs(along[:-1] - along[-1] / 2)))
    return shapely.LineString(places[: at + 1]), shapely.LineString(places[at:])
