"""Count the school days that a log of calls covers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd

from zoning.errors import DemandError, SchoolDataError, typed
from zoning.schools import read_school_calendar


@typed
def read_school_days(
    path: str | Path, schools: gpd.GeoDataFrame | None = None
) -> Mapping[date, float]:
    """Read the school days of a calendar, for `read_call_log`.

    Parameters
    ----------
    path
        A calendar, as of `read_school_calendar`: a row a day with ``date`` and, if some are
        shorter, ``share`` of a whole day (0.5: a half day; empty: a whole one), or ``kind``.
    schools
        From `read_schools`; needed if the bells tell the share of a day.

    Returns
    -------
    Mapping
        The share of each date on which there is school.

    Raises
    ------
    DemandError
        If the file cannot be read, or listing every fault with its row.
    """
    try:
        calendar = read_school_calendar(path, schools)
    except SchoolDataError as error:
        raise DemandError(error.headline, error.faults, error.remedy) from error
    return MappingProxyType({day: calendar.share(day) for day in calendar.school_days})
