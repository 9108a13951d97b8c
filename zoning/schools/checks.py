"""From a table as found to a school inventory, or one error with every fault."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from zoning.errors import DistrictNotice, SchoolDataError
from zoning.inputs import long_cells
from zoning.schools import names as known
from zoning.schools.campuses import campus_ids
from zoning.schools.cells import as_id, as_number, as_text, is_shortened
from zoning.schools.clocks import as_bell_end, as_bell_start
from zoning.schools.columns import (
    COUNTS,
    OPTIONAL_TEXTS,
    PERCENTAGES,
    Faults,
    RawTable,
    located,
    missing_column,
    names_all,
    plain_name,
    unused_columns,
)
from zoning.schools.coordinates import known_system, places
from zoning.schools.feeders import feeders_of
from zoning.schools.levels import (
    LEVELS,
    PROGRAMS,
    Grades,
    as_grades,
    as_program,
    as_span,
    is_level_word,
    left_out_values,
    level_of,
    level_of_grades,
    mapped_levels,
    plain,
    program_of_type,
    share_of_levels,
)
from zoning.schools.places import east_notice, place_faults
from zoning.schools.states import state_faults
from zoning.schools.table import Table, counted_values

CRS = "EPSG:4326"
# A column whose name says little is taken for levels if this part of its values are levels.
_MOSTLY_LEVELS = 0.8
_FULLY_VIRTUAL = ("fullvirtual", "fully virtual", "full virtual", "exclusively virtual", "f")
_CLOSED = re.compile(
    r"(?:\d+ ?- ?)?(?:(?:temporarily |permanently )?closed\b.*|inactive|future|pending|merged"
    r"|not yet open(?:ed)?)"
)


def schools_from_frame(
    frame: pd.DataFrame,
    *,
    columns: Mapping[str, str] | None = None,
    levels: Mapping[str, str] | None = None,
    crs: str | None = None,
    state: str | None = None,
    campus_distance_m: float = 50.0,
) -> gpd.GeoDataFrame:
    """A checked school inventory from a table in memory.

    Reads and checks as `read_schools` does; rows are counted from 1. The table
    is not changed. What this returns can be given to it again.

    Parameters
    ----------
    frame
        A GeoDataFrame of points in any coordinate reference system, or a
        DataFrame with columns ``latitude`` and ``longitude`` in degrees, or in
        the system that ``crs`` names.
    columns
        Our column name -> the table's, where they differ.
    levels, crs, state
        As for `read_schools`.
    campus_distance_m
        Schools within this distance (metres) share a building; default 50.

    Raises
    ------
    SchoolDataError
        Listing every fault.
    """
    if not isinstance(frame, pd.DataFrame):
        raise SchoolDataError(
            f"schools_from_frame takes a DataFrame or a GeoDataFrame, not a {type(frame).__name__}",
            remedy="For a file use read_schools(path).",
        )
    points = None
    if isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name is not None:
        points = frame.geometry.reset_index(drop=True)
        frame = pd.DataFrame(frame.drop(columns=frame.active_geometry_name))
    if frame.index.name is not None and frame.index.name not in frame:
        frame = frame.reset_index()
    names = [str(name) for name in frame.columns]
    cells = {name: frame.iloc[:, k].tolist() for k, name in enumerate(names)}
    raw = RawTable(
        source="the table",
        cells=cells,
        where=[f"row {k + 1}" for k in range(len(frame))],
        points=points,
        found=[
            (None, f"column {name} appears {names.count(name)} times")
            for name in cells
            if names.count(name) > 1
        ],
    )
    return checked(
        raw,
        columns=columns,
        levels=levels,
        crs=crs,
        state=state,
        campus_distance_m=campus_distance_m,
    )


def checked(
    raw: RawTable,
    *,
    columns: Mapping[str, str] | None,
    levels: Mapping[str, str] | None,
    crs: str | None,
    state: str | None,
    campus_distance_m: float,
) -> gpd.GeoDataFrame:
    """The school inventory of a table, or one `SchoolDataError` with every fault.

    What was read other than as it is written is warned of, as `DistrictNotice`.
    """
    raw = _without_closed(_without(raw, left_out_values(levels), columns))
    if not raw.where:
        raise SchoolDataError(f"{raw.source} has no schools", remedy="Give one row a school.")
    faults = Faults(raw.source, raw.where)
    for row, message in raw.found:
        faults.add(row, message)
    system = known_system(crs)
    projected = system is not None and system.is_projected
    table = Table(raw, located(raw, columns, faults, projected=projected), faults)
    used = set(table.columns.of.values())
    for row, message in long_cells({c: raw.cells[c] for c in raw.cells if c in used}):
        faults.add(row, message)
    _doubt(table)

    mapped = {ours for ours, theirs in (columns or {}).items() if theirs}
    by_columns = {"latitude", "longitude"} <= mapped
    latitude, longitude = places(table, by_columns=by_columns, crs=system)
    wrong = place_faults(latitude, longitude)
    if state is not None:
        wrong = state_faults(latitude, longitude, state.upper()) | wrong
    for row, message in wrong.items():
        faults.add(row, message)
    told = [message for message in wrong.values() if "look swapped" in message]
    if told and len(told) == len(raw.where):
        x, y = (table.columns.of.get(ours) for ours in ("longitude", "latitude"))
        faults.remedies.append(
            f"Swap the two with --column latitude={x!r} --column longitude={y!r}."
            if raw.points is None and x and y
            else "Save the points with the longitude first."
        )
    table.notices += east_notice(latitude, longitude, state)

    ids = _ids(table)
    names = table.texts("name", as_text)
    feeders = feeders_of(table, ids, names)
    starts, ends = _bells(table)
    data: dict[str, Any] = {
        "name": [name or i for name, i in zip(names, ids, strict=True)],
        "level": _levels(table, levels),
        "program": _programs(table),
        "address": pd.Series(table.texts("address", as_text, letters=True), dtype=object),
        **{
            column: pd.Series(table.texts(column, as_id), dtype=object)
            for column in OPTIONAL_TEXTS
            if table.has(column)
        },
        "enrollment": table.numbers("enrollment"),
        "feeder_high_school_ids": pd.Series(feeders, dtype=object),
        "bell_start": pd.Series(starts, dtype=object),
        "bell_end": pd.Series(ends, dtype=object),
        **{c: table.numbers(c) for c in COUNTS if c != "enrollment" and table.has(c)},
        **{c: table.numbers(c, most=100.0) for c in PERCENTAGES if table.has(c)},
    }
    faults.raise_any(names)

    schools = gpd.GeoDataFrame(data, geometry=gpd.points_from_xy(longitude, latitude), crs=CRS)
    schools.index = pd.Index(ids, name="school_id", dtype="str")
    campuses = campus_ids(schools, campus_distance_m=campus_distance_m)
    schools.insert(schools.columns.get_loc("geometry"), "campus_id", campuses)
    _warn(table, by_columns=by_columns)
    return schools


def _without(raw: RawTable, values: set[str], columns: Mapping[str, str] | None) -> RawTable:
    """The table without the schools that the planner leaves out by their level."""
    column = located(raw, columns, Faults(raw.source, raw.where)).of.get("level")
    if not values or column is None:
        return raw
    plains = [plain(as_text(cell) or "") for cell in raw.cells[column]]
    keep = [k for k, value in enumerate(plains) if value not in values]
    return _kept(raw, keep, column, "left out by their level: {}")


def _without_closed(raw: RawTable) -> RawTable:
    """The table without the schools that a column says are closed, or not open yet."""
    for column in (name for name in raw.cells if plain_name(name) in known.STATUS):
        texts = [plain(as_text(cell) or "") for cell in raw.cells[column]]
        keep = [k for k, text in enumerate(texts) if not _CLOSED.fullmatch(text)]
        if 2 * len(keep) > len(texts):  # else it says something else
            keeping = f"; to plan for them too, delete column {column}"
            raw = _kept(raw, keep, column, f"left out by their {column}: {{}}{keeping}")
    return raw


def _kept(raw: RawTable, keep: list[int], column: str, told: str) -> RawTable:
    """Some rows of a table, and a notice of the values in a column of the others."""
    new = {old: k for k, old in enumerate(keep)}
    gone = Counter(str(cell) for k, cell in enumerate(raw.cells[column]) if k not in new)
    if not gone:
        return raw
    return replace(
        raw,
        cells={name: [cells[k] for k in keep] for name, cells in raw.cells.items()},
        where=[raw.where[k] for k in keep],
        points=None if raw.points is None else raw.points.iloc[keep].reset_index(drop=True),
        found=[
            (None if row is None else new[row], message)
            for row, message in raw.found
            if row is None or row in new
        ],
        notices=[*raw.notices, told.format(counted_values(gone))],
    )


def _warn(table: Table, *, by_columns: bool) -> None:
    """Warn of what was read other than as it is written, and of what was not read."""
    renamed = [ours for ours in table.columns.of if ours in table.columns.renamed]
    told = [
        f"{theirs} as {ours}"
        for ours in renamed
        if plain_name(theirs := table.columns.of[ours]) not in known.OBVIOUS
    ]
    if told:
        table.notices.append(f"columns read under other names: {', '.join(told)}")
    used = {*table.columns.of.values(), *table.also_read}
    if table.raw.points is not None and not by_columns:
        used |= {n for n in table.raw.cells if plain_name(n) in _COORDINATE_NAMES}
    used |= {n for n in table.raw.cells if plain_name(n) in known.STATUS}
    lacking = [ours for ours in known.LOOKS_LIKE if not table.has(ours)]
    source = Path(table.raw.source).name
    for notice in (*table.notices, *unused_columns(table.raw, used, lacking)):
        # The caller of read_schools or schools_from_frame.
        warnings.warn(f"{source}: {notice}", DistrictNotice, stacklevel=4)


_COORDINATE_NAMES = {
    "latitude",
    "longitude",
    *known.ALSO_CALLED["latitude"],
    *known.ALSO_CALLED["longitude"],
}


def _doubt(table: Table) -> None:
    """Leave out columns that have a name of one of ours, but not what it should hold."""
    table.drop_unreadable("enrollment", as_number)
    table.drop_unreadable("bell_start", as_bell_start)
    table.drop_unreadable("bell_end", as_bell_end)
    if not table.has("school_id"):
        numbers = [
            name
            for name, cells in table.raw.cells.items()
            if plain_name(name) in known.ROW_NUMBERS and names_all(cells)
        ]
        if numbers:
            table.columns.of["school_id"] = numbers[0]
            table.notices.append(
                f"no column of school ids is known, so {numbers[0]} is read as school_id; if it "
                "only numbers the rows, another copy of the file may number them otherwise"
            )


# Field LEVEL of NCES's private school survey, whose ids are PPIN.
_PRIVATE_LEVELS = {"1": "elementary", "2": "secondary", "3": "combined"}
_ONE_ROW = "Keep one row for each school."


def _ids(table: Table) -> list[str | None]:
    ids = table.texts("school_id", as_id, required=True)
    first: dict[str, int] = {}
    for row, i in enumerate(ids):
        if i is None:
            continue
        if is_shortened(i):
            table.faults.add(
                row,
                f"school_id {i!r} was shortened by a spreadsheet: format the column as text "
                "and export it again",
            )
        elif first.setdefault(i, row) != row:
            table.faults.add(row, f"school_id {i!r} also in {table.raw.where[first[i]]}")
            if _ONE_ROW not in table.faults.remedies:
                table.faults.remedies.append(_ONE_ROW)
    return ids


def _levels(table: Table, given: Mapping[str, str] | None) -> list[str | None]:
    """The level of every school, by the word, the code or the grades that it has."""
    mapping, wrong = mapped_levels(given)
    if plain_name(table.columns.of.get("school_id", "")) == "ppin":
        mapping = _PRIVATE_LEVELS | mapping
    for fault in wrong:
        table.faults.add(None, fault)
    spans = _spans(table)
    cells = _level_cells(table, spans)
    if cells is None:
        table.faults.add(None, missing_column("level", table.raw))
        table.faults.remedies.append(
            "The level can be a word, grades such as K-5, or the lowest and the highest grade in "
            "two columns. A list of places alone, such as NCES's EDGE, has none: join it to the "
            "directory by the id."
        )
        return [None] * len(table)
    met = {plain(text) for cell in cells if (text := as_text(cell)) is not None}
    if idle := [value for value in given or () if plain(str(value)) in mapping.keys() - met]:
        table.notices.append(f"levels given for values that no school has: {', '.join(idle)}")
    grades = table.cells("grades")
    levels: list[str | None] = []
    how: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    odd: Counter[str] = Counter()
    for row, (cell, span) in enumerate(zip(cells, spans, strict=True)):
        said = level_of(cell, mapping)
        level = said.level
        is_mapped = (as_text(cell) is not None) and plain(str(as_text(cell))) in mapping
        by_grades = None if span is None else level_of_grades(span)
        extends = level == "elementary" and by_grades == "k-8" and not is_mapped
        if by_grades is not None and (level is None or said.how == "code" or extends):
            if said.how == "unknown":
                odd[repr(as_text(cell))] += 1
            how["grades"] += 1
            level = by_grades
        elif said.how == "code":
            codes[f"{as_text(cell)} as {level}"] += 1
        elif said.how in ("grades", "date"):
            how[said.how] += 1
        elif said.how == "unknown":
            table.faults.add(row, f"level {as_text(cell)!r} is none of {', '.join(LEVELS)}")
        elif level is None:
            table.faults.add(row, _no_level(as_text(cell), as_text(grades[row])))
        levels.append(level)
    if None in levels:
        table.faults.remedies.append(
            "Say what a value of the level column means with --level VALUE=LEVEL "
            "(in Python: levels={'VALUE': 'LEVEL'}); VALUE='leave out' leaves its schools out."
        )
    _tell_levels(table, how, codes, odd)
    return levels


def _no_level(text: str | None, grades: str | None) -> str:
    if text is None:
        return "no level" if grades is None else f"no level: grades {grades!r} tell none"
    others = "no grades tell it" if grades is None else f"grades {grades!r} tell none"
    return f"no level: {text!r} says none, and {others}"


def _tell_levels(table: Table, how: Counter[str], codes: Counter[str], odd: Counter[str]) -> None:
    if how["grades"]:
        table.notices.append(f"level read from the grades of {_schools(how['grades'])}")
    if how["date"]:
        table.notices.append(
            f"grades that a spreadsheet took for dates read back at {_schools(how['date'])} "
            "(8-Jun is 6-8)"
        )
    if codes:
        table.notices.append(
            f"level codes read as NCES has them: {counted_values(codes)}; "
            "for another meaning give --level CODE=LEVEL"
        )
    if odd:
        table.notices.append(f"no level of ours, so the grades decide: {counted_values(odd)}")


def _spans(table: Table) -> list[Grades | None]:
    """Lowest and highest grade of every school, from two columns or from one."""
    both = table.has("grade_low") and table.has("grade_high")
    pairs = zip(table.cells("grade_low"), table.cells("grade_high"), strict=True)
    spans = [as_span(low, high) if both else None for low, high in pairs]
    ones = [as_grades(cell) for cell in table.cells("grades")]
    return [one if span is None else span for span, one in zip(spans, ones, strict=True)]


def _level_cells(table: Table, spans: list[Grades | None]) -> list[Any] | None:
    """The cells that say the level; empty ones if only grades do, None if nothing does."""
    if table.has("level"):
        return table.cells("level")
    for name in table.unread(known.PERHAPS_LEVEL):
        cells = table.raw.cells[name]
        if share_of_levels(cells) >= _MOSTLY_LEVELS:
            table.columns.of["level"] = name
            table.columns.renamed.add("level")
            return list(cells)
    return [None] * len(table) if any(span is not None for span in spans) else None


def _programs(table: Table) -> list[str | None]:
    """The program of every school; by its type, where the table has no programs."""
    if table.has("program"):
        values = table.texts("program", as_program, required=True)
        for row, value in enumerate(values):
            if value is not None and value not in PROGRAMS:
                cell = as_text(table.cells("program")[row])
                table.faults.add(row, f"program {cell!r} is none of {', '.join(PROGRAMS)}")
        words = Counter(
            f"{cell} as {value}"
            for cell, value in zip(map(as_text, table.cells("program")), values, strict=True)
            if cell is not None and value in PROGRAMS and cell.casefold() != value
        )
        if words:
            table.notices.append(f"programs read: {counted_values(words)}")
        if any(value not in PROGRAMS for value in values):
            table.faults.remedies.append(
                "For a neighbourhood school write resides; --column program= reads no programs."
            )
        return values
    programs: list[str | None] = ["resides"] * len(table)
    is_nces = plain_name(table.columns.of.get("school_id", "")).startswith("nces")
    for name in table.unread((*known.PERHAPS_PROGRAM, *known.VIRTUAL)):
        cells = table.raw.cells[name]
        if plain_name(name) in known.VIRTUAL:
            read = ["virtual" if _is_virtual(cell) else None for cell in cells]
        else:
            codes = is_nces or plain_name(name) == "schtype"
            read = [program_of_type(cell, codes=codes) for cell in cells]
        pairs = list(zip(read, programs, strict=True))
        odd = Counter(
            str(cell)
            for cell, program in zip(cells, read, strict=True)
            if program is None and plain_name(name) not in known.VIRTUAL and not is_level_word(cell)
        )
        if 2 * odd.total() > len(table):
            continue  # another kind of type
        table.also_read.append(name)
        found = Counter(p for p, before in pairs if p not in (None, "resides", before))
        if found:
            told = ", ".join(f"{n:,} {program}" for program, n in sorted(found.items()))
            rest = f"; no program of ours, so resides: {counted_values(odd)}" if odd else ""
            table.notices.append(f"program read from {name}: {told}, the others resides{rest}")
        programs = [before if p in (None, "resides") else p for p, before in pairs]
    return programs


def _is_virtual(cell: Any) -> bool:
    text = as_text(cell)
    return text is not None and plain(text) in _FULLY_VIRTUAL


def _bells(table: Table) -> tuple[list[time | None], list[time | None]]:
    starts, ends = table.times("bell_start"), table.times("bell_end")
    for row, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if start is not None and end is not None and end <= start:
            late = end.hour < 12 and end.replace(hour=end.hour + 12) > start
            hint = f"; write {end.hour + 12}:{end:%M} or {end.hour}:{end:%M} PM" if late else ""
            table.faults.add(
                row, f"bell_end {end:%H:%M} is not after bell_start {start:%H:%M}{hint}"
            )
    return starts, ends


def _schools(count: int) -> str:
    return f"{count:,} school" + ("" if count == 1 else "s")
