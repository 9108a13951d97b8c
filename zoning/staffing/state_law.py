"""What a state's law asks of officers at schools: one entry a state, each with its source.

A state that is not listed was not checked, and every output says so; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

LAW_NOT_CHECKED: Final = (
    "What state law asks of campuses without a full-time officer was not checked."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StateLaw:
    """The law of one state on officers at schools.

    Attributes
    ----------
    state
        Its name.
    campuses
        What it asks of a campus without a full-time officer, in a sentence.
    in_full
        What it asks of all campuses, for a page that has the room.
    campus_source
        Where that stands.
    campuses_since
        The day by which campuses had to have an officer.
    approved_by
        Who approves another arrangement for a campus, in writing.
    report_day, alarm_day
        Month and day of the yearly report on officers, and of the reminder (our default).
    report_to
        Who gets the report.
    report_source
        Where the report stands.
    year_begins
        Month and day on which the school year begins: a report belongs to the school year in
        which it was made.
    """

    state: str
    campuses: str
    in_full: str
    campus_source: str
    campuses_since: date
    approved_by: str
    report_day: tuple[int, int]
    alarm_day: tuple[int, int]
    report_to: str
    report_source: str
    year_begins: tuple[int, int]

    def report_due(self, day: date) -> date:
        """The day on which the yearly report of a date's school year is due."""
        begins = date(day.year, *self.year_begins)
        return date(day.year if day >= begins else day.year - 1, *self.report_day)


STATE_LAWS: Final[Mapping[str, StateLaw]] = MappingProxyType(
    {
        "KY": StateLaw(
            state="Kentucky",
            campuses="Kentucky: each campus without a full-time officer needs an arrangement "
            "approved in writing by the state school security marshal (KRS 158.4414(2)).",
            in_full="Kentucky law asks for a certified school resource officer on site full time "
            "in the buildings of each campus, or an arrangement approved in writing by the state "
            "school security marshal (KRS 158.4414(2)).",
            campus_source="KRS 158.4414(2)",
            campuses_since=date(2022, 8, 1),  # KRS 158.4414(1)
            approved_by="the state school security marshal",
            # "No later than November 1 of each year": subsection 12 in 2021, as the Center for
            # School Safety quotes it (kycss.org, Annual Report on School Resource Officers).
            report_day=(11, 1),
            alarm_day=(10, 1),
            report_to="the Center for School Safety",
            report_source="KRS 158.4414",
            year_begins=(7, 1),  # KRS 158.050
        )
    }
)
"""The laws that we know, by the two letters of the state."""


def find_state_law(state: str | None) -> StateLaw | None:
    """Find the law of a state; None where it was not checked.

    Parameters
    ----------
    state
        Two letters; None if not known.
    """
    return STATE_LAWS.get(state or "")


def law_on_campuses(state: str | None) -> str:
    """State the law on campuses without a full-time officer, if it is known."""
    law = find_state_law(state)
    return LAW_NOT_CHECKED if law is None else law.campuses
