"""Turn links into a network: the steps that all sources share."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from zoning.errors import NetworkError
from zoning.roads.road_network import RoadNetwork
from zoning.roads.sources.classes import PRIVATE, ROAD_CLASSES, STREET_SPEEDS
from zoning.roads.sources.links import Links, merge_chains, move_controls_to_approaches, open_loops
from zoning.roads.sources.options import BuildOptions, ServiceRoads
from zoning.roads.streets.build_report import FindingKind, ReportDraft, value_counts
from zoning.roads.streets.speeds import ClassSpeed, SpeedTable
from zoning.roads.streets.tables import StreetTables, check_arrays
from zoning.units import KPH_PER_MPH

LEAST_POSTED_LINKS: Final = 10
"""Smallest number of links with a limit for which their mean is used: our choice.

Limits within a class and area scatter by some 8 mph, so that the mean of ten lies
within half a step of 5 mph of the truth two times in three.
"""
LEAST_POSTED_SHARE: Final = 0.1
"""Smallest share of the length that links with a limit must have: our choice.

Limits are posted, and mapped, on the main streets of a class first; below a tenth
they do not represent the class.
"""
EARTH_M: Final = 6_371_009.0
"""Mean radius of the earth (IUGG)."""
RADIUS_M: Final = 800.0
"""Radius within which junctions are counted: half a mile, a ten-minute walk."""
URBAN_PER_KM2: Final = 35.0
"""90 a square mile: the least that LEED for Neighborhood Development accepts around a site.

Version of 2009, prerequisite Connected and Open Community.
"""
RURAL_PER_KM2: Final = 5.0
"""Our choice."""


def select_classes(
    road_class: NDArray[np.str_], options: BuildOptions, draft: ReportDraft
) -> tuple[NDArray[np.str_], NDArray[np.bool_]]:
    """Decide the class of each street and whether it becomes a link; shapes (n,)."""
    private = road_class == PRIVATE
    drop_private = private & (not options.private)
    drop_service = (road_class == "service") & (options.service is ServiceRoads.NONE)
    draft.add(FindingKind.LEFT_OUT, "private", "private roads", int(drop_private.sum()))
    draft.add(FindingKind.LEFT_OUT, "service", "service roads", int(drop_service.sum()))
    return np.where(private, "service", road_class), ~(drop_private | drop_service)


def require_streets(count: int, draft: ReportDraft, source: str) -> None:
    """Raise `NetworkError`, with the findings so far, if no street is left."""
    if not count:
        raise NetworkError(
            f"{source}: no street is left to build a network from",
            [str(finding) for finding in draft.finished().findings],
            "Check that the file holds streets that cars may drive; if it is one of centrelines, "
            "that its columns are mapped.",
        )


def finish_network(
    links: Links,
    *,
    options: BuildOptions,
    merge: bool,
    draft: ReportDraft,
    source: str,
    attribution: str,
) -> RoadNetwork:
    """Build the network of some links, with its report.

    ``merge``: whether to merge links that meet where no other does, if the options leave it open.
    ``draft``: what the source found so far; the rest is added.

    Raises `NetworkError` if no link is left, or as for `RoadNetwork.from_tables`.
    """
    require_streets(len(links.start), draft, source)
    links = links.used_junctions()
    if options.largest_only:
        links = _select_largest(links, draft)
    if merge if options.merge is None else options.merge:
        before = len(links.start)
        links = merge_chains(move_controls_to_approaches(links))
        draft.add(
            FindingKind.BUILT,
            "merged",
            "links joined to the next where no other street meets them, nothing else changed",
            before - len(links.start),
        )
    links = _add_areas(links, options, draft)
    speeds = _default_speeds(links, options, draft)
    links, loops = open_loops(links)
    draft.add(FindingKind.REPAIRED, "loops", "closed loops cut in two halfway", loops)
    _add_summary(links, draft)
    return RoadNetwork.from_checked(
        check_arrays(_street_tables(links), links.lines),
        speeds=speeds,
        source=source,
        attribution=attribution,
        report=draft.finished(),
        given_include_stops=options.measured,
    )


def _select_largest(links: Links, draft: ReportDraft) -> Links:
    """Select the links within the largest strongly connected part."""
    _, part = _parts(links, "strong")
    largest = part == np.bincount(part).argmax()
    inside = largest[links.start] & largest[links.end]
    draft.add(
        FindingKind.LEFT_OUT,
        "off_largest",
        "links that cannot be reached from the largest connected part, or do not lead to it",
        int((~inside).sum()),
    )
    return links.rows(inside).used_junctions()


def _add_areas(links: Links, options: BuildOptions, draft: ReportDraft) -> Links:
    unknown = links.area == ""
    if not unknown.any():
        return links
    if options.area is not None:
        words = f"links without a kind of area, taken as {options.area}"
        filled = np.full(len(unknown), options.area)
    else:
        words = "links whose kind of area is inferred from the density of junctions"
        filled = areas_by_density(links)
    values = value_counts(filled[unknown])
    draft.add(FindingKind.GUESSED, "area", words, int(unknown.sum()), values)
    return replace(links, area=np.where(unknown, filled, links.area))


def _default_speeds(links: Links, options: BuildOptions, draft: ReportDraft) -> SpeedTable:
    """Make the speed table; in the default one, mean posted limits replace entries where possible.

    Where enough links of a class and area have a limit, their mean, by length. Else,
    where enough of the class have one, the table's speed times the ratio of their
    limits to it. What is enough, see `LEAST_POSTED_LINKS` and `LEAST_POSTED_SHARE`.
    """
    posted = np.isfinite(links.kph)
    if options.speeds != STREET_SPEEDS or posted.all() or not posted.any():
        return options.speeds
    by_table = options.speeds.kph_of(links.road_class, links.area)
    speeds, changed, count = [], [], 0
    for road_class, area, default in options.speeds.speeds:
        kph = default
        of_class = links.road_class == road_class
        here = of_class & (links.area == area)
        if _has_enough_limits(here, posted, links.length_m):
            kph = np.average(links.kph[here & posted], weights=links.length_m[here & posted])
        elif _has_enough_limits(of_class, posted, links.length_m):
            metres = links.length_m[of_class & posted]
            kph *= (links.kph[of_class & posted] @ metres) / (by_table[of_class & posted] @ metres)
        unknown = int((here & ~posted).sum())
        speeds.append(ClassSpeed(road_class, area, round(float(kph), 1)))
        if unknown and speeds[-1].kph != default:
            count += unknown
            changed.append(f"{road_class}, {area}: {kph / KPH_PER_MPH:.0f} mph × {unknown:,}")
    draft.add(
        FindingKind.GUESSED,
        "speed_by_posted",
        "links without a known speed whose default is inferred from the limits of other streets of "
        "their class, instead of the table",
        count,
        changed,
    )
    return replace(
        options.speeds,
        speeds=tuple(speeds),
        note="posted speeds where the data give them, else the mean limit of like streets in the "
        "data, or default limits by road class and area where too few have one",
    )


def _has_enough_limits(
    which: NDArray[np.bool_], posted: NDArray[np.bool_], length_m: NDArray[np.float64]
) -> bool:
    """True if enough of some links have a limit for their mean to stand for the others."""
    return bool(
        (which & posted).sum() >= LEAST_POSTED_LINKS
        and length_m[which & posted].sum() >= LEAST_POSTED_SHARE * length_m[which].sum()
    )


def _add_summary(links: Links, draft: ReportDraft) -> None:
    unknown = np.isnan(links.kph)
    draft.add(
        FindingKind.GUESSED,
        "speed_by_class",
        f"links without a known speed, out of {len(links.start):,}, driven at a default of "
        "their class and area",
        int(unknown.sum()),
        value_counts(links.road_class[unknown]),
    )
    for code, words in (("FT", "along"), ("TF", "against")):
        draft.add(
            FindingKind.BUILT,
            f"one_way_{code.lower()}",
            f"one-way links, open {words} the line as drawn",
            int((links.oneway == code).sum()),
        )
    draft.add(FindingKind.BUILT, "junctions", "junctions", len(links.junction_ids))
    draft.add(
        FindingKind.BUILT,
        "links",
        "links",
        len(links.start),
        value_counts(links.road_class),
        most=len(ROAD_CLASSES),
    )
    count, part = _parts(links, "weak")
    sizes = sorted(np.bincount(part).tolist(), reverse=True)
    draft.add(
        FindingKind.BUILT,
        "components",
        "connected parts, one-way streets taken both ways",
        count,
        [f"{size:,} junctions" for size in sizes],
    )


def _parts(links: Links, connection: str) -> tuple[int, NDArray[np.intp]]:
    forth, back = links.oneway != "TF", links.oneway != "FT"
    tail = np.concatenate([links.start[forth], links.end[back]])
    head = np.concatenate([links.end[forth], links.start[back]])
    n = len(links.junction_ids)
    edges = coo_array((np.ones(len(tail)), (tail, head)), shape=(n, n))
    count, part = connected_components(edges, directed=True, connection=connection)
    return int(count), np.asarray(part, dtype=np.intp)


def _street_tables(links: Links) -> StreetTables:
    """Arrange the links as checked tables; metres are filled in later."""
    return StreetTables(
        junction_ids=tuple(np.char.strip(links.junction_ids).tolist()),
        lon=links.lon,
        lat=links.lat,
        x=links.lon,
        y=links.lat,
        crs="",
        control=links.control,
        start=links.start,
        end=links.end,
        length_m=links.length_m,
        road_class=links.road_class,
        area=links.area,
        name=np.char.strip(links.name),
        oneway=links.oneway,
        kph=links.kph,
        control_from=links.approach[:, 0],
        control_to=links.approach[:, 1],
        lines=links.lines,
    )


def areas_by_density(links: Links) -> NDArray[np.str_]:
    """Kind of area of every link: ``urban``, ``suburban`` or ``rural``.

    Counts the junctions where three or more streets meet within `RADIUS_M` of the
    point halfway between the junctions at both ends of a street. `URBAN_PER_KM2` or
    more a square kilometre are urban, fewer than `RURAL_PER_KM2` rural.

    Service roads are no streets here, private roads among them: an alley or a
    parking aisle neither makes a junction nor divides a street in two.
    """
    is_street = links.road_class != "service"
    meeting = np.bincount(
        np.concatenate([links.start[is_street], links.end[is_street]]),
        minlength=len(links.junction_ids),
    )
    places = _to_sphere(links.lon, links.lat)
    middle = (places[links.start] + places[links.end]) / 2
    middle[is_street] = _middle_of_streets(links, is_street, meeting, places)
    within = cKDTree(places[meeting >= 3]).query_ball_point(middle, RADIUS_M, return_length=True)
    per_km2 = within / (math.pi * (RADIUS_M / 1000) ** 2)
    kinds = np.array(["rural", "suburban", "urban"])
    step = np.searchsorted([RURAL_PER_KM2, URBAN_PER_KM2], per_km2, side="right")
    return np.asarray(kinds[step])


def _to_sphere(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Convert degrees to metres from the centre of a sphere, shape (n, 3).

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
    """Middle of the street that each link is a piece of: halfway between the street's ends.

    A street goes on where exactly two pieces meet. One without ends, a ring, has
    its middle at the mean of its junctions.
    """
    start, end = links.start[is_street], links.end[is_street]
    n = len(meeting)
    passes = meeting == 2
    # Nodes: junctions, then links. A link is joined to a junction that its street passes through.
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
