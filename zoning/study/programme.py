"""What a study computes of the programme around its zones: its officers and their duties."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from zoning.due import DueItem, due_table
from zoning.errors import OptionError, StudyError
from zoning.programme.board_report import (
    BoardFigure,
    figures_of_due,
    figures_of_law,
    figures_of_officers,
    figures_of_plan,
)
from zoning.programme.law import (
    CampusLaw,
    check_campuses,
    law_notices,
    list_law_duties,
    manual_faults,
    read_approvals,
)
from zoning.programme.review import Review, read_review
from zoning.programme.yearly_report import YearlyReport, make_yearly_report
from zoning.records import Records, raise_together
from zoning.roster import Roster, posts_of_zones, read_roster
from zoning.roster.rules import FILES
from zoning.roster.term_tables import TERM_FILES, read_term
from zoning.staffing.costs import ObservedRelief, WorkYear, observe_relief
from zoning.workbooks import split_sheet

if TYPE_CHECKING:
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

    def term(
        self, since: date | None = None, until: date | None = None, *, on: date | None = None
    ) -> tuple[TermProblem, tuple[str, ...]]:
        """The problem of a roster from one date to another, and what a reader should know."""
        study = self.inputs.study
        files = {name: path for name, path in roster_files(study) if name in TERM_FILES}
        return read_term(
            self.roster_on(on), since=since, until=until, settings=study.settings.term, **files
        )

    # The law, and what is due.

    @cached_property
    def approvals(self) -> Records | None:
        """Arrangements approved for campuses without a full-time officer; None without a table."""
        path = self.inputs.study.settings.law.approvals
        if path is None:
            return None
        return read_approvals(self.inputs.study.file(path), self.inputs.district.schools)

    def campus_law_on(self, on: date) -> CampusLaw:
        """Where each campus stands with the law: by the roster, or by the plan alone.

        Raises `RecordError` with every fault of the approvals and of the roster.
        """
        self._require_tables(on)
        officers = self._officers_on(on)
        posts = self._zone_posts if officers is None else self.roster_on(on).posts
        if posts is not None and posts.empty:
            posts = None
        if posts is not None:
            plan = self.inputs.plan
            kinds = {} if plan is None else {zone.zone_id: str(zone.kind) for zone in plan.zones}
            given = zip(posts["kind"], posts["zone_id"], strict=True)
            of_posts = [kinds.get(zone) if kind is None else kind for kind, zone in given]
            posts = posts.assign(kind=pd.Series(of_posts, index=posts.index, dtype=object))
        return check_campuses(
            self.inputs.district.schools,
            posts,
            on=on,
            state=self.inputs.district.state,
            approvals=self.approvals,
            officers=officers,
        )

    def yearly_report_on(self, on: date) -> YearlyReport | None:
        """The yearly report of the officers employed on a date; None without a table of them."""
        officers = self._officers_on(on)
        if officers is None:
            return None
        names = self.inputs.district.buildings["name"].to_dict()
        return make_yearly_report(officers, names, on=on, state=self.inputs.district.state)

    def due_on(self, on: date) -> list[DueItem]:
        """Every duty of every part of the programme: officers, campuses, reports, the manual."""
        law, state = self.inputs.study.settings.law, self.inputs.district.state
        duties = list(list_law_duties(law, on=on, state=state, campuses=self.campus_law_on(on)))
        of_officers = self.roster_on(on).due(on) if self.has_roster else []
        return [*duties, *of_officers, *self.review_due(on)]

    def board_figures_on(self, on: date) -> Iterator[BoardFigure]:
        """The figures of the report to the board that the tables of the study give."""
        if self.inputs.plan is not None:
            yield from figures_of_plan(self.inputs.plan)
        yearly = self.yearly_report_on(on)
        if yearly is not None:
            yield from figures_of_officers(yearly)
        yield from figures_of_law(self.campus_law_on(on))
        yield from figures_of_due(due_table(self.due_on(on), on))

    def law_notices_on(self, on: date) -> tuple[str, ...]:
        """What a reader of the reports should know; it tells of no officer and no campus."""
        law, state = self.inputs.study.settings.law, self.inputs.district.state
        return tuple(law_notices(law, on=on, state=state))

    def manual_faults_on(self, on: date) -> list[str]:
        """Why nobody may be posted on a date; none if nobody is."""
        officers = self._officers_on(on)
        if officers is None or officers["post"].isna().all():
            return []
        return manual_faults(self.inputs.study.settings.law, first_posting=on)

    def _require_tables(self, on: date) -> None:
        """Read the tables; raise the faults of all of them together."""
        tasks: list[Callable[[], object]] = [lambda: self.approvals]
        if self.has_roster:
            tasks.append(lambda: self.roster_on(on))
        raise_together("the tables of the programme have faults", tasks)

    def _officers_on(self, on: date) -> pd.DataFrame | None:
        """The officers employed on a date, with their posts; None without a table of them.

        Who may not stand in a school for more than a day's absence is not certified.
        """
        if not self.has_roster:
            return None
        roster = self.roster_on(on)
        found = roster.deployable_on(on)
        buildings = dict(zip(roster.posts["post_id"], roster.posts["building_ids"], strict=True))
        officers = roster.officers.assign(
            building_ids=[buildings.get(post, ()) for post in roster.officers["post"]],
            certified=found["may_stand"].astype(object),
            why_not=found["reason"].where(~found["may_stand"], None),
        )
        return officers[roster.employed_on(on)].reset_index()

    def review_on(self, on: date) -> Review:
        """Read the seven-step review; a step that was done after the date is a fault.

        Raises `StudyError` if the study has none, `RecordError` with every fault of its file.
        """
        study = self.inputs.study
        if study.settings.review.file is None:
            raise StudyError(
                "the study has no review",
                remedy="Write its steps with zoning staff review --new review.toml, fill them in, "
                "and name the file: [review] file = 'review.toml'.",
            )
        return read_review(study.file(study.settings.review.file), today=on)

    def review_due(self, on: date) -> tuple[DueItem, ...]:
        """List the open steps of the review; none where the study has no review."""
        settings = self.inputs.study.settings.review
        if settings.file is None:
            return ()
        return self.review_on(on).due(on, remind_days=settings.remind_days)

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
    paths = [path for _, path in roster_files(study)]
    if study.settings.law.approvals is not None:
        paths.append(study.file(study.settings.law.approvals))
    for path in paths:
        yield split_sheet(path)[0]
    if study.settings.review.file is not None:
        yield split_sheet(study.file(study.settings.review.file))[0]
