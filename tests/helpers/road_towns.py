"""Small towns laid out in metres, so that their travel times can be found by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import Point

from zoning.roads import RoadNetwork, SpeedTable

CRS = "EPSG:32616"
EAST, NORTH = 600_000.0, 4_230_000.0
STREETS = SpeedTable.from_mapping(
    {("street", "town"): 36.0, ("freeway", "town"): 72.0, ("ramp", "town"): 36.0},
    access_kph=18.0,
    access_detour=1.0,
    note="36 km/h is 10 m/s",
)


def degrees(places: Sequence[tuple[float, float]]) -> gpd.GeoSeries:
    """Points in EPSG:4326 from metres east and north of the town's corner."""
    points = [Point(EAST + x, NORTH + y) for x, y in places]
    return gpd.GeoSeries(points, crs=CRS).to_crs("EPSG:4326")


def buildings_at(places: Mapping[str, tuple[float, float]]) -> gpd.GeoDataFrame:
    """Buildings by id, metres east and north of the town's corner."""
    index = pd.Index(list(places), name="building_id", dtype="str")
    points = degrees(list(places.values()))
    return gpd.GeoDataFrame(geometry=points.to_numpy(), index=index, crs="EPSG:4326")


def tables(
    junctions: Mapping[str, tuple[float, float]], links: Sequence[Mapping[str, object]]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Junction and link tables; a link needs ends and length, the rest has defaults."""
    points = degrees(list(junctions.values()))
    return (
        pd.DataFrame({"junction_id": list(junctions), "lon": points.x, "lat": points.y}),
        pd.DataFrame(
            [
                {"road_class": "street", "area": "town", "name": "", "oneway": "B"} | dict(link)
                for link in links
            ]
        ),
    )


def link(a: str, b: str, length_m: float, **columns: object) -> dict[str, object]:
    return {"from_junction": a, "to_junction": b, "length_m": length_m} | columns


def town(
    junctions: Mapping[str, tuple[float, float]],
    links: Sequence[Mapping[str, object]],
    *,
    speeds: SpeedTable = STREETS,
) -> RoadNetwork:
    return RoadNetwork.from_tables(*tables(junctions, links), speeds=speeds, source="a small town")


GRID = {f"{x}{y}": (1000.0 * x, 1000.0 * y) for x in range(3) for y in range(3)}
GRID_LINKS = [
    link(f"{x}{y}", f"{x + 1}{y}", 1000.0, name=f"Row {y}") for x in range(2) for y in range(3)
] + [link(f"{x}{y}", f"{x}{y + 1}", 1000.0, name=f"Column {x}") for x in range(3) for y in range(2)]


def city(side: int, *, seed: int = 0) -> RoadNetwork:
    """Blocks of about 200 m, crooked enough that no two ways tie.

    Every tenth street is missing, every seventh one-way, every fifth row and
    column an arterial at twice the speed of the others.
    """
    rng = np.random.default_rng(seed)
    shift = rng.uniform(-40.0, 40.0, (side, side, 2))
    places = {
        f"{x}-{y}": (200.0 * x + shift[x, y, 0], 200.0 * y + shift[x, y, 1])
        for x in range(side)
        for y in range(side)
    }
    links = []
    for x in range(side):
        for y in range(side):
            for a, b, across in ((x + 1, y, y), (x, y + 1, x)):
                drawn = rng.random(2)
                if side in (a, b) or drawn[0] < 0.1:
                    continue
                here, there = f"{x}-{y}", f"{a}-{b}"
                links.append(
                    link(
                        here,
                        there,
                        float(np.hypot(*np.subtract(places[here], places[there]))) * 1.01,
                        road_class="arterial" if across % 5 == 0 else "street",
                        oneway="B" if drawn[1] > 1 / 7 else "FT" if drawn[1] > 1 / 14 else "TF",
                    )
                )
    speeds = SpeedTable.from_mapping(
        {("street", "town"): 36.0, ("arterial", "town"): 72.0}, access_kph=18.0
    )
    return town(places, links, speeds=speeds)
