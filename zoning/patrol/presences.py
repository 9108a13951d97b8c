"""The presences of an officer's day: the most wished weight that can be met, proved.

The problem is an orienteering problem with time windows, solved by label setting: partial days are
grown in order of time, and one is dropped where another is at the same place, ready no later, and
no worse. To know which wishes a partial day has met would be exact, but there are too many subsets
of wishes. So the first search remembers none and counts a wish at every visit, which gives an upper
bound; wishes that its best day meets twice are remembered in the next search, until no day is left
that could be better than the best one found. Arrivals, lunches and dismissals lie so far apart that
few wishes ever need to be remembered, and a remembered wish whose window is out of reach is
forgotten.

References
----------
Righini and Salani (2008), New dynamic programming algorithms for the resource constrained
elementary shortest path problem, Networks 51: decremental state space relaxation. Vansteenwegen,
Souffriau and Van Oudheusden (2011), The orienteering problem: a survey, EJOR 209.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

import numpy as np

from zoning.errors import ScheduleError
from zoning.patrol import presence_loops as loops
from zoning.patrol.day_problem import (
    NO_TIME,
    DayProblem,
    Ints,
    Stop,
    earliest_arrival,
    latest_departure,
    met_presences,
)
from zoning.units import clock

LABEL_LIMIT: Final = 1_000_000
"""Partial days after which a search ends without a proof. Our choice: 7 buildings need hundreds, 50
some 20,000, 143 some 80,000; a million take 100 MB, and seconds where numba is installed."""

MAX_WIDENING_S: Final = 3600
"""Windows are widened by no more than this to find what would allow presences that conflict: a
presence an hour from the bell is none."""

_STEP_S: Final = 60  # of the bound on what can still be met: 480 steps a shift, computed in 0.05 s
_MAX_BITS: Final = 62  # remembered wishes are bits of a signed integer of 64
_MAX_ENUMERATED: Final = 4  # sizes of conflicts that are looked for among all sets of that size
_FEW: Final = 12  # wishes that are all remembered from the beginning: 4,096 subsets at most

_ENGINE: Final = "exact search over partial days (label setting)"


@dataclass(frozen=True, slots=True, kw_only=True)
class PresencePlan:
    """A day of shortest stays that meets as much as was found.

    Attributes
    ----------
    stops
        In order of time, the break among them. An officer who has to wait does so before leaving.
        What time is left before and between them is for other visits.
    met
        Indices of the presences of the problem that are met, ascending.
    weight, weight_bound
        Their weight, and a number that no timetable exceeds.
    engine
        What found it, in words for a planner.
    """

    stops: tuple[Stop, ...]
    met: tuple[int, ...]
    weight: int
    weight_bound: int
    engine: str

    @property
    def is_proved(self) -> bool:
        """Whether no timetable meets more."""
        return self.weight == self.weight_bound


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceConflict:
    """Why a wished presence is missed: others that cannot be met on the same day.

    Attributes
    ----------
    wish
        Index of the missed presence.
    others
        Indices of met presences, as few as possible, that no timetable meets together with it;
        empty if it cannot be met at all.
    open_earlier_s, close_later_s
        Least widening of the windows of all of these, at their beginning or at their end, with
        which one timetable of the same shift meets them all, seconds; None if an hour does not
        help.
    """

    wish: int
    others: tuple[int, ...]
    open_earlier_s: int | None
    close_later_s: int | None

    @property
    def short_s(self) -> int | None:
        """By how many seconds they cannot all be met: the smaller widening; None if none helps."""
        return min(
            (s for s in (self.open_earlier_s, self.close_later_s) if s is not None), default=None
        )


def best_presences(problem: DayProblem, *, limit: int = LABEL_LIMIT) -> PresencePlan:
    """Find a timetable that meets the most weight of wished presences.

    Among the best timetables that the search keeps it takes one that drives least, then the one
    whose places, by row, come first: the same on every machine.

    Parameters
    ----------
    limit
        Number of partial days after which the search ends; the bound then holds for every
        timetable, but may be above what can be met.

    Raises
    ------
    ScheduleError
        If no timetable is feasible, whatever it meets.
    """
    found = _search(problem, limit=limit)
    if found.stops is None:
        raise ScheduleError(
            f"no day from {clock(problem.start_s)} to {clock(problem.end_s)} has room for a break "
            f"of {problem.break_s / 60:g} min that begins from {clock(problem.break_from_s)} to "
            f"{clock(problem.break_to_s)}, with the drives from and to the base",
            remedy="Lengthen the shift, move or shorten the break, or choose a nearer base.",
        )
    return PresencePlan(
        stops=found.stops,
        met=_met(problem, found.stops),
        weight=found.weight,
        weight_bound=found.bound,
        engine=_ENGINE,
    )


def can_meet(problem: DayProblem, indices: Iterable[int], *, limit: int = LABEL_LIMIT) -> bool:
    """Whether one timetable meets all of some presences, whatever else it misses.

    Parameters
    ----------
    indices
        Of ``problem.presences``.

    Raises
    ------
    ScheduleError
        If the work limit comes before the answer.
    """
    wanted = tuple(replace(problem.presences[k], weight=1) for k in sorted(set(indices)))
    found = _search(replace(problem, presences=wanted), limit=limit, goal=len(wanted))
    if found.weight < len(wanted) <= found.bound:
        raise ScheduleError(
            f"whether {len(wanted)} presences can be met in one day was not decided within "
            f"{limit:,} partial days",
            remedy="Raise the limit, or ask for fewer presences.",
        )
    return found.stops is not None and found.weight == len(wanted)


def conflict_of(
    problem: DayProblem, index: int, met: Sequence[int], *, limit: int = LABEL_LIMIT
) -> PresenceConflict | None:
    """Find the fewest met presences that cannot be met together with a missed one.

    Pairs, triples and fours are all tried; among the smallest sets that conflict the one that is
    shortest of time is taken, then the first by index. A larger set is only such that each of its
    members is needed.

    Parameters
    ----------
    index
        The missed presence, of ``problem.presences``.
    met
        Indices of the presences that a timetable meets.

    Returns
    -------
    PresenceConflict or None
        None if all of them can be met together: the timetable was not the best.
    """
    others = sorted(set(met) - {index})

    def is_possible(chosen: Sequence[int]) -> bool:
        return can_meet(problem, (index, *chosen), limit=limit)

    if is_possible(others):
        return None
    for size in range(min(_MAX_ENUMERATED, len(others) + 1)):
        conflicts = [
            _widen(problem, index, chosen, limit=limit)
            for chosen in combinations(others, size)
            if not is_possible(chosen)
        ]
        if conflicts:
            return min(conflicts, key=_shortness)
    needed = others
    for other in others:
        fewer = [k for k in needed if k != other]
        if not is_possible(fewer):
            needed = fewer
    return _widen(problem, index, tuple(needed), limit=limit)


def _shortness(conflict: PresenceConflict) -> tuple[int, tuple[int, ...]]:
    short_s = conflict.short_s
    return (MAX_WIDENING_S + 1 if short_s is None else short_s), conflict.others


def _widen(
    problem: DayProblem, index: int, others: tuple[int, ...], *, limit: int
) -> PresenceConflict:
    """Find the least widening of the windows of some presences that lets all be met."""
    chosen = (index, *others)
    wanted = tuple(problem.presences[k] for k in chosen)

    def least(earlier: int, later: int) -> int | None:
        low, high = 0, MAX_WIDENING_S + 1
        while high - low > 1:
            s = (low + high) // 2
            wider = tuple(
                replace(wish, open_s=wish.open_s - s * earlier, close_s=wish.close_s + s * later)
                for wish in wanted
            )
            if can_meet(replace(problem, presences=wider), range(len(wider)), limit=limit):
                high = s
            else:
                low = s
        return high if high <= MAX_WIDENING_S else None

    return PresenceConflict(
        wish=index, others=others, open_earlier_s=least(1, 0), close_later_s=least(0, 1)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """The best timetable found, None if none is feasible, and the bound on its weight."""

    stops: tuple[Stop, ...] | None
    weight: int
    bound: int


def _search(problem: DayProblem, *, limit: int, goal: int = 0) -> _Found:
    """Search with ever more wishes remembered, until proved or the bound is below the goal.

    The first search always runs to its end, so that there is a timetable if one is feasible.
    """
    numbers = _Numbers.of(problem)
    remembered = list(range(len(numbers.order))) if len(numbers.order) <= _FEW else []
    stops: tuple[Stop, ...] | None = None
    weight, bound = 0, sum(wish.weight for wish in problem.presences)
    left, step = np.empty((loops.STATES, problem.size + 1, 0), dtype=np.int64), 1
    while len(remembered) <= _MAX_BITS:
        is_first = stops is None
        labels, is_done = numbers.grow(
            remembered,
            left,
            step,
            floor=-1 if is_first else weight,
            limit=int(NO_TIME) if is_first else limit,
        )
        limit -= len(labels)
        days = numbers.whole_days(labels)
        if len(days):
            best = numbers.best(labels, days, loops.DISTINCT)
            if is_first or labels[best, loops.DISTINCT] > weight:
                weight = int(labels[best, loops.DISTINCT])
                stops = numbers.stops(labels, best)
        elif is_first:
            return _Found(stops=None, weight=0, bound=0)
        if not is_done:
            break
        heaviest = int(labels[days, loops.WEIGHT].max(initial=0))
        bound = min(bound, max(weight, heaviest))
        if bound == weight or bound < goal:
            break
        best = numbers.best(labels, days, loops.WEIGHT)
        remembered += numbers.met_twice(numbers.stops(labels, best))
        if not left.size:
            left, step = numbers.completions()
    return _Found(stops=stops, weight=weight, bound=bound)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbers:
    """A problem as the loops take it.

    Attributes
    ----------
    order
        Indices of the wished presences, in the order of places.
    place
        Shape (wishes,): the place of each in that order.
    """

    problem: DayProblem
    roads: loops.Roads
    rules: loops.Rules
    order: tuple[int, ...]
    place: Ints

    @classmethod
    def of(cls, problem: DayProblem) -> _Numbers:
        n = problem.size
        rows = {building: row for row, building in enumerate(problem.building_ids)}
        places = [rows[wish.building_id] for wish in problem.presences]
        order = sorted(range(len(places)), key=places.__getitem__)
        drive = np.zeros((len(problem.period_begins_s), n + 1, n + 1), dtype=np.int64)
        drive[:, :n, :n] = problem.drive_s
        drive[:, n, :n] = problem.from_base_s
        drive[:, :n, n] = problem.to_base_s
        begins = problem.period_begins_s
        leave_by = [latest_departure(begins, drive, k, n, problem.end_s) for k in range(n + 1)]
        return cls(
            problem=problem,
            roads=loops.Roads(
                begins,
                drive,
                np.array(leave_by, dtype=np.int64),
                _is_stop_quicker(drive, problem.dwell_s),
            ),
            rules=loops.Rules(*(getattr(problem, name) for name in loops.Rules._fields)),
            order=tuple(order),
            place=np.array([places[k] for k in order], dtype=np.int64),
        )

    def wishes(self, remembered: Sequence[int]) -> loops.Wishes:
        problem, roads = self.problem, self.roads
        listed = [problem.presences[k] for k in self.order]
        presence_s = problem.presence_s
        last_s = np.array(
            [
                w.close_s - presence_s if w.open_s + presence_s <= w.close_s else -1  # too short
                for w in listed
            ],
            dtype=np.int64,
        )
        bit = np.zeros(len(listed), dtype=np.int64)
        bit[remembered] = 1 << np.arange(len(remembered), dtype=np.int64)
        reach = np.full((problem.size + 1, len(remembered)), NO_TIME, dtype=np.int64)
        if not roads.is_stop_quicker:
            for p in range(problem.size + 1):
                for k, w in enumerate(remembered):
                    reach[p, k] = latest_departure(
                        roads.begins, roads.drive, p, self.place[w], last_s[w]
                    )
        return loops.Wishes(
            first=np.searchsorted(self.place, np.arange(problem.size + 1)),
            open_s=np.array([w.open_s for w in listed], dtype=np.int64),
            last_s=last_s,
            weight=np.array([w.weight for w in listed], dtype=np.int64),
            bit=bit,
            remembered=np.array(remembered, dtype=np.int64),
            reach=reach,
        )

    def completions(self) -> tuple[Ints, int]:
        """Bound what partial days can still meet; also the step of time."""
        problem, n = self.problem, self.problem.size
        step = min(_STEP_S, problem.dwell_s, problem.break_s or _STEP_S)
        steps = (problem.end_s - problem.start_s) // step + 1
        left = np.full((loops.STATES, n + 1, steps), -1, dtype=np.int64)
        visits = np.full((loops.STATES, n, steps), -1, dtype=np.int64)
        breaks = np.full((n, steps), -1, dtype=np.int64)
        loops.bound_completions(self.roads, self.wishes([]), self.rules, step, left, visits, breaks)
        return left, step

    def grow(
        self, remembered: Sequence[int], left: Ints, step: int, *, floor: int, limit: int
    ) -> tuple[Ints, bool]:
        """Grow days; also whether none was left out."""
        problem, n = self.problem, self.problem.size
        labels = np.zeros((1024, loops.FIELDS), dtype=np.int64)
        labels[0, loops.PLACE] = n
        labels[0, loops.READY] = problem.start_s
        labels[0, loops.STATE] = loops.BEFORE_BREAK if problem.break_s > 0 else loops.NO_BREAK_LEFT
        labels[0, [loops.PARENT, loops.NEXT_THERE, loops.NEXT_THEN]] = -1
        there = np.full(loops.STATES * (n + 1), -1, dtype=np.int64)
        then = np.full(max(problem.end_s - problem.start_s, 0) + 1, -1, dtype=np.int64)
        then[0] = 0
        labels, count, is_done = loops.grow_days(
            self.roads,
            self.wishes(remembered),
            self.rules,
            left,
            step,
            floor,
            limit,
            labels,
            there,
            then,
        )
        return labels[:count], bool(is_done)

    def whole_days(self, labels: Ints) -> Ints:
        """Labels from which the officer can go home, with the break taken."""
        found: Ints = np.flatnonzero(
            (labels[:, loops.STATE] != loops.BEFORE_BREAK)
            & (labels[:, loops.READY] <= self.roads.leave_by[labels[:, loops.PLACE]])
        )
        return found

    def best(self, labels: Ints, days: Ints, field: int) -> int:
        """Whole day with most of a field, then most distinct weight, least driving, first places."""
        for by in (field, loops.DISTINCT):
            days = days[labels[days, by] == labels[days, by].max()]
        driven = np.array([self.driven_s(labels, at) for at in days])
        days = days[driven == driven.min()]
        return int(min(days, key=lambda at: [stop.place for stop in self.stops(labels, at)]))

    def driven_s(self, labels: Ints, at: int) -> int:
        """Seconds of all drives of a whole day, that to the base among them."""
        base, begins, drive = self.problem.size, self.roads.begins, self.roads.drive
        place, ready = labels[at, loops.PLACE], labels[at, loops.READY]
        home = earliest_arrival(begins, drive, place, base, ready)
        back_s = home - latest_departure(begins, drive, place, base, home)
        return int(labels[at, loops.DRIVEN] + back_s)

    def stops(self, labels: Ints, at: int) -> tuple[Stop, ...]:
        """The stops of a label; each ends when the officer must leave for the next."""
        stops: list[Stop] = []
        while at > 0:
            place, arrival, departure, on_break = (int(value) for value in labels[at, :4])
            if stops and not on_break:
                goal = stops[-1]
                by = latest_departure(
                    self.roads.begins, self.roads.drive, place, goal.place, goal.arrival_s
                )
                departure = max(departure, int(by))
            stops.append(
                Stop(
                    place=place,
                    arrival_s=arrival,
                    departure_s=departure,
                    is_break=bool(on_break),
                )
            )
            at = int(labels[at, loops.PARENT])
        return tuple(reversed(stops))

    def met_twice(self, stops: Sequence[Stop]) -> list[int]:
        """Wishes, in the order of places, that more than one stop meets."""
        times = np.zeros(len(self.order), dtype=np.int64)
        for stop in stops:
            met = _met(self.problem, [stop])
            times += np.isin(self.order, met)
        return [int(w) for w in np.flatnonzero(times > 1)]


def _met(problem: DayProblem, stops: Sequence[Stop]) -> tuple[int, ...]:
    """Indices of the presences that some stops meet."""
    stays: dict[str, list[tuple[int, int]]] = {}
    for stop in stops:
        if not stop.is_break:
            building = problem.building_ids[stop.place]
            stays.setdefault(building, []).append((stop.arrival_s, stop.departure_s))
    met = met_presences(problem.presences, stays, presence_s=problem.presence_s)
    return tuple(k for k, is_met in enumerate(met) if is_met)


def _is_stop_quicker(drive: Ints, dwell_s: int) -> bool:
    """Whether a visit on the way may be quicker than a direct drive, in the traffic of any hour."""
    n = drive.shape[1] - 1
    later = np.minimum.accumulate(drive[::-1], axis=0)[::-1]
    direct = drive.copy()
    direct[:, np.arange(n + 1), np.arange(n + 1)] = 0
    for k in range(n):
        way = drive[:, :, k, None] + dwell_s + later[:, k, None, :]
        way[:, k, :] = way[:, :, k] = NO_TIME
        if (way < direct).any():
            return True
    return False
