"""The restricted page of a patrol day: officers through the day, their reach, and the gaps."""

from __future__ import annotations

import datetime

import folium
from folium.template import Template

from zoning.disclosure import RestrictedView, restricted_view
from zoning.maps.pages.embedding import Size
from zoning.maps.pages.offline import asset
from zoning.maps.pages.page_data import public_page
from zoning.maps.pages.patrol_day_data import patrol_days
from zoning.maps.pages.school_page import SchoolPage
from zoning.maps.pages.tiles import Tiles
from zoning.staffing import StaffingComparison


def patrol_day(
    comparison: StaffingComparison,
    *,
    title: str | None = None,
    date: datetime.date | None = None,
    size: Size | str = Size.PAGE,
    height: int | None = None,
    tiles: Tiles | str | None = None,
) -> folium.Map:
    """One page with a time slider: where officers are, how far they reach, what is left open.

    Restricted: there is no public edition. It shows routes, times at schools and
    gaps, with a mark at the top, in the title, on paper and in the metadata.

    Parameters
    ----------
    title
        Heading of the page; a plain one when None.
    date
        The plan's date, shown on the map; none is shown when None.
    size, height, tiles
        As in `zoning.maps.comparison`.

    Returns
    -------
    folium.Map
        ``.save(path)`` writes the page; a notebook shows it in a frame.
    """
    return PatrolDayMap(
        restricted_view(comparison, title=title, date=date), size=size, height=height, tiles=tiles
    )


class PatrolDayMap(SchoolPage):
    """The page of patrol days as a Folium map; see `patrol_day` for the parameters."""

    _template = Template(asset("patrol_day.html"))

    def __init__(
        self,
        view: RestrictedView,
        *,
        size: Size | str = Size.PAGE,
        height: int | None = None,
        tiles: Tiles | str | None = None,
    ) -> None:
        super().__init__(
            view,
            name="patrol_day",
            assets=["patrol_day.css", "patrol_clock.js", "patrol_cover.js", "patrol_day.js"],
            data={"page": public_page(view.public), "days": patrol_days(view)},
            size=size,
            height=height,
            tiles=tiles,
        )
