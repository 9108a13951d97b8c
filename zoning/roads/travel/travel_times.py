"""The travel-time matrix: what every later part needs to know about streets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse.csgraph import connected_components

from zoning.errors import NetworkError, UnreachableError, first_few, typed_fields
from zoning.roads.travel.profiles import Profile

# Names in a message before "and so many more".
_NAMED = 5


def no_way_in_words(pairs: int) -> str:
    """How many pairs of buildings have no way between them, for messages."""
    of = "pair of buildings has" if pairs == 1 else "pairs of buildings have"
    return f"{pairs} {of} no way between them"


@typed_fields
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TravelTimes:
    """Seconds from every building to every other, by one profile.

    Asymmetric by nature: ``seconds[i, j]`` is from ``ids[i]`` to ``ids[j]``. The
    tables are copies of what is given.

    Attributes
    ----------
    ids
        Building ids, in the order of rows and columns.
    seconds
        Shape (n, n), seconds, zero diagonal, read-only; ``inf`` is unreachable.
    metres
        Shape (n, n), metres driven on the quickest way, read-only; None when
        not known, and then nothing that needs a distance is computed.
    profile
        Name of the driving profile, for example ``'emergency'``.
    source
        Where the times came from, in words for a planner.
    estimate
        None when the times come from streets; otherwise the sentence that every
        output must show, for example that they are a straight-line estimate.
    driving
        The driving profile itself, with which maps draw ways and reach; None
        where it is not known, as of a table that is given.
    """

    ids: tuple[str, ...]
    seconds: NDArray[np.float64]
    metres: NDArray[np.float64] | None = None
    profile: str
    source: str
    estimate: str | None = None
    driving: Profile | None = None

    def __repr__(self) -> str:
        return f"TravelTimes({len(self.ids)} places, {self.profile!r}, source={self.source!r})"

    def __post_init__(self) -> None:
        n = len(self.ids)
        faults = [f"id {i!r} appears {c} times" for i, c in _repeated(self.ids)]
        tables = {"seconds": self.seconds} | (
            {} if self.metres is None else {"metres": self.metres}
        )
        for name, table in tables.items():
            if table.shape != (n, n):
                faults.append(f"{name} has shape {table.shape}, {n} ids need ({n}, {n})")
                continue
            for problem, where in (
                ("is not a number", np.isnan(table)),
                ("is negative", table < 0),
            ):
                if where.any():
                    i, j = (int(k) for k in np.argwhere(where)[0])
                    faults.append(
                        f"{name} from {self.ids[i]} to {self.ids[j]} {problem}"
                        + (f", and {int(where.sum()) - 1} more" if where.sum() > 1 else "")
                    )
            if np.diagonal(table).any():
                i = int(np.flatnonzero(np.diagonal(table))[0])
                faults.append(f"{name} from {self.ids[i]} to itself is not 0")
        if faults:
            raise NetworkError("the travel-time table cannot be used", faults)
        for name, table in tables.items():
            kept = table.copy()
            kept.flags.writeable = False
            object.__setattr__(self, name, kept)

    @classmethod
    def from_array(
        cls,
        seconds: ArrayLike,
        ids: Iterable[str],
        *,
        metres: ArrayLike | None = None,
        profile: str = "given",
        source: str = "table given by the user",
    ) -> TravelTimes:
        """Travel times from a plain square array, which is copied.

        Parameters
        ----------
        seconds
            Shape (n, n), seconds from row to column; ``inf`` is unreachable.
        ids
            n building ids.
        metres
            Shape (n, n), metres; None when distances are not known.

        Raises
        ------
        NetworkError
            If shapes differ, ids repeat, or a time is negative or not a number.
        """
        return cls(
            ids=tuple(str(i) for i in ids),
            seconds=np.asarray(seconds, dtype=np.float64),
            metres=None if metres is None else np.asarray(metres, dtype=np.float64),
            profile=profile,
            source=source,
        )

    def positions(self, ids: Sequence[str]) -> NDArray[np.intp]:
        """Row (and column) numbers of some ids, in the order asked.

        Raises
        ------
        NetworkError
            Naming every id the table does not have.
        """
        index = {building: k for k, building in enumerate(self.ids)}
        missing = [i for i in ids if i not in index]
        if missing:
            raise NetworkError(
                f"{len(missing)} buildings have no travel times",
                [", ".join(first_few(missing))],
                "Compute the times for the same schools, or leave these buildings out.",
            )
        return np.array([index[i] for i in ids], dtype=np.intp)

    def between(self, origin: str, destination: str) -> float:
        """Seconds from one building to another."""
        i, j = self.positions((origin, destination))
        return float(self.seconds[i, j])

    def subset(self, ids: Sequence[str]) -> TravelTimes:
        """The same times for some buildings, in the order given."""
        at = self.positions(ids)
        return TravelTimes(
            ids=tuple(ids),
            seconds=self.seconds[np.ix_(at, at)],
            metres=None if self.metres is None else self.metres[np.ix_(at, at)],
            profile=self.profile,
            source=self.source,
            estimate=self.estimate,
            driving=self.driving,
        )

    def unreachable_pairs(self) -> list[tuple[str, str]]:
        """Pairs (origin, destination) with no way between them."""
        return [
            (self.ids[int(i)], self.ids[int(j)]) for i, j in np.argwhere(np.isinf(self.seconds))
        ]

    def cut_off(self) -> list[str]:
        """Buildings outside the largest group that can all be driven to from one another."""
        _, group = connected_components(np.isfinite(self.seconds), connection="strong")
        largest = np.bincount(group, minlength=1).argmax()
        return [self.ids[int(k)] for k in np.flatnonzero(group != largest)]

    def require_reachable(self) -> None:
        """Raise `UnreachableError`, naming who is cut off, unless all are reachable."""
        pairs = [f"{a} to {b}" for a, b in self.unreachable_pairs()]
        if pairs:
            off = self.cut_off()
            raise UnreachableError(
                no_way_in_words(len(pairs)),
                [
                    f"cut off from the other {len(self.ids) - len(off)} in one direction or both: "
                    f"{', '.join(first_few(off, _NAMED))}",
                    *first_few(pairs, _NAMED),
                ],
                "The streets beside these buildings are not joined to the rest: zoning network "
                "check says where. Repair them, or leave these buildings out.",
            )


def _repeated(ids: Sequence[str]) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for i in ids:
        counts[i] = counts.get(i, 0) + 1
    return [(i, c) for i, c in counts.items() if c > 1]
