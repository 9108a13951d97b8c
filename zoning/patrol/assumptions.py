"""The settings of a patrol day: windows, stays, shift and break."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import StrEnum
from itertools import pairwise
from numbers import Integral
from typing import Annotated

from zoning.errors import ScheduleError
from zoning.patrol.day_problem import PresenceKind
from zoning.settings import CLOCK, MINUTES, Setting, settings
from zoning.units import clock

SECONDS_PER_DAY = 86_400


class LongDay(StrEnum):
    """How a zone is staffed whose school day is longer than a shift."""

    OVERTIME = "overtime"
    """One officer works the whole school day; the hours above the shift are overtime."""
    ONE_SHIFT = "one shift"
    """One officer works one shift, which begins when most wishes can be met."""
    SECOND_SHIFT = "second shift"
    """A second officer's shift overlaps that of the first and lasts to the end of the day."""


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolAssumptions:
    """The settings of a patrol day; every figure is a default, none is a fact.

    Attributes
    ----------
    dwell_s
        Stay that is planned at a visit, whole seconds. Default 12 minutes; studies of
        hot-spot patrols found 10 to 16 minutes on the spot to deter most
        (Koper 1995 and later trials).
    shortest_stay_s, longest_stay_s
        Shortest stay that is a visit, and the stay after which an officer goes on unless
        there is a reason to wait, whole seconds. Days are drawn between them. Default 8
        and 16 minutes.
    presence_s
        Shortest stay within a window that counts as a presence, whole seconds.
        Default 5 minutes.
    arrival_lead_s, arrival_lag_s
        How long before and after a bell the window of its arrival lasts, whole seconds.
        Default 20 and 10 minutes.
    dismissal_lead_s, dismissal_lag_s
        The same of a dismissal. Default 10 and 20 minutes.
    lunch_from_s, lunch_to_s
        Window of lunch at buildings with a high school, seconds after midnight.
        Default 11:00 to 13:00.
    arrival_weight, lunch_weight, dismissal_weight
        How much a presence of each kind counts, whole numbers; 0: it is not wished.
    least_visits
        Visits a day that are wished at each building.
    longest_gap_s
        Longest time without a visit that is wished while a building is open, whole
        seconds; None: as short as possible everywhere.
    shift_s
        Length of a shift with the break and the drives from and to the base. Default
        8 hours.
    long_day
        How a zone is staffed whose school day is longer than a shift.
    second_shift_s
        Length of a second officer's shift; None: as long as the first.
    break_s
        Paid break within a shift, whole seconds; 0: none. Default 30 minutes.
    break_earliest_s, break_latest_s
        How long after the beginning of a shift the break begins. Default 3 and 5
        hours, as Kentucky has it for lunch (KRS 337.355). A shift that is no longer
        than the latest has no break.
    base
        Building where shifts begin and end; None: at the first and the last school.
    day_start_s, day_end_s
        Open hours of a building without bell times, seconds after midnight. Default
        08:00 to 15:00; a notice names the buildings.

    Raises
    ------
    ScheduleError
        If any value makes no sense; every fault in one error.

    References
    ----------
    Koper (1995), Just enough police presence, Justice Quarterly 12(4).
    """

    dwell_s: Annotated[
        int, Setting(meaning="Stay that is planned at a visit.", unit=MINUTES, above=0)
    ] = 720
    shortest_stay_s: Annotated[
        int, Setting(meaning="Shortest stay that is a visit.", unit=MINUTES, above=0)
    ] = 480
    longest_stay_s: Annotated[
        int,
        Setting(
            meaning="Stay after which an officer goes on, unless there is a reason to wait.",
            unit=MINUTES,
            above=0,
        ),
    ] = 960
    presence_s: Annotated[
        int,
        Setting(
            meaning="Shortest stay within a window that counts as a presence.",
            unit=MINUTES,
            above=0,
        ),
    ] = 300
    arrival_lead_s: Annotated[
        int,
        Setting(
            meaning="How long before the bell a building's arrival window opens.",
            unit=MINUTES,
            at_least=0,
        ),
    ] = 1200
    arrival_lag_s: Annotated[
        int,
        Setting(
            meaning="How long after the bell the arrival window closes.", unit=MINUTES, at_least=0
        ),
    ] = 600
    dismissal_lead_s: Annotated[
        int,
        Setting(
            meaning="How long before its bell the dismissal window opens.",
            unit=MINUTES,
            at_least=0,
        ),
    ] = 600
    dismissal_lag_s: Annotated[
        int,
        Setting(
            meaning="How long after its bell the dismissal window closes.",
            unit=MINUTES,
            at_least=0,
        ),
    ] = 1200
    lunch_from_s: Annotated[
        int, Setting(meaning="Start of the lunch window of high schools.", unit=CLOCK)
    ] = 39_600
    lunch_to_s: Annotated[
        int, Setting(meaning="End of the lunch window of high schools.", unit=CLOCK)
    ] = 46_800
    arrival_weight: Annotated[
        int,
        Setting(
            meaning="How much a presence at arrival counts; 0: it is not wished.",
            at_least=0,
            at_most=100,
        ),
    ] = 1
    lunch_weight: Annotated[
        int,
        Setting(
            meaning="How much a presence at lunch of a high school counts; 0: it is not wished.",
            at_least=0,
            at_most=100,
        ),
    ] = 1
    dismissal_weight: Annotated[
        int,
        Setting(
            meaning="How much a presence at dismissal counts; 0: it is not wished.",
            at_least=0,
            at_most=100,
        ),
    ] = 1
    least_visits: Annotated[
        int, Setting(meaning="Visits a day wished at each building.", at_least=0, at_most=50)
    ] = 1
    longest_gap_s: Annotated[
        int | None,
        Setting(
            meaning="Longest time without a visit that is wished while a building is open.",
            unit=MINUTES,
            above=0,
            default="as short as possible",
        ),
    ] = None
    shift_s: Annotated[
        int,
        Setting(
            meaning="Length of a shift, with the break and the drives from and to the base.",
            unit=MINUTES,
            above=0,
            at_most=SECONDS_PER_DAY // 60,
        ),
    ] = 28_800
    long_day: Annotated[
        LongDay,
        Setting(
            meaning="How a zone is staffed whose school day is longer than a shift: overtime, one "
            "officer works the whole day; one shift, when most wishes can be met; second shift, a "
            "second officer whose shift overlaps."
        ),
    ] = LongDay.OVERTIME
    second_shift_s: Annotated[
        int | None,
        Setting(
            meaning="Length of a second officer's shift, where long days have one.",
            unit=MINUTES,
            above=0,
            at_most=SECONDS_PER_DAY // 60,
            default="as long as the first shift",
        ),
    ] = None
    break_s: Annotated[
        int, Setting(meaning="Paid break within a shift; 0: none.", unit=MINUTES, at_least=0)
    ] = 1800
    break_earliest_s: Annotated[
        int,
        Setting(
            meaning="How long after the beginning of a shift the break begins at the earliest.",
            unit=MINUTES,
            at_least=0,
        ),
    ] = 10_800
    break_latest_s: Annotated[
        int,
        Setting(
            meaning="How long after the beginning of a shift the break begins at the latest; a "
            "shift no longer than that has none.",
            unit=MINUTES,
            at_least=0,
        ),
    ] = 18_000
    base: Annotated[
        str | None,
        Setting(
            meaning="School, by id or name, where shifts begin and end.",
            default="at the first and the last school of the day",
        ),
    ] = None
    day_start_s: Annotated[
        int,
        Setting(meaning="Opening of buildings without bell times.", unit=CLOCK),
    ] = 28_800
    day_end_s: Annotated[
        int, Setting(meaning="Closing of buildings without bell times.", unit=CLOCK)
    ] = 54_000

    def __post_init__(self) -> None:
        values = {item.name: getattr(self, item.name) for item in fields(PatrolAssumptions)}
        words = ("base", "long_day")
        faults = [
            f"{name} is {value!r}, not a whole number"
            for name, value in values.items()
            if not (
                isinstance(value, Integral)
                or name in words
                or (name in ("longest_gap_s", "second_shift_s") and value is None)
            )
        ]
        try:
            object.__setattr__(self, "long_day", LongDay(self.long_day))
        except ValueError:
            faults.append(f"long_day is {self.long_day!r}, not one of {', '.join(LongDay)}")
        if not faults:
            faults = list(self._faults())
        if faults:
            raise ScheduleError("the patrol assumptions cannot be used", faults)

    def _faults(self) -> Iterator[str]:
        yield from self._window_faults()
        if self.least_visits < 0:
            yield f"least_visits is {self.least_visits}, less than 0"
        if self.longest_gap_s is not None and self.longest_gap_s <= 0:
            yield f"longest_gap_s is {self.longest_gap_s} s, not above 0"
        stretches = (
            ("the day from day_start_s {} s to day_end_s {} s", self.day_start_s, self.day_end_s),
            ("lunch from lunch_from_s {} s to lunch_to_s {} s", self.lunch_from_s, self.lunch_to_s),
        )
        for what, opens, closes in stretches:
            if not 0 <= opens < closes <= SECONDS_PER_DAY:
                stretch = what.format(opens, closes)
                yield f"{stretch} is not a stretch of one day of {SECONDS_PER_DAY} s"
        yield from self._shift_faults()

    def _window_faults(self) -> Iterator[str]:
        if self.presence_s <= 0:
            yield f"presence_s is {self.presence_s} s, a presence lasts at least a second"
        stays = ("presence_s", "shortest_stay_s", "dwell_s", "longest_stay_s")
        for shorter, longer in pairwise(stays):
            if getattr(self, shorter) > getattr(self, longer):
                yield (
                    f"{shorter} is {getattr(self, shorter)} s, longer than {longer} with "
                    f"{getattr(self, longer)} s"
                )
        for kind in ("arrival", "dismissal"):
            window = 0
            for end in ("lead", "lag"):
                length = getattr(self, f"{kind}_{end}_s")
                window += length
                if length < 0:
                    yield f"{kind}_{end}_s is {length} s, less than 0"
            if self.presence_s > window and self.weight(PresenceKind(kind)):
                yield (
                    f"presence_s is {self.presence_s} s, longer than the whole {kind} window of "
                    f"{window} s ({kind}_lead_s + {kind}_lag_s)"
                )
        for kind in PresenceKind:
            if self.weight(kind) < 0:
                yield f"{kind}_weight is {self.weight(kind)}, less than 0"

    def _shift_faults(self) -> Iterator[str]:
        if not 0 < self.shift_s <= SECONDS_PER_DAY:
            yield f"shift_s is {self.shift_s} s, not above 0 to a day of {SECONDS_PER_DAY} s"
        elif self.shift_s < self.dwell_s:
            yield f"shift_s is {self.shift_s} s, shorter than a visit of dwell_s {self.dwell_s} s"
        second_s = self.second_shift_s
        if second_s is not None and not self.dwell_s <= second_s <= SECONDS_PER_DAY:
            yield (
                f"second_shift_s is {second_s} s, not from a visit of dwell_s {self.dwell_s} s to "
                f"a day of {SECONDS_PER_DAY} s"
            )
        for name in ("break_s", "break_earliest_s", "break_latest_s"):
            if getattr(self, name) < 0:
                yield f"{name} is {getattr(self, name)} s, less than 0"
        if self.break_earliest_s > self.break_latest_s:
            yield (
                f"the break begins at the earliest after {clock(self.break_earliest_s)} h and at "
                f"the latest after {clock(self.break_latest_s)} h"
            )
        elif self.break_s > 0 and 0 < self.shift_s < self.break_earliest_s + self.break_s:
            yield (
                f"the break of {self.break_s} s that begins {clock(self.break_earliest_s)} h into "
                f"the shift ends after the shift of {clock(self.shift_s)} h; lengthen shift_s, "
                "lower break_earliest_s, or set break_s to 0"
            )

    def weight(self, kind: PresenceKind) -> int:
        """How much a presence of this kind counts."""
        return {
            PresenceKind.ARRIVAL: self.arrival_weight,
            PresenceKind.LUNCH: self.lunch_weight,
            PresenceKind.DISMISSAL: self.dismissal_weight,
        }[kind]

    def has_break(self, shift_s: int) -> bool:
        """Whether a shift of this length has a break."""
        return self.break_s > 0 and shift_s > max(
            self.break_latest_s, self.break_earliest_s + self.break_s
        )
