"""The commands about a plan that is there: check it, improve it, explain it."""

from __future__ import annotations

from dataclasses import replace

import typer

from zoning.cli import options as opt
from zoning.cli import request
from zoning.cli import zone_options as zone
from zoning.cli.exits import RULES_BROKEN, clean_exit
from zoning.cli.inquiry import Inquiry
from zoning.cli.job import Job
from zoning.cli.option_groups import (
    DistrictOptions,
    DrivingOptions,
    DrivingToCallsOptions,
    ResultOptions,
    RulesOfGivenPlan,
    ShapeOptions,
    SolverOptions,
    grouped,
)
from zoning.cli.show import Screen
from zoning.cli.wishes import Wishes
from zoning.demand import BOSTON_CALLS_PER_SCHOOL_DAY
from zoning.reports import Purpose, check_files
from zoning.staffing import CostAssumptions
from zoning.zones.review.checking import check_plan
from zoning.zones.review.explanation import explain_building


@grouped
def check(
    plan: zone.PlanFile,
    *,
    place: DistrictOptions,
    driving: DrivingToCallsOptions,
    zones: zone.ZoneNumberOfPlan = None,
    shape: ShapeOptions,
    kept: RulesOfGivenPlan,
    calls_per_school_day: opt.CallsPerSchoolDay = BOSTON_CALLS_PER_SCHOOL_DAY,
    out: opt.CheckOut = None,
    force: opt.Force = False,
    strict_exit: opt.StrictExit = False,
) -> None:
    """Score a plan, and name the rules that it breaks.

    Nothing is written unless asked for with --out.
    """
    screen = Screen()
    with clean_exit(screen):
        wishes = Wishes()
        with wishes:
            asked = place.request()
        with wishes:
            wanted = shape.request(
                zones=[] if zones is None else [zones], kept=kept, given_plan=True
            )
        wishes.require()
        inquiry = Inquiry(
            plan=plan,
            district=asked,
            driving=driving.request(),
            zones=wanted,
            calls_per_school_day=calls_per_school_day,
        )
        folder = None if out is None else inquiry.folder(out, force=force)
        found = inquiry.read(screen)
        answer = check_plan(found.plan, found.problem)
        screen.inquiry(str(answer), found.problem)
        screen.notices(found.notices)
        if folder is not None:
            screen.files(folder.write(check_files(answer, estimate=found.problem.times_estimate)))
        if strict_exit and not answer.ok:
            raise typer.Exit(RULES_BROKEN)


@grouped
def improve(
    context: typer.Context,
    plan: zone.PlanFile,
    *,
    place: DistrictOptions,
    driving: DrivingOptions,
    zones: zone.ZoneNumberOfPlan = None,
    shape: ShapeOptions,
    kept: RulesOfGivenPlan,
    calls_per_school_day: opt.CallsPerSchoolDay = BOSTON_CALLS_PER_SCHOOL_DAY,
    solver: SolverOptions,
    out: opt.Out = None,
    results: ResultOptions,
) -> None:
    """Find the best plan, beginning with one, and say what moved and what it buys.

    It has as many zones as PLAN and the same officers of their own, unless you say otherwise.
    Ctrl-C during the search keeps the best plan so far.
    """
    screen = Screen()
    with clean_exit(screen):
        wishes = Wishes()
        with wishes:
            asked = place.request()
        with wishes:
            wanted = shape.request(
                zones=[] if zones is None else [zones], kept=kept, given_plan=True
            )
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
            out=results.folder(out, plain="zoning-improved"),
            force=results.force,
            order=replace(results.order(Purpose.PLAN), improved=True),
            improved=plan,
        ).run(screen, lambda _, order: (order.option,))


@grouped
def explain(
    plan: zone.PlanFile,
    building: zone.Building,
    *,
    others: zone.Others = 3,
    place: DistrictOptions,
    driving: DrivingToCallsOptions,
    zones: zone.ZoneNumberOfPlan = None,
    shape: ShapeOptions,
    kept: RulesOfGivenPlan,
    calls_per_school_day: opt.CallsPerSchoolDay = BOSTON_CALLS_PER_SCHOOL_DAY,
) -> None:
    """Say why a building is in its zone, and what the best other zone would cost."""
    screen = Screen()
    with clean_exit(screen):
        wishes = Wishes()
        with wishes:
            asked = place.request()
        with wishes:
            wanted = shape.request(
                zones=[] if zones is None else [zones], kept=kept, given_plan=True
            )
        wishes.require()
        found = Inquiry(
            plan=plan,
            district=asked,
            driving=driving.request(),
            zones=wanted,
            calls_per_school_day=calls_per_school_day,
        ).read(screen, building=building)
        answer = explain_building(found.plan, found.problem, found.building, others=others)
        screen.inquiry(str(answer), found.problem)
