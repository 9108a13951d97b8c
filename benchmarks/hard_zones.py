"""Requests that are hard to prove on Jefferson County: the gap, and what stops the proof.

Run from the repository: ``python benchmarks/hard_zones.py``, or with some of the cases and
a time limit in seconds: ``python benchmarks/hard_zones.py "21 zones" --time-limit 60``.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from zoning import (
    OwnCost,
    SolverLimits,
    TourLength,
    ZoneProblem,
    design_zones,
    load_district,
    solve,
)
from zoning.zones import AtMostMoved

_DISTRICT = load_district("jefferson")


def problem(**request: object) -> ZoneProblem:
    if _DISTRICT.network is None:
        raise SystemExit("the embedded district has lost its streets")
    times = _DISTRICT.network.travel_times(_DISTRICT.schools, profile="emergency")
    return ZoneProblem.from_schools(_DISTRICT.schools, times, **request)  # type: ignore[arg-type]


def few_moves() -> ZoneProblem:
    given = problem(zones=30)
    today = solve(given).plan
    assert today is not None
    return problem(zones=29, rules=[AtMostMoved(today=today, most=12)])


def own_price() -> ZoneProblem:
    """A cost without a bound by pairs: it is known only when a zone is complete."""
    seconds = problem(zones=30).seconds
    places = {b: k for k, b in enumerate(problem(zones=30).building_ids)}

    def farthest(zone: frozenset[str]) -> float:
        at = [places[b] for b in zone]
        return float(seconds[at][:, at].max())

    return problem(zones=30, costs=[OwnCost(name="farthest", cost=farthest, price_s=0.2)])


CASES: dict[str, Callable[[], ZoneProblem]] = {
    "21 zones": lambda: problem(zones=21),
    "21 zones, alignment off": lambda: problem(zones=21, alignment="off"),
    "22 zones": lambda: problem(zones=22),
    "strict, fewest zones": lambda: problem(zones=None, alignment="strict"),
    "presence by calls": lambda: problem(zones=30, presence="demand"),
    "presence by calls, 21 zones": lambda: problem(zones=21, presence="demand"),
    "round trips": lambda: problem(zones=30, costs=[TourLength(price_s=1.0)]),
    "longest drive of each zone": own_price,
    "29 zones, 12 buildings move": few_moves,
    "waiting officers, 21 zones": lambda: problem(zones=21, objective="station"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Requests that are hard to prove.")
    parser.add_argument("cases", nargs="*", default=list(CASES), help="; ".join(CASES))
    parser.add_argument("--time-limit", type=float, default=300.0, help="seconds, for each")
    parser.add_argument("--candidates", type=int, default=SolverLimits().candidates)
    given = parser.parse_args()
    # The machine code of the loops is made on the first run and kept: not part of a search.
    design_zones(
        _DISTRICT.schools, _DISTRICT.network.travel_times(_DISTRICT.schools), zones=40
    ) if _DISTRICT.network else None
    print(f"{'case':<30}{'objective':>10}{'bound':>10}{'gap':>9}{'CPU s':>8}{'wall s':>8}  end")
    for name in given.cases:
        asked = CASES[name]()
        cpu, wall = time.process_time(), time.monotonic()
        found = solve(asked, SolverLimits(time_s=given.time_limit, candidates=given.candidates))
        cpu, wall = time.process_time() - cpu, time.monotonic() - wall
        objective = float("nan") if found.objective_s is None else found.objective_s / 60
        gap = float("nan") if found.gap is None else found.gap
        print(
            f"{name:<30}{objective:>10.2f}{found.lower_bound_s / 60:>10.2f}{gap:>9.3%}{cpu:>8.1f}"
            f"{wall:>8.1f}  {found.stopped_by or 'proved'}, over {found.bound_over}",
            flush=True,
        )


if __name__ == "__main__":
    main()
