"""The quality report in words a planner can act on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import pandas as pd

from zoning.errors import first_few
from zoning.units import KPH_PER_MPH, METRES_PER_MILE, counted

if TYPE_CHECKING:
    from zoning.roads.quality.quality import NetworkQuality

LONG_LEG_M: Final = 400.0
"""Default straight access leg, metres, from which a school is listed as far from its street."""

_NAMED = 5


def sentences(found: NetworkQuality) -> Iterator[str]:
    """The report, a line a finding; a finding's details are set in."""
    yield f"Streets: {found.source}."
    yield from _parts_in_words(found)
    yield from _access_in_words(found)
    yield from _speeds_in_words(found)
    yield from _misses_in_words(found)
    yield from _detours_in_words(found)


def _parts_in_words(found: NetworkQuality) -> Iterator[str]:
    junctions = found.components["junctions"]
    share = junctions.iloc[0] / junctions.sum()
    if len(junctions) == 1:
        yield f"Connected: one can drive from each of {junctions.sum():,} junctions to any other."
    else:
        wholes = found.components["whole"].nunique()
        yield (
            f"Connected: {share:.1%} of the {junctions.sum():,} junctions hang together. The rest "
            f"are in {len(junctions) - 1:,} parts; {wholes - 1:,} of them touch no other street, "
            "the others can be left or entered in one direction only."
        )
    if found.cut_off:
        yield (
            f"  {_are(len(found.cut_off))} beside streets that are cut off: "
            f"{_few(found.cut_off)}. Repair these streets (one-way codes, missing junctions)."
        )
        farther = found.access["farther_m"].sort_values(ascending=False, kind="stable")
        moved = [f"{b} ({m:,.0f} m farther)" for b, m in farther[farther > 0].items()]
        if moved:
            yield f"  Until then they are joined to the largest part instead: {_few(moved)}."
        if found.left:
            yield f"  {found.left}"
    else:
        yield f"  None of the {len(found.access)} buildings is cut off."


def _access_in_words(found: NetworkQuality) -> Iterator[str]:
    legs = found.access["straight_m"]
    yield (
        f"Access: half of the buildings lie within {_distance(float(legs.median()))} of a street, "
        f"nine in ten within {_distance(float(legs.quantile(0.9)))}, the farthest "
        f"{_distance(legs.max())}."
    )
    too_far = found.access.index[found.access["too_far"]].tolist()
    if too_far:
        yield (
            f"  {_are(len(too_far))} too far from every street for travel times: "
            f"{_few(too_far)}. Load the streets around them, or leave them out."
        )
    long = legs[(legs > LONG_LEG_M) & ~found.access["too_far"]].sort_values(ascending=False)
    if len(long):
        yield (
            f"  {counted(len(long), 'building')} over {_distance(LONG_LEG_M)} away: "
            f"{_few([f'{b} ({m:,.0f} m)' for b, m in long.items()])}. Their streets may be "
            "missing, or their places wrong."
        )


def _speeds_in_words(found: NetworkQuality) -> Iterator[str]:
    guessed = found.guessed_share
    if guessed == 1.0:
        yield "Speeds: all are defaults by class and area; none came with the data."
    else:
        yield (
            f"Speeds: {1 - guessed:.0%} of the length has a speed of the data, {guessed:.0%} a "
            "default by class and area."
        )
    longest = [
        f"{c} {row['share_of_length']:.0%} ({_mph(row['mean_kph'])})"
        for c, row in found.classes.iterrows()
    ]
    yield f"  Of {found.classes['kilometres'].sum() * 1000 / METRES_PER_MILE:,.0f} miles: " + (
        f"{', '.join(longest)}."
    )
    if len(found.speeds):
        odd = speeds_to_check(found.speeds)
        yield f"  {counted(len(odd), 'link')} with a speed to check: {_few(odd)}."


def _misses_in_words(found: NetworkQuality) -> Iterator[str]:
    beside = found.ends_beside_streets
    near = found.near_misses
    if near.empty:
        yield f"Dead ends: none stops within {found.tolerance_m:g} m of another junction."
    else:
        yield _near_in_words(found)
    if len(beside):
        ends = [
            f"{end} beside {street or f'link {link}'} ({metres:.1f} m)"
            for end, link, street, metres in beside.itertuples(index=False)
        ]
        yield (
            f"  {counted(len(ends), 'dead end')} beside the middle of a street: {_few(ends)}. If "
            "one can turn there, the street needs a junction; if it passes over or under, all is "
            "well."
        )


def _near_in_words(found: NetworkQuality) -> str:
    near = found.near_misses
    pairs = [f"{end} and {other} ({m:.1f} m)" for end, other, m in near.itertuples(index=False)]
    return (
        f"Dead ends: {len(near)} within {found.tolerance_m:g} m of another junction: "
        f"{_few(pairs)}. Look at them on the map; zoning network snap --tolerance "
        f"{found.tolerance_m:g} joins them all."
    )


def _detours_in_words(found: NetworkQuality) -> Iterator[str]:
    known = found.detours[found.detours["pairs"] > 0]
    if known.empty:
        return
    bands = [f"{row['median']:.2f} at {band}" for band, row in known.iterrows()]
    yield (
        f"Detours: shortest drive over straight line between buildings, median {', '.join(bands)}. "
        "Published ratios are 1.2 to 1.3, more within the first mile or two; much more means "
        "missing streets, or a river, railway or freeway in between."
    )
    far = found.problems[found.problems["kind"] == "detour"]
    if len(far):
        yield f"  {_few(far['words'].tolist())}."


def _few(names: Sequence[str]) -> str:
    return ", ".join(first_few(list(names), _NAMED))


def _distance(metres: float) -> str:
    return f"{metres / METRES_PER_MILE:.2f} miles ({metres:,.0f} m)"


def _mph(kph: float) -> str:
    return f"{kph / KPH_PER_MPH:.0f} mph"


def speeds_to_check(speeds: pd.DataFrame) -> list[str]:
    """The links of `suspicious_speeds`, a few words each."""
    named = speeds["name"].where(speeds["name"] != "", [f"link {k}" for k in speeds.index])
    return [
        f"{name} ({road_class}, {_mph(kph)})"
        for name, road_class, kph in zip(
            named, speeds["road_class"], speeds["speed_kph"], strict=True
        )
    ]


def _are(count: int) -> str:
    return f"{counted(count, 'building')} {'is' if count == 1 else 'are'}"
