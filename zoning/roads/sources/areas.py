"""Urban, suburban or rural: told from how densely streets meet."""

from __future__ import annotations

import math
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from zoning.roads.sources.links import Links

RADIUS_M: Final = 800.0
URBAN_PER_KM2: Final = 35.0
RURAL_PER_KM2: Final = 5.0


def areas_by_density(links: Links) -> NDArray[np.str_]:
    """Kind of area of every link: ``urban``, ``suburban`` or ``rural``.

    Counts the junctions where three or more links meet within 800 m (half a
    mile, a ten-minute walk) of the point halfway between a link's ends. 35 or more
    a square kilometre are urban: 90 a square mile, the least that LEED for
    Neighborhood Development (2009, prerequisite Connected and Open Community)
    accepts of a site's surroundings. Fewer than 5 are rural: our choice.

    Returns
    -------
    ndarray of str
        Shape (n_links,).
    """
    places = gpd.GeoSeries(gpd.points_from_xy(links.lon, links.lat), crs="EPSG:4326")
    metres = shapely.get_coordinates(places.to_crs(places.estimate_utm_crs()).to_numpy())
    meeting = np.bincount(
        np.concatenate([links.start, links.end]), minlength=len(links.junction_ids)
    )
    middle = (metres[links.start] + metres[links.end]) / 2
    within = cKDTree(metres[meeting >= 3]).query_ball_point(middle, RADIUS_M, return_length=True)
    per_km2 = within / (math.pi * (RADIUS_M / 1000) ** 2)
    kinds = np.array(["rural", "suburban", "urban"])
    step = np.searchsorted([RURAL_PER_KM2, URBAN_PER_KM2], per_km2, side="right")
    return np.asarray(kinds[step])
