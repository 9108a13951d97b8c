"""Small counts stay hidden: brute force on small tables, and one table of the literature."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from zoning.disclosure.suppression import SUPPRESSED, SuppressedTable, suppressed
from zoning.errors import FaultsError


def table_of(cells: list[list[int]]) -> pd.DataFrame:
    rows, columns = len(cells), len(cells[0])
    return pd.DataFrame(
        cells, index=[f"row {k}" for k in range(rows)], columns=list("abcdefgh")[:columns]
    )


def hidden_parts(table: SuppressedTable) -> list[str]:
    column = table.complementary.iloc[:, 0]
    return [str(name) for name in column.index[column]]


def test_one_small_part_takes_the_least_other_part_that_hides_it() -> None:
    """4 of 89 can be anything from 1 to 9 only if the other part can give up 5: 14 cannot."""
    table = suppressed(pd.Series({"A": 4, "B": 14, "C": 30, "D": 41}))
    assert table.texts()["count"].to_dict() == {
        "A": SUPPRESSED,
        "B": "14",
        "C": SUPPRESSED,
        "D": "41",
        "Total": "89",
    }
    found = table.attackable().set_index("row")
    assert found.loc["A", ["low", "high"]].tolist() == [1, 9]
    assert found.loc["C", ["low", "high"]].tolist() == [25, 33]
    assert found["protected"].all()


def test_small_parts_that_hide_one_another_need_no_other() -> None:
    """5 + 5 + 5 = 15: each can be 1 to 9 while the others make up for it."""
    table = suppressed(pd.Series({"A": 5, "B": 5, "C": 5, "D": 50}))
    assert hidden_parts(table) == []
    assert table.attackable()["protected"].all()


def test_two_ones_are_not_hidden_by_their_total_of_two() -> None:
    table = suppressed(pd.Series({"A": 1, "B": 1, "C": 17, "D": 18}))
    assert hidden_parts(table) == ["D"]  # 17 can give up 7 before it is small, 18 the 8 needed


def test_a_small_total_is_hidden_too() -> None:
    table = suppressed(pd.Series({"A": 3, "B": 0}))
    assert table.texts()["count"].to_dict() == {"A": SUPPRESSED, "B": "0", "Total": SUPPRESSED}


def test_the_total_goes_where_no_part_can_hide_a_small_one() -> None:
    table = suppressed(pd.Series({"A": 3, "B": 10}))
    assert hidden_parts(table) == ["Total"]
    assert table.attackable()["protected"].all()


def test_zero_is_shown_unless_asked_otherwise() -> None:
    counts = pd.Series({"A": 0, "B": 20, "C": 30})
    assert suppressed(counts).texts()["count"]["A"] == "0"
    hidden = suppressed(counts, hide_zeros=True)
    assert hidden.texts()["count"]["A"] == SUPPRESSED
    assert hidden.attackable().set_index("row").loc["A", ["low", "high"]].tolist() == [0, 9]


def test_nothing_is_hidden_where_nothing_is_small() -> None:
    table = suppressed(table_of([[10, 0], [2000, 99]]))
    assert table.texts().to_numpy().tolist() == [
        ["10", "0", "10"],
        ["2,000", "99", "2,099"],
        ["2,010", "99", "2,109"],
    ]
    assert table.attackable().empty


@settings(max_examples=150)
@given(st.lists(st.integers(0, 25), min_size=1, max_size=6))
def test_one_way_the_fewest_parts_are_hidden(parts: list[int]) -> None:
    """Every subset of the parts that are not small, fewest first, then the least sum."""
    table = suppressed(pd.Series(parts, index=[f"p{k}" for k in range(len(parts))]))
    small = [k for k, n in enumerate(parts) if 1 <= n <= 9]
    large = [k for k, n in enumerate(parts) if n >= 10]
    if not small or sum(parts) < 10:
        return

    def protects(extra: tuple[int, ...]) -> bool:
        low = {**dict.fromkeys(small, 1), **dict.fromkeys(extra, 10)}
        high = {**dict.fromkeys(small, 9), **dict.fromkeys(extra, 10**6)}
        rest = sum(parts[k] for k in low)
        return all(
            sum(low.values()) - low[p] <= rest - value <= sum(high.values()) - high[p]
            for p in small
            for value in (1, 9)
        )

    options = [
        (size, sum(parts[k] for k in extra))
        for size in range(len(large) + 1)
        for extra in combinations(large, size)
        if protects(extra)
    ]
    chosen = hidden_parts(table)
    if options:
        assert (len(chosen), sum(parts[int(name[1:])] for name in chosen)) == min(options)
    else:
        assert "Total" in chosen


def consistent(table: SuppressedTable, *, largest: int) -> NDArray[np.int64]:
    """Every table with totals that whoever knows which cells are small cannot tell apart."""
    shown, small = table.published.to_numpy(dtype=object), table.primary.to_numpy()
    domains = [
        [int(value)]
        if not pd.isna(value)
        else range(1, table.below)
        if small[at]
        else range(table.below, largest + 1)
        for at, value in np.ndenumerate(shown)
        if at[0] < shown.shape[0] - 1 and at[1] < shown.shape[1] - 1
    ]
    assume(np.prod([len(domain) for domain in domains]) <= 5_000)
    inner = np.array(list(product(*domains))).reshape(-1, shown.shape[0] - 1, shown.shape[1] - 1)
    whole = np.concatenate((inner, inner.sum(axis=1, keepdims=True)), axis=1)
    whole = np.concatenate((whole, whole.sum(axis=2, keepdims=True)), axis=2)
    fitting = np.ones(len(whole), dtype=bool)
    for (i, j), value in np.ndenumerate(shown):
        held = whole[:, i, j]
        if not pd.isna(value):
            fitting &= held == int(value)
        else:
            fitting &= (held >= 1) & ((held < table.below) == small[i, j])
    return whole[fitting]


SMALL_TABLES = st.lists(st.lists(st.integers(0, 7), min_size=3, max_size=3), min_size=2, max_size=3)


@settings(max_examples=30)
@given(SMALL_TABLES)
def test_brute_force_recovers_no_small_count(cells: list[list[int]]) -> None:
    """All tables of whole numbers that fit what is published: a small count is never the same."""
    table = suppressed(table_of(cells), below=4)
    small = table.primary.to_numpy()
    if not small.any():
        return
    fitting = consistent(table, largest=12)
    held = np.column_stack((np.array(cells), np.sum(cells, axis=1)))
    assert any((f[:-1] == held).all() for f in fitting)
    found = table.attackable().set_index(["row", "column"])
    everything = table.complementary | table.primary | (table.published > 0).fillna(value=False)
    alone = replace(table, complementary=everything & ~table.primary).attackable()
    alone = alone.set_index(["row", "column"])
    for (i, j), is_small in np.ndenumerate(small):
        if not is_small:
            continue
        place = (table.published.index[i], table.published.columns[j])
        values = set(fitting[:, i, j].tolist())
        assert min(values) == found.loc[place, "low"]
        assert max(values) == min(found.loc[place, "high"], table.below - 1)
        # Only where hiding every cell would not help may a count be recovered.
        assert len(values) > 1 or alone.loc[place, "recovered"]


@settings(max_examples=20)
@given(
    st.lists(st.lists(st.integers(0, 40), min_size=4, max_size=4), min_size=3, max_size=5),
    st.sampled_from([5, 10]),
    st.booleans(),
)
def test_no_small_count_is_less_protected_than_if_all_cells_were_hidden(
    cells: list[list[int]], below: int, hide_zeros: bool
) -> None:
    counts = table_of(cells)
    table = suppressed(counts, below=below, hide_zeros=hide_zeros)
    small = table.primary.to_numpy()
    shown = table.published.to_numpy(dtype=object)
    held = np.array(cells)
    assert all(
        pd.isna(value) or value >= below or (value == 0 and not hide_zeros)
        for value in shown.ravel()
    )
    assert (pd.isna(shown) == (small | table.complementary.to_numpy())).all()
    assert all(pd.isna(s) or s == h for s, h in zip(shown[:-1, :-1].flat, held.flat, strict=True))
    can_hide = (table.published.isna() | (table.published > 0)).astype(bool)
    alone = replace(table, complementary=can_hide & ~table.primary).attackable()
    best = alone[alone["small"]].set_index(["row", "column"])[["low", "high"]]
    found = table.attackable()
    found = found[found["small"]].set_index(["row", "column"])[["low", "high"]]
    assert (found["low"] <= best["low"]).all()
    assert (found["high"].clip(upper=below - 1) >= best["high"].clip(upper=below - 1)).all()


def delinquents() -> pd.DataFrame:
    """Children by county and education of the head of household, Statistical Policy Working
    Paper 22 (Federal Committee on Statistical Methodology 2005), table 4; threshold 5."""
    return pd.DataFrame(
        [[15, 1, 3, 1], [20, 10, 10, 15], [3, 10, 10, 2], [12, 14, 7, 2]],
        index=["Alpha", "Beta", "Gamma", "Delta"],
        columns=["low", "medium", "high", "very high"],
    )


def test_the_table_of_working_paper_22_is_protected() -> None:
    counts = delinquents()
    before = counts.copy()
    table = suppressed(counts, below=5)
    pd.testing.assert_frame_equal(counts, before)
    assert int(table.primary.to_numpy().sum()) == 6
    assert not table.complementary.loc["Total"].any()
    assert not table.complementary["Total"].any()
    assert int(table.complementary.to_numpy().sum()) <= 5
    assert table.attackable()["protected"].all()


def test_the_audit_finds_what_primary_suppression_leaves_open() -> None:
    """Delta's row has one small cell: the row's total less the other three gives it back."""
    table = suppressed(delinquents(), below=5)
    naive = replace(table, complementary=table.complementary & False)
    found = naive.attackable().set_index(["row", "column"])
    assert found.loc[("Delta", "very high"), ["low", "high"]].tolist() == [2, 2]
    assert found.loc[("Delta", "very high"), "recovered"]
    assert not found["protected"].all()


def test_the_same_table_gives_the_same_cells() -> None:
    one, other = suppressed(delinquents(), below=5), suppressed(delinquents(), below=5)
    pd.testing.assert_frame_equal(one.published, other.published)


def test_every_fault_of_a_table_is_reported_at_once() -> None:
    counts = pd.DataFrame(
        [[-1, 2.5], [np.nan, 3], [True, 4]], index=["A", "A", "Total"], columns=["x", "y"]
    )
    with pytest.raises(FaultsError) as refused:
        suppressed(counts, below=2)
    text = str(refused.value)
    for said in (
        "below is 2",
        "row 'A' is there more than once",
        "row 'Total' is called like the totals",
        "row 'A', column 'x' holds -1",
        "row 'A', column 'y' holds 2.5",
        "column 'x' holds nan",
        "column 'x' holds True",
        "Give whole numbers from 0",
    ):
        assert said in text


def test_a_table_without_cells_is_refused() -> None:
    with pytest.raises(FaultsError, match="it has no cells"):
        suppressed(pd.DataFrame())
