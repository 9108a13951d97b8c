"""Goals of the programme: baseline, target, value with its interval, and where each stands."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final

import pandas as pd

from zoning.confidence import (
    CLUSTERED,
    POISSON,
    UNKNOWN,
    WILSON,
    Interval,
    poisson_interval,
    wilson_interval,
)
from zoning.programme.data_quality import ALL_FIELDS, IN_TIME, NOT_KNOWN, is_complete, timeliness
from zoning.programme.event_records import KINDS, EventRecords
from zoning.programme.periods import LEVEL_WORDS, PUBLISH, Period, select
from zoning.programme.time_use import ROLES, role_share
from zoning.records import (
    Access,
    Column,
    Records,
    RecordTable,
    read_date,
    read_id,
    read_number,
    read_records,
    read_text,
    read_word,
)

RATE, SHARE_IN_TIME, SHARE_COMPLETE, TIME, GIVEN = (
    *("rate", "reported in time", "complete"),
    *("officer time", "given"),
)
MEASURES: Final[Mapping[str, tuple[str, ...]]] = {
    RATE: ("count", "counts", "incidents", "rate per"),
    SHARE_IN_TIME: ("in time", "on time", "timeliness"),
    SHARE_COMPLETE: ("completeness", "complete reports"),
    TIME: ("time", "time use", "role"),
    GIVEN: ("survey", "other", "measured elsewhere"),
}
"""How a goal is measured: a rate of records, a share of records, officers' time, or given."""
AT_MOST, AT_LEAST = "at most", "at least"
MET, NOT_MET, NOT_CLEAR, NO_VALUE = "met", "not met", "not clear", "no value"
_SHARES: Final = (SHARE_IN_TIME, SHARE_COMPLETE, TIME)
_NEEDS: Final[Mapping[str, Sequence[str]]] = {
    RATE: ("of", "since", "until", "exposure", "exposure_unit"),
    SHARE_IN_TIME: ("of", "since", "until"),
    SHARE_COMPLETE: ("of", "since", "until"),
    TIME: ("of",),
    GIVEN: ("value", "source"),
}
_ENDS: Final = ("value", "low", "high")
_NO_EXPOSURE: Final = ("exposure", 0.0)


def read_amount(cell: Any) -> float:
    """Read a number of 0 or more, or a percentage: ``80%`` is 0.8."""
    number = float(read_number(at_least=0)(cell))
    return number / 100 if str(cell).strip().endswith("%") else number


def _table(on: date) -> RecordTable:
    public = partial(Column, access=Access.PUBLIC)
    return RecordTable(
        what="goals",
        one_row="Give one row a goal: goal_id, goal, measure, direction and target.",
        columns=(
            public(
                name="goal_id", meaning="Its id.", read=read_id, headings=("id",), required=True
            ),
            public(name="goal", meaning="What is wished, in words.", read=read_text, required=True),
            public(
                name="measure",
                meaning=f"{', '.join(MEASURES)}.",
                read=read_word(MEASURES),
                required=True,
            ),
            public(name="of", meaning="The kind of record, or the officer's role.", read=read_text),
            public(
                name="category",
                meaning="The category that counts.",
                read=lambda cell: read_text(cell).casefold(),
                default="",
            ),
            public(
                name="level",
                meaning="The level of the buildings that count.",
                read=read_word(LEVEL_WORDS),
                default="",
            ),
            public(
                name="since", meaning="First day that counts.", read=read_date, headings=("from",)
            ),
            public(name="until", meaning="Last day that counts.", read=read_date, headings=("to",)),
            public(
                name="exposure",
                meaning="What the count is divided by, such as student-days of the period.",
                read=read_number(at_least=0),
            ),
            public(name="exposure_unit", meaning="What that is: student-days.", read=read_text),
            public(
                name="per",
                meaning="For how many of them the rate is told.",
                read=read_number(at_least=1e-9),
                default=1.0,
            ),
            public(name="baseline", meaning="Where it stood before.", read=read_amount),
            public(
                name="target",
                meaning="What is to be reached; 80% is 0.8.",
                read=read_amount,
                required=True,
            ),
            public(
                name="direction",
                meaning="at most or at least.",
                read=read_word({AT_MOST: ("below", "max", "<="), AT_LEAST: ("above", "min", ">=")}),
                required=True,
            ),
            public(name="value", meaning="Of measure given: the value.", read=read_amount),
            public(name="low", meaning="Of measure given: lower end.", read=read_amount),
            public(name="high", meaning="Of measure given: upper end.", read=read_amount),
            public(name="source", meaning="Where it is from.", read=read_text, default=""),
            public(name="review_on", meaning="The day of its review.", read=read_date),
            Column(
                name="owner",
                meaning="Who is responsible.",
                read=read_text,
                default="",
                access=Access.PERSONNEL,
            ),
            PUBLISH,
        ),
        key=("goal_id",),
        check=partial(_find_faults, on=on),
    )


def _find_faults(frame: pd.DataFrame, *, on: date) -> Iterable[tuple[int, str]]:
    for k, cells in enumerate(frame.to_dict("records")):
        row = {str(name): value for name, value in cells.items() if not pd.isna(value)}
        if "measure" not in row:
            continue
        measure = row["measure"]
        lacking = [
            n for n in _NEEDS[measure] if row.get(n, "") == "" or (n, row[n]) == _NO_EXPOSURE
        ]
        if lacking:
            yield k, f"the measure {measure!r} needs {', '.join(lacking)}"
        known = ROLES if measure == TIME else {} if measure == GIVEN else KINDS
        if known and "of" in row and row["of"].casefold() not in known:
            yield k, f"of {row['of']!r} is none of {', '.join(known)}"
        if "since" in row and "until" in row and row["until"] < row["since"]:
            yield k, f"until {str(row['until'])!r} is before since {str(row['since'])!r}"
        if "until" in row and row["until"] > on and measure != GIVEN:
            yield (
                k,
                f"until {str(row['until'])!r} is after {on}: the period has not ended; give {on} "
                "at the latest",
            )
        over = [n for n in ("target", "baseline") if measure in _SHARES and row.get(n, 0) > 1]
        for name in over:
            yield (
                k,
                f"{name} {row[name]:g} is above 1, and the measure is a share: write 80% or 0.8",
            )
        value = row.get("value", math.nan)
        outside = row.get("low", -math.inf) > value or row.get("high", math.inf) < value
        if measure == GIVEN and outside:
            yield k, f"value {value:g} is not between low and high"


def read_goals(source: str | Path | pd.DataFrame, *, on: date) -> Records:
    """Read the goals of the programme, one a row; `zoning.programme` has the columns.

    Parameters
    ----------
    on
        The date of the review: a period that has not ended is a fault.

    Raises
    ------
    RecordError
        Listing every fault with its row.
    """
    return read_records(source, _table(on))


def is_share(row: Mapping[Any, Any]) -> bool:
    """Say whether the value of a goal is a share, told in percent.

    Of a given one with a unit it is not, nor where the target or the value cannot be one.
    """
    if row["measure"] in _SHARES:
        return True
    if row["measure"] != GIVEN or unit_of(row):
        return False
    return bool(0 < row["target"] < 1) and not row["value"] > 1


def unit_of(row: Mapping[Any, Any]) -> str:
    """Name the unit of a goal: per 100,000 student-days; '' where there is none."""
    unit = "" if pd.isna(row["exposure_unit"]) else str(row["exposure_unit"])
    return f"per {row['per']:,.10g} {unit}" if row["measure"] == RATE else unit


def amount_words(value: Any, *, share: bool = False) -> str:
    """Write a number with three digits that matter, a share in percent; '' for NaN."""
    if pd.isna(value):
        return ""
    if math.isinf(value):
        return "none"
    if share:
        return f"{100 * value:.0f}\N{NO-BREAK SPACE}%"
    return f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:.3g}"


def state_of(interval: Interval, target: float, direction: str) -> str:
    """Say where a goal stands: met or not met only if the whole interval agrees."""
    value, low, high = interval
    if math.isnan(value):
        return NO_VALUE
    if math.isnan(low) or math.isnan(high):
        return NOT_CLEAR
    if direction == AT_MOST:
        return MET if high <= target else NOT_MET if low > target else NOT_CLEAR
    return MET if low >= target else NOT_MET if high < target else NOT_CLEAR


def evaluate_goals(
    goals: Records,
    *,
    records: EventRecords | None = None,
    hours: Records | None = None,
    limits: Mapping[str, int] | None = None,
    required: Mapping[str, Sequence[str]] | None = None,
) -> pd.DataFrame:
    """Compute where each goal stands.

    Parameters
    ----------
    records, hours
        As of `read_programme_records` and `read_time_use`; without them their goals have no value.
    limits
        Days by kind in which a record must be reported.
    required
        Fields by kind that a record must have.

    Returns
    -------
    DataFrame
        Index ``goal_id``; the columns of the goals, with ``count`` (of the records, or hours),
        ``value``, ``low``, ``high`` (95 % interval), ``state`` (met, not met, not clear, no value)
        and ``method``. Restricted.
    """
    rows: list[dict[Any, Any]] = []
    for row in goals.frame.to_dict("records"):
        count, interval, method = _measure(row, records, hours, limits or {}, required or {})
        value, low, high = interval
        state = state_of(interval, row["target"], row["direction"])
        found = {"value": value, "low": low, "high": high, "state": state, "method": method}
        rows.append({**row, "count": count, **found})
    columns = [*goals.frame.columns, "count", "state", "method"]
    return pd.DataFrame(rows, columns=columns).set_index("goal_id")


def _measure(
    row: Mapping[Any, Any],
    records: EventRecords | None,
    hours: Records | None,
    limits: Mapping[str, int],
    required: Mapping[str, Sequence[str]],
) -> tuple[float, Interval, str]:
    """Count what a goal counts, and compute its value by the method that fits."""
    measure = row["measure"]
    if measure == GIVEN:
        value, low, high = (math.nan if pd.isna(row[n]) else row[n] for n in _ENDS)
        return math.nan, (value, low, high), "as given"
    if measure == TIME:
        if hours is None:
            return math.nan, UNKNOWN, "no table of hours"
        return math.nan, role_share(_within(hours, row), row["of"].casefold()), CLUSTERED
    if records is None:
        return math.nan, UNKNOWN, "no table of records"
    kind = row["of"].casefold()
    chosen = select(
        records,
        kind=kind,
        period=Period(first=row["since"], last=row["until"]),
        category=row["category"],
        level=row["level"],
    )
    if measure == RATE:
        count = float(chosen["count"].sum())
        value, low, high = poisson_interval(count, row["exposure"] / row["per"])
        return count, (value, low, high), POISSON
    if measure == SHARE_COMPLETE:
        good = is_complete(records, required.get(kind, ()))[ALL_FIELDS][chosen.index]
        good = good if kind in required else good[:0]
    else:
        states = timeliness(records, limits)[chosen.index]
        good = states[states != NOT_KNOWN] == IN_TIME
    return float(good.sum()), wilson_interval(int(good.sum()), len(good)), WILSON


def _within(hours: Records, row: Mapping[Any, Any]) -> Records:
    """Take the hours of the goal's period."""
    since, until = row["since"] or date.min, row["until"] or date.max
    inside = [since <= day <= until for day in hours.frame["date"]]
    frame = hours.frame[pd.Series(inside, index=hours.frame.index, dtype=bool)]
    return Records(table=hours.table, source=hours.source, frame=frame)
