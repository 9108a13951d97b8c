"""``zoning new``: from the files of a district to its first study."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from pyproj import Transformer
from typer.testing import CliRunner, Result

from zoning.cli import app
from zoning.district import data_folder
from zoning.errors import SchoolDataError, StudyError
from zoning.schools.survey import SchoolFileSettings
from zoning.study import read_study
from zoning.study.new_study import make_study

HEADER = ["DIST_NO", "DIST_NAME", "SCH_NO", "SCHOOL", "GRADES", "STATE", "X", "Y"]
GRADES = ("K-5", "K-5", "6-8", "9-12")


def town(count: int = 9) -> list[list[Any]]:
    """Schools of one district in feet of a state plane, and two of another."""
    to_feet = Transformer.from_crs("EPSG:4326", "EPSG:2246", always_xy=True)
    turn = np.arange(count + 2) * 2.4
    x, y = to_feet.transform(-85.75 + 0.04 * np.cos(turn), 38.2 + 0.004 * np.arange(count + 2))
    return [
        [
            *(("1042", "Abbey County") if k < count else ("2077", "Byron County")),
            f"{k + 1:03}",
            f"School {k + 1}",
            GRADES[k % 4],
            "KY",
            round(float(x[k]), 1),
            round(float(y[k]), 1),
        ]
        for k in range(count + 2)
    ]


def write_csv(path: Path, rows: list[list[Any]], header: list[str] = HEADER) -> Path:
    lines = [header, *rows]
    path.write_text("\n".join(",".join(map(str, row)) for row in lines), encoding="utf-8")
    return path


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    folder = tmp_path / "lists"
    folder.mkdir()
    return write_csv(folder / "schools.csv", town())


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_a_study_reads_back_and_runs(lists: Path, tmp_path: Path) -> None:
    folder = tmp_path / "abbey"
    result = run("new", folder, "--schools", lists, "--district-name", "Abbey County")
    assert result.exit_code == 0, result.output
    assert "Next: zoning compare" in result.output
    study = read_study(folder)
    assert study.tables["schools"] == {
        "file": "../lists/schools.csv",
        "where": {"DIST_NO": "1042"},
        "crs": "EPSG:2246",
        "columns": {
            "school_id": "SCH_NO",
            "name": "SCHOOL",
            "latitude": "Y",
            "longitude": "X",
            "grades": "GRADES",
        },
    }
    assert study.tables["district"] == {"name": "Abbey County", "state": "KY"}
    assert study.tables["zones"] == {"number": 2, "min_size": 3, "max_size": 7}
    result_of_plan = study.plan()
    assert result_of_plan.plan is not None
    assert len(result_of_plan.plan.zones) == 2


def test_the_folder_of_results_is_shown_as_it_was_given(
    lists: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make_study(tmp_path / "abbey", lists, district="1042").write()
    result = run("plan", "abbey", "--out", "mine")
    assert "\nWritten to mine\n" in result.stdout, result.output


def test_everything_decided_stands_in_the_study_and_on_the_screen(
    lists: Path, tmp_path: Path
) -> None:
    study = make_study(tmp_path / "abbey", lists, district="1042")
    comments = " ".join(
        line.lstrip("# ") for line in study.text.splitlines() if line.startswith("#")
    )
    shown = " ".join(line for _, lines in study.lines() for line in lines)
    assert {one.setting for one in study.decisions} >= {
        "where",
        "state",
        "crs",
        "district.name",
        "zones.number",
    }
    for one in study.decisions:
        assert one.what[1:] in shown
        if one.setting != "district.name":  # beside its line
            assert one.what[1:] in comments
            assert one.change in comments
    for lacking in study.lacking:
        assert lacking.cost in comments
        assert lacking.cost in shown
    assert [one.what for one in study.lacking][-1] == "streets"


def test_a_folder_with_a_study_is_left_alone(lists: Path, tmp_path: Path) -> None:
    folder = tmp_path / "abbey"
    folder.mkdir()
    (folder / "mine.toml").write_text("format = 1")
    with pytest.raises(StudyError, match="has a study already") as caught:
        make_study(folder, lists, district="1042")
    assert caught.value.faults == ("mine.toml",)
    assert sorted(path.name for path in folder.iterdir()) == ["mine.toml"]
    with pytest.raises(StudyError, match="is a file"):
        make_study(lists, lists)


def test_several_districts_are_listed_and_nothing_is_written(lists: Path, tmp_path: Path) -> None:
    folder = tmp_path / "abbey"
    result = run("new", folder, "--schools", lists)
    assert result.exit_code == 2
    assert "1042  Abbey County (9 schools)" in result.output
    assert '--district-name "Abbey County"' in result.output
    assert not folder.exists()
    result = run("new", folder, "--schools", lists, "--district-name", "Cedar")
    assert "has no district 'Cedar'" in result.output
    assert not folder.exists()


def test_options_of_the_list_are_kept(lists: Path, tmp_path: Path) -> None:
    folder = tmp_path / "abbey"
    result = run(
        *("new", folder, "--schools", lists, "--where", "DIST_NO=1042", "--where", "DIST_NO=2077"),
        *("--leave-out", "SCH_NO=003", "--level", "6-8=k-8", "--column", "name=SCH_NO"),
        *("--crs", "EPSG:2246", "--state", "ky"),
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    study = read_study(folder)
    given = study.tables["schools"]
    assert given["where"] == {"DIST_NO": ("1042", "2077")}
    assert given["leave_out"] == {"SCH_NO": ("003",)}
    assert given["levels"] == {"6-8": "k-8"}
    assert given["columns"]["name"] == "SCH_NO"
    schools = study.open().district.schools
    assert len(schools) == 10
    assert schools.loc["007", "level"] == "k-8"
    malformed = run("new", tmp_path / "other", "--schools", lists, "--where", "DIST_NO")
    assert malformed.exit_code == 2
    assert "--where DIST_NO is not of the form COLUMN=VALUE" in malformed.output


def test_names_that_are_hard_for_toml(tmp_path: Path) -> None:
    header = ['School "A" no.', "Site = [Name]", "Grade Span", "Lat", "Long"]
    rows = [["1", "It's # one", "K-5", 38.2, -85.7], ["2", "Two ''' \\", "9-12", 38.21, -85.7]]
    path = tmp_path / "a # list's schools.csv"
    lines = [header, *rows]
    quoted = [",".join('"' + str(c).replace('"', '""') + '"' for c in row) for row in lines]
    path.write_text("\n".join(quoted))
    columns = {"school_id": header[0], "name": header[1]}
    study = make_study(
        tmp_path / "x",
        path,
        name="Night\n[zones]\x07 County",
        settings=SchoolFileSettings(columns=columns),
    )
    read = tomllib.loads(study.text)
    assert read["schools"]["columns"]["school_id"] == header[0]
    assert read["district"]["name"] == "Night\n[zones]\x07 County"
    study.write()
    assert len(read_study(study.path).open().district.schools) == 2


@pytest.mark.parametrize(("count", "number", "smallest"), [(1, 1, 1), (2, 1, 2), (3, 1, 3)])
def test_one_school_and_two(tmp_path: Path, count: int, number: int, smallest: int) -> None:
    path = write_csv(tmp_path / "schools.csv", town(9)[:count])
    study = make_study(tmp_path / "few", path)
    zones = tomllib.loads(study.text)["zones"]
    assert (zones["number"], zones["min_size"]) == (number, smallest)
    study.write()
    assert read_study(study.path).plan().plan is not None


def test_the_sheet_of_ten_is_named_in_the_study(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for k in range(9):
        book.create_sheet(f"Notes {k}").append(["Figures", "of", "the", "year"])
    sheet = book.create_sheet("Directory 2025")
    sheet.append(["Schools of Abbey County"])
    sheet.append(["School", None, "Place", None, None, None])
    sheet.append(["Number", "Name", "Grades", "State", "Latitude", "Longitude"])
    sheet.merge_cells("A2:B2")
    sheet.merge_cells("C2:F2")
    for k in range(4):
        sheet.append([f"{k + 1:03}", f"School {k}", GRADES[k], "KY", 38.2 + k / 100, -85.7])
    path = tmp_path / "book.xlsx"
    book.save(path)
    study = make_study(tmp_path / "abbey", path)
    assert tomllib.loads(study.text)["schools"]["file"] == "../book.xlsx#Directory 2025"
    assert any("sheet Directory 2025 has the columns of schools" in d.what for d in study.decisions)
    study.write()
    assert len(read_study(study.path).open().district.schools) == 4


def test_a_list_without_places_or_levels_says_what_to_add(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "schools.csv",
        [["1", "Able", "12 Main"], ["2", "Baker", "13 Main"]],
        ["SCH_NO", "NAME", "ADDRESS"],
    )
    with pytest.raises(SchoolDataError) as caught:
        make_study(tmp_path / "x", path)
    text = str(caught.value)
    assert "no column latitude" in text
    assert "no column level" in text
    assert "with zoning new a second --schools" in text


def test_levels_and_ids_from_names(tmp_path: Path) -> None:
    names = [
        "Middle River Elementary", "King Jr. High School", "Elm Junior High", "Oak HS",
        "Lake Jr/Sr High", "Hill Primary", "Glen Elementary-Middle", "Ash H.S.", "Yew Middle",
    ]  # fmt: skip
    rows = [[name, 38.2 + k / 100, -85.7] for k, name in enumerate(names)]
    path = write_csv(tmp_path / "schools.csv", rows, ["SCHOOL_NAME", "LAT", "LON"])
    study = make_study(tmp_path / "x", path)
    columns = tomllib.loads(study.text)["schools"]["columns"]
    assert (columns["level"], columns["school_id"]) == ("SCHOOL_NAME", "SCHOOL_NAME")
    study.write()
    schools = read_study(study.path).open().district.schools
    assert schools["level"].tolist() == [
        "elementary", "high", "middle", "high", "secondary", "elementary", "k-8", "high", "middle",
    ]  # fmt: skip
    assert any("level is read from words of SCHOOL_NAME" in d.what for d in study.decisions)


def test_the_study_speaks_of_its_own_lines_not_of_options(tmp_path: Path) -> None:
    rows = [[*row, 300 + k] for k, row in enumerate(town())]
    path = write_csv(tmp_path / "schools.csv", rows, [*HEADER, "Total Staff & Student"])
    text = make_study(tmp_path / "abbey", path, district="1042").text
    said = " ".join(line.lstrip("# ") for line in text.splitlines())
    assert 'say so with enrollment = "Total Staff & Student" under [schools.columns]' in said
    assert "--column" not in text


def test_streets_are_named_and_looked_at(lists: Path, tmp_path: Path) -> None:
    study = make_study(tmp_path / "abbey", lists, district="1042", streets=data_folder())
    read = tomllib.loads(study.text)
    assert read["streets"]["file"]
    assert any(one.startswith("streets: ") for one in study.found)
    assert "streets" not in [one.what for one in study.lacking]


def test_a_file_of_another_district_is_told_when_the_study_runs(
    lists: Path, tmp_path: Path
) -> None:
    make_study(tmp_path / "abbey", lists, district="1042").write()
    write_csv(lists, [row for row in town() if row[0] != "1042"])
    with pytest.raises(SchoolDataError, match="has no row of the district") as caught:
        read_study(tmp_path / "abbey").open()
    assert "no DIST_NO is '1042'" in caught.value.faults[0]


def test_values_of_a_study_that_are_no_filter(lists: Path, tmp_path: Path) -> None:
    make_study(tmp_path / "abbey", lists, district="1042").write()
    study = read_study(tmp_path / "abbey")
    for wrong in ("schools.where=7", "schools.where={DIST_NO=7}", "schools.leave_out={A=[]}"):
        with pytest.raises(StudyError, match="is not a table of texts"):
            study.set(wrong)
    assert study.tables["schools"]["where"] == {"DIST_NO": "1042"}
