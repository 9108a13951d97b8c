"""What junctions cost: their kinds, and the seconds a profile charges for them.

A delay belongs to an approach, which is the end of a directed edge, and to the class
of road of that edge. The direction of a turn is not known to it: a left turn costs no
more than a right turn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from zoning.roads.travel.profiles import ANY, Profile

if TYPE_CHECKING:
    from zoning.roads.road_network import RoadNetwork

ONE_CROSSING_M: Final = 40.0
"""Longest link inside one crossing with signals, metres: our choice.

Where a divided road crosses, the carriageways lie up to about 40 m apart, and each
has a junction of its own; two crossings with signals of their own are hardly ever
closer than 60 m.
"""


def junction_kinds(network: RoadNetwork) -> NDArray[np.str_]:
    """The kind of every junction, shape (n_nodes,).

    ``'signal'``, ``'stop'``, ``'yield'``, ``'roundabout'`` where the data say so
    (``network.control``); otherwise ``'crossing'`` where four or more streets meet
    and ``'fork'`` where three do, service roads not counted; ``''`` where nothing need
    be waited for: bends, ends, junctions of freeways and ramps alone, and those the
    data call free.
    """
    # Traffic on a street does not wait for an alley: service roads are no arms.
    is_arm = network.road_class != "service"
    one, other = network.edge_from[is_arm], network.edge_to[is_arm]
    n = len(network.node_ids)
    # A neighbour counts once: as one number a pair, a tenth of the time of two columns.
    pairs = np.unique(np.concatenate([one * n + other, other * n + one]))
    arms = np.bincount(pairs // n, minlength=n)
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


def approach_kinds(network: RoadNetwork) -> NDArray[np.str_]:
    """What is waited for where each edge ends, shape (n_edges,); the kinds of `junction_kinds`.

    The sign or signal of the approach where one is known (``network.approach``),
    else the kind of the junction. One crossing with signals is waited for once: an
    edge of at most 40 m between two junctions with signals lies inside it.
    """
    kinds = junction_kinds(network)[network.edge_to]
    known = network.approach != ""
    kinds[known] = network.approach[known]
    kinds[network.approach == "none"] = ""
    has_signals = np.zeros(len(network.node_ids), dtype=bool)
    has_signals[network.edge_to[kinds == "signal"]] = True
    inside = has_signals[network.edge_from] & has_signals[network.edge_to]
    kinds[inside & (network.length_m <= ONE_CROSSING_M)] = ""
    return kinds


def junction_delays(network: RoadNetwork, profile: Profile) -> NDArray[np.float64]:
    """Seconds lost where each edge ends, shape (n_edges,).

    A profile without delays of its own loses the default ones, on the edges whose
    speed is a posted limit.
    """
    seconds = np.zeros(len(network.edge_to))
    free = network.includes_stops if profile.delays is None else np.zeros(len(seconds), dtype=bool)
    delays = profile.default_delays() if profile.delays is None else profile.delays
    if free.all() or not delays:
        return seconds
    kind = approach_kinds(network)
    for junction, road_class, delay, area in delays:
        at = (kind == junction) | ((junction == ANY) & (kind != ""))
        at &= (network.road_class == road_class) | (road_class == ANY)
        seconds[at & ((network.area == area) | (area == ANY))] = delay
    seconds[free] = 0.0
    return seconds


def with_own_delays(network: RoadNetwork, profile: Profile) -> Profile:
    """The profile with the delays it has on a network as its own."""
    if profile.delays is not None:
        return profile
    return profile.with_delays(() if network.includes_stops.all() else profile.default_delays())


def speeds_meaning(network: RoadNetwork) -> str:
    """What the speeds of a network are and where they come from, in words for a planner."""
    share = float(network.speed_given.mean())
    if not share:
        return network.speeds.note
    kind = "measured, stops included" if network.given_include_stops else "posted limits"
    return f"{share:.0%} with the data, {kind}; {network.speeds.note}"


def delays_meaning(network: RoadNetwork, profile: Profile) -> str:
    """Which delays at junctions a profile has on a network, in words for a planner."""
    default = "default delays at signals, signs and crossings"
    if profile.delays is None:
        free = network.includes_stops
        if free.all():
            return "no delays at junctions, since the speeds include stops"
        return f"{default} on streets whose speed is a posted limit" if free.any() else default
    if not any(delay.seconds for delay in profile.delays):
        return "no delays at junctions"
    return default if profile.delays == profile.default_delays() else "delays of the profile's own"
