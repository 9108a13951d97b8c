"""Staffing options: the protocol, the four of the library, and a standard set."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Annotated, Final, Protocol

import geopandas as gpd

from zoning.demand import CallRates
from zoning.errors import OptionError, first_few
from zoning.patrol import PatrolSchedule, Standby
from zoning.response import ResponseDifference, ResponseEstimate, SevereCoverage
from zoning.roads.travel.travel_times import TravelTimes
from zoning.schools import buildings
from zoning.schools.buildings import LEVELS_BY_RANK
from zoning.settings import HIDDEN, NONE, Setting, settings
from zoning.staffing.budget import Budget
from zoning.staffing.costs import CostAssumptions, OutsideResponse
from zoning.staffing.staff import Role
from zoning.units import counted
from zoning.zones import (
    Alignment,
    AlignmentMode,
    Infeasibility,
    Objective,
    ProgressCallback,
    SolverLimits,
    Status,
    ZonePlan,
    ZoneProblem,
    ZoningResult,
    solve,
)
from zoning.zones.request.problem import ZoneSettings
from zoning.zones.review.naming import dedicated_posts
from zoning.zones.review.score import score

SECONDARY_LEVELS: Final = frozenset({"high", "secondary", "middle", "combined"})
"""Levels of buildings that may have an officer of their own.

K-8 schools are not among them: most of their grades are elementary, so they are patrolled.
"""
USUAL_SIZES: Final = (3, 7)  # buildings per zone that the programme allows
_BUILDINGS_PER_OFFICER: Final = (7.0, 4.8, 3.6)
"""Buildings per officer of the standard zone options: the largest zone of the programme, and the
ratios of Jefferson's 30 approved and 40 hired officers."""
_MAX_RULES_NAMED: Final = 4  # our choice: a description is one line of a table
_WORDED: Final = frozenset(
    {"zones", "min_size", "max_size", "alignment", "objective", "rules", "costs", "zone_names"}
)
"""Settings that ids and labels of an option have words for, or that change names only; any other
stands under its name."""


def read_zone_number(value: object) -> int | tuple[int, int] | None:
    """Read a number of zones, 30, or a range, "21-30"; a `ValueError` says what is wrong."""
    if value == NONE:
        return None
    text = value if isinstance(value, str) else str(value)
    found = re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", text, flags=re.ASCII)
    if found is None or isinstance(value, bool):
        raise ValueError('is neither a number of zones, 30, nor a range, "21-30"')
    low = int(found[1])
    high = low if found[2] is None else int(found[2])
    if low < 1:
        raise ValueError("cannot be: at least 1 zone is needed")
    if high < low:
        raise ValueError("cannot be: the range is empty")
    return low if high == low else (low, high)


def read_levels(value: object) -> frozenset[str]:
    """Read levels of buildings; a `ValueError` says what is wrong."""
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise ValueError('is no list of levels, such as ["middle", "high"]')
    if unknown := [one for one in value if one not in LEVELS_BY_RANK]:
        raise ValueError(f"has {', '.join(unknown)}; there are {', '.join(LEVELS_BY_RANK)}")
    return frozenset(value)


ZoneNumber = Annotated[
    int | tuple[int, int] | None,
    Setting(
        meaning="Number of patrol zones, or the best of a range.",
        key="number",
        read=read_zone_number,
        form='number, or range "21-30"',
        default="as few as possible",
    ),
]
"""How many zones: a number, the fewest and the most, or None for as few as possible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SolvedZones:
    """The answer to a zone problem that was solved in an earlier run.

    Attributes
    ----------
    plan, status, bound_over, among, infeasibility, interrupted, stopped_by
        As in `ZoningResult`.
    gap
        The gap, as a share of the objective.
    """

    plan: ZonePlan | None
    status: Status
    gap: float | None = None
    bound_over: str = ""
    among: str = ""
    infeasibility: Infeasibility | None = None
    interrupted: bool = False
    stopped_by: str = ""

    def result(self, problem: ZoneProblem) -> ZoningResult:
        """Make a `ZoningResult`, with the plan scored again."""
        scored = None if self.plan is None else score(self.plan, problem)
        bound = 0.0
        if scored is not None and self.gap is not None:
            bound = scored.objective_s * (1 - self.gap)
        return ZoningResult(
            problem=problem,
            status=self.status,
            plan=self.plan,
            score=scored,
            lower_bound_s=bound,
            bound_over=self.bound_over,
            among=self.among,
            infeasibility=self.infeasibility,
            interrupted=self.interrupted,
            stopped_by=self.stopped_by,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OptionInputs:
    """Inputs of the design of an option.

    Attributes
    ----------
    schools, times, calls
        The inventory, emergency travel times and call rates.
    limits, progress
        For the zone optimiser.
    solved
        Zones of an earlier run, which are scored instead of searched.
    """

    schools: gpd.GeoDataFrame
    times: TravelTimes
    calls: CallRates
    limits: SolverLimits
    progress: ProgressCallback | None = None
    solved: SolvedZones | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostGroup:
    """Posts of one kind: what a `StaffLine` is made of once the timetable is known.

    Attributes
    ----------
    role, what, campuses
        As of `StaffLine`.
    zone_ids, officer_ids
        Whose days in the timetable these are: of the officers of zones, and of officers of the
        whole district.
    posts
        How many there are, of those who are in no timetable.
    shift_s
        Length of their full shift, seconds; None: that of the patrol day.
    """

    role: Role
    what: str
    campuses: int = 0
    zone_ids: frozenset[str] = frozenset()
    officer_ids: frozenset[str] = frozenset()
    posts: int = 0
    shift_s: int | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an option puts officers: a plan, and how it was found.

    Neither means that the district has no officers; without a plan ``zoning``
    says why there is none.

    Attributes
    ----------
    plan, zoning
        The plan, and the result of the search for its zones.
    outside
        Who answers calls where there are no officers, if their response is known.
    groups
        Who fills the posts; if none, officers of the district fill those of the plan.
    standby
        Officers who wait outside the schools: see `zoning.patrol.Standby`.
    costs
        Prices of this option in place of those of the comparison; None for none.
    remarks
        Public sentences on who answers calls where, added to the option's description.
    notices
        Public sentences for a reader of this option's figures.
    """

    plan: ZonePlan | None
    zoning: ZoningResult | None = None
    outside: OutsideResponse | None = None
    groups: tuple[PostGroup, ...] = ()
    standby: tuple[Standby, ...] = ()
    costs: CostAssumptions | None = None
    remarks: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def shifts_s(self) -> dict[str, int]:
        """Length of a full shift by zone id, where a group has its own."""
        return {
            zone: group.shift_s
            for group in self.groups
            if group.shift_s is not None
            for zone in group.zone_ids
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OptionOutcome:
    """The plan, the patrols, the response and the figures of one staffing option.

    Attributes
    ----------
    option_id, label, description
        The option, in words.
    plan
        Where officers are; None without district officers, or when the option
        is impossible (then ``zoning.infeasibility`` says why).
    zoning, schedule, response, severe
        How the zones were found, a day of every officer, the response, and who is near
        a severe event; None where there is none.
    figures
        Values by column of `zoning.staffing.FIGURES`; NaN is not computed.
    budget
        The people that it needs, and its cost by line and year; None where it is impossible.
    not_dominated
        No other option is as good in annual cost, mean response and 90th
        percentile and better in one of them. Responses are as good if their
        difference is not clear, or the same outside police answer every call of both. Nothing is
        concluded from another cost or response that is not known.
    differences
        By option id, the response of this option less that of the other, where both
        were simulated on the same calls: see `zoning.response.compare_responses`.
    notices, public_notices
        Sentences for a reader of this option's figures; those of them that may be published.
    calls_are_counted
        Whether the calls were counted: see `zoning.demand.CallRates`.
    withheld_jointly
        Columns that must not be published beside options of other schools; see
        `zoning.staffing.precision`.
    """

    option_id: str
    label: str
    description: str
    plan: ZonePlan | None
    zoning: ZoningResult | None
    schedule: PatrolSchedule | None
    response: ResponseEstimate | None
    figures: Mapping[str, float]
    severe: SevereCoverage | None = field(repr=False, default=None)
    budget: Budget | None = field(repr=False, default=None)
    not_dominated: bool = True
    differences: Mapping[str, Mapping[str, ResponseDifference]] = field(
        repr=False, default_factory=dict
    )
    notices: tuple[str, ...] = ()
    public_notices: tuple[str, ...] = ()
    calls_are_counted: bool = False
    withheld_jointly: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"OptionOutcome({self.option_id!r}, {self.plan!r})"

    @property
    def is_overloaded(self) -> bool:
        """Whether calls ask for more time than the officers have, so that no response exists."""
        return self.response is not None and self.response.district.is_overloaded


class StaffingOption(Protocol):
    """A way to staff a district; write your own with these four members."""

    @property
    def option_id(self) -> str:
        """Short name for files and tables, unique within a comparison."""

    @property
    def label(self) -> str:
        """Name of the option in tables and on slides."""

    @property
    def description(self) -> str:
        """One sentence: who is where."""

    def place_officers(self, inputs: OptionInputs) -> Placement:
        """Design the option on a district."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoDistrictOfficers:
    """Outside police only."""

    outside: OutsideResponse | None = None
    option_id: str = "none"
    label: str = "No district officers"

    @property
    def description(self) -> str:
        """One sentence: who is where."""
        if self.outside is None:
            return "Outside police answer every call; their response was not given."
        return f"Outside police answer every call; response from {self.outside.source}."

    def place_officers(self, inputs: OptionInputs) -> Placement:  # noqa: ARG002
        """Place no officers."""
        return Placement(None, outside=self.outside)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnePerCampus:
    """An officer stays at every building."""

    option_id: str = "campus"
    label: str = "One officer per campus"
    description: str = "An officer stays all day at every campus."

    def place_officers(self, inputs: OptionInputs) -> Placement:
        """Place a dedicated officer at every building."""
        return Placement(
            ZonePlan(dedicated_posts(sorted(map(str, buildings(inputs.schools).index))))
        )


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class _ZoneOption(ZoneSettings):
    """Settings of patrol zones, each an argument of `ZoneProblem.from_schools`."""

    zones: ZoneNumber = None
    objective: Annotated[
        Objective,
        Setting(
            meaning="What the best plan minimises: patrol, the expected drive to a call of an "
            "officer who patrols the zone; station, that of an officer who waits at its best "
            "building; worst, the longest drive inside any zone."
        ),
    ] = Objective.PATROL
    presence: Annotated[
        str,
        Setting(
            meaning="How a patrolling officer's time is shared among the buildings of the zone: "
            "equally, or by their demand for calls.",
            words=("equal", "demand"),
        ),
    ] = "equal"

    def __post_init__(self) -> None:
        """Convert words for alignment and objective to their values; copy the names."""
        object.__setattr__(self, "alignment", Alignment.of(self.alignment))
        if isinstance(self.zone_names, Mapping):
            object.__setattr__(self, "zone_names", MappingProxyType(dict(self.zone_names)))
        try:
            object.__setattr__(self, "objective", Objective(self.objective))
        except ValueError:
            raise OptionError(
                f"there is no objective {self.objective!r}",
                remedy=f"Choose one of {', '.join(Objective)}.",
            ) from None

    def _problem(
        self,
        schools: gpd.GeoDataFrame,
        times: TravelTimes,
        *,
        calls: CallRates | None,
        dedicated: Iterable[str],
    ) -> ZoneProblem:
        settings = {item.name: getattr(self, item.name) for item in fields(_ZoneOption)}
        return ZoneProblem.from_schools(
            schools, times, calls=calls, dedicated=tuple(dedicated), **settings
        )

    def _describe(self, who_is_where: str) -> str:
        """Add the rules and the objective to a description."""
        texts = first_few([rule.text for rule in self.rules], most=_MAX_RULES_NAMED)
        if texts:
            who_is_where += f" Rules: {'; '.join(texts)}."
        if self.objective is Objective.STATION:
            who_is_where += (
                " Zones are drawn for an officer who waits at the best building of each; patrols "
                "and response are those of an officer who drives round."
            )
        return who_is_where


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolZones(_ZoneOption):
    """Every building in a zone that one officer patrols.

    Attributes
    ----------
    zones
        How many; two numbers for the fewest and the most; None for the smallest
        number possible.
    min_size, max_size, alignment, dedicated, objective, presence, rules, costs, start, zone_names
        See `zoning.design_zones`. The option's id and label contain every setting that
        is not the default, with only the number of rules and costs. They do not contain
        ``start`` and ``zone_names``: these do not change how good the best plan is, only
        what its zones are called.
    name
        Distinguishes it from another option with as many rules and costs.
    """

    zones: ZoneNumber = 30
    dedicated: Annotated[
        tuple[str, ...],
        Setting(
            meaning="Schools, by id or name, that have an officer of their own and are in no zone."
        ),
    ] = ()
    start: Annotated[ZonePlan | None, HIDDEN] = None
    name: Annotated[str, HIDDEN] = ""

    @property
    def option_id(self) -> str:
        """Short name for files and tables."""
        words = ["zones"]
        if isinstance(self.zones, tuple):
            words.append(f"from{self.zones[0]}to{self.zones[1]}")
        elif self.zones is not None:
            words.append(str(self.zones))
        return "-".join([*words, *(word for word, _ in self._differences())])

    @property
    def label(self) -> str:
        """Name of the option in tables and on slides."""
        if isinstance(self.zones, tuple):
            name = f"{self.zones[0]} to {self.zones[1]} patrol zones"
        elif self.zones is not None:
            name = counted(self.zones, "patrol zone")
        else:
            name = "Fewest patrol zones"
        return name + "".join(words for _, words in self._differences())

    def _differences(self) -> Iterator[tuple[str, str]]:
        """Yield each difference from the default: a word of the id, and words of the label."""
        sizes = self.min_size, self.max_size
        if sizes != USUAL_SIZES:
            yield f"{sizes[0] or 'any'}to{sizes[1] or 'any'}", f" of {_describe_sizes(*sizes)}"
        if self.alignment != Alignment():
            word = f"{self.alignment.price_s / 60:g}min"
            if self.alignment.mode is not AlignmentMode.PREFER:
                word = str(self.alignment.mode)
            yield word, f", alignment {self.alignment.short}"
        if own := len(self.dedicated):
            yield f"{own}own", f", {own} with their own"
        if self.objective is not Objective.PATROL:
            yield str(self.objective), f", {self.objective.short}"
        if self.presence != "equal":
            yield self.presence, f", presence by {self.presence}"
        for item in fields(ZoneSettings):
            value = getattr(self, item.name)
            if item.name not in _WORDED and value != item.default:
                words = item.name.replace("_", " ")
                yield f"{words.replace(' ', '-')}-{value}", f", {words} {value}"
        if count := len(self.rules):
            yield f"{count}rules", f", {counted(count, 'rule')}"
        if count := len(self.costs):
            yield f"{count}costs", f", {counted(count, 'further cost')}"
        if self.name:
            yield re.sub(r"[^a-z0-9]+", "-", self.name.casefold()).strip("-"), f", {self.name}"

    @property
    def description(self) -> str:
        """One sentence: who is where."""
        own = "; an officer stays at each building named" if self.dedicated else ""
        sizes = _describe_sizes(self.min_size, self.max_size)
        return self._describe(f"One officer patrols each zone of {sizes} buildings{own}.")

    def problem(
        self, schools: gpd.GeoDataFrame, times: TravelTimes, *, calls: CallRates | None = None
    ) -> ZoneProblem:
        """The zone problem of the option on a district, checked but not solved.

        Raises
        ------
        ProblemError
            If the request contradicts itself or the schools, with every fault.
        """
        return self._problem(schools, times, calls=calls, dedicated=self.dedicated)

    def place_officers(self, inputs: OptionInputs) -> Placement:
        """Solve for the zones."""
        problem = self.problem(inputs.schools, inputs.times, calls=inputs.calls)
        return solve_zones(problem, inputs, start=self.start)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FoundZones:
    """Patrol zones with a plan that is known, such as one of several for the same request.

    Attributes
    ----------
    option
        What was asked for; its ``name`` tells it from the others.
    result
        The plan and its proof.
    """

    option: PatrolZones
    result: ZoningResult

    @property
    def option_id(self) -> str:
        """Short name for files and tables."""
        return self.option.option_id

    @property
    def label(self) -> str:
        """Name of the option in tables and on slides."""
        return self.option.label

    @property
    def description(self) -> str:
        """One sentence: who is where."""
        return self.option.description

    def place_officers(self, inputs: OptionInputs) -> Placement:  # noqa: ARG002
        """Take the plan."""
        return Placement(self.result.plan, self.result)


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class FixedSecondary(_ZoneOption):
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
    min_size, max_size, alignment, objective, presence, rules, costs, zone_names
        See `zoning.design_zones`.
    """

    zones: ZoneNumber = None
    levels: Annotated[
        frozenset[str],
        Setting(
            meaning="Levels of the buildings where an officer stays.",
            read=read_levels,
            form=f"list of {', '.join(LEVELS_BY_RANK)}",
        ),
    ] = SECONDARY_LEVELS
    option_id: Annotated[str, HIDDEN] = "secondary-and-zones"
    label: Annotated[str, HIDDEN] = "Secondary fixed, elementary zones"

    def __post_init__(self) -> None:
        """Check the levels, then as for every zone option."""
        unknown = sorted(set(self.levels) - set(LEVELS_BY_RANK))
        if unknown or not self.levels:
            raise OptionError(
                f"levels of fixed officers: {', '.join(unknown) or 'none'}",
                remedy=f"Give some of {', '.join(LEVELS_BY_RANK)}.",
            )
        _ZoneOption.__post_init__(self)

    @property
    def description(self) -> str:
        """One sentence: who is where."""
        fixed = "An officer at every middle and high school"
        if self.levels != SECONDARY_LEVELS:
            where = ", ".join(level for level in LEVELS_BY_RANK if level in self.levels)
            fixed = f"An officer at every school of these levels: {where}"
        return self._describe(f"{fixed}; zones for the rest.")

    def place_officers(self, inputs: OptionInputs) -> Placement:
        """Draw zones for the buildings without a fixed post."""
        places = buildings(inputs.schools)
        fixed = [str(b) for b in places.index[places["level"].isin(self.levels)]]
        if len(fixed) == len(places):
            return Placement(ZonePlan(dedicated_posts(sorted(fixed))))
        problem = self._problem(inputs.schools, inputs.times, calls=inputs.calls, dedicated=fixed)
        return solve_zones(problem, inputs)


def standard_options(
    schools: gpd.GeoDataFrame, *, outside: OutsideResponse | None = None
) -> tuple[StaffingOption, ...]:
    """The usual options of a board, sized for the district.

    No officers; patrol zones with at most 7, 4.8 and 3.6 buildings an officer on
    average (143 buildings: 21, 30 and 40 zones), as far as zones of 3 to 7
    allow; fixed at every middle, high and combined building with zones of at
    most 4.8 for the others, where there are both (K-8 schools are patrolled);
    one officer per campus.

    Parameters
    ----------
    outside
        Response of the outside police, for the option without officers.
    """
    places = buildings(schools)
    elementary = len(places) - int(places["level"].isin(SECONDARY_LEVELS).sum())
    fixed = []
    if elementary < len(places):
        fixed = [
            FixedSecondary(zones=count)
            for count in usual_zone_counts(elementary, _BUILDINGS_PER_OFFICER[1:2])
        ]
    return (
        NoDistrictOfficers(outside=outside),
        *(PatrolZones(zones=n) for n in usual_zone_counts(len(places))),
        *fixed,
        OnePerCampus(),
    )


def usual_zone_counts(
    count: int, per_officer: Iterable[float] = _BUILDINGS_PER_OFFICER
) -> list[int]:
    """Choose numbers of zones for so many buildings, within what the usual sizes allow."""
    low, high = math.ceil(count / USUAL_SIZES[1]), count // USUAL_SIZES[0]
    if not 1 <= low <= high:
        return []
    return sorted({min(max(math.ceil(count / each), low), high) for each in per_officer})


def solve_zones(
    problem: ZoneProblem, inputs: OptionInputs, *, start: ZonePlan | None = None
) -> Placement:
    """Draw zones, or take those of an earlier run."""
    if inputs.solved is not None:
        return Placement(inputs.solved.plan, inputs.solved.result(problem))
    result = solve(problem, inputs.limits, start=start, progress=inputs.progress)
    return Placement(result.plan, result)


def _describe_sizes(low: int | None, high: int | None) -> str:
    if high is None:
        return f"{low or 1} or more"
    return f"up to {high}" if low is None else f"{low} to {high}"
