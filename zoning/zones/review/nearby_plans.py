"""The plans that are one move or one swap away from a plan, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from zoning.zones.arrays import Bools, Floats, Numbers
from zoning.zones.plan import Zone, ZonePlan
from zoning.zones.request.question import Objective, Question
from zoning.zones.review.zone_values import Group, MovedCount, ZoneValuer, ZoneValues

_ROUNDED = 6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Changes:
    """Moves or swaps of one building, one row each.

    Attributes
    ----------
    target
        The number of the zone that the building enters.
    partner
        The number of the building that it is exchanged with; -1 for a move.
    old_groups, new_groups
        The buildings of the zone that it leaves, and of the one it enters,
        afterwards.
    old_schools, new_schools
        The high schools that those name then.
    cost_s
        By how much the objective changes, building-seconds, strict alignment
        left out.
    longest_drive_s
        The longest drive inside any zone afterwards.
    moved
        Buildings that have left today's zones then; 0 where that does not matter.
    legal
        Whether no rule is broken by it. What is broken already in a zone that
        only loses a building, or in the plan as a whole, is not held against it.
    """

    target: Numbers
    partner: Numbers
    old_groups: Sequence[Group]
    new_groups: Sequence[Group]
    old_schools: Sequence[str | None]
    new_schools: Sequence[str | None]
    cost_s: Floats
    longest_drive_s: Floats
    moved: Numbers
    legal: Bools


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NearbyPlans:
    """Moves and swaps of the buildings of a plan.

    Attributes
    ----------
    zones
        The patrol zones, which numbers of zones count.
    groups
        Their buildings.
    now
        Their figures.
    home
        Shape (n,), the number of each building's zone.
    moved
        How many have moved; None where that does not matter.
    """

    valuer: ZoneValuer
    zones: tuple[Zone, ...]
    groups: tuple[Group, ...]
    now: ZoneValues
    home: Numbers
    moved: MovedCount | None

    @classmethod
    def of(cls, plan: ZonePlan, problem: Question) -> NearbyPlans:
        """Around a plan whose patrol zones hold the buildings of the problem."""
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

    def order(self, changes: Changes) -> Numbers:
        """The changes, best first: legal ones, then by the objective, then as they stand."""
        return np.lexsort(
            [*self.keys(changes.longest_drive_s, changes.cost_s)[::-1], ~changes.legal]
        )

    def keys(self, longest_drive_s: Floats, cost_s: Floats) -> list[Floats]:
        """What plans are compared by, most important first; less is better."""
        cost = np.round(cost_s, _ROUNDED)
        if self.valuer.problem.objective is Objective.WORST:
            return [longest_drive_s, cost]
        return [cost]

    def moves(self, building: int) -> Changes:
        """The building in each other zone."""
        old = int(self.home[building])
        targets = np.delete(np.arange(len(self.zones)), old)
        left = tuple(k for k in self.groups[old] if k != building)
        return self._changes(
            old,
            targets,
            np.full(len(targets), -1),
            [left] * len(targets),
            [_with(self.groups[t], building) for t in targets.tolist()],
        )

    def swaps(self, building: int, targets: Sequence[int]) -> Changes:
        """The building exchanged with each building of each of these zones."""
        old = int(self.home[building])
        left = tuple(k for k in self.groups[old] if k != building)
        pairs = [(t, other) for t in targets for other in self.groups[t]]
        return self._changes(
            old,
            np.array([t for t, _ in pairs], dtype=np.intp),
            np.array([other for _, other in pairs], dtype=np.intp),
            [_with(left, other) for _, other in pairs],
            [_with(tuple(k for k in self.groups[t] if k != other), building) for t, other in pairs],
        )

    def _changes(
        self,
        old: int,
        targets: Numbers,
        partners: Numbers,
        old_groups: list[Group],
        new_groups: list[Group],
    ) -> Changes:
        valuer, now = self.valuer, self.now
        kept_school = self.zones[old].high_school_id
        old_schools = [valuer.school_after(kept_school, group) for group in old_groups]
        new_schools = [
            valuer.school_after(self.zones[t].high_school_id, group)
            for t, group in zip(targets.tolist(), new_groups, strict=True)
        ]
        left = valuer.values(old_groups, old_schools)
        entered = valuer.values(new_groups, new_schools)
        swapped = partners >= 0
        held_against = now.kept[old] | swapped
        legal = entered.kept & (left.kept | ~held_against)
        legal &= np.array([bool(group) or self.one_fewer for group in old_groups], dtype=bool)
        cost = left.cost_s + entered.cost_s - now.cost_s[old] - now.cost_s[targets]
        moved = np.zeros(len(targets), dtype=np.intp)
        if self.moved is not None:
            before = self.moved.after({})
            moved = np.array(
                [
                    self.moved.after({old: mine, t: theirs})
                    for t, mine, theirs in zip(
                        targets.tolist(), old_groups, new_groups, strict=True
                    )
                ],
                dtype=np.intp,
            )
            cost += self.moved.stability.price_s * (moved - before)
            legal &= moved <= max(self.moved.limit, before)
        return Changes(
            target=targets,
            partner=partners,
            old_groups=old_groups,
            new_groups=new_groups,
            old_schools=old_schools,
            new_schools=new_schools,
            cost_s=cost,
            longest_drive_s=np.maximum.reduce(
                [left.longest_drive_s, entered.longest_drive_s, self._elsewhere(old, targets)]
            ),
            moved=moved,
            legal=legal,
        )

    @property
    def one_fewer(self) -> bool:
        """Whether the plan may have one zone less than it has, or has a wrong number anyway."""
        problem = self.valuer.problem
        fewest = problem.fewest_and_most[0]
        return problem.zones is None or len(self.zones) != fewest

    def _elsewhere(self, old: int, targets: Numbers) -> Floats:
        """The longest drive inside any zone but the old and each target."""
        longest = self.now.longest_drive_s
        order = np.argsort(-longest, kind="stable")[:3]
        found = np.zeros(len(targets))
        for zone in order[::-1]:
            if zone != old:
                found = np.where(targets == zone, found, longest[zone])
        return found


def _with(group: Group, building: int) -> Group:
    return tuple(sorted((*group, building)))
