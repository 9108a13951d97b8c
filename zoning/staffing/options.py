"""Staffing options: where officers would be posted under each."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd

from zoning.errors import OptionError
from zoning.schools import buildings
from zoning.staffing.posting import Posting, Site, StaffingOption, dedicated_posts
from zoning.staffing.zone_options import SECONDARY_LEVELS, FixedSecondary, PatrolZones

# Buildings per officer of the standard zone options: the fullest the programme
# allows, and what Jefferson's 30 approved officers and 40 hired ones come to.
_BUILDINGS_PER_OFFICER = (7.0, 4.8, 3.6)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideResponse:
    """How fast the outside police arrive: an input, from the district's records.

    Attributes
    ----------
    mean_s, median_s, p90_s
        Seconds from call to arrival; None where not known, and then not shown.
    source
        Where the figures come from.
    """

    mean_s: float | None = None
    median_s: float | None = None
    p90_s: float | None = None
    source: str

    def __post_init__(self) -> None:
        wrong = [
            f"{name} is {value}"
            for name, value in (
                ("mean_s", self.mean_s),
                ("median_s", self.median_s),
                ("p90_s", self.p90_s),
            )
            if value is not None and not 0 < value < math.inf
        ]
        if wrong:
            raise OptionError("the outside response makes no sense", wrong)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoDistrictOfficers:
    """Outside police only."""

    outside: OutsideResponse | None = None
    option_id: str = "none"
    label: str = "No district officers"

    @property
    def description(self) -> str:
        """One sentence: who is where."""
        if self.outside is None:
            return "Outside police answer every call; their response was not given."
        return f"Outside police answer every call; response from {self.outside.source}."

    def posting(self, site: Site) -> Posting:  # noqa: ARG002
        """No posts."""
        return Posting(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnePerCampus:
    """An officer stays at every building."""

    option_id: str = "campus"
    label: str = "One officer per campus"
    description: str = "An officer stays all day at every campus."

    def posting(self, site: Site) -> Posting:
        """A dedicated post at every building."""
        return Posting(dedicated_posts(str(b) for b in buildings(site.schools).index))


def standard_options(
    schools: gpd.GeoDataFrame, *, outside: OutsideResponse | None = None
) -> tuple[StaffingOption, ...]:
    """The options a board asks for first, sized for the district.

    No officers; patrol zones with at most 7, 4.8 and 3.6 buildings an officer on
    average (143 buildings: 21, 30 and 40 zones), as far as zones of 3 to 7
    allow; fixed at every middle, high and combined building with zones of at
    most 4.8 for the others, where there are both (K-8 schools are patrolled);
    one officer per campus.

    Parameters
    ----------
    outside
        Response of the outside police, for the option without officers.
    """
    places = buildings(schools)
    n = len(places)
    counts = _counts(n, _BUILDINGS_PER_OFFICER)
    elementary = n - int(places["level"].isin(SECONDARY_LEVELS).sum())
    middle = _counts(elementary, _BUILDINGS_PER_OFFICER[1:2])
    roving = [FixedSecondary(zones=count) for count in middle if elementary < n]
    return (
        NoDistrictOfficers(outside=outside),
        *(PatrolZones(zones=count) for count in counts),
        *roving,
        OnePerCampus(),
    )


def _counts(n: int, per_officer: Iterable[float]) -> list[int]:
    low, high = math.ceil(n / 7), n // 3
    return sorted(
        {min(max(math.ceil(n / each), low), high) for each in per_officer if 1 <= low <= high}
    )
