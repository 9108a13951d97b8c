"""The commands about the officers' days: ``zoning patrol plan`` and its sisters."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from zoning.cli import patrol_words as words
from zoning.cli.options import Flag
from zoning.cli.screen import RULES_BROKEN, Screen, collect_notices, show_progress
from zoning.cli.study_request import PlanFile, StudyRequest
from zoning.cli.usage import add_to, make_app
from zoning.editions import Edition
from zoning.errors import ScheduleError, StudyError
from zoning.files import ResultsFolder, names_in
from zoning.settings import Setting, settings
from zoning.units import counted

if TYPE_CHECKING:
    import pandas as pd

    from zoning.patrol import PatrolSchedule
    from zoning.patrol.term import Day
    from zoning.reports.patrol.patrol_files import PatrolDays
    from zoning.roads.travel.travel_times import TravelTimes
    from zoning.study import Study
    from zoning.study.inputs import StudyInputs
    from zoning.zones import ZonePlan

_FOLDER: Final = "zoning-{}-restricted"
# A term does not replace the plan of a day: each command has a folder of its own.
_RESULTS: Final = "Results"

MOST_SHEETS: Final = 25
"""Days of a term that have sheets to print: five weeks; each day is some 400 kB."""
SAMPLED_DAYS: Final = 200
"""Days drawn to measure a zone: an interval of about two percentage points, in a second."""
PatrolDate = Annotated[
    datetime.date | None,
    Setting(
        meaning="The date, 2026-11-30, for the bells that the study's [calendar] has.",
        default="a full day of no date",
    ),
    Flag(takes="DATE"),
]

patrol_app = make_app(
    "Plan the officers' days of a plan of zones. Everything here is restricted: routes and times."
)


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolRequest(StudyRequest):
    """What the commands about patrol days share."""

    plan: PlanFile = None
    out: Annotated[
        Path | None,
        Setting(
            meaning="Folder for the files.",
            default="beside the study: zoning-patrol-restricted of plan, and one of their own for "
            "term, absent and observe",
        ),
        Flag(takes="FOLDER", panel=_RESULTS),
    ] = None
    force: Annotated[
        bool,
        Setting(meaning="Replace the files of an earlier run in that folder."),
        Flag(panel=_RESULTS),
    ] = False


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolPlanRequest(PatrolRequest):
    """The options of ``zoning patrol plan``."""

    date: PatrolDate = None


@add_to(patrol_app, "plan")
def plan_days(screen: Screen, asked: PatrolPlanRequest) -> None:
    """Plan one day of every officer, and write it to hand out.

    A sheet for each officer, a timeline, the visits, what is met and missed and why, how long
    schools are without a visit, what each way to staff long days costs, and what officers would
    meet who share the bells of all schools. Each layer of a day says what is proved.
    """
    from zoning.patrol import explain_missed, plan_patrols
    from zoning.patrol.sharing import share_presences
    from zoning.patrol.shift_options import shift_options
    from zoning.reports.patrol import patrol_files as files

    study = asked.make_study()
    names = files.patrol_names(files.PLAN_TABLES)
    folder = _prepare(study, asked.out, "patrol", names, force=asked.force)
    inputs, notices = _open(study, screen)
    plan, schools = inputs.reviewed, inputs.schools_on(asked.date)
    with show_progress(screen.err, steps=5) as tell:
        tell("travel times", None)
        times, given = inputs.patrol_day(schools)
        tell("patrol days", None)
        schedule = plan_patrols(plan, schools, times, **given)
        tell("what is missed, and why", None)
        by_hour = given["times_by_hour"]
        missed = explain_missed(schedule, plan, schools, times, times_by_hour=by_hour)
        tell("ways to staff long days", None)
        options = shift_options(plan, schools, times, **given)
        tell("shared presences", None)
        pool = share_presences(plan, schools, times, **given)
    words.show_mark(screen)
    words.show_schedule(screen, schedule, times)
    screen.listed("What is missed, and why", str(missed).splitlines() if len(missed) else ())
    screen.listed("Ways to staff days longer than a shift", words.describe_options(options))
    screen.listed("If officers shared the bells of all schools", words.describe_pool(pool))
    screen.notices((*notices, *schedule.notices, words.PLANNED_DAYS))
    tables = {
        files.MISSED: missed.to_frame(),
        files.LONG_DAYS: options.by_zone,
        files.SHARING: pool.to_frame().reset_index(),
    }
    days = _days_to_write(inputs, plan, times, {asked.date: schedule}, tables)
    screen.files(folder.write(files.patrol_files(days)), files.meaning_of)


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolCheckRequest(StudyRequest):
    """The options of ``zoning patrol check``."""

    plan: PlanFile = None
    timetable: Annotated[
        Path,
        Setting(
            meaning="The timetable: visits.csv of a run, or a table of your own with officer or "
            "zone, building, arrival and departure, and a row with break in the column activity."
        ),
        Flag(takes="FILE"),
    ]
    option: Annotated[
        str | None,
        Setting(meaning="The staffing option, of a visits.csv that has several."),
        Flag(takes="OPTION"),
    ] = None
    date: PatrolDate = None
    strict_exit: Annotated[
        bool, Setting(meaning="Exit with status 4 if the timetable breaks a rule, for scripts.")
    ] = False


@add_to(patrol_app, "check")
def check_timetable(screen: Screen, asked: PatrolCheckRequest) -> None:
    """Check a timetable of your own by the rules of a planned one, and say what it meets.

    Drives, stays, shift and break of every stop; then the presences, gaps, hours and driving,
    beside those of the plan that zoning would make. Nothing is written.
    """
    from zoning.patrol import check_schedule, plan_patrols, read_schedule
    from zoning.patrol.working_day import COMPARED

    study = asked.make_study()
    inputs, notices = _open(study, screen)
    plan, schools = inputs.reviewed, inputs.schools_on(asked.date)
    warned: list[str] = []
    with collect_notices(warned):
        stops = read_schedule(asked.timetable, schools, option_id=asked.option, day=asked.date)
    with show_progress(screen.err, steps=2) as tell:
        tell("travel times", None)
        times, given = inputs.patrol_day(schools)
        tell("the plan to compare with", None)
        planned = plan_patrols(plan, schools, times, effort=COMPARED, **given)
    answer = check_schedule(stops, plan, schools, times, compared_to=planned, **given)
    words.show_mark(screen)
    screen.text(str(answer))
    screen.notices((*notices, *warned))
    if asked.strict_exit and not answer.ok:
        raise typer.Exit(RULES_BROKEN)


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolTermRequest(PatrolRequest):
    """The options of ``zoning patrol term``."""

    since: Annotated[
        datetime.date | None,
        Setting(meaning="First date, 2026-11-30.", default="the first school day of the calendar"),
        Flag(name="--from", takes="DATE"),
    ] = None
    until: Annotated[
        datetime.date | None,
        Setting(meaning="Last date.", default="ten school days; without a calendar, ten days"),
        Flag(name="--to", takes="DATE"),
    ] = None
    planned: Annotated[
        bool,
        Setting(
            meaning="Hand out the planned days themselves, which anyone with the inputs can "
            "compute; without it each day is drawn with the secret key."
        ),
    ] = False


@add_to(patrol_app, "term")
def plan_term_days(screen: Screen, asked: PatrolTermRequest) -> None:
    """Plan the school days of some weeks, each drawn so that nobody can predict it.

    Over a rotation each school has its share of arrivals, lunches and dismissals, half days have
    their own bells, and wanted days come first. The key of the draws is made on first use and kept
    in a file of yours alone ([patrol] key); with the same key and inputs a date has the
    same day again. Writes a sheet an officer and day, and calendar files if [calendar] time_zone is
    known.
    """
    from zoning.demand.call_times import find_zone
    from zoning.patrol.key import read_patrol_key
    from zoning.patrol.term import plan_rotation, plan_term
    from zoning.reports.patrol import patrol_files as files

    study = asked.make_study()
    inputs, notices = _open(study, screen)
    wishes, plan = study.settings.patrol, inputs.reviewed
    dates = _dates_of(inputs, asked)
    days = dates or range(1, wishes.rotation_days + 1)
    zone = study.settings.calendar.time_zone if inputs.calendar is not None else None
    if zone is not None:
        find_zone(zone)  # before all days are planned
    sheets: Sequence[Day] = days if len(days) <= MOST_SHEETS else ()
    officers = list(_officer_ids(inputs))
    names = files.term_names(sheets, () if zone is None else officers, files.TERM_TABLES)
    folder = _prepare(study, asked.out, "term", names, force=asked.force)
    key, key_path = None, None if wishes.key is None else study.file(wishes.key.expanduser())
    if not asked.planned:
        key = read_patrol_key(key_path, shared=[study.folder, folder.path])
    with show_progress(screen.err, steps=2) as tell:
        tell("travel times", None)
        times, given = inputs.patrol_day()
        given |= {"wanted": inputs.wanted, "key": key, "drawing": wishes.draw}
        tell(f"{counted(len(days), 'school day')}", None)
        schools = inputs.district.schools
        if inputs.calendar is None:
            term = plan_rotation(plan, schools, times, days=len(days), **given)
        else:
            term = plan_term(
                plan,
                schools,
                times,
                calendar=inputs.calendar,
                first=asked.since,
                last=dates[-1],
                rotation_days=wishes.rotation_days,
                **given,
            )
    words.show_mark(screen)
    screen.listed("The days", words.describe_term(term, times))
    estimate = [times.estimate] if times.estimate else []
    not_written = _not_written(zone, sheets)
    keyed = words.key_notices(key, key_path, days)
    screen.notices((*notices, *estimate, *term.notices, *keyed, *not_written))
    tables = {
        files.SHARES: term.shares(),
        files.FAIRNESS: term.fairness(),
        files.DAYS: term.by_day(times).reset_index(),
        files.WANTED: term.wanted,
    }
    written = _days_to_write(inputs, plan, times, dict(term.schedules.items()), tables)
    screen.files(
        folder.write(files.term_files(written, sheets=sheets, time_zone=zone, officers=officers)),
        files.meaning_of,
    )


def _dates_of(inputs: StudyInputs, asked: PatrolTermRequest) -> list[datetime.date]:
    """The school days that are asked for; none where there is no calendar."""
    if inputs.calendar is None:
        if asked.since is not None or asked.until is not None:
            raise StudyError(
                "dates need a school calendar, and the study has none",
                remedy="Name one: [calendar] file = 'calendar.csv'; or leave --from and --to out.",
            )
        return []
    days = [
        day
        for day in inputs.calendar.school_days
        if (asked.since is None or day >= asked.since)
        and (asked.until is None or day <= asked.until)
    ]
    if not days:
        whole = inputs.calendar.school_days
        raise StudyError(
            "no school day is between these dates",
            remedy=f"The calendar has school days from {whole[0]} to {whole[-1]}.",
        )
    return days if asked.until is not None else days[: inputs.study.settings.patrol.rotation_days]


def _not_written(time_zone: str | None, sheets: Sequence[object]) -> Iterator[str]:
    if time_zone is None:
        yield (
            "No calendar files (.ics): they need dates and [calendar] time_zone, such as "
            "America/New_York."
        )
    if not sheets:
        yield (
            f"No sheets to print: they are written for up to {MOST_SHEETS} days. Give fewer days "
            "with --from and --to."
        )


def _officer_ids(inputs: StudyInputs) -> Iterator[str]:
    """The ids that officers of a plan can have."""
    from zoning.patrol import LongDay

    for zone in inputs.reviewed.zones:
        yield zone.zone_id
        if inputs.patrol.long_day is LongDay.SECOND_SHIFT:
            yield f"{zone.zone_id} (second shift)"


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolAbsentRequest(PatrolRequest):
    """The options of ``zoning patrol absent``."""

    away: Annotated[
        tuple[str, ...],
        Setting(meaning="An officer who is away, by the zone: 'Zone 3'. Repeat for more."),
        Flag(takes="OFFICER"),
    ]
    timetable: Annotated[
        Path | None,
        Setting(
            meaning="The timetable that was handed out: visits.csv of zoning patrol term.",
            default="the planned day, which drawn days differ from",
        ),
        Flag(takes="FILE"),
    ] = None
    date: PatrolDate = None


@add_to(patrol_app, "absent")
def cover_absent(screen: Screen, asked: PatrolAbsentRequest) -> None:
    """Plan a day on which officers are away: who takes their schools, and what is lost.

    Neighbours take the schools over with as few changes as possible; everyone else keeps the day.
    """
    from zoning.patrol import check_schedule, plan_patrols, read_schedule
    from zoning.patrol.absence import cover_absence
    from zoning.patrol.working_day import COMPARED
    from zoning.reports.patrol import patrol_files as files

    study = asked.make_study()
    names = files.patrol_names((files.TAKEN_OVER, files.LOST))
    folder = _prepare(study, asked.out, "absent", names, force=asked.force)
    inputs, notices = _open(study, screen)
    plan, schools = inputs.reviewed, inputs.schools_on(asked.date)
    with show_progress(screen.err, steps=3) as tell:
        tell("travel times", None)
        times, given = inputs.patrol_day(schools)
        tell("the day as planned", None)
        if asked.timetable is None:
            schedule = plan_patrols(plan, schools, times, effort=COMPARED, **given)
        else:
            stops = read_schedule(asked.timetable, schools, day=asked.date)
            checked = check_schedule(stops, plan, schools, times, **given)
            if checked.schedule is None:
                raise ScheduleError(
                    f"{asked.timetable} is no timetable that can be worked",
                    [str(fault) for fault in checked.faults],
                    "Mend it; zoning patrol check says more.",
                )
            schedule = checked.schedule
        tell("the day without them", None)
        cover = cover_absence(
            schedule,
            plan,
            schools,
            times,
            away=list(asked.away),
            times_by_hour=given["times_by_hour"],
        )
    words.show_mark(screen)
    screen.listed("What changes, and what is lost", cover.words)
    words.show_schedule(screen, cover.schedule, times)
    screen.notices((*notices, words.PLANNED_DAYS))
    tables = {files.TAKEN_OVER: cover.taken_over, files.LOST: cover.presences}
    days = _days_to_write(inputs, cover.plan, times, {asked.date: cover.schedule}, tables)
    screen.files(folder.write(files.patrol_files(days)), files.meaning_of)


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolObserveRequest(PatrolRequest):
    """The options of ``zoning patrol observe``."""

    watched_days: Annotated[
        int, Setting(meaning="Days that an observer has watched.", at_least=1, at_most=1000)
    ] = 20


@add_to(patrol_app, "observe")
def observe_days(screen: Screen, asked: PatrolObserveRequest) -> None:
    """Measure what somebody learns who watches the officers for some days.

    How often such an observer guesses the officer's school right, and how sure an intruder is to
    be undisturbed, for the planned day and for days drawn within several bounds of extra driving.
    """
    from zoning.patrol.predictability import measure_predictability
    from zoning.reports.patrol import patrol_files as files
    from zoning.reports.patrol.predictability import predictability_page
    from zoning.reports.tables import csv_table

    study = asked.make_study()
    folder = _prepare(
        study, asked.out, "observe", (files.OBSERVED, files.OBSERVED_PAGE), force=asked.force
    )
    inputs, notices = _open(study, screen)
    with show_progress(screen.err, steps=2) as tell:
        tell("travel times", None)
        times, given = inputs.patrol_day()
        tell("days to watch", None)
        table = measure_predictability(
            inputs.reviewed,
            inputs.district.schools,
            times,
            draw=replace(study.settings.patrol.draw, sampled_days=SAMPLED_DAYS),
            watched_days=asked.watched_days,
            **given,
        )
    words.show_mark(screen)
    screen.listed(
        f"An observer's right guesses after {counted(asked.watched_days, 'day')}",
        words.describe_predictability(table),
    )
    screen.notices(notices)
    page = predictability_page(
        table, district=inputs.district.name, watched_days=asked.watched_days
    )
    written = {
        files.OBSERVED_PAGE: page.encode(),
        files.OBSERVED: csv_table(table, Edition.RESTRICTED),
    }
    screen.files(folder.write(written), files.meaning_of)


def _prepare(
    study: Study, out: Path | None, what: str, names: Iterable[str], *, force: bool
) -> ResultsFolder:
    """Check the folder of the files, before anything is read."""
    from zoning.reports.patrol.patrol_files import meaning_of
    from zoning.study.inputs import input_files

    path = study.folder / _FOLDER.format(what) if out is None else out
    inputs = [file for _, file in input_files(study, review=True)]
    inputs += [] if study.path is None else [study.path]
    return ResultsFolder.prepare(
        path,
        tuple(names),
        edition=Edition.RESTRICTED,
        replace=force,
        stale_files=[name for name in names_in(path) if name not in names and meaning_of(name)],
        inputs=inputs,
    )


def _open(study: Study, screen: Screen) -> tuple[StudyInputs, tuple[str, ...]]:
    """Read the study for its plan of zones; return what a reader should know too."""
    warned: list[str] = []
    with collect_notices(warned), show_progress(screen.err, steps=1) as tell:
        tell("study", None)
        inputs = study.open(review=True)
    return inputs, tuple(dict.fromkeys(warned))


def _days_to_write(
    inputs: StudyInputs,
    plan: ZonePlan,
    times: TravelTimes,
    schedules: Mapping[Day | None, PatrolSchedule],
    tables: Mapping[str, pd.DataFrame],
) -> PatrolDays:
    """Put together what the files of patrol days are made of."""
    from zoning.reports.patrol.patrol_files import PatrolDays

    return PatrolDays(
        schedules=schedules,
        plan=plan,
        names=inputs.district.buildings["name"].to_dict(),
        times=times,
        district=inputs.district.name,
        tables=tables,
        notes=(*([times.estimate] if times.estimate else []),),
    )
