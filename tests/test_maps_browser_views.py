"""The views, layers and sizes of the pages, by mouse and by keyboard, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from helpers.browser import Opened, blank_page, file_page
from helpers.map_towns import ATTACKS, hostile_comparison

from zoning import maps
from zoning.disclosure import option_change, public_view
from zoning.staffing import StaffingComparison

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WHERE = """() => [...document.querySelectorAll(".leaflet-container")]
    .filter((n) => n.offsetParent).map((n) => {
        const school = n.querySelector(".school").getBoundingClientRect();
        const frame = n.getBoundingClientRect();
        return [school.x - frame.x, school.y - frame.y];
    })"""


@pytest.fixture(scope="module")
def files(compared: StaffingComparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("views")
    hostile = hostile_comparison()
    for edition in ("public", "restricted"):
        maps.comparison(compared, edition=edition).save(str(folder / f"{edition}.html"))
        page = maps.comparison(hostile, edition=edition, title=ATTACKS[2])
        page.save(str(folder / f"hostile-{edition}.html"))
    maps.district(compared, "zones-2").save(str(folder / "district.html"))
    maps.district(hostile, "zones-2", title=ATTACKS[3]).save(str(folder / "hostile-district.html"))
    maps.comparison(compared, size="slide").save(str(folder / "slide.html"))
    return folder


def open_tab(opened: Opened, name: str) -> None:
    opened.page.get_by_role("tab", name=name).click()


def same_places(places: list[list[float]]) -> bool:
    (one, other) = places
    return max(abs(one[0] - other[0]), abs(one[1] - other[1])) <= 2


def test_tabs_open_by_arrow_keys_and_one_view_shows_at_a_time(browser: Any, files: Path) -> None:
    with file_page(browser, files / "public.html") as opened:
        page = opened.page
        page.locator("#tab-one").focus()
        for key, shown in (
            ("ArrowRight", "pair"),
            ("ArrowRight", "changes"),
            ("ArrowRight", "one"),
            ("ArrowLeft", "changes"),
            ("Home", "one"),
            ("End", "changes"),
        ):
            page.keyboard.press(key)
            assert page.locator("[role=tabpanel]:visible").get_attribute("id") == shown
            assert page.locator("[role=tab][aria-selected=true]").get_attribute("id") == (
                f"tab-{shown}"
            )
        assert opened.complaints == []


def test_the_slider_goes_from_fewest_officers_to_most_and_figures_follow(
    browser: Any, files: Path
) -> None:
    with file_page(browser, files / "public.html") as opened:
        slider = opened.page.get_by_role("slider")
        slider.focus()
        for label, officers, was in (
            ("3 patrol zones", "3", "was 2"),
            ("One officer per campus", "9", "was 3"),
        ):
            opened.page.keyboard.press("ArrowRight")
            assert slider.get_attribute("aria-valuetext") == label
            assert opened.text("#shown-label") == label
            assert opened.text("#figures .value") == officers
            assert opened.text("#figures .was") == was
            assert opened.page.get_by_role("radio", name=label).is_checked()
        opened.page.keyboard.press("Home")
        assert opened.text("#shown-label") == "No district officers"


def test_two_maps_move_together(browser: Any, files: Path) -> None:
    with file_page(browser, files / "public.html") as opened:
        page = opened.page
        open_tab(opened, "Side by side")
        assert page.locator("#pair .leaflet-container").count() == 2
        start = page.evaluate(WHERE)
        assert same_places(start)
        page.locator("#pair").get_by_role("button", name="Zoom in").nth(1).click()
        page.wait_for_timeout(100)
        closer = page.evaluate(WHERE)
        assert same_places(closer)
        assert abs(closer[0][0] - start[0][0]) > 20
        box = page.locator("#pair .leaflet-container").first.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 90, y + 40, steps=5)
        during = page.evaluate(WHERE)
        page.mouse.up()
        assert same_places(during)
        assert abs(during[1][0] - closer[1][0] - 90) < 8
        page.locator("#pair").get_by_role("button", name="Whole district").nth(0).click()
        page.wait_for_timeout(100)
        back = page.evaluate(WHERE)
        assert same_places(back)
        assert abs(back[0][0] - start[0][0]) < 3
        assert opened.complaints == []


def test_each_of_two_maps_has_its_own_option_and_figures(browser: Any, files: Path) -> None:
    with file_page(browser, files / "public.html") as opened:
        page = opened.page
        open_tab(opened, "Side by side")
        page.get_by_label("Right map").select_option("One officer per campus")
        zones = [
            page.locator("#pair .leaflet-container").nth(k).locator("path.zone-area").count()
            for k in range(2)
        ]
        assert zones == [2, 9]
        assert page.locator("#pair .facts dd").all_text_contents()[::4] == ["2", "9"]
        assert page.locator("#matrix thead th.shown").count() == 2
        assert "Right map: One officer per campus" in opened.text("#live")


def test_the_changes_are_those_of_the_options_and_can_be_swapped(
    browser: Any, files: Path, compared: StaffingComparison
) -> None:
    change = option_change(public_view(compared), "zones-2", "campus")
    with file_page(browser, files / "public.html") as opened:
        page = opened.page
        open_tab(opened, "What changes")
        page.get_by_role("combobox", name="To", exact=True).select_option("One officer per campus")
        rows = page.locator("#change-summary tbody tr").all_text_contents()
        assert rows[0] == "+Gains an officer of its own9"
        assert rows[-1] == "No change0"
        assert page.locator("#map-changes .school .badge").count() == 9
        assert "Gains an officer of its own" in opened.text("#map-changes .legend")
        cells = page.locator("#change-table tbody tr").first.locator("th, td").all_text_contents()
        first = change.schools.iloc[0]
        assert cells == [
            first["name"],
            "Elementary",
            "Gains an officer of its own",
            first["before"],
            first["after"],
        ]
        page.get_by_role("button", name="Swap").click()
        rows = page.locator("#change-summary tbody tr").all_text_contents()
        assert rows[0] == "−Loses its own officer9"
        assert "From One officer per campus to 2 patrol zones" in opened.text("#live")
        page.get_by_role("combobox", name="From", exact=True).select_option("2 patrol zones")
        assert "Nothing changes" in opened.text("#change-table tbody")
        assert page.locator("#map-changes .school .badge").count() == 0


def test_only_the_restricted_page_tells_who_gets_faster_and_slower(
    browser: Any, files: Path, compared: StaffingComparison
) -> None:
    before, after = (compared.outcome(o).response for o in ("zones-2", "campus"))
    assert before is not None
    assert after is not None
    change = (after.buildings["mean_s"] - before.buildings["mean_s"]).round()
    with file_page(browser, files / "restricted.html") as opened:
        page = opened.page
        open_tab(opened, "What changes")
        page.get_by_role("combobox", name="To", exact=True).select_option("One officer per campus")
        page.get_by_label("Faster or slower").check()
        shown = {
            row.locator("th").inner_text().strip(): int(row.locator("td").inner_text())
            for row in page.locator("#change-summary tbody tr").all()
        }
        much = sum(change < -120)
        assert next(v for k, v in shown.items() if "Faster by over 2 min" in k) == much
        assert sum(shown.values()) == 9
        cells = page.locator("#change-table tbody tr").first.locator("td").all_text_contents()
        minutes = f"{abs(change.iloc[0]) / 60:.1f} min"
        assert cells[-1] == f"−{minutes}"
    with file_page(browser, files / "public.html") as opened:
        open_tab(opened, "What changes")
        assert opened.page.get_by_label("Faster or slower").count() == 0
        assert opened.page.locator("#change-table thead th").count() == 5


def test_the_choices_of_the_views_can_be_made_by_keyboard(browser: Any, files: Path) -> None:
    with file_page(browser, files / "restricted.html") as opened:
        page = opened.page
        open_tab(opened, "What changes")
        page.get_by_role("combobox", name="To", exact=True).focus()
        page.keyboard.press("End")
        assert opened.text("#map-changes .plate strong").endswith("to One officer per campus")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert opened.text("#map-changes .plate strong").startswith("From One officer per campus")
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowRight")
        assert page.get_by_label("Faster or slower").is_checked()
        assert opened.text("#change-summary thead th") == "Faster or slower"
        open_tab(opened, "Side by side")
        page.get_by_role("combobox", name="Left map").focus()
        page.keyboard.press("Home")
        assert page.locator("#pair .facts dd").first.text_content() == "0"
        page.locator("#pair .leaflet-container").first.focus()
        before = page.evaluate(WHERE)
        page.keyboard.press("+")
        page.wait_for_timeout(300)
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(600)
        moved = page.evaluate(WHERE)
        assert same_places(moved)
        assert abs(moved[0][0] - before[0][0]) > 20
        assert opened.complaints == []


def test_every_layer_can_be_switched_off_and_on_by_keyboard(browser: Any, files: Path) -> None:
    seen = {
        "Zones": "path.zone-area",
        "School names": ".name:not(.hidden)",
        "Streets": ".leaflet-streets-pane path",
        "Elementary": ".school:not(.off) .circle",
        "High": ".school:not(.off) .star",
        "Patrol routes": ".leaflet-routes-pane path",
    }
    with file_page(browser, files / "restricted.html") as opened:
        page = opened.page
        page.evaluate("void map_comparison.setZoom(map_comparison.getZoom() + 1.2)")
        page.wait_for_timeout(400)
        summary = page.locator("#map .layers summary")
        summary.focus()
        page.keyboard.press("Enter")
        for name, selector in seen.items():
            drawn = page.locator("#map").locator(selector)
            count = drawn.count()
            assert count > 0, name
            page.locator("#map").get_by_label(name, exact=True).focus()
            page.keyboard.press("Space")
            assert drawn.count() == 0, name
            page.keyboard.press("Space")
            assert drawn.count() == count, name
        page.keyboard.press("Escape")
        assert page.locator("#map .layers").get_attribute("open") is None
        assert opened.complaints == []


def test_the_district_page_shows_one_option_with_levels_and_programs(
    browser: Any, files: Path
) -> None:
    with file_page(browser, files / "district.html") as opened:
        page = opened.page
        assert page.locator("path.zone-area").count() == 2
        assert page.locator(".name.star:not(.hidden)").count() == 2
        assert opened.text("#shown-label") == "2 patrol zones"
        rows = {
            row.locator("th").inner_text(): row.locator("td").last.inner_text()
            for row in page.locator("#levels tbody tr").all()
        }
        assert rows == {
            "Elementary": "4",
            "Middle": "1",
            "Secondary or combined": "2",
            "High": "2",
            "All levels": "9",
        }
        page.get_by_text("Every school, as a table").click()
        assert page.locator("#school-table tbody tr").count() == 9
        assert page.locator("#zone-table tbody tr").count() == 2
        assert opened.requests == [(files / "district.html").as_uri()]
        assert opened.complaints == []


@pytest.mark.parametrize("name", ["hostile-public", "hostile-restricted", "hostile-district"])
def test_hostile_names_never_run_in_any_view(browser: Any, files: Path, name: str) -> None:
    with file_page(browser, files / f"{name}.html") as opened:
        page = opened.page
        if name == "hostile-district":
            assert sorted(page.locator("#school-table tbody th").all_text_contents()) == sorted(
                ATTACKS
            )
            assert opened.text("#shown-label") == ATTACKS[3]
        else:
            labels = [ATTACKS[(k + 2) % len(ATTACKS)] for k in range(4)]
            open_tab(opened, "Side by side")
            said = page.get_by_label("Left map").locator("option").all_text_contents()
            assert said == labels
            open_tab(opened, "What changes")
            page.get_by_role("combobox", name="To", exact=True).select_option(index=3)
            caption = opened.text("#map-changes .plate strong")
            assert caption == f"From {labels[1]} to {labels[3]}"
            assert sorted(page.locator("#change-table tbody th").all_text_contents()) == sorted(
                ATTACKS
            )
            for k, attack in enumerate(ATTACKS):
                body = page.locator("#map-changes .school").nth(k).locator(".body")
                body.dispatch_event("mouseover")
                assert page.locator(".leaflet-tooltip strong").last.text_content() == attack
                body.dispatch_event("mouseout")
        box = page.get_by_role("combobox", name="Find a school")
        for attack in ATTACKS:
            box.fill(attack)
            assert attack in page.locator(".hits .hit").all_text_contents()
            page.locator(".hits li").first.click()
            told = page.locator(".story .told:visible").first
            assert told.locator("strong").text_content() in ATTACKS
        assert page.evaluate("window.__x") is None
        assert page.locator("img, iframe, object").count() == 0
        assert opened.requests == [(files / f"{name}.html").as_uri()]
        assert opened.complaints == []


def test_a_slide_fits_its_frame_with_large_type(browser: Any, files: Path) -> None:
    with file_page(browser, files / "slide.html", width=1280, height=720) as opened:
        page = opened.page
        for tab in ("One option", "Side by side", "What changes"):
            open_tab(opened, tab)
            assert page.evaluate("document.documentElement.scrollWidth") <= 1280
            shown = page.locator("[role=tabpanel]:visible").bounding_box()
            assert shown["y"] + shown["height"] <= 721
        open_tab(opened, "One option")
        size = page.locator("#options td").first.evaluate("n => getComputedStyle(n).fontSize")
        assert float(size.removesuffix("px")) >= 17
        side = page.locator("#one .figure-side")
        assert side.evaluate("n => n.scrollWidth <= n.clientWidth")


@pytest.mark.parametrize("name", ["public", "restricted", "district", "slide"])
def test_a_page_works_in_a_sandboxed_frame_of_a_file(browser: Any, files: Path, name: str) -> None:
    size = "slide" if name == "slide" else "page"
    around = files / f"around-{name}.html"
    snippet = maps.embed(files / f"{name}.html", size=size)
    around.write_text(f'<!DOCTYPE html><html lang="en"><body>{snippet}', encoding="utf-8")
    assert 'sandbox="allow-scripts"' in snippet
    with file_page(browser, around, width=1280, height=900) as opened:
        frame = opened.page.frames[1]
        frame.locator("path.zone-area").first.wait_for()
        if name != "district":
            frame.get_by_role("tab", name="What changes").click()
            frame.locator("#map-changes .badge").first.wait_for()
        box = opened.page.locator("iframe").bounding_box()
        if size == "slide":
            assert box["width"] / box["height"] == pytest.approx(16 / 9, rel=0.01)
        assert opened.requests == [around.as_uri(), (files / f"{name}.html").as_uri()]
        assert opened.complaints == []


def test_a_changed_window_still_shows_the_whole_district(browser: Any, files: Path) -> None:
    with file_page(browser, files / "public.html") as opened:
        page = opened.page
        for width, height in ((1000, 700), (390, 844), (1600, 900)):
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(200)
            outside = page.evaluate(
                """() => {
                    const frame = document.querySelector(".folium-map").getBoundingClientRect();
                    return [...document.querySelectorAll(".school")].filter((node) => {
                        const at = node.getBoundingClientRect();
                        return at.x < frame.left || at.x > frame.right
                            || at.y < frame.top || at.y > frame.bottom;
                    }).length;
                }"""
            )
            assert outside == 0


def test_a_notebook_exported_to_html_and_slides_keeps_the_map(
    browser: Any, compared: StaffingComparison, tmp_path: Path
) -> None:
    nbformat = pytest.importorskip("nbformat")
    nbconvert = pytest.importorskip("nbconvert")
    shown = nbformat.v4.new_output(
        "display_data", data={"text/html": maps.comparison(compared, size="slide")._repr_html_()}
    )
    cell = nbformat.v4.new_code_cell("page", outputs=[shown])
    cell.metadata["slideshow"] = {"slide_type": "slide"}
    notebook = nbformat.v4.new_notebook(cells=[cell])
    for exporter in (nbconvert.HTMLExporter(), nbconvert.SlidesExporter()):
        path = tmp_path / f"{type(exporter).__name__}.html"
        path.write_text(exporter.from_notebook_node(notebook)[0], encoding="utf-8")
        with blank_page(browser) as opened:
            # The export itself links scripts from the network; only the frame is ours.
            opened.page.route(re.compile("^https?:"), lambda route: route.abort())
            opened.page.goto(path.as_uri(), wait_until="domcontentloaded")
            frame = opened.page.frames[1]
            frame.locator("path.zone-area").first.wait_for(state="attached")
            assert frame.locator("#shown-label").text_content() == "2 patrol zones"
