"""The commands about a plan that is there: check it, improve it, explain it."""

from __future__ import annotations

from pathlib import Path

import typer

from zoning.cli import options as opt
from zoning.cli import request
from zoning.cli import zone_options as zone
from zoning.cli.district_request import DistrictRequest
from zoning.cli.exits import RULES_BROKEN, clean_exit
from zoning.cli.inquiry import Inquiry
from zoning.cli.job import Job
from zoning.cli.show import Screen
from zoning.cli.wishes import Wishes
from zoning.cli.zone_request import ZoneRequest
from zoning.demand import BOSTON_CALLS_PER_SCHOOL_DAY
from zoning.editions import Edition
from zoning.reports import check_files
from zoning.staffing import CostAssumptions
from zoning.zones import AlignmentMode, Objective
from zoning.zones.checking import check_plan
from zoning.zones.explanation import explain_building


def check(
    plan: zone.PlanFile,
    *,
    district: opt.DistrictName = None,
    schools: opt.SchoolsFile = None,
    streets: opt.Streets = None,
    outline: opt.OutlineFile = None,
    column: opt.Columns = None,
    name: opt.Name = None,
    state: opt.State = None,
    zones: zone.ZoneNumberOfPlan = None,
    min_size: zone.MinSize = 3,
    max_size: zone.MaxSize = "7",
    objective: zone.ObjectiveChoice = Objective.PATROL,
    presence: zone.PresenceChoice = zone.Presence.EQUAL,
    alignment: zone.AlignmentChoice = AlignmentMode.PREFER,
    alignment_price: zone.AlignmentPrice = None,
    dedicated: zone.DedicatedOfPlan = None,
    longest_drive: zone.LongestDrive = None,
    workload: zone.Workloads = None,
    rules: zone.RulesFile = None,
    today: zone.TodayOrPlan = None,
    most_moved: zone.MostMoved = None,
    move_price: zone.MovePrice = None,
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
                today=today,
                most_moved=most_moved,
                move_price_min=move_price,
                given_plan=True,
            )
        wishes.require()
        inquiry = Inquiry(
            plan=plan, district=asked, zones=wanted, calls_per_school_day=calls_per_school_day
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


def improve(
    context: typer.Context,
    plan: zone.PlanFile,
    *,
    district: opt.DistrictName = None,
    schools: opt.SchoolsFile = None,
    streets: opt.Streets = None,
    outline: opt.OutlineFile = None,
    column: opt.Columns = None,
    name: opt.Name = None,
    state: opt.State = None,
    zones: zone.ZoneNumberOfPlan = None,
    min_size: zone.MinSize = 3,
    max_size: zone.MaxSize = "7",
    objective: zone.ObjectiveChoice = Objective.PATROL,
    presence: zone.PresenceChoice = zone.Presence.EQUAL,
    alignment: zone.AlignmentChoice = AlignmentMode.PREFER,
    alignment_price: zone.AlignmentPrice = None,
    dedicated: zone.DedicatedOfPlan = None,
    longest_drive: zone.LongestDrive = None,
    workload: zone.Workloads = None,
    rules: zone.RulesFile = None,
    today: zone.TodayOrPlan = None,
    most_moved: zone.MostMoved = None,
    move_price: zone.MovePrice = None,
    calls_per_school_day: opt.CallsPerSchoolDay = BOSTON_CALLS_PER_SCHOOL_DAY,
    time_limit: opt.TimeLimit = opt.DEFAULT_LIMITS.time_s,
    gap: opt.Gap = opt.DEFAULT_LIMITS.gap * 100,
    seed: opt.Seed = 0,
    out: opt.Out = Path("zoning-improved"),
    force: opt.Force = False,
    edition: opt.EditionChoice = Edition.PUBLIC,
) -> None:
    """Find the best plan, beginning with one, and say what moved and what it buys.

    It has as many zones as PLAN and the same officers of their own, unless you say otherwise.
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
                today=today,
                most_moved=most_moved,
                move_price_min=move_price,
                given_plan=True,
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
            improved=plan,
        ).run(screen, lambda _, order: (order.option,))


def explain(
    plan: zone.PlanFile,
    building: zone.Building,
    *,
    others: zone.Others = 3,
    district: opt.DistrictName = None,
    schools: opt.SchoolsFile = None,
    streets: opt.Streets = None,
    outline: opt.OutlineFile = None,
    column: opt.Columns = None,
    name: opt.Name = None,
    state: opt.State = None,
    zones: zone.ZoneNumberOfPlan = None,
    min_size: zone.MinSize = 3,
    max_size: zone.MaxSize = "7",
    objective: zone.ObjectiveChoice = Objective.PATROL,
    presence: zone.PresenceChoice = zone.Presence.EQUAL,
    alignment: zone.AlignmentChoice = AlignmentMode.PREFER,
    alignment_price: zone.AlignmentPrice = None,
    longest_drive: zone.LongestDrive = None,
    workload: zone.Workloads = None,
    rules: zone.RulesFile = None,
    today: zone.TodayOrPlan = None,
    most_moved: zone.MostMoved = None,
    move_price: zone.MovePrice = None,
    calls_per_school_day: opt.CallsPerSchoolDay = BOSTON_CALLS_PER_SCHOOL_DAY,
) -> None:
    """Say why a building is in its zone, and what the best other zone would cost."""
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
                longest_drive_min=longest_drive,
                workloads=workload or (),
                rules=rules,
                today=today,
                most_moved=most_moved,
                move_price_min=move_price,
                given_plan=True,
            )
        wishes.require()
        found = Inquiry(
            plan=plan, district=asked, zones=wanted, calls_per_school_day=calls_per_school_day
        ).read(screen, building=building)
        answer = explain_building(found.plan, found.problem, found.building, others=others)
        screen.inquiry(str(answer), found.problem)
