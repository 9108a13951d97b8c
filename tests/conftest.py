"""Fixtures that several test files share."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from zoning.district import District, load_district

REPOSITORY = Path(__file__).resolve().parent.parent

settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")


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
