"""What a staffing option is, and where it puts officers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import geopandas as gpd

from zoning.demand import CallRates
from zoning.roads.travel.travel_times import TravelTimes
from zoning.zones import (
    Infeasibility,
    ProgressCallback,
    SolverLimits,
    Status,
    Zone,
    ZoneKind,
    ZonePlan,
    ZoneProblem,
    ZoningResult,
)
from zoning.zones.review.score import score


@dataclass(frozen=True, slots=True, kw_only=True)
class SolvedZones:
    """The answer to a zone problem that was solved in an earlier run.

    Attributes
    ----------
    plan, status, bound_over, infeasibility, interrupted, stopped_by
        As in `ZoningResult`.
    gap
        What was left to prove, as a share of the objective.
    """

    plan: ZonePlan | None
    status: Status
    gap: float | None = None
    bound_over: str = ""
    infeasibility: Infeasibility | None = None
    interrupted: bool = False
    stopped_by: str = ""

    def result(self, problem: ZoneProblem) -> ZoningResult:
        """The same as the result of a search, with the plan scored again."""
        scored = None if self.plan is None else score(self.plan, problem)
        bound = 0.0
        if scored is not None and self.gap is not None:
            bound = scored.objective_s * (1 - self.gap)
        return ZoningResult(
            problem=problem,
            status=self.status,
            plan=self.plan,
            score=scored,
            lower_bound_s=bound,
            bound_over=self.bound_over,
            infeasibility=self.infeasibility,
            interrupted=self.interrupted,
            stopped_by=self.stopped_by,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Site:
    """What an option is designed on.

    Attributes
    ----------
    schools, times, calls
        The inventory, emergency travel times and call rates.
    limits, progress
        For the zone optimiser.
    solved
        Zones of the option that were found before: they are scored, not searched.
    """

    schools: gpd.GeoDataFrame
    times: TravelTimes
    calls: CallRates
    limits: SolverLimits
    progress: ProgressCallback | None = None
    solved: SolvedZones | None = None


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


def dedicated_posts(building_ids: Iterable[str]) -> ZonePlan:
    """A plan in which an officer stays at each of these buildings."""
    return ZonePlan(
        tuple(
            Zone(zone_id=f"Post {number}", building_ids=(building,), kind=ZoneKind.DEDICATED)
            for number, building in enumerate(sorted(building_ids), start=1)
        )
    )
