"""Why a building is in its zone, and what each other zone would cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from zoning.errors import PlanError, typed
from zoning.units import counted, join_names, minutes
from zoning.zones.arrays import Floats, Numbers
from zoning.zones.plan import Zone, ZonePlan
from zoning.zones.request.objective import Objective
from zoning.zones.request.problem import ZoneProblem
from zoning.zones.review.checking import add_high_schools, zone_faults
from zoning.zones.review.edits import unknown_building
from zoning.zones.review.score import (
    CostTerm,
    Group,
    MovedCount,
    ZoneValuer,
    ZoneValues,
    cost_term,
    misaligned_schools,
    require_same_buildings,
    round_cost,
    travel_to_each,
    zone_amount,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BuildingExplanation:
    """Why a building is in its zone, and what each other zone would cost.

    Each alternative is one move or swap; the rest of the plan stays as it is. In a
    plan proved optimal, no alternative that keeps the rules has a negative cost
    (with the objective ``worst``: none that keeps the longest drive as short).
    Several changes together may still lead to an equally good plan.

    Attributes
    ----------
    travel_s
        Expected seconds that a call at the building waits for travel.
    misaligned
        Schools of the building that are outside the zone of their feeder.
    terms
        What the building adds to the objective: its zone's cost less the cost of
        the zone without the building, under the same high school. Strict alignment
        has no price.
    alternatives
        One row for each other patrol zone, best first: those that can take the
        building without a broken rule, then the others. Index ``zone_id``;
        ``cost_s``, the change of the objective if the building moves there alone
        (strict alignment has no price and is left out);
        ``building_s``, ``old_zone_s``, ``new_zone_s``, the change of travel in
        building-seconds for calls at the building, in the zone it leaves and in
        the zone it joins; ``call_travel_s``, expected seconds of travel to a
        call at the building there; ``misaligned``, as above, there (where schools
        feed high schools);
        ``breaks``, the rules that the move would break, empty for none; where it
        would break one, ``swap_with``, the building of that zone to exchange it
        with at the least cost without breaking any, and ``swap_cost_s``, the
        change of the objective then (None and NaN if there is none);
        ``longest_drive_s``, the longest drive inside any zone after the swap,
        where there is one, else the move. A rule that the building's own zone
        breaks already does not forbid the building to leave.
    best_other
        The zone that can take the building at the least cost without a broken
        rule, by a move or else a swap; None if no zone can.
    longest_drive_s
        The longest drive inside any zone of the plan as it is.
    others
        How many alternatives the text shows.
    """

    problem: ZoneProblem
    building_id: str
    zone: Zone
    travel_s: float
    misaligned: int
    terms: tuple[CostTerm, ...]
    alternatives: pd.DataFrame
    best_other: str | None
    longest_drive_s: float
    others: int

    def __repr__(self) -> str:
        return (
            f"BuildingExplanation({self.building_id!r} in {self.zone.zone_id!r}, "
            f"best_other={self.best_other!r})"
        )

    @property
    def best_other_cost_s(self) -> float:
        """Cost of the best other zone, building-seconds; NaN if there is none."""
        if self.best_other is None:
            return float("nan")
        row = self.alternatives.loc[self.best_other].to_dict()
        return float(row["swap_cost_s"] if row["breaks"] else row["cost_s"])

    def __str__(self) -> str:
        name = self.problem.name
        company = [name(b) for b in self.zone.building_ids if b != self.building_id]
        school = self.zone.high_school_id
        where = self.zone.zone_id + (f" ({name(school)})" if school else "")
        beside = f"with {join_names(company)}" if company else "alone"
        adds = ", ".join(f"{t.text.split(',')[0]} {t.seconds / 60:.2f}" for t in self.terms)
        total = sum(t.seconds for t in self.terms)
        lines = [
            f"{name(self.building_id)} is in {where} {beside}.",
            f"A call there waits {minutes(self.travel_s)} for travel; being there it adds "
            f"{total / 60:.2f} building-minutes ({adds}).",
        ]
        if self.misaligned:
            verb, whose = ("is", "its") if self.misaligned == 1 else ("are", "their")
            outside = counted(self.misaligned, "school")
            lines.append(f"{outside} of it {verb} outside {whose} feeder's zone.")
        if self.best_other is None:
            lines.append("No other zone can take it without breaking a rule.")
        shown = list(self.alternatives.index[: self.others])
        lines += [
            self._describe_alternative(zone_id, best=zone_id == self.best_other)
            for zone_id in shown
        ]
        return "\n".join(lines)

    def _describe_alternative(self, zone_id: str, *, best: bool) -> str:
        row = self.alternatives.loc[zone_id].to_dict()
        swapped = row["swap_with"] is not None
        cost = row["swap_cost_s"] if swapped else row["cost_s"]
        text = f"The best other zone is {zone_id}" if best else f"  {zone_id}"
        if swapped:
            text += f" in exchange for {self.problem.name(row['swap_with'])}"
        text += (
            f", which would {_describe_cost(cost)}" if best else f": would {_describe_cost(cost)}"
        )
        if best and not swapped:
            text += (
                f": travel to its own calls {row['building_s'] / 60:+.2f}, "
                f"to those of {self.zone.zone_id} {row['old_zone_s'] / 60:+.2f}, "
                f"to those of {zone_id} {row['new_zone_s'] / 60:+.2f}"
            )
        if row.get("misaligned"):
            text += f"; {counted(int(row['misaligned']), 'school')} misaligned there"
        if row["breaks"] and not swapped:
            text += f"; but {row['breaks']}"
        if row["longest_drive_s"] > self.longest_drive_s:
            text += (
                f"; the longest drive inside a zone would be {minutes(row['longest_drive_s'])}, "
                f"now {minutes(self.longest_drive_s)}"
            )
        return f"{text}."


@typed
def explain_building(
    plan: ZonePlan, problem: ZoneProblem, building_id: str, *, others: int = 3
) -> BuildingExplanation:
    """Why a building is in its zone, and what every other zone would cost.

    Parameters
    ----------
    others
        How many other zones the text of the answer shows; its table has all.

    Raises
    ------
    PlanError
        If the plan does not have the building (names the nearest), its officer
        stays there, or the plan's buildings are not the problem's.
    """
    require_same_buildings(plan, problem)
    if building_id in problem.dedicated:
        raise PlanError(
            f"{problem.name(building_id)} has an officer of its own: there is no zone to explain"
        )
    if building_id not in problem.building_ids:
        raise PlanError(unknown_building(building_id, problem.building_ids, problem))
    nearby = _NearbyPlans.of(plan, problem)
    building = problem.position(building_id)
    old = int(nearby.home[building])
    options = nearby.options(building)
    table = _alternatives_table(nearby, building, options)
    school = nearby.zones[old].high_school_id
    return BuildingExplanation(
        problem=problem,
        building_id=building_id,
        zone=nearby.zones[old],
        travel_s=_expected_travel(problem, nearby.groups[old])[building],
        misaligned=_count_misaligned(problem, building, nearby.groups[old], school),
        terms=_list_added_terms(nearby, building),
        alternatives=table,
        best_other=str(table.index[0]) if options and options[0].possible else None,
        longest_drive_s=nearby.longest_drive_s,
        others=others,
    )


@typed
def explain_plan(plan: ZonePlan, problem: ZoneProblem) -> pd.DataFrame:
    """Find the best other zone of every building, the least costly change first.

    A single move or swap is compared, the rest of the plan staying as it is: see
    `BuildingExplanation`. In a plan that is proved optimal no cost is negative;
    with the objective ``worst``, none where the longest drive stays as short.

    Returns
    -------
    DataFrame
        Index ``building_id``, by rising cost; ``name``; ``zone_id``;
        ``best_other``, the zone that can take the building at the least cost
        without a broken rule (None if none can); ``swap_with``, the building to
        exchange it with where the move alone would break a rule (None for a
        move); ``cost_s``, by how much the objective changes; and
        ``longest_drive_s``, the longest drive inside any zone then.

    Raises
    ------
    PlanError
        If the plan's buildings are not the problem's.
    """
    require_same_buildings(plan, problem)
    nearby = _NearbyPlans.of(plan, problem)
    rows = []
    for building, building_id in enumerate(problem.building_ids):
        options = nearby.options(building)
        best = next((option.best for option in options if option.possible), None)
        rows.append(
            {
                "building_id": building_id,
                "name": problem.name(building_id),
                "zone_id": nearby.zones[int(nearby.home[building])].zone_id,
                "best_other": None if best is None else nearby.zones[best.target].zone_id,
                "swap_with": None if best is None else nearby.partner_id(best),
                "cost_s": np.nan if best is None else best.cost_s,
                "longest_drive_s": np.nan if best is None else best.longest_drive_s,
            }
        )
    table = pd.DataFrame(rows)
    for column in ("best_other", "swap_with"):
        table[column] = pd.Series([row[column] for row in rows], dtype=object)
    table["cost_s"] = table["cost_s"].astype(float)
    rounded = table.assign(cost_s=table["cost_s"].round(6))
    order = rounded.sort_values(["cost_s", "building_id"], na_position="last").index
    return table.loc[order].set_index("building_id")


def _describe_cost(seconds: float) -> str:
    amount = f"{abs(seconds) / 60:.2f} building-minutes"
    return f"cost {amount} more" if seconds >= 0 else f"save {amount}"


class _Change(NamedTuple):
    """A move or swap of one building.

    Attributes
    ----------
    target
        The number of the zone that the building enters.
    partner
        The number of the building that it is exchanged with; -1 for a move.
    old_group, new_group, old_school, new_school
        The zones that it leaves and enters, after the change.
    cost_s
        The change of the objective, without strict alignment.
    longest_drive_s
        The longest drive inside any zone afterwards.
    moved
        Number of moved buildings after the edit (0 if no rule or cost counts them).
    legal
        Whether it breaks no rule. A rule does not count if it is broken already in
        a zone that only loses a building, or in the plan as a whole.
    """

    target: int
    partner: int
    old_group: Group
    new_group: Group
    old_school: str | None
    new_school: str | None
    cost_s: float
    longest_drive_s: float
    moved: int
    legal: bool


class _Option(NamedTuple):
    """Another zone for a building: the move, and the best swap if only a swap keeps the rules."""

    move: _Change
    best: _Change

    @property
    def possible(self) -> bool:
        """Whether the move or a swap breaks no rule."""
        return self.best.legal


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _NearbyPlans:
    """The plans that are one move or one swap away from a plan.

    Attributes
    ----------
    zones
        The patrol zones, numbered in this order.
    groups
        Their buildings.
    now
        Their figures.
    home
        Shape (n,), the number of each building's zone.
    moved
        The number of moved buildings; None where it is neither limited nor priced.
    """

    valuer: ZoneValuer
    zones: tuple[Zone, ...]
    groups: tuple[Group, ...]
    now: ZoneValues
    home: Numbers
    moved: MovedCount | None

    @classmethod
    def of(cls, plan: ZonePlan, problem: ZoneProblem) -> _NearbyPlans:
        """The neighbourhood of a plan of the problem's buildings."""
        valuer = ZoneValuer.of(problem)
        groups = tuple(valuer.group(zone) for zone in plan.patrol_zones)
        home = np.zeros(problem.n, dtype=np.intp)
        for number, group in enumerate(groups):
            home[list(group)] = number
        stability = valuer.space.stability
        matters = stability is not None and (stability.price_s or stability.most is not None)
        return cls(
            valuer=valuer,
            zones=plan.patrol_zones,
            groups=groups,
            now=valuer.values(groups, [z.high_school_id for z in plan.patrol_zones]),
            home=home,
            moved=MovedCount.of(stability, groups) if stability and matters else None,
        )

    @property
    def longest_drive_s(self) -> float:
        """The longest drive inside any zone of the plan."""
        return float(self.now.longest_drive_s.max())

    @property
    def one_fewer(self) -> bool:
        """Whether the number of zones allows one fewer, or is wrong already."""
        problem = self.valuer.problem
        return problem.zones is None or len(self.zones) != problem.fewest_and_most[0]

    def options(self, building: int) -> list[_Option]:
        """Each other zone of a building, best first."""
        moves = self._evaluate_moves(building)
        closed = [move.target for move in moves if not move.legal]
        best: dict[int, _Change] = {}
        for swap in sorted(self._evaluate_swaps(building, closed), key=self._rank):
            if swap.legal:
                best.setdefault(swap.target, swap)
        options = [_Option(move, best.get(move.target, move)) for move in moves]
        return sorted(options, key=lambda option: self._rank(option.best))

    def partner_id(self, change: _Change) -> str | None:
        """Id of the building exchanged in a swap; None for a move."""
        return None if change.partner < 0 else self.valuer.problem.building_ids[change.partner]

    def _rank(self, change: _Change) -> tuple[bool, float, float]:
        """Sort key: legal changes first, then by the objective."""
        worst = self.valuer.problem.objective is Objective.WORST
        longest = change.longest_drive_s if worst else 0.0
        return not change.legal, longest, round_cost(change.cost_s)

    def _evaluate_moves(self, building: int) -> list[_Change]:
        """Evaluate the move of a building to each other zone."""
        old = int(self.home[building])
        targets = [t for t in range(len(self.zones)) if t != old]
        left = _remove(self.groups[old], building)
        return self._evaluate(
            old,
            [(t, -1) for t in targets],
            [left] * len(targets),
            [_add(self.groups[t], building) for t in targets],
        )

    def _evaluate_swaps(self, building: int, targets: Sequence[int]) -> list[_Change]:
        """Evaluate the swap of a building with each building of these zones."""
        old = int(self.home[building])
        left = _remove(self.groups[old], building)
        pairs = [(t, other) for t in targets for other in self.groups[t]]
        return self._evaluate(
            old,
            pairs,
            [_add(left, other) for _, other in pairs],
            [_add(_remove(self.groups[t], other), building) for t, other in pairs],
        )

    def _evaluate(
        self,
        old: int,
        pairs: Sequence[tuple[int, int]],
        old_groups: Sequence[Group],
        new_groups: Sequence[Group],
    ) -> list[_Change]:
        """Evaluate moves or swaps of a building of ``old``; ``pairs`` are target and partner."""
        valuer, now = self.valuer, self.now
        targets = [t for t, _ in pairs]
        target = np.array(targets, dtype=np.intp)
        old_schools = [
            valuer.school_after(self.zones[old].high_school_id, group) for group in old_groups
        ]
        new_schools = [
            valuer.school_after(self.zones[t].high_school_id, group)
            for t, group in zip(targets, new_groups, strict=True)
        ]
        left = valuer.values(old_groups, old_schools)
        entered = valuer.values(new_groups, new_schools)
        only_loses = np.array([partner < 0 for _, partner in pairs], dtype=bool)
        legal = entered.allowed & (left.allowed | (only_loses & ~now.allowed[old]))
        legal &= np.array([bool(group) or self.one_fewer for group in old_groups], dtype=bool)
        cost = left.cost_s + entered.cost_s - now.cost_s[old] - now.cost_s[target]
        moved = np.zeros(len(targets), dtype=np.intp)
        if self.moved is not None:
            before = self.moved.after({})
            edits = zip(targets, old_groups, new_groups, strict=True)
            moved[:] = [self.moved.after({old: mine, t: theirs}) for t, mine, theirs in edits]
            cost += self.moved.stability.price_s * (moved - before)
            legal &= moved <= max(self.moved.limit, before)
        longest = np.maximum.reduce(
            [
                left.longest_drive_s,
                entered.longest_drive_s,
                self._find_longest_elsewhere(old, target),
            ]
        )
        return [
            _Change(*pair, *rest)
            for pair, *rest in zip(
                pairs,
                old_groups,
                new_groups,
                old_schools,
                new_schools,
                cost.tolist(),
                longest.tolist(),
                moved.tolist(),
                legal.tolist(),
                strict=True,
            )
        ]

    def _find_longest_elsewhere(self, old: int, targets: Numbers) -> Floats:
        """Longest drive inside any zone other than the old one and each target."""
        longest = self.now.longest_drive_s
        found = np.zeros(len(targets))
        # A change touches two zones, so at least one of the three longest drives stays.
        for zone in np.argsort(-longest, kind="stable")[:3][::-1]:
            if zone != old:
                found = np.where(targets == zone, found, longest[zone])
        return found


def _add(group: Group, building: int) -> Group:
    return tuple(sorted((*group, building)))


def _remove(group: Group, building: int) -> Group:
    return tuple(k for k in group if k != building)


def _alternatives_table(
    nearby: _NearbyPlans, building: int, options: Sequence[_Option]
) -> pd.DataFrame:
    """Make the table ``alternatives`` of a `BuildingExplanation`."""
    problem, calls = nearby.valuer.problem, nearby.valuer.problem.call_weight
    now = _expected_travel(problem, nearby.groups[int(nearby.home[building])])
    rows: dict[str, list[object]] = {name: [] for name in _COLUMNS}
    for move, best in options:
        partner = nearby.partner_id(best)
        without = _expected_travel(problem, move.old_group)
        there = _expected_travel(problem, move.new_group)
        theirs = _expected_travel(problem, nearby.groups[move.target])
        row = (
            nearby.zones[move.target].zone_id,
            move.cost_s,
            calls[building] * (there[building] - now[building]),
            sum(calls[j] * (without[j] - now[j]) for j in move.old_group),
            sum(calls[j] * (there[j] - theirs[j]) for j in theirs),
            there[building],
            _count_misaligned(problem, building, move.new_group, move.new_school),
            best.longest_drive_s,
            "" if move.legal else _describe_broken_rules(nearby, building, move),
            partner,
            np.nan if partner is None else best.cost_s,
        )
        for values, value in zip(rows.values(), row, strict=True):
            values.append(value)
    table = pd.DataFrame(rows)
    table["swap_with"] = pd.Series(rows["swap_with"], dtype=object)
    if not problem.feeders_given:
        table = table.drop(columns="misaligned")
    return table.set_index("zone_id")


_COLUMNS = (
    *("zone_id", "cost_s", "building_s", "old_zone_s", "new_zone_s", "call_travel_s"),
    *("misaligned", "longest_drive_s", "breaks", "swap_with", "swap_cost_s"),
)


def _describe_broken_rules(nearby: _NearbyPlans, building: int, move: _Change) -> str:
    """Describe the rules that a move breaks."""
    valuer, old = nearby.valuer, int(nearby.home[building])
    ids = valuer.problem.building_ids
    changed = [
        replace(
            nearby.zones[number],
            building_ids=tuple(ids[k] for k in group),
            high_school_id=school,
        )
        for number, group, school, counts in (
            (old, move.old_group, move.old_school, nearby.now.allowed[old]),
            (move.target, move.new_group, move.new_school, True),
        )
        if group and counts
    ]
    faults = [str(b) for b in zone_faults(add_high_schools(changed, valuer), valuer.problem)]
    if not move.old_group and not nearby.one_fewer:
        faults.append(f"the plan would have {counted(len(nearby.zones) - 1, 'patrol zone')}")
    if nearby.moved is not None and move.moved > nearby.moved.limit:
        moved = counted(int(move.moved), "building")
        faults.append(f"{moved} would have moved, at most {nearby.moved.limit:g}")
    return "; ".join(faults)


def _list_added_terms(nearby: _NearbyPlans, building: int) -> tuple[CostTerm, ...]:
    """List the cost terms that a building adds to its zone."""
    problem = nearby.valuer.problem
    old = int(nearby.home[building])
    group, left = nearby.groups[old], _remove(nearby.groups[old], building)
    terms = []
    own = problem.own_objective
    if own is None:
        alone = float(problem.call_weight[building] * _expected_travel(problem, group)[building])
        others = _weighted_travel(problem, group) - _weighted_travel(problem, left) - alone
        terms += [
            CostTerm(text=text, amount=seconds, unit="building-seconds", seconds=seconds)
            for text, seconds in (
                ("travel to its own calls", alone),
                ("travel to the zone's other calls", others),
            )
        ]
    price = problem.alignment.charge_s
    if problem.feeders_given and 0 < price < np.inf:
        outside = _count_misaligned(problem, building, group, nearby.zones[old].high_school_id)
        terms.append(
            CostTerm(
                text="alignment",
                amount=outside,
                unit="misaligned schools",
                seconds=outside * price,
            )
        )
    for cost in (*([] if own is None else [own]), *problem.zone_costs):
        amount = zone_amount(cost, group, problem) - zone_amount(cost, left, problem)
        terms.append(cost_term(cost, amount))
    return tuple(terms)


def _expected_travel(problem: ZoneProblem, group: Group) -> dict[int, float]:
    """Expected seconds of travel to a call at each building of a zone."""
    if not group:
        return {}
    seconds = travel_to_each(np.array(group, dtype=np.int32), problem)
    return dict(zip(group, seconds.tolist(), strict=True))


def _weighted_travel(problem: ZoneProblem, group: Group) -> float:
    return sum(
        float(problem.call_weight[k]) * s for k, s in _expected_travel(problem, group).items()
    )


def _count_misaligned(problem: ZoneProblem, building: int, group: Group, school: str | None) -> int:
    """Count the misaligned schools of a building in a zone with this high school."""
    if school is None and problem.high_school_ids:
        likely = int(problem.misaligned[list(group)].sum(axis=0).argmin())
        school = problem.high_school_ids[likely]
    return misaligned_schools(np.array([building]), school, problem)
