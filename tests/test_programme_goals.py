"""Goals, officers' time and periods side by side, each worked out by hand or by the book."""

from __future__ import annotations

import math
import re
from itertools import product

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from helpers.programme_towns import ON, events, town

from zoning.errors import RecordError
from zoning.programme.before_after import (
    HIGHER,
    LOWER,
    NOT_A_CAUSE,
    UNCLEAR,
    _draw_buildings,
    compare_periods,
    describe_comparison,
    read_comparisons,
)
from zoning.programme.event_records import EventRecords, read_programme_records
from zoning.programme.goals import evaluate_goals, read_goals, state_of
from zoning.programme.time_use import read_time_use, time_by_officer, time_use


@pytest.fixture(scope="module")
def schools() -> gpd.GeoDataFrame:
    return town().schools


@pytest.fixture(scope="module")
def records(schools: gpd.GeoDataFrame) -> EventRecords:
    return read_programme_records(events(), schools, on=ON)


def _frame(columns: str, *rows: str) -> pd.DataFrame:
    return pd.DataFrame([row.split(",") for row in rows], columns=columns.split(","))


YEAR = "2025-07-01,2026-06-30"
GOALS = (
    "goal_id,goal,measure,of,category,level,since,until,exposure,exposure_unit,per,target,direction"
)


def test_goals_of_each_measure(records: EventRecords) -> None:
    goals = read_goals(
        _frame(
            GOALS,
            f"a,fewer fights,rate,incident,Fight,,{YEAR},900,student-years,100,6,at most",
            f"b,fewer weapons,rate,Incident,weapon,,{YEAR},900,student-years,100,0.3,at most",
            f"c,fewer thefts,rate,incident,theft,,{YEAR},900,student-years,100,2,at most",
            f"d,in time,reported in time,incident,,,{YEAR},,,,60%,at least",
            f"e,complete,complete,incident,,,{YEAR},,,,0.95,at least",
            f"f,high schools,rate,incident,,high,{YEAR},1,years,,100,at most",
        ),
        on=ON,
    )
    table = evaluate_goals(
        goals,
        records=records,
        limits={"incident": 0},
        required={"incident": ("description",)},
    )
    # 30 fights in 900: 3.33 per 100, Garwood's interval of 30 is 20.24 to 42.83.
    assert table.loc["a", ["count", "value"]].tolist() == pytest.approx([30, 30 / 9])
    assert table.loc["a", ["low", "high"]].tolist() == pytest.approx([2.249, 4.758], abs=2e-3)
    assert table["state"].to_dict() == {
        "a": "met",  # all below 6
        "b": "not met",  # 7 weapons: 0.31 to 1.60
        "c": "not clear",  # 24 thefts: 1.71 to 3.97
        "d": "met",  # 45 of 61
        "e": "not met",  # 40 of 61
        "f": "met",
    }
    assert table.loc["d", ["count", "value"]].tolist() == pytest.approx([45, 45 / 61])
    assert table.loc["e", "value"] == pytest.approx(40 / 61)
    assert table.loc["f", "count"] == 13
    assert set(evaluate_goals(goals)["state"]) == {"no value"}


def test_a_goal_given_from_elsewhere_is_judged_by_its_interval() -> None:
    goals = read_goals(
        _frame(
            "goal_id,goal,measure,value,low,high,target,direction,source",
            "a,feel safe,given,72%,69%,75%,0.7,at least,a survey",
            "b,feel safe,given,72%,71%,75%,0.7,at least,a survey",
            "c,feel safe,given,72%,,,0.7,at least,a survey",
        ),
        on=ON,
    )
    assert list(evaluate_goals(goals)["state"]) == ["not clear", "met", "not clear"]


def test_a_goal_is_met_or_not_only_if_the_whole_interval_agrees() -> None:
    """Brute force over ends on either side of the target, and at it."""
    for low, high in product((1.0, 2.0, 3.0), repeat=2):
        if low > high:
            continue
        most, least = (state_of((low, low, high), 2.0, d) for d in ("at most", "at least"))
        assert (most == "met") == (high <= 2)
        assert (most == "not met") == (low > 2)
        assert (least == "met") == (low >= 2)
        assert (least == "not met") == (high < 2)
    assert state_of((math.nan, math.nan, math.nan), 2.0, "at most") == "no value"


def test_faults_of_goals_come_at_once() -> None:
    with pytest.raises(RecordError) as caught:
        read_goals(
            _frame(
                GOALS,
                f"a,x,rate,incident,,,{YEAR},,,,6,at most",
                f"b,x,rate,incidents at school,,,{YEAR},9,days,,6,at most",
                "c,x,complete,incident,,,2026-07-01,2026-06-30,,,,80,at least",
                "d,x,officer time,educator,,,2025-07-01,2027-06-30,,,,0.3,at least",
                "d,x,given,,,,,,,,,0.3,atleast",
                "e,x,rate,incident,,,2025-07-01,2026-06-30,0,days,,6,so so",
                "f,x,rate,incident,,,2025-07-01,2026-06-30,9,days,0,6,at most",
            ),
            on=ON,
        )
    said = str(caught.value)
    for part in (
        "row 1: the measure 'rate' needs exposure, exposure_unit",
        "row 2: of 'incidents at school' is none of incident",
        "row 3: until '2026-06-30' is before since",
        "row 3: target 80 is above 1, and the measure is a share",
        "row 4: until '2027-06-30' is after 2026-09-15",
        "row 5: the measure 'given' needs value, source",
        "row 6: direction 'so so' is none of at most, at least",
        "row 7: per '0' is below",
    ):
        assert part in said, part


HOURS = _frame(
    "officer,date,role,hours",
    "o1,2026-09-01,teacher,2",
    "o1,2026-09-01,law enforcement,4",
    "o1,2026-09-02,law,6",
    "o2,2026-09-01,counselor,3",
    "o2,2026-09-01,law,3",
    "o3,2026-09-01,law,5",
    "o3,2026-09-01,educator,1",
)


def test_officers_time_by_role_beside_a_wish() -> None:
    """By hand: law is 18 of 24 hours; by officer 10 of 12, 3 of 6 and 5 of 6."""
    table = time_use(read_time_use(HOURS, on=ON), {"educator": 0.6, "law": 0.8})
    assert table["hours"].to_dict() == {"educator": 3, "counsellor": 3, "law": 18, "other": 0}
    assert table.loc["law", "share"] == 0.75
    # Residuals 10 - 9, 3 - 4.5, 5 - 4.5; their squares sum to 3.5; n / (n - 1) = 1.5; t = 4.3027.
    half = 4.302653 * math.sqrt(3.5 * 1.5) / 24
    assert table.loc["law", "low"] == pytest.approx(0.75 - half, abs=1e-6)
    assert table.loc["law", "high"] == 1.0
    assert table["state"].to_dict() == {
        **{"educator": "less than wished", "law": "no clear difference"},
        **{"counsellor": "", "other": ""},
    }
    by_officer = time_by_officer(read_time_use(HOURS, on=ON))
    assert by_officer.loc["o1", ["educator", "law", "hours"]].tolist() == [2 / 12, 10 / 12, 12]
    # Of a single officer the days are the clusters.
    alone = time_use(read_time_use(HOURS[:3], on=ON))
    assert alone.loc["law", "share"] == pytest.approx(10 / 12)
    assert alone.loc["law", "low"] < 10 / 12


def test_faults_of_hours_come_at_once() -> None:
    with pytest.raises(RecordError) as caught:
        read_time_use(
            _frame(
                "officer,date,role,hours",
                "o1,2026-09-01,law,20",
                "o1,2026-09-01,educator,5",
                "o1,2026-09-01,law,1",
                "o2,2026-10-01,law,-1",
                "o2,2026-10-01,chef,1",
                "o3,2026-10-01,law,1",
            ),
            on=ON,
        )
    said = str(caught.value)
    for part in (
        "row 2: officer 'o1' has 25 hours on 2026-09-01",
        "officer 'o1', date '2026-09-01', role 'law' is also in",
        "hours '-1' is below 0",
        "role 'chef' is none of educator, counsellor, law, other",
        "date '2026-10-01' is after 2026-09-15",
    ):
        assert part in said


COMPARED = "comparison_id,kind,category,level,before_first,before_last,after_first,after_last"
COMPARED += ",before_exposure,after_exposure,exposure_unit,publish"
YEARS = "2024-07-01,2025-06-30,2025-07-01,2026-06-30"


def _compared(records: EventRecords, *rows: str) -> pd.DataFrame:
    return compare_periods(read_comparisons(_frame(COMPARED, *rows), on=ON), records)


def test_two_periods_by_the_book(schools: gpd.GeoDataFrame) -> None:
    """Stata's manual of ``ir``: 15 cases of 19,017 person-years, then 41 of 28,010."""
    rows = [("2025-01-01", "s1")] * 15 + [("2026-01-01", "s2")] * 41
    frame = pd.DataFrame(rows, columns=["occurred", "building"]).assign(kind="incident")
    found = read_programme_records(frame, schools, on=ON)
    table = _compared(found, f"a,incident,,,{YEARS},19017,28010,person-years,no")
    row = table.loc["a"]
    assert row[["ratio", "low", "high"]].tolist() == pytest.approx(
        [1.855759, 1.005684, 3.6093], rel=1e-5
    )
    assert row["after_rate"] == pytest.approx(0.0014638, rel=1e-4)
    assert math.isnan(row["buildings_low"])  # too few buildings for a bootstrap
    assert row["state"] == HIGHER


def test_a_bootstrap_over_buildings_is_wider_where_buildings_differ() -> None:
    """All of the change is at one of twelve buildings, so it is not clear that there is one."""
    before = pd.Series([10.0] * 12, index=[f"b{k}" for k in range(12)])
    after = before.copy()
    after["b0"] = 100.0
    low, high = _draw_buildings(before, after, 1.0, 1)
    assert low == 1.0
    assert high > 2
    even_low, even_high = _draw_buildings(before, before * 1.5, 1.0, 1)
    assert even_low == even_high == pytest.approx(1.5)
    # Beside the textbook: the percentile interval of a mean ratio, by plain resampling.
    rng = np.random.default_rng(5)
    at = rng.integers(0, 12, (4000, 12))
    ratios = after.to_numpy()[at].sum(axis=1) / before.to_numpy()[at].sum(axis=1)
    assert high == pytest.approx(np.quantile(ratios, 0.975), rel=0.05)


def test_the_sentences_say_no_cause(records: EventRecords) -> None:
    table = _compared(
        records,
        f"a,incident,,,{YEARS},1,1,school years,no",
        f"b,incident,fight,,{YEARS},16800000,16800000,student-days,no",
        f"c,incident,theft,high,{YEARS},175,17,school-days,no",
        f"d,police call,,,{YEARS},175,175,school-days,no",
        f"e,incident,,,{YEARS},1,9,school years,no",
    )
    said = [describe_comparison(row) for _, row in table.iterrows()]
    assert "40 records of the kind incident in 1 school years" in said[0]
    assert "is 1.52 times the first (95 % interval 1.01 to 2.33): a higher rate." in said[0]
    assert "no clear difference" in said[1]
    assert "category fight" in said[1]
    assert "in 16,800,000 student-days" in said[1]
    # As in the public edition, which has no interval over buildings.
    wide = table.loc["a"].to_dict() | {"state": UNCLEAR, "buildings_low": math.nan}
    assert "1.01 to 2.33): no clear difference, since buildings" in describe_comparison(
        pd.Series(wide)
    )
    assert "The first count is 0, so there is no ratio." in said[3]
    assert "a lower rate" in said[4]
    assert table.loc["e", "state"] == LOWER
    assert table.loc["b", "state"] == UNCLEAR
    causal = (
        r"\b(because|caus\w+|due to|effect\w*|impact\w*|led to|lead\w* to|result\w*|reduc\w+|"
        r"improv\w+|prevent\w*|thanks|owing|attribut\w+|therefore|hence|consequen\w+|worked|"
        r"influenc\w*|driv\w+|brought|help\w*|thus|explain\w*|increas\w+|decreas\w+)\b"
    )
    assert re.search(causal, "officers reduced fights", re.IGNORECASE)  # the search can fail
    for one in (*said, NOT_A_CAUSE):
        assert not re.search(causal, one, re.IGNORECASE), one


def test_faults_of_comparisons_come_at_once() -> None:
    with pytest.raises(RecordError) as caught:
        read_comparisons(
            _frame(
                COMPARED,
                "a,incident,,,2025-07-01,2024-06-30,2025-07-01,2026-06-30,1,0,days,no",
                "b,incident,,,2024-07-01,2025-07-01,2025-07-01,2026-12-30,1,1,,no",
                "b,incident,,,2024-07-01,2025-07-01,2025-07-01,2026-12-30,1,1,days,no",
            ),
            on=ON,
        )
    said = str(caught.value)
    for part in (
        "row 1: after_exposure '0' is below",
        "row 2: exposure_unit is empty",
        "row 3: after_first '2025-07-01' is not after before_last '2025-07-01'",
        "row 3: after_last '2026-12-30' is after 2026-09-15",
    ):
        assert part in said
