"""Choose the rows of a table that are planned for: one district, without what is left out."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from zoning.errors import SchoolDataError, first_few, list_values
from zoning.geotables import GeoTable
from zoning.schools.cells import as_id, as_text
from zoning.schools.table import NAMES, plain_name
from zoning.units import counted

RowFilter = Mapping[str, str | Sequence[str]]
"""Column of the file -> the value, or the values, that a row has there; ``''`` is an empty cell."""

# A line or two of a terminal.
_SHOWN_VALUES: Final = 8
# The status of a school that is closed, or not open yet.
_CLOSED: Final = re.compile(
    r"(?:\d+ ?- ?)?(?:(?:temporarily |permanently )?closed\b.*|inactive|future|pending|merged"
    r"|not yet open(?:ed)?)"
)


def select_district(raw: GeoTable, where: RowFilter, leave_out: RowFilter) -> GeoTable:
    """Select the rows that have every value of ``where`` and none of ``leave_out``.

    Values are compared as text, whatever their case, blanks and leading zeros. A
    notice counts what is left; values of ``leave_out`` that no row has are a
    notice too, since a newer file may have lost them.

    Raises
    ------
    SchoolDataError
        If a column is not there, or no row is left; lists what the file has.
    """
    columns = {name: _find_column(raw, name) for name in (*where, *leave_out)}
    faults = [
        f"no column {name!r}{_nearest(name, raw.cells)}; it has: {', '.join(raw.cells)}"
        for name, column in columns.items()
        if column is None
    ]
    if faults:
        raise SchoolDataError(
            f"the rows of {raw.source} cannot be chosen",
            faults,
            "Name columns of the file in where and leave_out.",
        )
    for name, values in where.items():
        column = columns[name] or ""
        cells = [comparable(cell) for cell in raw.cells[column]]
        wanted = _wanted(values)
        rows = [k for k, cell in enumerate(cells) if cell in wanted]
        if not rows:
            raise _no_row(raw, column, values)
        kept = f"{counted(len(rows), 'row')} of {len(cells):,} read"
        raw = select_rows(raw, rows, f"{kept}: those with {column} {', '.join(_listed(values))}")
    for name, values in leave_out.items():
        column = columns[name] or ""
        there = {comparable(cell) for cell in raw.cells[column]}
        if idle := [repr(v) for v in _listed(values) if comparable(v) not in there]:
            notice = f"no row has {column} {', '.join(first_few(idle))}, to be left out"
            raw = replace(raw, notices=[*raw.notices, notice])
        raw = leave_out_values(raw, column, _wanted(values))
    return raw


def leave_out_values(
    raw: GeoTable, column: str, values: Collection[str], remedy: str = ""
) -> GeoTable:
    """Drop the rows with one of these values, see `comparable`; a notice counts them."""
    cells = [comparable(cell) for cell in raw.cells[column]]
    left = Counter(
        as_id(raw.cells[column][k]) or "(empty)" for k, c in enumerate(cells) if c in values
    )
    rows = [k for k, cell in enumerate(cells) if cell not in values]
    return select_rows(raw, rows, f"left out by their {column}: {list_values(left)}{remedy}")


def leave_out_closed(raw: GeoTable) -> GeoTable:
    """Drop the schools that a column marks as closed or not open yet."""
    for column in (name for name in raw.cells if plain_name(name) in NAMES["status"]):
        texts = [comparable(cell) for cell in raw.cells[column]]
        closed = {text for text in texts if _CLOSED.fullmatch(text)}
        if 2 * sum(text in closed for text in texts) < len(texts):  # else it says something else
            remedy = f"; to plan for them too, delete column {column}"
            raw = leave_out_values(raw, column, closed, remedy)
    return raw


def leave_out_repeated(raw: GeoTable) -> GeoTable:
    """Drop rows that repeat another in every cell and in their place."""
    shapes = [None] * len(raw.where) if raw.shapes is None else raw.shapes.to_wkb().tolist()
    seen: dict[tuple[Any, ...], int] = {}
    wrong = {row for row, _ in raw.faults}
    columns = [list(map(repr, cells)) for cells in raw.cells.values()]
    for k, row in enumerate(zip(*columns, shapes, strict=True)):
        seen.setdefault((*row, k) if k in wrong else row, k)
    rows = sorted(seen.values()) if raw.cells else list(range(len(raw.where)))
    count = counted(len(raw.where) - len(rows), "row")
    return select_rows(raw, rows, f"{count} left out, the same as another in every cell")


def select_rows(raw: GeoTable, rows: Sequence[int], notice: str) -> GeoTable:
    """Select rows; add the notice if that drops any."""
    if len(rows) == len(raw.where):
        return raw
    return replace(raw.select_rows(rows), notices=[*raw.notices, notice])


def comparable(value: object) -> str:
    """A cell as it is compared: small letters, single blanks, no leading zeros."""
    text = as_id(value) if not isinstance(value, list) else as_text(value)
    short = " ".join((text or "").casefold().split())
    return short.lstrip("0") or "0" if short.isdigit() else short


def _find_column(raw: GeoTable, name: str) -> str | None:
    if name in raw.cells:
        return name
    alike = [column for column in raw.cells if plain_name(column) == plain_name(name)]
    return alike[0] if len(alike) == 1 else None


def _listed(values: str | Sequence[str]) -> list[str]:
    return [values] if isinstance(values, str) else [str(value) for value in values]


def _wanted(values: str | Sequence[str]) -> set[str]:
    return {comparable(value) for value in _listed(values)}


def _no_row(raw: GeoTable, column: str, values: str | Sequence[str]) -> SchoolDataError:
    there = Counter(as_id(cell) or "(empty)" for cell in raw.cells[column])
    wanted = _listed(values)
    near = [
        repr(other)
        for value in wanted
        for other in difflib.get_close_matches(value, there, n=2, cutoff=0.6)
    ]
    meant = f"; did you mean {' or '.join(dict.fromkeys(near))}?" if near else ""
    found = ", ".join(first_few([f"{v} ({n:,})" for v, n in there.most_common()], _SHOWN_VALUES))
    return SchoolDataError(
        f"{raw.source} has no row of the district",
        [f"no {column} is {' or '.join(map(repr, wanted))}{meant}", f"{column} is: {found}"],
        "Check that it is the file of this district, or name one of these.",
    )


def _nearest(name: str, among: Mapping[str, object]) -> str:
    plain = {plain_name(given): given for given in among}
    near = difflib.get_close_matches(plain_name(name), plain, n=1, cutoff=0.6)
    return f" (did you mean {plain[near[0]]!r}?)" if near else ""
