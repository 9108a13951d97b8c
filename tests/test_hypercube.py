"""The hypercube model against the book, Erlang's formulas, and chains solved in full."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from zoning.errors import OptionError
from zoning.response.hypercube import Hypercube, HypercubeResult, WhenAllBusy, solve_hypercube

HOUR_S = 3600


def three_officer_city() -> Hypercube:
    """Larson and Odoni (1981), Urban Operations Research, section 5.4.3, an hour a service time.

    The text gives 1.5 calls per service time, half of them in the area of unit 1 (atoms 1, 2
    and 4), atoms 3, 5 and 6 as the area of unit 2, 0.15 calls in atom 5, and the preferences:
    unit 1 backs up both others, unit 2 atoms 1 and 2, unit 3 atom 4. Figure 5.11 has the other
    rates; these are the multiples of 0.05 that give the printed workloads.
    """
    return Hypercube(
        calls_per_hour=np.array([0.25, 0.25, 0.1, 0.25, 0.15, 0.1, 0.1, 0.1, 0.1, 0.1]),
        service_per_hour=np.ones(3),
        preferences=(
            *((0, 1, 2), (0, 1, 2), (1, 0, 2), (0, 2, 1), (1, 0, 2), (1, 0, 2)),
            *((2, 0, 1),) * 4,
        ),
    )


def test_the_exact_workloads_are_those_of_the_book() -> None:
    """Section 5.5.3 repeats them: 0.5574, 0.4734, 0.4693."""
    result = solve_hypercube(three_officer_city())

    assert result.is_exact
    assert result.busy.round(4).tolist() == [0.5574, 0.4734, 0.4693]


def test_queueing_and_backup_are_those_of_the_book() -> None:
    """Section 5.4.4: 0.23684 of calls wait, 8.7 % are of atom 1 by unit 1, 0.43529 cross areas.

    The last one was summed in the book from rounded terms.
    """
    city = three_officer_city()
    result = solve_hypercube(city)
    of_all = city.calls_per_hour[:, None] / city.calls_per_hour.sum() * result.answered
    own = np.array([0, 0, 1, 0, 1, 1, 2, 2, 2, 2])

    assert result.none_free.round(5).tolist() == [0.23684] * 10
    assert of_all[0, 0] == pytest.approx(0.087, abs=5e-4)
    assert 1 - of_all[np.arange(10), own].sum() == pytest.approx(0.43529, abs=5e-5)


def test_the_approximate_workloads_are_those_of_the_book() -> None:
    """Section 5.5.3 stops in the third round, within 0.001: 0.5627, 0.4716, 0.4657."""
    result = solve_hypercube(three_officer_city(), exact_up_to=0)

    assert not result.is_exact
    assert result.busy == pytest.approx([0.5627, 0.4716, 0.4657], abs=1.5e-4)


# --- Erlang ---------------------------------------------------------------------------------------


def erlang_b(officers: int, load: float) -> float:
    lost = 1.0
    for k in range(1, officers + 1):
        lost = load * lost / (k + load * lost)
    return lost


def layout(
    n: int, *, load: float, seed: int = 0, buildings: int = 9, **options: object
) -> Hypercube:
    """Officers who work alike, asked in random orders."""
    rng = np.random.default_rng(seed)
    calls = rng.gamma(2, 1, buildings)
    return Hypercube(
        calls_per_hour=calls * load / calls.sum(),
        service_per_hour=np.ones(n),
        preferences=tuple(tuple(rng.permutation(n)) for _ in calls),
        **options,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("exact_up_to", [15, 0])
def test_losses_are_erlang_b_whatever_the_layout(seed: int, exact_up_to: int) -> None:
    city = layout(6, load=3.5, seed=seed, when_all_busy=WhenAllBusy.OUTSIDE)
    result = solve_hypercube(city, exact_up_to=exact_up_to)
    lost = erlang_b(6, 3.5)
    error = 1e-11 if exact_up_to else 0.01

    assert result.none_free == pytest.approx([lost] * 9, abs=error)
    assert result.busy.sum() == pytest.approx(3.5 * (1 - lost), abs=6 * error)
    assert result.answered.sum(axis=1) == pytest.approx(1 - result.none_free, abs=1e-12)
    assert not result.mean_wait_s.any()


@pytest.mark.parametrize("exact_up_to", [15, 0])
def test_waits_are_erlang_c_whatever_the_layout(exact_up_to: int) -> None:
    result = solve_hypercube(layout(6, load=4.5), exact_up_to=exact_up_to)
    lost = erlang_b(6, 4.5)
    waiting = lost / (1 - 4.5 / 6 * (1 - lost))

    assert result.none_free == pytest.approx([waiting] * 9)
    assert result.mean_wait_s == pytest.approx([HOUR_S * waiting / (6 - 4.5)] * 9)
    assert result.busy.sum() == pytest.approx(4.5)
    assert result.answered.sum(axis=1) == pytest.approx(np.ones(9))


# --- chains solved in full ------------------------------------------------------------------------


@dataclass(frozen=True)
class FullChain:
    """Busy fractions, answered shares and waits of a chain written out transition by transition.

    A queue is cut off where it holds ``places`` calls, which is never reached in these tests.
    """

    busy: NDArray[np.float64]
    answered: NDArray[np.float64]
    none_free: NDArray[np.float64]
    wait_s: float

    @classmethod
    def of(cls, city: Hypercube, places: int = 0) -> FullChain:
        n = len(city.service_per_hour)
        full = (1 << n) - 1
        capacity = city.service_per_hour.sum()
        chance = _long_run(_rates(city, places))
        states = np.arange(len(chance))
        answered = np.zeros((len(city.calls_per_hour), n))
        none_free = np.zeros(len(city.calls_per_hour))
        for i, order in enumerate(city.preferences):
            for here in states:
                free = [j for j in order if not min(here, full) >> j & 1]
                if free:
                    answered[i, free[0]] += chance[here]
                    continue
                none_free[i] += chance[here]
                if places:
                    answered[i] += chance[here] * city.service_per_hour / capacity
        waits = chance[full:] @ (states[full:] - full + 1) / capacity * HOUR_S
        busy = [chance[np.minimum(states, full) >> j & 1 == 1].sum() for j in range(n)]
        return cls(np.array(busy), answered, none_free, float(waits))


def assert_work_is_conserved(city: Hypercube, result: HypercubeResult) -> None:
    """Officers are busy with the calls to which they go first or second, and nothing else."""
    sent = city.calls_per_hour @ (result.answered + result.helped)

    assert result.busy * city.service_per_hour == pytest.approx(sent, abs=1e-7)


def _rates(city: Hypercube, places: int) -> NDArray[np.float64]:
    """Rates from state to state: the busy officers' bits, or all of them and so many waiting."""
    n = len(city.service_per_hour)
    full = (1 << n) - 1
    second = city.second_officer_share
    rate = np.zeros((full + 1 + places,) * 2)
    for here in range(len(rate)):
        busy = [j for j in range(n) if min(here, full) >> j & 1]
        for calls, order in zip(city.calls_per_hour, city.preferences, strict=True):
            for needed, share in ((1, 1 - second), (2, second)):
                sent = [j for j in order if j not in busy][:needed]
                there = here + sum(1 << j for j in sent)
                if places and not sent:
                    there = min(there + 1, len(rate) - 1)
                if sent or places:
                    rate[here, there] += calls * share
        if here > full:
            rate[here, here - 1] += city.service_per_hour.sum()
            continue
        for j in busy:
            rate[here, here - (1 << j)] += city.service_per_hour[j]
    np.fill_diagonal(rate, 0.0)
    return rate


def _long_run(rate: NDArray[np.float64]) -> NDArray[np.float64]:
    balance = (rate - np.diag(rate.sum(axis=1))).T
    balance[-1] = 1.0
    chance: NDArray[np.float64] = np.linalg.solve(balance, np.eye(len(rate))[-1])
    return chance


@st.composite
def cities(draw: st.DrawFn, *, queue: bool) -> Hypercube:
    n = draw(st.integers(1, 4))
    buildings = draw(st.integers(1, 4))
    rates = st.floats(0.2, 3)
    service = np.array(draw(st.lists(rates, min_size=n, max_size=n)))
    second = draw(st.sampled_from([0.0, 0.5, 1.0]))
    calls = np.array(draw(st.lists(st.floats(0, 3), min_size=buildings, max_size=buildings)))
    if queue and calls.any():
        load = draw(st.floats(0.05, 0.6))
        calls *= load * service.sum() / (1 + second) / calls.sum()
    orders = st.permutations(range(n))
    lists = [draw(orders) for _ in calls]
    if not queue:
        lists = [order[: draw(st.integers(0, n))] for order in lists]
    return Hypercube(
        calls_per_hour=calls,
        service_per_hour=service,
        preferences=tuple(map(tuple, lists)),
        second_officer_share=second,
        when_all_busy=WhenAllBusy.QUEUE if queue else WhenAllBusy.OUTSIDE,
    )


@given(cities(queue=False))
@settings(max_examples=60, deadline=None)
def test_chains_without_a_queue(city: Hypercube) -> None:
    """Unequal service times, short and empty lists, second officers, officers never sent."""
    result, chain = solve_hypercube(city), FullChain.of(city)

    assert result.busy == pytest.approx(chain.busy, abs=1e-10)
    assert result.answered == pytest.approx(chain.answered, abs=1e-10)
    assert result.none_free == pytest.approx(chain.none_free, abs=1e-10)
    assert_work_is_conserved(city, result)


@given(cities(queue=True))
@settings(max_examples=25, deadline=None)
def test_chains_with_a_queue(city: Hypercube) -> None:
    """Loads up to 0.6, where 100 never wait at once."""
    result, chain = solve_hypercube(city), FullChain.of(city, places=100)

    assert result.busy == pytest.approx(chain.busy, abs=1e-8)
    assert result.answered == pytest.approx(chain.answered, abs=1e-8)
    assert result.none_free == pytest.approx(chain.none_free, abs=1e-8)
    assert result.mean_wait_s == pytest.approx(
        np.full(len(result.mean_wait_s), chain.wait_s), rel=1e-6, abs=1e-6
    )
    assert_work_is_conserved(city, result)


def test_rare_calls_and_slow_officers() -> None:
    """Rates that differ a million times: sweeps alone would need 20,000."""
    city = Hypercube(
        calls_per_hour=[1e-6, 2e-4, 0.0, 2.0],
        service_per_hour=[5e-3, 1.7e-3, 16.0],
        preferences=((0, 1), (2, 1, 0), (), (2,)),
        second_officer_share=0.5,
        when_all_busy=WhenAllBusy.OUTSIDE,
    )
    result, chain = solve_hypercube(city), FullChain.of(city)

    assert result.busy == pytest.approx(chain.busy, rel=1e-8)
    assert result.none_free == pytest.approx(chain.none_free, rel=1e-8)


def random_city(
    rng: np.random.Generator, *, load: float, queue: bool, second: float, short: bool
) -> Hypercube:
    """Officers and buildings at random places; the nearest officer is asked first."""
    n = int(rng.integers(4, 10))
    service = rng.uniform(0.6, 1.6, n)
    calls = rng.exponential(1, 40)
    calls *= load * service.sum() / (1 + second) / calls.sum()
    places, homes = rng.uniform(size=(40, 1, 2)), rng.uniform(size=(1, n, 2))
    orders = ((places - homes) ** 2).sum(axis=-1).argsort(axis=1)
    lengths = rng.integers(1, n + 1, 40) if short else np.full(40, n)
    return Hypercube(
        calls_per_hour=calls,
        service_per_hour=service,
        preferences=tuple(
            tuple(order[:length]) for order, length in zip(orders, lengths, strict=True)
        ),
        second_officer_share=second,
        when_all_busy=WhenAllBusy.QUEUE if queue else WhenAllBusy.OUTSIDE,
    )


@pytest.mark.parametrize("second", [0.0, 0.5])
@pytest.mark.parametrize(("queue", "short"), [(True, False), (False, False), (False, True)])
def test_the_approximation_is_near_the_exact_workloads(
    queue: bool, short: bool, second: float
) -> None:
    """Up to 0.3 busy on average; method.md says how far off busier systems are."""
    rng = np.random.default_rng(7)
    for _ in range(8):
        city = random_city(
            rng, load=rng.uniform(0.02, 0.3), queue=queue, second=second, short=short
        )
        exact, near = solve_hypercube(city), solve_hypercube(city, exact_up_to=0)

        assert near.busy == pytest.approx(exact.busy, abs=0.02)
        assert near.none_free == pytest.approx(exact.none_free, abs=0.05)
        assert near.answered == pytest.approx(exact.answered, abs=0.06)


def test_officers_asked_in_every_order_are_approximated_without_error() -> None:
    """What the correction factors suppose; with second officers too."""
    orders = tuple(permutations(range(4)))
    for when_all_busy in WhenAllBusy:
        city = Hypercube(
            calls_per_hour=np.full(len(orders), 2 / len(orders)),
            service_per_hour=np.ones(4),
            preferences=orders,
            second_officer_share=0.5,
            when_all_busy=when_all_busy,
        )
        exact, near = solve_hypercube(city), solve_hypercube(city, exact_up_to=0)

        assert near.busy == pytest.approx(exact.busy, abs=1e-9)
        assert near.answered == pytest.approx(exact.answered, abs=1e-9)
        assert near.helped == pytest.approx(exact.helped, abs=1e-9)
        assert near.none_free == pytest.approx(exact.none_free, abs=1e-9)
        assert near.mean_wait_s == pytest.approx(exact.mean_wait_s, abs=1e-6)


# --- limits and faults ----------------------------------------------------------------------------


def test_one_officer_is_the_textbook_queue() -> None:
    """M/M/1: half busy, half of the calls wait, half an hour each on average over all."""
    result = solve_hypercube(
        Hypercube(calls_per_hour=[1.0], service_per_hour=[2.0], preferences=((0,),))
    )

    assert result.busy == pytest.approx([0.5])
    assert result.none_free == pytest.approx([0.5])
    assert result.mean_wait_s == pytest.approx([0.5 * HOUR_S])


def test_an_officer_alone_has_no_second_officer() -> None:
    result = solve_hypercube(
        Hypercube(
            calls_per_hour=[1.0],
            service_per_hour=[2.0],
            preferences=((0,),),
            second_officer_share=0.5,
        )
    )

    assert result.busy == pytest.approx([0.5])


@pytest.mark.parametrize("when_all_busy", WhenAllBusy)
@pytest.mark.parametrize("exact_up_to", [15, 0])
def test_without_calls_the_first_on_the_list_would_answer(
    when_all_busy: WhenAllBusy, exact_up_to: int
) -> None:
    city = layout(4, load=0.0, when_all_busy=when_all_busy)
    result = solve_hypercube(city, exact_up_to=exact_up_to)

    assert not result.busy.any()
    assert not result.none_free.any()
    assert not result.mean_wait_s.any()
    assert [int(row.argmax()) for row in result.answered] == [o[0] for o in city.preferences]


@pytest.mark.parametrize("load", [3.0, 4.0])
@pytest.mark.parametrize("exact_up_to", [15, 0])
def test_too_many_calls_are_an_answer(load: float, exact_up_to: int) -> None:
    """Three officers finish three calls an hour; a fourth, who shares none, goes on."""
    busy = layout(3, load=load)
    city = Hypercube(
        calls_per_hour=[*busy.calls_per_hour, 0.5],
        service_per_hour=np.ones(4),
        preferences=(*busy.preferences, (3,)),
    )
    result = solve_hypercube(city, exact_up_to=exact_up_to)

    assert result.overloaded == (0, 1, 2)
    assert result.busy[:3].tolist() == [1, 1, 1]
    assert np.isinf(result.mean_wait_s[:9]).all()
    assert np.isnan(result.answered[:9, :3]).all()
    assert result.busy[3] == pytest.approx(0.5, abs=0.01)
    assert math.isfinite(result.mean_wait_s[9])


def test_second_officers_add_work_but_no_queue_without_end() -> None:
    """They come from outside where nobody is free, so that all calls are answered in the end."""
    alone, both = (
        solve_hypercube(layout(3, load=2.9, second_officer_share=share)) for share in (0.0, 0.5)
    )

    assert alone.busy.sum() == pytest.approx(2.9)
    assert 2.9 < both.busy.sum() < 3
    assert both.mean_wait_s[0] > alone.mean_wait_s[0]
    assert not both.overloaded


def test_more_calls_than_officers_leave_for_outside() -> None:
    result = solve_hypercube(layout(3, load=30.0, when_all_busy=WhenAllBusy.OUTSIDE))

    assert not result.overloaded
    assert result.none_free == pytest.approx([erlang_b(3, 30.0)] * 9)


def test_two_hundred_officers_are_approximated() -> None:
    """Busy fractions add up to the load, however many officers."""
    city = layout(200, load=60.0, buildings=300, second_officer_share=0.5)
    result = solve_hypercube(city)

    assert not result.is_exact
    assert result.busy.sum() == pytest.approx(90.0)
    assert result.rounds < 100


def test_travel_is_of_the_officer_who_answers() -> None:
    city = Hypercube(
        calls_per_hour=[1.0, 0.0],
        service_per_hour=[1.0, 1.0],
        preferences=((0, 1), ()),
        when_all_busy=WhenAllBusy.OUTSIDE,
    )
    result = solve_hypercube(city)
    travel = result.mean_travel_s([[100, np.inf], [400, np.inf]])
    first, other = result.answered[0]

    assert travel[0] == pytest.approx((100 * first + 400 * other) / (first + other))
    assert 100 < travel[0] < 400
    assert np.isnan(travel[1])


def test_every_fault_of_the_input_is_named() -> None:
    with pytest.raises(OptionError) as caught:
        Hypercube(
            calls_per_hour=[1.0, -1.0, math.nan],
            service_per_hour=[1.0, 0.0],
            preferences=((0, 5), (1, 1)),
            second_officer_share=1.5,
        )

    message = str(caught.value)
    for fault in (
        "building 1 has -1.0 calls",
        "building 2 has nan calls",
        "officer 1 finishes 0.0",
        "2 preferences for 3 buildings",
        "building 0 asks officers (0, 5)",
        "building 1 asks an officer twice",
        "second_officer_share is 1.5",
    ):
        assert fault in message


def test_values_of_other_kinds_are_named() -> None:
    with pytest.raises(OptionError) as caught:
        Hypercube(
            calls_per_hour="many",  # type: ignore[arg-type]
            service_per_hour=[[1.0]],  # type: ignore[arg-type]
            preferences=((0,), None),  # type: ignore[arg-type]
        )

    assert len(caught.value.faults) == 3


def test_options_must_be_known() -> None:
    with pytest.raises(OptionError, match="'lost': give one of 'queue', 'outside'"):
        layout(3, load=1.0, when_all_busy="lost")
    with pytest.raises(OptionError, match="exact_up_to is 21: at most 20"):
        solve_hypercube(layout(3, load=1.0), exact_up_to=21)


def test_a_queue_needs_everyone_on_the_list() -> None:
    short: dict[str, object] = {
        "calls_per_hour": [1.0, 1.0, 1.0],
        "service_per_hour": [9.0, 9.0],
        "preferences": ((0, 1), (1,), ()),
    }
    with pytest.raises(OptionError, match=r"building 1 may not wait for officers \[0\]") as caught:
        Hypercube(**short)  # type: ignore[arg-type]

    assert "building 2 has no officer" in str(caught.value)
    assert Hypercube(**short, when_all_busy="outside")  # type: ignore[arg-type]


def test_groups_are_solved_apart() -> None:
    """Two cities in one problem give what each gives alone."""
    one, other = layout(3, load=1.5, seed=1), layout(4, load=1.0, seed=2)
    both = Hypercube(
        calls_per_hour=[*one.calls_per_hour, *other.calls_per_hour],
        service_per_hour=np.ones(7),
        preferences=(*one.preferences, *(tuple(3 + j for j in o) for o in other.preferences)),
    )
    alone = [solve_hypercube(city) for city in (one, other)]
    together = solve_hypercube(both)

    assert together.busy == pytest.approx(np.concatenate([r.busy for r in alone]))
    assert together.mean_wait_s == pytest.approx(np.concatenate([r.mean_wait_s for r in alone]))
    assert not together.answered[:9, 3:].any()
