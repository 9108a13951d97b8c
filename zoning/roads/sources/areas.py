"""Urban, suburban or rural: told from how densely streets meet."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from zoning.roads.sources.links import Links

EARTH_M: Final = 6_371_009.0
"""Mean radius of the earth (IUGG)."""
RADIUS_M: Final = 800.0
URBAN_PER_KM2: Final = 35.0
RURAL_PER_KM2: Final = 5.0


def areas_by_density(links: Links) -> NDArray[np.str_]:
    """Kind of area of every link: ``urban``, ``suburban`` or ``rural``.

    Counts the junctions where three or more streets meet within 800 m (half a
    mile, a ten-minute walk) of the point halfway between the junctions at both
    ends of a street. 35 or more a square kilometre are urban: 90 a square mile, the
    least that LEED for Neighborhood Development (2009, prerequisite Connected and
    Open Community) accepts of a site's surroundings. Fewer than 5 are rural: our
    choice.

    Service roads are no streets here, private roads among them: an alley or a
    parking aisle neither makes a junction nor divides a street in two.

    Returns
    -------
    ndarray of str
        Shape (n_links,).
    """
    is_street = links.road_class != "service"
    meeting = np.bincount(
        np.concatenate([links.start[is_street], links.end[is_street]]),
        minlength=len(links.junction_ids),
    )
    places = _on_the_globe(links.lon, links.lat)
    middle = (places[links.start] + places[links.end]) / 2
    middle[is_street] = _middle_of_streets(links, is_street, meeting, places)
    within = cKDTree(places[meeting >= 3]).query_ball_point(middle, RADIUS_M, return_length=True)
    per_km2 = within / (math.pi * (RADIUS_M / 1000) ** 2)
    kinds = np.array(["rural", "suburban", "urban"])
    step = np.searchsorted([RURAL_PER_KM2, URBAN_PER_KM2], per_km2, side="right")
    return np.asarray(kinds[step])


def _on_the_globe(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places in metres from the centre of a sphere, shape (n, 3).

    Within a mile the straight line through the ground is as long as the way over it,
    and no meridian divides the map.
    """
    east, north = np.radians(lon), np.radians(lat)
    across = np.cos(north)
    return EARTH_M * np.column_stack([across * np.cos(east), across * np.sin(east), np.sin(north)])


def _middle_of_streets(
    links: Links,
    is_street: NDArray[np.bool_],
    meeting: NDArray[np.intp],
    places: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Halfway between the ends of the street that each street link is a piece of.

    A street goes on where exactly two pieces meet. One without ends, a ring, has
    its middle at the mean of its junctions.
    """
    start, end = links.start[is_street], links.end[is_street]
    n = len(meeting)
    passes = meeting == 2
    # A piece is a node of its own; it hangs together with the next at a junction passed.
    piece = n + np.arange(len(start))
    ends = np.concatenate([start, end])
    both = np.concatenate([piece, piece])
    joins = passes[ends]
    size = n + len(start)
    graph = coo_array((np.ones(int(joins.sum())), (both[joins], ends[joins])), shape=(size, size))
    _, street = connected_components(graph, directed=False)
    street = street[n:]
    of_end = np.concatenate([street, street])
    has_ends = np.bincount(of_end[~joins], minlength=size) > 0
    counted = ~joins | ~has_ends[of_end]
    sums = np.stack(
        [
            np.bincount(of_end[counted], weights=places[ends[counted], k], minlength=size)
            for k in range(3)
        ],
        axis=1,
    )
    weight = np.bincount(of_end[counted], minlength=size)
    return np.asarray((sums / np.maximum(weight, 1)[:, None])[street])
