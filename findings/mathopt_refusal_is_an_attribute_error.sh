#!/usr/bin/env bash
# A model that a solver refuses ends in an unrelated AttributeError in MathOpt's Python.
#
# Expected: where a solver behind MathOpt refuses a model (HiGHS takes no coefficient from 1e15 up,
# GLOP no integer variable), mathopt.solve raises an error that says so.
# Seen in ortools 9.15.6755: AttributeError, 'StatusNotOk' object has no attribute
# 'canonical_code'. What the solver said is lost. SCIP solves the same model.
# Why it matters: a districting model with costs in milliseconds and a large penalty reaches such
# coefficients. A caller who catches the errors that MathOpt documents lets this one through, and
# cannot tell its user what to change; it has to catch AttributeError and scale or change solvers.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check ortools==9.15.6755

"$work/venv/bin/python" - <<'PYTHON'
import sys

import ortools
from ortools.math_opt.python import mathopt

print("ortools", ortools.__version__)
large = 1e16
model = mathopt.Model()
share, whole = model.add_variable(lb=0.0, ub=1.0), model.add_binary_variable()
model.add_linear_constraint(large * share + whole <= large)
model.maximize(share + whole)
seen = {}
for solver in (mathopt.SolverType.HIGHS, mathopt.SolverType.GLOP, mathopt.SolverType.GSCIP):
    try:
        seen[solver.name] = mathopt.solve(model, solver).termination.reason.name
    except Exception as error:  # whatever it is: the finding is about which
        seen[solver.name] = f"{type(error).__name__}: {error}"
    print(f"{solver.name:6} {seen[solver.name]}")
lost = "AttributeError: 'StatusNotOk' object has no attribute 'canonical_code'"
sys.exit(0 if seen == {"HIGHS": lost, "GLOP": lost, "GSCIP": "OPTIMAL"} else 1)
PYTHON
