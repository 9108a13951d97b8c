"""Costs of a plan other than travel and misalignment."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar, Protocol, TypeGuard, runtime_checkable

import numpy as np

from zoning.errors import OptionError, ProblemError, typed_fields
from zoning.zones.arrays import Floats, Indices
from zoning.zones.plan import ZonePlan
from zoning.zones.request.rules import ProblemData
from zoning.zones.request.rules.base import column_faults

# An exact tour of 9 stops takes 0.1 ms, each further stop multiplies that by 2.5, and the search
# computes tens of thousands of tours.
_LARGEST_SEARCHED_TOUR = 9
# An exact tour of 14 stops takes a second, and each further stop doubles that.
LARGEST_TOUR = 14


@runtime_checkable
class ZoneCost(Protocol):
    """A cost of one zone, such as `TourLength`, `Imbalance` or `OwnCost`.

    A class with these members is a cost, whoever wrote it. Derive it from
    `CostDefaults` to write ``text``, ``unit``, ``price_s`` and ``amounts`` only.
    """

    @property
    def text(self) -> str:
        """The cost and its price in words."""

    @property
    def unit(self) -> str:
        """Unit of an amount."""

    @property
    def price_s(self) -> float:
        """Building-seconds charged for one unit."""

    def faults(self, problem: ProblemData) -> list[str]:
        """Why the cost makes no sense for these buildings, one sentence each."""

    def amounts(self, zones: Indices, problem: ProblemData) -> Floats:
        """The amount of each zone, in units; ``zones`` has shape (zones, size)."""

    def pairs(self, problem: ProblemData) -> Floats | None:
        """Pairwise lower bound, shape (n, n); None if none is known."""

    def per_pair(self, size: int) -> float:
        """Factor: a zone's amount is at least this times the sum of ``pairs`` over its pairs."""

    def most(self, problem: ProblemData) -> float:
        """Upper bound on the amount of any plan; ``inf`` where none is known."""


class CostDefaults:
    """Safe default members for a cost."""

    __slots__ = ()

    def faults(self, problem: ProblemData) -> list[str]:  # noqa: ARG002
        """None: the cost makes sense for any buildings."""
        return []

    def pairs(self, problem: ProblemData) -> Floats | None:  # noqa: ARG002
        """No lower bound is known."""
        return None

    def per_pair(self, size: int) -> float:  # noqa: ARG002
        """No lower bound is known."""
        return 0.0

    def most(self, problem: ProblemData) -> float:  # noqa: ARG002
        """No upper bound is known."""
        return math.inf


def zone_amounts(cost: ZoneCost, zones: Indices, problem: ProblemData) -> Floats:
    """The amount of each zone, in units of a cost of any class.

    Raises
    ------
    ProblemError
        If an amount is negative or not a number, or there is not one for each zone:
        no bound holds then.
    """
    amounts = np.asarray(cost.amounts(zones, problem))
    if amounts.shape != (len(zones),) or amounts.dtype.kind not in "biuf":
        raise ProblemError(
            f"the cost {cost.text!r} gives an array of shape {amounts.shape} and type "
            f"{amounts.dtype} for {len(zones)} zones",
            remedy="Return one number for each row of zones.",
        )
    wrong = np.flatnonzero(~(np.isfinite(amounts) & (amounts >= 0)))
    if len(wrong):
        members = ", ".join(problem.building_ids[k] for k in zones[wrong[0]])
        raise ProblemError(
            f"the cost {cost.text!r} of the zone {members} is {amounts[wrong[0]]}",
            remedy="Return a number of at least 0; forbid zones with a rule instead.",
        )
    return amounts.astype(np.float64, copy=False)


def cost_faults(cost: ZoneCost, problem: ProblemData) -> list[str]:
    """Why a cost of any class makes no sense for these buildings, one sentence each."""
    if not (math.isfinite(cost.price_s) and cost.price_s >= 0):
        return [f"{cost.text}: the price is {cost.price_s} seconds, not 0 or more"]
    faults = cost.faults(problem)
    n = len(problem.building_ids)
    # Tables are read only where the cost makes sense: a column may be absent.
    pairs = None if faults else cost.pairs(problem)
    if pairs is not None and not (pairs.shape == (n, n) and (pairs >= 0).all()):
        faults = [f"{cost.text}: pairs are not numbers of at least 0 in the shape {(n, n)}"]
    return faults


@dataclass(frozen=True, slots=True, eq=False)
class Charged:
    """A cost of a problem in building-seconds, as an `Extra` of the search."""

    cost: ZoneCost
    problem: ProblemData
    pairs: Floats | None

    @classmethod
    def on(cls, problem: ProblemData, cost: ZoneCost) -> Charged:
        """Compute the pairwise lower bound of a cost on a problem."""
        return cls(cost, problem, cost.pairs(problem))

    def costs(self, zones: Indices) -> Floats:
        """Cost of each zone, seconds."""
        return self.cost.price_s * zone_amounts(self.cost, zones, self.problem)

    def pair_floor(self, size: int) -> Floats | None:
        """Pairwise lower bound, seconds; None if none is known."""
        if self.pairs is None:
            return None
        return self.cost.price_s * self.cost.per_pair(size) * self.pairs

    def ceiling(self) -> float:
        """Upper bound on the total over any plan, seconds."""
        return self.cost.price_s * self.cost.most(self.problem) if self.cost.price_s else 0.0


@typed_fields
@dataclass(frozen=True, slots=True, kw_only=True)
class TourLength(CostDefaults):
    """The shortest round trip through all buildings of a zone.

    Attributes
    ----------
    price_s
        Building-seconds charged for one second of driving.
    """

    price_s: float
    unit: str = "s of driving"
    depends_on_count: ClassVar[bool] = False
    largest_zone: ClassVar[int] = LARGEST_TOUR

    def __post_init__(self) -> None:
        _require_price("the tour length", self.price_s)

    @property
    def text(self) -> str:
        """What is charged and at what price."""
        return f"round trip of a zone, one second of driving is worth {self.price_s:g} s"

    def faults(self, problem: ProblemData) -> list[str]:
        """A fault if zones may be too large for exact tours."""
        largest = problem.sizes[1]
        if largest > _LARGEST_SEARCHED_TOUR:
            return [
                f"{self.text}: zones of up to {largest} buildings; at most {_LARGEST_SEARCHED_TOUR}"
            ]
        return []

    def amounts(self, zones: Indices, problem: ProblemData) -> Floats:
        """Seconds of the shortest round trip of each zone."""
        return shortest_tours(problem.seconds, zones)

    def pairs(self, problem: ProblemData) -> Floats | None:
        """Shortest paths over buildings, in the shorter of the two directions."""
        way = np.minimum(problem.seconds, problem.seconds.T)
        for by in range(len(way)):
            way = np.minimum(way, way[:, by, None] + way[by])
        return way

    def per_pair(self, size: int) -> float:
        """In a tour of k stops two stops are h or k - h steps apart.

        The shorter arcs of all pairs add up to (k^2 - 1) / 8 tours for odd k and
        k^2 / 8 for even k, and no arc is shorter than the pair's shortest drive.
        """
        return 8 / (size * size - size % 2) if size > 1 else 0.0

    def most(self, problem: ProblemData) -> float:
        """Sum over all buildings of the longest drive from each."""
        return float(problem.seconds.max(axis=1).sum())


def shortest_tours(seconds: Floats, zones: Indices) -> Floats:
    """Seconds of the shortest round trip through each zone's buildings.

    Exact (Held and Karp 1962); ``zones`` has shape (zones, size), sizes to 9.
    """
    size = zones.shape[1]
    if size < 2:
        return np.zeros(len(zones))
    between = seconds[zones[:, :, None], zones[:, None, :]]
    ends: dict[tuple[int, int], Floats] = {
        (1 << (k - 1), k): between[:, 0, k] for k in range(1, size)
    }
    for many in range(2, size):
        for stops in combinations(range(1, size), many):
            visited = sum(1 << (k - 1) for k in stops)
            for last in stops:
                before = visited ^ (1 << (last - 1))
                ends[visited, last] = np.minimum.reduce(
                    [ends[before, k] + between[:, k, last] for k in stops if k != last]
                )
    everywhere = (1 << (size - 1)) - 1
    return np.asarray(
        np.minimum.reduce([ends[everywhere, k] + between[:, k, 0] for k in range(1, size)])
    )


@typed_fields
@dataclass(frozen=True, slots=True, kw_only=True)
class Imbalance(CostDefaults):
    """The distance of a zone's workload from the mean of all zones.

    Attributes
    ----------
    column
        ``'calls'``, ``'enrollment'`` or another column of the problem.
    price_s
        Building-seconds charged for a zone that is off by one mean workload.
    """

    column: str
    price_s: float
    unit: str = "mean workloads"
    # The mean is the total over the number of zones.
    depends_on_count: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _require_price("imbalance", self.price_s)

    @property
    def text(self) -> str:
        """What is charged and at what price."""
        return f"imbalance of {self.column}, one mean workload off is worth {self.price_s:g} s"

    def faults(self, problem: ProblemData) -> list[str]:
        """Faults if the column is absent or incomplete, or the number of zones is a range."""
        faults = column_faults(self.text, self.column, problem)
        if not faults and problem.columns[self.column].sum() == 0:
            faults.append(f"{self.text}: every value is 0")
        min_zones, max_zones = problem.fewest_and_most
        if min_zones != max_zones:
            faults.append(f"{self.text}: the mean needs an exact number of zones")
        return faults

    def amounts(self, zones: Indices, problem: ProblemData) -> Floats:
        """Distance of each zone from the mean, in means."""
        loads = problem.columns[self.column][zones].sum(axis=1)
        return np.asarray(abs(loads / self.mean(problem) - 1))

    def mean(self, problem: ProblemData) -> float:
        """The mean workload of all zones."""
        return float(problem.columns[self.column].sum()) / problem.fewest_and_most[0]

    def most(self, problem: ProblemData) -> float:
        """Twice the number of zones: the deviations of all zones add up to less than that."""
        return 2.0 * problem.fewest_and_most[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCost(CostDefaults):
    """A cost given as a function of a zone; it can also be the whole objective.

    Attributes
    ----------
    name
        What is charged.
    cost
        From the building ids of a zone to an amount of at least 0. Called for many
        thousand zones, by several threads: it should be quick, and give the same
        answer every time.
    unit
        What the amount is counted in.
    price_s
        Building-seconds charged for one unit.
    """

    name: str
    cost: Callable[[frozenset[str]], float]
    unit: str = "s"
    price_s: float = 1.0
    depends_on_count: ClassVar[bool] = False

    def __post_init__(self) -> None:
        _require_price(self.name, self.price_s)

    @property
    def text(self) -> str:
        """What is charged and at what price."""
        return f"{self.name}, one {self.unit} is worth {self.price_s:g} s"

    def amounts(self, zones: Indices, problem: ProblemData) -> Floats:
        """Call the function for each zone."""
        ids = problem.building_ids
        found = [self.amount(frozenset(ids[k] for k in zone)) for zone in zones.tolist()]
        return np.array(found, dtype=np.float64)

    def amount(self, zone: frozenset[str]) -> float:
        """Call the function for one zone.

        Raises
        ------
        ProblemError
            If the function fails, or its answer is negative or not a number.
        """
        try:
            answer: object = self.cost(zone)
        except Exception as fault:
            raise ProblemError(
                f"the cost {self.name!r} failed on the zone {', '.join(sorted(zone))}",
                [f"{type(fault).__name__}: {fault}"],
            ) from fault
        try:
            value = math.nan if isinstance(answer, str) else float(answer)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            value = math.nan
        if not (math.isfinite(value) and value >= 0):
            raise ProblemError(
                f"the cost {self.name!r} of the zone {', '.join(sorted(zone))} is {answer!r}",
                remedy="Return a number of at least 0; forbid zones with a rule instead.",
            )
        return value


@typed_fields
@dataclass(frozen=True, slots=True, kw_only=True)
class MovedBuildings(CostDefaults):
    """Buildings that leave the zone they are in today; see `zoning.AtMostMoved`.

    Attributes
    ----------
    today
        Today's plan.
    price_s
        Building-seconds charged for each building that moves.
    """

    today: ZonePlan
    price_s: float
    unit: str = "buildings moved"
    depends_on_count: ClassVar[bool] = False
    counts_moves: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _require_price("moving a building", self.price_s)

    @property
    def text(self) -> str:
        """What is charged and at what price."""
        return f"moved buildings, each is worth {self.price_s / 60:g} min"

    def amounts(self, zones: Indices, problem: ProblemData) -> Floats:  # noqa: ARG002
        """0 for each zone: moved buildings can only be counted over the whole plan."""
        return np.zeros(len(zones))


def counts_moves(cost: ZoneCost) -> TypeGuard[MovedBuildings]:
    """Whether a cost charges for moved buildings; False by default."""
    return bool(getattr(cost, "counts_moves", False))


def largest_zone(cost: ZoneCost) -> float:
    """Largest zone whose amount can be computed; no limit by default."""
    return float(getattr(cost, "largest_zone", math.inf))


def _require_price(what: str, price_s: float) -> None:
    if not (math.isfinite(price_s) and price_s >= 0):
        raise OptionError(f"the price of {what} is {price_s} seconds", remedy="Give 0 or more.")
