"""What a search for the best partition found, and what it proved."""

from __future__ import annotations

from dataclasses import dataclass

from zoning.zones.arrays import Zones
from zoning.zones.request.limits import relative_gap


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """What the optimiser found.

    Attributes
    ----------
    zones
        Building numbers of each zone; None when no plan was found.
    objective, bound
        Seconds; the bound is proved for every plan over the zones it covers,
        and ``inf`` when there is no plan.
    over_all_zones
        Whether the bound covers every zone the rules allow, or only the
        candidates that were looked at.
    candidates
        Number of different zones that were priced.
    runtime_s
        Seconds the optimiser took.
    interrupted
        Whether the user stopped it.
    stopped_by
        What ended the search before the proof, where neither the clock nor the user did
        nor the limit of candidates.
    """

    zones: Zones | None
    objective: float
    bound: float
    over_all_zones: bool
    candidates: int
    runtime_s: float
    interrupted: bool = False
    stopped_by: str = ""

    @property
    def gap(self) -> float:
        """(objective - bound) / objective."""
        return relative_gap(self.objective, self.bound)
