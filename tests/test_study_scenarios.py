"""Scenarios of the schools in a study: options under them, their calls, names and faults."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.studies import town_study

from zoning import read_schools
from zoning.errors import StudyError
from zoning.staffing import FixedSecondary, PatrolZones, ScenarioOption

CHANGES = (
    "school_id,change,name,level,latitude,longitude,enrollment,feeder_high_school_ids\n"
    "E9,opens,New Elementary,elementary,38.02,-85.695,300,H1\n"
    "E5,closes,,,,,,\n"
)
SCENARIO = '[[scenarios]]\nname = "2028 schools"\nchanges = "changes.csv"\n'


def test_an_option_is_drawn_for_the_schools_of_its_scenario(tmp_path: Path) -> None:
    (tmp_path / "changes.csv").write_text(CHANGES, encoding="utf-8")
    study = town_study(
        tmp_path,
        f"""{SCENARIO}
[zones]
number = 2
names = {{ E5 = "The South", H1 = "The North" }}
[[options]]
number = 2
[[options]]
scenario = "2028 schools"
rules.together = [{{ schools = ["New Elementary", "North High"] }}]
[[options]]
kind = "fixed_secondary"
scenario = "2028 schools"
""",
    )
    inputs = study.open()
    today, later, fixed = inputs.options
    assert isinstance(today, PatrolZones)
    assert isinstance(later, ScenarioOption)
    assert isinstance(fixed, ScenarioOption)
    assert isinstance(later.option, PatrolZones)
    assert isinstance(fixed.option, FixedSecondary)
    assert later.scenario is fixed.scenario
    assert later.option_id == "zones-2-1rules-2028-schools"
    assert dict(today.zone_names) == {"E5": "The South", "H1": "The North"}
    assert dict(later.option.zone_names) == dict(fixed.option.zone_names) == {"H1": "The North"}
    assert "the zone name 'The South' is not used: E5 is closed" in later.scenario.notices
    assert ("scenario", tmp_path / "changes.csv") in inputs.files
    comparison = study.compare()
    plan = comparison.outcome(later.option_id).plan
    assert plan is not None
    home = {b: zone.zone_id for zone in plan.zones for b in zone.building_ids}
    assert "E5" not in home
    assert home["E9"] == home["H1"]


def test_beside_a_log_a_scenario_has_counts_of_the_same_days(tmp_path: Path) -> None:
    """Invented: two calls in a day and a half; the scenario's counts are for that time too."""
    (tmp_path / "changes.csv").write_text(CHANGES, encoding="utf-8")
    (tmp_path / "days.csv").write_text(
        "date,share\n2025-03-03,\n2025-03-04,0.5\n", encoding="utf-8"
    )
    log = "time,where\n2025-03-03 09:00,H1\n2025-03-04 09:00,M1\n"
    (tmp_path / "log.csv").write_text(log, encoding="utf-8")
    asked = (
        '[calls]\nlog = "log.csv"\ncalendar = "days.csv"\ntime_zone = "America/New_York"\n'
        'source = "invented"\ncolumns = { building = "where" }\n[zones]\nnumber = 2\n'
    )
    with pytest.raises(StudyError, match="counted at today's schools: add calls"):
        town_study(tmp_path, asked + SCENARIO)
    study = town_study(tmp_path, f'{asked}{SCENARIO}calls = "later.csv"\n')
    with pytest.raises(StudyError, match="there is no file"):
        study.open()
    (tmp_path / "later.csv").write_text("school,calls\n", encoding="utf-8")
    with pytest.raises(ValueError, match="has no rows"):
        study.open()
    changed = [one for one in read_schools(tmp_path / "town.csv").index if one not in ("E5", "V1")]
    counts = "".join(f"{one},3\n" for one in (*changed, "E9"))
    (tmp_path / "later.csv").write_text(f"school,calls\n{counts}", encoding="utf-8")
    inputs = study.open()
    assert inputs.calls.per_day.sum() == pytest.approx(2 / 1.5)
    later = next(one for one in inputs.options if isinstance(one, ScenarioOption))
    assert later.scenario.calls is not None
    assert later.scenario.calls.per_day.sum() == pytest.approx(3 * (len(changed) + 1) / 1.5)


def test_without_options_the_zones_are_drawn_for_every_scenario_too(tmp_path: Path) -> None:
    (tmp_path / "changes.csv").write_text(CHANGES, encoding="utf-8")
    options = town_study(tmp_path, f"{SCENARIO}[zones]\nnumber = [2, 3]\n").open().options
    assert [one.option_id for one in options] == [
        "none",
        "zones-2",
        "zones-3",
        "zones-2-2028-schools",
        "zones-3-2028-schools",
        "secondary-and-zones",
        "campus",
    ]


def test_faults_of_scenarios_come_at_once(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        town_study(
            tmp_path,
            """[[scenarios]]
name = "A"
[[scenarios]]
name = "A"
changes = "a.csv"
schools = "b.csv"
calls = "c.csv"
[[options]]
scenario = "B"
""",
        )
    assert [fault.partition(": ")[2] for fault in caught.value.faults] == [
        "[[scenarios]] 1: give one of changes (what differs) and schools (a whole list)",
        "[[scenarios]] 2: give one of changes (what differs) and schools (a whole list)",
        "[[scenarios]] 2 name: 'A' is the name of an earlier scenario",
        "[[scenarios]] 2 calls: it goes with [calls] file or log, and none is given",
        "[[options]] 1 scenario: 'B' is none of the scenarios; there are A, A",
        "[[scenarios]] 1: no option is under it: add scenario = 'A' to one of the [[options]]",
        "[[scenarios]] 2: no option is under it: add scenario = 'A' to one of the [[options]]",
    ]


def test_faults_of_a_table_of_changes_are_those_of_its_reader(tmp_path: Path) -> None:
    (tmp_path / "changes.csv").write_text("school_id,change\nE77,closes\n", encoding="utf-8")
    with pytest.raises(ValueError, match="E77"):
        town_study(tmp_path, SCENARIO).open()


def test_only_names_of_closed_schools_are_left_out_of_a_scenario(tmp_path: Path) -> None:
    (tmp_path / "changes.csv").write_text(CHANGES, encoding="utf-8")
    inputs = town_study(
        tmp_path,
        f"""{SCENARIO}
[[options]]
number = 2
scenario = "2028 schools"
names = {{ E5 = "The South", Bogus = "The West" }}
""",
    ).open()
    only = inputs.options[0]
    assert isinstance(only, ScenarioOption)
    assert "the zone name 'The South' is not used: E5 is closed" in only.scenario.notices
    with pytest.raises(ValueError, match="Bogus"):
        inputs.require_possible(inputs.options)


def test_faults_of_an_option_under_a_scenario_name_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "changes.csv").write_text(CHANGES, encoding="utf-8")
    study = town_study(
        tmp_path,
        f"""{SCENARIO}
[rules]
together = [{{ schools = ["E5", "E4"] }}]
[[options]]
number = 2
dedicated = ["E5"]
scenario = "2028 schools"
""",
    )
    with pytest.raises(StudyError) as caught:
        study.open()
    assert [fault.partition(": ")[2] for fault in caught.value.faults] == [
        "[[options]] 1 dedicated: under '2028 schools': 'E5' is not a school of the district",
        "[[rules.together]] 1 schools: under '2028 schools': 'E5' is not a school of the district",
    ]


def test_options_with_one_id_are_faults_of_the_study(tmp_path: Path) -> None:
    (tmp_path / "changes.csv").write_text(CHANGES, encoding="utf-8")
    study = town_study(
        tmp_path,
        f"""{SCENARIO}
[[options]]
number = 2
name = "2028 schools"
[[options]]
number = 2
scenario = "2028 schools"
[[options]]
number = 3
[[options]]
number = 3
""",
    )
    with pytest.raises(StudyError) as caught:
        study.open()
    assert [fault.partition(": give")[0] for fault in caught.value.faults] == [
        "line 8: [[options]] 2: it has the id of option 1, zones-2-2028-schools",
        "line 13: [[options]] 4: it has the id of option 3, zones-3",
    ]
    again = SCENARIO + SCENARIO.replace("2028 schools", "2028: schools")
    study = town_study(tmp_path, f"{again}[zones]\nnumber = 2\n")
    with pytest.raises(StudyError, match=r"zones-2-2028-schools: give the scenarios other names"):
        study.open()


def test_a_given_name_stays_before_that_of_the_plan_that_is_improved(tmp_path: Path) -> None:
    homes = {"H1": "A", "M1": "A", "E1": "A", "E2": "A", "E3": "A"}
    homes |= {"H2": "B", "M2": "B", "E4": "B", "E5": "B", "X1": "B"}
    rows = "".join(f"{building},{zone}\n" for building, zone in homes.items())
    (tmp_path / "plan.csv").write_text(f"building_id,zone_id\n{rows}", encoding="utf-8")
    text = 'plan = "plan.csv"\n[zones.names]\nH1 = "The North"\n'
    plan = town_study(tmp_path, text).improve().plan
    assert plan is not None
    assert {zone.zone_id for zone in plan.zones} == {"The North", "B"}
