"""Road classes of centrelines and tables, as told or as guessed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from zoning.errors import NetworkError
from zoning.roads.build_report import FindingKind, ReportDraft, value_counts
from zoning.roads.sources.classes import CLASS_CHOICES, CLASS_WORDS

ARTERIAL_KPH: Final = 64.0
COLLECTOR_KPH: Final = 48.0


def line_classes(
    values: NDArray[np.str_],
    kph: NDArray[np.float64],
    *,
    given: Mapping[str, str],
    draft: ReportDraft,
) -> NDArray[np.str_]:
    """Our class of every line, one of `CLASS_CHOICES`; guessed from the speed if need be.

    At least 64 km/h (40 mph) is taken for arterial, at least 48 km/h (30 mph) for
    collector, anything else for local; never for freeway or ramp, which no
    building is joined to. The bounds are our choice.

    Parameters
    ----------
    values
        As the source writes them; ``''`` is unknown.
    kph
        Shape (n,), km/h, NaN unknown.
    given
        The user's class of a value, which wins over `CLASS_WORDS`.
    draft
        Takes the counts of classes that were guessed.

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
    meaning = {**CLASS_WORDS} | {value.strip().casefold(): to for value, to in given.items()}
    plain = [value.strip().casefold() for value in values.tolist()]
    known = np.array([value in meaning for value in plain], dtype=bool)
    by_speed = np.select(
        [kph >= ARTERIAL_KPH, kph >= COLLECTOR_KPH], ["arterial", "collector"], "local"
    )
    blank = np.array([value == "" for value in plain], dtype=bool)
    draft.add(
        FindingKind.GUESSED,
        "class_missing",
        "lines without a road class, guessed from their speed",
        int(blank.sum()),
    )
    unknown = ~known & ~blank
    draft.add(
        FindingKind.GUESSED,
        "class_unknown",
        "lines of an unknown road class, guessed from their speed; map it with --class VALUE=CLASS",
        int(unknown.sum()),
        value_counts(values[unknown].tolist()),
    )
    told = [meaning.get(value, "") for value in plain]
    return np.where(known, np.array(told, dtype=str), by_speed)
