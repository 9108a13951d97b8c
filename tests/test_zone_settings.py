"""A setting of a zone request is listed once, and reaches everything that hands settings on."""

from __future__ import annotations

import ast
import inspect
from dataclasses import MISSING, fields
from enum import StrEnum
from pathlib import Path

import pytest
from helpers.zone_towns import problem, random_town

import zoning
from zoning import (
    FixedSecondary,
    Objective,
    OwnCost,
    PatrolZones,
    SpeedUnit,
    Together,
    ZoneProblem,
    design_zones,
)
from zoning.cli.network import NetworkRequest
from zoning.cli.options import Option
from zoning.roads import ServiceRoads
from zoning.roads.reading import SourceKind
from zoning.settings import fields_of
from zoning.study.sections import ZonesTable
from zoning.zones.request.problem import ZoneSettings

SETTINGS = {one.name: one for one in fields(ZoneSettings)}
LIBRARY = Path(zoning.__file__).parent
# Areas of commanders are a zone request too, with fewer settings.
LISTED_IN = {*("zones/request/problem.py", "zones/solve/solver.py", "zones/solve/command_areas.py")}


def names_listed(node: ast.AST) -> set[str]:
    """The names that a class, a signature, a call or a dictionary gives side by side."""
    match node:
        case ast.ClassDef(body=body):
            fields_of = [item.target for item in body if isinstance(item, ast.AnnAssign)]
            return {target.id for target in fields_of if isinstance(target, ast.Name)}
        case ast.arguments(args=args, kwonlyargs=more):
            return {one.arg for one in (*args, *more)}
        case ast.Call(keywords=keywords):
            return {str(one.arg) for one in keywords}
        case ast.Dict(keys=keys):
            return {str(key.value) for key in keys if isinstance(key, ast.Constant)}
    return set()


def test_two_modules_list_the_settings() -> None:
    # Rules and costs are also words of other tables.
    own = SETTINGS.keys() - {"rules", "costs"}
    modules = {path: path.read_text(encoding="utf-8") for path in LIBRARY.rglob("*.py")}
    listing = {
        path.relative_to(LIBRARY).as_posix()
        for path, text in modules.items()
        if sum(name in text for name in own) > len(own) / 2  # parsing them all takes seconds
        for node in ast.walk(ast.parse(text))
        if len(own & names_listed(node)) > len(own) / 2
    }
    assert listing == LISTED_IN


@pytest.mark.parametrize("of", [ZoneProblem.from_schools, design_zones])
def test_every_setting_is_an_argument_with_the_same_default(of: object) -> None:
    parameters = inspect.signature(of).parameters  # type: ignore[arg-type]
    for name, setting in SETTINGS.items():
        default = None if setting.default is MISSING else setting.default
        assert parameters[name].default == default, name


@pytest.mark.parametrize("option", [PatrolZones, FixedSecondary])
def test_every_setting_is_one_of_a_staffing_option(option: type) -> None:
    assert SETTINGS.keys() <= {one.name for one in fields(option)}


def test_every_setting_can_be_given_in_a_study() -> None:
    """Rules and costs have a section of their own; the number of zones may be several there."""
    keys = {one.name for one in fields_of(ZonesTable)}
    assert SETTINGS.keys() - {"rules", "costs", "zones"} <= keys
    assert "numbers" in keys


@pytest.mark.parametrize(
    ("request_of", "name", "known"),
    [
        (NetworkRequest, "kind", SourceKind),
        (NetworkRequest, "service", ServiceRoads),
        (NetworkRequest, "speed_unit", SpeedUnit),
    ],
)
def test_the_command_offers_every_word_of_the_library(
    request_of: type, name: str, known: type[StrEnum]
) -> None:
    (option,) = (one for one in Option.all_of(request_of) if one.setting.name == name)
    assert set(option.setting.setting.words) == set(known)


def test_every_objective_has_words_for_a_label() -> None:
    assert all(PatrolZones(objective=each).label for each in Objective)


def test_the_record_has_every_setting_in_words() -> None:
    town = random_town(seed=1, n=6)
    cost = OwnCost(name="bends", cost=len, unit="bend", price_s=2.0)
    asked = problem(town, zones=(1, 2), rules=(Together(("b00", "b01")),), costs=(cost,))
    record = asked.settings()
    assert record.keys() == SETTINGS.keys()
    assert record["zones"] == [1, 2]
    assert record["rules"] == [asked.rules[0].text]
    assert record["costs"] == [cost.text]
