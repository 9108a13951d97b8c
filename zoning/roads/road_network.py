"""The street network of the public interface: streets, with travel times and paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString, Point

from zoning.roads.streets.snapping import NEAR_M, snap_dead_ends
from zoning.roads.streets.speeds import SpeedTable
from zoning.roads.streets.streets import Streets, seconds_at
from zoning.roads.travel import routing
from zoning.roads.travel.access import MAX_ACCESS_M, join_buildings, points_of
from zoning.roads.travel.hub_labels import Preparation
from zoning.roads.travel.profiles import Profile, profile_named
from zoning.roads.travel.travel_times import TravelTimes, street_times, times_without
from zoning.units import counted


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class RoadNetwork(Streets):
    """Streets as junctions and directed edges, with travel times and paths; read-only.

    Make one with `from_tables` or `zoning.roads.read_network`.

    Attributes
    ----------
    preparation
        Keeps the contraction hierarchy of the streets between profiles. The other
        attributes are those of `Streets`.
    """

    preparation: Preparation = field(default_factory=Preparation, init=False)

    def _at_the_same_junctions(self, **changes: Any) -> Self:
        """Copy with new fields and the same junctions and edges, so the hierarchy can be shared."""
        changed = replace(self, **changes)
        object.__setattr__(changed, "preparation", self.preparation)
        return changed

    def with_speeds(self, speeds: SpeedTable) -> Self:
        """Copy the network with the speeds of another table.

        Speeds that came with the data stay (``speed_given``).

        Raises
        ------
        NetworkError
            If a class and area of the network have no speed in the table.
        """
        by_class = speeds.kph_of(self.road_class, self.area)
        kph = np.where(self.speed_given, self.speed_kph, by_class)
        return self._at_the_same_junctions(
            speeds=speeds, speed_kph=kph, travel_time_s=seconds_at(self.length_m, kph)
        )

    def with_islands(self) -> Self:
        """Copy the network so that buildings may join streets of any connected part.

        By default a building whose nearest street is disconnected from the largest part
        of the network is joined to the nearest street of that part, and named in a
        notice. In the network returned here it stays at its nearest street, without a
        path to the others. This network does not change.
        """
        return self._at_the_same_junctions(keep_islands=True)

    def snapped(self, *, tolerance_m: float = NEAR_M) -> Snapped:
        """Copy the network with every dead end that nearly meets a junction joined to it.

        Parameters
        ----------
        tolerance_m
            Straight metres. Default 5; `NetworkQuality.near_misses` lists what
            would be joined.

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
        repaired, joins, dropped = snap_dead_ends(self, tolerance_m=tolerance_m)
        return Snapped(network=repaired, joins=joins, dropped_links=dropped)

    def travel_times(
        self,
        schools: gpd.GeoDataFrame,
        *,
        profile: str | Profile = "free_flow",
        max_access_m: float = MAX_ACCESS_M,
        cache: bool | str | Path = False,
    ) -> TravelTimes:
        """Seconds and metres between all buildings, along the quickest paths.

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
        cache
            True to keep the matrix in the user's cache folder, or a folder of
            your own; it is used again when streets, profile and buildings are
            the same to the last digit. Nothing is cached by default.

        Returns
        -------
        TravelTimes
            In building order; ``inf`` where there is no path.

        Warns
        -----
        DistrictNotice
            Naming the buildings moved off streets that are cut off, and by how
            much; the buildings and pairs with no path between them; or that a cached
            matrix could not be read or written.

        Raises
        ------
        NetworkError
            If a building has no usable place or is farther than
            ``max_access_m`` from every street it may be joined to.
        """
        return street_times(
            self,
            self.preparation,
            schools,
            profile=profile,
            max_access_m=max_access_m,
            cache=cache,
        )

    def times_without(
        self,
        schools: gpd.GeoDataFrame,
        closed: Sequence[str],
        *,
        profile: str | Profile = "emergency",
        max_access_m: float = MAX_ACCESS_M,
    ) -> TravelTimes:
        """Travel times with some streets closed, such as a bridge or a freeway.

        Parameters
        ----------
        closed
            Names of streets, in any case, or classes of roads, ``'freeway'``. A street with
            several names, ``'I-64/US 150'``, is closed by each of them.
        schools, profile, max_access_m
            As for `travel_times`.

        Returns
        -------
        TravelTimes
            ``inf`` where the closure leaves no path. A building beside a closed street is
            joined to the nearest street that is open; every other where it was before.

        Raises
        ------
        NetworkError
            If no street has such a name or class; lists them all. Otherwise as for
            `travel_times`.
        """
        return times_without(self, schools, closed, profile=profile, max_access_m=max_access_m)

    def path(
        self,
        origin: Point,
        destination: Point,
        *,
        profile: str | Profile = "free_flow",
        max_access_m: float = MAX_ACCESS_M,
    ) -> LineString:
        """The quickest path between two places, as a line for a map.

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
            If there is no path.
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
        """The quickest paths between many pairs of buildings, as lines for a map.

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
            If a pair has no path between; names them all.
        """
        legs = join_buildings(self, points_of(schools), max_access_m=max_access_m)
        return routing.paths(self, legs, pairs, profile_named(profile))


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapped:
    """A network whose near misses were joined, and a list of the joins.

    Attributes
    ----------
    network
        The repaired streets.
    joins
        Ids of the junctions that became one, the one that stayed first.
    dropped_links
        Links that joined two junctions which are now one.
    """

    network: RoadNetwork
    joins: tuple[tuple[str, str], ...]
    dropped_links: int

    def __str__(self) -> str:
        return (
            f"{counted(len(self.joins), 'junction')} joined to another within reach, "
            f"{counted(self.dropped_links, 'link')} between them dropped"
        )
