"""Find of which district the rows of a list are, and the district that is meant."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from zoning.errors import SchoolDataError, first_few
from zoning.geotables import GeoTable
from zoning.schools.cells import as_id, as_text, is_missing
from zoning.schools.selection import comparable
from zoning.schools.table import NAMES, is_cut, plain_name, quote
from zoning.units import counted

# A list of one district may hold a few schools of others, such as charters with a number of
# their own; a list in which a tenth is of others is one of several districts.
_ONE_DISTRICT_SHARE: Final = 0.9
_SHOWN: Final = 12
# Values of a council's or a board's districts are 1 to 20 or so.
_SHORT_ID: Final = 2


class Districts:
    """The districts in a file, each by a key: the value of a column, see `comparable`.

    Parameters
    ----------
    column, name_column
        The columns of ids, or names, by which rows are chosen, and of names in words.
    """

    def __init__(self, raw: GeoTable, column: str, name_column: str) -> None:
        self.column = column
        self.keys = [comparable(cell) for cell in raw.cells[column]]
        self.counts = Counter(key for key in self.keys if key)
        self._values: dict[str, str] = {}
        self._names: dict[str, str] = {}
        for key, cell, name in zip(
            self.keys, raw.cells[column], raw.cells[name_column], strict=True
        ):
            self._values.setdefault(key, as_id(cell) or "")
            if text := as_text(name):
                self._names.setdefault(key, text)

    def count(self, key: str) -> int:
        """Count the rows of a district."""
        return self.counts[key]

    def value(self, key: str) -> str:
        """The value as the file writes it."""
        return self._values[key]

    def name(self, key: str) -> str:
        """The name, or the value if there is none."""
        return self._names.get(key) or self._values[key]

    def only(self) -> str | None:
        """The district of nearly all rows, or None."""
        if not self.counts:
            return None
        key, count = self.counts.most_common(1)[0]
        return key if count >= _ONE_DISTRICT_SHARE * len(self.keys) else None

    def named(self, wanted: str, source: str) -> str:
        """The district of a name or an id."""
        said = comparable(wanted)
        same = [k for k in self.counts if said in (k, comparable(self._names.get(k)))]
        words = set(re.findall(r"\w+", said))
        alike = same or [
            k for k in self.counts if words <= set(re.findall(r"\w+", self.name(k).casefold()))
        ]
        if len(alike) == 1:
            return alike[0]
        if alike:
            raise self.choice(source, alike)
        by_name = {self.name(k).casefold(): k for k in self.counts}
        near = difflib.get_close_matches(said, by_name, n=_SHOWN, cutoff=0.5)
        raise SchoolDataError(
            f"{source} has no district {wanted!r}",
            [self._line(by_name[name]) for name in near]
            or [self._line(key) for key, _ in self.counts.most_common(_SHOWN)],
            "Give one of its districts with --district-name, by name or id.",
        )

    def choice(self, source: str, among: Sequence[str] | None = None) -> SchoolDataError:
        """The error that lists the districts."""
        keys = [k for k, _ in self.counts.most_common() if among is None or k in among]
        first = self.name(keys[0])
        if [self.name(key) for key in keys].count(first) > 1:
            first = self._values[keys[0]]
        return SchoolDataError(
            f"{source} has schools of {len(keys):,} districts (column {self.column})",
            first_few([self._line(key) for key in keys], _SHOWN),
            f'Say which one is planned, by name or id: --district-name "{first}". For several, '
            f"--where {quote(self.column)}=ID with each id.",
        )

    def _line(self, key: str) -> str:
        name, value = self.name(key), self._values[key]
        called = value if name == value else f"{value}  {name}"
        return f"{called} ({counted(self.counts[key], 'school')})"


def district_columns(raw: GeoTable) -> tuple[str | None, str | None]:
    """Find the columns of the districts' ids and names; None where there is none.

    A column of short numbers without names beside it is one of council districts.
    """
    names = [c for c in columns_of(raw, "district_name") if _has_letters(raw.cells[c])]
    by_name = names[0] if names else None
    ids = [
        c
        for c in (*columns_of(raw, "district_id"), *columns_of(raw, "district_name"))
        if c != by_name
        and (by_name is not None or not _has_letters(raw.cells[c]))
        and _is_id(raw.cells[c], has_names=by_name is not None)
    ]
    if by_name is not None:
        # An id must tell the same districts apart as the name does, or more.
        ids = [c for c in ids if _tells_apart(raw.cells[c], raw.cells[by_name])]
    return (ids[0] if ids else None), by_name


def columns_of(raw: GeoTable, kind: str) -> list[str]:
    """List the columns of a kind of `NAMES`, such as ``state``, best first."""
    found = [
        column
        for name in NAMES[kind]
        for column in raw.cells
        if plain_name(column) == name or is_cut(column, name)
    ]
    return list(dict.fromkeys(found))


def _has_letters(cells: Sequence[Any]) -> bool:
    texts = [text for cell in cells if (text := as_text(cell))]
    return 2 * sum(bool(re.search("[A-Za-z]{2}", text)) for text in texts) > len(texts)


def _is_id(cells: Sequence[Any], *, has_names: bool) -> bool:
    texts = [text for cell in cells if (text := as_id(cell)) and not is_missing(cell)]
    return bool(texts) and (has_names or min(map(len, texts)) > _SHORT_ID)


def _tells_apart(ids: Sequence[Any], names: Sequence[Any]) -> bool:
    name_of: dict[str, str] = {}
    for i, name in zip(ids, names, strict=True):
        key, text = comparable(i), comparable(name)
        if key and name_of.setdefault(key, text) != text:
            return False
    return bool(name_of)
