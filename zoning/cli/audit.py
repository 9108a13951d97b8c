"""The command about files that are to be handed out: ``zoning audit``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from zoning.cli.exits import EXIT_OF_AUDIT, clean_exit
from zoning.cli.show import Screen, printable
from zoning.disclosure.audit import AuditResult, Verdict, read_facts
from zoning.disclosure.audit import audit as audited
from zoning.errors import OptionError, first_few

_MOST_SHOWN = 25
_STYLES = {Verdict.RESTRICTED: "bold red", Verdict.PUBLIC: "bold"}
Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...",
        help="Files or folders: HTML, SVG, XML, KML, PowerPoint, Excel, Word, OpenDocument, CSV, "
        "JSON, GeoPackage, Parquet, PDF, PNG, JPEG, notebooks, mail, ZIP.",
        show_default=False,
    ),
]
Against = Annotated[
    Path | None,
    typer.Option(
        "--against",
        metavar="FOLDER",
        help="What a run with --edition restricted wrote. Figures of it are found in any language, "
        "layout, unit or rounding; without it only its mark is found, and words.",
    ),
]


def audit(files: Files, *, against: Against = None) -> None:
    """Say whether files hold anything restricted, before they are handed out.

    Looks into the source, hidden sheets and slides, notes, charts, metadata and files inside
    files. It does not read pictures. No finding is not a promise: the decision stays with a person.
    """
    screen = Screen()
    with clean_exit(screen):
        places = [place for file in files for place in _each(file)]
        facts = None if against is None else read_facts(against)
        verdicts = []
        for place in places:
            try:
                result = audited(place, against=facts)
            except OSError as error:
                result = AuditResult(path=place, unread=(error.strerror or "it cannot be opened",))
            show_audit(screen, result)
            verdicts.append(result.verdict)
        if against is None:
            screen.notices(
                ["only marks and words were looked for; compare with a run by --against FOLDER"]
            )
    worst = next(verdict for verdict in Verdict if verdict in verdicts)
    if worst in EXIT_OF_AUDIT:
        raise typer.Exit(EXIT_OF_AUDIT[worst])


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


def show_audit(screen: Screen, result: AuditResult) -> None:
    """The verdict on a file, then each finding with its place."""
    path, *lines = str(result).split("\n")
    verdict = path.removeprefix(f"{result.path}: ")
    screen.out.print(
        Text.assemble(
            printable(str(result.path)),
            ": ",
            (verdict, _STYLES.get(result.verdict, "bold yellow")),
        ),
        soft_wrap=True,
    )
    for line in first_few(lines, _MOST_SHOWN):
        screen.out.print(Text(f"  {printable(line.strip())}"), soft_wrap=True)
