"""Patrol days on the command line: planned, written and checked, for a town of four schools."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from zoning.cli import app
from zoning.editions import RESTRICTED_MARK
from zoning.reports.patrol.patrol_files import FILES, PLAN_TABLES

pytestmark = pytest.mark.slow

SCHOOLS = """school_id,name,level,latitude,longitude,enrollment,bell_start,bell_end
A,Ash High,high,38.05,-85.70,900,07:40,14:20
B,Birch Middle,middle,38.05,-85.68,500,07:40,14:20
C,Cedar Elementary,elementary,38.06,-85.69,300,09:05,15:45
E,Elm Elementary,elementary,37.98,-85.69,280,09:05,15:45
"""
PLAN = "building_id,zone_id\nA,North\nB,North\nC,North\nE,South\n"
CALENDAR = """date,kind
2026-11-30,full
2026-12-01,early release
2026-12-02,off
"""
BELLS = """kind,tier,end
early release,07:40,11:20
early release,09:05,12:45
"""
CALENDAR_WORDS = ("--set", "calendar.file=calendar.csv", "--set", "calendar.bells=bells.csv")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with its plan, a calendar and wishes that have faults."""
    made = tmp_path_factory.mktemp("town")
    texts = {
        "town.csv": SCHOOLS,
        "plan.csv": PLAN,
        "calendar.csv": CALENDAR,
        "bells.csv": BELLS,
        "wishes.csv": "school,arrival,visits\nAsh High,2,\nNowhere,1,\nElm Elementary,,2.5\n",
        "study.toml": '[schools]\nfile = "town.csv"\n[plan]\nfile = "plan.csv"\n',
        "bare.toml": '[schools]\nfile = "town.csv"\n',
    }
    for name, text in texts.items():
        (made / name).write_text(text, encoding="utf-8")
    return made


def run(*words: object) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, ["patrol", *map(str, words)])


@pytest.fixture(scope="module")
def planned(folder: Path) -> Result:
    return run("plan", folder / "study.toml")


@pytest.fixture(scope="module")
def out(folder: Path, planned: Result) -> Path:
    """The folder beside the study that a run writes to if none is given."""
    assert planned.exit_code == 0, planned.output
    return folder / "zoning-patrol-restricted"


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_plan_is_told_and_written(out: Path, planned: Result) -> None:
    assert {path.name for path in out.iterdir()} == {*FILES, *PLAN_TABLES}
    text = planned.stdout
    assert text.startswith(RESTRICTED_MARK)
    for told in (
        *("arrival: an officer is there at 4 of 4", "dismissal: an officer is there at 4 of 4"),
        *("overtime (chosen)", "second shift: 3 officers", "zone by zone: 4 of 4 arrivals"),
        *("the presences of 2 of 2 officers", "Straight-line estimate, no streets were used"),
    ):
        assert told in text
    for name in (*FILES, *PLAN_TABLES):
        assert name in text
    presences = read(out / "presences.csv")
    assert len(presences) == 9
    assert {row["met"] for row in presences} == {"true"}
    assert "Straight-line estimate" in (out / "sheets.html").read_text(encoding="utf-8")


def test_the_timetable_of_a_plan_keeps_every_rule_when_it_is_checked(
    folder: Path, out: Path
) -> None:
    result = run("check", folder / "study.toml", "--timetable", out / "visits.csv", "--strict-exit")
    assert result.exit_code == 0, result.output
    assert "2 officers: the timetable keeps every rule" in result.stdout
    assert "arrival: 4 of 4 presences" in result.stdout


def test_a_timetable_without_drives_breaks_the_rules(folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "own.csv"
    table.write_text(
        "officer,school,arrive,leave\n"
        "North,Ash High,7:30,8:00\nNorth,Cedar Elementary,8:00,9:00\nNorth,Birch Middle,9:00,9:30\n"
    )
    words = ("check", folder / "study.toml", "--timetable", table)
    told = run(*words)
    assert told.exit_code == 0
    assert "Cedar Elementary" in told.stdout
    assert "keeps every rule" not in told.stdout
    assert run(*words, "--strict-exit").exit_code == 4


def test_files_are_replaced_only_if_asked_and_come_out_the_same(folder: Path, out: Path) -> None:
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    refused = run("plan", folder / "study.toml")
    assert refused.exit_code == 1
    assert "--force" in refused.output
    assert run("plan", folder / "study.toml", "--force").exit_code == 0
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_a_half_day_has_its_own_bells(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    words = ("plan", "study.toml", *CALENDAR_WORDS, "--out", tmp_path / "half")
    made = run(*words, "--date", "2026-12-01")
    assert made.exit_code == 0, made.output
    bells = {row["bell"] for row in read(tmp_path / "half" / "presences.csv") if row["bell"]}
    assert bells == {"07:40", "09:05", "11:20", "12:45"}
    assert {row["day"] for row in read(tmp_path / "half" / "visits.csv")} == {"2026-12-01"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("bare.toml",), ("there is no plan to look at", "--plan FILE")),
        (
            ("study.toml", "--set", "patrol.base=Nowhere"),
            ("the base of the patrols", "'Nowhere'"),
        ),
        (
            ("study.toml", "--set", "patrol.wishes=wishes.csv"),
            ("2 faults", "row 3: school 'Nowhere'", "row 4: visits '2.5'"),
        ),
        (
            ("study.toml", "--date", "2026-11-30"),
            ("the study has no school calendar", "[calendar]"),
        ),
        (
            ("study.toml", "--date", "2026-12-02", *CALENDAR_WORDS),
            ("2026-12-02 is a day off", "The nearest school days are Tue 2026-12-01"),
        ),
        (("study.toml", "--date", "tomorrow"), ("tomorrow",)),
    ],
)
def test_bad_input_is_named_and_nothing_is_written(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    told: tuple[str, ...],
) -> None:
    monkeypatch.chdir(folder)  # a file on the command line is found from where one works
    result = run("plan", *words, "--out", tmp_path / "out")
    assert result.exit_code == 2, result.output
    for part in told:
        assert part in result.output
    assert not (tmp_path / "out").exists()
