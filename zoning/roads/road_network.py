"""The street network: junctions, directed edges, and what is asked of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from shapely.geometry import LineString, Point

from zoning.roads.streets import export as views
from zoning.roads.streets import snapping
from zoning.roads.streets.hashing import network_hash
from zoning.roads.streets.speeds import DEFAULT_SPEEDS, SpeedTable
from zoning.roads.streets.tables import StreetTables, check_tables
from zoning.roads.travel import matrices, routing
from zoning.roads.travel.access import MAX_ACCESS_M, points_of, reach
from zoning.roads.travel.hierarchy import Preparation
from zoning.roads.travel.matrices import Engine
from zoning.roads.travel.profiles import Profile, profile_named
from zoning.roads.travel.travel_times import TravelTimes
from zoning.units import metres_per_second

if TYPE_CHECKING:
    from zoning.roads.streets.build_report import BuildReport


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RoadNetwork:
    """Streets as junctions and directed edges, with speeds; every array is read-only.

    A two-way street is one link and two edges; a one-way street is one link and
    one edge. Make one with `from_tables` or `zoning.roads.read_network`.

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
        Shape (n_edges,), what is waited for at the end of one edge alone, in the same
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
    _preparation: Preparation = field(default_factory=Preparation, init=False)

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def __repr__(self) -> str:
        return (
            f"RoadNetwork({len(self.node_ids):,} junctions, {len(self.lines):,} links, "
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
    ) -> RoadNetwork:
        """A network from plain tables.

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
    ) -> RoadNetwork:
        """A network from tables that were checked; the rest as for `from_tables`.

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
            travel_time_s=_seconds(length_m, kph),
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
        """64 hexadecimal digits that differ when anything a travel time depends on differs.

        Where the streets come from, their attribution and their report do not count.
        """
        return network_hash(self)

    @property
    def includes_stops(self) -> NDArray[np.bool_]:
        """Shape (n_edges,), True where the speed includes stops, False where it is a limit."""
        return np.where(self.speed_given, self.given_include_stops, self.speeds.include_stops)

    @property
    def preparation(self) -> Preparation:
        """What the hierarchy engine keeps of these streets between profiles."""
        return self._preparation

    def with_speeds(self, speeds: SpeedTable) -> RoadNetwork:
        """The same streets at other speeds; this network stays as it is.

        Speeds that came with the data stay (``speed_given``).

        Raises
        ------
        NetworkError
            If a class and area of the network have no speed in the table.
        """
        by_class = speeds.kph_of(self.road_class, self.area)
        kph = np.where(self.speed_given, self.speed_kph, by_class)
        changed = replace(
            self, speeds=speeds, speed_kph=kph, travel_time_s=_seconds(self.length_m, kph)
        )
        # Same streets, so what was prepared for one serves the other.
        object.__setattr__(changed, "_preparation", self._preparation)
        return changed

    def with_islands(self) -> RoadNetwork:
        """The same streets, where buildings are joined to the nearest of all.

        By default a building whose nearest street cannot be driven to and from the
        largest part of the network is joined to the nearest street of that part, and
        named in a notice. Here it stays, and there is no way between it and the
        others. This network stays as it is.
        """
        changed = replace(self, keep_islands=True)
        # Same streets, so what was prepared for one serves the other.
        object.__setattr__(changed, "_preparation", self._preparation)
        return changed

    def snapped(self, *, tolerance_m: float = snapping.NEAR_M) -> snapping.Snapped:
        """The same streets with every dead end that nearly meets a junction joined to it.

        Parameters
        ----------
        tolerance_m
            Straight metres; see `zoning.roads.near_misses` for what would be
            joined. Default 5.

        Returns
        -------
        Snapped
            The repaired network, the joins made, and the links dropped because
            their ends became one. This network stays as it is.

        Raises
        ------
        NetworkError
            If the distance is not a number above 0.
        """
        return snapping.snapped(self, tolerance_m=tolerance_m)

    def travel_times(
        self,
        schools: gpd.GeoDataFrame,
        *,
        profile: str | Profile = "free_flow",
        max_access_m: float = MAX_ACCESS_M,
        engine: Engine = "auto",
        cache: bool | str | Path = False,
    ) -> TravelTimes:
        """Seconds and metres between all buildings, along the quickest ways.

        Each building is joined to the nearest point of the nearest street that
        a building can be reached from, by an access leg driven at the access
        speed. Streets that are cut off from the largest part of the network do not
        count (`with_islands`). Junctions cost what the profile says (`Profile.delays`):
        by default `STREET_DELAYS` where speeds are posted limits (`includes_stops`),
        nothing where they include stops. A left turn costs no
        more than a right turn, and turn restrictions are not known.

        Parameters
        ----------
        schools
            From `zoning.read_schools`, or buildings (index ``building_id``).
        profile
            A name in `zoning.roads.PROFILES`, or a `Profile`.
        max_access_m
            Longest straight access leg, metres. Default 5,000.
        engine
            ``'dijkstra'`` searches from every building; ``'hierarchy'`` prepares
            the streets once, keeps that in the network, and then answers any
            profile and any buildings in a moment. Their seconds agree to the
            last bit.
            ``'auto'`` takes the hierarchy from 30 buildings up.
        cache
            True to keep the matrix in the user's cache folder, or a folder of
            your own; it is used again when streets, profile and buildings are
            the same to the last digit. Nothing is kept by default.

        Returns
        -------
        TravelTimes
            In building order; ``inf`` where there is no way.

        Warns
        -----
        DistrictNotice
            Naming the buildings moved off streets that are cut off, and by how
            much; the buildings and pairs with no way between them; or that a kept
            matrix could not be read or written.

        Raises
        ------
        NetworkError
            If a building has no usable place or is farther than
            ``max_access_m`` from every street it may be joined to.
        """
        return matrices.travel_times(
            self, schools, profile=profile, max_access_m=max_access_m, engine=engine, cache=cache
        )

    def path(
        self,
        origin: Point,
        destination: Point,
        *,
        profile: str | Profile = "free_flow",
        max_access_m: float = MAX_ACCESS_M,
    ) -> LineString:
        """The quickest way between two places, as a line for a map.

        Parameters
        ----------
        origin, destination
            Longitude and latitude, EPSG:4326.
        profile, max_access_m
            As for `travel_times`.

        Returns
        -------
        LineString
            EPSG:4326, from ``origin`` to ``destination``, access legs drawn
            straight.

        Raises
        ------
        NetworkError
            If a place is too far from every accessible street.
        UnreachableError
            If there is no way.
        """
        places = gpd.GeoDataFrame(
            geometry=[origin, destination],
            index=pd.Index(["origin", "destination"], name="building_id"),
            crs="EPSG:4326",
        )
        pairs = [("origin", "destination")]
        found = self.paths(places, pairs, profile=profile, max_access_m=max_access_m)
        return found.geometry.iloc[0]

    def paths(
        self,
        schools: gpd.GeoDataFrame,
        pairs: Sequence[tuple[str, str]],
        *,
        profile: str | Profile = "free_flow",
        max_access_m: float = MAX_ACCESS_M,
    ) -> gpd.GeoDataFrame:
        """The quickest ways between many pairs of buildings, as lines for a map.

        Parameters
        ----------
        pairs
            (origin id, destination id), in any order.
        schools, profile, max_access_m
            As for `travel_times`, whose figures these are to the last digit.

        Returns
        -------
        GeoDataFrame
            Index (``origin_id``, ``destination_id``) in the order of ``pairs``;
            columns ``seconds``, ``metres`` (access legs with their detour) and
            the line (access legs drawn straight), EPSG:4326, longitudes running on
            past 180 where the way crosses it.

        Raises
        ------
        NetworkError
            If an id is not a building; names them all.
        UnreachableError
            If a pair has no way between; names them all.
        """
        legs = reach(self, points_of(schools), max_access_m=max_access_m)
        rows = routing.paths(self, legs, pairs, profile_named(profile))
        return gpd.GeoDataFrame(
            {"seconds": rows.seconds, "metres": rows.metres},
            geometry=rows.lines,
            index=pd.MultiIndex.from_tuples(pairs, names=["origin_id", "destination_id"])
            if pairs
            else pd.MultiIndex.from_arrays([[], []], names=["origin_id", "destination_id"]),
            crs="EPSG:4326",
        )

    def links_frame(self) -> gpd.GeoDataFrame:
        """The streets for a map: one row a link, both directions together.

        Returns
        -------
        GeoDataFrame
            Index ``link_id``; columns ``from_junction``, ``to_junction``,
            ``length_m``, ``speed_kph``, ``road_class``, ``area``, ``name``,
            ``oneway`` (``B``, ``FT``, ``TF``), ``control_from`` and ``control_to``
            (as for `from_tables`); geometry EPSG:4326.
        """
        return views.links_frame(self)

    def to_networkx(self) -> nx.MultiDiGraph[str]:
        """The network as a networkx graph, to look at and to check against.

        Nodes are junction ids with ``lon``, ``lat``, ``x``, ``y``; edges are
        keyed by link and carry ``length_m``, ``speed_kph``, ``travel_time_s``,
        ``road_class``, ``area`` and ``name``.
        """
        return views.networkx_graph(self)

    def describe(self) -> dict[str, float]:
        """Counts of junctions, links and one-way links, and kilometres by class."""
        return views.counts(self)

    def link_ends(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Positions of the junctions where each link starts and ends, as given."""
        start = np.empty(len(self.lines), dtype=np.intp)
        end = np.empty(len(self.lines), dtype=np.intp)
        start[self.link_id] = np.where(self.along, self.edge_from, self.edge_to)
        end[self.link_id] = np.where(self.along, self.edge_to, self.edge_from)
        return start, end


def _seconds(length_m: NDArray[np.float64], kph: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(length_m / (kph * metres_per_second(1.0)))
