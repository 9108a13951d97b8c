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
    | {"no data", "nodata", "dna", "tbd", "unknown", "suppressed", "redacted", "#value!", "#ref!"}
    | {"-1", "-2", "-3", "-9", "-99", "-999", "-9999"}
)
_LETTERS: Final = frozenset({"m", "n", "s"})
# A small count or a share near 0 or 100, withheld: <10, n<10, >95%, 10 or fewer.
_BELOW: Final = re.compile(r"(?:n\s*)?[<>≤≥]\s*=?\s*\d+\s*%?|\d+ or (?:fewer|less)", re.IGNORECASE)
_INTEGRAL = re.compile(r"([0-9]+)\.0+")
# Text that a spreadsheet must not take for a number: ="0123", or '0123.
_FOR_SPREADSHEETS = re.compile(r'="(.*)"|\'(?=\d)(.*)')
_SHORTENED = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+[0-9]+|[0-9]+\.[0-9]+[eE][0-9]+")
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
# Numbers that say which of comma and point parts their decimals: three digits could be thousands.
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
    """Whether a cell has a mark for "not known" where a number, a time or an id is meant.

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
    text = (guarded.group(1) or guarded.group(2) or "").strip() if guarded else text
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


def as_degrees(value: Any) -> float:
    """A coordinate as `as_number` reads it, or as in ``38°03'09"N`` and ``78.48° W``."""
    text = as_text(value)
    match = None if text is None else _DEGREES.fullmatch(text)
    if match is None or (match[1] and match[5]):
        return as_number(value)
    size = abs(float(match[2])) + float(match[3] or 0) / 60 + float(match[4] or 0) / 3600
    is_negative = match[2].startswith("-") or (match[1] or match[5] or "").upper() in ("S", "W")
    return -size if is_negative else size


def have_decimal_commas(cells: Iterable[Any]) -> bool:
    """Whether numbers are written 38,0525: some can be nothing else, and none has a point."""
    texts = [text for cell in cells if isinstance(cell, str) and (text := as_text(cell))]
    return any(map(_WITH_COMMA.fullmatch, texts)) and not any(map(_WITH_POINT.fullmatch, texts))


def with_decimal_point(cell: Any, *, is_count: bool) -> Any:
    """A cell of a table with decimal commas: ``1.234,5`` as ``1234.5``.

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


def zeroless(text: str) -> str:
    """An id without the zeros in front that spreadsheets drop: ``123`` for ``000123``."""
    return text.lstrip("0") or "0"
