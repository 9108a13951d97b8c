"""Calls of each building, by school-day and by hour."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zoning.demand.enforcement import refuse_enforcement
from zoning.errors import DemandError
from zoning.schools import buildings, require_inventory
from zoning.schools.buildings import CLOSED
from zoning.units import clock, counted

HOURS: Final = tuple(range(24))
HOUR_S: Final = 3600
# The lowest and the highest published rates that we know of: a rate outside them is probably in
# another unit (calls a week, calls of the district).
_LOWEST_PUBLISHED, _HIGHEST_PUBLISHED = 0.10, 0.55
_PUBLISHED = "0.10 (Louisville 2021), 0.17 (Boston, 4 years), 0.55 (Jefferson County 2024)"
# Rates of hours are sums of floats: their total may differ from the day's by rounding alone.
_SUM_TOLERANCE: Final = 1e-6
# Of the school day of a district without bell times: as [patrol] day_start and day_end.
DEFAULT_DAY_S: Final = (28_800, 54_000)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CallRates:
    """Calls per school-day by building.

    Attributes
    ----------
    per_day
        Index ``building_id`` (unique), calls per school-day: all finite and at
        least 0, one or more above 0; read-only.
    source
        Where the rates come from, in words for a planner.
    notices
        Missing data and their replacements, one plain sentence each.
    hourly
        Calls per school-day in each hour of the clock: the index of ``per_day``, columns 0 to
        23 (9 is from 09:00 to 10:00); rows sum to ``per_day``; read-only. Hours that are not
        given have no calls. None if the hours are not known: calls are then equally likely at
        any time of the school's hours, which is a default.
    emergency_share
        Share of the calls that are emergencies, 0 to 1; None if it is not known.
    is_counted
        Whether the rates rest on calls that were counted, and not on students and incidents
        alone: how often a building calls is then not for publication.

    Raises
    ------
    DemandError
        Names every building with a fault.
    """

    per_day: pd.Series[float]
    source: str
    notices: tuple[str, ...] = ()
    hourly: pd.DataFrame | None = None
    emergency_share: float | None = None
    is_counted: bool = True

    def __repr__(self) -> str:
        return f"CallRates({counted(len(self.per_day), 'building')}, source={self.source!r})"

    def __post_init__(self) -> None:
        if not isinstance(self.per_day, pd.Series):
            raise DemandError(
                f"per_day is a {type(self.per_day).__name__}: it must be a Series of calls by "
                "building id, as of call_rates(schools)"
            )
        index = self.per_day.index.map(str).rename("building_id")
        values = pd.to_numeric(self.per_day, errors="coerce").to_numpy(np.float64, copy=True)
        faults = find_faults(index, values)
        if not faults and not (values > 0).any():
            faults.append("no building has any calls")
        by_hour, wrong = _read_hours(self.hourly, index, values)
        faults += wrong
        share = self.emergency_share
        if share is not None and not 0 <= share <= 1:
            faults.append(f"emergency_share is {share}: give a share from 0 to 1, or None")
        if faults:
            raise DemandError(
                "the call rates cannot be used",
                faults,
                "Give every building a number of calls per school-day, 0 or more.",
            )
        values.flags.writeable = False
        rates = pd.Series(values, index=index, name="calls_per_day", copy=False)
        object.__setattr__(self, "per_day", rates)
        if by_hour is not None:
            by_hour.flags.writeable = False
            hourly = pd.DataFrame(by_hour, index=index, columns=list(HOURS), copy=False)
            object.__setattr__(self, "hourly", hourly)

    def on_day(self, today: gpd.GeoDataFrame, *, schools: gpd.GeoDataFrame) -> CallRates:
        """Compute the rates of a day with other bells: calls come while schools are open.

        Parameters
        ----------
        today
            The schools with that day's bells, as of `SchoolCalendar.schools_on`.
        schools
            The schools with their regular bells, from `read_schools`.

        Returns
        -------
        CallRates
            Calls of that day: those of the regular hours in which the building is open too. A
            school that is off has none.

        Raises
        ------
        DemandError
            If buildings are missing, or no calls are left.
        """
        usual = school_hours(schools)
        opens, closes = hours_of(school_hours(today), self.per_day.index, may_be_closed=True)
        return replace(
            self._within(opens, closes, hours=usual),
            source=f"{self.source}, of which those while the schools are open that day",
        )

    def between(
        self, start_s: float, end_s: float, *, hours: pd.DataFrame | None = None
    ) -> CallRates:
        """Compute the rates of a part of the day, as of a half day: fewer hours, fewer calls.

        Parameters
        ----------
        start_s, end_s
            The part of the day, in seconds after midnight.
        hours
            Index ``building_id``, columns ``opens_s`` and ``closes_s``, as of `school_hours`:
            an hour's calls come while the school is open. Required if ``hourly`` is None; if it
            is left out otherwise, the calls of an hour are spread over the whole hour.

        Returns
        -------
        CallRates
            Calls per day that is so shortened, with ``hourly`` if these rates have it.

        Raises
        ------
        DemandError
            If the times are no part of a day, the hours of a building are missing, or no calls
            are left.
        """
        if not 0 <= start_s < end_s <= len(HOURS) * HOUR_S:
            raise DemandError(
                f"from {start_s} s to {end_s} s is no part of a day: give seconds after midnight, "
                "the earlier first"
            )
        if hours is None and self.hourly is None:
            raise DemandError(
                "the hours of the calls are not known, so those of the schools are needed",
                remedy="Give hours=school_hours(schools).",
            )
        count = len(self.per_day)
        return replace(
            self._within(np.full(count, start_s), np.full(count, end_s), hours=hours),
            source=f"{self.source}, of which those from {clock(start_s)} to {clock(end_s)}",
        )

    def _within(
        self,
        start_s: NDArray[np.float64],
        end_s: NDArray[np.float64],
        *,
        hours: pd.DataFrame | None,
    ) -> CallRates:
        """Keep the calls within a part of the day, which each building has its own of."""
        index = self.per_day.index
        if hours is None:
            opens, closes = np.zeros(len(index)), np.full(len(index), len(HOURS) * HOUR_S)
        else:
            opens, closes = hours_of(hours, index)
        if self.hourly is None:
            share = _overlap(opens, closes, start_s, end_s) / (closes - opens)
            return replace(self, per_day=self.per_day * share)
        parts = []
        for hour in HOURS:
            begin, end = np.maximum(opens, hour * HOUR_S), np.minimum(closes, (hour + 1) * HOUR_S)
            # Calls counted in an hour in which the school is closed are spread over the hour.
            is_closed = end <= begin
            begin = np.where(is_closed, hour * HOUR_S, begin)
            end = np.where(is_closed, (hour + 1) * HOUR_S, end)
            parts.append(_overlap(begin, end, start_s, end_s) / (end - begin))
        kept = self.hourly * np.column_stack(parts)
        return replace(self, per_day=kept.sum(axis=1), hourly=kept)

    @classmethod
    def from_series(
        cls,
        calls: pd.Series[float],
        *,
        source: str,
        schools: gpd.GeoDataFrame | None = None,
        school_days: float = 1.0,
        allow_enforcement: Collection[str] = (),
    ) -> CallRates:
        """Compute call rates from the totals of a district's own call log.

        Parameters
        ----------
        calls
            Calls over `school_days` by building id, or by school id if
            `schools` is given (schools that share a campus are added up).
        source
            The source of the log, and its definition of a call.
        schools
            From `read_schools`; every building must then have a number, 0 if it
            never called, and every id must be known. Calls to virtual schools,
            which have no building, are left out with a notice.
        school_days
            School-days the log covers; 1 if `calls` are already rates.
        allow_enforcement
            Names of a series that is used although it is of what officers and schools produce
            themselves, such as arrests (``demand/enforcement_words.toml``).

        Raises
        ------
        DemandError
            Naming every id that is missing, unknown, repeated, negative or not
            a number.
        """
        name = "" if calls.name is None else str(calls.name)
        refused = refuse_enforcement(name, allow=allow_enforcement)
        faults = [f"{refused}, or insist: allow_enforcement=[{name!r}]"] if refused else []
        if not (math.isfinite(school_days) and school_days > 0):
            faults.append(f"school_days is {school_days}: give a number above 0")
        index = calls.index.map(str)
        given = pd.Series(pd.to_numeric(calls, errors="coerce").to_numpy(np.float64), index=index)
        notices: tuple[str, ...] = ()
        if schools is not None:
            require_inventory(schools)
            virtual = schools.index[schools["program"] == "virtual"]
            expected = dict.fromkeys(schools["campus_id"][schools["program"] != "virtual"])
            campus = index.map(lambda i: schools["campus_id"].get(i, i))
            unknown = index[~index.isin(schools.index)]
            missing = [i for i in expected if i not in set(campus)]
            faults += [f"not a school: {', '.join(unknown)}"] if len(unknown) else []
            faults += [f"no number for: {', '.join(missing)}"] if missing else []
            faults += find_faults(index, given.to_numpy())
            if index.isin(virtual).any():
                left_out = ", ".join(index[index.isin(virtual)])
                notices = (f"calls to virtual schools left out: {left_out}",)
            given = given.groupby(campus).sum(min_count=1).reindex(list(expected))
        if faults:
            raise DemandError(
                "the call log cannot be used",
                faults,
                "Give every building of the district one number, 0 if it never called.",
            )
        places = given if schools is None else schools[schools["program"] != "virtual"]
        # Without the figure: notices are public, and a log of few schools is not.
        rate = float(given.sum()) / school_days / max(len(places), 1)
        notices += note_unusual(rate, said="the log's calls per school and school-day are")
        return cls(per_day=given / school_days, source=source, notices=notices)


def school_hours(
    schools: gpd.GeoDataFrame, *, default_s: tuple[float, float] = DEFAULT_DAY_S
) -> pd.DataFrame:
    """List the hours of each building, in which its calls of the school day come.

    Parameters
    ----------
    schools
        From `read_schools`.
    default_s
        Hours of a building without bell times; 08:00 to 15:00 is a default.

    Returns
    -------
    DataFrame
        Index ``building_id``; ``opens_s`` and ``closes_s``, seconds after midnight, and
        ``is_default``, True where a bell is not known. A building that is off on the day of
        the table (`SchoolCalendar.schools_on`) closes when it opens.
    """
    table = buildings(schools)
    opens, closes = table["bell_start_s"], table["bell_end_s"]
    if CLOSED in table:
        opens, closes = (times.mask(table[CLOSED], default_s[0]) for times in (opens, closes))
        unknown = opens.isna() | closes.isna() | ((closes <= opens) & ~table[CLOSED])
    else:
        unknown = opens.isna() | closes.isna() | (closes <= opens)
    return pd.DataFrame(
        {
            "opens_s": opens.mask(unknown, default_s[0]),
            "closes_s": closes.mask(unknown, default_s[1]),
            "is_default": unknown,
        }
    )


def expected_of(rates: CallRates, index: pd.Index[str]) -> pd.Series[float]:
    """Take rates as weights; a building without any gets the least of the others."""
    missing = [str(i) for i in index if i not in rates.per_day.index]
    if missing:
        raise DemandError("the prior has no rate of some buildings", [", ".join(missing)])
    weights = rates.per_day.loc[index]
    return weights.where(weights > 0, float(weights[weights > 0].min()))


def _overlap(
    begin: NDArray[np.float64],
    end: NDArray[np.float64],
    start_s: NDArray[np.float64],
    end_s: NDArray[np.float64],
) -> NDArray[np.float64]:
    shared: NDArray[np.float64] = np.minimum(end, end_s) - np.maximum(begin, start_s)
    return np.maximum(shared, 0.0)


def hours_of(
    hours: pd.DataFrame, index: pd.Index[str], *, may_be_closed: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Take the opening and closing times of these buildings; closed ones open for no time."""
    missing = [str(i) for i in index if i not in hours.index]
    if missing:
        raise DemandError("the hours of some buildings are missing", [", ".join(missing)])
    of = hours.loc[index]
    opens, closes = of["opens_s"].to_numpy(np.float64), of["closes_s"].to_numpy(np.float64)
    is_right = closes >= opens if may_be_closed else closes > opens
    if not is_right.all():
        wrong = ", ".join(index[~is_right])
        raise DemandError("some buildings close before they open", [wrong])
    return opens, closes


def _read_hours(
    hourly: pd.DataFrame | None, index: pd.Index[str], per_day: NDArray[np.float64]
) -> tuple[NDArray[np.float64] | None, list[str]]:
    """Read calls by hour for these buildings, and list what is wrong with them."""
    if hourly is None:
        return None, []
    if not isinstance(hourly, pd.DataFrame):
        raise DemandError(f"hourly is a {type(hourly).__name__}: it must be a DataFrame or None")
    rows = hourly.index.map(str)
    faults = _list_hours_wrong(list(hourly.columns))
    differ = [*(f"no hours of {i}" for i in index if i not in set(rows))]
    differ += [f"hours of {i}, which has no rate" for i in rows if i not in set(index)]
    differ += [f"hours of {i} twice" for i in rows[rows.duplicated()]]
    if faults or differ or index.has_duplicates:
        return None, faults + differ
    numbers = hourly.set_axis(rows, axis=0).apply(pd.to_numeric, errors="coerce")
    whole = numbers.loc[index].reindex(columns=list(HOURS), fill_value=0.0)
    values = whole.to_numpy(np.float64, copy=True)
    wrong = ~(np.isfinite(values) & (values >= 0)).all(axis=1)
    total = values.sum(axis=1)
    off = ~wrong & np.isfinite(per_day)
    off &= ~np.isclose(total, per_day, rtol=_SUM_TOLERANCE, atol=_SUM_TOLERANCE * 1e-3)
    if wrong.any():
        faults.append(f"hours that are not numbers of at least 0: {', '.join(index[wrong])}")
    faults += [
        f"hours of {i} sum to {total[k]:g} calls, but its rate is {per_day[k]:g}"
        for k, i in enumerate(index)
        if off[k]
    ]
    return values, faults


def _list_hours_wrong(columns: Sequence[object]) -> list[str]:
    wrong = [repr(c) for c in columns if c not in HOURS]
    faults = (
        [f"columns of hourly that are no hours from 0 to 23: {', '.join(wrong)}"] if wrong else []
    )
    twice = sorted({repr(c) for c in columns if columns.count(c) > 1})
    return faults + ([f"hours given twice: {', '.join(twice)}"] if twice else [])


def find_faults(index: pd.Index[str], values: NDArray[np.float64]) -> list[str]:
    """List ids that are repeated, or have no number of at least 0."""
    kinds = (
        ("listed more than once", index.duplicated()),
        ("not a number", ~np.isfinite(values)),
        ("less than 0", values < 0),
    )
    return [f"{what}: {', '.join(index[at])}" for what, at in kinds if at.any()]


def note_unusual(per_school_day: float, *, said: str) -> tuple[str, ...]:
    """Notice a rate outside the range of published rates; ``said`` is how the sentence begins."""
    if _LOWEST_PUBLISHED <= per_school_day <= _HIGHEST_PUBLISHED:
        return ()
    side = "below the lowest" if per_school_day < _LOWEST_PUBLISHED else "above the highest"
    return (
        f"{said} {side} published rate: {_PUBLISHED}; check that these are calls for an officer "
        "per school and day",
    )
