"""The command about files that are to be handed out: ``zoning audit``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from zoning.cli.exits import NOT_ALL_READ, RESTRICTED_FOUND, clean_exit
from zoning.cli.show import Screen, printable
from zoning.disclosure.audit import AuditResult, Verdict
from zoning.disclosure.audit import audit as audited
from zoning.disclosure.vocabulary import MARKED
from zoning.errors import OptionError, first_few

_MOST_SHOWN = 25
_STYLES = {Verdict.RESTRICTED: "bold red", Verdict.UNKNOWN: "bold yellow", Verdict.PUBLIC: "bold"}
_WORDS = {
    Verdict.RESTRICTED: "restricted, do not publish",
    Verdict.UNKNOWN: "unknown, not all of it could be read: do not publish before someone has",
    Verdict.PUBLIC: "nothing restricted found",
}
Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...",
        help="Files or folders: HTML, SVG, XML, QGIS styles, PowerPoint, Excel, CSV, JSON, "
        "GeoJSON, GeoPackage, Parquet, PDF, PNG, JPEG, notebooks, ZIP.",
        show_default=False,
    ),
]


def audit(files: Files) -> None:
    """Say whether files hold anything restricted, before they are handed out.

    Looks into the source, hidden sheets and slides, notes, charts, styles, metadata and files
    inside files. It recognises what zoning writes, and tables of times by school from elsewhere;
    it does not read pictures. No finding is not a promise: the decision stays with a person.
    """
    screen = Screen()
    with clean_exit(screen):
        places = [place for file in files for place in _each(file)]
        verdicts = [_audited(screen, place) for place in places]
    if Verdict.RESTRICTED in verdicts:
        raise typer.Exit(RESTRICTED_FOUND)
    if Verdict.UNKNOWN in verdicts:
        raise typer.Exit(NOT_ALL_READ)


def _each(file: Path) -> Sequence[Path]:
    """The file, or every file of a folder."""
    if not file.is_dir():
        if not file.exists():
            raise OptionError(f"there is no file {file}", remedy="Check the path.")
        return [file]
    inside = sorted(path for path in file.rglob("*") if path.is_file())
    if not inside:
        raise OptionError(f"the folder {file} holds no file", remedy="Check the path.")
    return inside


def _audited(screen: Screen, place: Path) -> Verdict:
    try:
        result = audited(place)
    except OSError as error:
        result = AuditResult(path=place, unread=(error.strerror or "it cannot be opened",))
    show_audit(screen, result)
    return result.verdict


def show_audit(screen: Screen, result: AuditResult) -> None:
    """The verdict on a file, then each finding with its place."""
    verdict = result.verdict
    screen.out.print(
        Text.assemble(printable(str(result.path)), ": ", (_WORDS[verdict], _STYLES[verdict])),
        soft_wrap=True,
    )
    lines = first_few([*_marks(result), *_contents(result)], _MOST_SHOWN)
    lines += [f"not read: {part}" for part in first_few(result.unread, _MOST_SHOWN)]
    for line in lines:
        screen.out.print(Text(f"  {printable(line)}"), soft_wrap=True)
    for why in dict.fromkeys(finding.why for finding in result.findings):
        screen.out.print(Text(f"  why: {printable(why)}", style="dim"), soft_wrap=True)
    for note in result.notes:
        screen.out.print(Text(f"  note: {printable(note)}", style="dim"), soft_wrap=True)


def _marks(result: AuditResult) -> list[str]:
    """The mark, which a restricted file carries in many places, in one line."""
    marks = [finding for finding in result.findings if finding.why == MARKED.why]
    places = sum(finding.times for finding in marks)
    more = f", and in {places - 1:,} more places" if places > 1 else ""
    return [f"{marks[0].where}: {marks[0].what}{more}"] if marks else []


def _contents(result: AuditResult) -> list[str]:
    return [str(finding) for finding in result.findings if finding.why != MARKED.why]
