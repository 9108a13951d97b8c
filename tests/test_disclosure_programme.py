"""What the public may see of the programme data, and an attacker who adds and subtracts."""

from __future__ import annotations

import itertools
import math
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from helpers.programme_towns import ON, events, town
from scipy.optimize import Bounds, LinearConstraint, milp

from zoning.disclosure.programme import (
    OF_FEW_BUILDINGS,
    OTHERS,
    WITHHELD,
    PublicData,
    _groups_to_tell,
    public_data,
)
from zoning.programme.before_after import read_comparisons
from zoning.programme.data_review import DataReview, DataSettings
from zoning.programme.event_records import read_programme_records
from zoning.programme.goals import read_goals
from zoning.programme.supports import read_supports
from zoning.programme.time_use import read_time_use
from zoning.schools import schools_from_frame
from zoning.settings import read_settings
from zoning.staffing.equity import ALL_STUDENTS

SETTINGS = DataSettings(report_within_days={"incident": 0}, required={"incident": ("description",)})


@pytest.fixture(scope="module")
def schools() -> gpd.GeoDataFrame:
    return town().schools


def _frame(columns: str, *rows: str) -> pd.DataFrame:
    return pd.DataFrame([row.split(",") for row in rows], columns=columns.split(","))


def _review(schools: gpd.GeoDataFrame, table: pd.DataFrame, **more: object) -> DataReview:
    records = read_programme_records(table, schools, on=ON)
    given = {"settings": SETTINGS, "schools": schools, "on": ON, "records": records, **more}
    return DataReview(**given)  # type: ignore[arg-type]


def _counts(data: PublicData, by: str, term: str = "2024-07-01 to 2025-06-30") -> dict[str, float]:
    table = data.tables["records"]
    mine = table[(table["term"] == term) & (table["by"] == by)]
    return dict(zip(mine["part"], mine["count"], strict=True))


def test_public_counts_are_breakdowns_of_a_term_that_has_ended(schools: gpd.GeoDataFrame) -> None:
    data = public_data(_review(schools, events()))
    assert _counts(data, "all") == {"all": 40}
    # 4 weapons could be 1 to 9 only beside a number that may fall by 8: not the 12 thefts.
    assert _counts(data, "category") == {"theft": 12, OTHERS: 28}
    assert "weapon" not in data.tables["records"].to_csv()
    # Four elementary schools; of each other level there are too few to be told apart.
    assert _counts(data, "level") == {"elementary": 18, OTHERS: 22}
    assert _counts(data, "report") == {"in time": 30, "late": 10}
    assert set(data.tables["records"]["term"]) == {
        "2024-07-01 to 2025-06-30",
        "2025-07-01 to 2026-06-30",
    }


def test_nothing_of_a_term_that_runs_is_public(schools: gpd.GeoDataFrame) -> None:
    more = events().assign(occurred="2026-09-01", reported="", id="")
    data = public_data(_review(schools, more))
    assert data.tables["records"].empty
    assert "the term 2026-07-01 to 2027-06-30 has not ended, and has no counts yet" in data.notices


def test_a_small_number_is_withheld_with_all_its_parts(schools: gpd.GeoDataFrame) -> None:
    data = public_data(_review(schools, events()[:9]))
    row = data.tables["records"].iloc[0]
    assert math.isnan(row["count"])
    assert row["withheld"] == WITHHELD
    assert list(data.tables["records"]["by"]) == ["all", "all"]
    assert data.tables["records"].iloc[1]["count"] == 0  # the year after has none


def _attack(
    sizes: tuple[int, int, int], cells: np.ndarray, fixed: list[tuple[np.ndarray, float]]
) -> tuple[float, float]:
    """Find the fewest and the most of a count, given published ones: whole numbers over a cube."""
    n = math.prod(sizes)
    rows = np.array([mask.ravel().astype(float) for mask, _ in fixed])
    values = np.array([value for _, value in fixed])
    ends = []
    for sign in (1, -1):
        found = milp(
            sign * cells.ravel().astype(float),
            integrality=np.ones(n),
            bounds=Bounds(0, np.inf),
            constraints=LinearConstraint(rows, values, values),
        )
        assert found.success
        ends.append(round(sign * found.fun))
    return ends[0], ends[1]


@pytest.mark.parametrize("seed", range(4))
def test_no_subtraction_across_the_tables_gives_a_small_count(
    schools: gpd.GeoDataFrame, seed: int
) -> None:
    """An attacker with every published figure, by integer programming (scipy, HiGHS).

    Unknown are the records by level, category and state of the report. Known are all public
    counts, and those that follow from goals and comparisons: rates times exposures. Every count
    of 1 to 9 that the tables could have told may still be anything from 1 to 9.
    """
    rng = np.random.default_rng(seed)
    categories = ["fight", "weapon", "theft", "threat"]
    chances = rng.dirichlet([2, 0.4, 1, 0.3])
    rows = [
        {
            **{"kind": "incident", "building": f"s{rng.integers(9)}", "occurred": "2025-09-01"},
            "reported": "2025-09-01" if rng.random() < 0.85 else "",
            "category": rng.choice(categories, p=chances),
            "description": "x" if rng.random() < 0.9 else "",
        }
        for _ in range(int(rng.integers(15, 60)))
    ]
    year = "2025-07-01,2026-06-30"
    goal = "goal_id,goal,measure,of,category,level,since,until,exposure,exposure_unit"
    tests = [
        *(f"{c},x,rate,incident,{c},,{year},7,years" for c in categories),
        f"all,x,rate,incident,,,{year},7,years",
        f"level,x,rate,incident,,elementary,{year},7,years",
        f"both,x,rate,incident,weapon,elementary,{year},7,years",
        "days,x,rate,incident,,,2025-09-01,2025-09-01,7,years",
        f"time,x,reported in time,incident,,,{year},,",
        f"whole,x,complete,incident,,,{year},,",
    ]
    goals = read_goals(
        _frame(goal, *tests).assign(target="0.5", direction="at most", publish="yes"), on=ON
    )
    review = _review(schools, pd.DataFrame(rows), goals=goals)
    data = public_data(review)
    assert review.records is not None
    frame = review.records.frame
    levels = ["elementary", OTHERS]
    level = frame["level"].where(frame["level"] == "elementary", OTHERS)
    late = np.where(frame["reported"].isna(), "late", "in time")
    sizes = (len(levels), len(categories), 2)
    at = np.indices(sizes)
    masks = {
        "level": {name: at[0] == k for k, name in enumerate(levels)},
        "category": {name: at[1] == k for k, name in enumerate(categories)},
        "report": {name: at[2] == k for k, name in enumerate(("in time", "late"))},
        "all": {"all": np.ones(sizes, dtype=bool)},
    }
    published = data.tables["records"]
    # The pooled rest of a breakdown is what the number and its other parts leave.
    fixed = [
        (masks[row["by"]][row["part"]], row["count"])
        for row in published[published["by"] != "fields"].to_dict("records")
        if row["part"] in masks[row["by"]] and not math.isnan(row["count"])
    ]
    told = data.tables["goals"]
    for goal_id, row in told[told["withheld"] == ""].iterrows():
        if row["measure"] == "rate":
            mask = masks["category"].get(str(goal_id), masks["all"]["all"])
            mask = masks["level"]["elementary"] if goal_id == "level" else mask
            fixed.append((mask, round(row["value"] * 7)))
    assert told.loc[["both", "days"], "value"].isna().all()
    truths = {
        **{("category", c): int((frame["category"] == c).sum()) for c in categories},
        **{("level", one): int((level == one).sum()) for one in levels},
        **{("report", one): int((late == one).sum()) for one in ("in time", "late")},
        **{
            ("cell", f"{a} {b}"): int(((level == a) & (frame["category"] == b)).sum())
            for a, b in itertools.product(levels, categories)
        },
    }
    if not fixed:  # a number of records below 10 tells nothing
        return
    checked = 0
    for (by, part), n in truths.items():
        if not 0 < n < 10:
            continue
        mask = (
            masks["level"][part.split()[0] if part.startswith("elem") else OTHERS]
            & masks["category"][part.split()[-1]]
            if by == "cell"
            else masks[by][part]
        )
        low, high = _attack(sizes, mask, fixed)
        assert low <= 1, (by, part, n)
        assert high >= (9 if by != "cell" else n + 1), (by, part, n)
        checked += 1
    assert checked


def test_goals_show_only_what_published_counts_give(schools: gpd.GeoDataFrame) -> None:
    year = "2025-07-01,2026-06-30"
    goals = read_goals(
        _frame(
            "goal_id,goal,measure,of,category,level,since,until,exposure,exposure_unit,target,"
            "direction,publish,value,source,owner",
            f"fights,x,rate,incident,fight,,{year},1,years,50,at most,yes,,,Pat Doe",
            f"weapons,x,rate,incident,weapon,,{year},1,years,50,at most,yes,,,",
            f"both,x,rate,incident,fight,elementary,{year},1,years,50,at most,yes,,,",
            f"secret,x,rate,incident,fight,,{year},1,years,50,at most,no,,,",
            f"timely,x,reported in time,incident,,,{year},,,0.6,at least,yes,,,",
            f"officers,x,officer time,law,,,{year},,,0.6,at least,yes,,,",
            "survey,x,given,,,,,,,,0.6,at least,yes,0.7,a survey,",
        ),
        on=ON,
    )
    table = public_data(_review(schools, events(), goals=goals)).tables["goals"]
    assert "secret" not in table.index
    assert table.loc["fights", "value"] == 30
    assert table.loc["fights", "state"] == "met"
    assert table.loc[["weapons", "both"], "value"].isna().all()
    assert table.loc["weapons", "state"] == ""
    assert table.loc["timely", "value"] == pytest.approx(45 / 61)
    assert math.isnan(table.loc["officers", "value"])
    assert table.loc["survey", "value"] == 0.7
    assert "owner" not in table
    assert "count" not in table
    assert "Pat Doe" not in table.to_csv()


def test_a_goal_of_a_category_that_no_record_has_says_so(schools: gpd.GeoDataFrame) -> None:
    goals = read_goals(
        _frame(
            "goal_id,goal,measure,of,category,since,until,exposure,exposure_unit,target,direction",
            "typo,x,rate,incident,fihgt,2025-07-01,2026-06-30,9,years,6,at most",
            "right,x,rate,incident,fight,2025-07-01,2026-06-30,9,years,6,at most",
        ),
        on=ON,
    )
    review = _review(schools, events(), goals=goals)
    said = [one for one in review.notices if "counts nothing" in one]
    assert said == ["typo counts nothing: no record of the kind incident has the category 'fihgt'"]


def test_fields_that_are_no_words_are_a_fault() -> None:
    _, faults = read_settings(DataSettings, {"required": {"incident": [["building"]]}})
    assert "which is none of building, category" in faults[0].what


def test_a_category_named_as_what_is_joined_gives_nothing_away(schools: gpd.GeoDataFrame) -> None:
    goals = read_goals(
        _frame(
            "goal_id,goal,measure,of,category,since,until,exposure,exposure_unit,target,direction,"
            "publish",
            f"a,x,rate,incident,{OTHERS},2024-07-01,2025-06-30,1,years,50,at most,yes",
        ),
        on=ON,
    )
    table = events().replace({"category": {"weapon": OTHERS}})
    review = _review(schools, table, goals=goals)
    assert review.tables["goals"].loc["a", "value"] == 4
    assert math.isnan(public_data(review).tables["goals"].loc["a", "value"])


def test_comparisons_show_only_terms_with_published_counts(schools: gpd.GeoDataFrame) -> None:
    years = "2024-07-01,2025-06-30,2025-07-01,2026-06-30"
    comparisons = read_comparisons(
        _frame(
            "comparison_id,kind,category,level,before_first,before_last,after_first,after_last,"
            "before_exposure,after_exposure,exposure_unit,publish",
            f"all,incident,,,{years},1,1,years,yes",
            f"weapons,incident,weapon,,{years},1,1,years,yes",
            "days,incident,,,2024-09-01,2024-09-30,2025-09-01,2025-09-30,1,1,months,yes",
            f"inside,incident,fight,,{years},1,1,years,no",
        ),
        on=ON,
    )
    data = public_data(_review(schools, events(), comparisons=comparisons))
    table = data.tables["comparisons"]
    assert list(table.index) == ["all", "weapons", "days"]
    assert table.loc["all", ["before_count", "after_count"]].tolist() == [40, 61]
    numbers = ["before_count", "after_count", "ratio", "low", "high", "after_rate", "after_low"]
    assert table.loc[["weapons", "days"], numbers].isna().all(axis=None)
    assert table["buildings_low"].isna().all()
    assert len(data.sentences) == 2
    assert "weapon" not in " ".join(data.sentences)


def _hours(officers: int, *, alone: bool = False) -> pd.DataFrame:
    rows = [
        f"o{k},2026-09-0{d},{'law' if alone or k else 'educator'},{3 + k + d}"
        for k, d in itertools.product(range(officers), (1, 2))
    ]
    rows += [f"o{k},2026-09-03,educator,{2 + k}" for k in range(officers)]
    return _frame("officer,date,role,hours", *rows)


def test_officers_time_is_told_only_of_several(schools: gpd.GeoDataFrame) -> None:
    few = _review(schools, events(), hours=read_time_use(_hours(4), on=ON))
    assert public_data(few).tables["officer_time"]["share"].isna().all()
    many = _review(schools, events(), hours=read_time_use(_hours(9, alone=True), on=ON))
    table = public_data(many).tables["officer_time"]
    assert table.loc["law", "share"] == round(table.loc["law", "share"], 2) > 0.5
    assert "o3" not in table.to_csv()


def test_no_restricted_column_reaches_a_public_table(schools: gpd.GeoDataFrame) -> None:
    """Each restricted value is a word that stands nowhere else."""
    marks = {
        "id": "idmark",
        "outcome": "outcomemark",
        "description": "textmark",
        "location": "placemark",
        "reported_by": "namemark",
        "notified": "parentmark",
    }
    table = events()[:30].assign(**{k: v for k, v in marks.items() if k != "id"})
    table["id"] = [f"idmark{k}" for k in range(30)]
    table["time"] = "13:37"
    supports = read_supports(_frame("building,role,fte", "s0,counselor,1", "s1,nurse,0.5"), schools)
    table.loc[:3, "category"] = "dress code"
    table.loc[:3, "officer_involved"] = "yes"
    review = _review(schools, table, supports=supports, hours=read_time_use(_hours(9), on=ON))
    data = public_data(review)
    text = "".join(one.to_csv() for one in data.tables.values()) + " ".join(data.notices)
    for word in (*marks.values(), "13:37", "o3", "2024-09-01"):
        assert word not in text
    assert "idmark" in "".join(one.to_csv() for one in review.tables.values())  # it can fail
    assert set(data.tables) == {"records", "officer_time", "supports", "supports_by_group"}


def test_supports_stand_beside_what_may_be_told_of_officers(schools: gpd.GeoDataFrame) -> None:
    supports = read_supports(_frame("building,role,fte", "s0,counselor,1"), schools)
    equity = pd.DataFrame(
        {
            "students": [5400, 1000, 7],
            "presence_index": [1.0, math.nan, 1.2],
            "mean_response_s": [240.0, math.nan, 300.0],
            "withheld": ["", "too few", ""],
        },
        index=pd.Index(["All students", "Black", "Asian"], name="group"),
    )
    review = _review(schools, events(), supports=supports)
    table = public_data(review, equity=equity).tables["supports_by_group"]
    assert table.loc[("All students", "mean_response_s"), "value"] == 240
    assert table.loc[("Black", "presence_index"), "withheld"] == "too few"
    assert "Asian" not in table.index.get_level_values("group")  # not in the schools' table
    # One counsellor at 400 of 5,400 students: 1 a 5,400 is 0.185 a thousand.
    assert table.loc[("All students", "counsellor per 1,000 students"), "value"] == pytest.approx(
        1000 / 5400
    )


def _many(buildings: int) -> gpd.GeoDataFrame:
    rows = range(buildings)
    return schools_from_frame(
        pd.DataFrame(
            {
                "school_id": [f"s{k}" for k in rows],
                "name": [f"School {k}" for k in rows],
                "level": "elementary",
                "latitude": [38 + 0.02 * k for k in rows],
                "longitude": -85.0,
                "enrollment": [400 + 10 * k for k in rows],
                "pct_black": [2.0 * k for k in rows],
            }
        )
    )


def _supports_told(schools: gpd.GeoDataFrame, *rows: str) -> pd.DataFrame:
    supports = read_supports(_frame("building,role,fte", *rows), schools)
    review = DataReview(settings=SETTINGS, schools=schools, on=ON, supports=supports)
    return public_data(review).tables["supports_by_group"].loc["Black"]


def test_supports_do_not_tell_how_many_of_a_group_are_at_a_school() -> None:
    """A psychologist at one school alone: value x students / rate would be the number there."""
    few, many = (
        [f"s{k},counselor,{1 + k % 3}" for k in range(n)] + ["s3,school psychologist,1"]
        for n in (9, 30)
    )
    assert _supports_told(_many(9), *few)["value"].isna().all()
    table = _supports_told(_many(30), *many)
    alone = table.loc["psychologist per 1,000 students"]
    assert math.isnan(alone["value"])
    assert alone["withheld"] == OF_FEW_BUILDINGS
    # Of counsellors at every school two digits are told, and no interval, which has more of them.
    spread = table.loc["counsellor per 1,000 students"]
    assert spread["value"] == float(f"{spread['value']:.2g}") > 0
    assert table[["low", "high"]].isna().to_numpy().all()
    assert table.loc["nurse per 1,000 students", "value"] == 0  # nobody has one, which is public


def test_the_rest_of_all_students_does_not_tell_it_either() -> None:
    """All but the group: where nearly all others are at two schools, the group is withheld too."""
    ids = [f"b{k}" for k in range(25)]
    whole = np.full(25, 500.0)
    students = pd.DataFrame({ALL_STUDENTS: whole, "White": whole - 1}, index=ids)
    rates = pd.Series(np.tile([1.0, 2.0, 3.0, 2.0, 1.5], 5), index=ids)
    assert _groups_to_tell(students, rates) == {"White"}
    students.loc[ids[2:], "White"] = 500.0
    assert _groups_to_tell(students, rates) == set()


def test_terms_of_a_district_s_own(schools: gpd.GeoDataFrame) -> None:
    settings = DataSettings(terms=(date(2024, 8, 1), date(2025, 1, 1), date(2025, 8, 1)))
    data = public_data(_review(schools, events(), settings=settings))
    assert _counts(data, "all", "2024-08-01 to 2024-12-31") == {"all": 20}


def test_a_term_without_a_record_is_not_told_as_a_quiet_one(schools: gpd.GeoDataFrame) -> None:
    early, late = events().assign(occurred="2022-09-01", id=""), events().assign(id="")
    data = public_data(_review(schools, pd.concat([early, late], ignore_index=True)))
    zeros = "its zeros say that nothing was recorded, not that nothing happened"
    quiet = [one for one in data.notices if zeros in one]
    assert quiet == [f"the term 2023-07-01 to 2024-06-30 has no record of any kind: {zeros}"]
