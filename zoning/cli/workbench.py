"""``zoning workbench``: a page on which a planner moves schools between zones."""

from __future__ import annotations

import datetime
import os
import re
import shlex
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from zoning.cli.options import Flag, Option, path_to_show
from zoning.cli.screen import INTERRUPTED, Screen, collect_notices, show_progress
from zoning.cli.study_request import PlanFile, StudyRequest, read_number
from zoning.editions import WORKBENCH_MARK, Edition
from zoning.errors import OptionError, OutputError, first_few
from zoning.files import refuse_to_replace, write_whole
from zoning.settings import Setting, settings

if TYPE_CHECKING:
    from zoning.study import Study

_RESULTS: Final = "Results"
_PARTS: Final = re.compile(r"""([="'\[\],])""")
"""What separates a key, and values of TOML."""


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class WorkbenchRequest(StudyRequest):
    """The options of ``zoning workbench``."""

    plan: PlanFile = None
    alternatives: Annotated[
        int | str | None,
        Setting(
            meaning="How many solved plans the page has to start from: the best one, and the best "
            "of those that differ from all before. [default: the study's, else 3]",
            read=read_number,
        ),
        Flag(takes="N", sets=("plan", "alternatives")),
    ] = None
    time_limit: Annotated[
        str | None,
        Setting(
            meaning="Longest search for each solved plan, 90 or '5 min'. [default: the study's, "
            "else 120]",
            read=str,
        ),
        Flag(takes="SECONDS", sets=("solver", "time_limit_seconds")),
    ] = None
    out: Annotated[
        Path | None,
        Setting(
            meaning="File for the page.", default="zoning-workbench-restricted.html by the study"
        ),
        Flag(takes="FILE.html", panel=_RESULTS),
    ] = None
    force: Annotated[bool, Setting(meaning="Replace that file."), Flag(panel=_RESULTS)] = False


def workbench(screen: Screen, asked: WorkbenchRequest) -> None:
    """Write a page on which you move schools between zones and see at once what it costs.

    The page starts from your plan, if there is one, and has the best plan with its proof,
    near-best ones and today's plan beside it. It needs no network. It holds travel times and calls
    of every school: it is restricted. If no plan keeps every rule, the page has the given plan and
    says why. Ctrl-C during the search keeps the plans found so far.
    """
    from zoning.cli.comparison_table import show_alternatives, show_estimate
    from zoning.cli.patrol_words import show_mark
    from zoning.cli.planning_run import stop_without_plan
    from zoning.study.workbench import NAME, StudyWorkbench, open_workbench

    study = asked.make_study()
    out = study.folder / NAME if asked.out is None else asked.out
    if out.suffix.lower() not in (".html", ".htm"):
        raise OptionError(f"{out.name} is no name of a page", remedy="Give --out FILE.html.")
    replaced = _require_free(out, study, force=asked.force)
    warned: list[str] = []
    with collect_notices(warned):
        inputs = open_workbench(study)
    with show_progress(screen.err, steps=3) as tell, collect_notices(warned):
        tell("travel times", None)
        _ = inputs.problem
        tell("plans", None)
        made = StudyWorkbench.solve(inputs, progress=lambda progress: tell("plans", progress))
        if not made.has_plan:
            found = made.found
            stop_without_plan(screen, str(found.results[0]), interrupted=found.interrupted)
        tell("the page", None)
        output = study.settings.output
        page = made.page(
            title=output.title,
            date=output.date or datetime.datetime.now().date(),
            study=study_in_words(asked),
        )
        data = str(page.get_root().render()).encode("utf-8")
    show_mark(screen, WORKBENCH_MARK)
    show_estimate(screen, inputs.problem.times_estimate)
    if made.found.plans:
        show_alternatives(
            screen,
            made.found,
            edition=Edition.RESTRICTED,
            calls_are_counted=inputs.calls.is_counted,
        )
    screen.listed("The page that is replaced", replaced)
    screen.notices(dict.fromkeys((*warned, *made.notices)))
    write_whole(out, data, replace=asked.force, owner_only=True)
    screen.written(out)
    if made.found.interrupted:
        screen.fail("Interrupted; the plans found until then were written.", headline="")
        raise typer.Exit(INTERRUPTED)


def compare_page(page: Path, study: Study) -> list[str]:
    """Say what of a study has changed since a page was made, or that nothing has.

    Raises `OptionError` if the file is no page of ``zoning workbench``.
    """
    from zoning.study.workbench import changed_since

    changed = changed_since(page, study)
    if not changed:
        return [f"{path_to_show(page)} was made from these settings and files: its figures hold"]
    return [f"{path_to_show(page)} is older than the study, and its figures do not hold", *changed]


def _require_free(out: Path, study: Study, *, force: bool) -> list[str]:
    """Say how the page that is there differs from the study; nothing if it is another file.

    Raises `OutputError` if there is a file that may not be replaced.
    """
    told: list[str] = []
    if out.is_file():
        with suppress(OptionError):
            told = compare_page(out, study)
    try:
        refuse_to_replace(out, replace=force)
    except OutputError as error:
        raise OutputError("\n  ".join((str(error), *first_few(told)))) from None
    return told


def study_in_words(asked: StudyRequest) -> str:
    """Name the study as it was typed, for the commands that the page shows.

    An absolute path is shown from the folder of work, or by its name: it may name a user. Also
    one in a ``--set``.
    """
    words: list[str] = []
    for one in Option.all_of(StudyRequest):
        value = getattr(asked, one.setting.name)
        given = value if isinstance(value, tuple) else [] if value is None else [value]
        for word in map(str, given):
            parts = _PARTS.split(word) if one.setting.name == "changes" else [word]
            shown = "".join(map(_from_here, parts))
            words += [shown] if one.flag.argument else [one.name, shown]
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def _from_here(word: str) -> str:
    path, here = Path(word), Path.cwd()
    if not path.is_absolute():
        return word
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else path_to_show(path)
