"""Find the coordinate system of x and y that no file names: those that put them into the state."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
from pyproj import Proj
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_crs_info
from pyproj.enums import PJType
from pyproj.exceptions import CRSError

from zoning.schools.places import STATES, Degrees, earth_metres, is_in_state

# The systems of county and state GIS: state planes, state-wide and county systems, UTM and Web
# Mercator. Left out are those of NAD27, which public files have not used since the 1990s, and of
# the whole country, which lists of schools do not use.
_FAMILIES: Final = re.compile(
    r"NAD83(?:\((?!CSRS)[^)]+\))? / (?!Conus)|WGS 84 / (?:UTM|Pseudo-Mercator)"
)
# Of systems that differ only in the adjustment of NAD83, the one that GIS programs offer first.
_PREFERRED: Final = ("NAD83 / ", "WGS 84 / Pseudo", "WGS 84 / ")
# Adjustments of NAD83 and WGS 84 differ by 1 to 2 m, different systems by kilometres.
_SAME_PLACE_M: Final = 10.0
# Some rows of a list may have a wrong place.
_MIN_SHARE: Final = 0.95
# Degrees: bounds of an area of use are boxes, and a district at a zone's border keeps to one zone.
_AREA_MARGIN_DEG: Final = 0.25
# Enough places to tell systems apart, and quick for a state's list.
_SAMPLE: Final = 200


@dataclass(frozen=True, slots=True)
class FittingSystem:
    """A coordinate system that puts x and y into the state.

    Attributes
    ----------
    code
        ``'EPSG:2246'``.
    latitude, longitude
        Where it puts the middle of the places, degrees.
    """

    code: str
    name: str
    latitude: float
    longitude: float

    def describe(self) -> str:
        """The system and the place in words."""
        where = f"{abs(self.latitude):.3f} {'N' if self.latitude >= 0 else 'S'}, "
        where += f"{abs(self.longitude):.3f} {'E' if self.longitude >= 0 else 'W'}"
        return f"{self.code} ({self.name}): schools around {where}"


def find_systems(
    x: Degrees, y: Degrees, state: str, county: str | None = None
) -> list[FittingSystem]:
    """Find the systems that put nearly all places into a state and into their own area of use.

    Sought are NAD83's and WGS 84's systems for the state: state plane, UTM, Web
    Mercator, state-wide and county systems, in metres and feet. Of those that agree
    to 10 m one is given. Empty for a state that is not known.

    Parameters
    ----------
    x, y
        Eastings and northings; NaN where unknown.
    state
        Two letters.
    county
        Its name, with or without "County": zones of other counties are left out.
    """
    there = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if state not in STATES or not len(there):
        return []
    at = there[np.linspace(0, len(there) - 1, min(len(there), _SAMPLE)).astype(int)]
    infos = query_crs_info(
        auth_name="EPSG",
        pj_types=[PJType.PROJECTED_CRS],
        area_of_interest=AreaOfInterest(*STATES[state].bounds_deg),
    )
    found: list[tuple[FittingSystem, Degrees]] = []
    for info in sorted(infos, key=lambda info: (_rank(info.name), int(info.code))):
        area = info.area_of_use
        if area is None or not _FAMILIES.match(info.name) or _is_of_others(info.name, state):
            continue
        about = area.name or ""
        if about.startswith("Canada") or not _may_hold(about, county):
            continue
        try:
            lon, lat = Proj(f"EPSG:{info.code}")(x[at], y[at], inverse=True)
        except CRSError:  # a projection of a few airports that PROJ has no string for
            continue
        if not (np.isfinite(lon) & np.isfinite(lat)).all():
            continue
        margin = _AREA_MARGIN_DEG
        inside = is_in_state(lat, lon, state, 0.0)
        east, west = lon >= area.west - margin, lon <= area.east + margin
        inside &= east & west if area.west <= area.east else east | west  # Alaska
        inside &= (lat >= area.south - margin) & (lat <= area.north + margin)
        if inside.mean() < _MIN_SHARE:
            continue
        where = earth_metres(lat, lon)
        if any(np.abs(where - other).max() <= _SAME_PLACE_M for _, other in found):
            continue
        middle = (float(np.median(lat)), float(np.median(lon)))
        found.append((FittingSystem(f"EPSG:{info.code}", info.name, *middle), where))
    return [system for system, _ in found]


def _rank(name: str) -> int:
    return next(
        (k for k, start in enumerate(_PREFERRED) if name.startswith(start)), len(_PREFERRED)
    )


def _may_hold(area: str, county: str | None) -> bool:
    """False if an area of use lists counties and a county is none of them."""
    _, listed, counties = area.partition("counties ")
    name = re.sub(r"\s+(?:county|parish)$", "", (county or "").strip(), flags=re.IGNORECASE)
    return not (name and listed) or name.casefold() in counties.casefold()


def _is_of_others(name: str, state: str) -> bool:
    """True if the system is named after other states alone."""
    named = [letters for letters, about in STATES.items() if about.name in name]
    own = STATES[state].name
    # "Virginia" stands in "West Virginia".
    return bool(named) and (
        state not in named or any(own in STATES[n].name for n in named if n != state)
    )
