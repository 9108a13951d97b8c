"""The patrol-day page: where officers are at a time, whom they reach, and what is left open."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.browser import file_page
from helpers.map_towns import ATTACKS, hostile_comparison, nine_schools

from zoning.disclosure import RestrictedView, restricted_view
from zoning.editions import RESTRICTED_MARK
from zoning.maps.pages.pages import patrol_day
from zoning.maps.pages.restricted_data import NO_REACH, patrol_days
from zoning.staffing import OnePerCampus, StaffingComparison, compare_staffing

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def view(compared: StaffingComparison) -> RestrictedView:
    return restricted_view(compared)


@pytest.fixture(scope="module")
def files(compared: StaffingComparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("days")
    patrol_day(compared).save(str(folder / "plain.html"))
    hostile = restricted_view(hostile_comparison(), title="".join(ATTACKS[:6]))
    patrol_day(hostile).save(str(folder / "hostile.html"))
    return folder


def test_tracks_are_the_timetable(view: RestrictedView) -> None:
    ids = list(view.public.schools.index)
    for outcome, day in zip(view.comparison.outcomes, patrol_days(view).options, strict=True):
        told = [
            (ids[stop.school], stop.arrival, stop.departure)
            for track in day.tracks
            for stop in track.stops
        ]
        visits = () if outcome.schedule is None else outcome.schedule.days
        assert told == [
            (visit.building_id, visit.arrival_s, visit.departure_s)
            for officer in visits
            for visit in officer.visits
        ]
        assert all(len(track.paths) == len(track.stops) - 1 for track in day.tracks)


def test_reach_counts_the_thresholds_a_response_is_over(view: RestrictedView) -> None:
    days = patrol_days(view)
    times = view.comparison.emergency_times
    waits = next(o.response.assumptions for o in view.comparison.outcomes if o.response)
    for i, origin in enumerate(view.public.schools.index):
        for j, destination in enumerate(view.public.schools.index):
            drive = times.seconds[times.ids.index(origin), times.ids.index(destination)]
            response = waits.dispatch_s + waits.turnout_s + drive
            assert int(days.reach[i][j]) == sum(response > t for t in waits.thresholds_s)


def test_gaps_are_the_windows_nobody_covers(view: RestrictedView) -> None:
    for outcome, day in zip(view.comparison.outcomes, patrol_days(view).options, strict=True):
        if outcome.schedule is None:
            assert day.gaps == ()
            continue
        open_windows = outcome.schedule.windows_total - outcome.schedule.windows_covered
        unvisited = set(outcome.schedule.unvisited_ids)
        bells = {b for d in outcome.schedule.days for b in d.bell_building_ids}
        assert len(day.gaps) == open_windows + len(unvisited - bells)


@pytest.mark.parametrize(
    ("without", "said"),
    [
        (0, "None: every school is visited around its bell."),
        (9, "None: every school is visited. No bell times were given: no visit is timed to the "
            "start of school."),
        (4, "None: every school is visited, and those with bell times around them. No bell time "
            "was given for 4 schools: no visit there is timed to the start of school."),
    ],
)  # fmt: skip
def test_no_gap_is_said_only_as_far_as_bell_times_are_known(without: int, said: str) -> None:
    district = nine_schools()
    bells = district.schools["bell_start"].where(np.arange(9) >= without, None)
    schools = district.schools.assign(bell_start=bells)
    plain = compare_staffing(replace(district, schools=schools), [OnePerCampus()])
    (day,) = patrol_days(restricted_view(plain)).options
    assert (day.gaps, day.no_gaps) == ((), said)


def test_ground_grows_with_the_threshold(view: RestrictedView) -> None:
    grounds = patrol_days(view).grounds
    assert len(grounds) == len(view.public.schools)
    points = np.array([[len(ring) for area in of for ring in area[:1]] for of in grounds[:1]])
    assert points.size
    assert all(of[-1] for of in grounds)


def test_without_streets_no_ground_is_drawn_and_the_page_says_so(
    compared: StaffingComparison,
) -> None:
    bare = compare_staffing(
        replace(compared.district, network=None),
        times=(compared.patrol_times, compared.emergency_times),
    )
    days = patrol_days(restricted_view(bare))
    assert days.grounds == ()
    assert NO_REACH in days.notes


def test_the_page_is_marked_in_title_metadata_and_text(files: Path) -> None:
    text = (files / "plain.html").read_text(encoding="utf-8")
    assert re.search(r"<title>RESTRICTED", text)
    assert f'<meta name="classification" content="{RESTRICTED_MARK}">' in text
    data = re.search(r'id="zoning-data">(.*?)</script>', text, re.DOTALL)
    assert data is not None
    assert json.loads(data[1])["days"]["mark"] == RESTRICTED_MARK


@pytest.mark.browser
@pytest.mark.parametrize("name", ["plain", "hostile"])
def test_every_control_works_and_nothing_is_asked_for(browser: Any, files: Path, name: str) -> None:
    path = files / f"{name}.html"
    with file_page(browser, path) as opened:
        page = opened.page
        assert opened.text("#now") == "10:00"
        officers = page.locator(".officer").evaluate_all("all => all.map((n) => n.offsetWidth)")
        assert 0 < max(officers) <= 9 * 16
        page.locator("#later").click()
        assert opened.text("#now") == "10:05"
        page.locator("#earlier").click()
        page.locator("#time").focus()
        page.keyboard.press("ArrowRight")
        assert opened.text("#now") == "10:01"
        assert page.locator("#time").get_attribute("aria-valuetext") == "10:01"
        page.locator("#play").click()
        playing = (page.wait_for_timeout(100) or opened.text("#now") for _ in range(50))
        assert any(now > "10:03" for now in playing)
        page.locator("#play").click()
        assert page.locator("#play").get_attribute("aria-pressed") == "false"
        page.locator(".layers summary").click()
        for box in ("Ground in reach", "Patrol routes"):
            page.get_by_label(box).click()
            page.get_by_label(box).click()
        choice = page.locator("#which select")
        for k in range(choice.locator("option").count()):
            choice.select_option(str(k))
            assert page.locator("#stops tbody tr").count() > 1
        assert page.evaluate("window.__x") is None
        assert opened.requests == [path.as_uri()]
        assert opened.complaints == []


@pytest.mark.browser
def test_an_officer_on_the_way_counts_as_at_the_nearer_stop(browser: Any, files: Path) -> None:
    """A drive of 100 s from school 3 to school 5, by hand."""
    with file_page(browser, files / "plain.html") as opened:
        spots = opened.page.evaluate(
            """() => {
              const track = {
                stops: [
                  { school: 3, arrival: 0, departure: 600 },
                  { school: 5, arrival: 700, departure: 900 },
                ],
                paths: [9],
              };
              return [-1, 0, 600, 640, 660, 700, 900, 901].map((at) => whereabouts(track, at));
            }"""
        )
    assert spots == [
        None,
        {"at": 3},
        {"at": 3},
        {"at": 3, "path": 9, "share": 0.4},
        {"at": 5, "path": 9, "share": 0.6},
        {"at": 5},
        {"at": 5},
        None,
    ]


@pytest.mark.browser
def test_the_place_along_a_line_is_by_length(browser: Any, files: Path) -> None:
    """Legs of 1 and 3 degrees at the equator: half of the way is 1 degree into the second."""
    with file_page(browser, files / "plain.html") as opened:
        at = opened.page.evaluate("along([[0, 0], [0, 1], [0, 4]], 0.5)")
    assert at == pytest.approx([0.0, 2.0])
