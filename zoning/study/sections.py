"""The sections of a study: every setting that ``district.toml`` can give.

A section of zones, patrols, response, costs or the solver is the library's own class of it; here
are those about files, options and results, and `StudySettings`, which holds them all. To add a
setting, give a field of one of these classes a `Setting`.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

from zoning.demand import BOSTON_CALLS_PER_SCHOOL_DAY, SAME_CALL_MINUTES
from zoning.editions import Edition
from zoning.errors import OptionError
from zoning.patrol import PatrolAssumptions
from zoning.patrol.drawn_days import DrawAssumptions
from zoning.programme.data_review import DataSettings
from zoning.programme.law import LawSettings
from zoning.programme.review import ReviewSettings
from zoning.response import ResponseAssumptions, StressAssumptions
from zoning.roads.calibration import FEWEST_TRIPS
from zoning.roster import RosterSettings
from zoning.roster.term_tables import TermSettings
from zoning.settings import (
    HIDDEN,
    MINUTES,
    PERCENT,
    Setting,
    read_files,
    read_settings,
    read_words,
    settings,
    show,
)
from zoning.staffing import CostAssumptions, OutsideResponse, PatrolZones
from zoning.staffing.options import SECONDARY_LEVELS, read_levels, read_zone_number
from zoning.staffing.posts import Posts
from zoning.staffing.presets import PRESETS
from zoning.study.rules import RulesSettings
from zoning.study.toml_file import merge
from zoning.zones import SolverLimits
from zoning.zones.solve.alternatives import APART, MAX_COUNT, WITHIN

FORMAT: Final = 1
"""The format of studies that this version writes; it reads those of earlier ones too."""
PROGRAMME: Final = ("roster", "term", "programme", "law", "review")
"""Sections that only the commands of the programme read, and no plan, comparison or deck."""


def _read_state(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch("[A-Za-z]{2}", value):
        raise ValueError("is not two letters, such as KY")
    return value.upper()


def _read_filter(value: Any) -> Mapping[str, str | tuple[str, ...]]:
    """Read columns with the value or the values of their rows."""
    made: dict[str, str | tuple[str, ...]] = {}
    for column, given in value.items() if isinstance(value, Mapping) else [("", None)]:
        if isinstance(given, str):
            made[column] = given
        elif isinstance(given, list | tuple) and given and all(isinstance(v, str) for v in given):
            made[column] = tuple(given)
        else:
            raise ValueError('is not a table of texts, such as { LEAID = "2102990" }')
    return made


def _read_date(value: Any) -> datetime.date:
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    try:
        return datetime.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError("is not a date, such as 2026-11-01") from None


def read_zone_numbers(value: Any) -> tuple[int | tuple[int, int] | None, ...]:
    """Read one number of zones or several; a `ValueError` says what is wrong."""
    if not isinstance(value, list | tuple):
        return (read_zone_number(value),)
    faults, found = [], []
    for one in value:
        try:
            found.append(read_zone_number(one))
        except ValueError as error:
            faults.append(f"{show(one)} {error}")
    if faults:
        raise OptionError("the numbers of zones are not clear", faults)
    return tuple(dict.fromkeys(found))


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictSettings:
    """The district as a whole."""

    data: Annotated[
        str | None,
        Setting(
            meaning="A district whose data come with zoning, in place of [schools] and [streets].",
            words=("jefferson",),
            default="none",
        ),
    ] = None
    name: Annotated[
        str | None,
        Setting(
            meaning="Name on maps and slides.", default="made from the name of the school file"
        ),
    ] = None
    state: Annotated[
        str | None,
        Setting(
            meaning="Two letters of the state, in which the schools must lie.",
            read=_read_state,
            form="two letters",
            default="not checked",
        ),
    ] = None
    outline: Annotated[
        Path | None,
        Setting(
            meaning="Polygon of the district; zones are drawn inside it.",
            default="around the schools",
        ),
    ] = None


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolsSettings:
    """The list of schools; a workbook's sheet may be named, FILE.xlsx#SHEET."""

    file: Annotated[
        Path | None,
        Setting(
            meaning="CSV or workbook (.xlsx, .xls, .ods) with latitude and longitude, GeoJSON, "
            "GeoPackage, Shapefile (also zipped), File Geodatabase, KML, FlatGeobuf, Esri JSON or "
            "GeoParquet.",
            default="required, unless [district] data is given",
        ),
    ] = None
    columns: Annotated[
        Mapping[str, str],
        Setting(
            meaning="Columns of the file by our names; an empty name reads no column.",
            read=read_words,
            form='table, { school_id = "SiteCode" }',
            default="found by their names",
        ),
    ] = field(default_factory=lambda: MappingProxyType({}))
    levels: Annotated[
        Mapping[str, str],
        Setting(
            meaning="What the words of the file's level column mean: elementary, k-8, middle, "
            "secondary (6-12), high, combined (K-12) or 'leave out'.",
            read=read_words,
            form='table, { EC = "k-8" }',
            default="found by usual words",
        ),
    ] = field(default_factory=lambda: MappingProxyType({}))
    crs: Annotated[
        str | None,
        Setting(
            meaning="Coordinate system of x and y, or of a file that names none: EPSG:CODE.",
            default="the file's",
        ),
    ] = None
    where: Annotated[
        Mapping[str, str | tuple[str, ...]],
        Setting(
            meaning="The district in a list of a state or of the country: columns of the file "
            "with the value, or the values, of its rows.",
            read=_read_filter,
            form='table, { LEAID = "2102990" }',
            default="all rows",
        ),
    ] = field(default_factory=dict)
    leave_out: Annotated[
        Mapping[str, str | tuple[str, ...]],
        Setting(
            meaning="Rows that are not planned for, in the same way; an empty text: an empty cell.",
            read=_read_filter,
            form='table, { SCH_TYPE = ["Adult", "Preschool"] }',
            default="none",
        ),
    ] = field(default_factory=dict)
    details: Annotated[
        tuple[Path, ...],
        Setting(
            meaning="Files with more columns about the same schools, joined by their ids: NCES "
            "has the places in EDGE and the grades in the directory.",
        ),
    ] = ()


def _read_by(value: Any) -> Literal["class", "class and area"]:
    if value == "class":
        return "class"
    if value == "class and area":
        return "class and area"
    raise ValueError("is none of class, class and area")


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationSettings:
    """Trips that were observed, to which driving speeds are fitted; see `zoning.calibrate`."""

    trips: Annotated[
        Path | None,
        Setting(
            meaning="CSV or workbook of trips: origin and destination (schools by id or name), "
            "and seconds, minutes or time (4:30); weight, if wanted.",
            default="none: nothing is fitted",
        ),
    ] = None
    columns: Annotated[
        Mapping[str, str],
        Setting(
            meaning="Columns of the trips by our names; an empty name reads no column.",
            read=read_words,
            form='table, { origin = "From" }',
            default="found by their names",
        ),
    ] = field(default_factory=dict)
    profile: Annotated[
        str,
        Setting(
            meaning="The profile that is fitted. patrol: the trips were driven without lights and "
            "sirens, and drives to a call keep their profile. emergency: they were driven to "
            "calls. both: officers drive alike, so lights and sirens save no time.",
            words=("patrol", "emergency", "both"),
        ),
    ] = "patrol"
    by: Annotated[
        Literal["class", "class and area"],
        Setting(
            meaning="Whether each road class has one speed factor, or one in each kind of area.",
            read=_read_by,
            form="class, class and area",
        ),
    ] = "class"
    fit_delays: Annotated[
        bool, Setting(meaning="Fit seconds at junctions too; otherwise the profile's stay.")
    ] = False
    fewest_trips: Annotated[
        int,
        Setting(
            meaning="A road class that fewer trips use keeps the speed of the profile.",
            at_least=1,
        ),
    ] = FEWEST_TRIPS


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class StreetsSettings:
    """The streets, and how fast officers drive on them."""

    file: Annotated[
        Path | None,
        Setting(
            meaning="Streets built by zoning network build, or a folder of street tables.",
            default="none: travel times are a straight-line estimate, and every output says so",
        ),
    ] = None
    keep_islands: Annotated[
        bool,
        Setting(
            meaning="Join each school to its nearest street, even one that is cut off from the "
            "rest."
        ),
    ] = False
    patrol_profile: Annotated[
        Path,
        Setting(
            meaning="Driving profile on patrol: free_flow, school_arrival, midday, "
            "school_dismissal, emergency, or a CSV file or workbook of your own.",
            form="name or file",
        ),
    ] = Path("free_flow")
    emergency_profile: Annotated[
        Path,
        Setting(
            meaning="Driving profile to a call; zones are drawn with these times.",
            form="name or file",
        ),
    ] = Path("emergency")
    delays: Annotated[
        str | None,
        Setting(
            meaning="Delays at signals, stop signs and crossings: street adds our default seconds "
            "for each, none adds nothing.",
            words=("street", "none"),
            default="street where speeds are posted limits",
        ),
    ] = None
    calibration: Annotated[
        CalibrationSettings,
        Setting(meaning="Speeds fitted to observed trips.", shortcut="trips"),
    ] = field(default_factory=CalibrationSettings)


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarSettings:
    """The school calendar of the term that is planned."""

    file: Annotated[
        Path | None,
        Setting(
            meaning="The school calendar: CSV or workbook with date and kind (full, late start, "
            "early release, off), and rows with the bells of each kind.",
            default="none: days have no date",
        ),
    ] = None
    bells: Annotated[
        Path | None,
        Setting(
            meaning="The bells of each kind of day, where they are in a file or a sheet of their "
            "own: kind, tier, start, end or minutes.",
            default="in the calendar",
        ),
    ] = None
    kinds: Annotated[
        Mapping[str, str],
        Setting(
            meaning="What other words for kinds of days mean.",
            read=read_words,
            form='table, { "A day" = "full" }',
            default="found by usual words",
        ),
    ] = field(default_factory=dict)
    columns: Annotated[
        Mapping[str, str],
        Setting(
            meaning="Columns of the calendar by our names.",
            read=read_words,
            form='table, { kind = "Type of day" }',
            default="found by their names",
        ),
    ] = field(default_factory=dict)
    time_zone: Annotated[
        str | None,
        Setting(
            meaning="Time zone of the district, for files of dated visits: America/New_York.",
            default="none: no such files",
        ),
    ] = None


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolSettings(PatrolAssumptions):
    """The patrol day, and what single schools wish."""

    wishes: Annotated[
        Path | None,
        Setting(
            meaning="What single schools wish: CSV or workbook with school and some of arrival, "
            "lunch, dismissal (a weight, or yes and no), visits and longest_gap_minutes.",
            default="none: all schools wish the same",
        ),
    ] = None
    wanted: Annotated[
        Path | None,
        Setting(
            meaning="Presences wanted on certain days, before all others: CSV or workbook with "
            "school, kind (arrival, lunch, dismissal) and day (a date, or a weekday).",
            default="none",
        ),
    ] = None
    rotation_days: Annotated[
        int,
        Setting(
            meaning="School days of a rotation, over which each school has its share of presences.",
            at_least=1,
            at_most=60,
        ),
    ] = 10
    key: Annotated[
        Path | None,
        Setting(
            meaning="File of the secret key with which days are drawn; never put it beside the "
            "study.",
            default="one of the user's own, made on first use",
        ),
    ] = None
    draw: Annotated[
        DrawAssumptions, Setting(meaning="How unpredictable days are drawn and measured.")
    ] = field(default_factory=DrawAssumptions)

    @property
    def assumptions(self) -> PatrolAssumptions:
        """The settings without the files."""
        return PatrolAssumptions(
            **{one.name: getattr(self, one.name) for one in fields(PatrolAssumptions)}
        )


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class CallsSettings:
    """The calls for an officer."""

    per_school_day: Annotated[
        float,
        Setting(
            meaning="Calls per school and school-day; the default was published for Boston, other "
            "published rates run from 0.10 to 0.55.",
            above=0,
        ),
    ] = BOSTON_CALLS_PER_SCHOOL_DAY
    file: Annotated[
        Path | None,
        Setting(
            meaning="The district's own counts in place of the rate: CSV or workbook with school "
            "(id or name) and calls.",
            default="none: calls follow enrolment and incidents",
        ),
    ] = None
    log: Annotated[
        tuple[Path, ...],
        Setting(
            meaning="The district's own log in place of counts: CSV or workbook with a row a call "
            "(building and time, and if known id, kind, units, arrived, cleared); several logs of "
            "the same calls are joined.",
            read=read_files,
            form="file or list of files",
            default="none",
        ),
    ] = ()
    time_zone: Annotated[
        str | None,
        Setting(
            meaning="Time zone of a log whose times have no offset: America/New_York.",
            default="none: every time must have an offset",
        ),
    ] = None
    columns: Annotated[
        Mapping[str, str],
        Setting(
            meaning="Columns of the counts or of the log by our names.",
            read=read_words,
            form='table, { calls = "CFS 2025" }',
            default="found by their names",
        ),
    ] = field(default_factory=dict)
    school_days: Annotated[
        float | None,
        Setting(
            meaning="School-days that the counts or the log cover.",
            above=0,
            default="required with a file or a log",
        ),
    ] = None
    calendar: Annotated[
        Path | None,
        Setting(
            meaning="The school days that the log covers, in place of their number: CSV or "
            "workbook with date and, for shorter days, share (0.5: a half day), or a school "
            "calendar with kinds and bells.",
            default="none: only weekends are known to be no school days",
        ),
    ] = None
    source: Annotated[
        str | None,
        Setting(
            meaning="Where the counts are from and what a call is; public files show it.",
            default="required with a file or a log",
        ),
    ] = None
    definitions: Annotated[
        Mapping[str, str],
        Setting(
            meaning="What a call is in each source of the log: by the word in its column source, "
            "else by the file's name without its ending.",
            read=read_words,
            form='table, { cad = "calls for service" }',
            default="not given",
        ),
    ] = field(default_factory=dict)
    kinds: Annotated[
        Mapping[str, str],
        Setting(
            meaning="What words of the log's kind or priority mean: emergency, routine or "
            "'leave out'.",
            read=read_words,
            form='table, { Fight = "emergency" }',
            default="found by usual words",
        ),
    ] = field(default_factory=dict)
    leave_out_unknown: Annotated[
        bool,
        Setting(
            meaning="Leave out rows of the log at places that are no school of the district, as "
            "in a city's log; otherwise they are faults."
        ),
    ] = False
    same_call_s: Annotated[
        int,
        Setting(
            meaning="Records of one building in two logs this close together are one call.",
            unit=MINUTES,
            at_least=0,
        ),
    ] = round(SAME_CALL_MINUTES * 60)
    shrink: Annotated[
        bool,
        Setting(
            meaning="Draw counts of few calls towards enrolment, as those of a log always are; "
            "one bad year at a small school then does not rule."
        ),
    ] = False
    allow_enforcement: Annotated[
        tuple[str, ...],
        Setting(
            meaning="Kinds of calls, columns or files that count as demand although they are what "
            "officers and schools produce themselves, such as arrests or suspensions.",
            default="none",
        ),
    ] = ()

    @property
    def is_counted(self) -> bool:
        """Whether the district counted its calls."""
        return self.file is not None or bool(self.log)

    @property
    def assumed_rate(self) -> float | None:
        """Calls per school and school-day; None where the district counted its calls."""
        return None if self.is_counted else self.per_school_day


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class ZonesTable(PatrolZones):
    """The zones that are asked for; each key holds for every option that does not give its own."""

    zones: Annotated[int | tuple[int, int] | None, HIDDEN] = None
    numbers: Annotated[
        tuple[int | tuple[int, int] | None, ...],
        Setting(
            meaning="Number of patrol zones, or the best of a range; several are compared.",
            key="number",
            read=read_zone_numbers,
            form='number, range "21-30", or a list of these',
            default="as few as possible; compared: zones of 7, 4.8 and 3.6 buildings on average",
        ),
    ] = ()
    start_file: Annotated[
        Path | None,
        Setting(
            meaning="Plan that the search starts from; the result is at least as good if that "
            "plan keeps the rules.",
            key="start",
            default="today's plan",
        ),
    ] = None


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSettings:
    """The plan that check, improve and explain are about, and what is drawn beside a new one."""

    file: Annotated[
        Path | None,
        Setting(
            meaning="CSV or workbook with building_id and zone_id, or GeoJSON, GeoPackage or "
            "Shapefile with points or zones.",
            default="today's plan",
        ),
    ] = None
    lock: Annotated[
        tuple[str, ...],
        Setting(
            meaning="Zones of that plan that zoning improve keeps as they are; a zone keeps its "
            "name.",
        ),
    ] = ()
    lock_schools: Annotated[
        tuple[str, ...],
        Setting(
            meaning="Schools that zoning improve keeps in their zone of that plan, each with at "
            "least half of the others of that zone; by id or name.",
        ),
    ] = ()
    ensemble: Annotated[
        int | None,
        Setting(
            meaning="Random plans within the same rules, among which zoning plan and zoning "
            "improve show where the new plan and today's stand; 1000 is enough.",
            at_least=100,
            default="none are drawn",
        ),
    ] = None
    areas: Annotated[
        int | None,
        Setting(
            meaning="Areas of commanders into which zoning plan and zoning improve group the "
            "zones of the new plan, as evenly as possible.",
            at_least=1,
            default="zones are not grouped",
        ),
    ] = None
    alternatives: Annotated[
        int,
        Setting(
            meaning="How many plans zoning plan and zoning improve draw, and zoning deck shows: "
            "the best one, and the best of those that differ from all before. 1: the best alone.",
            at_least=1,
            at_most=MAX_COUNT,
        ),
    ] = 1
    within: Annotated[
        float,
        Setting(
            meaning="How much more than the best plan another one may cost, of what the best plan "
            "minimises.",
            unit=PERCENT,
            at_least=0,
        ),
    ] = WITHIN
    apart: Annotated[
        int,
        Setting(
            meaning="In how many buildings a plan differs at least from every plan before it.",
            at_least=1,
        ),
    ] = APART


KINDS: Final = ("zones", "fixed_secondary", "one_per_campus", "no_officers", "posts")
"""The kinds of staffing options: `PatrolZones`, `FixedSecondary`, `OnePerCampus`, none, and
`StaffMix`."""
KINDS_WITH_ZONES: Final = KINDS[:2]


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class OptionTable(ZonesTable):
    """A staffing option to compare; what it does not give it has from [zones] and [rules]."""

    kind: Annotated[
        str,
        Setting(
            meaning="zones: every building in a zone. fixed_secondary: an officer at every "
            "secondary school, zones for the rest. one_per_campus. no_officers. posts: what the "
            "rows of [[options.posts]] say, or a preset.",
            words=KINDS,
        ),
    ] = KINDS[0]
    preset: Annotated[
        str | None,
        Setting(
            meaning="The staffing model of another district, as posts; zoning.presets_table() and "
            "the documentation have the sources.",
            words=tuple(PRESETS),
            default="none",
        ),
    ] = None
    posts: Annotated[
        tuple[Posts, ...], Setting(meaning="Of kind = 'posts': who is where, a row each.")
    ] = ()
    administrators: Annotated[
        bool,
        Setting(
            meaning="Whether a Safety Administrator works in every middle and high school besides."
        ),
    ] = False
    title: Annotated[
        str,
        Setting(
            meaning="Its name in tables and on slides.", key="name", default="made from its keys"
        ),
    ] = ""
    levels: Annotated[
        frozenset[str],
        Setting(
            meaning="Of fixed_secondary: levels of the buildings where an officer stays.",
            read=read_levels,
            form="list of levels",
        ),
    ] = SECONDARY_LEVELS
    scenario: Annotated[
        str,
        Setting(
            meaning="Name of one of the [[scenarios]], for whose schools it is.",
            default="today's schools",
        ),
    ] = ""
    rules_over: Annotated[
        RulesSettings, Setting(meaning="Rules of this option alone, over [rules].", key="rules")
    ] = field(default_factory=RulesSettings)
    costs_over: Annotated[
        CostAssumptions,
        Setting(meaning="Prices of this option alone, over [costs].", key="costs"),
    ] = field(default_factory=CostAssumptions)
    police_over: Annotated[
        OutsideResponse,
        Setting(
            meaning="Of posts and no_officers: outside response of this option, over [police].",
            key="police",
        ),
    ] = field(default_factory=OutsideResponse)

    @property
    def is_posts(self) -> bool:
        """Whether rows of posts say who is where."""
        return self.kind == KINDS[4] or self.preset is not None


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioTable:
    """The schools as they may become: some open, close, move or grow."""

    name: Annotated[str, Setting(meaning="Its name in tables and on maps, such as 2028 schools.")]
    changes: Annotated[
        Path | None,
        Setting(
            meaning="Table of what differs from the list of schools: school_id, change (opens, "
            "closes or changes) and the columns that change.",
            default="schools",
        ),
    ] = None
    schools: Annotated[
        Path | None,
        Setting(meaning="A whole list of schools in place of changes.", default="changes"),
    ] = None
    calls: Annotated[
        Path | None,
        Setting(
            meaning="Counts of calls at these schools, where [calls] has a file or a log.",
            default="none",
        ),
    ] = None


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class StressSettings(StressAssumptions):
    """How hard options are tested, and whether they are."""

    run: Annotated[
        bool | None,
        Setting(
            meaning="Whether zoning compare and zoning deck test the options under stress and find "
            "which assumption changes their order.",
            default="true where two options or more have officers and numba is installed; without "
            "it this takes minutes",
        ),
    ] = None
    closed_streets: Annotated[
        tuple[str, ...],
        Setting(
            meaning="Streets, each closed alone: names as in the streets' table, or road classes "
            "such as motorway.",
            default="none",
        ),
    ] = ()


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class OutputSettings:
    """The files of a run."""

    folder: Annotated[
        Path | None,
        Setting(
            meaning="Folder for the files.",
            default="zoning-plan, zoning-comparison and so on beside the study, with the suffix "
            "-restricted for that edition",
        ),
    ] = None
    edition: Annotated[
        Edition,
        Setting(
            meaning="Files of the public edition can be handed to anyone; those of the restricted "
            "edition add routes, visit times and response by school, are marked, and must not be "
            "published."
        ),
    ] = Edition.PUBLIC
    title: Annotated[
        str | None, Setting(meaning="Heading of maps and slides.", default="a plain one")
    ] = None
    date: Annotated[
        datetime.date | None,
        Setting(
            meaning="Date on maps, slides and tables.",
            read=_read_date,
            form="date, 2026-11-01",
            default="today",
        ),
    ] = None
    also: Annotated[
        tuple[str, ...],
        Setting(
            meaning="Further files: an Excel workbook, a GeoPackage with QGIS styles, maps as PNG "
            "and SVG. Excel and pictures need pip install 'zoning[report]'.",
            words=("excel", "geopackage", "pictures"),
        ),
    ] = ()
    map_size: Annotated[
        str,
        Setting(
            meaning="page fills a window; slide is made for 1280 by 720 pixels, with large type.",
            words=("page", "slide"),
        ),
    ] = "page"
    tiles: Annotated[
        str | None,
        Setting(
            meaning="A background map from the internet. Its server sees the address of whoever "
            "opens the map; without it the maps ask nothing of anyone.",
            words=("openstreetmap",),
            default="none",
        ),
    ] = None
    earlier: Annotated[
        tuple[Path, ...],
        Setting(
            meaning="Folders of earlier public releases; the run says how closely they and it "
            "together disclose the response at single schools."
        ),
    ] = ()


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class DeckSettings:
    """The slides of zoning deck."""

    propose: Annotated[
        str | None,
        Setting(
            meaning="Id of the option that is proposed, for example zones-30.",
            default="chosen by the figures",
        ),
    ] = None
    instead_of: Annotated[
        str | None,
        Setting(
            meaning="Id of the option it is compared with, for example the one closest to today's "
            "staffing.",
            default="chosen by the figures",
        ),
    ] = None
    template: Annotated[
        Path | None,
        Setting(
            meaning="A PowerPoint file of the district whose look the slides take.",
            default="a plain one",
        ),
    ] = None


def _read_format(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError("is not the number of a format")
    if value > FORMAT:
        raise ValueError(
            f"is the format of a newer version; this one reads formats up to {FORMAT}: install "
            "the newer zoning"
        )
    return value


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class StudySettings:
    """All settings of a study."""

    format: Annotated[
        int,
        Setting(
            meaning="Format of the study file.",
            read=_read_format,
            form="number",
        ),
    ] = FORMAT
    district: Annotated[DistrictSettings, Setting(meaning="The district.")] = field(
        default_factory=DistrictSettings
    )
    schools: Annotated[
        SchoolsSettings, Setting(meaning="The list of schools.", shortcut="file")
    ] = field(default_factory=SchoolsSettings)
    streets: Annotated[StreetsSettings, Setting(meaning="The streets.", shortcut="file")] = field(
        default_factory=StreetsSettings
    )
    calls: Annotated[CallsSettings, Setting(meaning="Calls for an officer.")] = field(
        default_factory=CallsSettings
    )
    zones: Annotated[ZonesTable, Setting(meaning="The zones.")] = field(default_factory=ZonesTable)
    plan: Annotated[PlanSettings, Setting(meaning="The plan under review.", shortcut="file")] = (
        field(default_factory=PlanSettings)
    )
    rules: Annotated[RulesSettings, Setting(meaning="Rules and prices.")] = field(
        default_factory=RulesSettings
    )
    calendar: Annotated[
        CalendarSettings, Setting(meaning="The school calendar.", shortcut="file")
    ] = field(default_factory=CalendarSettings)
    patrol: Annotated[PatrolSettings, Setting(meaning="The patrol day.", restricted=True)] = field(
        default_factory=PatrolSettings
    )
    roster: Annotated[
        RosterSettings,
        Setting(meaning="The officers.", shortcut="officers", restricted=True),
    ] = field(default_factory=RosterSettings)
    term: Annotated[TermSettings, Setting(meaning="The roster of a term.", restricted=True)] = (
        field(default_factory=TermSettings)
    )

    programme: Annotated[
        DataSettings,
        Setting(
            meaning="What happened at the schools, goals and supports, for the Data Review Team.",
            restricted=True,
        ),
    ] = field(default_factory=DataSettings)
    law: Annotated[
        LawSettings, Setting(meaning="What the law and the district's policy ask by a date.")
    ] = field(default_factory=LawSettings)

    review: Annotated[
        ReviewSettings, Setting(meaning="The seven-step review.", shortcut="file")
    ] = field(default_factory=ReviewSettings)
    response: Annotated[ResponseAssumptions, Setting(meaning="What a call waits for.")] = field(
        default_factory=ResponseAssumptions
    )
    costs: Annotated[CostAssumptions, Setting(meaning="Prices of officers.")] = field(
        default_factory=CostAssumptions
    )
    police: Annotated[
        OutsideResponse,
        Setting(meaning="Response of the outside police, for the option without officers."),
    ] = field(default_factory=OutsideResponse)
    solver: Annotated[SolverLimits, Setting(meaning="Limits of the search.")] = field(
        default_factory=SolverLimits
    )
    options: Annotated[
        tuple[OptionTable, ...],
        Setting(meaning="Staffing options to compare, in this order; if none, the usual ones."),
    ] = ()
    scenarios: Annotated[
        tuple[ScenarioTable, ...],
        Setting(
            meaning="The schools as they may become; without options the zones are also drawn "
            "for each."
        ),
    ] = ()
    stress: Annotated[
        StressSettings, Setting(meaning="Stress tests of the options, and what they rest on.")
    ] = field(default_factory=StressSettings)
    output: Annotated[OutputSettings, Setting(meaning="The files of a run.")] = field(
        default_factory=OutputSettings
    )
    deck: Annotated[DeckSettings, Setting(meaning="The slides.")] = field(
        default_factory=DeckSettings
    )


_OVER: Final = frozenset({"rules", "costs", "police"})
"""Tables of an option that are put over a section of the study."""


def spread_costs(tables: Mapping[str, Any]) -> dict[str, Any]:
    """Give each option with prices of its own all prices, so that they are checked together.

    A range that is not given is the price itself, in [costs] as in an option.
    """
    made = merge({}, tables)
    if not isinstance(made.get("costs", {}), dict):
        return made
    usual = {**_missing_ranges(made.get("costs", {})), **made.get("costs", {})}
    if usual:
        made["costs"] = usual
    for option in made["options"] if isinstance(made.get("options"), list) else ():
        own = option.get("costs") if isinstance(option, dict) else None
        if isinstance(own, dict):
            option["costs"] = merge(usual, {**_missing_ranges(own), **own})
    return made


def _missing_ranges(costs: Mapping[str, Any]) -> dict[str, Any]:
    """Find the ranges of the planner's own prices that are not given: the price itself."""
    return {
        f"{price}_range_usd": [costs[f"{price}_usd"]] * 2
        for price in ("officer_year", "equipment")
        if f"{price}_usd" in costs and f"{price}_range_usd" not in costs
    }


def merged_option(
    tables: Mapping[str, Any], given: Mapping[str, Any]
) -> tuple[OptionTable, RulesSettings]:
    """Put an option over the ``[zones]`` and ``[rules]`` of sound tables.

    What it has over other sections is not in the table.
    """
    own = {key: value for key, value in given.items() if key not in _OVER}
    zones = merge(tables.get("zones", {}), own)
    # Each option has one number of zones: a list in [zones] is for the usual options, and a
    # number there is of all schools, not of those that are left when officers are fixed.
    fixed = own.get("kind") in (KINDS[1], KINDS[4]) or "preset" in own
    if "number" not in own and (fixed or isinstance(zones.get("number"), list)):
        zones.pop("number", None)
    table, _ = read_settings(OptionTable, zones)
    rules, _ = read_settings(RulesSettings, merge(tables.get("rules", {}), given.get("rules", {})))
    assert table is not None  # both parts were checked when the study was read
    assert rules is not None
    return table, rules
