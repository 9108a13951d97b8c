"""One cell at a time: text, ids, numbers, clock times, levels and programs."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from datetime import datetime, time
from numbers import Real
from typing import Any

import pandas as pd

LEVELS = ("elementary", "middle", "high", "secondary", "combined")
PROGRAMS = ("resides", "magnet", "alternative", "virtual")
LEVEL_SYNONYMS = {
    "elem": "elementary",
    "primary": "elementary",
    "junior high": "middle",
    "senior high": "high",
    "k 12": "combined",
}
PROGRAM_WORDS = {p: p for p in PROGRAMS} | {"resides": "neighbourhood school"}
"""What a program is called where people read it."""
PROGRAM_SYNONYMS = {"regular": "resides", "neighborhood": "resides", "neighbourhood": "resides"}

_INTEGRAL = re.compile(r"([0-9]+)\.0+")
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?\s*(?:([ap])\.?m\.?)?", re.IGNORECASE)
_HALF_DAY = 12


def as_text(value: Any) -> str | None:
    """Text without surrounding blanks; None if there is none."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    return str(value).strip() or None


def as_id(value: Any) -> str | None:
    """An identifier as text: leading zeros kept, ``275004.0`` read as ``275004``."""
    if isinstance(value, Real) and float(value).is_integer():
        return str(math.trunc(value))
    text = as_text(value)
    whole = _INTEGRAL.fullmatch(text) if text else None
    return whole.group(1) if whole else text


def as_ids(value: Any) -> tuple[str, ...]:
    """Identifiers from a list, or from text separated by ``;``; each once."""
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
    """A finite number, NaN if the cell is empty; `ValueError` if it is neither."""
    text = as_text(value)
    if text is None:
        return math.nan
    number = float(text)
    if not math.isfinite(number) or "_" in text:
        raise ValueError(text)
    return number


def as_time(value: Any) -> time | None:
    """A clock time, None if the cell is empty; `ValueError` if it is neither.

    Reads ``7:30``, ``07:30``, ``07:30:00``, ``2:10 PM`` and time values.
    """
    if isinstance(value, datetime) and not pd.isna(value):
        return value.time()
    if isinstance(value, time):
        return value
    text = as_text(value)
    if text is None:
        return None
    parts = _CLOCK.fullmatch(text)
    if parts is None:
        raise ValueError(text)
    hour, half = int(parts.group(1)), (parts.group(4) or "").lower()
    if half:
        if not 1 <= hour <= _HALF_DAY:
            raise ValueError(text)
        hour = hour % _HALF_DAY + (_HALF_DAY if half == "p" else 0)
    return time(hour, int(parts.group(2)), int(parts.group(3) or 0))


def as_level(value: Any) -> str | None:
    """A school level, or the text as given if it is none that is known."""
    return _one_of(value, LEVEL_SYNONYMS)


def as_program(value: Any) -> str | None:
    """A school program, or the text as given if it is none that is known."""
    return _one_of(value, PROGRAM_SYNONYMS)


def _one_of(value: object, synonyms: dict[str, str]) -> str | None:
    text = as_text(value)
    if text is None:
        return None
    plain = " ".join(re.split(r"[\s_-]+", text.casefold())).removesuffix(" school")
    return synonyms.get(plain, plain)


def _json_list(text: str) -> list[Any]:
    try:
        return list(json.loads(text))
    except json.JSONDecodeError:
        return [text]
