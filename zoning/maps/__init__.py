"""Maps as self-contained pages: they open with no network and run no data text.

Folium makes the page; everything it would fetch is put inside. The public
edition is the default and is handed no route, visit or per-school time.
"""

from zoning.maps.browser import printed, screenshot
from zoning.maps.pages.comparison import ComparisonMap, comparison
from zoning.maps.pages.cost_response import FrontierMap, frontier
from zoning.maps.pages.district import DistrictMap, district
from zoning.maps.pages.embedding import Size, embed
from zoning.maps.pages.patrol_day import PatrolDayMap, patrol_day
from zoning.maps.pages.tiles import Tiles
from zoning.maps.pictures.picture import frontier_picture, picture

__all__ = [
    "ComparisonMap",
    "DistrictMap",
    "FrontierMap",
    "PatrolDayMap",
    "Size",
    "Tiles",
    "comparison",
    "district",
    "embed",
    "frontier",
    "frontier_picture",
    "patrol_day",
    "picture",
    "printed",
    "screenshot",
]
