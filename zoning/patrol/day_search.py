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
    proof_labels
        Labels that all searches for a proof may make together.
    proof_buildings
        Largest problem for which the labels are tried.
    """

    orders: int = 20_000
    quick_labels: int = 40_000
    quick_width: int = 60
    proof_labels: int = 400_000
    proof_buildings: int = 8


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
    def _rules(self) -> tuple[Any, ...]:
        a = self.arrays
        return a.begins, a.drive, a.open_s, a.close_s

    def times(self, order: _Order, gap_s: int) -> tuple[Ints, Ints] | None:
        times = np.zeros((4, self.room), dtype=np.int64)
        if not day_order.set_times(
            day_order.ROUNDS, order.count, order.place, order.rest, order.latest, order.least, *self._rules,
            gap_limits(self.problem, gap_s), self.arrays.numbers, *times,
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

    def improve(self, order: _Order, gap_s: int, budget: int, *, for_gaps: bool) -> int:
        order.count, judged = day_order.improve_order(
            for_gaps, budget, order.count, order.place, order.rest, order.latest, order.least,
            *self._rules, gap_limits(self.problem, gap_s), self.scales, self.arrays.visits,
            self.arrays.numbers,
        )  # fmt: skip
        return int(judged)

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

    def find(self, gap_s: int, need: int, room: int, width: int) -> tuple[int, int, _Order | None]:
        """Label setting for a day with a gap of at most ``gap_s``."""
        a = self.arrays
        status, made, places, rests, aims = day_labels.find_day(
            *self._rules, gap_limits(self.problem, gap_s), a.numbers, a.place, a.latest_arrival,
            a.earliest_departure, a.weight, need, room, width,
        )  # fmt: skip
        if status != day_labels.FOUND:
            return status, made, None
        order = _Order.empty(self.room)
        for k in range(len(places) - 1, -1, -1):
            bits = int(aims[k])
            mine = [w for w in range(len(a.place)) if bits >> w & 1]
            order.add(
                int(places[k]),
                bool(rests[k]),
                min((int(a.latest_arrival[w]) for w in mine), default=ANY_TIME),
                max((int(a.earliest_departure[w]) for w in mine), default=0),
            )
        return status, made, order

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
        gap = self.least_gap(order, 0, self.whole)
        left = self.effort.orders
        while left > 0:
            left -= self.improve(order, gap, left, for_gaps=True)
            shorter = self.least_gap(order, 0, gap)
            if shorter == gap:
                break
            gap = shorter
        return gap

    def shorten(self, order: _Order, gap_s: int, need: int) -> tuple[_Order, int, int]:
        """A day with a shorter longest gap, that gap, and a bound that no such day is below."""
        effort = self.effort
        bound, low = 0, 0
        while low < gap_s:  # quickly, so that the proof has less to look at
            middle = (low + gap_s) // 2
            status, _, found = self.find(middle, need, effort.quick_labels, effort.quick_width)
            if found is not None:
                order, gap_s = found, self.least_gap(found, low, middle)
                continue
            low = middle + 1
            if status == day_labels.NONE:
                bound = low
        left, doubtful = effort.proof_labels, gap_s
        while bound < gap_s and left > 0:
            middle = gap_s - 1 if doubtful == gap_s else (bound + doubtful) // 2
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
    """Plan a whole day that meets as much as given presences.

    1. The order of the presences is filled with visits by local search.
    2. For small problems label setting looks for a day with a shorter longest gap, and proves
       that there is none (`day_labels`).
    3. Local search drives less, with the gap kept.
    """
    presences = presences or best_presences(problem)
    search = _Search(problem, effort or DayEffort())
    order = search.order_of(presences.stops)
    gap = search.fill(order)
    bound = 0
    if problem.size <= search.effort.proof_buildings and len(search.arrays.place) <= _BITS:
        order, gap, bound = search.shorten(order, gap, presences.weight)
    search.improve(order, gap, search.effort.orders, for_gaps=False)
    return PlannedDay(
        stops=search.stops(order, gap),
        weight=presences.weight,
        weight_bound=presences.weight_bound,
        gap_bound_s=bound or None,
        engine="label setting and local search",
    )
