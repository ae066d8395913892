"""Broadcast to pages: one channel group per host, and each message is encoded once."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Iterator
from itertools import accumulate, chain
from typing import Any, Final

import msgspec
from channels.layers import get_channel_layer

from inspector.errors import IsoscopeError
from inspector.facts.diff import SECTIONS
from inspector.protocol.frames import Diff, encode

log = logging.getLogger("isoscope.server")

LARGEST: Final = 512 * 2**10
"""Bytes of the largest message to a page; :func:`write` refuses every larger one."""

SEND_S: Final = 3.0
"""Seconds the channel layer may take to pass a message on."""

RETRY_S: Final = 1.0
"""Seconds between two attempts to use a channel layer that failed."""


class FetchAgain(msgspec.Struct, tag="reset"):
    """Tell a page to fetch the state, because no diff can update it."""

    seq: int


def group_of(machine_id: str) -> str:
    """The channel group of a host's pages. It is a hash: group names allow fewer characters than machine ids."""
    return "host." + hashlib.sha256(machine_id.encode()).hexdigest()[:32]


class TooLarge(IsoscopeError):
    """A message is too large for pages, and no shorter one can replace it."""


def write(message: msgspec.Struct) -> str:
    """Encode a message for pages: the only place that does. A message about a state that is too large becomes
    :class:`FetchAgain`.

    :raises TooLarge: it is too large, and about no state.
    """
    text = encode(message)
    if len(text) <= LARGEST:
        return text.decode()
    seq: int | None = getattr(message, "seq", None)
    if seq is None:
        raise TooLarge(f"{type(message).__name__} of {len(text):,} bytes is not sent to pages")
    return encode(FetchAgain(seq)).decode()


def fits(message: msgspec.Struct) -> bool:
    """Whether pages can be sent this message as it is. One that is far too large is not encoded as a whole."""
    facts = facts_of(message) if isinstance(message, Diff) else ()
    sizes = accumulate(len(encode(fact)) for fact in facts)
    return not any(size > LARGEST for size in sizes) and len(encode(message)) <= LARGEST


def facts_of(changes: Diff) -> Iterator[msgspec.Struct]:
    """The facts that changes name, but those that ended."""
    sections = [getattr(changes, name) for name in SECTIONS]
    return chain.from_iterable(chain(section.add, section.change) for section in sections)


async def announce(machine_id: str, message: msgspec.Struct) -> bool:
    """Send a message to every page of the host.

    If the channel layer fails, what was recorded stays recorded, and the pages catch up when it works again
    (see :mod:`dashboard.sockets.audience`).

    :return: whether the layer took the message.
    """
    if layer_health.pauses():
        return False
    layer: Any = get_channel_layer()
    try:
        event = {"type": "host.message", "text": write(message), "seq": getattr(message, "seq", None)}
    except TooLarge as error:
        log.warning("a message to the pages of %s was not sent: %s", machine_id, error)
        return False
    try:
        await asyncio.wait_for(layer.group_send(group_of(machine_id), event), SEND_S)
    except Exception as error:
        layer_health.failed(error)
        return False
    layer_health.worked()
    return True


class LayerHealth:
    """Whether the channel layer works: its failure is logged once, and it is tried once a second meanwhile."""

    def __init__(self) -> None:
        self._retry_at: float | None = None

    def pauses(self) -> bool:
        """Whether it failed a moment ago, so that another attempt would only cost time."""
        return self._retry_at is not None and time.monotonic() < self._retry_at

    def failed(self, error: Exception) -> None:
        """Log the first failure; the next try is due in :data:`RETRY_S`."""
        if self._retry_at is None:
            log.error("the channel layer does not answer, pages are updated by polling: %r", error)
        self._retry_at = time.monotonic() + RETRY_S

    def worked(self) -> None:
        """Log that it is back, if it had failed."""
        if self._retry_at is not None:
            log.warning("the channel layer answers again")
        self._retry_at = None


layer_health: Final = LayerHealth()
