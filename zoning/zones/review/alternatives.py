"""The best alternative to the zone of a building, and what the building adds where it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from zoning.units import counted
from zoning.zones.arrays import Bools, Floats, Numbers
from zoning.zones.request.costs import OwnCost, ZoneCost
from zoning.zones.request.question import Question
from zoning.zones.review.nearby_plans import Changes, NearbyPlans
from zoning.zones.review.plan_rules import broken_by_zones, named_zones
from zoning.zones.review.score import CostTerm, travel_to_each
from zoning.zones.review.zone_values import Group

_COLUMNS = [
    "zone_id",
    "cost_s",
    "building_s",
    "old_zone_s",
    "new_zone_s",
    "call_travel_s",
    "misaligned",
    "longest_drive_s",
    "breaks",
    "swap_with",
    "swap_cost_s",
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Options:
    """Each other zone, by a move or, where that breaks a rule, by the best swap."""

    moves: Changes
    partners: Numbers
    cost_s: Floats
    longest_drive_s: Floats
    possible: Bools
    order: Numbers

    @classmethod
    def of(cls, nearby: NearbyPlans, building: int) -> Options:
        """For one building of a plan."""
        moves = nearby.moves(building)
        possible, partners = moves.legal.copy(), np.full(len(moves.target), -1)
        cost, longest = moves.cost_s.copy(), moves.longest_drive_s.copy()
        closed = np.flatnonzero(~moves.legal)
        swaps = nearby.swaps(building, moves.target[closed].tolist())
        row_of = dict(zip(moves.target[closed].tolist(), closed.tolist(), strict=True))
        for k in nearby.order(swaps).tolist():
            row = row_of[int(swaps.target[k])]
            if swaps.legal[k] and not possible[row]:
                possible[row], partners[row] = True, swaps.partner[k]
                cost[row], longest[row] = swaps.cost_s[k], swaps.longest_drive_s[k]
        return cls(
            moves=moves,
            partners=partners,
            cost_s=cost,
            longest_drive_s=longest,
            possible=possible,
            order=np.lexsort([*nearby.keys(longest, cost)[::-1], ~possible]),
        )

    def zone_id(self, nearby: NearbyPlans, row: int) -> str:
        """The zone that the building enters."""
        return nearby.zones[int(self.moves.target[row])].zone_id

    def partner(self, problem: Question, row: int) -> str | None:
        """The building to exchange it with; None for a move."""
        number = int(self.partners[row])
        return None if number < 0 else problem.building_ids[number]


def alternatives_table(nearby: NearbyPlans, building: int, options: Options) -> pd.DataFrame:
    """One row for each other zone, best first; see `zoning.BuildingExplanation`."""
    problem, moves = nearby.valuer.problem, options.moves
    old = int(nearby.home[building])
    calls = problem.call_weight
    now = expected_travel(problem, nearby.groups[old])
    rows = []
    for k in options.order.tolist():
        target = int(moves.target[k])
        left, joined = moves.old_groups[k], moves.new_groups[k]
        there, theirs = (
            expected_travel(problem, joined),
            expected_travel(problem, nearby.groups[target]),
        )
        without = expected_travel(problem, left)
        partner = options.partner(problem, k)
        rows.append(
            {
                "zone_id": options.zone_id(nearby, k),
                "cost_s": moves.cost_s[k],
                "building_s": calls[building] * (there[building] - now[building]),
                "old_zone_s": sum(calls[j] * (without[j] - now[j]) for j in left),
                "new_zone_s": sum(calls[j] * (there[j] - theirs[j]) for j in theirs),
                "call_travel_s": there[building],
                "misaligned": misaligned_there(problem, building, joined, moves.new_schools[k]),
                "longest_drive_s": options.longest_drive_s[k],
                "breaks": "" if moves.legal[k] else _broken(nearby, old, k, moves),
                "swap_with": partner,
                "swap_cost_s": np.nan if partner is None else options.cost_s[k],
            }
        )
    table = pd.DataFrame(rows, columns=_COLUMNS)
    table["swap_with"] = pd.Series([row["swap_with"] for row in rows], dtype=object)
    if not problem.feeders_given:
        table = table.drop(columns="misaligned")
    return table.set_index("zone_id")


def _broken(nearby: NearbyPlans, old: int, row: int, moves: Changes) -> str:
    """The rules that a move breaks, in plain words."""
    valuer = nearby.valuer
    ids = valuer.problem.building_ids
    changed = [
        replace(
            nearby.zones[number],
            building_ids=tuple(ids[k] for k in group),
            high_school_id=school,
        )
        for number, group, school, counts in (
            (old, moves.old_groups[row], moves.old_schools[row], nearby.now.kept[old]),
            (int(moves.target[row]), moves.new_groups[row], moves.new_schools[row], True),
        )
        if group and counts
    ]
    faults = [str(b) for b in broken_by_zones(named_zones(changed, valuer), valuer.problem)]
    if not moves.old_groups[row] and not nearby.one_fewer:
        faults.append(f"the plan would have {counted(len(nearby.zones) - 1, 'patrol zone')}")
    if nearby.moved is not None and moves.moved[row] > nearby.moved.limit:
        moved = counted(int(moves.moved[row]), "building")
        faults.append(f"{moved} would have moved, at most {nearby.moved.limit:g}")
    return "; ".join(faults)


def terms_of(nearby: NearbyPlans, building: int) -> tuple[CostTerm, ...]:
    """What its zone costs beyond what it would cost without the building."""
    problem = nearby.valuer.problem
    old = int(nearby.home[building])
    group = nearby.groups[old]
    left = tuple(k for k in group if k != building)
    terms = []
    costs: list[ZoneCost] = list(problem.zone_costs)
    if isinstance(problem.objective, OwnCost):
        costs.insert(0, problem.objective)
    else:
        own = float(problem.call_weight[building] * expected_travel(problem, group)[building])
        both = [_weighted(problem, members) for members in (group, left)]
        terms += [
            _term("travel to its own calls", own),
            _term("travel to the zone's other calls", both[0] - both[1] - own),
        ]
    price = problem.alignment.charge_s
    if problem.feeders_given and 0 < price < np.inf:
        outside = misaligned_there(problem, building, group, nearby.zones[old].high_school_id)
        terms.append(
            CostTerm(
                text="alignment",
                amount=outside,
                unit="misaligned schools",
                seconds=outside * price,
            )
        )
    for cost in costs:
        amount = _amount(cost, problem, group) - _amount(cost, problem, left)
        terms.append(
            CostTerm(text=cost.text, amount=amount, unit=cost.unit, seconds=amount * cost.price_s)
        )
    return tuple(terms)


def _term(text: str, seconds: float) -> CostTerm:
    return CostTerm(text=text, amount=seconds, unit="building-seconds", seconds=seconds)


def _amount(cost: ZoneCost, problem: Question, group: Group) -> float:
    if not group:
        return 0.0
    return float(cost.amounts(np.array([group], dtype=np.int32), problem)[0])


def expected_travel(problem: Question, group: Group) -> dict[int, float]:
    """Expected seconds of travel to a call at each building of a zone."""
    if not group:
        return {}
    seconds = travel_to_each(np.array(group, dtype=np.int32), problem)
    return dict(zip(group, seconds.tolist(), strict=True))


def _weighted(problem: Question, group: Group) -> float:
    return sum(
        float(problem.call_weight[k]) * s for k, s in expected_travel(problem, group).items()
    )


def misaligned_there(problem: Question, building: int, group: Group, school: str | None) -> int:
    """Schools of a building outside their feeder's zone, in a zone that names this high school."""
    if not problem.high_school_ids:
        return 0
    if school is None:
        likely = int(problem.misaligned[list(group)].sum(axis=0).argmin())
        return int(problem.misaligned[building, likely])
    if school not in problem.high_school_ids:
        return int(problem.with_feeder[building])
    return int(problem.misaligned[building, problem.high_school_ids.index(school)])
