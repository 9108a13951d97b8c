"""Records of what happened: reading, faults, counts, completeness, lateness, doubles."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from helpers.programme_towns import ON, events, town

from zoning.errors import RecordError
from zoning.programme.data_quality import (
    ALL_FIELDS,
    completeness,
    discipline_calls,
    discipline_shares,
    duplicates,
    lateness,
)
from zoning.programme.event_records import (
    LEVEL_UNKNOWN,
    EventRecords,
    count_records,
    read_programme_records,
)
from zoning.programme.periods import Period, terms_of
from zoning.records import Access


@pytest.fixture(scope="module")
def schools() -> gpd.GeoDataFrame:
    return town().schools


def _read(text: str, schools: gpd.GeoDataFrame, folder: Path, **more: object) -> EventRecords:
    path = folder / "records.csv"
    path.write_text(text, encoding="utf-8")
    return read_programme_records(path, schools, on=ON, **more)  # type: ignore[arg-type]


def test_all_kinds_are_read_in_their_own_words(schools: gpd.GeoDataFrame, tmp_path: Path) -> None:
    found = _read(
        "Source,Incident Number,School,Date,Time,Entered,Type,Count,Narrative\n"
        "Incident report,7,School 1,9/1/2026,2:05 PM,9/2/2026,Assault,,he hit Ann Lee\n"
        "EMS,,s3,2026-09-02,14:00,,Seizure,,\n"
        "BTA,,,2026-08-01,,,High,12,\n",
        schools,
        tmp_path,
        categories={"assault": "Fight"},
    )
    assert list(found.frame["kind"]) == ["incident", "medical call", "threat assessment"]
    assert list(found.frame["category"]) == ["fight", "seizure", "high"]
    assert list(found.frame["count"]) == [1.0, 1.0, 12.0]
    assert list(found.frame["level"]) == ["high", "elementary", LEVEL_UNKNOWN]
    assert list(found.frame["month"]) == ["2026-09", "2026-09", "2026-08"]
    # A narrative names people: only that there is one is kept.
    assert list(found.frame["description"]) == [True, False, False]
    assert "Ann Lee" not in found.frame.to_csv()


def test_every_fault_is_told_at_once_with_its_row(
    schools: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    with pytest.raises(RecordError) as caught:
        _read(
            "kind,id,building,occurred,reported,until,category,count,students,students_black\n"
            "incident,1,s1,2026-09-01,2026-08-30,,fight,,2,3\n"
            "incident,1,s1,2026-09-02,,,fight,,,\n"
            "incidnt,2,s1,2026-09-01,,,fight,,,\n"
            "incident,3,Nowhere High,2026-09-01,,,fight,,,\n"
            "incident,4,s1,2026-10-01,,,fight,,,\n"
            "incident,5,s1,01.09.2026 x,,,fight,,,\n"
            "threat assessment,6,s1,2026-09-01,,,high,1.5,,\n"
            "state data,,s1,2026-07-01,,2026-06-30,all,-3,,\n",
            schools,
            tmp_path,
        )
    said = str(caught.value)
    for part in (
        "row 2: reported '2026-08-30' is before occurred '2026-09-01'",
        "row 2: students_black 3 is above students 2",
        "row 3: id '1' (incident) stands twice",
        "row 4: kind 'incidnt' is none of incident",
        "row 5: building 'Nowhere High'",
        "row 6: occurred '2026-10-01' is after 2026-09-15",
        "row 7: occurred '01.09.2026 x' is not a date",
        "row 8: count '1.5' is no whole number",
        "row 9: count '-3' is below 0",
    ):
        assert part in said
    with pytest.raises(
        RecordError, match="given as a count: leave id, officer_involved, students_black"
    ):
        _read(
            "kind,id,occurred,count,officer_involved,students_black\nthreat,6,2026-09-01,3,no,1\n",
            schools,
            tmp_path,
        )
    with pytest.raises(RecordError, match="until '2026-06-30' is before occurred"):
        _read("kind,occurred,until\nstate,2026-07-01,2026-06-30\n", schools, tmp_path)


def test_an_id_stands_in_one_file_only(schools: gpd.GeoDataFrame) -> None:
    one = events()[:2]
    with pytest.raises(RecordError, match=r"id '2024-1' \(incident\) is also in"):
        read_programme_records([one, one[1:]], schools, on=ON)
    both = read_programme_records([one[:1], one[1:]], schools, on=ON)
    assert len(both) == 2
    with pytest.raises(RecordError, match="no table"):
        read_programme_records([], schools, on=ON)


def test_only_kind_category_and_count_are_public(schools: gpd.GeoDataFrame) -> None:
    table = read_programme_records(events()[:3], schools, on=ON).table
    public = {one.name for one in table.columns if one.access is Access.PUBLIC}
    assert public == {"kind", "category", "count"}
    classes = {one.name: one.access for one in table.columns}
    assert classes["students"] is Access.EDUCATION
    assert classes["occurred"] is Access.LAW_ENFORCEMENT
    assert classes["officer_involved"] is Access.PERSONNEL


def test_counts_by_kind_month_level_and_building(schools: gpd.GeoDataFrame) -> None:
    found = read_programme_records(events(), schools, on=ON)
    table = count_records(found)
    assert table["count"].sum() == 101
    assert table.loc[("incident", "2024-09", "high", "s1"), "count"] == 3  # 1, 19, 37
    by_level = count_records(found, ["kind", "level"])
    assert by_level.loc[("incident", "high"), "count"] == 22  # s1 and s8, 5 + 4 and 7 + 6
    assert by_level.loc[("incident", "high"), "low"] == pytest.approx(13.787, abs=1e-3)


def test_terms_have_no_gaps_and_a_count_lies_in_one_as_a_whole(
    schools: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    found = _read(
        "kind,occurred,until,count\nstate,2024-07-01,2025-06-30,9\nstate,2025-06-30,2025-07-01,1\n",
        schools,
        tmp_path,
    )
    terms = terms_of(found)
    assert [str(one) for one in terms] == [
        "2024-07-01 to 2025-06-30",
        "2025-07-01 to 2026-06-30",
        "2026-07-01 to 2027-06-30",
    ]
    assert [int(one.holds(found.frame).sum()) for one in terms] == [1, 0, 0]
    own = terms_of(found, [date(2025, 1, 1), date(2024, 7, 1)])
    assert own[0] == Period(first=date(2024, 7, 1), last=date(2024, 12, 31))


def test_completeness_counts_fields_and_whole_records(
    schools: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    found = _read(
        "kind,building,occurred,category,narrative,officer_involved\n"
        "incident,s1,2026-09-01,fight,text,no\n"
        "incident,s1,2026-09-01,,text,no\n"
        "incident,,2026-09-01,fight,,\n"
        "incident,s2,2026-09-01,fight,x,yes\n",
        schools,
        tmp_path,
    )
    names = ("building", "category", "description", "officer_involved")
    table = completeness(found, {"incident": names, "audit": ("building",)}).loc["incident"]
    assert table["filled"].to_dict() == {
        **{"building": 3, "category": 3, "description": 3, "officer_involved": 3},
        ALL_FIELDS: 2,
    }
    # Wilson's interval of 2 of 4, by hand: (0.5 + z²/8 ± z/4 · √(1 + z²/4)) / (1 + z²/4).
    assert table.loc[ALL_FIELDS, ["low", "high"]].tolist() == pytest.approx(
        [0.1500, 0.8500], abs=1e-4
    )


def test_lateness_against_a_limit(schools: gpd.GeoDataFrame, tmp_path: Path) -> None:
    found = _read(
        "kind,occurred,reported\n"
        "incident,2026-09-01,2026-09-01\n"  # in time
        "incident,2026-09-01,2026-09-03\n"  # on the last day
        "incident,2026-09-01,2026-09-04\n"  # a day late
        "incident,2026-09-01,\n"  # late by now
        "incident,2026-09-14,\n"  # not known: its limit runs
        "fire,2026-09-01,2026-09-09\n",
        schools,
        tmp_path,
    )
    table = lateness(found, {"incident": 2})
    row = table.loc["incident"]
    assert row[["records", "reported", "median_days", "late"]].tolist() == [5, 3, 2.0, 2]
    assert row["late_share"] == pytest.approx(2 / 4)
    assert table.loc["fire call", "median_days"] == 8
    assert pd.isna(table.loc["fire call", "late_share"])


def test_a_count_is_reported_after_its_period(schools: gpd.GeoDataFrame, tmp_path: Path) -> None:
    found = _read(
        "kind,occurred,until,reported,count,students\n"
        "medical call,2026-08-01,2026-08-31,2026-09-01,12,0\n"  # a day after the month
        "medical call,2026-08-01,2026-08-31,2026-09-09,12,\n",
        schools,
        tmp_path,
    )
    row = lateness(found, {"medical call": 2}).loc["medical call"]
    assert row[["median_days", "late"]].tolist() == [5.0, 1]  # 1 and 9 days
    # Nobody involved is told as well as somebody.
    filled = completeness(found, {"medical call": ("students",)})["filled"]
    assert filled["medical call", "students"] == 1


def test_doubles_of_two_sources(schools: gpd.GeoDataFrame, tmp_path: Path) -> None:
    found = _read(
        "kind,id,building,occurred,time,category,count\n"
        "incident,i1,s1,2026-09-01,10:00,fight,1\n"
        "police call,p1,s1,2026-09-01,10:20,fight,1\n"  # the same
        "police call,p2,s1,2026-09-01,10:25,theft,1\n"  # another category
        "police call,p3,s1,2026-09-01,11:30,fight,1\n"  # too late
        "police call,p4,s2,2026-09-01,10:00,fight,1\n"  # another building
        "incident,i2,s3,2026-09-02,,medical,1\n"
        "medical call,m1,s3,2026-09-02,09:00,medical,1\n"  # by the date
        "medical call,m2,s3,2026-09-03,09:00,medical,1\n"
        "incident,i3,s4,2026-09-04,09:00,,1\n"
        "fire call,f1,s4,2026-09-04,09:05,alarm,1\n"  # one says no category
        "incident,i4,s5,2026-09-05,09:00,fight,1\n"
        "incident,i5,s5,2026-09-05,09:00,fight,1\n"  # one source
        "state data,,s1,2026-09-01,10:00,fight,1\n"  # no event
        "police call,p6,s6,2026-09-05,09:00,fight,1\n"
        "police data,p7,s6,2026-09-05,15:00,fight,1\n"  # hours apart, both with times
        "incident,i6,s6,2026-09-06,,fight,1\n",
        schools,
        tmp_path,
    )
    table = duplicates(found, same_event_s=30 * 60)
    pairs = {tuple(sorted(of["id"])) for _, of in table.groupby("event")}
    assert pairs == {("i1", "p1"), ("i2", "m1"), ("f1", "i3")}
    assert duplicates(found, same_event_s=0).empty is False  # by the date


def test_discipline_that_went_to_an_officer(schools: gpd.GeoDataFrame, tmp_path: Path) -> None:
    found = _read(
        "kind,id,occurred,category,officer_involved\n"
        "incident,1,2026-09-01,Dress-Code,yes\n"
        "incident,2,2026-09-01,dress code,no\n"
        "incident,3,2026-09-01,fight,yes\n"
        "police call,4,2026-09-01,dress code,\n",
        schools,
        tmp_path,
    )
    assert list(discipline_calls(found, ["Dress Code"])["id"]) == ["1", "4"]
    shares = discipline_shares(found, ["Dress Code"])
    assert shares.loc["incident", ["discipline", "sent", "share"]].tolist() == [2, 1, 0.5]
    assert shares.loc["police call", "share"] == 1.0


def test_a_slip_of_the_century_makes_no_hundred_terms(
    schools: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    rows = "kind,occurred\nincident,1926-09-01\nincident,1976-01-01\n"
    with pytest.raises(RecordError, match="row 2: occurred '1926-09-01' is more than 50 years"):
        _read(rows, schools, tmp_path)
    assert len(_read(rows.replace("1926", "1980"), schools, tmp_path)) == 2
