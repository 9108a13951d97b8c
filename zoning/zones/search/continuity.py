"""Continuity: how a plan continues today's zones, and the cost of moved buildings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from zoning.zones.arrays import Indices, Numbers
from zoning.zones.search.reduced_costs import Choice, Duals


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Stability:
    """Today's plan, with the price and the limit of moved buildings.

    A zone may continue one zone of today's plan, each of which is continued at
    most once. A building moved if its zone does not continue the one it is in
    today. A building that is in no zone today never moves.

    Attributes
    ----------
    today
        Shape (n,), the number of each building's zone today; -1 for none.
    price_s
        Seconds charged for a building that moves.
    most
        Limit of moved buildings; None for no limit.
    """

    today: Numbers
    price_s: float = 0.0
    most: int | None = None

    @property
    def zones(self) -> int:
        """Number of zones today."""
        return int(self.today.max(initial=-1)) + 1

    def moved(self, zones: Indices) -> Numbers:
        """Number of moved buildings of each zone if it continues today's zone 0, 1 ... or none."""
        options = np.arange(self.zones + 1)
        options[-1] = -2
        before = self.today[zones]
        elsewhere = (before[:, :, None] != options) & (before[:, :, None] >= 0)
        return np.asarray(elsewhere.sum(axis=1))

    def choice(self, duals: Duals) -> Choice:
        """Price the choice of which of today's zones a zone continues, at these duals."""
        options = np.arange(self.zones + 1)
        options[-1] = -2
        elsewhere = (self.today[:, None] != options) & (self.today[:, None] >= 0)
        claims = np.append(duals.claim, 0.0)
        return Choice(elsewhere * (self.price_s + duals.move), claims, np.full(len(options), -1))

    def continued(self, zones: Iterable[tuple[int, ...]]) -> list[int | None]:
        """Match each zone to the zone of today it continues, so that the fewest buildings move."""
        stayed = self.count_shared(zones)
        rows, columns = linear_sum_assignment(-stayed)
        found: list[int | None] = [None] * len(stayed)
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            if stayed[row, column] > 0:
                found[row] = column
        return found

    def moved_in_plan(self, zones: Iterable[tuple[int, ...]]) -> int:
        """Number of moved buildings of a plan that continues today's zones best."""
        return least_moved(self.count_shared(zones))

    def count_shared(self, zones: Iterable[tuple[int, ...]]) -> Numbers:
        """Count the buildings that each zone shares with each of today's zones."""
        before = [self.today[list(zone)] for zone in zones]
        rows = [np.bincount(b[b >= 0], minlength=self.zones) for b in before]
        return np.array(rows, dtype=np.intp).reshape(len(rows), self.zones)


def least_moved(shared: Numbers) -> int:
    """Number of moved buildings under the best matching, from `Stability.count_shared`."""
    staying = shared[linear_sum_assignment(shared, maximize=True)].sum()
    return int(shared.sum() - staying)


def one_by_one(zones: Iterable[tuple[int, ...]]) -> list[Indices]:
    """Turn each zone into a table of one row."""
    return [np.array([zone], dtype=np.int32) for zone in zones]
