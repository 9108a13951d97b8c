"""What a public view holds, what changes between options, and colours that tell zones apart."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import math
import re
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from helpers.map_towns import nine_schools
from hypothesis import given
from hypothesis import strategies as st

from zoning.disclosure import (
    MIN_PATROLLED,
    OptionChange,
    PublicOption,
    PublicScenario,
    PublicView,
    option_change,
    public_view,
    restricted_view,
)
from zoning.disclosure.assumptions import assumptions_table
from zoning.disclosure.changes import KINDS, NO_OFFICER, OTHER_ZONE, OWN_OFFICER, SAME
from zoning.disclosure.notices import describe_answers
from zoning.disclosure.standing import Standing
from zoning.disclosure.zone_tables import neighbouring_colours, short_label
from zoning.district import District
from zoning.editions import RESTRICTED_MARK, Edition
from zoning.maps.pages.public_data import cost_frontier
from zoning.reports import board_text
from zoning.response import ResponseAssumptions
from zoning.schools import schools_from_frame
from zoning.staffing import (
    CostAssumptions,
    FixedSecondary,
    PatrolZones,
    StaffingComparison,
    compare_staffing,
    figures,
)
from zoning.staffing.precision import (
    FEW_PATROLLED,
    mean_change_s,
    round_for_public,
    withheld_columns,
)
from zoning.symbols import ZONE_FILLS
from zoning.zones import Zone, ZonePlan

Zones = Mapping[str, tuple[str, str | None, Sequence[str]]]


@pytest.fixture(scope="module")
def view(compared: StaffingComparison) -> PublicView:
    return public_view(compared, date=datetime.date(2026, 5, 4))


def option(option_id: str, zones: Zones) -> PublicOption:
    """An option from zones: kind, high school and buildings by id."""
    frame = pd.DataFrame(
        {
            "label": list(zones),
            "kind": [kind for kind, _, _ in zones.values()],
            "officers": [
                0 if kind == "on call" and len(ids) > 3 else 1 for kind, _, ids in zones.values()
            ],
            "high_school_id": [high for _, high, _ in zones.values()],
            "high_school": [high for _, high, _ in zones.values()],
            "building_ids": [tuple(ids) for _, _, ids in zones.values()],
            "colour": [0] * len(zones),
        },
        index=pd.Index(list(zones), name="zone_id"),
        dtype=object,
    )
    table = gpd.GeoDataFrame(frame, geometry=[shapely.Polygon()] * len(zones), crs=4326)
    places = pd.DataFrame(
        [(b, z, kind == "dedicated", None) for z, (kind, _, ids) in zones.items() for b in ids],
        columns=["building_id", "zone_id", "full_time_officer", "aligned"],
    ).set_index("building_id")
    return PublicOption(
        option_id=option_id,
        label=option_id,
        description="",
        proof="",
        zoning_status=None,
        zoning_gap=math.nan,
        not_dominated=True,
        values={},
        mean_changes={},
        cost_changes={},
        withheld=frozenset(),
        zones=table,
        places=places,
    )


def changed(view: PublicView, before: Zones, after: Zones) -> OptionChange:
    both = dataclasses.replace(view, options=(option("a", before), option("b", after)))
    return option_change(both, "a", "b")


def patrol(*buildings: str, high: str | None = "East High") -> tuple[str, str | None, list[str]]:
    return "patrol", high, list(buildings)


OWN = ("dedicated", None, ["s0"])
SHARED = patrol("s0", "s1", "s2")
ON_CALL = ("on call", "East High", ["s0", "s1", "s2"])
LEFT = ("on call", None, ["s0", "s1", "s2", "s3"])  # without an officer of its own


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (SHARED, OWN, "gains an officer of its own"),
        (None, OWN, "gains an officer of its own"),
        (OWN, SHARED, "loses its own officer"),
        (OWN, None, "loses its own officer"),
        (None, SHARED, "gains a patrol officer"),
        (SHARED, None, "loses its patrol officer"),
        (SHARED, patrol("s0", "s1", "s2", high="West High"), SAME),
        (SHARED, patrol("s0", high=None), "moves to a zone of another high school"),
        (SHARED, patrol("s0", "s3"), "officer shared with fewer schools"),
        (SHARED, patrol("s0", "s3", "s4", "s5"), "officer shared with more schools"),
        (SHARED, patrol("s0", "s1", "s3"), "other schools share its officer"),
        (SHARED, SHARED, SAME),
        (OWN, OWN, SAME),
        (OWN, ("dedicated", "East High", ["s0"]), SAME),
        (None, None, SAME),
        (SHARED, ON_CALL, "officer comes only when called"),
        (None, ON_CALL, "officer comes only when called"),
        (ON_CALL, SHARED, "gains a patrol officer"),
        (ON_CALL, OWN, "gains an officer of its own"),
        (ON_CALL, ON_CALL, SAME),
        (SHARED, LEFT, "loses its patrol officer"),
        (LEFT, None, SAME),
    ],
)
def test_each_kind_of_change(
    view: PublicView,
    before: tuple[str, str | None, list[str]] | None,
    after: tuple[str, str | None, list[str]] | None,
    kind: str,
) -> None:
    zones = [{} if each is None else {"Zone 1": each} for each in (before, after)]
    change = changed(view, zones[0], zones[1])
    assert change.schools.loc["s0", "change"] == kind
    assert change.summary["schools"].sum() == len(view.schools)
    assert change.summary.loc[kind, "schools"] >= 1


@pytest.mark.parametrize("seed", range(6))
def test_as_few_schools_move_as_any_naming_of_the_new_zones_allows(
    view: PublicView, seed: int
) -> None:
    """Against every way to name the new zones by the old ones."""
    random = np.random.default_rng(seed)
    ids = list(view.schools.index)
    was, becomes = (random.integers(0, 3, len(ids)) for _ in range(2))
    was[:3] = becomes[:3] = (0, 1, 2)  # no zone is empty

    def zones(homes: np.ndarray) -> Zones:
        of = [[i for i, home in zip(ids, homes, strict=True) if home == k] for k in range(3)]
        return {f"Zone {k + 1}": patrol(*of[k], high=None) for k in range(3)}

    fewest = min(
        int((np.array(names)[was] != becomes).sum()) for names in itertools.permutations(range(3))
    )
    moves = changed(view, zones(was), zones(becomes)).moves()
    assert len(moves) == fewest
    assert set(moves) <= {OTHER_ZONE}


def test_schools_of_another_high_school_move_where_zones_have_no_counterpart(
    view: PublicView,
) -> None:
    before = {"Zone 1": patrol("s0", "s1", "s2", high="East High")}
    after = {
        "Zone 1": patrol("s0", high="East High"),
        "Zone 2": patrol("s1", high="East High"),
        "Zone 3": patrol("s2", high="West High"),
    }
    assert changed(view, before, after).moves().to_dict() == {
        "s2": "moves to a zone of another high school"
    }
    assert changed(view, before, {"Zone 1": OWN, "Zone 2": patrol("s1", "s2")}).moves()["s0"] == (
        "gains an officer of its own"
    )


def test_the_name_of_a_zone_is_no_change(view: PublicView) -> None:
    change = changed(view, {"Zone 1": SHARED}, {"Zone 9": SHARED})
    assert change.summary.index.tolist() == [SAME]


def test_who_looks_after_a_school_is_told_in_words(view: PublicView) -> None:
    zones = {"Zone 1": SHARED, "Zone 2": patrol("s3", "s4", high=None), "Post 1": OWN}
    zones = {**zones, "Post 1": ("dedicated", None, ["s5"])}
    words = changed(view, zones, {}).schools["before"]
    assert words["s0"] == "patrol officer, shared with 2 others, East High zone"
    assert words["s3"] == "patrol officer, shared with 1 other"
    assert words["s5"] == OWN_OFFICER
    assert words["s8"] == NO_OFFICER


def test_a_name_of_a_zone_stands_in_the_words_and_a_number_does_not(view: PublicView) -> None:
    zones = {"Lake": SHARED, "Zone East": patrol("s3", high=None), "Zone 2": patrol("s4")}
    words = changed(view, zones, {}).schools["before"]
    assert words["s0"] == "patrol officer, shared with 2 others, in Lake (East High)"
    assert words["s3"] == "patrol officer, shared with 0 others, in Zone East"
    assert words["s4"] == "patrol officer, shared with 0 others, East High zone"


def test_changes_are_counted_in_order_and_hold_no_times(view: PublicView) -> None:
    change = option_change(view, "zones-2", "campus")
    assert change.schools.columns.tolist() == ["name", "level", "before", "after", "change"]
    order = [KINDS.index(kind) for kind in change.summary.index]
    assert order == sorted(order)
    assert change.summary["schools"].to_dict() == change.schools["change"].value_counts().to_dict()
    assert not re.search(r"\d+ ?(s|min|:)", change.schools.to_csv())


def test_an_option_that_was_not_compared_is_a_key_error(view: PublicView) -> None:
    with pytest.raises(KeyError, match="nowhere"):
        option_change(view, "zones-2", "nowhere")


def test_a_public_option_refuses_a_figure_that_is_not_public(view: PublicView) -> None:
    for figure in figures(Edition.RESTRICTED):
        if figure.edition is Edition.RESTRICTED:
            with pytest.raises(ValueError, match=f"not public figures: {figure.key}"):
                dataclasses.replace(view.options[1], values={figure.key: 1.0})


def test_a_public_view_has_no_place_for_a_route_or_a_time(view: PublicView) -> None:
    """Its columns are these and no other; a new one has to be let in here by hand."""
    assert {f.name for f in dataclasses.fields(PublicView)} == {
        *("title", "district", "state", "attribution", "date", "cautions", "notices"),
        *("assumptions", "figures", "options", "schools", "outline", "streets", "equity"),
        *("travel_times", "estimate", "meaning", "by_feeder", "scenarios"),
        "high_schools",
        "standing",
        "alternatives",
        "certainty",
    }
    assert {f.name for f in dataclasses.fields(Standing)} == {"table", "histogram", "how"}
    assert {f.name for f in dataclasses.fields(PublicOption)} == {
        *("option_id", "label", "description", "proof", "not_dominated"),
        *("values", "mean_changes", "cost_changes", "withheld", "zones", "places"),
        *(
            "zoning_status",
            "zoning_gap",
            "withheld_reason",
            "scenario",
            "students",
            "is_overloaded",
            "budget",
            "hired_first",
        ),
    }
    assert {f.name for f in dataclasses.fields(PublicScenario)} == {
        *("name", "summary", "table", "schools", "opens", "closes", "by_feeder", "high_schools"),
    }
    assert set(view.schools.columns) == {
        *("name", "level", "programs", "high_school", "high_school_ids", "feeds", "geometry"),
    }
    assert view.streets is not None
    assert set(view.streets.columns) == {"road_class", "name", "geometry"}
    for shown in view.options:
        assert set(shown.zones.columns) == {
            *("officer", "officers"),
            *("label", "kind", "high_school_id", "high_school", "building_ids", "colour"),
            "geometry",
        }
        assert set(shown.places.columns) == {
            *("zone_id", "full_time_officer", "aligned", "neighbours"),
        }


DERIVED = {"cost_per_building_usd", "cost_per_student_usd"} | {
    f"five_year_cost{end}_usd" for end in ("_low", "", "_high")
}
"""Figures of the cost that are computed from the published cost of a year."""


def test_what_follows_from_the_cost_tells_no_further_digits(
    view: PublicView, compared: StaffingComparison
) -> None:
    """Five years are the rounded start-up and five rounded years, where overtime is withheld."""
    for shown, outcome in zip(view.options, compared.outcomes, strict=True):
        year, once = shown.values["annual_cost_usd"], outcome.figures["startup_cost_usd"]
        for column in ("cost_per_building_usd", "cost_per_student_usd", "five_year_cost_usd"):
            per_student = column == "cost_per_student_usd"
            by = shown.students if per_student else len(compared.district.buildings)
            own = year / by if column.startswith("cost") else once + 5 * year
            assert shown.values[column] == round_for_public(column, own)


def test_figures_of_the_view_are_those_of_the_options(
    view: PublicView, compared: StaffingComparison
) -> None:
    for shown, outcome in zip(view.options, compared.outcomes, strict=True):
        for column, value in shown.values.items():
            exact = math.nan if column in shown.withheld else outcome.figures.get(column, math.nan)
            if column in DERIVED and "overtime_cost_usd" in shown.withheld:
                continue  # see test_what_follows_from_the_cost_tells_no_further_digits
            expected = round_for_public(column, exact)
            assert value == expected or (math.isnan(value) and math.isnan(expected))


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("mean_response_s", 311.3, 312.0),
        ("p90_response_s", 369.2, 372.0),
        ("mean_response_s", 135.0, 138.0),
        ("mean_response_s", 134.9999999, 138.0),  # a rounding error below the middle
        ("mean_response_s", 134.0, 132.0),
        ("median_response_s", 163.0, 162.0),
        ("mean_response_low_s", 92.0, 90.0),
        ("mean_response_high_s", 214.0, 216.0),
        ("share_within_240_s", 0.7241, 0.72),  # a threshold of the district's own
        ("share_within_180_s", 0.7241, 0.72),
        ("share_within_180_s", 0.998, 0.99),
        ("share_within_180_s", 0.001, 0.01),
        ("share_within_180_s", 1.0, 1.0),
        ("share_within_180_s", 0.0, 0.0),
        ("annual_cost_usd", 5_257_001.0, 5_260_000.0),
        ("cost_per_student_usd", 36.53, 37.0),
        ("annual_patrol_m", 88_511 * 1609.344, 89_000 * 1609.344),
        ("buildings_per_post", 143 / 30, 4.8),
        ("presence_index", 1.0284, 1.03),
        ("posts", 31, 31),
    ],
)
def test_public_figures_are_as_fine_as_a_board_reads_them(
    column: str, value: float, told: float
) -> None:
    assert round_for_public(column, value) == pytest.approx(told, abs=1e-9)


@given(values=st.lists(st.floats(1, 2000), min_size=2, max_size=6))
def test_rounding_turns_no_order_around(values: list[float]) -> None:
    told = [round_for_public("p90_response_s", value) for value in sorted(values)]
    assert told == sorted(told)


def test_only_figures_are_rounded_for_publication() -> None:
    with pytest.raises(KeyError):
        round_for_public("share_within_240", 0.5)


@pytest.mark.parametrize(
    ("before_s", "after_s", "change_s"),
    [
        (239.0, 241.0, 0.0),  # told as 240 both
        (224.9, 225.1, 0.0),  # told as 222 and 228, a fifth of a second apart
        (220.3, 197.3, -24.0),  # told as 222 and 198
        (math.nan, 200.0, math.nan),
    ],
)
def test_differences_are_taken_before_rounding(
    before_s: float, after_s: float, change_s: float
) -> None:
    found = mean_change_s(before_s, after_s)
    assert found == pytest.approx(change_s, nan_ok=True)


KINDS_OF_FIGURES = (
    *("posts", "mean_response_s", "median_response_s", "p90_response_s"),
    *("share_within_300_s", "annual_patrol_m", "calls_per_day"),
)


@pytest.mark.slow
def test_an_option_that_is_sooner_is_said_to_be_sooner() -> None:
    """Charlottesville: zones and secondary schools fixed, 23 s apart, were told alike."""
    places = [
        ("buford", "middle", 38.02752, -78.49600, 583),
        ("burnley", "elementary", 38.03592, -78.46214, 289),
        ("charlottesville", "high", 38.05313, -78.47350, 1362),
        ("clark", "elementary", 38.02323, -78.47286, 353),
        ("greenbrier", "elementary", 38.06437, -78.46895, 315),
        ("jackson", "elementary", 38.01486, -78.50263, 344),
        ("johnson", "elementary", 38.0223, -78.50587, 322),
        ("venable", "elementary", 38.03872, -78.49682, 306),
        ("walker", "middle", 38.05392, -78.48343, 617),
    ]
    columns = ["school_id", "level", "latitude", "longitude", "enrollment"]
    frame = pd.DataFrame(places, columns=columns)
    district = District(name="Charlottesville", schools=schools_from_frame(frame))
    found = compare_staffing(district, [PatrolZones(zones=2), FixedSecondary(zones=2)])
    means = [outcome.figures["mean_response_s"] for outcome in found.outcomes]
    assert means[0] - means[1] > 6  # a tenth of a minute, to which means are told
    view = public_view(found)
    said = board_text.describe_difference(view, view.options[1], view.options[0])
    assert "a year more" in said
    sooner = re.search(r"(\d\.\d) min sooner", said)
    assert sooner is not None
    assert float(sooner[1]) == pytest.approx((means[0] - means[1]) / 60, abs=0.05)
    table = found.public_table()
    told = [option.values["mean_response_s"] for option in view.options]
    assert table["mean_response_s"].tolist() == told == pytest.approx(means, abs=3)


def patrolling(count: int, *, heaviest: float = 1.0) -> Any:
    """An option whose officers patrol so many buildings, one with more calls than others."""
    ids = tuple(f"{k:02d}" for k in range(count))
    waits = ResponseAssumptions(dispatch_s=90.0, turnout_s=45.0)
    table = pd.DataFrame({"calls_per_day": 1.0, "mean_s": 200.0}, index=list(ids))
    table.iloc[0, 0] = heaviest
    return SimpleNamespace(
        plan=ZonePlan((Zone(zone_id="Zone 1", building_ids=ids),)),
        schedule=None,
        response=SimpleNamespace(assumptions=waits, buildings=table),
        figures=dict.fromkeys(KINDS_OF_FIGURES, 1.0),
        withheld_jointly=frozenset(),
        calls_are_counted=False,
        is_overloaded=False,
    )


def test_few_patrolled_buildings_have_fewer_kinds_of_figures() -> None:
    few = {"median_response_s", "p90_response_s", "share_within_300_s", "annual_patrol_m"}
    assert withheld_columns(patrolling(MIN_PATROLLED)) == set()
    assert withheld_columns(patrolling(MIN_PATROLLED - 1)) == few
    assert withheld_columns(patrolling(4)) == few | {"mean_response_s"}
    of_one = few - {"annual_patrol_m"} | {"mean_response_s"}
    assert withheld_columns(patrolling(30, heaviest=1000.0)) == of_one


def test_a_small_district_says_that_figures_are_withheld(view: PublicView) -> None:
    assert FEW_PATROLLED in view.notices
    assert view.option("zones-2").missing("p90_response_s") == "withheld"


def test_every_building_of_a_plan_is_in_its_zone_and_high_schools_are_named(
    view: PublicView,
) -> None:
    for shown in view.options[1:]:
        assert sorted(shown.places.index) == sorted(view.schools.index)
        for zone_id, row in shown.zones.iterrows():
            inside = shown.places.index[shown.places["zone_id"] == zone_id]
            assert sorted(inside) == sorted(row["building_ids"])
    assert set(view.option("zones-2").zones["high_school"]) <= {"School 1", "School 8"}
    assert view.option("campus").places["full_time_officer"].all()
    assert view.option("none").zones.empty


def test_zones_that_touch_differ_in_colour(view: PublicView) -> None:
    zones = view.option("campus").zones
    flat = zones.to_crs(zones.estimate_utm_crs())
    assert max(zones["colour"]) < len(ZONE_FILLS)
    for i, one in enumerate(flat.geometry):
        for j, other in enumerate(flat.geometry[:i]):
            if one.distance(other) < 0.5:
                assert zones["colour"].iloc[i] != zones["colour"].iloc[j]


def test_means_by_group_are_withheld_where_few_are_patrolled(view: PublicView) -> None:
    """Nine patrolled buildings and several groups could be solved for each building."""
    assert len(view.schools) < MIN_PATROLLED
    patrolled = view.equity.loc["zones-2"]
    assert patrolled[["presence_index", "mean_response_s"]].isna().all(axis=None)
    assert patrolled["withheld"].str.startswith("withheld").all()


@pytest.mark.slow
def test_the_date_is_the_given_one_or_none(view: PublicView, compared: StaffingComparison) -> None:
    assert view.date == datetime.date(2026, 5, 4)
    assert public_view(compared).date is None


@pytest.mark.slow
def test_a_restricted_view_is_a_public_one_and_more(compared: StaffingComparison) -> None:
    seen = restricted_view(compared, title="Routes")
    assert seen.public.title == "Routes"
    assert seen.comparison is compared
    assert seen.mark == RESTRICTED_MARK


@pytest.mark.parametrize(
    ("zone_id", "label"),
    [("Zone 7", "7"), ("zone 12A", "12A"), ("Post 3", "P3"), ("Zone East End", "Zone East End")],
)
def test_labels_are_short_enough_to_stand_on_a_map(zone_id: str, label: str) -> None:
    assert short_label(zone_id) == label


@pytest.mark.slow
@given(st.integers(2, 60), st.integers(0, 2**32 - 1))
def test_neighbours_differ_in_colour(n: int, seed: int) -> None:
    places = np.random.default_rng(seed).uniform(0, 10_000, (n, 2))
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(places)))
    colours = neighbouring_colours(list(cells), colours=8)
    assert colours == neighbouring_colours(list(cells), colours=8)
    for i in range(len(cells)):
        for j in range(i):
            if shapely.length(shapely.intersection(cells[i], cells[j])) > 1:
                assert colours[i] != colours[j]


@pytest.mark.slow
def test_a_district_without_streets_has_none_in_its_view(compared: StaffingComparison) -> None:
    bare = dataclasses.replace(nine_schools(), network=None, outline=None)
    seen = public_view(dataclasses.replace(compared, district=bare))
    assert seen.streets is None
    assert seen.outline is None


def test_the_page_says_what_becomes_of_a_call_when_officers_are_busy() -> None:
    def said(share: float | None = None, **assumed: Any) -> str:
        response = SimpleNamespace(assumptions=ResponseAssumptions(**assumed))
        comparison: Any = SimpleNamespace(
            outcomes=[SimpleNamespace(response=response)],
            calls=SimpleNamespace(emergency_share=share),
        )
        return "".join(describe_answers(comparison))

    usual = said()
    assert "the nearest free officer goes; if none is free, the call waits." in usual
    assert "50 % need a second officer, and each officer is at the building for 30.0 min" in usual
    assert "posted at one campus does not leave it" in usual
    assert "Each call is an emergency;" in usual
    assert "another call, the call waits for that officer." in said(mutual_aid=False)
    assert "if none is free, outside police answer." in said(when_all_busy="outside")
    # Nobody waits for the own officer where outside police answer.
    alone = {"mutual_aid": False, "when_all_busy": "outside"}
    assert "another call, outside police answer." in said(**alone)
    table = assumptions_table(CostAssumptions(), ResponseAssumptions(**alone))
    values = table.set_index("assumption")["value"]
    assert values["If the zone's officer is on another call"] == "outside police answer"
    own_range = assumptions_table(CostAssumptions(), ResponseAssumptions(turnout_range_s=(40, 50)))
    basis = own_range.set_index("assumption")["basis"]
    assert (
        basis["From being sent to driving off"] != basis["From the call to an officer being sent"]
    )
    assert "(60 % are), and the figures count emergencies" in said(0.6)
    assert "(40 % are)" in said(emergency_share=0.4)
    assert "Each call is routine;" in said(0.0)


def test_officers_who_cannot_keep_up_are_named_with_the_calls(view: PublicView) -> None:
    start, busy = (dataclasses.replace(o, withheld=frozenset()) for o in view.options[1:3])
    unknown = {"mean_response_s": math.nan, "calls_per_day": 60.0}
    busy = dataclasses.replace(
        busy, is_overloaded=True, values={**busy.values, **unknown}, mean_changes={}
    )
    said = " ".join(board_text.describe_option(view, busy, start))
    assert "cannot keep up with 60.0 calls a school-day: the queue never ends" in said
    assert f"under {busy.label} officers cannot keep up with the calls" in said
    calm = dataclasses.replace(start, values={**start.values, "calls_per_day": 6.6})
    said = " ".join(board_text.describe_option(view, calm, None))
    assert "With 6.6 calls a school-day, a call is reached in" in said
    drawn = cost_frontier(dataclasses.replace(view, options=(start, busy)))
    assert drawn.missing == (1,)
    assert drawn.reasons == ("cannot keep up",)
