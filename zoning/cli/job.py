"""One run of a command: check, read, compute, write, show."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import typer

from zoning import maps
from zoning.cli.exits import NO_PLAN
from zoning.cli.progress import telling
from zoning.cli.request import DistrictRequest
from zoning.cli.show import Screen
from zoning.demand import call_rates
from zoning.district import District
from zoning.editions import Edition
from zoning.errors import DistrictNotice, OutputError
from zoning.patrol import PatrolAssumptions
from zoning.reports import MEANINGS, ResultsFolder, RunSettings, result_files, result_names
from zoning.response import ResponseAssumptions
from zoning.staffing import (
    CostAssumptions,
    StaffingComparison,
    StaffingOption,
    compare_staffing,
)
from zoning.zones import SolverLimits

_OTHER_STEPS = 2  # travel times before the options, the map after them


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a command was asked to do, checked as far as words can be.

    Attributes
    ----------
    command
        The words to repeat it, see `zoning.cli.request.command_words`.
    district
        Which district, from which files.
    calls_per_school_day, costs, limits
        See `zoning.call_rates`, `CostAssumptions` and `SolverLimits`.
    out, force, edition
        Where the files go, over which others, and who may see them.
    plan_only
        Whether there is one option and nothing to compare: without a plan
        nothing is written.
    """

    command: tuple[str, ...]
    district: DistrictRequest
    calls_per_school_day: float
    costs: CostAssumptions
    limits: SolverLimits
    out: Path
    force: bool
    edition: Edition
    plan_only: bool = False

    def run(self, screen: Screen, options: Callable[[District], Sequence[StaffingOption]]) -> None:
        """Do it, from the check of the folder to the last line on the screen.

        Parameters
        ----------
        options
            The staffing options for the district that was read.

        Raises
        ------
        typer.Exit
            If there is no plan, and so nothing to write.
        ZoningError
            If an input cannot be used or a file cannot be written.
        """
        folder = self._folder()
        district = self.district.read()
        chosen = tuple(options(district))
        warned: list[str] = []
        with (
            telling(screen.err, steps=len(chosen) + _OTHER_STEPS) as tell,
            _district_notices(warned),
        ):
            comparison = compare_staffing(
                district,
                chosen,
                calls=call_rates(district.schools, calls_per_school_day=self.calls_per_school_day),
                costs=self.costs,
                patrol=self._patrol,
                limits=self.limits,
                progress=tell,
            )
            if self.plan_only and comparison.outcomes[0].plan is None:
                screen.fail(str(comparison.outcomes[0].zoning), headline="")
                raise typer.Exit(NO_PLAN)
            tell("map and tables", None)
            files = self._files(comparison)
        try:
            paths = folder.write(files)
        except OutputError:
            self._show(screen, comparison, warned)
            raise
        self._show(screen, comparison, warned)
        screen.files(paths)

    @property
    def _names(self) -> tuple[str, ...]:
        return result_names(self.edition, equity=not self.plan_only)

    @property
    def _patrol(self) -> PatrolAssumptions:
        return PatrolAssumptions(seed=self.limits.seed)

    def _folder(self) -> ResultsFolder:
        return ResultsFolder.prepare(
            self.out,
            self._names,
            replace=self.force,
            strangers=[name for name in MEANINGS if name not in self._names],
            inputs=[path for _, path in self.district.files()],
        )

    def _files(self, comparison: StaffingComparison) -> dict[str, bytes]:
        page = maps.comparison(
            comparison,
            edition=self.edition,
            title="Patrol zones" if self.plan_only else None,
        )
        settings = RunSettings(
            command=self.command,
            inputs=self.district.hashes(),
            calls_per_school_day=self.calls_per_school_day,
            limits=self.limits,
            patrol=self._patrol,
            response=ResponseAssumptions(),
        )
        return result_files(
            comparison,
            settings,
            page=page.get_root().render(),
            edition=self.edition,
            equity=not self.plan_only,
        )

    def _show(self, screen: Screen, comparison: StaffingComparison, warned: Sequence[str]) -> None:
        screen.comparison(comparison, edition=self.edition)
        if self.plan_only:
            screen.proofs(comparison.outcomes)
        else:
            screen.impossible(comparison.outcomes)
        estimate = comparison.emergency_times.estimate
        screen.notices(n for n in (*warned, *comparison.notices) if n != estimate)


@contextmanager
def _district_notices(heard: list[str]) -> Iterator[None]:
    """Keep the library's notices for the end; every other warning goes its way."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DistrictNotice)
        yield
    for warning in caught:
        if issubclass(warning.category, DistrictNotice):
            heard.append(str(warning.message))
        else:
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno
            )
