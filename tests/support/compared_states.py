"""States to compare, and how tests compare them."""

from __future__ import annotations

from typing import Any

import msgspec

from inspector.facts.types import HostState
from tests.support.states import HOST, a_container, a_process, a_state, some_namespaces

SPACES, INITIAL = some_namespaces(1)

OWN_SPACES, OWN = some_namespaces(2)

OTHER_SPACES, OTHER = some_namespaces(3)

ALL_SPACES = [*SPACES, *OWN_SPACES, *OTHER_SPACES]

WEB = a_container(1, "web", init_pid=20)

SIDECAR = a_container(2, "sidecar", init_pid=30)

OTHER_BOOT = msgspec.structs.replace(HOST, boot_id="11111111-2222-3333-4444-555555555555")


def running(*processes: Any, containers: Any = (WEB,), **parts: Any) -> HostState:
    return a_state(list(processes), ALL_SPACES, containers=list(containers), **parts)


def init_of(container: Any, namespaces: Any = OWN, **facts: Any) -> Any:
    return a_process(container.init_pid, container=container.id, namespaces=namespaces, role="init", **facts)
