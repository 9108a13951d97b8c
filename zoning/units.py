"""Units and clock times for readers; inside the library everything is in seconds and metres."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, time

METRES_PER_MILE = 1609.344
KPH_PER_MPH = 1.609344
# Not strftime, which writes the month in the machine's language.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)


def minutes(seconds: float, *, digits: int = 1) -> str:
    """Format seconds as minutes, for example ``'4.5 min'``; halves are rounded up."""
    if not math.isfinite(seconds):
        return "unreachable"
    # Floating-point noise just below a half must not show equal figures as different ones.
    whole = math.floor(seconds / 60 * 10**digits + 0.5 + 1e-6) / 10**digits
    return f"{whole:.{digits}f} min"


def lasting(seconds: int) -> str:
    """Format a length in full: ``'6 min'``, ``'6 min 20 s'``, ``'8 h 10 min'``."""
    hours, rest = divmod(seconds, 3600)
    parts = [(hours, "h"), (rest // 60, "min"), (rest % 60, "s")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 min"


def join_names(names: Sequence[str]) -> str:
    """Join one name or more: ``'Ash'``, ``'Ash and Elm'``, ``'Ash, Elm and Fir'``."""
    return " and ".join([*([", ".join(names[:-1])] if names[1:] else []), names[-1]])


def counted(count: int, what: str) -> str:
    """Format a number with its noun: ``'1 zone'``, ``'2 zones'``, ``'1,200 zones'``."""
    return f"1 {what}" if count == 1 else f"{count:,} {what}s"


def sentence(text: str) -> str:
    """Format a notice as a sentence, with a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:].removesuffix('.')}."


def clock(seconds: float, *, to_the_second: bool = False) -> str:
    """Format seconds after midnight as a clock time, for example ``'07:30'``."""
    whole = int(seconds)
    shown = f"{whole // 3600:02d}:{whole % 3600 // 60:02d}"
    return f"{shown}:{whole % 60:02d}" if to_the_second else shown


def date_in_words(day: date) -> str:
    """Format a date: ``'22 November 2026'``."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def seconds_of_day(moment: time) -> int:
    """Convert a clock time to seconds after midnight."""
    return moment.hour * 3600 + moment.minute * 60 + moment.second


def miles(metres: float) -> float:
    """Convert metres to statute miles."""
    return metres / METRES_PER_MILE


def metres_per_second(kph: float) -> float:
    """Convert kilometres per hour to metres per second."""
    return kph / 3.6
