"""The command ``zoning new``: look at the files of a district and write its first study."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final

from zoning.cli.options import Flag, read_pairs
from zoning.cli.screen import Screen, collect_notices
from zoning.errors import FaultsError
from zoning.settings import Setting, settings

_LIST: Final = "What the list of schools does not say itself"


def _read_filter(words: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Read ``COLUMN=VALUE`` words as columns with their values."""
    found: dict[str, tuple[str, ...]] = {}
    faults = []
    for word in words:
        column, sign, value = (part.strip() for part in word.partition("="))
        if not (column and sign):
            faults.append(f"{word} is not of the form COLUMN=VALUE")
        found[column] = (*found.get(column, ()), value)
    if faults:
        raise FaultsError("these words cannot be used", faults)
    return found


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class NewRequest:
    """The options of ``zoning new``."""

    folder: Annotated[
        Path,
        Setting(meaning="Folder for the study, district.toml; made if it is not there."),
        Flag(argument="FOLDER"),
    ]
    schools: Annotated[
        tuple[Path, ...],
        Setting(
            meaning="The list of schools in any format that zoning reads, of one district or of "
            "many. Repeat for files with more columns about the same schools: NCES has the grades "
            "in the directory and the places in EDGE.",
        ),
        Flag(takes="FILE"),
    ]
    streets: Annotated[
        Path | None,
        Setting(meaning="Streets built by zoning network build, or a folder of street tables."),
    ] = None
    outline: Annotated[Path | None, Setting(meaning="Polygon of the district.")] = None
    district_name: Annotated[
        str | None,
        Setting(meaning="Name or id of the district, where the list holds several."),
        Flag(panel=_LIST),
    ] = None
    where: Annotated[
        Mapping[str, tuple[str, ...]],
        Setting(
            meaning="Read only the rows with VALUE in COLUMN of the file. Repeat for more.",
            read=_read_filter,
        ),
        Flag(takes="COLUMN=VALUE", panel=_LIST),
    ] = field(default_factory=dict)
    leave_out: Annotated[
        Mapping[str, tuple[str, ...]],
        Setting(
            meaning="Leave out the rows with VALUE in COLUMN of the file. Repeat for more.",
            read=_read_filter,
        ),
        Flag(takes="COLUMN=VALUE", panel=_LIST),
    ] = field(default_factory=dict)
    columns: Annotated[
        Mapping[str, str],
        Setting(
            meaning="Read our column NAME from COLUMN of the file; NAME= reads none. Repeat for "
            "more.",
            read=read_pairs("NAME=COLUMN", empty=True),
        ),
        Flag(name="--column", takes="NAME=COLUMN", panel=_LIST),
    ] = field(default_factory=dict)
    levels: Annotated[
        Mapping[str, str],
        Setting(
            meaning="VALUE in the column of levels or grades means elementary, k-8, middle, "
            "secondary (6-12), high, combined (K-12) or 'leave out'. Repeat for more.",
            read=read_pairs("VALUE=LEVEL", last_sign=True),
        ),
        Flag(name="--level", takes="VALUE=LEVEL", panel=_LIST),
    ] = field(default_factory=dict)
    crs: Annotated[
        str | None,
        Setting(
            meaning="Coordinate system of x and y; found if it is the only one that puts the "
            "schools into the state."
        ),
        Flag(takes="EPSG:CODE", panel=_LIST),
    ] = None
    state: Annotated[
        str | None,
        Setting(meaning="Two letters of the state, such as KY."),
        Flag(takes="STATE", panel=_LIST),
    ] = None

    def faults(self) -> Iterator[str]:
        """Find contradictions."""
        if not self.schools:
            yield "give a list of schools: --schools FILE"

    def school_settings(self) -> Any:
        """Make the settings of the list that are given."""
        from zoning.schools.survey import SchoolFileSettings

        return SchoolFileSettings(
            where=self.where,
            leave_out=self.leave_out,
            columns=self.columns,
            levels=self.levels,
            crs=self.crs,
            state=None if self.state is None else self.state.upper(),
        )


def new(screen: Screen, asked: NewRequest) -> None:
    """Look at the files of a district and write its first study, FOLDER/district.toml.

    What can be found out is not asked. What was decided stands in the study, with the reason and
    how to change it, and is printed; so is what the files do not say, and what that costs.
    """
    from zoning.study.new_study import make_study

    schools, *details = asked.schools
    with collect_notices([]):  # they stand in the study
        study = make_study(
            asked.folder,
            schools,
            details=details,
            streets=asked.streets,
            outline=asked.outline,
            district=asked.district_name,
            settings=asked.school_settings(),
        )
    study.write()
    for heading, lines in study.lines():
        screen.listed(heading, lines)
    screen.written(study.path)
    screen.text(f"Next: zoning compare {study.shown_folder}")
