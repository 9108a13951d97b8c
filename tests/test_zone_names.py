"""Names of zones: given by school, kept from plan to plan, in files and in comparisons."""

from __future__ import annotations

import datetime
import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from helpers.audit_files import write_town
from helpers.map_towns import nine_schools
from helpers.zone_towns import plan_of, problem, random_town
from hypothesis import given, settings
from hypothesis import strategies as st

import zoning
from zoning import FixedSecondary, PatrolZones, compare_staffing, design_zones
from zoning.disclosure.audit import Verdict, audit, read_facts
from zoning.disclosure.audit.facts import Names, split_tokens
from zoning.disclosure.views import public_view
from zoning.disclosure.zone_tables import short_labels
from zoning.district import District
from zoning.editions import Edition
from zoning.errors import DistrictNotice, PlanError, ProblemError
from zoning.patrol import PatrolAssumptions
from zoning.reports import Order, Purpose, RunSettings, output_files
from zoning.reports.board_text import list_names
from zoning.response import ResponseAssumptions
from zoning.roads import TravelTimes, straight_line_times
from zoning.zones import (
    MovedBuildings,
    SolverLimits,
    ZoneKind,
    ZonePlan,
    check_plan,
    compare_plans,
    read_plan,
    solve,
    write_plan,
)
from zoning.zones.plan import MAX_NAME, zone_name_fault
from zoning.zones.review.naming import rename_after

HOSTILE = ("=1+1", "</script><b>Lake</b>", "שכונה מזרחית", "8:15", "Long name " * 5 + "of a zone")
Members = dict[str, tuple[str, ...]]


@pytest.fixture(scope="module")
def district() -> District:
    return nine_schools()


@pytest.fixture(scope="module")
def times(district: District) -> TravelTimes:
    return straight_line_times(district.schools, profile="emergency")


def members(plan: ZonePlan) -> Members:
    return {zone.zone_id: zone.building_ids for zone in plan.zones}


def named(zones: Mapping[str, str], *, dedicated: tuple[str, ...] = ()) -> ZonePlan:
    """A plan of one-letter buildings: ``{"North": "abc"}``."""
    home = {building: zone for zone, held in zones.items() for building in held}
    return ZonePlan.from_assignment(home, dedicated=dedicated)


# Choosing


def test_the_zone_of_a_school_has_the_name_that_was_given(
    district: District, times: TravelTimes
) -> None:
    """By the school's name, whatever its case, or by its id; the others keep their numbers."""
    plain = design_zones(district.schools, times, zones=3).plan
    result = design_zones(
        district.schools, times, zones=3, zone_names={"school 1": "North East", "s8": "Lake"}
    )
    assert plain is not None
    assert result.plan is not None
    assert result.plan.zone_of("s1").zone_id == "North East"
    assert result.plan.zone_of("s8").zone_id == "Lake"
    assert list(members(result.plan).values()) == list(members(plain).values())
    (other,) = set(members(result.plan)) - {"North East", "Lake"}
    assert members(plain)[other] == members(result.plan)[other]
    assert result.notices == ()


def test_one_name_a_zone_and_the_result_says_which() -> None:
    town = problem(random_town(seed=3, n=6), zones=1, max_size=6, names={"b04": "Elm"})
    one = solve(replace(town, zone_names={"b02": "Lake", "b04": "Hill"}))
    assert one.plan is not None
    assert [zone.zone_id for zone in one.plan.zones] == ["Lake"]
    assert one.notices == (
        "the name 'Hill' is not used: Elm lies in 'Lake', and a zone has one name",
    )
    assert "The name 'Hill' is not used" in str(one)
    kept = solve(
        replace(town, zone_names={"b02": "Lake", "b04": "Hill"}),
        start=named({"hill": town.building_ids}),
    )
    assert kept.plan is not None
    assert [zone.zone_id for zone in kept.plan.zones] == ["Hill"]


def test_names_are_for_patrol_zones(district: District, times: TravelTimes) -> None:
    """An option with officers fixed at schools takes the same names as the others."""
    names = {"School 0": "South", "School 1": "Lake"}
    option = FixedSecondary(zones=1, min_size=1, zone_names=names)
    compared = compare_staffing(district, [option], times=(times, times))
    outcome = compared.outcomes[0]
    assert outcome.plan is not None
    assert outcome.plan.zone_of("s0").zone_id == "South"
    post = outcome.plan.zone_of("s1")
    assert (post.kind, post.zone_id) == (ZoneKind.DEDICATED, "Post 1")
    assert outcome.notices[0] == (
        "Names are given to patrol zones, not to schools with an officer of their own: 'Lake' of "
        "School 1."
    )
    assert list_names(public_view(compared).options[0]) == "Zones with a name: South."


def test_names_change_neither_the_option_nor_its_plan(district: District) -> None:
    option = PatrolZones(zones=3, zone_names={"School 0": "South"})
    assert option.option_id == PatrolZones(zones=3).option_id
    assert option.label == PatrolZones(zones=3).label
    assert hash(option) == hash(PatrolZones(zones=3))
    assert option != PatrolZones(zones=3)
    times = straight_line_times(district.schools)
    assert option.problem(district.schools, times).settings()["zone_names"] == {"s0": "South"}


def test_an_automatic_name_gives_way_to_a_given_one() -> None:
    """'zone 3' would be taken for 'Zone 3', so the third zone gets the first free number."""
    numbered = named({"Zone 1": "ab", "Zone 2": "cd", "Zone 3": "ef", "Zone 4": "gh"})
    plan = rename_after(numbered, None, given={"g": "zone  3", "a": "Post 1"})
    assert members(plan) == {
        "Post 1": ("a", "b"),
        "Zone 2": ("c", "d"),
        "Zone 1": ("e", "f"),
        "zone  3": ("g", "h"),
    }


def test_a_given_name_wins_over_a_continued_one() -> None:
    before = named({"North": "abc", "South": "def", "Zone 1": "ghi"})
    after = named({"Zone 1": "abd", "Zone 2": "cef", "Zone 3": "ghi"})
    plan = rename_after(after, before, given={"c": "North"})
    assert members(plan) == {"Zone 4": tuple("abd"), "North": tuple("cef"), "Zone 1": tuple("ghi")}
    town = problem(random_town(seed=1, n=9), ids=tuple("abcdefghi"), zones=3, min_size=3)
    town = replace(
        town, zone_names={"c": "North"}, costs=(MovedBuildings(today=before, price_s=1e6),)
    )
    lost = named({"North": "ghi", "South": "def", "Zone 1": "abc"})
    moved = solve(replace(town, costs=(MovedBuildings(today=lost, price_s=1e6),)))
    assert moved.plan is not None
    assert members(moved.plan) == {
        "North": tuple("abc"),
        "South": tuple("def"),
        "Zone 4": tuple("ghi"),
    }
    assert moved.notices == (
        "'Zone 4' continues the zone 'North', whose name is given to another zone",
    )


# Staying


@st.composite
def two_plans(draw: st.DrawFn) -> tuple[ZonePlan, ZonePlan]:
    """A named plan, and another partition of some of its buildings and new ones."""
    first = draw(st.lists(st.integers(0, 4), min_size=1, max_size=14))
    second = draw(st.lists(st.integers(0, 5), min_size=len(first), max_size=len(first)))
    new = draw(st.integers(0, 3))
    before = {f"b{k}": f"Name {z}" for k, z in enumerate(first)}
    after = {f"b{k + new}": f"Zone {z + 1}" for k, z in enumerate(second)}
    return ZonePlan.from_assignment(before), ZonePlan.from_assignment(after)


@given(plans=two_plans(), school=st.integers(0, 13), data=st.data())
def test_no_name_passes_to_other_buildings(
    plans: tuple[ZonePlan, ZonePlan], school: int, data: st.DataObject
) -> None:
    """Whatever is given, a name of before is held by a building that held it, or was given."""
    before, after = plans
    held = members(before)
    building = f"b{school}"
    given_names = {}
    if building in after.building_ids:
        given_names = {building: data.draw(st.sampled_from(["New", *held]))}
    plan = rename_after(after, before, given=given_names)
    assert sorted(members(plan).values()) == sorted(members(after).values())
    for name, holds in members(plan).items():
        if name not in given_names.values():
            assert name not in held or set(holds) & set(held[name])
            continue
        assert building in holds
    same = {b: name for name, holds in held.items() for b in [frozenset(holds)]}
    for name, holds in members(plan).items():
        if not given_names and frozenset(holds) in same:
            assert name == same[frozenset(holds)]
    assert rename_after(after, plan, given=given_names) == plan


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6))
def test_names_stay_under_small_changes(seed: int) -> None:
    """Ten times a building moves to another zone, of three at least; the search renumbers them."""
    chance = random.Random(seed)
    zones = {f"Name {k}": [f"b{k}{i}" for i in range(chance.randint(3, 5))] for k in range(4)}
    plan = named({name: tuple(held) for name, held in zones.items()})  # type: ignore[misc]
    for _ in range(10):
        large = [name for name, held in zones.items() if len(held) > 3]
        if not large:
            break
        source = chance.choice(large)
        target = chance.choice([name for name in zones if name != source])
        zones[target].append(zones[source].pop(chance.randrange(len(zones[source]))))
        order = chance.sample(list(zones), len(zones))
        found = named({f"Zone {k}": tuple(zones[name]) for k, name in enumerate(order, 1)})  # type: ignore[misc]
        plan = rename_after(found, plan)
        assert members(plan) == {name: tuple(sorted(zones[name])) for name in order}


@pytest.mark.parametrize("ending", [".csv", ".geojson", ".gpkg"])
def test_names_survive_a_file_and_the_next_run(
    ending: str, district: District, times: TravelTimes, tmp_path: Path
) -> None:
    """Given once, then kept by start or by today's plan; an officer who stays keeps hers too."""
    own = {"s0": HOSTILE[0], "s4": HOSTILE[2], "s8": HOSTILE[1]}
    asked = {"zones": (1, 3), "dedicated": ["s3"], "min_size": 2, "max_size": 8}
    first = design_zones(district.schools, times, zone_names=own, **asked)  # type: ignore[arg-type]
    assert first.plan is not None
    plan = first.plan.rename({"Post 1": HOSTILE[4]})
    path = write_plan(plan, tmp_path / f"plan{ending}", schools=district.schools)
    today = read_plan(path, district.schools)
    assert members(today) == members(plan)
    again = design_zones(district.schools, times, start=today, **asked)  # type: ignore[arg-type]
    price = [MovedBuildings(today=today, price_s=1)]
    moving = design_zones(district.schools, times, costs=price, **asked)  # type: ignore[arg-type]
    assert again.plan is not None
    assert moving.plan is not None
    assert members(again.plan) == members(moving.plan) == members(plan)
    fewer = design_zones(district.schools, times, start=today, **{**asked, "zones": 1})  # type: ignore[arg-type]
    assert fewer.plan is not None
    (only,) = fewer.plan.patrol_zones
    assert only.zone_id in members(today)


# Giving


def test_every_fault_of_the_names_is_told_at_once(district: District, times: TravelTimes) -> None:
    wrong = {
        "Schol 1": "North",
        "School 2": "Lake",
        "School 3": "lake",
        "School 4": " ",
        "School 5": "a\u202eb",
        "School 6": "12.0",
        "School 7": "x" * (MAX_NAME + 1),
        "School 8": "Hill",
        "s8": "Dale",
    }
    with pytest.raises(ProblemError) as caught:
        design_zones(district.schools, times, zone_names=wrong)
    told = str(caught.value)
    for said in (
        "'Schol 1' is not a school of the district (did you mean School 1",
        "the name 'Lake' is given for 'School 2', 'School 3': two zones cannot have it",
        "the name for 'School 4' is ' ': it is blank",
        "it has characters that cannot be printed",
        "it would be read as 12",
        f"it has {MAX_NAME + 1} characters, at most {MAX_NAME} fit",
        "'School 8' and 's8' are on one campus: name it once",
        "by one school that lies in it",
    ):
        assert said in told
    with pytest.raises(ProblemError, match="zone_names is a list: give a mapping"):
        design_zones(district.schools, times, zone_names=["North"])  # type: ignore[arg-type]
    with pytest.raises(ProblemError, match="zone_names has 'b9', which is no building"):
        problem(random_town(seed=1, n=4), zones=1, zone_names={"b9": "North"})


@settings(max_examples=60)
@given(name=st.text(max_size=20))
def test_what_can_be_a_name_is_read_back_from_files(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if zone_name_fault(name) is not None:
        return
    plan = named({name: "ab", f"{name}2": "c"})
    path = write_plan(plan, tmp_path_factory.mktemp("plan") / "plan.csv")
    assert read_plan(path) == plan


def test_a_plan_can_be_renamed() -> None:
    plan = named({"North": "ab", "South": "c", "Post 1": "d"}, dedicated=("Post 1",))
    swapped = plan.rename({"North": "South", "South": "North", "Post 1": "Gate"})
    assert members(swapped) == {"South": ("a", "b"), "North": ("c",), "Gate": ("d",)}
    assert swapped.zones[2].kind is ZoneKind.DEDICATED
    assert plan.zones[0].zone_id == "North"
    for wrong, said in (
        ({"Nort": "x", "South": "\n"}, "there is no zone 'Nort'; near: North\n.*it is blank"),
        ({"North": "south"}, "differ only by case or blanks: 'south', 'South'"),
        ({"North": "South"}, "2 zones would be called 'South'"),
    ):
        with pytest.raises(PlanError, match=f"(?s){said}.*Nothing was renamed"):
            plan.rename(wrong)
    town = problem(random_town(seed=1, n=4), ids=("a", "b", "c", "d"), zones=2, min_size=2)
    check = check_plan(named({"North": "abc", "South": "d"}), town).rename({"South": "Lake"})
    assert [str(fault) for fault in check.broken] == ["Lake: has 1 building, at least 2"]


def test_a_renamed_zone_has_not_moved() -> None:
    town = problem(random_town(seed=1, n=6), zones=2, min_size=2)
    plan = plan_of(town, [(0, 1, 2), (3, 4, 5)])
    told = compare_plans(plan, plan.rename({"A": "North East"}), town)
    assert told.moved.empty
    assert told.renamed == {"A": "North East"}
    assert str(told).startswith("No building moved\n1 zone renamed: A is North East\n")
    assert "renamed" not in str(compare_plans(plan, plan, town))


# Files


def test_a_column_of_names_beside_the_ids_is_read(tmp_path: Path) -> None:
    """Blank cells leave the name that another row gives, or the id."""
    rows = ("a,1,North East", "b,1,", "c,2,", "d,3,Lake")
    path = tmp_path / "plan.csv"
    path.write_text("\n".join(("building_id,zone_id,Zone Name", *rows)), encoding="utf-8")
    with pytest.warns(DistrictNotice, match=r"zones are called by their zone_name, not by their"):
        plan = read_plan(path)
    assert members(plan) == {"North East": ("a", "b"), "2": ("c",), "Lake": ("d",)}
    book = openpyxl.Workbook()
    for row in (("building_id", "zone_name"), ("a", "North East"), ("b", "North East")):
        book.active.append(row)
    book.save(tmp_path / "plan.xlsx")
    assert members(read_plan(tmp_path / "plan.xlsx")) == {"North East": ("a", "b")}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (("a,1,North", "b,1,East"), "zone '1' has more than one zone_name: North (row 2), East"),
        (("a,1,North", "b,2,north"), "zones '1' and '2' would both be called 'North'"),
        (("a,1,2", "b,2,"), "zones '1' and '2' would both be called '2'"),
    ],
)
def test_names_in_a_file_that_do_not_fit_its_ids(
    rows: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "plan.csv"
    path.write_text("\n".join(("building_id,zone_id,zone_name", *rows)), encoding="utf-8")
    with pytest.raises(PlanError) as caught:
        read_plan(path)
    assert said in str(caught.value)


# What readers see


def test_two_zones_never_have_one_label() -> None:
    assert short_labels(["Zone 7", "Post 7", "Lake"]) == ["7", "P7", "Lake"]
    assert short_labels(["Zone 7", "7", "P1", "Post 1"]) == ["Zone 7", "7", "P1", "Post 1"]


def test_names_that_look_like_figures_do_not_break_the_audit() -> None:
    names = Names.of({name: [name] for name in (*HOSTILE, "(", "🏫", "7")})
    found = names.find_in(
        split_tokens("Long name long name LONG NAME long name long name of a zone")
    )
    assert [subject for *_, subject in found] == [HOSTILE.index(HOSTILE[4])]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[Edition, Path]:
    """Thirty schools in zones with hostile names, as both editions."""
    made = tmp_path_factory.mktemp("named")
    schools = zoning.read_schools(write_town(made / "schools.csv"))
    plan = design_zones(schools, straight_line_times(schools), zones=6).plan
    assert plan is not None
    ids = [zone.zone_id for zone in plan.zones]
    start = plan.rename(dict(zip(ids, HOSTILE, strict=False)))
    district = District(name="Thirty", schools=schools)
    compared = compare_staffing(district, [PatrolZones(zones=6, start=start)])
    run = RunSettings(
        command=("zoning", "plan"),
        inputs=(),
        calls_per_school_day=1.0,
        limits=SolverLimits(),
        patrol=PatrolAssumptions(),
        response=ResponseAssumptions(),
    )
    for edition in Edition:
        day = datetime.date(2026, 11, 22)
        order = Order(purpose=Purpose.PLAN, edition=edition, date=day)
        (made / edition).mkdir()
        for file, data in output_files(compared, run, order).items():
            (made / edition / file).write_bytes(data)
    shown = public_view(compared).options[0].zones
    assert set(HOSTILE) <= set(shown.index)
    return {edition: made / edition for edition in Edition}


@pytest.mark.slow
def test_the_audit_tells_the_editions_apart_whatever_zones_are_called(
    folders: dict[Edition, Path],
) -> None:
    facts = read_facts(folders[Edition.RESTRICTED])
    for path in sorted(folders[Edition.PUBLIC].iterdir()):
        result = audit(path, against=facts)
        assert result.verdict is Verdict.PUBLIC, str(result)
    leak = folders[Edition.PUBLIC] / "leak.csv"
    visits = (folders[Edition.RESTRICTED] / "visits.csv").read_text(encoding="utf-8")
    lines = [line.split(",") for line in visits.splitlines()]
    leak.write_text("\n".join(",".join(line[1:]) for line in lines).replace("restricted", ""))
    assert audit(leak, against=facts).verdict is Verdict.RESTRICTED
