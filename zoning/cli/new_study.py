"""The command ``zoning new``: look at the files of a district and write its first study."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from zoning.cli.screen import Screen, clean_exit, collect_notices
from zoning.errors import OptionError


def new(  # noqa: PLR0917 - Typer calls it by name
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Folder for the study; made if it is not there."),
    ],
    schools: Annotated[
        list[Path],
        typer.Option(
            "--schools",
            metavar="FILE",
            help="The list of schools, in any format that zoning reads, of one district or of "
            "many. Repeat for files with more columns about the same schools: NCES has the grades "
            "in the directory and the places in EDGE.",
        ),
    ],
    streets: Annotated[
        Path | None,
        typer.Option("--streets", metavar="FILE", help="Streets built by zoning network build."),
    ] = None,
    outline: Annotated[
        Path | None,
        typer.Option("--outline", metavar="FILE", help="Polygon of the district."),
    ] = None,
    district_name: Annotated[
        str | None,
        typer.Option(
            "--district-name",
            metavar="TEXT",
            help="Name or id of the district in a list of several.",
        ),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where",
            metavar="COLUMN=VALUE",
            help="Read the rows with VALUE in COLUMN of the file. Repeat for more.",
        ),
    ] = None,
    leave_out: Annotated[
        list[str] | None,
        typer.Option(
            "--leave-out",
            metavar="COLUMN=VALUE",
            help="Leave out the rows with VALUE in COLUMN of the file. Repeat for more.",
        ),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="NAME=COLUMN",
            help="Read our column NAME from COLUMN of the file. Repeat for more.",
        ),
    ] = None,
    level: Annotated[
        list[str] | None,
        typer.Option(
            "--level",
            metavar="VALUE=LEVEL",
            help="VALUE in the level column means elementary, k-8, middle, secondary, high, "
            "combined or 'leave out'. Repeat for more.",
        ),
    ] = None,
    crs: Annotated[
        str | None,
        typer.Option(
            "--crs",
            metavar="EPSG:CODE",
            help="Coordinate system of x and y; found if only one puts the schools into the state.",
        ),
    ] = None,
    state: Annotated[
        str | None,
        typer.Option("--state", metavar="STATE", help="Two letters, where the file has none."),
    ] = None,
) -> None:
    """Look at the files of a district and write its first study, FOLDER/district.toml.

    What can be found out is not asked. What was decided stands in the study, with the reason and
    how to change it, and is printed.
    """
    with clean_exit(screen := Screen()):
        from zoning.schools.survey import SchoolFileSettings
        from zoning.study.new_study import make_study

        faults: list[str] = []
        settings = SchoolFileSettings(
            where=_values("--where", where, faults),
            leave_out=_values("--leave-out", leave_out, faults),
            columns=_pairs("--column", column, faults),
            levels=_pairs("--level", level, faults),
            crs=crs,
            state=None if state is None else state.upper(),
        )
        if faults:
            raise OptionError("the options are not clear", faults)
        first, *others = schools
        heard: list[str] = []
        with collect_notices(heard):  # those of the schools stand in the study
            study = make_study(
                folder,
                first,
                details=others,
                streets=streets,
                outline=outline,
                district=district_name,
                settings=settings,
            )
        study.write()
        for heading, lines in study.lines():
            screen.listed(heading, lines)
        screen.notices(one for one in heard if not one.startswith(first.name))
        screen.written(study.path)
        screen.text(f"Next: zoning compare {study.shown_folder}")


def _split(flag: str, words: Sequence[str] | None, faults: list[str]) -> list[tuple[str, str]]:
    found = []
    for word in words or ():
        name, sign, value = word.partition("=")
        if sign and name.strip():
            found.append((name.strip(), value.strip()))
        else:
            faults.append(f"{flag} {word} is not of the form NAME=VALUE")
    return found


def _pairs(flag: str, words: Sequence[str] | None, faults: list[str]) -> dict[str, str]:
    return dict(_split(flag, words, faults))


def _values(flag: str, words: Sequence[str] | None, faults: list[str]) -> dict[str, list[str]]:
    """Columns with all values that are given for them."""
    found: dict[str, list[str]] = {}
    for name, value in _split(flag, words, faults):
        found.setdefault(name, []).append(value)
    return found
