"""Supports beside officers, students in records, duties, and the files of the data review."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from helpers.map_towns import ATTACKS
from helpers.programme_towns import ON, events, town
from typer.testing import CliRunner, Result

from zoning.cli import app
from zoning.disclosure.audit import Verdict, audit
from zoning.disclosure.programme import public_data
from zoning.due import due_table
from zoning.editions import RECORDS_MARK, Edition
from zoning.errors import RecordError, StudyError
from zoning.programme.before_after import read_comparisons
from zoning.programme.data_review import DataReview, DataSettings, read_data_review
from zoning.programme.event_records import read_programme_records
from zoning.programme.goals import read_goals
from zoning.programme.periods import Period
from zoning.programme.supports import (
    read_supports,
    records_by_group,
    supports_by_building,
    supports_by_group,
)
from zoning.programme.time_use import read_time_use
from zoning.reports.programme.data_review import (
    DATA_FILES,
    PAGE,
    data_files_of,
    data_review_files,
)
from zoning.staffing import StaffingComparison
from zoning.staffing.equity import exposure_by_group
from zoning.study import read_study

YEARS = "2024-07-01,2025-06-30,2025-07-01,2026-06-30"


@pytest.fixture(scope="module")
def schools() -> gpd.GeoDataFrame:
    return town().schools


def _frame(columns: str, *rows: str) -> pd.DataFrame:
    return pd.DataFrame([row.split(",") for row in rows], columns=columns.split(","))


SUPPORTS = _frame("building,role,fte", "s0,School Counselor,2", "s1,counselor,1", "s1,nurse,0.5")


def test_supports_of_each_building_beside_what_is_recommended(schools: gpd.GeoDataFrame) -> None:
    table = supports_by_building(schools, read_supports(SUPPORTS, schools))
    assert table.loc["s0", ["students", "counsellor", "students_per_counsellor"]].tolist() == [
        *(400, 2, 200)
    ]
    assert table.loc["s1", "nurse"] == 0.5
    assert table.loc["s2", "students_per_counsellor"] == math.inf


def test_faults_of_supports_come_at_once(schools: gpd.GeoDataFrame) -> None:
    bad = _frame("building,role,fte", "s0,cook,2", "s99,nurse,1", "s0,nurse,-1", "s1,nurse,")
    with pytest.raises(RecordError) as caught:
        read_supports(pd.concat([bad, SUPPORTS, SUPPORTS[:1]]), schools)
    said = str(caught.value)
    for part in (
        "role 'cook' is none of counsellor",
        "building 's99'",
        "fte '-1' is below 0",
        "fte is empty",
        "building 's0', role 'counsellor' is also in",
    ):
        assert part in said


def test_a_student_of_a_group_has_the_figure_of_the_own_building(
    schools: gpd.GeoDataFrame,
) -> None:
    """By hand: Black students are 160 at s0 and 45 at s1; 2 of 400 and 1 of 450 are 5 and 2.2."""
    supports = read_supports(SUPPORTS, schools)
    table = supports_by_group(schools[:2], supports)
    row = table.loc[("Black", "counsellor per 1,000 students")]
    assert row["value"] == pytest.approx((160 * 5 + 45 * 1000 / 450) / 205)
    # Draws of two buildings are one twice or both: the ends are those of the buildings.
    assert row[["low", "high"]].tolist() == pytest.approx([1000 / 450, 5.0])


def test_exposure_stands_beside_supports_as_equity_has_it(compared: StaffingComparison) -> None:
    outcome = compared.outcomes[1]
    assert outcome.schedule is not None
    assert outcome.response is not None
    theirs = compared.district.schools
    supports = read_supports(SUPPORTS, theirs)
    table = supports_by_group(
        theirs, supports, schedule=outcome.schedule, response=outcome.response
    )
    exact = exposure_by_group(theirs, outcome.schedule, outcome.response)
    for group, row in exact.iterrows():
        for figure in ("officer_minutes", "mean_response_s"):
            ours = table.loc[(group, figure)]
            assert ours["value"] == pytest.approx(row[figure])
            assert ours["low"] <= ours["value"] <= ours["high"]


def test_students_in_records_by_group(schools: gpd.GeoDataFrame) -> None:
    records = read_programme_records(events(), schools, on=ON)
    year = Period(first=date(2025, 7, 1), last=date(2026, 6, 30))
    table = records_by_group(records, schools, kind="incident", period=year)
    # 61 records of two students, of whom the odd ones have a Black one; 1,295 are enrolled.
    assert table.loc["All students", "students"] == 122
    assert table.loc["Black", ["enrolled", "students"]].tolist() == [1295, 30]
    assert table.loc["Black", "per_1000"] == pytest.approx(30 / 1.295)
    assert "Hispanic" not in table.index


def test_duties_of_the_programme_data(schools: gpd.GeoDataFrame) -> None:
    records = read_programme_records(
        _frame(
            "kind,id,building,occurred,reported",
            "incident,7,s1,2026-09-01,",
            "incident,8,s1,2026-09-14,",
            "incident,9,s1,2026-09-01,2026-09-10",
            "audit,,s0,2024-02-29,",
            "audit,,s1,2026-09-01,",
        ),
        schools,
        on=ON,
    )
    goals = read_goals(
        _frame(
            "goal_id,goal,measure,value,target,direction,source,review_on,publish",
            "a,feel safe,given,1,1,at least,a survey,2026-10-01,yes",
            "b,feel well,given,1,1,at least,a survey,2027-10-01,no",
        ),
        on=ON,
    )
    settings = DataSettings(report_within_days={"incident": 3}, audit_every_months=12)
    review = DataReview(settings=settings, schools=schools, on=ON, records=records, goals=goals)
    table = due_table(review.due_items(), ON)
    found = {(row["of"], row["duty"]): row for row in table.to_dict("records")}
    late = found["s1", "report of incident 7 of 2026-09-01"]
    assert (late["due"], late["state"], late["restricted"]) == (date(2026, 9, 4), "overdue", True)
    assert found["s1", "report of incident 8 of 2026-09-14"]["state"] == "due now"
    # A year after a leap day is the last day of February.
    assert found["s0", "safety audit, the last was on 2024-02-29"]["due"] == date(2025, 2, 28)
    assert found["s2", "safety audit, none in the records"]["due"] == ON
    goal = found["", "review of goal a: feel safe"]
    assert (goal["state"], goal["restricted"]) == ("due now", False)
    assert found["", "review of goal b: feel well"]["state"] == "later"
    assert len(table) == 2 + 9 + 2


def test_all_faults_of_all_files_come_at_once(schools: gpd.GeoDataFrame, tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("kind,occurred\nincident,someday\n", encoding="utf-8")
    (tmp_path / "h.csv").write_text("officer,date,role,hours\no,x,law,1\n", encoding="utf-8")
    (tmp_path / "s.csv").write_text("building,role,fte\ns0,cook,1\n", encoding="utf-8")
    settings = DataSettings(
        records=(Path("r.csv"),), hours=Path("h.csv"), supports=Path("s.csv"), goals=Path("g.csv")
    )
    with pytest.raises(RecordError) as caught:
        read_data_review(settings, schools, on=ON, file=lambda path: tmp_path / path)
    for part in ("occurred 'someday'", "date 'x'", "role 'cook'", "g.csv"):
        assert part in str(caught.value)


def test_a_table_without_rows_gives_tables_without_rows(schools: gpd.GeoDataFrame) -> None:
    records = read_programme_records(pd.DataFrame({"kind": [], "occurred": []}), schools, on=ON)
    review = DataReview(settings=DataSettings(), schools=schools, on=ON, records=records)
    assert all(table.empty for table in review.tables.values())
    for view in (review, public_data(review)):
        assert PAGE in data_review_files(view, district="Town")
    assert review.due_items() == []


def _hostile(names: tuple[str, ...] | None) -> DataReview:
    """A review whose every text is an attack."""
    district = town(names)
    texts = names or ("plain",) * 9
    table = events()
    table["category"] = [texts[k % 9] for k in range(len(table))]
    table["id"] = [f"{k}{texts[k % 9]}" for k in range(len(table))]
    records = read_programme_records(table, district.schools, on=ON)
    goals = read_goals(
        pd.DataFrame(
            {
                "goal_id": texts,
                "goal": texts,
                "measure": "given",
                "value": 0.5,
                "target": 0.4,
                "direction": "at least",
                "source": texts,
                "owner": texts,
                "publish": "yes",
            }
        ).drop_duplicates("goal_id"),
        on=ON,
    )
    hours = pd.DataFrame({"officer": texts, "date": "2026-09-01", "role": "law", "hours": 2})
    comparisons = _frame(
        "comparison_id,kind,before_first,before_last,after_first,after_last,before_exposure,"
        "after_exposure,publish",
        f"x,incident,{YEARS},1,1,yes",
    ).assign(exposure_unit=texts[3], comparison_id=texts[1])
    return DataReview(
        settings=DataSettings(discipline=texts),
        schools=district.schools,
        on=ON,
        records=records,
        goals=goals,
        hours=read_time_use(hours.drop_duplicates("officer"), on=ON),
        comparisons=read_comparisons(comparisons, on=ON),
        supports=read_supports(SUPPORTS, district.schools),
    )


def test_the_files_of_both_editions() -> None:
    review = _hostile(None)
    public = data_review_files(public_data(review), district="Nine Schools")
    restricted = data_review_files(review, district="Nine Schools")
    every = dict.fromkeys(("goals", "hours", "supports", "comparisons"), Path("x.csv"))
    given = DataSettings(records=(Path("r.csv"),), **every)  # type: ignore[arg-type]
    assert set(public) == set(data_files_of(Edition.PUBLIC, given))
    assert set(restricted) == set(data_files_of(Edition.RESTRICTED, given)) == set(DATA_FILES)
    alone = DataSettings(comparisons=Path("c.csv"))  # nothing to compare without records
    assert data_files_of(Edition.RESTRICTED, alone) == (PAGE,)
    assert data_files_of(Edition.PUBLIC, DataSettings()) == ()
    mark = RECORDS_MARK.encode()
    assert mark in restricted[PAGE]
    assert mark not in public[PAGE]
    for name, content in restricted.items():
        if name != PAGE:
            assert all(line.endswith(b"restricted") for line in content.splitlines()[1:])
    assert public == data_review_files(public_data(_hostile(None)), district="Nine Schools")


def test_the_audit_knows_tables_of_records_without_their_mark(tmp_path: Path) -> None:
    review = _hostile(None)
    public = data_review_files(public_data(review), district="Nine Schools")
    for name, content in data_review_files(review, district="Nine Schools").items():
        path = tmp_path / name
        if name in public:
            path.write_bytes(public[name])
            assert audit(path).verdict is Verdict.PUBLIC, name
            continue
        bare = content.replace(b",restricted\n", b"\n").replace(b",edition\n", b"\n")
        path.write_bytes(bare)
        if bare.count(b"\n") > 1:  # else there is nothing in the table
            assert audit(path).verdict is Verdict.HINT, name


TOWN = """school_id,name,level,latitude,longitude,enrollment,bell_start,bell_end
A,Ash High,high,38.05,-85.70,900,07:40,14:20
B,Birch Middle,middle,38.05,-85.68,500,07:40,14:20
C,Cedar Elementary,elementary,38.06,-85.69,300,09:05,15:45
"""
STUDY = """
[schools]
file = "town.csv"
[district]
name = "Town"
[programme]
records = "records.csv"
goals = "goals.csv"
report_within_days = { incident = 2 }
time_wish = { educator = 30 }
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    goals = (
        "goal_id,goal,measure,of,since,until,exposure,exposure_unit,direction,target,publish\n"
        "a,fewer,rate,incident,2025-07-01,2026-06-30,10,months,at most,9,yes\n"
        "b,none of it,rate,incident,2025-09-01,2025-09-30,1,month,at most,9,yes\n"
    )
    rows = "".join(f"incident,{k},A,2025-09-{k:02d},\n" for k in range(1, 13))
    files = {
        "town.csv": TOWN,
        "study.toml": STUDY,
        "goals.csv": goals,
        "records.csv": f"kind,id,building,occurred,reported\n{rows}",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / "study.toml"


def _run(*words: object) -> Result:
    return CliRunner(env={"COLUMNS": "300"}).invoke(app, list(map(str, words)))


def test_a_study_reports_its_data_in_both_editions(study: Path) -> None:
    folder = study.parent
    words = ("staff", "report", study, "--on", "2026-09-15", "--out")
    done = _run(*words, folder / "p")
    assert done.exit_code == 0, done.output
    counts = (folder / "p" / "programme.csv").read_text(encoding="utf-8")
    assert "incident,2025-07-01 to 2026-06-30,all,all,12" in counts
    assert not (folder / "p" / "lateness.csv").exists()
    board = (folder / "p" / "board_report.html").read_text(encoding="utf-8")
    assert "fewer" in board
    assert "none of it" not in board  # a month is no term
    done = _run(*words, folder / "r", "--edition", "restricted")
    assert done.exit_code == 0, done.output
    assert "12,0,,,2,12,1" in (folder / "r" / "lateness.csv").read_text(encoding="utf-8")
    assert "none of it" in (folder / "r" / "board_report.html").read_text(encoding="utf-8")
    due = _run("due", study, "--on", "2026-09-15", "--out", folder / "d")
    assert "report of incident 7 of 2025-09-07" in due.output


@pytest.mark.parametrize("edition", ["public", "restricted"])
def test_officers_of_the_plan_stand_beside_supports(study: Path, edition: str) -> None:
    more = '[plan]\nfile = "plan.csv"\n'
    study.write_text(
        STUDY.replace("[programme]\n", '[programme]\nsupports = "s.csv"\n') + more, encoding="utf-8"
    )
    for name, text in {
        "plan.csv": "building_id,zone_id,kind\nA,1,patrol\nB,1,patrol\nC,1,patrol\n",
        "s.csv": "building,role,fte\nA,counselor,2\n",
    }.items():
        (study.parent / name).write_text(text, encoding="utf-8")
    words = ("--on", "2026-09-15", "--out", study.parent / "e", "--edition", edition)
    done = _run("staff", "report", study, *words)
    assert done.exit_code == 0, done.output
    table = pd.read_csv(study.parent / "e" / "supports_by_group.csv").set_index("figure")
    assert table.loc["counsellor per 1,000 students", "value"] == pytest.approx(2000 / 1700)
    response = table.loc["mean_response_s"]
    if edition == "public":  # of three buildings, each one's response could be worked out
        assert math.isnan(response["value"])
        assert "withheld" in str(response["withheld"])
        assert "officer_minutes" not in table.index
    else:
        assert response["low"] < response["value"] < response["high"]
        assert table.loc["officer_minutes", "value"] > 0


def test_a_study_names_all_faults_of_its_data(study: Path) -> None:
    text = STUDY.replace("incident = 2", "incidents = 2").replace("educator = 30", "educator = 130")
    study.write_text(text, encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        read_study(study)
    assert "which is none of incident" in str(caught.value)
    assert "which is not from 0 to 100 percent" in str(caught.value)
    study.write_text(STUDY, encoding="utf-8")
    (study.parent / "goals.csv").write_text("goal_id\n1\n", encoding="utf-8")
    (study.parent / "records.csv").write_text("kind,occurred\nincident,x\n", encoding="utf-8")
    done = _run("due", study, "--on", "2026-09-15", "--out", study.parent / "d")
    assert done.exit_code != 0
    assert "occurred 'x' is not a date" in done.output
    assert "goals.csv" in done.output


@pytest.mark.slow
def test_hostile_text_is_shown_as_typed(browser: Any, tmp_path: Path) -> None:
    review = _hostile(ATTACKS)
    for view in (review, public_data(review)):
        files = data_review_files(view, district=ATTACKS[3])
        for name, content in files.items():
            if name != PAGE:
                cells = [c for line in content.decode().splitlines() for c in line.split(",")]
                assert not any(cell.strip('"').startswith(("=", "+", "-1+", "@")) for cell in cells)
        path = tmp_path / "page.html"
        path.write_bytes(files[PAGE])
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(path.as_uri())
        assert asked == [path.as_uri()]
        assert page.evaluate("window.__x") is None
        assert page.locator("script, img, iframe").count() == 0
        assert ATTACKS[3] in page.locator("body").inner_text()
        page.close()


def test_no_setting_leads_beyond_the_calendar(study: Path) -> None:
    more = "remind_days = 99999999\naudit_every_months = 99999\n"
    study.write_text(STUDY.replace("= 2 }", "= 99999999 }") + more, encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        read_study(study)
    for name in ("report_within_days", "remind_days", "audit_every_months"):
        assert name in str(caught.value)
