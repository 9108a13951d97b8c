"""``zoning audit``: our public files pass, our restricted ones do not, marked or not."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import fields
from importlib import import_module
from pathlib import Path

import pytest
from map_towns import hostile_comparison
from town_files import write_schools
from typer.testing import CliRunner

from zoning.cli.commands import app
from zoning.cli.exits import BAD_INPUT, NOT_ALL_READ, RESTRICTED_FOUND
from zoning.disclosure import vocabulary as words
from zoning.disclosure.audit import Verdict, audit
from zoning.editions import RESTRICTED_MARK, Edition
from zoning.maps import comparison, page_data
from zoning.maps.change_data import ChangeKind
from zoning.patrol import PatrolAssumptions
from zoning.reports import run_record
from zoning.reports.tables import PUBLIC_EQUITY
from zoning.staffing.figures import FIGURES

RESTRICTED_CSVS = ("visits.csv", "response_by_building.csv")
# What a column of a restricted table may be besides: it says what the row is about.
ABOUT = {
    *("option_id", "building_id", "zone_id", "name", "edition", "estimate", "moved"),
    *("zone_before", "zone_after"),
}


def run(*given: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(word) for word in given], env={"COLUMNS": "120"})
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[Edition, Path]:
    """A town with hostile names, in both editions."""
    schools = write_schools(tmp_path_factory.mktemp("town") / "schools.csv")
    made = {}
    for edition in Edition:
        made[edition] = tmp_path_factory.mktemp("out") / str(edition)
        code, told = run(
            *("compare", "--schools", schools, "--seed", 7, "--zones", 2),
            *("--also", "excel", "--also", "geopackage"),
            *("--edition", edition, "--out", made[edition]),
        )
        assert code == 0, told
    return made


def test_every_public_file_passes(folders: dict[Edition, Path]) -> None:
    for path in sorted(folders[Edition.PUBLIC].iterdir()):
        result = audit(path)
        assert result.verdict is Verdict.PUBLIC, str(result)


def test_every_restricted_file_is_found(folders: dict[Edition, Path]) -> None:
    """But for those that are the same in both editions, byte for byte."""
    same = set()
    for path in sorted(folders[Edition.RESTRICTED].iterdir()):
        public = folders[Edition.PUBLIC] / path.name
        if public.exists() and public.read_bytes() == path.read_bytes():
            same.add(path.name)
            continue
        assert audit(path).verdict is Verdict.RESTRICTED, path.name
    assert same <= {"district.html", "frontier.html", "zones.qml"}


def test_a_public_page_passes_whatever_its_names(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    comparison(hostile_comparison()).save(str(page))
    result = audit(page)
    assert result.verdict is Verdict.PUBLIC, str(result)


def unmarked_csv(data: str) -> str:
    rows = list(csv.reader(io.StringIO(data)))
    at = rows[0].index("edition")
    out = io.StringIO()
    csv.writer(out).writerows([row[:at] + row[at + 1 :] for row in rows])
    return out.getvalue()


def unmarked_text(data: str) -> str:
    return re.sub("restricted", "", data.replace(RESTRICTED_MARK, ""), flags=re.IGNORECASE)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("visits.csv", "visit times"),
        ("visits.csv", "time that officers spend"),
        ("response_by_building.csv", "response or travel of single schools"),
        ("comparison.csv", "'worst_building_response_s'"),
        ("comparison.csv", "'busy_fraction'"),
        ("equity.csv", "'officer_minutes'"),
        ("zones.geojson", "'diameter_s'"),
        ("run.json", "parameters.solver.seed: key 'seed'"),
        ("run.json", "dwell_s"),
        ("comparison.html", "'responses'"),
        ("comparison.html", "'routes'"),
        ("comparison.html", "'Slowest building'"),
    ],
)
def test_a_restricted_file_without_its_marks_is_found_by_what_it_holds(
    folders: dict[Edition, Path], tmp_path: Path, name: str, said: str
) -> None:
    text = (folders[Edition.RESTRICTED] / name).read_text(encoding="utf-8")
    bare = unmarked_csv(text) if name.endswith(".csv") else unmarked_text(text)
    assert "restricted" not in bare.lower()
    (tmp_path / name).write_text(bare, encoding="utf-8")
    result = audit(tmp_path / name)
    assert said in str(result)


@pytest.mark.parametrize("column", ["stop", "arrival", "departure", "dwell_s", "travel_s"])
def test_one_column_of_the_visits_is_enough(
    folders: dict[Edition, Path], tmp_path: Path, column: str
) -> None:
    visits = list(csv.DictReader((folders[Edition.RESTRICTED] / "visits.csv").open("r")))
    path = tmp_path / "table.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", column])
        writer.writerows([[row["name"], row[column]] for row in visits])
    assert column in str(audit(path).findings[0])


def test_a_folder_tells_in_which_file(folders: dict[Edition, Path]) -> None:
    result = audit(folders[Edition.RESTRICTED])
    assert result.verdict is Verdict.RESTRICTED
    assert {"visits.csv", "run.json"} <= {f.where.split(",")[0] for f in result.findings}


def test_the_command_says_what_it_found_and_how_it_ended(
    folders: dict[Edition, Path], tmp_path: Path
) -> None:
    code, told = run("audit", folders[Edition.PUBLIC] / "comparison.csv")
    assert (code, told.strip().endswith("nothing restricted found")) == (0, True)
    odd = tmp_path / "odd.bin"
    odd.write_bytes(b"\x00\x01\x02")
    code, told = run("audit", odd, folders[Edition.PUBLIC])
    assert code == NOT_ALL_READ
    assert "unknown, not all of it could be read" in told
    code, told = run("audit", odd, folders[Edition.RESTRICTED])
    assert code == RESTRICTED_FOUND
    assert "visits.csv: restricted, do not publish" in told
    assert "column 'arrival': visit times" in told
    assert "why: Whoever knows when an officer comes and goes can avoid the officer." in told


def test_the_command_refuses_what_is_not_there(tmp_path: Path) -> None:
    code, told = run("audit", tmp_path / "no.html")
    assert code == BAD_INPUT
    assert "there is no file" in told
    code, told = run("audit", tmp_path)
    assert code == BAD_INPUT
    assert "holds no file" in told


def names_of(*classes: type) -> set[str]:
    return {field.name for kind in classes for field in fields(kind)}


PUBLIC_FIELDS = names_of(
    page_data.PublicPage,
    page_data.OptionPage,
    page_data.ZoneShape,
    page_data.SchoolMark,
    page_data.FigureRow,
    page_data.FigureText,
    ChangeKind,
)


@pytest.mark.parametrize("name", ["restricted_data", "patrol_day"])
def test_every_field_of_restricted_page_data_is_in_the_vocabulary(name: str) -> None:
    """A new field is named as restricted, or said to tell nothing without what is above it."""
    module = import_module(f"zoning.maps.{name}")
    classes = [
        kind
        for kind in vars(module).values()
        if isinstance(kind, type)
        and kind.__module__ == module.__name__
        and hasattr(kind, "__dataclass_fields__")
    ]
    assert classes
    known = PUBLIC_FIELDS | words.ALSO_PUBLIC | words.UNDER_RESTRICTED
    unknown = {
        field
        for field in names_of(*classes)
        if field not in known and words.topic_of_name(field) is None
    }
    assert unknown == set()


def test_no_public_name_is_in_the_vocabulary() -> None:
    columns = {c for f in FIGURES if f.edition is Edition.PUBLIC for c in f.columns}
    names = PUBLIC_FIELDS | columns | set(PUBLIC_EQUITY) | words.ALSO_PUBLIC
    assert {name for name in names if words.topic_of_name(name) is not None} == set()


def test_every_restricted_figure_is_in_the_vocabulary() -> None:
    for figure in FIGURES:
        if figure.edition is Edition.RESTRICTED:
            assert all(words.topic_of_name(column) is not None for column in figure.columns)
            assert words.stated(figure.label)
            assert words.stated(figure.meaning)


def test_every_patrol_setting_is_in_the_vocabulary() -> None:
    assert all(words.topic_of_name(name) is not None for name in names_of(PatrolAssumptions))


@pytest.mark.parametrize("name", RESTRICTED_CSVS)
def test_every_column_of_a_restricted_table_is_in_the_vocabulary(
    folders: dict[Edition, Path], name: str
) -> None:
    header = (folders[Edition.RESTRICTED] / name).read_text(encoding="utf-8").split("\n")[0]
    unknown = {
        column
        for column in header.split(",")
        if column not in ABOUT
        and words.topic_of_name(column) is None
        and words.topic_in_row_of_place(column) is None
    }
    assert unknown == set()


@pytest.mark.parametrize("name", ["comparison.csv", "equity.csv", "assignments.csv"])
def test_what_a_restricted_table_has_more_than_the_public_one_is_in_the_vocabulary(
    folders: dict[Edition, Path], name: str
) -> None:
    headers = [
        set((folders[edition] / name).read_text(encoding="utf-8").split("\n")[0].split(","))
        for edition in (Edition.RESTRICTED, Edition.PUBLIC)
    ]
    more = headers[0] - headers[1] - ABOUT
    assert {column for column in more if words.topic_of_name(column) is None} == set()


def test_what_the_public_record_says_instead_of_a_value_is_known() -> None:
    assert words.is_withheld(run_record.LIBRARY_DEFAULTS)
    assert words.is_withheld(run_record.WITHHELD)
    assert not words.is_withheld(7)


def test_the_public_record_has_no_seed_but_names_one(folders: dict[Edition, Path]) -> None:
    record = json.loads((folders[Edition.PUBLIC] / "run.json").read_text(encoding="utf-8"))
    assert record["parameters"]["solver"]["seed"] == run_record.WITHHELD
