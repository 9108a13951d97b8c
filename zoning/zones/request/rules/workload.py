"""The rule about a zone's workload: a sum over its buildings."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from zoning.errors import OptionError
from zoning.zones.plan import Zone
from zoning.zones.request.restrictions import Load, Restrictions
from zoning.zones.request.rules.base import (
    Easing,
    ProblemData,
    RuleDefaults,
    building_numbers,
    column_faults,
)

# Our choice: relaxations widen the bounds by up to four times the mean before dropping the rule.
_WIDEST_PERCENT = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload(RuleDefaults):
    """A zone's workload, a sum over its buildings, stays within bounds.

    Attributes
    ----------
    column
        ``'calls'``, ``'enrollment'`` or another column of the problem.
    at_least, at_most
        Bounds of the zone's sum; None for no bound.
    tolerance
        Or the largest deviation from the mean of all zones, as a share of it:
        0.2 allows 80 % to 120 %. If the number of zones is a range, the upper bound
        uses the mean over the fewest zones, the lower that over the most.
    """

    column: str
    at_least: float | None = None
    at_most: float | None = None
    tolerance: float | None = None

    def __post_init__(self) -> None:
        faults = []
        bounds = (self.at_least, self.at_most, self.tolerance)
        names = ("at_least", "at_most", "tolerance")
        for name, value in zip(names, bounds, strict=True):
            if value is not None and not (math.isfinite(value) and value >= 0):
                faults.append(f"{name} is {value}")
        if all(value is None for value in bounds):
            faults.append("neither at_least, at_most nor tolerance is given")
        if self.tolerance is not None and not (self.at_least is None and self.at_most is None):
            faults.append("give either tolerance, or at_least and at_most")
        if self.at_least is not None and self.at_most is not None and self.at_most < self.at_least:
            faults.append(f"at_most {self.at_most:g} is below at_least {self.at_least:g}")
        if faults:
            raise OptionError(f"the workload rule on {self.column!r} makes no sense", faults)

    @property
    def text(self) -> str:
        """The rule in plain words."""
        if self.tolerance is not None:
            return f"{self.column} of a zone within {self.tolerance * 100:.4g} % of the mean"
        if self.at_least is None:
            return f"{self.column} of a zone at most {self.at_most:g}"
        if self.at_most is None:
            return f"{self.column} of a zone at least {self.at_least:g}"
        return f"{self.column} of a zone from {self.at_least:g} to {self.at_most:g}"

    @property
    def depends_on_count(self) -> bool:
        """True for a tolerance, which is a share of the mean of all zones."""
        return self.tolerance is not None

    def faults(self, problem: ProblemData) -> list[str]:
        """A fault if the column is absent, incomplete or negative."""
        return column_faults(self.text, self.column, problem)

    def bounds(self, problem: ProblemData) -> tuple[float, float]:
        """Smallest and largest sum of a zone."""
        if self.tolerance is None:
            most = math.inf if self.at_most is None else self.at_most
            return self.at_least or 0.0, most
        total = float(problem.columns[self.column].sum())
        fewest, most_zones = problem.fewest_and_most
        low = total / max(most_zones, 1) * (1 - self.tolerance)
        return max(low, 0.0), total / max(fewest, 1) * (1 + self.tolerance)

    def broken_by(self, zone: Zone, problem: ProblemData) -> str | None:
        """The workload, if it is out of bounds."""
        total = float(problem.columns[self.column][building_numbers(zone, problem)].sum())
        low, high = self.bounds(problem)
        load = Load(values=np.array([total]), low=low, high=high)
        if load.allows(np.zeros((1, 1), dtype=np.int32))[0]:
            return None
        bound, word = (low, "below") if total < low else (high, "over")
        digits = next((k for k in range(4, 16) if f"{total:.{k}g}" != f"{bound:.{k}g}"), 16)
        return f"{self.column} {total:,.{digits}g}, {word} {bound:,.{digits}g}"

    def restrictions(self, problem: ProblemData) -> Restrictions:
        """Bounds on the sum."""
        low, high = self.bounds(problem)
        return Restrictions(loads=(Load(values=problem.columns[self.column], low=low, high=high),))

    def easings(self, problem: ProblemData) -> list[Easing]:
        """Widen the bounds by 1 %, 2 % ... of the mean, then drop the rule."""
        low, high = self.bounds(problem)
        mean = float(problem.columns[self.column].sum()) / max(problem.fewest_and_most[0], 1)
        step = mean / 100
        wider: list[Easing] = []
        for k in range(1, _WIDEST_PERCENT + 1):
            if self.tolerance is not None:
                eased = replace(self, tolerance=self.tolerance + k / 100)
                percent = (self.tolerance + k / 100) * 100
                text = f"allow {self.column} within {percent:.4g} % of the mean"
            else:
                eased = replace(
                    self,
                    at_least=None if self.at_least is None else max(low - k * step, 0.0),
                    at_most=None if self.at_most is None else high + k * step,
                )
                text = f"allow {eased.text}"
            wider.append(Easing(text, eased, k / 100))
        return [*wider, Easing(f"drop the rule on {self.column}", None)]
