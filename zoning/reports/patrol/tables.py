"""Write the tables of patrol days as CSV. All are restricted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pandas as pd

from zoning.editions import Edition
from zoning.patrol import PatrolSchedule
from zoning.patrol.term import Day
from zoning.reports.tables import VISIT_COLUMNS, csv_table, with_clock_times
from zoning.roads.travel.travel_times import TravelTimes
from zoning.units import clock

Schedules = Mapping[Day | None, PatrolSchedule]
_HOUR_S = 3600


def visits_table(schedules: Schedules, names: Mapping[str, str]) -> bytes:
    """Make one row a stop; `zoning.read_schedule` reads it back."""
    frame = _by_date(schedules, PatrolSchedule.to_frame)
    frame = with_clock_times(frame.assign(name=frame["building_id"].map(names)))
    return _write(frame, [*VISIT_COLUMNS])


def presences_table(schedules: Schedules, names: Mapping[str, str]) -> bytes:
    """Make one row a wished presence: its window, and whether an officer comes."""
    frame = _by_date(schedules, PatrolSchedule.presences)
    frame = frame.assign(name=frame["building_id"].map(names))
    for column in ("bell", "open", "close"):
        frame[column] = frame[f"{column}_s"].map(clock, na_action="ignore")
    columns = ["building_id", "name", "kind", "bell", "open", "close", "weight", "met"]
    return _write(frame, columns)


def idleness_table(schedules: Schedules, names: Mapping[str, str]) -> bytes:
    """Make one row a building: visits, and how long it is without one while it is open."""
    frame = _by_date(schedules, lambda schedule: schedule.idleness().reset_index())
    frame = frame.assign(name=frame["building_id"].map(names))
    return _write(frame, ["building_id", "name", "visits", "mean_idle_s", "longest_gap_s"])


def officers_table(schedules: Schedules, times: TravelTimes) -> bytes:
    """Make one row an officer: shift, hours, drives, and what is proved of the day."""

    def rows(schedule: PatrolSchedule) -> pd.DataFrame:
        return pd.DataFrame(list(_officers(schedule, times)))

    return _write(_by_date(schedules, rows), [])


def _officers(schedule: PatrolSchedule, times: TravelTimes) -> Iterator[dict[str, object]]:
    for day in schedule.days:
        proof = day.proof
        yield {
            "zone_id": day.zone_id,
            "officer_id": day.officer_id,
            "shift_start": clock(day.start_s),
            "shift_end": clock(day.end_s),
            "hours": day.length_s / _HOUR_S,
            "beyond_shift_hours": max(0, day.length_s - schedule.assumptions.shift_s) / _HOUR_S,
            "visits": sum(not visit.is_break for visit in day.visits),
            "driving_s": day.driving_s,
            "driving_m": day.metres(times),
            "presence_weight": None if proof is None else proof.weight,
            "presence_weight_bound": None if proof is None else proof.weight_bound,
            "longest_gap_s": None if proof is None else proof.longest_gap_s,
            "longest_gap_bound_s": None if proof is None else proof.gap_bound_s,
            "engine": None if proof is None else proof.engine,
        }


def _by_date(schedules: Schedules, make: Callable[[PatrolSchedule], pd.DataFrame]) -> pd.DataFrame:
    """Join the tables of some days; a column of dates first where there are dates."""
    frames = []
    for date, schedule in schedules.items():
        frame = make(schedule)
        if date is not None:
            frame.insert(0, "day", date if isinstance(date, int) else date.isoformat())
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def _write(frame: pd.DataFrame, columns: list[str]) -> bytes:
    dated = ["day"] if "day" in frame else []
    chosen = frame[[*dated, *columns]] if columns else frame
    return csv_table(chosen, Edition.RESTRICTED)
