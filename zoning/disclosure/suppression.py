"""Small counts left out of a table so that nobody can work them out again.

A count of one to nine (the default) can point at single children. Leaving it out
is not enough where a total is published: the total less the other parts gives it
back. So further cells are left out, as few as can be found.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from zoning.disclosure.cell_problem import CellProblem, Cells
from zoning.errors import FaultsError, first_few

SUPPRESSED = "suppressed"
DEFAULT_BELOW = 10
"""Default: counts of 1 to 9 are left out (NCES 2011-603 finds thresholds from 3 to 30 in use)."""
_LARGEST = 1 << 40


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SuppressedTable:
    """A table of counts with its totals, as it may be published.

    Attributes
    ----------
    published
        Counts and totals, ``Int64``; ``<NA>`` where suppressed. A last row holds
        the totals of the columns, and a table of two ways has a last column with
        the totals of the rows.
    primary
        Same shape: suppressed because the count is small.
    complementary
        Same shape: suppressed because a small count could be worked out from it.
        Do not publish which of the two a suppressed cell is.
    below
        Counts under this are small.
    zeros_hidden
        Whether a count of zero is small too.
    """

    published: pd.DataFrame
    primary: pd.DataFrame = field(repr=False)
    complementary: pd.DataFrame = field(repr=False)
    below: int
    zeros_hidden: bool
    _problem: CellProblem = field(repr=False)

    def texts(self) -> pd.DataFrame:
        """The table for a reader: counts with thousands apart, or ``'suppressed'``."""
        return self.published.map(_as_text)

    def attackable(self) -> pd.DataFrame:
        """What can be worked out about each suppressed cell: the audit.

        For whoever knows the published cells and totals, that counts are not
        negative, and, which is not published, which cells are small (they lie in
        1 to ``below`` - 1) and which are not (at least ``below``). The smallest and
        the largest possible count of each cell are the optima of two linear
        programmes; their constraints are totally unimodular, so both ends are whole
        numbers that some table has.

        Returns
        -------
        DataFrame
            One row a suppressed cell: ``row``, ``column``, ``small`` (primary),
            ``low``, ``high`` (counts that fit; inf without an upper end),
            ``recovered`` (only one count fits) and ``protected`` (for a small
            cell: every small count fits; for others: more than one count fits).

        References
        ----------
        Cox (1980), Suppression methodology and statistical disclosure control,
        JASA 75; Fischetti and Salazar (2001), Solving the cell suppression problem
        on tabular data with linear constraints, Management Science 47.
        """
        problem = self._problem
        hidden = (self.primary | self.complementary).to_numpy().ravel()
        columns = self.published.shape[1]
        rows = []
        for cell in np.flatnonzero(hidden).tolist():
            low, high = problem.interval(cell, hidden)
            small = bool(problem.small[cell])
            whole = low <= problem.least and high >= self.below - 1
            rows.append(
                (
                    self.published.index[cell // columns],
                    self.published.columns[cell % columns],
                    small,
                    low,
                    high,
                    low == high,
                    whole if small else low < high,
                )
            )
        names = ["row", "column", "small", "low", "high", "recovered", "protected"]
        flags = dict.fromkeys(("small", "recovered", "protected"), bool)
        return pd.DataFrame(rows, columns=names).astype(flags)


def _as_text(count: object) -> str:
    return f"{int(count):,}" if isinstance(count, int | np.integer) else SUPPRESSED


def suppressed(
    counts: pd.DataFrame | pd.Series,
    *,
    below: int = DEFAULT_BELOW,
    hide_zeros: bool = False,
    total: str = "Total",
) -> SuppressedTable:
    """Leave small counts out of a table that is published with its totals.

    Every small count, small totals too, is left out. Then further cells are left
    out until, for whoever knows the totals and the rule, every small cell could
    hold any count from 1 to ``below`` - 1 (as far as leaving out every cell that is
    not zero would allow it). Totals go last.

    One way with a total: the fewest further cells, of those the smallest in sum.
    Two ways: a cheapest way to move each small count by linear programming, one
    after the other, then every further cell that is not needed is published again;
    never less protection, now and then a cell more than the fewest.

    Parameters
    ----------
    counts
        Whole numbers, not negative: rows by columns, or one way as a Series.
        Without totals, which are computed.
    below
        Counts under this are small; a default of ours, not a rule of law.
    hide_zeros
        True to treat zero as small; it is shown by default.
    total
        What to call the totals.

    Raises
    ------
    FaultsError
        If the table is empty, holds anything but counts, repeats a label or uses
        the name of the totals, or ``below`` is under 3; every fault at once.

    Examples
    --------
    >>> import pandas as pd
    >>> suppressed(pd.Series({"North": 4, "South": 30, "West": 55})).texts()["count"].to_dict()
    {'North': 'suppressed', 'South': 'suppressed', 'West': '55', 'Total': '89'}
    """
    one_way = isinstance(counts, pd.Series)
    frame = counts.rename("count").to_frame() if isinstance(counts, pd.Series) else counts
    _require_counts(frame, below=below, total=total)
    inner = frame.to_numpy(dtype=np.int64)
    held = np.vstack((inner, inner.sum(axis=0)))
    names = list(frame.columns)
    if not one_way:
        held = np.column_stack((held, held.sum(axis=1)))
        names.append(total)
    problem = CellProblem.of(held, below=below, hide_zeros=hide_zeros, one_way=one_way)
    extra = problem.fewest_in_one_way() if one_way else None
    if extra is None:
        extra = problem.further_cells()
    index = pd.Index([*frame.index, total], name=frame.index.name)

    def shaped(mask: Cells) -> pd.DataFrame:
        return pd.DataFrame(mask.reshape(held.shape), index=index, columns=names)

    table = pd.DataFrame(held, index=index, columns=names).astype("Int64")
    return SuppressedTable(
        published=table.mask(shaped(problem.small | extra)),
        primary=shaped(problem.small),
        complementary=shaped(extra),
        below=below,
        zeros_hidden=hide_zeros,
        _problem=problem,
    )


def _require_counts(frame: pd.DataFrame, *, below: int, total: str) -> None:
    faults = []
    if below < 3:
        faults.append(f"below is {below}: a small count must be one of two at least")
    if frame.empty:
        faults.append("it has no cells")
    for what, labels in (("row", frame.index), ("column", frame.columns)):
        twice = [str(label) for label in labels[labels.duplicated()].unique()]
        faults += [f"{what} {label!r} is there more than once" for label in first_few(twice)]
        if total in set(labels):
            faults.append(f"{what} {total!r} is called like the totals, which are computed")
    odd = [
        f"row {row!r}, column {column!r} holds {value!r}"
        for column, cells in zip(frame.columns, frame.T.to_numpy(), strict=True)
        for row, value in zip(frame.index, cells, strict=True)
        if not _is_count(value)
    ]
    faults += first_few(odd)
    if faults:
        raise FaultsError(
            "the counts cannot be published",
            faults,
            "Give whole numbers from 0, one row and column a group, without totals.",
        )


def _is_count(value: object) -> bool:
    if isinstance(value, bool | np.bool_):
        return False
    if isinstance(value, int | float | np.integer | np.floating):
        return bool(0 <= value < _LARGEST) and float(value).is_integer()
    return False
