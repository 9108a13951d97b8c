"""The people that a placement needs, and the schools to which none of its officers comes."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from typing import Final

from zoning.patrol import PatrolSchedule
from zoning.patrol.schedule import SECONDS_PER_HOUR
from zoning.response import ResponseAssumptions, ResponseEstimate
from zoning.roads.travel.travel_times import TravelTimes
from zoning.settings import DOLLARS, NONE, SettingField, fields_of, write_value
from zoning.staffing.costs import CostAssumptions, OutsideResponse
from zoning.staffing.options import Placement, PostGroup
from zoning.staffing.staff import Role, StaffLine
from zoning.units import counted
from zoning.zones import ZoneKind, ZonePlan


def groups_of_plan(plan: ZonePlan) -> Iterator[PostGroup]:
    """The groups of a plan whose officers are all of the district."""
    for kind, what in (
        (ZoneKind.DEDICATED, "fixed at one school each"),
        (ZoneKind.PATROL, "patrol zones"),
    ):
        ids = frozenset(zone.zone_id for zone in plan.zones if zone.kind is kind)
        if ids:
            campuses = len(ids) if kind is ZoneKind.DEDICATED else 0
            yield PostGroup(role=Role.OFFICER, what=what, zone_ids=ids, campuses=campuses)


def staff_lines(
    placement: Placement, schedule: PatrolSchedule | None, times: TravelTimes, *, shift_s: int
) -> tuple[StaffLine, ...]:
    """The people that a placement needs on a school day, with the hours of their timetable.

    Parameters
    ----------
    times
        Of driving on patrol, with metres if they are known.
    shift_s
        Length of a full shift of those who have none of their own, seconds.
    """
    plan = placement.plan
    groups = placement.groups or (() if plan is None else tuple(groups_of_plan(plan)))
    lines = []
    for group in groups:
        days = [
            day
            for day in (() if schedule is None else schedule.days)
            if day.zone_id in group.zone_ids
            or (not day.zone_id and _float_of(day.officer_id) in group.officer_ids)
        ]
        if schedule is not None and not group.posts:
            metres = [day.metres(times) for day in days]
            known = [one for one in metres if one is not None]
            lines.append(
                StaffLine(
                    role=group.role,
                    what=group.what,
                    posts=len(days),
                    hours=sum(day.length_s for day in days) / SECONDS_PER_HOUR,
                    overtime_hours=sum(map(schedule.overtime_s, days)) / SECONDS_PER_HOUR,
                    campuses=group.campuses,
                    **({"patrol_m": float(sum(known))} if len(known) == len(days) else {}),
                )
            )
        else:
            hours = group.posts * (group.shift_s or shift_s) / SECONDS_PER_HOUR
            lines.append(
                StaffLine(
                    role=group.role,
                    what=group.what,
                    posts=group.posts,
                    hours=hours,
                    campuses=group.campuses,
                )
            )
    return tuple(lines)


def _float_of(officer_id: str) -> str:
    """The float whose day it is, the first or the second shift of it."""
    return officer_id.removesuffix(" (second shift)")


def describe_staff(staff: Sequence[StaffLine]) -> str:
    """Count the people of an option in a sentence: ``In numbers: 58 officers fixed at ...``."""
    told = [
        f"{counted(line.posts, str(line.role))} {_IN.get(line.what, line.what)}"
        + (f" ({line.campuses})" if line.campuses else "")
        for line in staff
    ]
    return f"In numbers: {'; '.join(told)}." if told else ""


_IN: Final = {"patrol zones": "in patrol zones", "floats of the whole district": "floating"}


def describe_prices(costs: CostAssumptions, usual: CostAssumptions) -> str:
    """Name the prices of an option that are not those of the others."""
    told = [
        f"{one.setting.meaning.rstrip('.').lower()}: {_price(one, value)}"
        for one in fields_of(CostAssumptions)
        if (value := getattr(costs, one.name)) != getattr(usual, one.name)
    ]
    return f"Prices of its own: {'; '.join(told)}."


def _price(setting: SettingField, value: object) -> str:
    if dataclasses.is_dataclass(value):
        return "given"
    values = [*dict.fromkeys(value)] if isinstance(value, tuple) else [value]
    is_by_month = setting.name == "hired_by_month"
    if is_by_month and isinstance(value, tuple):
        if not value:
            return setting.setting.default or NONE
        values = [*value]
    written = [write_value(setting, one) for one in values]
    unit = setting.setting.unit
    if unit is DOLLARS:
        written = [f"${one:,.10g}" if one != NONE else one for one in written]
    text = (", " if is_by_month else " to ").join(map(str, written))
    if len(written) == 3 and not is_by_month:
        text = f"{written[1]} ({written[0]} to {written[2]})"
    return text if unit in (None, DOLLARS) or text == NONE else f"{text} {unit.noun}"


# Schools to which no officer comes.


def unanswered_ids(
    plan: ZonePlan, placement: Placement, assumptions: ResponseAssumptions
) -> frozenset[str]:
    """Buildings to which no officer comes by design, so that outside police answer their calls."""
    helps = any(not post.zone_id for post in placement.standby) or (
        assumptions.mutual_aid
        and any(
            zone.kind is not ZoneKind.DEDICATED or assumptions.fixed_officers_help
            for zone in plan.zones
            if zone.officers
        )
    )
    without = (zone.building_ids for zone in plan.zones if not zone.officers and not helps)
    return frozenset(building for ids in without for building in ids)


def mean_with_outside(
    response: ResponseEstimate, left: frozenset[str], outside: OutsideResponse | None
) -> OutsideResponse | None:
    """The mean over all calls, those of some buildings answered by the outside police.

    None unless both means are known. Percentiles do not follow from those of the parts.
    """
    calls, mean = response.buildings["calls_per_day"], response.district.mean_s
    if outside is None or outside.mean_s is None or not math.isfinite(mean) or not calls.sum() > 0:
        return None
    share = float(calls[calls.index.isin(left)].sum() / calls.sum())
    return OutsideResponse(
        mean_s=share * outside.mean_s + (1 - share) * mean,
        source=f"simulated officers, and outside police from {outside.source}",
    )


def unanswered_notice(left: frozenset[str], outside: OutsideResponse | None) -> str:
    """Say what is not computed where schools are left to outside police."""
    schools = counted(len(left), "school")
    if outside is not None:
        return (
            f"Outside police answer the calls of {schools}: the mean takes their given mean for "
            "these; percentiles and shares of calls are not computed."
        )
    return (
        f"No officer comes to {schools}, and the response of the outside police is not known: no "
        "response is computed. Give its mean under [police], add floats or zones, or let fixed "
        "officers help ([response] fixed_officers_help = true)."
    )
