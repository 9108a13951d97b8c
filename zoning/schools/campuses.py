"""Which schools stand on one campus."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from zoning.errors import SchoolDataError
from zoning.schools.places import earth_metres

SAME_ADDRESS_LIMIT_M = 5_000.0


def campus_ids(schools: gpd.GeoDataFrame, *, campus_distance_m: float) -> list[str]:
    """The campus of every school, named by its first school in the order given.

    Two schools share a campus when they lie within `campus_distance_m`, or have
    the same address (and the same zip, where there is one), or when a chain of
    such pairs joins them. Which schools are together does not depend on their
    order; only the name does. A virtual school is a campus of its own. An
    address whose schools lie more than 5 km apart is taken for an error of the
    data and joins none of them (`notices` says so).

    Parameters
    ----------
    schools
        Index ``school_id``; columns ``program``, ``address``, ``zip`` (if
        known), geometry.
    campus_distance_m
        Metres, straight, on the WGS 84 ellipsoid (see `earth_metres`).

    Raises
    ------
    SchoolDataError
        If the distance is negative or not a number.
    """
    if math.isnan(campus_distance_m) or campus_distance_m < 0:
        raise SchoolDataError(
            f"campus_distance_m is {campus_distance_m}",
            remedy="Give metres, 0 or more; the default is 50.",
        )
    where = _metres(schools)
    physical = np.flatnonzero((schools["program"] != "virtual").to_numpy())
    pairs = np.concatenate(
        [
            _pairs_within(campus_distance_m, physical, where),
            *(
                _pairs_within(SAME_ADDRESS_LIMIT_M, members, where)
                for members in _one_address(schools)
                if _is_one_place(members, where)
            ),
        ]
    )
    links = coo_array((np.ones(len(pairs)), pairs.T), shape=(len(schools), len(schools)))
    _, group = connected_components(links, directed=False)
    first: dict[int, str] = {}
    for school, campus in zip(schools.index, group.tolist(), strict=True):
        first.setdefault(campus, school)
    return [first[campus] for campus in group.tolist()]


def same_address_far_apart(schools: gpd.GeoDataFrame) -> list[list[str]]:
    """Ids of schools that have one address, though some lie more than 5 km apart."""
    where = _metres(schools)
    return [
        schools.index[members].tolist()
        for members in _one_address(schools)
        if not _is_one_place(members, where)
    ]


def _one_address(schools: gpd.GeoDataFrame) -> list[NDArray[np.intp]]:
    """Positions of the schools at each address that more than one school has."""
    at: dict[tuple[str, str], list[int]] = {}
    zips = schools["zip"] if "zip" in schools else [None] * len(schools)
    columns = zip(schools["program"], schools["address"], zips, strict=True)
    for k, (program, address, zip_code) in enumerate(columns):
        if program != "virtual" and isinstance(address, str) and address.strip():
            place = (_plain(address), _plain(zip_code) if isinstance(zip_code, str) else "")
            at.setdefault(place, []).append(k)
    return [np.array(members, dtype=np.intp) for members in at.values() if len(members) > 1]


def _is_one_place(members: NDArray[np.intp], where: NDArray[np.float64]) -> bool:
    near = _pairs_within(SAME_ADDRESS_LIMIT_M, members, where)
    return len(near) == math.comb(len(members), 2)


def _pairs_within(
    limit_m: float, members: NDArray[np.intp], where: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Pairs of members no farther apart than a limit, shape (n, 2)."""
    near = cKDTree(where[members]).query_pairs(limit_m, output_type="ndarray")
    pairs: NDArray[np.intp] = members[near]
    return pairs


def _metres(schools: gpd.GeoDataFrame) -> NDArray[np.float64]:
    return earth_metres(schools.geometry.y.to_numpy(), schools.geometry.x.to_numpy())


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
