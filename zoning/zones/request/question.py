"""What is asked of a plan: the objective, and what scoring can ask about a problem."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from zoning.zones.arrays import Floats
from zoning.zones.plan import ZonePlan
from zoning.zones.request.alignment import Alignment
from zoning.zones.request.costs import MovedBuildings, OwnCost, ZoneCost
from zoning.zones.request.rules import AtMostMoved, Ground, Rule


class Objective(StrEnum):
    """What a good division is; misalignment and other costs are added to it."""

    PATROL = "patrol"
    STATION = "station"
    WORST = "worst"

    @property
    def depends_on_count(self) -> bool:
        """Travel in a zone is the same however many zones there are."""
        return False


class Question(Ground, Protocol):
    """What scoring and checking a plan can ask about a problem; see `zoning.ZoneProblem`."""

    @property
    def n(self) -> int:
        """Number of buildings to divide."""

    @property
    def call_weight(self) -> Floats:
        """Shape (n,), calls of each building relative to the mean."""

    @property
    def presence(self) -> Floats | None:
        """Shape (n,), how an officer's time in a zone is shared among its buildings."""

    @property
    def misaligned(self) -> NDArray[np.int64]:
        """Shape (n, number of high schools), schools outside their feeder's zone."""

    @property
    def with_feeder(self) -> NDArray[np.int64]:
        """Shape (n,), how many schools of the building feed a high school."""

    @property
    def feeders_given(self) -> bool:
        """Whether any building to divide has a school that feeds a high school."""

    @property
    def high_school_students(self) -> tuple[float, ...]:
        """Students of each high school; NaN where unknown."""

    @property
    def alternative_high_schools(self) -> frozenset[str]:
        """High schools of an alternative program."""

    @property
    def dedicated(self) -> tuple[str, ...]:
        """Buildings whose officer stays there."""

    @property
    def zones(self) -> int | tuple[int, int] | None:
        """How many patrol zones are asked for."""

    @property
    def alignment(self) -> Alignment:
        """How zones treat schools whose students go on to another high school."""

    @property
    def objective(self) -> Objective | OwnCost:
        """What a good division is."""

    @property
    def zone_rules(self) -> tuple[Rule, ...]:
        """The rules about one zone."""

    @property
    def moving(self) -> tuple[AtMostMoved, ...]:
        """The rules about how many buildings move."""

    @property
    def zone_costs(self) -> tuple[ZoneCost, ...]:
        """The further costs of one zone."""

    @property
    def moving_costs(self) -> tuple[MovedBuildings, ...]:
        """What moved buildings are charged."""

    @property
    def plans_of_today(self) -> tuple[ZonePlan, ...]:
        """The plans that moved buildings are counted from."""
