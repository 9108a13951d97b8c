"""Run a planning command: check, read, compute, write, print."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import typer

from zoning.cli.comparison_table import (
    show_changes,
    show_comparison,
    show_impossible,
    show_proofs,
    show_stopped,
)
from zoning.cli.options import RoleAndPath, path_to_show
from zoning.cli.run_request import DistrictZonesRequest, RunRequest
from zoning.cli.screen import INTERRUPTED, NO_PLAN, Screen, collect_notices, show_progress
from zoning.cli.zone_request import ZoneFiles, building_id, require_possible_zones
from zoning.demand import CallRates, call_rates
from zoning.disclosure.releases import describe_disclosure
from zoning.district import District
from zoning.editions import Edition
from zoning.errors import OutputError
from zoning.files import ResultsFolder, claim, names_in
from zoning.patrol import PatrolAssumptions
from zoning.reports import (
    InputFile,
    Order,
    Purpose,
    RunSettings,
    check_names,
    meaning_of,
    output_files,
    stale_files,
)
from zoning.response import ResponseAssumptions
from zoning.roads import Profile
from zoning.schools import notices as school_notices
from zoning.staffing import (
    OptionOutcome,
    StaffingComparison,
    StaffingOption,
    compare_staffing,
)
from zoning.staffing.comparison import district_times
from zoning.study.runs import Run, read_run
from zoning.zones import (
    PlanComparison,
    ZonePlan,
    ZoneProblem,
    compare_plans,
    read_plan,
)

_OTHER_STEPS = 2  # one for travel times before the options, one for the map after them

Options = Callable[[District, ZoneFiles], Sequence[StaffingOption]]
"""The staffing options of a run, for the district that was read and the zones asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inputs:
    """Inputs of both kinds of run, read and checked before travel times are computed.

    Attributes
    ----------
    plan
        The plan that the command is about; None for one from scratch.
    profiles
        Of driving on patrol and to a call.
    """

    district: District
    calls: CallRates
    profiles: tuple[Profile, Profile]
    plan: ZonePlan | None
    zones: ZoneFiles

    @classmethod
    def read(cls, asked: DistrictZonesRequest) -> _Inputs:
        district = asked.district.open()
        calls = call_rates(district.schools, calls_per_school_day=asked.calls.rate())
        profiles = asked.driving.profiles(district)
        plan = None if asked.plan is None else read_plan(asked.plan, district.schools)
        zones = asked.zones.open(district, plan=plan, profile=profiles[1])
        return cls(district=district, calls=calls, profiles=profiles, plan=plan, zones=zones)


# Questions about a plan.


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanUnderReview:
    """A plan with the problem that it is checked against, and notices.

    Attributes
    ----------
    building
        Id of the building that is asked about; '' for none.
    """

    plan: ZonePlan
    problem: ZoneProblem
    building: str
    notices: tuple[str, ...]


def read_plan_under_review(
    asked: DistrictZonesRequest, screen: Screen, *, school: str | None = None
) -> PlanUnderReview:
    """Read every file and compute travel times; report progress on the screen.

    ``school``: the school that is asked about, by its id or name.

    Raises `FaultsError` if an input cannot be used.
    """
    warned: list[str] = []
    with collect_notices(warned):
        inputs = _Inputs.read(asked)
        schools = inputs.district.schools
        building = "" if school is None else building_id(school, inputs.district)
        option = replace(inputs.zones.option, start=None)
        require_possible_zones([option], inputs.district, inputs.calls)
        with show_progress(screen.err, steps=1) as tell:
            tell("travel times", None)
            times = district_times(inputs.district, inputs.profiles[1])
        problem = option.problem(schools, times, calls=inputs.calls)
    notices = (*warned, *school_notices(schools), *inputs.calls.notices)
    assert inputs.plan is not None  # every command that calls this requires a plan
    return PlanUnderReview(
        plan=inputs.plan,
        problem=problem,
        building=building,
        notices=tuple(dict.fromkeys(notices)),
    )


def check_folder(asked: DistrictZonesRequest, out: Path, *, force: bool) -> ResultsFolder:
    """Check the folder for the files of a check, before anything is read."""
    inputs = (*asked.files(), *asked.zones.files())
    return ResultsFolder.prepare(
        out,
        check_names(),
        edition=Edition.RESTRICTED,
        replace=force,
        stale_files=stale_files(names_in(out), check_names()),
        inputs=[path for _, path in inputs],
    )


# Plans and comparisons.


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanningRun:
    """The computation and the files of a planning command.

    Attributes
    ----------
    command
        The words to repeat it, see `zoning.cli.options.command_words`.
    asked
        The command's options; with ``asked.plan`` a plan is improved.
    out
        Folder of the files.
    order
        The files to write. ``zoning plan`` writes nothing if no plan exists.
    finished
        A comparison whose zones are taken; None to solve for them.
    """

    command: tuple[str, ...]
    asked: RunRequest
    out: Path
    order: Order
    finished: Run | None = None

    def run(self, screen: Screen, options: Options) -> None:
        """Run the command, from the check of the folder to the last line on the screen.

        Raises `typer.Exit` if there is no plan, and so nothing to write; or if the user stopped
        the search, after the best plan so far was written. Raises `ZoningError` if an input cannot
        be used or a file cannot be written.
        """
        self.order.require_packages()
        with claim(self.out):
            self._run(screen, options)

    def _run(self, screen: Screen, options: Options) -> None:
        self._folder((*self._files(), *self.asked.zones.files()))
        warned: list[str] = []
        with collect_notices(warned):
            read = _Inputs.read(self.asked)
        released = [read_run(one).release() for one in self.order.earlier]
        chosen = tuple(options(read.district, read.zones))
        require_possible_zones(chosen, read.district, read.calls)
        inputs = (*self._files(), *read.zones.files)
        option_ids = [option.option_id for option in chosen]
        self.order.require_options(option_ids)
        solved = None
        if self.finished is not None:
            self.finished.require_files((*self.asked.district.files(), *read.zones.files))
            solved = self.finished.solved(read.district.schools)
        folder = self._folder(inputs, option_ids)
        pictures = [n for n in self.order.names(option_ids) if n.endswith((".png", ".svg"))]
        steps = len(chosen) + _OTHER_STEPS + len(pictures)
        with show_progress(screen.err, steps=steps) as tell, collect_notices(warned):
            patrol_profile, emergency_profile = read.profiles
            comparison = compare_staffing(
                read.district,
                chosen,
                calls=read.calls,
                costs=self.asked.costs(),
                patrol=self._patrol,
                patrol_profile=patrol_profile,
                emergency_profile=emergency_profile,
                limits=self.asked.solver.limits(),
                progress=tell,
                solved=solved,
            )
            if self.finished is not None:
                self.finished.require_figures(comparison)
            self._require_plan(screen, comparison)
            changes = _changes(read.plan, comparison)
            tell("map and tables", None)
            try:
                files = output_files(
                    comparison,
                    self._settings(inputs),
                    self.order,
                    changes=changes,
                    tell=lambda name: tell(name, None) if name in pictures else None,
                )
                paths = folder.write(files)
            except OutputError:
                self._show(screen, comparison, warned, changes)
                raise
        self._show(screen, comparison, warned, changes)
        if released:
            told = describe_disclosure(comparison, released, edition=self.order.edition)
            screen.listed("With earlier releases", told)
        screen.files(paths, meaning_of)
        if any(_interrupted(outcome) for outcome in comparison.outcomes):
            screen.fail("Interrupted; the best found until then was written.", headline="")
            raise typer.Exit(INTERRUPTED)

    @property
    def _run_comparison(self) -> bool:
        return self.order.purpose is not Purpose.PLAN

    @property
    def _patrol(self) -> PatrolAssumptions:
        return PatrolAssumptions(seed=self.asked.solver.seed)

    def _files(self) -> Iterator[RoleAndPath]:
        """List every file that is read, except those of the zones, with its role."""
        yield from self.asked.files()
        if self.finished is not None:
            yield from self.finished.files()
        if self.order.template is not None:
            yield "template", self.order.template

    def _folder(
        self, inputs: Iterable[RoleAndPath], option_ids: Sequence[str] | None = None
    ) -> ResultsFolder:
        return ResultsFolder.prepare(
            self.out,
            self.order.names(option_ids or ()),
            edition=self.order.edition,
            replace=self.asked.results.force,
            stale_files=self.order.stale_files(names_in(self.out), option_ids),
            inputs=[path for _, path in inputs],
        )

    def _require_plan(self, screen: Screen, comparison: StaffingComparison) -> None:
        only = comparison.outcomes[0]
        if self._run_comparison or only.plan is not None:
            return
        if _interrupted(only):
            screen.fail("Interrupted before a plan was found; no file was changed.", headline="")
            raise typer.Exit(INTERRUPTED)
        screen.fail(str(only.zoning), headline="")
        raise typer.Exit(NO_PLAN)

    def _settings(self, inputs: Iterable[RoleAndPath]) -> RunSettings:
        return RunSettings(
            command=self.command,
            inputs=hash_files(inputs),
            calls_per_school_day=self.asked.calls.rate(),
            limits=self.asked.solver.limits(),
            patrol=self._patrol,
            response=ResponseAssumptions(),
            date=self.order.date,
        )

    def _show(
        self,
        screen: Screen,
        comparison: StaffingComparison,
        warned: Sequence[str],
        changes: PlanComparison | None,
    ) -> None:
        show_comparison(screen, comparison, edition=self.order.edition)
        if self.finished is not None:
            pass  # the comparison already printed the remedies of impossible options
        elif self._run_comparison:
            show_impossible(screen, comparison.outcomes)
        else:
            show_proofs(screen, comparison.outcomes, edition=self.order.edition)
        for outcome in comparison.outcomes:
            if _interrupted(outcome) and outcome.zoning is not None:
                show_stopped(screen, outcome.label, outcome.zoning)
        if changes is not None and self.asked.plan is not None:
            show_changes(screen, changes, since=self.asked.plan)
        estimate = comparison.emergency_times.estimate
        screen.notices(n for n in (*warned, *comparison.notices) if n != estimate)


def _changes(before: ZonePlan | None, comparison: StaffingComparison) -> PlanComparison | None:
    """Compare the result with the plan that was improved, by level of school."""
    only = comparison.outcomes[0]
    if before is None or only.plan is None or only.zoning is None:
        return None
    levels = comparison.district.buildings["level"]
    return compare_plans(before, only.plan, only.zoning.problem, groups=levels)


def _interrupted(outcome: OptionOutcome) -> bool:
    return outcome.zoning is not None and outcome.zoning.interrupted


def hash_files(files: Iterable[RoleAndPath]) -> tuple[InputFile, ...]:
    """Record role, name and SHA-256 of every file that was read."""
    return tuple(InputFile.read(path, role=role, name=path_to_show(path)) for role, path in files)
