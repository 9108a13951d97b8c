"""The drive from an officer on the road, against geometry and the triangle inequality."""

from __future__ import annotations

import math

import numpy as np
import pytest

from zoning.response.positions import drive_from_road, drives_from_road

INF = math.inf


def test_on_a_plane_it_is_the_straight_distance() -> None:
    """Points of a plane at one speed: the drive is the distance from the point on the way."""
    rng = np.random.default_rng(1)
    a, b, c = rng.uniform(0, 1000, (3, 200, 2))
    share = rng.uniform(0, 1, 200)
    point = a + share[:, None] * (b - a)

    def distance(p: np.ndarray, q: np.ndarray) -> np.ndarray:
        return np.hypot(*(p - q).T)

    found = drives_from_road(
        share,
        from_a_s=distance(a, c),
        from_b_s=distance(b, c),
        a_to_b_s=distance(a, b),
        b_to_a_s=distance(a, b),
    )
    assert found == pytest.approx(distance(point, c), rel=1e-9)


@pytest.mark.parametrize(
    ("share", "sides", "expected"),
    [
        (0.0, (100, 300, 250, 250), 100),  # still at a
        (1.0, (100, 300, 250, 250), 300),  # at b
        (0.25, (400, 0, 400, 400), 300),  # c is b: what is left of the way
        (0.25, (0, 400, 400, 200), 50),  # c is a: back by the quicker way back
        # Stewart gives 304 s: driving back to a (125 s) and on to c (100 s) takes 225 s.
        (0.5, (100, 500, 250, 250), 225),
        (0.25, (100, 300, 400, 400), 0),  # c lies on the way: the officer passes it
        (0.5, (100, 300, 500, 500), 50),  # no triangle: back to c takes b at least 300 s
        (0.5, (INF, 300, 200, 200), 400),  # only from b
        (0.5, (300, INF, 200, 200), 400),  # only from a
        (0.5, (300, INF, 200, INF), INF),  # nor is there a way back to a
        (0.0, (300, INF, 200, INF), 300),
        (0.5, (INF, INF, 200, 200), INF),
    ],
)
def test_cases_by_hand(share: float, sides: tuple[float, ...], expected: float) -> None:
    assert drive_from_road(share, *map(float, sides)) == pytest.approx(expected)
    names = ("from_a_s", "from_b_s", "a_to_b_s", "b_to_a_s")
    found = drives_from_road(share, **dict(zip(names, sides, strict=True)))
    assert float(found) == pytest.approx(expected)


def test_arrays_and_scalars_agree_and_keep_the_triangle_inequality() -> None:
    """Shortest ways of a random directed graph (Floyd-Warshall), some without a way."""
    rng = np.random.default_rng(2)
    size = 12
    times = np.where(rng.uniform(size=(size, size)) < 0.2, rng.uniform(60, 900, (size, size)), INF)
    np.fill_diagonal(times, 0.0)
    for k in range(size):
        times = np.minimum(times, times[:, k, None] + times[None, k])
    assert np.isinf(times).any()
    starts, ends = np.nonzero(np.isfinite(times) & (times > 0))
    for share in (0.1, 0.5, 0.9):
        found = drives_from_road(
            share,
            from_a_s=times[starts],
            from_b_s=times[ends],
            a_to_b_s=times[starts, ends][:, None],
            b_to_a_s=times[ends, starts][:, None],
        )
        for k, (a, b) in enumerate(zip(starts, ends, strict=True)):
            on, back = times[a, b], times[b, a]
            for c in range(size):
                at = found[k, c]
                assert (
                    drive_from_road(share, *map(float, (times[a, c], times[b, c], on, back))) == at
                )
                assert not at > (1 - share) * on + times[b, c] + 1e-9
                assert not at > share * back + times[a, c] + 1e-9
                if math.isfinite(at):
                    assert times[a, c] <= share * on + at + 1e-9
