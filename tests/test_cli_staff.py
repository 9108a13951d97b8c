"""The officers of a study: checked and their duties listed, in Python and on the command line."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from zoning.cli import app
from zoning.cli.screen import BAD_INPUT, NOT_WRITTEN, RULES_BROKEN
from zoning.editions import RECORDS_MARK
from zoning.errors import RecordError, StudyError
from zoning.study import read_study

ON = "2027-01-01"
TEXTS = {
    "town.csv": """school_id,name,level,latitude,longitude,enrollment,bell_start,bell_end
A,Ash High,high,38.05,-85.70,900,07:40,14:20
B,Birch Middle,middle,38.05,-85.68,500,07:40,14:20
C,Cedar Elementary,elementary,38.06,-85.69,300,09:05,15:45
E,Elm Elementary,elementary,37.98,-85.69,280,09:05,15:45
""",
    "plan.csv": "building_id,zone_id\nA,North\nB,North\nC,North\nE,South\n",
    "officers.csv": "officer_id,name,employment,post,certified_until,left\n"
    '=1+1,"=HYPERLINK(""http://x"",""y"")",board,North,2027-02-01,\n'
    "O-2,<script>alert(1)</script>\x1b[31m,board,South,,\n"
    "O-3,Third,state police,,,\nO-4,Gone,board,South,,2026-06-30\n",
    "training.csv": "officer_id,date,hours,programme\n"
    "=1+1,2026-03-02,24,state\n=1+1,2026-03-03,16,state\nO-2,2026-03-02,24,state\n"
    "O-3,2026-03-02,24,state\nO-3,2026-03-03,16,state\n",
    "absences.csv": "officer_id,first,last,kind\n=1+1,2026-12-31,2027-01-04,sick\n",
    "calendar.csv": "date,kind\n2026-12-30,full\n2026-12-31,full\n2027-01-04,full\n",
    "study.toml": """calendar = "calendar.csv"
[schools]
file = "town.csv"
[plan]
file = "plan.csv"
[roster]
officers = "officers.csv"
training = "training.csv"
absences = "absences.csv"
district_hours = 0
[law]
manual_complete = 2026-07-15
""",
    "short.toml": '[schools]\nfile = "town.csv"\n[roster]\nofficers = "officers.csv"\n',
    "bare.toml": '[schools]\nfile = "town.csv"\n',
    "future.toml": """roster = "officers.csv"
[schools]
file = "town.csv"
""",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("staff")
    for name, text in TEXTS.items():
        (made / name).write_text(text, encoding="utf-8")
    return made


def run(*words: object) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, ["staff", *map(str, words)])


def test_check_says_who_may_stand_in_a_school_and_why_not(folder: Path) -> None:
    done = run("check", folder / "study.toml", "--on", ON)
    assert done.exit_code == 0, done.output
    text = done.stdout
    assert text.startswith(RECORDS_MARK)
    for told in (
        "On 2027-01-01: 3 officers. May stand in a school: 2; of these not away: 1. Not employed "
        "on that day: 1.",
        "state training of 2026: 16 of 40 hours missing, due 2026-12-31",
        "away (sick), 2026-12-31 to 2027-01-04",
        "Posts without an officer of theirs - North - South Time away",
        # By hand: one of three officers sick on one of two days is 175 / 6 days a year, and so a
        # factor of 175 / (175 - 175 / 6) = 1.2.
        "since 2026-12-30: 1 of 6 officer-days away (0 leave, 1 sick, 0 other), and 0 hours",
        "29.2 sick, and 0 hours of training: relief factor 1.20",
        "of 3 officers employed all the time); the costs have 1.15",
        "state training is judged from 2026 on (5 rows of that year), by its hours alone",
    ):
        assert told in " ".join(text.split())
    assert "\x1b[31m" not in text
    assert "Gone" not in text
    strict = run("check", folder / "study.toml", "--on", ON, "--strict-exit")
    assert strict.exit_code == RULES_BROKEN
    before = run("check", folder / "study.toml", "--on", "2026-12-30", "--strict-exit")
    assert before.exit_code == 0
    assert "May stand in a school: 3; of these not away: 3." in before.stdout


def test_duties_are_printed_and_written(folder: Path) -> None:
    done = run("due", folder / "study.toml", "--on", ON)
    assert done.exit_code == 0, done.output
    assert done.stdout.index("Overdue") < done.stdout.index("Due now") < done.stdout.index("Later")
    out = folder / "zoning-staff-due-restricted"
    assert [path.name for path in out.iterdir() if path.suffix == ".csv"] == ["due.csv"]
    with (out / "due.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["due"], row["state"], row["of"]) for row in rows[:2]] == [
        ("2026-12-31", "overdue", "O-2"),
        ("2027-02-01", "due now", "'=1+1"),
    ]
    assert {row["edition"] for row in rows} == {"restricted"}
    first = (out / "due.csv").read_bytes()
    again = run("due", folder / "study.toml", "--on", ON)
    assert again.exit_code == NOT_WRITTEN
    assert run("due", folder / "study.toml", "--on", ON, "--force").exit_code == 0
    assert (out / "due.csv").read_bytes() == first


def test_no_file_of_the_roster_is_replaced(folder: Path) -> None:
    text = (folder / "absences.csv").read_bytes()
    words = ("--set", f"roster.absences={folder / 'due.csv'}")
    (folder / "due.csv").write_bytes(text)
    done = run("due", folder / "study.toml", "--on", ON, "--out", folder, "--force", *words)
    assert done.exit_code == NOT_WRITTEN
    assert (folder / "due.csv").read_bytes() == text
    (folder / "due.csv").unlink()


def test_a_study_without_officers_says_how_to_name_them(folder: Path) -> None:
    done = run("check", folder / "bare.toml", "--on", ON)
    assert done.exit_code == BAD_INPUT
    assert "[roster] officers = 'officers.csv'" in done.stderr


def test_a_table_alone_is_the_officers(folder: Path) -> None:
    done = run("check", folder / "short.toml", "--on", ON)
    assert done.exit_code == 0, done.output
    assert "state training is not judged: no table is given" in done.stdout
    assert "Posts without" not in done.stdout
    done = run("check", folder / "future.toml", "--on", ON)
    assert done.exit_code == 0, done.output


def test_faults_of_the_tables_end_a_check(folder: Path) -> None:
    done = run("check", folder / "study.toml", "--on", "2026-03-02")
    assert done.exit_code == BAD_INPUT
    assert "date '2026-03-03' is in the future, seen on 2026-03-02" in done.stderr
    missing = run("check", folder / "study.toml", "--on", ON, "--set", "roster.training=lost.csv")
    assert missing.exit_code == BAD_INPUT
    assert "there is no file" in missing.stderr


def test_a_check_of_the_study_reads_the_tables_of_the_programme(folder: Path) -> None:
    words = ("study", "check", str(folder / "study.toml"), "--set", "zones.min_size=1")
    runner = CliRunner(env={"COLUMNS": "200"})
    good = runner.invoke(app, list(words))
    assert good.exit_code == 0, good.output
    assert "programme, " in good.stdout
    assert "training.csv" in good.stdout
    (folder / "wrong.csv").write_text("officer_id,first\nO-9,2026-12-31\n", "utf-8")
    bad = runner.invoke(app, [*words, "--set", f"roster.absences={folder / 'wrong.csv'}"])
    assert bad.exit_code == BAD_INPUT
    assert "O-9" in bad.stderr
    assert "Nothing is wrong" not in bad.stdout


def test_posts_are_the_zones_of_the_plan_unless_a_table_gives_others(folder: Path) -> None:
    study = read_study(folder / "study.toml")
    programme = study.open(review=True).programme
    assert programme.roster.posts["building_ids"].tolist() == [("A", "B", "C"), ("E",)]
    assert programme.roster is programme.roster_on(None)
    assert programme.roster_on(date(2027, 1, 1)) is not programme.roster
    (folder / "posts.csv").write_text(
        "post_id,building_ids,kind\nNorth,Ash High; B,\nSouth,Elm,fixed\nEast,Oak,\n", "utf-8"
    )
    other = study.set(values=[("posts", ("roster", "posts"), str(folder / "posts.csv"))])
    with pytest.raises(RecordError, match="building_ids 'Oak' names 'Oak', which is not a school"):
        _ = other.open(review=True).programme.roster
    (folder / "posts.csv").write_text(
        "post_id,building_ids,kind\nNorth,Ash High; B,\nSouth,Elm Elementary,fixed\n", "utf-8"
    )
    posts = other.open(review=True).programme.roster.posts
    assert posts["building_ids"].tolist() == [("A", "B"), ("E",)]
    assert posts["kind"].tolist() == [None, "dedicated"]


def test_a_roster_of_a_study_without_officers_is_refused(folder: Path) -> None:
    programme = read_study(folder / "bare.toml").open().programme
    assert not programme.has_roster
    with pytest.raises(StudyError, match="no table of officers"):
        _ = programme.roster
