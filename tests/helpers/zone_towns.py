"""Small zone problems made from bare numbers, and every way to divide them.

Everything that is computed here comes straight from the definitions, one zone,
one pair and one plan at a time, and shares no code with the library: only the
fields of a problem, its rules and its costs are read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

import numpy as np

from zoning.zones import (
    Alignment,
    AlignmentMode,
    Apart,
    AtMostMoved,
    Contiguous,
    FromHighSchool,
    HoldsHighSchool,
    Imbalance,
    InZone,
    Locked,
    LongestDrive,
    MovedBuildings,
    NotInZone,
    Objective,
    OwnCost,
    OwnRule,
    Together,
    TourLength,
    Workload,
    Zone,
    ZonePlan,
    ZoneProblem,
)

Group = tuple[int, ...]


def problem(
    seconds: np.ndarray,
    *,
    weights: Sequence[float] | np.ndarray | None = None,
    feeders: Sequence[Sequence[int]] | None = None,
    high_schools: int = 0,
    ids: Sequence[str] | None = None,
    campus: Sequence[int | None] | None = None,
    away: np.ndarray | None = None,
    columns: Mapping[str, Sequence[float] | np.ndarray] | None = None,
    presence: Sequence[float] | np.ndarray | None = None,
    **request: object,
) -> ZoneProblem:
    """A problem whose building k feeds the high schools ``feeders[k]``.

    ``campus[h]`` is the number of the building of high school h, ``away[k, h]``
    the seconds from there to building k.
    """
    n = len(seconds)
    feeds = feeders or [()] * n
    raw = np.array(weights if weights is not None else np.ones(n), dtype=float)
    misaligned = np.array(
        [[int(bool(f) and h not in f) for h in range(high_schools)] for f in feeds], dtype=np.int64
    ).reshape(n, high_schools)
    names = tuple(ids or (f"b{k:02d}" for k in range(n)))
    settings: dict[str, object] = {"alignment": Alignment.off()} | request
    if campus is not None:
        settings["high_school_buildings"] = tuple(None if b is None else names[b] for b in campus)
        table = np.full((n, high_schools), np.nan)
        for h, building in enumerate(campus):
            if building is not None:
                table[:, h] = np.asarray(seconds)[building]
        settings["from_high_school"] = table
    if away is not None:
        settings["from_high_school"] = away
    if presence is not None:
        settings["presence"] = np.array(presence, dtype=float)
    return ZoneProblem(
        building_ids=names,
        call_weight=raw / raw.mean(),
        seconds=np.array(seconds, dtype=float),
        high_school_ids=tuple(f"H{h}" for h in range(high_schools)),
        misaligned=misaligned,
        with_feeder=np.array([int(bool(f)) for f in feeds], dtype=np.int64),
        columns={name: np.array(v, dtype=float) for name, v in (columns or {}).items()},
        **{"from_high_school": np.full((n, high_schools), np.nan)} | settings,  # type: ignore[arg-type]
    )


def random_town(seed: int, n: int) -> np.ndarray:
    """Asymmetric travel times between n places on a plane, seconds."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 600, (n, 2))
    straight = np.hypot(*(places[:, None] - places[None]).T)
    seconds = straight * rng.uniform(1.0, 1.5, (n, n)).T
    np.fill_diagonal(seconds, 0.0)
    return np.asarray(seconds)


def on_a_line(*places: float) -> np.ndarray:
    """Seconds between places along one street."""
    at = np.array(places, dtype=float)
    return np.asarray(abs(at[:, None] - at[None]))


def plan_of(given: ZoneProblem, groups: Sequence[Sequence[int]], **more: str) -> ZonePlan:
    """A plan of these building numbers, its zones ``'A'``, ``'B'`` ..."""
    return ZonePlan(
        tuple(
            Zone(
                zone_id=chr(ord("A") + k),
                building_ids=tuple(sorted(given.building_ids[b] for b in group)),
                high_school_id=more.get(chr(ord("A") + k)),
            )
            for k, group in enumerate(groups)
        )
    )


def partitions(items: Sequence[int], count: int, low: int, high: int) -> Iterator[list[list[int]]]:
    """Every way to put the items in ``count`` groups of ``low`` to ``high``."""

    def place(rest: Sequence[int], groups: list[list[int]]) -> Iterator[list[list[int]]]:
        if not rest:
            if len(groups) == count and all(low <= len(g) for g in groups):
                yield [list(g) for g in groups]
            return
        first, others = rest[0], rest[1:]
        for group in groups:
            if len(group) < high:
                group.append(first)
                yield from place(others, groups)
                group.pop()
        if len(groups) < count:
            groups.append([first])
            yield from place(others, groups)
            groups.pop()

    yield from place(list(items), [])


def sizes_of(given: ZoneProblem) -> tuple[int, int]:
    """Fewest and most buildings of a zone."""
    low = 1 if given.min_size is None else given.min_size
    high = given.n if given.max_size is None else min(given.max_size, given.n)
    return low, high


def travel_of_group(given: ZoneProblem, group: Sequence[int]) -> float:
    """What the objective says of one zone, one pair of buildings at a time."""
    if isinstance(given.objective, OwnCost):
        ids = frozenset(given.building_ids[k] for k in group)
        return given.objective.price_s * float(given.objective.cost(ids))
    calls, seconds = given.call_weight, given.seconds
    if given.objective is Objective.STATION:
        return min(sum(float(calls[i] * seconds[j, i]) for i in group) for j in group)
    shares = np.ones(given.n) if given.presence is None else given.presence
    there = sum(float(shares[j]) for j in group)
    return sum(float(calls[i] * shares[j] * seconds[j, i]) / there for i in group for j in group)


def alignment_of_group(given: ZoneProblem, group: Sequence[int]) -> float:
    """The least a zone pays for misaligned schools; inf if it can be aligned with none."""
    if not given.high_school_ids:
        return 0.0
    return min(
        (misaligned_price(given, group, h) for h in range(len(given.high_school_ids))),
        default=math.inf,
    )


def misaligned_price(given: ZoneProblem, group: Sequence[int], h: int) -> float:
    """What a zone aligned with high school h pays; inf if that may not be."""
    for rule in given.rules:
        if isinstance(rule, FromHighSchool) and any(
            given.from_high_school[k, h] > rule.limit_s for k in group
        ):
            return math.inf
        if isinstance(rule, HoldsHighSchool):
            home = (given.high_school_buildings or given.high_school_ids)[h]
            if home not in [given.building_ids[k] for k in group]:
                return math.inf
    outside = sum(int(given.misaligned[k, h]) for k in group)
    if given.alignment.mode is AlignmentMode.OFF:
        return 0.0
    if given.alignment.mode is AlignmentMode.STRICT:
        return math.inf if outside else 0.0
    return given.alignment.price_s * outside


def keeps(given: ZoneProblem, rule: object, group: Sequence[int], count: int) -> bool:
    """Whether a zone of a plan of ``count`` zones keeps a rule, alignment aside."""
    ids = {given.building_ids[k] for k in group}
    match rule:
        case LongestDrive():
            kept = all(given.seconds[a, b] <= rule.limit_s for a in group for b in group)
        case Workload():
            kept = _keeps_workload(given, rule, group, count)
        case Together():
            kept = len(ids.intersection(rule.building_ids)) in (0, len(set(rule.building_ids)))
        case Apart():
            kept = len(ids.intersection(rule.building_ids)) <= 1
        case InZone() | NotInZone():
            others = set(rule.zone.building_ids) - {rule.building_id}
            with_most = 2 * len(others & ids) >= len(others)
            kept = rule.building_id not in ids or with_most == isinstance(rule, InZone)
        case Locked():
            mine = set(rule.zone.building_ids)
            kept = ids == mine or not ids & mine
        case Contiguous():
            kept = _hangs_together(ids, rule.neighbours)
        case OwnRule():
            kept = rule.test(frozenset(ids)) is None
        case _:
            assert isinstance(rule, FromHighSchool | HoldsHighSchool), rule
            kept = True
    return kept


def _keeps_workload(given: ZoneProblem, rule: Workload, group: Sequence[int], count: int) -> bool:
    values = given.columns[rule.column]
    total = sum(float(values[k]) for k in group)
    low = rule.at_least or 0.0
    high = math.inf if rule.at_most is None else rule.at_most
    if rule.tolerance is not None:
        fewest, most = given.zones if isinstance(given.zones, tuple) else (count, count)
        low = float(values.sum()) / most * (1 - rule.tolerance)
        high = float(values.sum()) / fewest * (1 + rule.tolerance)
    return low - 1e-6 <= total <= high + 1e-6


def _hangs_together(ids: set[str], neighbours: Sequence[tuple[str, str]]) -> bool:
    parts = [{building} for building in ids]
    for one, other in neighbours:
        if one in ids and other in ids:
            joined = next(p for p in parts if one in p) | next(p for p in parts if other in p)
            parts = [p for p in parts if not p & joined] + [joined]
    return len(parts) <= 1


def tour_of_group(given: ZoneProblem, group: Sequence[int]) -> float:
    """The shortest round trip, by every order of its stops."""
    first, *others = group
    return min(
        sum(float(given.seconds[a, b]) for a, b in zip((first, *way), (*way, first), strict=True))
        for way in permutations(others)
    )


def cost_of_group(given: ZoneProblem, group: Sequence[int], count: int = 0) -> float:
    """Cost of one zone of a plan of ``count`` zones; inf if it breaks a rule."""
    rules = [rule for rule in given.rules if not isinstance(rule, AtMostMoved)]
    if not all(keeps(given, rule, group, count) for rule in rules):
        return math.inf
    total = alignment_of_group(given, group)
    if math.isinf(total):
        return total
    total += travel_of_group(given, group)
    for cost in given.costs:
        if isinstance(cost, TourLength):
            total += cost.price_s * tour_of_group(given, group)
        elif isinstance(cost, Imbalance):
            values = given.columns[cost.column]
            load = sum(float(values[k]) for k in group) * count / float(values.sum())
            total += cost.price_s * abs(load - 1)
        elif isinstance(cost, OwnCost):
            ids = frozenset(given.building_ids[k] for k in group)
            total += cost.price_s * float(cost.cost(ids))
        else:
            assert isinstance(cost, MovedBuildings), cost
    return total


def moved_in(given: ZoneProblem, groups: Sequence[Sequence[int]], today: ZonePlan) -> int:
    """Buildings that moved, by every way to say which zone continues which of today's."""
    before = [set(zone.building_ids) for zone in today.patrol_zones]
    after = [{given.building_ids[k] for k in group} for group in groups]
    known = set().union(*before)
    stay = [[len(one & other) for other in after] + [0] * len(before) for one in before]
    ways = permutations(range(len(after) + len(before)), len(before))
    stayed = max(sum(row[k] for row, k in zip(stay, way, strict=True)) for way in ways)
    return sum(len(one & known) for one in after) - stayed


@dataclass(frozen=True, slots=True)
class Best:
    """The best of all plans.

    Attributes
    ----------
    objective
        Its cost; inf if there is no plan.
    longest_drive
        Of the best plan by the objective ``worst``.
    zones
        The number of zones of plans that were looked at.
    """

    objective: float
    longest_drive: float = math.inf
    zones: tuple[int, ...] = ()

    @property
    def exists(self) -> bool:
        """Whether there is any plan."""
        return math.isfinite(self.objective)


def counts_of(given: ZoneProblem) -> list[list[int]]:
    """Numbers of zones to try, together those that may be chosen from."""
    if given.zones is None:
        return [[count] for count in range(1, given.n + 1)]
    if isinstance(given.zones, tuple):
        return [list(range(given.zones[0], given.zones[1] + 1))]
    return [[given.zones]]


def every_plan(given: ZoneProblem, count: int) -> Iterator[tuple[float, list[Group]]]:
    """Every plan of ``count`` zones that keeps every rule, with its cost."""
    low, high = sizes_of(given)
    known: dict[Group, float] = {}

    def place(rest: Group, left: int) -> Iterator[tuple[float, list[Group]]]:
        if not rest:
            if left == 0:
                yield 0.0, []
            return
        if not low * left <= len(rest) <= high * left:
            return
        for size in range(low, min(high, len(rest)) + 1):
            for others in combinations(rest[1:], size - 1):
                group = (rest[0], *others)
                if group not in known:
                    known[group] = cost_of_group(given, group, count)
                if math.isfinite(known[group]):
                    remaining = tuple(k for k in rest if k not in group)
                    for cost, groups in place(remaining, left - 1):
                        yield cost + known[group], [group, *groups]

    moving = [rule for rule in given.rules if isinstance(rule, AtMostMoved)]
    priced = [cost for cost in given.costs if isinstance(cost, MovedBuildings)]
    today = next((part.today for part in (*given.moving, *given.moving_costs)), None)
    for cost, groups in place(tuple(range(given.n)), count):
        moved = 0 if today is None else moved_in(given, groups, today)
        if all(moved <= rule.most for rule in moving):
            yield cost + sum(c.price_s * moved for c in priced), groups


def best_of_all(given: ZoneProblem) -> Best:
    """The best over every plan there is; for ``worst`` by the longest drive first."""
    for counts in counts_of(given):
        best = (math.inf, math.inf)
        for count in counts:
            for cost, groups in every_plan(given, count):
                drive = 0.0
                if given.objective is Objective.WORST:
                    drive = max(float(given.seconds[np.ix_(g, g)].max()) for g in groups)
                best = min(best, (drive, cost))
        if math.isfinite(best[1]):
            return Best(best[1], best[0], tuple(counts))
    return Best(math.inf)


def plan_exists(given: ZoneProblem) -> bool:
    """Whether any plan keeps everything that was asked for."""
    return any(
        True for counts in counts_of(given) for count in counts for _ in every_plan(given, count)
    )


def cheapest(given: ZoneProblem, count: int) -> float:
    """The least cost over every partition in ``count`` zones; inf if there is none."""
    return min((cost for cost, _ in every_plan(given, count)), default=math.inf)
