"""Several plans for one request on the command line: files, editions, slides, repeats."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pptx
import pytest
from helpers.studies import write_study
from typer.testing import CliRunner, Result

from zoning.cli import app, planning_run
from zoning.disclosure import restricted_view
from zoning.disclosure.audit import Verdict, audit, read_facts
from zoning.reports.deck import deck
from zoning.study import read_study
from zoning.study.runs import read_run
from zoning.zones import alternatives, read_plan

pytestmark = pytest.mark.slow

STUDY = """
[zones]
number = 3
min_size = 2

[plan]
alternatives = 3
within_percent = 40
apart = 2
"""
IDS = [f"zones-3-2to7-plan-{letter}" for letter in "abc"]


def run(*words: object) -> Result:
    result = CliRunner(env={"COLUMNS": "200"}).invoke(app, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def plan_table(slides: bytes) -> tuple[list[str], list[str]]:
    """Headings and first cells of the table of plans."""
    for slide in pptx.Presentation(io.BytesIO(slides)).slides:
        if slide.shapes[0].text_frame.text.startswith("Three plans "):
            table = next(shape.table for shape in slide.shapes if shape.has_table)
            head, *others = table.rows
            return [cell.text for cell in head.cells], [row.cells[0].text for row in others]
    raise AssertionError("there is no slide of the plans")


@pytest.fixture(autouse=True)
def _without_a_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slides without the printed page, which takes a browser."""
    monkeypatch.setattr(planning_run, "can_print", lambda: False)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("near"), STUDY)


@pytest.fixture(scope="module")
def folders(study: Path) -> dict[str, Path]:
    """The folders of both editions."""
    made = {edition: study.parent / edition for edition in ("public", "restricted")}
    for edition, out in made.items():
        run("plan", study, "--edition", edition, "--out", out)
    return made


def test_every_plan_has_its_file_its_row_and_its_place_on_the_map(
    study: Path, folders: dict[str, Path]
) -> None:
    out = folders["public"]
    read = read_study(study).open()
    found = alternatives(read.problem, count=3, within=0.4, apart=2)
    assert len(found.plans) == 3
    schools = read.district.schools
    for option_id, plan in zip(IDS, found.plans, strict=True):
        assert read_plan(out / f"plan_{option_id}.csv", schools).to_frame().equals(plan.to_frame())
    assert (out / "plan.csv").read_bytes() == (out / f"plan_{IDS[0]}.csv").read_bytes()
    assert [row["option_id"] for row in rows(out / "alternatives.csv")] == IDS
    assert [row["from_best"] for row in rows(out / "alternatives.csv")] == [
        str(far) for far in found.table()["from_best"]
    ]
    page = (out / "comparison.html").read_text(encoding="utf-8")
    assert all(f"Plan {letter}" in page for letter in "ABC")
    assert not (out / "district.html").exists()


def test_the_public_edition_has_no_drive_and_nothing_that_tells_of_single_schools(
    folders: dict[str, Path],
) -> None:
    public, exact = (rows(folders[e] / "alternatives.csv") for e in ("public", "restricted"))
    drives = {"objective_s", "mean_travel_s", "longest_drive_s"}
    assert drives < exact[0].keys()
    assert public[0].keys() == {
        *("option_id", "plan", "status", "gap", "above_best", "calls_cv", "misaligned", "moved"),
        *("from_best", "from_nearest", "differs", "estimate"),
    }
    assert {row["calls_cv"] for row in public} == {""}  # fewer than 20 buildings are patrolled
    for one in public:
        assert one["above_best"] == ""
        assert "drive" not in one["differs"]
        assert "travel" not in one["differs"]
    facts = read_facts(folders["restricted"])
    result = audit(folders["public"] / "alternatives.csv", against=facts)
    assert result.verdict is Verdict.PUBLIC, result


def test_a_plan_after_the_best_is_not_called_the_best(folders: dict[str, Path]) -> None:
    page = (folders["public"] / "comparison.html").read_text(encoding="utf-8")
    assert page.count("Zones proved best: no plan within the rules is better") == 1
    assert page.count("Zones proved best of plans that differ from each plan before in 2") == 2
    record = read_run(folders["public"]).record
    assert [bool(one.zoning and one.zoning.among) for one in record.options] == [
        False,
        True,
        True,
    ]


def test_slides_of_the_plans_are_made_from_their_folder(folders: dict[str, Path]) -> None:
    slides = folders["public"].parent / "slides"
    run("deck", "--from", folders["public"], "--out", slides)
    heads, names = plan_table((slides / "deck.pptx").read_bytes())
    assert names == ["Plan A", "Plan B", "Plan C"]
    assert "Longest drive inside a zone" not in heads
    assert read_run(slides).study().settings.plan.alternatives == 3


def test_restricted_slides_show_the_drives(study: Path) -> None:
    comparison = read_study(study).open().compare_alternatives()
    heads, names = plan_table(deck(restricted_view(comparison), pictures={}))
    assert names == ["Plan A", "Plan B", "Plan C"]
    assert {"Longest drive inside a zone", "Mean expected travel"} <= set(heads)


def test_a_run_of_several_plans_is_repeated_to_the_byte_and_compared(
    folders: dict[str, Path],
) -> None:
    out = folders["public"]
    again = out.parent / "again"
    assert "The same to the byte" in run("again", out, "--out", again).output
    assert "No difference was found." in run("diff", out, again).output
    fewer = out.parent / "fewer"
    run("plan", out.parent, "--alternatives", 2, "--out", fewer)
    assert "Plan C is left out" in run("diff", out, fewer).output


def test_slides_of_a_comparison_stay_those_of_its_options(tmp_path: Path) -> None:
    one = write_study(tmp_path, f'{STUDY}[[options]]\nkind = "one_per_campus"\n')
    compared = tmp_path / "compared"
    run("compare", one, "--out", compared)
    slides = tmp_path / "slides-compared"
    run("deck", "--from", compared, "--out", slides)
    assert [o.option_id for o in read_run(slides).record.options] == [
        o.option_id for o in read_run(compared).record.options
    ]
    assert "The same to the byte" in run("again", slides).output
