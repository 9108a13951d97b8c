"""Which zones a command asks for: from words and files to a staffing option."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from zoning.cli.inputs import RoleAndPath, with_parts
from zoning.cli.wishes import Wishes
from zoning.cli.zone_words import (
    ZoneNumber,
    alignment_of,
    most_buildings,
    seconds_of,
    workloads_of,
    zone_number,
)
from zoning.demand import CallRates
from zoning.district import District
from zoning.errors import OptionError, PlanError
from zoning.roads import Profile, straight_line_times
from zoning.staffing import FixedSecondary, PatrolZones, StaffingOption
from zoning.staffing.comparison import EMERGENCY_PROFILE
from zoning.zones import (
    Alignment,
    AlignmentMode,
    AtMostMoved,
    LongestDrive,
    MovedBuildings,
    Objective,
    Rule,
    ZoneKind,
    ZonePlan,
    ZoneProblem,
    read_plan,
)
from zoning.zones.files.rules_file import PlanRules, read_rules
from zoning.zones.files.school_names import SchoolNames
from zoning.zones.request.costs import ZoneCost
from zoning.zones.review.score import require_same_buildings


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneOrder:
    """What was asked for, with every file read and checked against the district.

    Attributes
    ----------
    option
        The zones, as a staffing option.
    files
        Every file that was read, with its role.
    """

    option: PatrolZones
    files: tuple[RoleAndPath, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneRequest:
    """The zones that the words of a command ask for; files are still closed.

    Attributes
    ----------
    zones
        Numbers of zones; none for what the command takes by itself.
    min_size, max_size, alignment, objective, presence
        See `zoning.design_zones`.
    dedicated
        Schools with an officer of their own, by id or name; None if not said.
    rules, start, today
        Files.
    most_moved, move_price_s
        How many buildings may leave their zone of today, and what each is worth.
    zone_rules
        Rules given as words.
    """

    zones: tuple[ZoneNumber, ...] = ()
    min_size: int | None = 3
    max_size: int | None = 7
    alignment: Alignment = field(default_factory=Alignment)
    objective: Objective = Objective.PATROL
    presence: str = "equal"
    dedicated: tuple[str, ...] | None = None
    rules: Path | None = None
    start: Path | None = None
    today: Path | None = None
    most_moved: int | None = None
    move_price_s: float | None = None
    zone_rules: tuple[Rule, ...] = ()

    @classmethod
    def of(
        cls,
        *,
        zones: Sequence[str] = (),
        min_size: int,
        max_size: str,
        alignment: AlignmentMode,
        alignment_price_min: float | None = None,
        objective: Objective,
        presence: str,
        dedicated: Sequence[str] | None = None,
        rules: Path | None = None,
        start: Path | None = None,
        today: Path | None = None,
        most_moved: int | None = None,
        move_price_min: float | None = None,
        longest_drive_min: float | None = None,
        workloads: Sequence[str] = (),
        given_plan: bool = False,
    ) -> ZoneRequest:
        """Check the words against one another; no file is opened.

        Parameters
        ----------
        given_plan
            Whether the command is about a plan, which counts as today's.

        Raises
        ------
        OptionError
            With everything that makes no sense.
        """
        wishes = Wishes()
        counts: list[ZoneNumber] = []
        for word in zones:
            with wishes:
                counts.append(zone_number(word))
        most, aligned = None, Alignment()
        with wishes:
            aligned = alignment_of(alignment, alignment_price_min)
        with wishes:
            most = most_buildings(max_size)
        if most is not None and most < min_size:
            wishes.refuse(f"--max-size {most} is below --min-size {min_size}")
        drive_s = seconds_of("--longest-drive", longest_drive_min, wishes, above=True)
        price_s = seconds_of("--move-price", move_price_min, wishes)
        kept: list[Rule] = [] if drive_s is None else [LongestDrive(limit_s=drive_s)]
        with wishes:
            kept += workloads_of(workloads)
        if today is None and rules is None and not given_plan:
            for name, value in (("--most-moved", most_moved), ("--move-price", move_price_min)):
                if value is not None:
                    wishes.refuse(f"{name} needs today's plan: add --today PLAN")
        wishes.require()
        return cls(
            zones=tuple(dict.fromkeys(counts)),
            min_size=min_size,
            max_size=most,
            alignment=aligned,
            objective=objective,
            presence=presence,
            dedicated=None if dedicated is None else tuple(dedicated),
            rules=rules,
            start=start,
            today=today,
            most_moved=most_moved,
            move_price_s=price_s,
            zone_rules=tuple(kept),
        )

    def files(self) -> Iterator[RoleAndPath]:
        """Every file that the words name, with its role."""
        for role, path in (("rules", self.rules), ("start", self.start), ("today", self.today)):
            if path is not None:
                yield from with_parts(role, path)

    def order(
        self,
        district: District,
        *,
        plan: ZonePlan | None = None,
        profile: str | Profile = EMERGENCY_PROFILE,
    ) -> ZoneOrder:
        """Read the files, and make of them and of the words what the library takes.

        Parameters
        ----------
        plan
            The plan that the command is about: what is not said is as in it.
        profile
            How an officer drives to a call: neighbours are told by it.

        Raises
        ------
        FaultsError
            With every fault of every file and option.
        """
        wishes = Wishes()
        start, today, rules = plan, None, PlanRules()
        with wishes:
            start = self._plan(self.start, district) or start
        with wishes:
            today = self._plan(self.today, district)
        dedicated = _own_officers(plan)
        with wishes:
            dedicated = self._dedicated(district) if self.dedicated is not None else dedicated
        if self.rules is not None:
            with wishes:
                rules = read_rules(
                    self.rules,
                    district.schools,
                    dedicated=dedicated,
                    today=today or plan,
                    outline=district.outline,
                    network=district.network,
                    profile=profile,
                )
        today = self._todays(today, rules, plan, wishes)
        wishes.require_contents()
        if start is None and today is not None and set(_own_officers(today)) == set(dedicated):
            start = today
        option = PatrolZones(
            zones=self._number(plan),
            min_size=self.min_size,
            max_size=self.max_size,
            alignment=self.alignment,
            dedicated=dedicated,
            objective=self.objective,
            presence=self.presence,
            rules=(*self.zone_rules, *self._moving(today), *rules.rules),
            costs=(*self._move_costs(today), *rules.costs),
            start=start,
        )
        named = (("today", path) for path in rules.files[1:])
        return ZoneOrder(option=option, files=(*self.files(), *named))

    def compared(
        self, standard: Sequence[StaffingOption], order: ZoneOrder
    ) -> tuple[StaffingOption, ...]:
        """The standard options with the planner's numbers of zones, sizes and rules."""
        zoned = [option for option in standard if isinstance(option, PatrolZones)]
        numbers: Sequence[ZoneNumber | None] = self.zones or [option.zones for option in zoned]
        asked = [replace(order.option, zones=number) for number in numbers]
        others: list[StaffingOption] = [
            replace(
                option,
                min_size=self.min_size,
                max_size=self.max_size,
                alignment=self.alignment,
                objective=self.objective,
                presence=self.presence,
                rules=self.zone_rules,
            )
            if isinstance(option, FixedSecondary)
            else option
            for option in standard
            if not isinstance(option, PatrolZones)
        ]
        first = next((k for k, o in enumerate(standard) if isinstance(o, PatrolZones)), 1)
        return (*others[:first], *asked, *others[first:])

    def _number(self, plan: ZonePlan | None) -> ZoneNumber | None:
        if self.zones:
            return self.zones[0]
        return None if plan is None else len(plan.patrol_zones)

    @staticmethod
    def _plan(path: Path | None, district: District) -> ZonePlan | None:
        return None if path is None else read_plan(path, district.schools)

    def _dedicated(self, district: District) -> tuple[str, ...]:
        names, homes, faults = SchoolNames.of(district.schools, ()), [], []
        for word in self.dedicated or ():
            try:
                homes.append(names.building(word))
            except ValueError as wrong:
                faults.append(f"--dedicated {wrong}")
        if faults:
            raise OptionError("schools with an officer of their own are not clear", faults)
        return tuple(dict.fromkeys(homes))

    def _todays(
        self, today: ZonePlan | None, rules: PlanRules, plan: ZonePlan | None, wishes: Wishes
    ) -> ZonePlan | None:
        if today is not None and len(rules.files) > 1:
            wishes.refuse(f"--today is given, and {self.rules} names today's plan too: give one")
        found = today or rules.today or plan
        counted = not (self.most_moved is None and self.move_price_s is None)
        if counted and found is None and self.today is None:
            wishes.refuse(
                "--most-moved and --move-price need today's plan: add --today PLAN, or "
                'today = "PLAN" at the top of the rules file'
            )
        return found

    def _moving(self, today: ZonePlan | None) -> Iterator[AtMostMoved]:
        if self.most_moved is not None and today is not None:
            yield AtMostMoved(today=today, most=self.most_moved)

    def _move_costs(self, today: ZonePlan | None) -> Iterator[ZoneCost | MovedBuildings]:
        if self.move_price_s is not None and today is not None:
            yield MovedBuildings(today=today, price_s=self.move_price_s)


def require_possible_words(
    options: Iterable[StaffingOption], district: District, calls: CallRates
) -> None:
    """Raise what is wrong with zones on a district, before travel times are computed.

    The library's own checks, on straight lines in place of the streets: they
    take a moment, and no fault is about how long a drive is.
    """
    stand_in = straight_line_times(district.schools)
    for option in options:
        if not isinstance(option, PatrolZones):
            continue
        problem = option.problem(district.schools, stand_in, calls=calls)
        if option.start is not None:
            _require_same_buildings(option.start, problem)


def _require_same_buildings(start: ZonePlan, problem: ZoneProblem) -> None:
    try:
        require_same_buildings(start, problem)
    except PlanError as error:
        raise PlanError(
            "the plan to begin with does not have the buildings to divide",
            error.faults,
            "Give officers of their own to the same schools as in that plan, or leave it out.",
        ) from error


def _own_officers(plan: ZonePlan | None) -> tuple[str, ...]:
    posts = () if plan is None else (z for z in plan.zones if z.kind is ZoneKind.DEDICATED)
    return tuple(building for zone in posts for building in zone.building_ids)
