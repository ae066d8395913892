"""The list of hosts, for people and as JSON; names that try to steer the terminal."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from inspector.models import Host
from inspector.version import VERSION
from tests.support.commands import run

AT = datetime(2026, 11, 23, 3, 10, 5, 123456, tzinfo=UTC)
HOSTILE = "a\x1b[2Jb\nc\u202ed\x9b31m"


def make_host(machine_id: str, hostname: str, **told: object) -> Host:
    return Host.objects.create(
        machine_id=machine_id, hostname=hostname, first_seen_at=AT, seen_at=AT, taken_at=AT, last_seq=7, **told
    )


@pytest.mark.django_db
def test_hosts_are_listed_as_json() -> None:
    make_host("a" * 32, "db-7", agent_version=VERSION)
    make_host("b" * 32, "old", imported_at=AT)
    make_host("c" * 32, "silent")
    status, out, err = run("hosts", "--json")
    assert (status, err) == (0, "")
    at = "2026-11-23T03:10:05+00:00"
    known = {"seq": 7, "seen_at": at, "imported_at": None, "agent_version": None}
    assert json.loads(out) == [
        {"id": "a" * 32, "hostname": "db-7", **known, "agent_version": VERSION, "agent_age": "same"},
        {"id": "b" * 32, "hostname": "old", **known, "imported_at": at, "agent_age": None},
        {"id": "c" * 32, "hostname": "silent", **known, "agent_age": "older"},
    ]


@pytest.mark.django_db
def test_no_host_is_an_empty_list() -> None:
    assert run("hosts", "--json") == (0, "[]\n", "")
    assert run("hosts") == (0, "", "")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "command",
    [
        ("hosts",),
        ("hosts", "--json"),
        ("snapshots", "--host", "x" * 5),
        ("snapshots", "--host", "nobody\x1b[2J\n"),
        ("prune", "--dry-run"),
        ("prune", "--keep", "x\x1b[2J\n"),
        ("compare", "\x1b[2J\n"),
        ("events", "--since", "\x1b[2J\n"),
        ("export", "/nowhere/\x1b[2J\n"),
        ("import", "/nowhere/\x1b[2J\n"),
        ("invite", "me", "--host", "\x1b[2J\n"),
        ("token", "--revoke", "\x1b[2J\n"),
        ("draw", "-o", "\x1b[2J\n"),
        ("prune", "--forget", "--host", "x" * 5),
    ],
    ids=repr,
)
def test_a_hostile_name_steers_no_terminal_and_makes_no_line(command: tuple[str, ...]) -> None:
    make_host(f"xxxxx{HOSTILE}", HOSTILE)
    _, out, err = run(*command)
    lines = (out + err).splitlines()
    assert lines and all(line.isprintable() for line in lines)
    assert len(lines) <= 2
    assert not any(line.startswith("c") for line in lines)


@pytest.mark.django_db
def test_json_keeps_a_hostile_name_as_it_is() -> None:
    make_host("x", f"{HOSTILE}\U000e0041")
    assert json.loads(run("hosts", "--json")[1])[0]["hostname"] == f"{HOSTILE}\U000e0041"
