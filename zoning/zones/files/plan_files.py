"""Plans as files: CSV for a spreadsheet, GeoJSON and GeoPackage for a GIS."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from zoning.errors import OutputError, PlanError, first_few, typed
from zoning.files import refuse_to_replace, write_whole
from zoning.schools import buildings
from zoning.schools.cells import as_id
from zoning.zones.files.plan_checks import Known, checked_plan
from zoning.zones.files.plan_tables import COLUMNS, LAYER, guarded, id_fault, read_table
from zoning.zones.plan import ZonePlan

# A ten-millionth of a degree is about 1 cm.
_COORDINATE_DIGITS = 7
_NO_DATE = "1970-01-01T00:00:00.000Z"


@typed
def read_plan(
    path: str | Path,
    schools: gpd.GeoDataFrame | None = None,
    *,
    building_ids: Collection[str] | None = None,
    sheet: str | None = None,
) -> ZonePlan:
    """A checked plan from a file: one row a building, or one polygon a zone.

    The ending says the format, one of those of `read_schools`: ``.csv`` (comma,
    semicolon or tab), ``.xlsx``, ``.ods``, ``.geojson``, ``.gpkg``, ``.shp``,
    ``.zip`` and more. Of several layers the one called ``zone_plan`` is read, of
    several sheets the one with the columns of a plan.

    *Rows or points*, one a building: ``building_id`` (also called building,
    campus_id, school_id, or school, school_name, name), ``zone_id`` (zone), and
    optional ``high_school_id`` (high_school) and ``kind`` (``patrol``, which blank means, or
    ``dedicated``). Names are found whatever their case, blanks and punctuation,
    and in a Shapefile cut at ten letters. With ``schools``, an id may be that of
    any school on a campus; all rows of a campus must agree. A point says nothing
    but is checked: more than 1 km from its building is a fault.

    *Polygons*, one a zone, as drawn in a GIS: ``zone_id`` and the same optional
    columns. A zone's buildings are those that lie in it; on the border of two
    is in both, which is a fault. Where there are no buildings, polygons may
    overlap or leave gaps. Virtual schools have no building.

    Ids are text: leading zeros are kept, blanks around them are not, ``12.0`` is
    12. With ``schools``, a building or high school may also be given by its
    name, if no other has it, or by an id that has lost its leading zeros in a
    spreadsheet, if only one can be meant; a `DistrictNotice` says so. A CSV may
    have commas, semicolons or tabs, and be as Excel saves it. Other coordinate
    systems are brought to EPSG:4326; where none is named, coordinates that could
    be degrees are taken for degrees. Zones are in order of first appearance.
    Nothing else is repaired.

    Parameters
    ----------
    path
        The file; read only.
    schools
        From `read_schools`: to know every building, and needed for polygons.
    building_ids
        The buildings the plan must have, no more and no fewer. Default: all
        buildings of ``schools``; anything goes without them.
    sheet
        The sheet of a workbook, which can also stand behind the file:
        ``plan.xlsx#Sheet``.

    Raises
    ------
    PlanError
        If the file cannot be opened as what its ending says, or listing every
        fault in it with its row (line of a CSV, row number of a sheet; the header
        is line 1) or feature (from 1): ids that are missing, unknown, twice or shortened;
        buildings in no zone; a zone spelled in two ways, with two high schools
        or two kinds, drawn twice, invalid or without a building.
    """
    return checked_plan(read_table(Path(path), sheet=sheet), Known.of(schools, building_ids))


@typed
def write_plan(
    plan: ZonePlan,
    path: str | Path,
    *,
    schools: gpd.GeoDataFrame | None = None,
    force: bool = False,
) -> Path:
    """Write a plan so that `read_plan` gives an equal one.

    One row a building, zone by zone in the plan's order: ``building_id``,
    ``zone_id``, ``high_school_id``, ``kind``, and with schools the building's
    ``name``. The same plan gives the same bytes. In a CSV, text that a
    spreadsheet would take for a formula has an apostrophe in front, which
    `read_plan` takes off again.

    Parameters
    ----------
    path
        Ending in ``.csv``, ``.geojson`` or ``.gpkg`` (layer ``zone_plan``). The
        last two hold one point a building, EPSG:4326.
    schools
        Where the buildings are and what they are called; needed but for CSV.
    force
        True to replace a file that is there.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    PlanError
        If the ending is another, the schools are needed and missing or do not
        have a building, or an id would not be read back as it is.
    OutputError
        If a file is there already, or cannot be written; then nothing changed.
    """
    target = Path(path)
    writers: dict[str, Callable[[pd.DataFrame], bytes]] = {
        ".csv": _csv,
        ".geojson": _geojson,
        ".gpkg": _geopackage,
    }
    writer = writers.get(target.suffix.lower())
    if writer is None:
        raise PlanError(
            f"{target}: a plan cannot be written to a file ending in "
            f"{target.suffix or 'nothing'!r}",
            remedy=f"Choose one of {', '.join(writers)}.",
        )
    if schools is None and writer is not _csv:
        raise PlanError(
            f"{target} needs to know where the buildings are",
            remedy="Give the schools: write_plan(plan, path, schools=schools).",
        )
    _check_ids(plan)
    rows = _rows(plan, schools)
    refuse_to_replace(target, replace=force)
    if not target.parent.is_dir():
        raise OutputError(f"{target} cannot be written: there is no folder {target.parent}")
    return write_whole(target, writer(rows), replace=force)


def _check_ids(plan: ZonePlan) -> None:
    ids = [
        *(("zone_id", zone.zone_id) for zone in plan.zones),
        *(("building_id", b) for zone in plan.zones for b in zone.building_ids),
        *(("high_school_id", i) for zone in plan.zones if (i := zone.high_school_id) is not None),
    ]
    faults = [
        f"{name} {text!r}: {why}"
        for name, text in dict.fromkeys(ids)
        if (why := _not_read_back(text)) is not None
    ]
    plain: dict[str, list[str]] = {}
    for zone in plan.zones:
        plain.setdefault(" ".join(zone.zone_id.split()).casefold(), []).append(zone.zone_id)
    faults += [
        f"zone ids differ only by case or blanks: {', '.join(map(repr, same))}"
        for same in plain.values()
        if len(same) > 1
    ]
    if not plan.zones:
        faults.append("it has no zone")
    if faults:
        raise PlanError("the plan would not be read back as it is", faults, "Rename these first.")


def _not_read_back(text: str) -> str | None:
    if not text.strip():
        return "it is blank"
    if text != text.strip():
        return "it has blanks around it"
    if not text.isprintable():
        return "it has characters that cannot be printed"
    if as_id(text) != text:
        return f"it would be read as {as_id(text)}"
    return id_fault(text)


def _rows(plan: ZonePlan, schools: gpd.GeoDataFrame | None) -> pd.DataFrame:
    records = [
        (building, zone.zone_id, zone.high_school_id, str(zone.kind))
        for zone in plan.zones
        for building in zone.building_ids
    ]
    frame = pd.DataFrame(records, columns=list(COLUMNS), dtype="str")
    if schools is None:
        return frame
    known = buildings(schools)
    unknown = [b for b in frame["building_id"] if b not in known.index]
    if unknown:
        raise PlanError("the plan's buildings are not the schools'", first_few(unknown))
    there = known.loc[frame["building_id"]]
    frame = frame.assign(name=there["name"].to_numpy())
    placed: pd.DataFrame = gpd.GeoDataFrame(
        frame, geometry=there.geometry.to_numpy(), crs=known.crs
    )
    return placed


def _csv(rows: pd.DataFrame) -> bytes:
    table = pd.DataFrame(rows.drop(columns="geometry", errors="ignore"))
    lines = [list(table.columns), *table.itertuples(index=False, name=None)]
    return "".join(",".join(_cell(value) for value in line) + "\n" for line in lines).encode()


def _cell(value: Any) -> str:
    text = "" if pd.isna(value) else guarded(value)
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',;\t"\r\n') else text


def _geojson(rows: gpd.GeoDataFrame) -> bytes:
    table = rows.drop(columns="geometry")
    features = [
        {
            "type": "Feature",
            "properties": {
                name: None if pd.isna(value) else value
                for name, value in zip(table.columns, line, strict=True)
            },
            "geometry": {
                "type": "Point",
                "coordinates": [
                    round(point.x, _COORDINATE_DIGITS),
                    round(point.y, _COORDINATE_DIGITS),
                ],
            },
        }
        for line, point in zip(table.itertuples(index=False, name=None), rows.geometry, strict=True)
    ]
    document = {"type": "FeatureCollection", "name": LAYER, "features": features}
    return (json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def _geopackage(rows: gpd.GeoDataFrame) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "plan.gpkg"
        try:
            rows.to_file(path, layer=LAYER, driver="GPKG", index=False)
            with closing(sqlite3.connect(path)) as database, database:
                # The time of writing is no part of a plan, and two files could not be compared.
                database.execute("UPDATE gpkg_contents SET last_change = ?", (_NO_DATE,))
        except (sqlite3.Error, pyogrio.errors.DataSourceError) as error:
            raise OutputError(f"the GeoPackage cannot be written: {error}") from error
        return path.read_bytes()
