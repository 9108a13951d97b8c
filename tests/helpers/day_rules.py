"""The rules of a patrol day, checked stop by stop; shares no code with the searches."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from zoning.patrol.day_problem import DayProblem, Stop


def broken_rules(problem: DayProblem, stops: Sequence[Stop]) -> list[str]:
    """What a timetable breaks of the rules in the docstring of `DayProblem`; empty if feasible."""
    faults = []
    breaks = [stop for stop in stops if stop.is_break]
    if len(breaks) != (problem.break_s > 0):
        faults.append(f"{len(breaks)} breaks")
    for stop in breaks:
        if stop.departure_s - stop.arrival_s != problem.break_s:
            faults.append(f"break of {stop.departure_s - stop.arrival_s} s")
        if not problem.break_from_s <= stop.arrival_s <= problem.break_to_s:
            faults.append(f"break begins at {stop.arrival_s}")
    faults += [
        f"stay of {stop.departure_s - stop.arrival_s} s at {stop.place}"
        for stop in stops
        if not stop.is_break and stop.departure_s - stop.arrival_s < problem.dwell_s
    ]
    for before, after in pairwise(stops):
        if before.place == after.place and before.is_break == after.is_break:
            faults.append(f"two stops in a row at {after.place}")
        if after.arrival_s < _arrival(problem, before.place, after.place, before.departure_s):
            faults.append(f"at {after.place} at {after.arrival_s}, before the drive allows")
    if stops:
        first, last = stops[0], stops[-1]
        if first.arrival_s < _arrival(problem, None, first.place, problem.start_s):
            faults.append(f"first stop at {first.arrival_s}, before the drive allows")
        if _arrival(problem, last.place, None, last.departure_s) > problem.end_s:
            faults.append(f"leaves the last stop at {last.departure_s}, too late for the base")
    return faults


def met_weight(problem: DayProblem, stops: Sequence[Stop]) -> int:
    """Weight of the presences that a timetable meets."""
    return sum(
        wish.weight
        for wish in problem.presences
        if any(
            not stop.is_break
            and problem.building_ids[stop.place] == wish.building_id
            and min(stop.departure_s, wish.close_s) - max(stop.arrival_s, wish.open_s)
            >= problem.presence_s
            for stop in stops
        )
    )


def worst_gap(problem: DayProblem, stops: Sequence[Stop]) -> float:
    """Longest gap of a timetable, second by second; wishes scale it, the largest as 1."""
    base = max((int(wish) for wish in problem.wished_gap_s), default=0)
    worst = 0.0
    for place in range(problem.size):
        wish = int(problem.wished_gap_s[place])
        scale = base / wish if wish else 1.0
        run = 0
        for second in range(int(problem.open_s[place]), int(problem.close_s[place])):
            is_there = any(
                stop.place == place
                and not stop.is_break
                and stop.arrival_s <= second < stop.departure_s
                for stop in stops
            )
            run = 0 if is_there else run + 1
            worst = max(worst, run * scale)
    return worst


def driving(problem: DayProblem, stops: Sequence[Stop]) -> int:
    """Seconds of all drives of a timetable, each beginning when its stop ends."""
    return sum(legs(problem, stops)) if stops else 0


def legs(problem: DayProblem, stops: Sequence[Stop]) -> list[int]:
    """Seconds of each drive: to every stop, and from the last to the base."""
    places: list[int | None] = [None, *(stop.place for stop in stops), None]
    ready = [problem.start_s, *(stop.departure_s for stop in stops)]
    return [_drive(problem, a, b, at) for a, b, at in zip(places, places[1:], ready, strict=False)]


def lasts_the_shift(problem: DayProblem, stops: Sequence[Stop]) -> bool:
    """Whether stops and drives follow each other without a pause from start to end."""
    at, place = problem.start_s, None
    for stop in stops:
        if at + _drive(problem, place, stop.place, at) != stop.arrival_s:
            return False
        at, place = stop.departure_s, stop.place
    return at + _drive(problem, place, None, at) == problem.end_s


def _drive(problem: DayProblem, origin: int | None, target: int | None, at: int) -> int:
    period = max(k for k, begin in enumerate(problem.period_begins_s) if begin <= at)
    if origin is None and target is None:
        return 0
    if origin is None:
        return int(problem.from_base_s[period, target])
    if target is None:
        return int(problem.to_base_s[period, origin])
    return 0 if origin == target else int(problem.drive_s[period, origin, target])


def _arrival(problem: DayProblem, origin: int | None, target: int | None, ready: int) -> int:
    """Earliest arrival, over all moments to leave at: now, or when the traffic changes."""
    moments = [ready, *(int(at) for at in problem.period_begins_s if at > ready)]
    return min(at + _drive(problem, origin, target, at) for at in moments)
