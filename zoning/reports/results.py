"""The results of a run: which files there are in which edition, and their bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from zoning.editions import Edition
from zoning.reports.areas import zones_geojson
from zoning.reports.run_record import RunSettings, run_record
from zoning.reports.tables import (
    assignments_table,
    building_response_table,
    comparison_table,
    equity_table,
    visits_table,
)
from zoning.staffing import StaffingComparison

ZONES = "zones.geojson"
ASSIGNMENTS = "assignments.csv"
COMPARISON = "comparison.csv"
EQUITY = "equity.csv"
PAGE = "comparison.html"
VISITS = "visits.csv"
BUILDING_RESPONSE = "response_by_building.csv"
RUN_RECORD = "run.json"

MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        PAGE: "the map; opens in a browser, without a network",
        COMPARISON: "one row an option, every figure",
        ASSIGNMENTS: "one row a building and option: its zone",
        ZONES: "the zones, for a GIS",
        EQUITY: "officer presence and response by group of students",
        VISITS: "restricted: every visit of every officer's day",
        BUILDING_RESPONSE: "restricted: response at each building",
        RUN_RECORD: "parameters, versions and hashes, to repeat the run",
    }
)
_RESTRICTED_ONLY = (VISITS, BUILDING_RESPONSE)


def result_names(edition: Edition, *, equity: bool = True) -> tuple[str, ...]:
    """The files of a run, in the order a reader wants them.

    Parameters
    ----------
    equity
        Whether options are compared by group of students.
    """
    return tuple(
        name
        for name in MEANINGS
        if (edition is Edition.RESTRICTED or name not in _RESTRICTED_ONLY)
        and (equity or name != EQUITY)
    )


def result_files(
    comparison: StaffingComparison,
    settings: RunSettings,
    *,
    page: str,
    edition: Edition = Edition.PUBLIC,
    equity: bool = True,
) -> dict[str, bytes]:
    """The bytes of every file of `result_names`; the same comparison gives the same bytes.

    Parameters
    ----------
    page
        The map as HTML, of the same edition.
    """
    makers: dict[str, Callable[[], bytes]] = {
        PAGE: lambda: page.encode("utf-8"),
        COMPARISON: lambda: comparison_table(comparison, edition=edition),
        ASSIGNMENTS: lambda: assignments_table(comparison, edition=edition),
        ZONES: lambda: zones_geojson(comparison, edition=edition),
        EQUITY: lambda: equity_table(comparison, edition=edition),
        VISITS: lambda: visits_table(comparison),
        BUILDING_RESPONSE: lambda: building_response_table(comparison),
    }
    names = result_names(edition, equity=equity)
    files = {name: makers[name]() for name in names if name != RUN_RECORD}
    files[RUN_RECORD] = run_record(comparison, settings, edition=edition, files=files)
    return files
