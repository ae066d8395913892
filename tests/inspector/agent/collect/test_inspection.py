"""What an inspection says of a container's run, and how its health is held."""

from __future__ import annotations

import itertools

import msgspec
import pytest

from inspector.agent.collect.docker.inspection import HEALTH_HOLD_S, HealthHold, Inspected, health_in, run_of
from inspector.agent.collect.masking.mask import MASK, mask
from inspector.facts.types import Port


def inspected(**reply: object) -> Inspected:
    return msgspec.convert({"State": {"Status": "running"}, "HostConfig": {}, **reply}, Inspected)


def test_an_engine_that_tells_nothing_of_the_run_leaves_it_unknown() -> None:
    run = run_of(inspected())
    assert (run.exit_code, run.oom_killed, run.restarts, run.ports, run.health_check) == (None,) * 5


@pytest.mark.parametrize(("state", "told"), [("running", None), ("created", None), ("exited", 0), ("restarting", 0)])
def test_an_exit_code_is_that_of_a_run_that_ended(state: str, told: int | None) -> None:
    assert run_of(inspected(State={"Status": state, "ExitCode": 0})).exit_code == told


@pytest.mark.parametrize(
    ("state", "health", "told"),
    [
        ("running", None, "none"),
        ("running", {"Status": ""}, "none"),
        ("running", {"Status": "unhealthy"}, "unhealthy"),
        ("paused", {"Status": "healthy"}, "healthy"),
        ("exited", {"Status": "healthy"}, None),
    ],
)
def test_only_what_runs_is_healthy_or_not(state: str, health: object, told: str | None) -> None:
    assert run_of(inspected(State={"Status": state, "Health": health})).health == told


def test_ports_are_those_published_in_the_order_of_the_hosts() -> None:
    bound = [{"HostIp": "::", "HostPort": "8080"}, {"HostIp": "0.0.0.0", "HostPort": "8080"}]
    odd = [{"HostIp": "", "HostPort": "many"}]
    ports = {"80/tcp": bound, "99/tcp": None, "53/udp": [{"HostIp": "127.0.0.1", "HostPort": "53"}], "x/tcp": odd}
    assert run_of(inspected(NetworkSettings={"Ports": ports})).ports == (
        Port("127.0.0.1", 53, 53, "udp"),
        Port("0.0.0.0", 8080, 80, "tcp"),
        Port("::", 8080, 80, "tcp"),
    )
    assert run_of(inspected(NetworkSettings={"Ports": None})).ports == ()


def test_the_list_ends_with_the_health() -> None:
    assert health_in("Up 2 hours (unhealthy)") == "unhealthy"
    assert health_in("Up 1 second (health: starting)") == "starting"
    assert health_in("Exited (137) 2 hours ago") is None
    assert health_in("Up 3 minutes") is None


def test_health_is_told_at_once_and_not_twice_within_the_hold() -> None:
    now = 0.0
    hold = HealthHold(lambda: now)
    told = [hold.settle("a", health, another_run=False) for health in ("starting", "healthy", "unhealthy", "healthy")]
    assert told == ["starting", "healthy", "unhealthy", "unhealthy"]
    assert hold.settle("a", None, another_run=True) is None, "it ended"
    assert hold.settle("a", "starting", another_run=True) == "starting"
    assert hold.settle("a", "unhealthy", another_run=False) == "unhealthy"
    assert hold.settle("a", "healthy", another_run=False) == "healthy", "the first outcome of a run holds nothing"
    assert hold.is_held("a") and not hold.is_held("b")
    assert hold.settle("a", "unhealthy", another_run=False) == "healthy"
    now = HEALTH_HOLD_S
    assert hold.settle("a", "unhealthy", another_run=False) == "unhealthy"


def test_a_day_of_flapping_is_at_most_a_change_a_minute() -> None:
    now = 0.0
    hold = HealthHold(lambda: now)
    told = []
    for step in range(24 * 1200):
        now = step * 3.0
        told.append(hold.settle("a", ("healthy", "unhealthy")[step % 2], another_run=False))
    assert sum(one != other for one, other in itertools.pairwise(told)) <= 24 * 60


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (
            {"Healthcheck": {"Test": ["CMD-SHELL", "wget -q http://a/ || exit 1"]}},
            ("/bin/sh", "-c", "wget -q http://a/ || exit 1"),
        ),
        (
            {"Healthcheck": {"Test": ["CMD-SHELL", "true"]}, "Shell": ["/bin/bash", "-ec"]},
            ("/bin/bash", "-ec", "true"),
        ),
        ({"Healthcheck": {"Test": ["CMD", "pg_isready", "-U", "postgres"]}}, ("pg_isready", "-U", "postgres")),
        (
            {"Healthcheck": {"Test": ["CMD", "curl", "--user", "ann:secret", "http://a/"]}},
            ("curl", "--user", f"ann:{MASK}", "http://a/"),
        ),
        ({"Healthcheck": {"Test": ["NONE"]}}, ()),
        ({"Healthcheck": {"Test": []}}, ()),
        ({"Healthcheck": None}, ()),
        ({}, ()),
    ],
)
def test_the_check_is_the_command_line_that_its_process_will_have(config: object, told: tuple[str, ...]) -> None:
    assert run_of(inspected(Config=config), mask).health_check == told
