#!/usr/bin/env bash
# A routing callback that raises, or returns a float, makes every arc free in OR-Tools.
#
# Expected: a Python callback that raises ends SolveWithParameters with that error, and one that
# returns a float is refused (TypeError), or its value is rounded.
# Seen in ortools 9.15.6755: no error and no message. Every transit counts as 0, the objective is 0,
# and the status is ROUTING_OPTIMAL: a plan that looks proved and was made without any distances.
# Why it matters: travel times are floats, and a row that is missing is a KeyError. Both are the
# commonest slips of a first model, and its dispatcher gets an arbitrary order, called optimal. Hand
# over integer matrices (RegisterTransitMatrix, RegisterTransitVector) instead.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check ortools==9.15.6755

"$work/venv/bin/python" - <<'PYTHON'
import sys

import ortools
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

print("ortools", ortools.__version__)
MINUTES = [[0, 10, 20, 30], [10, 0, 15, 25], [20, 15, 0, 12], [30, 25, 12, 0]]


def missing(value):
    raise KeyError(value)


seen = {}
for kind, convert in (("int", int), ("float", float), ("raises", missing)):
    manager = pywrapcp.RoutingIndexManager(4, 1, 0)
    routing = pywrapcp.RoutingModel(manager)

    def minutes(start, end):
        return convert(MINUTES[manager.IndexToNode(start)][manager.IndexToNode(end)])

    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitCallback(minutes))
    try:
        found = routing.SolveWithParameters(pywrapcp.DefaultRoutingSearchParameters())
        status = routing_enums_pb2.RoutingSearchStatus.Value.Name(routing.status())
        seen[kind] = found.ObjectiveValue(), status
    except Exception as error:  # whatever it is: expected is any
        seen[kind] = type(error).__name__, ""
    print(f"{kind:7} {seen[kind]}")
free = (0, "ROUTING_OPTIMAL")
sys.exit(0 if seen["int"][0] == 67 and seen["float"] == seen["raises"] == free else 1)
PYTHON
