"""What happened at the schools: one schema for incidents, calls, police and state data, audits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from functools import partial
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from zoning.confidence import poisson_interval
from zoning.errors import RecordError, typed
from zoning.records import (
    Access,
    Column,
    Records,
    RecordTable,
    raise_together,
    read_building,
    read_date,
    read_id,
    read_records,
    read_text,
    read_whole_number,
    read_word,
    read_yes,
)
from zoning.schools import buildings
from zoning.schools.cells import as_time
from zoning.schools.school_names import plain_words
from zoning.staffing.equity import GROUPS, NOT_A_RACE

INCIDENT, THREAT, POLICE_CALL = "incident", "threat assessment", "police call"
FIRE_CALL, MEDICAL_CALL = "fire call", "medical call"
POLICE_DATA, STATE_DATA, AUDIT = "police data", "state data", "audit"
KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    INCIDENT: ("incidents", "incident report", "school incident"),
    THREAT: ("threat", "threat assessments", "behavioral threat assessment", "BTA"),
    POLICE_CALL: ("911 police", "E911 police", "police response", "call for police"),
    FIRE_CALL: ("911 fire", "E911 fire", "fire", "fire response"),
    MEDICAL_CALL: ("911 medical", "E911 medical", "medical", "EMS", "medical response"),
    POLICE_DATA: ("police report", "police record", "police youth data"),
    STATE_DATA: ("state", "state report", "state guidance"),
    AUDIT: ("safety audit", "audits", "inspection", "risk assessment"),
}
"""Kinds of sources, with other words for them."""
EVENTS: Final = (INCIDENT, POLICE_CALL, FIRE_CALL, MEDICAL_CALL, POLICE_DATA)
"""Kinds of which a record is one event, so that two sources may have the same one."""
# A threat assessment is told as a count, so these must stay empty.
_ABOUT_ONE: Final = ("id", "time", "outcome", "officer_involved", "students", "description")
# As of a log of calls: more than any district has in ten years.
_MOST_ROWS: Final = 1_000_000
_MOST_YEARS: Final = 50  # every table of terms begins with the first record: a slip makes 100 terms
LEVEL_UNKNOWN: Final = "no building given"
GROUP_COLUMNS: Final[Mapping[str, str]] = {
    key.replace("pct_", "students_"): group for key, group in GROUPS.items()
}
"""Columns of students by group, with the group's name."""
_RACES: Final = [c for c, group in GROUP_COLUMNS.items() if group != NOT_A_RACE]
WRITTEN: Final = ("location", "description", "reported_by", "notified")
"""Columns that only tell whether something was written."""
_read_whole = read_whole_number(at_least=0, at_most=1e6)


def _read_time(cell: Any) -> time | None:
    try:
        return as_time(cell)
    except ValueError:
        raise ValueError("is not a time: write 14:05 or 2:05 PM") from None


def _read_filled(_: Any) -> bool:
    """Tell that something is written, and forget what: a narrative names people."""
    return True


def _read_category(words: Mapping[str, str], cell: Any) -> str:
    text = read_text(cell).casefold()
    return words.get(plain_words(text), text)


def event_table(
    schools: gpd.GeoDataFrame, *, on: date, categories: Mapping[str, str] | None = None
) -> RecordTable:
    """Describe the table of records for a district: its columns, and who may see each.

    What is about a student is an education record (34 CFR 99.3), and what a law enforcement unit
    makes and keeps for law enforcement is none (99.8). A row may be either, so every column has
    the stricter class, and the public may see only kinds, categories and counts, summed.
    """
    words = {plain_words(w): c.casefold() for w, c in (categories or {}).items()}
    law, education = Access.LAW_ENFORCEMENT, Access.EDUCATION
    filled = partial(Column, read=_read_filled, default=False, access=education)
    return RecordTable(
        what="records",
        one_row="Give one row an event, or a count of a period: kind and occurred.",
        columns=(
            Column(
                name="kind",
                meaning=f"Source: {', '.join(KINDS)}.",
                read=read_word(KINDS),
                headings=("source", "source_kind", "record_kind"),
                required=True,
                access=Access.PUBLIC,
            ),
            Column(
                name="id",
                meaning="Number of the record in its source.",
                read=read_id,
                headings=("record_id", "incident_id", "incident_number", "call_id", "case_number"),
                access=law,
            ),
            Column(
                name="building",
                meaning="School or building, id or name.",
                read=read_building(schools),
                headings=("building_id", "school", "school_id", "school_name"),
                access=law,
            ),
            Column(
                name="occurred",
                meaning="Date on which it occurred; of a count the first day of its period.",
                read=read_date,
                headings=("date_occurred", "date", "incident_date", "call_date"),
                required=True,
                access=law,
            ),
            Column(
                name="time",
                meaning="Clock time at which it occurred.",
                read=_read_time,
                headings=("time_occurred", "incident_time", "call_time"),
                access=law,
            ),
            Column(
                name="until",
                meaning="Of a count: the last day of its period.",
                read=read_date,
                headings=("period_end", "date_until"),
                access=law,
            ),
            Column(
                name="reported",
                meaning="Date on which it was reported or entered.",
                read=read_date,
                headings=("date_reported", "entered", "date_entered", "report_date"),
                access=law,
            ),
            Column(
                name="category",
                meaning="What it was, in the district's words.",
                read=partial(_read_category, words),
                headings=("type", "incident_type", "call_type", "offense"),
                access=Access.PUBLIC,
            ),
            Column(
                name="count",
                meaning="How many events the row stands for.",
                read=_read_whole,
                headings=("number", "events"),
                default=1.0,
                access=Access.PUBLIC,
            ),
            Column(
                name="outcome",
                meaning="What was done.",
                read=read_text,
                headings=("disposition", "action_taken", "result"),
                access=education,
            ),
            Column(
                name="officer_involved",
                meaning="Whether an officer was called to it or took part.",
                read=read_yes,
                headings=("officer", "sro_involved", "sso_involved"),
                access=Access.PERSONNEL,
            ),
            Column(
                name="students",
                meaning="Students involved, a count.",
                read=_read_whole,
                headings=("students_involved", "number_of_students"),
                access=education,
            ),
            *(
                Column(name=name, meaning=f"Of them: {g}.", read=_read_whole, access=education)
                for name, g in GROUP_COLUMNS.items()
            ),
            filled(
                name="location",
                meaning="Whether the place within the building is given; the text is not kept.",
                headings=("place", "room"),
            ),
            filled(
                name="description",
                meaning="Whether there is a narrative; the text is not kept.",
                headings=("narrative", "summary", "notes"),
            ),
            filled(
                name="reported_by",
                meaning="Whether it says who reported; the name is not kept.",
                headings=("reporter", "entered_by"),
            ),
            filled(
                name="notified",
                meaning="Whether it says who was told, such as parents; the text is not kept.",
                headings=("persons_notified", "parents_notified"),
            ),
        ),
        check=partial(_find_faults, on=on),
        may_be_empty=True,
        most_rows=_MOST_ROWS,
    )


def _find_faults(frame: pd.DataFrame, *, on: date) -> Iterable[tuple[int, str]]:
    first: set[tuple[str, str]] = set()
    for k, cells in enumerate(frame.to_dict("records")):
        row = {str(name): value for name, value in cells.items() if not pd.isna(value)}
        if not {"kind", "occurred"} <= set(row):
            continue  # said already
        yield from ((k, text) for text in (*_date_faults(row, on), *_student_faults(row)))
        # A narrative that is not there is False, an officer who was not involved is told.
        about_one = (*_ABOUT_ONE, *GROUP_COLUMNS)
        given = [n for n in about_one if n in row and (row[n] is not False or n != "description")]
        if row["kind"] == THREAT and given:
            yield k, f"a threat assessment is given as a count: leave {', '.join(given)} empty"
        if "id" in row:
            key = (row["kind"], row["id"])
            if key in first:
                yield k, f"id {row['id']!r} ({row['kind']}) stands twice"
            first.add(key)


def _date_faults(row: Mapping[str, Any], on: date) -> Iterable[str]:
    for name in ("occurred", "until", "reported"):
        if name in row and row[name] > on:
            yield f"{name} {str(row[name])!r} is after {on}"
    # A check without a date is as of the last of all, which tells nothing of an age.
    if on != date.max and row["occurred"].year < on.year - _MOST_YEARS:
        yield (
            f"occurred {str(row['occurred'])!r} is more than {_MOST_YEARS} years before {on}: is "
            "the year right?"
        )
    for name in ("until", "reported"):
        if name in row and row[name] < row["occurred"]:
            yield f"{name} {str(row[name])!r} is before occurred {str(row['occurred'])!r}"


def _student_faults(row: Mapping[str, Any]) -> Iterable[str]:
    if "students" not in row:
        return
    students = row["students"]
    for name in GROUP_COLUMNS:
        if row.get(name, 0) > students:
            yield f"{name} {row[name]:g} is above students {students:g}"
    races = sum(row.get(name, 0) for name in _RACES)
    if races > students >= max(row.get(name, 0) for name in _RACES):
        yield f"the races are {races:g} students, more than students {students:g}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EventRecords:
    """Records of a district. Restricted: one row is one event at one building.

    Attributes
    ----------
    frame
        The columns of `event_table`, and ``level`` (of the building) and ``month``
        (``'2026-09'``).
    table
        What the columns mean, and who may see each.
    on
        The date to which the records are read.
    notices
        What a reader should know, one sentence each.
    """

    frame: pd.DataFrame = field(repr=False)
    table: RecordTable = field(repr=False)
    on: date
    notices: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def ended(self) -> pd.Series[Any]:
        """The day of each event, of a count the last one of its period: then it can be reported."""
        return self.frame["until"].where(self.frame["until"].notna(), self.frame["occurred"])

    def of_kind(self, kind: str) -> pd.DataFrame:
        """The rows of one kind."""
        return self.frame[self.frame["kind"] == kind]


@typed
def read_programme_records(
    source: str | Path | pd.DataFrame | Sequence[str | Path | pd.DataFrame],
    schools: gpd.GeoDataFrame,
    *,
    on: date,
    categories: Mapping[str, str] | None = None,
    columns: Mapping[str, str] | None = None,
) -> EventRecords:
    """Read records of what happened, from one table or several of the same schema.

    Text of a narrative, of places in a building and of people is not kept, only whether it is
    there.

    Parameters
    ----------
    source
        CSV, a workbook's sheet (``records.xlsx#Calls``) or a DataFrame; or several.
    schools
        From `read_schools`.
    on
        The date of the review: a later record is a fault.
    categories
        What words of the column ``category`` mean: ``{"assault": "fight"}``. Others stay as they
        are, in small letters.
    columns
        The files' own names of columns by ours. A column may stand for two: ``time`` and
        ``occurred`` of one column of moments.

    Raises
    ------
    RecordError
        Listing every fault of all files with its row.
    """
    several = [source] if isinstance(source, str | Path | pd.DataFrame) else list(source)
    table = event_table(schools, on=on, categories=categories)
    if not several:
        raise RecordError("no table of records is given")
    read: list[Records] = []
    raise_together(
        "the records cannot be used",
        [partial(_read_into, read, one, table, columns) for one in several],
    )
    _require_ids_once([(one.source, one.where, one.frame) for one in read])
    frames = [one.frame for one in read if len(one)] or [read[0].frame]
    frame = pd.concat(frames, ignore_index=True)
    levels = buildings(schools)["level"].to_dict()
    frame["level"] = [levels.get(b, LEVEL_UNKNOWN) for b in frame["building"]]
    frame["month"] = [f"{day:%Y-%m}" for day in frame["occurred"]]
    # An empty file, or one without counts, gives these columns no numbers to tell their type.
    numbers = ["count", "students", *GROUP_COLUMNS]
    frame = frame.astype(dict.fromkeys(numbers, float))
    notices = [one for of in read for one in of.notices]
    return EventRecords(frame=frame, table=table, on=on, notices=tuple(notices))


def _read_into(
    read: list[Records],
    source: str | Path | pd.DataFrame,
    table: RecordTable,
    columns: Mapping[str, str] | None,
) -> None:
    read.append(read_records(source, table, columns=columns))


def _require_ids_once(tables: Sequence[tuple[str, tuple[str, ...], pd.DataFrame]]) -> None:
    """Raise if two files have a record of the same kind and id."""
    seen: dict[tuple[Any, Any], str] = {}
    faults = []
    for source, where, frame in tables:
        mine = {}
        for kind, one, at in zip(frame["kind"], frame["id"], where, strict=True):
            if one is None:
                continue
            if (kind, one) in seen:
                faults.append(f"{source}: {at}: id {one!r} ({kind}) is also in {seen[kind, one]}")
            mine[kind, one] = f"{source}, {at}"
        seen |= mine
    if faults:
        raise RecordError(
            "records stand in two files", faults, "Leave one of each out, or give it its own id."
        )


def count_records(
    records: EventRecords, by: Sequence[str] = ("kind", "month", "level", "building")
) -> pd.DataFrame:
    """Count what happened. Restricted: small counts are included.

    Parameters
    ----------
    by
        Of the columns of `EventRecords.frame`; a record without a value is counted under ``''``.

    Returns
    -------
    DataFrame
        Index as `by`; ``records`` (rows), ``count`` (what they stand for), and ``low`` and
        ``high``, the 95 % interval of an exact Poisson count.
    """
    frame = records.frame
    keys = [frame[name].where(frame[name].notna(), "") for name in by]
    found = frame.groupby(keys, sort=True)["count"].agg(["size", "sum"])
    found = found.rename(columns={"size": "records", "sum": "count"})
    ends = [poisson_interval(count)[1:] for count in found["count"]]
    return found.assign(
        count=found["count"].astype(int),
        low=[low for low, _ in ends],
        high=[high for _, high in ends],
    )
