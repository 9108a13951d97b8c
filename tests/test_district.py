from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import zoning.district
from zoning.district import District, data_folder, load_district
from zoning.errors import SchoolDataError, ZoningError
from zoning.schools import read_schools

REPOSITORY = Path(__file__).resolve().parent.parent
DATA_FILES = ("schools.geojson", "junctions.csv", "links.csv", "outline.geojson")


def test_jefferson_is_whole(jefferson: District) -> None:
    assert len(jefferson.schools) == 145
    assert len(jefferson.buildings) == 143
    assert jefferson.state == "KY"
    assert jefferson.network is not None
    assert jefferson.outline is not None
    assert jefferson.outline.is_valid
    assert jefferson.schools.within(jefferson.outline).all()
    for source in ("Kentucky School Report Card", "2025-26", "2023-24", "traffic-signal inventory"):
        assert source in jefferson.attribution
    assert "\n" not in jefferson.attribution


def test_jefferson_can_be_driven(jefferson: District) -> None:
    assert jefferson.network is not None
    times = jefferson.network.travel_times(jefferson.schools)
    assert times.ids == tuple(jefferson.buildings.index)
    assert np.isfinite(times.seconds).all()


def test_names_ignore_case_and_unknown_ones_list_what_exists() -> None:
    assert load_district(" Jefferson ").name == "Jefferson County Public Schools"
    with pytest.raises(ZoningError, match=r"no district 'fayette' ships with zoning.*jefferson"):
        load_district("fayette")


def test_data_come_from_the_package_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoning.district, "files", lambda _: tmp_path)
    assert data_folder() == REPOSITORY / "data"
    packaged = tmp_path / "data"
    packaged.mkdir()
    (packaged / "schools.geojson").touch()
    assert data_folder() == packaged


def test_lost_data_are_told_with_both_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zoning.district, "files", lambda _: tmp_path)
    monkeypatch.setattr(zoning.district, "__file__", str(tmp_path / "lib" / "district.py"))
    with pytest.raises(SchoolDataError) as caught:
        data_folder()
    assert caught.value.faults == (f"not in {tmp_path / 'data'}",) * 2


def test_the_data_are_what_the_facts_make(shared_data: Path, tmp_path: Path) -> None:
    command = [sys.executable, REPOSITORY / "scripts" / "build_data.py", shared_data]
    subprocess.run([*command, "--out", tmp_path / "new"], check=True)
    assert sorted(p.name for p in (tmp_path / "new").iterdir()) == sorted(DATA_FILES)
    for name in DATA_FILES:
        assert (tmp_path / "new" / name).read_bytes() == (REPOSITORY / "data" / name).read_bytes()


def test_facts_of_another_form_are_refused(tmp_path: Path) -> None:
    (tmp_path / "jcps_schools.csv").write_text("school_id,name\n1,x\n")
    command = [sys.executable, REPOSITORY / "scripts" / "build_data.py", tmp_path]
    done = subprocess.run(
        [*command, "--out", tmp_path / "new"], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "has columns ['school_id', 'name']" in done.stderr
    assert not (tmp_path / "new").exists()


def test_schools_are_the_same_from_facts_and_from_data(
    shared_data: Path, jefferson: District
) -> None:
    assert read_schools(shared_data / "jcps_schools.csv").equals(jefferson.schools)


def test_every_column_of_the_data_is_described(jefferson: District) -> None:
    described = (REPOSITORY / "data" / "README.md").read_text(encoding="utf-8")
    columns = {*jefferson.schools.columns, "school_id"} - {"geometry", "campus_id"}
    for table in ("junctions.csv", "links.csv"):
        with (REPOSITORY / "data" / table).open(encoding="utf-8") as file:
            columns |= set(file.readline().strip().split(","))
    assert [c for c in sorted(columns) if f"`{c}`" not in described] == []
