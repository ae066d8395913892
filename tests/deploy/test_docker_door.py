"""The door to Docker's socket: the agent reads through it all that it needs, and nothing can be changed."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.support.services import running

ROOT: Final = Path(__file__).resolve().parents[2]
CONF: Final = ROOT / "deploy" / "docker" / "door.conf"
pytestmark = [pytest.mark.nginx, pytest.mark.docker]


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("door")
    conf = CONF.read_text().replace("/door/", f"{folder}/").replace("/tmp/door.pid", f"{folder}/pid")
    (folder / "door.conf").write_text(conf)
    nginx = [
        shutil.which("nginx"),
        "-c",
        f"{folder}/door.conf",
        "-e",
        f"{folder}/errors",
        "-g",
        "daemon off; user root;",
    ]
    with running(nginx, folder, {}, (folder / "docker.sock").exists):
        yield folder / "docker.sock"


def ask(door: Path, method: str, path: str) -> int:
    connection = http.client.HTTPConnection("docker")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(door))
    connection.request(method, path)
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize("path", ["/_ping", "/v1.41/containers/json?all=1", "/version", "/info"])
def test_what_the_agent_asks_passes(door: Path, path: str) -> None:
    assert ask(door, "GET", path) == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_else_than_reading_passes(door: Path, method: str) -> None:
    assert ask(door, method, "/containers/create") == 403


@pytest.mark.parametrize(
    "path",
    [
        "/containers/x/archive?path=/",
        "/v1.41/containers/x/export",
        "/containers/x/logs?stdout=1",
        "/secrets",
        "/images/x/get",
    ],
)
def test_neither_files_nor_output_nor_secrets_pass(door: Path, path: str) -> None:
    assert ask(door, "GET", path) == 403


def test_a_scan_finds_the_same_containers_as_without_it(door: Path) -> None:
    def scan(path: str) -> dict[str, str]:
        command = [sys.executable, "manage.py", "scan", "--json", "--docker-socket", path]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        state = json.loads(done.stdout)
        assert not [gap for gap in state["coverage"]["gaps"] if gap["what"] == "docker"]
        return {one["id"]: one["name"] for one in state["containers"] if one["engine"] == "docker"}

    assert scan(str(door)) == scan("/var/run/docker.sock")
