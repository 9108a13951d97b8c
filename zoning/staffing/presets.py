"""Staffing models of other districts as options, scaled to the schools of a district."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import geopandas as gpd
import pandas as pd

from zoning.errors import OptionError
from zoning.schools import buildings
from zoning.schools.buildings import HIGH_LEVELS, LEVELS_BY_RANK
from zoning.schools.school_names import nearest
from zoning.staffing.costs import CostAssumptions, OutsideResponse
from zoning.staffing.options import SECONDARY_LEVELS, USUAL_SIZES, PatrolZones, StaffingOption
from zoning.staffing.posts import SAFETY_ADMINISTRATORS, PostKind, Posts
from zoning.staffing.staff import Role
from zoning.staffing.staff_mix import StaffMix
from zoning.units import counted

MIDDLE: Final = frozenset({"middle"})
_SPARE: Final = 2
"""Our choice: zones may hold so many buildings more than on average where 3 to 7 is too small."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A staffing model with its source.

    Attributes
    ----------
    name, title
        As a study names it, and in tables and on slides.
    source
        Who has or had it, when, and where that is published.
    adapted
        What of it is ours, so that it fits any district.
    make
        The rows of posts for the number of buildings by level; an `OptionError` says why they
        do not fit.
    """

    name: str
    title: str
    source: str
    adapted: str
    make: Callable[[Mapping[str, int]], tuple[Posts, ...]]


def _officers_in_zones(number: int) -> Callable[[Mapping[str, int]], tuple[Posts, ...]]:
    def make(count: Mapping[str, int]) -> tuple[Posts, ...]:
        schools = sum(count.values())
        if schools < number:
            enough = max(math.ceil(schools / USUAL_SIZES[1]), 1)
            raise OptionError(
                f"{number} officers in zones are too many for {counted(schools, 'school')}: a zone "
                f"has a school or more; give posts of your own, kind = 'zones', number = {enough}"
            )
        return (Posts(kind=PostKind.ZONES, number=number),)

    return make


def _always(*rows: Posts) -> Callable[[Mapping[str, int]], tuple[Posts, ...]]:
    return lambda _count: rows


def _fayette(count: Mapping[str, int]) -> tuple[Posts, ...]:
    others = sum(n for level, n in count.items() if level not in HIGH_LEVELS | MIDDLE)
    zones = (Posts(kind=PostKind.ZONES, number=max(1, round(others * 17 / 38))),) if others else ()
    return (*_at_each(count, high=4, middle=1), *zones)


def _austin(count: Mapping[str, int]) -> tuple[Posts, ...]:
    rows = _at_each(count, high=2, middle=1)
    others = sum(n for level, n in count.items() if level not in HIGH_LEVELS | MIDDLE)
    return (*rows, *((Posts(kind=PostKind.ZONES),) if others else ()))


def _albemarle(count: Mapping[str, int]) -> tuple[Posts, ...]:
    high = sum(n for level, n in count.items() if level in HIGH_LEVELS)
    return (
        Posts(kind=PostKind.FIXED, who=Role.CONTRACTED, levels=HIGH_LEVELS),
        Posts(kind=PostKind.FLOAT, who=Role.CONTRACTED, number=max(1, round(high / 3))),
    )


def _at_each(count: Mapping[str, int], *, high: int, middle: int) -> tuple[Posts, ...]:
    """Fixed posts at high and at middle schools; none at middle schools where there are none."""
    rows = [Posts(kind=PostKind.FIXED, levels=HIGH_LEVELS, each=high)]
    if count.get("middle"):
        rows.append(Posts(kind=PostKind.FIXED, levels=MIDDLE, each=middle))
    return tuple(rows)


_STEPS: Final = (
    (13, "13 members of its security team trained as police officers in 2022 (WAVE News, 2022)"),
    (21, "no published number; as many as zones of 7 need for its 143 schools"),
    (30, "30 officers approved in January 2022 (wdrb.com, Jan 27 2022)"),
    (40, "40 officers in July 2024 (wdrb.com, Jul 2024)"),
    (55, "55 officers in December 2024, besides 10 commanders (lpm.org, Dec 2 2024)"),
)
_ZONES_ADAPTED: Final = (
    "One officer a zone, whatever the number of schools; zones of 3 to 7 buildings, or as much "
    "smaller or larger as the number needs."
)

PRESETS: Final[Mapping[str, Preset]] = MappingProxyType(
    {
        one.name: one
        for one in (
            Preset(
                name="monitors",
                title="Security monitors as before",
                source="Jefferson County KY until 2022: in-school security monitors, not sworn, in "
                "each middle and high school and many elementaries, and district security monitors "
                "(proposal to the board, Jan 11 2022).",
                adapted="One monitor at every middle and high school; the source gives no numbers, "
                "and those who went round and those at elementaries are left out: add rows.",
                make=_always(Posts(kind=PostKind.FIXED, who=Role.MONITOR, levels=SECONDARY_LEVELS)),
            ),
            *(
                Preset(
                    name=f"officers-{number}",
                    title=f"{number} officers in patrol zones",
                    source=f"Jefferson County KY: {when}.",
                    adapted=_ZONES_ADAPTED,
                    make=_officers_in_zones(number),
                )
                for number, when in _STEPS
            ),
            Preset(
                name="fayette",
                title="Fayette County style",
                source="Fayette County KY, June 2021: 65 officers, 4 in each high school, 1 in "
                "each middle and program school, 17 for 38 elementary schools (wkyt.com, Jun 9 "
                "2021).",
                adapted="The officers of other schools patrol zones, 17 for each 38 schools; "
                "program schools count by their level.",
                make=_fayette,
            ),
            Preset(
                name="austin",
                title="Austin style",
                source="Austin ISD TX until 2023: 2 officers in each high school, 1 in each middle "
                "school (kut.org, Jul 21 2023), elementary schools patrolled (kxan.com, May 26 "
                "2022).",
                adapted="Elementary schools have as few zones of at most 7 as possible: the number "
                "of patrol officers is not in the sources.",
                make=_austin,
            ),
            Preset(
                name="los-angeles",
                title="Los Angeles style",
                source="Los Angeles USD CA since 2021: no officer on campus, they patrol around "
                "schools and come when called (asumag.com, 2020, on the plan; dailynews.com, Sep "
                "18 2021). Baltimore MD did so in 2015 (baltimoresun.com, Aug 20 2015).",
                adapted="As few zones of at most 7 schools as possible, with an officer waiting "
                "outside in each: the sources give no number for each school.",
                make=_always(Posts(kind=PostKind.ON_CALL)),
            ),
            Preset(
                name="duval",
                title="Duval County style",
                source="Duval County FL until 2010: an officer of the Sheriff, by contract, at "
                "each of 47 middle and high schools (jacksonville.com, Jul 2 2009 and Jul 5 2010).",
                adapted="One contracted officer at every middle and high school. Three officers "
                "for all elementary schools are left out: outside police answer for these, with "
                "the response given under [police].",
                make=_always(
                    Posts(kind=PostKind.FIXED, who=Role.CONTRACTED, levels=SECONDARY_LEVELS)
                ),
            ),
            Preset(
                name="albemarle",
                title="Albemarle County style",
                source="Albemarle County VA, 2025: an officer of the county police at each of 3 "
                "high schools, and a fourth who floats (cvillerightnow.com, 2025).",
                adapted="A float for every 3 high schools, at least 1; it answers calls from the "
                "other schools too.",
                make=_albemarle,
            ),
            Preset(
                name="miami-dade",
                title="Miami-Dade style",
                source="Miami-Dade FL since 2018: an officer at every school (Marjory Stoneman "
                "Douglas High School Public Safety Act; cbsnews.com/miami, 2018).",
                adapted="One officer at every campus.",
                make=_always(Posts(kind=PostKind.PER_CAMPUS)),
            ),
        )
    }
)
"""Staffing models by name; ``source`` says what is published of each, and what is not."""


def preset_title(name: str, *, administrators: bool) -> str:
    """The name of a preset as an option, which tells the one with Safety Administrators apart."""
    more = ", with Safety Administrators" if administrators else ""
    return f"{PRESETS[name].title}{more}"


def preset_posts(name: str, schools: gpd.GeoDataFrame) -> tuple[Posts, ...]:
    """The rows of posts of a preset on the schools of a district.

    Raises
    ------
    OptionError
        If there is no such preset, or it does not fit; it says what to do.
    """
    if name not in PRESETS:
        near = nearest(name, PRESETS)
        raise OptionError(
            f"there is no preset {name!r}",
            remedy=f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(PRESETS)}.",
        )
    counts = buildings(schools)["level"].value_counts()
    return PRESETS[name].make(
        {level: int(counts[level]) for level in LEVELS_BY_RANK if level in counts}
    )


def preset_sizes(posts: Iterable[Posts], schools: gpd.GeoDataFrame) -> tuple[int, int] | None:
    """The fewest and the most buildings of a zone with which a preset's number is possible.

    None where zones of 3 to 7, or of what a planner asks for, may do.
    """
    mix = StaffMix(posts=tuple(posts))
    row = mix.shared
    rest = len(buildings(schools)) - len(mix.fixed_buildings(schools))
    if row is None or not rest:
        return None
    low, high = USUAL_SIZES
    if not isinstance(row.number, int):
        return (rest, high) if rest < low else None
    each = rest / row.number
    if low <= each <= high:
        return None
    return max(1, min(low, math.floor(each))), max(high, math.ceil(each) + _SPARE)


def preset_options(
    schools: gpd.GeoDataFrame,
    names: Iterable[str] = tuple(PRESETS),
    *,
    administrators: bool = False,
    zones: PatrolZones | None = None,
    outside: OutsideResponse | None = None,
    costs: CostAssumptions | None = None,
) -> tuple[StaffingOption, ...]:
    """Staffing models of other districts as options for these schools.

    Parameters
    ----------
    names
        Names of `PRESETS`; all if not given.
    administrators
        Whether each also has a Safety Administrator in every middle and high school.
    zones
        How zones are drawn; their number and, where needed, their sizes are the preset's.
    outside, costs
        As of `zoning.StaffMix`.

    Raises
    ------
    OptionError
        If presets are not known or do not fit the schools, with every one and what to do.
    """
    found: list[StaffingOption] = []
    faults: list[str] = []
    drawn = zones or PatrolZones(zones=None)
    for name in names:
        try:
            posts = preset_posts(name, schools)
            mix = StaffMix(
                posts=(*posts, *([SAFETY_ADMINISTRATORS] if administrators else [])),
                zones=drawn
                if (sizes := preset_sizes(posts, schools)) is None
                else replace(drawn, min_size=sizes[0], max_size=sizes[1]),
                outside=outside,
                costs=costs,
                name=preset_title(name, administrators=administrators),
            )
        except OptionError as error:
            faults.append(f"{name}: {' '.join(str(error).split())}")
            continue
        wrong = list(mix.check(schools))
        faults += [f"{name}: {fault.what}" for fault in wrong]
        found += [] if wrong else [mix]
    if faults:
        raise OptionError("some presets cannot be used for these schools", faults)
    return tuple(found)


def presets_table() -> pd.DataFrame:
    """List the presets: index ``preset``; ``title``, ``source`` and ``adapted``."""
    rows = [(one.name, one.title, one.source, one.adapted) for one in PRESETS.values()]
    return pd.DataFrame(rows, columns=["preset", "title", "source", "adapted"]).set_index("preset")
