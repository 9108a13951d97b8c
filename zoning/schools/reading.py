"""Read and check school inventories from files and tables, and list notices about them."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import time
from functools import partial, reduce
from os import PathLike
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from zoning.errors import DistrictNotice, SchoolDataError, first_few
from zoning.geotables import DEGREES, GeoTable, TableUse, read_geotable
from zoning.inputs import CHECK_FILE, MOST_ROWS_TO_CHOOSE_FROM, TOO_DEEP, require_rows
from zoning.schools.buildings import (
    EVENT_COLUMNS,
    EVENT_WORDS,
    buildings,
    campus_ids,
    high_school_ids,
    require_inventory,
    same_address_far_apart,
)
from zoning.schools.cells import (
    as_bell_end,
    as_bell_start,
    as_id,
    as_number,
    as_text,
    is_shortened,
)
from zoning.schools.joining import join_details
from zoning.schools.levels import left_out_values, levels_of, mapped_column, programs_of
from zoning.schools.places import (
    Degrees,
    earth_metres,
    east_notice,
    locate_schools,
    place_faults,
    require_system,
    state_faults,
)
from zoning.schools.school_names import feeders_of
from zoning.schools.selection import (
    RowFilter,
    leave_out_closed,
    leave_out_repeated,
    leave_out_values,
    select_district,
)
from zoning.schools.table import (
    ADD_IDS,
    COUNTS,
    NAMES,
    OPTIONAL_TEXTS,
    PERCENTAGES,
    Table,
    is_unique,
    map_column,
    numbers_rows,
    plain_name,
    recognise,
)
from zoning.units import clock, counted, seconds_of_day
from zoning.workbooks import split_sheet

SCHOOLS_USE: Final = TableUse(
    what="schools",
    error=SchoolDataError,
    one_row="Give one row a school.",
    needs=(("latitude",), ("longitude",), ("level", "grades", "grade_low")),
)

CAMPUS_DISTANCE_M: Final = 50.0
"""A default: the buildings of one campus stand closer, those of two schools seldom do."""


def read_schools(
    path: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    levels: Mapping[str, str] | None = None,
    crs: str | None = None,
    state: str | None = None,
    campus_distance_m: float = CAMPUS_DISTANCE_M,
    sheet: str | None = None,
    where: RowFilter | None = None,
    leave_out: RowFilter | None = None,
    details: Sequence[str | Path] = (),
) -> gpd.GeoDataFrame:
    """Read a school inventory from a file and check it.

    The ending gives the format: ``.csv`` (with latitude and longitude; comma,
    semicolon or tab), ``.xlsx``, ``.xlsm``, ``.xls`` or ``.ods`` (the same in a
    workbook), ``.geojson`` or ``.json`` (also Esri JSON), ``.gpkg``, ``.gdb``,
    ``.shp``, ``.fgb``, ``.kml``, ``.kmz``, ``.parquet``, ``.geoparquet``, or a
    ``.zip`` with one of these in it. Only one layer may hold points. Any
    coordinate reference system is understood. CSV, workbooks and GeoJSON without
    one are in degrees; any other file without one needs ``crs``.

    *Sheets*. Of several sheets the one with the columns of schools is read, and
    a notice names the others; hidden ones only if they are named. Titles above
    the table, sources below it and two rows of names are understood.

    *Columns*. Required: ``school_id``, ``level`` or the grades, and a place. All
    others are optional: a missing ``name`` is the id, a missing ``program`` is
    ``resides``. Columns are found whatever their case, spaces and punctuation,
    and under the names of public lists: NCESSCH, SCH_NAME, LATCOD, GSLO, MEMBER,
    Grade Span and many more (``column_names.toml``); in a Shapefile also cut at
    ten letters. A file without ids is given its row numbers (``fid``,
    ``OBJECTID``). A notice names the columns that are not used.

    *Cells*. Blank cells are missing. So are the marks of public tables in place
    of a number, a time or an id: ``-1``, ``-2``, ``-9``, ``M``, ``N``, ``†``,
    ``‡``, ``–``, ``*``, ``n/a`` and similar; a notice counts them. Ids are text:
    leading zeros are kept, ``275004.0`` is ``275004``. Times are ``7:30``,
    ``2:10 PM``, ``0730``, a date and time, or a part of a day (0.3125); a moment
    in UTC is refused (see `zoning.schools.cells.as_time`).

    *Levels* are elementary, middle, high, k-8, secondary (6-12) and combined
    (K-12): as words (ES, Junior High, Jr/Sr High School), as a span of grades
    (K-5, PK-08, 6-12), or as NCES's codes 1 to 3. Grades, in one column or two,
    give the level where no word does, and make an elementary school that reaches
    grade 8 a k-8 school.

    *Programs* are resides, magnet, alternative and virtual; regular and
    neighborhood mean resides. Without a column of programs the type of school
    (SCH_TYPE) is read, also as words such as Charter, Continuation or Online.

    *Feeders* are ids, or names that only one school has: a list, or text
    separated by ``;``. Schools whose status is closed are left out, with a
    notice.

    Parameters
    ----------
    path
        The file; read only.
    columns
        Our column name -> the file's, where they differ; ``''`` to read none.
        If ``latitude`` and ``longitude`` are mapped, they replace the geometry.
    levels
        Value of the file's level column -> level, for values that are not
        known; or ``'leave out'`` for schools that are not planned for.
    crs
        Coordinate system of x and y, or of a file that names none, for example
        ``'EPSG:2246'``.
    state
        Two letters: places that are not in that state are faults.
    campus_distance_m
        Schools within this distance (metres) share a building; default 50.
        So do schools with one address.
    sheet
        The sheet of a workbook, where it is not found; it can also stand behind
        the file: ``schools.xlsx#Sheet``.
    where
        The district in a list of a state or of the country: column of the file ->
        value, or values, of its rows; ``{'LEAID': '2102990'}``. Of other rows
        nothing is read or checked. Whatever the case, blanks and leading zeros.
    leave_out
        Rows that are not planned for, in the same way:
        ``{'School Type': ['Adult', 'Preschool']}``; ``''`` is an empty cell.
    details
        Files with more columns about the same schools, joined by their ids: NCES
        has the places in EDGE and the grades in the directory.

    Returns
    -------
    GeoDataFrame
        Index ``school_id`` (text, unique), points in EPSG:4326, file order.
        Always: ``name``, ``level``, ``program``, ``address`` (text or None),
        ``enrollment`` (students, NaN unknown), ``feeder_high_school_ids``
        (tuple), ``bell_start`` and ``bell_end`` (`datetime.time` or None),
        ``campus_id``. When the file has them: ``zip``, ``grade_low``,
        ``grade_high`` (text or None), ``behavior_events``,
        ``assault_weapon_events`` (counts), ``pct_*`` (percent of enrolment).

    Raises
    ------
    SchoolDataError
        Listing every fault with its row and name. Rows of a CSV are line
        numbers (the header is line 1), rows of a sheet Excel's own numbers; of
        other files, features from 1.
    """
    if not isinstance(path, str | PathLike):
        raise SchoolDataError(
            f"read_schools takes the path of a file, not a {type(path).__name__}",
            remedy="For a table in memory use schools_from_frame(frame).",
        )
    try:
        return make_inventory(
            open_list(
                path, details, columns=columns, sheet=sheet, choose=bool(where) or bool(details)
            ),
            columns=columns,
            levels=levels,
            crs=crs,
            state=state,
            campus_distance_m=campus_distance_m,
            where=where,
            leave_out=leave_out,
        )
    except RecursionError as error:  # the text of a cell that holds a deeply nested list
        raise SchoolDataError(f"{path} cannot be read", [TOO_DEEP], CHECK_FILE) from error


def open_list(
    path: str | Path,
    details: Sequence[str | Path] = (),
    *,
    columns: Mapping[str, str] | None,
    sheet: str | None,
    choose: bool,
) -> GeoTable:
    """Open a list of schools with its details; larger ones if rows are to be chosen from it."""
    tables = []
    for one in (path, *details):
        file, named = split_sheet(one)
        use = replace(
            SCHOOLS_USE,
            recognise=partial(recognise, mapped=columns),
            sheet=sheet if one is path and sheet is not None else named,
            most_rows=MOST_ROWS_TO_CHOOSE_FROM if choose else None,
        )
        tables.append(read_geotable(file, use))
    return reduce(partial(join_details, id_column=(columns or {}).get("school_id")), tables)


def schools_from_frame(
    frame: pd.DataFrame,
    *,
    columns: Mapping[str, str] | None = None,
    levels: Mapping[str, str] | None = None,
    crs: str | None = None,
    state: str | None = None,
    campus_distance_m: float = CAMPUS_DISTANCE_M,
) -> gpd.GeoDataFrame:
    """Check a table in memory and make a school inventory of it.

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
    return make_inventory(
        GeoTable.of_frame(frame, source="the table", row="row"),
        columns=columns,
        levels=levels,
        crs=crs,
        state=state,
        campus_distance_m=campus_distance_m,
    )


def make_inventory(
    raw: GeoTable,
    *,
    columns: Mapping[str, str] | None,
    levels: Mapping[str, str] | None,
    crs: str | None,
    state: str | None,
    campus_distance_m: float,
    where: RowFilter | None = None,
    leave_out: RowFilter | None = None,
) -> gpd.GeoDataFrame:
    """Make the inventory of a table as `read_schools` does, which has the parameters.

    Whatever was read other than as it is written is a `DistrictNotice`.
    """
    raw = select_district(raw, where or {}, leave_out or {})
    require_rows(len(raw.where), shown=raw.source, error=SchoolDataError)
    raw = leave_out_closed(leave_out_levels(leave_out_repeated(raw), levels, columns))
    if not raw.where:
        raise SchoolDataError(f"{raw.source} has no schools", remedy=SCHOOLS_USE.one_row)
    system = None if crs is None else require_system(crs)
    table = Table(raw, columns, projected=system is not None and system.is_projected)
    faults = table.faults
    drop_doubtful(table)

    mapped = {ours for ours, theirs in (columns or {}).items() if theirs}
    by_columns = {"latitude", "longitude"} <= mapped
    latitude, longitude = locate_schools(table, by_columns=by_columns, crs=system)
    _check_places(table, latitude, longitude, state)

    ids = _read_ids(table)
    names = table.texts("name", as_text)
    feeders = feeders_of(table, ids, names)
    starts, ends = _read_bells(table)
    data: dict[str, Any] = {
        "name": [name or i for name, i in zip(names, ids, strict=True)],
        "level": levels_of(table, levels),
        "program": programs_of(table),
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
        **{c: table.numbers(c, max_value=100.0) for c in PERCENTAGES if table.has(c)},
    }
    faults.raise_any(names)

    schools = gpd.GeoDataFrame(data, geometry=gpd.points_from_xy(longitude, latitude), crs=DEGREES)
    schools.index = pd.Index(ids, name="school_id", dtype="str")
    campuses = campus_ids(schools, campus_distance_m=campus_distance_m)
    schools.insert(schools.columns.get_loc("geometry"), "campus_id", campuses)
    _warn(table, by_columns=by_columns)
    return schools


def leave_out_levels(
    raw: GeoTable, levels: Mapping[str, str] | None, columns: Mapping[str, str] | None
) -> GeoTable:
    """Drop the schools that the planner leaves out by their level."""
    values = left_out_values(levels)
    column = mapped_column(Table(raw, columns)) if values else None
    return raw if column is None else leave_out_values(raw, column, values)


def drop_doubtful(table: Table) -> None:
    """Drop columns that have a name like one of ours but other contents."""
    table.drop_unreadable("enrollment", as_number)
    table.drop_unreadable("bell_start", as_bell_start)
    table.drop_unreadable("bell_end", as_bell_end)
    if not table.has("school_id"):
        numbers = [
            name
            for name, cells in table.raw.cells.items()
            if plain_name(name) in NAMES["row_numbers"] and is_unique(cells)
        ]
        # GeoJSON numbers its features "id", beside an ID that is one.
        numbers.sort(key=lambda name: numbers_rows(table.raw.cells[name]))
        if numbers:
            table.column_of["school_id"] = numbers[0]
            table.notices.append(
                f"no column of school ids is known, so {numbers[0]} is read as school_id; if it "
                "only numbers the rows, another copy of the file may number them otherwise"
            )


def _check_places(table: Table, latitude: Degrees, longitude: Degrees, state: str | None) -> None:
    wrong = place_faults(latitude, longitude)
    if state is not None:
        wrong = state_faults(latitude, longitude, state.upper()) | wrong
    for row, message in wrong.items():
        table.faults.add(row, message)
    swapped = [message for message in wrong.values() if "look swapped" in message]
    if swapped and len(swapped) == len(table):
        x, y = (table.column_of.get(ours) for ours in ("longitude", "latitude"))
        table.faults.remedies.append(
            f"Swap the two: {map_column('latitude', x)}, and {map_column('longitude', y)}."
            if table.raw.shapes is None and x and y
            else "Save the points with the longitude first."
        )
    table.notices += east_notice(latitude, longitude, state)


def _read_ids(table: Table) -> list[str | None]:
    ids = table.texts("school_id", as_id, required=True)
    first: dict[str, int] = {}
    repeated = False
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
            repeated = True
    if repeated:
        parts = columns_that_part(table, ids)
        hint = f", such as those of one {parts[0]} (where under [schools])" if parts else ""
        table.faults.remedies.append(f"Keep one row for each school{hint}.")
        if table.column_of["school_id"] == table.column_of.get("name"):
            table.faults.remedies.append(f"If they are two schools of one name, {ADD_IDS}")
        taken = {table.column_of.get("school_id"), table.column_of.get("name")}
        if not parts and (unique := [c for c in table.unique_columns() if c not in taken]):
            cells = table.raw.cells
            short = min(
                unique, key=lambda c: (numbers_rows(cells[c]), sum(map(len, map(str, cells[c]))))
            )
            table.faults.remedies.append(
                f"If rows are campuses of one school, read {short}, which differs in every row: "
                f"{map_column('school_id', short)}."
            )
    return ids


def columns_that_part(table: Table, ids: Sequence[str | None]) -> list[str]:
    """Find columns, such as a year, of which each value has most ids, and each once."""
    counts = Counter(ids)
    return [
        name
        for name, cells in table.raw.cells.items()
        if len(pairs := {(i, as_text(cell)) for i, cell in zip(ids, cells, strict=True)})
        == len(ids)
        and 1 < len(values := Counter(value for _, value in pairs)) <= max(counts.values())
        and None not in values
        and 2 * min(values.values()) > len(counts) > 1
    ]


def _read_bells(table: Table) -> tuple[list[time | None], list[time | None]]:
    starts, ends = table.times("bell_start"), table.times("bell_end")
    for row, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if start is not None and end is not None and end <= start:
            late = end.hour < 12 and end.replace(hour=end.hour + 12) > start
            hint = f"; write {end.hour + 12}:{end:%M} or {end.hour}:{end:%M} PM" if late else ""
            shown_end, shown_start = clock(seconds_of_day(end)), clock(seconds_of_day(start))
            table.faults.add(
                row, f"bell_end {shown_end} is not after bell_start {shown_start}{hint}"
            )
    return starts, ends


def _warn(table: Table, *, by_columns: bool) -> None:
    """Warn of values that were reinterpreted, and of columns that were not read."""
    renamed = [
        f"{theirs} as {ours}"
        for ours, theirs in table.column_of.items()
        if ours in table.renamed and plain_name(theirs) not in NAMES["obvious"]
    ]
    if renamed:
        table.notices.append(f"columns read under other names: {', '.join(renamed)}")
    understood = {*NAMES["status"]}
    if table.raw.shapes is not None and not by_columns:  # they say where the geometry is
        for ours in ("latitude", "longitude"):
            understood |= {ours, *NAMES["also_called"][ours]}
    used = {name for name in table.raw.cells if plain_name(name) in understood}
    source = Path(table.raw.source).name
    for notice in (*table.notices, *table.notices_of_unused(used)):
        # The caller of read_schools or schools_from_frame.
        warnings.warn(f"{source}: {notice}", DistrictNotice, stacklevel=4)


# A line or two of a terminal.
_MAX_NAMED = 12
# A default: a building this far from the next in a straight line is some 40 minutes' drive away
# (1.3 times the line at 40 km/h, as in the straight-line estimate), too far to answer a call in
# time. A wrong coordinate looks the same.
FAR_M = 20_000.0
_COUNTED = {"enrollment": "enrolment", **EVENT_WORDS}


def notices(schools: gpd.GeoDataFrame) -> list[str]:
    """Write the notices about missing, merged or left-out data, with names.

    Parameters
    ----------
    schools
        From `read_schools`; not changed.
    """
    require_inventory(schools)
    physical = schools[schools["program"] != "virtual"]
    return [
        *_left_out(schools),
        *_merged(schools),
        *_remote(schools),
        *_defaults(schools),
        *_missing_bells(physical),
        *_missing_counts(physical),
        *_missing_feeders(schools),
    ]


def _left_out(schools: gpd.GeoDataFrame) -> Iterable[str]:
    virtual = schools[schools["program"] == "virtual"]
    if len(virtual):
        yield (
            f"{_count(virtual, 'virtual ')} left out, with no building to patrol: {_names(virtual)}"
        )


def _merged(schools: gpd.GeoDataFrame) -> Iterable[str]:
    shared = [
        _join(schools.loc[list(ids), "name"].tolist(), " + ")
        for ids in buildings(schools)["school_ids"]
        if len(ids) > 1
    ]
    if shared:
        yield f"schools that share a campus count as one building: {_join(shared, '; ')}"
    for ids in same_address_far_apart(schools):
        group = schools.loc[ids]
        yield (
            f"{_names(group)} have one address, {group['address'].iloc[0]}, but lie more than "
            "5 km apart: the address is not taken for a campus"
        )


def _remote(schools: gpd.GeoDataFrame) -> Iterable[str]:
    """Name buildings too far from all others to share an officer."""
    places = buildings(schools)
    if len(places) < 2:
        return
    spots = earth_metres(places.geometry.y.to_numpy(), places.geometry.x.to_numpy())
    one, other = cKDTree(spots).query_pairs(FAR_M, output_type="ndarray").T
    near = coo_array((np.ones(len(one)), (one, other)), shape=(len(spots), len(spots)))
    count, group = connected_components(near, directed=False)
    if count == 1:
        return
    most = int(np.bincount(group).argmax())
    found = []
    for k in set(range(count)) - {most}:
        inside, outside = spots[group == k], spots[group != k]
        away = float(cKDTree(outside).query(inside)[0].min())
        names = _join(places["name"][group == k].tolist(), ", ")
        found.append((-away, f"{names} ({away / 1000:,.0f} km)"))
    yield (
        f"far from all other buildings, over {FAR_M / 1000:g} km in a straight line to the next: "
        + _join([text for _, text in sorted(found)], "; ")
    )


def _defaults(schools: gpd.GeoDataFrame) -> Iterable[str]:
    # In a list without ids the names are the ids: a blank stands in a name, not in an id.
    blank = schools.index.str.contains(" ", regex=False)
    nameless = schools[(schools["name"] == schools.index) & ~blank]
    if len(nameless):
        yield f"{_count(nameless)} without a name, shown by id: {_names(nameless)}"
    if (schools["program"] == "resides").all():
        yield (
            "no magnet, alternative or virtual programs: every school counts as a "
            "neighbourhood school"
        )


def _missing_bells(physical: gpd.GeoDataFrame) -> Iterable[str]:
    no_start, no_end = physical["bell_start"].isna(), physical["bell_end"].isna()
    if (no_start & no_end).all():
        yield "no bell times were given: patrols are not timed to the start of school"
        return
    for lacking, what, effect in (
        (no_start & no_end, "bell times", "no patrol is timed to them there"),
        (no_start & ~no_end, "a start bell", "no patrol is timed to it there"),
        (no_end & ~no_start, "an end bell", "the last dismissal is not known there"),
    ):
        few = physical[lacking]
        if len(few):
            yield f"{_count(few)} without {what}, {effect}: {_names(few)}"


def _missing_counts(physical: gpd.GeoDataFrame) -> Iterable[str]:
    if physical["enrollment"].isna().all():
        yield "no enrolment: calls cannot be scaled by students"
    for column in ("enrollment", *(c for c in EVENT_COLUMNS if c in physical)):
        few = physical[physical[column].isna()]
        if 0 < len(few) < len(physical):
            yield f"{_count(few)} without {_COUNTED[column]}: {_names(few)}"
        elif column in EVENT_COLUMNS and len(few):
            yield f"no {_COUNTED[column]}: the column {column} is empty"


def _missing_feeders(schools: gpd.GeoDataFrame) -> Iterable[str]:
    has_feeder = schools["feeder_high_school_ids"].map(bool).astype(bool)
    if not has_feeder.any():
        yield (
            "no feeder high schools: a zone is named after the largest regular high, 6-12 or K-12 "
            "school in it, else the nearest, and nothing is said about alignment"
            if high_school_ids(schools)
            else "no feeder high schools, and no regular high, 6-12 or K-12 school: zones have no "
            "high school"
        )
        return
    few = schools[~has_feeder & (schools["program"] == "resides")]
    if len(few):
        yield f"{_count(few)} with an attendance area but no feeder high school: {_names(few)}"
    named = {i for feeders in schools["feeder_high_school_ids"] for i in feeders}
    not_high = schools[
        schools.index.isin(named) & schools["level"].isin(["elementary", "k-8", "middle"])
    ]
    if len(not_high):
        yield f"{_count(not_high)} named as a feeder high school but not one: {_names(not_high)}"


def _count(schools: gpd.GeoDataFrame, kind: str = "") -> str:
    return counted(len(schools), f"{kind}school")


def _names(schools: gpd.GeoDataFrame) -> str:
    names = [
        name if name == school_id else f"{name} ({school_id})"
        for school_id, name in schools["name"].items()
    ]
    return _join(names, ", ")


def _join(names: list[str], separator: str) -> str:
    return separator.join(first_few(names, _MAX_NAMED))
