"""Which processes are the health check of their container."""

from __future__ import annotations

import pytest

from inspector.facts.health_check import is_health_check
from tests.support.states import a_container

SHELL = ("/bin/sh", "-c", "wget -qO- 'http://127.0.0.1:8080/' >/dev/null")


@pytest.mark.parametrize(
    ("check", "cmdline", "told"),
    [
        (SHELL, SHELL, True),
        (SHELL, ("wget", "-qO-", "http://127.0.0.1:8080/"), True),  # the shell became it
        (SHELL, ("wget", "-qO-", "http://127.0.0.1:9090/"), False),
        (SHELL, ("sh", "-c", "wget"), False),
        (SHELL, (), False),
        (("pg_isready", "-U", "postgres"), ("pg_isready", "-U", "postgres"), True),
        (("pg_isready",), ("pg_isready", "-h", "db"), False),
        (("/bin/sh", "-c", "exec curl -f http://web/"), ("curl", "-f", "http://web/"), True),
        (("/bin/sh", "-c", "echo 'open"), ("echo",), False),
        ((), ("sh",), False),
        (None, ("sh",), False),
    ],
)
def test_a_health_check_is_known_by_the_command_that_the_engine_runs(
    check: tuple[str, ...] | None, cmdline: tuple[str, ...], told: bool
) -> None:
    assert is_health_check(a_container(1, health_check=check), cmdline) is told


def test_without_a_container_nothing_is_checked() -> None:
    assert not is_health_check(None, ("sh",))
