"""Make the page of the seven-step review: where it stands, and the options the vote is about."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from html import escape
from importlib.resources import files
from string import Template
from typing import Any, Final

from zoning.disclosure import PublicView, RestrictedView
from zoning.editions import RESTRICTED_MARK, Edition
from zoning.errors import OptionError
from zoning.programme.review import EVIDENCE, REVIEW_SOURCE, STEPS, Review, ReviewState, StepState
from zoning.reports.brief import mark_line, options_sheet, sheets_page
from zoning.reports.office_files import one_line
from zoning.reports.tables import csv_table
from zoning.units import counted, date_in_words, sentence

_TITLE: Final = "Review: officers in schools"
_NO_OPTIONS: Final = "The options are not part of this page: no comparison was given."


def review_page(
    review: Review,
    *,
    on: date,
    district: str,
    edition: Edition = Edition.PUBLIC,
    view: PublicView | RestrictedView | None = None,
    option: str | None = None,
    picture: bytes | None = None,
) -> str:
    """Make a page of HTML that prints on a sheet, and the sheet of options on another.

    The page needs nothing, runs no code and loads nothing; text from data is shown as typed.

    Parameters
    ----------
    on
        The date as of which the steps are shown.
    edition
        The restricted one has the notes of the steps, and its mark.
    view
        Of the comparison whose options the vote is about; None for a page without them.
    option
        Id of the option that is proposed; as `zoning.reports.brief` chooses if None.
    picture
        PNG of the map of that option, from the same view.

    Raises
    ------
    OptionError
        If the option was not compared, or the view is of another edition.
    """
    mark = RESTRICTED_MARK if edition is Edition.RESTRICTED else ""
    if view is not None and bool(view.mark) != bool(mark):
        raise OptionError(
            f"the page is {edition}, and the view of its options is not",
            remedy="Give the view of the same edition.",
        )
    about_vote, sheets = _NO_OPTIONS, []
    if view is not None:
        sheets = [options_sheet(view, picture=picture, chosen=option)]
        about_vote = f"{counted(len(view.public.options), 'option')} are on the next page."
        if option is not None:
            label = one_line(view.public.option(option).label)
            about_vote = f"Proposed: {label}. {about_vote} Shaded there: the option proposed."
    stands = review.stands(on)
    rows: list[Any] = review.table(on).to_dict("records")
    page = Template(_asset("review.html")).substitute(
        mark=mark_line(mark),
        title=_TITLE,
        about=escape(
            f"{one_line(district)} · as of {date_in_words(on)} · "
            f"{edition.value.capitalize()} edition"
        ),
        standing=escape(str(stands)),
        state=stands.state.name.lower(),
        rows="\n".join(_row(row, with_notes=bool(mark)) for row in rows),
        vote=escape(
            "The board has rejected the proposal; the options are shown for the record."
            if stands.state is ReviewState.STOPPED and view is not None
            else about_vote
        ),
        evidence="".join(f"<li>{escape(sentence(one))}</li>" for one in EVIDENCE),
        source=escape(REVIEW_SOURCE),
    )
    return sheets_page(
        f"{_TITLE}, {district}", [page, *sheets], mark=mark, style=_asset("review.css")
    )


def review_csv(review: Review, on: date, edition: Edition) -> bytes:
    """Write the steps as a table; the notes are in the restricted edition alone."""
    table = review.table(on)
    return csv_table(
        table if edition is Edition.RESTRICTED else table.drop(columns="notes"), edition
    )


def _asset(name: str) -> str:
    return (files("zoning.reports.programme") / name).read_text(encoding="utf-8")


def _row(row: Mapping[str, Any], *, with_notes: bool) -> str:
    notes = (
        f'<p class="note">{escape(one_line(row["notes"]))}</p>'
        if with_notes and row["notes"]
        else ""
    )
    due = "no date" if row["due"] is None else date_in_words(row["due"])
    return (
        f'<tr class="{row["state"]}"><td class="number">{row["number"]}</td>'
        f'<th scope="row">{escape(sentence(row["step"]).removesuffix("."))}'
        f'<p class="note">{escape(STEPS[row["step"]])}</p>{notes}</th>'
        f"<td>{escape(one_line(row['owner']) or 'nobody named')}</td><td>{due}</td>"
        f"<td><b>{escape(_state(row))}</b>{_when(row)}</td></tr>"
    )


def _state(row: Mapping[str, Any]) -> str:
    """Write where a step stands, in words that need no colour."""
    words = {
        StepState.DONE: str(row["outcome"]).capitalize(),
        StepState.NOW: "Now",
        StepState.OVERDUE: "Overdue",
        StepState.LATER: "Later",
        StepState.STOPPED: "Not taken",
    }
    return words[StepState(row["state"])]


def _when(row: Mapping[str, Any]) -> str:
    if row["done"] is not None:
        return f'<span class="when">{date_in_words(row["done"])}</span>'
    days = row["days_left"]
    if days is None:
        return ""
    said = f"{counted(-days, 'day')} late" if days < 0 else f"{counted(days, 'day')} left"
    return f'<span class="when">{said}</span>'
