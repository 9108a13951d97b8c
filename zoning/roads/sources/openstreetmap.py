"""OpenStreetMap extracts, ``.osm`` and ``.osm.pbf``, read offline."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from zoning.errors import NetworkError
from zoning.roads.build_report import FindingKind, ReportDraft, value_counts
from zoning.roads.network import RoadNetwork
from zoning.roads.sources import osm_tags
from zoning.roads.sources.containers import OSM_ENDINGS
from zoning.roads.sources.finishing import finished, kept_classes, require_streets
from zoning.roads.sources.line_files import unreadable
from zoning.roads.sources.links import Links, lengths_m
from zoning.roads.sources.options import BuildOptions

_TAGS: Final = (
    "highway",
    "name",
    "ref",
    "oneway",
    "junction",
    "maxspeed",
    "motorcar",
    "motor_vehicle",
    "vehicle",
    "access",
    "area",
    "motorroad",
    "service",
)


def read_openstreetmap(
    path: str | Path,
    *,
    options: BuildOptions | None = None,
    source: str | None = None,
) -> RoadNetwork:
    """A street network from an OpenStreetMap extract; its ``report`` says what was done.

    Ways of a street class (`zoning.roads.sources.classes`) that are open to cars
    are cut where they share a node, and joined again where nothing else meets
    them. One-way streets, motorways and roundabouts are one-way; limits are read
    with their unit. Signals, stop and yield signs at junctions are kept as
    ``control``. Turn restrictions, barriers and limits that hold for one
    direction, lane or time are counted, not modelled.

    Needs the extra ``osm``.

    Parameters
    ----------
    path
        ``.osm`` (XML), ``.osm.pbf`` or ``.pbf``; read only.
    options
        What to keep, and what to put where the map says nothing. Links are
        merged unless it says not to.
    source
        Where the streets come from, in words for a planner; the file's name if
        None.

    Raises
    ------
    NetworkError
        If the extra is missing; if the file is missing, is cut short (unless
        exactly between two blocks of a ``.pbf``, which nothing tells), is not
        what its ending says, or holds no street.
    """
    place = Path(path)
    if not place.name.lower().endswith(OSM_ENDINGS):
        raise NetworkError(
            f"{place}: an OpenStreetMap extract ends in {', '.join(OSM_ENDINGS)}",
            remedy="Give the file its proper ending.",
        )
    if not place.is_file():
        raise NetworkError(f"{place} is not there", remedy="Check the path.")
    choices = options if options is not None else BuildOptions()
    draft = ReportDraft()
    return finished(
        _links(_extract(place), choices, place.name, draft),
        options=choices,
        merge=True,
        draft=draft,
        source=source if source is not None else f"OpenStreetMap extract {place.name}",
        attribution=osm_tags.ATTRIBUTION,
    )


@dataclass(slots=True)
class _Extract:
    """Ways of a street class, as the file gives them.

    ``nodes`` are ids with a place, way after way. A way is one run of them, or
    more where the extract leaves nodes out; ``run`` is the run of each node,
    ``way_of_run`` the way of each run.
    """

    tags: list[dict[str, str]] = field(default_factory=list)
    way_of_run: list[int] = field(default_factory=list)
    nodes: list[int] = field(default_factory=list)
    run: list[int] = field(default_factory=list)
    lon: list[float] = field(default_factory=list)
    lat: list[float] = field(default_factory=list)
    missing_nodes: int = 0
    limits_in_part: int = 0
    controls: dict[int, str] = field(default_factory=dict)
    barriers: dict[int, str] = field(default_factory=dict)
    restrictions: int = 0


def _extract(path: Path) -> _Extract:
    """One pass over the file; only what carries a tag of ours reaches Python."""
    try:
        import osmium  # noqa: PLC0415
    except ImportError as error:
        raise NetworkError(
            "reading OpenStreetMap files needs the package osmium",
            remedy="Install it with: pip install 'zoning[osm]'",
        ) from error
    found = _Extract()
    wanted = osmium.filter.KeyFilter("highway", "barrier", "restriction")
    with _readable(path):
        for thing in osmium.FileProcessor(path).with_locations().with_filter(wanted):
            if isinstance(thing, osmium.osm.Way):
                _add_way(found, thing)
            elif isinstance(thing, osmium.osm.Node):
                highway = osm_tags.control(thing.tags.get("highway") or "")
                barrier = thing.tags.get("barrier") or ""
                if highway:
                    found.controls[thing.id] = highway
                if barrier in osm_tags.BARRIERS:
                    found.barriers[thing.id] = barrier
            elif isinstance(thing, osmium.osm.Relation) and "restriction" in thing.tags:
                found.restrictions += 1
    return found


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """What the reader says of a broken file, as an error a planner can act on."""
    try:
        yield
    except (RuntimeError, OSError) as error:
        raise unreadable(path, str(error)) from error


def _add_way(found: _Extract, way: Any) -> None:
    tags = {key: way.tags[key] for key in _TAGS if key in way.tags}
    if not osm_tags.is_drivable(tags):
        return
    found.tags.append(tags)
    found.limits_in_part += any(tag.k.startswith("maxspeed:") for tag in way.tags)
    previous = None
    for node in way.nodes:
        if not node.location.valid():
            found.missing_nodes += 1
            previous = None
        elif node.ref != previous:
            if previous is None:
                found.way_of_run.append(len(found.tags) - 1)
            found.nodes.append(node.ref)
            found.run.append(len(found.way_of_run) - 1)
            found.lon.append(node.location.lon)
            found.lat.append(node.location.lat)
            previous = node.ref


def _links(found: _Extract, options: BuildOptions, file: str, draft: ReportDraft) -> Links:
    draft.add(FindingKind.READ, "ways", f"ways of a street class in {file}", len(found.tags))
    draft.add(
        FindingKind.LEFT_OUT,
        "missing_nodes",
        "places on ways that the extract leaves out, at its edge",
        found.missing_nodes,
    )
    given = [osm_tags.road_class(tags) for tags in found.tags]
    kept = np.flatnonzero(osm_tags.counted_classes(given, found.tags, draft))
    kept = kept[osm_tags.without_minor_service([found.tags[k] for k in kept], options, draft)]
    ours, is_kept = kept_classes(np.array(given, dtype=str)[kept], options, draft)
    kept, ours = kept[is_kept], ours[is_kept]
    tags = [found.tags[k] for k in kept]
    number = np.full(len(found.tags), -1, dtype=np.intp)
    number[kept] = np.arange(len(kept))

    require_streets(len(kept), draft, file)
    run = np.array(found.run, dtype=np.intp)
    way = number[np.array(found.way_of_run, dtype=np.intp)][run]
    inside = (way >= 0) & (np.bincount(run)[run] > 1)
    run, way = run[inside], way[inside]
    node = np.array(found.nodes, dtype=np.int64)[inside]
    places = np.column_stack([found.lon, found.lat]).reshape(-1, 2)[inside]
    is_cut = _cuts(run, node) | np.isin(node, list(found.controls))
    _count_unmodelled(found, node, draft)

    cut = np.flatnonzero(is_cut)
    piece = np.flatnonzero(run[cut[:-1]] == run[cut[1:]])
    first, last = cut[piece], cut[piece + 1]
    lines = _lines(places, first, last)
    long_enough = shapely.length(lines) > 0
    draft.add(
        FindingKind.LEFT_OUT,
        "zero_length",
        "pieces of way of no length",
        int((~long_enough).sum()),
    )
    first, last, lines = first[long_enough], last[long_enough], lines[long_enough]
    ids, at, ends = np.unique(
        np.concatenate([node[first], node[last]]), return_index=True, return_inverse=True
    )
    where = places[np.concatenate([first, last])[at]]
    of = way[first]
    return Links(
        junction_ids=ids.astype(str),
        lon=where[:, 0].copy(),
        lat=where[:, 1].copy(),
        control=np.array([found.controls.get(i, "") for i in ids.tolist()], dtype=str),
        start=ends.ravel()[: len(first)].astype(np.intp),
        end=ends.ravel()[len(first) :].astype(np.intp),
        lines=lines,
        length_m=lengths_m(lines),
        oneway=osm_tags.directions_of(tags, draft)[of],
        kph=osm_tags.kph_of_tags([t.get("maxspeed", "") for t in tags], options, draft)[of],
        road_class=ours[of],
        area=np.full(len(of), ""),
        name=np.array([osm_tags.street_names(t) for t in tags], dtype=str)[of],
    )


def _cuts(run: NDArray[np.intp], node: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Where runs are cut: at their ends, and at nodes passed more than once by all together."""
    _, position, passes = np.unique(node, return_inverse=True, return_counts=True)
    changes = run[1:] != run[:-1]
    is_cut = passes[position.ravel()] > 1
    is_cut |= np.concatenate([[True], changes])[: len(run)]
    is_cut |= np.concatenate([changes, [True]])[: len(run)]
    return np.asarray(is_cut)


def _lines(
    places: NDArray[np.float64], first: NDArray[np.intp], last: NDArray[np.intp]
) -> NDArray[Any]:
    """Lines through the places from each first to each last, both included."""
    sizes = last - first + 1
    row = np.repeat(np.arange(len(first)), sizes)
    at = np.arange(len(row)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + first[row]
    return np.asarray(shapely.linestrings(places[at], indices=row))


def _count_unmodelled(found: _Extract, node: NDArray[np.int64], draft: ReportDraft) -> None:
    on_streets = set(node.tolist())
    barriers = [kind for place, kind in found.barriers.items() if place in on_streets]
    draft.add(
        FindingKind.NOT_MODELLED,
        "turn_restrictions",
        "turn restrictions, ignored",
        found.restrictions,
    )
    draft.add(
        FindingKind.NOT_MODELLED,
        "barriers",
        "gates and other barriers on streets, driven through",
        len(barriers),
        value_counts(barriers),
    )
    draft.add(
        FindingKind.NOT_MODELLED,
        "limits_in_part",
        "ways with speed limits for one direction, lane or time, ignored",
        found.limits_in_part,
    )
