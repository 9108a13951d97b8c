"""Columns of street tables: find them, and read speeds, directions and levels."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zoning.errors import NetworkError
from zoning.roads.sources.classes import WORDS, bare_name, class_meanings, words_of
from zoning.roads.streets.build_report import FindingKind, ReportDraft, value_counts
from zoning.roads.streets.tables import as_text
from zoning.units import KPH_PER_MPH

FIELDS: Final = (
    *("speed", "oneway", "road_class", "name", "area", "level", "level_from", "level_to"),
    *("layer", "bridge", "tunnel"),
)
_NAMES: Final[Mapping[str, list[str]]] = WORDS["columns"]
_COLUMN_WORDS: Final[Mapping[str, Any]] = WORDS["column_words"]

# Names such as CATEGORY are used for the class if four of five values are understood.
_UNDERSTOOD_SHARE: Final = 0.8
# A class column has few distinct values; the lower limits keep a message short.
_FEW_VALUES: Final = 25
_CANDIDATES_SHOWN: Final = 6
_VALUES_SHOWN: Final = 8
_CLASS_LIKE: Final = re.compile(r"class|type|func|cfcc|road|hwy|highway|route|system|categ", re.I)
CLOSED: Final = "closed"
ONEWAY_CHOICES: Final = ("B", "FT", "TF", CLOSED)
"""What a one-way code can mean: both ways, along the line, against it, not to be driven."""
_SPEED: Final = re.compile(r"(\d+(?:[.,]\d+)?)\s*(mph|mi/h|km/h|kmh|kph|kmph)?", re.IGNORECASE)
_SURE: Final = words_of("oneway")
# Streets of the world stack at most five or six levels; New York codes the ground as 13 of 26.
HIGHEST_LEVEL: Final = 30
# If more cells than this have a fraction or a higher number, the column holds altitudes.
ODD_LEVEL_SHARE: Final = 0.1
_LEVEL: Final = re.compile(r"(?:level|lvl|lev|l)?\s*([+-]?\d+(?:\.\d*)?)")
# Codes for "no value".
_NO_LEVELS: Final = frozenset({99.0, 999.0, 9999.0, 99999.0})
_CELLS: Final = {kind: frozenset(words) for kind, words in WORDS["cells"].items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundColumns:
    """The file's column for each of our `FIELDS`, and which of ours the user mapped."""

    by_field: Mapping[str, str]
    mapped: frozenset[str]

    def get(self, ours: str) -> str | None:
        """The file's column, or None."""
        return self.by_field.get(ours)


def find_columns(
    cells: pd.DataFrame,
    *,
    given: Mapping[str, str | None],
    source: str,
    draft: ReportDraft,
) -> FoundColumns:
    """Choose the columns to use: those the user mapped, then those with well-known names.

    Where several have a well-known name, the one with most values that can be
    used is taken, and the report says so.

    ``given``: Our column -> the file's; None or ``''`` to use no column for it.

    Raises `NetworkError` with every fault: a name that is not a column of ours or of the file, or a
    level mapped for one end only.
    """
    columns = [str(column) for column in cells]
    faults = [
        f"{ours!r} is not a column that can be mapped; these can: {', '.join(FIELDS)}"
        for ours in given
        if ours not in FIELDS
    ]
    faults += [
        f"no column {theirs!r}, which is mapped to {ours}; it has: {', '.join(columns)}"
        for ours, theirs in given.items()
        if theirs and theirs not in columns
    ]
    found = {ours: theirs for ours, theirs in given.items() if theirs}
    guesses = list(_recognise(cells, given))
    found |= {ours: theirs for ours, theirs, _ in guesses}
    chosen = [f"{ours} from {theirs}, not {', '.join(o)}" for ours, theirs, o in guesses if o]
    if ("level_from" in found) != ("level_to" in found):
        alone = "level_from" if "level_from" in found else "level_to"
        faults.append(f"{alone} is known, but not the level of the other end: map both or neither")
    if "level" in found and "level_from" in found:
        faults.append("level and level_from are both mapped: map one level, or one for each end")
    if faults:
        raise NetworkError(
            f"the columns of {source} cannot be identified",
            faults,
            "Map columns with --column NAME=COLUMN (in Python: columns={'NAME': 'COLUMN'}).",
        )
    draft.add(
        FindingKind.GUESSED,
        "columns",
        "columns recognised by their well-known names",
        len(guesses),
        [f"{ours} from {theirs}" for ours, theirs, _ in guesses],
        most=len(FIELDS),
    )
    draft.add(
        FindingKind.GUESSED,
        "column_choice",
        "columns of several with a well-known name, the one that holds most; map another with "
        "--column NAME=COLUMN",
        len(chosen),
        chosen,
    )
    if "road_class" not in found and given.get("road_class", "") is not None:
        draft.add(
            FindingKind.TO_DECIDE,
            "class_column",
            "lines without a class, since no column with a class is known; if one of those with "
            "few values is, map it with --column road_class=COLUMN and its values with --class "
            "VALUE=CLASS",
            len(cells),
            _candidates(cells, set(found.values())) or ["no other column has few values"],
            most=_CANDIDATES_SHOWN,
        )
    return FoundColumns(by_field=found, mapped=frozenset(given))


def _recognise(
    cells: pd.DataFrame, given: Mapping[str, str | None]
) -> Iterator[tuple[str, str, list[str]]]:
    """Yield (our column, file's column, other candidates) for columns with a well-known name."""
    by_name: dict[str, list[str]] = {}
    for column in cells:
        by_name.setdefault(bare_name(str(column)), []).append(str(column))

    def ranked(ours: str, names: Iterable[str]) -> list[str]:
        """Find columns with one of the names, in descending order of usable cells."""
        matches = [column for name in names for column in by_name.get(name, ())]
        if ours == "road_class":
            matches = [column for column in matches if (as_text(cells[column]) != "").any()]
        held = {column: _count_usable(ours, cells[column]) for column in matches}
        return sorted(matches, key=lambda column: -held[column])

    for ours in ("speed", "oneway", "road_class", "name", "level", "layer", "bridge", "tunnel"):
        if ours == "level":
            yield from _levels(by_name, given)
            continue
        # OpenStreetMap's ``layer`` is a level; in any other file it is likely a layer of a drawing.
        if ours in given or (ours == "layer" and not {"fclass", "highway"} & set(by_name)):
            continue
        columns = ranked(ours, _NAMES[ours])
        if ours == "road_class" and not columns:
            perhaps = _COLUMN_WORDS["perhaps_class"]
            columns = ranked(
                ours,
                [n for n in perhaps if any(_is_class(cells[c]) for c in by_name.get(n, ()))],
            )
        if columns:
            yield ours, columns[0], columns[1:]


def _levels(
    by_name: Mapping[str, list[str]], given: Mapping[str, str | None]
) -> Iterator[tuple[str, str, list[str]]]:
    """Find columns with the levels of both ends, or of the line, unless the user mapped some."""
    if "level" in given:
        return
    pairs = [
        pair
        for level in _COLUMN_WORDS["levels"]
        for start, end in _COLUMN_WORDS["ends"]
        for pair in ((start + level, end + level), (level + start, level + end))
    ]
    for ours, side in (("level_from", 0), ("level_to", 1)):
        other = "level_to" if side == 0 else "level_from"
        names = [
            pair[side]
            for pair in pairs
            if pair[side] in by_name and (other in given or pair[1 - side] in by_name)
        ]
        if ours not in given and names and given.get(other, "") is not None:
            first, *others = dict.fromkeys(names)
            yield ours, by_name[first][0], [by_name[name][0] for name in others]
    if not {"level_from", "level_to"} & set(given) and not any(
        one in by_name and other in by_name for one, other in pairs
    ):
        alone = next((name for name in _COLUMN_WORDS["one_level"] if name in by_name), None)
        if alone is not None:
            yield "level", by_name[alone][0], []


def _count_usable(ours: str, column: pd.Series) -> int:
    """Count the cells of a column that can be interpreted."""
    counts = _counts(column)
    if ours == "speed":
        says = {text for text in counts if (kph_of(text, SpeedUnit.MPH) or 0) > 0}
    elif ours == "road_class":
        says = set(class_meanings(counts, column=str(column.name)))
    else:
        says = set(counts) - {""}
    return sum(counts[text] for text in says)


def _is_class(column: pd.Series) -> bool:
    """True if nearly all cells of a column are words for classes."""
    counts = _counts(column)
    filled = sum(count for text, count in counts.items() if text)
    return filled > 0 and _count_usable("road_class", column) >= _UNDERSTOOD_SHARE * filled


def _counts(column: pd.Series) -> dict[str, int]:
    values, counts = np.unique(as_text(column), return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


def _candidates(cells: pd.DataFrame, used: set[str]) -> list[str]:
    """Describe columns that could hold the class, with the values of each and their counts."""
    ranked = []
    for column in cells:
        # Cells of GeoJSON may be lists or objects, which are not classes.
        if str(column) in used or cells[column].dtype.kind in "mM":
            continue
        counts = _counts(cells[column])
        if not 2 <= len(counts) <= min(_FEW_VALUES, max(2, len(cells) // 2)):
            continue
        values = value_counts(text for text, count in counts.items() for _ in range(count) if text)
        more = f", and {len(values) - _VALUES_SHOWN} more" if len(values) > _VALUES_SHOWN else ""
        likely = _is_class(cells[column]), _CLASS_LIKE.search(str(column)) is not None
        ranked.append((likely, f"{column}: {', '.join(values[:_VALUES_SHOWN])}{more}"))
    ranked.sort(key=lambda one: one[0], reverse=True)
    return [text for _, text in ranked]


class SpeedUnit(StrEnum):
    """The unit of a speed that is written without one."""

    MPH = "mph"
    KMH = "kmh"

    @property
    def kph(self) -> float:
        """Factor from the unit to kilometres per hour."""
        return KPH_PER_MPH if self is SpeedUnit.MPH else 1.0


def parse_speed_unit(unit: SpeedUnit | str) -> SpeedUnit:
    """Convert a name to a unit; raise `NetworkError` if there is none of that name."""
    try:
        return SpeedUnit(unit)
    except ValueError as error:
        raise NetworkError(
            f"{unit!r} is not a unit of speed", remedy=f"Use {' or '.join(SpeedUnit)}."
        ) from error


def kph_of(text: str, unit: SpeedUnit | None) -> float | None:
    """Parse a speed to km/h: NaN if it is not a speed, None if the unit is missing.

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
    """Speed of every street, km/h, NaN where it is unknown or implausible.

    Parameters
    ----------
    texts
        As written; ``''`` is unknown.
    unit
        Unit of a number that names none.
    plausible
        Lowest and highest speed to believe, km/h.
    column
        What a message calls the speeds.

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
    unread = [text for text, one in zip(texts, np.isnan(kph), strict=True) if one and text]
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
    """Translate every one-way code to ``B``, ``FT``, ``TF`` or ``closed``.

    Understood everywhere, in any case: ``B``, both, two-way, no, false, 0 and
    blank are both ways; ``FT``, from-to, yes, Y, true, 1 are along the line;
    ``TF``, to-from, reverse, -1 are against it. ``N`` is both ways, unless there
    is an ``FT`` or ``TF``: among Esri's codes it means closed, so then it must be
    mapped. ``F`` and ``T`` are along and against only beside a ``B``; alone they
    could be false and true.

    ``given``: the user's meaning of a code, which takes precedence; one of `ONEWAY_CHOICES`.
    ``column``, ``source``: what a message calls the column and its file.

    Raises `NetworkError` if a code is not sure, listing each with its count; or if ``given`` maps
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
    """Levels of a column, compared as numbers.

    ``texts`` are equal where levels are, the ground being ``'0'``; a cell that says
    nothing is ``blank`` and on the ground; ``altitudes`` is whether the numbers look
    like heights above the sea; ``range_text`` has the lowest and the highest.
    """

    texts: NDArray[np.str_]
    blank: NDArray[np.bool_]
    altitudes: bool
    range_text: str


def levels_of(texts: NDArray[np.str_]) -> Levels:
    """Parse levels as they are written: ``0``, ``00``, ``0.0``, ``Level 1``, ``GROUND`` or blank.

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


def ground_level_of(levels: NDArray[np.str_], blank: NDArray[np.bool_]) -> str:
    """Find the ground level: that of more than half of all ends (blank included), else ``'0'``.

    Some count from 1, and some have letters. Where nearly all are blank, the few that
    are not are bridges.
    """
    values, counts = np.unique(levels[~blank], return_counts=True)
    usual = values[2 * counts > levels.size]
    return str(usual[0]) if len(usual) else "0"


def _level(text: str) -> float | str | None:
    """Parse one level: a number, a word that is a level of its own, or None if blank."""
    plain = _plain(text.replace("-", "\N{MINUS SIGN}")).replace("\N{MINUS SIGN}", "-")
    if plain in _CELLS["no_level"]:
        return None
    if plain in _CELLS["ground"]:
        return 0.0
    found = _LEVEL.fullmatch(plain)
    if found is None:
        return plain
    number = float(found[1])
    return None if abs(number) in _NO_LEVELS else number


def flags(texts: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Find the cells that mean yes: true, T, yes, Y, 1, or any word but those for no."""
    listed = texts.tolist()
    meaning = {text: _plain(text) not in _CELLS["no"] for text in set(listed)}
    return np.array([meaning[text] for text in listed], dtype=bool)
