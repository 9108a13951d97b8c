"""A district: schools, streets and outline; and the district that ships with the library."""

from __future__ import annotations

import json
import tempfile
import zipfile
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError, FeatureError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from zoning.errors import FaultsError, SchoolDataError, typed
from zoning.inputs import (
    BAD_ARCHIVE,
    LARGEST_TEXT_BYTES,
    LAYER_DRIVERS,
    require_kind,
    require_unpackable,
)
from zoning.roads.road_network import RoadNetwork
from zoning.schools import buildings, read_schools, require_inventory

_ARCHIVES = (".zip", ".kmz", ".shz")
JEFFERSON_STREETS = (
    "Louisville traffic-signal inventory, transit-stop intersections and state-route junctions"
)
JEFFERSON_ATTRIBUTION = (
    "Kentucky School Report Card and district directory 2025-26 (enrolment and events 2023-24); "
    f"{JEFFERSON_STREETS}"
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class District:
    """The input data of a plan: schools, streets and outline.

    Attributes
    ----------
    name
        For titles, for example ``'Jefferson County Public Schools'``.
    schools
        From `read_schools`.
    network
        Streets. None without streets: travel times are then given as a table or
        estimated from straight lines.
    outline
        Polygon in EPSG:4326; None if not known.
    state
        Two letters, for example ``'KY'``; None if not known.
    attribution
        Sources of the data in one line, shown on maps.
    """

    name: str
    schools: gpd.GeoDataFrame = field(repr=False)
    network: RoadNetwork | None = field(default=None, repr=False)
    outline: BaseGeometry | None = field(default=None, repr=False)
    state: str | None = None
    attribution: str = ""

    def __post_init__(self) -> None:
        require_inventory(self.schools)

    @property
    def buildings(self) -> gpd.GeoDataFrame:
        """The buildings of the schools, one row a campus (see `zoning.schools.buildings`)."""
        return buildings(self.schools)


@typed
def load_district(name: str) -> District:
    """Load a district whose data ship with the library.

    Parameters
    ----------
    name
        ``'jefferson'``: Jefferson County Public Schools, Louisville KY: 145
        schools (2025-26), a street network of 3,244 junctions that is not a full
        street map, and the outline of the district. For a real plan load
        OpenStreetMap or the county's centrelines instead of these streets.

    Raises
    ------
    FaultsError
        If no such district ships; lists those that do.
    SchoolDataError
        If the installation has lost its data files.
    """
    loaders = {"jefferson": _jefferson}
    if name.strip().lower() not in loaders:
        raise FaultsError(
            f"no district {name!r} ships with zoning, only: {', '.join(loaders)}",
            remedy="Read your own schools with read_schools(path) and make a District of them.",
        )
    return loaders[name.strip().lower()](data_folder())


def data_folder() -> Path:
    """Find the folder of the embedded data: in the package, or beside it in a source checkout.

    Raises `SchoolDataError` if neither is there.
    """
    packaged = Path(str(files("zoning").joinpath("data")))
    beside = Path(__file__).resolve().parent.parent / "data"
    for folder in (packaged, beside):
        if (folder / "schools.geojson").is_file():
            return folder
    raise SchoolDataError(
        "the data files that ship with zoning are missing",
        [f"not in {packaged}", f"not in {beside}"],
        "Install the package again, or run scripts/build_data.py in a source checkout.",
    )


def _jefferson(folder: Path) -> District:
    outline = json.loads((folder / "outline.geojson").read_text(encoding="utf-8"))
    return District(
        name="Jefferson County Public Schools",
        schools=read_schools(folder / "schools.geojson"),
        network=RoadNetwork.from_tables(
            pd.read_csv(folder / "junctions.csv", keep_default_na=False),
            pd.read_csv(folder / "links.csv", keep_default_na=False),
            source=JEFFERSON_STREETS,
        ),
        outline=shape(outline["features"][0]["geometry"]),
        state="KY",
        attribution=JEFFERSON_ATTRIBUTION,
    )


# The outline of a district.


@typed
def read_outline(path: Path, *, buildings: gpd.GeoDataFrame) -> BaseGeometry:
    """Read the polygons of a file as one shape in EPSG:4326.

    Raises `FaultsError` if the file cannot be read, names no coordinate reference system, holds
    anything but polygons, or none of the buildings is inside.
    """
    if not path.is_file():
        raise FaultsError(f"{path} is not there", remedy="Check its path.")
    frame = _read_layer(path)
    shapes = getattr(frame, "geometry", None) if isinstance(frame, gpd.GeoDataFrame) else None
    kinds = set() if shapes is None else set(shapes.geom_type)
    faults = []
    if shapes is None or shapes.empty or not kinds <= {"Polygon", "MultiPolygon"}:
        found = ", ".join(sorted(str(kind) for kind in kinds)) or "no shapes"
        faults.append(f"it holds {found}; an outline is a Polygon or MultiPolygon")
    elif shapes.crs is None:
        faults.append("it names no coordinate reference system")
    if shapes is None or faults:
        raise FaultsError(f"{path} cannot be used as an outline", faults)
    outline = shapely.make_valid(shapes.to_crs(4326).union_all())
    if not buildings.geometry.within(outline).any():
        raise FaultsError(
            f"{path} cannot be used as an outline",
            ["none of the schools is inside it"],
            "Check that it is the outline of this district, and its coordinate reference system.",
        )
    return outline


def _read_layer(path: Path) -> gpd.GeoDataFrame:
    """Read the shapes in a GIS file, or in a zip with one."""
    ending = path.suffix.lower()
    require_kind(path, shown=path, error=FaultsError)
    try:
        if ending in _ARCHIVES:
            return _read_archive(path)
        drivers = LAYER_DRIVERS.get(ending)
        if drivers is None:
            known = ", ".join((*LAYER_DRIVERS, *_ARCHIVES))
            raise FaultsError(
                f"{path} cannot be read as an outline",
                [f"it ends in {ending or 'nothing'!r}; read are {known}"],
                "Save the outline as one of these.",
            )
        if not drivers:
            return gpd.read_parquet(path)
        found = pyogrio.read_info(path)["driver"]
        if found not in drivers:
            raise FaultsError(f"{path} cannot be read as an outline", [f"it is {found}"])
        return gpd.read_file(path)
    except FaultsError:
        raise
    except (DataSourceError, DataLayerError, FeatureError, *BAD_ARCHIVE, OSError) as error:
        raise FaultsError(f"{path} cannot be read as an outline", [str(error)]) from error


def _read_archive(path: Path) -> gpd.GeoDataFrame:
    with zipfile.ZipFile(path) as archive, tempfile.TemporaryDirectory() as folder:
        require_unpackable(
            archive.infolist(), most_bytes=LARGEST_TEXT_BYTES, shown=path, error=FaultsError
        )
        archive.extractall(folder)
        found = [
            inner
            for inner in sorted(Path(folder).rglob("*"))
            if inner.suffix.lower() in LAYER_DRIVERS and "__MACOSX" not in inner.parts
        ]
        if len(found) != 1:
            raise FaultsError(
                f"{path} holds {len(found)} files that could be the outline",
                remedy="Unpack it and give the file itself.",
            )
        return _read_layer(found[0])
