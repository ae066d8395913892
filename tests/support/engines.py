"""The captured and documented process lists under ``tests/fixtures/docker``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from inspector.agent.scan.chains import Rebuilt, rebuild
from inspector.facts.types import Container, NamespaceSet, Process, process_key

CASES = Path(__file__).resolve().parents[1] / "fixtures" / "docker"
BOOT = "0f0e0d0c-0000-4000-8000-000000000000"


def make_process(pid: int, ppid: int, cmdline: list[str] | str = "sleep 1", **fields: Any) -> Process:
    """A process with what a test does not care about filled in."""
    words = tuple(cmdline.split() if isinstance(cmdline, str) else cmdline)
    start = fields.pop("start_ticks", pid)
    given: dict[str, Any] = {
        "comm": (words or ("",))[0].rsplit("/", 1)[-1][:15],
        "uid": 0,
        "nspid": (pid,),
        "cgroup": "/",
        "container": None,
        "role": None,
        "namespaces": NamespaceSet(),
        **fields,
    }
    given["nspid"] = tuple(given["nspid"])
    return Process(key=process_key(BOOT, pid, start), pid=pid, ppid=ppid, start_ticks=start, cmdline=words, **given)


def make_container(identity: str, **fields: Any) -> Container:
    given: dict[str, Any] = {
        "name": "",
        "image": "",
        "engine": "docker",
        "state": "running",
        "init_pid": None,
        "shim_pid": None,
        "labels": {},
        "declared": None,
        **fields,
    }
    return Container(id=identity, **given)


def load(case: str) -> tuple[list[Process], dict[str, int]]:
    """A case's processes and listeners."""
    data = msgspec.json.decode((CASES / f"{case}.json").read_bytes())
    return [make_process(**process) for process in data["processes"]], data["listeners"]


def rebuild_case(case: str, listening: bool = True) -> Rebuilt:
    """A case's chains, without any engine's word; and without listeners, as an ordinary user sees it."""
    processes, listeners = load(case)
    return rebuild(processes, (), listeners if listening else {})


def describe(rebuilt: Rebuilt) -> dict[int, list[tuple[int, str, str | None]]]:
    """Init's pid → its chain as tuples."""
    return {
        chain.links[-1].pid: [(link.pid, link.role, link.via) for link in chain.links] for chain in rebuilt.chains
    }


def roles(rebuilt: Rebuilt) -> dict[int, str]:
    """pid → role, for those that have one."""
    return {process.pid: process.role for process in rebuilt.processes if process.role is not None}
