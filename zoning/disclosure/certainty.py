"""How sure a comparison is: options under stress, and which assumption changes their order."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import pandas as pd

from zoning.editions import Edition
from zoning.response import StressTest
from zoning.response.stress import BASE
from zoning.staffing import Sensitivity, StaffingComparison, public_stress_table
from zoning.staffing.figures import NOT_COMPUTED, OVERLOADED, WITHHELD, response_text
from zoning.staffing.precision import withheld_columns, withheld_reason
from zoning.units import counted

LOSE_MOST: Final = 10
"""Length of the list of buildings that lose most, for each option and stress."""
_DIGITS: Final = 2  # of the calls that officers can keep up with: the margin of a simulation


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What was computed of a comparison: the stress tests by option, and the sensitivity."""

    tests: Mapping[str, StressTest]
    sensitivity: Sensitivity | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Certainty:
    """The stress tests and the sensitivity of a comparison, in one edition.

    Attributes
    ----------
    stress
        Index (``option_id``, ``stress``); as `zoning.staffing.public_stress_table`, or exact.
    buildings
        Index (``option_id``, ``stress``, ``building_id``), the `LOSE_MOST` of each option and
        stress; ``mean_s``, ``change_s``. Restricted; empty in the public edition.
    withheld
        Why figures of an option are withheld, by option; only those where some are.
    most_calls
        Calls a school-day and building that the officers can keep up with, by option; those
        that are withheld are left out.
    calls
        Calls a school-day and building that were assumed, by option.
    labels
        Of the options, by id.
    sensitivity
        None if no option with officers is on today's schools.
    notices
        Plain sentences on what was assumed.
    """

    stress: pd.DataFrame = field(repr=False)
    buildings: pd.DataFrame = field(repr=False)
    withheld: Mapping[str, str]
    most_calls: Mapping[str, float]
    calls: Mapping[str, float]
    labels: Mapping[str, str]
    sensitivity: Sensitivity | None
    notices: tuple[str, ...]

    @classmethod
    def of(cls, comparison: StaffingComparison, checks: Checks, edition: Edition) -> Certainty:
        """Make the tables of an edition."""
        tests, found = checks.tests, checks.sensitivity
        public = edition is Edition.PUBLIC
        names = ["option_id", "stress"]
        if public:
            stress = public_stress_table(comparison, tests)
            found = None if found is None else _without_secret_calls(found, comparison)
        else:
            stress = _joined({option: test.table for option, test in tests.items()}, names)
        lost = {option: test.buildings for option, test in tests.items() if not public}
        columns = {"mean_response_s", "p90_response_s", _CALLS}
        hidden = {
            option: withheld_reason(comparison.outcome(option))
            for option in tests
            if public and columns & withheld_columns(comparison.outcome(option))
        }
        told = dict.fromkeys(line for test in tests.values() for line in test.notices)
        return cls(
            stress=stress,
            buildings=_lose_most(_joined(lost, [*names, "building_id"])),
            withheld=hidden,
            most_calls={
                option: _round(test.most_calls) if public else test.most_calls
                for option, test in tests.items()
                if option not in hidden and not math.isnan(test.most_calls)
            },
            calls={o: float(comparison.part_of(o).calls.per_day.mean()) for o in tests},
            labels={option: comparison.outcome(option).label for option in tests},
            sensitivity=found,
            notices=(*told, *(() if found is None else found.notices)),
        )

    def ranking(self) -> tuple[str, ...]:
        """Say which assumption changes the order of which options."""
        if self.sensitivity is None or len(self.sensitivity.labels) < 2:
            return ()
        return self.sensitivity.describe()

    def loads(self) -> Iterator[str]:
        """Say up to how many calls the officers of each option can keep up."""
        for option, most in self.most_calls.items():
            label, now = self.labels[option], self.calls[option]
            if most <= now:
                yield f"{label}: officers cannot keep up with {now:.2f} calls {_EACH}."
            elif math.isinf(most):
                yield f"{label}: outside police answer the calls that officers cannot."
            else:
                yield (
                    f"{label}: officers keep up with at most about {most:.{_DIGITS}g} calls "
                    f"{_EACH}; {now:.2f} are assumed."
                )

    def sentences(self) -> tuple[str, ...]:
        """All of it in sentences, for a page; of many changes of the order the first."""
        every = self.ranking()
        more = len(every) - _SHOWN
        rest = [f"{counted(more, 'further change')}: see sensitivity.csv."] if more > 0 else []
        return (*every[:_SHOWN], *rest, *self.loads(), *self.notices)

    def cell(self, option_id: str, stress: str) -> tuple[str, ...]:
        """The mean of an option under stress, its change, and what limits both, line by line."""
        if (option_id, stress) not in self.stress.index:
            return (NOT_COMPUTED,)
        row = self.stress.loc[[(option_id, stress)]].to_dict("records")[0]
        if row["is_overloaded"] is True:
            return (OVERLOADED,)
        outside, change, mean = (float(row[c]) for c in ("outside_share", "change_s", "mean_s"))
        left = f"{max(round(100 * outside), 1)} % of calls unanswered" if outside > 0 else ""
        if outside == 1:
            left = "no officer answers"
        if math.isnan(outside) and row["note"]:
            left = "not all calls are answered"
        if math.isnan(mean):
            return (left or (WITHHELD if option_id in self.withheld else NOT_COMPUTED),)
        lines = [response_text(mean), left]
        if stress != BASE and row["change_low_s"] <= 0 <= row["change_high_s"] and change != 0:
            # A large change whose interval holds 0 is not none: too few days tell how large.
            small = abs(change) < _SMALL_CHANGE_S
            lines.append("no clear change" if small else "too uncertain to tell the change")
        elif stress != BASE and not math.isnan(change):
            lines[0] += f" ({change / 60:+.1f})"
        return tuple(filter(None, lines))


_SMALL_CHANGE_S: Final = 120.0
"""Our choice: nobody would call a change of two minutes or more none."""
_CALLS: Final = "calls_per_day"
_SHOWN: Final = 6  # sentences on the ranking that a page shows
_EACH: Final = "a school-day and building"


def _without_secret_calls(found: Sensitivity, comparison: StaffingComparison) -> Sensitivity:
    """The public sensitivity; without the call rate where the calls of an option are withheld."""
    public = found.for_public(comparison)
    if not any(_CALLS in withheld_columns(comparison.outcome(o)) for o in found.labels):
        return public
    return replace(
        public,
        means=public.means.drop(_CALLS, level="assumption"),
        order=public.order.drop(_CALLS, level="assumption"),
        assumptions={key: one for key, one in public.assumptions.items() if key != _CALLS},
    )


def _joined(tables: Mapping[str, pd.DataFrame], names: list[str]) -> pd.DataFrame:
    if not tables:
        index = pd.MultiIndex.from_arrays([[] for _ in names], names=names)
        return pd.DataFrame({"mean_s": [], "change_s": []}, index=index, dtype=float)
    return pd.concat(dict(tables), names=names)


def _lose_most(buildings: pd.DataFrame) -> pd.DataFrame:
    """The buildings that lose most, the worst first, for each option and stress."""
    stressed = buildings[buildings.index.get_level_values("stress") != BASE]
    by_loss = stressed.dropna(subset="change_s").sort_values(
        "change_s", ascending=False, kind="stable"
    )
    first = by_loss.groupby(level=["option_id", "stress"], sort=False).head(LOSE_MOST)
    keys = list(stressed.index)
    place = {key[:2]: k for k, key in reversed(list(enumerate(keys)))}
    order = sorted(range(len(first)), key=lambda k: place[first.index[k][:2]])
    return first.iloc[order]


def _round(value: float) -> float:
    return value if not math.isfinite(value) else float(f"{value:.{_DIGITS}g}")
