"""The messages between agent, server and page, and the one place where they are encoded and validated.

An agent sends :class:`Reset` and :class:`Diff` (several in a :class:`Batch`), :class:`Heartbeat` and
:class:`Metrics`, and receives :class:`Welcome` and :class:`Ack`.
The page receives the same :class:`Diff` and :class:`Heartbeat`. ``docs/protocol.md`` describes the exchange.
On the wire a frame is JSON; an agent sends it deflated (zlib, RFC 1950) in a binary websocket message.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Annotated, Final, Literal, TypeAlias

import msgspec

from inspector.errors import MalformedFrame
from inspector.facts.diff import Changes
from inspector.facts.merge import merge
from inspector.facts.since import FIRST, since
from inspector.facts.types import (
    MOST_CONTAINERS,
    SCHEMA,
    Fact,
    HostState,
    Key,
    MachineId,
    Milliseconds,
    Moment,
    Schema,
    Seq,
    Small,
    Text,
    Usage,
)
from inspector.facts.vitals.readings import MOST_READ, HostVitals, ProcessVitals

MAX_FRAME_BYTES: Final = 64 * 2**20
"""A frame larger than this, inflated, is refused; 50,000 processes take about 30 MB."""

MOST_FRAMES: Final = 64
"""Frames in one batch."""

Checksum = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$")]  # of the state at seq, see inspector.facts.checksum


class Reset(Fact, frozen=True, tag="reset", omit_defaults=True):
    """The whole state, as the agent saw it."""

    host: MachineId
    seq: Seq
    taken_at: Moment
    state: HostState
    checksum: Checksum | None = None
    schema: Schema = FIRST  # of the frame and of its checksum


class Diff(Changes, frozen=True, tag="diff", omit_defaults=True, kw_only=True):
    """The changes from ``base`` to ``seq``; of use only to a receiver that is at ``base``."""

    host: MachineId
    base: Seq
    seq: Seq
    taken_at: Moment
    duration_ms: Milliseconds = 0.0
    checksum: Checksum | None = None  # of the state at ``seq``
    schema: Schema = FIRST
    thinned: Annotated[Small, since(2)] = 0  # states between ``base`` and ``seq`` that were left out to catch up
    age_ms: Annotated[Milliseconds | None, since(2)] = None  # to pages: how old the state was when this was sent
    waiting: Annotated[Small, since(2)] = 0  # to pages: frames that the agent has still to deliver


class Heartbeat(Fact, frozen=True, tag="heartbeat", omit_defaults=True):
    """The state at ``seq`` still held at ``taken_at``: the host was scanned again, or no event came until then.

    With ``waiting`` it overtakes frames that the agent has still to deliver, and says only that the agent is alive.
    """

    seq: Seq
    taken_at: Moment
    checksum: Checksum | None = None
    whole_at: Moment | None = None  # the last full scan of an agent that has process events
    schema: Schema = FIRST
    sent_at: Annotated[Moment | None, since(2)] = None  # when it was sent, by the agent's clock
    waiting: Annotated[Small, since(2)] = 0  # frames that the agent has still to deliver
    age_ms: Annotated[Milliseconds | None, since(2)] = None  # to pages: how old the state was when this was sent


class Batch(Fact, frozen=True, tag="batch", omit_defaults=True):
    """Frames that follow each other: stored in one transaction, and acknowledged once."""

    frames: Annotated[tuple[Reset | Diff, ...], msgspec.Meta(min_length=1, max_length=MOST_FRAMES)]
    sent_at: Moment  # by the agent's clock
    waiting: Small = 0  # frames that the agent has still to deliver after these


class Metrics(Fact, frozen=True, tag="metrics"):
    """What the containers' cgroups, the host and its processes use at this moment; never part of the state.

    ``processes`` holds those that were read since the message before: all are read in turn.
    """

    taken_at: Moment
    containers: Annotated[dict[Key, Usage], msgspec.Meta(max_length=MOST_CONTAINERS)]  # by full id
    host: Annotated[HostVitals | None, since(3)] = None
    processes: Annotated[
        Annotated[dict[Key, ProcessVitals], msgspec.Meta(max_length=MOST_READ)], since(3)
    ] = {}  # by key


class Welcome(Fact, frozen=True, tag="welcome"):
    """The server's first message to an agent that sent its schema: the newest seq, its own version and schema."""

    seq: Seq
    version: Text
    schema: Schema
    batch: Small = 0  # frames that the server takes in one message


class Ack(Fact, frozen=True, tag="ack", omit_defaults=True):
    """The server's answer to each frame: history holds everything up to ``seq``.

    ``need`` is ``"reset"`` where the last frame did not fit on what history holds.
    """

    seq: Seq
    need: Literal["reset"] | None = None
    refused: Text | None = None  # why the last frame was refused, for the agent's log


Frame: TypeAlias = Reset | Diff | Batch | Heartbeat | Metrics


class _BatchEnd(msgspec.Struct):
    """What follows the frames of a batch."""

    sent_at: str
    waiting: int


_frames: Final[msgspec.json.Decoder[Frame]] = msgspec.json.Decoder(Frame)
_acks: Final[msgspec.json.Decoder[Ack]] = msgspec.json.Decoder(Ack)
_greetings: Final[msgspec.json.Decoder[Welcome | Ack]] = msgspec.json.Decoder(Welcome | Ack)


def encode(message: msgspec.Struct) -> bytes:
    """The message as JSON."""
    return msgspec.json.encode(message)


def pack(frame: Frame) -> bytes:
    """The frame as it travels from agent to server: JSON, deflated."""
    return deflate(encode(frame))


def deflate(text: bytes) -> bytes:
    """A frame's JSON, deflated."""
    return zlib.compress(text, 1)


def pack_batch(packed: Sequence[bytes], sent_at: str, waiting: int) -> bytes:
    """Packed frames as one packed :class:`Batch`; they are not decoded."""
    texts = b",".join(map(zlib.decompress, packed))
    end = encode(_BatchEnd(sent_at, waiting))[1:]
    return zlib.compress(b'{"type":"batch","frames":[' + texts + b"]," + end, 1)


def unpack(data: bytes) -> Frame:
    """Inflate and validate a frame.

    :raises MalformedFrame: not deflated, too large, not JSON, or not of the protocol; says where.
    """
    return decode(inflate(data))


def inflate(data: bytes) -> bytes:
    """The JSON of a packed frame.

    :raises MalformedFrame: not deflated, or too large.
    """
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(data, MAX_FRAME_BYTES)
    except zlib.error as error:
        raise MalformedFrame(f"the frame is not deflated: {error}") from error
    if inflater.unconsumed_tail:
        raise MalformedFrame(f"the frame holds more than {MAX_FRAME_BYTES} bytes")
    if not inflater.eof:
        raise MalformedFrame("the frame was cut short")
    return text


def decode(text: bytes) -> Frame:
    """Validate a frame given as JSON.

    :raises MalformedFrame: not JSON, or not of the protocol; says where.
    """
    try:
        return _verifiable(_frames.decode(text))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedFrame(f"the frame is not of the protocol: {error}") from error


def _verifiable(frame: Frame) -> Frame:
    """The frame without a checksum that counts fields which are not known here."""
    if isinstance(frame, Batch):
        return msgspec.structs.replace(frame, frames=tuple(map(_verifiable, frame.frames)))
    if isinstance(frame, Metrics) or frame.schema <= SCHEMA:
        return frame
    return msgspec.structs.replace(frame, checksum=None, schema=SCHEMA)


def decode_greeting(text: str | bytes) -> Welcome | Ack:
    """Validate the server's first message. An :class:`Ack`: the server is of the first schema.

    :raises MalformedFrame: neither.
    """
    try:
        return _greetings.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedFrame(f"the server's greeting is not of the protocol: {error}") from error


def decode_ack(text: str | bytes) -> Ack:
    """Validate the server's answer to a frame.

    :raises MalformedFrame: not an acknowledgement.
    """
    try:
        return _acks.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedFrame(f"the server's answer is not of the protocol: {error}") from error


def merge_diffs(first: Diff, second: Diff) -> Diff:
    """Two diffs that follow each other as one; the state between them is left out."""
    merged = merge(first, second)
    fields = {name: getattr(merged, name) for name in merged.__struct_fields__}
    thinned = first.thinned + second.thinned + 1
    return msgspec.structs.replace(second, base=first.base, thinned=thinned, **fields)


def as_diff(
    host: str,
    base: int,
    seq: int,
    state: HostState,
    changes: Changes,
    checksum: str | None = None,
    schema: int = FIRST,
) -> Diff:
    """Changes as the message that carries them."""
    fields = {name: getattr(changes, name) for name in changes.__struct_fields__}
    return Diff(
        host=host,
        base=base,
        seq=seq,
        taken_at=state.taken_at,
        duration_ms=state.duration_ms,
        checksum=checksum,
        schema=schema,
        **fields,
    )
