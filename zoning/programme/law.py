"""What the law and the district's own policy ask of each campus, and by when.

A campus has a certified officer on site full time, an arrangement that was approved until a date,
or neither. Which of the three it is follows from the plan of zones alone, and, where there is a
roster, from who may stand at its post on a date.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import geopandas as gpd
import pandas as pd

from zoning.due import DueItem, add_months
from zoning.errors import RecordError, typed
from zoning.records import (
    Column,
    Records,
    RecordTable,
    read_building,
    read_date_since,
    read_records,
    read_text,
    require_columns,
)
from zoning.schools import buildings
from zoning.settings import Setting, settings
from zoning.staffing.state_law import LAW_NOT_CHECKED, StateLaw, find_state_law
from zoning.units import counted
from zoning.zones import ZoneKind, ZonePlan

POLICY: Final = "policy of Jefferson County Public Schools, a default here"
"""Source of the duties that no state law asks for."""
BOARD_REPORT: Final = "report to the board"
"""How the duty of that report begins."""
_NOT_LATER: Final = "not later than the day before the first posting"
_read_day = read_date_since(1980)  # no approval or report that a district has today is older
_REMINDED_DAYS: Final = timedelta(days=60)  # default: two board meetings, one a month


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class LawSettings:
    """What the law and the district's policy ask by a date."""

    approvals: Annotated[
        Path | None,
        Setting(
            meaning="Arrangements that the state approved for campuses without a full-time "
            "officer: CSV or workbook with school, approved_until, approved_by or reference, and "
            "arrangement.",
            default="none: no arrangement is known",
        ),
    ] = None
    approval_alarm_days: Annotated[
        int,
        Setting(
            meaning="Days before an approval ends from which it is due.", at_least=0, at_most=1000
        ),
    ] = 90
    last_yearly_report: Annotated[
        date | None,
        Setting(
            meaning="Day on which the last yearly report to the state was made.",
            read=_read_day,
            form="date, 2026-10-20",
            default="not known",
        ),
    ] = None
    last_board_report: Annotated[
        date | None,
        Setting(
            meaning="Day of the last report to the board.",
            read=_read_day,
            form="date, 2026-05-12",
            default="not known",
        ),
    ] = None
    board_report_months: Annotated[
        int | None,
        Setting(
            meaning="Months within which the board has a report again (policy of Jefferson "
            "County); none: no such duty.",
            at_least=1,
            at_most=240,
        ),
    ] = 12
    manual_complete: Annotated[
        date | None,
        Setting(
            meaning="Day on which the manual of standard operating procedures was complete.",
            read=_read_day,
            form="date, 2026-07-15",
            default="not known, and nobody may be posted",
        ),
    ] = None
    manual_reviewed: Annotated[
        date | None,
        Setting(
            meaning="Day of the manual's last review.",
            read=_read_day,
            form="date, 2026-07-15",
            default="the day on which it was complete",
        ),
    ] = None
    manual_review_months: Annotated[
        int | None,
        Setting(
            meaning="Months within which the manual is reviewed again (policy of Jefferson "
            "County); none: no such duty.",
            at_least=1,
            at_most=240,
        ),
    ] = 24
    manual_required: Annotated[
        bool,
        Setting(
            meaning="Whether nobody may be posted before the manual is complete (policy of "
            "Jefferson County)."
        ),
    ] = True


# Approvals.


def approvals_table(schools: gpd.GeoDataFrame) -> RecordTable:
    """Say what a table of approved arrangements holds."""
    return RecordTable(
        what="approvals",
        one_row="Give one row an approval: school, approved_until, approved_by or reference, and "
        "arrangement.",
        may_be_empty=True,
        columns=(
            Column(
                name="building_id",
                meaning="The campus: a school or building by id or name.",
                read=read_building(schools),
                headings=("school", "campus", "building", "school_id"),
                required=True,
            ),
            Column(
                name="approved_until",
                meaning="The last day on which the approval holds.",
                read=_read_day,
                headings=("until", "expires", "approved_to", "valid_until"),
                required=True,
            ),
            Column(
                name="approved_from",
                meaning="The first day on which it holds; empty: it has held all along.",
                read=_read_day,
                headings=("from", "approved_on", "approved", "valid_from"),
            ),
            Column(
                name="approved_by",
                meaning="Who approved it.",
                read=read_text,
                headings=("by", "approver"),
            ),
            Column(
                name="reference",
                meaning="Number or date of the letter.",
                read=read_text,
                headings=("letter", "ref", "file_number"),
            ),
            Column(
                name="arrangement",
                meaning="What is done in place of a full-time officer.",
                read=read_text,
                headings=("in_place", "description"),
                required=True,
            ),
        ),
        key=("building_id", "approved_until"),
        check=_approval_faults,
    )


def _approval_faults(frame: pd.DataFrame) -> Iterator[tuple[int, str]]:
    for k, row in enumerate(frame.to_dict("records")):
        begins, ends = row["approved_from"], row["approved_until"]
        if begins is not None and ends is not None and begins > ends:
            yield k, f"approved_from {begins} is after approved_until {ends}"
        if row["approved_by"] is None and row["reference"] is None:
            yield k, "approved_by and reference are empty: say who approved it, or in which letter"


@typed
def read_approvals(
    source: str | Path | pd.DataFrame,
    schools: gpd.GeoDataFrame,
    *,
    columns: Mapping[str, str] | None = None,
) -> Records:
    """Read the arrangements that were approved for campuses without a full-time officer.

    Parameters
    ----------
    source, columns
        See `zoning.records.read_records`.
    schools
        From `read_schools`.

    Raises
    ------
    RecordError
        Listing every fault with its row: an approval without a date, an unknown school, nobody
        who approved it, two rows for one campus and date.
    """
    return read_records(source, approvals_table(schools), columns=columns)


# Campuses.


class Standing(StrEnum):
    """What a campus has on a date."""

    OFFICER = "officer on site full time"
    APPROVED = "arrangement approved"
    NEITHER = "neither"
    NOT_CHECKED = "not checked"
    """No approval, and the state's law or the posts are not known."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CampusLaw:
    """Where each campus stands with the law on a date.

    Attributes
    ----------
    on
        The date.
    law
        Of the state; None where it was not checked.
    table
        A row a campus, index ``building_id``; restricted. Columns: ``name``; ``planned``, the
        `Standing` by the plan alone; ``standing``, the same by the roster where there is one;
        ``post_id``; ``officer_id`` and ``why_not``, from the roster: who stands there on the date,
        or why nobody may; ``approved_until``, ``approved_by``, ``reference`` and ``arrangement``
        of the approval that holds longest, with those that renew it.
    with_roster
        Whether a roster was given; without one ``standing`` is ``planned``.
    notices
        What a reader should know, one sentence each.
    """

    on: date
    law: StateLaw | None
    table: pd.DataFrame = field(repr=False)
    with_roster: bool
    notices: tuple[str, ...] = ()

    def count_planned(self) -> pd.DataFrame:
        """Count campuses by what the plan and the approvals give them; may be published.

        The plan is public, and a count names no campus. Counts by the roster are not: they tell
        how many posts are empty on a day.

        Returns
        -------
        DataFrame
            Columns ``standing`` and ``campuses``, in the order of `Standing`.
        """
        return _count(self.table["planned"])

    def count_standing(self) -> pd.DataFrame:
        """The same by the roster; restricted."""
        return _count(self.table["standing"])

    def due(self, *, alarm_days: int = 90) -> Iterator[DueItem]:
        """List what is to be done for campuses without a full-time officer.

        An approval is due on the last day on which it holds. A campus that has none has been due
        since the day that the law names.

        Parameters
        ----------
        alarm_days
            Days before the end of an approval from which a reader is reminded.
        """
        for row in self.table.reset_index().to_dict("records"):
            if row["standing"] == Standing.OFFICER:
                continue
            until, of = row["approved_until"], str(row["building_id"])
            source = "approvals" if self.law is None else self.law.campus_source
            if until is not None:
                yield DueItem(
                    due=until,
                    alarm_from=until - timedelta(days=alarm_days),
                    duty="the approved arrangement ends",
                    of=of,
                    remedy="Have it renewed in writing, or post a certified officer there.",
                    source=source,
                )
            elif self.law is not None and row["standing"] == Standing.NEITHER:
                since = self.law.campuses_since
                yield DueItem(
                    due=since,
                    alarm_from=since,
                    duty="neither a full-time officer nor an approved arrangement",
                    of=of,
                    remedy=f"Ask {self.law.approved_by} for an approval, or post a certified "
                    "officer there.",
                    source=source,
                )


def _count(standing: pd.Series) -> pd.DataFrame:
    found = Counter(standing)
    shown = [s for s in Standing if found[s] or s in (Standing.OFFICER, Standing.APPROVED)]
    return pd.DataFrame({"standing": list(map(str, shown)), "campuses": [found[s] for s in shown]})


@typed
def check_campuses(
    schools: gpd.GeoDataFrame,
    posts: ZonePlan | pd.DataFrame | None,
    *,
    on: date,
    state: str | None,
    approvals: Records | None = None,
    officers: pd.DataFrame | None = None,
) -> CampusLaw:
    """Say for each campus whether it has a full-time officer, an approval, or neither.

    A campus has an officer full time if a post is for it alone: a dedicated zone of the plan, or
    a post of one building. An officer who drives between buildings is on site at none of them,
    nor is one who waits outside until called.

    Parameters
    ----------
    schools
        From `read_schools`; a campus is a building.
    posts
        The plan, or a table with ``post_id`` and ``building_ids`` and, if it has patrol zones or
        zones on call of one building, ``kind``: patrol, dedicated or on call. None: it is not
        known where officers are, and campuses without an approval are not checked.
    on
        The date.
    state
        Two letters; None if not known.
    approvals
        From `read_approvals`.
    officers
        Of the roster: ``officer_id``, ``post`` and ``why_not``, the reason why the officer may
        not stand there on the date, or None; ``away``, if given, why one who may is not there
        that day, which is told and costs the campus nothing. Without it the plan alone decides.

    Raises
    ------
    RecordError
        If a post names a building that is none, or a table lacks a column.
    """
    campuses = buildings(schools)
    law = find_state_law(state)
    post_of = {} if posts is None else _dedicated(posts, known=campuses.index)
    held = {} if approvals is None else _longest(approvals, on)
    staffed = None if officers is None else _by_post(officers)
    rows = []
    for building_id, name in campuses["name"].items():
        approval = held.get(str(building_id), {})
        post = post_of.get(str(building_id), ())
        holds = bool(approval) and approval["approved_until"] >= on
        other = Standing.NOT_CHECKED if law is None or posts is None else Standing.NEITHER
        without = Standing.APPROVED if holds else other
        officer, why_not = (None, None) if staffed is None else _who_stands(post, staffed)
        is_there = bool(post) if staffed is None else officer is not None
        rows.append(
            {
                "building_id": building_id,
                "name": name,
                "planned": Standing.OFFICER if post else without,
                "standing": Standing.OFFICER if is_there else without,
                "post_id": "; ".join(post) or None,
                "officer_id": officer,
                "why_not": why_not,
                **{key: approval.get(key) for key in _APPROVAL},
            }
        )
    table = pd.DataFrame(rows, dtype=object).set_index("building_id")
    return CampusLaw(
        on=on,
        law=law,
        table=table,
        with_roster=officers is not None,
        notices=tuple(_notices(law, posts, with_roster=officers is not None)),
    )


_APPROVAL: Final = ("approved_until", "approved_by", "reference", "arrangement")


def _notices(
    law: StateLaw | None, posts: ZonePlan | pd.DataFrame | None, *, with_roster: bool
) -> Iterator[str]:
    yield LAW_NOT_CHECKED if law is None else f"{law.in_full} This is no legal advice."
    if posts is None:
        yield "No plan of zones and no posts: it is not known which campus has an officer all day."
    elif not with_roster:
        yield (
            "By the plan alone: without a roster nobody knows whether a certified officer is there."
        )


def _dedicated(posts: ZonePlan | pd.DataFrame, *, known: pd.Index) -> dict[str, tuple[str, ...]]:
    """Find the posts that are for one building alone, by the building."""
    found: dict[str, list[str]] = {}
    faults = []
    for post_id, building_ids, kind in _rows_of(posts):
        faults += [f"{post_id}: {one!r} is no building" for one in building_ids if one not in known]
        if len(building_ids) == 1 and kind in (None, ZoneKind.DEDICATED):
            found.setdefault(building_ids[0], []).append(post_id)
    if faults:
        raise RecordError(
            "posts are at buildings that the list of schools does not have",
            faults,
            "Make the posts from a plan of these schools.",
        )
    return {building: tuple(ids) for building, ids in found.items()}


def _rows_of(
    posts: ZonePlan | pd.DataFrame,
) -> Iterator[tuple[str, tuple[str, ...], ZoneKind | None]]:
    if isinstance(posts, ZonePlan):
        for zone in posts.zones:
            yield zone.zone_id, zone.building_ids, zone.kind
        return
    require_columns(posts, ("post_id", "building_ids"), what="posts")
    for row in posts.to_dict("records"):
        kind = row.get("kind")
        of_zone = None if kind is None or pd.isna(kind) else ZoneKind(kind)
        yield str(row["post_id"]), tuple(row["building_ids"]), of_zone


def _longest(approvals: Records, on: date) -> dict[str, dict[str, Any]]:
    """For each campus the approval that holds on a date or held before it, the longest one.

    One that begins before it ends, or on the day after, renews it.
    """
    found: dict[str, dict[str, Any]] = {}
    for row in approvals.frame.sort_values("approved_until", kind="stable").to_dict("records"):
        begins, held = row["approved_from"], found.get(row["building_id"])
        if begins is None or begins <= on:
            found[row["building_id"]] = {str(key): value for key, value in row.items()}
        elif held is not None and begins <= held["approved_until"] + timedelta(days=1):
            letters = filter(None, (held["reference"], row["reference"]))
            held |= {"approved_until": row["approved_until"], "reference": "; ".join(letters)}
    return found


_Staffed = dict[str, list[tuple[str, str | None, str | None]]]
"""By post: each officer, why the officer may not stand there, and why the officer is away."""


def _by_post(officers: pd.DataFrame) -> _Staffed:
    require_columns(officers, ("officer_id", "post", "why_not"), what="officers")
    found: _Staffed = {}
    for row in officers.to_dict("records"):
        if row["post"] is not None and not pd.isna(row["post"]):
            why, away = (
                None if told is None or pd.isna(told) else str(told)
                for told in (row["why_not"], row.get("away"))
            )
            found.setdefault(str(row["post"]), []).append((str(row["officer_id"]), why, away))
    return found


def _who_stands(posts: Sequence[str], staffed: _Staffed) -> tuple[str | None, str | None]:
    """The officer of one of the posts, and why the officer is away; or why nobody stands there."""
    if not posts:
        return None, None
    officers = [one for post in posts for one in staffed.get(post, ())]
    stand = sorted((bool(away), k) for k, (_, why, away) in enumerate(officers) if why is None)
    if stand:
        officer, _, away = officers[stand[0][1]]
        return officer, away
    reasons = [f"{officer}: {why}" for officer, why, _ in officers]
    return None, "; ".join(reasons) or "nobody is posted there"


# Reports and the manual.


@typed
def list_law_duties(
    asked: LawSettings, *, on: date, state: str | None, campuses: CampusLaw | None = None
) -> Iterator[DueItem]:
    """List every duty of the law and the policy: approvals, reports, the manual.

    Parameters
    ----------
    asked
        The section ``[law]`` of a study.
    on
        The date; a duty whose last time is not known is due on it.
    campuses
        See `check_campuses`; None lists no approvals.
    """
    if campuses is not None:
        yield from campuses.due(alarm_days=asked.approval_alarm_days)
    law = find_state_law(state)
    if law is not None:
        yield _yearly_report_due(law, asked.last_yearly_report, on)
    yield from _again(
        asked.last_board_report,
        asked.board_report_months,
        on,
        duty=BOARD_REPORT,
        key="last_board_report",
    )
    if asked.manual_complete is None:
        if asked.manual_required:
            yield DueItem(
                due=on,
                alarm_from=on,
                duty="completion of the manual of standard operating procedures",
                remedy="Complete it before the first posting, and give [law] manual_complete.",
                source=POLICY,
                restricted=False,
            )
        return
    yield from _again(
        max(filter(None, (asked.manual_complete, asked.manual_reviewed))),
        asked.manual_review_months,
        on,
        duty="review of the manual of standard operating procedures",
        key="manual_reviewed",
    )


def _yearly_report_due(law: StateLaw, last: date | None, on: date) -> DueItem:
    """The first yearly report that was not made."""
    due = law.report_due(on)
    if last is not None:
        due = law.report_due(last).replace(year=law.report_due(last).year + 1)
    return DueItem(
        due=due,
        alarm_from=date(due.year, *law.alarm_day),
        duty="yearly report: number and placement of officers, funding, employment",
        remedy=f"Send it to {law.report_to} (zoning staff report writes it), and give [law] "
        "last_yearly_report.",
        source=law.report_source,
        restricted=False,
    )


def _again(
    last: date | None, months: int | None, on: date, *, duty: str, key: str
) -> Iterator[DueItem]:
    """A duty that comes round; one whose last time is not known is due on the date."""
    if months is None:
        return
    due = on if last is None else add_months(last, months)
    unknown = "" if last is not None else ", last time not known"
    yield DueItem(
        due=due,
        alarm_from=due - _REMINDED_DAYS,
        duty=f"{duty} (every {counted(months, 'month')}{unknown})",
        remedy=f"Do it, and give [law] {key}.",
        source=POLICY,
        restricted=False,
    )


def law_notices(asked: LawSettings, *, on: date, state: str | None) -> Iterator[str]:
    """Say what a reader should know of the dates: a law that is not known, days to come."""
    if find_state_law(state) is None:
        yield "What yearly report state law asks for was not checked."
    for key in ("last_yearly_report", "last_board_report", "manual_complete", "manual_reviewed"):
        day = getattr(asked, key)
        if day is not None and day > on:
            yield f"[law] {key} is {day}, after {on}."


def manual_faults(asked: LawSettings, *, first_posting: date) -> list[str]:
    """Say why nobody may be posted yet: the manual has to be complete before the first posting.

    Parameters
    ----------
    first_posting
        The first day on which an officer has a post.
    """
    if not asked.manual_required or (
        asked.manual_complete is not None and asked.manual_complete < first_posting
    ):
        return []
    when = (
        "[law] manual_complete does not say that it is"
        if asked.manual_complete is None
        else f"it was complete on {asked.manual_complete}"
    )
    return [
        f"officers are posted on {first_posting}: the manual of standard operating procedures has "
        f"to be complete {_NOT_LATER}, and {when} ({POLICY})"
    ]


def require_manual(asked: LawSettings, *, first_posting: date) -> None:
    """Raise `RecordError` if officers are posted before the manual was complete."""
    faults = manual_faults(asked, first_posting=first_posting)
    if faults:
        raise RecordError(
            "nobody may be posted yet",
            faults,
            "Complete the manual and give [law] manual_complete, or set manual_required = false.",
        )
