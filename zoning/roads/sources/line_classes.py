"""Road classes of centrelines and tables, as told or as guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zoning.errors import NetworkError
from zoning.roads.sources.classes import (
    CFCC_CLASSES,
    CLASS_CHOICES,
    CLASS_KEYWORDS,
    CLASS_WORDS,
    HPMS_CLASSES,
    LEAVE_OUT,
    MISSING,
    NENA_WORDS,
    OSM_CLASSES,
)
from zoning.roads.streets.build_report import FindingKind, ReportDraft, value_counts

ARTERIAL_KPH: Final = 64.0
COLLECTOR_KPH: Final = 48.0
_SHOWN: Final = 20
# Values that only OpenStreetMap and only NENA's data model have.
_OSM_ONLY: Final = frozenset(("motorway", "trunk", "tertiary", "living street", "motorway link"))
_OSM_STREETS: Final = frozenset(word.replace("_", " ") for word in OSM_CLASSES)
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
    """Our class of every line, one of `CLASS_CHOICES`.

    A class that is not known is guessed from the speed if there is one: at least
    64 km/h (40 mph) is taken for arterial, at least 48 km/h (30 mph) for
    collector, anything else for local; never for freeway or ramp, which no
    building is joined to. The bounds are our choice. Without a speed it is taken
    as local, and the report asks what it is.

    Parameters
    ----------
    values
        As the source writes them; ``''`` is unknown.
    kph
        Shape (n,), km/h, NaN unknown.
    given
        The user's class of a value, which wins over what is understood.
    draft
        Takes the counts of classes that were understood, guessed, and not known.
    column
        What the source calls the column, which tells whose words they are.

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
    meaning = understood(distinct, column=column)
    meaning |= {value: ours[word] for value, word in plain.items() if word in ours}
    draft.add(
        FindingKind.READ,
        "class_words",
        "lines whose class is understood, or mapped",
        sum(counts[value] for value, to in meaning.items() if to != MISSING),
        [
            f"{value!r} {to} × {counts[value]:,}"
            for value, to in sorted(meaning.items(), key=lambda item: (-counts[item[0]], item[0]))
            if to != MISSING
        ],
        most=_SHOWN,
    )
    known = [meaning.get(value, "" if word else MISSING) for value, word in plain.items()]
    told = np.array(known, dtype=str)[row]
    blank, unknown = told == MISSING, told == ""
    _say_unknown(values, blank, unknown, np.isnan(kph), draft)
    by_speed = np.select(
        [kph >= ARTERIAL_KPH, kph >= COLLECTOR_KPH], ["arterial", "collector"], "local"
    )
    return np.where(blank | unknown, by_speed, told)


def _say_unknown(
    values: NDArray[np.str_],
    blank: NDArray[np.bool_],
    unknown: NDArray[np.bool_],
    no_speed: NDArray[np.bool_],
    draft: ReportDraft,
) -> None:
    for kind, code, words, which in (
        (
            FindingKind.GUESSED,
            "class_missing",
            "lines without a road class, guessed from their speed",
            blank & ~no_speed,
        ),
        (
            FindingKind.GUESSED,
            "class_missing_local",
            "lines without a road class or a speed, taken as local streets",
            blank & no_speed,
        ),
        (
            FindingKind.GUESSED,
            "class_unknown",
            "lines of an unknown road class, guessed from their speed; map it with --class "
            "VALUE=CLASS",
            unknown & ~no_speed,
        ),
        (
            FindingKind.TO_DECIDE,
            "class_unknown_local",
            "lines of an unknown road class and without a speed, taken as local streets; say what "
            "each value is with --class VALUE=CLASS, or 'VALUE=leave out' (in Python: classes=)",
            unknown & no_speed,
        ),
    ):
        listed = value_counts(values[which & (values != "")])
        draft.add(kind, code, words, int(which.sum()), listed, most=_SHOWN)


def is_openstreetmap(values: Iterable[str], *, column: str) -> bool:
    """Whether the words of a class column are OpenStreetMap's.

    A column *highway* may also hold the numbers of routes.
    """
    words = {_words(value) for value in set(values)}
    return (
        _bare(column) == "fclass"
        or bool(words & _OSM_ONLY)
        or (_bare(column) == "highway" and bool(words & _OSM_STREETS))
    )


def understood(values: Iterable[str], *, column: str) -> dict[str, str]:
    """What values of a class column mean, those left out that are not understood.

    ``column`` is its name: the same word, *primary*, is a freeway in NENA's data
    model and an arterial in OpenStreetMap.

    Returns
    -------
    dict
        Value -> one of `CLASS_CHOICES`, or `MISSING`.
    """
    distinct = {value: _words(value) for value in set(values) if value.strip()}
    lookups = _lookups(distinct.values(), _bare(column))
    meaning = {}
    for value, words in distinct.items():
        found = next((to for look in lookups if (to := look(words)) is not None), None)
        if found is not None:
            meaning[value] = found
    return meaning


def _lookups(words: Iterable[str], column: str) -> list[Callable[[str], str | None]]:
    """How to look a value up, in order, for the kind of column it is."""
    listed = list(words)

    def mostly(pattern: re.Pattern[str]) -> bool:
        return bool(listed) and sum(map(bool, map(pattern.fullmatch, listed))) > len(listed) / 2

    lookups: list[Callable[[str], str | None]] = [CLASS_WORDS.get, _by_keyword]
    if column.startswith("mtfcc") or mostly(_MTFCC):
        # All other features of the Bureau's maps: streams, rails, boundaries, landmarks.
        lookups.append(lambda w: LEAVE_OUT if _MTFCC.fullmatch(w) and w[0] != "s" else None)
    elif column.startswith("cfcc") or mostly(_CFCC):
        lookups.insert(0, _by_cfcc)
    elif column == "fsystem":
        # 1, 01 or 1.0, as the kind of column has it.
        lookups.insert(0, lambda w: HPMS_CLASSES.get(_HPMS_ZEROS.sub("", w)))
    elif not is_openstreetmap(listed, column=column) and (
        column == "roadclass" or _NENA_ONLY.intersection(listed)
    ):
        lookups.insert(0, NENA_WORDS.get)
    return lookups


def _by_cfcc(words: str) -> str | None:
    if not _CFCC.fullmatch(words):
        return None
    if words[0] != "a":
        return LEAVE_OUT
    return CFCC_CLASSES.get(words, CFCC_CLASSES.get(words[:2]))


def _by_keyword(words: str) -> str | None:
    padded = f" {words} "
    return next(
        (
            to
            for to, keywords in CLASS_KEYWORDS
            if any(f" {keyword} " in padded for keyword in keywords)
        ),
        None,
    )


def _words(value: str) -> str:
    """A value in small letters, with single spaces for all signs."""
    return re.sub(r"[\W_]+", " ", value.casefold()).strip()


def _bare(name: str) -> str:
    return re.sub(r"[^0-9a-z]", "", name.casefold())
