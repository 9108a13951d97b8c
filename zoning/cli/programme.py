"""The commands about the whole programme: ``zoning due`` and ``zoning staff report``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.text import Text

from zoning.cli.options import Flag
from zoning.cli.screen import RULES_BROKEN, Screen, show_progress
from zoning.cli.staff import StaffFilesRequest, open_staff, prepare_folder, staff_app
from zoning.cli.usage import add_to
from zoning.editions import RECORDS_MARK, Edition
from zoning.errors import OptionError, first_few
from zoning.files import ResultsFolder
from zoning.settings import Setting, settings

if TYPE_CHECKING:
    import pandas as pd

    from zoning.programme.board_report import BoardFigure
    from zoning.study import Study

_RESULTS: Final = "Results"
DUE: Final = "due.csv"
_ALIKE: Final = ["due", "duty", "source", "remedy"]
_COMPUTED: Final = (
    "Cost and response of the option are computed, not measured; the files of the comparison say "
    "what they rest on."
)
_MOST_NAMED: Final = 12  # officers or campuses that a line of the screen names; due.csv names all


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class DueRequest(StaffFilesRequest):
    """The options of ``zoning due``."""

    edition: Annotated[
        Edition,
        Setting(
            meaning="public lists only duties that tell of no officer and no campus; restricted "
            "lists all, and must not be published."
        ),
        Flag(takes="public|restricted", panel=_RESULTS),
    ] = Edition.RESTRICTED
    strict_exit: Annotated[
        bool, Setting(meaning="Exit with status 4 if a duty is overdue, for scripts.")
    ] = False


def due(screen: Screen, asked: DueRequest) -> None:
    """List every duty of the programme with its date: overdue ones first.

    Training and certification of officers, approvals of campuses, the yearly report to the state,
    the report to the board, the review of the manual, and whatever else the study has a date for.
    Writes due.csv.
    """
    from zoning.due import due_table
    from zoning.reports.programme.law_files import due_csv

    study = asked.make_study()
    folder = prepare_programme(
        study, asked.out, "zoning-due", (DUE,), asked.edition, force=asked.force
    )
    inputs, notices = open_staff(study, screen)
    table = due_table(inputs.programme.due_on(asked.day), asked.day)
    left_out = []
    if asked.edition is Edition.RESTRICTED:
        screen.out.print(Text(RECORDS_MARK, style="bold red"))
    else:
        # Not how many: that tells how much of the officers' training is missing.
        if table["restricted"].any():
            left_out = ["Left out: what is due for single officers and campuses."]
        table = table[~table["restricted"].astype(bool)]
    for state, part in table.groupby("state", sort=False):
        screen.listed(str(state).capitalize(), _lines(part))
    if table.empty:
        screen.text(f"Nothing is due on {asked.day}.")
    screen.notices((*notices, *inputs.programme.law_notices_on(asked.day), *left_out))
    screen.files(folder.write({DUE: due_csv(table, asked.edition)}), meaning_of)
    if asked.strict_exit and (table["state"] == "overdue").any():
        raise typer.Exit(RULES_BROKEN)


def _lines(table: pd.DataFrame) -> Iterator[str]:
    """A line a duty; one of many officers or campuses on the same day is one line."""
    for (day, duty, source, remedy), part in table.groupby(_ALIKE, sort=False):
        of = ", ".join(first_few([str(one) for one in part["of"] if one], _MOST_NAMED))
        yield f"{day}, {f'{of}: ' if of else ''}{duty} ({source}). {remedy}"


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRequest(StaffFilesRequest):
    """The options of ``zoning staff report``."""

    edition: Annotated[
        str | None,
        Setting(
            meaning="public: totals, which can be handed to anyone; restricted: placement, single "
            "campuses and officers too, marked, and not to be published. [default: the study's, "
            "else public]",
            read=str,
        ),
        Flag(takes="public|restricted", panel=_RESULTS, sets=("output", "edition")),
    ] = None
    finished: Annotated[
        Path | None,
        Setting(
            meaning="Folder of a finished comparison, whose public figures of one option the "
            "report to the board shows: that of --option."
        ),
        Flag(name="--from", takes="FOLDER"),
    ] = None
    option: Annotated[
        str | None,
        Setting(meaning="The option of --from, for example zones-30.", default="[deck] propose"),
        Flag(takes="OPTION"),
    ] = None


@add_to(staff_app, "report")
def report(screen: Screen, asked: ReportRequest) -> None:
    """Write the reports that law and policy ask for, with the figures filled in.

    The yearly report to the state (number and placement of officers, funding, employment), the
    report to the board as a page and as slides, what the law asks of each campus, every duty with
    its date, and the tables of [programme] for the Data Review Team. What was not computed is not
    shown; what only staff can say is a framed field.
    """
    from zoning.due import due_table
    from zoning.programme.board_report import make_board_report
    from zoning.reports.programme.data_review import data_files_of, data_review_files
    from zoning.reports.programme.law_files import LawReports, report_names

    study = asked.make_study()
    edition = study.settings.output.edition
    slides = find_spec("pptx") is not None
    names = report_names(
        edition, officers=study.settings.roster.officers is not None, slides=slides
    )
    data_names = data_files_of(edition, study.settings.programme)
    folder = prepare_programme(
        study,
        *(asked.out, "zoning-staff-report", (*names, *data_names), edition),
        force=asked.force,
    )
    compared = list(_compared(study, asked))
    inputs, notices = open_staff(study, screen)
    day, programme = asked.day, inputs.programme
    law = (*programme.law_notices_on(day), *([_COMPUTED] if compared else []))
    reports = LawReports(
        district=inputs.district.name,
        on=day,
        edition=edition,
        campuses=programme.campus_law_on(day),
        yearly=programme.yearly_report_on(day),
        board=make_board_report(
            (*programme.board_figures_on(day), *compared),
            district=inputs.district.name,
            on=day,
            since=study.settings.law.last_board_report,
        ),
        due=due_table(programme.due_on(day), day),
        notices=law,
        template=None
        if study.settings.deck.template is None
        else study.file(study.settings.deck.template),
    )
    if edition is Edition.RESTRICTED:
        screen.out.print(Text(RECORDS_MARK, style="bold red"))
    _show(screen, reports.due, edition)
    missing = [] if slides else ["No slides: they need pip install 'zoning[report]'."]
    written = {name: reports.write(name) for name in names}
    if data_names:
        with show_progress(screen.err, steps=1) as tell:
            tell("programme data", None)
            view = programme.data_view_on(day, edition)
        written |= data_review_files(view, district=inputs.district.name)
        law = (*law, *view.notices)
    screen.notices((*notices, *law, *missing))
    screen.files(folder.write(written), meaning_of)


def _show(screen: Screen, table: pd.DataFrame, edition: Edition) -> None:
    shown = table if edition is Edition.RESTRICTED else table[~table["restricted"].astype(bool)]
    late = shown[shown["state"] != "later"]
    screen.listed("Due now or overdue", _lines(late))


def _compared(study: Study, asked: ReportRequest) -> Iterator[BoardFigure]:
    """The figures of an option of a finished comparison."""
    from zoning.programme.board_report import figures_of_option
    from zoning.study.runs import read_run

    if asked.finished is None:
        if asked.option is not None:
            raise OptionError(
                "--option names an option of a finished comparison",
                remedy="Give its folder with --from.",
            )
        return
    run = read_run(asked.finished).require_comparison()
    options = {one.option_id: one for one in run.record.options}
    wanted = asked.option or study.settings.deck.propose
    if wanted not in options:
        what = "no option is named" if wanted is None else f"{wanted!r} was not compared"
        raise OptionError(
            f"{asked.finished}: {what}",
            remedy=f"Give --option with one of {', '.join(options)}.",
        )
    yield from figures_of_option(options[wanted].label, options[wanted].told.figures)


def meaning_of(name: str) -> str:
    """Say what a file of these commands holds; '' for any other."""
    from zoning.reports.programme.data_review import DATA_FILES
    from zoning.reports.programme.law_files import meaning_of as meaning

    return meaning(name) or DATA_FILES.get(name, "")


def prepare_programme(
    study: Study,
    out: Path | None,
    what: str,
    names: Sequence[str],
    edition: Edition,
    *,
    force: bool,
) -> ResultsFolder:
    """Check the folder of the files, before anything is read."""
    named = what if edition is Edition.PUBLIC else f"{what}-{edition}"
    path = study.folder / named if out is None else out
    return prepare_folder(study, path, names, edition, meaning_of, force=force)
