"""From a table as found to a school inventory, or one error with every fault."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import time
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from zoning.errors import SchoolDataError
from zoning.schools.campuses import campus_ids
from zoning.schools.columns import (
    COUNTS,
    OPTIONAL_TEXTS,
    PERCENTAGES,
    Faults,
    RawTable,
    located,
    missing_column,
)
from zoning.schools.places import place_faults
from zoning.schools.values import (
    LEVELS,
    PROGRAMS,
    as_id,
    as_ids,
    as_level,
    as_number,
    as_program,
    as_text,
    as_time,
)

CRS = "EPSG:4326"


def schools_from_frame(
    frame: pd.DataFrame,
    *,
    columns: Mapping[str, str] | None = None,
    campus_distance_m: float = 50.0,
) -> gpd.GeoDataFrame:
    """A checked school inventory from a table in memory.

    Reads and checks as `read_schools` does; rows are counted from 1. The table
    is not changed. What this returns can be given to it again.

    Parameters
    ----------
    frame
        A GeoDataFrame of points in any coordinate reference system, or a
        DataFrame with columns ``latitude`` and ``longitude`` in degrees.
    columns
        Our column name -> the table's, where they differ.
    campus_distance_m
        Schools within this distance (metres) share a building; default 50.

    Raises
    ------
    SchoolDataError
        Listing every fault.
    """
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
    return checked(raw, columns=columns, campus_distance_m=campus_distance_m)


def checked(
    raw: RawTable, *, columns: Mapping[str, str] | None, campus_distance_m: float
) -> gpd.GeoDataFrame:
    """The school inventory of a table, or one `SchoolDataError` with every fault."""
    n = len(raw.where)
    if n == 0:
        raise SchoolDataError(f"{raw.source} has no schools", remedy="Give one row a school.")
    faults = Faults(raw.source, raw.where)
    for row, message in raw.found:
        faults.add(row, message)
    table = _Table(raw, located(raw, columns, faults), faults)

    mapped = set(columns or ())
    latitude, longitude = _places(table, by_columns={"latitude", "longitude"} <= mapped)
    for row, message in place_faults(latitude, longitude).items():
        faults.add(row, message)

    ids = table.texts("school_id", as_id, required=True)
    _check_ids(ids, table)
    feeders = [as_ids(value) for value in table.cells("feeder_high_school_ids")]
    if table.has("school_id"):
        known = set(ids)
        for row, named in enumerate(feeders):
            for lost in (i for i in named if i not in known):
                faults.add(
                    row, f"feeder_high_school_ids names {lost!r}, which is not a school here"
                )
    names = table.texts("name", as_text)
    starts, ends = _bells(table)
    data: dict[str, Any] = {
        "name": [name or i for name, i in zip(names, ids, strict=True)],
        "level": table.choices("level", as_level, LEVELS, default=None),
        "program": table.choices("program", as_program, PROGRAMS, default="resides"),
        "address": pd.Series(table.texts("address", as_text), dtype=object),
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
    return schools


class _Table:
    """Columns under our names; whatever cannot be read becomes a fault."""

    def __init__(self, raw: RawTable, column_of: Mapping[str, str], faults: Faults) -> None:
        self.raw = raw
        self.faults = faults
        self._column_of = column_of

    def has(self, ours: str) -> bool:
        return ours in self._column_of

    def cells(self, ours: str) -> list[Any]:
        if not self.has(ours):
            return [None] * len(self.raw.where)
        return list(self.raw.cells[self._column_of[ours]])

    def texts(
        self, ours: str, read: Callable[[Any], str | None], *, required: bool = False
    ) -> list[str | None]:
        values = [read(cell) for cell in self.cells(ours)]
        if required and not self.has(ours):
            self.faults.add(None, missing_column(ours, self.raw))
        elif required:
            for row in (row for row, value in enumerate(values) if value is None):
                self.faults.add(row, f"no {ours}")
        return values

    def choices(
        self,
        ours: str,
        read: Callable[[Any], str | None],
        known: tuple[str, ...],
        *,
        default: str | None,
    ) -> list[str | None]:
        if default is not None and not self.has(ours):
            return [default] * len(self.raw.where)
        values = self.texts(ours, read, required=True)
        cells = self.cells(ours)
        for row, value in enumerate(values):
            if value is not None and value not in known:
                self.faults.add(
                    row, f"{ours} {as_text(cells[row])!r} is none of {', '.join(known)}"
                )
        return values

    def numbers(
        self, ours: str, *, least: float = 0.0, most: float = math.inf
    ) -> NDArray[np.float64]:
        values = np.full(len(self.raw.where), np.nan)
        for row, cell in enumerate(self.cells(ours)):
            try:
                values[row] = as_number(cell)
            except ValueError:
                self.faults.add(row, f"{ours} {as_text(cell)!r} is not a number (empty if unknown)")
                continue
            if values[row] < least:
                self.faults.add(row, f"{ours} {values[row]:g} is less than {least:g}")
            if values[row] > most:
                self.faults.add(row, f"{ours} {values[row]:g} is more than {most:g}")
        return values

    def times(self, ours: str) -> Iterator[time | None]:
        for row, cell in enumerate(self.cells(ours)):
            try:
                yield as_time(cell)
            except ValueError:
                self.faults.add(row, f"{ours} {as_text(cell)!r} is not a time (write 07:30)")
                yield None


def _check_ids(ids: list[str | None], table: _Table) -> None:
    first: dict[str, int] = {}
    for row, i in enumerate(ids):
        if i is not None and first.setdefault(i, row) != row:
            table.faults.add(row, f"school_id {i!r} also in {table.raw.where[first[i]]}")


def _bells(table: _Table) -> tuple[list[time | None], list[time | None]]:
    starts, ends = list(table.times("bell_start")), list(table.times("bell_end"))
    for row, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if start is not None and end is not None and end <= start:
            table.faults.add(row, f"bell_end {end:%H:%M} is not after bell_start {start:%H:%M}")
    return starts, ends


def _places(table: _Table, *, by_columns: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Latitude and longitude in degrees, NaN where a fault has been recorded."""
    if table.raw.points is not None and not by_columns:
        return _places_of_points(table.raw.points, table)
    unknown = np.full(len(table.raw.where), np.nan)
    lacking = [c for c in ("latitude", "longitude") if not table.has(c)]
    for ours in lacking:
        table.faults.add(None, missing_column(ours, table.raw))
    if lacking:
        return unknown, unknown
    degrees = {}
    for ours in ("latitude", "longitude"):
        degrees[ours] = table.numbers(ours, least=-math.inf)
    empty = {ours: [as_text(cell) is None for cell in table.cells(ours)] for ours in degrees}
    for row in range(len(table.raw.where)):
        gone = [f"no {ours}" for ours in degrees if empty[ours][row]]
        if gone:
            table.faults.add(row, ", ".join(gone))
    return degrees["latitude"], degrees["longitude"]


def _places_of_points(
    points: gpd.GeoSeries, table: _Table
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    known = {row for row, _ in table.raw.found if row is not None}
    single = points.copy()
    for row, shape in enumerate(points):
        if shape is None or shape.is_empty or not np.isfinite(shape.bounds).all():
            if row not in known:
                table.faults.add(row, "no geometry")
            single.iloc[row] = None
        elif shape.geom_type == "MultiPoint" and len(shape.geoms) == 1:
            single.iloc[row] = shape.geoms[0]
        elif shape.geom_type != "Point":
            table.faults.add(row, f"geometry is a {shape.geom_type}, not a point")
            single.iloc[row] = None
    if single.crs is None:
        table.faults.add(
            None,
            "no coordinate reference system, so nobody can tell degrees from feet; "
            "save it with one (for a Shapefile, the .prj file)",
        )
        return np.full(len(points), np.nan), np.full(len(points), np.nan)
    degrees = single.to_crs(CRS)
    return degrees.y.to_numpy(), degrees.x.to_numpy()
