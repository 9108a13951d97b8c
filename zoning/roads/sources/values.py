"""Speeds and one-way codes as people write them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from zoning.errors import NetworkError
from zoning.roads.streets.build_report import FindingKind, ReportDraft, value_counts
from zoning.units import KPH_PER_MPH

CLOSED: Final = "closed"
ONEWAY_CHOICES: Final = ("B", "FT", "TF", CLOSED)
"""What a one-way code can mean: both ways, along the line, against it, not to be driven."""

_SPEED: Final = re.compile(r"(\d+(?:[.,]\d+)?)\s*(mph|mi/h|km/h|kmh|kph|kmph)?", re.IGNORECASE)
_SURE: Final[Mapping[str, str]] = {
    **dict.fromkeys(("", "b", "both", "two way", "2 way", "twoway", "no", "false", "0"), "B"),
    **dict.fromkeys(("ft", "from to", "fromto", "yes", "y", "true", "1", "with"), "FT"),
    **dict.fromkeys(("tf", "to from", "tofrom", "reverse", "-1", "against"), "TF"),
}


# Streets of the world stack at most five or six levels; New York codes the ground as 13 of 26.
HIGHEST_LEVEL: Final = 30
# More cells than this with a fraction, or higher, and the column holds altitudes.
ODD_LEVEL_SHARE: Final = 0.1
_LEVEL: Final = re.compile(r"(?:level|lvl|lev|l)?\s*([+-]?\d+(?:\.\d*)?)")
_GROUND: Final = frozenset(("ground", "ground level", "at grade", "grade", "surface", "g"))
_NO_LEVEL: Final = frozenset(("", "none", "null", "<null>", "nan", "n/a", "na", "unknown", "-"))
_NO_VALUE: Final = frozenset(
    sign * number for sign in (1.0, -1.0) for number in (99.0, 999.0, 9999.0, 99999.0)
)
_NO: Final = frozenset(("", "f", "false", "n", "no", "0", "none", "null", "nan", "-1"))


class SpeedUnit(StrEnum):
    """The unit of a number that names none."""

    MPH = "mph"
    KMH = "kmh"

    @property
    def kph(self) -> float:
        """Kilometres per hour in one of the unit."""
        return KPH_PER_MPH if self is SpeedUnit.MPH else 1.0


def speed_unit_named(unit: SpeedUnit | str) -> SpeedUnit:
    """The unit itself, or the one of that name; `NetworkError` if there is none."""
    try:
        return SpeedUnit(unit)
    except ValueError as error:
        raise NetworkError(
            f"{unit!r} is not a unit of speed", remedy=f"Use {' or '.join(SpeedUnit)}."
        ) from error


def kph_of(text: str, unit: SpeedUnit | None) -> float | None:
    """A written speed in km/h: NaN if it is not one, None if it lacks a unit.

    A number may name its unit (``'35 mph'``, ``'50 km/h'``). Several, separated
    by ``;`` as where lanes differ, are averaged.
    """
    total, parts = 0.0, text.split(";")
    for part in parts:
        found = _SPEED.fullmatch(part.strip())
        if found is None:
            return math.nan
        number, named = float(found[1].replace(",", ".")), found[2]
        if named is not None:
            total += number * (KPH_PER_MPH if named.lower() in {"mph", "mi/h"} else 1.0)
        elif unit is not None:
            total += number * unit.kph
        else:
            return None
    return total / len(parts)


def speeds_kph(
    texts: Sequence[str],
    *,
    unit: SpeedUnit | None,
    plausible: tuple[float, float],
    draft: ReportDraft,
    column: str,
) -> NDArray[np.float64]:
    """Speed of every street, km/h, NaN where it is not known or not believed.

    Parameters
    ----------
    texts
        As written; ``''`` is unknown.
    unit
        Unit of a number that names none.
    plausible
        Lowest and highest speed to believe, km/h.
    draft
        Takes the counts of speeds that cannot be read or believed.
    column
        What to call the speeds in a message.

    Raises
    ------
    NetworkError
        If a number has no unit and ``unit`` is None; says which.
    """
    meaning = {text: kph_of(text, unit) if text else math.nan for text in set(texts)}
    if None in meaning.values():
        bare = [text for text in texts if meaning[text] is None]
        raise NetworkError(
            f"{len(bare):,} speeds in {column} have no unit",
            value_counts(bare)[:5],
            "Say which it is with --speed-unit mph or --speed-unit kmh "
            "(in Python: speed_unit='mph').",
        )
    low, high = plausible
    kph = np.array([meaning[text] for text in texts], dtype=np.float64)
    unread = [texts[int(k)] for k in np.flatnonzero(np.isnan(kph)) if texts[int(k)]]
    odd = (kph < low) | (kph > high)
    draft.add(
        FindingKind.GUESSED,
        "speed_unreadable",
        f"speeds in {column} that are not a number with a known unit, treated as unknown",
        len(unread),
        value_counts(unread),
    )
    draft.add(
        FindingKind.GUESSED,
        "speed_implausible",
        f"speeds in {column} outside {low:g} to {high:g} km/h, treated as unknown",
        int(odd.sum()),
        value_counts(texts[int(k)] for k in np.flatnonzero(odd)),
    )
    kph[odd] = np.nan
    return kph


def directions(
    codes: Sequence[str], *, given: Mapping[str, str], column: str, source: str
) -> NDArray[np.str_]:
    """Meaning of every one-way code: ``B``, ``FT``, ``TF`` or ``closed``.

    Sure without being told, in any case: ``B``, both, two-way, no, false, 0 and
    blank are both ways; ``FT``, from-to, yes, Y, true, 1 are along the line;
    ``TF``, to-from, reverse, -1 are against it. ``N`` is both ways, unless there
    is an ``FT`` or ``TF``: among Esri's codes it means closed, so then it must be
    mapped. ``F`` and ``T`` are along and against only beside a ``B``; alone they
    could be false and true.

    Parameters
    ----------
    codes
        As written.
    given
        The user's meaning of a code, which wins; one of `ONEWAY_CHOICES`.
    column, source
        What to call the column and its file in a message.

    Raises
    ------
    NetworkError
        If a code is not sure, listing each with its count; or if ``given`` maps
        to something else.
    """
    plain = {code: _plain(code) for code in set(codes)}
    wrong = [f"{code}={to}" for code, to in given.items() if to not in ONEWAY_CHOICES]
    if wrong:
        raise NetworkError(
            "one-way codes are mapped to something else than a direction",
            wrong,
            f"Map each to one of {', '.join(ONEWAY_CHOICES)}.",
        )
    ours = {_plain(code): to for code, to in given.items()}
    used = set(plain.values())
    meaning = {**_SURE}
    if not used & {"ft", "tf"}:
        meaning["n"] = "B"
    if "b" in used:
        meaning |= {"f": "FT", "t": "TF"}
    meaning |= ours
    unknown = [code for code in codes if plain[code] not in meaning]
    if unknown:
        raise NetworkError(
            f"{source}: {len(unknown):,} one-way codes in {column} are not understood",
            value_counts(unknown),
            f"Say what each means, one of {', '.join(ONEWAY_CHOICES)}, with --oneway CODE=FT "
            "(in Python: oneway_codes={'CODE': 'FT'}). FT is along the line as it is drawn, TF "
            "against it.",
        )
    return np.array([meaning[plain[code]] for code in codes], dtype=str)


def _plain(code: str) -> str:
    plain = code.strip().casefold()
    return plain if plain == "-1" else re.sub(r"[\s_-]+", " ", plain).strip()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Levels:
    """The levels of a column, compared as numbers.

    Attributes
    ----------
    texts
        Shape (n,), equal where levels are; the ground is ``'0'``.
    blank
        Shape (n,), True where the cell says nothing, which is taken as the ground.
    altitudes
        Whether the numbers look like heights above the sea rather than levels.
    range_text
        The lowest and the highest number, for a message.
    """

    texts: NDArray[np.str_]
    blank: NDArray[np.bool_]
    altitudes: bool
    range_text: str


def levels_of(texts: NDArray[np.str_]) -> Levels:
    """Levels as people write them: ``0``, ``00``, ``0.0``, ``Level 1``, ``GROUND`` or nothing.

    What is no number is a level of its own. Codes for *no value* (99, -999, -9999
    and their kin) count as blank.
    """
    listed = texts.tolist()
    meaning = {text: _level(text) for text in set(listed)}
    blank = np.array([meaning[text] is None for text in listed], dtype=bool)
    numbers = np.array(
        [value for text in listed if isinstance(value := meaning[text], float)], dtype=np.float64
    )
    odd = (numbers % 1 != 0) | (np.abs(numbers) > HIGHEST_LEVEL)
    written = {
        text: "0" if value is None else value if isinstance(value, str) else f"{value + 0.0:g}"
        for text, value in meaning.items()
    }
    return Levels(
        texts=np.array([written[text] for text in listed], dtype=str),
        blank=blank,
        altitudes=len(numbers) > 0 and bool(odd.mean() > ODD_LEVEL_SHARE),
        range_text=f"{numbers.min():g} to {numbers.max():g}" if len(numbers) else "",
    )


def ground_of(levels: NDArray[np.str_], blank: NDArray[np.bool_]) -> str:
    """The level of the ground: that of more than half of all ends, blank ones too, else ``'0'``.

    Some count from 1, and some have letters. Where nearly all are blank, the few that
    are not are bridges.
    """
    values, counts = np.unique(levels[~blank], return_counts=True)
    usual = values[2 * counts > levels.size]
    return str(usual[0]) if len(usual) else "0"


def _level(text: str) -> float | str | None:
    """A number, a word for a level of its own, or None for nothing said."""
    plain = _plain(text.replace("-", "\N{MINUS SIGN}")).replace("\N{MINUS SIGN}", "-")
    if plain in _NO_LEVEL:
        return None
    if plain in _GROUND:
        return 0.0
    found = _LEVEL.fullmatch(plain)
    if found is None:
        return plain
    number = float(found[1])
    return None if number in _NO_VALUE else number


def flags(texts: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Which cells say yes: true, T, yes, Y, 1, or a word other than no."""
    listed = texts.tolist()
    meaning = {text: _plain(text) not in _NO for text in set(listed)}
    return np.array([meaning[text] for text in listed], dtype=bool)
