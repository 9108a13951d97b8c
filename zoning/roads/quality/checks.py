"""What can be wrong with a street network, each check one table."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from zoning.roads.streets.antimeridian import metric_crs
from zoning.roads.travel.access import AccessLegs, joined
from zoning.roads.travel.hub_labels import edges_of_links
from zoning.roads.travel.matrices import matrix
from zoning.roads.travel.profiles import PROFILES
from zoning.units import METRES_PER_MILE

if TYPE_CHECKING:
    from zoning.roads.road_network import RoadNetwork

BAND_MILES: Final = (0.0, 1.0, 3.0, 5.0, 10.0, np.inf)
"""Edges of the bands of straight distance, miles."""


class SpeedRange(NamedTuple):
    """Speeds that raise no question on a class of road, km/h."""

    lowest: float
    highest: float


PLAUSIBLE_KPH: Final[Mapping[str, SpeedRange]] = MappingProxyType(
    {
        "freeway": SpeedRange(40, 130),
        "arterial": SpeedRange(15, 110),
        "collector": SpeedRange(15, 100),
        "ramp": SpeedRange(15, 110),
        "local": SpeedRange(8, 90),
        "service": SpeedRange(5, 60),
    }
)
"""Speeds that raise no question, km/h: a default of ours, wide on purpose.

The highest posted limits of the United States are 137 km/h (85 mph, one toll road
in Texas) on freeways and 121 km/h (75 mph) on other roads.
"""

ANY_CLASS_KPH: Final = SpeedRange(5, 130)
"""Speeds that raise no question on a class that `PLAUSIBLE_KPH` does not list, km/h."""


def components(network: RoadNetwork) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Parts of the network that hang together, and which junctions are in the largest.

    Returns
    -------
    tuple
        One row a part in which one can drive from every junction to every other
        (``strong``, largest first): ``junctions``, ``kilometres`` of links inside,
        and ``whole``, the number of the part it belongs to when directions are
        ignored; and shape (n_nodes,), True in the largest strong part.
    """
    n = len(network.node_ids)
    edges = coo_array(
        (np.ones(len(network.edge_from)), (network.edge_from, network.edge_to)), shape=(n, n)
    )
    linked = np.unique(np.concatenate([network.edge_from, network.edge_to]))
    _, strong = connected_components(edges, connection="strong")
    _, weak = connected_components(edges, connection="weak")
    start, end = network.link_ends()
    length_m = np.zeros(len(network.lines))
    length_m[network.link_id] = network.length_m
    inside = strong[start] == strong[end]
    km = np.bincount(strong[start[inside]], length_m[inside] / 1000.0, minlength=strong.max() + 1)
    frame = pd.DataFrame({"part": strong[linked], "whole": weak[linked]})
    table = (
        frame.groupby("part", sort=True)["whole"]
        .agg(["size", "first"])
        .reset_index()
        .rename(columns={"size": "junctions", "first": "whole"})
    )
    table["kilometres"] = km[table["part"]]
    table = table.sort_values(["junctions", "part"], ascending=[False, True], kind="stable")
    largest = strong == table["part"].iloc[0]
    wholes = {whole: k for k, whole in enumerate(table["whole"].unique().tolist())}
    return (
        pd.DataFrame(
            {
                "junctions": table["junctions"].to_numpy(),
                "kilometres": table["kilometres"].to_numpy(),
                "whole": [wholes[w] for w in table["whole"].tolist()],
            }
        ).rename_axis("strong"),
        largest,
    )


def access(
    network: RoadNetwork, legs: AccessLegs, in_largest: NDArray[np.bool_], *, max_access_m: float
) -> pd.DataFrame:
    """How each school meets the streets, one row a building.

    Returns
    -------
    DataFrame
        Index ``building_id``; ``straight_m`` to the nearest street, ``leg_m``
        driven, ``road_class``, ``street`` (its name), ``too_far``, ``can_leave``
        and ``can_be_reached``: whether one can drive from there to the largest
        part of the network, and from that part there.
    """
    edge_of = edges_of_links(network)[:, legs.link]
    there = edge_of >= 0
    leaves = (there & in_largest[network.edge_to[edge_of]]).any(axis=0)
    arrives = (there & in_largest[network.edge_from[edge_of]]).any(axis=0)
    edge = np.where(there[1], edge_of[1], edge_of[0])
    return pd.DataFrame(
        {
            "straight_m": legs.straight_m,
            "leg_m": legs.metres,
            "road_class": network.road_class[edge],
            "street": network.name[edge],
            "too_far": legs.straight_m > max_access_m,
            "can_leave": leaves,
            "can_be_reached": arrives,
        },
        index=pd.Index(legs.ids, name="building_id"),
    )


def suspicious_speeds(network: RoadNetwork) -> pd.DataFrame:
    """Links whose speed is outside `PLAUSIBLE_KPH`.

    Returns
    -------
    DataFrame
        Index ``link_id``; ``speed_kph``, ``lowest``, ``highest``, ``road_class``,
        ``name``, ``length_m``, ``speed_given``; the fastest of both directions if
        that is too fast, else the slowest.
    """
    ranges = {c: PLAUSIBLE_KPH.get(c, ANY_CLASS_KPH) for c in np.unique(network.road_class)}
    lowest = np.array([ranges[c].lowest for c in network.road_class.tolist()])
    highest = np.array([ranges[c].highest for c in network.road_class.tolist()])
    odd = np.flatnonzero((network.speed_kph < lowest) | (network.speed_kph > highest))
    odd = odd[np.lexsort((-network.speed_kph[odd], network.link_id[odd]))]
    _, first = np.unique(network.link_id[odd], return_index=True)
    odd = odd[first]
    return pd.DataFrame(
        {
            "speed_kph": network.speed_kph[odd],
            "lowest": lowest[odd],
            "highest": highest[odd],
            "road_class": network.road_class[odd],
            "name": network.name[odd],
            "length_m": network.length_m[odd],
            "speed_given": network.speed_given[odd],
        },
        index=pd.Index(network.link_id[odd], name="link_id"),
    )


def classes(network: RoadNetwork) -> pd.DataFrame:
    """Share of links and of length by class, and how many of the speeds are guessed.

    Returns
    -------
    DataFrame
        Index ``road_class``, longest first; ``links``, ``kilometres``,
        ``share_of_links``, ``share_of_length``, ``guessed_share`` (of length) and
        ``mean_kph`` (over length).
    """
    _, first = np.unique(network.link_id, return_index=True)
    km = network.length_m[first] / 1000.0
    frame = pd.DataFrame(
        {
            "road_class": network.road_class[first],
            "links": 1,
            "kilometres": km,
            "guessed": km * ~network.speed_given[first],
            "kph_km": km * network.speed_kph[first],
        }
    )
    table = frame.groupby("road_class", sort=True).sum()
    table = table.sort_values("kilometres", ascending=False, kind="stable")
    return pd.DataFrame(
        {
            "links": table["links"],
            "kilometres": table["kilometres"],
            "share_of_links": table["links"] / table["links"].sum(),
            "share_of_length": table["kilometres"] / table["kilometres"].sum(),
            "guessed_share": table["guessed"] / table["kilometres"],
            "mean_kph": table["kph_km"] / table["kilometres"],
        }
    )


def pair_detours(network: RoadNetwork, points: gpd.GeoDataFrame) -> pd.DataFrame:
    """Shortest metres driven over straight metres for every two buildings apart.

    Parameters
    ----------
    points
        Index of ids, Point geometry; none too far from the streets.

    Returns
    -------
    DataFrame
        ``origin_id``, ``destination_id``, ``straight_m``, ``driven_m`` (``inf`` for
        no way) and ``index``, their ratio; one row for both directions, the longer
        of them. Pairs less than a metre apart have no index and are left out.
    """
    legs, _ = joined(network, points, max_access_m=np.inf)
    # At a second a metre the quickest way is the shortest.
    level = replace(network, travel_time_s=network.length_m.copy())
    _, metres = matrix(level, legs, PROFILES["free_flow"].with_delays(()), "auto")
    metres = np.maximum(metres, metres.T)
    places = points.geometry.to_crs(metric_crs(points))
    x, y = places.x.to_numpy(), places.y.to_numpy()
    straight = np.hypot(x[:, None] - x, y[:, None] - y)
    i, j = np.nonzero(np.triu(straight >= 1.0))
    ids = points.index.to_numpy()
    return pd.DataFrame(
        {
            "origin_id": ids[i],
            "destination_id": ids[j],
            "straight_m": straight[i, j],
            "driven_m": metres[i, j],
            "index": metres[i, j] / straight[i, j],
        }
    )


def detour_bands(pairs: pd.DataFrame) -> pd.DataFrame:
    """The detour index by band of straight distance.

    Returns
    -------
    DataFrame
        Index ``band``, words such as ``'1 to 3 miles'``; ``pairs`` with a way,
        ``unreachable`` pairs, and ``median``, ``p90`` and ``largest`` index (NaN
        where a band has no pair).
    """
    miles = pairs["straight_m"].to_numpy() / METRES_PER_MILE
    reached = np.isfinite(pairs["index"].to_numpy())
    rows = {}
    for low, high in itertools.pairwise(BAND_MILES):
        within = (miles >= low) & (miles < high)
        index = pairs["index"].to_numpy()[within & reached]
        words = f"{low:g} to {high:g} miles" if np.isfinite(high) else f"over {low:g} miles"
        shown = [np.quantile(index, q) for q in (0.5, 0.9, 1.0)] if len(index) else [np.nan] * 3
        rows[words] = [len(index), int((within & ~reached).sum()), *shown]
    return (
        pd.DataFrame.from_dict(
            rows, orient="index", columns=["pairs", "unreachable", "median", "p90", "largest"]
        )
        .rename_axis("band")
        .astype({"pairs": int, "unreachable": int})
    )
