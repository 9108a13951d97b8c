"""From the words on a command line to the values the library wants."""

from __future__ import annotations

import math
from pathlib import Path

import typer

from zoning.cli.inputs import shown_path
from zoning.errors import OptionError
from zoning.staffing import CostAssumptions, OutsideResponse
from zoning.zones import SolverLimits

_NOT_IN_THE_COMMAND = frozenset({"out", "force", "seed", "date", "earlier"})


def limits(*, time_s: float, gap_percent: float, seed: int) -> SolverLimits:
    """The limits asked for; the gap comes in percent.

    Raises
    ------
    OptionError
        With everything that makes no sense.
    """
    faults = []
    if not time_s > 0:
        faults.append(f"--time-limit {time_s:g} is not a number of seconds above 0")
    if not 0 <= gap_percent < 100:
        faults.append(f"--gap {gap_percent:g} is not a percentage from 0 to below 100")
    if faults:
        raise OptionError("the limits make no sense", faults)
    return SolverLimits(time_s=time_s, gap=gap_percent / 100, seed=seed)


def costs(
    *,
    per_officer: float | None,
    between: tuple[float, float] | None,
    relief_factor: float | None,
) -> CostAssumptions:
    """The costs asked for; a cost of the planner's own has no range unless one is given.

    Raises
    ------
    OptionError
        With everything that makes no sense.
    """
    known = CostAssumptions()
    cost = known.officer_year_usd if per_officer is None else per_officer
    low, high = between or (known.officer_year_range_usd if per_officer is None else (cost, cost))
    relief = known.relief_factor if relief_factor is None else relief_factor
    faults = []
    if not 0 <= cost < math.inf:
        faults.append(f"--cost-per-officer {cost:g} is not an amount of 0 dollars or more")
    elif not 0 <= low <= cost <= high < math.inf:
        faults.append(f"--cost-range {low:g} {high:g} does not hold the cost of {cost:g}")
    if not 1 <= relief < math.inf:
        faults.append(f"--relief-factor {relief:g} is below 1")
    if faults:
        raise OptionError("the costs make no sense", faults)
    return CostAssumptions(
        officer_year_usd=cost, officer_year_range_usd=(low, high), relief_factor=relief
    )


def outside_response(
    *, mean_min: float | None, median_min: float | None, p90_min: float | None, source: str
) -> OutsideResponse | None:
    """The response of the outside police; None if none of its figures was given.

    Raises
    ------
    OptionError
        With every figure that is not a time.
    """
    given = {
        "--police-mean-min": mean_min,
        "--police-median-min": median_min,
        "--police-p90-min": p90_min,
    }
    faults = [
        f"{word} {value:g} is not a number of minutes above 0"
        for word, value in given.items()
        if value is not None and not 0 < value < math.inf
    ]
    if faults:
        raise OptionError("the response of the outside police makes no sense", faults)
    mean_s, median_s, p90_s = (None if m is None else m * 60 for m in given.values())
    if mean_s is None and median_s is None and p90_s is None:
        return None
    return OutsideResponse(mean_s=mean_s, median_s=median_s, p90_s=p90_s, source=source)


def command_words(context: typer.Context) -> tuple[str, ...]:
    """The command as it was given, without the seed, the folder, the date and ``--force``."""
    words = ["zoning", context.info_name or ""]
    for option in context.command.params:
        name = option.name or ""
        source = context.get_parameter_source(name)
        if source is None or source.name != "COMMANDLINE" or name in _NOT_IN_THE_COMMAND:
            continue
        given = context.params[name]
        for one in given if isinstance(given, list) else [given]:
            values = one if isinstance(one, tuple) else (one,)
            flag = [] if option.param_type_name == "argument" else [option.opts[0]]
            words += [*flag, *(_word(value) for value in values)]
    return tuple(words)


def _word(value: object) -> str:
    if isinstance(value, Path):
        return shown_path(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
