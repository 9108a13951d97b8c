"""Travel-time matrices: which engine computes them, and where they are kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, get_args

import geopandas as gpd

from zoning.errors import NetworkError
from zoning.roads.travel import hub_labels as labels
from zoning.roads.travel import routing
from zoning.roads.travel.access import AccessLegs, points_of, reach
from zoning.roads.travel.matrix_cache import MatrixCache, Tables
from zoning.roads.travel.profiles import Profile, profile_named
from zoning.roads.travel.travel_times import TravelTimes
from zoning.roads.travel.turns import delays_meaning, speeds_meaning

if TYPE_CHECKING:
    from zoning.roads.road_network import RoadNetwork

Engine = Literal["auto", "dijkstra", "hierarchy"]
"""Ways to compute a matrix (see `zoning.roads.RoadNetwork.travel_times`)."""

AUTO_FROM: Final = 30
"""Buildings from which ``'auto'`` takes the hierarchy.

Both engines take time in proportion to the junctions, Dijkstra's algorithm to the buildings
too. Measured with three profiles: even at 10 to 30 buildings on 3,000 to 60,000 junctions.
"""


def travel_times(
    network: RoadNetwork,
    schools: gpd.GeoDataFrame,
    *,
    profile: str | Profile,
    max_access_m: float,
    engine: Engine,
    cache: bool | str | Path,
) -> TravelTimes:
    """The matrix of `zoning.roads.RoadNetwork.travel_times`, computed or kept from before."""
    if engine not in get_args(Engine):
        raise NetworkError(
            f"no engine is called {engine!r}", [f"known: {', '.join(get_args(Engine))}"]
        )
    chosen = profile_named(profile)
    legs = reach(network, points_of(schools), max_access_m=max_access_m)
    kept_at = MatrixCache.at(cache)
    if kept_at is None:
        tables = matrix(network, legs, chosen, engine)
    else:
        key = MatrixCache.key(network, legs, chosen)
        found = kept_at.load(key)
        tables = matrix(network, legs, chosen, engine) if found is None else found
        if found is None:
            kept_at.store(key, tables)
    times = TravelTimes(
        ids=legs.ids,
        seconds=tables[0],
        metres=tables[1],
        profile=chosen.name,
        source=f"streets: {network.source}; speeds: {speeds_meaning(network)}; "
        f"{delays_meaning(network, chosen)}; "
        f"profile {chosen.name.replace('_', ' ')}: {chosen.note}",
        driving=chosen,
    )
    routing.warn_unreachable(times)
    return times


def matrix(network: RoadNetwork, legs: AccessLegs, profile: Profile, engine: Engine) -> Tables:
    """Seconds and metres between all buildings, shape (n, n) each, ``inf`` for no way."""
    if engine == "hierarchy" or (engine == "auto" and len(legs.ids) >= AUTO_FROM):
        return labels.matrix(network, legs, profile)
    return routing.matrix(network, legs, profile)
