"""The tables of the roster: how they are read, and every fault of all of them at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from zoning.errors import OptionError, RecordError
from zoning.records import Access, read_records
from zoning.roster import (
    CLASSES,
    OFFICERS,
    TRAINING,
    TrainingRules,
    posts_of_zones,
    read_roster,
)
from zoning.settings import read_settings

ON = date(2026, 11, 30)
OFFICER_ROWS = pd.DataFrame(
    {
        "officer_id": ["007", "8"],
        "employment": ["Contract with an agency", "secondary employment"],
        "hired": ["8/3/2026", None],
        "extension_until": ["2026-03-01; 2027-02-01", None],
        "post": ["North", None],
    }
)


def test_files_sheets_and_data_frames_are_read_alike(tmp_path: Path) -> None:
    read = read_roster(OFFICER_ROWS).officers
    OFFICER_ROWS.to_csv(tmp_path / "officers.csv", index=False)
    with pd.ExcelWriter(tmp_path / "staff.xlsx") as book:
        OFFICER_ROWS.assign(hired=[pd.Timestamp("2026-08-03"), None]).to_excel(
            book, sheet_name="Officers", index=False
        )
    assert read.index.tolist() == ["007", "8"]
    assert read.loc["007", ["employment", "hired", "extension_until", "post"]].tolist() == [
        "agency contract",
        date(2026, 8, 3),
        (date(2026, 3, 1), date(2027, 2, 1)),
        "North",
    ]
    assert read.loc["8", ["employment", "hired", "extension_until", "post"]].tolist() == [
        "state police",
        None,
        (),
        None,
    ]
    for source in (tmp_path / "officers.csv", f"{tmp_path / 'staff.xlsx'}#Officers"):
        pd.testing.assert_frame_equal(read, read_roster(source).officers)


def test_the_faults_of_all_tables_are_named_at_once(tmp_path: Path) -> None:
    texts = {
        "officers": "officer_id,employment,hired,left,certified_until,extension_until,post\n"
        "1,board,2026-08-03,2026-08-01,,,North\n"
        "2,volunteer,,,31.12.2026,,Nort\n"
        "3,board,2024-01-01,2026-10-01,,2026-08-01,\n"
        "3,board,,,,,\n",
        "training": "officer_id,date,hours,programme,topic\n"
        "1,2026-12-01,8,state,Law\n"
        "1,2026-09-01,-8,state,Law\n"
        "1,2026-09-02,25,federal,Law\n"
        "4,2026-09-02,8,state,Lore\n"
        "1,2026-09-03,16,state,Law\n"
        "1,2026-09-03,9,district,\n",
        "absences": "officer_id,first,last,kind\n"
        "1,2026-09-10,2026-09-11,sick\n"
        "1,2026-09-11,2026-09-12,leave\n"
        "2,2026-09-11,2026-09-10,nap\n"
        "1,11/31/2026,,sick\n",
        "classes": "class_id,dates,hours,programme,topic,size\nS1,2027-01-05,25,state,Law,0\n",
        "topics": "programme,topic\nstate,Law\nstate,Law\n",
        "posts": "post_id,building_ids,weight\nNorth,A,\nNorth,B,6.5\n",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    files = {name: tmp_path / f"{name}.csv" for name in texts}
    with pytest.raises(RecordError) as raised:
        read_roster(**files, on=ON)
    faults = "\n".join(raised.value.faults).replace(f"{tmp_path}/", "")
    for line in (
        "row 2: left '2026-08-01' is before hired '2026-08-03'",
        "row 3: employment 'volunteer' is none of agency contract, state police, board",
        "row 3: certified_until '31.12.2026' is not a date: write 2026-09-18 or 9/18/2026",
        "row 4: extension_until '2026-08-01' is 213 days after the deadline '2025-12-31'; at most "
        "180 are allowed",
        "row 5: officer_id '3' is also in row 4",
        "row 2: date '2026-12-01' is in the future, seen on 2026-11-30: planned training "
        "is a row of classes",
        "row 3: hours '-8' is below 0",
        "row 4: programme 'federal' is none of state, district",
        "row 5: officer_id '4' is no officer of the table of officers",
        "row 7: with the rows before, officer '1' has 25 hours on 2026-09-03: a day has 24",
        "row 3: officer '1' is away from 2026-09-11 to 2026-09-12, and in another row from "
        "2026-09-10 to 2026-09-11",
        "row 4: kind 'nap' is none of leave, sick, training, other",
        "row 5: first '11/31/2026' is not a date",
        "row 2: size '0' is below 1",
        "row 3: programme 'state', topic 'Law' is also in row 2",
        "row 3: post_id 'North' is also in row 2",
        "row 3: weight '6.5' is no whole number",
    ):
        assert line in faults
    assert all(f"{name}.csv has faults" in faults for name in texts)
    assert OFFICERS.one_row in raised.value.remedy
    assert TRAINING.one_row in raised.value.remedy


def _officers(**columns: list[object]) -> pd.DataFrame:
    return pd.DataFrame({"officer_id": ["1", "2"], "employment": "board", **columns})


@pytest.mark.parametrize(
    ("tables", "fault"),
    [
        (
            {"training": {"officer_id": ["1"], "date": ["2026-01-05"], "hours": [8]}},
            "row 1: training on 2026-01-05 is before officer '1' was hired on 2026-08-03",
        ),
        (
            {"training": {"officer_id": ["2"], "date": ["2026-07-01"], "hours": [8]}},
            "row 1: training on 2026-07-01 is after officer '2' left on 2026-06-30",
        ),
        (
            {"absences": {"officer_id": ["2"], "first": ["2026-06-29"], "last": ["2026-07-01"]}},
            "row 1: absence on 2026-07-01 is after officer '2' left on 2026-06-30",
        ),
        (
            {"absences": {"officer_id": ["1"], "first": ["2026-09-02"], "last": ["2026-09-01"]}},
            "row 1: last '2026-09-01' is before first '2026-09-02'",
        ),
        (
            {"posts": {"post_id": ["South"]}},
            "row 1: post 'North' is no post: a zone of the plan, or a row of posts",
        ),
        (
            {
                "classes": {
                    "class_id": ["S1"],
                    "dates": ["2027-01-05; 2027-01-06"],
                    "hours": [49],
                    "programme": ["state"],
                }
            },
            "row 1: hours 49 are more than 2 days can have",
        ),
        (
            {"training": {"officer_id": ["1"], "date": ["2026-09-04"], "hours": [40]}},
            "row 1: hours 40 are more than 1 day can have: of a course of several days give "
            "began, the first",
        ),
        (
            {
                "training": {
                    **{"officer_id": ["1"], "date": ["2026-09-04"], "hours": [130]},
                    "began": ["2026-08-31"],
                }
            },
            "row 1: hours 130 are more than 5 days can have",
        ),
        (
            {
                "training": {
                    **{"officer_id": ["1"], "date": ["2026-09-04"], "hours": [40]},
                    "began": ["2026-09-05"],
                }
            },
            "row 1: date '2026-09-04' is before began '2026-09-05'",
        ),
        (
            {
                "training": {
                    **{"officer_id": ["1"], "date": ["2026-08-07"], "hours": [40]},
                    "began": ["2026-08-01"],
                }
            },
            "row 1: training on 2026-08-01 is before officer '1' was hired on 2026-08-03",
        ),
        (
            {
                "topics": {"programme": ["state"], "topic": ["First aid"]},
                "training": {
                    **{"officer_id": ["1"], "date": ["2026-08-05"], "hours": [8]},
                    "topic": ["First ait"],
                },
            },
            "row 1: topic 'First ait' is none of the state topics (did you mean First aid?)",
        ),
    ],
)
def test_tables_are_checked_against_one_another(
    tables: dict[str, dict[str, list[object]]], fault: str
) -> None:
    officers = _officers(
        hired=["2026-08-03", None], left=[None, "2026-06-30"], post=["North", None]
    )
    frames = {name: pd.DataFrame(rows) for name, rows in tables.items()}
    if "training" in frames:
        frames["training"] = frames["training"].assign(programme="state")
    with pytest.raises(RecordError) as raised:
        read_roster(officers, **frames)
    assert raised.value.faults == (fault,)


def test_training_of_today_is_no_fault() -> None:
    training = pd.DataFrame(
        {"officer_id": ["1"], "date": [str(ON)], "hours": [8], "programme": ["state"]}
    )
    assert len(read_roster(_officers(), training=training, on=ON).training) == 1


def test_a_year_with_a_digit_too_many_is_no_date() -> None:
    with pytest.raises(RecordError, match=r"hired '9/18/20267' is not a date"):
        read_roster(_officers(hired=["9/18/20267", None]))
    with pytest.raises(RecordError, match=r"hired '1026-09-18' is before 1900"):
        read_roster(_officers(hired=["1026-09-18", None]))
    never = ["9999-12-31", None]
    roster = read_roster(_officers(left=never, certified_until=never))
    assert roster.availability([ON]).may_stand.all()
    assert roster.due(ON) == []


def test_unknown_officers_are_found_although_the_officers_have_faults() -> None:
    absences = pd.DataFrame({"officer_id": ["3", "2"], "first": ["2026-09-01"] * 2})
    with pytest.raises(RecordError) as raised:
        read_roster(_officers(hired=["soon", None]), absences=absences)
    assert "officer_id '3' is no officer" in str(raised.value)
    assert "officer_id '2'" not in str(raised.value)


def test_nothing_about_officers_is_public() -> None:
    read = read_records(OFFICER_ROWS, OFFICERS)
    assert list(read.visible()) == []
    assert "post" not in read.visible(Access.PERSONNEL)
    assert {one.access for one in (*TRAINING.columns, *CLASSES.columns)} == {
        Access.PERSONNEL,
        Access.SECURITY,
    }


def test_a_plan_of_zones_gives_a_post_for_each() -> None:
    plan = pd.DataFrame(
        {"zone_id": ["North", "South", "North"], "kind": ["patrol", "dedicated", "patrol"]},
        index=["B", "E", "A"],
    )
    assert posts_of_zones(plan).to_dict("records") == [
        {"post_id": "North", "zone_id": "North", "building_ids": ("A", "B"), "kind": "patrol"},
        {"post_id": "South", "zone_id": "South", "building_ids": ("E",), "kind": "dedicated"},
    ]
    several = posts_of_zones(plan.assign(zone_officers=[1, 2, 1]))
    assert several["post_id"].tolist() == ["North", "South", "South (officer 2)"]
    assert posts_of_zones(plan.assign(zone_officers=[1, 0, 1]))["post_id"].tolist() == ["North"]
    roster = read_roster(_officers(post=["North", "South"]), posts=posts_of_zones(plan))
    assert roster.posts["building_ids"].tolist() == [("A", "B"), ("E",)]


def test_rules_that_make_no_sense_are_refused() -> None:
    with pytest.raises(OptionError, match=r"deadline \(2, 29\) is not the month and day of every"):
        TrainingRules(deadline=(2, 29))
    with pytest.raises(OptionError, match="state_hours -1"):
        TrainingRules(state_hours=-1)
    made, faults = read_settings(TrainingRules, {"deadline": "02-29", "district_deadline": "06-30"})
    assert made is None
    assert "is no day of every year" in str(faults[0])
