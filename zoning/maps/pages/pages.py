"""The pages with a map: comparison, one option, cost against response, patrol day."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from folium.template import Template

from zoning.disclosure import PublicView, RestrictedView, public_view, restricted_view
from zoning.editions import EXAMPLE_DAY, Edition
from zoning.maps.pages.embedding import Size
from zoning.maps.pages.offline import OfflineMap, Page, Tiles, asset, script, style, tiles_of
from zoning.maps.pages.public_data import change_page, cost_frontier, public_page, scenario_page
from zoning.maps.pages.restricted_data import patrol_days, restricted_layer
from zoning.staffing import StaffingComparison

View = TypeVar("View", PublicView, RestrictedView)

SHARED_ASSETS = (
    "base.css",
    "map.css",
    "base.js",
    "symbols.js",
    "hover.js",
    "labels.js",
    "layers.js",
    "background.js",
    "district_map.js",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageKind:
    """One kind of page.

    Attributes
    ----------
    name
        Makes the map's element name ``map_<name>``.
    template
        File of ``assets/``: its macro ``html`` makes an element for every map, its
        macro ``script`` calls ``districtMap`` on each and names the first
        ``{{ this.get_name() }}``. ``this.is_restricted`` tells it the edition, and
        ``this.example_day`` is for its first screen.
    assets
        Further files of ``assets/``, after the shared ones.
    restricted_assets
        Files of the restricted edition alone: a public page does not even hold
        the code that would show the rest.
    """

    name: str
    template: str
    assets: tuple[str, ...]
    restricted_assets: tuple[str, ...] = ()


FINDING = ("find_school.css", "find_school.js", "about_school.js")
"""Files of the pages on which a school can be found and chosen."""

_OF_SCENARIOS = "// scenarios"
"""Ends a line of a script that only pages with several sets of schools hold."""


COMPARISON = PageKind(
    name="comparison",
    template="comparison.html",
    assets=(
        *FINDING,
        "comparison.css",
        "tabs.js",
        "side_by_side.js",
        "changes.js",
        "comparison.js",
    ),
    restricted_assets=("restricted.css", "restricted.js"),
)
DISTRICT = PageKind(
    name="district", template="district.html", assets=(*FINDING, "district.css", "district.js")
)
COST_RESPONSE = PageKind(
    name="frontier",
    template="frontier.html",
    assets=("frontier.css", "frontier_chart.js", "frontier.js"),
)
PATROL_DAY = PageKind(
    name="patrol_day",
    template="patrol_day.html",
    assets=("patrol_day.css", "patrol_clock.js", "patrol_cover.js", "patrol_day.js"),
)


class SchoolPage(OfflineMap):
    """A page about one view, as a Folium map.

    Parameters
    ----------
    view
        What may be shown. A restricted one puts its mark into the page's title and
        metadata; the template shows it.
    kind
        Template, styles and scripts.
    data
        What ``pageData()`` gives the scripts; ``page`` is the `PublicPage`.
    size, height, tiles
        As in `comparison`.
    """

    def __init__(
        self,
        view: PublicView | RestrictedView,
        kind: PageKind,
        *,
        data: Mapping[str, object],
        size: Size | str,
        height: int | None,
        tiles: Tiles | str | None,
    ) -> None:
        chosen, background = Size(size), tiles_of(tiles)
        self.is_restricted = isinstance(view, RestrictedView)
        self.example_day = EXAMPLE_DAY
        public = view.public
        window = f"{public.title} · {public.district}"
        assets = [*SHARED_ASSETS, *kind.assets]
        assets += kind.restricted_assets if self.is_restricted else ()
        assets += ["slide.css"] if chosen is Size.SLIDE else []
        if public.scenarios:
            data = {**data, "scenarios": scenario_page(public)}
            assets += ["scenarios.css", "scenarios.js"]
        super().__init__(
            name=kind.name,
            page=Page(
                title=f"RESTRICTED · {window}" if self.is_restricted else window,
                marks=(view.mark,) if view.mark else (),
                size=chosen,
                height=height,
                tile_server=None if background is None else background.server,
            ),
            head=tuple(
                style(asset(name))
                if name.endswith(".css")
                else script(asset(name) if public.scenarios else without_scenarios(asset(name)))
                for name in assets
            ),
            data={**data, "tiles": background},
        )
        self._template = Template(asset(kind.template))


def without_scenarios(text: str) -> str:
    """A script, without the lines for pages with several sets of schools."""
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not line.rstrip().endswith(_OF_SCENARIOS))


def comparison(
    shown: StaffingComparison | PublicView | RestrictedView,
    *,
    edition: Edition | str | None = None,
    title: str | None = None,
    date: datetime.date | None = None,
    size: Size | str = Size.PAGE,
    height: int | None = None,
    tiles: Tiles | str | None = None,
) -> SchoolPage:
    """Make one page that compares staffing options: zones, schools, streets and figures.

    Everything is inside the page: it opens with no network, and its policy
    allows no connection out. Names from data are shown as typed and never run.
    The same comparison gives the same bytes.

    Parameters
    ----------
    shown
        A comparison, or a view of one, which has its own edition, title and date.
    edition
        ``public``, the default: zones, schools, option totals and district-wide
        figures. ``restricted`` adds patrol routes, per-school response and the
        slowest schools, with a mark at the top, in the title and in the metadata.
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
    SchoolPage
        A `folium.Map`: ``.save(path)`` writes the page; a notebook shows it in a frame.

    Raises
    ------
    ValueError
        If the edition or the size is not one of those, or a view is given with
        another edition, a title or a date.
    FaultsError
        If the tiles cannot be used.
    """
    if isinstance(shown, StaffingComparison):
        wanted = Edition.PUBLIC if edition is None else Edition(edition)
        make = restricted_view if wanted is Edition.RESTRICTED else public_view
        view = make(shown, title=title, date=date)
    else:
        _refuse(title, date)
        view = shown
        of_view = Edition.RESTRICTED if isinstance(view, RestrictedView) else Edition.PUBLIC
        if edition is not None and Edition(edition) is not of_view:
            raise ValueError(f"the view is of the {of_view} edition: leave the edition out")
    public = view.public
    data: dict[str, object] = {"page": public_page(public), "changes": change_page(public)}
    if isinstance(view, RestrictedView):
        data["restricted"] = restricted_layer(view)
    return SchoolPage(view, COMPARISON, data=data, size=size, height=height, tiles=tiles)


def district(
    shown: StaffingComparison | PublicView,
    option_id: str | None = None,
    *,
    title: str | None = None,
    date: datetime.date | None = None,
    size: Size | str = Size.PAGE,
    height: int | None = None,
    tiles: Tiles | str | None = None,
) -> SchoolPage:
    """Make one page with an option's zones, schools by level and program, and figures.

    Public: it has no restricted edition.

    Parameters
    ----------
    shown
        A comparison, or a public view of one, which has its own title and date.
    option_id
        The option; the first that has zones when None.
    title, date, size, height, tiles
        As in `comparison`, with the same result and errors.

    Raises
    ------
    KeyError
        If the option was not compared.
    """
    view = _view(public_view, shown, title, date)
    with_zones = (option.option_id for option in view.options if len(option.zones))
    chosen = next(with_zones, view.options[0].option_id) if option_id is None else option_id
    view = view.alone(chosen)
    data = {"page": public_page(view, options=[chosen])}
    return SchoolPage(view, DISTRICT, data=data, size=size, height=height, tiles=tiles)


def frontier(
    shown: StaffingComparison | PublicView,
    *,
    title: str | None = None,
    date: datetime.date | None = None,
    size: Size | str = Size.PAGE,
    height: int | None = None,
    tiles: Tiles | str | None = None,
) -> SchoolPage:
    """Make one page with cost against response; each point is an option and opens its map.

    Public: it has no restricted edition, since it shows nothing by school. Options
    without a cost or a response are named below the chart.

    Parameters
    ----------
    shown
        A comparison, or a public view of one, which has its own title and date.
    title, date, size, height, tiles
        As in `comparison`, with the same result and errors.
    """
    view = _view(public_view, shown, title, date)
    data = {"page": public_page(view), "frontier": cost_frontier(view)}
    return SchoolPage(view, COST_RESPONSE, data=data, size=size, height=height, tiles=tiles)


def patrol_day(
    shown: StaffingComparison | RestrictedView,
    *,
    title: str | None = None,
    date: datetime.date | None = None,
    size: Size | str = Size.PAGE,
    height: int | None = None,
    tiles: Tiles | str | None = None,
) -> SchoolPage:
    """Make one page with a time slider: officers, the area they can reach, and gaps in presence.

    Restricted: there is no public edition. It shows routes, times at schools and
    gaps, with a mark at the top, in the title, on paper and in the metadata.

    Parameters
    ----------
    shown
        A comparison, or a restricted view of one, which has its own title and date. Of one
        set of schools: each of ``parts``, where there are scenarios.
    title, date, size, height, tiles
        As in `comparison`, with the same result and errors.
    """
    view = _view(restricted_view, shown, title, date)
    if view.comparison.scenarios:
        raise ValueError("a page of patrol days is of one set of schools: take one of view.parts")
    data = {"page": public_page(view.public), "days": patrol_days(view)}
    return SchoolPage(view, PATROL_DAY, data=data, size=size, height=height, tiles=tiles)


def _view(
    make: Callable[..., View],
    shown: StaffingComparison | View,
    title: str | None,
    date: datetime.date | None,
) -> View:
    """Return the given view, or make one from a comparison."""
    if isinstance(shown, StaffingComparison):
        return make(shown, title=title, date=date)
    _refuse(title, date)
    return shown


def _refuse(title: str | None, date: datetime.date | None) -> None:
    """Raise if a title or a date is given with a view, which has its own."""
    if title is not None or date is not None:
        raise ValueError(
            "a view has its own title and date: give them to public_view or restricted_view"
        )
