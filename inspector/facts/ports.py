"""Published ports as people write them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from inspector.facts.types import Port

EVERYWHERE: Final = frozenset(("0.0.0.0", "::"))  # noqa: S104


def say_ports(ports: Iterable[Port]) -> str:
    """All ports on one line, each once: ``8080→80/tcp, 127.0.0.1:53→53/udp``; empty for none."""
    return ", ".join(dict.fromkeys(map(say_port, ports)))


def say_port(port: Port) -> str:
    """``8080→80/tcp``, with the address before it where it is not every one."""
    return f"{say_published(port)}→{port.container_port}/{port.protocol}"


def say_published(port: Port) -> str:
    """``8080``, ``127.0.0.1:8080`` or ``[::1]:8080``."""
    if port.host_ip in EVERYWHERE:
        return str(port.host_port)
    return f"[{port.host_ip}]:{port.host_port}" if ":" in port.host_ip else f"{port.host_ip}:{port.host_port}"
