"""Dual prices: what the linear relaxation says each building is worth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """Prices against which a zone must pay its way, in seconds.

    Attributes
    ----------
    worth
        Shape (n,): the price of covering each building.
    charge
        The price of one more zone.
    """

    worth: Floats
    charge: float

    def toward(self, other: Prices, share: float) -> Prices:
        """These prices moved a share of the way to others."""
        return Prices(
            (1 - share) * self.worth + share * other.worth,
            (1 - share) * self.charge + share * other.charge,
        )

    def reduced(self, zones: Indices, cost: Floats) -> Floats:
        """Reduced cost of each zone: what it costs beyond what it is worth."""
        total = cost - self.charge
        for a in range(zones.shape[1]):
            total -= self.worth[zones[:, a]]
        return total

    def bound(self, count: int, least: float) -> float:
        """No plan of ``count`` zones costs less, if no reduced cost is below ``least``."""
        return float(self.worth.sum()) + count * (self.charge + min(least, 0.0))
