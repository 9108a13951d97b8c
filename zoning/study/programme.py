"""What a study computes of the programme around its zones: its officers and their duties."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from zoning.disclosure.groups import public_equity
from zoning.disclosure.programme import PublicData, public_data
from zoning.due import DueItem, due_table
from zoning.editions import Edition
from zoning.errors import OptionError, StudyError
from zoning.programme.board_report import (
    BoardFigure,
    figures_of_due,
    figures_of_goals,
    figures_of_law,
    figures_of_officers,
    figures_of_plan,
)
from zoning.programme.data_review import DataReview, read_data_review
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
from zoning.response.unfilled import UnfilledResponse, expect_unfilled
from zoning.roster import Roster, posts_of_zones, read_roster
from zoning.roster.rules import FILES
from zoning.roster.term_tables import TERM_FILES, read_term
from zoning.staffing.costs import ObservedRelief, WorkYear, observe_relief
from zoning.staffing.options import OptionInputs, Placement
from zoning.workbooks import split_sheet
from zoning.zones import ZonePlan

if TYPE_CHECKING:
    from zoning.roster.term_problem import TermProblem
    from zoning.staffing import StaffingComparison
    from zoning.study.inputs import StudyInputs
    from zoning.study.study import Study


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _PlanAsItIs:
    """The plan under review as a staffing option."""

    plan: ZonePlan
    option_id: str = "plan"
    label: str = "The plan"
    description: str = "Officers as in the plan under review."

    def place_officers(self, inputs: OptionInputs) -> Placement:  # noqa: ARG002
        """Take the plan."""
        return Placement(self.plan)


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
    _reviews: dict[date, DataReview] = field(default_factory=dict, repr=False)

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

    @property
    def has_data(self) -> bool:
        """Whether the study has records, goals, hours, supports or comparisons."""
        return self.inputs.study.settings.programme.is_given

    def data_review_on(self, on: date) -> DataReview:
        """Read the programme data on a date; a later record is a fault.

        Raises `RecordError` with every fault of every table.
        """
        if on not in self._reviews:
            study = self.inputs.study
            self._reviews[on] = read_data_review(
                study.settings.programme, self.inputs.district.schools, on=on, file=study.file
            )
        return self._reviews[on]

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

    def data_view_on(self, on: date, edition: Edition) -> PublicData | DataReview:
        """The programme data as an edition shows them, officers by group of students with them.

        Raises what `data_review_on` and `zoning.compare_staffing` raise.
        """
        review, compared = self.data_review_on(on), self._compared_plan
        if edition is Edition.PUBLIC:
            equity = None if compared is None else public_equity(compared).droplevel("option_id")
            return public_data(review, equity=equity)
        if compared is None:
            return review
        (outcome,) = compared.outcomes
        return replace(review, schedule=outcome.schedule, response=outcome.response)

    @property
    def _compared_plan(self) -> StaffingComparison | None:
        """The plan with its patrol day and response; None if no supports stand beside them."""
        inputs = self.inputs
        if inputs.plan is None or inputs.study.settings.programme.supports is None:
            return None
        return self._plan_as_it_is

    @cached_property
    def _plan_as_it_is(self) -> StaffingComparison:
        """The plan under review with its patrol day and response."""
        return self.inputs.compare([_PlanAsItIs(plan=self.inputs.reviewed)])

    def expected_response(self, unfilled: Mapping[Any, Collection[str]]) -> UnfilledResponse:
        """Estimate the response of the plan on days with posts unfilled; the ids are its zones.

        Raises `StudyError` without a plan, and what `zoning.expect_unfilled` raises.
        """
        compared, settings = self._plan_as_it_is, self.inputs.study.settings
        (outcome,) = compared.outcomes
        if outcome.schedule is None or outcome.response is None:
            raise OptionError("the plan has no response", ["no officer answers calls in it"])
        return expect_unfilled(
            self.inputs.reviewed,
            outcome.schedule,
            compared.emergency_times,
            schools=compared.district.schools,
            calls=compared.calls,
            unfilled=unfilled,
            assumptions=settings.response,
            stress=settings.stress,
            times_by_hour=compared.times_by_hour,
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
        self.require_tables(on)
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
        """Every duty of every part: officers, campuses, reports, the manual, data, the review.

        Raises `RecordError` with every fault of every table.
        """
        law, state = self.inputs.study.settings.law, self.inputs.district.state
        duties = list(list_law_duties(law, on=on, state=state, campuses=self.campus_law_on(on)))
        of_officers = self.roster_on(on).due(on) if self.has_roster else []
        of_data = self.data_review_on(on).due_items() if self.has_data else []
        return [*duties, *of_officers, *of_data, *self.review_due(on)]

    def board_figures_on(self, on: date) -> Iterator[BoardFigure]:
        """The figures of the report to the board that the tables of the study give."""
        if self.inputs.plan is not None:
            yield from figures_of_plan(self.inputs.plan)
        yearly = self.yearly_report_on(on)
        if yearly is not None:
            yield from figures_of_officers(yearly)
        yield from figures_of_law(self.campus_law_on(on))
        yield from self._figures_of_data(on)
        yield from figures_of_due(due_table(self.due_on(on), on))

    def _figures_of_data(self, on: date) -> Iterator[BoardFigure]:
        """The goals: those that may be published, and the others for the restricted edition."""
        if self.inputs.study.settings.programme.goals is None:
            return
        review = self.data_review_on(on)
        told, table = public_data(review).tables["goals"], review.tables["goals"]
        told = told[told["withheld"] == ""]
        for one, restricted in ((told, False), (table.drop(told.index), True)):
            source = one["source"].where(one["source"] != "", one["method"])
            yield from figures_of_goals(one.assign(source=source), restricted=restricted)

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

    def require_tables(self, on: date | None = None) -> None:
        """Read the tables; raise `RecordError` with the faults of all of them together.

        Without a date nothing in them is in the future.
        """
        day = date.max if on is None else on
        tasks: list[Callable[[], object]] = [lambda: self.approvals]
        if self.inputs.study.settings.review.file is not None:
            tasks.append(lambda: self.review_on(day))
        if self.has_roster:
            tasks.append(lambda: self.roster_on(on))
        if self.has_data:
            tasks.append(lambda: self.data_review_on(day))
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
    paths += [study.file(path) for path in study.settings.programme.files]
    if study.settings.review.file is not None:
        paths.append(study.file(study.settings.review.file))
    for path in paths:
        yield split_sheet(path)[0]
