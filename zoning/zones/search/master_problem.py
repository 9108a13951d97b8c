"""The linear and the integer programme of a plan: each building in one zone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

import numpy as np
from ortools.math_opt.python import mathopt

from zoning.zones.arrays import Counts, Indices
from zoning.zones.search.column_pool import Column
from zoning.zones.search.interruptible import REFUSALS, integer_result, interruptibly
from zoning.zones.search.reduced_costs import Prices
from zoning.zones.search.zone_space import ZoneSpace


class Rows:
    """The rows of a plan: each building in one zone, as many zones as allowed, stability.

    Costs are counted in ``unit`` seconds: solvers' tolerances are absolute.
    """

    def __init__(self, model: mathopt.Model, space: ZoneSpace, counts: Counts, unit: float) -> None:
        self.model, self.unit = model, unit
        self.cover = [model.add_linear_constraint(lb=1, ub=1) for _ in range(space.n)]
        self.count = model.add_linear_constraint(lb=counts[0], ub=counts[1])
        stability = space.stability
        zones = 0 if stability is None else stability.zones
        self.claims = [model.add_linear_constraint(ub=1) for _ in range(zones)]
        self.moves = None
        if stability is not None and stability.most is not None:
            self.moves = model.add_linear_constraint(ub=stability.most)

    def place(self, variable: mathopt.Variable, column: Column) -> None:
        """Put a zone's variable in the objective and in its rows."""
        self.model.objective.set_linear_coefficient(variable, column.cost / self.unit)
        self.count.set_coefficient(variable, 1)
        for building in column.members:
            self.cover[building].set_coefficient(variable, 1)
        if column.continues >= 0:
            self.claims[column.continues].set_coefficient(variable, 1)
        if self.moves is not None and column.moved:
            self.moves.set_coefficient(variable, column.moved)


class Master:
    """The linear relaxation over the columns added so far; costs are counted in units."""

    def __init__(self, space: ZoneSpace, counts: Counts, unit: float, penalty: float) -> None:
        self.model = mathopt.Model(name="zones")
        self.unit = unit
        self.rows = Rows(self.model, space, counts, unit)
        self.columns = 0
        self.first_penalty = penalty
        self.slack = []
        for row, sign in [(row, 1.0) for row in self.rows.cover] + [
            (self.rows.count, 1.0),
            (self.rows.count, -1.0),
        ]:
            spare = self.model.add_variable(lb=0)
            row.set_coefficient(spare, sign)
            self.slack.append(spare)
        self.set_penalty(penalty)
        self.solver: mathopt.IncrementalSolver | None = None

    def __len__(self) -> int:
        return self.columns

    def set_penalty(self, penalty: float) -> None:
        """What leaving a building out costs, seconds."""
        self.penalty = penalty
        for spare in self.slack:
            self.model.objective.set_linear_coefficient(spare, penalty / self.unit)

    def set_counts(self, counts: Counts) -> None:
        """Another number of zones."""
        self.rows.count.lower_bound, self.rows.count.upper_bound = counts
        self.set_penalty(self.first_penalty)

    def add(self, columns: Sequence[Column]) -> None:
        """More zones."""
        for column in columns:
            self.rows.place(self.model.add_variable(lb=0), column)
        self.columns += len(columns)

    def solve(self, *, afresh: bool = False) -> tuple[float, Prices] | None:
        """Objective and prices; None where the solver has none.

        Parameters
        ----------
        afresh
            Whether to forget where the last solution ended: GLOP's prices are imprecise
            now and then, and begun afresh they are not.
        """
        if afresh or self.solver is None or not self._solved():
            try:
                self.solver = mathopt.IncrementalSolver(self.model, mathopt.SolverType.GLOP)
            except REFUSALS:
                self.solver = None
            if not self._solved():
                return None
        rows = self.rows
        duals = self.unit * np.array(
            self.result.dual_values([*rows.cover, rows.count, *rows.claims])
        )
        n = len(rows.cover)
        move = 0.0
        if rows.moves is not None:
            move = max(0.0, -self.unit * float(self.result.dual_values(rows.moves)))
        prices = Prices(
            duals[:n], float(duals[n]), claim=np.maximum(-duals[n + 1 :], 0.0), move=move
        )
        return self.unit * self.result.objective_value(), prices

    def _solved(self) -> bool:
        """Whether GLOP has a dual solution; a refused model has none."""
        if self.solver is None:
            return False
        try:
            self.result = interruptibly(self.solver.solve)
        except REFUSALS:
            self.solver = None
            return False
        return bool(self.result.has_dual_feasible_solution())

    def uncovered(self) -> float:
        """How far the last solution is from using zones alone."""
        return float(sum(self.result.variable_values(self.slack)))


class Cheapest(NamedTuple):
    """The cheapest plan of some zones.

    Attributes
    ----------
    columns
        Its zones; None if none was found.
    bound
        What such a plan is proved to cost at least, seconds: ``inf`` when there is
        none, and less than the cost of the plan where the clock stopped the solver.
    """

    columns: list[Column] | None
    bound: float


def cheapest_plan(
    space: ZoneSpace,
    tables: Sequence[Indices],
    counts: Counts,
    *,
    unit: float,
    time_left: Callable[[], float],
    seed: int,
    nodes: int | None = None,
) -> Cheapest:
    """The cheapest plan that is made of some zones, by an integer programme.

    Parameters
    ----------
    tables
        The zones, by size.
    counts
        Fewest and most zones of a plan.
    unit
        Seconds that costs are counted in.
    time_left
        How many seconds the solver may take, asked when it begins.
    seed
        Handed to the solver.
    nodes
        Parts of the problem that the solver looks at, at most; None for all.
    """
    model = mathopt.Model(name="plan")
    rows = Rows(model, space, counts, unit)
    offered = []
    for column in _columns(space, tables):
        taken = model.add_binary_variable()
        rows.place(taken, column)
        offered.append((taken, column))
    result = integer_result(
        model,
        params=mathopt.SolveParameters(
            time_limit=timedelta(seconds=time_left()),
            relative_gap_tolerance=0.0,
            random_seed=seed,
            node_limit=nodes,
        ),
    )
    reason = result.termination.reason
    if reason is mathopt.TerminationReason.INFEASIBLE:
        return Cheapest(None, np.inf)
    proved = max(0.0, unit * result.best_objective_bound())
    if not result.has_primal_feasible_solution():
        return Cheapest(None, proved)
    values = result.variable_values()
    picked = [column for taken, column in offered if values[taken] > 0.5]
    if reason is mathopt.TerminationReason.OPTIMAL:
        proved = sum(column.cost for column in picked)
    return Cheapest(picked, proved)


def _columns(space: ZoneSpace, tables: Sequence[Indices]) -> Iterator[Column]:
    """Zones as columns, once for each zone of today's plan that they could continue."""
    stability = space.stability
    for zones in tables:
        for number, (row, cost) in enumerate(zip(zones.tolist(), space.costs(zones), strict=True)):
            members = tuple(row)
            if stability is None:
                yield Column(members, float(cost), -1, 0)
                continue
            moved = stability.moved(zones[number : number + 1])[0]
            for z, m in enumerate(moved.tolist()):
                if z == stability.zones:
                    yield Column(members, float(cost) + m * stability.price_s, -1, m)
                elif m < moved[-1]:
                    yield Column(members, float(cost) + m * stability.price_s, z, m)
