"""Officer presence and response by group of students, as far as it may be published."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import combinations
from typing import Final

import numpy as np
import pandas as pd

from zoning.staffing import OptionOutcome, StaffingComparison
from zoning.staffing.equity import ALL_STUDENTS, GROUPS, NOT_A_RACE, students_by_building
from zoning.staffing.precision import (
    MIN_PATROLLED,
    Precision,
    few_patrolled,
    may_publish_mean,
    patrolled_ids,
)

DEFAULT_BELOW: Final = 10
"""Default: counts of 1 to 9 are left out (NCES 2011-603 finds thresholds from 3 to 30 in use)."""
# A row by group is a weighted mean over buildings with weights anyone can look up: as many rows
# as patrolled buildings, and each building's response can be solved for.
WITHHELD_ALL: Final = (
    f"withheld: with fewer than {MIN_PATROLLED} patrolled buildings the response at each "
    "could be worked out"
)
WITHHELD_GROUP: Final = (
    "withheld: too few schools stand behind it, or one dominates it (minimum frequency, (n,k) and "
    "p % rules), or it would give such a group away"
)
EQUITY_COLUMNS: Final = ("students", "presence_index", "mean_response_s", "withheld")
_MEANS: Final = ["presence_index", "mean_response_s"]
_REST: Final = "any other, or unknown"


def public_equity(comparison: StaffingComparison, precision: Precision) -> pd.DataFrame:
    """`StaffingComparison.equity` as it may be published.

    Small groups are not in it. A group's means are NaN, and ``withheld`` says why,
    where they rest on too few buildings. A group whose mean response is within half
    a step of rounding of that of all students has the same published mean.
    """
    exact = comparison.equity()
    if exact.empty:
        index = pd.MultiIndex.from_arrays([[], []], names=["option_id", "group"])
        return pd.DataFrame(columns=list(EQUITY_COLUMNS), index=index)
    tables = {}
    for option_id, frame in exact.groupby(level="option_id", sort=False):
        outcome = comparison.outcome(str(option_id))
        table = frame.droplevel("option_id")
        everyone = table["mean_response_s"].get(ALL_STUDENTS, math.nan)
        shown = table.loc[publishable_groups(table["students"]), ["students", *_MEANS]].copy()
        shown["presence_index"] = [
            precision.round_for_public("presence_index", index) for index in shown["presence_index"]
        ]
        shown["mean_response_s"] = [
            precision.round_beside(wait, everyone) for wait in shown["mean_response_s"]
        ]
        if few_patrolled(outcome.plan):
            shown["withheld"] = WITHHELD_ALL
        else:
            safe = _groups_with_a_mean(comparison, outcome, list(shown.index))
            shown["withheld"] = ["" if group in safe else WITHHELD_GROUP for group in shown.index]
        shown.loc[shown["withheld"] != "", _MEANS] = math.nan
        tables[str(option_id)] = shown
    return pd.concat(tables, names=["option_id", "group"])


def _groups_with_a_mean(
    comparison: StaffingComparison, outcome: OptionOutcome, groups: list[str]
) -> set[str]:
    """The groups whose means give no single building away.

    All students less any published groups must keep the rules too, or the last
    group could be worked out: so more groups are left out, the smallest first.
    """
    if outcome.schedule is None or outcome.response is None:
        return set()
    students = students_by_building(comparison.district.schools, outcome.response)
    students = students[students.index.isin(patrolled_ids(outcome.plan))]
    values = (
        outcome.response.buildings["mean_s"].reindex(students.index),
        outcome.schedule.officer_seconds().reindex(students.index),
    )

    def is_safe(weights: pd.Series[float]) -> bool:
        return all(may_publish_mean((weights * value).to_numpy(float)) for value in values)

    def is_rest_safe(parts: list[str]) -> bool:
        # Shares of groups add up to a little more or less than all students.
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


def publishable_groups(students: pd.Series[int]) -> pd.Series[bool]:
    """Whether each group can be shown without giving a small number of students away.

    Groups that divide the students are looked at together with the rest that no
    group names, and a group across them beside those who are not in it.

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
    """The parts of a published total to leave out so that no small count can be worked out.

    Every count of 1 to ``below`` - 1, and the fewest further counts, of those the
    least in sum, with which each small count could still be any of these numbers to
    a reader who knows the total and the rule; all that are not zero where none suffice.
    """
    small = {part: n for part, n in counts.items() if 0 < n < below}
    if not small:
        return set()
    # Small counts can all move through the whole range if what the withheld ones could give
    # up (above 1, or above `below`) and take on both reach its width; a large one takes on any.
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
