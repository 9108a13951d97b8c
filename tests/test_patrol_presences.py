"""Presences of a day against an officer who is followed second by second."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from random import Random
from typing import Any

import numpy as np
import pytest

from zoning.errors import ScheduleError
from zoning.patrol.day_problem import DayProblem, PresenceKind, Stop, WishedPresence
from zoning.patrol.presences import best_presences


def random_day(
    random: Random, *, places: int = 3, wishes: int = 5, span: int = 44, periods: int = 3
) -> DayProblem:
    """A day of some seconds, in which drives, stays and windows take a few."""
    begins = [0, *sorted(random.sample(range(1, span), random.randrange(periods)))]
    has_base = random.random() < 0.5
    has_break = random.random() < 0.7
    dwell = random.randint(2, 5)

    def drives(*shape: int) -> Any:
        return np.array(
            [random.randint(0, 9) for _ in range(int(np.prod(shape)))], dtype=np.int64
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
            for now in range(departure, latest + 1)
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
        # Waiting counts as a stay: who leaves at the departure must arrive in time.
        if not can_arrive(drives, one.departure_s, one.departure_s, other.arrival_s):
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


@pytest.mark.parametrize("seed", range(120))
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
