"""Given timetables: read from a file of a run or a supervisor, and made days of officers."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from zoning.errors import DistrictNotice, ScheduleError, group_by_kind, typed
from zoning.geotables import GeoTable, TableUse, read_named_columns
from zoning.patrol.assumptions import SECONDS_PER_DAY, PatrolAssumptions
from zoning.patrol.schedule import Activity, PatrolSchedule, Visit
from zoning.schools.cells import as_date, as_number, as_text, as_time, unguarded
from zoning.schools.school_names import SchoolWords, buildings_by_id, nearest
from zoning.units import clock, counted, seconds_of_day

STOP_COLUMNS: Final = (
    *("zone_id", "officer_id", "stop", "activity", "building_id", "arrival_s", "departure_s"),
    *("shift_start_s", "shift_end_s", "where"),
)
"""Columns of the stops that `read_schedule` gives and `check_schedule` takes."""
_NAMES: Final = {
    "option": ("option_id", "option"),
    "day": ("day", "date"),
    "zone": ("zone_id", "zone", "zone_name", "beat"),
    "officer": ("officer_id", "officer", "officer_name", "sso", "post"),
    "stop": ("stop", "stop_number", "stop_no", "order"),
    "activity": ("activity", "what", "task"),
    "building": (
        *("building_id", "school_id", "campus_id", "building", "school", "location"),
        *("school_name", "building_name", "name"),
    ),
    "arrival": ("arrival", "arrive", "arrives", "arrival_time", "time_in", "from", "in"),
    "departure": (
        *("departure", "depart", "departs", "departure_time", "leave", "leaves"),
        *("time_out", "until", "to", "out"),
    ),
    "arrival_s": ("arrival_s",),
    "departure_s": ("departure_s",),
    "shift_start": ("shift_start", "shift_begin", "on_duty"),
    "shift_end": ("shift_end", "off_duty"),
}
_USE: Final = TableUse(
    what="a timetable of officers",
    error=ScheduleError,
    one_row="Give one row a stop: officer or zone, building, arrival and departure.",
    needs=(
        *(("zone", "officer"), ("building",)),
        *(("arrival", "arrival_s"), ("departure", "departure_s")),
    ),
)
_ACTIVITIES: Final = {
    "": Activity.VISIT,
    "visit": Activity.VISIT,
    "patrol": Activity.VISIT,
    "break": Activity.BREAK,
    "lunch break": Activity.BREAK,
    "meal break": Activity.BREAK,
}
_NEEDED: Final = ("building_id", "arrival_s", "departure_s")
# Faults of a table that are listed row by row; more are summarised by kind.
_MOST_ROWS: Final = 40


@typed
def read_schedule(
    path: str | Path,
    schools: gpd.GeoDataFrame,
    *,
    option_id: str | None = None,
    day: date | int | None = None,
    columns: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Read the stops of officers, for `zoning.check_schedule`.

    Parameters
    ----------
    path
        ``visits.csv`` of a run, or a table of your own: CSV or workbook with a row a stop and
        columns ``officer`` or ``zone``, ``building`` (id or name of a school), ``arrival`` and
        ``departure`` (7:40, 07:40:30, 1:40 PM, 0740, or ``arrival_s`` in seconds after midnight);
        optional ``activity`` (``visit`` or ``break``), ``stop`` (the order; else that of
        arrivals), ``shift_start`` and ``shift_end``. A break without a building is at that of
        the stop before.
    schools
        From `zoning.read_schools`.
    option_id
        The option to read of a file that has several.
    day
        The day to read of a file of several days: a date, or its number in a rotation. A file
        that names no days is read as it is.
    columns
        Other names of these columns: ``{"officer": "Name"}``; '' reads no column.

    Returns
    -------
    DataFrame
        One row a stop, officers in order of first appearance, with the columns `STOP_COLUMNS`;
        ``where`` is the row of the file. ``zone_id`` is None where the file has no zones.

    Raises
    ------
    ScheduleError
        If the file cannot be read or has several options or days, or listing every fault with its
        row: unknown schools and options, times that are none, stops that end before they begin.
    """
    table = read_named_columns(path, _USE, _NAMES, mapped=columns)
    rows = _rows_of_day(table, _rows_of_option(table, option_id), day)
    faults: list[tuple[int | None, str]] = list(table.faults)
    reader = _Reader(table, SchoolWords.of(schools), buildings_by_id(schools), faults)
    stops = [stop for row in rows if (stop := reader.read(row)) is not None]
    stops = _in_order(stops)
    _give_breaks_a_building(stops, faults)
    chosen = set(rows)
    faults = [(row, text) for row, text in faults if row is None or row in chosen]
    if faults:
        raise _unusable(table, faults)
    for notice in table.notices:
        # The caller of read_schedule.
        warnings.warn(f"{Path(table.source).name}: {notice}", DistrictNotice, stacklevel=3)
    frame = pd.DataFrame(stops, columns=[*STOP_COLUMNS])
    whole = ["stop", "arrival_s", "departure_s"]
    return frame.astype(dict.fromkeys(whole, "int64")) if len(frame) else frame


def _rows_of_option(table: GeoTable, option_id: str | None) -> list[int]:
    """Choose the rows of one option."""
    every = list(range(len(table.where)))
    if "option" not in table.cells:
        if option_id is not None:
            raise ScheduleError(
                f"{table.source} names no options, and option {option_id!r} is to be read",
                remedy="Leave the option out.",
            )
        return every
    named = [as_text(cell) or "" for cell in table.cells["option"]]
    options = list(dict.fromkeys(named))
    if option_id is None and len(options) > 1:
        raise ScheduleError(
            f"{table.source} has the timetables of {counted(len(options), 'option')}",
            options,
            f"Choose one: option_id={options[0]!r}.",
        )
    if option_id is not None and option_id not in options:
        near = nearest(option_id, options)
        raise ScheduleError(
            f"{table.source} has no option {option_id!r}",
            options,
            f"Did you mean {near[0]!r}?" if near else "Choose one of these.",
        )
    return [row for row in every if option_id is None or named[row] == option_id]


def _rows_of_day(table: GeoTable, rows: list[int], day: date | int | None) -> list[int]:
    """Choose the rows of one day: two days read as one would break every rule of a drive."""
    if "day" not in table.cells:
        return rows
    days = {row: _as_day(table.cells["day"][row]) for row in rows}
    known = list(dict.fromkeys(days.values()))
    name = Path(table.source).name
    if day is None and len(known) > 1:
        raise ScheduleError(
            f"{name} has the timetables of {len(known)} days, {known[0]} to {known[-1]}",
            remedy=f"Choose one: --date {known[0]} (day=...), or keep the rows of one day.",
        )
    if day is None or set(known) == {""}:
        return rows
    if str(day) not in known:
        raise ScheduleError(
            f"{name} has no timetable of {day}", remedy=f"It has {', '.join(known[:_MOST_ROWS])}."
        )
    return [row for row in rows if days[row] == str(day)]


def _as_day(cell: object) -> str:
    """A date as 2026-11-30, however a spreadsheet shows it; a number of a day as it stands."""
    day = as_date(cell)
    return (as_text(cell) or "") if day is None else day.isoformat()


class _Reader:
    """Reads rows, and collects every fault."""

    def __init__(
        self,
        table: GeoTable,
        words: SchoolWords,
        homes: Mapping[str, str],
        faults: list[tuple[int | None, str]],
    ) -> None:
        self.table, self.words, self.homes, self.faults = table, words, homes, faults

    def read(self, row: int) -> dict[str, Any] | None:
        """Read one row; None for an empty one."""
        cells = {ours: given[row] for ours, given in self.table.cells.items()}
        if all(as_text(cell) is None for cell in cells.values()):
            return None
        zone, officer = (self._text(cells.get(column)) for column in ("zone", "officer"))
        if zone is None and officer is None:
            self.faults.append((row, "no officer and no zone is named"))
        activity = self._activity(cells.get("activity"), row)
        arrival, departure = (self._moment(ours, cells, row) for ours in ("arrival", "departure"))
        if arrival is not None and departure is not None and departure < arrival:
            self.faults.append((row, self._backwards(arrival, departure)))
        return {
            "zone_id": zone,
            "officer_id": officer or zone,
            "stop": self._stop(cells.get("stop"), row),
            "activity": str(activity),
            "building_id": self._building(cells["building"], activity, row),
            "arrival_s": arrival or 0,
            "departure_s": departure or 0,
            "shift_start_s": self._clock("shift_start", cells.get("shift_start"), row),
            "shift_end_s": self._clock("shift_end", cells.get("shift_end"), row),
            "where": self.table.where[row],
            "row": row,
        }

    def _text(self, cell: Any) -> str | None:
        text = as_text(cell)
        return unguarded(text) if text is not None and self.table.is_csv else text

    def _activity(self, cell: Any, row: int) -> Activity:
        text = (self._text(cell) or "").strip().casefold()
        if text in _ACTIVITIES:
            return _ACTIVITIES[text]
        why = " (the officer's break, or a visit at lunch?)" if "lunch" in text else ""
        self.faults.append((row, f"activity {text!r} is not visit or break{why}"))
        return Activity.VISIT

    def _building(self, cell: Any, activity: Activity, row: int) -> str | None:
        if activity is Activity.BREAK and as_text(cell) is None:
            return None
        try:
            found = self.words.require(self._text(cell))
        except ValueError as wrong:
            self.faults.append((row, f"building {wrong}"))
            return ""
        if found not in self.homes:
            self.faults.append((row, f"building {found!r} is a virtual school, without a building"))
        return self.homes.get(found, "")

    def _moment(self, ours: str, cells: Mapping[str, Any], row: int) -> int | None:
        """Read a time of day, or else seconds after midnight."""
        if ours in cells:
            found = self._clock(ours, cells[ours], row)
            if found is None and as_text(cells[ours]) is None:
                self.faults.append((row, f"{ours} is empty"))
            return found
        cell = cells[f"{ours}_s"]
        try:
            seconds = as_number(cell)
        except ValueError:
            seconds = math.nan
        if math.isfinite(seconds) and seconds >= 0 and seconds == int(seconds):
            return int(seconds)
        self.faults.append((row, f"{ours}_s {str(cell)!r} is not a whole number of seconds"))
        return None

    def _clock(self, ours: str, cell: Any, row: int) -> int | None:
        try:
            moment = as_time(cell)
        except ValueError as wrong:
            self.faults.append((row, f"{ours} {str(cell)!r} {wrong}"))
            return None
        return None if moment is None else seconds_of_day(moment)

    def _stop(self, cell: Any, row: int) -> int | None:
        if as_text(cell) is None:
            return None
        try:
            number = as_number(cell)
        except ValueError:
            number = math.nan
        if math.isfinite(number) and number == int(number):
            return int(number)
        self.faults.append((row, f"stop {str(cell)!r} is not a whole number"))
        return None

    def _backwards(self, arrival: int, departure: int) -> str:
        text = f"leaves at {clock(departure)}, before it arrives at {clock(arrival)}"
        half_day = 43_200
        if departure < half_day <= departure + half_day:
            text += f" (in the afternoon: write {clock(departure + half_day)})"
        return text


def _give_breaks_a_building(
    stops: Sequence[dict[str, Any]], faults: list[tuple[int | None, str]]
) -> None:
    """Put a break that names no building where the officer was before."""
    last: dict[str, str] = {}
    for stop in stops:
        officer = str(stop["officer_id"])
        if stop["building_id"] is None:
            stop["building_id"] = last.get(officer, "")
            if officer not in last:
                faults.append((stop["row"], "the break names no building, and no stop is before"))
        last[officer] = str(stop["building_id"])


def _in_order(stops: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sort the stops of each officer, and number them."""
    officers: dict[str, list[dict[str, Any]]] = {}
    for stop in stops:
        officers.setdefault(str(stop["officer_id"]), []).append(stop)
    ordered = []
    for day in officers.values():
        if any(stop["stop"] is None for stop in day):
            day.sort(key=lambda stop: (stop["arrival_s"], stop["departure_s"]))
        else:
            day.sort(key=lambda stop: stop["stop"])
        ordered += [{**stop, "stop": number} for number, stop in enumerate(day, start=1)]
    return ordered


def _unusable(table: GeoTable, faults: Sequence[tuple[int | None, str]]) -> ScheduleError:
    return ScheduleError(
        f"{table.source} has {counted(len(faults), 'fault')}",
        table.describe_faults(faults),
        _USE.one_row,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenStop:
    """A stop as it is given, its number in the day, and its row of the file."""

    visit: Visit
    number: int
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenDay:
    """An officer's day as it is given; ``start_s`` and ``end_s`` are None if no shift is."""

    officer_id: str
    zone_id: str
    stops: tuple[GivenStop, ...]
    base_id: str | None
    start_s: int | None = None
    end_s: int | None = None

    @property
    def visited(self) -> set[str]:
        """The buildings that are visited."""
        return {stop.visit.building_id for stop in self.stops if not stop.visit.is_break}


def days_of_schedule(schedule: PatrolSchedule) -> tuple[GivenDay, ...]:
    """Take the days of a schedule as they are."""
    return tuple(
        GivenDay(
            officer_id=day.officer_id,
            zone_id=day.zone_id,
            stops=tuple(
                GivenStop(visit=visit, number=number, where="")
                for number, visit in enumerate(day.visits, start=1)
            ),
            base_id=day.base_id,
            start_s=day.start_s,
            end_s=day.end_s,
        )
        for day in schedule.days
    )


def days_of_stops(
    frame: pd.DataFrame, names: Mapping[str, str], assumptions: PatrolAssumptions
) -> tuple[GivenDay, ...]:
    """Make days of a table of stops; raise with every fault that keeps them from being read."""
    lacking = [column for column in _NEEDED if column not in frame]
    if not {"zone_id", "officer_id"} & {*frame}:
        lacking.append("zone_id or officer_id")
    if lacking:
        raise ScheduleError(
            "the timetable cannot be read",
            [f"it has no column {column}" for column in lacking],
            "Give one row a stop; zoning.read_schedule makes such a table of a file.",
        )
    faults: list[tuple[str, str]] = []
    stops: dict[str, list[GivenStop]] = {}
    zones: dict[str, list[str]] = {}
    shifts: dict[str, dict[str, set[int]]] = {}
    for k, record in enumerate(frame.to_dict("records"), start=1):
        row: dict[Any, Any] = dict(record)
        where = _text(row.get("where")) or f"row {k}"
        zone = _text(row.get("zone_id"))
        officer = _text(row.get("officer_id")) or zone
        visit, wrong = _visit_of(row, names)
        faults += [(where, text) for text in wrong]
        if not officer:
            faults.append((where, "no officer and no zone is named"))
        elif visit is not None:
            day = stops.setdefault(officer, [])
            number = _whole(row.get("stop")) or len(day) + 1
            day.append(GivenStop(visit=visit, number=number, where=_text(row.get("where"))))
            zones.setdefault(officer, []).append(zone)
            shift = shifts.setdefault(officer, {"start": set(), "end": set()})
            for end, moments in shift.items():
                moment = _whole(row.get(f"shift_{end}_s"))
                moments.update([] if moment is None else [moment])
    for officer, shift in shifts.items():
        faults += [
            (officer, f"several times of its shift's {end}: {', '.join(map(clock, moments))}")
            for end, moments in shift.items()
            if len(moments) > 1
        ]
    if faults:
        raise ScheduleError(
            f"the timetable has {counted(len(faults), 'fault')}",
            [f"{where}: {text}" for where, text in faults]
            if len(faults) <= _MOST_ROWS
            else group_by_kind(faults),
            "Times are whole seconds after midnight; buildings are those of the schools.",
        )
    return tuple(
        GivenDay(
            officer_id=officer,
            zone_id=", ".join(sorted({zone for zone in zones[officer] if zone})),
            stops=_join_stays(day),
            base_id=assumptions.base,
            start_s=next(iter(shifts[officer]["start"]), None),
            end_s=next(iter(shifts[officer]["end"]), None),
        )
        for officer, day in stops.items()
    )


def _visit_of(row: Mapping[Any, Any], names: Mapping[str, str]) -> tuple[Visit | None, list[str]]:
    """Make the visit of a row, or say why there is none."""
    building = _text(row["building_id"])
    faults = [] if building in names else [f"{building or 'no name'} is no building of the schools"]
    moments = []
    for column in ("arrival_s", "departure_s"):
        moment = _whole(row[column])
        if moment is None or not 0 <= moment < 2 * SECONDS_PER_DAY:
            faults.append(f"{column} is {row[column]!r}, not whole seconds after midnight")
        else:
            moments.append(moment)
    activity = _text(row.get("activity")) or str(Activity.VISIT)
    if activity not in list(Activity):
        faults.append(f"activity is {activity!r}, not one of {', '.join(Activity)}")
    if len(moments) == 2 and moments[1] < moments[0]:
        faults.append(
            f"leaves {building} at {clock(moments[1])}, before it arrives at {clock(moments[0])}"
        )
    if faults:
        return None, faults
    return Visit(
        building_id=building,
        arrival_s=moments[0],
        departure_s=moments[1],
        activity=Activity(activity),
    ), []


def _whole(value: object) -> int | None:
    """The whole number that a cell has; None if there is none."""
    if isinstance(value, int | float | np.integer | np.floating) and value == value // 1:
        return int(value)
    return None


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _join_stays(stops: Sequence[GivenStop]) -> tuple[GivenStop, ...]:
    """Join rows of one stay: at one building, one beginning when the other ends."""
    joined: list[GivenStop] = []
    for stop in stops:
        before = joined[-1].visit if joined else None
        if (
            before is not None
            and before.building_id == stop.visit.building_id
            and before.activity is stop.visit.activity
            and before.departure_s == stop.visit.arrival_s
        ):
            stay = replace(before, departure_s=stop.visit.departure_s)
            joined[-1] = replace(joined[-1], visit=stay)
        else:
            joined.append(stop)
    return tuple(joined)
