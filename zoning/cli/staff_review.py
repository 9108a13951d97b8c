"""The command ``zoning staff review``: the page of the seven-step review."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from zoning.cli.options import Flag
from zoning.cli.programme import prepare_programme
from zoning.cli.screen import Screen, collect_notices, show_progress
from zoning.cli.staff import StaffFilesRequest, open_staff
from zoning.editions import Edition
from zoning.files import refuse_to_replace, write_whole
from zoning.settings import Setting, settings

if TYPE_CHECKING:
    from zoning.staffing import StaffingComparison
    from zoning.study import Study

_FOLDER: Final = "zoning-staff-review"
_PAGE: Final = "review.html"
_TABLE: Final = "review.csv"
_MEANINGS: Final = {
    _PAGE: "the seven steps on one page, and the options the vote is about on another",
    _TABLE: "a row a step: owner, due, where it stands",
}


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRequest(StaffFilesRequest):
    """The options of ``zoning staff review``."""

    finished: Annotated[
        Path | None,
        Setting(
            meaning="Folder of a finished comparison: its options are those the vote is about.",
            default="the page has no options",
        ),
        Flag(name="--from", takes="FOLDER"),
    ] = None
    edition: Annotated[
        str | None,
        Setting(
            meaning="The restricted page has the notes of the steps too, and is marked. [default: "
            "the study's, else public]",
            read=str,
        ),
        Flag(takes="public|restricted", sets=("output", "edition")),
    ] = None
    new: Annotated[
        Path | None,
        Setting(meaning="In place of STUDY: write the seven steps to fill in into this file."),
        Flag(takes="FILE"),
    ] = None

    def faults(self) -> Iterator[str]:
        """Find whether there is nothing to do."""
        if self.new is None:
            yield from StaffFilesRequest.faults(self)
        elif (self.study, self.district, self.schools) != (None, None, None):
            yield "--new writes a file to fill in, and reads no STUDY"


def show_review(screen: Screen, asked: ReviewRequest) -> None:
    """Say where the seven-step review of a small district stands, and write its page.

    Steps, owners, dates and outcomes are read from [review] file; a rejection by the board stops
    the review. With --from the page has the options that the vote is about, as in brief.html.
    """
    from zoning.disclosure import public_view, restricted_view
    from zoning.programme.review import review_template
    from zoning.reports.outputs import can_draw, draw_brief_map
    from zoning.reports.programme.review_page import review_csv, review_page

    if asked.new is not None:
        refuse_to_replace(asked.new, replace=asked.force)
        template = review_template().encode("utf-8")
        screen.written(write_whole(asked.new, template, replace=asked.force))
        return
    study = asked.make_study()
    edition = study.settings.output.edition
    names = (_PAGE, _TABLE)
    folder = prepare_programme(study, asked.out, _FOLDER, names, edition, force=asked.force)
    inputs, notices = open_staff(study, screen)
    review = inputs.programme.review_on(asked.day)
    option, view, picture = study.settings.review.option, None, None
    if asked.finished is not None:
        comparison = _compare(study, asked.finished, screen)
        make = public_view if edition is Edition.PUBLIC else restricted_view
        view = make(comparison, date=asked.day)
        picture = draw_brief_map(view, chosen=option) if can_draw() else None
    page = review_page(
        review,
        on=asked.day,
        district=inputs.district.name,
        edition=edition,
        view=view,
        option=option,
        picture=picture,
    )
    screen.text(f"{inputs.district.name}, {asked.day}: {review.stands(asked.day)}")
    screen.listed("Open", (f"{one.due}, {one.of}: {one.duty}" for one in review.due(asked.day)))
    screen.notices(notices)
    written = {_PAGE: page.encode("utf-8"), _TABLE: review_csv(review, asked.day, edition)}
    screen.files(folder.write(written), lambda name: _MEANINGS.get(name, ""))


def _compare(study: Study, folder: Path, screen: Screen) -> StaffingComparison:
    """Take the zones of a finished comparison of the study, and compute its figures again.

    Raises `OptionError` if the folder, the study or its files are not as the run left them.
    """
    from zoning.study.inputs import input_files
    from zoning.study.runs import read_run

    run = read_run(folder).require_comparison()
    run.require_files(input_files(study))
    with collect_notices([]), show_progress(screen.err, steps=len(run.record.options) + 1) as tell:
        inputs = study.open()
        solved = run.solved({one.option_id: inputs.schools_of(one) for one in inputs.options})
        comparison = inputs.compare(progress=tell, solved=solved)
    run.require_figures(comparison)
    return comparison
