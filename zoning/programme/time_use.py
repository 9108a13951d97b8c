"""What officers spend their time on: educator, counsellor, law, beside what was wished."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

import pandas as pd

from zoning.confidence import Interval, ratio_interval
from zoning.records import (
    Access,
    Column,
    Records,
    RecordTable,
    read_date,
    read_id,
    read_number,
    read_records,
    read_word,
)

ROLES: Final[Mapping[str, tuple[str, ...]]] = {
    "educator": ("teacher", "teaching", "education", "guest speaker", "instruction"),
    "counsellor": ("counselor", "informal counselor", "counselling", "counseling", "mentor"),
    "law": ("law enforcement", "law enforcement officer", "enforcement", "police", "security"),
    "other": ("administration", "training", "travel", "court", "meetings"),
}
"""Roles of the triad of the National Association of School Resource Officers, and what is none."""
MORE, LESS, UNCLEAR = "more than wished", "less than wished", "no clear difference"
_DAY_HOURS: Final = 24.0


def _table(on: date) -> RecordTable:
    mine = partial(Column, required=True, access=Access.PERSONNEL)
    return RecordTable(
        what="officers' hours",
        one_row="Give one row an officer, day and role: officer, date, role, hours.",
        columns=(
            mine(
                name="officer", meaning="Id of the officer.", read=read_id, headings=("officer_id",)
            ),
            mine(name="date", meaning="The day.", read=read_date, headings=("day",)),
            mine(
                name="role",
                meaning=f"{', '.join(ROLES)}.",
                read=read_word(ROLES),
                headings=("activity",),
            ),
            mine(
                name="hours",
                meaning="Hours of that day in the role.",
                read=read_number(at_least=0, at_most=_DAY_HOURS),
                headings=("time_hours",),
            ),
        ),
        key=("officer", "date", "role"),
        check=partial(_find_faults, on=on),
    )


def _find_faults(frame: pd.DataFrame, *, on: date) -> Iterable[tuple[int, str]]:
    total: dict[tuple[str, date], float] = {}
    for k, row in enumerate(frame.to_dict("records")):
        if any(pd.isna(row[name]) for name in ("officer", "date", "hours")):
            continue
        key = (row["officer"], row["date"])
        total[key] = total.get(key, 0.0) + row["hours"]
        if row["date"] > on:
            yield k, f"date {str(row['date'])!r} is after {on}"
        if total[key] > _DAY_HOURS >= total[key] - row["hours"]:
            yield k, f"officer {row['officer']!r} has {total[key]:g} hours on {row['date']}"


def read_time_use(source: str | Path | pd.DataFrame, *, on: date) -> Records:
    """Read the hours of officers by day and role: ``officer``, ``date``, ``role``, ``hours``.

    Raises
    ------
    RecordError
        Listing every fault with its row.
    """
    return read_records(source, _table(on))


def role_share(hours: Records, role: str) -> Interval:
    """Compute the share of the officers' time in a role, with an interval.

    Officers are clusters, since the days of one are alike; of a single officer the days are.
    """
    frame = hours.frame
    by = "officer" if frame["officer"].nunique() > 1 else "date"
    whole = frame.groupby(by)["hours"].sum()
    part = frame[frame["role"] == role].groupby(by)["hours"].sum()
    value, low, high = ratio_interval(list(part.reindex(whole.index, fill_value=0.0)), list(whole))
    return value, max(low, 0.0), min(high, 1.0)  # NaN stays NaN: it is the first argument


def time_use(hours: Records, wish: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Compute the share of the officers' time in each role, beside a wish.

    Parameters
    ----------
    wish
        Shares by role that the district wishes, 0 to 1.

    Returns
    -------
    DataFrame
        Index ``role``; ``hours``, ``share``, ``low`` and ``high`` (95 % interval), ``wish`` (NaN
        if none) and ``state``: more or less than wished where the interval leaves the wish out.
    """
    rows = []
    for role in ROLES:
        of = float(hours.frame.loc[hours.frame["role"] == role, "hours"].sum())
        wished = (wish or {}).get(role, math.nan)
        share, low, high = role_share(hours, role)
        state = (
            ""
            if math.isnan(wished)
            else MORE
            if low > wished
            else LESS
            if high < wished
            else UNCLEAR
        )
        rows.append((role, of, share, low, high, wished, state))
    columns = ["role", "hours", "share", "low", "high", "wish", "state"]
    return pd.DataFrame(rows, columns=columns).set_index("role")


def time_by_officer(hours: Records) -> pd.DataFrame:
    """Compute the share of each officer's time by role. Restricted: about single officers.

    Returns
    -------
    DataFrame
        Index ``officer``; a column for each role, and ``hours`` in all.
    """
    table = hours.frame.pivot_table(
        index="officer", columns="role", values="hours", aggfunc="sum", fill_value=0.0
    ).reindex(columns=list(ROLES), fill_value=0.0)
    total = table.sum(axis=1)
    return table.div(total.where(total > 0), axis=0).assign(hours=total).rename_axis(columns=None)
