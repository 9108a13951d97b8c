"""The command ``zoning staff roster``: a term's posts, classes and duties, and absences in it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import typer

from zoning.cli.options import Flag
from zoning.cli.patrol_words import show_mark
from zoning.cli.screen import RULES_BROKEN, Screen, show_progress
from zoning.cli.staff import (
    MEANINGS,
    StaffFilesRequest,
    meaning_of,
    open_staff,
    prepare_staff,
    staff_app,
)
from zoning.cli.usage import add_to
from zoning.editions import RECORDS_MARK, Edition
from zoning.errors import first_few
from zoning.settings import Setting, settings

if TYPE_CHECKING:
    from zoning.roster.term_problem import TermProblem

__all__ = ["staff_app"]

Absence = tuple[str, datetime.date, datetime.date]
"""An officer, and the first and the last day."""

ROSTER: Final = "roster.csv"
CLASSES: Final = "class_plan.csv"
DUTIES: Final = "duty_plan.csv"
UNFILLED: Final = "unfilled.csv"
RESERVE: Final = "reserve.csv"
LATE: Final = "late_training.csv"
LOADS: Final = "officer_loads.csv"
LAYERS: Final = "proof.csv"
CHANGES: Final = "changes.csv"
PAGE: Final = "roster.html"
_FILES: Final = {
    ROSTER: "who stands where on each school day",
    CLASSES: "who is in which training class",
    DUTIES: "who has which duty outside the school day",
    UNFILLED: "posts that nobody fills, and why",
    RESERVE: "officers who are there and have no post, by day",
    LATE: "training that is not done in time",
    LOADS: "what each officer does in the term",
    LAYERS: "what the roster reaches, and what is proved",
    CHANGES: "what the absences of --absent change",
    PAGE: "the roster by week, to print",
}
MEANINGS.update(_FILES)
_SENTENCES: Final = 12  # of a list on the screen; the files have all


def _read_absences(words: list[str]) -> tuple[Absence, ...]:
    return tuple(map(_read_absence, words))


def _read_absence(word: str) -> Absence:
    officer, _, span = word.rpartition("=")
    begin, _, end = span.partition("..")
    try:
        first, last = (datetime.date.fromisoformat(one) for one in (begin, end or begin))
    except ValueError:
        first, last = datetime.date.max, datetime.date.min
    if not officer or last < first:
        raise ValueError("give officer and date, O-12=2026-10-05 or O-12=2026-10-05..2026-10-09")
    return officer, first, last


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRosterRequest(StaffFilesRequest):
    """The options of ``zoning staff roster``."""

    since: Annotated[
        datetime.date | None,
        Setting(meaning="First date, 2026-11-30.", default="the first school day of the calendar"),
        Flag(name="--from", takes="DATE"),
    ] = None
    until: Annotated[
        datetime.date | None,
        Setting(meaning="Last date.", default="the last school day of the calendar"),
        Flag(name="--to", takes="DATE"),
    ] = None
    absent: Annotated[
        tuple[Absence, ...],
        Setting(
            meaning="An absence that is not in the tables: O-12=2026-10-05, or to the last day, "
            "O-12=2026-10-05..2026-10-09. The roster without it stays as it is, but for what has "
            "to change. Repeat for more.",
            read=_read_absences,
        ),
        Flag(takes="OFFICER=DATE"),
    ] = ()
    strict_exit: Annotated[
        bool, Setting(meaning="Exit with status 4 if a post is not filled, for scripts.")
    ] = False


@add_to(staff_app, "roster")
def plan_staff_roster(screen: Screen, asked: StaffRosterRequest) -> None:
    """Plan who stands where on each school day of a term, who is in class and who has duties.

    Posts under leave, classes of limited size, training that is due in the term, and duties shared
    evenly; each layer says what is proved. Posts that nobody can fill are named with the reason.
    The same tables give the same roster.
    """
    import pandas as pd

    from zoning.reports.programme.roster_page import roster_page
    from zoning.reports.tables import csv_table
    from zoning.roster.replanning import CHANGES as COLUMNS
    from zoning.roster.replanning import replan_roster
    from zoning.roster.roster_checks import check_roster
    from zoning.roster.sickness import simulate_sickness
    from zoning.roster.term import plan_roster

    study = asked.make_study()
    folder = prepare_staff(study, asked.out, "roster", tuple(_FILES), force=asked.force)
    inputs, notices = open_staff(study, screen)
    problem, told = inputs.programme.term(asked.since, asked.until, on=asked.day)
    with show_progress(screen.err, steps=2) as tell:
        tell("the roster of the term", None)
        roster = plan_roster(problem)
        tell("sickness", None)
        expectation = simulate_sickness(roster)
    check = check_roster(problem, roster.assignments, roster.training, roster.duties)
    show_mark(screen, RECORDS_MARK)
    screen.listed("Nobody may be posted yet", inputs.programme.manual_faults_on(asked.day))
    screen.listed("The roster", roster.describe())
    screen.text(f"{expectation}\nChecked: {check}")
    tables = {CHANGES: pd.DataFrame(columns=list(COLUMNS))}
    if asked.absent:
        found = replan_roster(roster, _days_away(asked.absent, problem))
        screen.listed("With the absence", first_few(found.words, _SENTENCES))
        roster, tables[CHANGES] = found.roster, found.changes
    empty = roster.unfilled
    lines = [f"{day}: {post}: {reason}" for day, post, reason in empty.itertuples(index=False)]
    screen.listed("Posts that nobody fills", first_few(lines, _SENTENCES))
    screen.notices((*notices, *inputs.programme.roster_on(asked.day).notices, *told))
    tables |= {
        ROSTER: roster.assignments,
        CLASSES: roster.training,
        DUTIES: roster.duties,
        UNFILLED: empty,
        RESERVE: roster.reserve,
        LATE: roster.late_training,
        LOADS: roster.loads.reset_index(),
        LAYERS: roster.layers,
    }
    written = {name: csv_table(table, Edition.RESTRICTED) for name, table in tables.items()}
    written[PAGE] = roster_page(roster, district=inputs.district.name)
    screen.files(folder.write(written), meaning_of)
    if asked.strict_exit and len(empty):
        raise typer.Exit(RULES_BROKEN)


def _days_away(absent: tuple[Absence, ...], problem: TermProblem) -> dict[str, set[datetime.date]]:
    """The school days and dates of duties of each absence; its first day if there is none."""
    known = {*problem.dates, *(duty.date for duty in problem.duties)}
    found: dict[str, set[datetime.date]] = {}
    for officer, first, last in absent:
        days = {day for day in known if first <= day <= last}
        found.setdefault(officer, set()).update(days or {first})
    return found
