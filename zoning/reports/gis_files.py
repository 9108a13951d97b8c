"""Write the zones of a comparison for a GIS: GeoJSON, GeoPackage and QGIS styles."""

from __future__ import annotations

import json
import math
import re
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal, NamedTuple

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely
from shapely.geometry.base import BaseGeometry

from zoning.disclosure import PublicOption, PublicView, RestrictedView
from zoning.editions import Edition
from zoning.reports.office_files import xml_text
from zoning.staffing import StaffingComparison
from zoning.zones import ZonePlan, zone_shapes

Layer = Literal["zones", "schools", "outline", "streets"]
LAYERS: Final[tuple[Layer, ...]] = ("zones", "schools", "outline", "streets")

# A millionth of a degree is about 0.1 m.
_COORDINATE_DIGITS = 6
_GEOJSON_COLUMNS = (
    *("option_id", "option", "zone_id", "kind", "high_school_id", "high_school"),
    *("buildings", "label", "colour", "command_area", "command_colour"),
)
# Decimals of shape measures that a drawn area supports; None for a whole number.
_SHAPE_DIGITS = {
    "area_m2": None,
    "parts": None,
    "contiguous": None,
    "polsby_popper": 3,
    "reock": 3,
    "diameter_s": 1,
    "diameter_from": None,
    "diameter_to": None,
}
_GEOMETRY: Final = "geom"  # the name that GDAL gives to the column by default
_NO_DATE: Final = "1980-01-01T00:00:00.000Z"
_LONGEST_NAME = 40  # longest option id in a layer name, so that names stay readable in a list
_TIMESTAMPS: Final = (
    ("gpkg_contents", "last_change"),
    ("gpkg_metadata_reference", "timestamp"),
    ("layer_styles", "update_time"),
)


def zones_geojson(view: PublicView | RestrictedView) -> bytes:
    """Write the zones of all options in one layer, distinguished by ``option_id``.

    RFC 7946: EPSG:4326, outer rings anticlockwise. Zones without area in the
    district have no geometry. Members beside the features say what the areas are,
    and what travel times are an estimate of. A restricted file says so, and has the
    columns of `zoning.zones.zone_shapes` besides.
    """
    document: dict[str, Any] = {"type": "FeatureCollection", "name": "zones"}
    if isinstance(view, RestrictedView):
        document |= {"edition": str(Edition.RESTRICTED), "mark": view.mark}
    public = view.public
    document |= {
        "district": public.district,
        "attribution": public.attribution,
        "meaning": public.meaning,
        "estimate": public.estimate,
        "features": [
            {
                "type": "Feature",
                "properties": {
                    column: row[column]
                    for column in (*_GEOJSON_COLUMNS, *_SHAPE_DIGITS)
                    if column in row
                },
                "geometry": _geometry(area),
            }
            for option in public.options
            for row, area in zip(_zone_rows(view, option), option.zones.geometry, strict=True)
        ],
    }
    return (json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")


def geopackage(view: PublicView | RestrictedView, *, streets: bool = True) -> bytes:
    """Write zones of every option, schools, the district's border and streets as a GeoPackage.

    A layer ``zones_<option_id>`` for each option with zones, and ``schools``,
    ``outline`` and ``streets``; ``read_me`` says where the data come from, what a
    zone's area is and what travel times are an estimate of. ``layer_styles``
    holds the style QGIS opens each layer with. EPSG:4326. The same view gives
    the same bytes, with the same version of GDAL.

    Parameters
    ----------
    view
        A restricted view adds the columns of `zoning.zones.zone_shapes` to the
        zones, ``edition`` to every layer, and its mark to ``read_me`` and to the
        file's metadata.
    streets
        False to leave out the streets.

    Returns
    -------
    bytes
        Of a ``.gpkg`` file.
    """
    public = view.public
    mark = view.mark
    layers = [layer for layer in _layers(view, public) if streets or layer.style != "streets"]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "zoning.gpkg"
        about = _read_me(public, mark)
        pyogrio.write_dataframe(
            about,
            path,
            layer="read_me",
            driver="GPKG",
            dataset_metadata=dict(about.itertuples(index=False, name=None)),
        )
        for name, _, meaning, frame in layers:
            pyogrio.write_dataframe(
                frame if not mark else frame.assign(edition=str(Edition.RESTRICTED)),
                path,
                layer=name,
                driver="GPKG",
                promote_to_multi=not name.startswith("schools"),
                layer_options={"GEOMETRY_NAME": _GEOMETRY, "DESCRIPTION": meaning},
            )
        pyogrio.write_dataframe(
            _style_table(layers),
            path,
            layer="layer_styles",
            driver="GPKG",
            layer_options={"FID": "id"},
        )
        _remove_timestamps(path)
        return _reset_counters(path.read_bytes())


def zone_layers(view: PublicView) -> dict[str, str]:
    """Name the layer of each option with zones, by ``option_id``.

    Letters, digits and underscores; a number is added where two would agree.
    """
    names: dict[str, str] = {}
    for option in view.options:
        if not len(option.zones):
            continue
        names[option.option_id] = _layer_name("zones", option.option_id, names.values())
    return names


def _layer_name(word: str, of: str, taken: Collection[str]) -> str:
    plain = re.sub(r"[^a-z0-9]+", "_", of.casefold()).strip("_")
    name = first = f"{word}_{plain[:_LONGEST_NAME] or 'option'}"
    number = 1
    while name in taken:
        number += 1
        name = f"{first}_{number}"
    return name


def shape_columns(plan: ZonePlan, comparison: StaffingComparison) -> dict[str, dict[str, Any]]:
    """Compactness and drive-time diameter by zone. Restricted: drives between schools."""
    district = comparison.district
    shapes = zone_shapes(
        plan,
        district.schools,
        comparison.emergency_times,
        outline=district.outline,
        network=district.network,
    )
    return {
        str(zone_id): {column: _shape_value(column, row[column]) for column in _SHAPE_DIGITS}
        for zone_id, row in shapes.to_dict("index").items()
    }


def _shape_value(column: str, value: Any) -> str | float | bool | None:
    if pd.isna(value):
        return None
    if column in {"diameter_from", "diameter_to"}:
        return str(value)
    if column == "contiguous":
        return bool(value)
    return round(float(value), _SHAPE_DIGITS[column]) if math.isfinite(value) else None


def _zone_rows(view: PublicView | RestrictedView, option: PublicOption) -> list[dict[str, Any]]:
    """Make one record a zone of an option; a restricted view adds `shape_columns`."""
    shapes: dict[str, dict[str, Any]] = {}
    public = view.public
    if isinstance(view, RestrictedView):
        part = view.comparison.part_of(option.option_id)
        plan = view.comparison.outcome(option.option_id).plan
        shapes = {} if plan is None else shape_columns(plan, part)
    names = public.at(option.option_id).schools["name"]
    return [
        {
            "option_id": option.option_id,
            "option": option.label,
            "zone_id": zone_id,
            "label": zone["label"],
            "kind": zone["kind"],
            "high_school_id": zone["high_school_id"],
            "high_school": zone["high_school"],
            "buildings": len(zone["building_ids"]),
            "schools": "; ".join(names[i] for i in zone["building_ids"]),
            "colour": zone["colour"],
            **{key: zone[key] for key in ("command_area", "command_colour") if key in zone},
            **shapes.get(str(zone_id), {}),
        }
        for zone_id, zone in option.zones.drop(columns="geometry").to_dict("index").items()
    ]


def _geometry(area: BaseGeometry) -> dict[str, Any] | None:
    """Convert one or several polygons to GeoJSON; None if the area is empty."""
    whole = shapely.set_precision(area, 10.0**-_COORDINATE_DIGITS)
    parts = [p for p in shapely.get_parts(whole) if p.geom_type == "Polygon" and not p.is_empty]
    if not parts:
        return None
    oriented = shapely.orient_polygons(shapely.multipolygons(parts) if parts[1:] else parts[0])
    rounded = shapely.transform(oriented, lambda xy: xy.round(_COORDINATE_DIGITS))
    geometry: dict[str, Any] = json.loads(shapely.to_geojson(rounded))
    return geometry


class _GeoPackageLayer(NamedTuple):
    """A layer with geometry: its name, style, description and rows."""

    name: str
    style: Layer
    meaning: str
    frame: gpd.GeoDataFrame


def _layers(view: PublicView | RestrictedView, public: PublicView) -> Iterator[_GeoPackageLayer]:
    """Make the layers, from the lowest on a map to the highest."""
    if public.outline is not None:
        outline = gpd.GeoDataFrame(
            {"district": [xml_text(public.district)]}, geometry=[public.outline], crs=4326
        )
        yield _GeoPackageLayer("outline", "outline", "The district's border", outline)
    if public.streets is not None:
        streets = public.streets.assign(name=_texts(public.streets["name"]))
        yield _GeoPackageLayer("streets", "streets", "Streets of the travel times", streets)
    for option_id, name in zone_layers(public).items():
        option = public.option(option_id)
        rows = [
            {k: xml_text(v) if isinstance(v, str) else v for k, v in row.items()}
            for row in _zone_rows(view, option)
        ]
        areas = [None if area.is_empty else area for area in option.zones.geometry]
        zones = gpd.GeoDataFrame(pd.DataFrame(rows), geometry=areas, crs=4326)
        meaning = f"{xml_text(option.label)}. {xml_text(public.meaning)}"
        yield _GeoPackageLayer(name, "zones", meaning, zones)
    yield _GeoPackageLayer("schools", "schools", "School buildings", _school_layer(public.schools))
    taken = {"schools"}
    for scenario in public.scenarios:
        name = _layer_name("schools", scenario.name, taken)
        taken.add(name)
        yield _GeoPackageLayer(
            name,
            "schools",
            f"School buildings of {xml_text(scenario.name)}",
            _school_layer(scenario.schools),
        )


def _school_layer(schools: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "building_id": _texts(schools.index),
            "name": _texts(schools["name"]),
            "level": _texts(schools["level"]),
            "programs": [xml_text("; ".join(programs)) for programs in schools["programs"]],
            "high_school": schools["high_school"].to_numpy(dtype=bool),
        },
        geometry=schools.geometry.to_numpy(),
        crs=4326,
    )


def _read_me(public: PublicView, mark: str) -> pd.DataFrame:
    rows = [
        ("title", public.title),
        ("district", public.district),
        ("date", "" if public.date is None else public.date.isoformat()),
        ("edition", mark or "public"),
        ("attribution", public.attribution),
        ("estimate", " ".join(public.cautions)),
        ("meaning", public.meaning),
    ]
    return pd.DataFrame([(name, xml_text(text)) for name, text in rows], columns=["item", "text"])


def _style_table(layers: list[_GeoPackageLayer]) -> pd.DataFrame:
    """Make the table ``layer_styles`` of QGIS, with a default style for each layer."""
    return pd.DataFrame(
        {
            "f_table_catalog": "",
            "f_table_schema": "",
            "f_table_name": [layer.name for layer in layers],
            "f_geometry_column": _GEOMETRY,
            "styleName": [layer.name[:30] for layer in layers],  # the width of QGIS' column
            "styleQML": [qgis_style(layer.style) for layer in layers],
            "styleSLD": "",
            "useAsDefault": True,
            "description": "zoning",
            "owner": "",
            "ui": "",
            "update_time": pd.Timestamp(_NO_DATE),
        }
    )


def _texts(values: Any) -> list[str | None]:
    return [None if pd.isna(value) else xml_text(str(value)) for value in values]


def _remove_timestamps(path: Path) -> None:
    """Set every timestamp to a fixed one, so that files of one view are identical."""
    with closing(sqlite3.connect(path)) as database:
        with database:
            for table, column in _TIMESTAMPS:
                database.execute(f"UPDATE {table} SET {column} = ?", (_NO_DATE,))
        database.execute("VACUUM")


def _reset_counters(database: bytes) -> bytes:
    """Reset SQLite's change counters, which grow with the seconds that GDAL takes to write.

    Bytes 24 to 27 count the writes, 92 to 95 repeat the count
    (sqlite.org/fileformat, 1.3).
    """
    once = (1).to_bytes(4, "big")
    return database[:24] + once + database[28:92] + once + database[96:]


def qgis_style(layer: Layer) -> str:
    """Make the style of a layer as QML, the format of QGIS.

    Beside a data file, under the same name with the ending ``.qml``, QGIS takes
    it when the file is opened. The colours and shapes are those of
    `zoning.symbols`: change both.

    ``layer``: ``zones``: colours by the column ``colour`` and labels by ``label``; ``schools``:
    shapes by ``level``, and the names from 1:60,000; ``outline``; ``streets``.

    Raises `ValueError` if there is no such layer.
    """
    if layer not in LAYERS:
        raise ValueError(f"no style for {layer!r}: choose one of {', '.join(LAYERS)}")
    return (files("zoning.reports") / "qgis" / f"{layer}.qml").read_text(encoding="utf-8")
