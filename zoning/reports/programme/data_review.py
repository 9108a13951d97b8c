"""Tables and a page of the programme data, for the Data Review Team."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

import pandas as pd

from zoning.disclosure.programme import ALL, OTHERS, PublicData
from zoning.editions import Edition
from zoning.programme.data_review import DataReview, DataSettings
from zoning.programme.goals import amount_words, is_share, unit_of
from zoning.programme.supports import RECOMMENDED, SUPPORTS
from zoning.reports.programme.pages import make_page, paragraph, section, table
from zoning.reports.programme.words import about_line
from zoning.reports.tables import csv_table
from zoning.units import sentence

PAGE: Final = "data_review.html"
TITLE: Final = "Data review"
_PUBLIC_TABLES: Final[Mapping[str, tuple[str, str]]] = {
    "goals": ("goals.csv", "where each goal stands: baseline, target, value with its interval"),
    "records": ("programme.csv", "records by kind, term or month, and what they are counted by"),
    "comparisons": ("comparisons.csv", "two periods side by side: counts, rates and their ratio"),
    "officer_time": ("officer_time.csv", "share of the officers' time by role, beside the wish"),
    "supports": ("supports.csv", "counsellors and mental-health staff by building"),
    "supports_by_group": ("supports_by_group.csv", "supports and officers by group of students"),
}
_RESTRICTED_TABLES: Final[Mapping[str, tuple[str, str]]] = {
    "records_by_month": ("programme_by_month.csv", "records by kind and month"),
    "completeness": ("completeness.csv", "how many records have the fields that they must have"),
    "lateness": ("lateness.csv", "days from an event to its report, by kind"),
    "duplicates": ("duplicates.csv", "records of two sources that may be one event"),
    "discipline": ("discipline.csv", "which share of the discipline went to an officer"),
    "discipline_calls": ("discipline_calls.csv", "discipline that went to an officer, one by one"),
    "students_by_group": ("students_by_group.csv", "students in records by group"),
    "officer_time_by_officer": ("officer_time_by_officer.csv", "each officer's time by role"),
}
_GIVEN_BY: Final[Mapping[str, Sequence[str]]] = {
    "goals": ("goals",),
    "comparisons": ("records", "comparisons"),
    "officer_time": ("hours",),
    "officer_time_by_officer": ("hours",),
    "supports": ("supports",),
    "supports_by_group": ("supports",),
}
"""The files of the settings that a table needs; any other needs the records."""
DATA_FILES: Final[Mapping[str, str]] = {
    PAGE: "goals, counts, quality of the data, officers' time and supports on a page",
    **dict(_PUBLIC_TABLES.values()),
    **dict(_RESTRICTED_TABLES.values()),
}
"""Every file of `data_review_files`, with its meaning."""
_MOST_ROWS: Final = 40  # of a table on the page: two printed sheets; the CSV file has all


def data_files_of(edition: Edition, settings: DataSettings) -> tuple[str, ...]:
    """List the files that `data_review_files` makes of what the settings give; none of nothing."""
    if not settings.is_given:
        return ()
    known = {**_PUBLIC_TABLES, **(_RESTRICTED_TABLES if edition is Edition.RESTRICTED else {})}
    return (
        PAGE,
        *(
            file
            for name, (file, _) in known.items()
            if all(getattr(settings, one) for one in _GIVEN_BY.get(name, ("records",)))
        ),
    )


def data_review_files(view: PublicData | DataReview, *, district: str) -> dict[str, bytes]:
    """Make the files of the data review: a page, and a CSV table of all that it shows.

    Parameters
    ----------
    view
        A `PublicData` gives the public edition, a `DataReview` the restricted one.
    district
        Its name on the page.

    Returns
    -------
    dict
        Contents by file name; only files for which there are data.
    """
    known = {**_PUBLIC_TABLES, **({} if isinstance(view, PublicData) else _RESTRICTED_TABLES)}
    edition = _edition(view)
    files = {PAGE: data_review_page(view, district=district)}
    for name, (file, _) in known.items():
        if name in view.tables:
            files[file] = csv_table(_flat(view.tables[name]), edition)
    return files


def data_review_page(view: PublicData | DataReview, *, district: str) -> bytes:
    """Make the page of the data review; text from data is shown as typed."""
    edition = _edition(view)
    return make_page(
        TITLE,
        about=about_line(district, view.on, edition),
        sections=list(_sections(view)),
        edition=edition,
        notes=[sentence(one) for one in view.notices],
    )


def _edition(view: PublicData | DataReview) -> Edition:
    return Edition.PUBLIC if isinstance(view, PublicData) else Edition.RESTRICTED


def _flat(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.reset_index() if frame.index.names != [None] else frame


def _sections(view: PublicData | DataReview) -> Iterator[str]:
    tables = {name: _flat(frame) for name, frame in view.tables.items()}
    public = isinstance(view, PublicData)
    if "goals" in tables:
        yield section("Goals", paragraph(_GOALS), _goals(tables["goals"]))
    if view.sentences:
        yield section("Two periods side by side", *map(paragraph, view.sentences))
    if public and "records" in tables:
        for k, (kind, of) in enumerate(tables["records"].groupby("kind", sort=False)):
            head = [] if k else [paragraph(_PUBLIC_COUNTS)]
            yield section(f"Recorded: {kind}", *head, _counts(of))
    for name, heading, said, columns in _PLAIN:
        if name in tables and (name != "students_by_group" or len(tables[name])):
            frame = tables[name]
            shown = [one for one in columns if one in frame and _is_told(frame[one], one)]
            yield section(heading, paragraph(said), _table(frame, shown))
    if "supports_by_group" in tables:
        yield _supports_by_group(tables["supports_by_group"])
    if "supports" in tables:
        yield _supports(tables["supports"])


def _is_told(column: pd.Series[Any], name: str) -> bool:
    """Whether a column says anything; reasons and comments are mostly empty."""
    return name not in ("withheld", "state", "wish") or bool((~column.isin(["", math.nan])).any())


def _supports_by_group(frame: pd.DataFrame) -> str:
    """Write a row a group and a column a figure; roles that nobody has are in the table alone."""
    is_held = frame.groupby("figure")["value"].transform("max") > 0
    shown = frame[is_held | frame["figure"].isin(_FIGURES)]
    rows: dict[str, dict[str, str]] = {}
    for one in shown.to_dict("records"):
        low, high = amount_words(one["low"]), amount_words(one["high"])
        between = f" ({low} to {high})" if low and high else ""
        value = "withheld" if one.get("withheld") else amount_words(one["value"])
        group = rows.setdefault(
            one["group"], {"group": one["group"], "students": amount_words(one["students"])}
        )
        group[one["figure"]] = f"{value}{between}"
    # A figure that is withheld of every group needs no column: the reason below names it.
    told = shown[shown["value"].notna()]
    figures = list(dict.fromkeys(told["figure"]))
    told_figures = {one: _FIGURES.get(one, one).capitalize() for one in figures}
    reasons: dict[str, list[str]] = {}
    for one in shown.to_dict("records") if "withheld" in shown else ():
        if one["withheld"]:
            reasons.setdefault(one["withheld"], []).append(
                _FIGURES.get(one["figure"], one["figure"])
            )
    return section(
        "Supports and officers by group of students",
        paragraph(
            "Means over students: each has the figure of the own building. Intervals are a "
            "bootstrap over buildings, 95 %. More time of officers is exposure, not a benefit (doi "
            "10.1002/pam.22498)."
        ),
        table(
            pd.DataFrame(list(rows.values()), columns=["group", "students", *figures]).fillna(""),
            {"group": "Group", "students": "Students", **told_figures},
            numbers=["students"],  # the others wrap between a value and its interval
        ),
        *(
            paragraph(sentence(f"{'; '.join(dict.fromkeys(of))}: {why}"), style="source")
            for why, of in reasons.items()
        ),
    )


def _supports(frame: pd.DataFrame) -> str:
    roles = [role for role in SUPPORTS if (frame[role] > 0).any()]
    columns = {"name": "Building", "level": "Level", "students": "Students"}
    columns |= {role: role.capitalize() for role in roles}
    made = pd.DataFrame({c: [_cell("", value) for value in frame[c]] for c in columns})
    for role in set(roles) & set(RECOMMENDED):
        each = [amount_words(one) for one in frame[f"students_per_{role}"]]
        made[role] = [
            fte if one in ("", "none") else f"{fte} ({one} each)"
            for fte, one in zip(made[role], each, strict=True)
        ]
    recommended = "; ".join(
        f"at most {n} students for a {role} ({by})" for role, (n, by) in RECOMMENDED.items()
    )
    return section(
        "Supports by building",
        paragraph(
            "Full-time equivalents, and students for each; a building that the inventory does not "
            f"name has 0. Recommended: {recommended}."
        ),
        table(made, columns, numbers=["students", *roles]),
    )


def _counts(frame: pd.DataFrame) -> str:
    """Write the public counts of one kind: a row a part, a column a term."""
    terms = list(dict.fromkeys(frame["term"]))
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for row in frame.to_dict("records"):
        told = "withheld" if row["withheld"] else amount_words(row["count"])
        rows.setdefault((row["by"], row["part"]), {})[row["term"]] = told
    # Parts of one breakdown stand together, the rest last, also where the first term lacks one.
    order = {by: k for k, by in enumerate(dict.fromkeys(by for by, _ in rows))}
    ordered = sorted(rows, key=lambda one: (order[one[0]], one[1] == OTHERS))
    made = [
        {
            "what": "all" if by == ALL else f"{by}: {part}",
            **{
                t: rows[by, part].get(t, "with others" if t in rows.get((by, OTHERS), {}) else "")
                for t in terms
            },
        }
        for by, part in ordered
    ]
    return table(
        pd.DataFrame(made, columns=["what", *terms]),
        {"what": "Counted", **{term: term for term in terms}},
        numbers=terms,
    )


_GOALS: Final = (
    "A goal is met, or not met, only if the whole 95 % interval agrees; otherwise it is not clear. "
    "Intervals: of rates exact Poisson (Garwood 1936), of shares Wilson (1927), of officers' time "
    "over officers (Cochran 1977)."
)
_PUBLIC_COUNTS: Final = (
    "Terms that have ended. Each breakdown is of one number by one thing. Numbers of 1 to 9 are "
    "withheld or joined with others, so that no sum gives them."
)
_PLAIN: Final[tuple[tuple[str, str, str, tuple[str, ...]], ...]] = (
    (
        *("records_by_month", "What was recorded"),
        "Counts with the exact 95 % interval of a Poisson count (Garwood 1936).",
        ("kind", "month", "records", "count", "low", "high"),
    ),
    (
        *("officer_time", "What officers spent their time on"),
        "Share of the hours by role, with a 95 % interval over officers where it may be shown.",
        ("role", "hours", "share", "low", "high", "wish", "state", "withheld"),
    ),
    (
        *("completeness", "Fields that records must have"),
        "Records that have the field, with Wilson's 95 % interval.",
        ("kind", "field", "records", "filled", "share", "low", "high"),
    ),
    (
        *("lateness", "Days from the event to its report"),
        "Late are records reported after the limit, or not at all once it has passed.",
        (
            "kind",
            "records",
            "reported",
            "median_days",
            "p90_days",
            "limit_days",
            "late",
            "late_share",
        ),
    ),
    (
        *("duplicates", "Events that two sources may both have"),
        "One building, like category, close in time: to be looked at, not to be subtracted.",
        ("event", "kind", "id", "building", "occurred", "time", "category"),
    ),
    (
        *("discipline", "Discipline that went to an officer"),
        "In the proposal of Jefferson County neither officers nor Safety Administrators handle "
        "discipline; which categories it is, the district says.",
        ("kind", "discipline", "sent", "share", "low", "high"),
    ),
    (
        *("officer_time_by_officer", "Time of each officer"),
        "Shares of the officer's hours.",
        ("officer", "educator", "counsellor", "law", "other", "hours"),
    ),
    (
        *("students_by_group", "Students in records by group"),
        "Per 1,000 enrolled, with the exact 95 % interval of a Poisson count; a student in two "
        "records counts twice.",
        ("kind", "term", "group", "enrolled", "students", "per_1000", "low", "high"),
    ),
)
_FIGURES: Final[Mapping[str, str]] = {
    "officer_minutes": "officer minutes a school-day",
    "presence_index": "officer time, of that of all students",
    "mean_response_s": "mean response, seconds",
}
_HEADINGS: Final[Mapping[str, str]] = {
    "p90_days": "90 % within, days",
    "median_days": "Median, days",
    "limit_days": "Limit, days",
    "per_1000": "Per 1,000",
    "low": "Low",
    "high": "High",
    "wish": "Wish",
    "by": "By",
}


def _goals(frame: pd.DataFrame) -> str:
    rows = []
    for row in frame.to_dict("records"):
        value, low, high, base, target = (
            amount_words(row[name], share=is_share(row))
            for name in ("value", "low", "high", "baseline", "target")
        )
        between = f" ({low} to {high})" if low and high else ""
        withheld = row.get("withheld", "")
        rows.append(
            {
                "goal": row["goal"],
                "measured": f"{row['measure']} {unit_of(row)}".rstrip(),
                "baseline": base,
                "target": f"{row['direction']} {target}",
                "value": f"{value}{between}" if value else withheld,
                "state": row["state"],
                "review": "" if pd.isna(row["review_on"]) else str(row["review_on"]),
            }
        )
    columns = {
        "goal": "Goal",
        "measured": "Measured by",
        "baseline": "Baseline",
        "target": "Target",
        "value": "Value (95 % interval)",
        "state": "State",
        "review": "Review",
    }
    made = pd.DataFrame(rows, columns=list(columns))
    return table(made, columns, numbers=("baseline", "review"), caption="Goals")


def _table(frame: pd.DataFrame, columns: Sequence[str]) -> str:
    """Write the first rows of a table; the numbers as a reader needs them."""
    if frame.empty:
        return paragraph("There is nothing to show.")
    shown = frame.head(_MOST_ROWS)
    numbers = [c for c in columns if pd.api.types.is_numeric_dtype(shown[c])]
    # The ends of an interval are in the unit of its value.
    ends = "share" if {"share", "late_share"} & set(columns) else ""
    made = pd.DataFrame(
        {c: [_cell(c if c not in ("low", "high") else ends, v) for v in shown[c]] for c in columns}
    )
    headings = {c: _HEADINGS.get(c, c.replace("_", " ").capitalize()) for c in columns}
    more = len(frame) - len(shown)
    told = [paragraph(f"{more:,} more rows are in the table.", style="source")] if more else []
    return "\n".join([table(made, headings, numbers=numbers), *told])


def _cell(column: str, value: Any) -> str:
    if isinstance(value, date):
        return str(value)
    if pd.isna(value):
        return ""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return str(value)
    share = column in ("share", "late_share", "wish", "educator", "counsellor", "law", "other")
    return amount_words(value, share=share)
