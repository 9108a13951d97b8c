"""The inputs of a study: every file read and checked, and the options and zones they make."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from zoning.demand import (
    CallLog,
    CallRates,
    call_rates,
    read_call_log,
    read_calls,
    read_school_days,
)
from zoning.district import District, data_folder, load_district, read_outline
from zoning.errors import (
    NetworkError,
    OptionError,
    PlanError,
    StudyError,
)
from zoning.patrol import PatrolAssumptions
from zoning.patrol.wishes import read_wanted, read_wishes
from zoning.roads import (
    PROFILES,
    Profile,
    RoadNetwork,
    calibrate,
    read_network,
    read_profile,
    read_trips,
)
from zoning.roads.sources import AREAS, ROAD_CLASSES
from zoning.roads.sources.files import GMNS_FILES, TABLE_FILES
from zoning.roads.traffic import TravelByHour, travel_by_hour
from zoning.roads.travel.profiles import ANY, profile_named
from zoning.roads.travel.travel_times import TravelTimes, straight_line_times
from zoning.schools import notices as school_notices
from zoning.schools import read_schools
from zoning.schools.calendar import SchoolCalendar, read_school_calendar
from zoning.schools.school_names import SchoolNames, plain
from zoning.settings import NONE, Fault, Location, fields_of, read_settings, walk
from zoning.staffing import (
    FixedSecondary,
    FoundZones,
    NoDistrictOfficers,
    OnePerCampus,
    OutsideResponse,
    PatrolZones,
    ScenarioOption,
    SchoolScenario,
    StaffingOption,
    compare_staffing,
    standard_options,
)
from zoning.staffing.comparison import district_times, fit_notices
from zoning.staffing.posts import SAFETY_ADMINISTRATORS
from zoning.staffing.presets import preset_posts, preset_sizes, preset_title
from zoning.staffing.staff_mix import StaffMix
from zoning.study.faults import FaultCollector
from zoning.study.programme import ProgrammeInputs
from zoning.study.rules import RulesSettings, make_contiguous, make_locks, make_rules
from zoning.study.scenarios import closed_of, read_scenario
from zoning.study.sections import (
    CalibrationSettings,
    OptionTable,
    StudySettings,
    ZonesTable,
    merged_option,
)
from zoning.study.toml_file import merge, thaw
from zoning.workbooks import split_sheet
from zoning.zones import (
    Alternatives,
    Contiguous,
    ZoneKind,
    ZonePlan,
    ZoneProblem,
    ZoningResult,
    alternatives,
    check_plan,
    explain_building,
    read_plan,
    solve,
)
from zoning.zones.plan import zone_name_fault
from zoning.zones.review.score import require_same_buildings
from zoning.zones.search.zone_space import today_of
from zoning.zones.solve.alternatives import plan_names

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from zoning.staffing import SolvedZones, StaffingComparison
    from zoning.staffing.comparison import ComparisonProgress
    from zoning.study.study import Study
    from zoning.zones import BuildingExplanation, PlanCheck, ProgressCallback, Rule

RoleAndPath = tuple[str, Path]
"""An input file with its role: ``("schools", Path("town.csv"))``."""

_SHIPPED_FILES: Final = {
    "schools": "schools.geojson",
    "junctions": "junctions.csv",
    "links": "links.csv",
    "outline": "outline.geojson",
}
_SHAPEFILE_PARTS: Final = (".shx", ".dbf", ".prj", ".cpg")


@dataclass(frozen=True, kw_only=True, eq=False)
class StudyInputs:
    """The inputs of a study, read and checked, before travel times are computed.

    Attributes
    ----------
    study
        The settings.
    district, calls
        The district, and its calls.
    profiles
        Of driving on patrol and to a call.
    patrol, wishes, wanted
        The patrol day, what single schools wish of it, and what is wanted on certain days.
    calendar
        The school calendar; None without one.
    plan
        The plan under review; None for zones from scratch.
    zones
        The zones that ``[zones]`` and ``[rules]`` ask for.
    options
        The staffing options to compare.
    files
        Every file that was read, with its role, but the study itself.
    """

    study: Study
    district: District
    calls: CallRates
    profiles: tuple[Profile, Profile]
    patrol: PatrolAssumptions
    wishes: pd.DataFrame | None
    wanted: pd.DataFrame | None
    calendar: SchoolCalendar | None
    plan: ZonePlan | None
    zones: PatrolZones
    options: tuple[StaffingOption, ...]
    files: tuple[RoleAndPath, ...] = field(repr=False)

    @classmethod
    def read(cls, study: Study, *, review: bool) -> StudyInputs:
        """Read every file; see `Study.open`."""
        settings, faults = study.settings, FaultCollector(study.origins, path=study.path)
        missing = list(_missing_files(study, review=review))
        faults.add(missing)
        reviewed = (settings.plan.file or settings.rules.today) if review else None
        if review and reviewed is None:
            raise StudyError(
                "there is no plan to look at",
                remedy="Give one with --plan FILE, or [plan] file in the study. zoning plan writes "
                "one: zoning-plan/plan.csv beside the study.",
            )
        # Without the district nothing else can be looked at; without a plan the rest can.
        if any(one.where[0] not in {"plan", "rules", "zones", "options"} for one in missing):
            faults.require_none()
        district = open_district(study)
        calls = find_calls(study, district)
        profiles = find_profiles(study, district)
        plans: dict[Path, ZonePlan] = {}
        for path in dict.fromkeys(path for _, path in _named_plans(study, review=review)):
            if split_sheet(study.file(path))[0].exists():
                with faults:
                    plans[path] = read_plan(study.file(path), district.schools)
        plan = None if reviewed is None else plans.get(reviewed)
        patrol, wishes, wanted = settings.patrol.assumptions, None, None
        with faults:
            patrol = find_patrol(study, district)
        with faults:
            if settings.patrol.wishes is not None:
                wishes = read_wishes(study.file(settings.patrol.wishes), district.schools)
        with faults:
            if settings.patrol.wanted is not None:
                wanted = read_wanted(study.file(settings.patrol.wanted), district.schools)
        calendar = None
        with faults:
            calendar = find_calendar(study, district)
        scenarios: dict[str, SchoolScenario] = {}
        for one in () if review else settings.scenarios:
            with faults:
                scenarios[one.name] = read_scenario(study, one, district)
        if len(scenarios) < len(settings.scenarios) and not review:
            faults.require_none()
        maker = _ZoneMaker(
            study=study,
            district=district,
            scenarios=scenarios,
            review=review,
            plan=plan,
            plans=plans,
            profile=profiles[1],
            faults=faults,
        )
        zones = maker.zones()
        options = () if review else maker.options(zones)
        faults.require_none()
        # A rule that could not be made is missing in an id, so these come last.
        faults.add(_repeated_ids(options, study))
        faults.require_none()
        return cls(
            study=study,
            district=district,
            calls=calls,
            profiles=profiles,
            patrol=patrol,
            wishes=wishes,
            wanted=wanted,
            calendar=calendar,
            plan=plan,
            zones=zones,
            options=options,
            files=tuple(input_files(study, review=review)),
        )

    @property
    def notices(self) -> tuple[str, ...]:
        """What a reader of any figure should know about the inputs."""
        patrol, emergency = self.profiles
        return (
            *school_notices(self.district.schools),
            *self.calls.notices,
            *fit_notices(patrol=patrol, emergency=emergency),
        )

    @cached_property
    def programme(self) -> ProgrammeInputs:
        """The programme around the zones: officers, duties, reports."""
        return ProgrammeInputs(inputs=self)

    @cached_property
    def problem(self) -> ZoneProblem:
        """The problem of the zones that are asked for."""
        times = district_times(self.district, self.profiles[1])
        return self.zones.problem(self.district.schools, times, calls=self.calls)

    def schools_of(self, option: StaffingOption) -> gpd.GeoDataFrame:
        """The schools that an option is for: today's, or those of its scenario."""
        if isinstance(option, ScenarioOption):
            return option.scenario.schools
        return self.district.schools

    def require_possible(self, options: Iterable[StaffingOption]) -> None:
        """Raise the faults of zones, before travel times are computed.

        The library's own checks, on straight lines in place of the streets: they
        take a moment, and no fault is about how long a drive is.
        """
        stand_in = straight_line_times(self.district.schools)
        for given in options:
            one, schools, times = given, self.district.schools, stand_in
            calls: CallRates | None = self.calls
            if isinstance(one, ScenarioOption):
                schools, calls = one.scenario.schools, one.scenario.calls
                one, times = one.option, straight_line_times(schools)
            while isinstance(one, StaffMix) and one.base is not None:
                one = one.base
            if isinstance(one, StaffMix):
                one.problem(schools, times, calls=calls)
            if isinstance(one, PatrolZones):
                problem = one.problem(schools, times, calls=calls)
                if one.start is not None and one is given:
                    _require_same_buildings(one.start, problem)

    def compare(
        self,
        options: Sequence[StaffingOption] | None = None,
        *,
        progress: ComparisonProgress | None = None,
        solved: Mapping[str, SolvedZones] | None = None,
    ) -> StaffingComparison:
        """Compare these options, those of the study if None; see `zoning.compare_staffing`."""
        chosen = self.options if options is None else tuple(options)
        self.require_possible(chosen)
        settings, (patrol_profile, emergency_profile) = self.study.settings, self.profiles
        return compare_staffing(
            self.district,
            chosen,
            calls=self.calls,
            costs=settings.costs,
            patrol=self.patrol,
            wishes=self.wishes,
            response=settings.response,
            patrol_profile=patrol_profile,
            emergency_profile=emergency_profile,
            limits=settings.solver,
            progress=progress,
            solved=solved,
        )

    def compare_alternatives(
        self,
        *,
        progress: ComparisonProgress | None = None,
        solved: Mapping[str, SolvedZones] | None = None,
    ) -> StaffingComparison:
        """Find the best plan and near-best ones, as ``[plan]`` asks, and compare them.

        Parameters
        ----------
        solved
            Plans of an earlier run, by option id: none is searched again.
        """
        asked, options = self.study.settings.plan, self.alternative_options
        chosen: Sequence[StaffingOption]
        found = None
        if solved is None:
            self.require_possible(options[:1])
            found = alternatives(
                self.problem,
                within=asked.within,
                count=asked.alternatives,
                apart=asked.apart,
                limits=self.study.settings.solver,
                start=self.zones.start,
                progress=None if progress is None else partial(progress, "plans"),
            )
            chosen = [
                FoundZones(option=option, result=result)
                for option, result in zip(options, found.results, strict=False)
            ]
        else:
            chosen = [option for option in options if option.option_id in solved]
        comparison = self.compare(chosen, progress=progress, solved=solved)
        if found is None:
            results = tuple(o.zoning for o in comparison.outcomes if o.zoning is not None)
            found = Alternatives(
                problem=results[0].problem,
                results=results,
                within=asked.within,
                apart=asked.apart,
                today=today_of(results[0].problem) or self.zones.start,
            )
        return replace(
            comparison,
            alternatives=found if found.plans else None,
            notices=(*comparison.notices, *([found.ended] if found.ended else [])),
        )

    @property
    def alternative_options(self) -> tuple[PatrolZones, ...]:
        """The option of each plan that ``[plan]`` asks for, by its name."""
        names = plan_names(self.study.settings.plan.alternatives)
        return tuple(replace(self.zones, name=name) for name in names)

    def schools_on(self, day: date | None) -> gpd.GeoDataFrame:
        """The schools with the bells of a date, or of a plain day.

        Raises `StudyError` for a date without a calendar, `SchoolDataError` for one without school.
        """
        if day is None:
            return self.district.schools
        if self.calendar is None:
            raise StudyError(
                f"{day.isoformat()} has no bells: the study has no school calendar",
                remedy="Name one: [calendar] file = 'calendar.csv'.",
            )
        return self.calendar.schools_on(self.district.schools, day)

    def patrol_travel(
        self, schools: gpd.GeoDataFrame | None = None
    ) -> tuple[TravelTimes, TravelByHour]:
        """Travel times on patrol, and those in the traffic of the hours of these schools.

        The study's schools if None; those of a calendar day have that day's bells.
        """
        times = district_times(self.district, self.profiles[0])
        network = self.district.network
        if network is None:
            return times, ()
        day = self.district.schools if schools is None else schools
        return times, travel_by_hour(network, day, times)

    def patrol_day(
        self, schools: gpd.GeoDataFrame | None = None
    ) -> tuple[TravelTimes, dict[str, Any]]:
        """Travel times of `patrol_travel`, and what `zoning.plan_patrols` takes besides."""
        times, by_hour = self.patrol_travel(schools)
        given = {"assumptions": self.patrol, "times_by_hour": by_hour, "wishes": self.wishes}
        return times, given

    def design(self, *, progress: ProgressCallback | None = None) -> ZoningResult:
        """Draw the zones that are asked for, from the plan under review if there is one."""
        self.require_possible([self.zones])
        limits = self.study.settings.solver
        return solve(self.problem, limits, start=self.zones.start, progress=progress)

    def check(self) -> PlanCheck:
        """Check the plan under review against the zones that are asked for."""
        return check_plan(self.reviewed, self.problem)

    def explain(self, school: str, *, others: int = 3) -> BuildingExplanation:
        """Explain why a school is in its zone of the plan under review."""
        building = self.building(school)
        return explain_building(self.reviewed, self.problem, building, others=others)

    def building(self, word: str) -> str:
        """Find the building of a school by id or name; `OptionError` if there is none."""
        try:
            return SchoolNames.of(self.district.schools, ()).building(word)
        except ValueError as wrong:
            raise OptionError("this is not a school of the district", [str(wrong)]) from wrong

    @property
    def reviewed(self) -> ZonePlan:
        """The plan under review; `StudyError` if the study was not opened for one."""
        if self.plan is None:
            raise StudyError("there is no plan to look at", remedy="Open the study for a review.")
        return self.plan


def input_files(study: Study, *, review: bool = False) -> Iterator[RoleAndPath]:
    """List every file that a study names, with its role, without reading one."""
    yield from district_files(study)
    yield from profile_files(study)
    for role, path in _named_plans(study, review=review):
        yield from with_parts(role, study.file(path))


def _named_plans(study: Study, *, review: bool) -> Iterable[tuple[str, Path]]:
    """List the plans that a study names, each with its role."""
    asked = [(study.settings.zones, study.settings.rules)]
    if not review:
        asked += [merged_option(study.tables, one) for one in study.tables.get("options", ())]
    found = [("plan", study.settings.plan.file if review else None)]
    for zones, rules in asked:
        found += [("today", rules.today), ("start", zones.start_file)]
    return dict.fromkeys((role, path) for role, path in found if path is not None)


def _missing_files(study: Study, *, review: bool) -> Iterator[Fault]:
    """Find the files of the study that are not there, by key."""
    others = {"output", "deck", "options" if review else "plan"}
    for table, where, one in walk(StudySettings, thaw(study.tables)):
        is_made = one.key == "key"  # the key of drawn days is made on first use
        if not one.holds_files or is_made or where[0] in others or table[one.key] == NONE:
            continue
        named = table[one.key]
        for name in named if isinstance(named, list) else [named]:
            file, _ = split_sheet(study.file(Path(name)))
            if not file.exists() and (not one.key.endswith("_profile") or _is_file(file)):
                yield Fault(where, f"there is no file {file}")


# Zones and options.


@dataclass(frozen=True, slots=True, kw_only=True)
class _ZoneMaker:
    """Makes staffing options of the settings, on the district and its plans."""

    study: Study
    district: District
    scenarios: Mapping[str, SchoolScenario]
    review: bool
    plan: ZonePlan | None
    plans: Mapping[Path, ZonePlan]
    profile: Profile
    faults: FaultCollector
    scenario: str = ""
    before: gpd.GeoDataFrame | None = None
    contiguous: dict[tuple[str, ...], Contiguous] = field(default_factory=dict)

    def under(self, scenario: str) -> _ZoneMaker:
        """Make one for the schools of a scenario, in which schools of options are looked up."""
        if not scenario:
            return self
        schools = self.scenarios[scenario].schools
        district = replace(self.district, schools=schools)
        before = self.district.schools
        return replace(self, district=district, scenario=scenario, before=before, contiguous={})

    def zones(self) -> PatrolZones:
        """Make the zones of ``[zones]`` and ``[rules]``."""
        settings = self.study.settings
        asked = settings.zones
        number = asked.numbers[0] if len(asked.numbers) == 1 else None
        if len(asked.numbers) != 1 and self.plan is not None:
            number = len(self.plan.patrol_zones)
        made = self._patrol_zones(asked, settings.rules, number)
        return made if self.plan is None else self._locked(made, self.plan)

    def _locked(self, zones: PatrolZones, plan: ZonePlan) -> PatrolZones:
        """Keep the zones and schools of the plan under review that ``[plan]`` locks."""
        asked = self.study.settings.plan
        names = SchoolNames.of(self.district.schools, zones.dedicated)
        made = make_locks(asked.lock, asked.lock_schools, plan=plan, names=names)
        self.faults.add(made.faults)
        return replace(
            zones,
            rules=(*zones.rules, *made.rules),
            zone_names=_add_names(zones.zone_names, made.zone_names, plan, names),
        )

    def options(self, asked: PatrolZones) -> tuple[StaffingOption, ...]:
        """Make the options to compare: those given, else the usual ones with the zones asked."""
        settings = self.study.settings
        if settings.options:
            return tuple(map(self._option, range(len(settings.options))))
        standard = standard_options(self.district.schools, outside=self._outside({}))
        numbers = settings.zones.numbers or [
            one.zones for one in standard if isinstance(one, PatrolZones)
        ]
        zoned = [replace(asked, zones=number) for number in numbers]
        others: list[StaffingOption] = [
            self._fixed(one, settings.zones, settings.rules)
            if isinstance(one, FixedSecondary)
            else one
            for one in standard
            if not isinstance(one, PatrolZones)
        ]
        first = next((k for k, one in enumerate(standard) if isinstance(one, PatrolZones)), 1)
        then = [
            ScenarioOption(
                option=replace(self.under(name).zones(), zones=number), scenario=scenario
            )
            for name, scenario in self.scenarios.items()
            for number in numbers
        ]
        return (*others[:first], *zoned, *then, *others[first:])

    def _outside(self, option: Mapping[str, Any]) -> OutsideResponse | None:
        """The response of the outside police for an option; None if none is given."""
        given = merge(self.study.tables.get("police", {}), option.get("police", {}))
        police, _ = read_settings(OutsideResponse, given)
        assert police is not None  # both parts were checked when the study was read
        known = (police.mean_s, police.median_s, police.p90_s) != (None, None, None)
        return police if known else None

    def _option(self, k: int) -> StaffingOption:
        tables, given = self.study.tables, self.study.tables["options"][k]
        table, rules = merged_option(tables, given)
        costs = self.study.settings.options[k].costs_over if "costs" in given else None
        maker, outside = self.under(table.scenario), self._outside(given)
        if table.is_posts:
            option: StaffingOption = replace(
                maker._posts(table, rules, k), outside=outside, costs=costs
            )
        else:
            option = maker._option_of(table, rules, k, outside)
            more = (SAFETY_ADMINISTRATORS,) if table.administrators else ()
            if more or costs is not None:
                option = StaffMix(base=option, posts=more, costs=costs)
                maker._add_post_faults(option, table, k)
        if not table.scenario:
            return option
        return ScenarioOption(option=option, scenario=self.scenarios[table.scenario])

    def _option_of(
        self, table: OptionTable, rules: RulesSettings, k: int, outside: OutsideResponse | None
    ) -> StaffingOption:
        name = table.title.strip()
        number = table.numbers[0] if len(table.numbers) == 1 else None
        if table.kind == "no_officers":
            return _named(NoDistrictOfficers(outside=outside), name)
        if table.kind == "one_per_campus":
            return _named(OnePerCampus(), name)
        if table.kind == "fixed_secondary":
            base = FixedSecondary(zones=number, levels=table.levels)
            return _named(self._fixed(base, table, rules, option=k), name)
        return replace(self._patrol_zones(table, rules, number, option=k), name=name)

    def _posts(self, table: OptionTable, rules: RulesSettings, k: int) -> StaffMix:
        """Make an option of rows of posts, or of a preset."""
        schools, posts, title = self.district.schools, table.posts, table.title.strip()
        if table.preset is not None:
            title = title or preset_title(table.preset, administrators=table.administrators)
            try:
                posts = preset_posts(table.preset, schools)
            except OptionError as error:
                self._add_faults_here(("options", k, "preset"), [error.headline])
                posts = (SAFETY_ADMINISTRATORS,)  # stands in: the study is not used
        more = (SAFETY_ADMINISTRATORS,) if table.administrators else ()
        mix = StaffMix(posts=(*posts, *(one for one in more if one not in posts)), name=title)
        self._add_post_faults(mix, table, k)
        if mix.shared is None:
            return mix
        dedicated = mix.fixed_buildings(schools)
        zones = self._patrol_zones(table, rules, None, option=k, dedicated=dedicated)
        sizes = None if table.preset is None else preset_sizes(posts, schools)
        if sizes is not None:
            given = self.study.tables["options"][k]
            low = zones.min_size if "min_size" in given else sizes[0]
            high = zones.max_size if "max_size" in given else sizes[1]
            zones = replace(zones, min_size=low, max_size=high)
        return replace(mix, zones=zones)

    def _add_post_faults(self, mix: StaffMix, table: OptionTable, k: int) -> None:
        """Add what of the posts does not fit the schools, where the study gives it."""
        for fault in mix.check(self.district.schools):
            where: Location = ("options", k, "administrators")
            if table.preset is not None and mix.posts[fault.row] != SAFETY_ADMINISTRATORS:
                where = ("options", k, "preset")
            elif table.is_posts and fault.row < len(table.posts):
                where = ("options", k, "posts", fault.row, fault.key)
            self._add_faults_here(where, [fault.what])

    def _add_faults_here(self, where: Location, found: Iterable[str]) -> None:
        under = f"under '{self.scenario}': " if self.scenario else ""
        self.faults.add(Fault(where, f"{under}{what}") for what in found)

    def _fixed(
        self,
        base: FixedSecondary,
        asked: ZonesTable,
        rules: RulesSettings,
        option: int | None = None,
    ) -> FixedSecondary:
        general: tuple[Rule, ...] = ()
        try:
            general = tuple(rules.general_rules())
        except OptionError as error:
            self._add_faults(((("rules", "workload"), what) for what in error.faults), option)
        own = {"zones", "levels", "zone_names"}
        shared = {
            one.name: getattr(asked, one.name)
            for one in fields_of(FixedSecondary)
            if one.name not in own
        }
        return replace(base, **shared, rules=general, zone_names=self._names(asked))

    def _patrol_zones(
        self,
        asked: ZonesTable,
        rules: RulesSettings,
        number: int | tuple[int, int] | None,
        *,
        option: int | None = None,
        dedicated: tuple[str, ...] | None = None,
    ) -> PatrolZones:
        if dedicated is None:
            dedicated = _dedicated_buildings(self.plan)
        if asked.dedicated:
            dedicated = self._find_buildings(asked.dedicated, option)
        today = self.plan if rules.today is None else self.plans.get(rules.today)
        start = self.plan if asked.start_file is None else self.plans.get(asked.start_file)
        made = make_rules(
            rules,
            SchoolNames.of(self.district.schools, dedicated),
            today=today,
            today_is_missing=rules.today is None and not self.review,
            contiguous=partial(self._contiguous, dedicated),
        )
        self._add_faults(((one.where, one.what) for one in made.faults), option)
        if start is None and today is not None:
            same = set(_dedicated_buildings(today)) == set(dedicated)
            start = today if same else None
        shared = {one.name: getattr(asked, one.name) for one in fields(PatrolZones)}
        return PatrolZones(
            **{
                **shared,
                "zone_names": self._names(asked),
                "zones": number,
                "dedicated": dedicated,
                "rules": made.rules,
                "costs": made.costs,
                "start": start,
            }
        )

    def _names(self, asked: ZonesTable) -> Mapping[str, str]:
        """Names of zones; in a scenario those of closed schools are left out, with a notice."""
        if self.before is None:
            return asked.zone_names
        closed = closed_of(asked.zone_names, self.before, self.district.schools)
        return {word: name for word, name in asked.zone_names.items() if word not in closed}

    def _contiguous(self, dedicated: tuple[str, ...]) -> Contiguous:
        """Make the rule about neighbours once for all options with the same buildings."""
        if dedicated not in self.contiguous:
            made = make_contiguous(self.district, dedicated, profile=self.profile)
            self.contiguous[dedicated] = made
        return self.contiguous[dedicated]

    def _find_buildings(self, words: Iterable[str], option: int | None) -> tuple[str, ...]:
        names, found = SchoolNames.of(self.district.schools, ()), []
        for word in words:
            try:
                found.append(names.building(word))
            except ValueError as wrong:
                self._add_faults([(("zones", "dedicated"), str(wrong))], option)
        return tuple(dict.fromkeys(found))

    def _add_faults(self, found: Iterable[tuple[Location, str]], option: int | None) -> None:
        """Add faults where an option gives the settings; a scenario's schools may be the reason."""
        for where, what in found:
            self._add_faults_here(self._place(where, option), [what])

    def _place(self, where: Location, option: int | None) -> Location:
        """Find where an option gives a setting: in its own table, or in [zones] or [rules]."""
        if option is None:
            return where
        own = self.study.tables["options"][option]
        section, key, *_ = where
        if section == "rules":
            return ("options", option, *where) if key in own.get("rules", {}) else where
        return ("options", option, *where[1:]) if key in own else where


_Option = TypeVar("_Option", NoDistrictOfficers, OnePerCampus, FixedSecondary)


def _named(option: _Option, name: str) -> _Option:
    """Add a planner's name to the id and the label of an option, as `PatrolZones` does."""
    if not name:
        return option
    slug = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")
    return replace(
        option,
        option_id=f"{option.option_id}-{slug}" if slug else option.option_id,
        label=f"{option.label}, {name}",
    )


def _repeated_ids(options: Sequence[StaffingOption], study: Study) -> Iterator[Fault]:
    """Find options with the id of an earlier one; files and tables could not tell them apart."""
    ids = [one.option_id for one in options]
    for k, option_id in enumerate(ids):
        if (first := ids.index(option_id)) == k:
            continue
        if study.settings.options:
            what = (
                f"it has the id of option {first + 1}, {option_id}: give it another name, of which "
                "an id has the letters a to z and the digits"
            )
            yield Fault(("options", k), what)
        else:
            what = f"two options have the id {option_id}: give the scenarios other names"
            yield Fault(("scenarios",), what)


def _add_names(
    given: Mapping[str, str], kept: Mapping[str, str], plan: ZonePlan, names: SchoolNames
) -> dict[str, str]:
    """Add the names that zones of a plan keep to those that the study gives, which go first."""
    named, taken = set(), {plain(name) for name in given.values()}
    for word in given:
        with suppress(ValueError):  # what is wrong with it is said with the zones
            named.add(names.building(word))
    free = {
        building: name
        for building, name in kept.items()
        if named.isdisjoint(plan.zone_of(building).building_ids)
        and plain(name) not in taken
        and zone_name_fault(name) is None
    }
    return {**given, **free}


def _dedicated_buildings(plan: ZonePlan | None) -> tuple[str, ...]:
    posts = () if plan is None else (z for z in plan.zones if z.kind is ZoneKind.DEDICATED)
    return tuple(building for zone in posts for building in zone.building_ids)


def _require_same_buildings(start: ZonePlan, problem: ZoneProblem) -> None:
    try:
        require_same_buildings(start, problem)
    except PlanError as error:
        raise PlanError(
            "the plan to begin with does not have the buildings to divide",
            error.faults,
            "Give officers of their own to the same schools as in that plan, or leave it out.",
        ) from error


# The district.


def open_district(study: Study) -> District:
    """Read the schools, streets and outline of a study.

    Raises `FaultsError` if a file cannot be used; `SchoolDataError` and `NetworkError` for
    schools and streets.
    """
    settings = study.settings
    schools, streets, asked = settings.schools, settings.streets, settings.district
    if schools.file is None:
        district = load_district(asked.data or "")
    else:
        file, _ = split_sheet(schools.file)
        district = District(
            name=district_name(file.stem),
            schools=read_listed_schools(study),
            attribution=f"Schools from {file.name}",
        )
    if streets.file is not None:
        network = read_network(study.file(streets.file))
        credit = f"; streets from {network.source}"
        if network.attribution not in credit:
            credit += f", {network.attribution}"
        own = "" if district.network is None else f"; {district.network.source}"
        district = replace(
            district,
            network=network,
            attribution=f"{district.attribution.removesuffix(own)}{credit}",
        )
    if streets.keep_islands and district.network is not None:
        district = replace(district, network=district.network.with_islands())
    if asked.outline is not None:
        outline = read_outline(study.file(asked.outline), buildings=district.buildings)
        district = replace(district, outline=outline)
    return replace(district, name=asked.name or district.name, state=asked.state or district.state)


def read_listed_schools(study: Study) -> gpd.GeoDataFrame:
    """Read the file of schools of a study."""
    schools = study.settings.schools
    assert schools.file is not None
    return read_schools(
        study.file(schools.file),
        columns=schools.columns,
        levels=schools.levels,
        crs=schools.crs,
        state=study.settings.district.state,
        where=schools.where,
        leave_out=schools.leave_out,
        details=[study.file(one) for one in schools.details],
    )


def district_files(study: Study) -> Iterator[RoleAndPath]:
    """List every file that the district is read from, with its role."""
    settings = study.settings
    schools, streets, outline = (
        settings.schools.file,
        settings.streets.file,
        settings.district.outline,
    )
    if schools is None:
        replaced = {"junctions", "links"} if streets else set()
        replaced |= {"outline"} if outline else set()
        for role, name in _SHIPPED_FILES.items():
            if role not in replaced:
                yield role, data_folder() / name
    else:
        for one in (schools, *settings.schools.details):
            yield from with_parts("schools", study.file(one))
    if streets is not None:
        yield from street_files(study.file(streets))
    if outline is not None:
        yield from with_parts("outline", study.file(outline))
    yield from _day_files(study)


def _day_files(study: Study) -> Iterator[RoleAndPath]:
    """List the files of calls, of the calendar and of wishes, with their roles."""
    settings, calls = study.settings, study.settings.calls
    for one in (*calls.log, *filter(None, [calls.file])):
        yield from with_parts("calls", study.file(one))
    others = {
        "calendar": calls.calendar,
        "school calendar": settings.calendar.file,
        "bells": settings.calendar.bells,
        "wishes": settings.patrol.wishes,
        "wanted": settings.patrol.wanted,
    }
    for role, file in others.items():
        if file is not None:
            yield from with_parts(role, study.file(file))
    for scenario in settings.scenarios:
        listed = scenario.changes or scenario.schools
        for role, path in (("scenario", listed), ("calls", scenario.calls)):
            if path is not None:
                yield from with_parts(role, study.file(path))


def find_calls(study: Study, district: District) -> CallRates:
    """Read the district's own log or counts of calls, or estimate the calls.

    Raises `DemandError` if the log or the counts cannot be used.
    """
    asked = study.settings.calls
    if asked.log:
        return open_call_log(study, district.schools).rates()
    if asked.file is None:
        return call_rates(district.schools, calls_per_school_day=asked.per_school_day)
    return read_calls(
        study.file(asked.file),
        district.schools,
        school_days=asked.school_days or 1.0,
        source=asked.source or "",
        columns=asked.columns,
        allow_enforcement=asked.allow_enforcement,
        shrink=asked.shrink,
    )


def open_call_log(study: Study, schools: gpd.GeoDataFrame) -> CallLog:
    """Read the logs of ``[calls] log``, of which there must be one or more."""
    asked = study.settings.calls
    return read_call_log(
        [study.file(one) for one in asked.log],
        schools,
        source=asked.source or "",
        school_days=asked.school_days,
        calendar=None
        if asked.calendar is None
        else read_school_days(study.file(asked.calendar), schools),
        time_zone=asked.time_zone,
        columns=asked.columns,
        kinds=asked.kinds,
        definitions=asked.definitions,
        leave_out_unknown=asked.leave_out_unknown,
        same_call_minutes=asked.same_call_s / 60,
        allow_enforcement=asked.allow_enforcement,
    )


def with_parts(role: str, path: Path) -> Iterator[RoleAndPath]:
    """List a file with the other parts of its Shapefile or File Geodatabase.

    Of ``schools.xlsx#Sheet`` the file is ``schools.xlsx``.
    """
    path, _ = split_sheet(path)
    if path.is_dir():
        yield from ((role, part) for part in sorted(path.iterdir()) if part.is_file())
        return
    yield role, path
    if path.suffix.lower() == ".shp":
        parts = (path.with_suffix(ending) for ending in _SHAPEFILE_PARTS)
        yield from ((role, part) for part in parts if part.is_file())


def street_files(path: Path) -> Iterator[RoleAndPath]:
    """List the files of a network: one saved file, or the tables in a folder."""
    if path.is_file():
        yield "streets", path
        return
    gmns = all((path / name).is_file() for name in GMNS_FILES)
    for name in GMNS_FILES if gmns else TABLE_FILES:
        yield Path(name).stem, path / name


def district_name(stem: str) -> str:
    """Make a district's name from a file's name; ``[district] name`` replaces it.

    ``ccs_schools`` is "CCS schools": a word without a vowel is an abbreviation.
    A stem with capitals of its own keeps them.
    """
    words = re.sub(r"(?<=[^\W\d])-(?=[^\W\d])|[_\s]+", " ", stem).split()
    if stem == stem.lower():
        words = [w if re.search("[aeiouy]", w) or not w.isascii() else w.upper() for w in words]
    name = " ".join(words) or stem
    return name[:1].upper() + name[1:]


# How officers drive.


def find_patrol(study: Study, district: District) -> PatrolAssumptions:
    """Find the patrol day, with the building of the base; `OptionError` if it is no school."""
    assumed = study.settings.patrol.assumptions
    if assumed.base is None:
        return assumed
    try:
        return replace(assumed, base=SchoolNames.of(district.schools, ()).building(assumed.base))
    except ValueError as wrong:
        raise OptionError("the base of the patrols is no school", [str(wrong)]) from wrong


def find_calendar(study: Study, district: District) -> SchoolCalendar | None:
    """Read the school calendar; `SchoolDataError` with every fault."""
    asked = study.settings.calendar
    if asked.file is None:
        return None
    return read_school_calendar(
        study.file(asked.file),
        district.schools,
        bells=None if asked.bells is None else study.file(asked.bells),
        kinds=asked.kinds,
        columns=asked.columns,
    )


def find_profiles(study: Study, district: District) -> tuple[Profile, Profile]:
    """Find the profiles for patrol and for driving to a call.

    Raises `FaultsError` with every fault of both, and of what they make of the district.
    """
    faults, found = FaultCollector(study.origins, path=study.path), []
    for key, path in _profiles(study.settings):
        with faults:
            found.append(_profile(study, key, path, district.network))
    faults.require_none()
    patrol, emergency = found
    asked = study.settings.streets.calibration
    if asked.trips is not None and district.network is not None:
        trips = read_trips(study.file(asked.trips), district.schools, columns=asked.columns)
        with faults:
            if asked.profile in ("patrol", "both"):
                patrol = _fit(asked, trips, patrol, district)
        with faults:
            if asked.profile in ("emergency", "both"):
                emergency = _fit(asked, trips, emergency, district)
        faults.require_none()
    return patrol, emergency


def _fit(
    asked: CalibrationSettings, trips: pd.DataFrame, profile: Profile, district: District
) -> Profile:
    """Fit a profile to trips over the streets of the district."""
    assert district.network is not None
    own = profile.delays and set(profile.delays) != set(profile.default_delays())
    if asked.fit_delays and own:
        raise OptionError(
            f"[streets.calibration] fit_delays would replace the delays of profile {profile.name}",
            remedy="Leave fit_delays out to keep them, or take the rows delay_s out of the profile "
            "to fit them.",
        )
    return calibrate(
        district.network,
        district.schools,
        trips,
        base=profile,
        by=asked.by,
        fit_delays=asked.fit_delays,
        fewest_trips=asked.fewest_trips,
    ).profile


def profile_files(study: Study) -> Iterator[RoleAndPath]:
    """List every profile that is a file, and the trips, with their roles."""
    for key, path in _profiles(study.settings):
        if _is_file(study.file(path)):
            yield key.replace("_", " "), split_sheet(study.file(path))[0]
    trips = study.settings.streets.calibration.trips
    if trips is not None:
        yield from with_parts("trips", study.file(trips))


def _profiles(settings: StudySettings) -> tuple[tuple[str, Path], tuple[str, Path]]:
    streets = settings.streets
    return (
        ("patrol_profile", streets.patrol_profile),
        ("emergency_profile", streets.emergency_profile),
    )


def _is_file(path: Path) -> bool:
    return path.name not in PROFILES and (path.suffix != "" or path.exists())


def _profile(study: Study, key: str, path: Path, network: RoadNetwork | None) -> Profile:
    file = study.file(path)
    profile = read_profile(file) if _is_file(file) else profile_named(str(path))
    if network is not None:
        _require_known(profile, network)
    delays = study.settings.streets.delays
    if delays is None:
        return profile
    if profile.delays is not None:
        raise OptionError(
            f"[streets] delays = '{delays}' is given, and {key} {path.name} has delays of its own",
            remedy="Leave one of them out.",
        )
    return profile.with_delays(profile.default_delays() if delays == "street" else ())


def _require_known(profile: Profile, network: RoadNetwork) -> None:
    """Raise for classes or areas that no street has: a misspelt one would have no effect."""
    delays = profile.delays or ()
    named = {
        "road class": {e.road_class for e in profile.exceptions} | {d.road_class for d in delays},
        "area": {e.area for e in profile.exceptions} | {d.area for d in delays},
    }
    known = {
        "road class": {*ROAD_CLASSES, *network.road_class.tolist()},
        "area": {*AREAS, *network.area.tolist()},
    }
    faults = [
        f"{what} {word!r} is not one of {', '.join(sorted(known[what]))}"
        for what, words in named.items()
        for word in sorted(words - known[what] - {ANY})
    ]
    if faults:
        raise NetworkError(f"driving profile {profile.name!r} does not fit the streets", faults)
