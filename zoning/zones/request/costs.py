"""Costs of a plan beside travel and misalignment: what they charge for, and their unit."""

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

# A tour of 9 stops takes 0.1 ms, 2.5 times as long with each stop more, and the search needs tens
# of thousands.
_LARGEST_SEARCHED_TOUR = 9
# A single tour of 14 stops takes a second, and twice as long with each stop more.
LARGEST_TOUR = 14


@runtime_checkable
class ZoneCost(Protocol):
    """A cost of one zone; `TourLength`, `Imbalance` and `OwnCost` are three.

    A class with these members is a cost, whoever wrote it. Derive it from
    `CostDefaults` to write ``text``, ``unit``, ``price_s`` and ``amounts`` only.
    """

    @property
    def text(self) -> str:
        """What is charged and at what price."""

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
        """Shape (n, n), a lower bound by pairs of buildings; None where none is known."""

    def per_pair(self, size: int) -> float:
        """A zone's amount is at least this times the sum of its ``pairs``."""

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


@dataclass(frozen=True, slots=True, eq=False)
class Charged:
    """A cost of a problem in building-seconds: an `Extra` for the search."""

    cost: ZoneCost
    problem: ProblemData
    pairs: Floats | None

    @classmethod
    def on(cls, problem: ProblemData, cost: ZoneCost) -> Charged:
        """Charge a problem for a cost."""
        return cls(cost, problem, cost.pairs(problem))

    def costs(self, zones: Indices) -> Floats:
        """Cost of each zone, seconds."""
        return self.cost.price_s * self.cost.amounts(zones, self.problem)

    def pair_floor(self, size: int) -> Floats | None:
        """Lower bound by pairs of buildings, seconds; None where none is known."""
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
        """Zones are small enough for exact tours."""
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
        """The shorter drive of two directions, by other buildings where that is quicker."""
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
        """From each stop its longest drive."""
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
        """The column is there and complete, and the number of zones is exact."""
        faults = column_faults(self.text, self.column, problem)
        if not faults and problem.columns[self.column].sum() == 0:
            faults.append(f"{self.text}: every value is 0")
        min_zones, max_zones = problem.fewest_and_most
        if min_zones != max_zones:
            faults.append(f"{self.text}: the mean needs an exact number of zones")
        return faults

    def amounts(self, zones: Indices, problem: ProblemData) -> Floats:
        """Distance of each zone from the mean, in means."""
        values = problem.columns[self.column]
        mean = float(values.sum()) / problem.fewest_and_most[0]
        return np.asarray(abs(values[zones].sum(axis=1) / mean - 1))

    def most(self, problem: ProblemData) -> float:
        """The amount of a plan with all workload in one zone."""
        return 2.0 * problem.fewest_and_most[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCost(CostDefaults):
    """A cost of the planner's own; also the whole objective, where it is given as that.

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
        """The function's answer for each zone."""
        ids = problem.building_ids
        found = [self.amount(frozenset(ids[k] for k in zone)) for zone in zones.tolist()]
        return np.array(found, dtype=np.float64)

    def amount(self, zone: frozenset[str]) -> float:
        """The amount of a zone.

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
        """0: which buildings moved is known of the whole plan only."""
        return np.zeros(len(zones))


def counts_moves(cost: ZoneCost) -> TypeGuard[MovedBuildings]:
    """Whether a cost charges for moved buildings of the whole plan; False unless it says so."""
    return bool(getattr(cost, "counts_moves", False))


def largest_zone(cost: ZoneCost) -> float:
    """The most buildings of a zone whose amount can be computed; no limit unless it says so."""
    return float(getattr(cost, "largest_zone", math.inf))


def _require_price(what: str, price_s: float) -> None:
    if not (math.isfinite(price_s) and price_s >= 0):
        raise OptionError(f"the price of {what} is {price_s} seconds", remedy="Give 0 or more.")
