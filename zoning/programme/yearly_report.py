"""The yearly report on officers: how many, where, who pays, and how they are employed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import pandas as pd

from zoning.errors import typed
from zoning.records import require_columns
from zoning.staffing.state_law import StateLaw, find_state_law

NOT_GIVEN: Final = "not given"
NO_POST: Final = "no post"
_OFFICER_COLUMNS: Final = ("employment", "funding", "post", "certified_until", "building_ids")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class YearlyReport:
    """Number and placement of officers on a date, source of funding and method of employment.

    Attributes
    ----------
    on
        The date.
    law
        Of the state; None where it was not checked.
    due
        The day on which the report of the date's school year is due; None where no law is known.
    positions
        A row an officer, without the name; restricted. Columns: ``post_id`` (None without a
        post), ``building_ids`` (tuple), ``placement`` (the names of the buildings), ``employment``,
        ``funding``, ``certified`` (True or False, None where nobody knows).
    """

    on: date
    law: StateLaw | None
    due: date | None
    positions: pd.DataFrame = field(repr=False)

    @property
    def officers(self) -> int:
        """How many officers there are."""
        return len(self.positions)

    @property
    def certified(self) -> int | None:
        """How many are certified on the date; None where it is not known of some."""
        if self.positions["certified"].isna().any():
            return None
        return int(self.positions["certified"].astype(bool).sum())

    def totals(self) -> pd.DataFrame:
        """Count officers by method of employment and source of funding; may be published.

        Returns
        -------
        DataFrame
            Columns ``employment``, ``funding`` and ``officers``, sorted by the words.
        """
        keys = ["employment", "funding"]
        counts = self.positions.groupby(keys, sort=True).size()
        return counts.rename("officers").reset_index()

    def by_campus(self) -> pd.DataFrame:
        """Count officers by where they are placed; restricted.

        Returns
        -------
        DataFrame
            Columns ``placement`` and ``officers``; an officer of a patrol zone counts once, at
            all its buildings together.
        """
        counts = self.positions.groupby("placement", sort=True).size()
        return counts.rename("officers").reset_index()


@typed
def make_yearly_report(
    officers: pd.DataFrame, names: Mapping[str, str], *, on: date, state: str | None
) -> YearlyReport:
    """Make the yearly report of the officers that a district has on a date.

    Parameters
    ----------
    officers
        A row an officer: ``officer_id``, ``employment``, ``funding``, ``post``,
        ``certified_until`` and ``building_ids``, the buildings of the post; ``certified``, if it
        is there, says more than the date: training that is missing ends a certification too.
    names
        Of the buildings, by id.
    on
        The date: an officer whose certification ended before it is not certified.
    state
        Two letters; None if not known.

    Raises
    ------
    RecordError
        If the table lacks a column.
    """
    law = find_state_law(state)
    require_columns(officers, _OFFICER_COLUMNS, what="officers")
    rows = []
    for row in officers.to_dict("records"):
        buildings = tuple(row["building_ids"]) if _given(row["building_ids"]) else ()
        until = row["certified_until"]
        rows.append(
            {
                "post_id": str(row["post"]) if _given(row["post"]) else None,
                "building_ids": buildings,
                "placement": "; ".join(names.get(b, b) for b in buildings) or NO_POST,
                "employment": str(row["employment"]) if _given(row["employment"]) else NOT_GIVEN,
                "funding": str(row["funding"]) if _given(row["funding"]) else NOT_GIVEN,
                "certified": row.get("certified", until >= on if _given(until) else None),
            }
        )
    columns = ["post_id", "building_ids", "placement", "employment", "funding", "certified"]
    positions = pd.DataFrame(rows, columns=columns, dtype=object)
    order = [positions[c].map(lambda cell: str(cell or "")) for c in ("placement", "employment")]
    positions = positions.iloc[
        sorted(range(len(positions)), key=lambda k: tuple(one.iloc[k] for one in order))
    ]
    return YearlyReport(
        on=on,
        law=law,
        due=None if law is None else law.report_due(on),
        positions=positions.reset_index(drop=True),
    )


def _given(cell: Any) -> bool:
    return isinstance(cell, tuple | list) or not (cell is None or pd.isna(cell))
