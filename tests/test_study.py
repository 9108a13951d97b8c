"""A study: read with every fault by line, changed, written as run, and equal to the library."""

from __future__ import annotations

import datetime
import json
import time
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers.town_files import write_schools
from hypothesis import given
from hypothesis import settings as limited
from hypothesis import strategies as st

from zoning import CostAssumptions, PatrolAssumptions, PatrolZones, SolverLimits, ZonePlan
from zoning.demand import call_rates
from zoning.district import District
from zoning.editions import Edition
from zoning.errors import FaultsError, StudyError
from zoning.response import ResponseAssumptions
from zoning.roads import straight_line_times
from zoning.schools import read_schools
from zoning.settings import fields_of, walk
from zoning.staffing import (
    FixedSecondary,
    NoDistrictOfficers,
    OnePerCampus,
    OutsideResponse,
    StaffingComparison,
    compare_staffing,
    standard_options,
)
from zoning.study import Study, read_study, study_schema
from zoning.study.inputs import StudyInputs
from zoning.study.sections import PROGRAMME, StudySettings
from zoning.study.toml_file import find_lines, thaw
from zoning.zones import (
    Alignment,
    LongestDrive,
    MovedBuildings,
    Objective,
    Workload,
    check_plan,
    design_zones,
    explain_building,
    write_plan,
)

EVERYTHING = """\
# what a planner keeps [not a table]
format = 1

[district]
name = "Two Rivers"
state = "ky"

[schools]
file = "town.csv"
columns = { school_id = "SiteCode", "level" = 'Grade = "span"' }
levels."K-8 [all]" = "k-8"

[streets]
file = "streets.parquet"
patrol_profile = "midday"
delays = "none"

[calls]
per_school_day = 0.2

[zones]
number = [30, "21-30"]
min_size = 2
max_size = "none"
alignment = { mode = "prefer", price_minutes = "2 min" }
objective = "station"
presence = "demand"
dedicated = [
  "North High",  # ]
  "E1",
]

[plan]
file = "hand drawn.geojson"

[rules]
today = "plans/today.csv"
own_high_school = true
longest_drive_minutes = 15
most_moved = 4

[rules.workload.calls]
tolerance_percent = "20 %"

[rules.prices]
moved_building_minutes = 1.5

[[rules.together]]
schools = ["H1", "E1"]

[[rules.together]]
schools = ["E2", "E3"]

[patrol]
dwell_minutes = "11 min"
day_start = 07:40:00
day_end = "3:20 pm"

[response]
dispatch_seconds = 60
thresholds_minutes = [3, "300 s"]

[costs]
officer_year_usd = "$160,000"

[police]
mean_minutes = 7

[solver]
time_limit_seconds = "2 min"
gap_percent = 0.5
seed = 424242

[output]
title = "Zones [draft]"
date = 2026-11-01
also = ["excel"]

[[options]]
number = 40
name = "more"

[options.rules]
longest_drive_minutes = 20

[[options]]
kind = "fixed_secondary"
levels = ["high"]
"""


def study_of(**sections: Any) -> Study:
    return Study.from_tables({"schools": {"file": "town.csv"}} | sections)


def faults_of(act: Callable[[], Any]) -> tuple[str, ...]:
    with pytest.raises(FaultsError) as found:
        act()
    return found.value.faults


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a study that gives nearly everything."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "district.toml").write_text(EVERYTHING, encoding="utf-8")
    return home


# Reading.


def test_every_section_arrives_in_python_s_units(folder: Path) -> None:
    found = read_study(folder / "district.toml").settings
    assert found.district.state == "KY"
    assert found.schools.columns == {"school_id": "SiteCode", "level": 'Grade = "span"'}
    assert found.schools.levels == {"K-8 [all]": "k-8"}
    assert found.zones.numbers == (30, (21, 30))
    assert (found.zones.min_size, found.zones.max_size) == (2, None)
    assert found.zones.alignment == Alignment.prefer(2)
    assert found.zones.objective is Objective.STATION
    assert found.zones.dedicated == ("North High", "E1")
    assert found.rules.longest_drive_s == 900
    assert found.rules.workload.calls is not None
    assert found.rules.workload.calls.tolerance == 0.2
    assert [group.schools for group in found.rules.together] == [("H1", "E1"), ("E2", "E3")]
    assert found.patrol.assumptions == PatrolAssumptions(
        dwell_s=660, day_start_s=27_600, day_end_s=55_200
    )
    assert found.response == ResponseAssumptions(dispatch_s=60.0, thresholds_s=(180, 300))
    assert found.costs == CostAssumptions(
        officer_year_usd=160_000.0, officer_year_range_usd=(160_000.0, 160_000.0)
    )
    assert found.police == OutsideResponse(mean_s=420.0)
    assert found.solver == SolverLimits(time_s=120.0, gap=0.005, seed=424_242)
    assert found.output.date == datetime.date(2026, 11, 1)
    assert [option.kind for option in found.options] == ["zones", "fixed_secondary"]
    assert found.options[1].levels == frozenset({"high"})


def test_a_study_of_nothing_but_schools_has_the_library_s_defaults() -> None:
    found = study_of().settings
    assert found.patrol.assumptions == PatrolAssumptions()
    assert found.response == ResponseAssumptions()
    assert found.costs == CostAssumptions()
    assert found.police == OutsideResponse()
    assert found.solver == SolverLimits()
    usual = PatrolZones()
    for name in ("min_size", "max_size", "alignment", "objective", "presence", "dedicated"):
        assert getattr(found.zones, name) == getattr(usual, name)


def test_a_folder_with_one_study_is_that_study(folder: Path) -> None:
    assert read_study(folder).path == folder / "district.toml"
    assert read_study(str(folder)).folder == folder
    (folder / "a_review.toml").write_text("[[steps]]\n", encoding="utf-8")
    assert read_study(folder).path == folder / "district.toml"


@pytest.mark.parametrize(
    ("write", "name", "what"),
    [
        ({}, "", "holds no study"),
        ({"b.toml": "", "a.toml": ""}, "", "holds 2 studies"),
        ({}, "away.toml", "it is not there"),
        ({"town.csv": "id"}, "town.csv", "a study is a .toml file; this one ends in '.csv'"),
        ({"x.toml": "schools = \n"}, "x.toml", "at line 1"),
        ({"x.toml": "a = 1\na = 2\n"}, "x.toml", "at line 2"),
        ({"x.toml": 'file = "C:\\Usb"\n'}, "x.toml", "at line 1"),
        ({"x.toml": f"a = {'[' * 60}{']' * 60}\n"}, "x.toml", "nested too deeply"),
        ({"x.toml": f"a = 1\nb = {'9' * 101}\n"}, "x.toml", "more than 100 digits (at line 2)"),
        ({"x.toml": f"a = 0x{'f' * 9_999}\n"}, "x.toml", "more than 100 digits (at line 1)"),
    ],
)
def test_what_cannot_be_read_as_a_study_is_named(
    tmp_path: Path, write: Mapping[str, str], name: str, what: str
) -> None:
    for file, text in write.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    with pytest.raises(StudyError) as found:
        read_study(tmp_path / name)
    assert what in str(found.value)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(b'title = "\xff"')
    assert faults_of(lambda: read_study(tmp_path)) == ("it is not UTF-8 text",)


@pytest.mark.parametrize("change", [lambda t: t.replace("\n", "\r\n"), lambda t: f"\ufeff{t}"])
def test_line_ends_of_windows_and_a_byte_order_mark_change_nothing(
    folder: Path, change: Callable[[str], str]
) -> None:
    plain = read_study(folder)
    (folder / "district.toml").write_bytes(change(EVERYTHING).encode())
    other = read_study(folder)
    assert (other.settings, other.origins) == (plain.settings, plain.origins)


def test_a_study_of_a_newer_version_is_only_told_to_be_that(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("format = 2\nfuture = 3\n", encoding="utf-8")
    (only,) = faults_of(lambda: read_study(tmp_path))
    assert only.startswith("line 1: format: 2 is the format of a newer version")


def test_every_fault_of_a_study_comes_at_once_by_line_and_section(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text(
        'zone = 3\n[schools]\nfile = "town.csv"\ncolour = """\n[zones]\n"""\n'
        "[zones]\nmin_size = 0\nmax_size = 2 # [rules]\n[rules.workload.calls]\nat_most = -1\n"
        '[[rules.together]]\nschools = ["a", "b"]\n[[rules.together]]\nschool = ["c"]\n'
        "[patrol]\ndwell_minutes = 40\n[costs]\nofficer_year_usd = true\n"
        '[[options]]\nkind = "no_officers"\n[[options]]\n"min\\u001b\\nsize" = 1\n'
        "[options.rules]\nmost_moved = -1\n[[options]]\nlevels = ['high']\n",
        encoding="utf-8",
    )
    assert set(faults_of(lambda: read_study(tmp_path))) == {
        "line 1: zone: there is no such key (did you mean zones?)",
        "line 4: [schools] colour: there is no such key (did you mean columns?)",
        "line 8: [zones] min_size: 0 is not a whole number of 1 or more",
        "line 11: [rules.workload.calls] at_most: -1 is not a number of 0 or more",
        "line 14: [[rules.together]] 2 schools: it is missing",
        "line 15: [[rules.together]] 2 school: there is no such key (did you mean schools?)",
        "line 17: [patrol] dwell_minutes: is 2400 s, longer than longest_stay_minutes with 960 s",
        "line 19: [costs] officer_year_usd: true is not a number of dollars of 0 or more",
        "line 23: [[options]] 2 min  size: there is no such key (did you mean min_size?)",
        "line 25: [[options]] 2 rules.most_moved: -1 is not a whole number of 0 or more",
    }


def test_a_key_that_stands_twice_is_said_in_plain_words(tmp_path: Path) -> None:
    path = tmp_path / "district.toml"
    path.write_text("[zones]\nnumber = 7\nnumber = 9\n", encoding="utf-8")
    assert faults_of(lambda: read_study(path)) == (
        "A key is there a second time (at line 3, column 11)",
    )


@pytest.mark.parametrize(
    ("sections", "what"),
    [
        ({"district": {"data": "jefferson"}}, "[district] data: give one of"),
        ({"schools": {}}, "[schools]: give one of [schools] file and [district] data"),
        ({"streets": {"delays": "street"}}, "[streets] delays: it is about streets"),
        ({"streets": {"keep_islands": True}}, "[streets] keep_islands: it is about streets"),
        ({"zones": {"max_size": 2}}, "[zones] max_size: 2 is below min_size, 3"),
        (
            {"zones": {"alignment": {"mode": "off", "price_minutes": 1}}},
            "[zones.alignment] price_minutes: it goes with mode = 'prefer', not off",
        ),
        (
            {"zones": {"min_size": 6}, "options": [{"max_size": 5}]},
            "[[options]] 1 max_size: 5 is below min_size, 6",
        ),
        (
            {"zones": {"alignment": "off"}, "options": [{"alignment": {"price_minutes": 1}}]},
            "[[options]] 1 alignment.price_minutes: it goes with mode = 'prefer', not off",
        ),
        ({"options": [{"levels": ["high"]}]}, "[[options]] 1 levels: it has no effect on kind"),
        (
            {"options": [{"kind": "one_per_campus", "min_size": 3}]},
            "[[options]] 1 min_size: it has no effect on kind = 'one_per_campus'",
        ),
        (
            {"options": [{"kind": "fixed_secondary", "start": "a.csv"}]},
            "[[options]] 1 start: it has no effect on kind = 'fixed_secondary'",
        ),
        (
            {"options": [{"kind": "fixed_secondary", "rules": {"today": "a.csv"}}]},
            "[[options]] 1 rules.today: it names schools or plans",
        ),
        ({"options": [{"number": [3, 4]}]}, "[[options]] 1 number: an option has one number"),
        ({"zones": {"number": [3, "x", 0]}}, "[zones] number: 'x' is neither a number"),
        ({"schools": {"file": "a.csv", "levels": {"K": 8}}}, "[schools] levels: K = 8 is no text"),
        ({"district": {"state": "Kentucky"}}, "[district] state: 'Kentucky' is not two letters"),
        ({"output": {"also": "excel"}}, "[output] also: 'excel' is no list; write it in brackets"),
        ({"output": {"also": [{}]}}, "[output] also: a table is no text"),
        ({"output": {"also": ["exel"]}}, "[output] also: 'exel' is none of excel, geopackage"),
        ({"output": {"date": "tomorrow"}}, "[output] date: 'tomorrow' is not a date, such as"),
        ({"output": {"date": datetime.datetime(2026, 1, 1)}}, "[output] date: 2026-01-01 00:00:00"),
    ],
)
def test_what_contradicts_itself_or_has_no_effect_is_a_fault(
    sections: dict[str, Any], what: str
) -> None:
    found = faults_of(lambda: study_of(**sections))
    assert found[0].startswith(what), found
    assert len(found) == len(set(found))


def test_sizes_of_an_option_are_compared_with_those_it_has_from_zones() -> None:
    study = study_of(zones={"max_size": 12}, options=[{"min_size": 8}])
    assert study.settings.options[0].min_size == 8


# The line of each key.

KEYS = st.sampled_from(["a", "b", '"c.d"', "'e f'", '"g = [1]"', "h-1", '"#"'])
SCALARS = st.sampled_from(
    [
        "1",
        "-1.5e3",
        "true",
        '"[x]"',
        "'a = {'",
        '"quo\\"te # ["',
        "1979-05-27 07:32:00.5",
        "07:40:00",
        '"""\n[not.a.table]\nb = 1\n"""',
        "'''it''s\n[[a]]'''",
        '"""two"" \\""""',
        '""',
        '""""a"""""',
    ]
)


class Document:
    """A TOML text that is written key by key, with the line of each."""

    def __init__(self) -> None:
        self.text = ""
        self.lines: dict[tuple[str | int, ...], int] = {}

    def note(self, where: tuple[str | int, ...]) -> None:
        for end in range(1, len(where) + 1):
            self.lines.setdefault(where[:end], self.text.count("\n") + 1)


def plain(key: str) -> str:
    return tomllib.loads(f"x = {key}")["x"] if key[0] in "\"'" else key


@st.composite
def documents(draw: Any) -> Document:
    """Random TOML: comments, dotted keys, inline tables, lists over lines, arrays of tables."""
    made, count = Document(), 0

    def name() -> str:
        nonlocal count
        count += 1  # each key is new, so that nothing is defined twice
        key = draw(KEYS)
        return f"{key[:-1]}{count}{key[-1]}" if key[0] in "\"'" else f"{key}{count}"

    def value(where: tuple[str | int, ...], depth: int) -> None:
        kind = draw(st.integers(0, 3)) if depth < 2 else 0
        if kind == 1:
            made.text += "["
            for k in range(draw(st.integers(0, 3))):
                made.text += draw(st.sampled_from(["", "\n  ", " # ]\n", "\n\n"]))
                made.note((*where, k))
                value((*where, k), depth + 1)
                made.text += ","
            made.text += draw(st.sampled_from(["]", "\n]", " # }\n]"]))
        elif kind == 2:
            made.text += "{"
            for k in range(draw(st.integers(0, 2))):
                made.text += ", " if k else " "
                pair(where, depth + 1)
            made.text += " }"
        else:
            made.text += draw(SCALARS)

    def pair(where: tuple[str | int, ...], depth: int) -> None:
        names = [name() for _ in range(draw(st.integers(1, 2)))]
        inside = (*where, *map(plain, names))
        made.note(inside)
        made.text += f"{draw(st.sampled_from(['.', ' . ']))}".join(names) + " = "
        value(inside, depth)

    def body(where: tuple[str | int, ...]) -> None:
        for _ in range(draw(st.integers(0, 2))):
            made.text += draw(st.sampled_from(["", "\n", "# [c]\n", "  ", "\t"]))
            pair(where, 0)
            made.text += draw(st.sampled_from(["\n", " # = [\n", "\r\n"]))

    body(())
    for _ in range(draw(st.integers(0, 3))):
        table = name()
        if draw(st.booleans()):
            made.note((plain(table),))
            made.text += f"[ {table} ] # ] [x]\n"
            body((plain(table),))
            continue
        inner = name()
        for k in range(draw(st.integers(1, 3))):
            made.note((plain(table), k))
            made.text += f"[[{table}]]\n"
            body((plain(table), k))
            for j in range(draw(st.integers(0, 2))):
                made.note((plain(table), k, plain(inner), j))
                made.text += f"  [[ {table}.{inner} ]]\n"
                body((plain(table), k, plain(inner), j))
    return made


@limited(max_examples=150)
@given(documents())
def test_the_line_of_every_key_is_that_where_it_was_written(made: Document) -> None:
    tomllib.loads(made.text)
    assert find_lines(made.text) == made.lines


def test_a_study_of_300_lines_is_read_in_milliseconds(tmp_path: Path) -> None:
    groups = '[[rules.together]]\nschools = ["a", "b"] # c\n\n' * 100
    text = f'[schools]\nfile = "town.csv"\n{groups}'
    (tmp_path / "x.toml").write_text(text, encoding="utf-8")
    read_study(tmp_path)
    before = time.process_time()
    read_study(tmp_path)
    assert time.process_time() - before < 0.5  # about 0.01; a slow search would take seconds


# Changing.


@pytest.mark.parametrize(
    ("change", "section", "found"),
    [
        ("zones.number=21-30", "zones", {"number": "21-30"}),
        ("zones.number = [30, '21-30']", "zones", {"number": [30, "21-30"]}),
        ("zones.alignment=strict", "zones", {"alignment": {"mode": "strict"}}),
        ("zones.alignment.price_minutes=3", "zones", {"alignment": {"price_minutes": 3}}),
        ('zones.dedicated=["E1"]', "zones", {"dedicated": ["E1"]}),
        ("patrol.day_start=07:40", "patrol", {"day_start": "07:40"}),
        ("patrol.dwell_minutes=15 min", "patrol", {"dwell_minutes": "15 min"}),
        ("output.title=2026", "output", {"title": "2026"}),
        ('output.title="2026"', "output", {"title": "2026"}),
        ("output.title=a = b # c", "output", {"title": "a = b # c"}),
        ("output.date=2026-11-01", "output", {"date": datetime.date(2026, 11, 1)}),
        ("output.date=none", "output", None),
        ("streets.patrol_profile=midday", "streets", {"patrol_profile": "midday"}),
        ("schools.levels.1=k-8", "schools", {"file": "town.csv", "levels": {"1": "k-8"}}),
        (
            'schools.levels."a.b=c"=k-8',
            "schools",
            {"file": "town.csv", "levels": {"a.b=c": "k-8"}},
        ),
        ("rules.together.2.schools=['p', 'q']", "rules", None),
        ("deck.template=C:\\looks\\ours.pptx", "deck", {"template": "C:\\looks\\ours.pptx"}),
    ],
)
def test_any_setting_can_be_set_as_on_the_command_line(
    change: str, section: str, found: dict[str, Any] | None
) -> None:
    two = [{"schools": ["a", "b"]}, {"schools": ["c", "d"]}]
    study = study_of(**({"rules": {"together": two}} if section == "rules" else {}))
    if "date=none" in change:
        assert faults_of(lambda: study.set(change)) == (
            "--set output.date: [output] date: 'none' is not a date, such as 2026-11-01",
        )
        return
    changed = study.set(change)
    if found is not None:
        assert thaw(changed.tables[section]) == found
    else:
        assert [one.schools for one in changed.settings.rules.together] == [("a", "b"), ("p", "q")]
    assert study.tables.get(section) != changed.tables[section]


def test_a_shortcut_can_be_refined_and_replaced() -> None:
    study = study_of(zones={"alignment": "prefer"})
    refined = study.set("zones.alignment.price_minutes=3")
    assert refined.settings.zones.alignment == Alignment.prefer(3)
    assert refined.set("zones.alignment=strict").settings.zones.alignment == Alignment.strict()
    (only,) = faults_of(lambda: study.set("zones.alignment=off", "zones.alignment.price_minutes=3"))
    assert only.startswith("--set zones.alignment.price_minutes: [zones.alignment] price_minutes")


def test_every_change_that_has_no_place_is_named_at_once() -> None:
    study = study_of(options=[{"number": 3}])
    changes = ("zones.number", "=3", "options.2.number=3", "options.number=3", "zones.a b=3")
    more = ("format=1", "format.x=3", "options.0.number=3")
    assert faults_of(lambda: study.set(*changes, *more)) == (
        "--set zones.number is not of the form section.key=value",
        "--set =3 is not of the form section.key=value",
        "--set zones.a b=3 is not of the form section.key=value",
        "--set options.2.number has no place: the study has 1 of these",
        "--set options.number needs a number: .1. for the first",
        "--set format.x has no place in the study",
        "--set options.0.number has no place: the study has 1 of these",
    )


def test_a_fault_names_what_gave_the_value_last(folder: Path) -> None:
    study = read_study(folder)
    (only,) = faults_of(lambda: study.set("zones.max_size=1"))
    assert only == "--set zones.max_size: [zones] max_size: 1 is below min_size, 2"
    (only,) = faults_of(lambda: study.replace(zones={"max_size": 1}))
    assert only == "replace: [zones] max_size: 1 is below min_size, 2"
    (only,) = faults_of(lambda: study.replace(output={"title": "x"}).set("zones.min_size=x"))
    assert only.startswith("--set zones.min_size")
    changed = study.replace(zones={"number": 3})
    (only,) = faults_of(lambda: changed.replace(rules={"today": "none"}, patrol={"x": 1}))
    assert only.startswith("replace: [patrol] x: there is no such key")


def test_replace_puts_tables_over_tables_and_replaces_lists(folder: Path) -> None:
    study = read_study(folder)
    changed = study.replace(zones={"number": 40}, options=[{"number": 3}])
    assert changed.settings.zones == replace(study.settings.zones, numbers=(40,))
    assert [one.numbers for one in changed.settings.options] == [(3,)]
    assert study.settings.zones.numbers == (30, (21, 30))
    assert study.replace(schools="b.csv").settings.schools.file == Path("b.csv")
    assert study.replace(schools={"file": Path("b.csv")}).settings.schools.file == Path("b.csv")
    assert study.without("options").settings.options == ()


def test_a_price_of_one_s_own_keeps_no_range_of_an_earlier_price() -> None:
    study = study_of(costs={"officer_year_usd": 160_000}).replace(costs={"officer_year_usd": 9})
    assert study.settings.costs.officer_year_range_usd == (9.0, 9.0)
    ranged = study.replace(costs={"officer_year_range_usd": [1, 10]})
    assert ranged.settings.costs.officer_year_range_usd == (1.0, 10.0)


def test_prices_that_others_replace_are_no_settings_of_the_same_study() -> None:
    detailed = {"pay_steps_usd": [50_000, 60_000], "benefits_percent": 35}
    found = study_of(costs={"detailed": detailed, "work_year": {"training_hours": 100}})
    assert found.settings.costs.detailed is not None
    assert found.settings.costs.relief == pytest.approx(1400 / 1220)
    twice = {"detailed": detailed, "officer_year_usd": 1, "work_year": {"hours_a_day": 7}}
    told = faults_of(lambda: study_of(costs=twice))
    assert len(told) == 2
    assert "officer_year_usd: the prices of [costs.detailed] replace it" in told[0]
    assert "hours_a_day: 7 hours are not the shift of [patrol], 8 hours" in told[1]
    sevens = {"costs": {"work_year": {"hours_a_day": 7}}, "patrol": {"shift_minutes": 420}}
    assert study_of(**sevens).settings.costs.work_year.hours_given(175) == 165 * 7  # type: ignore[union-attr]


def test_nothing_in_a_study_can_be_changed_from_outside(folder: Path) -> None:
    given = {"schools": {"file": "town.csv"}, "zones": {"dedicated": ["E1"]}}
    study = Study.from_tables(given)
    given["zones"]["dedicated"].append("E2")  # type: ignore[attr-defined]
    assert study.tables["zones"]["dedicated"] == ("E1",)
    for place in (study.tables, study.tables["zones"], study.origins, read_study(folder).origins):
        with pytest.raises(TypeError):
            place["x"] = 1
    with pytest.raises(TypeError):
        read_study(folder).settings.schools.columns["x"] = "y"  # type: ignore[index]
    with pytest.raises(AttributeError):
        study.settings = None  # type: ignore[misc,assignment]


def test_files_of_the_command_line_are_looked_for_from_the_folder_of_work(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = read_study(folder)
    (folder / "work").mkdir()
    monkeypatch.chdir(folder / "work")
    for change, key in (
        ("schools=a.csv", "schools"),
        ("schools.file=a.csv", "schools"),
        ("schools={file = 'a.csv'}", "schools"),
    ):
        made = study.set(change)
        assert made.file(Path(made.tables[key]["file"])).resolve() == folder / "work" / "a.csv"
    absolute = f"{folder}/b.csv"
    assert study.set(f"schools.file={absolute}").settings.schools.file == Path(absolute)
    assert study.set("options.1.start=p.csv").settings.options[0].start_file == Path("work/p.csv")
    assert study.set("output.earlier=['../x']").settings.output.earlier == (Path("x"),)
    assert study.set("rules.today=none").settings.rules.today is None
    monkeypatch.chdir(folder)
    assert study.set("schools=a.csv").settings.schools.file == Path("a.csv")


# Written as run.


def places_of(home: Path) -> dict[str, Path]:
    return {
        "inside": home / "runs" / "november",
        "the folder itself": home,
        "beside": home.parent / "run",
        "far": home.parent / "a" / "b" / "c",
    }


@pytest.mark.parametrize("where", ["inside", "the folder itself", "beside", "far"])
def test_the_study_as_run_reads_back_from_the_folder_of_the_run(folder: Path, where: str) -> None:
    study, out = read_study(folder), places_of(folder)[where]
    out.mkdir(parents=True, exist_ok=True)
    for edition in Edition:
        file = out / f"{edition}.toml"
        text = study.as_run(out, edition=edition)
        file.write_text(text, encoding="utf-8")
        again = read_study(file)
        if edition is Edition.RESTRICTED:
            assert again.withheld == ()
            for one, other in zip(named_files(study), named_files(again), strict=True):
                assert one.resolve() == other.resolve()
            assert without_files(again) == without_files(study)
            continue
        assert again.withheld == (
            "patrol.dwell_minutes",
            "patrol.day_start",
            "patrol.day_end",
            "solver.seed",
        )
        assert "424242" not in text
        assert again.settings.patrol.assumptions == PatrolAssumptions()
        assert again.settings.solver == replace(study.settings.solver, seed=0)
        kept = [one.resolve() for one in named_files(again)]
        if where in ("inside", "the folder itself"):
            assert kept == [one.resolve() for one in named_files(study)]
        else:
            assert kept == [(out / one.name).resolve() for one in named_files(study)]
            assert "named without their folder" in text


def named_files(study: Study) -> list[Path]:
    return [
        study.file(Path(table[one.key]))
        for table, _, one in walk(StudySettings, thaw(study.tables))
        if one.holds_files and table[one.key] != "midday"
    ]


def without_files(study: Study) -> dict[str, Any]:
    tables: dict[str, Any] = thaw(study.tables)
    for table, _, one in walk(StudySettings, tables):
        if one.holds_files:
            del table[one.key]
    tables.pop("format", None)
    return tables


SECRET = "zqx"
TEXTS = st.text("ab \"'\\\n\t#[]{}=.,é\u2028\x1b", min_size=1, max_size=8).filter(str.strip)
FOLDERS = st.sampled_from(
    [
        *("", "plans/", f"/home/{SECRET}/", f"../{SECRET}/", f"~{SECRET}/", f"//server/{SECRET}/"),
        *(f"D:\\data\\{SECRET}\\", f"..\\{SECRET}\\", f"\\\\server\\{SECRET}\\"),
        f"file:///{SECRET}/",
    ]
)


@limited(max_examples=60)
@given(
    text=TEXTS,
    files=st.lists(FOLDERS, min_size=6, max_size=6),
    dwell=st.integers(501, 899),
    seed=st.integers(10**6, 2**31 - 1),
    inside=st.booleans(),
)
def test_the_public_study_holds_nothing_restricted_and_no_folder_of_a_user(
    text: str, files: list[str], dwell: int, seed: int, inside: bool
) -> None:
    home = Path(f"/data/{SECRET}/home")
    study = Study.from_tables(
        {
            "schools": {"file": f"{files[0]}a.csv", "levels": {text: "k-8"}},
            "rules": {
                "own_high_school": True,
                "today": f"{files[1]}b.csv",
                "together": [{"schools": ["p", "q"]}],
                "contiguous": True,
            },
            "district": {"outline": f"{files[2]}c.geojson"},
            "zones": {"start": f"{files[3]}d.csv"},
            "streets": {"file": f"{files[4]}s", "patrol_profile": "midday"},
            "output": {"earlier": [f"{files[5]}e"], "folder": f"/home/{SECRET}", "title": "t"},
            "patrol": {"dwell_minutes": f"{dwell} s", "day_start": "06:17"},
            "solver": {"seed": seed},
            "options": [{"start": f"{files[5]}f.csv", "rules": {"today": f"{files[4]}g.csv"}}],
        },
        folder=home,
    )
    out = home / "out" if inside else Path("/elsewhere/out")
    public = study.as_run(out, edition=Edition.PUBLIC)
    for secret in (SECRET, str(dwell), "06:17", str(seed), "/home", "/data", "D:", "file:"):
        assert secret not in public, secret
    again = Study.from_tables(strip(public))
    assert again.settings.schools.levels == study.settings.schools.levels
    assert again.settings.rules.own_high_school
    assert again.settings.rules.contiguous
    restricted = Study.from_tables(strip(study.as_run(out, edition=Edition.RESTRICTED)))
    assert without_files(restricted) == without_files(study)


def strip(text: str) -> dict[str, Any]:
    return {key: value for key, value in tomllib.loads(text).items() if key != "withheld"}


def test_what_a_public_run_left_out_is_known_until_it_is_given(folder: Path) -> None:
    (folder / "district.toml").write_text(
        read_study(folder).as_run(folder, edition=Edition.PUBLIC), encoding="utf-8"
    )
    study = read_study(folder)
    assert "solver.seed" in study.withheld
    assert study.set("zones.number=3").withheld == study.withheld
    assert study.replace(zones={"number": 3}).withheld == study.withheld


# The schema.


def test_the_schema_accepts_a_study_and_refuses_what_is_none(folder: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = study_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    public = read_study(folder).as_run(folder, edition=Edition.PUBLIC)
    short = 'schools = "town.csv"\nzones.alignment = "strict"'
    for text in (EVERYTHING, public, short):
        tables = json.loads(json.dumps(tomllib.loads(text), default=str))
        assert [one.message for one in check.iter_errors(tables)] == []
    for wrong in (
        {"zone": {}},
        {"zones": {"min_size": 0}},
        {"zones": {"objective": "x"}},
        {"patrol": {"dwell_minutes": True}},
        {"options": {}},
        {"rules": {"locked": [{}]}},
        {"patrol": {"\0seed": 1}},
    ):
        assert not check.is_valid(wrong), wrong


def test_every_key_of_the_schema_is_described_and_none_is_hidden() -> None:
    schema = study_schema()
    tables = [schema, *schema["$defs"].values()]
    for table in tables:
        assert table["description"]
        for key, of in table["properties"].items():
            assert of["description"], key
            assert "\0" not in key


# Equal to the library.


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A study of ten buildings, in a folder with today's plan."""
    write_schools(tmp_path / "town.csv")
    (tmp_path / "town.toml").write_text(
        '[schools]\nfile = "town.csv"\n[calls]\nper_school_day = 0.3\n'
        '[zones]\nnumber = 2\nobjective = "station"\nalignment = "off"\n'
        "[rules]\nlongest_drive_minutes = 60\n[rules.workload.calls]\ntolerance_percent = 50\n"
        "[patrol]\ndwell_minutes = 10\n[response]\ndispatch_seconds = 60\n"
        "[costs]\nofficer_year_usd = 120000\n[police]\nmean_minutes = 8\n"
        "[solver]\nseed = 7\ngap_percent = 0.01\n",
        encoding="utf-8",
    )
    schools = read_schools(tmp_path / "town.csv")
    write_plan(plan_of_today(), tmp_path / "today.csv", schools=schools)
    return tmp_path


def plan_of_today(*, own: bool = False) -> ZonePlan:
    homes = {"Zone 1": "H1 M1 E1 E2 X1", "Zone 2": "H2 M2 E3 E4 E5"}
    zones = {b: zone for zone, ids in homes.items() for b in ids.split()}
    if own:
        return ZonePlan.from_assignment(zones | {"X1": "Post"}, dedicated=["Post"])
    return ZonePlan.from_assignment(zones)


def shown(comparison: StaffingComparison) -> list[tuple[Any, ...]]:
    return [
        (one.option_id, one.label, one.description, str(one.plan), str(dict(one.figures)))
        for one in comparison.outcomes
    ]


def test_a_study_compares_as_the_library_does_with_the_same_objects(town: Path) -> None:
    schools = read_schools(town / "town.csv")
    asked: dict[str, Any] = {
        "objective": Objective.STATION,
        "alignment": Alignment.off(),
        "rules": (LongestDrive(limit_s=3600), Workload(column="calls", tolerance=0.5)),
    }
    usual = standard_options(schools)
    options = [
        NoDistrictOfficers(outside=OutsideResponse(mean_s=480.0)),
        PatrolZones(zones=2, **asked),
        *(replace(one, **asked) for one in usual if isinstance(one, FixedSecondary)),
        OnePerCampus(),
    ]
    by_hand = compare_staffing(
        District(name="Town", schools=schools, attribution="Schools from town.csv"),
        options,
        calls=call_rates(schools, calls_per_school_day=0.3),
        costs=CostAssumptions(officer_year_usd=120_000, officer_year_range_usd=(120_000, 120_000)),
        patrol=PatrolAssumptions(dwell_s=600),
        response=ResponseAssumptions(dispatch_s=60),
        limits=SolverLimits(seed=7, gap=1e-4),
    )
    found = read_study(town).compare()
    assert shown(found) == shown(by_hand)
    assert found.costs == by_hand.costs
    assert found.district.attribution == by_hand.district.attribution


def test_without_settings_the_options_are_the_library_s(town: Path) -> None:
    inputs = Study.from_tables({"schools": {"file": "town.csv"}}, folder=town).open()
    assert list(inputs.options) == list(standard_options(inputs.district.schools))
    assert inputs.patrol == PatrolAssumptions()


def test_plan_check_explain_and_improve_equal_the_library(town: Path) -> None:
    study = Study.from_tables(
        {"schools": {"file": "town.csv"}, "zones": {"number": 2}, "plan": {"file": "today.csv"}},
        folder=town,
    )
    schools = read_schools(town / "town.csv")
    times = straight_line_times(schools, profile="emergency")
    best = design_zones(schools, times, zones=2)
    today = plan_of_today()
    assert study.plan().plan == best.plan
    assert str(study.check()) == str(check_plan(today, best.problem))
    assert str(study.explain("North High")) == str(explain_building(today, best.problem, "H1"))
    improved = study.improve()
    assert improved.score == design_zones(schools, times, zones=2, start=today).score
    (only,) = faults_of(lambda: study.explain("Nowhere"))
    assert "Nowhere" in only


def opened(town: Path, *, review: bool = False, **sections: Any) -> StudyInputs:
    tables = {"schools": {"file": "town.csv"}} | sections
    return Study.from_tables(tables, folder=town).open(review=review)


def test_the_plan_under_review_gives_what_is_not_asked(town: Path) -> None:
    schools = read_schools(town / "town.csv")
    with_post = plan_of_today(own=True)
    write_plan(with_post, town / "post.csv", schools=schools)
    found = opened(town, review=True, plan="post.csv")
    assert (found.zones.zones, found.zones.dedicated) == (2, ("X1",))
    assert found.zones.start == with_post
    assert opened(town, review=True, plan="post.csv", zones={"number": [3, 4]}).zones.zones == 2
    asked = opened(
        town, review=True, plan="post.csv", zones={"number": "3-4", "dedicated": ["Dogwood"]}
    )
    assert (asked.zones.zones, asked.zones.dedicated) == ((3, 4), ("E4",))
    moved = {"prices": {"moved_building_minutes": 2}}
    (cost,) = opened(town, review=True, plan="post.csv", rules=moved).zones.costs
    assert cost == MovedBuildings(today=with_post, price_s=120.0)
    other = opened(town, review=True, plan="post.csv", rules={**moved, "today": "today.csv"})
    assert other.zones.costs == (MovedBuildings(today=plan_of_today(), price_s=120.0),)
    assert opened(town, review=True, rules={"today": "today.csv"}).plan == plan_of_today()
    with pytest.raises(StudyError, match="there is no plan to look at"):
        opened(town, review=True)


def test_a_search_starts_from_today_if_the_same_schools_have_their_own_officer(town: Path) -> None:
    schools = read_schools(town / "town.csv")
    write_plan(plan_of_today(own=True), town / "post.csv", schools=schools)
    assert opened(town, rules={"today": "today.csv"}).zones.start == plan_of_today()
    assert opened(town, rules={"today": "post.csv"}).zones.start is None
    both = opened(town, rules={"today": "today.csv"}, zones={"start": "post.csv"}).zones
    assert both.start == plan_of_today(own=True)


def test_options_are_those_given_each_over_zones_and_rules(town: Path) -> None:
    schools = read_schools(town / "town.csv")
    write_plan(plan_of_today(own=True), town / "post.csv", schools=schools)
    made = opened(
        town,
        zones={"number": 2, "min_size": 2, "alignment": {"price_minutes": 3}},
        rules={
            "longest_drive_minutes": 60,
            "today": "today.csv",
            "together": [{"schools": ["H1", "E1"]}],
        },
        options=[
            {"max_size": 5, "name": "small ones"},
            {"number": "2-3", "rules": {"longest_drive_minutes": 30, "together": []}},
            {"number": "none", "start": "post.csv", "dedicated": ["X1"]},
            {"kind": "fixed_secondary"},
            {"kind": "fixed_secondary", "number": 1, "levels": ["high"], "name": "High"},
            {"kind": "one_per_campus"},
            {"kind": "no_officers", "name": "today"},
        ],
    ).options
    first, second, third, fixed, high, campus, none = made
    assert isinstance(first, PatrolZones)
    assert (first.zones, first.min_size, first.max_size, first.name) == (2, 2, 5, "small ones")
    assert first.alignment == Alignment.prefer(3)
    assert len(first.rules) == 2
    assert isinstance(second, PatrolZones)
    assert (second.zones, second.rules) == ((2, 3), (LongestDrive(limit_s=1800),))
    assert isinstance(third, PatrolZones)
    assert (third.zones, third.dedicated) == (None, ("X1",))
    assert third.start == plan_of_today(own=True)
    assert isinstance(fixed, FixedSecondary)
    # A number in [zones] is of all schools, not of those that are left.
    assert (fixed.zones, fixed.min_size, fixed.rules) == (None, 2, (LongestDrive(limit_s=3600),))
    assert isinstance(high, FixedSecondary)
    assert (high.zones, high.levels) == (1, frozenset({"high"}))
    assert high.option_id == "secondary-and-zones-high"
    assert campus == OnePerCampus()
    assert none.label == "No district officers, today"


def test_files_of_options_are_among_the_inputs(town: Path) -> None:
    made = opened(
        town,
        zones={"start": "today.csv"},
        options=[
            {"rules": {"today": "today.csv"}, "name": "a"},
            {"start": "today.csv", "name": "b"},
        ],
    )
    assert [(role, path.name) for role, path in made.files] == [
        ("schools", "town.csv"),
        ("start", "today.csv"),
        ("today", "today.csv"),
    ]


def test_faults_of_schools_and_rules_come_once_each_with_its_line(town: Path) -> None:
    (town / "town.toml").write_text(
        '[schools]\nfile = "town.csv"\n[zones]\ndedicated = [\n  "Nowhere",\n]\n'
        '[rules]\nmost_moved = 3\n[[rules.apart]]\nschools = ["H1", "Nobody"]\n'
        '[[options]]\n[[options]]\nrules.together = [{ schools = ["H1", "H1"] }]\n',
        encoding="utf-8",
    )
    found = faults_of(lambda: read_study(town).open())
    assert len(found) == len(set(found))
    lines = sorted(int(one.split(":")[0].removeprefix("line ")) for one in found)
    assert lines == [4, 8, 10, 13]
    assert any(one.startswith("line 4: [zones] dedicated: 'Nowhere'") for one in found)


def test_files_that_moved_are_named_with_their_key_and_line(town: Path) -> None:
    (town / "town.toml").write_text(
        '[schools]\nfile = "gone.xlsx#Sheet1"\n[streets]\nemergency_profile = "gone.csv"\n'
        '[zones]\nstart = "gone.csv"\n[rules]\ntoday = "plans/gone.csv"\n[plan]\nfile = "g.csv"\n'
        '[[options]]\nstart = "nul\\u0000.csv"\n',
        encoding="utf-8",
    )
    study = read_study(town)
    assert faults_of(study.open) == (
        f"line 2: [schools] file: there is no file {town / 'gone.xlsx'}",
        f"line 4: [streets] emergency_profile: there is no file {town / 'gone.csv'}",
        f"line 6: [zones] start: there is no file {town / 'gone.csv'}",
        f"line 8: [rules] today: there is no file {town / 'plans' / 'gone.csv'}",
        f"line 12: [[options]] 1 start: there is no file {town / 'nul .csv'}",
    )
    reviewed = faults_of(lambda: study.open(review=True))
    assert f"line 10: [plan] file: there is no file {town / 'g.csv'}" in reviewed


def test_the_keys_of_a_study_and_of_its_settings_are_the_same() -> None:
    assert {one.key for one in fields_of(StudySettings)} == set(study_schema()["properties"]) - {
        "withheld"
    }


def test_a_missing_plan_does_not_hide_the_faults_of_the_rules(town: Path) -> None:
    study = Study.from_tables(
        {
            "schools": {"file": "town.csv"},
            "rules": {"today": "gone.csv", "most_moved": 2, "apart": [{"schools": ["E1", "E99"]}]},
        },
        folder=town,
    )
    missing, unknown = faults_of(study.open)
    assert missing == f"[rules] today: there is no file {town / 'gone.csv'}"
    assert unknown.startswith("[[rules.apart]] 1 schools: 'E99' is not a school")


def test_the_study_as_run_has_one_order_of_keys(tmp_path: Path) -> None:
    one = {
        "schools": {"file": "town.csv", "crs": "EPSG:4326"},
        "zones": {"number": 2, "max_size": 7},
        "options": [{"number": 3, "rules": {"contiguous": True, "longest_drive_minutes": 9}}],
    }
    other = {
        "options": [{"rules": {"longest_drive_minutes": 9, "contiguous": True}, "number": 3}],
        "zones": {"max_size": 7, "number": 2},
        "schools": {"crs": "EPSG:4326", "file": "town.csv"},
    }
    first, second = (
        Study.from_tables(tables, folder=tmp_path).as_run(tmp_path / "run", edition=Edition.PUBLIC)
        for tables in (one, other)
    )
    assert first == second


@pytest.mark.parametrize("edition", list(Edition))
def test_the_study_as_run_says_nothing_of_the_programme(tmp_path: Path, edition: Edition) -> None:
    programme = {
        "roster": {"officers": "officers.csv", "state_hours": 24},
        "term": {"duties": "games.csv"},
        "programme": {"records": "incidents.csv"},
        "law": {"approvals": "approvals.csv"},
        "review": {"file": "review.toml"},
    }
    assert set(PROGRAMME) == set(programme)
    study = Study.from_tables({"schools": {"file": "town.csv"}, **programme}, folder=tmp_path)
    text = study.as_run(tmp_path / "run", edition=edition)
    file = tmp_path / "as-run.toml"
    file.write_text(text, encoding="utf-8")
    assert read_study(file).withheld == ()
    for told in ("officers.csv", "games", "incidents", "approvals", "review.toml", "state_hours"):
        assert told not in text
