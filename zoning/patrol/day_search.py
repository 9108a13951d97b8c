"""Plan an officer's whole day, layer by layer: presences, longest gap, driving."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from zoning.patrol import day_labels, day_order
from zoning.patrol.day_order import ANY_TIME, DayArrays, gap_limits
from zoning.patrol.day_problem import DayProblem, Ints, PlannedDay, Stop
from zoning.patrol.presences import PresencePlan, best_presences

_BITS: Final = 62
"""Presences that fit into one whole number of the machine."""
_ALL: Final = 2**62
_FILLS: Final = 4  # the longest gap is shortened after each
_SEED: Final = 20_261_101


@dataclass(frozen=True, slots=True, kw_only=True)
class DayEffort:
    """How much work the search of one day may take; counted, never timed.

    Attributes
    ----------
    orders
        Orders of stops that local search may judge in each layer.
    quick_labels, quick_width
        Labels of one quick search for a day with a shorter gap, and how many are kept in each
        slice of time.
    proof_buildings
        Largest problem for which labels are made at all; 0 for none.
    proof_labels
        Labels of all searches for a proof of the longest gap.
    exact_buildings, bound_labels
        Larger problems than that make only ``bound_labels``, for a bound and no proof.
    """

    orders: int = 20_000
    quick_labels: int = 40_000
    quick_width: int = 60
    proof_buildings: int = 8
    proof_labels: int = 600_000
    exact_buildings: int = 5
    bound_labels: int = 60_000


@dataclass(slots=True, eq=False)
class _Order:
    """An order of stops in arrays with room for more."""

    count: int
    place: Ints
    rest: Ints
    latest: Ints
    least: Ints

    @classmethod
    def empty(cls, room: int) -> _Order:
        return cls(
            count=0,
            place=np.zeros(room, dtype=np.int64),
            rest=np.zeros(room, dtype=np.int64),
            latest=np.full(room, ANY_TIME, dtype=np.int64),
            least=np.zeros(room, dtype=np.int64),
        )

    def add(self, place: int, rest: bool, latest: int = ANY_TIME, least: int = 0) -> None:
        k = self.count
        self.place[k], self.rest[k], self.latest[k], self.least[k] = place, rest, latest, least
        self.count += 1

    def take(self, other: _Order) -> None:
        """Become another order."""
        self.count = other.count
        for mine, theirs in zip(self._arrays, other._arrays, strict=True):
            mine[:] = theirs

    def empty_stretch(self, begin: int, end: int) -> None:
        """Drop the visits among some stops that no presence needs."""
        k = np.arange(self.count)
        kept = (k < begin) | (k >= end) | (self.rest[k] > 0) | (self.latest[k] < ANY_TIME)
        for array in self._arrays:
            array[: kept.sum()] = array[: self.count][kept]
        self.count = int(kept.sum())

    @property
    def _arrays(self) -> tuple[Ints, ...]:
        return self.place, self.rest, self.latest, self.least

    def copy(self) -> _Order:
        return _Order(
            self.count, self.place.copy(), self.rest.copy(), self.latest.copy(), self.least.copy()
        )


class _Search:
    """The search of one day."""

    def __init__(self, problem: DayProblem, effort: DayEffort) -> None:
        self.problem, self.effort = problem, effort
        self.arrays = DayArrays.of(problem)
        wishes = np.asarray(problem.wished_gap_s, dtype=np.int64)
        base = int(wishes.max(initial=0))
        self.scales = np.where(wishes > 0, base / np.maximum(wishes, 1), 1.0)
        self.room = 2 * ((problem.end_s - problem.start_s) // max(1, problem.dwell_s)) + 8
        self.whole = int(
            np.ceil(np.max((self.arrays.close_s - self.arrays.open_s) * self.scales, initial=0))
        )

    @property
    def _rules(self) -> tuple[Any, Any, Any, Any]:
        a = self.arrays
        return a.begins, a.drive, a.open_s, a.close_s

    def times(self, order: _Order, gap_s: int) -> tuple[Ints, Ints] | None:
        times = np.zeros((4, self.room), dtype=np.int64)
        if not day_order.set_times(
            day_order.ROUNDS, order.count, order.place, order.rest, order.latest, order.least,
            *self._rules, gap_limits(self.problem, gap_s), self.arrays.numbers,
            times[0], times[1], times[2], times[3],
        ):  # fmt: skip
            return None
        return times[0], times[1]

    def least_gap(self, order: _Order, low: int, high: int) -> int:
        """Least longest gap of an order that has one of ``high``, by bisection."""
        while low < high:
            middle = (low + high) // 2
            if self.times(order, middle) is None:
                low = middle + 1
            else:
                high = middle
        return high

    def improve(self, order: _Order, gap_s: int, budget: int, *, for_gaps: bool) -> float:
        """Make an order better, in place, with gaps of at most ``gap_s``; gives its worth.

        Iterated local search: a stretch of the day is emptied, filled anew, and kept if it is no
        worse. Which stretch follows from a fixed sequence of numbers, the same on every machine.
        """
        rules = (*self._rules, gap_limits(self.problem, gap_s), self.scales, self.arrays.visits,
                 self.arrays.numbers)  # fmt: skip
        left, best, is_longer = budget, np.inf, False
        draw = _SEED
        trial = order.copy()
        while left > 0:
            trial.count, judged, worth = day_order.improve_order(
                for_gaps, left, trial.count, trial.place, trial.rest, trial.latest, trial.least,
                *rules,
            )  # fmt: skip
            left -= judged
            if worth <= best and worth < np.inf:  # an order whose times are not found is none
                best = worth
                order.take(trial)
            if best == 0 or order.count < 3 or self.problem.size == 1:
                break
            if left <= 0 and not is_longer and not for_gaps and best >= day_order.MISSING_VISIT:
                left, is_longer = budget, True  # a visit that is wished is worth another try
            trial = order.copy()
            draw = draw * 1103515245 + 12345 & 0x7FFFFFFF  # the generator of ISO C
            begin = (draw >> 8) % order.count
            trial.empty_stretch(begin, begin + 2 + (draw >> 20) % 6)
        return float(best)

    def stops(self, order: _Order, gap_s: int) -> tuple[Stop, ...]:
        times = self.times(order, gap_s)
        assert times is not None
        a, d = times
        return tuple(
            Stop(
                place=int(order.place[k]),
                arrival_s=int(a[k]),
                departure_s=int(d[k]),
                is_break=bool(order.rest[k]),
            )
            for k in range(order.count)
        )

    def driving(self, stops: tuple[Stop, ...]) -> int:
        """Seconds of all drives of a timetable."""
        values = np.zeros(6)
        place, rest, arrival, departure = (
            np.array([int(getattr(stop, name)) for stop in stops], dtype=np.int64)
            for name in ("place", "is_break", "arrival_s", "departure_s")
        )
        day_order.measure_day(
            len(stops), place, rest, arrival, departure, *self._rules, self.scales,
            self.arrays.visits, self.arrays.numbers, values,
        )  # fmt: skip
        return int(values[5])

    def find(
        self, gap_s: int, need: int, room: int, width: int, *, among: Ints | None = None
    ) -> tuple[int, int, _Order | None]:
        """Label setting for a day with a gap of at most ``gap_s``, among some presences or all."""
        a = self.arrays
        if among is None:
            among = np.arange(len(a.place))
        latest, least = a.latest_arrival[among], a.earliest_departure[among]
        status, made, places, rests, aims = day_labels.find_day(
            *self._rules, gap_limits(self.problem, gap_s), a.numbers, a.place[among], latest,
            least, a.weight[among], need, room, width,
        )  # fmt: skip
        if status != day_labels.FOUND:
            return status, made, None
        order = _Order.empty(self.room)
        for k in range(len(places) - 1, -1, -1):
            mine = [w for w in range(len(among)) if int(aims[k]) >> w & 1]
            order.add(
                int(places[k]),
                bool(rests[k]),
                min((int(latest[w]) for w in mine), default=ANY_TIME),
                max((int(least[w]) for w in mine), default=0),
            )
        return status, made, order

    def counted_bound(self) -> int:
        """A bound on the longest gap, from the visits for which a shift has time.

        Each visit needs a stay and, but for the first and one after the break, a drive of ``m``
        seconds or more. If there is no time to visit all buildings, one is left without. Else V
        visits leave V + n gaps or fewer, which sum up to the open hours less the stays; and
        stays, break and drives last no longer than the shift. Presences are left out, which can
        only lower the bound, and a wish never counts a gap shorter than it is.
        """
        p, a = self.problem, self.arrays
        n, shift = p.size, p.end_s - p.start_s - p.break_s
        apart = ~np.eye(n, dtype=bool)
        m = int(p.drive_s[:, apart].min()) if n > 1 else 0
        free = 1 + (p.break_s > 0)
        most = (shift + free * m) // (p.dwell_s + m)
        hours = np.sort(a.close_s - a.open_s)
        hours = hours[hours > 0]
        if len(hours) > most:
            return int(hours[len(hours) - most - 1])
        stays = [shift - max(0, visits - free) * m for visits in range(most + 1)]
        return max(
            0,
            min(
                -((stay - int(hours.sum())) // (visits + max(1, len(hours))))
                for visits, stay in enumerate(stays)
            ),
        )

    def order_of(self, stops: tuple[Stop, ...]) -> _Order:
        """The order of a timetable, with each presence met tied to the stop that meets it."""
        order, a = _Order.empty(self.room), self.arrays
        for stop in stops:
            order.add(stop.place, stop.is_break)
        for w in range(len(a.place)):
            for k, stop in enumerate(stops):
                if (
                    not stop.is_break
                    and stop.place == a.place[w]
                    and stop.arrival_s <= a.latest_arrival[w]
                    and stop.departure_s >= a.earliest_departure[w]
                ):
                    order.latest[k] = min(order.latest[k], a.latest_arrival[w])
                    order.least[k] = max(order.least[k], a.earliest_departure[w])
                    break
        return order

    def fill(self, order: _Order) -> int:
        """Fill an order with visits, in place; gives its longest gap."""
        gap = self.whole
        for _ in range(_FILLS):
            self.improve(order, gap, self.effort.orders // _FILLS, for_gaps=True)
            gap = self.least_gap(order, 0, gap)
        return gap

    def shorten(
        self, order: _Order, gap_s: int, bound: int, presences: PresencePlan
    ) -> tuple[_Order, int, int]:
        """A day with a shorter longest gap, that gap, and a bound that no such day is below."""
        effort, need = self.effort, presences.weight
        low = bound
        chosen = np.array([self.arrays.wished.index(w) for w in presences.met], dtype=np.int64)
        while low < gap_s:  # quickly, for the presences chosen, so that the proof sees less
            middle = (low + gap_s) // 2
            _, _, found = self.find(
                middle, need, effort.quick_labels, effort.quick_width, among=chosen
            )
            if found is None:
                low = middle + 1
            else:
                order, gap_s = found, self.least_gap(found, low, middle)
        is_small = self.problem.size <= effort.exact_buildings
        left, doubtful = effort.proof_labels if is_small else effort.bound_labels, gap_s
        while bound < gap_s and left > 0:
            middle = gap_s - 1 if is_small and doubtful == gap_s else (bound + doubtful) // 2
            status, made, found = self.find(middle, need, left, _ALL)
            if found is not None:
                order, gap_s = found, self.least_gap(found, bound, middle)
                doubtful = gap_s
                left -= made
            elif status == day_labels.NONE:
                bound = middle + 1
                left -= made
            else:
                doubtful = middle
                left //= 2
            if bound >= doubtful:
                break
        return order, gap_s, bound


def plan_day(
    problem: DayProblem,
    *,
    presences: PresencePlan | None = None,
    effort: DayEffort | None = None,
) -> PlannedDay:
    """Plan a whole day, layer by layer.

    1. The presences that are met weigh as much as `best_presences` found; they need not be the
       same.
    2. Among all timetables that meet as much, the longest time that a building is without a visit
       while open is made short (`day_order.gap_limits` says how wishes count). Local search fills
       the day with visits; for problems of up to ``effort.proof_buildings`` label setting
       (`day_labels`) looks for shorter gaps and for a proof that there are none. Then
       ``gap_bound_s`` holds for every timetable in whole seconds, with any stays of ``dwell_s``
       or more, and is the optimum if it equals the longest gap. For larger problems, and where
       the work ends first, it is what counting visits or the labels made until then have proved.
    3. With weight and gap kept, local search makes as few as possible buildings without a visit
       while open, then wished visits that are missing, then seconds stood beyond
       ``longest_stay_s`` or at a closed school, then seconds of driving. Without the limit on
       stays an officer who stands at one school would drive least. Nothing of this is proved,
       unless no drive is left.

    The day fills the shift: an officer with time to spare stays at the stop before the drive.

    Parameters
    ----------
    presences
        What `best_presences` found for this problem; computed if None.

    Raises
    ------
    ScheduleError
        If no timetable is feasible.

    References
    ----------
    Chevaleyre (2004), Theoretical analysis of the multi-agent patrolling problem, IAT (longest
    idleness). Koper (1995), Just enough police presence, Justice Quarterly 12: stays of 10 to 16
    minutes. Lourenço, Martin and Stützle (2003), Iterated local search.
    """
    presences = presences or best_presences(problem)
    search = _Search(problem, effort or DayEffort())
    order = search.order_of(presences.stops)
    gap = search.fill(order)
    bound, engine = search.counted_bound(), "local search"
    if problem.size <= search.effort.proof_buildings and len(search.arrays.place) <= _BITS:
        order, gap, bound = search.shorten(order, gap, bound, presences)
        engine = "label setting and local search"
    search.improve(order, gap, search.effort.orders, for_gaps=False)
    stops = search.stops(order, gap)
    return PlannedDay(
        stops=stops,
        weight=presences.weight,
        weight_bound=presences.weight_bound,
        gap_bound_s=bound,
        is_driving_proved=search.driving(stops) == 0,
        engine=engine,
    )
