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
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
from ortools.math_opt.python import mathopt

from zoning.zones.heuristic import Zones
from zoning.zones.limits import Progress, ProgressCallback, SolverLimits, relative_gap
from zoning.zones.prices import Floats, Indices, Prices
from zoning.zones.space import ZoneSpace, one_by_one

_NEIGHBOURS = 10
_COLUMNS_PER_BUILDING = 6
_SMOOTHING = 0.7
_FIRST_SLACK = 0.001
_TOLERANCE = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """What the optimiser found.

    Attributes
    ----------
    zones
        Building numbers of each zone; None when no plan was found.
    objective, bound
        Seconds; the bound is proved for every plan over the zones it covers.
    over_all_zones
        Whether the bound covers every zone of the allowed sizes, or only the
        candidates that were looked at.
    candidates
        Number of different zones that were priced.
    runtime_s
        Seconds the optimiser took.
    """

    zones: Zones | None
    objective: float
    bound: float
    over_all_zones: bool
    candidates: int
    runtime_s: float

    @property
    def gap(self) -> float:
        """(objective - bound) / objective."""
        return relative_gap(self.objective, self.bound)


def best_partition(
    space: ZoneSpace,
    count: int,
    *,
    distance: Floats,
    limits: SolverLimits,
    start: Zones | None = None,
    progress: ProgressCallback | None = None,
) -> Partition:
    """The cheapest way to put every building in one of ``count`` zones.

    Parameters
    ----------
    distance
        Shape (n, n), symmetric: which buildings are near one another; decides
        which zones are looked at first, never the answer.
    start
        A plan to begin with; returned if no better one is found.
    """
    return _Search(
        space, count, distance=distance, limits=limits, start=start, progress=progress
    ).run()


@dataclass(slots=True, eq=False)
class _Pool:
    """Zones known so far, by size, with their costs."""

    space: ZoneSpace
    tables: dict[int, Indices] = field(default_factory=dict)
    cost: dict[int, Floats] = field(default_factory=dict)
    used: dict[int, set[int]] = field(default_factory=dict)

    def add(self, tables: Sequence[Indices]) -> None:
        for fresh in tables:
            size = fresh.shape[1]
            cost = self.space.costs(fresh)
            if size in self.tables:
                self.tables[size] = np.concatenate([self.tables[size], fresh])
                self.cost[size] = np.concatenate([self.cost[size], cost])
            else:
                self.tables[size], self.cost[size] = fresh, cost
                self.used[size] = set()

    def __len__(self) -> int:
        return sum(len(zones) for zones in self.tables.values())

    def cheapest_share(self) -> Floats:
        """For each building the least cost of a zone with it, split equally."""
        share = np.full(self.space.n, np.inf)
        for size, zones in self.tables.items():
            for column in range(size):
                np.minimum.at(share, zones[:, column], self.cost[size] / size)
        return np.where(np.isfinite(share), share, share[np.isfinite(share)].max(initial=1.0))

    def cheapest(self, prices: Prices, most: int) -> list[Indices]:
        """The zones of least reduced cost, by size."""
        reduced = {
            size: prices.reduced(zones, self.cost[size]) for size, zones in self.tables.items()
        }
        everything = np.concatenate(list(reduced.values()))
        limit = np.inf if len(everything) <= most else np.partition(everything, most)[most]
        return [zones[reduced[size] < limit] for size, zones in self.tables.items()]

    def promising(
        self, prices: Prices, below: float
    ) -> tuple[float, list[tuple[tuple[int, ...], float]]]:
        """The least reduced cost, and new columns spread over the buildings."""
        least = np.inf
        found: list[tuple[float, int, int]] = []
        keep = _COLUMNS_PER_BUILDING * self.space.n
        for size, zones in self.tables.items():
            reduced = prices.reduced(zones, self.cost[size])
            least = min(least, float(reduced.min()))
            good = np.flatnonzero(reduced < below)
            if len(good) > 4 * keep:
                good = good[np.argpartition(reduced[good], 4 * keep)[: 4 * keep]]
            found += [(float(reduced[k]), size, int(k)) for k in good]
        found.sort()
        room = np.full(self.space.n, _COLUMNS_PER_BUILDING)
        columns = []
        for _, size, k in found:
            members = self.tables[size][k]
            if k in self.used[size] or room[members].max() <= 0:
                continue
            room[members] -= 1
            self.used[size].add(k)
            columns.append((tuple(int(b) for b in members), float(self.cost[size][k])))
        return least, columns


class _Master:
    """The linear relaxation over the columns added so far."""

    def __init__(self, n: int, count: int, penalty: float) -> None:
        self.n = n
        self.model = mathopt.Model(name="zones")
        self.cover = [self.model.add_linear_constraint(lb=1, ub=1) for _ in range(n)]
        self.count = self.model.add_linear_constraint(lb=count, ub=count)
        self.slack = []
        for row, sign in [(row, 1.0) for row in self.cover] + [
            (self.count, 1.0),
            (self.count, -1.0),
        ]:
            spare = self.model.add_variable(lb=0)
            row.set_coefficient(spare, sign)
            self.slack.append(spare)
        self.set_penalty(penalty)
        self.solver = mathopt.IncrementalSolver(self.model, mathopt.SolverType.GLOP)

    def set_penalty(self, penalty: float) -> None:
        for spare in self.slack:
            self.model.objective.set_linear_coefficient(spare, penalty)

    def add(self, columns: Sequence[tuple[tuple[int, ...], float]]) -> None:
        for members, cost in columns:
            zone = self.model.add_variable(lb=0)
            self.model.objective.set_linear_coefficient(zone, cost)
            self.count.set_coefficient(zone, 1)
            for building in members:
                self.cover[building].set_coefficient(zone, 1)

    def solve(self) -> tuple[float, Prices]:
        """Objective and prices."""
        self.result = self.solver.solve()
        duals = self.result.dual_values([*self.cover, self.count])
        return self.result.objective_value(), Prices(np.array(duals[:-1]), float(duals[-1]))

    def uncovered(self) -> float:
        """How far the last solution is from using zones alone."""
        return float(sum(self.result.variable_values(self.slack)))


class _Search:
    def __init__(
        self,
        space: ZoneSpace,
        count: int,
        *,
        distance: Floats,
        limits: SolverLimits,
        start: Zones | None,
        progress: ProgressCallback | None,
    ) -> None:
        self.space, self.count, self.limits = space, count, limits
        self.progress = progress
        self.started = time.monotonic()
        self.best = None if start is None else (space.plan_cost(start), start)
        self.pool = _Pool(space)
        self.pool.add([t for t in space.neighbourhood(distance, _NEIGHBOURS) if len(t)])
        self.pool.add(self._best_so_far())
        share = self.pool.cheapest_share()
        self.penalty = 4 * max(float(share.max()), 1.0)
        self.master = _Master(space.n, count, self.penalty)
        self.master.add(self.pool.promising(Prices(share, 0.0), np.inf)[1])
        self.prices = Prices(np.zeros(space.n), 0.0)
        self.relaxed = 0.0
        self.bound = 0.0
        self.proved_over_all = False

    def run(self) -> Partition:
        if self._relax():
            self._settle()
        self._tell("finished")
        return Partition(
            zones=None if self.best is None else self.best[1],
            objective=float("inf") if self.best is None else self.best[0],
            bound=self.bound,
            over_all_zones=self.proved_over_all,
            candidates=len(self.pool),
            runtime_s=self._elapsed(),
        )

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
                    bound=self.bound if self.proved_over_all else None,
                )
            )

    def _relax(self) -> bool:
        """Solve the linear relaxation over all zones; whether it was solved."""
        while True:
            objective = self._relax_over_pool()
            if self._out_of_time():
                return False
            self._tell("pricing every other zone")
            nothing = -_TOLERANCE * (1 + abs(objective))
            news = self.space.promising(self.prices, nothing)
            if not news:
                news = self._price_all(nothing)
            if not news:
                if self.master.uncovered() <= _TOLERANCE:
                    return True
                self.penalty *= 10
                self.master.set_penalty(self.penalty)
            self.pool.add(news)

    def _price_all(self, nothing: float) -> list[Indices]:
        """The zones that beat the prices; with them known, the prices bound every plan."""
        news = self.space.all_below(self.prices, nothing, most=self.limits.candidates)
        known = news or []
        least = min(
            (float(self.prices.reduced(t, self.space.costs(t)).min()) for t in known),
            default=nothing,
        )
        self.relaxed = self.prices.bound(self.count, least)
        if news is not None:
            self.bound = max(self.bound, self.relaxed)
            self.proved_over_all = True
        return known

    def _relax_over_pool(self) -> float:
        """Column generation over the known zones; leaves the best prices behind."""
        best = -np.inf
        while True:
            objective, latest = self.master.solve()
            trials = [latest]
            if best > -np.inf:
                trials.insert(0, self.prices.toward(latest, 1 - _SMOOTHING))
            for prices in trials:
                least, columns = self.pool.promising(prices, -_TOLERANCE * (1 + abs(objective)))
                value = prices.bound(self.count, least)
                if value > best:
                    best, self.prices = value, prices
                if columns:
                    break
            if not columns or self._out_of_time():
                return objective
            self.master.add(columns)
            self._tell("weighing candidate zones")

    def _settle(self) -> None:
        """Weigh plans over ever more zones, until the best is the best of all.

        Plans made only of zones within ``slack`` are all weighed at once; a
        plan with any other zone costs at least the relaxation plus ``slack``.
        """
        slack = _FIRST_SLACK * abs(self.relaxed)
        chosen = False
        while not self._out_of_time():
            self._tell("choosing zones")
            tables = self.space.all_below(self.prices, slack, most=self.limits.candidates)
            if tables is None:
                if not chosen:
                    tables = self.pool.cheapest(self.prices, self.limits.candidates)
                    self._choose([*tables, *self._best_so_far()])
                return
            chosen, cheapest = self._choose(tables)
            if self.proved_over_all:
                self.bound = max(self.bound, min(cheapest, self.relaxed + slack))
            if self.best is None:
                slack *= 2
            elif relative_gap(self.best[0], self.bound) <= self.limits.gap:
                return
            else:
                slack = min(2 * slack, self.best[0] - self.relaxed)

    def _best_so_far(self) -> list[Indices]:
        return [] if self.best is None else one_by_one(self.best[1])

    def _choose(self, tables: Sequence[Indices]) -> tuple[bool, float]:
        """Find the cheapest plan made of these zones; it is kept if it is the best.

        Whether one was found, and what such a plan is proved to cost at least:
        ``inf`` when there is none. Stopped by the clock, the solver proves less
        than the cost of the plan it found.
        """
        model = mathopt.Model(name="plan")
        cover = [model.add_linear_constraint(lb=1, ub=1) for _ in range(self.space.n)]
        count = model.add_linear_constraint(lb=self.count, ub=self.count)
        chosen = []
        for zones in tables:
            for members, cost in zip(zones.tolist(), self.space.costs(zones), strict=True):
                taken = model.add_binary_variable()
                model.objective.set_linear_coefficient(taken, float(cost))
                count.set_coefficient(taken, 1)
                for building in members:
                    cover[building].set_coefficient(taken, 1)
                chosen.append((taken, tuple(members), float(cost)))
        result = mathopt.solve(
            model,
            mathopt.SolverType.HIGHS,
            params=mathopt.SolveParameters(
                time_limit=timedelta(seconds=max(self.limits.time_s - self._elapsed(), 0.0)),
                relative_gap_tolerance=0.0,
                random_seed=self.limits.seed,
            ),
        )
        reason = result.termination.reason
        if reason is mathopt.TerminationReason.INFEASIBLE:
            return False, np.inf
        proved = max(0.0, result.best_objective_bound())
        if not result.has_primal_feasible_solution():
            return False, proved
        values = result.variable_values()
        picked = [(members, cost) for taken, members, cost in chosen if values[taken] > 0.5]
        cost = sum(cost for _, cost in picked)
        if self.best is None or cost < self.best[0]:
            self.best = (cost, tuple(sorted(members for members, _ in picked)))
        return True, cost if reason is mathopt.TerminationReason.OPTIMAL else proved
