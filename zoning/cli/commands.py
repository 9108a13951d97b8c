"""The ``zoning`` command and its commands; those about streets are in `zoning.cli.network`.

Nothing that computes is imported at the top: ``--help`` must not wait for the solver and the GIS.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer
from rich.text import Text

import zoning
from zoning.cli.district_request import DistrictRequest, DrivingRequest, DrivingToCallsRequest
from zoning.cli.network import network_app
from zoning.cli.new_study import new
from zoning.cli.options import (
    RESULTS,
    Request,
    argument,
    command_words,
    make_command,
    number,
    option,
    switch,
)
from zoning.cli.run_request import (
    CallsRequest,
    DistrictZonesRequest,
    MoneyRequest,
    ResultRequest,
    RunRequest,
    SolverRequest,
)
from zoning.cli.screen import (
    EXIT_STATUS,
    NOT_ALL_READ,
    RESTRICTED_FOUND,
    RULES_BROKEN,
    WORDS_FOUND,
    PlainCommand,
    PlainGroup,
    Screen,
    printable,
)
from zoning.cli.zone_request import ComparedZonesRequest, GivenPlanRequest
from zoning.errors import OptionError, first_few
from zoning.files import refuse_to_replace, write_whole

if TYPE_CHECKING:
    from zoning.cli.earlier_runs import FinishedComparison
    from zoning.disclosure.audit import AuditResult
    from zoning.reports import Order

_MOST_FINDINGS = 25  # findings of the audit that are printed for one file
_PICTURE_ENDINGS = (".png", ".pdf")

app = typer.Typer(
    cls=PlainGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


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
    sys.stdout = os.fdopen(ours, "w", encoding=sys.stdout.encoding, buffering=lines)


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


def command(run: Callable[..., None]) -> Callable[..., None]:
    """Add a command."""
    return app.command(cls=PlainCommand, epilog=EXIT_STATUS)(make_command(run))


# A new study.

app.command(cls=PlainCommand, epilog=EXIT_STATUS)(new)

# Plan and compare.


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRequest(Request):
    """The options of ``zoning demo``."""

    driving: DrivingRequest
    results: ResultRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareRequest(RunRequest):
    """The options of ``zoning compare``."""

    zones: ComparedZonesRequest
    money: MoneyRequest


@command
def demo(context: typer.Context, screen: Screen, asked: DemoRequest) -> None:
    """Compare the staffing options of Jefferson County, Kentucky, whose data come with zoning.

    The same as: zoning compare --district jefferson
    """
    _, _, *given = command_words(context)
    whole = CompareRequest(
        district=DistrictRequest(district="jefferson"),
        driving=asked.driving,
        zones=ComparedZonesRequest(),
        calls=CallsRequest(),
        money=MoneyRequest(),
        solver=SolverRequest(),
        results=asked.results,
    )
    _compare(screen, whole, ("zoning", "compare", "--district", "jefferson", *given), "demo")


@command
def plan(context: typer.Context, screen: Screen, asked: RunRequest) -> None:
    """Draw the patrol zones of one district, and prove how good they are.

    Every building is in one zone; every zone is aligned with a high school or, where the schools
    name no feeders, named after one. If no plan exists, the answer names the rules that conflict
    and the smallest changes that would allow one; then nothing is written.
    Ctrl-C during the search keeps the best plan so far.
    """
    _plan(screen, asked, command_words(context), "plan")


@command
def compare(context: typer.Context, screen: Screen, asked: CompareRequest) -> None:
    """Compare the staffing options of one district: officers, cost, response, alignment.

    No district officers, patrol zones in several numbers, officers fixed at secondary schools with
    zones for the rest, and one officer per campus. An option without a possible plan is named with
    the reason; the others are still compared. Ctrl-C during a search keeps the best plan so far
    and goes on with the next option.
    """
    _compare(screen, asked, command_words(context), "comparison")


def _take_settings(context: typer.Context, folder: Path | None) -> Path | None:
    if folder is None:
        return None
    from zoning.cli.earlier_runs import take_settings

    return take_settings(context, folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeckRequest(CompareRequest):
    """The options of ``zoning deck``."""

    panel: ClassVar = RESULTS

    finished: Path | None = option(
        "--from",
        "FOLDER",
        "Folder of a finished comparison. Its zones and settings are used without solving again; "
        "its input files must not have changed.",
        is_eager=True,
        callback=_take_settings,
    )
    propose: str | None = option(
        "--propose",
        "OPTION",
        "The option that is proposed, for example zones-30: the slides say what it changes.",
    )
    instead_of: str | None = option(
        "--instead-of",
        "OPTION",
        "The option it is compared with, for example the one closest to today's staffing.",
    )
    template: Path | None = option(
        "--template", "FILE", "A PowerPoint file of the district whose look the slides take."
    )


@command
def deck(context: typer.Context, screen: Screen, asked: DeckRequest) -> None:
    """Write slides for the board, with speaker notes, and the decision on one page.

    The options are compared as by zoning compare, or taken from what it wrote with --from; the map
    of all options is written too.
    Needs pip install 'zoning[report]'; the one page is also printed as PDF where there is a
    Chromium or Chrome and zoning[png] is installed.
    """
    from zoning.cli.earlier_runs import FinishedComparison, require_same_settings
    from zoning.reports import Purpose, can_print

    if asked.finished is not None:
        require_same_settings(context)
    order = replace(
        asked.results.order(Purpose.DECK),
        template=asked.template,
        proposed=asked.propose,
        instead_of=asked.instead_of,
        pdf=can_print(),
    )
    finished = None if asked.finished is None else FinishedComparison.read(asked.finished)
    _compare(screen, asked, command_words(context), "deck", order=order, finished=finished)


def _compare(
    screen: Screen,
    asked: CompareRequest,
    words: tuple[str, ...],
    name: str,
    *,
    order: Order | None = None,
    finished: FinishedComparison | None = None,
) -> None:
    """Compare the standard options with the requested zones; write to a folder of this name."""
    from zoning.cli.planning_run import PlanningRun
    from zoning.reports import Purpose

    outside = asked.money.outside_response()
    PlanningRun(
        command=words,
        asked=asked,
        out=asked.results.folder(f"zoning-{name}"),
        order=order or asked.results.order(Purpose.COMPARISON),
        finished=finished,
    ).run(
        screen,
        lambda district, zones: asked.zones.compared(
            zoning.standard_options(district.schools, outside=outside), zones.option
        ),
    )


def _plan(screen: Screen, asked: RunRequest, words: tuple[str, ...], name: str) -> None:
    """Draw or improve the requested zones; write to a folder of this name."""
    from zoning.cli.planning_run import PlanningRun
    from zoning.reports import Purpose

    PlanningRun(
        command=words,
        asked=asked,
        out=asked.results.folder(f"zoning-{name}"),
        order=replace(asked.results.order(Purpose.PLAN), improved=asked.plan is not None),
    ).run(screen, lambda _, zones: (zones.option,))


# Commands on an existing plan.

_PLAN_FILE: Any = argument(
    "PLAN",
    "A plan, drawn by hand or written by zoning: CSV or a workbook (FILE.xlsx#SHEET names the "
    "sheet) with building_id and zone_id, or GeoJSON, GeoPackage or Shapefile with points or "
    "zones.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest(DistrictZonesRequest):
    """The options of ``zoning check``."""

    panel: ClassVar = RESULTS

    plan: Path = _PLAN_FILE
    driving: DrivingToCallsRequest
    zones: GivenPlanRequest
    out: Path | None = option(
        "--out",
        "FOLDER",
        "Write the broken rules and the travel to each building into this folder; these files are "
        "restricted.",
    )
    force: bool = switch("--force", "Replace the files of an earlier check in that folder.")
    strict_exit: bool = switch(
        "--strict-exit", "Exit with status 4 if the plan breaks a rule, for scripts."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImproveRequest(RunRequest):
    """The options of ``zoning improve``."""

    plan: Path = _PLAN_FILE
    zones: GivenPlanRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainRequest(DistrictZonesRequest):
    """The options of ``zoning explain``."""

    plan: Path = _PLAN_FILE
    driving: DrivingToCallsRequest
    zones: GivenPlanRequest
    building: str = argument("BUILDING", "Id or name of one of its schools.")
    others: int = option(
        "--others",
        "N",
        "How many other zones to show.",
        default=3,
        read=number(lambda given: given >= 1, "is not a number of 1 or more"),
    )


@command
def check(screen: Screen, asked: CheckRequest) -> None:
    """Score a plan, and name the rules that it breaks.

    Nothing is written without --out.
    """
    from zoning.cli.comparison_table import show_answer
    from zoning.cli.planning_run import check_folder, read_plan_under_review
    from zoning.reports import check_files, meaning_of

    folder = None if asked.out is None else check_folder(asked, asked.out, force=asked.force)
    review = read_plan_under_review(asked, screen)
    answer = zoning.check_plan(review.plan, review.problem)
    show_answer(screen, str(answer), review.problem)
    screen.notices(review.notices)
    if folder is not None:
        files = check_files(answer, estimate=review.problem.times_estimate)
        screen.files(folder.write(files), meaning_of)
    if asked.strict_exit and not answer.ok:
        raise typer.Exit(RULES_BROKEN)


@command
def improve(context: typer.Context, screen: Screen, asked: ImproveRequest) -> None:
    """Improve a given plan to the best one, and report what moved and what it gains.

    The result has as many zones and the same dedicated officers as PLAN, unless you say otherwise.
    Ctrl-C during the search keeps the best plan so far.
    """
    _plan(screen, asked, command_words(context), "improved")


@command
def explain(screen: Screen, asked: ExplainRequest) -> None:
    """Explain why a building is in its zone, and what the best other zone would cost."""
    from zoning.cli.comparison_table import show_answer
    from zoning.cli.planning_run import read_plan_under_review

    review = read_plan_under_review(asked, screen, school=asked.building)
    answer = zoning.explain_building(
        review.plan, review.problem, review.building, others=asked.others
    )
    show_answer(screen, str(answer), review.problem)


# Commands on written files.


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRequest(Request):
    """The options of ``zoning audit``."""

    places: tuple[Path, ...] = argument(
        "FILE",
        "Files or folders: HTML, SVG, XML, KML, PowerPoint, Excel, Word, OpenDocument, CSV, JSON, "
        "GeoPackage, Parquet, PDF, PNG, JPEG, notebooks, mail, ZIP.",
        repeated=True,
    )
    against: Path | None = option(
        "--against",
        "FOLDER",
        "Folder written with --edition restricted. Its figures are found in any language, layout,"
        " unit or rounding; without it only the mark of that edition and words that "
        "sound restricted are found.",
    )


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureRequest(Request):
    """The options of ``zoning picture``."""

    page: Path = argument(
        "PAGE", "A page that zoning wrote: comparison.html, district.html, brief.html ..."
    )
    out: Path | None = option(
        "--out",
        "FILE",
        "File that ends in .png, or in .pdf for the page as it prints; PAGE with .png if not "
        "given.",
    )
    width: int = option("--width", "PIXELS", "Width of the window.", default=1600, min=1)
    height: int = option("--height", "PIXELS", "Height of the window.", default=900, min=1)
    scale: float = option(
        "--scale",
        "NUMBER",
        "Pixels of the picture for each pixel of the window.",
        default=2.0,
        min=0.1,
    )
    force: bool = switch("--force", "Replace that file.")


@command
def picture(screen: Screen, asked: PictureRequest) -> None:
    """Render a page as PNG, as a browser shows it, or print it to PDF.

    Needs Chromium or Chrome and pip install 'zoning[png]'; no network is used. For maps as PNG and
    SVG without a browser see --also pictures of zoning compare.
    """
    page, path = asked.page, asked.out or asked.page.with_suffix(".png")
    if path.suffix.lower() not in _PICTURE_ENDINGS:
        raise OptionError(
            f"{path.name} ends in neither {' nor '.join(_PICTURE_ENDINGS)}",
            remedy="Give --out a name with one of these endings.",
        )
    refuse_to_replace(path, replace=asked.force)
    if path.suffix.lower() == ".pdf":
        data = zoning.maps.printed(page)
    else:
        data = zoning.maps.screenshot(
            page, width_px=asked.width, height_px=asked.height, scale=asked.scale
        )
    screen.text(f"Written to {write_whole(path, data, replace=asked.force)}")


app.add_typer(network_app, name="network")
