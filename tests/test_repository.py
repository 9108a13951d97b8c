"""The repository keeps the promises that its files make to one another."""

from __future__ import annotations

import importlib.metadata
import inspect
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import zoning

ROOT = Path(__file__).resolve().parents[1]
SHIPPED_DATA = (
    *("README.md", "junctions.csv", "links.csv", "outline.geojson", "schools.geojson"),
    *("example_district/README.md", "example_district/district.toml"),
)
DESCRIPTORS = (property, classmethod, staticmethod)
MADE_BY_TOOLS = {
    ".git",
    ".venv",
    "build",
    "dist",
    "zoning-demo",
    ".hypothesis",
    ".import_linter_cache",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    "__pycache__",
}

# Written in pieces, so that this file passes its own test.
FORBIDDEN_TEXT = {
    "a package registry's address": (
        r"pypi\.org/+simple",
        r"files\.python" + r"hosted",
        r"registry\.npm" + r"js",
        r"--extra-index" + r"-url",
        r"index-url\s*=",
    ),
    "a path of one machine": (
        r"(?<![\w.~*-])/(?:tmp|work|root|var/folders)/" + r"[\w.]",
        r"(?<![\w.~*-])/(?:home|Users)/" + r"\w",
        r"\b[A-Z]:\\+Users\\",
    ),
}


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def repository_files() -> list[Path]:
    """Files git would keep; without git, all but what the tools leave behind."""
    git = shutil.which("git")
    if git is not None and (ROOT / ".git").exists():
        listing = subprocess.run(
            [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        found = [ROOT / name for name in listing.split("\0") if name]
    else:
        found = [p for p in ROOT.rglob("*") if not MADE_BY_TOOLS & {*p.relative_to(ROOT).parts}]
    return sorted(path for path in found if path.is_file())


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/index.md"])
def test_make_commands_of_a_page_exist(page: str) -> None:
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", (ROOT / page).read_text("utf-8"), re.MULTILINE))
    assert named
    assert named <= make_targets()


def test_makefile_has_every_target() -> None:
    assert {"demo", "test", "check", "bench", "docs", "notebooks"} <= make_targets()


@pytest.mark.slow
def test_commands_of_the_readme_exist() -> None:
    named = set(re.findall(r"^\| `zoning ([a-z]+)`", (ROOT / "README.md").read_text("utf-8"), re.M))
    assert named
    start = "import sys; from zoning.cli import main; sys.argv[0] = 'zoning'; sys.exit(main())"
    answer = subprocess.run(
        [sys.executable, "-c", start, "--help"], check=True, capture_output=True, text=True
    )
    assert named <= set(re.findall(r"[a-z]+", answer.stdout))


@pytest.mark.parametrize("page", ["README.md", "docs/analyst.md", "docs/data.md"])
def test_names_in_the_examples_exist(page: str) -> None:
    named = set(re.findall(r"\bzoning\.([a-z_]\w*(?:\.\w+)*)\(", (ROOT / page).read_text("utf-8")))
    assert named
    assert [name for name in sorted(named) if not has(zoning, name)] == []


@pytest.mark.slow
def test_the_readme_prints_what_its_first_example_prints(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    example, answer = re.findall(r"```(?:python|text)\n(.*?)```", text, re.DOTALL)[:2]
    exec(example, {})
    assert capsys.readouterr().out == answer


def has(thing: object, dotted: str) -> bool:
    for name in dotted.split("."):
        if not hasattr(thing, name):
            return False
        thing = getattr(thing, name)
    return True


def test_links_of_the_readme_lead_somewhere() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", (ROOT / "README.md").read_text("utf-8"))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.slow
def test_no_file_names_a_registry_or_a_machine() -> None:
    found = []
    for path in repository_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for what, patterns in FORBIDDEN_TEXT.items():
            for pattern in patterns:
                found += [
                    f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, m.start()) + 1} "
                    f"names {what}: {m.group()!r}"
                    for m in re.finditer(pattern, text)
                ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "https://files.python" + "hosted.org/x",
        'url = "https://pypi.' + 'org/simple/"',
        "see /tm" + "p/x",
        "'/ho" + "me/ann/zoning'",
        "cd /wor" + "k/main",
    ],
)
def test_the_search_for_machine_paths_finds_them(text: str) -> None:
    patterns = [pattern for group in FORBIDDEN_TEXT.values() for pattern in group]
    assert any(re.search(pattern, text) for pattern in patterns)


def test_constraints_are_exact_versions_and_nothing_else() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert [n for n in lines if not re.fullmatch(r"[A-Za-z0-9][\w.-]*==[\w.!+]+", n)] == []
    names = [canonical(line.split("==")[0]) for line in lines]
    assert len(names) == len(set(names))


def test_every_requirement_is_pinned() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pinned = {canonical(line.split("==")[0]) for line in lines}
    wanted = [*project()["dependencies"]]
    for extra in project()["optional-dependencies"].values():
        wanted += extra
    names = {canonical(re.split(r"[^\w.-]", requirement)[0]) for requirement in wanted}
    assert names - pinned == set()


def test_every_core_requirement_is_imported() -> None:
    source = "\n".join(p.read_text("utf-8") for p in (ROOT / "zoning").rglob("*.py"))
    imported = set(re.findall(r"^\s*(?:from|import) ([\w.]+)", source, re.MULTILINE))
    imported |= {
        f"{package}.{name}"
        for package, name in re.findall(r"^from ([\w.]+) import (\w+)$", source, re.MULTILINE)
    }
    names = {canonical(re.split(r"[^\w.-]", r)[0]) for r in project()["dependencies"]}
    read_by_geopandas = {"pyarrow"}
    unused = {
        name
        for name in names - read_by_geopandas
        if not any(m == name or m.startswith((f"{name}.", import_name(name))) for m in imported)
    }
    assert unused == set()


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def import_name(distribution: str) -> str:
    """`xstatic-leaflet` is imported as `xstatic.pkg.leaflet`, the rest by their name."""
    return distribution.replace("xstatic-", "xstatic.pkg.").replace("-", "_")


def test_versions_agree() -> None:
    assert zoning.__version__ == project()["version"]
    assert importlib.metadata.version("zoning") == project()["version"]
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text("utf-8")


@pytest.mark.slow
def test_wheel_carries_the_data_and_the_types(tmp_path: Path) -> None:
    """Built with the tools of the environment, so without a network."""
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, ROOT],
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"zoning/data/{name}" for name in SHIPPED_DATA} <= names
    assert "zoning/py.typed" in names
    assert "zoning/cli.py" in names or "zoning/cli/__init__.py" in names
    assert [n for n in names if not n.startswith(("zoning/", "zoning-"))] == []
    for name in SHIPPED_DATA:
        shipped = zipfile.ZipFile(wheel).read(f"zoning/data/{name}")
        assert shipped == (ROOT / "data" / name).read_bytes()


def public_objects() -> Iterator[tuple[str, Any]]:
    """Every public name of `zoning`, and the public methods of its classes."""
    for name in zoning.__all__:
        thing = getattr(zoning, name)
        if isinstance(thing, ModuleType):
            yield name, thing
            yield from (
                (f"{name}.{inner}", getattr(thing, inner))
                for inner in getattr(thing, "__all__", ())
            )
        else:
            yield name, thing


def test_every_public_name_has_a_docstring() -> None:
    missing = []
    for name, thing in public_objects():
        if inspect.isclass(thing):
            own = inspect.cleandoc(thing.__doc__ or "")
            if not own or own.startswith(f"{thing.__name__}("):  # what dataclass would make up
                missing.append(name)
            missing += [
                f"{name}.{attribute}"
                for attribute, value in vars(thing).items()
                if not attribute.startswith("_")
                and (
                    inspect.isfunction(value)
                    or isinstance(value, (property, classmethod, staticmethod))
                )
                and not inspect.getdoc(value)
            ]
        elif (callable(thing) or isinstance(thing, ModuleType)) and not inspect.getdoc(thing):
            missing.append(name)
    assert missing == []


def test_public_names_exist_once_each() -> None:
    assert len(set(zoning.__all__)) == len(zoning.__all__)
    assert [name for name in zoning.__all__ if not hasattr(zoning, name)] == []
