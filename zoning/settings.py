"""Settings: dataclass fields that a study file can give, with meaning, unit and range.

A class of settings is a frozen dataclass under `settings`, whose fields are annotated with a
`Setting`. That annotation is all there is to a setting: the key in the study file, its check, its
line in the table of settings, its entry in the JSON Schema and its words in ``--help`` are made
from it. In a study the key names the unit (``dwell_minutes = 12``); Python stays in seconds,
metres and shares (``dwell_s=720``).
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from enum import Enum
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import (
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainValidator,
    TypeAdapter,
)
from pydantic import ValidationError as PydanticError
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError, core_schema

from zoning.errors import FaultsError
from zoning.units import clock, seconds_of_day

T = TypeVar("T")

Location = tuple[str | int, ...]
"""Where a value stands in nested tables: ``("rules", "together", 0, "schools")``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit of settings.

    Attributes
    ----------
    name
        The end of a key in a study, ``minutes``; '' for none.
    noun
        Its name in messages and in the table of settings.
    suffix
        The end of a field in Python, ``_s``.
    words
        What may stand behind a number in text, and its size in Python's unit: a minute is 60
        seconds. Decimal text, since 35 * 0.01 is 0.35000000000000003 in floats.
    """

    name: str
    noun: str = ""
    suffix: str = ""
    words: Mapping[str, str]

    @property
    def size(self) -> Decimal:
        """One such unit in Python's unit."""
        return Decimal(self.words[self.name])


_TIMES: Final = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), "1"),
    **dict.fromkeys(("m", "min", "minute", "minutes"), "60"),
    **dict.fromkeys(("h", "hr", "hour", "hours"), "3600"),
}
_LENGTHS: Final = {
    **dict.fromkeys(("m", "metre", "metres", "meter", "meters"), "1"),
    **dict.fromkeys(("km", "kilometre", "kilometres"), "1000"),
    **dict.fromkeys(("mi", "mile", "miles"), "1609.344"),
    **dict.fromkeys(("ft", "foot", "feet"), "0.3048"),
}
_SHARES: Final = dict.fromkeys(("%", "percent"), "0.01")
_AMOUNTS: Final = dict.fromkeys(("$", "usd", "dollars"), "1")

MINUTES: Final = Unit(name="minutes", noun="minutes", suffix="_s", words=_TIMES)
SECONDS: Final = Unit(name="seconds", noun="seconds", suffix="_s", words=_TIMES)
HOURS: Final = Unit(name="hours", noun="hours", suffix="_s", words=_TIMES)
METRES: Final = Unit(name="metres", noun="metres", suffix="_m", words=_LENGTHS)
PERCENT: Final = Unit(name="percent", noun="percent", words=_SHARES)
DOLLARS: Final = Unit(name="usd", noun="dollars", suffix="_usd", words=_AMOUNTS)
CLOCK: Final = Unit(name="", suffix="_s", words={"": "1"})
"""A time of the day, ``"07:40"``; seconds after midnight in Python."""

_NUMBER: Final = re.compile(
    r"\s*(\$?)\s*([-+]?(?=[\d.])(?:\d{1,3}(?:,\d{3})+|\d*)(?:\.\d+)?(?:e[-+]?\d{1,3})?)\s*([a-z%$]*)\s*",
    re.ASCII | re.IGNORECASE,
)
_CLOCK_TIME: Final = re.compile(
    r"\s*(\d{1,2}):(\d{2})(?::(\d{2}))?\s*(?:([ap])\.?m\.?)?\s*", re.ASCII | re.IGNORECASE
)
_LARGEST: Final = 1e12  # more than any setting means, and whole seconds of it are exact
_DAY_S: Final = 86_400
_SOURCE: Final = "zoning_source"
NONE: Final = "none"
"""The word for no bound where a setting may be None; TOML has no such value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Type:
    """A type, taken apart: ``tuple[float, float] | None`` is two floats or none."""

    one: Any
    length: int | None
    many: bool
    optional: bool

    @property
    def is_plain(self) -> bool:
        """Whether `Setting` converts it: numbers, text, words and lists of these."""
        return isinstance(self.one, type) and issubclass(self.one, bool | int | float | str | Path)


@cache
def _type_of(source: Any) -> _Type:
    """Take a type apart; its ``one`` is None if it is a choice of several."""
    options = get_args(source) if get_origin(source) in (Union, UnionType) else (source,)
    kinds = [one for one in options if one is not NoneType]
    inner = get_args(kinds[0]) if get_origin(kinds[0]) is tuple else ()
    one = inner[0] if inner else kinds[0]
    return _Type(
        one=one if len(kinds) == 1 else None,
        length=len(inner) if inner and inner[-1] is not Ellipsis else None,
        many=bool(inner),
        optional=NoneType in options,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting: what it means, its unit and the values it may have.

    Attributes
    ----------
    meaning
        One or two sentences, for the table of settings, editors and ``--help``.
    unit
        See `Unit`; None for a plain value.
    key
        Its name in a study, if not made from the field's name and the unit.
    above, at_least, at_most, below
        Bounds in the unit of the study.
    words
        The words that are allowed; made from an enumeration where the type is one.
    default
        What the default is, in words, where the field's own default does not show it.
    read
        Converts a value of the study to Python's, in place of the check by type; a `ValueError`
        says what is wrong with it: ``is neither a number, 30, nor a range, "21-30"``.
    form
        What ``read`` takes, as the table shows it: ``N or "N-N"``.
    shortcut
        Of a table: the key that plain text in its place gives; ``alignment = "strict"`` is
        ``alignment = { mode = "strict" }``.
    formerly
        Names of it in earlier versions, and others that people look for; the fault of such a key
        gives the name of today.
    restricted
        Whether files of the public edition leave it out.
    """

    meaning: str
    unit: Unit | None = None
    key: str = ""
    above: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    below: float | None = None
    words: tuple[str, ...] = ()
    default: str = ""
    read: Callable[[Any], Any] | None = None
    form: str = ""
    shortcut: str = ""
    formerly: tuple[str, ...] = ()
    restricted: bool = False

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Read the study's value in place of pydantic's check by type.

        So a fault is said once, and in our words.
        """
        if self.read is None and not _type_of(source).is_plain:
            table, word = handler(source), core_schema.literal_schema([NONE])
            if not _type_of(source).optional:
                return table
            return core_schema.no_info_before_validator_function(
                lambda value: None if value == NONE else value,
                table,
                json_schema_input_schema=core_schema.union_schema([table, word]),
            )
        convert = partial(self._convert, source) if self.read is None else self._special
        return core_schema.no_info_plain_validator_function(convert, metadata={_SOURCE: source})

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe the value as an editor understands it."""
        source = schema.get("metadata", {}).get(_SOURCE)
        if source is not None:
            return {} if self.read is not None else self._json_value(_type_of(source))
        made = handler(schema)
        return {"anyOf": [made, {"type": "string"}]} if self.shortcut else made

    def _json_value(self, kind: _Type) -> JsonSchemaValue:
        if kind.one is bool:
            value: JsonSchemaValue = {"type": "boolean"}
        elif words := self.allowed_words(kind.one):
            value = {"enum": list(words)}
        elif kind.one in (int, float) and self.unit is not CLOCK:
            value = {"type": "number"}
            names = ("exclusiveMinimum", "minimum", "maximum", "exclusiveMaximum")
            bounds = (self.above, self.at_least, self.at_most, self.below)
            value |= {n: b for n, b in zip(names, bounds, strict=True) if b is not None}
            if self.unit is not None:
                value = {"anyOf": [value, {"type": "string"}]}
        else:
            value = {"type": "string"}
        if kind.many:
            size = {} if kind.length is None else {"minItems": kind.length, "maxItems": kind.length}
            value = {"type": "array", "items": value, **size}
        plain = value == {"type": "string"} or not kind.optional
        return value if plain else {"anyOf": [value, {"const": NONE}]}

    def _special(self, value: Any) -> Any:
        assert self.read is not None
        try:
            return self.read(value)
        except FaultsError:
            raise
        except ValueError as error:
            raise ValueError(f"{show(value)} {error}") from None

    def _convert(self, source: Any, value: Any) -> Any:
        """Convert a value of the study to the field's type; a `ValueError` says what is wrong."""
        kind = _type_of(source)
        word = value.strip().lower() if isinstance(value, str) else ""
        if kind.optional and word == NONE and NONE not in self.words:
            return None
        if not kind.many:
            return self._one(kind.one, value)
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise ValueError(f"{show(value)} is no list; write it in brackets, [...]")
        if kind.length not in (None, len(value)):
            raise ValueError(f"{show(value)} is not a list of {kind.length}")
        return tuple(self._one(kind.one, one) for one in value)

    def _one(self, kind: Any, value: Any) -> Any:
        if kind is bool:
            if not isinstance(value, bool):
                raise ValueError(f"{show(value)} is neither true nor false")
            return value
        if kind in (int, float):
            return self._number(kind, value)
        if not isinstance(value, str):
            raise ValueError(f"{show(value)} is no text; put it in quotes")
        if not value.strip():
            raise ValueError("it is blank")
        if words := self.allowed_words(kind):
            word = value.strip().lower()
            if word not in words:
                raise ValueError(
                    f"{show(value)} is none of {', '.join(words)}{_maybe(word, words)}"
                )
            value = word
        return kind(value.strip())

    def allowed_words(self, kind: Any) -> tuple[str, ...]:
        """List the words that are allowed, given or of the enumeration; () for any text."""
        return self.words or (tuple(map(str, kind)) if issubclass(kind, Enum) else ())

    def _number(self, kind: Any, value: Any) -> float | int:
        found = _read_clock(value) if self.unit is CLOCK else self._read_number(value)
        in_seconds = kind is int and self.unit is not None and self.unit.size != 1
        what = self._what(whole=kind is int and not in_seconds)
        if found is None:
            comma = isinstance(value, str) and re.search(r"\d,\d", value)
            hint = "; a comma only groups thousands, 1,500" if comma else ""
            raise ValueError(f"{show(value)} is not {what}{hint}")
        number, scaled = found
        if abs(number) > _LARGEST:
            raise ValueError(f"{show(value)} is too large for {what}")
        if not self._within(number):
            raise ValueError(f"{show(value)} is not {what}")
        if kind is float:
            return float(scaled)
        if abs(scaled - round(scaled)) > Decimal("1e-6"):
            raise ValueError(f"{show(value)} is not {what}{', in whole seconds' * in_seconds}")
        return round(scaled)

    def _read_number(self, value: Any) -> tuple[Decimal, Decimal] | None:
        """Read a number, or text with a unit, in the study's unit and in Python's.

        None if it is neither.
        """
        size = Decimal(1) if self.unit is None else self.unit.size
        if isinstance(value, int | float) and not isinstance(value, bool):
            number = Decimal(repr(value))
            return (number, number * size) if number.is_finite() else None
        found = _NUMBER.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            return None
        number, word = Decimal(found[2].replace(",", "")), f"{found[1]}{found[3]}".lower()
        if not word:
            return number, number * size
        given = None if self.unit is None else self.unit.words.get(word)
        return None if given is None else (number * Decimal(given) / size, number * Decimal(given))

    def _within(self, number: Decimal) -> bool:
        return (
            (self.above is None or number > self.above)
            and (self.at_least is None or number >= self.at_least)
            and (self.at_most is None or number <= self.at_most)
            and (self.below is None or number < self.below)
        )

    def _what(self, *, whole: bool) -> str:
        if self.unit is CLOCK:
            return 'a time of the day, such as "07:40"'
        noun = "number" if self.unit is None else f"number of {self.unit.noun}"
        noun = "percentage" if self.unit is PERCENT else noun
        return " ".join(filter(None, ("a whole" if whole else "a", noun, self.range_words())))

    def range_words(self) -> str:
        """Say the range: ``of 0 or more``, ``above 0``, ``from 0 to below 100``."""
        low = "" if self.at_least is None else f"{self.at_least:.12g}"
        high = "" if self.at_most is None else f"to {self.at_most:.12g}"
        if self.below is not None:
            high = f"to below {self.below:.12g}"
        if self.above is not None:
            return f"above {self.above:.12g} {high}".strip()
        if low and high:
            return f"from {low} {high}"
        if low:
            return f"of {low} or more"
        return "" if not high else high.removeprefix("to ") if self.below else f"up {high}"


def _read_clock(value: Any) -> tuple[Decimal, Decimal] | None:
    """Read a time of the day, ``07:40``, ``3:20 pm`` or TOML's own, as seconds after midnight."""
    if isinstance(value, time) and value.tzinfo is None and not value.microsecond:
        seconds = seconds_of_day(value)
    elif isinstance(value, str) and (found := _CLOCK_TIME.fullmatch(value)):
        hours, minutes, rest = (int(part or 0) for part in found.groups()[:3])
        if found[4]:
            if not 1 <= hours <= 12:
                return None
            hours = hours % 12 + (12 if found[4] in "pP" else 0)
        seconds = hours * 3600 + minutes * 60 + rest
        if minutes > 59 or rest > 59 or seconds > _DAY_S:
            return None
    else:
        return None
    return Decimal(seconds), Decimal(seconds)


def _refuse(_: Any) -> Any:
    raise PydanticCustomError("extra_forbidden", "hidden")


HIDDEN: Final = PlainValidator(_refuse)
"""Annotation of a field that no study gives: other settings or the district make it."""
_HIDDEN_KEY: Final = "\0"


def show(value: object) -> str:
    """Show a value of a study in a message."""
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, str):
        return f"'{_cut(value)}'"
    return _cut(str(value).lower() if isinstance(value, bool) else str(value))


def _cut(text: str) -> str:
    text = "".join(letter if letter.isprintable() else " " for letter in text)  # on one line
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


_LONGEST_SHOWN: Final = 60  # characters of a value in a message: enough for the name of a school
_MOST_PLACES: Final = 3  # sections that a message names for a key that is elsewhere


def _maybe(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def span_setting(
    *,
    meaning: str,
    unit: Unit | None = None,
    at_least: float = 0.0,
    at_most: float | None = None,
    **more: Any,
) -> Setting:
    """Make the setting of a number with its range: a number, or ``[low, likely, high]``.

    In Python the field is a tuple of these three; one number means that it has no range.
    """
    one = Setting(meaning=meaning, unit=unit, at_least=at_least, at_most=at_most)

    def read(value: Any) -> tuple[float, ...]:
        many = value if isinstance(value, list | tuple) else [value]
        if len(many) not in (1, 3):
            raise ValueError("is neither a number nor three, [low, likely, high]")
        faults = []
        numbers: list[float] = []
        for part in many:
            try:
                numbers.append(one._convert(float, part))
            except ValueError as error:
                faults.append(str(error))
        if faults:
            raise FaultsError("these are no numbers", faults)
        return tuple(numbers * 3 if len(numbers) == 1 else numbers)

    noun = "number" if unit is None else unit.noun
    form = f"{noun} {one.range_words()}, or [low, likely, high]"
    return Setting(meaning=meaning, unit=unit, read=read, form=form, **more)


def read_words(value: Any) -> Mapping[str, str]:
    """Read a table of texts, for `Setting.read`."""
    if not isinstance(value, Mapping):
        raise ValueError('is not a table of texts, such as { school_id = "SiteCode" }')
    wrong = [f"{key} = {show(v)} is no text" for key, v in value.items() if not isinstance(v, str)]
    if wrong:
        raise FaultsError("these are no texts", wrong)
    return MappingProxyType(dict(value))


def read_files(value: Any) -> tuple[Path, ...]:
    """Read one file or several, for `Setting.read`."""
    several = value if isinstance(value, list | tuple) else [value]
    if not all(isinstance(one, str) and one.strip() for one in several):
        raise ValueError("is not a file or a list of files")
    return tuple(Path(one) for one in several)


# Classes of settings.


def settings(cls: type[T]) -> type[T]:
    """Let `read_settings` make this frozen dataclass from a table; decorate the dataclass."""
    cls.__pydantic_config__ = ConfigDict(  # type: ignore[attr-defined]
        extra="forbid", alias_generator=partial(_key, cls), arbitrary_types_allowed=True
    )
    return cls


def _key(cls: type, name: str) -> str:
    setting = setting_of(cls, name)
    return f"{_HIDDEN_KEY}{name}" if setting is None else key_of(name, setting)


def key_of(name: str, setting: Setting) -> str:
    """Make the key in a study of a field: ``dwell_s`` in minutes is ``dwell_minutes``."""
    if setting.key or setting.unit is None:
        return setting.key or name
    return f"{name.removesuffix(setting.unit.suffix)}_{setting.unit.name}".removesuffix("_")


@cache
def _annotations(cls: type) -> Mapping[str, Any]:
    return get_type_hints(cls, include_extras=True)


def hint_of(cls: type, name: str) -> Any:
    """Find the annotation of a field, with its settings."""
    return _annotations(cls).get(name)


def setting_of(cls: type, name: str) -> Setting | None:
    """Find the setting of a field; None if it is hidden or has none."""
    hint = hint_of(cls, name)
    if get_origin(hint) is not Annotated:
        return None
    return next((one for one in hint.__metadata__ if isinstance(one, Setting)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingField:
    """A field of a class of settings.

    Attributes
    ----------
    name, key
        In Python, and in a study.
    setting
        Its meaning and range.
    kind
        Its type without the annotation.
    default
        Its default in Python; `dataclasses.MISSING` if it must be given.
    """

    name: str
    key: str
    setting: Setting
    kind: Any
    default: Any

    @property
    def sections(self) -> tuple[type, bool] | None:
        """The class of settings in it, and whether it may be given many times; None if plain."""
        found = _type_of(self.kind)
        return (found.one, found.many) if is_settings(found.one) else None

    @property
    def is_text(self) -> bool:
        """Whether its value is any one text, or a file."""
        kind, setting = _type_of(self.kind), self.setting
        text = kind.is_plain and issubclass(kind.one, str | Path) and setting.read is None
        return text and not kind.many and not setting.allowed_words(kind.one)

    @property
    def holds_files(self) -> bool:
        """Whether its values name files or folders."""
        return _type_of(self.kind).one is Path


def is_settings(kind: Any) -> bool:
    """Whether a type is a class of settings."""
    return isinstance(kind, type) and "__pydantic_config__" in vars(kind)


@cache
def fields_of(cls: type) -> tuple[SettingField, ...]:
    """List the settings of a class, in the order of its fields."""
    found = []
    for one in dataclasses.fields(cls):
        setting = setting_of(cls, one.name)
        if setting is None:
            continue
        found.append(
            SettingField(
                name=one.name,
                key=key_of(one.name, setting),
                setting=setting,
                kind=get_args(hint_of(cls, one.name))[0],
                default=one.default_factory() if callable(one.default_factory) else one.default,
            )
        )
    return tuple(found)


def class_at(cls: type, where: Location) -> type | None:
    """Find the class of settings of a table; None where there is a plain value or nothing."""
    found: type | None = cls
    for part in where:
        field = None if isinstance(part, int) else field_at(found, part)
        if not isinstance(part, int):
            found = field.sections[0] if field is not None and field.sections else None
    return found


def field_at(cls: type | None, key: object) -> SettingField | None:
    """Find the setting of a key; None if there is none."""
    return next((one for one in fields_of(cls) if one.key == key), None) if cls else None


def walk(
    cls: type, table: dict[str, Any], where: Location = ()
) -> Iterator[tuple[dict[str, Any], Location, SettingField]]:
    """Yield every key that is given, with the table that holds it and its place.

    The value may be changed or removed before the next one; what stands there then is
    looked into.
    """
    for one in fields_of(cls):
        if one.key not in table:
            continue
        yield table, (*where, one.key), one
        value = table.get(one.key)
        if one.sections is None:
            continue
        if isinstance(value, dict):
            yield from walk(one.sections[0], value, (*where, one.key))
        for k, part in enumerate(value if isinstance(value, list) else ()):
            if isinstance(part, dict):
                yield from walk(one.sections[0], part, (*where, one.key, k))


# Writing.


def write_value(field: SettingField, value: Any) -> Any:
    """Convert a value of Python to the study's: seconds to minutes, None to ``"none"``."""
    if isinstance(value, bool | date):
        made: Any = value
    elif dataclasses.is_dataclass(value):
        made = table_of(value)
    elif isinstance(value, tuple):
        made = [write_value(field, one) for one in value]
    elif isinstance(value, frozenset):
        made = sorted(value)
    elif isinstance(value, Mapping):
        made = dict(value)
    elif isinstance(value, int | float):
        made = _in_unit(value, field.setting.unit)
    else:
        made = NONE if value is None else str(value)
    return made


def _in_unit(value: float, unit: Unit | None) -> Any:
    """Convert a number to the study's unit, or where that is not exact to text: ``100 s``."""
    if unit is CLOCK:
        return clock(value, to_the_second=value % 60 != 0)
    if unit is None or unit.size == 1:
        return value
    exact = Decimal(repr(value))
    number = float(exact / unit.size)
    if Decimal(repr(number)) * unit.size == exact:
        return int(number) if number.is_integer() else number
    word = next(iter(unit.words))  # of Python's own unit, s, or of one that is exact in it, %
    return f"{exact / Decimal(unit.words[word])} {word}"


def table_of(value: Any) -> dict[str, Any]:
    """Convert settings to the table of a study, every key that differs from its default."""
    kind: Any = type(value)
    return {
        one.key: write_value(one, getattr(value, one.name))
        for one in fields_of(kind)
        if getattr(value, one.name) != one.default
    }


# Reading.


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of a table: where it stands and what it is."""

    where: Location
    what: str


@cache
def _adapter(cls: Any) -> TypeAdapter[Any]:
    """Make pydantic's reader of a class of settings, once."""
    return TypeAdapter(cls)


def read_settings(
    cls: type[T], table: Mapping[str, Any], *, where: Location = ()
) -> tuple[T | None, list[Fault]]:
    """Make a class of settings from a table of a study; None with its faults, all at once.

    ``where``: the place of the table, for the faults.
    """
    try:
        kind: Any = cls
        made: T = _adapter(kind).validate_python(dict(table), by_alias=True, by_name=False)
    except PydanticError as error:
        errors = error.errors(include_url=False)
        found = [fault for one in errors for fault in _faults(cls, one)]
        return None, [Fault((*where, *fault.where), fault.what) for fault in found]
    return made, []


def spell_out(cls: type, table: dict[str, Any]) -> None:
    """Replace text that stands for a table by that table: ``alignment = "strict"``."""
    for holder, _, one in walk(cls, table):
        if one.setting.shortcut and isinstance(holder[one.key], str):
            holder[one.key] = {one.setting.shortcut: holder[one.key]}


def _faults(cls: type, error: Any) -> Iterator[Fault]:
    where: Location = tuple(error["loc"])
    if error["type"] == "value_error":
        inner = error["ctx"]["error"]
        parts = inner.faults or (inner.headline,) if isinstance(inner, FaultsError) else (inner,)
        for part in parts:
            yield _of_class(class_at(cls, where), where, str(part), error["input"])
    elif error["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        yield Fault(where, _no_such_key(cls, class_at(cls, where[:-1]), str(where[-1])))
    else:
        yield Fault(where, _plain(error["type"], error["input"], where))


def _of_class(owner: type | None, where: Location, text: str, table: Any) -> Fault:
    """Place a fault that a class found at the first of its settings that is given."""
    place = where
    for one in () if owner is None else fields_of(owner):
        named = re.compile(rf"\b{re.escape(one.name)}\b")
        if place == where and one.key in table and named.search(text):
            place = (*where, one.key)
        text = named.sub(one.key, text)
    return Fault(place, text.removeprefix(f"{place[-1]} ") if place != where else text)


def _plain(kind: str, value: Any, where: Location) -> str:
    """Word pydantic's errors about the shape of tables; those about values are `Setting`'s."""
    name = ".".join(str(part) for part in where if isinstance(part, str))
    if kind == "missing":
        return "it is missing"
    if kind.startswith("date_"):
        return f"{show(value)} is not a date; write it as 2026-11-30"
    if kind in ("tuple_type", "list_type"):
        return f"write each on its own, under a line [[{name}]]"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"it can be given once; write [{name}], not [[{name}]]"
    header = f"[[{name}]]" if isinstance(where[-1], int) else f"[{name}]"
    return f"{show(value)} is not a table; write {header} on a line of its own"


# Our choice, difflib ratios: a typo has two other letters of ten, a key elsewhere three, and a
# key of the same table four.
_TYPO, _ELSEWHERE, _HERE = 0.8, 0.7, 0.6


def _no_such_key(root: type, owner: type | None, key: str) -> str:
    """Name the key that was meant: a typo of one here, one of another table, or the nearest."""
    fields = [] if owner is None else list(fields_of(owner))
    here = {word: one.key for one in fields for word in _words_of(one)}
    places = list(_places(root))
    there = dict(reversed(places))
    # A word that is a key of one table and a table of its own means the table.
    there |= {word: place for word, place in reversed(places) if place.startswith("[[")}
    for known, cutoff in ((here, _TYPO), (there, 1.0), (here, _HERE), (there, _ELSEWHERE)):
        if near := difflib.get_close_matches(key, known, n=1, cutoff=cutoff):
            return f"there is no such key (did you mean {known[near[0]]}?)"
    known_keys = ", ".join(one.key for one in fields)
    return f"there is no such key; there are {known_keys}" if fields else "no such key"


def _words_of(one: SettingField) -> Iterator[str]:
    """List what a setting may be called: its key, with or without the unit, and other names."""
    unit = "" if one.setting.unit is None else f"_{one.setting.unit.name}"
    yield from dict.fromkeys((one.key, one.key.removesuffix(unit), *one.setting.formerly))


def _places(cls: type, *, section: str = "", header: str = "") -> Iterator[tuple[str, str]]:
    """List what every setting may be called, and where in a study it stands."""
    for one in fields_of(cls):
        path = f"{section}.{one.key}" if section else one.key
        kind, many = one.sections or (None, False)
        table = f"[[{path}]]" if many else f"[{path}]"
        plain = f"{one.key} under {header}" if header else one.key
        yield from ((word, plain if kind is None else table) for word in _words_of(one))
        if kind is not None:
            yield from _places(kind, section=path, header=table)


# Describing.


def json_schema(cls: type, *, title: str) -> dict[str, Any]:
    """Make the JSON Schema of a class of settings, for editors that complete and check TOML."""
    made = _adapter(cls).json_schema(by_alias=True)
    _finish_schema(cls, made, made.get("$defs", {}))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": title}


def _finish_schema(cls: type, schema: dict[str, Any], definitions: dict[str, Any]) -> None:
    """Give defaults in the units of a study, and leave out what no study gives."""
    schema.pop("title", None)
    if cls.__doc__:
        schema["description"] = cls.__doc__.partition("\n")[0]
    given = schema.get("properties", {})
    schema["properties"] = {one.key: given[one.key] for one in fields_of(cls)}
    for one in fields_of(cls):
        of = given[one.key]
        of.pop("title", None)
        of.pop("default", None)
        of["description"] = one.setting.meaning
        if one.sections is not None:
            inner = one.sections[0]
            if inner.__name__ in definitions:
                _finish_schema(inner, definitions[inner.__name__], definitions)
        elif one.default is not dataclasses.MISSING and one.default is not None:
            of["default"] = write_value(one, one.default)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRow:
    """One line of the table of settings: every part as a reader sees it."""

    section: str
    key: str
    takes: str
    default: str
    meaning: str


def describe_settings(
    cls: type, *, section: str = "", listed: bool = False
) -> Iterator[SettingRow]:
    """List every setting of a class and of the classes in it, in the order of their fields."""
    name = f"[[{section}]]" if listed else f"[{section}]" if section else ""
    for field in fields_of(cls):
        if field.sections is None:
            yield SettingRow(
                section=name,
                key=field.key,
                takes=_describe_value(field),
                default=describe_default(field),
                meaning=field.setting.meaning,
            )
    for field in fields_of(cls):
        if field.sections is not None:
            kind, many = field.sections
            path = f"{section}.{field.key}" if section else field.key
            yield from describe_settings(kind, section=path, listed=many)


def _describe_value(field: SettingField) -> str:
    setting, kind = field.setting, _type_of(field.kind)
    if setting.form:
        return setting.form
    if kind.one is bool:
        words = "true or false"
    elif allowed := setting.allowed_words(kind.one):
        words = ", ".join(allowed)
    elif setting.unit is CLOCK:
        words = 'time, "07:40"'
    elif kind.one in (int, float):
        noun = "number" if setting.unit is None else setting.unit.noun
        words = f"{noun} {setting.range_words()}".strip()
    else:
        words = "file" if kind.one is Path else "text"
    words = f"list of {words}" if kind.many else words
    return f"{words}, or none" if kind.optional and setting.default == "" else words


def describe_default(field: SettingField) -> str:
    """Say the default of a setting as a study gives it, or in words."""
    if field.setting.default:
        return field.setting.default
    if field.default is dataclasses.MISSING:
        return "required"
    written = write_value(field, field.default)
    if isinstance(written, bool):
        return str(written).lower()
    return "" if written in ([], {}) else str(written)
