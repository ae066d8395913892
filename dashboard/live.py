"""What goes out to the pages: one group per host, each message encoded once."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from channels.layers import get_channel_layer

from inspector.frames import encode


def group_of(machine_id: str) -> str:
    """The channel group of everyone who watches a host; names of groups allow few characters, machine ids many."""
    return "host." + hashlib.sha256(machine_id.encode()).hexdigest()[:32]


async def announce(machine_id: str, message: msgspec.Struct) -> None:
    """Hand a message to every page that watches the host, encoded here and nowhere else."""
    layer: Any = get_channel_layer()
    event = {"type": "host.message", "text": encode(message).decode(), "kind": type(message).__name__}
    await layer.group_send(group_of(machine_id), event)
