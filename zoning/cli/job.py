"""One run of a command: check, read, compute, write, show."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer

from zoning.cli.district_request import DistrictRequest
from zoning.cli.driving import DrivingRequest
from zoning.cli.earlier import EarlierRelease, told_together
from zoning.cli.exits import INTERRUPTED, NO_PLAN
from zoning.cli.finished import FinishedComparison
from zoning.cli.inputs import RoleAndPath, hashes, with_parts
from zoning.cli.progress import telling
from zoning.cli.show import Screen
from zoning.cli.zone_request import ZoneOrder, ZoneRequest, require_possible_words
from zoning.demand import call_rates
from zoning.district import District
from zoning.errors import DistrictNotice, OutputError
from zoning.files import claim
from zoning.patrol import PatrolAssumptions
from zoning.reports import (
    Order,
    Purpose,
    ResultsFolder,
    RunSettings,
    names_in,
    output_files,
)
from zoning.response import ResponseAssumptions
from zoning.staffing import (
    CostAssumptions,
    OptionOutcome,
    StaffingComparison,
    StaffingOption,
    compare_staffing,
)
from zoning.zones import SolverLimits, ZonePlan, read_plan
from zoning.zones.review.comparison import PlanComparison, compare_plans

_OTHER_STEPS = 2  # travel times before the options, the map after them


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a command was asked to do, checked as far as words can be.

    Attributes
    ----------
    command
        The words to repeat it, see `zoning.cli.request.command_words`.
    district, driving, zones
        Which district, driven how, and which zones, from which files.
    calls_per_school_day, costs, limits
        See `zoning.call_rates`, `CostAssumptions` and `SolverLimits`.
    out, force
        Where the files go, and whether over others.
    order
        Which files, for whom. Of a plan alone nothing is written if there is none.
    improved
        A plan to improve; None for a plan from scratch.
    finished
        A comparison whose zones are taken; None to solve for them.
    """

    command: tuple[str, ...]
    district: DistrictRequest
    driving: DrivingRequest
    zones: ZoneRequest
    calls_per_school_day: float
    costs: CostAssumptions
    limits: SolverLimits
    out: Path
    force: bool
    order: Order
    improved: Path | None = None
    finished: FinishedComparison | None = None

    def run(
        self,
        screen: Screen,
        options: Callable[[District, ZoneOrder], Sequence[StaffingOption]],
    ) -> None:
        """Do it, from the check of the folder to the last line on the screen.

        Parameters
        ----------
        options
            The staffing options for the district that was read.

        Raises
        ------
        typer.Exit
            If there is no plan, and so nothing to write; or if the user stopped
            the search, after the best plan so far was written.
        ZoningError
            If an input cannot be used or a file cannot be written.
        """
        self.order.require_means()
        with claim(self.out):
            self._run(screen, options)

    def _run(
        self,
        screen: Screen,
        options: Callable[[District, ZoneOrder], Sequence[StaffingOption]],
    ) -> None:
        self._folder((*self.district.files(), *self.zones.files(), *self._own_files()))
        warned: list[str] = []
        with district_notices(warned):
            district = self.district.read()
            calls = call_rates(district.schools, calls_per_school_day=self.calls_per_school_day)
            patrol_profile, emergency_profile = self.driving.profiles(district)
            before = None if self.improved is None else read_plan(self.improved, district.schools)
            order = self.zones.order(district, plan=before, profile=emergency_profile)
        released = [EarlierRelease.read(one) for one in self.order.earlier]
        chosen = tuple(options(district, order))
        require_possible_words(chosen, district, calls)
        inputs = (*self.district.files(), *self._own_files(), *order.files)
        option_ids = [option.option_id for option in chosen]
        self.order.require_options(option_ids)
        solved = None
        if self.finished is not None:
            self.finished.require_inputs(hashes((*self.district.files(), *order.files)))
            solved = self.finished.solved(district.schools)
        folder = self._folder(inputs, option_ids)
        pictures = [name for name in self.order.names(option_ids) if _is_picture(name)]
        with (
            telling(screen.err, steps=len(chosen) + _OTHER_STEPS + len(pictures)) as tell,
            district_notices(warned),
        ):
            comparison = compare_staffing(
                district,
                chosen,
                calls=calls,
                costs=self.costs,
                patrol=self._patrol,
                patrol_profile=patrol_profile,
                emergency_profile=emergency_profile,
                limits=self.limits,
                progress=tell,
                solved=solved,
            )
            if self.finished is not None:
                self.finished.require_figures(comparison)
            self._require_plan(screen, comparison)
            changes = _changes(before, comparison)
            tell("map and tables", None)
            try:
                files = self._files(
                    comparison,
                    inputs,
                    changes,
                    tell=lambda name: tell(name, None) if name in pictures else None,
                )
                paths = folder.write(files)
            except OutputError:
                self._show(screen, comparison, warned, changes)
                raise
        self._show(screen, comparison, warned, changes)
        if released:
            said = told_together(comparison, released, edition=self.order.edition)
            screen.told_together(said)
        screen.files(paths)
        if any(_interrupted(outcome) for outcome in comparison.outcomes):
            screen.fail("Interrupted; the best found until then was written.", headline="")
            raise typer.Exit(INTERRUPTED)

    @property
    def _compared(self) -> bool:
        return self.order.purpose is not Purpose.PLAN

    @property
    def _patrol(self) -> PatrolAssumptions:
        return PatrolAssumptions(seed=self.limits.seed)

    def _own_files(self) -> Iterator[RoleAndPath]:
        yield from self.driving.files()
        if self.improved is not None:
            yield from with_parts("plan", self.improved)
        if self.finished is not None:
            yield from self.finished.files()
        if self.order.template is not None:
            yield "template", self.order.template

    def _folder(
        self, inputs: Iterable[RoleAndPath], option_ids: Sequence[str] = ()
    ) -> ResultsFolder:
        return ResultsFolder.prepare(
            self.out,
            self.order.names(option_ids),
            edition=self.order.edition,
            replace=self.force,
            stale_files=self.order.strangers(names_in(self.out), option_ids),
            inputs=[path for _, path in inputs],
        )

    def _require_plan(self, screen: Screen, comparison: StaffingComparison) -> None:
        only = comparison.outcomes[0]
        if self._compared or only.plan is not None:
            return
        if _interrupted(only):
            screen.fail("Interrupted before a plan was found; no file was changed.", headline="")
            raise typer.Exit(INTERRUPTED)
        screen.fail(str(only.zoning), headline="")
        raise typer.Exit(NO_PLAN)

    def _files(
        self,
        comparison: StaffingComparison,
        inputs: Iterable[RoleAndPath],
        changes: PlanComparison | None,
        *,
        tell: Callable[[str], None],
    ) -> dict[str, bytes]:
        settings = RunSettings(
            command=self.command,
            inputs=hashes(inputs),
            calls_per_school_day=self.calls_per_school_day,
            limits=self.limits,
            patrol=self._patrol,
            response=ResponseAssumptions(),
            date=self.order.date,
        )
        return output_files(comparison, settings, self.order, changes=changes, tell=tell)

    def _show(
        self,
        screen: Screen,
        comparison: StaffingComparison,
        warned: Sequence[str],
        changes: PlanComparison | None,
    ) -> None:
        screen.comparison(comparison, edition=self.order.edition)
        if self.finished is not None:
            pass  # what would make an option possible was said when it was compared
        elif self._compared:
            screen.impossible(comparison.outcomes)
        else:
            screen.proofs(comparison.outcomes, edition=self.order.edition)
        for outcome in comparison.outcomes:
            if _interrupted(outcome) and outcome.zoning is not None:
                screen.stopped(outcome.label, outcome.zoning)
        if changes is not None and self.improved is not None:
            screen.changes(changes, since=self.improved)
        estimate = comparison.emergency_times.estimate
        screen.notices(n for n in (*warned, *comparison.notices) if n != estimate)


def _changes(before: ZonePlan | None, comparison: StaffingComparison) -> PlanComparison | None:
    """What changed from the plan that was improved, by level of school."""
    only = comparison.outcomes[0]
    if before is None or only.plan is None or only.zoning is None:
        return None
    levels = comparison.district.buildings["level"]
    return compare_plans(before, only.plan, only.zoning.problem, groups=levels)


def _is_picture(name: str) -> bool:
    return name.endswith((".png", ".svg"))


def _interrupted(outcome: OptionOutcome) -> bool:
    return outcome.zoning is not None and outcome.zoning.interrupted


@contextmanager
def district_notices(heard: list[str]) -> Iterator[None]:
    """Keep the library's notices for the end, each once; every other warning goes its way."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DistrictNotice)
        yield
    for warning in caught:
        if issubclass(warning.category, DistrictNotice):
            # Streets say the same of every profile.
            if str(warning.message) not in heard:
                heard.append(str(warning.message))
        else:
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno
            )
