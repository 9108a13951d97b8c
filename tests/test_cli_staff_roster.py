"""``zoning staff roster``: from tables to a checked roster, and the files it writes."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from zoning.cli import app
from zoning.cli.screen import BAD_INPUT, RULES_BROKEN
from zoning.editions import RECORDS_MARK
from zoning.errors import RecordError
from zoning.roster import read_roster
from zoning.roster.term import plan_roster
from zoning.roster.term_tables import TermSettings, read_term
from zoning.study import read_study

ON = "2026-08-01"
HOSTILE = "<script>alert(1)</script>"
TEXTS = {
    "town.csv": """school_id,name,level,latitude,longitude,enrollment,bell_start,bell_end
A,Ash High,high,38.05,-85.70,900,07:40,14:20
B,Birch Middle,middle,38.05,-85.68,500,07:40,14:20
""",
    "posts.csv": "post_id,weight,employment\nNorth,2,\n=1+1,,board\n",
    "officers.csv": "officer_id,employment,post,certified_until\n"
    f"O-1,board,North,\nO-2,board,=1+1,2026-08-18\n{HOSTILE},state police,,\n",
    "training.csv": "officer_id,date,hours,programme\n"
    + "".join(
        f"{officer},2026-03-0{day},{hours},state\n"
        for officer, last in (("O-1", 12), ("O-2", 20), (HOSTILE, 20))
        for day, hours in ((2, 20), (3, last))
    ),
    "absences.csv": "officer_id,first,last,kind\nO-1,2026-08-13,2026-08-13,leave\n"
    f"{HOSTILE},2026-08-19,,sick\n",
    "classes.csv": "class_id,dates,hours,programme,topic,size\nK,2026-08-14,8,state,,1\n",
    "duties.csv": "duty_id,date,officers\nGame,2026-08-15,2\n",
    "wishes.csv": "officer_id,date\nO-1,2026-08-15\n",
    "calendar.csv": "date,kind\n"
    + "".join(f"2026-08-{day},full\n" for day in (12, 13, 14, 17, 18, 19)),
    "study.toml": """calendar = "calendar.csv"
[schools]
file = "town.csv"
[roster]
officers = "officers.csv"
training = "training.csv"
absences = "absences.csv"
classes = "classes.csv"
posts = "posts.csv"
district_hours = 0
deadline = "08-17"
[term]
duties = "duties.csv"
wishes = "wishes.csv"
""",
    "own.csv": "date,post_id,officer_id\n2026-08-13,North,O-1\n2026-08-19,=1+1,O-2\n"
    f"2026-08-12,=1+1,{HOSTILE}\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("term")
    for name, text in TEXTS.items():
        (made / name).write_text(text, encoding="utf-8")
    return made


def run(*words: object) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, ["staff", *map(str, words)])


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_roster_is_planned_checked_and_written(folder: Path) -> None:
    out = folder / "out"
    done = run("roster", folder / "study.toml", "--on", ON, "--out", out, "--strict-exit")
    assert done.exit_code == RULES_BROKEN, done.output
    assert "11 of 12 post-days filled on 6 school days by 3 officers." in done.output
    assert "Checked: Every rule is kept; 1 post-day without an officer." in done.output
    assert "95 % interval of the mean of 20 simulated terms" in done.output
    # O-1 is on leave on the 13th and in class on the 14th. On the 19th O-2 is no longer certified
    # and the third is sick, so that O-1 alone is left, for the post that counts more.
    found = {(row["date"], row["post_id"]): row["officer_id"] for row in rows(out / "roster.csv")}
    assert found["2026-08-13", "North"] == found["2026-08-14", "North"] == HOSTILE
    unfilled = rows(out / "unfilled.csv")
    assert [(row["date"], row["post_id"]) for row in unfilled] == [("2026-08-19", "'=1+1")]
    assert "O-2 certification expired on 2026-08-18" in unfilled[0]["reason"]
    assert [row["officer_id"] for row in rows(out / "class_plan.csv")] == ["O-1"]
    # Whoever would rather not come is left at home where others can.
    assert {row["officer_id"] for row in rows(out / "duty_plan.csv")} == {"O-2", HOSTILE}
    page = (out / "roster.html").read_text(encoding="utf-8")
    assert RECORDS_MARK in page
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "Week of 2026-08-17" in page
    assert "nobody" in page


def test_an_absence_is_entered_on_the_command_line(folder: Path) -> None:
    out = folder / "absent"
    asked = ("roster", folder / "study.toml", "--on", ON, "--out", out)
    done = run(*asked, "--absent", "O-2=2026-08-12..2026-08-16")
    assert done.exit_code == 0, done.output
    changes = rows(out / "changes.csv")
    assert [(row["date"], row["id"], row["was"], row["now"]) for row in changes if row["was"]] == [
        ("2026-08-12", "'=1+1", "O-2", "O-1"),
        ("2026-08-12", "North", "O-1", HOSTILE),
        ("2026-08-13", "'=1+1", "O-2", ""),
        ("2026-08-14", "'=1+1", "O-2", ""),
        ("2026-08-15", "Game", "O-2", ""),
    ]
    assert any(row["id"] == "Game" and row["now"] == "O-1" for row in changes)
    wrong = run(*asked, "--force", "--absent", "O-9=2026-08-12")
    assert wrong.exit_code == BAD_INPUT
    assert "'O-9' is no officer of the roster" in wrong.output
    unread = run(*asked, "--force", "--absent", "O-2=tomorrow")
    assert unread.exit_code == BAD_INPUT
    assert "O-12=2026-10-05" in unread.output


def test_a_roster_of_a_planners_own_is_checked(folder: Path) -> None:
    asked = ("check", folder / "study.toml", "--on", ON, "--roster", folder / "own.csv")
    done = run(*asked, "--strict-exit")
    assert done.exit_code == RULES_BROKEN, done.output
    assert "own.csv: 3 faults" in done.output
    assert "row 2: O-1 stands at North on 2026-08-13: away (leave)" in done.output
    assert "row 3: O-2 stands at =1+1 on 2026-08-19: certification expired" in done.output
    assert "row 4: <script>alert(1)</script> may not stand at =1+1" in done.output


def test_the_roster_that_is_written_passes_the_check(folder: Path) -> None:
    out = folder / "kept"
    assert run("roster", folder / "study.toml", "--on", ON, "--out", out).exit_code == 0
    checked = run(
        *("check", folder / "study.toml", "--on", ON, "--roster", out / "roster.csv"),
        *("--class-plan", out / "class_plan.csv", "--duty-plan", out / "duty_plan.csv"),
    )
    assert "roster.csv: Every rule is kept; 1 post-day without an officer." in checked.output


def test_the_tables_of_a_term_make_its_problem(folder: Path) -> None:
    programme = read_study(folder / "study.toml").open(review=False).programme
    problem, notices = programme.term(date(2026, 8, 13), date(2026, 8, 18))
    assert [day.day for day in problem.dates] == [13, 14, 17, 18]
    assert problem.weights.tolist() == [2, 1]
    assert problem.may_fill.tolist() == [[True, True], [True, True], [True, False]]
    assert problem.home.tolist() == [0, 1, -1]
    assert [(one.officer_id, one.hours, one.due) for one in problem.needs] == [
        ("O-1", 8, date(2026, 8, 17))
    ]
    assert problem.classes[0].takes_day
    assert problem.unwanted.tolist() == [[True], [False], [False]]
    assert problem.why_away["O-1", date(2026, 8, 13)].startswith("away (leave)")
    assert notices == ()


def test_courses_are_made_where_no_class_is_offered(folder: Path) -> None:
    programme = read_study(folder / "study.toml").open(review=False).programme
    roster = replace(programme.roster, classes=programme.roster.classes.iloc[:0])
    problem, notices = read_term(roster, settings=TermSettings(class_hours=4, class_size=3))
    assert [(one.course_id, one.hours, one.size) for one in problem.courses] == [
        ("state 1", 4, 3),
        ("state 2", 4, 3),
    ]
    assert "no state class is offered: the plan places 2 courses of 4 hours" in notices[0]
    training = plan_roster(problem).training
    assert sorted(training["course_id"]) == ["state 1", "state 2"]
    assert training["date"].nunique() == 2


def test_a_topic_of_both_programmes_is_two_courses(folder: Path) -> None:
    """Whoever has to do first aid of the state and of the district takes a class of each."""
    roster = read_study(folder / "study.toml").open(review=False).programme.roster
    held = roster.classes.iloc[:1].assign(topic="First aid")
    both = pd.concat([held, held.assign(class_id="D", programme="district")], ignore_index=True)
    problem, _ = read_term(replace(roster, classes=both))
    assert [one.course_id for one in problem.classes] == ["state First aid", "district First aid"]


def test_faults_of_the_tables_of_a_term_come_together(folder: Path, tmp_path: Path) -> None:
    roster = read_study(folder / "study.toml").open(review=False).programme.roster
    (tmp_path / "duties.csv").write_text("duty_id,date,officers\nG,soon,0\n", encoding="utf-8")
    (tmp_path / "wishes.csv").write_text("officer_id,date\nO-7,2026-08-12\n", encoding="utf-8")
    with pytest.raises(RecordError) as caught:
        read_term(roster, duties=tmp_path / "duties.csv", wishes=tmp_path / "wishes.csv")
    told = str(caught.value)
    assert "date 'soon' is not a date" in told
    assert "officers '0' is below 1" in told
    assert "officer_id 'O-7' is no officer of the table of officers" in told
    with pytest.raises(RecordError, match="no school day is from 2027-01-01"):
        read_term(roster, since=date(2027, 1, 1))
    alone = read_roster(folder / "officers.csv")
    with pytest.raises(RecordError) as without:
        read_term(alone)
    assert "there is no school calendar" in str(without.value)
    assert "there are no posts" in str(without.value)
