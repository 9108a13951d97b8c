"""The example district reads with the library's own readers, and shows what its README says."""

from __future__ import annotations

import csv
import shutil
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from zoning.cli import app
from zoning.due import DueState, due_table
from zoning.errors import RecordError
from zoning.programme.law import Standing
from zoning.reports.outputs import can_draw
from zoning.study import read_study
from zoning.study.inputs import StudyInputs

FOLDER = Path(__file__).resolve().parents[1] / "data" / "example_district"
ON = date(2026, 11, 30)


@pytest.fixture(scope="module")
def inputs() -> StudyInputs:
    return read_study(FOLDER).open(review=True)


def run(*words: str | Path, status: int = 0) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == status, result.output
    return result.output


def test_everything_in_it_says_that_it_is_invented(inputs: StudyInputs) -> None:
    assert "**Everything here is invented**" in (FOLDER / "README.md").read_text(encoding="utf-8")
    assert "(invented)" in inputs.district.name
    assert inputs.programme.roster.officers["name"].str.endswith("(invented)").all()


def test_its_schools_and_school_year(inputs: StudyInputs) -> None:
    schools = inputs.district.schools
    assert len(schools) == 17
    assert len(inputs.district.buildings) == 16
    assert (schools["level"] == "high").sum() == 4  # with the alternative school
    assert schools["bell_start"].nunique() == 3
    assert inputs.calendar is not None
    days = inputs.calendar.school_days
    assert (len(days), days[0], days[-1]) == (175, date(2026, 8, 12), date(2027, 5, 21))


def test_who_may_stand_in_a_school_on_three_dates(inputs: StudyInputs) -> None:
    """Before the deadline of the year's training, after it, and after an extension."""
    barred = {}
    for day in (ON, date(2027, 1, 4), date(2027, 3, 1)):
        found = inputs.programme.roster_on(day).deployable_on(day)
        barred[day] = list(found.index[~found["may_stand"]])
        assert ("away (sick)" in found.loc["105", "reason"]) == (day == ON)
        assert bool(found.loc["106", "flags"]) == (day > ON)
        assert found.loc["106", "may_stand"]
    assert list(barred.values()) == [
        ["108", "109"],
        ["102", "105", "109"],
        ["102", "104", "105", "109"],
    ]


def test_where_its_campuses_stand_with_the_law(inputs: StudyInputs) -> None:
    law = inputs.programme.campus_law_on(ON)
    counts = dict(law.count_planned().itertuples(index=False, name=None))
    assert counts == {Standing.OFFICER: 3, Standing.APPROVED: 10, Standing.NEITHER: 3}
    empty = inputs.programme.campus_law_on(date(2027, 1, 4)).table.loc["A02"]
    assert (empty["standing"], empty["planned"]) == (Standing.NEITHER, Standing.OFFICER)
    assert "8 of 40 hours missing" in empty["why_not"]


def test_what_is_due(inputs: StudyInputs) -> None:
    table = due_table(inputs.programme.due_on(ON), ON)
    late = table[table["state"] == "overdue"]
    assert sorted(late["of"]) == ["", "", "A24", "A29", "A30", "A40", "Superintendent"]
    assert late["duty"].str.startswith(("yearly report", "report to the board")).sum() == 2
    now = table[table["state"] == "due now"]
    assert sorted(now["of"]) == ["", "", "102", "105", "106", "A25", "A27", "Board"]


def test_its_data_show_what_the_readme_says(inputs: StudyInputs) -> None:
    found = inputs.programme.data_review_on(ON).tables
    states = found["goals"]["state"].to_dict()
    assert states == {
        "G1": "not clear",
        "G2": "met",
        "G3": "not met",
        "G4": "not clear",
        "G5": "not clear",
    }
    assert len(found["duplicates"]) > 0
    assert len(found["discipline"]) > 0


def test_its_review_is_late(inputs: StudyInputs) -> None:
    review = inputs.programme.review_on(ON)
    assert [one.step for one in review.stands(ON).overdue] == ["draft MOU"]
    (late, *others) = inputs.programme.review_due(ON)
    assert late.state(ON) is DueState.OVERDUE
    assert [one.state(ON) for one in others] == [DueState.NOW, *[DueState.LATER] * 3]
    with pytest.raises(RecordError, match="after today, 2026-10-01"):
        inputs.programme.review_on(date(2026, 10, 1))


def test_the_commands_run_on_it(tmp_path: Path) -> None:
    assert "Nothing is wrong with the study." in run("study", "check", FOLDER)
    assert "108 (Hazel (invented)): not certified" in run("staff", "check", FOLDER, "--on", ON)
    due = run("due", FOLDER, "--on", ON, "--out", tmp_path / "due")
    assert "2026-12-31, 102: state training of 2026: 8 of 40" in due
    run("staff", "report", FOLDER, "--on", ON, "--out", tmp_path / "reports")
    pages = {one.name: one.read_text("utf-8") for one in (tmp_path / "reports").glob("*.html")}
    assert "Linden Grove" not in pages["campuses.html"]  # whose approval has ended
    assert not any("Birch" in page for page in pages.values())  # an officer
    made = tmp_path / "review"
    said = run("staff", "review", FOLDER, "--on", ON, "--out", made)
    assert "Step 3 (draft MOU, due 20 November 2026) is overdue." in said
    assert {one.name for one in made.iterdir()} == {"review.html", "review.csv"}
    for one in made.iterdir():
        assert "who decides on a search" not in one.read_text(encoding="utf-8")
    hidden = tmp_path / "hidden"
    run("staff", "review", FOLDER, "--on", ON, "--out", hidden, "--edition", "restricted")
    for one in hidden.iterdir():
        assert "who decides on a search" in one.read_text(encoding="utf-8")
    run("staff", "review", FOLDER, "--on", ON, "--out", made, status=1)  # files are there
    run("staff", "review", FOLDER, "--on", ON, "--out", made, "--force")
    file = tmp_path / "new.toml"
    run("staff", "review", "--new", file)
    assert file.read_text(encoding="utf-8").count("[[steps]]") == 7
    run("staff", "review", FOLDER, "--new", file, status=2)


@pytest.mark.slow
def test_empty_posts_of_a_term_make_calls_wait(tmp_path: Path) -> None:
    term = ("--from", "2026-12-01", "--to", "2026-12-18")
    made = tmp_path / "roster"
    said = run("staff", "roster", FOLDER, "--on", ON, *term, "--response", "--out", made)
    assert "Every rule is kept" in said
    assert "s against every post filled" in said
    with (made / "response_unfilled.csv").open(encoding="utf-8", newline="") as stream:
        full, *empty = csv.DictReader(stream)
    assert (full["posts"], full["change_s"]) == ("", "0")
    assert empty
    for row in empty:  # an officer less never helps: the same calls, paired
        assert float(row["mean_s"]) > float(full["mean_s"])
        assert float(row["change_low_s"]) <= float(row["change_s"]) <= float(row["change_high_s"])
    days = sum(int(row["days"]) for row in (full, *empty))
    assert f"Expected response over {days} days" in said


@pytest.mark.slow
def test_the_page_has_the_options_of_a_comparison(tmp_path: Path) -> None:
    """Of two options; the notebook about the programme compares all of them."""
    study = shutil.copytree(FOLDER, tmp_path / "study")
    text = (study / "district.toml").read_text(encoding="utf-8")
    before, options, _ = text.partition("[[options]]")
    assert options
    two = '[[options]]\nkind = "no_officers"\n[[options]]\nkind = "zones"\n'
    (study / "district.toml").write_text(before + two, encoding="utf-8")
    compared, made = tmp_path / "compared", tmp_path / "review"
    run("compare", study, "--out", compared, "--set", "stress.run=false")
    run("staff", "review", study, "--on", ON, "--from", compared, "--out", made)
    page = (made / "review.html").read_text(encoding="utf-8")
    assert "Proposed: 3 patrol zones, 3 with their own." in page
    assert ("<figure>" in page) == can_draw()
    assert "How many school safety officers should Alder Fork County Schools" in page
    other = ("--set", "zones.number=2")
    said = run(
        "staff", "review", study, "--from", compared, "--out", tmp_path / "x", *other, status=2
    )
    assert "zones-3-3own: the study has no such option" in said
