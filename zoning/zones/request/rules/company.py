"""Rules about who is in a zone with whom."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from zoning.zones.plan import Zone
from zoning.zones.request.restrictions import Company, Restrictions
from zoning.zones.request.rules.base import Easing, Ground, names


@dataclass(frozen=True, slots=True)
class Together:
    """These buildings are in one zone."""

    building_ids: tuple[str, ...]
    depends_on_count: ClassVar[bool] = False

    @property
    def text(self) -> str:
        """The rule in plain words."""
        return f"together: {', '.join(self.building_ids)}"

    def faults(self, ground: Ground) -> list[str]:
        """At least two buildings, all known."""
        return _named_faults(self.text, self.building_ids, ground, fewest=2)

    def broken_by(self, zone: Zone, ground: Ground) -> str | None:
        """Who is missing."""
        here = [b for b in self.building_ids if b in zone.building_ids]
        missing = [b for b in self.building_ids if b not in zone.building_ids]
        if not here or not missing:
            return None
        return f"{names(here, ground)} without {names(missing, ground)}"

    def restrictions(self, ground: Ground) -> Restrictions:
        """A group."""
        return Restrictions(groups=(tuple(ground.position(b) for b in self.building_ids),))

    def easings(self, ground: Ground) -> list[Easing]:
        """Only to drop it."""
        return [Easing(f"let {names(self.building_ids, ground)} be in different zones", None)]


@dataclass(frozen=True, slots=True)
class Apart:
    """No two of these buildings are in one zone."""

    building_ids: tuple[str, ...]
    depends_on_count: ClassVar[bool] = False

    @property
    def text(self) -> str:
        """The rule in plain words."""
        return f"apart: {', '.join(self.building_ids)}"

    def faults(self, ground: Ground) -> list[str]:
        """At least two buildings, all known."""
        return _named_faults(self.text, self.building_ids, ground, fewest=2)

    def broken_by(self, zone: Zone, ground: Ground) -> str | None:
        """Who is with whom."""
        here = [b for b in self.building_ids if b in zone.building_ids]
        return f"{names(here, ground)} in one zone" if len(here) > 1 else None

    def restrictions(self, ground: Ground) -> Restrictions:
        """Pairs that are apart."""
        at = [ground.position(b) for b in self.building_ids]
        apart = np.zeros((len(ground.building_ids),) * 2, dtype=bool)
        apart[np.ix_(at, at)] = True
        np.fill_diagonal(apart, val=False)
        return Restrictions(apart=apart)

    def easings(self, ground: Ground) -> list[Easing]:
        """Only to drop it."""
        return [Easing(f"let {names(self.building_ids, ground)} share a zone", None)]


@dataclass(frozen=True, slots=True)
class InZone:
    """The building is in the zone that holds most of ``zone``.

    A zone stands for a zone of another plan when it holds at least half of that
    zone's other buildings.
    """

    building_id: str
    zone: Zone
    depends_on_count: ClassVar[bool] = False

    @property
    def text(self) -> str:
        """The rule in plain words."""
        return f"{self.building_id} in {self.zone.zone_id}"

    def faults(self, ground: Ground) -> list[str]:
        """The building and the zone's others are known."""
        return _zone_faults(self.text, self.building_id, self.zone, ground)

    def broken_by(self, zone: Zone, ground: Ground) -> str | None:
        """How few of the zone's buildings are there."""
        others = _others(self.zone, self.building_id)
        if self.building_id not in zone.building_ids:
            return None
        here = sum(b in zone.building_ids for b in others)
        if here >= math.ceil(len(others) / 2):
            return None
        name = ground.name(self.building_id)
        return f"{name} is with {here} of the {len(others)} other buildings of {self.zone.zone_id}"

    def restrictions(self, ground: Ground) -> Restrictions:
        """Half of the others in company."""
        others = _others(self.zone, self.building_id)
        return _company(self.building_id, others, math.ceil(len(others) / 2), len(others), ground)

    def easings(self, ground: Ground) -> list[Easing]:
        """Only to drop it."""
        return [Easing(f"let {ground.name(self.building_id)} leave {self.zone.zone_id}", None)]


@dataclass(frozen=True, slots=True)
class NotInZone:
    """The building is not in the zone that holds most of ``zone``; see `InZone`."""

    building_id: str
    zone: Zone
    depends_on_count: ClassVar[bool] = False

    @property
    def text(self) -> str:
        """The rule in plain words."""
        return f"{self.building_id} not in {self.zone.zone_id}"

    def faults(self, ground: Ground) -> list[str]:
        """The building and the zone's others are known."""
        return _zone_faults(self.text, self.building_id, self.zone, ground)

    def broken_by(self, zone: Zone, ground: Ground) -> str | None:
        """How many of the zone's buildings are there."""
        others = _others(self.zone, self.building_id)
        here = sum(b in zone.building_ids for b in others)
        if self.building_id not in zone.building_ids or here < math.ceil(len(others) / 2):
            return None
        name = ground.name(self.building_id)
        return f"{name} is with {here} of the {len(others)} other buildings of {self.zone.zone_id}"

    def restrictions(self, ground: Ground) -> Restrictions:
        """Less than half of the others in company."""
        others = _others(self.zone, self.building_id)
        return _company(self.building_id, others, 0, math.ceil(len(others) / 2) - 1, ground)

    def easings(self, ground: Ground) -> list[Easing]:
        """Only to drop it."""
        return [Easing(f"let {ground.name(self.building_id)} be in {self.zone.zone_id}", None)]


@dataclass(frozen=True, slots=True)
class Locked:
    """A zone that stays as it is: its buildings together, and nobody else with them."""

    zone: Zone
    depends_on_count: ClassVar[bool] = False

    @property
    def text(self) -> str:
        """The rule in plain words."""
        return f"{self.zone.zone_id} locked"

    def faults(self, ground: Ground) -> list[str]:
        """All buildings of the zone are known."""
        return _named_faults(self.text, self.zone.building_ids, ground, fewest=1)

    def broken_by(self, zone: Zone, ground: Ground) -> str | None:
        """What changed."""
        mine, theirs = set(self.zone.building_ids), set(zone.building_ids)
        if mine == theirs or not mine & theirs:
            return None
        missing, added = sorted(mine - theirs), sorted(theirs - mine)
        parts = [f"lacks {names(missing, ground)}"] if missing else []
        parts += [f"has {names(added, ground)} as well"] if added else []
        return f"{self.zone.zone_id} is locked but {' and '.join(parts)}"

    def restrictions(self, ground: Ground) -> Restrictions:
        """A group that nobody may join."""
        at = [ground.position(b) for b in self.zone.building_ids]
        inside = np.zeros(len(ground.building_ids), dtype=bool)
        inside[at] = True
        return Restrictions(apart=inside[:, None] != inside, groups=(tuple(at),))

    def easings(self, ground: Ground) -> list[Easing]:  # noqa: ARG002
        """Only to release it."""
        return [Easing(f"release the lock on {self.zone.zone_id}", None)]


def _others(zone: Zone, building_id: str) -> list[str]:
    return [b for b in zone.building_ids if b != building_id]


def _company(
    building: str, others: Sequence[str], fewest: int, most: int, ground: Ground
) -> Restrictions:
    members = np.zeros(len(ground.building_ids), dtype=bool)
    members[[ground.position(b) for b in others]] = True
    company = Company(building=ground.position(building), others=members, fewest=fewest, most=most)
    return Restrictions(companies=(company,))


def _named_faults(
    text: str, building_ids: Sequence[str], ground: Ground, *, fewest: int
) -> list[str]:
    faults = []
    unknown = [b for b in building_ids if b not in ground.building_ids]
    twice = sorted({b for b in building_ids if list(building_ids).count(b) > 1})
    if unknown:
        faults.append(f"{text}: not among the buildings to divide: {', '.join(unknown)}")
    if twice:
        faults.append(f"{text}: named twice: {', '.join(twice)}")
    if len(set(building_ids)) < fewest:
        faults.append(f"{text}: at least {fewest} buildings are needed")
    return faults


def _zone_faults(text: str, building_id: str, zone: Zone, ground: Ground) -> list[str]:
    others = _others(zone, building_id)
    if not others:
        return [f"{text}: {zone.zone_id} has no other building to recognise it by"]
    return _named_faults(text, [building_id, *others], ground, fewest=1)
