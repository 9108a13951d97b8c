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

import numpy as np

from zoning.zones.arrays import Counts, Floats, Indices, Zones
from zoning.zones.request.limits import Progress, ProgressCallback, SolverLimits, relative_gap
from zoning.zones.search.continuity import one_by_one
from zoning.zones.search.master_problem import Column, Master, Pool, cheapest_plan
from zoning.zones.search.reduced_costs import Prices
from zoning.zones.search.zone_space import ZoneSpace


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
    stopped_by
        What ended the search before the proof, where neither the clock nor the user did
        nor the limit of candidates.
    """

    zones: Zones | None
    objective: float
    bound: float
    over_all_zones: bool
    candidates: int
    runtime_s: float
    interrupted: bool = False
    stopped_by: str = ""

    @property
    def gap(self) -> float:
        """(objective - bound) / objective."""
        return relative_gap(self.objective, self.bound)


@dataclass(slots=True)
class Proof:
    """Bounds on plans of all zones, or of the candidate zones where that is all there is.

    Attributes
    ----------
    bound
        No plan costs less, seconds: of all zones if ``over_all_zones``, else of the
        candidates if ``over_candidates``; ``inf`` when there is no plan.
    reached
        The same of the zones that are weighed now: a bound over all zones stays
        when the search goes on with candidates alone.
    over_all_zones
        Whether the bound covers every zone that the rules allow.
    over_candidates
        Whether candidates are all that is weighed now.
    """

    bound: float = 0.0
    reached: float = 0.0
    over_all_zones: bool = False
    over_candidates: bool = False

    @property
    def known(self) -> float | None:
        """The bound; None if nothing is proved."""
        return self.bound if self.over_all_zones or self.over_candidates else None

    def over_all(self, bound: float) -> None:
        """Note a bound on every plan of all zones."""
        self.over_all_zones = True
        self.reached = max(self.reached, bound)
        self.bound = max(self.bound, bound)

    def over_known(self, bound: float) -> None:
        """Note a bound on every plan of the candidates, when no more is hoped for."""
        self.over_candidates = True
        self.raise_to(bound)

    def raise_to(self, bound: float) -> None:
        """Note a bound on every plan of the zones that are weighed now."""
        self.reached = max(self.reached, bound)
        if not (self.over_all_zones and self.over_candidates):
            self.bound = max(self.bound, self.reached)

    def with_more_candidates(self) -> None:
        """Forget what was proved of the candidates alone: now there are more."""
        self.reached, self.over_candidates = 0.0, False
        if not self.over_all_zones:
            self.bound = 0.0

    def no_plan(self) -> None:
        """There is none."""
        self.reached = self.bound = float("inf")


_NEIGHBOURS = 10
_MANY_BUILDINGS = 1_200
_NEIGHBOURS_OF_MANY = 8
_MANY_TO_CHOOSE_FOR = 400
_NODES_OF_MANY = 20
_CHOSEN_FROM = 8_000
_NEWS_PER_BUILDING = 8
_HIGHEST_PENALTY = 1_000.0
_STEEPER = 1_000.0
_UNKNOWN_CEILING = 1e3
_LEAST_SLACK = 1e-5
_WIDER_BY = 2
_WIDEST = 12
_SMOOTHING = 0.7
_SHARE_OF_FEW = 20
_FIRST_SLACK = 0.001
_TOLERANCE = 1e-7


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
        self.master: Master | None = None
        self.started = time.monotonic()
        self.best: tuple[float, Zones] | None = None
        self.prices = Prices(np.zeros(space.n), 0.0)
        self.counts = (1, space.n)
        self.proof = Proof()
        self.relaxed, self.relaxed_over_pool = 0.0, -np.inf
        self.chosen_early = self.imprecise = False

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
        self.proof = Proof()
        self.relaxed, self.relaxed_over_pool = 0.0, -np.inf
        self.chosen_early = self.imprecise = False
        if start is not None and np.isfinite(cost := self.space.plan_cost(start)):
            self.best = (cost, start)
        interrupted = False
        try:
            self._run()
            self._tell("finished")
        except KeyboardInterrupt:
            interrupted = True
            self._bound_the_known()
        return Partition(
            zones=None if self.best is None else self.best[1],
            objective=float("inf") if self.best is None else self.best[0],
            bound=self.proof.bound,
            over_all_zones=self.proof.over_all_zones,
            candidates=len(self.pool),
            runtime_s=self._elapsed(),
            interrupted=interrupted,
            stopped_by="the precision of the solver" if self.imprecise else "",
        )

    def _run(self) -> None:
        master = self._prepare()
        while self._relax(master):
            before = self.best
            self._settle(master)
            if not self._widen(before):
                return
        if self._out_of_time():
            self._bound_the_known()

    def _bound_the_known(self) -> None:
        """Stopped before every zone was priced, the candidates at least are bounded."""
        if self.relaxed_over_pool > self.proof.bound:
            self.proof.over_known(self.relaxed_over_pool)

    def _learn(self, tables: Sequence[Indices]) -> None:
        """Make zones candidates; what was proved of the others alone is void."""
        self.relaxed_over_pool = -np.inf
        self.pool.add(tables, known=True)

    def _prepare(self) -> Master:
        if self.master is not None:
            self.pool.add(self._best_so_far(), known=True)
            self.master.set_counts(self.counts)
            return self.master
        self.pool.add(self.space.neighbourhood(self.distance, self.reach))
        self.pool.add(self._best_so_far(), known=True)
        share = self.pool.cheapest_share()
        first = Prices(share, 0.0, claim=np.zeros(self._today))
        unit = self.pool.typical_share()
        self.master = Master(self.space, self.counts, unit, 4 * max(float(share.max()), unit))
        self.master.add(self.pool.promising(first, np.inf)[1])
        return self.master

    def _widen(self, before: tuple[float, Zones] | None) -> bool:
        """Look at more candidates where these are all there are; whether it is worth while."""
        if not self.proof.over_candidates or before == self.best or self._out_of_time():
            return False
        if self.best is None or self.reach >= _WIDEST:
            return False
        if self.proof.reached < self.best[0] * (1 - self.limits.gap):
            return False
        self.reach += _WIDER_BY
        self._tell("looking at more candidate zones")
        self._learn(self.space.neighbourhood(self.distance, self.reach))
        self.proof.with_more_candidates()
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
                    bound=self.proof.known,
                )
            )

    def _relax(self, master: Master) -> bool:
        """Solve the linear relaxation; whether it was solved."""
        waiting = 0
        while True:
            columns = len(master)
            objective = self._relax_over_pool(master)
            if objective is None or self._out_of_time():
                self.imprecise = objective is None
                return False
            if self._many and not self.chosen_early:
                self.chosen_early = True
                self._choose_from_pool()
            useless = waiting > 0 and len(master) == columns
            self._tell("pricing every other zone")
            nothing = -_TOLERANCE * (master.unit + abs(objective))
            news, certain = self._price_all(nothing) if useless else self._new_zones(nothing)
            if self._out_of_time() and (news or not certain):
                return False
            waiting = sum(map(len, news))
            if waiting and not useless:
                self._learn(news)
                continue
            if master.uncovered() <= _TOLERANCE:
                if not certain and not self._out_of_time():
                    self.relaxed = self._bound(self.prices, self.pool.least(self.prices))
                    self.proof.over_known(self.relaxed)
                return True
            ceiling = self.space.ceiling()
            if certain and self.relaxed > ceiling * (1 + _TOLERANCE):
                self.proof.no_plan()
                return False
            if not np.isfinite(ceiling):
                ceiling = _UNKNOWN_CEILING * master.unit
            if master.penalty > _HIGHEST_PENALTY * ceiling:
                self.imprecise = True
                return False
            master.set_penalty(_STEEPER * master.penalty)

    def _bound(self, prices: Prices, least: float) -> float:
        stability = self.space.stability
        most = 0 if stability is None or stability.most is None else stability.most
        return prices.bound(self.counts, least, most_moved=most)

    @property
    def _many(self) -> bool:
        """Whether a plan is due before the proof, which may take all the time there is."""
        return self.space.n >= _MANY_TO_CHOOSE_FOR

    def _choose_from_pool(self) -> None:
        """A good plan of the known zones, without a proof."""
        tables = self.pool.cheapest(self.prices, min(self.limits.candidates, _CHOSEN_FROM))
        self._choose([*tables, *self._best_so_far()], nodes=_NODES_OF_MANY if self._many else None)

    def _new_zones(self, nothing: float) -> tuple[list[Indices], bool]:
        """Zones that beat the prices, and whether they are all there are."""
        if self.space.travel.exact:
            news, complete = self._price_all(nothing, hurried=True)
            if complete:
                return news, True
        news = self.space.promising(
            self.prices, nothing, stop=self._out_of_time, workers=self.limits.workers
        )
        return (news, False) if news else self._price_all(nothing)

    def _price_all(self, nothing: float, *, hurried: bool = False) -> tuple[list[Indices], bool]:
        """The zones that beat the prices, and whether they are all there are.

        With them known, the prices bound every plan: less what these zones can
        save together, or lowered until none of them beats the prices.
        """
        news, complete = self.space.all_below(
            self.prices,
            nothing,
            most=max(self.limits.candidates, _NEWS_PER_BUILDING * self.space.n),
            hurried=hurried,
            stop=self._out_of_time,
            workers=self.limits.workers,
        )
        if not complete:
            return news, False
        reduced = [self.space.reduced(t, self.space.costs(t), self.prices) for t in news]
        least = min((float(values.min()) for values in reduced), default=nothing)
        self.relaxed = self._bound(self.prices, least)
        lowered = self.prices.lowered(news, reduced)
        if (bound := self._bound(lowered, nothing)) > self.relaxed:
            self.prices, self.relaxed = lowered, bound
        self.proof.over_all(self.relaxed)
        return news, True

    def _relax_over_pool(self, master: Master) -> float | None:
        """Column generation over the known zones; leaves the best prices behind.

        None where the solver found no prices: the penalty has grown too steep for it.
        """
        best = self.relaxed_over_pool = -np.inf
        few = self.space.n // _SHARE_OF_FEW
        afresh = False
        while True:
            solved = master.solve(afresh=afresh)
            if solved is None:
                return None
            objective, latest = solved
            trials = [latest]
            if best > -np.inf:
                trials.insert(0, self.prices.toward(latest, 1 - _SMOOTHING))
            columns: list[Column] = []
            nothing = -_TOLERANCE * (master.unit + abs(objective))
            for prices in trials:
                least, found = self.pool.promising(prices, nothing)
                value = self._bound(prices, least)
                if value > best:
                    best, self.prices = value, prices
                columns += found
                if len(columns) > few:
                    break
            self.relaxed_over_pool = best
            if self._out_of_time():
                return objective
            if not found:
                if least >= nothing:
                    self.prices = latest
                if least >= nothing or afresh:
                    return objective
            afresh = not found
            master.add(columns)
            self._tell("weighing candidate zones")

    def _settle(self, master: Master) -> None:
        """Weigh plans over ever more zones, until the best is the best of all.

        Plans made only of zones within ``slack`` are all weighed at once; a
        plan with any other zone costs at least the relaxation plus ``slack``.
        """
        least = _LEAST_SLACK * master.unit
        slack = max(_FIRST_SLACK * abs(self.relaxed), least)
        enough = min(self.space.ceiling(), _UNKNOWN_CEILING * master.unit) - self.relaxed
        chosen = False
        if self._many:
            self._choose_from_pool()
        while not self._out_of_time():
            self._tell("choosing zones")
            tables = self._within(slack)
            if tables is None:
                if not chosen and not self._many:
                    self._choose_from_pool()
                return
            chosen, cheapest = self._choose(tables)
            self.proof.raise_to(min(cheapest, self.relaxed + slack))
            if self.best is None:
                if slack > enough:
                    if not self.proof.over_candidates and np.isinf(cheapest):
                        self.proof.no_plan()
                    return
                slack *= 2
            elif relative_gap(self.best[0], self.proof.reached) <= self.limits.gap:
                return
            else:
                slack = min(2 * slack, max(self.best[0] - self.relaxed, least))

    def _within(self, slack: float) -> list[Indices] | None:
        """The zones that a plan within ``slack`` of the relaxation can have."""
        most = self.limits.candidates
        if self.proof.over_candidates:
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

    def _choose(self, tables: Sequence[Indices], *, nodes: int | None = None) -> tuple[bool, float]:
        """Find the cheapest plan made of these zones; it is kept if it is the best.

        Whether one was found, and what such a plan is proved to cost at least:
        ``inf`` when there is none.
        """
        found = cheapest_plan(
            self.space,
            tables,
            self.counts,
            unit=abs(self.relaxed or self.relaxed_over_pool) / self.space.n or 1.0,
            time_left=lambda: max(self.limits.time_s - self._elapsed(), 0.0),
            seed=self.limits.seed,
            nodes=nodes,
        )
        if found.columns is None:
            return False, found.bound
        cost = sum(column.cost for column in found.columns)
        if self.best is None or cost < self.best[0]:
            self.best = (cost, tuple(sorted(column.members for column in found.columns)))
        return True, found.bound
