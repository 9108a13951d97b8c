"""The zone problem: what is to be divided, by which costs and within which bounds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from zoning.demand import CallRates, call_rates
from zoning.errors import ProblemError
from zoning.roads.travel_times import TravelTimes
from zoning.schools import buildings, high_school_ids
from zoning.zones.alignment import Alignment
from zoning.zones.space import ZoneSpace


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ZoneProblem:
    """Buildings to divide into patrol zones, and what a good division is.

    The objective of a plan is in building-seconds: over all buildings, the
    expected travel of the zone's officer to a call there (an officer is at each
    building of the zone equally often, Larson and Odoni 1981, chapter 5),
    weighted by the building's calls relative to the district's average, plus
    the alignment price of every misaligned school.

    Attributes
    ----------
    building_ids
        The buildings to divide, n of them; those with a dedicated officer are
        not among them.
    call_weight
        Shape (n,), calls of each building relative to the mean of all n.
    seconds
        Shape (n, n), seconds from building to building.
    high_school_ids
        The high schools a zone can be aligned with; may be empty.
    misaligned
        Shape (n, number of high schools): how many schools of the building
        would be outside their feeder's zone.
    with_feeder
        Shape (n,), how many schools of the building feed a high school.
    from_high_school
        Shape (n, number of high schools), seconds from the high school to the
        building; NaN where the high school has no travel times.
    dedicated
        Buildings whose officer stays there.
    zones
        How many patrol zones; None for the smallest number that is possible.
    min_size, max_size
        Buildings in a zone, at least and at most.
    times_source, times_estimate
        Where the seconds came from, and what to say if they are an estimate.

    The tables are copies of what is given, and read-only.

    Raises
    ------
    ProblemError
        If bounds contradict, or a table has another shape or an impossible
        value; every fault in one error.
    """

    building_ids: tuple[str, ...]
    call_weight: NDArray[np.float64]
    seconds: NDArray[np.float64]
    high_school_ids: tuple[str, ...]
    misaligned: NDArray[np.int64]
    with_feeder: NDArray[np.int64]
    from_high_school: NDArray[np.float64]
    dedicated: tuple[str, ...] = ()
    zones: int | None = 30
    min_size: int = 3
    max_size: int = 7
    alignment: Alignment = field(default_factory=Alignment)
    times_source: str = ""
    times_estimate: str | None = None

    def __post_init__(self) -> None:
        faults = []
        if self.min_size < 1:
            faults.append(f"min_size is {self.min_size}: a zone has at least 1 building")
        if self.max_size < self.min_size:
            faults.append(f"max_size {self.max_size} is below min_size {self.min_size}")
        if self.zones is not None and self.zones < 1:
            faults.append(f"zones is {self.zones}: at least 1 is needed")
        if not self.building_ids:
            faults.append("there is no building to divide")
        faults += self._table_faults()
        if faults:
            raise ProblemError("the zone request contradicts itself", faults)
        for name in self._shapes():
            kept = getattr(self, name).copy()
            kept.flags.writeable = False
            object.__setattr__(self, name, kept)

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        n, high_schools = len(self.building_ids), len(self.high_school_ids)
        return {
            "call_weight": (n,),
            "seconds": (n, n),
            "misaligned": (n, high_schools),
            "with_feeder": (n,),
            "from_high_school": (n, high_schools),
        }

    def _table_faults(self) -> list[str]:
        faults = [
            f"{name} has shape {getattr(self, name).shape}, not {shape}"
            for name, shape in self._shapes().items()
            if getattr(self, name).shape != shape
        ]
        for name in ("call_weight", "seconds"):
            table = getattr(self, name)
            if not (np.isfinite(table) & (table >= 0)).all():
                faults.append(f"{name} holds a value that is not a number of at least 0")
        if self.seconds.ndim > 1 and np.diagonal(self.seconds).any():
            faults.append("seconds from a building to itself are not 0")
        return faults

    @classmethod
    def from_schools(
        cls,
        schools: gpd.GeoDataFrame,
        times: TravelTimes,
        *,
        calls: CallRates | None = None,
        dedicated: Collection[str] = (),
        zones: int | None = 30,
        min_size: int = 3,
        max_size: int = 7,
        alignment: Alignment | None = None,
    ) -> ZoneProblem:
        """The problem of a district; see `zoning.design_zones` for the parameters.

        Raises
        ------
        ProblemError
            If a dedicated building is not one of the schools' buildings, a
            building has no call rate, or bounds contradict.
        NetworkError, UnreachableError
            If a building has no travel times, or there is no way to it.
        """
        places = buildings(schools)
        unknown = [b for b in dedicated if b not in places.index]
        if unknown:
            raise ProblemError(
                f"{len(unknown)} dedicated buildings are not in the schools", [", ".join(unknown)]
            )
        kept = [str(b) for b in places.index if b not in set(dedicated)]
        between = times.subset(kept)
        between.require_reachable()
        rates = (calls or call_rates(schools)).per_day.reindex(kept)
        if rates.isna().any():
            missing = list(rates.index[rates.isna()])
            raise ProblemError(f"{len(missing)} buildings have no call rate", [", ".join(missing)])
        mean = float(rates.mean()) if len(rates) else 0.0
        if kept and mean == 0:
            raise ProblemError("none of the buildings to divide has any calls")
        high = high_school_ids(schools)
        misaligned = np.array(
            [[sum(h not in f for f in places.at[b, "feeders"]) for h in high] for b in kept],
            dtype=np.int64,
        ).reshape(len(kept), len(high))
        return cls(
            building_ids=tuple(kept),
            call_weight=np.asarray(rates / (mean or 1.0), dtype=np.float64),
            seconds=between.seconds,
            high_school_ids=high,
            misaligned=misaligned,
            with_feeder=np.array([len(places.at[b, "feeders"]) for b in kept], dtype=np.int64),
            from_high_school=_from_high_schools(schools, times, high, kept),
            dedicated=tuple(sorted(set(dedicated))),
            zones=zones,
            min_size=min_size,
            max_size=max_size,
            alignment=alignment or Alignment(),
            times_source=times.source,
            times_estimate=times.estimate,
        )

    @property
    def n(self) -> int:
        """Number of buildings to divide."""
        return len(self.building_ids)

    def space(self) -> ZoneSpace:
        """Costs of all zones of these buildings, seconds."""
        to_calls = self.call_weight[:, None] * self.seconds.T
        charge = self.alignment.charge_s
        price = np.where(self.misaligned > 0, charge * np.maximum(self.misaligned, 1), 0.0)
        return ZoneSpace(
            pair_s=to_calls + to_calls.T,
            misfit_s=price if self.high_school_ids else np.zeros((self.n, 1)),
            sizes=(self.min_size, self.max_size),
        )


def _from_high_schools(
    schools: gpd.GeoDataFrame, times: TravelTimes, high: tuple[str, ...], kept: list[str]
) -> NDArray[np.float64]:
    known = set(times.ids)
    to = times.positions(kept)
    table = np.full((len(kept), len(high)), np.nan)
    for column, school in enumerate(high):
        campus = str(schools.at[school, "campus_id"]) if school in schools.index else ""
        if campus in known:
            table[:, column] = times.seconds[times.positions((campus,))[0], to]
    return table
