"""How good a street network is for a set of schools, in words a planner can act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from zoning.errors import NetworkError
from zoning.roads.quality import checks
from zoning.roads.quality.words import LONG_LEG_M, sentences, speeds_to_check
from zoning.roads.streets.antimeridian import in_degrees
from zoning.roads.streets.snapping import NEAR_M, ends_beside_streets, near_misses
from zoning.roads.travel.access import MAX_ACCESS_M, AccessLegs, joined, points_of
from zoning.units import METRES_PER_MILE

if TYPE_CHECKING:
    from zoning.roads.road_network import RoadNetwork

LARGE_DETOUR: Final = 2.5
"""Default detour index from which a pair of schools is listed; over a mile apart only."""

_LISTED = 50


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NetworkQuality:
    """What was found, as tables; `str` says it in words.

    Attributes
    ----------
    source
        Where the streets come from.
    components
        Parts of the network (see `zoning.roads.quality.checks.components`).
    access
        How each building meets the streets (`access`), islands included; and
        ``farther_m``, straight metres by which travel times move it off streets
        that are cut off.
    left
        What is to be said of buildings that they leave beside such streets.
    speeds
        Links with suspicious speeds (`suspicious_speeds`).
    near_misses
        Dead ends that nearly meet a junction (`zoning.roads.near_misses`).
    ends_beside_streets
        Dead ends beside the middle of a street (`zoning.roads.ends_beside_streets`).
    tolerance_m
        Metres within which a near miss was looked for.
    detours
        Detour index by band of straight distance (`detour_bands`).
    classes
        Links, length and guessed speeds by class (`classes`).
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
        """Buildings that cannot be driven to from the largest part, or from there."""
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
        return "\n".join(sentences(self))


def network_quality(
    network: RoadNetwork,
    schools: gpd.GeoDataFrame,
    *,
    tolerance_m: float = NEAR_M,
    max_access_m: float = MAX_ACCESS_M,
) -> NetworkQuality:
    """Look a street network over before anything is planned on it.

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
    legs = _reached(network, points, max_access_m)
    parts, in_largest = checks.components(network)
    access = checks.access(network, legs, in_largest, max_access_m=max_access_m)
    moved, left = joined(network, points, max_access_m=np.inf)
    access["farther_m"] = moved.farther_m
    near = points[~access["too_far"].to_numpy()]
    pairs = checks.pair_detours(network, near)
    speeds = checks.suspicious_speeds(network)
    misses = near_misses(network, tolerance_m=tolerance_m)
    beside = ends_beside_streets(network, tolerance_m=tolerance_m)
    return NetworkQuality(
        source=network.source,
        components=parts,
        access=access,
        left=left,
        speeds=speeds,
        near_misses=misses,
        ends_beside_streets=beside,
        tolerance_m=tolerance_m,
        detours=checks.detour_bands(pairs),
        classes=checks.classes(network),
        problems=gpd.GeoDataFrame(
            pd.concat(
                [
                    _building_problems(points, access),
                    _speed_problems(network, speeds),
                    _dead_end_problems(network, misses, beside),
                    _detour_problems(points, pairs),
                ],
                ignore_index=True,
            ),
            geometry="geometry",
            crs="EPSG:4326",
        ),
    )


def _reached(network: RoadNetwork, points: gpd.GeoDataFrame, max_access_m: float) -> AccessLegs:
    """Access legs of any length; an error if all are too long."""
    try:
        legs, _ = joined(network.with_islands(), points, max_access_m=np.inf)
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


_OUTSIDE = (
    "These are the streets of another place, or longitude and latitude are swapped: "
    "load the streets of the district."
)


def _building_problems(points: gpd.GeoDataFrame, access: pd.DataFrame) -> pd.DataFrame:
    off = access[~(access["can_leave"] & access["can_be_reached"])]
    far = access[access["straight_m"] > LONG_LEG_M].sort_values("straight_m", ascending=False)
    rows: list[tuple[str, str, BaseGeometry]] = [
        ("cut off", f"{building}: {_CUT_OFF[leave, arrive]}", points.geometry.loc[building])
        for building, leave, arrive in zip(
            off.index, off["can_leave"], off["can_be_reached"], strict=True
        )
    ]
    rows += [
        (
            "far from street",
            f"{building} is {metres:,.0f} m from its street",
            points.geometry.loc[building],
        )
        for building, metres in far["straight_m"].items()
    ]
    return _worst(rows)


_CUT_OFF: Final = {
    (False, False): "no way leads there or away",
    (False, True): "no way leads away",
    (True, False): "no way leads there",
}


def _speed_problems(network: RoadNetwork, speeds: pd.DataFrame) -> pd.DataFrame:
    odd = gpd.GeoSeries(network.lines[speeds.index.to_numpy()], crs=network.crs)
    rows: list[tuple[str, str, BaseGeometry]] = [
        ("suspicious speed", words, line)
        for words, line in zip(speeds_to_check(speeds), in_degrees(odd), strict=True)
    ]
    return _worst(rows)


def _dead_end_problems(
    network: RoadNetwork, misses: pd.DataFrame, beside: pd.DataFrame
) -> pd.DataFrame:
    at = {node: k for k, node in enumerate(network.node_ids)}
    found = [
        ("near miss", end, f"{metres:.1f} m from {junction}")
        for end, junction, metres in misses.itertuples(index=False)
    ]
    found += [
        ("end beside a street", end, f"{metres:.1f} m from {street or f'link {link}'}")
        for end, link, street, metres in beside.itertuples(index=False)
    ]
    return _worst(
        [
            (kind, f"{end} ends {where}", Point(network.lon[at[end]], network.lat[at[end]]))
            for kind, end, where in found
        ]
    )


def _detour_problems(points: gpd.GeoDataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    index = pairs["index"].to_numpy()
    far = (pairs["straight_m"] >= METRES_PER_MILE) & (index >= LARGE_DETOUR) & np.isfinite(index)
    rows: list[tuple[str, str, BaseGeometry]] = [
        (
            "detour",
            f"{a} and {b} are {ratio:.1f} times as far apart by road",
            LineString([points.geometry.loc[a], points.geometry.loc[b]]),
        )
        for a, b, ratio in pairs.loc[far, ["origin_id", "destination_id", "index"]]
        .sort_values("index", ascending=False, kind="stable")
        .itertuples(index=False)
    ]
    return _worst(rows)


def _worst(rows: Sequence[tuple[str, str, BaseGeometry]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["kind", "words", "geometry"])
    return frame.groupby("kind", sort=False).head(_LISTED)
