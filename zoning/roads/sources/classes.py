"""Road classes of the library, and the meaning of each source's words and codes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zoning.errors import NetworkError
from zoning.roads.streets.build_report import FindingKind, ReportDraft, value_counts
from zoning.roads.streets.speeds import SpeedTable
from zoning.units import KPH_PER_MPH

ROAD_CLASSES: Final = ("freeway", "arterial", "collector", "local", "service", "ramp")
AREAS: Final = ("urban", "suburban", "rural")
PRIVATE: Final = "private"
LEAVE_OUT: Final = "leave out"
CLASS_CHOICES: Final = (*ROAD_CLASSES, PRIVATE, LEAVE_OUT)
"""The classes that a value of a class column can be mapped to."""
MISSING: Final = "missing"
"""Meaning of words for an unknown class."""

WORDS: Final[Mapping[str, Any]] = MappingProxyType(
    tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
)
"""The tables of words.toml beside this module: data, so that a GIS analyst can review them."""


def words_of(table: str) -> dict[str, str]:
    """Map word to meaning, from a table of words.toml that lists the words of each meaning."""
    return {word: meaning for meaning, words in WORDS[table].items() for word in words}


# Miles per hour in urban, suburban and rural areas.
_MPH: Final = {
    "freeway": (55, 65, 70),
    "arterial": (35, 45, 55),
    "collector": (30, 35, 45),
    "local": (25, 25, 35),
    "service": (15, 15, 15),
    "ramp": (35, 40, 45),
}

STREET_SPEEDS: Final = SpeedTable.from_mapping(
    {
        (road_class, area): round(mph * KPH_PER_MPH, 1)
        for road_class, by_area in _MPH.items()
        for area, mph in zip(AREAS, by_area, strict=True)
    },
    note="posted speeds where the data give them, else default limits by road class and area",
    include_stops=False,
)
"""Speeds of streets whose limit is not known: our choice, not a measurement.

Usual posted limits, in miles per hour, urban / suburban / rural: freeway
55 / 65 / 70, arterial 35 / 45 / 55, collector 30 / 35 / 45, local 25 / 25 / 35,
service 15, ramp 35 / 40 / 45. They sit beside limits that the data give, so they
are limits too, without the stops at signals that `zoning.roads.DEFAULT_SPEEDS`
includes: every driving profile adds those (`zoning.roads.STREET_DELAYS`).
Kentucky's own limits without a sign are 65 on interstates, 55 on other state
highways, 35 in business and residential districts and 15 in off-street parking
(KRS 189.390).
"""

OSM_CLASSES: Final[Mapping[str, str]] = MappingProxyType(WORDS["osm_highway"])
"""Drivable values of OpenStreetMap's ``highway``, most important first -> our class."""

ARTERIAL_KPH: Final = 64.0
"""Slowest guessed arterial, 40 mph: our choice."""
COLLECTOR_KPH: Final = 48.0
"""Slowest guessed collector, 30 mph: our choice."""
SHOWN: Final = 20
"""Values of a class column that a finding lists: all those of most counties."""

_OSM_WORDS: Final = {word.replace("_", " "): to for word, to in OSM_CLASSES.items()}
_VALUES: Final = _OSM_WORDS | words_of("class_values")
_CFCC_CLASSES: Final = words_of("class_cfcc")
_HPMS_CLASSES: Final = words_of("class_hpms")
_NENA_CLASSES: Final = words_of("class_nena")
# Values that only OpenStreetMap uses, and values that only NENA's data model uses.
_OSM_ONLY: Final = frozenset(("motorway", "trunk", "tertiary", "living street", "motorway link"))
_NENA_ONLY: Final = frozenset(
    ("vehicular trail", "bridle path", "parking lot", "walkway", "stairway", "primary road")
)
_CFCC: Final = re.compile(r"[a-hpx]\d\d")
_HPMS_ZEROS: Final = re.compile(r"^0+(?=\d)| 0+$")
_MTFCC: Final = re.compile(r"[a-z]\d{4}")


def line_classes(
    values: NDArray[np.str_],
    kph: NDArray[np.float64],
    *,
    given: Mapping[str, str],
    draft: ReportDraft,
    column: str = "",
) -> NDArray[np.str_]:
    """Find the road class of every line, one of `CLASS_CHOICES`.

    A class that is not known is guessed from the speed: arterial from
    `ARTERIAL_KPH`, collector from `COLLECTOR_KPH`, else local; never freeway or
    ramp, which no building is joined to. Without a speed it is local, and the
    report asks what it is.

    Parameters
    ----------
    values
        As the source writes them; ``''`` is unknown.
    kph
        Shape (n,), km/h, NaN unknown.
    given
        The user's class of a value, which overrides the built-in meaning.
    column
        What the source calls the column, which shows whose words they are.

    Raises
    ------
    NetworkError
        If ``given`` maps to something that is not a class.
    """
    wrong = [f"{value}={to}" for value, to in given.items() if to not in CLASS_CHOICES]
    if wrong:
        raise NetworkError(
            "road classes are mapped to something that is not a class",
            wrong,
            f"Map each to one of {', '.join(CLASS_CHOICES)}.",
        )
    row, found = pd.factorize(values)
    distinct = [str(value) for value in found]
    counts = dict(zip(distinct, np.bincount(row, minlength=len(found)).tolist(), strict=True))
    ours = {value.strip().casefold(): to for value, to in given.items()}
    plain = {value: value.strip().casefold() for value in distinct}
    meaning = class_meanings(distinct, column=column)
    meaning |= {value: ours[word] for value, word in plain.items() if word in ours}
    known = {value: to for value, to in meaning.items() if to != MISSING}
    draft.add(
        FindingKind.READ,
        "class_words",
        "lines whose class is understood, or mapped",
        sum(counts[value] for value in known),
        [
            f"{value!r} {to} × {counts[value]:,}"
            for value, to in sorted(known.items(), key=lambda item: (-counts[item[0]], item[0]))
        ],
        most=SHOWN,
    )
    listed = [meaning.get(value, "" if word else MISSING) for value, word in plain.items()]
    by_word = np.array(listed, dtype=str)[row]
    blank, unknown = by_word == MISSING, by_word == ""
    _report_unknown(values, blank, unknown, np.isnan(kph), draft)
    by_speed = np.select(
        [kph >= ARTERIAL_KPH, kph >= COLLECTOR_KPH], ["arterial", "collector"], "local"
    )
    return np.where(blank | unknown, by_speed, by_word)


def _report_unknown(
    values: NDArray[np.str_],
    blank: NDArray[np.bool_],
    unknown: NDArray[np.bool_],
    no_speed: NDArray[np.bool_],
    draft: ReportDraft,
) -> None:
    guessed, to_decide = FindingKind.GUESSED, FindingKind.TO_DECIDE
    mapped = "--class VALUE=CLASS"
    for kind, code, which, words in (
        (
            guessed,
            "class_missing",
            blank & ~no_speed,
            "without a road class, guessed from their speed",
        ),
        (
            guessed,
            "class_missing_local",
            blank & no_speed,
            "without a road class or a speed, taken as local streets",
        ),
        (
            guessed,
            "class_unknown",
            unknown & ~no_speed,
            f"of an unknown road class, guessed from their speed; map it with {mapped}",
        ),
        (
            to_decide,
            "class_unknown_local",
            unknown & no_speed,
            "of an unknown road class and without a speed, taken as local streets; say what each "
            f"value is with {mapped}, or 'VALUE=leave out' (in Python: classes=)",
        ),
    ):
        listed = value_counts(values[which & (values != "")])
        draft.add(kind, code, f"lines {words}", int(which.sum()), listed, most=SHOWN)


def is_openstreetmap(values: Iterable[str], *, column: str) -> bool:
    """Whether the words of a class column are OpenStreetMap's.

    A column *highway* may also hold the numbers of routes.
    """
    words = {_plain(value) for value in set(values)}
    return (
        bare_name(column) == "fclass"
        or bool(words & _OSM_ONLY)
        or (bare_name(column) == "highway" and not words.isdisjoint(_OSM_WORDS))
    )


def class_meanings(values: Iterable[str], *, column: str) -> dict[str, str]:
    """Map the values of a class column to classes; values that are not understood are left out.

    ``column`` is its name: the same word, *primary*, is a freeway in NENA's data
    model and an arterial in OpenStreetMap.

    Returns value -> one of `CLASS_CHOICES`, or `MISSING`.
    """
    plain = {value: _plain(value) for value in set(values) if value.strip()}
    lookups = _lookups(list(plain.values()), bare_name(column))
    meaning = {}
    for value, words in plain.items():
        found = next((to for look in lookups if (to := look(words)) is not None), None)
        if found is not None:
            meaning[value] = found
    return meaning


def _lookups(words: list[str], column: str) -> list[Callable[[str], str | None]]:
    """Choose the lookup functions for a column of this kind, in order of precedence."""

    def mostly(pattern: re.Pattern[str]) -> bool:
        return sum(map(bool, map(pattern.fullmatch, words))) > len(words) / 2

    lookups: list[Callable[[str], str | None]] = [_VALUES.get, _by_keyword]
    if column.startswith("mtfcc") or mostly(_MTFCC):
        # Other codes are streams, rails, boundaries and landmarks of the Bureau's maps.
        lookups.append(lambda w: LEAVE_OUT if _MTFCC.fullmatch(w) and w[0] != "s" else None)
    elif column.startswith("cfcc") or mostly(_CFCC):
        lookups.insert(0, _by_cfcc)
    elif column == "fsystem":
        # The same code is 1, 01 or 1.0, depending on the column's type.
        lookups.insert(0, lambda w: _HPMS_CLASSES.get(_HPMS_ZEROS.sub("", w)))
    elif not is_openstreetmap(words, column=column) and (
        column == "roadclass" or _NENA_ONLY.intersection(words)
    ):
        lookups.insert(0, _NENA_CLASSES.get)
    return lookups


def _by_cfcc(words: str) -> str | None:
    if not _CFCC.fullmatch(words):
        return None
    # A is a road; other letters are rails, water, landmarks.
    return _CFCC_CLASSES.get(words, _CFCC_CLASSES.get(words[:2])) if words[0] == "a" else LEAVE_OUT


def _by_keyword(words: str) -> str | None:
    for to, keywords in WORDS["class_keywords"].items():
        if any(f" {keyword} " in f" {words} " for keyword in keywords):
            return str(to)
    return None


def _plain(value: str) -> str:
    """Normalise a value: lower case, with one space for each run of punctuation."""
    return re.sub(r"[\W_]+", " ", value.casefold()).strip()


def bare_name(name: str) -> str:
    """Normalise a column name: its letters and digits in lower case."""
    return re.sub(r"[^0-9a-z]", "", name.casefold())
