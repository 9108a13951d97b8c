"""Solve the p-median, with or without a capacity, from a cost matrix, with a proof.

Each zone is served from its best building and holds no more demand than the
capacity. A Lagrangian relaxation of "each building is served once" (Geoffrion 1974),
improved by subgradient steps (Held, Wolfe and Crowder 1974), bounds every plan and
fixes assignment variables to 0 by reduced cost. A MILP decides the others, first
only those with the least bounds. A *service* is one assignment variable: building i
served from the post at building s.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

import numpy as np
from ortools.math_opt.python import mathopt

from zoning.zones.arrays import Bools, Counts, Floats, Numbers, Zones
from zoning.zones.request.limits import Progress, ProgressCallback, SolverLimits
from zoning.zones.search.column_generation import Partition
from zoning.zones.search.interruptible import PROVED_IMPOSSIBLE, SolverRefusalError, integer_result


@dataclass(frozen=True, slots=True, kw_only=True)
class PMedianTuning:
    """Constants of the search; none of them changes what a bound proves.

    Attributes
    ----------
    rounds
        Limit of relaxations: few ascents need more, since the step shrinks as below.
    stall, shrink, shortest_step
        After ``stall`` relaxations without a better bound the step is multiplied by
        ``shrink``, until it is below ``shortest_step``: at least some 200 relaxations.
    later_step
        First step of a later ascent, as a share of the full step: its duals are good already.
    momentum
        Share of the last direction in the next: damps the zigzag of subgradients.
    plan_every
        Relaxations between two heuristic plans: a plan takes a few times as long as one.
    relocations
        Limit of rounds that move posts to the best building of their zone; most plans
        settle much sooner.
    near_pairs, wider
        Services for each building in the first MILP, and the factor for each next one.
        On most instances 6 contain a good plan, and the MILP is solved quickly.
    most_pairs
        Limit of services in a MILP: with 45,000 HiGHS overran a limit of 40 s by 13 s.
    report_every
        Relaxations between two progress reports: a fraction of a second.
    typical_cost
        Costs are scaled to about this mean, which suits the absolute tolerances of solvers.
    rounding
        Sums of loads may miss the capacity by this share.
    """

    rounds: int = 600
    stall: int = 12
    shrink: float = 0.7
    shortest_step: float = 2e-3
    later_step: float = 0.3
    momentum: float = 0.5
    plan_every: int = 3
    relocations: int = 20
    near_pairs: int = 6
    wider: int = 5
    most_pairs: int = 20_000
    report_every: int = 25
    typical_cost: float = 64.0
    rounding: float = 1e-9


TUNING = PMedianTuning()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Instance:
    """A p-median: ``cost[s, i]`` of serving i from s, demands, capacity and number of zones."""

    cost: Floats
    demand: Floats
    capacity: float
    counts: Counts

    @property
    def n(self) -> int:
        """Number of buildings."""
        return len(self.demand)

    @property
    def most(self) -> float:
        """Capacity plus a relative tolerance of 1e-9; rounded down if all demands are whole."""
        most = self.capacity * (1 + TUNING.rounding)
        whole = math.isfinite(most) and np.array_equal(self.demand, np.round(self.demand))
        return math.floor(most) if whole else most

    def possible(self) -> Bools:
        """Which post may serve which building; the diagonal: which posts may open."""
        allowed = np.isfinite(self.cost) & (self.demand[:, None] + self.demand <= self.most)
        np.fill_diagonal(allowed, np.isfinite(self.cost.diagonal()) & (self.demand <= self.most))
        return allowed & allowed.diagonal()[:, None]

    def zone_costs(self, zone: Sequence[int] | Numbers) -> Floats:
        """Cost of a zone if served from each of its buildings."""
        at = np.asarray(zone)
        return np.asarray(self.cost[np.ix_(at, at)].sum(axis=1))

    def plan_cost(self, zones: Zones) -> float:
        """Cost of a plan; inf if a zone holds too much or cannot be served."""
        if any(self.demand[list(zone)].sum() > self.most for zone in zones):
            return math.inf
        return float(sum(self.zone_costs(zone).min() for zone in zones))


class Relaxation(NamedTuple):
    """A solution of the Lagrangian relaxation at some duals.

    Attributes
    ----------
    value
        A lower bound on every plan.
    post
        Shape (n,): reduced cost of each post with its best load.
    room_dual
        Shape (n,): dual of each post's capacity.
    served
        Shape (n, n): share of building i that the chosen post s serves.
    """

    duals: Floats
    value: float
    post: Floats
    opened: Numbers
    room_dual: Floats
    served: Floats


def relax(one: Instance, duals: Floats, allowed: Bools) -> Relaxation:
    """Solve the Lagrangian relaxation: a fractional knapsack for each post."""
    reduced = np.where(allowed, one.cost - duals, np.inf)
    post = reduced.diagonal().copy()
    gain = np.maximum(-reduced, 0.0)
    np.fill_diagonal(gain, 0.0)
    room_dual = np.zeros(one.n)
    served = np.zeros((one.n, one.n))
    if math.isinf(one.capacity):
        served[gain > 0] = 1.0
        post -= gain.sum(axis=1)
    else:
        width = max(int((gain > 0).sum(axis=1).max()), 1)
        at = np.argpartition(-gain, width - 1, axis=1)[:, :width]
        gains, loads = np.take_along_axis(gain, at, axis=1), one.demand[at]
        rate = np.where(loads > 0, gains / np.where(loads > 0, loads, 1.0), np.inf)
        order = np.argsort(-rate, axis=1, kind="stable")
        at, gains, loads, rate = (np.take_along_axis(t, order, 1) for t in (at, gains, loads, rate))
        left = one.most - one.demand[:, None] - (np.cumsum(loads, axis=1) - loads)
        share = np.where(loads > 0, np.clip(left / np.where(loads > 0, loads, 1.0), 0, 1), 1.0)
        post -= (gains * share).sum(axis=1)
        room_dual = np.where(share < 1, rate, 0.0).max(axis=1)
        np.put_along_axis(served, at, share * (gains > 0), axis=1)
    opened = np.argsort(post, kind="stable")[: _count_best_posts(post, one.counts)]
    closed = np.ones(one.n, dtype=bool)
    closed[opened] = False
    served[closed] = 0.0
    served[opened, opened] = 1.0
    value = float(duals.sum() + post[opened].sum())
    return Relaxation(duals, value, post, opened, room_dual, served)


def _count_best_posts(post: Floats, counts: Counts) -> int:
    """Count the posts of negative reduced cost, within the bounds on their number."""
    return max(counts[0], min(counts[1], int((post < 0).sum())))


def ascend(
    one: Instance,
    duals: Floats,
    allowed: Bools,
    *,
    cutoff: Callable[[], float],
    step: float,
    visit: Callable[[Relaxation, Relaxation], bool],
) -> Relaxation:
    """Raise the bound by subgradient steps until it meets the cutoff or the steps run out.

    Parameters
    ----------
    cutoff
        Returns the cost that a new plan must beat.
    step
        First step as a share of Polyak's.
    visit
        Called with each relaxation and the best so far; True stops the ascent.
    """
    best = relax(one, duals, allowed)
    latest, direction, stalled = best, np.zeros(one.n), 0
    for _ in range(TUNING.rounds):
        stalled = 0 if latest.value > best.value + 1e-6 * abs(best.value) else stalled + 1
        if latest.value > best.value:
            best = latest
        missing = 1.0 - latest.served.sum(axis=0)
        if visit(latest, best) or best.value >= cutoff() or not missing.any():
            break
        if stalled >= TUNING.stall:
            stalled, step = 0, step * TUNING.shrink
            duals, direction = best.duals, np.zeros(one.n)
            if step < TUNING.shortest_step:
                break
        direction = missing + TUNING.momentum * direction
        # Polyak's step aims at the optimum, of which the cutoff is an upper bound.
        reach = best.value + 0.1 * (1 + abs(best.value))
        goal = min(reach, 1.02 * cutoff()) if cutoff() > 0 else reach
        distance = max(goal - latest.value, 1e-9 * (1 + abs(best.value)))
        duals = duals + step * distance / float(direction @ direction) * direction
        latest = relax(one, duals, allowed)
    return best


def least_with(one: Instance, best: Relaxation, allowed: Bools) -> Floats:
    """Lower bound on every plan in which post s serves building i; inf where forbidden."""
    post = best.post
    fewest, most = one.counts
    order = np.argsort(post, kind="stable")
    others = max(fewest - 1, min(most - 1, int((post < 0).sum())))
    opening = best.duals.sum() + post + post[order[:others]].sum()
    opening[order[: _count_best_posts(post, one.counts)]] = best.value
    with np.errstate(invalid="ignore"):
        forced = np.maximum(one.cost - best.duals + best.room_dual[:, None] * one.demand, 0.0)
    np.fill_diagonal(forced, 0.0)
    return np.where(allowed, opening[:, None] + forced, np.inf)


def plan_around(one: Instance, posts: Numbers) -> Zones | None:
    """Build zones around posts, and relocate the posts; None if a load does not fit.

    Buildings choose their post by regret (Martello and Toth 1990, section 7.4), then
    each zone moves its post to its best building, until nothing changes.
    """
    for _ in range(TUNING.relocations):
        home = _assign_to_posts(one, posts)
        if home is None:
            return None
        members = [np.flatnonzero(home == k) for k in range(len(posts))]
        moved = np.array([at[int(np.argmin(one.zone_costs(at)))] for at in members])
        if np.array_equal(moved, posts):
            break
        posts = moved
    return tuple(sorted(tuple(zone.tolist()) for zone in members))


def _assign_to_posts(one: Instance, posts: Numbers) -> Numbers | None:
    """Assign buildings to posts, largest regret first; None if one does not fit."""
    cost = one.cost[posts]
    cost[:, posts] = np.inf
    cost[np.arange(len(posts)), posts] = 0.0
    order = np.argsort(cost, axis=0, kind="stable")
    home: Numbers = order[0].copy()
    if math.isinf(one.capacity):
        return home
    ranked = np.minimum(np.take_along_axis(cost, order, axis=0), np.finfo(float).max)
    regret = ranked[min(1, len(posts) - 1)] - ranked[0]
    left = one.most - one.demand[posts]
    for i in np.setdiff1d(np.argsort(-regret, kind="stable"), posts, assume_unique=True).tolist():
        fits = left[order[:, i]] >= one.demand[i]
        if not fits.any():
            return None
        home[i] = order[int(np.argmax(fits)), i]
        left[home[i]] -= one.demand[i]
    return home


class MilpAnswer(NamedTuple):
    """The best plan of a MILP, if any, and its lower bound."""

    zones: Zones | None
    bound: float


def choose(
    one: Instance, allowed: Bools, *, cutoff: float, seconds: float, seed: int
) -> MilpAnswer:
    """Solve the MILP over the allowed services, for plans that cost at most the cutoff."""
    model = mathopt.Model(name="posts")
    posts = np.flatnonzero(allowed.diagonal()).tolist()
    opened = {s: model.add_binary_variable() for s in posts}
    taken = {
        (s, i): opened[s] if s == i else model.add_binary_variable()
        for s, i in np.argwhere(allowed & allowed.diagonal()[:, None]).tolist()
    }
    served: list[list[mathopt.Variable]] = [[] for _ in range(one.n)]
    loads: dict[int, list[mathopt.LinearExpression]] = {s: [] for s in posts}
    for (s, i), service in taken.items():
        served[i].append(service)
        if s != i:
            model.add_linear_constraint(service <= opened[s])
            loads[s].append(float(one.demand[i]) * service)
    if not all(served):
        return MilpAnswer(None, math.inf)
    for services in served:
        model.add_linear_constraint(mathopt.fast_sum(services) == 1)
    if math.isfinite(one.capacity):
        for s, load in loads.items():
            room = one.most - float(one.demand[s])
            model.add_linear_constraint(mathopt.fast_sum(load) <= room * opened[s])
    fewest, most = one.counts
    number = mathopt.fast_sum(list(opened.values()))
    model.add_linear_constraint(lb=fewest, ub=most, expr=number)
    total = mathopt.fast_sum([float(one.cost[pair]) * t for pair, t in taken.items()])
    model.add_linear_constraint(total <= cutoff)
    model.minimize(total)
    result = integer_result(
        model,
        params=mathopt.SolveParameters(
            time_limit=timedelta(seconds=max(seconds, 0.0)),
            relative_gap_tolerance=0.0,
            random_seed=seed,
        ),
    )
    if result.termination.reason in PROVED_IMPOSSIBLE:
        return MilpAnswer(None, math.inf)
    bound = max(0.0, result.best_objective_bound())
    if not result.has_primal_feasible_solution():
        return MilpAnswer(None, bound)
    values = result.variable_values()
    zones: dict[int, list[int]] = {}
    for (s, i), service in taken.items():
        if values[service] > 0.5:
            zones.setdefault(s, []).append(i)
    return MilpAnswer(tuple(sorted(tuple(sorted(zone)) for zone in zones.values())), bound)


def grain(cost: Floats) -> float:
    """Greatest common divisor of whole costs; 0 if they are not whole."""
    if not len(cost) or cost.max() >= 2**52 or not np.array_equal(cost, np.round(cost)):
        return 0.0
    return float(np.gcd.reduce(cost.astype(np.int64)))


class _Search:
    """The search on one p-median; costs are scaled by a power of two, so without rounding."""

    def __init__(
        self, given: Instance, limits: SolverLimits, progress: ProgressCallback | None
    ) -> None:
        self.given, self.limits, self.progress = given, limits, progress
        self.started = time.monotonic()
        some = given.cost[np.isfinite(given.cost) & (given.cost > 0)]
        mean = float(some.mean()) if len(some) else TUNING.typical_cost
        self.scale = 2.0 ** math.floor(math.log2(mean / TUNING.typical_cost))
        self.one = Instance(
            cost=given.cost / self.scale,
            demand=given.demand,
            capacity=math.inf if given.demand.sum() <= given.capacity else given.capacity,
            counts=(given.counts[0], min(given.counts[1], given.n)),
        )
        finite = np.where(np.isfinite(given.cost), self.one.cost, 0.0)
        self.ceiling = 1.001 * float(finite.max(axis=0).sum()) or 1.0
        self.grain = grain(some) / self.scale
        self.best: tuple[float, Zones] | None = None
        self.bound, self.proved, self.priced, self.rounds = 0.0, False, 0, 0
        self.tried: set[bytes] = set()
        self.stopped_by = ""

    def run(self, start: Zones | None) -> Partition:
        """Search until the best plan is proved, or a limit or the user stops it."""
        interrupted = False
        self._offer(start)
        try:
            self._search()
            self._report("finished")
        except KeyboardInterrupt:
            interrupted = True
        except SolverRefusalError:
            if self.best is None:
                raise
            self.stopped_by = "the precision of the solver"
        zones = None if self.best is None else tuple(sorted(tuple(sorted(z)) for z in self.best[1]))
        objective = math.inf if zones is None else self.given.plan_cost(zones)
        return Partition(
            zones=zones,
            objective=objective,
            bound=min(self._reported_bound(), objective),
            over_all_zones=self.proved or objective == 0.0,
            candidates=self.priced,
            runtime_s=self._elapsed(),
            interrupted=interrupted,
            stopped_by=self.stopped_by,
        )

    def _search(self) -> None:
        one = self.one
        allowed = one.possible()
        if not allowed.any(axis=0).all():
            self._raise_bound(math.inf)
            return
        # Start each dual at the cost from the p-th nearest other building, p the fewest zones.
        cost = np.sort(np.where(allowed, one.cost, np.inf), axis=0)
        rank = np.minimum(one.counts[0], allowed.sum(axis=0) - 1)
        best = self._ascend(cost[rank, np.arange(one.n)], allowed, step=1.0)
        pairs = TUNING.near_pairs * one.n
        while self.bound < self._cutoff() and not self._out_of_time():
            least = least_with(one, best, allowed)
            left = int((least < self._cutoff()).sum())
            few = min(pairs, TUNING.most_pairs)
            # Solving all at once is faster than solving the nearest half first.
            whole = left <= min(2 * few, TUNING.most_pairs)
            below = math.inf if whole else float(np.partition(least, few, axis=None)[few])
            before = self.bound, self.best
            self._choose(least, below)
            if whole:
                return
            best = self._ascend(best.duals, allowed, step=TUNING.later_step)
            if few == TUNING.most_pairs and before == (self.bound, self.best):
                self.stopped_by = f"the limit of {few:,} services in a MILP"
                return
            pairs *= TUNING.wider

    def _choose(self, least: Floats, below: float) -> None:
        """Solve the MILP over services with a bound below ``below``; update plan and bound."""
        self._report("choosing posts and the buildings they serve")
        choice = choose(
            self.one,
            least < min(below, self._cutoff()),
            cutoff=self._cutoff(),
            seconds=self.limits.time_s - self._elapsed(),
            seed=self.limits.seed,
        )
        self._offer(choice.zones)
        # A plan with any service left out costs at least ``below``.
        self._raise_bound(min(choice.bound, below))

    def _ascend(self, duals: Floats, allowed: Bools, *, step: float) -> Relaxation:
        """Ascend over all services; every few steps build a plan around the open posts."""
        posts = int(allowed.diagonal().sum())

        def visit(latest: Relaxation, best: Relaxation) -> bool:
            self.priced += posts
            self.rounds += 1
            self._raise_bound(best.value)
            if self.rounds % TUNING.plan_every == 0:
                self._try(latest.opened)
            if self.rounds % TUNING.report_every == 1:
                self._report("pricing the services of every post")
            return self._out_of_time()

        return ascend(self.one, duals, allowed, cutoff=self._cutoff, step=step, visit=visit)

    def _elapsed(self) -> float:
        return time.monotonic() - self.started

    def _out_of_time(self) -> bool:
        return self._elapsed() > self.limits.time_s

    def _report(self, stage: str) -> None:
        if self.progress is not None:
            self.progress(
                Progress(
                    stage=stage,
                    elapsed_s=self._elapsed(),
                    incumbent=None if self.best is None else self.best[0] * self.scale,
                    bound=self._reported_bound() if self.proved else None,
                )
            )

    def _raise_bound(self, bound: float) -> None:
        """Raise the lower bound on plans that improve on the incumbent."""
        if self.best is not None:
            bound = min(bound, self._cutoff())
        elif bound >= self.ceiling:
            bound = math.inf
        if bound > self.bound:
            self.bound, self.proved = bound, True

    def _reported_bound(self) -> float:
        """The bound in the unit of the given costs, rounded up if these are whole."""
        bound = self.bound
        if self.grain and math.isfinite(bound):
            # The solver's tolerances may leave a bound 1e-3 above the true whole number.
            bound = self.grain * math.ceil(bound / self.grain - 1e-3)
        if self.best is not None:
            bound = min(bound, self.best[0])
        return bound * self.scale

    def _cutoff(self) -> float:
        """Cost that a new plan must beat; the factor 0.99 leaves room for rounding."""
        if self.best is None:
            return self.ceiling
        return self.best[0] - 0.99 * max(self.grain, self.limits.gap * self.best[0])

    def _try(self, posts: Numbers) -> None:
        """Build a plan around these posts, unless they were tried before."""
        posts = np.sort(posts)
        if posts.tobytes() not in self.tried:
            self.tried.add(posts.tobytes())
            self._offer(plan_around(self.one, posts))

    def _offer(self, zones: Zones | None) -> None:
        """Make a plan the incumbent if it is better and its loads fit."""
        if zones is None:
            return
        cost = self.one.plan_cost(zones)
        if math.isfinite(cost) and (self.best is None or cost < self.best[0]):
            self.best = (cost, zones)


def capacitated_p_median(
    cost: Floats,
    *,
    demand: Floats,
    capacity: float,
    counts: Counts,
    limits: SolverLimits,
    start: Zones | None = None,
    progress: ProgressCallback | None = None,
) -> Partition:
    """Find the cheapest zones, each served from one of its buildings.

    Parameters
    ----------
    cost
        Shape (n, n), any unit: ``cost[s, i]`` of serving building i from a post
        at building s, at least 0; inf forbids it. The building with the post
        belongs to its own zone.
    demand
        Shape (n,), at least 0.
    capacity
        Most demand of a zone; inf for none, which is the plain p-median.
    counts
        Fewest and most zones.
    limits
        A cost matrix of whole numbers is proved to the next whole number.
    start
        Building numbers of the zones of a plan to begin with; returned if no
        better one is found.

    Returns
    -------
    Partition
        Zones sorted, in the unit of the costs. Without zones and with the bound
        ``inf``, it is proved that there is no such plan. Stopped by a limit or
        Ctrl-C: the best plan so far, with the bound so far.
    """
    given = Instance(
        cost=np.asarray(cost, dtype=np.float64),
        demand=np.asarray(demand, dtype=np.float64),
        capacity=float(capacity),
        counts=counts,
    )
    return _Search(given, limits, progress).run(start)
