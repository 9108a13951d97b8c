"""The event loop: officers on their timetables answer the calls of simulated school-days.

Everything is an array of numbers or of records, so that numba can compile it; without numba it
gives the same floats.
"""
# ruff: noqa: PLR0912, PLR0915, PLR0917
# Compiled functions take their arrays one by one: tuples of arrays, counted in and out at every
# call, took ten times as long.

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoning.compiled import IS_COMPILED, compiled
from zoning.response.positions import drive_from_road, drives_from_road

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Records = NDArray[np.void]

NOBODY: Final = -1
"""Number of the officer who answers where none does: outside police."""

VISIT: Final = np.dtype([("place", "i8"), ("arrival_s", "f8"), ("departure_s", "f8")])
"""A stop of a timetable: the building, and seconds after midnight."""

CALL: Final = np.dtype(
    [
        ("building", "i8"),
        ("call_s", "f8"),
        ("ready_s", "f8"),
        ("turnout_s", "f8"),
        ("on_scene_s", "f8"),
        ("factor", "f8"),
        ("second_factor", "f8"),
        ("needs_second", "?"),
        ("is_emergency", "?"),
    ]
)
"""A call: its time, when an officer is sent if free, and what `zoning.response.CallSample` has."""

ANSWER: Final = np.dtype(
    [("sent_s", "f8"), ("drive_s", "f8"), ("officer", "i8"), ("second", "i8"), ("none_free", "?")]
)
"""When the officer of a call is sent and the drive, NaN if none answers; the officers' numbers,
or `NOBODY`; and whether no officer who may answer was free."""

_OFFICER: Final = np.dtype(
    [
        ("first", "i8"),  # visit of the day
        ("last", "i8"),
        ("start_s", "f8"),
        ("end_s", "f8"),
        ("posted", "?"),
        ("free_s", "f8"),
        ("visit", "i8"),  # where the timetable has the officer, or leads next
        ("left_place", "i8"),  # of the last call; NOBODY once back on the timetable
        ("left_s", "f8"),
        ("rejoin", "i8"),  # visit to which the officer drives back
        ("rejoin_s", "f8"),
    ]
)


class Timetables(NamedTuple):
    """Where officers are while they are not on a call, and whom they answer.

    Attributes
    ----------
    first
        Shape (timetables, officers + 1): the visits of officer o are those from ``first[t, o]`` to
        ``first[t, o + 1]``, at least one. Days use the timetables in turn.
    visits
        Of `VISIT`.
    breaks
        Shape (timetables, officers, k, 2): begin and end of breaks in which the officer is not
        called, seconds after midnight; ``inf`` fills.
    serves
        Shape (officers, buildings): whether the officer answers calls from there.
    zones
        Shape (zones + 1,): the officers of zone z are those from ``zones[z]`` to ``zones[z + 1]``.
    home
        Shape (buildings,): the building's zone.
    """

    first: Ints
    visits: Records
    breaks: Floats
    serves: Bools
    zones: Ints
    home: Ints


class Roads(NamedTuple):
    """Travel times by the hour of the day.

    Attributes
    ----------
    until_s
        Shape (periods,): where each period ends, seconds after midnight, ascending; the
        last is ``inf``.
    seconds
        Shape (periods, places, places); the buildings are the first places.
    return_factor
        A drive back to the patrol over one to a call.
    """

    until_s: Floats
    seconds: Floats
    return_factor: float


class Events(NamedTuple):
    """Calls by day, and moments at which the answer to a call from every building is looked up.

    Attributes
    ----------
    starts
        Shape (days + 1,): the calls of day d are those from ``starts[d]`` to ``starts[d + 1]``.
    calls
        Of `CALL`, ascending by ``ready_s`` in a day.
    looks
        Shape (days, k, 2): time of an imagined call and when an officer is sent, ascending by
        the latter.
    """

    starts: Ints
    calls: Records
    looks: Floats


class Outcome(NamedTuple):
    """What became of the calls.

    Attributes
    ----------
    answers
        Of `ANSWER`, in the order of the calls.
    busy_s
        Shape (days, officers): seconds of the officer's day spent on calls.
    late
        Shape (days,): calls that were still waiting when the officer's day ended.
    wait_s, drive_s
        Shape (days, k, buildings): of an imagined call, the wait for an officer and the
        drive; NaN if none would come.
    own
        Likewise: 1 an officer of the zone answers, at once or later, 0 another, -1 nobody.
    """

    answers: Records
    busy_s: Floats
    late: Ints
    wait_s: Floats
    drive_s: Floats
    own: NDArray[np.int8]


def answer_calls(
    timetables: Timetables,
    roads: Roads,
    events: Events,
    posted: Bools,
    *,
    queue: bool,
    urgent: bool = True,
    first_day: int = 0,
) -> Outcome:
    """Simulate school-days.

    Parameters
    ----------
    posted
        Shape (days, officers): False where the post is empty.
    queue
        Whether calls wait when no officer is free; otherwise nobody answers them.
    urgent
        Whether the imagined calls are emergencies, which go before waiting routine calls.
    first_day
        Number of the first day, from which the timetables are counted.
    """
    first, visits = timetables.first, timetables.visits
    officers = np.zeros((len(first), posted.shape[1]), dtype=_OFFICER)
    officers["first"], officers["last"] = first[:, :-1], first[:, 1:] - 1
    officers["start_s"] = visits["arrival_s"][officers["first"]]
    officers["end_s"] = visits["departure_s"][officers["last"]]
    answers = np.zeros(len(events.calls), dtype=ANSWER)
    answers["sent_s"] = answers["drive_s"] = np.nan
    answers["officer"] = answers["second"] = NOBODY
    shape = (*events.looks.shape[:2], len(timetables.home))
    outcome = Outcome(
        answers=answers,
        busy_s=np.zeros(posted.shape),
        late=np.zeros(len(posted), dtype=np.int64),
        wait_s=np.full(shape, np.nan),
        drive_s=np.full(shape, np.nan),
        own=np.full(shape, -1, dtype=np.int8),
    )
    _run_days(
        officers,
        visits,
        timetables.breaks,
        timetables.serves,
        timetables.zones,
        timetables.home,
        roads.until_s,
        roads.seconds,
        roads.return_factor,
        events.starts,
        events.calls,
        events.looks,
        posted,
        first_day,
        queue,
        urgent,
        *outcome,
    )
    return outcome


@compiled
def along_road(seconds: Any, origin: int, destination: int, driven: float, building: int) -> float:
    """Seconds to a building for an officer on the road between two others.

    The place on the road is not in the table: see `zoning.response.positions`.

    Parameters
    ----------
    seconds
        Shape (buildings, buildings).
    driven
        Share of the drive from ``origin`` to ``destination`` that is done, 0 to 1.
    """
    if driven <= 0.0 or origin == destination:
        return float(seconds[origin, building])
    return drive_from_road(
        driven,
        seconds[origin, building],
        seconds[destination, building],
        seconds[origin, destination],
        seconds[destination, origin],
    )


@compiled
def _to_all_one_by_one(seconds: Any, origin: int, destination: int, driven: float) -> Any:
    """`along_road` to every building."""
    found = np.empty(len(seconds))
    for building in range(len(seconds)):
        found[building] = along_road(seconds, origin, destination, driven, building)
    return found


def _to_all_at_once(seconds: Any, origin: int, destination: int, driven: float) -> Any:
    """The same by arrays: fast where nothing is compiled, and slow to compile."""
    if driven <= 0.0 or origin == destination:
        return seconds[origin]
    return drives_from_road(
        driven,
        from_a_s=seconds[origin],
        from_b_s=seconds[destination],
        a_to_b_s=seconds[origin, destination],
        b_to_a_s=seconds[destination, origin],
    )


_along_road_to_all = _to_all_one_by_one if IS_COMPILED else _to_all_at_once


@compiled
def _locate(officers: Any, visits: Any, o: int, now: float) -> tuple[int, int, float]:
    """Where a free officer is: between two buildings, and the share of that drive done."""
    officer = officers[o]
    if officer["left_place"] != NOBODY:
        to = visits[officer["rejoin"]]
        if now < officer["rejoin_s"]:
            driven = (now - officer["left_s"]) / (officer["rejoin_s"] - officer["left_s"])
            return officer["left_place"], to["place"], driven
        if now <= to["departure_s"]:
            return to["place"], to["place"], 0.0
        officer["left_place"] = NOBODY
    k = officer["visit"]
    while k < officer["last"] and visits[k]["departure_s"] < now:
        k += 1
    officer["visit"] = k
    to = visits[k]
    if now >= to["arrival_s"] or k == officer["first"]:
        return to["place"], to["place"], 0.0
    left_s = visits[k - 1]["departure_s"]
    driven = (now - left_s) / (to["arrival_s"] - left_s)
    return visits[k - 1]["place"], to["place"], driven


@compiled
def _may_answer(officers: Any, serves: Any, o: int, building: int, call_s: float) -> bool:
    """Whether an officer, free or not, answers a call from a building that comes at this time."""
    return bool(officers[o]["posted"] and serves[o, building] and call_s <= officers[o]["end_s"])


@compiled
def _after_break(breaks: Any, o: int, moment: float) -> float:
    """The moment, or the end of the officer's break that it falls into."""
    for k in range(breaks.shape[1]):
        if breaks[o, k, 0] <= moment < breaks[o, k, 1]:
            return float(breaks[o, k, 1])
    return moment


@compiled
def _choose_free(
    officers: Any,
    visits: Any,
    breaks: Any,
    serves: Any,
    seconds: Any,
    own_from: int,
    own_to: int,
    building: int,
    call_s: float,
    now: float,
) -> tuple[int, float]:
    """Choose the nearest free officer of the zone, else the nearest free one, and the drive.

    The zone's officers are those from ``own_from`` to ``own_to``, which may be none.
    """
    best, least = NOBODY, math.inf
    for k in range(own_from - own_to, len(officers)):
        if k == 0 and best != NOBODY:
            break
        o = own_to + k if k < 0 else k
        if officers[o]["free_s"] > now:
            continue
        if not _may_answer(officers, serves, o, building, call_s):
            continue
        if _after_break(breaks, o, now) != now:
            continue
        origin, destination, driven = _locate(officers, visits, o, now)
        drive = along_road(seconds, origin, destination, driven, building)
        if drive < least:
            best, least = o, drive
    return best, least


@compiled
def _choose_next(
    officers: Any, free_s: Any, breaks: Any, serves: Any, building: int, call_s: float, now: float
) -> tuple[int, float]:
    """Choose the officer who can first be sent, and when; `NOBODY` if none ever can."""
    best, when = NOBODY, math.inf
    for o in range(len(officers)):
        if _may_answer(officers, serves, o, building, call_s):
            begin = _after_break(breaks, o, max(free_s[o], now))
            if begin < when:
                best, when = o, begin
    return best, when


@compiled
def _send(
    officers: Any,
    visits: Any,
    seconds: Any,
    return_factor: float,
    busy_s: Any,
    o: int,
    building: int,
    now: float,
    service_s: float,
) -> None:
    """Make an officer busy, and plan the drive back to the first visit still to be reached."""
    officer = officers[o]
    done = now + service_s
    busy_s[o] += max(min(done, officer["end_s"]) - max(now, officer["start_s"]), 0.0)
    k, last = officer["visit"], officer["last"]
    while k < last and visits[k]["departure_s"] < done:
        k += 1
    back = seconds[building, visits[k]["place"]] * return_factor
    while k < last and done + back > visits[k]["departure_s"]:
        k += 1
        back = seconds[building, visits[k]["place"]] * return_factor
    officer["free_s"] = done
    officer["left_place"] = building
    officer["left_s"] = done
    officer["rejoin"] = k
    officer["rejoin_s"] = done + back


@compiled
def _answer(
    officers: Any,
    visits: Any,
    breaks: Any,
    serves: Any,
    seconds: Any,
    return_factor: float,
    call: Any,
    answer: Any,
    busy_s: Any,
    o: int,
    drive: float,
    now: float,
) -> None:
    """Send an officer, and the nearest other one if the call needs two and one is free."""
    building = call["building"]
    answer["sent_s"] = now
    answer["drive_s"] = drive * call["factor"]
    answer["officer"] = o
    service = call["turnout_s"] + answer["drive_s"] + call["on_scene_s"]
    _send(officers, visits, seconds, return_factor, busy_s, o, building, now, service)
    if call["needs_second"]:
        second, its_drive = _choose_free(
            officers, visits, breaks, serves, seconds, 0, 0, building, call["call_s"], now
        )
        if second != NOBODY:
            answer["second"] = second
            service = call["turnout_s"] + its_drive * call["second_factor"] + call["on_scene_s"]
            _send(officers, visits, seconds, return_factor, busy_s, second, building, now, service)


@compiled
def _choose_waiting(
    officers: Any,
    breaks: Any,
    serves: Any,
    calls: Any,
    waiting: Any,
    length: int,
    until: float,
) -> tuple[int, int, float]:
    """Choose the officer who is free first for a waiting call, its place in the queue, and when.

    Emergencies go first, then the call that was ready first.
    """
    best, at, when = NOBODY, 0, math.inf
    for o in range(len(officers)):
        free_s = officers[o]["free_s"]
        if free_s > until or free_s >= when:
            continue
        for k in range(length):
            call = calls[waiting[k]]
            if _may_answer(officers, serves, o, call["building"], call["call_s"]):
                begin = _after_break(breaks, o, max(free_s, call["ready_s"]))
                if begin <= until and begin < when:
                    best, at, when = o, k, begin
                break
    if best != NOBODY:
        for k in range(at, length):
            call = calls[waiting[k]]
            if (
                call["is_emergency"]
                and call["ready_s"] <= when
                and _may_answer(officers, serves, best, call["building"], call["call_s"])
            ):
                return best, k, when
    return best, at, when


@compiled
def _look(
    officers: Any,
    visits: Any,
    breaks: Any,
    serves: Any,
    zones: Any,
    home: Any,
    seconds: Any,
    calls: Any,
    waiting: Any,
    length: int,
    look: Any,
    queue: bool,
    urgent: bool,
    wait_s: Any,
    drive_s: Any,
    own: Any,
) -> None:
    """Look up who would answer a call from each building now, and how soon."""
    call_s, now = look[0], look[1]
    drives = np.full((len(officers), len(seconds)), math.inf)
    for o in range(len(officers)):
        officer = officers[o]
        if (
            officer["free_s"] <= now
            and officer["posted"]
            and call_s <= officer["end_s"]
            and _after_break(breaks, o, now) == now
        ):
            origin, destination, driven = _locate(officers, visits, o, now)
            drives[o] = _along_road_to_all(seconds, origin, destination, driven)
            for building in range(len(home)):
                if not serves[o, building]:
                    drives[o, building] = math.inf
    free_s, place = np.empty(0), np.empty(0, dtype=np.int64)
    for building in range(len(home)):
        own_from, own_to = zones[home[building]], zones[home[building] + 1]
        o, least = NOBODY, math.inf
        for k in range(own_from - own_to, len(officers)):
            if k == 0 and o != NOBODY:
                break
            other = own_to + k if k < 0 else k
            if drives[other, building] < least:
                o, least = other, drives[other, building]
        if o != NOBODY:
            wait_s[building] = 0.0
            drive_s[building] = least
            own[building] = own_from <= o < own_to
        elif queue:
            if len(free_s) == 0:
                free_s, place = _after_queue(
                    officers, visits, breaks, serves, seconds, calls, waiting, length, now, urgent
                )
            o, begin = _choose_next(officers, free_s, breaks, serves, building, call_s, now)
            if o != NOBODY:
                wait_s[building] = begin - now
                drive_s[building] = seconds[place[o], building]
                own[building] = own_from <= o < own_to


@compiled
def _after_queue(
    officers: Any,
    visits: Any,
    breaks: Any,
    serves: Any,
    seconds: Any,
    calls: Any,
    waiting: Any,
    length: int,
    now: float,
    urgent: bool,
) -> tuple[Any, Any]:
    """When and where each officer is free after the calls that wait already and go first.

    Second officers, who may be sent meanwhile, and emergencies, which may come meanwhile and go
    before a routine call, are left out.
    """
    free_s, place = np.empty(len(officers)), np.empty(len(officers), dtype=np.int64)
    for o in range(len(officers)):
        free_s[o] = officers[o]["free_s"]
        place[o] = officers[o]["left_place"]
        if place[o] == NOBODY:
            place[o] = visits[officers[o]["visit"]]["place"]
    for k in range(length):
        call = calls[waiting[k]]
        if urgent and not call["is_emergency"]:
            continue
        building = call["building"]
        o, begin = _choose_next(officers, free_s, breaks, serves, building, call["call_s"], now)
        if o != NOBODY:
            drive = seconds[place[o], building] * call["factor"]
            free_s[o] = begin + call["turnout_s"] + drive + call["on_scene_s"]
            place[o] = building
    return free_s, place


@compiled
def _run_days(
    officers_by_timetable: Any,
    visits: Any,
    breaks_by_timetable: Any,
    serves: Any,
    zones: Any,
    home: Any,
    until_s: Any,
    roads: Any,
    return_factor: float,
    starts: Any,
    calls: Any,
    looks: Any,
    posted: Any,
    first_day: int,
    queue: bool,
    urgent: bool,
    answers: Any,
    busy_s: Any,
    late: Any,
    wait_s: Any,
    drive_s: Any,
    own: Any,
) -> None:
    """Run through calls and looks of each day in the order of the moments officers are sent."""
    most = 1
    for d in range(len(posted)):
        most = max(most, starts[d + 1] - starts[d])
    waiting = np.empty(most, dtype=np.int64)
    free_s = np.empty(posted.shape[1])
    for d in range(len(posted)):
        timetable = (first_day + d) % len(officers_by_timetable)
        officers, breaks = officers_by_timetable[timetable], breaks_by_timetable[timetable]
        for o in range(len(officers)):
            officer = officers[o]
            officer["posted"] = posted[d, o]
            officer["free_s"] = officer["start_s"]
            officer["visit"] = officer["first"]
            officer["left_place"] = NOBODY
        length, i, k = 0, starts[d], 0
        while True:
            looks_next = k < looks.shape[1] and (
                i == starts[d + 1] or looks[d, k, 1] <= calls[i]["ready_s"]
            )
            calls_next = not looks_next and i < starts[d + 1]
            now = math.inf
            if looks_next:
                now = looks[d, k, 1]
            elif calls_next:
                now = calls[i]["ready_s"]
            while length > 0:
                o, at, when = _choose_waiting(officers, breaks, serves, calls, waiting, length, now)
                if o == NOBODY:
                    break
                served = waiting[at]
                for j in range(at, length - 1):
                    waiting[j] = waiting[j + 1]
                length -= 1
                late[d] += when > officers[o]["end_s"]
                seconds = roads[np.searchsorted(until_s, when, side="right")]
                origin, destination, driven = _locate(officers, visits, o, when)
                building = calls[served]["building"]
                drive = along_road(seconds, origin, destination, driven, building)
                _answer(
                    officers,
                    visits,
                    breaks,
                    serves,
                    seconds,
                    return_factor,
                    calls[served],
                    answers[served],
                    busy_s[d],
                    o,
                    drive,
                    when,
                )
            if not looks_next and not calls_next:
                break
            seconds = roads[np.searchsorted(until_s, now, side="right")]
            if looks_next:
                _look(
                    officers,
                    visits,
                    breaks,
                    serves,
                    zones,
                    home,
                    seconds,
                    calls,
                    waiting,
                    length,
                    looks[d, k],
                    queue,
                    urgent,
                    wait_s[d, k],
                    drive_s[d, k],
                    own[d, k],
                )
                k += 1
                continue
            call = calls[i]
            building = call["building"]
            o, drive = _choose_free(
                officers,
                visits,
                breaks,
                serves,
                seconds,
                zones[home[building]],
                zones[home[building] + 1],
                building,
                call["call_s"],
                now,
            )
            if o != NOBODY:
                _answer(
                    officers,
                    visits,
                    breaks,
                    serves,
                    seconds,
                    return_factor,
                    call,
                    answers[i],
                    busy_s[d],
                    o,
                    drive,
                    now,
                )
            else:
                answers[i]["none_free"] = True
                for j in range(len(officers)):
                    free_s[j] = officers[j]["free_s"]
                o, _ = _choose_next(officers, free_s, breaks, serves, building, call["call_s"], now)
                if queue and o != NOBODY:
                    waiting[length] = i
                    length += 1
            i += 1
