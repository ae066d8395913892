"""A prepared data folder, and an installation on a copy of it for each test: on SQLite, and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.support.installation import Installation, Visitor, copy_of
from tests.support.services import postgresql

DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    installation = Installation(tmp_path_factory.mktemp("template") / "data")
    installation.prepare()
    installation.listener.close()
    return installation.data


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A PostgreSQL server with a prepared database named ``template``: its data folder, and the server's URL."""
    with postgresql() as url:
        server = url.rpartition("/")[0]
        make_database(url, "template")
        data = tmp_path_factory.mktemp("template-postgresql") / "data"
        installation = Installation(data, ISOSCOPE_DATABASE_URL=f"{server}/template")
        installation.prepare()
        installation.listener.close()
        yield data, server


def make_database(url: str, name: str, like: str = "template1") -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {like}")


@pytest.fixture(params=DATABASES)
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """A server that runs, on a database that no other test has touched."""
    installation = on_sqlite(request, tmp_path) if request.param == "sqlite" else on_postgresql(request, tmp_path)
    try:
        installation.start()
        yield installation
    finally:
        installation.end()


def on_sqlite(request: pytest.FixtureRequest, folder: Path) -> Installation:
    return Installation(copy_of(request.getfixturevalue("template"), folder / "data"))


def on_postgresql(request: pytest.FixtureRequest, folder: Path) -> Installation:
    data, server = request.getfixturevalue("cluster")
    name = f"test_{abs(hash(request.node.nodeid))}"
    make_database(f"{server}/postgres", name, "template")
    return Installation(copy_of(data, folder / "data"), ISOSCOPE_DATABASE_URL=f"{server}/{name}")


@pytest.fixture
def visitor(installation: Installation) -> Visitor:
    return installation.visitor()
