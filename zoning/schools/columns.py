"""The columns of a school inventory, and where a user's table keeps them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd

from zoning.errors import SchoolDataError

COUNTS = ("enrollment", "behavior_events", "assault_weapon_events")
PERCENTAGES = (
    "pct_econ_disadvantaged",
    "pct_black",
    "pct_hispanic",
    "pct_white",
    "pct_asian",
    "pct_two_or_more",
)
OPTIONAL_TEXTS = ("zip", "grade_low", "grade_high")
COLUMNS = (
    "school_id",
    "name",
    "level",
    "program",
    "latitude",
    "longitude",
    "address",
    *OPTIONAL_TEXTS,
    "feeder_high_school_ids",
    "bell_start",
    "bell_end",
    *COUNTS,
    *PERCENTAGES,
)
ALSO_CALLED = {
    "latitude": ("lat", "y"),
    "longitude": ("lon", "lng", "x"),
    "enrollment": ("enrolment",),
}
SHAPEFILE_NAME_LENGTH = 10
LONGEST_SHOWN_NAME = 40


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RawTable:
    """A table as it was found, before anything in it is believed.

    Attributes
    ----------
    source
        What to call the table in a message.
    cells
        The values by column name, all of the same length.
    where
        What to call each row in a message, for example ``'row 12'``.
    points
        Geometry as given, one a row; None when the table has no geometry.
    found
        Faults met while reading: (row position, or None for the whole table; message).
    name_length
        Longest column name the format can hold; None if it has no such limit.
    """

    source: str
    cells: Mapping[str, Sequence[Any]]
    where: Sequence[str]
    points: gpd.GeoSeries | None = None
    found: Sequence[tuple[int | None, str]] = ()
    name_length: int | None = None


@dataclass(slots=True)
class Faults:
    """Every fault of one table, gathered in one pass and raised as one error."""

    source: str
    where: Sequence[str]
    _found: list[tuple[int, str]] = field(default_factory=list)

    def add(self, row: int | None, message: str) -> None:
        """Record a fault of one row, or of the whole table if `row` is None."""
        self._found.append((-1 if row is None else row, message))

    def raise_any(self, names: Sequence[str | None]) -> None:
        """Raise one `SchoolDataError` with all faults in row order, if there are any."""
        if not self._found:
            return
        self._found.sort(key=lambda fault: fault[0])
        shown = [_shown(name) for name in names]
        at_fault = {row for row, _ in self._found if row >= 0}
        wide_where = max((len(self.where[row]) for row in at_fault), default=0)
        wide_name = max((len(shown[row]) for row in at_fault), default=0)
        lines = [
            message
            if row < 0
            else f"{self.where[row]:<{wide_where}}  {shown[row]:<{wide_name}}   {message}"
            for row, message in self._found
        ]
        count = f"{len(lines)} fault" + ("s" if len(lines) > 1 else "")
        fix = "Fix these rows, or map" if at_fault else "Map"
        raise SchoolDataError(
            f"{self.source} has {count}",
            lines,
            f"{fix} other columns with --column NAME=COLUMN "
            "(in Python: columns={'NAME': 'COLUMN'}).",
        )


def located(raw: RawTable, columns: Mapping[str, str] | None, faults: Faults) -> dict[str, str]:
    """Our column name -> the table's column name, for every column it has.

    A name in `columns` wins; otherwise our own name is looked for, ignoring
    case, spaces and punctuation, then its documented other names.
    """
    by_plain: dict[str, list[str]] = {}
    for given in raw.cells:
        by_plain.setdefault(_plain(given), []).append(given)
    found: dict[str, str] = {}
    for ours in COLUMNS:
        for wanted in _names(ours, raw.name_length):
            matches = [wanted] if wanted in raw.cells else by_plain.get(_plain(wanted), [])
            if len(matches) > 1:
                faults.add(None, f"columns {_listed(matches)} could each be {ours}")
            if matches:
                found[ours] = matches[0]
                break
    for ours, theirs in (columns or {}).items():
        if ours not in COLUMNS:
            faults.add(
                None,
                f"{ours!r} is not a column that can be mapped"
                f"{_close(ours, COLUMNS)}; these can: {', '.join(COLUMNS)}",
            )
        elif theirs not in raw.cells:
            found.pop(ours, None)
            faults.add(
                None,
                f"no column {theirs!r}, which is mapped to {ours}"
                f"{_close(theirs, raw.cells)}; it has: {_listed(raw.cells) or 'no columns'}",
            )
        else:
            found[ours] = theirs
    return found


def missing_column(ours: str, raw: RawTable) -> str:
    """Say that a required column is not there, and what is."""
    return (
        f"no column {ours}{_close(ours, raw.cells)}; it has: {_listed(raw.cells) or 'no columns'}"
    )


def _names(ours: str, name_length: int | None) -> tuple[str, ...]:
    cut = () if name_length is None or len(ours) <= name_length else (ours[:name_length],)
    return (ours, *ALSO_CALLED.get(ours, ()), *cut)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def _close(name: str, among: Iterable[str]) -> str:
    plain = {_plain(given): given for given in among}
    near = difflib.get_close_matches(_plain(name), plain, n=2, cutoff=0.6)
    others = [repr(plain[n]) for n in near if plain[n] != name]
    return f" (did you mean {' or '.join(others)}?)" if others else ""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(str(name) for name in names)


def _shown(name: str | None) -> str:
    if name is None:
        return "(no name)"
    text = "".join(c if c.isprintable() else " " for c in name)
    return text if len(text) <= LONGEST_SHOWN_NAME else f"{text[: LONGEST_SHOWN_NAME - 1]}…"
