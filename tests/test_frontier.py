"""Trade-offs against every plan there is, worked out by hand, and as a table and a picture."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from helpers.zone_requests import FEEDERS
from helpers.zone_towns import best_of_all, on_a_line, plan_of, problem, random_town
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from zoning.errors import OptionError, ProblemError
from zoning.zones import (
    Alignment,
    Apart,
    LongestDrive,
    Objective,
    OwnCost,
    Progress,
    SolverLimits,
    Status,
    Together,
    Workload,
    ZoneProblem,
    score,
)
from zoning.zones.tradeoffs.frontier import Frontier, _with_best_plan, frontier
from zoning.zones.tradeoffs.quantities import AlignmentPrices, Trade, WorkloadTolerances, ZoneCounts

CALLS = [1, 2, 1, 3, 1, 1, 2, 1, 1.5]
PRICES = AlignmentPrices((0, 20, 90, 240, 900, math.inf))
COUNTS = ZoneCounts(range(1, 7))
TOLERANCES = WorkloadTolerances((0, 0.1, 0.15, 0.3, 0.5, 1))


def town(seed: int, **request: object) -> ZoneProblem:
    """Nine buildings, two high schools, zones of two to four."""
    return problem(
        random_town(seed, 9),
        weights=CALLS,
        feeders=FEEDERS,
        high_schools=2,
        columns={"calls": CALLS},
        **{"zones": 3, "min_size": 2, "max_size": 4, "alignment": Alignment.prefer(1)} | request,
    )


def street(**request: object) -> ZoneProblem:
    """Two pairs of neighbours 10 s apart; who feeds the same high school is 100 s apart."""
    calls = [3, 3, 1, 1]
    return problem(
        on_a_line(0, 10, 100, 110),
        weights=calls,
        feeders=[(0,), (1,), (0,), (1,)],
        high_schools=2,
        columns={"calls": calls},
        **{"zones": 2, "min_size": 2, "max_size": 2} | request,
    )


@pytest.fixture(autouse=True)
def _figures_without_a_screen() -> Iterator[None]:
    before = mpl.get_backend()
    mpl.use("Agg")
    yield
    plt.close("all")
    mpl.use(before)


@pytest.mark.parametrize("over", [PRICES, COUNTS, TOLERANCES], ids=lambda over: type(over).__name__)
@pytest.mark.parametrize("seed", [3, 4])
@pytest.mark.parametrize("objective", [Objective.PATROL, Objective.STATION])
def test_each_point_is_the_best_of_every_plan(over: Trade, seed: int, objective: Objective) -> None:
    given = town(seed, objective=objective)
    found = frontier(given, over)
    assert [value for value, _ in found.points] == list(over.values)
    for value, result in found.points:
        best = best_of_all(over.at(given, value))
        assert (result.plan is not None) == best.exists
        if best.exists:
            assert result.status is Status.OPTIMAL
            assert result.objective_s == pytest.approx(best.objective, rel=1e-9)
        else:
            assert result.status is Status.INFEASIBLE


@pytest.mark.parametrize("seed", range(4))
def test_a_higher_price_never_misaligns_more_nor_shortens_travel(seed: int) -> None:
    table = frontier(town(seed), PRICES).table()
    assert table["misaligned"].is_monotonic_decreasing
    assert table["misaligned"].iloc[0] > table["misaligned"].iloc[-1]
    assert all(a <= b + 1e-9 for a, b in pairwise(table["mean_travel_s"]))
    assert table["on_frontier"].all()


@pytest.mark.parametrize("seed", range(4))
def test_a_wider_tolerance_never_costs_more(seed: int) -> None:
    table = frontier(town(seed), TOLERANCES).table()
    planned = table[table["reason"].isna()]
    assert len(planned) > 1
    assert (planned["workload_off_mean"] <= planned.index + 1e-9).all()
    assert all(a >= b - 1e-9 for a, b in pairwise(planned["objective_s"]))
    assert planned.index.max() == table.index.max()
    assert not table.loc[table.index < planned.index.min(), "reason"].isna().any()


@pytest.mark.parametrize("seed", range(2))
def test_more_zones_never_lengthen_travel_where_sizes_are_free(seed: int) -> None:
    free = town(seed, min_size=None, max_size=None, alignment=Alignment.off())
    table = frontier(free, ZoneCounts(range(1, 10))).table()
    assert all(a >= b - 1e-9 for a, b in pairwise(table["mean_travel_s"]))
    assert list(table["patrol_zones"]) == list(range(1, 10))
    assert table["mean_travel_s"].iloc[-1] == 0


def test_alignment_by_hand() -> None:
    """Neighbours: 5 s a call, 2 of 4 misaligned; aligned: 50 s a call. Even at 90 s a school."""
    table = frontier(street(), AlignmentPrices((0, 89, 91, math.inf))).table()
    assert table.index.name == "price_s"
    assert list(table["mean_travel_s"]) == pytest.approx([5, 5, 50, 50])
    assert list(table["objective_s"]) == pytest.approx([20, 198, 200, 200])
    assert list(table["misaligned"]) == [2, 2, 0, 0]
    assert list(table["aligned_share"]) == [0.5, 0.5, 1, 1]
    assert list(table["longest_drive_s"]) == [10, 10, 100, 100]
    assert list(table["on_frontier"]) == [True] * 4


def test_workload_by_hand() -> None:
    """Neighbours have 6 and 2 calls of a mean of 4; who is 100 s apart has 4 and 4."""
    table = frontier(street(), WorkloadTolerances((0.5, 0.49, 0))).table()
    assert list(table.index) == [0, 0.49, 0.5]
    assert list(table["mean_travel_s"]) == pytest.approx([50, 50, 5])
    assert list(table["workload_off_mean"]) == pytest.approx([0, 0, 0.5])
    assert list(table["workload_cv"]) == pytest.approx([0, 0, 0.5])
    assert list(table["workload_max_over_min"]) == pytest.approx([1, 1, 3])


def test_number_of_zones_by_hand() -> None:
    """Two villages of three: a third zone of two has to take from both, so it is dominated."""
    villages = problem(on_a_line(0, 6, 12, 1000, 1006, 1012), min_size=2, max_size=3)
    found = frontier(villages, ZoneCounts((4, 3, 2, 1)))
    table = found.table()
    assert list(table["on_frontier"]) == [False, True, False, False]
    assert table.loc[2, "mean_travel_s"] == pytest.approx((6 + 4 + 6) / 3)
    assert table.loc[3, "mean_travel_s"] == pytest.approx((3 + 3 + 494 + 494 + 3 + 3) / 6)
    assert table.loc[1, "reason"] == "1 zone of at most 3 holds 3 buildings; 3 are left over"
    assert "2 zones instead of 1" in str(dict(found.points)[1].infeasibility)


def test_where_there_is_no_plan_there_is_no_figure() -> None:
    table = frontier(town(3), COUNTS).table()
    without = table[table["reason"].notna()]
    assert list(without.index) == [1, 2, 5, 6]
    assert (without["status"] == "infeasible").all()
    assert not without["on_frontier"].any()
    assert without.drop(columns=["status", "on_frontier", "reason"]).isna().all(axis=None)
    assert table.loc[[3, 4]].drop(columns="reason").notna().all(axis=None)
    assert table["misaligned"].dtype == table["patrol_zones"].dtype == pd.Int64Dtype()


@pytest.mark.slow
def test_the_longest_drive_is_traded_where_it_is_minimised() -> None:
    given = town(3, objective=Objective.WORST, min_size=None, max_size=None)
    found = frontier(given, ZoneCounts((2, 3, 5)))
    for value, result in found.points:
        best = best_of_all(replace(given, zones=value))
        assert result.score is not None
        assert result.score.longest_drive_s == pytest.approx(best.longest_drive)
    assert found.table()["longest_drive_s"].is_monotonic_decreasing
    assert "longest drive" in found.plot().get_ylabel()


def test_a_cost_of_ones_own_is_traded_where_it_is_minimised() -> None:
    def visits(zone: frozenset[str]) -> float:
        return float(len(zone) ** 2)

    own = OwnCost(name="visits", cost=visits, price_s=2.0, unit="visits a day")
    given = street(objective=own, min_size=1, max_size=None)
    found = frontier(given, ZoneCounts((1, 2, 3, 4)))
    assert list(found.table()["own_cost"]) == [16, 8, 6, 4]
    assert found.table()["on_frontier"].all()
    assert "own_cost" not in frontier(street(), ZoneCounts((2,))).table()
    axes = found.plot()
    assert axes.get_ylabel().startswith("visits, visits a day")
    assert list(dots(axes)[0].get_ydata()) == [16, 8, 6, 4]


def test_a_count_that_the_rules_forbid_names_the_nearest_that_they_allow() -> None:
    """Three that are apart need three zones; two that are together forbid four single ones."""
    rules = (Apart(("b00", "b01", "b02")), Together(("b00", "b03")))
    found = frontier(street(min_size=1, max_size=4, rules=rules), ZoneCounts(range(1, 5)))
    answers = dict(found.points)
    assert list(found.table()["status"]) == ["infeasible", "infeasible", "optimal", "infeasible"]
    assert found.table().loc[4, "reason"] == "no plan of 4 zones keeps the other rules"
    why = answers[2].infeasibility
    assert why is not None
    assert why.remedies == ("number of zones: 3 instead of 2",)
    assert answers[2].problem.zones == 2


def test_a_tolerance_below_what_one_building_needs_names_the_building() -> None:
    """Mean 5; the zone of the largest building has 7 and 1, 60 % more."""
    calls = [7, 1, 1, 1]
    large = replace(
        street(),
        columns={"calls": np.array(calls, dtype=float)},
        names={"b00": "Central High"},
    )
    found = frontier(large, WorkloadTolerances((0.2, 0.5, 0.7)))
    table = found.table()
    assert table.loc[0.2, "reason"] == (
        "a zone within 20 % of the mean has at most 6 calls; "
        "one of Central High and the smallest others has 8"
    )
    assert table.loc[0.7, "status"] == "optimal"
    why = dict(found.points)[0.5].infeasibility
    assert why is not None
    assert why.remedies == ("tolerance: 70 % instead of 50 %",)


def test_strict_alignment_that_the_rules_forbid() -> None:
    rules = (LongestDrive(limit_s=50),)
    table = frontier(street(rules=rules), AlignmentPrices((0, math.inf))).table()
    assert table.loc[0, "misaligned"] == 2
    assert table.loc[math.inf, "reason"] == ("no plan keeps strict alignment and the other rules")


def test_where_nothing_is_possible_the_loosest_value_is_explained() -> None:
    found = frontier(street(rules=(LongestDrive(limit_s=5),)), WorkloadTolerances((0.1, 0.5)))
    tight, loose = (result.infeasibility for _, result in found.points)
    assert tight is not None
    assert loose is not None
    assert loose.conflict
    assert loose.remedies
    assert not tight.remedies
    assert not tight.complete
    assert found.plot().get_title(loc="left") == "Even workload traded against expected travel"


def test_values_are_kept_in_ascending_order_and_the_problem_as_it_is() -> None:
    given = street(rules=(Workload(column="calls", tolerance=0.1),))
    found = frontier(given, WorkloadTolerances((1, 0.5)))
    assert [value for value, _ in found.points] == [0.5, 1]
    assert all(len(result.problem.rules) == 1 for _, result in found.points)
    assert given.rules == (Workload(column="calls", tolerance=0.1),)
    assert found.problem is given


def test_other_rules_on_the_column_stay() -> None:
    bound = Workload(column="calls", at_most=5)
    found = frontier(street(rules=(bound,)), WorkloadTolerances((1,)))
    assert bound in found.points[0].result.problem.rules
    assert found.table().loc[1, "workload_off_mean"] == 0


def test_a_better_plan_of_another_value_is_taken_where_a_gap_is_left() -> None:
    answers = dict(frontier(street(), AlignmentPrices((0, 90, math.inf))).points)
    worse = plan_of(street(), [(0, 3), (1, 2)])
    cheap = answers[0].problem
    stopped = replace(
        answers[0], plan=worse, score=score(worse, cheap), status=Status.FEASIBLE, lower_bound_s=0
    )
    better = _with_best_plan(stopped, answers.values())
    assert better.objective_s == pytest.approx(20)
    assert better.status is Status.FEASIBLE
    nothing = replace(stopped, plan=None, score=None, status=Status.NO_SOLUTION)
    assert _with_best_plan(nothing, answers.values()).status is Status.FEASIBLE
    strict = replace(answers[math.inf], plan=None, score=None, status=Status.NO_SOLUTION)
    kept = _with_best_plan(strict, answers.values())
    assert kept.score is not None
    assert kept.score.misaligned == 0


@pytest.mark.slow
def test_the_same_call_gives_the_same_figures_to_the_digit() -> None:
    for over in (PRICES, COUNTS, TOLERANCES):
        pd.testing.assert_frame_equal(
            frontier(town(3), over).table(), frontier(town(3), over).table(), check_exact=True
        )


def test_progress_says_at_which_value_it_is() -> None:
    stages: list[str] = []
    frontier(street(), AlignmentPrices((60, math.inf)), progress=lambda p: stages.append(p.stage))
    assert {stage.split(":")[0] for stage in stages} == {"1 min", "strict"}


def test_stopped_by_the_user_it_returns_the_values_that_were_reached() -> None:
    def stop(told: Progress) -> None:
        if told.stage.startswith("1 min"):
            raise KeyboardInterrupt

    found = frontier(street(), AlignmentPrices((0, 60, math.inf)), progress=stop)
    assert [value for value, _ in found.points] == [60, math.inf]
    assert found.points[0].result.interrupted
    assert found.points[1].result.status is Status.OPTIMAL


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: AlignmentPrices(()), "none is given"),
        (lambda: AlignmentPrices((-1, 5)), "a price of -1 s is not a number of at least 0"),
        (lambda: AlignmentPrices((math.nan,)), "a price of nan s is not a number"),
        (lambda: AlignmentPrices((5, 5, 7)), "5 is given twice"),
        (lambda: ZoneCounts(()), "none is given"),
        (lambda: ZoneCounts((0, 3)), "0 zones is not a whole number of at least 1"),
        (lambda: ZoneCounts((2.5,)), "2.5 zones is not a whole number"),  # type: ignore[arg-type]
        (lambda: ZoneCounts((3, 3)), "3 is given twice"),
        (lambda: WorkloadTolerances(()), "none is given"),
        (lambda: WorkloadTolerances((-0.1,)), "a tolerance of -0.1 is not a number of at least 0"),
        (lambda: WorkloadTolerances((math.inf,)), "a tolerance of inf"),
        (lambda: WorkloadTolerances((1, 1)), "1 is given twice"),
    ],
)
def test_values_that_make_no_sense(make: object, message: str) -> None:
    assert callable(make)
    with pytest.raises(OptionError, match=message):
        make()


def test_all_wrong_values_are_named_at_once() -> None:
    with pytest.raises(OptionError) as error:
        WorkloadTolerances((-1, math.nan, 2, 2))
    assert len(error.value.faults) == 3


@pytest.mark.parametrize(
    ("given", "over", "message"),
    [
        (problem(on_a_line(0, 1)), PRICES, "no school names a feeder high school"),
        (street(zones=None), PRICES, "number of zones is left to the optimiser"),
        (street(zones=None), TOLERANCES, "number of zones is left to the optimiser"),
        (street(), WorkloadTolerances((1,), column="visits"), "no column 'visits'"),
        (
            replace(street(), columns={"calls": np.array([1, np.nan, 1, 1])}),
            TOLERANCES,
            "1 building has no value of at least 0: b01",
        ),
        (replace(street(), columns={"calls": np.zeros(4)}), TOLERANCES, "of 'calls' is 0"),
    ],
)
def test_trade_offs_that_make_no_sense(given: ZoneProblem, over: Trade, message: str) -> None:
    with pytest.raises(ProblemError, match=message):
        frontier(given, over)


def dots(axes: Axes) -> list[Line2D]:
    """The plans on the picture."""
    return [line for line in axes.lines if line.get_marker() == "o"]


def texts(found: Frontier) -> list[str]:
    """What is written inside the picture."""
    return [text.get_text() for text in found.plot().texts]


def test_the_picture_labels_every_plan_and_names_its_axes() -> None:
    found = frontier(street(), AlignmentPrices((0, 30, 60, 120, math.inf)))
    axes = found.plot()
    assert axes.get_title(loc="left") == "Alignment traded against expected travel"
    assert axes.get_xlabel() == "misaligned schools, outside their feeder's zone"
    assert "minutes per call" in axes.get_ylabel()
    assert "not a response estimate" in axes.get_ylabel()
    assert [text.get_text() for text in axes.texts] == [
        "4 buildings, zones of 2, 2 zones; labels: price of a misaligned school",
        "0 min to 1 min",
        "2 min, strict",
    ]
    (points,) = dots(axes)
    assert list(points.get_xdata()) == [0, 2]
    assert list(points.get_ydata()) == pytest.approx([50 / 60, 5 / 60])
    assert axes.get_legend() is None


def test_the_picture_shows_workload_in_percent_and_values_without_a_plan_in_words() -> None:
    found = frontier(town(3), TOLERANCES)
    axes = found.plot()
    assert axes.get_xlabel() == "calls of the zone farthest from the mean, % off the mean"
    planned = found.table().query("on_frontier")["workload_off_mean"].unique() * 100
    (points,) = dots(axes)
    assert list(points.get_xdata()) == pytest.approx(sorted(planned))
    assert "0 %: no plan" in texts(found)


def test_dominated_plans_are_hollow_and_explained() -> None:
    villages = problem(on_a_line(0, 6, 12, 1000, 1006, 1012), min_size=2, max_size=3)
    axes = frontier(villages, ZoneCounts((1, 2, 3))).plot()
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [
        "no other plan is better in both",
        "another plan is better in both",
    ]
    best, other = dots(axes)
    assert list(best.get_xdata()) == [2]
    assert list(other.get_xdata()) == [3]
    assert best.get_markerfacecolor() != "white"
    assert other.get_markerfacecolor() == "white"


def test_what_is_not_proved_is_a_bar_down_to_the_bound() -> None:
    found = frontier(street(), AlignmentPrices((0, 120)))
    first, second = found.points
    unproved = replace(first.result, status=Status.FEASIBLE, lower_bound_s=12.0)
    axes = replace(found, points=(first._replace(result=unproved), second)).plot()
    (bars,) = axes.containers
    _, caps, _ = bars
    assert caps[0].get_ydata()[0] == pytest.approx((5 - 8 / 4) / 60)
    legend = axes.get_legend()
    assert legend is not None
    assert "not proved: down to the lower bound" in [t.get_text() for t in legend.get_texts()]


def test_a_bar_without_any_bound_does_not_press_the_plans_together() -> None:
    """A plan of 5.1 s a call: the picture ends 5 % below it, the bar at 0."""
    lines = problem(on_a_line(0, 10, 1000, 1010.4), min_size=2, max_size=2)
    (point,) = frontier(lines, ZoneCounts((2,))).points
    open_ended = replace(point.result, status=Status.FEASIBLE, lower_bound_s=0.0)
    found = frontier(lines, ZoneCounts((2,)))
    axes = replace(found, points=(point._replace(result=open_ended),)).plot()
    low, high = axes.get_ylim()
    assert low == pytest.approx(0.95 * 5.1 / 60)
    assert high > 5.1 / 60


def test_a_value_without_a_plan_and_without_a_place_is_written_below() -> None:
    found = frontier(street(), AlignmentPrices((0, 120)))
    first, second = found.points
    lost = replace(first.result, plan=None, score=None, status=Status.NO_SOLUTION)
    points = (first._replace(result=lost), second)
    axes = replace(found, points=points).plot()
    assert axes.get_xlabel().endswith("0 min: no plan found in the limits")
    assert (
        "it is not proved that none exists"
        in replace(found, points=points).table()["reason"].iloc[0]
    )


def test_an_estimate_of_travel_times_is_said() -> None:
    given = replace(street(), times_estimate="travel times are straight-line estimates")
    axes = frontier(given, ZoneCounts((2,))).plot()
    assert "travel times are straight-line estimates" in axes.get_xlabel()


def test_it_draws_into_axes_that_are_given() -> None:
    axes = Figure().subplots()
    assert frontier(street(), ZoneCounts((2,))).plot(axes) is axes
    assert axes.lines


def test_labels_do_not_cover_one_another() -> None:
    axes = frontier(town(3), AlignmentPrices((0, 20, 90, 240, 900))).plot()
    boxes = [text.get_window_extent() for text in axes.texts[1:]]
    assert not any(a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[k + 1 :])


def test_without_matplotlib_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    found = frontier(street(), ZoneCounts((2,)))
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(OptionError, match=r"pip install 'zoning\[report\]'"):
        found.plot()


def test_limits_are_for_each_value_by_itself() -> None:
    found = frontier(town(3), PRICES, limits=SolverLimits(gap=0.5, seed=7))
    for _, one in found.points:
        assert one.seed == 7
        for _, other in found.points:
            if other.score is None or one.objective_s is None or other.plan is None:
                continue
            elsewhere = score(other.plan, one.problem).objective_s
            assert one.objective_s <= elsewhere * (1 + 1e-9)
