"""One cell at a time: text, ids and numbers, and the marks that stand for none."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from numbers import Real
from typing import Any, Final

import pandas as pd

# What public tables write where nothing is known: NCES's symbols and codes, Excel's error.
_MARKS: Final = frozenset(
    {"†", "‡", "–", "—", "-", "--", "*", "**", ".", "#n/a", "n/a", "na", "nan", "null", "none"}
    | {"(null)", "<null>", "not available", "not applicable", "not reported", "missing"}
    | {"-1", "-2", "-3", "-9", "-99", "-999", "-9999"}
)
_LETTERS: Final = frozenset({"m", "n"})
_BELOW: Final = re.compile(r"[<≤]\s*=?\s*\d+\s*%?")  # a small count, withheld
_INTEGRAL = re.compile(r"([0-9]+)\.0+")
_FOR_SPREADSHEETS = re.compile(r'="(.*)"')
_SHORTENED = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+[0-9]+|[0-9]+\.[0-9]+[eE][0-9]+")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")


def is_missing(value: Any, *, letters: bool = True) -> bool:
    """Whether a cell has a mark for "not known" where a number, a time or an id is meant.

    NCES writes ``-1`` or ``M`` (missing), ``-2`` or ``N`` (not applicable), ``-9``
    (not good enough to publish), ``†``, ``‡`` and ``–``; other tables ``*``,
    ``n/a``, ``null`` or ``<10``. An empty cell is no mark.

    Parameters
    ----------
    letters
        Whether M and N are marks; they can also be ids, or short for middle.
    """
    text = as_text(value)
    if text is None:
        return False
    short = text.casefold().removesuffix(".0")
    return short in _MARKS or (letters and short in _LETTERS) or bool(_BELOW.fullmatch(text))


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
    if text is None:
        return None
    guarded = _FOR_SPREADSHEETS.fullmatch(text)
    text = guarded.group(1).strip() if guarded else text
    whole = _INTEGRAL.fullmatch(text)
    return whole.group(1) if whole else text or None


def is_shortened(text: str) -> bool:
    """Whether a spreadsheet has rounded a long id: ``5.10078E+11``."""
    return bool(_SHORTENED.fullmatch(text))


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
    """A finite number, NaN if the cell is empty; `ValueError` if it is neither.

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


def _json_list(text: str) -> list[Any]:
    try:
        return list(json.loads(text))
    except json.JSONDecodeError:
        return [text]


def zeroless(text: str) -> str:
    """An id without the zeros in front that spreadsheets drop: ``123`` for ``000123``."""
    return text.lstrip("0") or text
