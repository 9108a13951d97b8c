"""The public names of zoning and the modules they come from.

Type checkers and editors read this file. `zoning.lazy` reads it too, and imports a module when one
of its names is first used: add a public name here and nowhere else.
"""

from zoning import maps as maps
from zoning.demand import (
    CallLog as CallLog,
    CallRates as CallRates,
    call_rates as call_rates,
    read_call_log as read_call_log,
    read_calls as read_calls,
    read_school_days as read_school_days,
    school_hours as school_hours,
)
from zoning.district import (
    District as District,
    load_district as load_district,
    read_outline as read_outline,
)
from zoning.due import DueItem as DueItem, due_table as due_table
from zoning.editions import Edition as Edition
from zoning.errors import (
    DemandError as DemandError,
    DistrictNotice as DistrictNotice,
    FaultsError as FaultsError,
    InternalError as InternalError,
    NetworkError as NetworkError,
    OptionError as OptionError,
    OutputError as OutputError,
    PatrolKeyError as PatrolKeyError,
    PlanError as PlanError,
    ProblemError as ProblemError,
    RecordError as RecordError,
    ScheduleError as ScheduleError,
    SchoolDataError as SchoolDataError,
    StudyError as StudyError,
    UnreachableError as UnreachableError,
    ZoningError as ZoningError,
)
from zoning.patrol import (
    PatrolAssumptions as PatrolAssumptions,
    PatrolKey as PatrolKey,
    PatrolSchedule as PatrolSchedule,
    ScheduleCheck as ScheduleCheck,
    check_schedule as check_schedule,
    explain_missed as explain_missed,
    plan_patrols as plan_patrols,
    read_patrol_key as read_patrol_key,
    read_schedule as read_schedule,
)
from zoning.patrol.absence import AbsenceCover as AbsenceCover, cover_absence as cover_absence
from zoning.patrol.drawn_days import DrawAssumptions as DrawAssumptions
from zoning.patrol.predictability import measure_predictability as measure_predictability
from zoning.patrol.sharing import share_presences as share_presences
from zoning.patrol.shift_options import ShiftOptions as ShiftOptions, shift_options as shift_options
from zoning.patrol.team import PresencePool as PresencePool, TeamPlan as TeamPlan
from zoning.patrol.term import (
    PatrolTerm as PatrolTerm,
    plan_rotation as plan_rotation,
    plan_term as plan_term,
)
from zoning.programme.board_report import (
    BoardReport as BoardReport,
    make_board_report as make_board_report,
)
from zoning.programme.law import (
    CampusLaw as CampusLaw,
    check_campuses as check_campuses,
    list_law_duties as list_law_duties,
    read_approvals as read_approvals,
)
from zoning.programme.review import (
    Review as Review,
    read_review as read_review,
)
from zoning.programme.yearly_report import (
    YearlyReport as YearlyReport,
    make_yearly_report as make_yearly_report,
)
from zoning.patrol.wishes import read_wanted as read_wanted, read_wishes as read_wishes
from zoning.roads.traffic import travel_by_hour as travel_by_hour
from zoning.response import (
    BusyOfficers as BusyOfficers,
    Hypercube as Hypercube,
    HypercubeResult as HypercubeResult,
    ResponseAssumptions as ResponseAssumptions,
    ResponseEstimate as ResponseEstimate,
    WhenAllBusy as WhenAllBusy,
    estimate_busy_officers as estimate_busy_officers,
    SevereCoverage as SevereCoverage,
    StressAssumptions as StressAssumptions,
    StressTest as StressTest,
    compare_responses as compare_responses,
    cover_severe_events as cover_severe_events,
    estimate_response as estimate_response,
    solve_hypercube as solve_hypercube,
    rank_extra_officers as rank_extra_officers,
    stress_plan as stress_plan,
)
from zoning.response.unfilled import (
    UnfilledResponse as UnfilledResponse,
    expect_unfilled as expect_unfilled,
)
from zoning.programme import (
    DataReview as DataReview,
    DataSettings as DataSettings,
    EventRecords as EventRecords,
    read_data_review as read_data_review,
    read_programme_records as read_programme_records,
)
from zoning.roads import (
    BuildOptions as BuildOptions,
    NetworkQuality as NetworkQuality,
    Profile as Profile,
    RoadNetwork as RoadNetwork,
    SpeedTable as SpeedTable,
    SpeedUnit as SpeedUnit,
    TravelTimes as TravelTimes,
    calibrate as calibrate,
    from_osmnx as from_osmnx,
    from_place as from_place,
    isochrones as isochrones,
    load_network as load_network,
    network_quality as network_quality,
    read_centrelines as read_centrelines,
    read_gmns as read_gmns,
    read_graph as read_graph,
    read_network as read_network,
    read_openstreetmap as read_openstreetmap,
    read_profile as read_profile,
    read_trips as read_trips,
    save_network as save_network,
    straight_line_times as straight_line_times,
)
from zoning.roster import (
    Availability as Availability,
    Roster as Roster,
    TrainingRules as TrainingRules,
    posts_of_zones as posts_of_zones,
    read_roster as read_roster,
)
from zoning.roster.replanning import Replanned as Replanned, replan_roster as replan_roster
from zoning.roster.roster_checks import (
    RosterCheck as RosterCheck,
    check_roster as check_roster,
    read_term_roster as read_term_roster,
)
from zoning.roster.sickness import (
    SicknessExpectation as SicknessExpectation,
    simulate_sickness as simulate_sickness,
)
from zoning.roster.term import TermRoster as TermRoster, plan_roster as plan_roster
from zoning.roster.term_problem import (
    Course as Course,
    ExtraDuty as ExtraDuty,
    TermProblem as TermProblem,
    TrainingClass as TrainingClass,
    TrainingNeed as TrainingNeed,
)
from zoning.roster.term_tables import TermSettings as TermSettings, read_term as read_term
from zoning.schools import (
    DayKind as DayKind,
    SchoolCalendar as SchoolCalendar,
    SchoolChanges as SchoolChanges,
    buildings as buildings,
    change_schools as change_schools,
    find_changes as find_changes,
    read_school_calendar as read_school_calendar,
    read_school_changes as read_school_changes,
    read_schools as read_schools,
    schools_from_frame as schools_from_frame,
)
from zoning.staffing import (
    Budget as Budget,
    CostAssumptions as CostAssumptions,
    DetailedPrices as DetailedPrices,
    FixedSecondary as FixedSecondary,
    NoDistrictOfficers as NoDistrictOfficers,
    OnePerCampus as OnePerCampus,
    OutsideResponse as OutsideResponse,
    PatrolZones as PatrolZones,
    Posts as Posts,
    ScenarioOption as ScenarioOption,
    SchoolScenario as SchoolScenario,
    Sensitivity as Sensitivity,
    StaffMix as StaffMix,
    StaffingComparison as StaffingComparison,
    StaffingOption as StaffingOption,
    WorkYear as WorkYear,
    compare_staffing as compare_staffing,
    preset_options as preset_options,
    presets_table as presets_table,
    observe_relief as observe_relief,
    price_extra_officers as price_extra_officers,
    standard_options as standard_options,
    stress_options as stress_options,
    vary_assumptions as vary_assumptions,
)
from zoning.study import (
    Study as Study,
    read_study as read_study,
)
from zoning.study.differences import (
    RunDiff as RunDiff,
    diff_runs as diff_runs,
)
from zoning.study.runs import (
    Run as Run,
    read_run as read_run,
)
from zoning.zones import (
    Alignment as Alignment,
    AlignmentPrices as AlignmentPrices,
    Alternatives as Alternatives,
    Apart as Apart,
    AtMostMoved as AtMostMoved,
    CommandAreas as CommandAreas,
    Contiguous as Contiguous,
    Ensemble as Ensemble,
    FromHighSchool as FromHighSchool,
    Frontier as Frontier,
    FrontierPoint as FrontierPoint,
    HoldsHighSchool as HoldsHighSchool,
    Imbalance as Imbalance,
    InZone as InZone,
    Locked as Locked,
    LongestDrive as LongestDrive,
    MovedBuildings as MovedBuildings,
    NotInZone as NotInZone,
    Objective as Objective,
    OwnCost as OwnCost,
    OwnRule as OwnRule,
    PlanCheck as PlanCheck,
    PlanComparison as PlanComparison,
    PlanMoves as PlanMoves,
    PlanScore as PlanScore,
    SolverLimits as SolverLimits,
    Status as Status,
    Together as Together,
    TourLength as TourLength,
    Workload as Workload,
    WorkloadTolerances as WorkloadTolerances,
    Zone as Zone,
    ZoneCounts as ZoneCounts,
    ZonePlan as ZonePlan,
    ZoneProblem as ZoneProblem,
    ZoningResult as ZoningResult,
    adjacent_buildings as adjacent_buildings,
    alternatives as alternatives,
    building_areas as building_areas,
    building_travel as building_travel,
    check_plan as check_plan,
    compare_plans as compare_plans,
    design_zones as design_zones,
    draw_plans as draw_plans,
    explain_building as explain_building,
    explain_plan as explain_plan,
    frontier as frontier,
    group_zones as group_zones,
    plan_moves as plan_moves,
    read_plan as read_plan,
    score as score,
    service_areas as service_areas,
    solve as solve,
    solve_counts as solve_counts,
    write_plan as write_plan,
    zone_shapes as zone_shapes,
)

__version__: str
