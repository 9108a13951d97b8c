"""Resolve feeder high schools from ids, or from names that only one school has."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from zoning.schools.cells import as_id, as_ids, is_missing, strip_zeros
from zoning.schools.table import Table

_BETWEEN = re.compile(r"\s*[,/|&]\s*")
_KIND = re.compile(r"\b(?:senior|sr|high|hs|h s|schools?)\b")


class SchoolWords:
    """Finds schools by id, by an id without its leading zeros, or by name.

    Parameters
    ----------
    ids, names
        One a school; names that are not known are None.
    """

    def __init__(self, ids: Sequence[str | None], names: Sequence[str | None]) -> None:
        self.ids = {i for i in ids if i is not None}
        self.short = _group((strip_zeros(i), i) for i in self.ids)
        named = [(n, i) for n, i in zip(names, ids, strict=True) if n is not None and i is not None]
        self.named = _group((plain_words(name), i) for name, i in named)
        self.loose = _group((_KIND.sub(" ", plain_words(name)).strip(), i) for name, i in named)

    def find(self, word: str) -> tuple[str | None, str]:
        """Find the id that a word means, and how it matched: ``id``, ``zeros`` or ``name``.

        Without an id the second part is the reason; '' if there is no such school.
        """
        if word in self.ids:
            return word, "id"
        same = self.short.get(strip_zeros(word), []) if word.isdigit() else []
        if len(same) == 1:
            return same[0], "zeros"
        plain = plain_words(word)
        found = self.named.get(plain) or self.loose.get(_KIND.sub(" ", plain).strip()) or []
        if len(found) == 1:
            return found[0], "name"
        both = sorted({*same, *found})
        return None, f"{len(both)} schools, {', '.join(both)}" if both else ""


def plain_words(text: str) -> str:
    """Normalise a name: lower case, no punctuation, single blanks."""
    return " ".join(re.sub(r"[^\w\s]", " ", text.casefold().replace("'", "")).split())


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


def _group(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, school in pairs:
        if school not in found.setdefault(key, []):
            found[key].append(school)
    return found
