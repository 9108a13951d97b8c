"""The event loop: officers on their timetables answer the calls of simulated school-days.

Everything is an array, so that numba can compile it; without numba it gives the same floats.
"""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoning.compiled import compiled

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NOBODY: Final = -1
"""Number of the officer who answers where none does: outside police."""


class Timetables(NamedTuple):
    """Where officers are while they are not on a call.

    Attributes
    ----------
    first
        Shape (officers + 1,): the visits of officer o are those from ``first[o]`` to
        ``first[o + 1]``, at least one.
    place, arrival_s, departure_s
        Shape (visits,): building, and seconds after midnight.
    breaks_from, break_start_s, break_end_s
        The breaks of each officer, likewise; ascending, not overlapping.
    answers
        Shape (officers, buildings): whether the officer answers calls from there.
    home
        Shape (buildings,): the officer of the building's zone.
    """

    first: Ints
    place: Ints
    arrival_s: Floats
    departure_s: Floats
    breaks_from: Ints
    break_start_s: Floats
    break_end_s: Floats
    answers: Bools
    home: Ints


class Roads(NamedTuple):
    """Travel times by the hour of the day.

    Attributes
    ----------
    until_s
        Shape (periods,): where each period ends, seconds after midnight, ascending; the
        last is ``inf``.
    seconds
        Shape (periods, buildings, buildings).
    return_factor
        A drive back to the patrol over one to a call.
    """

    until_s: Floats
    seconds: Floats
    return_factor: float


class Calls(NamedTuple):
    """Calls by day and by the moment an officer is sent; see `zoning.response.CallSample`."""

    starts: Ints
    call_s: Floats
    ready_s: Floats
    building: Ints
    turnout_s: Floats
    on_scene_s: Floats
    factor: Floats
    second_factor: Floats
    needs_second: Bools
    is_emergency: Bools


class Probes(NamedTuple):
    """Moments at which the answer to a call from every building is looked up; ordered as calls."""

    starts: Ints
    call_s: Floats
    ready_s: Floats


class Answers(NamedTuple):
    """What the loop fills in.

    Attributes
    ----------
    sent_s, drive_s
        Shape (calls,): when the officer is sent, seconds after midnight, and the drive,
        seconds; NaN if no officer answers.
    officer, second
        Shape (calls,): officer's number or `NOBODY`.
    none_free
        Shape (calls,): whether no officer who may answer was free.
    busy_s
        Shape (days, officers): seconds of the officer's day spent on calls.
    late
        Shape (days,): calls of the day that were still waiting when the officer's day ended.
    probe_wait_s, probe_drive_s
        Shape (probes, buildings): the wait for an officer and the drive, without
        the factor; NaN if none would come.
    probe_own
        Shape (probes, buildings): 1 the zone's own officer is free, 0 another is, -1 none.
    """

    sent_s: Floats
    drive_s: Floats
    officer: Ints
    second: Ints
    none_free: Bools
    busy_s: Floats
    late: Ints
    probe_wait_s: Floats
    probe_drive_s: Floats
    probe_own: NDArray[np.int8]


class _Officers(NamedTuple):
    """Each officer now: free from when, and since the last call where from and back to where."""

    free_s: Floats
    visit: Ints  # of the timetable, that the officer is at or drives to
    left_place: Ints  # of the last call; NOBODY if on the timetable
    left_s: Floats
    rejoin_visit: Ints
    rejoin_s: Floats


class _Day(NamedTuple):
    """One school-day in the making."""

    officers: _Officers
    timetables: Timetables
    roads: Roads
    calls: Calls
    probes: Probes
    answers: Answers
    posted: Bools
    busy_s: Floats
    late: Ints
    waiting: Ints  # calls, in the order of the moments they were ready


def answer_calls(
    timetables: Timetables,
    roads: Roads,
    calls: Calls,
    probes: Probes,
    posted: Bools,
    *,
    queue: bool,
) -> Answers:
    """Simulate school-days.

    Parameters
    ----------
    posted
        Shape (days, officers): False where the post is empty.
    queue
        Whether calls wait when no officer is free; otherwise nobody answers them.
    """
    n, looks, buildings = len(calls.call_s), len(probes.call_s), len(timetables.home)
    answers = Answers(
        sent_s=np.full(n, np.nan),
        drive_s=np.full(n, np.nan),
        officer=np.full(n, NOBODY, dtype=np.int64),
        second=np.full(n, NOBODY, dtype=np.int64),
        none_free=np.zeros(n, dtype=np.bool_),
        busy_s=np.zeros(posted.shape),
        late=np.zeros(len(posted), dtype=np.int64),
        probe_wait_s=np.full((looks, buildings), np.nan),
        probe_drive_s=np.full((looks, buildings), np.nan),
        probe_own=np.full((looks, buildings), -1, dtype=np.int8),
    )
    _run_days((timetables, roads), (calls, probes), posted, queue, answers)
    return answers


@compiled
def along_road(
    seconds: Floats, origin: int, destination: int, driven: float, building: int
) -> float:
    """Seconds to a building for an officer on the road between two others.

    The place on the road is not in the table. Stewart's theorem gives its distance as on a
    plane, and the ways by either end bound it from both sides.

    Parameters
    ----------
    driven
        Share of the drive from ``origin`` to ``destination`` that is done, 0 to 1.
    """
    if driven <= 0.0 or origin == destination:
        return seconds[origin, building]
    if driven >= 1.0:
        return seconds[destination, building]
    left = 1.0 - driven
    ahead, back = seconds[origin, destination], seconds[destination, origin]
    from_origin, from_destination = seconds[origin, building], seconds[destination, building]
    square = (
        left * from_origin * from_origin
        + driven * from_destination * from_destination
        - driven * left * ahead * ahead
    )
    least = max(from_origin - driven * ahead, from_destination - left * back, 0.0)
    most = min(left * ahead + from_destination, driven * back + from_origin)
    return min(max(math.sqrt(max(square, 0.0)), least), most)


@compiled
def _run_days(place: Any, events: Any, posted: Any, queue: bool, answers: Any) -> None:
    timetables, roads = place
    calls, probes = events
    count = posted.shape[1]
    officers = _Officers(
        np.empty(count),
        np.empty(count, dtype=np.int64),
        np.empty(count, dtype=np.int64),
        np.empty(count),
        np.empty(count, dtype=np.int64),
        np.empty(count),
    )
    most = 1
    for d in range(len(posted)):
        most = max(most, calls.starts[d + 1] - calls.starts[d])
    waiting = np.empty(most, dtype=np.int64)
    for d in range(len(posted)):
        day = _Day(
            officers,
            timetables,
            roads,
            calls,
            probes,
            answers,
            posted[d],
            answers.busy_s[d],
            answers.late[d : d + 1],
            waiting,
        )
        for o in range(count):
            officers.visit[o] = timetables.first[o]
            officers.free_s[o] = timetables.arrival_s[timetables.first[o]]
            officers.left_place[o] = NOBODY
        length = 0
        i, p = calls.starts[d], probes.starts[d]
        last_call, last_probe = calls.starts[d + 1], probes.starts[d + 1]
        while i < last_call or p < last_probe:
            if i == last_call or (p < last_probe and probes.ready_s[p] <= calls.ready_s[i]):
                length = _serve_queue(day, length, probes.ready_s[p])
                _probe(day, p, length, queue)
                p += 1
                continue
            now = calls.ready_s[i]
            length = _serve_queue(day, length, now)
            o, drive = _choose_free(day, calls.building[i], calls.call_s[i], now, NOBODY)
            if o != NOBODY:
                _answer(day, i, o, drive, now)
            else:
                answers.none_free[i] = True
                if queue and _first_free(day, officers.free_s, i) != NOBODY:
                    waiting[length] = i
                    length += 1
            i += 1
        _serve_queue(day, length, math.inf)


@compiled
def _seconds_at(roads: Any, now: float) -> Any:
    """The table of travel times at a moment."""
    return roads.seconds[np.searchsorted(roads.until_s, now, side="right")]


@compiled
def _may_answer(day: Any, o: int, building: int, call_s: float) -> bool:
    """Whether an officer, free or not, answers a call from a building that comes at this time."""
    if not day.posted[o] or not day.timetables.answers[o, building]:
        return False
    return call_s <= day.timetables.departure_s[day.timetables.first[o + 1] - 1]


@compiled
def _after_break(timetables: Any, o: int, moment: float) -> float:
    """The moment, or the end of the officer's break that it falls into."""
    for k in range(timetables.breaks_from[o], timetables.breaks_from[o + 1]):
        if timetables.break_start_s[k] <= moment < timetables.break_end_s[k]:
            return timetables.break_end_s[k]
    return moment


@compiled
def _locate(day: Any, o: int, now: float) -> tuple[int, int, float]:
    """Where a free officer is: between two buildings, and the share of that drive done."""
    officers, timetables = day.officers, day.timetables
    if officers.left_place[o] != NOBODY:
        k = officers.rejoin_visit[o]
        if now < officers.rejoin_s[o]:
            whole = officers.rejoin_s[o] - officers.left_s[o]
            driven = (now - officers.left_s[o]) / whole
            return officers.left_place[o], timetables.place[k], driven
        if now <= timetables.departure_s[k]:
            return timetables.place[k], timetables.place[k], 0.0
        officers.left_place[o] = NOBODY
    k = officers.visit[o]
    last = timetables.first[o + 1] - 1
    while k < last and timetables.departure_s[k] < now:
        k += 1
    officers.visit[o] = k
    if now >= timetables.arrival_s[k] or k == timetables.first[o]:
        return timetables.place[k], timetables.place[k], 0.0
    left = timetables.departure_s[k - 1]
    driven = (now - left) / (timetables.arrival_s[k] - left)
    return timetables.place[k - 1], timetables.place[k], driven


@compiled
def _drive_to(day: Any, o: int, building: int, now: float) -> float:
    """Seconds of a free officer's drive to a building."""
    origin, destination, driven = _locate(day, o, now)
    return along_road(_seconds_at(day.roads, now), origin, destination, driven, building)


@compiled
def _is_free(day: Any, o: int, building: int, call_s: float, now: float) -> bool:
    """Whether an officer can be sent to a call now."""
    return (
        day.officers.free_s[o] <= now
        and _may_answer(day, o, building, call_s)
        and _after_break(day.timetables, o, now) == now
    )


@compiled
def _choose_free(
    day: Any, building: int, call_s: float, now: float, first: int
) -> tuple[int, float]:
    """Choose a free officer, and the drive; `NOBODY` if none is free.

    The first officer to be sent is the zone's own, if free; otherwise, and as the second
    after ``first``, it is the nearest.
    """
    own = day.timetables.home[building]
    if first == NOBODY and _is_free(day, own, building, call_s, now):
        return own, _drive_to(day, own, building, now)
    best, least = NOBODY, math.inf
    for o in range(len(day.posted)):
        if o != first and _is_free(day, o, building, call_s, now):
            drive = _drive_to(day, o, building, now)
            if drive < least:
                best, least = o, drive
    return best, least


@compiled
def _first_free(day: Any, free_s: Any, i: int) -> int:
    """Choose the officer who can first be sent to a call, free or not; `NOBODY` if none can."""
    calls = day.calls
    return _first_free_for(day, free_s, calls.building[i], calls.call_s[i], calls.ready_s[i])


@compiled
def _first_free_for(day: Any, free_s: Any, building: int, call_s: float, now: float) -> int:
    best, when = NOBODY, math.inf
    for o in range(len(free_s)):
        if _may_answer(day, o, building, call_s):
            begin = _after_break(day.timetables, o, max(free_s[o], now))
            if begin < when:
                best, when = o, begin
    return best


@compiled
def _answer(day: Any, i: int, o: int, drive: float, now: float) -> None:
    """Send an officer, and a second one if the call needs one and one is free."""
    calls, answers = day.calls, day.answers
    building = calls.building[i]
    answers.sent_s[i] = now
    answers.drive_s[i] = drive * calls.factor[i]
    answers.officer[i] = o
    if calls.needs_second[i]:
        second, its_drive = _choose_free(day, building, calls.call_s[i], now, o)
        if second != NOBODY:
            answers.second[i] = second
            its_drive *= calls.second_factor[i]
            _send(day, second, building, now, calls.turnout_s[i] + its_drive + calls.on_scene_s[i])
    _send(day, o, building, now, calls.turnout_s[i] + answers.drive_s[i] + calls.on_scene_s[i])


@compiled
def _send(day: Any, o: int, building: int, now: float, service_s: float) -> None:
    """Make an officer busy, and plan the drive back to the first visit still to be reached."""
    officers, timetables = day.officers, day.timetables
    done = now + service_s
    first, last = timetables.first[o], timetables.first[o + 1] - 1
    within = min(done, timetables.departure_s[last]) - max(now, timetables.arrival_s[first])
    day.busy_s[o] += max(within, 0.0)
    seconds = _seconds_at(day.roads, now)
    k = officers.visit[o]
    while k < last and timetables.departure_s[k] < done:
        k += 1
    back = seconds[building, timetables.place[k]] * day.roads.return_factor
    while k < last and done + back > timetables.departure_s[k]:
        k += 1
        back = seconds[building, timetables.place[k]] * day.roads.return_factor
    officers.free_s[o] = done
    officers.left_place[o] = building
    officers.left_s[o] = done
    officers.rejoin_visit[o] = k
    officers.rejoin_s[o] = done + back


@compiled
def _serve_queue(day: Any, length: int, until: float) -> int:
    """Give waiting calls to officers as they become free until a moment; how many wait then."""
    calls, waiting, free_s = day.calls, day.waiting, day.officers.free_s
    while length > 0:
        best, at, when = NOBODY, 0, math.inf
        for o in range(len(free_s)):
            if free_s[o] > until or free_s[o] >= when:
                continue
            for k in range(length):
                i = waiting[k]
                if _may_answer(day, o, calls.building[i], calls.call_s[i]):
                    free = _after_break(day.timetables, o, max(free_s[o], calls.ready_s[i]))
                    if free <= until and free < when:
                        best, at, when = o, k, free
                    break
        if best == NOBODY:
            return length
        at = _first_emergency(day, best, at, length, when)
        i = waiting[at]
        for k in range(at, length - 1):
            waiting[k] = waiting[k + 1]
        length -= 1
        if when > day.timetables.departure_s[day.timetables.first[best + 1] - 1]:
            day.late[0] += 1
        _answer(day, i, best, _drive_to(day, best, calls.building[i], when), when)
    return length


@compiled
def _first_emergency(day: Any, o: int, at: int, length: int, when: float) -> int:
    """The place in the queue of the first emergency an officer answers; ``at`` if none waits."""
    calls = day.calls
    for k in range(at, length):
        i = day.waiting[k]
        if (
            calls.is_emergency[i]
            and calls.ready_s[i] <= when
            and _may_answer(day, o, calls.building[i], calls.call_s[i])
        ):
            return k
    return at


@compiled
def _probe(day: Any, p: int, length: int, queue: bool) -> None:
    """Look up who would answer a call from each building now, and how soon."""
    answers, now, call_s = day.answers, day.probes.ready_s[p], day.probes.call_s[p]
    free_s, place = np.empty(0), np.empty(0, dtype=np.int64)
    for building in range(len(day.timetables.home)):
        o, drive = _choose_free(day, building, call_s, now, NOBODY)
        if o != NOBODY:
            answers.probe_wait_s[p, building] = 0.0
            answers.probe_drive_s[p, building] = drive
            answers.probe_own[p, building] = o == day.timetables.home[building]
        elif queue:
            if len(free_s) == 0:
                free_s, place = _after_queue(day, length, now)
            o = _first_free_for(day, free_s, building, call_s, now)
            if o != NOBODY:
                begin = _after_break(day.timetables, o, max(free_s[o], now))
                answers.probe_wait_s[p, building] = begin - now
                answers.probe_drive_s[p, building] = _seconds_at(day.roads, now)[place[o], building]


@compiled
def _after_queue(day: Any, length: int, now: float) -> tuple[Any, Any]:
    """When and where each officer is free after the calls that wait already.

    Second officers, who may be sent meanwhile, are left out.
    """
    calls, timetables = day.calls, day.timetables
    free_s = day.officers.free_s.copy()
    place = timetables.place[timetables.first[:-1]].copy()
    for o in range(len(free_s)):
        if day.officers.left_place[o] != NOBODY:
            place[o] = day.officers.left_place[o]
    for k in range(length):
        i = day.waiting[k]
        o = _first_free(day, free_s, i)
        if o != NOBODY:
            begin = _after_break(timetables, o, max(free_s[o], now))
            drive = _seconds_at(day.roads, now)[place[o], calls.building[i]] * calls.factor[i]
            free_s[o] = begin + calls.turnout_s[i] + drive + calls.on_scene_s[i]
            place[o] = calls.building[i]
    return free_s, place
