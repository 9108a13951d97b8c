"""Every page and view by axe-core (Deque), the rules that WCAG 2.2 AA can be tested with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from helpers.browser import file_page

from zoning import maps
from zoning.staffing import StaffingComparison

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def files(compared: StaffingComparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("accessible")
    for edition in ("public", "restricted"):
        maps.comparison(compared, edition=edition).save(str(folder / f"{edition}.html"))
    maps.comparison(compared, size="slide").save(str(folder / "slide.html"))
    maps.district(compared).save(str(folder / "district.html"))
    for size in ("page", "slide"):
        maps.frontier(compared, size=size).save(str(folder / f"frontier-{size}.html"))
        maps.patrol_day(compared, size=size).save(str(folder / f"patrol_day-{size}.html"))
    return folder


def faults(page: Any) -> list[str]:
    """Serious and critical violations, each with the elements it is about."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = axe.Axe().run(page).response["violations"]
    return [
        f"{fault['id']}: {node['html']} {node['failureSummary']}"
        for fault in found
        if fault["impact"] in {"serious", "critical"}
        for node in fault["nodes"]
    ]


def find_school(page: Any) -> None:
    """Open the list of schools found, with the first of them pointed at."""
    box = page.get_by_role("combobox", name="Find a school")
    box.fill("school")
    box.press("ArrowDown")


@pytest.mark.parametrize("name", ["public", "restricted", "slide"])
def test_no_view_of_the_comparison_has_a_serious_fault(
    browser: Any, files: Path, name: str
) -> None:
    with file_page(browser, files / f"{name}.html", width=1280, height=720) as opened:
        page = opened.page
        page.locator("#map .layers summary").click()
        page.get_by_text("as a table").click()
        find_school(page)
        assert faults(page) == []
        page.keyboard.press("Enter")
        for tab in ("Side by side", "What changes"):
            page.get_by_role("tab", name=tab).click()
            page.wait_for_timeout(200)
            assert faults(page) == []


@pytest.mark.parametrize("width", [1366, 390])
def test_the_district_page_has_no_serious_fault(browser: Any, files: Path, width: int) -> None:
    with file_page(browser, files / "district.html", width=width, height=800) as opened:
        opened.page.get_by_text("Every school, as a table").click()
        find_school(opened.page)
        opened.page.keyboard.press("Enter")
        assert faults(opened.page) == []


def test_zones_are_no_stops_of_the_tab_key(browser: Any, files: Path) -> None:
    """Leaflet makes them such: see findings/leaflet_tooltips_are_tab_stops.sh."""
    with file_page(browser, files / "district.html", width=1366, height=800) as opened:
        met = []
        while "BODY" not in met:
            opened.page.keyboard.press("Tab")
            met.append(opened.page.evaluate("document.activeElement.tagName"))
        assert "SUMMARY" in met
        assert "path" not in met


@pytest.mark.parametrize("name", ["frontier", "patrol_day"])
@pytest.mark.parametrize(("size", "width"), [("page", 1366), ("page", 390), ("slide", 1280)])
def test_no_chart_page_has_a_serious_fault(
    browser: Any, files: Path, name: str, size: str, width: int
) -> None:
    with file_page(browser, files / f"{name}-{size}.html", width=width, height=720) as opened:
        opened.page.get_by_text("as a table").last.click()
        assert faults(opened.page) == []


def test_everything_that_takes_the_keyboard_shows_where_it_is(browser: Any, files: Path) -> None:
    with file_page(browser, files / "public.html") as opened:
        page = opened.page
        met = set()
        for _ in range(40):
            page.keyboard.press("Tab")
            what, outlined = page.evaluate(
                """() => {
                    const node = document.activeElement;
                    const row = node.closest("tbody tr");
                    const shown = [node, row].filter(Boolean).some((n) => {
                        const style = getComputedStyle(n);
                        return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
                    });
                    return [node.tagName + (node.id ? `#${node.id}` : ""), shown];
                }"""
            )
            if what.startswith("BODY"):
                break
            met.add(what)
            assert outlined, what
        assert {"BUTTON#tab-one", "SUMMARY", "INPUT#option-1", "A", "DIV"} <= met


def test_less_motion_is_given_to_those_who_ask_for_it(browser: Any, files: Path) -> None:
    with file_page(browser, files / "public.html") as opened:
        page = opened.page
        assert page.evaluate("map_comparison.options.zoomAnimation")
        page.emulate_media(reduced_motion="reduce")
        page.reload()
        assert not page.evaluate("map_comparison.options.zoomAnimation")
        page.get_by_role("button", name="Zoom in").first.click()
        assert page.locator(".leaflet-zoom-anim").count() == 0
        assert opened.complaints == []


def test_what_is_shown_is_told(browser: Any, files: Path) -> None:
    with file_page(browser, files / "public.html") as opened:
        page = opened.page
        live = page.locator("#live")
        page.get_by_role("radio", name="3 patrol zones").check()
        assert live.text_content().startswith("Showing 3 patrol zones. Officers on duty 3")
        page.get_by_role("tab", name="What changes").click()
        page.get_by_role("combobox", name="To", exact=True).select_option("2 patrol zones")
        assert live.text_content().startswith("From 3 patrol zones to 2 patrol zones. ")
        assert page.get_by_role("main").count() == 1
        assert page.get_by_role("banner").count() == 1
