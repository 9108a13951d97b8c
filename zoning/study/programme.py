"""What a study computes of the programme around its zones: its officers and their duties."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from zoning.errors import OptionError, StudyError
from zoning.roster import Roster, posts_of_zones, read_roster
from zoning.roster.rules import FILES
from zoning.staffing.costs import ObservedRelief, WorkYear, observe_relief
from zoning.workbooks import split_sheet

if TYPE_CHECKING:
    import pandas as pd

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
        tables: dict[str, Path | pd.DataFrame] = {**files}
        if "posts" not in tables and self._zone_posts is not None:
            tables["posts"] = self._zone_posts
        return read_roster(
            **tables,
            calendar=self.inputs.calendar,
            schools=self.inputs.district.schools,
            rules=study.settings.roster.rules,
            on=on,
        )

    def observed_relief(self, until: date) -> tuple[pd.DataFrame, ObservedRelief | None]:
        """Compute the relief factor of the time away so far, scaled to a year of the costs.

        Of the officers who were employed from the calendar's first school day to the date. Other
        reasons count as leave.

        Returns
        -------
        tuple
            `zoning.roster.Roster.time_away` up to the date, and the factor; None without such an
            officer, or where they gave no hours.

        Raises
        ------
        RecordError
            If there is no calendar, or no school day up to the date.
        """
        roster = self.roster_on(until)
        away = roster.time_away(last=until)
        days = len(roster.school_days(last=until))
        costs = self.inputs.study.settings.costs
        whole = away[away["school_days"] == days] * (costs.school_days / days)
        rates = whole.assign(leave_days=whole["leave_days"] + whole["other_days"])
        a_day = (costs.work_year or WorkYear()).hours_a_day
        try:
            relief = observe_relief(rates, school_days=costs.school_days, hours_a_day=a_day)
        except OptionError:  # no officer, or none who gave an hour
            return away, None
        return away, relief

    @cached_property
    def _zone_posts(self) -> pd.DataFrame | None:
        """A post for each zone of the plan; None without a plan."""
        plan = self.inputs.plan
        return None if plan is None else posts_of_zones(plan.to_frame())


def roster_files(study: Study) -> Iterator[tuple[str, Path]]:
    """List the files of ``[roster]`` by the name of the table, with the sheet of a workbook."""
    for name in FILES:
        path = getattr(study.settings.roster, name)
        if path is not None:
            yield name, study.file(path)


def programme_files(study: Study) -> Iterator[Path]:
    """List the files that the programme of a study is read from; no result may replace one."""
    for _, path in roster_files(study):
        yield split_sheet(path)[0]
