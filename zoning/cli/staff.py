"""The commands about the officers and the programme's duties: ``zoning staff check`` and others."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from zoning.cli.options import Flag
from zoning.cli.patrol_words import show_mark
from zoning.cli.screen import RULES_BROKEN, Screen, collect_notices, show_progress
from zoning.cli.study_request import StudyRequest
from zoning.cli.usage import add_to, make_app
from zoning.editions import RECORDS_MARK, Edition
from zoning.files import ResultsFolder, names_in
from zoning.settings import Setting, settings
from zoning.units import counted

if TYPE_CHECKING:
    import pandas as pd

    from zoning.roster import Roster
    from zoning.study import Study
    from zoning.study.inputs import StudyInputs

_FOLDER: Final = "zoning-staff-{}-restricted"
_RESULTS: Final = "Results"
FIRST_YEAR, LAST_YEAR = 1950, 2100
DUE: Final = "due.csv"
MEANINGS: Final = {DUE: "what has to be done by when, by officer"}
"""The files of these commands."""

staff_app = make_app(
    "The officers: who may stand in a school, who fills which post, and what is due. What these "
    "commands print and write is restricted unless they say otherwise: it is about persons."
)


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRequest(StudyRequest):
    """What the commands about officers share."""

    on: Annotated[
        datetime.date | None,
        Setting(meaning="The date, 2026-11-30.", default="today"),
        Flag(takes="DATE"),
    ] = None

    @property
    def day(self) -> datetime.date:
        """The date that is asked about; today if none is given."""
        return self.on or datetime.date.today()

    def faults(self) -> Iterator[str]:
        """Find whether the date is of another age: deadlines around it would have no date."""
        yield from StudyRequest.faults(self)
        if self.on is not None and not FIRST_YEAR <= self.on.year <= LAST_YEAR:
            yield f"--on {self.on} is not between {FIRST_YEAR} and {LAST_YEAR}"


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class StaffFilesRequest(StaffRequest):
    """Those that write files."""

    out: Annotated[
        Path | None,
        Setting(meaning="Folder for the files.", default="beside the study, one for each command"),
        Flag(takes="FOLDER", panel=_RESULTS),
    ] = None
    force: Annotated[
        bool,
        Setting(meaning="Replace the files of an earlier run in that folder."),
        Flag(panel=_RESULTS),
    ] = False


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class StaffCheckRequest(StaffRequest):
    """The options of ``zoning staff check``."""

    roster: Annotated[
        Path | None,
        Setting(
            meaning="A roster of your own, or roster.csv of zoning staff roster: date, post_id, "
            "officer_id. Every row is checked by every rule.",
            default="none",
        ),
        Flag(takes="FILE"),
    ] = None
    class_plan: Annotated[
        Path | None,
        Setting(
            meaning="Who is in class, with that roster: date, class_id, officer_id.",
            default="nobody",
        ),
        Flag(takes="FILE"),
    ] = None
    duty_plan: Annotated[
        Path | None,
        Setting(
            meaning="Who has duties, with that roster: date, duty_id, officer_id.",
            default="nobody",
        ),
        Flag(takes="FILE"),
    ] = None
    strict_exit: Annotated[
        bool,
        Setting(
            meaning="Exit with status 4 if an officer with a post may not stand in a school, or "
            "nobody may be posted yet, or the roster breaks a rule, for scripts."
        ),
    ] = False


@add_to(staff_app, "check")
def check_staff(screen: Screen, asked: StaffCheckRequest) -> None:
    """Read all tables of the roster, and say who may stand in a school on a date and why not.

    Officers, training, absences, classes, topics and posts of [roster]: every fault of every table
    is named at once, with its row. A roster of a term is checked row by row. Nothing is written.
    """
    inputs, notices = open_staff(asked.make_study(), screen)
    roster = inputs.programme.roster_on(asked.day)
    found = roster.deployable_on(asked.day)
    show_mark(screen, RECORDS_MARK)
    screen.text("\n".join(_describe(roster, found, asked.day)))
    early = inputs.programme.manual_faults_on(asked.day)
    screen.listed("Nobody may be posted yet", early)
    named = {officer: _named(roster, officer) for officer in found.index}
    barred = found[~found["may_stand"] & roster.employed_on(asked.day)]
    screen.listed("May not stand in a school", _lines(barred["reason"], named))
    away = found[found["may_stand"] & ~found["present"]]
    screen.listed("Away", _lines(away["reason"], named))
    screen.listed("Flags, which keep nobody out", _lines(found["flags"], named))
    empty = _unfilled(roster, found)
    screen.listed("Posts without an officer of theirs", empty)
    screen.listed("Time away on school days so far", _time_away(inputs, asked.day))
    is_kept = asked.roster is None or _check_file(
        screen, asked.roster, (asked.class_plan, asked.duty_plan), inputs
    )
    screen.notices((*notices, *roster.notices))
    if asked.strict_exit and (early or barred["post"].notna().any() or not is_kept):
        raise typer.Exit(RULES_BROKEN)


@add_to(staff_app, "due")
def list_due(screen: Screen, asked: StaffFilesRequest) -> None:
    """List what officers have to do by when: training that is missing, certification that ends.

    Overdue duties first. Writes due.csv.
    """
    from zoning.due import due_table
    from zoning.reports.tables import csv_table

    study = asked.make_study()
    folder = prepare_staff(study, asked.out, "due", (DUE,), force=asked.force)
    inputs, notices = open_staff(study, screen)
    roster = inputs.programme.roster_on(asked.day)
    table = due_table(roster.due(asked.day), asked.day)
    show_mark(screen, RECORDS_MARK)
    for state, part in table.groupby("state", sort=False):
        lines = [
            f"{day}, {_named(roster, officer)}: {duty}. {remedy}"
            for day, officer, duty, remedy in part[["due", "of", "duty", "remedy"]].itertuples(
                index=False, name=None
            )
        ]
        screen.listed(str(state).capitalize(), lines)
    if table.empty:
        screen.text(f"Nothing is due on {asked.day}.")
    screen.notices((*notices, *roster.notices))
    screen.files(folder.write({DUE: csv_table(table, Edition.RESTRICTED)}), meaning_of)


def meaning_of(name: str) -> str:
    """Say what a file of these commands holds; '' for any other."""
    return MEANINGS.get(name, "")


def open_staff(study: Study, screen: Screen) -> tuple[StudyInputs, tuple[str, ...]]:
    """Read the study, for its plan of zones if it has one; return what a reader should know too."""
    warned: list[str] = []
    has_plan = (study.settings.plan.file or study.settings.rules.today) is not None
    with collect_notices(warned), show_progress(screen.err, steps=1) as tell:
        tell("study", None)
        inputs = study.open(review=has_plan)
    return inputs, tuple(dict.fromkeys(warned))


def prepare_staff(
    study: Study, out: Path | None, what: str, names: Sequence[str], *, force: bool
) -> ResultsFolder:
    """Check the folder of restricted files, before anything is read."""
    path = study.folder / _FOLDER.format(what) if out is None else out
    return prepare_folder(study, path, names, Edition.RESTRICTED, meaning_of, force=force)


def prepare_folder(
    study: Study,
    path: Path,
    names: Sequence[str],
    edition: Edition,
    meaning_of: Callable[[str], str],
    *,
    force: bool,
) -> ResultsFolder:
    """Check a folder of files of the programme; ``meaning_of`` knows those of earlier runs."""
    from zoning.study.inputs import input_files
    from zoning.study.programme import programme_files

    inputs = [*(file for _, file in input_files(study)), *programme_files(study)]
    inputs += [] if study.path is None else [study.path]
    return ResultsFolder.prepare(
        path,
        tuple(names),
        edition=edition,
        replace=force,
        stale_files=[name for name in names_in(path) if name not in names and meaning_of(name)],
        inputs=inputs,
    )


def _describe(roster: Roster, found: pd.DataFrame, day: datetime.date) -> Iterator[str]:
    employed = roster.employed_on(day)
    stand, there = int(found["may_stand"].sum()), int(found["deployable"].sum())
    yield (
        f"On {day}: {counted(int(employed.sum()), 'officer')}. May stand in a school: {stand:,}; "
        f"of these not away: {there:,}. Not employed on that day: {len(found) - sum(employed):,}."
    )
    for method, count in roster.officers.loc[employed, "employment"].value_counts().items():
        yield f"Employment {method}: {count:,}"


def _named(roster: Roster, officer: str) -> str:
    name = roster.officers["name"].get(officer)
    return officer if name is None else f"{officer} ({name})"


def _lines(words: pd.Series[str], named: dict[str, str]) -> list[str]:
    return [f"{named[str(officer)]}: {text}" for officer, text in words.items() if text]


def _unfilled(roster: Roster, found: pd.DataFrame) -> list[str]:
    filled = set(found.loc[found["deployable"], "post"])
    return [post for post in roster.posts["post_id"] if post not in filled]


def _time_away(inputs: StudyInputs, day: datetime.date) -> Iterator[str]:
    """Say what officers were away until a date, if the calendar has school days before it."""
    past = [] if inputs.calendar is None else inputs.calendar.school_days
    if not past or past[0] > day:
        return
    table, relief = inputs.programme.observed_relief(day)
    away = table.sum()
    yield (
        f"since {past[0]}: {away[['leave_days', 'sick_days', 'other_days']].sum():,.0f} of "
        f"{away['school_days']:,.0f} officer-days away ({away['leave_days']:,.0f} leave, "
        f"{away['sick_days']:,.0f} sick, {away['other_days']:,.0f} other), and "
        f"{away['training_hours']:,.0f} hours of training"
    )
    if relief is not None:
        costs, year = inputs.study.settings.costs, relief.work_year
        yield (
            f"at this rate an officer has in {costs.school_days} school days "
            f"{year.leave_days:.1f} days of leave or other reasons, {year.sick_days:.1f} sick, and "
            f"{year.training_hours:.0f} hours of training: relief factor "
            f"{relief.relief_factor:.2f} (95 % interval {relief.low:.2f} to {relief.high:.2f}, of "
            f"{counted(relief.officers, 'officer')} employed all the time); the costs have "
            f"{costs.relief:.2f}. To use it: [costs] relief_factor = "
            f"{max(relief.relief_factor, 1.0):.2f}"
        )


def _check_file(
    screen: Screen, roster: Path, plans: tuple[Path | None, Path | None], inputs: StudyInputs
) -> bool:
    """Check a roster of a planner's own, with its classes and duties; tell whether it is kept."""
    from zoning.records import read_records
    from zoning.roster.roster_checks import CLASS_TABLE, DUTY_TABLE, check_roster, read_term_roster

    assignments = read_term_roster(roster)
    days = list(assignments["date"])
    problem, _ = inputs.programme.term(min(days), max(days))
    tables = [
        None if path is None else read_records(path, table).frame
        for path, table in zip(plans, (CLASS_TABLE, DUTY_TABLE), strict=True)
    ]
    check = check_roster(problem, assignments, *tables)
    screen.text(f"{roster.name}: {check}")
    return check.ok
