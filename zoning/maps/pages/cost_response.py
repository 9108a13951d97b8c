"""The page on which each point of cost against response opens its map."""

from __future__ import annotations

import datetime

import folium
from folium.template import Template

from zoning.disclosure import PublicView, public_view
from zoning.maps.pages.cost_response_data import cost_frontier
from zoning.maps.pages.embedding import Size
from zoning.maps.pages.offline import asset
from zoning.maps.pages.page_data import public_page
from zoning.maps.pages.school_page import SchoolPage
from zoning.maps.pages.tiles import Tiles
from zoning.staffing import StaffingComparison


def frontier(
    comparison: StaffingComparison,
    *,
    title: str | None = None,
    date: datetime.date | None = None,
    size: Size | str = Size.PAGE,
    height: int | None = None,
    tiles: Tiles | str | None = None,
) -> folium.Map:
    """One page with cost against response, each point an option that opens its map.

    Public: it has no restricted edition, since it shows nothing by school. Options
    without a cost or a response are named below the chart.

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
    return FrontierMap(
        public_view(comparison, title=title, date=date), size=size, height=height, tiles=tiles
    )


class FrontierMap(SchoolPage):
    """The frontier page as a Folium map; see `frontier` for the parameters."""

    _template = Template(asset("frontier.html"))

    def __init__(
        self,
        view: PublicView,
        *,
        size: Size | str = Size.PAGE,
        height: int | None = None,
        tiles: Tiles | str | None = None,
    ) -> None:
        super().__init__(
            view,
            name="frontier",
            assets=["frontier.css", "frontier_chart.js", "frontier.js"],
            data={"page": public_page(view), "frontier": cost_frontier(view)},
            size=size,
            height=height,
            tiles=tiles,
        )
