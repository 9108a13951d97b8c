"""Maps as self-contained pages: they open with no network and run no data text.

Folium makes the page; everything it would fetch is put inside. The public
edition is the default and is handed no route, visit or per-school time.
"""

from zoning.maps.browser import printed, screenshot
from zoning.maps.comparison_page import ComparisonMap, comparison
from zoning.maps.district_page import DistrictMap, district
from zoning.maps.embedding import Size, embed
from zoning.maps.frontier_page import FrontierMap, frontier
from zoning.maps.patrol_day_page import PatrolDayMap, patrol_day
from zoning.maps.picture import frontier_picture, picture
from zoning.maps.tiles import Tiles

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
