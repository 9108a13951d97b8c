"""Measure how predictable the officers of a plan are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from zoning.errors import ScheduleError, typed
from zoning.patrol.assumptions import PatrolAssumptions
from zoning.patrol.day_search import DayEffort, plan_day
from zoning.patrol.drawn_days import DrawAssumptions
from zoning.patrol.planning import day_problem, open_buildings, prepare_day
from zoning.patrol.unpredictable import predictability_by_driving
from zoning.patrol.working_day import QUICK
from zoning.roads.traffic import TravelByHour
from zoning.roads.travel.travel_times import TravelTimes
from zoning.zones.plan import ZoneKind, ZonePlan


@typed
def measure_predictability(
    plan: ZonePlan,
    schools: gpd.GeoDataFrame,
    times: TravelTimes,
    *,
    assumptions: PatrolAssumptions | None = None,
    times_by_hour: TravelByHour = (),
    wishes: pd.DataFrame | None = None,
    draw: DrawAssumptions | None = None,
    extra_driving: Sequence[float] = (0.0, 0.1, 0.2),
    watched_days: int = 20,
    effort: DayEffort = QUICK,
    seed: int = 0,
) -> pd.DataFrame:
    """How predictable the officers of patrol zones are, for bounds of extra driving.

    Each zone is taken as one officer's, who works the whole school day. The days by which it is
    measured are drawn for this alone, not with the key of the days that are worked.

    Parameters
    ----------
    plan, schools, times, assumptions, times_by_hour, wishes
        As for `zoning.plan_patrols`.
    draw
        How days are drawn, and how many to measure by.
    extra_driving, watched_days
        See `zoning.patrol.unpredictable.predictability_by_driving`.
    effort
        The search for the planned day, from which extra driving is counted.
    seed
        Of the days that are drawn to measure.

    Returns
    -------
    DataFrame
        A row a zone and bound, with ``zone_id``, ``buildings``, ``floor`` (the chance of a guess
        at random, 1 over the buildings) and the columns of `predictability_by_driving`.
    """
    assumed = assumptions or PatrolAssumptions()
    school_day, travel = prepare_day(
        plan, schools, times, assumptions=assumed, times_by_hour=times_by_hour, wishes=wishes
    )
    frames = []
    for k, zone in enumerate(plan.zones):
        ids = open_buildings(zone, school_day)
        if zone.kind is ZoneKind.DEDICATED or len(ids) < 2:
            continue
        problem = day_problem(ids, school_day, travel, assumptions=assumed)
        at = times.positions(problem.building_ids)
        frame = predictability_by_driving(
            replace(problem, dwell_s=min(problem.dwell_s, assumed.shortest_stay_s)),
            plan_day(problem, effort=effort),
            rng=np.random.default_rng([seed, k]),
            extra_driving=extra_driving,
            watched_days=watched_days,
            drive_m=None if times.metres is None else times.metres[np.ix_(at, at)],
            assumptions=draw,
        )
        frame.insert(0, "zone_id", zone.zone_id)
        frame.insert(1, "buildings", problem.size)
        frame.insert(2, "floor", 1 / problem.size)
        frames.append(frame)
    if not frames:
        raise ScheduleError(
            "no officer patrols several buildings, so there is nothing to predict",
            remedy="Measure a plan with patrol zones.",
        )
    return pd.concat(frames, ignore_index=True)
