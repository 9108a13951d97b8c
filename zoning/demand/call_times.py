"""Read the moments of a call log: what the local clock showed, and how long things took."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from zoning.errors import DemandError
from zoning.schools.cells import DATED, as_date, as_text, moment_of
from zoning.workbooks import ShownDate

_HAS_CLOCK: Final = re.compile(r"\d{1,2}:\d{2}|T\d{4}|\d{8}T\d{2}")
_CLOCK_ONLY: Final = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?\s*(?:[AaPp]\.?[Mm]\.?)?")
# Records of calls in a computer begin about here; an earlier year is an error of typing.
_FIRST_YEAR, _LAST_YEAR = 1980, 2100
_EXAMPLE: Final = "2025-03-14T14:05-04:00 or 3/14/2025 2:05 PM"


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment: what the local clock showed, and the seconds since 1970 in UTC."""

    local: datetime
    utc_s: float


def find_zone(name: str | None) -> tzinfo | None:
    """Find a time zone by its name in the IANA database.

    Raises `DemandError` if there is none of this name, or no database on this machine.
    """
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        try:
            ZoneInfo("America/New_York")
        except ZoneInfoNotFoundError:
            raise DemandError(
                "this computer has no list of time zones",
                remedy="Install it with: pip install tzdata (Windows has none of its own).",
            ) from error
        raise DemandError(
            f"{name!r} is not a time zone",
            remedy="Give one such as America/New_York, America/Chicago, America/Denver or "
            "America/Los_Angeles; Louisville is America/Kentucky/Louisville.",
        ) from error


def moment_reader(zone: tzinfo | None) -> Callable[..., Moment]:
    """Make the reader of moments in logs whose clock times are of this zone."""

    def read(cell: Any, day: Any = None) -> Moment:
        """Read a moment; `day` is the cell of a column of dates, for a clock time without one.

        Raises `ValueError` with the reason and the remedy.
        """
        given = _parse(cell, day)
        if not _FIRST_YEAR <= given.year <= _LAST_YEAR:
            raise ValueError(f"{given.isoformat()!r} is in the year {given.year}")
        if given.tzinfo is None:
            return _of_clock(given, zone)
        utc_s = given.timestamp()
        if zone is not None:
            return Moment(given.astimezone(zone).replace(tzinfo=None, fold=0), utc_s)
        if given.utcoffset() == timedelta(0):
            raise ValueError(
                f"{given.isoformat()!r} is in UTC, which does not say what the clock of the school "
                "showed: give time_zone"
            )
        return Moment(given.replace(tzinfo=None), utc_s)

    return read


def _of_clock(given: datetime, zone: tzinfo | None) -> Moment:
    """Find the moment at which the local clock showed this."""
    if zone is None:
        raise ValueError(
            f"{given.isoformat()!r} has no time zone: give time_zone, such as America/New_York"
        )
    first, second = (given.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        back = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0)
        if back != given:
            raise ValueError(
                f"{given.isoformat()!r} did not exist: the clocks were set forward; correct it, or "
                "write the offset from UTC (-05:00)"
            )
        raise ValueError(
            f"{given.isoformat()!r} occurred twice: the clocks were set back; write the offset "
            "from UTC (-04:00 or -05:00)"
        )
    return Moment(given, first.timestamp())


def _parse(cell: Any, day: Any) -> datetime:
    """Read a date and time, with its offset if it has one."""
    if isinstance(cell, datetime):
        return _plain(cell)
    if isinstance(cell, time):
        cell = cell.isoformat()
    if isinstance(cell, ShownDate):
        raise ValueError(f"{cell.day.isoformat()!r} has no time of day")
    text = as_text(cell)
    if text is None:
        raise ValueError("is empty")
    if _CLOCK_ONLY.fullmatch(text):
        on = as_date(day)
        if on is None:
            raise ValueError(f"{text!r} has no date, and there is no column of dates")
        text = f"{on.month}/{on.day}/{on.year} {text}"
    if not _HAS_CLOCK.search(text):
        what = "has no time of day" if as_date(text) else f"is no time, such as {_EXAMPLE}"
        raise ValueError(f"{text!r} {what}")
    try:
        match = DATED.fullmatch(text)
        return moment_of(match) if match else datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time, such as {_EXAMPLE}") from None


def _plain(moment: datetime) -> datetime:
    """Make a plain datetime of one of pandas or of a workbook, rounded to whole seconds."""
    rounded = moment + timedelta(microseconds=500_000)
    return datetime(
        *(rounded.year, rounded.month, rounded.day, rounded.hour, rounded.minute, rounded.second),
        tzinfo=moment.tzinfo,
    )
