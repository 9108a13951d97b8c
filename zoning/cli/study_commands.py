"""The commands about a study: ``zoning study settings``, ``schema``, ``check`` and ``calls``."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from rich.text import Text

from zoning.cli.options import Flag, path_to_show
from zoning.cli.screen import Screen, collect_notices, printable
from zoning.cli.study_request import StudyRequest
from zoning.cli.usage import add_to, make_app
from zoning.editions import RESTRICTED_MARK
from zoning.errors import OptionError, list_values
from zoning.files import write_whole
from zoning.settings import Location, Setting, settings, show
from zoning.units import counted, minutes

if TYPE_CHECKING:
    from zoning.demand import CallLog
    from zoning.study import Study
    from zoning.study.inputs import StudyInputs

study_app = make_app(
    "List the settings of a study, write their schema for editors, check a study or its calls."
)


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaRequest:
    """The options of ``zoning study schema``."""

    out: Annotated[Path | None, Setting(meaning="File for the schema; printed if not given.")] = (
        None
    )
    force: Annotated[bool, Setting(meaning="Replace that file.")] = False


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsRequest:
    """The options of ``zoning study settings``."""

    section: Annotated[
        str | None,
        Setting(meaning="A section, such as zones; all if not given."),
        Flag(argument="SECTION"),
    ] = None


@add_to(study_app, "schema")
def write_schema(screen: Screen, asked: SchemaRequest) -> None:
    """Write the JSON Schema of studies, with which editors complete and check a study."""
    from zoning.study import study_schema

    text = json.dumps(study_schema(), indent=2, ensure_ascii=False)
    if asked.out is None:
        screen.out.print(text, markup=False, soft_wrap=True)
    else:
        screen.written(write_whole(asked.out, f"{text}\n".encode(), replace=asked.force))


@add_to(study_app, "settings")
def list_settings(screen: Screen, asked: SettingsRequest) -> None:
    """List every setting of a study: what it takes, its default and its meaning."""
    from zoning.study import study_settings

    rows = [row for row in study_settings() if _is_in_section(row.section, asked.section)]
    if not rows:
        sections = dict.fromkeys(row.section.strip("[]").split(".")[0] for row in study_settings())
        raise OptionError(
            f"there is no section {asked.section}",
            [f"there are {', '.join(filter(None, sections))}"],
        )
    for section, inside in groupby(rows, key=lambda row: row.section):
        screen.out.print(Text(f"\n{section}" if section else "", style="bold"))
        for row in inside:
            default = f"  (default: {row.default})" if row.default else ""
            line = Text.assemble((row.key, "bold"), f" = {row.takes}{default}")
            screen.indented(line, "  ", "      ")
            screen.indented(Text(row.meaning), "      ", "      ")


def _is_in_section(name: str, wanted: str | None) -> bool:
    section, plain = name.strip("[]"), (wanted or "").strip("[]")
    return not plain or section == plain or section.startswith(f"{plain}.")


@add_to(study_app, "check")
def check_study(screen: Screen, asked: StudyRequest) -> None:
    """Read a study and every file that it names, without computing anything.

    Lists what was read, the options that would be compared, and the settings that are given.
    """
    from zoning.schools import notices as school_notices
    from zoning.study.programme import programme_files

    notices: list[str] = []
    study = asked.make_study()
    with collect_notices(notices):
        inputs = study.open()
        inputs.require_possible(inputs.options)
        tables = tuple(programme_files(study))
        if tables:  # they need the plan under review, of which the options know nothing
            has_plan = (study.settings.plan.file or study.settings.rules.today) is not None
            study.open(review=has_plan).programme.require_tables()
    screen.out.print(Text(printable(inputs.district.name), style="bold"))
    screen.out.print()
    of_programme = (f"programme, {path_to_show(path)}" for path in dict.fromkeys(tables))
    screen.listed("Read", (*_describe_files(inputs), *of_programme))
    screen.listed("Options", (f"{one.option_id}: {one.label}" for one in inputs.options))
    screen.listed("Settings that are given", _describe_given(study))
    found = (*notices, *school_notices(inputs.district.schools), *inputs.calls.notices)
    screen.notices(dict.fromkeys(found))
    screen.text("Nothing is wrong with the study.")


@add_to(study_app, "calls")
def describe_calls(screen: Screen, asked: StudyRequest) -> None:
    """Say what the study's log of calls holds: its sources, what they miss, and a call's figures.

    Restricted: it has counts of a district's calls.
    """
    from zoning.study.inputs import open_call_log, open_district

    study = asked.make_study()
    if not study.settings.calls.log:
        raise OptionError(
            "the study has no log of calls", remedy="Name one: [calls] log = 'calls.csv'."
        )
    notices: list[str] = []
    with collect_notices(notices):
        log = open_call_log(study, open_district(study).schools)
    screen.out.print(Text(RESTRICTED_MARK, style="bold red"))
    screen.out.print()
    screen.listed("Calls", _describe_counts(log))
    screen.listed("Sources", _describe_sources(log))
    screen.listed("Completeness, if a call is as likely in one source whether or not it is in "
                  "another", _describe_completeness(log))  # fmt: skip
    screen.listed("A call in school hours (95 % interval)", _describe_measured(log))
    left_out = (f"{what}: {counted(n, 'row')}" for what, n in log.left_out.items())
    screen.listed("Left out", left_out)
    if log.unknown_kinds:
        heading = "Not known to be emergency or routine: say so in [calls] kinds"
        screen.listed(heading, [list_values(log.unknown_kinds)])
    screen.notices(dict.fromkeys((*notices, *log.rates().notices)))


def _describe_counts(log: CallLog) -> Iterator[str]:
    inside, days = len(log.in_hours), log.school_days
    yield (
        f"{counted(inside, 'call')} in school hours on {days:g} school-days, "
        f"{inside / days:.2f} a school-day"
    )
    for when, n in log.calls["when"].value_counts().items():
        if when != "school hours":
            yield f"{n:,} {when}"


def _describe_sources(log: CallLog) -> Iterator[str]:
    for source, row in log.compare_sources().iterrows():
        definition = f" ({row['definition']})" if row["definition"] else ""
        late = ""
        if not math.isnan(row["late_median_s"]):
            median, p90 = minutes(row["late_median_s"]), minutes(row["late_p90_s"])
            late = f"; half are entered within {median}, 90 % within {p90}"
        yield (
            f"{source}{definition}: {counted(row['calls'], 'call')} in school hours from "
            f"{row['first_day']} to {row['last_day']}, {row['in_others']:,} also in another "
            f"source and {row['only_here']:,} only here{late}"
        )


def _describe_completeness(log: CallLog) -> Iterator[str]:
    for row in log.completeness().reset_index().to_dict("records"):
        month = "all months" if row["month"] == "all" else row["month"]
        said = (
            f"{row['source']}, {month}: {counted(row['calls'], 'call')}, {row['in_both']:,} of "
            "them in another source"
        )
        if math.isnan(row["estimate"]):
            yield f"{said}: too few for an estimate"
        else:
            yield (
                f"{said}; an estimated {row['estimate']:.0f} calls there were "
                f"({row['low']:.0f} to {row['high']:.0f}): {_percent(row['completeness'])} complete"
            )


def _describe_measured(log: CallLog) -> Iterator[str]:
    for row in log.measured().reset_index().to_dict("records"):
        figure = row["figure"]
        write: Callable[[float], str] = _percent if figure.endswith("_share") else _plain
        write = minutes if figure.endswith("_s") else write
        value, low, high = (write(row[column]) for column in ("value", "low", "high"))
        yield f"{row['meaning']}: {value} ({low} to {high}; {counted(row['calls'], 'call')})"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _plain(value: float) -> str:
    return f"{value:.2f}"


def _describe_files(inputs: StudyInputs) -> Iterator[str]:
    """Say of each file what was read from it."""
    district = inputs.district
    held = {"schools": f"{counted(len(district.schools), 'school')} in "
                       f"{counted(len(district.buildings), 'building')}"}  # fmt: skip
    if district.network is not None:
        streets = district.network.describe()
        held |= {"streets": f"{streets['links']:,} links", "links": f"{streets['links']:,} links",
                 "junctions": f"{streets['junctions']:,} junctions"}  # fmt: skip
    for role, path in inputs.files:
        what = f": {held[role]}" if role in held else ""
        yield f"{role}, {path_to_show(path)}{what}"
    if district.network is None:
        yield "no streets: travel times are a straight-line estimate"


def _describe_given(study: Study) -> Iterator[str]:
    """List the settings that are given, where, and the default of each that differs."""
    from zoning.study import study_settings

    defaults = {(row.section.strip("[]"), row.key): row.default for row in study_settings()}
    for where, value in _leaves(study.tables):
        names = [part for part in where if isinstance(part, str)]
        default = defaults.get((".".join(names[:-1]), names[-1]), "")
        if default == str(value):
            continue
        default = "" if default.startswith("required") else default
        origin = next((study.origins[where[:k]] for k in range(len(where), 0, -1)
                       if where[:k] in study.origins), "")  # fmt: skip
        told = "; ".join(filter(None, (origin, default and f"default: {default}")))
        name = ".".join(str(part + 1) if isinstance(part, int) else part for part in where)
        yield f"{name} = {show(value)}{f' ({told})' if told else ''}"


def _leaves(tables: Mapping[str, Any], where: Location = ()) -> Iterator[tuple[Location, Any]]:
    """List the values of nested tables."""
    items: Iterable[tuple[str | int, Any]] = tables.items()
    for key, value in items:
        inside = value if isinstance(value, list | tuple) else ()
        if isinstance(value, Mapping):
            yield from _leaves(value, (*where, key))
        elif inside and all(isinstance(one, Mapping) for one in inside):
            for k, one in enumerate(inside):
                yield from _leaves(one, (*where, key, k))
        else:
            yield (*where, key), value
