"""The set-partitioning master: its column pool, linear relaxation and integer program."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from typing import NamedTuple

import numpy as np
from ortools.math_opt.elemental.python import enums
from ortools.math_opt.python import mathopt

from zoning.zones.arrays import Bools, Counts, Floats, Indices, Numbers, Zones, distinct_rows
from zoning.zones.search.interruptible import (
    PROVED_IMPOSSIBLE,
    REFUSALS,
    integer_result,
    run_interruptibly,
)
from zoning.zones.search.reduced_costs import Duals
from zoning.zones.search.tuning import TUNING
from zoning.zones.search.zone_space import ZoneSpace

# Three buildings, of which at most one zone of a plan holds two or more.
Cut = tuple[int, int, int]


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
    cuts
        Numbers of the cuts that count it.
    """

    members: tuple[int, ...]
    cost: float
    continues: int
    moved: int
    cuts: tuple[int, ...] = ()

    @classmethod
    def of(
        cls,
        space: ZoneSpace,
        zone: Indices,
        cost: float,
        continues: int,
        cuts: tuple[int, ...] = (),
    ) -> Column:
        """Make the column of a zone that continues one of today's, or none (-1)."""
        moved = 0
        if space.stability is not None:
            moved = int(space.stability.moved(zone[None])[0, continues])
            cost += moved * space.stability.price_s
        return cls(tuple(zone.tolist()), cost, continues, moved, cuts)


class Pool:
    """The column pool: allowed zones by size with their costs, without duplicates."""

    def __init__(self, space: ZoneSpace) -> None:
        self.space = space
        self.tables: dict[int, Indices] = {}
        self.cost: dict[int, Floats] = {}
        self.used: dict[int, Numbers] = {}

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
        offered = [_Offer(np.empty(0), _NONE, _NONE, _NONE)]
        keep = TUNING.columns_per_building * self.space.n
        for size, reduced in self._reduced_costs(duals).items():
            least = min(least, float(reduced.min()))
            good = np.flatnonzero(reduced < below)
            if len(good) > 4 * keep:
                good = good[np.argpartition(reduced[good], 4 * keep)[: 4 * keep]]
            continues = find_continued(self.space, self.tables[size][good], duals)
            fresh = ~np.isin(self._key(good, continues), self.used.get(size, _NONE))
            offer = _Offer(reduced[good], np.full(len(good), size), good, continues)
            offered.append(offer.at(fresh))
        offer = _Offer(
            np.concatenate([each.reduced for each in offered]),
            np.concatenate([each.size for each in offered]),
            np.concatenate([each.row for each in offered]),
            np.concatenate([each.continues for each in offered]),
        )
        offer = offer.at(np.lexsort((offer.row, offer.size, offer.reduced)))
        members = np.full((len(offer.row), self.space.sizes[1]), -1, dtype=np.int32)
        for size, zones in self.tables.items():
            at = offer.size == size
            members[at, :size] = zones[offer.row[at]]
        room = np.full(self.space.n, TUNING.columns_per_building)
        # In a thread, since Ctrl-C inside numba would leave it half loaded until Python ends.
        taken = offer.at(run_interruptibly(partial(_take_evenly, members, room)))
        for size in self.tables:
            at = taken.size == size
            keys = self._key(taken.row[at], taken.continues[at])
            self.used[size] = np.concatenate([self.used.get(size, _NONE), keys])
        return least, self._make_columns(taken)

    def _key(self, rows: Numbers, continues: Numbers) -> Numbers:
        """One number for each zone of a size and the zone of today's plan it continues."""
        zones = 0 if self.space.stability is None else self.space.stability.zones
        return np.asarray(rows * (zones + 1) + continues + 1)

    def _reduced_costs(self, duals: Duals) -> dict[int, Floats]:
        return {
            size: self.space.reduced(zones, self.cost[size], duals)
            for size, zones in self.tables.items()
        }

    def _make_columns(self, taken: _Offer) -> list[Column]:
        return [
            Column.of(self.space, self.tables[size][k], float(self.cost[size][k]), continues)
            for size, k, continues in zip(*(part.tolist() for part in taken[1:]), strict=True)
        ]


def find_continued(space: ZoneSpace, zones: Indices, duals: Duals) -> Numbers:
    """Find the zone of today's plan that each zone best continues; -1 for none."""
    stability = space.stability
    if stability is None:
        return np.full(len(zones), -1)
    option = stability.choice(duals).totals(zones).argmin(axis=1)
    return np.where(option < stability.zones, option, -1)


_NONE = np.empty(0, dtype=np.intp)


class _Offer(NamedTuple):
    """Zones of the pool: reduced cost, size, row of the table, and zone of today's plan."""

    reduced: Floats
    size: Numbers
    row: Numbers
    continues: Numbers

    def at(self, chosen: Numbers | Bools) -> _Offer:
        """Those of the offered zones."""
        return _Offer(
            self.reduced[chosen], self.size[chosen], self.row[chosen], self.continues[chosen]
        )


def _drop_duplicates(table: Indices, others: Indices) -> Indices:
    """Keep the distinct rows of a table that are not rows of another, in order."""
    for column in range(table.shape[1]):
        others = others[np.isin(others[:, column], table[:, column])]
    first = distinct_rows(np.concatenate([others, table])).first
    return np.asarray(table[np.sort(first[first >= len(others)]) - len(others)])


class Rows:
    """The rows of the master: covering, number of zones, continuity with today's plan, cuts.

    Costs are counted in units of ``unit`` seconds, since solvers' tolerances are absolute.
    """

    def __init__(self, model: mathopt.Model, space: ZoneSpace, counts: Counts, unit: float) -> None:
        self.model, self.unit = model, unit
        self.cover = [model.add_linear_constraint(lb=1, ub=1) for _ in range(space.n)]
        self.count = model.add_linear_constraint(lb=counts[0], ub=counts[1])
        stability = space.stability
        zones = 0 if stability is None else stability.zones
        self.claims = [model.add_linear_constraint(ub=1) for _ in range(zones)]
        self.cuts: list[int] = []
        self.placed: list[tuple[Numbers, Numbers]] = []
        self.moves = None
        if stability is not None and stability.most is not None:
            self.moves = model.add_linear_constraint(ub=stability.most)

    def place(
        self,
        columns: Sequence[Column],
        *,
        integer: bool = False,
        exclusions: Sequence[Exclusion] = (),
    ) -> None:
        """Add a variable for each column, all in one call for each kind of coefficient.

        Exclusions become further rows.

        MathOpt's own methods take one coefficient a call, which is a quarter of the time of a
        solve; they are built on the calls used here.
        """
        model, count = self.count.elemental, len(columns)
        added = model.add_elements(enums.ElementType.VARIABLE, count)
        one = enums.DoubleAttr1
        each = added[:, None]
        model.set_attrs(one.VARIABLE_LOWER_BOUND, each, np.zeros(count))
        model.set_attrs(one.VARIABLE_UPPER_BOUND, each, np.full(count, 1.0 if integer else np.inf))
        model.set_attrs(enums.BoolAttr1.VARIABLE_INTEGER, each, np.full(count, integer))
        cost = np.array([column.cost for column in columns], dtype=float)
        model.set_attrs(one.OBJECTIVE_LINEAR_COEFFICIENT, each, cost / self.unit)
        cover = np.array([row.id for row in self.cover])
        members = np.array([b for column in columns for b in column.members], dtype=np.intp)
        owner = np.repeat(added, [len(column.members) for column in columns])
        self._set(cover[members], owner, np.ones(len(members)))
        self.placed.append((members, owner))
        self._set(np.full(count, self.count.id), added, np.ones(count))
        continues = np.array([column.continues for column in columns], dtype=np.intp)
        at = np.flatnonzero(continues >= 0)
        claims = np.array([row.id for row in self.claims], dtype=np.intp)
        self._set(claims[continues[at]], added[at], np.ones(len(at)))
        if self.moves is not None:
            moved = np.array([column.moved for column in columns], dtype=float)
            at = np.flatnonzero(moved)
            self._set(np.full(len(at), self.moves.id), added[at], moved[at])
        zones = [column.members for column in columns]
        for exclusion in exclusions:
            row = self.model.add_linear_constraint(ub=exclusion.most)
            weights = np.asarray(exclusion.weigh(zones), dtype=float)
            self._set(np.full(count, row.id), added, weights)
        counted = np.array([cut for column in columns for cut in column.cuts], dtype=np.intp)
        owner = np.repeat(added, [len(column.cuts) for column in columns])
        self._set(np.array(self.cuts, dtype=np.intp)[counted], owner, np.ones(len(counted)))

    def add_cut(self, cut: Cut) -> None:
        """Add a cut over the columns placed so far."""
        row = self.model.add_linear_constraint(ub=1).id
        held = np.concatenate([owner[np.isin(members, cut)] for members, owner in self.placed])
        counted, times = np.unique(held, return_counts=True)
        counted = counted[times >= 2]
        self._set(np.full(len(counted), row), counted, np.ones(len(counted)))
        self.cuts.append(row)

    def _set(self, rows: Numbers, variables: Numbers, values: Floats) -> None:
        self.count.elemental.set_attrs(
            enums.DoubleAttr2.LINEAR_CONSTRAINT_COEFFICIENT,
            np.column_stack([rows, variables]),
            values,
        )


def _take_evenly(members: Indices, room: Numbers) -> Bools:
    from zoning.zones.search.compiled_loops import take_evenly  # noqa: PLC0415, loads numba

    return take_evenly(members, room)


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
        # MathOpt makes a Python object for each value that it returns, so only what is read.
        self.wanted = mathopt.ModelSolveParameters(
            variable_values_filter=mathopt.VariableFilter(filtered_items=self.slack),
            reduced_costs_filter=mathopt.VariableFilter(filtered_items=()),
        )

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
        self.rows.place(columns)
        self.columns += len(columns)

    def read_all(self) -> None:
        """Let `taken` give the values of the next solutions."""
        self.wanted.variable_values_filter = mathopt.VariableFilter(skip_zero_values=True)

    def taken(self) -> Floats:
        """Value of each column in the last solution."""
        found = np.zeros(len(self.slack) + self.columns)
        for variable, value in self.result.variable_values().items():
            found[variable.id] = value
        return found[len(self.slack) :]

    def cut_duals(self) -> Floats:
        """Dual of each cut in the last solution, not negative, seconds."""
        rows = [self.model.get_linear_constraint(cut) for cut in self.rows.cuts]
        return np.maximum(-self.unit * np.array(self.result.dual_values(rows)), 0.0)

    def solve(self, *, afresh: bool = False, time_s: float = np.inf) -> tuple[float, Duals] | None:
        """Solve for the objective and the duals; None if GLOP finds none.

        Parameters
        ----------
        afresh
            Whether to start without the last basis: GLOP's duals are imprecise now and
            then after a warm start, and not after a cold one.
        time_s
            Time limit, seconds; there are no duals after it.
        """
        if afresh or self.solver is None or not self._solved(time_s):
            try:
                self.solver = mathopt.IncrementalSolver(self.model, mathopt.SolverType.GLOP)
            except REFUSALS:
                self.solver = None
            if not self._solved(time_s):
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

    def _solved(self, time_s: float) -> bool:
        """Run GLOP; return whether it found a dual solution."""
        if self.solver is None:
            return False
        params = mathopt.SolveParameters()
        if np.isfinite(time_s):
            params.time_limit = timedelta(seconds=time_s)
        try:
            self.result = run_interruptibly(
                partial(self.solver.solve, params=params, model_params=self.wanted)
            )
        except REFUSALS:
            self.solver = None
            return False
        return bool(self.result.has_dual_feasible_solution())

    def uncovered(self) -> float:
        """Sum of the slack in the last solution; 0 if zones cover every building."""
        values = self.result.variable_values()
        return float(sum(values.get(spare, 0.0) for spare in self.slack))


class Exclusion(NamedTuple):
    """A row that rules plans out: the weights of a plan's zones sum to at most ``most``.

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
    exclusions: Sequence[Exclusion] = (),
    start: Zones | None = None,
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
        Cuts that make the relaxation tighter; every plan keeps them.
    exclusions
        Rows that rule plans out.
    start
        A plan that the solver begins with, if its zones are among these.
    """
    model = mathopt.Model(name="plan")
    rows = Rows(model, space, counts, unit)
    columns = list(_list_columns(space, tables))
    rows.place(columns, integer=True, exclusions=exclusions)
    for cut in cuts:
        rows.add_cut(cut)
    result = integer_result(
        model,
        params=mathopt.SolveParameters(
            time_limit=timedelta(seconds=time_left()),
            relative_gap_tolerance=0.0,
            random_seed=seed,
            node_limit=nodes,
            # HiGHS looks at no clock in presolve, and the list is reduced already.
            presolve=mathopt.Emphasis.OFF if cuts else None,
        ),
        start=None if start is None else _find_columns(space, columns, start),
    )
    reason = result.termination.reason
    if reason in PROVED_IMPOSSIBLE:
        return Cheapest(None, np.inf)
    proved = max(0.0, unit * result.best_objective_bound())
    if not result.has_primal_feasible_solution():
        return Cheapest(None, proved)
    values = result.variable_values()
    picked = [columns[k] for k in sorted(v.id for v, taken in values.items() if taken > 0.5)]
    if reason is mathopt.TerminationReason.OPTIMAL:
        proved = sum(column.cost for column in picked)
    return Cheapest(picked, proved)


def _find_columns(space: ZoneSpace, columns: Sequence[Column], plan: Zones) -> list[int] | None:
    """Find the numbers of a plan's columns; None if one is missing."""
    stability = space.stability
    continued = [None] * len(plan) if stability is None else stability.continued(plan)
    wanted = {
        (zone, -1 if before is None else before)
        for zone, before in zip(plan, continued, strict=True)
    }
    found = [k for k, c in enumerate(columns) if (c.members, c.continues) in wanted]
    return found if len(found) == len(plan) else None


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
