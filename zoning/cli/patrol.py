"""The commands about the officers' days: ``zoning patrol plan`` and its sisters."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.text import Text

from zoning.cli.options import Flag
from zoning.cli.screen import RULES_BROKEN, Screen, collect_notices, show_progress
from zoning.cli.study_request import PlanFile, StudyRequest
from zoning.cli.usage import add_to, make_app
from zoning.editions import RESTRICTED_MARK, Edition
from zoning.errors import ScheduleError, StudyError
from zoning.files import ResultsFolder, names_in
from zoning.settings import Setting, settings
from zoning.units import counted, miles, minutes

if TYPE_CHECKING:
    import pandas as pd

    from zoning.patrol import PatrolSchedule
    from zoning.patrol.key import PatrolKey
    from zoning.patrol.shift_options import ShiftOptions
    from zoning.patrol.team import PresencePool
    from zoning.patrol.term import PatrolTerm
    from zoning.roads.travel.travel_times import TravelTimes
    from zoning.study import Study
    from zoning.study.inputs import StudyInputs

_FOLDER: Final = "zoning-{}-restricted"
# A term does not replace the plan of a day: each command has a folder of its own.
_RESULTS: Final = "Results"

MISSED, LONG_DAYS, SHARING = "missed.csv", "long_days.csv", "sharing.csv"
SHARES, FAIRNESS, DAYS, WANTED = "shares.csv", "fairness.csv", "days.csv", "wanted.csv"
TAKEN_OVER, LOST = "taken_over.csv", "lost.csv"
OBSERVED, OBSERVED_PAGE = "predictability.csv", "predictability.html"
MOST_SHEETS: Final = 25
"""Days of a term that have sheets to print: five weeks; each day is some 400 kB."""
SAMPLED_DAYS: Final = 200
"""Days drawn to measure a zone: an interval of about two percentage points, in a second."""
TERM_PATTERN: Final = re.compile(r"sheets_[\d-]+\.html|officer_.+\.ics")
TERM_TABLES: Final = {
    SHARES: "how often each school has an officer at arrival, lunch and dismissal",
    FAIRNESS: "the least and the greatest share of each zone, and what is proved",
    DAYS: "hours, miles and presences of each day",
    WANTED: "what was wanted on certain days, and whether it is met",
}
OTHER_FILES: Final = {
    TAKEN_OVER: "who takes over which school",
    LOST: "presences that only one of the two days meets",
    OBSERVED: "what an observer learns, by zone and bound of extra driving",
    OBSERVED_PAGE: "the same as a picture",
}
MORE_TABLES: Final = {
    MISSED: "what is missed, why, and what would help",
    LONG_DAYS: "ways to staff a zone whose day is longer than a shift, with hours and gaps",
    SHARING: "presences met zone by zone, and by officers who share all schools",
}

PLANNED_DAYS: Final = (
    "These are planned days, not drawn ones: anyone with the inputs can compute them, and whoever "
    "watches a week knows the next. zoning patrol term draws days with a secret key."
)
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
    from zoning.reports.patrol.patrol_files import PatrolDays, patrol_files, patrol_names

    study = asked.make_study()
    folder = _prepare(study, asked.out, "patrol", patrol_names(MORE_TABLES), force=asked.force)
    inputs, notices = _open(study, screen)
    plan, schools = inputs.reviewed, inputs.schools_on(asked.date)
    with show_progress(screen.err, steps=5) as tell:
        tell("travel times", None)
        times, by_hour = inputs.patrol_travel(schools)
        given: dict[str, Any] = {
            "assumptions": inputs.patrol,
            "times_by_hour": by_hour,
            "wishes": inputs.wishes,
        }
        tell("patrol days", None)
        schedule = plan_patrols(plan, schools, times, **given)
        tell("what is missed, and why", None)
        missed = explain_missed(schedule, plan, schools, times, times_by_hour=by_hour)
        tell("ways to staff long days", None)
        options = shift_options(plan, schools, times, **given)
        tell("shared presences", None)
        pool = share_presences(plan, schools, times, **given)
    _show_mark(screen)
    show_schedule(screen, schedule, times)
    screen.listed("What is missed, and why", str(missed).splitlines() if len(missed) else ())
    screen.listed("Ways to staff days longer than a shift", _describe_options(options))
    screen.listed("If officers shared the bells of all schools", _describe_pool(pool))
    screen.notices((*notices, *schedule.notices, PLANNED_DAYS))
    days = PatrolDays(
        schedules={asked.date: schedule},
        plan=plan,
        names=inputs.district.buildings["name"].to_dict(),
        times=times,
        district=inputs.district.name,
        tables={
            MISSED: missed.to_frame(),
            LONG_DAYS: options.by_zone,
            SHARING: pool.to_frame().reset_index(),
        },
        notes=(*([times.estimate] if times.estimate else []),),
    )
    screen.files(folder.write(patrol_files(days)), meaning_of_patrol)


def _describe_options(options: ShiftOptions) -> Iterator[str]:
    """Say what each way to staff long days costs and buys, for the district."""
    long_days = options.by_zone[options.by_zone["is_long"]]
    if long_days.empty:
        return
    zones = long_days["zone_id"].nunique()
    for option, row in options.district.iterrows():
        chosen = " (chosen)" if row["is_chosen"] else ""
        overtime, gap = row["overtime_hours"], row["unstaffed_s"] / 3600
        beyond = f", {overtime:.1f} of them beyond a shift" if overtime else ""
        unstaffed = f"; {gap:.1f} hours in which a zone has no officer on shift" if gap else ""
        yield (
            f"{option}{chosen}: {counted(int(row['officers']), 'officer')}, "
            f"{row['officer_hours']:.1f} hours a day{beyond}; {row['presences_met']:,.0f} of "
            f"{row['presences_wished']:,.0f} presences{unstaffed}"
        )
    yield f"days of {counted(zones, 'zone')} are longer than a shift; long_days.csv has each"


def _describe_pool(pool: PresencePool) -> Iterator[str]:
    """Say what the officers meet zone by zone, and what they would meet together."""
    table = pool.to_frame()
    for way, row in table.iterrows():
        met = [
            f"{row[f'{kind}_met']:,.0f} of {row[f'{kind}_wished']:,.0f} {kind}"
            for kind in ("arrivals", "lunches", "dismissals")
            if f"{kind}_wished" in row
        ]
        far = f", {miles(row['metres']):,.0f} miles between them" if "metres" in row else ""
        proved = (
            "proved"
            if row["weight"] == row["weight_bound"]
            else (f"no plan meets more than {row['weight_bound']:,.0f} in all")
        )
        yield f"{way}: {', '.join(met)}{far} ({proved})"


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
        times, by_hour = inputs.patrol_travel(schools)
        given: dict[str, Any] = {
            "assumptions": inputs.patrol,
            "times_by_hour": by_hour,
            "wishes": inputs.wishes,
        }
        tell("the plan to compare with", None)
        planned = plan_patrols(plan, schools, times, effort=COMPARED, **given)
    answer = check_schedule(stops, plan, schools, times, compared_to=planned, **given)
    _show_mark(screen)
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
    from zoning.reports.patrol.patrol_files import PatrolDays, term_files, term_names

    study = asked.make_study()
    inputs, notices = _open(study, screen)
    wishes, plan = study.settings.patrol, inputs.reviewed
    days = _days_of(inputs, asked)
    zone = study.settings.calendar.time_zone if inputs.calendar is not None else None
    if zone is not None:
        find_zone(zone)  # before all days are planned
    sheets = days if len(days) <= MOST_SHEETS else []
    officers = list(_officer_ids(inputs))
    names = term_names(sheets, () if zone is None else officers, TERM_TABLES)
    folder = _prepare(study, asked.out, "term", names, force=asked.force)
    key, key_path = None, None if wishes.key is None else study.file(wishes.key.expanduser())
    if not asked.planned:
        key = read_patrol_key(key_path, shared=[study.folder, folder.path])
    with show_progress(screen.err, steps=2) as tell:
        tell("travel times", None)
        times, by_hour = inputs.patrol_travel()
        given: dict[str, Any] = {
            "assumptions": inputs.patrol,
            "times_by_hour": by_hour,
            "wishes": inputs.wishes,
            "wanted": inputs.wanted,
            "key": key,
            "drawing": wishes.draw,
        }
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
                last=_last_date(days),
                rotation_days=wishes.rotation_days,
                **given,
            )
    _show_mark(screen)
    screen.listed("The days", _describe_term(term, times))
    estimate = [times.estimate] if times.estimate else []
    not_written = _not_written(zone, sheets)
    keyed = _key_notices(key, key_path, days)
    screen.notices((*notices, *estimate, *term.notices, *keyed, *not_written))
    written = PatrolDays(
        schedules={day: schedule for day, schedule in term.schedules.items()},  # noqa: C416
        plan=plan,
        names=inputs.district.buildings["name"].to_dict(),
        times=times,
        district=inputs.district.name,
        tables={
            SHARES: term.shares(),
            FAIRNESS: term.fairness(),
            DAYS: term.by_day(times).reset_index(),
            WANTED: term.wanted,
        },
        notes=(*estimate,),
    )
    screen.files(
        folder.write(term_files(written, sheets=sheets, time_zone=zone, officers=officers)),
        meaning_of_patrol,
    )


def _days_of(inputs: StudyInputs, asked: PatrolTermRequest) -> list[datetime.date] | list[int]:
    """The school days that are asked for; numbers where there is no calendar."""
    number = inputs.study.settings.patrol.rotation_days
    if inputs.calendar is None:
        if asked.since is not None or asked.until is not None:
            raise StudyError(
                "dates need a school calendar, and the study has none",
                remedy="Name one: [calendar] file = 'calendar.csv'; or leave --from and --to out.",
            )
        return list(range(1, number + 1))
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
    return days if asked.until is not None else days[:number]


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


def _last_date(days: Sequence[datetime.date | int]) -> datetime.date | None:
    return next((day for day in reversed(days) if isinstance(day, datetime.date)), None)


def _officer_ids(inputs: StudyInputs) -> Iterator[str]:
    """The ids that officers of a plan can have."""
    from zoning.patrol import LongDay

    for zone in inputs.reviewed.zones:
        yield zone.zone_id
        if inputs.patrol.long_day is LongDay.SECOND_SHIFT:
            yield f"{zone.zone_id} (second shift)"


def _describe_term(term: PatrolTerm, times: TravelTimes) -> Iterator[str]:
    """Say what the days of a term meet, how evenly, and what they take."""
    table = term.by_day(times)
    fair = term.fairness()
    first, last = table.index[0], table.index[-1]
    dates = "" if isinstance(first, int) else f", {first} to {last}"
    beyond = table["overtime_hours"].sum()
    yield (
        f"{counted(len(table), 'school day')}{dates}: {table['officer_hours'].sum():,.0f} "
        "officer-hours" + (f", {beyond:,.0f} of them beyond shifts" if beyond else "")
    )
    for kind, plural in (
        ("arrival", "arrivals"),
        ("lunch", "lunches"),
        ("dismissal", "dismissals"),
    ):
        met, wished = table[f"{plural}_met"].sum(), table[f"{plural}_wished"].sum()
        zones = fair[fair["kind"] == kind]
        if not wished:
            continue
        least = zones["least_share"].min()
        yield f"{kind}: an officer is there at {met:,} of {wished:,}" + (
            ""
            if met == wished
            else f"; at each school on {least:.0%} of its days or more, proved the most possible "
            f"in {int(zones['is_proved'].sum())} of {counted(len(zones), 'zone')}"
        )
    gap = table["longest_gap_s"]
    yield (
        f"while it is open a school is without a visit for {minutes(gap.median(), digits=0)} at "
        f"the longest of a day (median over days), at worst {minutes(gap.max(), digits=0)}"
    )
    if table["metres"].notna().all():
        yield f"driving: {miles(table['metres'].sum()):,.0f} miles"


def _key_notices(
    key: PatrolKey | None, path: Path | None, days: Sequence[datetime.date | int]
) -> Iterator[str]:
    if key is None:
        yield f"{PLANNED_DAYS} Leave --planned out for drawn ones."
        return
    if any(isinstance(day, int) for day in days):
        yield (
            "These days have numbers, no dates: whoever watches them once knows them, since the "
            "same key gives the same days each time. Name a [calendar] file to draw each date anew."
        )
    from zoning.patrol.key import KEY_VARIABLE, default_key_path

    if path is None and KEY_VARIABLE in os.environ:
        place = f"of the variable {KEY_VARIABLE}"
    else:
        place = f"in {path or default_key_path()}"
    yield (
        f"Drawn with the key {place} ({key.fingerprint}): without it nobody can compute these days."
    )
    if key.is_new:
        yield (
            "The key was made now. Keep the file and show it to nobody: with another key every "
            "date has another day."
        )


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
    from zoning.reports.patrol.patrol_files import PatrolDays, patrol_files, patrol_names

    study = asked.make_study()
    tables = (TAKEN_OVER, LOST)
    folder = _prepare(study, asked.out, "absent", patrol_names(tables), force=asked.force)
    inputs, notices = _open(study, screen)
    plan, schools = inputs.reviewed, inputs.schools_on(asked.date)
    with show_progress(screen.err, steps=3) as tell:
        tell("travel times", None)
        times, by_hour = inputs.patrol_travel(schools)
        tell("the day as planned", None)
        given: dict[str, Any] = {
            "assumptions": inputs.patrol,
            "times_by_hour": by_hour,
            "wishes": inputs.wishes,
        }
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
            schedule, plan, schools, times, away=list(asked.away), times_by_hour=by_hour
        )
    _show_mark(screen)
    screen.listed("What changes, and what is lost", cover.words)
    show_schedule(screen, cover.schedule, times)
    screen.notices((*notices, PLANNED_DAYS))
    days = PatrolDays(
        schedules={asked.date: cover.schedule},
        plan=cover.plan,
        names=inputs.district.buildings["name"].to_dict(),
        times=times,
        district=inputs.district.name,
        tables={TAKEN_OVER: cover.taken_over, LOST: cover.presences},
        notes=(*([times.estimate] if times.estimate else []),),
    )
    screen.files(folder.write(patrol_files(days)), meaning_of_patrol)


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
    from zoning.reports.patrol.predictability import predictability_page
    from zoning.reports.tables import csv_table

    study = asked.make_study()
    folder = _prepare(study, asked.out, "observe", (OBSERVED, OBSERVED_PAGE), force=asked.force)
    inputs, notices = _open(study, screen)
    with show_progress(screen.err, steps=2) as tell:
        tell("travel times", None)
        times, by_hour = inputs.patrol_travel()
        tell("days to watch", None)
        table = measure_predictability(
            inputs.reviewed,
            inputs.district.schools,
            times,
            assumptions=inputs.patrol,
            times_by_hour=by_hour,
            wishes=inputs.wishes,
            draw=replace(study.settings.patrol.draw, sampled_days=SAMPLED_DAYS),
            watched_days=asked.watched_days,
        )
    _show_mark(screen)
    screen.listed(
        f"An observer's right guesses after {counted(asked.watched_days, 'day')}",
        _describe_predictability(table),
    )
    screen.notices(notices)
    page = predictability_page(
        table, district=inputs.district.name, watched_days=asked.watched_days
    )
    files = {
        OBSERVED_PAGE: page.encode(),
        OBSERVED: csv_table(table, Edition.RESTRICTED),
    }
    screen.files(folder.write(files), meaning_of_patrol)


def _describe_predictability(table: pd.DataFrame) -> Iterator[str]:
    """Say how often a guess is right, by the number of buildings and the bound of driving."""
    for size in sorted(set(table["buildings"])):
        rows = table[table["buildings"] == size]
        planned = rows[rows["extra_driving"].isna()]["chance"].mean()
        drawn = [
            f"{chance:.0%} with {extra:+.0%} driving"
            for extra, chance in rows.groupby("extra_driving")["chance"].mean().items()
        ]
        yield (
            f"zones of {size} schools: {planned:.0%} if every day is the planned one; drawn days: "
            f"{', '.join(drawn)} (by chance alone {1 / size:.0%})"
        )


def _prepare(
    study: Study, out: Path | None, what: str, names: Iterable[str], *, force: bool
) -> ResultsFolder:
    """Check the folder of the files, before anything is read."""
    from zoning.study.inputs import input_files

    path = study.folder / _FOLDER.format(what) if out is None else out
    inputs = [file for _, file in input_files(study, review=True)]
    inputs += [] if study.path is None else [study.path]
    return ResultsFolder.prepare(
        path,
        tuple(names),
        edition=Edition.RESTRICTED,
        replace=force,
        stale_files=[name for name in names_in(path) if name not in names and _is_ours(name)],
        inputs=inputs,
    )


def _is_ours(name: str) -> bool:
    """Whether a file of this name would be taken for one of ``zoning patrol``."""
    from zoning.reports.patrol.patrol_files import FILES

    known = (FILES, MORE_TABLES, TERM_TABLES, OTHER_FILES)
    return any(name in names for names in known) or TERM_PATTERN.fullmatch(name) is not None


def _open(study: Study, screen: Screen) -> tuple[StudyInputs, tuple[str, ...]]:
    """Read the study for its plan of zones; return what a reader should know too."""
    warned: list[str] = []
    with collect_notices(warned), show_progress(screen.err, steps=1) as tell:
        tell("study", None)
        inputs = study.open(review=True)
    return inputs, tuple(dict.fromkeys(warned))


def _show_mark(screen: Screen) -> None:
    screen.out.print(Text(RESTRICTED_MARK, style="bold red"))
    screen.out.print()


def show_schedule(screen: Screen, schedule: PatrolSchedule, times: TravelTimes) -> None:
    """Print what the officers of a schedule meet, and what it takes."""
    screen.listed("The day", _describe(schedule, times))


def _describe(schedule: PatrolSchedule, times: TravelTimes) -> Iterator[str]:
    shift = schedule.assumptions.shift_s / 3600
    beyond = schedule.overtime_hours
    yield (
        f"{counted(len(schedule.days), 'officer')}, {schedule.officer_hours:.1f} hours"
        + (f", {beyond:.1f} of them beyond the shift of {shift:g} hours" if beyond else "")
    )
    for kind in ("arrival", "lunch", "dismissal"):
        met, wished = schedule.count_presences(kind)
        if wished:
            yield f"{kind}: an officer is there at {met:,} of {wished:,}"
    idle = schedule.idleness()
    if len(idle):
        worst = idle["longest_gap_s"]
        yield (
            f"while it is open a school is without a visit for {minutes(worst.median(), digits=0)} "
            f"at the longest (median over schools), at worst {minutes(worst.max(), digits=0)}"
        )
    metres = schedule.metres_per_day(times)
    driving = sum(day.driving_s for day in schedule.days)
    yield f"driving: {driving / 3600:.1f} hours" + (
        "" if metres is None else f", {miles(metres):,.0f} miles"
    )
    proofs = [day.proof for day in schedule.days if day.proof is not None]
    yield (
        f"proved: the presences of {sum(p.are_presences_proved for p in proofs)} of "
        f"{counted(len(proofs), 'officer')}, the longest gap of "
        f"{sum(p.is_gap_proved for p in proofs)}"
    )


def meaning_of_patrol(name: str) -> str:
    """Describe a file of ``zoning patrol`` in a few words."""
    from zoning.reports.patrol.patrol_files import FILES

    if name in FILES:
        return FILES[name][0]
    if name.endswith(".ics"):
        return "an officer's days, for a calendar program"
    if name.startswith("sheets_"):
        return "a sheet for each officer, to print"
    return (MORE_TABLES | TERM_TABLES | OTHER_FILES).get(name, "")
