"""The objective of a plan: travel, and the price of misalignment."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from zoning.errors import OptionError
from zoning.settings import MINUTES, Setting, settings


class Objective(StrEnum):
    """The travel that a plan minimises; misalignment and other costs are added to it."""

    PATROL = "patrol"
    STATION = "station"
    WORST = "worst"

    @property
    def short(self) -> str:
        """Words for a label: ``'officer waiting'``."""
        return {
            Objective.PATROL: "officer patrolling",
            Objective.STATION: "officer waiting",
            Objective.WORST: "shortest longest drive",
        }[self]

    @property
    def depends_on_count(self) -> bool:
        """False: the travel of a zone does not depend on the number of zones."""
        return False


class AlignmentMode(StrEnum):
    """Whether misaligned schools are forbidden, priced or free."""

    STRICT = "strict"
    PREFER = "prefer"
    OFF = "off"


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """The price of a school outside its feeder's zone.

    Every zone is aligned with one high school: the one that most of its schools feed. A
    school that feeds another is *misaligned*; a school that feeds two high schools is
    aligned with either, one that feeds none (magnet, alternative) with any. Where no
    feeders are known, zones are only named after high schools, nothing is misaligned,
    and ``strict`` is refused.

    Attributes
    ----------
    mode
        ``prefer``: each misaligned school has a price; ``strict``: none is
        allowed; ``off``: misalignment is counted but costs nothing.
    price_s
        Price of one misaligned school, in seconds of expected travel at a
        building with the district's average call rate. Only for ``prefer``;
        90 s is a default of ours, not a published figure.
    """

    mode: Annotated[
        AlignmentMode,
        Setting(
            meaning="strict forbids a school outside its high school's zone, prefer gives it a "
            "price, off ignores feeders."
        ),
    ] = AlignmentMode.PREFER
    price_s: Annotated[
        float,
        Setting(
            meaning="With prefer: price of one school outside its high school's zone, in drive "
            "to a call.",
            unit=MINUTES,
            at_least=0,
        ),
    ] = 90.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.price_s) and self.price_s >= 0):
            raise OptionError(
                f"the alignment price is {self.price_s} seconds",
                remedy="Give 0 or more, or Alignment.strict() to forbid misaligned schools.",
            )

    @classmethod
    def of(cls, given: object) -> Alignment:
        """Convert a word to an alignment; None gives the default.

        Raises
        ------
        OptionError
            If it is anything else.
        """
        if isinstance(given, Alignment):
            return given
        if given is None:
            return cls()
        if isinstance(given, str) and given.strip().lower() in set(AlignmentMode):
            return cls(mode=AlignmentMode(given.strip().lower()))
        raise OptionError(
            f"{given!r} is not an alignment",
            remedy="Give 'prefer', 'strict' or 'off', or Alignment.prefer(minutes) for a price.",
        )

    @classmethod
    def prefer(cls, minutes: float) -> Alignment:
        """Charge this many minutes for each misaligned school."""
        return cls(mode=AlignmentMode.PREFER, price_s=minutes * 60)

    @classmethod
    def strict(cls) -> Alignment:
        """Forbid misaligned schools."""
        return cls(mode=AlignmentMode.STRICT)

    @classmethod
    def off(cls) -> Alignment:
        """Ignore misalignment: zones follow travel times alone."""
        return cls(mode=AlignmentMode.OFF)

    @property
    def charge_s(self) -> float:
        """Price of one misaligned school in seconds; ``inf`` when strict."""
        return {
            AlignmentMode.STRICT: math.inf,
            AlignmentMode.PREFER: self.price_s,
            AlignmentMode.OFF: 0.0,
        }[self.mode]

    @property
    def short(self) -> str:
        """``'strict'``, ``'off'`` or the price, ``'2 min a school'``."""
        if self.mode is AlignmentMode.PREFER:
            return f"{self.price_s / 60:g} min a school"
        return str(self.mode)

    def __str__(self) -> str:
        if self.mode is AlignmentMode.PREFER:
            return f"prefer, one misaligned school is worth {self.price_s / 60:g} min"
        return str(self.mode)
