"""Make pages of patrol days: a sheet to hand out for each officer, and a timeline of all zones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import Final

from zoning.editions import RESTRICTED_MARK
from zoning.patrol import OfficerDay, PatrolSchedule, Visit
from zoning.patrol.term import Day
from zoning.reports.patrol.timeline import frame_of, timeline
from zoning.units import clock, miles, minutes

_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
)
_MOST_ROWS: Final = 24
"""Rows in plain size that a sheet of Letter holds with the picture; more are set closer."""
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
    missed: Mapping[str, Sequence[str]] | None = None,
    metres: Mapping[str, float] | None = None,
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
    missed
        Sentences on what an officer's zone misses, by zone id.
    metres
        Metres that an officer drives, by officer id; not shown if it is not known.
    notes
        What every sheet says at its foot, for example what the travel times rest on.
    """
    sheets = [
        _sheet(
            day,
            schedule,
            date,
            names,
            district=district,
            building_ids=zones.get(day.zone_id, ()),
            missed=(missed or {}).get(day.zone_id, ()),
            metres=(metres or {}).get(day.officer_id),
            notes=notes,
        )
        for date, schedule in schedules.items()
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


def _sheet(
    day: OfficerDay,
    schedule: PatrolSchedule,
    date: Day | None,
    names: Mapping[str, str],
    *,
    district: str,
    building_ids: Sequence[str],
    missed: Sequence[str],
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
    rows = "\n".join(_row(visit, left, names) for visit, left in _with_departures(day))
    dense = " dense" if len(day.visits) + 2 * len(missed) > _MOST_ROWS else ""
    told = "".join(f"<li>{escape(text)}</li>" for text in missed)
    return (
        f'<section class="sheet{dense}">{_mark()}<header><h1>{escape(day.officer_id)}</h1>'
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
        + f"</tr></thead>\n<tbody>\n{rows}\n</tbody></table>\n"
        f'<h2>The same as a picture</h2>\n{picture}<p class="key">{escape(_KEY)}</p>\n'
        + (
            f'<h2>What the zone misses, and why</h2><ul class="missed">{told}</ul>\n'
            if missed
            else ""
        )
        + (f'<p class="small">{escape(" ".join(notes))}</p>' if notes else "")
        + "</section>"
    )


def _with_departures(day: OfficerDay) -> list[tuple[Visit, int]]:
    """Each stop with the moment at which the officer left for it."""
    left = [day.start_s, *(visit.departure_s for visit in day.visits)]
    return list(zip(day.visits, left, strict=False))


def _row(visit: Visit, left_s: int, names: Mapping[str, str]) -> str:
    what = ", ".join(visit.present_for)
    what = "Break" if visit.is_break else what.capitalize() or "Visit"
    drive = visit.arrival_s - left_s
    css = ' class="break"' if visit.is_break else ""
    return (
        f'<tr{css}><td class="time">{clock(visit.arrival_s)}</td>'
        f'<td class="time">{clock(visit.departure_s)}</td>'
        f"<td>{escape(names.get(visit.building_id, visit.building_id))}</td>"
        f"<td>{escape(what)}</td>"
        f'<td class="number">{minutes(drive, digits=0) if drive else ""}</td></tr>'
    )
