"""Urban, suburban or rural: told from how densely streets meet."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from zoning.roads.sources.links import Links
from zoning.roads.tables import metres_of, utm_of

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
    metres = metres_of(np.column_stack([links.lon, links.lat]), utm_of(links.lon, links.lat))
    meeting = np.bincount(
        np.concatenate([links.start, links.end]), minlength=len(links.junction_ids)
    )
    middle = (metres[links.start] + metres[links.end]) / 2
    within = cKDTree(metres[meeting >= 3]).query_ball_point(middle, RADIUS_M, return_length=True)
    per_km2 = within / (math.pi * (RADIUS_M / 1000) ** 2)
    kinds = np.array(["rural", "suburban", "urban"])
    step = np.searchsorted([RURAL_PER_KM2, URBAN_PER_KM2], per_km2, side="right")
    return np.asarray(kinds[step])
