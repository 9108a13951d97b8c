"""A term of patrol days on the command line: drawn, checked, covered and told."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner, Result

from zoning.cli import app
from zoning.cli.screen import Screen

pytestmark = pytest.mark.slow

SCHOOLS = """School,Level,Latitude,Longitude,Start Time,End Time
Ash High,High,38.05,-85.70,7:40 AM,2:20 PM
Birch Middle,Middle,38.06,-85.68,7:40 AM,2:20 PM
Cedar Elementary,Elementary,38.07,-85.69,9:05 AM,3:45 PM
Elm Elementary,Elementary,38.00,-85.69,9:05 AM,3:45 PM
Fir Elementary,Elementary,38.00,-85.67,9:05 AM,3:45 PM
Gum High,High,38.01,-85.70,7:40 AM,2:20 PM
"""
PLAN = """building_id,zone_id
Ash High,North
Birch Middle,North
Cedar Elementary,North
Elm Elementary,South
Fir Elementary,South
Gum High,South
"""
CALENDAR = """Date,Day Type,Tier,Start,End
12/1/2026,Full Day,,,
12/2/2026,Early Dismissal,,,
12/3/2026,Full Day,,,
12/4/2026,Holiday,,,
,Early Dismissal,All,,12:20 PM
"""
STUDY = """[schools]
file = "town.csv"
columns = { school_id = "School", name = "School" }
[plan]
file = "plan.csv"
[calendar]
file = "term.csv"
[patrol]
key = "../keys/days.key"
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("district") / "town"
    made.mkdir()
    texts = {"town.csv": SCHOOLS, "plan.csv": PLAN, "term.csv": CALENDAR, "study.toml": STUDY}
    for name, text in texts.items():
        (made / name).write_text(text, encoding="utf-8")
    return made / "study.toml"


def run(*words: object) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, ["patrol", *map(str, words)])


@pytest.fixture(scope="module")
def term(study: Path) -> Result:
    return run("term", study)


@pytest.fixture(scope="module")
def visits(study: Path, term: Result) -> Path:
    """The timetable of the term, in the folder that terms have beside the study."""
    assert term.exit_code == 0, term.output
    return study.parent / "zoning-term-restricted" / "visits.csv"


def test_a_term_says_where_its_key_is_and_what_is_not_written(study: Path, term: Result) -> None:
    text = " ".join(term.stdout.split())
    key = study.parent / "../keys/days.key"
    assert key.exists()
    for told in (
        "3 school days, 2026-12-01 to 2026-12-03: ",
        "while it is open a school is without a visit for",
        "Straight-line estimate, no streets were used",
        "days.key (",
        "The key was made now.",
        "No calendar files (.ics)",
        "sheets_2026-12-0*.html a sheet for each officer, to print (3 files)",
    ):
        assert told in text
    assert "The key was made now." not in run("term", study, "--force").stdout


def test_each_day_of_a_term_keeps_the_rules(study: Path, visits: Path) -> None:
    several = run("check", study, "--timetable", visits)
    assert several.exit_code == 2
    assert "the timetables of 3 days, 2026-12-01 to 2026-12-03" in several.output
    for day in ("2026-12-01", "2026-12-02", "2026-12-03"):
        result = run("check", study, "--timetable", visits, "--date", day, "--strict-exit")
        assert result.exit_code == 0, result.output


def test_an_absence_changes_the_day_that_was_handed_out(study: Path, visits: Path) -> None:
    words = ("--away", "South", "--date", "2026-12-01", "--timetable", visits)
    result = run("absent", study, *words)
    assert result.exit_code == 0, result.output
    assert "North takes over Elm Elementary, Fir Elementary, Gum High." in result.stdout
    with visits.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["day"] == "2026-12-01"]
    met = sum("arrival" in row["present_for"] for row in rows)
    assert f"at arrival ({met} before)" in result.stdout


def test_a_plan_and_a_term_have_folders_of_their_own(study: Path, visits: Path) -> None:
    planned = run("plan", study)
    assert planned.exit_code == 0, planned.output
    assert visits.exists()


def test_a_date_in_another_form_is_named_as_none(study: Path) -> None:
    result = run("plan", study, "--date", "12/1/2026")
    assert result.exit_code == 2
    assert "'12/1/2026' is not a date; write it as 2026-11-30" in result.output


def test_a_time_zone_is_checked_before_days_are_planned(study: Path, tmp_path: Path) -> None:
    words = ("--set", "calendar.time_zone=Eastern", "--out", tmp_path / "term")
    result = run("term", study, *words)
    assert result.exit_code == 2
    assert "'Eastern' is not a time zone" in result.output
    assert "The days" not in result.stdout


def test_what_a_timetable_leaves_out_is_a_notice(study: Path, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (
        ["Coverage of the week"],
        [],
        ["Officer", "School", "Arrive", "Leave"],
        ["North", "Ash High", "7:25 AM", "7:55 AM"],
        ["South", "Gum High", "7:25 AM", "7:55 AM"],
    ):
        book.active.append(row)
    book.save(tmp_path / "own.xlsx")
    result = run("check", study, "--timetable", tmp_path / "own.xlsx")
    assert "- own.xlsx: 1 line above the names of the columns left out" in result.stdout
    assert "DistrictNotice" not in result.output


def test_files_of_one_meaning_share_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    names = ["visits.csv", *(f"officer_Zone_{k}.ics" for k in range(1, 31))]
    Screen().files(
        [Path("out") / name for name in names],
        lambda name: "for a calendar program" if name.endswith(".ics") else "every stop",
    )
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:] == [
        "  visits.csv          every stop",
        "  officer_Zone_*.ics  for a calendar program (30 files)",
    ]
