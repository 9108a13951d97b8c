"""Shifts for a school day that is longer than one: overtime, one shift, or a second one."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from zoning.errors import ScheduleError
from zoning.patrol.assumptions import LongDay, PatrolAssumptions
from zoning.patrol.day_problem import DayProblem, PlannedDay, WishedPresence
from zoning.patrol.day_search import DayEffort, plan_day
from zoning.patrol.presences import best_presences
from zoning.patrol.team import plan_team
from zoning.patrol.team_problem import TeamProblem
from zoning.units import clock, minutes

START_STEP_S: Final = 60
"""Shifts begin on whole minutes after the earliest start, as a roster has them."""
_STRETCHES: Final = 400
"""Most stretches of beginnings that are looked at in a zone. Our choice: see docs/benchmarks.md."""

QUICK: Final = DayEffort(orders=2_000, proof_buildings=0)
"""A day in about a hundredth of a second, without a proof of its longest gap."""


COMPARED: Final = DayEffort(orders=6_000, proof_buildings=0)
"""For the days of options that are compared: the presences are proved, the longest gaps are not
(on Jefferson's 30 zones they are a tenth longer, in a hundredth of the time)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlannedShift:
    """The shift of one officer of a zone: what was asked and what was planned.

    Attributes
    ----------
    name
        Which of the zone's shifts it is; empty for the first or only one.
    """

    problem: DayProblem
    planned: PlannedDay
    name: str = ""


def on_shift(
    problem: DayProblem, shift: tuple[int, int], *, assumptions: PatrolAssumptions
) -> DayProblem:
    """The same buildings and wishes in a shift from one moment to another, with its break."""
    start, end = shift
    return replace(
        problem,
        start_s=start,
        end_s=end,
        dwell_s=min(assumptions.dwell_s, end - start),
        break_s=assumptions.break_s if assumptions.has_break(end - start) else 0,
        break_from_s=start + assumptions.break_earliest_s,
        break_to_s=start + assumptions.break_latest_s,
    )


def plan_shifts(
    problem: DayProblem,
    *,
    assumptions: PatrolAssumptions,
    long_day: LongDay | None = None,
    effort: DayEffort | None = None,
) -> tuple[PlannedShift, ...]:
    """Plan the shifts of a zone's officers.

    A day that fits into one shift is one officer's, whatever is chosen for long days.

    Parameters
    ----------
    problem
        The whole school day, from the first opening to the last closing, with the drives
        from and to the base.
    long_day
        How a longer day is staffed; that of the assumptions if None.

    Raises
    ------
    ScheduleError
        If no visit fits into a shift with its break and the drives from and to the base.
    """
    chosen = assumptions.long_day if long_day is None else long_day
    if problem.end_s - problem.start_s <= assumptions.shift_s or chosen is LongDay.OVERTIME:
        _require_visit(problem, "the school day", assumptions)
        return (PlannedShift(problem=problem, planned=plan_day(problem, effort=effort)),)
    if chosen is LongDay.ONE_SHIFT:
        return (_plan_one_shift(problem, assumptions, effort),)
    return plan_together(overlapping_shifts(problem, assumptions=assumptions), effort=effort)


def ways_to_work(
    problem: DayProblem, *, assumptions: PatrolAssumptions
) -> tuple[tuple[DayProblem, ...], ...]:
    """List the shifts with which the days of a rotation can be worked, by the assumptions.

    With one shift, days of a rotation begin when most is met, at the earliest or at the latest.
    """
    if (
        problem.end_s - problem.start_s <= assumptions.shift_s
        or assumptions.long_day is LongDay.OVERTIME
    ):
        return ((problem,),)
    if assumptions.long_day is LongDay.SECOND_SHIFT:
        return (overlapping_shifts(problem, assumptions=assumptions),)
    latest = problem.end_s - assumptions.shift_s
    best = [start for ends in best_starts(problem, assumptions=assumptions)[0] for start in ends]
    return tuple(
        (on_shift(problem, (start, start + assumptions.shift_s), assumptions=assumptions),)
        for start in sorted({problem.start_s, latest, min(best), max(best)})
    )


def overlapping_shifts(
    problem: DayProblem, *, assumptions: PatrolAssumptions
) -> tuple[DayProblem, ...]:
    """The first officer's shift from the beginning of the day, and a second's to its end."""
    first = problem.start_s, problem.start_s + assumptions.shift_s
    second = problem.end_s - (assumptions.second_shift_s or assumptions.shift_s), problem.end_s
    shifts = [on_shift(problem, shift, assumptions=assumptions) for shift in (first, second)]
    for shift in shifts:
        _require_visit(shift, "the shift", assumptions)
    return tuple(shifts)


def _require_visit(problem: DayProblem, what: str, assumptions: PatrolAssumptions) -> None:
    """Raise unless a visit fits beside the break and the drives from and to the base."""
    drives = problem.from_base_s.max(axis=0) + problem.to_base_s.max(axis=0)
    needed = problem.dwell_s + problem.break_s + int(drives.min())
    length = problem.end_s - problem.start_s
    if needed > length:
        raise ScheduleError(
            f"no visit fits into {what} from {clock(problem.start_s)} to {clock(problem.end_s)} "
            f"for {', '.join(problem.building_ids)}",
            [
                f"it is {minutes(length)} long; a visit takes {minutes(problem.dwell_s)}, the "
                f"break {minutes(problem.break_s)}, the shortest drives from and to the base "
                f"{minutes(int(drives.min()))}"
            ],
            f"Lengthen shift_s (now {minutes(assumptions.shift_s)}), shorten break_s or dwell_s, "
            "or choose a nearer base.",
        )


# One shift: when it begins.


def best_starts(
    problem: DayProblem, *, assumptions: PatrolAssumptions
) -> tuple[list[tuple[int, int]], int]:
    """Find the beginnings of a shift with which most weight of presences can be met.

    All beginnings on whole minutes (`START_STEP_S`) and the latest are compared, exactly, by
    branch and bound: a shift that begins within a stretch of time can meet no more than an
    officer who is there for the whole stretch and a shift after it, and no less than one who is
    there only while every shift of the stretch is.

    Returns
    -------
    list of tuple, int
        First and last beginning of each stretch that is best, seconds after midnight,
        ascending; and a weight that no beginning exceeds.
    """
    length, latest = assumptions.shift_s, problem.end_s - assumptions.shift_s
    starts = [*range(problem.start_s, latest, START_STEP_S), latest]

    def most(since: int, until: int, break_from_s: int, break_to_s: int) -> tuple[int, int]:
        shift = on_shift(problem, (since, since + length), assumptions=assumptions)
        if shift.break_s and break_from_s > break_to_s:
            return -1, -1
        shift = replace(shift, end_s=until, break_from_s=break_from_s, break_to_s=break_to_s)
        try:
            found = best_presences(shift)
        except ScheduleError:  # no day is feasible
            return -1, -1
        return found.weight, found.weight_bound

    def within(i: int, j: int) -> tuple[int, int]:
        """Weight that all beginnings reach, and one that none exceeds."""
        a, b = starts[i], starts[j]
        earliest, last = assumptions.break_earliest_s, assumptions.break_latest_s
        found, bound = most(a, b + length, a + earliest, b + last)
        if i < j:
            found, _ = most(b, a + length, b + earliest, a + last)
        return found, bound

    least, bound = within(0, len(starts) - 1)
    waiting = [(-bound, 0, len(starts) - 1, least)]
    best, done, looked = max(least, 0), [], 1
    while waiting:
        negative, i, j, least = heapq.heappop(waiting)
        if -negative < best:
            break
        if i == j or least >= -negative or looked >= _STRETCHES:
            done.append((-negative, i, j, least))
            continue
        middle = (i + j) // 2
        for part in ((i, middle), (middle + 1, j)):
            least, bound = within(*part)
            looked += 1
            best = max(best, least)
            heapq.heappush(waiting, (-bound, *part, least))
    stretches: list[tuple[int, int]] = []
    for i, j in sorted((i, j) for _, i, j, least in done if least == best) or [(0, 0)]:
        if stretches and stretches[-1][1] == starts[i - 1]:
            stretches[-1] = stretches[-1][0], starts[j]
        else:
            stretches.append((starts[i], starts[j]))
    return stretches, max((bound for bound, *_ in done), default=best)


def _plan_one_shift(
    problem: DayProblem, assumptions: PatrolAssumptions, effort: DayEffort | None
) -> PlannedShift:
    """Plan the shift that begins when most can be met, then with the shortest longest gap.

    Gaps are compared for the first, a middle and the last of the best beginnings, by a quick
    plan of each.
    """
    first = on_shift(
        problem, (problem.start_s, problem.start_s + assumptions.shift_s), assumptions=assumptions
    )
    _require_visit(first, "the shift", assumptions)
    stretches, bound = best_starts(problem, assumptions=assumptions)
    longest = max(stretches, key=lambda stretch: stretch[1] - stretch[0])
    middle = longest[0] + (longest[1] - longest[0]) // 2 // START_STEP_S * START_STEP_S
    shifts = [
        on_shift(problem, (start, start + assumptions.shift_s), assumptions=assumptions)
        for start in sorted({stretches[0][0], middle, stretches[-1][1]})
    ]
    gaps = {}
    for k, shift in enumerate(shifts if len(shifts) > 1 else ()):
        quick = plan_day(shift, effort=QUICK)
        gaps[k] = -quick.weight, shift.longest_gap_s(quick.stops), shift.start_s
    chosen = shifts[min(gaps, key=lambda k: gaps[k], default=0)]
    best = PlannedShift(problem=chosen, planned=plan_day(chosen, effort=effort))
    # Another beginning could have a shorter longest gap, so that the gap of one bounds nothing.
    return replace(
        best,
        planned=replace(
            best.planned,
            weight_bound=max(bound, best.planned.weight),
            gap_bound_s=best.planned.gap_bound_s if len(shifts) == 1 else None,
            is_driving_proved=best.planned.is_driving_proved and len(shifts) == 1,
        ),
    )


# Several officers of the same buildings.


def plan_together(
    problems: Sequence[DayProblem],
    *,
    effort: DayEffort | None = None,
    shares: Sequence[Sequence[WishedPresence]] | None = None,
) -> tuple[PlannedShift, ...]:
    """Plan officers who share the wishes of the same buildings, each in a shift of their own.

    A presence is met once. Each officer visits all buildings while on shift; the second and
    further ones owe only the visits that are wished and not yet made.

    Parameters
    ----------
    shares
        The presences that each officer is to meet; as many as possible together if None.
    """
    if shares is None and len(problems) == 1:
        planned = plan_day(problems[0], effort=effort)
        return (PlannedShift(problem=problems[0], planned=planned),)
    if shares is None:
        shares, bound = divide_presences(problems)
    else:
        bound = sum(wish.weight for share in shares for wish in share)
    shifts: list[PlannedShift] = []
    seen = np.zeros(problems[0].size, dtype=np.int64)
    for k, (problem, share) in enumerate(zip(problems, shares, strict=True)):
        own = replace(problem, presences=tuple(share))
        if len(problems) > 1:
            # What is open before and after the shift is for the other officers.
            opens = np.maximum(problem.open_s, problem.start_s)
            own = replace(
                own,
                open_s=opens,
                close_s=np.maximum(opens, np.minimum(problem.close_s, problem.end_s)),
                wished_visits=np.maximum(problem.wished_visits - seen, 0),
            )
        planned = plan_day(own, effort=effort)
        np.add.at(seen, [stop.place for stop in planned.stops if not stop.is_break], 1)
        # What is proved of one officer alone says nothing of both, but for the presences.
        bound -= planned.weight
        if len(problems) > 1:
            is_last = k == len(problems) - 1
            planned = replace(
                planned,
                weight_bound=planned.weight + (bound if is_last else 0),
                gap_bound_s=None,
                is_driving_proved=False,
            )
        shifts.append(PlannedShift(problem=own, planned=planned, name=_ordinal(k)))
    return tuple(shifts)


def _ordinal(k: int) -> str:
    return ("", "second shift", "third shift")[k] if k < 3 else f"shift {k + 1}"


def divide_presences(
    problems: Sequence[DayProblem],
) -> tuple[tuple[tuple[WishedPresence, ...], ...], int]:
    """Share the presences of the same buildings among officers, so that most weight is met.

    Returns
    -------
    tuple of tuple, int
        The presences of each officer, and a weight that they cannot exceed together.
    """
    if len(problems) == 1:
        found = best_presences(problems[0])
        met = tuple(problems[0].presences[k] for k in found.met)
        return (met,), found.weight_bound
    team = plan_team(TeamProblem.of_zone({_ordinal(k): p for k, p in enumerate(problems)}))
    return team.met, team.weight_bound
