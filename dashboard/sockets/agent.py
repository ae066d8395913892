"""The websocket of an agent: it sends frames, and each frame is acknowledged.

Handlers return fast and run one at a time per socket. Each access to the database is one method.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress

import msgspec
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError, InterfaceError, transaction

from dashboard import counters, usage
from dashboard.alerts import teller
from dashboard.database_errors import Unavailable, more_telling
from dashboard.models import AgentClaim, AgentToken, SpokenFor
from dashboard.recording_trouble import OVER, troubles
from dashboard.sockets.agent_errors import Overtaken, Refusal, Revoked, outcome_of
from dashboard.sockets.backpressure import input_buffer_of
from dashboard.sockets.broadcast import announce
from dashboard.sockets.database_threads import READERS, WRITERS
from dashboard.sockets.intake import Outcome, Sender, take_in
from dashboard.sockets.origin import header
from dashboard.sockets.query import parse_hello, parse_interval, parse_query
from inspector.analysis.feed import live as feed
from inspector.analysis.feed.entries import Feed
from inspector.errors import Diverged, MalformedFrame
from inspector.facts.restrict import restrict
from inspector.facts.types import is_machine_id
from inspector.history import hosts, snapshots
from inspector.history.states import container_ids
from inspector.history.vitals.recording import Recorder
from inspector.protocol.frames import Ack, Heartbeat, Metrics, Welcome, encode
from inspector.protocol.schema import Hello, greet, spoken_with

log = logging.getLogger("isoscope.server")

HEAL_EVERY_S = 600.0
"""At most one reset is requested in this time; if it does not help, the fault is the server's."""


class AgentConsumer(AsyncWebsocketConsumer):
    """One agent. The server sends it acknowledgements only."""

    channel_layer_alias = None  # a channel layer that fails must not close the connection

    machine_id: str
    token_id: int
    holder: str | None = None  # of the claim to the host; None while this connection holds none
    hello = Hello.parse("", "")  # version and schema of the agent
    is_noted: bool = False  # whether they are stored with the host
    renewal: asyncio.Task[None] | None = None
    seq = 0  # up to which history holds everything, as last acknowledged
    stored: bool = False  # whether this connection has stored anything
    known: frozenset[str] = frozenset()  # the containers of the state at ``known_at``
    known_at = -1
    vitals: Recorder  # of what this connection reports
    healed_at = -HEAL_EVERY_S  # when a reset was last requested because checksums differed

    async def connect(self) -> None:
        query = parse_query(self.scope)
        self.machine_id = query.get("host", [""])[0]
        if not is_machine_id(self.machine_id):
            log.warning("an agent was turned away: %r is no machine id", self.machine_id[:64])
            await self.close()
            return
        try:
            token = await self.find_token()
        except Unavailable as error:  # a refusal before the accept would look like a wrong token
            await self.accept()
            await self.fail(error)
            return
        if token is None:
            log.warning("an agent that says it is %r was refused: its token is not valid", self.machine_id[:64])
            await self.close()
            return
        self.token_id = token.pk
        self.vitals = Recorder(self.machine_id)
        await self.accept()
        try:
            await self.begin(query)
        except SpokenFor as error:
            with suppress(*Unavailable):
                await WRITERS.run(error.token.note_refusal, self.machine_id)
            await self.fail(error)
        except (Revoked, Overtaken, *Unavailable) as error:
            await self.fail(error)

    async def begin(self, query: dict[str, list[str]]) -> None:
        """Claim the host, and acknowledge the last frame that is stored.

        :raises Revoked: the token is bound to another host.
        :raises SpokenFor: the token is bound to none, and another one to this host.
        :raises Overtaken: another agent holds the claim.
        """
        self.hello = parse_hello(query)
        name, interval_s = query.get("agent", [""])[0][:64], parse_interval(query)
        seq = await WRITERS.run(self.enter, name, interval_s)
        counters.AGENTS.inc()
        self.renewal = asyncio.create_task(self.keep_claim())
        await self.answer(greet(self.hello, seq))

    def enter(self, name: str, interval_s: float | None) -> int:
        """All that is written when an agent connects, in one transaction: many may come back at once.

        :return: the last frame that is stored.
        :raises Revoked: the token is bound to another host.
        :raises SpokenFor: the token is bound to none, and another one to this host.
        :raises Overtaken: another agent holds the claim.
        """
        with transaction.atomic():
            token = AgentToken.admit(self.token_text(), self.machine_id)
            if token is None:
                raise Revoked("the token speaks for another host")
            holder = AgentClaim.take(self.machine_id, name)
            if holder is None:
                log.warning("a second agent says it is %r: it was refused, one is connected", self.machine_id[:64])
                raise Overtaken
            if not token.machine_id and token.is_rivalled(self.machine_id):  # one that came at the same time
                raise SpokenFor(token)
            hosts.begin_watch(self.machine_id, interval_s)
            self.is_noted = hosts.note_agent(self.machine_id, *self.hello)
            seq = snapshots.last_seq(self.machine_id)
        self.holder = holder
        return seq

    def note_agent(self) -> None:
        """Store the agent's version and schema with its host, once there is one."""
        if not self.is_noted:
            self.is_noted = hosts.note_agent(self.machine_id, *self.hello)

    async def disconnect(self, code: int) -> None:
        if self.renewal is not None:
            self.renewal.cancel()
            counters.AGENTS.dec()
            usage.latest.forget(self.machine_id)
        if self.holder is not None:
            with suppress(*Unavailable):
                await WRITERS.run(self.vitals.store)
            with suppress(*Unavailable):  # the claim expires by itself
                await WRITERS.run(AgentClaim.give_up, self.machine_id, self.holder)

    async def keep_claim(self) -> None:
        """Renew the claim for as long as the connection lasts, even if the agent sends nothing."""
        while True:
            await asyncio.sleep(AgentClaim.LASTS.total_seconds() / 3)
            try:
                await WRITERS.run(self.renew_claim)
            except Unavailable:
                continue  # if nothing can be written, nobody else can claim the host either
            except (Revoked, Overtaken) as error:
                await self.fail(error)
                return

    def renew_claim(self) -> None:
        """:raises Revoked: the token is no longer valid. :raises Overtaken: another connection holds the claim."""
        if not AgentToken.holds(self.token_id, self.machine_id):
            raise Revoked("the token is no longer valid")
        if not AgentClaim.keep(self.machine_id, self.holder or ""):
            raise Overtaken

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Store a message and acknowledge it; then announce it to the pages."""
        try:
            await self.take(bytes_data or b"")
        finally:
            if (buffer := input_buffer_of(self.scope)) is not None:
                buffer.handled()

    async def take(self, data: bytes) -> None:
        try:
            outcome: Outcome = await WRITERS.run(self.handle, data)
            if outcome.refused is None:
                await self.answer(Ack(outcome.seq))
        except Exception as error:
            await self.fail(error)
            return
        await self.announce(outcome)
        if outcome.refused is not None:
            await self.fail(outcome.refused)

    def handle(self, data: bytes) -> Outcome:
        """Validate a message and store it."""
        sender = Sender(self.machine_id, self.token_id, self.holder or "")
        with counters.measured():
            outcome = take_in(sender, data, self.verifies())
        counters.FRAMES.labels(kind_of(outcome)).inc()
        counters.SNAPSHOTS.inc(len(outcome.stored))
        if isinstance(outcome.message, Metrics):
            known = self.of_known(outcome.message)
            usage.latest.note(self.machine_id, known.containers)
            with suppress(*Unavailable):  # means are not worth a connection
                self.vitals.take(known)
            return outcome._replace(seq=self.seq, message=known)
        if outcome.stored:
            self.note_agent()
        return outcome

    def of_known(self, metrics: Metrics) -> Metrics:
        """The metrics of those containers that the state holds: pages get no others."""
        if self.known_at != self.seq:
            self.known, self.known_at = container_ids(self.machine_id), self.seq
        held = {key: usage for key, usage in metrics.containers.items() if key in self.known}
        return msgspec.structs.replace(metrics, containers=held)

    async def fail(self, error: Exception) -> None:
        """Answer the frame that caused the error, or close the connection."""
        outcome = outcome_of(error)
        counters.REFUSED.labels(type(error).__name__).inc()
        if isinstance(outcome, Refusal):
            await self.refuse(error, outcome)
            return
        match error:
            case DatabaseError() | InterfaceError():
                await self.report_trouble(error)
            case Revoked() | Overtaken() | SpokenFor():
                log.warning("the connection of an agent of %s ends: %s", self.machine_id, error)
            case _:
                log.error("a frame of %s caused an internal error", self.machine_id, exc_info=error)
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
        told = await READERS.run(more_telling, error)
        trouble = troubles.meet(self.machine_id, told)
        log.log(logging.DEBUG if known else logging.ERROR, "%s: %s (%s)", self.machine_id, trouble.text, told)
        await announce(self.machine_id, trouble)

    async def resume(self) -> None:
        """Announce that recording works again, in this process or another."""
        if troubles.end(self.machine_id) or not self.stored:
            self.stored = True
            await announce(self.machine_id, OVER)

    async def announce(self, outcome: Outcome) -> None:
        """Tell the pages what was stored."""
        for recorded in outcome.stored:
            if not recorded.agrees:
                log.error("history of %s at %d differs from what its agent saw", self.machine_id, recorded.seq)
        if outcome.message is not None:
            await announce(self.machine_id, outcome.message)
        if outcome.stored:
            await self.announce_feed(outcome)
        if not isinstance(outcome.message, Metrics):
            await self.resume()

    def verifies(self) -> bool:
        """Whether a wrong checksum causes a request for a reset."""
        return time.monotonic() - self.healed_at > HEAL_EVERY_S

    async def announce_feed(self, outcome: Outcome) -> None:
        """Announce new entries of the feed. The frames are already stored; a failure here is only logged."""
        feeds: Sequence[Feed] | None = outcome.feeds
        try:
            if feeds is None:
                feeds = await READERS.run(feed.feeds_of, outcome.stored)
        except Exception:
            log.exception("the feed of %s could not be made at %d", self.machine_id, outcome.seq)
        else:
            for entries in feeds:
                teller.hear(self.machine_id, entries.entries)
                await announce(self.machine_id, entries)

    async def answer(self, ack: Ack | Welcome) -> None:
        self.seq = ack.seq
        spoken = restrict(ack, spoken_with(self.hello.schema))
        await self.send(text_data=encode(spoken).decode())

    def token_text(self) -> str:
        scheme, _, text = header(self.scope, b"authorization").partition(" ")
        return text if scheme.lower() == "bearer" else ""

    async def find_token(self) -> AgentToken | None:
        return await READERS.run(AgentToken.find, self.token_text(), self.machine_id) if self.machine_id else None

    async def last_seq(self) -> int:
        return await READERS.run(snapshots.last_seq, self.machine_id)


def kind_of(outcome: Outcome) -> str:
    """What a message of an agent was, as it is counted."""
    match outcome.message:
        case Metrics():
            return "usage"
        case Heartbeat():
            return "heartbeat"
    return "changes"
