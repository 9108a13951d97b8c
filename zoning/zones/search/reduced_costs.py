"""Reduced costs of zones: duals of the master, and choices among priced options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from zoning.zones.arrays import Floats, Indices
from zoning.zones.search.tuning import TUNING


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Priced options, of which each zone takes the cheapest.

    Examples: the high school a zone is aligned with, and the zone of today's plan
    that it continues.

    Attributes
    ----------
    charge
        Shape (n, options), cost of each building with each option; ``inf`` forbids it.
    once
        Shape (options,), fixed cost of each option.
    needs
        Shape (options,), the building that a zone with the option must contain; -1
        for none.
    """

    charge: Floats
    once: Floats
    needs: NDArray[np.intp]

    @classmethod
    def free(cls, charge: Floats) -> Choice:
        """Options without a fixed cost or a required building."""
        options = charge.shape[1]
        return cls(charge, np.zeros(options), np.full(options, -1))

    def among(self, buildings: NDArray[np.intp]) -> Choice:
        """Restrict the choice to these buildings, renumbered in this order."""
        place = np.full(len(self.charge) + 1, -1)
        place[buildings] = np.arange(len(buildings))
        needs = place[self.needs]
        possible = (self.needs < 0) | (needs >= 0)
        if not possible.any():
            return Choice.free(np.full((len(buildings), 1), np.inf))
        return Choice(
            self.charge[np.ix_(buildings, possible)], self.once[possible], needs[possible]
        )

    def least(self, zones: Indices) -> Floats:
        """Cost of each zone with its cheapest option, shape (zones,)."""
        if (self.needs >= 0).any():
            return np.asarray(self.totals(zones).min(axis=1))
        return self.floor(zones)

    def floor(self, zones: Indices | NDArray[np.intp]) -> Floats:
        """Lower bound on the cost of any zone containing a row's buildings, shape (rows,)."""
        n, options = self.charge.shape
        if options <= TUNING.many_options or self.once.any() or zones.size <= n:
            return self._least_sums(zones)
        worst = self.charge.max(axis=1)
        better = self.charge < worst[:, None]
        most = int(better.sum(axis=1).max())
        if most * zones.shape[1] >= options:
            return self._least_sums(zones)
        usual = worst[zones].sum(axis=1)
        found = usual.copy()
        ranked = np.argsort(~better, axis=1, kind="stable")[:, :most]
        for a in range(zones.shape[1]):
            for rank in range(most):
                option = ranked[zones[:, a], rank]
                found = np.minimum(found, self.charge[zones, option[:, None]].sum(axis=1))
        return np.asarray(found)

    def totals(self, zones: Indices | NDArray[np.intp]) -> Floats:
        """Cost of each zone with each option, shape (zones, options)."""
        total = self.sums(zones)
        for option in np.flatnonzero(self.needs >= 0):
            held = (zones == self.needs[option]).any(axis=1)
            total[~held, option] = np.inf
        return total

    def _least_sums(self, zones: Indices | NDArray[np.intp]) -> Floats:
        step = max(1, TUNING.cells_at_once // max(self.charge.shape[1], 1))
        parts = range(0, max(len(zones), 1), step)
        return np.concatenate([self.sums(zones[k : k + step]).min(axis=1) for k in parts])

    def sums(self, zones: Indices | NDArray[np.intp]) -> Floats:
        """Cost of each zone with each option, whatever the option needs."""
        total = np.repeat(self.once[None], len(zones), axis=0)
        for a in range(zones.shape[1]):
            total += self.charge[zones[:, a]]
        return total


@dataclass(frozen=True, slots=True, eq=False)
class Duals:
    """Duals of the master, seconds; a zone is useful if its reduced cost is negative.

    Attributes
    ----------
    worth
        Shape (n,): dual of covering each building.
    charge
        Dual of the number of zones.
    claim
        Shape (zones of today's plan,), not negative: dual of continuing each of them
        once; empty without a plan of today.
    move
        Not negative: dual of the limit on moved buildings.
    """

    worth: Floats
    charge: float
    claim: Floats = field(default_factory=lambda: np.zeros(0))
    move: float = 0.0

    def toward(self, other: Duals, share: float) -> Duals:
        """Interpolate between these duals and others."""
        return Duals(
            (1 - share) * self.worth + share * other.worth,
            (1 - share) * self.charge + share * other.charge,
            (1 - share) * self.claim + share * other.claim,
            (1 - share) * self.move + share * other.move,
        )

    def reduced(self, zones: Indices, cost: Floats) -> Floats:
        """Reduced cost of each zone: its cost less the duals of its rows."""
        total = cost - self.charge
        for a in range(zones.shape[1]):
            total -= self.worth[zones[:, a]]
        return total

    def lowered(self, tables: Sequence[Indices], reduced: Sequence[Floats]) -> Duals:
        """Lower the duals until none of these zones has a negative reduced cost.

        The duals of a zone's buildings fall by equal shares of its negative reduced
        cost. That lowers no reduced cost of another zone.

        Parameters
        ----------
        tables, reduced
            Zones by size, and their reduced costs at these duals.
        """
        worth = self.worth.copy()
        missing = [
            (float(value), zone)
            for zones, values in zip(tables, reduced, strict=True)
            for value, zone in zip(values, zones, strict=True)
        ]
        for value, zone in sorted(missing, key=itemgetter(0)):
            left = value + float((self.worth[zone] - worth[zone]).sum())
            if left < 0:
                worth[zone] += left / len(zone)
        return replace(self, worth=worth)

    def bound(self, counts: tuple[int, int], least: float, *, most_moved: float = 0.0) -> float:
        """Lagrangian bound on every plan, valid if no reduced cost is below ``least``.

        Parameters
        ----------
        counts
            Fewest and most zones of a plan.
        most_moved
            Limit of moved buildings, if any.
        """
        each = self.charge + min(least, 0.0)
        zones = counts[0] if each >= 0 else counts[1]
        given = float(self.claim.sum()) + self.move * most_moved
        return float(self.worth.sum()) + zones * each - given
