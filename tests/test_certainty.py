"""How sure a comparison is: its files, its slides and its section of the page, in both editions."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from helpers.studies import write_study
from helpers.town_files import comparing_once, put
from typer.testing import CliRunner, Result

from zoning.cli import app, planning_run
from zoning.disclosure import PublicView, RestrictedView, restricted_view
from zoning.disclosure.audit import Verdict, audit, read_facts
from zoning.disclosure.certainty import LOSE_MOST, Certainty, Checks
from zoning.editions import RESTRICTED_MARK, Edition
from zoning.errors import OptionError
from zoning.maps.pages.public_data import public_page
from zoning.maps.pictures.picture import sensitivity_picture
from zoning.reports import SENSITIVITY_PICTURE, Order, Purpose, outputs, tables
from zoning.response import StressAssumptions
from zoning.staffing import StaffingComparison, stress_options, vary_assumptions

WITHOUT_BROWSER = {"can_print": lambda: False}


@pytest.fixture(scope="module")
def checks(compared: StaffingComparison) -> Checks:
    few = StressAssumptions(empty_shares=(0.5,), growth=(2.0,), days=20)
    return Checks(
        tests=stress_options(compared, stress=few), sensitivity=vary_assumptions(compared, days=20)
    )


@pytest.fixture(scope="module")
def view(compared: StaffingComparison, checks: Checks) -> RestrictedView:
    return restricted_view(compared, checks=checks)


def rows(table: bytes | Path) -> list[dict[str, str]]:
    text = table.read_bytes() if isinstance(table, Path) else table
    return list(csv.DictReader(io.StringIO(text.decode("utf-8"))))


def certainty_of(view: PublicView | RestrictedView) -> Certainty:
    assert view.certainty is not None
    return view.certainty


# Tables


def test_the_public_stress_table_is_rounded_and_the_restricted_one_exact(
    view: RestrictedView, checks: Checks
) -> None:
    public, exact = (rows(tables.stress_table(one)) for one in (view.public, view))
    staffed = list(checks.tests)
    assert {row["option_id"] for row in public} == set(staffed)
    cases = list(checks.tests[staffed[0]].table.index)
    assert [row["stress"] for row in exact] == cases * len(staffed)
    means = [float(row["mean_s"]) for row in public if row["mean_s"]]
    assert means
    assert all(mean % 6 == 0 for mean in means)
    first = checks.tests[staffed[0]].table.loc["base", "mean_s"]
    assert float(exact[0]["mean_s"]) == pytest.approx(first, abs=0.05)
    assert "offered_load" not in public[0]
    assert float(exact[0]["offered_load"]) > 0
    hidden = certainty_of(view.public).withheld
    assert hidden, "with nine schools percentiles are withheld"
    assert not certainty_of(view).withheld
    for row in public:
        assert row["withheld"] == hidden.get(row["option_id"], "")
        assert not (row["withheld"] and (row["p90_s"] or row["most_calls_per_day"]))
    assert {row["edition"] for row in exact} == {"restricted"}


def test_the_buildings_that_lose_most_are_restricted_and_the_worst_first(
    view: RestrictedView, checks: Checks
) -> None:
    listed = rows(tables.building_stress_table(view))
    option = next(iter(checks.tests))
    losses = checks.tests[option].buildings.loc["snow", "change_s"].sort_values(ascending=False)
    shown = [r for r in listed if (r["option_id"], r["stress"]) == (option, "snow")]
    assert [float(row["change_s"]) for row in shown] == pytest.approx(
        losses.head(LOSE_MOST).tolist(), abs=0.051
    )
    assert all(row["name"] and row["label"] == "Snow: 35 % slower" for row in shown)
    assert "base" not in {row["stress"] for row in listed}
    assert certainty_of(view.public).buildings.empty


def test_the_sensitivity_table_names_who_answers_sooner_and_no_school(
    view: RestrictedView, checks: Checks
) -> None:
    listed = rows(tables.sensitivity_table(view))
    found = checks.sensitivity
    assert found is not None
    assert len(listed) == len(found.order)
    for row, (pair, order) in zip(listed, found.order.iterrows(), strict=True):
        key, first, second = pair  # type: ignore[misc]
        assert (row["assumption"], row["first"], row["second"]) == (key, first, second)
        sooner = {-1: first, 0: "", 1: second}[int(order["now"])]
        assert row["now"] == sooner
        assert float(row["first_mean_s"]) == pytest.approx(
            found.means.loc[(first, key), "mean_s"], abs=0.05
        )
        flips = float(row["flips_above"] or "nan")
        assert flips == pytest.approx(order["flips_above"], nan_ok=True, rel=1e-4)
    text = tables.sensitivity_table(view.public).decode()
    assert not any(name in text for name in view.public.schools["name"])


# Words


def told(row: dict[str, Any], *, withheld: bool = False, stress: str = "snow") -> tuple[str, ...]:
    usual = {"mean_s": 300.0, "outside_share": 0.0, "is_overloaded": False, "note": ""}
    change = {"change_s": 60.0, "change_low_s": 30.0, "change_high_s": 90.0}
    index = pd.MultiIndex.from_tuples([("A", stress)], names=["option_id", "stress"])
    certainty = Certainty(
        stress=pd.DataFrame([usual | change | row], index=index),
        buildings=pd.DataFrame(),
        withheld={"A": "few"} if withheld else {},
        most_calls={},
        calls={},
        labels={"A": "A"},
        sensitivity=None,
        notices=(),
    )
    return certainty.cell("A", stress)


def test_a_cell_never_shows_a_small_number_alone_where_calls_go_unanswered() -> None:
    assert told({}) == ("5.0 min (+1.0)",)
    assert told({"outside_share": 0.49}) == ("5.0 min (+1.0)", "49 % of calls unanswered")
    assert told({"outside_share": 0.001}) == ("5.0 min (+1.0)", "1 % of calls unanswered")
    assert told({"outside_share": math.nan, "note": "No officer answers 9 %"}) == (
        "5.0 min (+1.0)",
        "not all calls are answered",
    )
    assert told({"outside_share": 1.0, "mean_s": math.nan}) == ("no officer answers",)
    assert told({"is_overloaded": True, "mean_s": math.nan}) == ("cannot keep up",)
    assert told({"change_low_s": -5.0}) == ("5.0 min", "no clear change")
    wide = {"mean_s": 2700.0, "change_s": 2400.0, "change_low_s": -100.0, "change_high_s": 4900.0}
    assert told(wide) == ("45.0 min", "too uncertain to tell the change")
    assert told({"mean_s": math.nan}) == ("not computed",)
    assert told({"mean_s": math.nan}, withheld=True) == ("withheld",)
    assert told({"change_s": math.nan}, stress="base") == ("5.0 min",)


def test_loads_say_overload_and_outside_police(view: RestrictedView) -> None:
    given = replace(
        certainty_of(view),
        most_calls={"a": 0.9, "b": 0.1, "c": math.inf},
        calls=dict.fromkeys("abc", 0.2),
        labels={"a": "A", "b": "B", "c": "C"},
    )
    assert list(given.loads()) == [
        "A: officers keep up with at most about 0.9 calls a school-day and building; 0.20 are "
        "assumed.",
        "B: officers cannot keep up with 0.20 calls a school-day and building.",
        "C: outside police answer the calls that officers cannot.",
    ]


def test_the_page_says_how_sure_it_is(compared: StaffingComparison, view: RestrictedView) -> None:
    found = certainty_of(view.public)
    assert found.ranking()
    assert public_page(view.public).certainty == found.sentences()
    assert found.sentences()[0] == found.ranking()[0]
    told = any("further change" in text for text in found.sentences())
    assert told is (len(found.ranking()) > 6)
    assert public_page(restricted_view(compared).public).certainty == ()


def test_counted_calls_that_are_withheld_are_not_told_as_an_assumption(
    compared: StaffingComparison, checks: Checks, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "zoning.disclosure.certainty.withheld_columns"
    monkeypatch.setattr(name, lambda _: frozenset({"calls_per_day"}))
    found = Certainty.of(compared, checks, Edition.PUBLIC)
    assert found.sensitivity is not None
    assert "calls_per_day" not in found.sensitivity.means.index.get_level_values("assumption")
    assert "calls_per_day" not in found.sensitivity.order.index.get_level_values("assumption")
    assert not found.most_calls


# Pictures and slides


def test_the_tornado_is_marked_in_the_restricted_edition(view: RestrictedView) -> None:
    pytest.importorskip("matplotlib")
    public, restricted = sensitivity_picture(view.public), sensitivity_picture(view)
    assert public.startswith(b"\x89PNG")
    assert public == sensitivity_picture(view.public)
    assert RESTRICTED_MARK.encode() in restricted
    assert RESTRICTED_MARK.encode() not in public


@pytest.mark.slow
def test_two_slides_show_the_ranking_and_the_stress(view: RestrictedView) -> None:
    pptx = pytest.importorskip("pptx")
    from zoning.reports.deck import deck, messages  # noqa: PLC0415

    def table_of(slide: Any) -> list[list[str]]:
        table = next(shape.table for shape in slide.shapes if shape.has_table)
        return [[cell.text for cell in row.cells] for row in table.rows]

    tornado = sensitivity_picture(view.public, bare=True, width_px=560, height_px=400)
    slides = pptx.Presentation(io.BytesIO(deck(view.public, pictures={}, tornado=tornado))).slides
    by_title = {slide.shapes.title.text: slide for slide in slides}
    found = certainty_of(view.public)
    pair = [view.public.option(i) for i in list(found.labels)[:2]]
    read = by_title[messages.of_ranking(found, pair)]
    assert any(shape.shape_type == 13 for shape in read.shapes), "the tornado"
    worst, *_ = messages.worst_cases(found, pair[-1].option_id)
    slide = by_title[messages.of_stress(found, pair[-1])]
    assert "; ".join(found.cell(pair[-1].option_id, worst)) in slide.shapes.title.text
    assert len(list(table_of(slide))) <= 7
    # The appendix has all of it.
    texts = [s.text_frame.text for slide in slides for s in slide.shapes if s.has_text_frame]
    assert found.ranking()[0] in "\n".join(texts)
    cases = dict.fromkeys(found.stress.index.get_level_values("stress"))
    title = f"{len(cases) - 1} stress tests of {len(found.labels)} options"
    (stress,) = (slide for text, slide in by_title.items() if text.startswith(title))
    head, *others = table_of(stress)
    assert head[1:] == list(found.labels.values())
    for case, cells in zip(cases, others, strict=True):
        assert cells[1:] == ["; ".join(found.cell(one, str(case))) for one in found.labels]
    assert not [text for text in texts if RESTRICTED_MARK in text]
    with pytest.raises(OptionError, match="the tornado is restricted"):
        deck(view.public, pictures={}, tornado=sensitivity_picture(view))


# The command line

STUDY = """
[[options]]
number = 3

[[options]]
kind = "one_per_campus"

[stress]
run = true
growth = [2.0]
empty_shares_percent = [50]
snow_speed_loss_percent = 40
"""


def run(*words: object, code: int = 0) -> Result:
    result = CliRunner(env={"COLUMNS": "200"}).invoke(app, [str(word) for word in words])
    assert result.exit_code == code, result.output
    return result


@pytest.mark.slow
def test_both_editions_on_the_command_line(tmp_path: Path) -> None:
    """Files, the same bytes again, the audit, the differences of two runs, and the record."""
    study = write_study(tmp_path, STUDY)
    folders = {edition: tmp_path / edition for edition in ("public", "restricted")}
    dated = put("output.date", "2026-11-01")
    with comparing_once():
        for edition, out in folders.items():
            run("compare", study, "--edition", edition, "--out", out, *dated)
    public, restricted = folders["public"], folders["restricted"]
    assert {"stress.csv", "sensitivity.csv", SENSITIVITY_PICTURE} <= {
        f.name for f in public.iterdir()
    }
    assert (restricted / "stress_by_building.csv").exists()
    assert not (public / "stress_by_building.csv").exists()
    assert "How sure is this?" in (public / "comparison.html").read_text(encoding="utf-8")
    record = json.loads((public / "run.json").read_text(encoding="utf-8"))
    assert record["parameters"]["stress"]["growth"] == [2.0]
    assert record["parameters"]["stress"]["run"] is True
    assert record["parameters"]["stress"]["empty_shares"] == [0.5]

    again = tmp_path / "again"
    run("again", public, "--out", again)
    for name in ("stress.csv", "sensitivity.csv", SENSITIVITY_PICTURE, "comparison.html"):
        assert (again / name).read_bytes() == (public / name).read_bytes(), name

    facts = read_facts(restricted)
    known = {series.what for series in facts.series["building"]}
    assert "change_s of buildings" in known
    for name in ("stress.csv", "sensitivity.csv", "comparison.html"):
        assert audit(public / name, against=facts).verdict is Verdict.PUBLIC, name
    assert audit(restricted / "stress_by_building.csv", against=facts).verdict is not Verdict.PUBLIC

    without = tmp_path / "without"
    result = run("compare", study, "--out", without, "--set", "stress.run=false")
    assert "stress" not in result.output
    assert not (without / "stress.csv").exists()
    assert "stress" not in json.loads((without / "run.json").read_text())["parameters"]
    assert "stress.run" in run("diff", public, without).output


def order(**options: Any) -> Order:
    return Order(purpose=Purpose.COMPARISON, edition=Edition.PUBLIC, **options)


def test_the_picture_is_left_out_without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    assert SENSITIVITY_PICTURE in order(stress=True).names()
    assert SENSITIVITY_PICTURE not in order().names()
    monkeypatch.setattr(outputs, "can_draw", lambda: False)
    assert SENSITIVITY_PICTURE not in order(stress=True).names()
    assert "sensitivity.csv" in order(stress=True).names()


def test_stress_is_left_out_in_words_without_numba(tmp_path: Path) -> None:
    """The tests' own fixture says that numba is missing."""
    study = write_study(tmp_path, "[zones]\nnumber = [2]\n")
    result = run("compare", study, "--out", tmp_path / "out")
    assert "not tested under stress" in result.output
    assert "stress.run=true" in result.output
    assert not (tmp_path / "out" / "stress.csv").exists()


@pytest.mark.parametrize("options", [1, 2])
def test_stress_is_the_default_of_two_options_with_officers(
    options: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from zoning.study import read_study  # noqa: PLC0415

    monkeypatch.setattr(planning_run, "is_fast", lambda: True)
    listed = '[[options]]\nkind = "no_officers"\n' + "".join(
        f"[[options]]\nnumber = {k + 2}\n" for k in range(options)
    )
    made = planning_run.PlanningRun(
        study=read_study(write_study(tmp_path, listed)),
        purpose=Purpose.COMPARISON,
        review=False,
        out=tmp_path / "out",
        force=False,
    )
    assert made._order.stress is (options == 2)
    assert ("run = true" in (made._order.study or "")) is (options == 2)


def test_streets_to_close_need_streets(tmp_path: Path) -> None:
    study = write_study(tmp_path, '[zones]\nnumber = [2]\n[stress]\nclosed_streets = ["I-65"]\n')
    result = run("compare", study, "--set", "stress.run=true", code=2)
    assert "closed_streets needs streets" in " ".join(result.output.split())


def test_a_row_of_zero_flips_has_empty_cells(view: RestrictedView) -> None:
    found = certainty_of(view).sensitivity
    assert found is not None
    none = replace(found, order=found.order.assign(flips_above=np.nan, flips_below=np.nan))
    held = replace(view, certainty=replace(certainty_of(view), sensitivity=none))
    assert {row["flips_above"] for row in rows(tables.sensitivity_table(held))} == {""}
