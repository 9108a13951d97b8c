"""How commands stand on the command line: their help, and an answer to words that are none.

An option that was one before settings had a home in the study is looked for among the settings.
"""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

import typer
from typer.core import TyperCommand, TyperGroup

from zoning.cli.options import make_command
from zoning.cli.screen import EXIT_STATUS, Screen, clean_exit
from zoning.errors import OptionError

if TYPE_CHECKING:
    from zoning.settings import SettingRow

_UsageError: Final[Any] = typer.BadParameter.__base__  # typer gives no name for it
_MISSING: Final = re.compile(r"Missing (?:argument|option) '(.*)'")
_EXTRA: Final = re.compile(r"Got unexpected extra argument\S* \((.*)\)")
_TYPO: Final = 0.8  # our choice, a difflib ratio: --schols is --schools, --seed is not --set
_SHORT: Final = 3  # shorter words that begin alike are not the same word: "no" is not "number"


class PlainCommand(TyperCommand):
    """A command whose ``--help`` shows no types of Python, and whose faults are ours."""

    def get_params(self, ctx: Any) -> Any:
        """List options and arguments without the metavars that Typer derives from types."""
        return _without_types(super().get_params(ctx))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words; say of every one that has no place where it has one."""
        words = list(args)
        try:
            return super().parse_args(ctx, args)
        except _UsageError as error:
            with clean_exit(Screen()):
                faults = list(_explain_unknown(words, self, ctx)) or [_explain(error)]
                shown = ctx.command_path
                raise OptionError(
                    f"{shown} cannot read this", faults, f"{shown} --help lists what it takes."
                ) from None


class PlainGroup(TyperGroup):
    """A command with subcommands, and the same help.

    ``panels``: its commands in the order of the help, under the headings of the help.
    """

    panels: ClassVar[Mapping[str, Sequence[str]]] = {}

    def get_params(self, ctx: Any) -> Any:
        """As `PlainCommand.get_params`."""
        return _without_types(super().get_params(ctx))

    def list_commands(self, ctx: Any) -> list[str]:
        """List commands in the order of a planner's work."""
        order = [name for names in self.panels.values() for name in names]
        return sorted(super().list_commands(ctx), key=lambda name: [*order, name].index(name))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Find a command, and the heading of the help that it stands under."""
        found = super().get_command(ctx, cmd_name)
        for heading, names in self.panels.items():
            if found is not None and cmd_name in names:
                found.rich_help_panel = heading  # type: ignore[attr-defined]
        return found

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command of some words; say which is near if there is none."""
        try:
            return super().resolve_command(ctx, args)
        except _UsageError as error:
            with clean_exit(Screen()):
                raise OptionError(
                    error.format_message(), remedy=f"{ctx.command_path} --help lists the commands."
                ) from None


def _without_types(parameters: list[Any]) -> list[Any]:
    for one in parameters:
        if one.param_type_name == "argument":
            one.display_type_rich = lambda ctx: None  # noqa: ARG005
        elif one.name == "help":
            one.metavar = ""
    return parameters


def make_app(about: str | None = None, group: type[PlainGroup] = PlainGroup) -> typer.Typer:
    """Make a command with subcommands."""
    return typer.Typer(
        cls=group,
        help=about,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def add_to(
    app: typer.Typer, name: str | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Add a function of a screen and a request as a command; its own name if none is given."""

    def add(run: Callable[..., None]) -> Callable[..., None]:
        return app.command(name, cls=PlainCommand, epilog=EXIT_STATUS)(make_command(run))

    return add


# Words that are no options of a command.


def _explain(error: Any) -> str:
    """Word the fault of one option or argument."""
    message: str = error.format_message()
    if (missing := _MISSING.match(message)) is not None:
        return f"{missing[1]} is missing"
    if (extra := _EXTRA.match(message)) is not None:
        return f"{extra[1]} has no place: all but the first is given by options"
    return message[:1].lower() + message[1:]


def _explain_unknown(words: Sequence[str], command: Any, ctx: Any) -> Iterator[str]:
    """Say of each unknown option where it is now."""
    own = {*_flags_of(command), *ctx.help_option_names, "--"}
    for k, word in enumerate(words):
        flag, sign, value = word.partition("=")
        if not flag.startswith("--") or flag in own:
            continue
        following = words[k + 1] if k + 1 < len(words) and not sign else value
        given = "" if following.startswith("-") else following
        others = list(_commands_with(flag, ctx.find_root()))
        yield f"{flag} is {_place_of(flag, given, own, others)}"


def _commands_with(flag: str, root: Any) -> Iterator[str]:
    for name in root.command.list_commands(root):
        command = root.command.get_command(root, name)
        if flag in _flags_of(command):
            yield f"zoning {name}"


def _flags_of(command: Any) -> set[str]:
    return {name for one in command.params for name in (*one.opts, *one.secondary_opts)}


def _place_of(flag: str, value: str, own: set[str], others: Sequence[str]) -> str:
    near = difflib.get_close_matches(flag, own, n=1, cutoff=_TYPO)
    if near and not others:
        return f"no option; did you mean {near[0]}?"
    elsewhere = f"no option here, but of {', '.join(others)}" if others else ""
    if "--set" not in own:
        return elsewhere or "no option here"
    from zoning.study import study_settings

    name, rows = flag.lstrip("-"), study_settings()
    if others and name.replace("-", "_") not in {row.key for row in rows}:
        return elsewhere
    return "; ".join(filter(None, (elsewhere, find_setting(name, value, rows))))


def find_setting(option: str, value: str, rows: Iterable[SettingRow]) -> str:
    """Say which setting of a study was meant by the name of an option: the nearest by words.

    It is the first setting that shares most words with the option: ``max-size`` is
    ``zones.max_size``, ``police-mean-min`` is ``police.mean_minutes``.
    """
    words = option.lower().replace("_", "-").split("-")
    best, most = None, (0, 0, 0)
    for row in rows:
        section = row.section.strip("[]").split(".")
        if len(words) == 1 and words[0] in section:
            path = ".".join(section[: section.index(words[0]) + 1])
            return f"now [{path}] of the study: zoning study settings {path}"
        own = row.key.split("_")
        around = [word for part in section for word in part.split("_")]
        here = {word for word in words if any(_is_same(word, one) for one in own)}
        there = {word for word in words if any(_is_same(word, one) for one in around)}
        score = (len(here | there) if here else 0, len(here), len(here.intersection(own)))
        if score > most:
            best, most = row, score
    if best is None or most[0] * 2 < len(words):
        return "neither an option nor a setting: zoning study settings lists what there is"
    path = ".".join(filter(None, (best.section.strip("[]"), best.key)))
    return f"now a setting of the study: --set {shlex.quote(f'{path}={_as_typed(best, value)}')}"


def _as_typed(row: SettingRow, value: str) -> str:
    if row.takes == "true or false":
        return "true"
    shown = value or "VALUE"
    if not row.takes.startswith("list"):
        return shown
    return f"[{shown}]" if shown.isdecimal() else f'["{shown}"]'


def _is_same(one: str, other: str) -> bool:
    """Whether two words are one: cost and costs, min and minutes, move and moved."""
    short, long = sorted((one, other), key=len)
    return short == long or (len(short) >= _SHORT and long.startswith(short))
