"""Check a plan against a problem: its figures, the rules it breaks, and its edits."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from zoning.errors import PlanError, first_few, typed
from zoning.units import counted, minutes
from zoning.zones.plan import Zone, ZoneKind, ZonePlan
from zoning.zones.request.costs import largest_zone
from zoning.zones.request.objective import AlignmentMode
from zoning.zones.request.problem import ZoneProblem
from zoning.zones.request.rules import BrokenRule
from zoning.zones.review import edits
from zoning.zones.review.score import PlanScore, ZoneValuer, long_drive, score


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlanCheck:
    """A plan with its figures and the rules it breaks; each edit returns a new check.

    Attributes
    ----------
    plan
        The plan, drawn by the optimiser or by hand.
    problem
        The problem that the plan is for.
    score
        Its figures. If strict alignment is broken, the objective is ``inf``; the travel
        and all other figures are still given.
    broken
        Every rule that the plan breaks, and how; empty if it keeps all.
    notes
        Sentences for a reader: what else an edit changed, and what was assumed about
        the plan.
    """

    plan: ZonePlan
    problem: ZoneProblem
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
        """Move a building to another zone, and check the new plan.

        A zone whose last building leaves is removed, and ``notes`` says so. A zone
        keeps its high school while one of its schools feeds it or, without feeders,
        while it is in the zone; else it gets the one that a new zone would get.

        Parameters
        ----------
        to
            The id of a patrol zone of the plan.

        Raises
        ------
        PlanError
            If there is no such building or zone (names the nearest), the
            building is there already, or its officer stays there.
        """
        return self._check_edited(edits.move(self.plan, self.problem, building_id, to=to))

    def swap(self, building_id: str, other_building_id: str) -> PlanCheck:
        """Exchange two buildings of different zones, and check the new plan; see `move`.

        Raises
        ------
        PlanError
            As `move`, and if both are in one zone.
        """
        return self._check_edited(
            edits.swap(self.plan, self.problem, building_id, other_building_id)
        )

    def merge(self, zone_ids: Collection[str], *, into: str | None = None) -> PlanCheck:
        """Merge several patrol zones, and check the new plan; see `move`.

        Parameters
        ----------
        into
            Id of the merged zone: one of them, or a new id; the first of
            ``zone_ids`` if None. It has the high school of the zone of that id,
            else of the first.

        Raises
        ------
        PlanError
            If there are not at least two different zones, one is unknown or
            dedicated, or ``into`` is the id of yet another zone.
        """
        return self._check_edited(edits.merge(self.plan, self.problem, zone_ids, into=into))

    def split(
        self,
        zone_id: str,
        building_ids: Collection[str] | None = None,
        *,
        new_zone_id: str | None = None,
    ) -> PlanCheck:
        """Split a patrol zone in two, and check the new plan; see `move`.

        Parameters
        ----------
        building_ids
            The buildings that leave the zone. If None, the best division for
            the problem: one that keeps every rule if there is one, and among
            those the one of the least objective. Zones of up to 14 buildings are
            divided in every way there is; of larger ones many divisions are
            tried, and the answer's ``notes`` say so.
        new_zone_id
            Id of the new zone; the first ``'Zone 1'``, ``'Zone 2'`` ... that is
            free if None.

        Raises
        ------
        PlanError
            If the zone is unknown, dedicated or of one building, the buildings
            are not some but not all of its own, or the new id is taken.
        """
        edited = edits.split(
            self.plan, self.problem, zone_id, building_ids, new_zone_id=new_zone_id
        )
        return self._check_edited(edited)

    def rename(self, names: Mapping[str, str]) -> PlanCheck:
        """Give zones other names, and check the new plan; see `ZonePlan.rename`."""
        return check_plan(self.plan.rename(names), self.problem)

    def _check_edited(self, edited: edits.Edited) -> PlanCheck:
        check = check_plan(edited.plan, self.problem)
        return replace(check, notes=(*edited.notes, *check.notes))

    def __str__(self) -> str:
        lines = [self._headline(), self._travel(), self._objective()]
        lines += [f"  {b}" for b in self.broken]
        far = long_drive(keep_patrolled(self.plan, self.problem), self.problem)
        lines += [f"Note: {note}." for note in (*self.notes, *([far] if far else []))]
        return "\n".join(lines)

    def _headline(self) -> str:
        zones = counted(len(self.plan.patrol_zones), "zone")
        posts = self.plan.dedicated_officers
        if posts:
            zones += f" and {counted(posts, 'dedicated officer')}"
        verdict = "keeps every rule" if self.ok else f"breaks {counted(len(self.broken), 'rule')}"
        return f"{zones} for {counted(len(self.plan.building_ids), 'building')}: {verdict}"

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
def check_plan(plan: ZonePlan, problem: ZoneProblem) -> PlanCheck:
    """Score a plan and find every rule of a problem that it breaks.

    The check covers the sizes of the zones, their number, strict alignment, the high
    schools that zones name, each rule about a zone, the number of moved buildings, and
    that each dedicated officer has exactly the requested building. A number of zones
    left to the optimiser (None) is not checked.

    For the rules, a zone that names no high school is aligned with the one that a new
    zone would be given. If the plan has a dedicated building in a patrol zone, the
    figures leave the building out. If the plan gives a building to patrol its own
    officer, the building counts as a zone by itself. Both are listed as broken rules.

    Raises
    ------
    PlanError
        If a building of the problem is in no zone, or the plan has one that the
        problem does not know; names them. If a zone is too large for a cost, such
        as the tour length, to be computed.
    ProblemError, OptionError
        If a cost or a rule of your own fails.
    """
    scored = keep_patrolled(plan, problem)
    _require_size(scored, problem)
    figures = score(scored, problem)
    valuer = ZoneValuer.of(problem)
    patrol = {zone.zone_id for zone in plan.patrol_zones}
    given = [zone for zone in scored.zones if zone.zone_id in patrol]
    zones = add_high_schools(given, valuer)
    faults = [*plan_faults(plan, valuer), *zone_faults(zones, problem)]
    return PlanCheck(
        plan=plan,
        problem=problem,
        score=figures,
        broken=tuple(faults),
        notes=tuple(_list_assumptions(given, zones, problem)),
    )


def _require_size(plan: ZonePlan, problem: ZoneProblem) -> None:
    """Raise if a zone is too large for the amount of a cost to be computed."""
    own = problem.own_objective
    costs = (*problem.zone_costs, *(() if own is None else (own,)))
    cost = min(costs, key=largest_zone, default=None)
    limit = math.inf if cost is None else largest_zone(cost)
    faults = [
        f"{zone.zone_id} has {len(zone.building_ids)}"
        for zone in plan.zones
        if len(zone.building_ids) > limit
    ]
    if cost is not None and faults:
        raise PlanError(
            f"a cost is computed for zones of at most {limit:g} buildings",
            faults,
            f"Split these zones, or leave the cost out of the problem: {cost.text}.",
        )


def _list_assumptions(
    given: Sequence[Zone], named: Sequence[Zone], problem: ZoneProblem
) -> Iterator[str]:
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
        yield f"{counted(len(assumed), 'zone')} {verb} as {counts_as}: {list_few(assumed)}"


def keep_patrolled(plan: ZonePlan, problem: ZoneProblem) -> ZonePlan:
    """Keep the problem's buildings, all in patrol zones, as the plan is scored.

    Raises
    ------
    PlanError
        If the plan has a building that the problem does not know.
    """
    divided, dedicated = set(problem.building_ids), set(problem.dedicated)
    known = divided | dedicated
    unknown = [b for b in plan.building_ids if b not in known]
    if unknown:
        raise PlanError(
            f"the plan has {counted(len(unknown), 'building')} that the problem does not know",
            first_few(
                [edits.unknown_building(b, known, problem, where="problem") for b in unknown]
            ),
        )
    zones = []
    for zone in plan.zones:
        members = tuple(b for b in zone.building_ids if b in divided)
        if members:
            # One officer patrols a zone, however many were to stay at the building.
            zones.append(replace(zone, building_ids=members, kind=ZoneKind.PATROL, officers=1))
    return ZonePlan(tuple(zones))


def add_high_schools(zones: Sequence[Zone], valuer: ZoneValuer) -> list[Zone]:
    """Give each zone a high school if a rule or the score depends on it."""
    problem, rules = valuer.problem, valuer.space.rules
    charged = problem.feeders_given and problem.alignment.mode is not AlignmentMode.OFF
    if not problem.high_school_ids or not (charged or rules.own_school or rules.away is not None):
        return list(zones)
    return [
        replace(zone, high_school_id=valuer.school_of(valuer.group(zone)))
        if zone.high_school_id is None
        or not (problem.feeders_given or zone.high_school_id in problem.high_school_ids)
        else zone
        for zone in zones
    ]


def zone_faults(zones: Sequence[Zone], problem: ZoneProblem) -> list[BrokenRule]:
    """List broken sizes, alignment and zone rules of zones from `add_high_schools`."""
    return [
        *_check_sizes(zones, problem),
        *_check_alignment(zones, problem),
        *(
            BrokenRule(rule=rule.text, zone_id=zone.zone_id, reason=reason)
            for rule in problem.zone_rules
            for zone in zones
            if (reason := rule.broken_by(zone, problem)) is not None
        ),
    ]


def plan_faults(plan: ZonePlan, valuer: ZoneValuer) -> list[BrokenRule]:
    """List broken rules of the whole plan: number of zones, dedicated officers, moves."""
    problem = valuer.problem
    return [
        *_check_count(plan, problem),
        *_check_dedicated(plan, problem),
        *_check_moved(keep_patrolled(plan, problem), valuer),
    ]


def _check_sizes(zones: Sequence[Zone], problem: ZoneProblem) -> Iterator[BrokenRule]:
    low, high = problem.sizes
    for zone in zones:
        size = len(zone.building_ids)
        has = f"has {counted(size, 'building')}"
        if size < low:
            rule = f"at least {counted(low, 'building')} in a zone"
            yield BrokenRule(rule=rule, zone_id=zone.zone_id, reason=f"{has}, at least {low}")
        if size > high:
            rule = f"at most {counted(high, 'building')} in a zone"
            yield BrokenRule(rule=rule, zone_id=zone.zone_id, reason=f"{has}, at most {high}")


def _check_count(plan: ZonePlan, problem: ZoneProblem) -> Iterator[BrokenRule]:
    if problem.zones is None:
        return
    min_zones, max_zones = problem.fewest_and_most
    count = len(plan.patrol_zones)
    if not min_zones <= count <= max_zones:
        exact = min_zones == max_zones
        request = counted(max_zones, "zone") if exact else f"{min_zones} to {max_zones} zones"
        yield BrokenRule(
            rule=request,
            zone_id=None,
            reason=f"the plan has {counted(count, 'patrol zone')}, not {request.split(' zone')[0]}",
        )


def _check_dedicated(plan: ZonePlan, problem: ZoneProblem) -> Iterator[BrokenRule]:
    rule = "dedicated officers are alone at their buildings"
    home = {b: zone for zone in plan.zones for b in zone.building_ids}
    for building in problem.dedicated:
        name = problem.name(building)
        zone = home.get(building)
        if zone is None:
            reason = f"{name} was to have an officer of its own, and is in no zone"
            yield BrokenRule(rule=rule, zone_id=None, reason=reason)
        elif zone.kind is ZoneKind.PATROL:
            reason = f"{name} was to have an officer of its own"
            yield BrokenRule(rule=rule, zone_id=zone.zone_id, reason=reason)
    for zone in plan.zones:
        if zone.kind is not ZoneKind.DEDICATED:
            continue
        names = [problem.name(b) for b in zone.building_ids]
        if len(names) > 1:
            reason = f"its officer stays at one building, but it has {list_few(names)}"
            yield BrokenRule(rule=rule, zone_id=zone.zone_id, reason=reason)
        to_patrol = [problem.name(b) for b in zone.building_ids if b not in problem.dedicated]
        if to_patrol:
            reason = f"no dedicated officer was requested at {list_few(to_patrol)}"
            yield BrokenRule(rule=rule, zone_id=zone.zone_id, reason=reason)


def _check_alignment(zones: Sequence[Zone], problem: ZoneProblem) -> Iterator[BrokenRule]:
    if not problem.feeders_given:
        return
    strict = problem.alignment.mode is AlignmentMode.STRICT
    for zone in zones:
        if zone.high_school_id is None:
            continue
        if zone.high_school_id not in problem.high_school_ids:
            yield BrokenRule(
                rule="zones are aligned with high schools of the district",
                zone_id=zone.zone_id,
                reason=f"is aligned with {zone.high_school_id!r}, which is not among them",
            )
            continue
        if not strict:
            continue
        school = problem.high_school_ids.index(zone.high_school_id)
        outside = [
            problem.name(b)
            for b in zone.building_ids
            if problem.misaligned[problem.position(b), school]
        ]
        if outside:
            verb = "feeds" if len(outside) == 1 else "feed"
            yield BrokenRule(
                rule="alignment: strict",
                zone_id=zone.zone_id,
                reason=f"{list_few(outside)} {verb} another high school than "
                f"{problem.name(zone.high_school_id)}",
            )


def _check_moved(scored: ZonePlan, valuer: ZoneValuer) -> Iterator[BrokenRule]:
    problem, stability = valuer.problem, valuer.space.stability
    if stability is None:
        return
    groups = [valuer.group(zone) for zone in scored.zones]
    now = {
        k: before
        for group, before in zip(groups, stability.continued(groups), strict=True)
        for k in group
    }
    moved = [
        problem.name(building)
        for k, building in enumerate(problem.building_ids)
        if stability.today[k] >= 0 and stability.today[k] != now[k]
    ]
    for rule in problem.moving:
        if len(moved) > rule.most:
            reason = f"{counted(len(moved), 'building')} moved, at most {rule.most}: "
            reason += list_few(moved)
            yield BrokenRule(rule=rule.text, zone_id=None, reason=reason)


def list_few(names: Sequence[str]) -> str:
    """Join the first names, and say how many more there are."""
    return ", ".join(first_few(names))
