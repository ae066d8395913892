"""A stretch of history as one file: gzip (RFC 1952) around lines of JSON. ``docs/protocol.md`` describes it.

A :class:`Header`, then one :class:`SnapshotLine` for each snapshot, the first a whole state, the others changes, then
watches, bookmarks and means of vitals, and an :class:`End` that counts them. Written and read line
by line: a file may be larger than memory.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from typing import IO, Annotated, Final, TypeAlias

import msgspec

from inspector.errors import IsoscopeError
from inspector.facts.since import FIRST
from inspector.facts.types import SCHEMA, Fact, HostInfo, Interval, Moment, Seq, Small, Text
from inspector.facts.vitals.means import Means
from inspector.protocol.frames import MAX_FRAME_BYTES, Diff, Reset

FORMAT: Final = "isoscope-history"
VERSION: Final = 1
MAX_LINE: Final = MAX_FRAME_BYTES
SUFFIX: Final = ".isoscope.gz"


class MalformedFile(IsoscopeError):
    """A file is not an export, was cut short, or contradicts itself; nothing of it was imported."""


class Header(Fact, frozen=True, forbid_unknown_fields=True, tag="header"):
    """What the file holds, and of which host."""

    format: Text
    version: Small
    schema: Small
    host: HostInfo  # as it was at the first snapshot
    first_seq: Seq
    last_seq: Seq
    interval_s: Interval | None
    first_seen_at: Moment
    seen_at: Moment  # when the host was last seen, at most until the last snapshot
    taken_at: Moment


class SnapshotLine(Fact, frozen=True, forbid_unknown_fields=True, tag="snapshot"):
    """One snapshot: what the agent sent, and what the server noted."""

    recorded_at: Moment
    kind: Annotated[int, msgspec.Meta(ge=0, le=3)]  # inspector.models.Snapshot.Kind
    added: Small
    changed: Small
    removed: Small
    frame: Reset | Diff


class WatchLine(Fact, frozen=True, forbid_unknown_fields=True, tag="watch"):
    """A stretch of time during which an agent scanned the host at every interval; in between are absences."""

    from_at: Moment
    until_at: Moment
    from_seq: Seq
    until_seq: Seq


class BookmarkLine(Fact, frozen=True, forbid_unknown_fields=True, tag="mark"):
    """A bookmark."""

    seq: Seq
    taken_at: Moment | None
    name: Annotated[str, msgspec.Meta(max_length=200)]
    note: Annotated[str, msgspec.Meta(max_length=100_000)]
    pinned: bool
    requested_by: Annotated[str, msgspec.Meta(max_length=150)]
    requested_at: Moment


class VitalsLine(Fact, frozen=True, forbid_unknown_fields=True, tag="vitals"):
    """Means of what the host, its containers and the busiest of its processes used over a stretch."""

    at: Moment
    until_at: Moment
    recorded_at: Moment
    means: Means


class End(Fact, frozen=True, forbid_unknown_fields=True, tag="end"):
    """The last line. A file without it was cut short."""

    snapshots: Seq
    watches: Seq
    marks: Seq
    vitals: Seq = 0


Line: TypeAlias = Header | SnapshotLine | WatchLine | BookmarkLine | VitalsLine | End

_lines: Final[msgspec.json.Decoder[Line]] = msgspec.json.Decoder(Line)


def make_header(host: HostInfo, **facts: object) -> Header:
    """The header of a file of today's format."""
    return Header(FORMAT, VERSION, SCHEMA, host, **facts)  # type: ignore[arg-type]


def pack(lines: Iterator[Line]) -> Iterator[bytes]:
    """The file, in pieces, as the lines arrive."""
    deflater = zlib.compressobj(6, zlib.DEFLATED, 31)  # 31: with gzip's head and checksum
    for line in lines:
        piece = deflater.compress(msgspec.json.encode(line)) + deflater.compress(b"\n")
        del line  # a whole state may be large, and the next piece is asked for when its reader is ready
        if piece:
            yield piece
    yield deflater.flush()


def unpack(file: IO[bytes], most_bytes: int = 0) -> Iterator[Line]:
    """The lines of a file, each validated; no more of it is in memory than one line.

    :param most_bytes: how much the file may hold when inflated; 0: any amount.
    :raises MalformedFile: not gzip, cut short, too large, or a line that is not of the format; says which.
    """
    inflated = 0
    with gzip.GzipFile(fileobj=file) as stream:
        for number in range(1, 2**63):
            text = _read_line(stream, number)
            if not text:
                return
            inflated += len(text)
            if most_bytes and inflated > most_bytes:
                raise MalformedFile(f"the file holds more than {most_bytes:,} bytes")
            yield _parse(text, number)


def _read_line(stream: gzip.GzipFile, number: int) -> bytes:
    try:
        text = stream.readline(MAX_LINE + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise MalformedFile(f"line {number}: the file is damaged or was cut short: {error}") from error
    if len(text) > MAX_LINE:
        raise MalformedFile(f"line {number} holds more than {MAX_LINE:,} bytes")
    if text and not text.endswith(b"\n"):
        raise MalformedFile(f"line {number}: the file was cut short")
    return text


def _parse(text: bytes, number: int) -> Line:
    try:
        line = _lines.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedFile(f"line {number} is not of the format: {error}") from error
    if (number == 1) != isinstance(line, Header):
        raise MalformedFile(f"line {number}: a file begins with its header, and has one")
    if isinstance(line, Header) and not _is_understood(line):
        raise MalformedFile(
            f"the file is {line.format[:40]!r}, version {line.version}, schema {line.schema}; "
            f"understood is {FORMAT!r}, version {VERSION}, schema {SCHEMA} and older"
        )
    return line


def _is_understood(header: Header) -> bool:
    """Whether nothing of the file would be lost: its schema is ours or an older one."""
    return (header.format, header.version) == (FORMAT, VERSION) and FIRST <= header.schema <= SCHEMA
