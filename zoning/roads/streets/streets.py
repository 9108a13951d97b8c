"""The data of a street network: junctions, links and directed edges, with their speeds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Self

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from zoning.roads.streets.antimeridian import in_degrees
from zoning.roads.streets.build_report import BuildReport
from zoning.roads.streets.speeds import DEFAULT_SPEEDS, SpeedTable
from zoning.roads.streets.tables import StreetTables, check_tables
from zoning.units import metres_per_second

NODE_COLUMNS: Final = ("lon", "lat", "x", "y", "control")
"""The arrays of `Streets` with one entry a junction."""

EDGE_COLUMNS: Final = (
    "edge_from",
    "edge_to",
    "length_m",
    "speed_kph",
    "travel_time_s",
    "road_class",
    "area",
    "name",
    "link_id",
    "along",
    "speed_given",
    "approach",
)
"""The arrays of `Streets` with one entry a directed edge."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Streets:
    """Streets as junctions and directed edges, with speeds; every array is read-only.

    A two-way street is one link and two edges; a one-way street is one link and
    one edge. `zoning.roads.RoadNetwork` adds travel times and ways.

    Attributes
    ----------
    node_ids
        Junction ids.
    lon, lat
        Shape (n_nodes,), degrees, EPSG:4326.
    x, y
        Shape (n_nodes,), metres in ``crs``.
    crs
        The projected system, for example ``'EPSG:32616'``.
    edge_from, edge_to
        Shape (n_edges,), positions in ``node_ids``.
    length_m
        Shape (n_edges,), metres driven.
    speed_kph
        Shape (n_edges,), km/h in free flow.
    travel_time_s
        Shape (n_edges,), seconds in free flow.
    road_class, area, name
        Shape (n_edges,), text; the name may be ``''``.
    link_id
        Shape (n_edges,), row of the link table; both directions share it.
    along
        Shape (n_edges,), True where the edge runs as its link was given.
    lines
        Shape (n_links,), LineString of each link in ``crs``.
    speeds
        The table the speeds come from.
    source
        Where the streets come from, in words for a planner.
    speed_given
        Shape (n_edges,), True where the speed came with the data, False where it
        is the speed table's for the class and area.
    control
        Shape (n_nodes,), what every approach of a junction waits for: ``'signal'``,
        ``'stop'``, ``'yield'``, ``'roundabout'``, ``'none'``, or ``''`` where the data
        do not say.
    approach
        Shape (n_edges,), control at the end of one edge only, in the same
        words; ``''`` where ``control`` holds. A stop sign on a side street stands here.
    attribution
        To be shown on every map drawn from the streets; may be ``''``.
    report
        What was read, guessed, repaired and left out; None for streets of which
        nothing of the kind is known.
    given_include_stops
        Whether the speeds that came with the data (``speed_given``) are averages
        over whole trips, stops included; False for posted limits. Of the others
        the speed table says it (`SpeedTable.include_stops`).
    keep_islands
        Whether buildings are joined to the nearest street even if it is cut off
        from the largest part of the network (see `with_islands`).
    """

    node_ids: tuple[str, ...]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    crs: str
    edge_from: NDArray[np.intp]
    edge_to: NDArray[np.intp]
    length_m: NDArray[np.float64]
    speed_kph: NDArray[np.float64]
    travel_time_s: NDArray[np.float64]
    road_class: NDArray[np.str_]
    area: NDArray[np.str_]
    name: NDArray[np.str_]
    link_id: NDArray[np.intp]
    along: NDArray[np.bool_]
    lines: NDArray[Any]
    speeds: SpeedTable
    source: str
    speed_given: NDArray[np.bool_]
    control: NDArray[np.str_]
    approach: NDArray[np.str_]
    attribution: str = ""
    report: BuildReport | None = None
    given_include_stops: bool = True
    keep_islands: bool = False

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({len(self.node_ids):,} junctions, {len(self.lines):,} links, "
            f"{self.crs}, source={self.source!r})"
        )

    @classmethod
    def from_tables(
        cls,
        junctions: pd.DataFrame,
        links: pd.DataFrame,
        *,
        speeds: SpeedTable = DEFAULT_SPEEDS,
        source: str,
        attribution: str = "",
        report: BuildReport | None = None,
        given_include_stops: bool | None = None,
    ) -> Self:
        """Make a network from plain tables.

        Parameters
        ----------
        junctions
            Columns ``junction_id`` (unique), ``lon``, ``lat`` (degrees); optional
            ``control`` (``signal``, ``stop``, ``yield``, ``roundabout``, ``none``
            or blank).
        links
            Columns ``from_junction``, ``to_junction``, ``length_m`` (metres
            driven), ``road_class``, ``area``; optional ``name``, ``oneway``
            (``B`` both ways, ``FT`` from-to only, ``TF`` to-from only; both ways
            without the column), ``speed_kph`` (km/h; blank for the speed of class
            and area), ``control_from`` and ``control_to`` (what drivers who arrive at
            that end wait for, in the words of ``control``; blank where that of the
            junction holds) and ``geometry`` (LineStrings, EPSG:4326, from start to
            end; straight without the column).
        speeds
            Must have every class and area of the links.
        source
            Where the streets come from, in words for a planner.
        attribution
            To be shown on every map drawn from the streets.
        report
            What was read, guessed, repaired and left out.
        given_include_stops
            True if ``speed_kph`` was measured over whole trips, False if it holds
            posted limits, which are driven with delays at junctions; None for as
            the speed table says of its own.

        Raises
        ------
        NetworkError
            Every fault at once, with row numbers (row 1 follows the header): a
            column is missing; ids are missing, repeated or unknown; a coordinate
            or length is not a usable number; a link leads to its own start; a
            link is shorter than the straight line between its ends by more than
            1 % and 1 m, which allows for rounded coordinates and lengths taken
            on a sphere. Or a class and area have no speed.
        """
        return cls.from_checked(
            check_tables(junctions, links),
            speeds=speeds,
            source=source,
            attribution=attribution,
            report=report,
            given_include_stops=given_include_stops,
        )

    @classmethod
    def from_checked(
        cls,
        table: StreetTables,
        *,
        speeds: SpeedTable,
        source: str,
        attribution: str = "",
        report: BuildReport | None = None,
        given_include_stops: bool | None = None,
    ) -> Self:
        """Make a network from checked tables; other parameters as for `from_tables`.

        Raises
        ------
        NetworkError
            If a class and area have no speed.
        """
        # Edges in link order, the given direction first.
        is_open = np.stack([table.oneway != "TF", table.oneway != "FT"], axis=1)
        link_id, direction = np.nonzero(is_open)
        along = direction == 0
        length_m = table.length_m[link_id]
        given = np.isfinite(table.kph)
        by_class = speeds.kph_of(table.road_class, table.area)
        kph = np.where(given, table.kph, by_class)[link_id]
        return cls(
            node_ids=table.junction_ids,
            lon=table.lon,
            lat=table.lat,
            x=table.x,
            y=table.y,
            crs=table.crs,
            edge_from=np.where(along, table.start[link_id], table.end[link_id]),
            edge_to=np.where(along, table.end[link_id], table.start[link_id]),
            length_m=length_m,
            speed_kph=kph,
            travel_time_s=seconds_at(length_m, kph),
            road_class=table.road_class[link_id],
            area=table.area[link_id],
            name=table.name[link_id],
            link_id=link_id,
            along=along,
            lines=table.lines,
            speeds=speeds,
            source=source,
            speed_given=given[link_id],
            control=table.control,
            approach=np.where(along, table.control_to[link_id], table.control_from[link_id]),
            attribution=attribution,
            report=report,
            given_include_stops=speeds.include_stops
            if given_include_stops is None
            else given_include_stops,
        )

    @property
    def content_hash(self) -> str:
        """SHA-256 of everything that travel times depend on, as 64 hexadecimal digits.

        Where the streets come from, their attribution and their report do not count.
        """
        speeds = replace(self.speeds, note="")
        # Fields newer than the first saved files are hashed only if they are not at their
        # default, so that the hashes in those files stay valid.
        include_stops = (self.given_include_stops, self.speeds.include_stops)
        stops = [] if all(include_stops) else [f"stops included: {include_stops}"]
        approach = [self.approach] if (self.approach != "").any() else []
        wkb = shapely.to_wkb(self.lines, byte_order=1)
        return content_hash(
            [
                np.array(self.node_ids),
                *(getattr(self, column) for column in ("lon", "lat", "x", "y")),
                self.crs,
                *(getattr(self, column) for column in EDGE_COLUMNS[:-2]),
                b"".join(wkb.tolist()).hex(),
                repr(speeds),
                self.speed_given,
                self.control,
                *approach,
                *stops,
                *(["islands kept"] if self.keep_islands else []),
            ]
        )

    @property
    def includes_stops(self) -> NDArray[np.bool_]:
        """True for edges whose speed includes stops, False for limits; shape (n_edges,)."""
        return np.where(self.speed_given, self.given_include_stops, self.speeds.include_stops)

    def link_ends(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Positions of the junctions where each link starts and ends, in its given direction."""
        start = np.empty(len(self.lines), dtype=np.intp)
        end = np.empty(len(self.lines), dtype=np.intp)
        start[self.link_id] = np.where(self.along, self.edge_from, self.edge_to)
        end[self.link_id] = np.where(self.along, self.edge_to, self.edge_from)
        return start, end

    def edges_of_links(self) -> NDArray[np.intp]:
        """Edge against each link and edge along it, shape (2, n_links), -1 where there is none."""
        edge_of = np.full((2, len(self.lines)), -1, dtype=np.intp)
        edge_of[self.along.astype(np.intp), self.link_id] = np.arange(len(self.link_id))
        return edge_of

    def frame(self, columns: Iterable[str]) -> pd.DataFrame:
        """Make a table of some of `NODE_COLUMNS` or of `EDGE_COLUMNS`."""
        return pd.DataFrame({column: getattr(self, column) for column in columns})

    def links_frame(self) -> gpd.GeoDataFrame:
        """Make a table of links for a map: one row a link, both directions together.

        Returns
        -------
        GeoDataFrame
            Index ``link_id``; columns ``from_junction``, ``to_junction``,
            ``length_m``, ``speed_kph``, ``road_class``, ``area``, ``name``,
            ``oneway`` (``B``, ``FT``, ``TF``), ``control_from`` and ``control_to``
            (as for `from_tables`); geometry EPSG:4326.
        """
        link, first, count = np.unique(self.link_id, return_index=True, return_counts=True)
        start, end = self.link_ends()
        ids = np.array(self.node_ids)
        codes = np.where(self.along[first], "FT", "TF")
        control = np.full((2, len(self.lines)), "", dtype=self.approach.dtype)
        control[self.along.astype(np.intp), self.link_id] = self.approach
        return gpd.GeoDataFrame(
            {
                "from_junction": ids[start],
                "to_junction": ids[end],
                "length_m": self.length_m[first],
                "speed_kph": self.speed_kph[first],
                "road_class": self.road_class[first],
                "area": self.area[first],
                "name": self.name[first],
                "oneway": np.where(count > 1, "B", codes),
                "control_from": control[0, link],
                "control_to": control[1, link],
            },
            geometry=in_degrees(gpd.GeoSeries(self.lines, crs=self.crs)).to_numpy(),
            index=pd.Index(link, name="link_id"),
            crs="EPSG:4326",
        )

    def to_networkx(self) -> nx.MultiDiGraph[str]:
        """Convert the network to a networkx graph, for inspection and cross-checks.

        Nodes are junction ids with ``lon``, ``lat``, ``x``, ``y``; edges are
        keyed by link and carry ``length_m``, ``speed_kph``, ``travel_time_s``,
        ``road_class``, ``area`` and ``name``.
        """
        graph: nx.MultiDiGraph[str] = nx.MultiDiGraph(crs=self.crs, source=self.source)
        places: list[Any] = self.frame(("lon", "lat", "x", "y")).to_dict("records")
        graph.add_nodes_from(zip(self.node_ids, places, strict=True))
        driven: list[Any] = self.frame(
            ("length_m", "speed_kph", "travel_time_s", "road_class", "area", "name")
        ).to_dict("records")
        ends = [self.edge_from.tolist(), self.edge_to.tolist(), self.link_id.tolist()]
        for start, end, link, values in zip(*ends, driven, strict=True):
            graph.add_edge(self.node_ids[start], self.node_ids[end], key=link, **values)
        return graph

    def describe(self) -> dict[str, float]:
        """Counts of junctions, links and one-way links, and kilometres by class."""
        link, first, directions = np.unique(self.link_id, return_index=True, return_counts=True)
        km = self.length_m[first] / 1000.0
        road_class = self.road_class[first]
        return {
            "junctions": len(self.node_ids),
            "links": len(link),
            "one_way_links": int((directions == 1).sum()),
            "kilometres": float(km.sum()),
        } | {
            f"kilometres_{c}": float(km[road_class == c].sum())
            for c in np.unique(road_class).tolist()
        }


def seconds_at(length_m: NDArray[np.float64], kph: NDArray[np.float64]) -> NDArray[np.float64]:
    """Seconds to drive metres at a speed in km/h."""
    return np.asarray(length_m / (kph * metres_per_second(1.0)))


def content_hash(parts: Iterable[NDArray[np.generic] | str]) -> str:
    """SHA-256 of arrays and texts in order, as 64 hexadecimal digits.

    Numbers count to the last bit, in one byte order and as 64 bits; texts count by
    their characters, however wide the array that holds them.
    """
    digest = hashlib.sha256()
    for part in parts:
        data = _bytes(part)
        digest.update(f"{len(data)};".encode())
        digest.update(data)
    return digest.hexdigest()


def _bytes(part: NDArray[np.generic] | str) -> bytes:
    if isinstance(part, str):
        return b"text;" + part.encode()
    header = f"{part.dtype.kind}{part.shape};".encode()
    if part.dtype.kind == "U":
        return header + "".join(f"{len(t)}:{t}" for t in part.ravel().tolist()).encode()
    wide = "<f8" if part.dtype.kind == "f" else "<i8"
    return header + np.ascontiguousarray(part, dtype=wide).tobytes()
