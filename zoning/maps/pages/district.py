"""The page of one staffing option: its zones, its schools and its figures."""

from __future__ import annotations

import datetime

import folium
from folium.template import Template

from zoning.disclosure import PublicView, public_view
from zoning.maps.pages.embedding import Size
from zoning.maps.pages.offline import asset
from zoning.maps.pages.page_data import public_page
from zoning.maps.pages.school_page import SchoolPage
from zoning.maps.pages.tiles import Tiles
from zoning.staffing import StaffingComparison


def district(
    shown: PublicView | StaffingComparison,
    option_id: str | None = None,
    *,
    title: str | None = None,
    date: datetime.date | None = None,
    size: Size | str = Size.PAGE,
    height: int | None = None,
    tiles: Tiles | str | None = None,
) -> folium.Map:
    """One page with the zones of one option, the schools by level and program, and its figures.

    Public: it has no restricted edition.

    Parameters
    ----------
    shown
        A comparison, or what of one may be published.
    option_id
        The option; the first that has zones when None.
    title, date
        Heading and date of a comparison, see `comparison`; a `PublicView` has its own.
    size, height, tiles
        As in `comparison`.

    Returns
    -------
    folium.Map
        ``.save(path)`` writes the page; a notebook shows it in a frame.

    Raises
    ------
    KeyError
        If the option was not compared.
    ValueError
        If a title or a date is given for a view, which has its own.
    FaultsError
        If the tiles cannot be used.
    """
    if isinstance(shown, StaffingComparison):
        view = public_view(shown, title=title, date=date)
    elif title is None and date is None:
        view = shown
    else:
        raise ValueError("a view has its own title and date: give them to public_view")
    with_zones = (option.option_id for option in view.options if len(option.zones))
    chosen = next(with_zones, view.options[0].option_id) if option_id is None else option_id
    return DistrictMap(view, chosen, size=size, height=height, tiles=tiles)


class DistrictMap(SchoolPage):
    """The page of one option as a Folium map; see `district` for the parameters."""

    _template = Template(asset("district.html"))

    def __init__(
        self,
        view: PublicView,
        option_id: str,
        *,
        size: Size | str = Size.PAGE,
        height: int | None = None,
        tiles: Tiles | str | None = None,
    ) -> None:
        super().__init__(
            view,
            name="district",
            assets=["district.css", "district.js"],
            data={"page": public_page(view, options=[option_id])},
            size=size,
            height=height,
            tiles=tiles,
        )
