"""Run a planning command: check, read, compute, write, print."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final, NoReturn

import typer

from zoning.cli.comparison_table import (
    show_alternatives,
    show_changes,
    show_comparison,
    show_impossible,
    show_proofs,
    show_stopped,
)
from zoning.cli.options import path_to_show
from zoning.cli.screen import INTERRUPTED, NO_PLAN, Screen, collect_notices, show_progress
from zoning.disclosure.certainty import Checks
from zoning.disclosure.releases import describe_disclosure
from zoning.disclosure.standing import Standing
from zoning.editions import Edition, Purpose
from zoning.errors import OptionError, OutputError
from zoning.files import ResultsFolder, claim, names_in
from zoning.maps import Size
from zoning.reports import (
    SENSITIVITY_PICTURE,
    Extra,
    InputFile,
    Order,
    RunSettings,
    can_draw,
    can_print,
    check_names,
    meaning_of,
    output_files,
    stale_files,
)
from zoning.roads.travel.travel_times import closed_edges
from zoning.staffing import (
    OptionOutcome,
    StaffingComparison,
    StaffingOption,
    stress_options,
    vary_assumptions,
)
from zoning.staffing.comparison import ComparisonProgress
from zoning.study import Study
from zoning.study.inputs import RoleAndPath, StudyInputs, input_files
from zoning.study.runs import Run, read_run, study_as_run
from zoning.study.sections import KINDS_WITH_ZONES
from zoning.zones import (
    CommandAreas,
    PlanComparison,
    ZonePlan,
    compare_plans,
    draw_plans,
    group_zones,
)

_COMMANDS: Final = {Purpose.PLAN: "plan", Purpose.COMPARISON: "compare", Purpose.DECK: "deck"}
_OTHER_STEPS = 2  # one for travel times before the options, one for the map after them

# Questions about a plan.


def open_review(
    study: Study, screen: Screen, *, school: str | None = None
) -> tuple[StudyInputs, tuple[str, ...]]:
    """Read every file and compute travel times, for a question about a plan; return notices too.

    ``school``: the school that is asked about, which is looked for before the times are computed.

    Raises `FaultsError` if an input cannot be used.
    """
    warned: list[str] = []
    with collect_notices(warned):
        inputs = study.open(review=True)
        if school is not None:
            inputs.building(school)
        inputs.require_possible([replace(inputs.zones, start=None)])
        with show_progress(screen.err, steps=1) as tell:
            tell("travel times", None)
            _ = inputs.problem
    return inputs, tuple(dict.fromkeys((*warned, *inputs.notices)))


def check_folder(study: Study, out: Path, *, force: bool) -> ResultsFolder:
    """Check the folder for the files of a check, before anything is read."""
    return ResultsFolder.prepare(
        out,
        check_names(),
        edition=Edition.RESTRICTED,
        replace=force,
        stale_files=stale_files(names_in(out), check_names()),
        inputs=[path for _, path in _files_of(study, review=True)],
    )


def _files_of(study: Study, *, review: bool) -> Iterator[RoleAndPath]:
    """List every file that is read, with its role."""
    if study.path is not None:
        yield "study", study.path
    yield from input_files(study, review=review)


# Plans and comparisons.


@dataclass(frozen=True, kw_only=True)
class PlanningRun:
    """The computation and the files of a planning command.

    Attributes
    ----------
    study
        The settings.
    purpose
        What the run is for. One for `Purpose.PLAN` writes nothing if no plan exists.
    review
        Whether a plan is improved.
    out, force
        Folder of the files, and whether those of an earlier run are replaced.
    finished
        A comparison whose zones are taken; None to solve for them.
    """

    study: Study
    purpose: Purpose
    review: bool
    out: Path
    force: bool
    finished: Run | None = None

    def run(self, screen: Screen) -> None:
        """Run the command, from the check of the folder to the last line on the screen.

        Raises `typer.Exit` if there is no plan, and so nothing to write; or if the user stopped
        the search, after the best plan so far was written. Raises `ZoningError` if an input cannot
        be used or a file cannot be written.
        """
        self._order.require_packages()
        with claim(self.out):
            self._run(screen)

    def _run(self, screen: Screen) -> None:
        self._folder()
        if self.finished is not None:
            self.finished.require_files(input_files(self.study, review=self.review))
        warned: list[str] = []
        with collect_notices(warned):
            read = self.study.open(review=self.review)
        order = self._order
        released = [read_run(one).release() for one in order.earlier]
        chosen = self._chosen(read)
        self._require_one_number()
        self._require_streets(read)
        option_ids = [option.option_id for option in chosen]
        order.require_options(option_ids)
        solved = None
        if self.finished is not None:
            solved = self.finished.solved({one.option_id: read.schools_of(one) for one in chosen})
        folder = self._folder(option_ids)
        pictures = [n for n in order.names(option_ids) if n.endswith((".png", ".svg"))]
        # The travel times of each set of schools are a step of their own.
        steps = len(chosen) + _OTHER_STEPS + len(pictures) + len(order.scenarios) + order.stress
        with show_progress(screen.err, steps=steps) as tell, collect_notices(warned):
            if self._with_alternatives:
                comparison = read.compare_alternatives(progress=tell, solved=solved)
                option_ids = [outcome.option_id for outcome in comparison.outcomes]
                folder = self._folder(option_ids)
            else:
                comparison = read.compare(chosen, progress=tell, solved=solved)
            if self.finished is not None:
                self.finished.require_figures(comparison)
            self._require_plan(screen, comparison)
            changes = _changes(read.plan, comparison)
            standing = _stand(read, comparison) if order.ensemble else None
            areas = _group(read, comparison) if order.areas else None
            checks = self._check(comparison, tell) if order.stress else None
            tell("map and tables", None)
            try:
                files = output_files(
                    comparison,
                    self._settings(read),
                    order,
                    changes=changes,
                    standing=standing,
                    areas=areas,
                    checks=checks,
                    tell=lambda name: tell(name, None) if name in pictures else None,
                )
                paths = folder.write(files)
            except OutputError:
                self._show(screen, comparison, warned, changes)
                raise
        self._show(screen, comparison, warned, changes)
        self._show_beside(screen, standing, areas)
        if released:
            told = describe_disclosure(comparison, released, edition=order.edition)
            screen.listed("With earlier releases", told)
        screen.files(paths, meaning_of)
        near = comparison.alternatives
        if (near and near.interrupted) or any(map(_interrupted, comparison.outcomes)):
            screen.fail("Interrupted; the best found until then was written.", headline="")
            raise typer.Exit(INTERRUPTED)

    def _chosen(self, read: StudyInputs) -> tuple[StaffingOption, ...]:
        """The options of the run: those compared, or the zones of one plan or of several."""
        if self._with_alternatives:
            return read.alternative_options
        return read.options if self._is_comparison else (read.zones,)

    def _show_beside(
        self, screen: Screen, standing: Standing | None, areas: CommandAreas | None
    ) -> None:
        """Print where the plan stands among random plans, and the areas of commanders."""
        if standing is not None:
            screen.listed("Among random plans", [*standing.sentences(), standing.how])
        if areas is not None:
            lines = str(areas).split("\n")  # all but the first line is about drives
            screen.listed("Areas of commanders", lines if self._order.restricted else lines[:1])
        screen.notices(self._on_stress())

    @property
    def _is_comparison(self) -> bool:
        return self.purpose is not Purpose.PLAN

    @property
    def _with_alternatives(self) -> bool:
        """Whether the options are several plans for the zones of the study."""
        several = self.study.settings.plan.alternatives > 1
        return several and self.purpose is not Purpose.COMPARISON

    def _check(self, comparison: StaffingComparison, tell: ComparisonProgress) -> Checks:
        """Test every option under stress, and vary the assumptions of those on today's schools."""
        tell("stress tests", None)
        asked = self.study.settings.stress
        tests = stress_options(comparison, stress=asked, closed_streets=asked.closed_streets)
        today = [o for o in comparison.parts[0].outcomes if o.option_id in tests]
        return Checks(tests=tests, sensitivity=vary_assumptions(comparison) if today else None)

    @property
    def _with_stress(self) -> bool:
        """Whether options are tested: as the study says, else where it takes seconds."""
        if not self._may_stress:
            return False
        asked = self.study.settings.stress.run
        return self._several_staffed and is_fast() if asked is None else asked

    @property
    def _may_stress(self) -> bool:
        return self._is_comparison and not self._with_alternatives

    @property
    def _several_staffed(self) -> bool:
        options = self.study.settings.options
        return not options or sum(one.kind != "no_officers" for one in options) > 1

    def _on_stress(self) -> Iterator[str]:
        """Say what of the stress tests was left out."""
        order = self._order
        if order.stress and not can_draw() and order.purpose is Purpose.COMPARISON:
            yield (
                f"{SENSITIVITY_PICTURE} is left out: it needs matplotlib; install it with pip "
                "install 'zoning[report]'."
            )
        asked = self.study.settings.stress.run
        if self._may_stress and self._several_staffed and not order.stress and asked is None:
            yield (
                "Options were not tested under stress: without numba this takes minutes. Install "
                "it with pip install 'zoning[fast]', or ask for it with --set stress.run=true."
            )

    @cached_property
    def _order(self) -> Order:
        # Made once: the date of all files is that of one moment, also at midnight.
        study, deck = self.study, self.study.settings.deck
        output = study.settings.output
        is_deck, several = self.purpose is Purpose.DECK, self._with_alternatives
        order = Order(
            purpose=self.purpose,
            edition=output.edition,
            improved=self.review,
            alternatives=self._with_alternatives,
            extras=frozenset(Extra(word) for word in output.also),
            title=output.title,
            date=output.date or datetime.datetime.now().date(),
            template=study.file(deck.template) if is_deck and deck.template else None,
            proposed=deck.propose if is_deck else None,
            instead_of=deck.instead_of if is_deck else None,
            pdf=is_deck and can_print(),
            size=Size(output.map_size),
            tiles=output.tiles,
            earlier=tuple(study.file(one) for one in output.earlier),
            scenarios=self._scenarios if self._is_comparison and not several else (),
            ensemble=not self._is_comparison and study.settings.plan.ensemble is not None,
            areas=not self._is_comparison and study.settings.plan.areas is not None,
            stress=self._with_stress,
        )
        return replace(order, study=study_as_run(study, self.out, order))

    @property
    def _scenarios(self) -> tuple[str, ...]:
        """The scenarios of the options, in their order."""
        settings = self.study.settings
        of_options = [one.scenario for one in settings.options if one.scenario]
        every = [one.name for one in settings.scenarios]
        return tuple(dict.fromkeys(of_options if settings.options else every))

    def _files(self) -> Iterator[RoleAndPath]:
        """List every file that is read, with its role."""
        yield from _files_of(self.study, review=self.review)
        if self.finished is not None:
            yield from self.finished.files()
        if (template := self._order.template) is not None:
            yield "template", template

    def _folder(self, option_ids: Sequence[str] | None = None) -> ResultsFolder:
        order = self._order
        return ResultsFolder.prepare(
            self.out,
            order.names(option_ids or ()),
            edition=order.edition,
            replace=self.force,
            stale_files=order.stale_files(names_in(self.out), option_ids),
            inputs=[path for _, path in self._files()],
        )

    def _require_one_number(self) -> None:
        numbers = self.study.settings.zones.numbers
        one_plan = not self._is_comparison or self._with_alternatives
        if one_plan and not self.review and len(numbers) > 1:
            raise OptionError(
                f"the study gives {len(numbers)} numbers of zones, and one plan has one",
                remedy="Choose one with --zones N, or use zoning compare.",
            )
        plan = self.study.settings.plan
        if self._with_alternatives and (plan.ensemble is not None or plan.areas is not None):
            raise OptionError(
                "random plans and areas of commanders are about one plan; several are asked for",
                remedy="Leave out plan.alternatives, or plan.ensemble and plan.areas.",
            )
        asked = self.study.origins.get(("zones", "number"), "")
        options = self.study.settings.options
        if one_plan or not options or not asked.startswith("--"):
            return
        if not any(one.kind in KINDS_WITH_ZONES and not one.numbers for one in options):
            raise OptionError(
                f"{asked} changes nothing: every option of the study has its own number",
                remedy="Leave it out, or --set options.1.number=N for the first option.",
            )
        if len(numbers) > 1:
            raise OptionError(
                f"{asked} gives {len(numbers)} numbers of zones, and an option has one",
                remedy="Give one, or add an [[options]] to the study for each.",
            )

    def _require_streets(self, read: StudyInputs) -> None:
        """Raise for streets to close that there are not, before the search for zones."""
        closed, network = self.study.settings.stress.closed_streets, read.district.network
        if not closed or not self._order.stress:
            return
        if network is None:
            raise OptionError(
                "[stress] closed_streets needs streets, and this study has none",
                remedy="Give [streets] file, or leave closed_streets out.",
            )
        closed_edges(network, closed)

    def _require_plan(self, screen: Screen, comparison: StaffingComparison) -> None:
        only = comparison.outcomes[0]
        if only.plan is not None or (self._is_comparison and not self._with_alternatives):
            return
        stop_without_plan(screen, str(only.zoning), interrupted=_interrupted(only))

    def _settings(self, read: StudyInputs) -> RunSettings:
        settings = self.study.settings
        files = [(role, path) for role, path in self._files() if role != "study"]
        return RunSettings(
            command=("zoning", "improve" if self.review else _COMMANDS[self.purpose]),
            inputs=hash_files(files),
            calls_per_school_day=settings.calls.assumed_rate,
            limits=settings.solver,
            patrol=read.patrol,
            response=settings.response,
            date=self._order.date,
            stress=settings.stress if self._order.stress else None,
        )

    def _show(
        self,
        screen: Screen,
        comparison: StaffingComparison,
        warned: Sequence[str],
        changes: PlanComparison | None,
    ) -> None:
        show_comparison(screen, comparison, edition=self._order.edition)
        if self.finished is not None:
            pass  # the comparison already printed the remedies of impossible options
        elif comparison.alternatives is not None:
            show_alternatives(
                screen,
                comparison.alternatives,
                edition=self._order.edition,
                calls_are_counted=comparison.calls.is_counted,
            )
        elif self._is_comparison:
            show_impossible(screen, comparison.outcomes)
        else:
            show_proofs(screen, comparison.outcomes, edition=self._order.edition)
        for outcome in comparison.outcomes:
            if _interrupted(outcome) and outcome.zoning is not None:
                show_stopped(screen, outcome.label, outcome.zoning)
        if changes is not None:
            plan = self.study.settings.plan.file or self.study.settings.rules.today
            show_changes(screen, changes, since=plan or Path("today's plan"))
        estimate = comparison.emergency_times.estimate
        unused = [
            f"{outcome.label}: {notice}"
            for outcome in comparison.outcomes
            if outcome.zoning is not None
            for notice in outcome.zoning.notices
        ]
        screen.notices(n for n in (*warned, *unused, *comparison.notices) if n != estimate)


def stop_without_plan(screen: Screen, why: str, *, interrupted: bool) -> NoReturn:
    """End the command because there is no plan: the user stopped the search, or why there is none.

    Raises `typer.Exit`.
    """
    if interrupted:
        screen.fail("Interrupted before a plan was found; no file was changed.", headline="")
        raise typer.Exit(INTERRUPTED)
    screen.fail(why, headline="")
    raise typer.Exit(NO_PLAN)


def is_fast() -> bool:
    """Whether school-days are simulated by machine code, and stress tests take seconds."""
    from zoning.compiled import IS_COMPILED

    return IS_COMPILED


def _changes(before: ZonePlan | None, comparison: StaffingComparison) -> PlanComparison | None:
    """Compare the result with the plan that was improved, by level of school."""
    only = comparison.outcomes[0]
    if before is None or only.plan is None or only.zoning is None:
        return None
    levels = comparison.district.buildings["level"]
    return compare_plans(before, only.plan, only.zoning.problem, groups=levels)


def _stand(read: StudyInputs, comparison: StaffingComparison) -> Standing | None:
    """Draw random plans, and see where the new plan and today's stand among them."""
    settings, outcome = read.study.settings, comparison.outcomes[0]
    if outcome.plan is None or outcome.zoning is None or settings.plan.ensemble is None:
        return None
    problem, plans = outcome.zoning.problem, {}
    today = next(iter(problem.plans_of_today), None) or read.plan
    if today is None and settings.zones.start_file is None:
        today = read.zones.start  # without a start of its own the search starts from today's plan
    if today is not None and {b for z in today.patrol_zones for b in z.building_ids} == set(
        problem.building_ids
    ):
        plans["Today"] = today
    drawn = draw_plans(
        problem,
        settings.plan.ensemble,
        settings.solver.seed,
        start=outcome.plan,
        today=plans.get("Today"),
    )
    return Standing.of(drawn, {**plans, "New plan": outcome.plan}, outcome)


def _group(read: StudyInputs, comparison: StaffingComparison) -> CommandAreas | None:
    """Group the zones of the new plan into areas of commanders.

    Raises `OptionError` if they cannot be grouped.
    """
    settings, plan = read.study.settings, comparison.outcomes[0].plan
    if plan is None:
        return None
    areas = group_zones(
        plan,
        comparison.emergency_times,
        areas=settings.plan.areas,
        schools=comparison.district.schools,
        calls=comparison.calls,
        limits=settings.solver,
    )
    if not areas.of_zone:
        raise OptionError(str(areas), remedy="Give another number of areas, or none.")
    return areas


def _interrupted(outcome: OptionOutcome) -> bool:
    return outcome.zoning is not None and outcome.zoning.interrupted


def hash_files(files: Iterable[RoleAndPath]) -> tuple[InputFile, ...]:
    """Record role, name and SHA-256 of every file that was read."""
    return tuple(InputFile.read(path, role=role, name=path_to_show(path)) for role, path in files)
