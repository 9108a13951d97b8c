"""Zone problems too large to look at every plan: an integer programme over every zone.

Every zone is listed with its cost by definition (`zone_towns`), and plans are
chosen among them by SciPy's `milp`, whatever the library's search would look at.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from helpers.zone_towns import Best, Group, cost_of_group, counts_of, sizes_of
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from zoning.zones import AtMostMoved, MovedBuildings, Objective, ZoneProblem


@dataclass(frozen=True, slots=True)
class _Way:
    """A zone that continues one of today's zones, or none."""

    group: Group
    cost: float
    drive: float
    continues: int
    moved: int


def best_by_programme(given: ZoneProblem) -> Best:
    """The best over every plan there is; for ``worst`` by the longest drive first."""
    for counts in counts_of(given):
        ways = _ways(given, counts[0])
        cost = _least(given, ways, counts)
        if math.isfinite(cost) and given.objective is Objective.WORST:
            drives = sorted({way.drive for way in ways})
            low, high = 0, len(drives) - 1
            while low < high:
                middle = (low + high) // 2
                short = [way for way in ways if way.drive <= drives[middle]]
                if math.isfinite(_least(given, short, counts)):
                    high = middle
                else:
                    low = middle + 1
            ways = [way for way in ways if way.drive <= drives[high]]
            return Best(_least(given, ways, counts), drives[high], tuple(counts))
        if math.isfinite(cost):
            return Best(cost, 0.0, tuple(counts))
    return Best(math.inf)


def _ways(given: ZoneProblem, count: int) -> list[_Way]:
    """Every zone that keeps the rules, once for each zone of today's plan it may continue."""
    moving = [
        m for m in (*given.rules, *given.costs) if isinstance(m, AtMostMoved | MovedBuildings)
    ]
    today = [set(zone.building_ids) for zone in moving[0].today.patrol_zones] if moving else []
    known = set().union(*today)
    price = sum(cost.price_s for cost in given.costs if isinstance(cost, MovedBuildings))
    low, high = sizes_of(given)
    ways = []
    for size in range(low, high + 1):
        for group in combinations(range(given.n), size):
            cost = cost_of_group(given, group, count)
            if math.isinf(cost):
                continue
            drive = float(given.seconds[np.ix_(group, group)].max())
            members = {given.building_ids[k] for k in group} & known
            stays = [*(len(members & before) for before in today), 0]
            for zone, stay in enumerate(stays):
                if stay or zone == len(today):
                    moved = len(members) - stay
                    ways.append(_Way(group, cost + price * moved, drive, zone, moved))
    return ways


def _least(given: ZoneProblem, ways: list[_Way], counts: list[int]) -> float:
    """The least cost of a plan made of these zones; inf if there is none."""
    if not ways:
        return math.inf
    scale = max(*(way.cost for way in ways), 1e-12)
    inside = [(k, column) for column, way in enumerate(ways) for k in way.group]
    claims = [(way.continues, column) for column, way in enumerate(ways)]
    limits = [rule.most for rule in given.rules if isinstance(rule, AtMostMoved)]
    today = max(way.continues for way in ways)
    claimed = _table(claims, today + 1, len(ways))
    free = np.full(today + 1, float(given.n))
    if any(isinstance(m, AtMostMoved | MovedBuildings) for m in (*given.rules, *given.costs)):
        free[:-1] = 1.0
    rows = [
        LinearConstraint(_table(inside, given.n, len(ways)), 1, 1),
        LinearConstraint(np.ones((1, len(ways))), counts[0], counts[-1]),
        LinearConstraint(claimed, -np.inf, free),
        LinearConstraint(np.array([[way.moved for way in ways]]), 0, min(limits, default=np.inf)),
    ]
    found = milp(
        np.array([way.cost / scale for way in ways]),
        integrality=np.ones(len(ways)),
        bounds=Bounds(0, 1),
        constraints=rows,
        options={"mip_rel_gap": 0.0},
    )
    assert found.status in {0, 2}, found.message
    if found.x is None:
        return math.inf
    return sum(way.cost for way, taken in zip(ways, found.x, strict=True) if taken > 0.5)


def _table(cells: list[tuple[int, int]], rows: int, columns: int) -> csr_array:
    at, where = zip(*cells, strict=True)
    return csr_array((np.ones(len(cells)), (at, where)), shape=(rows, columns))
