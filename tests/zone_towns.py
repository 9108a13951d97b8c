"""Small zone problems made from bare numbers, and every way to divide them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from zoning.zones import Alignment, ZoneProblem


def problem(
    seconds: np.ndarray,
    *,
    weights: Sequence[float] | None = None,
    feeders: Sequence[Sequence[int]] | None = None,
    high_schools: int = 0,
    ids: Sequence[str] | None = None,
    **request: object,
) -> ZoneProblem:
    """A problem whose building k feeds the high schools ``feeders[k]``."""
    n = len(seconds)
    feeds = feeders or [()] * n
    raw = np.array(weights if weights is not None else np.ones(n), dtype=float)
    misaligned = np.array(
        [[int(bool(f) and h not in f) for h in range(high_schools)] for f in feeds], dtype=np.int64
    ).reshape(n, high_schools)
    settings: dict[str, object] = {"alignment": Alignment.off()} | request
    return ZoneProblem(
        building_ids=tuple(ids or (f"b{k:02d}" for k in range(n))),
        call_weight=raw / raw.mean(),
        seconds=np.array(seconds, dtype=float),
        high_school_ids=tuple(f"H{h}" for h in range(high_schools)),
        misaligned=misaligned,
        with_feeder=np.array([int(bool(f)) for f in feeds], dtype=np.int64),
        from_high_school=np.full((n, high_schools), np.nan),
        **settings,  # type: ignore[arg-type]
    )


def partitions(items: Sequence[int], count: int, low: int, high: int) -> Iterator[list[list[int]]]:
    """Every way to put the items in ``count`` groups of ``low`` to ``high``."""

    def place(rest: Sequence[int], groups: list[list[int]]) -> Iterator[list[list[int]]]:
        if not rest:
            if len(groups) == count and all(low <= len(g) for g in groups):
                yield [list(g) for g in groups]
            return
        first, others = rest[0], rest[1:]
        for group in groups:
            if len(group) < high:
                group.append(first)
                yield from place(others, groups)
                group.pop()
        if len(groups) < count:
            groups.append([first])
            yield from place(others, groups)
            groups.pop()

    yield from place(list(items), [])


def cost_of_group(given: ZoneProblem, group: Sequence[int]) -> float:
    """Cost of one zone straight from its definition, one pair at a time."""
    travel = sum(
        given.call_weight[i] * given.seconds[j, i] / len(group) for i in group for j in group
    )
    if not given.high_school_ids:
        return float(travel)
    outside = min(
        sum(int(given.misaligned[i, h]) for i in group) for h in range(len(given.high_school_ids))
    )
    return float(travel + (given.alignment.charge_s * outside if outside else 0.0))


def cheapest(given: ZoneProblem, count: int) -> float:
    """The least cost over every partition there is; inf if there is none."""
    return min(
        (
            sum(cost_of_group(given, group) for group in groups)
            for groups in partitions(range(given.n), count, given.min_size, given.max_size)
        ),
        default=float("inf"),
    )


def random_town(seed: int, n: int) -> np.ndarray:
    """Asymmetric travel times between n places on a plane, seconds."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 600, (n, 2))
    straight = np.hypot(*(places[:, None] - places[None]).T)
    seconds = straight * rng.uniform(1.0, 1.5, (n, n)).T
    np.fill_diagonal(seconds, 0.0)
    return np.asarray(seconds)
