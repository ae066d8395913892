"""What some tests need of the machine: where it is lacking they skip with a reason, and fail where ``CI=true``."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from django.core.management import CommandError
from django.test import TransactionTestCase
from hypothesis import HealthCheck, settings

from tests.support.services import lacks_postgresql, lacks_redis

settings.register_profile(
    "isoscope", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.load_profile("isoscope")  # a busy machine is slow, and that is no fault

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets what it starts in the background ignore it

FLUSHES: Final = 100
DOCKER_SOCKET: Final = "/var/run/docker.sock"
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")


def lacks_root() -> str:
    return "" if os.geteuid() == 0 else "this needs root"


def lacks_docker() -> str:
    if lacks_root():
        return lacks_root()
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(DOCKER_SOCKET)
        except OSError as error:
            return f"no Docker engine listens on {DOCKER_SOCKET}: {error.strerror}"
    return ""


def lacks_browser() -> str:
    return "" if any(map(shutil.which, BROWSERS)) else "Chromium is not installed"


def lacks_graphviz() -> str:
    return "" if shutil.which("dot") else "Graphviz is not installed"


def lacks_prometheus() -> str:
    return "" if shutil.which("promtool") else "promtool is not installed (Debian: prometheus)"


def lacks_systemd() -> str:
    return "" if shutil.which("systemd-analyze") else "systemd-analyze is not installed (Debian: systemd)"


def lacks_nginx() -> str:
    return "" if shutil.which("nginx") else "nginx is not installed (Debian: nginx-light)"


NEEDS: Final[dict[str, Callable[[], str]]] = {
    "root": lacks_root,
    "docker": lacks_docker,
    "browser": lacks_browser,
    "graphviz": lacks_graphviz,
    "postgresql": lacks_postgresql,
    "redis": lacks_redis,
    "nginx": lacks_nginx,
    "prometheus": lacks_prometheus,
    "systemd": lacks_systemd,
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database-only", action="store_true", help="run only the tests that use the database")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("database_only"):
        config.hook.pytest_deselected(items=[item for item in items if not uses_database(item)])
        items[:] = [item for item in items if uses_database(item)]


@pytest.fixture(scope="session", autouse=True)
def patient_flush() -> Iterator[None]:
    """Empty the database again where a thread of the test still reads: its tables in memory are locked then."""
    flush = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def flush_again(case: TransactionTestCase) -> None:
        for _ in range(FLUSHES):
            with contextlib.suppress(CommandError):
                flush(case)
                return
            time.sleep(0.05)
        flush(case)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", flush_again)
        yield


def uses_database(item: pytest.Item) -> bool:
    """Whether the test works on the database that the settings name."""
    fixtures = getattr(item, "fixturenames", ())
    return item.get_closest_marker("django_db") is not None or not {"db", "transactional_db"}.isdisjoint(fixtures)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every account may enter, unlike pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for name, lacks in NEEDS.items():
        if item.get_closest_marker(name) is None:
            continue
        reason = lacks()
        if reason and os.environ.get("CI") == "true":
            pytest.fail(f"{reason}; in CI nothing is skipped", pytrace=False)
        elif reason:
            pytest.skip(reason)
