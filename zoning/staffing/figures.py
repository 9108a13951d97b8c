"""The figures of a staffing option: names, units, and who may see them.

The one place that decides which figure is public. A figure that is not listed
here is shown nowhere; a figure that was not computed is missing, never zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from zoning.editions import Edition
from zoning.units import miles, minutes


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _ratio(value: float) -> str:
    return f"{value:,.1f}"


def _dollars(value: float) -> str:
    sign, size = ("-" if value < 0 else ""), abs(value)
    if size < 999_999.5:
        return f"{sign}${size:,.0f}"
    # Three figures, $1.35 M and $12.3 M: nobody decides on the fourth.
    digits = 2 if size < 9_995_000 else 1 if size < 99_950_000 else 0
    return f"{sign}${math.floor(size / 1e6 * 10**digits + 0.5 + 1e-6) / 10**digits:,.{digits}f} M"


def _share(value: float) -> str:
    whole = round(value * 100)
    if whole == 100 and value < 1:
        return "over 99 %"
    return "under 1 %" if whole == 0 and value > 0 else f"{whole} %"


def _miles(value: float) -> str:
    return f"{miles(value):,.0f} mi"


def response_text(value: float) -> str:
    """A response for a reader: tenths of a minute, or all of a constant such as 2.25 min."""
    hundredths = value / 0.6
    exact = math.isfinite(value) and abs(hundredths - round(hundredths)) < 1e-6
    return minutes(value, digits=2 if exact and round(hundredths) % 10 else 1)


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the comparison a board looks at.

    Attributes
    ----------
    key
        Column of `StaffingComparison.table`; the unit is in the name.
    label
        What a reader sees.
    meaning
        One sentence: what is counted or averaged, over what.
    edition
        ``public``: may be in any file; ``restricted``: only in restricted ones.
    low, high
        Columns that hold the ends of the figure's range, when it has one.
    text
        The value in people's units.
    """

    key: str
    label: str
    meaning: str
    text: Callable[[float], str]
    edition: Edition = Edition.PUBLIC
    low: str | None = None
    high: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The table columns the figure stands for: itself and its range."""
        return tuple(c for c in (self.key, self.low, self.high) if c is not None)

    def present(self, row: Mapping[str, float]) -> str:
        """The figure of one option as text; ``'not computed'`` when missing."""
        value = row.get(self.key, math.nan)
        if math.isnan(value):
            return NOT_COMPUTED
        shown = self.text(value)
        if self.low is None or self.high is None:
            return shown
        low, high = row.get(self.low, math.nan), row.get(self.high, math.nan)
        if math.isnan(low) or math.isnan(high) or low == high:
            return shown
        return f"{shown} ({self.text(low)} to {self.text(high)})"


NOT_COMPUTED = "not computed"
WITHHELD = "withheld"
LAW_NOT_CHECKED = "What state law asks of campuses without a full-time officer was not checked."
_LAWS: Mapping[str, str] = MappingProxyType(
    {
        "KY": "Kentucky: each campus without a full-time officer needs an arrangement approved in "
        "writing by the state school security marshal (KRS 158.4414(2))."
    }
)


def law_on_campuses(state: str | None) -> str:
    """What the state's law asks of campuses without a full-time officer, as far as it is known.

    Parameters
    ----------
    state
        Two letters; None if not known.
    """
    return _LAWS.get(state or "", LAW_NOT_CHECKED)


UNBEATEN = (
    "no other option is as good in cost a year, mean response and 90th percentile, and better in "
    "one of them"
)
"""What it means that an option is not dominated, for the legend of its mark."""

FIGURES: tuple[Figure, ...] = (
    Figure(
        "posts", "Officers on duty", "Officers working at the same time on a school day.", _count
    ),
    Figure(
        "officers",
        "Officers employed",
        "Officers on duty times the relief factor, rounded up: covers leave and training.",
        _count,
    ),
    Figure(
        "annual_cost_usd",
        "Cost a year",
        "Officers employed times the all-in cost of one officer for a year; range in brackets.",
        _dollars,
        low="annual_cost_low_usd",
        high="annual_cost_high_usd",
    ),
    Figure(
        "startup_cost_usd",
        "One-time cost",
        "Vehicle and equipment for each officer employed.",
        _dollars,
        low="startup_cost_low_usd",
        high="startup_cost_high_usd",
    ),
    Figure(
        "cost_per_student_usd",
        "Cost a year per student",
        "Cost a year divided by the students of the buildings served.",
        _dollars,
    ),
    Figure(
        "buildings_per_post",
        "Buildings per officer on duty",
        "School buildings divided by officers on duty.",
        _ratio,
    ),
    Figure(
        "mean_response_s",
        "Mean response",
        "Averaged over calls, from the call until the zone's officer arrives, if free: an officer "
        "is sent, sets off and drives there; range under other assumptions in brackets.",
        response_text,
        low="mean_response_low_s",
        high="mean_response_high_s",
    ),
    Figure(
        "median_response_s", "Median response", "Half of calls are reached sooner.", response_text
    ),
    Figure(
        "p90_response_s", "90th percentile", "Nine calls in ten are reached sooner.", response_text
    ),
    *(
        Figure(
            f"share_within_{s}_s",
            f"Within {s // 60} min",
            f"Share of calls reached within {s // 60} minutes.",
            _share,
        )
        for s in (180, 300, 480, 600)
    ),
    Figure(
        "worst_building_response_s",
        "Slowest building",
        "Largest mean response of any building.",
        response_text,
        edition=Edition.RESTRICTED,
    ),
    Figure(
        "busy_fraction",
        "Officer busy on calls",
        "Mean share of the day an officer is on a call.",
        _share,
        edition=Edition.RESTRICTED,
    ),
    Figure(
        "aligned_share",
        "Schools in their feeder's zone",
        "Of patrolled schools that feed a high school, the share in a zone aligned with it.",
        _share,
    ),
    Figure(
        "campuses_with_own_officer",
        "Campuses with a full-time officer",
        "Campuses where an officer stays all day.",
        _count,
    ),
    Figure(
        "campuses_without_own_officer",
        "Campuses without a full-time officer",
        LAW_NOT_CHECKED,
        _count,
    ),
    Figure(
        "annual_patrol_m",
        "Patrol driving a year",
        "Distance driven on patrol over the school year, all officers.",
        _miles,
    ),
)


def district_figures(edition: Edition, *, state: str | None, feeders: bool) -> tuple[Figure, ...]:
    """The figures an edition shows of a district, in the order a reader meets them.

    Parameters
    ----------
    state
        Whose law is told beside the campuses without an officer of their own.
    feeders
        Whether any school feeds a high school; else nothing about alignment is
        computed, and nothing is shown.
    """
    return tuple(
        replace(figure, meaning=law_on_campuses(state))
        if figure.meaning == LAW_NOT_CHECKED
        else figure
        for figure in figures(edition)
        if feeders or figure.key != "aligned_share"
    )


def figures(edition: Edition) -> tuple[Figure, ...]:
    """The figures an edition may show, in the order a reader meets them."""
    if edition is Edition.RESTRICTED:
        return FIGURES
    return tuple(f for f in FIGURES if f.edition is Edition.PUBLIC)
