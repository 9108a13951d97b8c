"""Data of a workbench: a zone problem in building numbers, for the scripts that score plans.

Made from a `WorkbenchView` and from nothing else. Numbers are exact, but for travel
times: those are rounded to a binary fraction of a second and packed, see `pack`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from zoning.disclosure.notices import describe_zone_areas
from zoning.disclosure.workbench import PlanBound, WorkbenchView
from zoning.disclosure.zone_tables import school_table, street_table
from zoning.maps.geometry import (
    Area,
    Steps,
    Streets,
    area_of,
    lines_of,
    street_background,
    whole_steps,
)
from zoning.maps.pages.public_data import Look, PublicPage, format_date, school_marks
from zoning.roads.streets.antimeridian import metric_crs
from zoning.schools.buildings import HIGH_LEVELS, high_school_ids
from zoning.staffing.comparison import EMERGENCY_PROFILE
from zoning.zones import (
    Apart,
    AtMostMoved,
    Contiguous,
    FromHighSchool,
    HoldsHighSchool,
    Imbalance,
    InZone,
    Locked,
    LongestDrive,
    MovedBuildings,
    NotInZone,
    Rule,
    Together,
    TourLength,
    Workload,
    ZoneCost,
    ZonePlan,
    ZoneProblem,
    building_areas,
)
from zoning.zones.arrays import Floats
from zoning.zones.request.rules.membership import list_others
from zoning.zones.search.zone_space import stability_of, today_of

FRACTION_BITS: Final = 16
"""Of a second in packed travel times: they are off by at most 8 microseconds, so that the
objective of 1,000 schools is off by less than a ten-thousandth of a second."""
# Small districts have room for more: the page then agrees to the last digit of a float's sum.
_MORE_FRACTION_BITS: Final = 24
_SMALL: Final = 300

RULES: Final = (
    *(Together, Apart, InZone, NotInZone, Locked, LongestDrive, FromHighSchool),
    *(HoldsHighSchool, Contiguous, Workload, AtMostMoved),
)
"""The rules that the page tests; a class derived from one may say something else."""
COSTS: Final = (TourLength, Imbalance, MovedBuildings)
"""The costs that the page computes."""

Values = dict[str, object]


_PRINTABLE: Final = bytes.maketrans(b"&<>", b",.:")
"""In base 85 as of Python, the three characters that a page would have to escape."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A table of numbers as text: whole multiples of ``2 ** -fraction_bits``, deflated, in base 85.

    Attributes
    ----------
    planes
        Bytes of a number. The data hold the lowest byte of every number, row by row, then
        the next byte of every number, and so on: bytes that are alike lie together. Where
        every byte is 255 the number is unknown.
    mirrored
        Whether a number below the diagonal stands as its difference from the one across the
        diagonal, d as 2 d and -d as 2 d - 1: both ways of a street take about as long.
    bytes
        Length of the deflated data.
    data
        Base 85 as of `base64.b85encode`, with ``, . :`` for ``& < >``.
    """

    rows: int
    columns: int
    fraction_bits: int
    planes: int
    mirrored: bool
    bytes: int
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HighSchool:
    """A high school that zones can be aligned with or named after.

    Attributes
    ----------
    building
        Its number; -1 if it is none of the sheet's.
    students
        None where unknown.
    alternative
        Whether it is of an alternative program.
    seconds_as
        The number of the building whose travel times are those from the high school; -1 if
        they are in ``from_high_school``, in the order of the high schools.
    """

    id: str
    name: str
    building: int
    students: float | None
    alternative: bool
    seconds_as: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetSchool:
    """A school of the inventory, by which a plan may name its building (-1: it has none).

    ``high`` says whether a zone can be aligned with it or named after it.
    """

    id: str
    name: str
    building: int
    level: str
    high: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetZone:
    """A zone of a plan: name, id of its high school, building numbers, how it is served."""

    id: str
    school: str | None
    members: tuple[int, ...]
    kind: str
    officers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetStart:
    """A plan to start from."""

    name: str
    meaning: str
    zones: tuple[SheetZone, ...]
    proof: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetAlignment:
    """The alignment of a problem: ``charge_s`` is None when strict."""

    text: str
    mode: str
    charge_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """Today's plan: the zone of each building to divide (-1 for none), by position in ``zones``."""

    zones: tuple[str, ...]
    home: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """What moved buildings cost together, and how many may move at most; None for any."""

    price_s: float
    most: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Worksheet:
    """Everything that decides the figures of a plan, in building numbers.

    Attributes
    ----------
    study
        How the study is named in commands; '' if it has no name.
    fingerprint
        Hex digits: the same only for the same buildings, figures and rules.
    divided
        How many buildings are divided, n: the first of ``building_ids``. Those after them
        have a dedicated officer.
    names, building_names
        Of each building: as sentences say it, and as plan files do.
    points
        Longitude and latitude of each building, as plan files write them.
    schools
        Every school of the inventory, in its order.
    ranks
        The place of each building in the order of ids, in which sentences list buildings.
    rules, costs
        Each with ``kind``, the name of its class, and ``text``; and with its settings, in
        building numbers.
    unchecked
        Texts of own rules, which only the library can test.
    uncomputed
        Texts of an own objective and own costs, which only the library can compute; then the
        page has no objective, no bound and no cost of a move.
    feeders_given
        Whether any school feeds a high school; else zones are only named after them.
    sizes
        Fewest and most buildings in a zone; None for any.
    moving
        None if no rule and no cost counts moved buildings.
    neighbours
        Pairs of building numbers whose cells meet.
    arcs
        Borders between two cells, and, with -1 for the second, the outer edge.
    channel
        In a notebook the secret that its messages and the page's carry; '' without one.
    """

    mark: str
    study: str
    fingerprint: str
    divided: int
    building_ids: tuple[str, ...]
    names: tuple[str, ...]
    building_names: tuple[str, ...]
    points: tuple[tuple[float, float], ...]
    schools: tuple[SheetSchool, ...]
    ranks: tuple[int, ...]
    high_schools: tuple[HighSchool, ...]
    seconds: Packed
    from_high_school: Packed
    misaligned: Packed
    with_feeder: tuple[int, ...]
    feeders_given: bool
    call_weight: tuple[float, ...]
    presence: tuple[float, ...]
    columns: Mapping[str, tuple[float | None, ...]]
    objective: str | None
    objective_text: str
    alignment: SheetAlignment
    zones: tuple[int, int] | None
    sizes: tuple[int, int]
    rules: tuple[Values, ...]
    unchecked: tuple[str, ...]
    costs: tuple[Values, ...]
    uncomputed: tuple[str, ...]
    moving: Moving | None
    today: Today | None
    neighbours: tuple[tuple[int, int], ...]
    cells: tuple[Area, ...]
    arcs: tuple[tuple[int, int, Steps], ...]
    starts: tuple[SheetStart, ...]
    bound: PlanBound | None
    channel: str = ""


def worksheet(view: WorkbenchView) -> Worksheet:
    """Make the data of a workbench."""
    problem = view.problem
    ids = (*problem.building_ids, *problem.dedicated)
    number = {building: k for k, building in enumerate(ids)}
    homes = view.district.buildings.loc[list(ids)]
    by_id = sorted(range(len(ids)), key=lambda k: ids[k])
    ranks = np.argsort(by_id)
    limits = _drive_limits(problem, view.bound)
    schools = _high_schools(problem, number)
    apart = [k for k, school in enumerate(schools) if school.seconds_as < 0]
    areas = building_areas(
        problem.building_ids,
        view.district.schools,
        outline=view.district.outline,
        network=view.district.network,
        profile=EMERGENCY_PROFILE,
    )
    cells = tuple(area_of(shape) for shape in areas.geometry)
    arcs = cell_arcs(cells)
    rules = tuple(_rule(rule, problem, number) for rule in problem.rules)
    costs = tuple(_cost(cost, problem) for cost in problem.costs)
    own = problem.own_objective
    stability = stability_of(problem)
    today = today_of(problem) or view.today
    bits = FRACTION_BITS if problem.n > _SMALL else _MORE_FRACTION_BITS
    return Worksheet(
        mark=view.mark,
        study=view.study,
        fingerprint=fingerprint(problem),
        divided=problem.n,
        building_ids=ids,
        names=tuple(problem.name(b) for b in ids),
        building_names=tuple(str(name) for name in homes["name"]),
        points=tuple((round(p.x, 7), round(p.y, 7)) for p in homes.geometry),
        schools=_inventory(view.district.schools, number),
        ranks=tuple(ranks.tolist()),
        high_schools=schools,
        seconds=pack(problem.seconds, limits=limits, fraction_bits=bits),
        from_high_school=pack(
            problem.from_high_school[:, apart],
            limits=[rule.limit_s for rule in problem.rules if isinstance(rule, FromHighSchool)],
            fraction_bits=bits,
        ),
        misaligned=pack(problem.misaligned.astype(np.float64), fraction_bits=0),
        with_feeder=tuple(problem.with_feeder.tolist()),
        feeders_given=problem.feeders_given,
        call_weight=tuple(problem.call_weight.tolist()),
        presence=tuple(np.asarray(problem.presence).tolist()),
        columns={
            name: tuple(value if math.isfinite(value) else None for value in values.tolist())
            for name, values in problem.columns.items()
        },
        objective=None if own is not None else str(problem.objective),
        objective_text="travel" if own is None else own.text,
        alignment=SheetAlignment(
            text=str(problem.alignment),
            mode=str(problem.alignment.mode),
            charge_s=_finite(problem.alignment.charge_s),
        ),
        zones=None if problem.zones is None else problem.fewest_and_most,
        sizes=problem.sizes,
        rules=tuple(rule for rule in rules if "kind" in rule),
        unchecked=tuple(str(rule["text"]) for rule in rules if "kind" not in rule),
        costs=tuple(cost for cost in costs if "kind" in cost),
        uncomputed=(
            *(() if own is None else (own.text,)),
            *(str(cost["text"]) for cost in costs if "kind" not in cost),
        ),
        moving=None
        if stability is None
        else Moving(price_s=stability.price_s, most=stability.most),
        today=None if today is None else _today(today, problem),
        neighbours=tuple(sorted({(min(i, j), max(i, j)) for i, j, _ in arcs if j >= 0})),
        cells=cells,
        arcs=arcs,
        starts=tuple(
            SheetStart(
                name=start.name,
                meaning=start.meaning,
                zones=tuple(
                    SheetZone(
                        id=zone.zone_id,
                        school=zone.high_school_id,
                        members=tuple(sorted(number[b] for b in zone.building_ids)),
                        kind=str(zone.kind),
                        officers=zone.officers,
                    )
                    for zone in start.plan.zones
                ),
                proof=start.proof,
            )
            for start in view.starts
        ),
        bound=view.bound,
    )


def sheet_page(view: WorkbenchView) -> PublicPage:
    """Make what the page draws besides the zones: schools, streets, outline, words.

    Its schools are in the order of the worksheet's buildings.
    """
    problem, district = view.problem, view.district
    schools = school_table(district.schools, district.buildings)
    shown = schools.loc[[*problem.building_ids, *problem.dedicated]]
    streets = None if district.network is None else street_table(district.network.links_frame())
    source = f"Travel times: {problem.times_source}." if problem.times_source else ""
    return PublicPage(
        title=view.title,
        district=district.name,
        date=format_date(view.date),
        attribution=district.attribution,
        cautions=() if problem.times_estimate is None else (problem.times_estimate,),
        notices=(
            describe_zone_areas(district),
            *([source] if source and problem.times_estimate is None else []),
            *view.notices,
        ),
        certainty=(),
        high_school_heading="Aligned with" if problem.feeders_given else "Named after",
        rows=(),
        headlines=(),
        schools=school_marks(shown),
        outline=() if district.outline is None else lines_of(district.outline.boundary),
        streets=Streets()
        if streets is None
        else street_background(streets, metric=metric_crs(shown)),
        areas=(),
        borders=(),
        options=(),
        order=(),
        shown=0,
        look=Look(),
        unbeaten="",
    )


def pack(table: Floats, *, fraction_bits: int, limits: Iterable[float] = ()) -> Packed:
    """Pack a table of numbers of at least 0, or NaN.

    A number that rounding would put on the other side of one of the ``limits`` is moved back
    by one unit, so that a drive is over a limit exactly if it was.
    """
    unit = 2.0**-fraction_bits
    known = ~np.isnan(table)
    whole = np.zeros(table.shape, dtype=np.int64)
    whole[known] = np.rint(table[known] / unit).astype(np.int64)
    for limit in limits:
        whole[(table <= limit) & (whole * unit > limit)] -= 1
        whole[(table > limit) & (whole * unit <= limit)] += 1
    mirrored = table.shape[0] == table.shape[1] and bool(known.all())
    if mirrored:
        below = np.tril_indices(len(whole), -1)
        away = whole[below] - whole.T[below]
        whole[below] = np.where(away < 0, -2 * away - 1, 2 * away)
    planes = (int(whole.max(initial=0) + 1).bit_length() + 7) // 8
    whole[~known] = -1
    flat = whole.ravel()
    data = b"".join(((flat >> (8 * k)) & 255).astype(np.uint8).tobytes() for k in range(planes))
    deflated = zlib.compress(data, 9)
    return Packed(
        rows=table.shape[0],
        columns=table.shape[1],
        fraction_bits=fraction_bits,
        planes=planes,
        mirrored=mirrored,
        bytes=len(deflated),
        data=base64.b85encode(deflated, pad=True).translate(_PRINTABLE).decode(),
    )


def fingerprint(problem: ZoneProblem) -> str:
    """Hex digits of a problem: the same only for the same buildings, figures and rules.

    Of own rules and costs only the text counts.
    """
    number = {b: k for k, b in enumerate((*problem.building_ids, *problem.dedicated))}
    stability = stability_of(problem)
    words = {
        "ids": list(number),
        "high": problem.high_school_ids,
        "campus": problem.high_school_buildings,
        "students": [repr(s) for s in problem.high_school_students],
        "alternative": sorted(problem.alternative_high_schools),
        "settings": {k: v for k, v in problem.settings().items() if k != "zone_names"},
        "rules": [_rule(rule, problem, number) for rule in problem.rules],
        "costs": [_cost(cost, problem) for cost in problem.costs],
        "today": None if stability is None else stability.today.tolist(),
        "columns": sorted(problem.columns),
    }
    made = hashlib.sha256(json.dumps(words, default=str, sort_keys=True).encode())
    tables = [problem.seconds, problem.from_high_school, problem.misaligned, problem.with_feeder]
    tables += [problem.call_weight, np.asarray(problem.presence)]
    tables += [problem.columns[name] for name in sorted(problem.columns)]
    for table in tables:
        made.update(np.ascontiguousarray(table).tobytes())
    return made.hexdigest()[:16]


def _drive_limits(problem: ZoneProblem, bound: PlanBound | None) -> list[float]:
    limits = [rule.limit_s for rule in problem.rules if isinstance(rule, LongestDrive)]
    if bound is not None and bound.drives_to_s is not None:
        limits.append(bound.drives_to_s)
    return limits


def _inventory(schools: gpd.GeoDataFrame, number: Mapping[str, int]) -> tuple[SheetSchool, ...]:
    high = set(high_school_ids(schools))
    return tuple(
        SheetSchool(
            id=str(school),
            name=str(name),
            building=-1 if program == "virtual" else number.get(str(campus), -1),
            level=str(level),
            high=school in high or level in HIGH_LEVELS,
        )
        for school, name, campus, program, level in zip(
            schools.index,
            schools["name"],
            schools["campus_id"],
            schools["program"],
            schools["level"],
            strict=True,
        )
    )


def _high_schools(problem: ZoneProblem, number: Mapping[str, int]) -> tuple[HighSchool, ...]:
    found = []
    for k, school in enumerate(problem.high_school_ids):
        building = number.get(problem.building_of(school) or "", -1)
        away = problem.from_high_school[:, k]
        same = 0 <= building < problem.n and (away == problem.seconds[building]).all()
        found.append(
            HighSchool(
                id=school,
                name=problem.name(school),
                building=building,
                students=_finite(problem.high_school_students[k]),
                alternative=school in problem.alternative_high_schools,
                seconds_as=building if same else -1,
            )
        )
    return tuple(found)


def _rule(rule: Rule, problem: ZoneProblem, number: Mapping[str, int]) -> Values:
    """A rule of ours in building numbers; the text alone of any other, a subclass of ours too."""

    def numbers(building_ids: Iterable[str]) -> list[int]:
        # A zone of another plan may name buildings that are not divided.
        return [number.get(b, -1) for b in building_ids]

    settings: Values = {}
    if type(rule) not in RULES:
        return {"text": rule.text}
    if isinstance(rule, Together | Apart):
        settings = {"buildings": numbers(rule.building_ids)}
    elif isinstance(rule, InZone | NotInZone):
        settings = {
            "building": number[rule.building_id],
            "others": numbers(list_others(rule)),
            "zone_id": rule.zone.zone_id,
        }
    elif isinstance(rule, Locked):
        settings = {"buildings": numbers(rule.zone.building_ids), "zone_id": rule.zone.zone_id}
    elif isinstance(rule, LongestDrive | FromHighSchool):
        settings = {"limit_s": rule.limit_s}
    elif isinstance(rule, Contiguous):
        pairs = ((number.get(a, -1), number.get(b, -1)) for a, b in rule.neighbours)
        divided = range(problem.n)
        settings = {"neighbours": [list(p) for p in pairs if p[0] in divided and p[1] in divided]}
    elif isinstance(rule, Workload):
        low, high = rule.bounds(problem)
        settings = {"column": rule.column, "low": low, "high": _finite(high)}
    elif isinstance(rule, AtMostMoved):
        settings = {"most": rule.most}
    return {"kind": type(rule).__name__, "text": rule.text, **settings}


def _cost(cost: ZoneCost, problem: ZoneProblem) -> Values:
    """A cost of ours; the text alone of any other, a subclass of ours too."""
    if type(cost) not in COSTS:
        return {"text": cost.text}
    settings: Values = {}
    if isinstance(cost, Imbalance):
        settings = {"column": cost.column, "mean": cost.mean(problem)}
    return {
        "kind": type(cost).__name__,
        "text": cost.text,
        "unit": cost.unit,
        "price_s": cost.price_s,
        **settings,
    }


def _today(plan: ZonePlan, problem: ZoneProblem) -> Today:
    zones = plan.patrol_zones
    home = {b: k for k, zone in enumerate(zones) for b in zone.building_ids}
    return Today(
        zones=tuple(zone.zone_id for zone in zones),
        home=tuple(home.get(b, -1) for b in problem.building_ids),
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def cell_arcs(cells: Sequence[Area]) -> tuple[tuple[int, int, Steps], ...]:
    """Find the borders between cells: lines from corner to corner, each once.

    Buildings at one point have equal cells; each has the borders with all others.

    Returns
    -------
    tuple
        First cell, second cell, line; the second is -1 at the outer edge of all cells.
    """
    left: dict[tuple[tuple[int, int], tuple[int, int]], list[int]] = {}
    for k, area in enumerate(cells):
        for polygon in area:
            for r, ring in enumerate(polygon):
                corners = np.cumsum(np.array(ring, dtype=np.int64).reshape(-1, 2), axis=0)
                ways = corners if (_doubled_area(corners) > 0) == (r == 0) else corners[::-1]
                spots = [tuple(spot) for spot in ways.tolist()]
                for a, b in pairwise(spots):
                    left.setdefault((a, b), []).append(k)
    pieces: dict[tuple[int, int], list[tuple[tuple[int, int], tuple[int, int]]]] = {}
    for (a, b), owners in left.items():
        for i in owners:
            for j in left.get((b, a), [-1]):
                if i < j or j < 0:
                    pieces.setdefault((i, j), []).append((a, b))
    return tuple(
        (i, j, whole_steps(np.array(line, dtype=np.int64)))
        for (i, j) in sorted(pieces)
        for line in _chain(pieces[i, j])
    )


def _doubled_area(corners: NDArray[np.int64]) -> int:
    x, y = (corners - corners[0]).T
    return int((x[:-1] * y[1:] - x[1:] * y[:-1]).sum())


def _chain(
    pieces: Sequence[tuple[tuple[int, int], tuple[int, int]]],
) -> list[list[tuple[int, int]]]:
    """Join directed pieces, each of which begins where another ends, to lines."""
    after: dict[tuple[int, int], list[tuple[int, int]]] = {}
    ends: dict[tuple[int, int], int] = {}
    for a, b in pieces:
        after.setdefault(a, []).append(b)
        ends[b] = ends.get(b, 0) + 1
    lines = []
    begins = [a for a in after for _ in range(len(after[a]) - ends.get(a, 0))]
    for start in (*begins, *after):
        while after.get(start):
            line = [start]
            while after.get(line[-1]):
                line.append(after[line[-1]].pop(0))
            lines.append(line)
            if start in begins:
                break
    return lines
