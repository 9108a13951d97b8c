"""What ``zoning patrol`` prints: a day, a term, its key, and what somebody learns who watches."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.text import Text

from zoning.cli.screen import Screen
from zoning.editions import RESTRICTED_MARK
from zoning.units import counted, miles, minutes

if TYPE_CHECKING:
    import pandas as pd

    from zoning.patrol import PatrolSchedule
    from zoning.patrol.key import PatrolKey
    from zoning.patrol.shift_options import ShiftOptions
    from zoning.patrol.team import PresencePool
    from zoning.patrol.term import PatrolTerm
    from zoning.roads.travel.travel_times import TravelTimes

PLANNED_DAYS: Final = (
    "These are planned days, not drawn ones: anyone with the inputs can compute them, and whoever "
    "watches a week knows the next. zoning patrol term draws days with a secret key."
)


def show_mark(screen: Screen, mark: str = RESTRICTED_MARK) -> None:
    """Print the mark of the restricted edition."""
    screen.out.print(Text(mark, style="bold red"))
    screen.out.print()


def show_schedule(screen: Screen, schedule: PatrolSchedule, times: TravelTimes) -> None:
    """Print what the officers of a schedule meet, and what it takes."""
    screen.listed("The day", _describe(schedule, times))


def _describe(schedule: PatrolSchedule, times: TravelTimes) -> Iterator[str]:
    from zoning.patrol import PresenceKind

    shift = schedule.assumptions.shift_s / 3600
    beyond = schedule.overtime_hours
    yield (
        f"{counted(len(schedule.days), 'officer')}, {schedule.officer_hours:.1f} hours"
        + (f", {beyond:.1f} of them beyond the shift of {shift:g} hours" if beyond else "")
    )
    for kind in PresenceKind:
        met, wished = schedule.count_presences(kind)
        if wished:
            yield f"{kind}: an officer is there at {met:,} of {wished:,}"
    idle = schedule.idleness()
    if len(idle):
        worst = idle["longest_gap_s"]
        yield (
            f"while it is open a school is without a visit for {minutes(worst.median(), digits=0)} "
            f"at the longest (median over schools), at worst {minutes(worst.max(), digits=0)}"
        )
    metres = schedule.metres_per_day(times)
    driving = sum(day.driving_s for day in schedule.days)
    yield f"driving: {driving / 3600:.1f} hours" + (
        "" if metres is None else f", {miles(metres):,.0f} miles"
    )
    proofs = [day.proof for day in schedule.days if day.proof is not None]
    yield (
        f"proved: the presences of {sum(p.are_presences_proved for p in proofs)} of "
        f"{counted(len(proofs), 'officer')}, the longest gap of "
        f"{sum(p.is_gap_proved for p in proofs)}"
    )


def describe_options(options: ShiftOptions) -> Iterator[str]:
    """Say what each way to staff long days costs and buys, for the district."""
    long_days = options.by_zone[options.by_zone["is_long"]]
    if long_days.empty:
        return
    zones = long_days["zone_id"].nunique()
    for option, row in options.district.iterrows():
        chosen = " (chosen)" if row["is_chosen"] else ""
        overtime, gap = row["overtime_hours"], row["unstaffed_s"] / 3600
        beyond = f", {overtime:.1f} of them beyond a shift" if overtime else ""
        unstaffed = f"; {gap:.1f} hours in which a zone has no officer on shift" if gap else ""
        yield (
            f"{option}{chosen}: {counted(int(row['officers']), 'officer')}, "
            f"{row['officer_hours']:.1f} hours a day{beyond}; {row['presences_met']:,.0f} of "
            f"{row['presences_wished']:,.0f} presences{unstaffed}"
        )
    yield f"days of {counted(zones, 'zone')} are longer than a shift; long_days.csv has each"


def describe_pool(pool: PresencePool) -> Iterator[str]:
    """Say what the officers meet zone by zone, and what they would meet together."""
    from zoning.patrol import PresenceKind

    table = pool.to_frame()
    for way, row in table.iterrows():
        met = [
            f"{row[f'{kind}_met']:,.0f} of {row[f'{kind}_wished']:,.0f} {kind}"
            for kind in (one.plural for one in PresenceKind)
            if f"{kind}_wished" in row
        ]
        far = f", {miles(row['metres']):,.0f} miles between them" if "metres" in row else ""
        proved = (
            "proved"
            if row["weight"] == row["weight_bound"]
            else (f"no plan meets more than {row['weight_bound']:,.0f} in all")
        )
        yield f"{way}: {', '.join(met)}{far} ({proved})"


def describe_term(term: PatrolTerm, times: TravelTimes) -> Iterator[str]:
    """Say what the days of a term meet, how evenly, and what they take."""
    from zoning.patrol import PresenceKind

    table = term.by_day(times)
    fair = term.fairness()
    first, last = table.index[0], table.index[-1]
    dates = "" if isinstance(first, int) else f", {first} to {last}"
    beyond = table["overtime_hours"].sum()
    yield (
        f"{counted(len(table), 'school day')}{dates}: {table['officer_hours'].sum():,.0f} "
        "officer-hours" + (f", {beyond:,.0f} of them beyond shifts" if beyond else "")
    )
    for kind in PresenceKind:
        met, wished = (table[f"{kind.plural}_{what}"].sum() for what in ("met", "wished"))
        zones = fair[fair["kind"] == kind]
        if not wished:
            continue
        least = zones["least_share"].min()
        yield f"{kind}: an officer is there at {met:,} of {wished:,}" + (
            ""
            if met == wished
            else f"; at each school on {least:.0%} of its days or more, proved the most possible "
            f"in {int(zones['is_proved'].sum())} of {counted(len(zones), 'zone')}"
        )
    gap = table["longest_gap_s"]
    yield (
        f"while it is open a school is without a visit for {minutes(gap.median(), digits=0)} at "
        f"the longest of a day (median over days), at worst {minutes(gap.max(), digits=0)}"
    )
    if table["metres"].notna().all():
        yield f"driving: {miles(table['metres'].sum()):,.0f} miles"


def key_notices(
    key: PatrolKey | None, path: Path | None, days: Sequence[datetime.date | int]
) -> Iterator[str]:
    """Say what a reader should know of the key with which days were drawn, or of planned ones."""
    if key is None:
        yield f"{PLANNED_DAYS} Leave --planned out for drawn ones."
        return
    if any(isinstance(day, int) for day in days):
        yield (
            "These days have numbers, no dates: whoever watches them once knows them, since the "
            "same key gives the same days each time. Name a [calendar] file to draw each date anew."
        )
    from zoning.patrol.key import KEY_VARIABLE, default_key_path

    if path is None and KEY_VARIABLE in os.environ:
        place = f"of the variable {KEY_VARIABLE}"
    else:
        place = f"in {path or default_key_path()}"
    yield (
        f"Drawn with the key {place} ({key.fingerprint}): without it nobody can compute these days."
    )
    if key.is_new:
        yield (
            "The key was made now. Keep the file and show it to nobody: with another key every "
            "date has another day."
        )


def describe_predictability(table: pd.DataFrame) -> Iterator[str]:
    """Say how often a guess is right, by the number of buildings and the bound of driving."""
    for size in sorted(set(table["buildings"])):
        rows = table[table["buildings"] == size]
        planned = rows[rows["extra_driving"].isna()]["chance"].mean()
        drawn = [
            f"{chance:.0%} with {extra:+.0%} driving"
            for extra, chance in rows.groupby("extra_driving")["chance"].mean().items()
        ]
        yield (
            f"zones of {size} schools: {planned:.0%} if every day is the planned one; drawn days: "
            f"{', '.join(drawn)} (by chance alone {1 / size:.0%})"
        )
