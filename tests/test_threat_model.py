"""The attacker of docs/threat-model.md, who has this library, all public files and public inputs.

Each test tries to learn something with the library itself, and fails if it learns more
than the page allows.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from rich.console import Console

from zoning.cli.comparison_table import show_comparison
from zoning.cli.screen import Screen
from zoning.demand import CallRates
from zoning.disclosure import public_view, restricted_view
from zoning.disclosure.notices import margins
from zoning.disclosure.releases import (
    describe_disclosure,
    find_narrowed,
    known_of,
    longest_drives,
    mean_weights,
    plans_of,
    possible_drives,
    published_figures,
    published_means,
    zones_of,
)
from zoning.editions import EXAMPLE_DAY, Edition
from zoning.errors import OptionError
from zoning.maps.pages.pages import comparison, district, patrol_day
from zoning.patrol import PatrolAssumptions, plan_patrols
from zoning.patrol.working_day import COMPARED
from zoning.reports import Order, Purpose, RunSettings, deck, output_files
from zoning.reports.run_record import WITHHELD
from zoning.reports.tables import visits_table
from zoning.response import ResponseAssumptions
from zoning.roads.traffic import travel_by_hour
from zoning.staffing import (
    OnePerCampus,
    PatrolZones,
    SolvedZones,
    StaffingComparison,
    compare_staffing,
)
from zoning.study.runs import read_run
from zoning.zones import SolverLimits, Status, read_plan

pytestmark = pytest.mark.slow

OPTION = "zones-2"
SECRET_DWELL_S = 600
DWELLS_S = range(8 * 60, 17 * 60, 60)


def public_files(
    comparison: StaffingComparison, folder: Path, *, response: ResponseAssumptions | None = None
) -> Path:
    """A public folder of `zoning compare`, without its pages."""
    order = Order(purpose=Purpose.COMPARISON, edition=Edition.PUBLIC)
    settings = RunSettings(
        command=("zoning", "compare"),
        inputs=(),
        calls_per_school_day=0.17,
        limits=SolverLimits(),
        patrol=PatrolAssumptions(),
        response=response or ResponseAssumptions(),
    )
    folder.mkdir()
    for name, data in output_files(comparison, settings, order).items():
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture(scope="module")
def released(compared: StaffingComparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return public_files(compared, tmp_path_factory.mktemp("released") / "public")


def test_the_timetable_of_the_defaults_is_computed_from_public_files(
    compared: StaffingComparison, released: Path
) -> None:
    """Allowed, as every edition says so first: see the next test.

    When days are drawn from a key this must find nothing, and the words may go.
    """
    schools = compared.district.schools
    plan = read_plan(released / "plan_zones-2.csv", schools)
    times, network = compared.patrol_times, compared.district.network
    assert network is not None
    guessed = plan_patrols(
        plan,
        schools,
        times,
        times_by_hour=travel_by_hour(network, schools, times),
        effort=COMPARED,
    )
    table = pd.read_csv(io.BytesIO(visits_table(restricted_view(compared))))
    secret = table[table["option_id"] == OPTION]
    found = guessed.to_frame()
    assert found["building_id"].tolist() == secret["building_id"].tolist()
    assert len(found) > 20


def test_the_first_screen_of_either_edition_calls_it_an_example_day(
    compared: StaffingComparison,
) -> None:
    assert "an example day that anyone with these inputs can compute" in EXAMPLE_DAY
    public, restricted = public_view(compared), restricted_view(compared)
    pages = {
        "comparison": comparison(public),
        "restricted comparison": comparison(restricted),
        "district": district(public, OPTION),
        "patrol day": patrol_day(restricted),
    }
    for name, page in pages.items():
        head = page.get_root().render().split('<header class="head">')[1].split("</header>")[0]
        assert EXAMPLE_DAY in head, name
    assert EXAMPLE_DAY in public.notices


@pytest.mark.parametrize("edition", list(Edition))
def test_the_screen_of_a_command_says_it_above_the_figures(
    compared: StaffingComparison, edition: Edition
) -> None:
    screen = Screen()
    screen.out = Console(file=io.StringIO(), width=200)
    show_comparison(screen, compared, edition=edition)
    shown = screen.out.file.getvalue()
    assert 0 <= shown.find(EXAMPLE_DAY) < shown.find("Mean response")


def test_the_deck_says_it_on_its_first_slide(compared: StaffingComparison) -> None:
    pptx = pytest.importorskip("pptx")
    for view in (public_view(compared), restricted_view(compared)):
        slides = pptx.Presentation(io.BytesIO(deck(view, pictures={}))).slides
        first = " ".join(s.text_frame.text for s in slides[0].shapes if s.has_text_frame)
        assert EXAMPLE_DAY in first


@pytest.mark.parametrize("name", ["README.md", "docs/editions.md", "docs/threat-model.md"])
def test_the_documents_claim_no_more(name: str) -> None:
    text = (Path(__file__).parent.parent / name).read_text(encoding="utf-8")
    assert "an example day that anyone with these inputs can compute" in " ".join(text.split())


def test_a_secret_dwell_is_not_met_by_the_public_figures(compared: StaffingComparison) -> None:
    """The attacker computes all public figures for each dwell, and compares them with those told.

    Officers of the two zones drive 5 to 10 % less for each further minute of dwell:
    with patrol miles in the public files, to two figures, a dwell or two would be left.
    """
    told = {dwell_s: told_with(compared, dwell_s) for dwell_s in DWELLS_S}
    secret = told[SECRET_DWELL_S]
    assert "annual_patrol_m" not in secret
    fitting = [
        dwell_s
        for dwell_s, figures in told.items()
        if all(figures.get(column) == value for column, value in secret.items())
    ]
    assert SECRET_DWELL_S in fitting
    assert len(fitting) >= 3, fitting


def told_with(compared: StaffingComparison, dwell_s: int) -> dict[str, float]:
    """The public figures of the two zones with a dwell of the planner's own."""
    comparison = compare_staffing(
        compared.district,
        [PatrolZones(zones=2)],
        patrol=PatrolAssumptions(dwell_s=dwell_s),
        times=(compared.patrol_times, compared.emergency_times),
        solved={OPTION: SolvedZones(plan=compared.outcome(OPTION).plan, status=Status.OPTIMAL)},
    )
    view = public_view(comparison)
    return dict(published_figures(view)[OPTION]["figures"])


def test_a_small_district_tells_no_school_in_one_release(compared: StaffingComparison) -> None:
    """Nine schools, all means told of two and of three zones."""
    view = public_view(compared)
    plans = {option: zones_of(zones) for option, zones in plans_of(view).items()}
    means = [
        mean
        for option, zones in plans.items()
        if zones
        for mean in published_means(
            published_figures(view)[option],
            zones,
            response=asdict(ResponseAssumptions()),
            weights=mean_weights(compared),
            known=known_of(compared.outcome(option)),
        )
    ]
    longest = longest_drives(
        [(compared, zones, compared.outcome(option)) for option, zones in plans.items()]
    )
    table, _ = find_narrowed(means, [], longest, asked=longest)
    assert table.empty
    assert not any(published_figures(view)[option]["groups"] for option in (OPTION, "zones-3"))
    found, _ = possible_drives(means, longest, longest)
    for option in (OPTION, "zones-3"):
        response = compared.outcome(option).response
        assert response is not None
        for building, shared in plans[option].items():
            low, high = found[building, shared]
            assert low - 0.01 <= response.buildings["mean_s"][building] - 135.0 <= high + 0.01


def test_officers_of_single_schools_do_not_tell_counted_calls(
    compared: StaffingComparison,
) -> None:
    """An officer of one school is on another of its calls for longer, the more it has.

    Before calls were simulated this response was a constant. Now the mean of a group that
    is in one school is that school's wait, which gives its number of calls to a few per cent.
    """
    schools = compared.district.schools.assign(pct_asian=0.0, pct_white=100.0)
    schools.loc["s2", ["pct_asian", "pct_white"]] = [100.0, 0.0]
    counts = pd.Series([20.0, 300, 90, 33, 51, 14, 77, 25, 180], index=schools.index)
    told = {}
    for counted in (False, True):
        calls = CallRates.from_series(counts, source="own log", school_days=170)
        view = public_view(
            compare_staffing(
                replace(compared.district, schools=schools),
                [OnePerCampus()],
                calls=replace(calls, is_counted=counted),
                times=(compared.patrol_times, compared.emergency_times),
            )
        )
        told[counted] = published_figures(view)["campus"]
    assert "Asian" in told[False]["groups"]
    assert told[True]["groups"] == {}
    hidden = told[False]["figures"].keys() - told[True]["figures"].keys()
    assert {"busy_fraction", "p90_response_s", "share_within_180_s"} <= hidden
    assert {"mean_response_s", "calls_per_day"} <= told[True]["figures"].keys()


def test_a_public_record_and_its_pages_name_no_seed_of_calls(
    compared: StaffingComparison, tmp_path: Path
) -> None:
    secret = 1_234_567
    own = ResponseAssumptions(seed=secret, max_days=50)
    again = compare_staffing(
        compared.district,
        [PatrolZones(zones=2)],
        response=own,
        times=(compared.patrol_times, compared.emergency_times),
        solved={OPTION: SolvedZones(plan=compared.outcome(OPTION).plan, status=Status.OPTIMAL)},
    )
    folder = public_files(again, tmp_path / "public", response=own)
    for path in folder.iterdir():
        assert str(secret).encode() not in path.read_bytes(), path.name
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert record["parameters"]["response"]["seed"] == WITHHELD
    assert read_run(folder).release().response["dispatch_s"] == own.dispatch_s


def test_the_days_simulated_are_told_to_one_digit(compared: StaffingComparison) -> None:
    """How many a mean needs follows from all that it rests on: 1,375 would be a checksum."""
    outcome = compared.outcome(OPTION)
    assert outcome.response is not None
    district = replace(outcome.response.district, days=1375)
    changed = replace(outcome, response=replace(outcome.response, district=district))
    (said,) = margins(replace(compared, outcomes=(changed,)))
    assert "(1,000 school-days or more)" in said


def test_the_record_keeps_what_was_told_and_no_more(released: Path) -> None:
    record = json.loads((released / "run.json").read_text(encoding="utf-8"))
    with (released / "comparison.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["option_id"]: row for row in csv.DictReader(file)}
    for option in record["options"]:
        told = option["told"]
        assert set(told) == {"plan_sha256", "step_s", "figures", "groups"}
        for column, value in told["figures"].items():
            assert value == float(rows[option["option_id"]][column]), column
    assert record["parameters"]["patrol"] == "library defaults"


def test_a_public_folder_holds_the_files_of_its_order_alone(released: Path) -> None:
    names = Order(purpose=Purpose.COMPARISON, edition=Edition.PUBLIC).names(
        ["none", OPTION, "zones-3", "campus"]
    )
    assert {path.name for path in released.rglob("*")} == set(names)


def test_a_release_tells_nothing_beside_itself(
    compared: StaffingComparison, released: Path
) -> None:
    again = read_run(released).release()
    (sentence,) = describe_disclosure(compared, [again], edition=Edition.PUBLIC)
    assert sentence.startswith(f"Together with {released} this release tells the response at no")


@pytest.mark.parametrize("edition", list(Edition))
def test_an_earlier_release_that_told_one_school_is_named_inside_only(
    compared: StaffingComparison, released: Path, tmp_path: Path, edition: Edition
) -> None:
    """A mean to a second, of a group of students that is in one school only."""
    alone = "s2"
    schools = compared.district.schools.copy()
    schools["pct_asian"] = [100.0 if i == alone else 0.0 for i in schools.index]
    now = replace(compared, district=replace(compared.district, schools=schools))
    response = compared.outcome(OPTION).response
    assert response is not None
    waits = {"Asian": round(response.buildings["mean_s"][alone])}
    folder = changed(released, tmp_path / "earlier", groups=waits, figures={}, step_s=1.0)
    said = list(describe_disclosure(now, [read_run(folder).release()], edition=edition))
    text = " ".join(said)
    assert "at 1 building:" in text
    assert "(the narrowest: 2 s)" in text
    assert ("School 2 (s2): within 2 s" in text) == (edition is Edition.RESTRICTED)


def test_a_plan_with_other_buildings_is_said_not_to_be_compared(
    compared: StaffingComparison, released: Path, tmp_path: Path
) -> None:
    folder = changed(released, tmp_path / "earlier", plan_sha256="0" * 64)
    (folder / "assignments.csv").unlink()
    said = list(describe_disclosure(compared, [read_run(folder).release()], edition=Edition.PUBLIC))
    assert f"{folder}, {OPTION}: not compared, as its plan is not there." in said


@pytest.mark.parametrize(
    ("break_it", "why"),
    [
        (lambda r: r.update(edition="restricted"), "is a restricted run"),
        (lambda r: r["options"][1].pop("told"), "told: it is missing"),
        (
            lambda r: r["options"][1]["told"].update(step_s="6"),
            "step_s: it should be a valid number",
        ),
        (lambda r: r["options"][1]["told"].update(step_s=0), "step_s: it should be greater than 0"),
        (
            lambda r: r["parameters"]["response"].update(dispatch_range_s=[1]),
            "range_s.1: it is missing",
        ),
        (lambda r: r.update(options=3), "run.json"),
    ],
)
def test_a_folder_that_is_no_public_run_is_refused(
    released: Path, tmp_path: Path, break_it: Callable[[dict[str, Any]], object], why: str
) -> None:
    record = json.loads((released / "run.json").read_text(encoding="utf-8"))
    break_it(record)
    (tmp_path / "run.json").write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(OptionError, match=why):
        read_run(tmp_path).release()


def changed(released: Path, folder: Path, **told: object) -> Path:
    """A release whose record tells other things of the two zones."""
    shutil.copytree(released, folder)
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    of_option = next(o for o in record["options"] if o["option_id"] == OPTION)
    of_option["told"].update(told)
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    return folder
