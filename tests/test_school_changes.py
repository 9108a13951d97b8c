"""Tables of changes to the schools: what opens, closes and changes, and every fault at once."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from helpers.map_towns import ATTACKS, nine_schools
from helpers.scenario_towns import changed_schools, rows

from zoning.errors import DistrictNotice, SchoolDataError
from zoning.schools import buildings, schools_from_frame
from zoning.schools.changes import (
    building_changes,
    change_schools,
    find_changes,
    read_school_changes,
    summarise_changes,
)

pytestmark = pytest.mark.filterwarnings("ignore::zoning.errors.DistrictNotice")
TODAY = nine_schools().schools


def apply(*changes: dict[str, object]) -> pd.DataFrame:
    return change_schools(pd.DataFrame(list(changes)), TODAY).schools


def faults(*changes: dict[str, object]) -> str:
    with pytest.raises(SchoolDataError) as error:
        apply(*changes)
    return str(error.value)


def test_only_what_is_given_changes() -> None:
    new = changed_schools().schools
    assert set(new.index) ^ set(TODAY.index) == {"s0", "s9"}
    assert new.enrollment["s2"] == 999
    assert new.geometry.y["s3"] - TODAY.geometry.y["s3"] == pytest.approx(0.003)
    rest = new.index.difference(["s9", "s2", "s3"])
    columns = [c for c in TODAY.columns if c != "geometry"]
    pd.testing.assert_frame_equal(new.loc[rest, columns], TODAY.loc[rest, columns])
    assert TODAY.enrollment["s2"] == 500  # the argument is as it was


def test_the_report_names_every_change_with_what_was_there() -> None:
    table = changed_schools().table
    assert list(zip(table["school_id"], table["change"], table["column"], strict=True)) == [
        ("s9", "opens", ""),
        ("s0", "closes", ""),
        ("s2", "changes", "enrollment"),
        ("s3", "changes", "place"),
    ]
    assert table.loc[2, ["before", "after"]].tolist() == ["500", "999"]
    assert summarise_changes(table) == (
        "1 school opens (School 9); 1 school closes (School 0); "
        "2 other schools change (School 2, School 3)."
    )
    assert find_changes(TODAY, TODAY).empty
    assert building_changes(TODAY, changed_schools().schools) == (("s9",), ("s0",))


def test_a_file_of_a_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "changes_2028.csv"
    rows().to_csv(path, index=False)
    read = read_school_changes(path, TODAY)
    pd.testing.assert_frame_equal(
        pd.DataFrame(read.schools), pd.DataFrame(changed_schools().schools)
    )
    assert any("School 0 (s0) closes with 400 students" in notice for notice in read.notices)


def test_all_faults_come_at_once() -> None:
    said = faults(
        {"school_id": "s0", "change": "closes"},
        {"school_id": "s0", "change": "closes"},
        {"school_id": "School 3", "change": "closes"},
        {"school_id": "s1", "change": "opens"},
        {"school_id": "s11", "change": "opens", "name": "X", "level": "elementary"},
        {"school_id": "s8", "change": "closes"},
        {"school_id": "s5", "change": "changes", "feeder_high_school_ids": "s8"},
        {"school_id": "s6", "change": "explodes"},
        {"school_id": "s7", "change": "changes", "enrollment": "many", "latitude": 38.0},
    )
    for part in (
        "row 2: school_id 's0' also in row 1",
        "row 3: school_id 'School 3' is not a school here (did you mean School 3 (s3)?)",
        "row 4: School 1 (s1) is a school already",
        "no latitude, no longitude",
        "row 6: School 8 (s8) closes, but 2 schools feed it: School 6 (s6), School 7 (s7)",
        "feeder_high_school_ids names School 8 (s8), which closes",
        "row 8: change 'explodes' is none of opens, closes, changes",
        "enrollment 'many' is not a number",
        "row 9: School 7 (s7) moves, but longitude is blank",
    ):
        assert part in said
    assert "has 9 faults" in said


@pytest.mark.parametrize("successor", ["s1", "School 1"])
def test_schools_that_fed_a_closing_one_feed_its_successor(successor: str) -> None:
    new = apply({"school_id": "s8", "change": "closes", "replaced_by": successor})
    assert set(new["feeder_high_school_ids"]) == {("s1",)}


def test_a_successor_that_closes_too_is_a_fault() -> None:
    said = faults(
        {"school_id": "s8", "change": "closes", "replaced_by": "s1"},
        {"school_id": "s1", "change": "closes", "replaced_by": "s8"},
    )
    assert "replaced_by names 's1', which closes too" in said
    assert "replaced_by names 's8', which closes too" in said


def test_a_mark_makes_a_value_unknown_and_a_blank_cell_leaves_it() -> None:
    new = apply({"school_id": "s2", "enrollment": "n/a", "feeder_high_school_ids": ""})
    assert new["enrollment"].isna().tolist() == [i == "s2" for i in new.index]
    assert new["feeder_high_school_ids"]["s2"] == ("s1",)


def test_no_column_change_and_no_id() -> None:
    # Next year's enrolment: two columns, and every row changes.
    assert apply({"school_id": "s2", "enrollment": 1})["enrollment"]["s2"] == 1
    said = faults({"school_id": "s77", "enrollment": 1})
    assert "for a new school write opens in a column change" in said
    assert "no column school_id" in faults({"change": "closes", "level": "high"})


def test_a_building_keeps_its_id_while_a_school_of_it_stays() -> None:
    frame = TODAY.copy()
    frame["address"] = [f"{max(k, 1)} Main St" for k in range(9)]  # s0 and s1 share a campus
    frame.loc["s1", "geometry"] = frame.geometry["s0"]
    together = schools_from_frame(frame)
    assert buildings(together)["school_ids"]["s0"] == ("s0", "s1")
    closing = pd.DataFrame([{"school_id": "s0", "change": "closes"}])
    after = buildings(change_schools(closing, together).schools)
    assert after["school_ids"]["s0"] == ("s1",)
    moving = pd.DataFrame(
        [{"school_id": "s0", "change": "changes", "latitude": 38.3, "longitude": -85.8}]
    )
    with pytest.warns(DistrictNotice, match="no new address was given"):
        moved = change_schools(moving, together).schools
    # The old address would have kept the two together.
    assert buildings(moved)["school_ids"].loc[["s0", "s1"]].tolist() == [("s0",), ("s1",)]


def test_hostile_names_are_kept_as_typed() -> None:
    for attack in ATTACKS:
        assert changed_schools(new_name=attack).schools["name"]["s9"] == attack.strip()
