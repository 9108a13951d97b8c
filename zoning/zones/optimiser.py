"""The exact optimiser: set partitioning by column generation.

A zone is a column; a plan takes one column for each building. The linear
relaxation is solved by adding only zones that can improve it (smoothed duals,
Wentges 1997), until a search over *all* zones finds none: its duals then bound
every plan there is (Lagrangian bound, Geoffrion 1974). With a plan of cost U
and a bound B, a zone whose reduced cost exceeds U - B is in no better plan
(Nemhauser and Wolsey 1988, section II.5.2), so an integer programme over the
few zones that remain is exact (Baldacci, Christofides and Mingozzi 2008).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from ortools.math_opt.python import mathopt

from zoning.zones.growth import Numbers
from zoning.zones.heuristic import Zones
from zoning.zones.limits import Progress, ProgressCallback, SolverLimits, relative_gap
from zoning.zones.pool import Column, Pool
from zoning.zones.prices import Floats, Indices, Prices
from zoning.zones.space import ZoneSpace, one_by_one
from zoning.zones.waiting import interruptibly

_NEIGHBOURS = 10
_MANY_BUILDINGS = 1_200
_NEIGHBOURS_OF_MANY = 8
_HIGHEST_PENALTY = 1_000.0
_STEEPER = 1_000.0
_UNKNOWN_CEILING = 1e3
_LEAST_SLACK = 1e-5
_WIDER_BY = 2
_WIDEST = 12
_SMOOTHING = 0.7
_FIRST_SLACK = 0.001
_TOLERANCE = 1e-7

Counts = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """What the optimiser found.

    Attributes
    ----------
    zones
        Building numbers of each zone; None when no plan was found.
    objective, bound
        Seconds; the bound is proved for every plan over the zones it covers,
        and ``inf`` when there is no plan.
    over_all_zones
        Whether the bound covers every zone the rules allow, or only the
        candidates that were looked at.
    candidates
        Number of different zones that were priced.
    runtime_s
        Seconds the optimiser took.
    interrupted
        Whether the user stopped it.
    """

    zones: Zones | None
    objective: float
    bound: float
    over_all_zones: bool
    candidates: int
    runtime_s: float
    interrupted: bool = False

    @property
    def gap(self) -> float:
        """(objective - bound) / objective."""
        return relative_gap(self.objective, self.bound)


class ZoneSearch:
    """Best partitions of one zone space, for one number of zones after another.

    What is learned for one number, the zones worth a look and their prices,
    serves the next.

    Parameters
    ----------
    distance
        Shape (n, n), symmetric: which buildings are near one another; decides
        which zones are looked at first, never the answer.
    """

    def __init__(
        self,
        space: ZoneSpace,
        *,
        distance: Floats,
        progress: ProgressCallback | None = None,
    ) -> None:
        self.space, self.distance, self.progress = space, distance, progress
        self.limits = SolverLimits()
        self.reach = _NEIGHBOURS if space.n <= _MANY_BUILDINGS else _NEIGHBOURS_OF_MANY
        self.pool = Pool(space)
        self.master: _Master | None = None
        self.started = time.monotonic()
        self.best: tuple[float, Zones] | None = None
        self.prices = Prices(np.zeros(space.n), 0.0)
        self.counts = (1, space.n)
        self.relaxed, self.bound = 0.0, 0.0
        self.over_all_zones = self.over_candidates = False

    def partition(
        self, counts: Counts, *, limits: SolverLimits, start: Zones | None = None
    ) -> Partition:
        """The cheapest way to put every building in one zone, with this many zones.

        Parameters
        ----------
        counts
            Fewest and most zones.
        start
            A plan to begin with; returned if no better one is found.
        """
        self.started = time.monotonic()
        self.counts, self.limits = counts, limits
        self.best = None
        self.relaxed, self.bound = 0.0, 0.0
        self.over_all_zones = self.over_candidates = False
        if start is not None and np.isfinite(cost := self.space.plan_cost(start)):
            self.best = (cost, start)
        interrupted = False
        try:
            self._run()
            self._tell("finished")
        except KeyboardInterrupt:
            interrupted = True
        return Partition(
            zones=None if self.best is None else self.best[1],
            objective=float("inf") if self.best is None else self.best[0],
            bound=self.bound,
            over_all_zones=self.over_all_zones,
            candidates=len(self.pool),
            runtime_s=self._elapsed(),
            interrupted=interrupted,
        )

    def _run(self) -> None:
        master = self._prepare()
        while self._relax(master):
            before = self.best
            self._settle(master)
            if not self._widen(before):
                return

    def _prepare(self) -> _Master:
        if self.master is not None:
            self.pool.add(self._best_so_far(), known=True)
            self.master.set_counts(self.counts)
            return self.master
        self.pool.add(self.space.neighbourhood(self.distance, self.reach))
        self.pool.add(self._best_so_far(), known=True)
        share = self.pool.cheapest_share()
        first = Prices(share, 0.0, claim=np.zeros(self._today))
        unit = self.pool.typical_share()
        self.master = _Master(self.space, self.counts, unit, 4 * max(float(share.max()), unit))
        self.master.add(self.pool.promising(first, np.inf)[1])
        return self.master

    def _widen(self, before: tuple[float, Zones] | None) -> bool:
        """Look at more candidates where these are all there are; whether it is worth while."""
        settled = self.best is not None and self.bound >= self.best[0] * (1 - self.limits.gap)
        if not self.over_candidates or not settled or before == self.best or self._out_of_time():
            return False
        if self.reach >= _WIDEST:
            return False
        self.reach += _WIDER_BY
        self._tell("looking at more candidate zones")
        self.pool.add(self.space.neighbourhood(self.distance, self.reach), known=True)
        self.bound, self.over_candidates = 0.0, False
        return True

    @property
    def _today(self) -> int:
        return 0 if self.space.stability is None else self.space.stability.zones

    def _elapsed(self) -> float:
        return time.monotonic() - self.started

    def _out_of_time(self) -> bool:
        return self._elapsed() > self.limits.time_s

    def _tell(self, stage: str) -> None:
        if self.progress is not None:
            self.progress(
                Progress(
                    stage=stage,
                    elapsed_s=self._elapsed(),
                    incumbent=None if self.best is None else self.best[0],
                    bound=self.bound if self.over_all_zones or self.over_candidates else None,
                )
            )

    def _relax(self, master: _Master) -> bool:
        """Solve the linear relaxation; whether it was solved."""
        waiting = 0
        while True:
            columns = len(master)
            objective = self._relax_over_pool(master)
            if objective is None or self._out_of_time():
                return False
            useless = waiting > 0 and len(master) == columns
            self._tell("pricing every other zone")
            nothing = -_TOLERANCE * (master.unit + abs(objective))
            news: list[Indices] = []
            certain = False
            if not useless:
                news = self.space.promising(
                    self.prices, nothing, stop=self._out_of_time, workers=self.limits.workers
                )
            if not news:
                news, certain = self._price_all(nothing)
            waiting = sum(map(len, news))
            if waiting and not useless:
                self.pool.add(news, known=self.space.stability is not None)
                continue
            if master.uncovered() <= _TOLERANCE:
                if not certain and not self._out_of_time():
                    self.over_candidates = True
                    least = self.pool.least(self.prices)
                    self.relaxed = self._bound(self.prices, least)
                    self.bound = max(self.bound, self.relaxed)
                return True
            ceiling = self.space.ceiling()
            if certain and self.relaxed > ceiling * (1 + _TOLERANCE):
                self.bound = float("inf")
                return False
            if not np.isfinite(ceiling):
                ceiling = _UNKNOWN_CEILING * master.unit
            if master.penalty > _HIGHEST_PENALTY * ceiling:
                return False
            master.set_penalty(_STEEPER * master.penalty)

    def _bound(self, prices: Prices, least: float) -> float:
        stability = self.space.stability
        most = 0 if stability is None or stability.most is None else stability.most
        return prices.bound(self.counts, least, most_moved=most)

    def _price_all(self, nothing: float) -> tuple[list[Indices], bool]:
        """The zones that beat the prices, and whether they are all there are.

        With them known, the prices bound every plan.
        """
        news, complete = self.space.all_below(
            self.prices,
            nothing,
            most=self.limits.candidates,
            stop=self._out_of_time,
            workers=self.limits.workers,
        )
        if not complete:
            return news, False
        least = min(
            (
                float(self.space.reduced(t, self.space.costs(t), self.prices).min())
                for t in news
                if len(t)
            ),
            default=nothing,
        )
        self.relaxed = self._bound(self.prices, least)
        self.bound = max(self.bound, self.relaxed)
        self.over_all_zones = True
        return [t for t in news if len(t)], True

    def _relax_over_pool(self, master: _Master) -> float | None:
        """Column generation over the known zones; leaves the best prices behind.

        None where the solver found no prices: the penalty has grown too steep for it.
        """
        best = -np.inf
        while True:
            solved = master.solve()
            if solved is None:
                return None
            objective, latest = solved
            trials = [latest]
            if best > -np.inf:
                trials.insert(0, self.prices.toward(latest, 1 - _SMOOTHING))
            columns: list[Column] = []
            for prices in trials:
                least, columns = self.pool.promising(
                    prices, -_TOLERANCE * (master.unit + abs(objective))
                )
                value = self._bound(prices, least)
                if value > best:
                    best, self.prices = value, prices
                if columns:
                    break
            if not columns or self._out_of_time():
                return objective
            master.add(columns)
            self._tell("weighing candidate zones")

    def _settle(self, master: _Master) -> None:
        """Weigh plans over ever more zones, until the best is the best of all.

        Plans made only of zones within ``slack`` are all weighed at once; a
        plan with any other zone costs at least the relaxation plus ``slack``.
        """
        least = _LEAST_SLACK * master.unit
        slack = max(_FIRST_SLACK * abs(self.relaxed), least)
        enough = min(self.space.ceiling(), _UNKNOWN_CEILING * master.unit) - self.relaxed
        chosen = False
        while not self._out_of_time():
            self._tell("choosing zones")
            tables = self._within(slack)
            if tables is None:
                if not chosen:
                    tables = self.pool.cheapest(self.prices, self.limits.candidates)
                    self._choose([*tables, *self._best_so_far()])
                return
            chosen, cheapest = self._choose(tables)
            if self.over_all_zones or self.over_candidates:
                self.bound = max(self.bound, min(cheapest, self.relaxed + slack))
            if self.best is None:
                if slack > enough:
                    if self.over_all_zones and np.isinf(cheapest):
                        self.bound = float("inf")
                    return
                slack *= 2
            elif relative_gap(self.best[0], self.bound) <= self.limits.gap:
                return
            else:
                slack = min(2 * slack, max(self.best[0] - self.relaxed, least))

    def _within(self, slack: float) -> list[Indices] | None:
        """The zones that a plan within ``slack`` of the relaxation can have."""
        most = self.limits.candidates
        if self.over_candidates:
            return self.pool.below(self.prices, slack, most=most)
        tables, complete = self.space.all_below(
            self.prices,
            slack,
            most=most,
            whole=True,
            stop=self._out_of_time,
            workers=self.limits.workers,
        )
        return tables if complete else None

    def _best_so_far(self) -> list[Indices]:
        return [] if self.best is None else one_by_one(self.best[1])

    def _choose(self, tables: Sequence[Indices]) -> tuple[bool, float]:
        """Find the cheapest plan made of these zones; it is kept if it is the best.

        Whether one was found, and what such a plan is proved to cost at least:
        ``inf`` when there is none. Stopped by the clock, the solver proves less
        than the cost of the plan it found.
        """
        model = mathopt.Model(name="plan")
        unit = abs(self.relaxed) / self.space.n or 1.0
        rows = _Rows(model, self.space, self.counts, unit)
        chosen = []
        for zones in tables:
            moved = None if self.space.stability is None else self.space.stability.moved(zones)
            for k, (members, cost) in enumerate(
                zip(zones.tolist(), self.space.costs(zones), strict=True)
            ):
                for column in self._ways(tuple(members), float(cost), moved, k):
                    taken = model.add_binary_variable()
                    rows.place(taken, column)
                    chosen.append((taken, column))
        seconds = max(self.limits.time_s - self._elapsed(), 0.0)
        result = interruptibly(
            lambda: mathopt.solve(
                model,
                mathopt.SolverType.HIGHS,
                params=mathopt.SolveParameters(
                    time_limit=timedelta(seconds=seconds),
                    relative_gap_tolerance=0.0,
                    random_seed=self.limits.seed,
                ),
            )
        )
        reason = result.termination.reason
        if reason is mathopt.TerminationReason.INFEASIBLE:
            return False, np.inf
        proved = max(0.0, unit * result.best_objective_bound())
        if not result.has_primal_feasible_solution():
            return False, proved
        values = result.variable_values()
        picked = [column for taken, column in chosen if values[taken] > 0.5]
        cost = sum(column.cost for column in picked)
        if self.best is None or cost < self.best[0]:
            self.best = (cost, tuple(sorted(column.members for column in picked)))
        return True, cost if reason is mathopt.TerminationReason.OPTIMAL else proved

    def _ways(
        self, members: tuple[int, ...], cost: float, moved: Numbers | None, k: int
    ) -> list[Column]:
        """A zone as a column, once for each zone of today's plan that it could continue."""
        stability = self.space.stability
        if stability is None or moved is None:
            return [Column(members, cost, -1, 0)]
        none = int(moved[k, -1])
        return [
            Column(
                members, cost + int(m) * stability.price_s, z if z < stability.zones else -1, int(m)
            )
            for z, m in enumerate(moved[k])
            if m < none or z == stability.zones
        ]


class _Rows:
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


class _Master:
    """The linear relaxation over the columns added so far; costs are counted in units."""

    def __init__(self, space: ZoneSpace, counts: Counts, unit: float, penalty: float) -> None:
        self.model = mathopt.Model(name="zones")
        self.unit = unit
        self.rows = _Rows(self.model, space, counts, unit)
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
        self.solver = mathopt.IncrementalSolver(self.model, mathopt.SolverType.GLOP)

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

    def solve(self) -> tuple[float, Prices] | None:
        """Objective and prices; None where the solver has none."""
        self.result = interruptibly(self.solver.solve)
        if not self.result.has_dual_feasible_solution():
            # GLOP calls an answer imprecise now and then; begun afresh it is not.
            self.solver = mathopt.IncrementalSolver(self.model, mathopt.SolverType.GLOP)
            self.result = interruptibly(self.solver.solve)
            if not self.result.has_dual_feasible_solution():
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

    def uncovered(self) -> float:
        """How far the last solution is from using zones alone."""
        return float(sum(self.result.variable_values(self.slack)))
