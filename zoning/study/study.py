"""A study: the settings of a planner's work on one district, read from a file or made in Python."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from zoning.editions import Edition
from zoning.errors import StudyError, first_few, typed
from zoning.roads import PROFILES
from zoning.settings import (
    Fault,
    Location,
    SettingField,
    SettingRow,
    class_at,
    describe_settings,
    fields_of,
    json_schema,
    read_settings,
)
from zoning.study.faults import SETTINGS_HELP, fault_error
from zoning.study.inputs import StudyInputs
from zoning.study.sections import (
    FORMAT,
    CallsSettings,
    StreetsSettings,
    StudySettings,
    ZonesTable,
)
from zoning.study.toml_file import (
    Tables,
    merge,
    parse_value,
    read_tables,
    write_tables,
)
from zoning.zones import AlignmentMode

if TYPE_CHECKING:
    from zoning.staffing import SolvedZones, StaffingComparison
    from zoning.staffing.comparison import ComparisonProgress
    from zoning.zones import BuildingExplanation, PlanCheck, ProgressCallback, ZoningResult

ENDING: Final = ".toml"
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
    ) -> Study:
        """Check the tables of a study: ``{"schools": {"file": "schools.csv"}}``.

        Raises
        ------
        StudyError
            With every fault: its line, section and key, and what is expected.
        """
        given = merge({}, tables)
        # A price of the planner's own has no range unless one is given.
        for price in ("officer_year", "equipment"):
            costs = given.get("costs")
            own = costs.get(f"{price}_usd") if isinstance(costs, dict) else None
            if isinstance(costs, dict) and own is not None:
                costs.setdefault(f"{price}_range_usd", [own, own])
        settings, faults = read_settings(StudySettings, given)
        if settings is not None:
            faults = list(_faults_between(settings, tables))
        known = {} if origins is None else origins
        if settings is None or faults:
            raise fault_error(faults, known, path=path)
        return cls(folder=Path(folder), settings=settings, tables=given, path=path, origins=known)

    # Changes.

    def replace(self, **sections: Any) -> Study:
        """Make a study with other settings: ``study.replace(zones={"number": 40})``.

        A table is put over the study's own, key by key; a list replaces the list.

        Raises
        ------
        StudyError
            With every fault of the new settings.
        """
        return self._changed(merge(self.tables, sections), self.origins)

    def without(self, *sections: str) -> Study:
        """Make a study that gives nothing in these sections."""
        tables = {key: table for key, table in self.tables.items() if key not in sections}
        return self._changed(tables, self.origins)

    def set(self, *changes: str, values: Iterable[tuple[str, Location, Any]] = ()) -> Study:
        """Make a study with settings given as on the command line: ``"zones.max_size=8"``.

        A file is looked for from the folder of work, not from that of the study.

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
        tables, origins = merge({}, self.tables), dict(self.origins)
        faults, given = [], list(values)
        for change in changes:
            name, sign, text = change.partition("=")
            if sign and (where := _location(name)):
                given.append((f"--set {name.strip()}", where, parse_value(text.strip())))
            else:
                faults.append(f"--set {change} is not of the form section.key=value")
        for origin, where, value in given:
            try:
                _put(tables, where, self._typed_here(where, value))
            except ValueError as wrong:
                faults.append(f"{origin} {wrong}")
            origins = {k: v for k, v in origins.items() if k[: len(where)] != where}
            origins[where] = origin
        if faults:
            raise StudyError("these settings cannot be used", faults, SETTINGS_HELP)
        return self._changed(tables, origins)

    def _changed(self, tables: Tables, origins: Mapping[Location, str]) -> Study:
        return Study.from_tables(tables, folder=self.folder, path=self.path, origins=origins)

    def _typed_here(self, where: Location, value: Any) -> Any:
        """Make a file that was named from the folder of work one named from the study's."""
        owner = class_at(StudySettings, where[:-1])
        for one in () if owner is None else fields_of(owner):
            target = one
            if one.key == where[-1] and one.setting.shortcut and isinstance(value, str):
                target = next(f for f in fields_of(one.kind) if f.key == one.setting.shortcut)
            if one.key == where[-1] and _holds_files(target):
                move = self.from_here
                return (
                    [move(str(v)) for v in value] if isinstance(value, list) else move(str(value))
                )
        return value

    def from_here(self, name: str) -> str:
        """Name a file from the study's folder that is named from the folder of work."""
        if name in PROFILES or name == "none" or Path(name).is_absolute():
            return name
        if self.folder.resolve() == Path.cwd():
            return name
        try:
            return PurePosixPath(os.path.relpath(name, self.folder)).as_posix()
        except ValueError:  # on another drive of Windows
            return str(Path(name).resolve())

    # Files.

    def file(self, path: Path) -> Path:
        """Find a file that the study names."""
        return path if path.is_absolute() else self.folder / path

    def as_run(self, folder: Path, *, edition: Edition) -> str:
        """Write the study as it is run, for the folder of the results.

        Files are named from that folder. The public edition leaves out settings that are
        restricted, and where a file stands that is not with the study; it says so.
        """
        public = edition is Edition.PUBLIC
        tables = merge({}, self.tables)
        withheld = list(_take_out_restricted(StudySettings, tables)) if public else []
        base = os.path.relpath(self.folder.resolve(), folder.resolve())
        beside = set(Path(base).parts) <= {"..", "."}

        def move(name: str) -> str:
            if name in PROFILES or name == "none":
                return name
            outside = Path(name).is_absolute() or not beside or ".." in Path(name).parts
            if outside and public:
                return Path(name).name
            if Path(name).is_absolute():
                return name
            return PurePosixPath(os.path.normpath(Path(base) / name)).as_posix()

        tables = _map_files(StudySettings, tables, move)
        tables.get("output", {}).pop("folder", None)
        heading = "The study as it was run. Repeat the run with: zoning again FOLDER"
        if withheld:
            heading += f"\nLeft out of the public edition: {', '.join(withheld)}."
        order = [one.key for one in fields_of(StudySettings) if tables.get(one.key)]
        ordered = {key: tables[key] for key in order if key != "format"}
        first = {"format": FORMAT, **({_LEFT_OUT: withheld} if withheld else {})}
        return write_tables({**first, **ordered}, heading=heading)

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
        The file, UTF-8 TOML, or a folder with one such file. The files that it names are looked
        for from its folder; they are read when the study is opened.

    Raises
    ------
    StudyError
        If it cannot be read or is not TOML. Else the error lists every fault by line: unknown
        keys with the nearest known one, values of the wrong kind, unit or range, and settings
        that contradict each other.
    """
    file = _find_study(Path(path))
    tables, lines = read_tables(file)
    left_out = tables.pop(_LEFT_OUT, ())
    origins = {where: f"line {line}" for where, line in lines.items()}
    study = Study.from_tables(tables, folder=file.parent, path=file, origins=origins)
    return replace(study, withheld=tuple(map(str, left_out))) if left_out else study


def _find_study(path: Path) -> Path:
    if path.is_dir():
        found = sorted(path.glob(f"*{ENDING}"))
        if len(found) == 1:
            return found[0]
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


def _faults_between(settings: StudySettings, tables: Mapping[str, Any]) -> Iterator[Fault]:
    """Find settings that contradict each other."""
    data, file = settings.district.data, settings.schools.file
    given = tables.get("streets", {})
    streets = given if isinstance(given, Mapping) else {"file": given}
    if (data is None) == (file is None):
        what = "give one of [schools] file and [district] data = 'jefferson'"
        yield Fault(("schools",) if file is None else ("district", "data"), what)
    for key in ("columns", "levels", "crs"):
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
    yield from _zone_faults(("zones",), settings.zones, tables.get("zones", {}))
    options = tables.get("options", [])
    for k, option in enumerate(settings.options):
        yield from _zone_faults(("options", k), option, options[k])
        if option.kind != "fixed_secondary" and "levels" in options[k]:
            yield Fault(("options", k, "levels"), f"it is for fixed_secondary, not {option.kind}")
        if len(option.numbers) > 1:
            yield Fault(("options", k, "number"), "an option has one number of zones, or a range")


def _calibration_faults(streets: StreetsSettings, given: Mapping[str, Any]) -> Iterator[Fault]:
    where, asked = ("streets", "calibration"), streets.calibration
    if "calibration" in given and asked.trips is None:
        yield Fault(where, "it says no trips to fit speeds to: add trips = 'FILE'")
    if asked.fit_delays and streets.delays == "none":
        what = "it fits seconds at junctions, and [streets] delays = 'none' asks for none"
        yield Fault((*where, "fit_delays"), what)


def _calls_faults(calls: CallsSettings, given: Mapping[str, Any]) -> Iterator[Fault]:
    """Find faults of ``[calls]``: either a rate, or a file with what it covers and its source."""
    needed = {
        "school_days": "say how many school-days the counts cover: school_days = 175",
        "source": "say where the counts are from and what a call is: source = 'TEXT'",
    }
    if calls.file is None:
        for key in ("columns", *needed):
            if key in given:
                yield Fault(("calls", key), "it is about a file of calls, and none is given")
        return
    if "per_school_day" in given:
        what = "a rate and a file of calls contradict each other; leave one of them out"
        yield Fault(("calls", "per_school_day"), what)
    for key, what in needed.items():
        if key not in given:
            yield Fault(("calls", "file"), what)


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


def _location(name: str) -> Location:
    parts = [part.strip() for part in name.split(".")]
    if not all(parts):
        return ()
    # The first option is number 1 for a planner.
    return tuple(int(part) - 1 if part.isdecimal() else part for part in parts)


def _put(tables: Tables, where: Location, value: Any) -> None:
    """Put a value into nested tables; a `ValueError` says why it has no place."""
    at: Any = tables
    for k, part in enumerate(where[:-1]):
        if isinstance(part, int):
            if not isinstance(at, list) or not 0 <= part < len(at):
                held = len(at) if isinstance(at, list) else 0
                raise ValueError(f"has no place: the study has {held} of these")
            at = at[part]
            continue
        if isinstance(at, list):
            raise ValueError("needs a number: .1. for the first")
        inside = at.get(part)
        if isinstance(inside, str):
            # Plain text in place of a table gives one key of it.
            owner = class_at(StudySettings, where[:k])
            short = (
                next((f.setting.shortcut for f in fields_of(owner) if f.key == part), "")
                if owner is not None
                else ""
            )
            inside = {short: inside} if short else {}
            at[part] = inside
        at = at.setdefault(part, {})
    if isinstance(at, list) or isinstance(where[-1], int):
        raise ValueError("names no key")
    if not isinstance(at, dict):
        raise ValueError("has no place in the study")
    at[where[-1]] = value


def _holds_files(one: SettingField) -> bool:
    return "Path" in str(one.kind)


def _map_files(cls: type, table: Mapping[str, Any], move: Callable[[str], str]) -> Tables:
    """Change the name of every file in the tables of a study."""
    made = dict(table)
    for one in fields_of(cls):
        value = made.get(one.key)
        if value is None:
            continue
        if one.sections is not None:
            kind, many = one.sections
            short = one.setting.shortcut
            if many and isinstance(value, list):
                made[one.key] = [_map_files(kind, part, move) for part in value]
            elif isinstance(value, Mapping):
                made[one.key] = _map_files(kind, value, move)
            elif short and any(_holds_files(f) for f in fields_of(kind) if f.key == short):
                made[one.key] = move(str(value))
        elif _holds_files(one):
            parts = value if isinstance(value, list) else [value]
            moved = [move(str(part)) for part in parts]
            made[one.key] = moved if isinstance(value, list) else moved[0]
    return made


def _take_out_restricted(cls: type, tables: Tables, *, inside: str = "") -> Iterator[str]:
    """Remove what the public edition leaves out; yield the name of each key."""
    for one in fields_of(cls):
        value = tables.get(one.key)
        if value is None:
            continue
        name = f"{inside}{one.key}"
        if one.setting.restricted:
            del tables[one.key]
            yield from (
                (f"{name}.{key}" for key in value) if isinstance(value, Mapping) else (name,)
            )
        elif one.sections is not None and isinstance(value, dict):
            yield from _take_out_restricted(one.sections[0], value, inside=f"{name}.")


def public_tables(tables: Mapping[str, Any]) -> Tables:
    """Copy the tables of a study without what the public edition leaves out."""
    public = merge({}, tables)
    list(_take_out_restricted(StudySettings, public))
    return public


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
        )
    ]
    found: list[SettingRow] = []
    for row in rows:
        path = row.section.strip("[]")
        if path == "options" and row.key not in zones:
            found.append(row)
        elif path.split(".")[0] != "options":
            found += shared if found and found[-1].section == inside else []
            found.append(row)
    return tuple(found)


def study_schema() -> dict[str, Any]:
    """Make the JSON Schema of studies, for editors."""
    return json_schema(StudySettings, title="A study of zoning")
