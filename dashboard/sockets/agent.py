"""The two ends of the stream: :class:`AgentConsumer` takes frames in, :class:`PageConsumer` hands changes out.

Handlers return fast and run one at a time per socket; whatever touches the database is one method each.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError

from dashboard.models import AgentClaim, AgentToken
from dashboard.recording_trouble import OVER, troubles
from dashboard.sockets.broadcast import announce
from dashboard.sockets.origin import header
from inspector.analysis.feed import from_history as chronicle
from inspector.errors import Diverged, MalformedFrame, OutOfStep
from inspector.history import hosts, record, snapshots
from inspector.protocol.close_codes import BUSY, REVOKED, TAKEN
from inspector.protocol.frames import Ack, Diff, Frame, Heartbeat, Metrics, Reset, encode, unpack

log = logging.getLogger("isoscope.server")

HEAL_EVERY_S = 600.0
"""Where a whole state does not make history agree with its agent the fault is ours; asking on would not mend it."""


WRITERS = ThreadPoolExecutor(4, thread_name_prefix="isoscope-writer")
"""Threads that may wait for a lock of the database; nothing that only reads runs on them."""


def writing(work: Callable[..., Any]) -> Callable[..., Any]:
    """A function that writes to the database, to be awaited; it runs where its waiting hinders no reader."""
    return database_sync_to_async(work, thread_sensitive=False, executor=WRITERS)


def parse_interval(query: dict[str, list[str]]) -> float | None:
    """How often the agent says it looks, in seconds; ``None`` where it does not say, or nothing sensible."""
    try:
        seconds = float(query.get("interval", [""])[0])
    except ValueError:
        return None
    return seconds if 0.1 <= seconds <= 86400 else None


def parse_number(scope: dict[str, Any], name: str) -> int:
    """A whole number from the query, 0 where there is none."""
    values = parse_qs(scope["query_string"].decode("latin1")).get(name, ["0"])
    return int(values[0]) if values[0].isdecimal() and len(values[0]) < 19 else 0


class AgentConsumer(AsyncWebsocketConsumer):
    """One agent. It is told nothing but how far history has come."""

    channel_layer_alias = None  # nothing is sent to one consumer; a layer that is away must not end it

    machine_id: str
    token_id: int
    holder: str | None = None  # of the claim to the host
    keeping: asyncio.Task[None] | None = None
    stored: bool = False  # whether anything was, over this connection
    healed_at = -HEAL_EVERY_S  # when the whole state was last asked for because checksums differed

    async def connect(self) -> None:
        query = parse_qs(self.scope["query_string"].decode("latin1"))
        self.machine_id = query.get("host", [""])[0]
        token = await self.find_token()
        if token is None:
            log.warning("an agent that says it is %r was turned away: its token is not valid", self.machine_id[:64])
            await self.close()
            return
        self.token_id = token.pk
        await self.accept()
        try:
            await self.begin(query)
        except DatabaseError as error:
            await self.interrupt(error)

    async def begin(self, query: dict[str, list[str]]) -> None:
        """Take the host over, and say how far its history has come."""
        if await writing(AgentToken.admit)(self.token_text(), self.machine_id) is None:
            await self.close(REVOKED, "the token speaks for another host")
            return
        self.holder = await writing(AgentClaim.take)(self.machine_id, query.get("agent", [""])[0][:64])
        if self.holder is None:
            log.warning("a second agent says it is %r: it was turned away, one is connected", self.machine_id[:64])
            await self.close(TAKEN, "another agent speaks for this host")
            return
        self.keeping = asyncio.create_task(self.keep_claim())
        await writing(hosts.begin_watch)(self.machine_id, parse_interval(query))
        await self.answer(Ack(await self.last_seq()))

    async def disconnect(self, code: int) -> None:
        if self.keeping is not None:
            self.keeping.cancel()
        if self.holder is not None:
            with suppress(DatabaseError):  # the claim then ends by itself
                await writing(AgentClaim.give_up)(self.machine_id, self.holder)

    async def keep_claim(self) -> None:
        """Hold the host for as long as the connection lasts, however seldom the agent speaks."""
        held = True
        while held:
            await asyncio.sleep(AgentClaim.LASTS.total_seconds() / 3)
            with suppress(DatabaseError):  # while nothing can be written nobody else can take the host either
                held = await writing(AgentClaim.keep)(self.machine_id, self.holder)
        await self.end(Overtaken())

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        try:
            ack = await self.take(bytes_data or b"")
        except (PermissionError, Overtaken) as error:
            await self.end(error)
        except DatabaseError as error:
            await self.interrupt(error)
        except ServerFault:
            await self.close(BUSY, "the server met a fault of its own, try again later")
        else:
            await self.answer(ack)

    async def end(self, error: Exception) -> None:
        """This agent has no longer the right to speak for the host."""
        log.warning("the connection of an agent of %s ends: %s", self.machine_id, error)
        await self.close(TAKEN if isinstance(error, Overtaken) else REVOKED, str(error))

    async def interrupt(self, error: DatabaseError) -> None:
        """What came cannot be stored: the agent keeps it and comes back, the pages are told why."""
        known = troubles.of(self.machine_id) is not None
        trouble = troubles.meet(self.machine_id, error)
        log.log(logging.DEBUG if known else logging.ERROR, "%s: %s (%s)", self.machine_id, trouble.text, error)
        await announce(self.machine_id, trouble)
        await self.close(BUSY, "the frame could not be stored, try again later")

    async def resume(self) -> None:
        """Something was stored: whatever trouble there was, here or in another server process, is over."""
        if troubles.end(self.machine_id) or not self.stored:
            self.stored = True
            await announce(self.machine_id, OVER)

    async def take(self, data: bytes) -> Ack:
        """One frame, from the door to the pages; the answer says how far history has come."""
        try:
            frame = await self.open(data)
            return await self.keep(frame)
        except MalformedFrame as error:
            log.warning("a frame of %s was refused: %s", self.machine_id, error)
            return Ack(await self.last_seq(), refused=str(error)[:500])
        except Diverged as error:
            log.warning("history of %s has drifted from its agent, and is healed: %s", self.machine_id, error)
            self.healed_at = time.monotonic()
            return Ack(await self.last_seq(), need="reset")
        except OutOfStep:
            return Ack(await self.last_seq(), need="reset")
        except (DatabaseError, PermissionError, Overtaken):
            raise
        except Exception as error:
            log.exception("a frame of %s met a fault of ours", self.machine_id)
            raise ServerFault from error

    async def keep(self, frame: Frame) -> Ack:
        """Store the frame, tell the pages, answer."""
        if isinstance(frame, Metrics):
            await announce(self.machine_id, frame)
            return Ack(await self.last_seq())
        if isinstance(frame, Heartbeat):
            beat: Heartbeat = await writing(record.beat)(self.machine_id, frame, verify=self.verifies())
            await announce(self.machine_id, beat)
            await self.resume()
            return Ack(await self.last_seq())
        recorded: record.Recorded = await writing(record.record)(frame, verify=self.verifies())
        if not recorded.agrees:
            log.error("history of %s does not hold at %d what its agent saw", self.machine_id, recorded.seq)
        if recorded.diff is not None:
            await announce(self.machine_id, recorded.diff)
            await self.tell(recorded.diff)
        await self.resume()
        return Ack(recorded.seq)

    def verifies(self) -> bool:
        """Whether a checksum that differs is answered by asking for the whole state."""
        return time.monotonic() - self.healed_at > HEAL_EVERY_S

    async def tell(self, diff: Diff) -> None:
        """Say in the pages' feed what happened. The frame is stored already, whatever comes of this."""
        try:
            feed = await database_sync_to_async(chronicle.tell_diff, thread_sensitive=False)(diff)
        except Exception:
            log.exception("what happened at %d on %s could not be told", diff.seq, self.machine_id)
        else:
            if feed is not None:
                await announce(self.machine_id, feed)

    async def answer(self, ack: Ack) -> None:
        await self.send(text_data=encode(ack).decode())

    def token_text(self) -> str:
        scheme, _, text = header(self.scope, b"authorization").partition(" ")
        return text if scheme.lower() == "bearer" else ""

    @database_sync_to_async
    def find_token(self) -> AgentToken | None:
        return AgentToken.find(self.token_text(), self.machine_id) if self.machine_id else None

    @database_sync_to_async
    def last_seq(self) -> int:
        return snapshots.last_seq(self.machine_id)

    async def open(self, data: bytes) -> Frame:
        """Inflate and validate beside the event loop; check that the agent speaks for this host."""
        return await database_sync_to_async(self.validate, thread_sensitive=False)(data)

    def validate(self, data: bytes) -> Frame:
        if not AgentToken.holds(self.token_id, self.machine_id):
            raise PermissionError("the token is no longer valid")
        if not AgentClaim.holds(self.machine_id, self.holder or ""):
            raise Overtaken
        frame = unpack(data)
        if isinstance(frame, Reset | Diff) and frame.host != self.machine_id:
            raise MalformedFrame("the frame is of another host than the token speaks for")
        return frame


class ServerFault(Exception):
    """A frame met a fault of ours: the agent keeps it, and comes back."""


class Overtaken(Exception):
    """Another connection speaks for the host now."""

    def __str__(self) -> str:
        return "another agent speaks for this host"
