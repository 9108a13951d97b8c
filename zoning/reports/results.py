"""The tables of a run: which there are in which edition, and their bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from zoning.disclosure import PublicView, RestrictedView
from zoning.editions import Edition
from zoning.reports.gis_files import zones_geojson
from zoning.reports.tables import (
    assignments_table,
    broken_rules_table,
    building_response_table,
    building_travel_table,
    changes_table,
    comparison_table,
    equity_table,
    visits_table,
)
from zoning.staffing import StaffingComparison
from zoning.zones import write_plan
from zoning.zones.checking import PlanCheck
from zoning.zones.plan_comparison import PlanComparison

ZONES = "zones.geojson"
PLAN = "plan.csv"
PLAN_COLUMNS = ("building_id", "zone_id", "high_school_id", "kind", "name")
ASSIGNMENTS = "assignments.csv"
COMPARISON = "comparison.csv"
EQUITY = "equity.csv"
VISITS = "visits.csv"
BUILDING_RESPONSE = "response_by_building.csv"
CHANGES = "changes_by_building.csv"
BROKEN_RULES = "broken_rules.csv"
BUILDING_TRAVEL = "travel_by_building.csv"

TABLES: Mapping[str, str] = MappingProxyType(
    {
        COMPARISON: "one row an option, every figure",
        PLAN: "the plan, to change by hand and give to zoning check or zoning improve",
        ASSIGNMENTS: "one row a building and option: its zone",
        ZONES: "the zones, for a GIS",
        EQUITY: "officer presence and response by group of students",
        VISITS: "restricted: every visit of every officer's day",
        BUILDING_RESPONSE: "restricted: response at each building",
        CHANGES: "restricted: zone and travel of each building, before and after",
        BROKEN_RULES: "restricted: the rules that the plan breaks",
        BUILDING_TRAVEL: "restricted: zone and travel of each building",
    }
)
"""What each table is for, in the order a reader wants them."""

_RESTRICTED_ONLY = (VISITS, BUILDING_RESPONSE, CHANGES)
_OF_A_CHECK = (BROKEN_RULES, BUILDING_TRAVEL)


def table_names(
    edition: Edition, *, compared: bool = True, improved: bool = False
) -> tuple[str, ...]:
    """The tables of a run, in the order a reader wants them.

    Parameters
    ----------
    compared
        Whether options are compared, also by group of students; else there is
        one option with a plan, which has a file of its own.
    improved
        Whether that plan improves another.
    """
    left_out = {*_OF_A_CHECK, PLAN if compared else EQUITY}
    if not improved:
        left_out.add(CHANGES)
    if edition is Edition.PUBLIC:
        left_out.update(_RESTRICTED_ONLY)
    return tuple(name for name in TABLES if name not in left_out)


def table_files(
    comparison: StaffingComparison,
    view: PublicView | RestrictedView,
    *,
    changes: PlanComparison | None = None,
) -> dict[str, Callable[[], bytes]]:
    """What makes each table that the view allows: `table_names` says which are wanted.

    Parameters
    ----------
    comparison
        What the view shows, for the plan.
    changes
        What changed from the plan that was improved; None if none was.
    """
    makers: dict[str, Callable[[], bytes]] = {
        COMPARISON: lambda: comparison_table(view),
        PLAN: lambda: plan_file(comparison, comparison.outcomes[0].option_id),
        ASSIGNMENTS: lambda: assignments_table(view),
        ZONES: lambda: zones_geojson(view),
        EQUITY: lambda: equity_table(view),
    }
    if isinstance(view, RestrictedView):
        makers[VISITS] = lambda: visits_table(view)
        makers[BUILDING_RESPONSE] = lambda: building_response_table(view)
        if changes is not None:
            makers[CHANGES] = lambda: changes_table(
                changes, estimate=comparison.emergency_times.estimate
            )
    return makers


def check_names() -> tuple[str, ...]:
    """The files of a checked plan."""
    return _OF_A_CHECK


def check_files(check: PlanCheck, *, estimate: str | None) -> dict[str, bytes]:
    """The bytes of every file of `check_names`. Restricted: there is no public edition.

    Parameters
    ----------
    estimate
        What to say if the travel times are an estimate.
    """
    return {
        BROKEN_RULES: broken_rules_table(check, estimate=estimate),
        BUILDING_TRAVEL: building_travel_table(check, estimate=estimate),
    }


def plan_file(comparison: StaffingComparison, option_id: str) -> bytes:
    """The plan of an option for `zoning.read_plan`; only the heading where it has none."""
    plan = comparison.outcome(option_id).plan
    if plan is None:
        return (",".join(PLAN_COLUMNS) + "\n").encode()
    with TemporaryDirectory() as folder:
        path = write_plan(plan, Path(folder) / PLAN, schools=comparison.district.schools)
        return path.read_bytes()
