"""Exact visiting orders within a zone, proved by CP-SAT.

The windowed order is an orienteering problem with time windows (Kantor and
Rosenwein 1992) whose every prize is one building; the round is the asymmetric
travelling salesman problem. Both are small here (a zone has a handful of
buildings), so the exact model takes milliseconds; OR-Tools' routing library
proves nothing and is not used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from zoning.errors import ScheduleError

Interval = tuple[int, int]
Drive = Sequence[Sequence[int]]

DETERMINISTIC_LIMIT = 20.0
"""Bound on the work of one solve, in CP-SAT's deterministic seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
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
) -> Order:
    """The order that serves most places in time and, among those, drives least.

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
        return Order(places=tuple(served), proved=True)

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

    # More than all the driving there could be: one place more always comes first.
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
    return Order(places=tuple(places), proved=proved)


def shortest_round(drive: Drive, *, seed: int = 0, limit: float = DETERMINISTIC_LIMIT) -> Order:
    """The closed tour of all places with the least driving, from place 0.

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
        return Order(places=tuple(range(n)), proved=True)
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
    return Order(places=tuple(places), proved=proved)


def _solve(
    model: cp_model.CpModel, size: int, *, seed: int, limit: float
) -> tuple[cp_model.CpSolver, bool]:
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.catch_sigint_signal = False
    solver.parameters.random_seed = seed
    solver.parameters.max_deterministic_time = limit
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise ScheduleError(
            f"no visiting order of {size} buildings was found within the solver's work limit",
            remedy="Split the zone into smaller ones.",
        )
    return solver, status == cp_model.OPTIMAL
