"""What else a plan is charged for, beside travel and misalignment, and in which unit."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar, Protocol

import numpy as np

from zoning.errors import OptionError, ProblemError, typed_fields
from zoning.zones.arrays import Floats, Indices
from zoning.zones.plan import ZonePlan
from zoning.zones.request.rules import Ground
from zoning.zones.request.rules.base import column_faults

_LONGEST_TOUR = 9


class ZoneCost(Protocol):
    """A cost of a zone; `TourLength`, `Imbalance` and `OwnCost` are three.

    It may also have ``depends_on_count``, see `zoning.zones.request.rules.depends_on_count`.
    """

    @property
    def text(self) -> str:
        """What is charged and at what price."""

    @property
    def unit(self) -> str:
        """What an amount is counted in."""

    @property
    def price_s(self) -> float:
        """Building-seconds charged for one unit."""

    def faults(self, ground: Ground) -> list[str]:
        """Why it makes no sense for these buildings."""

    def amounts(self, zones: Indices, ground: Ground) -> Floats:
        """How much of it each zone has, in units; ``zones`` has shape (zones, size)."""

    def pairs(self, ground: Ground) -> Floats | None:
        """Shape (n, n), a lower bound by pairs of buildings; None where nothing is known."""

    def per_pair(self, size: int) -> float:
        """A zone's amount is at least this times what its ``pairs`` add up to."""

    def most(self, ground: Ground) -> float:
        """More than the amount of any plan; ``inf`` where nothing is known."""


@dataclass(frozen=True, slots=True, eq=False)
class Charged:
    """A cost on its ground, in building-seconds: an `Extra` for the search."""

    cost: ZoneCost
    ground: Ground
    pairs: Floats | None

    @classmethod
    def on(cls, ground: Ground, cost: ZoneCost) -> Charged:
        """A cost on its ground."""
        return cls(cost, ground, cost.pairs(ground))

    def costs(self, zones: Indices) -> Floats:
        """Cost of each zone, seconds."""
        return self.cost.price_s * self.cost.amounts(zones, self.ground)

    def pair_floor(self, size: int) -> Floats | None:
        """What pairs cost at least, seconds."""
        if self.pairs is None:
            return None
        return self.cost.price_s * self.cost.per_pair(size) * self.pairs

    def ceiling(self) -> float:
        """More than any plan costs, seconds."""
        return self.cost.price_s * self.cost.most(self.ground) if self.cost.price_s else 0.0


@typed_fields
@dataclass(frozen=True, slots=True, kw_only=True)
class TourLength:
    """The shortest round trip through all buildings of a zone.

    Attributes
    ----------
    price_s
        Building-seconds charged for one second of driving.
    """

    price_s: float
    unit: str = "s of driving"
    depends_on_count: ClassVar[bool] = False

    def __post_init__(self) -> None:
        _require_price("the tour length", self.price_s)

    @property
    def text(self) -> str:
        """What is charged and at what price."""
        return f"round trip of a zone, one second of driving is worth {self.price_s:g} s"

    def faults(self, ground: Ground) -> list[str]:
        """Tours are exact, so zones may not be large."""
        largest = ground.sizes[1]
        if largest > _LONGEST_TOUR:
            return [f"{self.text}: zones of up to {largest} buildings; at most {_LONGEST_TOUR}"]
        return []

    def amounts(self, zones: Indices, ground: Ground) -> Floats:
        """Seconds of the shortest round trip of each zone."""
        return shortest_tours(ground.seconds, zones)

    def pairs(self, ground: Ground) -> Floats | None:
        """The quicker way between two buildings, by way of others where that is a short cut."""
        way = np.minimum(ground.seconds, ground.seconds.T)
        for by in range(len(way)):
            way = np.minimum(way, way[:, by, None] + way[by])
        return way

    def per_pair(self, size: int) -> float:
        """A round trip of k stops passes from one to another in h or k - h steps.

        Over all pairs the shorter ways round add up to (k^2 - 1) / 8 round trips
        for odd k and k^2 / 8 for even k, and none is shorter than the quicker way.
        """
        return 8 / (size * size - size % 2) if size > 1 else 0.0

    def most(self, ground: Ground) -> float:
        """No stop is followed by a drive longer than its longest."""
        return float(ground.seconds.max(axis=1).sum())


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
class Imbalance:
    """How far a zone's workload is from the mean of all zones, either way.

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

    def faults(self, ground: Ground) -> list[str]:
        """The column has to be there and complete, and the number of zones exact."""
        faults = column_faults(self.text, self.column, ground)
        if not faults and ground.columns[self.column].sum() == 0:
            faults.append(f"{self.text}: every value is 0")
        fewest, most = ground.fewest_and_most
        if fewest != most:
            faults.append(f"{self.text}: the mean needs an exact number of zones")
        return faults

    def amounts(self, zones: Indices, ground: Ground) -> Floats:
        """Distance of each zone from the mean, in means."""
        values = ground.columns[self.column]
        mean = float(values.sum()) / ground.fewest_and_most[0]
        return np.asarray(abs(values[zones].sum(axis=1) / mean - 1))

    def pairs(self, ground: Ground) -> Floats | None:  # noqa: ARG002
        """Nothing is known of pairs."""
        return None

    def per_pair(self, size: int) -> float:  # noqa: ARG002
        """Nothing is known of pairs."""
        return 0.0

    def most(self, ground: Ground) -> float:
        """Everything in one zone."""
        return 2.0 * ground.fewest_and_most[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCost:
    """A cost of the planner's own; also the whole objective, where it is given as that.

    Attributes
    ----------
    name
        What is charged.
    cost
        From the building ids of a zone to an amount of at least 0. Asked of many
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

    def faults(self, ground: Ground) -> list[str]:  # noqa: ARG002
        """Nothing is known before it is asked."""
        return []

    def amounts(self, zones: Indices, ground: Ground) -> Floats:
        """What the function says of each zone."""
        ids = ground.building_ids
        asked = [self.amount(frozenset(ids[k] for k in zone)) for zone in zones.tolist()]
        return np.array(asked, dtype=np.float64)

    def pairs(self, ground: Ground) -> Floats | None:  # noqa: ARG002
        """Nothing is known of pairs."""
        return None

    def per_pair(self, size: int) -> float:  # noqa: ARG002
        """Nothing is known of pairs."""
        return 0.0

    def most(self, ground: Ground) -> float:  # noqa: ARG002
        """Nothing is known."""
        return math.inf

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
class MovedBuildings:
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

    def __post_init__(self) -> None:
        _require_price("moving a building", self.price_s)

    @property
    def text(self) -> str:
        """What is charged and at what price."""
        return f"moved buildings, each is worth {self.price_s / 60:g} min"


def _require_price(what: str, price_s: float) -> None:
    if not (math.isfinite(price_s) and price_s >= 0):
        raise OptionError(f"the price of {what} is {price_s} seconds", remedy="Give 0 or more.")
