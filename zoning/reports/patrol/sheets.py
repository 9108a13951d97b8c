"""Make pages of patrol days: a sheet to hand out for each officer, and a timeline of all zones."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import Final

from zoning.editions import RESTRICTED_MARK
from zoning.patrol import OfficerDay, PatrolSchedule, SchoolDay
from zoning.patrol.term import Day
from zoning.reports.patrol.timeline import frame_of, timeline
from zoning.roads.travel.travel_times import TravelTimes
from zoning.units import clock, miles, minutes

_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)
_PAGE: Final = 950.0
"""Height of a printed sheet of Letter within its margins, pixels of 1/96 inch, less a reserve."""
_HEADINGS: Final = 300.0
"""Of it what is above, between and below the table, the picture and the text, as measured."""
_PICTURE_ROW: Final = 15.0
_LETTERS: Final = 115  # of a line of text in the largest size
_SIZES: Final = (("", 25.0, 18.0), (" dense", 19.4, 15.5), (" densest", 15.5, 12.5))
"""Style, height of a row of the table and of a line of text, pixels; the largest that fits."""
_KEY: Final = (
    "Bars are visits, the hatched bar is the break. Light blue: an officer is wished there then, "
    "and comes; light red: nobody comes. Grey: the school is closed."
)


def officer_sheets(
    schedules: Mapping[Day | None, PatrolSchedule],
    names: Mapping[str, str],
    *,
    district: str,
    zones: Mapping[str, Sequence[str]],
    times: TravelTimes | None = None,
    notes: Sequence[str] = (),
) -> str:
    """Make a page of HTML with one printed sheet an officer and day.

    The page needs nothing, runs no code and loads nothing; text from data is shown as typed.

    Parameters
    ----------
    schedules
        By date; None is the day of no date.
    names
        Of the buildings, by id.
    zones
        Building ids of each zone, by zone id.
    times
        For the miles that an officer drives; they are not shown where it holds no distances.
    notes
        What every sheet says at its foot, for example what the travel times rest on.
    """
    sheets = []
    for date, schedule in schedules.items():
        missed = _missed_by_building(schedule)
        sheets += [
            _sheet(
                day,
                schedule,
                date,
                names,
                district=district,
                building_ids=zones.get(day.zone_id, ()),
                missed=missed,
                metres=None if times is None else day.metres(times),
                notes=notes,
            )
            for day in schedule.days
        ]
    return make_page(f"Patrol sheets, {district}", sheets)


def timeline_page(
    schedule: PatrolSchedule,
    names: Mapping[str, str],
    *,
    district: str,
    zones: Mapping[str, Sequence[str]],
    date: Day | None = None,
) -> str:
    """Make a page with the timeline of each zone, all on the same hours."""
    frame = frame_of(schedule.days, schedule.school_day)
    sheets = []
    for zone_id in dict.fromkeys(day.zone_id for day in schedule.days):
        days = schedule.days_of(zone_id)
        picture = timeline(
            days,
            _rows(days, zones.get(zone_id, ())),
            schedule.school_day,
            names,
            presence_s=schedule.assumptions.presence_s,
            frame=frame,
        )
        hours = "; ".join(f"{clock(d.start_s)} to {clock(d.end_s)}" for d in days)
        sheets.append(f"<h2>{escape(zone_id)}, {hours}</h2>\n{picture}")
    head = (
        f"{_mark()}<header><h1>Patrol timeline</h1>"
        f'<p class="about">{escape(_about(district, date))}</p></header>'
        f'<p class="key">{escape(_KEY)}</p>'
    )
    return make_page(
        f"Patrol timeline, {district}",
        [f'<section class="sheet">{head}\n' + "\n".join(sheets) + "</section>"],
    )


def make_page(title: str, sheets: Iterable[str]) -> str:
    """Make a page of HTML of sections; it needs nothing and runs no code."""
    return Template(_asset("sheets.html")).substitute(
        policy=_POLICY,
        mark=escape(RESTRICTED_MARK),
        title=escape(title),
        style=_asset("sheets.css"),
        sheets="\n".join(sheets),
    )


def _asset(name: str) -> str:
    return (files("zoning.reports.patrol") / name).read_text(encoding="utf-8")


def _mark() -> str:
    return f'<p class="mark" role="note">{escape(RESTRICTED_MARK)}</p>'


def _about(district: str, date: Day | None) -> str:
    if date is None:
        when = "a full school day, without a date"
    elif isinstance(date, int):
        when = f"day {date} of the rotation"
    else:
        when = f"{date:%A, %B} {date.day}, {date.year}"
    return f"{district} · {when}"


def _rows(days: Sequence[OfficerDay], building_ids: Sequence[str]) -> list[str]:
    """The buildings of a zone, then those of others that its officers visit."""
    visited = (visit.building_id for day in days for visit in day.visits)
    return list(dict.fromkeys([*sorted(building_ids), *visited]))


def _missed_by_building(schedule: PatrolSchedule) -> dict[str, str]:
    """The presences that nobody meets, in words, by building id."""
    table = schedule.presences()
    told: dict[str, list[str]] = {}
    for row in table[~table["met"]].to_dict("records"):
        bell = "" if math.isnan(row["bell_s"]) else f" {clock(row['bell_s'])}"
        told.setdefault(row["building_id"], []).append(f"{row['kind']}{bell}")
    return {building: ", ".join(kinds) for building, kinds in told.items()}


def _sheet(
    day: OfficerDay,
    schedule: PatrolSchedule,
    date: Day | None,
    names: Mapping[str, str],
    *,
    district: str,
    building_ids: Sequence[str],
    missed: Mapping[str, str],
    metres: float | None,
    notes: Sequence[str],
) -> str:
    visits = sum(not visit.is_break for visit in day.visits)
    facts = [
        ("Shift", f"{clock(day.start_s)} to {clock(day.end_s)}"),
        ("Visits", str(visits)),
        ("Driving", minutes(day.driving_s, digits=0)),
        *([] if metres is None else [("Miles", f"{miles(metres):.0f}")]),
    ]
    beyond = day.length_s - schedule.assumptions.shift_s
    if beyond > 0:
        facts.append(("Beyond the shift", minutes(beyond, digits=0)))
    if day.base_id is not None:
        facts.append(("Base", names.get(day.base_id, day.base_id)))
    picture = timeline(
        [day],
        _rows([day], building_ids),
        schedule.school_day,
        names,
        presence_s=schedule.assumptions.presence_s,
    )
    rows = list(_rows_of_day(day, schedule.school_day, names))
    table = "\n".join(rows)
    none = "; ".join(f"{names.get(b, b)}: {missed[b]}" for b in building_ids if b in missed)
    size = _size(len(rows), len(set(building_ids)), len(none))
    return (
        f'<section class="sheet{size}">{_mark()}<header><h1>{escape(day.officer_id)}</h1>'
        f'<p class="about">{escape(_about(district, date))}</p></header>\n'
        '<ul class="facts">'
        + "".join(f"<li>{escape(what)} <b>{escape(value)}</b></li>" for what, value in facts)
        + "</ul>\n<h2>The day</h2>\n<table><thead><tr>"
        + "".join(
            f'<th scope="col"{css}>{heading}</th>'
            for heading, css in (
                *((heading, "") for heading in ("Arrive", "Leave", "Where", "What for")),
                ("Drive there", ' class="number"'),
            )
        )
        + f"</tr></thead>\n<tbody>\n{table}\n</tbody></table>\n"
        f'<h2>The same as a picture</h2>\n{picture}<p class="key">{escape(_KEY)}</p>\n'
        + (f"<h2>Where no officer of the zone comes</h2><p>{escape(none)}.</p>\n" if none else "")
        + (f'<p class="small">{escape(" ".join(notes))}</p>' if notes else "")
        + "</section>"
    )


def _size(rows: int, buildings: int, letters: int) -> str:
    """The style of the largest letters at which a sheet is likely to fit on a page."""
    for style, row, line in _SIZES:
        height = _HEADINGS + rows * row + buildings * _PICTURE_ROW + letters / _LETTERS * line
        if height <= _PAGE:
            return style
    return _SIZES[-1][0]


def _rows_of_day(day: OfficerDay, school_day: SchoolDay, names: Mapping[str, str]) -> Iterator[str]:
    """A row a stop, and one each at the base for the beginning and the end of the shift."""
    base = None if day.base_id is None else names.get(day.base_id, day.base_id)
    if base is not None:
        yield _row("", clock(day.start_s), base, "Shift begins", 0)
    left_s = day.start_s
    for visit in day.visits:
        opens, closes = school_day.hours.get(visit.building_id, (0, 0))
        is_open = visit.arrival_s < closes and visit.departure_s > opens
        visited = ", ".join(visit.present_for).capitalize() or "Visit"
        yield _row(
            clock(visit.arrival_s),
            clock(visit.departure_s),
            names.get(visit.building_id, visit.building_id),
            "Break" if visit.is_break else visited if is_open else "Visit, school closed",
            visit.arrival_s - left_s,
            css=' class="break"' if visit.is_break else "",
        )
        left_s = visit.departure_s
    if base is not None:
        yield _row(clock(day.end_s), "", base, "Shift ends", day.end_s - left_s)


def _row(arrive: str, leave: str, where: str, what: str, drive_s: int, *, css: str = "") -> str:
    return (
        f'<tr{css}><td class="time">{arrive}</td><td class="time">{leave}</td>'
        f"<td>{escape(where)}</td><td>{escape(what)}</td>"
        f'<td class="number">{minutes(drive_s, digits=0) if drive_s else ""}</td></tr>'
    )
