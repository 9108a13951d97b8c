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
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cache, partial
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter
from pydantic import ValidationError as PydanticError
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

from zoning.errors import FaultsError
from zoning.units import clock

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
    suffix
        The end of a field in Python, ``_s``.
    size
        One such unit in Python's unit: a minute is 60 seconds.
    words
        What may stand behind a number in text, and its size in Python's unit.
    """

    name: str
    suffix: str
    size: float
    words: Mapping[str, float]


_TIMES: Final = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3600.0),
}
_LENGTHS: Final = {
    **dict.fromkeys(("m", "metre", "metres", "meter", "meters"), 1.0),
    **dict.fromkeys(("km", "kilometre", "kilometres"), 1000.0),
    **dict.fromkeys(("mi", "mile", "miles"), 1609.344),
    **dict.fromkeys(("ft", "foot", "feet"), 0.3048),
}
_SHARES: Final = {"%": 0.01, "percent": 0.01}
_AMOUNTS: Final = {"$": 1.0, "usd": 1.0, "dollars": 1.0}

MINUTES: Final = Unit(name="minutes", suffix="_s", size=60.0, words=_TIMES)
SECONDS: Final = Unit(name="seconds", suffix="_s", size=1.0, words=_TIMES)
METRES: Final = Unit(name="metres", suffix="_m", size=1.0, words=_LENGTHS)
PERCENT: Final = Unit(name="percent", suffix="", size=0.01, words=_SHARES)
DOLLARS: Final = Unit(name="usd", suffix="_usd", size=1.0, words=_AMOUNTS)
CLOCK: Final = Unit(name="", suffix="_s", size=1.0, words={})
"""A time of the day, ``"07:40"``; seconds after midnight in Python."""

_NUMBER: Final = re.compile(r"\s*\$?\s*([-+]?[\d,]*\.?\d+(?:[eE][-+]?\d+)?)\s*([a-zA-Z%$]*)\s*")
_CLOCK_TIME: Final = re.compile(r"\s*(\d{1,2}):(\d{2})(?::(\d{2}))?\s*")
_SOURCE: Final = "zoning_source"
NONE: Final = "none"
"""The word for no bound where a setting may be None; TOML has no such value."""


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
    restricted: bool = False

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Read the study's value in place of pydantic's check by type.

        So a fault is said once, and in our words.
        """
        if self.read is not None:
            convert: Callable[[Any], Any] = self._special
        elif _kind_of(source) is not None:
            convert = partial(self._convert, source)
        elif self.shortcut:
            return core_schema.no_info_before_validator_function(
                lambda value: {self.shortcut: value} if isinstance(value, str) else value,
                handler(source),
            )
        else:
            return handler(source)
        return core_schema.no_info_plain_validator_function(convert, metadata={_SOURCE: source})

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe the value as an editor understands it."""
        source = schema.get("metadata", {}).get(_SOURCE)
        made = handler(schema) if source is None else self._json_value(source)
        return {**made, "description": self.meaning}

    def _json_value(self, source: Any) -> JsonSchemaValue:
        kind = _kind_of(source)
        if self.read is not None or kind is None:
            return {}
        if kind is bool:
            value: JsonSchemaValue = {"type": "boolean"}
        elif words := self.allowed_words(kind):
            value = {"enum": list(words)}
        elif kind in (int, float) and self.unit is not CLOCK:
            value = {"type": "number"}
            names = ("exclusiveMinimum", "minimum", "maximum", "exclusiveMaximum")
            bounds = (self.above, self.at_least, self.at_most, self.below)
            value |= {n: b for n, b in zip(names, bounds, strict=True) if b is not None}
            if self.unit is not None:
                value = {"anyOf": [value, {"type": "string"}]}
        else:
            value = {"type": "string"}
        options = get_args(source) if get_origin(source) in (Union, UnionType) else (source,)
        if any(get_origin(one) is tuple for one in options):
            value = {"type": "array", "items": value}
        if NoneType in options and self.default == "":
            value = {"anyOf": [value, {"const": NONE}]}
        return value

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
        options = get_args(source) if get_origin(source) in (Union, UnionType) else (source,)
        (kind,) = [one for one in options if one is not NoneType]
        if NoneType in options and value == NONE and NONE not in self.words:
            return None
        if get_origin(kind) is tuple:
            inner = get_args(kind)
            if not isinstance(value, Sequence) or isinstance(value, str):
                raise ValueError(f"{show(value)} is no list; write it in brackets, [...]")
            if inner[-1] is not Ellipsis and len(value) != len(inner):
                raise ValueError(f"{show(value)} is not a list of {len(inner)}")
            return tuple(self._one(inner[0], one) for one in value)
        return self._one(kind, value)

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
                near = difflib.get_close_matches(word, words, n=1)
                maybe = f" (did you mean {near[0]}?)" if near else ""
                raise ValueError(f"{show(value)} is none of {', '.join(words)}{maybe}")
            value = word
        return kind(value.strip())

    def allowed_words(self, kind: Any) -> tuple[str, ...]:
        """List the words that are allowed, given or of the enumeration; () for any text."""
        return self.words or (tuple(map(str, kind)) if issubclass(kind, Enum) else ())

    def _number(self, kind: Any, value: Any) -> float | int:
        number = self._read_number(value)
        what = self._what(whole=kind is int and (self.unit is None or self.unit.size == 1))
        if number is None or not math.isfinite(number) or not self._within(number):
            raise ValueError(f"{show(value)} is not {what}")
        size = 1.0 if self.unit is None else self.unit.size
        # 35 % is 0.35; 35 * 0.01 is 0.35000000000000003.
        scaled = number / round(1 / size) if size < 1 else number * size
        if kind is int:
            if abs(scaled - round(scaled)) > 1e-6:
                raise ValueError(f"{show(value)} is not {what}, in whole seconds")
            return round(scaled)
        return float(scaled)

    def _read_number(self, value: Any) -> float | None:
        """Read a number in the unit of the study, or text with a unit; None if it is neither."""
        if self.unit is CLOCK:
            return _read_clock(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        found = _NUMBER.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            return None
        number, word = float(found[1].replace(",", "")), found[2].lower()
        if not word:
            return number
        size = None if self.unit is None else self.unit.words.get(word)
        return None if size is None or self.unit is None else number * size / self.unit.size

    def _within(self, number: float) -> bool:
        return (
            (self.above is None or number > self.above)
            and (self.at_least is None or number >= self.at_least)
            and (self.at_most is None or number <= self.at_most)
            and (self.below is None or number < self.below)
        )

    def _what(self, *, whole: bool) -> str:
        if self.unit is CLOCK:
            return 'a time of the day, such as "07:40"'
        unit = "" if self.unit is None else f" of {_UNIT_WORDS.get(self.unit.name, self.unit.name)}"
        bounds = self.range_words()
        return f"a {'whole ' if whole else ''}number{unit}{f' {bounds}' if bounds else ''}"

    def range_words(self) -> str:
        """Say the range: ``of 0 or more``, ``above 0``, ``from 0 to below 100``."""
        low = "" if self.at_least is None else f"{self.at_least:g}"
        if self.above is not None:
            return f"above {self.above:g}" + (
                "" if self.at_most is None else f" to {self.at_most:g}"
            )
        if self.below is not None:
            return f"from {low} to below {self.below:g}" if low else f"below {self.below:g}"
        if self.at_most is not None:
            return f"from {low} to {self.at_most:g}" if low else f"of {self.at_most:g} or less"
        return f"of {low} or more" if low else ""


_UNIT_WORDS: Final = {"usd": "dollars"}


def _read_clock(value: Any) -> float | None:
    """Read a time of the day, ``07:40`` or ``07:40:30``, as seconds after midnight."""
    found = _CLOCK_TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds if minutes < 60 > seconds else None


class _Hidden:
    """A field that no study gives: other settings or the district make it."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.any_schema()


HIDDEN: Final = _Hidden()
"""Annotation of a field that is no setting."""
_HIDDEN_KEY: Final = "\0"


def show(value: object) -> str:
    """Show a value of a study in a message."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        shown = value if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]}…"
        return f"'{shown}'"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return "a table"
    return f"{value}" if len(f"{value}") <= _LONGEST_SHOWN else f"{str(value)[:_LONGEST_SHOWN]}…"


_LONGEST_SHOWN: Final = 60  # characters of a value in a message: enough for the name of a school


def _kind_of(source: Any) -> Any:
    """The type if it is one that `Setting` converts: numbers, text, words, lists of these."""
    options = get_args(source) if get_origin(source) in (Union, UnionType) else (source,)
    kinds = [one for one in options if one is not NoneType]
    if len(kinds) != 1:
        return None
    kind = get_args(kinds[0])[0] if get_origin(kinds[0]) is tuple else kinds[0]
    plain = isinstance(kind, type) and issubclass(kind, bool | int | float | str | Path)
    return kind if plain else None


def read_words(value: Any) -> Mapping[str, str]:
    """Read a table of texts, for `Setting.read`."""
    if not isinstance(value, Mapping) or not all(isinstance(v, str) for v in value.values()):
        raise ValueError('is not a table of texts, such as { school_id = "SiteCode" }')
    return dict(value)


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
    if setting.key:
        return setting.key
    if setting.unit is None:
        return name
    base = name.removesuffix(setting.unit.suffix) if setting.unit.suffix else name
    return f"{base}_{setting.unit.name}" if setting.unit.name else base


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
        kinds = [one for one in (self.kind, *get_args(self.kind)) if is_settings(one)]
        return (kinds[0], get_origin(self.kind) is tuple) if kinds else None


def is_settings(kind: Any) -> bool:
    """Whether a type is a class of settings."""
    return isinstance(kind, type) and "__pydantic_config__" in vars(kind)


def fields_of(cls: type) -> Iterator[SettingField]:
    """List the settings of a class, in the order of its fields."""
    for one in dataclasses.fields(cls):
        setting = setting_of(cls, one.name)
        if setting is None:
            continue
        default = one.default
        if one.default_factory is not dataclasses.MISSING:
            default = one.default_factory()
        kind = get_args(_annotations(cls)[one.name])[0]
        yield SettingField(
            name=one.name,
            key=key_of(one.name, setting),
            setting=setting,
            kind=kind,
            default=default,
        )


def write_value(field: SettingField, value: Any) -> Any:
    """Convert a value of Python to the study's: seconds to minutes, None to ``"none"``."""
    if isinstance(value, bool | date):
        made: Any = value
    elif value is None:
        made = NONE
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
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
        made = str(value)
    return made


def _in_unit(value: float, unit: Unit | None) -> Any:
    if unit is CLOCK:
        return clock(value, to_the_second=value % 60 != 0)
    if unit is None or unit.size == 1:
        return value
    scaled = value * round(1 / unit.size) if unit.size < 1 else value / unit.size
    rounded = round(scaled, 12)  # removes the noise of the division only: 90 s is 1.5 minutes
    return int(rounded) if rounded == int(rounded) else rounded


def table_of(value: Any) -> dict[str, Any]:
    """Convert settings to the table of a study, every key that differs from its default."""
    return {
        one.key: write_value(one, getattr(value, one.name))
        for one in fields_of(type(value))
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


def _faults(cls: type, error: Any) -> Iterator[Fault]:
    where: Location = tuple(error["loc"])
    inner = error.get("ctx", {}).get("error")
    if error["type"] == "value_error":
        owner = class_at(cls, where)
        parts = inner.faults or (inner.headline,) if isinstance(inner, FaultsError) else (inner,)
        for part in parts:
            yield Fault(where, _with_keys(owner, str(part)))
        return
    if error["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        yield Fault(where, _no_such_key(cls, class_at(cls, where[:-1]), str(where[-1])))
        return
    yield Fault(where, _plain(error["type"], error["input"], where))


def _plain(kind: str, value: Any, where: Location) -> str:
    """Word pydantic's errors about the shape of tables; those about values are `Setting`'s."""
    name = ".".join(str(part) for part in where if isinstance(part, str))
    if kind == "missing":
        return "it is missing"
    if kind in ("tuple_type", "list_type"):
        return f"write each on its own, under a line [[{name}]]"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"it can be given once; write [{name}], not [[{name}]]"
    return f"{show(value)} is not a table; write [{name}] on a line of its own"


def class_at(cls: type, where: Location) -> type | None:
    """Find the class of settings of a table; None where there is a plain value or nothing."""
    found: type | None = cls
    for part in where:
        if isinstance(part, int):
            continue
        if found is None:
            return None
        inside = next((one.sections for one in fields_of(found) if one.key == part), None)
        found = None if inside is None else inside[0]
    return found


def _with_keys(owner: type | None, text: str) -> str:
    """Name the settings of a message as a study does."""
    if owner is None:
        return text
    for one in fields_of(owner):
        if one.key != one.name:
            text = re.sub(rf"\b{re.escape(one.name)}\b", one.key, text)
    return text


def _no_such_key(root: type, owner: type | None, key: str) -> str:
    known = [one.key for one in fields_of(owner)] if owner is not None else []
    near = difflib.get_close_matches(key, known, n=1)
    if near:
        return f"there is no such key (did you mean {near[0]}?)"
    elsewhere = {row.key: row.section for row in reversed(list(describe_settings(root)))}
    near = difflib.get_close_matches(key, elsewhere, n=1)
    if near and elsewhere[near[0]]:
        return f"there is no such key (did you mean {near[0]} under {elsewhere[near[0]]}?)"
    return f"there is no such key; there are {', '.join(known)}" if known else "no such key"


# Describing.


def json_schema(cls: type, *, title: str) -> dict[str, Any]:
    """Make the JSON Schema of a class of settings, for editors that complete and check TOML."""
    made = _adapter(cls).json_schema(by_alias=True)
    definitions = made.get("$defs", {})
    _finish_schema(cls, made, definitions)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": title}


def _finish_schema(cls: type, schema: dict[str, Any], definitions: dict[str, Any]) -> None:
    """Give defaults in the units of a study, and leave out what no study gives."""
    schema.pop("title", None)
    if cls.__doc__:
        schema["description"] = cls.__doc__.partition("\n")[0]
    known = {one.key: one for one in fields_of(cls)}
    properties = {key: of for key, of in schema.get("properties", {}).items() if key in known}
    schema["properties"] = properties
    for key, of in properties.items():
        field = known[key]
        of.pop("title", None)
        of.pop("default", None)
        if field.sections is not None:
            inner = field.sections[0]
            if inner.__name__ in definitions:
                _finish_schema(inner, definitions[inner.__name__], definitions)
        elif field.default is not dataclasses.MISSING and field.default is not None:
            of["default"] = write_value(field, field.default)


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
    inside = []
    name = f"[[{section}]]" if listed else f"[{section}]" if section else ""
    for field in fields_of(cls):
        if field.sections is not None:
            inside.append(field)
            continue
        yield SettingRow(
            section=name,
            key=field.key,
            takes=_describe_value(field),
            default=describe_default(field),
            meaning=field.setting.meaning,
        )
    for field in inside:
        assert field.sections is not None
        kind, many = field.sections
        path = f"{section}.{field.key}" if section else field.key
        yield from describe_settings(kind, section=path, listed=many)


def _describe_value(field: SettingField) -> str:
    setting = field.setting
    if setting.form:
        return setting.form
    kind = _kind_of(field.kind)
    options = get_args(field.kind) if get_origin(field.kind) in (Union, UnionType) else ()
    if kind is bool:
        words = "true or false"
    elif allowed := setting.allowed_words(kind):
        words = ", ".join(allowed)
    elif setting.unit is CLOCK:
        words = 'time, "07:40"'
    elif kind in (int, float):
        unit = (
            "number"
            if setting.unit is None
            else _UNIT_WORDS.get(setting.unit.name, setting.unit.name)
        )
        words = " ".join(filter(None, (unit, setting.range_words())))
    elif kind is Path:
        words = "file"
    else:
        words = "text"
    many = any(get_origin(one) is tuple for one in (field.kind, *options))
    words = f"list of {words}" if many else words
    return f"{words}, or none" if NoneType in options and setting.default == "" else words


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
