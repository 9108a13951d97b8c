"""Tables of the programme: cells, faults by row, and who may see a column."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from zoning.due import DueItem, DueState, due_table
from zoning.errors import RecordError
from zoning.records import (
    Access,
    Column,
    RecordTable,
    raise_together,
    read_date,
    read_id,
    read_number,
    read_one_of,
    read_records,
    read_several,
    read_text,
    read_word,
    read_yes,
)

PETS = RecordTable(
    what="pets",
    one_row="Give one row a pet: pet_id and kind.",
    columns=(
        Column(
            name="pet_id",
            meaning="Its id.",
            read=read_id,
            headings=("id",),
            required=True,
            access=Access.PUBLIC,
        ),
        Column(
            name="kind",
            meaning="Its kind.",
            read=read_word({"dog": ("hound",), "cat": ()}),
            required=True,
            access=Access.PUBLIC,
        ),
        Column(name="born", meaning="Its birthday.", read=read_date, access=Access.PERSONNEL),
        Column(name="weight", meaning="Kilograms.", read=read_number(at_least=0), default=1.0),
        Column(name="tame", meaning="Whether it is tame.", read=read_yes, default=False),
        Column(name="friends", meaning="Ids.", read=read_several(read_text), default=()),
    ),
    key=("pet_id",),
)


def _file(folder: Path, text: str) -> Path:
    path = folder / "pets.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_is_read_with_its_types_and_defaults(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        "ID,Kind,born,weight,friends\n007,Hound,2/29/2024,12.5,b; c\nb,cat,,,\n",
    )
    found = read_records(path, PETS)
    assert found.frame.to_dict("list") == {
        "pet_id": ["007", "b"],
        "kind": ["dog", "cat"],
        "born": [date(2024, 2, 29), None],
        "weight": [12.5, 1.0],
        "tame": [False, False],
        "friends": [("b", "c"), ()],
    }
    assert found.frame["weight"].dtype == float
    assert found.where == ("row 2", "row 3")


def test_a_data_frame_is_read_as_a_file_is(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"id": ["1", "2"], "kind": ["dog", "cat"], "born": [date(2024, 1, 1), None]}
    )
    from_frame = read_records(frame, PETS).frame
    frame.to_csv(tmp_path / "pets.csv", index=False)
    pd.testing.assert_frame_equal(from_frame, read_records(tmp_path / "pets.csv", PETS).frame)


def test_every_fault_is_named_with_its_row(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        "pet_id,kind,born,weight,tame\na,bird,18.9.2026,-1,maybe\n,dog,,,\nb,cat,,,\nb,cat,,,\n",
    )
    with pytest.raises(RecordError) as raised:
        read_records(path, PETS)
    assert raised.value.faults == (
        "row 2: born '18.9.2026' is not a date: write 2026-09-18 or 9/18/2026",
        "row 2: kind 'bird' is none of dog, cat",
        "row 2: tame 'maybe' is neither yes nor no",
        "row 2: weight '-1' is below 0",
        "row 3: pet_id is empty",
        "row 5: pet_id 'b' is also in row 4",
    )
    assert raised.value.remedy == PETS.one_row


def test_a_missing_column_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"no column kind\n  its columns are pet_id, born"):
        read_records(_file(tmp_path, "pet_id,born\n1,2024-01-01\n"), PETS)


def test_only_columns_that_say_so_are_public(tmp_path: Path) -> None:
    found = read_records(_file(tmp_path, "pet_id,kind\n1,dog\n"), PETS)
    assert list(found.visible()) == ["pet_id", "kind"]
    assert list(found.visible(Access.PERSONNEL)) == ["pet_id", "kind", "born"]


def test_an_unknown_id_is_refused_with_the_nearest() -> None:
    read = read_one_of(["O-1001", "O-1002"], "officer")
    assert read("O-1001") == "O-1001"
    with pytest.raises(ValueError, match=r"is no officer \(did you mean O-10"):
        read("O-1003")


def test_faults_of_several_tables_are_raised_at_once(tmp_path: Path) -> None:
    good = _file(tmp_path, "pet_id,kind\n1,dog\n")
    bad = tmp_path / "bad.csv"
    bad.write_text("pet_id,kind\n1,bird\n", encoding="utf-8")
    done = []
    with pytest.raises(RecordError, match=r"(?s)2 files.*bad.csv.*row 2.*none.csv is not there"):
        raise_together(
            "2 files have faults",
            [
                lambda: done.append(read_records(good, PETS)),
                lambda: done.append(read_records(bad, PETS)),
                lambda: done.append(read_records(tmp_path / "none.csv", PETS)),
            ],
        )
    assert len(done) == 1


def test_a_duty_is_overdue_the_day_after_it_was_due() -> None:
    duty = DueItem(due=date(2026, 11, 1), alarm_from=date(2026, 10, 1), duty="report")
    states = {
        date(2026, 9, 30): DueState.LATER,
        date(2026, 10, 1): DueState.NOW,
        date(2026, 11, 1): DueState.NOW,
        date(2026, 11, 2): DueState.OVERDUE,
    }
    assert {day: duty.state(day) for day in states} == states


def test_overdue_duties_stand_first() -> None:
    items = [
        DueItem(due=date(2026, 12, 1), alarm_from=date(2026, 11, 1), duty="now"),
        DueItem(due=date(2027, 1, 1), alarm_from=date(2027, 1, 1), duty="later"),
        DueItem(due=date(2026, 11, 1), alarm_from=date(2026, 10, 1), duty="overdue"),
    ]
    table = due_table(items, date(2026, 11, 11))
    assert list(table["duty"]) == ["overdue", "now", "later"]
    assert list(table["days_left"]) == [-10, 20, 51]


@pytest.mark.parametrize("born", ["0001-01-01", "1/1/0001", "1026-09-18"])
def test_a_date_of_another_age_is_no_date(born: str) -> None:
    """.NET writes 0001-01-01 where there is no date: `DateTime.MinValue`, docs of .NET."""
    pets = pd.DataFrame({"pet_id": ["a", "b"], "kind": "cat", "born": [born, "9/18/26"]})
    with pytest.raises(RecordError) as found:
        read_records(pets, PETS)
    assert list(found.value.faults) == [f"row 1: born {born!r} is before 1900"]
    assert read_records(pets[1:], PETS).frame["born"][0] == date(2026, 9, 18)


def test_an_id_twice_is_named_beside_another_fault_of_its_row() -> None:
    pets = pd.DataFrame({"pet_id": ["a", "a", ""], "kind": ["cat", "bird", "cat"]})
    with pytest.raises(RecordError) as found:
        read_records(pets, PETS)
    assert list(found.value.faults) == [
        "row 2: kind 'bird' is none of dog, cat",
        "row 2: pet_id 'a' is also in row 1",
        "row 3: pet_id is empty",
    ]
