"""Reading what single schools wish of the patrol."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.bell_towns import school_table

from zoning.errors import ScheduleError
from zoning.patrol import WISH_COLUMNS, PatrolAssumptions, make_school_day
from zoning.patrol.wishes import read_wishes
from zoning.schools import buildings

SCHOOLS = school_table({"A": ("07:30", "14:20"), "B": ("08:40", "15:20"), "C": ("09:05", "15:45")})


def wishes(folder: Path, text: str) -> pd.DataFrame:
    (folder / "wishes.csv").write_text(text, encoding="utf-8")
    return read_wishes(folder / "wishes.csv", SCHOOLS)


def test_weights_words_visits_and_gaps_are_read(tmp_path: Path) -> None:
    table = wishes(
        tmp_path,
        "School,Arrival,Lunch,Dismissal,Visits,Longest gap minutes\n"
        "School A,2,yes,no,3,90\n"
        "B,,,0,,\n",
    )
    assert list(table.columns) == list(WISH_COLUMNS)
    assert list(table.index) == ["A", "B"]
    assert table.loc["A"].to_list() == [2, 1, 0, 3, 5400]
    assert table.loc["B", "dismissal"] == 0
    assert table.loc["B", ["arrival", "lunch", "least_visits", "longest_gap_s"]].isna().all()


def test_a_school_without_a_wish_keeps_what_holds_for_all(tmp_path: Path) -> None:
    table = wishes(tmp_path, "school,arrival,dismissal\nA,3,\nB,no,no\n")
    day = make_school_day(buildings(SCHOOLS), assumptions=PatrolAssumptions(), wishes=table)
    assert {(p.building_id, str(p.kind)): p.weight for p in day.presences} == {
        ("A", "arrival"): 3,
        ("A", "dismissal"): 1,
        ("C", "arrival"): 1,
        ("C", "dismissal"): 1,
    }


def test_every_fault_is_listed_with_its_row(tmp_path: Path) -> None:
    with pytest.raises(ScheduleError) as caught:
        wishes(
            tmp_path,
            "school,arrival,visits,longest_gap_minutes\n"
            "A,-1,2,\nNowhere,1,,\nB,often,1.5,x\nA,1,1,1\n",
        )
    text = str(caught.value)
    for told in (
        "row 2: arrival '-1' is not a whole number of 0 or more",
        "row 3: school 'Nowhere'",
        "row 4: arrival 'often'",
        "row 4: visits '1.5'",
        "row 4: longest_gap_minutes 'x'",
        "row 5: school 'A' has wishes twice",
    ):
        assert told in text
    assert "6 faults" in text


@pytest.mark.parametrize(
    "text", ["school\nA\n", "arrival\n1\n", "name,address\nA,1\n"], ids=["none", "who", "other"]
)
def test_a_table_without_a_school_or_a_wish_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ScheduleError, match="school, and arrival, lunch, dismissal"):
        wishes(tmp_path, text)


def test_a_virtual_school_has_no_building_to_visit(tmp_path: Path) -> None:
    schools = SCHOOLS.assign(program=["virtual", "resides", "resides"])
    (tmp_path / "wishes.csv").write_text("school,arrival\nA,1\n", encoding="utf-8")
    with pytest.raises(ScheduleError, match="virtual"):
        read_wishes(tmp_path / "wishes.csv", schools)


def test_two_schools_of_one_building_wish_once(tmp_path: Path) -> None:
    schools = SCHOOLS.assign(campus_id=["A", "A", "C"])
    (tmp_path / "wishes.csv").write_text("school,arrival\nA,1\nB,1\n", encoding="utf-8")
    with pytest.raises(ScheduleError, match="twice"):
        read_wishes(tmp_path / "wishes.csv", schools)


def test_columns_of_other_names_are_given(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text("site,morning\nC,yes\n", encoding="utf-8")
    table = read_wishes(
        tmp_path / "w.csv", SCHOOLS, columns={"school": "site", "arrival": "morning"}
    )
    assert table.loc["C", "arrival"] == 1
    assert np.isnan(table.loc["C", "lunch"])
