"""Lists of schools as states and NCES publish them: one district, its state, its coordinates."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from pyproj import Transformer

from zoning.errors import SchoolDataError
from zoning.schools import notices, read_schools
from zoning.schools.survey import (
    SchoolFileReport,
    SchoolFileSettings,
    survey_schools,
)
from zoning.schools.systems import find_systems

DIRECTORY = """\
SCHOOL_YEAR,ST,SCH_NAME,LEA_NAME,LEAID,NCESSCH,LSTREET1,LSTATE,SY_STATUS_TEXT,SCH_TYPE_TEXT,GSLO,\
GSHI,LEVEL
2023-2024,KY,Able,Abbey County,2100001,210000100001,1 Main,KY,Open,Regular School,PK,05,Elementary
2023-2024,KY,Baker,Abbey County,2100001,210000100002,2 Main,KY,Open,Regular School,06,08,Middle
2023-2024,KY,Clark,Abbey County,2100001,210000100003,3 Main,KY,Open,Regular School,09,12,High
2023-2024,KY,Dale,Abbey County,2100001,210000100004,4 Main,KY,Closed,Regular School,KG,05,Elementary
2023-2024,KY,Elm,Abbey County,2100001,210000100005,5 Main,KY,Open,Regular School,PK,PK,\
Prekindergarten
2023-2024,KY,Fir,Abbey County,2100001,210000100006,6 Main,KY,Open,Alternative Education School,M,M,\
Not reported
2023-2024,KY,Glen,Byron County,2100002,210000200001,7 Main,KY,Open,Regular School,KG,12,Other
2023-2024,KY,Holt,Byron County,2100002,210000200002,8 Main,KY,Open,Regular School,KG,12,Other
"""
PLACES = "NCESSCH,LEAID,NAME,STATE,LAT,LON\n" + "".join(
    f"2100001{k:05},2100001,X{k},KY,{38.1 + k / 100},{-85.7 + k / 100}\n" for k in range(1, 7)
)
TEXAS = """\
district_id,DISTNAME,campus_id,CAMPNAME,NAME,STREET,COUNTY,GRADERANGE,INSTR_TYPE,lat,lng
015907,ABBEY ISD,015907001,ABLE H S,,1 A,015,09 10 11 12,REGULAR INSTRUCTIONAL,29.40,-98.50
015907,ABBEY ISD,015907041,BAKER MIDDLE,,2 A,015,06 07 08,REGULAR INSTRUCTIONAL,29.41,-98.51
015907,ABBEY ISD,015907101,CLARK EL,,3 A,015,EE PK KG 01 02 03 04 05,REGULAR,29.42,-98.52
015907,ABBEY ISD,015907102,DALE EL,,4 A,015,EE PK KG 01 02 03 04 05,REGULAR,29.43,-98.53
015907,ABBEY ISD,015907200,EVENING,,5 A,015,AE,REGULAR,29.44,-98.54
061902,BYRON ISD,061902001,BYRON H S,,6 A,061,09 10 11 12,REGULAR,33.03,-97.10
061902,BYRON ISD,061902002,BYRON EL,,6 A,061,KG 01 02,REGULAR,33.04,-97.11
"""
TOWN = """\
SITE_ID,SCHOOL,GRADES,COUNTY,STATE,X,Y
1,Able,K-5,Jefferson,KY,{0[0]},{1[0]}
2,Baker,6-8,Jefferson,KY,{0[1]},{1[1]}
3,Clark,9-12,Jefferson,KY,{0[2]},{1[2]}
"""


def saved(folder: Path, text: str, name: str = "schools.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def read_with(report: SchoolFileReport) -> gpd.GeoDataFrame:
    """Read the file as the report says."""
    asked = report.settings
    return read_schools(
        report.path,
        **{name: getattr(asked, name) for name in SchoolFileSettings.__dataclass_fields__},
    )


def said(report: SchoolFileReport, setting: str) -> str:
    return "\n".join(d.what for d in report.decisions if d.setting == setting)


def projected(system: str, lon: float = -85.75, lat: float = 38.2) -> Any:
    to_system = Transformer.from_crs("EPSG:4326", system, always_xy=True)
    return to_system.transform(lon + np.array([0.0, 0.02, 0.04]), lat + np.array([0.0, 0.01, 0.0]))


# --- one district of many ----------------------------------------------------------------


def test_the_places_and_the_grades_of_nces_are_two_files(tmp_path: Path) -> None:
    directory = saved(tmp_path, DIRECTORY)
    places = saved(tmp_path, PLACES, "edge.csv")
    asked = SchoolFileSettings(details=(places,))
    report = survey_schools(directory, district="Abbey County", settings=asked)
    assert dict(report.schools["level"]) == {
        "210000100001": "elementary",
        "210000100002": "middle",
        "210000100003": "high",
        "210000100005": "elementary",
    }
    assert report.settings.where == {"LEAID": "2100001"}
    assert report.settings.state == "KY"
    assert report.settings.leave_out == {"LEVEL": ("Not reported",)}
    assert report.district == "Abbey County"
    assert "6 rows of 8 are of the district 2100001, Abbey County" in said(report, "where")
    assert "1 school left out, without a level (LEVEL is 'Not reported'): X6" in said(
        report, "leave_out"
    )
    assert "1 school with prekindergarten alone counted as elementary: X5" in said(
        report, "leave_out"
    )
    assert any("Closed" in notice for notice in report.notices)
    assert "4 columns added from edge.csv, by NCESSCH" in report.notices
    assert read_with(report).equals(report.schools)
    turned = SchoolFileSettings(details=(directory,))
    other = survey_schools(places, district="2100001", settings=turned)
    assert other.schools.index.tolist() == report.schools.index.tolist()


def test_details_of_other_schools_are_refused(tmp_path: Path) -> None:
    directory, texas = saved(tmp_path, DIRECTORY), saved(tmp_path, TEXAS, "texas.csv")
    with pytest.raises(SchoolDataError, match=r"texas.csv has no school of .*schools.csv"):
        read_schools(directory, details=[texas])
    twice = saved(tmp_path, PLACES + PLACES.splitlines()[1], "twice.csv")
    with pytest.raises(SchoolDataError, match=r"row 8   NCESSCH 210000100001 also in row 2"):
        read_schools(directory, details=[twice])


def test_a_list_of_several_districts_asks_which(tmp_path: Path) -> None:
    path = saved(tmp_path, TEXAS)
    with pytest.raises(SchoolDataError) as caught:
        survey_schools(path)
    assert caught.value.faults == (
        "015907  ABBEY ISD (5 schools)",
        "061902  BYRON ISD (2 schools)",
    )
    assert '--district-name "ABBEY ISD"' in caught.value.remedy
    with pytest.raises(SchoolDataError, match="ABBEY ISD") as near:
        survey_schools(path, district="Abby ISD")
    assert near.value.headline.endswith("has no district 'Abby ISD'")


@pytest.mark.parametrize("wanted", ["abbey isd", "015907", "15907", "Abbey"])
def test_a_district_is_named_by_id_or_name(tmp_path: Path, wanted: str) -> None:
    report = survey_schools(saved(tmp_path, TEXAS), district=wanted)
    assert report.settings.where == {"district_id": "015907"}
    assert report.settings.leave_out == {"GRADERANGE": ("AE",)}
    assert report.settings.columns["name"] == "CAMPNAME"  # NAME is empty
    assert report.settings.columns["school_id"] == "campus_id"
    assert report.schools["name"].tolist() == ["ABLE H S", "BAKER MIDDLE", "CLARK EL", "DALE EL"]
    assert read_with(report).equals(report.schools)


def test_where_districts_have_only_numbers_the_counties_are_offered(tmp_path: Path) -> None:
    rows = [
        f"12{k % 3:05},{k},School {k},K-5,{('LEON', 'GULF', 'GULF')[k % 3]},38.2,-85.{k}\n"
        for k in range(10, 20)
    ]
    path = saved(tmp_path, "DISTRICTID,NCESID,NAME,ST_GRADE,COUNTY,LAT,LON\n" + "".join(rows))
    with pytest.raises(SchoolDataError) as unsaid:
        survey_schools(path)
    assert "--where COUNTY=GULF (7 schools)" in unsaid.value.remedy
    with pytest.raises(SchoolDataError) as named:
        survey_schools(path, district="Leon County")
    assert "--where COUNTY=LEON (3 schools)" in named.value.remedy
    with pytest.raises(SchoolDataError) as with_names:
        survey_schools(saved(tmp_path, TEXAS, "texas.csv"), district="Cable County")
    assert "--where" not in with_names.value.remedy


def test_a_few_schools_of_others_are_left_out_and_said(tmp_path: Path) -> None:
    rows = "".join(f"1042,Abbey,{k},School {k},K-5,38.2,-85.{k}\n" for k in range(10, 30))
    text = "DIST_NO,DISTRICT,SCH_NO,NAME,GRADES,LAT,LON\n" + rows
    path = saved(tmp_path, text + "2000,Charter Co,77,Charter,K-8,38.2,-85.31\n")
    report = survey_schools(path)
    assert report.settings.where == {"DIST_NO": "1042"}
    assert "1 row of others left out" in said(report, "where")
    assert len(report.schools) == 20


def test_council_districts_are_no_school_districts(tmp_path: Path) -> None:
    rows = "".join(f"{k},School {k},K-5,38.2,-85.{k},{k % 4}\n" for k in range(10, 20))
    path = saved(tmp_path, "SCH_NO,NAME,GRADES,LAT,LON,DISTRICT\n" + rows)
    assert survey_schools(path).settings.where == {}


def test_rows_chosen_and_left_out_by_the_planner(tmp_path: Path) -> None:
    path = saved(tmp_path, TEXAS)
    schools = read_schools(
        path, where={"DistName": "abbey  isd"}, leave_out={"campus_id": ["15907102", "015907200"]}
    )
    assert schools.index.tolist() == ["015907001", "015907041", "015907101"]
    with pytest.raises(SchoolDataError) as caught:
        read_schools(path, where={"DISTNAME": "ABBY ISD"})
    assert caught.value.faults == (
        "no DISTNAME is 'ABBY ISD'; did you mean 'ABBEY ISD' or 'BYRON ISD'?",
        "DISTNAME is: ABBEY ISD (5), BYRON ISD (2)",
    )
    with pytest.raises(SchoolDataError, match=r"no column 'DISTNAM' \(did you mean 'DISTNAME'"):
        read_schools(path, where={"DISTNAM": "ABBEY ISD"})


def test_a_longer_list_is_read_if_a_district_is_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zoning.geotables.MOST_ROWS", 2)
    monkeypatch.setattr("zoning.geotables.HEAD_LINES", 1)
    path = saved(tmp_path, TEXAS)
    with pytest.raises(SchoolDataError, match="at most 2 are read"):
        read_schools(path)
    chosen = read_schools(path, where={"district_id": "061902"})
    assert len(chosen) == 2


def test_grades_alone_are_mapped_and_left_out_by_value(tmp_path: Path) -> None:
    path = saved(tmp_path, TEXAS)
    where = {"district_id": "015907"}
    assert len(read_schools(path, where=where, levels={"AE": "leave out"})) == 4
    mapped = read_schools(path, where=where, levels={"AE": "high"})
    assert mapped.loc["015907200", "level"] == "high"


def test_a_school_without_a_place_is_left_out_by_its_id(tmp_path: Path) -> None:
    path = saved(tmp_path, TEXAS.replace("29.42,-98.52", ","))
    report = survey_schools(path, district="ABBEY ISD")
    assert report.settings.leave_out == {
        "campus_id": ("015907101",),
        "GRADERANGE": ("AE",),
    }
    assert "without a place: CLARK EL" in said(report, "leave_out")
    assert len(read_with(report)) == 3


def test_too_many_gaps_are_a_fault_of_the_file(tmp_path: Path) -> None:
    lines = [f"{k},School {k},{'' if k < 15 else 'K-5'},38.2,-85.{k}" for k in range(10, 30)]
    path = saved(tmp_path, "\n".join(["SCH_NO,NAME,GRADES,LAT,LON", *lines]))
    with pytest.raises(SchoolDataError, match=r"rows 2-6 .* no level"):
        survey_schools(path)


def test_of_several_years_the_last_is_read_and_said(tmp_path: Path) -> None:
    rows = "".join(
        f"{year},{k},School {k},K-5,38.2,-85.{k}\n" for year in (2023, 2024) for k in range(10, 14)
    )
    path = saved(tmp_path, "FISCAL_YEAR,SCH_NO,NAME,GRADES,LAT,LON\n" + rows)
    with pytest.raises(SchoolDataError, match="such as those of one FISCAL_YEAR"):
        read_schools(path)
    report = survey_schools(path)
    assert report.settings.where == {"FISCAL_YEAR": "2024"}
    assert "the list has 2 years, 2023 to 2024" in said(report, "where")
    assert len(report.schools) == 4
    asked = SchoolFileSettings(where={"FISCAL_YEAR": "2023"})
    assert survey_schools(path, settings=asked).settings.where == {"FISCAL_YEAR": "2023"}


def test_campuses_of_one_school_share_its_id(tmp_path: Path) -> None:
    text = (
        "SCH_NO,NAME,OBJECTID,Label,GRADES,LAT,LON\n"
        "10,Roof,1,PS1,K-4,38.2,-85.7\n10,Roof,2,PS2,5-8,38.3,-85.7\n11,Sea,3,PS3,K-5,38.4,-85.7\n"
    )
    path = saved(tmp_path, text)
    with pytest.raises(SchoolDataError, match="campuses of one school, read Label"):
        read_schools(path)
    report = survey_schools(path)
    assert "2 schools share an id in SCH_NO, so OBJECTID" in said(report, "columns")
    assert report.schools["name"].tolist() == ["Roof", "Roof", "Sea"]
    asked = SchoolFileSettings(columns={"school_id": "Label"})
    assert survey_schools(path, settings=asked).schools.index.tolist() == ["PS1", "PS2", "PS3"]
    # One school twice at one place is a fault of the file.
    twice = saved(tmp_path, text.replace("38.3", "38.2"), "twice.csv")
    with pytest.raises(SchoolDataError, match="school_id '10' also in row 2"):
        survey_schools(twice)


def test_names_cut_at_ten_letters_and_degrees_under_other_names(tmp_path: Path) -> None:
    text = (
        "X,Y,SchoolNumb,SchoolProg,DistrictNu,DistrictNa,CLASSIFICA,XCOORD,YCOORD\n"
        "1254433.8,210195.8,001,Able,0101,Abbey,Elementary,-85.70,38.20\n"
        "1254533.8,210295.8,002,Baker,0101,Abbey,High,-85.71,38.21\n"
        "1254533.8,210295.8,001,Clark,0102,Byron,High,-85.71,38.21\n"
    )
    report = survey_schools(saved(tmp_path, text), district="Abbey")
    assert report.settings.where == {"DistrictNu": "0101"}
    assert report.settings.columns == {
        "school_id": "SchoolNumb",
        "name": "SchoolProg",
        "level": "CLASSIFICA",
        "latitude": "YCOORD",
        "longitude": "XCOORD",
    }
    assert read_with(report).equals(report.schools)


def test_a_column_of_hours_with_other_text_is_not_read(tmp_path: Path) -> None:
    rows = [
        "1,Able,K-5,38.2,-85.70,8:00 AM - 3:00 PM",
        "2,Baker,6-8,38.2,-85.71,8:15 AM - 3:15 PM",
        '3,Clark,9-12,38.2,-85.72,"M-R 7:50 AM - 3:26 PM, F 7:50 AM"',
    ]
    path = saved(tmp_path, "\n".join(["SCH_NO,NAME,GRADES,LAT,LON,School_Hours", *rows]))
    report = survey_schools(path)
    assert report.settings.columns["bell_start"] == report.settings.columns["bell_end"] == ""
    assert "no bells are read: School_Hours of 1 school is no time" in said(report, "columns")
    assert [one.what for one in report.lacking][1] == "bell times"


def test_a_list_without_places_says_so_before_it_asks_for_a_district(tmp_path: Path) -> None:
    with pytest.raises(SchoolDataError, match="no column latitude") as caught:
        survey_schools(saved(tmp_path, DIRECTORY))
    assert "NCES's EDGE: give it as details under [schools]" in caught.value.remedy
    assert not any("Abbey County (" in line for line in caught.value.faults)
    written = (
        "SCH_NO,SCHOOL,Place\n1,Able High,POINT (-85.70 38.20)\n2,Elm High,POINT (-85.71 38.21)\n"
    )
    assert len(survey_schools(saved(tmp_path, written, "written.csv")).schools) == 2


def test_levels_by_type_with_values_of_the_planner(tmp_path: Path) -> None:
    kinds = ["Elementary School"] * 5 + ["High School"] * 2 + ["Charter School"] * 3
    lines = [
        f"{'' if kind == 'Charter School' else k},School {k % 9},{kind},{k},38.2,-85.7{k}"
        for k, kind in enumerate(kinds, start=1)
    ]
    path = saved(tmp_path, "\n".join(["LocationID,NAME,TYPE,OBJECTID,LAT,LON", *lines]))
    with pytest.raises(SchoolDataError, match=r"level 'Charter School' is none of"):
        read_schools(path)
    report = survey_schools(
        path, settings=SchoolFileSettings(levels={"Charter School": "leave out"})
    )
    assert report.schools["level"].value_counts().to_dict() == {"elementary": 5, "high": 2}
    assert read_with(report).equals(report.schools)
    # With charters in, some have no id and names repeat: the row numbers are better than nothing.
    mapped = SchoolFileSettings(levels={"Charter School": "k-8"})
    other = survey_schools(path, settings=mapped)
    assert other.settings.columns["school_id"] == "OBJECTID"
    assert "LocationID is empty for 3 schools, so OBJECTID" in said(other, "columns")
    assert len(other.schools) == 10


def test_the_only_column_of_words_of_levels_is_read_whatever_its_name(tmp_path: Path) -> None:
    rows = (
        "1,North,Elementary,Y,38.2,-85.7\n2,South,Middle,N,38.3,-85.7\n3,East,High,Y,38.4,-85.7\n"
    )
    head = "SCHOOLID,SCHOOLNAME,STAGE,{},LAT,LON\n"
    report = survey_schools(saved(tmp_path, head.format("OPEN") + rows))
    assert report.schools["level"].tolist() == ["elementary", "middle", "high"]
    assert report.settings.columns["level"] == "STAGE"
    assert "STAGE, the only one with nothing but words of levels: 1 Elementary, 1 Middle" in said(
        report, "columns"
    )
    two = rows.replace(",Y,", ",ES,").replace(",N,", ",HS,")
    with pytest.raises(SchoolDataError, match="no column level"):
        survey_schools(saved(tmp_path, head.format("ZONE") + two))


def test_a_count_or_a_place_is_not_offered_as_the_id(tmp_path: Path) -> None:
    head = "SCHOOL,TYPE,Total Staff & Student,GEO,Key\n"
    rows = [
        f'{name},{kind},{1000 + k},"38.2{k}, -85.7{k}",k{k}\n'
        for k, (name, kind) in enumerate(
            [("Creek", "ES"), ("Creek", "MS"), ("Lake", "HS"), ("Elm", "ES")]
        )
    ]
    with pytest.raises(SchoolDataError) as keyed:
        survey_schools(saved(tmp_path, head + "".join(rows)))
    assert "if it is 'Key', which differs in every row" in keyed.value.faults[0]
    bare = "".join(row.rpartition(",")[0] + "\n" for row in [head, *rows])
    with pytest.raises(SchoolDataError) as without:
        survey_schools(saved(tmp_path, bare))
    assert without.value.faults[0].startswith("no column school_id; it has: SCHOOL")
    assert "add a column school_id to the file" in without.value.remedy
    asked = SchoolFileSettings(columns={"school_id": "SCHOOL"})
    with pytest.raises(SchoolDataError) as named:
        survey_schools(saved(tmp_path, bare), settings=asked)
    assert "two schools of one name, add a column school_id" in named.value.remedy
    assert "Total" not in named.value.remedy


def test_alternative_schools_can_be_left_out_by_the_line_that_is_given(tmp_path: Path) -> None:
    rows = "".join(f"{k:02},School {k},K-5,Regular,38.{k},-85.7\n" for k in range(1, 5))
    odd = (
        "05,Annex,K-5,Alternative,38.5,-85.7\n06,Online,K-5,Virtual,38.6,-85.7\n"
        "07,Able County Jail,K-12,Regular,38.7,-85.7\n"
    )
    path = saved(tmp_path, "SCH_NO,NAME,GRADES,SCHOOL_TYPE,LAT,LON\n" + rows + odd)
    said = [d for d in survey_schools(path).decisions if "planned for like" in d.what]
    assert [d.change for d in said] == [
        'leave_out = { SCH_NO = ["05"] } plans without them',
        'leave_out = { SCH_NO = ["07"] } plans without them',
    ]
    assert "may mean no school building: Able County Jail" in said[1].what
    line = tomllib.loads(said[0].change.partition(" plans")[0])
    assert len(read_schools(path, leave_out=line["leave_out"])) == 6


def test_words_in_a_column_of_grades_and_names_where_the_level_is_other(tmp_path: Path) -> None:
    text = (
        "SCH_NO,NAME,Grades,LAT,LON\n1,Able,Elementary ,38.2,-85.7\n2,Baker,High,38.21,-85.7\n"
        "3,Clark Academy,Other,38.22,-85.7\n4,Dale,Middle,38.23,-85.7\n5,Elm,Middle,38.24,-85.7\n"
    )
    report = survey_schools(saved(tmp_path, text))
    assert report.settings.columns["level"] == "Grades"
    assert report.settings.leave_out == {"Grades": ("Other",)}
    named = (
        "SCH_NO,NAME,level,LAT,LON\n1,Able,ES,38.2,-85.7\n2,Fir Middle School,Other,38.2,-85.8\n"
    )
    assert read_schools(saved(tmp_path, named, "named.csv")).loc["2", "level"] == "middle"


def test_rows_that_repeat_another_in_every_cell_are_left_out(tmp_path: Path) -> None:
    path = saved(tmp_path, TEXAS + TEXAS.splitlines()[1])
    report = survey_schools(path, district="ABBEY ISD")
    assert len(report.schools) == 4
    assert "1 row left out, the same as another in every cell" in report.notices


# --- coordinate systems ------------------------------------------------------------------


@pytest.mark.parametrize("system", ["EPSG:2246", "EPSG:26916", "EPSG:3857"])
def test_the_only_system_that_fits_is_taken_and_said(tmp_path: Path, system: str) -> None:
    report = survey_schools(saved(tmp_path, TOWN.format(*projected(system))))
    assert report.settings.crs == system
    assert report.schools.geometry.x.iloc[0] == pytest.approx(-85.75, abs=1e-4)
    assert f"X and Y are taken for {system}" in said(report, "crs")
    assert "schools around 38.200 N, 85.730 W" in said(report, "crs")
    assert read_with(report).equals(report.schools)


def test_several_systems_that_fit_are_listed(tmp_path: Path) -> None:
    x, y = projected("EPSG:2229", -118.2, 34.1)
    text = TOWN.format(x, y).replace("KY", "CA")
    alone = saved(tmp_path, text.replace("COUNTY", "WARD"), "alone.csv")
    with pytest.raises(SchoolDataError) as caught:
        survey_schools(alone)
    assert "EPSG:2229 (NAD83 / California zone 5 (ftUS)): schools around 34.100 N, 118.180 W" in (
        caught.value.faults
    )
    assert len(caught.value.faults) == 8
    # The county says which zone.
    county = saved(tmp_path, text.replace("Jefferson", "Los Angeles County"), "county.csv")
    assert survey_schools(county).settings.crs == "EPSG:2229"


def test_without_a_state_no_system_is_tried(tmp_path: Path) -> None:
    path = saved(tmp_path, TOWN.format(*projected("EPSG:2246")).replace("STATE", "REGION"))
    with pytest.raises(SchoolDataError, match="Name the state"):
        survey_schools(path)
    asked = SchoolFileSettings(state="KY")
    assert survey_schools(path, settings=asked).settings.crs == "EPSG:2246"


def test_degrees_beside_feet_are_taken(tmp_path: Path) -> None:
    text = TOWN.format(*projected("EPSG:2246"))
    head, *rows = text.splitlines()
    lines = [f"{head},LAT,LON", *(f"{row},38.2,-85.7{k}" for k, row in enumerate(rows))]
    report = survey_schools(saved(tmp_path, "\n".join(lines)))
    assert report.settings.crs is None
    assert report.settings.columns["latitude"] == "LAT"


def test_two_systems_in_one_column_are_faults_of_rows(tmp_path: Path) -> None:
    x, y = projected("EPSG:2246")
    text = TOWN.format(x, y).replace(f"{x[0]},{y[0]}", "-85.75,38.2")
    with pytest.raises(SchoolDataError):
        survey_schools(saved(tmp_path, text))


def test_alaska_lies_on_both_sides_of_the_date_line_for_systems_too() -> None:
    x, y = projected("EPSG:3338", -149.9, 61.2)
    assert [system.code for system in find_systems(x, y, "AK")] == ["EPSG:3338"]
    assert find_systems(x, y, "XX") == []


# --- what is lacking ---------------------------------------------------------------------


def test_what_a_list_lacks_and_what_that_costs(tmp_path: Path) -> None:
    degrees = ([-85.75, -85.74, -85.73], [38.2, 38.21, 38.2])
    report = survey_schools(saved(tmp_path, TOWN.format(*degrees)))
    lacking: Mapping[str, str] = {one.what: one.cost for one in report.lacking}
    assert list(lacking) == [
        "feeder high schools",
        "bell times",
        "enrolment",
        "magnet, alternative and virtual schools",
    ]
    assert "only named after high schools" in lacking["feeder high schools"]
    whole = (
        "school_id,name,level,program,lat,lon,feeder_high_school_ids,bell_start,bell_end,enrollment\n"
        "1,Able,high,resides,38.2,-85.7,1,8:00,15:00,900\n"
        "2,Baker,middle,magnet,38.21,-85.71,,8:00,15:00,500\n"
    )
    assert survey_schools(saved(tmp_path, whole, "whole.csv")).lacking == ()


def test_a_list_of_names_alone_is_joined_by_them(tmp_path: Path) -> None:
    """Where the names are the ids, a second file has them too, and they are names."""
    (tmp_path / "schools.csv").write_text(
        "School,Latitude,Longitude\nAsh High,38.2,-85.7\nElm High,38.21,-85.71\n", encoding="utf-8"
    )
    (tmp_path / "more.csv").write_text(
        "school,Level,Students\nElm High,High,900\nAsh High,High,1200\n", encoding="utf-8"
    )
    columns = {"school_id": "School", "name": "School"}
    columns |= {"level": "Level", "enrollment": "Students"}
    schools = read_schools(
        tmp_path / "schools.csv", details=[tmp_path / "more.csv"], columns=columns
    )
    assert schools["enrollment"].to_dict() == {"Ash High": 1200, "Elm High": 900}
    assert not any("without a name" in one for one in notices(schools))
    numbered = schools.set_axis(["A1", "A2"])
    numbered["name"] = numbered.index
    assert any("2 schools without a name" in one for one in notices(numbered))
