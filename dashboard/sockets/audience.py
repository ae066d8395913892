"""The pages of this server process by host: one channel receives for all of them, and a message is framed once."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import Any, Final, NamedTuple, Protocol
from weakref import WeakKeyDictionary

import msgspec
from autobahn.websocket.protocol import PreparedMessage
from channels.layers import get_channel_layer

from dashboard.accounts import revocation
from dashboard.accounts.access import still_see
from dashboard.database_errors import Unavailable
from dashboard.sockets.backpressure import frame_of
from dashboard.sockets.broadcast import RETRY_S, SEND_S, group_of, write
from dashboard.sockets.database_threads import READERS
from dashboard.sockets.missed import newest
from inspector.errors import NoSuchSnapshot

log = logging.getLogger("isoscope.server")

CHECK_EVERY_S: Final = 2.0
"""Permissions are cached this long; the next message after that checks them again."""

CLOCK_S: Final = 15.0
"""Permissions are checked this often, also where nothing is announced."""

RENEW_EVERY_S: Final = 3600.0
"""Membership of a group is renewed this often; a channel layer drops it after a day (``group_expiry``)."""


class Announced(NamedTuple):
    """A message to all pages, as text and framed; ``seq`` is ``None`` unless it is about a state."""

    text: str
    frame: PreparedMessage
    seq: int | None


class Polling(msgspec.Struct, tag="polling"):
    """To pages: changes are read from the database every few seconds, because the channel layer does not answer."""

    on: bool


class Viewer(Protocol):
    """One open page."""

    @property
    def session_key(self) -> str: ...

    @property
    def user_id(self) -> int | None: ...

    async def deliver(self, message: Announced) -> None:
        """Send an announcement. Must not wait for the page."""

    async def recover(self) -> None:
        """Catch up with what was announced while the channel layer failed."""

    async def revoke(self) -> None:
        """Close the page: its user may no longer see the host."""


class Audience:
    """The pages of this process that watch one host."""

    def __init__(self, machine_id: str) -> None:
        self.machine_id = machine_id
        self.viewers: set[Viewer] = set()
        self.polling = False  # the channel layer does not answer: pages get what the database holds
        self._checked_at = float("-inf")
        self._layer: Any = get_channel_layer()
        self._channel = ""
        self._opening = asyncio.create_task(self._open())
        self._listening: asyncio.Task[None] | None = None
        self._clock = asyncio.create_task(self._check_by_the_clock())

    async def opened(self) -> None:
        """Wait until announcements are received."""
        await asyncio.shield(self._opening)

    async def close(self) -> None:
        """Stop receiving announcements."""
        self._clock.cancel()
        if self._listening is not None:
            self._listening.cancel()
            with suppress(Exception):  # a channel layer that fails drops the membership by itself
                for group in self._groups():
                    await self._layer.group_discard(group, self._channel)

    async def broadcast(self, event: dict[str, Any]) -> None:
        """Send one message to every page. Close those whose users may no longer see the host."""
        if time.monotonic() - self._checked_at > CHECK_EVERY_S:
            await self._check()
        message = Announced(event["text"], frame_of(event["text"]), event["seq"])
        for viewer in tuple(self.viewers):
            try:
                await viewer.deliver(message)
            except Exception:
                log.exception("a message could not be sent to a page of %s", self.machine_id)
                self.viewers.discard(viewer)

    async def _open(self) -> None:
        self._channel = await self._layer.new_channel()
        self._listening = asyncio.create_task(self._listen())
        try:
            await asyncio.wait_for(self._renew(), SEND_S)
        except Exception as error:
            log.warning(
                "the channel layer does not answer: %r; pages of %s are updated by polling", error, self.machine_id
            )
            self._listening.cancel()
            self._listening = asyncio.create_task(self._listen_later())

    async def _listen_later(self) -> None:
        await self._return()
        await self._listen()

    async def _listen(self) -> None:
        while True:
            try:
                if (event := await self._next()) is not None:
                    await (self._ask(event["ask"]) if "ask" in event else self.broadcast(event))
            except Exception as error:
                log.warning("receiving announcements of %s failed: %r; trying again", self.machine_id, error)
                await self._return()

    async def _next(self) -> dict[str, Any] | None:
        """The next announcement; ``None`` if none came for so long that the membership was renewed."""
        try:
            async with asyncio.timeout(RENEW_EVERY_S):  # wait_for of Python 3.11 may swallow that we are cancelled
                event: dict[str, Any] = await self._layer.receive(self._channel)
        except TimeoutError:
            await self._renew()
            return None
        return event

    async def _return(self) -> None:
        """Wait until the channel layer answers again; then let every page catch up. Until then, poll."""
        self.polling = True
        await self._send_to_all(Polling(True))
        while True:
            await asyncio.sleep(RETRY_S)
            try:
                await asyncio.wait_for(self._renew(), SEND_S)
                break
            except Exception as error:
                log.debug("the channel layer still fails: %r", error)
            await self._poll()
        self.polling = False
        await self._send_to_all(Polling(False))
        await asyncio.gather(*(viewer.recover() for viewer in tuple(self.viewers)), return_exceptions=True)

    async def _poll(self) -> None:
        """Send every page the newest seq: a page that has an older one asks for what it missed."""
        with suppress(*Unavailable, NoSuchSnapshot):
            await self._send_to_all(await READERS.run(newest, self.machine_id))

    async def _send_to_all(self, message: msgspec.Struct) -> None:
        await self.broadcast({"text": write(message), "seq": None})

    def _groups(self) -> tuple[str, str]:
        return group_of(self.machine_id), revocation.GROUP

    async def _renew(self) -> None:
        for group in self._groups():
            await self._layer.group_add(group, self._channel)

    async def _check_by_the_clock(self) -> None:
        while True:
            await asyncio.sleep(CLOCK_S)
            try:
                await self._check()
            except Exception:
                log.exception("the rights to see %s could not be checked", self.machine_id)

    async def _ask(self, subject: str) -> None:
        """Check at once where a page is of the session or the user that this is about."""
        subjects = {revocation.session_subject(viewer.session_key) for viewer in self.viewers}
        if subject in subjects | {revocation.user_subject(viewer.user_id) for viewer in self.viewers}:
            await self._check()

    async def _check(self) -> None:
        """Check the permissions of all pages at once. If the database fails, they are checked later."""
        keys = {viewer.session_key for viewer in self.viewers}
        try:
            seeing = await READERS.run(still_see, keys, self.machine_id)
        except Unavailable:
            return
        self._checked_at = time.monotonic()
        for viewer in tuple(self.viewers):
            if viewer.session_key in keys - seeing:
                self.viewers.discard(viewer)
                await viewer.revoke()


_audiences: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, Audience]] = WeakKeyDictionary()


async def join(viewer: Viewer, machine_id: str) -> None:
    """Let the viewer receive announcements of this host."""
    here = _audiences.setdefault(asyncio.get_running_loop(), {})
    if (audience := here.get(machine_id)) is None:
        audience = here[machine_id] = Audience(machine_id)
    audience.viewers.add(viewer)
    await audience.opened()


def is_polling(machine_id: str) -> bool:
    """Whether the pages of this host are updated by polling."""
    audience = _audiences.get(asyncio.get_running_loop(), {}).get(machine_id)
    return audience is not None and audience.polling


async def leave(viewer: Viewer, machine_id: str) -> None:
    """Let the viewer receive no more. The last viewer that leaves closes the audience."""
    here = _audiences.get(asyncio.get_running_loop(), {})
    if (audience := here.get(machine_id)) is None:
        return
    audience.viewers.discard(viewer)
    if not audience.viewers:
        del here[machine_id]
        await audience.close()
