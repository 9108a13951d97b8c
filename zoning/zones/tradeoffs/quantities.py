"""Quantities traded against response: alignment, the number of zones, an even workload."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from zoning.errors import OptionError, typed_fields
from zoning.units import counted
from zoning.zones.arrays import Floats
from zoning.zones.plan import ZonePlan
from zoning.zones.request.objective import Alignment
from zoning.zones.request.problem import ZoneProblem
from zoning.zones.request.rules import Workload
from zoning.zones.request.rules.base import column_faults
from zoning.zones.review.score import PlanScore

_DEFAULT_PRICES = (0.0, 30.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0, math.inf)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traded:
    """Figures of a plan that trade-offs compare.

    Attributes
    ----------
    score
        The plan's score.
    zones
        Number of patrol zones.
    max_over_min
        Workload of the busiest zone over that of the quietest; ``inf`` if a zone
        has none.
    cv
        Coefficient of variation of the zones' workload: standard deviation (of
        all zones, not of a sample) over mean.
    off_mean
        The largest distance of a zone's workload from the mean, as a share of it.
    """

    score: PlanScore
    zones: int
    max_over_min: float
    cv: float
    off_mean: float

    @classmethod
    def of(cls, plan: ZonePlan, score: PlanScore, problem: ZoneProblem, work: Floats) -> Traded:
        """Of a plan; ``work`` has shape (n,), not all 0."""
        loads = np.array(
            [
                sum(float(work[problem.position(b)]) for b in zone.building_ids)
                for zone in plan.patrol_zones
            ]
        )
        least, mean = float(loads.min()), float(loads.mean())
        return cls(
            score=score,
            zones=len(loads),
            max_over_min=float(loads.max()) / least if least else math.inf,
            cv=float(loads.std()) / mean,
            off_mean=float(abs(loads - mean).max()) / mean,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeWords:
    """Words for a trade-off in pictures and tables.

    Attributes
    ----------
    title
        Name of the quantity.
    axis
        What a plan has of it, with the unit.
    labels
        What the label of each point says.
    name, index
        Name of the values, in words and in a table.
    scale
        Factor from an amount to the unit of the axis.
    """

    title: str
    axis: str
    labels: str
    name: str
    index: str
    scale: float = 1.0


class Trade:
    """A quantity that is traded against response; a subclass says how a problem is varied.

    Attributes
    ----------
    values
        The values, in ascending order.
    varies
        The field of a `zoning.ZoneProblem` that is varied.
    """

    __slots__ = ()
    values: Sequence[float]
    varies: ClassVar[str]

    @property
    def words(self) -> TradeWords:
        """Words for pictures and tables."""
        raise NotImplementedError

    def at(self, problem: ZoneProblem, value: float) -> ZoneProblem:
        """The problem with this value."""
        raise NotImplementedError

    def amount(self, traded: Traded) -> float:
        """How much of the quantity a plan has; less is better."""
        raise NotImplementedError

    def label(self, value: float) -> str:
        """A value for a reader."""
        raise NotImplementedError

    def reason(self, problem: ZoneProblem, value: float) -> str:
        """A sentence that no plan exists at a value, once that is proved."""
        raise NotImplementedError

    @property
    def loosest_first(self) -> Sequence[float]:
        """The values so that a plan for one keeps the rules of all before it."""
        return tuple(self.values)

    def faults(self, problem: ZoneProblem) -> list[str]:
        """Why the trade-off makes no sense for a problem, one sentence each."""
        if problem.zones is not None:
            return []
        return [
            "the number of zones is left to the optimiser, so it would differ from value to "
            "value: ask for a number, or for the fewest and the most"
        ]

    def work(self, problem: ZoneProblem) -> Floats:
        """Shape (n,), the workload that zones share: calls."""
        return problem.call_weight

    def place(self, value: float) -> float | None:
        """Where on the axis a plan for this value lies; None if that is not known beforehand."""
        return value


@dataclass(frozen=True, slots=True)
class AlignmentPrices(Trade):
    """Alignment against response: the price of one misaligned school.

    The travel of a plan and the price of its misaligned schools are added up, so each
    plan found is the best at some price: a supported point of the frontier. A plan that
    is best at no price is not found, even if no other has both fewer misaligned schools
    and less travel.

    Attributes
    ----------
    values
        Prices of a misaligned school in seconds, as in `Alignment`; ``inf`` is
        strict alignment. Kept in ascending order. The defaults are ours.

    Raises
    ------
    OptionError
        If there is none, one is below 0 or one is given twice.
    """

    values: Sequence[float] = _DEFAULT_PRICES
    varies: ClassVar[str] = "alignment"

    def __post_init__(self) -> None:
        values = tuple(sorted(float(v) for v in self.values))
        wrong = [f"a price of {v:g} s is not a number of at least 0" for v in values if not v >= 0]
        _require_values("prices", values, wrong)
        object.__setattr__(self, "values", values)

    @property
    def words(self) -> TradeWords:
        """Words for pictures and tables."""
        return TradeWords(
            title="Alignment",
            axis="misaligned schools, outside their feeder's zone",
            labels="labels: price of a misaligned school",
            name="price of a misaligned school",
            index="price_s",
        )

    def faults(self, problem: ZoneProblem) -> list[str]:
        """No school can be misaligned, or the number of zones would change."""
        faults = Trade.faults(self, problem)
        if not problem.feeders_given:
            faults.append("no school names a feeder high school, so no school can be misaligned")
        return faults

    def at(self, problem: ZoneProblem, value: float) -> ZoneProblem:
        """The problem with this price."""
        alignment = Alignment.strict() if math.isinf(value) else Alignment(price_s=float(value))
        return replace(problem, alignment=alignment)

    def amount(self, traded: Traded) -> float:
        """Misaligned schools."""
        return float(traded.score.misaligned)

    def label(self, value: float) -> str:
        """A price in minutes."""
        return "strict" if math.isinf(value) else f"{value / 60:.4g} min"

    def reason(self, problem: ZoneProblem, value: float) -> str:  # noqa: ARG002
        """A sentence that no plan exists at a price."""
        if math.isinf(value):
            return "no plan keeps strict alignment and all else that is asked for"
        return "no plan keeps all that is asked for, whatever the price"

    def place(self, value: float) -> float | None:
        """Strict alignment has no misaligned school; of other prices nothing is known."""
        return 0.0 if math.isinf(value) else None


@typed_fields
@dataclass(frozen=True, slots=True)
class ZoneCounts(Trade):
    """The number of zones, and so of officers, against response.

    Attributes
    ----------
    values
        Numbers of zones, for example ``range(21, 48)``. Kept in ascending order.

    Raises
    ------
    OptionError
        If there is none, one is not a whole number of at least 1, or one is given
        twice.
    """

    values: Sequence[int]
    varies: ClassVar[str] = "zones"

    def __post_init__(self) -> None:
        values = tuple(sorted(float(v) for v in self.values))
        wrong = [
            f"{v:g} zones is not a whole number of at least 1"
            for v in values
            if not (v >= 1 and v.is_integer())
        ]
        _require_values("numbers of zones", values, wrong)
        object.__setattr__(self, "values", tuple(int(v) for v in values))

    @property
    def words(self) -> TradeWords:
        """Words for pictures and tables."""
        return TradeWords(
            title="Number of zones",
            axis="patrol zones, one officer each",
            labels="labels: number of zones",
            name="number of zones",
            index="zones",
        )

    def faults(self, problem: ZoneProblem) -> list[str]:  # noqa: ARG002
        """None: any problem can have another number of zones."""
        return []

    def at(self, problem: ZoneProblem, value: float) -> ZoneProblem:
        """The problem with this number of zones."""
        return replace(problem, zones=int(value))

    def amount(self, traded: Traded) -> float:
        """Patrol zones."""
        return float(traded.zones)

    def label(self, value: float) -> str:
        """A number of zones."""
        return f"{value:.0f}"

    def reason(self, problem: ZoneProblem, value: float) -> str:  # noqa: ARG002
        """A sentence that no plan has this number of zones."""
        return f"no plan of {counted(int(value), 'zone')} keeps all else that is asked for"


@typed_fields
@dataclass(frozen=True, slots=True)
class WorkloadTolerances(Trade):
    """An even workload against response: how far a zone may be from the mean.

    Each value is a rule `Workload` on the column, instead of any tolerance that
    the problem has on it.

    Attributes
    ----------
    values
        Tolerances as shares of the mean of all zones: 0.2 allows 80 % to 120 %.
        Kept in ascending order.
    column
        ``'calls'``, ``'enrollment'`` or another column of the problem.

    Raises
    ------
    OptionError
        If there is none, one is not a number of at least 0, or one is given twice.
    """

    values: Sequence[float]
    column: str = "calls"
    varies: ClassVar[str] = "rules"

    def __post_init__(self) -> None:
        values = tuple(sorted(float(v) for v in self.values))
        wrong = [
            f"a tolerance of {v:g} is not a number of at least 0"
            for v in values
            if not 0 <= v < math.inf
        ]
        _require_values("tolerances", values, wrong)
        object.__setattr__(self, "values", values)

    @property
    def words(self) -> TradeWords:
        """Words for pictures and tables."""
        return TradeWords(
            title="Even workload",
            axis=f"{self.column} of the zone farthest from the mean, % off the mean",
            labels="labels: tolerance asked for",
            name="tolerance",
            index="tolerance",
            scale=100.0,
        )

    @property
    def loosest_first(self) -> Sequence[float]:
        """The widest tolerance first."""
        return tuple(reversed(self.values))

    def faults(self, problem: ZoneProblem) -> list[str]:
        """The column is absent, incomplete or all 0, or the number of zones would change."""
        faults = column_faults("workload", self.column, problem)
        if not faults and not problem.columns[self.column].any():
            faults.append(f"workload: every value of {self.column!r} is 0")
        return faults + Trade.faults(self, problem)

    def at(self, problem: ZoneProblem, value: float) -> ZoneProblem:
        """The problem with this tolerance."""
        others = [
            rule
            for rule in problem.rules
            if not isinstance(rule, Workload)
            or rule.column != self.column
            or rule.tolerance is None
        ]
        return replace(problem, rules=(*others, self._rule(value)))

    def work(self, problem: ZoneProblem) -> Floats:
        """Shape (n,), the column."""
        return problem.columns[self.column]

    def amount(self, traded: Traded) -> float:
        """The largest distance of a zone from the mean."""
        return traded.off_mean

    def label(self, value: float) -> str:
        """A tolerance in percent."""
        return f"{value * 100:.4g} %"

    def reason(self, problem: ZoneProblem, value: float) -> str:
        """A sentence that no plan has this tolerance.

        Names a building that exceeds it in any zone, even with the smallest others.
        """
        work = self.work(problem)
        most = self._rule(value).bounds(problem)[1]
        largest = int(work.argmax())
        company = problem.sizes[0] - 1
        least = float(work[largest] + np.sort(np.delete(work, largest))[:company].sum())
        if least <= most * (1 + 1e-9):
            return (
                f"no plan keeps {self.column} of every zone within {self.label(value)} of the "
                "mean and all else that is asked for"
            )
        beside = " and the smallest others" if company else ""
        name = problem.name(problem.building_ids[largest])
        return (
            f"a zone within {self.label(value)} of the mean has at most {most:.4g} "
            f"{self.column}; one of {name}{beside} has {least:.4g}"
        )

    def _rule(self, value: float) -> Workload:
        return Workload(column=self.column, tolerance=float(value))


def _require_values(what: str, values: Sequence[float], faults: list[str]) -> None:
    twice = sorted({v for v in values if list(values).count(v) > 1})
    faults = [*faults, *(f"{v:g} is given twice" for v in twice)]
    if not values:
        faults.append("none is given")
    if faults:
        raise OptionError(f"the {what} of a frontier make no sense", faults)
