"""What the pages with a map of schools and zones have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zoning.disclosure import PublicView, RestrictedView
from zoning.editions import EXAMPLE_DAY
from zoning.maps.pages.embedding import Size
from zoning.maps.pages.offline import OfflineMap, Page, asset, script, style
from zoning.maps.pages.tiles import Tiles, tiles_of

SHARED = (
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


class SchoolPage(OfflineMap):
    """A page about one view, with the shared styles and scripts in its head.

    A subclass gives the ``_template``: its macro ``html`` makes an element for
    every map, its macro ``script`` calls ``districtMap`` on each and names
    the first ``{{ this.get_name() }}``. ``this.is_restricted`` tells the template
    which edition it makes, and ``this.example_day`` is for its first screen.

    Parameters
    ----------
    view
        What may be shown. A restricted one puts its mark into the page's title and
        metadata; the template shows it.
    name
        Makes the map's name ``map_<name>``.
    assets
        Files beside this module, after the shared ones: style sheets and scripts.
    data
        What ``pageData()`` gives the scripts; ``page`` is the `PublicPage`.
    size
        ``page`` or ``slide``, see `zoning.maps.Size`.
    height
        Pixels of the frame in a notebook; those of the size when None.
    tiles
        ``'openstreetmap'`` or `Tiles` for a background from the network; none by
        default, and then the page asks nothing of anyone.
    """

    def __init__(
        self,
        view: PublicView | RestrictedView,
        *,
        name: str,
        assets: Sequence[str],
        data: Mapping[str, object],
        size: Size | str = Size.PAGE,
        height: int | None = None,
        tiles: Tiles | str | None = None,
    ) -> None:
        chosen, background = Size(size), tiles_of(tiles)
        self.is_restricted = isinstance(view, RestrictedView)
        self.example_day = EXAMPLE_DAY
        public = view if isinstance(view, PublicView) else view.public
        window = f"{public.title} · {public.district}"
        super().__init__(
            name=name,
            page=Page(
                title=f"RESTRICTED · {window}" if self.is_restricted else window,
                marks=(view.mark,) if isinstance(view, RestrictedView) else (),
                size=chosen,
                height=height,
                tile_server=None if background is None else background.server,
            ),
            head=tuple(
                _element(asset_name)
                for asset_name in (
                    *SHARED,
                    *assets,
                    *(["slide.css"] if chosen is Size.SLIDE else []),
                )
            ),
            data={**data, "tiles": background},
        )


def _element(name: str) -> str:
    text = asset(name)
    return style(text) if name.endswith(".css") else script(text)
