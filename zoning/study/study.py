"""A study: the settings of a planner's work on one district, read from a file or made in Python."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from zoning.editions import RESTRICTED_MARK, Edition
from zoning.errors import StudyError, first_few, typed
from zoning.roads import PROFILES
from zoning.settings import (
    NONE,
    Fault,
    Location,
    SettingRow,
    class_at,
    describe_settings,
    field_at,
    fields_of,
    json_schema,
    read_settings,
    spell_out,
    walk,
)
from zoning.staffing.costs import CostAssumptions
from zoning.staffing.posts import SAFETY_ADMINISTRATORS
from zoning.staffing.staff_mix import row_faults
from zoning.study.faults import SETTINGS_HELP, fault_error
from zoning.study.inputs import StudyInputs
from zoning.study.rules import RulesSettings
from zoning.study.scenarios import scenario_faults
from zoning.study.sections import (
    FORMAT,
    PROGRAMME,
    CallsSettings,
    OptionTable,
    StreetsSettings,
    StudySettings,
    ZonesTable,
    merged_option,
    spread_costs,
)
from zoning.study.toml_file import (
    Tables,
    freeze,
    merge,
    parse_change,
    read_tables,
    thaw,
    write_tables,
)
from zoning.study.workbench import StudyWorkbench, open_workbench
from zoning.zones import AlignmentMode

if TYPE_CHECKING:
    from zoning.maps.pages.workbench_page import WorkbenchPage
    from zoning.staffing import SolvedZones, StaffingComparison
    from zoning.staffing.comparison import ComparisonProgress
    from zoning.zones import BuildingExplanation, PlanCheck, ProgressCallback, ZoningResult

ENDING: Final = ".toml"
NAME: Final = f"district{ENDING}"
"""What ``zoning new`` calls a study."""
_LEFT_OUT: Final = "withheld"


@dataclass(frozen=True, eq=False)
class Study:
    """The settings of a study; read one with `zoning.read_study`.

    Attributes
    ----------
    folder
        Where files named in the study are looked for.
    settings
        Every setting, checked, with the defaults of those that are not given.
    tables
        What is given, as in the file.
    path
        The file; None if the study was made in Python.
    origins
        Where each value was given: ``line 12``, ``--set zones.number``.
    withheld
        Of the study in the folder of a public run: settings that were left out.
    """

    folder: Path
    settings: StudySettings
    tables: Mapping[str, Any]
    path: Path | None = None
    origins: Mapping[Location, str] = field(default_factory=dict)
    withheld: tuple[str, ...] = ()

    def __repr__(self) -> str:
        shown = "made in Python" if self.path is None else str(self.path)
        return f"Study({shown!r}, {', '.join(self.tables)})"

    @classmethod
    def from_tables(
        cls,
        tables: Mapping[str, Any],
        *,
        folder: str | Path = ".",
        path: Path | None = None,
        origins: Mapping[Location, str] | None = None,
        withheld: tuple[str, ...] = (),
    ) -> Study:
        """Check the tables of a study: ``{"schools": {"file": "schools.csv"}}``.

        Raises
        ------
        StudyError
            With every fault: its line, section and key, and what is expected.
        """
        given = merge({}, tables)
        spell_out(StudySettings, given)
        settings, faults = _read(given)
        known = {} if origins is None else origins
        if settings is None or faults:
            raise fault_error(faults, known, path=path)
        return cls(
            folder=Path(folder),
            settings=settings,
            tables=freeze(given),
            path=path,
            origins=MappingProxyType(dict(known)),
            withheld=withheld,
        )

    # Changes.

    def replace(self, **sections: Any) -> Study:
        """Make a study with other settings: ``study.replace(zones={"number": 40})``.

        A table is put over the study's own, key by key; a list replaces the list.

        Raises
        ------
        StudyError
            With every fault of the new settings.
        """
        given = thaw(sections)
        origins = dict(self.origins)
        for where in _leaves(given):
            origins = _given_by("replace", where, origins)
        return self._changed(merge(self.tables, given), origins)

    def without(self, *sections: str) -> Study:
        """Make a study that gives nothing in these sections."""
        tables = {key: table for key, table in self.tables.items() if key not in sections}
        return self._changed(tables, self.origins)

    def set(self, *changes: str, values: Iterable[tuple[str, Location, Any]] = ()) -> Study:
        """Make a study with settings given as on the command line: ``"zones.max_size=8"``.

        A file is looked for from the folder of work, not from that of the study. Items of a list
        are counted from 1: ``"options.1.number=30"``.

        Parameters
        ----------
        changes
            ``section.key=value``; the value is TOML, or text without quotes.
        values
            Further changes: what gave it (``--zones``), the place and the value.

        Raises
        ------
        StudyError
            With every fault of the new settings.
        """
        tables, origins = thaw(self.tables), dict(self.origins)
        faults: list[str] = []
        given: list[tuple[str, Location, str, Any]]
        given = [(origin, where, "", value) for origin, where, value in values]
        for change in changes:
            try:
                names, text, value = parse_change(change)
                given.append((f"--set {'.'.join(map(str, names))}", names, text, value))
            except ValueError as wrong:
                faults.append(f"--set {change} {wrong}")
        for origin, names, text, value in given:
            try:
                where = _resolve(tables, names)
                field = field_at(class_at(StudySettings, where[:-1]), where[-1])
                # A title of 2026 is text, and needs no quotes within those of a shell.
                plain = field is not None and field.is_text and text and not isinstance(value, str)
                _put(tables, where, self._typed_here(where, text if plain else value))
                origins = _given_by(origin, where, origins)
            except ValueError as wrong:
                faults.append(f"{origin} {wrong}")
        if not faults:
            return self._changed(tables, origins)
        try:
            self._changed(tables, origins)
        except StudyError as error:  # what is wrong with the others, at once
            faults += error.faults
        raise StudyError("these settings cannot be used", faults, SETTINGS_HELP)

    def _changed(self, tables: Mapping[str, Any], origins: Mapping[Location, str]) -> Study:
        return Study.from_tables(
            tables, folder=self.folder, path=self.path, origins=origins, withheld=self.withheld
        )

    def _typed_here(self, where: Location, value: Any) -> Any:
        """Make files that were named from the folder of work ones named from the study's."""
        owner = class_at(StudySettings, where[:-1])
        key = str(where[-1])
        alone = {key: thaw(value)}
        if owner is not None:
            spell_out(owner, alone)
            _name_files(owner, alone, self.from_here)
        return alone[key]

    def from_here(self, name: str) -> str:
        """Name a file from the study's folder that is named from the folder of work."""
        if name in PROFILES or name == NONE or Path(name).is_absolute():
            return name
        if self.folder.resolve() == Path.cwd():
            return name
        try:
            # Links are followed: the folder above a linked one is that of its target.
            real = Path(name).parent.resolve() / Path(name).name
            return PurePosixPath(os.path.relpath(real, self.folder.resolve())).as_posix()
        except ValueError:  # on another drive of Windows
            return str(Path(name).resolve())

    def seen_from(self, folder: Path) -> Study:
        """Make the same study with its files named from another folder."""
        base = os.path.relpath(self.folder.resolve(), folder.resolve())

        def move(name: str) -> str:
            if name in PROFILES or name == NONE or Path(name).is_absolute():
                return name
            return PurePosixPath(os.path.normpath(Path(base) / name)).as_posix()

        tables = thaw(self.tables)
        _name_files(StudySettings, tables, move)
        return Study.from_tables(tables, folder=folder, path=self.path, origins=self.origins)

    # Files.

    def file(self, path: Path) -> Path:
        """Find a file that the study names; one in the folder of work is shown from there."""
        whole = path if path.is_absolute() else self.folder / path
        real = whole.parent.resolve() / whole.name
        seen = ".." in path.parts and real.is_relative_to(Path.cwd())
        return real.relative_to(Path.cwd()) if seen else whole

    def as_run(self, folder: Path, *, edition: Edition) -> str:
        """Write the study as it is run, for the folder of the results.

        Files are named from that folder. Sections of the programme are left out: no run reads
        them, and they name tables of persons. The public edition leaves out settings that are
        restricted, and where a file stands that is not with the study; it says so.
        """
        public = edition is Edition.PUBLIC
        tables = {key: one for key, one in thaw(self.tables).items() if key not in PROGRAMME}
        withheld = _take_out_restricted(tables) if public else []
        try:
            base = os.path.relpath(self.folder.resolve(), folder.resolve())
        except ValueError:  # on another drive of Windows
            base = str(self.folder.resolve())
        lost = []

        def move(name: str) -> str:
            if name in PROFILES or name == NONE:
                return name
            inside = self._inside(name)
            if public and (inside is None or not set(Path(base).parts) <= {"..", "."}):
                lost.append(PureWindowsPath(name).name or ".")
                return lost[-1]
            if Path(name).is_absolute() and inside is None:
                return name
            return PurePosixPath(os.path.normpath(Path(base) / (inside or name))).as_posix()

        tables.get("output", {}).pop("folder", None)
        _name_files(StudySettings, tables, move)
        heading = "The study as it was run. Repeat the run with: zoning again FOLDER"
        if not public:
            heading = f"{RESTRICTED_MARK}\n{heading}"
        if withheld:
            heading += f"\nLeft out of the public edition: {', '.join(withheld)}."
        if lost:
            heading += "\nFiles that are not with the study are named without their folder."
        ordered = _in_order(StudySettings, tables)
        given = {key: value for key, value in ordered.items() if value and key != "format"}
        first = {"format": FORMAT, **({_LEFT_OUT: withheld} if withheld else {})}
        return write_tables({**first, **given}, heading=heading)

    def _inside(self, name: str) -> str | None:
        """Name a file from the study's folder; None if it is or may be outside of it."""
        if Path(name).is_absolute() and Path(name).is_relative_to(self.folder.resolve()):
            name = str(Path(name).relative_to(self.folder.resolve()))
        # As Windows and a shell read it too: C:\\Users and ~/data are outside on every system.
        parts = PureWindowsPath(name).parts
        outside = name.startswith(("~", "/", "\\")) or ":" in name or ".." in parts
        return None if outside else name

    def results_folder(self, name: str) -> Path:
        """Find the folder of results: the one given, else one of this name for each edition."""
        output = self.settings.output
        if output.folder is not None:
            return self.file(output.folder)
        plain = output.edition is Edition.PUBLIC
        return self.folder / (name if plain else f"{name}-{output.edition}")

    # Results.

    def open(self, *, review: bool = False) -> StudyInputs:
        """Read and check every file that the study names.

        Parameters
        ----------
        review
            Whether it is about the study's plan, which then gives the number of zones, today's
            plan and the officers of their own that are not given.

        Raises
        ------
        FaultsError
            With every fault of every file.
        """
        return StudyInputs.read(self, review=review)

    def compare(
        self,
        *,
        progress: ComparisonProgress | None = None,
        solved: Mapping[str, SolvedZones] | None = None,
    ) -> StaffingComparison:
        """Compare the staffing options; see `zoning.compare_staffing`."""
        return self.open().compare(progress=progress, solved=solved)

    def plan(self, *, progress: ProgressCallback | None = None) -> ZoningResult:
        """Draw the zones; see `zoning.design_zones`."""
        return self.open().design(progress=progress)

    def improve(self, *, progress: ProgressCallback | None = None) -> ZoningResult:
        """Improve the plan of ``[plan]``, or today's."""
        return self.open(review=True).design(progress=progress)

    def workbench(self, *, progress: ProgressCallback | None = None) -> WorkbenchPage:
        """Make a page to change the plan of ``[plan]`` by hand, or a solved one.

        With near-best plans to start from, see `zoning.maps.workbench`. Raises `OptionError`, with
        the reason, if there is no plan to start from.
        """
        made = StudyWorkbench.solve(open_workbench(self), progress=progress)
        return made.page(title=self.settings.output.title, date=self.settings.output.date)

    def check(self) -> PlanCheck:
        """Check the plan of ``[plan]``, or today's; see `zoning.check_plan`."""
        return self.open(review=True).check()

    def explain(self, school: str, *, others: int = 3) -> BuildingExplanation:
        """Explain why a school is in its zone of that plan; see `zoning.explain_building`."""
        return self.open(review=True).explain(school, others=others)


@typed
def read_study(path: str | Path) -> Study:
    """Read and check a study.

    Parameters
    ----------
    path
        The file, UTF-8 TOML, or a folder with one such file or with ``district.toml``. The files
        that it names are looked for from its folder; they are read when the study is opened.

    Raises
    ------
    StudyError
        If it cannot be read or is not TOML. Else the error lists every fault by line: unknown
        keys with the nearest known one, values of the wrong kind, unit or range, and settings
        that contradict each other.
    """
    file = _find_study(Path(path))
    tables, lines = read_tables(file)
    left_out = tables.pop(_LEFT_OUT, [])
    return Study.from_tables(
        tables,
        folder=file.parent,
        path=file,
        origins={where: f"line {line}" for where, line in lines.items()},
        withheld=tuple(map(str, left_out if isinstance(left_out, list) else [left_out])),
    )


def _find_study(path: Path) -> Path:
    if path.is_dir():
        found = sorted(path.glob(f"*{ENDING}"))
        # Beside the study that zoning new wrote may lie other TOML, such as the steps of a review.
        named = [one for one in found if one.name == NAME]
        if len(named or found) == 1:
            return (named or found)[0]
        what = "no study" if not found else f"{len(found)} studies"
        names = [one.name for one in found]
        raise StudyError(
            f"the folder {path} holds {what}",
            first_few(names),
            "Name the file." if found else "Write one with zoning new FOLDER --schools FILE.",
        )
    if path.exists() and path.suffix.lower() != ENDING:
        raise StudyError(
            f"{path} is no study",
            [f"a study is a {ENDING} file; this one ends in {path.suffix or 'nothing'!r}"],
            "Give a list of schools with --schools FILE and a plan with --plan FILE.",
        )
    return path


def _read(tables: Tables) -> tuple[StudySettings | None, list[Fault]]:
    """Read the settings; find every fault of one value and of values that contradict each other."""
    whole = spread_costs(tables)
    settings, found = read_settings(StudySettings, whole)
    newer = [fault for fault in found if fault.where == ("format",)]
    if newer:
        return None, newer  # what else is new in it is no fault of the planner's
    faults = [fault for fault in found if not _is_said(fault.where, tables, found)]
    wrong = {fault.where[0] for fault in faults}
    sound = settings
    if sound is None:
        sound, _ = read_settings(StudySettings, {k: v for k, v in whole.items() if k not in wrong})
    if sound is not None:
        between = _faults_between(sound, {k: v for k, v in tables.items() if k not in wrong})
        about = {"district", "schools", "streets"}
        faults += [f for f in between if not (wrong & about and f.where[0] in about)]
    return settings, faults


def _is_said(where: Location, tables: Tables, found: Iterable[Fault]) -> bool:
    """Whether a fault of a price is said elsewhere.

    A range that was not given has the fault of its price, and a price that an option has from
    [costs] the fault of that.
    """
    *_, key = where
    if where[:1] == ("costs",):
        given = tables.get("costs", {})
        return str(key).endswith("_range_usd") and len(where) == 2 and key not in given
    if where[:1] != ("options",) or "costs" not in where[:3] or len(where) < 4:
        return False
    option = tables["options"][where[1]]
    if where[3] in option["costs"]:
        return False
    price = str(where[3]).replace("_range_usd", "_usd")
    return price in option["costs"] or any(one.where == ("costs", *where[3:]) for one in found)


def _faults_between(settings: StudySettings, tables: Mapping[str, Any]) -> Iterator[Fault]:
    """Find settings that contradict each other."""
    data, file = settings.district.data, settings.schools.file
    streets = tables.get("streets", {})
    if (data is None) == (file is None):
        what = "give one of [schools] file and [district] data = 'jefferson'"
        yield Fault(("schools",) if file is None else ("district", "data"), what)
    for key in ("columns", "levels", "crs", "where", "leave_out", "details"):
        if file is None and getattr(settings.schools, key):
            yield Fault(("schools", key), "it is for a file of schools, and none is given")
    if file is not None and settings.streets.file is None:
        if settings.streets.keep_islands:
            yield Fault(("streets", "keep_islands"), "it is about streets, and none are given")
        for key in ("delays", "calibration"):
            if key in streets:
                what = "it is about streets, and none are given: add [streets] file"
                yield Fault(("streets", key), what)
    yield from _calibration_faults(settings.streets, streets)
    yield from _calls_faults(settings.calls, tables.get("calls", {}))
    yield from scenario_faults(settings)
    yield from _cost_faults(("costs",), settings.costs, tables.get("costs", {}), settings)
    zones = tables.get("zones", {})
    yield from _zone_faults(("zones",), settings.zones, zones)
    for k, given in enumerate(tables.get("options", [])):
        yield from _option_faults(("options", k), settings.options[k], given)
        if "costs" in given:
            own = settings.options[k].costs_over
            yield from _cost_faults(("options", k, "costs"), own, given["costs"], settings)
        # Each is sound alone; a tolerance over a bound of [rules] is not.
        rules = merge(tables.get("rules", {}), given.get("rules", {}))
        _, contradictions = read_settings(RulesSettings, rules, where=("options", k, "rules"))
        yield from contradictions
        if not contradictions and given.keys() & _SIZES_AND_ALIGNMENT:
            merged, _ = merged_option(tables, given)
            both = {**given, "alignment": merge(zones, given).get("alignment")}
            yield from _zone_faults(("options", k), merged, both)


def _cost_faults(
    where: Location, costs: CostAssumptions, given: Mapping[str, Any], settings: StudySettings
) -> Iterator[Fault]:
    """Find prices that others replace, and a working day that is not the shift."""
    if costs.detailed is not None:
        for key in ("officer_year_usd", "officer_year_range_usd", "equipment_usd"):
            if key in given:
                what = "the prices of [costs.detailed] replace it: give one of the two"
                yield Fault((*where, key), what)
    day, shift = costs.work_year, settings.patrol.shift_s / 3600
    is_given = where == ("costs",) or "work_year" in given
    if is_given and day is not None and abs(day.hours_a_day - shift) > 1e-9:
        what = f"{day.hours_a_day:g} hours are not the shift of [patrol], {shift:g} hours"
        yield Fault((*where, "work_year", "hours_a_day"), what)


_SIZES_AND_ALIGNMENT: Final = {"min_size", "max_size", "alignment"}
_ON_ANY_KIND: Final = {"kind", "name", "scenario", "administrators", "costs"}
_OF_POSTS: Final = {"preset", "posts"}
_USED_BY_FIXED: Final = {"longest_drive_minutes", "workload"}


def _option_faults(
    where: Location, option: OptionTable, given: Mapping[str, Any]
) -> Iterator[Fault]:
    """Find keys of an option that its kind would ignore."""
    kind = option.kind
    unused = given.keys() & {"levels", "police", *_OF_POSTS}
    if option.is_posts:
        yield from _posts_faults(where, option, given)
        unused = given.keys() & {"levels", "number", "dedicated", "start"}
        kind = "posts"
    elif option.kind == "fixed_secondary":
        unused = given.keys() & {"dedicated", "start", "police", *_OF_POSTS}
        for key in given.get("rules", {}):
            if key not in _USED_BY_FIXED:
                what = "it names schools or plans, which do not fit zones without secondary schools"
                yield Fault((*where, "rules", key), what)
    elif option.kind != "zones":
        unused = given.keys() - _ON_ANY_KIND
        unused -= {"police"} if option.kind == "no_officers" else set()
    for key in sorted(unused):
        yield Fault((*where, key), f"it has no effect on kind = '{kind}'")
    if len(option.numbers) > 1:
        yield Fault((*where, "number"), "an option has one number of zones, or a range")


def _posts_faults(
    where: Location, option: OptionTable, given: Mapping[str, Any]
) -> Iterator[Fault]:
    """Find faults of an option of posts: none, two ways to give them, rows that contradict."""
    if option.preset is not None:
        if "posts" in given:
            yield Fault((*where, "posts"), "give one of preset and posts")
        if given.get("kind", "posts") != "posts":
            what = f"it is posts, not kind = '{option.kind}': leave kind out"
            yield Fault((*where, "preset"), what)
    elif not option.posts:
        what = "it has no posts: give rows [[options.posts]], or a preset"
        yield Fault((*where, "kind"), what)
    for fault in row_faults(option.posts, has_base=False):
        yield Fault((*where, "posts", fault.row, fault.key), fault.what)
    if option.administrators and SAFETY_ADMINISTRATORS in option.posts:
        yield Fault((*where, "administrators"), "a row of posts has them already")


def _calibration_faults(streets: StreetsSettings, given: Mapping[str, Any]) -> Iterator[Fault]:
    where, asked = ("streets", "calibration"), streets.calibration
    if "calibration" in given and asked.trips is None:
        yield Fault(where, "it says no trips to fit speeds to: add trips = 'FILE'")
    if asked.fit_delays and streets.delays == "none":
        what = "it fits seconds at junctions, and [streets] delays = 'none' asks for none"
        yield Fault((*where, "fit_delays"), what)


_OF_LOGS: Final = (
    *("calendar", "time_zone", "definitions", "kinds", "leave_out_unknown", "same_call_minutes"),
)


def _calls_faults(calls: CallsSettings, given: Mapping[str, Any]) -> Iterator[Fault]:
    """Find faults of ``[calls]``: a rate, or a file or log with what it covers and its source."""
    needed = {
        "school_days": "say how many school-days the {} cover: school_days = 175",
        "source": "say where the {} are from and what a call is: source = 'TEXT'",
    }
    of_counts = ("columns", *needed, "shrink", "allow_enforcement")
    beside = {
        "log of calls": () if calls.log else _OF_LOGS,
        "file of calls": () if calls.is_counted else of_counts,
    }
    for kind, keys in beside.items():
        for key in keys:
            if key in given:
                yield Fault(("calls", key), f"it is about a {kind}, and none is given")
    if not calls.is_counted:
        return
    contradict = (
        ("log", "file", "give one of file (counts) and log (a row a call)"),
        ("per_school_day", "", "a rate and a file of calls contradict each other; leave one of "
         "them out"),
        ("calendar", "school_days", "give one of school_days and calendar, which has their dates"),
    )  # fmt: skip
    for key, other, what in contradict:
        if key in given and (not other or other in given):
            yield Fault(("calls", key), what)
    if calls.log and calls.shrink:
        yield Fault(("calls", "shrink"), "it is about counts; rates of a log always are so drawn")
    place, noun = ("log", "calls of the log") if calls.log else ("file", "counts")
    for key, what in needed.items():
        if key not in given and not (key == "school_days" and "calendar" in given):
            yield Fault(("calls", place), what.format(noun))


def _zone_faults(where: Location, zones: ZonesTable, given: Mapping[str, Any]) -> Iterator[Fault]:
    low, high, mode = zones.min_size, zones.max_size, zones.alignment.mode
    if low is not None and high is not None and high < low:
        yield Fault((*where, "max_size"), f"{high} is below min_size, {low}")
    alignment = given.get("alignment")
    priced = isinstance(alignment, Mapping) and "price_minutes" in alignment
    if priced and mode is not AlignmentMode.PREFER:
        what = f"it goes with mode = 'prefer', not {mode}"
        yield Fault((*where, "alignment", "price_minutes"), what)


# Tables.


def _resolve(tables: Tables, names: Iterable[str | int]) -> Location:
    """Find the place of a key whose items of lists are counted from 1, as a planner does.

    A `ValueError` says why there is none.
    """
    at: Any = tables
    where: Location = ()
    for name in names:
        if isinstance(at, list):
            number = int(name) - 1 if str(name).isdecimal() else None
            if number is None:
                raise ValueError("needs a number: .1. for the first")
            if not 0 <= number < len(at):
                raise ValueError(f"has no place: the study has {len(at)} of these")
            at, where = at[number], (*where, number)
        else:
            at, where = at.get(name) if isinstance(at, dict) else None, (*where, name)
            field = field_at(class_at(StudySettings, where[:-1]), name)
            if at is None and field is not None and field.sections is not None:
                at = [] if field.sections[1] else None
    return where


def _put(tables: Tables, where: Location, value: Any) -> None:
    """Put a value into nested tables; a `ValueError` says why it has no place."""
    at: Any = tables
    for part in where[:-1]:
        at = at[part] if isinstance(part, int) else at.setdefault(part, {})
        if not isinstance(at, dict | list):
            raise ValueError("has no place in the study")
    at[where[-1]] = value


def _given_by(origin: str, where: Location, origins: Mapping[Location, str]) -> dict[Location, str]:
    """Say what gave a value, in place of what gave it or parts of it before."""
    others = {k: v for k, v in origins.items() if k[: len(where)] != where}
    return {**others, where: origin}


def _leaves(tables: Mapping[str, Any], where: Location = ()) -> Iterator[Location]:
    for key, value in tables.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, (*where, key))
        else:
            yield (*where, key)


def names_files(where: Location) -> bool:
    """Whether a setting at this place of a study names files."""
    field = field_at(class_at(StudySettings, where[:-1]), where[-1])
    return field is not None and field.holds_files


def _name_files(cls: type, tables: Tables, move: Callable[[str], str]) -> None:
    """Change the name of every file in the tables of a class of settings."""
    for table, _, one in walk(cls, tables):
        value = table[one.key]
        if one.holds_files:
            many = isinstance(value, list)
            table[one.key] = [move(str(v)) for v in value] if many else move(str(value))


def _in_order(cls: type, tables: Tables) -> Tables:
    """Put keys in the order of the settings, so that equal studies give equal bytes."""
    ordered: Tables = {}
    for one in fields_of(cls):
        if one.key not in tables:
            continue
        value, part = tables[one.key], one.sections[0] if one.sections else None
        if part is not None and isinstance(value, dict):
            value = _in_order(part, value)
        elif part is not None and isinstance(value, list):
            value = [_in_order(part, each) for each in value]
        ordered[one.key] = value
    return ordered


def _take_out_restricted(tables: Tables) -> list[str]:
    """Remove what the public edition leaves out; list the name of each key."""
    found = []
    for table, where, one in walk(StudySettings, tables):
        if one.setting.restricted:
            value = table.pop(one.key)
            keys = [*value] if isinstance(value, dict) else [""]
            # Items of lists are counted from 1, as in --set.
            told = [str(one + 1) if isinstance(one, int) else one for one in where]
            found += [".".join(filter(None, (*told, key))) for key in keys]
    return found


def study_settings() -> tuple[SettingRow, ...]:
    """List every setting of a study, for readers; those of an option that others have once."""
    rows = list(describe_settings(StudySettings))
    zones = {row.key for row in rows if row.section == "[zones]"}
    inside = "[[options]]"
    shared = [
        SettingRow(
            section=inside, key=f"any key of {of}", takes="as there", default=of, meaning=why
        )
        for of, why in (
            ("[zones]", "What this option has otherwise than the zones of the others."),
            ("[rules]", "Rules of this option alone, under a line [options.rules]."),
            ("[costs]", "Prices of this option alone, under a line [options.costs]."),
            (
                "[police]",
                "Of posts and no_officers: outside response of this option alone, under a line "
                "[options.police].",
            ),
        )
    ]
    found: list[SettingRow] = []
    for row in rows:
        path = row.section.strip("[]")
        is_own = path == "options" and row.key not in zones
        if found and found[-1].section == inside and path != "options":
            found, shared = [*found, *shared], []
        if is_own or path == "options.posts" or path.split(".")[0] != "options":
            found.append(row)
    return tuple(found)


def study_schema() -> dict[str, Any]:
    """Make the JSON Schema of studies, for editors."""
    schema = json_schema(StudySettings, title="A study of zoning")
    schema["properties"][_LEFT_OUT] = {
        "description": "Settings that were left out of this study of a public run.",
        "type": "array",
        "items": {"type": "string"},
    }
    return schema
