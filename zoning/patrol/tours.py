"""One officer's tour: exact visiting orders, proved by CP-SAT, and the stops of the day.

The windowed order is an orienteering problem with time windows (Kantor and
Rosenwein 1992) with the same prize for each building; the round is an asymmetric
travelling salesman problem. A zone has a handful of buildings, so the exact model
takes milliseconds. OR-Tools' routing library is not used, since it proves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ortools.sat.python import cp_model

from zoning.errors import ScheduleError

Interval = tuple[int, int]
Drive = Sequence[Sequence[int]]

DETERMINISTIC_LIMIT: Final = 20.0
"""Limit on the work of one solve, in CP-SAT's deterministic seconds. Our choice: zones of seven
buildings need thousandths of a second."""
_NEVER_LEFT: Final = -1  # before any time of the day, so that unvisited places come first


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitOrder:
    """Places in visiting order, by their row in the driving table.

    Attributes
    ----------
    places
        Row numbers; a windowed order may leave places out.
    proved
        Whether no better order exists; False when the work limit came first.
    """

    places: tuple[int, ...]
    proved: bool


def windowed_order(
    drive: Drive,
    slots: Sequence[Sequence[Interval]],
    *,
    dwell_s: int,
    seed: int = 0,
    limit: float = DETERMINISTIC_LIMIT,
) -> VisitOrder:
    """Find the order that serves most places in time and, among those, drives least.

    Parameters
    ----------
    drive
        Whole seconds from every place to every other.
    slots
        For each place the intervals (earliest, latest) in which service may
        begin, both ends included; none if the place has no window.
    dwell_s
        Seconds of service; the next place begins no earlier than the end of
        service plus the drive.

    Raises
    ------
    ScheduleError
        If the work limit is reached before any order is found.
    """
    served = [place for place, options in enumerate(slots) if options]
    if len(served) <= 1:
        return VisitOrder(places=tuple(served), proved=True)

    model = cp_model.CpModel()
    begin = {
        place: model.new_int_var_from_domain(
            cp_model.Domain.from_intervals([list(slot) for slot in slots[place]]), f"begin_{place}"
        )
        for place in served
    }
    earliest = {place: min(low for low, _ in slots[place]) for place in served}
    latest = {place: max(high for _, high in slots[place]) for place in served}

    depot = len(drive)
    arcs: list[tuple[int, int, cp_model.IntVar]] = []
    legs: dict[tuple[int, int], cp_model.IntVar] = {}
    skipped: dict[int, cp_model.IntVar] = {}
    for i in served:
        skipped[i] = model.new_bool_var(f"skip_{i}")
        arcs += [
            (i, i, skipped[i]),
            (depot, i, model.new_bool_var(f"first_{i}")),
            (i, depot, model.new_bool_var(f"last_{i}")),
        ]
        for j in served:
            after = dwell_s + drive[i][j]
            if i == j or earliest[i] + after > latest[j]:
                continue
            legs[i, j] = model.new_bool_var(f"leg_{i}_{j}")
            model.add(begin[j] >= begin[i] + after).only_enforce_if(legs[i, j])
    model.add_circuit(arcs + [(i, j, leg) for (i, j), leg in legs.items()])

    # Exceeds all possible driving, so that serving one more place is always better.
    prize = 1 + sum(max((drive[i][j] for j in served if (i, j) in legs), default=0) for i in served)
    model.minimize(
        sum(drive[i][j] * leg for (i, j), leg in legs.items())
        + prize * sum(skipped[i] for i in served)
    )
    solver, proved = _solve(model, len(served), seed=seed, limit=limit)

    after_place = {i: j for i, j, arc in arcs if i != j and solver.boolean_value(arc)}
    after_place |= {i: j for (i, j), leg in legs.items() if solver.boolean_value(leg)}
    places = []
    place = after_place[depot]
    while place != depot:
        places.append(place)
        place = after_place[place]
    return VisitOrder(places=tuple(places), proved=proved)


def shortest_round(
    drive: Drive, *, seed: int = 0, limit: float = DETERMINISTIC_LIMIT
) -> VisitOrder:
    """Find the closed tour of all places with the least driving, from place 0.

    Parameters
    ----------
    drive
        Whole seconds from every place to every other; may be asymmetric.

    Raises
    ------
    ScheduleError
        If the work limit is reached before any tour is found.
    """
    n = len(drive)
    if n <= 2:
        return VisitOrder(places=tuple(range(n)), proved=True)
    model = cp_model.CpModel()
    legs = {
        (i, j): model.new_bool_var(f"leg_{i}_{j}") for i in range(n) for j in range(n) if i != j
    }
    model.add_circuit([(i, j, leg) for (i, j), leg in legs.items()])
    model.minimize(sum(drive[i][j] * leg for (i, j), leg in legs.items()))
    solver, proved = _solve(model, n, seed=seed, limit=limit)
    after_place = {i: j for (i, j), leg in legs.items() if solver.boolean_value(leg)}
    places = [0]
    while (place := after_place[places[-1]]) != 0:
        places.append(place)
    return VisitOrder(places=tuple(places), proved=proved)


def _solve(
    model: cp_model.CpModel, size: int, *, seed: int, limit: float
) -> tuple[cp_model.CpSolver, bool]:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.catch_sigint_signal = False
    solver.parameters.random_seed = seed
    solver.parameters.max_deterministic_time = limit
    refused = ""
    try:
        status = solver.solve(model)
    except (AttributeError, RuntimeError, ValueError) as error:
        status, refused = cp_model.MODEL_INVALID, str(error)
    if status in (cp_model.MODEL_INVALID, cp_model.INFEASIBLE):
        raise ScheduleError(
            f"the solver does not take the visits of a zone of {size} buildings",
            [refused or f"it calls them {solver.status_name(status)}"],
            "Look for drives or windows that are longer than a day.",
        )
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise ScheduleError(
            f"no visiting order of {size} buildings was found within the solver's work limit",
            remedy="Split the zone into smaller ones.",
        )
    return solver, status == cp_model.OPTIMAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A stay at a place (row of the driving table), seconds after midnight."""

    place: int
    arrival_s: int
    departure_s: int


def earliest_begins(
    order: Sequence[int], drive: Drive, slots: Sequence[Sequence[Interval]], *, dwell_s: int
) -> list[int]:
    """Find the earliest beginning of service at each place of a feasible order, seconds."""
    begins: list[int] = []
    for k, place in enumerate(order):
        ready = begins[-1] + dwell_s + drive[order[k - 1]][place] if k else 0
        begins.append(min(max(low, ready) for low, high in slots[place] if ready <= high))
    return begins


def plan_stops(
    drive: Drive,
    *,
    start_s: int,
    end_s: int,
    dwell_s: int,
    windowed: Sequence[tuple[int, int]],
    tour: Sequence[int],
) -> list[Stay]:
    """Plan the stops of one day, from `start_s` to `end_s` without a gap.

    1. The windowed visits, given as (place, beginning of service), are fixed. The
       officer is at the first of them from the start of the day.
    2. While time allows before the next fixed visit, the officer visits the place
       left longest ago among those that leave time for the drive to that visit
       (idleness: Machado et al. 2002, Chevaleyre 2004); ties go to the shorter
       drive, then to the lower row.
    3. Afterwards the officer repeats the tour until the day's end. If the rest of
       the day is too short for the tour to reach every unvisited place, step 2
       continues instead, since it takes unvisited places first.

    Without windowed visits the day begins on the tour, after its longest leg, so
    that this leg is driven as seldom as possible. Spare time is spent at a
    place, never on the road, and no stay is shorter than the dwell unless the
    day itself is.

    References
    ----------
    Machado, Ramalho, Zucker and Drogoul (2002), Multi-agent patrolling: an
    empirical analysis of alternative architectures, MABS. Chevaleyre (2004),
    Theoretical analysis of the multi-agent patrolling problem, IAT.
    """
    day = _Day(drive=drive, dwell_s=dwell_s, end_s=end_s)
    if windowed:
        first, begin = windowed[0]
        day.go(first, start_s, ready_s=begin + dwell_s)
        for place, begin in windowed[1:]:
            day.fill(until=(place, begin))
            day.go(place, begin, ready_s=begin + dwell_s)
    else:
        day.go(_after_longest_leg(tour, drive), start_s, ready_s=start_s + dwell_s)
    rounds = day.rounds(tour)
    if day.unseen() - {place for place, _ in rounds}:
        day.fill(until=None)
    else:
        for place, arrival in rounds:
            day.go(place, arrival, ready_s=arrival + dwell_s)
    return day.stops()


@dataclass(slots=True)
class _Day:
    """A timetable under construction: arrivals so far, and when the officer may leave."""

    drive: Drive
    dwell_s: int
    end_s: int
    arrivals: list[tuple[int, int]] = field(default_factory=list)
    ready_s: int = 0
    left_s: dict[int, int] = field(default_factory=dict)

    @property
    def here(self) -> int:
        return self.arrivals[-1][0]

    def go(self, place: int, arrival_s: int, *, ready_s: int) -> None:
        if self.arrivals:
            self.left_s[self.here] = arrival_s - self.drive[self.here][place]
        self.arrivals.append((place, arrival_s))
        self.ready_s = ready_s

    def unseen(self) -> set[int]:
        return set(range(len(self.drive))) - {place for place, _ in self.arrivals}

    def fill(self, *, until: tuple[int, int] | None) -> None:
        """Visit the places left longest ago that fit before the next fixed visit."""
        goal, deadline = until if until is not None else (None, self.end_s)
        while True:
            row = self.drive[self.here]
            candidates = [
                (self.left_s.get(place, _NEVER_LEFT), row[place], place)
                for place in range(len(self.drive))
                if place not in (self.here, goal)
                and self.ready_s
                + row[place]
                + self.dwell_s
                + (0 if goal is None else self.drive[place][goal])
                <= deadline
            ]
            if not candidates:
                return
            _, seconds, place = min(candidates)
            arrival = self.ready_s + seconds
            self.go(place, arrival, ready_s=arrival + self.dwell_s)

    def rounds(self, tour: Sequence[int]) -> list[tuple[int, int]]:
        """List (place, arrival) along the tour from here, while a whole stay fits."""
        ahead: list[tuple[int, int]] = []
        if len(tour) == 1:
            return ahead
        at, here, ready = tour.index(self.here), self.here, self.ready_s
        while True:
            at = (at + 1) % len(tour)
            arrival = ready + self.drive[here][tour[at]]
            if arrival + self.dwell_s > self.end_s:
                return ahead
            here, ready = tour[at], arrival + self.dwell_s
            ahead.append((here, arrival))

    def stops(self) -> list[Stay]:
        leave = [
            arrival - self.drive[before][place]
            for (before, _), (place, arrival) in zip(self.arrivals, self.arrivals[1:], strict=False)
        ]
        return [
            Stay(place=place, arrival_s=arrival, departure_s=departure)
            for (place, arrival), departure in zip(self.arrivals, [*leave, self.end_s], strict=True)
        ]


def _after_longest_leg(tour: Sequence[int], drive: Drive) -> int:
    legs = [(drive[a][b], -b) for a, b in zip(tour, [*tour[1:], tour[0]], strict=True)]
    return -max(legs)[1]
