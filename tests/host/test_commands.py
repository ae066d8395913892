"""The commands that the page offers to copy, run as they are: on a real container, in a shell with a terminal."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest
from docker.models.containers import Container

from tests import demo
from tests.support.running import ROOT

pytestmark = pytest.mark.docker

PREFIX = f"isoscope-commands-{os.getpid()}-"


@pytest.fixture(scope="module")
def container() -> Iterator[Container]:
    client = demo.connect()
    demo.make_image(client)
    try:
        yield demo.run(client, "web", PREFIX)
    finally:
        demo.stop(client, PREFIX)
        client.close()


@pytest.fixture(scope="module")
def commands(container: Container) -> list[str]:
    seen = subprocess.run([sys.executable, "manage.py", "scan", "--json"], cwd=ROOT, capture_output=True, check=True)
    node = ["node", "tests/js/support/print-commands.mjs", container.name]
    printed = subprocess.run(node, cwd=ROOT, input=seen.stdout, capture_output=True, check=True)
    return list(json.loads(printed.stdout))


def run(command: str) -> subprocess.CompletedProcess[str]:
    """In a terminal of its own, where somebody types ``exit``."""
    terminal = ["script", "--quiet", "--return", "--command", command, "/dev/null"]
    environ = os.environ | {"SHELL": "/bin/bash"}
    return subprocess.run(terminal, input="exit\n", capture_output=True, text=True, env=environ, timeout=60)


def test_each_of_them_does_what_it_says(commands: list[str], container: Container) -> None:
    if not shutil.which("script"):
        pytest.skip("there is no script(1)")
    assert len(commands) > 15
    assert any(command.startswith("docker exec -it ") for command in commands)
    failed = {command: done.stdout for command in commands if (done := run(command)).returncode != 0}
    assert failed == {}


def test_nsenter_into_the_network_shows_the_containers_own(commands: list[str], container: Container) -> None:
    (enter,) = (command for command in commands if command.endswith(" sh") and " -n" in command and " -m" in command)
    container.reload()
    address = next(iter(container.attrs["NetworkSettings"]["Networks"].values()))["IPAddress"]
    assert address in run(f"{enter} -c 'ip addr'").stdout
