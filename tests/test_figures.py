"""Figures as a reader meets them: units, ranges, what is missing, who may see what."""

from __future__ import annotations

import math
from collections import Counter

import pytest

from zoning.editions import Edition
from zoning.staffing import FIGURES, Figure, figures
from zoning.staffing.figures import NOT_COMPUTED

FIGURE_BY_KEY = {figure.key: figure for figure in FIGURES}
RESTRICTED_KEYS = {"worst_building_response_s", "none_free_share"}


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [
        ("posts", 30, "30"),
        ("officers", 1234.0, "1,234"),
        ("annual_cost_usd", 5_250_000.0, "$5.25 M"),
        ("annual_cost_usd", 1_000_000.0, "$1.00 M"),
        ("annual_cost_usd", 999_999.0, "$999,999"),
        ("annual_cost_usd", 0.0, "$0"),
        ("startup_cost_usd", 240_000.0, "$240,000"),
        ("cost_per_student_usd", 71.4, "$71"),
        ("buildings_per_post", 143 / 30, "4.8"),
        ("mean_response_s", 306.0, "5.1 min"),
        ("median_response_s", 135.0, "2.25 min"),
        ("median_response_s", 134.9999999, "2.25 min"),
        ("mean_response_s", 135.1, "2.3 min"),
        ("annual_cost_usd", 12_345_678.0, "$12.3 M"),
        ("p90_response_s", 600.0, "10.0 min"),
        ("share_within_180_s", 0.256, "26 %"),
        ("share_within_600_s", 1.0, "100 %"),
        ("share_within_300_s", 0.0, "0 %"),
        ("worst_building_response_s", 90.0, "1.5 min"),
        ("busy_fraction", 0.09, "9 %"),
        ("aligned_share", 0.875, "88 %"),
        ("campuses_with_own_officer", 0, "0"),
        ("campuses_without_own_officer", 143, "143"),
        ("annual_patrol_m", 160_934_400.0, "100,000 mi"),
        ("annual_patrol_m", 0.0, "0 mi"),
        ("officer_hours", 266.17, "266.2 h"),
        ("overtime_hours", 0.0, "0.0 h"),
    ],
)
def test_a_value_is_shown_in_peoples_units(key: str, value: float, text: str) -> None:
    assert FIGURE_BY_KEY[key].present({key: value}) == text


def test_a_part_is_told_of_its_whole() -> None:
    row = {"arrivals_met": 115.0, "arrivals_wished": 143.0}
    assert FIGURE_BY_KEY["arrivals_met"].present(row) == "115 of 143"
    assert FIGURE_BY_KEY["arrivals_met"].heading("arrivals_wished") == "Arrivals met, of"
    assert FIGURE_BY_KEY["lunches_met"].present(row) == NOT_COMPUTED


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [
        (2_550_000.0, 6_000_000.0, "$4.50 M ($2.55 M to $6.00 M)"),
        (850_000.0, 6_000_000.0, "$4.50 M ($850,000 to $6.00 M)"),
        (4_500_000.0, 4_500_000.0, "$4.50 M"),
        (math.nan, 6_000_000.0, "$4.50 M"),
        (2_550_000.0, math.nan, "$4.50 M"),
    ],
)
def test_a_range_stands_in_brackets(low: float, high: float, text: str) -> None:
    row = {
        "annual_cost_usd": 4_500_000.0,
        "annual_cost_low_usd": low,
        "annual_cost_high_usd": high,
    }
    assert FIGURE_BY_KEY["annual_cost_usd"].present(row) == text


def test_the_range_of_the_response_is_in_minutes() -> None:
    row = {
        "mean_response_s": 306.0,
        "mean_response_low_s": 180.0,
        "mean_response_high_s": 486.0,
    }
    assert FIGURE_BY_KEY["mean_response_s"].present(row) == "5.1 min (3.0 min to 8.1 min)"


def test_the_ends_alone_make_no_range() -> None:
    row = {"annual_cost_low_usd": 1.0, "annual_cost_high_usd": 2.0}
    assert FIGURE_BY_KEY["annual_cost_usd"].present(row) == NOT_COMPUTED


@pytest.mark.parametrize("figure", FIGURES, ids=lambda f: f.key)
def test_what_is_missing_is_not_computed_and_never_zero(figure: Figure) -> None:
    assert figure.present({}) == "not computed"
    assert figure.present({figure.key: math.nan}) == "not computed"


def test_no_column_belongs_to_two_figures() -> None:
    counts = Counter(column for figure in FIGURES for column in figure.columns)
    assert {column: c for column, c in counts.items() if c > 1} == {}


def test_every_figure_has_its_own_words() -> None:
    labels = [figure.label for figure in FIGURES]
    assert len(set(labels)) == len(labels)
    for figure in FIGURES:
        assert figure.label.strip()
        assert figure.meaning.endswith(".")


def test_units_are_in_the_names_of_columns() -> None:
    """Whatever is shown in dollars, minutes or miles says its inner unit."""
    for figure in FIGURES:
        shown = figure.text(1.0)
        for mark, unit in (("$", "_usd"), ("min", "_s"), ("mi", "_m")):
            if mark in shown and not (mark == "mi" and "min" in shown):
                assert all(column.endswith(unit) for column in figure.columns), figure.key


def test_a_range_has_both_ends_or_none() -> None:
    for figure in FIGURES:
        assert (figure.low is None) == (figure.high is None)
        columns = (figure.key, figure.low, figure.high, figure.margin, figure.whole)
        assert figure.columns == tuple(c for c in columns if c)


def test_the_public_edition_leaves_out_the_worst_school_and_the_workload() -> None:
    public = figures(Edition.PUBLIC)
    left_out = {f.key for f in FIGURES} - {f.key for f in public}
    assert left_out == RESTRICTED_KEYS
    assert all(f.edition is Edition.PUBLIC for f in public)


def test_the_restricted_edition_shows_all_in_the_same_order() -> None:
    assert figures(Edition.RESTRICTED) == FIGURES
    public = [f.key for f in figures(Edition.PUBLIC)]
    assert public == [f.key for f in FIGURES if f.key in set(public)]


def test_the_figures_the_board_asked_for_are_there() -> None:
    """Officers, cost with a range, schools per officer, response, alignment, miles."""
    assert {
        "officers",
        "annual_cost_usd",
        "startup_cost_usd",
        "buildings_per_post",
        "mean_response_s",
        "median_response_s",
        "p90_response_s",
        "share_within_180_s",
        "share_within_300_s",
        "share_within_480_s",
        "share_within_600_s",
        "aligned_share",
        "annual_patrol_m",
    } <= {f.key for f in figures(Edition.PUBLIC)}
    for key in ("annual_cost_usd", "startup_cost_usd", "mean_response_s"):
        assert FIGURE_BY_KEY[key].low is not None
