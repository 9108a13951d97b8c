"""The search behind `zoning.zones.p_median`: bound, strike out, choose or split."""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from zoning.zones.arrays import Zones
from zoning.zones.request.limits import Progress, ProgressCallback, SolverLimits
from zoning.zones.search.p_median_bounds import Ascent, Priced, ascend, least_with
from zoning.zones.search.p_median_choice import Choice, choose
from zoning.zones.search.p_median_instance import (
    Flags,
    Floats,
    Instance,
    Numbers,
    Services,
    apart,
    grain,
    units,
)
from zoning.zones.search.p_median_plans import plan_around
from zoning.zones.search.p_median_split import two_parts
from zoning.zones.search.partition import Partition

_FIRST_ROUNDS = 600
_ROUNDS = 40
_STEP = 0.3
_PLAN_EVERY = 3
_PLANS_OF_MANY = 4_000
_TELL_EVERY = 25
_LOOK_EVERY = 100
_LITTLE = 5
_FEW_SERVICES = 6_000
_FEW_UNLIMITED = 20_000
_LIKELY = 6
_NEAR_ZONES = 4
_NEAR_BUILDINGS = 30
_ROUGHLY = 1e-4
_MOST_GRAINS = 1e5
_TYPICAL_COST = 64.0
_TIGHT = 0.99
_ROUNDING = 1e-3


@dataclass(order=True, slots=True)
class _Part:
    """Plans made of some services only: a bound on them, and the prices that prove it."""

    bound: float
    number: int
    prices: Floats = field(compare=False)
    allowed: Flags = field(compare=False)


class Search:
    """One capacitated p-median.

    Works in costs scaled by a power of two, so exactly, and in whole units of
    demand.

    Parameters
    ----------
    services
        Costs, demand and capacity, as they are.
    counts
        Fewest and most zones.
    """

    def __init__(
        self,
        services: Services,
        counts: tuple[int, int],
        *,
        limits: SolverLimits,
        progress: ProgressCallback | None = None,
    ) -> None:
        self.given, self.limits, self.progress = services, limits, progress
        self.started = time.monotonic()
        cost, demand, capacity = services.cost, services.demand, services.capacity
        if demand.sum() <= capacity:
            capacity = math.inf
        some = cost[np.isfinite(cost) & (cost > 0)]
        mean = float(some.mean()) if len(some) else _TYPICAL_COST
        self.scale = 2.0 ** math.floor(math.log2(mean / _TYPICAL_COST))
        self.services = Services(cost=cost / self.scale, demand=demand, capacity=capacity)
        whole, room = units(demand, capacity)
        self.instance = Instance(
            cost=self.services.cost,
            demand=whole,
            room=room,
            counts=(counts[0], min(counts[1], len(demand))),
        )
        finite = np.where(np.isfinite(cost), self.services.cost, 0.0)
        self.ceiling = 1.001 * float(finite.max(axis=0).sum()) or 1.0
        self.grain = grain(some) / self.scale
        if self.ceiling > _MOST_GRAINS * self.grain:
            self.grain = 0.0
        self.apart = apart(self.services.cost)
        self.best: tuple[float, Zones] | None = None
        self.bound = 0.0
        self.unresolved = math.inf
        self.proved = self.whole = False
        self.parts: list[_Part] = []
        self.made = self.rounds = self.priced = 0
        self.tried: set[bytes] = set()

    def run(self, start: Zones | None) -> Partition:
        """Search until the best plan is proved, or a limit or the user says stop.

        Parameters
        ----------
        start
            Zones that keep to the capacity and the counts.
        """
        interrupted = False
        self._offer(start)
        try:
            self._search()
            self._tell("finished")
        except KeyboardInterrupt:
            interrupted = True
        zones = None if self.best is None else tuple(sorted(tuple(sorted(z)) for z in self.best[1]))
        objective = math.inf if zones is None else self.given.plan_cost(zones)
        return Partition(
            zones=zones,
            objective=objective,
            bound=min(self._reported(), objective),
            over_all_zones=self.proved or objective == 0.0,
            candidates=self.priced,
            runtime_s=self._elapsed(),
            interrupted=interrupted,
            imprecise=math.isfinite(self.unresolved),
        )

    def _search(self) -> None:
        self.whole = True
        allowed = self._possible()
        if not allowed.any(axis=0).all():
            self._raise(math.inf)
            return
        ascent = self._ascend(self._first_prices(allowed), allowed, _FIRST_ROUNDS, step=1.0)
        if self.best is None and not self._out_of_time():
            self._seek_any_plan(ascent, allowed)
        if self.instance.room and self.instance.n > _NEAR_BUILDINGS:
            self._polish()
        self._examine(ascent, allowed)
        self.whole = False
        while self.parts and not self._out_of_time():
            part = self.parts[0]
            self._raise(part.bound)
            if part.bound >= self._cutoff():
                self.parts.clear()
                break
            self._tell("splitting what is left")
            ascent = self._ascend(part.prices, part.allowed, _ROUNDS, step=_STEP)
            if self._out_of_time():
                break
            heapq.heappop(self.parts)
            ascent.value = max(ascent.value, part.bound)
            self._examine(ascent, part.allowed)
        self._raise(min((part.bound for part in self.parts), default=math.inf))

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
                    incumbent=None if self.best is None else self.best[0] * self.scale,
                    bound=self._reported() if self.proved else None,
                )
            )

    def _raise(self, bound: float) -> None:
        """Note a bound on every plan that is worth finding."""
        bound = min(bound, self.unresolved)
        if self.best is not None:
            bound = min(bound, self._cutoff())
        if bound > self.bound:
            self.bound, self.proved = bound, True

    def _reported(self) -> float:
        """The bound in the unit of the costs."""
        bound = self.bound
        if self.grain and math.isfinite(bound):
            bound = self.grain * math.ceil(bound / self.grain - _ROUNDING)
        if self.best is not None:
            bound = min(bound, self.best[0])
        return bound * self.scale

    def _cutoff(self) -> float:
        """What a plan must cost less than to be worth finding."""
        if self.best is None:
            return self.ceiling
        return self.best[0] - _TIGHT * max(self.grain, self.limits.gap * self.best[0])

    def _offer(self, zones: Zones | None) -> None:
        """Keep a plan if it is the best so far."""
        if zones is None:
            return
        demand = self.services.demand
        if not all(self.services.fits(float(demand[list(zone)].sum())) for zone in zones):
            return
        cost = self.services.plan_cost(zones)
        if math.isfinite(cost) and (self.best is None or cost < self.best[0]):
            self.best = (cost, zones)

    def _possible(self) -> Flags:
        """Which post may serve which building for costs and capacity alone."""
        instance = self.instance
        allowed = np.isfinite(instance.cost)
        if instance.room:
            allowed &= instance.demand[:, None] + instance.demand <= instance.room
            alone = np.isfinite(instance.cost.diagonal()) & (instance.demand <= instance.room)
            np.fill_diagonal(allowed, alone)
        return allowed & allowed.diagonal()[:, None]

    def _first_prices(self, allowed: Flags) -> Floats:
        """For each building its dearest of as many posts as there will be at least."""
        cost = np.sort(np.where(allowed, self.instance.cost, np.inf), axis=0)
        rank = np.minimum(self.instance.counts[0], allowed.sum(axis=0) - 1)
        prices: Floats = cost[rank, np.arange(len(rank))]
        return prices

    def _ascend(self, prices: Floats, allowed: Flags, rounds: int, *, step: float) -> Ascent:
        posts = int(allowed.diagonal().sum())
        plan_every = max(_PLAN_EVERY, self.instance.n**2 // _PLANS_OF_MANY)

        def visit(answer: Priced, ascent: Ascent) -> bool:
            self.rounds += 1
            self.priced += posts
            if self.whole:
                self._raise(ascent.value)
            if self.rounds % plan_every == 0:
                self._try(answer.opened)
            if self.rounds % _TELL_EVERY == 1:
                self._tell("pricing what every post could serve")
            return self._out_of_time() or (
                self.rounds % _LOOK_EVERY == 0 and self._little_left(ascent, allowed)
            )

        return ascend(
            self.instance,
            prices,
            allowed,
            cutoff=self._cutoff,
            rounds=rounds,
            step=step,
            visit=visit,
        )

    def _little_left(self, ascent: Ascent, allowed: Flags) -> bool:
        """Whether so few services are in question that better prices are not worth the time."""
        if self.best is None or ascent.value >= self._cutoff():
            return False
        least = least_with(self.instance, ascent, allowed, self._cutoff())
        return int((least < self._cutoff()).sum()) <= _LITTLE * self.instance.n

    def _try(self, posts: Numbers) -> None:
        """Make a plan around these posts, unless that was done before."""
        posts = np.sort(posts)
        if posts.tobytes() not in self.tried:
            self.tried.add(posts.tobytes())
            self._offer(plan_around(self.services, posts))

    def _seek_any_plan(self, ascent: Ascent, allowed: Flags) -> None:
        """A first plan by the integer programme: of the likeliest services, then of all."""
        least = least_with(self.instance, ascent, allowed, self._cutoff())
        for below in (self._likeliest(least), self._cutoff()):
            self._tell("looking for a first plan")
            choice = self._choose(least < below, any_plan=True)
            self._offer(choice.zones)
            if self.best is not None or self._out_of_time():
                return
        self._raise(choice.bound)

    def _examine(self, ascent: Ascent, allowed: Flags) -> None:
        """Settle the plans made of these services, or split them.

        Where there are many, the likeliest are weighed by themselves first: a
        better plan made of them strikes out more of the others.
        """
        if self.bound == math.inf or ascent.value >= self._cutoff():
            return
        least = least_with(self.instance, ascent, allowed, self._cutoff())
        few = _FEW_SERVICES if self.instance.room else _FEW_UNLIMITED
        if int((least < self._cutoff()).sum()) > few:
            self._weigh(ascent, least, self._likeliest(least))
        left = least < self._cutoff()
        if ascent.value >= self._cutoff() or not left.any(axis=0).all():
            return
        if int(left.sum()) > few and self._split(ascent, left):
            return
        self._weigh(ascent, least, self._cutoff())
        if ascent.value < self._cutoff():
            self.unresolved = min(self.unresolved, ascent.value)

    def _likeliest(self, least: Floats) -> float:
        """Below which bound there are but a few services for each building."""
        rank = min(_LIKELY * self.instance.n, least.size - 1)
        return float(np.partition(least, rank, axis=None)[rank])

    def _weigh(self, ascent: Ascent, least: Floats, below: float) -> None:
        """Find the best plan of services whose bound is below this; raise the bound on all."""
        if self._out_of_time():
            return
        self._tell("choosing posts and what they serve")
        choice = self._choose(least < below)
        self._offer(choice.zones)
        ascent.value = max(ascent.value, min(choice.bound, below))
        if self.whole:
            self._raise(ascent.value)

    def _choose(self, services: Flags, *, any_plan: bool = False) -> Choice:
        return choose(
            self.services,
            services,
            counts=self.instance.counts,
            cutoff=self._cutoff(),
            seconds=self.limits.time_s - self._elapsed(),
            seed=self.limits.seed,
            any_plan=any_plan,
        )

    def _split(self, ascent: Ascent, allowed: Flags) -> bool:
        """Queue the two halves of these plans; False if they cannot be halved."""
        parts = two_parts(ascent.share, allowed, self.apart)
        for part in parts or ():
            self.made += 1
            heapq.heappush(self.parts, _Part(ascent.value, self.made, ascent.prices, part))
        return parts is not None

    def _polish(self) -> None:
        """Solve the plan anew around each zone, a few near zones at a time, while that helps."""
        tried: set[frozenset[tuple[int, ...]]] = set()
        plan = None if self.best is None else self.best[1]
        while plan is not None and not self._out_of_time():
            group = next((g for g in self._neighbourhoods(plan) if g not in tried), None)
            if group is None:
                return
            tried.add(group)
            self._tell("improving the plan a few zones at a time")
            self._offer(tuple(zone for zone in plan if zone not in group) + self._renewed(group))
            plan = self.best[1] if self.best is not None else None

    def _neighbourhoods(self, plan: Zones) -> Iterator[frozenset[tuple[int, ...]]]:
        """Each zone with the zones nearest to it."""
        posts = [self.services.post(zone) for zone in plan]
        for post in posts:
            group: list[tuple[int, ...]] = []
            for k in np.argsort(self.apart[post, posts], kind="stable")[:_NEAR_ZONES]:
                if len(group) > 1 and sum(map(len, group)) + len(plan[k]) > _NEAR_BUILDINGS:
                    break
                group.append(plan[k])
            yield frozenset(group)

    def _renewed(self, group: frozenset[tuple[int, ...]]) -> Zones:
        """The same buildings in the same number of zones, as good as can be."""
        at = np.array(sorted(i for zone in group for i in zone), dtype=np.intp)
        part = Services(
            cost=self.services.cost[np.ix_(at, at)],
            demand=self.services.demand[at],
            capacity=self.services.capacity,
        )
        limits = replace(
            self.limits,
            time_s=max(self.limits.time_s - self._elapsed(), 1e-3),
            gap=max(self.limits.gap, _ROUGHLY),
        )
        zones = tuple(tuple(np.searchsorted(at, zone).tolist()) for zone in sorted(group))
        found = Search(part, (len(group), len(group)), limits=limits).run(zones)
        if found.interrupted:
            raise KeyboardInterrupt
        return tuple(tuple(at[list(zone)].tolist()) for zone in found.zones or zones)
