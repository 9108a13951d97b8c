"""The model of `zoning.response` as a simpy program: processes and events, no arrays.

It is written from the description of the model, not from its loop, and serves as the oracle of
the tests and as the peer of the benchmark.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

import simpy

NOBODY = -1


@dataclass
class Call:
    """A call and what becomes of it; see `zoning.response.simulation.CALL` and ``ANSWER``."""

    building: int
    call_s: float
    ready_s: float
    turnout_s: float
    on_scene_s: float
    factor: float
    second_factor: float
    needs_second: bool
    is_emergency: bool
    sent_s: float = math.nan
    drive_s: float = math.nan
    officer: int = NOBODY
    second: int = NOBODY
    none_free: bool = False


@dataclass
class Officer:
    """One officer: the timetable, and the last call."""

    number: int
    visits: Sequence[tuple[int, float, float]]
    breaks: Sequence[tuple[float, float]]
    serves: frozenset[int]
    posted: bool
    is_on_duty: bool = False
    is_busy: bool = False
    since: tuple[int, float] | None = None
    back: tuple[int, float] = field(default=(0, 0.0))

    def is_free(self, now: float) -> bool:
        pause = any(a <= now < b for a, b in self.breaks)
        return self.is_on_duty and not self.is_busy and not pause

    def answers(self, call: Call) -> bool:
        return self.posted and call.building in self.serves and call.call_s <= self.visits[-1][2]

    def place(self, now: float) -> tuple[int, int, float]:
        """From where to where the officer drives, and the share of the drive done."""
        if self.since is not None:
            left, left_s = self.since
            visit, back_s = self.back
            to, _, departure_s = self.visits[visit]
            if now < back_s:
                return left, to, (now - left_s) / (back_s - left_s)
            if now <= departure_s:
                return to, to, 0.0
        before: tuple[int, float, float] | None = None
        for stop in self.visits:
            if before is not None and now < stop[1]:
                return before[0], stop[0], (now - before[2]) / (stop[1] - before[2])
            if now <= stop[2]:
                return stop[0], stop[0], 0.0
            before = stop
        return self.visits[-1][0], self.visits[-1][0], 0.0


class School:
    """One school-day: a dispatcher, officers and a queue."""

    def __init__(
        self,
        officers: Sequence[Officer],
        calls: Sequence[Call],
        roads: Any,
        own: Sequence[range],
        *,
        queue: bool,
    ) -> None:
        self.env = simpy.Environment()
        self.officers, self.calls, self.own = officers, calls, own
        self.roads, self.keeps_queue = roads, queue
        self.queue: list[Call] = []
        self.env.process(self.dispatch())
        for officer in officers:
            self.env.process(self.come_on_duty(officer))
            for _, end in officer.breaks:
                self.env.process(self.end_break(officer, end))

    def seconds(self, now: float) -> Any:
        until_s, tables, _ = self.roads
        return next(table for end, table in zip(until_s, tables, strict=True) if now < end)

    def drive(self, officer: Officer, building: int, now: float) -> float:
        table = self.seconds(now)
        a, c, f = officer.place(now)
        if f <= 0 or a == c:
            return float(table[a][building])
        if f >= 1:
            return float(table[c][building])
        ahead, back, x, y = table[a][c], table[c][a], table[a][building], table[c][building]
        g = 1 - f
        plane = math.sqrt(max(g * x * x + f * y * y - f * g * ahead * ahead, 0.0))
        low = max(x - f * ahead, y - g * back, 0.0)
        return float(min(max(plane, low), g * ahead + y, f * back + x))

    def dispatch(self) -> Generator[simpy.Event, Any, Any]:
        for call in self.calls:
            yield self.env.timeout(max(call.ready_s - self.env.now, 0.0))
            now = call.ready_s
            own = [self.officers[o] for o in self.own[call.building]]
            nearest = self.nearest(call, now, own) or self.nearest(call, now)
            if nearest is not None:
                self.send(call, nearest, now)
            else:
                call.none_free = True
                if self.keeps_queue and any(o.answers(call) for o in self.officers):
                    self.queue.append(call)

    def nearest(
        self, call: Call, now: float, among: Sequence[Officer] | None = None
    ) -> Officer | None:
        free = [o for o in among or self.officers if o.is_free(now) and o.answers(call)]
        return min(free, key=lambda o: self.drive(o, call.building, now), default=None)

    def send(self, call: Call, officer: Officer, now: float) -> None:
        call.sent_s, call.officer = now, officer.number
        call.drive_s = self.drive(officer, call.building, now) * call.factor
        officer.is_busy = True
        if call.needs_second and (second := self.nearest(call, now)) is not None:
            call.second = second.number
            drive_s = self.drive(second, call.building, now) * call.second_factor
            second.is_busy = True
            self.env.process(self.work(call, second, drive_s, now))
        self.env.process(self.work(call, officer, call.drive_s, now))

    def work(
        self, call: Call, officer: Officer, drive_s: float, now: float
    ) -> Generator[simpy.Event, Any, Any]:
        done = now + (call.turnout_s + drive_s + call.on_scene_s)
        table, factor = self.seconds(now), self.roads[2]
        yield self.env.timeout(done - self.env.now)
        officer.is_busy = False
        last = len(officer.visits) - 1
        for visit, (to, _, departure_s) in enumerate(officer.visits):
            back_s = done + table[call.building][to] * factor
            if visit == last or (departure_s >= done and back_s <= departure_s):
                officer.since, officer.back = (call.building, done), (visit, back_s)
                break
        self.serve_queue(officer, done)

    def come_on_duty(self, officer: Officer) -> Generator[simpy.Event, Any, Any]:
        yield self.env.timeout(officer.visits[0][1])
        officer.is_on_duty = True
        self.serve_queue(officer, officer.visits[0][1])

    def end_break(self, officer: Officer, end: float) -> Generator[simpy.Event, Any, Any]:
        yield self.env.timeout(end)
        self.serve_queue(officer, end)

    def serve_queue(self, officer: Officer, now: float) -> None:
        if not officer.is_free(now):
            return
        mine = [call for call in self.queue if officer.answers(call)]
        mine.sort(key=lambda call: not call.is_emergency)
        if mine:
            self.queue.remove(mine[0])
            self.send(mine[0], officer, now)


def run_days(timetables: Any, roads: Any, events: Any, posted: Any, *, queue: bool) -> list[Call]:
    """Answer the calls of the arguments of `zoning.response.simulation.answer_calls`."""
    visits = [
        (int(v["place"]), float(v["arrival_s"]), float(v["departure_s"])) for v in timetables.visits
    ]
    serves = [frozenset(int(b) for b in row.nonzero()[0]) for row in timetables.serves]
    zones = [int(o) for o in timetables.zones]
    own = [range(zones[z], zones[z + 1]) for z in timetables.home]
    driving = (roads.until_s.tolist(), roads.seconds.tolist(), roads.return_factor)
    names = events.calls.dtype.names
    calls = [Call(**dict(zip(names, row, strict=True))) for row in events.calls.tolist()]
    for day, row in enumerate(posted):
        today = day % len(timetables.first)
        first = [int(k) for k in timetables.first[today]]
        officers = [
            Officer(
                number=o,
                visits=visits[first[o] : first[o + 1]],
                breaks=[(float(a), float(b)) for a, b in timetables.breaks[today, o] if a < b],
                serves=serves[o],
                posted=bool(there),
            )
            for o, there in enumerate(row)
        ]
        of_day = calls[events.starts[day] : events.starts[day + 1]]
        School(officers, of_day, driving, own, queue=queue).env.run()
    return calls
