"""Is this table a plan? Every fault in it, in one pass."""

from __future__ import annotations

import difflib
import warnings
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import shapely

from zoning.errors import DistrictNotice, PlanError, first_few, group_by_kind
from zoning.geotables import GeoTable
from zoning.schools import buildings, high_school_ids
from zoning.schools.buildings import HIGH_LEVELS
from zoning.schools.cells import as_id
from zoning.schools.feeders import SchoolWords
from zoning.schools.places import earth_metres
from zoning.units import counted
from zoning.zones.files.plan_tables import COLUMNS, has_areas, id_fault, looks_like_date
from zoning.zones.plan import Zone, ZoneKind, ZonePlan

MOVED_M: Final = 1000.0
"""A point farther than this from its building, in metres, is of another place."""

_REMEDY = "Correct these in the file; nothing was read."


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Known:
    """What is known of the district that the plan is for.

    Attributes
    ----------
    building_of
        Building by id of any of its schools and its own; None if the schools
        are not known, and then every id is a building's.
    expected
        The buildings the plan must have; None if that is not known.
    places
        Buildings as points in EPSG:4326; None if not known.
    schools
        The inventory; None if not known.
    words
        What buildings and high schools may be called; None if nothing is known.
    """

    building_of: Mapping[str, str] | None
    expected: tuple[str, ...] | None
    places: gpd.GeoSeries | None
    schools: gpd.GeoDataFrame | None
    words: SchoolWords | None

    @classmethod
    def of(cls, schools: gpd.GeoDataFrame | None, building_ids: Collection[str] | None) -> Known:
        """Put together what is given.

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
            words=SchoolWords([*schools.index, *homes.index], [*schools["name"], *homes["name"]]),
        )

    def ids_of(self, texts: Sequence[str | None], what: str) -> tuple[list[str | None], list[str]]:
        """The ids that texts mean, where they are no ids but mean one, and notices of it."""
        found = list(texts)
        how: Counter[str] = Counter()
        for row, text in enumerate(texts):
            if self.words is None or text is None:
                continue
            school, way = self.words.find(text)
            if school is not None and way != "id":
                found[row] = school
                how[way] += 1
        told = {"name": "given by name", "zeros": "without the leading zeros of their ids"}
        return found, [f"{n:,} {what} {told[way]}" for way, n in sorted(how.items())]


@dataclass(slots=True)
class _Faults:
    """What is wrong, by row; None for the file as a whole, which comes last."""

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
        lines = group_by_kind(rows, [f"{where}: {text}" for where, text in rows])
        lines += [text for row, text in self.found if row is None]
        raise PlanError(
            f"{self.table.source} has {counted(len(self.found), 'fault')}", lines, _REMEDY
        )


def checked_plan(table: GeoTable, known: Known) -> ZonePlan:
    """The plan in a table.

    Raises
    ------
    PlanError
        Listing every fault with its row or feature.
    """
    if has_areas(table) and known.places is None:
        raise PlanError(
            f"{table.source} has polygons, and nothing says which buildings lie in them",
            remedy="Give the schools: read_plan(path, schools).",
        )
    faults = _Faults(table, list(table.faults))
    texts = _texts(table, faults)
    notices = list(table.notices)
    for name, what in (("building_id", "buildings"), ("high_school_id", "high schools")):
        texts[name], told = known.ids_of(texts[name], what)
        notices += told
    if dates := list(dict.fromkeys(z for z in texts["zone_id"] if z and looks_like_date(z))):
        listed = ", ".join(first_few(dates))
        notices.append(f"zone ids that a spreadsheet may have made dates of: {listed}")
    zones = texts["zone_id"]
    _check_zone_ids(table, zones, faults)
    kinds = _kinds(texts["kind"], faults)
    _check_high_schools(table, texts["high_school_id"], known, faults)
    if has_areas(table):
        members = _drawn(table, zones, known, faults)
    else:
        _check_same_in_zone(table, zones, "high_school_id", texts["high_school_id"], faults)
        _check_same_in_zone(table, zones, "kind", [str(kind) for kind in kinds], faults)
        members = _listed(table, texts["building_id"], zones, known, faults)
    if known.expected is not None and members is not None:
        homeless = [b for b in known.expected if b not in members]
        if homeless:
            listed = ", ".join(first_few(homeless))
            faults.add(None, f"buildings of the district that are in no zone: {listed}")
    faults.raise_any()
    for notice in notices:
        # The caller of read_plan.
        warnings.warn(f"{Path(table.source).name}: {notice}", DistrictNotice, stacklevel=3)

    rows_of = {zone: k for k, zone in reversed(list(enumerate(zones))) if zone is not None}
    return ZonePlan(
        tuple(
            Zone(
                zone_id=zone,
                building_ids=tuple(sorted(b for b, z in (members or {}).items() if z == zone)),
                high_school_id=texts["high_school_id"][rows_of[zone]],
                kind=kinds[rows_of[zone]],
            )
            for zone in dict.fromkeys(z for z in zones if z is not None)
        )
    )


def _texts(table: GeoTable, faults: _Faults) -> dict[str, list[str | None]]:
    """The cells of every column as text; faulty ones are None and told."""
    needed = ("zone_id",) if has_areas(table) else ("building_id", "zone_id")
    found: dict[str, list[str | None]] = {}
    for name in COLUMNS:
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


def _check_zone_ids(table: GeoTable, zones: Sequence[str | None], faults: _Faults) -> None:
    """No zone is spelled in two ways, and none is drawn twice."""
    spelled: dict[str, dict[str, list[int]]] = {}
    for row, (cell, zone) in enumerate(zip(table.cells.get("zone_id", zones), zones, strict=True)):
        if zone is not None:
            plain = " ".join(zone.split()).casefold()
            spelled.setdefault(plain, {}).setdefault(str(cell), []).append(row)
    for ways in spelled.values():
        if len(ways) > 1:
            listed = " and ".join(f"{way!r} ({_rows(table, rows)})" for way, rows in ways.items())
            faults.add(None, f"zone ids that differ only by case or blanks: {listed}")
        elif has_areas(table) and len(rows := next(iter(ways.values()))) > 1:
            faults.add(
                None,
                f"zone {next(iter(ways))!r} is drawn more than once ({_rows(table, rows)}): "
                "dissolve the areas by zone_id, or rename one",
            )


def _kinds(texts: Sequence[str | None], faults: _Faults) -> list[ZoneKind]:
    kinds = []
    for row, text in enumerate(texts):
        plain = ZoneKind.PATROL if text is None else text.casefold()
        if plain not in set(ZoneKind):
            faults.add(row, f"kind {text!r} is neither {' nor '.join(ZoneKind)}")
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
        faults.add(None, f"high_school_id {text!r} ({_rows(table, rows)}) is {what}")


def _check_same_in_zone(
    table: GeoTable,
    zones: Sequence[str | None],
    name: str,
    texts: Sequence[str | None],
    faults: _Faults,
) -> None:
    found: dict[str, dict[str | None, list[int]]] = {}
    for row, (zone, text) in enumerate(zip(zones, texts, strict=True)):
        if zone is not None:
            found.setdefault(zone, {}).setdefault(text, []).append(row)
    for zone, ways in found.items():
        if len(ways) > 1:
            listed = ", ".join(
                f"{text or 'none'} ({_rows(table, rows)})" for text, rows in ways.items()
            )
            faults.add(None, f"zone {zone!r} has more than one {name}: {listed}")


def _listed(
    table: GeoTable,
    ids: Sequence[str | None],
    zones: Sequence[str | None],
    known: Known,
    faults: _Faults,
) -> dict[str, str | None] | None:
    """The zone of every building that the rows name; None without a column of them."""
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
            faults.add(row, _unknown(given, building, known))
            continue
        moved = None if table.shapes is None else _moved(table.shapes[row], given, building, known)
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


def _unknown(given: str, building: str | None, known: Known) -> str:
    if building is not None:
        return f"building {given!r} is not one of those asked for"
    if known.schools is not None and given in known.schools.index:
        return f"{given!r} is a virtual school, which has no building: remove it from the plan"
    if several := known.words.find(given)[1] if known.words is not None else "":
        return f"building {given!r} is the name of {several}: give the id"
    near = difflib.get_close_matches(given, known.building_of or (), n=1, cutoff=0.8)
    maybe = f" (did you mean {near[0]!r}?)" if near else ""
    return f"building {given!r} is not in the district{maybe}"


def _moved(point: Any, given: str, building: str, known: Known) -> str | None:
    """Say so if a point is neither near its building nor near the school it names."""
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


def _drawn(
    table: GeoTable, zones: Sequence[str | None], known: Known, faults: _Faults
) -> dict[str, str | None] | None:
    """The zone of every building by the polygon it lies in; None if that cannot be told."""
    if table.shapes is None or known.places is None or known.expected is None:
        return None
    told = {row for row, _ in table.faults}
    usable = []
    for row, shape in enumerate(table.shapes):
        if shape is None and row not in told:
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


def _rows(table: GeoTable, rows: Sequence[int]) -> str:
    """Rows for a message: 'rows 2, 5, 9', the first few of them."""
    noun = table.where[rows[0]].split()[0] + ("s" if len(rows) > 1 else "")
    return f"{noun} " + ", ".join(first_few([table.where[row].split()[1] for row in rows], most=5))
