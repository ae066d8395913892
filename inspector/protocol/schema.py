"""Which schema agent and server speak, and frames in the terms of an older one. ``docs/protocol.md`` describes it.

The agent sends its version and schema when it connects. The server answers with its own, and both use the lower
schema. A side that sends none is of schema 1.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

import msgspec

from inspector.errors import MalformedFrame
from inspector.facts.checksum import checksum
from inspector.facts.restrict import plain, restrict, restrict_state
from inspector.facts.since import FIRST, newest_field
from inspector.facts.types import SCHEMA, HostState
from inspector.protocol.frames import MOST_FRAMES, Ack, Batch, Frame, Metrics, Reset, Welcome, deflate, pack, unpack
from inspector.version import VERSION

NEWEST: Final = 10_000
"""A higher number counts as malformed."""


class Hello(NamedTuple):
    """The version and schema of the other side."""

    version: str  # empty: unknown
    schema: int

    @classmethod
    def parse(cls, version: str, schema: str) -> Hello:
        """Read what an agent sent; what is malformed counts as not sent."""
        number = int(schema) if re.fullmatch(r"[0-9]{1,5}", schema) else FIRST
        known = FIRST <= number <= NEWEST
        return cls(version if re.fullmatch(r"[0-9A-Za-z.+-]{1,64}", version) else "", number if known else FIRST)


OURS: Final = Hello(VERSION, SCHEMA)


def spoken_with(schema: int) -> int:
    """The lower of the other side's schema and ours."""
    return min(schema, SCHEMA)


def greet(hello: Hello, seq: int) -> Welcome | Ack:
    """The server's first message; an agent that sends no schema understands only acknowledgements."""
    return Ack(seq) if hello.schema == FIRST else Welcome(seq, *OURS, batch=MOST_FRAMES)


def have_same_facts(first: int, second: int) -> bool:
    """Whether a state, and so its checksum, is the same in both schemas."""
    return first == second or newest_field(HostState) <= min(first, second)


def translate(packed: bytes, schema: int) -> bytes:
    """A packed frame for a receiver of this schema. One that cannot be read is left as it is."""
    if schema >= SCHEMA:
        return packed
    try:
        return pack_for(unpack(packed), schema)
    except MalformedFrame:
        return packed


def pack_for(frame: Frame, schema: int) -> bytes:
    """The frame, packed for a receiver of this schema: newer fields are not named. Schema 1 refuses them."""
    narrowed = in_schema(frame, schema)
    return pack(narrowed) if schema >= SCHEMA else deflate(msgspec.json.encode(plain(narrowed, schema)))


def in_schema(frame: Frame, schema: int) -> Frame:
    """The frame without what is newer than the schema.

    A checksum is of all facts in a schema. Where the two schemas differ in facts, a whole state gets a new checksum,
    and changes get none.
    """
    if isinstance(frame, Metrics | Batch):
        return restrict(frame, schema)
    if frame.schema <= schema:
        return frame
    narrowed = msgspec.structs.replace(restrict(frame, schema), schema=schema)
    if isinstance(narrowed, Reset):
        narrowed = msgspec.structs.replace(narrowed, state=restrict_state(narrowed.state, schema))
    if frame.checksum is None or have_same_facts(frame.schema, schema):
        return narrowed
    told = checksum(narrowed.state) if isinstance(narrowed, Reset) else None
    return msgspec.structs.replace(narrowed, checksum=told)
