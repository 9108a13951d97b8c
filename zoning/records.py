"""Tables of the programme: one row an officer, a training, an absence, an approval or an incident.

A `RecordTable` says once what the columns of such a table mean, how a cell is read and who may see
it. `read_records` reads a CSV file, a sheet or a DataFrame by it, and names every fault with its
row and the remedy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import pandas as pd

from zoning.errors import FaultsError, RecordError
from zoning.geotables import GeoTable, TableUse, name_columns, read_named_columns
from zoning.schools.cells import DATED, as_date, as_id, as_ids, as_number, as_text, is_shortened
from zoning.schools.school_names import SchoolWords, buildings_by_id, nearest
from zoning.workbooks import ShownDate

Read = Callable[[Any], Any]
"""Reads a cell that is not empty; a `ValueError` says what is wrong: "is not a date"."""
Check = Callable[[pd.DataFrame], Iterable[tuple[int | None, str]]]
"""Finds faults between rows: the position of the row (None: of the table) and the fault."""

_FIRST_YEAR: Final = 1900  # of any date that a district's tables hold
_LAST_YEAR: Final = 2100  # of a date by which years are counted
_YES: Final = frozenset({"yes", "y", "x", "true", "1", "1.0"})
_NO: Final = frozenset({"no", "n", "false", "0", "0.0"})


class Access(StrEnum):
    """Who may see a column."""

    PUBLIC = "public"
    PERSONNEL = "personnel record"
    """About an officer as an employee: names, absences, training, certification."""
    SECURITY = "security"
    """Where and when officers are, and who is missing."""
    EDUCATION = "education record"
    """About students, kept by the school (34 CFR 99.3)."""
    LAW_ENFORCEMENT = "law enforcement unit record"
    """Made and kept by the law enforcement unit, for law enforcement (34 CFR 99.8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table of records.

    Attributes
    ----------
    name
        Ours; the name of the column in the DataFrame.
    meaning
        What it holds, for the documentation.
    read
        Reads a cell that is not empty.
    headings
        Other names that a file may have for it, preferred ones first.
    required
        Whether every row must have a value.
    default
        The value of an empty cell, or where the column is not there.
    access
        Who may see it. A column that says nothing is for nobody outside.
    """

    name: str
    meaning: str
    read: Read
    headings: tuple[str, ...] = ()
    required: bool = False
    default: Any = None
    access: Access = Access.SECURITY


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTable:
    """What a table of records holds.

    Attributes
    ----------
    what
        For messages: ``'officers'``.
    one_row
        What to give in a row, for remedies.
    columns
        Its columns, in the order in which they are written.
    key
        Columns whose values together stand once.
    check
        Finds faults between rows.
    may_be_empty
        Whether a file may have no rows; of absences there may be none.
    most_rows
        Of a file; by default those of any table.
    """

    what: str
    one_row: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    check: Check | None = None
    may_be_empty: bool = False
    most_rows: int | None = None

    @property
    def headings(self) -> dict[str, tuple[str, ...]]:
        """Names that a file may have for each column."""
        return {one.name: (one.name, *one.headings) for one in self.columns}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Records:
    """A table of records that was read.

    Attributes
    ----------
    table
        What its columns mean.
    source
        The file, for messages.
    frame
        A column for each of ``table.columns``; rows in the order of the file.
    where
        What to call each row in a message: ``'row 12'``.
    notices
        What a reader should know, one sentence each.
    """

    table: RecordTable
    source: str
    frame: pd.DataFrame = field(repr=False)
    where: tuple[str, ...] = field(repr=False, default=())
    notices: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.frame)

    def visible(self, *access: Access) -> pd.DataFrame:
        """The columns that may be seen with this access; public ones always."""
        allowed = {Access.PUBLIC, *access}
        return self.frame[[one.name for one in self.table.columns if one.access in allowed]]


def read_records(
    source: str | Path | pd.DataFrame,
    table: RecordTable,
    *,
    columns: Mapping[str, str] | None = None,
    shown: str | None = None,
    row: str = "row",
) -> Records:
    """Read a table of records from a CSV file, a workbook's sheet or a DataFrame.

    Parameters
    ----------
    source
        The file; of a workbook the sheet may be named, ``staff.xlsx#Officers``.
    table
        What its columns mean.
    columns
        The file's own names of columns by ours; '' reads no column.
    shown, row
        What messages call a DataFrame and a row of it.

    Raises
    ------
    RecordError
        If the file cannot be read or columns are missing; or listing every fault with its row.
    """
    use = TableUse(
        what=table.what,
        error=RecordError,
        one_row=table.one_row,
        needs=[(one.name,) for one in table.columns if one.required],
        may_be_empty=table.may_be_empty,
        most_rows=table.most_rows,
    )
    if isinstance(source, pd.DataFrame):
        named = f"the table of {table.what}" if shown is None else shown
        cells = GeoTable.of_frame(source, source=named, row=row)
        found = name_columns(cells, use, table.headings, mapped=columns)
    else:
        found = read_named_columns(source, use, table.headings, mapped=columns)
    faults: list[tuple[int | None, str]] = list(found.faults)
    made = {one.name: _read_column(one, found, faults) for one in table.columns}
    frame = pd.DataFrame(
        {name: pd.Series(values, dtype=_dtype(values)) for name, values in made.items()}
    )
    bad = {row for row, _ in faults}
    faults += _repeated(frame, table.key, found.where)
    if table.check is not None:
        faults += [(row, text) for row, text in table.check(frame) if row not in bad]
    if faults:
        raise RecordError(
            f"{found.source} has faults", found.describe_faults(faults), table.one_row
        )
    return Records(
        table=table,
        source=found.source,
        frame=frame,
        where=tuple(found.where),
        notices=tuple(f"{found.source}: {one}" for one in found.notices),
    )


def empty_records(table: RecordTable) -> Records:
    """Make a table of records without rows, where a file is not given."""
    frame = pd.DataFrame({one.name: pd.Series([], dtype=object) for one in table.columns})
    return Records(table=table, source=f"no {table.what}", frame=frame)


def raise_together(headline: str, tasks: Iterable[Callable[[], object]]) -> None:
    """Do several tasks, and raise the faults of all of them in one `RecordError`.

    A planner who gives five tables then learns of the faults of all five at once.
    """
    errors: list[FaultsError] = []
    for task in tasks:
        try:
            task()
        except FaultsError as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise RecordError(
            headline,
            [
                line
                for error in errors
                for line in (error.headline, *(f"  {fault}" for fault in error.faults))
            ],
            " ".join(dict.fromkeys(error.remedy for error in errors if error.remedy)),
        )


def require_columns(frame: pd.DataFrame, names: Iterable[str], *, what: str) -> None:
    """Raise `RecordError` if a table that was not read from a file lacks columns."""
    lacking = [name for name in names if name not in frame]
    if lacking:
        raise RecordError(
            f"the table of {what} lacks {', '.join(lacking)}",
            remedy=f"It has {', '.join(map(str, frame.columns)) or 'no column'}.",
        )


def _read_column(
    column: Column, table: GeoTable, faults: list[tuple[int | None, str]]
) -> list[Any]:
    cells = table.cells.get(column.name)
    if cells is None:
        return [column.default] * len(table.where)
    values = []
    for row, cell in enumerate(cells):
        value = column.default
        if as_text(cell) is None:
            if column.required:
                faults.append((row, f"{column.name} is empty"))
        else:
            try:
                value = column.read(cell)
            except ValueError as error:
                faults.append((row, f"{column.name} {as_text(cell)!r} {error}"))
        values.append(value)
    return values


def _dtype(values: Sequence[Any]) -> Any:
    """Numbers as floats, so that a table can be computed with; everything else as it is."""
    numbers = [v for v in values if isinstance(v, float)]
    is_number = bool(numbers) and all(v is None or isinstance(v, float) for v in values)
    return float if is_number else object


def _repeated(
    frame: pd.DataFrame, key: tuple[str, ...], where: Sequence[str]
) -> Iterable[tuple[int, str]]:
    """Find rows whose key stands in an earlier row too."""
    first: dict[tuple[Any, ...], int] = {}
    for row, values in enumerate(frame[list(key)].itertuples(index=False, name=None)):
        if not key or None in values:  # an id that cannot be read is a fault of its own
            continue
        if values in first:
            shown = ", ".join(
                f"{name} {str(value)!r}" for name, value in zip(key, values, strict=True)
            )
            yield row, f"{shown} is also in {where[first[values]]}"
        first.setdefault(values, row)


# Readers of cells.


def read_id(cell: Any) -> str:
    """Read an id; leading zeros stay."""
    text = as_id(cell)
    if text is None or is_shortened(text):
        raise ValueError("is no id: format the column as text")
    return text


def read_text(cell: Any) -> str:
    """Read text, its blanks reduced to one each."""
    return " ".join(str(cell).split())


def read_date(cell: Any) -> date:
    """Read a date: 2026-09-18, 9/18/2026 or a date of a spreadsheet."""
    is_text = isinstance(cell, str) and not isinstance(cell, ShownDate)
    # Text behind a date is a slip: of 9/18/20267 nobody knows the year.
    day = None if is_text and not DATED.fullmatch(cell.strip()) else as_date(cell)
    if day is None:
        raise ValueError("is not a date: write 2026-09-18 or 9/18/2026")
    if day.year < _FIRST_YEAR:  # a slip, or what a system writes for no date
        raise ValueError(f"is before {_FIRST_YEAR}")
    return day


def read_date_since(first_year: int) -> Read:
    """Make a reader of a date by which years are counted: a slip would make thousands of them."""

    def read(cell: Any) -> date:
        day = read_date(cell)
        if not first_year <= day.year <= _LAST_YEAR:
            raise ValueError(f"is not between {first_year} and {_LAST_YEAR}")
        return day

    return read


def read_number(*, at_least: float = -math.inf, at_most: float = math.inf) -> Read:
    """Make a reader of a number within bounds."""

    def read(cell: Any) -> float:
        try:
            number = as_number(cell)
        except ValueError:
            raise ValueError("is not a number") from None
        if number < at_least:
            raise ValueError(f"is below {at_least:g}")
        if number > at_most:
            raise ValueError(f"is above {at_most:g}")
        return number

    return read


def read_whole_number(*, at_least: float = -math.inf, at_most: float = math.inf) -> Read:
    """Make a reader of a whole number within bounds."""
    read = read_number(at_least=at_least, at_most=at_most)

    def read_whole(cell: Any) -> float:
        number = float(read(cell))
        if not number.is_integer():
            raise ValueError("is no whole number")
        return number

    return read_whole


def read_yes(cell: Any) -> bool:
    """Read yes or no."""
    word = str(cell).strip().casefold()
    if word not in _YES | _NO:
        raise ValueError("is neither yes nor no")
    return word in _YES


def read_word(words: Mapping[str, Iterable[str]]) -> Read:
    """Make a reader of one of several words.

    Parameters
    ----------
    words
        For each word of ours the other words that mean it.
    """
    means = {_plain(other): ours for ours, others in words.items() for other in (ours, *others)}

    def read(cell: Any) -> str:
        found = means.get(_plain(str(cell)))
        if found is None:
            near = nearest(str(cell), list(words))
            maybe = f": did you mean {' or '.join(near)}?" if near else ""
            raise ValueError(f"is none of {', '.join(words)}{maybe}")
        return found

    return read


def read_one_of(known: Iterable[str], what: str) -> Read:
    """Make a reader of an id that another table has: ``read_one_of(ids, 'officer')``."""
    ids = frozenset(known)

    def read(cell: Any) -> str:
        word = read_id(cell)
        if word not in ids:
            near = nearest(word, sorted(ids))
            maybe = f" (did you mean {' or '.join(near)}?)" if near else ""
            raise ValueError(f"is no {what}{maybe}")
        return word

    return read


def read_several(read: Read) -> Read:
    """Make a reader of values separated by ``;``."""
    return lambda cell: tuple(read(one) for one in as_ids(cell))


def read_building(schools: gpd.GeoDataFrame) -> Read:
    """Make a reader of a school or a building by id or name; it gives the building's id."""
    words = SchoolWords.of(schools)
    homes = buildings_by_id(schools)

    def read(cell: Any) -> str:
        word = as_id(cell) or ""
        try:
            found = words.require(word)
        except ValueError as error:  # the word itself is quoted by the reader of the table
            raise ValueError(str(error).removeprefix(f"{word!r} ")) from None
        if found not in homes:
            raise ValueError("is a virtual school, which has no building")
        return homes[found]

    return read


def _plain(word: str) -> str:
    return "".join(letter for letter in word.casefold() if letter.isalnum())
