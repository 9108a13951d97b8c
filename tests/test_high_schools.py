"""Which high school a zone is aligned with or, where no feeders are given, named after."""

from __future__ import annotations

import dataclasses
import io
import json
from functools import cache

import pandas as pd
import pytest
import shapely
from helpers.zone_towns import on_a_line, plan_of, problem, random_town

from zoning import (
    Alignment,
    District,
    PatrolZones,
    ProblemError,
    compare_plans,
    compare_staffing,
    design_zones,
    explain_building,
    straight_line_times,
)
from zoning.disclosure import option_change, public_view
from zoning.editions import Edition
from zoning.errors import FaultsError, OptionError
from zoning.maps.geometry import inner_borders
from zoning.maps.pages.public_data import public_page
from zoning.reports import board_text
from zoning.reports.tables import assignments_table
from zoning.reports.workbook import zones_sheet
from zoning.schools import notices, schools_from_frame
from zoning.schools.buildings import high_school_ids
from zoning.staffing import FixedSecondary, StaffingComparison
from zoning.zones import (
    AlignmentPrices,
    FromHighSchool,
    HoldsHighSchool,
    ZoneProblem,
    check_plan,
    frontier,
    solve,
)
from zoning.zones.review.naming import name_zones
from zoning.zones.search.zone_space import zone_space

ELEMENTARIES = [
    (f"E{k}", f"Elementary {k}", "elementary", "resides", 0.01 * k, 0.005 * k, 400.0)
    for k in range(1, 6)
]
REGULAR = ("S1", "Central High School", "high", "resides", 0.0, 0.0, 1400.0)
DETENTION = ("A1", "Detention centre school", "high", "alternative", 0.004, -0.001, 30.0)


def schools_of(*rows: tuple[str, str, str, str, float, float, float], **more: object) -> object:
    """Schools some 0.01 degrees apart, without feeders unless ``more`` has them."""
    names = ["school_id", "name", "level", "program", "latitude", "longitude", "enrollment"]
    frame = pd.DataFrame(rows, columns=names).assign(**more)
    return schools_from_frame(
        frame.assign(latitude=frame["latitude"] + 38, longitude=frame["longitude"] - 78)
    )


def town_of(*rows: tuple[str, str, str, str, float, float, float], **more: object) -> District:
    return District(name="Town", schools=schools_of(*rows, **more))


def school_of_only_zone(schools: object) -> str | None:
    result = design_zones(
        schools, straight_line_times(schools), zones=1, min_size=None, max_size=None
    )
    assert result.plan is not None
    return result.plan.zones[0].high_school_id


@cache
def compared() -> StaffingComparison:
    """Two and three zones of a town of nine schools, two of them high, without feeders."""
    more = [
        (f"F{k}", f"Far {k}", "elementary", "resides", 0.2 + 0.01 * k, 0.0, 300.0) for k in (1, 2)
    ]
    north = ("S2", "North High School", "high", "resides", 0.2, 0.0, 900.0)
    return compare_staffing(
        town_of(REGULAR, DETENTION, *ELEMENTARIES[:4], north, *more),
        [PatrolZones(zones=2, min_size=1), PatrolZones(zones=3, min_size=1)],
    )


def test_a_regular_high_school_in_the_zone_comes_before_an_alternative_one() -> None:
    assert school_of_only_zone(schools_of(REGULAR, DETENTION, *ELEMENTARIES)) == "S1"


@pytest.mark.parametrize("level", ["secondary", "combined"])
def test_a_school_of_grades_6_to_12_or_k_to_12_is_a_high_school(level: str) -> None:
    only = ("S1", "Central School", level, "magnet", 0.0, 0.0, 1400.0)
    assert school_of_only_zone(schools_of(only, DETENTION, *ELEMENTARIES)) == "S1"


@pytest.mark.parametrize(
    ("name", "high"),
    [
        ("Walker Upper Elementary", False),
        ("Lincoln K-8 School", False),
        ("Grant Intermediate", False),
        ("Lee Junior High", False),
        ("Lincoln K-12 School", True),
        ("Lee Junior/Senior High", True),
        ("Lake Elementary-Middle-High School", True),
        ("Highland Academy", True),
    ],
)
def test_a_school_called_combined_is_one_unless_its_name_says_it_ends_early(
    name: str, *, high: bool
) -> None:
    schools = schools_of(("S1", name, "combined", "resides", 0.0, 0.0, 900.0), *ELEMENTARIES)
    assert high_school_ids(schools) == (("S1",) if high else ())


@pytest.mark.slow
def test_without_any_high_school_zones_have_none_and_the_notice_says_so() -> None:
    schools = schools_of(DETENTION, *ELEMENTARIES)
    assert school_of_only_zone(schools) is None
    (told,) = [n for n in notices(schools) if "feeder" in n]
    assert "no regular high, 6-12 or K-12 school" in told
    option = compare_staffing(
        District(name="Town", schools=schools), [PatrolZones(zones=1, max_size=9)]
    ).outcomes[0]
    assert option.description == "One officer patrols each zone of 3 to 9 buildings."


def test_of_two_in_a_zone_the_larger_and_else_the_nearest_gives_the_name() -> None:
    """Zones of two buildings each along a road; the third has no high school."""
    town = problem(
        on_a_line(0, 60, 600, 660, 1000, 1060),
        high_schools=3,
        campus=[0, 1, 2],
        high_school_students=(500.0, 900.0, 100.0),
        zones=3,
        min_size=2,
        max_size=2,
    )
    plan = name_zones(town, zone_space(town), [(0, 1), (2, 3), (4, 5)])
    school = {zone.building_ids[0]: zone.high_school_id for zone in plan.zones}
    assert school == {"b00": "H1", "b02": "H2", "b04": "H2"}


def test_with_feeders_a_zones_own_high_school_wins_over_one_as_good() -> None:
    """Everybody feeds both: North is nearer to the middle, South is in the zone."""
    town = problem(
        on_a_line(0, 60, 120, 90),
        feeders=[(0, 1)] * 3 + [()],
        high_schools=2,
        campus=[3, 0],
        zones=2,
        min_size=1,
    )
    plan = name_zones(town, zone_space(town), [(0, 1, 2), (3,)])
    assert [z.high_school_id for z in plan.zones if "b00" in z.building_ids] == ["H1"]
    worse = dataclasses.replace(town, alternative_high_schools=frozenset({"H1"}))
    plan = name_zones(worse, zone_space(worse), [(0, 1, 2), (3,)])
    assert [z.high_school_id for z in plan.zones if "b00" in z.building_ids] == ["H0"]


def test_most_feeders_decide_before_anything_else() -> None:
    town = problem(
        on_a_line(0, 60, 120),
        feeders=[(0,), (1,), (1,)],
        high_schools=2,
        campus=[0, None],
        alternative_high_schools=frozenset({"H1"}),
        zones=1,
    )
    plan = name_zones(town, zone_space(town), [(0, 1, 2)])
    assert plan.zones[0].high_school_id == "H1"


@pytest.mark.slow
def test_rules_about_high_schools_ask_for_the_same_schools() -> None:
    """The detention centre is nearer to E5, and is nobody's high school."""
    near = ("A1", "Detention centre school", "high", "alternative", 0.05, 0.025, 30.0)
    schools = schools_of(REGULAR, near, *ELEMENTARIES)
    times = straight_line_times(schools)
    for rule in (FromHighSchool(limit_s=600), HoldsHighSchool()):
        given = ZoneProblem.from_schools(schools, times, zones=2, min_size=1, rules=[rule])
        assert given.high_school_ids == ("S1",)
        assert solve(given).plan is None


def test_without_feeders_strict_alignment_and_its_price_are_refused() -> None:
    schools = schools_of(REGULAR, *ELEMENTARIES)
    times = straight_line_times(schools)
    with pytest.raises(ProblemError, match="no school names one"):
        design_zones(schools, times, zones=1, alignment="strict")
    town = ZoneProblem.from_schools(schools, times, zones=1)
    with pytest.raises(ProblemError, match="no school can be misaligned"):
        frontier(town, AlignmentPrices())


@pytest.mark.slow
@pytest.mark.parametrize("word", ["prefer", "STRICT", "off", None])
def test_alignment_and_objective_are_read_from_words(word: str | None) -> None:
    feeders = ["S1"] * 6
    schools = schools_of(REGULAR, *ELEMENTARIES, feeder_high_school_ids=feeders)
    given = ZoneProblem.from_schools(
        schools,
        straight_line_times(schools),
        zones=1,
        alignment=word,
        objective="station",
    )
    assert given.alignment.mode == (word or "prefer").lower()
    option = PatrolZones(alignment=word, objective="patrol")  # type: ignore[arg-type]
    assert option.label.startswith("30 patrol zones")
    assert FixedSecondary(objective="patrol").objective == "patrol"  # type: ignore[arg-type]


def test_values_of_another_type_get_a_sentence_each() -> None:
    schools = schools_of(REGULAR, *ELEMENTARIES)
    times = straight_line_times(schools)
    with pytest.raises(OptionError, match="'loose' is not an alignment"):
        design_zones(schools, times, alignment="loose")
    with pytest.raises(ProblemError) as told:
        design_zones(schools, times, zones="3", min_size=2.5)  # type: ignore[arg-type]
    assert "zones is '3'" in str(told.value)
    assert "min_size is 2.5" in str(told.value)
    with pytest.raises(ProblemError, match="times is a ndarray"):
        design_zones(schools, times.seconds)  # type: ignore[arg-type]
    with pytest.raises(ProblemError, match="dedicated is 'S1': give a list"):
        design_zones(schools, times, dedicated="S1")
    with pytest.raises(ProblemError, match="7 is not a rule"):
        design_zones(schools, times, rules=[7])  # type: ignore[list-item]
    with pytest.raises(FaultsError, match="limits is a int"):
        design_zones(schools, times, zones=1, limits=5)  # type: ignore[arg-type]
    with pytest.raises(FaultsError, match="district is a GeoDataFrame"):
        compare_staffing(schools)  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="there is no objective 'nearest'"):
        PatrolZones(objective="nearest")  # type: ignore[arg-type]


@pytest.mark.slow
def test_without_feeders_no_figure_speaks_of_alignment() -> None:
    both = compared()
    outcome = both.outcomes[0]
    assert outcome.plan is not None
    assert outcome.zoning is not None
    assert {z.high_school_id for z in outcome.plan.zones} == {"S1", "S2"}
    assert "aligned_share" not in both.table()
    assert "aligned_share" not in {f.key for f in both.figures(Edition.PUBLIC)}
    assert "feeder" not in str(outcome.zoning)
    town = outcome.zoning.problem
    told = compare_plans(outcome.plan, both.outcomes[1].plan, town)
    assert "misaligned schools" not in told.totals.index
    assert not [c for c in told.zones if "misaligned" in c]
    why = explain_building(outcome.plan, town, "E1")
    assert "misaligned" not in why.alternatives
    assert not [t for t in why.terms if "alignment" in t.text]
    assert "feeder" not in str(check_plan(outcome.plan, town))


@pytest.mark.slow
def test_without_feeders_pages_and_tables_say_named_after() -> None:
    view = public_view(compared())
    assert public_page(view).high_school_heading == "Named after"
    zones = zones_sheet(view)
    assert "Named after" in [column.name for column in zones.columns]
    assert "feeders were not given" in view.options[0].description
    assert "alignment" not in view.options[0].proof
    assert "high schools" not in board_text.describe_comparison(view, proposed=None)
    table = pd.read_csv(io.BytesIO(assignments_table(view)), dtype=str)
    assert table["aligned"].isna().all()
    text = json.dumps(dataclasses.asdict(public_page(view)))
    assert "ligned with" not in text


@pytest.mark.slow
def test_without_feeders_another_name_is_no_move() -> None:
    """The same groups under other names: nothing changed; other groups: who shares is told."""
    view = public_view(compared())
    one, other = view.options
    names = one.zones["high_school_id"].tolist()[::-1]
    swapped = dataclasses.replace(
        one, option_id="swapped", zones=one.zones.assign(high_school_id=names, high_school=names)
    )
    both = dataclasses.replace(view, options=(one, swapped, other))
    assert option_change(both, one.option_id, "swapped").summary.index.tolist() == ["no change"]
    kinds = option_change(both, one.option_id, other.option_id).summary.index
    assert "moves to a zone of another high school" not in kinds
    assert len(kinds) > 1


def test_without_feeders_an_edited_zone_keeps_its_name_while_that_school_is_in_it() -> None:
    town = problem(
        on_a_line(0, 60, 120, 3720, 3780, 3840),
        high_schools=2,
        campus=[0, 3],
        high_school_students=(100.0, 900.0),
        zones=2,
        min_size=1,
    )
    plan = plan_of(town, [(0, 1, 2), (3, 4, 5)], A="H0", B="H1")
    joined = check_plan(plan, town).move("b03", to="A")
    assert [z.high_school_id for z in joined.plan.zones] == ["H0", "H1"]
    assert joined.ok
    left = check_plan(plan, town).move("b00", to="B")
    assert [z.high_school_id for z in left.plan.zones] == ["H0", "H1"]
    assert left.notes == ()


def test_without_feeders_a_plan_may_name_any_school() -> None:
    """The name is a label: an old plan with another school's breaks no rule."""
    town = problem(random_town(3, 6), high_schools=1, campus=[0], zones=2, min_size=1)
    assert check_plan(plan_of(town, [(0, 1, 2), (3, 4, 5)], A="other", B="H0"), town).ok


def test_a_price_of_alignment_charges_nothing_without_feeders() -> None:
    town = problem(random_town(4, 6), high_schools=2, zones=2, alignment=Alignment.prefer(5.0))
    assert [t.text for t in solve(town).score.terms] == ["travel"]  # type: ignore[union-attr]


@pytest.mark.slow
def test_no_outline_no_line_around_the_district() -> None:
    """Two squares of 100 m side by side: only the line between them, less 2 m at its ends."""
    squares = [shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)]
    for border in inner_borders(squares):
        assert border.length == pytest.approx(96.0, abs=0.1)
        assert border.bounds[0] == border.bounds[2] == 100
    page = public_page(public_view(compared()))
    assert len(page.borders) == len(page.areas)
    assert page.outline == ()
    assert "was not given" in public_view(compared()).meaning
