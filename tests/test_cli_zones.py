"""Zones on the command line: objectives, rules, plans checked, improved and explained."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from helpers.town_files import put, write_schools
from pyproj import Geod
from typer.testing import CliRunner, Result

from zoning.cli import app, planning_run
from zoning.roads import ClassFactor, Profile, read_network
from zoning.roads.saved import save_network
from zoning.roads.travel.profiles import JunctionDelay
from zoning.schools import buildings, read_schools
from zoning.staffing.comparison import ComparisonProgress
from zoning.study import inputs
from zoning.zones import Progress, ZonePlan, read_plan, write_plan

pytestmark = pytest.mark.slow

# North and south, but M1 and M2 changed places.
HAND = {
    "N": ("H1", "M2", "E1", "E2"),
    "S": ("H2", "M1", "E3", "E4", "E5", "X1"),
}
CAUTION = "not for publication"
STRAIGHT = "Straight-line estimate, no streets were used"


def run(*words: object, columns: int = 200) -> Result:
    return CliRunner(env={"COLUMNS": str(columns)}).invoke(app, [str(word) for word in words])


def done(*words: object) -> Result:
    result = run(*words)
    assert result.exit_code == 0, result.output
    return result


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def record(folder: Path) -> dict[str, object]:
    document: dict[str, object] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return document


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_schools(tmp_path_factory.mktemp("town") / "town.csv")


@pytest.fixture(scope="module")
def hand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    plan = ZonePlan.from_assignment({b: zone for zone, members in HAND.items() for b in members})
    return write_plan(plan, tmp_path_factory.mktemp("hand") / "hand.csv")


@pytest.fixture(scope="module")
def made(town: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a public plan of two zones."""
    out = tmp_path_factory.mktemp("made") / "out"
    done("plan", "--schools", town, "--zones", 2, "--out", out)
    return out


@pytest.fixture(scope="module")
def streets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A grid of streets about 900 m apart, under every school of the town."""
    folder = tmp_path_factory.mktemp("streets")
    places = {
        f"{row}-{column}": (-85.715 + 0.01 * column, 37.965 + 0.01 * row)
        for row in range(11)
        for column in range(6)
    }
    pd.DataFrame(
        [(name, lon, lat) for name, (lon, lat) in places.items()],
        columns=["junction_id", "lon", "lat"],
    ).to_csv(folder / "junctions.csv", index=False)
    ends = [
        (f"{row}-{column}", f"{row + down}-{column + right}")
        for row in range(11)
        for column in range(6)
        for down, right in ((1, 0), (0, 1))
        if f"{row + down}-{column + right}" in places
    ]
    earth = Geod(ellps="WGS84")
    pd.DataFrame(
        [
            (a, b, round(earth.inv(*places[a], *places[b])[2], 1), "collector", "urban")
            for a, b in ends
        ],
        columns=["from_junction", "to_junction", "length_m", "road_class", "area"],
    ).to_csv(folder / "links.csv", index=False)
    return save_network(read_network(folder, source="The grid"), folder / "grid.streets")


def write_study(folder: Path, town: Path, text: str) -> Path:
    """A study of the town with these sections."""
    path = folder / "study.toml"
    path.write_text(f"schools = {json.dumps(str(town))}\n{text}", encoding="utf-8")
    return path


# plan


def test_rules_of_the_study_and_of_the_words_are_kept(town: Path, tmp_path: Path) -> None:
    together = '[[rules.together]]\nschools = ["North High", "South High"]\n'
    study = write_study(tmp_path, town, together)
    out = tmp_path / "out"
    result = done(
        "plan",
        study,
        "--zones",
        3,
        "--set",
        "zones.objective=station",
        "--set",
        "zones.presence=demand",
        "--set",
        "rules.workload.calls.tolerance_percent=90",
        "--out",
        out,
        "--set",
        "rules.longest_drive_minutes=30",
    )
    home = {row["building_id"]: row["zone_id"] for row in rows(out / "plan.csv")}
    assert home["H1"] == home["H2"]
    assert "3 patrol zones, officer waiting, presence by demand, 3 rules" in result.stderr
    assert "  kept: together: H1, H2" in result.stdout
    (option,) = record(out)["options"]  # type: ignore[misc]
    assert option["zoning"]["objective"] == "station"
    assert option["zoning"]["rules"] == [
        "together: H1, H2",
        "no drive over 30.0 min inside a zone",
        "calls of a zone within 90 % of the mean",
    ]
    assert option["zoning"]["interrupted"] is False
    roles = [(read["role"], read["file"]) for read in record(out)["inputs"]]  # type: ignore[index]
    assert roles == [("schools", "town.csv")]


def test_a_range_of_zones_and_no_bound_on_their_size(town: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = (
        "--set",
        "zones.min_size=1",
        "--set",
        "zones.max_size=none",
        "--zones",
        "1-2",
        "--set",
        "zones.objective=worst",
    )
    result = done("plan", "--schools", town, *words, "--out", out)
    assert "1 to 2 patrol zones of 1 or more, shortest longest drive" in result.stderr
    assert "no plan keeps every drive shorter" in result.stdout
    (option,) = record(out)["options"]  # type: ignore[misc]
    assert option["option_id"] == "zones-from1to2-1toany-worst"
    assert option["zoning"]["zones_asked"] == [1, 2]
    assert option["zoning"]["zones"] == 2
    assert option["zoning"]["status"] == "optimal"


def test_buildings_stay_in_their_zone_of_today(town: Path, hand: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done(
        "plan",
        "--schools",
        town,
        "--zones",
        2,
        *put("rules.today", hand),
        "--set",
        "rules.most_moved=0",
        "--set",
        "rules.prices.moved_building_minutes=0.5",
        "--out",
        out,
    )
    plan = read_plan(out / "plan.csv", read_schools(town))
    assert {zone.zone_id: zone.building_ids for zone in plan.zones} == {
        zone: tuple(sorted(members)) for zone, members in HAND.items()
    }
    (option,) = record(out)["options"]  # type: ignore[misc]
    assert option["zoning"]["rules"] == ["at most 0 buildings move"]
    assert option["zoning"]["costs"] == ["moved buildings, each is worth 0.5 min"]


def test_compare_takes_objective_and_rules(town: Path, tmp_path: Path) -> None:
    study = write_study(tmp_path, town, '[[rules.apart]]\nschools = ["E1", "E2"]\n')
    out = tmp_path / "out"
    done(
        "compare",
        study,
        "--zones",
        "2-3",
        "--set",
        "zones.objective=station",
        "--set",
        "rules.longest_drive_minutes=25",
        "--out",
        out,
    )
    options = {option["option_id"]: option for option in record(out)["options"]}  # type: ignore[attr-defined]
    zoned = options["zones-from2to3-station-2rules"]["zoning"]
    assert zoned["rules"] == ["apart: E1, E2", "no drive over 25.0 min inside a zone"]
    secondary = options["secondary-and-zones"]["zoning"]
    assert secondary["objective"] == "station"
    assert secondary["rules"] == ["no drive over 25.0 min inside a zone"]
    table = [row for row in rows(out / "assignments.csv") if row["option_id"].startswith("zones")]
    home = {row["building_id"]: row["zone_id"] for row in table}
    assert home["E1"] != home["E2"]


def test_restricted_zones_say_how_they_are_shaped(town: Path, made: Path, tmp_path: Path) -> None:
    out = tmp_path / "restricted"
    done("plan", "--schools", town, "--zones", 2, "--edition", "restricted", "--out", out)
    open_, kept = (gpd.read_file(folder / "zones.geojson") for folder in (made, out))
    more = {
        "area_m2",
        "parts",
        "contiguous",
        "polsby_popper",
        "reock",
        "diameter_s",
        "diameter_from",
        "diameter_to",
    }
    assert set(kept.columns) - set(open_.columns) == more
    assert (kept["diameter_s"] > 60).all()
    assert kept["polsby_popper"].between(0, 1).all()
    assert (made / "plan.csv").read_bytes() == (out / "plan.csv").read_bytes()


def test_streets_may_be_a_built_network(
    town: Path, made: Path, streets: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    result = done("plan", "--schools", town, "--streets", streets, "--out", out)
    assert STRAIGHT not in result.stdout
    roles = [(read["role"], read["file"]) for read in record(out)["inputs"]]  # type: ignore[index]
    assert roles == [("schools", "town.csv"), ("streets", "grid.streets")]
    zones = json.loads((out / "zones.geojson").read_text(encoding="utf-8"))
    assert "the ground reached soonest from its schools over the streets" in zones["meaning"]
    assert zones["attribution"] == "Schools from town.csv; streets from The grid"
    page = (out / "district.html").read_text(encoding="utf-8")
    assert "the ground reached soonest from its schools over the streets" in page
    zones = json.loads((made / "zones.geojson").read_text(encoding="utf-8"))
    assert "the ground nearest to its schools in a straight line" in zones["meaning"]


def test_a_profile_of_ones_own_is_driven_recorded_and_named(
    town: Path, hand: Path, streets: Path, tmp_path: Path
) -> None:
    """At a tenth of the speed, and 100 s at crossings; access legs take what they took."""
    slow = Profile(name="slow", factor=0.1, delays=(JunctionDelay("*", "*", 100.0),))
    slow.to_frame().to_csv(tmp_path / "slow.csv", index=False)
    words = ("improve", "--plan", hand, "--schools", town, "--streets", streets)
    words = (*words, "--edition", "restricted")
    own = (
        *put("streets.emergency_profile", tmp_path / "slow.csv"),
        "--set",
        "streets.patrol_profile=midday",
    )
    usual, out = tmp_path / "usual", tmp_path / "own"
    done(*words, "--out", usual)
    told = done(*words, *own, "--out", out).stdout
    assert "delays of the profile's own; profile slow: read from slow.csv" in told
    assert "profile midday: default" in told
    read = record(out)["inputs"]
    assert ("emergency profile", "slow.csv") in [(r["role"], r["file"]) for r in read]  # type: ignore[attr-defined]
    times = record(out)["parameters"]["travel_times"]  # type: ignore[index]
    assert times["patrol"]["profile"] == "midday"
    assert times["emergency"]["profile_values"]["factor"] == 0.1
    one, other = (
        json.loads((folder / "run.json").read_text())["options"][0]["zoning"]
        for folder in (usual, out)
    )
    assert other["objective_building_s"] > 5 * one["objective_building_s"]
    asked = (
        "--schools",
        town,
        "--streets",
        streets,
        *put("streets.emergency_profile", tmp_path / "slow.csv"),
    )
    for question in (("check", "--plan", hand), ("explain", "--plan", hand, "--school", "M1")):
        assert "profile slow: read from slow.csv" in done(*question, *asked).stdout


def test_delays_can_be_switched(town: Path, hand: Path, streets: Path) -> None:
    asked = ("check", "--plan", hand, "--schools", town, "--streets", streets)
    assert "no delays at junctions, since the speeds include stops" in done(*asked).stdout
    assert "default delays at signals" in done(*asked, "--set", "streets.delays=street").stdout
    none = done(*asked, "--set", "streets.delays=none").stdout
    assert "no delays at junctions; profile emergency" in none


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--set", "streets.emergency_profile=sirens"], "no driving profile is called 'sirens'"),
        (["--set", "streets.emergency_profile=absent.csv"], "there is no file absent.csv"),
        (
            ["--set", "streets.emergency_profile=OWN", "--set", "streets.delays=none"],
            "has delays of its own",
        ),
        (
            ["--set", "streets.emergency_profile=MISSPELT"],
            "road class 'artrial' is not one of arterial",
        ),
    ],
)
def test_profiles_that_make_no_sense(  # noqa: PLR0917
    words: list[str], said: str, town: Path, hand: Path, streets: Path, tmp_path: Path
) -> None:
    own = {
        "OWN": Profile(name="own", delays=(JunctionDelay("stop", "*", 3.0),)),
        "MISSPELT": Profile(name="odd", exceptions=(ClassFactor("artrial", "*", 0.5),)),
    }
    for name, profile in own.items():
        profile.to_frame().to_csv(tmp_path / f"{name}.csv", index=False)
    named = [
        word.replace(f"={name}", f"={tmp_path / name}.csv")
        for word in words
        for name in [next((one for one in own if word.endswith(one)), "-")]
    ]
    result = run("check", "--plan", hand, "--schools", town, "--streets", streets, *named)
    assert result.exit_code == 2
    assert said in result.stderr
    if "streets.delays=none" in words:
        result = run("check", "--plan", hand, "--schools", town, "--set", "streets.delays=none")
        assert "delays: it is about streets, and none are given" in result.stderr


# check, improve, explain


@pytest.mark.parametrize("name", ["plan.csv", "zones.geojson", "assignments.csv"])
def test_a_plan_we_wrote_can_be_checked(name: str, town: Path, made: Path) -> None:
    result = done("check", "--plan", made / name, "--schools", town, "--strict-exit")
    assert "2 zones for 10 buildings: keeps every rule" in result.stdout
    assert CAUTION in result.stdout
    assert STRAIGHT in result.stdout
    assert "1 virtual school left out" in result.stdout


def test_a_check_names_the_rules_broken_and_writes_if_asked(
    town: Path, hand: Path, tmp_path: Path
) -> None:
    words = ("check", "--plan", hand, "--schools", town, "--set", "zones.max_size=5")
    words = (*words, "--set", "zones.alignment=strict")
    result = done(*words)
    assert "breaks 2 rules" in result.stdout
    assert "S: has 6 buildings, at most 5" in result.stdout
    assert "North Middle feeds another high school than South High" in result.stdout
    assert list(tmp_path.iterdir()) == []
    result = run(*words, "--strict-exit", "--out", tmp_path / "out")
    assert result.exit_code == 4
    broken, travel = (
        rows(tmp_path / "out" / name) for name in ("broken_rules.csv", "travel_by_building.csv")
    )
    assert [row["zone_id"] for row in broken] == ["S", "S"]
    assert {row["building_id"] for row in travel} == {b for m in HAND.values() for b in m}
    assert {row["edition"] for row in (*broken, *travel)} == {"restricted"}
    assert all(STRAIGHT in row["estimate"] for row in (*broken, *travel))
    assert "restricted: zone and travel of each building" in result.stdout
    mixed = run("plan", "--schools", town, "--out", tmp_path / "out", "--force")
    assert mixed.exit_code == 1
    assert "travel_by_building.csv is of an earlier run" in mixed.stderr


def test_a_check_takes_the_number_of_zones_and_own_officers_from_the_plan(
    town: Path, tmp_path: Path
) -> None:
    home = {b: zone for zone, members in HAND.items() for b in members} | {"X1": "Post"}
    own = ZonePlan.from_assignment(home, dedicated=["Post"])
    path = write_plan(own, tmp_path / "own.csv")
    assert "keeps every rule" in done("check", "--plan", path, "--schools", town).stdout
    others = ("--zones", "3-4", "--set", 'zones.dedicated=["M1"]')
    told = done("check", "--plan", path, "--schools", town, *others).stdout
    assert "the plan has 2 patrol zones, not 3 to 4" in told
    assert "North Middle was to have an officer of its own" in told
    assert "no dedicated officer was requested at Fir Magnet" in told


def test_improve_says_what_moved_and_what_it_buys(town: Path, hand: Path, tmp_path: Path) -> None:
    result = done(
        "improve",
        "--plan",
        hand,
        "--schools",
        town,
        "--out",
        tmp_path / "out",
        "--edition",
        "restricted",
    )
    assert f"Compared with {hand}" in result.stdout
    moves = "Cedar Elementary from S to N, North Middle from S to N, South Middle from N to S"
    assert f"3 buildings moved: {moves}" in result.stdout
    assert "middle: " in result.stdout
    changes = rows(tmp_path / "out" / "changes_by_building.csv")
    moved = {row["building_id"] for row in changes if row["moved"] == "true"}
    assert moved == {"E3", "M1", "M2"}
    assert all(float(row["change_s"]) < 0 for row in changes if row["building_id"] in moved)
    assert {row["edition"] for row in changes} == {"restricted"}
    roles = [read["role"] for read in record(tmp_path / "out")["inputs"]]  # type: ignore[index]
    assert roles == ["schools", "plan"]


def test_improve_moves_no_more_than_it_may(town: Path, hand: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    most = ("--set", "rules.most_moved=1")
    result = done("improve", "--plan", hand, "--schools", town, *most, "--out", out)
    assert "1 building moved" in result.stdout
    assert "changes_by_building.csv" not in contents(out)


def test_the_study_of_improve_repeats_it(
    hand: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "by hand.csv").write_bytes(hand.read_bytes())
    write_schools(tmp_path / "town.csv")
    write_study(tmp_path, Path("town.csv"), "[rules]\nmost_moved = 2\n")
    monkeypatch.chdir(tmp_path)
    done("improve", "study.toml", "--plan", "by hand.csv", "--zones", "2-3", "--set",
         "rules.workload.calls.tolerance_percent=80", "--lock", "N", "--lock-school", "fir magnet",
         "--out", "one")  # fmt: skip
    assert record(tmp_path / "one")["command"] == "zoning improve"
    home = {row["building_id"]: row["zone_id"] for row in rows(tmp_path / "one" / "plan.csv")}
    assert {b for b, zone in home.items() if zone == "N"} == set(HAND["N"])
    assert home["X1"] == "S"
    assert "The same to the byte" in done("again", "one", "--out", "two").stdout
    assert contents(tmp_path / "two") == contents(tmp_path / "one")


def test_a_building_is_explained_by_its_name(town: Path, hand: Path) -> None:
    told = done("explain", "--plan", hand, "--school", "north middle", "--schools", town).stdout
    assert "North Middle is in S" in told
    assert "best other zone is N" in told
    assert CAUTION in told
    by_id = done("explain", "--plan", hand, "--school", "M1", "--schools", town).stdout
    assert by_id == told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["North Midle"], "(did you mean North Middle?)"),
        (["V1"], "is a virtual school"),
    ],
)
def test_what_cannot_be_explained(words: list[str], said: str, town: Path, hand: Path) -> None:
    result = run("explain", "--plan", hand, "--school", *words, "--schools", town)
    assert result.exit_code == 2
    assert said in result.stderr


# faults, before anything is computed


@pytest.fixture
def nothing_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "compare_staffing", pytest.fail)
    monkeypatch.setattr(inputs, "district_times", pytest.fail)


@pytest.mark.usefixtures("nothing_is_computed")
@pytest.mark.parametrize("command", ["plan", "check", "improve", "explain"])
def test_every_word_that_makes_no_sense_is_told_at_once(
    command: str, town: Path, hand: Path
) -> None:
    about = {"plan": [], "explain": ["--plan", hand, "--school", "E1"]}
    said = {
        "zones.number=30-21": "the range is empty",
        "zones.min_size=0": "min_size: 0 is not a whole number of 1 or more",
        "rules.longest_drive_minutes=0": "0 is not a number of minutes above 0",
        "rules.prices.moved_building_minutes=nan": "nan is not a number of minutes of 0 or more",
        "rules.workload.pupils=20": "pupils: there is no such key; there are calls, enrollment",
        "district.state=Kentucky": "'Kentucky' is not two letters, such as KY",
    }
    words = [word for text in said for word in ("--set", text)]
    result = run(command, *about.get(command, ["--plan", hand]), "--schools", town, *words)
    assert result.exit_code == 2, result.output
    assert [text for text in said.values() if text not in result.stderr] == []
    assert result.stderr.count("Error: ") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--zones", "many"], 'neither a number of zones, 30, nor a range, "21-30"'),
        (["--zones", "0"], "at least 1 zone is needed"),
        (["--set", "zones.max_size=all"], "'all' is not a whole number of 1 or more"),
        (["--set", "rules.most_moved=3"], "most_moved: it needs today's plan"),
        (
            ["--set", "rules.prices.moved_building_minutes=3"],
            "it needs today's plan",
        ),
    ],
)
def test_one_word_that_makes_no_sense(words: list[str], said: str, town: Path) -> None:
    result = run("plan", "--schools", town, *words)
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.usefixtures("nothing_is_computed")
def test_faults_of_several_files_are_told_at_once(town: Path, tmp_path: Path) -> None:
    study = write_study(tmp_path, town, '[[rules.apart]]\nschools = ["E1", "E9"]\n')
    (tmp_path / "start.csv").write_text("building_id,zone_id\nH1,1\n", encoding="utf-8")
    plans = (*put("zones.start", tmp_path / "start.csv"), *put("rules.today", tmp_path / "no.csv"))
    result = run("plan", study, *plans, "--set", 'zones.dedicated=["Z9"]')
    assert result.exit_code == 2
    for said in (
        "line 3: [[rules.apart]] 1 schools: 'E9' is not a school of the district",
        "start.csv",
        "no.csv",
        "dedicated: 'Z9' is not a school of the district",
    ):
        assert said in result.stderr
    assert result.stderr.count("Error: ") == 1


@pytest.mark.usefixtures("nothing_is_computed")
@pytest.mark.parametrize(
    ("rules", "words", "said"),
    [
        ("most_moved = 1\n", [], "line 3: [rules] most_moved: it needs today's plan"),
        ("workload.enrollment.at_most = 900\n", [], "1 building has no value"),
        ("prices.imbalance_calls_minutes = 1\n", [], "needs an exact number of zones"),
        ("contiguous = true\n", ["--set", "rules.most_moved=2"], "it needs today's plan"),
        (
            "",
            ["--set", "zones.start=HAND", "--set", 'zones.dedicated=["X1"]'],
            "does not have the buildings to divide",
        ),
    ],
)
def test_rules_are_held_against_the_schools_before_travel_times(  # noqa: PLR0917
    rules: str, words: list[str], said: str, town: Path, hand: Path, tmp_path: Path
) -> None:
    study = write_study(tmp_path, town, f"[rules]\n{rules}")
    words = [word.replace("HAND", str(hand)) for word in words]
    result = run("plan", study, *words, "--out", tmp_path / "out")
    assert result.exit_code == 2, result.output
    assert said in result.stderr


def test_todays_plan_is_not_replaced_by_the_new_one(town: Path, hand: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "plan.csv").write_bytes(hand.read_bytes())
    study = write_study(tmp_path, town, '[rules]\ntoday = "out/plan.csv"\nmost_moved = 1\n')
    for words in (["plan", study], ["improve", "--plan", out / "plan.csv", "--schools", town]):
        result = run(*words, "--out", out, "--force")
        assert result.exit_code == 1
        assert "plan.csv is an input of this run" in result.stderr
    assert contents(out) == {"plan.csv": hand.read_bytes()}


# Ctrl-C


@contextmanager
def pressed(*_: object, **__: object) -> Iterator[ComparisonProgress]:
    """Ctrl-C while the optimiser says where it is."""

    def tell(_label: str, where: Progress | None) -> None:
        if where is not None:
            raise KeyboardInterrupt

    yield tell


def test_ctrl_c_during_the_search_keeps_the_best_plan(
    town: Path, hand: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning_run, "show_progress", pressed)
    out = tmp_path / "out"
    result = run("improve", "--plan", hand, "--schools", town, "--out", out)
    assert result.exit_code == 130
    assert "the search was stopped; this is the best plan found until then" in result.stdout
    assert "Interrupted; the best found until then was written." in result.stderr
    assert "Compared with" in result.stdout
    (option,) = record(out)["options"]  # type: ignore[misc]
    assert option["zoning"]["interrupted"] is True
    assert len(rows(out / "plan.csv")) == 10


def test_ctrl_c_goes_on_with_the_next_option(
    town: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning_run, "show_progress", pressed)
    out = tmp_path / "out"
    result = run("compare", "--schools", town, "--out", out)
    assert result.exit_code == 130
    assert "2 patrol zones: the search was stopped" in result.stdout
    assert {"zones-2", "campus"} <= {row["option_id"] for row in rows(out / "comparison.csv")}


# networks


def test_a_network_is_checked_for_the_schools(town: Path, streets: Path, tmp_path: Path) -> None:
    out = tmp_path / "look.geojson"
    result = done("network", "check", streets, "--schools", town, "--out", out)
    assert "Streets: The grid." in result.stdout
    assert "None of the 10 buildings is cut off" in result.stdout
    assert "places to look at" in result.stdout
    places = gpd.read_file(out)
    assert {"kind", "words"} <= set(places.columns)
    again = run("network", "check", streets, "--schools", town, "--out", out)
    assert again.exit_code == 1
    assert "--force" in again.stderr
    itself = run("network", "check", streets, "--schools", town, "--out", streets, "--force")
    assert itself.exit_code == 1
    assert "is an input of this run" in itself.stderr
    assert run("network", "check", streets).exit_code == 2


def test_the_commands_are_listed(town: Path) -> None:
    listed = done("--help").stdout
    for command in (
        "plan",
        "compare",
        "deck",
        "check",
        "improve",
        "explain",
        "audit",
        "picture",
        "network",
    ):
        assert command in listed
        assert "Usage" in done(command, "--help").stdout
    assert len(buildings(read_schools(town))) == 10


def test_random_plans_and_areas_of_commanders(town: Path, hand: Path, tmp_path: Path) -> None:
    """In the public edition: district-wide figures of the plans, rounded, and who is with whom."""
    out = tmp_path / "out"
    asked = ("--set", "plan.ensemble=100", "--set", "plan.areas=2")
    shown = done("improve", "--schools", town, "--plan", hand, *asked, "--out", out).output
    assert "They are not a uniform sample" in " ".join(shown.split())
    assert "2 areas for 2 zones: optimal" in shown
    assert "mean expected travel of a commander" not in shown
    told = {(row["plan"], row["figure"]): row for row in rows(out / "ensemble.csv")}
    figures = {figure for _, figure in told}
    assert figures == {
        "objective",
        "mean expected travel to a call",
        "schools in their feeder's zone",
        "buildings that leave today's zone",
    }
    assert {plan for plan, _ in told} == {"Today", "New plan"}
    assert told["Today", "buildings that leave today's zone"]["value"] == "0"
    assert told["New plan", "objective"]["value"] == ""
    assert told["New plan", "objective"]["better_percent"] == "0"
    assert float(told["Today", "mean expected travel to a call"]["value"]) * 10 % 1 == 0
    assert (out / "ensemble.png").read_bytes().startswith(b"\x89PNG")
    area_of = {row["zone_id"]: row["area"] for row in rows(out / "areas.csv")}
    assert sorted(area_of.values()) == ["Area 1", "Area 2"]
    zones = json.loads((out / "zones.geojson").read_text(encoding="utf-8"))["features"]
    drawn = {z["properties"]["zone_id"]: z["properties"]["command_area"] for z in zones}
    assert drawn == area_of
    assert '"commands":[{"name":"Area ' in (out / "district.html").read_text(encoding="utf-8")


def test_zones_that_cannot_be_grouped(town: Path, tmp_path: Path) -> None:
    """More areas than zones: said with the reason, and nothing is written."""
    out = tmp_path / "out"
    made = run("plan", "--schools", town, "--zones", 2, "--set", "plan.areas=3", "--out", out)
    assert made.exit_code != 0
    assert "3 zones of at least 1 need 3 buildings" in " ".join(made.output.split())
    assert not out.exists()
