"""The commands about a study: ``zoning study settings``, ``schema`` and ``check``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from rich.text import Text

from zoning.cli.options import Flag, path_to_show
from zoning.cli.screen import Screen, collect_notices, printable
from zoning.cli.study_request import StudyRequest
from zoning.cli.usage import add_to, make_app
from zoning.errors import OptionError
from zoning.files import write_whole
from zoning.settings import Location, Setting, settings, show
from zoning.units import counted

if TYPE_CHECKING:
    from zoning.study import Study
    from zoning.study.inputs import StudyInputs

study_app = make_app(
    "List the settings of a study, write their schema for editors, or check a study."
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

    notices: list[str] = []
    study = asked.make_study()
    with collect_notices(notices):
        inputs = study.open()
        inputs.require_possible(inputs.options)
    screen.out.print(Text(printable(inputs.district.name), style="bold"))
    screen.out.print()
    screen.listed("Read", _describe_files(inputs))
    screen.listed("Options", (f"{one.option_id}: {one.label}" for one in inputs.options))
    screen.listed("Settings that are given", _describe_given(study))
    found = (*notices, *school_notices(inputs.district.schools), *inputs.calls.notices)
    screen.notices(dict.fromkeys(found))
    screen.text("Nothing is wrong with the study.")


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
