"""Visiting orders against every subset and order there is."""

from __future__ import annotations

from itertools import pairwise, permutations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from zoning.errors import ScheduleError
from zoning.patrol.tours import earliest_begins, shortest_round, windowed_order

Drive = list[list[int]]
Slots = list[list[tuple[int, int]]]

DWELL = 720


def driving(order: tuple[int, ...], drive: Drive) -> int:
    return sum(drive[a][b] for a, b in pairwise(order))


def served_in_time(order: tuple[int, ...], drive: Drive, slots: Slots) -> bool:
    ready = 0
    for k, place in enumerate(order):
        if k:
            ready += DWELL + drive[order[k - 1]][place]
        begins = [max(low, ready) for low, high in slots[place] if max(low, ready) <= high]
        if not begins:
            return False
        ready = min(begins)
    return True


def best_by_enumeration(drive: Drive, slots: Slots) -> tuple[int, int]:
    """(most places, least driving among those), over every subset and order."""
    places = range(len(drive))
    return min(
        (-size, driving(order, drive))
        for size in range(len(drive) + 1)
        for order in permutations(places, size)
        if served_in_time(order, drive, slots)
    )


@st.composite
def zones(draw: st.DrawFn, *, most: int = 5) -> tuple[Drive, Slots]:
    n = draw(st.integers(1, most))
    drive = [[0 if i == j else draw(st.integers(0, 1500)) for j in range(n)] for i in range(n)]
    slots: Slots = [
        [
            (low, low + draw(st.integers(0, 1100)))
            for low in draw(st.lists(st.integers(20_000, 26_000), max_size=2, unique=True))
        ]
        for _ in range(n)
    ]
    return drive, slots


@pytest.mark.slow
@given(zones())
@settings(max_examples=60, deadline=None)
def test_windowed_order_equals_every_subset_and_order(zone: tuple[Drive, Slots]) -> None:
    drive, slots = zone
    order = windowed_order(drive, slots, dwell_s=DWELL)
    assert order.proved
    assert served_in_time(order.places, drive, slots)
    assert (-len(order.places), driving(order.places, drive)) == best_by_enumeration(drive, slots)


@pytest.mark.slow
@given(zones(), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_relabelling_changes_neither_count_nor_driving(
    zone: tuple[Drive, Slots], random: Random
) -> None:
    drive, slots = zone
    label = list(range(len(drive)))
    random.shuffle(label)
    renamed = [[drive[i][j] for j in label] for i in label]
    before = windowed_order(drive, slots, dwell_s=DWELL).places
    after = windowed_order(renamed, [slots[i] for i in label], dwell_s=DWELL).places
    assert len(after) == len(before)
    assert driving(after, renamed) == driving(before, drive)
    assert round_length(renamed) == round_length(drive)


def round_length(drive: Drive) -> int:
    tour = shortest_round(drive).places
    return driving((*tour, tour[0]), drive)


def test_one_more_place_beats_any_driving() -> None:
    # Place 2 costs 3,000 s of driving and is served all the same.
    drive = [[0, 10, 1500], [10, 0, 1500], [1500, 1500, 0]]
    slots = [[(1000, 1000)], [(8000, 9000)], [(4000, 5000)]]
    order = windowed_order(drive, slots, dwell_s=DWELL)
    assert order.places == (0, 2, 1)


def test_a_second_bell_of_a_building_is_used() -> None:
    # Places 0 and 1 want the same moment; only place 1 has another.
    drive = [[0, 100], [100, 0]]
    slots = [[(1000, 1100)], [(1000, 1100), (9000, 9100)]]
    order = windowed_order(drive, slots, dwell_s=DWELL)
    assert order.places == (0, 1)
    assert earliest_begins(order.places, drive, slots, dwell_s=DWELL) == [1000, 9000]


def test_a_drive_that_fits_to_the_second_is_taken() -> None:
    drive = [[0, 380], [381, 0]]
    slots = [[(1000, 1000)], [(1000, 2100)]]
    assert windowed_order(drive, slots, dwell_s=DWELL).places == (0, 1)
    assert len(windowed_order([[0, 381], [381, 0]], slots, dwell_s=DWELL).places) == 1


def test_a_place_that_cannot_be_served_is_left_out() -> None:
    drive = [[0, 2000], [2000, 0]]
    order = windowed_order(drive, [[(1000, 1100)], [(1000, 1100)]], dwell_s=DWELL)
    assert len(order.places) == 1
    assert windowed_order(drive, [[], []], dwell_s=DWELL).places == ()


@given(
    st.integers(1, 7).flatmap(
        lambda n: st.lists(
            st.lists(st.integers(0, 2000), min_size=n, max_size=n), min_size=n, max_size=n
        )
    )
)
@settings(max_examples=40, deadline=None)
def test_round_equals_every_permutation(drive: Drive) -> None:
    for i, row in enumerate(drive):
        row[i] = 0
    tour = shortest_round(drive)
    assert tour.proved
    assert sorted(tour.places) == list(range(len(drive)))
    assert round_length(drive) == min(
        driving((0, *rest, 0), drive) for rest in permutations(range(1, len(drive)))
    )


def test_the_direction_of_the_round_matters() -> None:
    # One-way ring 0 -> 2 -> 1 -> 0: 300 s; the other way about takes 2,700 s.
    drive = [[0, 900, 100], [100, 0, 900], [900, 100, 0]]
    assert shortest_round(drive).places == (0, 2, 1)
    assert round_length(drive) == 300


@pytest.mark.slow
def test_a_large_zone_is_still_proved() -> None:
    # 14 places on a line, 100 s apart: there and back is twice the length.
    n = 14
    drive = [[100 * abs(i - j) for j in range(n)] for i in range(n)]
    assert shortest_round(drive).proved
    assert round_length(drive) == 2 * 100 * (n - 1)


def test_no_work_allowed_is_a_clear_error() -> None:
    n = 40
    drive = [[(37 * i + 91 * j) % 997 + 1 for j in range(n)] for i in range(n)]
    with pytest.raises(ScheduleError, match="40 buildings was found within"):
        shortest_round(drive, limit=0.0)


@pytest.mark.parametrize("ends", [RuntimeError("no memory"), "MODEL_INVALID", "UNKNOWN"])
def test_a_solver_that_fails_is_a_clear_error(
    ends: Exception | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> object:
        if isinstance(ends, Exception):
            raise ends
        return getattr(cp_model, ends)

    monkeypatch.setattr(cp_model.CpSolver, "solve", fail)
    away = [[abs(a - b) * 60 for b in range(4)] for a in range(4)]
    words = "work limit" if ends == "UNKNOWN" else "does not take the visits of a zone of 4"
    with pytest.raises(ScheduleError, match=words):
        shortest_round(away)
    with pytest.raises(ScheduleError, match=words):
        windowed_order(away, [[(0, 9_000)]] * 4, dwell_s=DWELL)
