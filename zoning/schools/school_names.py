"""Schools by id or name, and the nearest names to a misspelled one.

`SchoolWords` reads the cells of tables, which come from other systems: it forgives lost zeros,
punctuation and "High School". `SchoolNames` reads what a person types, in a command or a study:
it wants the name as it is, and answers a wrong one with the nearest.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd

from zoning.schools.buildings import buildings
from zoning.schools.cells import as_id, as_ids, is_missing, strip_zeros
from zoning.schools.table import Table
from zoning.settings import show

# Our choice, a difflib ratio from 0 to 1: at 0.8 two letters of ten may differ.
_MIN_LIKENESS = 0.8
_MAX_NEAREST = 3
# Words of a name that say what kind of school it is, and that tables leave out.
_KIND = re.compile(r"\b(?:senior|sr|high|hs|h s|schools?)\b")


class SchoolWords:
    """Finds schools by an id, an id that has lost its leading zeros, or a name.

    Parameters
    ----------
    ids, names
        One a school; names that are not known are None.
    """

    def __init__(self, ids: Sequence[str | None], names: Sequence[str | None]) -> None:
        self.ids = {i for i in ids if i is not None}
        self.short = _group((strip_zeros(i), i) for i in self.ids)
        named = [(n, i) for n, i in zip(names, ids, strict=True) if n is not None and i is not None]
        self.spoken = tuple(dict.fromkeys([*(n for n, _ in named), *sorted(self.ids)]))
        self.named = _group((plain_words(name), i) for name, i in named)
        self.loose = _group((_KIND.sub(" ", plain_words(name)).strip(), i) for name, i in named)

    @classmethod
    def of(cls, schools: gpd.GeoDataFrame) -> SchoolWords:
        """Index the schools and the buildings of a district."""
        homes = buildings(schools)
        return cls([*schools.index, *homes.index], [*schools["name"], *homes["name"]])

    def require(self, cell: Any) -> str:
        """Find the id that a cell means; `ValueError` with the reason if there is not one."""
        word = as_id(cell)
        if word is None:
            raise ValueError("is empty")
        found, why = self.find(word)
        if found is not None:
            return found
        if why:
            raise ValueError(f"{word!r} is the name of {why}: give the id")
        near = nearest(word, self.spoken)
        maybe = f" (did you mean {' or '.join(near)}?)" if near else ""
        raise ValueError(f"{word!r} is not a school of the district{maybe}")

    def find(self, word: str) -> tuple[str | None, str]:
        """The id that a word means, and how it matches: ``id``, ``zeros`` or ``name``.

        Without an id the second part is the reason; '' if there is no such school.
        """
        if word in self.ids:
            return word, "id"
        same = self.short.get(strip_zeros(word), []) if word.isdigit() else []
        if len(same) == 1:
            return same[0], "zeros"
        said = plain_words(word)
        found = self.named.get(said) or self.loose.get(_KIND.sub(" ", said).strip()) or []
        if len(found) == 1:
            return found[0], "name"
        both = sorted({*same, *found})
        return None, f"{len(both)} schools, {', '.join(both)}" if both else ""


def plain_words(text: str) -> str:
    """A name in small letters, without punctuation and with single blanks."""
    return " ".join(re.sub(r"[^\w\s]", " ", text.casefold().replace("'", "")).split())


def _group(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, school in pairs:
        if school not in found.setdefault(key, []):
            found[key].append(school)
    return found


@dataclass(frozen=True, slots=True)
class SchoolNames:
    """The buildings of a district by id and by name.

    Attributes
    ----------
    by_id
        Building by its own id and by that of each school on its campus.
    by_name
        Buildings by the name of a school or a campus, as `plain` has it.
    virtual
        Schools without a building.
    dedicated
        Buildings whose officer stays there.
    spoken
        Ids and names as they are written, to find the nearest.
    """

    by_id: Mapping[str, str]
    by_name: Mapping[str, frozenset[str]]
    virtual: frozenset[str]
    dedicated: frozenset[str]
    spoken: tuple[str, ...]

    @classmethod
    def of(cls, schools: gpd.GeoDataFrame, dedicated: Collection[str]) -> SchoolNames:
        """Index the schools by id and name; ``dedicated``: buildings whose officer stays there."""
        places = buildings(schools)
        physical = schools[schools["program"] != "virtual"]
        named: dict[str, set[str]] = {}
        for table, homes in ((physical, physical["campus_id"]), (places, places.index)):
            for name, building in zip(table["name"], homes, strict=True):
                named.setdefault(plain(name), set()).add(building)
        return cls(
            by_id=buildings_by_id(schools),
            by_name={name: frozenset(homes) for name, homes in named.items()},
            virtual=frozenset(schools.index.difference(physical.index)),
            dedicated=frozenset(dedicated),
            spoken=(*physical.index, *physical["name"]),
        )

    def building(self, word: str) -> str:
        """Find a building; `ValueError` with the reason if there is not exactly one."""
        homes = frozenset([self.by_id[word]]) if word in self.by_id else frozenset[str]()
        homes = homes or self.by_name.get(plain(word), homes)
        if len(homes) > 1:
            raise ValueError(
                f"{show(word)} is the name of {len(homes)} schools, "
                f"{', '.join(sorted(homes))}: give the id"
            )
        if not homes:
            if word in self.virtual:
                raise ValueError(f"{show(word)} is a virtual school, which has no building")
            near = nearest(word, self.spoken)
            maybe = f" (did you mean {' or '.join(near)}?)" if near else ""
            raise ValueError(f"{show(word)} is not a school of the district{maybe}")
        (building,) = homes
        if building in self.dedicated:
            raise ValueError(f"{show(word)} has an officer of its own and is in no patrol zone")
        return building


def buildings_by_id(schools: gpd.GeoDataFrame) -> dict[str, str]:
    """Find the building of each id, of a school or its own; virtual schools have none."""
    physical = schools[schools["program"] != "virtual"]
    homes = dict(zip(physical.index, physical["campus_id"], strict=True))
    return homes | {building: building for building in physical["campus_id"]}


def nearest(word: str, names: Collection[str]) -> list[str]:
    """Find the at most three names that match a word best, as a whole or in a part.

    ``Baldwin`` and ``Baldwyn`` both match ``Baldwin Elementary``.
    """
    said = plain(word)
    words = max(len(said.split()), 1)

    def likeness(name: str) -> float:
        parts = plain(name).split()
        runs = [" ".join(parts[k : k + words]) for k in range(max(len(parts) - words, 0) + 1)]
        return max(difflib.SequenceMatcher(None, said, run).ratio() for run in [*runs, plain(name)])

    scored = [(-likeness(name), len(name), name) for name in dict.fromkeys(names)]
    return [name for score, _, name in sorted(scored) if -score >= _MIN_LIKENESS][:_MAX_NEAREST]


def plain(text: str) -> str:
    """Fold the case of a name and reduce its blanks to one each."""
    return " ".join(text.split()).casefold()


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
