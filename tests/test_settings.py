"""Settings: units, bounds, lists, words, and the table, schema and faults made from them."""

from __future__ import annotations

import datetime
import math
from dataclasses import FrozenInstanceError, dataclass, field, fields, is_dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import settings as limited
from hypothesis import strategies as st

from zoning import PatrolAssumptions
from zoning.errors import OptionError
from zoning.patrol import plan_patrols
from zoning.response import estimate_response
from zoning.settings import (
    CLOCK,
    DOLLARS,
    HIDDEN,
    METRES,
    MINUTES,
    PERCENT,
    SECONDS,
    Setting,
    describe_settings,
    fields_of,
    json_schema,
    read_settings,
    setting_of,
    settings,
    table_of,
)
from zoning.staffing import FixedSecondary, compare_staffing
from zoning.study.sections import OptionTable, StudySettings, ZonesTable
from zoning.zones import design_zones
from zoning.zones.request.problem import ZoneSettings


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """A table in a table. More of it."""

    mode: Annotated[Colour, Setting(meaning="A word.")] = Colour.RED
    price_s: Annotated[float, Setting(meaning="A price.", unit=MINUTES, at_least=0)] = 90.0


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One of many."""

    name: Annotated[str, Setting(meaning="It must be given.")]


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class Everything:
    """A setting of every kind."""

    whole_s: Annotated[int, Setting(meaning="m", unit=MINUTES, above=0)] = 720
    float_s: Annotated[float, Setting(meaning="m", unit=MINUTES, at_least=0)] = 90.0
    seconds_s: Annotated[float, Setting(meaning="m", unit=SECONDS)] = 45.0
    way_m: Annotated[float, Setting(meaning="m", unit=METRES, at_least=0, at_most=50_000)] = 100.0
    share: Annotated[float, Setting(meaning="m", unit=PERCENT, at_least=0, below=100)] = 0.5
    price_usd: Annotated[float, Setting(meaning="m", unit=DOLLARS, at_least=0)] = 10.0
    start_s: Annotated[int, Setting(meaning="m", unit=CLOCK)] = 28_800
    count: Annotated[int | None, Setting(meaning="m", at_least=1, at_most=9)] = 3
    most: Annotated[float | None, Setting(meaning="m", default="no bound")] = None
    on: Annotated[bool, Setting(meaning="m")] = False
    word: Annotated[str, Setting(meaning="m", words=("one", "two"))] = "one"
    text: Annotated[str, Setting(meaning="m")] = "text"
    file: Annotated[Path | None, Setting(meaning="m")] = None
    pair_s: Annotated[tuple[float, float], Setting(meaning="m", unit=SECONDS)] = (1.0, 2.0)
    list_s: Annotated[tuple[int, ...], Setting(meaning="m", unit=MINUTES, above=0)] = (60,)
    names: Annotated[tuple[str, ...], Setting(meaning="m")] = ()
    inner: Annotated[Inner, Setting(meaning="m", shortcut="mode")] = field(default_factory=Inner)
    rows: Annotated[tuple[Row, ...], Setting(meaning="m")] = ()
    made: Annotated[int, HIDDEN] = 7

    def __post_init__(self) -> None:
        if self.whole_s < self.float_s / 1000:
            raise OptionError("no", [f"whole_s {self.whole_s} is below a thousandth of float_s"])


def read(**table: Any) -> Everything:
    made, faults = read_settings(Everything, table)
    assert made is not None, faults
    return made


def fault(**table: Any) -> str:
    made, faults = read_settings(Everything, table)
    assert made is None
    (only,) = faults
    return only.what


# Numbers and units.


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("whole_minutes", 12, 720),
        ("whole_minutes", 1.5, 90),
        ("whole_minutes", "15", 900),
        ("whole_minutes", "15 min", 900),
        ("whole_minutes", " 1.5 h ", 5400),
        ("whole_minutes", "90s", 90),
        ("whole_minutes", "100 Seconds", 100),
        ("float_minutes", "1,500 s", 1500.0),
        ("float_minutes", "1e1 min", 600.0),
        ("float_minutes", ".5", 30.0),
        ("seconds_seconds", "1.5 min", 90.0),
        ("seconds_seconds", -3, -3.0),
        ("way_metres", "2 km", 2000.0),
        ("way_metres", "1 mile", 1609.344),
        ("way_metres", "10 m", 10.0),
        ("way_metres", "10 ft", 3.048),
        ("share_percent", 35, 0.35),
        ("share_percent", "35 %", 0.35),
        ("share_percent", "20%", 0.2),
        ("share_percent", 99.99, 0.9999),
        ("price_usd", "$150,000", 150_000.0),
        ("price_usd", "150000 usd", 150_000.0),
        ("price_usd", "$1,234,567.50", 1_234_567.5),
        ("start", "07:40", 27_600),
        ("start", "7:40", 27_600),
        ("start", "07:40:30", 27_630),
        ("start", "3:20 pm", 55_200),
        ("start", "12:05 A.M.", 300),
        ("start", "24:00", 86_400),
        ("start", datetime.time(7, 40), 27_600),
        ("count", 9, 9),
        ("count", 1.0, 1),
        ("count", "none", None),
        ("count", "None", None),
        ("most", 0.1, 0.1),
        ("word", " Two ", "two"),
        ("text", " a b ", "a b"),
        ("file", "a/b.csv", Path("a/b.csv")),
        ("pair_seconds", [3, "1 min"], (3.0, 60.0)),
        ("list_minutes", ["90 s", 2], (90, 120)),
        ("names", ["a", "b"], ("a", "b")),
        ("on", True, True),
    ],
)
def test_a_value_is_read_in_its_unit_or_with_one_of_its_own(
    key: str, value: Any, found: Any
) -> None:
    name = next(one.name for one in fields_of(Everything) if one.key == key)
    made = getattr(read(**{key: value}), name)
    assert (made, type(made)) == (found, type(found))


@pytest.mark.parametrize(
    ("key", "value", "what"),
    [
        ("whole_minutes", 0, "0 is not a number of minutes above 0"),
        ("whole_minutes", "-3", "'-3' is not a number of minutes above 0"),
        ("whole_minutes", True, "true is not a number of minutes above 0"),
        ("whole_minutes", math.nan, "nan is not a number of minutes above 0"),
        ("whole_minutes", math.inf, "inf is not a number of minutes above 0"),
        ("whole_minutes", "12 km", "'12 km' is not a number of minutes above 0"),
        ("whole_minutes", "$5", "'$5' is not a number of minutes above 0"),
        ("whole_minutes", "07:40", "'07:40' is not a number of minutes above 0"),
        ("whole_minutes", "", "'' is not a number of minutes above 0"),
        ("whole_minutes", "0x10", "'0x10' is not a number of minutes above 0"),
        ("whole_minutes", [1], "[1] is not a number of minutes above 0"),
        ("whole_minutes", {"a": 1}, "a table is not a number of minutes above 0"),
        ("whole_minutes", 0.01, "0.01 is not a number of minutes above 0, in whole seconds"),
        ("whole_minutes", 1e300, "1e+300 is too large for a number of minutes above 0"),
        (
            "float_minutes",
            "1,5 min",
            "'1,5 min' is not a number of minutes of 0 or more; a comma only groups thousands, "
            "1,500",
        ),
        ("float_minutes", "1e400", "'1e400' is too large for a number of minutes of 0 or more"),
        ("way_metres", 50_000.01, "50000.01 is not a number of metres from 0 to 50000"),
        ("share_percent", 100, "100 is not a percentage from 0 to below 100"),
        ("share_percent", "-1 %", "'-1 %' is not a percentage from 0 to below 100"),
        ("price_usd", "$85.5k", "'$85.5k' is not a number of dollars of 0 or more"),
        ("price_usd", "€5", "'€5' is not a number of dollars of 0 or more"),
        ("start", "07:60", """'07:60' is not a time of the day, such as "07:40\""""),
        ("start", "24:01", """'24:01' is not a time of the day, such as "07:40\""""),
        ("start", "13:00 pm", """'13:00 pm' is not a time of the day, such as "07:40\""""),
        ("start", 7, """7 is not a time of the day, such as "07:40\""""),
        ("count", 0, "0 is not a whole number from 1 to 9"),
        ("count", 10, "10 is not a whole number from 1 to 9"),
        ("count", 2.5, "2.5 is not a whole number from 1 to 9"),
        ("count", "3 schools", "'3 schools' is not a whole number from 1 to 9"),
        ("on", "true", "'true' is neither true nor false"),
        ("on", 1, "1 is neither true nor false"),
        ("word", "tow", "'tow' is none of one, two (did you mean two?)"),
        ("word", "", "it is blank"),
        ("text", 5, "5 is no text; put it in quotes"),
        ("text", "  ", "it is blank"),
        ("file", 5, "5 is no text; put it in quotes"),
        ("pair_seconds", [1], "[1] is not a list of 2"),
        ("pair_seconds", 1, "1 is no list; write it in brackets, [...]"),
        ("pair_seconds", "12", "'12' is no list; write it in brackets, [...]"),
        ("list_minutes", [1, "x"], "'x' is not a number of minutes above 0"),
        ("text", ["x" * 90], f"['{'x' * 58}… is no text; put it in quotes"),
        ("made", 3, "there is no such key (did you mean mode under [inner]?)"),
        ("\0made", 3, "there is no such key; there are whole_minutes, float_minutes"),
        ("whole_s", 3, "there is no such key (did you mean whole_minutes?)"),
        ("mode", "red", "there is no such key (did you mean mode under [inner]?)"),
        ("xyz", 1, "there is no such key; there are whole_minutes, float_minutes"),
        ("inner", 3, "3 is not a table; write [inner] on a line of its own"),
        ("inner", [{}], "it can be given once; write [inner], not [[inner]]"),
        ("rows", {"name": "a"}, "write each on its own, under a line [[rows]]"),
        ("rows", [3], "3 is not a table; write [[rows]] on a line of its own"),
        ("rows", [{}], "it is missing"),
    ],
)
def test_a_fault_says_what_is_wrong_and_what_is_expected(key: str, value: Any, what: str) -> None:
    assert fault(**{key: value}).startswith(what)


def test_all_faults_come_at_once_each_with_its_place() -> None:
    _, faults = read_settings(
        Everything,
        {"count": 0, "inner": {"mode": "blue", "x": 1}, "rows": [{"name": "a"}, {"name": ""}]},
        where=("top",),
    )
    assert [one.where for one in faults] == [
        ("top", "count"),
        ("top", "inner", "mode"),
        ("top", "inner", "x"),
        ("top", "rows", 1, "name"),
    ]


def test_a_fault_between_settings_is_placed_at_the_first_that_is_given_and_named_by_key() -> None:
    _, (only,) = read_settings(Everything, {"whole_minutes": "1 s", "float_minutes": 1000})
    assert only.where == ("whole_minutes",)
    assert only.what == "1 is below a thousandth of float_minutes"
    _, (only,) = read_settings(Everything, {"float_minutes": 100_000})
    assert only.where == ("float_minutes",)
    assert only.what == "whole_minutes 720 is below a thousandth of float_minutes"


# What is written reads back.

SECONDS_OF_ALL_SIZES = st.floats(0, 1e6, allow_nan=False) | st.integers(0, 10**6).map(float)


@limited(max_examples=60)
@given(
    whole=st.integers(601, 10**6),
    seconds=SECONDS_OF_ALL_SIZES,
    plain=st.fixed_dictionaries(
        {
            "share": st.floats(0, 1, exclude_max=True),
            "start_s": st.integers(0, 86_400),
            "pair_s": st.tuples(SECONDS_OF_ALL_SIZES, SECONDS_OF_ALL_SIZES),
            "list_s": st.lists(st.integers(1, 10**6), max_size=3).map(tuple),
            "count": st.none() | st.integers(1, 9),
            "text": st.text("ab \"'\\\n#[é", min_size=1).filter(lambda t: t.strip() == t),
        }
    ),
)
def test_what_is_written_reads_back_to_the_digit(
    whole: int, seconds: float, plain: dict[str, Any]
) -> None:
    made = Everything(
        whole_s=whole,
        float_s=min(seconds, whole * 1000),
        seconds_s=-seconds,
        way_m=min(seconds, 50_000.0),
        price_usd=seconds,
        most=seconds or None,
        inner=Inner(mode=Colour.GREEN, price_s=seconds),
        rows=(Row(name="a"),),
        **plain,
    )
    assert read(**table_of(made)) == made


@pytest.mark.parametrize(
    ("made", "table"),
    [
        (Everything(), {}),
        (Everything(whole_s=90), {"whole_minutes": 1.5}),
        (Everything(whole_s=600), {"whole_minutes": 10}),
        (Everything(whole_s=100), {"whole_minutes": "100 s"}),
        (Everything(share=0.35), {"share_percent": 35}),
        (Everything(start_s=27_630), {"start": "07:40:30"}),
        (Everything(count=None), {"count": "none"}),
        (Everything(file=Path("a/b")), {"file": "a/b"}),
        (Everything(inner=Inner(mode=Colour.GREEN)), {"inner": {"mode": "green"}}),
        (Everything(rows=(Row(name="a"),)), {"rows": [{"name": "a"}]}),
        (Everything(made=3), {}),
    ],
)
def test_a_table_holds_what_differs_from_the_defaults_as_a_planner_would_write_it(
    made: Everything, table: dict[str, Any]
) -> None:
    assert table_of(made) == table


# The table of settings and the schema.


def test_the_table_says_what_each_setting_takes_and_its_default() -> None:
    rows = {
        (row.section, row.key): (row.takes, row.default) for row in describe_settings(Everything)
    }
    assert rows == {
        ("", "whole_minutes"): ("minutes above 0", "12"),
        ("", "float_minutes"): ("minutes of 0 or more", "1.5"),
        ("", "seconds_seconds"): ("seconds", "45.0"),
        ("", "way_metres"): ("metres from 0 to 50000", "100.0"),
        ("", "share_percent"): ("percent from 0 to below 100", "50"),
        ("", "price_usd"): ("dollars of 0 or more", "10.0"),
        ("", "start"): ('time, "07:40"', "08:00"),
        ("", "count"): ("number from 1 to 9, or none", "3"),
        ("", "most"): ("number", "no bound"),
        ("", "on"): ("true or false", "false"),
        ("", "word"): ("one, two", "one"),
        ("", "text"): ("text", "text"),
        ("", "file"): ("file, or none", "none"),
        ("", "pair_seconds"): ("list of seconds", "[1.0, 2.0]"),
        ("", "list_minutes"): ("list of minutes above 0", "[1]"),
        ("", "names"): ("list of text", ""),
        ("[inner]", "mode"): ("red, green", "red"),
        ("[inner]", "price_minutes"): ("minutes of 0 or more", "1.5"),
        ("[[rows]]", "name"): ("text", "required"),
    }


def test_the_schema_has_every_key_in_the_units_of_a_study() -> None:
    schema = json_schema(Everything, title="All")
    assert list(schema["properties"]) == [one.key for one in fields_of(Everything)]
    assert schema["properties"]["whole_minutes"] == {
        "anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "string"}],
        "description": "m",
        "default": 12,
    }
    assert schema["properties"]["share_percent"]["default"] == 50
    assert schema["properties"]["pair_seconds"]["maxItems"] == 2
    assert {"const": "none"} in schema["properties"]["count"]["anyOf"]
    assert schema["$defs"]["Inner"]["description"] == "A table in a table. More of it."
    assert schema["$defs"]["Row"]["required"] == ["name"]
    assert schema["additionalProperties"] is False


def test_text_may_stand_for_a_table_that_has_a_shortcut() -> None:
    schema = json_schema(Everything, title="All")
    assert {"type": "string"} in schema["properties"]["inner"]["anyOf"]


# The library's own classes.


def classes_in(kind: type) -> set[type]:
    """A class of settings and all those in it."""
    inside = [one.sections[0] for one in fields_of(kind) if one.sections]
    # A section that extends a class of the library has all its settings.
    bases = {base for base in kind.__mro__ if is_dataclass(base) and base is not ZoneSettings}
    return bases.union(*map(classes_in, inside))


def test_every_field_of_every_class_in_a_study_is_a_setting_or_hidden_on_purpose() -> None:
    for kind in classes_in(StudySettings):
        hints = get_type_hints(kind, include_extras=True)
        for one in fields(kind):
            if setting_of(kind, one.name) is None:
                assert HIDDEN in getattr(hints[one.name], "__metadata__", ()), (kind, one.name)


def dataclasses_taken_by(function: Any) -> set[type]:
    """The public dataclasses of assumptions and limits that a function takes."""
    hints = get_type_hints(getattr(function, "__wrapped__", function))
    found = {one for hint in hints.values() for one in (hint, *get_args(hint))}
    return {one for one in found if is_dataclass(one) and hasattr(one, "__pydantic_config__")}


@pytest.mark.parametrize(
    "function", [compare_staffing, design_zones, plan_patrols, estimate_response]
)
def test_every_class_of_settings_that_the_library_takes_is_in_a_study(function: Any) -> None:
    taken = dataclasses_taken_by(function)
    assert taken <= classes_in(StudySettings)
    if function is compare_staffing:
        assert {kind.__name__ for kind in taken} == {
            "CostAssumptions",
            "PatrolAssumptions",
            "ResponseAssumptions",
            "SolverLimits",
        }


def test_an_option_of_a_study_has_every_setting_of_the_library_s_options() -> None:
    own = {one.name for one in fields_of(OptionTable)}
    fixed = {one.name for one in fields_of(FixedSecondary)} - {"zones"}
    assert fixed <= own
    assert {one.name for one in fields_of(ZonesTable)} <= own


def test_settings_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        PatrolAssumptions().dwell_s = 3  # type: ignore[misc]
