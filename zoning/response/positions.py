"""The drive to a call from an officer who is on the road between two buildings.

The officer has driven a share f of the way from a to b. On a plane Stewart's theorem gives the
distance from such a point p to a building c by the sides of the triangle a, b, c:

    d(p, c)^2 = (1 - f) d(a, c)^2 + f d(b, c)^2 - f (1 - f) d(a, b)^2

It is used here on travel times, which is an estimate: the timetable does not say by which streets
the officer drives. It is then kept within what the triangle inequality allows. No longer than to
drive on by way of b or to turn back by way of a; no shorter than what is left of a to c after the
part already driven, or of b to c after the part not yet driven.

References
----------
Coxeter and Greitzer (1967), Geometry Revisited, section 1.2 (Stewart's theorem).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zoning.compiled import compiled


def drives_from_road(
    share: ArrayLike,
    *,
    from_a_s: ArrayLike,
    from_b_s: ArrayLike,
    a_to_b_s: ArrayLike,
    b_to_a_s: ArrayLike,
) -> NDArray[np.float64]:
    """Seconds to a building c from a point on the way from a to b; all arguments broadcast.

    Parameters
    ----------
    share
        Share of the way from a to b already driven, 0 to 1.
    from_a_s, from_b_s
        Seconds from a to c and from b to c.
    a_to_b_s, b_to_a_s
        Seconds of the way and of the way back, by the same profile as the others.

    Returns
    -------
    ndarray
        At share 0 the seconds from a, at share 1 those from b. A building that can be reached
        from one end only is reached by way of that end; from neither, ``inf``.
    """
    f, a, b, on, back = (
        np.asarray(values, dtype=np.float64)
        for values in (share, from_a_s, from_b_s, a_to_b_s, b_to_a_s)
    )
    with np.errstate(invalid="ignore"):  # inf - inf and 0 * inf, which the next lines leave out
        square = (1 - f) * a * a + f * b * b - f * (1 - f) * on * on
        low = np.fmax(np.fmax(a - f * on, b - (1 - f) * back), 0.0)
        high = np.fmin((1 - f) * on + b, f * back + a)
        inside = np.fmin(np.fmax(np.sqrt(np.fmax(square, 0.0)), low), high)
    return np.where(f <= 0, a, np.where(f >= 1, b, inside))


@compiled
def drive_from_road(
    share: float, from_a_s: float, from_b_s: float, a_to_b_s: float, b_to_a_s: float
) -> float:
    """`drives_from_road` of one point and one building, for compiled loops."""
    if share <= 0.0:
        return from_a_s
    if share >= 1.0:
        return from_b_s
    left = 1 - share
    square = left * from_a_s * from_a_s + share * from_b_s * from_b_s
    square -= share * left * a_to_b_s * a_to_b_s
    seconds = math.sqrt(square) if square > 0.0 else 0.0
    # Each call keeps its first value where the second is NaN (inf - inf: no way from b to a).
    seconds = max(seconds, from_a_s - share * a_to_b_s)
    seconds = max(seconds, from_b_s - left * b_to_a_s)
    seconds = min(seconds, left * a_to_b_s + from_b_s)
    return min(seconds, share * b_to_a_s + from_a_s)
