"""Draw a patrol day as a picture: a row a building, the hours from left to right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from zoning.patrol import OfficerDay, SchoolDay, WishedPresence
from zoning.patrol.day_problem import met_presences
from zoning.patrol.schedule import visits_by_building
from zoning.units import clock

_HOUR_S: Final = 3600
INK, SOFT, LINE = "#1a2128", "#525c66", "#cfd5da"
VISIT_COLOURS: Final = ("#0b5394", "#b45f06", "#38761d")
"""Of the officers of a zone, in their order; four shades that print apart from each other."""
_CLOSED, _OPEN, _MET, _MISSED = "#eceff1", "#ffffff", "#bcd6ee", "#f6c9c9"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Size of a timeline in pixels, and the hours it shows.

    Attributes
    ----------
    names_width
        Room for the names of buildings, left of the hours.
    letters
        Height of letters.
    """

    width: float = 980.0
    names_width: float = 230.0
    row_height: float = 20.0
    letters: float = 12.0
    start_s: int
    end_s: int

    @property
    def scale(self) -> float:
        """Pixels of a second."""
        return (self.width - self.names_width - 10) / (self.end_s - self.start_s)

    def at(self, second: float) -> float:
        """Place of a moment from the left, within the frame."""
        inside = min(max(second, self.start_s), self.end_s)
        return round(self.names_width + (inside - self.start_s) * self.scale, 2)


def frame_of(days: Sequence[OfficerDay], school_day: SchoolDay) -> Frame:
    """The whole hours that hold some officers' days and the open hours of their buildings."""
    ids = {visit.building_id for day in days for visit in day.visits}
    hours = [school_day.hours[i] for i in ids if i in school_day.hours]
    start = min([day.start_s for day in days] + [opens for opens, _ in hours])
    end = max([day.end_s for day in days] + [closes for _, closes in hours])
    return Frame(start_s=start // _HOUR_S * _HOUR_S, end_s=-(-end // _HOUR_S) * _HOUR_S)


def timeline(
    days: Sequence[OfficerDay],
    building_ids: Sequence[str],
    school_day: SchoolDay,
    names: Mapping[str, str],
    *,
    presence_s: int,
    frame: Frame | None = None,
) -> str:
    """Draw the day of the officers of a zone as SVG.

    Grey: the building is closed. Light blue: a window in which an officer is wished and is
    there long enough; light red: nobody is. Bars: visits, a colour an officer; hatched: a break.

    Parameters
    ----------
    building_ids
        The rows, from top to bottom.
    names
        Of the buildings, shown as typed.
    presence_s
        Shortest stay within a window that counts, seconds.
    """
    of = frame or frame_of(days, school_day)
    stays = visits_by_building(day.visits for day in days)
    wishes = school_day.presences_at(building_ids)
    met = dict(zip(wishes, met_presences(wishes, stays, presence_s=presence_s), strict=True))
    top = of.letters * 1.8
    height = top + len(building_ids) * of.row_height + 4
    parts = [
        f'<svg class="timeline" viewBox="0 0 {of.width:g} {height:g}" role="img" '
        f'xmlns="http://www.w3.org/2000/svg" font-size="{of.letters:g}">',
        f"<title>{escape(_describe(days))}</title>",
        '<defs><pattern id="break" width="5" height="5" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect width="5" height="5" fill="#fff"/>'
        f'<rect width="2.5" height="5" fill="{SOFT}"/></pattern></defs>',
    ]
    rows = {building: top + k * of.row_height for k, building in enumerate(building_ids)}
    for building, y in rows.items():
        parts += _row(building, y, of, school_day, names)
    parts += [_window(wish, is_met, rows[wish.building_id], of) for wish, is_met in met.items()]
    parts += _hours(of, top, height)
    for k, day in enumerate(days):
        colour = VISIT_COLOURS[k % len(VISIT_COLOURS)]
        for visit in day.visits:
            if visit.building_id in rows:
                fill = "url(#break)" if visit.is_break else colour
                what = "break" if visit.is_break else "visit"
                told = f"{clock(visit.arrival_s)} to {clock(visit.departure_s)}, {what}"
                parts.append(
                    _rect(
                        of.at(visit.arrival_s),
                        rows[visit.building_id] + of.row_height * 0.2,
                        max(of.at(visit.departure_s) - of.at(visit.arrival_s), 1.5),
                        of.row_height * 0.6,
                        fill,
                        title=f"{names.get(visit.building_id, visit.building_id)}, {told}",
                    )
                )
    parts.append("</svg>")
    return "\n".join(parts)


def _describe(days: Sequence[OfficerDay]) -> str:
    officers = ", ".join(
        f"{day.officer_id} {clock(day.start_s)} to {clock(day.end_s)}" for day in days
    )
    return f"Timeline of {officers}"


def _row(
    building: str, y: float, of: Frame, school_day: SchoolDay, names: Mapping[str, str]
) -> list[str]:
    """The name, and the open hours on the grey of closed ones."""
    opens, closes = school_day.hours.get(building, (of.start_s, of.start_s))
    name = names.get(building, building)
    most = int((of.names_width - 8) / (of.letters * 0.55))
    short = name if len(name) <= most else name[: most - 1].rstrip() + "…"
    inner = of.row_height - 2
    return [
        f'<text x="{of.names_width - 6:g}" y="{y + of.row_height / 2 + of.letters * 0.35:g}" '
        f'text-anchor="end" fill="{INK}">{escape(short)}<title>{escape(name)}</title></text>',
        _rect(of.at(of.start_s), y + 1, of.at(of.end_s) - of.at(of.start_s), inner, _CLOSED),
        _rect(of.at(opens), y + 1, of.at(closes) - of.at(opens), inner, _OPEN, line=LINE),
    ]


def _window(wish: WishedPresence, is_met: bool, y: float, of: Frame) -> str:
    what = f"{wish.kind} {'' if wish.bell_s is None else clock(wish.bell_s)}".strip()
    told = f"{what}: officer wished {clock(wish.open_s)} to {clock(wish.close_s)}"
    return _rect(
        of.at(wish.open_s),
        y + 1,
        of.at(wish.close_s) - of.at(wish.open_s),
        of.row_height - 2,
        _MET if is_met else _MISSED,
        title=f"{told}, {'met' if is_met else 'missed'}",
    )


def _hours(of: Frame, top: float, height: float) -> list[str]:
    """The hours, and a line through each."""
    parts = []
    for second in range(of.start_s, of.end_s + 1, _HOUR_S):
        x = of.at(second)
        anchor = "end" if second == of.end_s else "middle"
        parts.append(
            f'<text x="{x:g}" y="{of.letters:g}" text-anchor="{anchor}" fill="{SOFT}">'
            f"{clock(second)}</text>"
            f'<line x1="{x:g}" x2="{x:g}" y1="{top - 3:g}" y2="{height - 4:g}" '
            f'stroke="{LINE}" stroke-width="0.7"/>'
        )
    return parts


def _rect(
    x: float,
    y: float,
    width: float,
    height: float,
    fill: str,
    *,
    line: str | None = None,
    title: str = "",
) -> str:
    stroke = f' stroke="{line}" stroke-width="0.7"' if line else ""
    inside = f"<title>{escape(title)}</title>" if title else ""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{fill}"{stroke}>'
        f"{inside}</rect>"
    )
