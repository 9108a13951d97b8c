"""What the optimiser has proved of every plan so far, and over which zones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Proof:
    """Bounds on plans of all zones, or of the candidate zones where that is all there is.

    Attributes
    ----------
    bound
        No plan costs less, seconds: of all zones if ``over_all_zones``, else of the
        candidates if ``over_candidates``; ``inf`` when there is no plan.
    reached
        The same of the zones that are weighed now: a bound over all zones stays
        when the search goes on with candidates alone.
    over_all_zones
        Whether the bound covers every zone that the rules allow.
    over_candidates
        Whether candidates are all that is weighed now.
    """

    bound: float = 0.0
    reached: float = 0.0
    over_all_zones: bool = False
    over_candidates: bool = False

    @property
    def known(self) -> float | None:
        """The bound; None if nothing is proved."""
        return self.bound if self.over_all_zones or self.over_candidates else None

    def over_all(self, bound: float) -> None:
        """Note a bound on every plan of all zones."""
        self.over_all_zones = True
        self.reached = max(self.reached, bound)
        self.bound = max(self.bound, bound)

    def over_known(self, bound: float) -> None:
        """Note a bound on every plan of the candidates, when no more is hoped for."""
        self.over_candidates = True
        self.raise_to(bound)

    def raise_to(self, bound: float) -> None:
        """Note a bound on every plan of the zones that are weighed now."""
        self.reached = max(self.reached, bound)
        if not (self.over_all_zones and self.over_candidates):
            self.bound = max(self.bound, self.reached)

    def with_more_candidates(self) -> None:
        """Forget what was proved of the candidates alone: now there are more."""
        self.reached, self.over_candidates = 0.0, False
        if not self.over_all_zones:
            self.bound = 0.0

    def no_plan(self) -> None:
        """There is none."""
        self.reached = self.bound = float("inf")
