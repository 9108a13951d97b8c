"""Whole days against brute force over every second, and the rules of a day by an own checker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from helpers.day_rules import broken_rules, driving, lasts_the_shift, met_weight, worst_gap

from zoning.patrol.day_order import longest_gap
from zoning.patrol.day_problem import DayProblem, PresenceKind, Stop, WishedPresence
from zoning.patrol.day_search import DayEffort, plan_day
from zoning.patrol.presences import best_presences


def tiny_day(seed: int, *, n: int = 3, end: int = 17) -> DayProblem:
    """A made-up day of seconds: two periods of traffic, windows, a base and mostly a break."""
    rng = np.random.default_rng(seed)
    drive = rng.integers(1, 4, size=(2, n, n))
    drive[:, np.arange(n), np.arange(n)] = 0
    opens = rng.integers(0, 4, size=n)
    closes = rng.integers(11, end + 1, size=n)
    ids = tuple("abc"[:n])
    begins = rng.integers(0, end - 4, size=4)
    wishes = tuple(
        WishedPresence(
            building_id=ids[k % n],
            kind=PresenceKind.ARRIVAL,
            open_s=int(begin),
            close_s=int(begin + rng.integers(2, 5)),
            weight=int(rng.integers(1, 4)),
        )
        for k, begin in enumerate(begins)
    )
    has_base = seed % 2
    return DayProblem(
        building_ids=ids,
        period_begins_s=np.array([0, int(rng.integers(5, 10))]),
        drive_s=drive,
        from_base_s=rng.integers(0, 3, size=(2, n)) * has_base,
        to_base_s=rng.integers(0, 3, size=(2, n)) * has_base,
        open_s=opens,
        close_s=closes,
        presences=wishes,
        start_s=0,
        end_s=end,
        dwell_s=2,
        presence_s=int(rng.integers(1, 3)),
        longest_stay_s=3,
        break_s=0 if seed % 3 == 2 else 3,
        break_from_s=4,
        break_to_s=8,
        wished_gap_s=np.zeros(n, dtype=np.int64),
        wished_visits=np.ones(n, dtype=np.int64),
    )


def timetables(problem: DayProblem) -> Iterator[tuple[Stop, ...]]:
    """Every timetable in whole seconds in which each drive ends with the arrival."""

    def drive(table: np.ndarray, at: int, *pair: int) -> int:
        period = 0 if at < problem.period_begins_s[1] else 1
        return int(table[(period, *pair)])

    def onward(stops: tuple[Stop, ...], has_break: bool) -> Iterator[tuple[Stop, ...]]:
        last = stops[-1] if stops else None
        if last is not None and has_break:
            way = drive(problem.to_base_s, last.departure_s, last.place)
            if last.departure_s + way <= problem.end_s:
                yield stops
        latest = problem.end_s if last is None or last.is_break else last.departure_s
        for leave in range(problem.start_s if last is None else last.departure_s, latest + 1):
            for place in range(problem.size):
                if last is None:
                    arrival = leave + drive(problem.from_base_s, leave, place)
                elif last.place == place:
                    arrival = leave
                else:
                    arrival = leave + drive(problem.drive_s, leave, last.place, place)
                if last is None or last.place != place or last.is_break:
                    for departure in range(arrival + problem.dwell_s, problem.end_s + 1):
                        stop = Stop(place=place, arrival_s=arrival, departure_s=departure)
                        yield from onward((*stops, stop), has_break)
                departure = arrival + problem.break_s
                if (
                    not has_break
                    and problem.break_from_s <= arrival <= problem.break_to_s
                    and departure <= problem.end_s
                ):
                    stop = Stop(
                        place=place, arrival_s=arrival, departure_s=departure, is_break=True
                    )
                    yield from onward((*stops, stop), True)

    yield from onward((), problem.break_s == 0)


def gap_of(problem: DayProblem, stops: tuple[Stop, ...]) -> int:
    """Longest gap, from the moments at which each building is visited."""
    worst = 0
    for place in range(problem.size):
        there = {
            second
            for stop in stops
            if stop.place == place and not stop.is_break
            for second in range(stop.arrival_s, stop.departure_s)
        }
        run = 0
        for second in range(problem.open_s[place], problem.close_s[place]):
            run = 0 if second in there else run + 1
            worst = max(worst, run)
    return worst


@pytest.mark.parametrize("seed", range(24))
def test_presences_and_gap_equal_brute_force(seed: int) -> None:
    """Among all timetables of a day of 17 s: most weight, then the least longest gap, proved."""
    problem = tiny_day(seed, n=2 + seed % 2, end=15 if seed % 2 else 17)
    best = min(
        (-met_weight(problem, stops), gap_of(problem, stops)) for stops in timetables(problem)
    )
    day = plan_day(problem)
    assert broken_rules(problem, day.stops) == []
    assert (day.weight, met_weight(problem, day.stops)) == (-best[0], -best[0])
    assert day.weight_bound == day.weight
    assert worst_gap(problem, day.stops) == best[1] == day.gap_bound_s
