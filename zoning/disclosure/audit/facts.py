"""What a restricted run knows: figures of buildings, zones and groups that no public file holds."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from zoning.disclosure.audit.names import Names
from zoning.editions import Edition
from zoning.errors import FaultsError
from zoning.files import edition_of
from zoning.staffing.figures import FIGURES
from zoning.zones.files.plan_tables import unguarded

_TABLES: Final = (
    # file, column that names the subject, its kind
    ("visits.csv", "building_id", "building"),
    ("visits.csv", "zone_id", "zone"),
    ("response_by_building.csv", "building_id", "building"),
    ("changes_by_building.csv", "building_id", "building"),
    ("travel_by_building.csv", "building_id", "building"),
    ("equity.csv", "group", "group"),
    ("comparison.csv", "option_id", "option"),
)
_PUBLIC_TOO: Final[Mapping[str, frozenset[str]]] = {
    "equity.csv": frozenset({"students", "presence_index", "mean_response_s"}),
    "comparison.csv": frozenset(
        column
        for figure in FIGURES
        if figure.edition is Edition.PUBLIC
        for column in figure.columns
    )
    | {"zoning_gap"},
}
"""Columns that the public edition holds as well, rounded: finding them there proves nothing."""
_NO_FIGURES: Final = frozenset({"building_id", "stop", "posts", "officers", "calls_per_day"})
"""Ids, small counts, and calls in proportion to enrolment: public, or the same everywhere."""


_SPAN: Final = 1e9
"""Above every value, so that values of one subject lie together in one sorted row."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """One kind of figure of every subject, in one staffing option or in all of them.

    Attributes
    ----------
    what
        In words, for a finding: ``'p90_s of buildings (zones-30)'``.
    kind
        ``duration`` (seconds), ``clock`` (seconds after midnight), ``presence``
        (clock times from a start to an end), ``share`` or ``number``.
    subjects
        How many subjects have a figure.
    starts, ends
        Shape (n,), rising: figures, each with its subject times a large number
        added. They differ for ``presence`` only.
    any_start, any_end
        Shape (n,), rising: the figures alone.
    parts
        The same for each option; empty for those themselves.
    """

    what: str
    kind: str
    subjects: int
    starts: NDArray[np.float64]
    ends: NDArray[np.float64]
    any_start: NDArray[np.float64]
    any_end: NDArray[np.float64]
    parts: tuple[Series, ...] = ()

    @classmethod
    def of(
        cls, what: str, kind: str, rows: Sequence[Sequence[float]], parts: Sequence[Series] = ()
    ) -> Series:
        """From rows of subject, figure and, for ``presence``, end."""
        table = np.array([[row[0], row[1], row[-1]] for row in rows])
        subject, start, end = table.T
        return cls(
            what,
            kind,
            len(np.unique(subject)),
            np.sort(subject * _SPAN + start),
            np.sort(subject * _SPAN + end),
            np.sort(start),
            np.sort(end),
            tuple(parts),
        )

    def agreements(
        self,
        subject: NDArray[np.intp],
        low: NDArray[np.float64],
        high: NDArray[np.float64],
    ) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Whether a subject has a figure between two bounds, and the share of all that have."""
        base = subject * _SPAN
        low, high = np.clip(low, 0.0, _SPAN / 2), np.clip(high, 0.0, _SPAN / 2)
        own = _between(self.starts, self.ends, base + low, base + high)
        anyone = _between(self.any_start, self.any_end, low, high)
        return own > 0, np.minimum(anyone / self.subjects, 1.0)


def _between(
    starts: NDArray[np.float64],
    ends: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> NDArray[np.intp]:
    """How many of the intervals from start to end meet each interval from low to high."""
    begun = np.searchsorted(starts, high, side="right")
    over = np.searchsorted(ends, low, side="left")
    return np.asarray(begun - over)


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """The restricted figures of a run, and the names they go by.

    Attributes
    ----------
    names
        Every way to name a building, zone, group or option, by kind.
    series
        Figures by kind of subject.
    rounds
        The buildings of each officer's day in order, by option and zone.
    order
        Building numbers in the order of the run's tables.
    """

    names: Mapping[str, Names]
    series: Mapping[str, tuple[Series, ...]]
    rounds: tuple[tuple[int, ...], ...]
    order: tuple[int, ...]


def read_facts(folder: Path) -> Facts:
    """The facts of a restricted run's folder.

    Raises
    ------
    FaultsError
        If the folder holds no restricted run.
    """
    if edition_of(folder) is not Edition.RESTRICTED:
        raise FaultsError(
            f"{folder} holds no restricted run",
            remedy="Give the folder that a run with --edition restricted wrote.",
        )
    tables = {name: _rows(folder / name) for name in {name for name, *_ in _TABLES}}
    named: dict[str, dict[str, set[str]]] = defaultdict(dict)
    for row in (*tables["response_by_building.csv"], *_rows(folder / "assignments.csv")):
        named["building"].setdefault(row["building_id"], set()).update({row["name"]})
        if row.get("zone_id"):
            named["zone"].setdefault(row["zone_id"], {row["zone_id"]})
    for row in tables["equity.csv"]:
        named["group"].setdefault(row["group"], {row["group"]})
    for row in tables["comparison.csv"]:
        named["option"].setdefault(row["option_id"], {row["label"], row["option_id"]})
    names = {kind: Names.of(ways) for kind, ways in named.items()}
    series = {
        kind: tuple(
            one
            for name, key, of in _TABLES
            if of == kind
            for one in _series(tables[name], name, key, kind, names[kind])
        )
        for kind in names
    }
    if "zone" in names:
        series["zone"] += tuple(_of_areas(folder / "zones.geojson", names["zone"]))
    buildings = names.get("building", Names.of({}))
    return Facts(
        names=names,
        series=series,
        rounds=tuple(_rounds(tables["visits.csv"], buildings)),
        order=tuple(
            dict.fromkeys(
                buildings.number[row["building_id"]] for row in tables["response_by_building.csv"]
            )
        ),
    )


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [{k: unguarded(v) for k, v in row.items()} for row in csv.DictReader(file)]


def _series(
    rows: Sequence[Mapping[str, str]], name: str, key: str, kind: str, names: Names
) -> Iterator[Series]:
    known = [row for row in rows if row.get(key) in names.number]
    for column in known[0] if known else ():
        if column in _PUBLIC_TOO.get(name, ()) or column in _NO_FIGURES:
            continue
        values = [
            (row.get("option_id", ""), (names.number[row[key]], value))
            for row in known
            if (value := _value(row[column])) is not None
        ]
        if len({value for _, (_, value) in values}) > 1:
            yield _by_option(f"{column} of {kind}s", _kind(column, known), values)
    if name == "visits.csv" and kind == "building" and known:
        days = [
            (row["option_id"], (names.number[row[key]], start, end))
            for row in known
            if (start := _value(row["arrival"])) is not None
            and (end := _value(row["departure"])) is not None
        ]
        yield _by_option("visits of buildings", "presence", days)


def _by_option(what: str, kind: str, values: Sequence[tuple[str, Sequence[float]]]) -> Series:
    by_option: dict[str, list[Sequence[float]]] = defaultdict(list)
    for option, row in values:
        by_option[option].append(row)
    parts = [Series.of(f"{what} ({option})", kind, rows) for option, rows in by_option.items()]
    return Series.of(what, kind, [row for _, row in values], parts)


def _kind(column: str, rows: Sequence[Mapping[str, str]]) -> str:
    if ":" in next((row[column] for row in rows if row[column]), ""):
        return "clock"
    if column.startswith("share") or column.endswith("fraction"):
        return "share"
    return "duration" if column.endswith("_s") else "number"


def _value(text: str) -> float | None:
    if ":" in text:
        parts = text.split(":")
        if all(part.isdigit() for part in parts) and len(parts) == 3:  # hours, minutes, seconds
            return int(parts[0]) * 3600.0 + int(parts[1]) * 60 + int(parts[2])
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _of_areas(path: Path, names: Names) -> Iterator[Series]:
    """Durations of zones, such as the longest drive inside."""
    if not path.is_file():
        return
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    known = [
        (str(row.get("option_id")), (names.number[row["zone_id"]], float(row["diameter_s"])))
        for row in (feature["properties"] for feature in features)
        if row.get("zone_id") in names.number and isinstance(row.get("diameter_s"), int | float)
    ]
    if known:
        yield _by_option("diameter_s of zones", "duration", known)


def _rounds(visits: Sequence[Mapping[str, str]], names: Names) -> Iterator[tuple[int, ...]]:
    days: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in visits:
        days[row["option_id"], row["zone_id"]].append(names.number[row["building_id"]])
    yield from (tuple(day) for day in days.values())
