"""Links without a junction between them made one; closed loops made two; signs put right."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from zoning.roads.sources.links import TURNED, Links, lengths_m

BEFORE_JUNCTION_M: Final = 30.0


def merged(links: Links) -> Links:
    """The links with every chain of alike ones made one link.

    Two links become one where they are the only ones at a junction without
    control, and agree in speed, class, area, name and, taken in one direction,
    in one-way code. So every travel time stays what it was, and the geometry is
    kept. A chain runs from that of its two end links that comes first.
    """
    joins = _joins(links)
    chains = _chains(joins)
    if len(chains) == len(links.start):
        return links
    first = np.array([chain[0][0] for chain in chains], dtype=np.intp)
    start, end = first.copy(), first.copy()
    lines = links.lines[first].copy()
    oneway = links.oneway[first].copy()
    length_m = links.length_m[first].copy()
    coordinates, row = shapely.get_coordinates(links.lines, return_index=True)
    bounds = np.searchsorted(row, np.arange(len(links.lines) + 1))
    for k, chain in enumerate(chains):
        (head, head_turned), (tail, tail_turned) = chain[0], chain[-1]
        start[k] = links.end[head] if head_turned else links.start[head]
        end[k] = links.start[tail] if tail_turned else links.end[tail]
        if len(chain) == 1:
            continue
        parts = [
            coordinates[bounds[link] : bounds[link + 1]][:: -1 if turned else 1]
            for link, turned in chain
        ]
        lines[k] = shapely.linestrings(
            np.concatenate([parts[0], *(part[1:] for part in parts[1:])])
        )
        length_m[k] = links.length_m[[link for link, _ in chain]].sum()
        if head_turned:
            oneway[k] = TURNED[str(oneway[k])]
    return replace(
        links.rows(first), start=start, end=end, lines=lines, length_m=length_m, oneway=oneway
    ).used_junctions()


@dataclass(frozen=True, slots=True, eq=False)
class _Joins:
    """What follows each end of each link; shape (n_links, 2), end 0 is its start.

    ``link`` is -1 where a chain ends; ``side`` is the end of that link.
    """

    link: NDArray[np.intp]
    side: NDArray[np.intp]


def _joins(links: Links) -> _Joins:
    n = len(links.start)
    follows = _Joins(np.full((n, 2), -1, dtype=np.intp), np.zeros((n, 2), dtype=np.intp))
    junction = np.concatenate([links.start, links.end])
    order = np.argsort(junction, kind="stable")
    counts = np.bincount(junction, minlength=len(links.junction_ids))
    pairs = np.flatnonzero((counts == 2) & (links.control == ""))
    at = np.searchsorted(junction[order], pairs)
    one, other = order[at], order[at + 1]
    a, a_side, b, b_side = one % n, one // n, other % n, other // n
    turned = np.array([TURNED[code] for code in links.oneway.tolist()], dtype=str)
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
    follows.link[a, a_side], follows.side[a, a_side] = b, b_side
    follows.link[b, b_side], follows.side[b, b_side] = a, a_side
    return follows


def _chains(follows: _Joins) -> list[list[tuple[int, bool]]]:
    """Every link once, in chains of (link, taken against its line), by first link."""
    link_after, side_after = follows.link.tolist(), follows.side.tolist()
    seen = [False] * len(link_after)
    chains = []
    rings = []
    for k, after in enumerate(link_after):
        if -1 not in after:
            rings.append(k)
        elif not seen[k]:
            chains.append(_walk(k, 0 if after[0] == -1 else 1, link_after, side_after, seen))
    chains += [_walk(k, 0, link_after, side_after, seen) for k in rings if not seen[k]]
    return sorted(chains)


def _walk(
    link: int,
    entered: int,
    link_after: list[list[int]],
    side_after: list[list[int]],
    seen: list[bool],
) -> list[tuple[int, bool]]:
    """The chain entered by one end of a link, up to where it ends or closes."""
    chain = []
    while link != -1 and not seen[link]:
        seen[link] = True
        chain.append((link, entered == 1))
        link, entered = link_after[link][1 - entered], side_after[link][1 - entered]
    return chain


def with_controls_at_junctions(links: Links) -> Links:
    """The links with every sign or signal just before a junction moved to it.

    Mappers put them where drivers stop: on the street, at a node where nothing
    else meets. It goes to the nearer end of the two links there, if that is a
    junction of three links or more, at most 30 m away (our choice), which has no
    control yet; else it stays.
    """
    meeting = np.bincount(
        np.concatenate([links.start, links.end]), minlength=len(links.junction_ids)
    )
    control = links.control.copy()
    before = (meeting == 2) & (control != "")
    near = np.flatnonzero(
        (links.length_m <= BEFORE_JUNCTION_M)
        & (
            (before[links.start] & (meeting[links.end] >= 3))
            | (before[links.end] & (meeting[links.start] >= 3))
        )
    )
    for k in near[np.argsort(links.length_m[near], kind="stable")].tolist():
        start, end = int(links.start[k]), int(links.end[k])
        sign, junction = (start, end) if before[start] else (end, start)
        if control[sign] != "" and control[junction] in {"", control[sign]}:
            control[junction], control[sign] = control[sign], ""
    return replace(links, control=control)


def opened(links: Links) -> tuple[Links, int]:
    """The links with every closed loop cut in two halfway, and how many there were.

    A network has no link from a junction to itself; the cut adds a junction
    named after the loop's own.
    """
    loops = np.flatnonzero(links.start == links.end)
    if not len(loops):
        return links, 0
    halves = [_halved(links.lines[k]) for k in loops.tolist()]
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
    length_m = twice.length_m.copy()
    second = len(links.start) + np.arange(len(loops))
    end[loops], start[second] = middle, middle
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
    ), len(loops)


def _halved(line: shapely.LineString) -> tuple[shapely.LineString, shapely.LineString]:
    """A line in degrees cut at the vertex nearest to halfway, or halfway if it has no other."""
    places = shapely.get_coordinates(line)
    if len(places) == 2:
        places = np.array([places[0], places.mean(axis=0), places[1]])
    pieces = shapely.linestrings(np.stack([places[:-1], places[1:]], axis=1))
    along = np.cumsum(lengths_m(pieces))
    at = 1 + int(np.argmin(np.abs(along[:-1] - along[-1] / 2)))
    return shapely.LineString(places[: at + 1]), shapely.LineString(places[at:])
