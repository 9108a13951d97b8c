"""The catalogue of figures: name, computation, unit, rounding and edition of each.

Only this module decides which figures are public. A figure that is not listed here is
shown nowhere; a figure that was not computed is missing, never zero.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Final

from zoning.editions import Edition
from zoning.patrol import PatrolAssumptions, PatrolSchedule, PresenceKind
from zoning.response import DistrictCoverage, DistrictResponse, ResponseAssumptions
from zoning.staffing.budget import (
    ONCE,
    OVERTIME,
    STEADY,
    Budget,
    amounts_of,
    full_time_people,
    over_years,
    staff_of_posts,
)
from zoning.staffing.costs import CostAssumptions, OutsideResponse
from zoning.staffing.staff import Role, StaffLine
from zoning.staffing.state_law import LAW_NOT_CHECKED, law_on_campuses
from zoning.units import METRES_PER_MILE, miles, minutes

NOISE: Final = 1e-6
"""Figures that differ by less (seconds, dollars) are equal: sums of a few hundred floats."""
RESPONSE_STEP_S: Final = 6.0
"""Public responses are rounded to a tenth of a minute, the precision a board reads."""
RESPONSE_STEP_IN_WORDS: Final = "a tenth of a minute"
_SHARE_STEP: Final = 0.01  # shares are written as whole per cents
_MONEY_DIGITS: Final = 3  # $5.25 M: our choice, a fourth digit changes no decision
_MILE_DIGITS: Final = 2  # yearly miles are extrapolated from one planned day

NOT_COMPUTED: Final = "not computed"
OVERLOADED: Final = "cannot keep up"
"""In place of a response where calls ask for more time than officers have."""
WITHHELD: Final = "withheld"
UNBEATEN: Final = (
    "no other option is as good in cost a year, mean response and 90th percentile, and better in "
    "one of them"
)
"""The meaning of "not dominated", for legends."""
UNBEATEN_AMONG_ALIKE: Final = UNBEATEN.replace("option", "option of the same schools")
"""The same where options have different schools: each is judged beside those of its own."""


# Units: how values are written, and rounded for publication.


def round_to_step(value: float, step: float) -> float:
    """Round to the nearest step; a value in the middle (within `NOISE`) goes up."""
    return round(math.floor(value / step + 0.5 + NOISE) * step, 6)


def _round_to_digits(value: float, digits: int) -> float:
    """Round to significant digits, at most to a whole number."""
    if value == 0:
        return 0.0
    step = 10.0 ** max(math.floor(math.log10(abs(value)) + NOISE) + 1 - digits, 0)
    return math.copysign(round_to_step(abs(value), step), value)


def round_margin(unit: Unit, value: float) -> float:
    """Round half the width of an interval up to the step of its figure."""
    step = _SHARE_STEP if unit is SHARE else RESPONSE_STEP_S
    return round(math.ceil(value / step - NOISE) * step, 6)


def _round_share(value: float) -> float:
    """Round to a whole per cent; only exact 0 and 1 become 0 % and 100 %."""
    rounded = round_to_step(value, _SHARE_STEP)
    return min(max(rounded, _SHARE_STEP), 1 - _SHARE_STEP) if 0 < value < 1 else rounded


def _dollars_text(value: float) -> str:
    sign, size = ("-" if value < 0 else ""), abs(value)
    if size < 999_999.5:  # larger values would be written as $1,000,000
        return f"{sign}${size:,.0f}"
    # Three digits, such as $1.35 M and $12.3 M; at these bounds rounding would add a fourth.
    digits = 2 if size < 9_995_000 else 1 if size < 99_950_000 else 0
    return f"{sign}${math.floor(size / 1e6 * 10**digits + 0.5 + NOISE) / 10**digits:,.{digits}f} M"


def _share_text(value: float) -> str:
    whole = round(value * 100)
    if whole == 100 and value < 1:
        return "over 99 %"
    return "under 1 %" if whole == 0 and value > 0 else f"{whole} %"


def response_text(value: float) -> str:
    """A response in minutes: one decimal, or two for a constant such as 2.25 min."""
    hundredths = value / 0.6
    exact = math.isfinite(value) and abs(hundredths - round(hundredths)) < NOISE
    return minutes(value, digits=2 if exact and round(hundredths) % 10 else 1)


@dataclass(frozen=True, slots=True)
class Unit:
    """A kind of value.

    Attributes
    ----------
    text
        Writes a value in people's units.
    round_for_public
        Rounds a value before it is published.
    """

    text: Callable[[float], str]
    round_for_public: Callable[[float], float] = lambda value: value


COUNT: Final = Unit(lambda value: f"{value:,.0f}")
HOURS_A_DAY: Final = Unit(lambda value: f"{value:,.1f} h", lambda value: round_to_step(value, 0.1))
RATIO: Final = Unit(lambda value: f"{value:,.1f}", lambda value: round_to_step(value, 0.1))
INDEX: Final = Unit(lambda value: f"{value:.2f}", lambda value: round_to_step(value, 0.01))
DOLLARS: Final = Unit(_dollars_text, lambda value: _round_to_digits(value, _MONEY_DIGITS))
SHARE: Final = Unit(_share_text, _round_share)
RESPONSE: Final = Unit(response_text, lambda value: round_to_step(value, RESPONSE_STEP_S))
MILES: Final = Unit(
    lambda value: f"{miles(value):,.0f} mi",
    lambda value: _round_to_digits(miles(value), _MILE_DIGITS) * METRES_PER_MILE,
)


# The catalogue.


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureInputs:
    """Inputs of the figures of one staffing option.

    Attributes
    ----------
    posts, own_officer
        Officers on duty on a school day; campuses with an officer of their own.
    buildings, students
        How many there are; NaN students where enrolment is not known.
    costs
        Prices of an officer.
    response
        Of the officers, or of the outside police; None where not known.
    severe
        Who is near a severe event; None without officers.
    aligned_share, patrol_m
        See `zoning.zones.PlanScore`, and metres that all officers drive on a school
        day; None where not known.
    schedule
        The timetable, for the hours of the shifts and the presences met; None without one.
    staff
        The people whom the option needs; () where all posts are of own officers.
    shift_s
        Seconds of a full shift, where there is no timetable to say so.
    """

    posts: int
    own_officer: int
    buildings: int
    students: float
    costs: CostAssumptions
    response: DistrictResponse | OutsideResponse | None = None
    severe: DistrictCoverage | None = None
    aligned_share: float | None = None
    patrol_m: float | None = None
    schedule: PatrolSchedule | None = None
    staff: tuple[StaffLine, ...] = ()
    shift_s: float = float(PatrolAssumptions().shift_s)

    @property
    def budget(self) -> Budget:
        """What the people cost."""
        schedule = self.schedule
        shift_s = self.shift_s if schedule is None else float(schedule.assumptions.shift_s)
        staff = self.staff or staff_of_posts(
            self.posts,
            hours=None if schedule is None else schedule.officer_hours,
            overtime_hours=0.0 if schedule is None else schedule.overtime_hours,
            patrol_m=self.patrol_m,
            campuses=self.own_officer,
            shift_s=shift_s,
        )
        return Budget(staff=staff, costs=self.costs, shift_s=shift_s)

    @property
    def officers(self) -> int:
        """Own officers employed."""
        return self.costs.officers(sum(line.posts for line in self._own_officers))

    @property
    def full_time_officers(self) -> int:
        """Own officers of whom each works full shifts, overtime left out."""
        return full_time_people(self._own_officers, self.costs, self.budget.shift_s)

    @property
    def _own_officers(self) -> list[StaffLine]:
        return [line for line in self.budget.staff if line.role is Role.OFFICER]

    def dollars(self, period: str) -> list[float | None]:
        """What a period costs: likely, low and high; None if a price is not known."""
        low, likely, high = self.budget.total(period)
        return [None if math.isnan(value) else value for value in (likely, low, high)]

    def share_of_cost(self, count: float) -> list[float | None]:
        """The cost of a year divided by a number."""
        cost = self.dollars(STEADY)[0]
        # Without anybody the cost is 0 even if enrolment is unknown.
        return [cost if not cost else cost / count]

    @property
    def overtime_cost_usd(self) -> float:
        """Dollars a year for the hours of own officers beyond the shift."""
        return float(amounts_of(self.budget.lines, OVERTIME, STEADY)[1])


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the comparison.

    Attributes
    ----------
    key
        Column of `StaffingComparison.table`; the unit is in the name.
    label
        What a reader sees.
    meaning
        One sentence: what is counted or averaged, over what.
    unit
        How values are written and rounded.
    compute
        The value of each of `columns`; None where it cannot be computed.
    edition
        ``public``: may be in any file; ``restricted``: only in restricted ones.
    low, high
        Columns that hold the ends of the figure's range, when it has one.
    margin
        Column of half the width of the 95 % confidence interval of a simulated figure.
    whole
        Column of the count that the figure is a part of, as in "115 of 143".
    needs_many_buildings
        Whether the figure can reveal single buildings, so that it is public only if
        many are patrolled.
    """

    key: str
    label: str
    meaning: str
    unit: Unit
    compute: Callable[[FigureInputs], Sequence[float | None]]
    edition: Edition = Edition.PUBLIC
    low: str | None = None
    high: str | None = None
    margin: str | None = None
    whole: str | None = None
    needs_many_buildings: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The figure's table columns: its value, the ends of its range, its margin, its whole."""
        columns = (self.key, self.low, self.high, self.margin, self.whole)
        return tuple(c for c in columns if c is not None)

    def heading(self, column: str) -> str:
        """The heading of one of the figure's columns."""
        ends = {self.low: ", low", self.high: ", high", self.margin: ", ± by chance"}
        ends[self.whole] = ", of"
        return f"{self.label}{ends.get(column, '')}"

    def text(self, value: float) -> str:
        """A value in people's units."""
        return self.unit.text(value)

    def with_whole(self, row: Mapping[str, float]) -> str:
        """The value of one option, with the count that it is a part of: "115 of 143"."""
        shown = self.text(row[self.key])
        if self.whole is None or self.whole not in row:
            return shown
        return f"{shown} of {self.text(row[self.whole])}"

    def present(self, row: Mapping[str, float]) -> str:
        """The figure of one option as text; ``'not computed'`` when missing."""
        if math.isnan(row.get(self.key, math.nan)):
            return NOT_COMPUTED
        shown = self.with_whole(row)
        if self.low is None or self.high is None:
            return shown
        low, high = row.get(self.low, math.nan), row.get(self.high, math.nan)
        if math.isnan(low) or math.isnan(high) or low == high:
            return shown
        return f"{shown} ({self.text(low)} to {self.text(high)})"


def _told(*keys: str, margin: str = "") -> Callable[[FigureInputs], Sequence[float | None]]:
    """Read figures of the response, and the margin of one; None where it does not tell them."""

    def read(inputs: FigureInputs) -> Sequence[float | None]:
        found = [getattr(inputs.response, key, None) for key in keys]
        return [*found, _margin(inputs, margin)] if margin else found

    return read


def _margin(inputs: FigureInputs, key: str) -> float | None:
    """Half the width of the confidence interval of a simulated figure."""
    interval = getattr(inputs.response, "interval", {}).get(key)
    return None if interval is None else (interval[1] - interval[0]) / 2


@cache
def share_within(seconds: int) -> Figure:
    """The share of calls reached within so many seconds, whatever threshold was asked for."""
    limit, key = f"{seconds / 60:.4g} min", f"share_within_{seconds}_s"
    return Figure(
        key,
        f"Within {limit}",
        f"Share of calls reached within {limit}, from the call until an officer arrives.",
        SHARE,
        lambda x: [getattr(x.response, "share_within", {}).get(seconds), _margin(x, key)],
        margin=f"share_within_{seconds}_margin",
        needs_many_buildings=True,
    )


@cache
def severe_within(kind: str, seconds: int) -> Figure:
    """The share of ``students`` or of ``buildings`` near an officer in a severe event."""
    limit, key = f"{seconds / 60:.4g} min", f"severe_{kind}_within_{seconds}_s"
    label, meaning = {
        "students": (
            f"Severe event: students in {limit}",
            f"Share of students, averaged over school hours, whom the nearest officer on duty of "
            f"any zone reaches within {limit} if everyone drops everything; dispatch and turnout "
            "included.",
        ),
        "buildings": (
            f"Severe event: schools always in {limit}",
            f"Share of buildings that the nearest officer on duty of any zone reaches within "
            f"{limit} at every minute of their school hours.",
        ),
    }[kind]
    return Figure(
        key,
        label,
        meaning,
        SHARE,
        lambda x: [None if x.severe is None else x.severe.figures().get(key)],
        needs_many_buildings=True,
    )


def _presences(kind: PresenceKind, meaning: str) -> Figure:
    """How many presences of a kind are met, of those that are wished."""

    def count(inputs: FigureInputs) -> Sequence[float | None]:
        met, wished = (0, 0) if inputs.schedule is None else inputs.schedule.count_presences(kind)
        return [met, wished] if wished else [None, None]

    return Figure(
        f"{kind.plural}_met",
        f"{kind.plural.capitalize()} met",
        f"{meaning} of the district at which an officer is there, on a day by the timetable; of "
        "those at which one is wished.",
        COUNT,
        count,
        whole=f"{kind.plural}_wished",
        needs_many_buildings=True,
    )


_SEVERE_KINDS: Final = ("students", "buildings")
_BEFORE_SHARES: Final = (
    Figure(
        "posts",
        "Officers on duty",
        "Officers who work a shift on a school day.",
        COUNT,
        lambda x: [x.posts],
    ),
    Figure(
        "officers",
        "Officers employed",
        "Officers on duty who are the district's own, times the relief factor, rounded up: covers "
        "leave and training.",
        COUNT,
        lambda x: [x.officers],
    ),
    Figure(
        "full_time_officers",
        "Full-time officers paid",
        "Hours of the shifts without overtime over those of full shifts, or officers on duty where "
        "each is paid a full shift; times the relief factor, rounded up.",
        COUNT,
        lambda x: [x.full_time_officers],
    ),
    Figure(
        "officer_hours",
        "Officer-hours a day",
        "Hours of all shifts on a school day: drives, stays and breaks.",
        HOURS_A_DAY,
        lambda x: [None if x.schedule is None else x.schedule.officer_hours],
        needs_many_buildings=True,
    ),
    Figure(
        "overtime_hours",
        "Overtime a day",
        "Hours of the shifts beyond a full shift, on a school day.",
        HOURS_A_DAY,
        lambda x: [None if x.schedule is None else x.schedule.overtime_hours],
        needs_many_buildings=True,
    ),
    Figure(
        "annual_cost_usd",
        "Cost a year",
        "What the people cost in a year: full-time officers paid times the cost of an officer, "
        "and overtime; others at their own prices; range in brackets.",
        DOLLARS,
        lambda x: x.dollars(STEADY),
        low="annual_cost_low_usd",
        high="annual_cost_high_usd",
    ),
    Figure(
        "overtime_cost_usd",
        "Of it overtime",
        "The part of the cost a year that pays the hours beyond a full shift.",
        DOLLARS,
        lambda x: [x.overtime_cost_usd],
        needs_many_buildings=True,
    ),
    Figure(
        "startup_cost_usd",
        "One-time cost",
        "Vehicle and equipment for each officer employed; with detailed prices also recruiting.",
        DOLLARS,
        lambda x: x.dollars(ONCE),
        low="startup_cost_low_usd",
        high="startup_cost_high_usd",
    ),
    Figure(
        "five_year_cost_usd",
        "Cost of five years",
        "One-time cost and running cost of the first five years, with hiring and inflation.",
        DOLLARS,
        lambda x: x.dollars(over_years()),
        low="five_year_cost_low_usd",
        high="five_year_cost_high_usd",
    ),
    Figure(
        "cost_per_student_usd",
        "Cost a year per student",
        "Cost a year divided by the students of the buildings served.",
        DOLLARS,
        lambda x: x.share_of_cost(x.students),
    ),
    Figure(
        "cost_per_building_usd",
        "Cost a year per school building",
        "Cost a year divided by the school buildings.",
        DOLLARS,
        lambda x: x.share_of_cost(x.buildings),
    ),
    Figure(
        "buildings_per_post",
        "Buildings per officer on duty",
        "School buildings divided by officers on duty.",
        RATIO,
        lambda x: [x.buildings / x.posts if x.posts else None],
    ),
    Figure(
        "calls_per_day",
        "Calls a school-day",
        "Calls for an officer in the whole district on a school-day: what the responses are "
        "computed for.",
        RATIO,
        _told("calls_per_day"),
    ),
    Figure(
        "mean_response_s",
        "Mean response",
        "Averaged over calls, from the call until the first officer arrives: one is sent, sets "
        "off and drives there; range under other assumptions in brackets.",
        RESPONSE,
        _told("mean_s", "mean_low_s", "mean_high_s", margin="mean_s"),
        low="mean_response_low_s",
        high="mean_response_high_s",
        margin="mean_response_margin_s",
    ),
    Figure(
        "median_response_s",
        "Median response",
        "Half of calls are reached sooner.",
        RESPONSE,
        _told("median_s", margin="median_s"),
        margin="median_response_margin_s",
        needs_many_buildings=True,
    ),
    Figure(
        "p90_response_s",
        "90th percentile",
        "Nine calls in ten are reached sooner.",
        RESPONSE,
        _told("p90_s", margin="p90_s"),
        margin="p90_response_margin_s",
        needs_many_buildings=True,
    ),
)
_AFTER_SHARES: Final = (
    _presences(PresenceKind.ARRIVAL, "Arrivals of students at the schools"),
    _presences(PresenceKind.LUNCH, "Lunches at the high schools"),
    _presences(PresenceKind.DISMISSAL, "Dismissals of the schools"),
    Figure(
        "worst_building_response_s",
        "Slowest building",
        "Largest mean response of any building.",
        RESPONSE,
        _told("worst_building_mean_s"),
        edition=Edition.RESTRICTED,
    ),
    Figure(
        "busy_fraction",
        "Officer busy on calls",
        "Mean share of the day an officer is on a call, second officers included.",
        SHARE,
        _told("busy_fraction"),
        needs_many_buildings=True,
    ),
    Figure(
        "own_officer_share",
        "Calls answered by the own officer",
        "Share of calls that the officer of the school's own zone answers, at once or after a "
        "wait; officers of other zones or outside police answer the others.",
        SHARE,
        _told("own_officer_share"),
        needs_many_buildings=True,
    ),
    Figure(
        "none_free_share",
        "Calls with no officer free",
        "Share of calls at which no officer who may answer is free.",
        SHARE,
        _told("none_free_share"),
        edition=Edition.RESTRICTED,
    ),
    Figure(
        "aligned_share",
        "Schools in their feeder's zone",
        "Of patrolled schools that feed a high school, the share in a zone aligned with it.",
        SHARE,
        lambda x: [x.aligned_share],
    ),
    Figure(
        "campuses_with_own_officer",
        "Campuses with a full-time officer",
        "Campuses where an officer stays all day.",
        COUNT,
        lambda x: [x.own_officer],
    ),
    Figure(
        "campuses_without_own_officer",
        "Campuses without a full-time officer",
        LAW_NOT_CHECKED,
        COUNT,
        lambda x: [x.buildings - x.own_officer],
    ),
    Figure(
        "annual_patrol_m",
        "Patrol driving a year",
        "Distance driven on patrol over the school year, all officers.",
        MILES,
        lambda x: [None if x.patrol_m is None else x.patrol_m * x.costs.school_days],
        needs_many_buildings=True,
    ),
)
RESPONSE_KEYS: Final = frozenset(
    {"mean_response_s", "median_response_s", "p90_response_s", "worst_building_response_s"}
)
"""Figures of the response beside the shares of calls; officers who cannot keep up have none."""
_THRESHOLDS_S: Final = ResponseAssumptions().thresholds_s


def _catalogue(thresholds_s: Iterable[int]) -> tuple[Figure, ...]:
    thresholds = tuple(thresholds_s)
    severe = (severe_within(kind, t) for kind in _SEVERE_KINDS for t in thresholds)
    return (*_BEFORE_SHARES, *map(share_within, thresholds), *severe, *_AFTER_SHARES)


FIGURES: Final = _catalogue(_THRESHOLDS_S)
"""All figures, with shares of calls within the default thresholds."""
_FIGURE_OF: Final = {c: figure for figure in FIGURES for c in figure.columns}


def find_figure(column: str) -> Figure | None:
    """Find the figure of a column, with any threshold of its own; None for other columns."""
    if (known := _FIGURE_OF.get(column)) is not None:
        return known
    own = re.fullmatch(r"share_within_([0-9]+)_(?:s|margin)", column)
    if own is not None:
        return share_within(int(own[1]))
    severe = re.fullmatch(r"severe_(students|buildings)_within_([0-9]+)_s", column)
    return severe_within(severe[1], int(severe[2])) if severe else None


def is_of_response(column: str) -> bool:
    """Whether a figure's column is about how long calls wait."""
    figure = find_figure(column)
    return figure is not None and (
        figure.key in RESPONSE_KEYS or figure.key.startswith("share_within_")
    )


def compute_figures(inputs: FigureInputs) -> Mapping[str, float]:
    """All figures of an option that can be computed, by column."""
    computed = {
        column: value
        for figure in _catalogue(getattr(inputs.response, "share_within", _THRESHOLDS_S))
        for column, value in zip(figure.columns, figure.compute(inputs), strict=True)
    }
    return MappingProxyType({c: value for c, value in computed.items() if value is not None})


def figures(
    edition: Edition,
    *,
    state: str | None = None,
    feeders: bool = True,
    thresholds_s: Sequence[int] = _THRESHOLDS_S,
) -> tuple[Figure, ...]:
    """The figures an edition may show of a district, in the order a reader meets them.

    Parameters
    ----------
    state
        Whose law is stated beside the campuses without an officer of their own.
    feeders
        Whether any school feeds a high school; else nothing about alignment is
        computed, and nothing is shown.
    thresholds_s
        Seconds within which the share of calls is shown.
    """
    return tuple(
        replace(figure, meaning=law_on_campuses(state))
        if figure.meaning == LAW_NOT_CHECKED
        else figure
        for figure in _catalogue(thresholds_s)
        if edition in (Edition.RESTRICTED, figure.edition)
        and (feeders or figure.key != "aligned_share")
    )
