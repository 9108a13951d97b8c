"""The seven-step review of a small district, which decides whether officers come to its schools.

The steps are those of the Charlottesville City Schools. Up to the board vote they prepare it; a
rejection stops the review; after an approval they prepare the officers.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import pandas as pd

from zoning.due import DueItem
from zoning.errors import RecordError, typed
from zoning.inputs import LARGEST_SETTINGS_BYTES, require_size
from zoning.records import (
    Access,
    Column,
    RecordTable,
    read_date,
    read_records,
    read_text,
    read_word,
)
from zoning.settings import Setting, settings
from zoning.units import date_in_words, join_names

REVIEW_SOURCE: Final = (
    "Charlottesville City Schools, decision-making process for school resource officers, "
    "presented to its board on February 6, 2025 (charlottesvilleschools.org/sros)"
)
STEPS: Final = {
    "best practices": "What research, state guidance and other districts say.",
    "budget implications": "What each option costs, and who pays.",
    "draft MOU": "The agreement with the police: roles, limits, data, discipline, how it ends.",
    "board vote": "The board approves or rejects. A rejection stops the review.",
    "engagement": "Students, families and staff are heard on how it is done.",
    "hiring and onboarding": "Officers are chosen with the schools, and trained.",
    "ongoing evaluation": "What happens is measured against the goals, and reported.",
}
"""The seven steps in their order, and what each is about."""
EVIDENCE: Final = (
    "incidents of particular concern",
    "threat assessments",
    "E911 responses (police, fire, medical)",
    "police data on youth in school hours at school locations",
    "state guidance",
    "safety audits",
)
"""The six sources of data that the review draws on."""
REMIND_DAYS: Final = 14
"""A default of ours: days before a step is due from which its owner is reminded."""
REVIEW_COLUMNS: Final = (
    *("number", "step", "owner", "due", "state", "outcome", "done", "days_left", "notes"),
)
_NUMBER: Final = {step: k for k, step in enumerate(STEPS, start=1)}
_VOTE: Final = "board vote"
_REMEDY: Final = (
    "Give each of the seven steps once: step, owner, due; and outcome and done (a date) when it "
    "is done. The outcome is done, of the board vote approved or rejected."
)


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSettings:
    """The seven-step review of a small district."""

    file: Annotated[
        Path | None,
        Setting(
            meaning="The seven steps: TOML with [[steps]] (step, owner, due, outcome, done, notes),"
            " CSV or workbook; zoning staff review --new FILE writes one to fill in.",
            default="none",
        ),
    ] = None
    option: Annotated[
        str | None,
        Setting(
            meaning="Id of the option that the board votes on, for example zones-30.",
            default="chosen by the figures",
        ),
    ] = None
    remind_days: Annotated[
        int,
        Setting(
            meaning="Days before a step is due from which it is due now.",
            at_least=0,
            at_most=1000,
        ),
    ] = REMIND_DAYS


class Outcome(StrEnum):
    """How a step ended."""

    DONE = "done"
    APPROVED = "approved"
    REJECTED = "rejected"


class StepState(StrEnum):
    """Where a step stands on a date."""

    DONE = "done"
    NOW = "now"
    """The first step that is not done."""
    OVERDUE = "overdue"
    LATER = "later"
    STOPPED = "stopped"
    """It is not taken, since the board rejected the proposal."""


class ReviewState(StrEnum):
    """Where the review stands on a date."""

    UNDER_WAY = "under way"
    STOPPED = "stopped"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewStep:
    """One step of the review.

    Attributes
    ----------
    step
        One of `STEPS`.
    owner
        Who sees to it: a role, since the page of the review is public; '' for nobody yet.
    due
        The last day on which it is done in time; None where no day was set.
    outcome, done
        How it ended, and when; None while it is open.
    notes
        For the district's own use; no public file holds them.
    """

    step: str
    owner: str
    due: date | None = None
    outcome: Outcome | None = None
    done: date | None = None
    notes: str = ""

    @property
    def number(self) -> int:
        """Its place among the seven, from 1."""
        return _NUMBER[self.step]

    def is_done(self, on: date) -> bool:
        """Whether it had ended on a date."""
        return self.done is not None and self.done <= on


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewStanding:
    """Where a review stands on a date.

    Attributes
    ----------
    on
        The date.
    state
        Under way, stopped by a rejection, or complete.
    step
        The first step that is not done; the vote where it was rejected; None when all are done.
    overdue
        The steps that are overdue, in their order.
    """

    on: date
    state: ReviewState
    step: ReviewStep | None
    overdue: tuple[ReviewStep, ...] = ()

    def __str__(self) -> str:
        if self.step is None:
            return "Complete: all seven steps are done."
        if self.state is ReviewState.STOPPED:
            when = "" if self.step.done is None else f" on {date_in_words(self.step.done)}"
            return f"Stopped: the board rejected the proposal{when}."
        late = [
            f"{one.number} ({one.step}, due {date_in_words(one.due)})"
            for one in self.overdue
            if one.due is not None
        ]
        said = f"Step {self.step.number} of 7: {self.step.step}."
        if not late:
            return f"{said} No step is overdue."
        verb = "Step {} is overdue." if len(late) == 1 else "Steps {} are overdue."
        return f"{said} {verb.format(join_names(late))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The review of a district: its seven steps in their order.

    Attributes
    ----------
    steps
        All of `STEPS`.
    source
        The file, for messages.
    """

    steps: tuple[ReviewStep, ...]
    source: str = ""

    def stands(self, on: date) -> ReviewStanding:
        """Say where the review stands on a date; what was done later counts as open."""
        vote = self.steps[_NUMBER[_VOTE] - 1]
        if vote.is_done(on) and vote.outcome is Outcome.REJECTED:
            return ReviewStanding(on=on, state=ReviewState.STOPPED, step=vote)
        left = [one for one in self.steps if not one.is_done(on)]
        return ReviewStanding(
            on=on,
            state=ReviewState.UNDER_WAY if left else ReviewState.COMPLETE,
            step=left[0] if left else None,
            overdue=tuple(one for one in left if one.due is not None and one.due < on),
        )

    def table(self, on: date) -> pd.DataFrame:
        """List the steps as they stand on a date.

        Returns
        -------
        DataFrame
            Columns `REVIEW_COLUMNS`; ``state`` is a `StepState`, ``days_left`` is negative where
            a step is overdue and None where it is done, stopped or has no date.
        """
        stands = self.stands(on)
        rows = []
        for one in self.steps:
            state, is_done = _state_of(one, stands), one.is_done(on)
            is_open = state not in (StepState.DONE, StepState.STOPPED)
            left = (one.due - on).days if is_open and one.due is not None else None
            outcome, done = (str(one.outcome), one.done) if is_done else ("", None)
            shown = (one.number, one.step, one.owner, one.due, str(state), outcome, done, left)
            rows.append((*shown, one.notes))
        return pd.DataFrame(rows, columns=list(REVIEW_COLUMNS), dtype=object)

    def due(self, on: date, *, remind_days: int = REMIND_DAYS) -> tuple[DueItem, ...]:
        """List the steps that are to be done, none after a rejection.

        Parameters
        ----------
        remind_days
            Days before a step is due from which its owner is reminded.
        """
        if self.stands(on).state is ReviewState.STOPPED:
            return ()
        return tuple(
            DueItem(
                due=one.due,
                alarm_from=one.due - timedelta(days=remind_days),
                duty=f"review step {one.number} of 7, {one.step}",
                of=one.owner,
                remedy="Do it; then give its outcome, and the day as done, in [review] file.",
                source="the district's own date for the seven-step review",
                restricted=False,
            )
            for one in self.steps
            if one.due is not None and not one.is_done(on)
        )


def _state_of(step: ReviewStep, stands: ReviewStanding) -> StepState:
    if step.is_done(stands.on):
        return StepState.DONE
    if stands.state is ReviewState.STOPPED:
        return StepState.STOPPED
    if step in stands.overdue:
        return StepState.OVERDUE
    return StepState.NOW if step is stands.step else StepState.LATER


def review_table(today: date | None = None) -> RecordTable:
    """Describe the table of the steps; nothing can be done after ``today``."""
    steps = {
        "best practices": ("best practice",),
        "budget implications": ("budget", "budget implication"),
        "draft MOU": ("mou", "draft memorandum of understanding", "memorandum of understanding"),
        "board vote": ("vote", "school board vote"),
        "engagement": ("community engagement",),
        "hiring and onboarding": ("hiring", "hiring & onboarding"),
        "ongoing evaluation": ("evaluation",),
    }
    return RecordTable(
        what="the steps of the review",
        one_row=_REMEDY,
        key=("step",),
        check=partial(_check, today=today),
        columns=(
            Column(
                name="step",
                meaning=f"One of the seven: {', '.join(STEPS)}.",
                read=read_word(steps),
                required=True,
                access=Access.PUBLIC,
            ),
            Column(
                name="owner",
                meaning="Who sees to it: a role, not a person's name, since the page is public.",
                read=read_text,
                default="",
                access=Access.PUBLIC,
            ),
            Column(
                name="due",
                meaning="The last day on which it is done in time.",
                read=read_date,
                headings=("due_date",),
                access=Access.PUBLIC,
            ),
            Column(
                name="outcome",
                meaning="done; of the board vote approved or rejected. Empty while it is open.",
                read=read_word(
                    {
                        Outcome.DONE: ("complete", "completed"),
                        Outcome.APPROVED: ("passed", "adopted"),
                        Outcome.REJECTED: ("failed", "not approved"),
                    }
                ),
                access=Access.PUBLIC,
            ),
            Column(
                name="done",
                meaning="The day on which it was done.",
                read=read_date,
                headings=("done_date", "date_done"),
                access=Access.PUBLIC,
            ),
            Column(
                name="notes",
                meaning="For the district's own use; in restricted files only.",
                read=read_text,
                headings=("note",),
                default="",
            ),
        ),
    )


@typed
def read_review(source: str | Path | pd.DataFrame, *, today: date | None = None) -> Review:
    """Read the seven steps of a review.

    Parameters
    ----------
    source
        TOML with a list ``[[steps]]``, a CSV file, a workbook's sheet or a DataFrame; see
        `review_table` for its columns and `review_template` for a file to fill in.
    today
        A day after which nothing can have been done.

    Raises
    ------
    RecordError
        Listing every fault: an unknown step, one that is there twice or not at all, dates out of
        order, an outcome without a date, a step after a vote that was not won.
    """
    table = review_table(today)
    if isinstance(source, pd.DataFrame) or not str(source).lower().endswith(".toml"):
        records = read_records(source, table)
    else:
        rows = pd.DataFrame(_read_steps(Path(source), table), dtype=object)
        records = read_records(rows, table, shown=str(source), row="step")
    found: list[Any] = records.frame.to_dict("records")
    steps = [
        ReviewStep(**(row | {"outcome": Outcome(row["outcome"]) if row["outcome"] else None}))
        for row in found
    ]
    return Review(steps=tuple(sorted(steps, key=lambda one: one.number)), source=records.source)


def _read_steps(path: Path, table: RecordTable) -> list[dict[str, Any]]:
    """Read the tables ``[[steps]]`` of a TOML file."""
    require_size(path, most_bytes=LARGEST_SETTINGS_BYTES, shown=path, error=RecordError)
    try:
        found = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise RecordError(f"{path} cannot be read as TOML", [why], _REMEDY) from error
    steps = found.pop("steps", None)
    if not isinstance(steps, list) or not all(isinstance(one, dict) for one in steps):
        raise RecordError(f"{path} has no list of steps", ["write each under [[steps]]"], _REMEDY)
    known = {name for names in table.headings.values() for name in names}
    faults = [f"{key!r} is not known, only [[steps]]" for key in found]
    faults += [
        f"step {k}: {key!r} is none of {', '.join(one.name for one in table.columns)}"
        for k, step in enumerate(steps, start=1)
        for key in step
        if key not in known
    ]
    if faults:
        raise RecordError(f"{path} has keys that nothing reads", faults, _REMEDY)
    return steps


def _check(frame: pd.DataFrame, *, today: date | None) -> Iterator[tuple[int | None, str]]:
    """Find what contradicts itself between the steps."""
    rows: list[Any] = frame.to_dict("records")
    if all(row["step"] for row in rows):  # else a misspelt one would be missed as well
        there = {row["step"] for row in rows}
        yield from ((None, f"the step {step!r} is missing") for step in STEPS if step not in there)
    for k, row in enumerate(rows):
        if row["step"]:
            yield from ((k, fault) for fault in _faults_of(row, today))
    order = sorted((k for k, row in enumerate(rows) if row["step"]), key=lambda k: _at(rows[k]))
    before: dict[str, Any] | None = None
    for k in order:
        row = rows[k]
        if row["due"] is None:
            continue
        if before is not None and row["due"] < before["due"]:
            yield k, f"due {row['due']} is before {before['due']}, of {before['step']!r}"
        before = row
    vote = next((row for row in rows if row["step"] == _VOTE), None)
    if vote is not None:
        yield from _around_vote(rows, vote)


def _at(row: dict[str, Any]) -> int:
    return _NUMBER[row["step"]]


def _faults_of(row: dict[str, Any], today: date | None) -> Iterator[str]:
    """Find the faults of one step."""
    outcome, done, is_vote = str(row["outcome"] or ""), row["done"], row["step"] == _VOTE
    if outcome and done is None:
        yield f"outcome {outcome!r} without the date on which it was done: give done"
    if done is not None and not outcome:
        yield f"done {done} without an outcome: give outcome"
    if done is not None and today is not None and done > today:
        yield f"done {done} is after today, {today}"
    if outcome == Outcome.DONE and is_vote:
        yield "outcome 'done' does not say how the board voted: write approved or rejected"
    if outcome and outcome != Outcome.DONE and not is_vote:
        yield f"outcome {outcome!r} is of the board vote alone: write done"


def _around_vote(
    rows: Sequence[dict[str, Any]], vote: dict[str, Any]
) -> Iterator[tuple[int | None, str]]:
    """Find steps before the vote that came after it, and steps after it without an approval."""
    voted = vote["done"]
    for k, row in enumerate(rows):
        done, is_known = row["done"], bool(row["step"])
        if not is_known or row is vote:
            continue
        if _at(row) < _at(vote):
            if voted is not None and done is None and not row["outcome"]:
                yield k, f"it is open, and the board voted on {voted}"
            elif voted is not None and done is not None and done > voted:
                yield k, f"done {done} is after the board vote, {voted}"
        elif done is not None:
            if vote["outcome"] == Outcome.REJECTED:
                yield k, f"done {done}, although the board rejected the proposal, which stops here"
            elif voted is None:
                yield k, f"done {done} before the board has voted"
            elif done < voted:
                yield k, f"done {done} is before the board vote, {voted}"


def review_template() -> str:
    """Write the seven steps as TOML to fill in."""
    lines = [
        "# The seven-step review: whether officers come to the schools of this district.",
        f"# Steps: {REVIEW_SOURCE}.",
        "# due, done: dates. outcome: done; of the board vote approved or rejected.",
        "# owner: a role, since the page is public. notes: in restricted files only.",
    ]
    for step, about in STEPS.items():
        words = "approved or rejected" if step == _VOTE else "done"
        lines += [
            "",
            f"# {about}",
            "[[steps]]",
            f'step = "{step}"',
            'owner = ""',
            "# due = 2026-10-01",
            f'# outcome = "{words}"',
            "# done = 2026-09-30",
            'notes = ""',
        ]
    return "\n".join(lines) + "\n"
