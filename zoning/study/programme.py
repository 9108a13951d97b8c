"""What a study computes of the programme around its zones: its officers and their duties."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from zoning.errors import StudyError
from zoning.roster import Roster, posts_of_zones, read_roster
from zoning.roster.rules import FILES
from zoning.roster.term_tables import TERM_FILES, read_term
from zoning.workbooks import split_sheet

if TYPE_CHECKING:
    import pandas as pd

    from zoning.roster.term_problem import TermProblem
    from zoning.study.inputs import StudyInputs
    from zoning.study.study import Study


@dataclass(frozen=True, kw_only=True, eq=False)
class ProgrammeInputs:
    """What a study says of its programme; each part is read when it is asked for.

    Attributes
    ----------
    inputs
        The district, its calendar and its plan of zones.
    """

    inputs: StudyInputs
    _rosters: dict[date | None, Roster] = field(default_factory=dict, repr=False)

    @property
    def has_roster(self) -> bool:
        """Whether the study has a table of officers."""
        return self.inputs.study.settings.roster.officers is not None

    @property
    def roster(self) -> Roster:
        """The officers, read on no date: training in the future is no fault."""
        return self.roster_on(None)

    def roster_on(self, on: date | None) -> Roster:
        """Read the officers on a date; training after it is a fault.

        Raises `StudyError` if the study has no officers, `RecordError` with every fault of every
        table.
        """
        if on not in self._rosters:
            self._rosters[on] = self._read_roster(on)
        return self._rosters[on]

    def _read_roster(self, on: date | None) -> Roster:
        study = self.inputs.study
        files = dict(roster_files(study))
        if "officers" not in files:
            raise StudyError(
                "the study has no table of officers",
                remedy="Name one: [roster] officers = 'officers.csv'.",
            )
        tables: dict[str, Path | pd.DataFrame] = {
            name: path for name, path in files.items() if name in FILES
        }
        if "posts" not in tables and self._zone_posts is not None:
            tables["posts"] = self._zone_posts
        return read_roster(
            **tables,
            calendar=self.inputs.calendar,
            schools=self.inputs.district.schools,
            rules=study.settings.roster.rules,
            on=on,
        )

    def term(
        self, since: date | None = None, until: date | None = None, *, on: date | None = None
    ) -> tuple[TermProblem, tuple[str, ...]]:
        """The problem of a roster from one date to another, and what a reader should know."""
        study = self.inputs.study
        files = {name: path for name, path in roster_files(study) if name in TERM_FILES}
        return read_term(
            self.roster_on(on), since=since, until=until, settings=study.settings.term, **files
        )

    @cached_property
    def _zone_posts(self) -> pd.DataFrame | None:
        """A post for each zone of the plan; None without a plan."""
        plan = self.inputs.plan
        return None if plan is None else posts_of_zones(plan.to_frame())


def roster_files(study: Study) -> Iterator[tuple[str, Path]]:
    """List the files of ``[roster]`` and ``[term]`` by table, with the sheet of a workbook."""
    for settings, names in ((study.settings.roster, FILES), (study.settings.term, TERM_FILES)):
        for name in names:
            path = getattr(settings, name)
            if path is not None:
                yield name, study.file(path)


def programme_files(study: Study) -> Iterator[Path]:
    """List the files that the programme of a study is read from; no result may replace one."""
    for _, path in roster_files(study):
        yield split_sheet(path)[0]
