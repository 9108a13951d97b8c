"""A kept matrix is used for the same input only, and never harms a run."""

from __future__ import annotations

import dataclasses
import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from helpers.engines import times_by
from helpers.road_towns import GRID, GRID_LINKS, STREETS, buildings_at, tables, town

from zoning.errors import DistrictNotice
from zoning.roads import PROFILES, Profile, RoadNetwork, SpeedTable
from zoning.roads.travel import travel_times
from zoning.roads.travel.profiles import STREET_DELAYS, JunctionDelay

PLACES = {"a": (10.0, 10.0), "b": (1500.0, 20.0), "c": (700.0, 1990.0)}


@pytest.fixture
def schools() -> gpd.GeoDataFrame:
    return buildings_at(PLACES)


def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows with every matrix that is computed and not read."""
    done: list[str] = []
    really = travel_times.matrix

    def counted(*args: object) -> travel_times.Tables:
        done.append("computed")
        return really(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(travel_times, "matrix", counted)
    return done


def test_the_same_input_is_computed_once(
    schools: gpd.GeoDataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = computed(monkeypatch)
    first = town(GRID, GRID_LINKS).travel_times(schools, cache=tmp_path)
    renamed = schools.rename(index="x{}".format)
    again = times_by("hierarchy", town(GRID, GRID_LINKS), renamed, cache=str(tmp_path))
    assert len(done) == 1
    assert len(list(tmp_path.iterdir())) == 1
    assert again.ids == ("xa", "xb", "xc")
    assert first.metres is not None
    assert again.metres is not None
    assert again.seconds.tobytes() == first.seconds.tobytes()
    assert again.metres.tobytes() == first.metres.tobytes()


def test_nothing_is_kept_unasked_and_true_is_the_users_cache_folder(
    schools: gpd.GeoDataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(travel_times, "user_cache_path", lambda *_, **__: tmp_path / "user")
    town(GRID, GRID_LINKS).travel_times(schools)
    assert list(tmp_path.iterdir()) == []
    town(GRID, GRID_LINKS).travel_times(schools, cache=True)
    assert len(list((tmp_path / "user" / "matrices").glob("*.npz"))) == 1


def changed_networks() -> dict[str, RoadNetwork]:
    junctions, links = tables(GRID, GRID_LINKS)
    base = town(GRID, GRID_LINKS)
    longer, oneway, closed, moved = links.copy(), links.copy(), links[1:], junctions.copy()
    longer.loc[0, "length_m"] += 1e-6
    oneway.loc[0, "oneway"] = "FT"
    moved.loc[8, "lon"] += 1e-9
    built = {
        name: RoadNetwork.from_tables(j, k, speeds=STREETS, source="a small town")
        for name, (j, k) in {
            "a longer link": (junctions, longer),
            "a one-way link": (junctions, oneway),
            "a closed link": (junctions, closed),
            "a junction elsewhere": (moved, links),
            "a signal": (junctions.assign(control=["signal"] + [""] * 8), links),
            "a speed of its own": (junctions, links.assign(speed_kph=[40.0] + [np.nan] * 11)),
        }.items()
    }
    return built | {
        "other speeds": base.with_speeds(
            SpeedTable.from_mapping({("street", "town"): 37.0}, access_kph=18.0, access_detour=1.0)
        ),
        "another access speed": base.with_speeds(dataclasses.replace(STREETS, access_kph=19.0)),
        "another access detour": base.with_speeds(dataclasses.replace(STREETS, access_detour=1.1)),
    }


@pytest.mark.parametrize("name", list(changed_networks()))
def test_a_changed_network_never_gets_a_stale_matrix(
    name: str, schools: gpd.GeoDataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = computed(monkeypatch)
    town(GRID, GRID_LINKS).travel_times(schools, cache=tmp_path)
    changed = changed_networks()[name]
    assert changed.content_hash != town(GRID, GRID_LINKS).content_hash
    kept = changed.travel_times(schools, cache=tmp_path)
    assert len(done) == 2
    assert kept.seconds.tobytes() == changed.travel_times(schools).seconds.tobytes()


@pytest.mark.parametrize(
    "profile",
    [
        PROFILES["midday"],
        Profile(name="free_flow", factor=1.0 + 1e-9),
        Profile(name="free_flow", access_factor=0.9),
        Profile(name="free_flow", delays=(JunctionDelay("fork", "*", 1.0),)),
        Profile(name="free_flow").with_delays(STREET_DELAYS),
    ],
)
def test_a_changed_profile_never_gets_a_stale_matrix(
    profile: Profile, schools: gpd.GeoDataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = computed(monkeypatch)
    network = town(GRID, GRID_LINKS)
    network.travel_times(schools, cache=tmp_path)
    network.travel_times(schools, profile=profile, cache=tmp_path)
    assert len(done) == 2


def test_changed_buildings_never_get_a_stale_matrix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = computed(monkeypatch)
    network = town(GRID, GRID_LINKS)
    for places in (
        PLACES,
        PLACES | {"b": (1500.0, 20.001)},
        dict(reversed(PLACES.items())),
        {k: PLACES[k] for k in "ab"},
    ):
        network.travel_times(buildings_at(places), cache=tmp_path)
    assert len(done) == 4


def test_the_notes_of_a_network_do_not_change_its_content() -> None:
    junctions, links = tables(GRID, GRID_LINKS)
    one = RoadNetwork.from_tables(junctions, links, speeds=STREETS, source="one")
    two = RoadNetwork.from_tables(
        junctions,
        links,
        speeds=dataclasses.replace(STREETS, note="other words"),
        source="two",
        attribution="somebody",
    )
    assert one.content_hash == two.content_hash
    wider = dataclasses.replace(one, road_class=one.road_class.astype("U40"))
    assert wider.content_hash == one.content_hash
    assert len(one.content_hash) == 64


@pytest.mark.parametrize("damage", ["empty", "cut short", "other bytes", "flipped", "another's"])
def test_a_damaged_file_is_named_ignored_and_written_anew(
    damage: str, schools: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    network = town(GRID, GRID_LINKS)
    expected = network.travel_times(schools, cache=tmp_path)
    (path,) = tmp_path.iterdir()
    data = path.read_bytes()
    network.travel_times(schools, profile="emergency", cache=tmp_path / "other")
    (other,) = (tmp_path / "other").iterdir()
    middle = data.index(b"seconds.npy") + 60  # packed numbers; headers hold what nobody reads
    path.write_bytes(
        {
            "empty": b"",
            "cut short": data[:-30],
            "other bytes": b"not a matrix",
            "flipped": data[:middle] + bytes([data[middle] ^ 255]) + data[middle + 1 :],
            "another's": other.read_bytes(),
        }[damage]
    )
    with pytest.warns(DistrictNotice, match=f"{path.name} cannot be used and is written anew"):
        times = network.travel_times(schools, cache=tmp_path)
    assert times.seconds.tobytes() == expected.seconds.tobytes()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        network.travel_times(schools, cache=tmp_path)


def test_edited_travel_times_are_not_believed(
    schools: gpd.GeoDataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = town(GRID, GRID_LINKS)
    expected = network.travel_times(schools, cache=tmp_path)
    (path,) = tmp_path.iterdir()
    with np.load(path) as kept:
        parts = dict(kept)
    np.savez_compressed(path, **(parts | {"seconds": parts["seconds"] / 2}))
    done = computed(monkeypatch)
    with pytest.warns(DistrictNotice, match="changed after it was written"):
        times = network.travel_times(schools, cache=tmp_path)
    assert times.seconds.tobytes() == expected.seconds.tobytes()
    assert len(done) == 1
    with np.load(path) as kept:  # as versions before this one wrote it
        np.savez_compressed(path, key=kept["key"], seconds=kept["seconds"], metres=kept["metres"])
    with pytest.warns(DistrictNotice, match="cannot be used and is written anew"):
        network.travel_times(schools, cache=tmp_path)


def test_a_folder_that_cannot_be_written_costs_a_notice_only(
    schools: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.warns(DistrictNotice, match="computed but not kept"):
        times = town(GRID, GRID_LINKS).travel_times(schools, cache=tmp_path / "file" / "below")
    assert np.isfinite(times.seconds).all()


def test_an_interrupted_write_leaves_nothing_behind(
    schools: gpd.GeoDataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", interrupted)
        with pytest.warns(DistrictNotice, match="No space left"):
            town(GRID, GRID_LINKS).travel_times(schools, cache=tmp_path)
    assert list(tmp_path.iterdir()) == []
