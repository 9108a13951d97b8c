"""The restricted view: a comparison with its routes, times and gaps, and a mark."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from zoning.disclosure.views import PublicView, public_view
from zoning.editions import RESTRICTED_MARK
from zoning.staffing import StaffingComparison


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RestrictedView:
    """What a restricted file is made from.

    Attributes
    ----------
    public
        What every edition shows.
    comparison
        Everything else: timetables, response by building, travel times.
    mark
        The sentence that every page and the metadata of a restricted file carry.
    """

    public: PublicView
    comparison: StaffingComparison = field(repr=False)
    mark: str = RESTRICTED_MARK

    def __repr__(self) -> str:
        return f"RestrictedView({self.public.district!r})"


def restricted_view(
    comparison: StaffingComparison,
    *,
    title: str | None = None,
    date: datetime.date | None = None,
) -> RestrictedView:
    """A comparison for those who may see patrol routes and times; see `public_view`."""
    return RestrictedView(
        public=public_view(comparison, title=title, date=date), comparison=comparison
    )
