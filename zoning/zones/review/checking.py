"""Does a plan keep what was asked? Its figures, every rule it breaks, and edits of it."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from zoning.errors import PlanError, typed
from zoning.units import counted, minutes
from zoning.zones.plan import Zone, ZonePlan
from zoning.zones.request.costs import TourLength
from zoning.zones.request.question import Question
from zoning.zones.request.rules import BrokenRule
from zoning.zones.review.edits import Edited, PlanEditor
from zoning.zones.review.plan_rules import (
    broken_by_plan,
    broken_by_zones,
    listed,
    named_zones,
    patrolled,
)
from zoning.zones.review.score import PlanScore, long_drive, score
from zoning.zones.review.zone_values import ZoneValuer

_LONGEST_TOUR = 14


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlanCheck:
    """A plan with its figures and the rules it breaks; edits of it are checked in turn.

    Attributes
    ----------
    plan
        The plan, drawn by the optimiser or by hand.
    problem
        What it is for.
    score
        Its figures. Where strict alignment is broken the objective is ``inf``;
        the travel and all other figures still count.
    broken
        Every rule that the plan breaks, and how; empty if it keeps all.
    notes
        What a reader should know besides: what an edit changed that was not
        asked for, what was assumed about the plan.
    """

    plan: ZonePlan
    problem: Question
    score: PlanScore
    broken: tuple[BrokenRule, ...]
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"PlanCheck({self.plan!r}, {counted(len(self.broken), 'broken rule')})"

    @property
    def ok(self) -> bool:
        """Whether the plan keeps every rule."""
        return not self.broken

    def to_frame(self) -> pd.DataFrame:
        """The broken rules as a table.

        Returns
        -------
        DataFrame
            Columns ``zone_id`` (None where the plan as a whole breaks the rule),
            ``rule`` and ``reason``.
        """
        rows = [(b.zone_id, b.rule, b.reason) for b in self.broken]
        return pd.DataFrame(rows, columns=["zone_id", "rule", "reason"], dtype=object)

    def move(self, building_id: str, *, to: str) -> PlanCheck:
        """The plan with one building in another zone, checked; see `ZonePlan.move`."""
        return self._after(self._editor.moved(building_id, to=to))

    def swap(self, building_id: str, other_building_id: str) -> PlanCheck:
        """The plan with two buildings in one another's zone; see `ZonePlan.swap`."""
        return self._after(self._editor.swapped(building_id, other_building_id))

    def merge(self, zone_ids: Collection[str], *, into: str | None = None) -> PlanCheck:
        """The plan with several zones made one, checked; see `ZonePlan.merge`."""
        return self._after(self._editor.merged(zone_ids, into=into))

    def split(
        self,
        zone_id: str,
        building_ids: Collection[str] | None = None,
        *,
        new_zone_id: str | None = None,
    ) -> PlanCheck:
        """The plan with one zone made two, checked; see `ZonePlan.split`."""
        return self._after(self._editor.divided(zone_id, building_ids, new_zone_id=new_zone_id))

    @property
    def _editor(self) -> PlanEditor:
        return PlanEditor(self.plan, self.problem)

    def _after(self, edited: Edited) -> PlanCheck:
        check = check_plan(edited.plan, self.problem)
        return replace(check, notes=(*edited.notes, *check.notes))

    def __str__(self) -> str:
        lines = [self._headline(), self._travel(), self._objective()]
        lines += [f"  {b}" for b in self.broken]
        far = long_drive(patrolled(self.plan, self.problem), self.problem)
        lines += [f"Note: {note}." for note in (*self.notes, *([far] if far else []))]
        return "\n".join(lines)

    def _headline(self) -> str:
        zones = counted(len(self.plan.patrol_zones), "zone")
        posts = len(self.plan.zones) - len(self.plan.patrol_zones)
        if posts:
            zones += f" and {counted(posts, 'dedicated officer')}"
        kept = "keeps every rule" if self.ok else f"breaks {counted(len(self.broken), 'rule')}"
        return f"{zones} for {counted(len(self.plan.building_ids), 'building')}: {kept}"

    def _travel(self) -> str:
        figures = self.score
        text = (
            f"mean expected travel {minutes(figures.mean_travel_s, digits=2)} per call, "
            f"longest drive inside a zone {minutes(figures.longest_drive_s)}"
        )
        if figures.with_feeder:
            text += (
                f", {figures.misaligned} of {figures.with_feeder} schools outside their "
                "feeder's zone"
            )
        return text if figures.moved is None else f"{text}, {figures.moved} buildings moved"

    def _objective(self) -> str:
        total = self.score.objective_s
        if math.isfinite(total):
            return f"objective {total / 60:.2f} building-minutes"
        rest = sum(t.seconds for t in self.score.terms if math.isfinite(t.seconds))
        return (
            f"objective without strict alignment, which is broken, {rest / 60:.2f} building-minutes"
        )


@typed
def check_plan(plan: ZonePlan, problem: Question) -> PlanCheck:
    """Score a plan and find every rule of a problem that it breaks.

    Checked are the sizes of the zones, how many there are, strict alignment, the
    high schools that zones name, each rule about a zone, how many buildings
    moved, and that dedicated officers are alone where they were asked for. A
    number of zones left to the optimiser (None) is not checked.

    For the rules, a zone that names no high school is aligned with the one that
    a new zone would be given. A dedicated building that the plan has in a patrol
    zone is left out of the figures, and one to patrol that has an officer of its
    own counts as a zone by itself; both are among the broken rules.

    Raises
    ------
    PlanError
        If a building of the problem is in no zone, or the plan has one that the
        problem does not know; names them. With a price on round trips, if a zone
        is too large to work one out.
    ProblemError, OptionError
        If a cost or a rule of your own fails.
    """
    scored = patrolled(plan, problem)
    _require_tours(scored, problem)
    figures = score(scored, problem)
    valuer = ZoneValuer.of(problem)
    patrol = {zone.zone_id for zone in plan.patrol_zones}
    given = [zone for zone in scored.zones if zone.zone_id in patrol]
    zones = named_zones(given, valuer)
    faults = [*broken_by_plan(plan, valuer), *broken_by_zones(zones, problem)]
    return PlanCheck(
        plan=plan,
        problem=problem,
        score=figures,
        broken=tuple(faults),
        notes=tuple(_assumed(given, zones, problem)),
    )


def _require_tours(plan: ZonePlan, problem: Question) -> None:
    if not any(isinstance(cost, TourLength) for cost in problem.zone_costs):
        return
    long = [
        f"{zone.zone_id} has {len(zone.building_ids)}"
        for zone in plan.zones
        if len(zone.building_ids) > _LONGEST_TOUR
    ]
    if long:
        raise PlanError(
            f"round trips are worked out for zones of at most {_LONGEST_TOUR} buildings",
            long,
            "Split these zones, or leave the price on the tour length out of the problem.",
        )


def _assumed(given: Sequence[Zone], named: Sequence[Zone], problem: Question) -> Iterator[str]:
    joined = "with" if problem.feeders_given else "after"
    assumed = [
        f"{now.zone_id} {joined} {problem.name(now.high_school_id)}"
        for zone, now in zip(given, named, strict=True)
        if zone.high_school_id is None and now.high_school_id is not None
    ]
    if assumed:
        verb = (
            "names no high school and counts"
            if len(assumed) == 1
            else ("name no high school and count")
        )
        counts_as = "aligned" if problem.feeders_given else "named after one"
        yield f"{counted(len(assumed), 'zone')} {verb} as {counts_as}: {listed(assumed)}"
