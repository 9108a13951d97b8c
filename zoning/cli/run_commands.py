"""Commands about finished runs: repeat one, and say what changed between two."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from zoning.cli.options import Flag
from zoning.cli.screen import Screen, collect_notices
from zoning.editions import Purpose
from zoning.errors import OptionError, first_few
from zoning.files import STUDY_AS_RUN, refuse_to_replace, write_whole
from zoning.settings import Location, Setting, settings
from zoning.units import counted

if TYPE_CHECKING:
    from zoning.study import Study
    from zoning.study.differences import RunDiff
    from zoning.study.runs import Run

OWN_SCREEN: Final = "Of a restricted run or a list of schools: for your own screen, not to publish."


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class AgainRequest:
    """The options of ``zoning again``."""

    folder: Annotated[
        Path,
        Setting(meaning="Folder that zoning plan, improve, compare or deck wrote."),
        Flag(argument="FOLDER"),
    ]
    out: Annotated[
        Path | None,
        Setting(meaning="Folder for the files.", default="FOLDER-again"),
        Flag(takes="FOLDER"),
    ] = None
    changes: Annotated[
        tuple[str, ...],
        Setting(
            meaning="A setting that a public folder withholds, solver.seed=7, or a file that "
            "moved, schools.file=FILE. Repeat for more."
        ),
        Flag(name="--set", takes="KEY=VALUE"),
    ] = ()
    changed_inputs: Annotated[
        bool, Setting(meaning="Go on with files that are not as the run read them.")
    ] = False
    force: Annotated[
        bool, Setting(meaning="Replace the files of an earlier run in the folder for the files.")
    ] = False


def again(screen: Screen, asked: AgainRequest) -> None:
    """Repeat a run from its folder, and compare the result with it.

    The study in the folder is run again, with the same date and edition, into another folder.
    Input files that changed are named before anything is computed. The answer is the same to the
    byte, or what changed.
    """
    from zoning.study.differences import diff_runs, different_files
    from zoning.study.inputs import input_files
    from zoning.study.runs import read_run

    folder = asked.folder
    run = read_run(folder)
    study = run.study(*asked.changes)
    named = folder.resolve() if folder.name in ("", "..") else folder
    target = asked.out or named.with_name(f"{named.name}-again")
    changed = run.changed_files(input_files(study, review=run.record.purpose == "improve"))
    if changed and not asked.changed_inputs:
        raise OptionError(
            f"the files are not those that the run in {folder} read; nothing was computed",
            first_few(changed),
            "Put them back, name files that moved with --set, such as --set schools.file=FILE, or "
            "give --changed-inputs to use them as they are.",
        )
    screen.listed("Changed since the run", changed)
    repeat(screen, study, run, target, force=asked.force)
    repeated = read_run(target)
    different = different_files(run, repeated)
    if different and any(o.zoning and o.zoning.stopped_by for o in run.record.options):
        screen.text("A limit ended a search of that run, so another plan may be found in its time.")
    if different:
        screen.text(f"Not as in {folder}: {', '.join(first_few(different))}")
    else:
        # study.toml names files from its own folder.
        same = len(run.record.files.keys() - {STUDY_AS_RUN})
        screen.text(f"The same to the byte as in {folder}: {counted(same, 'file')}")
    with collect_notices([]):  # the run itself printed them
        found = diff_runs(run, repeated)
    if different or not found.changes.empty:
        show_diff(screen, found)


def repeat(screen: Screen, study: Study, run: Run, out: Path, *, force: bool) -> None:
    """Run a study for the purpose of a run, into a folder."""
    from zoning.cli.planning_run import PlanningRun

    review = run.record.purpose == "improve"
    purpose = Purpose.PLAN if review else Purpose(run.record.purpose)
    PlanningRun(study=study, purpose=purpose, review=review, out=out, force=force).run(screen)


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class DiffRequest:
    """The options of ``zoning diff``."""

    before: Annotated[Path, Setting(meaning="Folder of a run."), Flag(argument="BEFORE")]
    after: Annotated[Path, Setting(meaning="Folder of another run."), Flag(argument="AFTER")]
    out: Annotated[
        Path | None,
        Setting(meaning="Write the changes into this file too, as CSV."),
        Flag(takes="FILE"),
    ] = None
    force: Annotated[bool, Setting(meaning="Replace that file.")] = False


def diff(screen: Screen, asked: DiffRequest) -> None:
    """Say what changed between two runs: settings, files, plans, figures and proofs.

    Two restricted runs are compared by their exact figures, others by the published ones. A figure
    that is written alike in both is the same. The exit status is 0 whether or not the runs differ.
    """
    from zoning.study.differences import diff_runs
    from zoning.study.runs import read_run

    out = asked.out
    if out is not None:
        if out.suffix.lower() != ".csv":
            raise OptionError(f"{out.name} does not end in .csv", remedy="Give --out FILE.csv.")
        refuse_to_replace(out, replace=asked.force)
    with collect_notices([]):  # each run printed those of its own schools
        found = diff_runs(read_run(asked.before), read_run(asked.after))
    show_diff(screen, found)
    if out is not None:
        write_whole(out, found.to_csv(), replace=asked.force, owner_only=found.restricted)
        screen.written(out)


def show_diff(screen: Screen, found: RunDiff) -> None:
    """Print what changed between two runs."""
    if found.restricted:
        screen.text(OWN_SCREEN)
    for heading, sentences in found.sections():
        screen.listed(heading, sentences)
    if found.changes.empty:
        screen.text("No difference was found.")
    screen.notices(found.remarks)


def study_of_comparison(
    run: Run, changes: Sequence[str], values: Iterable[tuple[str, Location, Any]]
) -> Study:
    """Read the study of a finished comparison, with the slides' own settings over it.

    Files that moved may be named too: that they are the same is checked by their hash.

    Raises `OptionError` with every setting that needs a new search.
    """
    from zoning.study.study import names_files

    options = list(values)
    given = [(f"--set {key}", key) for key in (one.partition("=")[0].strip() for one in changes)]
    given += [(flag, ".".join(map(str, where))) for flag, where, _ in options]
    free = {"output", "deck", *run.withheld}
    faults = [
        f"{flag} is fixed by the comparison"
        for flag, key in given
        if not free & {key, key.split(".")[0]} and not names_files(tuple(key.split(".")))
    ]
    if faults:
        raise OptionError(
            "slides of a finished comparison cannot use other settings",
            faults,
            "Leave these out, or run zoning compare with them.",
        )
    return run.study(*changes).without("output").set(*changes, values=options)
