"""Maps as self-contained pages: they open with no network and run no data text.

Folium makes the page; everything it would fetch is put inside. The public
edition is the default and is handed no route, visit or per-school time.
"""

from zoning.maps.comparison_page import ComparisonMap, comparison

__all__ = ["ComparisonMap", "comparison"]
