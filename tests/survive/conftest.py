"""One prepared data folder for all, and an installation on a copy of it for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.survive.installation import Installation, Visitor, copy_of


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    installation = Installation(tmp_path_factory.mktemp("template") / "data")
    installation.prepare()
    installation.listener.close()
    return installation.data


@pytest.fixture
def installation(template: Path, tmp_path: Path) -> Iterator[Installation]:
    """A server that runs, on SQLite."""
    installation = Installation(copy_of(template, tmp_path / "data"))
    try:
        installation.start()
        yield installation
    finally:
        installation.end()


@pytest.fixture
def visitor(installation: Installation) -> Visitor:
    return installation.visitor()
