"""Plans in files: what is written is read back, and what is no plan is told in full."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPoint, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from zoning.district import District
from zoning.errors import DistrictNotice, OutputError, PlanError
from zoning.schools import buildings, schools_from_frame
from zoning.zones.areas import service_areas
from zoning.zones.files.plan_files import read_plan, write_plan
from zoning.zones.plan import Zone, ZoneKind, ZonePlan

LON, LAT = -85.7, 38.2
ENDINGS = (".csv", ".geojson", ".gpkg")
# Shapefiles cut our longer names at ten letters, as their writer warns.
cuts_names = pytest.mark.filterwarnings("ignore:Column names longer", "ignore:Normalized")

PLAN = ZonePlan(
    (
        Zone(zone_id="Zone 2", building_ids=("010", "030"), high_school_id="H1"),
        Zone(zone_id="Zone 1", building_ids=("020",)),
        Zone(zone_id="Own", building_ids=("H1",), high_school_id="H1", kind=ZoneKind.DEDICATED),
    )
)
ROWS = (
    "building_id,zone_id,high_school_id,kind\n"
    "010,Zone 2,H1,patrol\n"
    "030,Zone 2,H1,patrol\n"
    "020,Zone 1,,patrol\n"
    "H1,Own,H1,dedicated\n"
)


@pytest.fixture(scope="module")
def schools() -> gpd.GeoDataFrame:
    """Four buildings 1 km apart in a row; 030 has two schools; one school is virtual."""
    rows = [
        ("010", "Adams", "elementary", "resides", 0.00),
        ("020", "Byck, the old", "elementary", "resides", 0.01),
        ("030", "Cane Run", "elementary", "resides", 0.02),
        ("031", "Cane Run Annexe", "elementary", "alternative", 0.0201),
        ("H1", "Doss High", "high", "resides", 0.03),
        ("V1", "Virtual Academy", "high", "virtual", 0.03),
    ]
    frame = pd.DataFrame(rows, columns=["school_id", "name", "level", "program", "east"])
    return schools_from_frame(
        frame.drop(columns="east").assign(latitude=LAT, longitude=LON + frame["east"])
    )


def saved(folder: Path, text: str, name: str = "plan.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def collection(features: Sequence[tuple[dict[str, Any], BaseGeometry | None]]) -> str:
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": properties,
                    "geometry": None if shape is None else shape.__geo_interface__,
                }
                for properties, shape in features
            ],
        }
    )


def square(west: float, east: float) -> Polygon:
    """From so many hundredths of a degree east of the first building to so many."""
    return box(LON + west / 100, LAT - 0.01, LON + east / 100, LAT + 0.01)


def drawn(*zones: tuple[str, float, float]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"zone_id": [name for name, _, _ in zones]},
        geometry=[square(west, east) for _, west, east in zones],
        crs=4326,
    )


def faults_of(path: Path, *args: Any, **options: Any) -> tuple[str, ...]:
    with pytest.raises(PlanError) as caught:
        read_plan(path, *args, **options)
    return caught.value.faults


# There and back


@pytest.mark.parametrize("ending", ENDINGS)
def test_several_officers_at_a_school_are_read_back(
    ending: str, tmp_path: Path, schools: gpd.GeoDataFrame
) -> None:
    *zones, own = PLAN.zones
    plan = ZonePlan((*zones, replace(own, officers=3)))
    path = tmp_path / f"plan{ending}"
    write_plan(plan, path, schools=schools)
    assert read_plan(path, schools) == plan
    assert plan.to_frame()["zone_officers"].tolist() == [1, 1, 1, 3]
    assert "zone_officers" not in PLAN.to_frame()


def test_a_number_of_officers_that_cannot_be_is_a_fault(tmp_path: Path) -> None:
    text = (
        "building_id,zone_id,kind,zone_officers\n010,A,dedicated,two\n020,B,patrol,2\n"
        "030,C,dedicated,0\nH1,D,dedicated,\n"
    )
    assert faults_of(saved(tmp_path, text)) == (
        "row 2: zone_officers 'two' is not a whole number of 1 or more",
        "row 3: zone_officers '2' is of a patrol zone, which has one officer",
        "row 4: zone_officers '0' is not a whole number of 1 or more",
    )


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_plan_is_read_as_it_was_written(
    ending: str, tmp_path: Path, schools: gpd.GeoDataFrame
) -> None:
    path = tmp_path / f"plan{ending}"
    assert write_plan(PLAN, path, schools=schools) == path
    assert read_plan(path, schools) == PLAN
    assert read_plan(path) == PLAN
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_same_plan_gives_the_same_bytes(
    ending: str, tmp_path: Path, schools: gpd.GeoDataFrame
) -> None:
    one = write_plan(PLAN, tmp_path / f"one{ending}", schools=schools).read_bytes()
    two = write_plan(PLAN, tmp_path / f"two{ending}", schools=schools).read_bytes()
    assert one == two


def test_a_csv_needs_no_schools(tmp_path: Path) -> None:
    path = write_plan(PLAN, tmp_path / "plan.csv")
    assert path.read_bytes().decode() == ROWS
    assert read_plan(path) == PLAN


def test_with_schools_the_buildings_have_their_names(
    tmp_path: Path, schools: gpd.GeoDataFrame
) -> None:
    path = write_plan(PLAN, tmp_path / "plan.csv", schools=schools)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "building_id,zone_id,high_school_id,kind,name"
    assert lines[2] == "030,Zone 2,H1,patrol,Cane Run + Cane Run Annexe"
    assert lines[3] == '020,Zone 1,,patrol,"Byck, the old"'


@pytest.mark.parametrize("ending", [".geojson", ".gpkg"])
def test_a_gis_finds_one_point_a_building(
    ending: str, tmp_path: Path, schools: gpd.GeoDataFrame
) -> None:
    path = write_plan(PLAN, tmp_path / f"plan{ending}", schools=schools)
    assert [list(layer) for layer in pyogrio.list_layers(path)] == [["zone_plan", "Point"]]
    frame = gpd.read_file(path)
    assert frame.crs.to_epsg() == 4326
    assert list(frame.columns) == [
        "building_id",
        "zone_id",
        "high_school_id",
        "kind",
        "name",
        "geometry",
    ]
    assert list(frame["building_id"]) == ["010", "030", "020", "H1"]
    assert frame["high_school_id"].isna().tolist() == [False, False, True, False]
    places = buildings(schools).geometry
    for building, point in zip(frame["building_id"], frame.geometry, strict=True):
        assert point.distance(places[building]) < 1e-6


@pytest.mark.slow
def test_jefferson_comes_back_from_every_format(jefferson: District, tmp_path: Path) -> None:
    ids = list(jefferson.buildings.index)
    plan = ZonePlan.from_assignment({b: f"Zone {k % 29}" for k, b in enumerate(ids)})
    for ending in ENDINGS:
        path = write_plan(plan, tmp_path / f"plan{ending}", schools=jefferson.schools)
        assert read_plan(path, jefferson.schools) == plan


def test_service_areas_saved_from_a_gis_are_a_plan(
    tmp_path: Path, schools: gpd.GeoDataFrame
) -> None:
    areas = service_areas(PLAN, schools)
    for name in ("areas.gpkg", "areas.geojson"):
        areas.to_file(tmp_path / name)
        assert read_plan(tmp_path / name, schools) == PLAN


texts = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z"), include_characters=" '=+-@,;\""),
    min_size=1,
    max_size=6,
).filter(lambda text: text == text.strip())


def plain(text: str) -> str:
    return " ".join(text.split()).casefold()


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ids=st.lists(texts, min_size=3, max_size=6, unique=True),
    names=st.lists(
        texts, min_size=3, max_size=3, unique_by=lambda t: " ".join(t.split()).casefold()
    ),
)
def test_any_ids_survive_a_csv(ids: list[str], names: list[str], tmp_path: Path) -> None:
    plan = ZonePlan.from_assignment(
        {b: names[k % 3] for k, b in enumerate(ids)}, high_school_of={names[0]: ids[0]}
    )
    try:
        path = write_plan(plan, tmp_path / "any.csv", force=True)
    except PlanError as error:
        assert "number with decimals" in str(error)  # noqa: PT017
        return
    assert read_plan(path) == plan


def test_a_spreadsheet_sees_no_formula(tmp_path: Path) -> None:
    ids = ("=1+1", "+x", "-x", "@x", "'=1", "'x")
    plan = ZonePlan((Zone(zone_id="=HYPERLINK()", building_ids=tuple(sorted(ids))),))
    path = write_plan(plan, tmp_path / "plan.csv")
    cells = {line.split(",")[0] for line in path.read_text(encoding="utf-8").splitlines()[1:]}
    assert cells == {"'=1+1", "'+x", "'-x", "'@x", "''=1", "'x"}
    assert read_plan(path) == plan


# Writing


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_is_replaced_only_when_asked(
    ending: str, tmp_path: Path, schools: gpd.GeoDataFrame
) -> None:
    path = saved(tmp_path, "precious", f"plan{ending}")
    with pytest.raises(OutputError, match="exists; choose another name"):
        write_plan(PLAN, path, schools=schools)
    assert path.read_text() == "precious"
    write_plan(PLAN, path, schools=schools, force=True)
    assert read_plan(path, schools) == PLAN


def test_a_folder_that_is_not_there_is_no_place_to_write(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot be written"):
        write_plan(PLAN, tmp_path / "nowhere" / "plan.csv")
    (tmp_path / "plan.csv").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        write_plan(PLAN, tmp_path / "plan.csv", force=True)


def test_a_write_that_fails_leaves_what_was_there(
    tmp_path: Path, schools: gpd.GeoDataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_plan(PLAN, tmp_path / "plan.gpkg", schools=schools)
    before = path.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise pyogrio.errors.DataSourceError("the disk is full")

    monkeypatch.setattr(gpd.GeoDataFrame, "to_file", full)
    with pytest.raises(OutputError, match="the disk is full"):
        write_plan(PLAN, path, schools=schools, force=True)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["plan.gpkg"]


def test_a_plan_that_would_not_come_back_is_not_written(tmp_path: Path) -> None:
    plan = ZonePlan(
        (
            Zone(zone_id="Zone 1", building_ids=("275010.0",)),
            Zone(zone_id="zone  1", building_ids=(" 010",), high_school_id="H\n1"),
            Zone(zone_id=" ", building_ids=("x",)),
        )
    )
    with pytest.raises(PlanError) as caught:
        write_plan(plan, tmp_path / "plan.csv")
    assert caught.value.faults == (
        "zone_id ' ': it is blank",
        "building_id '275010.0': it would be read as 275010",
        "building_id ' 010': it has blanks around it",
        "high_school_id 'H\\n1': it has characters that cannot be printed",
        "zone ids differ only by case or blanks: 'Zone 1', 'zone  1'",
    )
    with pytest.raises(PlanError, match="it has no zone"):
        write_plan(ZonePlan(()), tmp_path / "plan.csv")
    assert not list(tmp_path.iterdir())


def test_what_the_format_needs_is_asked_for(tmp_path: Path, schools: gpd.GeoDataFrame) -> None:
    with pytest.raises(PlanError, match=r"ending in '\.xlsx'(.|\n)*\.csv, \.geojson, \.gpkg"):
        write_plan(PLAN, tmp_path / "plan.xlsx")
    with pytest.raises(PlanError, match="where the buildings are"):
        write_plan(PLAN, tmp_path / "plan.gpkg")
    stranger = ZonePlan((Zone(zone_id="Z", building_ids=("010", "X9")),))
    with pytest.raises(PlanError, match="X9"):
        write_plan(stranger, tmp_path / "plan.csv", schools=schools)


# Reading rows


def test_other_names_separators_and_line_ends_are_read(
    tmp_path: Path, schools: gpd.GeoDataFrame
) -> None:
    text = (
        "\ufeffZone ; School ID;Kind;Remarks\r\n"
        " Zone 2 ;010;;\r\n"
        " Zone 2 ; 030 ;Patrol;a note\r\n"
        "\r\n"
        "Zone 1;020;;\r\n"
        "Own;H1;DEDICATED;"
    )
    plan = read_plan(saved(tmp_path, text), schools)
    assert plan == ZonePlan.from_assignment(
        {"010": "Zone 2", "030": "Zone 2", "020": "Zone 1", "H1": "Own"}, dedicated=["Own"]
    )


def test_a_campus_goes_by_any_of_its_schools(tmp_path: Path, schools: gpd.GeoDataFrame) -> None:
    one = ROWS.replace("030,", "031,")
    both = ROWS + "031,Zone 2,H1,patrol\n"
    for text in (one, both):
        assert read_plan(saved(tmp_path, text), schools) == PLAN
    apart = ROWS + "031,Zone 1,,patrol\n"
    assert faults_of(saved(tmp_path, apart), schools) == (
        "row 6: '031' is in 'Zone 1', but '030', which is on its campus, is in 'Zone 2' (row 3): "
        "a campus is one building",
    )


def test_a_building_can_have_an_id_that_is_no_schools(
    tmp_path: Path, schools: gpd.GeoDataFrame
) -> None:
    named = schools.assign(campus_id=schools["campus_id"].replace("030", "North campus"))
    plan = ZonePlan.from_assignment(
        {"010": "A", "020": "A", "North campus": "B", "H1": "B"}, high_school_of={"B": "H1"}
    )
    for ending in ENDINGS:
        path = write_plan(plan, tmp_path / f"plan{ending}", schools=named)
        assert read_plan(path, named) == plan


def test_every_fault_is_told_at_once(tmp_path: Path, schools: gpd.GeoDataFrame) -> None:
    text = (
        "building_id,zone_id,high_school_id,kind\n"
        "010,Zone 2,H1,patrol\n"
        "2.7501E+11,Zone 2,H1,patrol\n"
        "0301,Zone 2,H9,patrol\n"
        "020,,,\n"
        ",Zone 2,H1,patrol\n"
        "010,Zone 3,010,foot\n"
        "V1,zone 2 ,H1,patrol\n"
        "H1,Zone 3\n"
    )
    path = saved(tmp_path, text)
    with pytest.raises(PlanError) as caught:
        read_plan(path, schools)
    assert str(caught.value).splitlines()[0] == f"{path} has 14 faults"
    assert caught.value.faults == (
        "row 3: building_id 2.7501E+11 was shortened by a spreadsheet: format the column as text "
        "and save it again",
        "row 4: building '0301' is not in the district (did you mean '031'?)",
        "row 5: no zone_id",
        "row 6: no building_id",
        "row 7: kind 'foot' is neither patrol nor dedicated",
        "row 7: building '010' is named again, in 'Zone 3': row 2 has it in 'Zone 2'",
        "row 8: 'V1' is a virtual school, which has no building: remove it from the plan",
        "row 9: 2 cells, but the header has 4",
        "zone ids that differ only by case or blanks: 'Zone 2' (rows 2, 3, 4, 6) and 'zone 2 ' "
        "(row 8)",
        "high_school_id 'H9' (row 4) is no known school",
        "high_school_id '010' (row 7) is a school of level elementary",
        "zone 'Zone 2' has more than one high_school_id: H1 (rows 2, 3, 6), H9 (row 4)",
        "zone 'Zone 3' has more than one high_school_id: 010 (row 7), none (row 9)",
        "buildings of the district that are in no zone: 030",
    )


def test_a_building_named_twice_in_one_zone_is_a_fault_too(tmp_path: Path) -> None:
    path = saved(tmp_path, ROWS + "010,Zone 2,H1,patrol\n")
    assert faults_of(path) == (
        "row 6: building '010' is named again, in 'Zone 2': row 2 has it in 'Zone 2'",
    )


def test_a_zone_has_one_kind(tmp_path: Path) -> None:
    path = saved(tmp_path, ROWS.replace("030,Zone 2,H1,patrol", "030,Zone 2,H1,dedicated"))
    assert faults_of(path) == (
        "zone 'Zone 2' has more than one kind: patrol (row 2), dedicated (row 3)",
    )


def test_buildings_can_be_asked_for_by_name(tmp_path: Path, schools: gpd.GeoDataFrame) -> None:
    path = saved(tmp_path, ROWS)
    assert read_plan(path, building_ids=["010", "020", "030", "H1"]) == PLAN
    assert faults_of(path, building_ids=["010", "020", "040", "H1"]) == (
        "row 3: building '030' is not in the district",
        "buildings of the district that are in no zone: 040",
    )
    assert faults_of(path, schools, building_ids=["010", "020", "030"]) == (
        "row 5: building 'H1' is not one of building_ids",
    )
    with pytest.raises(PlanError, match="X7"):
        read_plan(path, schools, building_ids=["010", "X7"])


def test_missing_columns_are_named_beside_those_there(tmp_path: Path) -> None:
    path = saved(tmp_path, "id,area\n1,2\n")
    assert faults_of(path) == (
        "there is no column building_id; the file has id, area",
        "there is no column zone_id; the file has id, area",
    )


def test_two_columns_that_could_be_one_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, "building_id,Zone ID,zone_id\n010,a,b\n")
    with pytest.raises(PlanError, match="columns 'Zone ID', 'zone_id' could each be zone_id"):
        read_plan(path)


def test_ids_in_json_and_tables_are_text(tmp_path: Path) -> None:
    whole = collection([({"building_id": 275010, "zone_id": 1}, None)])
    plan = read_plan(saved(tmp_path, whole, "plan.geojson"))
    assert plan == ZonePlan.from_assignment({"275010": "1"})
    decimal = collection([({"building_id": 275010.0, "zone_id": 1.0}, None)])
    assert read_plan(saved(tmp_path, decimal, "plan.geojson")) == plan
    truth = collection([({"building_id": 275010.0, "zone_id": True}, None)])
    assert faults_of(saved(tmp_path, truth, "plan.geojson")) == (
        "feature 1: zone_id True is not text",
    )
    numbers = gpd.GeoDataFrame(
        {"building_id": [275010, 275011], "zone_id": pd.array([7, None], dtype="Int64")},
        geometry=gpd.points_from_xy([LON, LON], [LAT, LAT]),
        crs=4326,
    )
    numbers.to_file(tmp_path / "plan.gpkg")
    assert faults_of(tmp_path / "plan.gpkg") == ("feature 2: no zone_id",)


@cuts_names
def test_points_in_another_system_are_brought_to_degrees(
    tmp_path: Path, schools: gpd.GeoDataFrame
) -> None:
    first = write_plan(PLAN, tmp_path / "plan.gpkg", schools=schools)
    points = gpd.read_file(first)
    points.to_crs(2246).to_file(tmp_path / "feet.gpkg")
    assert read_plan(tmp_path / "feet.gpkg", schools) == PLAN
    points.to_crs(32616).to_file(tmp_path / "plan.shp")
    assert read_plan(tmp_path / "plan.shp", schools) == PLAN


@cuts_names
def test_a_file_that_names_no_system_must_be_in_degrees(
    tmp_path: Path, schools: gpd.GeoDataFrame
) -> None:
    points = gpd.read_file(write_plan(PLAN, tmp_path / "plan.gpkg", schools=schools))
    points.to_file(tmp_path / "plan.shp")
    (tmp_path / "plan.prj").unlink()
    assert read_plan(tmp_path / "plan.shp", schools) == PLAN
    points.to_crs(32616).to_file(tmp_path / "plan.shp")
    (tmp_path / "plan.prj").unlink()
    with pytest.raises(PlanError, match="does not say which coordinate system"):
        read_plan(tmp_path / "plan.shp", schools)
    metres = collection([({"building_id": "010", "zone_id": "Z"}, Point(600000, 4230000))])
    with pytest.raises(PlanError, match=r"for example 600000, 4\.23e\+06"):
        read_plan(saved(tmp_path, metres, "plan.geojson"))


@pytest.mark.parametrize("ending", ["fgb", "kml", "parquet", "gdb", "zip"])
def test_a_plan_is_read_from_every_format_that_schools_are(
    ending: str, tmp_path: Path, schools: gpd.GeoDataFrame
) -> None:
    first = write_plan(PLAN, tmp_path / "plan.gpkg", schools=schools)
    points = gpd.read_file(first).sort_values("zone_id")
    path = tmp_path / f"again.{ending}"
    if ending == "parquet":
        points.to_parquet(path)
    elif ending == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(first, "plan.gpkg")
    else:
        driver = {"fgb": "FlatGeobuf", "kml": "KML", "gdb": "OpenFileGDB"}[ending]
        points.to_file(path, driver=driver)
    read = read_plan(path, schools)
    assert {z.zone_id: z for z in read.zones} == {z.zone_id: z for z in PLAN.zones}


def test_a_point_far_from_its_building_is_a_fault(
    tmp_path: Path, schools: gpd.GeoDataFrame
) -> None:
    points = gpd.read_file(write_plan(PLAN, tmp_path / "plan.gpkg", schools=schools))
    moved = points.set_geometry([*points.geometry[:2], Point(LON, LAT + 0.1), points.geometry[3]])
    moved.to_file(tmp_path / "moved.gpkg")
    assert faults_of(tmp_path / "moved.gpkg", schools) == (
        "feature 3: the point is 11.1 km from building '020'",
    )


# Reading zones drawn by hand

STRIPS = (("West", -0.5, 0.5), ("Middle", 0.5, 2.5), ("East", 2.5, 3.5))
OF_STRIPS = ZonePlan.from_assignment(
    {"010": "West", "020": "Middle", "030": "Middle", "H1": "East"}
)


@pytest.mark.parametrize("name", ["hand.geojson", "hand.gpkg", "hand.shp"])
@pytest.mark.parametrize("crs", [4326, 2246])
def test_zones_drawn_by_hand_hold_the_buildings_in_them(
    name: str, crs: int, tmp_path: Path, schools: gpd.GeoDataFrame
) -> None:
    drawn(*STRIPS).to_crs(crs).to_file(tmp_path / name)
    assert read_plan(tmp_path / name, schools) == OF_STRIPS


@cuts_names
def test_drawn_zones_can_say_their_high_school_and_kind(
    tmp_path: Path, schools: gpd.GeoDataFrame
) -> None:
    zones = drawn(*STRIPS).assign(
        high_school_id=["H1", None, None], kind=[None, "patrol", "dedicated"]
    )
    zones.to_file(tmp_path / "hand.shp")
    west, middle, east = read_plan(tmp_path / "hand.shp", schools).zones
    assert (west.high_school_id, middle.high_school_id) == ("H1", None)
    assert (west.kind, east.kind) == (ZoneKind.PATROL, ZoneKind.DEDICATED)


def test_drawn_zones_may_overlap_where_there_is_no_building(
    tmp_path: Path, schools: gpd.GeoDataFrame
) -> None:
    drawn(("West", -0.5, 0.7), ("Middle", 0.3, 2.5), ("East", 2.9, 3.5)).to_file(
        tmp_path / "hand.gpkg"
    )
    assert read_plan(tmp_path / "hand.gpkg", schools) == OF_STRIPS


def test_every_fault_of_a_drawing_is_told_at_once(
    tmp_path: Path, schools: gpd.GeoDataFrame
) -> None:
    bow_tie = Polygon([(LON, LAT - 1), (LON + 1, LAT + 1), (LON + 1, LAT - 1), (LON, LAT + 1)])
    text = collection(
        [
            ({"zone_id": "West"}, square(-0.5, 1.5)),
            ({"zone_id": "Middle"}, square(0.5, 2.0)),
            ({"zone_id": "West"}, square(4, 5)),
            ({"zone_id": None}, square(6, 7)),
            ({"zone_id": "Tie"}, bow_tie),
            ({"zone_id": "Nowhere"}, None),
            ({"zone_id": "Line"}, LineString([(LON, LAT), (LON + 1, LAT)])),
            ({"zone_id": "Empty"}, square(8, 9)),
        ]
    )
    assert faults_of(saved(tmp_path, text, "hand.geojson"), schools) == (
        "feature 3: there is no building in zone 'West'",
        "feature 4: no zone_id",
        "feature 5: the outline crosses or touches itself: Self-intersection[-85.2 38.2]",
        "feature 6: it has no area",
        "feature 7: it is a LineString, neither a point nor a polygon",
        "feature 8: there is no building in zone 'Empty'",
        "zone 'West' is drawn more than once (features 1, 3): dissolve the areas by zone_id, "
        "or rename one",
        "building '020' lies in more than one zone: 'West' (feature 1), 'Middle' (feature 2)",
    )


def test_buildings_outside_every_drawn_zone_are_named(
    tmp_path: Path, schools: gpd.GeoDataFrame
) -> None:
    drawn(*STRIPS[:2]).to_file(tmp_path / "hand.gpkg")
    assert faults_of(tmp_path / "hand.gpkg", schools) == (
        "buildings of the district that are in no zone: H1",
    )
    patrolled = ["010", "020", "030"]
    plan = read_plan(tmp_path / "hand.gpkg", schools, building_ids=patrolled)
    assert list(plan.building_ids) == patrolled


def test_a_building_on_the_border_of_two_zones_is_in_both(
    tmp_path: Path, schools: gpd.GeoDataFrame
) -> None:
    halves = collection([({"zone_id": "W"}, square(-1, 1)), ({"zone_id": "E"}, square(1, 4))])
    place = buildings(schools).geometry["020"]
    assert place.touches(square(1, 4))
    assert faults_of(saved(tmp_path, halves, "hand.geojson"), schools) == (
        "building '020' lies in more than one zone: 'W' (feature 1), 'E' (feature 2)",
    )


def test_drawn_zones_need_the_schools(tmp_path: Path) -> None:
    drawn(*STRIPS).to_file(tmp_path / "hand.gpkg")
    with pytest.raises(PlanError, match=r"has polygons(.|\n)*read_plan\(path, schools\)"):
        read_plan(tmp_path / "hand.gpkg")


def test_points_and_polygons_in_one_file_are_refused(tmp_path: Path) -> None:
    text = collection(
        [({"zone_id": "W", "building_id": "010"}, square(-1, 1)), ({}, Point(LON, LAT))]
    )
    with pytest.raises(PlanError, match=r"both points and polygons(.|\n)*points: 1, polygons: 1"):
        read_plan(saved(tmp_path, text, "hand.geojson"))


def test_a_point_written_as_a_collection_of_one_is_a_point(tmp_path: Path) -> None:
    text = collection([({"zone_id": "W", "building_id": "010"}, MultiPoint([(LON, LAT)]))])
    plan = read_plan(saved(tmp_path, text, "plan.geojson"))
    assert plan == ZonePlan.from_assignment({"010": "W"})


# Files that cannot be opened


def test_files_that_are_no_plan_say_why(tmp_path: Path) -> None:
    cases = {
        "none.csv": (None, "is not there"),
        "plan.txt": ("x", r"ending in '\.txt'"),
        "empty.csv": ("", "is empty"),
        "header.csv": ("building_id,zone_id\n", "is empty"),
        "empty.gpkg": ("", "is empty"),
        "none.geojson": ('{"type": "FeatureCollection", "features": []}', "is empty"),
        "text.geojson": ("building_id,zone_id\n", "cannot be read"),
        "other.geojson": ('{"type": "Topology"}', "not a GeoJSON FeatureCollection"),
        "text.gpkg": ("building_id,zone_id\n", "no GeoPackage but of another kind"),
        "json.gpkg": (collection([({"zone_id": "a"}, Point(0, 0))]), "no GeoPackage but JSON"),
        "quotes.csv": ('building_id,zone_id\n010,"Zone 1\n', "row 2(.|\n)*quotes"),
        "bad.geojson": (
            '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": '
            '{"building_id": "1", "zone_id": "a"}, "geometry": {"type": "Nothing"}}]}',
            "feature 1: the geometry is not valid GeoJSON",
        ),
    }
    for name, (text, why) in cases.items():
        path = tmp_path / name
        if text is not None:
            saved(tmp_path, text, name)
        with pytest.raises(PlanError, match=why):
            read_plan(path)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    path.write_bytes(ROWS.encode("utf-32"))
    with pytest.raises(PlanError, match=r"not text in UTF-8(.|\n)*Save it as CSV UTF-8"):
        read_plan(path)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_plan_edited_in_excel_comes_back(
    separator: str, encoding: str, tmp_path: Path, schools: gpd.GeoDataFrame
) -> None:
    """Excel drops leading zeros, writes 12.0, pads the rows and saves in Windows-1252."""
    text = (
        "building_id,zone_id,high_school_id,kind,name,,\n"
        "10,1.0,H1,patrol,Adáms,,\n"
        "30.0,1.0,H1,patrol,Cane Run,,\n"
        "020,2,,patrol,Byck the old,,\n"
        "H1,Own,H1,dedicated,Doss High,,\n"
    )
    path = tmp_path / "plan.csv"
    path.write_bytes(text.replace(",", separator).replace("\n", "\r\n").encode(encoding))
    with pytest.warns(DistrictNotice, match="2 buildings without the leading zeros of their ids"):
        plan = read_plan(path, schools)
    members = {zone.zone_id: zone.building_ids for zone in plan.zones}
    assert members == {"1": ("010", "030"), "2": ("020",), "Own": ("H1",)}


def test_buildings_and_high_schools_of_a_plan_may_be_given_by_name(
    tmp_path: Path, schools: gpd.GeoDataFrame
) -> None:
    text = (
        "School,Zone,High School\n"
        "adams,A,Doss High School\n"
        '"BYCK, the old",A,Doss\n'
        "Cane Run Annexe,A,H1\n"
        "Doss High,B,\n"
    )
    with pytest.warns(DistrictNotice) as told:
        plan = read_plan(saved(tmp_path, text), schools)
    assert plan == ZonePlan(
        (
            Zone(zone_id="A", building_ids=("010", "020", "030"), high_school_id="H1"),
            Zone(zone_id="B", building_ids=("H1",)),
        )
    )
    assert sorted(str(w.message) for w in told) == [
        "plan.csv: 2 high schools given by name",
        "plan.csv: 4 buildings given by name",
    ]


def test_a_name_of_two_schools_and_a_date_for_a_zone_are_told(
    tmp_path: Path, schools: gpd.GeoDataFrame
) -> None:
    twins = schools.assign(name=schools["name"].replace("Byck, the old", "Adams"))
    assert faults_of(saved(tmp_path, "name,zone\nAdams,A\n"), twins)[0] == (
        "row 2: building 'Adams' is the name of 2 schools, 010, 020: give the id"
    )
    dated = ROWS.replace("Zone 1", "1-Mar")
    with pytest.warns(DistrictNotice, match="spreadsheet may have made dates of: 1-Mar"):
        read_plan(saved(tmp_path, dated))


def test_one_mistake_in_many_rows_is_one_fault_line(
    tmp_path: Path, schools: gpd.GeoDataFrame
) -> None:
    rows = "".join(f"X{k},Zone 1\n" for k in range(100))
    faults = faults_of(saved(tmp_path, "building_id,zone_id\n" + rows), schools)
    assert faults[0] == (
        "rows 2-101 (100 in all): building 'X0', 'X1', 'X2', 'X3', 'X4', and 95 more is not in "
        "the district"
    )
    assert len(faults) == 2  # and the district's buildings in no zone


def test_a_geopackage_with_other_layers_is_read_by_the_layers_name(
    tmp_path: Path, schools: gpd.GeoDataFrame
) -> None:
    path = write_plan(PLAN, tmp_path / "plan.gpkg", schools=schools)
    drawn(*STRIPS).to_file(path, layer="sketch")
    assert read_plan(path, schools) == PLAN
    drawn(*STRIPS).to_file(tmp_path / "two.gpkg", layer="sketch")
    drawn(*STRIPS).to_file(tmp_path / "two.gpkg", layer="older")
    with pytest.raises(PlanError, match=r"2 layers with places, sketch, older(.|\n)*zone_plan"):
        read_plan(tmp_path / "two.gpkg", schools)


def test_reading_changes_neither_the_file_nor_the_schools(
    tmp_path: Path, schools: gpd.GeoDataFrame
) -> None:
    before = schools.copy(deep=True)
    for ending in ENDINGS:
        path = write_plan(PLAN, tmp_path / f"plan{ending}", schools=schools)
        content = path.read_bytes()
        read_plan(path, schools)
        assert path.read_bytes() == content
    pd.testing.assert_frame_equal(pd.DataFrame(schools), pd.DataFrame(before))
