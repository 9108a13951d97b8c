"""A staffing option made of rows of posts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import geopandas as gpd
import numpy as np

from zoning.demand import CallRates
from zoning.errors import OptionError, first_few
from zoning.patrol import Standby
from zoning.roads.travel.travel_times import TravelTimes
from zoning.schools import buildings
from zoning.schools.buildings import LEVELS_BY_RANK
from zoning.schools.school_names import SchoolNames
from zoning.staffing.costs import CostAssumptions, OutsideResponse
from zoning.staffing.options import (
    OptionInputs,
    PatrolZones,
    Placement,
    PostGroup,
    SolvedZones,
    StaffingOption,
    solve_zones,
)
from zoning.staffing.people import groups_of_plan
from zoning.staffing.posts import (
    A_DAY_S,
    MOST_NAMED,
    OF_OTHERS,
    SAFETY_ADMINISTRATORS,
    SHARING,
    STAYING,
    PostKind,
    Posts,
    level_words,
)
from zoning.staffing.staff import Role
from zoning.units import counted, join_names, sentence
from zoning.zones import Objective, Zone, ZoneKind, ZonePlan, ZoneProblem
from zoning.zones.review.naming import dedicated_posts


@dataclass(frozen=True, slots=True)
class PostFault:
    """A fault of a row of posts on a district: the row, the field, and what it is."""

    row: int
    key: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMix:
    """Posts of any kinds: fixed, patrolling, outside, floating; armed or not.

    Attributes
    ----------
    posts
        The rows; armed ones say where officers are, others count in the cost alone.
    base
        An option that the posts are added to: then they are floats or not armed.
    zones
        How the zones of a row of zones are drawn; their number is that of the row.
    outside
        Response of the outside police, for schools to which no officer comes.
    costs
        Prices of this option in place of those of the comparison.
    name
        Its label, and made its id; '' makes both from the rows.

    Raises
    ------
    OptionError
        If there are no posts, or they contradict each other; every fault in one error.
    """

    posts: tuple[Posts, ...] = ()
    base: StaffingOption | None = None
    zones: PatrolZones = field(default_factory=lambda: PatrolZones(zones=None))
    outside: OutsideResponse | None = None
    costs: CostAssumptions | None = None
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "posts", tuple(self.posts))
        faults = list(row_faults(self.posts, has_base=self.base is not None))
        if self.base is None and not self.posts:
            faults = [PostFault(0, "", "it has no posts: give rows, such as a row of kind fixed")]
        if faults:
            raise OptionError(
                "these posts make no option", [f"row {f.row + 1}: {f.what}" for f in faults]
            )

    @property
    def option_id(self) -> str:
        """Short name for files and tables."""
        words = [one.word for one in self.posts]
        if self.costs is not None and self.base is not None:
            words.append("own-prices")
        if self.base is not None:
            return "-".join([self.base.option_id, *words])
        slug = re.sub(r"[^a-z0-9]+", "-", self.name.casefold()).strip("-")
        return slug or "-".join(["posts", *words])

    @property
    def label(self) -> str:
        """Name of the option in tables and on slides."""
        if self.base is None and self.name:
            return self.name
        if self.base is None:
            return sentence("; ".join(self._texts())).removesuffix(".")
        words = [
            "with Safety Administrators" if one == SAFETY_ADMINISTRATORS else text
            for one, text in zip(self.posts, self._texts(), strict=True)
        ]
        words += ["own prices"] if self.costs is not None else []
        return ", ".join([self.base.label, *words])

    @property
    def description(self) -> str:
        """Who is where."""
        told = "; ".join(self._texts())
        base = "" if self.base is None else self.base.description
        return " ".join(filter(None, (base, sentence(told) if told else "")))

    def _texts(self) -> list[str]:
        texts = [one.text for one in self.posts]
        if any(one.is_armed and one.kind in STAYING for one in self.posts):
            return texts
        return [text.replace(OF_OTHERS, "") for text in texts]

    @property
    def shared(self) -> Posts | None:
        """The row of zones; None without one."""
        return next((one for one in self.posts if one.kind in SHARING), None)

    def fixed_buildings(self, schools: gpd.GeoDataFrame) -> tuple[str, ...]:
        """The buildings with an armed fixed post, sorted; names of no school are left out."""
        found, _ = _find_buildings(self.posts, schools)
        return tuple(
            sorted(
                {
                    building
                    for one, ids in zip(self.posts, found, strict=True)
                    if one.is_armed and one.kind in STAYING
                    for building in ids
                }
            )
        )

    def check(self, schools: gpd.GeoDataFrame) -> Iterator[PostFault]:
        """Find what does not fit a district: schools, levels, two posts at one school, zones."""
        found, faults = _find_buildings(self.posts, schools)
        yield from faults
        names = buildings(schools)["name"]
        for (j, one), ids in zip(enumerate(self.posts), found, strict=True):
            for i, before in enumerate(self.posts[:j]):
                same = set(ids) & set(found[i])
                clash = (one.is_armed and before.is_armed) or one.who is before.who
                if same and clash and one.kind in STAYING and before.kind in STAYING:
                    both = [str(names[b]) for b in sorted(same)]
                    listed = join_names(first_few(both, MOST_NAMED))
                    what = f"rows {i + 1} and {j + 1} both have posts at {listed}: give one row"
                    yield PostFault(j, "schools" if one.schools else "levels", what)
        row = self.shared
        if row is None:
            return
        rest, at = len(names) - len(self.fixed_buildings(schools)), self.posts.index(row)
        least = row.number[0] if isinstance(row.number, tuple) else row.number or 1
        if rest < least:
            what = f"{counted(least, 'zone')} for {counted(rest, 'school')} without a fixed post: "
            what += f"give {rest} or fewer" if rest else "leave the row out"
            yield PostFault(at, "number" if row.number else "kind", what)

    def problem(
        self, schools: gpd.GeoDataFrame, times: TravelTimes, *, calls: CallRates | None = None
    ) -> ZoneProblem | None:
        """The zone problem of the option on a district; None if no zones are drawn.

        Raises
        ------
        OptionError
            If the posts do not fit the district, with every fault.
        ProblemError
            If the request for zones contradicts itself or the schools, with every fault.
        """
        self._require_fit(schools)
        row = self.shared
        if row is None:
            return None
        asked = replace(self.zones, zones=row.number, dedicated=self.fixed_buildings(schools))
        if row.kind is PostKind.ON_CALL and asked.objective is Objective.PATROL:
            asked = replace(asked, objective=Objective.STATION)  # they wait, and do not go round
        return asked.problem(schools, times, calls=calls)

    def place_officers(self, inputs: OptionInputs) -> Placement:
        """Place officers as the rows say; draw zones where a row asks for them."""
        self._require_fit(inputs.schools)
        placed = self._placed(inputs) if self.base is None else self.base.place_officers(inputs)
        if placed.plan is None and placed.zoning is not None:
            return placed  # impossible
        groups = list(placed.groups) or (
            [] if placed.plan is None else list(groups_of_plan(placed.plan))
        )
        found, _ = _find_buildings(self.posts, inputs.schools)
        standby = [*placed.standby]
        for one, ids in zip(self.posts, found, strict=True):
            if one.is_armed and one.kind is PostKind.FLOAT:
                more = _floats(one, inputs, first=len(standby), names=self._names(inputs))
                standby += more
                groups.append(_group(one, officer_ids=frozenset(s.officer_id for s in more)))
            elif not one.is_armed:
                posts = one.number if one.kind is PostKind.FLOAT else one.each * len(ids)
                assert isinstance(posts, int)
                groups.append(_group(one, posts=posts, campuses=len(ids)))
        return replace(
            placed,
            outside=placed.outside or self.outside,
            groups=tuple(groups),
            standby=tuple(standby),
            costs=self.costs,
            remarks=(*placed.remarks, *self._remarks(placed.plan)),
            notices=(*placed.notices, *self._notices()),
        )

    def _names(self, inputs: OptionInputs) -> SchoolNames:
        return SchoolNames.of(inputs.schools, ())

    def _require_fit(self, schools: gpd.GeoDataFrame) -> None:
        if faults := list(self.check(schools)):
            raise OptionError(
                f"{self.label} does not fit this district",
                [f"row {fault.row + 1}: {fault.what}" for fault in faults],
            )

    def _placed(self, inputs: OptionInputs) -> Placement:
        """Place the armed officers of fixed posts and of zones."""
        found, _ = _find_buildings(self.posts, inputs.schools)
        post_of = {
            building: one
            for one, ids in zip(self.posts, found, strict=True)
            if one.is_armed and one.kind in STAYING
            for building in ids
        }
        ids = sorted(map(str, buildings(inputs.schools).index))
        problem = self.problem(inputs.schools, inputs.times, calls=inputs.calls)
        row = self.shared
        placed = Placement(None)
        if problem is not None:
            start = self.zones.start
            if start is not None and (
                start.building_ids != tuple(ids)
                or {b for z in start.patrol_zones for b in z.building_ids} & set(post_of)
            ):
                start = None  # a plan of other schools, or of other posts
            placed = solve_zones(problem, replace(inputs, solved=_as_patrols(inputs)), start=start)
            if placed.plan is None:
                return placed
            zones = placed.plan.zones
        elif not any(one.is_armed for one in self.posts):
            return placed
        else:
            zones = dedicated_posts(sorted(post_of))
            if rest := tuple(building for building in ids if building not in post_of):
                zones += (
                    Zone(
                        zone_id="On call" if self._has_floats else "No officer",
                        building_ids=rest,
                        kind=ZoneKind.ON_CALL,
                        officers=0,
                    ),
                )
        made, standby = [], []
        groups: dict[int, list[Zone]] = {}
        for zone in zones:
            post, changed = row, zone
            if zone.kind is ZoneKind.DEDICATED:
                post = post_of[zone.building_ids[0]]
                changed = replace(zone, officers=post.each)
            elif row is not None and row.kind is PostKind.ON_CALL:
                changed = replace(zone, kind=ZoneKind.ON_CALL)
                standby.append(
                    Standby(
                        officer_id=zone.zone_id,
                        zone_id=zone.zone_id,
                        base_id=_best_bases(zone.building_ids, inputs, 1)[0],
                        building_ids=zone.building_ids,
                        shift_s=row.shift_s,
                    )
                )
            made.append(changed)
            if post is not None and changed.officers:
                groups.setdefault(self.posts.index(post), []).append(zone)
        return replace(
            placed,
            plan=ZonePlan(tuple(made)),
            groups=tuple(
                _group(
                    self.posts[k],
                    zone_ids=frozenset(zone.zone_id for zone in of),
                    campuses=len(of) if self.posts[k].kind in STAYING else 0,
                )
                for k, of in sorted(groups.items())
            ),
            standby=tuple(standby),
        )

    @property
    def _has_floats(self) -> bool:
        return any(one.is_armed and one.kind is PostKind.FLOAT for one in self.posts)

    def _remarks(self, plan: ZonePlan | None) -> Iterator[str]:
        """Say in public who answers calls where nobody is posted, and who does not."""
        zones = () if plan is None else plan.zones
        without = [zone for zone in zones if not zone.officers]
        count = sum(len(zone.building_ids) for zone in without)
        if count and self._has_floats:
            yield f"{counted(count, 'school')} without a post: the floats answer their calls."
        elif count:
            yield f"{counted(count, 'school')} without a post: outside police answer their calls."
        elif plan is None and self.base is None:
            yield "No officer is armed: outside police answer every call."
        if plan is not None and not all(one.is_armed for one in self.posts):
            yield "Staff who are not armed answer no calls for an officer."

    def _notices(self) -> Iterator[str]:
        if any(one.kind is PostKind.ON_CALL for one in self.posts):
            yield (
                "Officers on call are placed where the calls of their zone are reached soonest, "
                "and stay there until called: that they drive around outside is not modelled."
            )
        if self._has_floats:
            yield (
                "Floats wait at their base until called: that they fill in for an absent officer "
                "is not modelled."
            )
        if any(one.who is Role.CONTRACTED for one in self.posts):
            yield (
                "Contracted officers answer calls like those of the district: that their agency "
                "may call them away is not modelled."
            )


def _as_patrols(inputs: OptionInputs) -> SolvedZones | None:
    """The zones of an earlier run as the search gave them: those on call as zones to patrol."""
    solved = inputs.solved
    if solved is None or solved.plan is None:
        return solved
    zones = [
        replace(zone, kind=ZoneKind.PATROL) if zone.kind is ZoneKind.ON_CALL else zone
        for zone in solved.plan.zones
    ]
    return replace(solved, plan=ZonePlan(tuple(zones)))


def row_faults(posts: Sequence[Posts], *, has_base: bool) -> Iterator[PostFault]:
    """Find rows that contradict each other, whatever the district."""
    sharing = [k for k, one in enumerate(posts) if one.kind in SHARING]
    for k in sharing[1:]:
        what = f"row {sharing[0] + 1} has zones of the same schools already: give one row"
        yield PostFault(k, "kind", what)
    for k, one in enumerate(posts):
        if has_base and one.is_armed and one.kind is not PostKind.FLOAT:
            what = "posts that are added to an option are floats, or not armed"
            yield PostFault(k, "kind", what)
        if one in posts[:k]:
            yield PostFault(k, "kind", f"it is the same as row {posts.index(one) + 1}")


def _find_buildings(
    posts: Sequence[Posts], schools: gpd.GeoDataFrame
) -> tuple[list[tuple[str, ...]], list[PostFault]]:
    """The buildings of each row of fixed posts, none for the others; and what was not found."""
    places, names = buildings(schools), SchoolNames.of(schools, ())
    found: list[tuple[str, ...]] = []
    faults: list[PostFault] = []
    for k, one in enumerate(posts):
        ids: list[str] = []
        if one.kind is PostKind.PER_CAMPUS:
            ids = [str(b) for b in places.index]
        for key, words in (("schools", one.schools), ("base", (one.base,) if one.base else ())):
            for word in words:
                try:
                    building = names.building(word)
                except ValueError as wrong:
                    faults.append(PostFault(k, key, str(wrong)))
                    continue
                if key == "schools" and building in ids:
                    faults.append(PostFault(k, key, f"{word!r} is a school that is named before"))
                ids += [building] if key == "schools" else []
        if one.levels:
            ids = [str(b) for b in places.index[places["level"].isin(one.levels)]]
            if not ids:
                there = [level for level in LEVELS_BY_RANK if (places["level"] == level).any()]
                what = f"no school of the district is {join_names(level_words(one.levels))}: "
                faults.append(PostFault(k, "levels", f"{what}there are {join_names(there)} ones"))
        found.append(tuple(sorted(set(ids))))
    return found, faults


def _group(
    one: Posts,
    *,
    zone_ids: frozenset[str] = frozenset(),
    officer_ids: frozenset[str] = frozenset(),
    posts: int = 0,
    campuses: int = 0,
) -> PostGroup:
    return PostGroup(
        role=one.who,
        what=one.what,
        campuses=campuses,
        zone_ids=zone_ids,
        officer_ids=officer_ids,
        posts=posts,
        shift_s=one.shift_s,
    )


def _floats(one: Posts, inputs: OptionInputs, *, first: int, names: SchoolNames) -> list[Standby]:
    """The floats of a row, each at its base; a base that is given is that of all."""
    ids = tuple(sorted(map(str, buildings(inputs.schools).index)))
    assert isinstance(one.number, int)
    if one.base is not None:
        bases = [names.building(one.base)] * one.number
    else:
        bases = _best_bases(ids, inputs, one.number)
    return [
        Standby(officer_id=f"Float {k}", base_id=base, building_ids=ids, shift_s=one.shift_s)
        for k, base in enumerate(bases, start=first + 1)
    ]


def _best_bases(building_ids: Sequence[str], inputs: OptionInputs, number: int) -> list[str]:
    """Buildings from which calls are reached soonest, one after another.

    Each further base is the best beside those before (the greedy p-median); equals go to the
    lower id.
    """
    ids = sorted(building_ids)
    at = inputs.times.positions(ids)
    seconds = inputs.times.seconds[np.ix_(at, at)]
    # A base with no way to a school is worst, by a day for each call.
    seconds = np.where(np.isfinite(seconds), seconds, float(A_DAY_S))
    calls = inputs.calls.per_day[ids].to_numpy(np.float64)
    weight = calls if calls.any() else np.ones(len(ids))
    nearest = np.full(len(ids), np.inf)
    bases = []
    for _ in range(number):
        costs = np.minimum(seconds, nearest[None, :]) @ weight
        best = int(costs.argmin())
        bases.append(ids[best])
        nearest = np.minimum(nearest, seconds[best])
    return bases
