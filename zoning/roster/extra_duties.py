"""Duties outside the school day, such as games at weekends, shared fairly: a flow."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from ortools.graph.python import min_cost_flow

from zoning.errors import InternalError
from zoning.roster.term_problem import Bools, TermProblem


def share_duties(problem: TermProblem, *, removed: Bools | None = None) -> Bools:
    """Give the duties of a term to officers.

    As many places as possible are filled, then the loads (duties of the term and those before it)
    are as even as possible, then the fewest officers have a duty they would rather not have. Each
    is exact: the sum of squared loads is least, and the loads that make it least also have the
    least maximum, the greatest minimum, and so the least difference of any plan that fills as many
    places (loads of a flow are the integral points of a base polyhedron).

    Parameters
    ----------
    removed
        Shape (officers, duties): who may not come for missing training.

    Returns
    -------
    array
        Shape (officers, duties).

    References
    ----------
    Harvey, Ladner, Lovász and Tamir (2006), Semi-matchings for bipartite graphs and load
    balancing, Journal of Algorithms 59(1). Frank and Murota (2022), Decreasing minimization on
    M-convex sets, Mathematical Programming 195.
    """
    found = np.zeros(problem.duty_available.shape, dtype=np.bool_)
    if not problem.duties:
        return found
    can = problem.duty_available if removed is None else problem.duty_available & ~removed
    flow = min_cost_flow.SimpleMinCostFlow()
    node: dict[object, int] = defaultdict(lambda: len(node))
    total = sum(duty.officers for duty in problem.duties)
    places: dict[int, tuple[int, int]] = {}
    seen: set[object] = set()

    def link(a: object, b: object, capacity: int, cost: int) -> int:
        return int(flow.add_arc_with_capacity_and_unit_cost(node[a], node[b], capacity, cost))

    # One wish outweighs nothing; one step of a load outweighs all wishes; a place outweighs all.
    step = total + 1
    most = int(problem.duties_before.max(initial=0)) + total
    dear = step * (2 * most + 1) * (total + 1)
    for j, duty in enumerate(problem.duties):
        flow.set_node_supply(node["duty", j], duty.officers)
        link(("duty", j), "end", duty.officers, dear)
        week = duty.date.isocalendar()[:2]
        for n in np.flatnonzero(can[:, j]).tolist():
            arc = link(("duty", j), ("day", n, duty.date), 1, int(problem.unwanted[n, j]))
            places[arc] = n, j
            for a, b, capacity in (
                (("day", n, duty.date), ("week", n, week), 1),
                (("week", n, week), ("officer", n), problem.duties_a_week),
            ):
                if (a, b) not in seen:
                    seen.add((a, b))
                    link(a, b, capacity, 0)
            if ("officer", n) not in seen:
                seen.add(("officer", n))
                before = int(problem.duties_before[n])
                for load in range(before + 1, before + int(can[n].sum()) + 1):
                    # Squares grow by odd numbers: load² - (load - 1)².
                    link(("officer", n), "end", 1, step * (2 * load - 1))
    flow.set_node_supply(node["end"], -total)
    if flow.solve() != flow.OPTIMAL:
        raise InternalError("the flow of duties has no answer")
    for arc, (n, j) in places.items():
        found[n, j] = flow.flow(arc) > 0
    return found
