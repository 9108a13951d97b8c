"""Find dead ends that nearly meet another street, and join them to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeVar

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from zoning.errors import NetworkError
from zoning.roads.streets.build_report import BuildReport, Finding, FindingKind
from zoning.roads.streets.streets import EDGE_COLUMNS, NODE_COLUMNS, Streets

Network = TypeVar("Network", bound=Streets)

NEAR_M: Final = 5.0
"""Default distance within which a dead end is taken for a gap in the map, metres.

A larger one also takes courts that deliberately end beside another street.
"""

# Code of the finding in the build report.
_CODE = "snapped_ends"
_EXAMPLES = 5


def near_misses(network: Streets, *, tolerance_m: float = NEAR_M) -> pd.DataFrame:
    """Dead ends within a distance of another junction that no street joins them to.

    ``tolerance_m``: straight metres. Default 5 (`NEAR_M`).

    Returns columns ``dead_end`` and ``junction`` (ids) and ``metres``, nearest first; two dead
    ends that miss one another are one row.

    Raises `NetworkError` if the distance is not a number above 0.
    """
    ids = np.array(network.node_ids)
    end, other, metres = _near_misses(network, tolerance_m)
    return pd.DataFrame({"dead_end": ids[end], "junction": ids[other], "metres": metres})


def ends_beside_streets(network: Streets, *, tolerance_m: float = NEAR_M) -> pd.DataFrame:
    """Dead ends beside the middle of a street, where the data have no junction.

    `snap_dead_ends` does not join these: the street may pass over the end on a bridge.

    ``tolerance_m``: straight metres. Default 5.

    Returns columns ``dead_end`` (junction id), ``link_id``, ``street`` (its name) and ``metres``,
    nearest first.

    Raises `NetworkError` if the distance is not a number above 0.
    """
    _require_distance(tolerance_m)
    ends = np.flatnonzero(_arms(network) == 1)
    places = shapely.points(network.x[ends], network.y[ends])
    row, link = shapely.STRtree(network.lines).query(
        places, predicate="dwithin", distance=tolerance_m
    )
    beside = np.ones(len(row), dtype=bool)
    for at in network.link_ends():
        away = np.hypot(
            network.x[at[link]] - network.x[ends[row]], network.y[at[link]] - network.y[ends[row]]
        )
        beside &= away > tolerance_m
    row, link = row[beside], link[beside]
    metres = shapely.distance(places[row], network.lines[link])
    order = np.lexsort((link, row, metres))
    names = np.empty(len(network.lines), dtype=network.name.dtype)
    names[network.link_id] = network.name
    return pd.DataFrame(
        {
            "dead_end": np.array(network.node_ids)[ends[row[order]]],
            "link_id": link[order],
            "street": names[link[order]],
            "metres": metres[order],
        }
    )


def snap_dead_ends(
    network: Network, *, tolerance_m: float = NEAR_M
) -> tuple[Network, tuple[tuple[str, str], ...], int]:
    """Make one junction of every near miss; see `zoning.roads.RoadNetwork.snapped`.

    Returns the repaired network; ids of the junctions that became one, the one that stayed first;
    and the number of links dropped because their ends became one.
    """
    end, other, _ = _near_misses(network, tolerance_m)
    n = len(network.node_ids)
    pairs = coo_array((np.ones(len(end)), (end, other)), shape=(n, n))
    _, group = connected_components(pairs, directed=False)
    # Keep the junction where most streets meet; ties go to the first.
    order = np.lexsort((np.arange(n), -_arms(network), group))
    first = np.ones(n, dtype=bool)
    first[1:] = group[order][1:] != group[order][:-1]
    stays = order[first][group]
    gone = np.flatnonzero(stays != np.arange(n))

    start, finish = network.link_ends()
    moved = np.flatnonzero((stays[start] != start) | (stays[finish] != finish))
    lines, longer_m = network.lines.copy(), np.zeros(len(network.lines))
    for k in moved.tolist():
        xy = shapely.get_coordinates(lines[k])
        xy[0] = (network.x[stays[start[k]]], network.y[stays[start[k]]])
        xy[-1] = (network.x[stays[finish[k]]], network.y[stays[finish[k]]])
        lines[k] = shapely.LineString(xy)
        longer_m[k] = lines[k].length - network.lines[k].length
    loops = stays[start] == stays[finish]
    kept_node, kept_link = stays == np.arange(n), ~loops
    kept = kept_link[network.link_id]
    node_at, link_at = np.cumsum(kept_node) - 1, np.cumsum(kept_link) - 1
    link_id = network.link_id[kept]
    before_m = network.length_m[kept]
    changed = longer_m[link_id] != 0.0
    length_m = before_m.copy()
    # A link must not be shorter than its line.
    length_m[changed] = np.maximum(before_m + longer_m[link_id], shapely.length(lines)[link_id])[
        changed
    ]
    names = network.node_ids
    joins = tuple((names[stays[k]], names[k]) for k in gone.tolist())
    nodes = {column: getattr(network, column)[kept_node] for column in NODE_COLUMNS}
    edges = {column: getattr(network, column)[kept] for column in EDGE_COLUMNS}
    edges |= {
        "edge_from": node_at[stays[edges["edge_from"]]],
        "edge_to": node_at[stays[edges["edge_to"]]],
        "length_m": length_m,
        "travel_time_s": edges["travel_time_s"] * (length_m / before_m),
        "link_id": link_at[link_id],
    }
    repaired = replace(
        network,
        node_ids=tuple(np.array(names)[kept_node].tolist()),
        **nodes,
        **edges,
        lines=lines[kept_link],
        report=_add_joins(network.report, joins, tolerance_m),
    )
    return repaired, joins, int(loops.sum())


def _add_joins(
    report: BuildReport | None, joins: Sequence[tuple[str, str]], tolerance_m: float
) -> BuildReport | None:
    """Add the joins to the report, with those made before."""
    if not joins:
        return report
    findings = () if report is None else report.findings
    earlier = sum(f.count for f in findings if f.code == _CODE)
    finding = Finding(
        kind=FindingKind.REPAIRED,
        code=_CODE,
        count=earlier + len(joins),
        words=f"dead ends joined to a junction within {tolerance_m:g} m",
        examples=tuple(f"{gone} to {stays}" for stays, gone in joins[:_EXAMPLES]),
    )
    return BuildReport(findings=(*(f for f in findings if f.code != _CODE), finding))


def _near_misses(
    network: Streets, tolerance_m: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Find positions of dead ends and of the junctions they miss, and the metres between."""
    _require_distance(tolerance_m)
    arms = _arms(network)
    ends = np.flatnonzero(arms == 1)
    places = shapely.points(network.x, network.y)
    near, other = shapely.STRtree(places).query(
        places[ends], predicate="dwithin", distance=tolerance_m
    )
    end = ends[near]
    n = len(network.node_ids)
    joined = np.union1d(
        network.edge_from * n + network.edge_to, network.edge_to * n + network.edge_from
    )
    twice = (arms[other] == 1) & (other < end)
    apart = (end != other) & ~np.isin(end * n + other, joined) & ~twice & (arms[other] > 0)
    end, other = end[apart], other[apart]
    metres = np.hypot(network.x[end] - network.x[other], network.y[end] - network.y[other])
    order = np.lexsort((other, end, metres))
    return end[order], other[order], metres[order]


def _require_distance(tolerance_m: float) -> None:
    if not (math.isfinite(tolerance_m) and tolerance_m > 0):
        raise NetworkError(
            "no near misses can be found", [f"tolerance_m {tolerance_m!r} is not a number above 0"]
        )


def _arms(network: Streets) -> NDArray[np.intp]:
    """Count the links at each junction, shape (n_nodes,)."""
    start, finish = network.link_ends()
    return np.bincount(np.concatenate([start, finish]), minlength=len(network.node_ids))
