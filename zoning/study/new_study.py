"""Write the first study of a district, with everything that was found and decided in comments."""

from __future__ import annotations

import math
import os
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final

import tomlkit

from zoning.errors import StudyError
from zoning.files import write_whole
from zoning.roads import RoadNetwork, read_network
from zoning.schools import buildings, high_school_ids
from zoning.schools.survey import (
    Decision,
    Lacking,
    SchoolFileReport,
    SchoolFileSettings,
    survey_schools,
)
from zoning.staffing.options import usual_zone_counts
from zoning.study.inputs import district_name
from zoning.study.sections import FORMAT
from zoning.study.study import ENDING, NAME, Study
from zoning.study.toml_file import parse_tables
from zoning.units import counted, sentence

# A line of a comment with its "# ": what an editor shows beside a tree of files.
_WIDTH: Final = 96
_MIN_SIZE, _MAX_SIZE = 3, 7


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStudy:
    """A study as it is to be written, and what a planner is told of it.

    Attributes
    ----------
    path
        Where it goes; nothing is written yet, see `write`.
    text
        The file.
    found
        What the files hold, one sentence each.
    decisions
        What was decided without asking, and how to change it.
    lacking
        What the files do not say, and what that costs.
    notices
        What else the reader says of the rows.
    """

    path: Path
    text: str = field(repr=False)
    found: tuple[str, ...]
    decisions: tuple[Decision, ...]
    lacking: tuple[Lacking, ...]
    notices: tuple[str, ...]

    @property
    def shown_folder(self) -> str:
        """The folder as it is typed."""
        return _shown(self.path.parent)

    def write(self) -> Path:
        """Write the file; `OutputError` if it is there by now."""
        return write_whole(self.path, self.text.encode())

    def lines(self) -> Iterator[tuple[str, list[str]]]:
        """What to show on a screen: headings, and sentences under each."""
        yield "Found", [sentence(one) for one in self.found]
        yield (
            "Decided without asking; each is a line of the study",
            [_decided(one) for one in self.decisions],
        )
        yield (
            "Not in the files",
            [sentence(f"{one.what}: {one.cost}; to add: {one.remedy}") for one in self.lacking],
        )


def make_study(
    folder: str | Path,
    schools: str | Path,
    *,
    details: Sequence[str | Path] = (),
    streets: str | Path | None = None,
    outline: str | Path | None = None,
    district: str | None = None,
    name: str | None = None,
    settings: SchoolFileSettings | None = None,
) -> NewStudy:
    """Look at the files of a district and make its first study.

    Parameters
    ----------
    folder
        Where the study goes; files are named from there.
    schools
        The list of schools; ``schools.xlsx#Sheet`` names a sheet.
    details
        Files with more columns about the same schools, by their ids.
    streets, outline
        See ``[streets] file`` and ``[district] outline``.
    district
        Name or id of the district in a list of several.
    name
        Name of the district on maps; None to take it from the files.
    settings
        Settings of the list that are known already.

    Raises
    ------
    StudyError
        If the folder has a study.
    SchoolDataError
        If a question is left that only the planner can answer, with the choices.
    NetworkError
        If the streets cannot be read.
    """
    target = Path(folder)
    _require_free(target)
    given = settings or SchoolFileSettings()
    asked = replace(given, details=(*given.details, *map(Path, details)))
    report = survey_schools(schools, district=district, settings=asked)
    network = None if streets is None else read_network(streets)
    count = _propose_zones(report)
    writer = _Writer(
        folder=target,
        report=report,
        streets=None if streets is None else Path(streets),
        network=network,
        outline=None if outline is None else Path(outline),
        name=name or report.district or district_name(report.path.stem),
        is_named=name is not None,
        zones=count,
    )
    text = "\n".join(writer.lines()) + "\n"
    Study.from_tables(parse_tables(text, shown=NAME), folder=target)  # a fault here is ours
    lacking = [*report.lacking]
    if network is None:
        lacking.append(_NO_STREETS)
    return NewStudy(
        path=target / NAME,
        text=text,
        found=tuple(writer.found()),
        decisions=(*report.decisions, *writer.decisions()),
        lacking=tuple(lacking),
        notices=report.notices,
    )


_NO_STREETS: Final = Lacking(
    what="streets",
    cost="travel times are estimated from straight lines, and every output says so",
    remedy="[streets] file, made by zoning network build",
)


def _require_free(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise StudyError(f"{folder} is a file", remedy="Give the name of a folder.")
    there = sorted(one.name for one in folder.glob(f"*{ENDING}")) if folder.is_dir() else []
    if there:
        raise StudyError(
            f"the folder {folder} has a study already",
            there,
            "Give another folder; nothing was changed. To run that one: zoning compare "
            f"{_shown(folder / there[0])}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Zones:
    """A first number of zones, and why."""

    number: int
    min_size: int
    why: str
    change: str


def _propose_zones(report: SchoolFileReport) -> _Zones:
    """Propose a number of zones that the usual sizes allow."""
    count = len(buildings(report.schools))
    fewest, most = math.ceil(count / _MAX_SIZE), count // _MIN_SIZE
    if fewest > most:  # one or two buildings
        return _Zones(
            number=1,
            min_size=max(count, 1),
            why=f"{counted(count, 'building')}, too few for zones of {_MIN_SIZE} to {_MAX_SIZE}: "
            "one zone",
            change="one officer per campus is compared beside it",
        )
    usual = usual_zone_counts(count)
    (number,) = usual_zone_counts(count, [_BUILDINGS_PER_ZONE])
    why = (
        f"{counted(count, 'building')} in zones of {_MIN_SIZE} to {_MAX_SIZE}: {fewest} to {most} "
        f"zones are possible; {number} have {count / number:.1f} buildings each, the middle of "
        "what boards usually compare"
    )
    high = len(high_school_ids(report.schools))
    if fewest <= high <= most and high != number:
        why += f"; {high}, the number of regular high, 6-12 and K-12 schools, is another to try"
    listed = ", ".join(map(str, usual))
    return _Zones(
        number=number,
        min_size=_MIN_SIZE,
        why=why,
        change=f'another number, a range "{fewest}-{most}" for the best of it, or a list to '
        f"compare, [{listed}]",
    )


# Of the numbers that a board usually compares, the middle; see `standard_options`.
_BUILDINGS_PER_ZONE: Final = 4.8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writer:
    """The text of a study."""

    folder: Path
    report: SchoolFileReport
    streets: Path | None
    network: RoadNetwork | None
    outline: Path | None
    name: str
    is_named: bool
    zones: _Zones

    def found(self) -> Iterator[str]:
        schools, report = self.report.schools, self.report
        virtual = int((schools["program"] == "virtual").sum())
        yield (
            f"{counted(len(schools) - virtual, 'school')} in "
            f"{counted(len(buildings(schools)), 'building')}, of "
            f"{counted(report.row_count, 'row')} in {report.path.name}"
        )
        levels = schools["level"].value_counts()
        yield "levels: " + ", ".join(f"{n} {level}" for level, n in levels.items())
        yield "columns: " + ", ".join(
            f"{theirs} as {ours}" for ours, theirs in report.settings.columns.items() if theirs
        )
        if self.network is not None:
            yield f"streets: {self.network}"

    def decisions(self) -> Iterator[Decision]:
        if not self.is_named:
            source = "the file" if self.report.district else "the name of the file"
            yield Decision(
                setting="district.name",
                what=f"the district is called {self.name}, from {source}",
                change="[district] name",
            )
        yield Decision(setting="zones.number", what=self.zones.why, change=self.zones.change)

    def lines(self) -> Iterator[str]:
        """The lines of the file."""
        report, asked = self.report, self.report.settings
        command = f"zoning compare {_shown(self.folder)}"
        yield from _comment(
            f"Study of {self.name}. It was written by zoning new from {report.path.name}; what "
            "it found and decided stands in comments. Change what you like and run "
            f"{command}. All settings, with units and ranges: zoning study settings."
        )
        yield f"format = {FORMAT}"
        yield ""
        yield "[district]"
        source = "given" if self.is_named else "from the file" if report.district else "file name"
        yield f"name = {_toml(self.name)}  # on maps and slides; {source}"
        yield from self._decided("state")
        if asked.state is not None:
            yield f"state = {_toml(asked.state)}"
        else:
            yield from _comment("The state is not known; with it places are checked against it:")
            yield '# state = "KY"'
        if self.outline is not None:
            yield f"outline = {_toml(self._from_folder(self.outline))}"
        yield ""
        yield from self._schools()
        yield ""
        yield from self._streets()
        yield ""
        yield from self._zones()
        yield ""
        yield from _comment(_FURTHER)

    def _schools(self) -> Iterator[str]:
        report, asked = self.report, self.report.settings
        yield "[schools]"
        for one in list(self.found())[:2]:
            yield from _comment(sentence(one))
        yield from self._decided("sheet")
        file = self._from_folder(report.path)
        yield f"file = {_toml(file if asked.sheet is None else f'{file}#{asked.sheet}')}"
        if asked.details:
            yield from _comment("Joined to it by the ids of the schools:")
            yield f"details = {_toml([self._from_folder(one) for one in asked.details])}"
        for setting in ("where", "crs", "leave_out", ""):
            yield from self._decided(setting)
            if setting and (value := getattr(asked, setting)):
                yield f"{setting} = {_toml(value)}"
        yield "#"
        for lacking in report.lacking:
            yield from _comment(sentence(f"Not in the file: {lacking.what}; {lacking.cost}"))
            yield from _comment(f"To add: {lacking.remedy}.", indent=2)
        yield "#"
        for notice in report.notices:
            yield from _comment(sentence(f"Reader: {notice}"))
        yield ""
        yield from _comment("Columns of the file by our names; '' reads none.")
        yield "[schools.columns]"
        for ours, theirs in asked.columns.items():
            yield f"{_key(ours)} = {_toml(theirs)}"
        if asked.levels:
            yield ""
            yield "[schools.levels]"
            for value, level in asked.levels.items():
                yield f"{_key(value)} = {_toml(level)}"

    def _streets(self) -> Iterator[str]:
        yield "[streets]"
        if self.streets is not None and self.network is not None:
            yield f"file = {_toml(self._from_folder(self.streets))}"
            return
        yield from _comment(sentence(f"No streets were given: {_NO_STREETS.cost}"))
        yield '# file = "city.streets"  # made by zoning network build'

    def _zones(self) -> Iterator[str]:
        zones = self.zones
        yield "[zones]"
        yield from _comment(sentence(zones.why))
        yield from _comment(sentence(f"Instead: {zones.change}"))
        yield f"number = {zones.number}"
        yield f"min_size = {zones.min_size}"
        yield f"max_size = {_MAX_SIZE}"

    def _decided(self, setting: str) -> Iterator[str]:
        for one in self.report.decisions:
            if one.setting == setting:
                yield from _comment(_decided(one))

    def _from_folder(self, path: Path) -> str:
        """Name a file from the study's folder."""
        try:
            return PurePosixPath(
                *Path(os.path.relpath(path.resolve(), self.folder.resolve())).parts
            ).as_posix()
        except ValueError:  # on another drive of Windows
            return str(path.resolve())


_FURTHER: Final = (
    "Further sections: [rules] (schools together or apart, longest drives, today's plan), "
    "[[options]] (staffing to compare), [[scenarios]] (the options if something changes), [plan] "
    "(a plan to check or improve), [calendar], [calls], [patrol], [response], [costs], [police], "
    "[solver], [output], [deck]; of the programme [roster] (officers), [term], [law], [programme] "
    "(records, goals) and [review]."
)


def _decided(one: Decision) -> str:
    change = f" Instead: {one.change}." if one.change else ""
    return f"{sentence(one.what)}{change}"


def _comment(text: str, *, indent: int = 0) -> Iterable[str]:
    """Lines of a comment, the later ones indented; letters that could end it are blanks."""
    clean = "".join(c if c.isprintable() else " " for c in text)
    blanks = " " * indent
    lines = textwrap.wrap(
        clean,
        _WIDTH - 2,
        initial_indent=blanks,
        subsequent_indent=f"{blanks}  ",
        break_on_hyphens=False,
    )
    return [f"# {line}" for line in lines]


def _toml(value: Any) -> str:
    """Write a value as TOML, a table in one line."""
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(key)} = {_toml(one)}" for key, one in value.items())
        return f"{{ {inside} }}"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_toml, value))}]"
    return str(tomlkit.item(value).as_string())


def _key(name: str) -> str:
    return tomlkit.key(name).as_string() if name else '""'


def _shown(path: Path) -> str:
    """A path as it is typed: with quotes where it has blanks."""
    text = str(path)
    return f'"{text}"' if " " in text else text
