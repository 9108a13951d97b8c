"""Slides of a finished comparison: the same figures without solving, or a refusal."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from pathlib import Path

import pytest
from helpers.town_files import BUILDINGS, write_schools
from pptx import Presentation
from typer.testing import CliRunner, Result

from zoning import reports
from zoning.cli import app
from zoning.errors import OptionError
from zoning.schools import read_schools
from zoning.staffing import options
from zoning.staffing.figures import response_text
from zoning.study.runs import read_run
from zoning.zones import Status, read_plan

pytestmark = pytest.mark.slow


def run(*words: object) -> Result:
    return CliRunner(env={"COLUMNS": "120"}).invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with schools, and a public comparison of them in ``run``."""
    folder = tmp_path_factory.mktemp("home")
    write_schools(folder / "town.csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        result = run(
            "compare", "--schools", "town.csv", "--zones", 3, "--set",
            "costs.officer_year_usd=90000", "--set", "calls.per_school_day=0.4", "--out", "run",
        )  # fmt: skip
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture
def copied(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it to spoil, the working folder; no search may begin."""

    def never(*_: object, **__: object) -> None:
        raise AssertionError("zones were searched again")

    monkeypatch.setattr(options, "solve", never)
    monkeypatch.setattr(reports, "can_print", lambda: False)
    shutil.copytree(home, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_option_has_its_plan(home: Path) -> None:
    schools = read_schools(home / "town.csv")
    for option in ("zones-3", "secondary-and-zones", "campus"):
        plan = read_plan(home / "run" / f"plan_{option}.csv", schools)
        assert len(plan.building_ids) == BUILDINGS
    text = (home / "run" / "plan_none.csv").read_text(encoding="utf-8")
    assert text == "building_id,zone_id,high_school_id,kind,name\n"


def test_slides_tell_the_figures_of_the_comparison(copied: Path) -> None:
    result = run("deck", "--from", "run", "--propose", "zones-3", "--out", "slides")
    assert result.exit_code == 0, result.output
    with (copied / "run" / "comparison.csv").open(encoding="utf-8") as file:
        table = {row["label"]: row for row in csv.DictReader(file)}
    slides = Presentation(copied / "slides" / "deck.pptx").slides
    glance = next(s for s in slides if "beaten outright" in s.shapes.title.text)
    (shown,) = (shape.table for shape in glance.shapes if shape.has_table)
    cells = {row.cells[0].text.removeprefix("● "): row.cells for row in list(shown.rows)[1:]}
    assert set(cells) == set(table)
    for label, row in table.items():
        if row["mean_response_s"]:
            mean = response_text(float(row["mean_response_s"]))
            assert cells[label][3].text.startswith(mean)
            millions = float(row["annual_cost_usd"]) / 1e6
            assert cells[label][2].text.startswith(
                (f"${millions:.2f} M", f"${millions * 1e6:,.0f}")
            )
    record = json.loads((copied / "slides" / "run.json").read_text(encoding="utf-8"))
    then = json.loads((copied / "run" / "run.json").read_text(encoding="utf-8"))
    assert record["parameters"] == then["parameters"]
    assert record["options"] == then["options"]
    assert record["command"] == "zoning deck"
    assert record["study"] == {**then["study"], "deck": {"propose": "zones-3"}}


def test_slides_say_what_stopped_the_search(copied: Path) -> None:
    """They ended with "the search was stopped by ." where the comparison named the limit."""
    path = copied / "run" / "run.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    for option in record["options"]:
        if option["option_id"] == "zones-3":
            option["zoning"] |= {"status": "feasible", "gap": 0.02, "stopped_by": "the user"}
    path.write_text(json.dumps(record), encoding="utf-8")
    run, schools = read_run("run"), read_schools("town.csv")
    solved = run.solved(dict.fromkeys(run.plans, schools))["zones-3"]
    assert (solved.status, solved.gap, solved.stopped_by) == (Status.FEASIBLE, 0.02, "the user")


def test_a_study_without_the_option_that_was_compared_is_told_so(home: Path) -> None:
    """It was told that the plan has other buildings."""
    schools = read_schools(home / "town.csv")
    with pytest.raises(OptionError, match="campus: the study has no such option"):
        read_run(home / "run").solved({"none": schools, "zones-3": schools})


def spoil_schools(folder: Path) -> None:
    path = folder / "town.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("38.05", "38.07", 1), encoding="utf-8")


def spoil_plan(folder: Path) -> None:
    path = folder / "run" / "assignments.csv"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")


def spoil_record(folder: Path) -> None:
    (folder / "run" / "run.json").write_text("{}", encoding="utf-8")


def spoil_settings(folder: Path) -> None:
    """Another cost, with the hash of the study that gives it."""
    path, record = folder / "run" / "study.toml", folder / "run" / "run.json"
    before = path.read_bytes()
    path.write_bytes(before.replace(b"90000", b"97000"))
    then, now = (hashlib.sha256(data).hexdigest() for data in (before, path.read_bytes()))
    text = record.read_text(encoding="utf-8")
    assert then in text
    record.write_text(text.replace(then, now), encoding="utf-8")


def spoil_study(folder: Path) -> None:
    (folder / "run" / "study.toml").write_text("zones.number = 3\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "words", "said"),
    [
        (spoil_schools, (), "schools town.csv is not the file that was read"),
        (spoil_plan, (), "assignments.csv is missing or was changed after the run"),
        (spoil_record, (), "run cannot be read as the folder of a run"),
        (lambda folder: (folder / "run" / "run.json").unlink(), (), "it has no run.json"),
        (spoil_settings, (), "the figures are not those of the comparison in run"),
        (None, ("--zones", 2), "--zones is fixed by the comparison"),
        (spoil_study, (), "study.toml is missing or was changed after the run"),
        (
            None,
            ("--set", "costs.officer_year_usd=1"),
            "--set costs.officer_year_usd is fixed by the comparison",
        ),
        (lambda folder: (folder / "town.csv").unlink(), (), "schools town.csv is not there"),
    ],
)
def test_what_would_change_the_figures_is_refused(
    spoil: object, words: tuple[object, ...], said: str, copied: Path
) -> None:
    if callable(spoil):
        spoil(copied)
    result = run("deck", "--from", "run", "--out", "slides", *words)
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert not (copied / "slides").exists()


@pytest.mark.usefixtures("copied")
def test_a_folder_of_slides_is_no_comparison() -> None:
    assert run("deck", "--from", "run", "--out", "slides").exit_code == 0
    result = run("deck", "--from", "slides", "--out", "again")
    assert result.exit_code == 2
    assert "it was written by zoning deck" in result.stderr


def test_schools_that_moved_are_named(copied: Path) -> None:
    (copied / "town.csv").rename(copied / "moved.csv")
    result = run("deck", "--from", "run", "--out", "slides", "--set", "schools.file=moved.csv")
    assert result.exit_code == 0, result.output
