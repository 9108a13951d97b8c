"""Read OpenStreetMap extracts, edited files and answers of Overpass, offline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from zoning.errors import NetworkError, typed
from zoning.roads.road_network import RoadNetwork
from zoning.roads.sources import osm_tags
from zoning.roads.sources.files import CHANGE_ENDINGS, OSM_ENDINGS, unpack
from zoning.roads.sources.finishing import finish_network, require_streets
from zoning.roads.sources.links import (
    ALL_STOP,
    CONTROL_TYPE,
    Links,
    lengths_m,
    move_controls_to_approaches,
)
from zoning.roads.sources.options import BuildOptions
from zoning.roads.sources.osm_files import (
    WHOLE_QUERY,
    Node,
    OsmFile,
    Way,
    looks_like_overpass_json,
    read_nodes,
    read_ways,
)
from zoning.roads.streets.build_report import FindingKind, ReportDraft, value_counts


@typed
def read_openstreetmap(
    path: str | Path,
    *,
    options: BuildOptions | None = None,
    source: str | None = None,
) -> RoadNetwork:
    """Build a street network from an OpenStreetMap extract; its ``report`` lists all repairs.

    Ways of a street class (`zoning.roads.sources.classes`) that are open to cars
    are cut where they share a node, and joined again where nothing else meets
    them. One-way streets, motorways and roundabouts are one-way; limits are read
    with their unit. Signals, stop and yield signs are kept for the approach they
    stand on (``approach``), or for the junction (``control``). Turn restrictions,
    barriers, ferries, and limits, directions and access that hold for one
    direction, lane or time are counted, not modelled.

    Files of an editor (new objects with negative ids, deleted ones with
    ``action='delete'``), of Overpass (ways before nodes, places on the ways) and
    of an object's history are read: what was deleted is left out, and of several
    versions the newest counts.

    Needs the extra ``osm``, except for JSON.

    Parameters
    ----------
    path
        ``.osm`` (XML, also with ``.gz`` or ``.bz2``), ``.osm.pbf``, ``.pbf``,
        ``.osh``, or Overpass's JSON (``.osm.json``, ``.json``); read only.
    options
        What to keep, and what to put where the map says nothing. Links are
        merged unless it says not to.
    source
        Where the streets come from, in words for a planner; the file's name if
        None.

    Raises
    ------
    NetworkError
        If the extra is missing; if the file is missing, is cut short (unless
        exactly between two blocks of a ``.pbf``, which cannot be noticed), is not
        what its ending says, holds changes instead of a map, is an answer that
        the map server did not finish, or holds no street or no place for them.
    """
    choices = options if options is not None else BuildOptions()
    draft = ReportDraft()
    with unpack(Path(path)) as place:
        if not is_openstreetmap(place):
            raise NetworkError(
                f"{place}: an OpenStreetMap extract ends in {', '.join(OSM_ENDINGS)}",
                remedy="Give the file its proper ending.",
            )
        found, data = read_ways(place)
        links = _links(found, data, choices, draft)
    return finish_network(
        links,
        options=choices,
        merge=True,
        draft=draft,
        source=source if source is not None else f"OpenStreetMap extract {place.name}",
        attribution=osm_tags.ATTRIBUTION,
    )


def is_openstreetmap(path: Path) -> bool:
    """True if a file is OpenStreetMap's by its ending or its first characters."""
    name = path.name.lower()
    return name.endswith((*OSM_ENDINGS, *CHANGE_ENDINGS)) or (
        name.endswith(".json") and looks_like_overpass_json(path)
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Runs:
    """Nodes with coordinates, in the order of the ways: ``node`` is the id, ``places`` degrees.

    A way is one run of them, or more where the file leaves nodes out; ``run`` and
    ``way`` are the numbers of each node's.
    """

    run: NDArray[np.intp]
    way: NDArray[np.intp]
    node: NDArray[np.int64]
    places: NDArray[np.float64]


def _links(found: OsmFile, data: Any, options: BuildOptions, draft: ReportDraft) -> Links:
    file = found.path.name
    ways = list(found.ways.values())
    _count_read(found, draft)
    kept, ours = osm_tags.select_streets([way.tags for way in ways], options, draft)
    ways = [ways[k] for k in kept]
    tags = [way.tags for way in ways]
    require_streets(len(ways), draft, file)
    if not any(any(way.nodes) for way in ways):
        raise NetworkError(
            f"{file}: the streets do not say which nodes they run through",
            remedy=f"Ask Overpass for whole streets: {WHOLE_QUERY}",
        )
    nodes = read_nodes(found, data, set(chain.from_iterable(way.nodes for way in ways)))
    runs = _runs(found, ways, nodes, draft)
    _count_unmodelled(found, ways, nodes, draft)

    is_cut = _cuts(runs.run, runs.node)
    awaited = [i for i, node in nodes.items() if node.tags and osm_tags.control_of(node.tags)]
    is_cut |= np.isin(runs.node, awaited)
    cut = np.flatnonzero(is_cut)
    piece = np.flatnonzero(runs.run[cut[:-1]] == runs.run[cut[1:]])
    first, last = cut[piece], cut[piece + 1]
    lines = _lines(runs.places, first, last)
    long_enough = shapely.length(lines) > 0
    short = int((~long_enough).sum())
    draft.add(FindingKind.LEFT_OUT, "zero_length", "pieces of way of no length", short)
    first, last, lines = first[long_enough], last[long_enough], lines[long_enough]
    ids, at, ends = np.unique(
        np.concatenate([runs.node[first], runs.node[last]]), return_index=True, return_inverse=True
    )
    where = runs.places[np.concatenate([first, last])[at]]
    of = runs.way[first]
    links = Links(
        junction_ids=ids.astype(str),
        lon=where[:, 0].copy(),
        lat=where[:, 1].copy(),
        control=np.full(len(ids), "", dtype=CONTROL_TYPE),
        start=ends.ravel()[: len(first)].astype(np.intp),
        end=ends.ravel()[len(first) :].astype(np.intp),
        lines=lines,
        length_m=lengths_m(lines),
        oneway=osm_tags.directions_of(tags, draft)[of],
        kph=osm_tags.kph_of_tags([t.get("maxspeed", "") for t in tags], options, draft)[of],
        road_class=ours[of],
        area=np.full(len(of), ""),
        name=np.array([osm_tags.street_name(t) for t in tags], dtype=str)[of],
    )
    junction = {i: k for k, i in enumerate(ids.tolist())}
    return place_controls(
        links,
        node_tags={junction[i]: nodes[i].tags for i in sorted(awaited) if i in junction},
        way_tags=[tags[k] for k in of.tolist()],
    )


def _count_read(found: OsmFile, draft: ReportDraft) -> None:
    file, left_out = found.path.name, FindingKind.LEFT_OUT
    draft.add(FindingKind.READ, "ways", f"ways of a street class in {file}", len(found.ways))
    osm_tags.count_other_ways(found.others, draft)
    ferries = "ferry lines, left out: no drive crosses the water on them"
    draft.add(left_out, "ferries", ferries, found.ferries)
    deleted = "objects that an editor or the map's history deleted"
    draft.add(left_out, "deleted", deleted, found.deleted)


def _runs(found: OsmFile, ways: list[Way], nodes: dict[int, Node], draft: ReportDraft) -> _Runs:
    sizes = np.array([len(way.nodes) for way in ways], dtype=np.intp)
    node = np.fromiter(chain.from_iterable(way.nodes for way in ways), np.int64, sizes.sum())
    way = np.repeat(np.arange(len(ways)), sizes)
    places = np.full((len(node), 2), np.nan)
    if found.has_places:
        given = [way.places or [None] * len(way.nodes) for way in ways]
        at = [(np.nan, np.nan) if one is None else one for one in chain.from_iterable(given)]
        places[: len(at)] = np.array(at, dtype=np.float64).reshape(-1, 2)
    if nodes:
        ids = np.fromiter(nodes, np.int64, len(nodes))
        table = np.array([(one.lon, one.lat) for one in nodes.values()], dtype=np.float64)
        order = np.argsort(ids)
        row = order[np.searchsorted(ids[order], node).clip(max=len(ids) - 1)]
        known = ids[row] == node
        places[known] = table[row[known]]
    is_there = np.isfinite(places).all(axis=1)
    if not is_there.any():
        raise NetworkError(
            f"{found.path.name}: the file has streets but no places for them",
            [
                f"{len(ways):,} streets run through {len(np.unique(node)):,} nodes, none of "
                "which is in the file"
            ],
            "Save the nodes too, or ask Overpass for whole streets: " + WHOLE_QUERY,
        )
    draft.add(
        FindingKind.LEFT_OUT,
        "missing_nodes",
        "places on ways that the extract leaves out, at its edge",
        int((~is_there).sum()),
    )
    draft.add(
        FindingKind.NOT_MODELLED,
        "no_nodes",
        "streets whose places stand on the ways, in a file without nodes: signals, signs and "
        "barriers are not known",
        0 if nodes else len(ways),
    )
    # A run ends at the end of its way, and before a node without coordinates.
    breaks = np.ones(len(node), dtype=bool)
    breaks[1:] = (way[1:] != way[:-1]) | ~is_there[:-1] | ~is_there[1:]
    again = np.zeros(len(node), dtype=bool)
    again[1:] = ~breaks[1:] & (node[1:] == node[:-1])
    used = is_there & ~again
    run = (np.cumsum(breaks) - 1)[used]
    way, node, places = way[used], node[used], places[used]
    inside = np.bincount(run)[run] > 1
    return _Runs(run[inside], way[inside], node[inside], places[inside])


def _cuts(run: NDArray[np.intp], node: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Cut runs at their ends and at nodes that occur more than once in all runs."""
    _, position, passes = np.unique(node, return_inverse=True, return_counts=True)
    changes = run[1:] != run[:-1]
    is_cut = np.asarray(passes[position.ravel()] > 1)
    is_cut[1:] |= changes
    is_cut[:-1] |= changes
    is_cut[:1] = is_cut[-1:] = True
    return is_cut


def _lines(
    places: NDArray[np.float64], first: NDArray[np.intp], last: NDArray[np.intp]
) -> NDArray[Any]:
    """Make lines through the places from each first to each last, both included."""
    sizes = last - first + 1
    row = np.repeat(np.arange(len(first)), sizes)
    at = np.arange(len(row)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + first[row]
    return np.asarray(shapely.linestrings(places[at], indices=row))


def _count_unmodelled(
    found: OsmFile, ways: list[Way], nodes: dict[int, Node], draft: ReportDraft
) -> None:
    barriers = [node.tags.get("barrier", "") for node in nodes.values() if node.tags]
    barriers = [kind for kind in barriers if kind in osm_tags.BARRIERS]
    draft.add(
        FindingKind.REPAIRED,
        "repeated",
        "objects that the file holds more than once, of which the newest version counts",
        found.repeated,
    )
    ignored = FindingKind.NOT_MODELLED
    draft.add(ignored, "turn_restrictions", "turn restrictions, ignored", found.restrictions)
    gates = "gates and other barriers on streets, driven through"
    draft.add(ignored, "barriers", gates, len(barriers), value_counts(barriers))
    osm_tags.count_conditions([way.tags for way in ways], draft)


_BY_DIRECTION: Final = {"forward": 1, "backward": 0}
"""The end of a link where drivers in each direction of its way arrive."""


def place_controls(
    links: Links,
    *,
    node_tags: Mapping[int, Mapping[str, str]],
    way_tags: Sequence[Mapping[str, str]],
) -> Links:
    """Put signals, signs and roundabouts on the approaches where drivers wait.

    A signal or mini roundabout at a junction is there for every approach, and so is
    a sign with ``stop=all``. Another sign at a junction is there for the side
    streets: those of lesser class, or whose name does not go through; for all where
    neither distinguishes them. On the way to a junction, a signal or sign is there for
    drivers in its ``direction``; without one, for those on the way to the nearer
    junction. Those who enter a roundabout wait for it, those inside do not.

    ``node_tags``: tags of the junctions with a control, by position.
    ``way_tags``: tags of the way of each link; links run along their ways.
    """
    control, approach = links.control.copy(), links.approach.copy()
    junction = np.stack([links.start, links.end], axis=1)
    _add_roundabouts(junction, way_tags, approach)
    order = np.argsort(junction.ravel(), kind="stable")
    bounds = np.searchsorted(junction.ravel()[order], np.arange(len(control) + 1))
    for node, tags in node_tags.items():
        kind = osm_tags.control_of(tags)
        if not kind:
            continue
        ends = [divmod(int(k), 2) for k in order[bounds[node] : bounds[node + 1]]]
        for_all = kind == "stop" and osm_tags.is_for_all(tags)
        waiting = [] if for_all and len(ends) > 2 else _waiting(ends, kind, tags, way_tags, links)
        code = ALL_STOP if for_all else kind
        for end in waiting or ends:
            # At a roundabout a yield sign adds nothing.
            if approach[end] in {"roundabout", "none"} and kind in {"signal", "stop"}:
                approach[end] = kind
            elif waiting and approach[end] == "":
                approach[end] = code
        if not waiting:
            control[node] = code if len(ends) == 2 else kind
    return move_controls_to_approaches(replace(links, control=control, approach=approach))


def _add_roundabouts(
    junction: NDArray[np.intp],
    way_tags: Sequence[Mapping[str, str]],
    approach: NDArray[np.str_],
) -> None:
    round_ = np.array([osm_tags.is_round(tags) for tags in way_tags], dtype=bool)
    on_ring = np.zeros(junction.max(initial=0) + 1, dtype=bool)
    on_ring[junction[round_]] = True
    approach[on_ring[junction] & ~round_[:, None]] = "roundabout"
    approach[round_] = "none"


def _waiting(
    ends: list[tuple[int, int]],
    kind: str,
    tags: Mapping[str, str],
    way_tags: Sequence[Mapping[str, str]],
    links: Links,
) -> list[tuple[int, int]]:
    """Find the ends of links whose drivers wait at a node; empty if all do or it is unknown."""
    side = _BY_DIRECTION.get(osm_tags.control_direction(tags))
    ahead = [end for end in ends if end[1] == side]
    if len(ends) > 2 and kind in {"stop", "yield"}:
        minor = _side_streets(ends, way_tags, links)
        if minor:
            return [end for end in minor if end in ahead] or minor
    # Where several ways end, the tagged direction of "the" way is ambiguous.
    return ahead if len(ahead) == 1 else []


def _side_streets(
    ends: list[tuple[int, int]], way_tags: Sequence[Mapping[str, str]], links: Links
) -> list[tuple[int, int]]:
    """Find ends of a lower class than the through street, or of another name."""
    rank = [osm_tags.rank(way_tags[link]) for link, _ in ends]
    if rank.count(min(rank)) > 1 and min(rank) < max(rank):
        return [end for end, r in zip(ends, rank, strict=True) if r > min(rank)]
    names = [str(links.name[link]) for link, _ in ends]
    through = {name for name in names if name and names.count(name) > 1}
    if len(through) == 1:
        return [end for end, name in zip(ends, names, strict=True) if name not in through]
    return []
