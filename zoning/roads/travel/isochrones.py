"""Isochrones: the area reached from a building within a number of minutes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from zoning.errors import NetworkError, typed
from zoning.roads.streets.antimeridian import in_degrees
from zoning.roads.streets.streets import Streets
from zoning.roads.travel.access import MAX_ACCESS_M, AccessLegs, join_buildings, points_of
from zoning.roads.travel.profiles import Profile, profile_named
from zoning.roads.travel.routing import running_s, street_graph

STREET_WIDTH_M: Final = 100.0
"""Default metres of ground that a street serves on either side: half a city block."""

# Segments of a quarter circle: at 100 m the outline is at most 2 m inside the true one.
_CIRCLE = 4


@typed
def isochrones(
    network: Streets,
    points: gpd.GeoDataFrame,
    minutes: Sequence[float],
    *,
    profile: str | Profile = "free_flow",
    width_m: float = STREET_WIDTH_M,
    max_access_m: float = MAX_ACCESS_M,
) -> gpd.GeoDataFrame:
    """The area that can be reached from each building within given minutes.

    Directional: driving away from the building, one-way streets and all. Streets
    are cut where the time runs out and widened by ``width_m``; the access leg of
    the building one starts from counts, that of a building one drives to does not.

    Parameters
    ----------
    points
        From `zoning.read_schools`, or buildings or posts (index ``building_id``).
    minutes
        Minutes of driving, above 0; any order.
    profile
        A name in `zoning.roads.PROFILES`, or a `Profile`.
    width_m
        Metres of ground on either side of a street. Default 100.
    max_access_m
        Longest straight access leg, metres.

    Returns
    -------
    GeoDataFrame
        Index (``building_id``, ``minutes``), minutes rising within a building;
        ``street_m``, metres of street reached, each street once; geometry
        EPSG:4326, cut in two at 180 degrees. The area for more minutes contains that for fewer.

    Raises
    ------
    NetworkError
        If minutes or width make no sense, or as for `RoadNetwork.travel_times`.
    """
    faults = [f"{m!r} minutes is not a number above 0" for m in minutes if not _positive(m)]
    if not len(minutes):
        faults.append("no minutes are given")
    if not _positive(width_m):
        faults.append(f"width_m {width_m!r} is not a number above 0")
    if faults:
        raise NetworkError("no isochrones can be drawn", faults)
    limits = sorted({float(m) for m in minutes})
    legs = join_buildings(network, points_of(points), max_access_m=max_access_m)
    cut = _Cutter(network, legs, profile_named(profile))
    rows: dict[int, list[tuple[str, float, float, BaseGeometry]]] = {}
    for k, junction_s in cut.searches():
        rows[k] = []
        ground: BaseGeometry = shapely.Polygon()
        before = np.zeros(len(network.lines), dtype=bool)
        for limit in limits:
            whole, parts, leg = cut.reached(k, limit * 60.0, junction_s)
            # Line by line: one buffer around thousands of crossing lines takes ten times as long.
            new = [*network.lines[whole & ~before], *parts, leg]
            strips = shapely.buffer(new, width_m, quad_segs=_CIRCLE)
            ground = shapely.union_all([ground, *strips])
            street_m = shapely.length(network.lines[whole]).sum() + shapely.length(parts).sum()
            rows[k].append((legs.ids[k], limit, float(street_m), ground))
            before = whole
    table = [row for k in sorted(rows) for row in rows[k]]
    return gpd.GeoDataFrame(
        {"street_m": [row[2] for row in table]},
        geometry=in_degrees(gpd.GeoSeries([row[3] for row in table], crs=network.crs)).to_numpy(),
        index=pd.MultiIndex.from_tuples(
            [row[:2] for row in table], names=["building_id", "minutes"]
        ),
        crs="EPSG:4326",
    )


class _Cutter:
    """Cuts the streets at a travel time from each building."""

    def __init__(self, network: Streets, legs: AccessLegs, profile: Profile) -> None:
        graph = street_graph(network, legs, profile)
        self._graph, self._network, self._legs = graph, network, legs
        self._running_s = running_s(network, profile)
        self._edge_of = network.edges_of_links()
        self._homes = gpd.GeoSeries(gpd.points_from_xy(legs.lon, legs.lat), crs="EPSG:4326").to_crs(
            network.crs
        )

    def searches(self) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """Yield every building with the seconds from its joining point to every junction."""
        for k, seconds, _ in self._graph.searches_from(self._graph.pieces.node_of):
            yield k, seconds[: len(self._network.node_ids)]

    def reached(
        self, origin: int, limit_s: float, junction_s: NDArray[np.float64]
    ) -> tuple[NDArray[np.bool_], list[LineString], LineString]:
        """Collect the links reached in full within a time, parts of others, and the access leg."""
        leg_s = float(self._graph.leg_s[origin])
        left_s = limit_s - leg_s
        place = self._homes.iloc[origin]
        link, share = int(self._legs.link[origin]), float(self._legs.share[origin])
        joins = self._network.lines[link].interpolate(share, normalized=True)
        leg = LineString([place, joins])
        if left_s <= 0:
            none = np.zeros(len(self._network.lines), dtype=bool)
            return none, [], substring(leg, 0.0, limit_s / leg_s, normalized=True)
        spare = left_s - junction_s
        share_of_edge = np.clip(spare[self._network.edge_from] / self._running_s, 0.0, 1.0)
        # By link: driven from its start up to one share, and from its end down to another.
        to, back = (
            np.where(edges >= 0, share_of_edge[edges], 0.0) for edges in self._edge_of[::-1]
        )
        whole = to + back >= 1.0
        whole[link] = False
        lines: list[LineString] = []
        for k in np.flatnonzero(~whole & (to + back > 0.0)).tolist():
            if k != link:
                lines += self._stretches(k, [(0.0, float(to[k])), (1.0 - float(back[k]), 1.0)])
        own = [(0.0, float(to[link])), (1.0 - float(back[link]), 1.0)]
        for along, end in ((1, 1.0), (0, 0.0)):
            edge = self._edge_of[along, link]
            if edge >= 0:
                driven = min(left_s / float(self._running_s[edge]), abs(end - share))
                own.append((share, share + driven) if along else (share - driven, share))
        return whole, [*lines, *self._stretches(link, _merge_spans(own))], leg

    def _stretches(self, link: int, shares: Sequence[tuple[float, float]]) -> list[LineString]:
        line = self._network.lines[link]
        return [substring(line, a, b, normalized=True) for a, b in shares if b > a]


def _merge_spans(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Merge spans that touch, and leave out empty ones."""
    merged: list[tuple[float, float]] = []
    for a, b in sorted(span for span in spans if span[1] > span[0]):
        if merged and a <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(b, merged[-1][1]))
        else:
            merged.append((a, b))
    return merged


def _positive(value: float) -> bool:
    return math.isfinite(value) and value > 0
