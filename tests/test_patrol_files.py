"""The files of patrol days: sheets to hand out, timelines and tables. All are restricted."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from helpers.bell_towns import school_table
from helpers.browser import file_page
from helpers.map_towns import ATTACKS

from zoning.disclosure.audit import Verdict, audit
from zoning.editions import RESTRICTED_MARK
from zoning.patrol import (
    Activity,
    LongDay,
    OfficerDay,
    PatrolAssumptions,
    PatrolSchedule,
    Visit,
    check_schedule,
    plan_patrols,
    read_schedule,
)
from zoning.patrol.working_day import QUICK
from zoning.reports.patrol.patrol_files import FILES, PatrolDays, patrol_files
from zoning.reports.patrol.sheets import officer_sheets
from zoning.reports.patrol.timeline import frame_of, timeline
from zoning.roads.travel.travel_times import TravelTimes
from zoning.units import METRES_PER_MILE
from zoning.zones import Zone, ZonePlan

# C is open longer than a shift after A and B: a second officer comes.
SCHOOLS = school_table(
    {"A": ("07:30", "14:20"), "B": ("08:40", "15:20"), "C": ("09:40", "17:00"), "D": (None, None)}
)
DRIVE = [[0, 300, 480, 600], [300, 0, 360, 600], [480, 360, 0, 600], [600, 600, 600, 0]]
TIMES = TravelTimes.from_array(DRIVE, list("ABCD"), metres=[[9 * s for s in row] for row in DRIVE])
PLAN = ZonePlan(
    (Zone(zone_id="Ash", building_ids=("A", "B", "C")), Zone(zone_id="Elm", building_ids=("D",)))
)
DAYS = (date(2026, 11, 30), date(2026, 12, 1))


@pytest.fixture(scope="module")
def schedule() -> PatrolSchedule:
    assumptions = PatrolAssumptions(long_day=LongDay.SECOND_SHIFT, base="D")
    return plan_patrols(PLAN, SCHOOLS, TIMES, assumptions=assumptions, effort=QUICK)


@pytest.fixture(scope="module")
def made(schedule: PatrolSchedule) -> dict[str, bytes]:
    """The files of a day of no date."""
    return patrol_files(days_of({None: schedule}))


def days_of(
    schedules: dict[date | None, PatrolSchedule], names: dict[str, str] | None = None
) -> PatrolDays:
    return PatrolDays(
        schedules=schedules,
        plan=PLAN,
        names=names or SCHOOLS["name"].to_dict(),
        times=TIMES,
        district="Ash County",
        notes=("Drive times are straight-line estimates.",),
    )


def rows(name: str, files: dict[str, bytes]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[name].decode())))


class Texts(HTMLParser):
    """The tags of a page, the texts of its cells by row, and its other texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.table: list[list[str]] = []
        self.text = ""
        self._cell = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.tags.append(tag)
        self._cell = tag == "td"
        if tag == "tr":
            self.table.append([])
        if tag == "td":
            self.table[-1].append("")

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._cell:
            self.table[-1][-1] += data

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._cell = False


def test_a_sheet_for_every_officer_and_day(schedule: PatrolSchedule) -> None:
    files = patrol_files(days_of(dict.fromkeys(DAYS, schedule)))
    page = files["sheets.html"].decode()
    officers = [day.officer_id for day in schedule.days]
    assert officers == ["Ash", "Ash (second shift)", "Elm"]
    assert re.findall(r"<h1>(.*?)</h1>", page) == officers * 2
    for told in ("Monday, November 30, 2026", "Tuesday, December 1, 2026"):
        assert page.count(told) == len(officers)
    assert page.count(RESTRICTED_MARK) == 1 + 2 * len(officers)


def test_a_sheet_lists_the_stops_and_the_drives_of_the_day(schedule: PatrolSchedule) -> None:
    day = schedule.days[0]
    read = Texts(officer_sheets({None: replace(schedule, days=(day,))}, {}, district="", zones={}))
    first, *stops, last = [row for row in read.table if row]
    assert first[1:4] == [*("07:00", "D", "Shift begins")]
    assert last[2:4] == ["D", "Shift ends"]
    assert [row[2] for row in stops] == [visit.building_id for visit in day.visits]
    assert sum(row[3] == "Break" for row in stops) == 1
    assert sum("Arrival" in row[3] for row in stops) == sum(
        "arrival" in visit.present_for for visit in day.visits
    )
    drives = [int(row[4].removesuffix(" min") or 0) for row in (*stops, last)]
    assert sum(drives) * 60 == pytest.approx(day.driving_s, abs=30 * len(drives))


def test_a_sheet_says_where_nobody_comes_and_that_a_school_is_closed(
    schedule: PatrolSchedule,
) -> None:
    early = Visit(building_id="C", arrival_s=25_200, departure_s=26_400)
    day = OfficerDay(zone_id="Ash", start_s=25_200, end_s=26_400, visits=(early,))
    read = Texts(
        officer_sheets(
            {None: replace(schedule, days=(day,))},
            {"A": "Ash High"},
            district="Ash County",
            zones={"Ash": ("A", "B")},
        )
    )
    (row,) = [row for row in read.table if row]
    assert row[3] == "Visit, school closed"
    assert (
        "Ash High: arrival 07:30, dismissal 14:20; B: arrival 08:40, dismissal 15:20" in read.text
    )
    assert "C: arrival" not in read.text


def test_hostile_names_stay_text_and_pages_ask_for_nothing(schedule: PatrolSchedule) -> None:
    names = dict(zip("ABCD", ("".join(ATTACKS[2:6]), *ATTACKS[5:8]), strict=True))
    days = days_of({None: schedule}, names)
    files = patrol_files(replace(days, district=ATTACKS[2], notes=(ATTACKS[3],)))
    for name in ("sheets.html", "timeline.html"):
        page = files[name].decode()
        read = Texts(page)
        assert not {"script", "img", "iframe", "object", "a", "form"} & set(read.tags)
        assert ATTACKS[2] in read.text
        assert "default-src 'none'" in page
        assert not re.search(r"(?:src|action)=|@import|url\((?!#)", page.split("<body>")[0])
    for name in ("visits.csv", "presences.csv", "idleness.csv"):
        assert not [row for row in rows(name, files) if row["name"][:1] in "=+-@"]


def test_every_file_is_marked_and_audits_as_restricted(
    tmp_path: Path, made: dict[str, bytes]
) -> None:
    assert set(made) == set(FILES)
    for name, data in made.items():
        (tmp_path / name).write_bytes(data)
        assert audit(tmp_path / name).verdict is Verdict.RESTRICTED, name
        if name.endswith(".csv"):
            assert {row["edition"] for row in rows(name, made)} == {"restricted"}


def test_tables_say_what_the_schedule_says(
    made: dict[str, bytes], schedule: PatrolSchedule
) -> None:
    officers, visits, met = (
        rows("officers.csv", made),
        rows("visits.csv", made),
        rows("presences.csv", made),
    )
    assert sum(float(row["hours"]) for row in officers) == pytest.approx(
        schedule.officer_hours, abs=0.02
    )
    metres = schedule.metres_per_day(TIMES)
    assert metres is not None
    assert sum(float(row["driving_m"]) for row in officers) == pytest.approx(metres)
    assert sum(int(row["visits"]) for row in officers) == sum(
        row["activity"] == "visit" for row in visits
    )
    for kind in ("arrival", "dismissal"):
        of_kind = [row["met"] for row in met if row["kind"] == kind]
        assert (of_kind.count("true"), len(of_kind)) == schedule.count_presences(kind)
    idle = schedule.idleness()
    assert {
        row["building_id"]: float(row["longest_gap_s"]) for row in rows("idleness.csv", made)
    } == {str(building): float(gap) for building, gap in idle["longest_gap_s"].items()}
    day = schedule.days[0]
    told = f"Miles <b>{sum(d.metres(TIMES) or 0 for d in (day,)) / METRES_PER_MILE:.0f}</b>"
    assert told in made["sheets.html"].decode()


def test_dates_come_first_where_there_are_dates(
    made: dict[str, bytes], schedule: PatrolSchedule
) -> None:
    files = patrol_files(days_of(dict.fromkeys(DAYS, schedule)))
    for name in ("visits.csv", "presences.csv", "idleness.csv", "officers.csv"):
        assert "day" not in rows(name, made)[0]
        found = rows(name, files)
        assert next(iter(found[0])) == "day"
        assert list(dict.fromkeys(row["day"] for row in found)) == ["2026-11-30", "2026-12-01"]
        assert len(found) == 2 * len(rows(name, made))


def test_the_visits_are_read_back_as_they_were(
    tmp_path: Path, made: dict[str, bytes], schedule: PatrolSchedule
) -> None:
    (tmp_path / "visits.csv").write_bytes(made["visits.csv"])
    stops = read_schedule(tmp_path / "visits.csv", SCHOOLS)
    columns = ["zone_id", "officer_id", "stop", "activity", "building_id", "arrival_s"]
    columns += ["departure_s"]
    assert stops[columns].to_dict("records") == schedule.to_frame()[columns].to_dict("records")
    assumptions = schedule.assumptions
    checked = check_schedule(stops, PLAN, SCHOOLS, TIMES, assumptions=assumptions)
    assert checked.ok, str(checked)


def test_a_timeline_has_a_row_a_building_with_its_visits_break_and_windows(
    schedule: PatrolSchedule,
) -> None:
    days = schedule.days_of("Ash")
    drawn = ElementTree.fromstring(
        timeline(
            days,
            ["A", "B", "C", "D"],
            schedule.school_day,
            SCHOOLS["name"].to_dict(),
            presence_s=schedule.assumptions.presence_s,
        )
    )
    space = "{http://www.w3.org/2000/svg}"
    titles = [
        str(rect.findtext(f"{space}title"))
        for rect in drawn.iter(f"{space}rect")
        if rect.find(f"{space}title") is not None
    ]
    stops = [visit for day in days for visit in day.visits]
    assert sum(title.endswith(", visit") for title in titles) == sum(not v.is_break for v in stops)
    assert sum(title.endswith(", break") for title in titles) == 2
    wished = schedule.school_day.presences_at("ABCD")
    assert sum("officer wished" in title for title in titles) == len(wished)
    names = [
        str(text.text) for text in drawn.iter(f"{space}text") if text.get("text-anchor") == "end"
    ]
    assert names[:4] == ["School A", "School B", "School C", "School D"]
    frame = frame_of(days, schedule.school_day)
    # From 7:00 to 18:00, since C's last window closes at 17:20.
    assert (frame.start_s, frame.end_s) == (7 * 3600, 18 * 3600)
    bar = next(
        r for r in drawn.iter(f"{space}rect") if ", visit" in str(r.findtext(f"{space}title"))
    )
    assert float(bar.get("x", "")) == pytest.approx(frame.at(stops[0].arrival_s), abs=0.01)
    seconds = float(bar.get("width", "")) / frame.scale
    assert seconds == pytest.approx(stops[0].dwell_s, abs=30)


def long_day(stops: int) -> OfficerDay:
    """A day of so many stops, the middle one a break, twelve minutes each."""
    visits = tuple(
        Visit(
            building_id="ABC"[k % 3],
            arrival_s=25_200 + 1200 * k,
            departure_s=25_200 + 1200 * k + 720,
            activity=Activity.BREAK if k == stops // 2 else Activity.VISIT,
        )
        for k in range(stops)
    )
    return OfficerDay(zone_id="Ash", start_s=25_200, end_s=visits[-1].departure_s, visits=visits)


@pytest.mark.slow
@pytest.mark.browser
def test_a_sheet_of_26_stops_prints_on_one_page_of_letter(
    browser: Any, tmp_path: Path, schedule: PatrolSchedule
) -> None:
    path = tmp_path / "sheets.html"
    zones = {"Ash": tuple("ABC")}
    names = dict.fromkeys("ABC", "The Extraordinarily Long Name Elementary School of the County")
    long = replace(schedule, days=(long_day(26),))
    text = officer_sheets(dict.fromkeys(DAYS, long), names, district="Ash County", zones=zones)
    path.write_text(text, encoding="utf-8")
    with file_page(browser, path) as opened:
        pdf = opened.page.pdf(format="Letter", prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2
        assert opened.requests == [path.as_uri()]
        assert opened.complaints == []
