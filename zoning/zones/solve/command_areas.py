"""Group the zones of a plan into the areas of commanders, with the search and proof of zones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from zoning.demand import CallRates, call_rates
from zoning.errors import DemandError, OptionError, typed
from zoning.roads.travel.travel_times import TravelTimes
from zoning.schools import buildings
from zoning.units import counted, sentence
from zoning.zones.arrays import Floats
from zoning.zones.plan import ZonePlan
from zoning.zones.request.costs import ZoneCost
from zoning.zones.request.limits import ProgressCallback, SolverLimits
from zoning.zones.request.objective import Alignment, Objective
from zoning.zones.request.problem import ZoneProblem
from zoning.zones.request.rules import Contiguous, Rule, Together
from zoning.zones.solve.result import ZoningResult, percent
from zoning.zones.solve.solver import solve


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CommandAreas:
    """The zones of a plan, grouped into the areas of commanders; see `group_zones`.

    Attributes
    ----------
    plan
        The plan whose zones are grouped.
    result
        The answer of the search with its proof. In its problem, plan and messages a zone of
        the plan stands as a building, and an area as a zone.
    """

    plan: ZonePlan
    result: ZoningResult

    def __repr__(self) -> str:
        areas = 0 if self.result.plan is None else len(self.result.plan.zones)
        return f"CommandAreas({self.result.status}, {counted(areas, 'area')}, {self.plan!r})"

    @property
    def of_zone(self) -> dict[str, str]:
        """The area of each zone, by zone id; empty if there is no grouping."""
        if self.result.plan is None:
            return {}
        found = {z: area.zone_id for area in self.result.plan.zones for z in area.building_ids}
        return {zone.zone_id: found[zone.zone_id] for zone in self.plan.zones}

    def table(self) -> pd.DataFrame:
        """The area of each zone.

        Returns
        -------
        DataFrame
            Index ``zone_id`` in the plan's order; columns ``area``, ``kind``,
            ``high_school_id`` and ``buildings``, how many. Empty if there is no grouping.
        """
        of_zone = self.of_zone
        rows = [
            (z.zone_id, of_zone[z.zone_id], str(z.kind), z.high_school_id, len(z.building_ids))
            for z in self.plan.zones
            if of_zone
        ]
        columns = ["zone_id", "area", "kind", "high_school_id", "buildings"]
        return pd.DataFrame(rows, columns=columns).set_index("zone_id")

    def __str__(self) -> str:
        result = self.result
        if result.plan is None or result.score is None or result.gap is None:
            return (
                "The zones are not grouped. Below a zone of the plan stands as a building, and an "
                f"area as a zone.\n{result}"
            )
        stopped = f"; stopped by {result.stopped_by}" if result.stopped_by else ""
        lines = [
            f"{counted(len(result.plan.zones), 'area')} for "
            f"{counted(len(self.plan.zones), 'zone')}: {result.status}, "
            f"gap {percent(result.gap)}{stopped}",
            f"mean expected travel of a commander to a call {result.score.mean_travel_s / 60:.2f} "
            "min, with none to calls in the zone where the commander is",
            *(sentence(notice) for notice in result.notices),
        ]
        return "\n".join(lines)


@typed
def group_zones(
    plan: ZonePlan,
    times: TravelTimes,
    *,
    areas: int | tuple[int, int] | None = 10,
    min_size: int | None = None,
    max_size: int | None = None,
    schools: gpd.GeoDataFrame | None = None,
    calls: CallRates | None = None,
    objective: Objective | str = Objective.PATROL,
    rules: Sequence[Rule] = (),
    costs: Sequence[ZoneCost] = (),
    keep_high_schools: bool = False,
    neighbours: Collection[tuple[str, str]] | None = None,
    area_names: Mapping[str, str] | None = None,
    limits: SolverLimits | None = None,
    progress: ProgressCallback | None = None,
) -> CommandAreas:
    """Group the zones of a plan into areas, one for each commander, and prove how good they are.

    Each zone, also that of an officer who stays at one building, is one place of a problem as
    `zoning.solve` has it: its calls are the sum over its buildings, and the travel from one zone
    to another is the mean over the buildings of the one, and over the calls of the other. The
    areas minimise a commander's call-weighted expected travel to the zones of the area, being in
    each of them equally often; calls in the zone where the commander is count 0.

    Parameters
    ----------
    times
        Seconds between the plan's buildings.
    areas
        How many; two numbers for the fewest and the most; None for as few as possible, which
        takes ``max_size``.
    min_size, max_size
        Zones in an area. If neither is given and ``areas`` is a number, zones are divided as
        evenly as possible.
    schools
        For call rates and enrolment; without them and ``calls`` each building counts alike.
    calls
        Calls per school-day by building.
    rules, costs
        As for `zoning.design_zones`, with zone ids in place of building ids. Columns of
        workloads: ``'calls'``, ``'zones'``, ``'buildings'``, and with schools ``'enrollment'``.
    keep_high_schools
        Whether all zones of one high school are in one area.
    neighbours
        Pairs of buildings whose areas meet, from `zoning.adjacent_buildings`: areas are then
        connected.
    area_names
        Names of areas, each by a zone that lies in the area.
    limits, progress
        As for `zoning.solve`.

    Returns
    -------
    CommandAreas
        Without areas if no grouping is possible; its text says why.

    Raises
    ------
    ProblemError, OptionError
        If bounds contradict, or a rule names no zone of the plan.
    DemandError
        If a building has no call rate.
    NetworkError, UnreachableError
        If a building has no travel times, or there is no way to it.
    """
    if areas is None and max_size is None:
        raise OptionError("as few areas as possible would be one", remedy="Give max_size.")
    zones = [zone.zone_id for zone in plan.zones]
    if isinstance(areas, int) and areas > 0 and min_size is None and max_size is None:
        min_size, max_size = max(len(zones) // areas, 1), -(-len(zones) // areas)
    ids = [b for zone in plan.zones for b in zone.building_ids]
    between = times.subset(ids)
    between.require_reachable()
    rates = _find_rates(ids, schools, calls)
    number = {building: k for k, zone in enumerate(plan.zones) for building in zone.building_ids}
    member = np.array([number[b] for b in ids])[:, None] == np.arange(len(zones))
    work = {
        "calls": rates.to_numpy(dtype=np.float64) @ member,
        "zones": np.ones(len(zones)),
        "buildings": member.sum(axis=0).astype(np.float64),
    }
    if schools is not None:
        enrolled = buildings(schools)["enrollment"].reindex(ids).to_numpy(dtype=np.float64)
        work["enrollment"] = enrolled @ member
    problem = ZoneProblem(
        building_ids=tuple(zones),
        call_weight=work["calls"] / (work["calls"].mean() or 1.0),
        seconds=_zone_seconds(between.seconds, member, rates.to_numpy(dtype=np.float64)),
        high_school_ids=(),
        misaligned=np.zeros((len(zones), 0), dtype=np.int64),
        with_feeder=np.zeros(len(zones), dtype=np.int64),
        from_high_school=np.zeros((len(zones), 0)),
        zones=areas,
        min_size=min_size,
        max_size=max_size,
        alignment=Alignment.off(),
        objective=Objective(objective),
        rules=(
            *rules,
            *(_keep_together(plan) if keep_high_schools else ()),
            *(() if neighbours is None else (Contiguous(_zone_pairs(neighbours, number, zones)),)),
        ),
        costs=tuple(costs),
        zone_names=area_names or {},
        columns=work,
        times_source=times.source,
        times_estimate=times.estimate,
    )
    result = solve(problem, limits, progress=progress)
    return CommandAreas(plan=plan, result=_name_areas(result, set((area_names or {}).values())))


def _find_rates(
    ids: Sequence[str], schools: gpd.GeoDataFrame | None, calls: CallRates | None
) -> pd.Series:
    """Calls of each building; 1 each if nothing is known of them."""
    if calls is None and schools is None:
        return pd.Series(1.0, index=pd.Index(ids))
    rates = (call_rates(schools) if calls is None else calls).per_day.reindex(list(ids))
    if rates.isna().any():
        missing = list(rates.index[rates.isna()])
        raise DemandError(f"{len(missing)} buildings have no call rate", [", ".join(missing)])
    return rates


def _zone_seconds(seconds: Floats, member: Floats, calls: Floats) -> Floats:
    """Travel between zones: the mean over buildings of the one, and over calls of the other."""
    calls_of = calls @ member
    weight = np.where(calls_of > 0, calls[:, None] * member, member)
    made = (member / member.sum(axis=0)).T @ seconds @ (weight / weight.sum(axis=0))
    np.fill_diagonal(made, 0.0)
    return np.asarray(made)


def _keep_together(plan: ZonePlan) -> tuple[Together, ...]:
    of_school: dict[str, list[str]] = defaultdict(list)
    for zone in plan.zones:
        if zone.high_school_id is not None:
            of_school[zone.high_school_id].append(zone.zone_id)
    return tuple(Together(tuple(zones)) for zones in of_school.values() if len(zones) > 1)


def _zone_pairs(
    neighbours: Collection[tuple[str, str]], number: Mapping[str, int], zones: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """Pairs of zones of which two buildings are neighbours."""
    both = [(number[a], number[b]) for a, b in neighbours if a in number and b in number]
    pairs = sorted({(min(pair), max(pair)) for pair in both if pair[0] != pair[1]})
    return tuple((zones[one], zones[other]) for one, other in pairs)


def _name_areas(result: ZoningResult, given: Collection[str]) -> ZoningResult:
    """Call the areas that have no name ``'Area 1'``, ``'Area 2'`` ..."""
    if result.plan is None:
        return result
    unnamed = [zone.zone_id for zone in result.plan.zones if zone.zone_id not in given]
    names = {old: f"Area {k}" for k, old in enumerate(unnamed, start=1)}
    return replace(result, plan=result.plan.rename(names))
