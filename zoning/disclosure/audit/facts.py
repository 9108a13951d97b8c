"""Read the facts of a restricted run: its restricted figures, and names of their subjects."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zoning.editions import Edition
from zoning.errors import FaultsError
from zoning.files import RUN_RECORD, edition_of
from zoning.schools.cells import unguarded
from zoning.staffing.figures import find_figure

_TABLES: Final = (
    # file, column that names the subject, its kind
    ("visits.csv", "building_id", "building"),
    ("visits.csv", "zone_id", "zone"),
    ("idleness.csv", "building_id", "building"),
    ("officers.csv", "zone_id", "zone"),
    ("response_by_building.csv", "building_id", "building"),
    ("severe_by_building.csv", "building_id", "building"),
    ("stress_by_building.csv", "building_id", "building"),
    ("changes_by_building.csv", "building_id", "building"),
    ("travel_by_building.csv", "building_id", "building"),
    ("equity.csv", "group", "group"),
    ("comparison.csv", "option_id", "option"),
    ("stress.csv", "option_id", "option"),
    ("zones.geojson", "zone_id", "zone"),
)
_RESTRICTED_STRESS: Final = frozenset({"offered_load", "median_s"})
_PUBLIC_EQUITY: Final = frozenset({"students", "presence_index", "mean_response_s"})
_NO_FIGURES: Final = frozenset(
    (
        *("building_id", "stop", "posts", "officers", "day", "visits"),
        *("presence_weight", "presence_weight_bound"),
    )
)
"""Columns without restricted figures: ids and small counts."""
_CALLS: Final = "calls_per_day"
"""Calls of a building: a figure if they were counted, none if they follow from public enrolment."""
_OF_AREAS: Final = ["option_id", "zone_id", "diameter_s"]
"""Properties that only the restricted GeoJSON has, with ids."""

# Names

_TOKEN: Final = re.compile(r"\d+(?:[.,:h]\d+)*|[^\W\d_]+")
_LEVEL_WORDS: Final = frozenset(
    (
        *("elementary", "elem", "primary", "middle", "junior", "senior", "high", "secondary"),
        *("school", "schools", "academy", "es", "ms", "hs", "campus", "center", "centre", "magnet"),
        "planned",  # behind the name of a building that a scenario opens
    )
)
"""Words that people omit from a school's name, or abbreviate."""
_MIN_LETTERS: Final = 4
"""Minimum letters of a name without its level: shorter ones occur in any text. Our choice."""
_MIN_ID_DIGITS: Final = 4
"""Minimum length of an id: shorter numbers can mean anything. Our choice."""


class Token(NamedTuple):
    """A word or number of a text; ``plain`` is in lower case without accents."""

    plain: str
    is_capital: bool

    @property
    def is_number(self) -> bool:
        """Whether it begins with a digit."""
        return self.plain[:1].isdigit()


def split_tokens(text: str) -> list[Token]:
    """Split a text into its words and numbers."""
    decomposed = unicodedata.normalize("NFKD", text)
    letters = "".join(c for c in decomposed if not unicodedata.combining(c))
    return [Token(word.casefold(), word[:1].isupper()) for word in _TOKEN.findall(letters)]


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """Subjects of one kind, and every way to write them.

    Attributes
    ----------
    number
        Number of each subject by its id.
    words
        First word -> names that begin with it, the longest first: the words, whether
        they must begin with a capital, and the subject.
    """

    number: Mapping[str, int]
    words: Mapping[str, tuple[tuple[tuple[str, ...], bool, int], ...]]

    @classmethod
    def of(cls, ways: Mapping[str, Iterable[str]]) -> Names:
        """Collect ids and names of each subject; skip ambiguous ones."""
        number = {one: k for k, one in enumerate(ways)}
        exact: dict[tuple[str, ...], set[int]] = defaultdict(set)
        short: dict[tuple[str, ...], set[int]] = defaultdict(set)
        for one, names in ways.items():
            if len(one) >= _MIN_ID_DIGITS and not one.isalpha():
                exact[tuple(t.plain for t in split_tokens(one))].add(number[one])
            for name in names:
                words = tuple(t.plain for t in split_tokens(name))
                exact[words].add(number[one])
                while words and words[-1] in _LEVEL_WORDS:
                    words = words[:-1]
                if sum(map(len, words)) >= _MIN_LETTERS and not words[-1].isdigit():
                    short[words].add(number[one])
        found: dict[str, list[tuple[tuple[str, ...], bool, int]]] = defaultdict(list)
        for known, capital in ((exact, False), (short, True)):
            for words, subjects in known.items():
                if words and len(subjects) == 1 and not (capital and words in exact):
                    found[words[0]].append((words, capital, next(iter(subjects))))
        return cls(
            number,
            {first: tuple(sorted(w, key=lambda x: -len(x[0]))) for first, w in found.items()},
        )

    def find_in(self, tokens: list[Token]) -> Iterator[tuple[int, int, int]]:
        """Yield every name in a text: first token, token after the last, and subject."""
        at = 0
        while at < len(tokens):
            for words, capital, subject in self.words.get(tokens[at].plain, ()):
                end = at + len(words)
                if (not capital or tokens[at].is_capital) and words == tuple(
                    token.plain for token in tokens[at:end]
                ):
                    yield at, end, subject
                    at = end
                    break
            else:
                at += 1


# Figures

_SPAN: Final = 1e9
"""Offset between subjects in one sorted row; larger than every value."""


@dataclass(frozen=True, slots=True, eq=False)
class FactSeries:
    """One kind of figure of every subject, in one staffing option or in all of them.

    Attributes
    ----------
    what
        In words, for a finding: ``'p90_s of buildings (zones-30)'``.
    kind
        ``duration`` (seconds), ``clock`` (seconds after midnight), ``presence``
        (clock times from a start to an end), ``share`` or ``number``.
    subjects
        Number of subjects with a figure.
    starts, ends
        Shape (n,), rising: figures plus `_SPAN` times the subject. They differ for
        ``presence`` only.
    any_start, any_end
        Shape (n,), rising: the figures alone.
    parts
        The series of each option; empty in these.
    """

    what: str
    kind: str
    subjects: int
    starts: NDArray[np.float64]
    ends: NDArray[np.float64]
    any_start: NDArray[np.float64]
    any_end: NDArray[np.float64]
    parts: tuple[FactSeries, ...] = ()

    @classmethod
    def of(cls, what: str, kind: str, rows: pd.DataFrame, *, by_option: bool = True) -> FactSeries:
        """Build from the columns ``option``, ``subject``, ``start`` and ``end``."""
        subject, start, end = (rows[c].to_numpy(float) for c in ("subject", "start", "end"))
        options = rows.groupby("option", sort=False) if by_option else ()
        return cls(
            what,
            kind,
            rows["subject"].nunique(),
            np.sort(subject * _SPAN + start),
            np.sort(subject * _SPAN + end),
            np.sort(start),
            np.sort(end),
            tuple(cls.of(f"{what} ({o})", kind, part, by_option=False) for o, part in options),
        )

    def agreements(
        self,
        subject: NDArray[np.intp],
        low: NDArray[np.float64],
        high: NDArray[np.float64],
    ) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Whether each subject has a figure between two bounds, and the share of all that have."""
        base = subject * _SPAN
        low, high = np.clip(low, 0.0, _SPAN / 2), np.clip(high, 0.0, _SPAN / 2)
        own = _count_overlaps(self.starts, self.ends, base + low, base + high)
        anyone = _count_overlaps(self.any_start, self.any_end, low, high)
        return own > 0, np.minimum(anyone / self.subjects, 1.0)


def _count_overlaps(
    starts: NDArray[np.float64],
    ends: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> NDArray[np.intp]:
    """Count the intervals from start to end that overlap each interval from low to high."""
    begun = np.searchsorted(starts, high, side="right")
    over = np.searchsorted(ends, low, side="left")
    return np.asarray(begun - over)


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """The restricted figures of a run, and the names of their subjects.

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
    series: Mapping[str, tuple[FactSeries, ...]]
    rounds: tuple[tuple[int, ...], ...]
    order: tuple[int, ...]


def read_facts(folder: Path) -> Facts:
    """Read the facts of a restricted run, or of ``zoning patrol``, from its folder.

    Raises
    ------
    FaultsError
        If the folder holds no restricted run.
    """
    if edition_of(folder) is not Edition.RESTRICTED and not _holds_patrol_days(folder):
        raise FaultsError(
            f"{folder} holds no restricted run",
            remedy="Give the folder that a run with --edition restricted or zoning patrol wrote.",
        )
    read = {name: _read_table(folder / name) for name in {name for name, *_ in _TABLES}}
    response, assigned = read["response_by_building.csv"], _read_table(folder / "assignments.csv")
    if not _calls_were_counted(folder):
        read = {name: table.drop(columns=_CALLS, errors="ignore") for name, table in read.items()}
    named: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for table, kind, columns in (
        (response, "building", ("building_id", "name")),
        (response, "zone", ("zone_id", "zone_id")),
        (read["visits.csv"], "building", ("building_id", "name")),
        (read["visits.csv"], "zone", ("zone_id", "zone_id")),
        (assigned, "building", ("building_id", "name")),
        (assigned, "zone", ("zone_id", "zone_id")),
        (read["equity.csv"], "group", ("group", "group")),
        (read["comparison.csv"], "option", ("option_id", "label")),
        (read["comparison.csv"], "option", ("option_id", "option_id")),
    ):
        for one, name in zip(*(table.get(c, ()) for c in columns), strict=True):
            if one:
                named[kind][one].add(name)
    names = {kind: Names.of(ways) for kind, ways in named.items()}
    buildings = names.get("building", Names.of({})).number
    visits = read["visits.csv"]
    days: Iterable[tuple[object, pd.Series[int]]] = ()
    if len(visits):
        per = ("option_id", "day", "zone_id", "officer_id")
        day = [visits[column] for column in per if column in visits]
        days = visits["building_id"].map(buildings).groupby(day, sort=False)
    return Facts(
        names=names,
        series={
            kind: tuple(
                series
                for file, key, of in _TABLES
                if of == kind
                for series in _read_series(read[file], file, key, kind, known.number)
            )
            for kind, known in names.items()
        },
        rounds=tuple(tuple(stops.tolist()) for _, stops in days),
        order=tuple(dict.fromkeys(buildings[one] for one in response.get("building_id", ()))),
    )


def _holds_patrol_days(folder: Path) -> bool:
    """Whether a folder has the table of visits of ``zoning patrol``, which writes no record."""
    visits = _read_table(folder / "visits.csv")
    return "edition" in visits and bool((visits["edition"] == Edition.RESTRICTED).any())


def _calls_were_counted(folder: Path) -> bool:
    """Whether the calls are a district's own; also if the record does not say it."""
    try:
        record = json.loads((folder / RUN_RECORD).read_text(encoding="utf-8"))
        return record["parameters"]["calls"]["calls_per_school_day"] is None
    except (OSError, ValueError, KeyError, TypeError):
        return True


def _read_table(path: Path) -> pd.DataFrame:
    """Read a table of texts; without columns if there is no such file."""
    if not path.is_file():
        return pd.DataFrame()
    if path.suffix == ".geojson":
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        table = pd.DataFrame([feature["properties"] for feature in features])
        return table.reindex(columns=_OF_AREAS).map(str)
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    return table.map(unguarded)


def _read_series(
    table: pd.DataFrame, file: str, key: str, kind: str, number: Mapping[str, int]
) -> Iterator[FactSeries]:
    """Yield the figures of each restricted column, and the times of visits."""
    known = table[table[key].isin(number)] if key in table else table
    if known.empty:
        return
    apart = known.get("option_id", known.get("day", ""))  # each option or day is a table of its own
    rows = pd.DataFrame({"option": apart, "subject": known[key].map(number)})
    for column in known.columns:
        if column in _NO_FIGURES or _is_published(file, column):
            continue
        values = _parse_values(known[column])
        figures = rows.assign(start=values, end=values).dropna()
        if figures["start"].nunique() > 1:
            what = f"{column} of {kind}s"
            yield FactSeries.of(what, _classify(column, known[column]), figures)
    if file == "visits.csv" and kind == "building":
        start, end = _parse_values(known["arrival"]), _parse_values(known["departure"])
        yield FactSeries.of(
            "visits of buildings", "presence", rows.assign(start=start, end=end).dropna()
        )


def _is_published(file: str, column: str) -> bool:
    """Whether the public edition has a column too, rounded: matches with it prove nothing."""
    if file == "equity.csv":
        return column in _PUBLIC_EQUITY
    if file == "stress.csv":
        return column not in _RESTRICTED_STRESS
    if file != "comparison.csv":
        return False
    figure = find_figure(column)
    return column == "zoning_gap" or (figure is not None and figure.edition is Edition.PUBLIC)


def _classify(column: str, texts: pd.Series[str]) -> str:
    if texts.str.contains(":").any():
        return "clock"
    if column.startswith("share") or column.endswith("fraction"):
        return "share"
    return "duration" if column.endswith("_s") else "number"


def _parse_values(texts: pd.Series[str]) -> pd.Series[float]:
    """Parse numbers, and clock times to seconds after midnight; NaN for other texts."""
    numbers = pd.to_numeric(texts, errors="coerce").astype(float).replace([np.inf, -np.inf], np.nan)
    clock = texts.str.fullmatch(r"\d+:\d+:\d+")
    if not clock.any():
        return numbers
    return numbers.where(~clock, pd.to_timedelta(texts.where(clock)).dt.total_seconds())
