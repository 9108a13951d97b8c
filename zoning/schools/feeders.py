"""Resolve feeder high schools from ids, or from names that only one school has."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from zoning.schools.cells import as_id, as_ids, is_missing
from zoning.schools.school_names import SchoolWords
from zoning.schools.table import Table

_BETWEEN = re.compile(r"\s*[,/|&]\s*")


def feeders_of(
    table: Table, ids: Sequence[str | None], names: Sequence[str | None]
) -> list[tuple[str, ...]]:
    """Find the feeder high schools of every row; a word that matches no school is a fault."""
    ours = "feeder_high_school_ids"
    words = SchoolWords(ids, names)
    cells = [as_ids(cell) for cell in table.cells(ours)]
    parts = [_parts(cell, words) for cell in cells]
    lost = sum(words.find(word)[0] is None for row in parts for word in row)
    if ours in table.renamed and 2 * lost > sum(map(len, parts)):
        del table.column_of[ours]
        return [()] * len(table)
    how: Counter[str] = Counter()
    feeders: list[tuple[str, ...]] = []
    for row, given in enumerate(parts):
        found: list[str] = []
        for word in given:
            school, way = words.find(word)
            if school is not None:
                how[way] += 1
                found.append(school)
            elif table.has("school_id"):
                what = f"the name of {way}: give the id" if way else "which is not a school here"
                table.faults.add(row, f"{ours} names {word!r}, {what}")
        feeders.append(tuple(dict.fromkeys(found)))
    if how["zeros"]:
        table.notices.append(
            f"{ours}: {how['zeros']:,} ids without their leading zeros, matched to the one "
            "school that they can mean"
        )
    if how["name"]:
        table.notices.append(f"{ours}: {how['name']:,} schools given by name")
    return feeders


def _parts(given: Iterable[str], words: SchoolWords) -> list[str]:
    """Split a cell into schools, at commas and slashes if every part is then a school."""
    found = []
    for word in given:
        if word not in words.ids and is_missing(word):
            continue
        several = [as_id(part) or "" for part in _BETWEEN.split(word)]
        if words.find(word)[0] is None and all(words.find(part)[0] for part in several):
            found += several
        else:
            found.append(word)
    return found
