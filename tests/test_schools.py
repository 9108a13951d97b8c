from __future__ import annotations

import json
from datetime import datetime, time
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPoint, Point, Polygon

from zoning.district import District
from zoning.errors import DistrictNotice, SchoolDataError, ZoningError
from zoning.schools import (
    buildings,
    high_school_ids,
    notices,
    read_schools,
    schools_from_frame,
)
from zoning.schools.places import earth_metres, place_faults

HEADER = (
    "school_id,name,level,program,lat,lon,enrollment,feeder_high_school_ids,bell_start,bell_end"
)
ADAMS = "001,Adams High,high,resides,38.20,-85.70,900,001,08:40,15:20"
BAKER = "002,Baker Middle,middle,resides,38.21,-85.71,500,001,07:30,14:10"
CLARK = "003,Clark Elementary,elementary,magnet,38.22,-85.72,,,,"
TOWN = "\n".join([HEADER, ADAMS, BAKER, CLARK]) + "\n"


def town_frame(n: int = 3) -> pd.DataFrame:
    """Schools on a line, about 1.1 km apart."""
    return pd.DataFrame(
        {
            "school_id": [f"{k:03d}" for k in range(n)],
            "name": [f"School {k}" for k in range(n)],
            "level": "middle",
            "program": "resides",
            "latitude": [38.2 + 0.01 * k for k in range(n)],
            "longitude": -85.7,
        }
    )


def town_points(n: int = 3) -> gpd.GeoDataFrame:
    frame = town_frame(n)
    points = gpd.points_from_xy(frame.pop("longitude"), frame.pop("latitude"))
    return gpd.GeoDataFrame(frame, geometry=points, crs="EPSG:4326")


def csv_file(folder: Path, text: str, name: str = "schools.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def faults_of(source: Path | pd.DataFrame, **options: Any) -> SchoolDataError:
    read = schools_from_frame if isinstance(source, pd.DataFrame) else read_schools
    with pytest.raises(SchoolDataError) as caught:
        read(source, **options)  # type: ignore[arg-type]
    return caught.value


# --- what a good table becomes -------------------------------------------------------


def test_csv_becomes_the_documented_table(tmp_path: Path) -> None:
    schools = read_schools(csv_file(tmp_path, TOWN))
    assert schools.index.tolist() == ["001", "002", "003"]
    assert schools.index.name == "school_id"
    assert schools.crs.to_epsg() == 4326
    assert (schools.geometry.x["002"], schools.geometry.y["002"]) == (-85.71, 38.21)
    assert schools["level"].tolist() == ["high", "middle", "elementary"]
    assert schools["program"].tolist() == ["resides", "resides", "magnet"]
    assert schools["feeder_high_school_ids"].tolist() == [("001",), ("001",), ()]
    assert schools["bell_start"].tolist() == [time(8, 40), time(7, 30), None]
    assert schools["bell_end"].tolist() == [time(15, 20), time(14, 10), None]
    assert schools["enrollment"].tolist()[:2] == [900.0, 500.0]
    assert np.isnan(schools["enrollment"]["003"])
    assert schools["address"].tolist() == [None, None, None]
    assert schools["campus_id"].tolist() == ["001", "002", "003"]
    assert "zip" not in schools
    assert "behavior_events" not in schools


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_of_any_office_program(tmp_path: Path, separator: str, mark: str, end: str) -> None:
    path = tmp_path / "schools.csv"
    path.write_bytes((mark + TOWN.replace(",", separator).replace("\n", end)).encode())
    assert read_schools(path).equals(read_schools(csv_file(tmp_path, TOWN, "plain.csv")))


@pytest.mark.parametrize(
    ("lat", "lon"), [("Latitude", "LNG"), ("y", "x"), ("LAT", "Longitude"), ("lat", "lon")]
)
def test_coordinates_go_by_several_names(tmp_path: Path, lat: str, lon: str) -> None:
    text = TOWN.replace("lat,lon", f"{lat},{lon}")
    assert read_schools(csv_file(tmp_path, text)).geometry.y["001"] == 38.2


def test_column_names_are_found_whatever_their_spelling(tmp_path: Path) -> None:
    text = TOWN.replace("school_id,", "School ID,").replace("enrollment", "Enrolment")
    schools = read_schools(csv_file(tmp_path, text.replace("bell_start", "BellStart")))
    assert schools["enrollment"]["001"] == 900
    assert schools["bell_start"]["001"] == time(8, 40)


def test_mapping_goes_from_our_name_to_theirs(tmp_path: Path) -> None:
    text = TOWN.replace(HEADER, "Code,School,Kind,program,N,E,Pupils,Feeds,bell_start,bell_end")
    columns = {
        "school_id": "Code",
        "name": "School",
        "level": "Kind",
        "latitude": "N",
        "longitude": "E",
        "enrollment": "Pupils",
        "feeder_high_school_ids": "Feeds",
    }
    before = dict(columns)
    mapped = read_schools(csv_file(tmp_path, text), columns=columns)
    assert mapped.equals(read_schools(csv_file(tmp_path, TOWN, "plain.csv")))
    assert columns == before


def test_a_mapped_column_wins_over_our_own_name() -> None:
    frame = town_frame().assign(enrollment=1, pupils=2)
    schools = schools_from_frame(frame, columns={"enrollment": "pupils"})
    assert schools["enrollment"].tolist() == [2, 2, 2]
    assert "pupils" not in schools


@pytest.mark.parametrize("ids", [[275004, 275005, 275006], [275004.0, 275005.0, 275006.0]])
@pytest.mark.parametrize("as_text", [False, True])
def test_ids_are_text_and_never_end_in_a_point_and_zero(ids: list[float], as_text: bool) -> None:
    given_ids = [str(i) for i in ids] if as_text else ids
    frame = town_frame().assign(school_id=given_ids, feeder_high_school_ids=[275004.0, None, None])
    schools = schools_from_frame(frame)
    assert schools.index.tolist() == ["275004", "275005", "275006"]
    assert schools["feeder_high_school_ids"].tolist() == [("275004",), (), ()]


@pytest.mark.parametrize(
    "given_feeders",
    ["000;001", " 000 ; 001;", ["000", "001"], ("000", "001"), np.array(["000", "001"]),
     '["000", "001"]', "000;001;000"],
)  # fmt: skip
def test_feeders_are_text_or_lists(given_feeders: Any) -> None:
    frame = town_frame()
    frame["feeder_high_school_ids"] = pd.Series([given_feeders, None, ""], dtype=object)
    schools = schools_from_frame(frame)
    assert schools["feeder_high_school_ids"].tolist() == [("000", "001"), (), ()]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("7:30", time(7, 30)),
        ("07:30", time(7, 30)),
        ("07:30:15", time(7, 30, 15)),
        ("7:30 AM", time(7, 30)),
        ("2:10 pm", time(14, 10)),
        ("2:10p.m.", time(14, 10)),
        ("12:00 PM", time(12, 0)),
        ("12:05 am", time(0, 5)),
        (time(9, 40), time(9, 40)),
        (datetime(2025, 8, 20, 9, 40), time(9, 40)),
        (pd.Timestamp("2025-08-20 09:40"), time(9, 40)),
        (" ", None),
        (None, None),
        (pd.NaT, None),
    ],
)
def test_clock_times(written: Any, meant: time | None) -> None:
    frame = town_frame()
    frame["bell_start"] = pd.Series([written, None, None], dtype=object)
    assert schools_from_frame(frame)["bell_start"].iloc[0] == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Elementary", "elementary"),
        (" HIGH  school ", "high"),
        ("Primary School", "elementary"),
        ("Junior High", "middle"),
        ("Senior-High School", "high"),
        ("K-12", "combined"),
    ],
)
def test_levels_ignore_case_and_space(written: str, meant: str) -> None:
    assert schools_from_frame(town_frame().assign(level=written))["level"].iloc[0] == meant


def test_names_and_programs_fall_back() -> None:
    schools = schools_from_frame(town_frame().drop(columns=["name", "program"]))
    assert schools["name"].tolist() == ["000", "001", "002"]
    assert schools["program"].tolist() == ["resides"] * 3
    told = "\n".join(notices(schools))
    assert "every school counts as a neighbourhood school" in told
    assert "3 schools without a name" in told


def test_arguments_are_not_changed() -> None:
    frame, points = town_frame().set_index("school_id"), town_points()
    copies = frame.copy(deep=True), points.copy(deep=True)
    schools_from_frame(frame)
    checked = schools_from_frame(points)
    before = checked.copy(deep=True)
    buildings(checked)
    notices(checked)
    high_school_ids(checked)
    assert frame.equals(copies[0])
    assert points.equals(copies[1])
    assert checked.equals(before)


def test_the_result_can_be_checked_again(jefferson: District) -> None:
    assert schools_from_frame(jefferson.schools).equals(jefferson.schools)


def test_points_of_any_reference_system() -> None:
    projected = town_points().to_crs("EPSG:2246")  # Kentucky North, US survey feet
    schools = schools_from_frame(projected)
    assert schools.geometry.y.to_numpy() == pytest.approx([38.2, 38.21, 38.22], abs=1e-8)
    assert schools.geometry.x.to_numpy() == pytest.approx(-85.7, abs=1e-8)


def test_a_multipoint_of_one_point_is_a_point_and_heights_are_dropped() -> None:
    points = town_points()
    points.loc[0, "geometry"] = MultiPoint([(-85.7, 38.2)])
    points.loc[1, "geometry"] = Point(-85.7, 38.21, 140.0)
    schools = schools_from_frame(points)
    assert schools.geometry.tolist()[:2] == [Point(-85.7, 38.2), Point(-85.7, 38.21)]
    assert not schools.has_z.any()


# --- files ---------------------------------------------------------------------------


def writable(schools: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Tuples and times as text, for formats that know neither."""
    flat = schools.drop(columns="campus_id").reset_index()
    flat["feeder_high_school_ids"] = [";".join(f) for f in flat["feeder_high_school_ids"]]
    for bell in ("bell_start", "bell_end"):
        flat[bell] = [None if t is None else f"{t:%H:%M}" for t in flat[bell]]
    return flat


@pytest.mark.parametrize("ending", ["geojson", "json", "gpkg", "shp", "parquet", "csv"])
@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:2246"])
@pytest.mark.filterwarnings("ignore:Normalized/laundered field name")
def test_round_trip_through_every_format(
    tmp_path: Path, jefferson: District, ending: str, crs: str
) -> None:
    path, flat = tmp_path / f"schools.{ending}", writable(jefferson.schools).to_crs(crs)
    if ending == "csv":
        flat = flat.to_crs("EPSG:4326")
        places = {"latitude": flat.geometry.y, "longitude": flat.geometry.x}
        pd.DataFrame(flat.drop(columns="geometry")).assign(**places).to_csv(path, index=False)
    elif ending == "parquet":
        flat.to_parquet(path)
    elif ending in ("geojson", "json"):
        path.write_text(flat.to_json(drop_id=True, to_wgs84=crs != "EPSG:4326"))
    elif ending == "shp":
        with pytest.warns(UserWarning, match="10 characters"):
            flat.to_file(path)
    else:
        flat.to_file(path)
    again = read_schools(path)
    known = jefferson.schools
    assert again.drop(columns="geometry").equals(known.drop(columns="geometry"))
    assert again.geometry.x.to_numpy() == pytest.approx(known.geometry.x.to_numpy(), abs=1e-7)
    assert again.geometry.y.to_numpy() == pytest.approx(known.geometry.y.to_numpy(), abs=1e-7)


def test_geoparquet_written_as_it_is(tmp_path: Path, jefferson: District) -> None:
    jefferson.schools.to_parquet(tmp_path / "schools.geoparquet")
    assert read_schools(tmp_path / "schools.geoparquet").equals(jefferson.schools)


def test_geojson_of_an_older_kind_names_its_system(tmp_path: Path) -> None:
    points = town_points().to_crs("EPSG:2246")
    content = json.loads(points.to_json(show_bbox=False))
    content["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2246"}}
    path = csv_file(tmp_path, json.dumps(content), "old.geojson")
    assert read_schools(path).geometry.y.to_numpy() == pytest.approx([38.2, 38.21, 38.22])


def test_geojson_feature_ids_can_be_mapped(tmp_path: Path) -> None:
    content = json.loads(town_points().drop(columns="school_id").to_json())
    path = csv_file(tmp_path, json.dumps(content), "schools.geojson")
    schools = read_schools(path, columns={"school_id": "id"})
    assert schools.index.tolist() == ["0", "1", "2"]


def test_mapped_coordinates_replace_a_geometry(tmp_path: Path) -> None:
    points = town_points().assign(n=[38.3, 38.31, 38.32], e=-85.8)
    points.to_file(tmp_path / "schools.gpkg")
    schools = read_schools(tmp_path / "schools.gpkg", columns={"latitude": "n", "longitude": "e"})
    assert schools.geometry.tolist() == [Point(-85.8, lat) for lat in (38.3, 38.31, 38.32)]


# --- files that cannot be read -------------------------------------------------------


def test_missing_empty_and_headed_files(tmp_path: Path) -> None:
    assert "is not there" in str(faults_of(tmp_path / "no.csv"))
    assert "is not there" in str(faults_of(_folder(tmp_path / "folder.csv")))
    assert "is empty" in str(faults_of(csv_file(tmp_path, "")))
    assert "has no schools" in str(faults_of(csv_file(tmp_path, HEADER + "\n,,,\n")))
    nothing = '{"type": "FeatureCollection", "features": []}'
    assert "has no schools" in str(faults_of(csv_file(tmp_path, nothing, "x.geojson")))
    assert "has no schools" in str(faults_of(town_frame(0)))


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


@pytest.mark.parametrize("name", ["schools.xlsb", "schools", "schools.pbf"])
def test_unknown_endings_are_refused_with_those_known(tmp_path: Path, name: str) -> None:
    error = faults_of(csv_file(tmp_path, TOWN, name))
    assert name in str(error)
    for known in (".csv", ".geojson", ".gpkg", ".shp", ".parquet", ".xlsx", ".ods"):
        assert known in error.remedy


@pytest.mark.parametrize("ending", ["geojson", "gpkg", "shp", "parquet", "geoparquet"])
def test_files_that_are_not_what_their_ending_says(tmp_path: Path, ending: str) -> None:
    error = faults_of(csv_file(tmp_path, TOWN, f"schools.{ending}"))
    assert f"schools.{ending} cannot be read" in error.headline
    assert len(error.faults) == 1


@pytest.mark.parametrize("text", ["[1, 2]", '{"type": "Feature"}', '{"features": [3]}', "{"])
def test_json_that_is_not_geojson(tmp_path: Path, text: str) -> None:
    assert "cannot be read" in str(faults_of(csv_file(tmp_path, text, "schools.geojson")))


def test_a_csv_as_excel_saves_it_is_read_with_a_notice(tmp_path: Path) -> None:
    path = tmp_path / "schools.csv"
    path.write_bytes(TOWN.replace("Adams", "Adáms").encode("cp1252"))
    with pytest.warns(DistrictNotice, match="not UTF-8: read as Windows-1252"):
        schools = read_schools(path)
    assert schools["name"].iloc[0] == "Adáms High"
    path.write_bytes(TOWN.replace("Adams", "Adáms").encode("utf-16"))
    assert read_schools(path).equals(schools)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "schools.csv"
    path.write_bytes(TOWN.encode() + b"\x00\x81")
    assert "it is not text in UTF-8 or Windows-1252" in str(faults_of(path))


def test_plain_parquet_and_truncated_parquet_are_refused(tmp_path: Path) -> None:
    town_frame().to_parquet(tmp_path / "plain.parquet")
    assert "cannot be read" in str(faults_of(tmp_path / "plain.parquet"))
    town_points().to_parquet(tmp_path / "whole.parquet")
    cut = tmp_path / "cut.parquet"
    cut.write_bytes((tmp_path / "whole.parquet").read_bytes()[:-40])
    assert "cannot be read" in str(faults_of(cut))


def test_a_geopackage_of_several_layers_is_refused_by_name(tmp_path: Path) -> None:
    for layer in ("schools", "stops"):
        town_points().to_file(tmp_path / "town.gpkg", layer=layer)
    error = faults_of(tmp_path / "town.gpkg")
    assert "2 layers" in str(error)
    assert "schools, stops" in str(error)


def test_a_shapefile_without_its_system_is_refused(tmp_path: Path) -> None:
    town_points().to_file(tmp_path / "schools.shp")
    (tmp_path / "schools.prj").unlink()
    assert "no coordinate reference system" in str(faults_of(tmp_path / "schools.shp"))
    assert "no coordinate reference system" in str(
        faults_of(town_points().set_crs(None, allow_override=True))
    )


def test_a_shapefile_without_its_table_is_refused(tmp_path: Path) -> None:
    town_points().to_file(tmp_path / "schools.shp")
    (tmp_path / "schools.dbf").unlink()
    assert "no column school_id" in str(faults_of(tmp_path / "schools.shp"))


def test_csv_rows_of_another_length_are_named(tmp_path: Path) -> None:
    error = faults_of(csv_file(tmp_path, TOWN + "004,Dale Middle,middle\n" + BAKER + ",x\n"))
    assert any("row 5" in f and "3 cells, but the header has 10" in f for f in error.faults)
    assert any("row 6" in f and "11 cells, but the header has 10" in f for f in error.faults)


@pytest.mark.parametrize("cell", ['"Dale" Middle', '"Dale Middle'])
def test_csv_quotes_that_do_not_close_are_named(tmp_path: Path, cell: str) -> None:
    text = TOWN + f"004,{cell},middle,resides,38.2,-85.7,,,,\n" + BAKER
    assert "row 5: " in str(faults_of(csv_file(tmp_path, text)))


def test_a_doubled_header_is_a_fault(tmp_path: Path) -> None:
    error = faults_of(csv_file(tmp_path, TOWN.replace("bell_end", "name")))
    assert "column name appears 2 times" in str(error)


# --- faults of single rows -----------------------------------------------------------

ROW_FAULTS = [
    ("missing id", ",Dale Middle,middle,resides,38.2,-85.7,,,,", "no school_id"),
    ("same id", "002,Dale Middle,middle,resides,38.2,-85.7,,,,", "school_id '002' also in row 3"),
    ("no place", "004,Dale Middle,middle,resides,,,,,,", "no latitude, no longitude"),
    ("no longitude", "004,Dale Middle,middle,resides,38.2,,,,,", "no longitude"),
    (
        "swapped",
        "004,Dale Middle,middle,resides,-85.72,38.21,,,,",
        "latitude -85.72 and longitude 38.21 look swapped",
    ),
    (
        "out of range",
        "004,Dale Middle,middle,resides,1245678.5,-85.7,,,,",
        "latitude 1245678.5 and longitude -85.7 are not degrees",
    ),
    ("the pole", "004,Dale Middle,middle,resides,-89,-120,,,,", "beyond where schools are"),
    ("null island", "004,Dale Middle,middle,resides,0,0,,,,", "stand for an unknown place"),
    ("lost sign", "004,Dale Middle,middle,resides,38.2,85.7,,,,", "longitude 85.7 looks to have"),
    ("south", "004,Dale Middle,middle,resides,-38.2,-85.7,,,,", "latitude -38.2 looks to have"),
    (
        "far away",
        "004,Dale Middle,middle,resides,28.2,-85.7,,,,",
        "km from the rest of the schools",
    ),
    ("not degrees", "004,Dale Middle,middle,resides,38X,-85.7,,,,", "latitude '38X' is not a num"),
    ("no level", "004,Dale Middle,,resides,38.2,-85.7,,,,", "no level"),
    ("level", "004,Dale Middle,upper,resides,38.2,-85.7,,,,", "level 'upper' is none of"),
    ("no program", "004,Dale Middle,middle,,38.2,-85.7,,,,", "no program"),
    ("program", "004,Dale Middle,middle,blue,38.2,-85.7,,,,", "program 'blue' is none of"),
    ("negative", "004,Dale Middle,middle,resides,38.2,-85.7,-5,,,", "enrollment -5 is less than 0"),
    ("text", "004,Dale Middle,middle,resides,38.2,-85.7,few,,,", "enrollment 'few' is not a num"),
    ("infinite", "004,Dale Middle,middle,resides,38.2,-85.7,inf,,,", "enrollment 'inf' is not"),
    (
        "feeder",
        "004,Dale Middle,middle,resides,38.2,-85.7,,001;CENTRAL,,",
        "feeder_high_school_ids names 'CENTRAL', which is not a school",
    ),
    ("time", "004,Dale Middle,middle,resides,38.2,-85.7,,,25:00,", "bell_start '25:00' is not a"),
    ("half day", "004,Dale Middle,middle,resides,38.2,-85.7,,,,14:00 PM", "bell_end '14:00 PM'"),
    ("words", "004,Dale Middle,middle,resides,38.2,-85.7,,,early,", "bell_start 'early' is not a"),
    (
        "backwards",
        "004,Dale Middle,middle,resides,38.2,-85.7,,,14:10,7:30",
        "bell_end 07:30 is not after bell_start 14:10",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "told"), [f[1:] for f in ROW_FAULTS], ids=[f[0] for f in ROW_FAULTS]
)
def test_each_fault_names_row_and_school(tmp_path: Path, row: str, told: str) -> None:
    path = csv_file(tmp_path, TOWN + row + "\n")
    error = faults_of(path)
    assert error.headline == f"{path} has 1 fault"
    assert error.faults[0].startswith("row 5  Dale Middle   ")
    assert told in error.faults[0]
    assert "--column NAME=COLUMN" in error.remedy
    assert "columns={" in error.remedy


def test_every_fault_at_once_in_row_order_as_in_the_style_guide(tmp_path: Path) -> None:
    rows = [row for _, row, _ in ROW_FAULTS]
    path = csv_file(tmp_path, TOWN + "\n".join(rows).replace("\n004", "\n1{}").format(*range(99)))
    error = faults_of(path)
    assert len(error.faults) == len(ROW_FAULTS)
    assert error.headline == f"{path} has {len(ROW_FAULTS)} faults"
    for k, (_, _, told) in enumerate(ROW_FAULTS):
        assert error.faults[k].startswith(f"row {k + 5} ")
        assert told in error.faults[k]
    assert isinstance(error, ZoningError)
    assert isinstance(error, ValueError)


def test_a_row_can_have_several_faults_and_no_name(tmp_path: Path) -> None:
    error = faults_of(csv_file(tmp_path, TOWN + "004,,middle,resides,,,-5,X,,\n"))
    assert len(error.faults) == 3
    assert all(fault.startswith("row 5  (no name)   ") for fault in error.faults)


def test_row_numbers_are_line_numbers(tmp_path: Path) -> None:
    text = (
        TOWN
        + '\n004,"Dale\nMiddle",middle,resides,38.2,-85.7,1,,,\n005,Elm,x,resides,38.2,-85.7,,,,\n'
    )
    error = faults_of(csv_file(tmp_path, text))
    assert error.faults[0].startswith("row 8  Elm   level 'x'")


def test_names_cannot_break_the_message(tmp_path: Path) -> None:
    name = '"' + "\x1b[31mDale\n" + "long " * 30 + '"'
    error = faults_of(csv_file(tmp_path, TOWN + f"004,{name},x,resides,38.2,-85.7,,,,\n"))
    assert "\x1b" not in str(error)
    assert len(str(error).splitlines()) == 3
    assert len(error.faults[0]) < 150


def test_features_and_rows_count_from_one(tmp_path: Path) -> None:
    points = town_points().assign(level=["middle", "middle", "x"])
    points.to_file(tmp_path / "schools.gpkg")
    assert faults_of(tmp_path / "schools.gpkg").faults[0].startswith("feature 3  School 2   level")
    assert faults_of(points).faults[0].startswith("row 3  School 2   level 'x'")


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        (None, "no geometry"),
        (Point(), "no geometry"),
        (Point(float("nan"), 38.2), "no geometry"),
        (Polygon([(-86, 38), (-85, 38), (-86, 39)]), "geometry is a Polygon, not a point"),
        (MultiPoint([(-85.7, 38.2), (-85.6, 38.2)]), "geometry is a MultiPoint, not a point"),
        (Point(38.2, -85.7), "look swapped"),
    ],
)  # fmt: skip
def test_geometry_faults(tmp_path: Path, shape: Any, told: str) -> None:
    points = town_points(5)
    points.loc[3, "geometry"] = shape
    points.to_file(tmp_path / "schools.gpkg")
    for source in (points, tmp_path / "schools.gpkg"):
        error = faults_of(source)
        assert len(error.faults) == 1
        assert " 4  School 3   " in error.faults[0]
        assert told in error.faults[0]


def test_invalid_geojson_geometry_is_named(tmp_path: Path) -> None:
    content = json.loads(town_points().to_json())
    content["features"][1]["geometry"] = {"type": "Point", "coordinates": ["a"]}
    error = faults_of(csv_file(tmp_path, json.dumps(content), "schools.geojson"))
    assert error.faults == ("feature 2  School 1   the geometry is not valid GeoJSON",)


def test_points_outside_their_reference_system_are_named() -> None:
    points = town_points().to_crs("EPSG:2246")
    points.loc[1, "geometry"] = Point(1e300, 1e300)
    error = faults_of(points)
    assert len(error.faults) == 1
    assert "row 2  School 1" in error.faults[0]


@pytest.mark.parametrize("lacking", ["school_id", "level", "latitude", "longitude"])
def test_required_columns_are_asked_for_once(lacking: str) -> None:
    frame = town_frame().drop(columns=lacking).assign(feeder_high_school_ids="000")
    error = faults_of(frame)
    assert len(error.faults) == 1
    assert f"no column {lacking}" in error.faults[0]
    assert "it has: " in error.faults[0]
    assert "program" in error.faults[0]
    assert "--column NAME=COLUMN" in error.remedy


def test_a_mapped_column_that_is_not_there_brings_the_close_ones() -> None:
    frame = town_frame().assign(Enrolled_2024=5)
    error = faults_of(frame, columns={"enrollment": "Enroled_2024", "zip": "PLZ"})
    assert len(error.faults) == 2
    assert "no column 'Enroled_2024', which is mapped to enrollment" in error.faults[0]
    assert "did you mean 'Enrolled_2024'?" in error.faults[0]
    assert "it has: school_id, name, level" in error.faults[0]
    assert "no column 'PLZ', which is mapped to zip; it has" in error.faults[1]


def test_a_mapping_of_a_name_that_is_not_ours_is_refused() -> None:
    error = faults_of(town_frame(), columns={"enrolment_total": "name"})
    assert "'enrolment_total' is not a column that can be mapped" in error.faults[0]
    assert "did you mean 'enrollment'?" in error.faults[0]


def test_columns_that_could_both_be_ours_are_refused() -> None:
    frame = town_frame().drop(columns="level").assign(Level="middle", LEVEL="high")
    assert "columns Level, LEVEL could each be level" in str(faults_of(frame))


@pytest.mark.parametrize("percent", [-5, 101, "most"])
def test_percentages_are_checked(percent: Any) -> None:
    error = faults_of(town_frame().assign(pct_black=[10, percent, 20]))
    assert "row 2  School 1   pct_black" in error.faults[0]


@pytest.mark.parametrize("distance", [-1.0, float("nan")])
def test_campus_distance_must_make_sense(distance: float) -> None:
    assert "campus_distance_m" in str(faults_of(town_frame(), campus_distance_m=distance))


# --- far from the rest ---------------------------------------------------------------


def place_kinds(*places: tuple[float, float]) -> dict[int, str]:
    lat, lon = np.array(places, dtype=np.float64).T
    return place_faults(lat, lon)


def test_no_real_district_is_far_from_itself(jefferson: District, shared_data: Path) -> None:
    for schools in (jefferson.schools, read_schools(shared_data / "ccs_schools.csv")):
        lat, lon = schools.geometry.y.to_numpy(), schools.geometry.x.to_numpy()
        assert place_faults(lat, lon) == {}
        assert len(place_faults(lon, lat)) == len(schools)  # swapped as a whole


def test_islands_and_remote_towns_are_kept() -> None:
    honolulu = [(21.3 + 0.01 * k, -157.85) for k in range(30)]
    islands = [
        (21.97, -159.37),
        (21.09, -157.02),
        (20.89, -156.47),
        (20.02, -155.67),
        (19.71, -155.08),
    ]
    assert place_kinds(*honolulu, (21.44, -158.19), *islands) == {}
    thin = [(40.0 + 1.2 * k, -115.0) for k in range(6)]  # a town every 133 km
    assert place_kinds(*thin) == {}
    aleutians = [(51.88, -176.65), (52.20, -174.20), (52.94, -168.86)]
    assert place_kinds(*aleutians) == {}
    date_line = [(-16.8 + 0.01 * k, lon) for k, lon in enumerate((179.9, -179.95, 179.99, -179.8))]
    assert place_kinds(*date_line) == {}


def test_several_lost_signs_do_not_hide_each_other() -> None:
    town = [(38.2 + 0.01 * k, -85.7) for k in range(8)]
    found = place_kinds(*town, (38.2, 85.7), (38.21, 85.7), (38.22, 85.7))
    assert sorted(found) == [8, 9, 10]
    assert all("wrong sign" in told for told in found.values())


def test_distances_are_those_of_the_ellipsoid() -> None:
    """One degree of longitude on the equator is 111,319.49 m of the WGS 84 ellipsoid."""
    at = earth_metres(np.zeros(3), np.array([0.0, 0.001, 180.0]))
    assert np.linalg.norm(at[1] - at[0]) == pytest.approx(111.31949, abs=1e-5)
    assert np.linalg.norm(at[2] - at[0]) == pytest.approx(2 * 6_378_137)
    across = earth_metres(np.zeros(2), np.array([179.9995, -179.9995]))
    assert np.linalg.norm(across[1] - across[0]) == pytest.approx(111.31949, abs=1e-5)
    pole = earth_metres(np.array([90.0]), np.zeros(1))
    assert pole[0, 2] == pytest.approx(6_356_752.3142, abs=1e-3)


def test_a_campus_on_the_date_line() -> None:
    frame = town_frame(4).assign(latitude=-16.8, longitude=[179.9999, -179.9999, 179.95, -179.95])
    assert campuses(frame) == ["000", "000", "002", "003"]


def test_two_schools_cannot_be_compared() -> None:
    assert place_kinds((38.2, -85.7), (28.2, -85.7)) == {}


def test_swapped_where_both_ways_are_on_the_map() -> None:
    budapest = [(47.5 + 0.01 * k, 19.0) for k in range(6)]
    assert "look swapped" in place_kinds(*budapest, (19.02, 47.51))[6]


@pytest.mark.slow
@given(
    st.integers(3, 40).flatmap(
        lambda n: st.tuples(
            st.lists(st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5)), min_size=n, max_size=n),
            st.floats(-55, 60),
            st.floats(-180, 180),
        )
    )
)
def test_a_county_anywhere_is_never_far_from_itself(
    county: tuple[list[tuple[float, float]], float, float],
) -> None:
    """Any schools within a square of one degree: at most 157 km across."""
    offsets, lat0, lon0 = county
    places = [(lat0 + a, (lon0 + b + 180) % 360 - 180) for a, b in offsets]
    told = place_kinds(*places)
    assert not any("from the rest" in t or "sign" in t for t in told.values())


# --- campuses and buildings ----------------------------------------------------------


def test_jefferson_has_143_buildings(jefferson: District) -> None:
    """145 schools, less one virtual, two sharing a campus (data/README.md)."""
    schools, made = jefferson.schools, buildings(jefferson.schools)
    assert len(schools) == 145
    assert (schools["program"] != "virtual").sum() == 144
    assert len(made) == 143
    assert made.index.is_unique
    shared = made[made["school_ids"].map(len) > 1]
    assert shared.index.tolist() == ["275191"]
    row = shared.iloc[0]
    assert row["name"] == "W.E.B. DuBois Academy + Mary Ryan Academy"
    assert row["school_ids"] == ("275191", "275458")
    assert row["level"] == "high"
    assert row["programs"] == ("magnet", "alternative")
    assert row["enrollment"] == 517 + 26
    assert row["feeders"] == ()
    assert row["arrival_bells_s"] == (27000, 31200)
    assert (row["bell_start_s"], row["bell_end_s"]) == (27000, 55200)
    assert row["behavior_events"] == 105
    assert row["geometry"].x == pytest.approx((-85.700419 - 85.700386) / 2)
    assert "275951" not in made.index
    assert {"275073", "275061"} <= set(made.index)  # Seneca and Goldsmith, 64 m apart
    assert made.crs == schools.crs


def test_a_wider_campus_takes_in_seneca_and_goldsmith(jefferson: District) -> None:
    wider = schools_from_frame(jefferson.schools, campus_distance_m=70)
    assert wider["campus_id"]["275073"] == wider["campus_id"]["275061"] == "275061"


def test_charlottesville_needs_nothing_optional(shared_data: Path) -> None:
    schools = read_schools(shared_data / "ccs_schools.csv")
    made = buildings(schools)
    assert len(made) == 9
    assert made["bell_start_s"].isna().all()
    assert made["arrival_bells_s"].tolist() == [()] * 9
    assert "behavior_events" not in made
    assert high_school_ids(schools) == ("CCS-CHARLOTTESVILLE",)
    assert "no bell times were given: patrols are not timed to the start of school" in notices(
        schools
    )


def test_empty_optional_columns() -> None:
    frame = town_frame().assign(enrollment=None, bell_start="", bell_end=None, behavior_events="")
    schools = schools_from_frame(frame)
    made = buildings(schools)
    assert made["enrollment"].isna().all()
    assert made["behavior_events"].isna().all()
    told = "\n".join(notices(schools))
    for missing in (
        "no bell times",
        "no enrolment",
        "no feeder high schools",
        "no reported behavior events",
    ):
        assert missing in told


def test_a_district_of_virtual_schools_has_no_buildings() -> None:
    schools = schools_from_frame(town_frame().assign(program="virtual"))
    assert len(buildings(schools)) == 0
    assert high_school_ids(schools) == ()
    assert "3 virtual schools left out" in notices(schools)[0]


def spaced(metres: list[float], **columns: Any) -> pd.DataFrame:
    """Schools at given metres along a line near the middle of UTM zone 16."""
    line = gpd.GeoSeries([Point(500_000, 4_228_000 + m) for m in metres], crs="EPSG:32616")
    degrees = line.to_crs("EPSG:4326")
    frame = town_frame(len(metres)).assign(latitude=degrees.y, longitude=degrees.x)
    return frame.assign(**columns)


def campuses(frame: pd.DataFrame, **options: Any) -> list[str]:
    return schools_from_frame(frame, **options)["campus_id"].tolist()


def test_campus_by_distance_in_metres_and_in_chains() -> None:
    assert campuses(spaced([0, 49, 200])) == ["000", "000", "002"]
    assert campuses(spaced([0, 51, 200])) == ["000", "001", "002"]
    assert campuses(spaced([0, 45, 90, 135])) == ["000"] * 4
    assert campuses(spaced([0, 90, 45])) == ["000"] * 3
    assert campuses(spaced([0, 49, 49]), campus_distance_m=0) == ["000", "001", "001"]


def test_campus_by_address_and_zip() -> None:
    far = [0.0, 900.0, 1800.0]
    same = ["12 Main St", " 12  MAIN st", "12 Main St"]
    assert campuses(spaced(far, address=same)) == ["000"] * 3
    assert campuses(spaced(far, address=same, zip=["40213", "40213", "40299"])) == [
        "000",
        "000",
        "002",
    ]
    assert campuses(spaced(far, address="")) == ["000", "001", "002"]


def test_a_virtual_school_shares_no_campus() -> None:
    frame = spaced([0, 0, 10], address="12 Main St", program=["magnet", "virtual", "magnet"])
    assert campuses(frame) == ["000", "001", "000"]


def test_one_address_in_two_towns_is_two_buildings_and_is_told() -> None:
    addresses = ["1 Main St", "1 Main St", "2 Main St"]
    schools = schools_from_frame(spaced([0, 20_000, 40_000], address=addresses))
    assert schools["campus_id"].tolist() == ["000", "001", "002"]
    told = "School 0 (000), School 1 (001) have one address, 1 Main St, but lie more than 5 km"
    assert any(told in n for n in notices(schools))


def test_a_column_of_one_address_does_not_chain_a_county_into_one_building() -> None:
    county = spaced([4000.0 * k for k in range(10)], address="Central Office, 1 Main St")
    assert len(buildings(schools_from_frame(county))) == 10


@pytest.mark.slow
@settings(max_examples=40)
@given(st.permutations(range(12)), st.lists(st.integers(0, 12), min_size=12, max_size=12))
def test_row_order_changes_no_building(order: list[int], places: list[int]) -> None:
    frame = spaced([40.0 * p for p in places], enrollment=range(12))
    frame["address"] = [f"{p % 5} Main St" if p % 3 else None for p in places]
    one, other = (buildings(schools_from_frame(f)) for f in (frame, frame.iloc[order]))
    assert {frozenset(b) for b in one["school_ids"]} == {frozenset(b) for b in other["school_ids"]}
    by_members = [
        {frozenset(r.school_ids): (r.enrollment, r.geometry) for r in b.itertuples()}
        for b in (one, other)
    ]
    assert by_members[0] == by_members[1]
    assert sorted(s for b in one["school_ids"] for s in b) == sorted(frame["school_id"])
    assert all(b[0] == campus for campus, b in one["school_ids"].items())


def test_high_schools_without_feeders_are_those_of_level_high() -> None:
    frame = town_frame(4).assign(
        level=["high", "middle", "high", "high"], program=["magnet", "magnet", "virtual", "resides"]
    )
    assert high_school_ids(schools_from_frame(frame)) == ("000", "003")
    frame["feeder_high_school_ids"] = ["", "003", "", "003"]
    assert high_school_ids(schools_from_frame(frame)) == ("003",)


# --- notices -------------------------------------------------------------------------


def test_notices_of_jefferson(jefferson: District) -> None:
    told = notices(jefferson.schools)
    assert any(
        "1 virtual school left out" in n and "Pathfinder School of Innovation (275951)" in n
        for n in told
    )
    assert any("W.E.B. DuBois Academy + Mary Ryan Academy" in n for n in told)
    assert any("Hudson Middle" in n and "no feeder high school" in n for n in told)
    assert any("3 schools without reported behavior events" in n and "Smyrna" in n for n in told)
    assert not any("no bell times" in n for n in told)


def test_notices_name_half_known_bells_and_wrong_feeders() -> None:
    frame = town_frame(4).assign(
        bell_start=["7:30", "", "7:30", ""],
        bell_end=["14:10", "14:10", "", ""],
        feeder_high_school_ids=["000", "000", "000", ""],
        enrollment=[10, None, 10, 10],
    )
    told = "\n".join(notices(schools_from_frame(frame)))
    assert "1 school without bell times, no patrol is timed to them there: School 3 (003)" in told
    assert "1 school without a start bell, no patrol is timed to it there: School 1 (001)" in told
    assert "1 school without an end bell" in told
    assert "1 school named as a feeder high school but not one: School 0 (000)" in told
    assert "1 school with an attendance area but no feeder high school: School 3 (003)" in told
    assert "1 school without enrolment: School 1 (001)" in told


def test_long_lists_of_names_are_cut() -> None:
    frame = town_frame(40).assign(enrollment=[None] * 39 + [5])
    (told,) = [n for n in notices(schools_from_frame(frame)) if "without enrolment" in n]
    assert "39 schools" in told
    assert told.endswith("and 27 more")


def test_buildings_far_from_all_others_are_told_with_the_distance() -> None:
    """One degree of latitude is 110.6 km at the equator, 0.001 degrees of longitude 111 m."""
    frame = pd.DataFrame(
        {
            "school_id": list("abcde"),
            "name": ["Ash", "Beech", "Cedar", "Dune", "Elm"],
            "level": "middle",
            "latitude": [0.1, 0.1, 0.1, 0.5, 0.5],
            "longitude": [10.0, 10.001, 10.0, 10.0, 10.001],
        }
    )
    told = [n for n in notices(schools_from_frame(frame)) if "far from all" in n]
    assert told == [
        "far from all other buildings, over 20 km in a straight line to the next: Dune, Elm (44 km)"
    ]
    near = schools_from_frame(frame.assign(latitude=[0.1, 0.1, 0.1, 0.27, 0.27]))
    assert not [n for n in notices(near) if "far from all" in n]
