"""A made-up metro with streets and zones, as its public view: for the size of pages."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from zoning.disclosure import PublicOption, PublicView
from zoning.disclosure.assumptions import assumptions_table
from zoning.disclosure.zone_tables import neighbouring_colours, short_label
from zoning.editions import Edition
from zoning.staffing import CostAssumptions, figures
from zoning.symbols import ZONE_FILLS

METRES = "EPSG:32616"
EAST, NORTH = 600_000.0, 4_230_000.0
ACROSS_M = 60_000.0
LEVELS = ("elementary",) * 6 + ("middle",) * 2 + ("high", "combined")
ROAD_CLASSES = ("collector",) * 8 + ("arterial",) * 2
SEED = 1


def metro_view(schools: int, zone_counts: tuple[int, ...], *, streets: int = 120) -> PublicView:
    """Schools at random, an option for each number of zones, a grid of wavy streets.

    Parameters
    ----------
    streets
        In each direction; each is cut where it meets the others.
    """
    rng = np.random.default_rng(SEED)
    places = rng.uniform(0, ACROSS_M, (schools, 2))
    ids = [f"b{k:04d}" for k in range(schools)]
    high = [i for k, i in enumerate(ids) if LEVELS[k % len(LEVELS)] == "high"]
    square = shapely.box(EAST, NORTH, EAST + ACROSS_M, NORTH + ACROSS_M)
    frame = gpd.GeoDataFrame(
        {
            "name": [f"School number {k} of the made-up metro" for k in range(schools)],
            "level": [LEVELS[k % len(LEVELS)] for k in range(schools)],
            "programs": [
                ("neighbourhood school",) if k % 7 else ("magnet",) for k in range(schools)
            ],
            "high_school": [LEVELS[k % len(LEVELS)] == "high" for k in range(schools)],
            "high_school_ids": [(i,) if i in high else () for i in ids],
            "feeds": [((high[k // len(LEVELS)],),) if k % 7 else () for k in range(schools)],
        },
        index=pd.Index(ids, name="building_id"),
        geometry=gpd.points_from_xy(EAST + places[:, 0], NORTH + places[:, 1]),
        crs=METRES,
    )
    listed = figures(Edition.PUBLIC)
    return PublicView(
        title="Made-up metro",
        district="Made-up metro",
        state=None,
        attribution="made up, seeded",
        travel_times="none",
        estimate=None,
        meaning="A zone's area is the ground nearest to its schools.",
        date=None,
        cautions=(),
        notices=("Nothing here is real.",),
        by_feeder=True,
        assumptions=assumptions_table(CostAssumptions(), None),
        figures=listed,
        options=tuple(
            _option(count, frame, square, {f.key: 1000.0 + count for f in listed})
            for count in zone_counts
        ),
        schools=frame.to_crs(4326),
        outline=gpd.GeoSeries([square], crs=METRES).to_crs(4326).iloc[0],
        streets=_streets(streets).to_crs(4326),
        equity=pd.DataFrame(),
        high_schools={i: _high_name(i) for i in high},
    )


def _high_name(school_id: str) -> str:
    return f"High school {school_id} of the made-up metro"


def _option(
    count: int, schools: gpd.GeoDataFrame, square: shapely.Polygon, values: dict[str, float]
) -> PublicOption:
    """Zones of neighbours: schools cut into strips west to east, then north to south."""
    at = shapely.get_coordinates(schools.geometry)
    strips = _cut(at[:, 0], max(1, round(count**0.5)))
    pieces = [len(part) for part in np.array_split(np.arange(count), len(strips))]
    members = [
        part
        for strip, number in zip(strips, pieces, strict=True)
        for part in np.array_split(strip[np.argsort(at[strip, 1], kind="stable")], number)
    ]
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(at), extend_to=square, ordered=True)
    )
    ground = shapely.intersection(cells, square)
    areas = [shapely.union_all(ground[inside]) for inside in members]
    ids = [f"Zone {k + 1}" for k in range(len(members))]
    first, around = Delaunay(at).vertex_neighbor_vertices
    others = [tuple(schools.index[part]) for part in np.split(around, first[1:-1])]
    aligned = [schools["feeds"].iloc[inside[-1]] for inside in members]
    zones = pd.DataFrame(
        {
            "label": [short_label(zone_id) for zone_id in ids],
            "kind": "patrol",
            "officer": "patrols",
            "officers": 1,
            "high_school_id": [feeds[0][0] if feeds else None for feeds in aligned],
            "high_school": [_high_name(f[0][0]) if f else None for f in aligned],
            "building_ids": [tuple(schools.index[inside]) for inside in members],
            "colour": neighbouring_colours(areas, colours=len(ZONE_FILLS)),
        },
        index=pd.Index(ids, name="zone_id"),
        dtype=object,
    )
    placed = pd.DataFrame(
        [
            (schools.index[k], zone_id, False, None, others[k])
            for zone_id, inside in zip(ids, members, strict=True)
            for k in inside
        ],
        columns=["building_id", "zone_id", "full_time_officer", "aligned", "neighbours"],
    ).set_index("building_id")
    return PublicOption(
        option_id=f"zones-{count}",
        label=f"{count} patrol zones",
        description="One officer patrols each zone.",
        proof="",
        zoning_status=None,
        zoning_gap=math.nan,
        not_dominated=True,
        values=values,
        mean_changes={},
        cost_changes={},
        withheld=frozenset(),
        zones=gpd.GeoDataFrame(zones, geometry=areas, crs=METRES).to_crs(4326),
        places=placed,
    )


def _cut(east: NDArray[np.float64], strips: int) -> list[NDArray[np.intp]]:
    return np.array_split(np.argsort(east, kind="stable"), strips)


def _streets(number: int) -> gpd.GeoDataFrame:
    """Streets both ways, 500 m or so apart, each link between two crossings with a bend."""
    rng = np.random.default_rng(SEED + 1)
    steps = np.linspace(0, ACROSS_M, number)
    x, y = np.meshgrid(steps, steps, indexing="ij")
    nodes = np.stack([x, y], axis=-1) + rng.normal(0, 60, (number, number, 2))
    nodes += (EAST, NORTH)
    lines, classes, names = [], [], []
    for k in range(number):
        for one, other in ((nodes[k, :-1], nodes[k, 1:]), (nodes[:-1, k], nodes[1:, k])):
            middle = (one + other) / 2 + rng.normal(0, 40, one.shape)
            lines.append(shapely.linestrings(np.stack([one, middle, other], axis=1)))
            freeway = k % 40 == 20
            road_class = "freeway" if freeway else ROAD_CLASSES[k % len(ROAD_CLASSES)]
            classes += [road_class] * len(one)
            names += [f"I-{k}" if freeway else f"Street {k}"] * len(one)
    return gpd.GeoDataFrame(
        {"road_class": classes, "name": names}, geometry=np.concatenate(lines), crs=METRES
    )
