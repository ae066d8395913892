"""One open page: what was announced of its host goes out to it, and where it fell behind, what it missed."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from typing import Final

import msgspec
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError

from dashboard.accounts.access import find_host
from dashboard.recording_trouble import troubles
from dashboard.sockets import audience
from dashboard.sockets.agent import parse_number
from dashboard.sockets.backpressure import Line, line_of
from dashboard.sockets.broadcast import FetchAgain, write
from inspector.errors import NoSuchSnapshot
from inspector.facts.moments import format_instant
from inspector.history import hosts
from inspector.history.states import diff_between
from inspector.models import Snapshot
from inspector.protocol.close_codes import BUSY, CROWDED, FOREIGN, REVOKED
from inspector.protocol.frames import Diff, Heartbeat

MOST_PAGES: Final = 50
"""So many pages one person may have open at one server process."""

MOST_ASKED, ASKED_WITHIN_S = 20, 10.0
"""So often a page may say within so many seconds that it missed something."""

MOST_MISSED: Final = 5000
"""Facts; beyond that a fresh state is cheaper than a diff."""

pages_of: Final[Counter[int]] = Counter()
"""How many pages each person has open here."""


class PageConsumer(AsyncWebsocketConsumer):
    """One open page, watching one host.

    A page that is *behind* gets nothing of what is announced, but is brought up to date afterwards: at the beginning,
    and while its :class:`~dashboard.sockets.backpressure.Line` is full because it does not read.
    """

    channel_layer_alias = None  # its audience hears for all of them
    machine_id: str
    user_id: int | None = None  # whose page it is, once it is let in
    line: Line | None = None
    seq = 0  # the state that the page holds once everything sent has arrived
    behind = True
    missed = False  # something was announced meanwhile
    catching_up = False
    returning: asyncio.Task[None] | None = None

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
        self.line = line_of(self.scope)
        if self.line is not None:
            self.line.on_room = self.return_soon
        await audience.join(self, self.machine_id)
        await self.catch_up(parse_number(self.scope, "seq"))
        await self.say_trouble()

    async def disconnect(self, code: int) -> None:
        if self.user_id is None:
            return
        pages_of[self.user_id] -= 1
        if self.returning is not None:
            self.returning.cancel()
        await audience.leave(self, self.machine_id)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """A page says one thing only: which ``seq`` it is at, when a message did not fit."""
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

    async def hear(self, said: audience.Announced) -> None:
        """Pass on what was announced, unless the page is behind."""
        self.behind = self.behind or self.is_full()
        if self.behind:
            self.missed = self.missed or said.seq is not None
            return
        if self.line is not None:
            self.line.send(said.frame)
        else:
            await self.send(text_data=said.text)
        self.seq = max(self.seq, said.seq or 0)

    async def recover(self) -> None:
        self.behind = True
        self.return_soon()

    async def turn_away(self) -> None:
        await self.close(REVOKED, "signed out, or no longer allowed to see this host")

    def is_full(self) -> bool:
        return self.line is not None and self.line.full

    async def catch_up(self, seq: int) -> None:
        """Send what the page missed since ``seq`` as one message, and once more what was announced meanwhile."""
        self.seq, self.behind, self.missed = seq, True, True
        if self.catching_up:
            return
        self.catching_up = True
        try:
            while self.missed and not self.is_full():
                self.missed = False
                await self.send_missed(self.seq)
        finally:
            self.catching_up = False
        self.behind = self.is_full()

    async def send_missed(self, seq: int) -> None:
        message = await database_sync_to_async(missed_since, thread_sensitive=False)(self.machine_id, seq)
        if self.seq == seq:  # else the page said meanwhile that it is elsewhere
            await self.send(text_data=write(message))
            self.seq = message.seq

    def return_soon(self) -> None:
        """There is room again on the line."""
        if self.behind and not self.catching_up:
            self.returning = asyncio.create_task(self.return_from_behind())

    async def return_from_behind(self) -> None:
        try:
            await self.catch_up(self.seq)
            await self.say_trouble()
        except DatabaseError:
            await self.close(BUSY, "what was missed cannot be read now, come back later")

    async def say_trouble(self) -> None:
        """Say what keeps this host from being recorded, if anything does."""
        if trouble := troubles.of(self.machine_id):
            await self.send(text_data=write(trouble))

    @database_sync_to_async
    def may_see(self) -> bool:
        return find_host(self.scope["user"], self.machine_id) is not None


class Resync(msgspec.Struct, tag="resync", forbid_unknown_fields=True):
    """The page's only message: what it holds is the state at ``seq``."""

    seq: int


def missed_since(machine_id: str, seq: int) -> Heartbeat | Diff | FetchAgain:
    """A heartbeat where nothing was missed, a diff where little was, the word to fetch again where much was."""
    host = hosts.get(machine_id)
    if seq == host.last_seq:
        return Heartbeat(seq, format_instant(host.taken_at), host.checksum or None)
    if not Snapshot.objects.filter(host=host, seq=seq).exists():
        return FetchAgain(host.last_seq)  # dropped meanwhile: a diff from there would be one from before it
    try:
        missed = diff_between(host, seq, host.last_seq)
    except NoSuchSnapshot:
        return FetchAgain(host.last_seq)
    if len(missed) > MOST_MISSED:
        return FetchAgain(host.last_seq)
    return msgspec.structs.replace(missed, checksum=host.checksum or None)
