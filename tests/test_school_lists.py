"""School lists as portals and spreadsheets write them. Rows are made up, headers are real."""

from __future__ import annotations

import json
import warnings
import zipfile
from datetime import UTC, time, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import zoning
from zoning.errors import DistrictNotice, SchoolDataError, StudyError, ZoningError
from zoning.schools import notices, read_schools, schools_from_frame
from zoning.schools.cells import as_time
from zoning.schools.levels import as_grades, as_program, as_span, level_of, level_of_grades
from zoning.schools.places import state_faults
from zoning.study import Study
from zoning.study.inputs import open_district

TOWN = (
    "school_id,name,level,lat,lon\n"
    "001,Adams High,high,38.20,-85.70\n"
    "002,Baker Middle,middle,38.21,-85.71\n"
    "003,Clark Elementary,elementary,38.22,-85.72\n"
)


def saved(folder: Path, text: str, name: str = "schools.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def heard(path: Path, **options: Any) -> tuple[gpd.GeoDataFrame, list[str]]:
    """The inventory and the notices of reading it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        schools = read_schools(path, **options)
    assert {w.category for w in caught} <= {DistrictNotice}
    return schools, [str(w.message).removeprefix(f"{path.name}: ") for w in caught]


def faults_of(path: Path, **options: Any) -> tuple[str, ...]:
    with pytest.raises(SchoolDataError) as caught:
        read_schools(path, **options)
    return caught.value.faults


def points(n: int = 2, **columns: Any) -> gpd.GeoDataFrame:
    places = gpd.points_from_xy([-85.7 + 0.01 * k for k in range(n)], [38.2] * n)
    frame = {"name": [f"School {k}" for k in range(n)], "level": ["ES", "HS"] * (n // 2)}
    return gpd.GeoDataFrame(frame | columns, geometry=places, crs="EPSG:4326")


# --- real headers --------------------------------------------------------------------

NCES_CHARACTERISTICS = """\
X,Y,OBJECTID,NCESSCH,SURVYEAR,STABR,LEAID,LEA_NAME,SCH_NAME,LSTREET1,LSTREET2,LCITY,LZIP,\
CHARTER_TEXT,MAGNET_TEXT,VIRTUAL,GSLO,GSHI,SCHOOL_LEVEL,SCHOOL_TYPE_TEXT,PK,KG,G01,TOTAL,MEMBER,\
LATCOD,LONCOD
-9540000,4600000,1,210299000001,2022,KY,21,A,Able,1 Main St,,T,40001,No,No,Not Virtual,PK,05,\
Elementary,Regular School,20,60,60,400,400,38.20,-85.70
-9540000,4600000,2,210299000002,2022,KY,21,A,Baker,2 Main St,,T,40001,No,Yes,Not Virtual,KG,08,\
Elementary,Regular School,-1,60,60,700,700,38.22,-85.71
-9540000,4600000,3,210299000003,2022,KY,21,A,Clark,M,,T,40001,No,No,Not Virtual,09,12,High,\
Regular School,-1,-1,-1,1200,-1,38.24,-85.72
-9540000,4600000,4,210299000004,2022,KY,21,A,Dale,M,,T,40001,No,No,Not Virtual,06,12,Other,\
Alternative Education School,-1,-1,-1,-1,-9,38.26,-85.73
-9540000,4600000,5,210299000005,2022,KY,21,A,Cloud,5 Main St,,T,40001,No,No,Full Virtual,06,12,\
Secondary,Regular School,-1,-1,-1,5,5,38.28,-85.74
"""
CCD_BEFORE_2017 = """\
NCESSCH,SCHNAM,LSTREE,LZIP,LATCOD,LONCOD,TYPE,LEVEL,GSLO,GSHI,MEMBER
210299000001,Able,1 Main,40001,38.20,-85.7,1,1,PK,05,400
210299000002,Baker,2 Main,40001,38.21,-85.7,1,1,KG,08,M
210299000003,Clark,3 Main,40001,38.22,-85.7,1,3,07,12,N
210299000004,Dale,4 Main,40001,38.23,-85.7,4,4,06,12,-9
210299000005,Elm,5 Main,40001,38.24,-85.7,1,2,06,08,900
"""
HIFLD = """\
X,Y,OBJECTID,NCESID,NAME,ADDRESS,CITY,ZIP,ZIP4,TYPE,STATUS,POPULATION,LATITUDE,LONGITUDE,LEVEL_,\
ENROLLMENT,ST_GRADE,END_GRADE,DISTRICTID
-9541000.1,4605000.2,1,210299000001,ABLE,1 MAIN ST,T,40001,NOT AVAILABLE,1,1,430,38.20,-85.70,\
ELEMENTARY,400,PK,05,2102990
-9541000.1,4605000.2,2,210299000002,BAKER,NOT AVAILABLE,T,40001,NOT AVAILABLE,1,1,430,38.21,-85.71,\
ELEMENTARY,-999,KG,08,2102990
-9541000.1,4605000.2,3,210299000003,CLARK,NOT AVAILABLE,T,40001,NOT AVAILABLE,4,1,430,38.22,-85.72,\
NOT REPORTED,90,07,12,2102990
"""
CALIFORNIA = """\
CDSCode,NCESDist,NCESSchool,StatusType,County,District,School,Street,City,Zip,EILCode,EILName,\
GSoffered,GSserved,Virtual,Magnet,Latitude,Longitude,AdmFName1
01100170112607,0691051,10947,Active,A,A,Envision,1 W,Oakland,94612,HS,High School,9-12,9-12,N,0,\
37.80,-122.27,L
01100170118489,0691051,12283,Active,A,A,Aspire,2 W,Oakland,94612,ELEM,Elementary,K-8,K-8,N,0,\
37.81,-122.28,L
01100170123968,0691051,12844,Active,A,A,Third,3 W,Oakland,94612,INTMIDJR,\
Intermediate/Middle/Junior High,6-8,6-8,P,0,37.82,-122.26,L
01100170124172,0691051,12901,Active,A,A,All,4 W,Oakland,94612,ELEMHIGH,\
Elementary-High Combination,K-12,K-12,F,0,37.83,-122.26,L
"""
NEW_YORK = """\
fiscal_year,location_code,location_name,location_type_description,Location_Category_Description,\
Grades_text,primary_building_code,LATITUDE,LONGITUDE,Principal_name
2020,M015,P.S. 015,General Academic,Elementary,"PK,0K,01,02,03,04,05,SE",M015,40.722,-73.979,I
2020,M034,P.S. 034,General Academic,K-8,"PK,0K,01,02,03,04,05,06,07,08,SE",M034,40.726,-73.975,I
2020,M292,Orchard,General Academic,Junior High-Intermediate-Middle,"06,07,08",M056,40.713,-73.986,I
2020,M448,Univ,General Academic,High school,"09,10,11,12",M446,40.712,-73.984,I
2020,M450,East,General Academic,Secondary School,"06,07,08,09,10,11,12",M060,40.729,-73.982,I
"""
PHILADELPHIA = """\
X,Y,OBJECTID,AUN,SCHOOL_NUM,LOCATION_ID,SCHOOL_NAME,STREET_ADDRESS,ZIP_CODE,GRADE_LEVEL,GRADE_ORG,\
ENROLLMENT,TYPE,TYPE_SPECIFIC
-75.10,39.95,1,126,1010,1010,BARTRAM,2401 S 67,19142,HIGH SCHOOL,9-12,700,1,DISTRICT
-75.20,39.96,2,126,1020,1020,ANDERSON,1034 S 60,19143,ELEMENTARY/MIDDLE,K-8,"1,700",1,DISTRICT
-75.15,39.97,3,126,1030,1030,CHARTER,1034 S 61,19143,ELEMENTARY,K-5,700,2,CHARTER
"""
CHICAGO = """\
School_ID,Short_Name,Long_Name,Primary_Category,Is_High_School,Address,Zip,Student_Count_Total,\
School_Latitude,School_Longitude,School_Start,School_Hours
609760,A,CARVER HIGH,HS,Y,13100 S DOTY,60827,434,41.65,-87.59,x,y
609780,B,B ES,ES,N,1 S DOTY,60827,534,41.66,-87.60,x,y
610543,C,C MS,MS,N,2 S DOTY,60827,234,41.67,-87.61,x,y
"""
URBAN_INSTITUTE = """\
year,ncessch,school_name,street_location,zip_location,latitude,longitude,school_level,school_type,\
lowest_grade_offered,highest_grade_offered,enrollment
2020,210299000001,A,1 st,4,38.2,-85.7,1,1,-1,5,300
2020,210299000002,B,2 st,4,38.3,-85.7,1,1,0,8,300
2020,210299000003,C,3 st,4,38.4,-85.7,3,4,9,12,-2
"""
ELSI = """\
ELSI Export
"Data Source: table generator"

School Name,State Name [Public School] Latest available year,\
School ID - NCES Assigned [Public School] Latest available year,Latitude [Public School] 2022-23,\
Longitude [Public School] 2022-23,School Level (SY 2017-18 onward) [Public School] 2022-23,\
Total Students All Grades (Excludes AE) [Public School] 2022-23,\
Lowest Grade Offered [Public School] 2022-23,Highest Grade Offered [Public School] 2022-23
ABLE,Kentucky,="210299000001",38.20,-85.70,Elementary,400,Prekindergarten,5th Grade
BAKER,Kentucky,="210299000002",38.21,-85.71,Other,†,Kindergarten,12th Grade
CLARK,Kentucky,="210299000003",38.22,-85.72,High,–,9th Grade,12th Grade
"""
STATE_PORTAL = """\
District Name,School Code,School Name,Low Grade,High Grade,Total Enrollment,Principal,\
Street Address,Start Time,Dismissal Time,Latitude,Longitude
A,000123,Able Elementary,PK,5,"1,024",P. Able,1 Main St,7:30 AM,2:10 PM,38.20,-85.70
A,000124,Baker School,K,8,†,P. Baker,2 Main St,8:40 AM,3:20 PM,38.21,-85.71
A,000125,Clark Academy,6,12,‡,P. Clark,3 Main St,*,*,38.22,-85.72
"""


@pytest.mark.parametrize(
    ("text", "levels", "students", "programs"),
    [
        (
            NCES_CHARACTERISTICS,
            ["elementary", "k-8", "high", "secondary", "secondary"],
            [400, 700, None, None, 5],
            ["resides", "resides", "resides", "alternative", "virtual"],
        ),
        (
            CCD_BEFORE_2017,
            ["elementary", "k-8", "secondary", "secondary", "middle"],
            [400, None, None, None, 900],
            ["resides", "resides", "resides", "alternative", "resides"],
        ),
        (
            HIFLD,
            ["elementary", "k-8", "secondary"],
            [400, None, 90],
            ["resides", "resides", "alternative"],
        ),
        (
            CALIFORNIA,
            ["high", "k-8", "middle", "combined"],
            None,
            ["resides", "resides", "resides", "virtual"],
        ),
        (NEW_YORK, ["elementary", "k-8", "middle", "high", "secondary"], None, None),
        (PHILADELPHIA, ["high", "k-8", "elementary"], [700, 1700, 700], None),
        (CHICAGO, ["high", "elementary", "middle"], [434, 534, 234], None),
        (
            URBAN_INSTITUTE,
            ["elementary", "k-8", "high"],
            [300, 300, None],
            ["resides", "resides", "alternative"],
        ),
        (ELSI, ["elementary", "combined", "high"], [400, None, None], None),
        (STATE_PORTAL, ["elementary", "k-8", "secondary"], [1024, None, None], None),
    ],
    ids=["nces", "ccd", "hifld", "california", "new-york", "philadelphia", "chicago", "urban",
         "elsi", "portal"],
)  # fmt: skip
def test_public_lists_are_read_as_they_come(
    tmp_path: Path,
    text: str,
    levels: list[str],
    students: list[float | None] | None,
    programs: list[str] | None,
) -> None:
    schools, told = heard(saved(tmp_path, text))
    n = len(levels)
    assert schools["level"].tolist() == levels
    known = [None if np.isnan(e) else e for e in schools["enrollment"]]
    assert known == (students or [None] * n)
    assert schools["program"].tolist() == (programs or ["resides"] * n)
    assert (schools["name"] != schools.index).all()
    assert schools["campus_id"].nunique() == n  # "not available" is no address
    assert any(notice.startswith("columns read under other names: ") for notice in told)


def test_a_state_portal_s_ids_bells_and_marks(tmp_path: Path) -> None:
    schools, told = heard(saved(tmp_path, STATE_PORTAL))
    assert schools.index.tolist() == ["000123", "000124", "000125"]
    assert schools["bell_start"].tolist() == [time(7, 30), time(8, 40), None]
    assert schools["bell_end"].tolist() == [time(14, 10), time(15, 20), None]
    assert told == [
        "bell_start: 1 cell taken for not known: '*'",
        "bell_end: 1 cell taken for not known: '*'",
        "level read from the grades of 3 schools",
        "enrollment: 2 cells taken for not known: '†', '‡'",
        "columns read under other names: School Code as school_id, School Name as name, "
        "Street Address as address, Low Grade as grade_low, High Grade as grade_high, "
        "Start Time as bell_start, Dismissal Time as bell_end, Total Enrollment as enrollment",
        "columns not used: District Name, Principal",
    ]


def test_a_list_without_levels_says_what_it_has(tmp_path: Path) -> None:
    """The geocodes of EDGE have no level and no grades."""
    text = "NCESSCH,NAME,STREET,LAT,LON,SCHOOLYEAR\n1,A,1 St,38.2,-85.7,2022\n"
    assert faults_of(saved(tmp_path, text)) == (
        "no column level; it has: NCESSCH, NAME, STREET, LAT, LON, SCHOOLYEAR",
    )


def test_columns_that_look_like_what_is_lacking_are_named(tmp_path: Path) -> None:
    text = TOWN.replace("name,", "Known As Name,")
    _, told = heard(saved(tmp_path, text))
    assert (
        "no column was taken for name; if it is 'Known As Name', "
        'write name = "Known As Name" under [schools.columns] of the study'
    ) in told
    assert "columns not used: Known As Name" in told


def test_a_column_that_does_not_hold_what_its_name_says_is_not_used(tmp_path: Path) -> None:
    text = TOWN.replace("lat,", "Students,Start Time,lat,").replace("38.2", "see list,varies,38.2")
    schools, told = heard(saved(tmp_path, text))
    assert schools["enrollment"].isna().all()
    assert schools["bell_start"].isna().all()
    assert "columns not used: Students, Start Time" in told


def test_a_column_can_be_left_unread(tmp_path: Path) -> None:
    text = TOWN.replace("lat,", "Start Time,lat,").replace(",38.2", ",7:30,38.2")
    path = saved(tmp_path, text.replace("7:30", "late", 1))
    assert "bell_start 'late' is not a time" in faults_of(path)[0]
    asked = Study.from_tables({"schools": {"file": str(path), "columns": {"bell_start": ""}}})
    assert open_district(asked).schools["bell_start"].isna().all()


def test_years_behind_a_name_and_two_columns_for_one(tmp_path: Path) -> None:
    text = TOWN.replace("lat,lon", "LAT1516,LON1516,Enrollment 2023,Enrollment 2024")
    path = saved(tmp_path, text.replace("-85.70", "-85.70,1,2").replace("-85.71", "-85.71,3,4")
                 .replace("-85.72", "-85.72,5,6"))  # fmt: skip
    schools, told = heard(path)
    assert schools["enrollment"].tolist() == [2, 4, 6]
    assert any("Enrollment 2024, Enrollment 2023 could each be enrollment" in n for n in told)


def test_of_several_school_years_the_last_is_read(tmp_path: Path) -> None:
    text = TOWN.replace("lat,lon", "Enrollment 2022-23,Enrollment 2023-24,lat,lon")
    schools, told = heard(saved(tmp_path, text.replace(",38.2", ",1,2,38.2")))
    assert schools["enrollment"].tolist() == [2, 2, 2]
    assert any("Enrollment 2023-24 is read" in notice for notice in told)


def test_a_mapped_name_wins_and_the_fault_says_how(tmp_path: Path) -> None:
    text = (
        "school_id,LEVEL,LEVEL_,latitude,longitude\n"
        "a,Elementary,ES,38.90,-77.01\nb,Elementary,ES,38.91,-77.02\nc,High,SHS,38.92,-77.03\n"
    )
    path = saved(tmp_path, text)
    assert faults_of(path) == (
        "columns LEVEL, LEVEL_ could each be level: choose with --column level=LEVEL",
    )
    for column in ("LEVEL", "LEVEL_"):
        levels = read_schools(path, columns={"level": column})["level"]
        assert levels.tolist() == ["elementary", "elementary", "high"]


# --- levels --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        *((w, "elementary") for w in ("ES", "Elem", "Primary", "K-5", "PK-5", "PreK-5", "K to 5",
                                      "KG-06", "PK,K,01,02,03", "Grades K-4", "Prekindergarten")),
        *((w, "k-8") for w in ("K-8", "K8", "PK-08", "Pre-K - 8", "Elementary/Middle", "3-8",
                               "k-8 school", "KG-07", "GRPRE-K-8",
                               "Elementary School (K-8)", "K-5/6-8", "ELEMENTARYMIDDLE")),
        *((w, "middle") for w in ("MS", "Junior High", "Jr. High", "6-8", "7-9", "5-8", "5-6",
                                  "6th - 8th Grade", "Intermediate School", "Middle School 6-8")),
        *((w, "high") for w in ("HS", "SHS", "Senior High", "9-12", "09-12", "10–12", "8-12",
                                "High-School")),
        *((w, "secondary") for w in ("6-12", "7-12", "Jr/Sr High School", "Junior-Senior High",
                                     "Middle/High", "MIDDLEHIGH", "Secondary School", "5-12")),
        *((w, "combined") for w in ("K-12", "PK-12", "All Grades", "Elementary/Secondary",
                                    "K-9", "Combined School", "3-12")),
    ],
)  # fmt: skip
def test_levels_in_words_and_spans(written: str, meant: str) -> None:
    assert level_of(written).level == meant


@pytest.mark.parametrize("written", ["EC", "AC", "6", "upper", "12-9x", "Campus"])
def test_what_is_no_level_is_not_guessed(written: str) -> None:
    assert level_of(written).level is None


def test_grades_that_excel_took_for_dates() -> None:
    """Of 6-8 Excel makes the eighth of June, of 9-12 the twelfth of September."""
    assert level_of("8-Jun") == ("middle", "date")
    assert level_of("12-Sep") == ("high", "date")
    assert as_grades("5-Jan") == (1, 5)


def test_a_span_of_two_columns() -> None:
    assert as_span("PK", "05") == (-1, 5)
    assert as_span("KG", 8.0) == (0, 8)
    assert as_span(-1, 5) == (-1, 5)
    assert as_span("PK", "PK") == (-1, -1)
    for low, high in (("UG", "UG"), ("N", "N"), ("-1", "-1"), ("9", "5"), (None, "5"), ("6", "M")):
        assert as_span(low, high) is None


def test_the_level_of_every_span_is_the_grades_it_teaches() -> None:
    """By brute force: a school with most of a level's grades has that level in its name."""
    for low in range(-1, 13):
        for high in range(low, 13):
            level = level_of_grades((low, high))
            has_high = high >= 10 or low == high == 9
            has_elementary = low <= 3
            if has_high:
                assert level in ("high", "secondary", "combined")
                assert (level == "combined") == has_elementary
            if level in ("elementary", "k-8", "middle"):
                assert high <= 9
            if level == "k-8":
                assert has_elementary
                assert 6 <= high <= 8


def test_codes_of_nces_are_told_and_the_grades_know_more(tmp_path: Path) -> None:
    text = "school_id,level,lat,lon\n1,1,38.2,-85.7\n2,2,38.21,-85.7\n3,3,38.22,-85.7\n"
    schools, told = heard(saved(tmp_path, text))
    assert schools["level"].tolist() == ["elementary", "middle", "high"]
    assert any(n.startswith("level codes read as NCES has them: 1 as elementary") for n in told)
    other = text.replace("3,3,", "3,4,")
    assert faults_of(saved(tmp_path, other)) == (
        "row 4  (no name)   no level: '4' says none, and no grades give it",
    )
    read = read_schools(saved(tmp_path, other), levels={"4": "K-12", "1": "ES"})
    assert read["level"].tolist() == ["elementary", "middle", "combined"]


def test_values_of_a_planner_s_own(tmp_path: Path) -> None:
    text = TOWN.replace(",middle,", ",EC,").replace(",elementary,", ",PK-Center,")
    path = saved(tmp_path, text)
    with pytest.raises(SchoolDataError, match="--level VALUE=LEVEL"):
        read_schools(path)
    schools = read_schools(path, levels={"ec": "k-8", "PK-CENTER": "elementary"})
    assert schools["level"].tolist() == ["high", "k-8", "elementary"]
    assert faults_of(path, levels={"EC": "kids"})[0].startswith("level 'kids', given for 'EC'")
    _, told = heard(path, levels={"EC": "k-8", "PK-Center": "ES", "XX": "high"})
    assert "levels given for values that no school has: XX" in told


def test_schools_can_be_left_out_by_their_level(tmp_path: Path) -> None:
    text = TOWN.replace("lat,lon", "feeder_high_school_ids,lat,lon").replace(",38.2", ",001,38.2")
    text = text.replace(",middle,", ",Adult Education,").replace("38.21", "here")
    schools, told = heard(saved(tmp_path, text), levels={"adult education": "Leave out"})
    assert schools.index.tolist() == ["001", "003"]
    assert told == ["left out by their level: Adult Education"]
    frame = points(4, school_id=["1", "2", "3", "4"])
    left = schools_from_frame(frame, levels={"ES": "leave out"})
    assert left.index.tolist() == ["2", "4"]
    assert left.geometry.tolist() == [frame.geometry[1], frame.geometry[3]]


def test_a_word_that_is_no_level_beside_grades(tmp_path: Path) -> None:
    text = TOWN.replace("lat,", "Grades,lat,").replace(",middle,", ",Education Campus,PK-8,")
    text = text.replace(",high,", ",high,9-12,").replace(",elementary,", ",elementary,K-5,")
    schools, told = heard(saved(tmp_path, text))
    assert schools["level"].tolist() == ["high", "k-8", "elementary"]
    assert "no level of ours, so the grades decide: 'Education Campus'" in told


# --- one line for one mistake --------------------------------------------------------


def test_one_mistake_in_many_rows_is_one_line(tmp_path: Path) -> None:
    rows = [f"{k},School {k},{'XY'[k % 2]},38.2,-85.7" for k in range(2000)]
    path = saved(tmp_path, "school_id,name,level,lat,lon\n" + "\n".join(rows) + "\n")
    with pytest.raises(SchoolDataError) as caught:
        read_schools(path)
    assert caught.value.headline == f"{path} has 2,000 faults"
    assert caught.value.faults == (
        "rows 2-2001 (2,000 in all)   level 'X' (1,000 times), 'Y' (1,000 times) is none of "
        "elementary, k-8, middle, secondary, high, combined",
    )


def test_rows_of_a_mistake_are_given_as_ranges(tmp_path: Path) -> None:
    lost = {3, 4, 5, 9, 12}
    rows = [f"{k},High,{'' if k in lost else '38.2'},-85.7" for k in range(2, 14)]
    path = saved(tmp_path, "school_id,level,lat,lon\n" + "\n".join(rows) + "\n")
    assert faults_of(path) == ("rows 3-5, 9, 12 (5 in all)   no latitude",)


# --- bells ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    ["0730", "730", 730, 730.0, "7.30", "07.30", 0.3125, "0.3125", 45000.3125, "7:30a", "7:30 AM",
     "2025-08-20 07:30", "2025-08-20T07:30:00", "8/20/2025 7:30 AM", "1899-12-30T07:30:00",
     timedelta(hours=7.5), pd.Timedelta("7h30m"), np.timedelta64(450, "m"), "0 days 07:30:00",
     np.datetime64("2025-08-20T07:30"), "2025-08-20T07:30:00-04:00", "2025-12-01T07:30:00-05:00",
     pd.Timestamp("2025-08-20 07:30", tz="America/New_York"),
     pd.Timestamp("2025-12-01 07:30", tz="America/New_York"),
     pd.Timestamp("2025-08-20 07:30", tz="UTC-04:00"),
     pd.Timestamp("2025-12-01 07:30", tz="Europe/London")],
)  # fmt: skip
def test_half_past_seven_in_many_ways(written: Any) -> None:
    assert as_time(written) == time(7, 30)


@pytest.mark.parametrize("written", [0.3611, "0.361111111", 40000.36111])
def test_parts_of_a_day_are_the_minute_that_was_meant(written: Any) -> None:
    assert as_time(written) == time(8, 40)


@pytest.mark.parametrize(
    "written", ["7", 7, "7.3", 7.3, "7.5", "0.36", "27000", True, "2025-08-20", "7:60", "2500"]
)
def test_what_can_mean_several_times_is_none(written: Any) -> None:
    with pytest.raises(ValueError, match="is not a time"):
        as_time(written)


@pytest.mark.parametrize(
    "written",
    ["2025-08-20T11:30:00Z", "2025-08-20 11:30:00+00:00", "11:30Z", time(11, 30, tzinfo=UTC),
     pd.Timestamp("2025-08-20 11:30", tz="UTC"), pd.Timestamp("2025-08-20 11:30", tz="Etc/UTC")],
)  # fmt: skip
def test_a_moment_in_utc_is_refused_with_the_reason(written: Any) -> None:
    with pytest.raises(ValueError, match="a moment in UTC, and the local time is not known"):
        as_time(written)
    with pytest.raises(ValueError, match="a date without a time of day"):
        as_time(pd.Timestamp("2025-08-20"))


@pytest.mark.parametrize("ending", ["gpkg", "fgb", "geojson", "parquet"])
def test_bells_across_a_clock_change(tmp_path: Path, ending: str) -> None:
    """07:30 in New York in August and December: 11:30 and 12:30 in UTC, and 07:30 in class."""
    local = pd.to_datetime(["2025-08-20 07:30", "2025-12-01 07:30"]).tz_localize("America/New_York")
    for zone, name in ((None, "local"), ("UTC", "utc")):
        path = tmp_path / f"{name}.{ending}"
        bells = local if zone is None else local.tz_convert(zone)
        frame = points(school_id=["1", "2"], bell_start=bells)
        if ending == "parquet":
            frame.to_parquet(path)
        else:
            frame.to_file(path)
        if zone is None:
            schools, _ = heard(path)
            assert schools["bell_start"].tolist() == [time(7, 30)] * 2
        else:
            assert all("is a moment in UTC" in fault for fault in faults_of(path))


def test_an_afternoon_without_its_pm_is_told(tmp_path: Path) -> None:
    text = TOWN.replace("lon\n", "lon,bell_start,bell_end\n").replace("-85.70", "-85.70,7:30,2:10")
    text = text.replace("-85.71", "-85.71,,").replace("-85.72", "-85.72,,")
    assert faults_of(saved(tmp_path, text))[0].endswith(
        "bell_end 02:10 is not after bell_start 07:30; write 14:10 or 2:10 PM"
    )


# --- places --------------------------------------------------------------------------

MERCATOR = """\
school_id,name,level,x,y
1,Charlottesville High,High,-8735952.219372308,4586841.1421744
2,Greenbrier Elementary,Elementary,-8735324.266124744,4588410.866507895
3,Jackson-Via Elementary,Elementary,-8739019.405302135,4581426.763009561
4,Summit Elementary,Elementary,-8735723.235179748,4582637.156033965
"""


def test_metres_are_told_in_one_line_and_read_with_their_system(tmp_path: Path) -> None:
    path = saved(tmp_path, MERCATOR)
    (fault,) = faults_of(path)
    assert fault.startswith("x and y are not degrees, for example -8735952.219 and 4586841.142: ")
    assert "look like metres of Web Mercator" in fault
    assert "--crs EPSG:3857" in fault
    schools = read_schools(path, crs="EPSG:3857")
    assert schools.geometry.x["1"] == pytest.approx(-78.476394, abs=1e-6)
    assert schools.geometry.y["1"] == pytest.approx(38.052473, abs=1e-6)


def test_feet_of_a_state_plane_beside_degrees_and_alone(tmp_path: Path) -> None:
    """Kentucky North (EPSG:2246), US survey feet, of longitude -85.7 and latitude 38.2."""
    east, north = points(1, level=["HS"]).to_crs("EPSG:2246").geometry[0].coords[0]
    row = f"1,HS,{east!r},{north!r}\n"
    path = saved(tmp_path, "school_id,level,X,Y\n" + row)
    (fault,) = faults_of(path)
    assert "feet or metres of a projected system" in fault or "feet of a state plane" in fault
    schools = read_schools(path, crs="EPSG:2246")
    assert (schools.geometry.x["1"], schools.geometry.y["1"]) == pytest.approx((-85.7, 38.2))
    both = "school_id,level,X,Y,LAT,LON\n" + row.replace("\n", ",38.3,-85.8\n")
    assert read_schools(saved(tmp_path, both)).geometry.y["1"] == 38.3
    assert read_schools(saved(tmp_path, both), crs="EPSG:2246").geometry.y["1"] == pytest.approx(
        38.2
    )


def test_degrees_are_not_taken_for_feet(tmp_path: Path) -> None:
    (fault,) = faults_of(saved(tmp_path, TOWN), crs="EPSG:2246")
    assert fault.startswith("lon and lat look like degrees, not like NAD83 / Kentucky North")
    assert len(read_schools(saved(tmp_path, TOWN), crs="EPSG:4269")) == 3
    metres = saved(tmp_path, MERCATOR)
    assert "are not degrees" in faults_of(metres, crs="EPSG:4326")[0]


@pytest.mark.parametrize(
    "written",
    ["POINT (-85.70 38.20)", '"(38.20, -85.70)"', '"38.20, -85.70"',
     '"1 Main St\nTown, KY\n(38.20, -85.70)"', "POINT(-85.70 38.20)"],
)  # fmt: skip
def test_places_in_one_column(tmp_path: Path, written: str) -> None:
    text = f"school_id,level,Phone,the_geom\n1,HS,555-0100,{written}\n"
    schools, told = heard(saved(tmp_path, text))
    assert (schools.geometry.x["1"], schools.geometry.y["1"]) == (-85.7, 38.2)
    assert "places read from the_geom" in told


def test_a_shapefile_of_a_portal_has_its_names_cut(tmp_path: Path) -> None:
    frame = points(4, level=["ES", "HS"] * 2).drop(columns=["name", "level"])
    frame["School_Cod"] = ["001", "002", "003", "004"]
    frame["School_Nam"] = ["A", "B", "C", "D"]
    frame["Grade_Span"] = ["PK-5", "K-8", "6-8", "9-12"]
    frame["Total_Enro"] = [1, 2, 3, 4]
    frame.to_file(tmp_path / "schools.shp")
    schools = read_schools(tmp_path / "schools.shp")
    assert schools.index.tolist() == ["001", "002", "003", "004"]
    assert schools["name"].tolist() == ["A", "B", "C", "D"]
    assert schools["level"].tolist() == ["elementary", "k-8", "middle", "high"]
    assert schools["enrollment"].tolist() == [1, 2, 3, 4]


def test_a_system_for_a_file_that_names_none(tmp_path: Path) -> None:
    points(school_id=["1", "2"]).to_crs("EPSG:2246").to_file(tmp_path / "schools.shp")
    (tmp_path / "schools.prj").unlink()
    assert "name it with --crs" in faults_of(tmp_path / "schools.shp")[0]
    schools = read_schools(tmp_path / "schools.shp", crs="EPSG:2246")
    assert schools.geometry.y.tolist() == pytest.approx([38.2, 38.2])
    points(school_id=["1", "2"]).to_file(tmp_path / "schools.gpkg")
    assert (
        "--crs is for files that do not say"
        in (faults_of(tmp_path / "schools.gpkg", crs="EPSG:2246")[0])
    )
    with pytest.raises(SchoolDataError, match="is not a known coordinate system"):
        read_schools(tmp_path / "schools.gpkg", crs="EPSG:99999")


def test_places_that_are_not_in_the_state(tmp_path: Path) -> None:
    text = TOWN.replace(",-85", ",85")
    assert read_schools(saved(tmp_path, text)).geometry.x["001"] == 85.7
    faults = faults_of(saved(tmp_path, text), state="KY")
    assert len(faults) == 3
    assert all("the longitude looks to lack its minus sign" in fault for fault in faults)
    swapped = TOWN.replace("lat,lon", "lon,lat")
    assert all("look swapped" in fault for fault in faults_of(saved(tmp_path, swapped), state="KY"))
    assert all(
        "are not in VA, perhaps in" in f for f in faults_of(saved(tmp_path, TOWN), state="va")
    )
    assert len(read_schools(saved(tmp_path, TOWN), state="KY")) == 3
    assert len(read_schools(saved(tmp_path, TOWN), state="ON")) == 3  # not a state we know


def test_alaska_lies_on_both_sides_of_the_date_line() -> None:
    lat, lon = np.array([51.9, 61.2, 52.9]), np.array([-176.6, -149.9, 173.2])
    assert state_faults(lat, lon, "AK") == {}
    assert set(state_faults(lat, lon, "WA")) == {0, 1, 2}


# --- ids and feeders -----------------------------------------------------------------


def test_feeders_by_name_and_without_leading_zeros(tmp_path: Path) -> None:
    rows = ["000123,Ballard High School,high", "000200,Baker Middle,middle", "000300,Cane,ES"]
    given = ["123", "Ballard HS", "ballard high school; N"]
    text = "school_id,name,level,lat,lon,feeder_high_school_ids\n" + "".join(
        f"{row},38.{2 + k},-85.7,{feeder}\n"
        for k, (row, feeder) in enumerate(zip(rows, given, strict=True))
    )
    schools, told = heard(saved(tmp_path, text))
    assert schools["feeder_high_school_ids"].tolist() == [("000123",)] * 3
    assert told == [
        "feeder_high_school_ids: 1 ids without their leading zeros, matched to the one school "
        "that they can mean",
        "feeder_high_school_ids: 2 schools given by name",
    ]


def test_a_feeder_s_name_that_two_schools_have_is_a_fault(tmp_path: Path) -> None:
    text = TOWN.replace("lon\n", "lon,feeder\n").replace("Baker Middle", "Adams High")
    text = text.replace("-85.72", "-85.72,Adams High").replace("-85.71", "-85.71,001")
    text = text.replace("-85.70", "-85.70,001")
    assert faults_of(saved(tmp_path, text)) == (
        "row 4  Clark Elementary   feeder_high_school_ids names 'Adams High', the name of "
        "2 schools, 001, 002: give the id",
    )


def test_ids_that_a_spreadsheet_changed(tmp_path: Path) -> None:
    text = TOWN.replace("001,", '="001",')
    assert read_schools(saved(tmp_path, text)).index[0] == "001"
    faults = faults_of(saved(tmp_path, TOWN.replace("001,", "5.10078E+11,")))
    assert "school_id '5.10078E+11' was shortened by a spreadsheet" in faults[0]


def test_the_row_numbers_of_a_geopackage_are_ids_for_want_of_better(tmp_path: Path) -> None:
    path = tmp_path / "schools.gpkg"
    points().to_file(path)
    schools, told = heard(path)
    assert schools.index.tolist() == ["1", "2"]
    assert told[0].startswith(
        "no column of school ids is known, so fid is read as school_id; if it"
    )
    mapped, told = heard(path, columns={"school_id": "fid"})
    assert mapped.equals(schools)
    assert told == []
    points(code=["A", "B"]).to_file(tmp_path / "more.gpkg")
    read, told = heard(tmp_path / "more.gpkg", columns={"school_id": "code"})
    assert read.index.tolist() == ["A", "B"]
    assert told == []


# --- containers ----------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["fgb", "kml", "gdb"])
def test_other_files_of_a_gis(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"schools.{ending}"
    driver = {"fgb": "FlatGeobuf", "kml": "LIBKML", "gdb": "OpenFileGDB"}[ending]
    points(code=["001", "002"]).to_file(path, driver=driver)
    schools = read_schools(path, columns={"school_id": "CODE"})
    assert sorted(schools.index) == ["001", "002"]
    assert schools.loc["002", "level"] == "high"
    assert schools.geometry.x["001"] == pytest.approx(-85.7)


def test_a_zipped_shapefile_and_geodatabase(tmp_path: Path) -> None:
    points(school_id=["001", "002"]).to_file(tmp_path / "schools.shp")
    points(school_id=["001", "002"]).to_file(tmp_path / "town.gdb", driver="OpenFileGDB")
    for name, pattern in (("a.zip", "schools.*"), ("b.zip", "town.gdb/*")):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for part in tmp_path.glob(pattern):
                archive.write(part, Path("inside") / part.relative_to(tmp_path))
        assert read_schools(tmp_path / name).index.tolist() == ["001", "002"]
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("one.csv", TOWN)
        archive.writestr("two.csv", TOWN)
    assert faults_of(tmp_path / "two.zip") == (
        "it has 2 files that could be the schools: one.csv, two.csv",
    )
    assert faults_of(saved(tmp_path, TOWN, "no.zip")) == (
        "it is no zip archive but of another kind",
    )


def test_esri_json_and_one_page_of_an_answer(tmp_path: Path) -> None:
    answer = {
        "geometryType": "esriGeometryPoint",
        "spatialReference": {"wkid": 102100, "latestWkid": 3857},
        "fields": [
            {"name": "SCH_CODE", "type": "esriFieldTypeString"},
            {"name": "LEVEL_", "type": "esriFieldTypeString"},
        ],
        "features": [
            {
                "attributes": {"SCH_CODE": "001", "LEVEL_": "ES"},
                "geometry": {"x": -8735952.219372308, "y": 4586841.1421744},
            }
        ],
    }
    schools = read_schools(saved(tmp_path, json.dumps(answer), "schools.json"))
    assert schools.index.tolist() == ["001"]
    assert schools.geometry.x["001"] == pytest.approx(-78.476394, abs=1e-6)
    page = answer | {"exceededTransferLimit": True}
    (fault,) = faults_of(saved(tmp_path, json.dumps(page), "page.json"))
    assert "one page of a longer answer" in fault


def test_the_only_layer_of_points_is_read(tmp_path: Path) -> None:
    path = tmp_path / "town.gpkg"
    points(school_id=["1", "2"]).to_file(path, layer="schools")
    areas = points(school_id=["1", "2"])
    areas.geometry = areas.geometry.to_crs("EPSG:3857").buffer(100).to_crs("EPSG:4326")
    areas.to_file(path, layer="areas")
    assert len(read_schools(path)) == 2


def test_a_line_of_excel_that_names_the_separator(tmp_path: Path) -> None:
    text = "sep=;\n" + TOWN.replace(",", ";").replace("\n", ";;\n") + "004;x\n"
    (fault,) = faults_of(saved(tmp_path, text))[:1]
    assert fault.startswith("row 6 ")


# --- functions that want an inventory ------------------------------------------------


@pytest.mark.parametrize("wrong", [points(), pd.DataFrame({"a": [1]}), "schools.csv", None, [1]])
def test_a_table_that_is_no_inventory_gets_a_sentence(wrong: Any) -> None:
    for use in (
        zoning.buildings,
        zoning.call_rates,
        zoning.straight_line_times,
        zoning.standard_options,
        notices,
        lambda schools: zoning.design_zones(schools, None),  # type: ignore[arg-type]
        lambda schools: zoning.District(name="Town", schools=schools),
    ):
        with pytest.raises(SchoolDataError, match="read_schools") as caught:
            use(wrong)
        assert "schools_from_frame(frame)" in caught.value.remedy
    with pytest.raises(ZoningError, match="not a District"):
        zoning.compare_staffing(wrong)


def test_other_wrong_types_get_a_sentence() -> None:
    schools = schools_from_frame(points(school_id=["1", "2"]))
    with pytest.raises(ZoningError, match="times is a ndarray"):
        zoning.design_zones(schools, np.zeros((2, 2)))  # type: ignore[arg-type]
    with pytest.raises(SchoolDataError, match="takes the path of a file, not a GeoDataFrame"):
        read_schools(schools)  # type: ignore[arg-type]
    with pytest.raises(SchoolDataError, match="takes a DataFrame or a GeoDataFrame, not a str"):
        schools_from_frame("schools.csv")  # type: ignore[arg-type]


# --- the command line ----------------------------------------------------------------


def test_levels_and_a_system_of_a_study(tmp_path: Path) -> None:
    path = saved(tmp_path, MERCATOR.replace(",High,", ",A=B,"))
    schools = {"file": str(path), "levels": {"A=B": "high"}, "crs": "EPSG:3857"}
    district = open_district(Study.from_tables({"schools": schools, "district": {"state": "VA"}}))
    assert district.schools["level"].tolist() == ["high", *["elementary"] * 3]
    assert district.state == "VA"
    with pytest.raises(StudyError) as caught:
        Study.from_tables(
            {
                "district": {"data": "jefferson"},
                "schools": {"levels": {"A": "high"}, "crs": "EPSG:1"},
            }
        )
    assert caught.value.faults == (
        "[schools] levels: it is for a file of schools, and none is given",
        "[schools] crs: it is for a file of schools, and none is given",
    )


# --- numbers as other office programs write them --------------------------------------


@pytest.mark.parametrize("separator", [";", "\t"])
def test_decimal_commas(tmp_path: Path, separator: str) -> None:
    """Of a number with three digits behind the comma nobody can tell; the file tells."""
    rows = (
        ("school_id", "level", "lat", "lon", "enrollment", "pct_black", "Start Time"),
        ("1", "6,7,8", "38,2001", "-85,7", "1.234", "12,5 %", "0,3125"),
        ("2", "K-5", "38,215", "-85,712", "450", "8", "0,375"),
    )
    text = "\n".join(separator.join(row) for row in rows)
    schools, told = heard(saved(tmp_path, text))
    assert schools.geometry.y.tolist() == [38.2001, 38.215]
    assert schools.geometry.x.tolist() == [-85.7, -85.712]
    assert schools["enrollment"].tolist() == [1234, 450]
    assert schools["pct_black"].tolist() == [12.5, 8]
    assert schools["bell_start"].tolist() == [time(7, 30), time(9)]
    assert schools["level"].tolist() == ["middle", "elementary"]
    assert "numbers read with decimal commas: 38,05 is 38.05" in told


def test_a_comma_in_a_table_with_points_parts_thousands(tmp_path: Path) -> None:
    text = TOWN.replace("lat,lon", "lat,lon,enrollment").replace(".70\n", '.70,"1,234"\n')
    text = text.replace(".71\n", '.71,"12,34"\n').replace(".72\n", ".72,5\n")
    assert faults_of(saved(tmp_path, text)) == (
        "row 3  Baker Middle   enrollment '12,34' is not a number (empty if unknown)",
    )
    both = '"38,2001","-85,7","1,234"'  # no school has 1.234 students
    text = f"school_id,level,lat,lon,enrollment\n1,high,{both}\n"
    schools, _ = heard(saved(tmp_path, text))
    assert schools["enrollment"].tolist() == [1234]


@pytest.mark.parametrize(
    ("lat", "lon"),
    [('38°12\'00""N', '85°42\'00""W'), ("38.2° N", "85.7° W"), ("N 38 12.0'", "W 85 42'")],
)
def test_degrees_with_their_signs(tmp_path: Path, lat: str, lon: str) -> None:
    schools, _ = heard(saved(tmp_path, f'school_id,level,lat,lon\n1,high,"{lat}","{lon}"\n'))
    assert schools.geometry.y.tolist() == pytest.approx([38.2])
    assert schools.geometry.x.tolist() == pytest.approx([-85.7])


@pytest.mark.parametrize(
    "mark", ["No Data", "n<10", "S", "Suppressed", "TBD", "10 or fewer", ">95%"]
)
def test_marks_of_state_report_cards_are_not_known(tmp_path: Path, mark: str) -> None:
    text = f"school_id,level,lat,lon,enrollment,pct_black\n1,high,38.2,-85.7,{mark},{mark}\n"
    schools, told = heard(saved(tmp_path, text))
    assert schools[["enrollment", "pct_black"]].isna().all(axis=None)
    assert f"enrollment: 1 cell taken for not known: {mark!r}" in told


# --- what portals put into a list beside the schools ----------------------------------


def test_a_source_below_the_table_is_no_school(tmp_path: Path) -> None:
    below = 'Data Source: U.S. Department of Education, CCD\n"† is not applicable.",,,,\n'
    schools, told = heard(saved(tmp_path, TOWN + below))
    assert len(schools) == 3
    assert "2 lines below the table left out" in told
    short = "004,,,,\n"  # an id alone is a school without anything
    assert faults_of(saved(tmp_path, TOWN + short))[0].startswith("row 5")


def test_closed_schools_are_left_out(tmp_path: Path) -> None:
    text = TOWN.replace("lat,", "SY_STATUS_TEXT,lat,").replace(",38.2", ",Open,38.2")
    path = saved(tmp_path, text.replace("high,Open", "high,2-Closed"))
    schools, told = heard(path)
    assert schools.index.tolist() == ["002", "003"]
    assert told == [
        "left out by their SY_STATUS_TEXT: 2-Closed; to plan for them too, delete column "
        "SY_STATUS_TEXT"
    ]
    other = TOWN.replace("lat,", "Status,lat,").replace(",38.2", ",Closed campus,38.2")
    assert len(heard(saved(tmp_path, other))[0]) == 3  # of all schools: it means something else


@pytest.mark.parametrize(
    ("written", "program"),
    [
        ("Traditional", "resides"), ("Not Virtual", "resides"), ("Neighborhood", "resides"),
        ("Charter", "magnet"), ("Citywide-Option", "magnet"), ("Career & Technical", "magnet"),
        ("Alternative School of Choice", "alternative"), ("DAEP INSTRUCTIONAL", "alternative"),
        ("Continuation High Schools", "alternative"), ("Adult Education", "alternative"),
        ("Online", "virtual"), ("blue", "blue"),
    ],
)  # fmt: skip
def test_programs_in_words(written: str, program: str) -> None:
    assert as_program(written) == program


def test_programs_of_a_type_that_also_has_other_words(tmp_path: Path) -> None:
    text = TOWN.replace("lat,", "SOCType,Virtual,lat,").replace("high,38", "high,Charter,F,38")
    text = text.replace("middle,38", "middle,Middle Schools (Public),N,38")
    schools, told = heard(saved(tmp_path, text.replace("elementary,38", "elementary,Small,N,38")))
    assert schools["program"].tolist() == ["virtual", "resides", "resides"]
    assert (
        "program read from SOCType: 1 magnet, the others resides; no program of ours, so "
        "resides: Small"
    ) in told
    own = TOWN.replace("lat,", "program,lat,").replace(",38.2", ",Charter,38.2")
    assert "programs read: Charter as magnet (3 times)" in heard(saved(tmp_path, own))[1]
    assert "write resides" in _remedy(saved(tmp_path, own.replace("Charter", "blue")))


def _remedy(path: Path) -> str:
    with pytest.raises(SchoolDataError) as caught:
        read_schools(path)
    return caught.value.remedy


def test_names_of_a_geocoder_a_join_and_a_short_year(tmp_path: Path) -> None:
    text = (
        "USER_School_Number,Schools.School_Name,USER_Grade_Range,LATITUDE22,LONGITUDE22,"
        "School Enrollment as of Oct 2023,GRADE12\n'101912001,A,'EE-05,38.2,-85.7,\"1,250\",40\n"
    )
    schools, _ = heard(saved(tmp_path, text))
    (school,) = schools.itertuples()
    assert (school.Index, school.name, school.level) == ("101912001", "A", "elementary")
    assert school.enrollment == 1250


def test_columns_that_could_be_ids_are_named(tmp_path: Path) -> None:
    text = TOWN.replace("school_id", "Kennung")
    (fault,) = faults_of(saved(tmp_path, text))
    assert fault.startswith(
        "no column school_id; if it is 'Kennung' or 'name', which differ in every row, "
        "say so with --column school_id=Kennung; it has: "
    )


def test_a_level_of_the_private_school_survey(tmp_path: Path) -> None:
    text = TOWN.replace("school_id", "PPIN").replace("high,38", "2,38").replace("middle,", "3,")
    assert heard(saved(tmp_path, text))[0]["level"].tolist() == [
        "secondary", "combined", "elementary",
    ]  # fmt: skip


def test_grades_that_tell_nothing_are_shown(tmp_path: Path) -> None:
    text = TOWN.replace("level", "Grade Span").replace("high,38", "K-5,38")
    text = text.replace("middle,", "UG,").replace("elementary,", "'06-08,")
    assert faults_of(saved(tmp_path, text)) == (
        "row 3  Baker Middle   no level: grades 'UG' give none",
    )


def test_school_hours_in_one_column(tmp_path: Path) -> None:
    text = TOWN.replace("lat,", "School Hours,lat,").replace("high,38", "high,7:45-2:45,38")
    text = text.replace("middle,38", "middle,8:45 AM - 3:45 PM,38").replace("ary,38", "ary,,38")
    schools, _ = heard(saved(tmp_path, text))
    assert schools["bell_start"].tolist() == [time(7, 45), time(8, 45), None]
    assert schools["bell_end"].tolist() == [time(14, 45), time(15, 45), None]


def test_a_list_with_its_places_all_wrong_says_how(tmp_path: Path) -> None:
    swapped = TOWN.replace("lat,lon", "lon,lat")
    assert _remedy(saved(tmp_path, swapped)).endswith(
        "Swap the two with --column latitude='lon' --column longitude='lat'."
    )
    _, told = heard(saved(tmp_path, TOWN.replace("-85", "85")))
    assert told[0].startswith("all schools lie east of Greenwich, at longitude 85.7: ")
    lost = TOWN.replace("38.", "38").replace("-85.", "-85").replace("0,", "0000,")
    lost = lost.replace("1,-", "10000,-").replace("2,-", "20000,-")
    lost = "\n".join(f"{line}0000" if line[:1] == "0" else line for line in lost.splitlines())
    assert "look like degrees that lost their decimal point" in faults_of(saved(tmp_path, lost))[0]
    twice = TOWN + TOWN.splitlines()[1].replace("38.20", "38.21") + "\n"
    assert _remedy(saved(tmp_path, twice)).endswith("Keep one row for each school.")
