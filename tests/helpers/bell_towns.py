"""Schools in a row, told apart by their bells alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time

import geopandas as gpd
import pandas as pd
from shapely.geometry import Point

Bells = Mapping[str, tuple[str | None, str | None]]


def school_table(bells: Bells) -> gpd.GeoDataFrame:
    """Schools 2 km apart in a row, each a building of its own."""
    ids = list(bells)
    moments = [
        tuple(None if text is None else time.fromisoformat(text) for text in pair)
        for pair in bells.values()
    ]
    table = gpd.GeoDataFrame(
        {
            "name": [f"School {i}" for i in ids],
            "level": "elementary",
            "program": "resides",
            "address": pd.Series([None] * len(ids), dtype=object, index=ids),
            "enrollment": 500.0,
            "feeder_high_school_ids": [() for _ in ids],
            "bell_start": pd.Series([m[0] for m in moments], dtype=object, index=ids),
            "bell_end": pd.Series([m[1] for m in moments], dtype=object, index=ids),
            "campus_id": ids,
        },
        geometry=[Point(-85.7 + 0.02 * k, 38.2) for k in range(len(ids))],
        crs="EPSG:4326",
        index=ids,
    )
    table.index.name = "school_id"
    return table
