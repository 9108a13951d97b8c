"""Read the dates of the school days that a log of calls covers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Final

from zoning.demand.call_times import read_day
from zoning.errors import DemandError, group_by_kind, typed
from zoning.geotables import TableUse, read_named_columns
from zoning.schools.cells import as_number
from zoning.units import counted

_NAMES: Final = {
    "date": ("date", "day", "school_day", "school_date", "calendar_date"),
    "share": ("share", "share_of_day", "fraction", "day_length"),
}
_USE: Final = TableUse(
    what="a calendar of school days",
    error=DemandError,
    one_row="Give one row a school day: date, and share (0.5) if it is not a whole day.",
    needs=(("date",),),
)


@typed
def read_school_days(path: str | Path) -> Mapping[date, float]:
    """Read the school days of a calendar, for `read_call_log`.

    Parameters
    ----------
    path
        CSV or workbook with a row a school day: ``date`` (2025-03-14 or 3/14/2025) and, if some
        are shorter, ``share`` of a whole day (0.5: a half day; empty: a whole one).

    Returns
    -------
    Mapping
        The share of each date.

    Raises
    ------
    DemandError
        If the file cannot be read, or listing every fault with its row: dates that are none or
        given twice, and shares that are not above 0 to 1.
    """
    table = read_named_columns(path, _USE, _NAMES)
    shares = table.cells.get("share", [None] * len(table.where))
    faults: list[tuple[int | None, str]] = list(table.faults)
    days: dict[date, float] = {}
    for row, (cell, length) in enumerate(zip(table.cells["date"], shares, strict=True)):
        day = read_day(cell)
        if day is None:
            faults.append((row, f"{str(cell)!r} is no date, such as 2025-03-14 or 3/14/2025"))
        elif day in days:
            faults.append((row, f"{day.isoformat()!r} is given twice"))
        try:
            share = as_number(length)
        except ValueError:
            share = 0.0
        if share <= 0 or share > 1:
            faults.append((row, f"share {str(length)!r} is not a share above 0 to 1"))
        if day is not None:
            days[day] = 1.0 if math.isnan(share) else share
    if faults:
        rows = [(table.where[row], text) for row, text in faults if row is not None]
        lines = group_by_kind(rows, [f"{where}: {text}" for where, text in rows])
        raise DemandError(
            f"{table.source} has {counted(len(faults), 'fault')}",
            [*lines, *(text for row, text in faults if row is None)],
        )
    return MappingProxyType(days)
