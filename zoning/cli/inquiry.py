"""A question about a plan: reading it, its district and what it is held to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd

from zoning.cli.district_request import DistrictRequest
from zoning.cli.driving import DrivingRequest
from zoning.cli.inputs import with_parts
from zoning.cli.job import district_notices
from zoning.cli.progress import telling
from zoning.cli.show import Screen
from zoning.cli.zone_request import ZoneRequest, require_possible_words
from zoning.demand import call_rates
from zoning.editions import Edition
from zoning.errors import OptionError
from zoning.reports import MEANINGS, ResultsFolder, check_names
from zoning.schools import notices as school_notices
from zoning.staffing.comparison import district_times
from zoning.zones import ZonePlan, ZoneProblem, read_plan
from zoning.zones.files.school_names import SchoolNames


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A plan, what it is held to, and what was asked about it.

    Attributes
    ----------
    building
        The building that was asked about; '' for none.
    notices
        What a reader of its figures should know.
    """

    plan: ZonePlan
    problem: ZoneProblem
    building: str
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """Which plan of which district, and which zones it should have.

    Attributes
    ----------
    plan
        The file of the plan.
    district, driving, zones
        As in `zoning.cli.job.Job`.
    calls_per_school_day
        See `zoning.call_rates`.
    """

    plan: Path
    district: DistrictRequest
    driving: DrivingRequest
    zones: ZoneRequest
    calls_per_school_day: float

    def folder(self, out: Path, *, force: bool) -> ResultsFolder:
        """Where the files of a check go, before anything is read."""
        inputs = (
            *self.district.files(),
            *self.driving.files(),
            *self.zones.files(),
            *with_parts("plan", self.plan),
        )
        return ResultsFolder.prepare(
            out,
            check_names(),
            edition=Edition.RESTRICTED,
            replace=force,
            stale_files=[name for name in MEANINGS if name not in check_names()],
            inputs=[path for _, path in inputs],
        )

    def read(self, screen: Screen, *, building: str | None = None) -> Found:
        """Read every file and compute travel times, progress going to the screen.

        Raises
        ------
        FaultsError
            If an input cannot be used.
        """
        warned: list[str] = []
        with district_notices(warned):
            district = self.district.read()
            _, profile = self.driving.profiles(district)
            plan = read_plan(self.plan, district.schools)
            calls = call_rates(district.schools, calls_per_school_day=self.calls_per_school_day)
            home = "" if building is None else _building(building, district.schools)
            order = self.zones.order(district, plan=plan, profile=profile)
            option = replace(order.option, start=None)
            require_possible_words([option], district, calls)
            with telling(screen.err, steps=1) as tell:
                tell("travel times", None)
                times = district_times(district, profile)
            problem = option.problem(district.schools, times, calls=calls)
        notices = (*warned, *school_notices(district.schools), *calls.notices)
        return Found(
            plan=plan, problem=problem, building=home, notices=tuple(dict.fromkeys(notices))
        )


def _building(word: str, schools: gpd.GeoDataFrame) -> str:
    try:
        return SchoolNames.of(schools, ()).building(word)
    except ValueError as wrong:
        raise OptionError(f"BUILDING {wrong}") from wrong
