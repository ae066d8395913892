"""Who listens on which unix socket: the real kernel, and hostile lines."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.agent.collect.unix_sockets import is_candidate, parse_unix, read_listeners

HEADER = b"Num       RefCount Protocol Flags    Type St Inode Path\n"


def test_it_finds_itself_listening(tmp_path: Path) -> None:
    path = str(tmp_path / "a b.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        assert path not in read_listeners("/proc", [os.getpid()])
        listener.listen()
        assert read_listeners("/proc", [os.getpid()])[path] == os.getpid()
    assert path not in read_listeners("/proc", [os.getpid()])


@pytest.mark.root
def test_it_finds_a_listener_in_another_network_namespace(tmp_path: Path) -> None:
    path = tmp_path / "inner.sock"
    program = (
        f"import socket; s = socket.socket(1); s.bind({str(path)!r}); s.listen(); print('up', flush=True); input()"
    )
    command = ["unshare", "--net", sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"up\n"
        assert read_listeners("/proc", [os.getpid(), child.pid]) == {str(path): child.pid}
        child.communicate(b"\n")


def test_a_candidate_that_is_gone_listens_nowhere() -> None:
    child = subprocess.Popen(["true"])
    child.wait()
    assert read_listeners("/proc", [child.pid]) == {}


def test_it_keeps_the_listening_sockets_that_have_a_path() -> None:
    lines = (
        b"0000000000000000: 00000002 00000000 00010000 0001 01 111 /run/containerd/containerd.sock\n"
        b"0000000000000000: 00000002 00000000 00010000 0001 01 112 @abstract\n"
        b"0000000000000000: 00000003 00000000 00000000 0001 03 113 /run/connected.sock\n"
        b"0000000000000000: 00000002 00000000 00010000 0001 01 114\n"
        b"0000000000000000: 00000002 00000000 00010000 0001 01 115 /run/with space \xff\n"
    )
    assert parse_unix(HEADER + lines) == {111: "/run/containerd/containerd.sock", 115: "/run/with space \\xff"}


@given(st.binary(max_size=300))
def test_lines_of_any_other_form_are_left_out(data: bytes) -> None:
    assert all(path.startswith("/") for path in parse_unix(HEADER + data).values())


@pytest.mark.parametrize("comm", ["dockerd", "containerd", "docker-containe"])
def test_engines_are_asked_for_their_sockets(comm: str) -> None:
    assert is_candidate(comm)


@pytest.mark.parametrize("comm", ["containerd-shim", "docker", "bash", "", "docker-proxy"])
def test_nobody_else_is(comm: str) -> None:
    assert not is_candidate(comm)
