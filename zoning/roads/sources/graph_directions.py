"""Which streets of a graph of OSMnx are one-way: by its edges, or by their tags."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from zoning.errors import NetworkError
from zoning.roads.sources import osm_tags
from zoning.roads.sources.graph_tags import values_of
from zoning.roads.streets.build_report import FindingKind, ReportDraft

_DIRECTIONS: Final = {
    "no_edge_back": "streets that are not one-way by their tags, but have no edge back, taken "
    "one-way as their edge runs",
    "two_way_by_tag": "streets with one edge in a graph that keeps one edge of each, two-way by "
    "their tags (all_oneway)",
    "implied_one_way": "motorways and roundabouts without a one-way tag, one-way as in a file "
    "where OSMnx made edges both ways",
    "implied_unknown": "motorways and roundabouts without a one-way tag, taken both ways since the "
    "graph does not say which way they run",
    "way_lost": "streets whose tags say one-way, taken both ways as their edges run",
}


def runs(data: Mapping[str, Any], u: object, v: object) -> bool:
    """Whether an edge that OSMnx made undirected ran from one node to another."""
    return str(data.get("from")) == str(u) and str(data.get("to")) == str(v)


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """Edges of the same ways and shape.

    ``along`` run as the first of them does, ``back`` the other way; ``has_back``
    is whether any edge leads back, be its shape another.
    """

    along: list[int]
    back: list[int]
    has_back: bool

    @property
    def edges(self) -> list[int]:
        """All of them."""
        return [*self.along, *self.back]


def grouped(
    data: list[dict[str, Any]],
    tail: NDArray[np.intp],
    head: NDArray[np.intp],
    lines: NDArray[Any],
) -> list[Street]:
    """The edges by street, streets in the order of their first edges."""
    shapes = shapely.to_wkb(shapely.normalize(lines))
    groups: dict[tuple[int, int, str, bytes], list[int]] = defaultdict(list)
    ends = list(zip(tail.tolist(), head.tolist(), strict=True))
    for k, one in enumerate(data):
        low, high = min(ends[k]), max(ends[k])
        groups[low, high, " ".join(values_of(one.get("osmid"))), shapes[k]].append(k)
    pairs = set(ends)
    streets = []
    for first, *rest in groups.values():
        u, v = ends[first]
        if u == v:
            same = {k: bool(shapely.equals_exact(lines[first], lines[k])) for k in rest}
        else:
            same = {k: ends[k] == (u, v) for k in rest}
        back = [k for k in rest if not same[k]]
        leads_back = u != v and (v, u) in pairs
        streets.append(
            Street(
                along=[first, *(k for k in rest if same[k])],
                back=back,
                has_back=bool(back) or leads_back,
            )
        )
    return streets


def oneway_codes(
    streets: list[Street],
    tags: list[dict[str, str]],
    edges: list[tuple[Any, Any, dict[str, Any]]],
    *,
    is_directed: bool,
    draft: ReportDraft,
) -> tuple[NDArray[np.intp], NDArray[np.str_]]:
    """The edge that stands for each street, and the street's one-way code along it."""
    tagged = [_as_tagged(tags[street.along[0]]) for street in streets]
    # OSMnx turns the nodes of a way tagged -1, so that a one-way edge runs as it is driven.
    one_way = osm_tags.directions_of(tagged, draft) != "B"
    twin = np.array([street.has_back for street in streets], dtype=bool)
    # Where most two-way streets have a single edge, the graph keeps one of each: tags tell.
    by_edges = is_directed and bool((~one_way & twin).sum() >= (~one_way & ~twin).sum())
    row = np.array([street.along[0] for street in streets], dtype=np.intp)
    code = np.full(len(streets), "B", dtype="U2")
    found: Counter[str] = Counter()
    for k, (street, tag) in enumerate(zip(streets, tagged, strict=True)):
        if not one_way[k]:
            if by_edges and not street.back:
                code[k] = "FT"
            found["no_edge_back" if by_edges else "two_way_by_tag"] += (
                is_directed and not street.has_back
            )
            continue
        if is_directed and not street.back:
            code[k] = "FT"
            continue
        told = "oneway" in tag
        ways = {e: _forward(edges[e], told=told, is_directed=is_directed) for e in street.edges}
        forward = [e for e, way in ways.items() if way]
        if forward and not (street.back and len(forward) == len(ways)):
            row[k], code[k] = forward[0], "FT"
            found["implied_one_way"] += not told
        elif not is_directed and ways[street.along[0]] is False:
            code[k] = "TF"
            found["implied_one_way"] += 1
        else:
            found["way_lost" if told else "implied_unknown"] += 1
    if found["way_lost"] and (not is_directed or not (code == "FT").any()):
        raise _way_lost(found["way_lost"])
    for finding, words in _DIRECTIONS.items():
        draft.add(FindingKind.GUESSED, finding, words, found[finding])
    return row, code


def _forward(
    edge: tuple[Any, Any, dict[str, Any]], *, told: bool, is_directed: bool
) -> bool | None:
    """Whether an edge runs as its one-way street is driven; None if the graph does not say.

    A street that is ``told`` to be one-way had one edge, which ran as it is driven,
    and whose ends OSMnx keeps as ``from`` and ``to``. Any other had two, of which
    the one against the way is marked ``reversed``.
    """
    u, v, data = edge
    sure = runs(data, u, v) if "from" in data or told or not is_directed else True
    if not sure:
        return None
    if told:
        return True
    marks = values_of(data.get("reversed"))
    return marks[0] == "False" if len(marks) == 1 else None


def _as_tagged(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags of a way as in a file: the False that OSMnx writes for no tag or ``no`` left out."""
    oneway = tags.get("oneway", "").lower()
    rest = {key: value for key, value in tags.items() if key != "oneway"}
    return rest if oneway in {"", "false"} else rest | {"oneway": oneway}


def _way_lost(count: int) -> NetworkError:
    return NetworkError(
        f"the graph does not say which way its {count:,} one-way streets run",
        ["they have edges both ways, or the graph is undirected"],
        "Give the directed graph as OSMnx made it, before it was made undirected.",
    )
