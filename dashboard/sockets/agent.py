"""The websocket of an agent: it sends frames, and each frame is acknowledged.

Handlers return fast and run one at a time per socket. Each access to the database is one method.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError, InterfaceError, transaction

from dashboard.database_errors import Unavailable, more_telling
from dashboard.models import AgentClaim, AgentToken
from dashboard.recording_trouble import OVER, troubles
from dashboard.sockets.agent_errors import Overtaken, Refusal, Revoked, outcome_of
from dashboard.sockets.broadcast import announce
from dashboard.sockets.origin import header
from dashboard.sockets.query import parse_hello, parse_interval, parse_query
from inspector.analysis.feed import from_history
from inspector.errors import Diverged, MalformedFrame
from inspector.facts.restrict import restrict
from inspector.history import hosts, record, snapshots
from inspector.protocol.frames import Ack, Diff, Frame, Heartbeat, Metrics, Reset, Welcome, encode, unpack
from inspector.protocol.schema import Hello, greet, spoken_with

log = logging.getLogger("isoscope.server")

HEAL_EVERY_S = 600.0
"""At most one reset is requested in this time; if it does not help, the fault is the server's."""


WRITERS = ThreadPoolExecutor(4, thread_name_prefix="isoscope-writer")
"""Threads that may wait for a database lock. Readers do not run on them."""


def writing(work: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function that writes to the database awaitable. It runs in :data:`WRITERS`; readers do not wait."""
    return database_sync_to_async(work, thread_sensitive=False, executor=WRITERS)


class AgentConsumer(AsyncWebsocketConsumer):
    """One agent. The server sends it acknowledgements only."""

    channel_layer_alias = None  # a channel layer that fails must not close the connection

    machine_id: str
    token_id: int
    holder: str | None = None  # of the claim to the host; None while this connection holds none
    hello = Hello.parse("", "")  # what the agent says of itself
    is_noted: bool = False  # whether that is stored with the host
    renewal: asyncio.Task[None] | None = None
    stored: bool = False  # whether this connection has stored anything
    healed_at = -HEAL_EVERY_S  # when a reset was last requested because checksums differed

    async def connect(self) -> None:
        query = parse_query(self.scope)
        self.machine_id = query.get("host", [""])[0]
        try:
            token = await self.find_token()
        except Unavailable as error:  # refused before it is accepted, the agent would take its token for wrong
            await self.accept()
            await self.fail(error)
            return
        if token is None:
            log.warning("an agent that says it is %r was turned away: its token is not valid", self.machine_id[:64])
            await self.close()
            return
        self.token_id = token.pk
        await self.accept()
        try:
            await self.begin(query)
        except (Revoked, Overtaken, *Unavailable) as error:
            await self.fail(error)

    async def begin(self, query: dict[str, list[str]]) -> None:
        """Claim the host, and acknowledge the last frame that is stored.

        :raises Revoked: the token is bound to another host.
        :raises Overtaken: another agent holds the claim.
        """
        self.hello = parse_hello(query)
        name, interval_s = query.get("agent", [""])[0][:64], parse_interval(query)
        seq = await writing(self.enter)(name, interval_s)
        self.renewal = asyncio.create_task(self.keep_claim())
        await self.answer(greet(self.hello, seq))

    def enter(self, name: str, interval_s: float | None) -> int:
        """All that is written when an agent connects, in one transaction: many may come back at once.

        :return: the last frame that is stored.
        :raises Revoked: the token is bound to another host.
        :raises Overtaken: another agent holds the claim.
        """
        with transaction.atomic():
            if AgentToken.admit(self.token_text(), self.machine_id) is None:
                raise Revoked("the token speaks for another host")
            holder = AgentClaim.take(self.machine_id, name)
            if holder is None:
                log.warning(
                    "a second agent says it is %r: it was turned away, one is connected", self.machine_id[:64]
                )
                raise Overtaken
            hosts.begin_watch(self.machine_id, interval_s)
            self.is_noted = hosts.note_agent(self.machine_id, *self.hello)
            seq = snapshots.last_seq(self.machine_id)
        self.holder = holder
        return seq

    async def note_agent(self) -> None:
        """Store what the agent says of itself with its host, once there is one."""
        if not self.is_noted:
            self.is_noted = await writing(hosts.note_agent)(self.machine_id, *self.hello)

    async def disconnect(self, code: int) -> None:
        if self.renewal is not None:
            self.renewal.cancel()
        if self.holder is not None:
            with suppress(*Unavailable):  # the claim expires by itself
                await writing(AgentClaim.give_up)(self.machine_id, self.holder)

    async def keep_claim(self) -> None:
        """Renew the claim for as long as the connection lasts, even if the agent sends nothing."""
        held = True
        while held:
            await asyncio.sleep(AgentClaim.LASTS.total_seconds() / 3)
            with suppress(*Unavailable):  # if nothing can be written, nobody else can claim the host either
                held = await writing(AgentClaim.keep)(self.machine_id, self.holder)
        await self.fail(Overtaken())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Store one frame and acknowledge it."""
        try:
            ack = await self.store(await self.open(bytes_data or b""))
        except Exception as error:
            await self.fail(error)
        else:
            await self.answer(ack)

    async def fail(self, error: Exception) -> None:
        """Answer the frame that caused the error, or close the connection."""
        outcome = outcome_of(error)
        if isinstance(outcome, Refusal):
            await self.refuse(error, outcome)
            return
        match error:
            case DatabaseError() | InterfaceError():
                await self.report_trouble(error)
            case Revoked() | Overtaken():
                log.warning("the connection of an agent of %s ends: %s", self.machine_id, error)
            case _:
                log.error("a frame of %s met a fault of ours", self.machine_id, exc_info=error)
        await self.close(outcome.code, outcome.reason)

    async def refuse(self, error: Exception, refusal: Refusal) -> None:
        """Answer a frame that was not stored. The connection stays open."""
        self.log_refusal(error)
        if isinstance(error, Diverged):
            self.healed_at = time.monotonic()
        try:
            ack = Ack(await self.last_seq(), need=refusal.need, refused=refusal.refused)
        except Unavailable as failure:
            await self.fail(failure)
        else:
            await self.answer(ack)

    def log_refusal(self, error: Exception) -> None:
        """Log why a frame was not stored. :class:`OutOfStep` is not logged: it is expected after frames were lost."""
        if isinstance(error, Diverged):
            log.warning("history of %s differs from its agent; a reset is requested: %s", self.machine_id, error)
        elif isinstance(error, MalformedFrame):
            log.warning("a frame of %s was refused: %s", self.machine_id, error)

    async def report_trouble(self, error: DatabaseError | InterfaceError) -> None:
        """Tell the pages why recording fails. The agent keeps the frame and sends it again later."""
        known = troubles.of(self.machine_id) is not None
        told = await writing(more_telling)(error)
        trouble = troubles.meet(self.machine_id, told)
        log.log(logging.DEBUG if known else logging.ERROR, "%s: %s (%s)", self.machine_id, trouble.text, told)
        await announce(self.machine_id, trouble)

    async def resume(self) -> None:
        """Announce that recording works again, in this process or another."""
        if troubles.end(self.machine_id) or not self.stored:
            self.stored = True
            await announce(self.machine_id, OVER)

    async def store(self, frame: Frame) -> Ack:
        """Store the frame, announce it to the pages, and return the acknowledgement."""
        match frame:
            case Metrics():
                await announce(self.machine_id, frame)
                return Ack(await self.last_seq())
            case Heartbeat():
                return await self.store_heartbeat(frame)
        return await self.store_changes(frame)

    async def store_heartbeat(self, frame: Heartbeat) -> Ack:
        beat: Heartbeat = await writing(record.beat)(self.machine_id, frame, verify=self.verifies())
        await announce(self.machine_id, beat)
        await self.resume()
        return Ack(await self.last_seq())

    async def store_changes(self, frame: Reset | Diff) -> Ack:
        recorded: record.Recorded = await writing(record.record)(frame, verify=self.verifies())
        if not recorded.agrees:
            log.error("history of %s at %d differs from what its agent saw", self.machine_id, recorded.seq)
        await self.note_agent()
        if recorded.diff is not None:
            await announce(self.machine_id, recorded.diff)
            await self.announce_feed(recorded.diff)
        await self.resume()
        return Ack(recorded.seq)

    def verifies(self) -> bool:
        """Whether a wrong checksum causes a request for a reset."""
        return time.monotonic() - self.healed_at > HEAL_EVERY_S

    async def announce_feed(self, diff: Diff) -> None:
        """Announce new entries of the feed. The frame is already stored; a failure here is only logged."""
        try:
            entries = await database_sync_to_async(from_history.tell_diff, thread_sensitive=False)(diff)
        except Exception:
            log.exception("the feed of %s could not be made at %d", self.machine_id, diff.seq)
        else:
            if entries is not None:
                await announce(self.machine_id, entries)

    async def answer(self, ack: Ack | Welcome) -> None:
        spoken = restrict(ack, spoken_with(self.hello.schema))
        await self.send(text_data=encode(spoken).decode())

    def token_text(self) -> str:
        scheme, _, text = header(self.scope, b"authorization").partition(" ")
        return text if scheme.lower() == "bearer" else ""

    async def find_token(self) -> AgentToken | None:
        if not self.machine_id:
            return None
        find = database_sync_to_async(AgentToken.find, thread_sensitive=False)  # no thread is shared with pages
        token: AgentToken | None = await find(self.token_text(), self.machine_id)
        return token

    @database_sync_to_async
    def last_seq(self) -> int:
        return snapshots.last_seq(self.machine_id)

    async def open(self, data: bytes) -> Frame:
        """Decompress and validate a frame outside the event loop."""
        return await database_sync_to_async(self.validate, thread_sensitive=False)(data)

    def validate(self, data: bytes) -> Frame:
        """Check that the agent may speak for this host, and decode the frame.

        :raises Revoked: the token is no longer valid.
        :raises Overtaken: another connection holds the claim.
        :raises MalformedFrame: the frame is malformed, or of another host.
        """
        if not AgentToken.holds(self.token_id, self.machine_id):
            raise Revoked("the token is no longer valid")
        if not AgentClaim.holds(self.machine_id, self.holder or ""):
            raise Overtaken
        frame = unpack(data)
        if isinstance(frame, Reset | Diff) and frame.host != self.machine_id:
            raise MalformedFrame("the frame is of another host than the token speaks for")
        return frame
