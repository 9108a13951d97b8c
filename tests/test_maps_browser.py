"""Pages opened from disk in a real browser: silent, self-contained, switchable, safe."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers.browser import blank_page, file_page
from helpers.map_towns import ATTACKS, hostile_comparison

from zoning import maps
from zoning.editions import RESTRICTED_MARK
from zoning.staffing import OnePerCampus, PatrolZones, StaffingComparison, compare_staffing
from zoning.units import sentence

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SCREENS = [(1366, 768), (1920, 1080), (390, 844)]
OVERLAPS = """(selector) => {
    const boxes = [...document.querySelectorAll(selector)]
        .filter((n) => getComputedStyle(n).visibility === "visible")
        .map((n) => n.getBoundingClientRect()).filter((b) => b.width && b.height);
    let count = 0;
    boxes.forEach((a, i) => boxes.slice(0, i).forEach((b) => {
        if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom) count++;
    }));
    return count;
}"""


@pytest.fixture(scope="module")
def files(compared: StaffingComparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    hostile = hostile_comparison()
    for edition in ("public", "restricted"):
        maps.comparison(compared, edition=edition).save(str(folder / f"{edition}.html"))
        title = "".join(ATTACKS[:6])
        maps.comparison(hostile, edition=edition, title=title).save(
            str(folder / f"hostile-{edition}.html")
        )
    return folder


@pytest.mark.parametrize("name", ["public", "restricted", "hostile-public", "hostile-restricted"])
def test_a_page_asks_for_nothing_and_complains_of_nothing(
    browser: Any, files: Path, name: str
) -> None:
    path = files / f"{name}.html"
    with file_page(browser, path) as opened:
        for k in range(4):
            opened.page.locator(f"#option-{k}").check()
        opened.page.get_by_role("button", name="Zoom in").click()
        opened.page.get_by_role("button", name="Whole district").click()
        opened.page.wait_for_timeout(300)
        assert opened.requests == [path.as_uri()]
        assert opened.complaints == []


def test_a_click_changes_zones_and_figures(browser: Any, files: Path) -> None:
    with file_page(browser, files / "public.html") as opened:
        page = opened.page
        for k, (label, zones) in enumerate(
            [
                ("No district officers", 0),
                ("2 patrol zones", 2),
                ("3 patrol zones", 3),
                ("One officer per campus", 9),
            ]
        ):
            page.locator("#options label").nth(k).click()
            assert opened.text("#shown-label") == label
            assert page.locator("path.zone-area").count() == zones
            assert opened.text("#figures td .value") == str(zones)
            assert page.locator("#options tr.shown").count() == 1
            shown = page.locator("#matrix thead th.shown")
            assert label in shown.text_content()
            assert page.locator(".school.dedicated").count() == (9 if k == 3 else 0)
            assert label in opened.text("#live")


def test_arrow_keys_change_the_option(browser: Any, files: Path) -> None:
    with file_page(browser, files / "public.html") as opened:
        opened.page.locator("#option-1").focus()
        opened.page.keyboard.press("ArrowDown")
        assert opened.text("#shown-label") == "3 patrol zones"
        assert opened.page.locator("path.zone-area").count() == 3
        opened.page.keyboard.press("ArrowUp")
        assert opened.text("#shown-label") == "2 patrol zones"


def test_schools_tell_their_name_when_hovered_and_zones_their_high_school(
    browser: Any, files: Path
) -> None:
    with file_page(browser, files / "public.html") as opened:
        page = opened.page
        page.locator(".leaflet-schools-pane .body").nth(1).hover()
        page.locator(".leaflet-tooltip").wait_for()
        assert opened.text(".leaflet-tooltip strong") == "School 1"
        assert "High" in opened.text(".leaflet-tooltip")
        page.mouse.move(5, 5)
        page.locator("path.zone-area").first.dispatch_event("mouseover")
        page.locator(".leaflet-tooltip", has_text="Aligned with School").wait_for()


def test_every_level_has_its_own_shape_and_the_legend_shows_them(browser: Any, files: Path) -> None:
    with file_page(browser, files / "public.html") as opened:
        count = {
            shape: opened.page.locator(f".leaflet-schools-pane .symbol.{shape}").count()
            for shape in ("circle", "square", "diamond", "star")
        }
        assert count == {"circle": 4, "square": 1, "diamond": 2, "star": 2}
        legend = opened.text(".legend")
        for word in ("Elementary", "Middle", "Secondary", "High", "Officer there all day"):
            assert word in legend


@pytest.mark.parametrize("name", ["public", "hostile-restricted"])
@pytest.mark.parametrize(("width", "height"), SCREENS)
def test_nothing_runs_over_the_edge_of_a_screen(
    browser: Any, files: Path, name: str, width: int, height: int
) -> None:
    with file_page(browser, files / f"{name}.html", width=width, height=height) as opened:
        page = opened.page
        for k in range(4):
            page.locator(f"#option-{k}").check()
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width
            beside = ".choices, .detail" if width < 860 else ".figure-side"
            assert page.evaluate(OVERLAPS, f".head, .map-side, {beside}, .below") == 0
        assert page.locator(".folium-map").bounding_box()["height"] >= 240


def test_names_that_come_up_closer_do_not_cover_one_another(browser: Any, files: Path) -> None:
    with file_page(browser, files / "public.html") as opened:
        opened.page.evaluate("void map_comparison.setZoom(map_comparison.getZoom() + 0.9)")
        opened.page.wait_for_timeout(500)
        assert opened.page.locator(".name:not(.hidden)").count() >= 2
        assert opened.page.evaluate(OVERLAPS, ".name, .zone-label") == 0


SIZES = """nodes => nodes.map((n) => {
  const look = getComputedStyle(n);
  return [n.offsetWidth, n.offsetHeight / parseFloat(look.lineHeight)];
})"""


@pytest.mark.parametrize("edition", ["public", "restricted"])
def test_hostile_names_show_as_typed_and_never_run(browser: Any, files: Path, edition: str) -> None:
    with file_page(browser, files / f"hostile-{edition}.html") as opened:
        page = opened.page
        assert opened.text("#title") == "".join(ATTACKS[:6])
        assert "".join(ATTACKS[:6]) in page.title()
        assert ATTACKS[2] in opened.text(".credit")
        assert ATTACKS[3] in opened.text("#district")
        assert opened.text(".road") == ATTACKS[2].split("/")[0].strip()
        notices = opened.text("#notices")
        for attack in ATTACKS:
            assert sentence(attack) in notices
        assert ATTACKS[2] + ATTACKS[3] + ATTACKS[5] in opened.text("#cautions")
        for k in range(4):
            attack = ATTACKS[(k + 2) % len(ATTACKS)]
            assert opened.text(f"label[for=option-{k}] .text") == attack
            page.locator(f"#option-{k}").check()
            assert opened.text("#shown-label") == attack
            assert opened.text("#shown-description") == attack
            for wide, lines in page.locator(".zone-label").evaluate_all(SIZES):
                assert wide <= 9 * 16
                assert lines < 3
        page.get_by_text("as a table").click()
        cells = page.locator("#zone-table td:last-child").all_text_contents()
        assert sorted(cells) == sorted(ATTACKS)
        for k, attack in enumerate(ATTACKS):
            node = page.locator(".school").nth(k).locator(".body")
            node.dispatch_event("mouseover")
            assert page.locator(".leaflet-tooltip strong").last.text_content() == attack
            node.dispatch_event("mouseout")
        assert page.evaluate("window.__x") is None
        assert page.locator("img, iframe, object").count() == 0
        assert opened.complaints == []


@pytest.mark.parametrize("schools", [9, 1])
def test_a_district_without_streets_or_outline_opens(
    browser: Any, compared: StaffingComparison, tmp_path: Path, schools: int
) -> None:
    district = replace(
        compared.district,
        schools=compared.district.schools.iloc[:schools],
        network=None,
        outline=None,
    )
    options = (PatrolZones(zones=2), OnePerCampus()) if schools > 1 else (OnePerCampus(),)
    path = tmp_path / "page.html"
    maps.comparison(compare_staffing(district, options), edition="restricted").save(str(path))
    with file_page(browser, path) as opened:
        assert "straight" in opened.text("#cautions")
        assert opened.page.locator("#cautions").is_visible()
        assert opened.page.locator("path.zone-area").count() == min(2, schools)
        assert opened.page.locator(".symbol").first.is_visible()
        assert opened.complaints == []


def test_the_policy_lets_nothing_out(browser: Any, files: Path) -> None:
    with file_page(browser, files / "public.html") as opened:
        refused = opened.page.evaluate(
            """() => new Promise((resolve) => {
                document.addEventListener("securitypolicyviolation",
                    (event) => resolve(event.effectiveDirective));
                fetch("https://example.org/").catch(() => {});
                setTimeout(() => resolve("nothing"), 2000);
            })"""
        )
        assert refused == "connect-src"


def test_restricted_pages_show_routes_response_and_the_mark(browser: Any, files: Path) -> None:
    with file_page(browser, files / "restricted.html") as opened:
        page = opened.page
        assert opened.text("#mark") == RESTRICTED_MARK
        assert page.locator("#mark").is_visible()
        drawn = page.locator(".leaflet-routes-pane path")
        assert drawn.count() == 4
        page.get_by_text("Layers", exact=True).click()
        page.get_by_label("Patrol routes").uncheck()
        assert drawn.count() == 0
        page.locator("#option-2").check()
        assert drawn.count() == 0
        page.get_by_label("Patrol routes").check()
        assert drawn.count() == 6
        assert page.locator("#slowest tbody tr").count() == 9
        assert page.locator(".school[data-band]").count() == 9
        page.locator(".leaflet-schools-pane .body").nth(1).hover()
        page.locator(".leaflet-tooltip", has_text="90th percentile").wait_for()
        assert "Slowest building" in opened.text("#matrix")
    with file_page(browser, files / "public.html") as opened:
        assert opened.page.locator("#mark, .leaflet-routes-pane, #slowest").count() == 0


def test_a_notebook_frame_shows_the_page(browser: Any, compared: StaffingComparison) -> None:
    frame_html = maps.comparison(compared)._repr_html_()
    with blank_page(browser, width=1000, height=900) as opened:
        opened.page.set_content(f"<!DOCTYPE html><body>{frame_html}</body>")
        frame = opened.page.frames[1]
        frame.locator("#shown-label", has_text="2 patrol zones").wait_for()
        assert frame.locator("path.zone-area").count() == 2
        assert opened.page.locator("iframe").bounding_box()["height"] >= 700
        assert opened.complaints == []
        assert [r for r in opened.requests if not r.startswith("about:")] == []


def test_the_page_speaks_to_screen_readers(browser: Any, files: Path) -> None:
    with file_page(browser, files / "public.html") as opened:
        page = opened.page
        assert page.locator("html").get_attribute("lang") == "en"
        group = page.get_by_role("group", name="Choose a staffing option")
        assert group.get_by_role("radio").count() == 4
        assert page.get_by_role("radio", name="3 patrol zones").count() == 1
        assert page.get_by_role("region", name="Map of the zones").count() == 1
        assert page.locator("#live").get_attribute("aria-live") == "polite"
        assert page.locator("#matrix tbody th[scope=row]").count() == len(
            page.locator("#matrix tbody tr").all()
        )
        unnamed = page.evaluate(
            """[...document.querySelectorAll("button, a, input")].filter((n) => !(
                n.textContent.trim() || n.getAttribute("aria-label") || n.labels?.length
            )).length"""
        )
        assert unnamed == 0


def test_printing_fits_the_whole_district_and_gives_the_view_back(
    browser: Any, files: Path
) -> None:
    with file_page(browser, files / "public.html") as opened:
        page = opened.page
        for _ in range(3):
            page.get_by_role("button", name="Zoom in").click()
            page.wait_for_timeout(400)
        where = "document.querySelector('.leaflet-map-pane').getBoundingClientRect().toJSON()"
        before = page.evaluate(where)
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print")
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
        assert page.locator("#figures").is_visible()
        legend, below = page.locator(".legend"), page.locator("#matrix-title")
        assert legend.bounding_box()["y"] < below.bounding_box()["y"]
        page.emulate_media(media="screen")
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        assert page.evaluate(where) == before
        assert opened.complaints == []


def test_one_option_alone_is_not_compared(
    browser: Any, compared: StaffingComparison, tmp_path: Path
) -> None:
    alone = compare_staffing(compared.district, [OnePerCampus()])
    maps.comparison(alone).save(str(tmp_path / "one.html"))
    with file_page(browser, tmp_path / "one.html") as opened:
        assert opened.page.locator(".sign").count() == 0
        assert opened.text("#choices-title") == "Staffing"
        assert "Planning estimates" in opened.text(".basis")


def test_paper_shows_the_map_and_the_tables(browser: Any, files: Path) -> None:
    with file_page(browser, files / "public.html") as opened:
        opened.page.emulate_media(media="print")
        assert opened.page.locator(".folium-map").is_visible()
        assert opened.page.locator("#matrix").is_visible()
        assert not opened.page.locator(".leaflet-control-zoom").is_visible()
