"""Staffing options with patrol zones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

import geopandas as gpd

from zoning.demand import CallRates
from zoning.errors import OptionError, first_few
from zoning.roads.travel.travel_times import TravelTimes
from zoning.schools import buildings
from zoning.schools.buildings import LEVELS_BY_RANK
from zoning.staffing.posting import Posting, Site, dedicated_posts
from zoning.zones import (
    Alignment,
    AlignmentMode,
    AtMostMoved,
    MovedBuildings,
    Objective,
    Rule,
    ZonePlan,
    ZoneProblem,
    solve,
)
from zoning.zones.request.costs import ZoneCost
from zoning.zones.review.naming import rename_after

SECONDARY_LEVELS: Final = frozenset({"high", "secondary", "middle", "combined"})
"""Levels of the buildings where the programme has an administrator, and an officer may be fixed.

A K-8 school is not one of them: most of its grades are elementary, and it is patrolled as such.
"""

_RULES_NAMED = 4
_OBJECTIVES: Final[Mapping[Objective, str]] = MappingProxyType(
    {Objective.STATION: "officer waiting", Objective.WORST: "shortest longest drive"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolZones:
    """Every building in a zone that one officer patrols.

    Attributes
    ----------
    zones
        How many; two numbers for the fewest and the most; None for the smallest
        number possible.
    min_size, max_size, alignment, dedicated, objective, presence, rules, costs, start
        See `zoning.design_zones`. What is not the default is in the option's id
        and label, rules and costs by how many there are; but not ``start``, which
        changes no best plan, only what its zones are called: like those that they
        continue.
    name
        What tells it from another option with as many rules and costs.
    """

    zones: int | tuple[int, int] | None = 30
    min_size: int | None = 3
    max_size: int | None = 7
    alignment: Alignment = field(default_factory=Alignment)
    dedicated: tuple[str, ...] = ()
    objective: Objective = Objective.PATROL
    presence: str = "equal"
    rules: tuple[Rule | AtMostMoved, ...] = ()
    costs: tuple[ZoneCost | MovedBuildings, ...] = ()
    start: ZonePlan | None = None
    name: str = ""

    def __post_init__(self) -> None:
        _read_words(self)

    @property
    def option_id(self) -> str:
        """Short name for files and tables."""
        parts = ["zones"]
        if isinstance(self.zones, tuple):
            parts.append(f"from{self.zones[0]}to{self.zones[1]}")
        elif self.zones is not None:
            parts.append(str(self.zones))
        if (self.min_size, self.max_size) != (3, 7):
            parts.append(f"{self.min_size or 'any'}to{self.max_size or 'any'}")
        if self.alignment.mode is not AlignmentMode.PREFER:
            parts.append(str(self.alignment.mode))
        elif self.alignment != Alignment():
            parts.append(f"{self.alignment.price_s / 60:g}min")
        if self.dedicated:
            parts.append(f"{len(self.dedicated)}own")
        if self.objective is not Objective.PATROL:
            parts.append(str(self.objective))
        if self.presence != "equal":
            parts.append(self.presence)
        if self.rules:
            parts.append(f"{len(self.rules)}rules")
        if self.costs:
            parts.append(f"{len(self.costs)}costs")
        if self.name:
            parts.append(re.sub(r"[^a-z0-9]+", "-", self.name.casefold()).strip("-"))
        return "-".join(parts)

    @property
    def label(self) -> str:
        """What a board reads."""
        name = "Fewest patrol zones"
        if isinstance(self.zones, tuple):
            name = f"{self.zones[0]} to {self.zones[1]} patrol zones"
        elif self.zones is not None:
            name = "1 patrol zone" if self.zones == 1 else f"{self.zones} patrol zones"
        if (self.min_size, self.max_size) != (3, 7):
            name += f" of {_sizes(self.min_size, self.max_size)}"
        if self.alignment != Alignment():
            name += f", alignment {self.alignment.short}"
        if self.dedicated:
            name += f", {len(self.dedicated)} with their own"
        if self.objective is not Objective.PATROL:
            name += f", {_OBJECTIVES[self.objective]}"
        if self.presence != "equal":
            name += f", presence by {self.presence}"
        if self.rules:
            name += f", {_counted(len(self.rules), 'rule')}"
        if self.costs:
            name += f", {_counted(len(self.costs), 'further cost')}"
        return f"{name}, {self.name}" if self.name else name

    @property
    def description(self) -> str:
        """One sentence: who is where."""
        own = "; an officer stays at each building named" if self.dedicated else ""
        return (
            f"One officer patrols each zone of {_sizes(self.min_size, self.max_size)} buildings"
            f"{own}.{_kept(self.rules)}{_waiting(self.objective)}"
        )

    def problem(
        self, schools: gpd.GeoDataFrame, times: TravelTimes, *, calls: CallRates | None = None
    ) -> ZoneProblem:
        """The zone problem of the option on a district, checked but not solved.

        Raises
        ------
        ProblemError
            If the request contradicts itself or the schools, with every fault.
        """
        return _problem(self, schools, times, calls=calls, dedicated=self.dedicated)

    def posting(self, site: Site) -> Posting:
        """Zones by the exact optimiser."""
        problem = self.problem(site.schools, site.times, calls=site.calls)
        return _solved(problem, site, start=self.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedSecondary:
    """An officer stays at every secondary building; zones for the others.

    Attributes
    ----------
    levels
        Levels of the buildings where an officer stays. Default: middle, high,
        secondary and combined (K-12); a K-8 school is patrolled unless ``'k-8'``
        is added.
    zones
        How many zones for the other buildings; None for the smallest
        number possible.
    min_size, max_size, alignment, objective, presence, rules, costs
        See `zoning.design_zones`.
    """

    levels: frozenset[str] = SECONDARY_LEVELS
    zones: int | tuple[int, int] | None = None
    min_size: int | None = 3
    max_size: int | None = 7
    alignment: Alignment = field(default_factory=Alignment)
    objective: Objective = Objective.PATROL
    presence: str = "equal"
    rules: tuple[Rule | AtMostMoved, ...] = ()
    costs: tuple[ZoneCost | MovedBuildings, ...] = ()
    option_id: str = "secondary-and-zones"
    label: str = "Secondary fixed, elementary zones"

    def __post_init__(self) -> None:
        unknown = sorted(set(self.levels) - set(LEVELS_BY_RANK))
        if unknown or not self.levels:
            raise OptionError(
                f"levels of fixed officers: {', '.join(unknown) or 'none'}",
                remedy=f"Give some of {', '.join(LEVELS_BY_RANK)}.",
            )
        _read_words(self)

    @property
    def description(self) -> str:
        """One sentence: who is where."""
        told = "An officer at every middle and high school; zones for the rest."
        if self.levels != SECONDARY_LEVELS:
            where = ", ".join(level for level in LEVELS_BY_RANK if level in self.levels)
            told = f"An officer at every school of these levels: {where}; zones for the rest."
        return f"{told}{_kept(self.rules)}{_waiting(self.objective)}"

    def posting(self, site: Site) -> Posting:
        """Zones for what is left after the fixed posts."""
        places = buildings(site.schools)
        fixed = [str(b) for b in places.index[places["level"].isin(self.levels)]]
        if len(fixed) == len(places):
            return Posting(dedicated_posts(fixed))
        problem = _problem(self, site.schools, site.times, calls=site.calls, dedicated=fixed)
        return _solved(problem, site)


def _read_words(option: PatrolZones | FixedSecondary) -> None:
    """Alignment and objective may be given as words."""
    object.__setattr__(option, "alignment", Alignment.of(option.alignment))
    try:
        object.__setattr__(option, "objective", Objective(option.objective))
    except ValueError:
        raise OptionError(
            f"there is no objective {option.objective!r}",
            remedy=f"Choose one of {', '.join(Objective)}.",
        ) from None


def _problem(
    option: PatrolZones | FixedSecondary,
    schools: gpd.GeoDataFrame,
    times: TravelTimes,
    *,
    calls: CallRates | None,
    dedicated: Iterable[str],
) -> ZoneProblem:
    return ZoneProblem.from_schools(
        schools,
        times,
        calls=calls,
        dedicated=tuple(dedicated),
        zones=option.zones,
        min_size=option.min_size,
        max_size=option.max_size,
        alignment=option.alignment,
        objective=option.objective,
        presence=option.presence,
        rules=option.rules,
        costs=option.costs,
    )


def _solved(problem: ZoneProblem, site: Site, *, start: ZonePlan | None = None) -> Posting:
    if site.solved is not None:
        return Posting(site.solved.plan, site.solved.result(problem))
    result = solve(problem, site.limits, start=start, progress=site.progress)
    if start is not None and result.plan is not None and not problem.plans_of_today:
        result = replace(result, plan=rename_after(result.plan, start))
    return Posting(result.plan, result)


def _sizes(low: int | None, high: int | None) -> str:
    if high is None:
        return f"{low or 1} or more"
    return f"up to {high}" if low is None else f"{low} to {high}"


def _kept(rules: Sequence[Rule | AtMostMoved]) -> str:
    texts = first_few([rule.text for rule in rules], most=_RULES_NAMED)
    return f" Rules: {'; '.join(texts)}." if texts else ""


def _waiting(objective: Objective) -> str:
    if objective is not Objective.STATION:
        return ""
    return (
        " Zones are drawn for an officer who waits at the best building of each; patrols and "
        "response are those of an officer who drives round."
    )


def _counted(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count} {what}s"
