"""Clock times as tables have them: text, moments, durations, parts of a day."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, time, timedelta, tzinfo
from numbers import Real
from typing import Any, Final

import numpy as np
import pandas as pd

from zoning.schools.cells import as_text

_CLOCK = re.compile(
    r"(?:(?P<date>[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}|[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4}|0 days)"
    r"[ T]+)?"
    r"(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.[0-9]+)?)?)?"
    r"\s*(?P<half>[ap])?(?(half)\.?(?:m\.?)?)\s*(?P<zone>Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)?",
    re.IGNORECASE,
)
_CLOCK_ALONE = r"[0-9]{1,2}(?::?[0-9]{2})?\s*(?:[ap]\.?m?\.?)?"
_HOURS = re.compile(rf"({_CLOCK_ALONE})\s*(?:-|–|—|to)\s*({_CLOCK_ALONE})", re.IGNORECASE)
_DOTTED = re.compile(r"([1-9]|[01][0-9]|2[0-3])\.([0-5][0-9])")
_DIGITS = re.compile(r"([0-9]{1,2})([0-5][0-9])(?:\.0)?")
_NUMBER = re.compile(r"[0-9]*\.?[0-9]+(?:[eE]-[0-9]+)?")
_UTC_ZONES: Final = frozenset({"UTC", "Etc/UTC", "GMT", "Etc/GMT", "Zulu", "UCT", "Etc/Zulu"})
_NOT_A_TIME: Final = "is not a time (write 07:30)"
_DAY_S: Final = 86_400
# Excel counts days from 1900: its numbers of 1955 to 2119.
_EXCEL_DAYS: Final = (20_000, 80_000)
# A part of a day that a table rounds to four digits is this close to the minute that was meant.
_ROUNDED_S: Final = 5.0


def as_time(value: Any) -> time | None:
    """A local clock time, None if the cell is empty; `ValueError` with the reason if neither.

    Reads ``7:30``, ``07:30:00``, ``2:10 PM``, ``7 AM``, ``0730``, ``730``, ``7.30``,
    a date and time (the date says nothing), a duration since midnight, and a part
    of a day as spreadsheets have it (0.3125 is 07:30). ``7``, ``7.5`` and ``7.3``
    can mean several times and are none.

    A moment with an offset from UTC is read at the clock of that offset: 07:30
    is 07:30 on either side of a clock change. A moment in UTC is refused: nobody
    knows which local time it was.
    """
    if isinstance(value, np.datetime64 | np.timedelta64):
        value = pd.Timestamp(value) if isinstance(value, np.datetime64) else pd.Timedelta(value)
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    if isinstance(value, datetime | time):
        return _local(value)
    if isinstance(value, timedelta):
        return _since_midnight(value.total_seconds())
    if isinstance(value, Real) and value is not True:
        return _of_number(float(value))
    text = as_text(value)
    return None if text is None else _of_text(text)


def as_bell_start(value: Any) -> time | None:
    """A time as `as_time` reads it, or the first of ``8:45 AM - 3:45 PM``."""
    hours = _HOURS.fullmatch(value.strip()) if isinstance(value, str) else None
    return as_time(value if hours is None else hours[1])


def as_bell_end(value: Any) -> time | None:
    """A time as `as_time` reads it, or the last of ``8:45 - 3:45``, which is in the afternoon."""
    hours = _HOURS.fullmatch(value.strip()) if isinstance(value, str) else None
    if hours is None:
        return as_time(value)
    start, end = as_time(hours[1]), as_time(hours[2])
    is_afternoon = start is not None and end is not None and end <= start and end.hour < 12
    return end.replace(hour=end.hour + 12) if end is not None and is_afternoon else end


def _local(value: datetime | time) -> time:
    """The clock of a moment where it was written down."""
    zone = value.tzinfo
    if zone is not None and _is_utc(zone, value):
        raise ValueError(
            "is a moment in UTC, and the local time is not known: save the bells as text, 07:30"
        )
    if isinstance(value, datetime):
        if value.time() == time(0):
            raise ValueError("is a date without a time of day (write 07:30)")
        value = value.time()
    return value.replace(tzinfo=None, microsecond=0)


def _is_utc(zone: tzinfo, value: datetime | time) -> bool:
    name = getattr(zone, "key", None) or getattr(zone, "zone", None)
    return name in _UTC_ZONES if name else value.utcoffset() == timedelta(0)


def _since_midnight(seconds: float) -> time:
    whole = round(seconds)
    if not 0 <= whole < _DAY_S:
        raise ValueError(_NOT_A_TIME)
    return (datetime.min + timedelta(seconds=whole)).time()


def _of_number(number: float) -> time:
    """The time that a spreadsheet keeps as a part of a day, or that is written 730."""
    low, high = _EXCEL_DAYS
    part = number % 1 if low < number < high else number
    if 0 < part < 1:
        seconds = 60.0 * round(part * _DAY_S / 60)
        if abs(seconds - part * _DAY_S) <= _ROUNDED_S:
            return _since_midnight(seconds)
    if math.isfinite(number) and number >= 100 and (digits := _DIGITS.fullmatch(f"{number:g}")):
        return _clock(int(digits.group(1)), int(digits.group(2)))
    raise ValueError(_NOT_A_TIME)


def _of_text(text: str) -> time:
    if dotted := _DOTTED.fullmatch(text):
        return _clock(int(dotted.group(1)), int(dotted.group(2)))
    if digits := _DIGITS.fullmatch(text):
        return _clock(int(digits.group(1)), int(digits.group(2)))
    if _NUMBER.fullmatch(text):
        return _of_number(float(text))
    parts = _CLOCK.fullmatch(text)
    if parts is None or not (parts["minute"] or parts["half"]):
        raise ValueError(_NOT_A_TIME)
    zone = (parts["zone"] or "").upper()
    if zone and (zone in {"Z", "UTC", "GMT"} or not int(re.sub(r"\D", "", zone))):
        return _local(datetime(2000, 1, 1, 1, tzinfo=UTC))
    hour, half = int(parts["hour"]), (parts["half"] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(_NOT_A_TIME)
        hour = hour % 12 + (12 if half == "p" else 0)
    clock = _clock(hour, int(parts["minute"] or 0), int(parts["second"] or 0))
    return _local(datetime.combine(datetime.min, clock)) if parts["date"] else clock


def _clock(hour: int, minute: int, second: int = 0) -> time:
    try:
        return time(hour, minute, second)
    except ValueError:
        raise ValueError(_NOT_A_TIME) from None
