"""The study of a command, and the few settings that change from run to run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from zoning.cli.options import Flag
from zoning.settings import Location, Setting, settings

if TYPE_CHECKING:
    from zoning.study import Study

_RESULTS: Final = "Results"
_NO_DEFAULT: Final = "none"  # nothing is said of a default in --help


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRequest:
    """A study, or a district or a list of schools for a first look."""

    study: Annotated[
        Path | None,
        Setting(
            meaning="The study: a .toml file, or a folder with one. Write one with zoning new.",
            default=_NO_DEFAULT,
        ),
        Flag(argument="STUDY"),
    ] = None
    district: Annotated[
        str | None,
        Setting(
            meaning="In place of STUDY: a district whose data come with zoning, jefferson.",
            default=_NO_DEFAULT,
        ),
        Flag(takes="NAME"),
    ] = None
    schools: Annotated[
        Path | None,
        Setting(
            meaning="In place of STUDY: your schools, as CSV, workbook or GIS file.",
            default=_NO_DEFAULT,
        ),
    ] = None
    streets: Annotated[
        Path | None,
        Setting(
            meaning="Streets built by zoning network build, or a folder of street tables.",
            default=_NO_DEFAULT,
        ),
    ] = None
    zones: Annotated[
        tuple[str, ...],
        Setting(
            meaning="Number of patrol zones, 30, or the best of a range, 21-30. Where options "
            "are compared, repeat for more."
        ),
        Flag(takes="N|N-N"),
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
            yield "give one of STUDY, --district jefferson and --schools FILE"

    def make_study(self) -> Study:
        """Read the study, and put the options of the command over it.

        Raises `StudyError` with every fault.
        """
        from zoning.study import Study, read_study

        if self.study is not None:
            study = read_study(self.study)
        elif self.schools is not None:
            study = Study.from_tables({"schools": {"file": str(self.schools)}})
        else:
            study = Study.from_tables({"district": {"data": self.district}})
        return study.set(*self.changes, values=self.values())

    def values(self) -> Iterator[tuple[str, Location, Any]]:
        """List the settings that have an option of their own: flag, place and value."""
        if self.streets is not None:
            yield "--streets", ("streets", "file"), str(self.streets)
        if self.zones:
            numbers = [int(word) if word.isdecimal() else word for word in self.zones]
            yield "--zones", ("zones", "number"), numbers if len(numbers) > 1 else numbers[0]


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest(StudyRequest):
    """A run that writes files."""

    out: Annotated[
        Path | None,
        Setting(
            meaning="Folder for the files. If not given: zoning-plan, zoning-comparison and so "
            "on beside the study, with the suffix -restricted for that edition.",
            default=_NO_DEFAULT,
        ),
        Flag(takes="FOLDER", panel=_RESULTS),
    ] = None
    edition: Annotated[
        str | None,
        Setting(
            meaning="Files of the public edition can be handed to anyone; those of the "
            "restricted edition add routes, visit times and response by school, are marked, and "
            "must not be published. [default: the study's, else public]",
            words=("public", "restricted"),
            default=_NO_DEFAULT,
        ),
        Flag(panel=_RESULTS),
    ] = None
    time_limit: Annotated[
        str | None,
        Setting(
            meaning="Longest search for the zones of one option; then the best plan so far is "
            "taken. [default: the study's, else 300]",
            default=_NO_DEFAULT,
        ),
        Flag(takes="SECONDS"),
    ] = None
    force: Annotated[
        bool,
        Setting(meaning="Replace the files of an earlier run of the same edition in the folder."),
        Flag(panel=_RESULTS),
    ] = False

    def values(self) -> Iterator[tuple[str, Location, Any]]:
        """List the settings that have an option of their own."""
        yield from StudyRequest.values(self)
        if self.out is not None:
            yield "--out", ("output", "folder"), str(self.out)
        if self.edition is not None:
            yield "--edition", ("output", "edition"), self.edition
        if self.time_limit is not None:
            yield "--time-limit", ("solver", "time_limit_seconds"), self.time_limit


PlanFile = Annotated[
    Path | None,
    Setting(
        meaning="The plan, drawn by hand or written by zoning: CSV or workbook with building_id "
        "and zone_id, or GeoJSON, GeoPackage or Shapefile with points or zones. [default: "
        "[plan] file of the study, else today's plan]",
        default=_NO_DEFAULT,
    ),
    Flag(name="--plan"),
]


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class ImproveRequest(RunRequest):
    """The options of ``zoning improve``."""

    plan: PlanFile = None

    def values(self) -> Iterator[tuple[str, Location, Any]]:
        """List the settings that have an option of their own."""
        yield from RunRequest.values(self)
        if self.plan is not None:
            yield "--plan", ("plan", "file"), str(self.plan)


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRequest(StudyRequest):
    """The options of a command about a plan that draws no other."""

    plan: PlanFile = None

    def values(self) -> Iterator[tuple[str, Location, Any]]:
        """List the settings that have an option of their own."""
        yield from StudyRequest.values(self)
        if self.plan is not None:
            yield "--plan", ("plan", "file"), str(self.plan)


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest(ReviewRequest):
    """The options of ``zoning check``."""

    out: Annotated[
        Path | None,
        Setting(
            meaning="Write the broken rules and the travel to each building into this folder; "
            "these files are restricted.",
            default=_NO_DEFAULT,
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
class ExplainRequest(ReviewRequest):
    """The options of ``zoning explain``."""

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
            "are used without solving again; its input files must not have changed.",
            default=_NO_DEFAULT,
        ),
        Flag(name="--from", takes="FOLDER"),
    ] = None
    propose: Annotated[
        str | None,
        Setting(
            meaning="The option that is proposed, for example zones-30: the slides say what it "
            "changes.",
            default=_NO_DEFAULT,
        ),
        Flag(takes="OPTION"),
    ] = None
    instead_of: Annotated[
        str | None,
        Setting(
            meaning="The option it is compared with, for example the one closest to today's "
            "staffing.",
            default=_NO_DEFAULT,
        ),
        Flag(takes="OPTION"),
    ] = None

    def faults(self) -> Iterator[str]:
        """Find whether there is not exactly one comparison to show."""
        if self.finished is None:
            yield from RunRequest.faults(self)
        elif (self.study, self.district, self.schools) != (None, None, None):
            yield "--from takes the study of that comparison: leave out STUDY and --schools"

    def values(self) -> Iterator[tuple[str, Location, Any]]:
        """List the settings that have an option of their own."""
        yield from RunRequest.values(self)
        for key, value in (("propose", self.propose), ("instead_of", self.instead_of)):
            if value is not None:
                yield f"--{key.replace('_', '-')}", ("deck", key), value
