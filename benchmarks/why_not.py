"""Twenty kinds of impossible request on Jefferson County: this commit against an earlier one.

Run from the repository, with the earlier commit in a git worktree:
``git worktree add ../before COMMIT``, then ``python benchmarks/why_not.py ../before``. Each
request is explained by both in turn, in a process of its own; the ratio is of processor
seconds, earlier over now. *Named* is when the set is known and the search for remedies
begins; the earlier commit does not report it. The requests are those of
``tests/test_zones_why_not.py``.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_REPOSITORY = Path(__file__).resolve().parent.parent
_KINDS = 20


def explain_here(number: int, time_s: float) -> dict[str, Any]:
    """Explain one request with the library that this process imports."""
    sys.path.insert(0, str(_REPOSITORY / "tests"))
    requests = importlib.import_module("helpers.impossible_requests")
    from zoning import SolverLimits, solve  # noqa: PLC0415
    from zoning.zones import Progress  # noqa: PLC0415

    base = requests.jefferson()
    asked = requests.impossible_requests(base, requests.todays_plan(base))[number]
    began, work = time.perf_counter(), time.process_time()
    named: list[float] = []

    def watch(progress: Progress) -> None:
        if progress.stage.startswith("looking for changes") and not named:
            named.append(time.process_time() - work)

    result = solve(asked.problem, SolverLimits(time_s=time_s), progress=watch)
    why = result.infeasibility
    return {
        "name": asked.name,
        "status": str(result.status),
        "right": why is not None and set(why.conflict) == set(asked.conflict),
        "set": 0 if why is None else len(why.conflict),
        "remedies": 0 if why is None else len(why.remedies),
        "named_s": named[0] if named else None,
        "work_s": time.process_time() - work,
        "wall_s": time.perf_counter() - began,
    }


def explain(tree: Path, number: int, time_s: float) -> dict[str, Any]:
    """Explain one request with the library of a tree, in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--here", str(number), "--time-limit", str(time_s)],
        env={**os.environ, "PYTHONPATH": str(tree)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def described(found: dict[str, Any]) -> str:
    named = "" if found["named_s"] is None else f"{found['named_s']:.1f}"
    what = "right" if found["right"] else f"{found['set']} rules" if found["set"] else "none"
    return (
        f"{found['work_s']:>8.1f}{found['wall_s']:>8.1f}{named:>7}{what:>10}{found['remedies']:>9}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Twenty impossible requests, before and now.")
    parser.add_argument("before", type=Path, nargs="?", help="a worktree of an earlier commit")
    parser.add_argument("--kinds", type=int, nargs="*", default=list(range(1, _KINDS + 1)))
    parser.add_argument("--time-limit", type=float, default=60.0, help="seconds a request")
    parser.add_argument("--here", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.here is not None:
        print(json.dumps(explain_here(asked.here, asked.time_limit)))
        return
    head = f"{'CPU s':>8}{'wall s':>8}{'named':>7}{'set':>10}{'remedies':>9}"
    print(
        f"{'':<36}{'before' if asked.before else 'now':>42}" + f"{'now':>42}" * bool(asked.before)
    )
    print(f"{'request':<36}{head}" + (head + f"{'ratio':>7}" if asked.before else ""))
    for kind in asked.kinds:
        now = explain(_REPOSITORY, kind - 1, asked.time_limit)
        line = f"{kind:>2} {now['name']:<33}"
        if asked.before:
            before = explain(asked.before, kind - 1, asked.time_limit)
            ratio = before["work_s"] / max(now["work_s"], 1e-3)
            line += f"{described(before)}{described(now)}{ratio:>7.1f}"
        else:
            line += described(now)
        print(line, flush=True)


if __name__ == "__main__":
    main()
