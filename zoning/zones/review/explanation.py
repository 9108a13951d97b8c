"""Why a building is in its zone, and what it would cost to have it in another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from zoning.errors import PlanError, typed
from zoning.units import counted, minutes
from zoning.zones.plan import Zone, ZonePlan
from zoning.zones.request.question import Question
from zoning.zones.review.alternatives import (
    Options,
    alternatives_table,
    expected_travel,
    misaligned_there,
    terms_of,
)
from zoning.zones.review.edits import unknown_building
from zoning.zones.review.nearby_plans import NearbyPlans
from zoning.zones.review.score import CostTerm, require_same_buildings


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BuildingExplanation:
    """Why a building is in its zone, and what each other zone would cost.

    One move or swap is compared at a time, the rest of the plan staying as it
    is. In a plan that is proved optimal none that keeps the rules has a negative
    cost; with the objective ``worst``, none that keeps the longest drive as
    short. Several changes together may still lead to a plan as good.

    Attributes
    ----------
    problem
        What the plan is for.
    building_id
        The building.
    zone
        Its zone.
    travel_s
        Expected seconds that a call at the building waits for travel.
    misaligned
        Schools of the building that are outside the zone of their feeder.
    terms
        What the building adds to the objective where it is: together, what its
        zone costs beyond what it would cost without the building, under the
        same high school. Strict alignment has no price.
    alternatives
        One row for each other patrol zone, best first: those that can have the
        building without a broken rule, then the others. Index ``zone_id``;
        ``cost_s``, by how much the objective changes if the building moves there
        alone (strict alignment has no price and is not in it);
        ``building_s``, ``old_zone_s``, ``new_zone_s``, the building-seconds of
        travel by which calls at the building, at those it leaves and at those it
        joins wait longer; ``call_travel_s``, expected seconds of travel to a
        call at the building there; ``misaligned``, as above, there (where schools
        feed high schools);
        ``breaks``, the rules that the move would break, empty for none; where it
        would break one, ``swap_with``, the building of that zone to exchange it
        with at the least cost without breaking any, and ``swap_cost_s``, the
        change of the objective then (None and NaN if there is none);
        ``longest_drive_s``, the longest drive inside any zone after the swap,
        where there is one, else the move. A rule that its own zone breaks
        already is not held against the building leaving it.
    best_other
        The zone that can have the building at the least cost without a broken
        rule, by a move or else a swap; None if no zone can.
    longest_drive_s
        The longest drive inside any zone of the plan as it is.
    others
        How many alternatives the text shows.
    """

    problem: Question
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
        """What the best other zone would cost, building-seconds; NaN if no zone can have it."""
        if self.best_other is None:
            return float("nan")
        row = self.alternatives.loc[self.best_other].to_dict()
        return float(row["swap_cost_s"] if row["breaks"] else row["cost_s"])

    def __str__(self) -> str:
        name = self.problem.name
        company = [name(b) for b in self.zone.building_ids if b != self.building_id]
        school = self.zone.high_school_id
        where = self.zone.zone_id + (f" ({name(school)})" if school else "")
        beside = f"with {_joined(company)}" if company else "alone"
        adds = ", ".join(f"{t.text.split(',')[0]} {t.seconds / 60:.2f}" for t in self.terms)
        total = sum(t.seconds for t in self.terms)
        lines = [
            f"{name(self.building_id)} is in {where} {beside}.",
            f"A call there waits {minutes(self.travel_s)} for travel; being there it adds "
            f"{total / 60:.2f} building-minutes ({adds}).",
        ]
        if self.misaligned:
            lines.append(
                f"{counted(self.misaligned, 'school')} of it would be at home in another zone."
            )
        if self.best_other is None:
            lines.append("No other zone can have it without a broken rule.")
        shown = list(self.alternatives.index[: self.others])
        lines += [self._sentence(zone_id, best=zone_id == self.best_other) for zone_id in shown]
        return "\n".join(lines)

    def _sentence(self, zone_id: str, *, best: bool) -> str:
        row = self.alternatives.loc[zone_id].to_dict()
        swapped = row["swap_with"] is not None
        cost = row["swap_cost_s"] if swapped else row["cost_s"]
        text = f"The best other zone is {zone_id}" if best else f"  {zone_id}"
        if swapped:
            text += f" in exchange for {self.problem.name(row['swap_with'])}"
        text += f", which would {_more_or_less(cost)}" if best else f": would {_more_or_less(cost)}"
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
    plan: ZonePlan, problem: Question, building_id: str, *, others: int = 3
) -> BuildingExplanation:
    """Why a building is in its zone, and what every other zone would cost.

    Parameters
    ----------
    others
        How many other zones the text of the answer shows; its table has all.

    Raises
    ------
    PlanError
        If the plan does not have the building (says what is near), its officer
        stays there, or the plan's buildings are not the problem's.
    """
    require_same_buildings(plan, problem)
    if building_id in problem.dedicated:
        raise PlanError(
            f"{problem.name(building_id)} has an officer of its own: there is no zone to explain"
        )
    if building_id not in problem.building_ids:
        raise PlanError(unknown_building(building_id, problem.building_ids, problem))
    nearby = NearbyPlans.of(plan, problem)
    building = problem.position(building_id)
    old = int(nearby.home[building])
    group, zone = nearby.groups[old], nearby.zones[old]
    options = Options.of(nearby, building)
    table = alternatives_table(nearby, building, options)
    return BuildingExplanation(
        problem=problem,
        building_id=building_id,
        zone=zone,
        travel_s=expected_travel(problem, group)[building],
        misaligned=misaligned_there(problem, building, group, zone.high_school_id),
        terms=terms_of(nearby, building),
        alternatives=table,
        best_other=str(table.index[0]) if options.possible.any() else None,
        longest_drive_s=nearby.longest_drive_s,
        others=others,
    )


@typed
def explain_plan(plan: ZonePlan, problem: Question) -> pd.DataFrame:
    """The best other zone of every building, the most contested building first.

    A single move or swap is compared, the rest of the plan staying as it is: see
    `BuildingExplanation`. In a plan that is proved optimal no cost is negative;
    with the objective ``worst``, none where the longest drive stays as short.

    Returns
    -------
    DataFrame
        Index ``building_id``, by rising cost; ``name``; ``zone_id``;
        ``best_other``, the zone that can have the building at the least cost
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
    nearby = NearbyPlans.of(plan, problem)
    rows = []
    for building, building_id in enumerate(problem.building_ids):
        zone_id = nearby.zones[int(nearby.home[building])].zone_id
        options = Options.of(nearby, building)
        best = options.order[:1].tolist() if options.possible.any() else []
        rows.append(
            {
                "building_id": building_id,
                "name": problem.name(building_id),
                "zone_id": zone_id,
                "best_other": next((options.zone_id(nearby, k) for k in best), None),
                "swap_with": next((options.partner(problem, k) for k in best), None),
                "cost_s": next((options.cost_s[k] for k in best), np.nan),
                "longest_drive_s": next((options.longest_drive_s[k] for k in best), np.nan),
            }
        )
    table = pd.DataFrame(rows)
    for column in ("best_other", "swap_with"):
        table[column] = pd.Series([row[column] for row in rows], dtype=object)
    table["cost_s"] = table["cost_s"].astype(float)
    rounded = table.assign(cost_s=table["cost_s"].round(6))
    order = rounded.sort_values(["cost_s", "building_id"], na_position="last").index
    return table.loc[order].set_index("building_id")


def _joined(names: Sequence[str]) -> str:
    return " and ".join([*([", ".join(names[:-1])] if names[1:] else []), names[-1]])


def _more_or_less(seconds: float) -> str:
    amount = f"{abs(seconds) / 60:.2f} building-minutes"
    return f"cost {amount} more" if seconds >= 0 else f"save {amount}"
