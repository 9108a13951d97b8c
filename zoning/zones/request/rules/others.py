"""Rules about a zone's own high school, its ground, today's plan, and a planner's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from zoning.errors import OptionError, first_few, typed_fields
from zoning.units import counted
from zoning.zones.plan import Zone, ZonePlan
from zoning.zones.request.restrictions import Restrictions
from zoning.zones.request.rules.base import Easing, Ground, names


@dataclass(frozen=True, slots=True)
class HoldsHighSchool:
    """A zone holds the building of the high school it is aligned with or named after."""

    depends_on_count: ClassVar[bool] = False

    @property
    def text(self) -> str:
        """The rule in plain words."""
        return "a zone holds its own high school"

    def faults(self, ground: Ground) -> list[str]:
        """Needs high schools."""
        if not any(ground.building_of(h) in ground.building_ids for h in ground.high_school_ids):
            return [f"{self.text}: no high school is among the buildings to divide"]
        return []

    def broken_by(self, zone: Zone, ground: Ground) -> str | None:
        """That the high school is not in the zone."""
        if zone.high_school_id not in ground.high_school_ids:
            return "the zone has no high school"
        if ground.building_of(zone.high_school_id) in zone.building_ids:
            return None
        return f"{ground.name(zone.high_school_id)}, its high school, is not in the zone"

    def restrictions(self, ground: Ground) -> Restrictions:  # noqa: ARG002
        """Alignment needs the building."""
        return Restrictions(own_school=True)

    def easings(self, ground: Ground) -> list[Easing]:  # noqa: ARG002
        """Only to drop it."""
        return [Easing("let zones be without their own high school", None)]


@dataclass(frozen=True, slots=True)
class Contiguous:
    """A zone's buildings hang together: no building of another zone lies between.

    Attributes
    ----------
    neighbours
        Pairs of building ids whose areas meet, from `zoning.adjacent_buildings`.
    """

    neighbours: tuple[tuple[str, str], ...] = field(repr=False)
    depends_on_count: ClassVar[bool] = False

    @property
    def text(self) -> str:
        """The rule in plain words."""
        return "zones are contiguous"

    def faults(self, ground: Ground) -> list[str]:
        """Every building has to have a neighbour."""
        met = {b for pair in self.neighbours for b in pair}
        alone = [b for b in ground.building_ids if b not in met]
        if alone and len(ground.building_ids) > 1:
            return [f"{self.text}: no neighbours are known of {', '.join(first_few(alone))}"]
        return []

    def broken_by(self, zone: Zone, ground: Ground) -> str | None:
        """The part that is cut off."""
        inside = set(zone.building_ids)
        near: dict[str, set[str]] = {b: set() for b in inside}
        for one, other in self.neighbours:
            if one in inside and other in inside:
                near[one].add(other)
                near[other].add(one)
        parts = _connected_parts(near)
        if len(parts) == 1:
            return None
        cut_off = sorted(inside - max(parts, key=len))
        verb = "is" if len(cut_off) == 1 else "are"
        return f"{names(cut_off, ground)} {verb} cut off by other zones"

    def restrictions(self, ground: Ground) -> Restrictions:
        """Connected through neighbours."""
        n = len(ground.building_ids)
        touching = np.zeros((n, n), dtype=bool)
        known = set(ground.building_ids)
        for one, other in self.neighbours:
            if one in known and other in known:
                i, j = ground.position(one), ground.position(other)
                touching[i, j] = touching[j, i] = True
        return Restrictions(touching=(touching,))

    def easings(self, ground: Ground) -> list[Easing]:  # noqa: ARG002
        """Only to drop it."""
        return [Easing("let zones be in several parts", None)]


@typed_fields
@dataclass(frozen=True, slots=True, kw_only=True)
class AtMostMoved:
    """At most so many buildings leave the zone they are in today.

    Each zone may continue one zone of today's plan, and each of those is
    continued at most once; a building moved if its zone does not continue the
    one it is in today.

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

    def __post_init__(self) -> None:
        if self.most < 0:
            raise OptionError(f"{self.most} buildings may move: give 0 or more")

    @property
    def text(self) -> str:
        """The rule in plain words."""
        return f"at most {counted(self.most, 'building')} {'moves' if self.most == 1 else 'move'}"

    def faults(self, ground: Ground) -> list[str]:  # noqa: ARG002
        """Today's plan may hold other buildings."""
        return []

    def broken_by(self, zone: Zone, ground: Ground) -> str | None:  # noqa: ARG002
        """No zone breaks it alone: moves are counted over the whole plan."""
        return None

    def restrictions(self, ground: Ground) -> Restrictions:  # noqa: ARG002
        """None about one zone."""
        return Restrictions()

    def easings(self, ground: Ground) -> list[Easing]:
        """Each larger number of buildings that may move."""
        return [
            Easing(f"let {counted(most, 'building')} move", replace(self, most=most))
            for most in range(self.most + 1, len(ground.building_ids) + 1)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRule:
    """A rule of the planner's own.

    Attributes
    ----------
    name
        The rule in plain words.
    test
        From the building ids of a zone to the reason why it breaks the rule, or
        None. Asked of many thousand zones, by several threads: it should be
        quick, and give the same answer every time.
    """

    name: str
    test: Callable[[frozenset[str]], str | None]
    depends_on_count: ClassVar[bool] = False

    @property
    def text(self) -> str:
        """The rule in plain words."""
        return self.name

    def faults(self, ground: Ground) -> list[str]:  # noqa: ARG002
        """Nothing is known before it is asked."""
        return []

    def broken_by(self, zone: Zone, ground: Ground) -> str | None:  # noqa: ARG002
        """What the planner's function says."""
        return self._asked(frozenset(zone.building_ids))

    def restrictions(self, ground: Ground) -> Restrictions:
        """A test of whole zones."""
        ids = ground.building_ids
        return Restrictions(
            tests=(lambda zone: self._asked(frozenset(ids[k] for k in zone)) is None,)
        )

    def easings(self, ground: Ground) -> list[Easing]:  # noqa: ARG002
        """Only to drop it."""
        return [Easing(f"drop the rule {self.name!r}", None)]

    def _asked(self, zone: frozenset[str]) -> str | None:
        try:
            reason: object = self.test(zone)
        except Exception as fault:
            raise OptionError(
                f"the rule {self.name!r} failed on the zone {', '.join(sorted(zone))}",
                [f"{type(fault).__name__}: {fault}"],
            ) from fault
        if reason is None or (isinstance(reason, str) and reason):
            return reason
        raise OptionError(
            f"the rule {self.name!r} answered {reason!r} on the zone {', '.join(sorted(zone))}",
            remedy="Return None for a zone that keeps it, else the reason as text.",
        )


def _connected_parts(near: Mapping[str, set[str]]) -> list[set[str]]:
    """Buildings that hang together, part by part."""
    parts: list[set[str]] = []
    left = set(near)
    while left:
        part: set[str] = set()
        waiting = [min(left)]
        while waiting:
            building = waiting.pop()
            if building not in part:
                part.add(building)
                waiting.extend(near[building])
        parts.append(part)
        left -= part
    return parts
