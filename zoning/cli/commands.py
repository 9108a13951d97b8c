"""The ``zoning`` command and those of its commands that end in a decision."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from zoning.cli import options as opt
from zoning.cli import plan_commands, request
from zoning.cli import zone_options as zone
from zoning.cli.district_request import DistrictRequest
from zoning.cli.exits import EXIT_STATUS, clean_exit
from zoning.cli.job import Job
from zoning.cli.network import network_app
from zoning.cli.show import Screen
from zoning.cli.wishes import Wishes
from zoning.cli.zone_request import ZoneOrder, ZoneRequest
from zoning.demand import BOSTON_CALLS_PER_SCHOOL_DAY
from zoning.district import District
from zoning.editions import Edition
from zoning.staffing import CostAssumptions, StaffingOption, standard_options
from zoning.zones import AlignmentMode, Objective

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command; a name that the terminal cannot show does not stop it."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    app(prog_name="zoning")


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
def demo(
    out: opt.Out = Path("zoning-demo"),
    force: opt.Force = False,
    edition: opt.EditionChoice = Edition.PUBLIC,
) -> None:
    """Compare the staffing options of Jefferson County, Kentucky, whose data come with zoning.

    The same as: zoning compare --district jefferson
    """
    screen = Screen()
    with clean_exit(screen):
        wanted = ZoneRequest()
        Job(
            command=("zoning", "compare", "--district", "jefferson", *_edition_words(edition)),
            district=DistrictRequest(shipped="jefferson"),
            zones=wanted,
            calls_per_school_day=BOSTON_CALLS_PER_SCHOOL_DAY,
            costs=CostAssumptions(),
            limits=opt.DEFAULT_LIMITS,
            out=out,
            force=force,
            edition=edition,
        ).run(
            screen,
            lambda place, order: wanted.compared(standard_options(place.schools), order),
        )


@app.command(epilog=EXIT_STATUS)
def plan(
    context: typer.Context,
    *,
    district: opt.DistrictName = None,
    schools: opt.SchoolsFile = None,
    streets: opt.Streets = None,
    outline: opt.OutlineFile = None,
    column: opt.Columns = None,
    name: opt.Name = None,
    state: opt.State = None,
    zones: zone.ZoneNumber = None,
    min_size: zone.MinSize = 3,
    max_size: zone.MaxSize = "7",
    objective: zone.ObjectiveChoice = Objective.PATROL,
    presence: zone.PresenceChoice = zone.Presence.EQUAL,
    alignment: zone.AlignmentChoice = AlignmentMode.PREFER,
    alignment_price: zone.AlignmentPrice = None,
    dedicated: zone.Dedicated = None,
    longest_drive: zone.LongestDrive = None,
    workload: zone.Workloads = None,
    rules: zone.RulesFile = None,
    start: zone.Start = None,
    today: zone.Today = None,
    most_moved: zone.MostMoved = None,
    move_price: zone.MovePrice = None,
    calls_per_school_day: opt.CallsPerSchoolDay = BOSTON_CALLS_PER_SCHOOL_DAY,
    time_limit: opt.TimeLimit = opt.DEFAULT_LIMITS.time_s,
    gap: opt.Gap = opt.DEFAULT_LIMITS.gap * 100,
    seed: opt.Seed = 0,
    out: opt.Out = Path("zoning-plan"),
    force: opt.Force = False,
    edition: opt.EditionChoice = Edition.PUBLIC,
) -> None:
    """Draw the patrol zones of one district, and prove how good they are.

    Every building is in one zone, every zone is aligned with a high school. An impossible request
    is answered with the reason and with what would make it possible; then nothing is written.
    Ctrl-C during the search keeps the best plan so far.
    """
    screen = Screen()
    with clean_exit(screen):
        wishes = Wishes()
        with wishes:
            asked = DistrictRequest.of(
                shipped=district,
                schools=schools,
                streets=streets,
                outline=outline,
                columns=column or (),
                name=name,
                state=state,
            )
        with wishes:
            wanted = ZoneRequest.of(
                zones=[] if zones is None else [zones],
                min_size=min_size,
                max_size=max_size,
                objective=objective,
                presence=presence,
                alignment=alignment,
                alignment_price_min=alignment_price,
                dedicated=dedicated,
                longest_drive_min=longest_drive,
                workloads=workload or (),
                rules=rules,
                start=start,
                today=today,
                most_moved=most_moved,
                move_price_min=move_price,
            )
        with wishes:
            limits = request.limits(time_s=time_limit, gap_percent=gap, seed=seed)
        wishes.require()
        Job(
            command=request.command_words(context),
            district=asked,
            zones=wanted,
            calls_per_school_day=calls_per_school_day,
            costs=CostAssumptions(),
            limits=limits,
            out=out,
            force=force,
            edition=edition,
            compared=False,
        ).run(screen, lambda _, order: (order.option,))


@app.command(epilog=EXIT_STATUS)
def compare(
    context: typer.Context,
    *,
    district: opt.DistrictName = None,
    schools: opt.SchoolsFile = None,
    streets: opt.Streets = None,
    outline: opt.OutlineFile = None,
    column: opt.Columns = None,
    name: opt.Name = None,
    state: opt.State = None,
    zones: zone.ZoneNumbers = None,
    min_size: zone.MinSize = 3,
    max_size: zone.MaxSize = "7",
    objective: zone.ObjectiveChoice = Objective.PATROL,
    presence: zone.PresenceChoice = zone.Presence.EQUAL,
    alignment: zone.AlignmentChoice = AlignmentMode.PREFER,
    alignment_price: zone.AlignmentPrice = None,
    longest_drive: zone.LongestDrive = None,
    workload: zone.Workloads = None,
    rules: zone.RulesFileCompared = None,
    calls_per_school_day: opt.CallsPerSchoolDay = BOSTON_CALLS_PER_SCHOOL_DAY,
    cost_per_officer: opt.CostPerOfficer = None,
    cost_range: opt.CostRange = None,
    relief_factor: opt.ReliefFactor = None,
    police_mean_min: opt.PoliceMean = None,
    police_median_min: opt.PoliceMedian = None,
    police_p90_min: opt.PoliceP90 = None,
    police_source: opt.PoliceSource = "figures given by the planner",
    time_limit: opt.TimeLimit = opt.DEFAULT_LIMITS.time_s,
    gap: opt.Gap = opt.DEFAULT_LIMITS.gap * 100,
    seed: opt.Seed = 0,
    out: opt.Out = Path("zoning-comparison"),
    force: opt.Force = False,
    edition: opt.EditionChoice = Edition.PUBLIC,
) -> None:
    """Compare the staffing options of one district: officers, cost, response, alignment.

    No district officers, patrol zones in several numbers, officers fixed at secondary schools with
    zones for the rest, and one officer per campus. An option without a possible plan is named with
    the reason; the others are still compared. Ctrl-C during a search keeps the best plan so far
    and goes on with the next option.
    """
    screen = Screen()
    with clean_exit(screen):
        wishes = Wishes()
        with wishes:
            asked = DistrictRequest.of(
                shipped=district,
                schools=schools,
                streets=streets,
                outline=outline,
                columns=column or (),
                name=name,
                state=state,
            )
        with wishes:
            wanted = ZoneRequest.of(
                zones=zones or (),
                min_size=min_size,
                max_size=max_size,
                objective=objective,
                presence=presence,
                alignment=alignment,
                alignment_price_min=alignment_price,
                longest_drive_min=longest_drive,
                workloads=workload or (),
                rules=rules,
            )
        with wishes:
            limits = request.limits(time_s=time_limit, gap_percent=gap, seed=seed)
        with wishes:
            costs = request.costs(
                per_officer=cost_per_officer, between=cost_range, relief_factor=relief_factor
            )
        with wishes:
            outside = request.outside_response(
                mean_min=police_mean_min,
                median_min=police_median_min,
                p90_min=police_p90_min,
                source=police_source,
            )
        wishes.require()

        def options(place: District, order: ZoneOrder) -> tuple[StaffingOption, ...]:
            return wanted.compared(standard_options(place.schools, outside=outside), order)

        Job(
            command=request.command_words(context),
            district=asked,
            zones=wanted,
            calls_per_school_day=calls_per_school_day,
            costs=costs,
            limits=limits,
            out=out,
            force=force,
            edition=edition,
        ).run(screen, options)


app.command(epilog=EXIT_STATUS)(plan_commands.check)
app.command(epilog=EXIT_STATUS)(plan_commands.improve)
app.command(epilog=EXIT_STATUS)(plan_commands.explain)
app.add_typer(network_app, name="network")


def _edition_words(edition: Edition) -> tuple[str, ...]:
    return () if edition is Edition.PUBLIC else ("--edition", str(edition))
