"""From a zone problem to the space of its zones."""

from __future__ import annotations

import numpy as np

from zoning.zones.plan import ZonePlan
from zoning.zones.request.costs import Charged
from zoning.zones.request.question import Objective, Question
from zoning.zones.request.restrictions import Restrictions
from zoning.zones.search.continuity import Stability
from zoning.zones.search.reduced_costs import Choice
from zoning.zones.search.travel import Patrol, Station, Travel
from zoning.zones.search.zone_space import ZoneSpace


def zone_space(problem: Question, *, longest_drive_s: float | None = None) -> ZoneSpace:
    """Costs of all zones of a problem's buildings, seconds.

    Parameters
    ----------
    longest_drive_s
        A limit for drives inside a zone, beside the problem's rules.
    """
    parts = [rule.restrictions(problem) for rule in problem.zone_rules]
    if longest_drive_s is not None:
        between = np.maximum(problem.seconds, problem.seconds.T)
        parts.append(Restrictions(apart=between > longest_drive_s))
    rules = Restrictions.all_of(parts)
    costs = [Charged.on(problem, cost) for cost in problem.zone_costs]
    if not isinstance(problem.objective, Objective):
        costs.append(Charged.on(problem, problem.objective))
    return ZoneSpace(
        travel=_travel(problem),
        sizes=problem.sizes,
        choices=_alignment(problem, rules),
        rules=rules,
        extras=tuple(costs),
        stability=stability_of(problem),
    )


def _travel(problem: Question) -> Travel:
    if not isinstance(problem.objective, Objective):
        nothing = np.zeros((problem.n, problem.n))
        return Patrol(pair_s=nothing, presence=np.ones(problem.n), guides=False)
    if problem.objective is Objective.STATION:
        return Station(to_calls=problem.seconds * problem.call_weight)
    presence = np.ones(problem.n) if problem.presence is None else problem.presence
    return Patrol.of(problem.call_weight, problem.seconds, presence)


def _alignment(problem: Question, rules: Restrictions) -> tuple[Choice, ...]:
    if not problem.high_school_ids:
        return ()
    outside = problem.misaligned
    charge = np.where(outside > 0, problem.alignment.charge_s * np.maximum(outside, 1), 0.0)
    if rules.away is not None:
        charge = np.where(rules.away, np.inf, charge)
    needs = np.full(len(problem.high_school_ids), -1)
    if rules.own_school:
        for k, school in enumerate(problem.high_school_ids):
            building = problem.building_of(school)
            if building in problem.building_ids:
                needs[k] = problem.position(building)
            else:
                charge[:, k] = np.inf
    if not (charge.any() or (needs >= 0).any()):
        return ()
    return (Choice(charge, np.zeros(len(needs)), needs),)


def today_of(problem: Question) -> ZonePlan | None:
    """Today's plan, where the problem has a rule or a cost about moving buildings."""
    return next(iter(problem.plans_of_today), None)


def stability_of(problem: Question) -> Stability | None:
    """What departing from today's plan costs; None without such a rule or cost."""
    today = today_of(problem)
    if today is None:
        return None
    number = {
        building: k for k, zone in enumerate(today.patrol_zones) for building in zone.building_ids
    }
    return Stability(
        today=np.array([number.get(b, -1) for b in problem.building_ids]),
        price_s=sum(cost.price_s for cost in problem.moving_costs),
        most=min((rule.most for rule in problem.moving), default=None),
    )
