"""Officers who do not patrol: several at one building, and those who stand by outside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from zoning.patrol.assumptions import LongDay, PatrolAssumptions
from zoning.patrol.schedule import SECONDS_PER_HOUR, Activity, OfficerDay, Visit
from zoning.patrol.school_day import SchoolDay
from zoning.units import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Standby:
    """An officer who waits outside at a base and goes into a school when called.

    Attributes
    ----------
    officer_id
        Name in the timetable.
    base_id
        The building at which the officer waits. Restricted: a staging point.
    building_ids
        The buildings whose school hours the shift covers.
    zone_id
        The zone on call whose calls are answered first; '' for the whole district.
    shift_s
        Length of a full shift, seconds; None: that of the assumptions.
    """

    officer_id: str
    base_id: str
    building_ids: tuple[str, ...]
    zone_id: str = ""
    shift_s: int | None = None


def with_shift(assumptions: PatrolAssumptions, shift_s: int | None) -> PatrolAssumptions:
    """The assumptions with a shift of another length; one too short for the break has none."""
    if shift_s is None:
        return assumptions
    has_break = shift_s >= assumptions.break_earliest_s + assumptions.break_s
    return replace(
        assumptions,
        shift_s=shift_s,
        second_shift_s=None,
        break_s=assumptions.break_s if has_break else 0,
    )


def stand_by(
    posts: Sequence[Standby], school_day: SchoolDay, *, assumptions: PatrolAssumptions
) -> Iterator[OfficerDay]:
    """Make the days of officers who stand by while the buildings they cover are open.

    Where that is longer than a shift, ``long_day`` decides as for a patrol; officers of one
    shift who cover the same buildings spread their beginnings, and their breaks.
    """
    for post in posts:
        hours = [school_day.hours[b] for b in post.building_ids if b in school_day.hours]
        if not hours:
            continue
        alike = [
            p for p in posts if (p.zone_id, p.building_ids) == (post.zone_id, post.building_ids)
        ]
        k = alike.index(post)
        own = with_shift(assumptions, post.shift_s)
        opens, closes = min(a for a, _ in hours), max(b for _, b in hours)
        for n, (start, end) in enumerate(
            _shifts(opens, closes, own, place=(2 * k + 1) / (2 * len(alike)))
        ):
            pause = own.break_latest_s - own.break_earliest_s
            begin = start + own.break_earliest_s + min(k * own.break_s, pause)
            rest = Visit(
                building_id=post.base_id,
                arrival_s=begin,
                departure_s=begin + own.break_s,
                activity=Activity.BREAK,
            )
            yield OfficerDay(
                zone_id=post.zone_id,
                officer_id=f"{post.officer_id} (second shift)" if n else post.officer_id,
                start_s=start,
                end_s=end,
                visits=(rest,) if own.has_break(end - start) else (),
                base_id=post.base_id,
                shift_s=post.shift_s,
            )


def _shifts(
    opens: int, closes: int, assumptions: PatrolAssumptions, *, place: float
) -> list[tuple[int, int]]:
    """The shifts of one post; ``place``: where one shift lies in a longer day, 0 to 1."""
    shift, spare = assumptions.shift_s, closes - opens - assumptions.shift_s
    if spare <= 0 or assumptions.long_day is LongDay.OVERTIME:
        return [(opens, closes)]
    if assumptions.long_day is LongDay.ONE_SHIFT:
        start = opens + round(spare * place)
        return [(start, start + shift)]
    return [(opens, opens + shift), (closes - (assumptions.second_shift_s or shift), closes)]


def stay_together(
    day: OfficerDay, school_day: SchoolDay, *, officers: int, assumptions: PatrolAssumptions
) -> Iterator[OfficerDay]:
    """Make the days of several officers at one building of the day of the first.

    Their breaks follow one another as far as these may begin at different times.
    """
    yield day
    pauses = day.breaks
    for k in range(1, officers):
        moved = [_in_turn(pause, k, day.start_s, assumptions) for pause in pauses]
        yield replace(
            day,
            officer_id=f"{day.officer_id} (officer {k + 1})",
            visits=_around(day, moved, school_day, assumptions),
            proof=None,
        )


def _in_turn(
    pause: tuple[int, int], k: int, start_s: int, assumptions: PatrolAssumptions
) -> tuple[int, int]:
    """The break of the k-th officer beside that of the first: after it, or else before it."""
    begin, length = pause[0], pause[1] - pause[0]
    earliest, latest = (
        start_s + after for after in (assumptions.break_earliest_s, assumptions.break_latest_s)
    )
    slots = [
        *range(begin, max(latest, begin) + 1, length),
        *range(begin - length, earliest - 1, -length),
    ]
    chosen = slots[k % len(slots)]
    return chosen, chosen + length


def _around(
    day: OfficerDay,
    pauses: Sequence[tuple[int, int]],
    school_day: SchoolDay,
    assumptions: PatrolAssumptions,
) -> tuple[Visit, ...]:
    """The stays at the one building of a day around other breaks."""
    building, first, last = day.visits[0].building_id, day.visits[0], day.visits[-1]
    edges = [first.arrival_s, *(moment for pause in pauses for moment in pause), last.departure_s]
    wishes = school_day.presences_at([building])
    visits = []
    for n, (arrival, departure) in enumerate(pairwise(edges)):
        met = [
            wish.kind
            for wish in wishes
            if n % 2 == 0 and wish.is_met_by(arrival, departure, presence_s=assumptions.presence_s)
        ]
        if arrival < departure:
            visits.append(
                Visit(
                    building_id=building,
                    arrival_s=arrival,
                    departure_s=departure,
                    activity=Activity.BREAK if n % 2 else Activity.VISIT,
                    present_for=tuple(dict.fromkeys(met)),
                )
            )
    return tuple(visits)


def fill_shift(day: OfficerDay) -> OfficerDay:
    """Let an officer of one building be there for a whole shift, around a shorter school day."""
    spare = (day.shift_s or 0) - day.length_s
    if spare <= 0:
        return day
    before = min(spare // 2, day.start_s)
    after = spare - before
    first, *others = day.visits
    first = replace(first, arrival_s=first.arrival_s - before)
    *others, last = (first, *others)
    last = replace(last, departure_s=last.departure_s + after)
    return replace(
        day, start_s=day.start_s - before, end_s=day.end_s + after, visits=(*others, last)
    )


def standby_notices(days: Sequence[OfficerDay]) -> Iterator[str]:
    """Say who stands by, and what of it is not planned."""
    waiting = [day for day in days if day.stands_by]
    if waiting:
        hours = sum(day.length_s for day in waiting) / SECONDS_PER_HOUR
        one = len(waiting) == 1
        yield (
            f"{counted(len(waiting), 'officer')} {'stands' if one else 'stand'} by outside the "
            f"schools and {'goes' if one else 'go'} in when called, {hours:.1f} officer-hours: no "
            "visits, presences or patrol drives are planned for "
            f"{'this officer' if one else 'them'}."
        )
