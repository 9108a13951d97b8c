#!/usr/bin/env bash
# HiGHS behind MathOpt accepts an interrupter and goes on until its time limit.
#
# Expected: mathopt.solve(..., interrupter=...) ends soon after interrupt() is called ("as soon as
# possible", says its docstring), or refuses an interrupter that the solver cannot use.
# Seen in ortools 9.15.6755: HiGHS takes the interrupter without a word and runs to its time limit
# (6 s, interrupted after 1 s); SCIP behind the same call ends after 1 s. SCIP also writes two error
# lines about an event handler to stderr.
# Why it matters: an interactive planner ties a stop button to the interrupter. With HiGHS, which
# proves set partitioning fastest of the solvers in the wheel, the button does nothing; the solver has
# to run in a process that can be ended.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check ortools==9.15.6755

"$work/venv/bin/python" - <<'PYTHON'
import random
import sys
import threading
import time
from datetime import timedelta

import ortools
from ortools.math_opt.python import mathopt
from ortools.util.python.solve_interrupter import SolveInterrupter

print("ortools", ortools.__version__)
LIMIT_S, AFTER_S = 6.0, 1.0
# Splitting four markets evenly among 34 retailers: quick to state, long to prove.
numbers = random.Random(1)
model = mathopt.Model()
takes = [model.add_binary_variable() for _ in range(34)]
misses = []
for _ in range(4):
    sales = [numbers.randint(0, 99) for _ in takes]
    over, under = model.add_variable(lb=0.0), model.add_variable(lb=0.0)
    misses += [over, under]
    half = sum(sales) // 2
    model.add_linear_constraint(
        sum(s * t for s, t in zip(sales, takes)) + under - over == half
    )
model.minimize(sum(misses))


def seconds(solver):
    interrupter = SolveInterrupter()
    threading.Timer(AFTER_S, interrupter.interrupt).start()
    begin = time.monotonic()
    limit = mathopt.SolveParameters(time_limit=timedelta(seconds=LIMIT_S))
    mathopt.solve(model, solver, params=limit, interrupter=interrupter)
    return time.monotonic() - begin


took = {s.name: seconds(s) for s in (mathopt.SolverType.HIGHS, mathopt.SolverType.GSCIP)}
for name, length in took.items():
    print(f"{name:6} interrupted after {AFTER_S:g} s, ended after {length:.1f} s")
goes_on = took["HIGHS"] > LIMIT_S - 1
stops = took["GSCIP"] < LIMIT_S - 1
sys.exit(0 if goes_on and stops else 1)
PYTHON
