"""The seven-step review: where it stands on a date, what is overdue, and faults of its file."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from zoning.due import DueState
from zoning.errors import RecordError
from zoning.programme.review import (
    REVIEW_COLUMNS,
    STEPS,
    Outcome,
    Review,
    ReviewState,
    read_review,
    review_template,
)

VOTE_DAY = date(2026, 11, 12)


def rows(done: int = 0, *, vote: str = "approved") -> pd.DataFrame:
    """The seven steps, two weeks apart from September 17 on, the first ``done`` when due."""
    made = []
    for k, step in enumerate(STEPS):
        due = date(2026, 10, 1) + timedelta(days=14 * k)
        is_done = k < done
        outcome = vote if step == "board vote" else "done"
        made.append(
            {
                "step": step,
                "owner": "Clerk",
                "due": due.isoformat(),
                "outcome": outcome if is_done else "",
                "done": due.isoformat() if is_done else "",
                "notes": f"note {k}",
            }
        )
    return pd.DataFrame(made)


def review(done: int = 0, *, vote: str = "approved") -> Review:
    return read_review(rows(done, vote=vote))


def faults_of(table: pd.DataFrame, today: date | None = None) -> tuple[str, ...]:
    with pytest.raises(RecordError) as caught:
        read_review(table, today=today)
    return caught.value.faults


def test_the_step_that_is_next_and_the_days_around_its_date() -> None:
    of_two = review(2)  # the draft MOU is due on October 29
    before, on_day, after = (of_two.stands(date(2026, 10, day)) for day in (28, 29, 30))
    assert [one.state for one in (before, on_day, after)] == [ReviewState.UNDER_WAY] * 3
    assert [one.step.number for one in (before, on_day, after) if one.step] == [3, 3, 3]
    assert (before.overdue, on_day.overdue) == ((), ())
    assert [one.step for one in after.overdue] == ["draft MOU"]
    assert str(on_day) == "Step 3 of 7: draft MOU. No step is overdue."
    assert str(after) == (
        "Step 3 of 7: draft MOU. Step 3 (draft MOU, due 29 October 2026) is overdue."
    )
    assert str(of_two.stands(date(2026, 11, 13))).endswith(
        "Steps 3 (draft MOU, due 29 October 2026) and 4 (board vote, due 12 November 2026) are "
        "overdue."
    )


def test_the_table_of_a_date() -> None:
    table = review(2).table(date(2026, 10, 30))
    assert tuple(table.columns) == REVIEW_COLUMNS
    assert table["state"].tolist() == ["done", "done", "overdue", *["later"] * 4]
    assert table["days_left"].tolist() == [None, None, -1, 13, 27, 41, 55]
    assert table.loc[0, ["number", "outcome", "done"]].tolist() == [1, "done", date(2026, 10, 1)]
    early = review(2).table(date(2026, 10, 1))  # the second step was done only on October 15
    assert early["state"].tolist()[:3] == ["done", "now", "later"]
    assert early.loc[1, ["outcome", "done"]].tolist() == ["", None]


def test_a_rejection_stops_the_review_and_what_was_due() -> None:
    rejected = review(4, vote="rejected")
    stands = rejected.stands(date(2027, 3, 1))
    assert (stands.state, stands.overdue) == (ReviewState.STOPPED, ())
    assert str(stands) == "Stopped: the board rejected the proposal on 12 November 2026."
    table = rejected.table(date(2027, 3, 1))
    assert table["state"].tolist() == [*["done"] * 4, *["stopped"] * 3]
    assert table["outcome"].tolist()[3] == "rejected"
    assert rejected.due(date(2027, 3, 1)) == ()
    before = rejected.stands(VOTE_DAY - timedelta(days=1))
    assert before.state is ReviewState.UNDER_WAY
    assert rejected.due(VOTE_DAY - timedelta(days=1)) != ()


def test_all_steps_done() -> None:
    done = review(7).stands(date(2027, 1, 1))
    assert (done.state, done.step) == (ReviewState.COMPLETE, None)
    assert str(done) == "Complete: all seven steps are done."


def test_open_steps_are_duties_with_a_reminder() -> None:
    found = review(2).due(date(2026, 10, 30), remind_days=14)
    assert [one.duty for one in found][:2] == [
        "review step 3 of 7, draft MOU",
        "review step 4 of 7, board vote",
    ]
    states = [one.state(date(2026, 10, 30)) for one in found]
    assert states == [DueState.OVERDUE, DueState.NOW, *[DueState.LATER] * 3]
    assert [one.of for one in found] == ["Clerk"] * 5
    assert not any(one.restricted for one in found)
    assert review(2).due(date(2026, 10, 28), remind_days=15)[1].state(date(2026, 10, 28)) is (
        DueState.NOW
    )


def test_the_template_is_a_review_that_has_not_begun(tmp_path: Path) -> None:
    path = tmp_path / "review.toml"
    path.write_text(review_template(), encoding="utf-8")
    made = read_review(path)
    assert [one.step for one in made.steps] == list(STEPS)
    assert "Charlottesville City Schools" in review_template()
    assert str(made.stands(VOTE_DAY)) == "Step 1 of 7: best practices. No step is overdue."
    assert made.due(VOTE_DAY) == ()
    filled = review_template().replace("# due =", "due =").replace('owner = ""', 'owner = "Clerk"')
    path.write_text(filled, encoding="utf-8")
    assert {one.due for one in read_review(path).steps} == {date(2026, 10, 1)}


def test_toml_csv_and_a_frame_say_the_same(tmp_path: Path) -> None:
    frame = rows(4)
    table, file = tmp_path / "review.csv", tmp_path / "review.toml"
    frame.sample(frac=1.0, random_state=1).to_csv(table, index=False)
    steps = [
        "[[steps]]\n"
        + "".join(
            f"{key} = {value if key in ('due', 'done') else repr(value)}\n"
            for key, value in row.items()
            if value
        )
        for row in frame.to_dict("records")
    ]
    file.write_text("\n".join(steps), encoding="utf-8")
    assert read_review(table).steps == read_review(file).steps == read_review(frame).steps
    assert read_review(file).steps[3].outcome is Outcome.APPROVED


def test_every_fault_of_the_steps_at_once() -> None:
    table = rows(4).astype(object)
    table.loc[0, "step"] = "best practises"  # by itself: that it is missing is not said as well
    table.loc[1, ["outcome", "done"]] = ["done", ""]
    table.loc[2, "done"] = "2026-12-01"  # after the vote
    table.loc[3, "outcome"] = "done"
    table.loc[4, ["outcome", "done", "due"]] = ["approved", "2026-11-01", "2026-11-01"]
    table.loc[5, "done"] = "2027-02-30"
    table.loc[6, "done"] = "2027-01-01"
    found = faults_of(table, today=date(2026, 12, 31))
    assert sorted(found) == [
        "row 1: step 'best practises' is none of best practices, budget implications, draft MOU, "
        "board vote, engagement, hiring and onboarding, ongoing evaluation: did you mean best "
        "practices?",
        "row 2: outcome 'done' without the date on which it was done: give done",
        "row 3: done 2026-12-01 is after the board vote, 2026-11-12",
        "row 4: outcome 'done' does not say how the board voted: write approved or rejected",
        "row 5: done 2026-11-01 is before the board vote, 2026-11-12",
        "row 5: due 2026-11-01 is before 2026-11-12, of 'board vote'",
        "row 5: outcome 'approved' is of the board vote alone: write done",
        "row 6: done '2027-02-30' is not a date: write 2026-09-18 or 9/18/2026",
        "row 7: done 2027-01-01 is after today, 2026-12-31",
        "row 7: done 2027-01-01 without an outcome: give outcome",
    ]


def test_steps_around_a_vote_that_was_not_won() -> None:
    rejected = rows(5, vote="rejected")
    assert faults_of(rejected) == (
        "row 5: done 2026-11-26, although the board rejected the proposal, which stops here",
    )
    not_voted = rows(5)
    not_voted.loc[3, ["outcome", "done"]] = ""
    assert faults_of(not_voted) == ("row 5: done 2026-11-26 before the board has voted",)
    skipped = rows(4)
    skipped.loc[1, ["outcome", "done"]] = ""
    assert faults_of(skipped) == ("row 2: it is open, and the board voted on 2026-11-12",)


def test_a_step_that_is_missing_or_there_twice() -> None:
    twice = pd.concat([rows().drop(index=2), rows().iloc[[0]]])
    assert set(faults_of(twice)) == {
        "row 7: step 'best practices' is also in row 1",
        "the step 'draft MOU' is missing",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[steps]\n", "cannot be read as TOML"),
        ("x = " + "[" * 5000, "cannot be read as TOML"),
        ("steps = 3\n", "has no list of steps"),
        ("", "has no list of steps"),
        ('[[steps]]\nstep = "vote"\nownr = "A"\n[extra]\n', r"'extra' is not known.*\n.*'ownr'"),
    ],
)
def test_a_file_that_is_no_review(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "review.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RecordError, match=said):
        read_review(path)
    with pytest.raises(RecordError, match="No such file"):
        read_review(tmp_path / "none.toml")
