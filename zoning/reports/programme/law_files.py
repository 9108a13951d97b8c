"""The reports that law and policy ask for: names, meanings and writers of their files.

The public edition has totals: officers by employment and funding, campuses by what the plan gives
them, duties of the programme. Placement by campus, single campuses and single officers are in the
restricted edition alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pandas as pd

from zoning.editions import Edition
from zoning.programme.board_report import OPEN, BoardReport, Part
from zoning.programme.law import CampusLaw
from zoning.programme.yearly_report import YearlyReport
from zoning.reports.office_files import require_package
from zoning.reports.programme.pages import make_page, open_field, paragraph, section, table
from zoning.reports.programme.words import TITLE, about_line, period_words
from zoning.reports.tables import csv_table
from zoning.units import counted, date_in_words

_BOTH: Final = frozenset(Edition)
_RESTRICTED: Final = frozenset({Edition.RESTRICTED})
SLIDES: Final = "board_report.pptx"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LawReports:
    """What the files of the reports are made of.

    Attributes
    ----------
    district, on, edition
        Name of the district, date of the reports, edition of the files.
    campuses
        Where each campus stands.
    yearly
        The yearly report; None without officers.
    board
        The report to the board.
    due
        The duties, from `zoning.due.due_table`.
    notices
        What a reader should know, one sentence each.
    template
        A PowerPoint file whose look the slides take; None for a plain one.
    """

    district: str
    on: date
    edition: Edition
    campuses: CampusLaw
    yearly: YearlyReport | None
    board: BoardReport
    due: pd.DataFrame = field(repr=False)
    notices: tuple[str, ...] = ()
    template: Path | None = None

    @property
    def restricted(self) -> bool:
        """True if the files may tell of single officers and campuses."""
        return self.edition is Edition.RESTRICTED

    @property
    def about(self) -> str:
        """The line below a heading."""
        return about_line(self.district, self.on, self.edition)

    def write(self, name: str) -> bytes:
        """Write one of `report_names` to bytes."""
        return FILES[name].write(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    meaning: str
    write: Callable[[LawReports], bytes]
    about_officers: bool = False
    editions: frozenset[Edition] = _BOTH


def yearly_report_page(reports: LawReports) -> bytes:
    """Make the yearly report as a page to print."""
    report = reports.yearly
    assert report is not None
    law = report.law
    asked = (
        "What yearly report state law asks for was not checked."
        if law is None or report.due is None
        else f"To {law.report_to} ({law.report_source}), due {date_in_words(report.due)}."
    )
    sections = [
        paragraph(asked),
        section(
            "Number of officers",
            paragraph(_number_words(report, restricted=reports.restricted), style="lead"),
        ),
        section(
            "Method of employment and source of funding",
            table(
                report.totals(),
                {
                    "employment": "Method of employment",
                    "funding": "Source of funding",
                    "officers": "Officers",
                },
                numbers=("officers",),
            ),
        ),
    ]
    if reports.restricted:
        placed = report.positions.assign(
            post=report.positions["post_id"].fillna("no post"),
            certified=report.positions["certified"].map(_YES),
        )
        sections.append(
            section(
                "Placement",
                table(
                    placed,
                    {
                        "placement": "Where",
                        "post": "Post",
                        "employment": "Method of employment",
                        "funding": "Source of funding",
                        "certified": "Certified",
                    },
                ),
            )
        )
    else:
        sections.append(
            section(
                "Placement",
                paragraph(
                    "Where each officer is placed is in the restricted edition, which goes to "
                    f"{'the state' if law is None else law.report_to}."
                ),
            )
        )
    return make_page(
        "Yearly report on school safety officers",
        about=reports.about,
        sections=sections,
        edition=reports.edition,
        notes=reports.notices,
    )


_YES: Final = {True: "yes", False: "no", None: "not given"}


def _number_words(report: YearlyReport, *, restricted: bool) -> str:
    number = f"{counted(report.officers, 'officer')} on {date_in_words(report.on)}"
    if not restricted:
        return f"{number}."
    known = "not known of all" if report.certified is None else f"{report.certified:,}"
    return f"{number}; certified on that day: {known}."


def board_report_page(reports: LawReports) -> bytes:
    """Make the report to the board as a page: figures filled in, text left open."""
    board = reports.board
    sections = [paragraph(period_words(board))]
    for part in Part:
        figures = board.of(part, restricted=reports.restricted)
        frame = pd.DataFrame(
            [(one.label, one.value, one.source) for one in figures],
            columns=["label", "value", "source"],
        )
        headings = {"label": "Figure", "value": "Value", "source": "Computed from"}
        sections.append(
            section(
                part,
                *([table(frame, headings, caption=f"{part}: figures")] if figures else []),
                open_field(OPEN[part]),
            )
        )
    return make_page(
        TITLE,
        about=reports.about,
        sections=sections,
        edition=reports.edition,
        notes=reports.notices,
    )


def board_report_slides(reports: LawReports) -> bytes:
    """Make the report to the board as slides; needs the extra ``report``."""
    require_package("pptx", "python-pptx", "writing slides")
    from zoning.reports.programme.board_slides import board_slides  # noqa: PLC0415

    return board_slides(
        reports.board,
        edition=reports.edition,
        notes=list(dict.fromkeys(reports.notices)),
        template=reports.template,
    )


def campuses_page(reports: LawReports) -> bytes:
    """Make a page of the campuses and what the law asks of each."""
    campuses = reports.campuses
    by_roster = reports.restricted and campuses.with_roster
    counts = campuses.count_standing() if by_roster else campuses.count_planned()
    by = "roster (who may stand there on the day)" if by_roster else "plan (not by who is there)"
    sections = [
        section(
            "Campuses",
            paragraph(f"Counted by the {by} and by the approvals that hold."),
            table(
                counts,
                {"standing": "What they have", "campuses": "Campuses"},
                numbers=("campuses",),
            ),
        )
    ]
    if reports.restricted:
        sections.append(
            section(
                "Campus by campus",
                table(
                    campuses.table.assign(
                        officer=[
                            ": ".join(one for one in told if one)
                            for told in zip(
                                campuses.table["officer_id"], campuses.table["why_not"], strict=True
                            )
                        ]
                    ),
                    {
                        "name": "Campus",
                        "standing": "What it has",
                        "officer": "Officer, or why nobody stands there",
                        "approved_until": "Approved until",
                        "arrangement": "Arrangement",
                        "reference": "Reference",
                    },
                ),
            )
        )
    return make_page(
        "Campuses and the law",
        about=reports.about,
        sections=sections,
        edition=reports.edition,
        notes=(*campuses.notices, *reports.notices),
    )


def _campus_counts(reports: LawReports) -> bytes:
    counts = reports.campuses.count_planned().assign(basis="the plan")
    if reports.restricted and reports.campuses.with_roster:
        now = reports.campuses.count_standing().assign(basis="the roster")
        counts = pd.concat([counts, now])
    return csv_table(counts, reports.edition)


def _campuses(reports: LawReports) -> bytes:
    return csv_table(reports.campuses.table.reset_index(), reports.edition)


def _totals(reports: LawReports) -> bytes:
    assert reports.yearly is not None
    return csv_table(reports.yearly.totals(), reports.edition)


def _positions(reports: LawReports) -> bytes:
    assert reports.yearly is not None
    positions = reports.yearly.positions
    joined = positions["building_ids"].map("; ".join)
    return csv_table(positions.assign(building_ids=joined), reports.edition)


def due_csv(due: pd.DataFrame, edition: Edition) -> bytes:
    """Write the duties that an edition may hold."""
    shown = due
    if edition is Edition.PUBLIC:
        shown = due[~due["restricted"].astype(bool)].drop(columns=["restricted", "of"])
    return csv_table(shown, edition)


FILES: Final[Mapping[str, _File]] = MappingProxyType(
    {
        "yearly_report.html": _File(
            meaning="the yearly report to the state, to print",
            write=yearly_report_page,
            about_officers=True,
        ),
        "yearly_report.csv": _File(
            meaning="officers by method of employment and source of funding",
            write=_totals,
            about_officers=True,
        ),
        "placement.csv": _File(
            meaning="a row an officer: where, funding, employment",
            write=_positions,
            about_officers=True,
            editions=_RESTRICTED,
        ),
        "board_report.html": _File(
            meaning="the report to the board, to fill in and print", write=board_report_page
        ),
        SLIDES: _File(meaning="the same as slides, to fill in", write=board_report_slides),
        "campuses.html": _File(
            meaning="what the law asks of campuses, to print", write=campuses_page
        ),
        "campus_counts.csv": _File(
            meaning="campuses with an officer, an approval or neither",
            write=_campus_counts,
        ),
        "campuses.csv": _File(
            meaning="the same campus by campus",
            write=_campuses,
            editions=_RESTRICTED,
        ),
        "due.csv": _File(
            meaning="every duty with its date, overdue ones first",
            write=lambda reports: due_csv(reports.due, reports.edition),
        ),
    }
)


def report_names(edition: Edition, *, officers: bool, slides: bool = True) -> tuple[str, ...]:
    """List the files of the reports.

    Parameters
    ----------
    officers
        Whether there is a table of officers, which the yearly report needs.
    slides
        Whether slides are written, which needs the extra ``report``.
    """
    return tuple(
        name
        for name, file in FILES.items()
        if edition in file.editions
        and (officers or not file.about_officers)
        and (slides or name != SLIDES)
    )


def meaning_of(name: str) -> str:
    """Describe a file of ``zoning staff report`` in a few words; '' for one of another name."""
    return FILES[name].meaning if name in FILES else ""
