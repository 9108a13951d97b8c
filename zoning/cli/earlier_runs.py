"""Take the settings of a finished comparison as defaults of a command."""

from __future__ import annotations

import shlex
from pathlib import Path

import typer

from zoning.cli.options import CALLS_AND_COSTS, RULES, SOLVER, ZONES, options_from
from zoning.cli.screen import Screen, clean_exit
from zoning.errors import OptionError
from zoning.study.runs import read_run

# Result options that the deck does not copy from the comparison.
_OWN_RESULTS = frozenset({"also", "edition", "map_size", "tiles", "force", "out", "date"})
# Help panels of the options that change figures.
_SETTINGS = frozenset({ZONES, RULES, CALLS_AND_COSTS, SOLVER})


def take_settings(context: typer.Context, folder: Path | None) -> Path | None:
    """Use the options of a finished comparison as defaults of this command."""
    if folder is None:
        return None
    with clean_exit(Screen()):
        words = shlex.split(read_run(folder).require_comparison().record.command)[2:]
    given, _, _ = context.command.make_parser(context).parse_args(words)
    context.default_map = {name: value for name, value in given.items() if name not in _OWN_RESULTS}
    return folder


def require_same_settings(context: typer.Context) -> None:
    """Raise `OptionError` with every option that needs a new search, and for moved files."""
    # The seed is not in a public record, so it has to be given again.
    faults = [
        f"{option.opts[0]} is fixed by the comparison"
        for option in options_from(context, "COMMANDLINE")
        if option.rich_help_panel in _SETTINGS and option.name != "seed"
    ]
    gone = [
        f"{option.opts[0]} {given} is not here"
        for option in options_from(context, "DEFAULT_MAP")
        if isinstance(given := context.params.get(option.name), Path) and not given.exists()
    ]
    if faults:
        raise OptionError(
            "slides of a finished comparison cannot use other settings",
            faults,
            "Leave these options out, or run zoning compare with them.",
        )
    if gone:
        raise OptionError(
            "files of the comparison are not where its record says",
            gone,
            "Give them with these options, or run this where zoning compare ran.",
        )
