"""Rotate the presences of a zone over several days, so that every building gets its share.

One day of an officer cannot meet every arrival and dismissal, but several days can share them. A
day is a column: a set of presences that one day can meet. Column generation finds the sets: the
linear programme over sets maximises the least share of all wishes, its duals say what each wish
is worth, and the exact search of presences finds the day that is worth most. Weak duality makes of
any such prices a bound on the least share of every rotation. The days are then chosen from the sets
found by an integer programme: as few wishes as possible below the lowest share, then below the
next one, and so on, which is the max-min fair choice.

References
----------
Dantzig and Wolfe (1960), Decomposition principle for linear programs, Operations Research 8(1).
Ogryczak, Luss, Pioro, Nace and Tomaszewski (2014), Fair optimization and networks: a survey,
Journal of Applied Mathematics: lexicographic max-min.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from zoning.errors import ScheduleError
from zoning.patrol.day_problem import DayProblem, PresenceKind, WishedPresence
from zoning.patrol.working_day import divide_presences

PRICE_SCALE: Final = 10_000
"""Prices of wishes are whole numbers that sum to about this, so that bounds are exact."""
_ROUNDS: Final = 40
"""Most rounds of column generation. Our choice: Jefferson's zones need up to 12."""
_LEVELS: Final = 25
"""Most lowest shares that are raised one after the other."""

Item = tuple[str, PresenceKind, int]
"""What has a share: building, kind, and which of the building's bells of the day, from 0."""
Shares = tuple[tuple[WishedPresence, ...], ...]
"""The presences that each officer of a zone is to meet on a day."""


def items_of(presences: Sequence[WishedPresence]) -> dict[Item, WishedPresence]:
    """Name the presences of a day so that those of days with other bells are the same."""
    found: dict[Item, WishedPresence] = {}
    count: dict[tuple[str, PresenceKind], int] = defaultdict(int)
    for wish in sorted(presences, key=lambda w: (w.building_id, w.kind, w.open_s)):
        found[wish.building_id, wish.kind, count[wish.building_id, wish.kind]] = wish
        count[wish.building_id, wish.kind] += 1
    return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DayClass:
    """Days that are alike: the same bells, and the same presences wanted on them.

    Attributes
    ----------
    shifts
        The ways to work the day, each the problems of the officers of a way: the same buildings
        and presences in shifts of their own.
    wanted
        Items that are wanted on these days.
    planned
        The presences that the plan of such a day alone meets; empty if there is none.
    """

    shifts: tuple[tuple[DayProblem, ...], ...]
    wanted: frozenset[Item] = frozenset()
    planned: tuple[WishedPresence, ...] = ()

    @property
    def presences(self) -> tuple[WishedPresence, ...]:
        """The wished presences of a day."""
        return self.shifts[0][0].presences


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DaySet:
    """Presences that one day can meet.

    Attributes
    ----------
    way
        Index of the way to work the day, of the class.
    is_plan
        Whether it is what the plan of such a day alone meets.
    weight_bound
        No day of the class meets more weight of all wishes.
    """

    way: int
    shares: Shares
    met: frozenset[Item]
    is_plan: bool = False
    weight_bound: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rotation:
    """The presences of each day of a zone.

    Attributes
    ----------
    sets
        For each day, in the order asked.
    least_share_bound
        By kind, and None for all kinds together: no rotation of these days that meets the wanted
        presences has a larger least share.
    """

    sets: tuple[DaySet, ...]
    least_share_bound: Mapping[PresenceKind | None, Fraction]


def rotate(days: Sequence[DayClass]) -> Rotation:
    """Choose the presences of each day so that the least share is as large as possible.

    1. Wanted presences: each day meets as much weight of those as it can.
    2. The lowest share (days on which a presence is met, of the days on which it is wished) is
       as large as possible; then as few as possible have it, by weight; then the next.

    Days that are alike are the same object. With one day this is the plan of the day.

    Raises
    ------
    ScheduleError
        If there is no day, or no day of a class is feasible.
    """
    if not days:
        raise ScheduleError("a rotation needs a day")
    search = _Search.of(days)
    if not search.asked:
        return Rotation(
            sets=tuple(search.columns[search.classes.index(d)][0] for d in days),
            least_share_bound={},
        )
    bounds: dict[PresenceKind | None, Fraction] = {None: search.raise_shares(list(search.asked))}
    kinds = sorted({item[1] for item in search.asked})
    for kind in kinds:
        of_kind = [item for item in search.asked if item[1] is kind]
        bounds[kind] = (
            bounds[None] if len(kinds) == 1 else search.raise_shares(of_kind, only_first=True)
        )
    chosen = search.choose()
    return Rotation(sets=_spread(days, search, chosen), least_share_bound=bounds)


@dataclass(slots=True, eq=False)
class _Search:
    """The sets of presences found so far, by class of days."""

    classes: list[DayClass]
    counts: list[int]
    items: list[dict[Item, WishedPresence]]
    asked: dict[Item, int]
    weight: dict[Item, int]
    columns: list[list[DaySet]] = field(default_factory=list)
    wanted: list[int] = field(default_factory=list)
    most: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, days: Sequence[DayClass]) -> _Search:
        classes = list(dict.fromkeys(days))
        counts = [sum(day is one for day in days) for one in classes]
        items = [items_of(one.presences) for one in classes]
        asked: dict[Item, int] = defaultdict(int)
        weight: dict[Item, int] = {}
        for count, found in zip(counts, items, strict=True):
            for item, wish in found.items():
                asked[item] += count
                weight[item] = max(weight.get(item, 0), wish.weight)
        search = cls(
            classes=classes,
            counts=counts,
            items=items,
            asked=dict(sorted(asked.items())),
            weight=weight,
        )
        for d in range(len(classes)):
            best, most = search._most(d, {item: w.weight for item, w in items[d].items()})
            bounds = (divide_presences(problems)[1] for problems in classes[d].shifts)
            search.most.append(max(bounds))
            best = replace(best, weight_bound=search.most[d])
            search.columns.append([search.plan_or(best, d)])
            search.wanted.append(most)
        return search

    def plan_or(self, best: DaySet, d: int) -> DaySet:
        """The presences of the plan, if it meets as much as the best; else the best."""
        one = self.classes[d]
        item_of = {wish: item for item, wish in self.items[d].items()}
        met = frozenset(item_of[wish] for wish in one.planned)
        weight = sum(wish.weight for wish in one.planned)
        if one.wanted or weight < sum(self.items[d][item].weight for item in best.met):
            return best
        return replace(best, shares=(one.planned,), met=met, is_plan=True)

    def _most(self, d: int, price: Mapping[Item, int]) -> tuple[DaySet, int]:
        """Find the day that is worth most among those that meet most of what is wanted.

        Returns the day and a bound on what any such day is worth. When the class is new, the
        bound is what can be met of the wanted.
        """
        one, items = self.classes[d], self.items[d]
        worth_of = {item: max(1, price.get(item, 0)) for item in items}
        dear = 1 + sum(worth_of.values())
        item_of = {wish: item for item, wish in items.items()}
        priced: dict[WishedPresence, Item] = {}
        for wish in one.presences:
            item = item_of[wish]
            extra = dear * wish.weight if item in one.wanted else 0
            priced[replace(wish, weight=worth_of[item] + extra)] = item
        best: DaySet | None = None
        worth, bound = -1, 0
        for way, problems in enumerate(one.shifts):
            found, most = divide_presences([replace(p, presences=tuple(priced)) for p in problems])
            bound = max(bound, most)
            weight = sum(wish.weight for share in found for wish in share)
            if weight > worth:
                worth = weight
                shares = tuple(tuple(items[priced[wish]] for wish in share) for share in found)
                best = DaySet(
                    way=way,
                    shares=shares,
                    met=frozenset(priced[wish] for share in found for wish in share),
                )
        assert best is not None
        if len(self.wanted) <= d:
            return best, sum(items[item].weight for item in best.met & one.wanted)
        return best, bound - dear * self.wanted[d]

    def raise_shares(self, items: list[Item], *, only_first: bool = False) -> Fraction:
        """Maximise the least share of some items, then that of the others, and so on.

        Returns a bound on the least share.
        """
        fixed: dict[Item, float] = {}
        first = Fraction(1)
        for level in range(_LEVELS):
            free = [item for item in items if item not in fixed]
            if not free:
                break
            least, price, bound = self._raise(free, fixed)
            if level == 0:
                first = bound
            if only_first or least >= 1 - 1e-9:
                break
            stuck = [item for item in free if price[item] > 1e-7] or free
            fixed |= dict.fromkeys(stuck, least)
        return min(first, Fraction(1))

    def _raise(
        self, free: list[Item], fixed: Mapping[Item, float]
    ) -> tuple[float, dict[Item, float], Fraction]:
        """Column generation for one level: the least share, the price of each item, a bound."""
        bound = Fraction(1)
        least, price = 0.0, dict.fromkeys(free, 0.0)
        for _ in range(_ROUNDS):
            least, price, values = self._solve(free, fixed)
            scale = PRICE_SCALE / max(sum(price.values()), 1e-12)
            whole = {item: round(p * scale) for item, p in price.items() if round(p * scale) > 0}
            is_new = False
            total = 0
            for d, count in enumerate(self.counts):
                found, most = self._most(d, whole)
                total += count * most
                worth = sum(price.get(item, 0.0) for item in found.met)
                if worth > values[d] + 1e-6 and all(
                    found.met != old.met for old in self.columns[d]
                ):
                    self.columns[d].append(replace(found, weight_bound=self.most[d]))
                    is_new = True
            if not fixed:
                # Each item is worth at least 1, which only raises the bound.
                cost = sum(whole.get(item, 0) * self.asked[item] for item in free)
                if cost:
                    bound = min(bound, Fraction(total, cost))
            if not is_new:
                break
        return least, price, bound

    def _solve(
        self, free: list[Item], fixed: Mapping[Item, float]
    ) -> tuple[float, dict[Item, float], list[float]]:
        """The linear programme over the sets found: least share, prices, value of each class."""
        items = [*free, *fixed]
        met = self._table(items)
        asked = np.array([self.asked[item] for item in items], dtype=np.float64)
        is_free = np.arange(len(items)) < len(free)
        n = met.shape[1]
        costs = np.zeros(n + 1)
        costs[n] = -1
        rows = np.hstack([-met, (asked * is_free)[:, None]])
        # A little less than was reached, so that rounding does not make it impossible.
        limits = np.array([-fixed.get(item, 0.0) * self.asked[item] + 1e-9 for item in items])
        found: Any = linprog(
            costs,
            A_ub=rows,
            b_ub=limits,
            A_eq=np.hstack([self._of_class(), np.zeros((len(self.classes), 1))]),
            b_eq=np.array(self.counts, dtype=np.float64),
            bounds=[(0, None)] * n + [(0, 1)],
            method="highs",
        )
        duals = np.maximum(-found.ineqlin.marginals, 0.0)
        price = dict(zip(items, duals.tolist(), strict=True))
        return float(found.x[n]), price, (-found.eqlin.marginals).tolist()

    def _table(self, items: Sequence[Item]) -> NDArray[np.float64]:
        """Shape (items, sets): whether a set meets an item."""
        sets = [one for of_class in self.columns for one in of_class]
        return np.array([[item in one.met for one in sets] for item in items], dtype=np.float64)

    def _of_class(self) -> NDArray[np.float64]:
        """Shape (classes, sets): whether a set is of a class."""
        owner = [d for d, of_class in enumerate(self.columns) for _ in of_class]
        return np.array(
            [[d == one for one in owner] for d in range(len(self.classes))], dtype=np.float64
        )

    def choose(self) -> list[int]:
        """How often each set is taken: the lowest shares are raised first."""
        items = list(self.asked)
        met, of_class = self._table(items), self._of_class()
        n, counts = met.shape[1], np.array(self.counts, dtype=np.float64)
        asked = np.array([self.asked[item] for item in items])
        weight = np.array([self.weight[item] for item in items], dtype=np.float64)
        levels = sorted({Fraction(c, k) for k in set(asked.tolist()) for c in range(1, k + 1)})
        constraints = [LinearConstraint(np.hstack([of_class]), counts, counts)]
        kept: list[tuple[NDArray[np.float64], float]] = []
        taken = self._first_choice()
        for level in levels:
            needed = np.array([math.ceil(level * int(k)) for k in asked], dtype=np.float64)
            below = weight[met @ taken < needed - 0.5].sum()
            if below:
                found = self._fewest_below(met, needed, weight, constraints, kept)
                if found is not None and weight[met @ found < needed - 0.5].sum() < below:
                    taken = found
                    below = weight[met @ taken < needed - 0.5].sum()
            kept.append((needed, float(below)))
        return [round(x) for x in taken[:n]]

    def _first_choice(self) -> NDArray[np.float64]:
        """The plan of each day, every day."""
        taken = []
        for count, of_class in zip(self.counts, self.columns, strict=True):
            taken += [float(count), *([0.0] * (len(of_class) - 1))]
        return np.array(taken)

    def _fewest_below(
        self,
        met: NDArray[np.float64],
        needed: NDArray[np.float64],
        weight: NDArray[np.float64],
        constraints: Sequence[LinearConstraint],
        kept: Sequence[tuple[NDArray[np.float64], float]],
    ) -> NDArray[np.float64] | None:
        """Minimise the weight of items below a level, with what lower levels have reached."""
        m, n = met.shape
        levels = [*kept, (needed, math.inf)]
        width = n + m * len(levels)
        rows, low, high = [], [], []
        for constraint in constraints:
            table = np.zeros((constraint.A.shape[0], width))
            table[:, :n] = constraint.A
            rows.append(table)
            low.append(constraint.lb)
            high.append(constraint.ub)
        for k, (goal, most) in enumerate(levels):
            at = n + m * k
            table = np.zeros((m, width))
            table[:, :n] = met
            table[:, at : at + m] = np.diag(goal)
            rows.append(table)
            low.append(goal)
            high.append(np.full(m, np.inf))
            if math.isfinite(most):
                table = np.zeros((1, width))
                table[0, at : at + m] = weight
                rows.append(table)
                low.append(np.array([-np.inf]))
                high.append(np.array([most + 1e-6]))
        costs = np.zeros(width)
        costs[-m:] = weight
        upper = np.ones(width)
        upper[:n] = sum(self.counts)
        found = milp(
            costs,
            constraints=LinearConstraint(
                np.vstack(rows), np.concatenate(low), np.concatenate(high)
            ),
            integrality=np.ones(width),
            bounds=Bounds(np.zeros(width), upper),
            options={"node_limit": 5_000},
        )
        return None if found.x is None else np.round(found.x[:n])


def _spread(days: Sequence[DayClass], search: _Search, chosen: Sequence[int]) -> tuple[DaySet, ...]:
    """Put the sets on the days so that those taken often lie evenly apart."""
    start = 0
    order: dict[int, list[DaySet]] = {}
    for d, of_class in enumerate(search.columns):
        left = list(chosen[start : start + len(of_class)])
        start += len(of_class)
        credit = [0.0] * len(left)
        total = sum(left)
        made = []
        for _ in range(total):
            credit = [c + times / total for c, times in zip(credit, left, strict=True)]
            k = max(range(len(left)), key=lambda i: (round(credit[i], 9), -i))
            credit[k] -= 1
            made.append(of_class[k])
        order[d] = made
    at = {id(one): d for d, one in enumerate(search.classes)}
    turn = {d: iter(made) for d, made in order.items()}
    return tuple(next(turn[at[id(day)]]) for day in days)
