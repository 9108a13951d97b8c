"""What ``import zoning`` and ``--help`` import, and what they must not wait for."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import zoning
from zoning.lazy import lazy_names

HEAVY = {
    "geopandas",
    "pandas",
    "ortools",
    "folium",
    "scipy",
    "matplotlib",
    "shapely",
    "pyogrio",
    "numba",
}
STUB = Path(zoning.__file__).with_suffix(".pyi")


def imported_after(code: str) -> set[str]:
    """The heavy packages that a new Python holds after some code."""
    ran = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint('LOADED', *sys.modules)"],
        check=True,
        capture_output=True,
        text=True,
    )
    loaded = ran.stdout.split("LOADED")[1].split()
    return HEAVY.intersection(loaded)


def test_numba_is_loaded_by_a_search_and_not_with_its_names() -> None:
    assert "numba" not in imported_after("from zoning.zones import ZoneProblem, solve")


def test_every_public_name_resolves() -> None:
    assert len(zoning.__all__) == len(set(zoning.__all__)) > 100
    for name in zoning.__all__:
        value = getattr(zoning, name)
        assert value is getattr(zoning, name)
        assert name in dir(zoning)


def test_the_stub_says_where_each_name_is() -> None:
    listed = {}
    for node in ast.parse(STUB.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                assert alias.asname == alias.name, "type checkers want: import NAME as NAME"
                listed[alias.name] = node.module
    assert sorted(listed) == zoning.__all__
    for name, module in listed.items():
        assert module is not None
        if module != "zoning":
            assert name in importlib.import_module(module).__dict__
    assert zoning.__version__


def test_importing_zoning_imports_nothing_that_computes() -> None:
    assert imported_after("import zoning") == set()
    assert imported_after("import zoning; zoning.errors.ZoningError; zoning.Edition") == set()


@pytest.mark.slow
def test_parts_are_attributes_of_the_package() -> None:
    code = "import zoning; assert zoning.maps.comparison; assert zoning.zones.solve"
    assert "folium" in imported_after(code)


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", ["", "compare", "plan", "check", "network build", "study settings"]
)
def test_help_imports_nothing_that_computes(words: str) -> None:
    run = f"""
from zoning.cli import app
try:
    app({[*words.split(), "--help"]!r}, prog_name="zoning")
except SystemExit as end:
    assert not end.code"""
    assert imported_after(run) == set()


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'colour'"):
        _ = zoning.colour  # type: ignore[attr-defined]
    with pytest.raises(ImportError):
        exec("from zoning import colour")


def test_an_import_that_fails_inside_is_not_taken_for_a_missing_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "town"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "__init__.pyi").write_text("from town.street import house as house\n", "utf-8")
    (package / "street.py").write_text("import nowhere_at_all\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.import_module("town")
    get, _, names = lazy_names("town", str(package / "__init__.py"))
    assert names == ["house"]
    for name in ("house", "street"):
        with pytest.raises(ModuleNotFoundError, match="nowhere_at_all"):
            get(name)
