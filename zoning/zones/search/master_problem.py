"""The set-partitioning master: its column pool, linear relaxation and integer program."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

import numpy as np
from ortools.math_opt.python import mathopt

from zoning.zones.arrays import Counts, Floats, Indices, Numbers, distinct_rows
from zoning.zones.search.interruptible import (
    PROVED_IMPOSSIBLE,
    REFUSALS,
    integer_result,
    run_interruptibly,
)
from zoning.zones.search.reduced_costs import Duals
from zoning.zones.search.tuning import TUNING
from zoning.zones.search.zone_space import ZoneSpace


class Column(NamedTuple):
    """A column: a zone, and the zone of today's plan that it continues.

    Attributes
    ----------
    members
        Its buildings.
    cost
        Seconds, with the price of the buildings that moved.
    continues
        The zone of today's plan it continues; -1 for none.
    moved
        How many buildings moved.
    """

    members: tuple[int, ...]
    cost: float
    continues: int
    moved: int


class Pool:
    """The column pool: allowed zones by size with their costs, without duplicates."""

    def __init__(self, space: ZoneSpace) -> None:
        self.space = space
        self.tables: dict[int, Indices] = {}
        self.cost: dict[int, Floats] = {}
        self.used: set[tuple[int, int, int]] = set()

    def __len__(self) -> int:
        return sum(len(zones) for zones in self.tables.values())

    def add(self, tables: Sequence[Indices], *, known: bool = False) -> None:
        """Add zones; with ``known``, drop those that are in the pool already."""
        for size in sorted({table.shape[1] for table in tables}):
            fresh = np.concatenate([table for table in tables if table.shape[1] == size])
            if known and size in self.tables:
                fresh = _drop_duplicates(fresh, self.tables[size])
            cost = self.space.costs(fresh)
            allowed = np.isfinite(cost)
            fresh, cost = fresh[allowed], cost[allowed]
            if not len(fresh):
                continue
            if size in self.tables:
                self.tables[size] = np.concatenate([self.tables[size], fresh])
                self.cost[size] = np.concatenate([self.cost[size], cost])
            else:
                self.tables[size], self.cost[size] = fresh, cost

    def cheapest_share(self) -> Floats:
        """For each building, the least cost per building of a zone that contains it."""
        share = np.full(self.space.n, np.inf)
        for size, zones in self.tables.items():
            for column in range(size):
                np.minimum.at(share, zones[:, column], self.cost[size] / size)
        return np.where(np.isfinite(share), share, share[np.isfinite(share)].max(initial=1.0))

    def typical_share(self) -> float:
        """Median cost of a zone per building, seconds; 1 if all zones cost 0."""
        shares = np.concatenate([np.zeros(0), *(c / size for size, c in self.cost.items())])
        dear = shares[shares > TUNING.rounding]
        return float(np.median(dear)) if len(dear) else 1.0

    def cheapest(self, duals: Duals, most: int) -> list[Indices]:
        """The ``most`` zones of least reduced cost, by size."""
        reduced = self._reduced_costs(duals)
        everything = np.concatenate([np.zeros(0), *reduced.values()])
        limit = np.inf if len(everything) <= most else np.partition(everything, most)[most]
        return [zones[reduced[size] < limit] for size, zones in self.tables.items()]

    def below(self, duals: Duals, threshold: float, *, most: int) -> list[Indices] | None:
        """The zones whose reduced cost is at most ``threshold``; None if more than ``most``."""
        reduced = self._reduced_costs(duals)
        tables = [zones[reduced[size] <= threshold] for size, zones in self.tables.items()]
        return tables if sum(map(len, tables)) <= most else None

    def least(self, duals: Duals) -> float:
        """The least reduced cost; ``inf`` if the pool is empty."""
        return min(
            (float(r.min()) for r in self._reduced_costs(duals).values() if len(r)), default=np.inf
        )

    def promising(self, duals: Duals, below: float) -> tuple[float, list[Column]]:
        """The least reduced cost, and new columns that cover the buildings evenly."""
        least = np.inf
        found: list[tuple[float, int, int]] = []
        keep = TUNING.columns_per_building * self.space.n
        for size, reduced in self._reduced_costs(duals).items():
            least = min(least, float(reduced.min()))
            good = np.flatnonzero(reduced < below)
            if len(good) > 4 * keep:
                good = good[np.argpartition(reduced[good], 4 * keep)[: 4 * keep]]
            found += [(float(reduced[k]), size, int(k)) for k in good]
        found.sort()
        room = np.full(self.space.n, TUNING.columns_per_building)
        columns = []
        for _, size, k in found:
            members = self.tables[size][k]
            if room[members].max() <= 0:
                continue
            column = self._make_column(size, k, duals)
            if (size, k, column.continues) in self.used:
                continue
            room[members] -= 1
            self.used.add((size, k, column.continues))
            columns.append(column)
        return least, columns

    def _reduced_costs(self, duals: Duals) -> dict[int, Floats]:
        return {
            size: self.space.reduced(zones, self.cost[size], duals)
            for size, zones in self.tables.items()
        }

    def _make_column(self, size: int, k: int, duals: Duals) -> Column:
        members = tuple(int(b) for b in self.tables[size][k])
        cost = float(self.cost[size][k])
        stability = self.space.stability
        if stability is None:
            return Column(members, cost, -1, 0)
        zone = self.tables[size][k : k + 1]
        option = int(stability.choice(duals).totals(zone)[0].argmin())
        moved = int(stability.moved(zone)[0, option])
        continues = option if option < stability.zones else -1
        return Column(members, cost + moved * stability.price_s, continues, moved)


def _drop_duplicates(table: Indices, others: Indices) -> Indices:
    """Keep the distinct rows of a table that are not rows of another, in order."""
    for column in range(table.shape[1]):
        others = others[np.isin(others[:, column], table[:, column])]
    first = distinct_rows(np.concatenate([others, table])).first
    return np.asarray(table[np.sort(first[first >= len(others)]) - len(others)])


class Rows:
    """The rows of the master: covering, number of zones, and continuity with today's plan.

    Costs are counted in units of ``unit`` seconds, since solvers' tolerances are absolute.
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
        """Set the coefficients of a column's variable."""
        self.model.objective.set_linear_coefficient(variable, column.cost / self.unit)
        self.count.set_coefficient(variable, 1)
        for building in column.members:
            self.cover[building].set_coefficient(variable, 1)
        if column.continues >= 0:
            self.claims[column.continues].set_coefficient(variable, 1)
        if self.moves is not None and column.moved:
            self.moves.set_coefficient(variable, column.moved)


class Master:
    """The linear relaxation over the columns added so far."""

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
        """Set the cost of leaving a building uncovered, seconds."""
        self.penalty = penalty
        for spare in self.slack:
            self.model.objective.set_linear_coefficient(spare, penalty / self.unit)

    def set_counts(self, counts: Counts) -> None:
        """Set the number of zones."""
        self.rows.count.lower_bound, self.rows.count.upper_bound = counts
        self.set_penalty(self.first_penalty)

    def add(self, columns: Sequence[Column]) -> None:
        """Add columns."""
        for column in columns:
            self.rows.place(self.model.add_variable(lb=0), column)
        self.columns += len(columns)

    def solve(self, *, afresh: bool = False) -> tuple[float, Duals] | None:
        """Solve for the objective and the duals; None if GLOP finds none.

        Parameters
        ----------
        afresh
            Whether to start without the last basis: GLOP's duals are imprecise now and
            then after a warm start, and not after a cold one.
        """
        if afresh or self.solver is None or not self._solved():
            try:
                self.solver = mathopt.IncrementalSolver(self.model, mathopt.SolverType.GLOP)
            except REFUSALS:
                self.solver = None
            if not self._solved():
                return None
        rows = self.rows
        values = self.unit * np.array(
            self.result.dual_values([*rows.cover, rows.count, *rows.claims])
        )
        n = len(rows.cover)
        move = 0.0
        if rows.moves is not None:
            move = max(0.0, -self.unit * float(self.result.dual_values(rows.moves)))
        claim = np.maximum(-values[n + 1 :], 0.0)
        duals = Duals(values[:n], float(values[n]), claim=claim, move=move)
        return self.unit * self.result.objective_value(), duals

    def _solved(self) -> bool:
        """Run GLOP; return whether it found a dual solution."""
        if self.solver is None:
            return False
        try:
            self.result = run_interruptibly(self.solver.solve)
        except REFUSALS:
            self.solver = None
            return False
        return bool(self.result.has_dual_feasible_solution())

    def uncovered(self) -> float:
        """Sum of the slack in the last solution; 0 if zones cover every building."""
        return float(sum(self.result.variable_values(self.slack)))


class Cut(NamedTuple):
    """A row that only some plans keep: the weights of a plan's zones sum to at most ``most``.

    Attributes
    ----------
    weigh
        Returns the weight of each of some zones.
    """

    weigh: Callable[[Sequence[tuple[int, ...]]], Numbers]
    most: int


class Cheapest(NamedTuple):
    """The cheapest plan of some zones.

    Attributes
    ----------
    columns
        Its zones; None if none was found.
    bound
        Lower bound on plans of these zones, seconds: ``inf`` if there is none; below
        the cost of the plan if the time limit stopped the solver.
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
    cuts: Sequence[Cut] = (),
) -> Cheapest:
    """Solve the integer master over some zones.

    Parameters
    ----------
    tables
        The zones, by size.
    counts
        Fewest and most zones of a plan.
    unit
        As for `Rows`.
    time_left
        Returns the solver's time limit, seconds; called when the model is built.
    seed
        Handed to the solver.
    nodes
        Limit of branch-and-bound nodes; None for none.
    cuts
        Further rows; plans that break one do not count.
    """
    model = mathopt.Model(name="plan")
    rows = Rows(model, space, counts, unit)
    offered = []
    for column in _list_columns(space, tables):
        taken = model.add_binary_variable()
        rows.place(taken, column)
        offered.append((taken, column))
    for cut in cuts:
        weights = cut.weigh([column.members for _, column in offered]).tolist()
        row = model.add_linear_constraint(ub=cut.most)
        for (taken, _), weight in zip(offered, weights, strict=True):
            row.set_coefficient(taken, weight)
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
    if reason in PROVED_IMPOSSIBLE:
        return Cheapest(None, np.inf)
    proved = max(0.0, unit * result.best_objective_bound())
    if not result.has_primal_feasible_solution():
        return Cheapest(None, proved)
    values = result.variable_values()
    picked = [column for taken, column in offered if values[taken] > 0.5]
    if reason is mathopt.TerminationReason.OPTIMAL:
        proved = sum(column.cost for column in picked)
    return Cheapest(picked, proved)


def _list_columns(space: ZoneSpace, tables: Sequence[Indices]) -> Iterator[Column]:
    """Yield one column for each zone and each zone of today's plan it could continue."""
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
