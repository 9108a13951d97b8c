"""Rules about which buildings share a zone, and how many leave today's zone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, TypeGuard

import numpy as np

from zoning.errors import OptionError, typed_fields
from zoning.units import counted
from zoning.zones.plan import Zone, ZonePlan
from zoning.zones.request.restrictions import CompanionCount, Restrictions
from zoning.zones.request.rules.base import (
    Easing,
    ProblemData,
    Rule,
    RuleDefaults,
    list_names,
)


@dataclass(frozen=True, slots=True)
class Together(RuleDefaults):
    """These buildings are in one zone."""

    building_ids: tuple[str, ...]
    depends_on_count: ClassVar[bool] = False

    @property
    def text(self) -> str:
        """The rule in plain words."""
        return f"together: {', '.join(self.building_ids)}"

    def faults(self, problem: ProblemData) -> list[str]:
        """Faults if a building is unknown or repeated, or fewer than two are named."""
        return _find_id_faults(self.text, self.building_ids, problem, min_count=2)

    def broken_by(self, zone: Zone, problem: ProblemData) -> str | None:
        """The missing buildings."""
        here = [b for b in self.building_ids if b in zone.building_ids]
        missing = [b for b in self.building_ids if b not in zone.building_ids]
        if not here or not missing:
            return None
        return f"{list_names(here, problem)} without {list_names(missing, problem)}"

    def restrictions(self, problem: ProblemData) -> Restrictions:
        """Group the buildings."""
        return Restrictions(groups=(tuple(problem.position(b) for b in self.building_ids),))

    def easings(self, problem: ProblemData) -> list[Easing]:
        """Only dropping the rule."""
        return [Easing(f"allow {list_names(self.building_ids, problem)} in different zones", None)]


@dataclass(frozen=True, slots=True)
class Apart(RuleDefaults):
    """No two of these buildings are in one zone."""

    building_ids: tuple[str, ...]
    depends_on_count: ClassVar[bool] = False

    @property
    def text(self) -> str:
        """The rule in plain words."""
        return f"apart: {', '.join(self.building_ids)}"

    def faults(self, problem: ProblemData) -> list[str]:
        """Faults if a building is unknown or repeated, or fewer than two are named."""
        return _find_id_faults(self.text, self.building_ids, problem, min_count=2)

    def broken_by(self, zone: Zone, problem: ProblemData) -> str | None:
        """The buildings that share the zone."""
        here = [b for b in self.building_ids if b in zone.building_ids]
        return f"{list_names(here, problem)} in one zone" if len(here) > 1 else None

    def restrictions(self, problem: ProblemData) -> Restrictions:
        """Forbid each pair of the buildings."""
        at = [problem.position(b) for b in self.building_ids]
        apart = np.zeros((len(problem.building_ids),) * 2, dtype=bool)
        apart[np.ix_(at, at)] = True
        np.fill_diagonal(apart, val=False)
        return Restrictions(apart=apart)

    def easings(self, problem: ProblemData) -> list[Easing]:
        """Only dropping the rule."""
        return [Easing(f"let {list_names(self.building_ids, problem)} share a zone", None)]


@dataclass(frozen=True, slots=True)
class InZone(RuleDefaults):
    """The building is in the zone that holds most of ``zone``.

    A zone stands for a zone of another plan if it contains at least half of that zone's
    other buildings.
    """

    building_id: str
    zone: Zone
    depends_on_count: ClassVar[bool] = False

    @property
    def text(self) -> str:
        """The rule in plain words."""
        return f"{self.building_id} in {self.zone.zone_id}"

    def faults(self, problem: ProblemData) -> list[str]:
        """Faults if the building or one of the zone is unknown."""
        return _find_zone_faults(self, problem)

    def broken_by(self, zone: Zone, problem: ProblemData) -> str | None:
        """The count of the zone's buildings with it, if it is too low."""
        count = _count_companions(self, zone)
        return (
            None
            if count is None or count >= _majority_count(self)
            else _describe_company(self, count, problem)
        )

    def restrictions(self, problem: ProblemData) -> Restrictions:
        """Require at least half of the zone's other buildings with it."""
        return _limit_companions(self, _majority_count(self), len(list_others(self)), problem)

    def easings(self, problem: ProblemData) -> list[Easing]:
        """Only dropping the rule."""
        return [Easing(f"let {problem.name(self.building_id)} leave {self.zone.zone_id}", None)]


@dataclass(frozen=True, slots=True)
class NotInZone(RuleDefaults):
    """The building is not in the zone that holds most of ``zone``; see `InZone`."""

    building_id: str
    zone: Zone
    depends_on_count: ClassVar[bool] = False

    @property
    def text(self) -> str:
        """The rule in plain words."""
        return f"{self.building_id} not in {self.zone.zone_id}"

    def faults(self, problem: ProblemData) -> list[str]:
        """Faults if the building or one of the zone is unknown."""
        return _find_zone_faults(self, problem)

    def broken_by(self, zone: Zone, problem: ProblemData) -> str | None:
        """The count of the zone's buildings with it, if it is too high."""
        count = _count_companions(self, zone)
        return (
            None
            if count is None or count < _majority_count(self)
            else _describe_company(self, count, problem)
        )

    def restrictions(self, problem: ProblemData) -> Restrictions:
        """Allow less than half of the zone's other buildings with it."""
        return _limit_companions(self, 0, _majority_count(self) - 1, problem)

    def easings(self, problem: ProblemData) -> list[Easing]:
        """Only dropping the rule."""
        return [Easing(f"let {problem.name(self.building_id)} be in {self.zone.zone_id}", None)]


@dataclass(frozen=True, slots=True)
class Locked(RuleDefaults):
    """A zone that stays as it is: its buildings together, and no other with them."""

    zone: Zone
    depends_on_count: ClassVar[bool] = False

    @property
    def text(self) -> str:
        """The rule in plain words."""
        return f"{self.zone.zone_id} locked"

    def faults(self, problem: ProblemData) -> list[str]:
        """A fault if a building of the zone is unknown."""
        return _find_id_faults(self.text, self.zone.building_ids, problem, min_count=1)

    def broken_by(self, zone: Zone, problem: ProblemData) -> str | None:
        """The missing and the added buildings."""
        mine, theirs = set(self.zone.building_ids), set(zone.building_ids)
        if mine == theirs or not mine & theirs:
            return None
        missing, added = sorted(mine - theirs), sorted(theirs - mine)
        parts = [f"lacks {list_names(missing, problem)}"] if missing else []
        parts += [f"has {list_names(added, problem)} as well"] if added else []
        return f"{self.zone.zone_id} is locked but {' and '.join(parts)}"

    def restrictions(self, problem: ProblemData) -> Restrictions:
        """Group the buildings, and forbid all others with them."""
        at = [problem.position(b) for b in self.zone.building_ids]
        inside = np.zeros(len(problem.building_ids), dtype=bool)
        inside[at] = True
        return Restrictions(apart=inside[:, None] != inside, groups=(tuple(at),))

    def easings(self, problem: ProblemData) -> list[Easing]:  # noqa: ARG002
        """Only releasing the lock."""
        return [Easing(f"release the lock on {self.zone.zone_id}", None)]


@typed_fields
@dataclass(frozen=True, slots=True, kw_only=True)
class AtMostMoved(RuleDefaults):
    """At most ``most`` buildings leave the zone they are in today.

    Each zone may continue one zone of today's plan, and each of those is continued at
    most once; a building has moved if its zone does not continue the one it is in
    today. This rule is about the whole plan: no single zone breaks it.

    Attributes
    ----------
    today
        Today's plan.
    most
        Buildings that may move.
    """

    today: ZonePlan
    most: int
    depends_on_count: ClassVar[bool] = False
    limits_moves: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.most < 0:
            raise OptionError(f"{self.most} buildings may move: give 0 or more")

    @property
    def text(self) -> str:
        """The rule in plain words."""
        return f"at most {counted(self.most, 'building')} {'moves' if self.most == 1 else 'move'}"

    def broken_by(self, zone: Zone, problem: ProblemData) -> str | None:  # noqa: ARG002
        """None: only a whole plan can break the rule."""
        return None

    def restrictions(self, problem: ProblemData) -> Restrictions:  # noqa: ARG002
        """None: the rule does not restrict single zones."""
        return Restrictions()

    def easings(self, problem: ProblemData) -> list[Easing]:
        """Allow one more moved building at each step, up to all."""
        n = len(problem.building_ids)
        return [
            Easing(
                f"let {counted(most, 'building')} move",
                replace(self, most=most),
                (most - self.most) / n,
            )
            for most in range(self.most + 1, n + 1)
        ]


def limits_moves(rule: Rule) -> TypeGuard[AtMostMoved]:
    """Whether a rule limits the number of moved buildings; False by default."""
    return bool(getattr(rule, "limits_moves", False))


def list_others(rule: InZone | NotInZone) -> list[str]:
    """The other buildings of the rule's zone, by which a zone is known."""
    return [b for b in rule.zone.building_ids if b != rule.building_id]


def _majority_count(rule: InZone | NotInZone) -> int:
    """Number of shared buildings from which a zone counts as the same zone."""
    return math.ceil(len(list_others(rule)) / 2)


def _count_companions(rule: InZone | NotInZone, zone: Zone) -> int | None:
    """Number of the others in the zone; None if the building is not in it."""
    if rule.building_id not in zone.building_ids:
        return None
    return sum(b in zone.building_ids for b in list_others(rule))


def _describe_company(rule: InZone | NotInZone, count: int, problem: ProblemData) -> str:
    return (
        f"{problem.name(rule.building_id)} is with {count} of the {len(list_others(rule))} other "
        f"buildings of {rule.zone.zone_id}"
    )


def _limit_companions(
    rule: InZone | NotInZone, min_count: int, max_count: int, problem: ProblemData
) -> Restrictions:
    others = np.zeros(len(problem.building_ids), dtype=bool)
    others[[problem.position(b) for b in list_others(rule)]] = True
    limit = CompanionCount(
        building=problem.position(rule.building_id),
        others=others,
        min_count=min_count,
        max_count=max_count,
    )
    return Restrictions(companions=(limit,))


def _find_id_faults(
    text: str, building_ids: Sequence[str], problem: ProblemData, *, min_count: int
) -> list[str]:
    faults = []
    unknown = [b for b in building_ids if b not in problem.building_ids]
    twice = sorted({b for b in building_ids if list(building_ids).count(b) > 1})
    if unknown:
        faults.append(f"{text}: not among the buildings to divide: {', '.join(unknown)}")
    if twice:
        faults.append(f"{text}: named twice: {', '.join(twice)}")
    if len(set(building_ids)) < min_count:
        faults.append(f"{text}: at least {min_count} buildings are needed")
    return faults


def _find_zone_faults(rule: InZone | NotInZone, problem: ProblemData) -> list[str]:
    others = list_others(rule)
    if not others:
        zone_id = rule.zone.zone_id
        return [f"{rule.text}: {zone_id} has no other building to identify it by"]
    return _find_id_faults(rule.text, [rule.building_id, *others], problem, min_count=1)
