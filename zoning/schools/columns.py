"""The columns of a school inventory, and where a user's table keeps them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd

from zoning.errors import SchoolDataError, by_kind
from zoning.schools import names as known
from zoning.schools.cells import as_text

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
    "grades",
    "feeder_high_school_ids",
    "bell_start",
    "bell_end",
    *COUNTS,
    *PERCENTAGES,
)
SHAPEFILE_NAME_LENGTH = 10
LONGEST_SHOWN_NAME = 40
COLUMNS_SHOWN = 12
# What stands behind a name, and says of which schools and of which year it is.
_BEHIND = re.compile(
    r"\[[^\]]*\]|\([^)]*\)|\d{4}-\d{2,4}\s*$|latest available year\s*$|[ _]as[ _]of[ _].*$",
    re.IGNORECASE,
)
# What a GIS puts before it: USER_ a geocoder of Esri's, the name of the table a join.
_BEFORE = re.compile(r"^(?:user_|(?:\w+\.)+)(?=\w)", re.IGNORECASE)
_DECIMAL = re.compile(r"[+-]?\d*[.,]\d+")
# Without these there is no inventory: which of two columns is meant must be said.
NEEDED = ("school_id", "level", "latitude", "longitude")


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
    assumed_crs
        Coordinate system of points that name none; None if nothing is assumed.
    notices
        What was read other than as it is written.
    """

    source: str
    cells: Mapping[str, Sequence[Any]]
    where: Sequence[str]
    points: gpd.GeoSeries | None = None
    found: Sequence[tuple[int | None, str]] = ()
    name_length: int | None = None
    assumed_crs: str | None = None
    notices: Sequence[str] = ()


@dataclass(slots=True)
class Faults:
    """Every fault of one table, gathered in one pass and raised as one error."""

    source: str
    where: Sequence[str]
    remedies: list[str] = field(default_factory=list)
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
        rows = [(row, message) for row, message in self._found if row >= 0]
        lines = [message for row, message in self._found if row < 0] + by_kind(
            [(self.where[row], message) for row, message in rows],
            [
                f"{self.where[row]:<{wide_where}}  {shown[row]:<{wide_name}}   {message}"
                for row, message in rows
            ],
            between="   ",
        )
        count = f"{len(self._found):,} fault" + ("s" if len(self._found) > 1 else "")
        fix = "Fix these rows, or map" if at_fault else "Map"
        remedies = [
            f"{fix} other columns with --column NAME=COLUMN "
            "(in Python: columns={'NAME': 'COLUMN'}).",
            *self.remedies,
        ]
        raise SchoolDataError(f"{self.source} has {count}", lines, " ".join(remedies))


@dataclass(slots=True)
class Columns:
    """Where a table keeps our columns.

    Attributes
    ----------
    of
        Our column name -> the table's.
    renamed
        Ours found under a name that is not ours, and that nobody mapped.
    notices
        What was chosen between several columns.
    """

    of: dict[str, str] = field(default_factory=dict)
    renamed: set[str] = field(default_factory=set)
    notices: list[str] = field(default_factory=list)


def located(
    raw: RawTable, columns: Mapping[str, str] | None, faults: Faults, *, projected: bool = False
) -> Columns:
    """Where the table keeps each of our columns.

    A name in `columns` wins, and an empty one means none; otherwise our own name
    is looked for, ignoring case, spaces and punctuation, then the names that
    public lists have for it (`zoning.schools.names`), also with a school year
    behind (``LAT1516``). Two columns for one of ours are a fault where it is
    needed, and a choice with a notice where it is not.

    Parameters
    ----------
    projected
        True if coordinates are not in degrees: then x and y come first.
    """
    mapped = dict(columns or {})
    found = Columns()
    by_plain: dict[str, list[str]] = {}
    for given in raw.cells:
        by_plain.setdefault(plain_name(given), []).append(given)
    for ours in COLUMNS:
        if ours in mapped:
            continue
        names = known.ALSO_CALLED.get(ours, ())
        if projected and ours in known.PROJECTED:
            names = known.PROJECTED[ours]
        else:
            names = (plain_name(ours), *names)
        for wanted in names:
            if matches := _matches(wanted, ours, raw, by_plain):
                found.of[ours] = _chosen(ours, matches, raw, faults, found)
                if plain_name(ours) not in (wanted, plain_name(wanted)):
                    found.renamed.add(ours)
                break
    if "school_id" in found.renamed:
        found.of["school_id"] = _best_id(raw, by_plain) or found.of["school_id"]
    _take_mapped(mapped, raw, faults, found)
    return found


def _take_mapped(mapped: Mapping[str, str], raw: RawTable, faults: Faults, found: Columns) -> None:
    for ours, written in mapped.items():
        if not written and ours in COLUMNS:
            continue  # the planner wants none
        same = [name for name in raw.cells if plain_name(name) == plain_name(written)]
        theirs = same[0] if written not in raw.cells and len(same) == 1 else written
        if ours not in COLUMNS:
            faults.add(
                None,
                f"{ours!r} is not a column that can be mapped"
                f"{_close(ours, COLUMNS)}; these can: {', '.join(COLUMNS)}",
            )
        elif theirs not in raw.cells:
            faults.add(
                None,
                f"no column {theirs!r}, which is mapped to {ours}"
                f"{_close(theirs, raw.cells)}; it has: {_listed(raw.cells) or 'no columns'}",
            )
        else:
            found.of[ours] = theirs


def _matches(wanted: str, ours: str, raw: RawTable, by_plain: Mapping[str, list[str]]) -> list[str]:
    """The columns that have a name, whole, cut by a Shapefile, or with years behind."""
    if wanted == plain_name(ours) and ours in raw.cells:
        return [ours]
    if wanted in by_plain:  # of several years the last
        return sorted(by_plain[wanted], key=lambda name: re.findall(r"\d+", name), reverse=True)
    cut = raw.name_length
    if cut is not None:
        for length in (cut, cut - 1, cut - 2):  # an underscore or two of the name count as well
            for given in by_plain.get(wanted[:length], []) if len(wanted) > length else []:
                if len(given) == cut:
                    return [given]
    # Two digits can be a grade: of places alone they are a year (LATITUDE22).
    short = r"\d{2}|" if ours in ("latitude", "longitude") and len(wanted) > 1 else ""
    years = re.compile(re.escape(wanted) + rf"(?:{short}\d{{4}}|\d{{6}}|\d{{8}})")
    dated = [
        given for plain, names in by_plain.items() if years.fullmatch(plain) for given in names
    ]
    return sorted(dated, key=plain_name, reverse=True)


def _chosen(ours: str, matches: list[str], raw: RawTable, faults: Faults, found: Columns) -> str:
    same = all(raw.cells[name] == raw.cells[matches[0]] for name in matches[1:])
    if len(matches) > 1 and not same:
        how = f"choose with --column {ours}=COLUMN"
        if ours in NEEDED:
            faults.add(
                None,
                f"columns {_listed(matches)} could each be {ours}: "
                f"{how.replace('COLUMN', matches[0])}",
            )
        else:
            found.notices.append(
                f"columns {_listed(matches)} could each be {ours}: {matches[0]} is read; {how}"
            )
    return matches[0]


def _best_id(raw: RawTable, by_plain: Mapping[str, list[str]]) -> str | None:
    """Of the columns that could be ids the first that names every row once."""
    for wanted in known.ALSO_CALLED["school_id"]:
        for given in by_plain.get(wanted, []):
            if names_all(raw.cells[given]):
                return given
    return None


def names_all(cells: Sequence[Any]) -> bool:
    """Whether a column has a text in every row, and each only once."""
    texts = {as_text(cell) for cell in cells}
    return None not in texts and len(texts) == len(cells)


def missing_column(ours: str, raw: RawTable) -> str:
    """Say that a required column is not there, and what is."""
    hint = _close(ours, raw.cells)
    if ours == "school_id" and (unique := _could_be_ids(raw)):
        hint = (
            f"; if it is {_or(unique)}, which differ{'s' * (len(unique) == 1)} in every row, "
            f"say so with --column school_id={_quoted(unique[0])}"
        )
    return f"no column {ours}{hint}; it has: {_listed(raw.cells) or 'no columns'}"


def _could_be_ids(raw: RawTable) -> list[str]:
    """Columns of text or whole numbers that name every row once."""
    return [
        name
        for name, cells in raw.cells.items()
        if names_all(cells)
        and name not in set(COLUMNS) - {"name"}
        and not any(isinstance(cell, float) or _DECIMAL.fullmatch(str(cell)) for cell in cells)
    ]


def unused_columns(raw: RawTable, used: Iterable[str], lacking: Iterable[str]) -> list[str]:
    """Notices of the columns that are not read, those that look like what is lacking first."""
    read = set(used)
    idle_names = {"campusid", *known.ROW_NUMBERS, *known.OF_KML}  # made by us, or by the file
    idle = [
        name
        for name, cells in raw.cells.items()
        if name not in read
        and plain_name(name) not in idle_names
        and any(as_text(cell) is not None for cell in cells if not isinstance(cell, list))
    ]
    told = []
    for ours in lacking:
        words = known.LOOKS_LIKE.get(ours, ())
        like = [
            name
            for name in idle
            if any(word in plain_name(name) for word in words)
            and not any(word in plain_name(name) for word in known.LOOKS_UNLIKE)
        ]
        if like:
            told.append(
                f"no column was taken for {ours}; if it is {_or(like)}, "
                f"say so with --column {ours}={_quoted(like[0])}"
            )
    if idle:
        more = [f"and {len(idle) - COLUMNS_SHOWN} more"] if len(idle) > COLUMNS_SHOWN else []
        told.append(f"columns not used: {_listed([*idle[:COLUMNS_SHOWN], *more])}")
    return told


def _or(names: list[str]) -> str:
    few = [repr(name) for name in names[:3]]
    return few[0] if len(few) == 1 else f"{', '.join(few[:-1])} or {few[-1]}"


def _quoted(name: str) -> str:
    return f"'{name}'" if " " in name else name


def plain_name(name: str) -> str:
    """A column name in small letters and digits alone.

    Without what NCES's table generator puts behind it: ``[Public School] 2022-23``.
    """
    short = _BEHIND.sub(" ", name) if _BEHIND.sub("", name).strip() else name
    short = _BEFORE.sub("", short)
    return re.sub(r"[^a-z0-9]", "", short.casefold())


def _close(name: str, among: Iterable[str]) -> str:
    plain = {plain_name(given): given for given in among}
    near = difflib.get_close_matches(plain_name(name), plain, n=2, cutoff=0.6)
    others = [repr(plain[n]) for n in near if plain[n] != name]
    return f" (did you mean {' or '.join(others)}?)" if others else ""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(str(name) for name in names)


def _shown(name: str | None) -> str:
    if name is None:
        return "(no name)"
    text = "".join(c if c.isprintable() else " " for c in name)
    return text if len(text) <= LONGEST_SHOWN_NAME else f"{text[: LONGEST_SHOWN_NAME - 1]}…"
