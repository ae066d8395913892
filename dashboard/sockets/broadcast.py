"""What goes out to the pages: one group per host, each message encoded once."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import msgspec
from channels.layers import get_channel_layer

from inspector.protocol.frames import Diff, encode

LARGEST: Final = 512 * 2**10
"""Bytes of the largest message to a page; instead of a larger diff it is told to fetch the state."""


class FetchAgain(msgspec.Struct, tag="reset"):
    """The server's word to a page whose state cannot be mended by a diff."""

    seq: int


def group_of(machine_id: str) -> str:
    """The channel group of everyone who watches a host; names of groups allow few characters, machine ids many."""
    return "host." + hashlib.sha256(machine_id.encode()).hexdigest()[:32]


def write(message: msgspec.Struct) -> str:
    """The message as it goes to pages."""
    text = encode(message)
    if isinstance(message, Diff) and len(text) > LARGEST:
        text = encode(FetchAgain(message.seq))
    return text.decode()


async def announce(machine_id: str, message: msgspec.Struct) -> None:
    """Hand a message to every page that watches the host, encoded here and nowhere else."""
    layer: Any = get_channel_layer()
    event = {"type": "host.message", "text": write(message), "seq": getattr(message, "seq", None)}
    await layer.group_send(group_of(machine_id), event)
