"""The definitions of options: their words, defaults and help are the library's."""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
from helpers.town_files import write_schools
from typer.testing import CliRunner

from zoning import (
    Alignment,
    BuildOptions,
    CostAssumptions,
    FromHighSchool,
    Objective,
    PatrolZones,
    SolverLimits,
    SpeedUnit,
)
from zoning.cli import app, commands
from zoning.cli.district_request import DistrictRequest, DrivingRequest
from zoning.cli.network import NetworkRequest, SnapRequest
from zoning.cli.options import RULES, Request, command_words, make_command, minutes, option
from zoning.cli.run_request import (
    CallsRequest,
    MoneyRequest,
    ResultRequest,
    RunRequest,
    SolverRequest,
)
from zoning.cli.screen import Screen
from zoning.cli.zone_request import ComparedZonesRequest, GivenPlanRequest, ZoneRequest
from zoning.demand import BOSTON_CALLS_PER_SCHOOL_DAY
from zoning.editions import Edition
from zoning.errors import OptionError
from zoning.maps import Size
from zoning.reports import Extra
from zoning.roads.reading import SourceKind
from zoning.roads.sources import ServiceRoads
from zoning.roads.sources.centrelines import SNAP_M
from zoning.roads.streets.snapping import NEAR_M
from zoning.zones import AlignmentMode, Rule

REQUESTS = (
    DistrictRequest,
    DrivingRequest,
    ZoneRequest,
    GivenPlanRequest,
    ComparedZonesRequest,
    CallsRequest,
    MoneyRequest,
    SolverRequest,
    ResultRequest,
    NetworkRequest,
    SnapRequest,
)


@pytest.mark.parametrize(
    ("request_", "field", "words"),
    [
        (ZoneRequest, "objective", Objective),
        (ZoneRequest, "alignment", AlignmentMode),
        (ResultRequest, "edition", Edition),
        (ResultRequest, "also", Extra),
        (ResultRequest, "map_size", Size),
        (NetworkRequest, "kind", SourceKind),
        (NetworkRequest, "service", ServiceRoads),
        (NetworkRequest, "speed_unit", SpeedUnit),
    ],
)
def test_the_words_of_an_option_are_those_of_the_library(
    request_: type[Request], field: str, words: type
) -> None:
    """They stand twice so that help need not import the library."""
    assert request_.options()[field].takes.split("|") == [str(word) for word in words]  # type: ignore[attr-defined]


def test_defaults_are_those_of_the_library() -> None:
    zones, option = ZoneRequest(), PatrolZones()
    assert (zones.min_size, zones.max_size) == (option.min_size, option.max_size)
    assert (zones.objective, zones.presence) == (option.objective, option.presence)
    assert zones.alignment == option.alignment.mode
    assert NetworkRequest.options()["plausible_kph"].default == BuildOptions().plausible_kph
    assert NetworkRequest.options()["service"].default == BuildOptions().service
    assert NetworkRequest.options()["snap_m"].default == SNAP_M
    assert SnapRequest.options()["tolerance_m"].default == NEAR_M
    assert SolverRequest().limits() == SolverLimits()
    assert MoneyRequest().costs() == CostAssumptions()
    assert CallsRequest().rate() == BOSTON_CALLS_PER_SCHOOL_DAY


def test_defaults_that_help_tells_in_words() -> None:
    costs = CostAssumptions()
    low, high = costs.officer_year_range_usd
    for request, field, told in (
        (SolverRequest, "time_s", f"{SolverLimits().time_s:g} if not given"),
        (SolverRequest, "gap", f"{SolverLimits().gap * 100:.4f} if not given"),
        (CallsRequest, "calls_per_school_day", f"day; {BOSTON_CALLS_PER_SCHOOL_DAY:g} (Boston)"),
        (ZoneRequest, "alignment_price_s", f"{Alignment().price_s / 60:g} if not given"),
        (MoneyRequest, "relief_factor", f"{costs.relief_factor:g} if not given"),
        (MoneyRequest, "cost_per_officer", f"{costs.officer_year_usd:.0f}, range {low:.0f} to "),
        (MoneyRequest, "cost_per_officer", f"to {high:.0f}, if not given"),
    ):
        assert told in request.options()[field].help


@pytest.mark.parametrize("request_", REQUESTS)
def test_every_option_says_what_it_takes_and_what_it_is_for(request_: type[Request]) -> None:
    for one in request_.options().values():
        first = one.help.split()[0]
        assert first[0].isupper() or first in one.takes
        assert one.help.endswith(".")
        assert one.takes or one.kind is bool
        if one.flag is not None:
            assert one.panel is not None or request_ is SnapRequest
            assert re.fullmatch(r"--[a-z0-9-]+(/--no-[a-z-]+)?", one.flag)


@pytest.mark.slow
def test_no_help_shows_a_type_of_python() -> None:
    runner = CliRunner(env={"COLUMNS": "100", "TERMINAL_WIDTH": "100"})
    commands = [(name,) for name in ("demo", "plan", "compare", "deck", "check", "improve")]
    commands += [("explain",), ("audit",), ("picture",), ("network", "build"), ("network", "snap")]
    for words in [(), ("network",), *commands]:
        text = runner.invoke(app, [*words, "--help"]).stdout
        assert re.search(r"<(bool|str|path|int|float|list)", text) is None, words
        assert max(map(len, text.splitlines())) <= 100


def test_faults_within_and_between_options_come_at_once() -> None:
    with pytest.raises(OptionError) as caught:
        ZoneRequest.read(
            zones="3-2",
            min_size=0,
            max_size="none",
            longest_drive_s=0.0,
            move_price_s=1.0,
            workloads=["pupils:3", "calls:1", "calls:2"],
        )
    assert caught.value.faults == (
        "--move-price needs today's plan: add --today PLAN",
        "--zones 3-2 cannot be: the range is empty",
        "--min-size 0 is not a number of 1 or more",
        "--longest-drive 0 is not a number of minutes above 0",
        "--workload pupils:3 is not of the form calls:20 or enrollment:20",
        "--workload gives calls more than once",
    )


def test_minutes_become_seconds_and_words_values() -> None:
    read = ZoneRequest.read(
        zones="21-30",
        max_size="none",
        longest_drive_s=12.0,
        alignment_price_s=2.0,
        workloads=["calls:20", "enrollment:12.5%"],
    )
    assert (read.zones, read.max_size, read.longest_drive_s) == (((21, 30),), None, 720.0)
    assert read.alignment_price_s == 120.0
    assert read.workloads == {"calls": 0.2, "enrollment": 0.125}


@pytest.mark.parametrize("request_", REQUESTS)
def test_a_request_is_read_from_no_word_at_all(request_: type[Request]) -> None:
    """As Typer calls a command on which no option is given."""
    given = {p.name: p.default for p in request_.parameters()}
    required = {n for n, default in given.items() if default is inspect.Parameter.empty}
    if required or request_ is DistrictRequest:
        return
    assert request_.read(**given) == request_.read() == request_()
    assert list(request_().changed_options()) == []


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundedZones(ZoneRequest):
    """A bound that the command does not have: one field, and the rule it makes."""

    from_high_school_s: float | None = option(
        "--from-high-school",
        "MINUTES",
        "Longest drive from the high school of a zone to a building.",
        panel=RULES,
        read=minutes(above_0=True),
    )

    def own_rules(self) -> tuple[Rule, ...]:
        limit_s = self.from_high_school_s
        found = () if limit_s is None else (FromHighSchool(limit_s=limit_s),)
        return (*ZoneRequest.own_rules(self), *found)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundedRun(RunRequest):
    zones: BoundedZones


@pytest.mark.slow
def test_a_new_bound_is_one_field_and_one_rule(tmp_path: Path) -> None:
    """Help, faults, the search, the recorded command and the recorded rules follow from it."""

    def plan(context: typer.Context, screen: Screen, asked: BoundedRun) -> None:
        """Plan with the bound."""
        commands._plan(screen, asked, command_words(context), "plan")

    own = typer.Typer()
    own.command()(make_command(plan))
    runner = CliRunner(env={"COLUMNS": "100"})
    assert "--from-high-school" in runner.invoke(own, ["--help"]).stdout
    words = ["--schools", str(write_schools(tmp_path / "town.csv")), "--from-high-school"]
    refused = runner.invoke(own, [*words, "0"])
    assert "--from-high-school 0 is not a number of minutes above 0" in refused.stderr
    done = runner.invoke(own, [*words, "14.5", "--zones", "2", "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert "--from-high-school 14.5" in record["command"]
    (rule,) = record["options"][0]["zoning"]["rules"]
    assert "14.5 min" in rule
