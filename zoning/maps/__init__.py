"""Maps as self-contained pages: they open with no network and run no data text.

Folium makes the page; everything it would download is embedded. The public edition is
the default and receives no route, visit or per-school time.
"""

from zoning.maps.browser import printed, screenshot
from zoning.maps.editing import edit_plan
from zoning.maps.pages.embedding import Size, embed
from zoning.maps.pages.offline import Tiles
from zoning.maps.pages.pages import comparison, district, frontier, patrol_day
from zoning.maps.pages.workbench_page import workbench
from zoning.maps.pictures.picture import frontier_picture, moves_picture, picture

__all__ = [
    "Size",
    "Tiles",
    "comparison",
    "district",
    "edit_plan",
    "embed",
    "frontier",
    "frontier_picture",
    "moves_picture",
    "patrol_day",
    "picture",
    "printed",
    "screenshot",
    "workbench",
]
