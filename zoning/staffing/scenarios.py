"""Options on other schools than today's: a scenario of the schools, and an option under it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

import geopandas as gpd

from zoning.demand import CallRates
from zoning.errors import OptionError
from zoning.roads.travel.travel_times import TravelTimes
from zoning.schools import buildings, require_inventory
from zoning.staffing.options import OptionInputs, PatrolZones, Placement, StaffingOption
from zoning.zones import ZonePlan
from zoning.zones.review.naming import rename_after


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SchoolScenario:
    """The district's schools as they may become: some open, close, move or grow.

    Attributes
    ----------
    name
        In tables and on maps, for example ``'2028 schools'``.
    schools
        The whole table: from `zoning.read_schools`, or ``schools`` of what
        `zoning.read_school_changes` returns.
    calls
        Call rates of these schools; `zoning.call_rates` of them if None. Needed where
        the comparison is given call rates.
    times
        Patrol and emergency travel times of their buildings. Needed where the
        comparison is given travel times; else from the district's streets.
    notices
        What a reader should know of these schools, one sentence each.

    Raises
    ------
    OptionError
        If the scenario has no name.
    SchoolDataError
        If the schools are not such a table.
    """

    name: str
    schools: gpd.GeoDataFrame = field(repr=False)
    calls: CallRates | None = None
    times: tuple[TravelTimes, TravelTimes] | None = None
    notices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_inventory(self.schools)
        if not self.name.strip():
            raise OptionError("a scenario of the schools has no name", remedy="Give it a name.")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScenarioOption:
    """A staffing option under a scenario of the schools, compared beside the others.

    Every figure is of the scenario's own schools: buildings, students, calls, travel
    times, plan and alignment.

    Attributes
    ----------
    option
        What to do; any staffing option.
    scenario
        For which schools. Options of one scenario share the same object.
    """

    option: StaffingOption
    scenario: SchoolScenario

    @property
    def option_id(self) -> str:
        """Short name for files and tables."""
        word = re.sub(r"[^a-z0-9]+", "-", self.scenario.name.casefold()).strip("-")
        return f"{self.option.option_id}-{word or 'scenario'}"

    @property
    def label(self) -> str:
        """Name of the option in tables and on slides."""
        return f"{self.option.label}, {self.scenario.name}"

    @property
    def description(self) -> str:
        """One sentence: who is where."""
        return f"{self.option.description} Schools: {self.scenario.name}."

    def place_officers(self, inputs: OptionInputs) -> Placement:
        """Design the option on the scenario's schools, which ``inputs`` has.

        A start plan of other buildings is not improved, since it is no plan for these
        schools; zones that continue one of it keep its name.
        """
        option = self.option
        start = option.start if isinstance(option, PatrolZones) else None
        ids = set(map(str, buildings(inputs.schools).index))
        if not isinstance(option, PatrolZones) or start is None or set(start.building_ids) == ids:
            return option.place_officers(inputs)
        placed = replace(option, start=None).place_officers(inputs)
        if placed.plan is None or placed.zoning is None or placed.zoning.problem.plans_of_today:
            return placed
        kept = keep_buildings(start, ids)
        plan = placed.plan if kept is None else rename_after(placed.plan, kept)
        return replace(placed, plan=plan, zoning=replace(placed.zoning, plan=plan))


def keep_buildings(plan: ZonePlan, ids: set[str]) -> ZonePlan | None:
    """A plan without the buildings that are not among these; None if none is left."""
    zones = [
        replace(zone, building_ids=members)
        for zone in plan.zones
        if (members := tuple(b for b in zone.building_ids if b in ids))
    ]
    return ZonePlan(tuple(zones)) if zones else None
