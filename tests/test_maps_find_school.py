"""Find a school on a public page, and what is said of it: of its zone, feeders and neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import shapely
from helpers.browser import Opened, file_page

from zoning import maps
from zoning.disclosure import PublicView, public_view
from zoning.maps.pages.public_data import public_page
from zoning.roads.streets.antimeridian import metric_crs
from zoning.staffing import PatrolZones, StaffingComparison, compare_staffing

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def view(compared: StaffingComparison) -> PublicView:
    return public_view(compared)


@pytest.fixture(scope="module")
def files(
    compared: StaffingComparison, view: PublicView, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("find")
    maps.comparison(view).save(str(folder / "public.html"))
    maps.comparison(compared, size="slide").save(str(folder / "slide.html"))
    return folder


@pytest.fixture(scope="module")
def opened(browser: Any, files: Path) -> Iterator[Opened]:
    """The comparison page, for what leaves no trace on it."""
    with file_page(browser, files / "public.html") as page:
        yield page


def find(page: Any, text: str) -> Any:
    box = page.get_by_role("combobox", name="Find a school")
    box.fill(text)
    return box


def story(page: Any, where: str = "#map") -> str:
    return " ".join(page.locator(f"{where} .story .told").inner_text().split())


# What the page knows.


def test_neighbours_are_those_whose_ground_meets_on_the_map(view: PublicView) -> None:
    """With an officer at each campus every building's ground is drawn: there one can look."""
    campus = view.option("campus")
    ground = campus.zones.geometry.to_crs(metric_crs(view.schools))
    building = [ids[0] for ids in campus.zones["building_ids"]]
    meet = {
        frozenset((building[a], building[b]))
        for a, b in combinations(range(9), 2)
        if shapely.length(ground.iloc[a].boundary.intersection(ground.iloc[b].boundary)) >= 1.0
    }
    assert 8 < len(meet) < 36
    page = public_page(view)
    ids = view.schools.index
    assert [option.neighbours for option in page.options] == [-1, 0, 0, 0]
    (listed,) = page.neighbours
    assert {frozenset((ids[a], ids[b])) for a, others in enumerate(listed) for b in others} == meet
    for option in view.options[1:]:
        of = option.places["neighbours"]
        assert {frozenset((a, b)) for a, others in of.items() for b in others} == meet


def test_a_mark_knows_the_high_school_it_feeds(view: PublicView) -> None:
    page = public_page(view)
    assert page.high_schools == ("School 1", "School 8")
    assert [school.feeds for school in page.schools] == [((0,),)] * 5 + [((1,),)] * 4
    assert [school.holds for school in page.schools if school.holds] == [(0,), (1,)]
    for zone in page.options[1].zones:
        assert page.high_schools[zone.high] == zone.high_school
    assert {zone.high for zone in page.options[3].zones} == {-1}


def test_without_feeders_a_page_names_none(compared: StaffingComparison) -> None:
    schools = compared.district.schools.copy()
    schools["feeder_high_school_ids"] = [()] * len(schools)
    district = replace(compared.district, schools=schools)
    page = public_page(public_view(compare_staffing(district, [PatrolZones(zones=3)])))
    assert page.high_schools == ()
    assert not any(school.feeds or school.holds for school in page.schools)
    assert {zone.high for zone in page.options[0].zones} == {-1}
    assert any(zone.high_school for zone in page.options[0].zones)  # named after
    assert any(page.neighbours[0])


def test_what_is_said_of_a_school_rests_on_no_call_and_no_price(
    compared: StaffingComparison, view: PublicView
) -> None:
    """Without response, patrols and figures the view says the same of zones and neighbours."""
    bare = replace(
        compared,
        outcomes=tuple(
            replace(o, response=None, schedule=None, figures={}, budget=None)
            for o in compared.outcomes
        ),
    )
    without = public_view(bare)
    for one, other in zip(view.options, without.options, strict=True):
        assert one.places.equals(other.places)
    assert view.schools.equals(without.schools)
    assert public_page(view).neighbours == public_page(without).neighbours


# Finding.


@pytest.mark.browser
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("garcia", ["García Márquez K-8"]),
        ("GARCÍA", ["García Márquez K-8"]),
        ("k8", ["García Márquez K-8"]),
        ("k-8", ["García Márquez K-8"]),
        ("st marys", ["St. Mary\u2019s Elementary"]),
        ("St. Mary's", ["St. Mary\u2019s Elementary"]),
        ("o brien", ["O'Brien High"]),
        ("obrien", ["O'Brien High"]),
        ("strasse", ["Große Straße Elementary"]),
        ("lodz", ["Łódź Middle"]),
        ("high", ["Highland Middle", "O'Brien High"]),
        ("mid hi", ["Highland Middle"]),
        ("land", ["Highland Middle"]),
        ("北京", ["北京 School"]),
        ("🏫", ["🏫"]),
        ("zzz", []),
    ],
)
def test_part_of_a_name_finds_a_school(opened: Opened, typed: str, found: list[str]) -> None:
    names = [
        *("Große Straße Elementary", "O'Brien High", "García Márquez K-8", "Highland Middle"),
        *("St. Mary\u2019s Elementary", "Łódź Middle", "北京 School", "🏫"),
    ]
    hits = opened.page.evaluate("([names, text]) => matchNames(names, text)", [names, typed])
    assert [names[k] for k in hits] == found


@pytest.mark.browser
def test_a_school_is_found_by_keyboard_alone(browser: Any, files: Path) -> None:
    with file_page(browser, files / "public.html") as opened:
        page = opened.page
        box = find(page, "sch")
        assert box.get_attribute("aria-expanded") == "true"
        assert page.locator("[role=status]").text_content() == "9 schools found"
        assert box.get_attribute("aria-activedescendant") is None
        for key, name in (("ArrowDown", 0), ("ArrowDown", 1), ("ArrowUp", 0), ("ArrowUp", 8)):
            box.press(key)
            active = page.locator(f"#{box.get_attribute('aria-activedescendant')}")
            assert active.get_attribute("aria-selected") == "true"
            assert active.locator(".hit").text_content() == f"School {name}"
        assert page.locator("[aria-selected=true][role=option]").count() == 1
        before = page.evaluate("map_comparison.getCenter()")
        box.press("Enter")
        assert box.input_value() == "School 8"
        assert box.get_attribute("aria-expanded") == "false"
        assert page.locator("#map .school.chosen").count() == 1
        assert page.locator("#map .name.chosen").text_content() == "School 8"
        assert story(page).startswith("School 8 High · Neighbourhood school · Zone 2 One officer")
        assert page.locator("#map .story .told").get_attribute("aria-live") == "polite"
        page.wait_for_timeout(400)
        assert page.evaluate("map_comparison.getCenter()") != before
        there = page.evaluate(
            "map_comparison.getCenter().distanceTo(place(zoningData.page.schools[8].at))"
        )
        assert there < 200
        box.press("Escape")
        assert box.input_value() == ""
        find(page, "nobody").press("Enter")
        assert "No school" in page.locator("[role=status]").text_content()
        box.press("Escape")
        assert not page.locator(".popup").is_visible()
        assert story(page).startswith("School 8")
        assert opened.complaints == []
        assert len(opened.requests) == 1


@pytest.mark.browser
def test_a_school_stays_chosen_in_every_view_and_option(browser: Any, files: Path) -> None:
    with file_page(browser, files / "public.html") as opened:
        page = opened.page
        find(page, "school 5")
        page.locator(".hits li").first.click()
        assert "Zone 2" in story(page)
        page.locator("#option-2").check()
        assert "Zone 3" in story(page)
        page.locator("#option-3").check()
        assert "so the school is a zone by itself." in story(page)
        page.locator("#option-0").check()
        assert story(page) == "School 5 Elementary · Neighbourhood school This option has no zones."
        page.get_by_role("tab", name="Side by side").click()
        halves = page.locator("#pair .story .told").all_inner_texts()
        assert ["Zone 2" in text for text in halves] == [False, True]
        find(page, "school 7").press("Enter")
        halves = page.locator("#pair .story .told").all_inner_texts()
        assert all(text.startswith("School 7") for text in halves)
        page.locator("#pair .half").nth(1).get_by_role("button", name="Close what").click()
        assert page.locator("#pair .school.chosen").count() == 0
        page.get_by_role("tab", name="What changes").click()
        page.locator("#map-changes .school .symbol").nth(3).click()
        assert story(page, "#map-changes").startswith("School 3 Elementary")
        assert "Before: " in story(page, "#map-changes")
        page.get_by_role("tab", name="One option").click()
        page.locator("#option-1").check()
        assert story(page).startswith("School 3 Elementary")
        # Lines lead to its neighbours, and none is left when the box is closed.
        drawn = "path[stroke-dasharray='3 6'], path[stroke='#111']"
        assert page.locator(f"#map .leaflet-borders-pane {drawn}").count() > 0
        page.get_by_role("button", name="Close what is said of this school").click()
        assert story(page) == ""
        assert page.locator("#map .school.chosen").count() == 0
        assert opened.complaints == []
        assert len(opened.requests) == 1


# What is said.

SCHOOL = {"level": "elementary", "programs": ["neighbourhood school"], "holds": [], "feeds": [[0]]}
ZONE = {"dedicated": False, "officer": "patrols", "officers": 1}


def told(opened: Opened, schools: list[dict[str, Any]], zones: list[dict[str, Any]]) -> str:
    """The sentences on the first of some schools; all are next to one another."""
    page = {
        "schools": [SCHOOL | {"name": f"S{k}"} | school for k, school in enumerate(schools)],
        "options": [{"zones": [ZONE | {"high": 0} | zone for zone in zones], "neighbours": 0}],
        "neighbours": [[list(range(k + 1, len(schools))) for k in range(len(schools))]],
        "high_schools": ["Ash High", "Birch High"],
    }
    script = "(made) => schoolStory({ ...made, look: zoningData.page.look }, 0, 0).sentences"
    return " ".join(opened.page.evaluate(script, page))


@pytest.mark.browser
@pytest.mark.parametrize(
    ("school", "zone", "said"),
    [
        ({}, {}, "It feeds Ash High, the high school of this zone."),
        (
            {"feeds": [[1]]},
            {},
            "It feeds Birch High, but the high school of this zone is Ash High.",
        ),
        ({"feeds": [[0, 1]]}, {}, "Ash High and Birch High; the high school of this zone is Ash"),
        (
            {"holds": [0]},
            {},
            "It is the high school of this zone. Both feeder schools of this zone",
        ),
        ({"holds": [1], "feeds": [[1]]}, {}, "It is a high school itself; the high school of this"),
        ({"feeds": [], "programs": ["magnet"]}, {}, "It is a magnet school that feeds no high sch"),
        (
            {"feeds": [], "programs": ["alternative"], "level": "high"},
            {},
            "It is an alternative school that no school feeds; the high school of this zone is Ash",
        ),
        ({"feeds": []}, {}, "It is not known which high school it feeds; the high school of this"),
        ({}, {"dedicated": True}, "An officer stays at this building all day, so the school is a"),
        ({}, {"officers": 0, "officer": "none of its own"}, "No officer of its own."),
    ],
)
def test_what_is_said_of_feeders_is_the_case(
    opened: Opened, school: dict[str, Any], zone: dict[str, Any], said: str
) -> None:
    members = [0] if zone.get("dedicated") else [0, 1, 2]
    zones = [{"name": "Zone 1", "schools": members} | zone]
    text = told(opened, [school, {}, {}], zones)
    assert said in text
    assert ("1 of the 3 feeder schools of this zone feeds another." in text) == (
        school == {"feeds": [[1]]}
    )
    assert "because" not in text


@pytest.mark.browser
def test_neighbours_are_counted_by_their_zones(opened: Opened) -> None:
    zones = [
        {"name": "Zone 1", "schools": [0, 1, 2]},
        {"name": "Zone 2", "schools": [3, 4], "high": 1},
        {"name": "Post 1", "schools": [5], "dedicated": True, "high": -1},
    ]
    text = told(opened, [{}] * 3 + [{"feeds": [[1]]}] * 3, zones)
    assert text.endswith(
        "2 of the 5 schools next to it are in this zone: S1 and S2. In Zone 2: S3 and S4. "
        "With an officer of its own: S5."
    )
    assert "All 3 feeder schools of this zone feed Ash High." in text
    alone = told(
        opened, [{}] * 3, [{"name": "A", "schools": [0]}, {"name": "B", "schools": [1, 2]}]
    )
    assert alone.endswith("None of the 2 schools next to it is in this zone. In B: S1 and S2.")
    assert "feeder schools" not in alone
    named_only = told(opened, [{}] * 3, [{"name": "A", "schools": [0, 1, 2], "high": -1}])
    assert named_only == (
        "One officer patrols 3 buildings. Both schools next to it are in this zone: S1 and S2."
    )
    many = told(opened, [{}] * 30, [{"name": f"Zone {k}", "schools": [k]} for k in range(30)])
    assert "In Zone 8: S8. 21 more in other zones." in many
    assert "No other school is next to it." in told(opened, [{}], [{"name": "A", "schools": [0]}])


@pytest.mark.browser
@pytest.mark.parametrize(("name", "width", "height"), [("slide", 1280, 720), ("public", 390, 844)])
def test_the_story_stands_below_the_map_and_can_be_read(
    browser: Any, files: Path, name: str, width: int, height: int
) -> None:
    with file_page(browser, files / f"{name}.html", width=width, height=height) as opened:
        page = opened.page
        find(page, "school 1").press("Enter")
        box = page.locator("#map .story").bounding_box()
        drawn = page.locator("#map .folium-map").bounding_box()
        assert box["y"] >= drawn["y"] + drawn["height"]
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert drawn["height"] > 0.25 * height
        size = page.locator("#map .story p").nth(1).evaluate("n => getComputedStyle(n).fontSize")
        assert float(size.removesuffix("px")) >= (16 if name == "slide" else 13)
