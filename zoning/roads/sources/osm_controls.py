"""Signals, signs and roundabouts of OpenStreetMap, each on the approach it stands on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from zoning.roads.sources import osm_tags
from zoning.roads.sources.links import Links
from zoning.roads.sources.merging import ALL_STOP, with_controls_at_approaches

_BY_DIRECTION: Final = {"forward": 1, "backward": 0}
"""The end of a link at which drivers in a direction of its way arrive."""


def with_controls(
    links: Links,
    *,
    node_tags: Mapping[int, Mapping[str, str]],
    way_tags: Sequence[Mapping[str, str]],
) -> Links:
    """The links with what drivers wait for, on the approaches where they wait.

    A signal or mini roundabout at a junction is there for every approach, and so is
    a sign with ``stop=all``. Another sign at a junction is there for the side
    streets: those of lesser class, or whose name does not go through; for all where
    neither tells them apart. On the way to a junction, a signal or sign is there for
    drivers in its ``direction``; without one, for those on the way to the nearer
    junction. Those who enter a roundabout wait for it, those inside do not.

    Parameters
    ----------
    node_tags
        Tags of the junctions that have any of control, by position.
    way_tags
        Tags of the way of each link; links run along their ways.
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
            # A yield sign at a roundabout says what is known already.
            if approach[end] in {"roundabout", "none"} and kind in {"signal", "stop"}:
                approach[end] = kind
            elif waiting and approach[end] == "":
                approach[end] = code
        if not waiting:
            control[node] = code if len(ends) == 2 else kind
    return with_controls_at_approaches(replace(links, control=control, approach=approach))


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
    """Ends of links whose drivers wait at a node; empty if all do, or none can be told."""
    side = _BY_DIRECTION.get(osm_tags.control_direction(tags))
    told = [end for end in ends if end[1] == side]
    if len(ends) > 2 and kind in {"stop", "yield"}:
        minor = _side_streets(ends, way_tags, links)
        if minor:
            return [end for end in minor if end in told] or minor
    # At a place where several ways end, a direction of "the" way says nothing.
    return told if len(told) == 1 else []


def _side_streets(
    ends: list[tuple[int, int]], way_tags: Sequence[Mapping[str, str]], links: Links
) -> list[tuple[int, int]]:
    """Ends of lesser class than a street that goes through, or whose name does not."""
    rank = [osm_tags.rank(way_tags[link]) for link, _ in ends]
    if rank.count(min(rank)) > 1 and min(rank) < max(rank):
        return [end for end, r in zip(ends, rank, strict=True) if r > min(rank)]
    names = [str(links.name[link]) for link, _ in ends]
    through = {name for name in names if name and names.count(name) > 1}
    if len(through) == 1:
        return [end for end, name in zip(ends, names, strict=True) if name not in through]
    return []
