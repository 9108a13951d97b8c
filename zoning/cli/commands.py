"""The ``zoning`` command and those of its commands that end in a decision."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from zoning.cli import audit, picture, plan_commands, request
from zoning.cli import options as opt
from zoning.cli import zone_options as zone
from zoning.cli.district_request import DistrictRequest
from zoning.cli.exits import EXIT_STATUS, clean_exit
from zoning.cli.finished import FinishedComparison, require_same_settings
from zoning.cli.job import Job
from zoning.cli.network import network_app
from zoning.cli.option_groups import (
    DistrictOptions,
    DrivingOptions,
    KeptRules,
    MoneyOptions,
    ResultOptions,
    RulesCompared,
    RulesOfPlan,
    ShapeOptions,
    SolverOptions,
    grouped,
)
from zoning.cli.show import Screen
from zoning.cli.wishes import Wishes
from zoning.cli.zone_request import ZoneOrder
from zoning.demand import BOSTON_CALLS_PER_SCHOOL_DAY
from zoning.district import District
from zoning.reports import Order, Purpose, can_print
from zoning.staffing import CostAssumptions, StaffingOption, standard_options

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command; a name that the terminal cannot show does not stop it."""
    _keep_stdout_to_ourselves()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    app(prog_name="zoning")


def _keep_stdout_to_ourselves() -> None:
    """Leave standard output to Python: what solvers print from C goes nowhere.

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
            "--version", help="Show the version and stop.", is_eager=True, callback=_show_version
        ),
    ] = False,
) -> None:
    """Schools and streets in; patrol zones, response times and a staffing decision out."""


@app.command(epilog=EXIT_STATUS)
@grouped
def demo(
    context: typer.Context,
    *,
    driving: DrivingOptions,
    out: opt.Out = None,
    results: ResultOptions,
) -> None:
    """Compare the staffing options of Jefferson County, Kentucky, whose data come with zoning.

    The same as: zoning compare --district jefferson
    """
    screen = Screen()
    with clean_exit(screen):
        wanted = ShapeOptions().request(zones=(), kept=KeptRules())
        _, _, *given = request.command_words(context)
        Job(
            command=("zoning", "compare", "--district", "jefferson", *given),
            district=DistrictRequest(shipped="jefferson"),
            driving=driving.request(),
            zones=wanted,
            calls_per_school_day=BOSTON_CALLS_PER_SCHOOL_DAY,
            costs=CostAssumptions(),
            limits=opt.DEFAULT_LIMITS,
            out=results.folder(out, plain="zoning-demo"),
            force=results.force,
            order=results.order(Purpose.COMPARISON),
        ).run(screen, lambda place, order: wanted.compared(standard_options(place.schools), order))


@app.command(epilog=EXIT_STATUS)
@grouped
def plan(
    context: typer.Context,
    place: DistrictOptions,
    *,
    driving: DrivingOptions,
    zones: zone.ZoneNumber = None,
    shape: ShapeOptions,
    kept: RulesOfPlan,
    calls_per_school_day: opt.CallsPerSchoolDay = BOSTON_CALLS_PER_SCHOOL_DAY,
    solver: SolverOptions,
    out: opt.Out = None,
    results: ResultOptions,
) -> None:
    """Draw the patrol zones of one district, and prove how good they are.

    Every building is in one zone; every zone is aligned with a high school or, where the schools
    name no feeders, named after one. An impossible request is answered with the reason and with
    what would make it possible; then nothing is written.
    Ctrl-C during the search keeps the best plan so far.
    """
    screen = Screen()
    with clean_exit(screen):
        wishes = Wishes()
        with wishes:
            asked = place.request()
        with wishes:
            wanted = shape.request(zones=[] if zones is None else [zones], kept=kept)
        with wishes:
            limits = solver.limits()
        wishes.require()
        Job(
            command=request.command_words(context),
            district=asked,
            driving=driving.request(),
            zones=wanted,
            calls_per_school_day=calls_per_school_day,
            costs=CostAssumptions(),
            limits=limits,
            out=results.folder(out, plain="zoning-plan"),
            force=results.force,
            order=results.order(Purpose.PLAN),
        ).run(screen, lambda _, order: (order.option,))


@app.command(epilog=EXIT_STATUS)
@grouped
def compare(
    context: typer.Context,
    place: DistrictOptions,
    *,
    driving: DrivingOptions,
    zones: zone.ZoneNumbers = None,
    shape: ShapeOptions,
    kept: RulesCompared,
    calls_per_school_day: opt.CallsPerSchoolDay = BOSTON_CALLS_PER_SCHOOL_DAY,
    money: MoneyOptions,
    solver: SolverOptions,
    out: opt.Out = None,
    results: ResultOptions,
) -> None:
    """Compare the staffing options of one district: officers, cost, response, alignment.

    No district officers, patrol zones in several numbers, officers fixed at secondary schools with
    zones for the rest, and one officer per campus. An option without a possible plan is named with
    the reason; the others are still compared. Ctrl-C during a search keeps the best plan so far
    and goes on with the next option.
    """
    _compare(
        context,
        place=place,
        driving=driving,
        zones=zones or (),
        shape=shape,
        kept=kept,
        calls_per_school_day=calls_per_school_day,
        money=money,
        solver=solver,
        out=results.folder(out, plain="zoning-comparison"),
        force=results.force,
        order=results.order(Purpose.COMPARISON),
    )


@app.command(epilog=EXIT_STATUS)
@grouped
def deck(
    context: typer.Context,
    place: DistrictOptions,
    *,
    driving: DrivingOptions,
    zones: zone.ZoneNumbers = None,
    shape: ShapeOptions,
    kept: RulesCompared,
    calls_per_school_day: opt.CallsPerSchoolDay = BOSTON_CALLS_PER_SCHOOL_DAY,
    money: MoneyOptions,
    solver: SolverOptions,
    finished: opt.Finished = None,
    propose: opt.Proposed = None,
    instead_of: opt.InsteadOf = None,
    template: opt.Template = None,
    out: opt.Out = None,
    results: ResultOptions,
) -> None:
    """Write slides for the board, with speaker notes, and the decision on one page.

    The options are compared as by zoning compare, or taken from what it wrote with --from; the map
    of all options is written too.
    Needs pip install 'zoning[report]'; the one page is also printed as PDF where there is a
    Chromium or Chrome and zoning[png] is installed.
    """
    _compare(
        context,
        place=place,
        driving=driving,
        zones=zones or (),
        shape=shape,
        kept=kept,
        calls_per_school_day=calls_per_school_day,
        money=money,
        solver=solver,
        out=results.folder(out, plain="zoning-deck"),
        force=results.force,
        order=replace(
            results.order(Purpose.DECK),
            template=template,
            proposed=propose,
            instead_of=instead_of,
            pdf=can_print(),
        ),
        finished=finished,
    )


def _compare(
    context: typer.Context,
    *,
    place: DistrictOptions,
    driving: DrivingOptions,
    zones: Sequence[str],
    shape: ShapeOptions,
    kept: KeptRules,
    calls_per_school_day: float,
    money: MoneyOptions,
    solver: SolverOptions,
    out: Path,
    force: bool,
    order: Order,
    finished: Path | None = None,
) -> None:
    screen = Screen()
    with clean_exit(screen):
        if finished is not None:
            require_same_settings(context)
        wishes = Wishes()
        with wishes:
            asked = place.request()
        with wishes:
            wanted = shape.request(zones=zones, kept=kept)
        with wishes:
            limits = solver.limits()
        with wishes:
            costs = money.costs()
        with wishes:
            outside = money.outside_response()
        wishes.require()

        def options(district: District, zones: ZoneOrder) -> tuple[StaffingOption, ...]:
            return wanted.compared(standard_options(district.schools, outside=outside), zones)

        Job(
            command=request.command_words(context),
            district=asked,
            driving=driving.request(),
            zones=wanted,
            calls_per_school_day=calls_per_school_day,
            costs=costs,
            limits=limits,
            out=out,
            force=force,
            order=order,
            finished=None if finished is None else FinishedComparison.read(finished),
        ).run(screen, options)


app.command(epilog=EXIT_STATUS)(plan_commands.check)
app.command(epilog=EXIT_STATUS)(plan_commands.improve)
app.command(epilog=EXIT_STATUS)(plan_commands.explain)
app.command(epilog=EXIT_STATUS)(audit.audit)
app.command(epilog=EXIT_STATUS)(picture.picture)
app.add_typer(network_app, name="network")
