"""Subset-row cuts over listed zones: a higher bound, and fewer zones for the integer program.

Of any three buildings, at most one zone of a plan holds two or more (Jepsen, Petersen,
Spoorendonk and Pisinger 2008). The linear relaxation does not know that. Its duals enter
the reduced cost of a zone, which would slow down the pricing of all zones; over a list of
every zone that a better plan can hold they cost little (Baldacci, Christofides and Mingozzi
2008). With each cut the bound rises, and zones whose reduced cost exceeds the distance to the
incumbent leave the list.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from zoning.zones.arrays import Bools, Counts, Floats, Indices, Numbers
from zoning.zones.search.master_problem import Column, Cut, Master, find_continued
from zoning.zones.search.reduced_costs import Duals
from zoning.zones.search.tuning import TUNING
from zoning.zones.search.zone_space import ZoneSpace


class ListedZones:
    """Zones by size, with their costs and the cuts that count them.

    Attributes
    ----------
    tables, cost
        The zones of each size, and their costs.
    cuts
        Three buildings each.
    reduced
        Reduced cost of each zone at the duals of ``bound``, sizes one after another.
    bound
        Lower bound on plans of these zones; ``-inf`` while unknown.
    """

    def __init__(self, space: ZoneSpace, tables: Sequence[Indices]) -> None:
        self.space = space
        self.tables = [zones for zones in tables if len(zones)]
        self.cost = [space.costs(zones) for zones in self.tables]
        self.cuts: list[Cut] = []
        self.bound = -np.inf
        self.reduced = np.zeros(len(self))
        self._counted: list[Indices | Numbers] = []
        self._holding = self._find_holding()

    def __len__(self) -> int:
        return sum(len(zones) for zones in self.tables)

    def _find_holding(self) -> list[Indices]:
        """Find the numbers of the zones that hold each building."""
        nothing = np.zeros(0, dtype=np.int32)
        building = np.concatenate([nothing, *(zones.ravel() for zones in self.tables)])
        sizes = [np.full(len(zones), zones.shape[1]) for zones in self.tables]
        numbers = np.arange(len(self), dtype=np.int32)
        number = np.repeat(numbers, np.concatenate([nothing, *sizes]))
        ends = np.cumsum(np.bincount(building, minlength=self.space.n))
        return np.split(number[np.argsort(building, kind="stable")], ends[:-1])

    def compute_reduced(self, duals: Duals, cut_duals: Floats) -> Floats:
        """Reduced cost of each zone at duals of the buildings and of the cuts."""
        parts = zip(self.tables, self.cost, strict=True)
        total = np.concatenate([np.zeros(0), *(self.space.reduced(t, c, duals) for t, c in parts)])
        for at in np.flatnonzero(cut_duals):
            total[self._counted[at]] += cut_duals[at]
        return total

    def add_cut(self, cut: Cut) -> None:
        """Add a cut."""
        held = np.sort(np.concatenate([self._holding[building] for building in cut]))
        self.cuts.append(cut)
        self._counted.append(np.unique(held[1:][held[1:] == held[:-1]]))

    def _list_counting(self, numbers: Numbers) -> list[tuple[int, ...]]:
        """List the cuts that count each of these zones."""
        counted = [np.isin(numbers, at) for at in self._counted]
        table = np.array(counted, dtype=bool).reshape(len(counted), len(numbers))
        return [tuple(np.flatnonzero(column).tolist()) for column in table.T]

    def make_columns(self, numbers: Numbers, duals: Duals) -> list[Column]:
        """Make the columns of zones that are cheapest at these duals."""
        columns, first = [], 0
        for zones, cost in zip(self.tables, self.cost, strict=True):
            here = numbers[(numbers >= first) & (numbers < first + len(zones))]
            at = here - first
            continues = find_continued(self.space, zones[at], duals)
            rows = zip(zones[at], cost[at].tolist(), continues.tolist(), strict=True)
            for (zone, c, before), cuts in zip(rows, self._list_counting(here), strict=True):
                columns.append(Column.of(self.space, zone, c, before, cuts))
            first += len(zones)
        return columns

    def keep_below(self, cutoff: float) -> None:
        """Drop the zones that no plan cheaper than ``cutoff`` holds."""
        spare = TUNING.tolerance * (1 + abs(cutoff))
        self._keep(self.reduced <= cutoff - self.bound + spare)

    def _keep(self, kept: Bools) -> None:
        if kept.all():
            return
        place = np.cumsum(kept) - 1
        self._counted = [place[at[kept[at]]] for at in self._counted]
        self.reduced = self.reduced[kept]
        parts = np.split(kept, np.cumsum([len(zones) for zones in self.tables])[:-1])
        self.tables = [zones[some] for zones, some in zip(self.tables, parts, strict=True)]
        self.cost = [cost[some] for cost, some in zip(self.cost, parts, strict=True)]
        self._holding = self._find_holding()

    def cheapest(self, most: int) -> list[Indices]:
        """The ``most`` zones of least reduced cost, by size."""
        chosen = np.zeros(len(self), dtype=bool)
        chosen[np.argsort(self.reduced, kind="stable")[:most]] = True
        parts = np.split(chosen, np.cumsum([len(zones) for zones in self.tables])[:-1])
        return [zones[some] for zones, some in zip(self.tables, parts, strict=True)]


class CutRelaxation:
    """The linear relaxation over listed zones, tightened by cuts.

    Parameters
    ----------
    duals
        Duals of the relaxation without cuts, for the first columns.
    unit
        As for `Master`.
    bound_with
        The Lagrangian bound at some duals with the least reduced cost, without cuts.
    time_left
        Seconds that are left.
    """

    def __init__(
        self,
        listed: ListedZones,
        counts: Counts,
        *,
        duals: Duals,
        unit: float,
        penalty: float,
        bound_with: Callable[[Duals, float], float],
        time_left: Callable[[], float],
    ) -> None:
        self.listed, self.bound_with, self.time_left = listed, bound_with, time_left
        self.master = Master(listed.space, counts, unit, penalty)
        self.master.read_all()
        self.placed: set[tuple[tuple[int, ...], int]] = set()
        self.columns: list[Column] = []
        self.cut_duals = np.zeros(0)
        self.raises = TUNING.cut_penalty_raises
        listed.reduced = listed.compute_reduced(duals, self.cut_duals)
        listed.bound = self._bound_at(duals, listed.reduced)
        self._add(np.argsort(listed.reduced, kind="stable")[: self._most_columns], duals)

    @property
    def _most_columns(self) -> int:
        return TUNING.cut_columns_per_building * self.listed.space.n

    def tighten(self, cutoff: float) -> None:
        """Add cuts while the bound rises, and drop zones that no plan below ``cutoff`` holds."""
        listed = self.listed
        while True:
            before = listed.bound
            if not self._relax() or listed.bound >= cutoff:
                return
            listed.keep_below(cutoff)
            few = len(listed) <= TUNING.few_zones
            stalled = listed.bound - before < TUNING.least_rise * (cutoff - listed.bound)
            if few or (stalled and listed.cuts):
                return
            cuts = self._find_violated()
            if not cuts:
                return
            for cut in cuts:
                listed.add_cut(cut)
                self.master.rows.add_cut(cut)

    @property
    def active(self) -> list[Cut]:
        """The cuts that hold the last solution back."""
        return [self.listed.cuts[at] for at in np.flatnonzero(self.cut_duals)]

    def _bound_at(self, duals: Duals, reduced: Floats) -> float:
        least = float(reduced.min(initial=0.0))
        return self.bound_with(duals, least) - float(self.cut_duals.sum())

    def _relax(self) -> bool:
        """Solve the relaxation over the list; False if time runs out or the solver fails."""
        while True:
            solved = self.master.solve(time_s=self.time_left())
            if solved is None or self.time_left() <= 0:
                return False
            objective, duals = solved
            self.cut_duals = self.master.cut_duals()
            reduced = self.listed.compute_reduced(duals, self.cut_duals)
            bound = self._bound_at(duals, reduced)
            if bound > self.listed.bound:
                self.listed.bound, self.listed.reduced = bound, reduced
            negligible = -TUNING.tolerance * (self.master.unit + abs(objective))
            fresh = np.flatnonzero(reduced < negligible)
            order = np.argsort(reduced[fresh], kind="stable")
            if self._add(fresh[order[: self._most_columns]], duals):
                continue
            if self.master.uncovered() <= TUNING.tolerance or self.raises == 0:
                return True
            self.raises -= 1
            self.master.set_penalty(TUNING.cut_penalty_factor * self.master.penalty)

    def _add(self, numbers: Numbers, duals: Duals) -> bool:
        """Add the columns of zones; return whether any is new."""
        columns = []
        for column in self.listed.make_columns(numbers, duals):
            if (column.members, column.continues) not in self.placed:
                self.placed.add((column.members, column.continues))
                columns.append(column)
        self.master.add(columns)
        self.columns += columns
        return bool(columns)

    def _find_violated(self) -> list[Cut]:
        """Find the cuts that the solution violates most, a few for each building."""
        values = self.master.taken()
        found: dict[Cut, float] = {}
        space = self.listed.space
        part = [at for at in np.flatnonzero(values > TUNING.tolerance) if values[at] < 1 - 1e-6]
        holds = np.zeros((len(part), space.n))
        for row, at in enumerate(part):
            holds[row, list(self.columns[at].members)] = 1.0
        weights = values[part]
        shared = holds.T @ (weights[:, None] * holds)
        np.fill_diagonal(shared, 0.0)
        for hub in range(space.n):
            # In a violated cut, one building shares zones with both others.
            near = np.flatnonzero(shared[hub] > TUNING.tolerance)
            with_hub = holds[holds[:, hub] > 0][:, near]
            three = with_hub.T @ (weights[holds[:, hub] > 0][:, None] * with_hub)
            excess = shared[hub, near] + shared[hub, near][:, None] + shared[np.ix_(near, near)]
            excess = np.triu(excess - 2 * three, 1) - 1
            for j, k in np.argwhere(excess > TUNING.least_violation).tolist():
                a, b, c = sorted((hub, int(near[j]), int(near[k])))
                found[a, b, c] = float(excess[j, k])
        room = np.full(space.n, TUNING.cuts_per_building)
        cuts: list[Cut] = []
        for cut in sorted(found, key=lambda cut: (-found[cut], cut)):
            if len(cuts) < max(TUNING.cuts_per_round, space.n // 2) and (room[list(cut)] > 0).all():
                room[list(cut)] -= 1
                cuts.append(cut)
        return cuts
