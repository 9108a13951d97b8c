"""Counts of calls, one row a school, as call rates."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from zoning.demand.enforcement import refuse_enforcement
from zoning.demand.estimate import call_rates
from zoning.demand.rates import CallRates, expected_of
from zoning.demand.shrinkage import shrink_rates
from zoning.errors import DemandError, group_by_kind, typed
from zoning.geotables import TableUse, read_named_columns
from zoning.schools.cells import as_number
from zoning.schools.school_names import SchoolWords
from zoning.units import counted
from zoning.workbooks import split_sheet

_NAMES = {
    "school": (
        *("school_id", "school", "building_id", "building", "campus_id"),
        *("school_name", "building_name", "name"),
    ),
    "calls": ("calls", "call_count", "calls_for_service", "number_of_calls", "cfs"),
}
_USE = TableUse(
    what="counts of calls",
    error=DemandError,
    one_row="Give one row a school: school and calls.",
    needs=(("school",), ("calls",)),
)


@typed
def read_calls(
    path: str | Path,
    schools: gpd.GeoDataFrame,
    *,
    school_days: float,
    source: str,
    columns: Mapping[str, str] | None = None,
    allow_enforcement: Collection[str] = (),
    shrink: bool = False,
) -> CallRates:
    """Read a district's own counts of calls, one row a school, as call rates.

    Parameters
    ----------
    path
        CSV or workbook with columns ``school`` (id or name) and ``calls``; of several sheets
        the one with these columns, or ``calls.xlsx#Sheet``.
    schools
        From `read_schools`; every building must have a number, 0 if it never called.
    school_days
        School-days that the counts cover.
    source
        The source of the counts, and what a call is. Public outputs show it.
    columns
        Other names of these columns: ``{"calls": "CFS 2025"}``.
    allow_enforcement
        Names of a column or a file that are used although they are of what officers and schools
        produce themselves, such as arrests (``demand/enforcement_words.toml``).
    shrink
        Draw each rate towards what enrolment leads to expect, the more so the fewer the calls, as
        `read_call_log` does: one bad year at a small school then does not rule.

    Raises
    ------
    DemandError
        If the file cannot be read, or listing every fault with its row; if the column counts
        what officers or schools produce themselves; or as `CallRates.from_series`.
    """
    table = read_named_columns(path, _USE, _NAMES, mapped=columns)
    faults = list(table.faults)
    named = ((columns or {}).get("calls", ""), split_sheet(path)[0].stem)
    faults += [
        (None, f"{enforcement}, or insist: allow_enforcement = [{name!r}]")
        for name in named
        if (enforcement := refuse_enforcement(name, allow=allow_enforcement))
    ]
    words, ids, counts = SchoolWords.of(schools), [], []
    for row, (school, calls) in enumerate(
        zip(table.cells["school"], table.cells["calls"], strict=True)
    ):
        try:
            ids.append(words.require(school))
        except ValueError as wrong:
            faults.append((row, f"school {wrong}"))
        try:
            counts.append(as_number(calls))
            if not counts[-1] >= 0:
                what = "empty: write 0 for a school that never called"
                faults.append((row, f"calls is {what if math.isnan(counts[-1]) else calls}"))
        except ValueError:
            faults.append((row, f"calls {str(calls)!r} is not a number"))
    if faults:
        rows = [(table.where[row], text) for row, text in faults if row is not None]
        raise DemandError(
            f"{table.source} has {counted(len(faults), 'fault')}",
            [
                *group_by_kind(rows),
                *(text for row, text in faults if row is None),
            ],
            "Give every school of the district one row with its number of calls.",
        )
    read = CallRates.from_series(
        pd.Series(counts, index=ids), source=source, schools=schools, school_days=school_days
    )
    shown = Path(table.source).name
    notices = (*(f"{shown}: {n}" for n in table.notices), *read.notices)
    if not shrink:
        return replace(read, notices=notices)
    expected = expected_of(call_rates(schools, incident_column=None), read.per_day.index)
    drawn = shrink_rates(read.per_day * school_days, school_days, expected)
    return CallRates(
        per_day=pd.Series(drawn.mean, index=read.per_day.index),
        source=f"{source}; rates of few calls drawn towards enrolment",
        notices=notices,
    )
