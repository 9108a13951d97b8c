"""Define options of the command: name, unit, help, default and parser.

A group of options is a frozen dataclass, a `Request`, whose fields are made by `option`. That
definition is all there is to an option: Typer's parameter, the value in the request and the words
in ``run.json`` are made from it.
"""

from __future__ import annotations

import datetime
import inspect
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Self, get_type_hints

import typer

from zoning.cli.screen import Screen, clean_exit
from zoning.errors import FaultsError, OptionError
from zoning.workbooks import split_sheet

DISTRICT: Final = "The district"
ZONES: Final = "Zones"
RULES: Final = "Rules and today's plan"
CALLS_AND_COSTS: Final = "Calls and costs"
SOLVER: Final = "Solver"
RESULTS: Final = "Results"
"""Headings under which ``--help`` lists the options."""

NOT_RECORDED: Final = frozenset({"out", "force", "seed", "date", "earlier"})
"""Options that ``run.json`` leaves out of the command: they change no figure, or are secret."""

RoleAndPath = tuple[str, Path]
"""An input file with its role: ``("schools", Path("town.csv"))``."""

_TYPES: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("FILE", "FOLDER", "PLAN", "PAGE", "NAME|FILE"), Path),
    **dict.fromkeys(("N", "PIXELS"), int),
    **dict.fromkeys(("NUMBER", "MINUTES", "SECONDS", "METRES", "PERCENT", "DOLLARS"), float),
    "LOW HIGH": tuple[float, float],
    "YYYY-MM-DD": datetime.datetime,
}
"""Types of option values; text where not listed."""

_SHAPEFILE_PARTS = (".shx", ".dbf", ".prj", ".cpg")
_DEFINITION = "option"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option or argument of a command.

    Attributes
    ----------
    flag
        ``--name``; None for an argument.
    help, panel
        What ``--help`` says about it, and under which heading.
    takes
        What stands behind the flag, as ``--help`` shows it: ``MINUTES``, ``FILE``.
    kind
        The type Typer reads one word as.
    default
        In the words of the command line; None if not given, `MISSING` if it must be.
    repeated
        Whether it may be given several times.
    read
        Converts Typer's value to the value in the request. A `ValueError` states the fault
        with it, ``is not a number``; an `OptionError` has all faults of several words.
    typer_options
        Further arguments of `typer.Option`.
    """

    flag: str | None
    help: str
    takes: str
    kind: Any
    default: Any
    panel: str | None
    repeated: bool
    read: Callable[[Any], Any] | None
    typer_options: Mapping[str, Any]

    def value(self, given: Any) -> Any:
        """Parse the value in the request; raise `OptionError` if it is invalid."""
        if self.repeated and given is None:
            given = ()
        if self.read is None or given is None:
            return given
        try:
            return self.read(given)
        except FaultsError:
            raise
        except ValueError as error:
            shown = f"{given:g}" if isinstance(given, float | int) else given
            raise OptionError(f"{self.flag} {shown} {error}") from error

    def parameter(self, name: str) -> inspect.Parameter:
        """Make the parameter of a function that Typer calls."""
        kind = list[self.kind] if self.repeated else self.kind  # type: ignore[name-defined]
        common: dict[str, Any] = {
            "metavar": self.takes,
            "help": self.help,
            "rich_help_panel": self.panel,
            **self.typer_options,
        }
        required = self.default is MISSING
        if self.flag is None:
            info = typer.Argument(show_default=False, **common)
        else:
            info = typer.Option(self.flag, **common)
        return inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if required else self.default,
            annotation=Annotated[kind if self.default is not None else kind | None, info],
        )


def option(
    flag: str | None,
    takes: str | tuple[str, ...],
    help: str,
    *,
    default: Any = None,
    panel: str | None = None,
    repeated: bool = False,
    read: Callable[[Any], Any] | None = None,
    **typer_options: Any,
) -> Any:
    """Declare an option: a field of a `Request`, or a parameter of a command.

    Parameters
    ----------
    takes
        What stands behind the flag: a unit or form such as ``MINUTES``, which gives the
        type, or the words that are allowed.
    flag, help, default, panel, repeated, read, typer_options
        See `Option`.
    """
    kind = bool if takes == "" else _TYPES.get(str(takes), str)
    if isinstance(takes, tuple):
        kind, takes = StrEnum("Choice", {word: word for word in takes}), "|".join(takes)
        read = str if read is None else read
    definition = Option(
        flag=flag,
        help=help,
        takes=takes,
        kind=kind,
        default=default,
        panel=panel,
        repeated=repeated,
        read=tuple if read is None and repeated else read,
        typer_options=typer_options,
    )
    if default is MISSING:
        return field(metadata={_DEFINITION: definition})
    return field(
        default_factory=partial(definition.value, default), metadata={_DEFINITION: definition}
    )


def switch(flag: str, help: str, *, default: bool | None = False, panel: str | None = None) -> Any:
    """Declare a flag; ``--flag/--no-flag`` if its default is None."""
    return option(flag, "", help, default=default, panel=panel)


def argument(name: str, help: str, *, repeated: bool = False) -> Any:
    """Declare a required positional argument."""
    return option(None, name, help, default=MISSING, repeated=repeated)


class FaultCollector:
    """Collects the faults of a request, to report them all at once.

    Each ``with faults:`` holds one part of the work; a `FaultsError` in it is recorded,
    and the next part is still looked at.
    """

    def __init__(self) -> None:
        self._errors: list[FaultsError] = []

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> bool:
        if not isinstance(error, FaultsError):
            return False
        self._errors.append(error)
        return True

    def add(self, *faults: str) -> None:
        """Add one fault for each sentence."""
        self._errors += [FaultsError(fault) for fault in faults]

    def require_options(self) -> None:
        """Raise one `OptionError` with every faulty option, if there is any."""
        if self._errors:
            raise OptionError(
                "these options cannot be used",
                [fault for error in self._errors for fault in error.faults or (error.headline,)],
                "Run the command with --help to see what each option takes.",
            )

    def require_contents(self) -> None:
        """Raise one error with the faults inside the files that options name, if there are any."""
        if len(self._errors) == 1:
            raise self._errors[0]
        if self._errors:
            raise OptionError(
                "the request cannot be used; nothing was computed",
                [line for error in self._errors for line in str(error).splitlines()],
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The options of a command, or groups of them, parsed without opening a file."""

    panel: ClassVar[str | None] = None
    """The heading of its options, where they name no other."""

    @classmethod
    def read(cls, **given: Any) -> Self:
        """Parse the words of the command line, given by the names of the fields.

        Raises `OptionError` with everything that makes no sense, in one field or between several.
        """
        unread, faults = FaultCollector(), FaultCollector()
        values: dict[str, Any] = {}
        for name, group in cls.groups().items():
            with unread:
                values[name] = group.read(**given)
        for name, definition in cls.options().items():
            # An invalid value stays as it was typed, so that the other options are still checked.
            values[name] = typed = given.get(name, definition.default)
            with unread:
                values[name] = definition.value(typed)
        if cls.groups():
            unread.require_options()
        made = cls(**values)
        faults.add(*made.faults())
        with faults:
            unread.require_options()
        faults.require_options()
        return made

    @classmethod
    def groups(cls) -> dict[str, type[Request]]:
        """List the fields that are requests themselves."""
        hints = get_type_hints(cls)
        return {
            one.name: hints[one.name]
            for one in fields(cls)
            if isinstance(hints.get(one.name), type) and issubclass(hints[one.name], Request)
        }

    @classmethod
    def options(cls) -> dict[str, Option]:
        """List the fields that are options."""
        found: tuple[Field[Any], ...] = fields(cls)
        made = {one.name: one.metadata[_DEFINITION] for one in found if one.metadata}
        return {
            name: replace(one, panel=one.panel or cls.panel) if one.flag else one
            for name, one in made.items()
        }

    @classmethod
    def parameters(cls) -> Iterator[inspect.Parameter]:
        """List its options and those of its groups, in the order of the fields."""
        options, groups = cls.options(), cls.groups()
        for one in fields(cls):
            if one.name in options:
                yield options[one.name].parameter(one.name)
            elif one.name in groups:
                yield from groups[one.name].parameters()

    def faults(self) -> Iterable[str]:
        """Find contradictions between options, one sentence each."""
        return ()

    def files(self) -> Iterator[RoleAndPath]:
        """List every file that it names, with its role."""
        yield from ()

    def changed_options(self) -> Iterator[tuple[str, Option]]:
        """List the options that differ from their default, with their definitions."""
        for name, definition in self.options().items():
            if definition.default is not MISSING and (
                getattr(self, name) != definition.value(definition.default)
            ):
                yield name, definition


def make_command(run: Callable[..., None]) -> Callable[..., None]:
    """Convert a function of one request to a function that Typer calls with its options.

    The function gets the request read and checked, every fault having been reported at
    once, and a ``screen`` to answer on; what it raises becomes a message and an exit
    status. It may also ask for the `typer.Context`.
    """
    hints = get_type_hints(run)
    request: type[Request] = hints["asked"]
    parameters = list(request.parameters())
    if "context" in hints:
        keyword = inspect.Parameter.KEYWORD_ONLY
        parameters.insert(0, inspect.Parameter("context", keyword, annotation=typer.Context))

    def flat(**given: Any) -> None:
        screen = Screen()
        context = {"context": given.pop("context")} if "context" in hints else {}
        with clean_exit(screen):
            run(screen=screen, asked=request.read(**given), **context)

    flat.__name__ = run.__name__
    flat.__doc__ = run.__doc__
    flat.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    flat.__annotations__ = {one.name: one.annotation for one in parameters}
    return flat


def options_from(context: typer.Context, source: str) -> Iterator[Any]:
    """List parameters by the source of their value: ``COMMANDLINE``, ``DEFAULT_MAP``."""
    for parameter in context.command.params:
        found = context.get_parameter_source(parameter.name or "")
        if found is not None and found.name == source:
            yield parameter


def command_words(context: typer.Context) -> tuple[str, ...]:
    """Rebuild the command line, without the options in `NOT_RECORDED`."""
    words = ["zoning", context.info_name or ""]
    for parameter in options_from(context, "COMMANDLINE"):
        if parameter.name in NOT_RECORDED:
            continue
        given = context.params[parameter.name]
        for one in given if isinstance(given, list) else [given]:
            values = one if isinstance(one, tuple) else (one,)
            flag = [] if parameter.param_type_name == "argument" else [parameter.opts[0]]
            words += [*flag, *(_word(value) for value in values)]
    return tuple(words)


def _word(value: object) -> str:
    if isinstance(value, Path):
        return path_to_show(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


# Parsers of values, for ``read`` of an option.


def number(
    fits: Callable[[float], bool],
    fault: str,
    *,
    convert: Callable[[float], float] = lambda given: given,
) -> Callable[[float], float]:
    """Make a parser of numbers.

    Parameters
    ----------
    fits
        Whether a number makes sense; NaN does not if it compares.
    fault
        What is said of others: ``is not a percentage from 0 to below 100``.
    convert
        To the unit of the library.
    """

    def read(given: float) -> float:
        if not fits(given):
            raise ValueError(fault)
        return convert(given)

    return read


def minutes(*, above_0: bool = False) -> Callable[[float], float]:
    """Make a parser of minutes that returns seconds."""
    return number(
        lambda given: 0 <= given < math.inf and not (above_0 and given == 0),
        f"is not a number of minutes {'above 0' if above_0 else 'of 0 or more'}",
        convert=lambda given: given * 60,
    )


def pairs(
    flag: str, form: str, *, last_sign: bool = False, empty: bool = False
) -> Callable[[Iterable[str]], dict[str, str]]:
    """Make a parser of ``A=B`` words as a mapping; malformed and repeated words are faults.

    Parameters
    ----------
    form
        How it is written, for the fault.
    last_sign
        Whether the last ``=`` separates the two, not the first.
    empty
        Whether nothing may stand behind the sign.
    """

    def read(given: Iterable[str]) -> dict[str, str]:
        words = list(given)
        split = [word.rpartition("=") if last_sign else word.partition("=") for word in words]
        faults = [
            f"{flag} {word} is not of the form {form}"
            for word, (left, sign, right) in zip(words, split, strict=True)
            if not (left and sign and (right or empty))
        ]
        names = [left for left, _, _ in split]
        faults += [
            f"{flag} gives {left} more than once"
            for left in dict.fromkeys(names)
            if left and names.count(left) > 1
        ]
        if faults:
            raise OptionError(f"{flag} cannot be used", faults)
        return {left: right for left, _, right in split}

    return read


# Files that options name.


def with_parts(role: str, path: Path) -> Iterator[RoleAndPath]:
    """List a file with the other parts of its Shapefile or File Geodatabase.

    Of ``schools.xlsx#Sheet`` the file is ``schools.xlsx``.
    """
    path, _ = split_sheet(path)
    if path.is_dir():
        yield from ((role, part) for part in sorted(path.iterdir()) if part.is_file())
        return
    yield role, path
    if path.suffix.lower() == ".shp":
        parts = (path.with_suffix(ending) for ending in _SHAPEFILE_PARTS)
        yield from ((role, part) for part in parts if part.is_file())


def path_to_show(path: Path) -> str:
    """Show a path as it was typed; of an absolute path only the name, to hide user folders."""
    return path.name if path.is_absolute() else path.as_posix()
