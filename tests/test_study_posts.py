"""Options of posts in a study: faults at their place, what lies over what, the public copy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from helpers.town_files import write_schools

from zoning.editions import Edition
from zoning.errors import FaultsError, StudyError
from zoning.staffing import CostAssumptions, PatrolZones, PostKind, StaffingOption, StaffMix
from zoning.study import Study


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town")
    write_schools(folder / "town.csv")
    return folder


def study(folder: Path, *options: dict[str, Any], **more: Any) -> Study:
    tables = {"schools": {"file": "town.csv"}, "options": list(options), **more}
    return Study.from_tables(tables, folder=folder)


def options_of(given: Study) -> tuple[StaffingOption, ...]:
    return given.open().options


FIXED = {"kind": "fixed", "levels": ["high"], "each": 2}


def test_rows_become_an_option(folder: Path) -> None:
    rows = [FIXED, {"kind": "zones", "number": 2}, {"kind": "float", "number": 1, "who": "monitor"}]
    given = study(
        folder,
        {"kind": "posts", "name": "Mix", "min_size": 2, "posts": rows, "administrators": True},
        {"number": 3, "administrators": True},
        {"number": 3},
        {"kind": "fixed_secondary", "name": "Fixed", "administrators": True, "min_size": 1},
        zones={"max_size": 8},
    )
    mix, with_them, plain, fixed = options_of(given)
    assert isinstance(mix, StaffMix)
    assert [one.kind for one in mix.posts] == [
        PostKind.FIXED,
        PostKind.ZONES,
        PostKind.FLOAT,
        PostKind.FIXED,
    ]
    assert (mix.option_id, mix.zones.min_size, mix.zones.max_size) == ("mix", 2, 8)
    assert mix.zones.dedicated == ("H1", "H2")
    assert isinstance(with_them, StaffMix)
    assert isinstance(plain, PatrolZones)
    assert with_them.base == plain
    assert with_them.option_id == f"{plain.option_id}-administrators"
    assert fixed.option_id == "secondary-and-zones-fixed-administrators"


def test_prices_of_an_option_lie_over_those_of_the_study(folder: Path) -> None:
    given = study(
        folder,
        {"number": 3, "costs": {"officer_year_usd": 90_000}},
        {"number": 3, "name": "range", "costs": {"officer_year_range_usd": [100_000, 150_000]}},
        {"number": 3, "name": "monitors", "costs": {"monitor_year_usd": 40_000}},
        costs={"officer_year_usd": 120_000, "school_days": 170},
    )
    price, spread, monitors = (one.costs for one in options_of(given) if isinstance(one, StaffMix))
    assert given.settings.costs.officer_year_range_usd == (120_000, 120_000)
    assert price == CostAssumptions(
        officer_year_usd=90_000, officer_year_range_usd=(90_000, 90_000), school_days=170
    )
    assert spread == CostAssumptions(
        officer_year_usd=120_000, officer_year_range_usd=(100_000, 150_000), school_days=170
    )
    assert monitors is not None
    assert (monitors.monitor_year_usd, monitors.school_days) == ((40_000.0,) * 3, 170)


def test_an_outside_response_of_its_own(folder: Path) -> None:
    given = study(
        folder,
        {"kind": "posts", "posts": [FIXED], "police": {"mean_minutes": 10}},
        {"preset": "duval"},
        police={"mean_minutes": 8, "source": "CAD"},
    )
    first, second = options_of(given)
    assert isinstance(first, StaffMix)
    assert isinstance(second, StaffMix)
    assert first.outside is not None
    assert second.outside is not None
    assert (first.outside.mean_s, first.outside.source) == (600, "CAD")
    assert second.outside.mean_s == 480
    assert second.label == "Duval County style"


def faults_of(folder: Path, *options: dict[str, Any]) -> dict[str, str]:
    """The faults of a study by their place."""
    with pytest.raises(StudyError) as error:
        study(folder, *options)
    return dict(fault.split(": ", 1) for fault in error.value.faults)


def test_every_fault_of_a_value_stands_at_its_place(folder: Path) -> None:
    told = faults_of(
        folder,
        {"kind": "posts", "posts": [{"kind": "fixed", "each": 0}, {"kind": "fixd"}]},
        {"kind": "posts", "posts": [{"kind": "float", "levels": ["high"]}, {"who": "monitor"}]},
        {"number": 3, "costs": {"officer_year_usd": -1, "relief_factr": 1.1}},
        {"preset": "austn"},
    )
    assert "from 1 to 50" in told["[[options]] 1, [[options.posts]] 1 each"]
    assert "'fixd'" in told["[[options]] 1, [[options.posts]] 2 kind"]
    assert "no effect on posts that are float" in told["[[options]] 2, [[options.posts]] 1 levels"]
    assert "missing" in told["[[options]] 2, [[options.posts]] 2 kind"]
    assert "0 or more" in told["[[options]] 3 costs.officer_year_usd"]
    assert "relief_factor" in told["[[options]] 3 costs.relief_factr"]
    assert "austin" in told["[[options]] 4 preset"]


def test_every_contradiction_stands_at_its_place(folder: Path) -> None:
    told = faults_of(
        folder,
        {"kind": "posts"},
        {"preset": "austin", "posts": [FIXED], "number": 3},
        {"kind": "one_per_campus", "preset": "austin"},
        {"kind": "zones", "posts": [FIXED], "police": {"mean_minutes": 8}},
        {"kind": "posts", "posts": [FIXED, FIXED, {"kind": "zones"}, {"kind": "on_call"}]},
        {
            "kind": "posts",
            "administrators": True,
            "posts": [
                {
                    "kind": "fixed",
                    "who": "administrator",
                    "levels": ["high", "middle", "secondary", "combined"],
                }
            ],
        },
    )
    assert "it has no posts" in told["[[options]] 1 kind"]
    assert "give one of preset and posts" in told["[[options]] 2 posts"]
    assert "no effect on kind = 'posts'" in told["[[options]] 2 number"]
    assert "leave kind out" in told["[[options]] 3 preset"]
    assert "no effect on kind = 'zones'" in told["[[options]] 4 posts"]
    assert "no effect on kind = 'zones'" in told["[[options]] 4 police"]
    assert "the same as row 1" in told["[[options]] 5, [[options.posts]] 2 kind"]
    assert "zones of the same schools" in told["[[options]] 5, [[options.posts]] 4 kind"]
    assert "has them already" in told["[[options]] 6 administrators"]


def test_a_preset_with_administrators_is_told_apart(folder: Path) -> None:
    """The choice that a board compares needs no names of a planner's own."""
    options = options_of(
        study(folder, {"preset": "miami-dade"}, {"preset": "miami-dade", "administrators": True})
    )
    assert [(one.option_id, one.label) for one in options] == [
        ("miami-dade-style", "Miami-Dade style"),
        (
            "miami-dade-style-with-safety-administrators",
            "Miami-Dade style, with Safety Administrators",
        ),
    ]


def test_a_price_of_an_option_that_detailed_prices_replace_is_told(folder: Path) -> None:
    detailed = {"pay_steps_usd": [50_000], "benefits_percent": 35}
    options: list[dict[str, Any]] = [
        {"number": 3, "costs": {"officer_year_usd": 90_000}},
        {"number": 2, "costs": {"school_days": 180}},
    ]
    with pytest.raises(FaultsError) as caught:
        study(folder, *options, costs={"detailed": detailed})
    (told,) = caught.value.faults
    assert "[[options]] 1" in told
    assert "officer_year_usd: the prices of [costs.detailed] replace it" in told
    with pytest.raises(FaultsError, match="5 hours are not the shift"):
        study(folder, {"number": 3, "costs": {"work_year": {"hours_a_day": 5}}})
    # One that an option has from [costs] is replaced by detailed prices of its own.
    own = {"number": 3, "costs": {"detailed": detailed}}
    assert study(folder, own, costs={"officer_year_usd": 90_000}).settings.options


def test_every_fault_of_the_schools_stands_at_its_row(folder: Path) -> None:
    rows = [
        {"kind": "fixed", "schools": ["North Hihg"]},
        {"kind": "fixed", "levels": ["combined"]},
        {"kind": "zones", "number": 20},
    ]
    given = study(
        folder,
        {"preset": "officers-13"},
        {"kind": "posts", "posts": rows},
        {"kind": "posts", "posts": [FIXED, {"kind": "fixed", "schools": ["H1"], "who": "monitor"}]},
    )
    with pytest.raises(FaultsError) as error:
        given.open()
    told = error.value.faults
    assert len(told) == 4
    assert "preset" in told[0]
    assert "13 officers in zones are too many for 10 schools" in told[0]
    assert "schools" in told[1]
    assert "did you mean 'North High'" in told[1] or "North High" in told[1]
    assert "levels" in told[2]
    assert "number" in told[3]
    assert "give 10 or fewer" in told[3]


def test_where_floats_wait_and_when_posts_end_is_left_out_of_the_public_copy(folder: Path) -> None:
    rows = [FIXED | {"shift_hours": 6.75}, {"kind": "float", "number": 1, "base": "Dogwood"}]
    given = study(folder, {"kind": "posts", "posts": rows})
    public = given.as_run(folder / "out", edition=Edition.PUBLIC)
    assert "Dogwood" not in public
    assert "options.1.posts.2.base" in public
    assert "options.1.posts.1.shift_hours" in public
    assert "6.75" not in public
    assert "Dogwood" in given.as_run(folder / "out", edition=Edition.RESTRICTED)
