"""Add to a list of schools what a second table says of the same ids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import geopandas as gpd

from zoning.errors import SchoolDataError, first_few
from zoning.geotables import GeoTable
from zoning.schools.selection import comparable
from zoning.schools.table import NAMES, plain_name
from zoning.units import counted


def join_details(raw: GeoTable, details: GeoTable, *, id_column: str | None = None) -> GeoTable:
    """Add the columns of a second table, by the school ids that both have.

    NCES, for example, publishes levels and grades in one file and places in
    another. The two columns of ids are those that agree in most rows, whatever
    their names; ``id_column`` is one more that may hold ids, in both tables, such
    as the name in a list without ids. A column that both have stays that of the
    first, and so do its places if it has any. A notice counts the columns.

    Raises
    ------
    SchoolDataError
        If no ids agree, or several rows of the second have one id.
    """
    best: tuple[int, str, str] = (0, "", "")
    for ours in _id_columns(raw, id_column):
        for theirs in _id_columns(details, id_column):
            keys = {comparable(cell) for cell in details.cells[theirs]} - {""}
            shared = sum(comparable(cell) in keys for cell in raw.cells[ours])
            best = max(best, (shared, ours, theirs), key=lambda pair: pair[0])
    count, ours, theirs = best
    if not count:
        raise SchoolDataError(
            f"{details.source} has no school of {raw.source}",
            [_example(raw, id_column), _example(details, id_column)],
            "Both need a column with the same ids.",
        )
    row_of: dict[str, int] = {}
    repeated = []
    wanted = {comparable(cell) for cell in raw.cells[ours]}
    for k, cell in enumerate(details.cells[theirs]):
        key = comparable(cell)
        if key in wanted and row_of.setdefault(key, k) != k:
            repeated.append(
                f"{details.where[k]}   {theirs} {cell} also in {details.where[row_of[key]]}"
            )
    if repeated:
        raise SchoolDataError(
            f"{details.source} says two things of one school",
            first_few(repeated),
            "Keep one row for each school.",
        )
    at = [row_of.get(comparable(cell)) for cell in raw.cells[ours]]
    new = [name for name in details.cells if name not in raw.cells and name != theirs]
    notice = f"{counted(len(new), 'column')} added from {Path(details.source).name}, by {ours}"
    shapes, assumed = raw.shapes, raw.assumed_crs
    if shapes is None and details.shapes is not None:
        given = details.shapes.tolist()
        shapes = gpd.GeoSeries(
            [None if k is None else given[k] for k in at], crs=details.shapes.crs
        )
        assumed = details.assumed_crs
    return replace(
        raw,
        columns=[*raw.columns, *new],
        cells={
            **raw.cells,
            **{name: [None if k is None else details.cells[name][k] for k in at] for name in new},
        },
        shapes=shapes,
        assumed_crs=assumed,
        notices=[*raw.notices, *details.notices, notice],
    )


def _id_columns(raw: GeoTable, id_column: str | None) -> Iterator[str]:
    names = {"schoolid", *NAMES["also_called"]["school_id"], plain_name(id_column or "schoolid")}
    return (name for name in raw.cells if plain_name(name) in names)


def _example(raw: GeoTable, id_column: str | None) -> str:
    columns = list(_id_columns(raw, id_column))
    if not columns:
        return f"{raw.source} has no column of ids: {', '.join(raw.cells)}"
    ids = [f"{name} {next(iter(raw.cells[name]), None)}" for name in columns]
    return f"{raw.source} has {', '.join(ids)}"
