"""Parse cells of a table: text, ids, numbers, clock times, and marks for "not known"."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from numbers import Real
from typing import Any, Final

import numpy as np
import pandas as pd

from zoning.workbooks import ShownDate

# Marks for "not known" in public tables: NCES's symbols and codes, Excel's errors.
_MARKS: Final = frozenset(
    {"†", "‡", "–", "—", "-", "--", "*", "**", ".", "#n/a", "n/a", "na", "nan", "null", "none"}
    | {"(null)", "<null>", "not available", "not applicable", "not reported", "missing"}
    | {"no data", "nodata", "dna", "tbd", "unknown", "suppressed", "redacted", "#value!", "#ref!"}
    | {"-1", "-2", "-3", "-9", "-99", "-999", "-9999"}
)
_LETTERS: Final = frozenset({"m", "n", "s"})
# A small count or a share near 0 or 100, withheld: <10, n<10, >95%, 10 or fewer.
_BELOW: Final = re.compile(r"(?:n\s*)?[<>≤≥]\s*=?\s*\d+\s*%?|\d+ or (?:fewer|less)", re.IGNORECASE)
_INTEGRAL = re.compile(r"([0-9]+)\.0+")
# Text that a spreadsheet must not take for a number: ="0123", or '0123.
# An apostrophe is inserted where a formula may begin: at the start of a cell, and after a
# semicolon, tab or line end (with quotes and blanks), where spreadsheets of some locales split
# even quoted text.
_FORMULA = re.compile(
    r"\A(?='*[=+\-@\t\r\n＝＋－＠])|(?<=[;\t\r\n])(?=[\s\"']*[=+\-@＝＋－＠])"  # noqa: RUF001
)
_GUARDED = re.compile(f"(?:{_FORMULA.pattern})'")
_FOR_SPREADSHEETS = re.compile(r'="(.*)"|\'(?=\d)(.*)')
_SHORTENED = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+[0-9]+|[0-9]+\.[0-9]+[eE][0-9]+")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
# Numbers that show which mark is the decimal one: before three digits it could be thousands.
_WITH_COMMA = re.compile(r"[+-]?[0-9]*,(?:[0-9]{1,2}|[0-9]{4,})\s*%?")
_WITH_POINT = re.compile(r"[+-]?[0-9]*\.(?:[0-9]{1,2}|[0-9]{4,})\s*%?")
_POINTED_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?")
_PRIMES = "'\u2032\u2019"
_DOUBLE_PRIMES = '"\u2033\u201d'
_DEGREES = re.compile(
    r"([NSEW])?\s*([+-]?[0-9]{1,3}(?:\.[0-9]+)?)\s*[°º]?\s*"
    rf"(?:([0-9]{{1,2}}(?:\.[0-9]+)?)\s*[{_PRIMES}]\s*)?"
    rf"(?:([0-9]{{1,2}}(?:\.[0-9]+)?)\s*(?:[{_DOUBLE_PRIMES}]|'')\s*)?([NSEW])?",
    re.IGNORECASE,
)


def is_missing(value: Any, *, letters: bool = True) -> bool:
    """True if a cell holds a mark for "not known" in place of a number, a time or an id.

    NCES writes ``-1`` or ``M`` (missing), ``-2`` or ``N`` (not applicable), ``-9``
    (not good enough to publish), ``†``, ``‡`` and ``–``; other tables ``*``,
    ``n/a``, ``null``, ``No Data`` or ``<10``. An empty cell is no mark.

    Parameters
    ----------
    letters
        Whether M, N and S are marks; they can also be ids, or short for middle.
    """
    text = as_text(value)
    if text is None:
        return False
    short = text.casefold().removesuffix(".0")
    return short in _MARKS or (letters and short in _LETTERS) or bool(_BELOW.fullmatch(text))


def as_text(value: Any) -> str | None:
    """Strip text; None if nothing is left."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    return str(value).strip() or None


def as_id(value: Any) -> str | None:
    """Convert an identifier to text, with leading zeros; ``275004.0`` read as ``275004``."""
    if isinstance(value, Real) and float(value).is_integer():
        return str(math.trunc(value))
    text = as_text(value)
    if text is None:
        return None
    guarded = _FOR_SPREADSHEETS.fullmatch(text)
    text = (guarded.group(1) or guarded.group(2) or "").strip() if guarded else text
    whole = _INTEGRAL.fullmatch(text)
    return whole.group(1) if whole else text or None


def is_shortened(text: str) -> bool:
    """True if a spreadsheet has rounded a long id: ``5.10078E+11``."""
    return bool(_SHORTENED.fullmatch(text))


def guarded(text: str) -> str:
    """Escape text for a CSV cell, so that no spreadsheet runs it as a formula."""
    return _FORMULA.sub("'", text)


def unguarded(text: str) -> str:
    """Undo `guarded`."""
    return _GUARDED.sub("", text)


def as_ids(value: Any) -> tuple[str, ...]:
    """Split identifiers from a list or from text separated by ``;``, without duplicates."""
    parts: Iterable[Any]
    if isinstance(value, str):
        parts = _json_list(value) if value.lstrip().startswith("[") else value.split(";")
    elif isinstance(value, Iterable):
        parts = value
    else:
        parts = (value,)
    ids = (as_id(part) for part in parts)
    return tuple(dict.fromkeys(i for i in ids if i is not None))


def as_number(value: Any) -> float:
    """Parse a finite number; NaN if the cell is empty; raise `ValueError` otherwise.

    Reads ``1,234`` and ``72.5 %`` too.
    """
    text = as_text(value)
    if text is None:
        return math.nan
    plain = text.removesuffix("%").strip()
    number = float(plain.replace(",", "") if _THOUSANDS.fullmatch(plain) else plain)
    if not math.isfinite(number) or "_" in text:
        raise ValueError(text)
    return number


def as_degrees(value: Any) -> float:
    """Parse a coordinate as `as_number` does, or as in ``38°03'09"N`` and ``78.48° W``."""
    text = as_text(value)
    match = None if text is None else _DEGREES.fullmatch(text)
    if match is None or (match[1] and match[5]):
        return as_number(value)
    size = abs(float(match[2])) + float(match[3] or 0) / 60 + float(match[4] or 0) / 3600
    is_negative = match[2].startswith("-") or (match[1] or match[5] or "").upper() in ("S", "W")
    return -size if is_negative else size


def has_decimal_commas(cells: Iterable[Any]) -> bool:
    """True if the decimal mark is a comma: some cells require it, and no cell has a point."""
    texts = [text for cell in cells if isinstance(cell, str) and (text := as_text(cell))]
    return any(map(_WITH_COMMA.fullmatch, texts)) and not any(map(_WITH_POINT.fullmatch, texts))


def use_decimal_point(cell: Any, *, is_count: bool) -> Any:
    """Convert a cell with a decimal comma: ``1.234,5`` to ``1234.5``.

    A count has no decimals: there ``1,234`` stays what it is.
    """
    text = cell.strip() if isinstance(cell, str) else ""
    if not text or (is_count and _THOUSANDS.fullmatch(text)):
        return cell
    is_grouped = _POINTED_THOUSANDS.fullmatch(text)
    return (text.replace(".", "") if is_grouped else text).replace(",", ".")


def _json_list(text: str) -> list[Any]:
    try:
        return list(json.loads(text))
    except json.JSONDecodeError:
        return [text]


def strip_zeros(text: str) -> str:
    """Strip the leading zeros that spreadsheets drop: ``000123`` to ``123``."""
    return text.lstrip("0") or "0"


# --- clock times ---

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
# A part of a day rounded to four digits is at most 4.3 s off the minute that was meant.
_ROUNDED_S: Final = 5.0


def as_time(value: Any) -> time | None:
    """Parse a local clock time; None if the cell is empty.

    Reads ``7:30``, ``07:30:00``, ``2:10 PM``, ``7 AM``, ``0730``, ``730``, ``7.30``,
    a date and time (the date is ignored), a duration since midnight, and a part
    of a day as spreadsheets have it (0.3125 is 07:30). ``7``, ``7.5`` and ``7.3``
    could be several times and are refused.

    A moment with an offset from UTC is read at the clock of that offset: 07:30
    is 07:30 on either side of a clock change. A moment in UTC is refused: nobody
    knows which local time it was.

    Raises
    ------
    ValueError
        If it is not a time, with the reason.
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
    """Parse a time as `as_time` does, or the first of ``8:45 AM - 3:45 PM``."""
    hours = _HOURS.fullmatch(value.strip()) if isinstance(value, str) else None
    return as_time(value if hours is None else hours[1])


def as_bell_end(value: Any) -> time | None:
    """Parse a time as `as_time` does, or the last of ``8:45 - 3:45``, which is in the afternoon."""
    hours = _HOURS.fullmatch(value.strip()) if isinstance(value, str) else None
    if hours is None:
        return as_time(value)
    start, end = as_time(hours[1]), as_time(hours[2])
    is_afternoon = start is not None and end is not None and end <= start and end.hour < 12
    return end.replace(hour=end.hour + 12) if end is not None and is_afternoon else end


def _local(value: datetime | time) -> time:
    """Clock time of a timestamp, at the UTC offset that it is written with."""
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
    """Parse a fraction of a day, as spreadsheets store times, or digits such as 730."""
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


# --- dates ---

# A date as Americans or as computers write it, with or without the time on a clock.
DATED: Final = re.compile(
    r"(?:(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4}|\d{2})"
    r"|(?P<iso_year>\d{4})-(?P<iso_month>\d{2})-(?P<iso_day>\d{2}))"
    r"(?:[ ,T]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?)?"
)


def as_date(cell: Any) -> date | None:
    """Read a date, None if it is none."""
    if isinstance(cell, ShownDate):
        return cell.day
    if isinstance(cell, datetime):
        return cell.date()
    match = DATED.match(as_text(cell) or "")
    try:
        return None if match is None else moment_of(match).date()
    except ValueError:
        return None


def moment_of(match: re.Match[str]) -> datetime:
    """Make the moment of a match of `DATED`; `ValueError` if there is none."""
    hour, half = int(match["hour"] or 0), (match["half"] or "").replace(".", "").casefold()
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(match[0])
        hour = hour % 12 + (12 if half == "pm" else 0)
    written = match["year"] or match["iso_year"]
    return datetime(
        # Of two digits alone: 0001-01-01 stands for no date in some systems, not for 2001.
        int(written) + (2000 if len(written) == 2 else 0),
        int(match["month"] or match["iso_month"]),
        int(match["day"] or match["iso_day"]),
        hour,
        int(match["minute"] or 0),
        int(match["second"] or 0),
    )
