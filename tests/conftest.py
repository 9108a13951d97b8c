"""Fixtures that several test files share."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.browser import chromium
from helpers.map_towns import plain_comparison
from hypothesis import settings

from zoning.district import District, load_district
from zoning.staffing import StaffingComparison

REPOSITORY = Path(__file__).resolve().parent.parent

settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each worker one stretch of the suite: fixtures of a module are made once, not twice."""
    if config.getoption("dist") != "load":
        return None
    scheduler = importlib.import_module("xdist.scheduler")
    return scheduler.WorkStealingScheduling(config, log)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of facts that lies beside a development checkout."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the facts that the data are built from are not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def jefferson() -> District:
    """The embedded district; do not change it."""
    return load_district("jefferson")


@pytest.fixture(scope="session")
def compared() -> StaffingComparison:
    """Four options of a town of nine schools; do not change it."""
    return plain_comparison()


@pytest.fixture(autouse=True, scope="session")
def _no_stress_by_default() -> Iterator[None]:
    """Runs are tested under stress where a test asks for it, with ``stress.run``."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("zoning.cli.planning_run.is_fast", lambda: False)
        yield


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The system's Chromium; skips the test where there is none."""
    with chromium() as found:
        yield found
