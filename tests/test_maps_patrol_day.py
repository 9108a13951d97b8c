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
from zoning.patrol import LongDay, PatrolAssumptions
from zoning.staffing import OnePerCampus, PatrolZones, StaffingComparison, compare_staffing

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
        expected: list[tuple[str, int, int]] = []
        for officer in visits:
            for k, visit in enumerate(officer.visits):
                begin = visit.arrival_s
                if k and officer.visits[k - 1].building_id == visit.building_id:
                    begin = expected.pop()[1]  # a break and the visits around it
                expected.append((visit.building_id, begin, visit.departure_s))
        assert told == expected
        assert [track.breaks for track in day.tracks] == [officer.breaks for officer in visits]
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
        presences = outcome.schedule.presences()
        unvisited = set(outcome.schedule.unvisited_ids)
        missed = presences[~presences["met"] & ~presences["building_id"].isin(unvisited)]
        told = {
            *((building, "no visit all day") for building in unvisited),
            *(
                (building, f"no officer there at {kind}")
                for building, kind in zip(missed["building_id"], missed["kind"], strict=True)
            ),
        }
        ids = list(view.public.schools.index)
        assert {(ids[gap.school], gap.why) for gap in day.gaps} == told
        assert len(day.gaps) == len(told)


@pytest.mark.parametrize(
    ("without", "said"),
    [
        (0, "None: every school is visited, and an officer is there at every arrival, every lunch "
            "and every dismissal where one is wished."),
        (9, "None: every school is visited. No bell times were given: no visit is timed to the "
            "start of school."),
        (4, "None: every school is visited, and an officer is there at every arrival, every lunch "
            "and every dismissal where one is wished. No bell time was given for 4 schools: no "
            "visit there is timed to the start of school."),
    ],
)  # fmt: skip
def test_no_gap_is_said_only_as_far_as_bell_times_are_known(without: int, said: str) -> None:
    district = nine_schools()
    kept = np.arange(9) >= without
    bells = {c: district.schools[c].where(kept, None) for c in ("bell_start", "bell_end")}
    # Lunch is wished at high schools even if no bell is known.
    level = district.schools["level"] if without < 9 else "elementary"
    schools = district.schools.assign(**bells, level=level)
    plain = compare_staffing(replace(district, schools=schools), [OnePerCampus()])
    (day,) = patrol_days(restricted_view(plain)).options
    assert (day.gaps, day.no_gaps) == ((), said)


@pytest.fixture(scope="module")
def shifts() -> StaffingComparison:
    """Two zones of two officers each, whose shifts begin and end at school 4."""
    patrol = PatrolAssumptions(base="s4", long_day=LongDay.SECOND_SHIFT)
    return compare_staffing(nine_schools(), [PatrolZones(zones=2)], patrol=patrol)


def test_officers_of_a_zone_are_numbered_and_drive_from_the_base_and_back(
    shifts: StaffingComparison,
) -> None:
    (day,) = patrol_days(restricted_view(shifts)).options
    schedule = shifts.outcomes[0].schedule
    assert schedule is not None
    assert [track.number for track in day.tracks] == [1, 2, 1, 2]
    assert day.base == 4
    for track, officer in zip(day.tracks, schedule.days, strict=True):
        first, last = track.stops[0], track.stops[-1]
        assert (first.school, last.school) == (4, 4)
        assert (first.arrival, last.departure) == (officer.start_s, officer.end_s)
        assert len(track.paths) == len(track.stops) - 1
    assert day.hours == tuple(schedule.school_day.hours[f"s{k}"] for k in range(9))


@pytest.mark.browser
def test_breaks_and_closed_schools_look_different_and_only_open_schools_count(
    browser: Any, shifts: StaffingComparison, tmp_path: Path
) -> None:
    """By the schedule: who is on the break at its middle, and which schools are open early."""
    path = tmp_path / "shifts.html"
    patrol_day(shifts).save(str(path))
    schedule = shifts.outcomes[0].schedule
    assert schedule is not None
    middle = sum(schedule.days[0].breaks[0]) // 2
    with file_page(browser, path) as opened:
        page = opened.page

        def at(second: int) -> str:
            page.locator("#time").fill(str(second // 60 * 60))
            return opened.text("#state")

        resting = sum(any(a <= middle < b for a, b in day.breaks) for day in schedule.days)
        assert f"{resting} on a break" in at(middle)
        assert page.locator(".officer.rest").count() == resting
        assert page.locator(".officer").all_inner_texts() == ["1", "1·2", "2", "2·2"]
        assert page.locator(".base").count() == 1
        early = 7 * 3600 + 40 * 60
        closed = sum(not a <= early < b for a, b in schedule.school_day.hours.values())
        assert f"{9 - closed} open schools" in at(early)
        assert 0 < closed == page.locator(".school.shut").count()
        assert opened.complaints == []


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
                breaks: [[200, 500]],
              };
              const times = [-1, 0, 200, 500, 600, 640, 660, 700, 900, 901];
              return times.map((at) => whereabouts(track, at));
            }"""
        )
    assert spots == [
        None,
        {"at": 3},
        {"at": 3, "rest": True},
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
