"""What the tests on the real Docker share."""

from __future__ import annotations

from collections.abc import Iterator

import docker
import pytest

from tests import demo


@pytest.fixture
def client(request: pytest.FixtureRequest) -> Iterator[docker.DockerClient]:
    """A client of the engine; the containers whose names begin with the module's ``PREFIX`` go with the test."""
    client = demo.connect()
    demo.make_image(client)
    yield client
    demo.stop(client, request.module.PREFIX)
    client.close()
