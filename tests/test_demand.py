from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoning.demand import CallRates, call_rates, school_hours
from zoning.district import District
from zoning.errors import DemandError
from zoning.patrol import PatrolAssumptions
from zoning.schools import buildings, schools_from_frame


def town(**columns: Any) -> gpd.GeoDataFrame:
    """Four schools; c and d share a campus, e is virtual."""
    frame = pd.DataFrame(
        {
            "school_id": list("abcde"),
            "name": ["Ash", "Beech", "Cedar", "Date", "Elm"],
            "level": "middle",
            "program": ["resides", "resides", "resides", "magnet", "virtual"],
            "latitude": [38.20, 38.21, 38.22, 38.22, 38.23],
            "longitude": -85.7,
            "enrollment": [400, 300, 200, 100, 5000],
            "assault_weapon_events": [0, 6, 3, 1, 70],
        }
    )
    return schools_from_frame(frame.assign(**columns))


def test_rates_by_hand() -> None:
    """0.5 calls x 4 schools = 2 a day; students 4:3:2:1, incidents 0:6:3:1."""
    rates = call_rates(town(), calls_per_school_day=0.5, incident_share=0.25)
    a = 2 * (0.75 * 0.4 + 0.25 * 0.0)
    b = 2 * (0.75 * 0.3 + 0.25 * 0.6)
    c_and_d = 2 * (0.75 * 0.3 + 0.25 * 0.4)
    assert rates.per_day.index.tolist() == ["a", "b", "c"]
    assert rates.per_day.tolist() == pytest.approx([a, b, c_and_d], rel=1e-12)
    assert rates.per_day.index.name == "building_id"
    assert rates.notices == ()
    assert "0.5 calls per school-day × 4 schools" in rates.source
    assert (
        "75 % in proportion to enrolment and 25 % to reported assault and weapon events"
        in rates.source
    )
    assert "Boston" not in rates.source


def test_jefferson_makes_the_published_rate_a_school(jefferson: District) -> None:
    """0.17 calls a school-day (Boston, doi 10.1007/s12310-022-09552-z) x 144 schools."""
    rates = call_rates(jefferson.schools)
    assert rates.per_day.sum() == pytest.approx(0.17 * 144, rel=1e-12)
    assert rates.per_day.index.tolist() == jefferson.buildings.index.tolist()
    assert (rates.per_day > 0).all()
    assert "10.1007/s12310-022-09552-z" in rates.source
    assert "a default elsewhere" in rates.source
    (told,) = rates.notices
    for unpublished in ("Smyrna Elementary", "Norton Elementary", "Mary Ryan Academy"):
        assert unpublished in told
    assert "Pathfinder" not in told


def test_unpublished_counts_take_the_districts_rate() -> None:
    """b unpublished: the others have 4 incidents, 700 students; b gets 300 x 4 / 700."""
    rates = call_rates(town(assault_weapon_events=[0, None, 3, 1, 9]), incident_share=1.0)
    b = 300 * 4 / 700
    total = 0.17 * 4
    assert rates.per_day.tolist() == pytest.approx(
        [0, total * b / (4 + b), total * 4 / (4 + b)], rel=1e-12
    )
    assert "Beech (b)" in rates.notices[0]
    assert "0.6 per 100 students" in rates.notices[0]


def test_a_part_of_an_unpublished_whole_is_not_published() -> None:
    hidden = town(behavior_events=[4, None, 9, 9, 9], assault_weapon_events=[0, 0, 3, 1, 9])
    plain = town(assault_weapon_events=[0, None, 3, 1, 9])
    assert call_rates(hidden).per_day.equals(call_rates(plain).per_day)


@pytest.mark.parametrize("counts", [None, [None] * 5, [0] * 5])
def test_without_incidents_students_decide(counts: list[Any] | None) -> None:
    schools = town(assault_weapon_events=counts)
    if counts is None:
        schools = schools.drop(columns="assault_weapon_events")
    rates = call_rates(schools)
    assert rates.per_day.tolist() == pytest.approx([0.68 * s for s in (0.4, 0.3, 0.3)])
    assert "no reported assault and weapon events" in rates.notices[0]
    assert "enrolment alone" in rates.notices[0]
    assert "in proportion to enrolment" in rates.source


def test_without_enrolment_no_source_says_that_calls_follow_it() -> None:
    schools = town(assault_weapon_events=[0, None, 3, 1, 9]).assign(enrollment=float("nan"))
    assert call_rates(schools, incident_share=0).source.endswith("schools, in equal shares")
    assert "50 % in equal shares and 50 % to" in call_rates(schools).source


def test_enrolment_alone_by_choice_brings_no_notice() -> None:
    one, other = (
        call_rates(town(), incident_column=None),
        call_rates(town(), incident_share=0.0),
    )
    assert one.per_day.equals(other.per_day)
    assert one.notices == other.notices == ()


def test_missing_enrolment_takes_the_median_by_name() -> None:
    rates = call_rates(town(enrollment=[400, None, 200, 100, 9]), incident_column=None)
    assert rates.per_day["b"] == pytest.approx(0.68 * 200 / 900)
    assert "median school's 200 students" in rates.notices[0]
    assert "Beech (b)" in rates.notices[0]


@pytest.mark.parametrize("enrollment", [None, 0])
def test_without_enrolment_schools_count_the_same(enrollment: Any) -> None:
    rates = call_rates(town(enrollment=enrollment), incident_column=None)
    assert rates.per_day.tolist() == pytest.approx([0.17, 0.17, 0.34])
    assert rates.notices == ("no enrolment: every school counts the same",)


@pytest.mark.parametrize("column", ["arrests", "Suspensions_2024", "out_of_school_suspension"])
def test_enforcement_counts_are_refused_by_name(column: str) -> None:
    schools = town().assign(**{column: [1.0, 2.0, 3.0, 4.0, 5.0]})
    with pytest.raises(DemandError, match=f"{column} counts actions of officers"):
        call_rates(schools, incident_column=column)
    rates = call_rates(schools, incident_column=column, allow_enforcement_counts=True)
    assert column in rates.source


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"calls_per_school_day": 0}, "calls_per_school_day is 0"),
        ({"calls_per_school_day": float("nan")}, "calls_per_school_day is nan"),
        ({"calls_per_school_day": float("inf")}, "calls_per_school_day is inf"),
        ({"incident_share": -0.1}, "incident_share is -0.1"),
        ({"incident_share": 1.1}, "incident_share is 1.1"),
        ({"incident_share": float("nan")}, "incident_share is nan"),
        ({"incident_column": "name"}, "name is not a number: a, b, c, d"),
        ({"incident_column": "below"}, "below is negative or infinite: b, d"),
    ],
)
def test_bad_parameters(options: dict[str, Any], told: str) -> None:
    schools = town().assign(below=[1.0, -2.0, 3.0, float("inf"), 1.0])
    with pytest.raises(DemandError, match=told):
        call_rates(schools, **options)


def test_faults_come_together() -> None:
    with pytest.raises(DemandError) as caught:
        call_rates(town(program="virtual"), calls_per_school_day=-1, incident_share=2)
    assert len(caught.value.faults) == 3
    assert "no school has a building" in caught.value.faults[0]


@pytest.mark.slow
@settings(max_examples=20)
@given(st.permutations(range(5)), st.floats(0, 1), st.floats(0.01, 5))
def test_relabelling_and_order_change_no_rate(order: list[int], share: float, calls: float) -> None:
    schools = town()
    options = {"incident_share": share, "calls_per_school_day": calls}
    one = call_rates(schools, **options)
    other = call_rates(schools_from_frame(schools.iloc[order]), **options)
    assert other.per_day.sum() == pytest.approx(4 * calls)
    by_members = [
        {
            frozenset(members): rates.per_day[campus]
            for campus, members in buildings(s)["school_ids"].items()
        }
        for s, rates in ((schools, one), (schools_from_frame(schools.iloc[order]), other))
    ]
    assert by_members[0] == pytest.approx(by_members[1])


def test_schools_are_not_changed() -> None:
    schools = town(enrollment=[400, None, 200, 100, 9], assault_weapon_events=[1, None, 1, 1, 1])
    before = schools.copy(deep=True)
    call_rates(schools)
    assert schools.equals(before)


# --- a district's own call log -------------------------------------------------------


def test_own_log_by_school_becomes_rates_by_building() -> None:
    log = pd.Series({"a": 35, "b": 0, "c": 70, "d": 35})
    rates = CallRates.from_series(log, source="log 2024", schools=town(), school_days=175)
    assert rates.per_day.to_dict() == pytest.approx({"a": 0.2, "b": 0.0, "c": 0.6})
    assert rates.source == "log 2024"


def test_own_log_by_building_is_taken_as_it_is() -> None:
    rates = CallRates.from_series(pd.Series({"c": 1.0, "a": 2, "b": 3}), source="x", schools=town())
    assert rates.per_day.to_dict() == {"a": 2, "b": 3, "c": 1}
    assert rates.per_day.index.tolist() == ["a", "b", "c"]
    alone = CallRates.from_series(pd.Series({7: 2.0}), source="x")
    assert alone.per_day.to_dict() == {"7": 2.0}


def test_calls_to_virtual_schools_are_left_out_with_a_notice() -> None:
    log = pd.Series({"a": 1, "b": 1, "c": 1, "e": 9})
    rates = CallRates.from_series(log, source="x", schools=town())
    assert rates.per_day.sum() == 3
    assert "left out: e" in rates.notices[0]


def test_own_log_names_every_id_at_fault() -> None:
    log = pd.Series([1, -2, float("nan"), 4], index=["a", "b", "d", "zz"])
    with pytest.raises(DemandError) as caught:
        CallRates.from_series(log, source="x", schools=town(), school_days=0)
    assert caught.value.faults == (
        "school_days is 0: give a number above 0",
        "not a school: zz",
        "not a number: d",
        "less than 0: b",
    )
    with pytest.raises(DemandError, match="no number for: b, c"):
        CallRates.from_series(pd.Series({"a": 1}), source="x", schools=town())
    twice = pd.Series([1, 1, 1, 1], index=["a", "a", "b", "c"])
    with pytest.raises(DemandError, match="listed more than once: a"):
        CallRates.from_series(twice, source="x", schools=town())


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([1.0, -1.0], "less than 0: b"),
        ([1.0, float("nan")], "not a number: b"),
        ([1.0, float("inf")], "not a number: b"),
        ([1.0, "many"], "not a number: b"),
        ([0.0, 0.0], "no building has any calls"),
        ([], "no building has any calls"),
    ],
)
def test_rates_that_cannot_be(values: list[Any], told: str) -> None:
    series = pd.Series(values, index=list("ab")[: len(values)], dtype=object)
    with pytest.raises(DemandError, match=told):
        CallRates(per_day=series, source="x")
    with pytest.raises(DemandError, match=told):
        CallRates.from_series(series, source="x")


def test_rates_cannot_be_changed() -> None:
    given_rates = pd.Series({"a": 1.0, "b": 2.0})
    rates = CallRates(per_day=given_rates, source="x")
    given_rates["a"] = 99.0
    assert rates.per_day["a"] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        rates.per_day.to_numpy()[0] = 5.0
    with pytest.raises(AttributeError):
        rates.source = "y"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("rate", "side"),
    [(0.05, "below the lowest"), (0.1, ""), (0.55, ""), (3.0, "above the highest")],
)
def test_a_rate_outside_everything_published_is_told(rate: float, side: str) -> None:
    """Published: 0.10 (Louisville 2021) to 0.55 (Jefferson County 2024) a school and school-day."""
    log = pd.Series({"a": 200 * rate, "b": 200 * rate, "c": 400 * rate})
    for rates in (
        call_rates(town(), calls_per_school_day=rate),
        CallRates.from_series(log, source="log", schools=town(), school_days=200),
    ):
        told = [n for n in rates.notices if "published rate" in n]
        assert [side in n for n in told] == ([True] if side else [])


# --- hours and parts of the day ------------------------------------------------------


def by_hours(**more: Any) -> CallRates:
    """A has 1 call at 9 and 3 at 14; b has 2 at 9."""
    return CallRates(
        per_day=pd.Series({"a": 4.0, "b": 2.0}),
        hourly=pd.DataFrame({9: [2.0, 1.0], 14: [0.0, 3.0]}, index=["b", "a"]),
        source="log",
        **more,
    )


def test_hours_are_all_24_in_the_order_of_the_rates() -> None:
    rates = by_hours(emergency_share=0.4)
    assert rates.hourly is not None
    assert rates.hourly.columns.tolist() == list(range(24))
    assert rates.hourly.index.tolist() == ["a", "b"]
    assert rates.hourly.loc["a", [8, 9, 14]].tolist() == [0.0, 1.0, 3.0]
    assert rates.emergency_share == 0.4
    with pytest.raises(ValueError, match="read-only"):
        rates.hourly.to_numpy()[0, 0] = 1.0
    plain = call_rates(town())
    assert plain.hourly is None
    assert plain.emergency_share is None


def test_every_fault_of_the_hours_is_listed() -> None:
    days = pd.Series({"a": 4.0, "b": 2.0})
    with pytest.raises(DemandError) as caught:
        CallRates(
            per_day=days,
            source="x",
            emergency_share=1.2,
            hourly=pd.DataFrame({24: [1.0, 1.0], "noon": 1.0}, index=["a", "z"]),
        )
    assert caught.value.faults == (
        "columns of hourly that are no hours from 0 to 23: 24, 'noon'",
        "no hours of b",
        "hours of z, which has no rate",
        "emergency_share is 1.2: give a share from 0 to 1, or None",
    )
    hourly = pd.DataFrame({9: [-1.0, 1.5]}, index=["a", "b"])
    with pytest.raises(DemandError) as caught:
        CallRates(per_day=days, source="x", hourly=hourly)
    assert caught.value.faults == (
        "hours that are not numbers of at least 0: a",
        "hours of b sum to 1.5 calls, but its rate is 2",
    )


def test_half_a_day_has_half_the_calls() -> None:
    """All are open from 08:00 to 14:00; until 11:00 is half of it, until 09:30 a quarter."""
    schools = town(bell_start="08:00", bell_end="14:00")
    rates, hours = call_rates(schools), school_hours(schools)
    half = rates.between(0, 11 * 3600, hours=hours)
    assert half.per_day.tolist() == pytest.approx((rates.per_day / 2).tolist())
    quarter = rates.between(8 * 3600, 9.5 * 3600, hours=hours)
    assert quarter.per_day.tolist() == pytest.approx((rates.per_day / 4).tolist())
    assert "08:00 to 09:30" in quarter.source
    with pytest.raises(DemandError, match="hours=school_hours"):
        rates.between(0, 11 * 3600)


def test_known_hours_say_how_many_calls_a_part_of_the_day_has() -> None:
    """To 14:20 a has 1 + 3/3 calls; if it closes at 14:40, half of its calls at 14 came then."""
    part = by_hours().between(0, (14 + 1 / 3) * 3600)
    assert part.per_day.to_dict() == pytest.approx({"a": 2.0, "b": 2.0})
    assert part.hourly is not None
    assert part.hourly.loc["a", 14] == pytest.approx(1.0)
    hours = pd.DataFrame({"opens_s": 28_800.0, "closes_s": (14 + 2 / 3) * 3600}, index=["a", "b"])
    open_then = by_hours().between(0, (14 + 1 / 3) * 3600, hours=hours)
    assert open_then.per_day["a"] == pytest.approx(1.0 + 3 / 2)


def test_a_day_without_bells_is_the_patrols_default_and_says_so() -> None:
    hours = school_hours(town(bell_start=["07:30", None, None, None, None], bell_end="14:10"))
    assumed = PatrolAssumptions()
    assert hours.loc["a"].tolist() == [27_000.0, 51_000.0, False]
    assert hours.loc["b"].tolist() == [assumed.day_start_s, assumed.day_end_s, True]


@pytest.mark.parametrize(("start_s", "end_s"), [(-1, 5), (5, 5), (9, 5), (0, 86_401)])
def test_a_part_of_no_day_is_refused(start_s: float, end_s: float) -> None:
    with pytest.raises(DemandError, match="no part of a day"):
        by_hours().between(start_s, end_s)
    with pytest.raises(DemandError, match="no building has any calls"):
        by_hours().between(0, 3600)
