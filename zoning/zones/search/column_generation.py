"""The exact optimiser: set partitioning by column generation.

A zone is a column; a plan covers each building by one column. The linear
relaxation is solved by adding columns of negative reduced cost (smoothed duals,
Wentges 1997), until a search over *all* zones finds none. The duals then bound
every plan (Lagrangian bound, Geoffrion 1974). With an incumbent of cost U and a
bound B, no better plan contains a zone whose reduced cost exceeds U - B (Nemhauser
and Wolsey 1988, section II.5.2), so an integer program over the remaining zones is
exact (Baldacci, Christofides and Mingozzi 2008).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zoning.zones.arrays import Counts, Floats, Indices, Zones
from zoning.zones.request.limits import Progress, ProgressCallback, SolverLimits, relative_gap
from zoning.zones.search.continuity import one_by_one
from zoning.zones.search.cuts import CutRelaxation, ListedZones
from zoning.zones.search.interruptible import SolverRefusalError
from zoning.zones.search.master_problem import (
    Cheapest,
    Column,
    Cut,
    Exclusion,
    Master,
    Pool,
    cheapest_plan,
)
from zoning.zones.search.reduced_costs import Duals
from zoning.zones.search.tuning import TUNING
from zoning.zones.search.zone_space import ZoneSpace

# What ended a search, in words.
_IMPRECISE = "the precision of the solver"
_WEAK = "a bound by pairs of buildings that is too weak to rule out all other zones"


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """The best partition that a search found, and its bound.

    Attributes
    ----------
    zones
        Building numbers of each zone; None when no plan was found.
    objective, bound
        Seconds; the bound is proved for every plan over the zones it covers,
        and ``inf`` when there is no plan.
    over_all_zones
        Whether the bound covers every zone the rules allow, or only the columns.
    candidates
        Number of columns.
    runtime_s
        Seconds the optimiser took.
    interrupted
        Whether the user stopped it.
    stopped_by
        What ended the search before the proof, if it was neither a limit nor the user.
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
    """Lower bounds over all zones, or over the columns alone.

    Attributes
    ----------
    bound
        Seconds: over all zones if ``over_all_zones``, else over the columns if
        ``over_candidates``; ``inf`` if there is no plan.
    reached
        The bound over the zones that the search considers now. It can exceed ``bound``
        when the search goes on with the columns alone after a bound over all zones.
    over_all_zones
        Whether the bound covers every zone that the rules allow.
    over_candidates
        Whether the search considers the columns alone now.
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
        """Raise the bound over all zones."""
        self.over_all_zones = True
        self.reached = max(self.reached, bound)
        self.bound = max(self.bound, bound)

    def over_known(self, bound: float) -> None:
        """Raise the bound over the columns; from now on the search considers these alone."""
        self.over_candidates = True
        self.raise_to(bound)

    def raise_to(self, bound: float) -> None:
        """Raise the bound over the zones that the search considers now."""
        self.reached = max(self.reached, bound)
        if not (self.over_all_zones and self.over_candidates):
            self.bound = max(self.bound, self.reached)

    def with_more_candidates(self) -> None:
        """Reset the bound over the columns after adding some."""
        self.reached, self.over_candidates = 0.0, False
        if not self.over_all_zones:
            self.bound = 0.0

    def no_plan(self) -> None:
        """Note that no plan exists."""
        self.reached = self.bound = float("inf")


class ZoneSearch:
    """Column generation over one zone space, for several numbers of zones in turn.

    The columns and duals of one number of zones are reused for the next.

    Parameters
    ----------
    distance
        Shape (n, n), symmetric, between buildings: decides the first columns, not the
        optimum.
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
        self.reach = TUNING.neighbours if space.n <= TUNING.large else TUNING.neighbours_if_large
        self.pool = Pool(space)
        self.master: Master | None = None
        self.started = time.monotonic()
        self.best: tuple[float, Zones] | None = None
        self.duals = Duals(np.zeros(space.n), 0.0)
        self.counts = (1, space.n)
        self.proof = Proof()
        self.relaxed, self.relaxed_over_pool = 0.0, -np.inf
        self.chosen_early, self.searching, self.stopped_by = False, True, ""

    def partition(
        self, counts: Counts, *, limits: SolverLimits, start: Zones | None = None
    ) -> Partition:
        """Find the cheapest partition of the buildings into this many zones.

        Parameters
        ----------
        counts
            Fewest and most zones.
        start
            The first incumbent; returned if no better plan is found.
        """
        self.started = time.monotonic()
        self.counts, self.limits = counts, limits
        self.best = None
        self.proof = Proof()
        self.relaxed, self.relaxed_over_pool = 0.0, -np.inf
        self.chosen_early, self.searching, self.stopped_by = False, True, ""
        if start is not None and np.isfinite(cost := self.space.plan_cost(start)):
            self.best = (cost, start)
        interrupted = False
        try:
            self._run()
            self._report("finished")
        except KeyboardInterrupt:
            interrupted = True
            self._bound_columns()
        except SolverRefusalError:
            if self.best is None:
                raise
            self.stopped_by = _IMPRECISE
            self._bound_columns()
        return Partition(
            zones=None if self.best is None else self.best[1],
            objective=float("inf") if self.best is None else self.best[0],
            bound=self.proof.bound,
            over_all_zones=self.proof.over_all_zones,
            candidates=len(self.pool),
            runtime_s=self._elapsed(),
            interrupted=interrupted,
            stopped_by=self.stopped_by,
        )

    def _run(self) -> None:
        master = self._prepare_master()
        while self._relax(master):
            before = self.best
            self.stopped_by = ""
            self._solve_integer_master(master)
            if not self._widen_neighbourhood(before):
                if self.proof.over_candidates:
                    self.stopped_by = self.stopped_by or _WEAK
                return
        if self._out_of_time():
            self._bound_columns()

    def _bound_columns(self) -> None:
        """Fall back to the bound over the columns if the search stopped before full pricing."""
        if self.relaxed_over_pool > self.proof.bound:
            self.proof.over_known(self.relaxed_over_pool)

    def _add_columns(self, tables: Sequence[Indices]) -> None:
        """Add columns to the pool; adding them invalidates the bound proved for the old set."""
        self.relaxed_over_pool = -np.inf
        self.pool.add(tables, known=True)

    def _prepare_master(self) -> Master:
        if self.master is not None:
            self.pool.add(self._incumbent_tables(), known=True)
            self.master.set_counts(self.counts)
            return self.master
        self.pool.add(self.space.neighbourhood(self.distance, self.reach))
        self.pool.add(self._incumbent_tables(), known=True)
        share = self.pool.cheapest_share()
        first = Duals(share, 0.0, claim=np.zeros(self._count_zones_today))
        unit = self.pool.typical_share()
        self.master = Master(self.space, self.counts, unit, 4 * max(float(share.max()), unit))
        self.master.add(self.pool.promising(first, np.inf)[1])
        return self.master

    def _widen_neighbourhood(self, before: tuple[float, Zones] | None) -> bool:
        """Add columns of a wider neighbourhood; False if that cannot improve the result."""
        if not self.proof.over_candidates or before == self.best or self._out_of_time():
            return False
        if self.best is None or self.reach >= TUNING.most_neighbours:
            return False
        if self.proof.reached < self.best[0] * (1 - self.limits.gap):
            return False
        self.reach += TUNING.more_neighbours
        self._report("adding candidate zones")
        self._add_columns(self.space.neighbourhood(self.distance, self.reach))
        self.proof.with_more_candidates()
        return True

    @property
    def _count_zones_today(self) -> int:
        return 0 if self.space.stability is None else self.space.stability.zones

    def _elapsed(self) -> float:
        return time.monotonic() - self.started

    def _time_left(self) -> float:
        return max(self.limits.time_s - self._elapsed(), 0.0)

    def _out_of_time(self) -> bool:
        return self._elapsed() > self.limits.time_s

    def _report(self, stage: str) -> None:
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
        """Solve the linear relaxation over all zones; return whether it was solved."""
        waiting = 0
        while True:
            columns = len(master)
            objective = self._relax_pool(master)
            if objective is None and not self._out_of_time():
                self.stopped_by = _IMPRECISE
            if objective is None or self._out_of_time():
                return False
            if self._choose_early and not self.chosen_early:
                self.chosen_early = True
                self._choose_from_pool()
            useless = waiting > 0 and len(master) == columns
            self._report("pricing every other zone")
            negligible = -TUNING.tolerance * (master.unit + abs(objective))
            fresh, certain = (
                self._price_all(negligible) if useless else self._price_some(negligible)
            )
            if self._out_of_time() and (fresh or not certain):
                return False
            waiting = sum(map(len, fresh))
            if waiting and not useless:
                self._add_columns(fresh)
                continue
            if master.uncovered() <= TUNING.tolerance:
                if not certain and not self._out_of_time():
                    self.relaxed = self._compute_bound(self.duals, self.pool.least(self.duals))
                    self.proof.over_known(self.relaxed)
                return True
            ceiling = self.space.ceiling()
            if certain and self.relaxed > ceiling * (1 + TUNING.tolerance):
                self.proof.no_plan()
                return False
            if not np.isfinite(ceiling):
                ceiling = TUNING.unknown_ceiling * master.unit
            if master.penalty > TUNING.highest_penalty * ceiling:
                self.stopped_by = _IMPRECISE
                return False
            master.set_penalty(TUNING.penalty_factor * master.penalty)

    def _compute_bound(self, duals: Duals, least: float) -> float:
        stability = self.space.stability
        most = 0 if stability is None or stability.most is None else stability.most
        return duals.bound(self.counts, least, most_moved=most)

    @property
    def _choose_early(self) -> bool:
        """Whether to find an incumbent before the proof, which may take all the time."""
        return self.space.n >= TUNING.early_plan_from

    def _choose_from_pool(self) -> None:
        """Find an incumbent among the columns of least reduced cost."""
        tables = self.pool.cheapest(self.duals, TUNING.early_plan_columns)
        self._solve_over(
            [*tables, *self._incumbent_tables()],
            nodes=TUNING.early_plan_nodes if self._choose_early else None,
        )

    def _price_some(self, negligible: float) -> tuple[list[Indices], bool]:
        """Find zones of negative reduced cost; return also whether these are all."""
        if self.space.travel.exact:
            fresh, complete = self._price_all(negligible, hurried=True)
            if complete:
                return fresh, True
        fresh = self.space.promising(
            self.duals, negligible, stop=self._out_of_time, workers=self.limits.workers
        )
        return (fresh, False) if fresh else self._price_all(negligible)

    def _price_all(self, negligible: float, *, hurried: bool = False) -> tuple[list[Indices], bool]:
        """Find all zones of negative reduced cost; return also whether the search was complete.

        If it was, two Lagrangian bounds hold for every plan: one with the least reduced
        cost, and one at duals lowered until no reduced cost is negative. The better is
        kept.
        """
        fresh, complete = self.space.all_below(
            self.duals,
            negligible,
            most=max(TUNING.new_zones, TUNING.new_zones_per_building * self.space.n),
            hurried=hurried,
            stop=self._out_of_time,
            workers=self.limits.workers,
        )
        if not complete:
            return fresh, False
        reduced = [self.space.reduced(t, self.space.costs(t), self.duals) for t in fresh]
        least = min((float(values.min()) for values in reduced), default=negligible)
        self.relaxed = self._compute_bound(self.duals, least)
        lowered = self.duals.lowered(fresh, reduced)
        if (bound := self._compute_bound(lowered, negligible)) > self.relaxed:
            self.duals, self.relaxed = lowered, bound
        self.proof.over_all(self.relaxed)
        return fresh, True

    def _relax_pool(self, master: Master) -> float | None:
        """Solve the relaxation over the pool, and keep the duals of the best bound.

        Returns None if the solver finds no duals: the penalty is too high for its precision.
        """
        best = self.relaxed_over_pool = -np.inf
        few = self.space.n // TUNING.few_columns_share
        afresh = False
        while True:
            solved = master.solve(afresh=afresh, time_s=self._time_left())
            if solved is None:
                return None
            objective, latest = solved
            trials = [latest]
            if best > -np.inf:
                trials.insert(0, self.duals.toward(latest, 1 - TUNING.smoothing))
            columns: list[Column] = []
            negligible = -TUNING.tolerance * (master.unit + abs(objective))
            for duals in trials:
                least, found = self.pool.promising(duals, negligible)
                value = self._compute_bound(duals, least)
                if value > best:
                    best, self.duals = value, duals
                columns += found
                if len(columns) > few:
                    break
            self.relaxed_over_pool = best
            if self._out_of_time():
                return objective
            if not found:
                if least >= negligible:
                    self.duals = latest
                if least >= negligible or afresh:
                    return objective
            afresh = not found
            master.add(columns)
            self._report("solving over candidate zones")

    def _solve_integer_master(self, master: Master) -> None:
        """Solve the integer master over a growing column set until the optimum is proved.

        The master contains all zones with reduced cost up to ``slack``. A plan with any
        other zone costs at least the relaxation plus ``slack``.
        """
        least = TUNING.smallest_slack * master.unit
        slack = max(TUNING.first_slack * abs(self.relaxed), least)
        enough = min(self.space.ceiling(), TUNING.unknown_ceiling * master.unit) - self.relaxed
        listed_to, too_many = 0.0, np.inf
        if self._choose_early:
            self._choose_from_pool()
        while not self._out_of_time():
            self._report("listing zones")
            tables = self._list_candidates(slack)
            if tables is None:
                too_many = slack
                if self.best is None and listed_to == 0:
                    self._choose_from_pool()
            else:
                cheapest = self._solve_listed(master, tables, slack)
                self.proof.raise_to(min(cheapest, self.relaxed + slack))
                listed_to = slack
                if self.best is None and slack > enough:
                    if not self.proof.over_candidates and cheapest >= self.relaxed + slack:
                        self.proof.no_plan()
                    return
            if self.stopped_by or self._is_proved:
                return
            slack = TUNING.wider_slack * listed_to if listed_to else slack / TUNING.wider_slack
            if self.best is not None:
                slack = min(slack, max(self.best[0] - self.relaxed, least))
            if slack <= listed_to:
                self.stopped_by = _IMPRECISE
                return
            if slack >= too_many:
                slack = (listed_to * too_many) ** 0.5
            least_useful = TUNING.least_wider_slack * listed_to if too_many < np.inf else least
            if slack < max(least_useful, least):
                self.stopped_by = "too many zones that a better plan could hold"
                return

    @property
    def _is_proved(self) -> bool:
        """Whether the incumbent is within the gap limit."""
        best, reached = self.best, self.proof.reached
        return best is not None and relative_gap(best[0], reached) <= self.limits.gap

    def _list_candidates(self, slack: float) -> list[Indices] | None:
        """List the zones with reduced cost up to ``slack``; None if there are too many."""
        most = TUNING.listed_zones
        if self.proof.over_candidates:
            return self.pool.below(self.duals, slack, most=most)
        tables, complete = self.space.all_below(
            self.duals,
            slack,
            most=most,
            whole=True,
            stop=self._out_of_time,
            workers=self.limits.workers,
        )
        return tables if complete else None

    def _solve_listed(self, master: Master, tables: list[Indices], slack: float) -> float:
        """Find the cheapest plan of some zones; return the lower bound on plans of these.

        Cuts make many zones fewer first: only zones remain that a plan below the incumbent
        and below the cost of a plan with other zones can hold. While a better plan could have
        other zones, one is sought first, as long as each list gives a better one: it makes the
        next list shorter.
        """
        listed = ListedZones(self.space, tables)
        if len(listed) <= TUNING.few_zones:
            return self._choose_among(listed)
        listed.reduced = listed.compute_reduced(self.duals, np.zeros(0))
        listed.bound = self.relaxed
        beyond = self.relaxed + slack
        before = self.best
        if self.searching and (self.best is None or self.best[0] > beyond):
            self._choose_few(listed)
            self.searching = self.best is None or self.best != before
        cutoff = beyond if self.best is None else min(self.best[0], beyond)
        self._report("cutting off fractions of zones")
        relaxation = CutRelaxation(
            listed,
            self.counts,
            duals=self.duals,
            unit=master.unit,
            penalty=master.first_penalty,
            bound_with=self._compute_bound,
            time_left=self._time_left,
        )
        relaxation.tighten(cutoff)
        self.proof.raise_to(min(listed.bound, cutoff))
        if listed.bound >= cutoff or self._is_proved or self._out_of_time():
            return min(listed.bound, cutoff)
        if len(listed) > self.limits.candidates:
            self._choose_few(listed, cuts=relaxation.active)
            cutoff = cutoff if self.best is None else min(self.best[0], cutoff)
            listed.keep_below(cutoff)
        return min(cutoff, self._choose_among(listed, cuts=relaxation.active))

    def _choose_few(self, listed: ListedZones, *, cuts: Sequence[Cut] = ()) -> None:
        """Seek a better plan among many zones, those of least reduced cost first."""
        most = TUNING.fewest_chosen
        while most <= self.limits.candidates and not self._out_of_time():
            self._report("choosing among promising zones")
            tables = [*listed.cheapest(most), *self._incumbent_tables()]
            self._solve_over(tables, nodes=TUNING.few_nodes, cuts=cuts)
            if len(listed) <= most or (self.best is not None and most >= TUNING.many_zones):
                return
            most *= TUNING.more_chosen

    def _choose_among(self, listed: ListedZones, *, cuts: Sequence[Cut] = ()) -> float:
        """Choose among all listed zones, if they are not too many; return the lower bound."""
        if len(listed) > self.limits.candidates:
            self.stopped_by = f"the limit of {self.limits.candidates:,} candidate zones"
            return max(listed.bound, self.relaxed)
        self._report("choosing zones")
        return max(listed.bound, self._solve_over(listed.tables, cuts=cuts))

    # After a partition was found: plans near the best.

    def restart_clock(self, limits: SolverLimits) -> None:
        """Give the next searches a time limit of their own."""
        self.started, self.limits = time.monotonic(), limits

    def zones_within(self, cost: float) -> tuple[list[Indices], float] | None:
        """List the zones that a plan of this cost can have; None if there are too many.

        Returns also what a plan with any other zone costs at least. Like the bound of the
        last partition, both are over all zones or over the columns alone.
        """
        least = 0.0
        while True:
            floor = self._compute_bound(self.duals, least)
            slack = max(cost - floor, 0.0) + TUNING.tolerance * abs(cost) + TUNING.spare_s
            tables = self._list_candidates(slack)
            if tables is None or sum(map(len, tables)) > self.limits.candidates:
                return None
            reduced = [self.space.reduced(t, self.space.costs(t), self.duals) for t in tables]
            found = min((float(values.min()) for values in reduced if len(values)), default=0.0)
            if found >= least:
                return tables, floor + slack
            least = found

    def cheapest_columns(self) -> list[Indices]:
        """As many columns of least reduced cost as the integer program may have."""
        return self.pool.cheapest(self.duals, self.limits.candidates)

    def cheapest_plan(self, tables: Sequence[Indices], exclusions: Sequence[Exclusion]) -> Cheapest:
        """Solve the integer master over these zones, without the plans that exclusions rule out."""
        return cheapest_plan(
            self.space,
            tables,
            self.counts,
            unit=abs(self.relaxed or self.relaxed_over_pool) / self.space.n or 1.0,
            time_left=lambda: max(self.limits.time_s - self._elapsed(), 0.0),
            seed=self.limits.seed,
            exclusions=exclusions,
        )

    def _incumbent_tables(self) -> list[Indices]:
        return [] if self.best is None else one_by_one(self.best[1])

    def _solve_over(
        self, tables: Sequence[Indices], *, nodes: int | None = None, cuts: Sequence[Cut] = ()
    ) -> float:
        """Solve the integer master over these zones, and update the incumbent.

        Returns the lower bound on plans of these zones (``inf`` if there is none).
        """
        found = cheapest_plan(
            self.space,
            tables,
            self.counts,
            unit=abs(self.relaxed or self.relaxed_over_pool) / self.space.n or 1.0,
            time_left=self._time_left,
            seed=self.limits.seed,
            nodes=nodes,
            cuts=cuts,
            start=None if self.best is None else self.best[1],
        )
        if found.columns is not None:
            cost = sum(column.cost for column in found.columns)
            if self.best is None or cost < self.best[0]:
                self.best = (cost, tuple(sorted(column.members for column in found.columns)))
        return found.bound
