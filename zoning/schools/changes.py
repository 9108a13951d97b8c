"""Another school table made of changes to one: schools that open, close or change.

A planner lists only what changes. The new table is checked as any inventory is, and every change
is reported, with what was there before.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zoning.errors import DistrictNotice, SchoolDataError, first_few
from zoning.geotables import GeoTable, TableUse, read_geotable
from zoning.schools.buildings import buildings, require_inventory
from zoning.schools.cells import as_id, as_ids, as_text, is_missing
from zoning.schools.places import earth_metres
from zoning.schools.reading import make_inventory
from zoning.schools.school_names import SchoolWords, nearest
from zoning.schools.table import COLUMNS, Table, plain_name, recognise
from zoning.units import clock, counted, seconds_of_day
from zoning.workbooks import split_sheet

OPENS: Final = "opens"
CLOSES: Final = "closes"
CHANGES: Final = "changes"
_WORDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("opens", "open", "opening", "new", "add", "added"), OPENS),
    **dict.fromkeys(("closes", "close", "closed", "closing", "remove", "removed"), CLOSES),
    **dict.fromkeys(("changes", "change", "changed", "update"), CHANGES),
}
_CHANGE_NAMES: Final = ("change", "changes", "action")
_SUCCESSOR_NAMES: Final = ("replacedby", "replacement", "successor")
_USE: Final = TableUse(
    what="changes to schools",
    error=SchoolDataError,
    one_row="Give one row a school that opens, closes or changes.",
    needs=(("school_id",),),
)
_MOVED_M: Final = 1.0  # coordinates that differ by less were only rounded
_MAX_NAMED: Final = 6  # schools that a sentence names; the table has all
TABLE_COLUMNS: Final = ("school_id", "name", "change", "column", "before", "after")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SchoolChanges:
    """A school table, and how it differs from another.

    Attributes
    ----------
    schools
        The new table, as of `zoning.read_schools`.
    table
        One row a change: ``school_id``, ``name``, ``change`` (``opens``, ``closes`` or
        ``changes``), and of a change ``column``, ``before`` and ``after`` in words.
    notices
        What a reader should know, one sentence each.
    """

    schools: gpd.GeoDataFrame = field(repr=False)
    table: pd.DataFrame
    notices: tuple[str, ...] = ()

    def __str__(self) -> str:
        rows = [
            f"{name} ({school}) {change}"
            + (f" {column}: {before or 'none'} to {after or 'none'}" if column else "")
            for school, name, change, column, before, after in self.table.itertuples(index=False)
        ]
        return "\n".join([summarise_changes(self.table), *rows, *self.notices])


def read_school_changes(
    path: str | Path,
    schools: gpd.GeoDataFrame,
    *,
    columns: Mapping[str, str] | None = None,
    levels: Mapping[str, str] | None = None,
    state: str | None = None,
    campus_distance_m: float = 50.0,
    sheet: str | None = None,
) -> SchoolChanges:
    """Read a table of changes to a school inventory, and apply it.

    One row a school that opens, closes or changes; the other schools stay as they
    are. Formats, names of columns and cells are those of `zoning.read_schools`, and
    coordinates are degrees.

    *Columns*. ``school_id`` and ``change``: ``opens``, ``closes`` or ``changes``. Blank is
    ``changes``, as in a table of next year's enrolment without this column. The other
    columns are those of the schools, and only those that change have to be there. A blank
    cell leaves a value as it is; ``n/a`` or ``-`` makes it unknown. A school that opens
    needs a full row: level and place at least.

    *Closing*. ``replaced_by`` of a school that closes names the school that those that feed
    it will feed; without it each of them needs a row with its new feeder. Nothing is guessed
    of where its students go: raise the enrolment of other schools.

    A school that moves without a new address loses its old one. A building keeps its id
    while any of its schools stays where it is.

    Parameters
    ----------
    schools
        From `zoning.read_schools`; not changed.
    columns, levels, state, sheet
        As for `zoning.read_schools`.
    campus_distance_m
        As the schools were read with.

    Raises
    ------
    SchoolDataError
        Listing every fault with its row.
    """
    require_inventory(schools)
    if not isinstance(path, str | Path):
        raise SchoolDataError(
            f"read_school_changes takes the path of a file, not a {type(path).__name__}",
            remedy="For a table in memory use change_schools(frame, schools).",
        )
    file, named = split_sheet(path)
    use = replace(
        _USE,
        recognise=partial(_recognise, mapped=columns),
        sheet=named if sheet is None else sheet,
    )
    return _apply(
        read_geotable(file, use),
        schools,
        columns=columns,
        levels=levels,
        state=state,
        campus_distance_m=campus_distance_m,
    )


def change_schools(
    frame: pd.DataFrame,
    schools: gpd.GeoDataFrame,
    *,
    columns: Mapping[str, str] | None = None,
    levels: Mapping[str, str] | None = None,
    state: str | None = None,
    campus_distance_m: float = 50.0,
) -> SchoolChanges:
    """Apply a table of changes in memory to a school inventory; see `read_school_changes`."""
    require_inventory(schools)
    if not isinstance(frame, pd.DataFrame):
        raise SchoolDataError(
            f"change_schools takes a DataFrame, not a {type(frame).__name__}",
            remedy="For a file use read_school_changes(path, schools).",
        )
    return _apply(
        GeoTable.of_frame(frame, source="the table of changes", row="row"),
        schools,
        columns=columns,
        levels=levels,
        state=state,
        campus_distance_m=campus_distance_m,
    )


def find_changes(before: gpd.GeoDataFrame, after: gpd.GeoDataFrame) -> pd.DataFrame:
    """List how a school table differs from another, as `SchoolChanges.table`.

    Parameters
    ----------
    before, after
        From `zoning.read_schools` or `read_school_changes`.
    """
    require_inventory(before)
    require_inventory(after)
    rows: list[tuple[str, ...]] = [
        *((i, name, OPENS, "", "", "") for i, name in _only(after, before)),
        *((i, name, CLOSES, "", "", "") for i, name in _only(before, after)),
    ]
    both = [i for i in before.index if i in after.index]
    columns = [c for c in dict.fromkeys((*before, *after)) if c not in {"geometry", "campus_id"}]
    old, new = before.loc[both], after.loc[both]
    moved = _distances_m(old, new) > _MOVED_M
    for k, school in enumerate(both):
        name = str(new["name"].iloc[k])
        for column in columns:
            one, other = (_in_words(t[column].iloc[k]) if column in t else "" for t in (old, new))
            if one != other:
                rows.append((school, name, CHANGES, column, one, other))
        if moved[k]:
            places = (f"{t.geometry.iloc[k].y:.6f}, {t.geometry.iloc[k].x:.6f}" for t in (old, new))
            rows.append((school, name, CHANGES, "place", *places))
    return pd.DataFrame(rows, columns=list(TABLE_COLUMNS), dtype=object)


def summarise_changes(table: pd.DataFrame) -> str:
    """Summarise `SchoolChanges.table` in a sentence that names the schools."""
    parts = []
    for change, one, many in (
        (OPENS, "1 school opens", "{} schools open"),
        (CLOSES, "1 school closes", "{} schools close"),
        (CHANGES, "1 other school changes", "{} other schools change"),
    ):
        names = list(
            table.loc[table["change"] == change].drop_duplicates("school_id")["name"].map(str)
        )
        if names:
            words = one if len(names) == 1 else many.format(len(names))
            parts.append(f"{words} ({', '.join(first_few(names, _MAX_NAMED))})")
    return "; ".join(parts) + "." if parts else "No school opens, closes or changes."


def _only(table: gpd.GeoDataFrame, other: gpd.GeoDataFrame) -> Iterator[tuple[str, str]]:
    return ((str(i), str(table["name"][i])) for i in table.index if i not in other.index)


def _in_words(value: Any) -> str:
    if isinstance(value, tuple | list):
        return "; ".join(map(str, value))
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if hasattr(value, "hour"):
        return clock(seconds_of_day(value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _distances_m(one: gpd.GeoDataFrame, other: gpd.GeoDataFrame) -> NDArray[np.float64]:
    spots = [earth_metres(t.geometry.y.to_numpy(), t.geometry.x.to_numpy()) for t in (one, other)]
    return np.asarray(np.linalg.norm(spots[0] - spots[1], axis=1))


def _recognise(names: Sequence[str], *, mapped: Mapping[str, str] | None) -> frozenset[str]:
    found = recognise(names, mapped)
    return found | {"change"} if any(plain_name(n) in _CHANGE_NAMES for n in names) else found


class _Merge:
    """The rows of the new table while changes are applied to those of the old one."""

    def __init__(self, raw: GeoTable, table: Table, schools: gpd.GeoDataFrame) -> None:
        self.raw, self.table, self.before = raw, table, schools
        self.given = {c: table.cells(c) for c in table.column_of if c != "school_id"}
        self.words = SchoolWords(list(schools.index), schools["name"].tolist())
        self.faults: list[tuple[str | None, str]] = []  # school id, or None, and message
        self.notices: list[str] = []
        self.rows: dict[str, dict[str, Any]] = {
            str(i): _cells_of(schools, k) for k, i in enumerate(schools.index)
        }
        self.where = {i: f"school {k + 1}" for k, i in enumerate(self.rows)}
        self.closes: dict[str, str] = {}  # school id -> row
        self.successors: dict[str, str] = {}
        self.seen: dict[str, str] = {}
        self.moved: set[str] = set()
        self.refed: set[str] = set()

    def name(self, school: str) -> str:
        """Name and id of a school of either table."""
        name = self.rows.get(school, {}).get("name")
        name = name or self.before["name"].get(school)
        return school if name in (None, school) else f"{name} ({school})"

    def whole(self, row: int, message: str) -> None:
        """Record a fault of a row that makes no school of the new table."""
        self.faults.append((None, f"{self.raw.where[row]}: {message}"))

    def apply(self, row: int, *, change: str | None, school: str | None, successor: Any) -> None:
        """Apply one row."""
        if school is None:
            self.whole(row, "no school_id")
            return
        if school in self.seen:
            self.whole(row, f"school_id {school!r} also in {self.seen[school]}: keep one row")
            return
        self.seen[school] = self.raw.where[row]
        known = school in self.before.index
        if change is None:
            change = CHANGES
        if change not in _WORDS.values():
            self.whole(row, f"change {change!r} is none of {OPENS}, {CLOSES}, {CHANGES}")
        elif change == OPENS and known:
            self.whole(
                row, f"{self.name(school)} is a school already: write {CHANGES}, or a new school_id"
            )
        elif change != OPENS and not known:
            self._unknown(row, change, school)
        elif change == CLOSES:
            self.closes[school] = self.raw.where[row]
            if as_text(successor) is not None and not is_missing(successor):
                self.successors[school] = as_id(successor) or ""
        else:
            self._change(row, school, opens=change == OPENS)
        if change != CLOSES and as_text(successor) is not None and not is_missing(successor):
            self.whole(row, f"replaced_by is for a school that {CLOSES}")

    def _unknown(self, row: int, change: str, school: str) -> None:
        found, _ = self.words.find(school)
        near = (
            [self.name(found)]
            if found is not None
            else nearest(school, [*self.before.index, *self.before["name"]])
        )
        maybe = f" (did you mean {' or '.join(near)}?)" if near else ""
        hint = f"; for a new school write {OPENS} in a column change" if change == CHANGES else ""
        self.whole(row, f"school_id {school!r} is not a school here{maybe}{hint}")

    def _change(self, row: int, school: str, *, opens: bool) -> None:
        given = {c: column[row] for c, column in self.given.items() if not _is_blank(column[row])}
        if self.raw.shapes is not None and "latitude" not in given:
            shape = self.raw.shapes.iloc[row]
            if shape is not None and not shape.is_empty:
                given |= {"latitude": shape.y, "longitude": shape.x}
        cells = self.rows.setdefault(school, {"school_id": school})
        if opens:
            if not self.table.has("program"):  # as in a table of schools without this column
                cells["program"] = "resides"
        elif len({"latitude", "longitude"} & given.keys()) == 1:
            lacking = next(iter({"latitude", "longitude"} - given.keys()))
            self.whole(row, f"{self.name(school)} moves, but {lacking} is blank")
        elif "latitude" in given:
            self.moved.add(school)
            if "address" not in given and cells.get("address"):
                given["address"] = None
                self.notices.append(
                    f"{self.name(school)} moves and no new address was given: its old one, "
                    f"{cells['address']}, is left out"
                )
        self.where[school] = self.raw.where[row]
        if "feeder_high_school_ids" in given:
            self.refed.add(school)
        cells.update(given)

    def close(self) -> None:
        """Take out the schools that close, and what other schools say of them."""
        for school in self.closes:
            del self.rows[school]
            del self.where[school]
        for school, where in self.closes.items():
            students = self.before["enrollment"][school]
            self._replace(school, where)
            if not math.isnan(students) and students > 0:
                self.notices.append(
                    f"{self.name(school)} closes with {students:,.0f} students: they are counted "
                    "at other schools only if the enrollment of those was raised"
                )

    def _replace(self, school: str, where: str) -> None:
        """Give the schools that fed a closing one its successor, or find a fault."""
        after = SchoolWords(list(self.rows), [row.get("name") for row in self.rows.values()])
        named = self.successors.get(school)
        successor = None
        if named is not None:
            successor, why = after.find(named)
            if successor is None:
                closes = self.words.find(named)[0] in self.closes
                reason = "which closes too" if closes else why or "which is not a school here"
                self.faults.append((None, f"{where}: replaced_by names {named!r}, {reason}"))
        feeding = []
        for other, row in self.rows.items():
            given = as_ids(row.get("feeder_high_school_ids"))
            meant = [self.words.find(word)[0] for word in given]
            if school not in meant:
                continue
            kept = [successor if m == school else w for w, m in zip(given, meant, strict=True)]
            row["feeder_high_school_ids"] = tuple(dict.fromkeys(i for i in kept if i))
            if other in self.refed:
                self.faults.append(
                    (other, f"feeder_high_school_ids names {self.name(school)}, which closes")
                )
            else:
                feeding.append(self.name(other))
        if not feeding:
            return
        schools = ", ".join(first_few(feeding, _MAX_NAMED))
        count = counted(len(feeding), "school")
        if successor is not None:
            self.notices.append(
                f"{count} that fed {self.name(school)} now feed{'s' * (len(feeding) == 1)} "
                f"{self.name(successor)}: {schools}"
            )
        elif named is None:
            self.faults.append(
                (
                    None,
                    f"{where}: {self.name(school)} closes, but {count} feed"
                    f"{'s' * (len(feeding) == 1)} it: {schools}. Name the school that takes its "
                    "place in a column replaced_by, or give each of them a row with its new "
                    "feeder_high_school_ids",
                )
            )

    def table_of_all(self) -> GeoTable:
        """The new table, with the faults found so far."""
        ids = list(self.rows)
        at = {school: k for k, school in enumerate(ids)}
        names = [c for c in ("school_id", *COLUMNS[1:]) if any(c in r for r in self.rows.values())]
        faults = [(None if i is None else at.get(i), message) for i, message in self.faults]
        return GeoTable(
            source=self.raw.source,
            columns=names,
            cells={name: [row.get(name) for row in self.rows.values()] for name in names},
            where=[self.where[i] for i in ids],
            faults=[*faults, *((None, f"{self._row(r)}{m}") for r, m in self.table_faults())],
            is_csv=self.raw.is_csv,
        )

    def _row(self, row: int | None) -> str:
        return "" if row is None else f"{self.raw.where[row]}: "

    def table_faults(self) -> list[tuple[int | None, str]]:
        """The faults that reading the table of changes has found."""
        return [(None if row < 0 else row, message) for row, message in self.table.faults.found]


def _is_blank(cell: Any) -> bool:
    """Whether a cell leaves a value as it is."""
    if isinstance(cell, list | tuple | np.ndarray):
        return len(cell) == 0
    return as_text(cell) is None


def _cells_of(schools: gpd.GeoDataFrame, k: int) -> dict[str, Any]:
    """The cells of one school under the names of a table of schools."""
    row = schools.iloc[k]
    cells = {
        str(column): None
        if not isinstance(row[column], tuple) and pd.isna(row[column])
        else row[column]
        for column in schools.columns
        if column in COLUMNS
    }
    point = row[schools.active_geometry_name]
    return {
        "school_id": str(schools.index[k]),
        **cells,
        "latitude": point.y,
        "longitude": point.x,
    }


def _apply(
    raw: GeoTable,
    schools: gpd.GeoDataFrame,
    *,
    columns: Mapping[str, str] | None,
    levels: Mapping[str, str] | None,
    state: str | None,
    campus_distance_m: float,
) -> SchoolChanges:
    if not raw.where:
        raise SchoolDataError(f"{raw.source} has no changes", remedy=_USE.one_row)
    if raw.shapes is not None and raw.shapes.crs is not None:
        raw = replace(raw, shapes=raw.shapes.to_crs(schools.crs))
    table = Table(raw, columns)
    merge = _Merge(raw, table, schools)
    change, successor = (table.find_unread(n)[:1] for n in (_CHANGE_NAMES, _SUCCESSOR_NAMES))
    if not table.has("school_id"):
        table.add_missing_column("school_id")
    else:
        blank = [None] * len(raw.where)
        words = [_word(cell) for cell in (raw.cells[change[0]] if change else blank)]
        ids = [_id(cell, merge.words) for cell in table.cells("school_id")]
        after = raw.cells[successor[0]] if successor else blank
        for row, (word, school, heir) in enumerate(zip(words, ids, after, strict=True)):
            merge.apply(row, change=word, school=school, successor=heir)
        merge.close()
    table.also_read += [*change, *successor]
    with warnings.catch_warnings():
        # About the columns of the merged table, which are ours.
        warnings.simplefilter("ignore", DistrictNotice)
        new = make_inventory(
            merge.table_of_all(),
            columns=None,
            levels=levels,
            crs=None,
            state=state,
            campus_distance_m=campus_distance_m,
        )
    new["campus_id"] = _keep_campuses(new, schools, merge.moved)
    notices = (*table.notices, *table.notices_of_unused(()), *merge.notices)
    for notice in notices:
        warnings.warn(f"{Path(raw.source).name}: {notice}", DistrictNotice, stacklevel=3)
    return SchoolChanges(schools=new, table=find_changes(schools, new), notices=tuple(notices))


def _word(cell: Any) -> str | None:
    text = as_text(cell)
    return None if text is None else _WORDS.get(text.casefold(), text)


def _id(cell: Any, words: SchoolWords) -> str | None:
    """The id of a cell; with the leading zeros that a spreadsheet has taken."""
    text = as_id(cell)
    if text is None:
        return None
    found, how = words.find(text)
    return found if found is not None and how == "zeros" else text


def _keep_campuses(new: gpd.GeoDataFrame, schools: gpd.GeoDataFrame, moved: set[str]) -> list[str]:
    """Give each building the id it had, while any of its schools stays where it is."""
    stays = [i in schools.index and i not in moved for i in new.index]
    old = pd.Series(
        [schools["campus_id"][i] if s else None for i, s in zip(new.index, stays, strict=True)],
        index=new.index,
        dtype=object,
    )
    names = {}
    for campus, members in old.groupby(new["campus_id"], sort=False):
        known = members.dropna().unique()
        names[campus] = str(known[0]) if len(known) == 1 else str(campus)
    taken = pd.Series(names)
    twice = set(taken[taken.duplicated(keep=False)])
    return [str(c) if names[c] in twice else names[c] for c in new["campus_id"]]


def building_changes(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The buildings that only the second table has, and those that only the first has."""
    old, new = buildings(before).index, buildings(after).index
    return (
        tuple(str(b) for b in new if b not in old),
        tuple(str(b) for b in old if b not in new),
    )
