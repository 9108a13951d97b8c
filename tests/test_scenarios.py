"""Options of different schools side by side: own figures, no mixed ones, no telling difference."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from functools import cache
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from helpers.browser import file_page
from helpers.map_towns import ATTACKS, OPTIONS, nine_schools
from helpers.road_towns import degrees
from helpers.scenario_towns import NAME, changed_schools, mixed_comparison

from zoning import maps
from zoning.demand import CallRates, call_rates
from zoning.disclosure import option_change, public_view, restricted_view
from zoning.disclosure.audit.facts import Names, split_tokens
from zoning.disclosure.changes import CLOSES, NOT_A_SCHOOL, OPENS
from zoning.disclosure.groups import WITHHELD_SCENARIO
from zoning.disclosure.releases import (
    Release,
    describe_disclosure,
    plans_of,
    published_figures,
)
from zoning.district import District
from zoning.editions import Edition
from zoning.errors import OptionError
from zoning.maps.pictures.picture import picture
from zoning.patrol import PatrolAssumptions
from zoning.reports.board_text import describe_difference
from zoning.reports.brief import brief
from zoning.reports.deck import deck
from zoning.reports.outputs import Extra, Order, Purpose, output_files
from zoning.reports.run_record import RunSettings
from zoning.response import ResponseAssumptions
from zoning.schools import schools_from_frame
from zoning.staffing import (
    OptionInputs,
    OptionOutcome,
    PatrolZones,
    Placement,
    ScenarioOption,
    SchoolScenario,
    StaffingComparison,
    compare_staffing,
)
from zoning.staffing.precision import BESIDE_OTHER_SCHOOLS, withheld_jointly
from zoning.staffing.scenarios import keep_buildings
from zoning.zones import SolverLimits, Zone, ZonePlan, plan_moves

pytestmark = pytest.mark.filterwarnings("ignore::zoning.errors.DistrictNotice")
LATER = "zones-2-2028-schools"


@cache
def mixed() -> StaffingComparison:
    return mixed_comparison()


SETTINGS = RunSettings(
    command=("zoning", "compare"),
    inputs=(),
    calls_per_school_day=0.17,
    limits=SolverLimits(),
    patrol=PatrolAssumptions(),
    response=ResponseAssumptions(),
)


def files(comparison: StaffingComparison, edition: Edition, *extras: Extra) -> dict[str, bytes]:
    order = Order(purpose=Purpose.COMPARISON, edition=edition, extras=frozenset(extras))
    return output_files(comparison, SETTINGS, order)


def table(files: dict[str, bytes], name: str) -> pd.DataFrame:
    return pd.read_csv(StringIO(files[name].decode()), keep_default_na=False)


def test_an_option_of_a_scenario_has_the_figures_of_a_district_of_its_own(
    compared: StaffingComparison,
) -> None:
    """Everything of a scenario's option equals a comparison made of its schools alone."""
    alone = compare_staffing(
        replace(nine_schools(), schools=changed_schools().schools),
        [o for o in OPTIONS if isinstance(o, PatrolZones)],
    )
    for outcome in alone.outcomes:
        beside = mixed().outcome(f"{outcome.option_id}-2028-schools")
        assert dict(beside.figures) == dict(outcome.figures)
        assert beside.plan == outcome.plan
        assert beside.label == f"{outcome.label}, {NAME}"
        assert beside.not_dominated == outcome.not_dominated
        assert beside.response is not None
        assert outcome.response is not None
        pd.testing.assert_frame_equal(beside.response.buildings, outcome.response.buildings)
    for outcome in compared.outcomes:
        assert dict(mixed().outcome(outcome.option_id).figures) == dict(outcome.figures)


def test_the_table_says_which_schools_and_how_many(
    compared: StaffingComparison,
) -> None:
    row = mixed().table().loc[LATER]
    # 9 schools: one closes (400 students), one opens (300), one grows from 500 to 999.
    assert (row["scenario"], row["buildings"]) == (NAME, 9)
    assert row["students"] == 5400 - 400 + 300 + 499
    # Two posts are three officers; overtime is half dearer, of 2,080 paid hours a year.
    overtime = row["overtime_hours"] * 175 * 1.5 * 150_000 / 2080
    assert row["cost_per_student_usd"] == pytest.approx((450_000 + overtime) / 5799)
    assert mixed().table().loc["zones-2", "students"] == 5400
    assert "scenario" not in compared.table()


def test_schools_change_as_scenarios_say_and_no_response_is_subtracted() -> None:
    view = public_view(mixed())
    change = option_change(view, "zones-2", LATER)
    kinds = change.schools["change"]
    assert kinds["s9"] == OPENS
    assert kinds["s0"] == CLOSES
    assert (kinds == OPENS).sum() == (kinds == CLOSES).sum() == 1
    assert change.schools.loc["s9", ["before", "name"]].tolist() == [
        NOT_A_SCHOOL,
        "School 9 (planned)",
    ]
    back = option_change(view, LATER, "zones-2").schools["change"]
    assert (back["s9"], back["s0"]) == (CLOSES, OPENS)
    columns = set(view.scenarios[0].schools.columns)
    assert columns == set(view.schools.columns)
    later, today = view.option(LATER), view.option("zones-2")
    assert np.isnan(later.mean_changes["zones-2"])
    assert later.mean_changes["zones-3-2028-schools"] != 0
    costs = [mixed().outcome(o).figures["annual_cost_usd"] for o in (LATER, "zones-3")]
    assert later.cost_changes["zones-3"] == pytest.approx(costs[0] - costs[1], abs=500)
    assert later.cost_changes["zones-3"] < -50_000
    said = describe_difference(view, later, today)
    assert "of different schools, so they are not subtracted" in said
    assert "the cost is the same" in said


def test_options_are_beaten_only_by_options_of_their_schools() -> None:
    few = SchoolScenario(name="half", schools=nine_schools().schools.iloc[:6])
    compared = compare_staffing(
        nine_schools(),
        [PatrolZones(zones=3), ScenarioOption(option=PatrolZones(zones=2), scenario=few)],
    )
    today, half = compared.outcomes
    criteria = ("annual_cost_usd", "mean_response_s", "p90_response_s")
    better = [half.figures[c] <= today.figures[c] for c in criteria]
    assert any(better)
    assert today.not_dominated
    assert half.not_dominated
    assert "of the same schools" in public_view(compared).unbeaten


def test_what_a_scenario_lacks_is_one_error() -> None:
    scenario = SchoolScenario(name="later", schools=changed_schools().schools)
    other = SchoolScenario(name="later", schools=nine_schools().schools)
    options = [
        ScenarioOption(option=PatrolZones(zones=k), scenario=s)
        for k, s in ((2, scenario), (3, other))
    ]
    with pytest.raises(OptionError) as error:
        compare_staffing(nine_schools(), options, calls=call_rates(nine_schools().schools))
    assert "two scenarios have the name 'later'" in str(error.value)
    assert "call rates were given for today's schools" in str(error.value)
    with pytest.raises(OptionError, match="no name"):
        SchoolScenario(name=" ", schools=changed_schools().schools)


def test_zones_of_a_start_plan_keep_their_names_without_its_closed_schools() -> None:
    today = mixed().outcome("zones-3").plan
    assert today is not None
    named = ZonePlan(tuple(replace(z, zone_id=f"Beat {k}") for k, z in enumerate(today.zones)))
    scenario = SchoolScenario(name=NAME, schools=changed_schools().schools)
    option = ScenarioOption(option=PatrolZones(zones=3, start=named), scenario=scenario)
    plan = compare_staffing(nine_schools(), [option]).outcomes[0].plan
    assert plan is not None
    assert "s0" not in plan.building_ids
    assert [z.zone_id for z in plan.zones if z.zone_id.startswith("Beat")]


def test_only_buildings_of_both_plans_move() -> None:
    def plan(**zones: str) -> ZonePlan:
        return ZonePlan(tuple(Zone(zone_id=i, building_ids=tuple(b)) for i, b in zones.items()))

    moves = plan_moves(plan(one="abc", two="def"), plan(x="abg", y="dec"))
    assert moves.moved.to_dict("index") == {"c": {"from_zone": "one", "to_zone": "y"}}
    assert (moves.opened, moves.closed) == (("g",), ("f",))
    assert dict(moves.continued) == {"x": "one", "y": "two"}
    assert str(moves) == "1 building moved, 1 opened, 1 closed"


@pytest.mark.slow
@pytest.mark.parametrize("edition", list(Edition))
def test_every_file_has_the_schools_of_each_option(edition: Edition) -> None:
    made = files(mixed(), edition, Extra.EXCEL, Extra.GEOPACKAGE)
    assigned = table(made, "assignments.csv")
    later = assigned[assigned["option_id"] == LATER]
    assert set(later["building_id"]) == {f"s{k}" for k in range(1, 10)}
    assert "School 9 (planned)" in set(later["name"])
    today = assigned[assigned["option_id"] == "zones-2"]
    assert set(today["building_id"]) == {f"s{k}" for k in range(9)}
    rows = table(made, "comparison.csv").set_index("option_id")
    assert rows.loc[LATER, ["scenario", "buildings", "students"]].tolist() == [NAME, 9, 5799]
    assert set(table(made, "scenarios.csv")["school_id"]) == {"s9", "s0", "s2", "s3"}
    assert table(made, f"plan_{LATER}.csv")["building_id"].tolist() == later["building_id"].tolist()
    (recorded,) = json.loads(made["run.json"])["scenarios"]
    assert (recorded["name"], recorded["buildings"]) == (NAME, 9)
    from openpyxl import load_workbook  # noqa: PLC0415

    book = load_workbook(BytesIO(made["tables.xlsx"]))
    schools = {str(row[1]): row for row in book["Schools"].values}
    assert NOT_A_SCHOOL in schools["School 0"]
    assert NOT_A_SCHOOL in schools["School 9 (planned)"]
    assert "Schools that change" in book.sheetnames
    if edition is Edition.RESTRICTED:
        assert {"patrol_day.html", "patrol_day_2028_schools.html"} <= made.keys()
        slow = table(made, "response_by_building.csv").set_index(["option_id", "building_id"])
        response = mixed().outcome(LATER).response
        assert response is not None
        for building, mean in response.buildings["mean_s"].items():
            assert float(slow.loc[(LATER, building), "mean_s"]) == pytest.approx(mean, abs=0.06)


def test_a_page_without_scenarios_holds_nothing_of_them(
    compared: StaffingComparison,
) -> None:
    text = str(maps.frontier(compared).get_root().render())
    assert "scenarios" not in text
    assert "scenarios" in str(maps.frontier(mixed()).get_root().render())


def test_slides_name_each_school_that_opens_or_closes() -> None:
    pptx = pytest.importorskip("pptx")
    view = public_view(mixed())
    made = deck(view, pictures={}, chosen=LATER, today="zones-2")
    slides = pptx.Presentation(BytesIO(made)).slides
    titles = [s.shapes.title.text_frame.text for s in slides if s.shapes.title is not None]
    assert "1 school opens" in titles
    assert "1 school closes" in titles
    assert "not subtracted" in brief(view, picture=None, chosen=LATER, today="zones-2")


@pytest.mark.browser
@pytest.mark.slow
def test_a_page_shows_the_schools_of_the_option_chosen(tmp_path: Path, browser: Any) -> None:
    page = tmp_path / "comparison.html"
    maps.comparison(mixed()).save(page)
    position = [o.option_id for o in mixed().outcomes].index(LATER)
    with file_page(browser, page) as opened:

        def seen(kind: str = "") -> int:
            return int(opened.page.locator(f"#map .school{kind}:not(.off)").count())

        # Today nine schools; later eight of them, one new, and the mark of the one that closes.
        assert (seen(), seen(".planned"), seen(".closed")) == (9, 0, 0)
        opened.page.locator(f"#option-{position}").check()
        assert (seen(), seen(".planned"), seen(".closed")) == (10, 1, 1)
        assert "9 school buildings today, 2028 schools: 9" in opened.text("#district")
        opened.page.locator("#tab-changes").click()
        lists = opened.page.locator("#change-choice select")
        lists.nth(0).select_option("1")
        lists.nth(1).select_option(str(position))
        rows = opened.page.locator("#change-summary tbody tr").all_inner_texts()
        counts = {r.split("\t")[0].strip().split("\n")[-1]: int(r.split("\t")[-1]) for r in rows}
        assert counts["School opens"] == counts["School closes"] == 1
        # The school that moves has a mark for each place, and counts once.
        assert sum(counts.values()) == 10
        lists.nth(0).select_option("2")
        lists.nth(1).select_option("1")
        rows = opened.page.locator("#change-summary tbody tr").all_inner_texts()
        assert sum(int(r.split("\t")[-1]) for r in rows) == 9
        assert not opened.complaints


@pytest.mark.browser
@pytest.mark.slow
def test_planned_and_closed_schools_are_found_where_they_are(tmp_path: Path, browser: Any) -> None:
    file = tmp_path / "comparison.html"
    maps.comparison(mixed()).save(file)
    position = [o.option_id for o in mixed().outcomes].index(LATER)
    with file_page(browser, file) as opened:
        page = opened.page
        box = page.get_by_role("combobox", name="Find a school")
        hits = page.locator(".hits li")
        told = page.locator("#map .told")
        box.fill("planned")
        assert hits.count() == 0
        page.locator(f"#option-{position}").check()
        box.fill("9 planned")
        box.press("Enter")
        assert "School 9 (planned)" in told.inner_text()
        assert f"Opens: {NAME}. One officer patrols" in told.inner_text()
        # The school that moves has a mark for each place, is listed once, and stays chosen.
        box.fill("school 3")
        assert hits.count() == 1
        box.press("Enter")
        assert told.inner_text().startswith("School 3")
        page.locator("#option-1").check()
        assert told.inner_text().startswith("School 3")
        assert page.locator("#map .school.chosen:not(.off)").count() == 1
        page.locator(f"#option-{position}").check()
        box.fill("school 0")
        box.press("Enter")
        assert told.inner_text().strip().endswith(f"Closed: {NAME}.")
        page.get_by_role("tab", name="Side by side").click()
        box.fill("school 3")
        assert hits.count() == 1
        assert opened.complaints == []


@pytest.mark.slow
def test_a_picture_marks_a_planned_school() -> None:
    pytest.importorskip("matplotlib")
    view = public_view(mixed())
    later, before = (picture(view, one, format="svg").decode() for one in (LATER, "zones-2"))
    assert f"Schools: {NAME}" in later
    assert "School 9 (planned)" in later
    assert "planned" not in before


def test_the_audit_finds_a_planned_school_by_its_name_alone() -> None:
    names = Names.of({"s9": ["Ridge Elementary (planned)"]})
    assert [found[2] for found in names.find_in(split_tokens("Ridge waits 5 minutes"))] == [0]


@pytest.mark.slow
def test_hostile_names_of_schools_and_scenarios() -> None:
    attack = " ".join(ATTACKS)
    view = restricted_view(mixed_comparison(name=attack, new_name=attack))
    text = str(maps.comparison(view).get_root().render())
    assert "<script>window.__x" not in text
    assert "<img src=x" not in text
    for part in view.parts:
        assert "<img src=x" not in str(maps.patrol_day(part).get_root().render())


# What two options of nearly the same schools tell together.


def many_schools(count: int = 30) -> District:
    """Schools in rows of six, 700 m apart, with shares of two groups."""
    places = degrees([(700.0 * (k % 6), 700.0 * (k // 6)) for k in range(count)])
    frame = pd.DataFrame(
        {
            "school_id": [f"s{k}" for k in range(count)],
            "name": [f"School {k}" for k in range(count)],
            "level": ["high" if k % 10 == 0 else "elementary" for k in range(count)],
            "latitude": places.y,
            "longitude": places.x,
            "enrollment": [400.0 + 7 * k for k in range(count)],
            "pct_black": [40.0 + (k % 5) for k in range(count)],
            "pct_white": [50.0 - (k % 5) for k in range(count)],
            "pct_asian": [1.0 if k == 3 else 3.0 for k in range(count)],
        }
    )
    return District(name="Many", schools=schools_from_frame(frame))


ROWS = ZonePlan.from_assignment({f"s{k}": f"Zone {k // 5}" for k in range(30)})


@dataclass(frozen=True)
class Drawn:
    """An option whose zones are given: those of a plan that are still schools."""

    option_id: str = "drawn"
    label: str = "Drawn"
    description: str = "As drawn."

    def place_officers(self, inputs: OptionInputs) -> Placement:
        return Placement(keep_buildings(ROWS, set(inputs.schools["campus_id"])))


def beside(later: pd.DataFrame) -> StaffingComparison:
    """The same zones for today's schools and for others."""
    scenario = SchoolScenario(name="later", schools=later)
    options = [Drawn(), ScenarioOption(option=Drawn(), scenario=scenario)]
    return compare_staffing(many_schools(), options)


def test_one_school_more_students_would_tell_its_response() -> None:
    """With the same zones all weights but one cancel: the difference is one school's response.

    Calls follow enrolment and the district's total does not, so that every weight changes;
    but up to a factor only one does.
    """
    later = many_schools().schools.copy()
    later.loc["s7", "enrollment"] = 900.0
    one, other = beside(later).outcomes
    assert {"mean_response_s", "p90_response_s"} <= other.withheld_jointly
    assert one.withheld_jointly == frozenset()


def test_all_schools_growing_alike_tells_nothing() -> None:
    later = many_schools().schools.copy()
    later["enrollment"] *= 1.1
    assert beside(later).outcomes[1].withheld_jointly == frozenset()


def test_two_schools_in_other_zones_would_tell_of_few() -> None:
    one = beside(many_schools().schools).outcomes[0]
    zones = list(ROWS.zones)
    swapped = [
        replace(zones[0], building_ids=(*zones[0].building_ids[1:], zones[1].building_ids[0])),
        replace(zones[1], building_ids=(*zones[1].building_ids[1:], zones[0].building_ids[0])),
    ]
    other = replace(one, plan=ZonePlan((*swapped, *zones[2:])))
    columns = withheld_jointly(other, [one])
    # The mean of the ten schools of the two zones may be told, a percentile of theirs not.
    assert "p90_response_s" in columns
    assert "mean_response_s" not in columns


def counted(calls: dict[str, float]) -> CallRates:
    return CallRates.from_series(pd.Series(calls), source="own log", school_days=170)


COUNTS = {f"s{k}": 20.0 + 7 * k for k in range(30)}
CALL_FIGURES = {"calls_per_day", "busy_fraction", "own_officer_share"}


def swap_all(outcome: OptionOutcome) -> ZonePlan:
    """Zones by column in place of rows: every building has another officer."""
    assert outcome.plan is not None
    ids = outcome.plan.building_ids
    return ZonePlan.from_assignment({b: f"Zone {int(b[1:]) % 5}" for b in ids})


@pytest.mark.parametrize("overloaded", [False, True])
def test_two_totals_of_counted_calls_do_not_tell_those_of_one_school(overloaded: bool) -> None:
    """Every zone differs, so that no mean tells of few; but School 3's calls are the difference.

    To a tenth of a call a day: School 3 has 41 calls in 170 days, 0.24 a day. Where the
    officers of the scenario cannot keep up, a caution would tell the same total.
    """
    today = many_schools()
    factor = 400.0 if overloaded else 1.0
    fewer = {b: factor * n for b, n in COUNTS.items() if b != "s3"}
    scenario = SchoolScenario(name="later", schools=today.schools.drop("s3"), calls=counted(fewer))
    options = [Drawn(), ScenarioOption(option=Drawn(), scenario=scenario)]
    compared = compare_staffing(today, options, calls=counted(COUNTS))
    one, other = compared.outcomes
    assert other.is_overloaded == overloaded
    moved = replace(other, plan=swap_all(other), withheld_jointly=frozenset())
    if overloaded:
        assert withheld_jointly(moved, [one]) > {"p90_response_s", "share_within_300_s"}
    else:
        assert withheld_jointly(moved, [one]) == CALL_FIGURES
        alike = replace(moved, calls_are_counted=False)
        assert withheld_jointly(alike, [replace(one, calls_are_counted=False)]) == set()
    again = public_view(replace(compared, outcomes=(one, other)))
    assert np.isnan(again.option("drawn-later").values["calls_per_day"])
    assert "calls a school-day" not in " ".join(again.cautions)


def test_the_public_edition_withholds_and_says_why() -> None:
    compared = beside(many_schools().schools.drop("s3"))
    view = public_view(compared)
    option = view.option("drawn-later")
    # The five schools of one zone differ: too few for a percentile.
    assert "p90_response_s" in option.withheld
    assert np.isnan(option.values["p90_response_s"])
    assert not np.isnan(view.option("drawn").values["p90_response_s"])
    # Its two high schools are too few for lunches met, which is a reason of its own.
    assert option.withheld_reason.endswith(BESIDE_OTHER_SCHOOLS)
    assert BESIDE_OTHER_SCHOOLS in view.notices
    told = compared.public_table().loc["drawn-later", "withheld"]
    assert told == option.withheld_reason
    groups = view.equity.loc["drawn-later"]
    # School 3 has 4 Asian students: the difference of two counts would tell it.
    assert "Asian" in view.equity.loc["drawn"].index
    assert "Asian" not in groups.index
    assert set(groups["withheld"]) == {WITHHELD_SCENARIO}
    assert groups["mean_response_s"].isna().all()


def test_the_public_view_tells_no_incidents_or_groups_of_a_school() -> None:
    later = many_schools().schools.copy()
    later.loc["s3", "pct_asian"] = 2.0
    view = public_view(beside(later))
    (row,) = view.scenarios[0].table.to_dict("records")
    assert (row["column"], row["before"], row["after"]) == ("pct_asian", "", "")


def test_earlier_releases_are_compared_with_the_schools_of_each_option() -> None:
    compared = beside(many_schools().schools.drop("s3"))
    view = public_view(compared)
    earlier = Release(
        name="old",
        told=published_figures(view),
        response=asdict(ResponseAssumptions()),
        plans=list(plans_of(view).values()),
    )
    said = list(describe_disclosure(compared, [earlier], edition=Edition.PUBLIC))
    assert len(said) == 1
    assert "it has other buildings" not in said[0]
