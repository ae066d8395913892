"""The websocket of an open page: it receives announcements of one host, and what it missed if it fell behind."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from typing import Final

import msgspec
from channels.generic.websocket import AsyncWebsocketConsumer

from dashboard.accounts.access import find_host
from dashboard.database_errors import Unavailable
from dashboard.recording_trouble import OVER, troubles
from dashboard.sockets import audience
from dashboard.sockets.backpressure import OutputBuffer, output_buffer_of
from dashboard.sockets.broadcast import write
from dashboard.sockets.database_threads import READERS
from dashboard.sockets.missed import RightLost, missed_by
from dashboard.sockets.query import parse_number
from inspector.protocol.close_codes import BUSY, CROWDED, FOREIGN, REVOKED

MOST_PAGES: Final = 50
"""Pages that one user may have open at one server process."""

MOST_ASKED, ASKED_WITHIN_S = 20, 10.0
"""A page may ask for what it missed at most this often, within this many seconds."""

pages_of: Final[Counter[int]] = Counter()
"""Open pages in this process, by user id."""


class PageConsumer(AsyncWebsocketConsumer):
    """One open page, watching one host.

    A page that is *behind* receives no announcements; it gets what it missed later. A page is behind at first, and
    while its :class:`~dashboard.sockets.backpressure.OutputBuffer` is full.
    """

    channel_layer_alias = None  # the audience receives for all pages
    machine_id: str
    user_id: int | None = None  # set once the page is admitted
    buffer: OutputBuffer | None = None
    seq = 0  # of the state that the page holds once it has received everything sent
    behind = True
    revoked = False
    missed = False  # something was announced while the page was behind
    catching_up = False
    recovery: asyncio.Task[None] | None = None

    @property
    def session_key(self) -> str:
        return self.scope["session"].session_key or ""

    async def connect(self) -> None:
        self.machine_id = self.scope["url_route"]["kwargs"]["machine_id"]
        self.asked: deque[float] = deque(maxlen=MOST_ASKED)
        if not await self.may_see():
            await self.close()
            return
        await self.accept()
        person = self.scope["user"].pk
        if pages_of[person] >= MOST_PAGES:
            await self.close(CROWDED, "too many pages of this person are open")
            return
        self.user_id = person
        pages_of[person] += 1
        self.buffer = output_buffer_of(self.scope)
        if self.buffer is not None:
            self.buffer.on_drained = self.catch_up_soon
        await audience.join(self, self.machine_id)
        await self.catch_up(parse_number(self.scope, "seq"))
        if not self.revoked:
            await self.send_trouble()

    async def disconnect(self, code: int) -> None:
        if self.user_id is None:
            return
        pages_of[self.user_id] -= 1
        if self.recovery is not None:
            self.recovery.cancel()
        await audience.leave(self, self.machine_id)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Handle the only message of a page: the ``seq`` it holds, after a message did not fit."""
        try:
            request = msgspec.json.decode(text_data or "", type=Resync)
        except msgspec.DecodeError:
            await self.close(FOREIGN, "not of the protocol")
            return
        now = time.monotonic()
        if len(self.asked) == MOST_ASKED and now - self.asked[0] < ASKED_WITHIN_S:
            await self.close(CROWDED, "this page asks too often")
            return
        self.asked.append(now)
        await self.catch_up(request.seq)

    async def deliver(self, message: audience.Announced) -> None:
        """Send an announcement, unless the page is behind."""
        self.behind = self.behind or self.is_full()
        if self.behind:
            self.missed = self.missed or message.seq is not None
            return
        if self.buffer is not None:
            self.buffer.send(message.frame)
        else:
            await self.send(text_data=message.text)
        self.seq = max(self.seq, message.seq or 0)

    async def recover(self) -> None:
        self.behind = True
        self.catch_up_soon()

    async def revoke(self) -> None:
        self.revoked = self.behind = True
        await self.close(REVOKED, "signed out, or no longer allowed to see this host")

    def is_full(self) -> bool:
        return self.buffer is not None and self.buffer.full

    async def catch_up(self, seq: int) -> None:
        """Send what the page missed since ``seq`` as one message; repeat if more was announced meanwhile."""
        self.seq, self.behind, self.missed = seq, True, True
        if self.catching_up:
            return
        self.catching_up = True
        try:
            while self.missed and not self.is_full() and not self.revoked:
                self.missed = False
                await self.send_missed(self.seq)
        except RightLost:
            await self.revoke()
        finally:
            self.catching_up = False
        self.behind = self.revoked or self.is_full()

    async def send_missed(self, seq: int) -> None:
        message = await READERS.run(missed_by, self.session_key, self.machine_id, seq)
        if self.seq == seq and not self.revoked:  # otherwise the page has sent another number meanwhile
            await self.send(text_data=write(message))
            self.seq = message.seq

    def catch_up_soon(self) -> None:
        """Catch up now that the output buffer has room. Messages without a number were dropped meanwhile."""
        if self.behind and not self.catching_up:
            self.recovery = asyncio.create_task(self.catch_up_later())

    async def catch_up_later(self) -> None:
        try:
            await self.catch_up(self.seq)
            if self.revoked:
                return
            await self.send(text_data=write(troubles.of(self.machine_id) or OVER))
            await self.send(text_data=write(audience.Polling(audience.is_polling(self.machine_id))))
        except Unavailable:
            await self.close(BUSY, "what was missed cannot be read now, come back later")

    async def send_trouble(self) -> None:
        """Send why the host is not being recorded, if that is so."""
        if trouble := troubles.of(self.machine_id):
            await self.send(text_data=write(trouble))
        if audience.is_polling(self.machine_id):
            await self.send(text_data=write(audience.Polling(True)))

    async def may_see(self) -> bool:
        return await READERS.run(find_host, self.scope["user"], self.machine_id) is not None


class Resync(msgspec.Struct, tag="resync"):
    """The only message of a page: it holds the state at ``seq``."""

    seq: int
