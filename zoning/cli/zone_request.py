"""Options for zones, and the staffing option that they make with their files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import zoning
from zoning.cli.options import (
    RULES,
    ZONES,
    FaultCollector,
    Request,
    RoleAndPath,
    minutes,
    number,
    option,
    with_parts,
)
from zoning.errors import OptionError, PlanError

if TYPE_CHECKING:
    from zoning.zones import Rule
    from zoning.zones.request.costs import ZoneCost

ZoneNumber = int | tuple[int, int]
"""A number of zones, or the fewest and the most."""


def _zone_number(word: str) -> ZoneNumber:
    found = re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?", word, flags=re.ASCII)
    if found is None:
        raise ValueError("is neither a number, 30, nor a range, 21-30")
    low = int(found[1])
    high = low if found[2] is None else int(found[2])
    if low < 1:
        raise ValueError("cannot be: at least 1 zone is needed")
    if high < low:
        raise ValueError("cannot be: the range is empty")
    return low if high == low else (low, high)


def _one_number(word: str) -> tuple[ZoneNumber, ...]:
    return (_zone_number(word),)


def _zone_numbers(words: Iterable[str]) -> tuple[ZoneNumber, ...]:
    faults, found = [], []
    for word in words:
        try:
            found.append(_zone_number(word))
        except ValueError as error:
            faults.append(f"--zones {word} {error}")
    if faults:
        raise OptionError("the numbers of zones are not clear", faults)
    return tuple(dict.fromkeys(found))


def _max_size(word: str) -> int | None:
    if word.strip().casefold() == "none":
        return None
    if not re.fullmatch(r"\s*[1-9]\d*\s*", word, flags=re.ASCII):
        raise ValueError("is neither a number of 1 or more nor none")
    return int(word)


def _workloads(words: Iterable[str]) -> Mapping[str, float]:
    """Parse ``calls:20`` to tolerances as shares, by column."""
    from zoning.zones.files.rules_file import WORKLOAD_COLUMNS

    found: dict[str, float] = {}
    faults = []
    for word in words:
        column, _, share = word.partition(":")
        percent = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%?", share.strip(), flags=re.ASCII)
        if column not in WORKLOAD_COLUMNS or percent is None:
            known = " or ".join(f"{name}:20" for name in WORKLOAD_COLUMNS)
            faults.append(f"--workload {word} is not of the form {known}")
        elif column in found:
            faults.append(f"--workload gives {column} more than once")
        else:
            found[column] = float(percent[1]) / 100
    if faults:
        raise OptionError("the workloads are not clear", faults)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneFiles:
    """The requested zones, with every file read and checked against the district.

    Attributes
    ----------
    option
        The zones, as a staffing option.
    files
        Every file that was read, with its role.
    """

    option: zoning.PatrolZones
    files: tuple[RoleAndPath, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneRequest(Request):
    """The options for zones of a plan from scratch; times in seconds.

    To offer a bound or a price of a zone on the command line, add a field here and, in
    ``own_rules`` or ``own_costs``, the rule or cost that it makes.
    """

    panel: ClassVar = ZONES

    about_a_plan: ClassVar[bool] = False
    """True if the command is about a given plan, which counts as today's."""

    zones: tuple[ZoneNumber, ...] = option(
        "--zones",
        "N|N-N",
        "Number of patrol zones, 30, or a range, 21-30; as few as possible if not given.",
        default=None,
        read=_one_number,
    )
    min_size: int = option(
        "--min-size",
        "N",
        "Smallest number of buildings in a zone.",
        default=3,
        read=number(lambda given: given >= 1, "is not a number of 1 or more"),
    )
    max_size: int | None = option(
        "--max-size",
        "N|none",
        "Largest number of buildings in a zone.",
        default="7",
        read=_max_size,
    )
    objective: str = option(
        "--objective",
        ("patrol", "station", "worst"),
        "What the best plan minimises: patrol, the expected drive to a call of an officer who "
        "patrols the zone; station, that of an officer who waits at its best building; worst, the "
        "longest drive inside any zone.",
        default="patrol",
    )
    presence: str = option(
        "--presence",
        ("equal", "demand"),
        "How a patrolling officer's time is shared among the buildings of the zone: equally, or by "
        "their demand for calls.",
        default="equal",
    )
    alignment: str = option(
        "--alignment",
        ("strict", "prefer", "off"),
        "Whether schools belong in a zone of the high school they feed: strict requires it, "
        "prefer adds a price for each school outside, off ignores feeders.",
        default="prefer",
    )
    alignment_price_s: float | None = option(
        "--alignment-price",
        "MINUTES",
        "With prefer: price of one school outside its high school's zone, in minutes of drive to "
        "a call; 1.5 if not given.",
        read=minutes(),
    )
    longest_drive_s: float | None = option(
        "--longest-drive",
        "MINUTES",
        "Longest drive allowed between two buildings of a zone.",
        panel=RULES,
        read=minutes(above_0=True),
    )
    workloads: Mapping[str, float] = option(
        "--workload",
        "WHAT:PERCENT",
        "How far, in percent, the calls or the enrollment of a zone may be from the mean of all "
        "zones: calls:20 or enrollment:20. Repeat for both.",
        panel=RULES,
        repeated=True,
        read=_workloads,
    )
    dedicated: tuple[str, ...] = option(
        "--dedicated",
        "SCHOOL",
        "A school, by id or name, that has an officer of its own and is in no zone. Repeat for "
        "more.",
        repeated=True,
    )
    rules: Path | None = option(
        "--rules",
        "FILE",
        "Rules and prices in a TOML file: schools together or apart, locked zones, workloads and "
        "more.",
        panel=RULES,
    )
    start: Path | None = option(
        "--start",
        "PLAN",
        "Plan that the search starts from: today's, or one drawn by hand. The answer is at least "
        "as good if that plan keeps the rules.",
        panel=RULES,
    )
    today: Path | None = option(
        "--today", "PLAN", "Today's plan, from which moved buildings are counted.", panel=RULES
    )
    most_moved: int | None = option(
        "--most-moved",
        "N",
        "Largest number of buildings that may leave their zone of today.",
        panel=RULES,
        read=number(lambda given: given >= 0, "is not a number of 0 or more"),
    )
    move_price_s: float | None = option(
        "--move-price",
        "MINUTES",
        "Price of each building that leaves its zone of today, in minutes of drive to a call.",
        panel=RULES,
        read=minutes(),
    )

    def faults(self) -> Iterator[str]:
        """Find options that contradict each other."""
        if self.alignment_price_s is not None and self.alignment != "prefer":
            yield f"--alignment-price goes with --alignment prefer, not {self.alignment}"
        if isinstance(self.max_size, int) and self.max_size < self.min_size:
            yield f"--max-size {self.max_size} is below --min-size {self.min_size}"
        if self.today is None and self.rules is None and not self.about_a_plan:
            for flag, value in (
                ("--most-moved", self.most_moved),
                ("--move-price", self.move_price_s),
            ):
                if value is not None:
                    yield f"{flag} needs today's plan: add --today PLAN"

    def files(self) -> Iterator[RoleAndPath]:
        """List every file that the options name, with its role."""
        for role, path in (("rules", self.rules), ("start", self.start), ("today", self.today)):
            if path is not None:
                yield from with_parts(role, path)

    def open(
        self,
        district: zoning.District,
        *,
        plan: zoning.ZonePlan | None = None,
        profile: str | zoning.Profile,
    ) -> ZoneFiles:
        """Read the files, and make the staffing option.

        ``plan``: the plan that the command is about; it supplies options that are not given.
        ``profile``: how an officer drives to a call, for which buildings are neighbours.

        Raises `FaultsError` with every fault of every file and option.
        """
        faults = FaultCollector()
        start, today, rules = plan, None, zoning.PlanRules()
        if self.start is not None:
            with faults:
                start = zoning.read_plan(self.start, district.schools)
        if self.today is not None:
            with faults:
                today = zoning.read_plan(self.today, district.schools)
        dedicated = _dedicated_buildings(plan)
        if self.dedicated:
            with faults:
                dedicated = _building_ids("--dedicated", self.dedicated, district)
        if self.rules is not None:
            with faults:
                rules = zoning.read_rules(
                    self.rules,
                    district.schools,
                    dedicated=dedicated,
                    today=today or plan,
                    outline=district.outline,
                    network=district.network,
                    profile=profile,
                )
        faults.add(*self._today_faults(today or rules.today or plan, rules))
        faults.require_contents()
        today = today or rules.today or plan
        if start is None and today is not None:
            same = set(_dedicated_buildings(today)) == set(dedicated)
            start = today if same else None
        number = None if plan is None else len(plan.patrol_zones)
        zones = zoning.PatrolZones(
            zones=self.zones[0] if self.zones else number,
            dedicated=dedicated,
            rules=(*self.own_rules(), *self._moving(today), *rules.rules),
            costs=(*self.own_costs(today), *rules.costs),
            start=start,
            **self._shape(),
        )
        named = (("today", path) for path in rules.files[1:])
        return ZoneFiles(option=zones, files=(*self.files(), *named))

    def compared(
        self, standard: Sequence[zoning.StaffingOption], asked: zoning.PatrolZones
    ) -> tuple[zoning.StaffingOption, ...]:
        """Make the standard options with the planner's numbers of zones, sizes and rules."""
        numbers: Sequence[ZoneNumber | None] = self.zones or [
            one.zones for one in standard if isinstance(one, zoning.PatrolZones)
        ]
        others: list[zoning.StaffingOption] = [
            replace(one, rules=self.own_rules(), **self._shape())
            if isinstance(one, zoning.FixedSecondary)
            else one
            for one in standard
            if not isinstance(one, zoning.PatrolZones)
        ]
        first = next(
            (k for k, one in enumerate(standard) if isinstance(one, zoning.PatrolZones)), 1
        )
        zoned = [replace(asked, zones=count) for count in numbers]
        return (*others[:first], *zoned, *others[first:])

    def _shape(self) -> dict[str, Any]:
        """Make the arguments that `PatrolZones` and `FixedSecondary` share."""
        return {
            "min_size": self.min_size,
            "max_size": self.max_size,
            "alignment": self._alignment(),
            "objective": self.objective,
            "presence": self.presence,
        }

    def _alignment(self) -> zoning.Alignment:
        aligned = zoning.Alignment.of(self.alignment)
        price_s = self.alignment_price_s
        return aligned if price_s is None else replace(aligned, price_s=price_s)

    def own_rules(self) -> tuple[Rule, ...]:
        """Make the rules about one zone from the options."""
        drives = (
            []
            if self.longest_drive_s is None
            else [zoning.LongestDrive(limit_s=self.longest_drive_s)]
        )
        loads = [
            zoning.Workload(column=column, tolerance=share)
            for column, share in self.workloads.items()
        ]
        return (*drives, *loads)

    def _moving(self, today: zoning.ZonePlan | None) -> Iterator[zoning.AtMostMoved]:
        if self.most_moved is not None and today is not None:
            yield zoning.AtMostMoved(today=today, most=self.most_moved)

    def own_costs(
        self, today: zoning.ZonePlan | None
    ) -> Iterator[ZoneCost | zoning.MovedBuildings]:
        """Make the costs from the options; moved buildings are counted from today's plan."""
        if self.move_price_s is not None and today is not None:
            yield zoning.MovedBuildings(today=today, price_s=self.move_price_s)

    def _today_faults(
        self, found: zoning.ZonePlan | None, rules: zoning.PlanRules
    ) -> Iterator[str]:
        if self.today is not None and len(rules.files) > 1:
            yield f"--today is given, and {self.rules} names today's plan too: give one"
        counted = self.most_moved is not None or self.move_price_s is not None
        if counted and found is None and self.today is None:
            yield (
                "--most-moved and --move-price need today's plan: add --today PLAN, or "
                'today = "PLAN" at the top of the rules file'
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenPlanRequest(ZoneRequest):
    """The options for the zones that a given plan should have."""

    about_a_plan: ClassVar[bool] = True

    zones: tuple[ZoneNumber, ...] = option(
        "--zones",
        "N|N-N",
        "Number of patrol zones there should be, 30, or a range, 21-30; as many as PLAN has if not "
        "given.",
        read=_one_number,
    )
    dedicated: tuple[str, ...] = option(
        "--dedicated",
        "SCHOOL",
        "A school, by id or name, that should have an officer of its own; those of PLAN if not "
        "given. Repeat for more.",
        repeated=True,
    )
    start: Path | None = None
    today: Path | None = option(
        "--today",
        "PLAN",
        "Today's plan, from which moved buildings are counted; PLAN itself if not given.",
        panel=RULES,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedZonesRequest(ZoneRequest):
    """The options for several numbers of zones, to compare."""

    zones: tuple[ZoneNumber, ...] = option(
        "--zones",
        "N|N-N",
        "A number of patrol zones to compare, 30, or the best of a range, 21-30; repeat for more. "
        "If not given: zones of 7, 4.8 and 3.6 buildings on average.",
        repeated=True,
        read=_zone_numbers,
    )
    dedicated: tuple[str, ...] = ()
    rules: Path | None = option(
        "--rules",
        "FILE",
        "Rules and prices in a TOML file, for the options that put every building in a zone.",
        panel=RULES,
    )
    start: Path | None = None
    today: Path | None = None
    most_moved: int | None = None
    move_price_s: float | None = None


def building_id(word: str, district: zoning.District) -> str:
    """Find the building of a school by id or name; raise `OptionError` if there is none."""
    (found,) = _building_ids("BUILDING", (word,), district)
    return found


def _building_ids(flag: str, words: Iterable[str], district: zoning.District) -> tuple[str, ...]:
    from zoning.schools.school_names import SchoolNames

    names, found, faults = SchoolNames.of(district.schools, ()), [], []
    for word in words:
        try:
            found.append(names.building(word))
        except ValueError as wrong:
            faults.append(f"{flag} {wrong}")
    if faults:
        raise OptionError("these are not schools of the district", faults)
    return tuple(dict.fromkeys(found))


def require_possible_zones(
    options: Iterable[zoning.StaffingOption], district: zoning.District, calls: zoning.CallRates
) -> None:
    """Raise the faults of zones on a district, before travel times are computed.

    The library's own checks, on straight lines in place of the streets: they
    take a moment, and no fault is about how long a drive is.
    """
    stand_in = zoning.straight_line_times(district.schools)
    for one in options:
        if not isinstance(one, zoning.PatrolZones):
            continue
        problem = one.problem(district.schools, stand_in, calls=calls)
        if one.start is not None:
            _require_same_buildings(one.start, problem)


def _require_same_buildings(start: zoning.ZonePlan, problem: zoning.ZoneProblem) -> None:
    from zoning.zones.review.score import require_same_buildings

    try:
        require_same_buildings(start, problem)
    except PlanError as error:
        raise PlanError(
            "the plan to begin with does not have the buildings to divide",
            error.faults,
            "Give officers of their own to the same schools as in that plan, or leave it out.",
        ) from error


def _dedicated_buildings(plan: zoning.ZonePlan | None) -> tuple[str, ...]:
    from zoning.zones import ZoneKind

    posts = () if plan is None else (z for z in plan.zones if z.kind is ZoneKind.DEDICATED)
    return tuple(building for zone in posts for building in zone.building_ids)
