"""The [rules] of a study: what they may hold, what they become, and every fault at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from helpers.studies import town_study
from helpers.town_files import write_schools

from zoning.errors import PlanError, StudyError
from zoning.schools import buildings
from zoning.staffing import FixedSecondary, PatrolZones
from zoning.study import Study, read_study, study_schema, study_settings
from zoning.study.inputs import StudyInputs
from zoning.study.rules import RulesSettings
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
    write_plan,
)

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
[rules]
today = "plans/today.csv"
own_high_school = true
contiguous = true
longest_drive_minutes = 12.5
from_high_school_minutes = "10 min"
most_moved = 3

[[rules.together]]
schools = ["North High", "E1"]

[[rules.together]]
schools = ["  north   MIDDLE ", "X1"]

[[rules.apart]]
schools = ["H1", "H2"]

[[rules.locked]]
zone = "Zone 2"

[[rules.in_zone]]
school = "Cedar Elementary"
zone = "zone 1"

[[rules.not_in_zone]]
school = "E2"
zone = "Zone 2"

[rules.workload.calls]
tolerance_percent = 20

[rules.workload.enrollment]
at_least = 1000
at_most = 3000.5

[rules.prices]
moved_building_minutes = 2
round_trip_minutes = 0.1
imbalance_calls_minutes = 5
imbalance_enrollment_minutes = 0
"""


def opened(folder: Path, text: str) -> StudyInputs:
    return town_study(folder, text).open()


def faults_of(folder: Path, text: str, *, today: ZonePlan | None = None) -> list[str]:
    """The faults of a study; with ``today`` its last line, after the text, names that plan."""
    if today is not None:
        write_plan(today, folder / "today.csv")
        text = f'{text}\n[rules]\ntoday = "today.csv"\n'
    with pytest.raises(StudyError) as refused:
        opened(folder, text)
    return sorted(refused.value.faults, key=line_of)


def line_of(fault: str) -> int:
    found = re.match(r"line (\d+): ", fault)
    return int(found[1]) if found else 0


@pytest.mark.slow
def test_everything_that_rules_can_hold(tmp_path: Path) -> None:
    (tmp_path / "plans").mkdir()
    write_plan(TODAY, tmp_path / "plans" / "today.csv")
    found = opened(tmp_path, EVERYTHING)
    zone_1, zone_2 = TODAY.zones
    *rules, contiguous = found.zones.rules
    assert rules == [
        HoldsHighSchool(),
        Together(("H1", "E1")),
        Together(("M1", "X1")),
        Apart(("H1", "H2")),
        Locked(zone_2),
        InZone("E3", zone_1),
        NotInZone("E2", zone_2),
        LongestDrive(limit_s=750.0),
        Workload(column="calls", tolerance=0.2),
        Workload(column="enrollment", at_least=1000.0, at_most=3000.5),
        FromHighSchool(limit_s=600.0),
        AtMostMoved(today=TODAY, most=3),
    ]
    assert isinstance(contiguous, Contiguous)
    assert {b for pair in contiguous.neighbours for b in pair} == set(TODAY.building_ids)
    assert found.zones.costs == (
        MovedBuildings(today=TODAY, price_s=120.0),
        TourLength(price_s=0.1),
        Imbalance(column="calls", price_s=300.0),
        Imbalance(column="enrollment", price_s=0.0),
    )
    assert found.zones.start == TODAY
    assert found.files == (
        ("schools", tmp_path / "town.csv"),
        ("today", tmp_path / "plans" / "today.csv"),
    )


def test_what_is_read_is_understood_by_a_problem(tmp_path: Path) -> None:
    found = opened(
        tmp_path,
        '[zones]\nnumber = 2\n[[rules.together]]\nschools = ["North High", "M1"]\n'
        "[rules.prices]\nround_trip_minutes = 1\n",
    )
    assert found.problem.rules == (Together(("H1", "M1")),)
    assert found.problem.costs == (TourLength(price_s=1.0),)


@pytest.mark.parametrize("text", ["", "[rules]\nown_high_school = false\ncontiguous = false\n"])
def test_no_rules_ask_for_nothing(text: str, tmp_path: Path) -> None:
    found = opened(tmp_path, text)
    assert found.study.settings.rules == RulesSettings()
    assert (found.zones.rules, found.zones.costs, found.zones.start) == ((), (), None)


def test_todays_plan_may_be_the_one_under_review(tmp_path: Path) -> None:
    write_plan(TODAY, tmp_path / "drawn.csv")
    text = 'plan = "drawn.csv"\n[[rules.locked]]\nzone = "Zone 1"\n'
    assert town_study(tmp_path, text).open(review=True).zones.rules == (Locked(TODAY.zones[0]),)
    assert faults_of(tmp_path, text) == [
        'line 3: [[rules.locked]] 1 zone: it needs today\'s plan: add today = "FILE" under [rules]'
    ]


DRAWN = ZonePlan.from_assignment(
    {
        b: zone
        for zone, members in {
            "N": ("H1", "M2", "E1", "E2"),
            "S": ("H2", "M1", "E3", "E4"),
            "Own": ("E5",),
            "T": ("X1",),
        }.items()
        for b in members
    },
    dedicated=["T"],
)


def reviewed(folder: Path, locks: str, *, more: str = "") -> Study:
    """A study of a drawn plan with zones of any size and these lines under [plan]."""
    write_plan(DRAWN, folder / "drawn.csv")
    text = f'[plan]\nfile = "drawn.csv"\n{locks}\n[zones]\nmin_size = 1\n{more}'
    return town_study(folder, text)


def test_locked_zones_stay_and_locked_schools_keep_their_zone(tmp_path: Path) -> None:
    north, south, own, _ = DRAWN.zones
    locks = 'lock = [" n "]\nlock_schools = ["E1", "E3", "M1", "elm elementary"]'
    study = reviewed(tmp_path, locks)
    zones = study.open(review=True).zones
    assert zones.rules == (
        Locked(north),
        InZone("E3", south),
        InZone("M1", south),
        Apart(("E3", "E5")),  # Elm has no other school to be known by, and may get company
    )
    plan = study.improve().plan
    assert plan is not None
    assert {"N", "S", "Own", "T"} == {zone.zone_id for zone in plan.zones}
    assert plan.zone_of("H1").building_ids == north.building_ids
    assert {plan.zone_of(b).zone_id for b in ("E3", "M1")} == {"S"}
    assert plan.zone_of("E5").zone_id == "Own"
    assert set(own.building_ids) < set(plan.zone_of("E5").building_ids)
    # Without locks the search divides the schools otherwise.
    free = study.replace(plan={"lock": [], "lock_schools": []}).improve().plan
    assert free is not None
    assert free.zone_of("H1").building_ids != north.building_ids
    assert free.zone_of("M1") != free.zone_of("E3")
    # A plan from scratch knows of no plan to lock.
    assert study.replace(plan={"lock": ["Nowhere"]}).open().zones.rules == ()


def test_a_name_of_the_study_goes_before_that_of_a_locked_zone(tmp_path: Path) -> None:
    names = '[zones.names]\n"North High" = "Uptown"\nE4 = "own"\n'
    study = reviewed(tmp_path, 'lock = ["N", "Own"]\nlock_schools = ["H1", "E3"]', more=names)
    named = study.open(review=True).zones.zone_names
    # Of two names a zone would keep that of the plan, and two zones cannot have one.
    assert named == {"North High": "Uptown", "E4": "own"}
    plan = study.improve().plan
    assert plan is not None
    assert plan.zone_of("H1").zone_id == "Uptown"


def test_locks_that_break_a_rule_are_named_in_the_conflict(tmp_path: Path) -> None:
    more = "[rules]\nlongest_drive_minutes = 5\n"
    found = reviewed(tmp_path, 'lock = ["S"]', more=more).improve().infeasibility
    assert found is not None
    assert set(found.conflict) == {"S locked", "no drive over 5.0 min inside a zone"}
    assert any("release the lock on S" in remedy for remedy in found.remedies)


def test_every_fault_of_locks_comes_at_once(tmp_path: Path) -> None:
    locks = 'lock = ["Owm", "Zone 9", "T"]\nlock_schools = ["North Hihg", "X1"]'
    with pytest.raises(StudyError) as refused:
        reviewed(tmp_path, locks).open(review=True)
    assert list(refused.value.faults) == [
        "line 3: [plan] lock: 'Owm' is not a zone of the plan (did you mean Own?)",
        "line 3: [plan] lock: 'Zone 9' is not a zone of the plan (it has N, S, Own, T)",
        "line 3: [plan] lock: T holds X1, with an officer of its own",
        "line 4: [plan] lock_schools: 'North Hihg' is not a school of the district (did you mean "
        "North High?)",
        "line 4: [plan] lock_schools: 'X1' has an officer of its own and is in no patrol zone",
    ]


def test_a_study_saved_by_notepad_can_be_read(tmp_path: Path) -> None:
    write_schools(tmp_path / "town.csv")
    path = tmp_path / "town.toml"
    path.write_bytes(
        b'\xef\xbb\xbfschools = "town.csv"\r\n[rules]\r\nlongest_drive_minutes = 1\r\n'
    )
    assert read_study(path).open().zones.rules == (LongestDrive(limit_s=60.0),)


@pytest.mark.slow
def test_neighbours_are_told_without_the_buildings_that_have_their_own_officer(
    tmp_path: Path,
) -> None:
    found = opened(tmp_path, '[zones]\ndedicated = ["M1"]\n[rules]\ncontiguous = true\n')
    (rule,) = found.zones.rules
    assert isinstance(rule, Contiguous)
    met = {b for pair in rule.neighbours for b in pair}
    assert met == set(buildings(found.district.schools).index) - {"M1"}
    for option in found.options:
        if isinstance(option, PatrolZones):
            # Which buildings are neighbours takes seconds: it is found once for all options.
            assert option.rules[0] is rule


def test_every_fault_of_the_settings_comes_at_once_with_its_line(tmp_path: Path) -> None:
    text = """
[[rules.together]]
schools = "E1"

[[rules.together]]
schools = ["North High", 275]

[[rules.apart]]
schools = ["E1", "E2"]
school = "E2"

[[rules.in_zone]]
zone = "Zone 1"

[rules.workload.students]
at_most = 3

[rules.prices]
moved_building_minute = 1
round_trip_minutes = inf

[rules]
vacation = 3
own_high_school = "yes"
longest_drive = 15
from_high_school_minutes = 0
most_moved = -2
"""
    assert faults_of(tmp_path, text) == [
        "line 3: [[rules.together]] 1 schools: 'E1' is no list; write it in brackets, [...]",
        "line 6: [[rules.together]] 2 schools: 275 is no text; put it in quotes",
        "line 10: [[rules.apart]] 1 school: there is no such key (did you mean schools?)",
        "line 12: [[rules.in_zone]] 1 school: it is missing",
        "line 15: [rules.workload] students: there is no such key; there are calls, enrollment",
        "line 19: [rules.prices] moved_building_minute: there is no such key (did you mean "
        "moved_building_minutes?)",
        "line 20: [rules.prices] round_trip_minutes: inf is not a number of 0 or more",
        "line 23: [rules] vacation: there is no such key; there are today, own_high_school, "
        "contiguous, longest_drive_minutes, from_high_school_minutes, most_moved, workload, "
        "prices, together, apart, locked, in_zone, not_in_zone",
        "line 24: [rules] own_high_school: 'yes' is neither true nor false",
        "line 25: [rules] longest_drive: there is no such key (did you mean "
        "longest_drive_minutes?)",
        "line 26: [rules] from_high_school_minutes: 0 is not a number of minutes above 0",
        "line 27: [rules] most_moved: -2 is not a whole number of 0 or more",
    ]


def test_every_fault_about_the_district_comes_at_once_with_its_line(tmp_path: Path) -> None:
    text = """
[[rules.together]]
schools = ["North Hihg", "V1", "E1"]

[[rules.together]]
schools = ["H1", "North High"]

[[rules.apart]]
schools = ["E1"]

[[rules.apart]]
schools = []

[[rules.apart]]
schools = ["E1", "X1"]

[[rules.locked]]
zone = "Zone 9"

[[rules.in_zone]]
school = "Ceder Elementary"
zone = "Zone 3"

[zones]
dedicated = ["X1", "E99"]
"""
    assert faults_of(tmp_path, text, today=TODAY) == [
        "line 3: [[rules.together]] 1 schools: 'North Hihg' is not a school of the district "
        "(did you mean North High?)",
        "line 3: [[rules.together]] 1 schools: 'V1' is a virtual school, which has no building",
        "line 6: [[rules.together]] 2 schools: 'H1' and 'North High' are one building",
        "line 9: [[rules.apart]] 1 schools: at least two schools are needed",
        "line 12: [[rules.apart]] 2 schools: at least two schools are needed",
        "line 15: [[rules.apart]] 3 schools: 'X1' has an officer of its own and is in no patrol "
        "zone",
        "line 18: [[rules.locked]] 1 zone: 'Zone 9' is not a zone of today's plan (did you mean "
        "Zone 2?)",
        "line 21: [[rules.in_zone]] 1 school: 'Ceder Elementary' is not a school of the district "
        "(did you mean Cedar Elementary or Elm Elementary?)",
        "line 22: [[rules.in_zone]] 1 zone: 'Zone 3' is not a zone of today's plan (did you mean "
        "Zone 2?)",
        "line 25: [zones] dedicated: 'E99' is not a school of the district",
    ]


NEEDS_TODAY = 'it needs today\'s plan: add today = "FILE" under [rules]'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[rules]\nmost_moved = 1\n[rules.prices]\nmoved_building_minutes = 1",
            [
                f"line 2: [rules] most_moved: {NEEDS_TODAY}",
                f"line 4: [rules.prices] moved_building_minutes: {NEEDS_TODAY}",
            ],
        ),
        (
            "[[rules.workload]]\ncalls = 1",
            ["line 1: [rules.workload]: it can be given once; write [rules.workload], not "
             "[[rules.workload]]"],
        ),
        (
            "[rules]\nprices = 2",
            ["line 2: [rules.prices]: 2 is not a table; write [rules.prices] on a line of its own"],
        ),
        (
            '[rules.locked]\nzone = "Zone 1"',
            ["line 1: [rules.locked]: write each on its own, under a line [[rules.locked]]"],
        ),
        (
            "[rules]\ncontiguous = 1\nlongest_drive_minutes = true",
            [
                "line 2: [rules] contiguous: 1 is neither true nor false",
                "line 3: [rules] longest_drive_minutes: true is not a number of minutes above 0",
            ],
        ),
        (
            '[rules]\nlongest_drive_minutes = "15 km"\n[rules.prices]\nround_trip_minutes = -1',
            [
                "line 2: [rules] longest_drive_minutes: '15 km' is not a number of minutes above 0",
                "line 4: [rules.prices] round_trip_minutes: -1 is not a number of 0 or more",
            ],
        ),
    ],
)  # fmt: skip
def test_faults(text: str, said: list[str], tmp_path: Path) -> None:
    assert faults_of(tmp_path, text) == said


def test_bounds_of_workloads_that_contradict_come_with_every_other_fault(tmp_path: Path) -> None:
    faults = faults_of(
        tmp_path,
        "[rules.workload.calls]\ntolerance_percent = 20\nat_most = 3\n"
        "[rules.workload.enrollment]\n[rules]\nmost_moved = -1\n",
    )
    calls, enrollment, moved = faults
    assert re.match(r"line [13]: \[rules\.workload\.calls\]", calls)
    assert calls.endswith(": give either tolerance_percent, or at_least and at_most")
    none = "neither at_least, at_most nor tolerance_percent is given"
    assert enrollment == f"line 4: [rules.workload.enrollment]: {none}"
    assert moved.startswith("line 6: [rules] most_moved")
    (fault,) = faults_of(tmp_path, "[rules.workload.calls]\nat_least = 3\nat_most = 2\n")
    assert fault.endswith("at_most 2 is below at_least 3")


def test_zones_of_today_that_cannot_be_meant(tmp_path: Path) -> None:
    text = (
        '[[rules.locked]]\nzone = "Post"\n[[rules.in_zone]]\nschool = "E1"\nzone = "Zone 1"\n'
        '[zones]\ndedicated = ["H1"]\n'
    )
    assert faults_of(tmp_path, text, today=WITH_POST) == [
        "line 2: [[rules.locked]] 1 zone: Post holds X1, with an officer of its own",
        "line 5: [[rules.in_zone]] 1 zone: Zone 1 holds H1, with an officer of its own",
    ]
    alone = ZonePlan.from_assignment({b: "A" if b == "E1" else "B" for b in TODAY.building_ids})
    text = '[[rules.in_zone]]\nschool = "E1"\nzone = "A"\n'
    (tmp_path / "today.csv").unlink()
    assert faults_of(tmp_path, text, today=alone) == [
        "line 3: [[rules.in_zone]] 1 zone: A has no other building to identify it by"
    ]


def test_a_plan_of_today_with_faults_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "today.csv").write_text("building_id,zone_id\nH1,1\nH1,2\nZZ,1\n", encoding="utf-8")
    text = '[rules]\ntoday = "today.csv"\nmost_moved = 1\n[[rules.locked]]\nzone = "1"\n'
    with pytest.raises(PlanError, match=r"today\.csv") as refused:
        opened(tmp_path, text)
    faults = "\n".join(refused.value.faults)
    assert "ZZ" in faults
    assert "H1" in faults
    assert "it needs today's plan" not in faults


def test_a_plan_of_today_with_faults_hides_no_other_fault(tmp_path: Path) -> None:
    (tmp_path / "today.csv").write_text("building_id,zone_id\nH1,1\n", encoding="utf-8")
    text = '[rules]\ntoday = "today.csv"\n[[rules.apart]]\nschools = ["E1", "E9"]\n'
    said = "\n".join(faults_of(tmp_path, text))
    assert "today.csv" in said
    assert "line 4: [[rules.apart]] 1 schools: 'E9' is not a school of the district" in said


def test_a_name_that_two_schools_have_is_asked_about(tmp_path: Path) -> None:
    town = write_schools(tmp_path / "town.csv")
    table = town.read_text(encoding="utf-8")
    town.write_text(re.sub("Dogwood|Elm Elementary", "Lincoln", table), encoding="utf-8")
    assert faults_of(tmp_path, '[[rules.together]]\nschools = ["lincoln", "E1"]') == [
        "line 2: [[rules.together]] 1 schools: 'lincoln' is the name of 2 schools, E4, E5: give "
        "the id"
    ]


# Options


OVER = """
[rules]
longest_drive_minutes = 30
own_high_school = true

[rules.workload.calls]
tolerance_percent = 90

[[rules.together]]
schools = ["H1", "M1"]

[rules.prices]
round_trip_minutes = 1

[[options]]
number = 2

[[options]]
name = "loose"
number = 2

[options.rules]
longest_drive_minutes = "none"
own_high_school = false
together = []
workload = { calls = "none", enrollment = { at_most = 3000 } }
prices = { imbalance_calls_minutes = 2 }

[[options]]
name = "tight"
number = 2

[[options.rules.together]]
schools = ["South High", "M2"]

[[options]]
kind = "fixed_secondary"
rules = { longest_drive_minutes = 20 }
"""


def test_an_option_has_rules_over_those_of_all(tmp_path: Path) -> None:
    plain, loose, tight, fixed = opened(tmp_path, OVER).options
    assert isinstance(plain, PatrolZones)
    assert isinstance(loose, PatrolZones)
    assert isinstance(tight, PatrolZones)
    assert isinstance(fixed, FixedSecondary)
    drive, calls = LongestDrive(limit_s=1800.0), Workload(column="calls", tolerance=0.9)
    assert plain.rules == (HoldsHighSchool(), Together(("H1", "M1")), drive, calls)
    assert plain.costs == (TourLength(price_s=1.0),)
    assert loose.rules == (Workload(column="enrollment", at_most=3000.0),)
    assert loose.costs == (TourLength(price_s=1.0), Imbalance(column="calls", price_s=120.0))
    assert tight.rules == (HoldsHighSchool(), Together(("H2", "M2")), drive, calls)
    # Rules about schools and plans are for options that put every building in a zone.
    assert fixed.rules == (LongestDrive(limit_s=1200.0), calls)


def test_an_editor_lets_an_option_drop_a_bound() -> None:
    workloads = study_schema()["$defs"]["Workloads"]["properties"]
    for column in ("calls", "enrollment"):
        assert "none" in [one.get("const") for one in workloads[column]["anyOf"]]


def test_the_page_on_planning_zones_shows_every_rule() -> None:
    page = Path(__file__).resolve().parents[1] / "docs" / "planning-zones.md"
    text = page.read_text(encoding="utf-8")
    for row in study_settings():
        if row.section.strip("[]").split(".")[0] == "rules":
            assert row.key in text, row
            # One of the two workloads stands for both, and in_zone for not_in_zone.
            assert row.section in text or row.section.strip("[]") in text, row


@pytest.mark.parametrize("kind", ["zones", "fixed_secondary"])
def test_bounds_of_an_option_that_contradict_those_it_inherits(kind: str, tmp_path: Path) -> None:
    text = "[rules.workload.calls]\ntolerance_percent = 30\n"
    text += f"[[options]]\nkind = '{kind}'\n[options.rules.workload.calls]\nat_most = 9\n"
    (fault,) = faults_of(tmp_path, text)  # each is sound alone
    assert re.match(r"line [56]: \[\[options", fault)
    assert fault.endswith("give either tolerance_percent, or at_least and at_most")


# Files


RULES_FILE = """
today = "today.csv"
own_high_school = true
contiguous = true
[[together]]
schools = ["H1", "M1"]
[[together]]
schools = ["H2", "M2"]
[[apart]]
schools = ["H1", "H2"]
[[locked]]
zone = "Zone 2"
[[in_zone]]
school = "E3"
zone = "Zone 1"
[[not_in_zone]]
school = "E3"
zone = "Zone 1"
[longest_drive]
minutes = 12.5
[from_high_school]
minutes = 10
[workload.calls]
tolerance_percent = 20
[moves]
most = 3
[costs]
moved_building_minutes = 2
round_trip_minutes = 0.1
imbalance_minutes = { calls = 5 }
"""


def test_a_rules_file_given_as_a_study_is_told_where_each_table_stands_now(
    tmp_path: Path,
) -> None:
    with pytest.raises(StudyError) as refused:
        town_study(tmp_path, RULES_FILE)
    places = [
        "line 2: today: today under [rules]",
        "line 3: own_high_school: own_high_school under [rules]",
        "line 4: contiguous: contiguous under [rules]",
        "line 5: together: [[rules.together]]",
        "line 9: apart: [[rules.apart]]",
        "line 11: locked: [[rules.locked]]",
        "line 13: in_zone: [[rules.in_zone]]",
        "line 16: not_in_zone: [[rules.not_in_zone]]",
        "line 19: longest_drive: longest_drive_minutes under [rules]",
        "line 21: from_high_school: from_high_school_minutes under [rules]",
        "line 23: workload: [rules.workload]",
        "line 25: moves: most_moved under [rules]",
        "line 28: [costs] moved_building_minutes: moved_building_minutes under [rules.prices]",
        "line 29: [costs] round_trip_minutes: round_trip_minutes under [rules.prices]",
        "line 30: [costs] imbalance_minutes: imbalance_calls_minutes under [rules.prices]",
    ]
    said = "there is no such key (did you mean "
    assert sorted(refused.value.faults, key=line_of) == [
        f"{where}: {said}{there}?)" for where, _, there in (one.rpartition(": ") for one in places)
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "it is not there"),
        (b"\xff\xfe[", "it is not UTF-8 text"),
        (b"[rules\nlongest_drive_minutes = 1", "at line 1"),
        (b"[rules]\nmost_moved = 1\nmost_moved = 2", "a second time"),
    ],
)
def test_what_is_no_study(data: bytes | None, said: str, tmp_path: Path) -> None:
    path = tmp_path / "town.toml"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(StudyError, match=said) as refused:
        read_study(path)
    assert "town.toml" in refused.value.headline
