"""The page on which a board switches between staffing options."""

from __future__ import annotations

import folium
from folium.template import Template

from zoning.editions import Edition
from zoning.maps.offline import OfflineMap, Page, asset, script, style
from zoning.maps.page_data import PublicPage, RestrictedLayer, public_page, restricted_layer
from zoning.staffing import StaffingComparison


def comparison(
    comparison: StaffingComparison,
    *,
    edition: Edition | str = Edition.PUBLIC,
    title: str | None = None,
) -> folium.Map:
    """One page to compare staffing options: zones, schools, streets and figures.

    Everything is inside the page: it opens with no network, and its policy
    allows no connection out. Names from data are shown as typed and never run.
    The same comparison gives the same bytes; the page carries no date.

    Parameters
    ----------
    edition
        ``public``: zones, schools, option totals and district-wide figures.
        ``restricted`` adds patrol routes, per-school response and the slowest
        schools, with a mark at the top, in the title and in the metadata.
    title
        Heading of the page; a plain one when None.

    Returns
    -------
    folium.Map
        ``.save(path)`` writes the page; a notebook shows it in a frame.

    Raises
    ------
    ValueError
        If the edition is neither ``public`` nor ``restricted``.
    """
    chosen = Edition(edition)
    return ComparisonMap(
        public_page(comparison, title=title),
        restricted=restricted_layer(comparison) if chosen is Edition.RESTRICTED else None,
    )


class ComparisonMap(OfflineMap):
    """The comparison page as a Folium map.

    Parameters
    ----------
    public
        What every edition shows.
    restricted
        Routes and per-school response; None makes a public page, without even
        the code that would show them.
    """

    _template = Template(asset("comparison.html"))

    def __init__(self, public: PublicPage, *, restricted: RestrictedLayer | None = None) -> None:
        head = [style(asset("comparison.css")), script(asset("comparison.js"))]
        data: dict[str, object] = {"page": public}
        if restricted is not None:
            head += [style(asset("restricted.css")), script(asset("restricted.js"))]
            data["restricted"] = restricted
        window = f"{public.title} · {public.district}"
        self.is_restricted = restricted is not None
        super().__init__(
            name="comparison",
            page=Page(
                title=window if restricted is None else f"RESTRICTED · {window}",
                marks=() if restricted is None else (restricted.mark,),
            ),
            head=tuple(head),
            data=data,
            options={"zoom_control": True, "attribution_control": False, "zoom_snap": 0.1},
        )
