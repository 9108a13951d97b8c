"""Read logs of calls: find the columns, check every row, and join the records of one call."""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zoning.demand.call_log import EMERGENCY, CallLog
from zoning.demand.call_times import Moment, find_zone, moment_reader
from zoning.demand.enforcement import EnforcementKind, find_enforcement, refuse_enforcement
from zoning.demand.estimate import call_rates
from zoning.demand.rates import HOUR_S, expected_of, hours_of, school_hours
from zoning.demand.sources import IN_HOURS, match_calls
from zoning.errors import DemandError, typed
from zoning.geotables import GeoTable, TableUse, read_named_columns
from zoning.schools import require_inventory
from zoning.schools.cells import as_id, as_number, as_text
from zoning.schools.school_names import SchoolWords, plain_words
from zoning.units import counted
from zoning.workbooks import split_sheet

SAME_CALL_MINUTES: Final = 10.0
"""Records of one building in two sources this close are one call: a default."""
ROUTINE, LEAVE_OUT = "routine", "leave out"
OUT_OF_HOURS, NO_SCHOOL = "outside school hours", "not a school day"
_SAID: Final = {OUT_OF_HOURS: "outside school hours", NO_SCHOOL: "on days without school"}
# More rows than any district has calls: 200 schools at 2 calls a day for 10 years are 700,000.
_MOST_ROWS: Final = 1_000_000
# A call of more than a day is an error of typing: a shift ends before.
_LONGEST_S: Final = 86_400.0
# Below a month of school days the weeks of a year are not represented.
_FEW_DAYS: Final = 20
_WORKING_DAYS: Final = 5
# A year of 175 school days has 261 weekdays, and a log of few calls may begin a little late.
_MOST_DAYS_PER_WEEKDAY, _FEWEST_DAYS_PER_WEEKDAY = 1.1, 0.5
_USE: Final = TableUse(
    what="a log of calls",
    error=DemandError,
    one_row="Give one row a call: building and time.",
    needs=(("building",), ("time",)),
    most_rows=_MOST_ROWS,
)
_MOMENTS: Final[tuple[str, ...]] = ("time", "arrived", "cleared", "entered")
_Faults = list[tuple[int | None, str]]


@cache
def _words() -> Mapping[str, Any]:
    text = Path(__file__).with_name("call_words.toml").read_text(encoding="utf-8")
    return MappingProxyType(tomllib.loads(text))


@typed
def read_call_log(
    path: str | Path | Sequence[str | Path],
    schools: gpd.GeoDataFrame,
    *,
    source: str,
    school_days: float | None = None,
    calendar: Iterable[date] | None = None,
    time_zone: str | None = None,
    columns: Mapping[str, str] | None = None,
    kinds: Mapping[str, str] | None = None,
    definitions: Mapping[str, str] | None = None,
    hours: pd.DataFrame | None = None,
    leave_out_unknown: bool = False,
    same_call_minutes: float = SAME_CALL_MINUTES,
    allow_enforcement: Collection[str] = (),
) -> CallLog:
    """Read a district's log of calls, or several logs of the same calls.

    Parameters
    ----------
    path
        CSV or workbook with a row a call, or several. Columns ``building`` (school or building,
        id or name) and ``time``; optional ``id``, ``date`` (of times that have none), ``source``,
        ``kind``, ``priority``, ``responder``, ``units``, ``arrived``, ``cleared`` and ``entered``
        (when the record was written). Usual names are known (``demand/call_words.toml``). Rows
        of one source with the same id are units of one call.
    schools
        From `read_schools`.
    source
        Where the log is from and what a call is. Public outputs show it.
    school_days
        School-days that the log covers; or give `calendar`.
    calendar
        The dates of the school days that the log covers, or a mapping of them to the share of a
        whole day (0.5: a half day), as of `read_school_days`. Calls of other days are counted
        apart. Without it, only Saturdays and Sundays are known to be no school days.
    time_zone
        Of times without an offset, such as ``America/New_York``; those with one are converted.
    columns
        Other names of these columns: ``{"time": "Rcvd"}``; '' reads no column.
    kinds
        What words of the kind or priority mean: emergency, routine or leave out.
    definitions
        What a call is in each source: by the word in the column ``source``, else the file's name.
    hours
        As of `school_hours`; default the schools' bells.
    leave_out_unknown
        Whether places that are no school of the district are left out, as of a city's log.
        Otherwise they are faults.
    same_call_minutes
        Records of one building in two sources this close are one call; 10 is a default.
    allow_enforcement
        Kinds, columns or files that count although they are what officers and schools produce
        themselves, such as arrests (``demand/enforcement_words.toml``).

    Raises
    ------
    DemandError
        If a file cannot be read, or listing every fault with its row: places that are no school,
        times that are impossible, have no zone, or occurred twice or never at a clock change,
        ids that are used twice, calls cleared before they came.
    """
    require_inventory(schools)
    paths = [path] if isinstance(path, str | Path) else list(path)
    days = dict.fromkeys(calendar, 1.0) if calendar is not None else None
    if isinstance(calendar, Mapping):
        days = {day: float(share) for day, share in calendar.items()}
    faults = _find_bad_options(paths, school_days, days, same_call_minutes, kinds or {})
    if faults:
        raise DemandError("the call log cannot be read", faults)
    reader = _Reader(
        words=SchoolWords.of(schools),
        homes=schools["campus_id"].where(schools["program"] != "virtual").to_dict(),
        moment=moment_reader(find_zone(time_zone)),
        kinds=_known_kinds(kinds or {}),
        allow=tuple(allow_enforcement),
        leave_out_unknown=leave_out_unknown,
        same_call_s=same_call_minutes * 60,
    )
    named = _name_files(paths)
    for one, name in named:
        reader.read(one, name, columns)
    reader.require_none()
    if not reader.rows:
        raise DemandError(
            "the log has no calls of the district",
            [f"{what}: {counted(n, 'row')}" for what, n in reader.left_out.items()],
        )
    usual = school_hours(schools)
    hours_of(usual if hours is None else hours, usual.index)
    hours = usual if hours is None else hours.loc[usual.index]
    return _make_log(
        reader,
        hours,
        school_days=school_days,
        days=days,
        expected=expected_of(call_rates(schools, incident_column=None), hours.index),
        source=source,
        definitions=MappingProxyType(dict(definitions or {})),
    )


def _find_bad_options(
    paths: Sequence[object],
    school_days: float | None,
    days: Mapping[date, float] | None,
    same_call_minutes: float,
    kinds: Mapping[str, str],
) -> list[str]:
    faults = [] if paths else ["no file is given"]
    if (school_days is None) == (days is None):
        faults.append("give one of school_days (how many the log covers) and calendar (the dates)")
    if school_days is not None and not (math.isfinite(school_days) and school_days > 0):
        faults.append(f"school_days is {school_days}: give a number above 0")
    if days is not None and not (days and all(0 < share <= 1 for share in days.values())):
        faults.append("calendar: give one date or more, with shares of a day above 0 to 1")
    if not 0 <= same_call_minutes < math.inf:
        faults.append(f"same_call_minutes is {same_call_minutes}: give minutes, 0 or more")
    meanings = (EMERGENCY, ROUTINE, LEAVE_OUT)
    faults += [
        f"kinds: {word!r} means {meaning!r}, which is none of {', '.join(meanings)}"
        for word, meaning in kinds.items()
        if meaning not in meanings
    ]
    return faults


def _name_files(paths: Sequence[str | Path]) -> list[tuple[str | Path, str]]:
    """Name the source of each file: its name or sheet, the whole path where two are alike."""
    places = [split_sheet(one) for one in paths]
    short = [sheet or place.stem for place, sheet in places]
    whole = [f"{place}#{sheet}" if sheet else str(place) for place, sheet in places]
    names = [one if short.count(one) == 1 else two for one, two in zip(short, whole, strict=True)]
    if twice := sorted({one for one in names if names.count(one) > 1}):
        raise DemandError("a log is given twice", twice)
    return list(zip(paths, names, strict=True))


def _known_kinds(kinds: Mapping[str, str]) -> dict[str, str]:
    """Map plain words to emergency, routine or leave out; those of the user first."""
    usual = {word: meaning for meaning, words in _words()["urgency"].items() for word in words}
    return {plain_words(w): m for w, m in usual.items()} | {
        plain_words(w): m for w, m in kinds.items()
    }


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Collects the rows of all files, and every fault of them."""

    words: SchoolWords
    homes: Mapping[str, Any]
    moment: Callable[..., Moment]
    kinds: Mapping[str, str]
    allow: Sequence[str]
    leave_out_unknown: bool
    same_call_s: float
    rows: list[dict[str, Any]] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    refused: dict[str, EnforcementKind] = field(default_factory=dict)
    unread: Counter[str] = field(default_factory=Counter)
    notices: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    joined_without_id: bool = False

    def read(self, path: str | Path, name: str, columns: Mapping[str, str] | None) -> None:
        table = read_named_columns(path, _USE, _words()["columns"], mapped=columns)
        shown = Path(table.source).name
        self.notices += [f"{shown}: {notice}" for notice in table.notices]
        faults: _Faults = list(table.faults)
        stem = split_sheet(path)[0].stem
        if refused := refuse_enforcement(stem, allow=self.allow):
            faults.append((None, f"{refused}, or insist: allow_enforcement = [{stem!r}]"))
        first: dict[tuple[str, Any], dict[str, Any]] = {}
        for row in range(len(table.where)):
            made = self._read_row(table, row, name, faults)
            if made is None:
                continue
            known = first.setdefault(self._key(made, table), made)
            if known is made:
                self.rows.append(made)
            else:
                self._join(known, made, table, faults)
        self._count_units(list(first.values()), table)
        if faults:
            self.faults += [f"{table.source}: {line}" for line in table.describe_faults(faults)]

    def _count_units(self, made: Sequence[dict[str, Any]], table: GeoTable) -> None:
        """Count the units of each call of a file that has a row for each, and no count."""
        if "units" in table.cells or not any(len(one["responders"]) > 1 for one in made):
            return
        for one in made:
            one["units"] = float(len(one["responders"])) or math.nan

    def require_none(self) -> None:
        if self.faults:
            raise DemandError(
                "the call log cannot be used",
                self.faults,
                "Correct these rows. Places that are no school of the district can be left out: "
                "leave_out_unknown = true.",
            )

    def _key(self, made: Mapping[str, Any], table: GeoTable) -> tuple[str, Any]:
        """Make what is the same in rows of one call: the id, else building and minute."""
        if "id" in table.cells and made["id"] is not None:
            return made["source"], made["id"]
        minute = made["local"].replace(second=0)
        return made["source"], (made["building_id"], minute, made["kind"])

    def _join(
        self,
        known: dict[str, Any],
        made: Mapping[str, Any],
        table: GeoTable,
        faults: _Faults,
    ) -> None:
        """Add another unit's row to its call."""
        if made["id"] is None:
            self.joined_without_id = True
        elif (
            made["building_id"] != known["building_id"]
            or abs(made["utc_s"] - known["utc_s"]) > _LONGEST_S
        ):
            at = table.where[known["row"]]
            what = f"id {made['id']!r} is also in {at}, with another building or time"
            faults.append((made["row"], what))
            return
        self.left_out["further rows of a call, such as of a second unit"] += 1
        if made["utc_s"] < known["utc_s"]:
            known |= {"local": made["local"], "utc_s": made["utc_s"]}
        who = {known["responder"], made["responder"]} - {None}
        known["responders"] |= who
        known["units"] = float(np.fmax(known["units"], made["units"]))
        for column, pick in (("cleared_s", np.fmax), ("arrived_s", np.fmin)):
            known[column] = float(pick(known[column], made[column]))

    def _read_row(
        self, table: GeoTable, row: int, name: str, faults: _Faults
    ) -> dict[str, Any] | None:
        """Read one row; None if it is left out or has a fault."""
        cells = {column: values[row] for column, values in table.cells.items()}
        before = len(faults)
        kind = as_text(cells.get("kind"))
        urgency = self._urgency(as_text(cells.get("priority")), kind)
        refused = kind and find_enforcement(kind, allow=self.allow, is_kind=True)
        if refused and kind:
            self.left_out[f"kinds that officers and schools produce ({refused.name})"] += 1
            self.refused.setdefault(kind, refused)
            return None
        if urgency == LEAVE_OUT:
            self.left_out["kinds to be left out, such as tests"] += 1
            return None
        building = self._building(cells["building"], row, faults)
        moments = {
            column: self._moment(column, cells, row, faults)
            for column in _MOMENTS
            if column in cells
        }
        units = _read_units(cells.get("units"), row, faults)
        came = moments["time"]
        if came is not None:
            faults += ((row, text) for text in _order_faults(moments))
        if building is None or came is None or len(faults) > before:
            return None
        if urgency is None and (kind or cells.get("priority")):
            self.unread[kind or str(cells.get("priority"))] += 1
        seconds = {k: math.nan if m is None else m.utc_s for k, m in moments.items()}
        responder = as_text(cells.get("responder"))
        return {
            "source": as_text(cells.get("source")) or name,
            "id": as_id(cells.get("id")),
            "row": row,
            "local": came.local,
            "utc_s": came.utc_s,
            "building_id": building,
            "kind": kind,
            "urgency": urgency,
            "responder": responder,
            "responders": {responder} - {None},
            "units": units,
            "arrived_s": seconds.get("arrived", math.nan),
            "cleared_s": seconds.get("cleared", math.nan),
            "entered_s": seconds.get("entered", math.nan),
        }

    def _urgency(self, *words: str | None) -> str | None:
        for word in words:
            if word is not None and (meaning := self.kinds.get(plain_words(word))):
                return meaning
        return None

    def _building(self, cell: Any, row: int, faults: _Faults) -> str | None:
        try:
            found = self.words.require(cell)
        except ValueError as wrong:
            if self.leave_out_unknown:
                self.left_out["places that are no school of the district"] += 1
            else:
                faults.append((row, f"building {wrong}"))
            return None
        home = self.homes.get(found, found)
        if not isinstance(home, str):
            self.left_out["virtual schools, which have no building"] += 1
            return None
        return home

    def _moment(
        self,
        column: str,
        cells: Mapping[str, Any],
        row: int,
        faults: _Faults,
    ) -> Moment | None:
        if column != "time" and as_text(cells[column]) is None:
            return None
        try:
            return self.moment(cells[column], cells.get("date"))
        except ValueError as wrong:
            faults.append((row, f"{column} {wrong}"))
            return None


def _order_faults(moments: Mapping[str, Moment | None]) -> list[str]:
    """List what happened before it could, or a day too late."""
    came, found = moments["time"], []
    assert came is not None
    for column, since in (("arrived", "time"), ("cleared", "time"), ("cleared", "arrived")):
        later, earlier = moments.get(column), moments.get(since)
        if later is None or earlier is None:
            continue
        lasted = later.utc_s - earlier.utc_s
        if lasted < 0:
            what = "the call" if since == "time" else "its arrival"
            found.append(f"{column} {later.local.isoformat()!r} is before {what}")
        elif lasted > _LONGEST_S:
            found.append(f"{column} {later.local.isoformat()!r} is more than a day after the call")
    entered = moments.get("entered")
    if entered is not None and entered.utc_s < came.utc_s - _LONGEST_S:
        found.append(f"entered {entered.local.isoformat()!r} is more than a day before the call")
    return list(dict.fromkeys(found))


def _read_units(cell: Any, row: int, faults: _Faults) -> float:
    try:
        units = as_number(cell)
    except ValueError:
        units = -1.0
    if units < 0 or (math.isfinite(units) and units != int(units)):
        faults.append((row, f"units {str(cell)!r} is not a number of units"))
    return units


def _make_log(
    reader: _Reader,
    hours: pd.DataFrame,
    *,
    school_days: float | None,
    days: Mapping[date, float] | None,
    expected: pd.Series[float],
    source: str,
    definitions: Mapping[str, str],
) -> CallLog:
    """Join the records of one call, and sort the calls by when they came."""
    frame = pd.DataFrame(reader.rows).sort_values(["utc_s", "source"], kind="stable")
    frame = frame.reset_index(drop=True)
    frame["time"] = pd.to_datetime(frame["local"])
    frame["when"] = _when(frame, hours, days)
    frame["on_scene_s"] = frame["cleared_s"] - frame["arrived_s"]
    frame["on_call_s"] = frame["cleared_s"] - frame["utc_s"]
    frame["late_s"] = frame["entered_s"] - frame["utc_s"]
    frame["call"] = match_calls(frame, reader.same_call_s)
    first = frame.groupby("call", sort=True)
    figures = ["on_scene_s", "on_call_s", "late_s"]
    texts = ["source", "time", "building_id", "when", "kind", "urgency", "responder"]
    calls = first[[*texts, *figures]].first()
    calls["units"] = first["units"].max()
    sources: dict[int, set[str]] = {}
    for call, source_name in zip(frame["call"], frame["source"], strict=True):
        sources.setdefault(call, set()).add(source_name)
    calls["sources"] = pd.Series({call: tuple(sorted(of)) for call, of in sources.items()})
    for column in ("kind", "urgency", "responder"):
        calls[column] = calls[column].astype(object).where(calls[column].notna(), None)
    covered = sum(days.values()) if days is not None else school_days
    assert covered is not None
    records = frame[["source", "time", "building_id", "when", "late_s", "call"]]
    log = CallLog(
        calls=calls.reset_index(drop=True),
        records=records,
        school_days=covered,
        hours=hours,
        expected=expected,
        source=source,
        definitions={name: definitions.get(name, "") for name in sorted(set(frame["source"]))},
        left_out=MappingProxyType(dict(reader.left_out)),
        unknown_kinds=MappingProxyType(dict(reader.unread)),
        notices=tuple(_notices(reader, frame, hours, covered, has_calendar=days is not None)),
    )
    faults = [
        f"definitions: there is no source {name!r}"
        for name in definitions
        if name not in set(frame["source"])
    ]
    if log.in_hours.empty:
        faults.append("no call came in school hours on a school day: see time_zone and bell times")
    if faults:
        raise DemandError(
            "the call log cannot be used",
            [*faults, f"its sources are {', '.join(log.definitions)}"],
        )
    return log


def _when(
    frame: pd.DataFrame, hours: pd.DataFrame, days: Mapping[date, float] | None
) -> NDArray[np.object_]:
    """Say of each record whether it came in school hours."""
    at = hours.reindex(frame["building_id"])
    time = frame["time"].dt
    clock_s = time.hour * HOUR_S + time.minute * 60 + time.second
    is_open = (clock_s.to_numpy() >= at["opens_s"].to_numpy()) & (
        clock_s.to_numpy() < at["closes_s"].to_numpy()
    )
    is_school = (
        time.day_of_week < _WORKING_DAYS if days is None else time.date.map(lambda d: d in days)
    )
    when: NDArray[np.object_] = np.where(is_open, IN_HOURS, OUT_OF_HOURS).astype(object)
    when[~is_school.to_numpy(bool)] = NO_SCHOOL
    return when


def _doubt_days(frame: pd.DataFrame, school_days: float) -> list[str]:
    """Compare the school-days that a log is said to cover with its first and last records."""
    dates = frame["time"].dt.date
    weekdays = np.busday_count(dates.min(), dates.max()) + 1
    if school_days > _MOST_DAYS_PER_WEEKDAY * weekdays:
        return [
            "the log's records span fewer weekdays than the school-days that it is said to cover: "
            "if it covers fewer, its rates are too low"
        ]
    if school_days < _FEWEST_DAYS_PER_WEEKDAY * weekdays:
        return [
            "the log's records span more than twice as many weekdays as the school-days that it "
            "is said to cover: if it covers more, its rates are too high"
        ]
    return []


def _notices(
    reader: _Reader,
    frame: pd.DataFrame,
    hours: pd.DataFrame,
    covered: float,
    *,
    has_calendar: bool,
) -> list[str]:
    """Say what was left out or assumed; counts of few schools would be no secret, so shares."""
    found = list(reader.notices)
    found += [f"left out of the log: {what}" for what in reader.left_out]
    # Numbers in a kind can be those of a case or a badge, and notices are public.
    refused = {re.sub(r"\d{3,}", "...", kind): of for kind, of in reader.refused.items()}
    for kind, of in refused.items():
        found.append(
            f"calls of the kind {kind!r} are no demand: {of.reason}; to count them, name it in "
            "allow_enforcement"
        )
    for when in (OUT_OF_HOURS, NO_SCHOOL):
        share = float((frame["when"] == when).mean())
        if share > 0:
            shown = f"{100 * share:.0f} %" if share >= 0.005 else "less than 1 %"
            found.append(f"{shown} of the log came {_SAID[when]}: not demand of the school day")
    if hours["is_default"].any() if "is_default" in hours else False:
        found.append("schools without bell times are taken to be open from 08:00 to 15:00")
    if not has_calendar:
        found.append(
            "without a calendar, calls on holidays cannot be told from those of school days"
        )
    if reader.joined_without_id:
        found.append("rows of one building, minute and kind without an id count as one call")
    if reader.unread:
        # Without the kinds: some logs have the words of callers there.
        found.append(
            "the log has kinds of which it is not known whether they are emergencies: zoning "
            "study calls lists them, and kinds says what they mean"
        )
    found += _doubt_days(frame, covered)
    if frame["time"].dt.date.nunique() == 1 or covered <= 1:
        found.append(
            "the log is of a single day: far too short, the rates are little more than a guess"
        )
    elif covered < _FEW_DAYS:
        found.append("the log covers less than a month of school days, so its intervals are wide")
    spans = frame.groupby("source")["time"].agg(["min", "max"])
    late, early = spans["min"].max(), spans["max"].min()
    if len(spans) > 1 and (late.date(), early.date()) != (
        spans["min"].min().date(),
        spans["max"].max().date(),
    ):
        found.append(
            "the sources do not cover the same days: all of them do from "
            f"{late.date()} to {early.date()}"
            if late <= early
            else "the sources have no day in common"
        )
    if frame["call"].nunique() < len(frame):
        found.append(
            f"records of one building within {reader.same_call_s / 60:g} minutes in two sources "
            "count as one call"
        )
    return found
