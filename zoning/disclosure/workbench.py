"""The view of a workbench: the zones of one problem, to be changed by hand."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from zoning.district import District
from zoning.editions import WORKBENCH_MARK
from zoning.errors import FaultsError, PlanError, first_few
from zoning.zones import (
    Alternatives,
    Objective,
    Status,
    ZonePlan,
    ZoneProblem,
    ZoningResult,
    check_plan,
)
from zoning.zones.search.zone_space import today_of, zone_space
from zoning.zones.solve.result import percent

DEFAULT_TITLE: Final = "Workbench for patrol zones"
TODAY: Final = "Today"
BEST: Final = "Best plan"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StartPlan:
    """A plan that a workbench opens with.

    Attributes
    ----------
    name, meaning
        What it is called, and what it is in a sentence.
    proof
        How good it is known to be; '' where nothing is proved.
    """

    name: str
    plan: ZonePlan
    meaning: str = ""
    proof: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanBound:
    """What is proved of every plan that keeps the rules.

    Attributes
    ----------
    objective_s
        Building-seconds: no plan has a smaller objective.
    over
        The zones that the bound covers, in words.
    drive_s
        With the objective ``worst``: every plan has a drive at least this long; else None.
    drives_to_s
        With the objective ``worst``: ``objective_s`` is proved for plans without a longer
        drive alone; else None.
    """

    objective_s: float
    over: str
    drive_s: float | None = None
    drives_to_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WorkbenchView:
    """What a workbench may show: everything that decides the figures of a plan. Restricted.

    Attributes
    ----------
    problem
        The buildings to divide, with objective, rules and costs.
    starts
        Plans to start from, at least one; the page opens with the first.
    bound
        What is proved of all plans; None if the problem was not solved.
    today
        The plan in force; None if it is not known.
    title, date
        Heading of the page, and the plan's date.
    study
        How the study is named in commands; '' without one.
    notices
        Further sentences for the foot of the page.
    made_from
        Hash or text of each input by its name, to see later which has changed.

    Raises
    ------
    FaultsError
        If there is no plan to start from, or two have one name.
    PlanError
        If the problem is of another district, or a plan of other buildings, or too large for
        a cost; names the plan.
    """

    district: District = field(repr=False)
    problem: ZoneProblem
    starts: tuple[StartPlan, ...]
    bound: PlanBound | None = None
    today: ZonePlan | None = None
    title: str = DEFAULT_TITLE
    date: datetime.date | None = None
    study: str = ""
    notices: tuple[str, ...] = ()
    made_from: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = [start.name for start in self.starts]
        faults = [f"two plans are called {name!r}" for name in names if names.count(name) > 1]
        faults += ["a plan has no name"] if not all(name.strip() for name in names) else []
        if not names:
            faults.append("there is no plan")
        if faults:
            raise FaultsError(
                "the workbench has nothing to start from",
                list(dict.fromkeys(faults)),
                "Give plans by name, or a result that has a plan.",
            )
        known = set(self.district.buildings.index)
        unknown = {*self.problem.building_ids, *self.problem.dedicated} - known
        if unknown:
            raise PlanError(
                "the problem's buildings are not the district's", first_few(sorted(unknown))
            )
        for start in self.starts:
            try:
                check_plan(start.plan, self.problem)
            except PlanError as error:
                raise PlanError(
                    f"{start.name}: {error.headline}", error.faults, error.remedy
                ) from error

    @property
    def mark(self) -> str:
        """The mark of every restricted file of this kind."""
        return WORKBENCH_MARK

    @classmethod
    def of(
        cls,
        district: District,
        shown: ZoneProblem | ZoningResult | Alternatives,
        plans: Mapping[str, ZonePlan] | None = None,
        *,
        today: ZonePlan | None = None,
        title: str | None = None,
        date: datetime.date | None = None,
        study: str = "",
        notices: Sequence[str] = (),
        made_from: Mapping[str, str] = MappingProxyType({}),
    ) -> WorkbenchView:
        """Make the view of a problem, or of its solved plans; see `zoning.maps.workbench`."""
        results = _results(shown)
        if results:
            # A number of zones that was left to the solver is known now, and proved for.
            problem = results[0].problem
        else:
            problem = shown if isinstance(shown, ZoneProblem) else shown.problem
        in_force = today_of(problem) or today
        if in_force is None and isinstance(shown, Alternatives):
            in_force = shown.today
        starts = [StartPlan(name=name, plan=plan) for name, plan in (plans or {}).items()]
        told: tuple[str, ...] = (_describe_best(results),)
        names: tuple[str, ...] = (BEST,)
        if isinstance(shown, Alternatives):
            names = shown.names
            told = (*told, *(shown.describe() if results else ()))
        starts += [
            StartPlan(
                name=name,
                plan=result.plan,
                meaning=meaning.removeprefix(f"{name}: "),
                proof=_describe_proof(result),
            )
            for name, meaning, result in zip(names, told, results, strict=False)
            if result.plan is not None
        ]
        # A plan under review from which moves are counted is there already, by its name.
        given = (plans or {}).values()
        if in_force is not None and in_force not in given and _is_of(in_force, problem):
            starts.append(StartPlan(name=TODAY, plan=in_force, meaning="The zones in force."))
        return cls(
            district=district,
            problem=problem,
            starts=tuple(starts),
            bound=_bound(results[0]) if results else None,
            today=in_force,
            title=DEFAULT_TITLE if title is None else title,
            date=date,
            study=study,
            notices=tuple(notices),
            made_from=dict(made_from),
        )


def _results(shown: ZoneProblem | ZoningResult | Alternatives) -> list[ZoningResult]:
    """The results that have a plan, the best first."""
    if isinstance(shown, ZoneProblem):
        return []
    results = shown.results if isinstance(shown, Alternatives) else (shown,)
    return [result for result in results if result.plan is not None]


def _describe_best(results: Sequence[ZoningResult]) -> str:
    if results and results[0].status is Status.OPTIMAL:
        return "The best plan: proved."
    return "The best plan that was found."


def _describe_proof(result: ZoningResult) -> str:
    gap = "" if result.gap is None else f", gap {percent(result.gap)} over {result.bound_over}"
    return f"{result.status}{gap}" + (f", of {result.among}" if result.among else "")


def _bound(best: ZoningResult) -> PlanBound | None:
    """The bound of a result, if it covers every plan that keeps the rules."""
    # One over candidate zones says nothing of a zone that is made by hand.
    if best.among or best.bound_over != zone_space(best.problem).covers:
        return None
    drive = best.drive
    worst = best.problem.objective is Objective.WORST
    return PlanBound(
        objective_s=best.lower_bound_s,
        over=best.bound_over,
        drive_s=None if drive is None else drive.bound_s,
        drives_to_s=best.score.longest_drive_s if worst and best.score is not None else None,
    )


def _is_of(plan: ZonePlan, problem: ZoneProblem) -> bool:
    """Whether a plan divides the buildings of a problem, so that it can be started from."""
    try:
        check_plan(plan, problem)
    except PlanError:
        return False
    return True
