"""The ``zoning`` command and its commands; those about streets are in `zoning.cli.network`.

Nothing that computes is imported at the top: ``--help`` must not wait for the solver and the GIS.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer
from rich.text import Text

import zoning
from zoning.cli.network import network_app
from zoning.cli.new_study import new
from zoning.cli.options import Flag
from zoning.cli.patrol import patrol_app
from zoning.cli.programme import due
from zoning.cli.run_commands import again, diff, study_of_comparison
from zoning.cli.screen import (
    EXIT_STATUS,
    NOT_ALL_READ,
    RESTRICTED_FOUND,
    RULES_BROKEN,
    WORDS_FOUND,
    Screen,
    printable,
)
from zoning.cli.staff_review import show_review
from zoning.cli.staff_roster import staff_app
from zoning.cli.study_commands import study_app
from zoning.cli.study_request import (
    CheckRequest,
    DeckRequest,
    ExplainRequest,
    ImproveRequest,
    PlanRequest,
    RunRequest,
)
from zoning.cli.usage import PlainGroup, add_to, make_app
from zoning.cli.workbench import compare_page, workbench
from zoning.editions import Purpose
from zoning.errors import OptionError, first_few
from zoning.files import refuse_to_replace, write_whole
from zoning.settings import HIDDEN, Location, Setting, settings

if TYPE_CHECKING:
    from zoning.disclosure.audit import AuditResult
    from zoning.study import Study
    from zoning.study.runs import Run

_MOST_FINDINGS = 25  # findings of the audit that are printed for one file
_PICTURE_ENDINGS = (".png", ".pdf")


class _Zoning(PlainGroup):
    """The ``zoning`` command."""

    panels: ClassVar = {
        "From your files to results": ("new", "plan", "compare", "deck"),
        "A plan that is there": ("check", "improve", "workbench", "explain"),
        "The officers' days": ("patrol",),
        "The programme and its people": ("staff", "due"),
        "Runs that are done": ("again", "diff"),
        "The study and its streets": ("study", "network"),
        "Files, and a first look": ("audit", "picture", "demo"),
    }


app = make_app(group=_Zoning)
command = add_to(app)


def main() -> None:
    """Run the command; characters that the terminal cannot encode are replaced."""
    _keep_stdout_to_ourselves()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    app(prog_name="zoning")


def _keep_stdout_to_ourselves() -> None:
    """Reserve standard output for Python; discard what solvers print from C.

    Some lines of HiGHS ignore its options for output; in a table that is piped on
    they would be wrong data.
    """
    try:
        ours = os.dup(sys.stdout.fileno())
    except (AttributeError, OSError, ValueError):
        return
    sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    lines = 1 if os.isatty(ours) else -1
    # Like the stream it replaces, it is not closed at the end: Python would warn of that.
    sys.stdout = os.fdopen(ours, "w", encoding=sys.stdout.encoding, buffering=lines, closefd=False)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"zoning {version('zoning')}")
        raise typer.Exit


@app.callback(epilog=EXIT_STATUS)
def _zoning(
    show_version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Show the version and exit.",
            metavar="",
            is_eager=True,
            callback=_show_version,
        ),
    ] = False,
) -> None:
    """Plan patrol zones for school safety officers, and compare ways to staff a district."""


command(new)
command(due)

# Plan and compare.


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRequest(RunRequest):
    """The options of ``zoning demo``."""

    study: Annotated[Path | None, HIDDEN] = None
    schools: Annotated[str | None, HIDDEN] = None
    district: Annotated[str | None, HIDDEN] = "jefferson"

    def values(self) -> Iterator[tuple[str, Location, Any]]:
        """Add the district of the demonstration."""
        yield "zoning demo", ("district", "data"), self.district
        yield from RunRequest.values(self)


@command
def demo(screen: Screen, asked: DemoRequest) -> None:
    """Compare the staffing options of Jefferson County, Kentucky, whose data come with zoning.

    The same as: zoning compare --district jefferson
    """
    _run(screen, asked, Purpose.COMPARISON, folder="zoning-demo")


@command
def plan(screen: Screen, asked: PlanRequest) -> None:
    """Draw the patrol zones of one district, and prove how good they are.

    Every building is in one zone; every zone is aligned with a high school or, where the schools
    name no feeders, named after one. If no plan exists, the answer names the rules that conflict
    and the smallest changes that would allow one; then nothing is written.
    With --alternatives 3 come two more plans that cost little more and put some schools elsewhere.
    Ctrl-C during the search keeps the best plan so far.
    """
    _run(screen, asked, Purpose.PLAN, folder="zoning-plan")


@command
def compare(screen: Screen, asked: RunRequest) -> None:
    """Compare the staffing options of one district: officers, cost, response, alignment.

    The options of the study or, if it has none: no district officers, patrol zones in several
    numbers, officers fixed at secondary schools with zones for the rest, and one officer per
    campus. An option without a possible plan is named with the reason; the others are still
    compared. Ctrl-C during a search keeps the best plan so far and goes on with the next option.
    """
    _run(screen, asked, Purpose.COMPARISON, folder="zoning-comparison")


@command
def deck(screen: Screen, asked: DeckRequest) -> None:
    """Write slides for the board, with speaker notes, and the decision on one page.

    The options are compared as by zoning compare, or taken from what it wrote with --from; the map
    of all options is written too. The folder of zoning plan --alternatives, or a study with
    alternatives under [plan], gives slides of these plans.
    Needs pip install 'zoning[report]'; the one page is also printed as PDF where there is a
    Chromium or Chrome and zoning[png] is installed.
    """
    from zoning.study.runs import read_run

    if asked.finished is None:
        _run(screen, asked, Purpose.DECK, folder="zoning-deck")
        return
    finished = read_run(asked.finished).require_comparison()
    study = study_of_comparison(finished, asked.changes, asked.values())
    if study.settings.plan.alternatives > 1 and not finished.has_alternatives:
        study = study.set(values=[("--from", ("plan", "alternatives"), 1)])
    if study.settings.output.folder is None:  # beside the comparison, not in its folder
        plain = study.results_folder("zoning-deck").name
        study = study.set(
            values=[("--from", ("output", "folder"), str(finished.folder.parent / plain))]
        )
    _run(screen, asked, Purpose.DECK, folder="zoning-deck", study=study, finished=finished)


def _run(
    screen: Screen,
    asked: RunRequest,
    purpose: Purpose,
    *,
    folder: str,
    review: bool = False,
    study: Study | None = None,
    finished: Run | None = None,
) -> None:
    """Run a study for this purpose; write to a folder of this name beside it."""
    from zoning.cli.planning_run import PlanningRun

    chosen = asked.make_study() if study is None else study
    PlanningRun(
        study=chosen,
        purpose=purpose,
        review=review,
        out=chosen.results_folder(folder),
        force=asked.force,
        finished=finished,
    ).run(screen)


# Commands on an existing plan.


@command
def check(screen: Screen, asked: CheckRequest) -> None:
    """Score a plan, and name the rules that it breaks.

    Nothing is written without --out.
    """
    from zoning.cli.comparison_table import show_answer
    from zoning.cli.planning_run import check_folder, open_review
    from zoning.reports import check_files, meaning_of

    study = asked.make_study()
    folder = None if asked.out is None else check_folder(study, asked.out, force=asked.force)
    of_page = [] if asked.page is None else compare_page(asked.page, study)
    review, notices = open_review(study, screen)
    answer = review.check()
    show_answer(screen, str(answer), review.problem)
    screen.listed("The page", of_page)
    screen.notices(notices)
    if folder is not None:
        files = check_files(answer, estimate=review.problem.times_estimate)
        screen.files(folder.write(files), meaning_of)
    if asked.strict_exit and not answer.ok:
        raise typer.Exit(RULES_BROKEN)


@command
def improve(screen: Screen, asked: ImproveRequest) -> None:
    """Improve a given plan to the best one, and report what moved and what it gains.

    The result has as many zones and the same dedicated officers as the plan, unless the study or
    you say otherwise. Ctrl-C during the search keeps the best plan so far.
    """
    _run(screen, asked, Purpose.PLAN, folder="zoning-improved", review=True)


command(workbench)


@command
def explain(screen: Screen, asked: ExplainRequest) -> None:
    """Explain why a school is in its zone, and what the best other zone would cost."""
    from zoning.cli.comparison_table import show_answer
    from zoning.cli.planning_run import open_review

    review, _ = open_review(asked.make_study(), screen, school=asked.school)
    answer = review.explain(asked.school, others=asked.others)
    show_answer(screen, str(answer), review.problem)


command(again)
command(diff)

# Commands on written files.


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRequest:
    """The options of ``zoning audit``."""

    places: Annotated[
        tuple[Path, ...],
        Setting(
            meaning="Files or folders: HTML, SVG, XML, KML, PowerPoint, Excel, Word, "
            "OpenDocument, CSV, JSON, GeoPackage, Parquet, PDF, PNG, JPEG, notebooks, mail, ZIP."
        ),
        Flag(argument="FILE"),
    ]
    against: Annotated[
        Path | None,
        Setting(
            meaning="Folder written with --edition restricted. Its figures are found in any "
            "language, layout, unit or rounding; without it only the mark of that edition and "
            "words that sound restricted are found."
        ),
        Flag(takes="FOLDER"),
    ] = None


@command
def audit(screen: Screen, asked: AuditRequest) -> None:
    """Check files for restricted content before they are handed out.

    Searches source text, hidden sheets and slides, notes, charts, metadata and files inside files,
    but not pictures. A clean result is no guarantee: the decision stays with a person.
    """
    from zoning.disclosure.audit import AuditResult, Verdict, read_facts
    from zoning.disclosure.audit import audit as audit_file

    files = [file for place in asked.places for file in _files_in(place)]
    facts = None if asked.against is None else read_facts(asked.against)
    verdicts = []
    for file in files:
        try:
            result = audit_file(file, against=facts)
        except OSError as error:
            result = AuditResult(path=file, unread=(error.strerror or "it cannot be opened",))
        show_audit(screen, result)
        verdicts.append(result.verdict)
    if asked.against is None:
        screen.notices(
            ["only marks and words were searched for; use --against FOLDER to compare with a run"]
        )
    worst = next(verdict for verdict in Verdict if verdict in verdicts)
    status = {
        Verdict.RESTRICTED: RESTRICTED_FOUND,
        Verdict.HINT: WORDS_FOUND,
        Verdict.UNKNOWN: NOT_ALL_READ,
    }
    if worst in status:
        raise typer.Exit(status[worst])


def _files_in(file: Path) -> Sequence[Path]:
    """List the file, or every file of a folder."""
    if not file.is_dir():
        if not file.exists():
            raise OptionError(f"there is no file {file}", remedy="Check the path.")
        return [file]
    inside = sorted(path for path in file.rglob("*") if path.is_file())
    if not inside:
        raise OptionError(f"the folder {file} holds no file", remedy="Check the path.")
    return inside


def show_audit(screen: Screen, result: AuditResult) -> None:
    """Print the verdict on a file, then each finding with its place."""
    from zoning.disclosure.audit import Verdict

    styles = {Verdict.RESTRICTED: "bold red", Verdict.PUBLIC: "bold"}
    path, *lines = str(result).split("\n")
    verdict = (path.removeprefix(f"{result.path}: "), styles.get(result.verdict, "bold yellow"))
    screen.out.print(Text.assemble(printable(str(result.path)), ": ", verdict), soft_wrap=True)
    for line in first_few(lines, _MOST_FINDINGS):
        screen.out.print(Text(f"  {printable(line.strip())}"), soft_wrap=True)


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRequest:
    """The options of ``zoning picture``."""

    page: Annotated[
        Path,
        Setting(meaning="A page that zoning wrote: comparison.html, district.html, brief.html ..."),
        Flag(argument="PAGE"),
    ]
    out: Annotated[
        Path | None,
        Setting(
            meaning="File that ends in .png, or in .pdf for the page as it prints.",
            default="PAGE with .png",
        ),
    ] = None
    width: Annotated[
        int, Setting(meaning="Width of the window.", at_least=1), Flag(takes="PIXELS")
    ] = 1600
    height: Annotated[
        int, Setting(meaning="Height of the window.", at_least=1), Flag(takes="PIXELS")
    ] = 900
    scale: Annotated[
        float, Setting(meaning="Pixels of the picture for each pixel of the window.", at_least=0.1)
    ] = 2.0
    force: Annotated[bool, Setting(meaning="Replace that file.")] = False


@command
def picture(screen: Screen, asked: PictureRequest) -> None:
    """Render a page as PNG, as a browser shows it, or print it to PDF.

    Needs Chromium or Chrome and pip install 'zoning[png]'; no network is used. For maps as PNG and
    SVG without a browser see also = ["pictures"] under [output] of a study.
    """
    page, path = asked.page, asked.out or asked.page.with_suffix(".png")
    if path.suffix.lower() not in _PICTURE_ENDINGS:
        raise OptionError(
            f"{path.name} ends in neither {' nor '.join(_PICTURE_ENDINGS)}",
            remedy="Give --out a name with one of these endings.",
        )
    if not page.is_file():
        raise OptionError(f"there is no file {page}", remedy="Check the path.")
    refuse_to_replace(path, replace=asked.force)
    if path.suffix.lower() == ".pdf":
        data = zoning.maps.printed(page)
    else:
        data = zoning.maps.screenshot(
            page, width_px=asked.width, height_px=asked.height, scale=asked.scale
        )
    screen.text(f"Written to {write_whole(path, data, replace=asked.force)}")


app.add_typer(network_app, name="network")
app.add_typer(study_app, name="study")
app.add_typer(patrol_app, name="patrol")
add_to(staff_app, "review")(show_review)
app.add_typer(staff_app, name="staff")
