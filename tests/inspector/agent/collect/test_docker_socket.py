"""Which socket of Docker is asked."""

from __future__ import annotations

import pytest

from inspector.agent.collect.docker.socket import SOCKET, NoSocket, find_socket


@pytest.mark.parametrize(
    ("named", "docker_host", "path"),
    [
        (None, "", SOCKET),
        (None, None, SOCKET),
        ("", "", SOCKET),
        ("/run/user/1/docker.sock", "", "/run/user/1/docker.sock"),
        ("here.sock", "tcp://1.2.3.4:2375", "here.sock"),
        ("unix:///x.sock", "", "/x.sock"),
        (None, "unix:///run/user/1/docker.sock", "/run/user/1/docker.sock"),
        (None, "/run/docker.sock", "/run/docker.sock"),
    ],
)
def test_the_named_socket_goes_before_that_of_the_environment(
    named: str | None, docker_host: str | None, path: str
) -> None:
    assert find_socket(named, {} if docker_host is None else {"DOCKER_HOST": docker_host}) == path


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:2375", "ssh://me@host", "http://x", "npipe:////./pipe/x", "host"]
)
def test_another_kind_of_address_is_refused(address: str) -> None:
    with pytest.raises(NoSocket, match=r"DOCKER_HOST is .*--docker-socket PATH"):
        find_socket(None, {"DOCKER_HOST": address})


def test_the_refusal_tells_no_password() -> None:
    with pytest.raises(NoSocket) as refused:
        find_socket("tcp://me:hunter2@host", {})
    assert "hunter2" not in str(refused.value)
