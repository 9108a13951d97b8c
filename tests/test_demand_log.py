"""Logs of calls, all of them invented: times, buildings, duplicates, hours, sources."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
from scipy import stats
from test_demand import town

from zoning.demand import CallLog, call_times, read_call_log, read_calls, read_school_days
from zoning.demand.call_log import _spread
from zoning.errors import DemandError

ZONE = "America/New_York"
# An invented log: ash and beech are open from 8:00 to 14:00, cedar and date (one campus) from 9:40.
HEADER = ("id", "time", "building", "kind", "units", "arrived", "cleared", "entered")
ROWS = (
    ("1", "2025-03-03T08:30-05:00", "Ash", "Emergency", 2, "8:34", "8:54", "9:00"),
    ("2", "2025-03-03 10:15", "a", "Routine", 1, "10:25", "10:35", "10:15"),
    ("3", "3/4/2025 1:59 PM", "Beech", "emergency", 3, "2:03 PM", "2:33 PM", ""),
    ("4", "2025-03-05T14:00:00Z", "Date", "routine", 1, "", "2025-03-05T14:20Z", ""),
    ("5", "2025-03-05 14:00", "Ash", "routine", 1, "", "", ""),
    ("6", "2025-03-08 10:00", "Ash", "routine", 1, "", "", ""),
    ("7", "2025-03-06 09:50", "Cedar", "Fight", "", "", "", ""),
)


@cache
def schools() -> gpd.GeoDataFrame:
    return town(bell_start=["08:00", "08:00", "09:40", "09:40", None], bell_end="14:00").assign(
        bell_end=town(bell_end=["14:00", "14:00", "16:00", "16:00", None])["bell_end"]
    )


def csv(path: Path, rows: Sequence[Sequence[Any]], header: Sequence[str] = HEADER) -> Path:
    pd.DataFrame([list(row) for row in rows], columns=list(header)).to_csv(path, index=False)
    return path


def dated(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Put the date of a call before clock times of what came later."""
    made = []
    for row in rows:
        day = row[1].split(" ")[0].split("T")[0]
        later = [
            f"{day} {cell}" if cell and cell[0] in "1289" and len(cell) < 9 else cell
            for cell in row[5:]
        ]
        made.append([*row[:5], *later])
    return made


def read(path: Path | Sequence[Path], **options: Any) -> CallLog:
    given = {"source": "invented", "school_days": 10, "time_zone": ZONE, **options}
    return read_call_log(path, schools(), **given)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> CallLog:
    return read(csv(tmp_path_factory.mktemp("log") / "cad.csv", dated(ROWS)))


def test_calls_lie_at_their_buildings_and_in_their_hours(log: CallLog) -> None:
    """14:00 is when Ash closes; 8 March 2025 is a Saturday; 14:00 in UTC is 9:00 in winter."""
    assert log.calls["building_id"].tolist() == ["a", "a", "b", "c", "a", "c", "a"]
    assert log.calls["time"].dt.strftime("%d %H:%M").tolist() == [
        *("03 08:30", "03 10:15", "04 13:59", "05 09:00", "05 14:00", "06 09:50", "08 10:00"),
    ]
    assert log.calls["when"].tolist() == [
        *("school hours", "school hours", "school hours", "outside school hours"),
        *("outside school hours", "school hours", "not a school day"),
    ]
    assert log.calls["urgency"].tolist() == [
        *("emergency", "routine", "emergency", "routine", "routine", None, "routine"),
    ]
    assert any("29 % of the log came outside school hours" in n for n in log.notices)
    assert any("14 % of the log came on days without school" in n for n in log.notices)
    assert log.unknown_kinds == {"Fight": 1}
    assert any("not known whether they are emergencies" in n for n in log.notices)
    assert not any("Fight" in n or "Ash" in n for n in log.rates().notices)


def test_rates_keep_the_district_s_total_and_follow_the_hours(log: CallLog) -> None:
    rates = log.rates()
    assert rates.per_day.sum() == pytest.approx(4 / 10)
    assert rates.source == "invented"
    assert rates.emergency_share == pytest.approx(2 / 3)
    assert rates.hourly is not None
    assert rates.hourly.loc["a", list(range(8, 14))].gt(0).all()
    assert rates.hourly.loc["a", [7, 14, 15]].tolist() == [0, 0, 0]
    assert rates.hourly.loc["c", [8, 16]].tolist() == [0, 0]
    # Cedar is open for a third of the hour from 9 to 10.
    assert rates.hourly.loc["c", 9] > 0
    table = log.estimates()
    assert table["calls"].to_dict() == {"a": 2, "b": 1, "c": 1}
    assert table["counted_per_day"].to_dict() == {"a": 0.2, "b": 0.1, "c": 0.1}
    assert ((table["low"] < table["per_day"]) & (table["per_day"] < table["high"])).all()
    assert not any(" 2 " in n or " 1 " in n for n in rates.notices)


def test_the_hours_of_a_building_are_the_districts_where_it_is_open(tmp_path: Path) -> None:
    """Calls at 8:30 and 10:30 follow enrolment, 4:3:3; Cedar is closed at 8:30."""
    count = {"Ash": 8, "Beech": 6, "Cedar": 6}
    rows = [
        (f"{school}{hour}{k}", f"2025-03-{3 + k % 5:02} {hour}:30", school)
        for school, calls in count.items()
        for hour in ("08", "10")
        for k in range(calls)
        if (school, hour) != ("Cedar", "08")
    ]
    found = read(csv(tmp_path / "cad.csv", rows, ("id", "time", "building"))).rates().hourly
    assert found is not None
    share = found.div(found.sum(axis=1), axis=0)
    assert share.loc["a", 8] == pytest.approx(0.5, abs=0.02)
    assert share.loc["c", 8] == 0
    assert share.loc["c", 10] > 0.9


def test_a_building_without_calls_has_the_hours_of_the_district_in_which_it_is_open(
    tmp_path: Path,
) -> None:
    """All calls are at 8:30; Cedar is open from 9:40 to 16:00, so for a third of the first hour."""
    rows = [(f"2025-03-{3 + k % 5:02} 08:{10 + k}", "Ash") for k in range(10)]
    found = read(csv(tmp_path / "cad.csv", rows, ("time", "school"))).rates().hourly
    assert found is not None
    share = found.div(found.sum(axis=1), axis=0)
    assert share.loc["b", 8] > 0.9
    assert share.loc["c", [8, 9, 10]].tolist() == pytest.approx([0, 1 / 19, 3 / 19])


def test_calls_that_nobody_took_have_no_units_and_few_words_no_share(tmp_path: Path) -> None:
    rows = [(f"2025-03-03 1{k}:00", "a", units, kind) for k, (units, kind) in
            enumerate([(0, "Emergency"), (2, ""), (1, "")])]  # fmt: skip
    log = read(csv(tmp_path / "cad.csv", rows, ("time", "school", "units", "priority")))
    assert log.measured().loc["units_mean", ["value", "calls"]].tolist() == [1.5, 2]
    rates = log.rates()
    assert rates.emergency_share is None
    assert any("fewer than half of the calls" in n for n in rates.notices)


def test_a_school_without_students_can_have_calls(tmp_path: Path) -> None:
    path = csv(tmp_path / "cad.csv", [("2025-03-03 09:00", "b")] * 2, ("time", "school"))
    table = town(enrollment=[400, 0, 200, 100, 5], bell_start="08:00", bell_end="14:00")
    log = read_call_log(path, table, source="x", school_days=1, time_zone=ZONE)
    assert log.estimates().loc["b", "per_day"] > 0


def test_the_district_s_own_figures_of_a_call(log: CallLog) -> None:
    """On scene: 20, 10, 30 min; units 2, 1, 3 of three calls in school hours; by scipy."""
    found = log.measured()
    on_scene = np.array([1200.0, 600.0, 1800.0])
    assert found.loc["on_scene_mean_s", "value"] == on_scene.mean()
    error = on_scene.std(ddof=1) / math.sqrt(3)
    ends = stats.norm(on_scene.mean(), error).ppf([0.025, 0.975])
    assert found.loc["on_scene_mean_s", ["low", "high"]].tolist() == pytest.approx(ends.tolist())
    assert found.loc["on_scene_sd_s", "value"] == pytest.approx(600)
    assert found.loc["on_call_mean_s", "value"] == pytest.approx((1440 + 1200 + 2040) / 3)
    assert found.loc["units_mean", ["value", "calls"]].tolist() == [2.0, 3]
    wilson = stats.binomtest(2, 3).proportion_ci(method="wilson")
    share = found.loc["second_unit_share", ["value", "low", "high"]].tolist()
    assert share == pytest.approx([2 / 3, wilson.low, wilson.high])
    assert found.loc["emergency_share", "value"] == pytest.approx(2 / 3)
    assert found["calls"].tolist() == [3] * len(found)


def test_the_interval_of_a_spread_holds_it() -> None:
    """400 logs of 80 times: about 95 % of intervals hold the spread, fewer of a skew one."""
    rng = np.random.default_rng(4)
    found = np.array([_spread(rng.exponential(1200, 80)) for _ in range(400)])
    assert 0.8 < np.mean((found[:, 1] < 1200) & (found[:, 2] > 1200)) < 0.97
    normal = np.array([_spread(rng.normal(1200, 300, 80)) for _ in range(400)])
    assert 0.9 < np.mean((normal[:, 1] < 300) & (normal[:, 2] > 300)) < 0.98


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("2025-03-09 02:30", "Ash"), "time '2025-03-09T02:30:00' did not exist: the clocks"),
        (("2025-11-02 01:30", "Ash"), "time '2025-11-02T01:30:00' occurred twice: the clocks"),
        (("2025-02-30 09:00", "Ash"), "time '2025-02-30 09:00' is no time"),
        (("2025-03-03 25:00", "Ash"), "time '2025-03-03 25:00' is no time"),
        (("13/3/2025 9:00", "Ash"), "time '13/3/2025 9:00' is no time, such as"),
        (("3/3/2025 13:00 PM", "Ash"), "time '3/3/2025 13:00 PM' is no time"),
        (("2025-03-03", "Ash"), "time '2025-03-03' has no time of day"),
        (("9:15", "Ash"), "time '9:15' has no date, and there is no column of dates"),
        (("1925-03-03 09:00", "Ash"), "is in the year 1925"),
        (("", "Ash"), "time is empty"),
        (("soon", "Ash"), "time 'soon' is no time, such as"),
        (("2025-03-03 09:00", "Oak"), "building 'Oak' is not a school of the district"),
        (("2025-03-03 09:00", ""), "building is empty"),
    ],
)
def test_a_row_that_cannot_be_is_named(tmp_path: Path, row: Sequence[str], told: str) -> None:
    path = csv(tmp_path / "cad.csv", [("2025-03-03 09:00", "a"), row], ("time", "school"))
    with pytest.raises(DemandError) as caught:
        read(path)
    (fault,) = caught.value.faults
    assert fault.startswith(f"{path}: row 3: ")
    assert told in fault
    assert "leave_out_unknown" in caught.value.remedy


def test_hours_that_occur_twice_are_clear_with_their_offset(tmp_path: Path) -> None:
    rows = [("2025-11-02T01:30-04:00", "a"), ("2025-11-02T01:30-05:00", "a")]
    rows.append(("2025-11-03 09:00", "a"))
    log = read(csv(tmp_path / "cad.csv", rows, ("time", "school")))
    assert log.calls["time"].dt.hour.tolist() == [1, 9]  # the clock showed the same minute twice


def test_every_fault_of_all_files_comes_at_once(tmp_path: Path) -> None:
    first = csv(
        tmp_path / "cad.csv",
        [
            ("1", "2025-03-03 09:00", "Ash", "routine", 1, "", "2025-03-03 08:59", ""),
            ("2", "2025-03-03 09:00", "Ash", "routine", 1.5, "", "2025-03-05 08:59", ""),
            (
                "3",
                "2025-03-03 09:00",
                "Ash",
                "routine",
                1,
                "2025-03-03 09:30",
                "2025-03-03 09:20",
                "2025-03-01 09:00",
            ),
            ("4", "2025-03-03 09:00", "Ash", "routine", "two", "", "", ""),
            ("5", "2025-03-03 09:00", "Ash", "routine", 1, "", "", ""),
            ("5", "2025-03-05 12:00", "Ash", "routine", 1, "", "", ""),
        ],
    )
    second = csv(tmp_path / "log.csv", [("never", "Oak")], ("time", "school"))
    with pytest.raises(DemandError) as caught:
        read([first, second])
    told = [fault.split(": ", 1)[1] for fault in caught.value.faults]
    assert told == [
        "row 2: cleared '2025-03-03T08:59:00' is before the call",
        "row 3: cleared '2025-03-05T08:59:00' is more than a day after the call",
        "row 3: units '1.5' is not a number of units",
        "row 4: cleared '2025-03-03T09:20:00' is before its arrival",
        "row 4: entered '2025-03-01T09:00:00' is more than a day before the call",
        "row 5: units 'two' is not a number of units",
        "row 7: id '5' is also in row 6, with another building or time",
        "row 2: building 'Oak' is not a school of the district",
        "row 2: time 'never' is no time, such as 2025-03-14T14:05-04:00 or 3/14/2025 2:05 PM",
    ]


def test_times_need_a_zone(tmp_path: Path) -> None:
    path = csv(tmp_path / "cad.csv", [("2025-03-03 09:00", "a")], ("time", "school"))
    with pytest.raises(DemandError, match="has no time zone: give time_zone"):
        read(path, time_zone=None)
    with pytest.raises(DemandError, match="'Kentucky' is not a time zone"):
        read(path, time_zone="Kentucky")
    utc = csv(tmp_path / "utc.csv", [("2025-03-03T14:00Z", "a")], ("time", "school"))
    with pytest.raises(DemandError, match="is in UTC, which does not say"):
        read(utc, time_zone=None)
    offset = csv(tmp_path / "off.csv", [("2025-03-03T09:00-05:00", "a")], ("time", "school"))
    assert read(offset, time_zone=None).calls["time"].dt.hour.tolist() == [9]


def test_a_computer_without_time_zones_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise call_times.ZoneInfoNotFoundError(name)

    monkeypatch.setattr(call_times, "ZoneInfo", missing)
    path = csv(tmp_path / "cad.csv", [("2025-03-03 09:00", "a")], ("time", "school"))
    with pytest.raises(DemandError, match="pip install tzdata"):
        read(path)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"school_days": None}, "give one of school_days"),
        ({"calendar": [datetime.date(2025, 3, 3)]}, "give one of school_days"),
        ({"school_days": 0}, "school_days is 0"),
        ({"school_days": None, "calendar": []}, "calendar: give one date or more"),
        ({"same_call_minutes": -1}, "same_call_minutes is -1"),
        ({"kinds": {"Fight": "bad"}}, "'Fight' means 'bad', which is none of emergency"),
        ({"definitions": {"police": "x"}}, "definitions: there is no source 'police'"),
    ],
)
def test_options_that_cannot_be(tmp_path: Path, options: dict[str, Any], told: str) -> None:
    path = csv(tmp_path / "cad.csv", [("2025-03-03 09:00", "a")], ("time", "school"))
    with pytest.raises(DemandError, match=told):
        read(path, **options)


def test_a_calendar_says_which_days_are_school_days(tmp_path: Path) -> None:
    """3, 5 and 6 March, the 5th a half day; the 4th was a holiday; the 6th had no call."""
    rows = [("2025-03-03 09:00", "a"), ("2025-03-04 09:00", "a"), ("2025-03-05 09:00", "b")]
    path = csv(tmp_path / "cad.csv", rows, ("time", "school"))
    days = {datetime.date(2025, 3, day): share for day, share in ((3, 1), (5, 0.5), (6, 1))}
    log = read(path, school_days=None, calendar=days)
    assert log.school_days == 2.5
    assert log.calls["when"].tolist() == ["school hours", "not a school day", "school hours"]
    assert log.rates().per_day.sum() == pytest.approx(2 / 2.5)
    assert not any("holidays" in n for n in log.notices)
    plain = read(path, school_days=None, calendar=list(days))
    assert plain.school_days == 3


def test_a_calendar_is_read_from_a_file(tmp_path: Path) -> None:
    rows = [("2025-03-03", ""), ("3/4/2025", 0.5)]
    days = read_school_days(csv(tmp_path / "days.csv", rows, ("Date", "Share")))
    assert dict(days) == {datetime.date(2025, 3, 3): 1.0, datetime.date(2025, 3, 4): 0.5}
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["Date"], [datetime.date(2025, 3, 3)], [datetime.datetime(2025, 3, 4)]):
        book.active.append(row)
    book.save(tmp_path / "days.xlsx")
    assert list(read_school_days(tmp_path / "days.xlsx").values()) == [1.0, 1.0]
    wrong = [("2025-03-03", 2), ("2025-03-03", ""), ("Monday", "half")]
    with pytest.raises(DemandError) as caught:
        read_school_days(csv(tmp_path / "wrong.csv", wrong, ("Date", "Share")))
    assert caught.value.faults == (
        "row 2: share '2' is not a share above 0 to 1",
        "row 3: '2025-03-03' is given twice",
        "row 4: 'Monday' is no date, such as 2025-03-14 or 3/14/2025",
        "row 4: share 'half' is not a share above 0 to 1",
    )


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([], "has no rows"),
        ([("2025-03-08 09:00", "a")], "no call came in school hours"),
        ([("2025-03-03 03:00", "a")], "see time_zone and bell times"),
        ([("2025-03-03 09:00", "Elm")], "no calls of the district"),
    ],
)
def test_an_empty_log_says_why(tmp_path: Path, rows: list[Any], told: str) -> None:
    with pytest.raises(DemandError, match=told):
        read(csv(tmp_path / "cad.csv", rows, ("time", "school")))


def test_a_log_of_one_day_is_doubted(tmp_path: Path) -> None:
    rows = [("2025-03-03 09:00", "a"), ("2025-03-03 10:00", "b")]
    log = read(csv(tmp_path / "cad.csv", rows, ("time", "school")), school_days=1)
    assert any("of a single day: far too short" in n for n in log.notices)
    table = log.estimates()
    assert (table["high"] / table["low"] > 4).all()
    assert log.rates().per_day.gt(0).all()  # also of a building without a call


@pytest.mark.parametrize(
    ("school_days", "told"),
    [(9, ""), (11, ""), (12, "rates are too low"), (5, ""), (4, "rates are too high")],
)
def test_days_that_do_not_fit_the_records_are_doubted(
    tmp_path: Path, school_days: int, told: str
) -> None:
    """From Monday 3 to Friday 14 March 2025 there are 10 weekdays."""
    rows = [("2025-03-03 09:00", "a"), ("2025-03-14 10:00", "b")]
    log = read(csv(tmp_path / "cad.csv", rows, ("time", "school")), school_days=school_days)
    doubts = [n for n in log.notices if "rates are too" in n]
    assert [told in n for n in doubts] == ([True] if told else [])


def test_other_hours_can_be_given_for_every_building(tmp_path: Path) -> None:
    path = csv(tmp_path / "cad.csv", [("2025-03-03 07:15", "a")], ("time", "school"))
    hours = pd.DataFrame({"opens_s": 25_200.0, "closes_s": 50_400.0}, index=list("cba"))
    log = read(path, hours=hours)
    assert log.calls["when"].tolist() == ["school hours"]
    assert log.rates().per_day.index.tolist() == ["a", "b", "c"]
    with pytest.raises(DemandError, match=r"hours of some buildings are missing[\s\S]*b, c"):
        read(path, hours=hours.loc[["a"]])


def test_rows_of_one_call_are_its_units(tmp_path: Path) -> None:
    header = ("Incident Number", "Call Date", "Call Time", "Location Name", "Unit", "Cleared")
    rows = [
        ("25-1", "3/3/2025", "09:15", "Ash", "S1", "09:20"),
        ("25-1", "3/3/2025", "09:00", "Ash", "S2", "09:40"),
        ("25-2", "3/3/2025", "10:00", "Ash", "S1", "10:10"),
        ("25-2", "3/3/2025", "10:00", "Ash", "S1", "10:10"),
    ]
    log = read(csv(tmp_path / "cad.csv", rows, header))
    assert log.calls["units"].tolist() == [2, 1]
    assert log.calls["on_call_s"].tolist() == [2400, 600]
    assert log.left_out["further rows of a call, such as of a second unit"] == 2
    once = read(csv(tmp_path / "one.csv", rows[:1], header))
    assert once.calls["units"].isna().all()


def test_what_officers_do_is_no_demand_unless_it_is_named(tmp_path: Path) -> None:
    rows = [
        ("2025-03-03 09:00", "a", "Fight"),
        ("2025-03-03 10:00", "a", "Traffic Stop"),
        ("2025-03-03 11:00", "b", "Fight, arrest made"),
        ("2025-03-03 11:30", "b", "Arrest 4417"),
        ("2025-03-03 12:00", "b", "Parking complaint"),
        ("2025-03-03 13:00", "b", "Test call"),
    ]
    path = csv(tmp_path / "cad.csv", rows, ("time", "school", "Nature"))
    kinds = {"FIGHT": "emergency", "parking complaint": "leave out", "Traffic stop": "routine"}
    log = read(path, kinds=kinds)
    assert log.calls["kind"].tolist() == ["Fight", "Fight, arrest made"]
    assert log.calls["urgency"].tolist() == ["emergency", None]
    assert any("'Traffic Stop' are no demand: officers start" in n for n in log.notices)
    # Notices are public: a number in a kind can be that of a case or a badge.
    assert any("'Arrest ...' are no demand" in n for n in log.notices)
    assert not any("4417" in n for n in log.notices)
    assert sum(log.left_out.values()) == 4
    insisted = read(path, allow_enforcement=["Traffic stop"])
    assert "Traffic Stop" in insisted.calls["kind"].tolist()
    arrests = csv(tmp_path / "Arrests.csv", rows, ("time", "school", "Nature"))
    with pytest.raises(DemandError, match="Arrests counts actions of officers"):
        read(arrests)


def test_other_places_of_a_city_can_be_left_out(tmp_path: Path) -> None:
    rows = [("2025-03-03 09:00", "a"), ("2025-03-03 10:00", "City Hall")]
    path = csv(tmp_path / "cad.csv", rows, ("time", "school"))
    log = read(path, leave_out_unknown=True)
    assert len(log.calls) == 1
    assert any("places that are no school of the district" in n for n in log.notices)


def test_a_workbook_is_read_with_its_own_times(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["Date", "Time", "School", "Cleared"])
    at = datetime.datetime(2025, 3, 3, 9, 5)
    book.active.append([at.date(), at.time(), "Ash", at + datetime.timedelta(minutes=15)])
    book.save(tmp_path / "log.xlsx")
    log = read(tmp_path / "log.xlsx")
    assert log.calls["time"].tolist() == [pd.Timestamp(at)]
    assert log.calls["on_call_s"].tolist() == [900]


# --- several sources -----------------------------------------------------------------


def two_sources(folder: Path) -> list[Path]:
    """12 calls: the police have 10, the district 11, both 9; 1 of each is minutes apart."""
    police, district = [], []
    for k in range(12):
        day, hour = 3 + k % 5, 8 + k // 5
        if k not in {3, 7}:
            police.append((f"p{k}", f"2025-03-{day:02} {hour:02}:20", "Ash", ""))
        if k != 11:
            entered = f"2025-03-{day:02} {hour + 1:02}:25"
            district.append((f"d{k}", f"2025-03-{day:02} {hour:02}:25", "Ash", entered))
    header = ("id", "time", "school", "entered")
    return [
        csv(folder / f"{name}.csv", rows, header)
        for name, rows in (("police", police), ("district", district))
    ]


def test_two_sources_are_reconciled(tmp_path: Path) -> None:
    definitions = {"police": "calls for service", "district": "radio calls to officers"}
    log = read(two_sources(tmp_path), definitions=definitions)
    assert len(log.calls) == 12
    assert log.calls["sources"].map(len).tolist().count(2) == 9
    table = log.compare_sources()
    assert table.loc["police", ["calls", "in_others", "only_here"]].tolist() == [10, 9, 1]
    assert table.loc["district", ["calls", "in_others", "only_here"]].tolist() == [11, 9, 2]
    assert table["definition"].to_dict() == definitions
    assert table.loc["district", "late_median_s"] == 3600
    assert math.isnan(table.loc["police", "late_median_s"])
    found = log.completeness().loc[("police", "all")]
    assert found[["calls", "others", "in_both"]].tolist() == [10, 11, 9]
    assert found["estimate"] == pytest.approx(11 * 12 / 10 - 1)
    assert found["completeness"] == pytest.approx(10 / 12.2)
    assert log.completeness().index.get_level_values("month").unique().tolist() == [
        *("all", "2025-03"),
    ]
    assert len(read(two_sources(tmp_path), same_call_minutes=4).calls) == 21


def test_a_column_may_name_the_source(tmp_path: Path) -> None:
    """Two calls of one building a minute apart in one source stay two."""
    rows = [("cad", "2025-03-03 09:00", "a"), ("cad", "2025-03-03 09:01", "a")]
    rows += [("log", "2025-03-03 09:01", "a"), ("log", "2025-03-05 09:00", "a")]
    log = read(csv(tmp_path / "all.csv", rows, ("source", "time", "school")))
    assert log.calls["sources"].tolist() == [("cad",), ("cad", "log"), ("log",)]
    assert list(log.definitions) == ["cad", "log"]
    assert any("do not cover the same days: all of them do from" in n for n in log.notices)


def test_sheets_of_a_workbook_are_sources_of_their_own(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for name in ("Police", "District"):
        sheet = book.create_sheet(name)
        sheet.append(["time", "school"])
        sheet.append(["2025-03-03 09:00", "a"])
    book.save(tmp_path / "logs.xlsx")
    sheets = [Path(f"{tmp_path / 'logs.xlsx'}#{name}") for name in ("Police", "District")]
    assert read(sheets).calls["sources"].tolist() == [("District", "Police")]
    with pytest.raises(DemandError, match=r"a log is given twice[\s\S]*#Police"):
        read([sheets[0], sheets[0]])


def test_one_source_has_nothing_to_compare_with(log: CallLog) -> None:
    assert log.completeness().empty
    assert log.compare_sources().loc["cad", "only_here"] == 4


def test_yearly_counts_can_be_drawn_towards_enrolment(tmp_path: Path) -> None:
    """Ash has 400 students and Beech 300; Cedar and Date have 300 together."""
    path = csv(
        tmp_path / "calls.csv", list(zip("abcd", (40, 2, 60, 0), strict=True)), ("school", "calls")
    )
    given: dict[str, Any] = {"school_days": 100, "source": "counts"}
    plain = read_calls(path, schools(), **given)
    drawn = read_calls(path, schools(), **given, shrink=True)
    assert plain.per_day.tolist() == [0.4, 0.02, 0.6]
    assert drawn.per_day.sum() == pytest.approx(1.02)
    assert 0.02 < drawn.per_day["b"] < 0.306
    assert drawn.per_day["c"] < 0.6
    assert "drawn towards enrolment" in drawn.source
