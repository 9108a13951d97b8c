"""Zones as a constraint program: the heaviest zone, and whole plans.

Buildings of one group are one *unit*. Connectedness and the planner's own tests are left
out, so that the program allows every zone that the rules allow, and some more: what it
proves impossible is impossible, and a plan that it finds has to be checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
from ortools.sat.python import cp_model

from zoning.zones.arrays import Bools, Counts, Numbers, Zones
from zoning.zones.request.restrictions import CompanionCount, Load
from zoning.zones.search.interruptible import run_interruptibly
from zoning.zones.search.zone_space import ZoneSpace

# Loads become integers of a total of 1e9: a rounding of 1e-9 for each building, far below what
# planners type, and far from the 64 bits of the solver.
_LOAD_UNITS = 1e9
# Limit of one search for the heaviest zone, in the solver's own measure, about seconds: most take a
# hundredth. A workload can make one as hard as a knapsack. Our choice.
_ZONE_WORK = 0.2
# Loads of this many units more or less are a rounding error of the multiplication.
_SPARE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class _WholeLoad:
    """Bounds on a load in integers, rounded so that no zone within the bounds is lost."""

    floor: Numbers
    ceiling: Numbers
    least: int
    most: int | None


@dataclass(frozen=True, slots=True, eq=False)
class _Options:
    """Options of which each zone takes one: the units that each allows, and the one it needs."""

    allowed: Bools
    needs: Sequence[int]


@dataclass(frozen=True, slots=True)
class PricedZone:
    """A zone of greatest weight.

    Attributes
    ----------
    units
        The units of the heaviest zone that was found; None if none was.
    weight
        What it weighs.
    bound
        No zone weighs more; ``-inf`` if there is no zone, ``inf`` if nothing is known.
    continued
        The zone of today's plan that it continues; -1 for none.
    """

    units: tuple[int, ...] | None
    weight: int
    bound: float
    continued: int = -1


class ZoneProgram:
    """The zones of a space as a constraint program.

    Attributes
    ----------
    unit
        Shape (n,): the unit of each building.
    size
        Shape (units,): buildings of each unit.
    shared
        Shape (units, zones of today's plan): buildings of each unit in each of them.
    """

    def __init__(self, space: ZoneSpace) -> None:
        self.space = space
        self.unit = _number_units(space)
        self.units = int(self.unit.max()) + 1
        self.size = np.bincount(self.unit)
        self.shared = self._count_shared()
        self.loads = [_whole_load(load, self.unit) for load in space.rules.loads]
        self.options = self._list_options()
        self.apart = self._list_apart()
        self.barred = self._find_barred()
        self._model: cp_model.CpModel | None = None
        self._held: list[cp_model.IntVar] = []
        self._continues: list[cp_model.IntVar] = []
        self._stays: list[tuple[int, int, cp_model.IntVar]] = []

    @property
    def complete(self) -> bool:
        """Whether the program has every restriction of the space."""
        return not (self.space.rules.touching or self.space.rules.tests)

    @property
    def cells(self) -> int:
        """Size of the program of one zone: its units, and the pairs of them that are apart."""
        return self.units + int(self.apart.sum()) // 2

    def _count_shared(self) -> Numbers:
        stability = self.space.stability
        if stability is None or stability.most is None:
            return np.zeros((self.units, 0), dtype=np.intp)
        shared = np.zeros((self.units, stability.zones), dtype=np.intp)
        known = stability.today >= 0
        np.add.at(shared, (self.unit[known], stability.today[known]), 1)
        return shared

    def _list_options(self) -> list[_Options]:
        found = []
        for choice in self.space.choices:
            allowed = np.ones((self.units, len(choice.needs)), dtype=bool)
            np.logical_and.at(allowed, self.unit, np.isfinite(choice.charge))
            if not (allowed.all(axis=0) & (choice.needs < 0)).any():
                needs = [int(self.unit[b]) if b >= 0 else -1 for b in choice.needs]
                found.append(_Options(allowed, needs))
        return found

    def _list_apart(self) -> Bools:
        apart = np.zeros((self.units, self.units), dtype=bool)
        if self.space.rules.apart is not None:
            one, other = np.nonzero(self.space.rules.apart)
            apart[self.unit[one], self.unit[other]] = True
        return apart

    def _find_barred(self) -> Bools:
        """Find units that no zone holds, by looking at pairs of units alone."""
        low, high = self.space.sizes
        barred = self.apart.diagonal() | (self.size > high)
        for load in self.loads:
            if load.most is not None:
                barred |= load.floor > load.most
        for options in self.options:
            barred |= ~options.allowed.any(axis=1)
        while True:
            beside = ~self.apart & ~barred
            np.fill_diagonal(beside, val=True)
            alone = beside @ self.size < low
            for load in self.loads:
                alone |= beside @ load.ceiling < load.least
            for limit in self.space.rules.companions:
                at = self.unit[limit.building]
                alone[at] |= beside[at] @ self._count_others(limit) < limit.min_count
            if not (alone & ~barred).any():
                return np.asarray(barred)
            barred |= alone

    def _count_others(self, limit: CompanionCount) -> Numbers:
        counts = np.bincount(self.unit, weights=limit.others, minlength=self.units)
        return np.asarray(counts.astype(np.intp))

    def zone_sizes(self) -> tuple[Numbers, Numbers]:
        """Bounds on the buildings of a zone with each unit: at least and at most."""
        low, high = self.space.sizes
        beside = ~self.apart & ~self.barred
        np.fill_diagonal(beside, val=True)
        return np.maximum(self.size, low), np.clip(beside @ self.size, 1, high)

    @property
    def needed(self) -> list[Bools]:
        """Units of which each zone holds one, where a rule says so: shape (units,) each."""
        return [
            np.isin(np.arange(self.units), options.needs)
            for options in self.options
            if all(need >= 0 for need in options.needs)
        ]

    def _add_zone(
        self, model: cp_model.CpModel, used: cp_model.IntVar | int
    ) -> list[cp_model.IntVar]:
        """Add the variables and constraints of one zone: empty if ``used`` is 0."""
        held = [
            model.new_constant(0) if self.barred[u] else model.new_bool_var("")
            for u in range(self.units)
        ]
        low, high = self.space.sizes
        count = cp_model.LinearExpr.weighted_sum(held, self.size.tolist())
        model.add(count >= low * used)
        model.add(count <= high * used)
        for u in np.flatnonzero(~self.barred).tolist():
            far = np.flatnonzero(self.apart[u] & ~self.barred)
            if len(far := far[far > u]):
                model.add_bool_and([~held[v] for v in far.tolist()]).only_enforce_if(held[u])
        for load in self.loads:
            if load.most is not None:
                total = cp_model.LinearExpr.weighted_sum(held, load.floor.tolist())
                model.add(total <= load.most)
            if load.least > 0:
                total = cp_model.LinearExpr.weighted_sum(held, load.ceiling.tolist())
                model.add(total >= load.least * used)
        for options in self.options:
            taken = [model.new_bool_var("") for _ in options.needs]
            model.add(sum(taken) == used)
            for k, (option, need) in enumerate(zip(taken, options.needs, strict=True)):
                shut = np.flatnonzero(~options.allowed[:, k] & ~self.barred)
                if len(shut):
                    model.add_bool_and([~held[u] for u in shut.tolist()]).only_enforce_if(option)
                if need >= 0:
                    model.add_implication(option, held[need])
        for limit in self.space.rules.companions:
            total = cp_model.LinearExpr.weighted_sum(held, self._count_others(limit).tolist())
            here = held[int(self.unit[limit.building])]
            model.add(total >= limit.min_count).only_enforce_if(here)
            model.add(total <= limit.max_count).only_enforce_if(here)
        return held

    def heaviest_zone(
        self, weights: Sequence[int], claims: Sequence[int] = (), move: int = 0
    ) -> PricedZone:
        """Find the zone of greatest weight, less what it claims and what its moves cost.

        A search that takes too long returns the heaviest zone so far and its bound.

        Parameters
        ----------
        weights
            Of each unit.
        claims, move
            Cost of continuing each zone of today's plan, and of each building that moves.
        """
        if self._model is None:
            self._build()
        assert self._model is not None
        known = self.shared.sum(axis=1)
        total = cp_model.LinearExpr.weighted_sum(
            self._held, [int(w) - move * int(k) for w, k in zip(weights, known, strict=True)]
        )
        if self._continues and (move or any(claims)):
            total -= cp_model.LinearExpr.weighted_sum(self._continues, [*claims, 0])
            for u, z, stays in self._stays:
                total += move * int(self.shared[u, z]) * stays
        self._model.maximize(total)
        solver = _solver()
        # Without it, since these programs are solved faster than they are presolved.
        solver.parameters.cp_model_presolve = False
        solver.parameters.max_deterministic_time = _ZONE_WORK
        status = solver.solve(self._model)
        if status == cp_model.INFEASIBLE:
            return PricedZone(None, 0, -np.inf)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return PricedZone(None, 0, np.inf)
        # The bound of an integer objective, whatever its last digits.
        bound = float(np.floor(solver.best_objective_bound + 0.5))
        units = tuple(u for u, held in enumerate(self._held) if solver.boolean_value(held))
        continued = -1
        for z, taken in enumerate(self._continues[:-1]):
            if solver.boolean_value(taken):
                continued = z
        return PricedZone(units, round(solver.objective_value), bound, continued)

    def _build(self) -> None:
        model = cp_model.CpModel()
        self._held = self._add_zone(model, 1)
        today = self.shared.shape[1]
        if today:
            self._continues = [model.new_bool_var("") for _ in range(today + 1)]
            model.add_exactly_one(self._continues)
            for u, z in np.argwhere(self.shared > 0).tolist():
                stays = model.new_bool_var("")
                model.add_implication(stays, self._held[u])
                model.add_implication(stays, self._continues[z])
                self._stays.append((u, z, stays))
        self._model = model

    def find_plan(
        self, counts: Counts, *, work: float, time_s: float, seed: int = 0
    ) -> Zones | bool | None:
        """Search for a plan; False if it is proved that there is none, None if none was found.

        The plan keeps all that the program knows.

        Parameters
        ----------
        work
            Limit in the solver's own measure, about seconds: the same on every machine.
        """
        fewest, most = counts
        today = self.shared.shape[1]
        slots = max(most, today)
        model = cp_model.CpModel()
        used = [model.new_bool_var("") for _ in range(slots)]
        held = [self._add_zone(model, here) for here in used]
        model.add_linear_constraint(sum(used), fewest, most)
        for u in range(self.units):
            model.add_exactly_one(zone[u] for zone in held)
        if today:
            moves = self.shared.sum() - sum(
                int(self.shared[u, z]) * held[z][u] for u, z in np.argwhere(self.shared > 0)
            )
            assert self.space.stability is not None
            assert self.space.stability.most is not None
            model.add(moves <= self.space.stability.most)
        else:
            for one, other in pairwise(used):
                model.add_implication(other, one)
        solver = _solver(seed)
        solver.parameters.max_time_in_seconds = time_s
        solver.parameters.max_deterministic_time = work
        status = run_interruptibly(partial(solver.solve, model))
        if status == cp_model.INFEASIBLE:
            return False
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        return tuple(
            sorted(
                tuple(b for b in range(self.space.n) if solver.boolean_value(zone[self.unit[b]]))
                for zone, here in zip(held, used, strict=True)
                if solver.boolean_value(here)
            )
        )


def _solver(seed: int = 0) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    # One thread, so that the same request has the same answer.
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    return solver


def _number_units(space: ZoneSpace) -> Numbers:
    unit = np.arange(space.n)
    for group in space.rules.groups:
        unit[list(group)] = min(group)
    return np.asarray(np.unique(unit, return_inverse=True)[1])


def _whole_load(load: Load, unit: Numbers) -> _WholeLoad:
    total = float(load.values.sum())
    scale = _LOAD_UNITS / total if total > 0 else 0.0
    values = np.bincount(unit, weights=load.values) * scale
    least = int(np.ceil(min(load.least * scale, 2 * _LOAD_UNITS) - _SPARE))
    if total == 0:
        least = 1 if load.least > 0 else 0
    most = load.most * scale + _SPARE if scale else load.most
    return _WholeLoad(
        floor=np.maximum(np.floor(values - _SPARE), 0).astype(np.intp),
        ceiling=np.ceil(values + _SPARE).astype(np.intp),
        least=max(least, 0),
        most=None if most >= 2 * _LOAD_UNITS or (total == 0 and most >= 0) else int(np.floor(most)),
    )
