"""Look at a list of schools: how it is read, what is decided by itself, and what it lacks."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from zoning.errors import DistrictNotice, SchoolDataError, first_few
from zoning.geotables import GeoTable
from zoning.schools.buildings import feeders_given, high_school_ids
from zoning.schools.cells import as_bell_end, as_bell_start, as_id, as_text, is_missing
from zoning.schools.districts import Districts, columns_of, district_columns
from zoning.schools.levels import (
    PARTLY_LEVELS,
    as_grades,
    as_span,
    level_in_name,
    level_of,
    levels_of,
    mapped_column,
    programs_of,
)
from zoning.schools.places import STATES, Degrees, locate_schools, require_system
from zoning.schools.reading import (
    CAMPUS_DISTANCE_M,
    columns_that_part,
    drop_doubtful,
    leave_out_levels,
    make_inventory,
    open_list,
)
from zoning.schools.selection import (
    RowFilter,
    comparable,
    leave_out_closed,
    leave_out_repeated,
    select_district,
)
from zoning.schools.systems import find_systems
from zoning.schools.table import NAMES, Table, can_read, is_unique, numbers_rows, plain_name, quote
from zoning.units import counted
from zoning.workbooks import split_sheet

# More schools than this share without a place or a level is a fault of the file, not of its rows:
# a plan of four in five schools is still one that a planner can complete.
_MAX_GAPS_SHARE: Final = 0.2
# So few can be looked at one by one, however small the list.
_MAX_GAPS_ALWAYS: Final = 3
_SHOWN_NAMES: Final = 6
# Words in the name of a school without a building of its own, or behind the doors of another.
_ELSEWHERE: Final = re.compile(
    r"\b(?:virtual|online|cyber|homebound|home instruction|hospital|jail|prison|detention"
    r"|corrections?|correctional|juvenile)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolFileSettings:
    """How a file of schools is read: arguments of `read_schools`."""

    sheet: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    levels: Mapping[str, str] = field(default_factory=dict)
    crs: str | None = None
    state: str | None = None
    where: RowFilter = field(default_factory=dict)
    leave_out: RowFilter = field(default_factory=dict)
    details: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Something that was decided by the look of the file.

    Attributes
    ----------
    setting
        The setting of the reader that it decides: ``where``, ``crs``, ``columns``,
        ``levels``, ``leave_out``, ``state``; '' if none does.
    what
        What was decided and why, without a full stop.
    change
        How to decide otherwise; '' if the file has to be changed.
    """

    setting: str
    what: str
    change: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """Something that the file does not say.

    Attributes
    ----------
    what
        ``'bell times'``.
    cost
        What the planner goes without.
    remedy
        How to add it.
    """

    what: str
    cost: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SchoolFileReport:
    """What a file of schools holds, and how it is read.

    Attributes
    ----------
    path
        The file, without a sheet.
    settings
        The settings with which `read_schools` gives these ``schools``.
    schools
        The inventory.
    row_count
        Rows of the file, of all districts.
    district
        The name of the district, as the file has it; None if it has none.
    decisions
        What was decided without asking, one after another.
    lacking
        What the file does not say, and what that costs.
    notices
        What the reader says of the rows beside that.
    """

    path: Path
    settings: SchoolFileSettings
    schools: gpd.GeoDataFrame = field(repr=False)
    row_count: int
    district: str | None
    decisions: tuple[Decision, ...]
    lacking: tuple[Lacking, ...]
    notices: tuple[str, ...]


def survey_schools(
    path: str | Path,
    *,
    district: str | None = None,
    settings: SchoolFileSettings | None = None,
) -> SchoolFileReport:
    """Look at a list of schools and find the settings to read it with.

    What the file says by itself is found: columns, the district in it, its state,
    the coordinate system of x and y. What is decided is reported, every time. A
    school without a place or a level is left out, by its id, if they are few.

    Parameters
    ----------
    path
        A file of any kind that `read_schools` reads, with any number of districts.
    district
        The name or the id of the district in it.
    settings
        Settings that the planner gives; they are kept as they are.

    Raises
    ------
    SchoolDataError
        If it cannot be told what is meant, with the choices: several districts,
        or several coordinate systems that fit; or if the file has other faults.
    """
    return _Survey(Path(path), settings or SchoolFileSettings()).report(district)


class _Survey:
    """The settings as they are found, one after another."""

    def __init__(self, path: Path, given: SchoolFileSettings) -> None:
        self.path, named = split_sheet(path)
        self.settings = replace(given, sheet=given.sheet or named)
        self.given = given
        self.decisions: list[Decision] = []
        self.district: str | None = None

    def report(self, district: str | None) -> SchoolFileReport:
        asked = self.settings
        raw = open_list(
            self.path, asked.details, columns=asked.columns, sheet=asked.sheet, choose=True
        )
        row_count = len(raw.where)
        self._require_places(raw)
        if raw.sheet is not None and asked.sheet is None:
            others = [n for n in raw.notices if n.startswith("other sheets")]
            self._set(
                "sheet",
                raw.sheet,
                f"sheet {raw.sheet} has the columns of schools; {', '.join(others)}",
                "another sheet behind the # of the file",
            )
        self._find_district(raw, district)
        whole = raw
        raw = select_district(raw, self.settings.where, self.settings.leave_out)
        raw = leave_out_closed(leave_out_repeated(raw))
        raw = self._find_year(raw)
        raw = leave_out_levels(raw, self.settings.levels, self.settings.columns)
        self._find_state(raw)
        self._find_system(raw)
        self._find_columns(raw)
        self._find_bells(raw)
        self._find_gaps(raw)
        schools, heard = self._read(whole)
        self._name_columns(raw)
        self._look_at_kinds(raw, schools)
        lacking = _lacking(schools)
        return SchoolFileReport(
            path=self.path,
            settings=self.settings,
            schools=schools,
            row_count=row_count,
            district=self.district,
            decisions=tuple(self.decisions),
            lacking=tuple(lacking),
            notices=tuple(heard),
        )

    def _set(self, setting: str, value: Any, what: str, change: str = "") -> None:
        self.settings = replace(self.settings, **{setting: value})
        self.decisions.append(Decision(setting=setting, what=what, change=change))

    def _require_places(self, raw: GeoTable) -> None:
        """Raise for a list without places, before anything is asked about it."""
        table = self._table(raw)
        if raw.shapes is None and not (table.has("latitude") and table.has("longitude")):
            latitude, _ = locate_schools(table, by_columns=False, crs=None)
            if np.isnan(latitude).all():  # no text has them either
                levels_of(table, self.settings.levels)
                table.faults.raise_whole()

    # The district

    def _find_district(self, raw: GeoTable, wanted: str | None) -> None:
        by_id, by_name = district_columns(raw)
        column = by_id or by_name
        if self.given.where:
            rows = select_district(raw, self.given.where, {})
            if by_name is not None:
                self.district = _most_frequent(rows.cells[by_name])
            return
        if column is None:
            if wanted is not None:
                raise SchoolDataError(
                    f"{raw.source} does not say of which district its schools are",
                    [f"it has: {', '.join(raw.cells)}"],
                    "Choose rows by a column of the file: --where COLUMN=VALUE.",
                )
            return
        districts = Districts(raw, column, by_name or column)
        try:
            found = districts.only() if wanted is None else districts.named(wanted, raw.source)
        except SchoolDataError as error:
            raise _with_counties(error, raw, wanted) from None
        if found is None:
            raise _with_counties(districts.choice(raw.source), raw, wanted)
        if re.search("[A-Za-z]", name := districts.name(found)):
            self.district = name
        rest = len(raw.where) - districts.count(found)
        if rest:
            value = districts.value(found)
            called = "" if by_name in (None, column) else f", {name}"
            self._set(
                "where",
                {column: value},
                f"{counted(districts.count(found), 'row')} of {len(raw.where):,} are of the "
                f"district {value}{called} (column {column})"
                + ("" if wanted else f"; {counted(rest, 'row')} of others left out"),
                "another value, or several; without the line all rows are read",
            )

    def _find_year(self, raw: GeoTable) -> GeoTable:
        """Take the last of several years, if every school has a row for each."""
        table = self._table(raw)
        ours = "name" if table.column_of.get("school_id") is None else "school_id"
        if not table.has(ours):
            return raw
        parts = columns_that_part(table, table.texts(ours, as_id))
        for column in (name for name in parts if "year" in plain_name(name)):
            values = {comparable(cell): as_id(cell) or "" for cell in raw.cells[column]}
            last = values[max(values)]
            self._set(
                "where",
                {**self.settings.where, column: last},
                f"the list has {len(values)} years, {values[min(values)]} to {last} (column "
                f"{column}); the last is read",
                "another year",
            )
            return select_district(raw, {column: last}, {})
        return raw

    # The state

    def _find_state(self, raw: GeoTable) -> None:
        if self.given.state is not None:
            return
        for name in columns_of(raw, "state"):
            letters = {_state_of(cell) for cell in raw.cells[name] if as_text(cell)}
            if len(letters) == 1 and (state := letters.pop()) is not None:
                self._set("state", state, f"all schools are in {state} (column {name})", _STATE)
                return
        for name in (c for c in raw.cells if plain_name(c) in ("ncessch", "ncesid", "leaid")):
            texts = [as_id(cell) or "" for cell in raw.cells[name]]
            length = 7 if plain_name(name) == "leaid" else 12
            codes = {text.zfill(length)[:2] for text in texts if text.isdigit()}
            states = [letters for letters, about in STATES.items() if {about.fips} == codes]
            if states:
                what = f"all schools are in {states[0]} (NCES's ids in {name})"
                self._set("state", states[0], what, _STATE)
                return

    # The coordinate system

    def _find_system(self, raw: GeoTable) -> None:
        if self.given.crs is not None:
            return
        columns = self.settings.columns
        x, y, where = _projected_places(raw, columns)
        if x is None or y is None:
            return
        state = self.settings.state
        if state is None:
            raise SchoolDataError(
                f"the coordinate system of {where} in {raw.source} is not known",
                [_example(x, y, where)],
                "Name the state, so that systems can be tried: --state KY. Or name the system, "
                "as the GIS shows it for the layer: --crs EPSG:CODE.",
            )
        county = next(
            (
                only
                for name in columns_of(raw, "county")
                if (only := _only_value(raw.cells[name])) is not None
            ),
            None,
        )
        systems = find_systems(x, y, state, county)
        tried = "state plane, UTM, Web Mercator and others of the state, in metres and feet"
        if len(systems) != 1:
            listed = [system.describe() for system in systems]
            raise SchoolDataError(
                f"the coordinate system of {where} in {raw.source} is not known",
                [
                    _example(x, y, where),
                    f"systems that put them into {state}, of {tried}:"
                    if listed
                    else f"no system puts them into {state}, of {tried}",
                    *listed,
                ],
                "Say which it is, by where the schools are: --crs EPSG:CODE."
                if listed
                else "Name the system, as the GIS shows it for the layer: --crs EPSG:CODE.",
            )
        (system,) = systems
        self._set(
            "crs",
            system.code,
            f"{where} are taken for {system.describe()}: the only one of {tried}, that puts them "
            f"into {state}" + (f" and {county}" if county else ""),
            "another system, such as 'EPSG:2246'",
        )

    # Ids and levels that no column of their own has

    def _find_columns(self, raw: GeoTable) -> None:
        table = self._table(raw)
        if not table.has("name"):
            return
        name = table.column_of["name"]
        why = self._why_no_ids(table)
        others = columns_of(raw, "row_numbers")
        unique = [c for c in (name, *others) if why and is_unique(raw.cells[c])]
        if unique:
            self._set(
                "columns",
                {**self.settings.columns, "school_id": unique[0]},
                f"{why}, so {unique[0]}, which differs in every row, is the id",
                "another column for school_id",
            )
        if levels_of(table, self.settings.levels).count(None) < len(table):
            return
        if len(stages := _columns_of_levels(raw, table)) == 1:
            (column, words) = stages[0]
            found = ", ".join(f"{n} {word}" for word, n in words.most_common())
            self._set(
                "columns",
                {**self.settings.columns, "level": column},
                f"no column has the name of one of levels, so the level is read from {column}, "
                f"the only one with nothing but words of levels: {found}",
                "another column for level",
            )
            return
        levels = [level_in_name(cell).level for cell in raw.cells[name]]
        counts = Counter(level for level in levels if level)
        if counts.total() >= PARTLY_LEVELS * len(levels):
            found = ", ".join(f"{n} {level}" for level, n in counts.most_common())
            self._set(
                "columns",
                {**self.settings.columns, "level": name},
                f"there are no levels and no grades, so the level is read from words of {name}: "
                f"{found}",
                "a column of levels or grades for level, or levels of single names in "
                "[schools.levels]",
            )

    def _why_no_ids(self, table: Table) -> str:
        """Why the column of ids is none to keep; '' if it is."""
        column = table.column_of.get("school_id")
        if column is None:
            return "there is no column of ids"
        if column in self.given.columns.values():
            return ""
        cells = table.raw.cells[column]
        if plain_name(column) in NAMES["row_numbers"] and numbers_rows(cells):
            return f"there is no column of ids; {column} only numbers the rows"
        ids = [None if is_missing(cell, letters=False) else as_id(cell) for cell in cells]
        if empty := ids.count(None):
            return f"{column} is empty for {counted(empty, 'school')}"
        counts = Counter(ids)
        repeated = [k for k, i in enumerate(ids) if counts[i] > 1]
        if not repeated or len({_name_and_place(table, k) for k in repeated}) < len(repeated):
            return ""  # of one school at one place, one row is too many
        return f"{counted(len(repeated), 'school')} share an id in {column}"

    # Bells

    def _find_bells(self, raw: GeoTable) -> None:
        """Read no bells from a column that has other text too: which are left is not known."""
        table = self._table(raw)
        for ours in ("bell_start", "bell_end"):
            column = table.column_of.get(ours)
            if column is None or column in self.given.columns.values():
                continue
            read = as_bell_end if ours == "bell_end" else as_bell_start
            cells = [cell for cell in table.known_cells(ours) if as_text(cell) is not None]
            wrong = [cell for cell in cells if not can_read(read, cell)]
            if wrong:
                shown = ", ".join(repr(as_text(cell)) for cell in wrong[:2])
                self._set(
                    "columns",
                    {**self.settings.columns, "bell_start": "", "bell_end": ""},
                    f"no bells are read: {column} of {counted(len(wrong), 'school')} is no time, "
                    f"such as {shown}",
                    f"write 7:30 or 7:30 - 14:10 there, and {column} for bell_start and bell_end",
                )
                return

    # Rows that cannot be planned for

    def _find_gaps(self, raw: GeoTable) -> None:
        """Leave out the rows without an id, a place or a level, if they are few."""
        table = self._table(raw)
        if not table.has("school_id"):
            return
        id_column = table.column_of["school_id"]
        if (
            "school_id" not in self.settings.columns
            and plain_name(id_column) in NAMES["row_numbers"]
            and numbers_rows(raw.cells[id_column])
        ):
            what = (
                f"{id_column} is read as school_id, for want of a better; if it only numbers the "
                "rows, another copy of the file may number them otherwise"
            )
            self.decisions.append(
                Decision(setting="columns", what=what, change="another column for school_id")
            )
        ids = table.texts("school_id", as_id)
        gaps = self._gaps(raw, table, ids)
        count = sum(map(len, gaps.values()))
        if count > max(_MAX_GAPS_ALWAYS, _MAX_GAPS_SHARE * len(ids)) or count == len(ids):
            return  # the reader says what is wrong with the file
        names = [
            name or i or "?" for name, i in zip(table.texts("name", as_text), ids, strict=True)
        ]
        repeated = {i for i, n in Counter(ids).items() if n > 1}
        for (why, column, said), rows in gaps.items():
            if column and rows == _rows_with(raw, column, said):
                key, values = column, [said]
            elif repeated.isdisjoint(found := [ids[k] for k in rows]):
                key, values = id_column, [i or "" for i in found]
            else:
                return
            because = f" ({column} is {said!r})" if column and said else ""
            listed = ", ".join(first_few([names[k] for k in rows], _SHOWN_NAMES))
            self._set(
                "leave_out",
                {**self.settings.leave_out, key: (*self._left_out(key), *values)},
                f"{counted(len(rows), 'school')} left out, without {why}{because}: {listed}",
                "say what the value means in [schools.levels], and take it out of this line"
                if why == "a level" and (said or not column)
                else "write it into the file, and take the value out of this line",
            )

    def _gaps(
        self, raw: GeoTable, table: Table, ids: Sequence[str | None]
    ) -> dict[tuple[str, str, str], list[int]]:
        """Group rows by what they lack, and by the column and value that says so, if one does."""
        placeless = self._placeless(table)
        levels = levels_of(table, self.settings.levels)
        level_column = mapped_column(table) or ""
        if level_column == table.column_of.get("name"):  # each says something else
            level_column = ""
        gaps: dict[tuple[str, str, str], list[int]] = {}
        for k, level in enumerate(levels):
            if ids[k] is None:
                why, column = "an id", table.column_of["school_id"]
            elif placeless[k]:
                why, column = "a place", ""
            elif level is None:
                why, column = "a level", level_column
            else:
                continue
            said = as_text(raw.cells[column][k]) or "" if column else ""
            gaps.setdefault((why, column, said), []).append(k)
        return gaps

    def _left_out(self, column: str) -> tuple[str, ...]:
        values = self.settings.leave_out.get(column, ())
        return (values,) if isinstance(values, str) else tuple(values)

    def _placeless(self, table: Table) -> NDArray[np.bool_]:
        """Which rows have no place, or the zeros that stand for none."""
        crs = None if self.settings.crs is None else require_system(self.settings.crs)
        mapped = {ours for ours, theirs in self.settings.columns.items() if theirs}
        by_columns = {"latitude", "longitude"} <= mapped
        latitude, longitude = locate_schools(table, by_columns=by_columns, crs=crs)
        unknown: NDArray[np.bool_] = ~(np.isfinite(latitude) & np.isfinite(longitude))
        unknown |= (latitude == 0) & (longitude == 0)
        return unknown

    def _table(self, raw: GeoTable) -> Table:
        crs = self.settings.crs
        is_projected = crs is not None and require_system(crs).is_projected
        table = Table(raw, self.settings.columns, projected=is_projected)
        drop_doubtful(table)
        return table

    # The columns

    def _name_columns(self, raw: GeoTable) -> None:
        """Give every column that was found by its name, so that the study says it."""
        chosen = select_district(raw, {}, {})
        table = self._table(chosen)
        levels_of(table, self.settings.levels)
        programs_of(table)
        found = dict(table.column_of)
        if chosen.shapes is not None and not {"latitude", "longitude"} <= set(self.given.columns):
            for ours in ("latitude", "longitude"):  # the geometry says it
                found.pop(ours, None)
        self.settings = replace(self.settings, columns={**found, **self.settings.columns})

    def _look_at_kinds(self, raw: GeoTable, schools: gpd.GeoDataFrame) -> None:
        """Report schools of kinds that a planner may not want."""
        table = self._table(raw)
        pairs = zip(table.cells("grade_low"), table.cells("grade_high"), strict=True)
        spans = [
            as_span(low, high) or as_grades(grades)
            for (low, high), grades in zip(pairs, table.cells("grades"), strict=True)
        ]
        ids = table.texts("school_id", as_id)
        names = schools["name"]
        early = [
            i
            for i, span in zip(ids, spans, strict=True)
            if span == (-1, -1) and i is not None and i in names
        ]
        if early:
            column = table.column_of.get("grade_high") or table.column_of.get("grades") or ""
            value = next(
                as_text(raw.cells[column][k]) for k, s in enumerate(spans) if s == (-1, -1)
            )
            self.decisions.append(
                Decision(
                    setting="leave_out",
                    what=f"{counted(len(early), 'school')} with prekindergarten alone counted as "
                    f"elementary: {_names(names, early)}",
                    change=f"leave_out = {{ {_key(column)} = [{value!r}] }} plans without them",
                )
            )
        for program, how in (
            ("virtual", "left out, with no building to patrol"),
            ("alternative", "planned for like others, without an attendance area"),
        ):
            some = schools.index[schools["program"] == program].tolist()
            if some:
                self.decisions.append(
                    Decision(
                        setting="",
                        what=f"{counted(len(some), f'{program} school')} {how}: "
                        f"{_names(names, some)}",
                        change="" if program == "virtual" else self._without(some),
                    )
                )

        here = schools.index[~schools["program"].isin(["virtual", "alternative"])]
        elsewhere = [i for i in here if _ELSEWHERE.search(names[i])]
        if elsewhere:
            self.decisions.append(
                Decision(
                    setting="",
                    what=f"{counted(len(elsewhere), 'school')} planned for like others, though the "
                    f"name may mean no school building: {_names(names, elsewhere)}",
                    change=self._without(elsewhere),
                )
            )

    def _without(self, ids: Sequence[str]) -> str:
        """How to plan without these schools."""
        listed = ", ".join(first_few([f'"{i}"' for i in ids], _SHOWN_NAMES))
        column = self.settings.columns["school_id"]
        return f"leave_out = {{ {_key(column)} = [{listed}] }} plans without them"

    def _read(self, raw: GeoTable) -> tuple[gpd.GeoDataFrame, list[str]]:
        """Read the schools as the study will; also what the reader says."""
        asked = self.settings
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            schools = make_inventory(
                raw,
                columns=asked.columns,
                levels=asked.levels,
                crs=asked.crs,
                state=asked.state,
                campus_distance_m=CAMPUS_DISTANCE_M,
                where=asked.where,
                leave_out=asked.leave_out,
            )
        heard = [
            str(w.message).partition(": ")[2]
            for w in caught
            if issubclass(w.category, DistrictNotice)
        ]
        # Said by the columns and the decisions.
        return schools, [one for one in heard if not _SAID.search(one)]


_SAID: Final = re.compile(r"^columns read under other names|read: those with|^other sheets of")
_STATE: Final = "another state; without the line places are not checked against one"


def _state_of(cell: Any) -> str | None:
    text = (as_text(cell) or "").strip()
    if text.upper() in STATES:
        return text.upper()
    return next((k for k, s in STATES.items() if s.name.casefold() == text.casefold()), None)


def _only_value(cells: Sequence[Any]) -> str | None:
    values = {comparable(cell): as_text(cell) for cell in cells if as_text(cell)}
    return next(iter(values.values())) if len(values) == 1 else None


def _most_frequent(cells: Sequence[Any]) -> str | None:
    texts = Counter(text for cell in cells if (text := as_text(cell)))
    return texts.most_common(1)[0][0] if texts else None


def _projected_places(
    raw: GeoTable, columns: Mapping[str, str]
) -> tuple[Degrees | None, Degrees | None, str]:
    """Find x and y that are no degrees and whose system the file does not name, and their name."""
    if raw.shapes is not None and not {"latitude", "longitude"} <= set(columns):
        if raw.shapes.crs is not None or raw.assumed_crs is not None:
            return None, None, ""
        points = raw.shapes[raw.shapes.notna()]
        points = points[points.geom_type == "Point"]
        x, y, where = points.x.to_numpy(), points.y.to_numpy(), "the points"
    else:
        table = Table(raw, columns)
        if not (table.has("latitude") and table.has("longitude")):
            return None, None, ""
        x, y = (_numbers(table.cells(ours)) for ours in ("longitude", "latitude"))
        where = " and ".join(table.column_of[ours] for ours in ("longitude", "latitude"))
    there = np.isfinite(x) & np.isfinite(y)
    far = there & ((np.abs(x) > 180) | (np.abs(y) > 180))
    return (x, y, where) if 2 * far.sum() > there.sum() else (None, None, "")


def _numbers(cells: Sequence[Any]) -> Degrees:
    found = np.full(len(cells), np.nan)
    for k, cell in enumerate(cells):
        try:
            found[k] = float(str(cell).replace(",", ""))
        except ValueError:
            continue
    return found


def _example(x: Degrees, y: Degrees, where: str) -> str:
    k = int(np.flatnonzero(np.isfinite(x) & np.isfinite(y))[0])
    return f"{where} are not degrees, for example {x[k]:.10g} and {y[k]:.10g}"


def _with_counties(error: SchoolDataError, raw: GeoTable, wanted: str | None) -> SchoolDataError:
    """Offer the counties too where the districts have no names, only numbers."""
    if district_columns(raw)[1] is not None:
        return error
    for column in columns_of(raw, "county"):
        counts = Counter(text for cell in raw.cells[column] if (text := as_text(cell)))
        words = comparable(wanted).split()
        meant = [county for county in counts if set(comparable(county).split()) <= set(words)]
        if len(counts) > 1 and any(map(str.isalpha, "".join(counts))):
            county = meant[0] if meant else counts.most_common(1)[0][0]
            return SchoolDataError(
                error.headline,
                error.faults,
                f"{error.remedy} The districts have no names here; the rows of a county are read "
                f"with --where {quote(column)}={quote(county)} "
                f"({counted(counts[county], 'school')}).",
            )
    return error


def _columns_of_levels(raw: GeoTable, table: Table) -> list[tuple[str, Counter[str]]]:
    """Find the columns in which every cell is a word of a level; with the words."""
    found = []
    for column, cells in raw.cells.items():
        if column in table.column_of.values():
            continue
        words = Counter(text for cell in cells if (text := as_text(cell)) and len(text) > 1)
        meant = {level_of(word) for word in words}
        if words.total() == len(cells) and len(meant) > 1 and {m.how for m in meant} == {"word"}:
            found.append((column, words))
    return found


def _name_and_place(table: Table, row: int) -> tuple[str, ...]:
    """What tells campuses of one school apart."""
    shapes = table.raw.shapes
    place = "" if shapes is None else str(shapes.iloc[row])
    columns = ("name", "latitude", "longitude", "address")
    return (place, *(comparable(table.cells(ours)[row]) for ours in columns))


def _names(names: Any, ids: Sequence[str]) -> str:
    return ", ".join(first_few([str(names[i]) for i in ids], _SHOWN_NAMES))


def _rows_with(raw: GeoTable, column: str, value: str) -> list[int]:
    wanted = comparable(value)
    return [k for k, cell in enumerate(raw.cells[column]) if comparable(cell) == wanted]


def _key(name: str) -> str:
    return name if re.fullmatch(r"[\w-]+", name, flags=re.ASCII) else f'"{name}"'


def _lacking(schools: gpd.GeoDataFrame) -> list[Lacking]:
    """What the planner goes without, the most important first."""
    found = []
    physical = schools[schools["program"] != "virtual"]
    if (schools["name"] == schools.index).all() and not schools.index.str.contains(
        "[A-Za-z]{2}"
    ).any():
        found.append(
            Lacking(
                what="names",
                cost="schools are shown by their ids",
                remedy="a column name, or the column that has it: name = 'COLUMN' in "
                "[schools.columns]",
            )
        )
    if not feeders_given(schools):
        after = (
            "zones are only named after high schools"
            if high_school_ids(schools)
            else "zones are named by numbers, since there is no regular high school either"
        )
        found.append(
            Lacking(
                what="feeder high schools",
                cost=f"{after}, and no plan keeps schools with the high school they feed",
                remedy="a column feeder_high_school_ids: ids or names, several with ';'",
            )
        )
    if physical["bell_start"].isna().all():
        found.append(
            Lacking(
                what="bell times",
                cost="visits are not timed to the start of school, and how often an officer is "
                "there then is not computed",
                remedy="columns bell_start and bell_end, such as 7:30 and 14:10",
            )
        )
    if physical["enrollment"].isna().all():
        found.append(
            Lacking(
                what="enrolment",
                cost="calls are shared equally among the schools, large and small",
                remedy="a column enrollment: students",
            )
        )
    if (schools["program"] == "resides").all():
        found.append(
            Lacking(
                what="magnet, alternative and virtual schools",
                cost="every school counts as a neighbourhood school",
                remedy="a column program: resides, magnet, alternative or virtual",
            )
        )
    return found
