"""The page on which a board compares staffing options."""

from __future__ import annotations

import datetime

import folium
from folium.template import Template

from zoning.disclosure import PublicView, RestrictedView, public_view, restricted_view
from zoning.editions import Edition
from zoning.maps.pages.change_data import change_page
from zoning.maps.pages.embedding import Size
from zoning.maps.pages.offline import asset
from zoning.maps.pages.page_data import public_page
from zoning.maps.pages.restricted_data import restricted_layer
from zoning.maps.pages.school_page import SchoolPage
from zoning.maps.pages.tiles import Tiles
from zoning.staffing import StaffingComparison

ASSETS = ("comparison.css", "tabs.js", "side_by_side.js", "changes.js", "comparison.js")
RESTRICTED_ASSETS = ("restricted.css", "restricted.js")


def comparison(
    comparison: StaffingComparison,
    *,
    edition: Edition | str = Edition.PUBLIC,
    title: str | None = None,
    date: datetime.date | None = None,
    size: Size | str = Size.PAGE,
    height: int | None = None,
    tiles: Tiles | str | None = None,
) -> folium.Map:
    """One page to compare staffing options: zones, schools, streets and figures.

    Everything is inside the page: it opens with no network, and its policy
    allows no connection out. Names from data are shown as typed and never run.
    The same comparison gives the same bytes.

    Parameters
    ----------
    edition
        ``public``: zones, schools, option totals and district-wide figures.
        ``restricted`` adds patrol routes, per-school response and the slowest
        schools, with a mark at the top, in the title and in the metadata.
    title
        Heading of the page; a plain one when None.
    date
        The plan's date, shown on the map; none is shown when None.
    size
        ``page``, or ``slide`` for 1280 by 720 pixels with large type.
    height
        Pixels of the frame in a notebook; those of the size when None.
    tiles
        A background map from the network: ``'openstreetmap'`` or `Tiles`. Its
        server then sees the address of whoever opens the page. None by default.

    Returns
    -------
    folium.Map
        ``.save(path)`` writes the page; a notebook shows it in a frame.

    Raises
    ------
    ValueError
        If the edition or the size is not one of those.
    FaultsError
        If the tiles cannot be used.
    """
    view = restricted_view if Edition(edition) is Edition.RESTRICTED else public_view
    return ComparisonMap(
        view(comparison, title=title, date=date), size=size, height=height, tiles=tiles
    )


class ComparisonMap(SchoolPage):
    """The comparison page as a Folium map.

    Parameters
    ----------
    view
        What may be shown. A public one makes a page without even the code that
        would show the rest.
    size, height, tiles
        As in `comparison`.
    """

    _template = Template(asset("comparison.html"))

    def __init__(
        self,
        view: PublicView | RestrictedView,
        *,
        size: Size | str = Size.PAGE,
        height: int | None = None,
        tiles: Tiles | str | None = None,
    ) -> None:
        public = view if isinstance(view, PublicView) else view.public
        data: dict[str, object] = {"page": public_page(public), "changes": change_page(public)}
        assets = list(ASSETS)
        if isinstance(view, RestrictedView):
            data["restricted"] = restricted_layer(view)
            assets += RESTRICTED_ASSETS
        super().__init__(
            view,
            name="comparison",
            assets=assets,
            data=data,
            size=size,
            height=height,
            tiles=tiles,
        )
