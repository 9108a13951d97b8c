"""What a study reads of its own: observed trips, counted calls, and streets still to be built."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
from helpers.town_files import write_schools

from zoning import (
    DemandError,
    NetworkError,
    PatrolZones,
    Profile,
    StudyError,
    read_calls,
    read_network,
    read_school_days,
    read_schools,
    read_trips,
)
from zoning.disclosure.views import public_view
from zoning.editions import Edition
from zoning.errors import FaultsError
from zoning.patrol import PatrolAssumptions
from zoning.reports.run_record import LEFT_OUT, WITHHELD, InputFile, RunSettings, run_record
from zoning.response import ResponseAssumptions
from zoning.roads import PROFILES, JunctionDelay, save_network
from zoning.study import Study
from zoning.study.inputs import input_files, open_call_log
from zoning.zones import SolverLimits

# Trips in the town were driven at this share of the map's speeds.
DRIVEN = Profile(name="driven", factor=0.5, access_factor=0.5)
HEADER = ("origin", "destination", "seconds")


def sheet(path: Path, rows: Sequence[Sequence[Any]]) -> Path:
    """Write a table as CSV or as a workbook."""
    if path.suffix == ".csv":
        pd.DataFrame(list(rows)[1:], columns=list(rows[0])).to_csv(path, index=False)
        return path
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    book.save(path)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A town on a grid of streets, and 60 trips driven at half the speed of the map."""
    folder = tmp_path_factory.mktemp("town")
    write_schools(folder / "town.csv")
    places = {(x, y): (-85.715 + 0.01 * x, 37.965 + 0.01 * y) for x in range(6) for y in range(11)}
    pd.DataFrame(
        [(f"{x}-{y}", lon, lat) for (x, y), (lon, lat) in places.items()],
        columns=["junction_id", "lon", "lat"],
    ).to_csv(folder / "junctions.csv", index=False)
    pd.DataFrame(
        [
            (
                f"{x}-{y}",
                f"{x + east}-{y + north}",
                880 * east + 1110 * north + y,
                kind,
                "urban",
            )
            for x, y in places
            for east, north, kind in ((1, 0, "collector"), (0, 1, "arterial"))
            if (x + east, y + north) in places
        ],
        columns=["from_junction", "to_junction", "length_m", "road_class", "area"],
    ).to_csv(folder / "links.csv", index=False)
    network = read_network(folder, source="The grid")
    save_network(network, folder / "grid.streets")
    times = network.travel_times(schools_of(folder), profile=DRIVEN)
    pairs = np.argwhere(~np.eye(len(times.ids), dtype=bool))[:60]
    rows = [(times.ids[i], times.ids[j], times.seconds[i, j]) for i, j in pairs]
    sheet(folder / "trips.csv", [HEADER, *rows])
    return folder


def schools_of(folder: Path) -> gpd.GeoDataFrame:
    return read_schools(folder / "town.csv")


def study(folder: Path, **sections: Any) -> Study:
    given = {"schools": {"file": "town.csv"}, "zones": {"number": 2}, "rules": {}, **sections}
    return Study.from_tables(given, folder=folder)


def fitting(folder: Path, **keys: Any) -> Study:
    own = {key: keys.pop(key) for key in ("patrol_profile", "delays") if key in keys}
    asked = {"trips": "trips.csv", **keys}
    return study(folder, streets={"file": "grid.streets", "calibration": asked, **own})


# Trips.


def test_trips_name_schools_and_write_times_in_many_ways(folder: Path, tmp_path: Path) -> None:
    rows = [
        ("From", "To", "Drive time"),
        ("North High", "M1", "4:30"),
        ("H1", "north middle", "0:04:30"),
        ("H1", "South High", "1:02:03"),
    ]
    read = read_trips(sheet(tmp_path / "log.csv", rows), schools_of(folder))
    assert read.to_dict("list") == {
        "origin": ["H1", "H1", "H1"],
        "destination": ["M1", "M1", "H2"],
        "seconds": [270, 270, 3723],
    }
    header = ("origin", "destination", "minutes", "weight")
    rows = [header, ("H1", "H2", 4.5, 2), ("H2", "H1", 3, 1)]
    read = read_trips(sheet(tmp_path / "log.csv", rows), schools_of(folder))
    assert read["seconds"].tolist() == [270, 180]
    assert read["weight"].tolist() == [2, 1]


def test_trips_of_a_workbook_keep_excel_s_times(folder: Path, tmp_path: Path) -> None:
    clock, span = datetime.time(0, 4, 30), datetime.timedelta(minutes=4, seconds=30)
    rows = [HEADER, ("H1", "H2", clock), ("H2", "H1", span), ("H1", "M1", 270)]
    read = read_trips(sheet(tmp_path / "log.xlsx", rows), schools_of(folder))
    assert read["seconds"].tolist() == [270, 270, 270]
    typed = [HEADER, ("H1", "H2", datetime.time(4, 30))]
    with pytest.raises(NetworkError, match=r"row 2: seconds 04:30:00 is hours and minutes"):
        read_trips(sheet(tmp_path / "log.xlsx", typed), schools_of(folder))


def test_every_fault_of_the_trips_is_listed_with_its_row(folder: Path, tmp_path: Path) -> None:
    rows = [
        (*HEADER, "weight"),
        ("North Hihg", "H2", 60, 1),
        ("H1", "North High", 60, 1),
        ("H1", "H2", 0, 1),
        ("V1", "H2", "soon", 0),
        ("H1", "", 60, "much"),
        ("H1", "H2", 60, 1),
    ]
    with pytest.raises(NetworkError) as caught:
        read_trips(sheet(tmp_path / "log.csv", rows), schools_of(folder))
    assert caught.value.headline.endswith("log.csv has 8 faults")
    for fault in (
        "row 2: origin 'North Hihg' is not a school of the district (did you mean North High?)",
        "row 3: the trip leads from a building to itself",
        "row 4: seconds 0 is not above 0",
        "row 5: origin 'V1' is a virtual school, which has no building",
        "row 5: seconds 'soon' is not a duration, such as 4:30",
        "row 5: weight 0 is not above 0",
        "row 6: destination is empty",
        "row 6: weight 'much' is not a number",
    ):
        assert fault in caught.value.faults


@pytest.mark.parametrize(
    ("header", "columns", "said"),
    [
        (("a", "b", "c"), None, "no column origin"),
        (("a", "b", "c"), None, "no column seconds or minutes or time"),
        (("origin", "to", "c"), {"seconds": "d"}, "no column 'd', which is to be read as seconds"),
        (("origin", "to", "sec"), {"speed": "sec"}, "there is no field speed"),
        (("origin", "From", "sec"), {"destination": "to"}, "no column 'to'"),
        (("origin", "to", "time"), None, "270 is a number without a unit"),
    ],
)
def test_columns_of_trips_that_are_missing(
    folder: Path, tmp_path: Path, header: tuple[str, ...], columns: Any, said: str
) -> None:
    path = sheet(tmp_path / "log.csv", [header, ("H1", "H2", 270)])
    with pytest.raises(NetworkError) as caught:
        read_trips(path, schools_of(folder), columns=columns)
    assert said in str(caught.value)


def test_two_columns_of_times_need_a_choice(folder: Path, tmp_path: Path) -> None:
    path = sheet(tmp_path / "log.csv", [(*HEADER, "minutes"), ("H1", "H2", 270, 5)])
    with pytest.raises(NetworkError, match=r"columns = \{ minutes = '' \}"):
        read_trips(path, schools_of(folder))
    read = read_trips(path, schools_of(folder), columns={"minutes": ""})
    assert read["seconds"].tolist() == [270]


# Calibration.


def test_a_study_fits_the_patrol_profile_and_no_other(folder: Path) -> None:
    read = fitting(folder).open()
    patrol, emergency = read.profiles
    assert emergency == PROFILES["emergency"]
    assert read.district.network is not None
    found = read.district.network.travel_times(read.district.schools, profile=patrol)
    trips = pd.read_csv(folder / "trips.csv")
    given = [
        found.between(a, b) for a, b in zip(trips["origin"], trips["destination"], strict=True)
    ]
    np.testing.assert_allclose(given, trips["seconds"], rtol=0.01)
    assert read.notices[-2:] == (
        "speeds on patrol are fitted to 60 observed trips; on trips left out of the fit the median "
        "error is 0 s, and 100% are within 20 %",
        f"speeds to a call are not fitted to trips; profile emergency: "
        f"{PROFILES['emergency'].note}",
    )
    assert ("trips", folder / "trips.csv") in read.files
    # The same to the last digit.
    assert fitting(folder).open().profiles == read.profiles


@pytest.mark.parametrize(("asked", "fitted"), [("emergency", (0, 1)), ("both", (1, 1))])
def test_the_profile_to_fit_is_chosen(folder: Path, asked: str, fitted: tuple[int, int]) -> None:
    profiles = fitting(folder, profile=asked).open().profiles
    assert tuple(bool(profile.fitted) for profile in profiles) == fitted


def test_the_settings_of_the_fit_are_passed_on(folder: Path) -> None:
    patrol, _ = fitting(folder, by="class and area", fewest_trips=60).open().profiles
    assert {area for _, area, _ in patrol.exceptions} == {"urban"}
    # All 60 trips lead along an arterial, but not all along a collector.
    assert {c: f for c, _, f in patrol.exceptions}["collector"] == 1.0
    assert patrol.fitted.startswith(
        "fitted to 60 observed trips; too few trips for collector in urban areas, which keep the "
        "speeds of profile free_flow; on trips left out of the fit"
    )
    patrol, _ = fitting(folder, fit_delays=True).open().profiles
    assert patrol.delays


def test_trips_that_cannot_be_fitted(folder: Path, tmp_path: Path) -> None:
    few = sheet(tmp_path / "few.csv", [HEADER, ("H1", "H2", 60)])
    with pytest.raises(NetworkError, match="1 trips are too few, 7 are needed"):
        fitting(folder, trips=str(few), fewest_trips=7).open()
    own = Profile(name="own", delays=(JunctionDelay("crossing", "*", 4.0),))
    own.to_frame().to_csv(tmp_path / "own.csv", index=False)
    asked = fitting(folder, patrol_profile=str(tmp_path / "own.csv"), fit_delays=True)
    with pytest.raises(FaultsError, match="fit_delays would replace the delays of profile own"):
        asked.open()
    kept = fitting(folder, patrol_profile=str(tmp_path / "own.csv")).open().profiles[0]
    assert kept.delays == own.delays


def test_contradictions_of_the_calibration_are_faults_of_the_study(folder: Path) -> None:
    with pytest.raises(StudyError) as caught:
        study(
            folder,
            streets={
                "delays": "none",
                "calibration": {"fit_delays": True, "by": "road", "fewest_trips": 0},
            },
        )
    assert len(caught.value.faults) == 2
    with pytest.raises(StudyError) as caught:
        study(folder, streets={"delays": "none", "calibration": {"fit_delays": True}})
    text = "\n".join(caught.value.faults)
    assert text.count("it is about streets, and none are given") == 2
    assert "it says no trips to fit speeds to: add trips = 'FILE'" in text
    assert "it fits seconds at junctions, and [streets] delays = 'none' asks for none" in text


def test_delays_none_is_none_and_not_the_default(folder: Path) -> None:
    given = study(folder, streets={"file": "grid.streets", "delays": "none"})
    assert given.settings.streets.delays == "none"
    assert given.open().profiles[0].delays == ()


def test_a_calibration_is_set_in_one_word(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    given = study(folder, streets={"file": "grid.streets"})
    named = given.set("streets.calibration=trips.csv")
    assert named.settings.streets.calibration.trips == Path("trips.csv")
    more = named.set("streets.calibration.profile=both")
    assert more.settings.streets.calibration.trips == Path("trips.csv")
    for one in (named, more):
        assert '"../trips.csv"' in one.as_run(folder / "out", edition=Edition.RESTRICTED)


# Calls.

CALLS = {"H1": 70, "North Middle": 35, "H2": 0, "M2": 14, "E1": 7, "E2": 7, "E3": 7, "Dogwood": 7,
         "E5": 7, "X1": 7}  # fmt: skip


@pytest.fixture
def counted_calls(folder: Path) -> Study:
    sheet(folder / "cad.csv", [("School", "CFS"), *CALLS.items()])
    asked = {"file": "cad.csv", "school_days": 70, "source": "dispatch log 2025, on school days"}
    return study(folder, calls=asked)


def test_a_study_takes_the_district_s_own_counts(counted_calls: Study) -> None:
    calls = counted_calls.open().calls
    assert calls.per_day["H1"] == 1.0
    assert calls.per_day["M1"] == 0.5
    assert calls.per_day["H2"] == 0.0
    assert calls.source == "dispatch log 2025, on school days"
    assert counted_calls.settings.calls.assumed_rate is None
    roles = [role for role, _ in input_files(counted_calls)]
    assert roles == ["schools", "calls"]


def test_every_fault_of_the_counts_is_listed(folder: Path, tmp_path: Path) -> None:
    schools, words = schools_of(folder), {"school_days": 70, "source": "a log"}
    rows = [("school", "calls"), ("Nowhere", 1), ("H1", -2), ("H2", ""), ("M1", "many")]
    with pytest.raises(DemandError) as caught:
        read_calls(sheet(tmp_path / "cad.csv", rows), schools, **words)
    assert caught.value.faults == (
        "row 2: school 'Nowhere' is not a school of the district",
        "row 3: calls is -2",
        "row 4: calls is empty: write 0 for a school that never called",
        "row 5: calls 'many' is not a number",
    )
    path = sheet(tmp_path / "cad.csv", [("school", "calls"), *list(CALLS.items())[1:], ("M1", 2)])
    with pytest.raises(DemandError) as caught:
        read_calls(path, schools, **words)
    assert caught.value.faults == ("no number for: H1", "listed more than once: M1")
    path = sheet(tmp_path / "cad.csv", [("school", "Arrests 2025"), *CALLS.items()])
    with pytest.raises(DemandError, match="Arrests 2025 counts actions of officers"):
        read_calls(path, schools, **words, columns={"calls": "Arrests 2025"})
    with pytest.raises(DemandError, match="no column calls"):
        read_calls(path, schools, **words)


@pytest.mark.parametrize(
    ("calls", "said"),
    [
        ({"file": "cad.csv"}, ("school_days = 175", "source = 'TEXT'")),
        (
            {"file": "c.csv", "school_days": 9, "source": "log", "per_school_day": 0.2},
            ("[calls] per_school_day: a rate and a file of calls contradict each other",),
        ),
        (
            {"source": "log", "school_days": 9},
            ("[calls] source: it is about a file", "school_days"),
        ),
        ({"file": "c.csv", "school_days": 0, "source": "log"}, ("number above 0",)),
        ({"log": "c.csv"}, ("school-days the calls of the log cover", "source = 'TEXT'")),
        ({"log": ["c.csv", 3]}, ("is not a file or a list of files",)),
        (
            {"log": "c.csv", "file": "d.csv", "school_days": 9, "source": "log"},
            ("[calls] log: give one of file (counts) and log (a row a call)",),
        ),
        (
            {"log": "c.csv", "shrink": True, "per_school_day": 0.2, "school_days": 9},
            ("rates of a log always are", "a rate and a file of calls contradict", "source ="),
        ),
        (
            {"time_zone": "America/New_York", "same_call_minutes": 5},
            ("[calls] time_zone: it is about a log", "[calls] same_call_minutes: it is about"),
        ),
    ],
)
def test_a_rate_and_counts_exclude_each_other(
    folder: Path, calls: dict[str, Any], said: tuple[str, ...]
) -> None:
    with pytest.raises(StudyError) as caught:
        study(folder, calls=calls)
    for text in said:
        assert text in str(caught.value)


def test_a_study_takes_the_district_s_logs(folder: Path) -> None:
    """Invented: 14 calls in 70 days; the second log has one of them, and one of its own."""
    rows = [(f"2025-03-{3 + k % 5:02} {9 + k // 5}:{k:02}", "H1", "Fight") for k in range(12)]
    rows += [("2025-03-03 10:30", "City Hall", "Fight"), ("2025-03-04 10:30", "M1", "Arrest")]
    sheet(folder / "cad.csv", [("Call Time", "Where", "Nature"), *rows])
    more = [("2025-03-03 09:02", "H1", "Fight"), ("2025-03-07 09:30", "E1", "Parking")]
    sheet(folder / "log.xlsx", [("Call Time", "Where", "Nature"), *more])
    asked = {
        "log": ["cad.csv", "log.xlsx"],
        "time_zone": "America/New_York",
        "columns": {"building": "Where"},
        "kinds": {"fight": "emergency", "Parking": "routine"},
        "leave_out_unknown": True,
        "allow_enforcement": ["Arrest"],
        "definitions": {"cad": "calls for service"},
        "school_days": 70,
        "source": "invented logs",
    }
    one = study(folder, calls=asked)
    rates = one.open().calls
    assert rates.source == "invented logs"
    assert rates.per_day.sum() == pytest.approx(14 / 70)
    assert rates.emergency_share == pytest.approx(12 / 13)
    assert rates.hourly is not None
    assert one.settings.calls.assumed_rate is None
    roles = [(role, path.name) for role, path in input_files(one)]
    assert [name for role, name in roles if role == "calls"] == ["cad.csv", "log.xlsx"]
    log = open_call_log(one, schools_of(folder))
    assert log.definitions["cad"] == "calls for service"
    without = one.replace(calls={"allow_enforcement": [], "same_call_minutes": 0})
    assert without.open().calls.per_day.sum() == pytest.approx(14 / 70)
    assert Study.from_tables(one.tables, folder=folder).settings == one.settings
    with pytest.raises(StudyError, match=r"\[calls\] log: there is no file .*gone.csv"):
        one.replace(calls={"log": ["cad.csv", "gone.csv"]}).open()
    days = [("date", "share"), *((f"2025-03-{day:02}", 0.5) for day in range(3, 8))]
    sheet(folder / "days.csv", days)
    tables = {key: value for key, value in asked.items() if key != "school_days"}
    dated = study(folder, calls={**tables, "calendar": "days.csv"})
    assert dated.open().calls.per_day.sum() == pytest.approx(14 / 2.5)
    assert ("calendar", "days.csv") in [(role, path.name) for role, path in input_files(dated)]
    # Five full days but one, which is named by its kind and by the bells of the schools.
    early = [*((day, "", "") for day, _ in days[1:5]), ("2025-03-07", "early release", "60")]
    sheet(folder / "days.csv", [("date", "kind", "minutes"), *early])
    shares = read_school_days(folder / "days.csv", schools_of(folder))
    assert 0.5 < shares[datetime.date(2025, 3, 7)] < 1
    assert dated.open().calls.per_day.sum() == pytest.approx(14 / sum(shares.values()))
    with pytest.raises(StudyError, match="give one of school_days and calendar"):
        one.replace(calls={"calendar": "days.csv"})
    copy = one.as_run(folder / "runs", edition=Edition.RESTRICTED)
    assert "../cad.csv" in copy


def test_counts_of_a_study_can_be_drawn_towards_enrolment(counted_calls: Study) -> None:
    drawn = counted_calls.replace(calls={"shrink": True}).open().calls
    plain = counted_calls.open().calls
    assert drawn.per_day.sum() == pytest.approx(plain.per_day.sum())
    assert drawn.per_day["H2"] > plain.per_day["H2"] == 0


# What is published.


def test_public_files_have_neither_fitted_speeds_nor_a_hash_of_the_counts(
    folder: Path, counted_calls: Study
) -> None:
    """The hash of a few small counts is found by trying likely ones."""
    asked = fitting(folder, profile="both").replace(
        calls={**counted_calls.tables["calls"], "school_days": 175}
    )
    inputs = asked.open()
    comparison = inputs.compare([PatrolZones(zones=2)])
    settings = RunSettings(
        command=("zoning", "compare"),
        inputs=tuple(
            InputFile.read(path, role=role, name=path.name) for role, path in inputs.files
        ),
        calls_per_school_day=None,
        limits=SolverLimits(),
        patrol=PatrolAssumptions(),
        response=ResponseAssumptions(),
    )
    published = {o.option_id: {"figures": {}} for o in comparison.outcomes}
    records = {
        edition: json.loads(
            run_record(
                comparison,
                settings,
                edition=edition,
                purpose="comparison",
                files={},
                published=published,
            )
        )
        for edition in Edition
    }
    public, restricted = records[Edition.PUBLIC], records[Edition.RESTRICTED]
    for driven, profile in zip(("patrol", "emergency"), inputs.profiles, strict=True):
        assert public["parameters"]["travel_times"][driven]["profile_values"] == WITHHELD
        values = restricted["parameters"]["travel_times"][driven]["profile_values"]
        assert [tuple(one) for one in values["exceptions"]] == list(profile.exceptions)
    hashes = {
        edition: {one["role"]: one["sha256"] for one in record["inputs"]}
        for edition, record in records.items()
    }
    assert hashes[Edition.PUBLIC]["calls"] == LEFT_OUT
    assert len(hashes[Edition.RESTRICTED]["calls"]) == 64
    assert len(hashes[Edition.PUBLIC]["trips"]) == 64
    notices = public_view(comparison).notices
    assert "Call rates: dispatch log 2025, on school days." in notices
    assert sum("fitted to 60 observed trips" in n and n.startswith("Speeds") for n in notices) == 2
    assert public["notices"] == restricted["notices"]
    (rate,) = [n for n in inputs.calls.notices if "published rate" in n]
    assert rate.startswith("the log's calls per school and school-day are below the lowest")
    factors = {f"{factor:.3f}" for profile in inputs.profiles for *_, factor in profile.exceptions}
    assert not any(factor in json.dumps(public) for factor in factors)


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_profiles_that_everyone_knows_stay_in_public_records(name: str) -> None:
    profile = PROFILES[name]
    assert profile.is_default
    assert profile.with_delays(()).is_default
    assert not Profile(name=name, factor=0.7).is_default


# Streets.


def test_a_map_in_place_of_streets_gets_the_command_that_builds_them(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "our maps").mkdir()
    for name in ("county.osm.pbf", "roads.shp", "town.graphml", "county.osm"):
        path = tmp_path / "our maps" / name
        path.write_bytes(b"a map")
        built = path.with_name(f"{name.split('.')[0]}.streets")
        with pytest.raises(NetworkError) as caught:
            study(folder, streets={"file": str(path)}).open()
        assert caught.value.remedy == (
            f"Build one from it once, and give {built} in its place: "
            f"zoning network build '{path}' --out '{built}'"
        )
        path.unlink()
    path.write_bytes(b"a map")
    with pytest.raises(NetworkError, match=r"Give the file in it\..* zoning network build '"):
        study(folder, streets={"file": str(path.parent)}).open()


def test_streets_may_be_a_folder_of_tables(folder: Path) -> None:
    network = study(folder, streets={"file": "."}).open().district.network
    assert network is not None
    assert network.content_hash == read_network(folder / "grid.streets").content_hash
