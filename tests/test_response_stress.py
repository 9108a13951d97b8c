"""Stress of one plan: closed forms, monotony on the same calls, and counting by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from helpers.bell_towns import school_table

from zoning.demand import CallRates
from zoning.errors import OptionError, UnreachableError
from zoning.patrol import OfficerDay, PatrolAssumptions, PatrolSchedule, Visit, plan_patrols
from zoning.response import ResponseAssumptions, simulate_response
from zoning.response.extra_officer import _parts, rank_extra_officers
from zoning.response.offered_load import headroom
from zoning.response.stress import StressAssumptions, find_posts, scale_calls, stress_plan
from zoning.response.unfilled import OTHERS, expect_unfilled
from zoning.roads.travel.travel_times import TravelTimes
from zoning.zones.plan import Zone, ZoneKind, ZonePlan

EIGHT, TEN = 8 * 3600, 10 * 3600
WAITING = 90 + 45
EXACT = ResponseAssumptions(dispatch_spread=0, turnout_spread=0, on_scene_spread=0, drive_spread=0)
SELDOM = 1e-7
"""Calls a day: so few that none comes in the simulated days, and every officer is free."""
Stays = Sequence[tuple[str, int, int]]


def rates(per_day: Mapping[str, float]) -> CallRates:
    index = pd.Index(list(per_day), name="building_id", dtype=object)
    series = pd.Series(list(per_day.values()), index=index, dtype=float)
    return CallRates(per_day=series, source="by hand", notices=())


def zones(**members: str) -> ZonePlan:
    return ZonePlan(tuple(Zone(zone_id=z, building_ids=tuple(m)) for z, m in members.items()))


def timetable(days: Mapping[str, Stays]) -> PatrolSchedule:
    return PatrolSchedule(
        days=tuple(
            OfficerDay(
                zone_id=zone,
                start_s=stays[0][1],
                end_s=stays[-1][2],
                visits=tuple(Visit(building_id=b, arrival_s=a, departure_s=d) for b, a, d in stays),
            )
            for zone, stays in days.items()
        ),
        assumptions=PatrolAssumptions(),
    )


def town(ids: str) -> dict[str, tuple[str, str]]:
    return dict.fromkeys(ids, ("08:00", "10:00"))


def places(ids: str, seed: int) -> TravelTimes:
    rng = np.random.default_rng(seed)
    at = rng.uniform(0, 700, (len(ids), 2))
    seconds = np.hypot(*(at[:, None] - at[None]).T) * rng.uniform(1, 1.1, (len(ids),) * 2)
    np.fill_diagonal(seconds, 0)
    return TravelTimes.from_array(seconds, ids)


def test_a_post_empty_half_the_days_gives_the_average() -> None:
    """Two officers 600 s apart, one away every other day: half the calls at B wait 600 s more."""
    args = (
        zones(one="A", two="B"),
        timetable({"one": [("A", EIGHT, TEN)], "two": [("B", EIGHT, TEN)]}),
        TravelTimes.from_array([[0, 600], [600, 0]], "AB"),
    )
    given = {"schools": school_table(town("AB")), "calls": rates({"A": SELDOM, "B": SELDOM})}
    half = simulate_response(
        *args, **given, days=50, assumptions=EXACT, empty_posts=[[False, False], [False, True]]
    )
    assert half.mean_s == pytest.approx(WAITING + 600 / 4)
    assert list(half.building_means()) == pytest.approx([WAITING, WAITING + 300])
    never = simulate_response(*args, **given, days=50, assumptions=EXACT)
    always = simulate_response(
        *args, **given, days=50, assumptions=EXACT, empty_posts=[[False, True]]
    )
    assert half.mean_s == pytest.approx((never.mean_s + always.mean_s) / 2)


def test_snow_lengthens_the_drives_alone_and_a_closure_takes_its_own_times() -> None:
    plan = zones(one="ABC", two="DE")
    times = places("ABCDE", 5)
    schedule = plan_patrols(plan, school_table(town("ABCDE")), times)
    twice = replace(times, seconds=times.seconds * 2)
    found = stress_plan(
        plan,
        schedule,
        times,
        schools=school_table(town("ABCDE")),
        calls=rates(dict.fromkeys("ABCDE", SELDOM)),
        assumptions=EXACT,
        stress=StressAssumptions(snow_speed_loss=0.2, days=50),
        closures={"Main Street": twice},
    )
    mean = found.table["mean_s"]
    drive = mean["base"] - WAITING
    assert drive > 50
    assert mean["snow"] == pytest.approx(WAITING + drive / 0.8)
    assert mean["closed_Main Street"] == pytest.approx(WAITING + 2 * drive)
    snow = found.table.loc["snow"]
    assert snow["change_s"] == pytest.approx(drive / 4)
    assert snow["change_low_s"] <= snow["change_s"] <= snow["change_high_s"]
    lost = found.buildings.loc["snow"]["change_s"]
    assert lost.mean() == pytest.approx(drive / 4)
    assert math.isinf(found.most_calls) is False


def test_worse_stress_is_never_quicker_on_the_same_calls() -> None:
    plan = zones(one="ABC", two="DE", three="FG")
    times = places("ABCDEFG", 8)
    found = stress_plan(
        plan,
        plan_patrols(plan, school_table(town("ABCDEFG")), times),
        times,
        schools=school_table(town("ABCDEFG")),
        calls=rates(dict.fromkeys("ABCDEFG", 0.1)),
        stress=StressAssumptions(days=200),
    )
    mean = found.table["mean_s"]
    for order in (
        ["base", "empty_15", "empty_50", "empty_80"],
        ["base", "calls_1.5", "calls_2", "calls_3"],
        ["base", "snow"],
    ):
        assert all(a < b for a, b in pairwise(mean[order])), mean[order].to_string()
    assert (found.table["outside_share"][["base", "calls_3", "snow"]] == 0).all()
    left = found.table.loc["empty_80", "outside_share"]
    assert left > 0.3  # all three are away on half the days
    assert f"No officer answers {100 * left:.0f} % of the calls" in found.table["note"]["empty_80"]
    assert found.table["note"]["base"] == ""


def drive_by_hand(stays: Stays, moment: float, times: TravelTimes, building: str) -> float:
    """The drive of one officer, by walking through the timetable; inf off duty."""
    for k, (place, arrival, departure) in enumerate(stays):
        if arrival <= moment < departure:
            return times.between(place, building)
        if k + 1 < len(stays) and departure <= moment < stays[k + 1][1]:
            there = stays[k + 1][0]
            done = (moment - departure) / (stays[k + 1][1] - departure)
            on, back = times.between(place, there), times.between(there, place)
            a, b = times.between(place, building), times.between(there, building)
            stewart = (1 - done) * a**2 + done * b**2 - done * (1 - done) * on**2
            drive = max(math.sqrt(max(stewart, 0)), a - done * on, b - (1 - done) * back)
            return min(drive, (1 - done) * on + b, done * back + a)
    return math.inf


def test_calls_together_equal_counting_every_minute_and_pair() -> None:
    """All pairs of campuses at every minute, with officers chosen one after the other."""
    members = {"one": "ABC", "two": "DE", "three": "FG"}
    times = places("ABCDEFG", 11)
    days: dict[str, Stays] = {
        "one": [("A", EIGHT, EIGHT + 1500), ("B", EIGHT + 2100, 33000), ("C", 33500, TEN)],
        "two": [("D", EIGHT, EIGHT + 3000), ("E", EIGHT + 3333, TEN)],
        "three": [("G", EIGHT, EIGHT + 2000), ("F", EIGHT + 2600, TEN)],
    }
    calls = {"A": 1.0, "B": 2.0, "C": 1.0, "D": 3.0, "E": 1.0, "F": 2.0, "G": 1.0}
    plan = zones(**members)
    third = replace(plan.zones[2], kind=ZoneKind.DEDICATED)
    found = stress_plan(
        ZonePlan((*plan.zones[:2], third)),
        timetable(days),
        times,
        schools=school_table(town("ABCDEFG")),
        calls=rates({b: SELDOM * c for b, c in calls.items()}),
        assumptions=EXACT,
        stress=StressAssumptions(days=50),
    )
    second_call, own, campuses, nearest = [], [], [], []
    within, weights = [], []
    home = {b: z for z, ids in members.items() for b in ids}
    for minute in range(480, 600):
        moment = 60 * minute + 30
        drive = {b: {z: drive_by_hand(days[z], moment, times, b) for z in members} for b in calls}
        for b, weight in calls.items():
            # The officer of "three" is posted there and helps nobody.
            others = [drive[b][z] for z in ("one", "two") if z != home[b]]
            second_call.append((weight, min(others)))
            own.append((weight, drive[b][home[b]]))
            nearest.append((weight, min(drive[b].values())))
            rest = sum(calls.values()) - weight
            for first, its_weight in calls.items():
                if first == b:
                    continue
                sent = min(drive[first], key=lambda z: drive[first][z])
                comes = min(s for z, s in drive[b].items() if z != sent)
                campuses.append((weight * its_weight / rest, comes))
                within.append(WAITING + comes <= 480)
                weights.append(weight * its_weight / rest)

    def mean(of: list[tuple[float, float]]) -> float:
        return sum(w * s for w, s in of) / sum(w for w, _ in of)

    table = found.table
    assert table.loc["second_call", "mean_s"] == pytest.approx(WAITING + mean(second_call))
    assert table.loc["second_call", "change_s"] == pytest.approx(mean(second_call) - mean(own))
    assert table.loc["two_campuses", "mean_s"] == pytest.approx(WAITING + mean(campuses))
    assert table.loc["two_campuses", "change_s"] == pytest.approx(mean(campuses) - mean(nearest))
    of_b = [s for (_, s), b in zip(second_call, list(calls) * 120, strict=True) if b == "B"]
    own_b = [s for (_, s), b in zip(own, list(calls) * 120, strict=True) if b == "B"]
    lost = found.buildings.loc[("second_call", "B")]
    assert lost["mean_s"] == pytest.approx(WAITING + np.mean(of_b))
    assert lost["change_s"] == pytest.approx(np.mean(of_b) - np.mean(own_b))
    share = sum(w for w, ok in zip(weights, within, strict=True) if ok) / sum(weights)
    assert table.loc["two_campuses", "share_within_480_s"] == pytest.approx(share)


def test_nobody_comes_to_a_second_call_where_officers_do_not_help() -> None:
    plan = zones(one="A", two="B")
    found = stress_plan(
        plan,
        timetable({"one": [("A", EIGHT, TEN)], "two": [("B", EIGHT, TEN)]}),
        TravelTimes.from_array([[0, 600], [600, 0]], "AB"),
        schools=school_table(town("AB")),
        calls=rates({"A": 0.1, "B": 0.1}),
        assumptions=replace(EXACT, mutual_aid=False),
        stress=StressAssumptions(days=25),
    )
    row = found.table.loc["second_call"]
    assert row["outside_share"] == 1
    assert math.isnan(row["mean_s"])
    assert "No other officer answers" in row["note"]


def test_a_closure_that_cuts_a_zone_in_two_is_a_row_with_a_note() -> None:
    plan, schools, calls = zones(one="AB"), school_table(town("AB")), rates({"A": 0.1, "B": 0.1})
    times = TravelTimes.from_array([[0, 300], [300, 0]], "AB")
    cut = TravelTimes.from_array([[0, math.inf], [math.inf, 0]], "AB")
    schedule = plan_patrols(plan, schools, times)
    given = {"schools": schools, "calls": calls, "stress": StressAssumptions(days=25)}
    found = stress_plan(plan, schedule, times, **given, closures={"Bridge": cut})
    assert "2 pairs" in found.table.loc["closed_Bridge", "note"]
    assert math.isnan(found.table.loc["closed_Bridge", "mean_s"])
    with pytest.raises(UnreachableError):
        stress_plan(plan, schedule, cut, **given)


def test_growth_up_to_the_load_that_officers_cannot_keep_up_with() -> None:
    plan, schools = zones(one="AB", two="C"), school_table(town("ABC"))
    times = places("ABC", 2)
    args = (plan, plan_patrols(plan, schools, times), times)
    calls = rates(dict.fromkeys("ABC", 0.3))
    found = stress_plan(
        *args, schools=schools, calls=calls, stress=StressAssumptions(growth=(2, 50), days=50)
    )
    for factor, keeps_up in ((0.99, True), (1.01, False)):
        more = scale_calls(calls, factor * found.most_calls / 0.3)
        one = simulate_response(*args, schools=schools, calls=more, days=25)
        assert one.is_overloaded is not keeps_up
    assert found.table.loc["calls_50", "is_overloaded"]
    assert "the queue never ends" in found.table.loc["calls_50", "note"]
    assert math.isnan(found.table.loc["calls_50", "mean_s"])
    assert not found.table.loc["base", "is_overloaded"]


@pytest.mark.parametrize("seed", range(20))
def test_headroom_is_where_the_load_passes_what_officers_have(seed: int) -> None:
    """Bisection on the definition: those who serve one zone pass on what they cannot do."""
    rng = np.random.default_rng(seed)
    asked, has = rng.uniform(0, 50, 6) * rng.integers(0, 2, 6), rng.uniform(10, 100, 6)
    helps = rng.integers(0, 2, 6).astype(bool)
    asked[0] = 5.0

    def is_overloaded(f: float) -> bool:
        if not helps.any():
            return bool((f * asked[asked > 0] >= has[asked > 0]).any())
        alone = np.maximum(f * asked - has, 0)[~helps].sum()
        return bool(f * asked[helps].sum() + alone >= has[helps].sum())

    low, high = 0.0, 1e4
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if is_overloaded(middle) else (middle, high)
    assert headroom(asked, has, helps) == pytest.approx(high, rel=1e-9)


@dataclass(frozen=True)
class HourlyCalls:
    per_day: pd.Series
    hourly: pd.DataFrame | None


def test_scaled_calls_keep_their_hours() -> None:
    hourly = pd.DataFrame({8: [0.2], 9: [0.0]}, index=["A"])
    twice = scale_calls(HourlyCalls(pd.Series({"A": 0.2}), hourly), 2)
    assert list(twice.per_day) == [0.4]
    assert twice.hourly.loc["A", 8] == pytest.approx(0.4)


def test_every_fault_of_the_assumptions_is_named() -> None:
    with pytest.raises(OptionError) as told:
        StressAssumptions(empty_shares=(1.2,), snow_speed_loss=1, growth=(0,), days=1)
    assert len(told.value.faults) == 4


def test_the_extra_officer_takes_the_far_part_of_the_worst_zone() -> None:
    """A, B and C, D are two clusters 900 s apart; E and F are close."""
    times = np.full((6, 6), 900.0)
    for pair in ((0, 1), (2, 3), (4, 5)):
        times[np.ix_(pair, pair)] = 60.0
    np.fill_diagonal(times, 0.0)
    plan, schools = zones(one="ABCD", two="EF"), school_table(town("ABCDEF"))
    given = TravelTimes.from_array(times, "ABCDEF")
    found = rank_extra_officers(
        plan,
        plan_patrols(plan, schools, given),
        given,
        schools=schools,
        calls=rates(dict.fromkeys("ABCDEF", 0.01)),
        assumptions=EXACT,
        days=50,
    )
    first, second = found.iloc[0], found.iloc[1]
    assert (first["zone_id"], first["extra_building_ids"]) == ("one", ("A", "B"))
    # From equally often at each of four buildings: (60 + 900 + 900) / 4; of two, 60 / 2.
    assert first["saved_s_per_day"] == pytest.approx(4 * 0.01 * (465 - 30))
    assert second["saved_s_per_day"] == pytest.approx(2 * 0.01 * 30)
    assert first["change_high_s"] < second["change_low_s"] < 0
    alone = zones(one="A")
    assert rank_extra_officers(
        alone,
        timetable({"one": [("A", EIGHT, TEN)]}),
        TravelTimes.from_array([[0.0]], "A"),
        schools=school_table(town("A")),
        calls=rates({"A": 0.1}),
    ).empty


@pytest.mark.parametrize("size", range(2, 8))
def test_every_division_of_a_zone_is_tried_once(size: int) -> None:
    found = {min(tuple(part), tuple(~part)) for part in _parts(size)}
    assert len(found) == len(list(_parts(size))) == 2 ** (size - 1) - 1


def test_named_posts_are_empty_on_all_days_of_their_case() -> None:
    """Two officers 600 s apart: with one post empty half of the calls wait 600 s more."""
    args = (
        zones(one="A", two="B"),
        timetable({"one": [("A", EIGHT, TEN)], "two": [("B", EIGHT, TEN)]}),
        TravelTimes.from_array([[0, 600], [600, 0]], "AB"),
    )
    given = {"schools": school_table(town("AB")), "calls": rates({"A": SELDOM, "B": SELDOM})}
    quick = StressAssumptions(empty_shares=(), growth=(), days=20)
    found = stress_plan(
        *args, **given, assumptions=EXACT, stress=quick, unfilled={"2026-10-05": ["two"]}
    )
    row = found.table.loc["unfilled_2026-10-05"]
    assert row["label"] == "Unfilled: 2026-10-05"
    assert row["mean_s"] == pytest.approx(WAITING + 300)
    assert row["change_s"] == pytest.approx(300)
    assert list(found.buildings.loc["unfilled_2026-10-05"]["change_s"]) == pytest.approx([0, 600])
    with pytest.raises(OptionError) as caught:
        stress_plan(*args, **given, unfilled={"Monday": ["three"], "Friday": ["one", "four"]})
    assert "Monday: 'three' is no officer and no zone" in str(caught.value)
    assert "Friday: 'four' is no officer" in str(caught.value)
    assert "Its officers are one, two." in str(caught.value)


def test_a_post_is_an_officer_or_all_officers_of_a_zone() -> None:
    plan, schedule = zones(one="A", two="B"), timetable({"one": [("A", EIGHT, TEN)]})
    (day,) = schedule.days
    later = [replace(day, zone_id="two", officer_id=f"two {k}") for k in (1, 2)]
    several = replace(schedule, days=(day, *later))
    found = find_posts(plan, several, {1: ["two"], 2: ["two 2"], 3: ["one", "two 1"], 4: []})
    assert {key: posts.tolist() for key, posts in found.items()} == {
        1: [False, True, True],
        2: [False, False, True],
        3: [True, True, False],
        4: [False, False, False],
    }


def test_the_response_over_a_term_weighs_its_days() -> None:
    """Of nine days two lack an officer: 300 s more on these."""
    args = (
        zones(one="A", two="B"),
        timetable({"one": [("A", EIGHT, TEN)], "two": [("B", EIGHT, TEN)]}),
        TravelTimes.from_array([[0, 600], [600, 0]], "AB"),
    )
    given = {"schools": school_table(town("AB")), "calls": rates({"A": SELDOM, "B": SELDOM})}
    quick = StressAssumptions(days=20)
    days = {k: ["two"] if k < 2 else [] for k in range(9)}
    found = expect_unfilled(*args, **given, unfilled=days, assumptions=EXACT, stress=quick)
    assert found.table["posts"].tolist() == ["", "two"]
    assert found.table["days"].tolist() == [7, 2]
    assert found.mean_s == pytest.approx(WAITING + 300 * 2 / 9)
    assert found.change_s == pytest.approx(300 * 2 / 9)
    assert found.change_low_s <= found.change_s <= found.change_high_s
    assert "Expected response over 9 days, 2 of them with posts unfilled: 3.4 min" in str(found)
    # The same, with both sets of posts in one simulation of days in turn.
    mixed = {k: [["two"], ["one"], []][k % 3] for k in range(9)}
    alone = expect_unfilled(*args, **given, unfilled=mixed, assumptions=EXACT, stress=quick)
    bounded = expect_unfilled(
        *args, **given, unfilled=mixed, assumptions=EXACT, stress=quick, most_sets=1
    )
    assert bounded.table["posts"].tolist() == [OTHERS, ""]
    assert bounded.mean_s == pytest.approx(alone.mean_s) == pytest.approx(WAITING + 200)
    with pytest.raises(OptionError, match="it has no day"):
        expect_unfilled(*args, **given, unfilled={})
