"""Where the running kernel keeps the members of its structures: BTF, the types that it was compiled with.

See ``Documentation/bpf/btf.rst`` of the kernel. Nothing is assumed about a layout: what is not there is an error.
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from typing import Final, NamedTuple

from inspector.errors import KernelReaderUnavailable

VMLINUX: Final = Path("/sys/kernel/btf/vmlinux")

_MAGIC: Final = 0xEB9F
_HEADER: Final = struct.Struct("<HBBIIIII")
_TYPE: Final = struct.Struct("<III")  # name, kind and number of members, size or another type
_MEMBER: Final = struct.Struct("<III")  # name, type, offset in bits
_POINTER: Final = 8


class Kind(IntEnum):
    """``BTF_KIND_*`` of ``include/uapi/linux/btf.h``."""

    INT = 1
    PTR = 2
    ARRAY = 3
    STRUCT = 4
    UNION = 5
    ENUM = 6
    FWD = 7
    TYPEDEF = 8
    VOLATILE = 9
    CONST = 10
    RESTRICT = 11
    FUNC = 12
    FUNC_PROTO = 13
    VAR = 14
    DATASEC = 15
    FLOAT = 16
    DECL_TAG = 17
    TYPE_TAG = 18
    ENUM64 = 19


_FIXED: Final = {Kind.INT: 4, Kind.ARRAY: 12, Kind.VAR: 4, Kind.DECL_TAG: 4}
_PER_MEMBER: Final = {
    Kind.STRUCT: 12,
    Kind.UNION: 12,
    Kind.ENUM: 8,
    Kind.FUNC_PROTO: 8,
    Kind.DATASEC: 12,
    Kind.ENUM64: 12,
}
"""Bytes that follow a type: so many, or so many for each member."""

_ALIASES: Final = frozenset((Kind.TYPEDEF, Kind.VOLATILE, Kind.CONST, Kind.RESTRICT, Kind.TYPE_TAG))


class Field(NamedTuple):
    """A member within a structure; its size in bytes."""

    offset: int
    size: int


class _Type(NamedTuple):
    id: int
    kind: Kind
    size: int  # in bytes; of a pointer or an alias the type that it leads to
    members: int
    has_bitfields: bool  # offsets hold the width of a bitfield in their upper byte


class Btf:
    """The types of one kernel.

    :param data: ``/sys/kernel/btf/vmlinux``.
    :raises KernelReaderUnavailable: it is no BTF.

    Cost: some 130 ms for the 130,000 types of a kernel.
    """

    def __init__(self, data: bytes) -> None:
        self._known: dict[tuple[str, Kind], int] = {}
        try:
            magic, _, _, header, types, types_length, strings, length = _HEADER.unpack_from(data)
            if magic != _MAGIC:
                raise ValueError("no BTF")
            self._data = data
            self._strings = data[header + strings : header + strings + length]
            self._starts = _find_starts(data, header + types, header + types + types_length)
        except (struct.error, ValueError):
            raise KernelReaderUnavailable(f"{VMLINUX} has not the form of BTF", "malformed") from None

    def function(self, name: str) -> int:
        """The id of a function. A structure may have the same name.

        :raises KernelReaderUnavailable: there is none.
        """
        return self._find(name, Kind.FUNC)

    def path(self, root: str, path: str) -> tuple[Field, ...]:
        """The fields to load one after another, from a structure to what a path names.

        :param path: as C has it, ``nsproxy->net_ns->ns.inum``. Members of unnamed members are found by their
            own name. An array stands for its first element.
        :raises KernelReaderUnavailable: a member is missing or a bitfield; the sentence names it.
        """
        steps = path.split("->")
        where, found = self._find(root, Kind.STRUCT), []
        for number, step in enumerate(steps, 1):
            offset, where = self._walk(where, step, f"{root}: {path}")
            found.append(Field(offset, self._size(where)))
            if number < len(steps):
                where = self._pointed_at(where, f"{root}: {path}")
        return tuple(found)

    def size(self, name: str) -> int:
        """The size of a structure in bytes.

        :raises KernelReaderUnavailable: there is none of this name.
        """
        return self._size(self._find(name, Kind.STRUCT))

    def first_path(self, root: str, *paths: str) -> tuple[Field, ...]:
        """The first of several paths that this kernel has: members were renamed.

        :raises KernelReaderUnavailable: it has none; the sentence names the first.
        """
        for path in paths:
            if self.has(root, path):
                return self.path(root, path)
        return self.path(root, paths[0])

    def has(self, root: str, path: str) -> bool:
        """Whether this kernel has what the path names."""
        try:
            self.path(root, path)
        except KernelReaderUnavailable:
            return False
        return True

    def _find(self, name: str, kind: Kind) -> int:
        found = self._known.get((name, kind))
        if found is None:
            found = self._known[name, kind] = self._search(name, kind)
        return found

    def _search(self, name: str, kind: Kind) -> int:
        text = self._strings.find(b"\0" + name.encode() + b"\0") + 1
        found = [one.id for one in self._named(text) if one.kind == kind and (one.members or kind is not Kind.STRUCT)]
        if not text or len(found) != 1:
            raise KernelReaderUnavailable(f"the kernel has not one {kind.name.lower()} {name}", "unsupported")
        return found[0]

    def _named(self, text: int) -> Iterator[_Type]:
        """The types of this name. It stands first in a type, so the bytes are searched for it."""
        wanted, starts = text.to_bytes(4, "little"), self._starts
        at = self._data.find(wanted, starts[1])
        while 0 <= at <= starts[-1]:
            number = bisect_left(starts, at)
            if starts[number] == at:
                yield self._type(number)
            at = self._data.find(wanted, at + 1)

    def _walk(self, where: int, step: str, path: str) -> tuple[int, int]:
        """Offset and type of ``a.b.c`` within a structure."""
        offset = 0
        for name in step.split("."):
            found = self._member(self._element(where), name, path)
            if found is None:
                raise KernelReaderUnavailable(f"the kernel has no member {name!r} of {path}", "unsupported")
            offset, where = offset + found[0], found[1]
        return offset, where

    def _member(self, where: int, name: str, path: str) -> tuple[int, int] | None:
        """Offset and type of a member, also of an unnamed member."""
        for text, kind, offset, width in self._members(self._resolve(where)):
            if text == name:
                if width or offset % 8:
                    raise KernelReaderUnavailable(f"member {name!r} of {path} is a bitfield", "unsupported")
                return offset // 8, kind
            inner = None if text else self._member(kind, name, path)
            if inner is not None:
                return offset // 8 + inner[0], inner[1]
        return None

    def _members(self, one: _Type) -> Iterator[tuple[str, int, int, int]]:
        """Name, type, offset and width of each member, both in bits; the width is 0 unless it is a bitfield."""
        if one.kind not in (Kind.STRUCT, Kind.UNION):
            return
        start = self._starts[one.id] + _TYPE.size
        for number in range(one.members):
            name, kind, offset = _MEMBER.unpack_from(self._data, start + number * _MEMBER.size)
            width = offset >> 24 if one.has_bitfields else 0
            yield self._name(name), kind, offset & 0xFFFFFF if one.has_bitfields else offset, width

    def _pointed_at(self, where: int, path: str) -> int:
        one = self._resolve(where)
        if one.kind is not Kind.PTR:
            raise KernelReaderUnavailable(f"{path} does not lead through a pointer", "unsupported")
        return one.size

    def _element(self, where: int) -> int:
        """The type of an array's elements; another type as it is."""
        one = self._resolve(where)
        return self._array(one)[0] if one.kind is Kind.ARRAY else where

    def _array(self, one: _Type) -> tuple[int, int]:
        """The type of the elements, and their number."""
        element, _, number = _TYPE.unpack_from(self._data, self._starts[one.id] + _TYPE.size)
        return element, number

    def _size(self, where: int) -> int:
        one = self._resolve(where)
        if one.kind is Kind.PTR:
            return _POINTER
        if one.kind is Kind.ARRAY:
            element, number = self._array(one)
            return number * self._size(element)
        return one.size

    def _resolve(self, where: int) -> _Type:
        """The type behind its other names and qualifiers."""
        one = self._type(where)
        while one.kind in _ALIASES:
            one = self._type(one.size)
        return one

    def _type(self, number: int) -> _Type:
        _, info, size = _TYPE.unpack_from(self._data, self._starts[number])
        return _Type(number, Kind(info >> 24 & 31), size, info & 0xFFFF, bool(info >> 31))

    def _name(self, text: int) -> str:
        return self._strings[text : self._strings.index(b"\0", text)].decode()


def _find_starts(data: bytes, at: int, end: int) -> array[int]:
    """Where each type begins; ids count from 1."""
    starts = array("L", [0])
    append, unpack = starts.append, struct.Struct("<I").unpack_from
    fixed = [_FIXED.get(kind, 0) + _TYPE.size for kind in range(32)]  # type: ignore[call-overload]
    per_member = [_PER_MEMBER.get(kind, 0) for kind in range(32)]  # type: ignore[call-overload]
    while at < end:
        append(at)
        (info,) = unpack(data, at + 4)
        kind = info >> 24 & 31
        if not 0 < kind <= Kind.ENUM64:
            raise ValueError(f"no such kind: {kind}")
        at += fixed[kind] + per_member[kind] * (info & 0xFFFF)
    return starts
