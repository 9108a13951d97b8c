"""Hashes of content: equal for equal values, whatever made them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

if TYPE_CHECKING:
    from zoning.roads.road_network import RoadNetwork


def content_hash(parts: Iterable[NDArray[np.generic] | str]) -> str:
    """SHA-256 of arrays and texts in order, as 64 hexadecimal digits.

    Numbers count to the last bit, in one byte order and as 64 bits; texts count by
    their characters, however wide the array that holds them.
    """
    digest = hashlib.sha256()
    for part in parts:
        data = _bytes(part)
        digest.update(f"{len(data)};".encode())
        digest.update(data)
    return digest.hexdigest()


def _bytes(part: NDArray[np.generic] | str) -> bytes:
    if isinstance(part, str):
        return b"text;" + part.encode()
    header = f"{part.dtype.kind}{part.shape};".encode()
    if part.dtype.kind == "U":
        return header + "".join(f"{len(t)}:{t}" for t in part.ravel().tolist()).encode()
    wide = "<f8" if part.dtype.kind == "f" else "<i8"
    return header + np.ascontiguousarray(part, dtype=wide).tobytes()


def network_hash(network: RoadNetwork) -> str:
    """See `zoning.roads.RoadNetwork.content_hash`."""
    speeds = replace(network.speeds, note="")
    # Nothing where all include stops: so did every speed when the first files were saved.
    told = (network.given_include_stops, network.speeds.include_stops)
    stops = [] if all(told) else [f"stops included: {told}"]
    wkb = shapely.to_wkb(network.lines, byte_order=1)
    return content_hash(
        [
            np.array(network.node_ids),
            network.lon,
            network.lat,
            network.x,
            network.y,
            network.crs,
            network.edge_from,
            network.edge_to,
            network.length_m,
            network.speed_kph,
            network.travel_time_s,
            network.road_class,
            network.area,
            network.name,
            network.link_id,
            network.along,
            b"".join(wkb.tolist()).hex(),
            repr(speeds),
            network.speed_given,
            network.control,
            # Not counted where there is none: networks without keep the hash they had.
            *([network.approach] if (network.approach != "").any() else []),
            *stops,
            *(["islands kept"] if network.keep_islands else []),
        ]
    )
