"""Staffing options: where officers would be posted under each."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

import geopandas as gpd

from zoning.demand import CallRates
from zoning.errors import OptionError
from zoning.roads.travel_times import TravelTimes
from zoning.schools import buildings
from zoning.zones import (
    Alignment,
    AlignmentMode,
    ProgressCallback,
    SolverLimits,
    Zone,
    ZoneKind,
    ZonePlan,
    ZoningResult,
    design_zones,
)

# Buildings per officer of the standard zone options: the fullest the programme
# allows, and what Jefferson's 30 approved officers and 40 hired ones come to.
_BUILDINGS_PER_OFFICER = (7.0, 4.8, 3.6)
_SECONDARY_LEVELS = frozenset({"high", "secondary", "middle", "combined"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Site:
    """What an option is designed on.

    Attributes
    ----------
    schools, times, calls
        The inventory, emergency travel times and call rates.
    limits, progress
        For the zone optimiser.
    """

    schools: gpd.GeoDataFrame
    times: TravelTimes
    calls: CallRates
    limits: SolverLimits
    progress: ProgressCallback | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """Where an option puts officers: a plan, and how it was found.

    Neither means that the district has no officers; without a plan ``zoning``
    says why there is none.
    """

    plan: ZonePlan | None
    zoning: ZoningResult | None = None


class StaffingOption(Protocol):
    """A way to staff a district; write your own with these four members."""

    @property
    def option_id(self) -> str:
        """Short name for files and tables, unique within a comparison."""

    @property
    def label(self) -> str:
        """What a board reads."""

    @property
    def description(self) -> str:
        """One sentence: who is where."""

    def posting(self, site: Site) -> Posting:
        """Design the option on a district."""


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
class PatrolZones:
    """Every building in a zone that one officer patrols.

    Attributes
    ----------
    zones
        How many; None for the smallest number possible.
    min_size, max_size, alignment, dedicated
        See `zoning.design_zones`. What is not the default is in the option's id
        and label, so that two kinds of zones can be compared.
    """

    zones: int | None = 30
    min_size: int = 3
    max_size: int = 7
    alignment: Alignment = field(default_factory=Alignment)
    dedicated: tuple[str, ...] = ()

    @property
    def option_id(self) -> str:
        """Short name for files and tables."""
        parts = ["zones"]
        if self.zones is not None:
            parts.append(str(self.zones))
        if (self.min_size, self.max_size) != (3, 7):
            parts.append(f"{self.min_size}to{self.max_size}")
        if self.alignment.mode is not AlignmentMode.PREFER:
            parts.append(str(self.alignment.mode))
        elif self.alignment != Alignment():
            parts.append(f"{self.alignment.price_s / 60:g}min")
        if self.dedicated:
            parts.append(f"{len(self.dedicated)}own")
        return "-".join(parts)

    @property
    def label(self) -> str:
        """What a board reads."""
        name = "Fewest patrol zones"
        if self.zones is not None:
            name = "1 patrol zone" if self.zones == 1 else f"{self.zones} patrol zones"
        if (self.min_size, self.max_size) != (3, 7):
            name += f" of {self.min_size} to {self.max_size}"
        if self.alignment != Alignment():
            name += f", alignment {self.alignment.short}"
        if self.dedicated:
            name += f", {len(self.dedicated)} with their own"
        return name

    @property
    def description(self) -> str:
        """One sentence: who is where."""
        own = "; an officer stays at each building named" if self.dedicated else ""
        return (
            f"One officer patrols each zone of {self.min_size} to {self.max_size} buildings, "
            f"aligned with a high school{own}."
        )

    def posting(self, site: Site) -> Posting:
        """Zones by the exact optimiser."""
        return _zoned(site, self, dedicated=self.dedicated)


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedSecondary:
    """An officer stays at every secondary building; zones for the elementaries.

    Attributes
    ----------
    zones
        How many zones for the elementary buildings; None for the smallest
        number possible.
    min_size, max_size, alignment
        See `zoning.design_zones`.
    """

    zones: int | None = None
    min_size: int = 3
    max_size: int = 7
    alignment: Alignment = field(default_factory=Alignment)
    option_id: str = "secondary-and-zones"
    label: str = "Secondary fixed, elementary zones"
    description: str = "An officer at every middle and high school; zones for the rest."

    def posting(self, site: Site) -> Posting:
        """Zones for what is left after the fixed posts."""
        places = buildings(site.schools)
        fixed = [str(b) for b in places.index[places["level"].isin(_SECONDARY_LEVELS)]]
        if len(fixed) == len(places):
            return Posting(_dedicated(fixed))
        return _zoned(site, self, dedicated=fixed)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnePerCampus:
    """An officer stays at every building."""

    option_id: str = "campus"
    label: str = "One officer per campus"
    description: str = "An officer stays all day at every campus."

    def posting(self, site: Site) -> Posting:
        """A dedicated post at every building."""
        return Posting(_dedicated(str(b) for b in buildings(site.schools).index))


def standard_options(
    schools: gpd.GeoDataFrame, *, outside: OutsideResponse | None = None
) -> tuple[StaffingOption, ...]:
    """The options a board asks for first, sized for the district.

    No officers; patrol zones with at most 7, 4.8 and 3.6 buildings an officer on
    average (143 buildings: 21, 30 and 40 zones), as far as zones of 3 to 7
    allow; fixed at every secondary building with elementary zones of at most
    4.8, where there are both; one officer per campus.

    Parameters
    ----------
    outside
        Response of the outside police, for the option without officers.
    """
    places = buildings(schools)
    n = len(places)
    counts = _counts(n, _BUILDINGS_PER_OFFICER)
    elementary = n - int(places["level"].isin(_SECONDARY_LEVELS).sum())
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


def _zoned(
    site: Site, option: PatrolZones | FixedSecondary, *, dedicated: Iterable[str]
) -> Posting:
    result = design_zones(
        site.schools,
        site.times,
        zones=option.zones,
        min_size=option.min_size,
        max_size=option.max_size,
        alignment=option.alignment,
        calls=site.calls,
        dedicated=tuple(dedicated),
        limits=site.limits,
        progress=site.progress,
    )
    return Posting(result.plan, result)


def _dedicated(building_ids: Iterable[str]) -> ZonePlan:
    return ZonePlan(
        tuple(
            Zone(zone_id=f"Post {number}", building_ids=(building,), kind=ZoneKind.DEDICATED)
            for number, building in enumerate(sorted(building_ids), start=1)
        )
    )
