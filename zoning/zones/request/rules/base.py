"""The rule protocol, the problem data that rules use, and rules given as functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MemberDescriptorType
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np

from zoning.errors import OptionError, first_few
from zoning.units import counted
from zoning.zones.arrays import Floats
from zoning.zones.plan import Zone
from zoning.zones.request.restrictions import Restrictions


class ProblemData(Protocol):
    """The data of a `zoning.ZoneProblem` that rules and costs use."""

    @property
    def building_ids(self) -> tuple[str, ...]:
        """The buildings to divide, n of them."""

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
        """The columns that workloads can be counted in, shape (n,) each."""

    @property
    def sizes(self) -> tuple[int, int]:
        """Smallest and largest number of buildings in a zone."""

    @property
    def fewest_and_most(self) -> tuple[int, int]:
        """Smallest and largest number of patrol zones of a plan."""

    def position(self, building_id: str) -> int:
        """Number of a building; `KeyError` if it is not in the problem."""

    def name(self, building_id: str) -> str:
        """Name of a building or a high school; its id if none is known."""


@runtime_checkable
class Rule(Protocol):
    """A rule about one zone.

    A class with these members is a rule, whoever wrote it. Derive it from
    `RuleDefaults` to write ``text`` and ``broken_by`` only; a rule that is one
    function is an `OwnRule`.
    """

    @property
    def text(self) -> str:
        """The rule in plain words."""

    def faults(self, problem: ProblemData) -> list[str]:
        """Why the rule makes no sense for these buildings, one sentence each."""

    def broken_by(self, zone: Zone, problem: ProblemData) -> str | None:
        """The reason in plain words; None if the zone keeps the rule."""

    def restrictions(self, problem: ProblemData) -> Restrictions:
        """The rule in building numbers, for the search.

        Where the problem allows several numbers of zones (``fewest_and_most``), every zone
        that the rule allows with one of them has to be allowed.
        """

    def easings(self, problem: ProblemData) -> list[Easing]:
        """Relaxations, from the smallest change to dropping the rule."""


class RuleDefaults:
    """Safe default members for a rule."""

    __slots__ = ()

    def faults(self, problem: ProblemData) -> list[str]:  # noqa: ARG002
        """None: the rule makes sense for any buildings."""
        return []

    def restrictions(self: Rule, problem: ProblemData) -> Restrictions:
        """Test complete zones with ``broken_by``; the tested zone has no high school."""
        ids = problem.building_ids

        def allows(members: tuple[int, ...]) -> bool:
            zone = Zone(zone_id="zone", building_ids=tuple(sorted(ids[k] for k in members)))
            return self.broken_by(zone, problem) is None

        return Restrictions(tests=(allows,))

    def easings(self: Rule, problem: ProblemData) -> list[Easing]:  # noqa: ARG002
        """Only dropping the rule."""
        return [Easing(f"drop the rule {self.text!r}", None)]


# Members of a rule or cost that say nothing of a zone: words, and what the search asks anew for
# each number of zones.
_NOT_OF_A_ZONE = frozenset({"text", "unit", "price_s", "per_pair", "faults", "easings"})


def depends_on_count(part: object) -> bool:
    """Whether the value of a zone may change with the number of zones.

    A rule or cost declares this in ``depends_on_count``. A class that does not
    declare it, or that overrides the formula of a class that does, is taken to
    depend on it: searches for different numbers of zones then share no columns.
    """
    for kind in type(part).__mro__:
        if "depends_on_count" in vars(kind):
            break
        if any(_is_formula(name, member) for name, member in vars(kind).items()):
            return bool(getattr(part, "__dict__", {}).get("depends_on_count", True))
    return bool(getattr(part, "depends_on_count", True))


def _is_formula(name: str, member: object) -> bool:
    """Whether a member of a class is a method or property that may judge zones."""
    if name in _NOT_OF_A_ZONE or name.startswith("__"):
        return False
    is_field = isinstance(member, MemberDescriptorType)
    return not is_field and (callable(member) or hasattr(member, "__get__"))


@dataclass(frozen=True, slots=True)
class Easing:
    """A weaker rule.

    Attributes
    ----------
    text
        What is changed, ``'allow drives of 14.2 min inside a zone'``.
    rule
        The weaker rule; None if it is dropped.
    share
        How much it gives way, as a share of what was asked: smaller changes are named
        first, and those that do not say how large they are last.
    """

    text: str
    rule: Rule | None
    share: float | None = None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRule(RuleDefaults):
    """A rule given as a function of a zone.

    Attributes
    ----------
    name
        The rule in plain words.
    test
        From the building ids of a zone to the reason why it breaks the rule, or
        None. Called for many thousand zones, by several threads: it should be
        quick, and give the same answer every time.
    """

    name: str
    test: Callable[[frozenset[str]], str | None]
    depends_on_count: ClassVar[bool] = False

    @property
    def text(self) -> str:
        """The rule in plain words."""
        return self.name

    def broken_by(self, zone: Zone, problem: ProblemData) -> str | None:  # noqa: ARG002
        """Call the function."""
        members = frozenset(zone.building_ids)
        try:
            reason: object = self.test(members)
        except Exception as fault:
            raise OptionError(
                f"the rule {self.name!r} failed on the zone {', '.join(sorted(members))}",
                [f"{type(fault).__name__}: {fault}"],
            ) from fault
        if reason is None or (isinstance(reason, str) and reason):
            return reason
        raise OptionError(
            f"the rule {self.name!r} answered {reason!r} on the zone {', '.join(sorted(members))}",
            remedy="Return None for a zone that keeps the rule, else the reason as text.",
        )


def list_names(building_ids: Sequence[str], problem: ProblemData) -> str:
    """The names of buildings, separated by commas."""
    return ", ".join(problem.name(b) for b in building_ids)


def building_numbers(zone: Zone, problem: ProblemData) -> list[int]:
    """The numbers of a zone's buildings."""
    return [problem.position(b) for b in zone.building_ids]


def column_faults(text: str, column: str, problem: ProblemData) -> list[str]:
    """Why a workload cannot be counted in a column: absent, incomplete or negative."""
    if column not in problem.columns:
        known = ", ".join(sorted(problem.columns)) or "none"
        return [f"{text}: there is no column {column!r}; there are {known}"]
    values = problem.columns[column]
    bad = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    if len(bad):
        ids = [problem.building_ids[k] for k in bad]
        return [
            f"{text}: {counted(len(ids), 'building')} {'has' if len(ids) == 1 else 'have'} "
            "no value of at least 0: " + ", ".join(first_few(ids))
        ]
    return []
