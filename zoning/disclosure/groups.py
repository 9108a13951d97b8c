"""Officer time and response by group of students, for publication."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import combinations
from typing import Final

import numpy as np
import pandas as pd

from zoning.staffing import OptionOutcome, StaffingComparison
from zoning.staffing.equity import (
    ALL_STUDENTS,
    GROUPS,
    NOT_A_RACE,
    students_by_building,
    students_by_school,
)
from zoning.staffing.precision import (
    MIN_PATROLLED,
    may_publish_mean,
    patrolled_ids,
    rests_on_few,
    round_beside,
    round_for_public,
    secret_waits,
)

DEFAULT_BELOW: Final = 10
"""Our choice: counts of 1 to 9 are suppressed; NCES 2011-603 finds thresholds of 3 to 30 in use."""
# A row by group is a weighted mean over buildings with public weights (enrolment): with as many
# rows as patrolled buildings, a linear system gives the response at each.
WITHHELD_ALL: Final = (
    f"withheld: with fewer than {MIN_PATROLLED} patrolled buildings, or buildings whose calls were "
    "counted, the response at each could be worked out"
)
WITHHELD_GROUP: Final = (
    "withheld: too few schools stand behind it, or one dominates it (minimum frequency, (n,k) and "
    "p % rules), or it would give such a group away"
)
WITHHELD_SCENARIO: Final = (
    "withheld: beside the same means of today's schools it could tell of the schools that change"
)
EQUITY_COLUMNS: Final = ("students", "presence_index", "mean_response_s", "withheld")
_MEANS: Final = ["presence_index", "mean_response_s"]
_REST: Final = "any other, or unknown"


def public_equity(comparison: StaffingComparison) -> pd.DataFrame:
    """`StaffingComparison.equity` as it may be published.

    Small groups are left out. If a group's means rest on too few buildings they are
    NaN, and ``withheld`` gives the reason. A mean response within half a rounding step
    of that of all students is published as equal to it.
    """
    exact = comparison.equity()
    if exact.empty:
        index = pd.MultiIndex.from_arrays([[], []], names=["option_id", "group"])
        return pd.DataFrame(columns=list(EQUITY_COLUMNS), index=index)
    tables = {}
    for option_id, frame in exact.groupby(level="option_id", sort=False):
        outcome, part = comparison.outcome(str(option_id)), comparison.part_of(str(option_id))
        table = frame.droplevel("option_id")
        everyone = table["mean_response_s"].get(ALL_STUDENTS, math.nan)
        shown = table.loc[publishable_groups(table["students"]), ["students", *_MEANS]].copy()
        shown["presence_index"] = [
            round_for_public("presence_index", index) for index in shown["presence_index"]
        ]
        shown["mean_response_s"] = [
            round_beside(wait, everyone) for wait in shown["mean_response_s"]
        ]
        if part.scenario:
            shown = shown[[g in _differences_to_show(comparison, part) for g in shown.index]]
            shown["withheld"] = WITHHELD_SCENARIO
        elif rests_on_few(outcome):
            shown["withheld"] = WITHHELD_ALL
        else:
            safe = _find_publishable_means(part, outcome, list(shown.index))
            shown["withheld"] = ["" if group in safe else WITHHELD_GROUP for group in shown.index]
        shown.loc[shown["withheld"] != "", _MEANS] = math.nan
        tables[str(option_id)] = shown
    return pd.concat(tables, names=["option_id", "group"])


def _find_publishable_means(
    comparison: StaffingComparison, outcome: OptionOutcome, groups: list[str]
) -> set[str]:
    """Find the groups whose means reveal no single building.

    The rest of all students without the published groups must keep the rules too,
    since it can be computed: complementary suppression drops the smallest groups first.
    """
    if outcome.schedule is None or outcome.response is None:
        return set()
    students = students_by_building(comparison.district.schools, outcome.response)
    # An officer of one building is there while it is open: only patrols' presence is secret.
    presence = outcome.schedule.officer_seconds()
    presence = presence[presence.index.isin(patrolled_ids(outcome.plan))]
    values = [
        secret.reindex(students.index, fill_value=0.0)
        for secret in (secret_waits(outcome), presence)
    ]

    def is_safe(weights: pd.Series[float]) -> bool:
        return all(may_publish_mean((weights * value).to_numpy(float)) for value in values)

    def is_rest_safe(parts: list[str]) -> bool:
        # Rounded percentages add up to a little more or less than all students.
        rest = students[ALL_STUDENTS] - students[parts].sum(axis=1)
        return is_safe(rest.clip(lower=0).round(9))

    if ALL_STUDENTS not in groups or not is_safe(students[ALL_STUDENTS]):
        return set()
    safe = [group for group in groups if is_safe(students[group])]
    sizes = students.sum()
    races = [group for group in safe if group not in (ALL_STUDENTS, NOT_A_RACE)]
    races.sort(key=lambda group: float(sizes[group]))
    while races and not is_rest_safe(races):
        safe.remove(races.pop(0))
    if NOT_A_RACE in safe and not is_rest_safe([NOT_A_RACE]):
        safe.remove(NOT_A_RACE)
    return set(safe)


def _differences_to_show(comparison: StaffingComparison, part: StaffingComparison) -> set[str]:
    """The groups whose count may be published beside those of the other sets of schools.

    The difference of two published counts is the count of the group at the schools that
    differ, so it must keep the rules for a count of its own, on either side.
    """
    mine = students_by_school(part.district.schools)
    shown = set(mine.columns)
    for other in comparison.parts:
        if other.scenario == part.scenario:
            continue
        its = students_by_school(other.district.schools)
        every = mine.index.union(its.index)
        one, two = (table.reindex(index=every, columns=mine.columns) for table in (mine, its))
        differs = ~((one == two) | (one.isna() & two.isna())).all(axis=1)
        for table in (one, two):
            counts = table[differs].sum().round().astype(int)
            shown &= set(counts.index[publishable_groups(counts)])
    return shown


def publishable_groups(students: pd.Series[int]) -> pd.Series[bool]:
    """Whether each group can be shown without revealing a small number of students.

    Races partition the students, together with a rest that no group names; economic
    disadvantage is checked against its complement.

    Parameters
    ----------
    students
        Index as `zoning.staffing.exposure_by_group` gives it.
    """
    everyone = int(students.get(ALL_STUDENTS, 0))
    races = [g for g in GROUPS.values() if g in students.index and g != NOT_A_RACE]
    shown = pd.Series(not 0 < everyone < DEFAULT_BELOW, index=students.index)
    for groups in (races, [g for g in (NOT_A_RACE,) if g in students.index]):
        counts = {group: int(students[group]) for group in groups}
        counts[_REST] = max(everyone - sum(counts.values()), 0)
        shown[list(counts_to_withhold(counts) - {_REST})] = False
    return shown


def counts_to_withhold(counts: Mapping[str, int], *, below: int = DEFAULT_BELOW) -> set[str]:
    """Choose the parts of a published total to suppress.

    Suppresses every count from 1 to ``below`` - 1, and the fewest further counts (ties
    by their sum) such that each small count could still be any of these numbers to a
    reader who knows the total and the rule. If none suffice, suppresses all counts
    above zero.
    """
    small = {part: n for part, n in counts.items() if 0 < n < below}
    if not small:
        return set()
    # Each small count can take any value from 1 to below - 1 if the other suppressed counts can
    # fall and rise by the width of that range in total. Small ones fall to 1 and rise to below - 1;
    # large ones fall to `below` and rise without limit.
    width = below - 2
    slack = sum(n - 1 for n in small.values())
    room = sum(below - 1 - n for n in small.values())
    large = {part: n for part, n in counts.items() if n >= below}
    if slack >= width and room >= width:
        return set(small)
    for size in range(1, len(large) + 1):
        found = [
            (sum(large[part] for part in further), further)
            for further in combinations(large, size)
            if slack + sum(large[part] - below for part in further) >= width
        ]
        if found:
            return {*small, *min(found)[1]}
    return {*small, *large}


def waits_alike(equity: pd.DataFrame, option_id: str) -> bool:
    """Whether all published groups of an option have the mean response of all students."""
    if option_id not in equity.index.get_level_values("option_id"):
        return False
    means = equity.xs(option_id, level="option_id")["mean_response_s"].dropna().to_numpy(float)
    return len(means) > 1 and bool(np.ptp(means) == 0)
