"""Map a table to our column names, parse its cells, and collect faults."""

from __future__ import annotations

import difflib
import json
import math
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import time
from importlib.resources import files
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from zoning.errors import SchoolDataError, first_few, group_by_kind, list_values
from zoning.geotables import GeoTable
from zoning.inputs import long_cells
from zoning.schools.cells import (
    as_bell_end,
    as_bell_start,
    as_degrees,
    as_number,
    as_text,
    has_decimal_commas,
    is_missing,
    use_decimal_point,
)
from zoning.units import counted

COUNTS: Final = ("enrollment", "behavior_events", "assault_weapon_events")
PERCENTAGES: Final = (
    *("pct_econ_disadvantaged", "pct_black", "pct_hispanic", "pct_white"),
    *("pct_asian", "pct_two_or_more"),
)
OPTIONAL_TEXTS: Final = ("zip", "grade_low", "grade_high")
COLUMNS: Final = (
    *("school_id", "name", "level", "program", "latitude", "longitude", "address"),
    *(*OPTIONAL_TEXTS, "grades", "feeder_high_school_ids", "bell_start", "bell_end"),
    *(*COUNTS, *PERCENTAGES),
)
"""The columns of an inventory that a table can have."""

NAMES: Final[Mapping[str, Any]] = tomllib.loads(
    files("zoning.schools").joinpath("column_names.toml").read_text(encoding="utf-8")
)
"""What public lists call these columns, see the file."""

# Without these there is no inventory, so a choice between two columns is the planner's.
_NEEDED: Final = ("school_id", "level", "latitude", "longitude")
_PLACES: Final = ("latitude", "longitude")
_NUMBERS: Final = (*_PLACES, "bell_start", "bell_end", *COUNTS, *PERCENTAGES)
# A column under another name than ours holds something else unless half of it can be read.
_READABLE_SHARE: Final = 0.5
_SHOWN_NAME_LENGTH: Final = 40
_SHOWN_COLUMNS: Final = 12
# Columns in a message that one is missing: a report card has two hundred.
_MAX_LISTED: Final = 40
# Text behind a name that says of which schools and of which year the column is.
_SUFFIX: Final = re.compile(
    r"\[[^\]]*\]|\([^)]*\)|\d{4}-\d{2,4}\s*$|latest available year\s*$|[ _]as[ _]of[ _].*$",
    re.IGNORECASE,
)
# Text that a GIS puts before a name: USER_ by Esri's geocoder, the name of the table by a join.
_PREFIX: Final = re.compile(r"^(?:user_|(?:\w+\.)+)(?=\w)", re.IGNORECASE)
# A school year, as in MEMBER2122 and LAT20222023.
_YEARS_BEHIND: Final = re.compile(r"(?<=[a-z])(?:\d{4}|\d{6}|\d{8})$")
_CUT_LENGTH: Final = 10  # of a column's name in a Shapefile (dBASE III)
_MAX_DEGREES: Final = 180
_LONGEST_COUNT: Final = 8  # digits of a row number
_DECIMAL: Final = re.compile(r"[+-]?\d*[.,]\d+")
ADD_IDS: Final = (
    "add a column school_id to the file: any number or text that differs in every row and stays "
    "with its school."
)
# A place in one cell: "38.25, -85.75", "POINT (-85.75 38.25)".
_PLACE: Final = re.compile(r"\d\.\d+[ ,;]+[+-]?\d+\.\d+")
# Words in the names of columns that count people, which differ in every row of a short list.
_COUNTING: Final = ("enrol", "student", "pupil", "member", "staff", "total")


class Faults:
    """Collects every fault of one table and raises them as one error.

    Attributes
    ----------
    remedies
        What to do, beside mapping other columns; one sentence each.
    """

    def __init__(self, raw: GeoTable) -> None:
        self.remedies: list[str] = []
        self._raw = raw
        self._found: list[tuple[int, str]] = []
        for row, message in raw.faults:
            self.add(row, message)

    def add(self, row: int | None, message: str) -> None:
        """Record a fault of one row, or of the whole table if `row` is None."""
        self._found.append((-1 if row is None else row, message))

    @property
    def found(self) -> list[tuple[int, str]]:
        """Every fault: row position (-1 for the whole table) and message."""
        return list(self._found)

    def raise_whole(self) -> None:
        """Raise those faults that are of the whole table."""
        self._found = [fault for fault in self._found if fault[0] < 0]
        self.raise_any([])

    def raise_any(self, names: Sequence[str | None]) -> None:
        """Raise one `SchoolDataError` with all faults in row order, if there are any."""
        if not self._found:
            return
        self._found.sort(key=lambda fault: fault[0])
        rows = [
            (self._raw.where[row], _show(names[row]), message)
            for row, message in self._found
            if row >= 0
        ]
        where_width = max((len(where) for where, _, _ in rows), default=0)
        name_width = max((len(name) for _, name, _ in rows), default=0)
        lines = [message for row, message in self._found if row < 0] + group_by_kind(
            [(where, message) for where, _, message in rows],
            [
                f"{where:<{where_width}}  {name:<{name_width}}   {message}"
                for where, name, message in rows
            ],
            between="   ",
        )
        fix = "Fix these rows, or map" if rows else "Map"
        remedies = [
            f'{fix} other columns: NAME = "COLUMN" under [schools.columns] of the study (in Python '
            "columns={'NAME': 'COLUMN'}, with zoning new --column NAME=COLUMN).",
            *self.remedies,
        ]
        raise SchoolDataError(
            f"{self._raw.source} has {counted(len(self._found), 'fault')}",
            lines,
            " ".join(remedies),
        )


class Table:
    """A table under our column names; a cell that cannot be parsed becomes a fault.

    A name that the planner mapped wins, and an empty one means that no column is
    to be read. Otherwise our own name is sought, ignoring case, spaces and
    punctuation, then the names in public lists (`NAMES`), also with a school year
    behind (``LAT1516``). Two columns for one of ours are a fault where it is
    needed, and a choice with a notice where it is not.

    Attributes
    ----------
    raw, faults
        The table as found, and its faults.
    column_of
        Our column name -> the table's.
    renamed
        Our columns found under another name without a mapping.
    notices
        Notices of reinterpreted values and of chosen columns.
    also_read
        Columns of the table that were read, though they are none of ours.
    """

    def __init__(
        self, raw: GeoTable, mapped: Mapping[str, str] | None, *, projected: bool = False
    ) -> None:
        """Locate the columns.

        Parameters
        ----------
        raw
            The table.
        mapped
            Our column name -> the table's, as the planner gives it.
        projected
            True if coordinates are not in degrees: then x and y come first.
        """
        self.raw = raw
        self.faults = Faults(raw)
        self.column_of: dict[str, str] = {}
        self.renamed: set[str] = set()
        self.notices = [*raw.notices]
        self.also_read: list[str] = []
        self._by_plain: dict[str, list[str]] = {}
        for given in raw.cells:
            self._by_plain.setdefault(plain_name(given), []).append(given)
            if (count := raw.columns.count(given)) > 1:
                self.faults.add(None, f"column {given} appears {count} times in the header")
        for ours in COLUMNS:
            if ours not in (mapped or {}):
                self._locate(ours, projected=projected)
        if "school_id" in self.renamed:
            ids = [
                c
                for name in NAMES["also_called"]["school_id"]
                for c in self._by_plain.get(name, [])
            ]
            self.column_of["school_id"] = next(
                (c for c in ids if is_unique(raw.cells[c])), self.column_of["school_id"]
            )
        self._take_mapped(mapped or {})
        used = set(self.column_of.values())
        for row, message in long_cells({c: raw.cells[c] for c in raw.cells if c in used}):
            self.faults.add(row, message)
        for row, message in raw.doubts_of(used):
            self.faults.add(row, message)
        self._has_commas = has_decimal_commas(
            cell
            for ours, theirs in self.column_of.items()
            if ours in _NUMBERS
            for cell in raw.cells[theirs]
        )
        if self._has_commas:
            self.notices.append("numbers read with decimal commas: 38,05 is 38.05")

    def _locate(self, ours: str, *, projected: bool) -> None:
        own = plain_name(ours)
        names = (own, *NAMES["also_called"].get(ours, ()))
        if projected:
            names = NAMES["projected"].get(ours, names)
        found = [(wanted, matches) for wanted in names if (matches := self._matches(wanted, ours))]
        # A list can have an empty column of our name, or one in feet, beside the one that says it.
        filled = [(w, matches) for w, matches in found if self._has_cells(matches[0])]
        if ours in _PLACES and not projected:
            filled = [(w, m) for w, m in filled if self._may_be_degrees(m[0])] or filled
        for wanted, matches in (filled or found)[:1]:
            self.column_of[ours] = self._choose(ours, matches)
            if wanted != own:
                self.renamed.add(ours)

    def _has_cells(self, name: str) -> bool:
        return any(as_text(cell) is not None for cell in self.raw.cells[name])

    def _may_be_degrees(self, name: str) -> bool:
        """Whether at least half of the numbers in a column can be degrees."""
        sizes = []
        for cell in self.raw.cells[name]:
            try:
                sizes.append(abs(float(cell)))
            except (TypeError, ValueError):
                continue
        return 2 * sum(size <= _MAX_DEGREES for size in sizes) >= len(sizes)

    def _matches(self, wanted: str, ours: str) -> list[str]:
        """Find columns of a name: whole, cut by a Shapefile, or followed by years; best first."""
        if wanted == plain_name(ours) and ours in self.raw.cells:
            return [ours]
        if wanted in self._by_plain:  # of several years the last
            given = self._by_plain[wanted]
            return sorted(given, key=lambda name: re.findall(r"\d+", name), reverse=True)
        if cut := [name for name in self.raw.cells if is_cut(name, wanted)]:
            return cut[:1]
        # Two digits can be a grade: of places alone they are a year (LATITUDE22).
        short = r"\d{2}|" if ours in _PLACES and len(wanted) > 1 else ""
        years = re.compile(re.escape(wanted) + rf"(?:{short}\d{{4}}|\d{{6}}|\d{{8}})")
        dated = [
            c for plain, given in self._by_plain.items() if years.fullmatch(plain) for c in given
        ]
        return sorted(dated, key=plain_name, reverse=True)

    def _choose(self, ours: str, matches: list[str]) -> str:
        first = matches[0]
        if any(self.raw.cells[name] != self.raw.cells[first] for name in matches[1:]):
            which = f"columns {', '.join(matches)} could each be {ours}: "
            if ours in _NEEDED:
                self.faults.add(None, f"{which}choose with {map_column(ours, first)}")
            else:
                choice = f"choose with {map_column(ours, 'COLUMN')}"
                self.notices.append(f"{which}{first} is read; {choice}")
        return first

    def _take_mapped(self, mapped: Mapping[str, str]) -> None:
        for ours, written in mapped.items():
            if not written and ours in COLUMNS:
                continue  # the planner wants none
            same = self._by_plain.get(plain_name(written), [])
            theirs = same[0] if written not in self.raw.cells and len(same) == 1 else written
            if ours not in COLUMNS:
                self.faults.add(
                    None,
                    f"{ours!r} is not a column that can be mapped"
                    f"{_suggest(ours, COLUMNS)}; these can: {', '.join(COLUMNS)}",
                )
            elif theirs not in self.raw.cells:
                self.faults.add(
                    None,
                    f"no column {theirs!r}, which is mapped to {ours}"
                    f"{_suggest(theirs, self.raw.cells)}; it has: {self._listed()}",
                )
            else:
                self.column_of[ours] = theirs

    def __len__(self) -> int:
        return len(self.raw.where)

    def has(self, ours: str) -> bool:
        """True if the table has one of our columns."""
        return ours in self.column_of

    def find_unread(self, wanted: Sequence[str]) -> list[str]:
        """Find unused columns with these plain names, in this order."""
        taken = {*self.column_of.values(), *self.also_read}
        found = [
            c
            for name in wanted
            for c in self.raw.cells
            if (plain_name(c) == name or is_cut(c, name)) and c not in taken
        ]
        return list(dict.fromkeys(found))

    def cells(self, ours: str) -> list[Any]:
        """Cells of one of our columns; all None if the table lacks it.

        Cells that are faults as they stand, such as Excel's errors, are None too.
        """
        if not self.has(ours):
            return [None] * len(self)
        cells = list(self.raw.cells[self.column_of[ours]])
        for row in self._doubts(ours):
            cells[row] = None
        if self._has_commas and ours in _NUMBERS:
            return [use_decimal_point(cell, is_count=ours in COUNTS) for cell in cells]
        return cells

    def _doubts(self, ours: str) -> Mapping[int, str]:
        return self.raw.doubts.get(self.column_of.get(ours, ""), {})

    def known_cells(self, ours: str, *, letters: bool = True) -> list[Any]:
        """Cells of a column, None where marked as not known; a notice counts these."""
        marks: Counter[str] = Counter()
        cells = self.cells(ours)
        for row, cell in enumerate(cells):
            is_list = isinstance(cell, list | tuple | np.ndarray)
            if not is_list and is_missing(cell, letters=letters):
                marks[repr(as_text(cell))] += 1
                cells[row] = None
        if marks:
            count = counted(marks.total(), "cell")
            self.notices.append(f"{ours}: {count} taken for not known: {list_values(marks)}")
        return cells

    def drop_unreadable(self, ours: str, read: Callable[[Any], object]) -> None:
        """Drop an unmapped column whose contents do not match its name."""
        if ours not in self.renamed:
            return
        there = [c for c in self.cells(ours) if as_text(c) is not None and not is_missing(c)]
        if sum(can_read(read, cell) for cell in there) < _READABLE_SHARE * max(len(there), 1):
            del self.column_of[ours]

    def texts(
        self,
        ours: str,
        read: Callable[[Any], str | None],
        *,
        required: bool = False,
        letters: bool = False,
    ) -> list[str | None]:
        """Text of every cell; an empty required cell is a fault."""
        values = [read(cell) for cell in self.known_cells(ours, letters=letters)]
        if required and not self.has(ours):
            self.add_missing_column(ours)
        elif required:
            for row, value in enumerate(values):
                if value is None and row not in self._doubts(ours):
                    self.faults.add(row, f"no {ours}")
        return values

    def numbers(
        self, ours: str, *, min_value: float = 0.0, max_value: float = math.inf
    ) -> NDArray[np.float64]:
        """The numbers of a column, NaN where there is none."""
        values = np.full(len(self), np.nan)
        read = as_degrees if ours in _PLACES else as_number
        for row, cell in enumerate(self.known_cells(ours)):
            try:
                values[row] = read(cell)
            except ValueError:
                self.faults.add(row, f"{ours} {as_text(cell)!r} is not a number (empty if unknown)")
                continue
            if values[row] < min_value:
                self.faults.add(row, f"{ours} {values[row]:g} is less than {min_value:g}")
            if values[row] > max_value:
                self.faults.add(row, f"{ours} {values[row]:g} is more than {max_value:g}")
        return values

    def times(self, ours: str) -> list[time | None]:
        """The clock times of a column, None where there is none."""
        found: list[time | None] = []
        read = as_bell_end if ours == "bell_end" else as_bell_start
        for row, cell in enumerate(self.known_cells(ours)):
            try:
                found.append(read(cell))
            except ValueError as error:
                self.faults.add(row, f"{ours} {as_text(cell)!r} {error}")
                found.append(None)
        return found

    def add_missing_column(self, ours: str) -> None:
        """Record that a required column is missing, with candidates."""
        # A name is no id: where two schools share one, it could not be read.
        known = self.column_of.get("name") if ours == "school_id" else None
        hint = _suggest(ours, [name for name in self.raw.cells if name != known])
        unique = self.unique_columns() if ours == "school_id" else []
        if unique:
            hint = (
                f"; if it is {_join_or(unique)}, which differ{'s' * (len(unique) == 1)} in every "
                f"row, say so with {map_column('school_id', unique[0])}"
            )
        elif ours == "school_id":
            self.faults.remedies.append(f"If the schools have no ids, {ADD_IDS}")
        self.faults.add(None, f"no column {ours}{hint}; it has: {self._listed()}")

    def unique_columns(self) -> list[str]:
        """Find columns that could hold ids: text or whole numbers that differ in every row."""
        return [
            name
            for name, cells in self.raw.cells.items()
            if is_unique(cells)
            and name not in set(COLUMNS) - {"name"}
            and not any(word in plain_name(name) for word in _COUNTING)
            and not any(
                isinstance(cell, float) or _DECIMAL.fullmatch(str(cell)) or _PLACE.search(str(cell))
                for cell in cells
            )
        ]

    def notices_of_unused(self, used: Iterable[str]) -> list[str]:
        """Make notices of unread columns, those similar to a missing column first."""
        # Made by us, or by the file.
        skipped = {"campusid", *NAMES["row_numbers"], *NAMES["kml"]}
        read = {*used, *self.column_of.values(), *self.also_read}
        idle = [
            name
            for name, cells in self.raw.cells.items()
            if name not in read
            and plain_name(name) not in skipped
            and any(as_text(cell) is not None for cell in cells if not isinstance(cell, list))
        ]
        notices = []
        for ours, words in NAMES["looks_like"].items():
            like = [
                name
                for name in idle
                if not self.has(ours)
                and any(word in plain_name(name) for word in words)
                and not any(word in plain_name(name) for word in NAMES["looks_unlike"])
            ]
            if like:
                notices.append(
                    f"no column was taken for {ours}; if it is {_join_or(like)}, "
                    f"say so with {map_column(ours, like[0])}"
                )
        if idle:
            notices.append(f"columns not used: {', '.join(first_few(idle, _SHOWN_COLUMNS))}")
        return notices

    def _listed(self) -> str:
        return ", ".join(first_few(list(self.raw.cells), _MAX_LISTED)) or "no columns"


def recognise(names: Sequence[str], mapped: Mapping[str, str] | None) -> frozenset[str]:
    """Which of our columns there seem to be among the names of columns.

    Quicker than a `Table`, and rougher: to find the sheet of a workbook and the row of
    names in it, among many that are none.
    """
    plain = {plain_name(name) for name in names}
    plain |= {_YEARS_BEHIND.sub("", name) for name in plain}
    found = {ours for ours, sought in _SOUGHT.items() if not sought.isdisjoint(plain)}
    for ours, theirs in (mapped or {}).items():
        found.discard(ours)
        if theirs and plain_name(theirs) in plain:
            found.add(ours)
    return frozenset(found)


def is_unique(cells: Sequence[Any]) -> bool:
    """True if every row of a column has text, and no text repeats."""
    texts = {as_text(cell) for cell in cells}
    return None not in texts and len(texts) == len(cells)


def is_cut(given: str, wanted: str) -> bool:
    """True if a column's name may be a longer one that a Shapefile cut at ten letters.

    Files of other formats keep the names of the Shapefile that they were made of.
    """
    plain = plain_name(given)
    return len(given) == _CUT_LENGTH and len(wanted) > len(plain) and wanted.startswith(plain)


def numbers_rows(cells: Sequence[Any]) -> bool:
    """True if a column counts its rows, from 0, 1 or any other number."""
    texts = [as_text(cell) or "" for cell in cells]
    if not all(text.isdecimal() and len(text) < _LONGEST_COUNT for text in texts):
        return False
    numbers = sorted(map(int, texts))
    return numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else False


def plain_name(name: str) -> str:
    """Normalise a column name to lower-case letters and digits.

    Without what NCES's table generator puts behind it: ``[Public School] 2022-23``.
    """
    short = _SUFFIX.sub(" ", name) if _SUFFIX.sub("", name).strip() else name
    return re.sub(r"[^a-z0-9]", "", _PREFIX.sub("", short).casefold())


def can_read(read: Callable[[Any], object], cell: object) -> bool:
    """True if a reader of cells makes a value of a cell."""
    try:
        return read(cell) is not None
    except ValueError:
        return False


def _join_or(names: list[str]) -> str:
    few = [repr(name) for name in names[:3]]
    return few[0] if len(few) == 1 else f"{', '.join(few[:-1])} or {few[-1]}"


def map_column(ours: str, theirs: str) -> str:
    """Name the setting of a study that reads our column from theirs."""
    return f"{ours} = {json.dumps(theirs, ensure_ascii=False)} under [schools.columns]"


def quote(name: str) -> str:
    """A name as it is typed in an option."""
    return f"'{name}'" if " " in name else name


def _suggest(name: str, among: Iterable[str]) -> str:
    plain = {plain_name(given): given for given in among}
    near = difflib.get_close_matches(plain_name(name), plain, n=2, cutoff=0.6)
    others = [repr(plain[n]) for n in near if plain[n] != name]
    return f" (did you mean {' or '.join(others)}?)" if others else ""


def _show(name: str | None) -> str:
    if name is None:
        return "(no name)"
    text = "".join(c if c.isprintable() else " " for c in name)
    return text if len(text) <= _SHOWN_NAME_LENGTH else f"{text[: _SHOWN_NAME_LENGTH - 1]}…"


_SOUGHT: Final[Mapping[str, frozenset[str]]] = {
    ours: frozenset({plain_name(ours), *NAMES["also_called"].get(ours, ())}) for ours in COLUMNS
}
