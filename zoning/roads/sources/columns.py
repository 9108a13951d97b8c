"""Which column of a centreline file holds what."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zoning.errors import NetworkError
from zoning.roads.sources.line_classes import understood
from zoning.roads.sources.values import SpeedUnit, kph_of
from zoning.roads.streets.build_report import FindingKind, ReportDraft, value_counts
from zoning.roads.streets.tables import as_text

FIELDS: Final = (
    "speed",
    "oneway",
    "road_class",
    "name",
    "area",
    "level",
    "level_from",
    "level_to",
    "layer",
    "bridge",
    "tunnel",
)
WELL_KNOWN: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "speed": (
            "speed",
            "speedlimit",
            "speedlim",
            "spdlimit",
            "spdlim",
            "postedspeed",
            "postedspeedlimit",
            "postspeed",
            "postedspd",
            "maxspeed",
        ),
        "oneway": ("oneway", "dirtravel"),
        "road_class": (
            "rdclass",
            "roadclass",
            "mtfcc",
            "fclass",
            "highway",
            "cfcc",
            "cfcc2",
            "fsystem",
        ),
        "name": (
            "roadname",
            "streetname",
            "fullname",
            "rdname",
            "fullstname",
            "fullstreet",
            "fullstreetname",
            "stname",
            "name",
            "lstname",
            "fename",
        ),
        "bridge": ("bridge", "isbridge"),
        "tunnel": ("tunnel", "istunnel"),
    }
)
"""Column names that mean one thing only, in any case and without underscores."""

PERHAPS_CLASS: Final = (
    "functionalclass",
    "functclass",
    "funcclass",
    "funclass",
    "functionalclassification",
    "functional",
    "classification",
    "roadclassification",
    "streetclass",
    "stclass",
    "roadtype",
    "rdtype",
    "streettype",
    "roadcategory",
    "category",
    "class",
    "type",
)
"""Names of class columns that may hold something else; used if nearly all values are understood."""

# Ends of a line by the words of several publishers, and what they call its level there: Esri and
# TomTom F_ELEV and F_ZLEV, HERE REF_ZLEV and NREF_ZLEV, New York FRM_LVL_CO and NodeLevelF.
_ENDS: Final = (
    ("f", "t"),
    ("from", "to"),
    ("fr", "to"),
    ("frm", "to"),
    ("fnode", "tnode"),
    ("fromnode", "tonode"),
    ("beg", "end"),
    ("begin", "end"),
    ("start", "end"),
    ("ref", "nref"),
)
_LEVELS: Final = (
    *("zlev", "zlevel", "zelev", "elev", "elevation", "level", "lev", "lvl", "lvlco"),
    *("elevlevel", "elevlvl", "nodelevel", "nodeelev"),
)
_ONE_LEVEL: Final = ("zlevel", "zlev", "zelev", "roadlevel", "rdlevel", "elevlevel")

_UNDERSTOOD_SHARE: Final = 0.8
_FEW_VALUES: Final = 25
_CANDIDATES_SHOWN: Final = 6
_VALUES_SHOWN: Final = 8
_CLASS_LIKE: Final = re.compile(r"class|type|func|cfcc|road|hwy|highway|route|system|categ", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundColumns:
    """Our column -> the file's, for every column the file has.

    Attributes
    ----------
    by_field
        Keys are among `FIELDS`.
    mapped
        The columns of ours that the user mapped.
    """

    by_field: Mapping[str, str] = field(default_factory=dict)
    mapped: frozenset[str] = frozenset()

    def get(self, ours: str) -> str | None:
        """The file's column, or None."""
        return self.by_field.get(ours)


def found_columns(
    cells: pd.DataFrame,
    *,
    given: Mapping[str, str | None],
    source: str,
    draft: ReportDraft,
) -> FoundColumns:
    """The columns to use: those the user names, then the well-known ones.

    Where several have a well-known name, the one with most values that can be
    used is taken, and the report says so.

    Parameters
    ----------
    cells
        The columns of the file.
    given
        Our column -> the file's; None or ``''`` to use no column for it.
    draft
        Takes the columns that were guessed by their name, and which could hold
        the class if none is known.

    Raises
    ------
    NetworkError
        Every fault: a name that is not a column of ours or of the file, or a
        level mapped for one end only.
    """
    listed = [str(column) for column in cells]
    faults = [
        f"{ours!r} is not a column that can be mapped; these can: {', '.join(FIELDS)}"
        for ours in given
        if ours not in FIELDS
    ]
    faults += [
        f"no column {theirs!r}, which is mapped to {ours}; it has: {', '.join(listed)}"
        for ours, theirs in given.items()
        if theirs and theirs not in listed
    ]
    found = {ours: theirs for ours, theirs in given.items() if theirs}
    guessed: list[str] = []
    chosen: list[str] = []
    for ours, theirs, others in _recognised(cells, given):
        found[ours] = theirs
        guessed.append(f"{ours} from {theirs}")
        chosen += [f"{ours} from {theirs}, not {', '.join(others)}"] if others else []
    if ("level_from" in found) != ("level_to" in found):
        alone = "level_from" if "level_from" in found else "level_to"
        faults.append(f"{alone} is known, but not the level of the other end: map both or neither")
    if "level" in found and "level_from" in found:
        faults.append("level and level_from are both mapped: map one level, or one for each end")
    if faults:
        raise NetworkError(
            f"the columns of {source} cannot be told",
            faults,
            "Map columns with --column NAME=COLUMN (in Python: columns={'NAME': 'COLUMN'}).",
        )
    draft.add(
        FindingKind.GUESSED,
        "columns",
        "columns recognised by their well-known names",
        len(guessed),
        guessed,
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


def _recognised(
    cells: pd.DataFrame, given: Mapping[str, str | None]
) -> Iterator[tuple[str, str, list[str]]]:
    """Our column, the file's, and further ones it could be, for those with a well-known name."""
    by_name: dict[str, list[str]] = {}
    for column in cells:
        by_name.setdefault(_bare(str(column)), []).append(str(column))

    def best(ours: str, names: Iterable[str]) -> tuple[str, list[str]] | None:
        matches = [column for name in names for column in by_name.get(name, ())]
        if ours == "road_class":
            matches = [column for column in matches if (as_text(cells[column]) != "").any()]
        if not matches:
            return None
        if len(matches) > 1:
            held = {column: _usable(ours, cells[column]) for column in matches}
            matches.sort(key=lambda column: -held[column])
        return matches[0], matches[1:]

    for ours in ("speed", "oneway", "road_class", "name"):
        found = None if ours in given else best(ours, WELL_KNOWN[ours])
        if found is None and ours == "road_class" and ours not in given:
            likely = [
                column
                for name in PERHAPS_CLASS
                for column in by_name.get(name, ())
                if _is_class(cells[column])
            ]
            found = best(ours, map(_bare, likely))
        if found is not None:
            yield (ours, *found)
    yield from _levels(by_name, given)
    if "fclass" in by_name or "highway" in by_name:
        # Elsewhere a layer is a drawing's.
        found = None if "layer" in given else best("layer", ("layer",))
        if found is not None:
            yield ("layer", *found)
    for ours in ("bridge", "tunnel"):
        found = None if ours in given else best(ours, WELL_KNOWN[ours])
        if found is not None:
            yield (ours, *found)


def _levels(
    by_name: Mapping[str, list[str]], given: Mapping[str, str | None]
) -> Iterator[tuple[str, str, list[str]]]:
    """The levels of both ends, or of the line, unless the user mapped some."""
    if "level" in given:
        return
    pairs = [
        pair
        for level in _LEVELS
        for start, end in _ENDS
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
        alone = next((name for name in _ONE_LEVEL if name in by_name), None)
        if alone is not None:
            yield "level", by_name[alone][0], []


def _bare(name: str) -> str:
    return re.sub(r"[^0-9a-z]", "", name.casefold())


def _usable(ours: str, column: pd.Series) -> int:
    """How many cells of a column say something."""
    counts = _counts(column)
    says: Callable[[str], bool] = bool
    if ours == "speed":
        says = _is_speed
    elif ours == "road_class":
        known = understood(counts, column=str(column.name))
        says = known.__contains__
    return sum(count for text, count in counts.items() if says(text))


def _is_speed(text: str) -> bool:
    kph = kph_of(text, SpeedUnit.MPH)
    return kph is not None and kph > 0


def _is_class(column: pd.Series) -> bool:
    """Whether nearly all of a column's cells are words for classes."""
    counts = _counts(column)
    told = sum(count for text, count in counts.items() if text)
    known = understood(counts, column=str(column.name))
    return told > 0 and sum(counts[text] for text in known) >= _UNDERSTOOD_SHARE * told


def _counts(column: pd.Series) -> dict[str, int]:
    values: NDArray[np.str_]
    values, counts = np.unique(as_text(column), return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


def _candidates(cells: pd.DataFrame, used: set[str]) -> list[str]:
    """Columns that could hold the class, with the values of each and their counts."""
    ranked = []
    for column in cells:
        # Objects may be lists or maps of a GeoJSON file, which are no classes.
        if str(column) in used or cells[column].dtype.kind in "mM":
            continue
        counts = _counts(cells[column])
        most = min(_FEW_VALUES, max(2, len(cells) // 2))
        if not 2 <= len(counts) <= most:
            continue
        values = value_counts(text for text, count in counts.items() for _ in range(count) if text)
        more = f", and {len(values) - _VALUES_SHOWN} more" if len(values) > _VALUES_SHOWN else ""
        known = _is_class(cells[column])
        likely = _CLASS_LIKE.search(str(column)) is not None
        ranked.append(
            (not known, not likely, f"{column}: {', '.join(values[:_VALUES_SHOWN])}{more}")
        )
    ranked.sort(key=lambda each: each[:2])
    return [text for *_, text in ranked]
