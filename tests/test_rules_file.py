"""A rules file: what it may hold, what it becomes, and every fault in it at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pytest
from helpers.town_files import write_schools

from zoning.errors import ProblemError
from zoning.roads import straight_line_times
from zoning.schools import buildings, read_schools, schools_from_frame
from zoning.zones import (
    Apart,
    AtMostMoved,
    Contiguous,
    FromHighSchool,
    HoldsHighSchool,
    Imbalance,
    InZone,
    Locked,
    LongestDrive,
    MovedBuildings,
    NotInZone,
    Together,
    TourLength,
    Workload,
    ZonePlan,
    ZoneProblem,
    write_plan,
)
from zoning.zones.files.rules_file import PlanRules, read_rules

HOMES = {
    "Zone 1": ("H1", "M1", "E1", "E2", "X1"),
    "Zone 2": ("H2", "M2", "E3", "E4", "E5"),
}
TODAY = ZonePlan.from_assignment({b: zone for zone, members in HOMES.items() for b in members})
WITH_POST = ZonePlan.from_assignment(
    {b: "Post" if b == "X1" else z for z, members in HOMES.items() for b in members},
    dedicated=["Post"],
)
EVERYTHING = """
# what a planner in a hurry writes
today = "plans/today.csv"
own_high_school = true
contiguous = true

[[together]]
schools = ["North High", "E1"]

[[together]]
schools = ["  north   MIDDLE ", "X1"]

[[apart]]
schools = ["H1", "H2"]

[[locked]]
zone = "Zone 2"

[[in_zone]]
school = "Cedar Elementary"
zone = "zone 1"

[[not_in_zone]]
school = "E2"
zone = "Zone 2"

[longest_drive]
minutes = 12.5

[from_high_school]
minutes = 10

[workload.calls]
tolerance_percent = 20

[workload.enrollment]
at_least = 1000
at_most = 3000.5

[moves]
most = 3

[costs]
moved_building_minutes = 2
round_trip_minutes = 0.1
imbalance_minutes = { calls = 5, enrollment = 0 }
"""


@pytest.fixture(scope="module")
def schools(tmp_path_factory: pytest.TempPathFactory) -> gpd.GeoDataFrame:
    return read_schools(write_schools(tmp_path_factory.mktemp("town") / "town.csv"))


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    def written(text: str) -> Path:
        path = tmp_path / "rules.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return written


def faults_of(path: Path, schools: gpd.GeoDataFrame, **options: object) -> list[str]:
    with pytest.raises(ProblemError) as refused:
        read_rules(path, schools, **options)  # type: ignore[arg-type]
    return list(refused.value.faults)


@pytest.mark.slow
def test_everything_a_file_can_hold(
    schools: gpd.GeoDataFrame, tmp_path: Path, write: Callable[[str], Path]
) -> None:
    (tmp_path / "plans").mkdir()
    write_plan(TODAY, tmp_path / "plans" / "today.csv")
    found = read_rules(write(EVERYTHING), schools)
    zone_1, zone_2 = TODAY.zones
    *rules, contiguous = found.rules
    assert rules == [
        HoldsHighSchool(),
        Together(("H1", "E1")),
        Together(("M1", "X1")),
        Apart(("H1", "H2")),
        Locked(zone_2),
        InZone("E3", zone_1),
        NotInZone("E2", zone_2),
        LongestDrive(limit_s=750.0),
        FromHighSchool(limit_s=600.0),
        Workload(column="calls", tolerance=0.2),
        Workload(column="enrollment", at_least=1000.0, at_most=3000.5),
        AtMostMoved(today=TODAY, most=3),
    ]
    assert isinstance(contiguous, Contiguous)
    assert {b for pair in contiguous.neighbours for b in pair} == set(TODAY.building_ids)
    assert found.costs == (
        MovedBuildings(today=TODAY, price_s=120.0),
        TourLength(price_s=0.1),
        Imbalance(column="calls", price_s=300.0),
        Imbalance(column="enrollment", price_s=0.0),
    )
    assert found.today == TODAY
    assert found.files == (tmp_path / "rules.toml", tmp_path / "plans" / "today.csv")


def test_what_is_read_is_understood_by_a_problem(
    schools: gpd.GeoDataFrame, write: Callable[[str], Path]
) -> None:
    path = write('[[together]]\nschools = ["North High", "M1"]\n[costs]\nround_trip_minutes = 1\n')
    found = read_rules(path, schools)
    problem = ZoneProblem.from_schools(
        schools,
        straight_line_times(schools),
        zones=2,
        rules=found.rules,
        costs=found.costs,
    )
    assert problem.rules == found.rules
    assert problem.costs == found.costs


def test_an_empty_file_asks_for_nothing(
    schools: gpd.GeoDataFrame, write: Callable[[str], Path]
) -> None:
    path = write("# nothing yet\nown_high_school = false\ncontiguous = false\n")
    assert read_rules(path, schools) == PlanRules(files=(path,))


def test_todays_plan_may_come_from_beside_the_file(
    schools: gpd.GeoDataFrame, write: Callable[[str], Path]
) -> None:
    found = read_rules(write('[[locked]]\nzone = "Zone 1"\n'), schools, today=TODAY)
    assert found.rules == (Locked(TODAY.zones[0]),)
    assert found.today == TODAY


def test_a_file_saved_by_notepad_can_be_read(schools: gpd.GeoDataFrame, tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_bytes(b"\xef\xbb\xbf[longest_drive]\r\nminutes = 1\r\n")
    assert read_rules(path, schools).rules == (LongestDrive(limit_s=60.0),)


@pytest.mark.slow
def test_neighbours_are_told_without_the_buildings_that_have_their_own_officer(
    schools: gpd.GeoDataFrame, write: Callable[[str], Path]
) -> None:
    (rule,) = read_rules(write("contiguous = true"), schools, dedicated=["M1"]).rules
    assert isinstance(rule, Contiguous)
    met = {b for pair in rule.neighbours for b in pair}
    assert met == set(buildings(schools).index) - {"M1"}


def test_every_fault_comes_at_once_with_its_table_and_key(
    schools: gpd.GeoDataFrame, write: Callable[[str], Path]
) -> None:
    path = write(
        """
speed = 3
own_high_school = "yes"
longest_drive = 15

[[together]]
schools = ["North Hihg", "V1", 275, "E1"]

[[together]]
schools = "E1"

[[apart]]
schools = ["E1"]
school = "E2"

[[locked]]
zone = "Zone 9"

[[in_zone]]
zone = "Zone 1"

[from_high_school]
minutes = 0

[workload.calls]
tolerance_percent = 20
at_most = 3

[workload.students]
at_most = 3

[moves]
most = 2.5

[costs]
moved_building_minute = 1
round_trip_minutes = inf
"""
    )
    assert faults_of(path, schools, today=TODAY) == [
        "speed: there is no such key; there are today, own_high_school, contiguous, together, "
        "apart, locked, in_zone, not_in_zone, longest_drive, from_high_school, workload, moves, "
        "costs",
        "own_high_school: 'yes' is neither true nor false",
        "[[together]] 1 schools: 275 is no text; put it in quotes",
        '[[together]] 2 schools: \'E1\' is no list; write it as ["...", "..."]',
        "[[apart]] 1 school: there is no such key (did you mean schools?)",
        "[[apart]] 1 schools: at least two schools are needed",
        "[[locked]] 1 zone: 'Zone 9' is not a zone of today's plan (did you mean Zone 2?)",
        "[[in_zone]] 1 school: it is missing",
        "longest_drive: 15 is not a table; write [longest_drive] on a line of its own",
        "[from_high_school] minutes: 0 is not a number above 0",
        "[workload] students: there is no such key; there are calls, enrollment",
        "[workload.calls]: give either tolerance_percent, or at_least and at_most",
        "[moves] most: 2.5 is not a whole number of 0 or more",
        "[costs] moved_building_minute: there is no such key "
        "(did you mean moved_building_minutes?)",
        "[costs] round_trip_minutes: inf is not a number of 0 or more",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '[[together]]\nschools = ["North Hihg", "V1", "E1"]',
            [
                "[[together]] 1 schools: 'North Hihg' is not a school of the district "
                "(did you mean North High?)",
                "[[together]] 1 schools: 'V1' is a virtual school, which has no building",
            ],
        ),
        (
            '[[apart]]\nschools = ["E1", "X1"]',
            ["[[apart]] 1 schools: 'X1' has an officer of its own and is in no patrol zone"],
        ),
        (
            '[[together]]\nschools = ["H1", "North High"]',
            ["[[together]] 1 schools: 'H1' and 'North High' are one building"],
        ),
        (
            "[moves]\nmost = 1\n[costs]\nmoved_building_minutes = 1",
            [
                '[moves] most: it needs today\'s plan: add today = "FILE" at the top of the file',
                '[costs] moved_building_minutes: it needs today\'s plan: add today = "FILE" at '
                "the top of the file",
            ],
        ),
        ("[[moves]]\nmost = 1", ["moves: it can be given once; write [moves], not [[moves]]"]),
        ("[locked]\nzone = 1", ["locked: write each on its own, under a line [[locked]]"]),
        ("[longest_drive]", ["[longest_drive] minutes: it is missing"]),
        (
            "contiguous = 1\n[longest_drive]\nminutes = true",
            [
                "[longest_drive] minutes: true is not a number above 0",
                "contiguous: 1 is neither true nor false",
            ],
        ),
        (
            "[workload.calls]\nat_least = 3\nat_most = 2",
            ["[workload.calls]: at_most 2 is below at_least 3"],
        ),
        (
            "[workload.calls]",
            ["[workload.calls]: neither at_least, at_most nor tolerance_percent is given"],
        ),
    ],
)
def test_faults(
    text: str, said: list[str], schools: gpd.GeoDataFrame, write: Callable[[str], Path]
) -> None:
    assert faults_of(write(text), schools, dedicated=["X1"]) == said


def test_zones_of_today_that_cannot_be_meant(
    schools: gpd.GeoDataFrame, write: Callable[[str], Path]
) -> None:
    path = write('[[locked]]\nzone = "Post"\n[[in_zone]]\nschool = "E1"\nzone = "Zone 1"\n')
    assert faults_of(path, schools, today=WITH_POST, dedicated=["H1"]) == [
        "[[locked]] 1 zone: Post holds X1, with an officer of its own",
        "[[in_zone]] 1 zone: Zone 1 holds H1, with an officer of its own",
    ]
    alone = ZonePlan.from_assignment({b: "A" if b == "E1" else "B" for b in TODAY.building_ids})
    path = write('[[in_zone]]\nschool = "E1"\nzone = "A"\n')
    assert faults_of(path, schools, today=alone) == [
        "[[in_zone]] 1 zone: A has no other building to identify it by"
    ]


def test_a_plan_of_today_with_faults_is_told_once(
    schools: gpd.GeoDataFrame, tmp_path: Path, write: Callable[[str], Path]
) -> None:
    (tmp_path / "today.csv").write_text("building_id,zone_id\nH1,1\nH1,2\nZZ,1\n", encoding="utf-8")
    path = write('today = "today.csv"\n[moves]\nmost = 1\n[[locked]]\nzone = "1"\n')
    faults = faults_of(path, schools)
    assert all(fault.startswith("today: today.csv: ") for fault in faults)
    assert any("ZZ" in fault for fault in faults)
    assert any("H1" in fault for fault in faults)


def test_a_name_that_two_schools_have_is_asked_about(
    schools: gpd.GeoDataFrame, write: Callable[[str], Path]
) -> None:
    twins = schools.reset_index()
    twins.loc[twins["school_id"].isin(["E4", "E5"]), "name"] = "Lincoln"
    path = write('[[together]]\nschools = ["lincoln", "E1"]')
    assert faults_of(path, schools_from_frame(twins)) == [
        "[[together]] 1 schools: 'lincoln' is the name of 2 schools, E4, E5: give the id"
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "it is not there"),
        (b"\xff\xfe[", "it is not UTF-8 text"),
        (b"[longest_drive\nminutes = 1", "at line 1"),
        (b"[moves]\nmost = 1\nmost = 2", "overwrite"),
    ],
)
def test_what_is_no_rules_file(
    data: bytes | None, said: str, schools: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "rules.toml"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(ProblemError, match=said) as refused:
        read_rules(path, schools)
    assert "rules.toml" in refused.value.headline
