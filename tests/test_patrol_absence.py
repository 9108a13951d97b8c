"""An officer is away: who takes the buildings over, what changes, and what is lost."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from helpers.bell_towns import Bells, school_table

from zoning import estimate_response
from zoning.demand import CallRates
from zoning.errors import ScheduleError, UnreachableError
from zoning.patrol import LongDay, PatrolAssumptions, PatrolSchedule, check_schedule, plan_patrols
from zoning.patrol.absence import cover_absence
from zoning.patrol.planning import PatrolTravel, day_problem
from zoning.patrol.presences import best_presences
from zoning.patrol.working_day import QUICK
from zoning.response import ResponseAssumptions
from zoning.roads.travel.travel_times import TravelTimes
from zoning.zones.plan import Zone, ZoneKind, ZonePlan

# Places on a line, minutes apart; four zones of two.
PLACES = {"A": 0, "B": 6, "C": 10, "D": 16, "E": 22, "F": 26, "G": 60, "H": 64}
BELLS: Bells = {
    "A": ("08:00", "14:00"),
    "B": ("08:40", "14:40"),
    "C": ("08:00", "14:00"),
    "D": ("08:40", "14:40"),
    "E": ("08:00", "14:00"),
    "F": ("08:00", "14:00"),
    "G": ("08:00", "14:00"),
    "H": ("08:40", "14:40"),
}


def town() -> tuple[gpd.GeoDataFrame, TravelTimes, ZonePlan]:
    at = np.array(list(PLACES.values()))
    seconds = np.abs(at[:, None] - at[None, :]) * 60.0
    zones = [
        Zone(zone_id=f"Zone {k}", building_ids=tuple(ids))
        for k, ids in enumerate(("AB", "CD", "EF", "GH"), start=1)
    ]
    return (
        school_table(BELLS),
        TravelTimes.from_array(seconds, list(PLACES)),
        ZonePlan(tuple(zones)),
    )


def planned(
    plan: ZonePlan, schools: gpd.GeoDataFrame, times: TravelTimes, way: LongDay = LongDay.OVERTIME
) -> PatrolSchedule:
    assumed = PatrolAssumptions(arrival_lead_s=600, dismissal_lag_s=600, long_day=way)
    return plan_patrols(plan, schools, times, assumptions=assumed, effort=QUICK)


def best_weight(schedule: PatrolSchedule, plan: ZonePlan, times: TravelTimes, away: str) -> int:
    """Weight of the best of all assignments of the buildings, each officer in the own shift."""
    travel = PatrolTravel.of(times, (), None)
    stay = [zone for zone in plan.zones if zone.zone_id != away]
    moved = next(zone for zone in plan.zones if zone.zone_id == away).building_ids
    best = 0
    for homes in product(stay, repeat=len(moved)):
        weight = 0
        for zone in stay:
            taken = [b for b, home in zip(moved, homes, strict=True) if home is zone]
            day = schedule.day_of(zone.zone_id)
            weight += best_presences(
                day_problem(
                    [*zone.building_ids, *taken],
                    schedule.school_day,
                    travel,
                    assumptions=schedule.assumptions,
                    shift=(day.start_s, day.end_s),
                )
            ).weight
        best = max(best, weight)
    return best


@pytest.mark.parametrize("away", ["Zone 1", "Zone 2", "Zone 3", "Zone 4"])
def test_as_much_is_met_as_by_any_assignment(away: str) -> None:
    schools, times, plan = town()
    schedule = planned(plan, schools, times)
    cover = cover_absence(schedule, plan, schools, times, away=[away])
    met = cover.schedule.presences()
    assert int(met["met"].sum()) == best_weight(schedule, plan, times, away)
    checked = check_schedule(cover.schedule, cover.plan, schools, times)
    assert checked.ok, str(checked)


def test_the_others_keep_their_day_to_the_second() -> None:
    schools, times, plan = town()
    schedule = planned(plan, schools, times)
    cover = cover_absence(schedule, plan, schools, times, away=["Zone 1"])
    takers = set(cover.taken_over["to_zone_id"])
    assert set(cover.taken_over["building_id"]) == {"A", "B"}
    assert "Zone 4" not in takers
    for day in cover.schedule.days:
        if day.zone_id not in takers:
            assert day == schedule.day_of(day.zone_id)
        else:
            # The shift is kept as well.
            before = schedule.day_of(day.zone_id)
            assert before.start_s <= day.start_s < day.end_s <= before.end_s
    assert set(cover.changed_ids) == takers
    homes = {b: zone.zone_id for zone in cover.plan.zones for b in zone.building_ids}
    assert set(homes) == set(PLACES)
    assert all(homes[b] == z for b, z in zip("AB", cover.taken_over["to_zone_id"], strict=True))


def test_what_is_lost_is_counted_and_said() -> None:
    schools, times, plan = town()
    schedule = planned(plan, schools, times)
    cover = cover_absence(schedule, plan, schools, times, away=["Zone 4"])
    old, new = schedule.presences(), cover.schedule.presences()
    changes = cover.presences
    lost = int(changes["was_met"].sum()) - int(changes["is_met"].sum())
    assert lost == int(old["met"].sum()) - int(new["met"].sum()) > 0
    assert cover.words[0] == "Away: Zone 4."
    words = " ".join(cover.words)
    arrivals = cover.schedule.count_presences("arrival")
    assert f"{arrivals[0]} of {arrivals[1]} at arrival (" in words
    assert "Lost: " in words
    gaps = cover.schedule.idleness()["longest_gap_s"]
    for building, gap in cover.buildings["longest_gap_after_s"].items():
        assert gap == gaps[building]
    assert (
        cover.buildings.loc["G", "longest_gap_after_s"]
        > (cover.buildings.loc["G", "longest_gap_before_s"])
    )
    assert cover.schedule.notices[-len(cover.words) :] == cover.words


def test_the_response_of_such_a_day_can_be_estimated() -> None:
    schools, times, plan = town()
    cover = cover_absence(planned(plan, schools, times), plan, schools, times, away=["Zone 1"])
    per_day = pd.Series(0.1, index=pd.Index(list(PLACES), name="building_id", dtype=object))
    estimate = estimate_response(
        cover.plan,
        cover.schedule,
        times,
        schools=schools,
        calls=CallRates(per_day=per_day, source="by hand", notices=()),
        assumptions=ResponseAssumptions(max_days=100),
    )
    assert set(estimate.buildings.index) == set(PLACES)


def test_a_second_officer_stays_with_the_zone() -> None:
    bells = {**BELLS, "A": ("07:00", "14:00"), "B": ("08:40", "16:40")}
    _, times, plan = town()
    schools = school_table(bells)
    schedule = planned(plan, schools, times, LongDay.SECOND_SHIFT)
    assert [d.officer_id for d in schedule.days_of("Zone 1")] == ["Zone 1", "Zone 1 (second shift)"]
    cover = cover_absence(schedule, plan, schools, times, away=["Zone 1"])
    assert cover.taken_over.empty
    assert cover.plan == plan
    assert [d.officer_id for d in cover.schedule.days_of("Zone 1")] == ["Zone 1 (second shift)"]
    assert cover.schedule.days[1:] == schedule.days[2:]


def test_what_cannot_be_covered_is_an_error_that_says_why() -> None:
    schools, times, plan = town()
    schedule = planned(plan, schools, times)

    def refused(away: Sequence[str], plan: ZonePlan = plan, times: TravelTimes = times) -> str:
        with pytest.raises((ScheduleError, UnreachableError)) as caught:
            cover_absence(schedule, plan, schools, times, away=away)
        return str(caught.value)

    everyone = [zone.zone_id for zone in plan.zones]
    assert "nobody is left to take over Zone 1, Zone 2, Zone 3, Zone 4" in refused(everyone)
    assert "'Zone 11' is no officer of the schedule; Zone 1?" in refused(["Zone 11"])
    assert "nobody is away" in refused([])
    assert "Zone 4 has no zone in the plan" in refused(["Zone 1"], plan=ZonePlan(plan.zones[:3]))
    cut = times.seconds.copy()
    cut[6:, :6] = cut[:6, 6:] = np.inf
    island = TravelTimes.from_array(cut, list(PLACES))
    assert "G: no officer who is left can drive there and back" in refused(["Zone 4"], times=island)


def test_a_dedicated_officer_neither_takes_over_nor_is_left_uncovered() -> None:
    schools, times, plan = town()
    zones = (
        Zone(zone_id="Post", building_ids=("A",), kind=ZoneKind.DEDICATED),
        Zone(zone_id="Zone 1", building_ids=("B", "C")),
        Zone(zone_id="Zone 2", building_ids=("D", "E", "F")),
        Zone(zone_id="Zone 3", building_ids=("G", "H")),
    )
    plan = ZonePlan(zones)
    schedule = planned(plan, schools, times)
    cover = cover_absence(schedule, plan, schools, times, away=["Post"])
    assert cover.taken_over["building_id"].tolist() == ["A"]
    assert all(zone.kind is ZoneKind.PATROL for zone in cover.plan.zones)
    other = cover_absence(schedule, plan, schools, times, away=["Zone 1"])
    assert "Post" not in set(other.taken_over["to_zone_id"])
    with pytest.raises(ScheduleError, match="dedicated officers stay at their building"):
        cover_absence(schedule, plan, schools, times, away=["Zone 1", "Zone 2", "Zone 3"])
