"""Response at few calls against hand calculation and closed forms, and its bad input."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from helpers.bell_towns import Bells, school_table
from numpy.typing import ArrayLike

from zoning.demand import CallRates
from zoning.errors import DemandError, OptionError, PlanError, ScheduleError, UnreachableError
from zoning.patrol import (
    Activity,
    OfficerDay,
    PatrolAssumptions,
    PatrolSchedule,
    Visit,
    plan_patrols,
)
from zoning.response import (
    ResponseAssumptions,
    ResponseEstimate,
    cover_severe_events,
    estimate_busy_officers,
    estimate_response,
)
from zoning.roads.travel.travel_times import TravelTimes
from zoning.zones.plan import Zone, ZoneKind, ZonePlan

WAITING = 90 + 45


def rates(per_day: Mapping[str, float]) -> CallRates:
    index = pd.Index(list(per_day), name="building_id", dtype=object)
    series = pd.Series(list(per_day.values()), index=index, dtype=float)
    return CallRates(per_day=series, source="by hand", notices=())


def one_zone(ids: Sequence[str]) -> ZonePlan:
    return ZonePlan((Zone(zone_id="Zone 1", building_ids=tuple(ids)),))


def timetable(
    stays: Sequence[tuple[str, int, int]],
    zone_id: str = "Zone 1",
    *,
    officer_id: str = "",
    rests: tuple[int, ...] = (),
) -> PatrolSchedule:
    """One officer; the stays at the places ``rests`` are breaks."""
    visits = tuple(
        Visit(
            building_id=b,
            arrival_s=a,
            departure_s=d,
            activity=Activity.BREAK if k in rests else Activity.VISIT,
        )
        for k, (b, a, d) in enumerate(stays)
    )
    day = OfficerDay(
        zone_id=zone_id,
        officer_id=officer_id,
        start_s=visits[0].arrival_s,
        end_s=visits[-1].departure_s,
        visits=visits,
    )
    return PatrolSchedule(days=(day,), assumptions=PatrolAssumptions())


# Constant components, one officer a call and next to no calls: an officer who is always free.
# Without dispatch, the officer is sent when the call comes.
FREE = ResponseAssumptions(
    dispatch_s=0,
    turnout_s=135,
    dispatch_spread=0,
    turnout_spread=0,
    drive_spread=0,
    max_days=500,
)
RARE = 1e-6


def two_buildings(
    *,
    seconds: ArrayLike = ((0, 400), (200, 0)),
    calls: Mapping[str, float] | None = None,
    bells: Bells | None = None,
    assumptions: ResponseAssumptions = FREE,
) -> ResponseEstimate:
    """A from 8:00 to 9:00, 400 s on the road, B to 10:00."""
    return estimate_response(
        one_zone("AB"),
        timetable([("A", 28_800, 32_400), ("B", 32_800, 36_000)]),
        TravelTimes.from_array(seconds, "AB"),
        schools=school_table(bells or dict.fromkeys("AB", (None, None))),
        calls=rates(calls or {"A": 3 * RARE, "B": RARE}),
        assumptions=assumptions,
    )


def test_two_buildings_by_hand() -> None:
    # Of 7,200 s the officer is at A for 3,600, on the road for 400 and at B for 3,200. A call at
    # A then waits 0 s, 0 to 200 s (the way back takes 200 s) or 200 s for the drive; one at B
    # 400 s, 400 to 0 s or 0 s.
    estimate = two_buildings()
    at_a, on_road, at_b = 3600 / 7200, 400 / 7200, 3200 / 7200
    a, b = estimate.buildings.loc["A"], estimate.buildings.loc["B"]
    mean_a = WAITING + 200 * at_b + 100 * on_road
    mean_b = WAITING + 400 * at_a + 200 * on_road
    assert a["mean_s"] == pytest.approx(mean_a, abs=2)
    assert b["mean_s"] == pytest.approx(mean_b, abs=2)
    # Half of the calls at A come while the officer is there, or just leaves.
    assert a["p90_s"] == WAITING + 200
    assert b["p90_s"] == WAITING + 400
    assert a["share_within_180_s"] == pytest.approx(at_a + on_road * 45 / 200, abs=0.005)
    assert b["share_within_180_s"] == pytest.approx(at_b + on_road * 45 / 400, abs=0.005)
    assert a["share_within_480_s"] == 1
    assert list(estimate.buildings["zone_id"]) == ["Zone 1", "Zone 1"]
    assert (estimate.buildings["own_officer_share"] == 1).all()

    # Three calls of four are at A.
    district = estimate.district
    assert district.mean_s == pytest.approx(0.75 * a["mean_s"] + 0.25 * b["mean_s"])
    assert district.p90_s == WAITING + 400
    assert (district.worst_building_id, district.worst_building_mean_s) == ("B", b["mean_s"])
    within = 0.75 * a["share_within_180_s"] + 0.25 * b["share_within_180_s"]
    assert district.share_within[180] == pytest.approx(within)
    assert list(district.share_within) == [180, 300, 480, 600]
    low, high = district.interval["mean_s"]
    assert low <= 0.75 * mean_a + 0.25 * mean_b <= high

    zone = estimate.zones.loc["Zone 1"]
    assert zone["mean_s"] == pytest.approx(district.mean_s)
    assert zone["worst_building_id"] == "B"
    assert zone["calls_per_day"] == 4 * RARE


def test_a_call_comes_in_its_own_school_hours() -> None:
    # A is open while the officer is there, B until ten past nine: for 4,200 s, of which the
    # officer is at A for 3,600 and drives for 400.
    bells: Bells = {"A": ("08:00", "09:00"), "B": ("07:00", "09:10")}
    estimate = two_buildings(bells=bells)
    assert estimate.buildings.loc["A", "mean_s"] == pytest.approx(WAITING)
    # Before eight the officer is not there: the call waits until then.
    officer, before = 400 * 3600 + 200 * 400, 3600 * (400 + 1800)
    assert estimate.buildings.loc["B", "mean_s"] == pytest.approx(
        WAITING + (officer + before) / 7800, rel=0.01
    )


def test_busy_share_counts_turnout_drive_and_scene() -> None:
    busy = ResponseAssumptions(
        on_scene_s=600, on_scene_spread=0, second_officer_share=0, precision_s=0.1, max_days=4000
    )
    district = two_buildings(calls={"A": 1.0, "B": 0.0}, assumptions=busy).district
    # One call a day of 45 s, a drive and 600 s; what is left of it at ten o'clock does not count.
    service = 45 + 1.02 * 200 * (3200 + 200) / 7200 + 600
    within = service - service**2 / 2 / 7200
    assert district.busy_fraction == pytest.approx(within / 7200, rel=0.1)
    assert district.offered_load == pytest.approx(service / 7200, rel=0.02)


def test_ends_of_the_assumed_ranges() -> None:
    assumed = ResponseAssumptions(dispatch_spread=0, turnout_spread=0, drive_spread=0, max_days=500)
    estimate = two_buildings(assumptions=assumed)
    travel = estimate.district.mean_s - WAITING
    assert estimate.district.mean_low_s == pytest.approx(60 + 30 + 0.83 * travel, abs=2)
    assert estimate.district.mean_high_s == pytest.approx(133 + 80 + 1.35 * travel, abs=2)
    assert any("not a confidence interval" in notice for notice in estimate.notices)


def test_a_changed_assumption_moves_its_range() -> None:
    assert ResponseAssumptions().dispatch_range_s == (60.0, 133.0)
    assert ResponseAssumptions(dispatch_s=180).dispatch_range_s == (120.0, 266.0)
    given = ResponseAssumptions(turnout_s=100, turnout_range_s=(50, 80))
    assert given.turnout_range_s == (50, 100)
    assert ResponseAssumptions(travel_factor_range=(1.1, 1.2)).travel_factor_range == (1.0, 1.2)


def test_default_travel_range_is_what_sirens_save() -> None:
    # Lights and sirens save 38.5 % of an urban drive (pubmed 9795322, 10634288).
    low, high = ResponseAssumptions().travel_factor_range
    assert low == pytest.approx(1.35 * (1 - 0.385), abs=0.005)
    assert high == 1.35


def test_an_officer_who_stays_only_waits_to_be_sent() -> None:
    plan = ZonePlan((Zone(zone_id="fixed", building_ids=("A",), kind=ZoneKind.DEDICATED),))
    schools = school_table({"A": ("07:30", "14:00")})
    times = TravelTimes.from_array([[0]], "A")
    estimate = estimate_response(
        plan,
        plan_patrols(plan, schools, times),
        times,
        schools=schools,
        calls=rates({"A": RARE}),
        assumptions=ResponseAssumptions(dispatch_s=100, turnout_s=50, max_days=500),
    )
    district = estimate.district
    assert district.mean_s == pytest.approx(150)
    assert (district.mean_low_s, district.mean_high_s) == pytest.approx((100, 1330 / 9 + 800 / 9))
    # "Within 3 minutes" is not all of them: dispatch and turnout have a spread of a half.
    rng = np.random.default_rng(1)
    sigma = math.sqrt(math.log(1.25))
    draws = rng.lognormal(-(sigma**2) / 2, sigma, (2, 400_000)).T @ [100, 50]
    for threshold, share in district.share_within.items():
        assert share == pytest.approx((draws <= threshold).mean(), abs=0.005)
    assert district.p90_s == pytest.approx(np.quantile(draws, 0.9), rel=0.01)


def test_longer_dispatch_shifts_a_free_officer_by_as_much() -> None:
    before = two_buildings()
    after = two_buildings(assumptions=dataclasses.replace(FREE, turnout_s=165))
    columns = ["mean_s", "median_s", "p90_s"]
    for table in ("buildings", "zones"):
        shift = getattr(after, table)[columns] - getattr(before, table)[columns]
        assert np.allclose(shift, 30)


def test_a_zone_without_calls_counts_its_buildings_alike() -> None:
    plan = ZonePlan.from_assignment({"A": "busy", "B": "quiet", "C": "quiet"})
    seconds = [[0, 1, 1], [1, 0, 300], [1, 100, 0]]
    days = (
        *timetable([("A", 0, 1000)], "busy").days,
        *timetable([("B", 0, 1000)], "quiet").days,
    )
    estimate = estimate_response(
        plan,
        PatrolSchedule(days=days, assumptions=PatrolAssumptions()),
        TravelTimes.from_array(seconds, "ABC"),
        schools=school_table(dict.fromkeys("ABC", (None, None))),
        calls=rates({"A": RARE, "B": 0.0, "C": 0.0}),
        assumptions=FREE,
    )
    assert estimate.zones.loc["quiet", "mean_s"] == pytest.approx(WAITING + 150)
    assert estimate.zones.loc["quiet", "busy_fraction"] == 0
    assert estimate.zones.loc["quiet", "worst_building_id"] == "C"
    assert estimate.district.mean_s == pytest.approx(WAITING)
    assert any(notice.startswith("quiet: no calls") for notice in estimate.notices)


def test_estimated_times_are_said_first() -> None:
    times = dataclasses.replace(
        TravelTimes.from_array([[0, 400], [200, 0]], "AB"), estimate="Straight lines only."
    )
    estimate = estimate_response(
        one_zone("AB"),
        timetable([("A", 28_800, 32_400), ("B", 32_800, 36_000)]),
        times,
        schools=school_table(dict.fromkeys("AB", (None, None))),
        calls=rates({"A": 0.3, "B": 0.1}),
    )
    assert estimate.notices[0] == "Straight lines only."


def drive_from(day: OfficerDay, moment: float, building: str, times: TravelTimes) -> float:
    """The drive of an officer who follows the timetable, one moment at a time."""
    for before, after in pairwise(day.visits):
        if before.departure_s < moment < after.arrival_s:
            f = (moment - before.departure_s) / (after.arrival_s - before.departure_s)
            a, c = before.building_id, after.building_id
            ahead, back = times.between(a, c), times.between(c, a)
            x, y = times.between(a, building), times.between(c, building)
            plane = max((1 - f) * x * x + f * y * y - f * (1 - f) * ahead * ahead, 0) ** 0.5
            low = max(x - f * ahead, y - (1 - f) * back)
            return min(max(plane, low), (1 - f) * ahead + y, f * back + x)
    here = [v.building_id for v in day.visits if v.arrival_s <= moment <= v.departure_s]
    return times.between(here[0], building)


def test_few_calls_find_the_officer_on_the_timetable() -> None:
    """The exact mixture of an officer who is always free: every fifth second of the day."""
    rng = np.random.default_rng(20_220_101)
    ids = [f"b{k}" for k in range(9)]
    bells = {i: (("07:30", "08:40", "09:40")[k % 3], "15:00") for k, i in enumerate(ids)}
    places = rng.uniform(size=(9, 2)) * 600
    seconds = np.abs(places[:, None] - places[None]).sum(axis=-1)
    times = TravelTimes.from_array(seconds, ids)
    schools = school_table(bells)
    plan = ZonePlan.from_assignment({i: f"Zone {k % 2}" for k, i in enumerate(ids)})
    schedule = plan_patrols(plan, schools, times)
    per_day = dict(zip(ids, rng.uniform(0, RARE, size=9), strict=True))
    precise = dataclasses.replace(FREE, precision_s=0.5, max_days=2000)
    estimate = estimate_response(
        plan, schedule, times, schools=schools, calls=rates(per_day), assumptions=precise
    )
    waits, weights = [], []
    for building in ids:
        hours, quarters = map(int, bells[building][0].split(":"))
        moments = np.arange(3600 * hours + 60 * quarters + 2.5, 54_000, 5)
        day = schedule.day_of(plan.zone_of(building).zone_id)
        drives = np.array([drive_from(day, moment, building, times) for moment in moments])
        assert estimate.buildings.loc[building, "mean_s"] == pytest.approx(
            WAITING + drives.mean(), abs=2
        )
        waits.append(WAITING + drives)
        weights.append(np.full(len(moments), per_day[building] / len(moments)))
    values, weight = np.concatenate(waits), np.concatenate(weights)
    district = estimate.district
    assert district.mean_s == pytest.approx(np.average(values, weights=weight), abs=1)
    for threshold, share in district.share_within.items():
        exact = np.average(values <= threshold, weights=weight)
        assert share == pytest.approx(exact, abs=0.01)
    order = np.argsort(values)
    reached = np.cumsum(weight[order]) / weight.sum()
    for level, value in ((0.5, district.median_s), (0.9, district.p90_s)):
        assert value == pytest.approx(values[order][np.searchsorted(reached, level)], abs=8)


HOUR = 3600


def shift(officer_id: str, place: str, from_s: int, to_s: int) -> PatrolSchedule:
    return timetable([(place, from_s, to_s)], officer_id=officer_id)


def respond(
    schedule: PatrolSchedule | Sequence[PatrolSchedule],
    bells: Bells,
    *,
    seconds: ArrayLike = ((0, 400), (200, 0)),
    ids: Sequence[str] = "AB",
    **assumed: object,
) -> ResponseEstimate:
    return estimate_response(
        one_zone("AB"),
        schedule,
        TravelTimes.from_array(seconds, ids),
        schools=school_table(bells),
        calls=rates({"A": RARE, "B": RARE}),
        assumptions=dataclasses.replace(FREE, **assumed),  # type: ignore[arg-type]
    )


def test_the_second_shift_answers_while_the_first_is_away() -> None:
    """From 8 to 10 the first officer is at A, from 9 to 11 the second at B."""
    bells: Bells = {"A": ("08:00", "11:00"), "B": ("08:00", "11:00")}
    early = shift("Zone 1", "A", 8 * HOUR, 10 * HOUR)
    late = shift("Zone 1 (second shift)", "B", 9 * HOUR, 11 * HOUR)
    both = dataclasses.replace(early, days=(*early.days, *late.days))
    found = respond(both, bells).buildings
    # Only while the other shift is on alone has a call to wait for the drive: 1 h of 3 each.
    assert found.loc["A", "mean_s"] == pytest.approx(WAITING + 200 / 3, abs=2)
    assert found.loc["B", "mean_s"] == pytest.approx(WAITING + 400 / 3, abs=4)
    assert (found["own_officer_share"] == 1).all()
    # Without the second officer nobody answers after ten, one hour in three.
    alone = respond(early, bells)
    assert alone.district.outside_share == pytest.approx(1 / 3, abs=0.01)
    assert alone.buildings.loc["B", "mean_s"] == pytest.approx(WAITING + 400)


def test_officers_are_called_in_their_paid_break_unless_told_otherwise() -> None:
    """An unpaid meal period is free of all duty (29 CFR 785.19); the break here is paid."""
    bells: Bells = {"A": ("08:00", "12:00"), "B": ("08:00", "12:00")}
    edges = [("A", 8 * HOUR, 9 * HOUR), ("A", 9 * HOUR, 10 * HOUR), ("A", 10 * HOUR, 12 * HOUR)]
    day = timetable(edges, rests=(1,))
    called = respond(day, bells).buildings["mean_s"]
    assert called.to_dict() == pytest.approx({"A": WAITING, "B": WAITING + 400})
    # A call in the hour of the break, one of four, waits for half of it on average.
    left = respond(day, bells, on_call_in_break=False).buildings["mean_s"]
    assert left.to_dict() == pytest.approx(
        {"A": WAITING + 1800 / 4, "B": WAITING + 400 + 1800 / 4}, abs=10
    )


def test_the_drives_from_and_to_the_base_are_on_duty() -> None:
    """From a base that is no school of the plan: half an hour out, at A for an hour, and back."""
    bells: Bells = {"A": ("08:00", "10:00"), "B": ("08:00", "10:00")}
    (day,) = timetable([("A", 8 * HOUR + 1800, 9 * HOUR + 1800)]).days
    day = dataclasses.replace(day, start_s=8 * HOUR, end_s=10 * HOUR, base_id="depot")
    seconds = [[0, 0, 1800], [0, 0, 1800], [1800, 1800, 0]]
    found = respond(
        PatrolSchedule(days=(day,), assumptions=PatrolAssumptions()),
        bells,
        seconds=seconds,
        ids=["A", "B", "depot"],
    )
    # On the way out 900 s are left on average, as many are driven on the way back.
    assert found.district.mean_s == pytest.approx(WAITING + 900 / 2, abs=5)
    assert found.district.outside_share == 0


def test_drawn_days_are_met_in_turn() -> None:
    """At A on two days of three, at B on the third."""
    bells: Bells = {"A": ("08:00", "10:00"), "B": ("08:00", "10:00")}
    days = [shift("Zone 1", place, 8 * HOUR, 10 * HOUR) for place in "AAB"]
    found = respond(days, bells).buildings["mean_s"]
    assert found["A"] == pytest.approx(WAITING + 200 / 3, abs=1)
    assert found["B"] == pytest.approx(WAITING + 400 * 2 / 3, abs=1)
    with pytest.raises(ScheduleError, match="timetable 2: Zone 1, late"):
        respond([days[0], shift("late", "A", 8 * HOUR, 10 * HOUR)], bells)
    with pytest.raises(ScheduleError, match="no timetable"):
        respond([], bells)


def test_a_half_day_is_its_bells_its_schedule_and_its_calls() -> None:
    bells: Bells = {"A": ("07:30", "14:20"), "B": ("08:40", "15:20")}
    half: Bells = {"A": ("07:30", "11:00"), "B": ("08:40", "12:00")}
    times = TravelTimes.from_array(((0, 400), (200, 0)), "AB")
    found = {}
    usual = rates({"A": 0.6, "B": 0.6})
    for name, hours in (("full", bells), ("half", half)):
        schools = school_table(hours)
        schedule = plan_patrols(one_zone("AB"), schools, times)
        found[name] = estimate_response(
            one_zone("AB"),
            schedule,
            times,
            schools=schools,
            calls=usual.on_day(schools, schools=school_table(bells)),
            assumptions=dataclasses.replace(FREE, second_officer_share=0.0),
        )
        # The day ends with the dismissal window of B, and so do the calls.
        assert max(day.end_s for day in schedule.days) == (16 if name == "full" else 12) * HOUR + (
            -1200 if name == "full" else 1200
        )
    # Of 410 minutes A is open for 210, of 400 B for 200.
    assert found["full"].district.calls_per_day == pytest.approx(1.2)
    assert found["half"].district.calls_per_day == pytest.approx(0.6 * (210 / 410 + 200 / 400))
    assert WAITING < found["half"].district.mean_s < WAITING + 400
    # Half of the calls in half of the day: the officer is as busy.
    assert found["half"].district.busy_fraction == pytest.approx(
        found["full"].district.busy_fraction, abs=0.03
    )
    # Yesterday's timetable is not one of the half day that begins when it has ended.
    with pytest.raises(ScheduleError, match="no officer during their school hours"):
        respond(shift("Zone 1", "A", 14 * HOUR, 15 * HOUR), half)


def test_a_zone_that_is_closed_for_the_day_has_no_officer() -> None:
    """Its building has no calls; the others have the figures they have alone."""
    schools = school_table({"A": ("07:30", "14:20"), "B": ("08:40", "15:20"), "C": (None, None)})
    schools["closed"] = [False, False, True]
    seconds = [[0, 400, 50], [200, 0, 50], [50, 50, 0]]
    times = TravelTimes.from_array(seconds, "ABC")
    open_zone = Zone(zone_id="Zone 1", building_ids=("A", "B"))
    closed = Zone(zone_id="Zone 0", building_ids=("C",))
    plan, alone = ZonePlan((closed, open_zone)), ZonePlan((open_zone,))
    schedule = plan_patrols(plan, schools, times)
    assert [day.zone_id for day in schedule.days] == ["Zone 1"]
    assumed = dataclasses.replace(FREE, mutual_aid=False)
    found, expected = (
        estimate_response(
            of,
            schedule,
            times,
            schools=schools,
            calls=rates({b: 0.0 if b == "C" else 0.5 for b in of.building_ids}),
            assumptions=assumed,
        )
        for of in (plan, alone)
    )
    # On moments of its own, so that the two agree within their intervals.
    half = sum(
        (high - low) / 2 for low, high in (e.district.interval["mean_s"] for e in (found, expected))
    )
    assert found.district.mean_s == pytest.approx(expected.district.mean_s, abs=half)
    assert found.district.busy_fraction == pytest.approx(expected.district.busy_fraction, abs=0.02)
    assert math.isnan(found.zones.loc["Zone 0", "busy_fraction"])
    severe = cover_severe_events(plan, schedule, times, schools=schools)
    assert list(severe.buildings.index) == ["A", "B"]
    busy = estimate_busy_officers(
        plan, schedule, times, schools=schools, calls=rates({"A": 0.5, "B": 0.5, "C": 0.0})
    )
    assert busy.calls_per_day == 1.0
    assert math.isnan(busy.zones.loc["Zone 0", "busy_fraction"])
    # A zone that is open needs an officer.
    with pytest.raises(ScheduleError, match="Zone 1 has no officer's day"):
        respond(dataclasses.replace(schedule, days=()), {"A": (None, None), "B": (None, None)})


def test_a_timetable_without_drives_is_refused() -> None:
    """Sixty changes of building in no time, each 200 s and more away."""
    stays = [("AB"[k % 2], 28_800 + 120 * k, 28_920 + 120 * k) for k in range(61)]
    bells: Bells = dict.fromkeys("AB", (None, None))
    with pytest.raises(ScheduleError, match=r"60 drives .* are faster than any car") as caught:
        respond(timetable(stays), bells)
    assert caught.value.faults[0] == "Zone 1: A at 08:02 to B at 08:02, 0 s for a drive of 400 s"
    # Those that take their time are not.
    slow = [("AB"[k % 2], 28_800 + 600 * k, 29_000 + 600 * k) for k in range(5)]
    assert respond(timetable(slow), bells).district.mean_s > WAITING


def test_different_buildings_are_named() -> None:
    with pytest.raises(DemandError) as caught:
        two_buildings(calls={"A": 1.0, "Z": 1.0})
    assert caught.value.faults == (
        "in the plan without a call rate: B",
        "with a call rate but in no zone: Z",
    )
    with pytest.raises(PlanError, match="B"):
        two_buildings(bells={"A": (None, None)})


def test_a_timetable_of_another_plan_is_refused() -> None:
    schools = school_table(dict.fromkeys("ABC", (None, None)))
    with pytest.raises(ScheduleError) as caught:
        estimate_response(
            ZonePlan.from_assignment({"A": "Zone 1", "B": "Zone 2", "C": "Zone 2"}),
            PatrolSchedule(
                days=(
                    *timetable([("B", 0, 10)], "Zone 1").days,
                    *timetable([("C", 0, 10)], "Zone 3").days,
                ),
                assumptions=PatrolAssumptions(),
            ),
            TravelTimes.from_array(np.zeros((3, 3)), "ABC"),
            schools=schools,
            calls=rates(dict.fromkeys("ABC", 1.0)),
        )
    assert caught.value.faults == (
        "Zone 2 has no officer's day",
        "the officer of Zone 1 visits B, which is in another zone",
        "Zone 3 is not a zone of the plan",
    )


def test_school_hours_without_an_officer_are_named() -> None:
    with pytest.raises(ScheduleError, match=r"B in Zone 1: the officer's day is 08:00 to 10:00"):
        two_buildings(bells={"A": (None, None), "B": ("11:00", "12:00")})


def test_unreachable_buildings_are_named() -> None:
    with pytest.raises(UnreachableError, match="Zone 1: B to A"):
        two_buildings(seconds=((0.0, 400.0), (math.inf, 0.0)))


def test_hours_and_posts_that_do_not_fit_are_named() -> None:
    times = TravelTimes.from_array(((0, 400), (200, 0)), "AB")
    with pytest.raises(OptionError) as caught:
        estimate_response(
            one_zone("AB"),
            timetable([("A", 28_800, 32_400), ("B", 32_800, 36_000)]),
            times,
            schools=school_table(dict.fromkeys("AB", (None, None))),
            calls=rates({"A": 1.0, "B": 1.0}),
            times_by_hour=[(0, 30_000, times), (29_000, 31_000, times)],
            empty_posts=[[True, False]],
        )
    assert caught.value.faults == (
        "empty_posts has shape (1, 2), 1 officers need (days, 1)",
        "times_by_hour overlap at 08:03",
    )


def test_assumptions_report_every_fault_at_once() -> None:
    with pytest.raises(OptionError) as caught:
        ResponseAssumptions(
            dispatch_s=-1,
            on_scene_s=math.nan,
            thresholds_s=(300, 180),
            travel_factor_range=(2, 1),
            drive_spread=9,
            second_officer_share=1.6,
            when_all_busy="wait",
            precision_s=0,
            seed=-1,
        )
    faults = "\n".join(caught.value.faults)
    assert len(caught.value.faults) == 9
    for name in (
        "dispatch_s is -1",
        "on_scene_s is nan",
        "travel_factor_range is (2, 1), not a range",
        "thresholds_s is (300, 180), not ascending",
        "drive_spread is 9, not a number from 0 to 5",
        "second_officer_share is 1.6, not a share",
        "when_all_busy is 'wait'",
        "precision_s is 0, not a number above 0",
        "seed is -1",
    ):
        assert name in faults
    with pytest.raises(OptionError, match="thresholds_s is empty"):
        ResponseAssumptions(thresholds_s=())
