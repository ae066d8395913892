"""What some tests need of the machine: where it is lacking they skip with a reason, and fail where ``CI=true``."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from typing import Final

import pytest

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


NEEDS: Final[dict[str, Callable[[], str]]] = {
    "root": lacks_root,
    "docker": lacks_docker,
    "browser": lacks_browser,
}


def pytest_runtest_setup(item: pytest.Item) -> None:
    for name, lacks in NEEDS.items():
        if item.get_closest_marker(name) is None:
            continue
        reason = lacks()
        if reason and os.environ.get("CI") == "true":
            pytest.fail(f"{reason}; in CI nothing is skipped", pytrace=False)
        elif reason:
            pytest.skip(reason)
