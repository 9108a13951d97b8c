"""Response against hand calculation, closed forms and simulated calls."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pytest
from helpers.bell_towns import Bells, school_table
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from zoning.demand import CallRates
from zoning.errors import DemandError, OptionError, PlanError, ScheduleError, UnreachableError
from zoning.patrol import OfficerDay, PatrolAssumptions, PatrolSchedule, Visit, plan_patrols
from zoning.response import ResponseAssumptions, ResponseEstimate, estimate_response
from zoning.response.estimate import Mixture, presence
from zoning.roads.travel.travel_times import TravelTimes
from zoning.zones.plan import Zone, ZoneKind, ZonePlan

WAITING = 90 + 45


def rates(per_day: Mapping[str, float]) -> CallRates:
    index = pd.Index(list(per_day), name="building_id", dtype=object)
    series = pd.Series(list(per_day.values()), index=index, dtype=float)
    return CallRates(per_day=series, source="by hand", notices=())


def one_zone(ids: Sequence[str]) -> ZonePlan:
    return ZonePlan((Zone(zone_id="Zone 1", building_ids=tuple(ids)),))


def timetable(stays: Sequence[tuple[str, int, int]], zone_id: str = "Zone 1") -> PatrolSchedule:
    visits = tuple(Visit(building_id=b, arrival_s=a, departure_s=d) for b, a, d in stays)
    day = OfficerDay(
        zone_id=zone_id,
        start_s=visits[0].arrival_s,
        end_s=visits[-1].departure_s,
        visits=visits,
    )
    return PatrolSchedule(days=(day,), assumptions=PatrolAssumptions())


def two_buildings(
    *,
    seconds: ArrayLike = ((0, 400), (200, 0)),
    calls: Mapping[str, float] | None = None,
    bells: Bells | None = None,
    assumptions: ResponseAssumptions | None = None,
) -> ResponseEstimate:
    """A from 8:00 to 9:00, 400 s on the road, B to 10:00."""
    return estimate_response(
        one_zone("AB"),
        timetable([("A", 28_800, 32_400), ("B", 32_800, 36_000)]),
        TravelTimes.from_array(seconds, "AB"),
        schools=school_table(bells or dict.fromkeys("AB", (None, None))),
        calls=rates(calls or {"A": 3.0, "B": 1.0}),
        assumptions=assumptions,
    )


def test_two_buildings_by_hand() -> None:
    # Of 7,200 s the officer is at A for 3,600 + 200 and at B for 3,200 + 200. A
    # call at A waits 0 or 200 s for the drive, one at B 400 or 0 s.
    estimate = two_buildings()
    at_a, at_b = 3800 / 7200, 3400 / 7200
    a, b = estimate.buildings.loc["A"], estimate.buildings.loc["B"]
    assert a["mean_s"] == pytest.approx(WAITING + 200 * at_b)
    assert b["mean_s"] == pytest.approx(WAITING + 400 * at_a)
    assert (a["median_s"], a["p90_s"]) == (WAITING, WAITING + 200)
    assert (b["median_s"], b["p90_s"]) == (WAITING + 400, WAITING + 400)
    assert a["share_within_180_s"] == pytest.approx(at_a)
    assert a["share_within_480_s"] == 1
    assert b["share_within_480_s"] == pytest.approx(at_b)
    assert list(estimate.buildings["zone_id"]) == ["Zone 1", "Zone 1"]

    # Three calls of four are at A.
    mean = 0.75 * a["mean_s"] + 0.25 * b["mean_s"]
    within_180 = 0.75 * at_a + 0.25 * at_b
    district = estimate.district
    assert district.mean_s == pytest.approx(mean)
    assert district.median_s == WAITING
    assert district.p90_s == WAITING + 400
    assert (district.worst_building_id, district.worst_building_mean_s) == ("B", b["mean_s"])
    assert district.share_within[180] == pytest.approx(within_180)
    assert list(district.share_within) == [180, 300, 480, 600]
    assert district.share_within[600] == 1

    zone = estimate.zones.loc["Zone 1"]
    assert zone["mean_s"] == pytest.approx(mean)
    assert zone["worst_building_id"] == "B"
    assert zone["calls_per_day"] == 4
    assert zone["busy_fraction"] == pytest.approx(4 * (mean - WAITING + 1800) / 7200)


def test_a_call_comes_in_its_own_school_hours() -> None:
    # A is open while the officer is there, B until a little after.
    bells: Bells = {"A": ("08:00", "09:00"), "B": ("07:00", "09:10")}
    estimate = two_buildings(bells=bells)
    assert estimate.buildings.loc["A", "mean_s"] == WAITING
    # B: 8:00 to 9:10 is 4,200 s; to 9:03:20 the officer is nearer A.
    assert estimate.buildings.loc["B", "mean_s"] == pytest.approx(WAITING + 400 * 3800 / 4200)


def test_half_known_hours_run_to_the_officers_day() -> None:
    bells: Bells = {"A": (None, "09:00"), "B": ("09:30", None)}
    estimate = two_buildings(bells=bells)
    assert list(estimate.buildings["mean_s"]) == [WAITING, WAITING]


def test_ends_of_the_assumed_ranges() -> None:
    estimate = two_buildings()
    travel = estimate.district.mean_s - WAITING
    assert estimate.district.mean_low_s == pytest.approx(60 + 30 + 0.83 * travel)
    assert estimate.district.mean_high_s == pytest.approx(133 + 80 + 1.35 * travel)
    assert any("not a confidence interval" in notice for notice in estimate.notices)


def test_default_travel_range_is_what_sirens_save() -> None:
    # Lights and sirens save 38.5 % of an urban drive (pubmed 9795322, 10634288).
    low, high = ResponseAssumptions().travel_factor_range
    assert low == pytest.approx(1.35 * (1 - 0.385), abs=0.005)
    assert high == 1.35


@pytest.mark.slow
@given(st.floats(1, 3600), st.integers(1, 20))
@settings(max_examples=30, deadline=None)
def test_equal_time_at_two_buildings_is_half_the_drive(drive_s: float, rounds: int) -> None:
    # Closed form: half the time the officer is at the other building.
    leg = math.ceil(drive_s)
    stays, clock = [], 20_000
    for k in range(2 * rounds):
        stays.append(("AB"[k % 2], clock, clock + 1000))
        clock += 1000 + leg
    # The last stay makes up for the drive it does not share.
    building, arrival, departure = stays[-1]
    stays[0] = ("A", 20_000 - leg, stays[0][2])
    stays[-1] = (building, arrival, departure + leg)
    estimate = estimate_response(
        one_zone("AB"),
        timetable(stays),
        TravelTimes.from_array([[0, drive_s], [drive_s, 0]], "AB"),
        schools=school_table(dict.fromkeys("AB", (None, None))),
        calls=rates({"A": 0.3, "B": 2.0}),
    )
    assert estimate.district.mean_s == pytest.approx(WAITING + drive_s / 2)


def test_an_officer_who_stays_only_waits_to_be_sent() -> None:
    plan = ZonePlan((Zone(zone_id="fixed", building_ids=("A",), kind=ZoneKind.DEDICATED),))
    schools = school_table({"A": ("07:30", "14:00")})
    times = TravelTimes.from_array([[0]], "A")
    estimate = estimate_response(
        plan,
        plan_patrols(plan, schools, times),
        times,
        schools=schools,
        calls=rates({"A": 0.17}),
        assumptions=ResponseAssumptions(dispatch_s=100, turnout_s=50),
    )
    district = estimate.district
    assert district.mean_s == district.median_s == district.p90_s == 150
    assert district.share_within == {180: 1, 300: 1, 480: 1, 600: 1}
    assert (district.mean_low_s, district.mean_high_s) == (90, 213)


def test_longer_dispatch_shifts_everything_by_as_much() -> None:
    slow = ResponseAssumptions(dispatch_s=120)
    columns = ["mean_s", "median_s", "p90_s"]
    before, after = two_buildings(), two_buildings(assumptions=slow)
    for table in ("buildings", "zones"):
        shift = getattr(after, table)[columns] - getattr(before, table)[columns]
        assert np.allclose(shift, 30)
    assert after.district.worst_building_mean_s == pytest.approx(
        before.district.worst_building_mean_s + 30
    )
    # The range and the officer's busy time do not hang on the dispatch used.
    assert after.district.mean_low_s == pytest.approx(before.district.mean_low_s)
    assert np.allclose(after.zones["busy_fraction"], before.zones["busy_fraction"])


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
        calls=rates({"A": 1.0, "B": 0.0, "C": 0.0}),
    )
    assert estimate.zones.loc["quiet", "mean_s"] == pytest.approx(WAITING + 150)
    assert estimate.zones.loc["quiet", "busy_fraction"] == 0
    assert estimate.zones.loc["quiet", "worst_building_id"] == "C"
    assert estimate.district.mean_s == WAITING
    assert any(notice.startswith("quiet: no calls") for notice in estimate.notices)


def test_notices_say_how_busy_officers_are() -> None:
    estimate = two_buildings(calls={"A": 0.4, "B": 0.0})
    busy = 0.4 * (200 * 3400 / 7200 + 1800) / 7200
    assert f"{100 * busy:.0f} % of the day" in estimate.notices[0]
    assert not any("more calls than" in notice for notice in estimate.notices)
    swamped = two_buildings(calls={"A": 40.0, "B": 0.0})
    assert any("more calls than one officer can serve: 1" in n for n in swamped.notices)


def test_estimated_times_are_said_first() -> None:
    times = dataclasses.replace(
        TravelTimes.from_array([[0, 400], [200, 0]], "AB"), estimate="Straight lines only."
    )
    estimate = estimate_response(
        one_zone("AB"),
        timetable([("A", 28_800, 32_400), ("B", 32_800, 36_000)]),
        times,
        schools=school_table(dict.fromkeys("AB", (None, None))),
        calls=rates({"A": 3.0, "B": 1.0}),
    )
    assert estimate.notices[0] == "Straight lines only."


def position(day: OfficerDay, moment: float) -> str:
    """Where the officer counts as being, one moment at a time."""
    for k, visit in enumerate(day.visits):
        if moment <= visit.departure_s:
            if moment >= visit.arrival_s:
                return visit.building_id
            before = day.visits[k - 1]
            driven = (moment - before.departure_s) / (visit.arrival_s - before.departure_s)
            return before.building_id if driven < 0.5 else visit.building_id
    raise AssertionError(moment)


def test_agrees_with_simulated_calls() -> None:
    rng = np.random.default_rng(20_220_101)
    ids = [f"b{k}" for k in range(9)]
    bells = {i: (("07:30", "08:40", "09:40")[k % 3], "15:00") for k, i in enumerate(ids)}
    seconds = rng.uniform(120, 900, size=(9, 9))
    np.fill_diagonal(seconds, 0)
    times = TravelTimes.from_array(seconds, ids)
    schools = school_table(bells)
    plan = ZonePlan.from_assignment({i: f"Zone {k % 2}" for k, i in enumerate(ids)})
    schedule = plan_patrols(plan, schools, times)
    per_day = dict(zip(ids, rng.uniform(0, 2, size=9), strict=True))
    estimate = estimate_response(plan, schedule, times, schools=schools, calls=rates(per_day))

    calls = 20_000
    weight = np.array(list(per_day.values()))
    waits = np.empty(calls)
    for c, k in enumerate(rng.choice(9, size=calls, p=weight / weight.sum())):
        opens = bells[ids[k]][0].split(":")
        moment = rng.uniform(3600 * int(opens[0]) + 60 * int(opens[1]), 54_000)
        day = schedule.day_of(plan.zone_of(ids[k]).zone_id)
        waits[c] = WAITING + times.between(position(day, moment), ids[k])

    # Five standard errors of a simulation with this many calls.
    district = estimate.district
    assert abs(waits.mean() - district.mean_s) < 5 * waits.std() / math.sqrt(calls)
    for threshold, share in district.share_within.items():
        error = math.sqrt(max(share * (1 - share), 1 / calls) / calls)
        assert abs((waits <= threshold).mean() - share) < 5 * error
    for q, value in ((0.5, district.median_s), (0.9, district.p90_s)):
        error = 5 * math.sqrt(q * (1 - q) / calls)
        assert (waits < value).mean() - error <= q <= (waits <= value).mean() + error


@st.composite
def officer_days(draw: st.DrawFn) -> OfficerDay:
    clock, before, visits = draw(st.integers(0, 20_000)), "", []
    for _ in range(draw(st.integers(1, 6))):
        building = draw(st.sampled_from([b for b in "ABC" if b != before]))
        departure = clock + draw(st.integers(1, 2000))
        visits.append(Visit(building_id=building, arrival_s=clock, departure_s=departure))
        clock, before = departure + draw(st.integers(0, 900)), building
    return OfficerDay(
        zone_id="Zone 1",
        start_s=visits[0].arrival_s,
        end_s=visits[-1].departure_s,
        visits=tuple(visits),
    )


@given(officer_days(), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=100, deadline=None)
def test_shares_of_presence_sum_to_one(day: OfficerDay, one: float, other: float) -> None:
    length = day.end_s - day.start_s
    begin, end = sorted((day.start_s + one * length, day.start_s + other * length))
    if end - begin < 1e-3:
        begin, end = day.start_s, day.end_s
    shares = presence(day, begin, end)
    assert sum(shares.values()) == pytest.approx(1)
    assert set(shares) <= {visit.building_id for visit in day.visits}


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), min_size=1, max_size=12),
    st.floats(0.01, 1),
)
@settings(max_examples=100, deadline=None)
def test_quantiles_are_those_of_the_values_written_out(
    pairs: list[tuple[int, int]], share: float
) -> None:
    values, weights = zip(*pairs, strict=True)
    mixture = Mixture.of(values, weights)
    written = sorted(v for v, w in pairs for _ in range(w))
    assert mixture.quantile(share) == written[math.ceil(share * len(written) - 1e-6) - 1]
    assert mixture.mean == pytest.approx(sum(written) / len(written))
    assert mixture.shares.sum() == pytest.approx(1)
    assert mixture.share_within(25) == pytest.approx(sum(v <= 25 for v in written) / len(written))


@given(weights=st.lists(st.floats(0.01, 1), min_size=1, max_size=60))
def test_all_is_exactly_all(weights: list[float]) -> None:
    """Shares that only rounding keeps from 1 must not be shown as 'over 99 %'."""
    mixture = Mixture.of(range(len(weights)), weights)
    assert mixture.share_within(len(weights)) == 1.0


def test_a_share_in_ten_million_too_late_is_not_all() -> None:
    mixture = Mixture.of([100, 700], [1 - 1e-7, 1e-7])
    assert mixture.share_within(600) == pytest.approx(1 - 1e-7, abs=1e-12)
    assert mixture.share_within(600) < 1


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


def test_assumptions_report_every_fault_at_once() -> None:
    with pytest.raises(OptionError) as caught:
        ResponseAssumptions(
            dispatch_s=-1,
            on_scene_s=math.nan,
            thresholds_s=(300, 180),
            turnout_range_s=(50, 80),
            travel_factor_range=(2, 1),
        )
    faults = "\n".join(caught.value.faults)
    assert len(caught.value.faults) == 6
    for name in (
        "dispatch_s is -1",
        "on_scene_s is nan",
        "dispatch_range_s is (60.0, 133.0), which leaves out the value used, -1",
        "turnout_range_s is (50, 80), which leaves out the value used, 45.0",
        "travel_factor_range is (2, 1), not a range",
        "thresholds_s is (300, 180), not ascending",
    ):
        assert name in faults
    with pytest.raises(OptionError, match="thresholds_s is empty"):
        ResponseAssumptions(thresholds_s=())
