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

from collections.abc import Callable, Iterable, Sequence
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
    WishedPresence,
    earliest_arrival,
    latest_departure,
    met_presences,
)
from zoning.units import clock

LABEL_LIMIT: Final = 200_000
"""Partial days after which a search ends without a proof. Our choice: 7 buildings need hundreds, 50
some 20,000 and 143 some 80,000; each is compared with others, so that the time grows faster."""

MAX_WIDENING_S: Final = 3600
"""Windows are widened by no more than this to find what would allow presences that conflict: a
presence an hour from the bell is none."""

_STEP_S: Final = 60  # of the bound on what can still be met: 480 steps a shift, computed in 0.05 s
_MAX_BITS: Final = 62  # remembered wishes are bits of a signed integer of 64
_MAX_ENUMERATED: Final = 2  # other presences in a conflict that is proved the smallest
_QUESTION_LIMIT: Final = 10_000  # partial days of one question about a conflict: 0.1 s

_ENGINE: Final = "exact search over partial days (label setting)"


@dataclass(frozen=True, slots=True, kw_only=True)
class PresencePlan:
    """A day of shortest stays that meets as much as was found.

    Attributes
    ----------
    stops
        In order of time, the break among them. An officer who has to wait does so before leaving,
        as part of the visit.
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
    found = _search(_Day.of(problem), limit=limit)
    if found.stops is None:
        raise ScheduleError(
            f"no day from {clock(problem.start_s)} to {clock(problem.end_s)} has room for a break "
            f"of {problem.break_s / 60:g} min that begins from {clock(problem.break_from_s)} to "
            f"{clock(problem.break_to_s)}, with the drives from and to the base",
            remedy="Lengthen the shift, move or shorten the break, or choose a nearer base.",
        )
    return PresencePlan(
        stops=found.stops,
        met=_met(problem, problem.presences, found.stops),
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
    wanted = [problem.presences[k] for k in sorted(set(indices))]
    answer = _can_meet(_Day.of(problem), wanted, limit=limit)
    if answer is None:
        raise ScheduleError(
            f"whether {len(wanted)} presences can be met in one day was not decided within "
            f"{limit:,} partial days",
            remedy="Raise the limit, or ask for fewer presences.",
        )
    return answer


def _can_meet(day: _Day, wanted: Sequence[WishedPresence], *, limit: int) -> bool | None:
    """Whether all can be met; None if the work limit comes first."""
    if len(wanted) > _MAX_BITS:
        return None
    day = day.with_wishes([replace(wish, weight=1) for wish in wanted])
    bound = loops.Bound(day.no_bound(), 1, floor=len(wanted) - 1)
    labels, is_done = day.grow(day.numbers(range(len(wanted))), bound, limit=limit)
    if len(wanted) in labels[day.whole_days(labels), loops.WEIGHT]:
        return True
    return False if is_done else None


def conflict_of(problem: DayProblem, index: int, met: Iterable[int]) -> PresenceConflict | None:
    """Find the fewest met presences that cannot be met together with a missed one.

    Where several sets are equally small, windows near that of the missed one are preferred. Up to
    two others are proved to be the fewest; of more, none could be left out within the work limit.

    Parameters
    ----------
    index
        The missed presence, of ``problem.presences``.
    met
        Indices of the presences that a timetable meets.

    Returns
    -------
    PresenceConflict or None
        None if no conflict was found: the timetable is not proved to be the best.
    """
    day, wishes = _Day.of(problem), problem.presences
    missed = wishes[index]
    others = sorted(set(met) - {index}, key=lambda k: (abs(wishes[k].open_s - missed.open_s), k))

    def is_possible(chosen: Iterable[int], *, earlier_s: int = 0, later_s: int = 0) -> bool | None:
        wanted = [
            replace(
                wishes[k], open_s=wishes[k].open_s - earlier_s, close_s=wishes[k].close_s + later_s
            )
            for k in (index, *chosen)
        ]
        return _can_meet(day, wanted, limit=_QUESTION_LIMIT)

    # A day that meets it and as many of the others as possible: each conflict has one of the rest.
    wanted = [replace(missed, weight=len(others) + 1)]
    wanted += [replace(wishes[k], weight=1) for k in others]
    found = _search(day.with_wishes(wanted), limit=LABEL_LIMIT)
    rest = set(others) - set(_met(problem, wishes, found.stops or ()))
    conflict = next(
        (
            chosen
            for size in range(_MAX_ENUMERATED + 1)
            for chosen in combinations(others, size)
            if not (chosen and rest.isdisjoint(chosen)) and is_possible(chosen) is False
        ),
        None,
    )
    if conflict is None:
        if found.bound == sum(wish.weight for wish in wanted):
            return None
        conflict = tuple(others)
        for other in reversed(others):
            fewer = tuple(k for k in conflict if k != other)
            if is_possible(fewer) is False:
                conflict = fewer
    return PresenceConflict(
        wish=index,
        others=tuple(sorted(conflict)),
        open_earlier_s=_least(lambda s: is_possible(conflict, earlier_s=s) is True),
        close_later_s=_least(lambda s: is_possible(conflict, later_s=s) is True),
    )


def _least(is_enough: Callable[[int], bool]) -> int | None:
    """Least widening that is enough, by halving; None if an hour is not."""
    if not is_enough(MAX_WIDENING_S):
        return None
    low, high = 0, MAX_WIDENING_S
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """The best timetable found, None if none is feasible, and the bound on its weight."""

    stops: tuple[Stop, ...] | None
    weight: int
    bound: int


def _search(day: _Day, *, limit: int) -> _Found:
    """Search with ever more wishes remembered, until proved.

    The first search always runs to its end, so that there is a timetable if one is feasible.
    """
    remembered: list[int] = []
    stops: tuple[Stop, ...] | None = None
    weight, most = 0, sum(wish.weight for wish in day.wishes)
    bound = loops.Bound(day.no_bound(), 1, floor=-1)
    while len(remembered) <= _MAX_BITS:
        is_first = stops is None
        wishes = day.numbers(remembered)
        labels, is_done = day.grow(wishes, bound, limit=int(NO_TIME) if is_first else limit)
        limit -= len(labels)
        days = day.whole_days(labels)
        if len(days):
            best = day.best(labels, days, loops.DISTINCT)
            if is_first or labels[best, loops.DISTINCT] > weight:
                weight = int(labels[best, loops.DISTINCT])
                stops = day.stops(labels, best)
        elif is_first:
            return _Found(stops=None, weight=0, bound=0)
        if not is_done:
            break
        most = min(most, max(weight, int(labels[days, loops.WEIGHT].max(initial=0))))
        if most == weight:
            break
        best = day.best(labels, days, loops.WEIGHT)
        remembered += day.met_twice(day.stops(labels, best))
        left = bound.left if bound.left.size else day.completions(wishes)
        bound = loops.Bound(left, day.step_s, floor=weight)
    return _Found(stops=stops, weight=weight, bound=most)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Day:
    """A problem as the loops take it.

    Attributes
    ----------
    wishes
        In the order of places.
    places
        Shape (wishes,): the place of each.
    """

    problem: DayProblem
    roads: loops.Roads
    rules: loops.Rules
    wishes: tuple[WishedPresence, ...]
    places: Ints

    @classmethod
    def of(cls, problem: DayProblem) -> _Day:
        n = problem.size
        # Copies: numba compiles anew for arrays that are read-only.
        begins = np.array(problem.period_begins_s, dtype=np.int64)
        drive = problem.drives_with_base()
        leave_by = [latest_departure(begins, drive, k, n, problem.end_s) for k in range(n + 1)]
        day = cls(
            problem=problem,
            roads=loops.Roads(
                begins,
                drive,
                np.array(leave_by, dtype=np.int64),
                _is_stop_quicker(drive, problem.dwell_s),
            ),
            rules=loops.Rules(*(int(getattr(problem, name)) for name in loops.Rules._fields)),
            wishes=(),
            places=np.empty(0, dtype=np.int64),
        )
        return day.with_wishes(problem.presences)

    def with_wishes(self, wishes: Sequence[WishedPresence]) -> _Day:
        """The same day with other wished presences."""
        rows = {building: row for row, building in enumerate(self.problem.building_ids)}
        ordered = sorted(wishes, key=lambda wish: rows[wish.building_id])
        places = np.array([rows[wish.building_id] for wish in ordered], dtype=np.int64)
        return replace(self, wishes=tuple(ordered), places=places)

    @property
    def size(self) -> int:
        return self.problem.size

    @property
    def step_s(self) -> int:
        """Step of time of the bound on completions."""
        return min(_STEP_S, self.rules.dwell_s, self.rules.break_s or _STEP_S)

    def numbers(self, remembered: Sequence[int]) -> loops.Wishes:
        roads, presence_s = self.roads, self.rules.presence_s
        last_s = np.array(
            [
                wish.close_s - presence_s if wish.open_s + presence_s <= wish.close_s else -1
                for wish in self.wishes
            ],
            dtype=np.int64,
        )
        bit = np.zeros(len(self.wishes), dtype=np.int64)
        bit[remembered] = 1 << np.arange(len(remembered), dtype=np.int64)
        reach = np.full((self.size + 1, len(remembered)), NO_TIME, dtype=np.int64)
        if not roads.is_stop_quicker:
            for p in range(self.size + 1):
                for k, w in enumerate(remembered):
                    reach[p, k] = latest_departure(
                        roads.begins, roads.drive, p, self.places[w], last_s[w]
                    )
        return loops.Wishes(
            first=np.searchsorted(self.places, np.arange(self.size + 1)),
            open_s=np.array([wish.open_s for wish in self.wishes], dtype=np.int64),
            last_s=last_s,
            weight=np.array([wish.weight for wish in self.wishes], dtype=np.int64),
            bit=bit,
            remembered=np.array(remembered, dtype=np.int64),
            reach=reach,
        )

    def no_bound(self) -> Ints:
        """A bound on completions without steps."""
        return np.empty((loops.STATES, self.size + 1, 0), dtype=np.int64)

    def completions(self, wishes: loops.Wishes) -> Ints:
        """Bound what partial days can still meet, from each step of time on."""
        n, steps = self.size, (self.rules.end_s - self.rules.start_s) // self.step_s + 1
        left = np.full((loops.STATES, n + 1, steps), -1, dtype=np.int64)
        visits = np.full((loops.STATES, n, steps), -1, dtype=np.int64)
        breaks = np.full((n, steps), -1, dtype=np.int64)
        bound = loops.Bound(left, self.step_s, floor=-1)
        loops.bound_completions(self.roads, wishes, self.rules, bound, visits, breaks)
        return left

    def grow(self, wishes: loops.Wishes, bound: loops.Bound, *, limit: int) -> tuple[Ints, bool]:
        """Grow days; also whether the search ended by itself."""
        rules, n = self.rules, self.size
        labels = np.zeros((1024, loops.FIELDS), dtype=np.int64)
        labels[0, loops.PLACE] = n
        labels[0, loops.READY] = rules.start_s
        labels[0, loops.STATE] = loops.BEFORE_BREAK if rules.break_s > 0 else loops.NO_BREAK_LEFT
        labels[0, [loops.PARENT, loops.NEXT_THERE, loops.NEXT_THEN]] = -1
        there = np.full(loops.STATES * (n + 1), -1, dtype=np.int64)
        then = np.full(max(rules.end_s - rules.start_s, 0) + 1, -1, dtype=np.int64)
        then[0] = 0
        labels, count, is_done = loops.grow_days(
            self.roads, wishes, rules, bound, loops.Lists(there, then), labels, limit
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
        """Day with most of a field, then most distinct weight, least driving, first places."""
        for by in (field, loops.DISTINCT):
            days = days[labels[days, by] == labels[days, by].max()]
        driven = np.array([self.driven_s(labels, at) for at in days])
        days = days[driven == driven.min()]
        return int(min(days, key=lambda at: [stop.place for stop in self.stops(labels, at)]))

    def driven_s(self, labels: Ints, at: int) -> int:
        """Seconds of all drives of a whole day, that to the base among them."""
        begins, drive = self.roads.begins, self.roads.drive
        place, ready = labels[at, loops.PLACE], labels[at, loops.READY]
        home = earliest_arrival(begins, drive, place, self.size, ready)
        back_s = home - latest_departure(begins, drive, place, self.size, home)
        return int(labels[at, loops.DRIVEN] + back_s)

    def stops(self, labels: Ints, at: int) -> tuple[Stop, ...]:
        """The stops of a label; a visit ends when the officer must leave for the next stop."""
        begins, drive = self.roads.begins, self.roads.drive
        stops: list[Stop] = []
        while at > 0:
            place, arrival, departure, on_break = (int(value) for value in labels[at, :4])
            if stops and not on_break:
                goal = stops[-1]
                leave_by = latest_departure(begins, drive, place, goal.place, goal.arrival_s)
                departure = max(departure, int(leave_by))
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
        times = [0] * len(self.wishes)
        for stop in stops:
            for w in _met(self.problem, self.wishes, [stop]):
                times[w] += 1
        return [w for w, count in enumerate(times) if count > 1]


def _met(
    problem: DayProblem, wishes: Sequence[WishedPresence], stops: Sequence[Stop]
) -> tuple[int, ...]:
    """Indices of the wishes that some stops meet."""
    stays: dict[str, list[tuple[int, int]]] = {}
    for stop in stops:
        if not stop.is_break:
            building = problem.building_ids[stop.place]
            stays.setdefault(building, []).append((stop.arrival_s, stop.departure_s))
    met = met_presences(wishes, stays, presence_s=problem.presence_s)
    return tuple(k for k, is_met in enumerate(met) if is_met)


def _is_stop_quicker(drive: Ints, dwell_s: int) -> bool:
    """Whether a visit on the way may be quicker than a direct drive, in the traffic of any hour."""
    n = drive.shape[1] - 1
    later = np.minimum.accumulate(drive[::-1], axis=0)[::-1]
    for k in range(n):
        way = drive[:, :, k, None] + dwell_s + later[:, k, None, :]
        way[:, k, :] = way[:, :, k] = NO_TIME
        if (way < drive).any():
            return True
    return False
