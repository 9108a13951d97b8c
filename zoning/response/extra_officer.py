"""Which one more officer helps most: divide each zone, simulate the best. Restricted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zoning.demand import CallRates
from zoning.errors import typed
from zoning.patrol import PatrolSchedule, plan_patrols
from zoning.response.assumptions import ResponseAssumptions
from zoning.response.estimate import SimulatedResponse, compare_means, simulate_response
from zoning.roads.travel.travel_times import TravelTimes
from zoning.zones.plan import Zone, ZoneKind, ZonePlan

MAX_DIVIDED: Final = 10
"""Zones of at most so many buildings are divided in every way, 511 for ten; of larger ones one
building is taken out. Our choice: zones of the programme hold at most seven."""
SIMULATED: Final = 4
"""How many of the divisions that save most drive are simulated. Our choice."""


@typed
def rank_extra_officers(
    plan: ZonePlan,
    schedule: PatrolSchedule,
    times: TravelTimes,
    *,
    schools: gpd.GeoDataFrame,
    calls: CallRates,
    patrol_times: TravelTimes | None = None,
    assumptions: ResponseAssumptions | None = None,
    days: int = 100,
    simulated: int = SIMULATED,
) -> pd.DataFrame:
    """Where one more officer on duty shortens the mean response most.

    The officer takes a part of one patrol zone. Every zone is divided in two so that the
    drives to its calls are shortest, with each officer equally often at each building of the
    part. The divisions that save most seconds of drive a day are then planned and simulated with
    the calls of today's plan. What is not searched: moving buildings between zones, a zone
    made of parts of two others, and an officer who floats without a zone.

    Parameters
    ----------
    plan, schedule, times, schools, calls, assumptions
        As for `zoning.response.estimate_response`.
    patrol_times
        Seconds on patrol, for the timetables of the two new zones; ``times`` if None.
    days, simulated
        School-days of each simulation, and how many divisions are simulated.

    Returns
    -------
    DataFrame
        One row a division, the best first: ``zone_id``, ``extra_building_ids`` (the part that the
        new officer takes, the smaller one), ``saved_s_per_day`` (seconds of drive by the
        estimate above), ``mean_s``, and ``change_s`` with ``change_low_s`` and ``change_high_s``
        (change of the district's mean and its 95 % interval). Divisions that were not
        simulated come last, with NaN. Empty if no zone has two buildings.
    """
    assumed = assumptions or ResponseAssumptions()

    def simulate(of: ZonePlan, by: PatrolSchedule) -> SimulatedResponse:
        return simulate_response(
            of, by, times, schools=schools, calls=calls, days=days, assumptions=assumed
        )

    found = sorted(_divisions(plan, times, calls), key=lambda division: -division[2])
    base = simulate(plan, schedule) if found else None
    rows = []
    for place, (zone, part, saved_s) in enumerate(found):
        row: dict[str, object] = {
            "zone_id": zone.zone_id,
            "extra_building_ids": part,
            "saved_s_per_day": saved_s,
        }
        if base is not None and place < simulated:
            one = simulate(*_divide(plan, schedule, zone, part, (schools, patrol_times or times)))
            row["mean_s"] = one.mean_s
            if change := compare_means(one, base):
                row |= {
                    "change_s": change.value,
                    "change_low_s": change.low,
                    "change_high_s": change.high,
                }
        rows.append(row)
    columns = ["zone_id", "extra_building_ids", "saved_s_per_day", "mean_s"]
    columns += ["change_s", "change_low_s", "change_high_s"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values("change_s", kind="stable").reset_index(drop=True)


def _divisions(
    plan: ZonePlan, times: TravelTimes, calls: CallRates
) -> Iterator[tuple[Zone, tuple[str, ...], float]]:
    """The best division of each patrol zone: the smaller part, and seconds of drive saved a day."""
    for zone in plan.zones:
        ids = sorted(zone.building_ids)
        if zone.kind is ZoneKind.DEDICATED or len(ids) < 2:
            continue
        at = times.positions(ids)
        seconds = times.seconds[np.ix_(at, at)]
        rates: NDArray[np.float64] = np.asarray(calls.per_day[ids], dtype=np.float64)
        everything = np.ones(len(ids), dtype=bool)
        whole = _drive_s(seconds, rates, everything)
        best, part = np.inf, everything
        for inside in _parts(len(ids)):
            drive = _drive_s(seconds, rates, inside) + _drive_s(seconds, rates, ~inside)
            if drive < best:
                best, part = drive, inside
        yield zone, tuple(i for i, taken in zip(ids, part, strict=True) if taken), whole - best


def _parts(size: int) -> Iterator[NDArray[np.bool_]]:
    """Every way to divide so many buildings in two, by the smaller part."""
    largest = size // 2 if size <= MAX_DIVIDED else 1
    for count in range(1, largest + 1):
        for chosen in combinations(range(size), count):
            if 2 * count == size and 0 not in chosen:
                continue  # the same division as with its other half
            part = np.zeros(size, dtype=bool)
            part[list(chosen)] = True
            yield part


def _drive_s(
    seconds: NDArray[np.float64], rates: NDArray[np.float64], part: NDArray[np.bool_]
) -> float:
    """Seconds of drive a day to the calls of a part, its officer equally often at each building."""
    return float(seconds[np.ix_(part, part)].mean(axis=0) @ rates[part])


def _divide(
    plan: ZonePlan,
    schedule: PatrolSchedule,
    zone: Zone,
    part: tuple[str, ...],
    patrol: tuple[gpd.GeoDataFrame, TravelTimes],
) -> tuple[ZonePlan, PatrolSchedule]:
    """The plan and the timetables with one zone divided; the other days stay as they are."""
    names = {other.zone_id for other in plan.zones}
    name = next(
        n for k in range(len(names) + 1) if (n := f"{zone.zone_id} extra {k + 1}") not in names
    )
    rest = tuple(i for i in zone.building_ids if i not in part)
    halves = (replace(zone, building_ids=rest), replace(zone, zone_id=name, building_ids=part))
    schools, times = patrol
    planned = plan_patrols(ZonePlan(halves), schools, times, assumptions=schedule.assumptions)
    zones = tuple(one for one in plan.zones if one is not zone)
    days = tuple(day for day in schedule.days if day.zone_id != zone.zone_id)
    return ZonePlan((*zones, *halves)), replace(schedule, days=(*days, *planned.days))
