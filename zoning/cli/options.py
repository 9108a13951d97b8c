"""Options of the command, made from settings: flag, help, default and check.

The options of a command are a class of settings (`zoning.settings`), so an option is defined as a
setting of a study is: its meaning is the help, its unit and range are checked in the same way, and
every fault is reported at once.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, dataclass
from functools import partial
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

import typer

from zoning.cli.screen import Screen, clean_exit
from zoning.errors import FaultsError, OptionError
from zoning.settings import (
    NONE,
    Location,
    SettingField,
    describe_default,
    fields_of,
    hint_of,
    read_settings,
)

T = TypeVar("T")

SEE_HELP: Final = "Run the command with --help to see what each option takes."


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """How an option stands on the command line, where the setting does not say it.

    Attributes
    ----------
    name
        ``--zones``; made from the field's name if ''.
    argument
        Of a positional argument: its name, ``STUDY``.
    takes
        What stands behind the flag, ``MINUTES``; made from the setting if ''.
    panel
        The heading of ``--help`` under which it is listed.
    sets
        Of an option that gives a setting of the study: its place there.
    """

    name: str = ""
    argument: str = ""
    takes: str = ""
    panel: str | None = None
    sets: Location = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option of a command: a setting and its flag."""

    setting: SettingField
    flag: Flag

    @classmethod
    def all_of(cls, request: type) -> Iterator[Option]:
        """List the options of a command, in the order of the fields of its class."""
        for one in fields_of(request):
            marks = hint_of(request, one.name).__metadata__
            flag = next((mark for mark in marks if isinstance(mark, Flag)), Flag())
            yield cls(setting=one, flag=flag)

    @property
    def kinds(self) -> list[Any]:
        """The types of its value, but None."""
        kind = self.setting.kind
        options = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
        return [one for one in options if one is not NoneType]

    @property
    def name(self) -> str:
        """``--zones``, or the name of the argument."""
        plain = f"--{self.setting.name.replace('_', '-')}"
        return str(self.flag.argument or self.flag.name or plain)

    @property
    def _type(self) -> Any:
        """The type Typer reads: text is converted by the setting, with our words for faults."""
        kind, *others = self.kinds
        if others or self.setting.setting.read is not None:
            many = self.setting.default in ((), {})
            return list[str] if many else str
        if kind is bool:
            return bool
        if get_origin(kind) is tuple:
            inner = get_args(kind)
            if inner[-1] is Ellipsis:
                return list[str]
            return tuple[(str,) * len(inner)]  # type: ignore[misc]
        return str

    def parameter(self) -> inspect.Parameter:
        """Make the parameter of a function that Typer calls."""
        setting, kind = self.setting.setting, self._type
        three = kind is bool and NoneType in get_args(self.setting.kind)
        told = describe_default(self.setting)
        quiet = kind is bool or told in ("", "required", NONE)
        common: dict[str, Any] = {
            "help": setting.meaning if quiet else f"{setting.meaning} [default: {told}]",
            "show_default": False,
            "metavar": "" if kind is bool else self._takes(),
        }
        if self.flag.argument:
            info = typer.Argument(**common)
        else:
            name = f"{self.name}/--no-{self.name[2:]}" if three else self.name
            info = typer.Option(name, rich_help_panel=self.flag.panel, **common)
        required = self.setting.default is MISSING
        default = False if kind is bool and not three else None
        return inspect.Parameter(
            self.setting.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if required else default,
            annotation=Annotated[kind if required or default is False else kind | None, info],
        )

    def _takes(self) -> str:
        if self.flag.argument or self.flag.takes:
            return self.flag.argument or self.flag.takes
        setting = self.setting.setting
        if setting.unit is not None and setting.unit.name:
            return setting.unit.name.upper()
        plain = isinstance(self.kinds[0], type)
        words: tuple[str, ...] = setting.allowed_words(self.kinds[0]) if plain else ()
        names: dict[Any, str] = {int: "N", float: "NUMBER", str: "TEXT"}
        return "|".join(words) or names.get(self.kinds[0], "FILE")


def read_request(request: type[T], given: dict[str, Any]) -> T:
    """Make the options of a command from the words of the command line, by field.

    Raises `OptionError` with everything that makes no sense, in one option or between several:
    those that a request's ``faults`` finds.
    """
    options = list(Option.all_of(request))
    names = {one.setting.key: one.name for one in options}
    table = {
        one.setting.key: list(value) if isinstance(value, tuple) else value
        for one in options
        if (value := given.get(one.setting.name)) not in (None, [], ())
    }
    made, faults = read_settings(request, table)
    lines = [f"{names[str(fault.where[0])]} {fault.what}" for fault in faults if fault.where]
    lines += [fault.what for fault in faults if not fault.where]
    if made is None:
        # The other options are still checked against each other.
        wrong = {str(fault.where[0]) for fault in faults if fault.where}
        made, _ = read_settings(request, {k: v for k, v in table.items() if k not in wrong})
    find: Callable[[], Iterable[str]] = getattr(made, "faults", list)
    lines = [*find(), *lines]
    if lines or made is None:
        raise OptionError("these options cannot be used", lines, SEE_HELP)
    return made


def make_command(run: Callable[..., None]) -> Callable[..., None]:
    """Convert a function of one request to a function that Typer calls with its options.

    The function gets the request read and checked, every fault having been reported at
    once, and a ``screen`` to answer on; what it raises becomes a message and an exit
    status.
    """
    request: type[Any] = get_type_hints(run)["asked"]
    parameters = [one.parameter() for one in Option.all_of(request)]
    # Python wants required parameters first; Typer takes arguments in this order.
    parameters.sort(key=lambda one: one.default is not inspect.Parameter.empty)

    def flat(**given: Any) -> None:
        screen = Screen()
        with clean_exit(screen):
            run(screen=screen, asked=read_request(request, given))

    flat.__name__ = run.__name__
    flat.__doc__ = run.__doc__
    flat.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    flat.__annotations__ = {one.name: one.annotation for one in parameters}
    return flat


def read_pairs(form: str, *, last_sign: bool = False, empty: bool = False) -> Callable[..., Any]:
    """Make a reader of ``A=B`` words as a mapping; malformed and repeated words are faults.

    Parameters
    ----------
    form
        How it is written, for the fault.
    last_sign
        Whether the last ``=`` separates the two, not the first.
    empty
        Whether nothing may stand behind the sign.
    """
    return partial(_read_pairs, form=form, last_sign=last_sign, empty=empty)


def _read_pairs(given: Iterable[str], *, form: str, last_sign: bool, empty: bool) -> dict[str, str]:
    words = list(given)
    split = [word.rpartition("=") if last_sign else word.partition("=") for word in words]
    faults = [
        f"{word} is not of the form {form}"
        for word, (left, sign, right) in zip(words, split, strict=True)
        if not (left and sign and (right or empty))
    ]
    names = [left for left, _, _ in split]
    faults += [
        f"gives {left} more than once"
        for left in dict.fromkeys(names)
        if left and names.count(left) > 1
    ]
    if faults:
        raise FaultsError("these words cannot be used", faults)
    return {left: right for left, _, right in split}


def path_to_show(path: Path) -> str:
    """Show a path as it was typed; of an absolute path only the name, to hide user folders.

    A file is seen from the folder of work, whichever folder names it: ``run/../town.csv`` is
    ``town.csv``.
    """
    return path.name if path.is_absolute() else Path(os.path.normpath(path)).as_posix()
