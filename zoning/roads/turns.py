"""What junctions cost: their kinds, and the seconds a profile charges for them.

A delay belongs to a junction and the class of road it is reached from. The
direction of a turn is not known to it: a left turn costs no more than a right turn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from zoning.roads.profiles import ANY, Profile

if TYPE_CHECKING:
    from zoning.roads.network import RoadNetwork


def junction_kinds(network: RoadNetwork) -> NDArray[np.str_]:
    """The kind of every junction, shape (n_nodes,).

    ``'signal'``, ``'stop'``, ``'yield'``, ``'roundabout'`` where the data say so
    (``network.control``); otherwise ``'crossing'`` where four or more streets meet
    and ``'fork'`` where three do; ``''`` where nothing need be waited for: bends,
    ends, junctions of freeways and ramps alone, and those the data call free.
    """
    neighbours = np.unique(
        np.concatenate(
            [
                np.stack([network.edge_from, network.edge_to], axis=1),
                np.stack([network.edge_to, network.edge_from], axis=1),
            ]
        ),
        axis=0,
    )[:, 0]
    arms = np.bincount(neighbours, minlength=len(network.node_ids))
    on_streets = ~np.isin(network.road_class, network.speeds.no_access_from)
    street = np.zeros(len(network.node_ids), dtype=bool)
    street[network.edge_from[on_streets]] = True
    street[network.edge_to[on_streets]] = True
    kinds = np.where(arms >= 4, "crossing", np.where(arms == 3, "fork", "")).astype("U10")
    kinds[~street] = ""
    known = network.control != ""
    kinds[known] = network.control[known]
    kinds[network.control == "none"] = ""
    return kinds


def junction_delays(network: RoadNetwork, profile: Profile) -> NDArray[np.float64]:
    """Seconds lost where each edge ends, shape (n_edges,)."""
    seconds = np.zeros(len(network.edge_to))
    if not profile.delays:
        return seconds
    kind = junction_kinds(network)[network.edge_to]
    for junction, road_class, delay in profile.delays:
        seconds[(kind == junction) & ((network.road_class == road_class) | (road_class == ANY))] = (
            delay
        )
    return seconds
