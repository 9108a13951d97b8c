"""Rows of a table of numbers that differ from one another."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.intp]


class DistinctRows(NamedTuple):
    """Where each different row of a table is, in rising order of the rows.

    Attributes
    ----------
    first
        Shape (different rows,), where each stands first.
    counts
        Shape (different rows,), how often each stands in the table.
    """

    first: Numbers
    counts: Numbers


def distinct_rows(table: NDArray[np.integer[Any]]) -> DistinctRows:
    """The different rows of a table, those that are less in the first column first.

    What ``numpy.unique`` tells of rows with ``axis=0``, several times as fast: that
    compares rows as records, where a Ctrl-C comes out as a ``TypeError``.

    Parameters
    ----------
    table
        Shape (rows, columns), at least one column.
    """
    order = np.lexsort(table.T[::-1])
    ordered = table[order]
    begins = np.ones(len(table), dtype=bool)
    begins[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    starts = np.flatnonzero(begins)
    return DistinctRows(order[starts], np.diff(starts, append=len(table)))
