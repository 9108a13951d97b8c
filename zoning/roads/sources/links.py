"""Streets in our words on their way to a network: links between junctions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod

_ELLIPSOID: Final = Geod(ellps="WGS84")
CONTROL_TYPE: Final = "U10"
"""Wide enough for every kind of control."""
# The formula's error grows with the square of the step: 1 in 10^9 times tan^2 of the latitude here.
_GAUSS_M: Final = 1_000.0
TURNED: Final = {"B": "B", "FT": "TF", "TF": "FT"}
"""The one-way code of a link taken the other way round."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Links:
    """Links and the junctions they join, as every source gives them.

    Attributes
    ----------
    junction_ids
        Shape (n_junctions,), unique.
    lon, lat
        Shape (n_junctions,), degrees.
    control
        Shape (n_junctions,), one of `zoning.roads.streets.tables.CONTROLS`.
    start, end
        Shape (n_links,), positions of the junctions at both ends.
    lines
        Shape (n_links,), LineString in degrees, from start to end.
    length_m
        Shape (n_links,), metres driven.
    oneway
        Shape (n_links,), ``B``, ``FT`` or ``TF``.
    kph
        Shape (n_links,), km/h; NaN where the source gives none.
    road_class, name
        Shape (n_links,), text.
    area
        Shape (n_links,), text; ``''`` where the source gives none.
    approach
        Shape (n_links, 2), what drivers who arrive at the start (column 0) or the
        end (column 1) of a link wait for there, in the words of ``control``; ``''``
        where that of the junction holds. None of them by default.
    """

    junction_ids: NDArray[np.str_]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    control: NDArray[np.str_]
    start: NDArray[np.intp]
    end: NDArray[np.intp]
    lines: NDArray[Any]
    length_m: NDArray[np.float64]
    oneway: NDArray[np.str_]
    kph: NDArray[np.float64]
    road_class: NDArray[np.str_]
    area: NDArray[np.str_]
    name: NDArray[np.str_]
    approach: NDArray[np.str_] = field(default_factory=lambda: np.empty((0, 2), dtype=CONTROL_TYPE))

    def __post_init__(self) -> None:
        if not len(self.approach):
            none = np.full((len(self.start), 2), "", dtype=CONTROL_TYPE)
            object.__setattr__(self, "approach", none)

    def rows(self, which: NDArray[np.intp] | NDArray[np.bool_]) -> Links:
        """Some of the links, with all junctions."""
        return replace(
            self,
            start=self.start[which],
            end=self.end[which],
            lines=self.lines[which],
            length_m=self.length_m[which],
            oneway=self.oneway[which],
            kph=self.kph[which],
            road_class=self.road_class[which],
            area=self.area[which],
            name=self.name[which],
            approach=self.approach[which],
        )

    def used_junctions(self) -> Links:
        """The same links, without junctions that none of them touches."""
        used = np.unique(np.concatenate([self.start, self.end]))
        place = np.full(len(self.junction_ids), -1, dtype=np.intp)
        place[used] = np.arange(len(used))
        return replace(
            self,
            junction_ids=self.junction_ids[used],
            lon=self.lon[used],
            lat=self.lat[used],
            control=self.control[used],
            start=place[self.start],
            end=place[self.end],
        )


def lengths_m(lines: NDArray[Any]) -> NDArray[np.float64]:
    """Metres along each line in degrees, on the WGS 84 ellipsoid.

    Steps up to about a kilometre, nearly all of them, by the radii of curvature in
    their middle (Gauss's mid-latitude formula), which is right to 1 in 10^8 and
    ten times faster than the exact geodesic that longer ones get.
    """
    places, row = shapely.get_coordinates(lines, return_index=True)
    same = row[1:] == row[:-1]
    here, there = places[:-1][same], places[1:][same]
    across, up = np.radians(there - here).T
    middle = np.radians((here[:, 1] + there[:, 1]) / 2)
    bent = 1 - _ELLIPSOID.es * np.sin(middle) ** 2
    east = across * np.cos(middle) / np.sqrt(bent)
    north = up * (1 - _ELLIPSOID.es) / bent**1.5
    metres = _ELLIPSOID.a * np.hypot(east, north)
    long = np.flatnonzero((metres > _GAUSS_M) | (np.abs(across) > np.pi))
    if len(long):
        one, other = here[long], there[long]
        metres[long] = _ELLIPSOID.inv(one[:, 0], one[:, 1], other[:, 0], other[:, 1])[2]
    return np.bincount(row[1:][same], weights=metres, minlength=len(lines)).astype(np.float64)
