"""Who of this server process watches a host: one channel hears for all of them, and each message is framed once."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import Any, Final, NamedTuple, Protocol
from weakref import WeakKeyDictionary

from autobahn.websocket.protocol import PreparedMessage
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.db import DatabaseError

from dashboard.accounts.access import still_see
from dashboard.sockets.backpressure import frame_of
from dashboard.sockets.broadcast import RETRY_S, SEND_S, group_of

log = logging.getLogger("isoscope.server")

CHECK_EVERY_S: Final = 2.0
"""How long it is taken as known who may see a host: rights are asked for with the next message after that."""

RENEW_EVERY_S: Final = 3600.0
"""A channel layer forgets who is in a group after a day (``group_expiry``)."""


class Announced(NamedTuple):
    """A message to all, as text and framed; ``seq`` is ``None`` where it is not about a state."""

    text: str
    frame: PreparedMessage
    seq: int | None


class Viewer(Protocol):
    """One open page."""

    @property
    def session_key(self) -> str: ...

    async def hear(self, said: Announced) -> None:
        """Pass on what was announced. Must not wait for the page."""

    async def recover(self) -> None:
        """Fetch what was announced while the channel layer was away."""

    async def turn_away(self) -> None:
        """The page's person may no longer see the host."""


class Audience:
    """The pages of this process that watch one host."""

    def __init__(self, machine_id: str) -> None:
        self.machine_id = machine_id
        self.viewers: set[Viewer] = set()
        self._checked_at = float("-inf")
        self._layer: Any = get_channel_layer()
        self._channel = ""
        self._opening = asyncio.create_task(self._open())
        self._listening: asyncio.Task[None] | None = None

    async def opened(self) -> None:
        """Wait until what is announced is heard."""
        await asyncio.shield(self._opening)

    async def close(self) -> None:
        """Hear nothing any more."""
        if self._listening is not None:
            self._listening.cancel()
            with suppress(Exception):  # a channel layer that is away forgets by itself
                await self._layer.group_discard(group_of(self.machine_id), self._channel)

    async def say(self, event: dict[str, Any]) -> None:
        """One message to every page; those whose right to it has ended are turned away instead."""
        if time.monotonic() - self._checked_at > CHECK_EVERY_S:
            await self._check()
        said = Announced(event["text"], frame_of(event["text"]), event["seq"])
        for viewer in tuple(self.viewers):
            try:
                await viewer.hear(said)
            except Exception:
                log.exception("a page of %s could not be told", self.machine_id)
                self.viewers.discard(viewer)

    async def _open(self) -> None:
        self._channel = await self._layer.new_channel()
        self._listening = asyncio.create_task(self._listen())
        try:
            await asyncio.wait_for(self._renew(), SEND_S)
        except Exception as error:
            log.warning("the channel layer does not answer: %r; pages of %s hear nothing", error, self.machine_id)
            self._listening.cancel()
            self._listening = asyncio.create_task(self._listen_later())

    async def _listen_later(self) -> None:
        await self._return()
        await self._listen()

    async def _listen(self) -> None:
        while True:
            try:
                event = await asyncio.wait_for(self._layer.receive(self._channel), RENEW_EVERY_S)
                await self.say(event)
            except TimeoutError:
                await self._renew()
            except Exception as error:
                log.warning("hearing what is announced of %s failed: %r; trying again", self.machine_id, error)
                await self._return()

    async def _return(self) -> None:
        """Wait until the channel layer answers again; then let every page catch up."""
        while True:
            await asyncio.sleep(RETRY_S)
            try:
                await asyncio.wait_for(self._renew(), SEND_S)
                break
            except Exception as error:
                log.debug("the channel layer is still away: %r", error)
        await asyncio.gather(*(viewer.recover() for viewer in tuple(self.viewers)), return_exceptions=True)

    async def _renew(self) -> None:
        await self._layer.group_add(group_of(self.machine_id), self._channel)

    async def _check(self) -> None:
        """Ask once for all pages; while the database does not answer nothing of the host comes anyway."""
        keys = {viewer.session_key for viewer in self.viewers}
        try:
            seeing = await database_sync_to_async(still_see, thread_sensitive=False)(keys, self.machine_id)
        except DatabaseError:
            return
        self._checked_at = time.monotonic()
        for viewer in tuple(self.viewers):
            if viewer.session_key in keys - seeing:
                self.viewers.discard(viewer)
                await viewer.turn_away()


_audiences: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Audience]] = WeakKeyDictionary()


async def join(viewer: Viewer, machine_id: str) -> None:
    """From now on the viewer hears what is announced of this host."""
    here = _audiences.setdefault(asyncio.get_running_loop(), {})
    if (audience := here.get(machine_id)) is None:
        audience = here[machine_id] = Audience(machine_id)
    audience.viewers.add(viewer)
    await audience.opened()


async def leave(viewer: Viewer, machine_id: str) -> None:
    """The viewer hears no more; the last one closes the door."""
    here = _audiences.get(asyncio.get_running_loop(), {})
    if (audience := here.get(machine_id)) is None:
        return
    audience.viewers.discard(viewer)
    if not audience.viewers:
        del here[machine_id]
        await audience.close()
