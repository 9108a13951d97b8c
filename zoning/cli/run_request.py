"""Options of the planning commands: calls, costs, search limits and results."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import zoning
from zoning.cli.district_request import DistrictRequest, DrivingRequest
from zoning.cli.options import (
    CALLS_AND_COSTS,
    RESULTS,
    SOLVER,
    Request,
    RoleAndPath,
    minutes,
    number,
    option,
    switch,
    with_parts,
)
from zoning.cli.zone_request import ZoneRequest
from zoning.editions import Edition

if TYPE_CHECKING:
    from zoning.reports import Order, Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsRequest(Request):
    """The number of calls that schools make."""

    panel: ClassVar = CALLS_AND_COSTS

    calls_per_school_day: float | None = option(
        "--calls-per-school-day",
        "NUMBER",
        "Calls for an officer per school and day; 0.17 (Boston) if not given. Published rates run"
        " from 0.10 to 0.55.",
    )

    def rate(self) -> float:
        """Calls per school and day."""
        from zoning.demand import BOSTON_CALLS_PER_SCHOOL_DAY

        given = self.calls_per_school_day
        return BOSTON_CALLS_PER_SCHOOL_DAY if given is None else given


def _police_minutes(flag: str, help: str) -> Any:
    return option(flag, "MINUTES", help, read=minutes(above_0=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyRequest(Request):
    """Costs, and the response of the police without district officers."""

    panel: ClassVar = CALLS_AND_COSTS

    cost_per_officer: float | None = option(
        "--cost-per-officer",
        "DOLLARS",
        "All-in cost of an officer a year; 150000, range 85000 to 200000, if not given.",
        read=number(
            lambda given: 0 <= given < math.inf,
            "is not an amount of 0 dollars or more",
        ),
    )
    cost_range: tuple[float, float] | None = option(
        "--cost-range", "LOW HIGH", "Range of that cost; a cost of your own has none if not given."
    )
    relief_factor: float | None = option(
        "--relief-factor",
        "NUMBER",
        "Officers employed for each post on the roster, to cover leave and training; 1.15 if not "
        "given.",
        read=number(lambda given: 1 <= given < math.inf, "is below 1"),
    )
    police_mean_s: float | None = _police_minutes(
        "--police-mean-min",
        "Mean response of the outside police, for the option without district officers; not shown "
        "if not given.",
    )
    police_median_s: float | None = _police_minutes(
        "--police-median-min", "Median response of the outside police."
    )
    police_p90_s: float | None = _police_minutes(
        "--police-p90-min", "The 90th percentile of the response of the outside police."
    )
    police_source: str = option(
        "--police-source",
        "TEXT",
        "Where these figures come from; shown on the map.",
        default="figures given by the planner",
    )

    def faults(self) -> Iterator[str]:
        """Find a cost outside its range."""
        cost, (low, high) = self._cost_and_range()
        if cost >= 0 and not 0 <= low <= cost <= high < math.inf:
            yield f"--cost-range {low:g} {high:g} does not hold the cost of {cost:g}"

    def costs(self) -> zoning.CostAssumptions:
        """Make the costs; the planner's own cost has no range unless one is given."""
        cost, between = self._cost_and_range()
        relief = self.relief_factor
        return zoning.CostAssumptions(
            officer_year_usd=cost,
            officer_year_range_usd=between,
            relief_factor=zoning.CostAssumptions().relief_factor if relief is None else relief,
        )

    def _cost_and_range(self) -> tuple[float, tuple[float, float]]:
        known, cost = zoning.CostAssumptions(), self.cost_per_officer
        if cost is None:
            return known.officer_year_usd, self.cost_range or known.officer_year_range_usd
        return cost, self.cost_range or (cost, cost)

    def outside_response(self) -> zoning.OutsideResponse | None:
        """Make the response of the outside police; None if no figure is given."""
        figures = (self.police_mean_s, self.police_median_s, self.police_p90_s)
        if figures == (None, None, None):
            return None
        mean_s, median_s, p90_s = figures
        return zoning.OutsideResponse(
            mean_s=mean_s, median_s=median_s, p90_s=p90_s, source=self.police_source
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SolverRequest(Request):
    """Limits of the search: time, gap and seed."""

    panel: ClassVar = SOLVER

    time_s: float | None = option(
        "--time-limit",
        "SECONDS",
        "Longest search for the zones of one option, 300 if not given; then the best plan so far "
        "is taken.",
        read=number(lambda given: given > 0, "is not a number of seconds above 0"),
    )
    gap: float | None = option(
        "--gap",
        "PERCENT",
        "Stop when the plan is proved to cost at most this percentage more than the optimum; "
        "0.0001 if not given.",
        read=number(
            lambda given: 0 <= given < 100,
            "is not a percentage from 0 to below 100",
            convert=lambda given: given / 100,
        ),
    )
    seed: int = option(
        "--seed",
        "N",
        "Seed of the solvers, 0 or more; public files do not show it.",
        default=0,
        read=number(
            lambda given: 0 <= given < 2**31,  # the largest seed that the solvers accept
            "is not a number from 0 to 2147483647",
        ),
    )

    def limits(self) -> zoning.SolverLimits:
        """Make the limits of the search for zones."""
        known = zoning.SolverLimits()
        return zoning.SolverLimits(
            time_s=known.time_s if self.time_s is None else self.time_s,
            gap=known.gap if self.gap is None else self.gap,
            seed=self.seed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultRequest(Request):
    """The files of a run: folder, title, edition and extras."""

    panel: ClassVar = RESULTS

    out: Path | None = option(
        "--out",
        "FOLDER",
        "Folder for the files. If not given: zoning-plan, zoning-comparison and so on, with the "
        "suffix -restricted for that edition.",
    )
    title: str | None = option(
        "--title", "TEXT", "Heading of the maps and slides; a default one if not given."
    )
    date: datetime.datetime | None = option(
        "--date",
        "YYYY-MM-DD",
        "Date on maps, slides and tables; today if not given.",
        formats=["%Y-%m-%d"],
    )
    also: tuple[str, ...] = option(
        "--also",
        ("excel", "geopackage", "pictures"),
        "Write these too: an Excel workbook, a GeoPackage with QGIS styles, maps as PNG and SVG. "
        "Excel and pictures need pip install 'zoning[report]'. Repeat for more.",
        repeated=True,
        read=lambda words: tuple(str(word) for word in words),
    )
    map_size: str = option(
        "--map-size",
        ("page", "slide"),
        "page fills a window; slide is made for 1280 by 720 pixels, with large type.",
        default="page",
    )
    tiles: str | None = option(
        "--tiles",
        ("openstreetmap",),
        "A background map from the internet. Its server sees the address of whoever opens the "
        "map; without this option the maps ask nothing of anyone.",
    )
    force: bool = switch(
        "--force", "Replace the files of an earlier run of the same edition in that folder."
    )
    edition: Edition = option(
        "--edition",
        tuple(Edition),
        "Files of the public edition can be handed to anyone; those of the restricted edition add"
        " routes, visit times and response by school, are marked, and must not be published.",
        default="public",
        read=Edition,
    )
    earlier: tuple[Path, ...] = option(
        "--earlier",
        "FOLDER",
        "Folder of an earlier public release. Reports how closely that release and this run "
        "together disclose the response at single schools. Repeat for more.",
        repeated=True,
        read=tuple,
    )

    def folder(self, plain: str) -> Path:
        """Choose the folder: the one given, else one of this name for each edition."""
        if self.out is not None:
            return self.out
        return Path(plain if self.edition is Edition.PUBLIC else f"{plain}-{self.edition}")

    def order(self, purpose: Purpose) -> Order:
        """Make the order of files for this purpose."""
        from zoning.reports import Extra, Order

        return Order(
            purpose=purpose,
            edition=self.edition,
            extras=frozenset(Extra(word) for word in self.also),
            title=self.title,
            date=(self.date or datetime.datetime.now()).date(),
            size=zoning.maps.Size(self.map_size),
            tiles=self.tiles,
            earlier=self.earlier,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictZonesRequest(Request):
    """The district, its zones, driving profiles and calls.

    Attributes
    ----------
    plan
        File of the plan that the command is about; None for a plan from scratch.
    """

    plan: Path | None = None
    district: DistrictRequest
    driving: DrivingRequest
    zones: ZoneRequest
    calls: CallsRequest

    def files(self) -> Iterator[RoleAndPath]:
        """List every file that is named, except those of the zones, with its role."""
        yield from self.district.files()
        yield from self.driving.files()
        if self.plan is not None:
            yield from with_parts("plan", self.plan)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest(DistrictZonesRequest):
    """All options of a planning command."""

    money: MoneyRequest | None = None
    solver: SolverRequest
    results: ResultRequest

    def costs(self) -> zoning.CostAssumptions:
        """Make the costs; the library's defaults where the command has no cost options."""
        return zoning.CostAssumptions() if self.money is None else self.money.costs()
