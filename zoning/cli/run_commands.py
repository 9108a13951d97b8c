"""Commands about finished runs: repeat one, and say what changed between two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from zoning.cli.screen import Screen
from zoning.errors import OptionError, first_few
from zoning.files import refuse_to_replace, write_whole
from zoning.units import counted

if TYPE_CHECKING:
    from zoning.study import Study
    from zoning.study.differences import RunDiff
    from zoning.study.runs import Run

OWN_SCREEN: Final = "Of a restricted run or a list of schools: for your own screen, not to publish."

Repeat = Callable[["Study", "Run", Path], None]
"""Runs a study as a run did, into a folder."""


def diff(
    screen: Screen, before: Path, after: Path, *, out: Path | None = None, force: bool = False
) -> None:
    """Say what changed between the runs in two folders; write it as CSV too if asked."""
    from zoning.study.differences import diff_runs
    from zoning.study.runs import read_run

    if out is not None:
        if out.suffix.lower() != ".csv":
            raise OptionError(f"{out.name} does not end in .csv", remedy="Give --out FILE.csv.")
        refuse_to_replace(out, replace=force)
    found = diff_runs(read_run(before), read_run(after))
    show_diff(screen, found)
    if out is not None:
        write_whole(out, found.to_csv(), replace=force, owner_only=found.restricted)
        screen.written(out)


def again(
    screen: Screen,
    folder: Path,
    repeat: Repeat,
    *,
    out: Path | None = None,
    changes: Sequence[str] = (),
    changed_inputs: bool = False,
) -> None:
    """Repeat the run in a folder into another, and compare the two.

    Parameters
    ----------
    repeat
        Computes and writes it.
    changes
        Settings that the folder withholds, and files that moved: ``solver.seed=7``.
    changed_inputs
        Whether to go on with files that are not as the run read them.
    """
    from zoning.study.differences import diff_runs, different_files
    from zoning.study.inputs import study_files
    from zoning.study.runs import read_run

    run = read_run(folder)
    study = run.study(*changes)
    target = out or folder.resolve().with_name(f"{folder.resolve().name}-again")
    files = study_files(study, review=run.record.purpose == "improve")
    changed = run.changed_files(files)
    if changed and not changed_inputs:
        raise OptionError(
            f"the files are not those that the run in {folder} read; nothing was computed",
            first_few(changed),
            "Put them back, name files that moved with --set, such as --set schools.file=FILE, or "
            "give --changed-inputs to use them as they are.",
        )
    screen.listed("Changed since the run", changed)
    repeat(study, run, target)
    repeated = read_run(target)
    different = different_files(run, repeated)
    if different:
        screen.text(f"Not as in {folder}: {', '.join(first_few(different))}")
    else:
        same = counted(len(run.record.files), "file")
        screen.text(f"The same to the byte as in {folder}: {same}")
    found = diff_runs(run, repeated)
    if different or not found.changes.empty:
        show_diff(screen, found)


def show_diff(screen: Screen, found: RunDiff) -> None:
    """Print what changed between two runs."""
    if found.restricted:
        screen.text(OWN_SCREEN)
    for heading, sentences in found.sections():
        screen.listed(heading, sentences)
    if found.changes.empty:
        screen.text("No difference was found.")
    screen.notices(found.remarks)
