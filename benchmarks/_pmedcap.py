"""Published instances of the capacitated p-median, and how to read more of them.

Osman and Christofides, "Capacitated clustering problems by hybrid simulated
annealing and tabu search", International Transactions in Operational Research
1 (1994) 317-336: problems 1 to 10 have 50 points and 5 medians, 11 to 20 have
100 points and 10 medians; a cluster holds at most 120. They are in OR-Library
(J E Beasley, Journal of the Operational Research Society 41 (1990) 1069-1072)
as ``pmedcap1``, with the optimum of each. A distance is Euclidean, cut off to a
whole number.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Published:
    """One published instance: where the points are, what each demands, the optimum."""

    number: int
    optimum: float
    medians: int
    capacity: float
    points: NDArray[np.float64]
    demand: NDArray[np.float64]

    @property
    def cost(self) -> NDArray[np.float64]:
        """Distance between points, shape (n, n)."""
        apart = self.points[:, None] - self.points
        distance: NDArray[np.float64] = np.floor(np.sqrt((apart**2).sum(axis=2)))
        return distance


def read(path: Path) -> list[Published]:
    """The instances of a file as OR-Library has them.

    The number of problems; then for each its number and optimum; points,
    medians and capacity; and for each point its number, x, y and demand.
    """
    numbers = iter(float(word) for word in path.read_text(encoding="ascii").split())
    instances = []
    for _ in range(int(next(numbers))):
        number, optimum, n, medians, capacity = (next(numbers) for _ in range(5))
        rows = np.array([next(numbers) for _ in range(4 * int(n))]).reshape(-1, 4)
        instances.append(
            Published(
                number=int(number),
                optimum=optimum,
                medians=int(medians),
                capacity=capacity,
                points=rows[:, 1:3],
                demand=rows[:, 3],
            )
        )
    return instances


def _instance(number: int, optimum: float, medians: int, rows: str) -> Published:
    table = np.array([[float(word) for word in row.split()] for row in rows.split(",")])
    return Published(
        number=number,
        optimum=optimum,
        medians=medians,
        capacity=120.0,
        points=table[:, :2],
        demand=table[:, 2],
    )


EMBEDDED = (
    _instance(
        1,
        713,
        5,
        """
    2 62 3, 80 25 14, 36 88 1, 57 23 14, 33 17 19, 76 43 2, 77 85 14, 94 6 6, 89 11 7, 59 72 6,
    39 82 10, 87 24 18, 44 76 3, 2 83 6, 19 43 20, 5 27 4, 58 72 14, 14 50 11, 43 18 19, 87 7 15,
    11 56 15, 31 16 4, 51 94 13, 55 13 13, 84 57 5, 12 2 16, 53 33 3, 53 10 7, 33 32 14,
    69 67 17, 43 5 3, 10 75 3, 8 26 12, 3 1 14, 96 22 20, 6 48 13, 59 22 10, 66 69 9, 22 50 6,
    75 21 18, 4 81 7, 41 97 20, 92 34 9, 12 64 1, 60 84 8, 35 100 5, 38 2 1, 9 9 7, 54 59 9,
    1 58 2
    """,
    ),
    _instance(
        13,
        1026,
        10,
        """
    17 71 8, 56 13 5, 40 29 10, 53 6 20, 45 25 15, 82 65 16, 47 80 8, 60 70 6, 39 65 20, 67 93 2,
    84 6 13, 86 18 3, 80 42 18, 82 34 17, 20 95 20, 85 75 8, 10 90 9, 73 100 18, 15 36 17,
    65 51 6, 57 46 7, 73 12 12, 58 65 1, 84 73 3, 35 51 8, 38 73 15, 70 89 2, 70 56 13, 7 63 7,
    93 90 9, 77 14 7, 55 18 18, 17 45 6, 4 38 14, 57 64 14, 26 45 9, 93 62 9, 63 68 7, 48 90 18,
    100 94 10, 17 59 13, 100 57 8, 29 81 3, 15 39 9, 69 44 19, 4 4 15, 69 61 9, 39 67 11,
    29 58 1, 70 69 12, 46 82 17, 99 10 10, 59 39 8, 61 55 5, 32 11 8, 28 25 18, 46 84 9,
    88 33 10, 50 14 13, 35 21 15, 18 99 4, 14 18 8, 95 30 19, 83 21 3, 28 48 4, 74 74 6,
    29 34 20, 98 77 2, 4 92 9, 6 79 4, 45 9 3, 91 20 12, 73 23 12, 17 23 10, 90 94 13, 97 63 7,
    48 93 4, 53 55 13, 72 37 10, 37 40 17, 86 36 10, 94 67 2, 22 39 5, 95 91 11, 19 82 7,
    68 34 7, 36 89 7, 16 95 16, 45 67 5, 84 86 18, 72 99 11, 25 41 20, 96 36 9, 80 26 19,
    34 25 15, 57 43 13, 71 38 13, 92 100 13, 7 86 3, 14 6 8
    """,
    ),
)
"""Problems 1 and 13: x, y and demand of each point."""
