"""Compiled loops that draw one day of an officer at random.

The presences that are still to be met, and the break, are the *tasks* of a day. They come in
groups: the tasks of one are over before those of the next can be finished. For every place and
every set of tasks left there is a latest moment to be ready to leave at which all of them can
still be done (`latest_ready`, computed backwards). A day is drawn forwards, stop by stop: any
choice that keeps to these moments can be finished, so no draw misses a presence.
"""

# Compiled functions take no keywords.
# ruff: noqa: PLR0912, PLR0915, PLR0917

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from zoning.compiled import compiled
from zoning.patrol.day_problem import NO_TIME, latest_departure

STEP_S = 60
"""How long an officer waits before looking again, where no building can be gone to."""


class DayNumbers(NamedTuple):
    """A `DayProblem` for compiled functions; the base is the last row and column of ``drive``."""

    begins: Any
    drive: Any
    open_s: Any
    close_s: Any
    start_s: int
    end_s: int
    dwell_s: int
    presence_s: int
    longest_stay_s: int
    break_s: int


class Tasks(NamedTuple):
    """What is to be done on a day, in groups.

    Attributes
    ----------
    places, opens, closes
        Shape (tasks,): the building and window of a presence. Of the break, at any building, -1
        and when it may begin.
    starts
        Shape (groups + 1,): the first task of each group.
    offsets
        Shape (groups + 1,): the row of each group's empty set in tables of sets; the set with the
        bits ``left`` is ``left`` rows below.
    masks
        Shape (groups,): the tasks of a group that this day does, as bits.
    """

    places: Any
    opens: Any
    closes: Any
    starts: Any
    offsets: Any
    masks: Any


class Manner(NamedTuple):
    """How chance works.

    Attributes
    ----------
    most_driving_s, usual_drive_s
        What a day may drive in all, and a usual drive from building to building.
    patience_s
        A building that has waited so much longer is chosen e times as often.
    thrift
        A building that is a detour of a usual drive is chosen exp(thrift) times less often; what
        is no detour on the shortest way to all tasks costs nothing.
    longest_wait_s
        A longer stay is not made to save driving.
    """

    most_driving_s: int
    usual_drive_s: float
    patience_s: float
    thrift: float
    longest_wait_s: int


@compiled
def latest_ready(day: DayNumbers, tasks: Tasks) -> Any:
    """Latest moment to be ready to leave a place with some tasks left; below 0 if there is none.

    Returns
    -------
    array
        Shape (2, rows, n + 1), seconds after midnight. Index 1: the officer comes from the break
        or the base, so that a stay at the same place is a visit of its own.
    """
    nodes = day.drive.shape[1]
    groups = len(tasks.masks)
    latest = np.full((2, tasks.offsets[groups], nodes), -1, dtype=np.int64)
    for group in range(groups - 1, -1, -1):
        row = tasks.offsets[group]
        for place in range(nodes):
            for after in range(2):
                if group + 1 < groups:
                    then = tasks.offsets[group + 1] + tasks.masks[group + 1]
                    leave = latest[after, then, place]
                else:
                    leave = latest_departure(day.begins, day.drive, place, nodes - 1, day.end_s)
                latest[after, row, place] = leave
        for left in range(1, 1 << (tasks.starts[group + 1] - tasks.starts[group])):
            for task in range(tasks.starts[group], tasks.starts[group + 1]):
                bit = 1 << (task - tasks.starts[group])
                if left & bit:
                    _allow_task(day, tasks, latest, row + left, row + left - bit, task)
    return latest


@compiled
def _allow_task(day: DayNumbers, tasks: Tasks, latest: Any, row: int, rest: int, task: int) -> None:
    """Raise the latest moments of a set of tasks to those that allow for this task next."""
    nodes = day.drive.shape[1]
    opens, closes = tasks.opens[task], tasks.closes[task]
    for after in range(2):
        for place in range(nodes):
            if tasks.places[task] < 0:
                for target in range(nodes - 1):
                    by = min(closes, latest[1, rest, target] - day.break_s)
                    if by >= opens:
                        leave = latest_departure(day.begins, day.drive, place, target, by)
                        latest[after, row, place] = max(latest[after, row, place], leave)
                continue
            target = tasks.places[task]
            ready = latest[0, rest, target]
            if ready >= opens + day.presence_s:
                # Who is there already stays on; who comes stays for a visit.
                stay = day.presence_s if place == target and after == 0 else day.dwell_s
                by = min(ready - stay, closes - day.presence_s)
                if by >= 0:
                    leave = latest_departure(day.begins, day.drive, place, target, by)
                    latest[after, row, place] = max(latest[after, row, place], leave)


@compiled
def least_driving(day: DayNumbers, tasks: Tasks) -> Any:
    """Least driving from a place to all tasks left, in any order and traffic, and to the base.

    Returns
    -------
    array
        Shape (rows, n + 1), seconds; the break takes no drive.
    """
    nodes = day.drive.shape[1]
    groups = len(tasks.masks)
    drive = np.full((nodes, nodes), NO_TIME, dtype=np.int64)
    for k in range(len(day.begins)):
        for place in range(nodes):
            for target in range(nodes):
                drive[place, target] = min(drive[place, target], day.drive[k, place, target])
    least = np.full((tasks.offsets[groups], nodes), NO_TIME, dtype=np.int64)
    for group in range(groups - 1, -1, -1):
        row = tasks.offsets[group]
        for place in range(nodes):
            if group + 1 < groups:
                then = tasks.offsets[group + 1] + tasks.masks[group + 1]
                least[row, place] = least[then, place]
            else:
                least[row, place] = drive[place, nodes - 1]
        for left in range(1, 1 << (tasks.starts[group + 1] - tasks.starts[group])):
            for task in range(tasks.starts[group], tasks.starts[group + 1]):
                bit = 1 << (task - tasks.starts[group])
                if left & bit:
                    for place in range(nodes):
                        target = tasks.places[task] if tasks.places[task] >= 0 else place
                        seconds = drive[place, target] + least[row + left - bit, target]
                        least[row + left, place] = min(least[row + left, place], seconds)
    return least


@compiled
def draw_one(
    day: DayNumbers, tasks: Tasks, latest: Any, least: Any, manner: Manner,
    uniforms: Any, stops: Any,
) -> int:  # fmt: skip
    """Draw a day into ``stops``, and return the number of stops; -1 if it drives too much.

    Parameters
    ----------
    uniforms
        Shape (most stops, 2), numbers from 0 to 1: for the place and stay of each stop; the last
        row for the start and the break.
    stops
        Shape (most stops, 4), filled: place, arrival, departure, 1 for the break.
    """
    n = day.drive.shape[1] - 1
    last_group = len(tasks.masks) - 1
    last_left = day.open_s.copy()  # when each building was left last
    chance, arrivals = np.zeros(n), np.zeros(n, dtype=np.int64)
    # Typed, so that numba does not compile each function once more for the constants.
    group: Any = np.int64(0)
    after: Any = np.int64(1)
    driven: Any = np.int64(0)
    place, arrival, count = n, day.start_s, 0
    group, left = _advance(day, tasks, group, tasks.masks[0], place, after, arrival, arrival)
    slack = latest[1, tasks.offsets[group] + left, n] - day.start_s
    slack = max(min(slack, day.longest_stay_s - day.dwell_s), 0)
    ready = day.start_s + int(uniforms[-1, 0] * slack)
    due = _break_time(tasks, uniforms[-1, 1])
    while count < len(stops) - 1:
        pause = _break_left(tasks, group, left)
        # A break that is due comes first; one that is not, where no visit is possible.
        total, is_break, is_held = 0.0, False, False
        if pause >= 0 and ready >= due:
            is_break = True
            total = _weigh_breaks(
                day, tasks, latest, least, manner, group, left, pause, place, ready, driven,
                chance, arrivals,
            )  # fmt: skip
        if total == 0.0:
            is_break = False
            total = _weigh_visits(
                day, tasks, latest, least, manner, group, left, place, after, ready,
                driven, last_left, chance, arrivals,
            )  # fmt: skip
        is_held = total < 0.0
        if total <= 0.0 and pause >= 0:
            is_break = True
            total = _weigh_breaks(
                day, tasks, latest, least, manner, group, left, pause, place, ready, driven,
                chance, arrivals,
            )  # fmt: skip
        if total <= 0.0:
            if is_held and ready - arrival >= manner.longest_wait_s:
                return -1
            longer = _wait(day, tasks, latest, group, left, place, after, arrival, ready)
            if longer == ready:
                break
            ready = longer
        else:
            target = _choose(chance, total * uniforms[count, 0])
            leave = best_departure(day.begins, day.drive, place, target, ready)
            if count > 0 and after == 0:
                stops[count - 1, 2] = leave
                last_left[place] = leave
            driven += arrivals[target] - leave
            place, arrival = target, arrivals[target]
            if is_break:
                ready = arrival + day.break_s
                left -= 1 << (pause - tasks.starts[group])
            else:
                shortest, rest = _shortest_stay(day, tasks, latest, group, left, place, arrival)
                most = latest[0, tasks.offsets[group] + rest, place] - arrival
                if arrival + day.dwell_s <= day.close_s[place]:
                    most = min(most, day.close_s[place] - arrival)
                hours = latest[0, tasks.offsets[last_group], place] - arrival
                stay = _draw_stay(day, manner, driven, hours, uniforms[count, 1])
                ready = arrival + max(min(stay, most), shortest)
            after = 1 if is_break else 0
            stops[count, 0] = place
            stops[count, 1] = arrival
            stops[count, 2] = ready
            stops[count, 3] = after
            count += 1
        if after == 0:
            last_left[place] = ready
        group, left = _advance(day, tasks, group, left, place, after, arrival, ready)
    if left > 0 or group < last_group or count == 0 or count >= len(stops) - 1:
        return -1
    if after == 0:
        stops[count - 1, 2] = ready
    driven += drive_at(day.begins, day.drive, place, n, ready)
    return count if driven <= manner.most_driving_s else -1


@compiled
def _advance(
    day: DayNumbers, tasks: Tasks, group: int, left: int, place: int, after: int,
    arrival: int, ready: int,
) -> tuple[int, int]:  # fmt: skip
    """The group of the next task, and what a stay (none after a break) leaves of it."""
    if after == 0:
        left = _left_after(day, tasks, group, left, place, arrival, ready)
    while left == 0 and group + 1 < len(tasks.masks):
        group += 1
        left = tasks.masks[group]
        if after == 0:
            left = _left_after(day, tasks, group, left, place, arrival, ready)
    return group, left


@compiled
def _break_time(tasks: Tasks, uniform: float) -> int:
    """When the break is due, drawn from when it may begin; 0 without a break."""
    for task in range(len(tasks.places)):
        if tasks.places[task] < 0:
            due: int = tasks.opens[task] + int(uniform * (tasks.closes[task] - tasks.opens[task]))
            return due
    return 0


@compiled
def _break_left(tasks: Tasks, group: int, left: int) -> int:
    """The task that is the break, if it is left of this group; else -1."""
    for task in range(tasks.starts[group], tasks.starts[group + 1]):
        if tasks.places[task] < 0 and (left >> (task - tasks.starts[group])) & 1:
            return task
    return -1


@compiled
def _left_after(
    day: DayNumbers, tasks: Tasks, group: int, left: int, place: int, arrival: int, departure: int
) -> int:
    """The tasks of a group that are left after a stay."""
    for task in range(tasks.starts[group], tasks.starts[group + 1]):
        bit = 1 << (task - tasks.starts[group])
        if left & bit and tasks.places[task] == place:
            within = min(departure, tasks.closes[task]) - max(arrival, tasks.opens[task])
            if within >= day.presence_s:
                left -= bit
    return left


@compiled
def best_departure(begins: Any, drive: Any, origin: int, target: int, ready_s: int) -> int:
    """The departure that arrives first of an officer who is ready to leave: now, or later."""
    if origin == target:
        return ready_s
    departure = ready_s
    best = ready_s + drive_at(begins, drive, origin, target, ready_s)
    for later in range(len(begins)):
        if begins[later] > ready_s and begins[later] + drive[later, origin, target] < best:
            departure = begins[later]
            best = departure + drive[later, origin, target]
    return departure


@compiled
def drive_at(begins: Any, drive: Any, origin: int, target: int, departure_s: int) -> int:
    """Seconds of a drive that begins at a moment."""
    k = 0
    while k + 1 < len(begins) and begins[k + 1] <= departure_s:
        k += 1
    seconds: int = drive[k, origin, target]
    return seconds


@compiled
def _weigh_breaks(
    day: DayNumbers, tasks: Tasks, latest: Any, least: Any, manner: Manner, group: int, left: int,
    pause: int, place: int, ready: int, driven: int, chance: Any, arrivals: Any,
) -> float:  # fmt: skip
    """Weigh where the break can be now: here, or after a drive; 0 in sum if nowhere."""
    rest = tasks.offsets[group] + left - (1 << (pause - tasks.starts[group]))
    total = 0.0
    for target in range(len(chance)):
        leave = best_departure(day.begins, day.drive, place, target, ready)
        seconds = drive_at(day.begins, day.drive, place, target, leave)
        at = leave + seconds
        arrivals[target] = at
        chance[target] = 0.0
        in_window = tasks.opens[pause] <= at <= tasks.closes[pause]
        in_all = driven + seconds + least[rest, target]
        if (
            in_window
            and at + day.break_s <= latest[1, rest, target]
            and (in_all <= manner.most_driving_s)
        ):
            detour = seconds + least[rest, target] - least[rest, place]
            chance[target] = np.exp(-manner.thrift * detour / manner.usual_drive_s)
            total += chance[target]
    return total


@compiled
def _weigh_visits(
    day: DayNumbers, tasks: Tasks, latest: Any, least: Any, manner: Manner, group: int, left: int,
    place: int, after: int, ready: int, driven: int, last_left: Any, chance: Any, arrivals: Any,
) -> float:  # fmt: skip
    """Weigh the buildings that can be next: open, or about to open for a presence.

    The sum is 0 if there is none, -1 if there are some that would drive too much.
    """
    best = -np.inf
    is_held = False
    for target in range(len(chance)):
        chance[target] = -np.inf
        if target == place and after == 0:
            continue
        leave = best_departure(day.begins, day.drive, place, target, ready)
        seconds = drive_at(day.begins, day.drive, place, target, leave)
        at = leave + seconds
        stay, rest = _shortest_stay(day, tasks, latest, group, left, target, at)
        is_open = day.open_s[target] <= at and at + day.dwell_s <= day.close_s[target]
        to_go = least[tasks.offsets[group] + rest, target]
        in_all = driven + seconds + to_go
        if stay < 0 or not (is_open or rest != left):
            continue
        if in_all > manner.most_driving_s:
            is_held = True
        else:
            arrivals[target] = at
            idle = max(at - last_left[target], 0)
            detour = seconds + to_go - least[tasks.offsets[group] + left, place]
            chance[target] = (
                idle / manner.patience_s - manner.thrift * detour / manner.usual_drive_s
            )
            best = max(best, chance[target])
    total = -1.0 if is_held else 0.0
    if best > -np.inf:
        total = 0.0
        for target in range(len(chance)):
            chance[target] = np.exp(chance[target] - best)
            total += chance[target]
    return total


@compiled
def _shortest_stay(
    day: DayNumbers, tasks: Tasks, latest: Any, group: int, left: int, place: int, arrival: int
) -> tuple[int, int]:
    """Shortest stay after which all else can be done, and the tasks left; -1 if there is none.

    A visit's shortest, or as long as a window that is still to open demands.
    """
    stay = day.dwell_s
    rest = _left_after(day, tasks, group, left, place, arrival, arrival + stay)
    while arrival + stay > latest[0, tasks.offsets[group] + rest, place]:
        need = -1
        for task in range(tasks.starts[group], tasks.starts[group + 1]):
            is_here = (rest >> (task - tasks.starts[group])) & 1 and tasks.places[task] == place
            if is_here and arrival <= tasks.closes[task] - day.presence_s:
                until = tasks.opens[task] + day.presence_s - arrival
                if until > stay and (need < 0 or until < need):
                    need = until
        if need < 0:
            return -1, left
        stay = need
        rest = _left_after(day, tasks, group, left, place, arrival, arrival + stay)
    return stay, rest


@compiled
def _draw_stay(day: DayNumbers, manner: Manner, driven: int, hours: int, uniform: float) -> int:
    """Draw a stay: evenly, or of the longer ones if the day would else drive too much.

    If a stay and a usual drive alternate for the ``hours`` seconds that are left, the mean stay
    settles how much is driven.
    """
    low, high = float(day.dwell_s), float(day.longest_stay_s)
    budget = manner.most_driving_s - driven
    if budget <= 0:
        low = high
    else:
        mean = (hours / budget - 1.0) * manner.usual_drive_s
        low = min(max(low, 2.0 * mean - high), high)
    return int(low + uniform * (high - low))


@compiled
def _wait(
    day: DayNumbers, tasks: Tasks, latest: Any, group: int, left: int, place: int, after: int,
    arrival: int, ready: int,
) -> int:  # fmt: skip
    """Until when to wait where no building can be gone to; the same moment if the day is over."""
    row = tasks.offsets[group] + left
    longer: int = min(ready + STEP_S, latest[after, row, place])
    if longer <= ready:
        longer = ready
        # Only a presence here lets the officer stay beyond the latest departure.
        for task in range(tasks.starts[group], tasks.starts[group + 1]):
            bit = 1 << (task - tasks.starts[group])
            if left & bit and tasks.places[task] == place and after == 0:
                until = max(arrival, tasks.opens[task]) + day.presence_s
                if until <= min(tasks.closes[task], latest[0, row - bit, place]):
                    longer = max(longer, until)
    return longer


@compiled
def _choose(chance: Any, at: float) -> int:
    """The place whose share of the sum of chances a number falls into."""
    chosen = -1
    for place in range(len(chance)):
        if chance[place] > 0.0:
            chosen = place
            at -= chance[place]
            if at < 0.0:
                break
    return chosen
