"""Groups of students in public files: small ones, and those that would give them away, are out."""

from __future__ import annotations

import pandas as pd
import pytest

from zoning.disclosure.groups import groups_told


@pytest.mark.parametrize(
    ("students", "told"),
    [
        ({"Black": 145, "White": 255}, {"Black", "White"}),
        # 400 - 255 - 140 gives the 5 back, so the smallest other is left out too.
        ({"Black": 140, "White": 255, "Asian": 5}, {"White"}),
        # Nobody names the last 5: without a second hole they could be counted.
        ({"Black": 140, "White": 255, "Asian": 0}, {"White", "Asian"}),
        # 4 who are not disadvantaged are as few as 4 who are.
        ({"Economically disadvantaged": 396, "White": 400}, {"White"}),
    ],
)
def test_no_small_number_can_be_worked_out(students: dict[str, int], told: set[str]) -> None:
    found = groups_told(pd.Series({"All students": 400, **students}))
    assert set(found.index[found]) == {"All students", *told}


def test_a_district_of_nine_students_tells_nothing() -> None:
    found = groups_told(pd.Series({"All students": 9, "White": 9}))
    assert not found.any()
