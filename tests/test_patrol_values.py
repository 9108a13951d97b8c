"""Patrol values that cannot be wrong."""

from __future__ import annotations

import pytest

from zoning.errors import ScheduleError
from zoning.patrol import OfficerDay, PatrolAssumptions, PatrolSchedule, Visit


def visit(building_id: str, arrival_s: int, departure_s: int, covers: bool = False) -> Visit:
    return Visit(
        building_id=building_id,
        arrival_s=arrival_s,
        departure_s=departure_s,
        in_arrival_window=covers,
    )


def test_assumptions_report_every_fault_at_once() -> None:
    with pytest.raises(ScheduleError) as caught:
        PatrolAssumptions(
            dwell_s=0, arrival_lead_s=-1, arrival_lag_s=-1, day_start_s=50_000, day_end_s=40_000
        )
    assert len(caught.value.faults) == 5
    with pytest.raises(ScheduleError, match=r"dwell_s is 720\.5, not a whole number"):
        PatrolAssumptions(dwell_s=720.5)  # type: ignore[arg-type]
    with pytest.raises(ScheduleError, match="longer than the whole arrival window of 1800"):
        PatrolAssumptions(dwell_s=1801)
    with pytest.raises(ScheduleError, match="seed is -1"):
        PatrolAssumptions(seed=-1)


def test_a_visit_that_leaves_before_it_arrives_is_refused() -> None:
    with pytest.raises(ScheduleError, match="A leaves at 07:00, before it arrives at 08:00"):
        visit("A", 28_800, 25_200)


def test_a_day_reports_every_fault_at_once() -> None:
    with pytest.raises(ScheduleError) as caught:
        OfficerDay(
            zone_id="Zone 1",
            start_s=100,
            end_s=1000,
            visits=(visit("A", 90, 300), visit("B", 200, 400), visit("B", 500, 900)),
            unvisited_ids=("A",),
        )
    faults = "\n".join(caught.value.faults)
    assert len(caught.value.faults) == 5
    for words in ("first visit", "last visit", "begins before", "in a row", "listed as unvisited"):
        assert words in faults
    with pytest.raises(ScheduleError, match="no visit"):
        OfficerDay(zone_id="Zone 1", start_s=0, end_s=10, visits=())
    with pytest.raises(ScheduleError, match="ends at 00:00"):
        OfficerDay(zone_id="Zone 1", start_s=0, end_s=0, visits=(visit("A", 0, 0),))


def test_a_building_covered_twice_counts_once() -> None:
    day = OfficerDay(
        zone_id="Zone 1",
        start_s=0,
        end_s=50,
        visits=(visit("A", 0, 10, True), visit("B", 20, 30, True), visit("A", 40, 50, True)),
        bell_building_ids=("A", "B", "C"),
        unvisited_ids=("C",),
    )
    schedule = PatrolSchedule(days=(day,), assumptions=PatrolAssumptions())
    assert (schedule.windows_covered, schedule.windows_total) == (2, 3)
    assert day.driving_s == 20
    assert schedule.officer_seconds().to_dict() == {"A": 20.0, "B": 10.0, "C": 0.0}
    with pytest.raises(KeyError):
        schedule.day_of("Zone 2")
    with pytest.raises(ScheduleError, match="more than one officer's day"):
        PatrolSchedule(days=(day, day), assumptions=PatrolAssumptions())
