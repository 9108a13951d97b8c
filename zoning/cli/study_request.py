"""The study of a command, and the few settings that change from run to run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from zoning.cli.options import Flag, Option
from zoning.settings import Location, Setting, settings

if TYPE_CHECKING:
    from zoning.study import Study

_RESULTS: Final = "Results"


def _read_numbers(words: list[str]) -> tuple[int | str, ...]:
    return tuple(map(read_number, words))


def read_number(word: str) -> int | str:
    """Read a whole number; other text is left for the study to refuse."""
    return int(word) if word.isdecimal() else word


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRequest:
    """A study, or a district or a list of schools for a first look.

    An option that gives a setting of the study takes any text: the study checks it, with its
    other settings, so that every fault comes at once.
    """

    study: Annotated[
        Path | None,
        Setting(
            meaning="The study: a .toml file, or a folder with one. Write one with zoning new.",
            read=Path,
        ),
        Flag(argument="STUDY"),
    ] = None
    district: Annotated[
        str | None,
        Setting(
            meaning="In place of STUDY: a district whose data come with zoning, jefferson.",
            read=str,
        ),
        Flag(takes="NAME", sets=("district", "data")),
    ] = None
    schools: Annotated[
        str | None,
        Setting(meaning="In place of STUDY: your schools, as CSV, workbook or GIS file.", read=str),
        Flag(takes="FILE", sets=("schools", "file")),
    ] = None
    streets: Annotated[
        str | None,
        Setting(
            meaning="Streets built by zoning network build, or a folder of street tables.", read=str
        ),
        Flag(takes="FILE", sets=("streets", "file")),
    ] = None
    zones: Annotated[
        tuple[int | str, ...],
        Setting(
            meaning="Number of patrol zones, 30, or the best of a range, 21-30. Where options "
            "are compared, repeat for more.",
            read=_read_numbers,
        ),
        Flag(takes="N|N-N", sets=("zones", "number")),
    ] = ()
    changes: Annotated[
        tuple[str, ...],
        Setting(
            meaning="Any other setting of the study for this run: --set zones.max_size=8. "
            "zoning study settings lists them. Repeat for more."
        ),
        Flag(name="--set", takes="KEY=VALUE"),
    ] = ()

    def faults(self) -> Iterator[str]:
        """Find whether there is not exactly one district to look at."""
        given = [one for one in (self.study, self.district, self.schools) if one is not None]
        if len(given) != 1:
            what = "give one of STUDY, --district jefferson and --schools FILE"
            yield f"{what}, not {len(given)} of them" if given else what

    def make_study(self) -> Study:
        """Read the study, and put the options of the command over it.

        Raises `StudyError` with every fault.
        """
        from zoning.study import Study, StudySettings, read_study

        empty = Study(folder=Path(), settings=StudySettings(), tables={})
        study = empty if self.study is None else read_study(self.study)
        return study.set(*self.changes, values=self.values())

    def values(self) -> Iterator[tuple[str, Location, Any]]:
        """List the settings that have an option of their own: flag, place and value."""
        for one in Option.all_of(type(self)):
            value = getattr(self, one.setting.name)
            if one.flag.sets and value not in (None, ()):
                several = list(value) if isinstance(value, tuple) else value
                # Several numbers of zones are a list of the study, one is a number.
                alone = one.flag.sets == ("zones", "number") and len(value) == 1
                yield one.name, one.flag.sets, several[0] if alone else several


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest(StudyRequest):
    """A run that writes files."""

    out: Annotated[
        str | None,
        Setting(
            meaning="Folder for the files. If not given: zoning-plan, zoning-comparison and so "
            "on beside the study, with the suffix -restricted for that edition.",
            read=str,
        ),
        Flag(takes="FOLDER", panel=_RESULTS, sets=("output", "folder")),
    ] = None
    edition: Annotated[
        str | None,
        Setting(
            meaning="Files of the public edition can be handed to anyone; those of the "
            "restricted edition add routes, visit times and response by school, are marked, and "
            "must not be published. [default: the study's, else public]",
            read=str,
        ),
        Flag(takes="public|restricted", panel=_RESULTS, sets=("output", "edition")),
    ] = None
    time_limit: Annotated[
        str | None,
        Setting(
            meaning="Longest search for the zones of one option, 90 or '5 min'; then the best "
            "plan so far is taken. [default: the study's, else 300]",
            read=str,
        ),
        Flag(takes="SECONDS", sets=("solver", "time_limit_seconds")),
    ] = None
    force: Annotated[
        bool,
        Setting(meaning="Replace the files of an earlier run of the same edition in the folder."),
        Flag(panel=_RESULTS),
    ] = False


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest(RunRequest):
    """The options of ``zoning plan``."""

    alternatives: Annotated[
        int | str | None,
        Setting(
            meaning="How many plans to draw: the best one, and the best of those that differ "
            "from all before. [default: the study's, else 1]",
            read=read_number,
        ),
        Flag(takes="N", sets=("plan", "alternatives")),
    ] = None


PlanFile = Annotated[
    str | None,
    Setting(
        meaning="The plan, drawn by hand or written by zoning: CSV or workbook with building_id "
        "and zone_id, or GeoJSON, GeoPackage or Shapefile with points or zones. [default: "
        "[plan] file of the study, else today's plan]",
        read=str,
    ),
    Flag(takes="FILE", sets=("plan", "file")),
]


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class ImproveRequest(RunRequest):
    """The options of ``zoning improve``."""

    plan: PlanFile = None
    lock: Annotated[
        tuple[str, ...],
        Setting(meaning="A zone of the plan to keep as it is. Repeat for more."),
        Flag(takes="ZONE", sets=("plan", "lock")),
    ] = ()
    lock_schools: Annotated[
        tuple[str, ...],
        Setting(
            meaning="A school to keep in its zone of the plan, by id or name. Repeat for more."
        ),
        Flag(name="--lock-school", takes="SCHOOL", sets=("plan", "lock_schools")),
    ] = ()


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest(StudyRequest):
    """The options of ``zoning check``."""

    plan: PlanFile = None
    page: Annotated[
        Path | None,
        Setting(
            meaning="A page of zoning workbench: say what has changed in the study since it was "
            "made."
        ),
        Flag(takes="FILE.html"),
    ] = None
    out: Annotated[
        Path | None,
        Setting(
            meaning="Write the broken rules and the travel to each building into this folder; "
            "these files are restricted."
        ),
        Flag(takes="FOLDER", panel=_RESULTS),
    ] = None
    force: Annotated[
        bool,
        Setting(meaning="Replace the files of an earlier check in that folder."),
        Flag(panel=_RESULTS),
    ] = False
    strict_exit: Annotated[
        bool, Setting(meaning="Exit with status 4 if the plan breaks a rule, for scripts.")
    ] = False


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainRequest(StudyRequest):
    """The options of ``zoning explain``."""

    plan: PlanFile = None
    school: Annotated[str, Setting(meaning="Id or name of a school."), Flag(takes="SCHOOL")]
    others: Annotated[int, Setting(meaning="How many other zones to show.", at_least=1)] = 3


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class DeckRequest(RunRequest):
    """The options of ``zoning deck``."""

    finished: Annotated[
        Path | None,
        Setting(
            meaning="In place of STUDY: folder of a finished comparison. Its zones and settings "
            "are used without solving again; its input files must not have changed."
        ),
        Flag(name="--from", takes="FOLDER"),
    ] = None
    propose: Annotated[
        str | None,
        Setting(
            meaning="The option that is proposed, for example zones-30: the slides say what it "
            "changes.",
            read=str,
        ),
        Flag(takes="OPTION", sets=("deck", "propose")),
    ] = None
    instead_of: Annotated[
        str | None,
        Setting(
            meaning="The option it is compared with, for example the one closest to today's "
            "staffing.",
            read=str,
        ),
        Flag(takes="OPTION", sets=("deck", "instead_of")),
    ] = None

    def faults(self) -> Iterator[str]:
        """Find whether there is not exactly one comparison to show."""
        if self.finished is None:
            yield from RunRequest.faults(self)
        elif (self.study, self.district, self.schools) != (None, None, None):
            yield "--from takes the study of that comparison: leave out STUDY and --schools"
