"""Presences of a day against an officer who is followed second by second."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import combinations, pairwise
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoning.errors import ScheduleError
from zoning.patrol import presence_loops, presences
from zoning.patrol.day_problem import DayProblem, PresenceKind, Stop, WishedPresence
from zoning.patrol.presences import best_presences, can_meet, conflict_of


def random_day(
    random: Random, *, places: int = 3, wishes: int = 5, span: int = 32, longest_drive: int = 7
) -> DayProblem:
    """A day of some seconds, in which drives, stays and windows take a few."""
    periods = 3
    begins = [0, *sorted(random.sample(range(1, span), random.randrange(periods)))]
    has_base = random.random() < 0.5
    has_break = random.random() < 0.7
    dwell = random.randint(2, 5)

    def drives(*shape: int) -> Any:
        return np.array(
            [random.randint(0, longest_drive) for _ in range(int(np.prod(shape)))], dtype=np.int64
        ).reshape(shape)

    drive = drives(len(begins), places, places)
    drive[:, np.arange(places), np.arange(places)] = 0
    base = [drives(len(begins), places) * has_base for _ in range(2)]
    listed = []
    for _ in range(random.randint(1, wishes)):
        opens = random.randrange(span - 4)
        listed.append(
            WishedPresence(
                building_id=f"b{random.randrange(places)}",
                kind=random.choice(list(PresenceKind)),
                open_s=opens,
                close_s=opens + random.randint(1, 12),
                weight=random.choice((1, 1, 1, 2, 5)),
            )
        )
    from_s = random.randrange(span // 2)
    zeros = np.zeros(places, dtype=np.int64)
    return DayProblem(
        building_ids=tuple(f"b{k}" for k in range(places)),
        period_begins_s=np.array(begins, dtype=np.int64),
        drive_s=drive,
        from_base_s=base[0],
        to_base_s=base[1],
        open_s=zeros,
        close_s=zeros + span,
        presences=tuple(listed),
        start_s=random.randrange(5),
        end_s=span - random.randrange(10),
        dwell_s=dwell,
        presence_s=random.randint(1, dwell),
        longest_stay_s=dwell + 3,
        break_s=random.randint(2, 6) * has_break,
        break_from_s=from_s * has_break,
        break_to_s=(from_s + random.randrange(10)) * has_break,
        wished_gap_s=zeros,
        wished_visits=zeros,
    )


def most_weight(problem: DayProblem) -> int | None:
    """Most weight of an officer who decides each second what to do next; None if no day works."""
    periods = list(problem.period_begins_s)

    def period(now: int) -> int:
        return max(k for k, begin in enumerate(periods) if begin <= now)

    def add(met: frozenset[int], place: int, since: int, now: int) -> frozenset[int]:
        return met | {
            k
            for k, wish in enumerate(problem.presences)
            if wish.building_id == problem.building_ids[place]
            and min(now, wish.close_s) - max(since, wish.open_s) >= problem.presence_s
        }

    def worth(met: frozenset[int]) -> int:
        return sum(problem.presences[k].weight for k in met)

    @cache
    def at_base(now: int) -> int | None:
        if now > problem.end_s:
            return None
        options = [at_base(now + 1)]
        for place in range(problem.size):
            drive = int(problem.from_base_s[period(now), place])
            options.append(waiting(now + drive, place, frozenset(), problem.break_s == 0, False))
        if not problem.break_s:
            options.append(0)
        return best(options)

    @cache
    def waiting(
        now: int, place: int, met: frozenset[int], is_rested: bool, may_leave: bool
    ) -> int | None:
        """At a place, with no stop begun; only after the break may the officer go on from there."""
        if now > problem.end_s:
            return None
        options = [
            waiting(now + 1, place, met, is_rested, may_leave),
            visiting(now, place, now, met, is_rested),
        ]
        if not is_rested and problem.break_from_s <= now <= problem.break_to_s:
            options.append(waiting(now + problem.break_s, place, met, True, True))
        if may_leave:
            options += leave(now, place, met, is_rested)
        return best(options)

    @cache
    def visiting(
        now: int, place: int, since: int, met: frozenset[int], is_rested: bool
    ) -> int | None:
        if now > problem.end_s:
            return None
        options = [visiting(now + 1, place, since, met, is_rested)]
        if now - since >= problem.dwell_s:
            after = add(met, place, since, now)
            options += leave(now, place, after, is_rested)
            if not is_rested and problem.break_from_s <= now <= problem.break_to_s:
                options.append(waiting(now + problem.break_s, place, after, True, True))
        return best(options)

    def leave(now: int, place: int, met: frozenset[int], is_rested: bool) -> list[int | None]:
        options: list[int | None] = []
        if is_rested and now + problem.to_base_s[period(now), place] <= problem.end_s:
            options.append(worth(met))
        for other in range(problem.size):
            if other != place:
                drive = int(problem.drive_s[period(now), place, other])
                options.append(waiting(now + drive, other, met, is_rested, False))
        return options

    def best(options: list[int | None]) -> int | None:
        return max((option for option in options if option is not None), default=None)

    return at_base(problem.start_s)


def faults_of(problem: DayProblem, stops: tuple[Stop, ...]) -> list[str]:
    """What is not feasible about a timetable, by the definition of `DayProblem`."""

    def can_arrive(drives: Any, departure: int, latest: int, arrival: int) -> bool:
        """Whether a drive that begins in a span of time ends by a moment."""
        return any(
            now + drives[max(k for k, b in enumerate(problem.period_begins_s) if b <= now)]
            <= arrival
            for now in (departure, *problem.period_begins_s)  # quickest where a period begins
            if departure <= now <= latest
        )

    faults = []
    if stops:
        first, last = stops[0], stops[-1]
        drives = problem.from_base_s[:, first.place]
        if not can_arrive(drives, problem.start_s, first.arrival_s, first.arrival_s):
            faults.append("the first stop is earlier than the base allows")
        drives = problem.to_base_s[:, last.place]
        if not can_arrive(drives, last.departure_s, problem.end_s, problem.end_s):
            faults.append("back too late")
    for one, other in pairwise(stops):
        drives = problem.drive_s[:, one.place, other.place]
        # Waiting counts as a stay, except after the break, which has its length.
        latest = other.arrival_s if one.is_break else one.departure_s
        if not can_arrive(drives, one.departure_s, latest, other.arrival_s):
            faults.append(f"{other} is too early")
        if one.place == other.place and one.is_break == other.is_break:
            faults.append(f"{other} is where the last stop is")
    breaks = [stop for stop in stops if stop.is_break]
    if len(breaks) != (problem.break_s > 0):
        faults.append(f"{len(breaks)} breaks")
    for stop in stops:
        stay = stop.departure_s - stop.arrival_s
        if stop.is_break and (
            stay != problem.break_s
            or not problem.break_from_s <= stop.arrival_s <= problem.break_to_s
        ):
            faults.append(f"{stop} is no break")
        if not stop.is_break and stay < problem.dwell_s:
            faults.append(f"{stop} is too short")
    return faults


def met_by(problem: DayProblem, stops: tuple[Stop, ...]) -> tuple[int, ...]:
    return tuple(
        k
        for k, wish in enumerate(problem.presences)
        if any(
            not stop.is_break
            and problem.building_ids[stop.place] == wish.building_id
            and min(stop.departure_s, wish.close_s) - max(stop.arrival_s, wish.open_s)
            >= problem.presence_s
            for stop in stops
        )
    )


@pytest.mark.parametrize("seed", range(60))
def test_no_second_by_second_day_meets_more(seed: int) -> None:
    problem = random_day(Random(seed))
    weight = most_weight(problem)
    if weight is None:
        with pytest.raises(ScheduleError, match="room for a break"):
            best_presences(problem)
        return
    plan = best_presences(problem)
    assert (plan.weight, plan.weight_bound, plan.is_proved) == (weight, weight, True)
    assert faults_of(problem, plan.stops) == []
    assert plan.met == met_by(problem, plan.stops)
    assert plan.weight == sum(problem.presences[k].weight for k in plan.met)


def conflict_by_hand(problem: DayProblem, index: int, met: tuple[int, ...]) -> int:
    """Fewest other presences that no second-by-second day meets together with one."""
    return min(
        size
        for size in range(len(met) + 1)
        for chosen in combinations(met, size)
        if not is_possible(problem, (index, *chosen))
    )


def is_possible(problem: DayProblem, indices: tuple[int, ...]) -> bool:
    wanted = tuple(replace(problem.presences[k], weight=1) for k in indices)
    return most_weight(replace(problem, presences=wanted)) == len(wanted)


@pytest.mark.parametrize("seed", range(8))
def test_sets_of_presences_are_possible_second_by_second(seed: int) -> None:
    problem = random_day(Random(1000 + seed), wishes=6)
    wishes = range(len(problem.presences))
    for size in (0, 1, 2, 3):
        for chosen in [*combinations(wishes, size)][:12]:
            assert can_meet(problem, chosen) == is_possible(problem, chosen)


def test_conflicts_are_the_smallest_and_their_widening_the_least() -> None:
    found = set()
    for seed in range(2000, 2030):
        problem = random_day(Random(seed), span=26)
        if most_weight(problem) is None:
            continue
        plan = best_presences(problem)
        for index in sorted(set(range(len(problem.presences))) - set(plan.met))[:1]:
            conflict = conflict_of(problem, index, plan.met)
            assert conflict is not None
            assert set(conflict.others) <= set(plan.met)
            assert not can_meet(problem, (index, *conflict.others))
            assert len(conflict.others) == conflict_by_hand(problem, index, plan.met)
            found.add(len(conflict.others))
            for widening_s, sides in (
                (conflict.open_earlier_s, (1, 0)),
                (conflict.close_later_s, (0, 1)),
            ):
                if widening_s is not None:
                    possible = [
                        is_possible(
                            replace(
                                problem,
                                presences=tuple(
                                    replace(
                                        wish,
                                        open_s=wish.open_s - s * sides[0],
                                        close_s=wish.close_s + s * sides[1],
                                    )
                                    for wish in problem.presences
                                ),
                            ),
                            (index, *conflict.others),
                        )
                        for s in (widening_s - 1, widening_s)
                    ]
                    assert possible == [False, True]
    assert found >= {0, 1, 2}


def test_a_conflict_says_by_how_many_seconds_two_schools_are_short() -> None:
    # Stays of 12 min, 6 min apart, windows of 10 min at one bell: the second stay must hold 5 min.
    problem = school_day(
        [[0, 360], [360, 0]], [("b0", 31_200, 31_800), ("b1", 31_200, 31_800)], dwell_s=720
    )
    plan = best_presences(problem)
    assert (plan.weight, plan.is_proved) == (1, True)
    # The officer may come at any time, leaves the first at 31,200 + 300 and is there 360 s later:
    # 300 s end at 32,160, 360 s after the window.
    conflict = conflict_of(problem, 1, (0,))
    assert conflict is not None
    assert (conflict.others, conflict.short_s) == ((0,), 360)
    assert conflict_of(replace(problem, presences=problem.presences[:1]), 0, ()) is None


def school_day(
    drive: list[list[int]], windows: list[tuple[str, int, int]], **options: Any
) -> DayProblem:
    """A day from 8:00 to 16:00 with arrival windows and no break, unless options say so."""
    n = len(drive)
    zeros = np.zeros(n, dtype=np.int64)
    given = {
        "start_s": 28_800,
        "end_s": 57_600,
        "dwell_s": 720,
        "presence_s": 300,
        "longest_stay_s": 960,
        "break_s": 0,
        "break_from_s": 0,
        "break_to_s": 0,
    }
    return DayProblem(
        building_ids=tuple(f"b{k}" for k in range(n)),
        period_begins_s=np.array([0], dtype=np.int64),
        drive_s=np.array([drive], dtype=np.int64),
        from_base_s=zeros[None],
        to_base_s=zeros[None],
        open_s=zeros + 28_800,
        close_s=zeros + 57_600,
        presences=tuple(
            WishedPresence(building_id=b, kind=PresenceKind.ARRIVAL, open_s=begin, close_s=end)
            for b, begin, end in windows
        ),
        wished_gap_s=zeros,
        wished_visits=zeros,
        **(given | options),
    )


def town_day(seed: int, *, places: int = 6) -> DayProblem:
    """A day with three bells, lunches, a base and traffic, in minutes as of a town."""
    random = Random(seed)
    points = [(random.uniform(0, 900), random.uniform(0, 900)) for _ in range(places + 1)]
    drive = np.array(
        [[[abs(a - c) + abs(b - d) for c, d in points] for a, b in points]] * 3
    ) * np.array([1.0, random.uniform(1, 1.5), 1.1]).reshape(3, 1, 1)
    drive = np.ceil(drive).astype(np.int64)
    windows = []
    for k in range(places):
        bell = random.choice((28_800, 31_200, 34_800))
        windows.append((f"b{k}", bell - 1200, bell + 600))
        windows.append((f"b{k}", bell + 24_600 - 600, bell + 24_600 + 1200))
        if random.random() < 0.5:
            windows.append((f"b{k}", 39_600, 46_800))
    problem = school_day(
        [[0] * places] * places,
        windows,
        start_s=27_600,
        end_s=27_600 + random.choice((8, 9)) * 3600,
        break_s=1800,
        break_from_s=27_600 + 3 * 3600,
        break_to_s=27_600 + 5 * 3600,
    )
    return replace(
        problem,
        period_begins_s=np.array([0, 30_000, 36_000], dtype=np.int64),
        drive_s=drive[:, :places, :places],
        from_base_s=drive[:, places, :places],
        to_base_s=drive[:, :places, places],
    )


@given(st.integers(0, 10**6), st.integers(1, 900))
@settings(max_examples=15, deadline=None)
def test_more_room_never_meets_less(seed: int, s: int) -> None:
    problem = town_day(seed)
    plan = best_presences(problem)
    assert plan.is_proved
    assert faults_of(problem, plan.stops) == []
    roomier = [
        replace(problem, end_s=problem.end_s + s),
        replace(problem, start_s=problem.start_s - s),
        replace(problem, dwell_s=problem.dwell_s - min(s, 420)),
        replace(problem, presence_s=problem.presence_s - min(s, 299)),
        replace(problem, break_s=problem.break_s - s),
        replace(problem, break_to_s=problem.break_to_s + s),
    ]
    for before, after in ((s, 0), (0, s)):
        wider = tuple(
            replace(wish, open_s=wish.open_s - before, close_s=wish.close_s + after)
            for wish in problem.presences
        )
        roomier.append(replace(problem, presences=wider))
    for other in roomier:
        better = best_presences(other)
        assert better.is_proved
        assert better.weight >= plan.weight
        assert faults_of(other, better.stops) == []


def test_a_search_that_ends_early_keeps_a_valid_bound() -> None:
    ended_early = 0
    for seed in range(6):
        problem = town_day(seed, places=9)
        best = best_presences(problem)
        quick = best_presences(problem, limit=1)
        assert best.is_proved
        assert quick.weight <= best.weight <= quick.weight_bound
        assert quick.met == met_by(problem, quick.stops)
        assert faults_of(problem, quick.stops) == []
        ended_early += not quick.is_proved
    assert ended_early >= 3


def test_an_undecided_question_says_so() -> None:
    problem = town_day(0, places=9)
    with pytest.raises(ScheduleError, match="not decided within 3 partial days"):
        can_meet(problem, (0, 3, 6), limit=3)


def test_the_same_days_without_machine_code(monkeypatch: pytest.MonkeyPatch) -> None:
    problems = [town_day(seed, places=5) for seed in range(3)]
    compiled = [best_presences(problem) for problem in problems]
    for module in (presence_loops, presences):
        for name, function in vars(module).copy().items():
            if hasattr(function, "py_func"):
                monkeypatch.setattr(module, name, function.py_func)
    assert [best_presences(problem) for problem in problems] == compiled


def test_read_only_arrays_and_renamed_buildings_change_nothing() -> None:
    problem = town_day(4)
    plan = best_presences(problem)
    for name in ("period_begins_s", "drive_s", "from_base_s", "to_base_s"):
        getattr(problem, name).setflags(write=False)
    assert best_presences(problem) == plan
    back = np.arange(problem.size)[::-1]
    turned = replace(
        problem,
        building_ids=tuple(problem.building_ids[k] for k in back),
        drive_s=problem.drive_s[:, back][:, :, back],
        from_base_s=problem.from_base_s[:, back],
        to_base_s=problem.to_base_s[:, back],
        presences=problem.presences[::-1],
    )
    assert best_presences(turned).weight == plan.weight


def test_a_long_stay_meets_both_bells_of_a_building() -> None:
    problem = school_day([[0]], [("b0", 30_000, 31_800), ("b0", 33_000, 34_800)])
    plan = best_presences(problem)
    assert plan.stops == (Stop(place=0, arrival_s=28_800, departure_s=33_300),)
    assert plan.met == (0, 1)


def test_a_window_shorter_than_a_presence_cannot_be_met() -> None:
    problem = school_day([[0]], [("b0", 30_000, 30_299)])
    assert best_presences(problem).weight == 0
    conflict = conflict_of(problem, 0, ())
    assert conflict is not None
    assert (conflict.others, conflict.short_s) == ((), 1)
