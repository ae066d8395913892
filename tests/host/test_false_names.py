"""Programs that call themselves engines: started by an ordinary user of this host, they change nothing."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from inspector.agent.scan.scanner import Scanner
from inspector.facts.types import HostState

pytestmark = pytest.mark.root
NOBODY = 65534
HEX = "5" * 64


@contextmanager
def disguised(name: str, *words: str) -> Iterator[int]:
    """A shell of nobody's that goes by another name, until it is left."""
    command = [name, "-c", "echo ready; read line; true", *words]
    with subprocess.Popen(
        command, executable="/bin/sh", user=NOBODY, group=NOBODY, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as shell:
        assert shell.stdout is not None
        assert shell.stdout.readline() == b"ready\n"
        yield shell.pid
        assert shell.stdin is not None
        shell.stdin.close()


def role(state: HostState, pid: int) -> str | None:
    return next(process.role for process in state.processes if process.pid == pid)


def test_no_name_makes_an_engine() -> None:
    with (
        disguised("conmon", "-c", HEX, "-n", "payroll-database") as conmon,
        disguised("containerd-shim-runc-v2", "-namespace", "moby", "-id", HEX[::-1]) as shim,
        disguised("dockerd") as dockerd,
        disguised("[lxc monitor] /var/lib/lxc payroll") as lxc,
    ):
        state = Scanner().scan()
    assert [role(state, pid) for pid in (conmon, shim, dockerd, lxc)] == [None] * 4
    assert not [one for one in state.containers if one.id == HEX or "payroll" in one.name]
