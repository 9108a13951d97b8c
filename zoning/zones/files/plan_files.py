"""Read and write plans: CSV for a spreadsheet, GeoJSON and GeoPackage for a GIS."""

from __future__ import annotations

import difflib
import json
import sqlite3
import warnings
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from zoning.errors import DistrictNotice, OutputError, PlanError, first_few, group_by_kind, typed
from zoning.files import refuse_to_replace, write_whole
from zoning.geotables import GeoTable
from zoning.schools import buildings, high_school_ids
from zoning.schools.buildings import HIGH_LEVELS
from zoning.schools.cells import as_id, guarded
from zoning.schools.places import earth_metres
from zoning.schools.school_names import SchoolWords, plain
from zoning.units import counted
from zoning.zones.files.plan_tables import (
    COLUMNS,
    LAYER,
    has_areas,
    id_fault,
    looks_like_date,
    read_table,
)
from zoning.zones.plan import OFFICERS, Zone, ZoneKind, ZonePlan, find_alike, text_fault

# Seven digits: a ten-millionth of a degree is about 1 cm.
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
    """Read and check a plan from a file: one row a building, or one polygon a zone.

    The ending says the format, one of those of `read_schools`: ``.csv`` (comma,
    semicolon or tab), ``.xlsx``, ``.ods``, ``.geojson``, ``.gpkg``, ``.shp``,
    ``.zip`` and more. Of several layers the one called ``zone_plan`` is read, of
    several sheets the one with the columns of a plan.

    *Rows or points*, one a building: ``building_id`` (also called building,
    campus_id, school_id, or school, school_name, name), ``zone_id`` (zone, zone_name), and
    optional ``high_school_id`` (high_school), ``kind`` (``patrol``, which blank means, or
    ``dedicated``) and ``zone_officers`` (of a dedicated zone, 1 if blank). Names are found
    whatever their case, blanks and punctuation, and in a Shapefile cut at ten letters. With
    ``schools``, an id may be that of any school on a campus; all rows of a campus must
    agree. A point is only used as a check: more than 1 km from its building is a fault.
    If there is a ``zone_name`` beside ``zone_id``, zones are called by it where it is not
    blank, and a `DistrictNotice` says so.

    *Polygons*, one a zone, as drawn in a GIS: ``zone_id`` and the same optional
    columns. A zone's buildings are those that lie in it; a building on the border
    of two zones is a fault. Where there are no buildings, polygons may overlap or
    leave gaps. Virtual schools have no building.

    Ids are text: leading zeros are kept, blanks around them are not, ``12.0`` is
    12. With ``schools``, a building or high school may also be given by its
    name, if no other has it, or by an id that has lost its leading zeros in a
    spreadsheet, if that is unambiguous; a `DistrictNotice` reports it. A CSV may
    have commas, semicolons or tabs, and be as Excel saves it. Other coordinate
    systems are converted to EPSG:4326; if none is named, coordinates that could
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
        buildings of ``schools``; any buildings without them.
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
    return build_plan(read_table(Path(path), sheet=sheet), Known.of(schools, building_ids))


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
    ``zone_id``, ``high_school_id``, ``kind``, if a zone has several officers their number,
    ``zone_officers``, and with schools the building's ``name``. The same plan gives the same
    bytes. In a CSV, an apostrophe is put before text that a spreadsheet would run as a formula;
    `read_plan` removes it.

    Parameters
    ----------
    path
        Ending in ``.csv``, ``.geojson`` or ``.gpkg`` (layer ``zone_plan``). The
        last two hold one point a building, EPSG:4326.
    schools
        Locations and names of the buildings; optional for CSV only.
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
        ".csv": _encode_csv,
        ".geojson": _encode_geojson,
        ".gpkg": _encode_geopackage,
    }
    writer = writers.get(target.suffix.lower())
    if writer is None:
        raise PlanError(
            f"{target}: a plan cannot be written to a file ending in "
            f"{target.suffix or 'nothing'!r}",
            remedy=f"Choose one of {', '.join(writers)}.",
        )
    if schools is None and writer is not _encode_csv:
        raise PlanError(
            f"{target} needs to know where the buildings are",
            remedy="Give the schools: write_plan(plan, path, schools=schools).",
        )
    _check_ids(plan)
    rows = _make_rows(plan, schools)
    refuse_to_replace(target, replace=force)
    if not target.parent.is_dir():
        raise OutputError(f"{target} cannot be written: there is no folder {target.parent}")
    return write_whole(target, writer(rows), replace=force)


def plan_csv(plan: ZonePlan, *, schools: gpd.GeoDataFrame | None = None) -> bytes:
    """Make the bytes of the CSV file that `write_plan` writes; its `PlanError`."""
    _check_ids(plan)
    return _encode_csv(_make_rows(plan, schools))


def _check_ids(plan: ZonePlan) -> None:
    ids = [
        *(("zone_id", zone.zone_id) for zone in plan.zones),
        *(("building_id", b) for zone in plan.zones for b in zone.building_ids),
        *(("high_school_id", i) for zone in plan.zones if (i := zone.high_school_id) is not None),
    ]
    faults = [
        f"{name} {text!r}: {why}"
        for name, text in dict.fromkeys(ids)
        if (why := text_fault(text) or id_fault(text)) is not None
    ]
    faults += find_alike(zone.zone_id for zone in plan.zones)
    if not plan.zones:
        faults.append("it has no zone")
    if faults:
        raise PlanError("the plan would change when it is read back", faults, "Rename these first.")


def _make_rows(plan: ZonePlan, schools: gpd.GeoDataFrame | None) -> pd.DataFrame:
    records = [
        (building, zone.zone_id, zone.high_school_id, str(zone.kind))
        for zone in plan.zones
        for building in zone.building_ids
    ]
    frame = pd.DataFrame(records, columns=list(COLUMNS), dtype="str")
    officers = {zone.zone_id: str(zone.officers) for zone in plan.zones}
    if set(officers.values()) - {"1"}:
        frame[OFFICERS] = frame["zone_id"].map(officers)
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


def _encode_csv(rows: pd.DataFrame) -> bytes:
    table = pd.DataFrame(rows.drop(columns="geometry", errors="ignore"))
    lines = [list(table.columns), *table.itertuples(index=False, name=None)]
    return "".join(
        ",".join(_encode_cell(value) for value in line) + "\n" for line in lines
    ).encode()


def _encode_cell(value: Any) -> str:
    text = "" if pd.isna(value) else guarded(value)
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',;\t"\r\n') else text


def _encode_geojson(rows: gpd.GeoDataFrame) -> bytes:
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


def _encode_geopackage(rows: gpd.GeoDataFrame) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "plan.gpkg"
        try:
            rows.to_file(path, layer=LAYER, driver="GPKG", index=False)
            with closing(sqlite3.connect(path)) as database, database:
                # A fixed timestamp, so that the same plan gives the same bytes.
                database.execute("UPDATE gpkg_contents SET last_change = ?", (_NO_DATE,))
        except (sqlite3.Error, pyogrio.errors.DataSourceError) as error:
            raise OutputError(f"the GeoPackage cannot be written: {error}") from error
        return path.read_bytes()


MOVED_M: Final = 1000.0
"""Metres from its building at which a point is a fault. Our choice: no campus is as large."""

K = TypeVar("K")
V = TypeVar("V")

_REMEDY = "Correct these in the file; nothing was read."


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Known:
    """The buildings and schools of the plan's district.

    Attributes
    ----------
    building_of
        Building by its own id and by that of each of its schools; None if the
        schools are not known: then every id is a building's.
    expected
        The buildings the plan must have; None if that is not known.
    places
        Buildings as points in EPSG:4326; None if not known.
    schools
        The inventory; None if not known.
    words
        Ids and names of buildings and high schools; None if nothing is known.
    """

    building_of: Mapping[str, str] | None
    expected: tuple[str, ...] | None
    places: gpd.GeoSeries | None
    schools: gpd.GeoDataFrame | None
    words: SchoolWords | None

    @classmethod
    def of(cls, schools: gpd.GeoDataFrame | None, building_ids: Collection[str] | None) -> Known:
        """Collect the schools, if given, and the buildings that the plan must have.

        Raises
        ------
        PlanError
            If ``building_ids`` are not buildings of the schools.
        """
        if schools is None:
            expected = None if building_ids is None else tuple(dict.fromkeys(building_ids))
            own = None if expected is None else {b: b for b in expected}
            words = None if expected is None else SchoolWords(expected, [None] * len(expected))
            return cls(building_of=own, expected=expected, places=None, schools=None, words=words)
        homes = buildings(schools)
        places = homes.geometry
        expected = tuple(places.index if building_ids is None else dict.fromkeys(building_ids))
        unknown = [b for b in expected if b not in places.index]
        if unknown:
            raise PlanError("building_ids has ids that are not the schools'", first_few(unknown))
        physical = schools[schools["program"] != "virtual"]
        return cls(
            building_of=dict(zip(physical.index, physical["campus_id"], strict=True))
            | {b: b for b in places.index},
            expected=expected,
            places=places,
            schools=schools,
            words=SchoolWords.of(schools),
        )

    def ids_of(self, texts: Sequence[str | None], what: str) -> tuple[list[str | None], list[str]]:
        """Replace names and shortened ids by full ids; return also notices with the counts."""
        found = list(texts)
        how: Counter[str] = Counter()
        for row, text in enumerate(texts):
            if self.words is None or text is None:
                continue
            school, way = self.words.find(text)
            if school is not None and way != "id":
                found[row] = school
                how[way] += 1
        words = {"name": "given by name", "zeros": "without the leading zeros of their ids"}
        return found, [f"{n:,} {what} {words[way]}" for way, n in sorted(how.items())]


@dataclass(slots=True)
class _Faults:
    """Faults by row; the row is None for faults of the whole file, which are listed last."""

    table: GeoTable
    found: list[tuple[int | None, str]] = field(default_factory=list)

    def add(self, row: int | None, message: str) -> None:
        self.found.append((row, message))

    def raise_any(self) -> None:
        if not self.found:
            return
        n = len(self.table.where)
        self.found.sort(key=lambda fault: n if fault[0] is None else fault[0])
        rows = [(self.table.where[row], text) for row, text in self.found if row is not None]
        lines = group_by_kind(rows)
        lines += [text for row, text in self.found if row is None]
        faults = counted(len(self.found), "fault")
        raise PlanError(f"{self.table.source} has {faults}", lines, _REMEDY)


def build_plan(table: GeoTable, known: Known) -> ZonePlan:
    """Check a table and build its plan.

    Raises
    ------
    PlanError
        Listing every fault with its row or feature.
    """
    if has_areas(table) and known.places is None:
        raise PlanError(
            f"{table.source} has polygons, and the locations of buildings are not given",
            remedy="Give the schools: read_plan(path, schools).",
        )
    faults = _Faults(table, list(table.faults))
    texts = _read_texts(table, faults)
    notices = list(table.notices)
    for name, what in (("building_id", "buildings"), ("high_school_id", "high schools")):
        texts[name], replaced = known.ids_of(texts[name], what)
        notices += replaced
    if dates := list(dict.fromkeys(z for z in texts["zone_id"] if z and looks_like_date(z))):
        listed = ", ".join(first_few(dates))
        notices.append(f"zone ids that a spreadsheet may have made dates of: {listed}")
    _check_zone_ids(table, texts["zone_id"], faults)
    zones = _name_zones(table, texts, faults)
    if zones != texts["zone_id"]:
        notices.append("zones are called by their zone_name, not by their zone_id")
    kinds = _read_kinds(texts["kind"], faults)
    officers = _read_officers(texts[OFFICERS], kinds, faults)
    _check_high_schools(table, texts["high_school_id"], known, faults)
    if has_areas(table):
        members = _assign_by_polygons(table, zones, known, faults)
    else:
        _check_same_in_zone(table, zones, "high_school_id", texts["high_school_id"], faults)
        _check_same_in_zone(table, zones, "kind", [str(kind) for kind in kinds], faults)
        _check_same_in_zone(table, zones, OFFICERS, list(map(str, officers)), faults)
        members = _assign_by_rows(table, texts["building_id"], zones, known, faults)
    if known.expected is not None and members is not None:
        homeless = [b for b in known.expected if b not in members]
        if homeless:
            listed = ", ".join(first_few(homeless))
            faults.add(None, f"buildings of the district that are in no zone: {listed}")
    faults.raise_any()
    for notice in notices:
        # stacklevel 3 is the caller of read_plan.
        warnings.warn(f"{Path(table.source).name}: {notice}", DistrictNotice, stacklevel=3)

    rows_of = {zone: k for k, zone in reversed(list(enumerate(zones))) if zone is not None}
    return ZonePlan(
        tuple(
            Zone(
                zone_id=zone,
                building_ids=tuple(sorted(b for b, z in (members or {}).items() if z == zone)),
                high_school_id=texts["high_school_id"][rows_of[zone]],
                kind=kinds[rows_of[zone]],
                officers=officers[rows_of[zone]],
            )
            for zone in dict.fromkeys(z for z in zones if z is not None)
        )
    )


def _read_texts(table: GeoTable, faults: _Faults) -> dict[str, list[str | None]]:
    """Read the cells of every column as text; a faulty cell gives None and a fault."""
    needed = ("zone_id",) if has_areas(table) else ("building_id", "zone_id")
    found: dict[str, list[str | None]] = {}
    for name in (*COLUMNS, OFFICERS, "zone_name"):
        cells = table.cells.get(name)
        if cells is None:
            found[name] = [None] * len(table.where)
            if name in needed:
                has = ", ".join(table.columns) or "no columns"
                faults.add(None, f"there is no column {name}; the file has {has}")
            continue
        wrong = [id_fault(cell) for cell in cells]
        found[name] = [
            None if fault else as_id(cell) for cell, fault in zip(cells, wrong, strict=True)
        ]
        for row, (cell, fault) in enumerate(zip(cells, wrong, strict=True)):
            if fault:
                faults.add(row, f"{name} {fault}")
            elif name in needed and as_id(cell) is None:
                faults.add(row, f"no {name}")
    return found


def _group_rows(keys: Sequence[K | None], values: Sequence[V]) -> dict[K, dict[V, list[int]]]:
    """Group row positions by key and value; skip rows without a key."""
    found: dict[K, dict[V, list[int]]] = {}
    for row, (key, value) in enumerate(zip(keys, values, strict=True)):
        if key is not None:
            found.setdefault(key, {}).setdefault(value, []).append(row)
    return found


def _check_zone_ids(table: GeoTable, zones: Sequence[str | None], faults: _Faults) -> None:
    """Add a fault for a zone that is spelled in two ways or drawn twice."""
    folded = [None if zone is None else " ".join(zone.split()).casefold() for zone in zones]
    cells = [str(cell) for cell in table.cells.get("zone_id", zones)]
    for ways in _group_rows(folded, cells).values():
        if len(ways) > 1:
            listed = " and ".join(
                f"{way!r} ({_list_rows(table, rows)})" for way, rows in ways.items()
            )
            faults.add(None, f"zone ids that differ only by case or blanks: {listed}")
        elif has_areas(table) and len(rows := next(iter(ways.values()))) > 1:
            faults.add(
                None,
                f"zone {next(iter(ways))!r} is drawn more than once ({_list_rows(table, rows)}): "
                "dissolve the areas by zone_id, or rename one",
            )


def _name_zones(
    table: GeoTable, texts: Mapping[str, Sequence[str | None]], faults: _Faults
) -> list[str | None]:
    """Call each zone by the one zone_name that its rows give, if any; else by its id."""
    names: dict[str, str] = {}
    for zone, ways in _group_rows(texts["zone_id"], texts["zone_name"]).items():
        given = {name: rows for name, rows in ways.items() if name is not None}
        if len(given) > 1:
            _check_same_in_zone(table, texts["zone_id"], "zone_name", texts["zone_name"], faults)
            return list(texts["zone_id"])
        names[zone] = next(iter(given), zone)
    for same in _group_rows([plain(name) for name in names.values()], list(names)).values():
        if len(same) > 1 and any(names[zone] != zone for zone in same):
            listed = " and ".join(map(repr, same))
            faults.add(None, f"zones {listed} would both be called {names[next(iter(same))]!r}")
    return [None if zone is None else names[zone] for zone in texts["zone_id"]]


_MAX_DIGITS: Final = 4  # of a number of officers: more is a slip
_READ_KINDS: Final = (ZoneKind.PATROL, ZoneKind.DEDICATED)
"""Zones on call are made by staffing options alone: a file does not say where their officers
wait."""


def _read_officers(
    texts: Sequence[str | None], kinds: Sequence[ZoneKind], faults: _Faults
) -> list[int]:
    """Read how many officers stay at each dedicated zone; blank is one."""
    officers = []
    for row, (text, kind) in enumerate(zip(texts, kinds, strict=True)):
        count = int(text) if text and text.isascii() and text.isdigit() else 0
        if text is None:
            count = 1
        elif count < 1 or len(text) > _MAX_DIGITS:
            faults.add(row, f"{OFFICERS} {text!r} is not a whole number of 1 or more")
            count = 1
        elif count > 1 and kind is not ZoneKind.DEDICATED:
            faults.add(row, f"{OFFICERS} {text!r} is of a patrol zone, which has one officer")
            count = 1
        officers.append(count)
    return officers


def _read_kinds(texts: Sequence[str | None], faults: _Faults) -> list[ZoneKind]:
    kinds = []
    for row, text in enumerate(texts):
        plain = ZoneKind.PATROL if text is None else text.casefold()
        if plain not in _READ_KINDS:
            faults.add(row, f"kind {text!r} is neither {' nor '.join(_READ_KINDS)}")
            plain = ZoneKind.PATROL
        kinds.append(ZoneKind(plain))
    return kinds


def _check_high_schools(
    table: GeoTable, texts: Sequence[str | None], known: Known, faults: _Faults
) -> None:
    if known.schools is None:
        return
    level = known.schools["level"]
    high = {*high_school_ids(known.schools), *level.index[level.isin(HIGH_LEVELS)]}
    others: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        if text is not None and text not in high:
            others.setdefault(text, []).append(row)
    for text, rows in others.items():
        what = f"a school of level {level[text]}" if text in level.index else "no known school"
        faults.add(None, f"high_school_id {text!r} ({_list_rows(table, rows)}) is {what}")


def _check_same_in_zone(
    table: GeoTable,
    zones: Sequence[str | None],
    name: str,
    texts: Sequence[str | None],
    faults: _Faults,
) -> None:
    for zone, ways in _group_rows(zones, texts).items():
        if len(ways) > 1:
            listed = ", ".join(
                f"{text or 'none'} ({_list_rows(table, rows)})" for text, rows in ways.items()
            )
            faults.add(None, f"zone {zone!r} has more than one {name}: {listed}")


def _assign_by_rows(
    table: GeoTable,
    ids: Sequence[str | None],
    zones: Sequence[str | None],
    known: Known,
    faults: _Faults,
) -> dict[str, str | None] | None:
    """Assign the buildings that rows name to zones; None without a column of buildings."""
    if "building_id" not in table.cells:
        return None
    first: dict[str, int] = {}
    named: dict[str, int] = {}
    for row, (given, zone) in enumerate(zip(ids, zones, strict=True)):
        if given is None:
            continue
        if given in named:
            before = named[given]
            faults.add(
                row,
                f"building {given!r} is named again, in {zone!r}: "
                f"{table.where[before]} has it in {zones[before]!r}",
            )
            continue
        named[given] = row
        building = given if known.building_of is None else known.building_of.get(given)
        if building is None or (known.expected is not None and building not in known.expected):
            faults.add(row, _describe_unknown(given, building, known))
            continue
        moved = (
            None
            if table.shapes is None
            else _find_displacement(table.shapes[row], given, building, known)
        )
        if moved is not None:
            faults.add(row, moved)
        other = first.setdefault(building, row)
        if None not in {zone, zones[other]} and zones[other] != zone:
            faults.add(
                row,
                f"{given!r} is in {zone!r}, but {ids[other]!r}, which is on its campus, is in "
                f"{zones[other]!r} ({table.where[other]}): a campus is one building",
            )
    return {building: zones[row] for building, row in first.items()}


def _describe_unknown(given: str, building: str | None, known: Known) -> str:
    if building is not None:
        return f"building {given!r} is not one of building_ids"
    if known.schools is not None and given in known.schools.index:
        return f"{given!r} is a virtual school, which has no building: remove it from the plan"
    if several := known.words.find(given)[1] if known.words is not None else "":
        return f"building {given!r} is the name of {several}: give the id"
    near = difflib.get_close_matches(given, known.building_of or (), n=1, cutoff=0.8)
    maybe = f" (did you mean {near[0]!r}?)" if near else ""
    return f"building {given!r} is not in the district{maybe}"


def _find_displacement(point: Any, given: str, building: str, known: Known) -> str | None:
    """Describe a point that is near neither its building nor the school it names."""
    if point is None or known.places is None or known.schools is None:
        return None
    there = [known.places[building]]
    if given in known.schools.index:
        there.append(known.schools.geometry[given])
    x, y = shapely.get_coordinates([point, *there]).T
    where = earth_metres(y, x)
    metres = float(np.linalg.norm(where[1:] - where[0], axis=1).min())
    if metres <= MOVED_M:
        return None
    return f"the point is {metres / 1000:,.1f} km from building {building!r}"


def _assign_by_polygons(
    table: GeoTable, zones: Sequence[str | None], known: Known, faults: _Faults
) -> dict[str, str | None] | None:
    """Assign buildings to the polygon they lie in; None if a polygon is faulty."""
    if table.shapes is None or known.places is None or known.expected is None:
        return None
    faulty = {row for row, _ in table.faults}
    usable = []
    for row, shape in enumerate(table.shapes):
        if shape is None and row not in faulty:
            faults.add(row, "it has no area")
        elif shape is not None and not shape.is_valid:
            reason = shapely.is_valid_reason(shape)
            faults.add(row, f"the outline crosses or touches itself: {reason}")
        elif shape is not None:
            usable.append(row)
    places = known.places[list(known.expected)].to_numpy()
    area, place = shapely.STRtree(places).query(
        table.shapes.iloc[usable].to_numpy(), predicate="intersects"
    )
    inside: dict[str, list[int]] = {}
    for a, p in sorted(zip(area.tolist(), place.tolist(), strict=True)):
        inside.setdefault(known.expected[p], []).append(usable[a])
    for building, rows in inside.items():
        if len(rows) > 1:
            listed = ", ".join(f"{zones[row]!r} ({table.where[row]})" for row in rows)
            faults.add(None, f"building {building!r} lies in more than one zone: {listed}")
    used = {row for rows in inside.values() for row in rows}
    for row in usable:
        if row not in used and zones[row] is not None:
            faults.add(row, f"there is no building in zone {zones[row]!r}")
    if len(usable) < len(zones):
        return None
    return {building: zones[rows[0]] for building, rows in inside.items()}


def _list_rows(table: GeoTable, rows: Sequence[int]) -> str:
    """List the first few rows for a message, such as ``'rows 2, 5, 9'``."""
    noun = table.where[rows[0]].split()[0] + ("s" if len(rows) > 1 else "")
    return f"{noun} " + ", ".join(first_few([table.where[row].split()[1] for row in rows], most=5))
