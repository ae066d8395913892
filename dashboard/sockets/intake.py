"""A message of an agent is validated and stored: here, or, where it is large, in a worker process."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import reduce
from typing import Final, NamedTuple

import msgspec

from dashboard.models import AgentClaim, AgentToken
from dashboard.sockets.agent_errors import Overtaken, Revoked
from dashboard.sockets.broadcast import FetchAgain, fits
from dashboard.workers import worker
from dashboard.workers.worker import WorkerDied
from inspector.analysis.feed import live
from inspector.analysis.feed.entries import Feed
from inspector.errors import MalformedFrame
from inspector.history import record
from inspector.protocol.frames import Batch, Diff, Frame, Heartbeat, Metrics, Reset, merge_diffs, unpack

LARGE: Final = 2**20
"""Bytes of an inflated message from which a worker stores it: some 1,500 processes."""


class Sender(NamedTuple):
    """Whose message it is: the host, the token and the holder of the claim."""

    machine_id: str
    token: int
    holder: str


class Outcome(NamedTuple):
    """The result of an agent's message: the newest seq, the messages for the pages, and what was refused.

    ``feeds`` are the entries of what was stored; ``None``: they are still to be made.
    """

    seq: int = 0
    message: Heartbeat | Diff | Metrics | FetchAgain | None = None
    stored: tuple[record.Recorded, ...] = ()
    refused: record.Refused = None
    feeds: tuple[Feed, ...] | None = None


def take_in(sender: Sender, data: bytes, verify: bool) -> Outcome:
    """Validate a message and store it, in a worker where it is large.

    :raises Revoked, Overtaken, MalformedFrame: as :func:`check_sender` and :func:`unpack_of`.
    """
    check_sender(sender)
    if not is_large(data):
        return store(sender, data, verify)
    try:
        return worker.pieces.run(store_large, sender, data, verify)
    except (WorkerDied, MemoryError) as error:
        raise MalformedFrame(f"the frame could not be stored: {error or 'it takes too much memory'}") from error


def is_large(data: bytes) -> bool:
    """Whether a deflated message holds more than :data:`LARGE` bytes; a malformed one is not large."""
    try:
        return len(zlib.decompressobj().decompress(data, LARGE + 1)) > LARGE
    except zlib.error:
        return False


def check_sender(sender: Sender) -> None:
    """Check that the agent may speak for this host.

    :raises Revoked: the token is no longer valid.
    :raises Overtaken: another connection holds the claim.
    """
    if not AgentToken.holds(sender.token, sender.machine_id):
        raise Revoked("the token is no longer valid")
    if not AgentClaim.holds(sender.machine_id, sender.holder):
        raise Overtaken


def store(sender: Sender, data: bytes, verify: bool) -> Outcome:
    """Decode a message and store it."""
    frame = unpack_of(sender.machine_id, data)
    match frame:
        case Metrics():
            return Outcome(message=frame)
        case Heartbeat():
            beat = record.beat(sender.machine_id, frame, verify=verify)
            return Outcome(beat.seq, beat)
        case Batch():
            stored, refused = record.record_batch(frame, verify=verify)
        case _:
            stored, refused = [record.record(frame, verify=verify)], None
    waiting = frame.waiting if isinstance(frame, Batch) else 0
    return Outcome(stored[-1].seq if stored else 0, message_about(stored, waiting), tuple(stored), refused)


def store_large(sender: Sender, data: bytes, verify: bool) -> Outcome:
    """:func:`store` in the worker: it does everything whose cost grows with the size, and returns little."""
    outcome = store(sender, data, verify)
    message = outcome.message
    if isinstance(message, Diff) and not fits(message):
        message = FetchAgain(message.seq)
    feeds = tuple(feed for feed in live.feeds_of(outcome.stored) if fits(feed))
    stored = tuple(one._replace(diff=None, changes={}) for one in outcome.stored)
    return outcome._replace(message=message, stored=stored, feeds=feeds)


def unpack_of(machine_id: str, data: bytes) -> Frame:
    """Decode a frame.

    :raises MalformedFrame: it is malformed, or of another host.
    """
    frame = unpack(data)
    frames = frame.frames if isinstance(frame, Batch) else (frame,)
    if any(isinstance(item, Reset | Diff) and item.host != machine_id for item in frames):
        raise MalformedFrame("the frame is of another host than the token speaks for")
    return frame


def message_about(stored: Sequence[record.Recorded], waiting: int) -> Diff | None:
    """The message to pages about frames that were stored in a row: one diff; ``None`` if all were held already."""
    new = [recorded for recorded in stored if recorded.diff is not None]
    if not new:
        return None
    merged = reduce(merge_diffs, (recorded.diff for recorded in new if recorded.diff is not None))
    return msgspec.structs.replace(merged, age_ms=new[-1].age_ms, waiting=waiting, thinned=0)
