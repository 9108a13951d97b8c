"""Options made from settings: their flags, words, defaults and faults."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from zoning import BuildOptions, SpeedUnit
from zoning.cli import app
from zoning.cli.network import NetworkCheckRequest, NetworkRequest, SnapRequest
from zoning.cli.options import Flag, Option, make_command, read_pairs, read_request
from zoning.cli.screen import Screen
from zoning.cli.study_request import (
    CheckRequest,
    DeckRequest,
    ExplainRequest,
    ImproveRequest,
    RunRequest,
    StudyRequest,
)
from zoning.editions import Edition
from zoning.errors import OptionError
from zoning.roads.reading import SourceKind
from zoning.roads.sources import ServiceRoads
from zoning.roads.sources.centrelines import SNAP_M
from zoning.roads.streets.snapping import NEAR_M
from zoning.settings import METRES, Setting, class_at, fields_of, settings
from zoning.study import StudySettings

REQUESTS = (
    StudyRequest,
    RunRequest,
    ImproveRequest,
    CheckRequest,
    ExplainRequest,
    DeckRequest,
    NetworkRequest,
    NetworkCheckRequest,
    SnapRequest,
)


def option(request: type, name: str) -> Option:
    (found,) = (one for one in Option.all_of(request) if one.setting.name == name)
    return found


@pytest.mark.parametrize(
    ("request_", "name", "words"),
    [
        (NetworkRequest, "kind", SourceKind),
        (NetworkRequest, "service", ServiceRoads),
        (NetworkRequest, "speed_unit", SpeedUnit),
    ],
)
def test_the_words_of_an_option_are_those_of_the_library(
    request_: type, name: str, words: type
) -> None:
    """They stand twice so that help need not import the library."""
    assert option(request_, name).setting.setting.words == tuple(map(str, words))  # type: ignore[call-overload]


def test_an_option_that_gives_a_setting_gives_one_of_the_study() -> None:
    for request in REQUESTS:
        for one in Option.all_of(request):
            if one.flag.sets:
                table = class_at(StudySettings, one.flag.sets[:-1])
                assert table is not None
                assert one.flag.sets[-1] in {known.key for known in fields_of(table)}
    assert option(RunRequest, "edition").flag.takes == "|".join(Edition)


def test_defaults_are_those_of_the_library() -> None:
    assert option(NetworkRequest, "plausible_kph").setting.default == BuildOptions().plausible_kph
    assert option(NetworkRequest, "service").setting.default == BuildOptions().service
    assert option(NetworkRequest, "snap_m").setting.default == SNAP_M
    assert option(SnapRequest, "tolerance_m").setting.default == NEAR_M


@pytest.mark.parametrize("request_", REQUESTS)
def test_every_option_says_what_it_takes_and_what_it_is_for(request_: type) -> None:
    for one in Option.all_of(request_):
        meaning = one.setting.setting.meaning
        assert meaning[0].isupper()
        assert meaning.endswith((".", "]")), one.name
        assert one.flag.argument or re.fullmatch(r"--[a-z0-9-]+", one.name)


@pytest.mark.slow
def test_no_help_shows_a_type_of_python() -> None:
    runner = CliRunner(env={"COLUMNS": "100", "TERMINAL_WIDTH": "100"})
    commands = [(name,) for name in ("demo", "plan", "compare", "deck", "check", "improve")]
    commands += [("explain",), ("audit",), ("picture",), ("network", "build"), ("network", "snap")]
    commands += [("study",), ("study", "settings"), ("study", "schema"), ("study", "check")]
    commands += [("study", "calls")]
    for words in [(), ("network",), *commands]:
        text = runner.invoke(app, [*words, "--help"]).stdout
        assert re.search(r"<(bool|str|path|int|float|list)", text) is None, words
        assert max(map(len, text.splitlines())) <= 100


@settings
@dataclass(frozen=True, slots=True, kw_only=True)
class WalkRequest:
    """Options of every form."""

    file: Annotated[Path, Setting(meaning="A file."), Flag(argument="FILE")]
    tags: Annotated[tuple[str, ...], Setting(meaning="Tags."), Flag(name="--tag")] = ()
    names: Annotated[
        Mapping[str, str], Setting(meaning="Names.", read=read_pairs("A=B")), Flag(name="--name")
    ] = field(default_factory=dict)
    within_m: Annotated[float, Setting(meaning="Distance.", unit=METRES, above=0)] = 5.0
    between: Annotated[tuple[float, float], Setting(meaning="Ends.")] = (0.0, 1.0)
    merge: Annotated[bool | None, Setting(meaning="Merge.")] = None
    quiet: Annotated[bool, Setting(meaning="Say nothing.")] = False
    count: Annotated[int, Setting(meaning="How many.", at_least=1)] = 3

    def faults(self) -> Iterator[str]:
        """Find a distance that is too large for many."""
        if self.within_m * self.count > 100:
            yield "--within-m is too large for --count"


def call(*words: str) -> tuple[WalkRequest | None, str]:
    found: list[WalkRequest] = []

    def walk(screen: Screen, asked: WalkRequest) -> None:
        """Take a walk."""
        del screen
        found.append(asked)

    own = typer.Typer(rich_markup_mode="markdown")
    own.command()(make_command(walk))
    result = CliRunner(env={"COLUMNS": "120"}).invoke(own, list(words))
    return (found[0] if found else None), result.output


def test_an_option_of_every_form_is_read() -> None:
    asked, _ = call("a b.csv", "--tag", "x", "--tag", "y", "--name", "N=M", "--within-m", "2 km",
                    "--between", "1", "2.5", "--no-merge", "--quiet", "--count", "1")  # fmt: skip
    assert asked is None  # 2 km is more than 100 m
    asked, _ = call("a b.csv", "--tag", "x", "--tag", "y", "--name", "N=M", "--within-m", "20 m",
                    "--between", "1", "2.5", "--no-merge", "--quiet")  # fmt: skip
    assert asked == WalkRequest(
        file=Path("a b.csv"), tags=("x", "y"), names={"N": "M"}, within_m=20.0,
        between=(1.0, 2.5), merge=False, quiet=True,
    )  # fmt: skip
    assert call("f")[0] == WalkRequest(file=Path("f"))
    assert "Take a walk." in call("--help")[1]
    assert "[default: 5.0]" in " ".join(call("--help")[1].split())


def test_every_fault_comes_at_once() -> None:
    asked, said = call("f", "--name", "N", "--name", "A=1", "--name", "A=2", "--within-m", "no",
                       "--count", "0", "--between", "1", "x")  # fmt: skip
    assert asked is None
    for fault in (
        "--name N is not of the form A=B",
        "--name gives A more than once",
        "--within-m 'no' is not a number of metres above 0",
        "--count '0' is not a whole number of 1 or more",
        "--between 'x' is not a number",
    ):
        assert fault in said


def test_faults_between_options_are_found_beside_those_of_others() -> None:
    with pytest.raises(OptionError) as caught:
        read_request(WalkRequest, {"file": "f", "within_m": "90", "between": ("a", "b")})
    assert caught.value.faults == (
        "--within-m is too large for --count",
        "--between 'a' is not a number",
    )
