"""People, tokens and a host with a little history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dashboard.api.picture import drawn
from dashboard.api.state_cache import packed
from dashboard.models import AgentToken, HostViewer
from inspector.facts.types import HostState
from inspector.history import record
from inspector.models import Host
from inspector.protocol.frames import Reset
from tests.support.states import HOST, a_process, a_state

MACHINE = HOST.machine_id


def some_state(*pids: int) -> HostState:
    """A host with processes of these pids."""
    return a_state([a_process(pid) for pid in pids])


@pytest.fixture
def host(db: Any) -> Host:
    """A host at seq 1 with two processes; its number may be that of another test's."""
    packed.clear()
    drawn.clear()
    state = some_state(1, 2)
    record.record(Reset(host=MACHINE, seq=1, taken_at=state.taken_at, state=state))
    return Host.objects.get(machine_id=MACHINE)


@dataclass(frozen=True)
class People:
    """One of each kind of visitor; ``nobody`` is not signed in."""

    nobody: Client
    stranger: Client  # signed in, without a right to the host
    viewer: Client
    administrator: Client


def sign_in(user: User) -> Client:
    client = Client(headers={"host": "127.0.0.1:8000"})
    client.force_login(user)
    return client


@pytest.fixture
def people(host: Host) -> People:
    viewer = User.objects.create_user("viewer")
    HostViewer.objects.create(user=viewer, host=host)
    return People(
        Client(headers={"host": "127.0.0.1:8000"}),
        sign_in(User.objects.create_user("stranger")),
        sign_in(viewer),
        sign_in(User.objects.create_superuser("root")),
    )


@pytest.fixture
def token(host: Host) -> str:
    return AgentToken.make("orchid", MACHINE)[1]


def session_cookie(client: Client) -> bytes:
    """The Cookie header that this client's browser would send."""
    return f"isoscope_session={client.cookies['isoscope_session'].value}".encode() if client.cookies else b""
