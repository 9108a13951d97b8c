"""The errors that the library raises on bad input, and how they list their faults.

Each error is a `ZoningError` and the built-in error a caller would expect, so
both ``except ZoningError`` and ``except ValueError`` work. An impossible
request is not an error: it is an answer (`zoning.ZoningResult`).
"""

from __future__ import annotations

import inspect
import re
import sys
import types
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from numbers import Integral, Real
from os import PathLike
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints

P = ParamSpec("P")
T = TypeVar("T")

# Up to this many faults of one kind are listed row by row; more are summarised in one line.
_MAX_ALIKE = 3
# Number of row ranges and of values in a summary: they fit one or two lines of a terminal.
_MAX_RANGES = 6
_MAX_VALUES = 5
# Longest fault in characters: two hundred ids fit, while a cell of a million letters is cut.
_MAX_FAULT_LENGTH = 4_000
# Values in a message, quoted or numbers. Faults of one kind differ only in these.
_VALUE = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[-+]?\d[\d.,:]*\d|[-+]?\d""")


class ZoningError(Exception):
    """Base of every error the library raises on purpose."""


class FaultsError(ZoningError, ValueError):
    """Several faults found in one pass, reported together.

    Parameters
    ----------
    headline
        What is wrong, in one line.
    faults
        One line a fault: where it is and what it is.
    remedy
        What to do about it.
    """

    def __init__(self, headline: str, faults: Sequence[str] = (), remedy: str = "") -> None:
        self.headline = headline
        self.faults = tuple(faults)
        self.remedy = remedy
        lines = [headline, *(f"  {_shorten(fault)}" for fault in self.faults)]
        if remedy:
            lines.append(remedy)
        super().__init__("\n".join(lines))


def _shorten(fault: str) -> str:
    return fault if len(fault) <= _MAX_FAULT_LENGTH else f"{fault[:_MAX_FAULT_LENGTH]}…"


def first_few(lines: Sequence[str], most: int = 10) -> list[str]:
    """Keep the first lines, and count the others in a last line: ``and 3 more``."""
    more = [f"and {len(lines) - most} more"] if len(lines) > most else []
    return [*lines[:most], *more]


def group_by_kind(
    faults: Sequence[tuple[str, str]],
    alone: Sequence[str] | None = None,
    *,
    between: str = ": ",
) -> list[str]:
    """Summarise faults of one kind that many rows have in one line; list the others.

    Faults are of one kind if their messages differ only in quoted values and
    numbers. A line for several gives their rows, how many there are, and the
    values with their counts.

    Parameters
    ----------
    faults
        The row of each, such as ``'row 12'``, and its message.
    alone
        The line of each fault if it is listed by itself; its row and message if None.
    between
        Text between the rows and the message of a kind.
    """
    if alone is None:
        alone = [f"{where}: {message}" for where, message in faults]
    kinds: dict[tuple[str, str], list[int]] = {}
    for k, (where, message) in enumerate(faults):
        kinds.setdefault((where.split(" ")[0], _VALUE.sub("\0", message)), []).append(k)
    lines: dict[int, str] = {}
    for members in kinds.values():
        if len(members) <= _MAX_ALIKE:
            lines |= {k: alone[k] for k in members}
            continue
        rows = row_ranges([faults[k][0] for k in members])
        message = _with_values([faults[k][1] for k in members])
        lines[members[0]] = f"{rows}{between}{message}"
    return [lines[k] for k in sorted(lines)]


def row_ranges(where: Sequence[str]) -> str:
    """Format rows as ranges: ``'rows 2-40, 57 (40 in all)'`` from ``'row 2'``, ``'row 3'`` ..."""
    noun = where[0].split(" ")[0]
    numbers = sorted({int(text.split(" ")[1]) for text in where})
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    shown = [f"{low}" if low == high else f"{low}-{high}" for low, high in ranges]
    listed = ", ".join(first_few(shown, _MAX_RANGES))
    return f"{noun}s {listed} ({len(numbers):,} in all)" if len(numbers) > 1 else f"{noun} {listed}"


def _with_values(messages: Sequence[str]) -> str:
    """Merge the messages of one kind of fault, listing the values in which they differ."""
    values = [_VALUE.findall(message) for message in messages]
    differ = [k for k in range(len(values[0])) if len({found[k] for found in values}) > 1]
    if not differ:
        return messages[0]
    if len(differ) > 1:
        return f"for example {messages[0]}"
    (at,) = differ
    counts = Counter(found[at] for found in values)
    start, end = [m.span() for m in _VALUE.finditer(messages[0])][at]
    return f"{messages[0][:start]}{list_values(counts)}{messages[0][end:]}"


def list_values(counts: Mapping[str, int]) -> str:
    """List values with their counts, most frequent first."""
    values = [
        value if n == 1 else f"{value} ({n:,} times)" for value, n in Counter(counts).most_common()
    ]
    return ", ".join(first_few(values, _MAX_VALUES))


def require_type(name: str, value: object, kind: type, *, remedy: str) -> None:
    """Raise one `FaultsError` if arguments have the wrong type."""
    if not isinstance(value, kind):
        raise FaultsError(
            f"{name} is a {type(value).__name__}, not a {kind.__name__}", remedy=remedy
        )


# Other types that an annotation accepts: numpy's numbers, other path classes, any series.
_ALSO_ACCEPTED: Final[dict[type, tuple[type, ...]]] = {
    float: (Real,),
    int: (Integral,),
    Path: (PathLike,),
    tuple: (Iterable,),
    frozenset: (Iterable,),
}


def typed(function: Callable[P, T]) -> Callable[P, T]:
    """Check the types of a public function's arguments before it runs.

    Only annotations that name classes are checked; protocols, literals and
    callables are left to the function itself.

    Raises `FaultsError` listing every argument of another type.
    """
    signature = inspect.signature(function)
    kinds: dict[str, tuple[type, ...]] = {}

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> T:
        if not kinds:
            kinds.update(_kinds_of(function))
        given = signature.bind(*args, **kwargs).arguments
        faults = [
            f"{name} is a {type(value).__name__}: it must be {_one_of(kinds[name])}"
            for name, value in given.items()
            if name in kinds and not _is_one(value, kinds[name])
        ]
        if faults:
            what = function.__qualname__.removesuffix(".__init__")
            raise FaultsError(f"{what} takes values of other types", faults)
        return function(*args, **kwargs)

    return checked


class _PublicNames(dict[str, Any]):
    """Looks up public names in annotations that a module imports for type checkers only."""

    def __missing__(self, name: str) -> Any:
        # Look up one name at a time, since the package loads each when it is first used.
        try:
            return getattr(sys.modules["zoning"], name)
        except AttributeError:
            raise KeyError(name) from None


def _kinds_of(function: Callable[..., Any]) -> dict[str, tuple[type, ...]]:
    """Find the classes that each argument may have, if its annotation names classes."""
    found = {}
    for name, hint in get_type_hints(function, localns=_PublicNames()).items():
        members = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
        classes = [get_origin(member) or member for member in members]
        if all(_is_checkable(c) for c in classes):
            found[name] = tuple(k for c in classes for k in (c, *_ALSO_ACCEPTED.get(c, ())))
    return found


def _is_checkable(kind: Any) -> bool:
    is_class = isinstance(kind, type) and not getattr(kind, "_is_protocol", False)
    return is_class and kind.__name__ != "ndarray"  # ArrayLike: anything numpy converts


def _is_one(value: object, kinds: tuple[type, ...]) -> bool:
    """True if a value has one of the classes; text does not count as a sequence."""
    return isinstance(value, kinds) and not (isinstance(value, str) and str not in kinds)


def typed_fields(kind: type[T]) -> type[T]:
    """Check the types of a dataclass's fields, as `typed` does for a function."""
    setattr(kind, "__init__", typed(vars(kind)["__init__"]))  # noqa: B010
    return kind


def _one_of(kinds: tuple[type, ...]) -> str:
    names = {k.__name__ for k in kinds if k not in (Real, Integral, PathLike, Iterable)}
    return " or ".join(sorted("None" if name == "NoneType" else name for name in names))


class SchoolDataError(FaultsError):
    """A school inventory that cannot be used as it stands."""


class DemandError(FaultsError):
    """Call rates that cannot be used as they stand."""


class NetworkError(FaultsError):
    """A street network or travel-time table that cannot be used as it stands."""


class UnreachableError(FaultsError):
    """Buildings that cannot be reached from one another; names the pairs."""


class ProblemError(FaultsError):
    """A zone design request that contradicts itself or its data."""


class StudyError(FaultsError):
    """A study file that cannot be read, or whose settings make no sense."""


class PlanError(FaultsError):
    """A zone plan that does not put every building in exactly one zone."""


class ScheduleError(FaultsError):
    """A patrol day that cannot be driven as written or cannot be planned."""


class PatrolKeyError(FaultsError):
    """A key of drawn patrol days that others may read, or that is none; it is never shown."""


class OptionError(FaultsError):
    """A staffing option whose parameters contradict each other or are out of range."""


class RecordError(FaultsError):
    """Tables of the programme (officers, training, approvals, incidents) that cannot be used."""


class OutputError(ZoningError, OSError):
    """A file that could not be written; what stood there before is untouched."""


class InternalError(ZoningError, RuntimeError):
    """The library contradicts itself: a bug of its own, or of a custom rule or cost."""


class DistrictNotice(UserWarning):
    """A warning that data were changed, guessed or left out."""
