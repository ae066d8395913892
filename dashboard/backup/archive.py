"""The backup file: a ZIP archive. Its last member, the manifest, lists the others. No database.

The comment of the archive is the SHA-256 of all bytes before it, so every damaged byte is found, also where ZIP
ignores it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Final, Literal, Self

import msgspec

from inspector.errors import IsoscopeError
from inspector.owned_folder import open_given

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
PIECE: Final = 256 * 2**10  # bytes read or written at a time
SEAL: Final = hashlib.sha256().digest_size * 2  # bytes of the comment, a digest in hexadecimal

DAMAGE: Final = (zipfile.BadZipFile, zlib.error, struct.error, KeyError, ValueError, EOFError, RuntimeError, OSError)
"""Errors of zipfile for a file that is no archive, was cut short or is damaged. OSError: a wrong offset."""

Advance = Callable[[int], object]
"""Called with the number of bytes that were worked on since the last call."""

Migration = tuple[str, str]
"""An app and the name of one of its migrations."""


class MalformedBackup(IsoscopeError):
    """The file is not a backup, was cut short or was damaged."""


class Member(msgspec.Struct, frozen=True):
    """What the archive holds under one name; ``bytes`` counts them inflated."""

    bytes: int
    sha256: str


class Table(msgspec.Struct, frozen=True):
    """A table of PostgreSQL, as ``COPY`` writes it.

    ``sequences`` holds the last value of each column's sequence, and whether that value was given to a row.
    """

    name: str
    columns: list[str]
    rows: int
    sequences: dict[str, tuple[int, bool]] = {}


class Manifest(msgspec.Struct, frozen=True):
    """What a backup holds. ``migrations`` are those that were applied to its database."""

    isoscope: str
    made_at: str  # ISO 8601
    database: Literal["sqlite", "postgresql"]
    migrations: list[Migration]
    members: dict[str, Member] = {}
    tables: list[Table] = []
    format: int = FORMAT


class Writer:
    """Writes members one after the other, then the manifest."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.archive = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self.members: dict[str, Member] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Where something went wrong, an archive that is not complete; else :meth:`finish` has closed it."""
        with contextlib.suppress(OSError, ValueError):
            self.archive.close()

    def add(self, name: str, pieces: Iterable[bytes | memoryview]) -> None:
        """Write one member."""
        digest, size = hashlib.sha256(), 0
        with self.archive.open(name, "w", force_zip64=True) as member:
            for piece in gather(pieces):
                member.write(piece)
                digest.update(piece)
                size += len(piece)
        self.members[name] = Member(size, digest.hexdigest())

    def finish(self, manifest: Manifest) -> Manifest:
        """Write the manifest and the seal, which complete the archive."""
        whole = msgspec.structs.replace(manifest, members=self.members)
        self.archive.writestr(MANIFEST, msgspec.json.encode(whole))
        self.archive.comment = bytes(SEAL)
        self.archive.close()
        seal = digest_before_seal(self.file)
        self.file.seek(-SEAL, os.SEEK_END)
        self.file.write(seal)
        return whole


class Reader:
    """A backup that is read. Its manifest is read at once, its members when they are asked for.

    :raises MalformedBackup: it is not a backup, or a later Isoscope made it in another format.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = open_given(path)
        try:
            self.archive = zipfile.ZipFile(self.file)
            self.manifest = read_manifest(self.archive.read(MANIFEST))
        except DAMAGE as error:
            raise MalformedBackup(f"{path} is not a backup, or was cut short: {error}") from error

    def pieces(self, name: str) -> Iterator[bytes]:
        """The bytes of a member.

        :raises MalformedBackup: they are not what the manifest says; after the last piece at the latest.
        """
        digest = hashlib.sha256()
        try:
            with self.archive.open(name) as member:
                while piece := member.read(PIECE):
                    digest.update(piece)
                    yield piece
        except DAMAGE as error:
            raise MalformedBackup(f"the backup is damaged at {name}: {error}") from error
        if digest.hexdigest() != self.manifest.members[name].sha256:
            raise MalformedBackup(f"the backup is damaged at {name}: its digest is another")

    def read(self, name: str) -> bytes:
        """A small member."""
        return b"".join(self.pieces(name))

    def check(self, advance: Advance) -> None:
        """Read everything once.

        :raises MalformedBackup: something is missing or damaged.
        """
        if digest_before_seal(self.file) != self.archive.comment:
            raise MalformedBackup(f"{self.path} is damaged: its digest is another")
        for name in self.manifest.members:
            for piece in self.pieces(name):
                advance(len(piece))

    @property
    def bytes(self) -> int:
        """The size of all members, inflated."""
        return sum(member.bytes for member in self.manifest.members.values())


def digest_before_seal(file: IO[bytes]) -> bytes:
    """SHA-256 of a file without its last ``SEAL`` bytes, in hexadecimal."""
    left = file.seek(0, os.SEEK_END) - SEAL
    file.seek(0)
    digest = hashlib.sha256()
    while left > 0 and (piece := file.read(min(PIECE, left))):
        digest.update(piece)
        left -= len(piece)
    return digest.hexdigest().encode()


def read_manifest(data: bytes) -> Manifest:
    """:raises MalformedBackup: the format is a later one, or it is no manifest."""
    try:
        found = msgspec.json.decode(data, type=FormatOnly).format
        if found > FORMAT:
            raise MalformedBackup(f"the backup has format {found}; this Isoscope reads up to format {FORMAT}")
        return msgspec.json.decode(data, type=Manifest)
    except msgspec.DecodeError as error:
        raise MalformedBackup(f"the manifest of the backup is malformed: {error}") from error


class FormatOnly(msgspec.Struct):
    """The part of a manifest that every format has."""

    format: int


def gather(pieces: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    """Join small pieces to larger ones: PostgreSQL sends each row as a piece."""
    held: list[bytes | memoryview] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= PIECE:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)
