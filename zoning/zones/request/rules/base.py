"""What a planner's rule is, and what it can ask about a problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from zoning.errors import first_few
from zoning.units import counted
from zoning.zones.arrays import Floats
from zoning.zones.plan import Zone
from zoning.zones.request.restrictions import Restrictions


class Ground(Protocol):
    """What rules can ask about a problem; see `zoning.ZoneProblem`."""

    @property
    def building_ids(self) -> tuple[str, ...]:
        """The buildings to divide."""

    @property
    def seconds(self) -> Floats:
        """Shape (n, n), seconds from building to building."""

    @property
    def high_school_ids(self) -> tuple[str, ...]:
        """The high schools a zone can be aligned with or named after."""

    def building_of(self, high_school_id: str) -> str | None:
        """The building of a high school; None if it is not known."""

    @property
    def from_high_school(self) -> Floats:
        """Shape (n, number of high schools), seconds; NaN where unknown."""

    @property
    def columns(self) -> Mapping[str, Floats]:
        """What workloads can be counted in, shape (n,) each."""

    @property
    def sizes(self) -> tuple[int, int]:
        """Smallest and largest number of buildings in a zone."""

    @property
    def fewest_and_most(self) -> tuple[int, int]:
        """How many patrol zones a plan may have."""

    def position(self, building_id: str) -> int:
        """Number of a building; `KeyError` if it is not one to divide."""

    def name(self, building_id: str) -> str:
        """What people call a building."""


@runtime_checkable
class Rule(Protocol):
    """A rule about one zone; write your own with `OwnRule`.

    It may also have ``depends_on_count``, see `depends_on_count`.
    """

    @property
    def text(self) -> str:
        """The rule in plain words."""

    def faults(self, ground: Ground) -> list[str]:
        """Why the rule makes no sense for these buildings."""

    def broken_by(self, zone: Zone, ground: Ground) -> str | None:
        """The reason in plain words; None if the zone keeps the rule."""

    def restrictions(self, ground: Ground) -> Restrictions:
        """The rule for the search."""

    def easings(self, ground: Ground) -> list[Easing]:
        """Ever weaker versions of the rule, the least change first; dropping it comes last."""


def depends_on_count(part: object) -> bool:
    """Whether a rule or a cost judges the same zone otherwise for another number of zones.

    It says so itself in ``depends_on_count``. One that does not say so, or that changes
    the formula of a class that does, may depend on anything: searches for different
    numbers of zones then share nothing.
    """
    for kind in type(part).__mro__:
        known = vars(kind)
        if "depends_on_count" in known:
            break
        if "amounts" in known or "restrictions" in known:
            return bool(getattr(part, "__dict__", {}).get("depends_on_count", True))
    return bool(getattr(part, "depends_on_count", True))


@dataclass(frozen=True, slots=True)
class Easing:
    """A weaker rule.

    Attributes
    ----------
    text
        What is changed, ``'allow drives of 14.2 min inside a zone'``.
    rule
        The weaker rule; None if it is dropped.
    """

    text: str
    rule: Rule | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRule:
    """A rule that a plan breaks.

    Attributes
    ----------
    rule
        The rule in plain words.
    zone_id
        The zone that breaks it; None if the plan as a whole does.
    reason
        How, in plain words.
    """

    rule: str
    zone_id: str | None
    reason: str

    def __str__(self) -> str:
        return f"{self.zone_id}: {self.reason}" if self.zone_id else self.reason


def broken(zones: Sequence[Zone], rules: Sequence[Rule], ground: Ground) -> list[BrokenRule]:
    """Which zones break which rules, and why."""
    return [
        BrokenRule(rule=rule.text, zone_id=zone.zone_id, reason=reason)
        for rule in rules
        for zone in zones
        if (reason := rule.broken_by(zone, ground)) is not None
    ]


def names(building_ids: Sequence[str], ground: Ground) -> str:
    """What people call these buildings."""
    return ", ".join(ground.name(b) for b in building_ids)


def numbers(zone: Zone, ground: Ground) -> list[int]:
    """Numbers of a zone's buildings."""
    return [ground.position(b) for b in zone.building_ids]


def column_faults(text: str, column: str, ground: Ground) -> list[str]:
    """Why a workload cannot be counted in a column: it has to be there, whole, not negative."""
    if column not in ground.columns:
        known = ", ".join(sorted(ground.columns)) or "none"
        return [f"{text}: there is no column {column!r}; there are {known}"]
    values = ground.columns[column]
    wrong = [ground.building_ids[k] for k in np.flatnonzero(~(np.isfinite(values) & (values >= 0)))]
    if wrong:
        return [
            f"{text}: {counted(len(wrong), 'building')} {'has' if len(wrong) == 1 else 'have'} "
            "no value of at least 0: " + ", ".join(first_few(wrong))
        ]
    return []
