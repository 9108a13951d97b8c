"""The programme data of a district, read and computed: what its Data Review Team looks at."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, TypeVar

import geopandas as gpd
import pandas as pd

from zoning.due import DueItem, add_months
from zoning.errors import typed
from zoning.patrol import PatrolSchedule
from zoning.programme.before_after import (
    NOT_A_CAUSE,
    compare_periods,
    describe_comparison,
    read_comparisons,
)
from zoning.programme.data_quality import (
    completeness,
    discipline_calls,
    discipline_shares,
    duplicates,
    lateness,
)
from zoning.programme.event_records import (
    AUDIT,
    EVENTS,
    INCIDENT,
    KINDS,
    EventRecords,
    count_records,
    read_programme_records,
)
from zoning.programme.goals import evaluate_goals, read_goals
from zoning.programme.periods import Period, straddling, terms_of
from zoning.programme.supports import (
    read_supports,
    records_by_group,
    supports_by_building,
    supports_by_group,
)
from zoning.programme.time_use import ROLES, read_time_use, time_by_officer, time_use
from zoning.records import Records, raise_together
from zoning.response import ResponseEstimate
from zoning.schools.buildings import building_places
from zoning.settings import MINUTES, Setting, read_files, read_words, settings, show

T = TypeVar("T")

REQUIRED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        INCIDENT: (
            *("building", "time", "reported", "category", "outcome"),
            *("description", "reported_by"),
        )
    }
)
"""Fields that an incident report must have: our default, not law."""
DISCIPLINE: Final = (
    *("discipline", "dress code", "tardiness", "truancy", "disrespect", "cell phone"),
    *("classroom disruption", "disruption"),
)
"""Categories that are discipline, so that no officer should be called: our default."""
SAME_EVENT_S: Final = 1_800
"""Records of two sources this close may be one event: our default, since incident reports round
the time and are written after a call."""
_MOST_DAYS: Final = 10_000  # of a limit: no report is due decades later
_FIELDS: Final = frozenset(
    {"id", "building", "time", "until", "reported", "category", "outcome", "officer_involved"}
    | {"students", "location", "description", "reported_by", "notified"}
)


def _read_table(value: Any, read: Callable[[str, Any], T], known: Sequence[str]) -> Mapping[str, T]:
    """Read a table whose keys are known words; a `ValueError` says what is wrong."""
    if not isinstance(value, Mapping):
        raise ValueError(f"is no table with keys of {', '.join(known)}")
    wrong = [key for key in value if key not in known]
    if wrong:
        raise ValueError(f"has {show(wrong[0])}, which is none of {', '.join(known)}")
    return MappingProxyType({key: read(key, one) for key, one in value.items()})


def _read_required(value: Any) -> Mapping[str, tuple[str, ...]]:
    def read(kind: str, names: Any) -> tuple[str, ...]:
        several = names if isinstance(names, list | tuple) else [names]
        wrong = [one for one in several if not isinstance(one, str) or one not in _FIELDS]
        if wrong:
            raise ValueError(
                f"asks of {kind} {show(wrong[0])}, which is none of {', '.join(sorted(_FIELDS))}"
            )
        return tuple(several)

    return _read_table(value, read, list(KINDS))


def _read_limits(value: Any) -> Mapping[str, int]:
    def read(kind: str, days: Any) -> int:
        if isinstance(days, bool) or not isinstance(days, int) or not 0 <= days <= _MOST_DAYS:
            raise ValueError(
                f"gives {kind} {show(days)}, which is no whole number of days up to {_MOST_DAYS:,}"
            )
        return days

    return _read_table(value, read, list(KINDS))


def _read_wish(value: Any) -> Mapping[str, float]:
    def read(role: str, percent: Any) -> float:
        if isinstance(percent, bool) or not isinstance(percent, int | float):
            raise ValueError(f"gives {role} {show(percent)}, which is no percentage")
        if not 0 <= percent <= 100:
            raise ValueError(f"gives {role} {show(percent)}, which is not from 0 to 100 percent")
        return percent / 100

    found = _read_table(value, read, list(ROLES))
    if sum(found.values()) > 1 + 1e-9:
        raise ValueError("gives more than 100 percent in all")
    return found


def _read_dates(value: Any) -> tuple[date, ...]:
    several = value if isinstance(value, list | tuple) else [value]
    made = []
    for one in several:
        if isinstance(one, datetime.date) and not isinstance(one, datetime.datetime):
            made.append(one)
            continue
        try:
            made.append(date.fromisoformat(one))
        except (TypeError, ValueError):
            raise ValueError("is no list of dates, such as [2025-08-01, 2026-01-05]") from None
    return tuple(made)


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class DataSettings:
    """Records of what happened, goals, officers' hours and supports, for the Data Review Team."""

    records: Annotated[
        tuple[Path, ...],
        Setting(
            meaning="Incidents, threat assessments (counts), emergency calls, police and state "
            "data, audits: one row a record, kind and occurred.",
            read=read_files,
            form="file or list of files",
            default="none",
        ),
    ] = ()
    goals: Annotated[
        Path | None,
        Setting(
            meaning="Goals: goal_id, goal, measure, direction, target, and what it is measured by.",
            default="none",
        ),
    ] = None
    hours: Annotated[
        Path | None,
        Setting(meaning="Officers' hours: officer, date, role, hours.", default="none"),
    ] = None
    supports: Annotated[
        Path | None,
        Setting(
            meaning="Counsellors and mental-health staff: building, role, fte.", default="none"
        ),
    ] = None
    comparisons: Annotated[
        Path | None,
        Setting(
            meaning="Periods to compare: comparison_id, kind, before_first, before_last, "
            "after_first, after_last, the exposure of each, exposure_unit.",
            default="none",
        ),
    ] = None
    columns: Annotated[
        Mapping[str, str],
        Setting(
            meaning="The records' own names of columns.",
            read=read_words,
            form='table, { category = "Offense" }',
            default="found by usual names",
        ),
    ] = field(default_factory=dict)
    categories: Annotated[
        Mapping[str, str],
        Setting(
            meaning="What words of the records' category mean.",
            read=read_words,
            form='table, { assault = "fight" }',
            default="as they stand, in small letters",
        ),
    ] = field(default_factory=dict)
    terms: Annotated[
        tuple[date, ...],
        Setting(
            meaning="First day of each term: public counts are by term, and only of terms that "
            "have ended.",
            read=_read_dates,
            form="list of dates",
            default="school years from 1 July",
        ),
    ] = ()
    required: Annotated[
        Mapping[str, tuple[str, ...]],
        Setting(
            meaning="Fields that a record must have, by kind.",
            read=_read_required,
            form='table, { incident = ["building", "time"] }',
            default=f"of an incident {', '.join(REQUIRED[INCIDENT])}",
        ),
    ] = field(default_factory=lambda: REQUIRED)
    report_within_days: Annotated[
        Mapping[str, int],
        Setting(
            meaning="Days in which a record must be reported or entered, by kind.",
            read=_read_limits,
            form="table, { incident = 1 }",
            default="no limit",
        ),
    ] = field(default_factory=dict)
    discipline: Annotated[
        tuple[str, ...],
        Setting(
            meaning="Categories that are discipline: sent to an officer, they are flagged.",
            default=", ".join(DISCIPLINE),
        ),
    ] = DISCIPLINE
    same_event_s: Annotated[
        int,
        Setting(
            meaning="Records of one building, of like category and in two sources this close "
            "together may be one event.",
            unit=MINUTES,
            at_least=0,
        ),
    ] = SAME_EVENT_S
    time_wish: Annotated[
        Mapping[str, float],
        Setting(
            meaning="Percentage of the officers' time that is wished in a role: "
            f"{', '.join(ROLES)}.",
            read=_read_wish,
            form="table, { educator = 30 }",
            default="no wish",
        ),
    ] = field(default_factory=dict)
    audit_every_months: Annotated[
        int | None,
        Setting(
            meaning="Months from one safety audit of a building to the next.",
            at_least=1,
            at_most=240,
            default="audits are not due",
        ),
    ] = None
    remind_days: Annotated[
        int,
        Setting(
            meaning="Days before a review or an audit from which it is due now.",
            at_least=0,
            at_most=1000,
        ),
    ] = 30

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that is given."""
        single = (self.goals, self.hours, self.supports, self.comparisons)
        return (*self.records, *(path for path in single if path is not None))

    @property
    def is_given(self) -> bool:
        """Whether there are any programme data."""
        return bool(self.files)


@dataclass(frozen=True, kw_only=True, eq=False)
class DataReview:
    """The programme data of a district on a date. Restricted; see `zoning.disclosure.programme`.

    Attributes
    ----------
    settings
        Limits, words and wishes.
    schools
        From `read_schools`.
    on
        The date of the review.
    records, goals, hours, supports, comparisons
        What was read; None where no file is given.
    schedule, response
        Of a plan, for the officer exposure by group of students; None without.
    """

    settings: DataSettings
    schools: gpd.GeoDataFrame
    on: date
    records: EventRecords | None = None
    goals: Records | None = None
    hours: Records | None = None
    supports: Records | None = None
    comparisons: Records | None = None
    schedule: PatrolSchedule | None = None
    response: ResponseEstimate | None = None

    @cached_property
    def terms(self) -> tuple[Period, ...]:
        """The terms of the records."""
        return () if self.records is None else terms_of(self.records, self.settings.terms)

    @cached_property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Every table by its name, without those for which there are no data. Restricted."""
        return MappingProxyType(dict(self._tables()))

    def _tables(self) -> Iterator[tuple[str, pd.DataFrame]]:
        if self.goals is not None:
            yield (
                "goals",
                evaluate_goals(
                    self.goals,
                    records=self.records,
                    hours=self.hours,
                    limits=self.settings.report_within_days,
                    required=self.settings.required,
                ),
            )
        if self.records is not None:
            yield from self._record_tables(self.records)
        if self.hours is not None:
            yield "officer_time", time_use(self.hours, self.settings.time_wish)
            yield "officer_time_by_officer", time_by_officer(self.hours)
        if self.supports is not None:
            yield "supports", supports_by_building(self.schools, self.supports)
            yield (
                "supports_by_group",
                supports_by_group(
                    self.schools, self.supports, schedule=self.schedule, response=self.response
                ),
            )

    def _record_tables(self, records: EventRecords) -> Iterator[tuple[str, pd.DataFrame]]:
        given = self.settings
        yield "records", count_records(records)
        yield "records_by_month", count_records(records, ("kind", "month"))
        if self.comparisons is not None:
            yield "comparisons", compare_periods(self.comparisons, records)
        yield "completeness", completeness(records, given.required)
        yield "lateness", lateness(records, given.report_within_days)
        yield "duplicates", duplicates(records, same_event_s=given.same_event_s)
        yield "discipline", discipline_shares(records, given.discipline)
        yield "discipline_calls", discipline_calls(records, given.discipline)
        by_group = {
            (kind, str(term)): records_by_group(records, self.schools, kind=kind, period=term)
            for kind in EVENTS
            for term in self.terms
        }
        found = {key: table for key, table in by_group.items() if len(table)}
        names = ["kind", "term", "group"]
        yield (
            "students_by_group",
            pd.concat(found, names=names)
            if found
            else pd.DataFrame(columns=[*names, "students"]).set_index(names),
        )

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """The comparisons of periods in words, and what they cannot tell."""
        table = self.tables.get("comparisons")
        if table is None or table.empty:
            return ()
        return (*(describe_comparison(row) for _, row in table.iterrows()), NOT_A_CAUSE)

    @cached_property
    def notices(self) -> tuple[str, ...]:
        """What a reader should know of the data, one sentence each."""
        read = (self.goals, self.hours, self.supports, self.comparisons)
        found = [one for of in read if of is not None for one in of.notices]
        if self.records is not None:
            found += self.records.notices
            outside = straddling(self.records, self.terms)
            if outside:
                found.append(
                    f"records that lie in no term as a whole, and in no public count: {outside}"
                )
            found += self._unknown_categories(self.records)
        if self.comparisons is not None and self.records is None:
            found.append("periods are not compared, since no records are given")
        return tuple(found)

    def _unknown_categories(self, records: EventRecords) -> Iterator[str]:
        """Name the goals and comparisons whose category is in no record: perhaps misspelt."""
        known = set(zip(records.frame["kind"], records.frame["category"], strict=True))
        for given, of in ((self.goals, "of"), (self.comparisons, "kind")):
            if given is None:
                continue
            for row in given.frame.to_dict("records"):
                kind, category = str(row[of]).casefold(), row["category"]
                if category and kind in KINDS and (kind, category) not in known:
                    yield (
                        f"{row[given.table.key[0]]} counts nothing: no record of the kind {kind} "
                        f"has the category {category!r}"
                    )

    def due_items(self) -> list[DueItem]:
        """What is due: reviews of goals, reports that are late, audits."""
        return [*self._goals_due(), *self._reports_due(), *self._audits_due()]

    def _goals_due(self) -> Iterator[DueItem]:
        frame = pd.DataFrame() if self.goals is None else self.goals.frame
        for row in frame.to_dict("records"):
            if not pd.isna(row["review_on"]):
                yield DueItem(
                    due=row["review_on"],
                    alarm_from=row["review_on"] - timedelta(days=self.settings.remind_days),
                    duty=f"review of goal {row['goal_id']}: {row['goal']}",
                    remedy="Put it on the agenda of the Data Review Team, and set the next date.",
                    source="goals: review_on",
                    restricted=not row["publish"],
                )

    def _reports_due(self) -> Iterator[DueItem]:
        limits = self.settings.report_within_days
        if self.records is None or not limits:
            return
        frame = self.records.frame.assign(ended=self.records.ended)
        for row in frame[frame["reported"].isna()].to_dict("records"):
            if row["kind"] not in limits:
                continue
            name = "" if row["id"] is None else f" {row['id']}"
            yield DueItem(
                due=row["ended"] + timedelta(days=limits[row["kind"]]),
                alarm_from=row["ended"],
                duty=f"report of {row['kind']}{name} of {row['occurred']}",
                of=row["building"] or "",
                remedy="Enter it, with the date of the report.",
                source=f"[programme] report_within_days: {limits[row['kind']]}",
            )

    def _audits_due(self) -> Iterator[DueItem]:
        months = self.settings.audit_every_months
        if self.records is None or months is None:
            return
        audits = self.records.of_kind(AUDIT).groupby("building")["occurred"].max()
        for building in building_places(self.schools).index:
            last = audits.get(building)
            due = self.on if last is None else add_months(last, months)
            said = "none in the records" if last is None else f"the last was on {last}"
            yield DueItem(
                due=due,
                alarm_from=due - timedelta(days=self.settings.remind_days),
                duty=f"safety audit, {said}",
                of=building,
                remedy="Set a date for it, and add it to the records.",
                source=f"[programme] audit_every_months: {months}",
            )


@typed
def read_data_review(
    settings: DataSettings,
    schools: gpd.GeoDataFrame,
    *,
    on: date,
    file: Callable[[Path], Path] = Path,
) -> DataReview:
    """Read all tables of the programme data.

    Parameters
    ----------
    settings
        The section ``[programme]`` of a study.
    on
        The date of the review; later records are faults.
    file
        Finds a file of the settings, such as `zoning.Study.file`.

    Raises
    ------
    RecordError
        Listing every fault of every file with its row.
    """
    found: dict[str, Any] = {}

    def read(name: str, reader: Callable[[], object]) -> None:
        found[name] = reader()

    single: Mapping[str, Callable[[Path], object]] = {
        "goals": partial(read_goals, on=on),
        "hours": partial(read_time_use, on=on),
        "supports": partial(read_supports, schools=schools),
        "comparisons": partial(read_comparisons, on=on),
    }
    tasks = []
    if settings.records:
        paths = [file(path) for path in settings.records]
        reader = partial(
            read_programme_records,
            paths,
            schools,
            on=on,
            categories=settings.categories,
            columns=settings.columns,
        )
        tasks.append(partial(read, "records", reader))
    for name, one in single.items():
        path = getattr(settings, name)
        if path is not None:
            tasks.append(partial(read, name, partial(one, file(path))))
    raise_together("the programme data cannot be used", tasks)
    return DataReview(settings=settings, schools=schools, on=on, **found)
