"""Officers who share wished presences, as values and as the arrays that their search works on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from zoning.errors import ScheduleError, UnreachableError, first_few
from zoning.patrol.day_problem import (
    NO_TIME,
    DayProblem,
    Ints,
    Stop,
    WishedPresence,
    latest_departure,
)
from zoning.units import clock

Bools = NDArray[np.bool_]

NEVER: Final = np.int64(2**40)
"""Later than any day, and safe to add to."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TeamOfficer:
    """One of the officers who share presences; seconds after midnight.

    Attributes
    ----------
    places
        Rows of the buildings that the officer may go to.
    start_s, end_s
        The shift, with the drives from and to the base.
    break_s, break_from_s, break_to_s
        The break and when it may begin; 0 for none.
    from_base_s, to_base_s
        Shape (periods, n): seconds from and to the base; None if the shift begins and ends at
        the first and last building.
    """

    officer_id: str
    places: tuple[int, ...]
    start_s: int
    end_s: int
    break_s: int = 0
    break_from_s: int = 0
    break_to_s: int = 0
    from_base_s: Ints | None = None
    to_base_s: Ints | None = None

    @classmethod
    def of(
        cls,
        officer_id: str,
        day: DayProblem,
        *,
        places: Sequence[int],
        from_base_s: Ints | None = None,
        to_base_s: Ints | None = None,
    ) -> TeamOfficer:
        """An officer with the shift and the break of a day."""
        return cls(
            officer_id=officer_id,
            places=tuple(places),
            start_s=day.start_s,
            end_s=day.end_s,
            break_s=day.break_s,
            break_from_s=day.break_from_s,
            break_to_s=day.break_to_s,
            from_base_s=from_base_s,
            to_base_s=to_base_s,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TeamProblem:
    """Wished presences that several officers share, in whole seconds.

    What a stop, a break and a presence are is said by `DayProblem`, and holds for each officer.
    A presence counts once, whoever meets it.

    Attributes
    ----------
    building_ids
        The buildings, in the order of rows.
    period_begins_s, drive_s
        As in `DayProblem`: shape (periods,), ascending from 0, and (periods, n, n).
    presences
        The wished presences of these buildings.
    dwell_s, presence_s
        Shortest stay at a visit; shortest stay within a window that counts, no longer.
    officers
        One or more.

    Raises
    ------
    ScheduleError
        If seconds are not whole, shapes do not fit, or a shift, a break or a place makes no
        sense; every fault in one error.
    UnreachableError
        If an officer has two buildings with no route between them; names the pairs.
    """

    building_ids: tuple[str, ...]
    period_begins_s: Ints
    drive_s: Ints
    presences: tuple[WishedPresence, ...]
    dwell_s: int
    presence_s: int
    officers: tuple[TeamOfficer, ...]

    def __post_init__(self) -> None:
        faults = list(self._faults())
        if faults:
            raise ScheduleError(
                "these officers cannot share presences", faults, "Correct these values."
            )
        shared = np.zeros((len(self.building_ids),) * 2, dtype=bool)
        for officer in self.officers:
            shared[np.ix_(officer.places, officer.places)] = True
        lost = np.argwhere(shared & (self.drive_s >= NEVER).any(axis=0))
        if len(lost):
            pairs = [f"{self.building_ids[i]} to {self.building_ids[j]}" for i, j in lost.tolist()]
            raise UnreachableError(
                f"{len(pairs)} pairs of buildings that officers share have no route between them",
                first_few(pairs),
                "Repair the street network there, or let no officer go to both.",
            )

    @classmethod
    def of_zone(cls, days: Mapping[str, DayProblem]) -> TeamProblem:
        """The officers of one zone, such as two shifts; their days have the same buildings.

        A presence that is wished in several of the days is one.
        """
        if not days:
            raise ScheduleError("there is no officer")
        first = next(iter(days.values()))
        others = [i for i, day in days.items() if day.building_ids != first.building_ids]
        if others:
            raise ScheduleError("the officers of one zone have different buildings", others)
        return cls(
            building_ids=first.building_ids,
            period_begins_s=first.period_begins_s,
            drive_s=first.drive_s,
            presences=tuple(dict.fromkeys(p for day in days.values() for p in day.presences)),
            dwell_s=first.dwell_s,
            presence_s=first.presence_s,
            officers=tuple(
                TeamOfficer.of(
                    i,
                    day,
                    places=range(day.size),
                    from_base_s=day.from_base_s,
                    to_base_s=day.to_base_s,
                )
                for i, day in days.items()
            ),
        )

    def _faults(self) -> Iterator[str]:
        n, periods = len(self.building_ids), len(self.period_begins_s)
        yield from _table_faults("drive_s", self.drive_s, (periods, n, n))
        begins = np.asarray(self.period_begins_s)
        if not periods or begins[0] != 0 or (np.diff(begins) <= 0).any():
            yield "period_begins_s does not ascend from 0"
        if not 0 < self.presence_s <= self.dwell_s:
            yield f"presence_s is {self.presence_s}, and has to be from 1 to dwell_s {self.dwell_s}"
        for building in sorted({p.building_id for p in self.presences} - set(self.building_ids)):
            yield f"a presence is wished at {building}, which is not among the buildings"
        if not self.officers:
            yield "there is no officer"
        ids = [officer.officer_id for officer in self.officers]
        for twice in sorted({i for i in ids if ids.count(i) > 1}):
            yield f"{twice} is given twice"
        for officer in self.officers:
            name = officer.officer_id
            if not officer.places:
                yield f"{name} has no building"
            if not all(0 <= place < n for place in officer.places):
                yield f"{name} has a building that is no row from 0 to {n - 1}"
            if officer.end_s - officer.start_s < officer.break_s + self.dwell_s:
                yield (
                    f"{name}: the shift from {clock(officer.start_s)} to {clock(officer.end_s)} "
                    "is too short for a visit and the break"
                )
            elif officer.break_s and (
                officer.break_to_s < officer.break_from_s
                or max(officer.break_from_s, officer.start_s) + officer.break_s > officer.end_s
            ):
                yield (
                    f"{name}: a break from {clock(officer.break_from_s)} to "
                    f"{clock(officer.break_to_s)} does not fit into the shift"
                )
            for what, table in (("from", officer.from_base_s), ("to", officer.to_base_s)):
                if table is not None:
                    yield from _table_faults(f"{name}: {what}_base_s", table, (periods, n))


def _table_faults(name: str, table: Any, shape: tuple[int, ...]) -> Iterator[str]:
    table = np.asarray(table)
    if table.dtype.kind != "i":
        yield f"{name} is not in whole seconds ({table.dtype})"
    elif table.shape != shape:
        yield f"{name} has the shape {table.shape}, not {shape}"
    elif (table < 0).any():
        yield f"{name} has negative seconds"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """Where an officer is ready to leave, and the stops that led there."""

    place: int
    ready_s: int
    stops: tuple[Stop, ...]


class TeamModel:
    """The problem as arrays; a service is a stay that meets one presence.

    A state of an officer is a place and two moments: when the officer is ready to leave with the
    break still to come, and with the break taken. Earlier is never worse, since who leaves later
    never arrives earlier.
    """

    def __init__(self, problem: TeamProblem) -> None:
        self.problem = problem
        self.ids = problem.building_ids
        self.n = len(self.ids)
        self.dwell, self.need = problem.dwell_s, problem.presence_s
        rows = {building: k for k, building in enumerate(self.ids)}
        officers = problem.officers
        self.allowed = np.zeros((len(officers), self.n), dtype=bool)
        for k, officer in enumerate(officers):
            self.allowed[k, list(officer.places)] = True
        served: Bools = np.logical_or.reduce(self.allowed)
        self.wishes = [
            wish
            for wish in problem.presences
            if wish.weight > 0
            and wish.close_s - wish.open_s >= self.need
            and served[rows[wish.building_id]]
        ]
        self.place, self.open, self.close, self.weight = (
            np.array(
                [(rows[w.building_id], w.open_s, w.close_s, w.weight) for w in self.wishes],
                dtype=np.int64,
            )
            .reshape(-1, 4)
            .T
        )
        self.start, self.end, self.break_s, self.break_from, self.break_to = (
            np.array([getattr(officer, name) for officer in officers], dtype=np.int64)
            for name in ("start_s", "end_s", "break_s", "break_from_s", "break_to_s")
        )
        self._add_bases()
        self.period = np.searchsorted(self.begins, self.open, side="right") - 1

    def _add_bases(self) -> None:
        """Give each base a place of its own behind the buildings."""
        problem, n = self.problem, self.n
        self.begins = np.asarray(problem.period_begins_s, dtype=np.int64)
        free = np.zeros((len(self.begins), n), dtype=np.int64)
        bases: dict[tuple[bytes, bytes], int] = {}
        tables = []
        base = []
        for officer in problem.officers:
            start = free if officer.from_base_s is None else officer.from_base_s.astype(np.int64)
            end = free if officer.to_base_s is None else officer.to_base_s.astype(np.int64)
            key = start.tobytes(), end.tobytes()
            if key not in bases:
                bases[key] = n + len(bases)
                tables.append((start, end))
            base.append(bases[key])
        self.base = np.array(base, dtype=np.int64)
        self.drive = np.zeros((len(self.begins), n + len(bases), n + len(bases)), dtype=np.int64)
        self.drive[:, :n, :n] = np.minimum(problem.drive_s, NEVER)
        for k, (start, end) in enumerate(tables, n):
            self.drive[:, k, :n] = np.minimum(start, NEVER)
            self.drive[:, :n, k] = np.minimum(end, NEVER)
        self.stops_never_help = self._stops_never_help()

    def _stops_never_help(self) -> bool:
        """Whether no drive is quicker by way of a stop of a dwell at a third building.

        Then an officer who leaves a stop out arrives no later, which the bound of a wave needs.
        """
        slowest: Ints = self.drive.max(axis=0)
        quickest: Ints = self.drive.min(axis=0)
        return not any(
            (slowest > quickest[:, k, None] + quickest[None, k, :] + self.dwell).any()
            for k in range(self.n)
        )

    def weigh(self, services: Iterator[int] | Sequence[int]) -> int:
        """Sum the weights of services."""
        return int(sum(int(self.weight[j]) for j in services))

    def day_of(self, k: int) -> tuple[DayProblem, list[int]]:
        """The presences of an officer alone as a day, and the rows of its buildings here."""
        problem, officer = self.problem, self.problem.officers[k]
        rows = np.flatnonzero(self.allowed[k]).tolist()
        ids = tuple(self.ids[row] for row in rows)
        none = np.zeros(len(rows), dtype=np.int64)
        base = int(self.base[k])
        day = DayProblem(
            building_ids=ids,
            period_begins_s=self.begins,
            drive_s=self.drive[:, rows][:, :, rows],
            from_base_s=self.drive[:, base, rows],
            to_base_s=self.drive[:, rows, base],
            open_s=none,
            close_s=none,
            presences=tuple(wish for wish in self.wishes if wish.building_id in set(ids)),
            start_s=officer.start_s,
            end_s=officer.end_s,
            dwell_s=problem.dwell_s,
            presence_s=problem.presence_s,
            longest_stay_s=problem.dwell_s,
            break_s=officer.break_s,
            break_from_s=officer.break_from_s,
            break_to_s=officer.break_to_s,
            wished_gap_s=none,
            wished_visits=none,
        )
        return day, rows

    def groups(self) -> Iterator[tuple[Ints, Ints]]:
        """Yield officers who share buildings with presences, and those presences."""
        count = len(self.allowed)
        reach = self.allowed[:, self.place]
        graph = csr_array(
            np.block(
                [[np.zeros((count, count)), reach], [reach.T, np.zeros((reach.shape[1],) * 2)]]
            )
        )
        _, group = connected_components(graph, directed=False)
        for k in sorted(set(group[:count].tolist())):
            services = np.flatnonzero(group[count:] == k)
            if len(services):
                yield np.flatnonzero(group[:count] == k), services

    def waves(self, services: Ints) -> Iterator[Ints]:
        """Yield presences that share a moment at which all their windows are open."""
        wave: list[int] = []
        close = np.int64(0)
        for j in sorted(services.tolist(), key=lambda j: (self.open[j], self.close[j], j)):
            if wave and self.open[j] >= close:
                yield np.array(wave)
                wave = []
            close = min(close, self.close[j]) if wave else self.close[j]
            wave.append(j)
        if wave:
            yield np.array(wave)

    def arrive(self, origin: Any, target: Any, ready: Any) -> Any:
        """`earliest_arrival` of arrays that broadcast, from a place to another."""
        best: Any = NEVER
        for k, begin in enumerate(self.begins.tolist()):
            leave = np.maximum(ready, begin) if k else np.asarray(ready)
            ends = self.begins[k + 1] if k + 1 < len(self.begins) else NO_TIME
            there = leave + self.drive[k, origin, target]
            best = np.minimum(best, np.where(leave < ends, there, NEVER))
        return best

    def serve(self, service: Any, arrival: Any) -> Any:
        """When a stay that begins at the arrival has met a presence; never if too late."""
        ready = np.maximum(arrival + self.dwell, self.open[service] + self.need)
        return np.where(arrival <= self.close[service] - self.need, ready, NEVER)

    def go(self, place: Any, ready: Any, service: Any) -> Any:
        """When an officer who is ready at a place has met a presence, without a break."""
        there = self.place[service]
        # A stay that goes on needs no second dwell. It began a dwell before it was ready, or
        # earlier; where only the latter would do, the other order of the two presences does.
        goes_on = np.where(
            ready - self.dwell <= self.close[service] - self.need,
            np.maximum(ready, self.open[service] + self.need),
            NEVER,
        )
        return np.where(
            place == there, goes_on, self.serve(service, self.arrive(place, there, ready))
        )

    def advance(
        self, who: Any, place: Any, before: Any, after: Any, service: Any
    ) -> tuple[Any, Any]:
        """When the officer has met one more presence: break still to come, break taken."""
        there = self.place[service]
        since, until, rest = self.break_from[who], self.break_to[who], self.break_s[who]
        ready = self.go(place, before, service)
        begin = np.maximum(before, since)
        rested = np.where((begin <= until) & (place < self.n), begin + rest, NEVER)
        here = np.where(place == there, rested, self.arrive(place, there, rested))
        begin = np.maximum(self.arrive(place, there, before), since)
        at_target = np.where((begin <= until) & (place != there), begin + rest, NEVER)
        taken = np.minimum(
            self.go(place, after, service), self.serve(service, np.minimum(here, at_target))
        )
        return np.where(ready <= until, ready, NEVER), np.minimum(taken, NEVER)

    def home(self, who: Any, place: Any, before: Any, after: Any) -> Any:
        """When the officer is back at the base, break taken."""
        begin = np.maximum(before, self.break_from[who])
        rested = np.where(
            (begin <= self.break_to[who]) & (place < self.n), begin + self.break_s[who], NEVER
        )
        return self.arrive(place, self.base[who], np.minimum(after, rested))

    def start_state(self, who: Ints) -> tuple[Ints, Ints, Ints]:
        """Place and the two moments at the begin of the shift."""
        rests = self.break_s[who] > 0
        never = np.full(len(who), NEVER)
        start = self.start[who]
        return self.base[who], np.where(rests, start, never), np.where(rests, never, start)

    def require_days(self) -> None:
        """Raise unless every officer can go to a building, take the break and be back in time."""
        faults = []
        for k, officer in enumerate(self.problem.officers):
            if self._idle_day(k) is None:
                faults.append(
                    f"{officer.officer_id}: no building can be reached from the base, with the "
                    f"break, between {clock(officer.start_s)} and {clock(officer.end_s)}"
                )
        if faults:
            raise ScheduleError(
                f"{len(faults)} officers have no working day",
                faults,
                "Lengthen the shift, move the break, or choose a base nearer to the buildings.",
            )

    def _idle_day(self, k: int) -> tuple[Stop, ...] | None:
        """The break alone, at the building from which the officer is back first."""
        rest = int(self.break_s[k])
        places = np.flatnonzero(self.allowed[k])
        begin = self.arrive(self.base[k], places, self.start[k])
        if rest:
            begin = np.maximum(begin, self.break_from[k])
        back = self.arrive(places, self.base[k], begin + (rest or self.dwell))
        late = (back > self.end[k]) | (rest > 0) & (begin > self.break_to[k])
        if late.all():
            return None
        if not rest:
            return ()
        first = np.where(late, NEVER, back).argmin()
        since = int(begin[first])
        place = int(places[first])
        return (Stop(place=place, arrival_s=since, departure_s=since + rest, is_break=True),)

    def timetable(self, k: int, chain: Sequence[int]) -> tuple[Stop, ...]:
        """The earliest stops of an officer who meets presences in this order, with the break."""
        if not chain:
            return self._idle_day(k) or ()
        base, rests = int(self.base[k]), bool(self.break_s[k])
        first = _Way(place=base, ready_s=int(self.start[k]), stops=())
        before, after = (first, None) if rests else (None, first)
        for j in chain:
            taken = [self._go(after, j)]
            if before is not None:
                taken += [
                    self._go(self._rest(before, k, before.place), j),
                    self._go(self._rest(before, k, int(self.place[j])), j),
                ]
            before = self._go(before, j)
            after = min((w for w in taken if w), key=lambda way: way.ready_s, default=None)
        ends = [after, before and self._rest(before, k, before.place)]
        known = [way for way in ends if way]
        best = min(known, key=lambda way: int(self.arrive(way.place, base, way.ready_s)))
        return best.stops

    def _go(self, way: _Way | None, j: int) -> _Way | None:
        if way is None:
            return None
        place = int(self.place[j])
        goes_on = way.place == place and bool(way.stops) and not way.stops[-1].is_break
        if goes_on:
            ready = int(self.go(place, way.ready_s, j))
            last = way.stops[-1]
            stops = (*way.stops[:-1], replace(last, departure_s=ready))
        else:
            arrival = way.ready_s if way.place == place else self._arrival(way, place)
            ready = int(self.serve(j, arrival))
            stop = Stop(place=place, arrival_s=arrival, departure_s=ready)
            stops = (*self._leave(way, place, arrival), stop)
        return None if ready >= NEVER else _Way(place=place, ready_s=ready, stops=stops)

    def _rest(self, way: _Way | None, k: int, place: int) -> _Way | None:
        """Take the break at a building: where the officer is, or where the next stay is."""
        if way is None or place >= self.n:
            return None
        arrival = way.ready_s if way.place == place else self._arrival(way, place)
        begin = max(arrival, int(self.break_from[k]))
        if begin > self.break_to[k]:
            return None
        ready = begin + int(self.break_s[k])
        stop = Stop(place=place, arrival_s=begin, departure_s=ready, is_break=True)
        return _Way(place=place, ready_s=ready, stops=(*self._leave(way, place, begin), stop))

    def _arrival(self, way: _Way, place: int) -> int:
        return int(self.arrive(way.place, place, way.ready_s))

    def _leave(self, way: _Way, place: int, arrival: int) -> tuple[Stop, ...]:
        """The stops so far, the last of them until the drive to the next begins."""
        if not way.stops:
            return ()
        leave = arrival
        if way.place != place:
            leave = int(latest_departure(self.begins, self.drive, way.place, place, arrival))
        last = way.stops[-1]
        return (*way.stops[:-1], last if last.is_break else replace(last, departure_s=leave))

    def driving(self, k: int, stops: Sequence[Stop]) -> int:
        """Seconds that an officer drives, from and to the base included."""
        if not stops:
            return 0
        base, total = int(self.base[k]), 0
        places = [base, *(stop.place for stop in stops), base]
        leave = [int(self.start[k]), *(stop.departure_s for stop in stops)]
        for origin, target, at in zip(places, places[1:], leave, strict=False):
            period = int(np.searchsorted(self.begins, at, side="right")) - 1
            if origin != target:
                total += int(self.drive[period, origin, target])
        return total
