"""Write the tables of a comparison and of a checked plan as CSV.

A table that may be published takes either view, and the view decides its edition; one
that may not takes a `RestrictedView` and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import partial
from numbers import Integral, Real
from typing import Final

import numpy as np
import pandas as pd

from zoning.disclosure import PublicOption, PublicView, RestrictedView
from zoning.disclosure.certainty import Certainty
from zoning.editions import Edition
from zoning.schools.cells import guarded
from zoning.staffing import StaffingComparison
from zoning.staffing.budget import ENDS, MERGED, STEADY
from zoning.staffing.comparison import SCENARIO_COLUMNS
from zoning.staffing.precision import MERGED_LINES
from zoning.staffing.sensitivity import FIRST, NEITHER, SECOND, Sensitivity
from zoning.staffing.value import value_table as compute_value
from zoning.units import clock
from zoning.zones import building_travel
from zoning.zones.files.plan_files import plan_csv
from zoning.zones.review.checking import PlanCheck, keep_patrolled
from zoning.zones.review.comparison import PlanComparison
from zoning.zones.solve.alternatives import describe_alternatives

PUBLIC_EQUITY = ("group", "students", "presence_index", "mean_response_s")
VISIT_COLUMNS: Final = (
    *("zone_id", "officer_id", "stop", "activity", "building_id", "name"),
    *("arrival", "departure", "dwell_s", "travel_s", "present_for"),
)
"""What a table of visits tells of each stop; `zoning.read_schedule` reads it back."""
SLOWEST_SHOWN = 10  # length of the list of slowest buildings; response_by_building.csv has all

# Digits after the point: whole dollars and metres, tenths of a second, hundredths of a percent.
_SHARE_DIGITS = 4
_DIGITS_BY_UNIT = {"_usd": 0, "_s": 1, "_m": 0, "_share": _SHARE_DIGITS}
_EXACT_DIGITS = {"cost_per_student_usd": 2, "presence_index": 3, "zoning_gap": 8}
_OTHER_DIGITS = 6


def comparison_table(view: PublicView | RestrictedView) -> bytes:
    """Make one row an option: every figure of the edition, in seconds, metres and dollars."""
    if isinstance(view, RestrictedView):
        return csv_table(view.comparison.table().reset_index(), Edition.RESTRICTED)
    columns = [column for figure in view.figures for column in figure.columns]
    rows = [
        {
            "option_id": option.option_id,
            "label": option.label,
            **_schools_of(view, option),
            **{column: option.values.get(column, math.nan) for column in columns},
            "not_dominated": option.not_dominated,
            "zoning_status": option.zoning_status,
            "zoning_gap": option.zoning_gap,
            "travel_times": view.travel_times,
            "withheld": option.withheld_reason,
        }
        for option in view.options
    ]
    return csv_table(pd.DataFrame(rows), Edition.PUBLIC)


def alternatives_table(view: PublicView | RestrictedView) -> bytes:
    """Make one row a plan for the same request, from the columns that the edition shows.

    ``differs`` says what is better and what is worse than in the best plan.
    """
    public, edition = view.public, Edition.PUBLIC
    table = public.alternatives
    if isinstance(view, RestrictedView):
        edition = Edition.RESTRICTED
        found = view.comparison.alternatives
        table = None if found is None else found.table()
    if table is None:
        raise TypeError("the options are not near-best plans for one request")
    ids = [option.option_id for option in public.options]
    whole = table.reset_index().assign(differs=["", *describe_alternatives(table)])
    whole.insert(0, "option_id", ids)
    return csv_table(whole.assign(estimate=public.estimate), edition)


def budget_table(view: PublicView | RestrictedView) -> bytes:
    """Make one row an option, line and period: dollars at low, likely and high prices.

    ``interval_low_usd`` and ``interval_high_usd`` stand in the rows of totals; ``withheld`` says
    why lines are merged and intervals left out, '' where none are.
    """
    frame = budget_frame(view).assign(estimate=view.public.estimate)
    if isinstance(view, RestrictedView):
        return csv_table(frame, Edition.RESTRICTED)
    reasons = {
        o.option_id: MERGED_LINES if (MERGED, STEADY) in o.budget.index else ""
        for o in view.options
    }
    return csv_table(frame.assign(withheld=frame["option_id"].map(reasons)), Edition.PUBLIC)


def budget_frame(view: PublicView | RestrictedView) -> pd.DataFrame:
    """List the budgets of all options, exact in the restricted edition."""
    if isinstance(view, RestrictedView):
        budgets = {
            o.option_id: o.budget.table() for o in view.comparison.outcomes if o.budget is not None
        }
    else:
        budgets = {o.option_id: o.budget for o in view.options if len(o.budget)}
    columns = ["option_id", "line", "period", *ENDS, "interval_low_usd", "interval_high_usd"]
    frames = [table.reset_index().assign(option_id=i) for i, table in budgets.items()]
    return _concatenate(frames).reindex(columns=columns)


def value_table(view: PublicView | RestrictedView) -> bytes:
    """Make one row a pair of options of the same schools: what the dearer one buys."""
    frame = value_frame(view).assign(estimate=view.public.estimate)
    return csv_table(frame, _edition(view))


def value_frame(view: PublicView | RestrictedView) -> pd.DataFrame:
    """List what each option buys over each cheaper one of the same schools."""
    if isinstance(view, RestrictedView):
        frames = [compute_value(part.outcomes) for part in view.comparison.parts]
        return pd.concat(frames, ignore_index=True)
    return view.value


def _schools_of(view: PublicView, option: PublicOption) -> dict[str, object]:
    """The columns of `SCENARIO_COLUMNS`, where options have different schools."""
    if not view.scenarios:
        return {}
    buildings = len(view.at(option.option_id).schools)
    values = (option.scenario, buildings, option.students)
    return dict(zip(SCENARIO_COLUMNS, values, strict=True))


def scenarios_table(view: PublicView | RestrictedView) -> bytes:
    """Make one row a change of a scenario: schools that open, close or change."""
    tables = [
        s.table.assign(scenario=s.name)[["scenario", *s.table.columns]]
        for s in view.public.scenarios
    ]
    joined = pd.concat(tables, ignore_index=True)
    edition = Edition.RESTRICTED if isinstance(view, RestrictedView) else Edition.PUBLIC
    return csv_table(joined, edition)


def plan_table(comparison: StaffingComparison, option_id: str) -> bytes:
    """Write the plan of an option for `zoning.read_plan`; only the header if it has none."""
    plan = comparison.outcome(option_id).plan
    if plan is None:
        return b"building_id,zone_id,high_school_id,kind,name\n"
    return plan_csv(plan, schools=comparison.part_of(option_id).district.schools)


def assignments_table(view: PublicView | RestrictedView) -> bytes:
    """Make one row a building and option: its zone, and whether it is in its feeder's zone.

    ``aligned`` is empty for schools that feed no high school, and for buildings with an
    officer of their own. ``estimate`` is what the zones rest on when travel times do not
    come from streets.
    """
    public = view.public
    rows = []
    for option in public.options:
        zones = option.zones.drop(columns="geometry").to_dict("index")
        schools = public.at(option.option_id).schools
        for place in option.places.itertuples():
            zone, school = zones[place.zone_id], schools.loc[place.Index]
            rows.append(
                {
                    "building_id": place.Index,
                    "name": school["name"],
                    "level": school["level"],
                    "option_id": option.option_id,
                    "zone_id": place.zone_id,
                    "high_school_id": zone["high_school_id"],
                    "kind": zone["kind"],
                    "aligned": place.aligned,
                    "full_time_officer": place.full_time_officer,
                    "estimate": public.estimate,
                }
            )
    columns = (
        *("building_id", "name", "level", "option_id", "zone_id", "high_school_id", "kind"),
        *("aligned", "full_time_officer", "estimate"),
    )
    edition = Edition.PUBLIC if view is public else Edition.RESTRICTED
    return csv_table(pd.DataFrame(rows, columns=columns, dtype=object), edition)


def standing_table(view: PublicView | RestrictedView) -> bytes:
    """Make one row a plan and figure: the share of random plans that are better."""
    standing = view.public.standing
    if standing is None:
        raise TypeError("no random plans were drawn")
    edition = Edition.RESTRICTED if isinstance(view, RestrictedView) else Edition.PUBLIC
    frame = standing.table.assign(how=standing.how, estimate=view.public.estimate)
    return csv_table(frame, edition)


def areas_table(view: PublicView | RestrictedView) -> bytes:
    """Make one row a zone of the plan: the commander's area it is in."""
    public = view.public
    zones = public.options[0].zones
    frame = pd.DataFrame(
        {
            "zone_id": zones.index,
            "area": zones["command_area"].to_numpy(),
            "kind": zones["kind"].to_numpy(),
            "high_school_id": zones["high_school_id"].to_numpy(),
            "buildings": [len(ids) for ids in zones["building_ids"]],
            "estimate": public.estimate,
        },
        dtype=object,
    )
    edition = Edition.RESTRICTED if isinstance(view, RestrictedView) else Edition.PUBLIC
    return csv_table(frame, edition)


def stress_table(view: PublicView | RestrictedView) -> bytes:
    """Make one row an option and stress: its response, and the change from as planned.

    ``offered_load`` and ``median_s`` are in the restricted edition alone.
    """
    found = _certainty(view)
    frame = found.stress.reset_index()
    told = frame.assign(
        most_calls_per_day=frame["option_id"].map(found.most_calls).astype(float),
        withheld=[found.withheld.get(one, "") for one in frame["option_id"]],
        estimate=view.public.estimate,
    )
    return csv_table(told, _edition(view))


def building_stress_table(view: RestrictedView) -> bytes:
    """Make one row an option, stress and building: those that lose most, the worst first."""
    found = _certainty(view)
    frame = found.buildings.reset_index()
    labels = dict.fromkeys(frame["stress"], "") | found.stress["label"].droplevel(0).to_dict()
    frame.insert(2, "label", frame["stress"].map(labels))
    frame.insert(4, "name", _building_names(view.public, frame))
    estimate = view.comparison.emergency_times.estimate
    return csv_table(frame.assign(estimate=estimate), Edition.RESTRICTED)


def sensitivity_table(view: PublicView | RestrictedView) -> bytes:
    """Make one row an assumption and pair of options: who answers sooner, and where that changes.

    ``now``, ``at_low`` and ``at_high`` are the option that answers sooner, empty where there is
    no clear difference; ``flips_below`` and ``flips_above`` are in the unit of the assumption.
    """
    found = _certainty(view).sensitivity
    columns = ["assumption", "label", "unit", "value", "low", "high", "first", "second"]
    columns += ["now", "at_low", "at_high", "flips_below", "flips_above"]
    columns += [f"{side}_{mean}" for side in ("first", "second") for mean in _MEANS]
    rows = [] if found is None else _sensitivity_rows(found)
    frame = pd.DataFrame(rows, columns=columns, dtype=object)
    return csv_table(frame.assign(estimate=view.public.estimate), _edition(view))


def _sensitivity_rows(found: Sensitivity) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    means = dict(zip(found.means.index, found.means.to_dict("records"), strict=True))
    for row in found.order.reset_index().to_dict("records"):
        one, pair = found.assumptions[row["assumption"]], (row["first"], row["second"])
        sooner = {FIRST: pair[0], NEITHER: "", SECOND: pair[1]}
        ends = {"label": one.label, "value": one.value, "low": one.low, "high": one.high}
        made: dict[str, object] = {**{str(key): value for key, value in row.items()}, **ends}
        made |= {side: sooner[row[side]] for side in ("now", "at_low", "at_high")}
        for side, option in zip(("first", "second"), pair, strict=True):
            made |= {f"{side}_{mean}": means[option, one.key][mean] for mean in _MEANS}
        rows.append({**made, "unit": _UNITS.get(one.key, "")})
    return rows


_MEANS = ("mean_s", "mean_low_s", "mean_high_s")
_UNITS = {
    "calls_per_day": "calls a school-day and building",
    "travel_factor": "multiple of the drive times",
    "on_scene_s": "seconds",
    "dispatch_s": "seconds",
    "second_officer_share": "share of calls",
}


def _certainty(view: PublicView | RestrictedView) -> Certainty:
    if view.certainty is None:
        raise TypeError("no stress tests were made")
    return view.certainty


def _edition(view: PublicView | RestrictedView) -> Edition:
    return Edition.RESTRICTED if isinstance(view, RestrictedView) else Edition.PUBLIC


def equity_table(view: PublicView | RestrictedView) -> bytes:
    """Make one row an option and group of students: officer time and response.

    The public edition leaves both out, and says so in ``withheld``, where so few
    buildings are patrolled that the response at each could be worked out.
    """
    columns = ["option_id", *PUBLIC_EQUITY]
    if isinstance(view, RestrictedView):
        columns.insert(columns.index("presence_index"), "officer_minutes")
        frame = view.comparison.equity()
        frame = pd.DataFrame(columns=columns) if frame.empty else frame.reset_index()[columns]
        return csv_table(frame.assign(estimate=view.public.estimate), Edition.RESTRICTED)
    frame = view.equity.reset_index()
    shown = frame[columns].assign(estimate=view.estimate, withheld=frame["withheld"])
    return csv_table(shown, Edition.PUBLIC)


def visits_table(view: RestrictedView) -> bytes:
    """Make one row a stop of an officer's day."""
    visits = visit_frame(view).assign(estimate=view.comparison.patrol_times.estimate)
    return csv_table(visits, Edition.RESTRICTED)


def visit_frame(view: RestrictedView) -> pd.DataFrame:
    """List every stop with clock times."""
    visits = _concatenate(
        outcome.schedule.to_frame().assign(option_id=outcome.option_id)
        for outcome in view.comparison.outcomes
        if outcome.schedule is not None
    )
    if not visits.empty:
        visits = with_clock_times(visits.assign(name=_building_names(view.public, visits)))
    return visits.reindex(columns=["option_id", *VISIT_COLUMNS])


def with_clock_times(visits: pd.DataFrame) -> pd.DataFrame:
    """Add the times on a clock at which the stops of `PatrolSchedule.to_frame` begin and end."""
    time = partial(clock, to_the_second=True)
    return visits.assign(
        arrival=visits["arrival_s"].map(time), departure=visits["departure_s"].map(time)
    )


def building_response_table(view: RestrictedView) -> bytes:
    """Make one row a building and option: its response."""
    response = response_frame(view)
    if response.empty:
        return csv_table(pd.DataFrame(columns=["option_id", "building_id"]), Edition.RESTRICTED)
    estimate = view.comparison.emergency_times.estimate
    return csv_table(response.assign(estimate=estimate), Edition.RESTRICTED)


def severe_table(view: RestrictedView) -> bytes:
    """Make one row a building and option: how near an officer is in a severe event."""
    rows = _concatenate(
        outcome.severe.buildings.reset_index().assign(option_id=outcome.option_id)
        for outcome in view.comparison.outcomes
        if outcome.severe is not None
    )
    first = ["option_id", "building_id", "name", "zone_id"]
    if rows.empty:
        return csv_table(pd.DataFrame(columns=first[:2]), Edition.RESTRICTED)
    rows = rows.assign(name=_building_names(view.public, rows))
    rows = rows[[*first, *(column for column in rows if column not in first)]]
    return csv_table(
        rows.assign(estimate=view.comparison.emergency_times.estimate), Edition.RESTRICTED
    )


def response_frame(view: RestrictedView) -> pd.DataFrame:
    """Make a table of the response at every building in every option."""
    response = _concatenate(
        outcome.response.buildings.reset_index().assign(option_id=outcome.option_id)
        for outcome in view.comparison.outcomes
        if outcome.response is not None
    )
    first = ["option_id", "building_id", "name", "zone_id"]
    if response.empty:
        return response.reindex(columns=[*first, "mean_s", "median_s", "p90_s"])
    response = response.assign(name=_building_names(view.public, response))
    return response[[*first, *(column for column in response if column not in first)]]


def _building_names(view: PublicView, rows: pd.DataFrame) -> pd.Series[str]:
    """The name of the building of each row, as the schools of its option have it."""
    if not view.scenarios:
        return rows["building_id"].map(view.schools["name"])
    names = {o.option_id: view.at(o.option_id).schools["name"].to_dict() for o in view.options}
    found = [names[o][b] for o, b in zip(rows["option_id"], rows["building_id"], strict=True)]
    return pd.Series(found, index=rows.index, dtype="str")


def _concatenate(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat(found, ignore_index=True) if (found := list(frames)) else pd.DataFrame()


def changes_table(changes: PlanComparison, *, estimate: str | None) -> bytes:
    """Make one row a building: its zone and travel before and after. Restricted."""
    frame = changes.buildings.reset_index().drop(columns=["calls", "weighted_change_s"])
    moved = frame["building_id"].isin(changes.moved.index)
    frame.insert(4, "moved", moved)
    return csv_table(frame.assign(estimate=estimate), Edition.RESTRICTED)


def broken_rules_table(check: PlanCheck, *, estimate: str | None) -> bytes:
    """Make one row a broken rule. Restricted, since reasons may contain drive times."""
    return csv_table(check.to_frame().assign(estimate=estimate), Edition.RESTRICTED)


def building_travel_table(check: PlanCheck, *, estimate: str | None) -> bytes:
    """Make one row a patrolled building: its zone and the travel to a call there. Restricted."""
    problem = check.problem
    travel = building_travel(keep_patrolled(check.plan, problem), problem).reset_index()
    frame = travel.drop(columns="weighted_s")
    frame.insert(1, "name", [problem.name(b) for b in frame["building_id"]])
    return csv_table(frame.assign(estimate=estimate), Edition.RESTRICTED)


def csv_table(frame: pd.DataFrame, edition: Edition) -> bytes:
    """Write CSV in UTF-8 with commas and LF; restricted tables are marked in every row."""
    if edition is Edition.RESTRICTED:
        frame = frame.assign(edition=str(edition))
    columns = [str(column) for column in frame]
    lines = [
        columns,
        *(
            [_cell(column, value) for column, value in zip(columns, row, strict=True)]
            for row in frame.itertuples(index=False, name=None)
        ),
    ]
    text = "".join(",".join(_quote(cell) for cell in line) + "\n" for line in lines)
    return text.encode("utf-8")


def _quote(cell: str) -> str:
    """Quote as RFC 4180, and other locales' separators; Python's csv leaves a bare CR unquoted."""
    if any(c in cell for c in ',;\t"\r\n'):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _cell(column: str, value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return str(value).lower()
    if isinstance(value, Integral):
        return str(int(value))
    if isinstance(value, Real):
        return _number(column, float(value))
    return "" if value is None or value is pd.NA else guarded(str(value))


def _number(column: str, value: float) -> str:
    """Format with at most the digits of its unit, without trailing zeros; '' for not computed."""
    if not math.isfinite(value):
        return "" if math.isnan(value) else str(value)
    shown = f"{value:.{_digits(column)}f}"
    if "." in shown:
        shown = shown.rstrip("0").rstrip(".")
    return "0" if shown == "-0" else shown


def round_as_written(column: str, value: float) -> float:
    """Round a finite figure to the digits of the tables."""
    return float(_number(column, value))


def _digits(column: str) -> int:
    if column.startswith("share_within_"):
        return _SHARE_DIGITS
    by_unit = (digits for unit, digits in _DIGITS_BY_UNIT.items() if column.endswith(unit))
    return _EXACT_DIGITS.get(column, next(by_unit, _OTHER_DIGITS))
