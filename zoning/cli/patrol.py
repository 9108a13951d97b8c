"""The commands about the officers' days: ``zoning patrol plan`` and its sisters."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.text import Text

from zoning.cli.options import Flag
from zoning.cli.screen import RULES_BROKEN, Screen, collect_notices, show_progress
from zoning.cli.study_request import PlanFile, StudyRequest
from zoning.cli.usage import add_to, make_app
from zoning.editions import RESTRICTED_MARK, Edition
from zoning.files import ResultsFolder, names_in
from zoning.settings import Setting, settings
from zoning.units import counted, miles, minutes

if TYPE_CHECKING:
    from zoning.patrol import PatrolSchedule
    from zoning.patrol.shift_options import ShiftOptions
    from zoning.patrol.team import PresencePool
    from zoning.roads.travel.travel_times import TravelTimes
    from zoning.study import Study
    from zoning.study.inputs import StudyInputs

_FOLDER: Final = "zoning-patrol-restricted"
_RESULTS: Final = "Results"

MISSED, LONG_DAYS, SHARING = "missed.csv", "long_days.csv", "sharing.csv"
MORE_TABLES: Final = {
    MISSED: "what is missed, why, and what would help",
    LONG_DAYS: "ways to staff a zone whose day is longer than a shift, with hours and gaps",
    SHARING: "presences met zone by zone, and by officers who share all schools",
}

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
        Setting(meaning="Folder for the files.", default=f"{_FOLDER} beside the study"),
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
    folder = _prepare(study, asked.out, patrol_names(MORE_TABLES), force=asked.force)
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
    screen.notices((*notices, *schedule.notices))
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
        yield (
            f"{option}{chosen}: {counted(int(row['officers']), 'officer')}, "
            f"{row['officer_hours']:.0f} hours a day, {row['overtime_hours']:.0f} of them beyond "
            f"a shift; {row['presences_met']:,.0f} of {row['presences_wished']:,.0f} presences; "
            f"{row['unstaffed_s'] / 3600:.1f} hours in which a zone has no officer on shift"
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
    stops = read_schedule(asked.timetable, schools, option_id=asked.option)
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
    screen.notices(notices)
    if asked.strict_exit and not answer.ok:
        raise typer.Exit(RULES_BROKEN)


def _prepare(study: Study, out: Path | None, names: Iterable[str], *, force: bool) -> ResultsFolder:
    """Check the folder of the files, before anything is read."""
    from zoning.study.inputs import input_files

    path = study.folder / _FOLDER if out is None else out
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

    return name in FILES or name in MORE_TABLES


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

    return FILES[name][0] if name in FILES else MORE_TABLES.get(name, "")
