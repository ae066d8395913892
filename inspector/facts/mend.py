"""How to repair a container that was left behind: the command, and how to use it. Pure.

A restart joins the namespace that the other container has then. Docker names that one by its id, so that its
successor of the same name is not found: then the container itself has to be recreated.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Final

from inspector.facts.compose import PROJECT, SERVICE
from inspector.facts.left import Joining
from inspector.facts.namespaces import NamespaceType
from inspector.facts.types import Container

_OPTIONS: Final[Mapping[NamespaceType, str]] = {"net": "--network", "ipc": "--ipc", "pid": "--pid"}


def say_mend(container: Container, left: Joining, other: str, successor: str | None = None) -> str:
    """How to repair the container, as a sentence with the command.

    :param other: the name of the other container, or its id.
    :param successor: the name of the container that takes its place, where that is known.
    """
    command = mend_command(container, left, other)
    if left.how != "removed":
        return f"Restart it: {command}"
    if _recreate(container):
        return f"Recreate it: {command}"
    mode = f"{_OPTIONS[left.type]} container:{shlex.quote(successor or 'NAME')}"
    named = "" if successor else f", the name of the one that takes the place of {other}"
    return f"Recreate it: {command}, and run it as before with {mode}{named}"


def mend_command(container: Container, left: Joining, other: str) -> str:
    """The command itself; where the other one was removed and Compose made neither, its first half."""
    client, name = ("podman" if container.engine == "podman" else "docker"), shlex.quote(container.title)
    if left.how == "removed":
        return _recreate(container) or f"{client} rm --force {name}"
    restart = f"{client} restart {name}"
    return f"{client} start {shlex.quote(other)} && {restart}" if left.how == "stopped" else restart


def _recreate(container: Container) -> str:
    """The command by which Compose recreates it; empty if Compose did not make it."""
    labels = container.labels
    project, service = labels.get(PROJECT), labels.get(SERVICE)
    if not project or not service:
        return ""
    files = [word for path in _files(labels) for word in ("--file", path)]
    words = ["docker", "compose", "--project-name", project, *files, "up", "--detach", "--force-recreate", service]
    return shlex.join(words)


def _files(labels: Mapping[str, str]) -> list[str]:
    return [path for path in labels.get(f"{PROJECT}.config_files", "").split(",") if path]
