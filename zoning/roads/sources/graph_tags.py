"""Attributes of a graph's edges: text made values, and one value chosen where OSMnx merged several.

OSMnx puts the values of merged edges in a Python set and makes a list of it: the order differs
from run to run and says nothing about lengths. So nothing here depends on the order of a list.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from zoning.roads.sources import osm_tags
from zoning.roads.sources.classes import OSM_CLASSES, PRIVATE

WAY_TAGS: Final = (
    "access",
    "area",
    "highway",
    "junction",
    "maxspeed",
    "motor_vehicle",
    "motorcar",
    "motorroad",
    "name",
    "oneway",
    "ref",
    "service",
    "vehicle",
)
_RANKS: Final[Mapping[str, int]] = {
    **{value: rank for rank, value in enumerate(reversed(list(OSM_CLASSES)), start=1)},
    "service": len(OSM_CLASSES) + 1,
}
"""Rank of each drivable ``highway`` value among those of one edge: local streets first."""
_MISSING: Final = frozenset({"", "nan", "none", "null"})


def values_of(value: object) -> Sequence[str]:
    """The different values of an attribute as text, sorted; a list written as text is a list.

    GraphML holds no lists, so OSMnx and people write them as ``"['a', 'b']"``.
    """
    if value is None:
        return ()
    if isinstance(value, str):
        return _values_in(value)
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        return sorted({text for one in value for text in values_of(one)})
    return _values_in(str(value))


@lru_cache(maxsize=100_000)  # the names and limits of a county, which repeat from edge to edge
def _values_in(text: str) -> tuple[str, ...]:
    plain = text.strip()
    if plain.startswith(("[", "{", "(")):
        # A street may be called '[Alley'.
        with suppress(ValueError, SyntaxError, MemoryError, RecursionError):
            held = ast.literal_eval(plain)
            if isinstance(held, list | tuple | set | frozenset):
                return tuple(values_of(list(held)))
    return () if plain.casefold() in _MISSING else (plain,)


def number_of(value: object) -> float:
    """A number, also one written as text; NaN if it is none."""
    if isinstance(value, bool):
        return math.nan
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return math.nan


def line_of(value: object) -> Any:
    """The LineString of a ``geometry``, also one written as WKT; None if it is none."""
    if isinstance(value, str):
        value = shapely.from_wkt(value, on_invalid="ignore")
    if isinstance(value, shapely.MultiLineString):
        value = shapely.line_merge(value)
    return value if isinstance(value, shapely.LineString) and not value.is_empty else None


def tags_of(data: Mapping[str, Any]) -> dict[str, str]:
    """Tags of an edge as text, one value each, as a way in a file has them.

    A car drives the whole of a merged edge or nothing, so of several values the
    one that stops it counts: not a street before a street, closed before private
    before open, one-way before two-way, a driveway before an alley. Of several
    street classes the least important one counts: of two, its default speed is the
    nearer to the harmonic mean of both. A service road gives way to any other, since
    many a street ends as one. Of names the first in the alphabet counts. Of limits
    see `mean_kph`.
    """
    tags = {}
    for key in WAY_TAGS:
        values = values_of(data[key]) if key in data else ()
        if len(values) == 1:
            tags[key] = values[0]
        elif values:
            tags[key] = min(values, key=lambda value, key=key: (_rank(key, value), value))  # type: ignore[misc]
    return tags


def _rank(key: str, value: str) -> int:
    """The lower, the sooner a value counts among those of one merged edge."""
    match key:
        case "highway":
            rank = _RANKS.get(value, 0)
        case "access" | "motor_vehicle" | "motorcar" | "vehicle":
            meaning = osm_tags.road_class({"highway": "residential", key: value})
            rank = {"": 0, PRIVATE: 1}.get(meaning, 2)
        case "oneway" | "junction":
            rank = int(osm_tags.direction({key: value.lower()}) == "B")
        case "service":
            rank = int(not osm_tags.is_minor_service({"highway": "service", key: value}))
        case "area":
            rank = int(value != "yes")
        case _:
            rank = 0
    return rank


def limits_of(data: Sequence[Mapping[str, Any]]) -> tuple[list[str], NDArray[np.intp]]:
    """Every limit of every edge as written, and the number of its edge."""
    values = [values_of(one.get("maxspeed")) for one in data]
    edge = np.repeat(np.arange(len(values)), [len(one) for one in values])
    return [value for one in values for value in one], edge


def mean_kph(kph: NDArray[np.float64], edge: NDArray[np.intp], edges: int) -> NDArray[np.float64]:
    """Limit of every edge, km/h: the harmonic mean of its limits that are known, else NaN.

    How much of a merged edge has which limit is lost. Its time is a sum of length
    over limit, so the harmonic mean gives the right time where the parts are
    equally long, and is right on average where any part may be the long one. The
    arithmetic mean is faster than that, always.
    """
    known = np.isfinite(kph)
    count = np.bincount(edge[known], minlength=edges)
    slowness = np.bincount(edge[known], weights=1 / kph[known], minlength=edges)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(count > 0, count / slowness, np.nan), dtype=np.float64)
