"""Labels by which Compose says what a container belongs to. Pure. See the Compose specification, "labels"."""

from __future__ import annotations

from typing import Final

from inspector.facts.types import Container

PROJECT: Final = "com.docker.compose.project"
SERVICE: Final = "com.docker.compose.service"
NUMBER: Final = "com.docker.compose.container-number"
PREFIX: Final = "com.docker.compose."

_PROJECTS: Final = (PROJECT, "io.podman.compose.project", "com.docker.stack.namespace", "io.kubernetes.pod.name")


def project_of(container: Container | None) -> str:
    """The Compose project of a container, else its Swarm stack or pod; empty for none."""
    if container is None:
        return ""
    own = container.pod.name if container.pod is not None else ""
    return next((container.labels[name] for name in _PROJECTS if container.labels.get(name)), own)


def place_of(container: Container) -> tuple[str, ...] | None:
    """Project, service and number: what Compose gives to the container that replaces another one."""
    place = tuple(container.labels.get(name, "") for name in (PROJECT, SERVICE, NUMBER))
    return place if all(place) else None
