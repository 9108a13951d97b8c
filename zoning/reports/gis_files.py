"""A comparison as a GeoPackage: layers that QGIS shows in our colours as it opens them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import pyogrio

from zoning.disclosure import PublicOption, PublicView, RestrictedView
from zoning.editions import Edition
from zoning.reports.areas import shape_columns
from zoning.reports.office_files import xml_text
from zoning.reports.qgis_style import Layer, qgis_style

_GEOMETRY: Final = "geom"
_NO_DATE: Final = "1980-01-01T00:00:00.000Z"
_LONGEST_NAME = 40
_TIMES: Final = (
    ("gpkg_contents", "last_change"),
    ("gpkg_metadata_reference", "timestamp"),
    ("layer_styles", "update_time"),
)


def geopackage(view: PublicView | RestrictedView, *, streets: bool = True) -> bytes:
    """Zones of every option, schools, the district's border and streets as a GeoPackage.

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
    public = view.public if isinstance(view, RestrictedView) else view
    mark = view.mark if isinstance(view, RestrictedView) else ""
    layers = [layer for layer in _layers(view, public) if streets or layer[0] != "streets"]
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
                promote_to_multi=name != "schools",
                layer_options={"GEOMETRY_NAME": _GEOMETRY, "DESCRIPTION": meaning},
            )
        styles = _styles([(name, kind) for name, kind, _, _ in layers])
        pyogrio.write_dataframe(
            styles, path, layer="layer_styles", driver="GPKG", layer_options={"FID": "id"}
        )
        _forget_times(path)
        return _without_counters(path.read_bytes())


def zone_layers(view: PublicView) -> dict[str, str]:
    """The name of the layer of each option with zones, by ``option_id``.

    Letters, digits and underscores; a number is added where two would agree.
    """
    names: dict[str, str] = {}
    for option in view.options:
        if not len(option.zones):
            continue
        plain = re.sub(r"[^a-z0-9]+", "_", option.option_id.casefold()).strip("_")
        name = first = f"zones_{plain[:_LONGEST_NAME] or 'option'}"
        number = 1
        while name in names.values():
            number += 1
            name = f"{first}_{number}"
        names[option.option_id] = name
    return names


def _layers(
    view: PublicView | RestrictedView, public: PublicView
) -> Iterator[tuple[str, Layer, str, gpd.GeoDataFrame]]:
    """Name, style, meaning and rows of each layer, the lowest on a map first."""
    if public.outline is not None:
        frame = gpd.GeoDataFrame(
            {"district": [xml_text(public.district)]}, geometry=[public.outline], crs=4326
        )
        yield "outline", "outline", "The district's border", frame
    if public.streets is not None:
        streets = public.streets.assign(name=_texts(public.streets["name"]))
        yield "streets", "streets", "Streets of the travel times", streets
    meaning = xml_text(public.meaning)
    for option_id, name in zone_layers(public).items():
        option = public.option(option_id)
        about = f"{xml_text(option.label)}. {meaning}"
        yield name, "zones", about, _zones(view, option, public.schools["name"])
    yield "schools", "schools", "School buildings", _schools(public.schools)


def _zones(
    view: PublicView | RestrictedView, option: PublicOption, names: pd.Series[str]
) -> gpd.GeoDataFrame:
    zones = option.zones
    frame = gpd.GeoDataFrame(
        {
            "option_id": xml_text(option.option_id),
            "option": xml_text(option.label),
            "zone_id": _texts(zones.index),
            "label": _texts(zones["label"]),
            "kind": _texts(zones["kind"]),
            "high_school_id": _texts(zones["high_school_id"]),
            "high_school": _texts(zones["high_school"]),
            "buildings": [len(ids) for ids in zones["building_ids"]],
            "schools": [
                xml_text("; ".join(names[i] for i in ids)) for ids in zones["building_ids"]
            ],
            "colour": [int(colour) for colour in zones["colour"]],
        },
        geometry=[None if area.is_empty else area for area in zones.geometry],
        crs=4326,
    )
    if not isinstance(view, RestrictedView):
        return frame
    outcome = next(o for o in view.comparison.outcomes if o.option_id == option.option_id)
    if outcome.plan is None:
        return frame
    shapes = shape_columns(outcome.plan, view.comparison)
    more = pd.DataFrame([shapes[str(zone_id)] for zone_id in zones.index])
    for column in more:
        frame[str(column)] = more[column]
    return frame


def _schools(schools: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
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


def _styles(layers: list[tuple[str, Layer]]) -> pd.DataFrame:
    """The table of styles as QGIS makes it, a default for each layer."""
    return pd.DataFrame(
        {
            "f_table_catalog": "",
            "f_table_schema": "",
            "f_table_name": [name for name, _ in layers],
            "f_geometry_column": _GEOMETRY,
            "styleName": [name[:30] for name, _ in layers],
            "styleQML": [qgis_style(kind) for _, kind in layers],
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


def _forget_times(path: Path) -> None:
    """When the file was written is no part of it, and two could not be compared."""
    with closing(sqlite3.connect(path)) as database:
        with database:
            for table, column in _TIMES:
                database.execute(f"UPDATE {table} SET {column} = ?", (_NO_DATE,))
        database.execute("VACUUM")


def _without_counters(database: bytes) -> bytes:
    """The same database as if written once: GDAL writes more often as seconds pass.

    Bytes 24 to 27 count the writes, 92 to 95 repeat the count
    (sqlite.org/fileformat, 1.3).
    """
    once = (1).to_bytes(4, "big")
    return database[:24] + once + database[28:92] + once + database[96:]
