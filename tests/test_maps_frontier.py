"""The frontier page: its points, its maps, and what it says of what is missing."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers.browser import file_page
from helpers.map_towns import ATTACKS, hostile_comparison

from zoning.disclosure import PublicView, public_view
from zoning.maps.pages.pages import frontier
from zoning.maps.pages.public_data import cost_frontier
from zoning.staffing import StaffingComparison

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def view(compared: StaffingComparison) -> PublicView:
    return public_view(compared)


@pytest.fixture(scope="module")
def files(compared: StaffingComparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("frontier")
    frontier(compared).save(str(folder / "plain.html"))
    hostile = public_view(hostile_comparison(), title="".join(ATTACKS[:6]))
    frontier(hostile).save(str(folder / "hostile.html"))
    return folder


def test_points_are_the_figures_of_the_options_cheapest_first(view: PublicView) -> None:
    found = cost_frontier(view)
    assert [point.cost[0] for point in found.points] == sorted(p.cost[0] for p in found.points)
    assert len(found.points) + len(found.missing) == len(view.options)
    for point in found.points:
        values = view.options[point.option].values
        assert point.cost == (
            values["annual_cost_usd"],
            values["annual_cost_low_usd"],
            values["annual_cost_high_usd"],
        )
        assert point.response[0] == pytest.approx(values["mean_response_s"] / 60, abs=1e-4)
        assert point.response[1] <= point.response[0] <= point.response[2]


def test_an_option_without_a_response_is_missing_and_not_at_zero(view: PublicView) -> None:
    blind = replace(view.options[1], values={**view.options[1].values, "mean_response_s": math.nan})
    found = cost_frontier(replace(view, options=(view.options[0], blind, *view.options[2:])))
    assert 1 in found.missing
    assert 1 not in [point.option for point in found.points]


@pytest.mark.browser
@pytest.mark.parametrize("name", ["plain", "hostile"])
def test_every_point_opens_its_map_and_nothing_is_asked_for(
    browser: Any, files: Path, view: PublicView, name: str
) -> None:
    path = files / f"{name}.html"
    with file_page(browser, path) as opened:
        page = opened.page
        points = page.locator("#chart .point")
        assert points.count() == len(cost_frontier(view).points)
        for k in range(points.count()):
            points.nth(k).dispatch_event("click")
            assert points.nth(k).get_attribute("aria-pressed") == "true"
            said = points.nth(k).get_attribute("aria-label")
            shown = opened.text(".plate strong")
            assert said.startswith(f"{shown}: $")
            zones = page.locator("#zone-table tbody tr").count()
            assert zones >= 1
        assert page.evaluate("window.__x") is None
        assert opened.requests == [path.as_uri()]
        assert opened.complaints == []


@pytest.mark.browser
def test_a_point_is_reached_and_chosen_by_keyboard(browser: Any, files: Path) -> None:
    with file_page(browser, files / "plain.html") as opened:
        last = opened.page.locator("#chart .point").last
        last.focus()
        opened.page.keyboard.press("Enter")
        assert last.get_attribute("aria-pressed") == "true"
        assert opened.text("#live").startswith("Showing One officer per campus.")


@pytest.mark.browser
def test_the_table_says_what_the_chart_says(browser: Any, files: Path, view: PublicView) -> None:
    with file_page(browser, files / "plain.html") as opened:
        rows = opened.page.locator("#points tbody th").all_text_contents()
        found = cost_frontier(view)
        order = [*(p.option for p in found.points), *found.missing]
        assert rows == [view.options[k].label for k in order]
