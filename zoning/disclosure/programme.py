"""The programme data as they may be published: counts by term, and what follows from these alone.

Of records the public sees the number of one kind in a term that has ended, and breakdowns of that
number, each by one thing at a time: level of building, category, in time, complete. Small parts of
a breakdown are withheld, and as many others as hide them. Two breakdowns of one number say nothing
of each other: whatever the parts of the one are, every way to split the number by the other is
possible. So no subtraction across the tables of a run gives a count that is withheld. Goals and
comparisons show only what is computed from published counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import pandas as pd

from zoning.disclosure.groups import counts_to_withhold, publishable_groups
from zoning.programme.before_after import NOT_A_CAUSE, describe_comparison
from zoning.programme.data_quality import ALL_FIELDS, is_complete, timeliness
from zoning.programme.data_review import DataReview
from zoning.programme.event_records import KINDS, LEVEL_UNKNOWN, EventRecords
from zoning.programme.goals import GIVEN, RATE, SHARE_COMPLETE, SHARE_IN_TIME, TIME
from zoning.programme.periods import Period
from zoning.programme.supports import (
    students_of_groups,
    support_rates,
    supports_by_building,
    supports_by_group,
)
from zoning.programme.time_use import ROLES
from zoning.records import Access, Records
from zoning.schools import buildings
from zoning.staffing.equity import ALL_STUDENTS, NOT_A_RACE
from zoning.staffing.precision import MIN_CONTRIBUTORS, MIN_PATROLLED, may_publish_mean

ALL, BY_LEVEL, BY_CATEGORY = "all", "level", "category"
BY_TIME, BY_FIELDS = "report", "fields"
OTHERS: Final = "all others"
MIN_BUILDINGS: Final = 3
"""Fewest buildings of a level that is told apart: our choice, the least in use (NCES 2011-603), so
that no school learns the number of another one by taking its own away."""
WITHHELD: Final = "withheld: 1 to 9, or needed to hide such a number"
NOT_PUBLISHED: Final = (
    "withheld: no count of exactly this is published; counts are of whole terms that have ended"
)
OF_FEW_BUILDINGS: Final = (
    f"withheld: of fewer than {MIN_PATROLLED} buildings, or where few have many of the group, it "
    "would tell how many of the group are at single ones"
)
RESTRICTED_DATA: Final = "withheld: it tells of single officers"
COUNT_COLUMNS: Final = ("kind", "term", "by", "part", "count", "withheld")
_GOAL_FIGURES: Final = ("value", "low", "high")
_Key = tuple[str, str, str, str]
"""Kind, term, by and part of a count."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PublicData:
    """The programme data of a district, as they may be published.

    Attributes
    ----------
    on
        The date of the review.
    tables
        By name: ``records`` (columns `COUNT_COLUMNS`), ``goals``, ``comparisons``,
        ``officer_time``, ``supports`` and ``supports_by_group``; those for which there are data.
    sentences
        The comparisons in words.
    notices
        What a reader should know, one sentence each.
    """

    on: date
    tables: Mapping[str, pd.DataFrame] = field(repr=False)
    sentences: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


def public_data(review: DataReview, *, equity: pd.DataFrame | None = None) -> PublicData:
    """Make the public view of the programme data.

    Parameters
    ----------
    equity
        Officer time and response by group of one option, as `public_equity` of
        `zoning.disclosure.groups` gives it, to stand beside the supports.
    """
    tables: dict[str, pd.DataFrame] = {}
    counts: dict[_Key, float] = {}
    sentences: tuple[str, ...] = ()
    if review.records is not None:
        counts = dict(_count_all(review, review.records))
        tables["records"] = _counts_table(counts)
    if review.goals is not None:
        tables["goals"] = _public_goals(review, counts)
    if review.comparisons is not None and review.records is not None:
        table = _public_comparisons(review, counts)
        tables["comparisons"] = table
        shown = table[table["withheld"] == ""]
        if len(shown):
            said = (describe_comparison(row) for _, row in shown.iterrows())
            sentences = (*said, NOT_A_CAUSE)
    if review.hours is not None:
        tables["officer_time"] = _public_time(review)
    if review.supports is not None:
        tables["supports"] = supports_by_building(review.schools, review.supports)
        tables["supports_by_group"] = _public_supports(review, review.supports, equity)
    notices = []
    if review.records is not None:
        running = [term for term in review.terms if term.last >= review.on]
        if running:
            notices.append(f"the term {running[0]} has not ended, and has no counts yet")
        frame = review.records.frame
        notices += [
            f"the term {term} has no record of any kind: its zeros say that nothing was recorded, "
            "not that nothing happened"
            for term in review.terms
            if term.last < review.on and not term.holds(frame).any()
        ]
        notices.append(
            "counts of 1 to 9 are withheld, and others that would give them away; each breakdown "
            "is of one number by one thing"
        )
    return PublicData(on=review.on, tables=tables, sentences=sentences, notices=tuple(notices))


def _require_public(records: EventRecords) -> pd.DataFrame:
    """Take the columns that the public may see, with what they are grouped by in coarse parts."""
    public = [one.name for one in records.table.columns if one.access is Access.PUBLIC]
    return records.frame[public]


def _count_all(review: DataReview, records: EventRecords) -> Iterator[tuple[_Key, float]]:
    """Count the records of every kind and ended term; NaN where a count is withheld."""
    columns = _require_public(records)
    levels = _level_groups(review)
    timely = timeliness(records, review.settings.report_within_days)
    for kind in KINDS:
        is_kind = columns["kind"] == kind
        if not is_kind.any():
            continue
        breakdowns: dict[str, pd.Series[Any]] = {
            BY_LEVEL: records.frame["level"].map(levels),
            BY_CATEGORY: columns["category"].where(columns["category"].notna(), OTHERS),
        }
        if kind in review.settings.report_within_days:
            breakdowns[BY_TIME] = timely
        if kind in review.settings.required:
            complete = is_complete(records, review.settings.required[kind])[ALL_FIELDS]
            breakdowns[BY_FIELDS] = complete.map({True: "complete", False: "not complete"})
        for term in review.terms:
            if term.last >= review.on:
                continue
            inside = is_kind & term.holds(records.frame)
            of_term = columns.loc[inside, "count"]
            parts = {by: _sum_by(of_term, part[inside]) for by, part in breakdowns.items()}
            yield from _publish((kind, str(term)), int(of_term.sum()), parts)


def _sum_by(counts: pd.Series[Any], part: pd.Series[Any]) -> dict[str, int]:
    return {str(name): int(n) for name, n in counts.groupby(part).sum().items()}


def _publish(
    of: tuple[str, str], total: int, breakdowns: Mapping[str, Mapping[str, int]]
) -> Iterator[tuple[_Key, float]]:
    """Withhold what is small in a number and its breakdowns, and what would give it away."""
    if counts_to_withhold({ALL: total}):
        yield (*of, ALL, ALL), math.nan
        return
    yield (*of, ALL, ALL), total
    for by, parts in breakdowns.items():
        small = counts_to_withhold(parts)
        # A part that is withheld is not even named: what stands in a category may name a person.
        pooled = small | {OTHERS}
        rest = sum(n for part, n in parts.items() if part in pooled)
        for part, n in sorted(parts.items()):
            if part not in pooled and n:
                yield (*of, by, part), n
        if rest:
            yield (*of, by, OTHERS), rest


def _level_groups(review: DataReview) -> dict[str, str]:
    """Map each level to itself, or to `OTHERS` if too few buildings have it."""
    sizes = buildings(review.schools)["level"].value_counts()
    few = [level for level, n in sizes.items() if n < MIN_BUILDINGS]
    larger = sorted((n, str(level)) for level, n in sizes.items() if n >= MIN_BUILDINGS)
    # One group of few buildings would stand alone: the smallest of the others joins it.
    if few and sum(sizes[few]) < MIN_BUILDINGS and larger:
        few.append(larger[0][1])
    kept = {str(level): str(level) for level in sizes.index if level not in few}
    return dict.fromkeys([*map(str, sizes.index), LEVEL_UNKNOWN], OTHERS) | kept


def _counts_table(counts: Mapping[_Key, float]) -> pd.DataFrame:
    rows = [(*key, n, WITHHELD if math.isnan(n) else "") for key, n in counts.items()]
    return pd.DataFrame(rows, columns=list(COUNT_COLUMNS)).astype({"count": float})


def _find_count(
    counts: Mapping[_Key, float], kind: str, period: Period, row: Mapping[Any, Any]
) -> float:
    """Find the published count that a goal or comparison rests on; NaN if there is none."""
    filters = [(by, row[by]) for by in (BY_CATEGORY, BY_LEVEL) if row[by]]
    if len(filters) > 1:
        return math.nan
    by, part = filters[0] if filters else (ALL, ALL)
    if part == OTHERS:  # a category of that name is not what is joined under it
        return math.nan
    total = counts.get((kind, str(period), ALL, ALL), math.nan)
    # A term without records of the kind is a published 0, since all others are shown.
    return total if by == ALL or total == 0 else counts.get((kind, str(period), by, part), math.nan)


def _public_goals(review: DataReview, counts: Mapping[_Key, float]) -> pd.DataFrame:
    """Show the goals that are to be published, with the values that rest on published counts."""
    assert review.goals is not None
    table = review.tables["goals"]
    table = table[table["publish"].astype(bool)]
    reasons = [_why_withheld(review, counts, row) for row in table.to_dict("records")]
    public = [one.name for one in review.goals.table.columns if one.access is Access.PUBLIC]
    shown = table[[*(name for name in public if name in table), "state", "method"]].copy()
    shown = shown.assign(withheld=reasons)
    hidden = shown["withheld"] != ""
    shown.loc[hidden, list(_GOAL_FIGURES)] = math.nan
    shown.loc[hidden, "state"] = ""
    return shown


def _why_withheld(review: DataReview, counts: Mapping[_Key, float], row: Mapping[Any, Any]) -> str:
    """Say why the value of a goal is not published; '' if it is."""
    measure = row["measure"]
    if measure == GIVEN:
        return ""
    if measure == TIME:
        return RESTRICTED_DATA
    if review.records is None:
        return ""
    kind, period = row["of"].casefold(), Period(first=row["since"], last=row["until"])
    if measure == RATE:
        return NOT_PUBLISHED if math.isnan(_find_count(counts, kind, period, row)) else ""
    by = {SHARE_IN_TIME: BY_TIME, SHARE_COMPLETE: BY_FIELDS}[measure]
    parts = {key[3] for key in counts if key[:3] == (kind, str(period), by)}
    frame = review.records.of_kind(kind)
    is_plain = bool((frame.loc[period.holds(frame), "count"] == 1).all())
    is_whole = bool(parts) and OTHERS not in parts
    filtered = row["category"] or row["level"]
    return "" if is_whole and is_plain and not filtered else NOT_PUBLISHED


def _public_comparisons(review: DataReview, counts: Mapping[_Key, float]) -> pd.DataFrame:
    """Show the comparisons of which both counts are published."""
    table = review.tables["comparisons"]
    table = table[table["publish"].astype(bool)]
    reasons = []
    for row in table.to_dict("records"):
        known = [
            _find_count(
                counts,
                row["kind"],
                Period(first=row[f"{when}_first"], last=row[f"{when}_last"]),
                row,
            )
            for when in ("before", "after")
        ]
        reasons.append(NOT_PUBLISHED if any(map(math.isnan, known)) else "")
    shown = table.drop(columns="publish").assign(withheld=reasons)
    hidden = shown["withheld"] != ""
    names = [str(name) for name in shown]
    ends = ("_count", "_rate", "_low", "_high")
    figures = [n for n in names if n.endswith(ends) or n in ("ratio", "low", "high")]
    shown.loc[hidden, figures] = math.nan
    shown.loc[hidden, "state"] = ""
    # An interval over buildings rests on the count of each building.
    shown[["buildings_low", "buildings_high"]] = math.nan
    return shown


def _public_time(review: DataReview) -> pd.DataFrame:
    """Show the share of each role as a whole percentage, if it tells of no single officer."""
    assert review.hours is not None
    frame = review.hours.frame
    table = review.tables["officer_time"]
    shares = table["share"].astype(float)
    by_officer = frame.groupby("officer")["hours"].sum().to_numpy(float)
    is_safe = len(by_officer) >= MIN_CONTRIBUTORS and may_publish_mean(by_officer)
    rows = []
    for role in ROLES:
        mine = frame[frame["role"] == role].groupby("officer")["hours"].sum().to_numpy(float)
        shown = is_safe and (not len(mine) or may_publish_mean(mine))
        share = round(float(shares[role]), 2) if shown else math.nan
        rows.append((role, share, table.loc[role, "wish"], "" if shown else RESTRICTED_DATA))
    # With one role withheld, it is what the others lack of the whole.
    hidden = [k for k, row in enumerate(rows) if row[3]]
    if len(hidden) == 1:
        rows = [(role, math.nan, wish, RESTRICTED_DATA) for role, _, wish, _ in rows]
    return pd.DataFrame(rows, columns=["role", "share", "wish", "withheld"]).set_index("role")


def _public_supports(
    review: DataReview, supports: Records, equity: pd.DataFrame | None
) -> pd.DataFrame:
    """Show the supports by group of students, beside what may be told of officers."""
    table = supports_by_group(review.schools, supports)
    students = table["students"].groupby(level="group", sort=False).first().astype(int)
    safe = students.index[publishable_groups(students)]
    shown = table[table.index.get_level_values("group").isin(safe)].assign(withheld="")
    by_building = students_of_groups(review.schools)
    told = {
        figure: _groups_to_tell(by_building[list(safe)], rates.fillna(0.0))
        for figure, rates in support_rates(review.schools, supports, by_building)
    }
    of_group = shown.index.get_level_values("group") != ALL_STUDENTS  # of whom all is public
    is_told = [group in told[figure] for group, figure in shown.index]
    rounded = [float(f"{value:.2g}") for value in shown["value"]]
    shown["value"] = shown["value"].where(~of_group, pd.Series(rounded, index=shown.index))
    shown.loc[of_group, ["low", "high"]] = math.nan
    hidden = of_group & ~pd.Series(is_told, index=shown.index, dtype=bool)
    shown.loc[hidden, "value"] = math.nan
    shown.loc[hidden, "withheld"] = OF_FEW_BUILDINGS
    if equity is None:
        return shown
    beside = equity[equity.index.isin(safe)]
    rows = [
        (group, figure, row["students"], row[figure], math.nan, math.nan, row["withheld"])
        for group, row in beside.iterrows()
        for figure in ("presence_index", "mean_response_s")
    ]
    columns = ["group", "figure", *shown.columns]
    more = pd.DataFrame(rows, columns=columns).set_index(["group", "figure"])
    return pd.concat([shown, more])


def _groups_to_tell(students: pd.DataFrame, rates: pd.Series[float]) -> set[str]:
    """Find the groups whose mean of a public rate tells little of where they go to school.

    The rates are public, so the mean is an equation for the numbers of the group at each building.
    The rest of all students must keep the rules too, since its mean can be computed.
    """
    if len(students) < MIN_PATROLLED:
        return set()

    def is_safe(weights: pd.Series[float]) -> bool:
        of_rates = (rates - rates.min(), rates.max() - rates)
        return all(may_publish_mean((weights * of).round(9)) for of in of_rates)

    def is_rest_safe(groups: list[str]) -> bool:
        return is_safe((students[ALL_STUDENTS] - students[groups].sum(axis=1)).clip(lower=0))

    told = [str(g) for g in students if g != ALL_STUDENTS and is_safe(students[g])]
    sizes = students.sum()
    races = [group for group in told if group != NOT_A_RACE]
    races.sort(key=lambda group: float(sizes[group]))
    while races and not is_rest_safe(races):
        told.remove(races.pop(0))
    if NOT_A_RACE in told and not is_rest_safe([NOT_A_RACE]):
        told.remove(NOT_A_RACE)
    return set(told)
