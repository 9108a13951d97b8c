"""Words that pages and slides of the programme share."""

from __future__ import annotations

from datetime import date
from typing import Final

from zoning.editions import Edition
from zoning.programme.board_report import BoardReport
from zoning.units import date_in_words

TITLE: Final = "School safety officers: report to the board"


def about_line(district: str, on: date, edition: Edition) -> str:
    """The line below a heading: district, date and edition."""
    return f"{district} · {date_in_words(on)} · {edition.value.capitalize()} edition"


def period_words(report: BoardReport) -> str:
    """Say which time a report to the board is about."""
    if report.since is None:
        return "The date of the last report is not known."
    return f"Since the last report, {date_in_words(report.since)}."
