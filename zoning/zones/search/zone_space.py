"""The implicit set of all zones of a problem: their costs, and pricing.

Zones of negative reduced cost are enumerated by adding one building at a time,
pruned by a lower bound (`zoning.zones.search.zone_growth`). The set of all zones is
never listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import combinations
from threading import Event
from typing import Protocol, TypeVar

import numpy as np

from zoning.zones.arrays import Floats, Indices, distinct_rows
from zoning.zones.plan import ZonePlan
from zoning.zones.request.costs import Charged
from zoning.zones.request.objective import Objective
from zoning.zones.request.problem import ZoneProblem
from zoning.zones.request.restrictions import Restrictions
from zoning.zones.search.continuity import Stability, one_by_one
from zoning.zones.search.reduced_costs import Choice, Duals
from zoning.zones.search.travel import Frame, Patrol, Span, Station, Travel
from zoning.zones.search.tuning import TUNING
from zoning.zones.search.zone_growth import PartialZonesLimitError

T = TypeVar("T")
StopSignal = Callable[[], bool]


class ZonesLimitError(Exception):
    """The number of zones exceeds the limit, or the search was stopped.

    Attributes
    ----------
    found
        Zones found so far.
    """

    def __init__(self, found: Sequence[Indices] = ()) -> None:
        self.found = found
        super().__init__()


def never() -> bool:
    """Default for ``stop``: never stop."""
    return False


class Extra(Protocol):
    """A part of a zone's cost that is only known for complete zones; never negative."""

    def costs(self, zones: Indices) -> Floats:
        """Cost of each zone, seconds."""

    def pair_floor(self, size: int) -> Floats | None:
        """Pairwise lower bound, shape (n, n): summed over a zone's pairs at most its cost."""

    def ceiling(self) -> float:
        """Upper bound on the total over any plan, seconds; ``inf`` where unknown."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ZoneSpace:
    """The zones that can be made of n buildings, and their costs.

    Attributes
    ----------
    travel
        Cost of serving a zone.
    sizes
        Smallest and largest number of buildings in a zone.
    choices
        Priced options, of which each zone pays the cheapest.
    rules
        A zone that breaks one costs ``inf``.
    extras
        Costs only known for complete zones.
    stability
        Today's plan. The cost of moved buildings depends on the whole plan, so it is
        not part of a zone's cost.
    """

    travel: Travel
    sizes: tuple[int, int]
    choices: tuple[Choice, ...] = ()
    rules: Restrictions = field(default_factory=Restrictions)
    extras: tuple[Extra, ...] = ()
    stability: Stability | None = None

    @property
    def n(self) -> int:
        """Number of buildings."""
        return self.travel.n

    @property
    def covers(self) -> str:
        """Which zones a bound covers, in words."""
        low, high = self.sizes
        if low <= 1 and high >= self.n:
            return "all zones"
        return f"all zones of {low} to {high} buildings"

    def each_size(self) -> range:
        """The sizes a zone can have, smallest first."""
        return range(self.sizes[0], min(self.sizes[1], self.n) + 1)

    def costs(self, zones: Indices) -> Floats:
        """Cost of each zone, seconds, ``inf`` if forbidden; ``zones`` has shape (zones, size)."""
        if len(zones) > TUNING.zones_at_once:
            parts = range(0, len(zones), TUNING.zones_at_once)
            return np.concatenate([self.costs(zones[k : k + TUNING.zones_at_once]) for k in parts])
        total = self.travel.costs(zones)
        for choice in self.choices:
            total = total + choice.least(zones)
        total = np.where(self.rules.allows(zones), total, np.inf)
        if self.extras:
            at = np.flatnonzero(np.isfinite(total))
            for extra in self.extras:
                total[at] += extra.costs(zones[at])
        return np.asarray(total)

    def reduced(self, zones: Indices, cost: Floats, duals: Duals) -> Floats:
        """Reduced cost of zones whose cost is known."""
        total = duals.reduced(zones, cost)
        if self.stability is not None:
            total += self.stability.choice(duals).totals(zones).min(axis=1)
        return total

    def plan_cost(self, zones: Sequence[tuple[int, ...]]) -> float:
        """Total cost of zones, seconds; ``inf`` if one of them is forbidden."""
        low, high = self.sizes
        if not all(low <= len(zone) <= high for zone in zones):
            return float("inf")
        total = float(sum(self.costs(table)[0] for table in one_by_one(zones)))
        if self.stability is not None:
            moved = self.stability.moved_in_plan(zones)
            if self.stability.most is not None and moved > self.stability.most:
                return float("inf")
            total += moved * self.stability.price_s
        return total

    def ceiling(self) -> float:
        """Upper bound on the cost of any plan, seconds."""
        charged = sum(
            float(np.where(np.isfinite(c.charge), c.charge, 0.0).max(axis=1).sum())
            for c in self.choices
        )
        moved = 0.0 if self.stability is None else self.n * self.stability.price_s
        extra = sum(extra.ceiling() for extra in self.extras)
        return self.travel.ceiling() + charged + moved + extra

    def neighbourhood(self, distance: Floats, reach: int) -> list[Indices]:
        """List the zones made of a building and some of its ``reach`` nearest.

        Parameters
        ----------
        distance
            Shape (n, n), symmetric; decides which buildings are nearest.

        Returns
        -------
        list
            One table per size, rows sorted, no zone twice, none forbidden.
        """
        n = self.n
        reach = min(reach, n - 1)
        ranked = distance + np.diag(np.full(n, -1.0))
        near = np.argsort(ranked, axis=1, kind="stable")[:, 1 : reach + 1].astype(np.int32)
        is_near = np.eye(n, dtype=bool)
        is_near[np.arange(n)[:, None], near] = True
        tables = []
        for size in self.each_size():
            picks = np.array(list(combinations(range(reach), size - 1)), dtype=np.intp)
            if len(picks) == 0:
                continue
            seeds = np.repeat(np.arange(n, dtype=np.int32), len(picks))[:, None]
            zones = np.hstack([seeds, near[:, picks].reshape(n * len(picks), size - 1)])
            seen = np.zeros(len(zones), dtype=bool)
            for a in range(1, size):
                from_lower = zones[:, a] < zones[:, 0]
                for b in range(size):
                    from_lower &= is_near[zones[:, a], zones[:, b]]
                seen |= from_lower
            tables.append(np.sort(zones[~seen], axis=1))
        return tables

    def promising(
        self, duals: Duals, threshold: float, *, stop: StopSignal = never, workers: int = 1
    ) -> list[Indices]:
        """Find some zones with reduced cost at most ``threshold``, around every building."""
        if not self.travel.guides:
            return []

        left = Event()

        def of_size(size: int) -> Indices:
            def halted() -> bool:
                return left.is_set() or stop()

            try:
                return self._search(size, duals, threshold, keep=TUNING.kept_per_seed, stop=halted)
            except ZonesLimitError:
                return np.empty((0, size), dtype=np.int32)

        found = _map_parallel(of_size, reversed(self.each_size()), workers, left)
        return [zones for zones in found if len(zones)]

    def all_below(
        self,
        duals: Duals,
        threshold: float,
        *,
        most: int,
        whole: bool = False,
        hurried: bool = False,
        stop: StopSignal = never,
        workers: int = 1,
    ) -> tuple[list[Indices], bool]:
        """Find the zones with reduced cost at most ``threshold`` seconds; return also whether all.

        The list is incomplete if there are more than ``most``, if partial zones exceed
        their limit, or if the search was stopped.

        Parameters
        ----------
        whole
            Abort as soon as full enumeration is known to be impossible.
        hurried
            Whether to use a lower limit of partial zones.
        """
        given_up, left = False, Event()

        def halted() -> bool:
            return (whole and given_up) or left.is_set() or stop()

        def of_size(size: int) -> tuple[list[Indices], bool]:
            nonlocal given_up
            try:
                zones = self._search(
                    size, duals, threshold, most=most, hurried=hurried, stop=halted
                )
                return [zones], True
            except ZonesLimitError as unfinished:
                given_up = True
                return list(unfinished.found), False

        found = _map_parallel(of_size, reversed(self.each_size()), workers, left)
        tables = [zones for some, _ in found for zones in some if len(zones)]
        return tables, all(ended for _, ended in found) and sum(map(len, tables)) <= most

    def _search(
        self,
        size: int,
        duals: Duals,
        threshold: float,
        *,
        keep: int | None = None,
        most: int | None = None,
        hurried: bool = False,
        stop: StopSignal,
    ) -> Indices:
        """Find zones of one size.

        With ``keep``, by a beam search of that width from each seed; else all, up to
        ``most``.
        """
        choices = self.choices
        if self.stability is not None:
            choices = (*choices, self.stability.choice(duals))
        floors = [f for f in (extra.pair_floor(size) for extra in self.extras) if f is not None]
        frame = Frame(
            choices=choices,
            rules=self.rules,
            floors=sum(floors[1:], floors[0]) if floors else None,
            threshold=threshold + duals.charge,
        )
        found = [np.empty((0, size), dtype=np.int32)]
        spans: list[Span | None] = [None if keep is not None else self.travel.span(size)]
        parts = TUNING.partial_zones_if_hurried if hurried else TUNING.partial_zones
        tries = 0
        while spans:
            tries += 1
            if tries > TUNING.most_spans:
                raise ZonesLimitError(found)
            span = spans.pop()
            part, number = [], sum(map(len, found))
            try:
                for zones in self._enumerate(
                    size, duals, frame, span, keep=keep, parts=parts, stop=stop
                ):
                    part.append(self._filter_exactly(zones, duals, threshold))
                    number += len(part[-1])
                    if most is not None and number > most:
                        part[-1] = part[-1][: len(part[-1]) - (number - most - 1)]
                        raise ZonesLimitError([*found, *part])
            except PartialZonesLimitError:
                if span is None or span[1] <= TUNING.narrowest_span * span[0]:
                    raise ZonesLimitError(found) from None
                middle = (span[0] * span[1]) ** 0.5
                spans += [(middle, span[1]), (span[0], middle)]
                continue
            found += part
        zones = np.concatenate(found)
        return zones if self.travel.exact else zones[distinct_rows(zones).first]

    def _enumerate(
        self,
        size: int,
        duals: Duals,
        frame: Frame,
        span: Span | None,
        *,
        keep: int | None,
        parts: int,
        stop: StopSignal,
    ) -> Iterator[Indices]:
        if stop():
            raise ZonesLimitError
        wide = span is not None and span[1] > TUNING.narrowest_span * span[0]
        if wide or not self.travel.guides:
            parts = min(parts, TUNING.partial_zones_if_wide)
        elif not (self.travel.exact or self.travel.one_seed):
            parts = min(parts, TUNING.partial_zones_if_uneven)
        for growth, order in self.travel.growths(size, duals.worth, frame, span):
            if stop():
                raise ZonesLimitError
            for zones in growth.zones(keep=keep, parts=parts, one_seed=self.travel.one_seed):
                if stop():
                    raise ZonesLimitError
                if len(zones):
                    yield np.sort(order[zones], axis=1).astype(np.int32)

    def _filter_exactly(self, zones: Indices, duals: Duals, threshold: float) -> Indices:
        """Keep zones that break no rule and whose exact reduced cost is within the threshold."""
        if self.extras or not self.travel.exact:
            reduced = self.reduced(zones, self.costs(zones), duals)
            return zones[reduced <= threshold + TUNING.spare_s]
        return zones[self.rules.allows(zones)]


def _map_parallel(
    work: Callable[[int], T], sizes: Iterable[int], workers: int, left: Event
) -> list[T]:
    """Map ``work`` over the sizes in threads, and keep their order.

    On an interrupt, setting ``left`` stops the running work.
    """
    # One worker has a thread too: Ctrl-C is then never raised inside numba, which would turn it
    # into another error, or stay half loaded until Python ends.
    with ThreadPoolExecutor(workers) as pool:
        try:
            return list(pool.map(work, sizes))
        except BaseException:
            left.set()
            raise


def zone_space(problem: ZoneProblem, *, longest_drive_s: float | None = None) -> ZoneSpace:
    """Build the zone space of a problem.

    Parameters
    ----------
    longest_drive_s
        Limit of drives inside a zone, in addition to the problem's rules.
    """
    parts = [rule.restrictions(problem) for rule in problem.zone_rules]
    if longest_drive_s is not None:
        between = np.maximum(problem.seconds, problem.seconds.T)
        parts.append(Restrictions(apart=between > longest_drive_s))
    rules = Restrictions.all_of(parts)
    costs = [Charged.on(problem, cost) for cost in problem.zone_costs]
    if (own := problem.own_objective) is not None:
        costs.append(Charged.on(problem, own))
    return ZoneSpace(
        travel=_make_travel(problem),
        sizes=problem.sizes,
        choices=_make_alignment(problem, rules),
        rules=rules,
        extras=tuple(costs),
        stability=stability_of(problem),
    )


def _make_travel(problem: ZoneProblem) -> Travel:
    if problem.own_objective is not None:
        nothing = np.zeros((problem.n, problem.n))
        return Patrol(pair_s=nothing, presence=np.ones(problem.n), guides=False)
    if problem.objective is Objective.STATION:
        return Station(to_calls=problem.seconds * problem.call_weight)
    presence = np.ones(problem.n) if problem.presence is None else problem.presence
    return Patrol.of(problem.call_weight, problem.seconds, presence)


def _make_alignment(problem: ZoneProblem, rules: Restrictions) -> tuple[Choice, ...]:
    if not problem.high_school_ids:
        return ()
    outside = problem.misaligned
    charge = np.where(outside > 0, problem.alignment.charge_s * np.maximum(outside, 1), 0.0)
    if rules.away is not None:
        charge = np.where(rules.away, np.inf, charge)
    needs = np.full(len(problem.high_school_ids), -1)
    if rules.own_school:
        for k, school in enumerate(problem.high_school_ids):
            building = problem.building_of(school)
            if building in problem.building_ids:
                needs[k] = problem.position(building)
            else:
                charge[:, k] = np.inf
    if not (charge.any() or (needs >= 0).any()):
        return ()
    return (Choice(charge, np.zeros(len(needs)), needs),)


def today_of(problem: ZoneProblem) -> ZonePlan | None:
    """Today's plan; None if no rule or cost counts moved buildings."""
    return next(iter(problem.plans_of_today), None)


def stability_of(problem: ZoneProblem) -> Stability | None:
    """Today's plan with the price and limit of moves; None if none counts moved buildings."""
    today = today_of(problem)
    if today is None:
        return None
    number = {
        building: k for k, zone in enumerate(today.patrol_zones) for building in zone.building_ids
    }
    return Stability(
        today=np.array([number.get(b, -1) for b in problem.building_ids]),
        price_s=sum(cost.price_s for cost in problem.moving_costs),
        most=min((rule.most for rule in problem.moving), default=None),
    )
