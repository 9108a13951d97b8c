"""Why wishes are missed: every reason and every remedy is solved again by brute force."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from helpers.bell_towns import Bells, school_table

from zoning.patrol import (
    LongDay,
    MissedWish,
    MissedWishes,
    OfficerDay,
    PatrolAssumptions,
    PatrolSchedule,
    RemedyKind,
    Visit,
    explain_missed,
    plan_patrols,
)
from zoning.roads.travel.travel_times import TravelTimes
from zoning.zones.plan import Zone, ZonePlan

# Waggener and Chenoweth have the same bell and are 14 minutes apart: whoever is at one from
# 8:20 for 12 minutes reaches the other at 8:46, 1 minute too late for 5 minutes before 8:50.
PAIR: Bells = {"Waggener": ("08:40", "15:00"), "Chenoweth": ("08:40", "16:00")}
PAIR_S = [[0, 840], [840, 0]]
NO_BREAK = PatrolAssumptions(break_s=0, dismissal_weight=0)


def explain(
    bells: Bells, seconds: list[list[int]], assumptions: PatrolAssumptions
) -> tuple[PatrolSchedule, MissedWishes]:
    schools, ids = school_table(bells), list(bells)
    schools["name"] = ids
    times = TravelTimes.from_array(seconds, ids)
    plan = ZonePlan((Zone(zone_id="East", building_ids=tuple(sorted(ids))),))
    schedule = plan_patrols(plan, schools, times, assumptions=assumptions)
    return schedule, explain_missed(schedule, plan, schools, times)


def most(bells: list[tuple[int, int]], drive: np.ndarray, dwell_s: int, start_s: int) -> int:
    """Most windows met in any order of visits of a length, by trying all; presences of 5 min."""
    best = 0
    for size in range(len(bells), 0, -1):
        for order in permutations(range(len(bells)), size):
            ready, is_met = start_s, True
            for k, at in enumerate(order):
                ready += int(drive[order[k - 1], at]) if k else 0
                arrival = max(ready, bells[at][0] + 300 - dwell_s)
                is_met &= max(arrival, bells[at][0]) + 300 <= bells[at][1]
                ready = max(arrival + dwell_s, bells[at][0] + 300)
            if is_met:
                return size
    return best


def kinds(wish: MissedWish) -> list[RemedyKind]:
    return [remedy.kind for remedy in wish.remedies]


def test_two_schools_too_far_apart_are_told_with_what_was_proved_to_help() -> None:
    _, missed = explain(PAIR, PAIR_S, NO_BREAK)
    assert len(missed) == 1
    (wish,) = missed
    assert (wish.building_id, wish.kind, wish.zone_id) == ("Chenoweth", "arrival", "East")
    assert wish.conflicts_with == ("Waggener 08:40 arrival",)
    assert wish.short_s == 60
    assert wish.text == (
        "Chenoweth 08:40 arrival or Waggener 08:40 arrival: 14 min apart, windows of 30 min, stays "
        "of 12 min: Waggener kept. A window of arrival that closes 11 min after the bell (1 min "
        "more) would allow all; stays of 11 min (1 min less) would allow all; with a weight of 2 "
        "in place of 1 it is kept, and Waggener 08:40 arrival is not; a second officer in East "
        "could be there."
    )
    assert kinds(wish) == ["window", "stay", "weight", "second officer"]
    assert [remedy.minutes for remedy in wish.remedies] == [1, 1, None, None]
    assert str(missed) == wish.text


@pytest.mark.parametrize(
    ("changes", "is_met"),
    [
        ({"arrival_lag_s": 660}, True),
        ({"arrival_lag_s": 659}, False),
        ({"dwell_s": 660}, True),
        ({"dwell_s": 661}, False),
    ],
)
def test_the_remedies_are_the_least_that_help_when_the_day_is_planned_anew(
    changes: dict[str, Any], is_met: bool
) -> None:
    schedule, missed = explain(PAIR, PAIR_S, replace(NO_BREAK, **changes))
    assert schedule.count_presences("arrival") == ((2, 2) if is_met else (1, 2))
    assert len(missed) == (0 if is_met else 1)
    if is_met:
        assert str(missed) == "Every wish is met."
        assert missed.to_frame().empty


def test_a_weight_that_is_said_to_help_does() -> None:
    schools = school_table(PAIR)
    times = TravelTimes.from_array(PAIR_S, list(PAIR))
    plan = ZonePlan((Zone(zone_id="East", building_ids=("Chenoweth", "Waggener")),))
    wishes = pd.DataFrame({"arrival": [2]}, index=["Waggener"])
    schedule = plan_patrols(plan, schools, times, assumptions=NO_BREAK, wishes=wishes)
    met = schedule.presences().set_index("building_id")["met"]
    assert met.to_dict() == {"Chenoweth": False, "Waggener": True}


def test_three_schools_of_which_any_two_can_be_met() -> None:
    bells: Bells = dict.fromkeys("ABC", ("08:00", "15:00"))
    _, missed = explain(bells, [[0, 300, 300], [300, 0, 300], [300, 300, 0]], NO_BREAK)
    (wish,) = missed
    assert len(wish.conflicts_with) == 2
    assert "an officer at B 08:00 arrival and C 08:00 arrival cannot be there too" in wish.text
    # A from 7:40, B until 8:09, C at 8:14: 9 minutes too late for 5 minutes before 8:10.
    assert wish.short_s == 9 * 60
    assert (wish.remedies[0].kind, wish.remedies[0].minutes) == (RemedyKind.WINDOW, 9)
    # Of stays of 8 min the third would begin at 8:06, 1 minute too late.
    assert RemedyKind.STAY not in kinds(wish)


def test_every_missed_presence_is_explained_and_every_remedy_holds_by_trying_all_orders() -> None:
    rng = np.random.default_rng(5)
    stated = set()
    for _ in range(4):
        places = rng.uniform(0, 700, (5, 2))
        drive = np.ceil(np.abs(places[:, None] - places[None]).sum(axis=2))
        starts = rng.choice(["07:40", "08:00", "08:10"], 5)
        bells: Bells = {i: (str(s), "15:00") for i, s in zip("ABCDE", starts, strict=True)}
        schedule, missed = explain(bells, drive.tolist(), NO_BREAK)
        at = [int(s[:2]) * 3600 + int(s[3:]) * 60 for s in starts]
        windows = [(bell - 1200, bell + 600) for bell in at]
        start_s = min(opens for opens, _ in windows)
        rows = {wish.building_id: wish for wish in missed}
        met = schedule.presences().set_index("building_id")["met"]
        assert sorted(rows) == sorted(met.index[~met])
        assert most(windows, drive, 720, start_s) == met.sum()
        row = {b: k for k, b in enumerate("ABCDE")}
        for building, wish in rows.items():
            against = [row[text.split(" ")[0]] for text in wish.conflicts_with]
            assert all(met.iloc[k] for k in against)
            chosen = [row[building], *against]
            square = drive[np.ix_(chosen, chosen)]
            some = [windows[k] for k in chosen]
            assert most(some, square, 720, start_s) == len(chosen) - 1
            every = [k for k in range(5) if met.iloc[k] or k == row[building]]
            square = drive[np.ix_(every, every)]
            for remedy in wish.remedies:
                stated.add(remedy.kind)
                for less, helps in ((0, True), (1, False)):
                    by = 60 * ((remedy.minutes or 0) - less)
                    wider, stay, begin = [windows[k] for k in every], 720, start_s
                    if remedy.kind is RemedyKind.STAY:
                        stay -= by
                    elif remedy.kind is RemedyKind.WINDOW and "closes" in remedy.text:
                        wider = [(a, b + by) for a, b in wider]
                    elif remedy.kind is RemedyKind.WINDOW:
                        wider, begin = [(a - by, b) for a, b in wider], start_s - by
                    else:
                        continue
                    assert (most(wider, square, stay, begin) == len(every)) is helps
    assert {RemedyKind.WINDOW, RemedyKind.STAY} <= stated


def test_what_lies_outside_a_shift_is_met_by_a_longer_one() -> None:
    short = PatrolAssumptions(
        long_day=LongDay.ONE_SHIFT, shift_s=6 * 3600, break_s=0, dismissal_weight=0
    )
    bells: Bells = {"A": ("07:00", "16:00"), "B": ("10:40", "16:00")}
    schools, times = school_table(bells), TravelTimes.from_array([[0, 300], [300, 0]], "AB")
    plan = ZonePlan((Zone(zone_id="East", building_ids=("A", "B")),))
    given = OfficerDay(
        zone_id="East",
        start_s=10 * 3600,
        end_s=16 * 3600,
        visits=(
            Visit(building_id="B", arrival_s=10 * 3600, departure_s=12 * 3600),
            Visit(building_id="A", arrival_s=12 * 3600 + 300, departure_s=16 * 3600),
        ),
    )
    school_day = plan_patrols(plan, schools, times, assumptions=short).school_day
    schedule = PatrolSchedule(days=(given,), assumptions=short, school_day=school_day)
    (wish,) = explain_missed(schedule, plan, schools, times)
    assert "East cannot be there in a shift from 10:00 to 16:00" in wish.text
    assert kinds(wish) == ["shift", "second officer"]
    assert "a shift over the whole school day, 06:40 to 16:20" in wish.remedies[0].text


def test_a_given_day_that_misses_what_it_could_meet_is_told_to_be_planned_anew() -> None:
    bells: Bells = {"A": ("08:00", "15:00"), "B": ("09:00", "15:00")}
    schools, times = school_table(bells), TravelTimes.from_array([[0, 300], [300, 0]], "AB")
    plan = ZonePlan((Zone(zone_id="East", building_ids=("A", "B")),))
    best = plan_patrols(plan, schools, times, assumptions=NO_BREAK)
    start, end = 7 * 3600 + 2400, 15 * 3600
    lazy = OfficerDay(
        zone_id="East",
        start_s=start,
        end_s=end,
        visits=(Visit(building_id="A", arrival_s=start, departure_s=end),),
        unvisited_ids=("B",),
    )
    missed = explain_missed(replace(best, days=(lazy,)), plan, schools, times)
    arrival, visits = missed
    assert arrival.text == (
        "School B 09:00 arrival: it can be met beside all that East meets; plan the day anew."
    )
    assert visits.text.startswith("School B: 0 of 1 wished visit. Stays of 8 min")
    nobody = explain_missed(replace(best, days=()), plan, schools, times)
    assert "School A 08:00 arrival: East has no officer that day." in str(nobody)


def test_visits_and_gaps_that_are_wished_are_explained_with_what_was_planned_anew() -> None:
    wished = replace(NO_BREAK, longest_gap_s=3600, least_visits=6)
    bells: Bells = dict.fromkeys("ABC", ("09:00", "13:00"))
    apart = [[0, 600, 600], [600, 0, 600], [600, 600, 0]]
    schedule, missed = explain(bells, apart, wished)
    rows = {(wish.building_id, wish.kind): wish for wish in missed}
    idle = schedule.idleness()
    assert {b for b, kind in rows if kind == "gap"} == {
        *idle.index[idle["longest_gap_s"] > 3600].tolist()
    }
    assert {b for b, kind in rows if kind == "visits"} == {*idle.index[idle["visits"] < 6].tolist()}
    shorter, _ = explain(bells, apart, replace(wished, dwell_s=480))
    visits = shorter.idleness()["visits"].astype(int).to_dict()
    gaps = idle["longest_gap_s"].astype(int).to_dict()
    said = 0
    for (building, kind), wish in rows.items():
        if kind == "gap":
            assert wish.remedies[-1].kind is RemedyKind.WISH
            assert wish.remedies[-1].minutes == -(-(gaps[building] - 3600) // 60)
        elif RemedyKind.STAY in kinds(wish):
            said += 1
            assert visits[building] >= 6
    assert said


def test_one_tier_for_all_is_told_in_a_sentence_a_bell() -> None:
    # Three zones of six schools with the same bells.
    ids = [f"{z}{k}" for z in "NSW" for k in range(6)]
    bells: Bells = dict.fromkeys(ids, ("08:00", "15:00"))
    schools = school_table(bells)
    times = TravelTimes.from_array(np.where(np.eye(18, dtype=bool), 0, 420), ids)
    plan = ZonePlan.from_assignment({i: f"Zone {i[0]}" for i in ids})
    schedule = plan_patrols(plan, schools, times, assumptions=NO_BREAK)
    missed = explain_missed(schedule, plan, schools, times)
    assert len(missed) == 12
    crowded = replace(missed, wishes=missed.wishes * 2)
    for text in ("\n".join(missed.summary), str(crowded)):
        assert text.count("\n") == 0
        assert re.match(r"08:00 arrival: missed at \d+ of 18 schools, in 3 zones\. Proved", text)
    assert "a second officer in 3 zones" in missed.summary[0]
    frame = missed.to_frame()
    assert len(frame) == 12
    assert frame["bell_s"].eq(8 * 3600).all()
    assert frame["text"].tolist() == [wish.text for wish in missed]
