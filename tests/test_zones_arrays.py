"""Different rows of a table, as numpy.unique finds them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as tables
from numpy.typing import NDArray

from zoning.zones.arrays import distinct_rows


@given(
    table=tables.arrays(
        np.int32, st.tuples(st.integers(0, 30), st.integers(1, 5)), elements=st.integers(-2, 2)
    )
)
def test_they_are_those_of_numpy(table: NDArray[np.int32]) -> None:
    rows, first, counts = np.unique(table, axis=0, return_index=True, return_counts=True)
    found = distinct_rows(table)
    np.testing.assert_array_equal(table[found.first], rows)
    np.testing.assert_array_equal(found.first, first)
    np.testing.assert_array_equal(found.counts, counts)


def test_the_first_column_decides_first_and_the_first_row_of_equals_stands_for_them() -> None:
    table = np.array([[2, 1], [1, 9], [2, 1], [1, 3], [2, 1]])
    found = distinct_rows(table)
    assert found.first.tolist() == [3, 1, 0]
    assert found.counts.tolist() == [1, 1, 3]


@pytest.mark.parametrize("rows", [0, 1])
def test_no_row_and_one_row_are_all_different(rows: int) -> None:
    found = distinct_rows(np.zeros((rows, 3), dtype=np.int32))
    assert found.first.tolist() == list(range(rows))
    assert found.counts.tolist() == [1] * rows
