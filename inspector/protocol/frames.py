"""The messages between agent, server and page, and the one place where they are encoded and validated.

An agent sends :class:`Reset`, :class:`Diff`, :class:`Heartbeat` and :class:`Metrics`, and hears :class:`Welcome` and
:class:`Ack`.
The page receives the same :class:`Diff` and :class:`Heartbeat`. ``docs/protocol.md`` describes the exchange.
On the wire a frame is JSON; an agent sends it deflated (zlib, RFC 1950) in a binary websocket message.
"""

from __future__ import annotations

import zlib
from typing import Annotated, Final, Literal, TypeAlias

import msgspec

from inspector.errors import MalformedFrame
from inspector.facts.diff import Changes
from inspector.facts.since import FIRST
from inspector.facts.types import SCHEMA, Count, Fact, HostState, Key, Text, Usage

MAX_FRAME_BYTES: Final = 128 * 2**20
"""A frame larger than this, inflated, is refused; 50,000 processes take about 30 MB."""

Moment = Annotated[str, msgspec.Meta(max_length=40)]  # ISO 8601 with zone
Checksum = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$")]  # of the state at seq, see inspector.facts.checksum
Schema = Annotated[int, msgspec.Meta(ge=FIRST, le=2**31 - 1)]  # of the frame and of its checksum; left out: the first


class Reset(Fact, frozen=True, tag="reset", omit_defaults=True):
    """The whole state, as the agent saw it."""

    host: Key
    seq: Count
    taken_at: Moment
    state: HostState
    checksum: Checksum | None = None
    schema: Schema = FIRST


class Diff(Changes, frozen=True, tag="diff", omit_defaults=True, kw_only=True):
    """The changes from ``base`` to ``seq``; of use only to a receiver that is at ``base``."""

    host: Key
    base: Count
    seq: Count
    taken_at: Moment
    duration_ms: float = 0.0
    checksum: Checksum | None = None  # of the state at ``seq``
    schema: Schema = FIRST


class Heartbeat(Fact, frozen=True, tag="heartbeat", omit_defaults=True):
    """Nothing changed since ``seq``: the host was looked at again, at ``taken_at``, or listened to until then."""

    seq: Count
    taken_at: Moment
    checksum: Checksum | None = None
    whole_at: Moment | None = None  # when everything was last looked at, by an agent that listens
    schema: Schema = FIRST


class Metrics(Fact, frozen=True, tag="metrics"):
    """What the containers' cgroups use at this moment, by container id; never part of the state."""

    taken_at: Moment
    containers: dict[Key, Usage]


class Welcome(Fact, frozen=True, tag="welcome"):
    """The server's first word to an agent that said its schema: what history holds, and what the server is."""

    seq: Count
    version: Text
    schema: Schema


class Ack(Fact, frozen=True, tag="ack", omit_defaults=True):
    """The server's answer to each frame: history holds everything up to ``seq``.

    ``need`` is ``"reset"`` where the last frame did not fit on what history holds.
    """

    seq: Count
    need: Literal["reset"] | None = None
    refused: Text | None = None  # why the last frame was refused, for the agent's log


Frame: TypeAlias = Reset | Diff | Heartbeat | Metrics

_frames: Final[msgspec.json.Decoder[Frame]] = msgspec.json.Decoder(Frame)
_acks: Final[msgspec.json.Decoder[Ack]] = msgspec.json.Decoder(Ack)
_greetings: Final[msgspec.json.Decoder[Welcome | Ack]] = msgspec.json.Decoder(Welcome | Ack)


def encode(message: msgspec.Struct) -> bytes:
    """The message as JSON."""
    return msgspec.json.encode(message)


def pack(frame: Frame) -> bytes:
    """The frame as it travels from agent to server: JSON, deflated."""
    return zlib.compress(encode(frame), 1)


def unpack(data: bytes) -> Frame:
    """Inflate and validate a frame at the door.

    :raises MalformedFrame: not deflated, too large, not JSON, or not of the protocol; says where.
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
    return decode(text)


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
    """Validate what the server answered.

    :raises MalformedFrame: not an acknowledgement.
    """
    try:
        return _acks.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedFrame(f"the server's answer is not of the protocol: {error}") from error


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
