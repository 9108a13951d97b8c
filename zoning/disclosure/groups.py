"""The groups of students whose number may be published."""

from __future__ import annotations

import pandas as pd

from zoning.disclosure.suppression import suppressed
from zoning.staffing.equity import ALL_STUDENTS, GROUPS, NOT_A_RACE

_REST = "any other, or unknown"


def groups_told(students: pd.Series[int]) -> pd.Series[bool]:
    """Whether each group can be shown without giving a small number of students away.

    Groups that divide the students are looked at together with the rest that no
    group names, and a group across them beside those who are not in it: see
    `zoning.disclosure.suppression.suppressed`.

    Parameters
    ----------
    students
        Index as `zoning.staffing.exposure_by_group` gives it.
    """
    everyone = int(students.get(ALL_STUDENTS, 0))
    dividing = [g for g in GROUPS.values() if g in students.index and g != NOT_A_RACE]
    parts = students.loc[dividing].astype(int)
    tables = [pd.concat([parts, pd.Series({_REST: max(everyone - int(parts.sum()), 0)})])]
    if NOT_A_RACE in students.index:
        inside = int(students[NOT_A_RACE])
        tables.append(pd.Series({NOT_A_RACE: inside, _REST: max(everyone - inside, 0)}))
    told = pd.Series(True, index=students.index)
    for table in tables:
        published = suppressed(table, total=ALL_STUDENTS).published["count"].notna()
        for group in published.index.intersection(told.index):
            told[group] = told[group] and published[group]
    return told
