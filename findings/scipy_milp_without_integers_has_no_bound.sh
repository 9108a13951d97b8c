#!/usr/bin/env bash
# scipy.optimize.milp gives no bound where a programme happens to have no integer variable.
#
# Expected: mip_dual_bound is a number whenever the status is "optimal"; where nothing is integer it
# equals the objective, since the linear programme is solved to its optimum.
# Seen in scipy 1.17.0: with integrality 0 throughout, status 0 (optimal) comes with mip_dual_bound
# and mip_gap None; the same programme with integrality 1 for one variable has both.
# Why it matters: a model that plans officers has integer variables only where there is something to
# decide (training classes, posts). In a term without classes it is a plain linear programme, and
# code that takes a missing bound for "nothing is proved" tells that of an optimum. Where no variable
# is integer, take the objective as the bound.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check scipy==1.17.0 numpy==2.4.0

"$work/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
import scipy
from scipy.optimize import Bounds, LinearConstraint, milp

print("scipy", scipy.__version__)
seen = {}
for kind, integrality in (("linear", [0, 0]), ("one integer", [1, 0])):
    found = milp(
        c=np.array([1.0, 2.0]),
        constraints=LinearConstraint(np.array([[2.0, 1.0]]), lb=1.0),
        bounds=Bounds(0, 10),
        integrality=integrality,
    )
    seen[kind] = found.status, found.fun, found.mip_dual_bound, found.mip_gap
    print(f"{kind:11} status {found.status}, objective {found.fun}, bound {found.mip_dual_bound}")
linear, integer = seen["linear"], seen["one integer"]
sys.exit(0 if linear == (0, 0.5, None, None) and integer[:3] == (0, 1.0, 1.0) else 1)
PYTHON
