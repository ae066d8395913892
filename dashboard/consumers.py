"""The two ends of the stream: :class:`AgentConsumer` takes frames in, :class:`PageConsumer` hands changes out.

Handlers return fast and run one at a time per socket; whatever touches the database is one method each.
"""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import parse_qs

import msgspec
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError

from dashboard.access import find_host, still_sees
from dashboard.live import announce, group_of
from dashboard.models import AgentToken
from dashboard.origin import header
from inspector import history, hosts
from inspector.errors import MalformedFrame, NoSuchSnapshot, OutOfStep
from inspector.frames import Ack, Diff, Frame, Heartbeat, Metrics, Reset, encode, unpack
from inspector.moments import format_instant

log = logging.getLogger("isoscope.server")

REVOKED, BUSY = 4401, 4503  # close codes of ours, see docs/protocol.md


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

    machine_id: str
    token_id: int

    async def connect(self) -> None:
        query = parse_qs(self.scope["query_string"].decode("latin1"))
        self.machine_id = query.get("host", [""])[0]
        scheme, _, token = header(self.scope, b"authorization").partition(" ")
        admitted = await self.admit(token) if scheme.lower() == "bearer" and self.machine_id else None
        if admitted is None:
            log.warning("an agent that says it is %r was turned away: its token is not valid", self.machine_id[:64])
            await self.close()
            return
        self.token_id = admitted.pk
        await self.accept()
        await self.begin(parse_interval(query))
        await self.answer(Ack(await self.last_seq()))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        try:
            await self.answer(await self.take(bytes_data or b""))
        except PermissionError as error:
            await self.close(REVOKED, str(error))
        except DatabaseError:
            log.exception("a frame of %s could not be stored; the agent keeps it", self.machine_id)
            await self.close(BUSY, "the frame could not be stored, try again later")

    async def take(self, data: bytes) -> Ack:
        """One frame, from the door to the pages; the answer says how far history has come."""
        try:
            frame = await self.open(data)
            return await self.keep(frame)
        except MalformedFrame as error:
            log.warning("a frame of %s was refused: %s", self.machine_id, error)
            return Ack(await self.last_seq(), refused=str(error)[:500])
        except OutOfStep:
            return Ack(await self.last_seq(), need="reset")
        except (DatabaseError, PermissionError):
            raise
        except Exception as error:
            log.exception("a frame of %s met a fault of ours", self.machine_id)
            return Ack(await self.last_seq(), refused=f"the server met a fault of its own: {type(error).__name__}")

    async def keep(self, frame: Frame) -> Ack:
        """Store the frame, tell the pages, answer."""
        if isinstance(frame, Metrics):
            await announce(self.machine_id, frame)
            return Ack(await self.last_seq())
        if isinstance(frame, Heartbeat):
            await self.beat(frame)
            await announce(self.machine_id, frame)
            return Ack(await self.last_seq())
        recorded = await self.record(frame)
        if recorded.diff is not None:
            await announce(self.machine_id, recorded.diff)
        return Ack(recorded.seq)

    async def answer(self, ack: Ack) -> None:
        await self.send(text_data=encode(ack).decode())

    @database_sync_to_async
    def admit(self, token: str) -> AgentToken | None:
        return AgentToken.admit(token, self.machine_id)

    @database_sync_to_async
    def last_seq(self) -> int:
        return history.last_seq(self.machine_id)

    async def open(self, data: bytes) -> Frame:
        """Inflate and validate beside the event loop; check that the agent speaks for this host."""
        return await database_sync_to_async(self.validate, thread_sensitive=False)(data)

    def validate(self, data: bytes) -> Frame:
        if not AgentToken.holds(self.token_id, self.machine_id):
            raise PermissionError("the token is no longer valid")
        frame = unpack(data)
        if isinstance(frame, Reset | Diff) and frame.host != self.machine_id:
            raise MalformedFrame("the frame is of another host than the token speaks for")
        return frame

    async def record(self, frame: Reset | Diff) -> history.Recorded:
        return await database_sync_to_async(history.record, thread_sensitive=False)(frame)

    @database_sync_to_async
    def begin(self, interval_s: float | None) -> None:
        hosts.begin_watch(self.machine_id, interval_s)

    async def beat(self, frame: Heartbeat) -> None:
        await database_sync_to_async(history.beat, thread_sensitive=False)(self.machine_id, frame)


class PageConsumer(AsyncWebsocketConsumer):
    """One open page, watching one host."""

    machine_id: str

    async def connect(self) -> None:
        self.machine_id = self.scope["url_route"]["kwargs"]["machine_id"]
        if not await self.may_see():
            await self.close()
            return
        await self.channel_layer.group_add(group_of(self.machine_id), self.channel_name)
        await self.accept()
        await self.catch_up(parse_number(self.scope, "seq"))

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(group_of(self.machine_id), self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """A page says one thing only: which ``seq`` it is at, when a message did not fit."""
        try:
            request = msgspec.json.decode(text_data or "", type=Resync)
        except msgspec.DecodeError:
            await self.close(4400, "not of the protocol")
            return
        await self.catch_up(request.seq)

    async def host_message(self, event: dict[str, Any]) -> None:
        """Pass on what was announced; with every heartbeat, ask again whether this user may see it."""
        if event["kind"] == "Heartbeat" and not await self.still_sees():
            await self.close(REVOKED, "signed out, or no longer allowed to see this host")
            return
        await self.send(text_data=event["text"])

    async def catch_up(self, seq: int) -> None:
        """What the page missed since ``seq``, as one message."""
        await self.send(text_data=encode(await self.missed(seq)).decode())

    @database_sync_to_async
    def may_see(self) -> bool:
        return find_host(self.scope["user"], self.machine_id) is not None

    @database_sync_to_async
    def still_sees(self) -> bool:
        return still_sees(self.scope["session"].session_key, self.machine_id)

    async def missed(self, seq: int) -> msgspec.Struct:
        return await database_sync_to_async(missed_since, thread_sensitive=False)(self.machine_id, seq)


class Resync(msgspec.Struct, tag="resync", forbid_unknown_fields=True):
    """The page's only message: what it holds is the state at ``seq``."""

    seq: int


class FetchAgain(msgspec.Struct, tag="reset"):
    """The server's word to a page whose state cannot be mended by a diff."""

    seq: int


MOST_MISSED = 5000  # facts; beyond that a fresh state is cheaper than a diff


def missed_since(machine_id: str, seq: int) -> msgspec.Struct:
    """A heartbeat where nothing was missed, a diff where little was, the word to fetch again where much was."""
    host = hosts.get(machine_id)
    if seq == host.last_seq:
        return Heartbeat(seq, format_instant(host.taken_at))
    try:
        missed = history.diff_between(host, seq, host.last_seq)
    except NoSuchSnapshot:
        return FetchAgain(host.last_seq)
    return missed if len(missed) <= MOST_MISSED else FetchAgain(host.last_seq)
