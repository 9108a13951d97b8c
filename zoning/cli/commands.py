"""The commands: ``zoning demo``, ``zoning plan`` and ``zoning compare``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from zoning.cli import options as opt
from zoning.cli import request
from zoning.cli.exits import EXIT_STATUS, clean_exit
from zoning.cli.job import Job
from zoning.cli.show import Screen
from zoning.demand import BOSTON_CALLS_PER_SCHOOL_DAY
from zoning.district import District
from zoning.editions import Edition
from zoning.staffing import (
    CostAssumptions,
    FixedSecondary,
    PatrolZones,
    StaffingOption,
    standard_options,
)
from zoning.zones import AlignmentMode, SolverLimits

_DEFAULT_LIMITS = SolverLimits()
_DEFAULT_GAP_PERCENT = _DEFAULT_LIMITS.gap * 100

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


@app.command()
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
        Job(
            command=("zoning", "compare", "--district", "jefferson", *_edition_words(edition)),
            district=request.DistrictRequest(shipped="jefferson"),
            calls_per_school_day=BOSTON_CALLS_PER_SCHOOL_DAY,
            costs=CostAssumptions(),
            limits=_DEFAULT_LIMITS,
            out=out,
            force=force,
            edition=edition,
        ).run(screen, lambda district: standard_options(district.schools))


@app.command()
def plan(
    context: typer.Context,
    *,
    district: opt.DistrictName = None,
    schools: opt.SchoolsFile = None,
    streets: opt.StreetsFolder = None,
    outline: opt.OutlineFile = None,
    column: opt.Columns = None,
    name: opt.Name = None,
    state: opt.State = None,
    zones: opt.OneZoneCount = None,
    min_size: opt.MinSize = 3,
    max_size: opt.MaxSize = 7,
    alignment: opt.AlignmentChoice = AlignmentMode.PREFER,
    alignment_price: opt.AlignmentPrice = None,
    dedicated: opt.Dedicated = None,
    calls_per_school_day: opt.CallsPerSchoolDay = BOSTON_CALLS_PER_SCHOOL_DAY,
    time_limit: opt.TimeLimit = _DEFAULT_LIMITS.time_s,
    gap: opt.Gap = _DEFAULT_GAP_PERCENT,
    seed: opt.Seed = 0,
    out: opt.Out = Path("zoning-plan"),
    force: opt.Force = False,
    edition: opt.EditionChoice = Edition.PUBLIC,
) -> None:
    """Draw the patrol zones of one district, and prove how good they are.

    Every building is in one zone, every zone is aligned with a high school. An impossible request
    is answered with the reason and with what would make it possible; then nothing is written.
    """
    screen = Screen()
    with clean_exit(screen):
        wishes = request.Wishes()
        with wishes:
            asked = request.DistrictRequest.of(
                shipped=district,
                schools=schools,
                streets=streets,
                outline=outline,
                columns=column or (),
                name=name,
                state=state,
            )
        with wishes:
            aligned = request.alignment(alignment, alignment_price)
        with wishes:
            limits = request.limits(time_s=time_limit, gap_percent=gap, seed=seed)
        wishes.require()
        option = PatrolZones(
            zones=zones,
            min_size=min_size,
            max_size=max_size,
            alignment=aligned,
            dedicated=tuple(dedicated or ()),
        )
        Job(
            command=request.command_words(context),
            district=asked,
            calls_per_school_day=calls_per_school_day,
            costs=CostAssumptions(),
            limits=limits,
            out=out,
            force=force,
            edition=edition,
            plan_only=True,
        ).run(screen, lambda _: (option,))


@app.command()
def compare(
    context: typer.Context,
    *,
    district: opt.DistrictName = None,
    schools: opt.SchoolsFile = None,
    streets: opt.StreetsFolder = None,
    outline: opt.OutlineFile = None,
    column: opt.Columns = None,
    name: opt.Name = None,
    state: opt.State = None,
    zones: opt.ZoneCounts = None,
    min_size: opt.MinSize = 3,
    max_size: opt.MaxSize = 7,
    alignment: opt.AlignmentChoice = AlignmentMode.PREFER,
    alignment_price: opt.AlignmentPrice = None,
    calls_per_school_day: opt.CallsPerSchoolDay = BOSTON_CALLS_PER_SCHOOL_DAY,
    cost_per_officer: opt.CostPerOfficer = None,
    cost_range: opt.CostRange = None,
    relief_factor: opt.ReliefFactor = None,
    police_mean_min: opt.PoliceMean = None,
    police_median_min: opt.PoliceMedian = None,
    police_p90_min: opt.PoliceP90 = None,
    police_source: opt.PoliceSource = "figures given by the planner",
    time_limit: opt.TimeLimit = _DEFAULT_LIMITS.time_s,
    gap: opt.Gap = _DEFAULT_GAP_PERCENT,
    seed: opt.Seed = 0,
    out: opt.Out = Path("zoning-comparison"),
    force: opt.Force = False,
    edition: opt.EditionChoice = Edition.PUBLIC,
) -> None:
    """Compare the staffing options of one district: officers, cost, response, alignment.

    No district officers, patrol zones in several numbers, officers fixed at secondary schools with
    zones for the rest, and one officer per campus. An option without a possible plan is named with
    the reason; the others are still compared.
    """
    screen = Screen()
    with clean_exit(screen):
        wishes = request.Wishes()
        with wishes:
            asked = request.DistrictRequest.of(
                shipped=district,
                schools=schools,
                streets=streets,
                outline=outline,
                columns=column or (),
                name=name,
                state=state,
            )
        with wishes:
            aligned = request.alignment(alignment, alignment_price)
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

        def options(site: District) -> tuple[StaffingOption, ...]:
            return tuple(
                replace(option, min_size=min_size, max_size=max_size, alignment=aligned)
                if isinstance(option, PatrolZones | FixedSecondary)
                else option
                for option in _with_counts(
                    standard_options(site.schools, outside=outside), zones or ()
                )
            )

        Job(
            command=request.command_words(context),
            district=asked,
            calls_per_school_day=calls_per_school_day,
            costs=costs,
            limits=limits,
            out=out,
            force=force,
            edition=edition,
        ).run(screen, options)


def _with_counts(
    standard: tuple[StaffingOption, ...], counts: Sequence[int]
) -> list[StaffingOption]:
    """The standard options with the planner's numbers of zones in place of ours."""
    if not counts:
        return list(standard)
    first = next((k for k, o in enumerate(standard) if isinstance(o, PatrolZones)), 1)
    others = [option for option in standard if not isinstance(option, PatrolZones)]
    asked = [PatrolZones(zones=count) for count in dict.fromkeys(counts)]
    return [*others[:first], *asked, *others[first:]]


def _edition_words(edition: Edition) -> tuple[str, ...]:
    return () if edition is Edition.PUBLIC else ("--edition", str(edition))
