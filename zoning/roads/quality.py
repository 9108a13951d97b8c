"""Check a street network for a set of schools: tables, places to inspect, and a text report."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from zoning.errors import NetworkError, first_few
from zoning.roads.road_network import RoadNetwork
from zoning.roads.streets.antimeridian import in_degrees, metric_crs
from zoning.roads.streets.snapping import NEAR_M, ends_beside_streets, near_misses
from zoning.roads.streets.streets import Streets
from zoning.roads.travel.access import (
    MAX_ACCESS_M,
    AccessLegs,
    connected_parts,
    find_access_legs,
    points_of,
)
from zoning.roads.travel.profiles import PROFILES
from zoning.roads.travel.travel_times import matrix
from zoning.units import KPH_PER_MPH, METRES_PER_MILE, counted

LONG_LEG_M: Final = 400.0
"""Default straight access leg, metres, from which a school is listed as far from its street.

A quarter of a mile: longer than most school driveways.
"""

LARGE_DETOUR: Final = 2.5
"""Default detour index from which a pair of schools is listed; over a mile apart only.

About twice the published ratio of road to straight line, 1.2 to 1.3.
"""

BAND_MILES: Final = (0.0, 1.0, 3.0, 5.0, 10.0, np.inf)
"""Edges of the bands of straight distance, miles.

Detours shrink with distance: the first band is a walk to the next school, the last a
drive across the county.
"""


class SpeedRange(NamedTuple):
    """Plausible speeds on a class of road, km/h."""

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

_Problem = tuple[str, str, BaseGeometry]
"""Kind, description and location of a place to inspect."""

# Places of one kind in the map layer, our choice: enough to see a pattern, few enough to visit.
_LISTED = 50
# Number of names that a sentence lists; it counts the others.
_NAMED = 5
_OUTSIDE = (
    "These are the streets of another place, or longitude and latitude are swapped: "
    "load the streets of the district."
)
_CUT_OFF: Final = {
    (False, False): "no way leads there or away",
    (False, True): "no way leads away",
    (True, False): "no way leads there",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NetworkQuality:
    """The quality of a street network for a set of schools, as tables; `str` gives sentences.

    Attributes
    ----------
    source
        Where the streets come from.
    components
        Parts of the network (`components`).
    access
        How each building meets the streets (`access_table`), islands included; and
        ``farther_m``, straight metres by which travel times move it off streets
        that are cut off.
    left
        A notice on the buildings that stay beside disconnected streets; may be ``''``.
    speeds
        Links with suspicious speeds (`suspicious_speeds`).
    near_misses
        Dead ends that nearly meet a junction: ``dead_end`` and ``junction`` (ids)
        and ``metres``, nearest first; `RoadNetwork.snapped` joins them.
    ends_beside_streets
        Dead ends beside the middle of a street: ``dead_end``, ``link_id``,
        ``street`` and ``metres``, nearest first. They are not joined, since the
        street may pass over the end on a bridge.
    tolerance_m
        Metres within which a near miss was looked for.
    detours
        Detour index by band of straight distance (`detour_bands`).
    classes
        Links, length and guessed speeds by class (`class_table`).
    problems
        The places to look at, for a map layer: ``kind``, ``words`` and geometry,
        EPSG:4326; at most 50 of a kind, the worst.
    """

    source: str
    components: pd.DataFrame
    access: pd.DataFrame
    left: str
    speeds: pd.DataFrame
    near_misses: pd.DataFrame
    ends_beside_streets: pd.DataFrame
    tolerance_m: float
    detours: pd.DataFrame
    classes: pd.DataFrame
    problems: gpd.GeoDataFrame

    def __repr__(self) -> str:
        return f"NetworkQuality(source={self.source!r})"

    @property
    def cut_off(self) -> tuple[str, ...]:
        """Buildings with no path to or from the largest connected part."""
        off = ~(self.access["can_leave"] & self.access["can_be_reached"])
        return tuple(self.access.index[off].tolist())

    @property
    def guessed_share(self) -> float:
        """Share of the length whose speed is a default of its class and area."""
        return float((self.classes["share_of_length"] * self.classes["guessed_share"]).sum())

    def to_frame(self) -> pd.DataFrame:
        """The figures in one column, for a table or a comparison of two networks.

        Returns
        -------
        DataFrame
            Index ``measure``, column ``value``; metres, shares and counts.
        """
        legs = self.access["straight_m"]
        values: dict[str, float] = {
            "junctions": int(self.components["junctions"].sum()),
            "kilometres": float(self.classes["kilometres"].sum()),
            "parts": len(self.components),
            "share_of_junctions_in_largest_part": float(
                self.components["junctions"].iloc[0] / self.components["junctions"].sum()
            ),
            "buildings": len(self.access),
            "buildings_cut_off": len(self.cut_off),
            "buildings_too_far": int(self.access["too_far"].sum()),
            "access_leg_median_m": float(legs.median()),
            "access_leg_p90_m": float(legs.quantile(0.9)),
            "access_leg_longest_m": float(legs.max()),
            "suspicious_speeds": len(self.speeds),
            "near_misses": len(self.near_misses),
            "ends_beside_streets": len(self.ends_beside_streets),
            "guessed_speed_share": self.guessed_share,
        }
        for band, row in self.detours.iterrows():
            values[f"detour_median_{str(band).replace(' ', '_')}"] = float(row["median"])
        return pd.DataFrame({"value": pd.Series(values, dtype=float)}).rename_axis("measure")

    def __str__(self) -> str:
        return "\n".join(
            [
                f"Streets: {self.source}.",
                *_describe_parts(self),
                *_describe_access(self),
                *_describe_speeds(self),
                *_describe_dead_ends(self),
                *_describe_detours(self),
            ]
        )


def network_quality(
    network: RoadNetwork,
    schools: gpd.GeoDataFrame,
    *,
    tolerance_m: float = NEAR_M,
    max_access_m: float = MAX_ACCESS_M,
) -> NetworkQuality:
    """Check a street network before planning on it.

    Parameters
    ----------
    schools
        From `zoning.read_schools`, or buildings (index ``building_id``).
    tolerance_m
        Metres within which a dead end nearly meets another street. Default 5.
    max_access_m
        Longest straight access leg that travel times allow, metres.

    Raises
    ------
    NetworkError
        If no building lies within ``max_access_m`` of a street: these are the
        streets of somewhere else; or a building has no usable place.
    """
    points = points_of(schools)
    legs = _find_long_legs(network, points, max_access_m)
    parts, in_largest = components(network)
    access = access_table(network, legs, in_largest, max_access_m=max_access_m)
    moved, left = find_access_legs(network, points, max_access_m=np.inf)
    access["farther_m"] = moved.farther_m
    pairs = pair_detours(network, points[~access["too_far"].to_numpy()])
    found = {
        "components": parts,
        "access": access,
        "speeds": suspicious_speeds(network),
        "near_misses": near_misses(network, tolerance_m=tolerance_m),
        "ends_beside_streets": ends_beside_streets(network, tolerance_m=tolerance_m),
        "detours": detour_bands(pairs),
        "classes": class_table(network),
    }
    return NetworkQuality(
        source=network.source,
        left=left,
        tolerance_m=tolerance_m,
        problems=_problems(network, points, pairs, found),
        **found,
    )


def _find_long_legs(
    network: RoadNetwork, points: gpd.GeoDataFrame, max_access_m: float
) -> AccessLegs:
    """Find access legs of any length; raise `NetworkError` if all are too long."""
    try:
        legs, _ = find_access_legs(network.with_islands(), points, max_access_m=np.inf)
        outside = not len(points) or bool((legs.straight_m > max_access_m).all())
        nearest_m = float(legs.straight_m.min()) if len(points) else np.inf
    except NetworkError as error:
        raise NetworkError("the schools lie outside the streets", error.faults, _OUTSIDE) from error
    if outside:
        raise NetworkError(
            f"none of the {len(points)} buildings lies within {max_access_m:,.0f} m of a street",
            [f"the nearest is {nearest_m / 1000:,.0f} km away"],
            _OUTSIDE,
        )
    return legs


def components(network: Streets) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Find connected parts of the network, and which junctions are in the largest.

    Returns one row a part in which one can drive from every junction to every other (``strong``,
    largest first): ``junctions``, ``kilometres`` of links inside, and ``whole``, the number of the
    part it belongs to when directions are ignored; and shape (n_nodes,), True in the largest
    strong part.
    """
    n = len(network.node_ids)
    strong, weak = (
        connected_parts(n, network.edge_from, network.edge_to, how) for how in ("strong", "weak")
    )
    linked = np.unique(np.concatenate([network.edge_from, network.edge_to]))
    start, end = network.link_ends()
    length_m = np.zeros(len(network.lines))
    length_m[network.link_id] = network.length_m
    inside = strong[start] == strong[end]
    km = np.bincount(strong[start[inside]], length_m[inside] / 1000.0, minlength=strong.max() + 1)
    frame = pd.DataFrame({"part": strong[linked], "whole": weak[linked]})
    table = frame.groupby("part").agg(junctions=("whole", "size"), whole=("whole", "first"))
    table.insert(1, "kilometres", km[table.index])
    table = table.sort_values("junctions", ascending=False, kind="stable")
    largest = strong == table.index[0]
    table["whole"] = pd.factorize(table["whole"])[0]
    return table.reset_index(drop=True).rename_axis("strong"), largest


def access_table(
    network: Streets, legs: AccessLegs, in_largest: NDArray[np.bool_], *, max_access_m: float
) -> pd.DataFrame:
    """How each school meets the streets, one row a building.

    Returns index ``building_id``; ``straight_m`` to the nearest street, ``leg_m`` driven,
    ``road_class``, ``street`` (its name), ``too_far``, ``can_leave`` and ``can_be_reached``:
    whether one can drive from there to the largest part of the network, and from that part there.
    """
    edge_of = network.edges_of_links()[:, legs.link]
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


def suspicious_speeds(network: Streets) -> pd.DataFrame:
    """Links whose speed is outside `PLAUSIBLE_KPH`.

    Returns index ``link_id``; ``speed_kph``, ``lowest``, ``highest``, ``road_class``, ``name``,
    ``length_m``, ``speed_given``; the fastest of both directions if that is too fast, else the
    slowest.
    """
    classes = network.road_class.tolist()
    lowest, highest = np.array([PLAUSIBLE_KPH.get(c, ANY_CLASS_KPH) for c in classes]).T
    odd = np.flatnonzero((network.speed_kph < lowest) | (network.speed_kph > highest))
    odd = odd[np.lexsort((-network.speed_kph[odd], network.link_id[odd]))]
    _, first = np.unique(network.link_id[odd], return_index=True)
    odd = odd[first]
    columns = ("link_id", "speed_kph", "road_class", "name", "length_m", "speed_given")
    table = network.frame(columns).iloc[odd].set_index("link_id")
    table.insert(1, "lowest", lowest[odd])
    table.insert(2, "highest", highest[odd])
    return table


def class_table(network: Streets) -> pd.DataFrame:
    """Share of links and of length by class, and how many of the speeds are guessed.

    Returns index ``road_class``, longest first; ``links``, ``kilometres``, ``share_of_links``,
    ``share_of_length``, ``guessed_share`` (of length) and ``mean_kph`` (over length).
    """
    _, first = np.unique(network.link_id, return_index=True)
    km = network.length_m[first] / 1000.0
    frame = pd.DataFrame(
        {
            "links": 1,
            "kilometres": km,
            "guessed_share": km * ~network.speed_given[first],
            "mean_kph": km * network.speed_kph[first],
        }
    )
    sums = frame.groupby(pd.Index(network.road_class[first], name="road_class")).sum()
    table = sums.sort_values("kilometres", ascending=False, kind="stable")
    table.insert(2, "share_of_links", table["links"] / table["links"].sum())
    table.insert(3, "share_of_length", table["kilometres"] / table["kilometres"].sum())
    for mean in ("guessed_share", "mean_kph"):
        table[mean] /= table["kilometres"]
    return table


def pair_detours(network: RoadNetwork, points: gpd.GeoDataFrame) -> pd.DataFrame:
    """Shortest metres driven over straight metres for every two buildings apart.

    ``points``: Index of ids, Point geometry; none too far from the streets.

    Returns ``origin_id``, ``destination_id``, ``straight_m``, ``driven_m`` (``inf`` without a path)
    and ``index``, their ratio; one row for both directions, the longer of them. Pairs less than a
    metre apart have no index and are left out.
    """
    legs, _ = find_access_legs(network, points, max_access_m=np.inf)
    # At a second a metre the quickest way is the shortest.
    level = replace(network, travel_time_s=network.length_m.copy())
    profile = PROFILES["free_flow"].with_delays(())
    _, metres = matrix(level, network.preparation, legs, profile)
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

    Returns index ``band``, words such as ``'1 to 3 miles'``; ``pairs`` with a way, ``unreachable``
    pairs, and ``median``, ``p90`` and ``largest`` index (NaN where a band has no pair).
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
    columns = ["pairs", "unreachable", "median", "p90", "largest"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("band")
    return table.astype({"pairs": int, "unreachable": int})


def _problems(
    network: Streets,
    points: gpd.GeoDataFrame,
    pairs: pd.DataFrame,
    found: Mapping[str, pd.DataFrame],
) -> gpd.GeoDataFrame:
    """Make the table `NetworkQuality.problems`; ``found`` has the other tables by attribute."""
    rows = [
        *_building_problems(points, found["access"]),
        *_street_problems(network, found),
        *_detour_problems(points, pairs),
    ]
    frame = pd.DataFrame(rows, columns=["kind", "words", "geometry"])
    worst = frame.groupby("kind", sort=False).head(_LISTED).reset_index(drop=True)
    return gpd.GeoDataFrame(worst, geometry="geometry", crs="EPSG:4326")


def _building_problems(points: gpd.GeoDataFrame, access: pd.DataFrame) -> Iterator[_Problem]:
    off = access.loc[~(access["can_leave"] & access["can_be_reached"])]
    for building, leave, arrive in off[["can_leave", "can_be_reached"]].itertuples():
        yield "cut off", f"{building}: {_CUT_OFF[leave, arrive]}", points.geometry.loc[building]
    far = access["straight_m"].sort_values(ascending=False)
    for building, metres in far[far > LONG_LEG_M].items():
        words = f"{building} is {metres:,.0f} m from its street"
        yield "far from street", words, points.geometry.loc[building]


def _street_problems(network: Streets, found: Mapping[str, pd.DataFrame]) -> Iterator[_Problem]:
    speeds = found["speeds"]
    odd = in_degrees(gpd.GeoSeries(network.lines[speeds.index.to_numpy()], crs=network.crs))
    for words, line in zip(_speeds_to_check(speeds), odd, strict=True):
        yield "suspicious speed", words, line
    at = {node: Point(network.lon[k], network.lat[k]) for k, node in enumerate(network.node_ids)}
    for end, junction, metres in found["near_misses"].itertuples(index=False):
        yield "near miss", f"{end} ends {metres:.1f} m from {junction}", at[end]
    for end, link, street, metres in found["ends_beside_streets"].itertuples(index=False):
        words = f"{end} ends {metres:.1f} m from {street or f'link {link}'}"
        yield "end beside a street", words, at[end]


def _detour_problems(points: gpd.GeoDataFrame, pairs: pd.DataFrame) -> Iterator[_Problem]:
    index = pairs["index"]
    far = (pairs["straight_m"] >= METRES_PER_MILE) & (index >= LARGE_DETOUR) & np.isfinite(index)
    worst = pairs[far].sort_values("index", ascending=False, kind="stable")
    for a, b, ratio in worst[["origin_id", "destination_id", "index"]].itertuples(index=False):
        line = LineString([points.geometry.loc[a], points.geometry.loc[b]])
        yield "detour", f"{a} and {b} are {ratio:.1f} times as far apart by road", line


def _describe_parts(found: NetworkQuality) -> Iterator[str]:
    junctions = found.components["junctions"]
    share = junctions.iloc[0] / junctions.sum()
    if len(junctions) == 1:
        yield f"Connected: one can drive from each of {junctions.sum():,} junctions to any other."
    else:
        wholes = found.components["whole"].nunique()
        yield (
            f"Connected: {share:.1%} of the {junctions.sum():,} junctions are connected. The rest "
            f"are in {len(junctions) - 1:,} parts; {wholes - 1:,} of them touch no other street, "
            "the others can be left or entered in one direction only."
        )
    if found.cut_off:
        yield (
            f"  {_is_or_are(len(found.cut_off))} beside streets that are cut off: "
            f"{_list_few(found.cut_off)}. Repair these streets (one-way codes, missing junctions)."
        )
        farther = found.access["farther_m"].sort_values(ascending=False, kind="stable")
        moved = [f"{b} ({m:,.0f} m farther)" for b, m in farther[farther > 0].items()]
        if moved:
            yield f"  Until then they are joined to the largest part instead: {_list_few(moved)}."
        if found.left:
            yield f"  {found.left}"
    else:
        yield f"  None of the {len(found.access)} buildings is cut off."


def _describe_access(found: NetworkQuality) -> Iterator[str]:
    legs = found.access["straight_m"]
    yield (
        f"Access: half of the buildings lie within {_distance(float(legs.median()))} of a street, "
        f"nine in ten within {_distance(float(legs.quantile(0.9)))}, the farthest "
        f"{_distance(legs.max())}."
    )
    too_far = found.access.index[found.access["too_far"]].tolist()
    if too_far:
        yield (
            f"  {_is_or_are(len(too_far))} too far from every street for travel times: "
            f"{_list_few(too_far)}. Load the streets around them, or leave them out."
        )
    long = legs[(legs > LONG_LEG_M) & ~found.access["too_far"]].sort_values(ascending=False)
    if len(long):
        yield (
            f"  {counted(len(long), 'building')} over {_distance(LONG_LEG_M)} away: "
            f"{_list_few([f'{b} ({m:,.0f} m)' for b, m in long.items()])}. Their streets may be "
            "missing, or their places wrong."
        )


def _describe_speeds(found: NetworkQuality) -> Iterator[str]:
    guessed = found.guessed_share
    if guessed == 1.0:
        yield "Speeds: all are defaults by class and area; none came with the data."
    else:
        yield (
            f"Speeds: {1 - guessed:.0%} of the length has a speed of the data, {guessed:.0%} a "
            "default by class and area."
        )
    longest = [
        f"{c} {row['share_of_length']:.0%} ({_mph(row['mean_kph'])})"
        for c, row in found.classes.iterrows()
    ]
    yield f"  Of {found.classes['kilometres'].sum() * 1000 / METRES_PER_MILE:,.0f} miles: " + (
        f"{', '.join(longest)}."
    )
    if len(found.speeds):
        odd = _speeds_to_check(found.speeds)
        yield f"  {counted(len(odd), 'link')} with a speed to check: {_list_few(odd)}."


def _describe_dead_ends(found: NetworkQuality) -> Iterator[str]:
    near, beside = found.near_misses, found.ends_beside_streets
    if near.empty:
        yield f"Dead ends: none stops within {found.tolerance_m:g} m of another junction."
    else:
        pairs = [f"{end} and {other} ({m:.1f} m)" for end, other, m in near.itertuples(index=False)]
        yield (
            f"Dead ends: {len(near)} within {found.tolerance_m:g} m of another junction: "
            f"{_list_few(pairs)}. Look at them on the map; zoning network snap --tolerance "
            f"{found.tolerance_m:g} joins them all."
        )
    if len(beside):
        ends = [
            f"{end} beside {street or f'link {link}'} ({metres:.1f} m)"
            for end, link, street, metres in beside.itertuples(index=False)
        ]
        yield (
            f"  {counted(len(ends), 'dead end')} beside the middle of a street: {_list_few(ends)}. "
            "If one can turn there, the street needs a junction; if it passes over or under, all "
            "is well."
        )


def _describe_detours(found: NetworkQuality) -> Iterator[str]:
    known = found.detours[found.detours["pairs"] > 0]
    if known.empty:
        return
    bands = [f"{row['median']:.2f} at {band}" for band, row in known.iterrows()]
    yield (
        f"Detours: shortest drive over straight line between buildings, median {', '.join(bands)}. "
        "Published ratios are 1.2 to 1.3, more within the first mile or two; much more means "
        "missing streets, or a river, railway or freeway in between."
    )
    far = found.problems[found.problems["kind"] == "detour"]
    if len(far):
        yield f"  {_list_few(far['words'].tolist())}."


def _list_few(names: Sequence[str]) -> str:
    return ", ".join(first_few(list(names), _NAMED))


def _distance(metres: float) -> str:
    return f"{metres / METRES_PER_MILE:.2f} miles ({metres:,.0f} m)"


def _mph(kph: float) -> str:
    return f"{kph / KPH_PER_MPH:.0f} mph"


def _speeds_to_check(speeds: pd.DataFrame) -> list[str]:
    """Describe the links of `suspicious_speeds` in a few words each."""
    columns = speeds[["name", "road_class", "speed_kph"]]
    return [
        f"{name or f'link {link}'} ({road_class}, {_mph(kph)})"
        for link, name, road_class, kph in columns.itertuples()
    ]


def _is_or_are(count: int) -> str:
    return f"{counted(count, 'building')} {'is' if count == 1 else 'are'}"
