"""Containers that a browser test starts, and that are gone afterwards."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import docker
import docker.errors
import pytest

from tests import demo

PREFIX = "isoscope-browser-"

Start = Callable[..., Any]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts containers and leaves none behind."""
    client = docker.from_env(timeout=60)
    demo.make_image(client)
    started: list[Any] = []

    def go(name: str, **options: Any) -> Any:
        started.append(demo.run(client, name, PREFIX, **options))
        return started[-1]

    yield go
    for container in started:
        with contextlib.suppress(docker.errors.NotFound):
            container.remove(force=True)
    client.close()
